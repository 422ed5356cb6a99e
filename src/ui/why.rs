//! Where a node or syllabus comes from: rationale, batches, decisions, model, prompt and reply.
//!
//! ```text
//! ┌ Where "Optics" comes from · batch 2 of 2 ────┐
//! │ Rationale                                    │
//! │ Every physicist needs it.                    │
//! │ Proposed                                     │
//! │ ❯ provost-demo: 3 of 12, asked by ana, …     │
//! │ Decisions                                    │
//! │ ◦ edited "Optics": ana, 2 min ago            │
//! │   name: Light → Optics                       │
//! │ Prompt …                                     │
//! └──────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::pane::{self, Text};
use super::{Drawn, View, text};
use crate::app::{self, words};
use crate::taxonomy::evidence::{self, Delta};
use crate::taxonomy::text::reveal_line;
use crate::taxonomy::{Batch, Body, Call, Proposed, Source, describe};
use crate::theme::Role;

/// So many batches are listed; all can be gone to.
const LISTED: usize = 6;
/// So much of a text that was changed.
const LONG: usize = 600;

pub(super) fn draw(view: &View<'_>, why: &app::Why, body: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let area = pane::centred(body, 110, body.height);
    let name = words::quoted(&view.model.snapshot.name(why.node));
    let what = if is_syllabus(why) { format!("the syllabus of {name}") } else { name };
    let place = match why.batches.len() {
        0 => String::new(),
        count => format!(" · batch {} of {count}", why.at + 1),
    };
    let room = usize::from(area.width).saturating_sub(4 + text::width(&place) + "Where  comes from".len());
    let what = text::fit(&what, room, view.glyphs.ellipsis);
    let inner = pane::over(view, area, buf, &format!("Where {what} comes from{place}"));
    let mut content = Text::new(view, inner.width);
    fill(view, why, &mut content, &mut drawn.shown.reader_marks);
    drawn.shown.reader_overflow = pane::lines(&content.lines, why.scroll, inner, buf);
    pane::position(view, area, buf, why.scroll, drawn.shown.reader_overflow);
}

fn is_syllabus(why: &app::Why) -> bool {
    why.proposal.is_some_and(crate::taxonomy::ProposalId::is_syllabus)
}

fn fill(view: &View<'_>, why: &app::Why, content: &mut Text<'_>, marks: &mut Vec<usize>) {
    if why.proposal.is_none() {
        content.add(Role::Text, "Nobody proposed it: it was added by hand.");
    }
    proposed(view, why, content);
    decisions(view, why, content);
    match &why.content {
        None if why.batch().is_some() => {
            content.gap();
            content.add(Role::Dim, "Reading the batch…");
        }
        None => {}
        Some(Err(error)) => {
            content.gap();
            content.add(Role::Error, &crate::taxonomy::text::reveal(error));
        }
        Some(Ok(batch)) => self::batch(view, why, batch, content, marks),
    }
    content.gap();
    let id = why.proposal.filter(|_| is_syllabus(why)).map(|id| id.to_string());
    content.add(Role::Dim, &id.unwrap_or_else(|| why.node.to_string()));
}

/// Why the shown batch proposes it, and all batches that do.
fn proposed(view: &View<'_>, why: &app::Why, content: &mut Text<'_>) {
    let record = &view.model.snapshot.record;
    let Some(proposal) = why.proposal.and_then(|id| record.proposal(id)) else { return };
    let wording = why.wording(&view.model.snapshot);
    let rationale = match (wording, &proposal.body) {
        (Some((Proposed::Node { rationale, .. }, ..)), _) | (None, Body::Node { rationale, .. }) => rationale.as_ref(),
        _ => None,
    };
    if let Some(rationale) = rationale {
        content.heading("Rationale");
        content.add(Role::Text, &rationale.reveal());
    }
    if let Some((Proposed::Node { facts, .. }, ..)) = wording
        && let Body::Node { facts: first, .. } = &proposal.body
        && facts.name != first.name
    {
        content.add(Role::Dim, &format!("This batch calls it {}.", words::quoted(&facts.name)));
    }
    let seen = evidence::seen(&view.model.snapshot, proposal.id);
    content.heading("Proposed");
    let newest = (why.at + LISTED / 2).clamp(LISTED.min(why.batches.len()), why.batches.len());
    for (at, id) in why.batches.iter().enumerate().take(newest).rev().take(LISTED) {
        let Some(head) = record.batch(*id) else { continue };
        let when = words::ago(view.model.now, id.milliseconds());
        let by = reveal_line(&head.by);
        let source = head.source.name();
        let run = head.run().map(|run| format!(", {run}")).unwrap_or_default();
        let seen = seen.iter().find(|(batch, _)| batch == id);
        let place = match seen {
            Some((_, rank)) => format!("{} of {}{run}", rank + 1, head.count),
            None => "a session written anew".to_owned(),
        };
        let text = format!("{}: {place}, asked by {by}, {when}", source.line());
        let (sign, role) = match at == why.at && why.batches.len() > 1 {
            true => (view.glyphs.cursor, Role::Title),
            false => (view.glyphs.bullet, Role::Text),
        };
        content.item((sign, view.style(Role::Dim)), role, &text);
    }
    if why.batches.len() > LISTED {
        content.add(Role::Dim, &format!("{} batches in all", why.batches.len()));
    }
}

