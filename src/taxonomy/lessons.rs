//! What the decisions so far teach the next question to a model: the names that are taken, what
//! was turned down and why, and how people reworded what they took. Bounded, so that a prompt
//! stays readable at any size of the taxonomy.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::event::{Change, Edit, Reason, Verb};
use super::id::{EventId, NodeId};
use super::node::Kind;
use super::proposal::{Body, Proposal, State};
use super::snapshot::Snapshot;
use super::step::Step;
use super::syllabus::Syllabus;
use super::text::{Untrusted, normalise};

/// Rejections that a prompt carries at the most.
pub const REJECTIONS: usize = 20;
/// Edits that a prompt carries at the most, the latest first.
pub const EDITS: usize = 8;
/// About how many tokens the names of siblings may take; a thousand siblings of usual length fit.
pub const SIBLING_TOKENS: usize = 6_000;

/// One of the parts of a prompt that come from decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Names that are accepted or pending here.
    Siblings,
    /// What was turned down, with the reasons.
    Rejections,
    /// How people reworded proposals.
    Edits,
}

impl Part {
    /// In the order of the prompt.
    pub const ALL: [Part; 3] = [Part::Siblings, Part::Rejections, Part::Edits];

    /// The word on the command line and in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Part::Siblings => "siblings",
            Part::Rejections => "rejections",
            Part::Edits => "edits",
        }
    }

    /// The word for one.
    #[must_use]
    pub fn singular(self) -> &'static str {
        match self {
            Part::Siblings => "sibling",
            Part::Rejections => "rejection",
            Part::Edits => "edit",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Part::ALL
            .into_iter()
            .find(|part| part.name() == text)
            .ok_or_else(|| "it is one of siblings, rejections, edits".to_owned())
    }
}

/// Parts that a curator takes out of a prompt before it is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Trim([bool; 3]);

impl Trim {
    /// Without these parts.
    pub fn of(parts: impl IntoIterator<Item = Part>) -> Self {
        let mut trim = Self::default();
        parts.into_iter().for_each(|part| trim.0[part as usize] = true);
        trim
    }

    /// Whether a part is taken out.
    #[must_use]
    pub fn drops(self, part: Part) -> bool {
        self.0[part as usize]
    }

    /// Takes a part out, or puts it back.
    pub fn toggle(&mut self, part: Part) {
        self.0[part as usize] = !self.0[part as usize];
    }

    /// The parts that are taken out.
    pub fn parts(self) -> impl Iterator<Item = Part> {
        Part::ALL.into_iter().filter(move |part| self.drops(*part))
    }
}

/// Something that was turned down, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnedDown {
    /// Its name.
    pub name: Untrusted,
    /// The curator's reason.
    pub reason: Untrusted,
}

/// A name before and after a person changed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reworded {
    /// As proposed, or as it was.
    pub before: Untrusted,
    /// As accepted, or as it is.
    pub after: Untrusted,
}

/// Everything that decisions teach one question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lessons {
    /// Names and aliases that are there.
    pub accepted: Vec<Untrusted>,
    /// Names that are proposed and not decided on.
    pub pending: Vec<Untrusted>,
    /// Siblings that did not fit.
    pub crowded_out: usize,
    /// The most relevant rejections: those of this place, then those nearby whose fault could be
    /// anybody's.
    pub rejections: Vec<TurnedDown>,
    /// The latest rewordings, those of this place first.
    pub edits: Vec<Reworded>,
}

impl Lessons {
    /// For proposing nodes of these kinds under `parent` (`None`: at the root).
    #[must_use]
    pub fn below(snapshot: &Snapshot, parent: Option<NodeId>, kinds: &[Kind]) -> Self {
        let mut lessons = Self {
            rejections: rejections(snapshot, parent, kinds),
            edits: edits(snapshot, parent, kinds),
            ..Self::default()
        };
        lessons.take_siblings(snapshot, parent, kinds);
        lessons
    }

