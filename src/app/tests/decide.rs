use super::*;
use crate::input::Key;
use crate::taxonomy::{Kind, Reason, Untrusted};

fn reject(node: NodeId, reason: Reason) -> Op {
    Op::Reject { on: vec![proposal(node)], reason, note: None, of: None }
}

#[test]
fn one_key_accepts_and_the_cursor_goes_on() {
    let mut desk = Desk::new();
    let effects = desk.press("a");
    assert_eq!(effects, [Effect::Submit { id: OpId(1), op: accept(&[subject("Mechanics")]) }]);
    assert_eq!(desk.at_name(), "Miscellaneous topics");
    assert!(desk.model.snapshot.tree.node(subject("Mechanics")).is_some());
    assert_eq!(desk.model.last.as_deref(), Some("accepted \"Mechanics\""));
}

#[test]
fn a_key_changes_nothing_but_the_cursor_until_the_store_has_answered() {
    let mut desk = Desk::new();
    desk.hold = true;
    let before = desk.rows();
    desk.press("a 6");
    assert_eq!(desk.rows(), before);
    assert_eq!((desk.model.saving.count(), desk.at_name().as_str()), (2, "Modern optics"));
    assert!(desk.model.saving.decides(subject("Mechanics")) && desk.model.saving.accepts(subject("Mechanics")));
    assert_eq!(desk.model.last, None);
    desk.hold = false;
    desk.settle();
    assert_eq!(desk.model.saving.count(), 0);
    assert!(!desk.rows().iter().any(|row| row.contains("Miscellaneous")));
}

#[test]
fn what_is_being_saved_cannot_be_decided_again() {
    let mut desk = Desk::new();
    desk.hold = true;
    desk.press("a");
    desk.focus(subject("Mechanics"));
    assert_eq!(desk.press("a"), []);
    assert_eq!(desk.message(), "A decision on it is being saved.");
}

#[test]
fn every_digit_rejects_with_its_reason() {
    for (digit, reason) in ["1", "2", "3", "4", "5", "6", "7", "8"].into_iter().zip(Reason::ALL) {
        let mut desk = Desk::new();
        desk.focus(fixture::node(&["Crafts"]));
        desk.press(digit);
        assert_eq!(desk.ops(), [reject(fixture::node(&["Crafts"]), reason)], "{digit}");
    }
}

#[test]
fn a_duplicate_names_the_nearest_accepted_node() {
    let mut desk = Desk::new();
    desk.focus(subject("Modern optics"));
    desk.press("1");
    let [Op::Reject { of: Some(of), .. }] = &desk.ops()[..] else { panic!("{:?}", desk.ops()) };
    assert_eq!(*of, fixture::optics());
}

#[test]
fn nine_asks_for_the_words() {
    let mut desk = Desk::new();
    desk.press("9");
    assert_eq!(desk.effects, []);
    desk.type_text("taught q 1 elsewhere");
    desk.press("enter");
    let note = Some(Untrusted::from("taught q 1 elsewhere"));
    let on = vec![proposal(subject("Mechanics"))];
    assert_eq!(desk.ops(), [Op::Reject { on, reason: Reason::Other, note, of: None }]);
    desk.press("9 enter");
    assert_eq!(desk.ops().len(), 1, "no words, no rejection");
    desk.press("9 x esc");
    assert_eq!((desk.ops().len(), desk.model.overlays.len()), (1, 0));
}

#[test]
fn a_child_of_a_pending_parent_says_what_to_accept_first() {
    let mut desk = Desk::new();
    let organic = fixture::node(&["Natural Sciences", "Chemistry", "Organic chemistry"]);
    desk.focus(organic);
    assert_eq!(desk.press("a"), [], "it is known before the store is asked");
    assert_eq!(desk.message(), "Accept \"Chemistry\" first; this hangs under it.");
    assert_eq!(desk.at_name(), "Organic chemistry");
}

#[test]
fn a_branch_is_not_taken_out_by_one_digit() {
    let mut desk = Desk::new();
    let physics = fixture::node(&PHYSICS);
    desk.focus(physics);
    assert_eq!(desk.press("6"), []);
    let Some(Overlay::Confirm(confirm)) = desk.model.overlays.last() else { panic!() };
    assert_eq!(confirm.title, "No longer teach (vague): \"Physics\" and 2 nodes below it?");
    desk.press("6 n");
    assert_eq!(desk.ops(), [], "the key that asked never answers");
    desk.press("6 y");
    let reason = Some(Untrusted::from("vague"));
    assert_eq!(desk.ops(), [Op::Deprecate { on: vec![physics], replaced_by: None, reason }]);
    desk.focus(fixture::optics());
    desk.press("u");
    desk.focus(fixture::optics());
    desk.press("6");
    assert_eq!(desk.message(), "Deprecated \"Optics\": vague; u takes it back.");
}

