//! Decisions on many: by marks, by search and filter, by branch; and by hand.

use super::*;
use crate::taxonomy::{Facts, Kind, Reason, State};

fn confirm(desk: &Desk) -> (String, Vec<String>) {
    match desk.model.overlays.last() {
        Some(Overlay::Confirm(confirm)) => (confirm.title.clone(), confirm.lines.clone()),
        other => panic!("{other:?} {}", desk.message()),
    }
}

/// Everything a decision can change.
fn shown(desk: &Desk) -> String {
    let snapshot = &desk.bench.snapshot;
    let nodes = snapshot.tree.subtree(None).into_iter();
    let nodes = nodes.map(|id| format!("{} {:?}", snapshot.tree.path(id), snapshot.tree.node(id)));
    let proposals = snapshot.record.proposals().map(|p| format!("{} {:?} {}", p.id, p.state, p.flag.is_some()));
    let mut all: Vec<String> = nodes.chain(proposals).collect();
    all.sort();
    all.join("\n")
}

/// Keys that mark, then keys that decide: one preview, one op, one undo that takes all back.
#[track_caller]
fn decided(mark: &str, keys: &str) -> (Desk, Op) {
    let mut desk = Desk::new();
    desk.bench.add(Some(fixture::node(&["Humanities"])), Kind::Discipline, Facts::named("History"));
    desk.publish();
    desk.press(mark);
    let before = shown(&desk);
    desk.press(keys);
    if matches!(desk.model.overlays.last(), Some(Overlay::Confirm(_))) {
        desk.press("y");
    }
    let ops = desk.ops();
    let [op] = &ops[..] else { panic!("{mark} {keys}: {ops:?} {}", desk.message()) };
    let op = op.clone();
    let after = shown(&desk);
    assert_ne!(after, before, "{mark} {keys}: {}", desk.message());
    assert!(desk.model.tree.marks.is_empty());
    desk.press("u");
    assert_eq!(shown(&desk), before, "{mark} {keys}");
    desk.press("U");
    assert_eq!(shown(&desk), after, "{mark} {keys}");
    (desk, op)
}

/// Ways to mark several pending subjects.
const MARKS: [&str; 5] = ["space space", "v j j v", "/ o p t i c s enter *", "t *", "g g b"];

#[test]
fn every_decision_on_proposals_works_on_marks_on_matches_and_on_a_branch() {
    for mark in MARKS {
        let (_, op) = decided(mark, "a");
        assert!(matches!(&op, Op::Accept { on, under: None, .. } if !on.is_empty()), "{mark} {op:?}");
        for (key, reason) in ["1", "2", "3", "4", "5", "6", "7", "8"].into_iter().zip(Reason::ALL) {
            let (_, op) = decided(mark, key);
            assert!(matches!(&op, Op::Reject { on, reason: why, .. } if *why == reason && !on.is_empty()), "{op:?}");
        }
        let (_, op) = decided(mark, "9 n o p e enter");
        assert!(matches!(&op, Op::Reject { reason: Reason::Other, note: Some(_), .. }), "{mark} {op:?}");
        assert!(matches!(decided(mark, "s").1, Op::Defer { .. }), "{mark}");
        assert!(matches!(decided(mark, "f").1, Op::Flag { note: None, .. }), "{mark}");
        assert!(matches!(decided(mark, "Q w h y enter").1, Op::Flag { note: Some(_), .. }), "{mark}");
    }
    for mark in &MARKS[..3] {
        let (_, op) = decided(mark, "p h i s t enter");
        assert!(matches!(&op, Op::Accept { under: Some(Some(_)), .. }), "{mark} {op:?}");
        assert!(matches!(decided(mark, "m / a c o u enter").1, Op::Alias { .. }), "{mark}");
    }
}

#[test]
fn every_decision_on_accepted_nodes_works_on_marks() {
    let both = "/ a c o u s t i c s enter esc space space";
    for (keys, wanted) in [("6", "Deprecate"), ("d enter", "Deprecate"), ("9 o l d enter", "Deprecate")] {
        let (_, op) = decided(both, keys);
        assert!(format!("{op:?}").starts_with(wanted), "{keys} {op:?}");
    }
    let (_, op) = decided(both, "p h i s t enter");
    assert!(matches!(&op, Op::Move { on, .. } if on.len() == 2), "{op:?}");
    let mut desk = Desk::new();
    desk.press("t t t");
    desk.press(both);
    desk.press("d enter y");
    assert!(!desk.model.snapshot.tree.is_active(fixture::optics()));
    desk.press(both);
    desk.press("d");
    assert_eq!(confirm(&desk).0, "Teach again: 2 nodes?", "{:?}", desk.rows());
    desk.press("y");
    assert!(desk.model.snapshot.tree.is_active(fixture::optics()));
}

