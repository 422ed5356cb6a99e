use super::*;
use crate::taxonomy::{Edit, Facts, Kind, Node};

#[test]
fn enter_accepts_a_proposal_as_edited() {
    let mut desk = Desk::new();
    desk.press("e");
    desk.type_text(", classical");
    desk.press("enter");
    let [Op::Accept { on, edit: Some(Edit::Facts(facts)), under: None }] = &desk.ops()[..] else {
        panic!("{:?}", desk.ops())
    };
    assert_eq!((on[0], facts.name.raw()), (proposal(subject("Mechanics")), "Mechanics, classical"));
    assert_eq!(facts.scope.as_ref().unwrap().raw(), "Motion and its causes.");
    assert_eq!(desk.at_name(), "Miscellaneous topics");
}

#[test]
fn enter_without_a_change_is_a_plain_acceptance() {
    let mut desk = Desk::new();
    desk.press("e enter");
    assert_eq!(desk.ops(), [accept(&[subject("Mechanics")])]);
}

#[test]
fn esc_leaves_everything_as_it_was() {
    let mut desk = Desk::new();
    desk.press("e x y z esc");
    assert_eq!((desk.ops().len(), desk.model.overlays.len(), desk.at_name().as_str()), (0, 0, "Mechanics"));
}

#[test]
fn an_accepted_node_is_edited_line_by_line() {
    let mut desk = Desk::new();
    desk.focus(fixture::optics());
    desk.press("e tab ctrl-u");
    desk.type_text("300");
    desk.press("tab tab");
    desk.type_text("; Lasers; ");
    desk.press("enter");
    let [Op::Rework { to: node, .. }] = &desk.ops()[..] else { panic!("{:?}", desk.ops()) };
    let topics: Vec<_> = node.facts.subtopics.iter().map(|topic| topic.raw()).collect();
    assert_eq!(node.facts.level.as_ref().unwrap().raw(), "300");
    assert_eq!(topics, ["Geometrical optics", "Diffraction", "Lasers"]);
    assert!(node.syllabus.is_some(), "what the form does not show stays");
    assert_eq!(desk.at_name(), "Optics");
}

#[test]
fn a_name_cannot_be_emptied() {
    let mut desk = Desk::new();
    desk.press("e ctrl-u enter");
    assert_eq!((desk.ops().len(), desk.model.overlays.len()), (0, 1));
    assert_eq!(desk.message(), "A node needs a name.");
}

#[test]
fn scope_with_line_breaks_survives_an_edit_of_the_name() {
    let mut desk = Desk::new();
    let facts = Facts { scope: Some("One.\n\nTwo.\n".into()), ..Facts::named("Statics") };
    desk.bench.add(Some(fixture::node(&PHYSICS)), Kind::Subject, facts);
    desk.publish();
    desk.focus(subject("Statics"));
    desk.press("e");
    desk.type_text("!");
    desk.press("enter");
    let [Op::Rework { to: node, .. }] = &desk.ops()[..] else { panic!("{:?}", desk.ops()) };
    assert_eq!(node.facts.scope.as_ref().unwrap().raw(), "One.\n\nTwo.\n");
}

/// What an editor leaves behind.
fn saved(text: &str) -> Option<Saved> {
    Some(Saved { text: text.into(), kept: "/tmp/provost-x.yaml".into() })
}