    /// For designing the syllabus of a subject: why earlier ones were turned down, and what was
    /// taken out of syllabi for a reason, of this subject first.
    #[must_use]
    pub fn of_syllabus(snapshot: &Snapshot, subject: NodeId) -> Self {
        let mut rejected: Vec<&Arc<Proposal>> = snapshot.record.proposed_syllabi(subject).collect();
        rejected.sort_by_key(|proposal| std::cmp::Reverse(proposal.decided));
        let whole = rejected.into_iter().filter_map(|proposal| turned_down(snapshot, proposal));
        let mut rejections: Vec<TurnedDown> = whole.map(|(_, entry)| entry).collect();
        rejections.extend(taken_out(snapshot, subject));
        let mut seen = HashSet::new();
        rejections.retain(|entry| seen.insert((entry.name.clone(), entry.reason.clone())));
        rejections.truncate(REJECTIONS);
        Self { rejections, ..Self::default() }
    }

    /// The same without some parts.
    #[must_use]
    pub fn without(mut self, trim: Trim) -> Self {
        if trim.drops(Part::Siblings) {
            (self.accepted, self.pending, self.crowded_out) = Default::default();
        }
        if trim.drops(Part::Rejections) {
            self.rejections.clear();
        }
        if trim.drops(Part::Edits) {
            self.edits.clear();
        }
        self
    }

    /// How many entries a part has.
    #[must_use]
    pub fn count(&self, part: Part) -> usize {
        match part {
            Part::Siblings => self.accepted.len() + self.pending.len(),
            Part::Rejections => self.rejections.len(),
            Part::Edits => self.edits.len(),
        }
    }

    /// Accepted names before pending ones, as many as the budget allows.
    fn take_siblings(&mut self, snapshot: &Snapshot, parent: Option<NodeId>, kinds: &[Kind]) {
        let mut room = SIBLING_TOKENS;
        let mut fits = |name: &Untrusted| {
            let cost = tokens(name);
            let fits = cost <= room;
            room = if fits { room - cost } else { 0 };
            fits
        };
        for name in accepted(snapshot, parent, kinds) {
            if fits(&name) { self.accepted.push(name) } else { self.crowded_out += 1 }
        }
        for name in snapshot.open_children(parent).map(|open| open.title()) {
            if fits(&name) { self.pending.push(name) } else { self.crowded_out += 1 }
        }
    }
}

/// About how many tokens a line with this name takes.
fn tokens(name: &Untrusted) -> usize {
    name.raw().chars().count() / 4 + 3
}

/// The names that are taken at a place. A discipline below a sub-field of a field is one of the
/// field's as well.
fn accepted(snapshot: &Snapshot, parent: Option<NodeId>, kinds: &[Kind]) -> Vec<Untrusted> {
    let tree = &snapshot.tree;
    let children = tree.children(parent).iter().copied();
    let deeper = children.clone().filter(|_| parent.is_some() && kinds.contains(&Kind::Discipline)).flat_map(|child| {
        let below = tree.children(Some(child)).iter();
        below.copied().filter(|id| tree.node(*id).is_some_and(|node| node.kind == Kind::Discipline))
    });
    let taught = children.chain(deeper).filter_map(|id| tree.node(id)).filter(|node| node.is_active());
    let mut seen = HashSet::new();
    let names = taught.flat_map(|node| node.facts.names());
    names.filter(|name| seen.insert(normalise(name.raw()))).cloned().collect()
}

/// What was turned down here, the latest first; where there is room, what was turned down nearby
/// for a fault that could be made here as well.
fn rejections(snapshot: &Snapshot, parent: Option<NodeId>, kinds: &[Kind]) -> Vec<TurnedDown> {
    let mut here: Vec<(Option<EventId>, TurnedDown)> = snapshot
        .record
        .proposed_children(parent)
        .filter(|proposal| is_of(proposal, kinds))
        .filter_map(|proposal| turned_down(snapshot, proposal))
        .collect();
    here.extend(retired(snapshot, parent, kinds));
    here.sort_by_key(|(when, _)| std::cmp::Reverse(*when));
    let mut found: Vec<TurnedDown> = here.into_iter().map(|(_, entry)| entry).collect();
    if found.len() < REJECTIONS {
        found.extend(nearby(snapshot, parent, kinds));
    }
    let mut seen = HashSet::new();
    found.retain(|entry| seen.insert(normalise(entry.name.raw())));
    found.truncate(REJECTIONS);
    found
}

