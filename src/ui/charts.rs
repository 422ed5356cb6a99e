//! The figures about the items of the Dataset screen as charts; where there is room, in two columns.
//!
//! ```text
//! ┌ Charts · 2,300 items ─────────────────────────────────────────────────────┐
//! │ Coverage by branch                                                        │
//! │                                             kept    subjects concepts     │
//! │ Health Sciences         ██████████▊          423       15/15   81.7 %     │
//! └─────────────────────────────────────────────────────────────────────  0% ─┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::pane::{self, Text};
use super::{Drawn, View, text};
use crate::app::words;
use crate::homework::figures::{self, Chart, Glyphs, Tone};
use crate::theme::Role;

/// The widest that a chart gets.
const WIDEST: usize = 100;
/// A column is at least this wide.
const COLUMN: usize = 76;
/// Between two columns.
const GAP: usize = 4;

pub(super) fn draw(view: &View<'_>, body: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let charts = &view.model.dataset.charts;
    let inner = pane::frame(view, body, buf, &title(view), true);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let mut content = Text::new(view, inner.width);
    match &charts.made {
        None => content.add(Role::Dim, &format!("Counting{}", view.glyphs.ellipsis)),
        Some(Err(why)) => content.add(Role::Error, why),
        Some(Ok(made)) => content.lines = columns(view, made, usize::from(inner.width)),
    }
    drawn.shown.panes.detail = pane::area(body);
    drawn.shown.list = view.model.shown.list.clone();
    drawn.shown.height = usize::from(inner.height);
    drawn.shown.detail_overflow = pane::lines(&content.lines, charts.scroll, inner, buf);
    pane::position(view, body, buf, charts.scroll, drawn.shown.detail_overflow);
}

fn title(view: &View<'_>) -> String {
    let screen = &view.model.dataset;
    let items = screen.dataset().map_or(0, |dataset| dataset.entries().len());
    let busy = if screen.charts.is_making() || screen.is_busy() { view.glyphs.running } else { "" };
    format!("Charts · {} {busy}", words::count(items, "item", "items")).trim_end().to_owned()
}

/// The charts below each other, or in two columns of about the same height.
fn columns(view: &View<'_>, charts: &[Chart], width: usize) -> Vec<Line<'static>> {
    let glyphs = if view.glyphs.ellipsis.is_ascii() { Glyphs::Ascii } else { Glyphs::Blocks };
    let below = |width: usize, charts: &[Chart]| -> Vec<figures::Line> {
        let blocks: Vec<Vec<figures::Line>> = charts.iter().map(|chart| chart.lines(width, glyphs)).collect();
        blocks.join(&Vec::new())
    };
    if width < 2 * COLUMN + GAP {
        return below(width.min(WIDEST), charts).iter().map(|line| Line::from(spans(view, line))).collect();
    }
    let width = ((width - GAP) / 2).min(WIDEST);
    let left = (1..charts.len()).min_by_key(|at| {
        let (left, right) = charts.split_at(*at);
        below(width, left).len().max(below(width, right).len())
    });
    let (left, right) = charts.split_at(left.unwrap_or(charts.len()));
    let (left, right) = (below(width, left), below(width, right));
    let line = |at: usize| {
        let mut line = left.get(at).map(|line| spans(view, line)).unwrap_or_default();
        let used: usize = line.iter().map(|span| text::width(&span.content)).sum();
        line.push(Span::raw(" ".repeat((width + GAP).saturating_sub(used))));
        line.extend(right.get(at).map(|line| spans(view, line)).unwrap_or_default());
        Line::from(line)
    };
    (0..left.len().max(right.len())).map(line).collect()
}

fn spans(view: &View<'_>, line: &figures::Line) -> Vec<Span<'static>> {
    let role = |tone| match tone {
        Tone::Plain => Role::Text,
        Tone::Strong => Role::Title,
        Tone::Faint => Role::Dim,
        Tone::Bar => Role::Sparkline,
    };
    line.iter()
        .flat_map(|(tone, part)| text::spans(part, view.style(role(*tone)), view.style(Role::Revealed)))
        .collect()
}
