use super::*;
use crate::app::{Area, Gesture, Mouse, Panes};

/// A screen of 80 columns: list and card beside each other, 20 rows.
fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.press("z R g g");
    let list = Area { x: 0, y: 2, width: 36, height: 20 };
    let panes = Panes { list, detail: Area { x: 36, width: 44, ..list }, ..Panes::default() };
    desk.send(Msg::Shown(Shown { list: 0..12, height: 18, panes, detail_overflow: 40, ..Shown::default() }));
    desk
}

fn mouse(desk: &mut Desk, gesture: Gesture, column: u16, row: u16) {
    desk.send(Msg::Mouse(Mouse { gesture, column, row }));
}

#[test]
fn a_press_focuses_a_row_and_another_one_folds_it() {
    let mut desk = desk();
    mouse(&mut desk, Gesture::Press, 10, 5);
    assert_eq!(desk.model.tree.at, 2, "below the frame");
    let rows = desk.model.tree.rows.len();
    mouse(&mut desk, Gesture::Press, 10, 5);
    assert!(desk.model.tree.rows.len() < rows);
    mouse(&mut desk, Gesture::Press, 10, 21);
    mouse(&mut desk, Gesture::Press, 10, 2);
    assert_eq!(
        (desk.model.tree.at, desk.ops().len()),
        (2, 0),
        "the frame and what is below the rows mean nothing; nothing is decided"
    );
}

#[test]
fn the_wheel_moves_what_is_under_the_pointer() {
    let mut desk = desk();
    mouse(&mut desk, Gesture::WheelDown, 10, 8);
    assert_eq!((desk.model.tree.at, desk.model.tree.card_scroll), (3, 0));
    mouse(&mut desk, Gesture::WheelDown, 50, 8);
    assert_eq!((desk.model.tree.at, desk.model.tree.card_scroll, desk.model.tree.pane), (3, 3, Pane::List));
    mouse(&mut desk, Gesture::WheelUp, 50, 8);
    mouse(&mut desk, Gesture::WheelUp, 10, 8);
    assert_eq!((desk.model.tree.at, desk.model.tree.card_scroll), (0, 0));
    mouse(&mut desk, Gesture::Press, 60, 8);
    assert_eq!(desk.model.tree.pane, Pane::Detail);
}

#[test]
fn the_split_is_dragged_and_moved_by_keys() {
    let mut desk = desk();
    mouse(&mut desk, Gesture::Drag, 60, 8);
    assert_eq!(desk.model.split, None, "nothing is held");
    mouse(&mut desk, Gesture::Press, 36, 8);
    mouse(&mut desk, Gesture::Drag, 48, 9);
    assert_eq!(desk.model.split, Some(60));
    mouse(&mut desk, Gesture::Drag, 79, 9);
    mouse(&mut desk, Gesture::Release, 79, 9);
    mouse(&mut desk, Gesture::Drag, 20, 9);
    assert_eq!(desk.model.split, Some(80), "both panes keep some room");
    desk.press("< <");
    assert_eq!(desk.model.split, Some(70));
    desk.press("Z");
    assert!(desk.model.is_zoomed);
    desk.press(">");
    assert!(!desk.model.is_zoomed);
}

#[test]
fn in_a_list_on_top_a_press_focuses_and_another_one_chooses() {
    let mut desk = desk();
    desk.press(":");
    let panes = Panes { top: Area { x: 10, y: 6, width: 60, height: 10 }, top_first: 0, ..Panes::default() };
    desk.send(Msg::Shown(Shown { panes, ..Shown::default() }));
    desk.type_text("statist");
    desk.press("ctrl-u");
    mouse(&mut desk, Gesture::Press, 20, 8);
    let Some(Overlay::Palette(palette)) = desk.model.overlays.last() else { panic!() };
    assert_eq!(palette.at, 2);
    mouse(&mut desk, Gesture::WheelUp, 20, 8);
    desk.type_text("crafts");
    mouse(&mut desk, Gesture::Press, 20, 6);
    assert_eq!((desk.at_name().as_str(), desk.model.overlays.len()), ("Crafts", 0));
}

#[test]
fn what_is_focused_is_copied() {
    let mut desk = Desk::new();
    desk.focus(fixture::optics());
    let id = fixture::optics().to_string();
    for (keys, text) in [("Y Y", "Optics"), ("Y p", "Natural Sciences > Physics > Optics"), ("Y i", id.as_str())] {
        assert_eq!(desk.press(keys), [Effect::Copy(text.into())]);
    }
    desk.press("g g");
    assert_eq!(desk.press("Y n"), []);
    assert_eq!(desk.message(), "Nothing is focused that could be copied.");
}

#[test]
fn zoom_and_split_say_where_they_do_nothing() {
    let mut desk = Desk::new();
    let alone = Panes { detail: Area { x: 0, y: 2, width: 80, height: 20 }, ..Panes::default() };
    desk.send(Msg::Shown(Shown { panes: alone, ..Shown::default() }));
    desk.press("Z");
    assert_eq!((desk.model.is_zoomed, desk.message().as_str()), (false, "There is one pane on the screen."));
    let list = Area { x: 0, y: 2, width: 60, height: 10 };
    let panes = Panes { list, detail: Area { y: 12, ..list }, ..Panes::default() };
    desk.send(Msg::Shown(Shown { panes, ..Shown::default() }));
    desk.press(">");
    assert_eq!(desk.model.split, None);
    assert!(desk.message().starts_with("The panes stand above each other"));
    desk.press("Z");
    assert!(desk.model.is_zoomed);
    assert!(desk.message().ends_with("Z brings the other back, tab shows it."), "{}", desk.message());
}

#[test]
fn a_press_in_a_list_of_homework_focuses_its_row() {
    let mut desk = Desk::new();
    desk.press("g g g h");
    super::homework::planned(&mut desk);
    desk.press("] ]");
    assert!(desk.model.homework.rows() > 1, "{:?}", desk.model.homework.shows);
    let list = Area { x: 0, y: 8, width: 36, height: 12 };
    let panes = Panes { list, detail: Area { x: 36, ..list }, ..Panes::default() };
    desk.send(Msg::Shown(Shown { list: 0..4, height: 10, panes, ..Shown::default() }));
    mouse(&mut desk, Gesture::Press, 4, 10);
    assert_eq!(desk.model.homework.at, 1);
}
