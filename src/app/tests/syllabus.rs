use super::*;
use crate::app::syllabus::Version;
use crate::taxonomy::{Reason, Syllabus};

/// The proposed syllabus of Acoustics on the screen, all of it seen.
fn review() -> Desk {
    let mut desk = Desk::new();
    desk.focus(fixture::acoustics());
    desk.press("g s");
    assert_eq!(desk.model.screen, Screen::Syllabus);
    let shown = Shown { list: 0..10, height: 10, ..Shown::default() };
    desk.send(Msg::Shown(shown));
    desk
}

fn on(desk: &Desk) -> ProposalId {
    desk.model.syllabus.proposal().unwrap()
}

fn content(desk: &Desk) -> Syllabus {
    desk.model.syllabus.content(&desk.model.snapshot).unwrap().clone()
}

fn titles(desk: &Desk) -> Vec<String> {
    content(desk).sessions.iter().map(|session| session.title.raw().to_owned()).collect()
}

fn concepts(desk: &Desk, row: usize) -> Vec<String> {
    content(desk).sessions[row].concepts.iter().map(|concept| concept.raw().to_owned()).collect()
}

#[test]
fn the_cursor_moves_over_rows_and_cells() {
    let mut desk = review();
    desk.press("l l l l l j");
    assert_eq!((desk.model.syllabus.row, desk.model.syllabus.column), (1, 3));
    desk.press("h h h h G");
    assert_eq!((desk.model.syllabus.row, desk.model.syllabus.cell()), (9, Column::Title));
    desk.press("l l l l g g");
    assert_eq!((desk.model.syllabus.row, desk.model.syllabus.column), (0, 2));
    assert_eq!(desk.effects, []);
}

#[test]
fn flagged_cells_are_jumped_to_in_order_and_around() {
    let mut desk = review();
    let mut seen = vec![];
    for _ in 0..4 {
        desk.press("]");
        seen.push((desk.model.syllabus.row, desk.model.syllabus.column));
    }
    assert_eq!(seen, [(3, 3), (5, 2), (9, 0), (3, 3)]);
    desk.press("[");
    assert_eq!((desk.model.syllabus.row, desk.model.syllabus.column), (9, 0));
}

#[test]
fn a_accepts_the_row_for_the_eye_only() {
    let mut desk = review();
    for _ in 0..10 {
        desk.press("a");
    }
    assert_eq!(desk.effects, []);
    assert_eq!(desk.model.syllabus.review().unwrap().accepted.len(), 10);
    assert_eq!(desk.message(), "Every session is accepted; A accepts the syllabus.");
}

#[test]
fn the_whole_is_accepted_once_every_row_was_on_screen() {
    let mut desk = Desk::new();
    desk.focus(fixture::acoustics());
    desk.press("g s");
    desk.send(Msg::Shown(Shown { list: 0..4, height: 4, ..Shown::default() }));
    desk.model.syllabus.reviews.clear();
    desk.send(Msg::Shown(Shown { list: 0..4, height: 4, ..Shown::default() }));
    desk.press("A");
    assert_eq!(desk.message(), "6 sessions were not on screen yet; look at them first.");
    desk.send(Msg::Shown(Shown { list: 4..10, height: 6, ..Shown::default() }));
    let id = on(&desk);
    desk.press("A");
    assert_eq!(desk.ops(), [Op::Accept { on: vec![id], edit: None, under: None }]);
    assert_eq!(desk.model.syllabus.version, Some(Version::Accepted));
    desk.press("u");
    assert_eq!(desk.model.syllabus.version, Some(Version::Proposed(id)), "undo brings the proposal back");
}

#[test]
fn a_digit_removes_the_focused_concept() {
    let mut desk = review();
    desk.press("j j j l l l 6");
    let [Op::Revise { on: id, reason: Some(Reason::Vague), .. }] = &desk.ops()[..] else { panic!("{:?}", desk.ops()) };
    assert_eq!(*id, on(&desk));
    assert_eq!(concepts(&desk, 3), ["Loudness", "Masking"]);
    assert!(desk.message().contains("Introduction to the ear") && desk.message().contains(Reason::Vague.title()));
    desk.press("u");
    assert_eq!(concepts(&desk, 3).len(), 3);
}

#[test]
fn a_digit_on_the_title_removes_the_session() {
    let mut desk = review();
    desk.press("G 7");
    assert_eq!((titles(&desk).len(), desk.model.syllabus.row), (9, 8));
}

#[test]
fn cells_and_titles_are_edited_in_place() {
    let mut desk = review();
    desk.press("e ctrl-u");
    desk.type_text("Air");
    desk.press("enter l e");
    desk.type_text(" in 1D");
    desk.press("enter");
    assert_eq!((titles(&desk)[0].as_str(), concepts(&desk, 0)[0].as_str()), ("Air", "Wave equation in 1D"));
    desk.press("e ctrl-u enter");
    assert_eq!(desk.ops().len(), 2, "an empty text changes nothing");
}

