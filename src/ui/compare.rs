//! Two versions beside each other; one under the other where the screen is narrow.
//!
//! ```text
//! ┌ "Optics" · 3 versions ───────────────────────────────────┐
//! │   1 proposed: provost-demo     ❯ 3 edited: ana; now      │
//! │                                                          │
//! │   name: Optics                   name: Optics            │
//! │ - level: 200                   + level: 300              │
//! │   ⋯ 4 lines the same                                     │
//! └──────────────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation as _;

use super::pane::{self, Text};
use super::{Drawn, View, text};
use crate::app::{self, words};
use crate::input::{Action, Context};
use crate::taxonomy::diff::{self, Piece, Row};
use crate::taxonomy::versions::{About, Mark, Version};
use crate::theme::Role;

/// From this width on the versions stand side by side.
const SIDE_BY_SIDE: u16 = 100;

pub(super) fn draw(view: &View<'_>, compare: &app::Compare, body: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let area = body;
    let name = words::quoted(&view.model.snapshot.name(compare.node()));
    let what = match compare.about {
        About::Node(_) => name,
        About::Syllabus(_) => format!("The syllabus of {name}"),
    };
    let reading = if compare.waiting.is_empty() { "" } else { ", reading more" };
    let count = words::count(compare.versions.len(), "version", "versions");
    let tail = format!(" · {count}{reading}");
    let room = usize::from(area.width).saturating_sub(4 + text::width(&tail));
    let title = format!("{}{tail}", text::fit(&what, room, view.glyphs.ellipsis));
    let inner = pane::over(view, area, buf, &title);
    let mut content = Text::new(view, inner.width);
    if area.width >= SIDE_BY_SIDE {
        beside(view, compare, inner.width, &mut content);
    } else {
        under(view, compare, inner.width, &mut content);
    }
    drawn.shown.reader_overflow = pane::lines(&content.lines, compare.scroll, inner, buf);
    pane::position(view, area, buf, compare.scroll, drawn.shown.reader_overflow);
}

/// What a version is called: its number, and when it read so, the latest first.
fn heading(view: &View<'_>, at: usize, version: &Version) -> String {
    let marks: Vec<String> = version.marks.iter().rev().take(3).map(|mark| self::mark(view, mark)).collect();
    let more = version.marks.len().saturating_sub(3);
    let more = if more > 0 { format!("; {more} more") } else { String::new() };
    format!("{} {}{more}", at + 1, marks.join("; "))
}

fn mark(view: &View<'_>, mark: &Mark) -> String {
    match (mark.by.is_empty(), mark.at) {
        (true, _) | (_, 0) => mark.what.clone(),
        (false, at) => format!("{}: {}, {}", mark.what, mark.by, words::ago(view.model.now, at)),
    }
}

/// The sign before the heading of the side whose version the keys change.
fn sign(view: &View<'_>, is_focused: bool) -> (&'static str, Role) {
    if is_focused { (view.glyphs.cursor, Role::Title) } else { (" ", Role::Dim) }
}

fn same_note(compare: &app::Compare) -> Option<&'static str> {
    diff::is_same(&compare.rows).then_some("Both read the same.")
}

fn folded(view: &View<'_>, count: usize) -> String {
    let keys = view.model.keymap.keys_for(Action::ShowUnchanged, Context::Evidence);
    let key = keys.first().copied().unwrap_or_default();
    format!("{} {count} lines the same ({key} shows them)", view.glyphs.ellipsis)
}

/// One under the other: headings, then removed and added lines.
fn under(view: &View<'_>, compare: &app::Compare, width: u16, content: &mut Text<'_>) {
    let sides = [("-", compare.left, compare.is_left), ("+", compare.right, !compare.is_left)];
    for (side, at, is_focused) in sides {
        let Some(version) = compare.versions.get(at) else { continue };
        let (sign, role) = sign(view, is_focused);
        let head = format!("{sign} {side}");
        content.item((&head, view.style(role)), role, &heading(view, at, version));
    }
    content.gap();
    if let Some(note) = same_note(compare) {
        content.add(Role::Dim, note);
    }
    let columns = usize::from(width);
    // The removed lines of a change stand above the added ones.
    let mut added: Vec<Line<'static>> = Vec::new();
    for row in &compare.rows {
        if !matches!(row, Row::Changed { left: Some(_), .. } | Row::Changed { right: Some(_), .. }) {
            content.lines.append(&mut added);
        }
        match row {
            Row::Same(line) => content.item((" ", Style::new()), Role::Text, line),
            Row::Folded(count) => content.add(Role::Dim, &folded(view, *count)),
            Row::Changed { left, right } => {
                if let Some(pieces) = left {
                    content.lines.extend(cell(view, "-", Role::DiffRemoved, pieces, columns));
                }
                if let Some(pieces) = right {
                    added.extend(cell(view, "+", Role::DiffAdded, pieces, columns));
                }
            }
        }
    }
    content.lines.append(&mut added);
}

