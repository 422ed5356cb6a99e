//! The form that edits a node in the place of its card.
//!
//! ```text
//! ┌ Edit ────────────────────────┐
//! │ Name                         │
//! │ Optics_                      │
//! │ Level                        │
//! │ 200                          │
//! └──────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use unicode_segmentation::UnicodeSegmentation as _;

use super::{Drawn, View, curate, pane, text};
use crate::app::{Field, Form};
use crate::input::{Action, Context};
use crate::taxonomy::text::reveal_line;
use crate::theme::Role;

/// The most lines that one text gets.
const MOST: usize = 4;

pub(super) fn draw(view: &View<'_>, form: &Form, body: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let area = curate::form_area(view, body);
    let is_proposal = view.model.proposal_of(form.node).is_some();
    let title = if is_proposal { "Edit, then accept" } else { "Edit" };
    let inner = pane::over(view, area, buf, title);
    let room = usize::from(inner.height);
    let laid_out: Vec<Laid> = form.lines.iter().map(|(_, field, _)| lay_out(field, inner.width)).collect();
    let all: usize = laid_out.iter().map(|laid| 1 + laid.lines.len().min(MOST)).sum();
    // Where there is no room for all of it every text gets one line, the focused one among them.
    let most = if all <= room { MOST } else { 1 };
    let first = if all <= room { 0 } else { (form.at + 1).saturating_sub((room / 2).max(1)) };
    let mut y = inner.y;
    for (at, (part, ..)) in form.lines.iter().enumerate().skip(first) {
        let laid = &laid_out[at];
        let is_focused = at == form.at;
        let role = if is_focused { Role::Title } else { Role::Kind };
        if y + 1 >= inner.bottom() {
            break;
        }
        buf.set_stringn(inner.x, y, part.title(), usize::from(inner.width), view.style(role));
        let text = Rect { y: y + 1, height: laid.lines.len().min(most) as u16, ..inner }.intersection(inner);
        let cursor = show(view, laid, is_focused, text, buf);
        if is_focused {
            drawn.cursor = Some(cursor);
        }
        y = text.bottom();
    }
    hint(view, is_proposal, Rect { y, height: inner.bottom().saturating_sub(y), ..inner }, buf);
}

fn hint(view: &View<'_>, is_proposal: bool, area: Rect, buf: &mut Buffer) {
    let does = if is_proposal { "accepts it like this" } else { "saves" };
    let key = |action| view.key_in(Context::Text, action);
    let (next, done, cancel) = (key(Action::NextField), key(Action::Submit), key(Action::Cancel));
    let hint = format!("{next} next line, {done} {does}, {cancel} leaves it as it was. Between subtopics stands ;");
    let lines = text::wrap(&hint, usize::from(area.width));
    for (line, y) in lines.iter().zip(area.y + 1..area.bottom()) {
        buf.set_stringn(area.x, y, line, usize::from(area.width), view.style(Role::Dim));
    }
}

/// A text broken at the width, and where its cursor is: line, column.
struct Laid {
    lines: Vec<String>,
    cursor: (usize, usize),
}

/// Breaks between words where that is possible. One column stays free, so that the cursor has a place after the text.
fn lay_out(field: &Field, width: u16) -> Laid {
    let width = usize::from(width).max(2);
    let (left, right) = field.halves();
    let (left, right) = (reveal_line(left), reveal_line(right));
    let all: Vec<&str> = left.graphemes(true).chain(right.graphemes(true)).collect();
    let cursor = left.graphemes(true).count();
    let (mut laid, mut start) = (Laid { lines: Vec::new(), cursor: (0, 0) }, 0);
    loop {
        let (mut end, mut used) = (start, 0);
        while end < all.len() && (end == start || used + text::width(all[end]) < width) {
            used += text::width(all[end]);
            end += 1;
        }
        if end < all.len() {
            let blank = all[start..end].iter().rposition(|grapheme| grapheme.trim().is_empty());
            end = blank.map_or(end, |blank| start + blank + 1);
        }
        if (start..end).contains(&cursor) || (cursor == end && end == all.len()) {
            let column = all[start..cursor].iter().map(|grapheme| text::width(grapheme)).sum();
            laid.cursor = (laid.lines.len(), column);
        }
        laid.lines.push(all[start..end].concat());
        start = end;
        if start >= all.len() {
            return laid;
        }
    }
}

/// Draws as many lines as there is room for, the cursor's among them; returns where it is.
fn show(view: &View<'_>, laid: &Laid, is_focused: bool, area: Rect, buf: &mut Buffer) -> Position {
    let (line, column) = laid.cursor;
    let first = if is_focused { (line + 1).saturating_sub(usize::from(area.height)) } else { 0 };
    let style = view.style(if is_focused { Role::Input } else { Role::Text });
    if is_focused {
        buf.set_style(area, style);
    }
    for (shown, y) in laid.lines.iter().skip(first).zip(area.y..area.bottom()) {
        let spans = text::spans(shown, style, view.style(Role::Revealed));
        buf.set_line(area.x, y, &Line::from(spans), area.width);
    }
    Position::new(area.x + (column as u16).min(area.width.saturating_sub(1)), area.y + (line - first) as u16)
}
