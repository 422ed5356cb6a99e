use super::*;
use crate::input::Context;
use crate::taxonomy::Batch;

#[test]
fn help_filters_while_typing_and_closes() {
    let mut desk = Desk::new();
    desk.press("?");
    assert_eq!(desk.model.context(), Context::Picker);
    desk.type_text("aq1");
    let Some(Overlay::Help(help)) = desk.model.overlays.last() else { panic!() };
    assert_eq!((help.context, help.filter.text()), (Context::Curate, "aq1"));
    desk.press("esc");
    assert_eq!((desk.model.overlays.len(), desk.effects.len()), (0, 0));
}

#[test]
fn why_reads_the_newest_batch_and_shows_what_it_held() {
    let mut desk = Desk::new();
    let effects = desk.press("i");
    let [Effect::LoadBatch(id)] = effects[..] else { panic!("{effects:?}") };
    desk.send(Msg::Batch { id, outcome: Err("The file is gone.".into()) });
    let Some(Overlay::Why(why)) = desk.model.overlays.last() else { panic!() };
    assert!(matches!(&why.content, Some(Err(error)) if error == "The file is gone."));
    desk.press("a 1 esc");
    assert_eq!((desk.model.overlays.len(), desk.ops().len()), (0, 0), "nothing is decided behind an overlay");
}

#[test]
fn a_batch_that_nobody_waits_for_is_ignored() {
    let mut desk = Desk::new();
    let head = desk.model.snapshot.record.batches().next().unwrap().clone();
    let source = head.source.clone();
    let batch = Batch {
        id: head.id,
        at: String::new(),
        by: String::new(),
        source,
        about: None,
        bad: vec![],
        proposals: vec![],
        calls: vec![],
    };
    desk.send(Msg::Batch { id: head.id, outcome: Ok(Box::new(batch)) });
    assert!(desk.model.overlays.is_empty());
}

#[test]
fn why_of_a_node_made_by_hand_reads_nothing() {
    let mut desk = Desk::new();
    desk.focus(fixture::optics());
    assert_eq!(desk.press("i"), []);
    assert_eq!(desk.model.overlays.len(), 1);
}

#[test]
fn a_prefix_is_given_up_by_any_other_key() {
    let mut desk = Desk::new();
    desk.press("g a");
    assert_eq!(desk.effects, []);
    desk.press("a");
    assert_eq!(desk.ops().len(), 1);
}

#[test]
fn leaving_goes_back_to_the_tree_first() {
    let mut desk = Desk::new();
    desk.press("g i");
    assert_eq!(desk.press("q"), []);
    assert_eq!(desk.model.screen, Screen::Curate);
    assert_eq!(desk.press("q"), [Effect::Quit]);
    assert_eq!(
        desk.press("ctrl-z ctrl-l M M"),
        [Effect::Suspend, Effect::Redraw, Effect::SetMouse(false), Effect::SetMouse(true)]
    );
}

#[test]
fn who_leaves_waits_for_what_is_being_saved_and_learns_of_a_refusal() {
    let mut desk = Desk::new();
    desk.hold = true;
    assert!(!desk.press("a q").contains(&Effect::Quit));
    assert_eq!(desk.message(), "provost ends as soon as 1 decision is saved; q again ends it at once.");
    desk.hold = false;
    desk.settle();
    assert_eq!(desk.effects.last(), Some(&Effect::Quit), "it is saved");

    // Refused: the screen stays, with what was typed.
    let mut desk = Desk::new();
    desk.hold = true;
    desk.press("e ctrl-u");
    desk.type_text("Optics");
    desk.press("enter q");
    desk.settle();
    assert!(!desk.effects.contains(&Effect::Quit));
    assert!(matches!(desk.model.overlays.last(), Some(Overlay::Form(_))));
    // That is forgotten with it.
    desk.press("esc a");
    desk.settle();
    assert!(!desk.effects.contains(&Effect::Quit));

    let mut desk = Desk::new();
    desk.hold = true;
    desk.press("a q");
    assert_eq!(desk.press("q"), [Effect::Quit], "asked twice");
}

#[test]
fn messages_go_with_time_and_the_program_says_when() {
    let mut desk = Desk::new();
    let now = desk.model.now;
    desk.press("t");
    assert_eq!(desk.model.wake_at(), Some(now + 3_000));
    desk.send(Msg::Tick(now + 3_000));
    assert_eq!((desk.model.toasts.shown().len(), desk.model.wake_at()), (0, None));
    desk.send(Msg::Notice { level: Level::Error, text: "physics.yaml was changed by other hands.".into() });
    assert_eq!(desk.model.wake_at(), None, "an error waits for the curator");
    desk.press("esc");
    assert_eq!(desk.model.toasts.shown().len(), 0);
}

#[test]
fn esc_elsewhere_leaves_the_marks_of_the_tree() {
    let mut desk = Desk::new();
    desk.press("space g i");
    desk.send(Msg::Tick(desk.model.now + 60_000));
    desk.press("esc esc g c");
    assert_eq!(desk.model.tree.marks.len(), 1);
    desk.press("esc");
    assert_eq!(desk.model.tree.marks.len(), 0);
}

#[test]
fn help_says_what_does_not_apply_as_of_when_it_was_opened() {
    let mut desk = Desk::new();
    desk.focus(fixture::optics());
    desk.press("?");
    let Some(Overlay::Help(help)) = desk.model.overlays.last() else { panic!() };
    let why = help.why_not.iter().find(|(action, _)| *action == crate::input::Action::Accept).unwrap();
    assert_eq!(why.1, "\"Optics\" is accepted already.");
}