#[test]
fn sessions_and_concepts_are_added() {
    let mut desk = review();
    desk.press("j c");
    desk.type_text("Quadrupole");
    desk.press("enter");
    assert_eq!(concepts(&desk, 1).last().unwrap(), "Quadrupole");
    assert_eq!(desk.model.syllabus.cell(), Column::Concept(3));
    desk.press("o");
    desk.type_text("Radiation");
    desk.press("enter");
    assert_eq!((titles(&desk)[2].as_str(), desk.model.syllabus.row), ("Radiation", 2));
    let ids: std::collections::HashSet<_> = content(&desk).sessions.into_iter().map(|session| session.id).collect();
    assert_eq!(ids.len(), 11);
}

#[test]
fn a_session_moves_down_and_up_and_keeps_its_id() {
    let mut desk = review();
    let id = content(&desk).sessions[0].id.clone();
    desk.press("J J");
    assert_eq!((desk.model.syllabus.row, content(&desk).session(&id).unwrap().0), (2, 2));
    desk.press("K K K");
    assert_eq!((titles(&desk)[0].as_str(), desk.ops().len()), ("Waves in air", 4), "the top is the end");
}

#[test]
fn quick_changes_build_on_each_other_before_the_store_answers() {
    let mut desk = review();
    desk.hold = true;
    desk.press("J J c");
    desk.type_text("Adiabatic");
    desk.press("enter");
    desk.hold = false;
    desk.settle();
    assert_eq!(titles(&desk)[..3], ["Sources", "Rooms", "Waves in air"]);
    assert!(content(&desk).sessions.iter().any(|session| session.concepts.contains(&"Adiabatic".into())));
}

#[test]
fn changes_to_an_accepted_syllabus_edit_its_subject() {
    let mut desk = Desk::new();
    desk.focus(fixture::optics());
    desk.press("g s J");
    let [Op::Edit(node)] = &desk.ops()[..] else { panic!("{:?}", desk.ops()) };
    assert_eq!(node.syllabus.as_ref().unwrap().sessions[0].title.raw(), "Session 2");
    desk.press("a");
    assert!(desk.message().contains("accepted already"));
}

#[test]
fn the_whole_is_rejected_in_own_words_put_off_or_flagged() {
    let mut desk = review();
    let id = on(&desk);
    desk.press("f s D");
    desk.type_text("too physical");
    desk.press("enter");
    let note = Some("too physical".into());
    let reject = Op::Reject { on: vec![id], reason: Reason::Other, note, of: None };
    assert_eq!(desk.ops(), [Op::Flag { on: vec![id], note: None }, Op::Defer { on: vec![id] }, reject]);
    assert_eq!(desk.model.syllabus.version, None);
    desk.press("a A 1 e o J");
    assert_eq!(desk.ops().len(), 3, "nothing is there to change");
}

#[test]
fn several_syllabi_are_cycled_through() {
    let mut desk = review();
    let other = fixture::syllabus(&[("Only", &["One", "Two", "Three"])]);
    let proposed = crate::taxonomy::Proposed::Syllabus { subject: fixture::acoustics(), syllabus: other };
    desk.bench.propose(vec![proposed]);
    desk.publish();
    desk.press("a tab");
    assert_eq!(titles(&desk), ["Only"]);
    assert_eq!(desk.model.syllabus.row, 0);
    desk.press("tab");
    assert_eq!(titles(&desk).len(), 10);
    assert_eq!(desk.model.syllabus.review().unwrap().accepted.len(), 1, "the review is kept for each");
}

#[test]
fn another_syllabus_is_asked_for_with_a_reason() {
    let mut desk = review();
    desk.press("r");
    desk.type_text("more rooms");
    let asked = desk.press("enter");
    let wanted = Effect::AskModel {
        job: JobId(1),
        node: Some(fixture::acoustics()),
        what: What::Syllabus,
        reason: Some("more rooms".into()),
        trim: Default::default(),
    };
    assert_eq!(asked, [wanted]);
}

#[test]
fn a_session_that_hides_characters_is_accepted_by_itself_first() {
    let mut desk = review();
    desk.press("c");
    desk.send(Msg::Paste("sound\u{202e}dnuos".into()));
    desk.press("enter A");
    assert!(desk.message().contains("hides characters"), "{}", desk.message());
    desk.press("a A");
    assert_eq!(desk.ops().len(), 2);
}

#[test]
fn only_an_accepted_subject_with_a_syllabus_can_be_opened() {
    let mut desk = Desk::new();
    desk.press("g s");
    assert_eq!(desk.message(), "Accept the subject first; a syllabus comes after it.");
    desk.focus(fixture::node(&PHYSICS));
    desk.press("g s");
    assert_eq!(desk.message(), "Only a subject has a syllabus; focus one.");
    assert_eq!(desk.model.screen, Screen::Curate);
}
