//! Tables: columns as wide as what is in them, narrower where the line is full.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::super::View;
use super::wrap::{Run, wrap};
use crate::theme::Role;
use crate::ui::text;

/// Columns that are shown.
const MOST_COLUMNS: usize = 16;
/// The fewest cells of the screen for a column.
const NARROWEST: usize = 3;

/// A table as it is read.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<Vec<Vec<Run>>>,
    row: Vec<Vec<Run>>,
    cell: Vec<Run>,
}

impl Table {
    pub fn say(&mut self, style: Style, text: &str) {
        self.cell.push(Run::Text(style, text.to_owned()));
    }

    pub fn end_cell(&mut self) {
        self.row.push(std::mem::take(&mut self.cell));
    }

    pub fn end_row(&mut self) {
        if !self.row.is_empty() {
            self.rows.push(std::mem::take(&mut self.row));
        }
    }

    /// The lines of the table for so many columns of the screen.
    pub fn lines(self, view: &View<'_>, room: usize) -> Vec<Line<'static>> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0).min(MOST_COLUMNS);
        if columns == 0 {
            return Vec::new();
        }
        let widths = self.widths(columns, room);
        let (bar, dim) = (view.glyphs.border.vertical_left, view.style(Role::Dim));
        let mut lines = Vec::new();
        for (number, row) in self.rows.iter().enumerate() {
            let cells: Vec<Vec<Line<'static>>> = (0..columns)
                .map(|at| wrap(row.get(at).map_or(&[], Vec::as_slice), widths[at], view.style(Role::Revealed)))
                .collect();
            let height = cells.iter().map(Vec::len).max().unwrap_or(1);
            for y in 0..height {
                let mut spans: Vec<Span<'static>> = Vec::new();
                for (at, cell) in cells.iter().enumerate() {
                    if at > 0 {
                        spans.push(Span::styled(format!(" {bar} "), dim));
                    }
                    let line = cell.get(y).cloned().unwrap_or_default();
                    let gap = widths[at].saturating_sub(line.width());
                    spans.extend(line.spans);
                    if at + 1 < columns {
                        spans.push(Span::raw(" ".repeat(gap)));
                    }
                }
                lines.push(Line::from(spans));
            }
            if number == 0 {
                let rule = view.glyphs.border.horizontal_top;
                let wide = widths.iter().sum::<usize>() + 3 * (columns - 1);
                lines.push(Line::styled(rule.repeat(wide.min(room)), dim));
            }
        }
        lines
    }

    /// As wide as the widest cell; what is too much is taken from the widest.
    fn widths(&self, columns: usize, room: usize) -> Vec<usize> {
        let wide = |cell: &[Run]| -> usize {
            let parts = cell.iter().map(|run| match run {
                Run::Text(_, text) => text::width(text),
                Run::Break => 0,
            });
            parts.sum()
        };
        let widest =
            |at: usize| self.rows.iter().filter_map(|row| row.get(at)).map(|cell| wide(cell)).max().unwrap_or(0);
        let mut widths: Vec<usize> = (0..columns).map(|at| widest(at).max(1)).collect();
        let room = room.saturating_sub(3 * (columns - 1));
        while widths.iter().sum::<usize>() > room {
            let Some(widest) = widths.iter_mut().max().filter(|widest| **widest > NARROWEST) else { break };
            *widest -= 1;
        }
        widths
    }
}
