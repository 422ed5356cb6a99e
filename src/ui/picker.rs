//! A list to choose from while typing.
//!
//! ```text
//! ┌ Place "Optics" under ────────────────┐
//! │ phys_                          3/126 │
//! │❯Physics          Natural sciences    │
//! │ Astrophysics     Natural sciences    │
//! └──────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Drawn, View, footer, pane, scroll, text};
use crate::app::{Field, Picker};
use crate::theme::Role;

pub(super) fn draw(view: &View<'_>, picker: &Picker, body: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let count = format!(" {}/{}", picker.matches.len(), picker.choices.len());
    let frame = Filtered { title: &picker.title, field: &picker.field, count: &count, rows: 18, columns: 80 };
    let Some(list) = frame.draw(view, body, buf, drawn) else { return };
    let height = usize::from(list.height);
    let top = scroll(picker.at.saturating_sub(height / 2), picker.at, height, picker.matches.len());
    (drawn.shown.panes.top, drawn.shown.panes.top_first) = (pane::area(list), top);
    let window = picker.matches.iter().enumerate().skip(top);
    for ((at, choice), y) in window.zip(list.y..list.bottom()) {
        let choice = &picker.choices[*choice];
        let room = usize::from(list.width).saturating_sub(2);
        let name = text::fit(&choice.name, room, view.glyphs.ellipsis);
        let path = text::fit(&choice.path, room.saturating_sub(text::width(&name) + 2), view.glyphs.ellipsis);
        let cursor = if at == picker.at { view.glyphs.cursor } else { " " };
        let spans = vec![
            Span::styled(cursor, view.style(Role::Title)),
            Span::styled(format!("{name}  "), view.style(Role::Text)),
            Span::styled(path, view.style(Role::Dim)),
        ];
        buf.set_line(list.x, y, &Line::from(spans), list.width);
        if at == picker.at {
            buf.set_style(Rect { y, height: 1, ..list }, view.style(Role::Selection));
        }
    }
    if picker.matches.is_empty() {
        nothing(view, list, buf);
    }
}

/// The window of a list that is filtered while typing: the line that is typed, and a count beside it.
pub(super) struct Filtered<'a> {
    pub title: &'a str,
    pub field: &'a Field,
    pub count: &'a str,
    /// Rows between the borders, at most.
    pub rows: u16,
    /// Columns with the borders, at most.
    pub columns: u16,
}

impl Filtered<'_> {
    /// Draws the window; returns the place for the list, `None` where there is room for nothing.
    pub fn draw(&self, view: &View<'_>, body: Rect, buf: &mut Buffer, drawn: &mut Drawn) -> Option<Rect> {
        let area = pane::centred(body, self.columns, self.rows + 2);
        let inner = pane::over(view, area, buf, self.title);
        if inner.height == 0 {
            return None;
        }
        let taken = (text::width(self.count) as u16).min(inner.width);
        buf.set_stringn(inner.right() - taken, inner.y, self.count, usize::from(taken), view.style(Role::Dim));
        let line = Rect { width: inner.width - taken, height: 1, ..inner };
        drawn.cursor = Some(footer::field(view, self.field, line, buf));
        Some(Rect { y: inner.y + 1, height: inner.height - 1, ..inner })
    }
}

/// A row of a list of things that are on or off, each in a group and with a number.
pub(super) struct Offered<'a> {
    pub is_focused: bool,
    pub is_on: bool,
    /// As wide as the column of groups.
    pub group: &'a str,
    pub label: Vec<Span<'a>>,
    pub number: &'a str,
}

impl Offered<'_> {
    pub fn draw(self, view: &View<'_>, row: Rect, buf: &mut Buffer) {
        let mut spans = vec![
            Span::styled(if self.is_focused { view.glyphs.cursor } else { " " }, view.style(Role::Title)),
            Span::styled(if self.is_on { view.glyphs.ok } else { " " }, view.style(Role::Ok)),
            Span::styled(format!(" {} ", self.group), view.style(Role::Dim)),
        ];
        spans.extend(self.label);
        buf.set_line(row.x, row.y, &Line::from(spans), row.width);
        let x = row.right().saturating_sub(text::width(self.number) as u16 + 1);
        buf.set_string(x, row.y, self.number, view.style(Role::Dim));
        if self.is_focused {
            buf.set_style(row, view.style(Role::Selection));
        }
    }
}

/// Says in the place of a list that it is empty.
pub(super) fn nothing(view: &View<'_>, list: Rect, buf: &mut Buffer) {
    if list.height > 0 {
        buf.set_stringn(list.x, list.y, "Nothing matches.", usize::from(list.width), view.style(Role::Dim));
    }
}
