//! How a node or a syllabus read at each time: as each run worded it, as accepted, after each
//! edit in the log, and now. What reads the same is one version.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::event::{Acceptance, Change, Edit, Event};
use super::evidence::{in_short, is_hidden, syllabus_of, under};
use super::id::{NodeId, ProposalId};
use super::node::Facts;
use super::proposal::{Batch, Body, Proposal, Proposed};
use super::snapshot::Snapshot;
use super::step::{Step, set_keys};
use super::syllabus::Syllabus;
use super::text::{reveal, reveal_line};

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// A node without its syllabus.
    Node(NodeId),
    /// The syllabi of a subject.
    Syllabus(NodeId),
}

/// When something read so, and by whose doing. All text is made visible.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Mark {
    /// `proposed`, `accepted as edited`, `edited`, `now`, ...
    pub what: String,
    /// The model, file or curator; empty for what just is.
    pub by: String,
    /// Milliseconds since 1970; 0 for what just is.
    pub at: u64,
    /// The batch, the event or the proposal.
    pub id: String,
}

/// One wording.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Version {
    /// Every time it read so, oldest first.
    pub marks: Vec<Mark>,
    /// The text, line by line, made visible.
    pub lines: Vec<String>,
}

impl Version {
    /// Whether a mark of it has this id or this word.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        self.marks.iter().any(|mark| mark.id == text || mark.what == text)
    }
}

/// The mark of what the tree says.
pub const NOW: &str = "now";

/// Every version that somebody may see, oldest first. Wordings of later batches are known for those of the
/// `batches` that were read.
#[must_use]
pub fn of(snapshot: &Snapshot, about: About, batches: &[Batch], viewer: &str) -> Vec<Version> {
    let mut found = Found { snapshot, viewer, found: Vec::new() };
    match about {
        About::Node(node) => found.node(node, batches),
        About::Syllabus(subject) => found.syllabi(subject),
    }
    found.versions()
}

/// The two versions to begin with: the one that is `wanted` (or what holds now) on the right, and on the
/// left what it would replace, or the one before it.
#[must_use]
pub fn pair(versions: &[Version], wanted: Option<&str>) -> (usize, usize) {
    let at = |text: &str| versions.iter().rposition(|version| version.is(text));
    let now = at(NOW);
    let right = wanted.and_then(at).or(now).unwrap_or(versions.len().saturating_sub(1));
    let left = now.filter(|now| *now != right).or(right.checked_sub(1));
    (left.unwrap_or_else(|| 1.min(versions.len().saturating_sub(1))), right)
}

/// Every syllabus that a subject is known to have had or to have been proposed, whatever became of it.
#[must_use]
pub fn syllabi(snapshot: &Snapshot, subject: NodeId) -> Vec<Syllabus> {
    let ids: Vec<ProposalId> = snapshot.record.proposed_syllabi(subject).map(|proposal| proposal.id).collect();
    let mut found: Vec<Syllabus> = ids.iter().filter_map(|id| snapshot.record.original(*id).cloned()).collect();
    for event in snapshot.record.events().iter() {
        match &event.change {
            Change::Revise { on, to, .. } if ids.contains(on) => found.push((**to).clone()),
            Change::Accept { on } => {
                for accepted in on.iter().filter(|one| one.node == subject) {
                    found.extend(accepted.replaced.as_deref().cloned());
                    if let Some(Edit::Syllabus(edited)) = &accepted.edit {
                        found.push((**edited).clone());
                    }
                }
            }
            change => {
                let effect = event.ballot.effect.as_deref().unwrap_or_default();
                for step in steps(change).iter().chain(effect).filter(|step| step.node() == subject) {
                    match step {
                        Step::Patch { set, .. } => {
                            let both = set.get("syllabus").map(|(before, after)| [before, after]);
                            found.extend(both.into_iter().flatten().filter_map(syllabus_of));
                        }
                        Step::Create { node, .. } => found.extend(node.syllabus.clone()),
                        Step::Move { .. } | Step::Remove { .. } => {}
                    }
                }
            }
        }
    }
    found.extend(snapshot.tree.node(subject).and_then(|node| node.syllabus.clone()));
    found
}

struct Found<'a> {
    snapshot: &'a Snapshot,
    viewer: &'a str,
    found: Vec<(u64, Mark, Vec<String>)>,
}

