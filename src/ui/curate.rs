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

use super::{Drawn, View, card, facets, pane, tree};
use crate::app::{Pane, USUAL_SPLIT};

/// From this width on the panes stand side by side.
const SIDE_BY_SIDE: u16 = 72;
/// From this height on they stand above each other.
const STACKED: u16 = 16;

/// The two panes, side by side from a width on; one of them may have no room, or be left out on purpose.
pub(super) fn split(
    view: &View<'_>,
    body: Rect,
    focused: Pane,
    side_by_side: u16,
    drawn: &mut Drawn,
) -> (Option<Rect>, Option<Rect>) {
    let found = places(view, body, focused, side_by_side);
    let area = |rect: Option<Rect>| rect.map(pane::area).unwrap_or_default();
    (drawn.shown.panes.list, drawn.shown.panes.detail) = (area(found.0), area(found.1));
    found
}

fn places(view: &View<'_>, body: Rect, focused: Pane, side_by_side: u16) -> (Option<Rect>, Option<Rect>) {
    let alone = match focused {
        Pane::List => (Some(body), None),
        Pane::Detail => (None, Some(body)),
    };
    if view.model.is_zoomed {
        return alone;
    }
    if body.width >= side_by_side {
        let left = match view.model.split {
            None => ((u32::from(body.width) * u32::from(USUAL_SPLIT) / 100) as u16).clamp(32, 76),
            Some(share) => (u32::from(body.width) * u32::from(share) / 100) as u16,
        };
        let list = Rect { width: left, ..body };
        return (Some(list), Some(Rect { x: body.x + left, width: body.width - left, ..body }));
    }
    if body.height >= STACKED {
        let top = body.height / 2;
        let list = Rect { height: top, ..body };
        return (Some(list), Some(Rect { y: body.y + top, height: body.height - top, ..body }));
    }
    alone
}

pub(super) fn draw(view: &View<'_>, body: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let body = facets::line(view, body, buf);
    let (list, detail) = split(view, body, view.model.tree.pane, SIDE_BY_SIDE, drawn);
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
    places(view, facets::below_line(view, body), Pane::Detail, SIDE_BY_SIDE).1.unwrap_or(body)
}
