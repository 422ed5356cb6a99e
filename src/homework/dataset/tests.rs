use super::*;
use crate::homework::checks::RUN_OF_WORDS;
use crate::homework::fixture::{Runs, edit_syllabus};

fn standings(dataset: &Dataset) -> Vec<(u128, Standing)> {
    let bits = |entry: &Entry| u128::from_str_radix(&entry.item.to_string(), 16).unwrap();
    dataset.entries().iter().map(|entry| (bits(entry), entry.standing)).collect()
}

fn read_all(runs: &Runs, selection: &Selection) -> Dataset {
    Dataset::read(&runs.snapshot, &runs.path(), selection).unwrap()
}

fn asking(runs: &Runs, bits: u128, question: &str) -> Record {
    Record { question: question.into(), ..runs.record(bits, Status::Ok) }
}

#[test]
fn every_item_has_one_standing_by_its_best_record() {
    let runs = Runs::new();
    let of = |bits, status| runs.record(bits, status);
    let no_longer = Record { syllabus: "other".to_owned(), ..of(6, Status::Ok) };
    runs.write("b", &[of(1, Status::Unfit), of(2, Status::Failed), of(3, Status::Unfit), of(2, Status::Unfit)]);
    runs.write("a", &[of(1, Status::Ok), of(5, Status::Ok), of(3, Status::Failed), of(1, Status::Failed), no_longer]);
    let dataset = read_all(&runs, &Selection::default());
    use Standing::{Failed, Kept, Stale, Unfit};
    // Runs are read in the order of their names; of tries without success the newest is shown.
    assert_eq!(standings(&dataset), [(1, Kept), (2, Unfit), (3, Unfit), (5, Kept), (6, Stale)]);
    let first = &dataset.entries()[0];
    assert_eq!((first.others, dataset.run(first).as_str(), dataset.records), (2, "a", 9));
    assert_eq!(dataset.counts(), BTreeMap::from([(Kept, 2), (Unfit, 2), (Stale, 1)]));
    let record = Reader::default().record(&dataset, first).unwrap();
    assert_eq!((record.item, record.status), (first.item, Status::Ok));
    assert!(!dataset.of(Failed).any(|_| true));
}

#[test]
fn what_a_judge_rejected_stays_whole_beside_a_later_try_that_failed() {
    use crate::homework::judge::{Judgement, Score};
    use crate::homework::judging::Verdict;
    use crate::homework::segment::{Segment, line};
    use crate::homework::spent::tests::call;
    let runs = Runs::new();
    let record = runs.record(1, Status::Ok);
    runs.write("a", std::slice::from_ref(&record));
    runs.write("b", &[runs.record(1, Status::Failed), runs.record(1, Status::Unfit)]);
    let score = Score { score: 1, reason: "No.".into(), call: call(5, 0) };
    let judge = Judgement { pair: Some(score), ..Judgement::default() };
    let verdict =
        Verdict { item: record.item, judge, by: "ada".to_owned(), at: jiff::Timestamp::UNIX_EPOCH, spent: None };
    let folder = runs.path().join("a/judged");
    std::fs::create_dir(&folder).unwrap();
    Segment::create(&folder).unwrap().write(&line(&verdict).unwrap()).unwrap();
    let dataset = read_all(&runs, &Selection::default());
    let entry = &dataset.entries()[0];
    assert_eq!((entry.standing, dataset.run(entry).as_str(), entry.others), (Standing::Judged, "a", 2));
}

#[test]
fn of_equal_questions_the_lowest_id_stays_whatever_the_order() {
    let runs = Runs::new();
    let all = [(9, "What  is LIGHT?"), (4, "What is light?"), (7, "what is light?"), (5, "What is shade?")];
    runs.write("a", &all.map(|(bits, question)| asking(&runs, bits, question)));
    let dataset = read_all(&runs, &Selection::default());
    use Standing::{Duplicate, Kept};
    assert_eq!(standings(&dataset), [(4, Kept), (5, Kept), (7, Duplicate), (9, Duplicate)]);
    assert_eq!(dataset.entries()[3].repeats, Some(dataset.entries()[0].item));
}

