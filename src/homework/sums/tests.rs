use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use proptest::prelude::*;

use super::super::checks::Check;
use super::super::judge::{Judgement, Score};
use super::super::ledger;
use super::super::record::{Failed, Record, sample};
use super::super::segment::{Segment, Written, line, read};
use super::super::spent::tests::call;
use super::*;
use crate::llm::Step;
use crate::taxonomy::Kind;

/// What a record says, in small numbers.
#[derive(Debug, Clone)]
struct Said {
    item: u128,
    subject: u8,
    renamed: bool,
    status: u8,
    counts: bool,
    class: u8,
    tokens: [u64; 3],
    model: u8,
    second: i64,
}

/// What becomes of a segment, and of its ledger.
#[derive(Debug, Clone)]
enum Fate {
    /// Secured after so many records each, and closed.
    Closed(usize),
    /// Not secured: the process was killed.
    Killed(usize),
    /// Written by a program without ledgers.
    Bare,
    /// Copied from another machine, with its ledger or without; times are other ones.
    Copied(bool),
    /// A line in the middle is damaged.
    Damaged(usize),
    /// A torn tail.
    Torn(Vec<u8>),
    /// Its ledger was cut.
    Cut(usize),
    /// Its ledger is that of the segment before it.
    Foreign,
}

fn said() -> impl Strategy<Value = Said> {
    let ids = (0..12_u128, 0..3_u8, any::<bool>(), 0..3_u8);
    (ids, any::<bool>(), 0..2_u8, [0..50_u64, 0..50, 0..50], 0..2_u8, 0..1_000_i64).prop_map(
        |((item, subject, renamed, status), counts, class, tokens, model, second)| Said {
            item,
            subject,
            renamed,
            status,
            counts,
            class,
            tokens,
            model,
            second,
        },
    )
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        (1..20_usize).prop_map(Fate::Closed),
        (1..20_usize).prop_map(Fate::Killed),
        Just(Fate::Bare),
        any::<bool>().prop_map(Fate::Copied),
        any::<usize>().prop_map(Fate::Damaged),
        prop::collection::vec(any::<u8>().prop_filter("no line end", |byte| *byte != b'\n'), 1..30)
            .prop_map(Fate::Torn),
        any::<usize>().prop_map(Fate::Cut),
        Just(Fate::Foreign),
    ]
}

fn record(said: &Said) -> Record {
    let status = [Status::Ok, Status::Failed, Status::Unfit][usize::from(said.status)];
    let [question, answer, judge] = said.tokens;
    let asked = |tokens: u64, guess| {
        let model = format!("m{}", said.model);
        (tokens > 0).then(|| super::super::record::CallNote { model, ..call(tokens, guess) })
    };
    let class = ["refused", "timeout"][usize::from(said.class)].to_owned();
    let check = [Check::Echo, Check::Refusal][usize::from(said.class)];
    let score = |call| Score { score: 1, reason: "So.".into(), call };
    let optics = NodeId::derive(None, Kind::Subject, &format!("Optics {}", said.subject), 0);
    let name = if said.renamed { "Light" } else { "Optics" };
    Record {
        counts: said.counts,
        path: vec!["Physics".into(), format!("{name} {}", said.subject).into()],
        nodes: if said.subject == 2 { Vec::new() } else { vec![optics] },
        syllabus: "0".repeat(usize::from(said.class) + 1),
        failure: (status == Status::Failed).then(|| Failed { step: "answer".into(), class, message: "No.".into() }),
        findings: (status == Status::Unfit)
            .then(|| Finding { part: Step::Question, check, detail: "So.".to_owned() })
            .into_iter()
            .collect(),
        question_call: asked(question, 1),
        answer_call: asked(answer, 0),
        judge: asked(judge, 2).map(|call| Judgement { pair: Some(score(call)), ..Judgement::default() }),
        at: Timestamp::from_second(said.second).unwrap(),
        ..sample(said.item, status)
    }
}

