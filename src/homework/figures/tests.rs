use super::*;
use crate::homework::checks::{Check, Finding};
use crate::homework::dataset::Selection;
use crate::homework::fixture::{Runs, add_subject, edit_syllabus};
use crate::homework::record::{CallNote, DrawnConcept, Failed};
use crate::llm::{Sampling, Step, Usage};
use crate::taxonomy::{Kind, SessionId};

fn of(runs: &Runs) -> Figures {
    let dataset = Dataset::read(&runs.snapshot, &runs.path(), &Selection::default()).unwrap();
    figures(&runs.snapshot, &dataset, &runs.path()).unwrap()
}

fn call(tokens: u64) -> CallNote {
    CallNote {
        estimated: None,
        prompt: "abc".to_owned(),
        model: "small".to_owned(),
        served: Some("small-2".into()),
        sampling: Sampling { temperature: Some(0.7), ..Sampling::default() },
        tokens: (tokens > 0).then(|| Usage { prompt_tokens: tokens, completion_tokens: 1, ..Usage::default() }),
        finish: None,
        attempts: 2,
    }
}

fn drawing(runs: &Runs, bits: u128, session: usize, concept: usize) -> Record {
    let node = runs.snapshot.tree.node(runs.subject).unwrap();
    let session = &node.syllabus.as_ref().unwrap().sessions[session];
    let concept = session.concepts[concept].clone();
    Record { concepts: vec![DrawnConcept { session: session.id.clone(), concept }], ..runs.record(bits, Status::Ok) }
}

#[test]
fn coverage_counts_what_kept_items_draw_on_up_to_the_root() {
    let mut runs = Runs::new();
    add_subject(&mut runs.snapshot, "Acoustics", None);
    runs.write("a", &[drawing(&runs, 1, 0, 0), drawing(&runs, 2, 0, 0), drawing(&runs, 3, 4, 1)]);
    let unfit = Record { status: Status::Unfit, ..drawing(&runs, 4, 5, 0) };
    let repeated = Record { question: drawing(&runs, 1, 0, 0).question, ..drawing(&runs, 5, 6, 0) };
    runs.write("a", &[unfit, repeated]);
    let coverage = of(&runs).coverage;
    let kinds: Vec<_> = coverage.branches.iter().map(|branch| (branch.kind, branch.depth, branch.parent)).collect();
    use Kind::{Discipline, Field, Subject};
    assert_eq!(kinds, [(Field, 0, None), (Discipline, 1, Some(0)), (Subject, 2, Some(1)), (Subject, 2, Some(1))]);
    for reach in [coverage.all, coverage.branches[0].reach, coverage.branches[1].reach] {
        assert_eq!((reach.subjects, reach.ready, reach.reached), (2, 1, 1));
        assert_eq!((reach.sessions, reach.sessions_reached), (10, 2));
        assert_eq!((reach.concepts, reach.concepts_reached), (50, 2));
        assert_eq!((reach.items, reach.kept, reach.acceptance(), reach.quality()), (5, 3, Some(0.6), None));
    }
    let without = &coverage.branches[2];
    assert_eq!((without.name.raw(), without.reach.ready, without.reach.acceptance()), ("Acoustics", 0, None));
    let draws = coverage.per_concept.unwrap();
    assert_eq!((draws.count, draws.least, draws.most), (50, 0, 2));
    assert_eq!(coverage.never_drawn[0].session, SessionId("s01".to_owned()));
    assert_eq!(coverage.per_subject.unwrap().most, 3);
}

#[test]
fn items_of_an_earlier_syllabus_and_of_what_is_gone_cover_nothing() {
    let mut runs = Runs::new();
    let old = drawing(&runs, 1, 0, 0);
    let gone = Record { nodes: vec![], ..runs.record(2, Status::Ok) };
    runs.write("a", &[old, gone]);
    runs.snapshot = edit_syllabus(&runs.snapshot, runs.subject, |syllabus| syllabus.sessions[0].title = "New".into());
    let figures = of(&runs);
    let reach = figures.coverage.all;
    assert_eq!((reach.items, reach.stale, reach.reached, reach.concepts_reached), (1, 1, 0, 0));
    assert_eq!((reach.acceptance(), figures.coverage.elsewhere, figures.of(Standing::Stale)), (None, 1, 2));
}

