//! The tree: rows of the model, painted by tui-tree-widget.
//!
//! ```text
//! ┌ Taxonomy · pending · 2 marked ─────┐
//! │❯▪▾ ✓ Natural sciences           12◌│   cursor, mark, fold, state, name, pending below
//! │    ▾ ✓ Physics                   3◌│
//! │      ◌ Optics                    ⚑ │
//! └────────────────────────────────────┘
//! ```
//!
//! The widget gets only the rows in view and what is above the first of them, so that a frame
//! costs the same at any size of the taxonomy. Unfolding, focus and scrolling are the model's.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::StatefulWidget as _;
use tui_tree_widget::{Tree, TreeItem, TreeState};

use super::{Drawn, View, has_form, pane, scroll, text};
use crate::app::{Pane, Row, RowState, rows_above};
use crate::taxonomy::{NodeId, Seen};
use crate::theme::Role;

/// Columns for the cursor and the mark.
const GUTTER: u16 = 2;

pub(super) fn draw(view: &View<'_>, area: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let model = view.model;
    let is_focused = model.tree.pane == Pane::List && !has_form(model);
    let inner = pane::frame(view, area, buf, &title(view), is_focused);
    let rows = &model.tree.rows;
    let height = usize::from(inner.height);
    let top = scroll(model.shown.list.start, model.tree.at, height, rows.len());
    let bottom = rows.len().min(top + height);
    drawn.shown.list = top..bottom;
    drawn.shown.height = height;
    if inner.width <= GUTTER || inner.height == 0 {
        return;
    }
    let body = Rect { x: inner.x + GUTTER, width: inner.width - GUTTER, ..inner };
    let badge = |row: &Row| row.node.map(|node| badge(view, node, row, inner.width)).unwrap_or_default();
    let badges: Vec<String> = rows[top..bottom].iter().map(badge).collect();
    paint_rows(view, rows, top..bottom, &badges, body, buf);
    let range = model.tree.range();
    for ((at, badge), y) in (top..bottom).zip(badges).zip(inner.y..) {
        let in_range = range.as_ref().is_some_and(|range| range.contains(&at));
        decorate(view, at, (in_range, &badge), Rect { y, height: 1, ..inner }, is_focused, buf);
    }
}

fn title(view: &View<'_>) -> String {
    let tree = &view.model.tree;
    let mut title = format!("Taxonomy · {}", tree.filter.title());
    if !tree.marks.is_empty() {
        title.push_str(&format!(" · {} marked", tree.marks.len()));
    }
    if tree.range_from.is_some() {
        title.push_str(" · range");
    }
    title
}

/// A number that no other has, the row, and how wide what stands at its right end is.
type Listed = (usize, Row, usize);

/// Hands the window to the widget. Above its first row stand the rows it hangs under, so that the
/// widget indents it; selecting the last row makes the widget scroll past them.
fn paint_rows(
    view: &View<'_>,
    rows: &[Row],
    window: std::ops::Range<usize>,
    badges: &[String],
    area: Rect,
    buf: &mut Buffer,
) {
    let mut listed: Vec<Listed> = above(view, rows.get(window.start));
    listed.extend(window.zip(badges).map(|(at, badge)| (at, rows[at], text::width(badge))));
    let mut state = TreeState::default();
    let mut path: Vec<usize> = Vec::new();
    for (at, row, _) in &listed {
        path.truncate(usize::from(row.depth));
        path.push(*at);
        state.open(path.clone());
    }
    state.select(path);
    let mut rest = listed.as_slice();
    let items = items(view, &mut rest, 0, area.width);
    let Ok(tree) = Tree::new(&items) else { return };
    let tree = tree.node_closed_symbol("").node_open_symbol("").node_no_children_symbol("");
    tree.render(area, buf, &mut state);
}

/// The rows that the first one in view hangs under, from the top down, each by a number that no row has. They are
/// scrolled past, so what they say plays no role; they are not looked for among all rows.
fn above(view: &View<'_>, first: Option<&Row>) -> Vec<Listed> {
    let Some(Row { node: Some(node), depth, .. }) = first else { return Vec::new() };
    let nodes = rows_above(&view.model.snapshot, *node);
    let nodes = (0..*depth).map(|at| nodes.get(usize::from(at)).copied());
    let row = |depth: u16, node| Row { node, depth, state: RowState::Accepted, has_children: true, is_open: true };
    nodes.zip(0..).map(|(node, depth)| (usize::MAX - usize::from(depth), row(depth, node), 0)).collect()
}

/// The widget's items for the rows at `depth` that come first in `rest`.
fn items<'a>(view: &View<'_>, rest: &mut &[Listed], depth: u16, width: u16) -> Vec<TreeItem<'a, usize>> {
    let mut items = Vec::new();
    while let Some(((at, row, badge), later)) = rest.split_first()
        && row.depth == depth
    {
        *rest = later;
        let label = label(view, row, *badge, width.saturating_sub(2 * depth));
        let children = self::items(view, rest, depth + 1, width);
        let item = if children.is_empty() { None } else { TreeItem::new(*at, label.clone(), children).ok() };
        items.push(item.unwrap_or_else(|| TreeItem::new_leaf(*at, label)));
    }
    items
}