fn secure(segment: &mut Segment, written: &mut Written) {
    segment.secure(std::mem::take(written)).unwrap();
}

fn write(folder: &Path, records: &[Said], fate: &Fate) {
    let lines: Vec<_> = records.iter().map(|said| line(&record(said)).unwrap()).collect();
    let (bare, every) = match fate {
        Fate::Bare => (true, usize::MAX),
        Fate::Closed(every) | Fate::Killed(every) => (false, *every),
        _ => (false, 5),
    };
    let mut segment = if bare { Segment::create(folder) } else { Segment::create_for(folder, None) }.unwrap();
    // As a run writes them, or as the import of a batch does.
    let mut pen = records.first().is_some_and(|first| first.second % 2 == 0).then(|| segment.pen().unwrap());
    let mut written = Written::default();
    for (at, (line, said)) in lines.iter().zip(records).enumerate() {
        match &mut pen {
            Some(pen) => {
                pen.put(&record(said)).unwrap();
                pen.write(&mut written).unwrap();
            }
            None => segment.write(line).unwrap(),
        }
        if at % every == every - 1 {
            secure(&mut segment, &mut written);
        }
    }
    if !matches!(fate, Fate::Killed(_)) {
        secure(&mut segment, &mut written);
    }
    let path = segment.path().to_owned();
    drop(segment);
    let beside = ledger::path_of(&path);
    match fate {
        Fate::Copied(with) => {
            let bytes = fs::read(&path).unwrap();
            fs::remove_file(&path).unwrap();
            fs::write(&path, bytes).unwrap();
            if !with {
                fs::remove_file(&beside).unwrap();
            }
        }
        Fate::Damaged(at) if !records.is_empty() => {
            let mut bytes = fs::read(&path).unwrap();
            let at = at % bytes.len();
            bytes[at] = if bytes[at] == b'~' { b'#' } else { b'~' };
            fs::write(&path, bytes).unwrap();
            // Written in the same instant, it would have the time of before.
            let later = std::time::SystemTime::now() + std::time::Duration::from_secs(3);
            fs::File::options().write(true).open(&path).unwrap().set_modified(later).unwrap();
        }
        Fate::Torn(tail) => fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(tail).unwrap(),
        Fate::Cut(at) if beside.exists() => {
            let bytes = fs::read(&beside).unwrap();
            fs::write(&beside, &bytes[..at % (bytes.len() + 1)]).unwrap();
        }
        Fate::Foreign => {
            let all = super::super::segment::list(folder).unwrap();
            if let Some(other) =
                all.iter().rev().nth(1).map(|other| ledger::path_of(other)).filter(|path| path.exists())
            {
                fs::copy(other, &beside).unwrap();
            }
        }
        _ => {}
    }
}

/// What everything comes to.
#[derive(Debug, Default, PartialEq)]
struct Whole {
    items: BTreeMap<ItemId, (u8, String)>,
    spent: Spent,
    subjects: BTreeMap<Option<NodeId>, Spent>,
    span: (Option<Timestamp>, Option<Timestamp>),
    models: StepModels,
    damage: (u64, u64),
}

/// By reading every text.
fn read_all(segments: &[PathBuf]) -> Whole {
    let mut whole = Whole::default();
    for segment in segments {
        let damage = read::<StorageError>(segment, |_, line| {
            let record: Record = serde_json::from_slice(line).unwrap();
            let spent = Spent::of(&record);
            whole.spent += spent;
            *whole.subjects.entry(record.subject()).or_default() += spent;
            whole.span.0 = Some(whole.span.0.map_or(record.at, |first| first.min(record.at)));
            whole.span.1 = whole.span.1.max(Some(record.at));
            let model = |call: &Option<super::super::record::CallNote>| call.as_ref().map(|call| call.model.clone());
            let judge = record.judge.as_ref().and_then(|said| said.pair.as_ref()).map(|score| score.call.model.clone());
            whole.models.or(StepModels {
                question: model(&record.question_call),
                answer: model(&record.answer_call),
                judge,
                ..StepModels::default()
            });
            let found = record.findings.first().map(|finding| finding.check.code().to_owned());
            let why = record.failure.map(|failure| failure.class).or(found).unwrap_or_default();
            let item = whole.items.entry(record.item).or_insert((record.status as u8, why.clone()));
            if item.0 != Status::Ok as u8 {
                *item = (record.status as u8, why);
            }
            Ok(())
        });
        let damage = damage.unwrap();
        (whole.damage.0, whole.damage.1) = (whole.damage.0 + damage.lines, whole.damage.1 + damage.tail);
    }
    whole
}

