use super::*;

fn history() -> Desk {
    let mut desk = Desk::new();
    desk.press("a 6 s g i");
    desk
}

#[test]
fn the_newest_decision_is_on_top_and_stays_there() {
    let mut desk = history();
    let total = desk.model.snapshot.record.events().len();
    assert_eq!((desk.model.history.rows.len(), desk.model.history.at), (total, 0));
    desk.bench.run("bo", accept(&[fixture::node(&["Crafts"])])).unwrap();
    desk.publish();
    assert_eq!(desk.model.history.at, 0);
    let newest = desk.model.history.focused(&desk.model.snapshot).unwrap();
    assert_eq!(newest.by, "bo");
}

#[test]
fn another_row_stays_focused_while_decisions_arrive() {
    let mut desk = history();
    desk.press("j");
    desk.bench.run("bo", accept(&[fixture::node(&["Crafts"])])).unwrap();
    desk.publish();
    assert_eq!(desk.model.history.at, 2);
}

#[test]
fn any_decision_is_undone_by_itself_and_redone() {
    let mut desk = history();
    desk.press("j j");
    let event = desk.model.history.focused(&desk.model.snapshot).unwrap().id;
    assert_eq!(desk.press("u").len(), 1);
    assert_eq!(desk.ops().last(), Some(&Op::Undo(Some(event))));
    assert!(desk.model.snapshot.tree.node(subject("Mechanics")).is_none());
    assert!(
        desk.model.proposal_of(subject("Miscellaneous topics")).is_some_and(|p| !p.state.is_open()),
        "later ones hold"
    );
    desk.press("u");
    assert_eq!(desk.message(), "It is undone already; redo brings it back.");
    desk.press("U");
    assert_eq!(desk.ops().last(), Some(&Op::Redo(Some(event))));
    assert!(desk.model.snapshot.tree.node(subject("Mechanics")).is_some());
}

#[test]
fn an_undo_is_no_decision() {
    let mut desk = history();
    desk.press("u g g d");
    assert!(desk.message().contains("focus the decision itself"), "{}", desk.message());
}

#[test]
fn the_filter_shows_mine_and_undone() {
    let mut desk = history();
    desk.press("u F");
    let all_mine = |desk: &Desk| {
        let events = desk.model.snapshot.record.events();
        desk.model.history.rows.iter().all(|row| events[*row].by == "ana")
    };
    assert!(all_mine(&desk));
    desk.press("F");
    assert_eq!(desk.model.history.rows.len(), 1);
}

#[test]
fn enter_opens_the_node_in_the_tree() {
    let mut desk = history();
    desk.press("j j enter");
    assert_eq!((desk.model.screen, desk.at_name().as_str()), (Screen::Curate, "Mechanics"));
}

#[test]
fn a_refused_undo_says_why() {
    let mut desk = Desk::new();
    desk.focus(fixture::node(&["Natural Sciences", "Chemistry"]));
    desk.press("a a");
    desk.press("g i j u");
    assert!(desk.message().contains("cannot be done"), "{}", desk.message());
    assert!(desk.model.snapshot.tree.node(fixture::node(&["Natural Sciences", "Chemistry"])).is_some());
}

#[test]
fn many_nodes_of_one_decision_are_counted_and_not_all_looked_for() {
    let mut desk = Desk::new();
    let nodes = ["Mechanics", "Modern optics", "Miscellaneous topics"].map(subject);
    desk.bench.run("ana", accept(&nodes)).unwrap();
    desk.publish();
    let event = desk.model.snapshot.record.events().last().unwrap().clone();
    let (some, count) = words::some_nodes_of(&desk.model.snapshot, &event.change, 2);
    let all = words::nodes_of(&desk.model.snapshot, &event.change);
    assert_eq!((some.as_slice(), count), (&all[..2], 3));
    assert_eq!(words::first_node_of(&desk.model.snapshot, &event.change), Some(all[0]));
}
