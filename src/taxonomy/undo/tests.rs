use super::*;
use crate::app::fixture::{Bench, acoustics, bench, node, optics, syllabus};
use crate::taxonomy::{Body, Facts, Kind, NodeId, Op, Proposed, Reason, Syllabus};

fn accept(on: ProposalId) -> Op {
    Op::Accept { on: vec![on], edit: None, under: None }
}

fn refused(bench: &mut Bench, by: &str, op: Op) -> (String, String) {
    let why = bench.run(by, op).unwrap_err();
    (why.what, why.hint.unwrap_or_default())
}

fn proposed(bench: &mut Bench) -> ProposalId {
    let syllabus = syllabus(&[("Rooms", &["Room modes"]), ("Pipes", &["Open end"])]);
    let on = ProposalId::of_syllabus(acoustics(), &syllabus.hash());
    bench.propose(vec![Proposed::Syllabus { subject: acoustics(), syllabus }]);
    on
}

fn text(bench: &Bench, on: ProposalId) -> Syllabus {
    match &bench.snapshot.record.proposal(on).unwrap().body {
        Body::Syllabus { syllabus, .. } => syllabus.clone(),
        Body::Node { .. } => panic!("a node"),
    }
}

fn revise(bench: &mut Bench, on: ProposalId, title: &str) {
    let mut to = text(bench, on);
    to.sessions[0].title = title.into();
    bench.run("ana", Op::Revise { on, to: Box::new(to), reason: None, note: None, batch: None }).unwrap();
}

#[test]
fn a_revision_is_taken_back_only_while_nothing_stands_on_it() {
    let mut bench = bench();
    let on = proposed(&mut bench);
    let first = text(&bench, on);
    revise(&mut bench, on, "Halls");
    let revision = bench.snapshot.record.events().last().unwrap().id;
    revise(&mut bench, on, "Churches");
    let (what, hint) = refused(&mut bench, "ana", Op::Undo(Some(revision)));
    assert!(what.starts_with("The syllabus was revised later on, in "), "{what}");
    assert_eq!(hint, "undo that first");
    bench.run("ana", Op::Undo(None)).unwrap();
    bench.run("ana", accept(on)).unwrap();
    let (what, _) = refused(&mut bench, "ana", Op::Undo(Some(revision)));
    assert!(what.starts_with("The syllabus was accepted later on, in "), "{what}");
    bench.run("ana", Op::Undo(None)).unwrap();
    bench.run("ana", Op::Undo(None)).unwrap();
    assert_eq!(text(&bench, on), first);
    bench.run("ana", Op::Redo(None)).unwrap();
    assert_eq!(text(&bench, on).sessions[0].title.raw(), "Halls");
}

#[test]
fn what_is_undone_is_done_again_and_nothing_else() {
    let mut bench = bench();
    let before = bench.snapshot.tree.clone();
    let physics = node(&["Natural Sciences", "Physics"]);
    bench.run("ana", Op::Move { on: vec![physics], to: Some(node(&["Humanities"])) }).unwrap();
    let moved = bench.snapshot.record.events().last().unwrap().id;
    let after = bench.snapshot.tree.clone();
    let (what, _) = refused(&mut bench, "ana", Op::Redo(Some(moved)));
    assert_eq!(what, format!("{moved} was not undone."));
    bench.run("ana", Op::Undo(Some(moved))).unwrap();
    assert_eq!(bench.snapshot.tree.changed_since(&before).count(), 0);
    let (what, _) = refused(&mut bench, "ana", Op::Undo(Some(moved)));
    assert!(what.contains("undone"), "{what}");
    bench.run("ana", Op::Redo(Some(moved))).unwrap();
    assert_eq!(bench.snapshot.tree.path(optics()), after.path(optics()));
    assert_eq!(refused(&mut bench, "cy", Op::Undo(None)).0, "cy has nothing to undo.");
    assert_eq!(refused(&mut bench, "cy", Op::Redo(None)).0, "cy has nothing to redo.");
}

