use super::*;
use crate::app::{chips, listed};
use crate::taxonomy::queue::Order;
use crate::taxonomy::{Policy, Quorum, Reason};

/// Chooses what the list of facets finds for each of the texts.
fn choose(desk: &mut Desk, texts: &[&str]) {
    desk.press("F");
    for text in texts {
        desk.type_text(text);
        desk.press("enter ctrl-u");
    }
    desk.press("esc");
}

/// The names that `]` leads to, from here until it comes round.
fn round(desk: &mut Desk) -> Vec<String> {
    let mut seen = vec![];
    for _ in 0..20 {
        desk.press("]");
        let name = desk.at_name();
        if seen.contains(&name) {
            break;
        }
        seen.push(name);
    }
    seen
}

#[test]
fn facets_narrow_the_tree_and_the_queue_and_esc_brings_all_back() {
    let mut desk = Desk::new();
    desk.press("z M");
    let before = desk.rows();
    choose(&mut desk, &["kind subject", "finding any"]);
    assert_eq!(chips(&desk.model), ["subject", "finding: any"]);
    assert_eq!(
        desk.rows(),
        ["*", "Natural Sciences", "  Physics", "    Miscellaneous topics", "    Hidden⟨U+202E⟩scitpo"]
    );
    assert_eq!(desk.at_name(), "Miscellaneous topics", "the first of them");
    assert_eq!(round(&mut desk), ["Hidden\u{202e}scitpo", "Miscellaneous topics"]);
    choose(&mut desk, &["finding any", "kind discipline"]);
    let all = desk.rows();
    assert!(all.contains(&"  Chemistry".to_owned()) && all.contains(&"    Mechanics".to_owned()), "{all:?}");
    assert!(!all.contains(&"Crafts".to_owned()), "a field");
    desk.press("esc");
    assert!(chips(&desk.model).is_empty() && desk.model.tree.filter == Filter::All);
    desk.press("z M");
    assert_eq!(desk.rows(), before);
}

#[test]
fn search_then_marks_then_facets_are_cleared() {
    let mut desk = Desk::new();
    choose(&mut desk, &["kind subject"]);
    desk.press("/");
    desk.type_text("optics");
    desk.press("enter space");
    assert_eq!(listed(&desk.model).len(), 1, "a search within the facets");
    desk.press("esc");
    assert!(!desk.model.search.is_active() && !desk.model.tree.marks.is_empty());
    desk.press("esc");
    assert!(desk.model.tree.marks.is_empty() && !desk.model.queue.facets.is_empty());
    desk.press("esc");
    assert!(desk.model.queue.facets.is_empty());
}

#[test]
fn what_is_listed_is_what_matches_folded_or_not() {
    let mut desk = Desk::new();
    choose(&mut desk, &["kind subject"]);
    desk.press("z M");
    let names: Vec<String> =
        listed(&desk.model).iter().map(|node| desk.model.snapshot.name(*node).raw().to_owned()).collect();
    assert_eq!(names.len(), 6, "{names:?}");
    assert!(names.contains(&"Organic chemistry".to_owned()) && !names.contains(&"Physics".to_owned()));
}

#[test]
fn by_risk_what_was_found_comes_first_and_a_decision_goes_on_from_there() {
    let mut desk = Desk::new();
    desk.press("z o");
    assert_eq!(desk.model.queue.order, Order::Risk);
    assert!(desk.message().starts_with("Order: by risk"));
    desk.press("g g ]");
    let order = round(&mut desk);
    desk.press("g g ]");
    let first = desk.at_name();
    assert_eq!(first, "Hidden\u{202e}scitpo", "{order:?}");
    assert_eq!(order.last().unwrap(), &first);
    desk.press("6");
    assert_eq!(desk.at_name(), order[0], "the next one, not the first again");
    desk.press("6");
    assert_eq!(desk.at_name(), order[1]);
    desk.press("[");
    assert_eq!(desk.at_name(), *order.iter().rev().find(|name| **name != first && **name != order[0]).unwrap());
    desk.press("u u [");
    assert!(!desk.at_name().is_empty());
    desk.press("g g ]");
    assert_eq!(desk.at_name(), first, "taken back, it is in its place again");
}

