//! The top of the screen.
//!
//! ```text
//!  provost  Curate  Syllabus  Homework  Dataset  History       12 pending · 3 deferred · 1 flagged
//!  OpenAlex slice › Natural sciences › Physics › Optics               ana · read-only
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{View, text};
use crate::app::{Screen, badge, words};
use crate::taxonomy::NodeId;
use crate::theme::Role;

pub(super) fn draw(view: &View<'_>, area: Rect, buf: &mut Buffer) {
    if area.height > 1 {
        let counts = right(view, counts(view));
        let room = usize::from(area.width).saturating_sub(counts.width() + 1);
        both(buf, Rect { height: 1, ..area }, tabs(view, room), counts);
    }
    let last = Rect { y: area.bottom().saturating_sub(1), height: 1, ..area };
    let who = if area.height > 1 { who(view) } else { counts(view).into_iter().take(1).chain(badges(view)).collect() };
    let who = right(view, who);
    let room = usize::from(area.width).saturating_sub(who.width() + 2);
    both(buf, last, path(view, room), who);
}

/// One line with something at each end; the right end wins.
fn both(buf: &mut Buffer, area: Rect, left: Line<'_>, right: Line<'_>) {
    let taken = (right.width() as u16).min(area.width);
    buf.set_line(area.right() - taken, area.y, &right, taken);
    buf.set_line(area.x, area.y, &left, area.width.saturating_sub(taken + 1));
}

/// The tabs; only the current one where all of them would be cut off.
fn tabs(view: &View<'_>, room: usize) -> Line<'static> {
    let whole: usize = Screen::ALL.into_iter().map(|screen| text::width(screen.title()) + 2).sum();
    let all = text::width(" provost ") + whole <= room;
    let mut spans = vec![Span::styled(" provost ", view.style(Role::Header))];
    for screen in Screen::ALL {
        let current = screen == view.model.screen;
        if current {
            spans.push(Span::styled(format!("[{}]", screen.title()), view.style(Role::Title)));
        } else if all {
            spans.push(Span::styled(format!(" {} ", screen.title()), view.style(Role::Dim)));
        }
    }
    Line::from(spans)
}

fn counts(view: &View<'_>) -> Vec<(Role, String)> {
    let digest = &view.model.digest;
    let pending = if digest.pending == 0 { Role::Ok } else { Role::TreePending };
    let mut parts = vec![(pending, format!("{} pending", digest.pending))];
    if digest.deferred > 0 {
        parts.push((Role::TreeDeferred, format!("{} deferred", digest.deferred)));
    }
    if digest.flagged > 0 {
        parts.push((Role::Flag, format!("{} flagged", digest.flagged)));
    }
    parts
}

fn badges(view: &View<'_>) -> Vec<(Role, String)> {
    let mut parts = Vec::new();
    let elsewhere = view.model.screen != Screen::Homework;
    if let (Some(run), Some(says)) = (&view.model.homework.run, badge(view.model).filter(|_| elsewhere)) {
        let (sign, role, _) = super::homework::sign(view, run);
        parts.push((role, format!("{sign} {says}")));
    }
    let problems = view.model.snapshot.problems.len();
    if problems > 0 {
        parts.push((Role::Error, words::count(problems, "broken file", "broken files")));
    }
    if view.model.settings.read_only.is_some() {
        parts.push((Role::Warning, "read-only".to_owned()));
    }
    parts
}

fn who(view: &View<'_>) -> Vec<(Role, String)> {
    let curator = crate::taxonomy::text::reveal_line(&view.model.settings.curator);
    let curator = text::fit(&curator, 24, view.glyphs.ellipsis);
    std::iter::once((Role::Dim, curator)).chain(badges(view)).collect()
}

fn right(view: &View<'_>, parts: Vec<(Role, String)>) -> Line<'static> {
    let mut spans = Vec::new();
    for (role, part) in parts {
        if !spans.is_empty() {
            spans.push(Span::styled(" · ", view.style(Role::Dim)));
        }
        spans.push(Span::styled(part, view.style(role)));
    }
    spans.push(Span::raw(" "));
    Line::from(spans)
}

/// The names from the taxonomy down; where they do not fit, the upper ones go first.
fn path(view: &View<'_>, room: usize) -> Line<'static> {
    let model = view.model;
    let focused: Option<NodeId> = match model.screen {
        Screen::Curate => model.tree.cursor,
        Screen::Syllabus => model.syllabus.subject,
        Screen::Dataset => model.dataset.focused().and_then(|entry| entry.subject),
        Screen::History | Screen::Homework => None,
    };
    let mut names = vec![model.snapshot.manifest.title.line().into_owned()];
    if let Some(node) = focused {
        names.extend(model.snapshot.names(node).iter().map(|name| name.line().into_owned()));
    }
    let separator = format!(" {} ", view.glyphs.path);
    let mut whole = names.join(&separator);
    while text::width(&whole) + 1 > room && names.len() > 1 {
        names.remove(0);
        whole = format!("{}{separator}{}", view.glyphs.ellipsis, names.join(&separator));
    }
    let whole = text::fit(&whole, room.saturating_sub(1), view.glyphs.ellipsis);
    let mut spans = vec![Span::raw(" ")];
    spans.extend(text::spans(&whole, view.style(Role::Header), view.style(Role::Revealed)));
    Line::from(spans)
}