/// Everything that was decided, newest first, with what it changed.
fn decisions(view: &View<'_>, why: &app::Why, content: &mut Text<'_>) {
    let snapshot = &view.model.snapshot;
    let viewer = &view.model.settings.curator;
    let proposal = why.proposal.and_then(|id| snapshot.record.proposal(id));
    if let Some(votes) = proposal.and_then(|proposal| describe::votes(snapshot, proposal, viewer)) {
        content.heading("Votes");
        content.add(Role::Text, &votes);
    }
    content.heading("Decisions");
    if why.history.is_empty() {
        content.add(Role::Dim, "None yet.");
    }
    for event in why.history.iter().rev() {
        let who = reveal_line(&event.by);
        let when = words::ago(view.model.now, event.id.milliseconds());
        let undone = if snapshot.record.is_undone(event.id) { " (undone)" } else { "" };
        let text = format!("{}{undone}: {who}, {when}", describe::event_for(snapshot, event, viewer));
        content.item((view.glyphs.bullet, view.style(Role::Dim)), Role::Text, &text);
        for delta in evidence::deltas(snapshot, event, Some(why.node), viewer) {
            self::delta(view, &delta, content);
        }
    }
}

/// `name: Light → Optics`, below the decision that did it.
fn delta(view: &View<'_>, delta: &Delta, content: &mut Text<'_>) {
    let cut = |text: &str| text::fit(text, LONG, view.glyphs.ellipsis);
    let (before, after) = (cut(&delta.before), cut(&delta.after));
    let says = match (before.is_empty(), after.is_empty()) {
        (true, _) => format!("{}: {after}", delta.what),
        (false, true) => format!("{}: {before} {} nothing", delta.what, view.glyphs.arrow),
        (false, false) => format!("{}: {before} {} {after}", delta.what, view.glyphs.arrow),
    };
    content.item((" ", view.style(Role::Dim)), Role::Dim, &says);
}

fn batch(view: &View<'_>, why: &app::Why, batch: &Batch, content: &mut Text<'_>, marks: &mut Vec<usize>) {
    content.heading(&format!("Batch {}", batch.id));
    if let Source::Import { format, hash, options, .. } = &batch.source {
        let hash = hash.iter().map(|hash| format!("BLAKE3 {}", hash.chars().take(16).collect::<String>()));
        let facts = std::iter::once(format!("read as {format}")).chain(options.iter().cloned()).chain(hash);
        content.add(Role::Dim, &reveal_line(&facts.collect::<Vec<_>>().join(" · ")));
    }
    for bad in &batch.bad {
        content.item((view.glyphs.warning, view.style(Role::Warning)), Role::Text, &bad.line());
    }
    let needle = why.needle(&view.model.snapshot);
    for call in &batch.calls {
        self::call(view, call, needle.as_deref(), content, marks);
    }
}

fn call(view: &View<'_>, call: &Call, needle: Option<&str>, content: &mut Text<'_>, marks: &mut Vec<usize>) {
    content.heading(&format!("Call: {}", reveal_line(&call.step)));
    let mut facts = vec![format!("model {}", call.model.line())];
    let parameters = call.parameters.iter();
    facts.extend(parameters.map(|(key, value)| format!("{} {}", reveal_line(key), reveal_line(&value.to_string()))));
    if let Some(usage) = call.usage {
        facts.push(format!("{} + {} tokens", usage.prompt_tokens, usage.completion_tokens));
    }
    if let Some(finish) = &call.finish {
        facts.push(format!("finished: {}", reveal_line(finish)));
    }
    facts.push(format!("prompt version {}", reveal_line(&call.prompt_hash)));
    content.add(Role::Dim, &facts.join(" · "));
    content.item(("Prompt", view.style(Role::Kind)), Role::Dim, "as sent");
    content.add(Role::Text, &call.prompt.reveal());
    content.item(("Reply", view.style(Role::Kind)), Role::Dim, "as received");
    reply(view, &call.reply.reveal(), needle, content, marks);
}

/// The reply; lines that hold the name are marked, by a sign and a look, and noted in `marks`.
fn reply(view: &View<'_>, reply: &str, needle: Option<&str>, content: &mut Text<'_>, marks: &mut Vec<usize>) {
    let Some(needle) = needle.map(str::to_lowercase).filter(|needle| !needle.trim().is_empty()) else {
        return content.add(Role::Text, reply);
    };
    let lines = text::wrap(reply, content.width().saturating_sub(2));
    let low: Vec<String> = lines.iter().map(|line| line.to_lowercase()).collect();
    for (at, line) in lines.iter().enumerate() {
        // A name may be broken at the end of a line.
        let broken = |first: usize| match (low.get(first), low.get(first + 1)) {
            (Some(one), Some(two)) => {
                !one.contains(&needle)
                    && !two.contains(&needle)
                    && format!("{one} {}", two.trim_start()).contains(&needle)
            }
            _ => false,
        };
        let begins = low[at].contains(&needle) || broken(at);
        let is_it = begins || at.checked_sub(1).is_some_and(broken);
        if begins {
            marks.push(content.lines.len());
        }
        let (sign, role) = if is_it { (view.glyphs.cursor, Role::Match) } else { (" ", Role::Text) };
        content.item((sign, view.style(role)), role, line);
    }
}