/// By the ledgers.
fn recounted(segments: &[PathBuf]) -> Whole {
    let tries = Tries::of(segments.to_vec()).unwrap();
    let sums = &tries.sums;
    let mut whole = Whole {
        spent: sums.together(),
        span: (sums.first, sums.last),
        models: sums.models.clone(),
        damage: (sums.damaged, sums.torn),
        ..Whole::default()
    };
    for (place, spent) in sums.places.iter().zip(&sums.spent) {
        *whole.subjects.entry(place.subject).or_default() += *spent;
    }
    let item = |best: Try| {
        let why = sums.places[best.place()].why.clone().unwrap_or_default();
        (best.item(), (best.head().status as u8, why))
    };
    whole.items = tries.by_item().filter_map(best).map(item).collect();
    whole
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn the_ledgers_say_what_reading_everything_says(
        segments in prop::collection::vec((prop::collection::vec(said(), 0..40), fate()), 1..5),
    ) {
        let folder = tempfile::tempdir().unwrap();
        segments.iter().for_each(|(records, fate)| write(folder.path(), records, fate));
        let segments = super::super::segment::list(folder.path()).unwrap();
        let whole = read_all(&segments);
        prop_assert_eq!(&recounted(&segments), &whole, "as they were found");
        prop_assert_eq!(&recounted(&segments), &whole, "as they were written anew");
        let taken = super::super::spent::before(&segments).unwrap();
        prop_assert_eq!((taken.spent, taken.items), (whole.spent, whole.items.len() as u64));
        for segment in &segments {
            let Some((covered, told)) = ledger::account(segment) else { continue };
            let mut account = ledger::Account::default();
            let mut bad = 0;
            super::super::segment::scan::<StorageError>(segment, 0, |at, line, damaged| {
                bad += damaged;
                if at < covered {
                    account.add(line);
                }
                Ok(())
            }).unwrap();
            (0..bad).for_each(|_| account.damaged());
            prop_assert_eq!(account.told(), told);
        }
    }
}

proptest! {
    #[test]
    fn a_record_comes_to_what_its_line_comes_to(records in prop::collection::vec(said(), 1..30)) {
        let (mut lines, mut written) = (Book::default(), Book::default());
        for said in &records {
            let record = record(said);
            prop_assert_eq!(lines.note(&line(&record).unwrap()), Some(written.record(&record)));
        }
        let json = |book: &mut Book| serde_json::to_string(&book.part()).unwrap();
        prop_assert_eq!(json(&mut lines), json(&mut written));
    }
}

#[test]
fn a_record_of_another_version_is_counted_as_far_as_it_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let mut segment = Segment::create_for(folder.path(), None).unwrap();
    let odd = serde_json::json!({"item": ItemId::from_bits(7), "status": "ok", "nodes": "of another kind"});
    segment.write(&line(&odd).unwrap()).unwrap();
    segment.sync().unwrap();
    let path = segment.path().to_owned();
    drop(segment);
    for _ in 0..2 {
        let tries = Tries::of([path.clone()]).unwrap();
        assert_eq!(tries.by_item().flatten().map(|one| one.item()).collect::<Vec<_>>(), [ItemId::from_bits(7)]);
        assert_eq!((tries.sums.places.as_slice(), tries.sums.together()), (&[Place::default()][..], Spent::default()));
        ledger::forget(&path);
    }
}
