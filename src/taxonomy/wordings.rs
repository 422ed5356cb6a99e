//! The same thing in other words: "Fluid mechanics" and "Mechanics of fluids" under one parent are
//! one proposal with two wordings. Each wording keeps its id and whatever is decided on it; which
//! one is shown, and what a decision on one means for the others, follows from the set of
//! proposals, events and nodes alone. So two clones that decided on different wordings agree once
//! they hold the same files, and undo brings every wording back to where it was.

use std::collections::HashSet;
use std::iter;
use std::sync::Arc;

use super::event::{Change, Reason};
use super::id::{NodeId, ProposalId};
use super::node::{Kind, Node};
use super::proposal::{Body, Proposal, Source, State};
use super::record::Record;
use super::shards::{Few, Shards};
use super::snapshot::Snapshot;
use super::text::{Untrusted, normalise};
use super::tree::Tree;
use crate::hashing::fnv;

/// Words that carry no meaning in a name.
const STOP: [&str; 11] = ["a", "an", "and", "for", "in", "its", "of", "on", "the", "to", "with"];

/// The words of a name in alphabetical order, without stop words and plural endings. Stricter than
/// what finds neighbours: "Optics" and "Advanced optics" are two courses.
#[must_use]
pub fn words(name: &str) -> String {
    let normal = normalise(name);
    let mut words: Vec<String> =
        normal.split(' ').filter(|word| !STOP.contains(word)).map(|word| singular(word).into_owned()).collect();
    words.sort_unstable();
    words.dedup();
    if words.is_empty() { normal } else { words.join(" ") }
}

fn singular(word: &str) -> std::borrow::Cow<'_, str> {
    match word {
        word if word.len() > 4 && word.ends_with("ies") => format!("{}y", &word[..word.len() - 3]).into(),
        word if word.len() > 3
            && word.ends_with('s')
            && !["ss", "us", "is", "ics"].iter().any(|end| word.ends_with(end)) =>
        {
            word[..word.len() - 1].into()
        }
        word => word.into(),
    }
}

/// What two names of one kind share when they have the same words. Kept in the index of what was read, nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Sense(pub u64);

impl Sense {
    pub fn of(kind: Kind, name: &str) -> Self {
        Self(fnv(iter::once(kind as u8).chain(words(name).bytes()).map(u64::from)))
    }
}

/// Proposals by what their names say, wherever they hang.
#[derive(Debug, Clone, Default)]
pub(super) struct Namesakes {
    by_sense: Shards<Sense, Few<ProposalId>>,
    senses: Shards<ProposalId, Sense>,
}

impl Namesakes {
    /// Takes in a proposal, if it is new.
    pub fn add(&mut self, id: ProposalId, sense: Sense) {
        if self.senses.contains_key(&id) {
            return;
        }
        self.senses.insert(id, sense);
        self.by_sense.entry(sense).push(id);
    }

    /// What a proposal's name says.
    pub fn sense(&self, id: ProposalId) -> Option<Sense> {
        self.senses.get(&id).copied()
    }

    /// All proposals that say the same, anywhere.
    pub fn with(&self, sense: Sense) -> &[ProposalId] {
        self.by_sense.get(&sense).map_or(&[], Few::as_slice)
    }
}

/// What an open proposal says again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameAs {
    /// A node that is accepted here, perhaps under an alias.
    Node(NodeId),
    /// Another wording of it: one that was decided on, or that is shown in its place.
    Proposal(ProposalId),
}

/// In how many runs of models something was named, of those that asked the question. What was
/// imported is in none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// Runs that named it, in any wording.
    pub times: usize,
    /// Runs that answered the questions in which it was named.
    pub of: usize,
}