#[test]
fn what_waits_for_its_parent_follows_once_that_is_accepted() {
    let mut desk = Desk::new();
    choose(&mut desk, &["risk first"]);
    assert!(!round(&mut desk).contains(&"Organic chemistry".to_owned()));
    desk.focus(fixture::node(&["Natural Sciences", "Chemistry"]));
    desk.press("a");
    assert!(round(&mut desk).contains(&"Organic chemistry".to_owned()));
    desk.press("z M");
    for _ in 0..9 {
        desk.press("]");
        assert_eq!(desk.model.focused_row().unwrap().node, desk.model.cursor(), "the branch was unfolded");
    }
}

#[test]
fn a_shuffle_takes_the_seed_that_is_typed_and_keeps_to_it() {
    let mut desk = Desk::new();
    choose(&mut desk, &["shuffle 7"]);
    assert_eq!(desk.model.queue.order, Order::Shuffle(7));
    assert_eq!(chips(&desk.model), ["shuffle · seed 7"]);
    desk.press("g g ]");
    let seven = round(&mut desk);
    let mut other = Desk::new();
    choose(&mut other, &["seed 7"]);
    other.press("g g ]");
    assert_eq!(round(&mut other), seven);
    choose(&mut other, &["shuffle"]);
    assert_eq!(other.model.queue.order, Order::Shuffle(8), "chosen again it is another one");
}

#[test]
fn when_the_facets_show_nothing_more_it_says_what_is_left() {
    let mut desk = Desk::new();
    choose(&mut desk, &["kind field"]);
    assert_eq!(desk.at_name(), "Crafts");
    desk.press("6");
    assert_eq!(desk.message(), "Nothing that the facets show is left to decide: 8 are left outside of the facets.");
    desk.press("]");
    assert!(desk.message().starts_with("Nothing that the facets show"), "{}", desk.message());
    desk.press("esc esc");
    choose(&mut desk, &["under chemistry"]);
    desk.press("]");
    assert!(desk.message().contains("1 waits for its parent"), "{}", desk.message());
}

#[test]
fn a_chosen_state_is_gone_through_whatever_it_is() {
    let mut desk = Desk::new();
    desk.press("s");
    choose(&mut desk, &["state deferred"]);
    assert_eq!(desk.at_name(), "Mechanics");
    assert_eq!(round(&mut desk), ["Mechanics"]);
    choose(&mut desk, &["state deferred", "reason duplicate"]);
    assert_eq!(desk.at_name(), "Geometric optics");
    assert_eq!(round(&mut desk), ["Geometric optics"]);
}

#[test]
fn what_an_undo_brings_back_is_shown_beside_the_facets() {
    let mut desk = Desk::new();
    desk.press("6");
    choose(&mut desk, &["kind field"]);
    desk.press("u");
    assert_eq!(desk.at_name(), "Mechanics");
    assert!(desk.rows().contains(&"    Mechanics".to_owned()));
    assert!(!desk.model.queue.facets.is_empty());
    desk.press("t");
    assert!(desk.rows().contains(&"Humanities".to_owned()), "the tree around it");
    desk.press("t t t t");
    assert_eq!(desk.model.tree.filter, Filter::Facets);
}

#[test]
fn a_new_batch_joins_the_order() {
    let mut desk = Desk::new();
    desk.press("z o g g ]");
    desk.bench.propose(vec![
        fixture::child(&PHYSICS, "Hidden\u{202e} twice", ""),
        fixture::child(&PHYSICS, "Hidden\u{202e}", ""),
    ]);
    desk.publish();
    let names = round(&mut desk);
    assert!(names.contains(&"Hidden\u{202e} twice".to_owned()), "{names:?}");
}

#[test]
fn what_only_others_can_decide_is_told_when_nothing_is_left() {
    let quorum = Quorum { field: 2, ..Quorum::default() };
    let mut bench = Bench::under(Policy { quorum, ..Policy::default() });
    bench.propose(vec![fixture::child(&[], "Crafts", ""), fixture::child(&[], "Arts", "")]);
    let mut desk = Desk::at(bench);
    desk.press("a 6 ]");
    assert_eq!(desk.message(), "Nothing else is pending here; 2 wait for the votes of others.");
    let crafts = proposal(fixture::node(&["Crafts"]));
    desk.bench.run("bo", Op::Reject { on: vec![crafts], reason: Reason::Vague, note: None, of: None }).unwrap();
    desk.publish();
    desk.press("]");
    assert_eq!(desk.at_name(), "Crafts", "they disagree about it");
}