fn label(view: &View<'_>, row: &Row, badge: usize, width: u16) -> Text<'static> {
    let model = view.model;
    let Some(node) = row.node else {
        let title = text::fit(&model.snapshot.manifest.title.line(), usize::from(width), view.glyphs.ellipsis);
        let spans = text::spans(&title, view.style(Role::Title), view.style(Role::Revealed));
        return Text::from(Line::from(spans));
    };
    let fold = match (row.has_children, row.is_open) {
        (false, _) => view.glyphs.leaf,
        (true, true) => view.glyphs.unfolded,
        (true, false) => view.glyphs.folded,
    };
    let (sign, style) = view.state(row.state);
    let room = usize::from(width).saturating_sub(4 + badge + usize::from(badge > 0));
    let name = model.snapshot.name(node);
    let shown = text::fit(&name.line(), room, view.glyphs.ellipsis);
    let name_style = match row.state {
        RowState::Accepted => view.style(Role::Text),
        _ => style,
    };
    let name_style = if model.search.is_hit(name.raw()) { view.style(Role::Match) } else { name_style };
    let mut spans =
        vec![Span::styled(format!("{fold} "), view.style(Role::Dim)), Span::styled(format!("{sign} "), style)];
    spans.extend(text::spans(&shown, name_style, view.style(Role::Revealed)));
    Text::from(Line::from(spans))
}

/// What stands at the right end of a row: pending below, its flag, its syllabus.
fn badge(view: &View<'_>, node: NodeId, row: &Row, width: u16) -> String {
    let model = view.model;
    let mut parts = Vec::new();
    if let Some(proposal) = model.proposal_of(node).filter(|_| row.state.is_open()) {
        let Seen { times, of } = model.snapshot.seen(proposal);
        if of > 1 {
            parts.push(format!("{times}/{of}"));
        }
        if proposal.flag.is_some() {
            parts.push(view.glyphs.flagged.to_owned());
        }
    }
    if let Some(count) = model.proposal_of(node).and_then(|proposal| model.snapshot.count(proposal)) {
        parts.push(format!("{}/{} votes", count.votes, count.quorum));
    }
    if let Some(accepted) = model.snapshot.tree.node(node) {
        match (&accepted.syllabus, model.digest.has_open_syllabus(node)) {
            (_, true) => parts.push(format!("syllabus {}", view.glyphs.pending)),
            (Some(syllabus), false) => {
                let sessions = format!("{} sessions", syllabus.sessions.len());
                // The name says more.
                let taken = GUTTER + 2 * row.depth + 5;
                let room = usize::from(width.saturating_sub(taken));
                let name = text::width(&model.snapshot.name(node).line());
                parts.extend(Some(sessions).filter(|sessions| name + sessions.len() <= room));
            }
            (None, false) => {
                let below = model.digest.pending_below(Some(node));
                let gap = if below > 0 { " " } else { "" };
                parts.extend(super::progress::badge(view, node).map(|progress| progress + gap));
                if below > 0 {
                    parts.push(format!("{below} {}", view.glyphs.pending));
                }
            }
        }
    }
    parts.join(" ")
}

/// Cursor, mark, badge and the colour of the whole row.
fn decorate(
    view: &View<'_>,
    at: usize,
    (in_range, badge): (bool, &str),
    area: Rect,
    is_focused: bool,
    buf: &mut Buffer,
) {
    let tree = &view.model.tree;
    let row = &tree.rows[at];
    let is_marked = row.node.is_some_and(|node| tree.marks.contains(&node));
    if is_marked || (in_range && row.node.is_some()) {
        buf.set_string(area.x + 1, area.y, view.glyphs.marked, view.style(Role::Mark));
    }
    if let Some(node) = row.node {
        let columns = text::width(badge) as u16;
        let indent = GUTTER + 2 * row.depth + 4;
        if columns > 0 && columns + indent < area.width {
            let style = badge_style(view, node);
            buf.set_string(area.right() - columns, area.y, badge, style);
        }
    }
    if at == tree.at {
        buf.set_string(area.x, area.y, view.glyphs.cursor, view.style(Role::Title));
        let role = if is_focused { Role::Selection } else { Role::SelectionInactive };
        buf.set_style(area, view.style(role));
    }
}

fn badge_style(view: &View<'_>, node: NodeId) -> Style {
    let model = view.model;
    let is_flagged = model.proposal_of(node).is_some_and(|proposal| proposal.flag.is_some());
    let pending = model.digest.pending_below(Some(node)) > 0;
    view.style(match (is_flagged, pending) {
        (true, _) => Role::Flag,
        (_, true) => Role::TreePending,
        _ => Role::Dim,
    })
}