/// [`Snapshot::reworded`] of a view that only these two are left of.
pub(super) fn reworded((tree, record): (&Tree, &Record), node: NodeId) -> Vec<ProposalId> {
    let proposal = ProposalId::of_node(node);
    // What was accepted as it was proposed says what it said: that is known.
    let as_proposed = |node: &Arc<Node>| match record.proposal(proposal).map(|proposal| &proposal.body) {
        Some(Body::Node { kind, facts, .. }) => {
            *kind == node.kind && facts.name == node.facts.name && node.facts.aliases.is_empty()
        }
        _ => false,
    };
    let other = tree.node(node).filter(|node| !as_proposed(node));
    let mut senses = other.map(|node| super::tree::senses(node)).unwrap_or_default();
    senses.extend(record.sense(proposal));
    senses.into_iter().flat_map(|sense| record.saying(sense)).copied().collect()
}

impl Snapshot {
    /// The other wordings of a proposal: same parent, kind and words; first proposed first.
    #[must_use]
    pub fn wordings(&self, proposal: &Proposal) -> Vec<&Arc<Proposal>> {
        let Some(sense) = self.record.sense(proposal.id) else { return Vec::new() };
        let others = self.record.saying(sense).iter().filter(|id| **id != proposal.id);
        let others = others.filter_map(|id| self.record.proposal(*id));
        let mut found: Vec<_> = others.filter(|other| other.under() == proposal.under()).collect();
        found.sort_by_key(|other| (other.seen.first().copied(), other.id));
        found
    }

    /// What an open proposal only says again; `None` where it stands for itself. What was imported
    /// stands for itself always: each row of a person's file counts. So does what others, or a syllabus, hang under.
    #[must_use]
    pub fn same_as(&self, proposal: &Proposal) -> Option<SameAs> {
        let Body::Node { node, parent, .. } = &proposal.body else { return None };
        if !proposal.state.is_open() {
            return None;
        }
        let sense = self.record.sense(proposal.id)?;
        let here = |id: &&NodeId| **id != *node && self.tree.parent(**id) == *parent && self.tree.entry(**id).is_some();
        let taken = self.tree.saying(sense).iter().filter(here).min();
        let others = self.wordings(proposal);
        if (taken.is_none() && others.is_empty()) || self.stands_alone(proposal, *node) {
            return None;
        }
        if let Some(taken) = taken {
            return Some(SameAs::Node(*taken));
        }
        if let Some(decided) = others.iter().find(|other| self.settles(other, *node)) {
            return Some(SameAs::Proposal(decided.id));
        }
        let rank = |one: &Proposal| {
            let alone = matches!(&one.body, Body::Node { node, .. } if self.stands_alone(one, *node));
            let touched = one.state != State::Pending || one.flag.is_some() || !self.record.votes(one.id).is_empty();
            (!alone, !touched, one.seen.first().copied(), one.id)
        };
        let open = others.into_iter().filter(|other| other.state.is_open() && !self.is_in_tree(other));
        let first = open.min_by_key(|other| rank(other))?;
        (rank(first) < rank(proposal)).then_some(SameAs::Proposal(first.id))
    }

    /// The proposals that say what a node, or the proposal of one, says: their standing may follow
    /// from it.
    #[must_use]
    pub fn reworded(&self, node: NodeId) -> Vec<ProposalId> {
        reworded((&self.tree, &self.record), node)
    }

    /// How many batches named a proposal, in any wording, imports included.
    #[must_use]
    pub fn times(&self, proposal: &Proposal) -> usize {
        let is_alone = self.record.sense(proposal.id).is_none_or(|sense| self.record.saying(sense).len() < 2);
        if is_alone {
            return proposal.seen.len();
        }
        let others = self.wordings(proposal);
        let all = others.iter().flat_map(|other| other.seen.iter()).chain(&proposal.seen);
        all.map(|(batch, _)| *batch).collect::<HashSet<_>>().len()
    }

    fn stands_alone(&self, proposal: &Proposal, node: NodeId) -> bool {
        let is_import = |head: &Arc<super::proposal::BatchHead>| matches!(head.source, Source::Import { .. });
        self.record.is_planted(proposal.id)
            || proposal.seen.iter().filter_map(|(batch, _)| self.record.batch(*batch)).any(is_import)
            || self.record.proposed_children(Some(node)).next().is_some()
            || self.record.proposed_syllabi(node).next().is_some()
    }

