//! The Dataset screen: finished items on the left, one of them in full on the right.
//!
//! ```text
//! ┌ Dataset · sample 12/200 judged ──────────┬ Optics · s04 Lenses ───────────────┐
//! │❯✓ Optics        A lens of focal length … │ kept · you: good · Optics 5/8 good │
//! │ ◌ Optics        Why does a prism …       │ Question                           │
//! └──────────────────────────────────────────┴─────────────────────────── 40% ─┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::pane::{self, Text};
use super::picker::{self, Filtered, Offered};
use super::{Drawn, View, charts, curate, markdown, scroll, text};
use crate::app::{ItemFacetPicker, Pane, facet_label, words};
use crate::homework::dataset::Entry;
use crate::homework::{Record, Standing};
use crate::taxonomy::verdicts::{Fate, fault};
use crate::taxonomy::{ItemVerdict, Untrusted};
use crate::theme::Role;

/// From this width on the panes stand side by side.
const SIDE_BY_SIDE: u16 = 100;
/// The fewest and the most columns for the name of a subject.
const SUBJECT: (usize, usize) = (10, 28);

pub(super) fn draw(view: &View<'_>, body: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    if view.model.dataset.charts.is_on {
        return charts::draw(view, body, buf, drawn);
    }
    let body = chips(view, body, buf);
    let pane = view.model.dataset.pane;
    // Where there is little room, the item that is read has all of it.
    let (list_area, detail_area) = match pane {
        Pane::Detail if body.width < SIDE_BY_SIDE => {
            drawn.shown.panes.detail = pane::area(body);
            (None, Some(body))
        }
        _ => curate::split(view, body, pane, SIDE_BY_SIDE, drawn),
    };
    drawn.shown.list = view.model.shown.list.clone();
    drawn.shown.height = view.model.shown.height;
    if let Some(area) = list_area {
        list(view, area, buf, drawn);
    }
    if let Some(area) = detail_area {
        detail(view, area, buf, drawn);
    }
}

/// The line above the panes that says what the facets leave; returns the rest.
fn chips(view: &View<'_>, area: Rect, buf: &mut Buffer) -> Rect {
    let facets = &view.model.dataset.facets;
    if facets.is_empty() || area.height < 8 {
        return area;
    }
    let mut groups: Vec<(&str, Vec<String>)> = Vec::new();
    for value in facets.values() {
        let label = facet_label(&view.model.snapshot, value);
        match groups.last_mut().filter(|(facet, _)| *facet == value.facet()) {
            Some((_, labels)) => labels.push(label),
            None => groups.push((value.facet(), vec![label])),
        }
    }
    let chips: Vec<String> = groups.iter().map(|(facet, labels)| format!("{facet}: {}", labels.join(" or "))).collect();
    let line = text::fit(&chips.join(" · "), usize::from(area.width).saturating_sub(2), view.glyphs.ellipsis);
    let mut spans = vec![Span::raw(" ")];
    spans.extend(text::spans(&line, view.style(Role::Match), view.style(Role::Revealed)));
    buf.set_line(area.x, area.y, &Line::from(spans), area.width);
    Rect { y: area.y + 1, height: area.height - 1, ..area }
}

fn title(view: &View<'_>) -> String {
    let screen = &view.model.dataset;
    let shown = words::grouped(screen.rows.len() as u64);
    let all = screen.dataset().map_or(0, |dataset| dataset.entries().len());
    let mut title = match &screen.sample {
        Some(sampling) => {
            let judged = (0..screen.rows.len()).filter_map(|row| screen.entry(row));
            let judged = judged.filter(|entry| screen.own(entry.item).is_some()).count();
            format!("Dataset · sample · {judged} of {shown} judged · seed {}", sampling.seed)
        }
        None if screen.rows.len() == all => format!("Dataset · {}", words::count(all, "item", "items")),
        None => format!("Dataset · {shown} of {} items", words::grouped(all as u64)),
    };
    if screen.is_busy() {
        title.push_str(&format!(" {}", view.glyphs.running));
    }
    title
}

fn list(view: &View<'_>, area: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let model = view.model;
    let screen = &model.dataset;
    let is_focused = screen.pane == Pane::List;
    let inner = pane::frame(view, area, buf, &title(view), is_focused);
    let height = usize::from(inner.height);
    let top = scroll(model.shown.list.start, screen.at, height, screen.rows.len());
    drawn.shown.list = top..screen.rows.len().min(top + height);
    drawn.shown.height = height;
    if screen.rows.is_empty() {
        let mut empty = Text::new(view, inner.width);
        empty.add(Role::Dim, &nothing(view));
        pane::lines(&empty.lines, 0, inner, buf);
        return;
    }
    for (row, y) in (top..screen.rows.len()).zip(inner.y..inner.bottom()) {
        let Some(entry) = screen.entry(row) else { continue };
        let area = Rect { y, height: 1, ..inner };
        buf.set_line(area.x, y, &line(view, entry, row == screen.at, area.width), area.width);
        if row == screen.at {
            let role = if is_focused { Role::Selection } else { Role::SelectionInactive };
            buf.set_style(area, view.style(role));
        }
    }
}

