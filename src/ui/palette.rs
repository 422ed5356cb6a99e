//! The palette: actions with their keys and nodes with their places, in one list.
//!
//! ```text
//! ┌ Everything by name ──────────────────────────┐
//! │ opt_                           2 of 141 nodes│
//! │❯✓ Optics  Natural Sciences > Physics  subject│
//! │   Unfold everything                       z R│
//! │──────────────────────────────────────────────│
//! │ Goes to it in the tree.                      │
//! └──────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::picker::{self, Filtered};
use super::{Drawn, View, pane, scroll, text};
use crate::app::{self, Hit, Offered, Palette, words};
use crate::theme::Role;

/// Lines below the list that say what the focused row does.
const ABOUT: u16 = 2;

pub(super) fn draw(view: &View<'_>, palette: &Palette, body: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let count = count(view, palette);
    let (rows, columns) = (body.height.saturating_sub(4).clamp(12, 30), 100);
    let frame = Filtered { title: "Everything by name", field: &palette.field, count: &count, rows, columns };
    let Some(inner) = frame.draw(view, body, buf, drawn) else { return };
    let about = if inner.height > 2 * ABOUT { ABOUT } else { 0 };
    let list = Rect { height: inner.height - about, ..inner };
    let height = usize::from(list.height);
    let top = scroll(palette.at.saturating_sub(height / 2), palette.at, height, palette.hits.len());
    (drawn.shown.panes.top, drawn.shown.panes.top_first) = (pane::area(list), top);
    for ((at, hit), y) in palette.hits.iter().enumerate().skip(top).zip(list.y..list.bottom()) {
        let row = Rect { y, height: 1, ..list };
        let is_recent = at < palette.recent;
        match hit {
            Hit::Action(of) => {
                let Some(offered) = palette.offered.get(*of) else { continue };
                action(view, offered, is_recent, row, buf);
            }
            Hit::Node(node) => self::node(view, *node, is_recent, row, buf),
        }
        if at == palette.at {
            buf.set_string(row.x, y, view.glyphs.cursor, view.style(Role::Title));
            buf.set_style(row, view.style(Role::Selection));
        }
    }
    if palette.hits.is_empty() {
        picker::nothing(view, list, buf);
        return;
    }
    if about > 0 {
        let says = says(palette);
        let lines = text::wrap(&says, usize::from(inner.width));
        let style = view.style(Role::Dim);
        let lines: Vec<Line<'_>> = lines.into_iter().map(|line| Line::styled(line, style)).collect();
        pane::lines(&lines, 0, Rect { y: list.bottom(), height: about, ..inner }, buf);
    }
}

fn count(view: &View<'_>, palette: &Palette) -> String {
    if view.model.lacks_names() {
        return format!(" reading names{}", view.glyphs.ellipsis);
    }
    match palette.nodes {
        _ if palette.field.is_blank() => " type a name, a key or what to do".to_owned(),
        nodes => format!(" {}", words::count(nodes, "node", "nodes")),
    }
}

/// What choosing the focused row would do.
fn says(palette: &Palette) -> String {
    match palette.hits.get(palette.at) {
        Some(Hit::Action(at)) => palette.offered.get(*at).map_or_else(String::new, |offered| {
            let help = offered.action.info().help;
            match &offered.why_not {
                Some(why) => format!("Not now: {why} {help}"),
                None => help.to_owned(),
            }
        }),
        Some(Hit::Node(_)) => "Goes to it in the tree.".to_owned(),
        None => String::new(),
    }
}

fn action(view: &View<'_>, offered: &Offered, is_recent: bool, row: Rect, buf: &mut Buffer) {
    let (key, label) = match offered.why_not {
        None => (Role::Key, Role::Text),
        Some(_) => (Role::KeyDisabled, Role::KeyDisabled),
    };
    let keys = Span::styled(format!("{} ", offered.keys), view.style(key));
    let taken = (text::width(&offered.keys) + 2) as u16;
    buf.set_line(row.right().saturating_sub(taken - 1), row.y, &Line::from(keys), taken);
    let room = usize::from(row.width.saturating_sub(taken + 3));
    let title = text::fit(&offered.title, room, view.glyphs.ellipsis);
    let left = room.saturating_sub(text::width(&title) + 2);
    let mut spans = vec![Span::raw("   ")];
    spans.extend(text::spans(&title, view.style(label), view.style(Role::Revealed)));
    let aside = match &offered.why_not {
        Some(why) => Some(why.as_str()),
        None => is_recent.then_some("lately"),
    };
    if let Some(aside) = aside.filter(|_| left > 5) {
        let aside = text::fit(aside, left, view.glyphs.ellipsis);
        spans.push(Span::styled(format!("  {aside}"), view.style(Role::Dim)));
    }
    buf.set_line(row.x, row.y, &Line::from(spans), row.width.saturating_sub(taken));
}

fn node(view: &View<'_>, node: crate::taxonomy::NodeId, is_recent: bool, row: Rect, buf: &mut Buffer) {
    let (name, path) = app::place_of(view.model, node);
    let (sign, look) = match app::state_at(view.model, node) {
        Some(state) => view.state(state),
        None => (" ", view.style(Role::Dim)),
    };
    let kind = if is_recent { format!("lately  {}", node.kind()) } else { node.kind().to_string() };
    let taken = (text::width(&kind) + 2) as u16;
    buf.set_string(row.right().saturating_sub(taken - 1), row.y, &kind, view.style(Role::Kind));
    let room = usize::from(row.width.saturating_sub(taken + 3));
    let name = text::fit(&name, room, view.glyphs.ellipsis);
    let path = text::fit(&path, room.saturating_sub(text::width(&name) + 2), view.glyphs.ellipsis);
    let mut spans = vec![Span::raw(" "), Span::styled(format!("{sign} "), look)];
    spans.extend(text::spans(&name, view.style(Role::Text), view.style(Role::Revealed)));
    spans.push(Span::raw("  "));
    spans.extend(text::spans(&path, view.style(Role::Dim), view.style(Role::Revealed)));
    buf.set_line(row.x, row.y, &Line::from(spans), row.width.saturating_sub(taken));
}

#[cfg(test)]
mod tests {
    use super::super::tests::screen;
    use crate::app::fixture::{Desk, acoustics};

    fn typed(text: &str) -> Desk {
        let mut desk = Desk::new();
        desk.press(":");
        desk.type_text("crafts");
        desk.press("enter");
        desk.focus(acoustics());
        desk.press(":");
        desk.type_text(text);
        desk
    }

    #[test]
    fn the_palette_on_small_and_large_screens() {
        for (name, text) in [("lately", ""), ("actions_and_nodes", "op"), ("why_not", "accept"), ("nothing", "zzqx")] {
            insta::assert_snapshot!(format!("palette_{name}_80x24"), screen(&mut typed(text), 80, 24));
        }
        insta::assert_snapshot!("palette_actions_and_nodes_120x40", screen(&mut typed("op"), 120, 40));
    }

    #[test]
    fn messages_are_kept() {
        let mut desk = Desk::new();
        desk.press("t t t");
        desk.focus(acoustics());
        desk.press("a a esc g m");
        insta::assert_snapshot!("messages_80x24", screen(&mut desk, 80, 24));
    }
}