    /// Whether what was decided on one wording settles another, which would become `node`. One that
    /// was turned down as a duplicate of the other does not.
    fn settles(&self, decided: &Proposal, node: NodeId) -> bool {
        match &decided.state {
            State::Accepted { node } => self.tree.entry(*node).is_some(),
            State::Merged { into } => self.tree.entry(*into).is_some(),
            State::Rejected { reason: Reason::Duplicate, .. } => {
                let event = decided.decided.and_then(|id| self.record.event(id));
                !event.is_some_and(|event| matches!(event.change, Change::Reject { of: Some(of), .. } if of == node))
            }
            State::Rejected { .. } => true,
            State::Pending | State::Deferred | State::Contested => false,
        }
    }

    /// Whether an open proposal only rewords one that was turned down.
    #[must_use]
    pub fn is_suppressed(&self, proposal: &Proposal) -> bool {
        self.same_as(proposal).is_some_and(|same| self.is_rejected(same))
    }

    /// Whether what is said again was turned down.
    pub(super) fn is_rejected(&self, same: SameAs) -> bool {
        let SameAs::Proposal(other) = same else { return false };
        self.record.proposal(other).is_some_and(|other| matches!(other.state, State::Rejected { .. }))
    }

    /// Whether a proposal was turned down, in this wording or another.
    #[must_use]
    pub fn is_turned_down(&self, id: ProposalId) -> bool {
        let rejected = |found: &Arc<Proposal>| matches!(found.state, State::Rejected { .. });
        self.record.proposal(id).is_some_and(|found| rejected(found) || self.is_suppressed(found))
    }

    /// How many runs named a proposal, in any wording, of those that asked.
    #[must_use]
    pub fn seen(&self, proposal: &Proposal) -> Seen {
        let others = self.wordings(proposal);
        let all = others.iter().flat_map(|other| other.seen.iter()).chain(&proposal.seen);
        let batches: HashSet<_> = all.map(|(batch, _)| *batch).collect();
        let heads = batches.iter().filter_map(|batch| self.record.batch(*batch));
        let answers: Vec<_> = heads.filter_map(|head| head.question()).collect();
        let questions: HashSet<_> = answers.iter().collect();
        let of = questions.into_iter().map(|question| self.record.runs(question)).sum();
        Seen { times: answers.len(), of }
    }

    /// Nodes of the same name and kind under other parents, accepted or open: a subject that several
    /// disciplines teach. Accepted ones first.
    #[must_use]
    pub fn elsewhere(&self, id: NodeId) -> Vec<NodeId> {
        let Some((kind, facts)) = self.facts(id) else { return Vec::new() };
        let sense = Sense::of(kind, facts.name.raw());
        let accepted = self.tree.saying(sense).iter().copied().filter(|other| self.tree.is_active(*other));
        let proposed = self.record.saying(sense).iter().filter_map(|other| self.record.proposal(*other));
        let open = proposed.filter(|other| self.is_open(other)).filter_map(|other| match &other.body {
            Body::Node { node, .. } => Some(*node),
            Body::Syllabus { .. } => None,
        });
        let mut parents = HashSet::from([self.parent(id)]);
        let mut found: Vec<(bool, NodeId)> = accepted.map(|id| (false, id)).chain(open.map(|id| (true, id))).collect();
        found.sort_unstable();
        let mut found: Vec<NodeId> = found.into_iter().map(|(_, id)| id).collect();
        found.retain(|other| *other != id && parents.insert(self.parent(*other)));
        found
    }

    /// The names of what the namesakes of a node hang under: "Chemistry, Biology".
    #[must_use]
    pub fn also_in(&self, id: NodeId) -> Vec<Untrusted> {
        let parents = self.elsewhere(id).into_iter().filter_map(|other| self.parent(other));
        parents.map(|parent| self.name(parent)).collect()
    }
}

#[cfg(test)]
mod tests;