#[test]
fn what_people_call_bad_stays_out_and_comes_back_when_they_change_their_mind() {
    use crate::taxonomy::{Ballot, Change, Event, EventId, ItemVerdict};
    let mut runs = Runs::new();
    let record = runs.record(1, Status::Ok);
    runs.write("a", &[record.clone(), runs.record(2, Status::Ok)]);
    let mut say = |number, by: &str, verdict| {
        let change = Change::Judge { on: vec![record.judged(&runs.snapshot).unwrap()], verdict, note: None };
        let (id, by, ballot) = (EventId::new(number, 0), by.to_owned(), Ballot::default());
        let event = Event { v: change.version(), id, at: String::new(), by, change, ballot };
        runs.snapshot.commit(event, &[]).unwrap();
        standings(&read_all(&runs, &Selection::default()))
    };
    use Standing::{Kept, Refused};
    assert_eq!(say(1, "ana", ItemVerdict::Wrong), [(1, Refused), (2, Kept)]);
    assert_eq!(say(2, "bo", ItemVerdict::Good), [(1, Kept), (2, Kept)], "one to one is not more");
    assert_eq!(say(3, "cy", ItemVerdict::Unclear), [(1, Refused), (2, Kept)]);
    assert_eq!(say(4, "ana", ItemVerdict::Good), [(1, Kept), (2, Kept)]);
}

#[test]
fn an_item_is_found_by_the_beginning_of_its_id() {
    let runs = Runs::new();
    let high = |bits: u128| bits << 96;
    runs.write("a", &[0x1200_0001, 0x1234_0000, 0x1234_0001].map(|bits| runs.record(high(bits), Status::Ok)));
    let dataset = read_all(&runs, &Selection::default());
    assert_eq!(dataset.beginning("1234", 9).len(), 2);
    assert_eq!(dataset.beginning("1234", 1).len(), 1);
    assert_eq!(dataset.beginning("12340001", 9), [ItemId::from_bits(high(0x1234_0001))]);
    assert!(dataset.beginning("13", 9).is_empty() && dataset.beginning("x", 9).is_empty());
    assert_eq!(dataset.entry(ItemId::from_bits(high(0x1200_0001))).unwrap().strategy, 1);
}

#[test]
fn every_word_is_searched_for_in_question_and_answer() {
    let runs = Runs::new();
    let item = |bits, question: &str, answer: &str| Record { answer: answer.into(), ..asking(&runs, bits, question) };
    runs.write("a", &[item(3, "What is LIGHT?", "A wave."), item(1, "Stra\u{df}e?", "No \"wave\"\nat all.")]);
    runs.write("b", &[item(2, "What is a light wave?", "E = hf")]);
    let dataset = read_all(&runs, &Selection::default());
    let found = |text: &str| {
        let mut texts = Texts::default();
        let needle = Needle::new(text);
        let hits = (0..3).filter(|at| texts.matches(&dataset, &dataset.entries()[*at], &needle).unwrap());
        hits.map(|at| at + 1).collect::<Vec<_>>()
    };
    assert_eq!(found("light  WAVE"), [2, 3]);
    assert_eq!(found("wave"), [1, 2, 3]);
    assert_eq!(found("\"wave\" at"), [1]);
    assert_eq!(found("stra\u{df}e"), [1]);
    assert_eq!(found("sessions"), [] as [usize; 0], "only what was asked and answered");
    assert!(Needle::new("  ").is_empty());
}

#[test]
fn of_nearly_equal_questions_the_lowest_id_stays_unless_only_equal_ones_count() {
    let runs = Runs::new();
    let long =
        |end: &str| format!("{LONG} The boat makes three metres a second through the water. How long does {end}?");
    runs.write("a", &[asking(&runs, 2, &long("it take")), asking(&runs, 1, &long("it need"))]);
    let dataset = read_all(&runs, &Selection::default());
    assert_eq!(standings(&dataset), [(1, Standing::Kept), (2, Standing::NearDuplicate)]);
    let dataset = read_all(&runs, &Selection { near: 1.0, ..Selection::default() });
    assert_eq!(standings(&dataset), [(1, Standing::Kept), (2, Standing::Kept)]);
}

#[test]
fn what_does_not_go_out_hides_no_duplicate_that_could() {
    let runs = Runs::new();
    runs.write("a", &[asking(&runs, 1, "What is light?"), asking(&runs, 2, "What is light?")]);
    let refused = HashSet::from([ItemId::from_bits(1)]);
    let dataset = read_all(&runs, &Selection { refused, ..Selection::default() });
    assert_eq!(standings(&dataset), [(1, Standing::Refused), (2, Standing::Kept)]);
}

