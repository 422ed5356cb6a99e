//! The Syllabus screen: one row per class session, the focused one in full beside or below.
//!
//! ```text
//! ┌ Optics · proposal 1 of 2 · 5 of 12 accepted ──────┬ Session 3 ──────────┐
//! │ ✓  1 Rays and Fermat's    Fermat's principle · Sn │ Interference        │
//! │❯!  2 Lenses               Lens equation · Aberrat │ What happens in it. │
//! │ ◌  3 Interference         Coherence · Fringes     │ 1 Coherence         │
//! └───────────────────────────────────────────────────┴─────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::pane::{self, Text};
use super::{Drawn, View, scroll, text};
use crate::app::{Column, Pane, RowChange, Version, words};
use crate::taxonomy::lint::Finding;
use crate::taxonomy::{Session, SessionId, Syllabus, describe};
use crate::theme::Role;

/// From this width on the focused session stands beside the rows.
const BESIDE: u16 = 110;

pub(super) fn draw(view: &View<'_>, body: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let model = view.model;
    let Some(content) = model.syllabus.content(&model.snapshot) else {
        let inner = pane::frame(view, body, buf, "Syllabus", true);
        let mut text = Text::new(view, inner.width);
        text.add(Role::Dim, "No syllabus. Focus a subject in the tree and come back.");
        pane::lines(&text.lines, 0, inner, buf);
        return;
    };
    let (list, detail) = places(view, content, body);
    let area = |rect: Option<Rect>| rect.map(pane::area).unwrap_or_default();
    (drawn.shown.panes.list, drawn.shown.panes.detail) = (area(list), area(detail));
    drawn.shown.height = model.shown.height;
    // Where the list is not drawn none of its rows was on the screen.
    drawn.shown.list = model.shown.list.start..model.shown.list.start;
    if let Some(list) = list {
        draw_list(view, content, list, buf, drawn);
    }
    if let Some(detail) = detail {
        draw_detail(view, content, detail, buf, drawn);
    }
}

/// The two panes; one of them alone where that is wanted.
fn places(view: &View<'_>, content: &Syllabus, body: Rect) -> (Option<Rect>, Option<Rect>) {
    let model = view.model;
    if model.is_zoomed {
        return match model.syllabus.pane {
            Pane::List => (Some(body), None),
            Pane::Detail => (None, Some(body)),
        };
    }
    if body.width >= BESIDE {
        let width = match model.split {
            None => (body.width / 3).min(56),
            Some(share) => body.width - (u32::from(body.width) * u32::from(share) / 100) as u16,
        };
        let list = Rect { width: body.width - width, ..body };
        return (Some(list), Some(Rect { x: list.right(), width, ..body }));
    }
    let height = detail_height(view, content, body.height);
    let list = Rect { height: body.height - height, ..body };
    (Some(list), Some(Rect { y: list.bottom(), height, ..body }))
}

fn draw_list(view: &View<'_>, content: &Syllabus, list: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let model = view.model;
    let title = title(view, content);
    let inner = pane::frame(view, list, buf, &title, model.syllabus.pane == Pane::List);
    let height = usize::from(inner.height);
    let total = content.sessions.len();
    let order = model.syllabus.order(&model.snapshot);
    let top = scroll(model.shown.list.start, model.syllabus.place(&model.snapshot), height, total);
    drawn.shown.list = top..total.min(top + height);
    drawn.shown.height = height;
    for (row, y) in order.into_iter().skip(top).zip(inner.y..inner.bottom()) {
        if let Some(session) = content.sessions.get(row) {
            draw_row(view, row, session, Rect { y, height: 1, ..inner }, buf);
        }
    }
}

/// Rows for the focused session where it stands below the list: all that the list has no use for, and
/// at least title, findings and key concepts of the longest session, up to half the screen. The same
/// for every session, so that nothing jumps.
fn detail_height(view: &View<'_>, content: &Syllabus, body: u16) -> u16 {
    let lines = |(row, session): (usize, &Session)| 1 + findings(view, row).count() + session.concepts.len();
    let longest = content.sessions.iter().enumerate().map(lines).max().unwrap_or(0);
    let wanted = u16::try_from(longest + 2).unwrap_or(u16::MAX).min(body / 2);
    let list = u16::try_from(content.sessions.len() + 2).unwrap_or(u16::MAX);
    body.saturating_sub(list).max(wanted).max((body * 2 / 5).clamp(3, 12)).min(body)
}

