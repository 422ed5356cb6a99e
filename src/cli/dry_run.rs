//! `provost propose --dry-run`: the prompts as they would be sent, and nobody asked.

use serde::Serialize;

use super::console::Console;
use super::propose::place;
use super::table::{count, grouped};
use crate::asking::{Manner, Question, Request, Told, questions};
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
    #[serde(skip_serializing_if = "Option::is_none")]
    wording: Option<String>,
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
            for run in question.different() {
                one(console, &place, &question, run, prompts, json)?;
            }
        }
    }
    Ok(())
}

/// Prints the prompt of one run, and of all that are worded alike.
fn one(
    console: &mut Console<'_>,
    place: &str,
    question: &Question,
    run: u32,
    prompts: &PromptSet,
    json: bool,
) -> Result<(), AppError> {
    let rendered = question.render(prompts, run)?;
    let told = counts(&question.told);
    let worded = question.wording(run).map(ToString::to_string);
    // Run 1 of 10 in five wordings stands for runs 1 and 6.
    let alike = |all: u32| (all - run) / u32::try_from(question.wordings.len()).unwrap_or(1).max(1) + 1;
    let runs = if worded.is_some() { alike(question.runs) } else { question.runs };
    let stratum = question.stratum.as_deref();
    if json {
        let (prompt_hash, messages) = (rendered.hash, rendered.messages);
        let line = Line { place, runs, stratum, wording: worded, told, prompt_hash, messages };
        return console.out.json(&line);
    }
    let Counts { siblings, rejections, edits } = told;
    let told = [
        count(siblings, "sibling", "siblings"),
        count(rejections, "rejection", "rejections"),
        count(edits, "edit", "edits"),
    ];
    let size: usize = rendered.messages.iter().map(|message| message.content.chars().count()).sum();
    let part = stratum.map(|part| format!(", {}", Untrusted::from(part).line())).unwrap_or_default();
    let part = part + &worded.map(|name| format!(", worded {}", Untrusted::from(name).line())).unwrap_or_default();
    let runs = count(runs as usize, "run", "runs");
    let tokens = grouped((size / 4) as u64);
    console.out.note(&format!("{place}{part}: {runs}; told {}; about {tokens} tokens.", told.join(", ")));
    let text = Untrusted::from(rendered.text());
    text.reveal().lines().try_for_each(|line| console.out.line(line))
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
