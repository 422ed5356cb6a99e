//! Batches as commands print them: in short beside what they put forward, and whole.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::locate;
use super::printer::{Printer, Style};
use super::table::count;
use crate::error::AppError;
use crate::store::Store;
use crate::taxonomy::evidence;
use crate::taxonomy::id::ProposalId;
use crate::taxonomy::proposal::{Batch, Call, Proposed, Source, Usage};
use crate::taxonomy::snapshot::Snapshot;
use crate::taxonomy::text::{Untrusted, reveal_line};
use crate::taxonomy::{BatchId, NodeId};

/// A batch without prompts and replies.
#[derive(Serialize)]
pub struct Short {
    id: BatchId,
    at: String,
    by: String,
    source: Source,
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<NodeId>,
    proposals: usize,
    calls: Vec<ShortCall>,
}

#[derive(Serialize)]
struct ShortCall {
    step: String,
    model: Untrusted,
    prompt_hash: String,
    parameters: BTreeMap<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Usage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finish: Option<String>,
}

/// The batches that put a proposal forward, oldest first; those whose file cannot be read are told
/// and left out.
pub fn of_proposal(store: &Store, snapshot: &Snapshot, id: ProposalId, out: &mut Printer) -> Vec<Batch> {
    let mut read = Vec::new();
    for batch in evidence::batches(snapshot, id) {
        match store.batch(batch) {
            Ok(batch) => read.push(batch),
            Err(error) => out.note(&format!("note: {batch} cannot be read: {error}")),
        }
    }
    read
}

impl Short {
    /// The batch in short.
    pub fn of(batch: &Batch) -> Self {
        let call = |call: &Call| ShortCall {
            step: call.step.clone(),
            model: call.model.clone(),
            prompt_hash: call.prompt_hash.clone(),
            parameters: call.parameters.clone(),
            usage: call.usage,
            finish: call.finish.clone(),
        };
        Self {
            id: batch.id,
            at: batch.at.clone(),
            by: batch.by.clone(),
            source: batch.source.clone(),
            about: batch.about,
            proposals: batch.proposals.len(),
            calls: batch.calls.iter().map(call).collect(),
        }
    }
}

/// One line for each call: step, model, parameters, prompt version.
pub fn calls(batch: &Batch) -> Vec<String> {
    batch.calls.iter().map(call).collect()
}

fn call(call: &Call) -> String {
    let mut facts = vec![format!("{}: model {}", call.step, call.model.line())];
    facts.extend(call.parameters.iter().map(|(key, value)| format!("{key} {value}")));
    if let Some(usage) = call.usage {
        facts.push(format!("{} + {} tokens", usage.prompt_tokens, usage.completion_tokens));
    }
    facts.extend(call.finish.iter().map(|finish| format!("finished: {finish}")));
    facts.push(format!("prompt version {}", call.prompt_hash));
    facts.join(", ")
}

/// Prints a batch, whole: what was sent, what came back, what was made of it.
///
/// # Errors
/// Nobody reads.
pub fn print(batch: &Batch, snapshot: &Snapshot, out: &mut Printer) -> Result<(), AppError> {
    out.spans(&[(Style::Strong, &batch.id.to_string())])?;
    let source = match &batch.source {
        Source::Model { model, profile, .. } => format!("model {} (profile {profile})", model.line()),
        Source::Import { file, format, .. } => format!("import of {} as {format}", file.line()),
    };
    out.line(&format!("asked: {} by {}: {source}", batch.at, batch.by))?;
    out.line(&format!("about: {}", batch.about.map_or_else(|| "/".to_owned(), |id| locate::path(snapshot, id))))?;
    out.line(&format!("holds: {}", count(batch.proposals.len(), "proposal", "proposals")))?;
    for proposed in &batch.proposals {
        let id = proposed.id();
        match proposed {
            Proposed::Node { kind, facts, .. } => out.line(&format!("  {} ({kind}, {id})", facts.name.line()))?,
            Proposed::Syllabus { subject, syllabus } => {
                let sessions = count(syllabus.sessions.len(), "class session", "class sessions");
                out.line(&format!("  syllabus of \"{}\", {sessions} ({id})", snapshot.name(*subject).line()))?;
            }
        }
    }
    for bad in &batch.bad {
        out.line(&format!("  not used: {}", bad.line()))?;
    }
    for call in &batch.calls {
        out.line("")?;
        out.line(&self::call(call))?;
        for (what, text) in [("prompt", &call.prompt), ("reply", &call.reply)] {
            out.spans(&[(Style::Strong, &format!("{what}:"))])?;
            for line in text.raw().lines() {
                out.line(&format!("  {}", reveal_line(line)))?;
            }
        }
    }
    Ok(())
}
