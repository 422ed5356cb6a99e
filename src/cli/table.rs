//! Columns for people, aligned by the width that characters have on a screen.

use unicode_width::UnicodeWidthStr as _;

use super::printer::{Printer, Style};
use crate::error::AppError;
pub use crate::taxonomy::text::grouped;
use crate::taxonomy::text::reveal_line;

/// Rows of cells; the first row may be a heading.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Vec<(Style, String)>>,
    right: Vec<usize>,
}

impl Table {
    /// An empty table.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A table with a heading.
    #[must_use]
    pub fn with_heading(names: &[&str]) -> Self {
        let heading = names.iter().map(|name| (Style::Faint, (*name).to_owned())).collect();
        Self { rows: vec![heading], right: vec![] }
    }

    /// Sets these columns (from 0) flush right: numbers.
    #[must_use]
    pub fn right(mut self, columns: &[usize]) -> Self {
        self.right = columns.to_vec();
        self
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = (Style, String)>) {
        let reveal = |(style, text): (Style, String)| (style, reveal_line(&text).into_owned());
        self.rows.push(cells.into_iter().map(reveal).collect());
    }

    /// Prints all rows.
    ///
    /// # Errors
    /// As [`Printer::line`].
    pub fn print(&self, out: &mut Printer) -> Result<(), AppError> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |at: usize| self.rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.1.width()).max();
        let widths: Vec<usize> = (0..columns).map(|at| width(at).unwrap_or(0)).collect();
        for row in &self.rows {
            let mut padded: Vec<(Style, String)> = Vec::with_capacity(row.len() * 2);
            for (at, (style, text)) in row.iter().enumerate() {
                let gap = " ".repeat(widths[at] - text.width());
                let text = if self.right.contains(&at) { format!("{gap}{text}") } else { format!("{text}{gap}") };
                if at > 0 {
                    padded.push((Style::Plain, "  ".to_owned()));
                }
                padded.push((*style, text));
            }
            let spans: Vec<(Style, &str)> = padded.iter().map(|(style, text)| (*style, text.as_str())).collect();
            out.spans(&spans)?;
        }
        Ok(())
    }
}

/// A plain cell.
#[must_use]
pub fn plain(text: impl Into<String>) -> (Style, String) {
    (Style::Plain, text.into())
}

/// A cell that stands out.
#[must_use]
pub fn strong(text: impl Into<String>) -> (Style, String) {
    (Style::Strong, text.into())
}

/// A cell that stands back.
#[must_use]
pub fn faint(text: impl Into<String>) -> (Style, String) {
    (Style::Faint, text.into())
}

/// `1 subject`, `2 subjects`.
#[must_use]
pub fn count(number: usize, one: &str, several: &str) -> String {
    format!("{} {}", grouped(number as u64), if number == 1 { one } else { several })
}

#[cfg(test)]
mod tests {
    use super::super::printer::tests::captured;
    use super::*;

    #[test]
    fn columns_line_up_whatever_the_script() {
        let mut table = Table::with_heading(&["name", "n"]).right(&[1]);
        table.row([plain("光学"), plain("7")]);
        table.row([plain("Optics\u{200b}"), plain("12")]);
        let (mut printer, out) = captured();
        table.print(&mut printer).unwrap();
        let lines: Vec<String> = out.text().lines().map(str::to_owned).collect();
        assert_eq!(lines, ["name             n", "光学             7", "Optics⟨U+200B⟩  12"]);
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(count(1, "node", "nodes") + &count(2, "node", "nodes"), "1 node2 nodes");
    }
}
