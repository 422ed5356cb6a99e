//! Figures about the deciding, as tables under each other.
//!
//! ```text
//! ┌ Statistics ────────────────────────────────────┐
//! │ Agreement between curators                     │
//! │ level    proposals   raw   AC1  kappa          │
//! │ all            200  90 %  0.87   0.53          │
//! └────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::pane::{self, Text};
use super::{Drawn, View, text};
use crate::app;
use crate::taxonomy::stats::{Cell, Section};
use crate::theme::Role;

/// The widest that a name gets.
const NAME: usize = 22;

pub(super) fn draw(view: &View<'_>, shown: &app::Statistics, body: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let area = pane::centred(body, 100, body.height);
    let inner = pane::over(view, area, buf, "Statistics");
    let mut content = Text::new(view, inner.width);
    if shown.sections.is_empty() {
        content.add(Role::Dim, "Nothing was decided yet.");
    }
    for section in &shown.sections {
        table(view, section, &mut content);
    }
    drawn.shown.reader_overflow = pane::lines(&content.lines, shown.scroll, inner, buf);
    pane::position(view, area, buf, shown.scroll, drawn.shown.reader_overflow);
}

fn table(view: &View<'_>, section: &Section, content: &mut Text<'_>) {
    content.heading(section.title);
    let cell = |cell: &Cell| text::fit(&cell.show(), NAME, view.glyphs.ellipsis);
    let rows: Vec<Vec<String>> = section.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    let is_number = |at: usize| section.rows.iter().all(|row| row.get(at).is_none_or(Cell::is_number));
    let widths: Vec<usize> = (0..section.columns.len())
        .map(|at| {
            let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| text::width(cell));
            cells.max().unwrap_or(0).max(text::width(section.columns[at]))
        })
        .collect();
    let line = |cells: &[String]| {
        let padded = cells.iter().enumerate().map(|(at, cell)| {
            let gap = " ".repeat(widths[at].saturating_sub(text::width(cell)));
            if is_number(at) { format!("{gap}{cell}") } else { format!("{cell}{gap}") }
        });
        padded.collect::<Vec<_>>().join("  ")
    };
    let style = |role: Role| -> Style { view.style(role) };
    let heading: Vec<String> = section.columns.iter().map(|column| (*column).to_owned()).collect();
    content.parts(&[(style(Role::Dim), &line(&heading))]);
    for row in &rows {
        content.parts(&[(style(Role::Text), &line(row))]);
    }
    if let Some(remark) = &section.remark {
        content.add(Role::Dim, remark);
    }
}
