//! The History screen: decisions newest first, and the focused one in full.
//!
//! ```text
//! ┌ History · all · 214 ────────────────────────┬ Decision ──────────────┐
//! │❯  2 min ago  ana  accepted "Optics"         │ accepted "Optics"      │
//! │ ⊘ 3 min ago  ana  rejected "Misc" as vague  │ by ana, 2026-11-21 …   │
//! └─────────────────────────────────────────────┴────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::pane::{self, Text};
use super::{Drawn, View, curate, scroll, text};
use crate::app::{Pane, words};
use crate::input::Action;
use crate::taxonomy::{Change, Event, describe};
use crate::theme::Role;

/// From this width on the panes stand side by side.
const SIDE_BY_SIDE: u16 = 110;
/// So many of the nodes of one decision are listed.
const LISTED: usize = 100;

pub(super) fn draw(view: &View<'_>, body: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let screen = &view.model.history;
    let (list_area, detail_area) = curate::split(view, body, screen.pane, SIDE_BY_SIDE, drawn);
    drawn.shown.list = view.model.shown.list.clone();
    drawn.shown.height = view.model.shown.height;
    if let Some(area) = list_area {
        list(view, area, buf, drawn);
    }
    if let Some(area) = detail_area {
        detail(view, area, buf, drawn);
    }
}

fn list(view: &View<'_>, area: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let model = view.model;
    let screen = &model.history;
    let is_focused = screen.pane == Pane::List;
    let title = format!("History · {} · {}", screen.shows.title(), screen.rows.len());
    let inner = pane::frame(view, area, buf, &title, is_focused);
    let height = usize::from(inner.height);
    let top = scroll(model.shown.list.start, screen.at, height, screen.rows.len());
    drawn.shown.list = top..screen.rows.len().min(top + height);
    drawn.shown.height = height;
    if screen.rows.is_empty() {
        let mut empty = Text::new(view, inner.width);
        empty.add(Role::Dim, "Nothing has been decided yet. Every decision is listed here and can be taken back.");
        pane::lines(&empty.lines, 0, inner, buf);
        return;
    }
    let events = model.snapshot.record.events();
    for ((at, row), y) in screen.rows.iter().enumerate().skip(top).zip(inner.y..inner.bottom()) {
        let Some(event) = events.get(*row) else { continue };
        let area = Rect { y, height: 1, ..inner };
        buf.set_line(area.x, y, &event_line(view, event, at == screen.at, area.width), area.width);
        if at == screen.at {
            let role = if is_focused { Role::Selection } else { Role::SelectionInactive };
            buf.set_style(area, view.style(role));
        }
    }
}

fn event_line(view: &View<'_>, event: &Event, is_here: bool, width: u16) -> Line<'static> {
    let model = view.model;
    let undone = model.snapshot.record.is_undone(event.id);
    let cursor = if is_here { view.glyphs.cursor } else { " " };
    let sign = if undone { view.glyphs.deprecated } else { " " };
    let when = words::ago(model.now, event.id.milliseconds());
    let who = text::fit(&crate::taxonomy::text::reveal_line(&event.by), 10, view.glyphs.ellipsis);
    let what = describe::event_for(&model.snapshot, event, &model.settings.curator);
    let what = if undone { format!("{what} (undone)") } else { what };
    let room = usize::from(width).saturating_sub(3 + 13 + 11);
    let what = text::fit(&what, room, view.glyphs.ellipsis);
    let role = match (&event.change, undone) {
        (_, true) => Role::TreeDeprecated,
        _ if what.starts_with("voted on") => Role::Text,
        (Change::Accept { .. }, _) => Role::TreeAccepted,
        (Change::Reject { .. }, _) => Role::TreeRejected,
        (Change::Defer { .. }, _) => Role::TreeDeferred,
        (Change::Flag { .. }, _) => Role::Flag,
        _ => Role::Text,
    };
    let pad = |text: &str, columns: usize| format!("{text}{}", " ".repeat(columns.saturating_sub(text::width(text))));
    let mut spans = vec![
        Span::styled(cursor, view.style(Role::Title)),
        Span::styled(format!("{sign} "), view.style(Role::TreeDeprecated)),
        Span::styled(pad(&when, 13), view.style(Role::Dim)),
        Span::styled(pad(&who, 11), view.style(Role::Kind)),
    ];
    spans.extend(text::spans(&what, view.style(role), view.style(Role::Revealed)));
    Line::from(spans)
}

fn detail(view: &View<'_>, area: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let model = view.model;
    let screen = &model.history;
    let inner = pane::frame(view, area, buf, "Decision", screen.pane == Pane::Detail);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let mut content = Text::new(view, inner.width);
    if let Some(event) = screen.focused(&model.snapshot) {
        about(view, event, &mut content);
    }
    drawn.shown.detail_overflow = pane::lines(&content.lines, screen.scroll, inner, buf);
    pane::position(view, area, buf, screen.scroll, drawn.shown.detail_overflow);
}

fn about(view: &View<'_>, event: &Event, content: &mut Text<'_>) {
    let model = view.model;
    let snapshot = &model.snapshot;
    content.add(Role::Title, &describe::event_for(snapshot, event, &view.model.settings.curator));
    let (by, at) = (crate::taxonomy::text::reveal_line(&event.by), crate::taxonomy::text::reveal_line(&event.at));
    content.add(Role::Dim, &format!("by {by}, {at}, {}", words::ago(model.now, event.id.milliseconds())));
    content.add(Role::Dim, &event.id.to_string());
    if snapshot.record.is_undone(event.id) {
        content.add(Role::Warning, &format!("It is undone; {} brings it back.", model.key(Action::Redo)));
    } else if !matches!(event.change, Change::Undo { .. } | Change::Redo { .. }) {
        content.add(Role::Text, &format!("{} takes it back and keeps the later ones.", model.key(Action::UndoThis)));
    }
    let (nodes, count) = words::some_nodes_of(snapshot, &event.change, LISTED);
    if !nodes.is_empty() {
        content.heading("About");
    }
    for node in &nodes {
        let names: Vec<String> = snapshot.names(*node).iter().map(|name| name.line().into_owned()).collect();
        let path = names.join(&format!(" {} ", view.glyphs.path));
        let (sign, style) = match crate::app::state_of(snapshot, *node) {
            Some(state) => view.state(state),
            None => (view.glyphs.deprecated, view.style(Role::Dim)),
        };
        content.item((sign, style), Role::Text, &path);
    }
    if count > nodes.len() {
        content.add(Role::Dim, &format!("and {} more", words::grouped((count - nodes.len()) as u64)));
    }
    changes(view, event, content);
}

/// Before and after, where the event changed a text.
fn changes(view: &View<'_>, event: &Event, content: &mut Text<'_>) {
    let deltas = crate::taxonomy::evidence::deltas(&view.model.snapshot, event, None, &view.model.settings.curator);
    if deltas.is_empty() {
        return;
    }
    content.heading("Changed");
    for delta in deltas {
        let cut = |text: &str| format!("{}: {}", delta.what, text::fit(text, 2_000, view.glyphs.ellipsis));
        if !delta.before.is_empty() {
            content.item(("-", view.style(Role::DiffRemoved)), Role::DiffRemoved, &cut(&delta.before));
        }
        if !delta.after.is_empty() {
            content.item(("+", view.style(Role::DiffAdded)), Role::DiffAdded, &cut(&delta.after));
        }
    }
}
