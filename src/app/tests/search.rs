use super::*;

#[test]
fn the_cursor_goes_to_the_first_match_while_typing_and_esc_brings_it_back() {
    let mut desk = Desk::new();
    desk.press("z M");
    desk.focus(fixture::node(&["Humanities"]));
    let rows = desk.rows();
    desk.press("/");
    desk.type_text("OPT");
    assert_eq!(desk.at_name(), "Optics");
    desk.type_text("ics!of");
    assert_eq!((desk.at_name().as_str(), desk.rows() == rows), ("Humanities", true), "no match: nothing moves");
    desk.press("esc");
    assert_eq!((desk.at_name().as_str(), desk.rows() == rows), ("Humanities", true));
    assert!(!desk.model.search.is_active());
}

#[test]
fn enter_stays_and_n_goes_round() {
    let mut desk = Desk::new();
    desk.press("g g /");
    desk.type_text("optics");
    desk.press("enter");
    assert_eq!((desk.at_name().as_str(), desk.model.search.position().as_str()), ("Optics", "1 of 2"));
    desk.press("n");
    assert_eq!(desk.at_name(), "Modern optics");
    desk.press("n N");
    assert_eq!(desk.at_name(), "Modern optics");
    desk.press("esc n");
    assert!(desk.message().starts_with("There is no search"));
}

#[test]
fn among_equal_matches_the_search_begins_where_the_cursor_is() {
    let mut desk = Desk::new();
    desk.focus(subject("Miscellaneous topics"));
    desk.press("/");
    desk.type_text("m");
    assert_eq!(desk.at_name(), "Miscellaneous topics", "not Mechanics, which comes before it");
}

#[test]
fn aliases_folded_branches_and_rejected_ones_are_found() {
    let mut desk = Desk::new();
    desk.focus(subject("Modern optics"));
    desk.press("m 1 z M /");
    desk.type_text("modern");
    assert_eq!(desk.at_name(), "Optics", "its alias");
    desk.press("esc t t t /");
    desk.type_text("geometric");
    assert_eq!(desk.at_name(), "Geometric optics");
}

#[test]
fn history_and_syllabus_are_searched_as_well() {
    let mut desk = Desk::new();
    desk.press("g i /");
    desk.type_text("edited");
    desk.press("enter");
    assert_eq!(desk.model.history.at, 1);
    desk.press("g c");
    desk.focus(fixture::acoustics());
    desk.press("g s /");
    desk.type_text("sabine");
    desk.press("enter");
    assert_eq!(desk.model.syllabus.row, 2);
}

#[test]
fn a_whole_name_comes_before_a_part_of_one_and_n_goes_on_in_the_order_of_the_tree() {
    let mut desk = Desk::new();
    desk.focus(subject("Modern optics"));
    desk.press("/");
    desk.type_text("optics");
    assert_eq!(desk.at_name(), "Optics", "the whole name, though another match is nearer");
    desk.press("enter n");
    assert_eq!(desk.at_name(), "Modern optics");
}

#[test]
fn among_names_that_fit_as_well_the_broader_kind_comes_first() {
    let mut desk = Desk::new();
    desk.focus(subject("Optics"));
    desk.press("/");
    desk.type_text("h");
    assert_eq!(desk.at_name(), "Humanities", "a field; a subject that begins with h stands before it");
}

#[test]
fn n_passes_over_what_was_decided_and_the_filter_stays() {
    let mut desk = Desk::new();
    desk.press("g g t /");
    desk.type_text("m");
    desk.press("enter");
    assert_eq!(desk.at_name(), "Mechanics");
    desk.press("1");
    for _ in 0..6 {
        desk.press("n");
        assert_ne!(desk.at_name(), "Mechanics");
        assert_eq!(desk.model.tree.filter, Filter::Pending);
    }
}

#[test]
fn a_search_ends_with_the_screen_however_it_is_left() {
    let mut desk = Desk::new();
    desk.press("g i /");
    desk.type_text("added");
    desk.press("enter enter");
    assert_eq!((desk.model.screen, desk.model.search.is_active()), (Screen::Curate, false));
}
