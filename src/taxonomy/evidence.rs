//! What happened to one node or syllabus: the events that are about it, and what each changed.

use std::sync::Arc;

use serde_json::Value;

use super::describe::is_secret;
use super::event::{Change, Edit, Event};
use super::id::{BatchId, NodeId, ProposalId};
use super::node::Facts;
use super::proposal::Body;
use super::review::differences;
use super::snapshot::Snapshot;
use super::step::Step;
use super::syllabus::Syllabus;
use super::text::{Untrusted, reveal, reveal_line};
use super::tree::Place;
use super::verdicts;
use super::votes::Side;

/// One thing that an event changed. Both texts are made visible; empty where there was or is
/// nothing.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Delta {
    /// `name`, `scope`, `place`, `session 3`, ...
    pub what: String,
    /// As it was.
    pub before: String,
    /// As it became.
    pub after: String,
}

/// The nodes that a change is about: those of its proposals, and those it changed.
#[must_use]
pub fn touched(snapshot: &Snapshot, change: &Change) -> Vec<NodeId> {
    let subject = |id: ProposalId| snapshot.record.proposal(id).map(|proposal| proposal.body.node());
    let mut nodes: Vec<NodeId> = change.proposals().into_iter().filter_map(subject).collect();
    match change {
        Change::Accept { on } => nodes.extend(on.iter().map(|acceptance| acceptance.node)),
        Change::Alias { into, .. } => nodes.push(*into),
        Change::Judge { on, .. } => nodes.extend(on.iter().map(|judged| judged.subject)),
        Change::Tree { steps, .. } | Change::Settle { steps, .. } => nodes.extend(steps.iter().map(Step::node)),
        Change::Undo { event } | Change::Redo { event } => {
            if let Some(event) = snapshot.record.event(*event) {
                nodes.extend(touched(snapshot, &event.change));
            }
        }
        _ => {}
    }
    nodes.sort_unstable();
    nodes.dedup();
    nodes
}

/// Whether somebody is not to know yet what an event says: how another curator voted, before their
/// own vote.
#[must_use]
pub fn is_hidden(snapshot: &Snapshot, event: &Event, viewer: &str) -> bool {
    let blind = |id: &ProposalId| snapshot.record.proposal(*id).is_some_and(|found| snapshot.is_blind(found, viewer));
    let votes = Side::of(&event.change).is_some() && event.change.proposals().iter().any(blind);
    event.by != viewer && (votes || verdicts::is_hidden(snapshot, event, viewer))
}

/// Every event about a node that somebody may see, oldest first; with a syllabus, those about it alone.
#[must_use]
pub fn history(snapshot: &Snapshot, node: NodeId, syllabus: Option<ProposalId>, viewer: &str) -> Vec<Arc<Event>> {
    let about = |event: &&Arc<Event>| match syllabus {
        Some(id) => decides(snapshot, &event.change, id),
        None => touched(snapshot, &event.change).contains(&node),
    };
    let events = snapshot.record.events().iter().filter(|event| !is_secret(event, viewer));
    events.filter(about).cloned().collect()
}

fn decides(snapshot: &Snapshot, change: &Change, id: ProposalId) -> bool {
    match change {
        Change::Undo { event } | Change::Redo { event } => {
            snapshot.record.event(*event).is_some_and(|event| decides(snapshot, &event.change, id))
        }
        change => change.proposals().contains(&id),
    }
}

/// The batches that put a proposal forward, in this or in another wording, with its rank (from 0) in each; oldest
/// first.
#[must_use]
pub fn seen(snapshot: &Snapshot, id: ProposalId) -> Vec<(BatchId, u32)> {
    let Some(proposal) = snapshot.record.proposal(id) else { return Vec::new() };
    let others = snapshot.wordings(proposal).into_iter().flat_map(|other| other.seen.iter().copied());
    let mut found: Vec<(BatchId, u32)> = proposal.seen.iter().copied().chain(others).collect();
    found.sort_by_key(|(batch, _)| *batch);
    // One batch may hold two wordings: its own counts.
    found.dedup_by_key(|(batch, _)| *batch);
    found
}

/// The batches that put a proposal forward, and those in which parts of it were asked for again;
/// oldest first.
#[must_use]
pub fn batches(snapshot: &Snapshot, id: ProposalId) -> Vec<BatchId> {
    let seen = seen(snapshot, id).into_iter().map(|(batch, _)| batch);
    let again = snapshot.record.events().iter().filter_map(|event| match &event.change {
        Change::Revise { on, batch, .. } if *on == id => *batch,
        _ => None,
    });
    let mut found: Vec<BatchId> = if id.is_syllabus() { seen.chain(again).collect() } else { seen.collect() };
    found.sort_unstable();
    found.dedup();
    found
}

