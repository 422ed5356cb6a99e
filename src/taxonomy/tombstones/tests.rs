use super::*;
use crate::app::fixture::{Bench, child, node};
use crate::taxonomy::{Facts, Kind, Op, Reason, lint};

const PHYSICS: [&str; 2] = ["Natural Sciences", "Physics"];

fn bench() -> Bench {
    let mut bench = Bench::empty();
    bench.add(None, Kind::Field, Facts::named("Natural Sciences"));
    bench.add(Some(node(&["Natural Sciences"])), Kind::Discipline, Facts::named("Physics"));
    bench
}

fn propose(bench: &mut Bench, names: &[&str]) {
    bench.propose(names.iter().map(|name| child(&PHYSICS, name, "")).collect());
}

fn prp(name: &str) -> ProposalId {
    ProposalId::of_node(node(&["Natural Sciences", "Physics", name]))
}

fn reject(bench: &mut Bench, name: &str, reason: Reason, note: Option<&str>) {
    bench.run("bo", Op::Reject { on: vec![prp(name)], reason, note: note.map(Into::into), of: None }).unwrap();
}

fn findings(bench: &Bench, name: &str) -> Vec<String> {
    let proposal = bench.snapshot.record.proposal(prp(name)).unwrap();
    let found = lint::proposal(&bench.snapshot, proposal).into_iter();
    found.filter(|finding| finding.code == "like-rejected").map(|finding| finding.message).collect()
}

#[test]
fn what_is_like_something_turned_down_says_so_with_the_old_reason() {
    let mut bench = bench();
    propose(&mut bench, &["Quantum Field Theory", "Stuff of physics"]);
    reject(&mut bench, "Quantum Field Theory", Reason::WrongLevel, None);
    reject(&mut bench, "Stuff of physics", Reason::Other, Some("says nothing"));
    propose(&mut bench, &["Quantum Field Theories of Matter", "Acoustics", "Theory of Quantum Fields"]);
    let like = "It is like \"Quantum Field Theory\", rejected as wrong level by bo on 2026-11-21.";
    assert_eq!(findings(&bench, "Quantum Field Theories of Matter"), [like]);
    assert!(findings(&bench, "Acoustics").is_empty());
    let open: Vec<_> = bench.snapshot.open_proposals().iter().map(|open| open.title().raw().to_owned()).collect();
    assert_eq!(open, ["Quantum Field Theories of Matter", "Acoustics"], "the same words are suppressed");
}

#[test]
fn a_tombstone_counts_how_often_it_was_named_again() {
    let mut bench = bench();
    propose(&mut bench, &["Fluid Mechanics"]);
    reject(&mut bench, "Fluid Mechanics", Reason::Vague, None);
    let count = |bench: &Bench| again(&bench.snapshot, bench.snapshot.record.proposal(prp("Fluid Mechanics")).unwrap());
    assert_eq!(count(&bench), 0);
    propose(&mut bench, &["FLUID mechanics"]);
    propose(&mut bench, &["Mechanics of Fluids"]);
    assert_eq!(count(&bench), 2);
}

#[test]
fn the_rate_counts_what_had_been_turned_down_before_the_batch_came() {
    let mut bench = bench();
    propose(&mut bench, &["Fluid Mechanics", "Quantum Field Theory", "Optics"]);
    let none = Rate { model: "provost-demo".into(), prompt: None, proposals: 3, exact: 0, near: 0 };
    assert_eq!(rates(&bench.snapshot), std::slice::from_ref(&none));
    reject(&mut bench, "Fluid Mechanics", Reason::Vague, None);
    reject(&mut bench, "Quantum Field Theory", Reason::Vague, None);
    assert_eq!(rates(&bench.snapshot), [none], "the first time was no repetition");
    propose(&mut bench, &["Fluid mechanics", "Optics"]);
    propose(&mut bench, &["Mechanics of Fluids", "Quantum Field Theories of Matter", "Waves"]);
    let [rate] = &rates(&bench.snapshot)[..] else { panic!() };
    assert_eq!((rate.proposals, rate.exact, rate.near), (8, 2, 1));
    bench.run("bo", Op::Undo(None)).unwrap();
    assert_eq!(rates(&bench.snapshot)[0].near, 0, "what is no longer turned down is no repetition");
}