fn is_of(proposal: &Proposal, kinds: &[Kind]) -> bool {
    matches!(&proposal.body, Body::Node { kind, .. } if kinds.contains(kind))
}

fn turned_down(snapshot: &Snapshot, proposal: &Proposal) -> Option<(Option<EventId>, TurnedDown)> {
    let reason = reason(snapshot, proposal)?;
    Some((proposal.decided, TurnedDown { name: proposal.title(), reason }))
}

/// Nodes that are no longer taught: they must not come back either.
fn retired(
    snapshot: &Snapshot,
    parent: Option<NodeId>,
    kinds: &[Kind],
) -> impl Iterator<Item = (Option<EventId>, TurnedDown)> {
    let children = snapshot.tree.children(parent).iter().filter_map(|id| snapshot.tree.node(*id));
    children.filter(|node| kinds.contains(&node.kind)).filter_map(|node| {
        let deprecation = node.deprecated.as_ref()?;
        let why = match (&deprecation.reason, deprecation.replaced_by) {
            (Some(reason), _) => format!("no longer taught: {}", reason.raw()),
            (None, Some(other)) => format!("replaced by {}", snapshot.name(other).raw()),
            (None, None) => "no longer taught".to_owned(),
        };
        Some((None, TurnedDown { name: node.facts.name.clone(), reason: why.into() }))
    })
}

/// Rejections of the same kind elsewhere, those under the nearest common ancestor first.
fn nearby(snapshot: &Snapshot, parent: Option<NodeId>, kinds: &[Kind]) -> Vec<TurnedDown> {
    let Some(parent) = parent else { return Vec::new() };
    let above = snapshot.lineage(parent);
    let mut found: Vec<(usize, Option<EventId>, TurnedDown)> = Vec::new();
    for proposal in snapshot.record.proposals().filter(|proposal| is_of(proposal, kinds)) {
        let State::Rejected { reason, .. } = &proposal.state else { continue };
        let Some(under) = proposal.under().filter(|under| *under != parent && transfers(*reason)) else { continue };
        let shared = snapshot.lineage(under).iter().zip(&above).take_while(|(a, b)| a == b).count();
        if shared > 0
            && let Some((when, entry)) = turned_down(snapshot, proposal)
        {
            found.push((shared, when, entry));
        }
    }
    found.sort_by_key(|found| std::cmp::Reverse((found.0, found.1)));
    found.into_iter().map(|(_, _, entry)| entry).take(REJECTIONS).collect()
}

/// Class sessions and key concepts that were taken out of syllabi for a reason, the latest first:
/// those of the subject, then those of subjects nearby where the fault could be made here as well.
fn taken_out(snapshot: &Snapshot, subject: NodeId) -> Vec<TurnedDown> {
    let above = snapshot.lineage(subject);
    let mut found: Vec<(usize, TurnedDown)> = Vec::new();
    for event in snapshot.record.events().iter().rev().filter(|event| !snapshot.record.is_undone(event.id)) {
        let Change::Revise { on, from, to, reason: Some(reason), note, .. } = &event.change else { continue };
        let Some(of) = snapshot.record.proposal(*on).and_then(|proposal| proposal.under()) else { continue };
        let shared = snapshot.lineage(of).iter().zip(&above).take_while(|(a, b)| a == b).count();
        if shared == 0 || (of != subject && !transfers(*reason)) {
            continue;
        }
        let why: Untrusted = match note {
            Some(note) if *reason == Reason::Other => note.clone(),
            Some(note) => format!("{}: {}", reason.title(), note.raw()).into(),
            None => reason.title().into(),
        };
        found.extend(missing(from, to).into_iter().map(|name| (shared, TurnedDown { name, reason: why.clone() })));
    }
    found.sort_by_key(|(shared, _)| std::cmp::Reverse(*shared));
    found.into_iter().map(|(_, entry)| entry).take(REJECTIONS).collect()
}

