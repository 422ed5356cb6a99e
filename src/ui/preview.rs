//! What a model would be told, before it is asked: the parts that decisions teach, each of which a
//! key leaves out, then the prompt as it would be sent.
//!
//! ```text
//! ┌ What the model is told below "Physics" ──────┐
//! │ s ✓ 12 siblings: Optics · Acoustics · …      │
//! │ r ✓ 2 rejections                             │
//! │     Light: vague                             │
//! │ e ✗ 1 edit, left out                         │
//! │                                              │
//! │ The prompt for subjects, about 640 tokens    │
//! │ [system] …                                   │
//! └──────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::pane::{self, Text};
use super::{Drawn, View};
use crate::app::{self, Purpose, What, words};
use crate::input::{Action, Context};
use crate::taxonomy::{Lessons, Part, Trim, Untrusted};
use crate::theme::Role;

/// How many names of siblings are listed; the prompt below has them all.
const LISTED: usize = 40;

pub(super) fn draw(view: &View<'_>, preview: &app::Preview, body: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let area = pane::centred(body, 110, body.height);
    let place = preview.node.map_or("the root".to_owned(), |node| words::quoted(&view.model.snapshot.name(node)));
    let title = match preview.what {
        What::Children => format!("What the model is told below {place}"),
        What::Syllabus | What::Session => format!("What the model is told for the syllabus of {place}"),
    };
    let inner = pane::over(view, area, buf, &title);
    let mut content = Text::new(view, inner.width);
    for part in app::parts(preview.what) {
        self::part(view, &mut content, preview, *part);
    }
    if let Some(reason) = &preview.reason {
        content.item(("In particular", view.style(Role::Kind)), Role::Text, &Untrusted::from(reason.as_str()).line());
    }
    prompts(&mut content, preview);
    drawn.shown.reader_overflow = pane::lines(&content.lines, preview.scroll, inner, buf);
    pane::position(view, area, buf, preview.scroll, drawn.shown.reader_overflow);
}

fn key(view: &View<'_>, part: Part) -> String {
    let action = match part {
        Part::Siblings => Action::ToggleSiblings,
        Part::Rejections => Action::ToggleRejections,
        Part::Edits => Action::ToggleEdits,
    };
    let keys = view.model.keymap.keys_for(action, Context::Preview);
    keys.first().map_or_else(String::new, |key| (*key).to_owned())
}

fn part(view: &View<'_>, content: &mut Text<'_>, preview: &app::Preview, part: Part) {
    let lessons = &preview.lessons;
    let is_out = preview.trim.drops(part);
    let (sign, sign_role) = match is_out {
        false => (view.glyphs.accepted, Role::TreeAccepted),
        true => (view.glyphs.rejected, Role::TreeRejected),
    };
    let head = format!("{} {sign}", key(view, part));
    let mut says = words::count(lessons.count(part), part.singular(), part.name());
    if is_out {
        content.item((&head, view.style(sign_role)), Role::Dim, &format!("{says}, left out"));
        return;
    }
    if part == Part::Siblings {
        let names: Vec<String> =
            lessons.accepted.iter().chain(&lessons.pending).take(LISTED).map(|name| name.line().into_owned()).collect();
        let more = lessons.count(part) + lessons.crowded_out - names.len();
        if !names.is_empty() {
            says = format!("{says}: {}", names.join(" · "));
        }
        if more > 0 {
            says.push_str(&format!(" and {more} more"));
        }
        if lessons.crowded_out > 0 {
            says.push_str(&format!(" ({} do not fit)", lessons.crowded_out));
        }
    }
    content.item((&head, view.style(sign_role)), Role::Text, &says);
    entries(view, content, lessons, part);
}

fn entries(view: &View<'_>, content: &mut Text<'_>, lessons: &Lessons, part: Part) {
    let bullet = format!("    {}", view.glyphs.bullet);
    let mut entry = |text: String| content.item((&bullet, view.style(Role::Dim)), Role::Text, &text);
    match part {
        Part::Siblings => {}
        Part::Rejections => {
            for one in &lessons.rejections {
                entry(format!("{}: {}", one.name.line(), one.reason.line()));
            }
        }
        Part::Edits => {
            for one in &lessons.edits {
                entry(format!("{} => {}", one.before.line(), one.after.line()));
            }
        }
    }
}

fn prompts(content: &mut Text<'_>, preview: &app::Preview) {
    match &preview.prompts {
        None => {
            content.gap();
            content.add(Role::Dim, "Writing the prompt…");
        }
        Some(Err(why)) => {
            content.gap();
            content.add(Role::Error, &crate::taxonomy::text::reveal(why));
        }
        Some(Ok(prompts)) => {
            for prompt in prompts {
                let tokens = words::grouped((prompt.text.chars().count() / 4) as u64);
                let title = Untrusted::from(prompt.title.as_str());
                content.heading(&format!("The prompt for {}, about {tokens} tokens", title.line()));
                content.add(Role::Text, &Untrusted::from(prompt.text.as_str()).reveal());
            }
        }
    }
}

/// The note under a line that is for a model: what it will be told, and the key that shows it.
pub(super) fn note(view: &View<'_>, purpose: &Purpose) -> Option<String> {
    let Purpose::Ask { what, counts, trim, .. } = purpose else { return None };
    let told = told(*what, *counts, *trim);
    let key = view.model.keymap.keys_for(Action::NextField, Context::Text).first().copied().map(str::to_owned);
    let shows = key.map(|key| format!("; {key} shows and trims it")).unwrap_or_default();
    Some(format!("The model is told {told}{shows}."))
}

fn told(what: What, counts: [usize; 3], trim: Trim) -> String {
    let parts = app::parts(what).iter().filter(|part| !trim.drops(**part));
    let parts = parts.map(|part| words::count(counts[*part as usize], part.singular(), part.name()));
    let told: Vec<String> = parts.collect();
    if told.is_empty() { "nothing of what was decided".to_owned() } else { told.join(", ") }
}
