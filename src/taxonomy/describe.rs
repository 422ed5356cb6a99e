//! Events in words, for the footer, the history and receipts. All text is made visible.

use super::event::{Change, Verb};
use super::id::{NodeId, ProposalId};
use super::proposal::Body;
use super::review::differences;
use super::snapshot::Snapshot;
use super::step::Step;
use super::syllabus::{SessionId, Syllabus};

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
        Change::Alias { on, into, steps } => match created(steps).as_slice() {
            [] => format!("merged {} into {}", proposals(snapshot, on), node(snapshot, *into)),
            names => format!("split {} into {}", proposals(snapshot, on), names.join(", ")),
        },
        Change::Revise { on, from, to, .. } => {
            let why = why(change).map(|why| format!(" ({why})")).unwrap_or_default();
            format!("revised {}: {}{why}", proposals(snapshot, &[*on]), revision(from, to))
        }
        Change::Review { on, sessions } => {
            let syllabus = proposals(snapshot, &[*on]);
            match sessions.keys().next() {
                Some(one) if sessions.len() == 1 => format!("accepted {} of {syllabus}", session(snapshot, *on, one)),
                _ => format!("accepted {} sessions of {syllabus}", sessions.len()),
            }
        }
        Change::Tree { verb: Verb::Split, on, steps } => {
            format!("split {} into {}", node(snapshot, *on), created(steps).join(", "))
        }
        Change::Tree { verb: Verb::Merge, on, steps } => merged(snapshot, *on, steps),
        Change::Tree { verb, on, steps } => {
            let others = steps.len().saturating_sub(1);
            let more = match verb {
                Verb::Add | Verb::Move | Verb::Deprecate | Verb::Restore if others > 0 => {
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

/// What a revision did, in a few words: one session in full, several by their number.
fn revision(from: &Syllabus, to: &Syllabus) -> String {
    let found = differences(from, to);
    let numbers = |number: usize| if number == 0 { String::new() } else { format!("session {number} ") };
    match &found[..] {
        [] => "nothing".to_owned(),
        [one] if one.what.len() > 3 => format!("{}written anew", numbers(one.number)),
        [one] => format!("{}{}", numbers(one.number), one.what.join(", ")),
        several => format!("{} sessions", several.len()),
    }
}

/// Why a change was made, in the curator's words or those of the reason. Made visible.
#[must_use]
pub fn why(change: &Change) -> Option<String> {
    match change {
        Change::Reject { reason, note, .. } => {
            Some(note.as_ref().map_or_else(|| reason.title().to_owned(), |note| note.line().into_owned()))
        }
        Change::Revise { reason, note, .. } => {
            let words = note.as_ref().map(|note| note.line().into_owned());
            words.or_else(|| reason.map(|reason| reason.title().to_owned()))
        }
        _ => None,
    }
}

/// `"Rays"` for a session of a proposed syllabus; its id once it is gone.
fn session(snapshot: &Snapshot, on: ProposalId, id: &SessionId) -> String {
    let title = snapshot.record.proposal(on).and_then(|proposal| match &proposal.body {
        Body::Syllabus { syllabus, .. } => syllabus.session(id).map(|(_, session)| session.title.clone()),
        Body::Node { .. } => None,
    });
    title
        .map_or_else(|| format!("session {}", super::text::reveal_line(&id.0)), |title| format!("\"{}\"", title.line()))
}

fn other(snapshot: &Snapshot, event: super::id::EventId) -> String {
    snapshot.record.event(event).map_or_else(|| event.to_string(), |event| change(snapshot, &event.change))
}

/// The names of the nodes that steps make.
fn created(steps: &[Step]) -> Vec<String> {
    let name = |step: &Step| match step {
        Step::Create { node, .. } => Some(format!("\"{}\"", node.facts.name.line())),
        _ => None,
    };
    steps.iter().filter_map(name).collect()
}

/// `merged "Light" and 1 more into "Optics"`: those that go say by what they are replaced.
fn merged(snapshot: &Snapshot, first: NodeId, steps: &[Step]) -> String {
    let into = |step: &Step| match step {
        Step::Patch { set, .. } => set.get("deprecated")?.1.get("replaced_by")?.as_str()?.parse::<NodeId>().ok(),
        _ => None,
    };
    let gone: Vec<NodeId> = steps.iter().filter_map(into).collect();
    let more = if gone.len() > 1 { format!(" and {} more", gone.len() - 1) } else { String::new() };
    let into = gone.first().map(|into| format!(" into {}", node(snapshot, *into))).unwrap_or_default();
    format!("merged {}{more}{into}", node(snapshot, first))
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