/// The sessions that one syllabus has and the other has not, else the key concepts.
fn missing(from: &Syllabus, to: &Syllabus) -> Vec<Untrusted> {
    let gone = |before: Vec<&Untrusted>, after: Vec<&Untrusted>| -> Vec<Untrusted> {
        let after: HashSet<String> = after.into_iter().map(|text| normalise(text.raw())).collect();
        before.into_iter().filter(|text| !after.contains(&normalise(text.raw()))).cloned().collect()
    };
    if from.sessions.len() > to.sessions.len() {
        return gone(titles(from), titles(to));
    }
    gone(concepts(from), concepts(to))
}

fn titles(syllabus: &Syllabus) -> Vec<&Untrusted> {
    syllabus.sessions.iter().map(|session| &session.title).collect()
}

fn concepts(syllabus: &Syllabus) -> Vec<&Untrusted> {
    syllabus.sessions.iter().flat_map(|session| &session.concepts).collect()
}

/// Whether the fault can be made at another place as well.
fn transfers(reason: Reason) -> bool {
    !matches!(reason, Reason::Duplicate | Reason::WrongParent)
}

/// Why a proposal was turned down, in words; `None` where it was not.
#[must_use]
pub fn reason(snapshot: &Snapshot, proposal: &Proposal) -> Option<Untrusted> {
    let other = |id: NodeId| snapshot.name(id).raw().to_owned();
    match &proposal.state {
        State::Rejected { reason: Reason::Other, note: Some(note) } => Some(note.clone()),
        State::Rejected { reason, note: Some(note) } => Some(format!("{}: {}", reason.title(), note.raw()).into()),
        State::Rejected { reason, note: None } => {
            let event = proposal.decided.and_then(|id| snapshot.record.event(id));
            let of = event.and_then(|event| match &event.change {
                Change::Reject { of, .. } => *of,
                _ => None,
            });
            Some(of.map_or_else(|| reason.title().into(), |of| format!("{} of {}", reason.title(), other(of)).into()))
        }
        State::Merged { into } => Some(format!("another name of {}", other(*into)).into()),
        _ => None,
    }
}

/// The latest names that people changed, while accepting or later; those of this place first.
fn edits(snapshot: &Snapshot, parent: Option<NodeId>, kinds: &[Kind]) -> Vec<Reworded> {
    let (mut here, mut elsewhere) = (Vec::new(), Vec::new());
    for event in snapshot.record.events().iter().rev().filter(|event| !snapshot.record.is_undone(event.id)) {
        if here.len() == EDITS {
            break;
        }
        for (node, before, after) in rewordings(snapshot, &event.change) {
            if normalise(before.raw()) == normalise(after.raw()) || !kinds.contains(&node.kind()) {
                continue;
            }
            let found = if snapshot.parent(node) == parent { &mut here } else { &mut elsewhere };
            if found.len() < EDITS {
                found.push(Reworded { before, after });
            }
        }
    }
    here.extend(elsewhere);
    here.truncate(EDITS);
    here
}

fn rewordings(snapshot: &Snapshot, change: &Change) -> Vec<(NodeId, Untrusted, Untrusted)> {
    match change {
        Change::Accept { on } => {
            let edited = on.iter().filter_map(|accepted| {
                let Some(Edit::Facts(edited)) = &accepted.edit else { return None };
                let proposal = snapshot.record.proposal(accepted.proposal)?;
                Some((accepted.node, proposal.title(), edited.name.clone()))
            });
            edited.collect()
        }
        Change::Tree { verb: Verb::Edit, steps, .. } => {
            let renamed = steps.iter().filter_map(|step| {
                let Step::Patch { node, set } = step else { return None };
                let (before, after) = set.get("name")?;
                Some((*node, before.as_str()?.into(), after.as_str()?.into()))
            });
            renamed.collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
