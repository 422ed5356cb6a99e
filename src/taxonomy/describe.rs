//! Events in words, for the footer, the history and receipts. All text is made visible.

use super::event::{Change, Event, Verb};
use super::id::{NodeId, ProposalId};
use super::proposal::{Body, Proposal};
use super::review::differences;
use super::snapshot::Snapshot;
use super::step::Step;
use super::syllabus::{SessionId, Syllabus};
use super::text::reveal_line;
use super::verdicts::{self, Judged};
use super::votes::Side;

/// What an event says, as the rest of a sentence that starts with the curator's name.
#[must_use]
pub fn event(snapshot: &Snapshot, event: &Event) -> String {
    let text = change(snapshot, &event.change);
    let on = event.change.proposals();
    if on.is_empty() || !on.iter().all(|id| is_short(snapshot, event, *id)) {
        return text;
    }
    match text.split_once(' ') {
        Some(("accepted", rest)) => format!("voted to accept {rest}"),
        Some(("rejected", rest)) => format!("voted to reject {rest}"),
        Some(("merged", rest)) => format!("voted to merge {rest}"),
        _ => text,
    }
}

/// Whether an event decided nothing about a proposal. What was planted looks like the rest.
fn is_short(snapshot: &Snapshot, event: &Event, id: ProposalId) -> bool {
    let as_usual = snapshot.record.is_planted(id) && snapshot.record.quorum(id) == 1;
    event.ballot.short.contains(&id) && !as_usual
}

/// Whether an event is not shown to somebody at all: that something was planted.
#[must_use]
pub fn is_secret(event: &Event, viewer: &str) -> bool {
    matches!(event.change, Change::Plant { .. }) && event.by != viewer
}

/// The same for somebody who is not to know how others voted before their own vote.
#[must_use]
pub fn event_for(snapshot: &Snapshot, seen: &Event, viewer: &str) -> String {
    let on = seen.change.proposals();
    let hidden = |id: &ProposalId| snapshot.record.proposal(*id).is_some_and(|found| snapshot.is_blind(found, viewer));
    if let Change::Judge { on, .. } = &seen.change
        && verdicts::is_hidden(snapshot, seen, viewer)
    {
        return format!("judged {}", items(snapshot, on));
    }
    if seen.by != viewer && Side::of(&seen.change).is_some() && on.iter().any(hidden) {
        return format!("voted on {}", proposals(snapshot, &on));
    }
    event(snapshot, seen)
}

/// How the votes on a proposal stand, for somebody who looks at it; `None` where there is nothing
/// to tell because one curator decides, or nobody voted.
#[must_use]
pub fn votes(snapshot: &Snapshot, proposal: &Proposal, viewer: &str) -> Option<String> {
    let votes = snapshot.votes(proposal);
    let contested = snapshot.is_contested(proposal);
    if votes.is_empty() || (snapshot.record.quorum(proposal.id) == 1 && votes.len() == 1 && !contested) {
        return None;
    }
    let head = match snapshot.count(proposal) {
        Some(count) => count.to_string(),
        None if contested => "contested".to_owned(),
        None => super::snapshot::plural(votes.len(), "vote", "votes"),
    };
    if snapshot.is_blind(proposal, viewer) {
        return Some(format!("{head}; the votes show after yours"));
    }
    let mut sides: Vec<Side> = votes.iter().map(|vote| vote.side).collect();
    sides.sort_unstable();
    sides.dedup();
    let told = sides.into_iter().map(|side| {
        let who: Vec<_> = votes.iter().filter(|vote| vote.side == side).map(|vote| reveal_line(&vote.by)).collect();
        format!("{} {}", side.verb(), who.join(", "))
    });
    Some(format!("{head}: {}", told.collect::<Vec<_>>().join("; ")))
}

/// The same right after it, with how far the votes are now.
#[must_use]
pub fn receipt(snapshot: &Snapshot, done: &Event) -> String {
    let text = event(snapshot, done);
    let on = done.change.proposals();
    let [id] = on[..] else {
        let short = on.iter().filter(|id| is_short(snapshot, done, **id)).count();
        return if short == 0 { text } else { format!("{text} ({short} of {} await other votes)", on.len()) };
    };
    let Some(proposal) = snapshot.record.proposal(id).filter(|_| is_short(snapshot, done, id)) else { return text };
    match snapshot.count(proposal) {
        Some(count) => format!("{text} ({count})"),
        None if snapshot.is_contested(proposal) => format!("{text} (contested)"),
        None => text,
    }
}

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
            format!("split {} into {}", named(snapshot, *on, steps), created(steps).join(", "))
        }
        Change::Tree { verb: Verb::Merge, on, steps } => merged(snapshot, *on, steps),
        Change::Tree { verb, on, steps } => {
            let others = steps.len().saturating_sub(1);
            let more = match verb {
                Verb::Add | Verb::Edit | Verb::Move | Verb::Deprecate | Verb::Restore if others > 0 => {
                    format!(" and {others} more")
                }
                _ => String::new(),
            };
            format!("{} {}{more}", verb.past(), named(snapshot, *on, steps))
        }
        Change::Plant { on, because } => {
            let words = because.as_ref().map(|because| format!(": {}", because.line())).unwrap_or_default();
            format!("planted {}{words}", proposals(snapshot, on))
        }
        Change::Judge { on, verdict, note } => {
            let words = note.as_ref().map(|note| format!(": {}", note.line())).unwrap_or_default();
            format!("judged {} {}{words}", items(snapshot, on), verdict.title())
        }
        Change::Settle { on, .. } => format!("wrote what the votes decided about {}", proposals(snapshot, on)),
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
    snapshot.record.event(event).map_or_else(|| event.to_string(), |found| self::event(snapshot, found))
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

/// The same for what may be gone since: by the name it had in the steps that made it.
fn named(snapshot: &Snapshot, id: NodeId, steps: &[Step]) -> String {
    let name = |step: &Step| match step {
        Step::Create { node, .. } | Step::Remove { node, .. } if node.id == id => {
            Some(format!("\"{}\"", node.facts.name.line()))
        }
        _ => None,
    };
    let gone = steps.iter().find_map(name).filter(|_| snapshot.facts(id).is_none());
    gone.unwrap_or_else(|| node(snapshot, id))
}

/// `an item of "Optics"`, `3 items of "Optics"`, `3 items of 2 subjects`.
fn items(snapshot: &Snapshot, on: &[Judged]) -> String {
    let mut subjects: Vec<NodeId> = on.iter().map(|judged| judged.subject).collect();
    subjects.sort_unstable();
    subjects.dedup();
    let of = match subjects[..] {
        [one] => node(snapshot, one),
        _ => format!("{} subjects", subjects.len()),
    };
    match on.len() {
        1 => format!("an item of {of}"),
        many => format!("{many} items of {of}"),
    }
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

#[cfg(test)]
mod tests;
