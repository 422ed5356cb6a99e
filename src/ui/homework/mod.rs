//! The Homework screen: the plan or the run above, tabs, then a list and what belongs to its focused row.
//!
//! ```text
//! ┌ Run 20261121T101500Z-0a1b2c3d ───────────────────────────────────┐
//! │ ▹ running, 16 at once                                            │
//! │ ████████████████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  38 % │
//! │ 92 done (20 from before) · 1 failed · 16 running · 131 left      │
//! │ 12.3 items/s · 11 s left · 37 s so far · 41,200 + 20,110 tokens  │
//! │ $0.21 of $5.00 █░░░░░░░░░   4 %                                  │
//! │ ▁▂▅▇▇▆▇                                                          │
//! └──────────────────────────────────────────────────────────────────┘
//!  [Branches 2] Newest 20  Failures 1  Servers 2  Subjects  Not eligible  Balance
//! ┌ Branches · 2 ──────────────────┬ Newest and failures ────────────┐
//! │❯Natural Sciences  ████░░ 38/80 │ Optics                          │
//! │  Physics          ███░░░ 20/50 │ Q A lens of 5 dioptres …        │
//! └────────────────────────────────┴─────────────────────────────────┘
//! ```

mod items;
mod plan;
mod run;
mod servers;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::pane::{self, Text};
use super::{Drawn, View, balance, curate, scroll, text};
use crate::app::{Pane, Shows, words};
use crate::theme::Role;

pub(super) use run::sign;

/// From this width on list and details stand side by side.
const SIDE_BY_SIDE: u16 = 72;
/// From this width on there is a third column during a run.
const THIRD: u16 = 150;
/// Columns of the third column.
const THIRD_WIDTH: u16 = 62;

pub(super) fn draw(view: &View<'_>, body: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let screen = &view.model.homework;
    let above = match &screen.run {
        Some(run) => run::height(run, body),
        None if body.height >= 14 => 7,
        None => 4.min(body.height),
    };
    let tabs = u16::from(body.height >= 18);
    let band = Rect { height: above, ..body };
    let rest = Rect { y: body.y + above + tabs, height: body.height - above - tabs, ..body };
    match &screen.run {
        Some(run) => run::draw(view, run, band, buf),
        None => plan::draw(view, band, buf),
    }
    if tabs > 0 {
        draw_tabs(view, Rect { y: band.bottom(), height: 1, ..body }, buf);
    }
    drawn.shown.list = view.model.shown.list.clone();
    drawn.shown.height = view.model.shown.height;
    let third = match &screen.run {
        Some(run) if body.width >= THIRD => Some(run),
        _ => None,
    };
    let taken = if third.is_some() { THIRD_WIDTH } else { 0 };
    let (list, detail) =
        curate::split(view, Rect { width: rest.width - taken, ..rest }, screen.pane, SIDE_BY_SIDE, drawn);
    if let Some(area) = list {
        draw_list(view, area, buf, drawn);
    }
    if let Some(area) = detail {
        draw_detail(view, area, buf, drawn);
    }
    if let Some(run) = third {
        let area = Rect { x: rest.right() - taken, width: taken, ..rest };
        let newest = !matches!(screen.shows, Shows::Newest | Shows::Branches);
        let inner = pane::frame(view, area, buf, if newest { "Newest" } else { "Failures" }, false);
        let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
        let mut content = Text::new(view, inner.width);
        if newest {
            items::newest(view, run, inner.height.into(), &mut content);
        } else {
            items::failures(view, run, &mut content);
        }
        pane::lines(&content.lines, 0, inner, buf);
    }
}