impl Found<'_> {
    fn add(&mut self, what: impl Into<String>, by: &str, (at, id): (u64, String), lines: Vec<String>) {
        let mark = Mark { what: what.into(), by: reveal_line(by).into_owned(), at, id };
        self.found.push((if at == 0 { u64::MAX } else { at }, mark, lines));
    }

    fn event(&mut self, what: impl Into<String>, event: &Event, lines: Vec<String>) {
        let undone = if self.snapshot.record.is_undone(event.id) { " (undone)" } else { "" };
        let what = format!("{}{undone}", what.into());
        self.add(what, &event.by, (event.id.milliseconds(), event.id.to_string()), lines);
    }

    fn versions(mut self) -> Vec<Version> {
        self.found.sort_by_key(|(at, ..)| *at);
        let mut versions: Vec<Version> = Vec::new();
        for (_, mark, lines) in self.found {
            match versions.iter_mut().find(|version| version.lines == lines) {
                Some(known) => known.marks.push(mark),
                None => versions.push(Version { marks: vec![mark], lines }),
            }
        }
        versions
    }

    fn node(&mut self, id: NodeId, batches: &[Batch]) {
        let snapshot = self.snapshot;
        let proposal = snapshot.record.proposal(ProposalId::of_node(id)).map(AsRef::as_ref);
        if let Some(proposal) = proposal {
            self.wordings(proposal, batches);
            for other in snapshot.wordings(proposal) {
                self.wordings(other, batches);
            }
        }
        let mut state: Option<(Map<String, Value>, Option<NodeId>)> = None;
        for event in snapshot.record.events().iter() {
            if let Some(lines) = self.vote(event, id) {
                self.event("voted to accept", event, lines);
            }
            if !concerns(snapshot, event, id) {
                continue;
            }
            let before = state.clone();
            advance(snapshot, event, id, true, &mut state);
            if state != before
                && let Some((map, parent)) = &state
            {
                self.event(verb(&event.change, id), event, node_lines(snapshot, map, *parent));
            }
        }
        if let Some(entry) = snapshot.tree.entry(id) {
            let lines = node_lines(snapshot, &object(&*entry.node), entry.place.parent);
            self.add(NOW, "", (0, String::new()), lines);
        } else if let Some((proposal, Body::Node { facts, parent, .. })) = proposal.map(|found| (found, &found.body)) {
            let lines = node_lines(snapshot, &object(facts), *parent);
            self.add(snapshot.state_name(proposal), "", (0, proposal.id.to_string()), lines);
        }
    }

    /// As a vote words a node that is not in the tree by it, where that may be seen.
    fn vote(&self, event: &Event, id: NodeId) -> Option<Vec<String>> {
        let Change::Accept { on } = &event.change else { return None };
        let voted = |one: &&Acceptance| {
            one.node == id && !one.proposal.is_syllabus() && event.ballot.short.contains(&one.proposal)
        };
        let accepted = on.iter().find(voted).filter(|_| !is_hidden(self.snapshot, event, self.viewer))?;
        Some(node_lines(self.snapshot, &object(facts_of(self.snapshot, accepted)?), accepted.parent))
    }

    /// As each batch that was read words it, and the first one, which is always known.
    fn wordings(&mut self, proposal: &Proposal, batches: &[Batch]) {
        let snapshot = self.snapshot;
        for (at, (id, rank)) in proposal.seen.iter().enumerate() {
            let Some(head) = snapshot.record.batch(*id) else { continue };
            let read = batches.iter().find(|batch| batch.id == *id);
            let read = read.and_then(|batch| batch.proposals.get(*rank as usize));
            let lines = match (read, &proposal.body) {
                (Some(Proposed::Node { parent, facts, .. }), _) => node_lines(snapshot, &object(facts), *parent),
                (None, Body::Node { parent, facts, .. }) if at == 0 => node_lines(snapshot, &object(facts), *parent),
                _ => continue,
            };
            self.add("proposed", head.source.name().raw(), (id.milliseconds(), id.to_string()), lines);
        }
    }

    fn syllabi(&mut self, subject: NodeId) {
        let snapshot = self.snapshot;
        let mut current: HashMap<ProposalId, Syllabus> = HashMap::new();
        for proposal in snapshot.record.proposed_syllabi(subject) {
            let Some(original) = snapshot.record.original(proposal.id) else { continue };
            for (id, _) in &proposal.seen {
                let Some(head) = snapshot.record.batch(*id) else { continue };
                let by = head.source.name().raw();
                self.add("proposed", by, (id.milliseconds(), id.to_string()), syllabus_lines(original));
            }
            current.insert(proposal.id, original.clone());
        }
        for event in snapshot.record.events().iter() {
            let is_undone = snapshot.record.is_undone(event.id);
            match &event.change {
                Change::Revise { on, to, .. } if current.contains_key(on) => {
                    let why = super::describe::why(&event.change).map(|why| format!(" ({why})")).unwrap_or_default();
                    self.event(format!("revised{why}"), event, syllabus_lines(to));
                    if !is_undone {
                        current.insert(*on, (**to).clone());
                    }
                }
                Change::Accept { on } if !is_hidden(snapshot, event, self.viewer) => {
                    for accepted in on.iter().filter(|one| one.node == subject) {
                        let short = event.ballot.short.contains(&accepted.proposal);
                        let verb = if short { "voted to accept" } else { "accepted" };
                        if let Some(replaced) = &accepted.replaced {
                            self.event("replaced", event, syllabus_lines(replaced));
                        }
                        match &accepted.edit {
                            Some(Edit::Syllabus(edited)) => {
                                self.event(format!("{verb} as edited"), event, syllabus_lines(edited));
                            }
                            _ => {
                                if let Some(syllabus) = current.get(&accepted.proposal) {
                                    self.event(verb, event, syllabus_lines(syllabus));
                                }
                            }
                        }
                    }
                }
                change => {
                    for step in steps(change).iter().filter(|step| step.node() == subject) {
                        let after = match step {
                            Step::Patch { set, .. } => set.get("syllabus").and_then(|(_, after)| syllabus_of(after)),
                            Step::Create { node, .. } => node.syllabus.clone(),
                            Step::Move { .. } | Step::Remove { .. } => None,
                        };
                        if let Some(after) = after {
                            self.event(verb(change, subject), event, syllabus_lines(&after));
                        }
                    }
                }
            }
        }
        for proposal in snapshot.open_syllabi(subject) {
            if let Body::Syllabus { syllabus, .. } = &proposal.body {
                let id = proposal.id.to_string();
                self.add(snapshot.state_name(proposal), "", (0, id), syllabus_lines(syllabus));
            }
        }
        if let Some(syllabus) = snapshot.tree.node(subject).and_then(|node| node.syllabus.as_ref()) {
            self.add(NOW, "", (0, String::new()), syllabus_lines(syllabus));
        }
    }
}

