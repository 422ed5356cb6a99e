use std::sync::Arc;

use super::*;
use crate::app::fixture::{Bench, acoustics, bench, bench_of_several, child, node, syllabus};
use crate::taxonomy::{Facts, Kind, Node, Op, Place, Policy, Problem, Proposed, Reason, Record};

const CHEMISTRY: [&str; 2] = ["Natural Sciences", "Chemistry"];

fn id(path: &[&str]) -> ProposalId {
    ProposalId::of_node(node(path))
}

fn accept(bench: &mut Bench, by: &str, path: &[&str]) {
    bench.run(by, Op::Accept { on: vec![id(path)], edit: None, under: None }).unwrap();
}

fn reject(bench: &mut Bench, by: &str, path: &[&str]) {
    bench.run(by, Op::Reject { on: vec![id(path)], reason: Reason::Vague, note: None, of: None }).unwrap();
}

/// Writes a node by hand.
fn put(bench: &mut Bench, path: &[&str], facts: Facts) {
    let kinds = [Kind::Field, Kind::Discipline, Kind::Subject];
    let parent = (path.len() > 1).then(|| node(&path[..path.len() - 1]));
    let place = Place { parent, slug: path[path.len() - 1].to_lowercase() };
    bench.snapshot.tree.put(place, Arc::new(Node::new(node(path), kinds[path.len() - 1], facts)));
}

/// What differs: code and path, whether there is a step that mends it.
fn told(bench: &Bench) -> Vec<(&'static str, String, bool)> {
    audit(&bench.snapshot).into_iter().map(|found| (found.code, found.path, found.step.is_some())).collect()
}

fn message(bench: &Bench) -> String {
    let found = audit(&bench.snapshot);
    let [one] = &found[..] else { panic!("{found:?}") };
    one.message.clone()
}

#[test]
fn where_every_change_went_through_the_program_log_and_tree_agree() {
    let mut bench = bench();
    assert_eq!(told(&bench), []);
    accept(&mut bench, "ana", &CHEMISTRY);
    bench.run("ana", Op::Move { on: vec![acoustics()], to: Some(node(&CHEMISTRY)) }).unwrap();
    bench.run("ana", Op::Deprecate { on: vec![acoustics()], replaced_by: None, reason: None }).unwrap();
    bench.run("ana", Op::Undo(None)).unwrap();
    bench.run("ana", Op::Undo(None)).unwrap();
    bench.run("ana", Op::Redo(None)).unwrap();
    assert_eq!(told(&bench), []);
    assert_eq!(CODES.iter().filter(|(code, _)| is_info(code)).count(), 3);
}

#[test]
fn a_syllabus_that_was_edited_while_it_was_accepted_is_the_one_that_counts() {
    let mut bench = bench();
    let proposed = syllabus(&[("Waves", &["Wave equation"])]);
    let on = ProposalId::of_syllabus(acoustics(), &proposed.hash());
    bench.propose(vec![Proposed::Syllabus { subject: acoustics(), syllabus: proposed }]);
    let edited = syllabus(&[("Waves in air", &["Wave equation", "Impedance"])]);
    let edit = Some(Edit::Syllabus(Box::new(edited.clone())));
    bench.run("ana", Op::Accept { on: vec![on], edit, under: None }).unwrap();
    assert_eq!(told(&bench), []);
    bench.snapshot.tree.set_syllabus(acoustics(), syllabus(&[("By hand", &["Ear"])]));
    let path = "tree/natural-sciences/physics/acoustics.yaml".to_owned();
    assert_eq!(told(&bench), [("edited-by-hand", path.clone(), false)]);
    assert!(message(&bench).starts_with("syllabus differs from what the log says last ("));
    let mut bare = (**bench.snapshot.tree.node(acoustics()).unwrap()).clone();
    bare.syllabus = None;
    let place = bench.snapshot.tree.entry(acoustics()).unwrap().place.clone();
    bench.snapshot.tree.put(place, Arc::new(bare));
    assert_eq!(told(&bench), [("missing-syllabus", path, true)]);
    let step = audit(&bench.snapshot).remove(0).step.unwrap();
    step.apply(&mut bench.snapshot.tree).unwrap();
    assert_eq!(bench.snapshot.tree.node(acoustics()).unwrap().syllabus, Some(edited));
    assert_eq!(told(&bench), []);
}