#[test]
fn what_others_changed_since_is_not_pulled_from_under_them() {
    let mut bench = bench();
    bench.add(None, Kind::Field, Facts::named("Crafts"));
    let added = bench.snapshot.record.events().last().unwrap().id;
    let crafts = node(&["Crafts"]);
    let edited = |bench: &Bench, scope: Option<&str>| {
        let mut node = (**bench.snapshot.tree.node(crafts).unwrap()).clone();
        node.facts.scope = scope.map(Into::into);
        Op::Edit(Box::new(node))
    };
    let op = edited(&bench, Some("What hands make."));
    bench.run("bo", op).unwrap();
    let op = edited(&bench, None);
    bench.run("bo", op).unwrap();
    let (what, hint) = refused(&mut bench, "ana", Op::Undo(Some(added)));
    assert_eq!(what, "\"Crafts\" was edited since.");
    assert!(hint.starts_with("undo evt_") && hint.ends_with(" first"), "{hint}");
    bench.run("bo", Op::Undo(None)).unwrap();
    bench.run("bo", Op::Undo(None)).unwrap();
    bench.run("ana", Op::Undo(Some(added))).unwrap();
    assert!(bench.snapshot.tree.entry(crafts).is_none());
}

#[test]
fn a_rejection_taken_back_leaves_the_proposal_open_and_a_later_verdict_stands_in_the_way_of_doing_it_again() {
    let mut bench = bench();
    let path = ["Natural Sciences", "Chemistry"];
    let on = ProposalId::of_node(node(&path));
    let is_there = |bench: &Bench| bench.snapshot.tree.entry(NodeId::clone(&node(&path))).is_some();
    bench.run("ana", Op::Reject { on: vec![on], reason: Reason::Vague, note: None, of: None }).unwrap();
    let rejection = bench.snapshot.record.events().last().unwrap().id;
    bench.run("ana", Op::Undo(None)).unwrap();
    assert!(bench.snapshot.is_open(bench.snapshot.record.proposal(on).unwrap()));
    bench.run("ana", accept(on)).unwrap();
    assert!(is_there(&bench));
    assert!(bench.run("ana", Op::Redo(Some(rejection))).is_err());
    bench.run("ana", Op::Undo(None)).unwrap();
    assert!(!is_there(&bench));
}

#[test]
fn what_is_flagged_or_hides_something_is_accepted_alone() {
    let mut bench = bench();
    let id = |name| ProposalId::of_node(node(&["Natural Sciences", "Physics", name]));
    let hidden = id("Hidden\u{202e}scitpo");
    bench.run("ana", Op::Flag { on: vec![id("Mechanics")], note: None }).unwrap();
    let both = |other| Op::Accept { on: vec![id("Modern optics"), other], edit: None, under: None };
    let (what, hint) = refused(&mut bench, "bo", both(id("Mechanics")));
    assert_eq!(what, "\"Mechanics\" is flagged for a second curator, so it is not accepted together with others.");
    assert_eq!(hint, "look at it, and accept it alone");
    assert!(refused(&mut bench, "bo", both(hidden)).0.contains(" holds characters that do not show, "));
    bench.run("bo", accept(id("Mechanics"))).unwrap();
    bench.run("bo", accept(hidden)).unwrap();
}

#[test]
fn what_an_acceptance_did_is_all_that_was_decided_and_none_of_what_lacks_votes() {
    let mut bench = bench();
    let parent = node(&["Natural Sciences", "Physics"]);
    let names = ["Tides", "Heat", "Rays"];
    let proposed = |name: &str| Proposed::Node {
        parent: Some(parent),
        kind: Kind::Subject,
        facts: Facts::named(name),
        rationale: None,
    };
    bench.propose(names.map(proposed).into());
    let on: Vec<ProposalId> =
        names.map(|name| ProposalId::of_node(NodeId::derive(Some(parent), Kind::Subject, name, 0))).into();
    bench.run("ana", Op::Accept { on: on.clone(), edit: None, under: None }).unwrap();
    let mut event = (**bench.snapshot.record.events().last().unwrap()).clone();
    event.ballot.effect = None;
    assert_eq!(steps_of(&bench.snapshot, &event).unwrap().len(), 3);
    event.ballot.short = vec![on[1]];
    assert_eq!(steps_of(&bench.snapshot, &event).unwrap().len(), 2);
}
