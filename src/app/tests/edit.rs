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

fn editor(desk: &mut Desk) -> Draft {
    match desk.press("E").pop() {
        Some(Effect::OpenEditor { draft, text: None }) => draft,
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
    desk.send(Msg::Edited { draft, outcome: EditorOutcome::Node(Box::new(edited)) });
    let name = desk.model.snapshot.name(subject("Mechanics"));
    assert_eq!(name.raw(), "Classical mechanics");
}

#[test]
fn a_text_that_cannot_be_read_is_offered_again_with_nothing_lost() {
    let mut desk = Desk::new();
    let draft = editor(&mut desk);
    let unreadable = EditorOutcome::Unreadable { message: "line 3: a tab".into(), text: "name: \tX".into() };
    desk.send(Msg::Edited { draft: draft.clone(), outcome: unreadable.clone() });
    assert_eq!(desk.press("y"), [Effect::OpenEditor { draft: draft.clone(), text: Some("name: \tX".into()) }]);
    desk.send(Msg::Edited { draft, outcome: unreadable });
    desk.press("n");
    let Some(Overlay::Message(kept)) = desk.model.overlays.last() else { panic!() };
    assert_eq!(kept.lines, ["name:     X"], "the text stays on the screen");
    assert_eq!(desk.ops(), []);
}

#[test]
fn the_editor_may_not_change_what_a_node_is() {
    let mut desk = Desk::new();
    desk.focus(fixture::optics());
    let draft = editor(&mut desk);
    let Draft::Node(node) = draft.clone() else { panic!("{draft:?}") };
    let other = Node { kind: Kind::Discipline, ..*node };
    desk.send(Msg::Edited { draft, outcome: EditorOutcome::Node(Box::new(other)) });
    assert_eq!(desk.ops(), []);
    assert!(desk.message().contains("cannot be edited"));
}

#[test]
fn an_editor_that_does_not_start_is_a_message() {
    let mut desk = Desk::new();
    let draft = editor(&mut desk);
    desk.send(Msg::Edited { draft, outcome: EditorOutcome::Failed("No editor: set EDITOR.".into()) });
    assert_eq!((desk.message().as_str(), desk.ops().len()), ("No editor: set EDITOR.", 0));
}
