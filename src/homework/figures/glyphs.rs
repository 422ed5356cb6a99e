//! Charts out of characters: bars, columns and sparklines, as lines of any terminal.
//!
//! Every bar and column starts at zero, and the end of the scale is written beside it. What is there but too small for the
//! smallest block still shows, as one.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Which characters a chart is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyphs {
    /// Blocks in eighths.
    Blocks,
    /// Where the terminal knows no more.
    Ascii,
}

/// What a piece of a line is, for who colours it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Words and numbers.
    Plain,
    /// Titles.
    Strong,
    /// Axes and remarks.
    Faint,
    /// Bars and columns.
    Bar,
}

/// A line of a chart.
pub type Line = Vec<(Tone, String)>;

const ACROSS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const UP: [char; 7] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇'];

impl Glyphs {
    fn full(self) -> char {
        if self == Self::Blocks { '█' } else { '#' }
    }

    fn axis(self) -> [char; 3] {
        if self == Self::Blocks { ['│', '└', '─'] } else { ['|', '+', '-'] }
    }

    /// What stands for text that was cut off.
    fn cut(self) -> char {
        if self == Self::Blocks { '…' } else { '~' }
    }

    /// A bar of `part` (from 0 to 1) of `width` cells, filled up with blanks.
    #[must_use]
    pub fn bar(self, part: f64, width: usize) -> String {
        let eighths = eighths(part, width);
        let mut bar: String = std::iter::repeat_n(self.full(), eighths / 8).collect();
        match (self, eighths % 8) {
            (_, 0) => {}
            (Self::Blocks, rest) => bar.push(ACROSS[rest - 1]),
            (Self::Ascii, rest) if rest >= 4 || bar.is_empty() => bar.push('#'),
            (Self::Ascii, _) => {}
        }
        let cells = bar.chars().count();
        bar.extend(std::iter::repeat_n(' ', width.saturating_sub(cells)));
        bar
    }

    /// One column for each number, the largest full.
    #[must_use]
    pub fn sparkline(self, numbers: &[f64]) -> String {
        let most = numbers.iter().copied().fold(0.0, f64::max);
        self.columns(numbers, most, 1, 1).pop().unwrap_or_default()
    }

    /// Columns of `height` lines, each `across` cells wide, scaled so that `most` is full; the top line first.
    #[must_use]
    pub fn columns(self, numbers: &[f64], most: f64, height: usize, across: usize) -> Vec<String> {
        let part = |number: &f64| if most > 0.0 { number / most } else { 0.0 };
        let filled: Vec<usize> = numbers.iter().map(|number| eighths(part(number), height)).collect();
        let line = |row: usize| {
            let below = row * 8;
            let cell = |eighths: &usize| match (eighths.saturating_sub(below).min(8), self) {
                (0, _) => ' ',
                (8, _) => self.full(),
                (rest, Self::Blocks) => UP[rest - 1],
                (rest, Self::Ascii) if rest >= 4 => '#',
                (_, Self::Ascii) => {
                    if row == 0 {
                        '.'
                    } else {
                        ' '
                    }
                }
            };
            filled.iter().flat_map(|eighths| std::iter::repeat_n(cell(eighths), across)).collect()
        };
        (0..height).rev().map(line).collect()
    }

    /// Text of exactly `width` cells: cut with a mark, or filled up with blanks.
    #[must_use]
    pub fn fit(self, text: &str, width: usize) -> String {
        let text: String = match self {
            Self::Blocks => text.to_owned(),
            Self::Ascii => text.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect(),
        };
        let mut fitted = String::new();
        let mut cells = 0;
        if text.width() <= width {
            (cells, fitted) = (text.width(), text);
        } else {
            for c in text.chars() {
                let more = c.width().unwrap_or(0);
                if cells + more + 1 > width {
                    break;
                }
                fitted.push(c);
                cells += more;
            }
            if cells < width {
                fitted.push(self.cut());
                cells += 1;
            }
        }
        fitted.extend(std::iter::repeat_n(' ', width.saturating_sub(cells)));
        fitted
    }