/// The lists there are, the current one in brackets, each with how many rows it has.
fn draw_tabs(view: &View<'_>, area: Rect, buf: &mut Buffer) {
    let screen = &view.model.homework;
    let word = |shows: Shows| match screen.rows_of(shows) {
        0 => shows.title().to_owned(),
        rows => format!("{} {}", shows.title(), words::grouped(rows as u64)),
    };
    let all: Vec<_> = screen.lists().into_iter().map(|shows| (shows, word(shows))).collect();
    // Where not all counts fit, those of the run come first.
    let of_run = |shows| matches!(shows, Shows::Branches | Shows::Newest | Shows::Failures | Shows::Servers);
    let width = |counted: &dyn Fn(Shows) -> bool| {
        let word =
            |(shows, word): &(Shows, String)| text::width(if counted(*shows) { word } else { shows.title() }) + 2;
        all.iter().map(word).sum::<usize>() < usize::from(area.width)
    };
    let (everything, run_only) = (width(&|_| true), width(&|shows| of_run(shows)));
    let current = width(&|shows| shows == screen.shows || (run_only && of_run(shows)));
    let mut spans = vec![Span::raw(" ")];
    for (shows, word) in all {
        let counted = everything || (run_only && of_run(shows)) || (current && shows == screen.shows);
        let word = if counted { word } else { shows.title().to_owned() };
        let is_bad = shows == Shows::Failures && screen.rows_of(shows) > 0;
        spans.push(if shows == screen.shows {
            Span::styled(format!("[{word}]"), view.style(Role::Title))
        } else {
            Span::styled(format!(" {word} "), view.style(if is_bad { Role::Error } else { Role::Dim }))
        });
    }
    buf.set_line(area.x, area.y, &Line::from(spans), area.width);
}

fn draw_list(view: &View<'_>, area: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let screen = &view.model.homework;
    let is_focused = screen.pane == Pane::List;
    let title = match screen.rows() {
        0 => screen.shows.title().to_owned(),
        rows => format!("{} · {rows}", screen.shows.title()),
    };
    let inner = pane::frame(view, area, buf, &title, is_focused);
    let rows = screen.rows();
    let height = usize::from(inner.height);
    let top = scroll(view.model.shown.list.start, screen.at, height, rows);
    drawn.shown.list = top..rows.min(top + height);
    drawn.shown.height = height;
    if rows == 0 {
        let mut empty = Text::new(view, inner.width);
        empty.add(Role::Dim, nothing(view));
        pane::lines(&empty.lines, 0, inner, buf);
    }
    let scale = Scale::of(view);
    for (at, y) in drawn.shown.list.clone().zip(inner.y..inner.bottom()) {
        let row = Rect { y, height: 1, ..inner };
        let cursor = if at == screen.at { view.glyphs.cursor } else { " " };
        let mut spans = vec![Span::styled(cursor, view.style(Role::Title))];
        spans.extend(list_row(view, at, &scale, usize::from(inner.width).saturating_sub(1)));
        buf.set_line(row.x, y, &Line::from(spans), row.width);
        if at == screen.at {
            let role = if is_focused { Role::Selection } else { Role::SelectionInactive };
            buf.set_style(row, view.style(role));
        }
    }
}