#[test]
fn a_child_is_next_once_its_parent_is_on_its_way() {
    let mut desk = Desk::new();
    desk.hold = true;
    desk.focus(fixture::node(&["Natural Sciences", "Chemistry"]));
    desk.press("a");
    assert_eq!(desk.at_name(), "Organic chemistry");
    desk.press("a");
    desk.hold = false;
    desk.settle();
    let organic = fixture::node(&["Natural Sciences", "Chemistry", "Organic chemistry"]);
    assert!(desk.model.snapshot.tree.node(organic).is_some());
}

#[test]
fn undo_brings_the_cursor_back_and_redo_takes_it_again() {
    let mut desk = Desk::new();
    desk.press("a 6 s");
    desk.press("u");
    assert_eq!(desk.at_name(), "Modern optics");
    desk.press("u");
    assert_eq!((desk.at_name().as_str(), desk.rows().len()), ("Miscellaneous topics", 13));
    desk.press("u");
    assert_eq!(desk.at_name(), "Mechanics");
    assert_eq!(desk.model.digest.pending, 9);
    assert_eq!(desk.model.last.as_deref(), Some("undid: accepted \"Mechanics\""));
    desk.press("U U");
    assert_eq!((desk.model.digest.pending, desk.model.digest.accepted), (7, 6));
}

#[test]
fn undo_works_while_the_decision_is_still_being_saved() {
    let mut desk = Desk::new();
    desk.hold = true;
    desk.press("a u");
    assert_eq!(desk.ops()[1], Op::Undo(None));
    desk.hold = false;
    desk.settle();
    assert_eq!((desk.at_name().as_str(), desk.model.digest.pending), ("Mechanics", 9));
}

#[test]
fn marks_are_decided_together_after_a_count() {
    let mut desk = Desk::new();
    desk.press("space space a");
    let Some(Overlay::Confirm(confirm)) = desk.model.overlays.last() else { panic!() };
    assert_eq!(
        (confirm.title.as_str(), confirm.lines.as_slice()),
        ("Accept 2 nodes?", &["Mechanics".to_owned(), "Miscellaneous topics".into()][..])
    );
    desk.press("a");
    assert_eq!(desk.ops(), [], "the key that asked never answers");
    desk.press("y");
    assert_eq!(desk.ops(), [accept(&[subject("Mechanics"), subject("Miscellaneous topics")])]);
    assert!(desk.model.tree.marks.is_empty());
    desk.press("u");
    assert_eq!(desk.model.digest.pending, 9, "one undo for all");
}

#[test]
fn no_keeps_marks_and_decides_nothing() {
    let mut desk = Desk::new();
    desk.press("space space 6 n");
    assert_eq!((desk.ops().len(), desk.model.tree.marks.len()), (0, 2));
    desk.press("6 esc");
    assert_eq!((desk.ops().len(), desk.model.overlays.len()), (0, 0));
}

#[test]
fn text_that_hides_something_is_never_accepted_in_bulk() {
    let mut desk = Desk::new();
    let hidden = subject("Hidden\u{202e}scitpo");
    desk.focus(subject("量子力学入門"));
    desk.press("space space a");
    let Some(Overlay::Confirm(confirm)) = desk.model.overlays.last() else { panic!() };
    assert!(confirm.lines.last().unwrap().contains("hides characters"), "{:?}", confirm.lines);
    desk.press("y");
    assert_eq!(desk.ops(), [accept(&[subject("量子力学入門")])]);
    desk.focus(hidden);
    desk.press("a");
    assert_eq!(desk.ops()[1], accept(&[hidden]), "by itself it can be");
}

#[test]
fn merge_takes_a_neighbour_and_a_cancelled_merge_never_rejects() {
    let mut desk = Desk::new();
    desk.focus(subject("Modern optics"));
    assert_eq!(desk.model.focus.near[0].node, fixture::optics());
    desk.press("m esc");
    assert_eq!(desk.ops(), []);
    desk.press("m 1");
    assert_eq!(desk.ops(), [Op::Alias { on: vec![proposal(subject("Modern optics"))], into: fixture::optics() }]);
    let optics = desk.model.snapshot.tree.node(fixture::optics()).unwrap();
    assert_eq!(optics.facts.aliases, ["Modern optics".into()]);
}

#[test]
fn merge_says_why_a_neighbour_cannot_be_taken() {
    let mut desk = Desk::new();
    desk.focus(subject("Modern optics"));
    let at = desk.model.focus.near.iter().position(|near| near.state == RowState::Rejected).unwrap();
    let remark = desk.model.focus.near[at].remark.clone().unwrap();
    assert!(remark.starts_with("duplicate, bo, "), "{remark}");
    desk.press(&format!("m {}", at + 1));
    assert!(desk.message().contains("only an accepted node"), "{}", desk.message());
    desk.press("m 0");
    assert!(desk.message().contains("neighbours, not 10"), "{}", desk.message());
}

