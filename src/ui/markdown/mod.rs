//! Markdown as lines of a terminal: headings, emphasis, lists, quotes, tables, code and formulas,
//! wrapped to a width. The text comes in made visible (`Untrusted::reveal`); nothing of it is
//! dropped, least of all HTML, which is shown as it was written.

mod formula;
mod symbols;
mod table;
mod wrap;

use std::borrow::Cow;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;

use super::View;
use crate::taxonomy::text::{reveal, reveal_line};
use crate::theme::Role;
use table::Table;
use wrap::{Prefix, Run};

/// So much of a text is laid out for the screen, in bytes.
const LONGEST: usize = 64 * 1024;
/// Lists and quotes within each other that are set in further.
const DEEPEST: usize = 8;

/// Lines of a text for so many columns.
pub(super) fn lines(view: &View<'_>, text: &str, columns: usize) -> Vec<Line<'static>> {
    let mut cut = text.len().min(LONGEST);
    while !text.is_char_boundary(cut) {
        cut -= 1;
    }
    let text_shown = with_dollars(&text[..cut]);
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS | Options::ENABLE_MATH;
    let mut page = Page::new(view, columns);
    for event in Parser::new_ext(&text_shown, options) {
        page.take(event);
    }
    page.end_block();
    if cut < text.len() {
        page.plain(view.style(Role::Dim), &format!("{} further bytes are not shown.", text.len() - cut));
    }
    while page.lines.last().is_some_and(|line| line.width() == 0) {
        page.lines.pop();
    }
    page.lines
}

/// The beginning of a text as one line without marks, for a list.
pub(super) fn plain(text: &str) -> String {
    let with_dollars = with_dollars(text);
    let mut shown = String::new();
    for event in Parser::new_ext(&with_dollars, Options::ENABLE_MATH | Options::ENABLE_STRIKETHROUGH) {
        match event {
            // `&#27;` and the like are characters only now.
            Event::Text(text) => shown.push_str(&reveal(&text)),
            Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => shown.push_str(&text),
            Event::InlineMath(latex) | Event::DisplayMath(latex) => shown.push_str(&in_line(&latex)),
            _ if !shown.ends_with(' ') && is_apart(&event) => shown.push(' '),
            _ => {}
        }
    }
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether words before and after it do not belong together.
fn is_apart(event: &Event<'_>) -> bool {
    use TagEnd::{Emphasis, Image, Link, Strikethrough, Strong};
    match event {
        Event::SoftBreak | Event::HardBreak | Event::Rule => true,
        Event::End(tag) => !matches!(tag, Emphasis | Image | Link | Strikethrough | Strong),
        _ => false,
    }
}

/// A formula within a line. What holds nothing of LaTeX keeps its dollars: they may be money.
fn in_line(latex: &str) -> String {
    if latex.contains(['\\', '^', '_', '{', '=']) {
        formula::readable(latex).replace('\n', "; ")
    } else {
        format!("${latex}$")
    }
}

/// `\(...\)` and `\[...\]`, which models write as often as dollars, as `$...$` and `$$...$$`. Not in code.
fn with_dollars(text: &str) -> Cow<'_, str> {
    if !text.contains("\\(") && !text.contains("\\[") {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    let mut fenced = false;
    while !rest.is_empty() {
        let line_end = rest.find('\n').map_or(rest.len(), |at| at + 1);
        let line = &rest[..line_end];
        let is_fence = line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~");
        fenced ^= is_fence;
        let opening = if fenced || is_fence { None } else { opening(line) };
        let Some((at, display)) = opening else {
            shown.push_str(line);
            rest = &rest[line_end..];
            continue;
        };
        let (close, sign) = if display { ("\\]", "$$") } else { ("\\)", "$") };
        let inside = &rest[at + 2..];
        let end = inside.find(close).filter(|end| !inside[..*end].contains("\n\n"));
        shown.push_str(&rest[..at]);
        match end.filter(|end| !inside[..*end].trim().is_empty()) {
            Some(end) => {
                let formula: Vec<&str> = inside[..end].split_whitespace().collect();
                shown.push_str(&format!("{sign}{}{sign}", formula.join(" ")));
                rest = &inside[end + 2..];
            }
            None => {
                shown.push_str(&rest[at..at + 2]);
                rest = inside;
            }
        }
    }
    Cow::Owned(shown)
}

/// Where in a line a formula opens, outside of code: and whether it stands by itself.
fn opening(line: &str) -> Option<(usize, bool)> {
    let mut in_code = false;
    let bytes = line.as_bytes();
    for at in 0..bytes.len() {
        match bytes[at] {
            b'`' => in_code = !in_code,
            b'\\' if !in_code && (at == 0 || bytes[at - 1] != b'\\') => match bytes.get(at + 1) {
                Some(b'(') => return Some((at, false)),
                Some(b'[') => return Some((at, true)),
                _ => {}
            },
            _ => {}
        }
    }
    None
}

struct Page<'a> {
    view: &'a View<'a>,
    columns: usize,
    lines: Vec<Line<'static>>,
    /// What stands before the lines of lists and quotes.
    prefixes: Vec<Prefix>,
    /// Of each list its next number.
    lists: Vec<Option<u64>>,
    styles: Vec<Style>,
    runs: Vec<Run>,
    links: Vec<(String, String)>,
    table: Option<Table>,
    code: Option<String>,
    /// Whether the next block is set off from the one before.
    apart: bool,
}

impl<'a> Page<'a> {
    fn new(view: &'a View<'a>, columns: usize) -> Self {
        Self {
            view,
            columns: columns.max(4),
            lines: Vec::new(),
            prefixes: Vec::new(),
            lists: Vec::new(),
            styles: vec![view.style(Role::Text)],
            runs: Vec::new(),
            links: Vec::new(),
            table: None,
            code: None,
            apart: false,
        }
    }

    fn style(&self) -> Style {
        self.styles.last().copied().unwrap_or_default()
    }

    fn push_style(&mut self, change: impl FnOnce(Style) -> Style) {
        self.styles.push(change(self.style()));
    }

    fn pop_style(&mut self) {
        if self.styles.len() > 1 {
            self.styles.pop();
        }
    }

    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match (&mut self.code, self.links.last_mut()) {
                (Some(code), _) => code.push_str(&text),
                (None, link) => {
                    // `&#27;` and the like are characters only now.
                    let text = reveal_line(&text);
                    if let Some((_, said)) = link {
                        said.push_str(&text);
                    }
                    self.say(self.style(), &text);
                }
            },
            Event::Code(text) => self.say(self.view.style(Role::Code), &text),
            Event::InlineMath(latex) => self.say(self.view.style(Role::Formula), &in_line(&latex)),
            Event::DisplayMath(latex) => self.formula(&latex),
            Event::Html(html) | Event::InlineHtml(html) => self.say(self.view.style(Role::Dim), &html),
            Event::FootnoteReference(name) => self.say(self.style(), &format!("[^{name}]")),
            // Models end lines where they mean it.
            Event::SoftBreak | Event::HardBreak => self.runs.push(Run::Break),
            Event::Rule => {
                self.begin_block();
                let rule = self.view.glyphs.border.horizontal_top.repeat(self.columns.min(24));
                self.plain(self.view.style(Role::Dim), &rule);
                self.apart = true;
            }
            Event::TaskListMarker(done) => self.say(self.style(), if done { "[x] " } else { "[ ] " }),
        }
    }

    fn say(&mut self, style: Style, text: &str) {
        match &mut self.table {
            Some(table) => table.say(style, text),
            None => self.runs.push(Run::Text(style, text.to_owned())),
        }
    }

    /// A formula on lines of its own.
    fn formula(&mut self, latex: &str) {
        let style = self.view.style(Role::Formula);
        if self.table.is_some() {
            self.say(style, &formula::readable(latex).replace('\n', "; "));
            return;
        }
        let blank = |run: &Run| matches!(run, Run::Text(_, text) if text.trim().is_empty());
        while self.runs.last().is_some_and(|run| matches!(run, Run::Break) || blank(run)) {
            self.runs.pop();
        }
        for line in formula::readable(latex).lines() {
            if !self.runs.is_empty() {
                self.runs.push(Run::Break);
            }
            self.runs.push(Run::Text(style, "\u{a0}\u{a0}".to_owned()));
            self.runs.push(Run::Text(style, line.to_owned()));
        }
        self.runs.push(Run::Break);
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => self.begin_block(),
            Tag::Heading { .. } => {
                self.begin_block();
                self.styles.push(self.view.style(Role::Title).add_modifier(Modifier::BOLD));
            }
            Tag::BlockQuote(_) => {
                self.begin_block();
                self.apart = false;
                let bar = format!("{} ", self.view.glyphs.border.vertical_left);
                self.prefixes.push(Prefix::same(self.view.style(Role::Dim), &bar));
            }
            Tag::CodeBlock(kind) => {
                self.begin_block();
                if let CodeBlockKind::Fenced(language) = kind
                    && !language.trim().is_empty()
                {
                    self.plain(self.view.style(Role::Dim), language.trim());
                }
                self.code = Some(String::new());
            }
            Tag::List(first) => {
                self.end_block();
                if !self.lists.is_empty() {
                    self.apart = false;
                } else {
                    self.begin_block();
                }
                self.lists.push(first);
            }
            Tag::Item => {
                self.end_block();
                self.apart = false;
                let sign = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        let sign = format!("{number}. ");
                        *number += 1;
                        sign
                    }
                    _ => format!("{} ", self.view.glyphs.bullet),
                };
                self.prefixes.push(Prefix::hanging(self.view.style(Role::Dim), &sign));
            }
            Tag::Table(_) => {
                self.begin_block();
                self.table = Some(Table::default());
            }
            Tag::TableHead => self.push_style(|style| style.add_modifier(Modifier::BOLD)),
            Tag::TableRow | Tag::TableCell => {}
            Tag::Emphasis => self.push_style(|style| style.add_modifier(Modifier::ITALIC)),
            Tag::Strong => self.push_style(|style| style.add_modifier(Modifier::BOLD)),
            Tag::Strikethrough => self.push_style(|style| style.add_modifier(Modifier::CROSSED_OUT)),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.links.push((reveal_line(&dest_url).into_owned(), String::new()));
                self.push_style(|style| style.add_modifier(Modifier::UNDERLINED));
            }
            _ => self.begin_block(),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock => {
                self.end_block();
                self.apart = true;
            }
            TagEnd::Heading(_) => {
                self.end_block();
                self.pop_style();
                self.apart = true;
            }
            TagEnd::BlockQuote(_) => {
                self.end_block();
                self.prefixes.pop();
                self.apart = true;
            }
            TagEnd::CodeBlock => self.end_code(),
            TagEnd::List(_) => {
                self.end_block();
                self.lists.pop();
                self.apart = true;
            }
            TagEnd::Item => {
                self.end_block();
                // An item without any text still has its sign.
                if self.prefixes.last().is_some_and(Prefix::is_fresh) {
                    self.runs.push(Run::Text(self.style(), String::new()));
                    self.end_block();
                }
                self.prefixes.pop();
                self.apart = false;
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    let room = self.room();
                    for line in table.lines(self.view, room) {
                        wrap::put(&mut self.lines, &mut self.prefixes, line);
                    }
                }
                self.apart = true;
            }
            TagEnd::TableHead => {
                self.pop_style();
                self.table.iter_mut().for_each(Table::end_row);
            }
            TagEnd::TableRow => self.table.iter_mut().for_each(Table::end_row),
            TagEnd::TableCell => self.table.iter_mut().for_each(Table::end_cell),
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => self.pop_style(),
            TagEnd::Link | TagEnd::Image => {
                self.pop_style();
                if let Some((address, said)) = self.links.pop()
                    && address != said
                    && !address.is_empty()
                {
                    self.say(self.view.style(Role::Dim), &format!(" ({address})"));
                }
            }
            _ => self.end_block(),
        }
    }

    fn room(&self) -> usize {
        let taken: usize = self.prefixes.iter().take(DEEPEST).map(Prefix::width).sum();
        self.columns.saturating_sub(taken).max(4)
    }

    /// Air before a block, unless it is the first.
    fn begin_block(&mut self) {
        self.end_block();
        if self.apart && !self.lines.is_empty() {
            let fresh = self.prefixes.last().is_some_and(Prefix::is_fresh);
            if !fresh {
                wrap::put(&mut self.lines, &mut self.prefixes, Line::default());
            }
        }
        self.apart = false;
    }

    /// Lays out what was gathered.
    fn end_block(&mut self) {
        while matches!(self.runs.last(), Some(Run::Break)) {
            self.runs.pop();
        }
        let runs = std::mem::take(&mut self.runs);
        if runs.is_empty() {
            return;
        }
        for line in wrap::wrap(&runs, self.room(), self.view.style(Role::Revealed)) {
            wrap::put(&mut self.lines, &mut self.prefixes, line);
        }
    }

    fn end_code(&mut self) {
        let code = self.code.take().unwrap_or_default();
        let (style, bar) = (self.view.style(Role::Code), self.view.glyphs.border.vertical_left);
        let room = self.room().saturating_sub(2).max(2);
        for line in code.trim_end_matches('\n').split('\n') {
            for part in wrap::chop(line, room) {
                let mut spans = vec![ratatui::text::Span::styled(format!("{bar} "), self.view.style(Role::Dim))];
                spans.extend(super::text::spans(part, style, self.view.style(Role::Revealed)));
                wrap::put(&mut self.lines, &mut self.prefixes, Line::from(spans));
            }
        }
        self.apart = true;
    }

    fn plain(&mut self, style: Style, text: &str) {
        let runs = [Run::Text(style, text.to_owned())];
        for line in wrap::wrap(&runs, self.room(), self.view.style(Role::Revealed)) {
            wrap::put(&mut self.lines, &mut self.prefixes, line);
        }
    }
}

#[cfg(test)]
mod tests;