fn title(view: &View<'_>, content: &Syllabus) -> String {
    let model = view.model;
    let screen = &model.syllabus;
    let versions = screen.versions(&model.snapshot);
    let name = screen.subject.map(|subject| model.snapshot.name(subject)).unwrap_or_default();
    let mut parts = vec![name.line().into_owned()];
    match screen.version {
        Some(Version::Proposed(id)) => {
            let proposals: Vec<_> = versions.iter().filter(|version| **version != Version::Accepted).collect();
            let at = proposals.iter().position(|version| **version == Version::Proposed(id)).unwrap_or(0);
            parts.push(match proposals.len() {
                1 => "proposal".to_owned(),
                count => format!("proposal {} of {count}", at + 1),
            });
            let accepted = screen.review().map_or(0, |review| {
                content.sessions.iter().filter(|session| review.accepted.contains(&session.id)).count()
            });
            parts.push(format!("{accepted} of {} accepted", content.sessions.len()));
            let unseen = screen.unseen(&model.snapshot);
            if unseen > 0 {
                parts.push(format!("{unseen} not seen"));
            }
        }
        _ => parts.push("accepted".to_owned()),
    }
    if screen.first.is_some() {
        parts.push("flagged first".to_owned());
    }
    parts.join(" · ")
}

fn findings<'a>(view: &View<'a>, row: usize) -> impl Iterator<Item = &'a Finding> + use<'a> {
    view.model.syllabus.findings.iter().filter(move |finding| finding.cell.is_some_and(|(at, _)| at == row))
}

fn draw_row(view: &View<'_>, row: usize, session: &Session, area: Rect, buf: &mut Buffer) {
    let screen = &view.model.syllabus;
    let is_here = screen.row == row;
    let has_findings = findings(view, row).next().is_some();
    let (sign, role) = if screen.question(&session.id).is_some() {
        (view.glyphs.running, Role::Info)
    } else if screen.is_accepted(&session.id) {
        (view.glyphs.accepted, Role::TreeAccepted)
    } else if has_findings {
        (view.glyphs.warning, Role::Warning)
    } else if changes(view, session).next().is_some() {
        (view.glyphs.edited, Role::TreePending)
    } else {
        (view.glyphs.pending, Role::TreePending)
    };
    let style = view.style(role);
    let cursor = if is_here { view.glyphs.cursor } else { " " };
    let title_room = usize::from(area.width / 3).clamp(8, 36);
    let title = text::fit(&session.title.line(), title_room, view.glyphs.ellipsis);
    let mut spans =
        vec![Span::styled(cursor, view.style(Role::Title)), Span::styled(format!("{sign} {:>2} ", row + 1), style)];
    let cell = |column: Column| cell_style(view, row, column, is_here && screen.cell() == column);
    let padding = title_room - text::width(&title);
    spans.extend(text::spans(&title, cell(Column::Title), view.style(Role::Revealed)));
    spans.push(Span::raw(" ".repeat(padding + 1)));
    let used: usize = spans.iter().map(Span::width).sum();
    let room = usize::from(area.width).saturating_sub(used);
    spans.extend(cells(view, row, session, room, is_here));
    buf.set_line(area.x, area.y, &Line::from(spans), area.width);
    if is_here {
        buf.set_style(area, view.style(Role::SelectionInactive));
        // The focused cell keeps its own look on top of the row's.
        let mut x = area.x + used as u16;
        if screen.cell() == Column::Title {
            x = area.x + (used - title_room - 1) as u16;
            let cell = Rect { x, width: (text::width(&title) as u16).max(1), ..area };
            buf.set_style(cell.intersection(area), view.style(Role::Selection));
            return;
        }
        let Column::Concept(at) = screen.cell() else { return };
        let first = first_cell(session, at, room);
        for concept in first..at {
            x += text::width(&session.concepts[concept].line()) as u16 + 3;
        }
        if let Some(concept) = session.concepts.get(at) {
            let width = text::width(&concept.line()) as u16;
            let x = x + 2 * u16::from(first > 0) + sign_width(view, row, first) as u16;
            buf.set_style(Rect { x, width, ..area }.intersection(area), view.style(Role::Selection));
        }
    }
}

