//! Events in words, for the footer, the history and receipts. All text is made visible.

use super::event::Change;
use super::id::{NodeId, ProposalId};
use super::snapshot::Snapshot;

/// What a change says, as the rest of a sentence that starts with the curator's name:
/// `rejected "Optics II" as duplicate`.
#[must_use]
pub fn change(snapshot: &Snapshot, change: &Change) -> String {
    match change {
        Change::Accept { on } => {
            let ids: Vec<_> = on.iter().map(|acceptance| acceptance.proposal).collect();
            let edited = on.iter().any(|acceptance| acceptance.edit.is_some());
            format!("accepted {}{}", proposals(snapshot, &ids), if edited { " as edited" } else { "" })
        }
        Change::Reject { on, reason, note, .. } => {
            let words = note.as_ref().map(|note| format!(": {}", note.line())).unwrap_or_default();
            format!("rejected {} as {}{words}", proposals(snapshot, on), reason.title())
        }
        Change::Defer { on } => format!("deferred {}", proposals(snapshot, on)),
        Change::Flag { on, note } => {
            let words = note.as_ref().map(|note| format!(": {}", note.line())).unwrap_or_default();
            format!("flagged {}{words}", proposals(snapshot, on))
        }
        Change::Alias { on, into, .. } => {
            format!("merged {} into {}", proposals(snapshot, &[*on]), node(snapshot, *into))
        }
        Change::Revise { on, reason, note, .. } => {
            let why = reason.map(|reason| format!(" ({})", reason.title())).unwrap_or_default();
            let words = note.as_ref().map(|note| format!(": {}", note.line())).unwrap_or_default();
            format!("revised {}{why}{words}", proposals(snapshot, &[*on]))
        }
        Change::Tree { verb, on, steps } => {
            let others = steps.len().saturating_sub(1);
            let more = match verb {
                super::event::Verb::Add | super::event::Verb::Move | super::event::Verb::Deprecate if others > 0 => {
                    format!(" and {others} more")
                }
                _ => String::new(),
            };
            format!("{} {}{more}", verb.past(), node(snapshot, *on))
        }
        Change::Undo { event } => format!("undid: {}", other(snapshot, *event)),
        Change::Redo { event } => format!("redid: {}", other(snapshot, *event)),
    }
}

fn other(snapshot: &Snapshot, event: super::id::EventId) -> String {
    snapshot.record.event(event).map_or_else(|| event.to_string(), |event| change(snapshot, &event.change))
}

fn node(snapshot: &Snapshot, id: NodeId) -> String {
    format!("\"{}\"", snapshot.name(id).line())
}

/// The names of proposals: one in full, several by the first and a count.
#[must_use]
pub fn proposals(snapshot: &Snapshot, ids: &[ProposalId]) -> String {
    let name = |id: &ProposalId| match snapshot.record.proposal(*id) {
        Some(proposal) if id.is_syllabus() => {
            format!("the syllabus of {}", proposal.under().map_or_else(String::new, |subject| node(snapshot, subject)))
        }
        Some(proposal) => format!("\"{}\"", proposal.title().line()),
        None => id.to_string(),
    };
    match ids {
        [] => "nothing".to_owned(),
        [one] => name(one),
        [first, rest @ ..] => format!("{} and {} more", name(first), rest.len()),
    }
}