#[test]
fn an_accepted_node_that_is_gone_is_written_again_parents_first() {
    let mut bench = bench();
    let organic = [CHEMISTRY[0], CHEMISTRY[1], "Organic chemistry"];
    accept(&mut bench, "ana", &CHEMISTRY);
    accept(&mut bench, "ana", &organic);
    let before = bench.snapshot.tree.clone();
    bench.snapshot.tree.take(node(&organic));
    bench.snapshot.tree.take(node(&CHEMISTRY));
    let path = "tree/natural-sciences/chemistry".to_owned();
    let expected = [
        ("missing-node", path.clone() + ".yaml", true),
        ("missing-node", path.clone() + "/organic-chemistry.yaml", true),
    ];
    let mut found = told(&bench);
    found.sort();
    assert_eq!(found, expected);
    let mut steps: Vec<_> = audit(&bench.snapshot).into_iter().filter_map(|found| found.step).collect();
    steps.sort_by_key(|step| step.node().kind());
    steps.iter().for_each(|step| step.apply(&mut bench.snapshot.tree).unwrap());
    assert_eq!(bench.snapshot.tree.entry(node(&organic)), before.entry(node(&organic)));
    // Its file may be the one that nobody can read.
    bench.snapshot.tree.take(node(&organic));
    let problem = Problem { path: path.clone() + "/carbon.yaml", line: Some(1), message: "No name.".into() };
    bench.snapshot.problems = vec![problem];
    assert_eq!(told(&bench), [("missing-node", path.clone() + "/organic-chemistry.yaml", false)]);
    assert!(message(&bench).contains("perhaps its file is tree/natural-sciences/chemistry/carbon.yaml"));
    // Or it is there and whole, and has no place because its parent is gone.
    bench.snapshot.tree.take(node(&CHEMISTRY));
    let orphan = Problem::orphan(path.clone() + "/organic-chemistry.yaml", "dis_0");
    bench.snapshot.problems = vec![orphan];
    assert_eq!(told(&bench), [("missing-node", path + ".yaml", true)]);
}

#[test]
fn a_place_that_is_taken_is_told() {
    let mut bench = bench();
    accept(&mut bench, "ana", &CHEMISTRY);
    bench.snapshot.tree.take(node(&CHEMISTRY));
    let other = NodeId::derive(None, Kind::Discipline, "Other", 7);
    let place = Place { parent: Some(node(&CHEMISTRY[..1])), slug: "chemistry".into() };
    bench.snapshot.tree.put(place, Arc::new(Node::new(other, Kind::Discipline, Facts::named("Other"))));
    let path = "tree/natural-sciences/chemistry.yaml".to_owned();
    assert_eq!(told(&bench), [("missing-node", path.clone(), false), ("not-in-log", path, false)]);
}

#[test]
fn what_was_turned_down_or_taken_back_and_is_there_deserves_a_look() {
    let mut bench = bench();
    reject(&mut bench, "ana", &["Crafts"]);
    put(&mut bench, &["Crafts"], Facts::named("Crafts"));
    assert_eq!(told(&bench), [("rejected-in-tree", "tree/crafts.yaml".to_owned(), false)]);
    assert!(message(&bench).contains(" rejected the proposal: deprecate it, or accept it"));
    bench.snapshot.tree.take(node(&["Crafts"]));
    accept(&mut bench, "ana", &CHEMISTRY);
    bench.run("ana", Op::Undo(None)).unwrap();
    assert_eq!(told(&bench), []);
    put(&mut bench, &CHEMISTRY, Facts::named("Chemistry"));
    assert_eq!(told(&bench), [("rejected-in-tree", "tree/natural-sciences/chemistry.yaml".to_owned(), false)]);
    assert!(message(&bench).contains(", which accepted it, was undone"));
}