#[test]
fn a_branch_is_marked_with_what_is_pending_and_its_acceptance_says_what_stays_out() {
    let mut desk = Desk::new();
    desk.focus(subject("Modern optics"));
    desk.press("f g g b");
    assert_eq!(desk.model.tree.marks.len(), 8, "every pending node, no syllabus: {:?}", desk.rows());
    desk.press("a");
    let (title, lines) = confirm(&desk);
    assert_eq!(title, "Accept 6 nodes?");
    assert_eq!(lines[5], "and 1 more");
    let out: Vec<&str> = lines[6..].iter().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(
        out,
        [
            "1 is left out (flagged for a second curator; decide alone)",
            "1 is left out (text hides characters; decide alone)",
        ]
    );
    desk.press("y");
    let organic = fixture::node(&["Natural Sciences", "Chemistry", "Organic chemistry"]);
    assert!(desk.model.snapshot.tree.node(organic).is_some(), "a child comes with its parent");
    assert!(desk.model.snapshot.tree.node(subject("Modern optics")).is_none());
    desk.press("g g b b");
    assert_eq!(desk.model.tree.marks.len(), 0, "again unmarks");
}

#[test]
fn matches_need_something_that_narrows() {
    let mut desk = Desk::new();
    desk.press("*");
    assert!(desk.message().starts_with("All rows are shown: / searches"), "{}", desk.message());
    desk.press("t *");
    assert_eq!(desk.model.tree.marks.len(), 8);
}

#[test]
fn accepted_rows_among_the_marks_are_named_not_forgotten() {
    let mut desk = Desk::new();
    desk.press("space");
    desk.focus(fixture::optics());
    desk.press("space a");
    assert_eq!(
        confirm(&desk),
        ("Accept 1 node?".into(), vec!["Mechanics".into(), "1 is left out (accepted already)".into()])
    );
    desk.press("n d enter");
    assert_eq!(confirm(&desk).1, ["Optics", "1 is left out (not accepted yet)"]);
}

#[test]
fn a_replacement_is_found_by_name() {
    let mut desk = Desk::new();
    desk.focus(fixture::optics());
    desk.press("d");
    desk.type_text("acou");
    desk.press("enter");
    let on = vec![fixture::optics()];
    assert_eq!(desk.ops(), [Op::Deprecate { on: on.clone(), replaced_by: Some(fixture::acoustics()), reason: None }]);
    desk.press("t t t");
    desk.focus(fixture::optics());
    desk.press("d");
    assert_eq!(desk.ops()[1], Op::Restore { on }, "the same key teaches it again");
}

#[test]
fn an_accepted_node_goes_into_a_neighbour_and_so_do_several() {
    let mut desk = Desk::new();
    desk.bench.add(Some(fixture::node(&PHYSICS)), Kind::Subject, Facts::named("Optics basics"));
    desk.publish();
    let basics = subject("Optics basics");
    desk.focus(basics);
    let at = desk.model.focus.near.iter().position(|near| near.node == fixture::optics()).unwrap();
    desk.press(&format!("m {}", at + 1));
    assert_eq!(desk.ops(), [Op::Merge { on: vec![basics], into: fixture::optics() }]);
    assert!(!desk.model.snapshot.tree.is_active(basics));
    desk.press("u");
    desk.focus(fixture::acoustics());
    desk.press("space");
    desk.focus(basics);
    desk.press("space");
    desk.focus(basics);
    desk.press(&format!("m {}", at + 1));
    assert_eq!(confirm(&desk).0, "Merge into \"Optics\": 2 nodes?");
    desk.press("y");
    let aliases = &desk.model.snapshot.tree.node(fixture::optics()).unwrap().facts.aliases;
    assert_eq!(aliases.len(), 2);
}

#[test]
fn the_last_decision_is_said_again_of_another_row() {
    let mut desk = Desk::new();
    desk.press(".");
    assert!(desk.message().contains("decided nothing yet"), "{}", desk.message());
    desk.press("6 .");
    let reasons: Vec<_> =
        desk.ops().into_iter().map(|op| matches!(op, Op::Reject { reason: Reason::Vague, .. })).collect();
    assert_eq!(reasons, [true, true]);
    desk.focus(subject("Modern optics"));
    desk.press("m 1");
    desk.focus(subject("量子力学入門"));
    desk.press(".");
    assert_eq!(desk.ops()[3], Op::Alias { on: vec![proposal(subject("量子力学入門"))], into: fixture::optics() });
}

