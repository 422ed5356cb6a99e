//! The bottom of the screen: keys from the action table, then what happened last.
//!
//! ```text
//!  a accept  1..9 reject  e edit  ] pending  r ask  s later  p place  u undo  ? help
//!  last: accepted "Optics"                 asking below "Physics": 12    saving 2…
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::{Drawn, View, text};
use crate::app::{Overlay, Screen, What, enabled};
use crate::input::{Action, Context, Hint};
use crate::theme::Role;

pub(super) fn draw(view: &View<'_>, area: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let is_searching = matches!(view.model.overlays.last(), Some(Overlay::Search));
    let status = Rect { y: area.bottom().saturating_sub(1), height: 1, ..area };
    if area.height > 1 || !is_searching {
        hints(view, Rect { height: 1, ..area }, buf);
    }
    if is_searching {
        search(view, status, buf, drawn);
    } else if area.height > 1 {
        self::status(view, status, buf);
    }
}

/// The most useful keys, as many as fit: what applies now comes before what does not, and help
/// always has its place.
fn hints(view: &View<'_>, area: Rect, buf: &mut Buffer) {
    let model = view.model;
    if model.resolver.menu(&model.keymap).is_some() {
        // Whatever else the footer says does not apply before the sequence is at its end.
        let spans = [(model.key(Action::Cancel), Role::Key), (" cancel".to_owned(), Role::KeyLabel)];
        let spans = spans.map(|(text, role)| Span::styled(text, view.style(role)));
        buf.set_line(area.x + 1, area.y, &Line::from(spans.to_vec()), area.width.saturating_sub(1));
        return;
    }
    let is_screen = model.overlays.is_empty();
    let is_help = matches!(model.overlays.last(), Some(Overlay::Help(_)));
    let said = |hint: &Hint| {
        let word = hint.actions.first().filter(|_| is_screen).and_then(|action| crate::app::label(model, *action));
        word.unwrap_or(hint.label)
    };
    let cost = |hint: &Hint| text::width(&hint.keys) + 1 + text::width(said(hint)) + 2;
    let can = |hint: &Hint| !is_screen || hint.actions.iter().any(|action| enabled(model, *action).is_ok());
    let mut hints = model.keymap.footer(model.context());
    let is_reader = matches!(model.context(), Context::Reader | Context::Preview | Context::Evidence);
    hints.retain(|hint| {
        let is = |action| hint.actions.contains(&action);
        let in_form = matches!(model.overlays.last(), Some(Overlay::Form(_)));
        !(is_help && is(Action::Choose) || is_reader && is(Action::Search) || is(Action::NextField) && !in_form)
    });
    // Of two keys that do the same here, the first will do.
    let mut words: Vec<&str> = Vec::new();
    hints.retain(|hint| {
        let word = said(hint);
        let is_new = !words.contains(&word);
        words.push(word);
        is_new
    });
    let mut room = usize::from(area.width);
    let help = hints.iter().position(|hint| hint.actions.contains(&Action::Help));
    let mut chosen: Vec<usize> = help.into_iter().collect();
    room = room.saturating_sub(chosen.iter().map(|at| cost(&hints[*at])).sum());
    let able: Vec<bool> = hints.iter().map(can).collect();
    for wanted in [true, false] {
        for (at, hint) in hints.iter().enumerate() {
            if able[at] == wanted && Some(at) != help && cost(hint) <= room {
                room -= cost(hint);
                chosen.push(at);
            }
        }
    }
    chosen.sort_unstable();
    let mut spans = vec![Span::raw(" ")];
    for at in chosen {
        let (key, label) = if able[at] { (Role::Key, Role::KeyLabel) } else { (Role::KeyDisabled, Role::KeyDisabled) };
        spans.push(Span::styled(hints[at].keys.clone(), view.style(key)));
        spans.push(Span::styled(format!(" {}  ", said(&hints[at])), view.style(label)));
    }
    buf.set_line(area.x, area.y, &Line::from(spans), area.width);
}