/// What an event changed in the texts of a node and its syllabus (of every node, without one), as far
/// as somebody may see it.
#[must_use]
pub fn deltas(snapshot: &Snapshot, event: &Event, node: Option<NodeId>, viewer: &str) -> Vec<Delta> {
    if is_hidden(snapshot, event, viewer) {
        return Vec::new();
    }
    let change = &event.change;
    let wanted = |id: NodeId| node.is_none_or(|node| node == id);
    let mut found = Vec::new();
    match change {
        Change::Accept { on } => {
            for accepted in on.iter().filter(|accepted| wanted(accepted.node)) {
                let proposed = snapshot.record.proposal(accepted.proposal).map(|proposal| &proposal.body);
                match (&accepted.edit, proposed) {
                    (Some(Edit::Facts(after)), Some(Body::Node { facts, .. })) => {
                        facts_deltas(facts, after, &mut found)
                    }
                    (Some(Edit::Syllabus(after)), Some(Body::Syllabus { syllabus, .. })) => {
                        syllabus_deltas(syllabus, after, &mut found);
                    }
                    _ => {}
                }
            }
        }
        Change::Revise { from, to, .. } => syllabus_deltas(from, to, &mut found),
        Change::Tree { steps, .. } | Change::Alias { steps, .. } | Change::Settle { steps, .. } => {
            for step in steps.iter().filter(|step| wanted(step.node())) {
                step_deltas(snapshot, step, &mut found);
            }
        }
        _ => {}
    }
    found.retain(|delta| delta.before != delta.after);
    found
}

fn facts_deltas(before: &Facts, after: &Facts, found: &mut Vec<Delta>) {
    let list = |texts: &[Untrusted]| texts.iter().map(|text| text.line().into_owned()).collect::<Vec<_>>().join("; ");
    let one = |text: &Option<Untrusted>| text.as_ref().map(|text| text.reveal().into_owned()).unwrap_or_default();
    let mut add = |what: &str, before: String, after: String| {
        found.push(Delta { what: what.to_owned(), before, after });
    };
    add("name", before.name.line().into_owned(), after.name.line().into_owned());
    add("aliases", list(&before.aliases), list(&after.aliases));
    add("level", one(&before.level), one(&after.level));
    add("scope", one(&before.scope), one(&after.scope));
    add("subtopics", list(&before.subtopics), list(&after.subtopics));
}

fn syllabus_deltas(before: &Syllabus, after: &Syllabus, found: &mut Vec<Delta>) {
    for difference in differences(before, after) {
        let what = match difference.number {
            0 => "syllabus".to_owned(),
            number => format!("session {number}"),
        };
        found.push(Delta { what, before: String::new(), after: difference.what.join("; ") });
    }
}

fn step_deltas(snapshot: &Snapshot, step: &Step, found: &mut Vec<Delta>) {
    match step {
        Step::Patch { set, .. } => {
            for (key, (before, after)) in set {
                match (key.as_str(), syllabus_of(before), syllabus_of(after)) {
                    ("syllabus", Some(before), Some(after)) => syllabus_deltas(&before, &after, found),
                    _ => found.push(Delta {
                        what: reveal_line(key).into_owned(),
                        before: in_short(snapshot, before),
                        after: in_short(snapshot, after),
                    }),
                }
            }
        }
        Step::Move { from, to, .. } => {
            found.push(Delta { what: "place".to_owned(), before: place(snapshot, from), after: place(snapshot, to) })
        }
        Step::Create { .. } | Step::Remove { .. } => {}
    }
}

/// The syllabus that a value of a step is.
pub(super) fn syllabus_of(value: &Value) -> Option<Syllabus> {
    value.is_object().then(|| serde_json::from_value(value.clone()).ok()).flatten()
}

/// The path of what a node hangs under.
fn place(snapshot: &Snapshot, place: &Place) -> String {
    under(snapshot, place.parent)
}

/// The names down to a parent; "the root" where there is none.
pub(super) fn under(snapshot: &Snapshot, parent: Option<NodeId>) -> String {
    let Some(parent) = parent else { return "the root".to_owned() };
    snapshot.names(parent).iter().map(|name| name.line().into_owned()).collect::<Vec<_>>().join(" > ")
}

/// A value of a node's file in words.
pub(super) fn in_short(snapshot: &Snapshot, value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => reveal(text).into_owned(),
        Value::Array(items) => {
            items.iter().map(|item| in_short(snapshot, item).replace('\n', " ")).collect::<Vec<_>>().join("; ")
        }
        Value::Object(map) if map.contains_key("sessions") => match syllabus_of(value) {
            Some(syllabus) => {
                format!("{} class sessions, {} key concepts", syllabus.sessions.len(), syllabus.concept_count())
            }
            None => "a syllabus".to_owned(),
        },
        Value::Object(map) => {
            let word = |(key, value): (&String, &Value)| match (key.as_str(), value) {
                ("reason", value) => in_short(snapshot, value),
                ("replaced_by", Value::String(id)) => match id.parse::<NodeId>() {
                    Ok(id) => format!("use \"{}\"", snapshot.name(id).line()),
                    Err(_) => reveal_line(id).into_owned(),
                },
                (key, value) => format!("{}: {}", reveal_line(key), in_short(snapshot, value)),
            };
            let words = map.iter().map(word).collect::<Vec<_>>().join("; ");
            if words.is_empty() { "yes".to_owned() } else { words }
        }
        other => other.to_string(),
    }
}
