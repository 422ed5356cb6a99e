//! Finished items and failures of a run.

use ratatui::text::Span;

use super::super::pane::Text;
use super::super::{View, text};
use crate::app::{Run, words};
use crate::homework::Finished;
use crate::theme::Role;

/// Failures by class, the newest items, the newest failures: where there is one column for all.
pub(super) fn live(view: &View<'_>, run: &Run, content: &mut Text<'_>) {
    for failure in &run.progress.failures {
        let head = format!("{} {}", failure.count, failure.class);
        content.item((&head, view.style(Role::Error)), Role::Dim, &failure.example.line());
    }
    if !run.progress.failures.is_empty() {
        content.gap();
    }
    newest(view, run, usize::MAX, content);
}

/// Items shown one after the other: laying out texts is what a frame costs. The list of the newest has them all.
const WHOLE: usize = 8;

/// The newest items, one after the other, until so many lines are full.
pub(super) fn newest(view: &View<'_>, run: &Run, room: usize, content: &mut Text<'_>) {
    for item in run.progress.newest.iter().take(WHOLE) {
        if content.lines.len() >= room {
            return;
        }
        path(view, item, content);
        content.item(("Q", view.style(Role::Key)), Role::Text, &item.question.reveal());
        content.item(("A", view.style(Role::Key)), Role::Dim, &item.answer.reveal());
        content.gap();
    }
    match run.progress.newest.len() {
        0 => content.add(Role::Dim, "The newest items appear here as they are finished."),
        more if more > WHOLE => {
            content.add(Role::Dim, &format!("{} more in the list of the newest.", more - WHOLE));
        }
        _ => {}
    }
}

/// Failures by class with an example each, then the newest ones.
pub(super) fn failures(view: &View<'_>, run: &Run, content: &mut Text<'_>) {
    for failure in &run.progress.failures {
        let head = format!("{} {}", words::grouped(failure.count), failure.class);
        content.parts(&[(view.style(Role::Error), &head)]);
        content.item((" ", view.style(Role::Dim)), Role::Dim, &failure.example.reveal());
        content.gap();
    }
    if run.progress.failures.is_empty() {
        content.add(Role::Dim, "Nothing has failed.");
        return;
    }
    content.heading("The latest");
    for failed in &run.failures {
        let message = format!("{}: {}", failed.class, failed.message.line());
        content.item((view.glyphs.error, view.style(Role::Error)), Role::Dim, &message);
    }
}

fn path(view: &View<'_>, item: &Finished, content: &mut Text<'_>) {
    let path: Vec<_> = item.path.iter().map(|name| name.line().into_owned()).collect();
    content.add(Role::Kind, &path.join(&format!(" {} ", view.glyphs.path)));
    if let Some(unfit) = item.unfit {
        content.item((view.glyphs.warning, view.style(Role::Warning)), Role::Warning, unfit);
    }
}

/// One row of the newest items: its subject and how its question begins.
pub(super) fn row(view: &View<'_>, run: &Run, at: usize, room: usize) -> Vec<Span<'static>> {
    let Some(item) = run.progress.newest.get(at) else { return Vec::new() };
    let (sign, role) = match item.unfit {
        Some(_) => (view.glyphs.warning, Role::Warning),
        None => (view.glyphs.ok, Role::Ok),
    };
    let subject = item.path.last().map(|name| name.line().into_owned()).unwrap_or_default();
    let subject = text::fit(&subject, (room / 3).max(8), view.glyphs.ellipsis);
    let left = room.saturating_sub(text::width(&subject) + 4);
    let question = text::fit(&item.question.line(), left, view.glyphs.ellipsis);
    vec![
        Span::styled(format!("{sign} "), view.style(role)),
        Span::styled(format!("{subject}  "), view.style(Role::Text)),
        Span::styled(question, view.style(Role::Dim)),
    ]
}

/// One item whole.
pub(super) fn whole(view: &View<'_>, run: &Run, at: usize, content: &mut Text<'_>) {
    if let Some(item) = run.progress.newest.get(at) {
        one(view, item, content);
    }
}

fn one(view: &View<'_>, item: &Finished, content: &mut Text<'_>) {
    path(view, item, content);
    content.gap();
    content.item(("Q", view.style(Role::Key)), Role::Text, &item.question.reveal());
    content.gap();
    content.item(("A", view.style(Role::Key)), Role::Text, &item.answer.reveal());
    content.gap();
    content.add(Role::Dim, &format!("Item {}.", item.item));
}

/// One row of the failures: how many, and of which class.
pub(super) fn failure_row(view: &View<'_>, run: &Run, at: usize, room: usize) -> Vec<Span<'static>> {
    let Some(failure) = run.progress.failures.get(at) else { return Vec::new() };
    let head = format!("{:>5} {}  ", words::grouped(failure.count), failure.class);
    let example = text::fit(&failure.example.line(), room.saturating_sub(head.len()), view.glyphs.ellipsis);
    vec![Span::styled(head, view.style(Role::Error)), Span::styled(example, view.style(Role::Dim))]
}

/// A class of failures: one real example, whole, and the newest of them.
pub(super) fn failure(view: &View<'_>, run: &Run, at: usize, content: &mut Text<'_>) {
    let Some(failure) = run.progress.failures.get(at) else { return };
    let head = format!("{} {}", words::count(failure.count as usize, "item", "items"), failure.class);
    content.parts(&[(view.style(Role::Error), &head)]);
    content.add(Role::Text, &failure.example.reveal());
    if let Some(sample) = &failure.sample {
        content.gap();
        one(view, sample, content);
    }
    let mut same = run.failures.iter().filter(|failed| failed.class == failure.class).peekable();
    if same.peek().is_some() {
        content.heading("The latest");
    }
    for failed in same.take(10) {
        let message = format!("{} {}", failed.item, failed.message.line());
        content.item((view.glyphs.error, view.style(Role::Error)), Role::Dim, &message);
    }
}