/// Why there is no row.
fn nothing(view: &View<'_>) -> String {
    let screen = &view.model.dataset;
    match (&screen.error, screen.dataset()) {
        (Some(error), None) => error.clone(),
        (_, None) => format!("Reading what was generated{}", view.glyphs.ellipsis),
        (_, Some(dataset)) if dataset.entries().is_empty() => {
            "Nothing was generated yet. Approve a subject and its syllabus, then start a run on the Homework screen."
                .to_owned()
        }
        _ if screen.is_busy() => format!("Searching{}", view.glyphs.ellipsis),
        _ => "No item matches.".to_owned(),
    }
}

/// The sign of an item: what this curator says of it, else what becomes of it.
fn sign(view: &View<'_>, entry: &Entry) -> (&'static str, Style) {
    let (model, glyphs) = (view.model, view.glyphs);
    let (glyph, role) = match model.dataset.own(entry.item) {
        Some(ItemVerdict::Good) => (glyphs.accepted, Role::TreeAccepted),
        Some(_) => (glyphs.rejected, Role::Error),
        None => match model.dataset.standing(&model.snapshot, entry, &model.settings.curator) {
            Standing::Kept | Standing::HeldOut => (glyphs.pending, Role::TreePending),
            Standing::Stale => (glyphs.deprecated, Role::TreeDeprecated),
            Standing::Duplicate | Standing::NearDuplicate => (glyphs.merged, Role::TreeDeprecated),
            Standing::Contaminated => (glyphs.contested, Role::Flag),
            Standing::Judged | Standing::Refused => (glyphs.rejected, Role::TreeRejected),
            Standing::Unfit | Standing::Failed => (glyphs.warning, Role::Warning),
        },
    };
    (glyph, view.style(role))
}