fn status(view: &View<'_>, area: Rect, buf: &mut Buffer) {
    let model = view.model;
    let mut right = Vec::new();
    if let Some(job) = model.jobs.last() {
        let place =
            job.node.map_or_else(|| "the root".to_owned(), |node| model.snapshot.name(node).line().into_owned());
        let place = text::fit(&place, 24, view.glyphs.ellipsis);
        let more = match model.jobs.len() {
            1 => String::new(),
            count => format!(" (+{})", count - 1),
        };
        let about = match job.what {
            What::Children if job.runs > 1 => {
                format!("asking below {place}: {} of {} answered, {} new", job.answered, job.runs, job.arrived)
            }
            What::Children => format!("asking below {place}: {} new", job.arrived),
            What::Syllabus => format!("asking for the syllabus of {place}"),
            What::Session => format!("asking for a session of {place}"),
        };
        right.push((Role::Info, format!("{} {about}{more}", view.glyphs.running)));
    }
    if let Some((done, total)) = model.meaning.progress {
        right.push((Role::Info, format!("{} embedding {done}/{total}", view.glyphs.running)));
    }
    if model.search.is_active() {
        let needle = crate::taxonomy::text::reveal_line(model.search.field.text()).into_owned();
        let needle = text::fit(&needle, 16, view.glyphs.ellipsis);
        right.push((Role::Match, format!("/{needle} {}", position(view))));
    }
    if model.saving.count() > 0 {
        right.push((Role::Warning, format!("saving {}{}", model.saving.count(), view.glyphs.ellipsis)));
    }
    let mut spans: Vec<Span<'_>> = Vec::new();
    for (role, part) in right {
        spans.push(Span::styled(part, view.style(role)));
        spans.push(Span::raw("  "));
    }
    let right = Line::from(spans);
    let taken = (right.width() as u16).min(area.width);
    buf.set_line(area.right() - taken, area.y, &right, taken);
    let Some(last) = &model.last else { return };
    let last = crate::taxonomy::text::reveal_line(last);
    let room = usize::from(area.width.saturating_sub(taken)).saturating_sub(2);
    let last = text::fit(&format!(" last: {last}"), room, view.glyphs.ellipsis);
    let spans = text::spans(&last, view.style(Role::Footer), view.style(Role::Revealed));
    buf.set_line(area.x, area.y, &Line::from(spans), area.width - taken);
}

fn search(view: &View<'_>, area: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    buf.set_style(area, view.style(Role::Input));
    let position = if view.model.search.is_active() { position(view) } else { String::new() };
    let taken = text::width(&position) as u16;
    if taken + 12 < area.width {
        buf.set_string(area.right() - taken - 1, area.y, &position, view.style(Role::Dim));
    }
    buf.set_string(area.x, area.y, " /", view.style(Role::Key));
    let line = Rect { x: area.x + 2, width: area.width.saturating_sub(taken + 4), ..area };
    drawn.cursor = Some(field(view, &view.model.search.field, line, buf));
}

/// Where among the matches one is; of items, how many there are so far.
fn position(view: &View<'_>) -> String {
    if view.model.screen == Screen::Dataset { view.model.dataset.found() } else { view.model.search.position() }
}

/// Draws a text field, scrolled so that its cursor is in view; returns where the cursor is.
pub(super) fn field(view: &View<'_>, field: &crate::app::Field, area: Rect, buf: &mut Buffer) -> Position {
    let (left, right) = field.halves();
    let left = crate::taxonomy::text::reveal_line(left);
    let right = crate::taxonomy::text::reveal_line(right);
    let columns = usize::from(area.width);
    let before = text::tail(&left, columns.saturating_sub(1));
    let style = view.style(Role::Input);
    buf.set_style(Rect { height: area.height.min(1), ..area }, style);
    let whole = format!("{before}{right}");
    let spans = text::spans(&whole, style, view.style(Role::Revealed));
    if area.height > 0 {
        buf.set_line(area.x, area.y, &Line::from(spans), area.width);
    }
    let at = (text::width(before) as u16).min(area.width.saturating_sub(1));
    Position::new(area.x + at, area.y)
}
