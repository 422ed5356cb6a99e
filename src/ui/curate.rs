//! The Curate screen: the tree and the card of the focused node.
//!
//! ```text
//! wide, from 72 columns            narrow               low and narrow
//! ┌ tree ───────┬ card ────┐      ┌ tree ──────┐        ┌ tree or card ┐
//! │             │          │      ├ card ──────┤        │  (Tab)       │
//! └─────────────┴──────────┘      └────────────┘        └──────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Drawn, View, card, facets, tree};
use crate::app::Pane;

/// From this width on the panes stand side by side.
const SIDE_BY_SIDE: u16 = 72;
/// From this height on they stand above each other.
const STACKED: u16 = 16;

/// The two panes, side by side from a width on; one of them may have no room.
pub(super) fn split(body: Rect, focused: Pane, side_by_side: u16) -> (Option<Rect>, Option<Rect>) {
    if body.width >= side_by_side {
        let left = (body.width * 45 / 100).clamp(32, 76);
        let list = Rect { width: left, ..body };
        return (Some(list), Some(Rect { x: body.x + left, width: body.width - left, ..body }));
    }
    if body.height >= STACKED {
        let top = body.height / 2;
        let list = Rect { height: top, ..body };
        return (Some(list), Some(Rect { y: body.y + top, height: body.height - top, ..body }));
    }
    match focused {
        Pane::List => (Some(body), None),
        Pane::Detail => (None, Some(body)),
    }
}

pub(super) fn draw(view: &View<'_>, body: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let body = facets::line(view, body, buf);
    let (list, detail) = split(body, view.model.tree.pane, SIDE_BY_SIDE);
    drawn.shown.list = view.model.shown.list.clone();
    drawn.shown.height = view.model.shown.height;
    if let Some(area) = list {
        tree::draw(view, area, buf, drawn);
    }
    if let Some(area) = detail {
        card::draw(view, area, buf, drawn);
    }
}

/// Where a form is drawn: in the place of the card, or over everything.
pub(super) fn form_area(view: &View<'_>, body: Rect) -> Rect {
    split(facets::below_line(view, body), Pane::List, SIDE_BY_SIDE).1.unwrap_or(body)
}
