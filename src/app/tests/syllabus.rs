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
    desk.press("F g g");
    desk.model.syllabus.column = 0;
    desk
}

fn here(desk: &Desk) -> (usize, usize) {
    (desk.model.syllabus.row, desk.model.syllabus.column)
}

fn order(desk: &Desk) -> Vec<usize> {
    desk.model.syllabus.order(&desk.model.snapshot)
}

fn accepted(desk: &Desk) -> usize {
    desk.model.syllabus.review().unwrap().accepted.len()
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
    desk.press("l l l j");
    assert_eq!(here(&desk), (1, 3));
    desk.press("h h h G");
    assert_eq!((desk.model.syllabus.row, desk.model.syllabus.cell()), (9, Column::Title));
    desk.press("l l g g");
    assert_eq!(here(&desk), (0, 2));
    assert_eq!(desk.effects, []);
}

#[test]
fn cells_are_around_the_ends_so_that_none_is_far() {
    let mut desk = review();
    desk.press("h");
    assert_eq!(here(&desk), (0, 3));
    desk.press("l");
    assert_eq!(here(&desk), (0, 0));
}

#[test]
fn flagged_sessions_come_first_and_keep_their_numbers() {
    let mut desk = Desk::new();
    desk.focus(fixture::acoustics());
    desk.press("g s");
    assert_eq!(order(&desk), [3, 5, 9, 0, 1, 2, 4, 6, 7, 8]);
    assert_eq!(here(&desk), (3, 3), "on the flagged cell, so that a digit is enough");
    desk.press("6 a");
    assert_eq!(here(&desk), (5, 2));
    assert_eq!(order(&desk)[0], 3, "what was flagged stays where it is");
    desk.press("1 a j");
    assert_eq!(here(&desk), (0, 0));
    desk.press("F");
    assert_eq!((order(&desk)[..2].to_vec(), here(&desk)), (vec![0, 1], (0, 0)), "teaching order");
    desk.press("F");
    assert_eq!(order(&desk)[..4], [3, 5, 9, 0], "two concepts are too few");
    desk.press("J");
    assert_eq!(order(&desk)[..3], [0, 1, 2], "a session is moved about in teaching order");
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
fn a_accepts_the_row_on_disk_and_goes_to_the_next_that_is_not() {
    let mut desk = review();
    let sessions = vec![content(&desk).sessions[0].id.clone()];
    desk.press("a");
    assert_eq!(desk.ops(), [Op::Review { on: on(&desk), sessions }]);
    desk.press("j a g g a");
    assert_eq!(here(&desk), (1, 0), "the accepted row is accepted already");
    assert_eq!(desk.ops().len(), 2);
    for _ in 0..8 {
        desk.press("a");
    }
    assert_eq!((accepted(&desk), desk.ops().len()), (10, 10));
    assert_eq!(desk.message(), "Every session is accepted; A accepts the syllabus.");
}

#[test]
fn accepted_rows_survive_leaving_and_a_restart_and_undo_takes_back_one() {
    let mut desk = review();
    desk.press("a a a");
    let mut desk = Desk::at(desk.bench);
    desk.focus(fixture::acoustics());
    desk.press("g s");
    assert_eq!(accepted(&desk), 3);
    desk.press("G u");
    assert_eq!((accepted(&desk), desk.model.syllabus.row), (2, 2), "and the cursor goes there");
    desk.press("U");
    assert_eq!(accepted(&desk), 3);
}

#[test]
fn a_row_that_changes_is_to_be_accepted_again() {
    let mut desk = review();
    desk.press("a k e ctrl-u");
    desk.type_text("Air");
    desk.press("enter");
    assert_eq!(accepted(&desk), 0);
    desk.press("u");
    assert_eq!(accepted(&desk), 1, "as it was, it was accepted");
    desk.press("a a J");
    assert_eq!(accepted(&desk), 2, "another place is no other content");
}

#[test]
fn another_curator_s_rows_are_theirs() {
    let mut desk = review();
    let sessions = vec![content(&desk).sessions[0].id.clone()];
    let on = on(&desk);
    desk.bench.run("bo", Op::Review { on, sessions }).unwrap();
    desk.publish();
    assert_eq!(accepted(&desk), 0);
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
    assert_eq!(desk.model.last.as_deref(), Some(REVISED));
    assert_eq!(concepts(&desk, 3), ["Loudness", "Masking"]);
    assert!(desk.message().contains("Introduction to the ear") && desk.message().contains(Reason::Vague.title()));
    desk.press("u");
    assert_eq!(concepts(&desk, 3).len(), 3);
}

const REVISED: &str = "revised the syllabus of \"Acoustics\": session 4 removed \"Introduction to the ear\" (vague)";

#[test]
fn a_cell_goes_with_own_words_that_are_in_the_log() {
    let mut desk = review();
    desk.press("j l 9");
    desk.type_text("not for beginners");
    desk.press("enter");
    let [Op::Revise { reason: Some(Reason::Other), note: Some(note), .. }] = &desk.ops()[..] else {
        panic!("{:?}", desk.ops())
    };
    assert_eq!((note.raw(), concepts(&desk, 1).len()), ("not for beginners", 2));
    assert!(desk.model.last.as_ref().unwrap().ends_with("removed \"Monopole\" (not for beginners)"));
    desk.press("9 enter");
    assert_eq!(desk.ops().len(), 1, "no words, no change");
}

#[test]
fn after_a_digit_the_next_flagged_cell_of_the_row_is_focused() {
    let mut desk = review();
    desk.press("c");
    desk.type_text("Overview of air; Basics of waves; Wind");
    desk.press("enter");
    assert_eq!(concepts(&desk, 0).len(), 6);
    desk.press("[ [");
    assert_eq!(here(&desk), (0, 4));
    desk.press("6");
    assert_eq!(here(&desk), (0, 4));
    desk.press("6 7");
    assert_eq!(concepts(&desk, 0).len(), 3);
}

#[test]
fn a_session_or_a_concept_is_placed_by_number() {
    let mut desk = review();
    desk.press("G p");
    desk.type_text("3");
    desk.press("enter");
    assert_eq!((titles(&desk)[2].as_str(), desk.model.syllabus.row), ("Noise", 2));
    assert!(desk.model.last.as_ref().unwrap().ends_with("session 3 moved from 10"), "{:?}", desk.model.last);
    desk.press("l p");
    desk.type_text("1");
    desk.press("enter");
    assert_eq!(concepts(&desk, 0).last().unwrap(), "A-weighting");
    desk.press("p");
    desk.type_text("11");
    desk.press("enter");
    assert_eq!(
        (desk.message().as_str(), desk.ops().len()),
        ("Sessions have the numbers 1 to 10; nothing was moved.", 2)
    );
}

#[test]
fn the_description_is_edited_in_place() {
    let mut desk = review();
    desk.press("d ctrl-u");
    desk.type_text("From clap to ear.");
    desk.press("enter");
    assert_eq!(content(&desk).sessions[0].description.raw(), "From clap to ear.");
}

/// Asks for the third session again and returns the job.
fn ask_again(desk: &mut Desk) -> JobId {
    desk.press("g g j j r");
    desk.type_text("too broad");
    let asked = desk.press("enter");
    let [Effect::AskSession { job, subject, is_accepted: false, within, session, reason }] = &asked[..] else {
        panic!("{asked:?}")
    };
    assert_eq!((*subject, session.0.as_str(), reason.as_deref()), (fixture::acoustics(), "s03", Some("too broad")));
    assert_eq!(within.sessions.len(), 10);
    *job
}

fn reply(job: JobId) -> Msg {
    let session = fixture::syllabus(&[("Small rooms", &["Modes", "Flutter echo", "Diffusers"])]).sessions.remove(0);
    let batch = crate::taxonomy::BatchId::new(7, 7);
    Msg::Job { id: job, event: JobEvent::Session { batch, session: Box::new(session) } }
}

#[test]
fn one_session_is_asked_for_again_while_the_curator_goes_on() {
    let mut desk = review();
    desk.press("a a a");
    let job = ask_again(&mut desk);
    assert_eq!(desk.model.jobs.len(), 1);
    assert!(desk.press("r").is_empty() && desk.message().contains("already"));
    let done = desk.ops().len();
    desk.press("a");
    assert_eq!((here(&desk).0, desk.ops().len()), (3, done), "what is asked for again is not accepted before");
    desk.model.syllabus.column = 0;
    desk.press("G 7");
    let before = content(&desk);
    desk.send(reply(job));
    let ops = desk.ops();
    let Some(Op::Revise { note, batch, reason: None, .. }) = ops.last() else { panic!("{ops:?}") };
    assert_eq!((note.as_ref().unwrap().raw(), batch.unwrap()), ("too broad", crate::taxonomy::BatchId::new(7, 7)));
    let now = content(&desk);
    assert_eq!((titles(&desk)[2].as_str(), now.sessions[2].id.0.as_str()), ("Small rooms", "s03"));
    assert_eq!(now.sessions.iter().filter(|session| before.sessions.contains(session)).count(), 8);
    assert_eq!((desk.model.jobs.len(), accepted(&desk)), (0, 2), "what is new is to be accepted anew");
    let change = &desk.model.syllabus.changes[0];
    assert_eq!(change.before.as_ref().unwrap().title.raw(), "Rooms");
    desk.press("u");
    assert_eq!((titles(&desk)[2].as_str(), accepted(&desk)), ("Rooms", 3));
}

#[test]
fn a_session_that_was_changed_meanwhile_is_not_overwritten() {
    let mut desk = review();
    let job = ask_again(&mut desk);
    desk.press("e ctrl-u");
    desk.type_text("Halls");
    desk.press("enter");
    let done = desk.ops().len();
    desk.send(reply(job));
    assert_eq!((titles(&desk)[2].as_str(), desk.ops().len()), ("Halls", done));
    assert!(desk.message().contains("was changed while the model was asked"), "{}", desk.message());
}

#[test]
fn a_reply_waits_for_what_is_being_saved_or_typed() {
    let mut desk = review();
    let job = ask_again(&mut desk);
    desk.hold = true;
    desk.press("G J K e");
    desk.send(reply(job));
    desk.hold = false;
    desk.settle();
    assert_eq!(titles(&desk)[2], "Rooms", "a text is being typed");
    desk.press("esc");
    assert_eq!(titles(&desk)[2], "Small rooms");
    assert!(desk.model.syllabus.questions.is_empty());
}

#[test]
fn a_reply_finds_its_syllabus_when_another_is_on_the_screen() {
    let mut desk = review();
    let job = ask_again(&mut desk);
    desk.press("q");
    desk.focus(fixture::optics());
    desk.press("g s");
    desk.send(reply(job));
    assert_eq!(content(&desk).sessions.len(), 12);
    desk.press("q");
    desk.focus(fixture::acoustics());
    desk.press("g s");
    assert_eq!(titles(&desk)[2], "Small rooms");
}

#[test]
fn a_question_that_fails_leaves_the_row_free() {
    let mut desk = review();
    let job = ask_again(&mut desk);
    assert_eq!(desk.press("X"), [Effect::CancelJob(job)]);
    desk.send(Msg::Job { id: job, event: JobEvent::Cancelled });
    assert!(desk.model.syllabus.questions.is_empty());
    let job = ask_again(&mut desk);
    desk.send(Msg::Job { id: job, event: JobEvent::Failed("The server is away.".into()) });
    assert!(desk.model.syllabus.questions.is_empty());
}

#[test]
fn for_an_accepted_syllabus_a_session_comes_back_as_a_new_version() {
    let mut desk = Desk::new();
    desk.focus(fixture::optics());
    desk.press("g s r");
    let asked = desk.press("enter");
    let [Effect::AskSession { is_accepted: true, reason: None, .. }] = &asked[..] else { panic!("{asked:?}") };
}

#[test]
fn the_editor_s_text_and_what_changed_meanwhile_both_hold() {
    let mut desk = review();
    let opened = desk.press("E");
    let [Effect::OpenEditor { draft, .. }] = &opened[..] else { panic!("{opened:?}") };
    let mut text = content(&desk);
    text.sessions[0].title = "Air".into();
    desk.press("G J K k 7");
    let outcome = EditorOutcome::Syllabus(Box::new(text));
    desk.send(Msg::Edited { draft: draft.clone(), outcome, saved: None });
    assert_eq!((titles(&desk).len(), titles(&desk)[0].as_str()), (9, "Air"));
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
    let ids: std::collections::HashSet<_> = content(&desk).sessions.iter().map(|session| session.id.clone()).collect();
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
    desk.press("f s x");
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
    assert_eq!(accepted(&desk), 1, "the review is kept for each");
}

#[test]
fn another_syllabus_is_asked_for_with_a_reason() {
    let mut desk = review();
    desk.press("R");
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
    desk.press("g g a A");
    assert_eq!(desk.ops().len(), 3);
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

#[test]
fn enter_leads_into_the_details_which_scroll_and_left_leads_back() {
    let mut desk = review();
    desk.send(Msg::Shown(Shown { list: 0..10, height: 10, detail_overflow: 7, ..Shown::default() }));
    desk.press("enter j j");
    let screen = |desk: &Desk| (desk.model.syllabus.pane, desk.model.syllabus.scroll, desk.model.syllabus.row);
    assert_eq!(screen(&desk), (Pane::Detail, 2, 0));
    desk.press("G");
    assert_eq!(screen(&desk), (Pane::Detail, 7, 0), "to what is below the fold, and no further");
    desk.press("h j");
    assert_eq!(screen(&desk), (Pane::List, 0, 1), "another session begins at its beginning");
    desk.press("enter esc esc");
    assert_eq!(desk.model.syllabus.pane, Pane::List, "the first closes a message");
    assert_eq!(desk.ops(), []);
}

#[test]
fn flagged_first_goes_by_the_settings_of_the_directory() {
    let mut bench = fixture::bench();
    let mut manifest = (*bench.snapshot.manifest).clone();
    manifest.checks = serde_json::from_str(r#"{"concept-count": [1, 8]}"#).unwrap();
    bench.snapshot.manifest = manifest.into();
    let mut desk = Desk::at(bench);
    desk.focus(fixture::acoustics());
    desk.press("g s");
    let flagged: Vec<usize> = desk.model.syllabus.findings.iter().filter_map(|found| Some(found.cell?.0)).collect();
    let count = flagged.iter().collect::<std::collections::BTreeSet<_>>().len();
    assert!(flagged.iter().all(|row| order(&desk)[..count].contains(row)));
    assert!(!order(&desk)[..count].contains(&9), "two concepts are not too few here");
}

#[test]
fn a_search_in_a_syllabus_goes_on_after_sessions_went() {
    let mut desk = review();
    desk.press("/");
    desk.type_text("harmonics");
    desk.press("enter");
    assert_eq!(desk.model.syllabus.row, 4);
    desk.press("g g 1 n");
    assert_eq!(titles(&desk).len(), 9, "the first session went");
    assert_eq!(desk.model.syllabus.row, 3, "Strings, which stands one row higher now");
    desk.press("n n");
    assert_eq!(desk.model.syllabus.row, 3);
}