#[test]
fn a_split_says_what_happens_and_a_refusal_brings_the_names_back() {
    let mut desk = Desk::new();
    desk.focus(fixture::optics());
    desk.press("x");
    desk.send(Msg::Paste("- Rays\n- Waves\n".into()));
    let Some(Overlay::Line(line)) = desk.model.overlays.last() else { panic!() };
    assert_eq!(line.field.text(), "Rays; Waves");
    let said = split_remarks(&desk.model, fixture::optics(), line.field.text());
    assert_eq!(said, ["2: \"Rays\", \"Waves\"", "\"Optics\" is deprecated, and keeps its syllabus."]);
    desk.press("enter");
    assert!(desk.model.snapshot.tree.node(subject("Rays")).is_some());
    assert!(!desk.model.snapshot.tree.is_active(fixture::optics()));
    assert_eq!(desk.at_name(), "Rays", "the cursor goes to what came of it");
    desk.press("u");
    assert!(desk.model.snapshot.tree.is_active(fixture::optics()));

    desk.focus(subject("Mechanics"));
    desk.press("x");
    desk.type_text("Statics; Acoustics");
    desk.press("enter");
    let Some(Overlay::Line(line)) = desk.model.overlays.last() else { panic!("{}", desk.message()) };
    assert_eq!(line.field.text(), "Statics; Acoustics");
    desk.press("ctrl-w");
    desk.type_text("Dynamics");
    desk.press("enter");
    let state = &desk.model.snapshot.record.proposal(proposal(subject("Mechanics"))).unwrap().state;
    assert_eq!(*state, State::Merged { into: subject("Statics") });
    assert!(desk.model.snapshot.tree.node(subject("Dynamics")).is_some());
    assert_eq!(desk.model.last.as_deref(), Some("split \"Mechanics\" into \"Statics\", \"Dynamics\""));
    desk.press("u");
    assert!(desk.model.snapshot.tree.node(subject("Dynamics")).is_none());
}

#[test]
fn one_name_is_no_split() {
    let mut desk = Desk::new();
    desk.press("x");
    desk.type_text("Statics");
    desk.press("enter");
    assert_eq!((desk.ops().len(), desk.model.overlays.len()), (0, 1));
    assert!(desk.message().contains("at least two"), "{}", desk.message());
}

#[test]
fn a_sibling_is_added_beside_the_focused_row() {
    let mut desk = Desk::new();
    desk.focus(fixture::optics());
    desk.press("O");
    desk.type_text("Relativity");
    desk.press("enter");
    assert!(desk.model.snapshot.tree.node(subject("Relativity")).is_some());
    desk.press("O");
    desk.type_text("Optics");
    desk.press("enter");
    let Some(Overlay::Line(line)) = desk.model.overlays.last() else { panic!() };
    assert_eq!(line.field.text(), "Optics", "a refused name is not lost");
}

#[test]
fn of_a_pasted_list_what_is_there_already_is_left_out() {
    let mut desk = Desk::new();
    desk.focus(fixture::node(&PHYSICS));
    desk.press("o");
    desk.send(Msg::Paste("1. Plasma physics\n2. optics\n3. Fluids\n4. Fluids\n".into()));
    let (title, lines) = confirm(&desk);
    assert_eq!(title, "Add 2 subjects?");
    let said =
        ["Plasma physics", "Fluids", "1 is left out (there already): \"optics\"", "1 is left out (twice in the list)"];
    assert_eq!(lines, said);
    desk.press("y");
    assert!(desk.model.snapshot.tree.node(subject("Fluids")).is_some());
}

#[test]
fn asking_again_on_marks_asks_once_for_each_place() {
    let mut desk = Desk::new();
    desk.press("space space");
    desk.focus(fixture::acoustics());
    desk.press("space");
    desk.press("r");
    desk.type_text("less broad");
    let asked: Vec<_> = desk
        .press("enter")
        .into_iter()
        .map(|effect| match effect {
            Effect::AskModel { node, what, reason, .. } => (node, what, reason),
            other => panic!("{other:?}"),
        })
        .collect();
    let reason = Some("less broad".to_owned());
    let physics = Some(fixture::node(&PHYSICS));
    assert_eq!(
        asked,
        [(Some(fixture::acoustics()), What::Syllabus, reason.clone()), (physics, What::Children, reason),]
    );
    assert!(desk.model.tree.marks.is_empty());
}

#[test]
fn the_footer_word_of_a_digit_is_what_it_does() {
    let mut desk = Desk::new();
    let digit = crate::input::Action::RejectVague;
    assert_eq!(label(&desk.model, digit), None);
    desk.focus(fixture::optics());
    assert_eq!(label(&desk.model, digit), Some("deprecate"));
    desk.press("6 t t t");
    desk.focus(fixture::optics());
    assert_eq!(label(&desk.model, crate::input::Action::Accept), Some("restore"));
}