#[test]
fn stale_items_are_taken_when_asked_for_and_come_back_with_their_syllabus() {
    let mut runs = Runs::new();
    runs.write("a", &[runs.record(1, Status::Ok)]);
    let before = runs.snapshot.clone();
    runs.snapshot = edit_syllabus(&before, runs.subject, |syllabus| syllabus.sessions[0].title = "New".into());
    assert_eq!(standings(&read_all(&runs, &Selection::default())), [(1, Standing::Stale)]);
    let taken = read_all(&runs, &Selection { stale: true, ..Selection::default() });
    assert_eq!((standings(&taken), taken.entries()[0].is_stale), (vec![(1, Standing::Kept)], true));
    runs.snapshot = before;
    assert_eq!(standings(&read_all(&runs, &Selection::default())), [(1, Standing::Kept)]);
}

const LONG: &str = "A boat crosses a river that is two hundred metres wide and flows at one metre a second.";

#[test]
fn what_overlaps_with_a_benchmark_stays_out() {
    let runs = Runs::new();
    runs.write("a", &[asking(&runs, 1, &format!("{LONG} How long does it take?")), asking(&runs, 2, "What is shade?")]);
    let benchmarks = Arc::new(Benchmarks::of("gsm", [LONG], RUN_OF_WORDS));
    let dataset = read_all(&runs, &Selection { benchmarks, ..Selection::default() });
    assert_eq!(standings(&dataset), [(1, Standing::Contaminated), (2, Standing::Kept)]);
    assert_eq!(dataset.entries()[0].why.as_deref(), Some("gsm:1"));
}

#[test]
fn what_was_held_out_is_never_trained_on_again() {
    let runs = Runs::new();
    runs.write("a", &[5, 6, 7].map(|bits| runs.record(bits, Status::Ok)));
    let two = Selection { held_out: Some(2), ..Selection::default() };
    let chosen = read_all(&runs, &two);
    use Standing::{HeldOut, Kept};
    assert_eq!(standings(&chosen), [(5, HeldOut), (6, HeldOut), (7, Kept)]);
    // A look is no choice.
    assert_eq!(read_all(&runs, &Selection::default()).of(HeldOut).count(), 0);
    chosen.hold_out(&runs.path()).unwrap();
    // A lower id comes along, and nobody asks for a slice: it stays as it was.
    runs.write("b", &[runs.record(1, Status::Ok)]);
    let later = read_all(&runs, &Selection::default());
    assert_eq!(standings(&later), [(1, Kept), (5, HeldOut), (6, HeldOut), (7, Kept)]);
    let more = read_all(&runs, &Selection { held_out: Some(3), ..Selection::default() });
    assert_eq!(standings(&more), [(1, HeldOut), (5, HeldOut), (6, HeldOut), (7, Kept)]);
    more.hold_out(&runs.path()).unwrap();
    assert_eq!(read_all(&runs, &two).of(HeldOut).count(), 3);
}

#[test]
fn nothing_that_overlaps_with_the_held_out_slice_is_trained_on() {
    let runs = Runs::new();
    let boat = |bits, end: &str| asking(&runs, bits, &format!("{LONG} {end}"));
    runs.write("a", &[boat(1, "How long does it take?"), boat(2, "Explain."), asking(&runs, 3, "What is shade?")]);
    let dataset = read_all(&runs, &Selection { held_out: Some(1), ..Selection::default() });
    use Standing::{Contaminated, HeldOut, Kept};
    assert_eq!(standings(&dataset), [(1, HeldOut), (2, Contaminated), (3, Kept)]);
}

#[test]
fn a_damaged_list_of_held_out_items_is_an_error() {
    let runs = Runs::new();
    runs.write("a", &[runs.record(1, Status::Ok)]);
    std::fs::write(runs.path().join("held-out.jsonl"), "{\"discipline\":\n").unwrap();
    let error = Dataset::read(&runs.snapshot, &runs.path(), &Selection::default()).unwrap_err().to_string();
    assert!(error.contains("held-out.jsonl") && error.contains("line 1"), "{error}");
}
