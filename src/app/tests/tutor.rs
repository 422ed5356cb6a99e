use super::*;
use crate::input::Keymap;
use std::sync::Arc;

fn touring() -> Desk {
    let mut desk = Desk::new();
    desk.press("g g");
    begin_tour(&mut desk.model);
    desk
}

fn lesson(desk: &Desk) -> usize {
    desk.model.tutor.as_ref().map_or(0, |tutor| tutor.at + 1)
}

#[test]
fn every_lesson_is_over_when_it_was_done_and_not_before() {
    let mut desk = touring();
    for (not_yet, keys) in [("j j", "j"), ("j k", "l l h h h"), ("g g", "]"), ("j k", "] a"), ("j", "u"), ("a", "] 6")]
    {
        let at = lesson(&desk);
        desk.press(not_yet);
        assert_eq!(lesson(&desk), at, "{not_yet}");
        desk.press(keys);
        assert_eq!(lesson(&desk), at + 1, "{keys} {:?}", desk.model.tutor.as_ref().unwrap().says(&desk.model));
    }
    desk.focus(fixture::node(&PHYSICS));
    desk.press("r enter");
    assert_eq!(lesson(&desk), 8);
    desk.press(": esc ? esc");
    assert_eq!(lesson(&desk), 10);
    desk.focus(fixture::optics());
    desk.press("g s g h g i");
    assert_eq!(desk.model.tutor, None);
    assert!(desk.message().starts_with("That was the tour."), "{}", desk.message());
}

#[test]
fn a_lesson_can_be_left_out_and_says_the_keys_in_force() {
    let mut desk = touring();
    let keymap = Keymap::load(Some(("keys.yaml", "curate: {accept: w}"))).unwrap();
    desk.model.keymap = Arc::new(keymap);
    for _ in 0..3 {
        desk.press("ctrl-t");
    }
    let (title, text) = desk.model.tutor.as_ref().unwrap().says(&desk.model).unwrap();
    assert_eq!(title, "Lesson 4 of 12: Accepting");
    assert!(text.contains("`w` accepts"), "{text}");
    for _ in 0..9 {
        let (_, text) = desk.model.tutor.as_ref().unwrap().says(&desk.model).unwrap();
        assert!(!text.contains("``"), "a key is missing: {text}");
        desk.press("ctrl-t");
    }
    assert_eq!(desk.model.tutor, None);
    desk.press("ctrl-t");
    assert_eq!(desk.message(), "No tour is under way; `provost tutor` gives one.");
}
