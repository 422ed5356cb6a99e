use super::*;
use crate::app::{Area, Panes};
use crate::input::Keymap;
use std::sync::Arc;

/// The next start on the same taxonomy.
fn again(desk: &Desk, text: &str) -> Model {
    let keymap = Arc::new(Keymap::load(None).unwrap());
    let mut model = Model::new(desk.model.snapshot.clone(), desk.model.settings.clone(), keymap, desk.model.now);
    restore(&mut model, text);
    model
}

#[test]
fn the_next_start_is_where_the_last_one_was() {
    let mut desk = Desk::new();
    let list = Area { x: 0, y: 2, width: 36, height: 20 };
    let panes = Panes { list, detail: Area { x: 36, width: 44, ..list }, ..Panes::default() };
    desk.send(Msg::Shown(Shown { panes, ..Shown::default() }));
    desk.press("z R z o t > > :");
    desk.type_text("crafts");
    desk.press("enter");
    desk.focus(fixture::optics());
    let model = again(&desk, &keep(&desk.model));
    assert_eq!(model.cursor(), Some(fixture::optics()));
    assert_eq!(
        (model.tree.filter, model.queue.order, model.split),
        (desk.model.tree.filter, desk.model.queue.order, Some(55))
    );
    assert_eq!((&model.tree.open, &model.recent), (&desk.model.tree.open, &desk.model.recent));
    assert_eq!(model.tree.rows, desk.model.tree.rows);
    assert_eq!(keep(&model), keep(&desk.model));
}

#[test]
fn facets_come_back_with_what_they_show() {
    let mut desk = Desk::new();
    desk.press("F");
    for text in ["kind subject", "finding any"] {
        desk.type_text(text);
        desk.press("enter ctrl-u");
    }
    desk.press("esc");
    let mut model = again(&desk, &keep(&desk.model));
    assert_eq!((&model.queue.facets, model.tree.filter), (&desk.model.queue.facets, desk.model.tree.filter));
    assert!(model.tree.rows.len() > 3, "what the checks find is looked for beside the loop");
    // And go again.
    update(&mut model, Msg::Key(crate::input::Key::parse("esc").unwrap()));
    assert!(model.queue.facets.is_empty());
}

#[test]
fn what_is_stale_or_damaged_does_no_harm() {
    let desk = Desk::new();
    let fresh = keep(&again(&desk, ""));
    let kept = keep(&desk.model);
    assert_eq!(fresh, kept);
    let gone = NodeId::derive(None, crate::taxonomy::Kind::Field, "Gone", 0).to_string();
    let stale = format!(
        r#"{{"form":1,"cursor":"{gone}","open":["{gone}"],"filter":"facets","order":"no such","facets":[{{"under":"{gone}"}}],"split":900,"recent":[{{"action":"no-such"}},{{"node":"{gone}"}}]}}"#
    );
    let model = again(&desk, &stale);
    assert_eq!(
        (model.cursor(), model.split),
        (desk.model.cursor(), Some(80)),
        "the first to decide, as without a memory"
    );
    assert!(model.queue.facets.is_empty() && model.recent.is_empty());
    for damaged in ["", "{", "null", "[1]", "\u{0}", r#"{"form":2}"#, r#"{"form":1,"open":7}"#, &kept[..kept.len() / 2]]
    {
        assert_eq!(keep(&again(&desk, damaged)), fresh, "{damaged}");
    }
}

#[test]
fn what_was_unfolded_before_the_facets_comes_back_when_they_go() {
    let mut desk = Desk::new();
    desk.press("z M t F");
    desk.type_text("kind subject");
    desk.press("enter esc");
    let mut model = again(&desk, &keep(&desk.model));
    assert_eq!(keep(&model), keep(&desk.model));
    model.toasts.clear();
    update(&mut model, Msg::Key(crate::input::Key::parse("esc").unwrap()));
    desk.model.toasts.clear();
    desk.press("esc");
    assert!(desk.model.queue.facets.is_empty());
    assert_eq!(
        (model.tree.filter, &model.tree.open, &model.tree.rows),
        (desk.model.tree.filter, &desk.model.tree.open, &desk.model.tree.rows)
    );
    assert_eq!(model.tree.filter, Filter::Pending);
}