fn cell_style(view: &View<'_>, row: usize, column: Column, is_focused: bool) -> Style {
    let is_odd = findings(view, row).any(|finding| {
        let at = finding.cell.and_then(|(_, concept)| concept);
        at.map_or(Column::Title, Column::Concept) == column
    });
    match (is_odd, is_focused) {
        (true, _) => view.style(Role::Warning),
        (false, true) => view.style(Role::Title),
        (false, false) => view.style(if column == Column::Title { Role::Text } else { Role::Dim }),
    }
}

/// The room for the warning sign before the first concept that is shown, where it is flagged.
fn sign_width(view: &View<'_>, row: usize, concept: usize) -> usize {
    let is_odd = findings(view, row).any(|finding| finding.cell == Some((row, Some(concept))));
    if is_odd { text::width(view.glyphs.warning) + 1 } else { 0 }
}

/// The first concept to show, so that the focused one is in view.
fn first_cell(session: &Session, focused: usize, room: usize) -> usize {
    let width = |at: &usize| text::width(&session.concepts[*at].line()) + 3;
    let mut first = 0;
    let last = focused.min(session.concepts.len().saturating_sub(1));
    while first < last && (first..=last).map(|at| width(&at)).sum::<usize>() + 2 > room {
        first += 1;
    }
    first
}

/// The concepts of a row, `·` between them; odd ones with the warning sign before them.
fn cells(view: &View<'_>, row: usize, session: &Session, room: usize, is_here: bool) -> Vec<Span<'static>> {
    let screen = &view.model.syllabus;
    let first = match screen.cell() {
        Column::Concept(at) if is_here => first_cell(session, at, room),
        _ => 0,
    };
    let mut spans = Vec::new();
    let mut left = room;
    if first > 0 {
        spans.push(Span::styled(format!("{} ", view.glyphs.ellipsis), view.style(Role::Dim)));
        left = left.saturating_sub(2);
    }
    for (at, concept) in session.concepts.iter().enumerate().skip(first) {
        if at == first && sign_width(view, row, at) > 0 {
            spans.push(Span::styled(format!("{} ", view.glyphs.warning), view.style(Role::Warning)));
            left = left.saturating_sub(sign_width(view, row, at));
        }
        if at > first {
            let (between, style) = if sign_width(view, row, at) > 0 {
                (format!(" {} ", view.glyphs.warning), view.style(Role::Warning))
            } else {
                (" · ".to_owned(), view.style(Role::Dim))
            };
            left = left.saturating_sub(3);
            spans.push(Span::styled(between, style));
        }
        let shown = text::fit(&concept.line(), left, view.glyphs.ellipsis);
        left = left.saturating_sub(text::width(&shown));
        let is_focused = is_here && screen.cell() == Column::Concept(at);
        let style = cell_style(view, row, Column::Concept(at), is_focused);
        spans.extend(text::spans(&shown, style, view.style(Role::Revealed)));
        if left < 4 {
            break;
        }
    }
    spans
}

/// The focused session in full: description, every concept, every finding; then the whole.
fn draw_detail(view: &View<'_>, content: &Syllabus, area: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let screen = &view.model.syllabus;
    let number = screen.row + 1;
    let title = format!("Session {number} of {}", content.sessions.len());
    let inner = pane::frame(view, area, buf, &title, screen.pane == Pane::Detail);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let mut detail = Text::new(view, inner.width);
    if let Some(session) = content.sessions.get(screen.row) {
        let here = |column: Column| if screen.cell() == column { Role::Title } else { Role::Text };
        detail.add(here(Column::Title), &session.title.line());
        if let Some(question) = screen.question(&session.id) {
            let reason = crate::taxonomy::text::reveal_line(&question.reason);
            let asked = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            let text = format!("The model is asked for it again{asked}");
            detail.item((view.glyphs.running, view.style(Role::Info)), Role::Info, &text);
        }
        // What is said of the focused cell comes first.
        let here = |finding: &&Finding| finding.cell.map(|(_, at)| at.map_or(0, |at| at + 1)) == Some(screen.column);
        let (focused, others): (Vec<_>, Vec<_>) = findings(view, screen.row).partition(here);
        for finding in focused.into_iter().chain(others) {
            detail.item((view.glyphs.warning, view.style(Role::Warning)), Role::Warning, &finding.message);
        }
        let fixes = view.model.fixes();
        for (at, fix) in fixes.iter().enumerate() {
            let key = view.model.fix_key(at, fixes.len());
            detail.item((&key, view.style(Role::Key)), Role::KeyLabel, &fix.label);
        }
        let here = |column: Column| if screen.cell() == column { Role::Title } else { Role::Text };
        for (at, concept) in session.concepts.iter().enumerate() {
            let column = Column::Concept(at);
            let sign = match (screen.cell() == column, sign_width(view, screen.row, at)) {
                (true, _) => view.glyphs.cursor,
                (false, 0) => view.glyphs.bullet,
                (false, _) => view.glyphs.warning,
            };
            detail.item((sign, view.style(here(column))), here(column), &concept.line());
        }
        for change in changes(view, session) {
            changed(view, change, &mut detail);
        }
        if !session.description.is_blank() {
            detail.add(Role::Dim, &session.description.reveal());
        }
    }
    whole(view, content, &mut detail);
    drawn.shown.detail_overflow = pane::lines(&detail.lines, screen.scroll, inner, buf);
    pane::position(view, area, buf, screen.scroll, drawn.shown.detail_overflow);
}

fn changes<'a>(view: &View<'a>, session: &'a Session) -> impl Iterator<Item = &'a RowChange> + use<'a> {
    view.model.syllabus.changes.iter().filter(move |change| change.session.as_ref() == Some(&session.id))
}