fn line(view: &View<'_>, entry: &Entry, is_here: bool, width: u16) -> Line<'static> {
    let model = view.model;
    let (glyph, style) = sign(view, entry);
    let subject = entry.subject.map(|subject| model.snapshot.name(subject)).unwrap_or_default();
    let width = usize::from(width);
    let columns = (width * 3 / 10).clamp(SUBJECT.0, SUBJECT.1);
    let subject = text::fit(&subject.line(), columns, view.glyphs.ellipsis);
    let gap = " ".repeat(columns.saturating_sub(text::width(&subject)));
    let question = match model.dataset.head(entry.item) {
        Some(head) if head.line.is_empty() => missing(entry),
        Some(head) => markdown::plain(&head.line),
        None => String::new(),
    };
    let question = text::fit(&question, width.saturating_sub(columns + 4), view.glyphs.ellipsis);
    let cursor = if is_here { view.glyphs.cursor } else { " " };
    let mut spans = vec![Span::styled(cursor, view.style(Role::Title)), Span::styled(format!("{glyph} "), style)];
    spans.extend(text::spans(&subject, view.style(Role::Dim), view.style(Role::Revealed)));
    spans.push(Span::raw(format!("{gap} ")));
    spans.extend(text::spans(&question, view.style(Role::Text), view.style(Role::Revealed)));
    Line::from(spans)
}

fn missing(entry: &Entry) -> String {
    let why = entry.why.as_deref().map(|why| format!(": {}", Untrusted::from(why).line())).unwrap_or_default();
    format!("no question{why}")
}

fn detail(view: &View<'_>, area: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let screen = &view.model.dataset;
    let is_focused = screen.pane == Pane::Detail;
    let record = screen.record();
    let title = match record {
        Some(Ok(record)) => heading(record),
        _ => "Item".to_owned(),
    };
    let inner = pane::frame(view, area, buf, &title, is_focused);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let mut content = Text::new(view, inner.width);
    match (screen.focused(), record) {
        (Some(entry), Some(Ok(record))) => item(view, entry, record, &mut content),
        (Some(_), Some(Err(why))) => content.add(Role::Error, why),
        (Some(_), None) => content.add(Role::Dim, &format!("Reading{}", view.glyphs.ellipsis)),
        (None, _) => {}
    }
    drawn.shown.detail_overflow = pane::lines(&content.lines, screen.scroll, inner, buf);
    pane::position(view, area, buf, screen.scroll, drawn.shown.detail_overflow);
}

/// `Optics · s04 Lenses, s07 Prisms`.
fn heading(record: &Record) -> String {
    let subject = record.path.last().map(|name| name.line().into_owned()).unwrap_or_default();
    let session = |session: &crate::homework::record::DrawnSession| {
        format!("{} {}", crate::taxonomy::text::reveal_line(&session.id.0), session.title.line())
    };
    let sessions: Vec<String> = record.sessions.iter().map(session).collect();
    format!("{subject} · {}", sessions.join(", "))
}

fn item(view: &View<'_>, entry: &Entry, record: &Record, content: &mut Text<'_>) {
    status(view, entry, content);
    if let Some(failure) = &record.failure {
        let said =
            format!("Failed at the {}: {}", Untrusted::from(failure.step.as_str()).line(), failure.message.line());
        content.add(Role::Warning, &said);
    }
    for finding in &record.findings {
        content.item((view.glyphs.warning, view.style(Role::Warning)), Role::Warning, finding.check.code());
    }
    for (title, text) in [("Question", &record.question), ("Answer", &record.answer)] {
        if text.is_blank() {
            continue;
        }
        content.heading(title);
        let lines = markdown::lines(view, &text.reveal(), content.width());
        content.lines.extend(lines);
    }
}

/// What becomes of the item, what was said of it, and how its subject fares.
fn status(view: &View<'_>, entry: &Entry, content: &mut Text<'_>) {
    let model = view.model;
    let (screen, snapshot, viewer) = (&model.dataset, &model.snapshot, &model.settings.curator);
    let (glyph, style) = sign(view, entry);
    let standing = screen.standing(snapshot, entry, viewer);
    let mut parts = vec![match &entry.why {
        Some(why) => format!("{}: {}", standing.code(), Untrusted::from(why.as_ref()).line()),
        None => standing.code().to_owned(),
    }];
    if let Some(verdict) = screen.own(entry.item) {
        parts.push(format!("you: {}", verdict.title()));
    }
    if let Some(other) = entry.repeats {
        parts.push(format!("repeats {}", &other.to_string()[..12]));
    }
    content.item((glyph, style), Role::Text, &parts.join(" · "));
    if screen.own(entry.item).is_some() || screen.fate(entry.item).is_some() {
        let told = crate::homework::provenance::verdicts(snapshot, entry, viewer);
        let divided = screen.fate(entry.item) == Some(Fate::Divided);
        if told.len() > 1 || divided {
            let head = if divided { "divided: " } else { "" };
            content.add(Role::Dim, &format!("{head}{}", told.join("; ")));
        }
    }
    if let Some(subject) = entry.subject {
        quality(view, subject, content);
    }
}

/// "Optics: 5 of 8 judged good, 31 to 86 %; session s04 most often bad (g s)".
fn quality(view: &View<'_>, subject: crate::taxonomy::NodeId, content: &mut Text<'_>) {
    let snapshot = &view.model.snapshot;
    let Some(found) = view.model.dataset.quality(subject) else { return };
    let Some((low, high)) = found.interval() else { return };
    let name = snapshot.name(subject);
    let share = format!(
        "{}: {} of {} judged good, {:.0} to {:.0} %",
        name.line(),
        found.good,
        found.judged(),
        low * 100.0,
        high * 100.0
    );
    let much = crate::taxonomy::lint::judged(snapshot, subject).is_some();
    match fault(snapshot, subject).filter(|_| much).and_then(|fault| fault.session) {
        Some((session, ..)) => {
            let key = view.model.key(crate::input::Action::GoSyllabus);
            let session = crate::taxonomy::text::reveal_line(&session.0).into_owned();
            content.add(Role::Warning, &format!("{share}; most refused from session {session} ({key} opens it)"));
        }
        None => content.add(Role::Dim, &share),
    }
}

/// The list of facets.
pub(super) fn facets(view: &View<'_>, list: &ItemFacetPicker, body: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let count = format!(" {} shown", words::grouped(view.model.dataset.rows.len() as u64));
    let frame = Filtered { title: "Which items", field: &list.field, count: &count, rows: 24, columns: 80 };
    let Some(rows) = frame.draw(view, body, buf, drawn) else { return };
    let height = usize::from(rows.height);
    let top = scroll(list.at.saturating_sub(height / 2), list.at, height, list.matches.len());
    (drawn.shown.panes.top, drawn.shown.panes.top_first) = (pane::area(rows), top);
    let mut before = "";
    for ((at, offer), y) in list.matches.iter().enumerate().skip(top).zip(rows.y..rows.bottom()) {
        let offer = &list.offers[*offer];
        let number = words::grouped(offer.count as u64);
        let facet = offer.value.facet();
        let group = if facet == before { "" } else { facet };
        before = facet;
        let label =
            text::fit(&offer.label, usize::from(rows.width).saturating_sub(16 + number.len()), view.glyphs.ellipsis);
        let role = if offer.is_on { Role::Title } else { Role::Text };
        let offered = Offered {
            is_focused: at == list.at,
            is_on: offer.is_on,
            group: &format!("{group:<9}"),
            label: text::spans(&label, view.style(role), view.style(Role::Revealed)),
            number: &number,
        };
        offered.draw(view, Rect { y, height: 1, ..rows }, buf);
    }
    if list.matches.is_empty() {
        picker::nothing(view, rows, buf);
    }
}

#[cfg(test)]
mod tests;
