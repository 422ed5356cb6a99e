use super::*;
use crate::taxonomy::{Facts, Kind, Proposed, Reason};

fn labels(desk: &Desk) -> Vec<String> {
    desk.model.fixes().into_iter().map(|fix| fix.label).collect()
}

fn natural() -> NodeId {
    fixture::node(&PHYSICS[..1])
}

fn physics() -> NodeId {
    fixture::node(&PHYSICS)
}

#[test]
fn one_key_does_the_only_fix_and_one_undo_takes_it_back() {
    let mut desk = Desk::new();
    let odd = subject("Miscellaneous topics");
    desk.focus(odd);
    assert_eq!(labels(&desk), ["reject it as vague"]);
    desk.press("!");
    let op = Op::Reject { on: vec![proposal(odd)], reason: Reason::Vague, note: None, of: None };
    assert_eq!(desk.ops(), [op]);
    assert_eq!(desk.at_name(), "Modern optics", "on to the next one");
    desk.press("u");
    assert_eq!((desk.at_name().as_str(), labels(&desk).len()), ("Miscellaneous topics", 1));
}

#[test]
fn several_fixes_have_a_menu_and_a_cancelled_one_decides_nothing() {
    let mut bench = fixture::bench();
    bench.propose(vec![fixture::child(&PHYSICS, "2. Wa\u{200b}ves", "")]);
    let mut desk = Desk::at(bench);
    let odd = subject("2. Wa\u{200b}ves");
    desk.focus(odd);
    assert_eq!(labels(&desk), ["accept as \"2. Waves\"", "accept as \"Wa⟨U+200B⟩ves\""]);
    desk.press("! esc ! a ! 7");
    assert_eq!((desk.ops(), desk.at_name().is_empty()), (vec![], false));
    assert_eq!(desk.message(), "There are only 2 fixes.");
    desk.press("! 1");
    assert_eq!(desk.model.snapshot.name(odd).raw(), "2. Waves");
    desk.focus(odd);
    desk.press("!");
    assert_eq!(desk.model.snapshot.name(odd).raw(), "Waves");
    desk.press("u u");
    assert!(desk.model.snapshot.tree.entry(odd).is_none(), "two decisions, two undos");
}

#[test]
fn an_accepted_node_is_renamed_and_the_cursor_stays() {
    let mut bench = fixture::bench();
    bench.add(Some(physics()), Kind::Subject, Facts::named("Plasmas."));
    let mut desk = Desk::at(bench);
    let node = subject("Plasmas.");
    desk.focus(node);
    desk.press("!");
    assert_eq!((desk.at_name().as_str(), desk.model.cursor()), ("Plasmas", Some(node)));
    assert_eq!(desk.model.focus.findings, []);
    desk.press("u");
    assert_eq!(desk.model.snapshot.name(node).raw(), "Plasmas.");
}

#[test]
fn a_fix_may_lead_to_where_a_person_decides() {
    let mut bench = fixture::bench();
    bench.add(Some(fixture::node(&["Humanities"])), Kind::Discipline, Facts::named("History"));
    let facts = Facts::named("Etching");
    bench.propose(vec![Proposed::Node { parent: Some(natural()), kind: Kind::Subject, facts, rationale: None }]);
    let mut desk = Desk::at(bench);
    desk.focus(fixture::node(&["Humanities"]));
    desk.press("!");
    assert_eq!(desk.at_name(), "History");
    desk.focus(NodeId::derive(Some(natural()), Kind::Subject, "Etching", 0));
    desk.press("!");
    let Some(Overlay::Picker(places)) = desk.model.overlays.last() else { panic!() };
    assert!(places.choices.iter().all(|choice| choice.node.is_some_and(|node| node.kind() == Kind::Discipline)));
    assert_eq!(desk.ops(), []);
}

#[test]
fn where_nothing_was_found_the_key_says_so() {
    let mut desk = Desk::new();
    desk.focus(subject("Mechanics"));
    desk.press("!");
    assert_eq!((desk.message().as_str(), desk.ops()), ("The checks found nothing here.", vec![]));
}

#[test]
fn names_elsewhere_are_known_as_soon_as_they_are_accepted() {
    let mut desk = Desk::new();
    let also = |desk: &Desk| desk.model.focus.findings.iter().any(|finding| finding.code == "also-under");
    let history = Op::Add {
        parent: Some(fixture::node(&["Humanities"])),
        kind: Kind::Discipline,
        nodes: vec![Facts::named("Mechanics")],
    };
    desk.focus(subject("Mechanics"));
    assert!(!also(&desk));
    desk.bench.run("bo", history).unwrap();
    desk.publish();
    assert!(also(&desk));
    desk.bench.run("bo", Op::Undo(None)).unwrap();
    desk.publish();
    assert!(!also(&desk), "what is gone is not found");
}

#[test]
fn a_cell_of_a_syllabus_is_put_right() {
    let mut desk = Desk::new();
    desk.focus(fixture::acoustics());
    desk.press("g s");
    (desk.model.syllabus.row, desk.model.syllabus.column) = (3, 3);
    assert_eq!(labels(&desk), ["write \"Ear\""]);
    desk.press("!");
    let concept = |desk: &Desk| {
        let content = desk.model.syllabus.content(&desk.model.snapshot).unwrap();
        content.sessions[3].concepts[2].raw().to_owned()
    };
    assert_eq!(concept(&desk), "Ear");
    assert_eq!(labels(&desk), [""; 0]);
    desk.press("u");
    assert_eq!(concept(&desk), "Introduction to the ear");
}
