//! [`Chart`]s as lines of a terminal.

use unicode_width::UnicodeWidthStr as _;

use super::charts::{Bar, Body, Chart};
use super::glyphs::{Glyphs, Graph, Line, Tone, round_up};
use super::spread::Spread;
use super::words::{decimal, grouped, per_mille_of};

/// Cells of a label, at most.
const LABEL: usize = 30;

impl Chart {
    /// The chart as lines of at most `width` cells, its title first.
    #[must_use]
    pub fn lines(&self, width: usize, glyphs: Glyphs) -> Vec<Line> {
        let mut lines: Vec<Line> = vec![vec![(Tone::Strong, self.title.to_owned())]];
        lines.extend(self.body.lines(width, glyphs));
        for remark in self.remark.iter().flat_map(|remark| wrapped(remark, width)) {
            lines.push(vec![(Tone::Faint, glyphs.fit(&remark, width).trim_end().to_owned())]);
        }
        lines
    }
}

impl Body {
    fn lines(&self, width: usize, glyphs: Glyphs) -> Vec<Line> {
        match self {
            Self::Facts(facts) => facts
                .iter()
                .map(|(name, text)| {
                    vec![
                        (Tone::Faint, glyphs.fit(name, 28)),
                        (Tone::Plain, glyphs.fit(text, width - 28).trim_end().to_owned()),
                    ]
                })
                .collect(),
            Self::Bars(heading, bars) => bar_lines(heading, bars, width, glyphs),
            Self::Spread(spread, of) => spread_lines(spread, of, width, glyphs),
            Self::Shares(shares) => share_lines(shares, width, glyphs),
            Self::Rows(rows) => row_lines(rows, width, glyphs),
        }
    }
}

fn bar_lines(heading: &str, bars: &[Bar], width: usize, glyphs: Glyphs) -> Vec<Line> {
    let labels = bars.iter().map(|bar| bar.depth * 2 + bar.label.chars().count()).max().unwrap_or(0);
    let texts = bars.iter().map(|bar| bar.text.chars().count()).chain([heading.chars().count()]).max().unwrap_or(0);
    // Words give way to the bar, numbers do not.
    let label = labels.min(LABEL.max(width / 3));
    let text = texts.min(width.saturating_sub(label + 12));
    let room = width.saturating_sub(label + text + 2).clamp(4, 60);
    let line = |bar: &Bar| {
        let name = format!("{}{}", " ".repeat(bar.depth * 2), bar.label);
        vec![
            (Tone::Plain, format!("{} ", glyphs.fit(&name, label))),
            (Tone::Bar, glyphs.bar(bar.part, room)),
            (Tone::Plain, format!(" {}", glyphs.fit(&bar.text, text).trim_end())),
        ]
    };
    let above =
        (!heading.is_empty()).then(|| vec![(Tone::Faint, format!("{}{heading}", " ".repeat(label + room + 2)))]);
    above.into_iter().chain(bars.iter().map(line)).collect()
}

fn spread_lines(spread: &Spread, of: &str, width: usize, glyphs: Glyphs) -> Vec<Line> {
    let numbers: Vec<f64> = spread.bins.iter().map(|bin| bin.count as f64).collect();
    let most = round_up(numbers.iter().copied().fold(0.0, f64::max));
    let step = spread.bins.len().div_ceil(5).max(1);
    let marks: Vec<(usize, String)> = spread
        .bins
        .iter()
        .enumerate()
        .filter(|(at, bin)| at % step == 0 || bin.to.is_none())
        .map(|(at, bin)| (at, if bin.to.is_none() { format!("{}+", grouped(bin.from)) } else { grouped(bin.from) }))
        .collect();
    let graph = Graph { numbers, most, top: grouped(most as u64), marks: &marks };
    let mut lines = glyphs.graph(&graph, width.min(72), 5);
    let said = format!(
        "{of}: half at most {}; the middle nine tenths {} to {}; all {} to {}; mean {}",
        grouped(spread.median),
        grouped(spread.p5),
        grouped(spread.p95),
        grouped(spread.least),
        grouped(spread.most),
        decimal(spread.mean)
    );
    lines.extend(wrapped(&said, width).into_iter().map(|said| vec![(Tone::Plain, said)]));
    lines
}

fn share_lines(shares: &[(u64, f64)], width: usize, glyphs: Glyphs) -> Vec<Line> {
    let numbers: Vec<f64> = shares.iter().map(|(_, share)| *share).collect();
    let most = round_up(numbers.iter().copied().fold(0.001, f64::max)).min(1.0);
    let last = shares.len().saturating_sub(1);
    let step = shares.len().div_ceil(5).max(1);
    let mark = |(at, (up_to, _)): (usize, &(u64, f64))| (at, grouped(*up_to));
    let marks: Vec<_> =
        shares.iter().enumerate().map(mark).filter(|(at, _)| (last - at).is_multiple_of(step)).collect();
    let top = per_mille_of(most);
    glyphs.graph(&Graph { numbers, most, top, marks: &marks }, width.min(72), 5)
}

fn row_lines(rows: &[Vec<String>], width: usize, glyphs: Glyphs) -> Vec<Line> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let is_number = |column: usize| {
        rows.iter().skip(1).all(|row| row.get(column).is_none_or(|cell| cell.starts_with(|c: char| c.is_ascii_digit())))
    };
    let wide =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0);
    let line = |(number, row): (usize, &Vec<String>)| {
        let mut text = String::new();
        for (column, cell) in row.iter().enumerate() {
            let room = wide(column).min(36);
            let gap = " ".repeat(room.saturating_sub(cell.width()));
            let fitted = glyphs.fit(cell, room);
            text.push_str(&if is_number(column) { format!("{gap}{}", fitted.trim_end()) } else { fitted });
            text.push_str(if column + 1 < columns { "  " } else { "" });
        }
        let tone = if number == 0 { Tone::Faint } else { Tone::Plain };
        vec![(tone, glyphs.fit(text.trim_end(), width).trim_end().to_owned())]
    };
    rows.iter().enumerate().map(line).collect()
}

/// Text in lines of at most `width` cells, broken between words.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().filter(|line| line.is_empty() || line.width() + 1 + word.width() <= width);
        match line {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) => line.extend([" ", word]),
            None => lines.push(word.to_owned()),
        }
    }
    lines
}