/// What an acceptance says about a node.
fn facts_of<'a>(snapshot: &'a Snapshot, accepted: &'a Acceptance) -> Option<&'a Facts> {
    match (&accepted.edit, snapshot.record.proposal(accepted.proposal).map(|proposal| &proposal.body)) {
        (Some(Edit::Facts(facts)), _) => Some(facts),
        (_, Some(Body::Node { facts, .. })) => Some(facts),
        _ => None,
    }
}

/// Whether an event is about a node, so that it may have changed it.
fn concerns(snapshot: &Snapshot, event: &Event, id: NodeId) -> bool {
    let of_it = |steps: &[Step]| steps.iter().any(|step| step.node() == id);
    match (&event.change, &event.ballot.effect) {
        (_, Some(effect)) => of_it(effect),
        (Change::Accept { on }, None) => on.iter().any(|one| one.node == id),
        (Change::Undo { event } | Change::Redo { event }, None) => {
            snapshot.record.event(*event).is_some_and(|event| concerns(snapshot, event, id))
        }
        (change, None) => of_it(steps(change)),
    }
}

/// What an event did to a node.
fn advance(
    snapshot: &Snapshot,
    event: &Event,
    id: NodeId,
    is_forward: bool,
    state: &mut Option<(Map<String, Value>, Option<NodeId>)>,
) {
    let of_it = |steps: &[Step]| steps.iter().filter(|step| step.node() == id).cloned().collect::<Vec<Step>>();
    match &event.change {
        _ if event.ballot.effect.is_some() => {
            carry_out(of_it(event.ballot.effect.as_deref().unwrap_or_default()), is_forward, state);
        }
        Change::Accept { on } => {
            let is_it = |one: &&Acceptance| {
                one.node == id && !one.proposal.is_syllabus() && !event.ballot.short.contains(&one.proposal)
            };
            let Some(accepted) = on.iter().find(is_it) else { return };
            let facts = facts_of(snapshot, accepted);
            *state = facts.filter(|_| is_forward).map(|facts| (object(facts), accepted.parent));
        }
        seen @ (Change::Undo { event } | Change::Redo { event }) => {
            let forward = is_forward == matches!(seen, Change::Redo { .. });
            if let Some(event) = snapshot.record.event(*event) {
                advance(snapshot, event, id, forward, state);
            }
        }
        change => carry_out(of_it(steps(change)), is_forward, state),
    }
}