fn nothing(view: &View<'_>) -> &'static str {
    let screen = &view.model.homework;
    match screen.shows {
        _ if screen.plan.is_none() && screen.run.is_none() => "The plan is being made…",
        Shows::Subjects | Shows::Balance | Shows::NotEligible if matches!(screen.plan, Some(Err(_))) => "",
        Shows::Subjects => "No subject here has an accepted syllabus yet. Accept one; then there is homework to make.",
        Shows::Balance => "No subject is taught here, so there is nothing to share out.",
        Shows::NotEligible => "Every subject here is eligible.",
        Shows::Branches => "The run is starting…",
        Shows::Newest => "The newest items appear here as they are finished.",
        Shows::Failures => "Nothing has failed.",
        Shows::Servers => "The run is starting…",
    }
}

/// What the rows of a list have in common.
struct Scale {
    /// Columns of the widest count.
    widest: usize,
    /// The largest share of each level.
    most: Vec<f64>,
}

impl Scale {
    fn of(view: &View<'_>) -> Self {
        let screen = &view.model.homework;
        let branches = screen.run.iter().filter(|_| screen.shows == Shows::Branches);
        let largest = branches.flat_map(|run| run.progress.branches.iter()).map(|branch| branch.total).max();
        let balance = if screen.shows == Shows::Balance { screen.balance.as_slice() } else { &[] };
        Self { widest: 2 * words::grouped(largest.unwrap_or(0)).len() + 2, most: balance::most(balance) }
    }
}

fn list_row(view: &View<'_>, at: usize, scale: &Scale, room: usize) -> Vec<Span<'static>> {
    let screen = &view.model.homework;
    let fit = |text: &str, room: usize| text::fit(text, room, view.glyphs.ellipsis);
    match screen.shows {
        Shows::Subjects => {
            let Some(subject) = screen.plan().and_then(|plan| plan.subjects.get(at)) else { return Vec::new() };
            let count = format!(" {}", words::grouped(subject.quota));
            let name = fit(&subject.node.facts.name.line(), room.saturating_sub(count.len()));
            let gap = room.saturating_sub(text::width(&name) + count.len());
            let short = subject.quota < subject.asked;
            let count_role = if short { Role::Warning } else { Role::Dim };
            vec![
                Span::styled(name, view.style(Role::Text)),
                Span::raw(" ".repeat(gap)),
                Span::styled(count, view.style(count_role)),
            ]
        }
        Shows::Balance => {
            let Some(branch) = screen.balance.get(at) else { return Vec::new() };
            let most = scale.most.get(branch.depth).copied().unwrap_or(0.0);
            balance::row(view, branch, most, room)
        }
        Shows::NotEligible => {
            let Some((node, why)) = screen.plan().and_then(|plan| plan.ineligible.get(at)) else { return Vec::new() };
            // What all have in common is said on the right as well; the name is what tells them apart.
            let ineligible = screen.plan().map(|plan| plan.ineligible.as_slice()).unwrap_or_default();
            let alike = ineligible.len() > 1 && ineligible.iter().take(200).all(|(_, other)| other == why);
            let for_name = if alike { room.saturating_sub(4) } else { room / 2 };
            let name = fit(&view.model.snapshot.name(*node).line(), for_name);
            let why = fit(why, room.saturating_sub(text::width(&name) + 4));
            vec![
                Span::styled(format!("{} ", view.glyphs.deprecated), view.style(Role::Warning)),
                Span::styled(format!("{name}  "), view.style(Role::Text)),
                Span::styled(why, view.style(Role::Dim)),
            ]
        }
        Shows::Branches => {
            let Some(branch) = screen.run.as_ref().and_then(|run| run.progress.branches.get(at)) else {
                return Vec::new();
            };
            let indent = "  ".repeat(branch.depth.into());
            let widest = scale.widest;
            let count = format!("{}/{}", words::grouped(branch.done), words::grouped(branch.total));
            let count = format!("{count:>widest$}");
            let bar_room = (room / 4).min(20);
            let name_room = room.saturating_sub(bar_room + count.len() + 1);
            let name = fit(&format!("{indent}{}", branch.name.line()), name_room);
            let gap = name_room.saturating_sub(text::width(&name)) + 1;
            let mut spans = vec![Span::styled(name, view.style(Role::Text)), Span::raw(" ".repeat(gap))];
            spans.extend(run::cells(view, branch.done, branch.failed, branch.total, bar_room));
            spans.push(Span::styled(count, view.style(Role::Dim)));
            spans
        }
        Shows::Newest => screen.run.as_ref().map(|run| items::row(view, run, at, room)).unwrap_or_default(),
        Shows::Failures => screen.run.as_ref().map(|run| items::failure_row(view, run, at, room)).unwrap_or_default(),
        Shows::Servers => screen.run.as_ref().map(|run| servers::row(view, run, at, room)).unwrap_or_default(),
    }
}

fn draw_detail(view: &View<'_>, area: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let screen = &view.model.homework;
    let wide = view.model.size.0 >= THIRD;
    let title = match screen.shows {
        Shows::Branches if wide => "Newest",
        Shows::Branches => "Newest and failures",
        Shows::Newest => "The item",
        Shows::Failures => "One of them",
        Shows::Servers => "The server",
        Shows::Balance => "Its share",
        Shows::Subjects | Shows::NotEligible => "What would be asked",
    };
    let inner = pane::frame(view, area, buf, title, screen.pane == Pane::Detail);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let mut content = Text::new(view, inner.width);
    match (&screen.run, screen.shows) {
        (Some(run), Shows::Branches) if wide => items::newest(view, run, usize::MAX, &mut content),
        (Some(run), Shows::Branches) => items::live(view, run, &mut content),
        (Some(run), Shows::Newest) => items::whole(view, run, screen.at, &mut content),
        (Some(run), Shows::Failures) => items::failure(view, run, screen.at, &mut content),
        (Some(run), Shows::Servers) => servers::detail(view, run, screen.at, &mut content),
        _ => plan::preview(view, &mut content),
    }
    drawn.shown.detail_overflow = pane::lines(&content.lines, screen.scroll, inner, buf);
    pane::position(view, area, buf, screen.scroll, drawn.shown.detail_overflow);
}

#[cfg(test)]
mod tests;