fn editor(desk: &mut Desk) -> Draft {
    match desk.press("E").pop() {
        Some(Effect::OpenEditor { draft, again: None }) => draft,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_editor_gets_the_node_and_a_saved_text_accepts_it_as_edited() {
    let mut desk = Desk::new();
    let draft = editor(&mut desk);
    let Draft::Proposal { on, node } = draft.clone() else { panic!("{draft:?}") };
    assert_eq!((on, node.id, node.kind), (proposal(subject("Mechanics")), subject("Mechanics"), Kind::Subject));
    let edited = Node { facts: Facts::named("Classical mechanics"), ..(*node).clone() };
    desk.send(Msg::Edited { draft, outcome: EditorOutcome::Node(Box::new(edited)), saved: saved("name: ...") });
    assert_eq!(desk.effects.last(), Some(&Effect::ForgetText("/tmp/provost-x.yaml".into())), "it is on disk");
    let name = desk.model.snapshot.name(subject("Mechanics"));
    assert_eq!(name.raw(), "Classical mechanics");
}

#[test]
fn a_text_that_cannot_be_read_is_offered_again_with_nothing_lost() {
    let mut desk = Desk::new();
    let draft = editor(&mut desk);
    let unreadable = EditorOutcome::Unreadable { line: Some(3), message: "a tab".into() };
    let edited = Msg::Edited { draft: draft.clone(), outcome: unreadable, saved: saved("name: \tX") };
    desk.send(edited.clone());
    let Some(Overlay::Confirm(confirm)) = desk.model.overlays.last() else { panic!() };
    assert_eq!(confirm.lines, ["Line 3: a tab", "Nothing is lost: it is in /tmp/provost-x.yaml"]);
    let again = Again { saved: saved("name: \tX").unwrap(), line: Some(3), remark: "a tab".into() };
    assert_eq!(desk.press("y"), [Effect::OpenEditor { draft: draft.clone(), again: Some(again) }]);
    desk.send(edited);
    desk.press("n");
    assert_eq!(desk.message(), "Nothing was saved; your text is in /tmp/provost-x.yaml");
    assert_eq!(desk.ops(), []);
    desk.send(Msg::Edited { draft, outcome: EditorOutcome::Unchanged, saved: saved("name: \tX") });
    assert_eq!(desk.model.last.as_deref(), Some("not saved; the text is in /tmp/provost-x.yaml"));
    assert_eq!(desk.model.overlays.len(), 0, "left as it was: given up");
}

#[test]
fn a_text_that_the_store_refuses_is_offered_again_until_it_fits() {
    let mut desk = Desk::new();
    let draft = editor(&mut desk);
    let Draft::Proposal { node, .. } = draft.clone() else { panic!("{draft:?}") };
    let node = |name: &str| EditorOutcome::Node(Box::new(Node { facts: Facts::named(name), ..(*node).clone() }));
    desk.send(Msg::Edited { draft, outcome: node("Optics"), saved: saved("name: Optics") });
    assert_eq!(desk.at_name(), "Mechanics", "what was refused is still to be decided");
    let Some(Effect::OpenEditor { draft, again: Some(again) }) = desk.press("y").pop() else { panic!() };
    assert_eq!(again.saved.text, "name: Optics");
    assert!(again.remark.starts_with("\"Optics\" is there already, as "), "{}", again.remark);
    desk.send(Msg::Edited { draft, outcome: node("Statics"), saved: saved("name: Statics") });
    assert_eq!(desk.model.snapshot.name(subject("Mechanics")).raw(), "Statics");
}

#[test]
fn a_text_that_collides_with_the_change_of_another_shows_theirs_and_then_wins() {
    let mut desk = Desk::new();
    desk.focus(fixture::optics());
    let draft = editor(&mut desk);
    let Draft::Node(opened) = draft.clone() else { panic!("{draft:?}") };
    let mut theirs = (*opened).clone();
    (theirs.facts.level, theirs.facts.scope) = (Some("300".into()), Some("Their scope.".into()));
    desk.bench.run("bo", Op::Edit(Box::new(theirs))).unwrap();
    desk.publish();
    let mut mine = (*opened).clone();
    mine.facts.scope = Some("My scope.".into());
    let outcome = EditorOutcome::Node(Box::new(mine.clone()));
    desk.send(Msg::Edited { draft, outcome: outcome.clone(), saved: saved("scope: My scope.") });
    let Some(Effect::OpenEditor { draft, again: Some(again) }) = desk.press("y").pop() else { panic!() };
    assert!(again.remark.contains("scope is now: \"Their scope.\""), "{}", again.remark);
    desk.send(Msg::Edited { draft, outcome, saved: saved("scope: My scope.") });
    let now = desk.model.snapshot.tree.node(fixture::optics()).unwrap();
    let text = |text: &Option<crate::taxonomy::Untrusted>| text.as_ref().unwrap().raw().to_owned();
    assert_eq!((text(&now.facts.scope), text(&now.facts.level)), ("My scope.".into(), "300".into()));
}

#[test]
fn the_editor_may_not_change_what_a_node_is() {
    let mut desk = Desk::new();
    desk.focus(fixture::optics());
    let draft = editor(&mut desk);
    let Draft::Node(node) = draft.clone() else { panic!("{draft:?}") };
    let other = EditorOutcome::Node(Box::new(Node { kind: Kind::Discipline, ..*node }));
    desk.send(Msg::Edited { draft, outcome: other, saved: saved("kind: discipline") });
    assert_eq!(desk.ops(), []);
    let Some(Overlay::Confirm(confirm)) = desk.model.overlays.last() else { panic!() };
    assert!(confirm.lines[0].contains("cannot be edited"), "{:?}", confirm.lines);
}

#[test]
fn what_a_proposal_has_no_place_for_is_not_lost_silently() {
    let mut desk = Desk::new();
    let draft = editor(&mut desk);
    let Draft::Proposal { node, .. } = draft.clone() else { panic!("{draft:?}") };
    let noted = EditorOutcome::Node(Box::new(Node { notes: Some("by hand".into()), ..*node }));
    desk.send(Msg::Edited { draft, outcome: noted, saved: saved("notes: by hand") });
    assert_eq!(desk.ops(), []);
    let Some(Overlay::Confirm(confirm)) = desk.model.overlays.last() else { panic!() };
    assert!(confirm.lines[0].contains("accept it, then add the rest"), "{:?}", confirm.lines);
}

#[test]
fn an_editor_that_does_not_start_is_a_message() {
    let mut desk = Desk::new();
    let draft = editor(&mut desk);
    let outcome = EditorOutcome::Failed("No editor: set EDITOR.".into());
    desk.send(Msg::Edited { draft, outcome, saved: None });
    assert_eq!((desk.message().as_str(), desk.ops().len()), ("No editor: set EDITOR.", 0));
    // A text that was typed before is where it was.
    let draft = editor(&mut desk);
    let outcome = EditorOutcome::Failed("No space left.".into());
    desk.send(Msg::Edited { draft, outcome, saved: saved("name: \tX") });
    assert_eq!(desk.message(), "Nothing was saved; your text is in /tmp/provost-x.yaml");
    assert_eq!(desk.model.last.as_deref(), Some("not saved; the text is in /tmp/provost-x.yaml"));
}

#[test]
fn a_form_that_the_store_refuses_comes_back_with_what_was_typed() {
    let mut desk = Desk::new();
    desk.press("e ctrl-u");
    desk.type_text("Optics");
    desk.press("enter");
    let Some(Overlay::Form(form)) = desk.model.overlays.last() else { panic!() };
    assert_eq!((form.node, form.lines[0].1.text()), (subject("Mechanics"), "Optics"));
    desk.type_text(" of matter");
    desk.press("enter");
    assert_eq!(desk.model.snapshot.name(subject("Mechanics")).raw(), "Optics of matter");
}

#[test]
fn a_text_that_changes_nothing_leaves_no_file_behind() {
    let mut desk = Desk::new();
    let draft = editor(&mut desk);
    let Draft::Proposal { node, .. } = draft.clone() else { panic!("{draft:?}") };
    // Somebody else accepted it meanwhile, as it was.
    desk.bench.run("bo", accept(&[node.id])).unwrap();
    desk.publish();
    desk.send(Msg::Edited { draft, outcome: EditorOutcome::Node(node), saved: saved("# the same") });
    assert_eq!((desk.message().as_str(), desk.ops().len()), ("Nothing was changed.", 0));
    assert_eq!(desk.effects.last(), Some(&Effect::ForgetText("/tmp/provost-x.yaml".into())));
}
