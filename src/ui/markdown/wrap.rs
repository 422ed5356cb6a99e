//! Styled text in lines of a width, and what stands before them.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation as _;

use super::super::text;
use super::DEEPEST;

/// A piece of a paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Run {
    /// Text in one look.
    Text(Style, String),
    /// A new line.
    Break,
}

/// What stands before the lines of a list item or a quote.
#[derive(Debug, Clone)]
pub(super) struct Prefix {
    style: Style,
    first: String,
    rest: String,
    fresh: bool,
}

impl Prefix {
    /// The same on every line.
    pub fn same(style: Style, sign: &str) -> Self {
        Self { style, first: sign.to_owned(), rest: sign.to_owned(), fresh: false }
    }

    /// A sign before the first line, blanks before the others.
    pub fn hanging(style: Style, sign: &str) -> Self {
        Self { style, first: sign.to_owned(), rest: " ".repeat(text::width(sign)), fresh: true }
    }

    pub fn width(&self) -> usize {
        text::width(&self.first)
    }

    /// Whether its first line is still to come.
    pub fn is_fresh(&self) -> bool {
        self.fresh
    }
}

/// Adds a line with what stands before it.
pub(super) fn put(lines: &mut Vec<Line<'static>>, prefixes: &mut [Prefix], line: Line<'static>) {
    let mut spans: Vec<Span<'static>> = Vec::new();
    for prefix in prefixes.iter_mut().take(DEEPEST) {
        let sign = if std::mem::take(&mut prefix.fresh) { &prefix.first } else { &prefix.rest };
        spans.push(Span::styled(sign.clone(), prefix.style));
    }
    prefixes.iter_mut().skip(DEEPEST).for_each(|prefix| prefix.fresh = false);
    spans.extend(line.spans);
    lines.push(Line::from(spans));
}

/// A paragraph as lines of at most `columns`, broken between words where that is possible.
pub(super) fn wrap(runs: &[Run], columns: usize, revealed: Style) -> Vec<Line<'static>> {
    let mut page = Wrap {
        columns: columns.max(1),
        revealed,
        lines: vec![Vec::new()],
        used: 0,
        word: Vec::new(),
        wide: 0,
        gap: None,
    };
    for run in runs {
        match run {
            Run::Break => page.new_line(),
            Run::Text(style, text) => page.text(*style, text),
        }
    }
    page.end_word();
    page.lines.into_iter().map(Line::from).collect()
}

struct Wrap {
    columns: usize,
    revealed: Style,
    lines: Vec<Vec<Span<'static>>>,
    used: usize,
    /// The word that is being read, and its width.
    word: Vec<(Style, String)>,
    wide: usize,
    /// The look of the blank before it.
    gap: Option<Style>,
}

impl Wrap {
    fn text(&mut self, style: Style, text: &str) {
        for (at, part) in text.split([' ', '\n', '\t']).enumerate() {
            if at > 0 {
                self.end_word();
                self.gap = Some(style);
            }
            if !part.is_empty() {
                self.wide += text::width(part);
                self.word.push((style, part.to_owned()));
            }
        }
    }

    fn new_line(&mut self) {
        self.end_word();
        self.lines.push(Vec::new());
        (self.used, self.gap) = (0, None);
    }

    fn end_word(&mut self) {
        let word = std::mem::take(&mut self.word);
        let wide = std::mem::take(&mut self.wide);
        if word.is_empty() {
            return;
        }
        let gap = self.gap.take();
        if self.used > 0 && self.used + usize::from(gap.is_some()) + wide > self.columns {
            if gap.is_some() || wide <= self.columns {
                self.lines.push(Vec::new());
                self.used = 0;
            }
        } else if let Some(style) = gap.filter(|_| self.used > 0) {
            self.push(style, " ");
        }
        for (style, part) in word {
            let mut part = part.as_str();
            while self.used + text::width(part) > self.columns {
                let head = head(part, self.columns - self.used);
                let head =
                    if head.is_empty() && self.used == 0 { part.graphemes(true).next().unwrap_or(part) } else { head };
                if !head.is_empty() {
                    self.push(style, head);
                }
                self.lines.push(Vec::new());
                self.used = 0;
                part = &part[head.len()..];
            }
            if !part.is_empty() {
                self.push(style, part);
            }
        }
    }

    fn push(&mut self, style: Style, text: &str) {
        self.used += text::width(text);
        let Some(line) = self.lines.last_mut() else { return };
        match line.last_mut().filter(|span| span.style == style && !text.contains('⟨')) {
            Some(span) => span.content.to_mut().push_str(text),
            None => line.extend(text::spans(text, style, self.revealed)),
        }
    }
}

/// The longest beginning that takes at most `columns`.
fn head(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        used += text::width(grapheme);
        if used > columns {
            return &text[..at];
        }
    }
    text
}

/// A line of code in parts of at most `columns`.
pub(super) fn chop(line: &str, columns: usize) -> Vec<&str> {
    let (mut parts, mut rest) = (Vec::new(), line);
    while text::width(rest) > columns {
        let part = head(rest, columns);
        let part = if part.is_empty() { rest.graphemes(true).next().unwrap_or(rest) } else { part };
        // After a blank where there is one near the end.
        let part = match part.rfind(' ') {
            Some(at) if 3 * at >= 2 * part.len() => &part[..=at],
            _ => part,
        };
        parts.push(part);
        rest = &rest[part.len()..];
    }
    if !rest.is_empty() || parts.is_empty() {
        parts.push(rest);
    }
    parts
}