/// Side by side: each row as high as its higher cell.
fn beside(view: &View<'_>, compare: &app::Compare, width: u16, content: &mut Text<'_>) {
    let half = usize::from(width).saturating_sub(2) / 2;
    let plain = |line: &str, role: Role| {
        let piece = [Piece { text: line.to_owned(), is_other: false }];
        cell(view, " ", role, &piece, half)
    };
    let title = |at: usize, is_focused: bool| match compare.versions.get(at) {
        Some(version) => {
            let (sign, role) = sign(view, is_focused);
            let piece = [Piece { text: heading(view, at, version), is_other: false }];
            cell(view, sign, role, &piece, half)
        }
        None => Vec::new(),
    };
    join(title(compare.left, compare.is_left), title(compare.right, !compare.is_left), half, content);
    content.gap();
    if let Some(note) = same_note(compare) {
        content.add(Role::Dim, note);
    }
    for row in &compare.rows {
        match row {
            Row::Same(line) => join(plain(line, Role::Text), plain(line, Role::Text), half, content),
            Row::Folded(count) => content.item((" ", Style::new()), Role::Dim, &folded(view, *count)),
            Row::Changed { left, right } => {
                let side = |pieces: &Option<Vec<Piece>>, sign: &str, role| {
                    pieces.as_ref().map(|pieces| cell(view, sign, role, pieces, half)).unwrap_or_default()
                };
                let (left, right) = (side(left, "-", Role::DiffRemoved), side(right, "+", Role::DiffAdded));
                join(left, right, half, content);
            }
        }
    }
}

/// Puts two cells on the same lines.
fn join(left: Vec<Line<'static>>, right: Vec<Line<'static>>, half: usize, content: &mut Text<'_>) {
    let height = left.len().max(right.len());
    let (mut left, mut right) = (left.into_iter(), right.into_iter());
    for _ in 0..height {
        let mut line = left.next().unwrap_or_default();
        let gap = (half + 2).saturating_sub(line.width());
        line.spans.push(Span::raw(" ".repeat(gap)));
        line.spans.extend(right.next().unwrap_or_default().spans);
        content.lines.push(line);
    }
}

/// A line of a version after its sign, wrapped; words that the other side does not have are
/// underlined. Further lines are indented below the sign.
fn cell(view: &View<'_>, sign: &str, role: Role, pieces: &[Piece], width: usize) -> Vec<Line<'static>> {
    let style = view.style(role);
    let is_partly = pieces.iter().any(|piece| piece.is_other) && pieces.iter().any(|piece| !piece.is_other);
    let whole: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
    // Which bytes are others, so that wrapping need not know of pieces.
    let mut other = Vec::with_capacity(whole.len());
    for piece in pieces {
        other.extend(std::iter::repeat_n(piece.is_other && is_partly, piece.text.len()));
    }
    let mut lines = Vec::new();
    let mut at = 0;
    for (row, line) in text::wrap(&whole, width.saturating_sub(2)).into_iter().enumerate() {
        let mut spans = vec![Span::styled(if row == 0 { format!("{sign} ") } else { "  ".to_owned() }, style)];
        let mut run = String::new();
        let mut is_other = false;
        for grapheme in line.graphemes(true) {
            // Wrapping leaves blanks out; it never changes anything else.
            let found = whole[at..].find(grapheme).map(|skipped| at + skipped);
            let here = found.is_some_and(|found| other.get(found).copied().unwrap_or_default());
            if let Some(found) = found {
                at = found + grapheme.len();
            }
            if here != is_other && !run.is_empty() {
                spans.extend(self::run(view, &std::mem::take(&mut run), style, is_other));
            }
            is_other = here;
            run.push_str(grapheme);
        }
        spans.extend(self::run(view, &run, style, is_other));
        lines.push(Line::from(spans));
    }
    lines
}

fn run(view: &View<'_>, run: &str, style: Style, is_other: bool) -> Vec<Span<'static>> {
    let style = if is_other { style.add_modifier(Modifier::UNDERLINED) } else { style };
    text::spans(run, style, view.style(Role::Revealed))
}