/// What was done to a session, why and by whom; the session before, where it is another now.
fn changed(view: &View<'_>, change: &RowChange, detail: &mut Text<'_>) {
    let event = view.model.snapshot.record.event(change.event);
    let why = event.and_then(|event| describe::why(&event.change)).map(|why| format!(": {why}")).unwrap_or_default();
    let who = event.map(|event| {
        let by = crate::taxonomy::text::reveal_line(&event.by);
        format!(" ({by}, {})", words::ago(view.model.now, event.id.milliseconds()))
    });
    let who = who.unwrap_or_default();
    let sign = (view.glyphs.edited, view.style(Role::Dim));
    match &change.before {
        None => detail.item(sign, Role::Dim, &format!("{}{why}{who}", change.what.join(", "))),
        Some(before) => {
            detail.item(sign, Role::Dim, &format!("written anew{why}{who}; before:"));
            let concepts: Vec<_> = before.concepts.iter().map(|concept| concept.line().into_owned()).collect();
            let text = format!("{}: {}", before.title.line(), concepts.join(" · "));
            detail.item(("-", view.style(Role::DiffRemoved)), Role::DiffRemoved, &text);
        }
    }
}

fn whole(view: &View<'_>, content: &Syllabus, detail: &mut Text<'_>) {
    let general = view.model.syllabus.findings.iter().filter(|finding| finding.cell.is_none());
    detail.heading("The whole syllabus");
    for finding in general {
        detail.item((view.glyphs.warning, view.style(Role::Warning)), Role::Warning, &finding.message);
    }
    let is_there = |id: &Option<SessionId>| id.as_ref().is_some_and(|id| content.session(id).is_some());
    for change in view.model.syllabus.changes.iter().filter(|change| !is_there(&change.session)) {
        changed(view, change, detail);
    }
    let counted = words::count(content.concept_count(), "key concept", "key concepts");
    let flagged = view.model.syllabus.findings.iter().filter(|finding| finding.cell.is_some()).count();
    detail.add(Role::Dim, &format!("{} sessions, {counted}, {flagged} flagged", content.sessions.len()));
    detail.add(Role::Text, &content.introduction.reveal());
    for objective in &content.objectives {
        detail.item((view.glyphs.bullet, view.style(Role::Dim)), Role::Dim, &objective.line());
    }
}