#[test]
fn tokens_of_every_try_count_and_those_of_what_is_used_are_told_apart() {
    let runs = Runs::new();
    let with = |record: Record, tokens| Record {
        question_call: Some(call(tokens)),
        answer_call: Some(call(tokens)),
        ..record
    };
    let failed = Record {
        failure: Some(Failed { step: "answer".to_owned(), class: "length".to_owned(), message: "".into() }),
        ..runs.record(1, Status::Failed)
    };
    runs.write("a", &[with(failed, 30), with(runs.record(1, Status::Ok), 10), with(runs.record(2, Status::Ok), 0)]);
    let figures = of(&runs);
    let tokens = figures.tokens;
    assert_eq!((total(tokens.all()), total(tokens.used), tokens.items, tokens.uncounted), (84, 22, 2, 2));
    assert_eq!((tokens.requests, tokens.per_item()), (12, Some(42.0)));
    assert!((tokens.lost().unwrap() - 62.0 / 84.0).abs() < 1e-9);
    assert_eq!(figures.models.len(), 2);
    let question = &figures.models[0];
    assert_eq!((question.step, question.calls, question.items), ("question", 3, 2));
    assert_eq!(question.sampling, "temperature 0.7");
}

#[test]
fn a_fault_is_counted_by_tries_and_by_what_it_cost_in_items() {
    let runs = Runs::new();
    let finding = |check| Finding { part: Step::Answer, check, detail: String::new() };
    let unfit = |bits, checks: &[Check]| Record {
        findings: checks.iter().map(|check| finding(*check)).collect(),
        ..runs.record(bits, Status::Unfit)
    };
    let both = [Check::Echo, Check::TooShort];
    runs.write("a", &[unfit(1, &both), runs.record(1, Status::Ok), unfit(2, &both[..1]), unfit(2, &both[..1])]);
    let faults = of(&runs).faults;
    let found: Vec<_> = faults.iter().map(|fault| (fault.code.as_str(), fault.items, fault.tries)).collect();
    assert_eq!(found, [("echo", 1, 3), ("too_short", 0, 1)]);
}

#[test]
fn the_judge_counts_by_its_last_word_and_by_what_it_cost() {
    use crate::homework::judge::{Judgement, Score};
    let runs = Runs::new();
    let score = |score, tokens| Some(Score { score, reason: "".into(), call: call(tokens) });
    let judged = |bits, judge| Record { judge: Some(judge), ..runs.record(bits, Status::Ok) };
    let good = Judgement { question: score(1, 5), pair: score(3, 5), failure: None, unscored: Vec::new() };
    let poor = Judgement { question: score(1, 5), pair: score(1, 5), failure: None, unscored: Vec::new() };
    runs.write("a", &[judged(1, good), judged(2, poor), judged(3, Judgement::default()), runs.record(4, Status::Ok)]);
    let figures = of(&runs);
    let judge = figures.judge;
    assert_eq!((judge.items, judge.good, judge.without), (2, 1, 1));
    assert_eq!((judge.questions, judge.pairs), ([0, 2], [1, 0, 1]));
    assert_eq!(total(figures.tokens.judgements), 24);
    assert_eq!(figures.coverage.all.quality(), Some(0.5));
    assert_eq!(figures.models[0].step, "judge");
}

#[test]
fn lengths_are_those_of_the_training_set() {
    let runs = Runs::new();
    let texts = |bits, question: &str, answer: &str| Record {
        question: question.into(),
        answer: answer.into(),
        ..runs.record(bits, Status::Ok)
    };
    runs.write(
        "a",
        &[texts(1, "What is light?", "Ein Stück."), texts(2, "什么是光", "42"), texts(3, "What is light?", "long")],
    );
    let figures = of(&runs);
    let (questions, answers) = (figures.questions.words.unwrap(), figures.answers.characters.unwrap());
    assert_eq!((questions.count, questions.least, questions.most), (2, 3, 4));
    assert_eq!((answers.count, answers.least, answers.most), (2, 2, 10));
    assert_eq!((figures.repeats.items, figures.repeats.exact), (3, 1));
    assert_eq!(figures.strategies, [Count { name: "1".to_owned(), items: 2 }]);
}

#[test]
fn equal_data_give_equal_bytes_whatever_the_order_of_files() {
    let runs = Runs::new();
    let all: Vec<Record> = (1..40).map(|bits| drawing(&runs, bits, bits as usize % 10, 0)).collect();
    runs.write("a", &all);
    let one = serde_json::to_string(&of(&runs)).unwrap();
    let other = Runs { dir: tempfile::tempdir().unwrap(), ..Runs::new() };
    let reversed: Vec<Record> = all.into_iter().rev().collect();
    other.write("a", &reversed[..7]);
    other.write("a", &reversed[7..]);
    assert_eq!(one, serde_json::to_string(&of(&other)).unwrap());
}

#[test]
fn nothing_made_yet_is_no_error() {
    let figures = of(&Runs::new());
    assert_eq!((figures.items, figures.first, figures.repeats.windows.len()), (0, None, 0));
    assert_eq!((figures.coverage.all.ready, figures.coverage.all.reached), (1, 0));
}