fn carry_out(mut steps: Vec<Step>, is_forward: bool, state: &mut Option<(Map<String, Value>, Option<NodeId>)>) {
    if !is_forward {
        steps = steps.into_iter().map(Step::inverse).rev().collect();
    }
    steps.into_iter().for_each(|step| take(step, state));
}

fn take(step: Step, state: &mut Option<(Map<String, Value>, Option<NodeId>)>) {
    match (step, state.as_mut()) {
        (Step::Create { place, node }, _) => *state = Some((object(&*node), place.parent)),
        (Step::Remove { .. }, _) => *state = None,
        (Step::Move { to, .. }, Some((_, parent))) => *parent = to.parent,
        (Step::Patch { set, .. }, Some((map, _))) => set_keys(map, &set),
        (Step::Move { .. } | Step::Patch { .. }, None) => {}
    }
}

fn steps(change: &Change) -> &[Step] {
    match change {
        Change::Tree { steps, .. } | Change::Alias { steps, .. } | Change::Settle { steps, .. } => steps,
        _ => &[],
    }
}

/// What a change is called where it made a version of a node.
fn verb(change: &Change, node: NodeId) -> &'static str {
    match change {
        Change::Accept { on } => {
            let edited = on.iter().any(|one| one.node == node && one.edit.is_some());
            if edited { "accepted as edited" } else { "accepted" }
        }
        Change::Undo { .. } => "after undo",
        Change::Redo { .. } => "after redo",
        change => change.past(),
    }
}

fn object(value: &impl serde::Serialize) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

/// The keys of a node in the order of its file.
const KEYS: [&str; 7] = ["name", "aliases", "level", "scope", "subtopics", "notes", "deprecated"];

/// A node as lines, its place among them. Its syllabus has versions of its own.
fn node_lines(snapshot: &Snapshot, map: &Map<String, Value>, parent: Option<NodeId>) -> Vec<String> {
    let mut lines = Vec::new();
    let others = map.keys().map(String::as_str).filter(|key| !KEYS.contains(key));
    let others = others.filter(|key| !["id", "kind", "syllabus"].contains(key));
    for key in KEYS.into_iter().chain(others) {
        match map.get(key) {
            None | Some(Value::Null) => {}
            Some(Value::Array(items)) => {
                lines.push(format!("{}:", reveal_line(key)));
                lines.extend(items.iter().map(|item| format!("  - {}", one_line(&in_short(snapshot, item)))));
            }
            Some(value) => {
                let text = in_short(snapshot, value);
                let mut rest = text.trim_end().lines();
                lines.push(format!("{}: {}", reveal_line(key), rest.next().unwrap_or_default()));
                lines.extend(rest.map(|line| format!("  {line}")));
            }
        }
        if key == "name" {
            lines.push(format!("under: {}", under(snapshot, parent)));
        }
    }
    lines
}

fn one_line(text: &str) -> String {
    text.lines().collect::<Vec<_>>().join(" ")
}

/// A syllabus as lines. Sessions have no numbers, so that one more does not change the rest.
fn syllabus_lines(syllabus: &Syllabus) -> Vec<String> {
    let mut lines = Vec::new();
    let mut block = |head: &str, text: &str| {
        if !text.trim().is_empty() {
            let text = reveal(text.trim());
            lines.extend(text.lines().enumerate().map(|(at, line)| match at {
                0 => format!("{head}{line}"),
                _ => format!("{}{line}", " ".repeat(head.len() - head.trim_start().len() + 2)),
            }));
        }
    };
    block("introduction: ", syllabus.introduction.raw());
    for objective in &syllabus.objectives {
        block("objective: ", objective.raw());
    }
    for session in &syllabus.sessions {
        block("session: ", session.title.raw());
        block("  ", session.description.raw());
        for concept in &session.concepts {
            block("  - ", concept.raw());
        }
    }
    lines
}

#[cfg(test)]
mod tests;
