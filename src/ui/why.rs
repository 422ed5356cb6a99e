//! Where a node comes from: rationale, batches, model, parameters, prompt and reply, decisions.
//!
//! ```text
//! ┌ Where "Optics" comes from ───────────────────┐
//! │ Rationale                                    │
//! │ Every physicist needs it.                    │
//! │ Proposed                                     │
//! │ 2 times; last by provost-demo, 5 min ago     │
//! │ Decisions                                    │
//! │ accepted "Optics"       ana, 2 min ago       │
//! │ Prompt …                                     │
//! └──────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::pane::{self, Text};
use super::{Drawn, View};
use crate::app::{self, words};
use crate::taxonomy::{Batch, Body, Proposal, Source, describe};
use crate::theme::Role;

pub(super) fn draw(view: &View<'_>, why: &app::Why, body: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let area = pane::centred(body, 110, body.height);
    let name = view.model.snapshot.name(why.node);
    let inner = pane::over(view, area, buf, &format!("Where {} comes from", words::quoted(&name)));
    let mut content = Text::new(view, inner.width);
    fill(view, why, &mut content);
    drawn.shown.reader_overflow = pane::lines(&content.lines, why.scroll, inner, buf);
    pane::position(view, area, buf, why.scroll, drawn.shown.reader_overflow);
}

fn fill(view: &View<'_>, why: &app::Why, content: &mut Text<'_>) {
    let snapshot = &view.model.snapshot;
    let proposal = why.proposal.and_then(|id| snapshot.record.proposal(id));
    match proposal {
        Some(proposal) => proposed(view, proposal, content),
        None => content.add(Role::Text, "Nobody proposed it: it was added by hand."),
    }
    decisions(view, why, content);
    match &why.content {
        None if why.batch.is_some() => {
            content.gap();
            content.add(Role::Dim, "Reading the batch…");
        }
        None => {}
        Some(Err(error)) => {
            content.gap();
            content.add(Role::Error, &crate::taxonomy::text::reveal(error));
        }
        Some(Ok(batch)) => calls(view, batch, content),
    }
    content.gap();
    content.add(Role::Dim, &why.node.to_string());
}

fn proposed(view: &View<'_>, proposal: &Proposal, content: &mut Text<'_>) {
    if let Body::Node { rationale: Some(rationale), .. } = &proposal.body {
        content.heading("Rationale");
        content.add(Role::Text, &rationale.reveal());
    }
    content.heading("Proposed");
    let record = &view.model.snapshot.record;
    for (batch, rank) in proposal.seen.iter().rev().take(6) {
        let Some(head) = record.batch(*batch) else { continue };
        let when = words::ago(view.model.now, batch.milliseconds());
        let by = crate::taxonomy::text::reveal_line(&head.by);
        let source = head.source.name();
        let run = head.run().map(|run| format!(", {run}")).unwrap_or_default();
        let text = format!("{}: {} of {}{run}, asked by {by}, {when}", source.line(), rank + 1, head.count);
        content.item((view.glyphs.bullet, view.style(Role::Dim)), Role::Text, &text);
    }
    if proposal.seen.len() > 6 {
        content.add(Role::Dim, &format!("and {} times before", proposal.seen.len() - 6));
    }
}

fn decisions(view: &View<'_>, why: &app::Why, content: &mut Text<'_>) {
    let snapshot = &view.model.snapshot;
    let about = snapshot.record.events().iter().rev();
    let about: Vec<_> = about
        .filter(|event| !describe::is_secret(event, &view.model.settings.curator))
        .filter(|event| words::nodes_of(snapshot, &event.change).contains(&why.node))
        .take(12)
        .collect();
    content.heading("Decisions");
    if about.is_empty() {
        content.add(Role::Dim, "None yet.");
    }
    for event in about {
        let who = crate::taxonomy::text::reveal_line(&event.by);
        let when = words::ago(view.model.now, event.id.milliseconds());
        let undone = if snapshot.record.is_undone(event.id) { " (undone)" } else { "" };
        let text =
            format!("{}{undone}: {who}, {when}", describe::event_for(snapshot, event, &view.model.settings.curator));
        content.item((view.glyphs.bullet, view.style(Role::Dim)), Role::Text, &text);
    }
}

fn calls(view: &View<'_>, batch: &Batch, content: &mut Text<'_>) {
    if let Source::Import { format, hash, options, .. } = &batch.source {
        let hash = hash.iter().map(|hash| format!("BLAKE3 {}", hash.chars().take(16).collect::<String>()));
        let facts = std::iter::once(format!("read as {format}")).chain(options.iter().cloned()).chain(hash);
        content.add(Role::Dim, &crate::taxonomy::text::reveal_line(&facts.collect::<Vec<_>>().join(" · ")));
    }
    for bad in &batch.bad {
        content.item((view.glyphs.warning, view.style(Role::Warning)), Role::Text, &bad.line());
    }
    for call in &batch.calls {
        let step = crate::taxonomy::text::reveal_line(&call.step);
        content.heading(&format!("Call: {step}"));
        let mut facts = vec![format!("model {}", call.model.line())];
        facts.extend(call.parameters.iter().map(|(key, value)| {
            format!(
                "{} {}",
                crate::taxonomy::text::reveal_line(key),
                crate::taxonomy::text::reveal_line(&value.to_string())
            )
        }));
        if let Some(usage) = call.usage {
            facts.push(format!("{} + {} tokens", usage.prompt_tokens, usage.completion_tokens));
        }
        if let Some(finish) = &call.finish {
            facts.push(format!("finished: {}", crate::taxonomy::text::reveal_line(finish)));
        }
        facts.push(format!("prompt version {}", crate::taxonomy::text::reveal_line(&call.prompt_hash)));
        content.add(Role::Dim, &facts.join(" · "));
        content.item(("Prompt", view.style(Role::Kind)), Role::Dim, "as sent");
        content.add(Role::Text, &call.prompt.reveal());
        content.item(("Reply", view.style(Role::Kind)), Role::Dim, "as received");
        content.add(Role::Text, &call.reply.reveal());
    }
}
