//! `provost propose --dry-run`: the prompts as they would be sent, and nobody asked.

use serde::Serialize;

use super::console::Console;
use super::propose::place;
use super::table::{count, grouped};
use crate::asking::{Manner, Request, Told, questions};
use crate::error::AppError;
use crate::llm::{Message, PromptSet};
use crate::taxonomy::Untrusted;
use crate::taxonomy::snapshot::Snapshot;

/// One question as JSON.
#[derive(Serialize)]
struct Line<'a> {
    place: &'a str,
    runs: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    stratum: Option<&'a str>,
    told: Counts,
    prompt_hash: String,
    messages: Vec<Message>,
}

/// How much of each part of the decisions a prompt carries.
#[derive(Serialize)]
struct Counts {
    siblings: usize,
    rejections: usize,
    edits: usize,
}

/// Prints every prompt that the requests lead to.
///
/// # Errors
/// Nothing could come of a request, or a template cannot be filled in.
pub fn print(
    console: &mut Console<'_>,
    snapshot: &Snapshot,
    prompts: &PromptSet,
    requests: &[Request],
    manner: &Manner,
    json: bool,
) -> Result<(), AppError> {
    for request in requests {
        let place = place(snapshot, request);
        for question in questions(snapshot, prompts, request, manner).map_err(AppError::usage)? {
            let rendered = question.render(prompts)?;
            let told = counts(&question.told);
            let (runs, stratum) = (manner.runs.max(1), question.stratum.as_deref());
            if json {
                let (prompt_hash, messages) = (rendered.hash, rendered.messages);
                console.out.json(&Line { place: &place, runs, stratum, told, prompt_hash, messages })?;
                continue;
            }
            let Counts { siblings, rejections, edits } = told;
            let told = [
                count(siblings, "sibling", "siblings"),
                count(rejections, "rejection", "rejections"),
                count(edits, "edit", "edits"),
            ];
            let size: usize = rendered.messages.iter().map(|message| message.content.chars().count()).sum();
            let part = stratum.map(|part| format!(", {}", Untrusted::from(part).line())).unwrap_or_default();
            let runs = count(runs as usize, "run", "runs");
            let tokens = grouped((size / 4) as u64);
            console.out.note(&format!("{place}{part}: {runs}; told {}; about {tokens} tokens.", told.join(", ")));
            let text = Untrusted::from(rendered.text());
            text.reveal().lines().try_for_each(|line| console.out.line(line))?;
        }
    }
    Ok(())
}

fn counts(told: &Told) -> Counts {
    match told {
        Told::Children(_, _, context) => Counts {
            siblings: context.accepted.len() + context.pending.len(),
            rejections: context.rejected.len(),
            edits: context.edits.len(),
        },
        Told::Syllabus(_, context) => Counts { siblings: 0, rejections: context.rejected.len(), edits: 0 },
    }
}
