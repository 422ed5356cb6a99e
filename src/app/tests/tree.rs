use super::*;

#[test]
fn it_starts_on_the_first_proposal_with_fields_unfolded() {
    let desk = Desk::new();
    assert_eq!(desk.at_name(), "Mechanics");
    assert_eq!(
        desk.rows(),
        [
            "*",
            "Humanities",
            "Natural Sciences",
            "  Physics",
            "    Acoustics",
            "    Optics",
            "    Mechanics",
            "    Miscellaneous topics",
            "    Modern optics",
            "    量子力学入門",
            "    Hidden⟨U+202E⟩scitpo",
            "  Chemistry",
            "Crafts",
        ]
    );
}

#[test]
fn an_empty_taxonomy_has_the_row_of_the_taxonomy_itself() {
    let mut desk = Desk::at(Bench::empty());
    assert_eq!(desk.rows(), ["*"]);
    for key in [
        "down", "up", "left", "right", "enter", "G", "g g", "ctrl-d", "]", "space", "z R", "z M", "F", "esc", "t", "n",
        "m 1",
    ] {
        desk.press(key);
    }
    assert_eq!((desk.model.cursor(), desk.ops()), (None, vec![]));
}

#[test]
fn moving_and_folding_never_decide() {
    let mut desk = Desk::new();
    desk.press(
        "j k down up h l left right enter G g g ctrl-d ctrl-u pagedown pageup home end tab shift-tab z R z M t t t t F down up esc z o",
    );
    assert_eq!(desk.effects, []);
}

#[test]
fn left_folds_then_goes_to_the_parent_and_right_comes_back() {
    let mut desk = Desk::new();
    desk.press("left");
    assert_eq!(desk.at_name(), "Physics");
    desk.press("left");
    assert_eq!(desk.at_name(), "Physics");
    assert_eq!(desk.rows().len(), 6);
    desk.press("left left");
    assert_eq!(desk.rows(), ["*", "Humanities", "Natural Sciences", "Crafts"]);
    desk.press("right right right right");
    assert_eq!(desk.at_name(), "Acoustics");
    desk.press("right");
    assert_eq!(desk.at_name(), "Acoustics", "a leaf has nothing to the right");
}

#[test]
fn unfolding_everything_shows_proposals_below_proposals() {
    let mut desk = Desk::new();
    desk.press("z R");
    assert!(desk.rows().contains(&"    Organic chemistry".to_owned()));
    desk.press("z M");
    assert_eq!((desk.rows().len(), desk.at_name().as_str()), (4, "Natural Sciences"));
}

#[test]
fn the_filter_goes_round() {
    let mut desk = Desk::new();
    desk.press("t");
    assert_eq!(desk.model.tree.filter, Filter::Pending);
    assert!(!desk.rows().iter().any(|row| row.contains("Humanities") || row.ends_with("Optics")));
    assert!(desk.rows().iter().any(|row| row.contains("Acoustics")), "its syllabus is pending");
    desk.press("t");
    assert!(!desk.rows().iter().any(|row| row.contains("Mechanics")));
    desk.press("t");
    assert!(desk.rows().iter().any(|row| row.contains("Geometric optics")), "rejected ones");
    desk.press("t");
    assert_eq!(desk.model.tree.filter, Filter::All);
}

#[test]
fn pending_goes_round_and_takes_syllabi_along() {
    let mut desk = Desk::new();
    let mut seen = vec![];
    for _ in 0..8 {
        desk.press("]");
        seen.push(desk.at_name());
    }
    assert_eq!(seen.last().unwrap(), "Mechanics");
    assert!(seen.contains(&"Acoustics".to_owned()) && seen.contains(&"Crafts".to_owned()));
    assert!(!seen.contains(&"Organic chemistry".to_owned()), "its parent comes first");
    desk.press("[");
    assert_eq!(desk.at_name(), seen[6]);
}

#[test]
fn the_next_pending_is_found_in_folded_branches_and_past_the_filter() {
    let mut desk = Desk::new();
    desk.press("z M t t");
    assert_eq!(desk.model.tree.filter, Filter::Accepted);
    desk.press("]");
    assert!(desk.model.focused_row().unwrap().state.is_open() || desk.at_name() == "Acoustics");
}

#[test]
fn marks_go_down_and_a_range_is_marked_from_both_ends() {
    let mut desk = Desk::new();
    desk.press("space space");
    assert_eq!((desk.model.tree.marks.len(), desk.at_name().as_str()), (2, "Modern optics"));
    desk.press("V v up up");
    assert_eq!(desk.model.tree.range(), Some(6..=8));
    desk.press("v");
    assert_eq!(desk.model.tree.marks.len(), 3);
    desk.press("esc");
    assert!(desk.model.tree.marks.is_empty());
}

#[test]
fn a_new_proposal_does_not_move_the_cursor() {
    let mut desk = Desk::new();
    desk.focus(subject("Modern optics"));
    desk.bench.propose(vec![fixture::child(&[], "Arts", ""), fixture::child(&PHYSICS, "Thermodynamics", "")]);
    desk.publish();
    assert_eq!(desk.at_name(), "Modern optics");
    assert!(desk.rows().contains(&"    Thermodynamics".to_owned()));
}

#[test]
fn a_row_that_vanishes_leaves_the_cursor_where_it_was() {
    let mut desk = Desk::new();
    desk.focus(subject("Modern optics"));
    let op = Op::Reject {
        on: vec![proposal(subject("Modern optics"))],
        reason: crate::taxonomy::Reason::Vague,
        note: None,
        of: None,
    };
    desk.bench.run("bo", op).unwrap();
    desk.publish();
    assert_eq!(desk.at_name(), "量子力学入門");
}

#[test]
fn children_of_a_merged_proposal_hang_where_it_went() {
    let mut desk = Desk::new();
    let chemistry = fixture::node(&["Natural Sciences", "Chemistry"]);
    let op = Op::Alias { on: vec![proposal(chemistry)], into: fixture::node(&PHYSICS) };
    desk.bench.run("bo", op).unwrap();
    desk.publish();
    assert!(desk.rows().contains(&"    Organic chemistry".to_owned()), "{:?}", desk.rows());
    let below = desk.model.digest.pending_below(Some(fixture::node(&PHYSICS)));
    assert_eq!(below, 7, "five subjects, Organic chemistry, a syllabus");
}

#[test]
fn the_counts_follow_every_state() {
    let mut desk = Desk::new();
    let digest = &desk.model.digest;
    assert_eq!((digest.pending, digest.deferred, digest.flagged, digest.accepted), (9, 0, 0, 5));
    desk.press("s f");
    let digest = &desk.model.digest;
    assert_eq!((digest.pending, digest.deferred, digest.flagged), (8, 1, 1));
    assert_eq!(digest.pending_below(None), 8);
}

#[test]
fn scrolling_the_card_leaves_the_tree_alone() {
    let mut desk = Desk::new();
    let shown = Shown { detail_overflow: 5, height: 10, ..Shown::default() };
    desk.send(Msg::Shown(shown));
    desk.press("tab j j j");
    assert_eq!((desk.model.tree.card_scroll, desk.at_name().as_str()), (3, "Mechanics"));
    desk.press("G");
    assert_eq!(desk.model.tree.card_scroll, 5);
    desk.press("tab j");
    assert_eq!((desk.model.tree.card_scroll, desk.at_name().as_str()), (0, "Miscellaneous topics"));
}