#[test]
fn what_was_written_by_hand_counts_and_is_told() {
    let mut bench = bench();
    put(&mut bench, &["Crafts"], Facts::named("Crafts"));
    put(&mut bench, &["Trades"], Facts::named("Trades"));
    let by_hand = |path: &str| ("not-in-log", path.to_owned(), false);
    assert_eq!(told(&bench), [by_hand("tree/crafts.yaml"), by_hand("tree/trades.yaml")], "proposed or not");
    let mut bench = self::bench();
    accept(&mut bench, "ana", &CHEMISTRY);
    put(&mut bench, &CHEMISTRY, Facts { scope: Some("Reactions.".into()), ..Facts::named("Chemistry") });
    assert_eq!(told(&bench), [("edited-by-hand", "tree/natural-sciences/chemistry.yaml".to_owned(), false)]);
    assert!(message(&bench).starts_with("scope differs from what the log says last ("), "{}", message(&bench));
    put(&mut bench, &CHEMISTRY, Facts { level: Some("100".into()), ..Facts::named("Chemistry!") });
    assert!(message(&bench).starts_with("level, name, scope differ from "), "{}", message(&bench));
    let mut bench = self::bench();
    accept(&mut bench, "ana", &CHEMISTRY);
    let moved = bench.snapshot.tree.node(node(&CHEMISTRY)).unwrap().clone();
    bench.snapshot.tree.put(Place { parent: Some(node(&["Humanities"])), slug: "chemistry".into() }, moved);
    assert_eq!(told(&bench), [("moved-by-hand", "tree/humanities/chemistry.yaml".to_owned(), false)]);
    assert!(message(&bench).ends_with("it is natural-sciences/chemistry.yaml. Where the file is counts."));
}

#[test]
fn a_file_in_conflict_is_a_problem_of_its_own() {
    let mut bench = bench();
    put(&mut bench, &["Crafts"], Facts::named("Crafts"));
    let message = "Git conflict: choose a side.".to_owned();
    bench.snapshot.problems = vec![Problem { path: "tree/crafts.yaml".into(), line: Some(2), message }];
    assert_eq!(told(&bench), []);
}

#[test]
fn an_acceptance_whose_batch_is_gone_asks_for_it() {
    let mut bench = bench();
    accept(&mut bench, "ana", &CHEMISTRY);
    let events = bench.snapshot.record.events().iter().map(|event| (**event).clone()).collect();
    bench.snapshot.record = Record::fold(Policy::default(), "ana", vec![], events);
    assert_eq!(told(&bench), [], "the node is there, and needs no batch");
    bench.snapshot.tree.take(node(&CHEMISTRY));
    assert_eq!(told(&bench), [("missing-batch", "proposals".to_owned(), false)]);
    assert!(message(&bench).contains(" by ana accepted it, but "));
}

#[test]
fn curators_who_disagree_are_named_where_one_vote_decides() {
    let mut bench = bench_of_several();
    accept(&mut bench, "ana", &CHEMISTRY);
    reject(&mut bench, "bo", &CHEMISTRY);
    assert_eq!(told(&bench), [("contested", "decisions".to_owned(), false)]);
    assert_eq!(message(&bench), "Curators disagree about \"Chemistry\": decide on it.");
}

#[test]
fn two_clones_that_decided_otherwise_are_both_named_and_the_node_stays() {
    let mut bench = Bench::empty();
    bench.propose(vec![child(&[], "Crafts", "")]);
    let apart = bench.snapshot.clone();
    accept(&mut bench, "ana", &["Crafts"]);
    // Bo rejects without knowing of it.
    let verdict = crate::taxonomy::op::decide(
        &apart,
        "bo",
        Op::Reject { on: vec![id(&["Crafts"])], reason: Reason::Vague, note: None, of: None },
    );
    let verdict = verdict.unwrap();
    let (change, ballot) = (verdict.change, verdict.ballot);
    let event = Event {
        v: change.version(),
        id: EventId::new(crate::app::fixture::BEGIN + 60_000, 0),
        at: String::new(),
        by: "bo".into(),
        change,
        ballot,
    };
    bench.snapshot.record.add_event(event);
    assert_eq!(told(&bench), [("contested", "tree/crafts.yaml".to_owned(), false)]);
    assert_eq!(message(&bench), "Curators disagree about \"Crafts\" (ana to accept, bo to reject): decide on it.");
    bench.snapshot.tree.take(node(&["Crafts"]));
    assert_eq!(told(&bench), [("contested", "decisions".to_owned(), false)], "missing is no fault of its own");
}

#[test]
fn a_node_below_one_that_was_written_by_hand_is_missed_too() {
    let mut bench = bench();
    put(&mut bench, &["Crafts"], Facts::named("Crafts"));
    bench.add(Some(node(&["Crafts"])), Kind::Discipline, Facts::named("Weaving"));
    let by_hand = ("not-in-log", "tree/crafts.yaml".to_owned(), false);
    assert_eq!(told(&bench), std::slice::from_ref(&by_hand));
    bench.snapshot.tree.take(node(&["Crafts", "Weaving"]));
    assert_eq!(told(&bench), [by_hand, ("missing-node", "tree/crafts/weaving.yaml".to_owned(), true)]);
}