#[test]
fn place_accepts_a_proposal_elsewhere_and_moves_an_accepted_node() {
    let mut desk = Desk::new();
    desk.bench.add(Some(fixture::node(&["Humanities"])), Kind::Discipline, crate::taxonomy::Facts::named("History"));
    desk.publish();
    let history = fixture::node(&["Humanities", "History"]);
    desk.focus(subject("Mechanics"));
    desk.press("p");
    desk.type_text("hist");
    desk.press("enter");
    let on = vec![proposal(subject("Mechanics"))];
    assert_eq!(desk.ops(), [Op::Accept { on, edit: None, under: Some(Some(history)) }]);
    assert_eq!(desk.model.snapshot.tree.parent(subject("Mechanics")), Some(history));
    desk.focus(fixture::optics());
    desk.press("p enter");
    assert_eq!(desk.ops()[1], Op::Move { on: vec![fixture::optics()], to: Some(history) });
    assert_eq!(desk.at_name(), "Optics");
}

#[test]
fn place_keeps_the_list_where_nothing_matches() {
    let mut desk = Desk::new();
    desk.bench.add(Some(fixture::node(&["Humanities"])), Kind::Discipline, crate::taxonomy::Facts::named("History"));
    desk.publish();
    desk.press("p");
    desk.type_text("zzz");
    desk.press("enter");
    assert_eq!((desk.model.overlays.len(), desk.ops().len()), (1, 0));
    desk.press("esc");
    desk.focus(fixture::node(&["Crafts"]));
    desk.press("p");
    assert_eq!(desk.message(), "There is no other accepted place for a field.");
}

#[test]
fn a_digit_on_an_accepted_node_deprecates_it_at_once_and_accept_restores_it() {
    let mut desk = Desk::new();
    desk.focus(fixture::optics());
    desk.press("6");
    let reason = Some("vague".into());
    assert_eq!(desk.ops(), [Op::Deprecate { on: vec![fixture::optics()], replaced_by: None, reason }]);
    desk.press("t t t");
    desk.focus(fixture::optics());
    assert_eq!(desk.model.focused_row().unwrap().state, RowState::Deprecated);
    desk.press("a");
    assert_eq!(desk.ops()[1], Op::Restore { on: vec![fixture::optics()] });
}

#[test]
fn a_node_is_added_by_hand_and_a_pasted_list_adds_several() {
    let mut desk = Desk::new();
    desk.focus(fixture::node(&PHYSICS));
    desk.press("o");
    desk.type_text("Relativity");
    desk.press("enter");
    assert!(desk.model.snapshot.tree.node(subject("Relativity")).is_some());
    desk.press("o");
    desk.send(Msg::Paste("Plasma physics\n\n  Fluids \u{1b}[31m\n".into()));
    desk.press("y");
    let Some(Op::Add { nodes, .. }) = desk.ops().pop() else { panic!() };
    let names: Vec<_> = nodes.iter().map(|facts| facts.name.raw()).collect();
    assert_eq!(names, ["Plasma physics", "Fluids [31m"]);
    desk.press("u");
    assert!(desk.model.snapshot.tree.node(subject("Plasma physics")).is_none());
    assert!(desk.model.snapshot.tree.node(subject("Relativity")).is_some());
}

#[test]
fn a_paste_outside_a_text_field_does_nothing() {
    let mut desk = Desk::new();
    desk.send(Msg::Paste("aaa666".into()));
    assert_eq!(desk.effects, []);
}

#[test]
fn the_end_of_the_queue_says_what_was_put_off() {
    let mut desk = Desk::new();
    desk.press("s");
    while desk.model.digest.pending > 0 {
        match desk.at_name().as_str() {
            "Acoustics" => {
                desk.press("g s");
                desk.send(Msg::Shown(Shown { list: 0..10, height: 10, ..Shown::default() }));
                desk.press("A g c");
            }
            _ => drop(desk.press("a")),
        }
    }
    assert!(desk.message().contains("1 proposal was deferred"), "{}", desk.message());
    desk.send(Msg::Key(Key::char(']')));
    assert_eq!(desk.message(), "Nothing is pending; 1 is deferred.");
}

#[test]
fn nothing_can_be_decided_read_only_but_everything_can_be_looked_at() {
    let mut desk = Desk::new();
    desk.model.settings.read_only = Some("bo has it open since 10:02.".into());
    desk.press("a 1 9 e E m 1 m / p s f Q x d . o O r R u U");
    assert_eq!((desk.effects.len(), desk.model.overlays.len()), (0, 0));
    assert_eq!(desk.message(), "Read-only here: bo has it open since 10:02.");
    desk.press("g i g c / o p t enter ?");
    assert_eq!(desk.model.overlays.len(), 1);
}

#[test]
fn a_merge_that_was_taken_back_leaves_no_neighbour_behind() {
    let mut desk = Desk::new();
    desk.focus(subject("Modern optics"));
    let before = desk.model.focus.near.clone();
    let score = before[0].score;
    assert!(score < 1.0);
    desk.press("m 1 u");
    desk.focus(subject("Modern optics"));
    let near = &desk.model.focus.near[0];
    assert_eq!((near.node, near.score), (fixture::optics(), score), "its alias is gone again");
    assert!(before.iter().all(|near| near.score >= crate::taxonomy::similarity::NEAR_ENOUGH));
}
