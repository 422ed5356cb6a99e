//! The list of facets and orders, and the line above the tree that says what is on.
//!
//! ```text
//! ┌ Facets and order ────────────────────┐
//! │ vague_                         14 on │
//! │❯✓ finding  vague-name             12 │
//! │   reason   vague                   3 │
//! └──────────────────────────────────────┘
//!  risk order · subject · finding: vague-name              12 pending, 2 later of 214
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::picker::{self, Filtered, Offered};
use super::{Drawn, View, scroll, text};
use crate::app::{self, FacetPicker, words};
use crate::taxonomy::queue::Facet;
use crate::theme::Role;

/// Columns for the name of a facet.
const GROUP: usize = 8;

pub(super) fn draw(view: &View<'_>, list: &FacetPicker, body: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let says = view.model.counting.says();
    let wanted = list.wanted.map(|wanted| match view.model.queue.facets.is_empty() {
        true => format!("{} to decide", words::grouped(wanted as u64)),
        false => format!("{wanted} shown"),
    });
    let count = format!(" {}", wanted.into_iter().chain(says).collect::<Vec<_>>().join(" · "));
    let frame = Filtered { title: "Facets and order", field: &list.field, count: &count, rows: 24, columns: 80 };
    let Some(rows) = frame.draw(view, body, buf, drawn) else { return };
    let height = usize::from(rows.height);
    let top = scroll(list.at.saturating_sub(height / 2), list.at, height, list.matches.len());
    (drawn.shown.panes.top, drawn.shown.panes.top_first) = (super::pane::area(rows), top);
    let mut before = "";
    for ((at, offer), y) in list.matches.iter().enumerate().skip(top).zip(rows.y..rows.bottom()) {
        let offer = &list.offers[*offer];
        let mut number = offer.count.map(|count| words::grouped(count as u64)).unwrap_or_default();
        if view.model.counting.looking.is_some() && offer.group == Facet::Finding.name() {
            number.push_str(view.glyphs.ellipsis);
        }
        let room = usize::from(rows.width).saturating_sub(GROUP + 6 + text::width(&number));
        let label = text::fit(&offer.label, room, view.glyphs.ellipsis);
        let group = if offer.group == before { "" } else { offer.group };
        before = offer.group;
        let role = if offer.is_on { Role::Title } else { Role::Text };
        let offered = Offered {
            is_focused: at == list.at,
            is_on: offer.is_on,
            group: &format!("{group:<GROUP$}"),
            label: vec![Span::styled(label, view.style(role))],
            number: &number,
        };
        offered.draw(view, Rect { y, height: 1, ..rows }, buf);
    }
    if list.matches.is_empty() {
        picker::nothing(view, rows, buf);
    }
}

/// What the line about facets and order leaves of `area`.
pub(super) fn below_line(view: &View<'_>, area: Rect) -> Rect {
    let lines = u16::from(area.height >= 8 && !app::chips(view.model).is_empty());
    Rect { y: area.y + lines, height: area.height - lines, ..area }
}

/// Draws what is on at the top of `area`, if anything is; returns the rest of it.
pub(super) fn line(view: &View<'_>, area: Rect, buf: &mut Buffer) -> Rect {
    let rest = below_line(view, area);
    if rest == area {
        return area;
    }
    let chips = app::chips(view.model);
    let counts = counts(view);
    let taken = (text::width(&counts) as u16 + 2).min(area.width);
    let mut room = usize::from(area.width - taken);
    let mut spans = vec![Span::raw(" ")];
    for (at, chip) in chips.iter().enumerate() {
        let left = chips.len() - at;
        let sign = if at == 0 { "" } else { " · " };
        // What does not fit is counted.
        let more = if left > 1 { 5 } else { 0 };
        if text::width(chip) + text::width(sign) + more > room && at > 0 {
            spans.push(Span::styled(format!("{sign}+{left}"), view.style(Role::Dim)));
            break;
        }
        let chip = text::fit(chip, room.saturating_sub(2), view.glyphs.ellipsis);
        room = room.saturating_sub(text::width(&chip) + text::width(sign));
        spans.push(Span::styled(sign, view.style(Role::Dim)));
        spans.extend(text::spans(&chip, view.style(Role::Match), view.style(Role::Revealed)));
    }
    buf.set_line(area.x, area.y, &Line::from(spans), area.width - taken);
    buf.set_string(area.right().saturating_sub(taken) + 1, area.y, &counts, view.style(Role::Dim));
    rest
}

/// How many there are of those that the facets show.
fn counts(view: &View<'_>) -> String {
    let digest = &view.model.digest;
    if view.model.queue.facets.is_empty() {
        return String::new();
    }
    let shown = digest.picked.below(None);
    let mut parts = vec![format!("{} pending", words::grouped(shown.pending.into()))];
    if shown.deferred > 0 {
        parts.push(format!("{} deferred", shown.deferred));
    }
    if shown.flagged > 0 {
        parts.push(format!("{} flagged", shown.flagged));
    }
    if shown.decided() > 0 {
        parts.push(format!("{} decided", words::grouped(shown.decided().into())));
    }
    parts.join(", ")
}
