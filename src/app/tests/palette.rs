use super::*;
use crate::input::{ACTIONS, Action, Category};

fn open(desk: &Desk) -> &Palette {
    match desk.model.overlays.last() {
        Some(Overlay::Palette(palette)) => palette,
        other => panic!("{other:?}"),
    }
}

/// The rows as they read.
fn rows(desk: &Desk) -> Vec<String> {
    let palette = open(desk);
    let row = |hit: &Hit| match hit {
        Hit::Action(at) => palette.offered[*at].title.clone(),
        Hit::Node(node) => desk.model.snapshot.name(*node).line().into_owned(),
    };
    palette.hits.iter().map(row).collect()
}

fn palette(text: &str) -> Desk {
    let mut desk = Desk::new();
    desk.press(":");
    desk.type_text(text);
    desk
}

#[test]
fn every_action_of_a_screen_is_in_it_with_its_keys() {
    let desk = palette("");
    let offered = &open(&desk).offered;
    for info in ACTIONS {
        let is_in = offered.iter().any(|offered| offered.action.name() == info.name);
        let may_miss = matches!(info.category, Category::Type | Category::Answer)
            || info.action == Action::Palette
            || info.contexts.iter().all(|context| context.name() == "evidence");
        assert!(is_in || may_miss, "{}", info.name);
    }
    let of = |action: Action| offered.iter().find(|offered| offered.action == action).unwrap();
    assert_eq!((of(Action::Accept).keys.as_str(), &of(Action::Accept).why_not), ("a", &None));
    assert_eq!(of(Action::ExpandAll).keys, "z R");
    let start = of(Action::StartRun).why_not.clone().unwrap();
    assert_eq!(start, "It belongs to the Homework screen: g h goes there.");
}

#[test]
fn an_action_is_found_by_title_name_key_and_letters() {
    for (text, title) in [
        ("unfold", "Unfold everything"),
        ("expand-all", "Unfold everything"),
        ("z R", "Unfold everything"),
        ("unfevry", "Unfold everything"),
        ("U", "Redo"),
        ("statist", "Statistics"),
    ] {
        assert_eq!(rows(&palette(text)).first().map(String::as_str), Some(title), "{text}");
    }
}

#[test]
fn a_node_is_found_wherever_it_is_and_gone_to() {
    let mut desk = palette("organic chem");
    assert_eq!(rows(&desk)[0], "Organic chemistry");
    desk.press("enter");
    assert_eq!((desk.at_name().as_str(), desk.model.overlays.len()), ("Organic chemistry", 0));
    // From another screen, one that the filter hides, by letters in their order.
    desk.press("g i :");
    desk.type_text("gmtrcopt");
    assert_eq!(rows(&desk)[0], "Geometric optics");
    desk.press("enter");
    assert_eq!((desk.at_name().as_str(), desk.model.screen), ("Geometric optics", Screen::Curate));
}

#[test]
fn what_is_chosen_is_done_as_by_its_key() {
    let mut desk = Desk::new();
    let first = desk.model.cursor().unwrap();
    desk.press(":");
    desk.type_text("accept");
    desk.press("enter");
    assert_eq!(desk.ops(), [accept(&[first])]);
    desk.press(":");
    desk.type_text("search");
    desk.press("enter");
    assert!(matches!(desk.model.overlays[..], [Overlay::Search]));
}

#[test]
fn what_cannot_be_done_says_why_and_stays_open() {
    let mut desk = Desk::new();
    desk.focus(fixture::optics());
    desk.press(":");
    desk.type_text("a");
    let palette = open(&desk);
    let Hit::Action(at) = palette.hits[0] else { panic!() };
    assert_eq!(palette.offered[at].action, Action::Accept, "the key itself is the best match");
    desk.press("enter");
    assert_eq!(desk.message(), "\"Optics\" is accepted already.");
    assert_eq!((desk.model.overlays.len(), desk.ops().len()), (1, 0));
    desk.press("esc");
    assert!(desk.model.overlays.is_empty());
}

#[test]
fn what_was_chosen_lately_comes_first() {
    let mut desk = palette("unfold");
    desk.press("enter :");
    desk.type_text("crafts");
    desk.press("enter :");
    assert_eq!(rows(&desk)[..2], ["Crafts", "Unfold everything"]);
    assert_eq!((open(&desk).recent, open(&desk).offered.len() + 1), (2, rows(&desk).len()));
    desk.type_text("fold");
    assert_eq!(rows(&desk)[0], "Unfold everything", "before the other one that holds it");
}

#[test]
fn names_that_come_later_are_found_without_another_key() {
    let mut bench = fixture::bench();
    let many = (0..2_100).map(|number| fixture::child(&PHYSICS, &format!("Misc topics {number:04}"), ""));
    bench.propose(many.collect());
    let mut desk = Desk::at(bench);
    desk.press(":");
    desk.type_text("misc topics");
    assert_eq!(open(&desk).nodes, 0);
    let names = Lexicon::of(&desk.model.snapshot);
    desk.send(Msg::Names(Box::new(names)));
    assert_eq!(open(&desk).nodes, 2_100);
    assert_eq!(rows(&desk).len(), 200, "a window of them, with a count of all");
    desk.type_text(" 0001");
    assert_eq!(rows(&desk)[0], "Misc topics 0001");
}

#[test]
fn names_that_come_later_do_not_move_the_focus() {
    let mut bench = fixture::bench();
    bench.propose((0..2_100).map(|number| fixture::child(&PHYSICS, &format!("Unfolded {number:04}"), "")).collect());
    let mut desk = Desk::at(bench);
    desk.press(":");
    desk.type_text("fold");
    desk.press("down");
    let focused = rows(&desk)[open(&desk).at].clone();
    desk.send(Msg::Names(Box::new(Lexicon::of(&desk.model.snapshot))));
    assert!(rows(&desk).len() > 100);
    assert_eq!(rows(&desk)[open(&desk).at], focused);
}