    /// Columns over a labelled axis: `marks` are numbers of columns and what is written below them.
    #[must_use]
    pub fn graph(self, graph: &Graph<'_>, width: usize, height: usize) -> Vec<Line> {
        let [side, corner, floor] = self.axis();
        let (top, zero) = (graph.top.as_str(), "0");
        let left = top.width().max(1);
        let count = graph.numbers.len().max(1);
        let across = (width.saturating_sub(left + 2) / count).clamp(1, 6);
        let rows = self.columns(&graph.numbers, graph.most, height, across);
        let mut lines: Vec<Line> = Vec::with_capacity(height + 2);
        for (at, row) in rows.into_iter().enumerate() {
            let label = if at == 0 { top } else { "" };
            lines.push(vec![(Tone::Faint, format!("{label:>left$} {side}")), (Tone::Bar, row)]);
        }
        let bottom: String = std::iter::repeat_n(floor, count * across).collect();
        lines.push(vec![(Tone::Faint, format!("{zero:>left$} {corner}{bottom}"))]);
        let mut below = String::new();
        for (column, text) in graph.marks {
            let at = column * across;
            let fits = below.is_empty() || below.width() < at;
            if fits && at + text.width() <= count * across + left {
                below.extend(std::iter::repeat_n(' ', at - below.width().min(at)));
                below.push_str(text);
            }
        }
        lines.push(vec![(Tone::Faint, format!("{:left$}  {below}", ""))]);
        lines
    }
}

/// Numbers side by side.
#[derive(Debug)]
pub struct Graph<'a> {
    /// From left to right.
    pub numbers: Vec<f64>,
    /// The end of the scale.
    pub most: f64,
    /// What is written beside it.
    pub top: String,
    /// What is written below columns, by their number from 0.
    pub marks: &'a [(usize, String)],
}

/// How many eighths of `cells` a part fills; what is there shows.
fn eighths(part: f64, cells: usize) -> usize {
    let part = if part.is_finite() { part.clamp(0.0, 1.0) } else { 0.0 };
    let found = (part * cells as f64 * 8.0).round() as usize;
    if part > 0.0 { found.max(1) } else { 0 }
}

/// The end of a scale: the next of 1, 2, 5, 10, ... that holds `most`.
#[must_use]
pub fn round_up(most: f64) -> f64 {
    if !most.is_finite() || most <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(most.log10().floor());
    let steps = [1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    steps.into_iter().map(|step| step * power).find(|end| *end >= most * 0.999_999).unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_start_at_zero_and_what_is_there_shows() {
        let bars = |glyphs: Glyphs| [0.0, 0.001, 0.25, 0.5, 1.0, 7.0].map(|part| glyphs.bar(part, 4));
        assert_eq!(bars(Glyphs::Blocks), ["    ", "▏   ", "█   ", "██  ", "████", "████"]);
        assert_eq!(bars(Glyphs::Ascii), ["    ", "#   ", "#   ", "##  ", "####", "####"]);
        assert_eq!(Glyphs::Blocks.bar(f64::NAN, 2), "  ");
    }

    #[test]
    fn columns_share_one_scale() {
        let numbers = [0.0, 1.0, 4.0, 8.0];
        assert_eq!(Glyphs::Blocks.columns(&numbers, 8.0, 2, 1), ["   █", " ▂██"]);
        assert_eq!(Glyphs::Ascii.columns(&numbers, 8.0, 2, 2), ["      ##", "  ..####"]);
        assert_eq!(Glyphs::Blocks.sparkline(&[0.0, 0.0]), "  ");
    }

    #[test]
    fn text_keeps_to_its_cells_in_every_script() {
        assert_eq!(Glyphs::Blocks.fit("Optics", 8), "Optics  ");
        assert_eq!(Glyphs::Blocks.fit("Thermodynamics", 8), "Thermod…");
        assert_eq!(Glyphs::Blocks.fit("光学と音響学", 6), "光学… ");
        assert_eq!(Glyphs::Ascii.fit("Thermodynamik ö", 9), "Thermody~");
    }

    #[test]
    fn a_graph_tells_both_ends_of_its_scale() {
        let marks = [(0, "1".to_owned()), (3, "400".to_owned())];
        let graph = Graph { numbers: vec![1.0, 2.0, 3.0, 4.0], most: 4.0, top: "40 %".to_owned(), marks: &marks };
        let lines = Glyphs::Blocks.graph(&graph, 18, 2);
        let text: Vec<String> = lines.iter().map(|line| line.iter().map(|(_, text)| text.as_str()).collect()).collect();
        assert_eq!(text, ["40 % │      ▄▄▄███", "     │▄▄▄█████████", "   0 └────────────", "      1        400"]);
    }

    #[test]
    fn scales_end_at_round_numbers() {
        assert_eq!([0.0, 0.031, 7.0, 10.0, 10.5, 999.0].map(round_up), [1.0, 0.04, 8.0, 10.0, 15.0, 1_000.0]);
    }
}
