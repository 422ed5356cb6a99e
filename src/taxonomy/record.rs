//! What was proposed and what was decided: the fold of all batches and all events.
//!
//! The outcome depends on the set of events and their ids alone, never on the order in which
//! files were read: two clones that hold the same files show the same states.

mod fold;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

pub use fold::{Key, Keyed};

use super::event::{Change, Event};
use super::id::{BatchId, EventId, ItemKey, NodeId, ProposalId, hash_bits};
use super::node::Facts;
use super::parts::Parts;
use super::policy::Policy;
use super::proposal::{Batch, BatchHead, Body, Proposal, Proposed, Question, State};
use super::shards::{Few, QuickSet, Shards};
use super::step::Step;
use super::syllabus::Syllabus;
use super::votes::{Outcome, Side, Vote, WhatIf, outcome};
use super::wordings::{Namesakes, Sense};

/// All proposals with their states, and all events in order. A clone shares what it does not
/// change.
#[derive(Debug, Clone, Default)]
pub struct Record {
    policy: Policy,
    /// Who looks: of what was planted everybody sees their own verdict alone.
    viewer: Arc<str>,
    /// Proposals that a person put there although they are wrong.
    planted: Arc<HashSet<ProposalId>>,
    batches: Shards<BatchId, Arc<BatchHead>>,
    newest: Option<BatchId>,
    proposals: Shards<ProposalId, Arc<Proposal>>,
    children: Shards<Option<NodeId>, Arc<Vec<ProposalId>>>,
    syllabi: Shards<NodeId, Arc<Vec<ProposalId>>>,
    events: Parts<Arc<Event>>,
    /// Those of each curator.
    own: Arc<HashMap<String, Parts<Arc<Event>>>>,
    undone: Shards<EventId, ()>,
    /// What events set aside that were redone, beside what they set aside at first.
    redone_over: Arc<HashMap<EventId, Vec<EventId>>>,
    /// Where in `events` each proposal is decided on, also one whose batch is not there.
    decisions: Shards<ProposalId, Few<usize>>,
    /// Where in `events`, and where in what that judges, each item is judged; and which items of each subject were.
    judged: Shards<ItemKey, Arc<Vec<(usize, usize)>>>,
    judged_of: Shards<NodeId, Arc<Vec<ItemKey>>>,
    /// Revised syllabi as they were proposed.
    originals: Arc<HashMap<ProposalId, Syllabus>>,
    /// Other wordings than the first in which a node was proposed, as hashes.
    wordings: Shards<ProposalId, Arc<Vec<u64>>>,
    /// Nodes that a decision of another sort than a vote ever put into the tree, or took out.
    by_hand: Shards<NodeId, ()>,
    /// Proposals whose outcome may not be what the tree shows: nobody's decision led to it alone.
    loose: Arc<HashSet<ProposalId>>,
    namesakes: Namesakes,
    /// How many batches answer each question.
    runs: Shards<Question, usize>,
}

impl Record {
    /// Takes in a batch. A key that was proposed before is the same proposal, seen once more;
    /// its state stays, so what was rejected stays rejected, even where the batch that had it
    /// is gone. Returns the proposals that are new and undecided.
    pub fn add_batch(&mut self, batch: Batch) -> Vec<ProposalId> {
        let keyed = Keyed::of(batch);
        for Key { id, sense } in keyed.keys.iter().filter(|key| !key.id.is_syllabus()) {
            self.namesakes.add(*id, Sense(*sense));
        }
        let mut new = self.take_in(keyed);
        let decided: HashSet<ProposalId> = new.iter().copied().filter(|id| self.decisions.contains_key(id)).collect();
        if !decided.is_empty() {
            self.again(&decided);
            new.retain(|id| self.proposal(*id).is_some_and(|proposal| proposal.decided.is_none()));
        }
        new
    }

    /// Takes in a batch, but for what its names say and what was decided. Returns the proposals that are new.
    fn take_in(&mut self, Keyed { batch, keys }: Keyed) -> Vec<ProposalId> {
        let (head, proposals) = batch.into_parts();
        if let Some(question) = head.question() {
            *self.runs.entry(question) += 1;
        }
        let mut new = Vec::new();
        for (rank, (proposed, Key { id, .. })) in proposals.into_iter().zip(keys).enumerate() {
            let seen = (head.id, rank as u32);
            if let Some(known) = self.proposals.get_mut(&id) {
                let known = Arc::make_mut(known);
                if !known.seen.iter().any(|(batch, _)| *batch == head.id) {
                    known.seen.push(seen);
                }
                if let (Body::Node { facts: first, .. }, Proposed::Node { facts, .. }) = (&known.body, &proposed)
                    && facts != first
                {
                    Arc::make_mut(self.wordings.entry(id)).push(wording(facts));
                }
                continue;
            }
            let body = body_of(proposed, id);
            match &body {
                Body::Node { parent, .. } => Arc::make_mut(self.children.entry(*parent)).push(id),
                Body::Syllabus { subject, .. } => Arc::make_mut(self.syllabi.entry(*subject)).push(id),
            }
            let proposal = Proposal { id, body, seen: vec![seen], state: State::Pending, decided: None, flag: None };
            self.proposals.insert(id, Arc::new(proposal));
            new.push(id);
        }
        self.newest = self.newest.max(Some(head.id));
        self.batches.insert(head.id, Arc::new(head));
        new
    }

    /// Takes in an event that is later than all others.
    pub fn add_event(&mut self, event: Event) {
        let event = Arc::new(event);
        self.note(event.clone());
        let touched = match event.change {
            Change::Undo { event } | Change::Redo { event } => self.event(event).map(|event| event.change.proposals()),
            _ => Some(event.change.proposals()),
        };
        self.again(&touched.unwrap_or_default().into_iter().collect());
    }

    /// Puts an event at the end, and what it undoes or redoes out of force or into it.
    fn note(&mut self, event: Arc<Event>) {
        let at = self.events.len();
        for id in event.change.proposals() {
            self.decisions.entry(id).push(at);
        }
        if let Change::Judge { on, .. } = &event.change {
            for (place, judged) in on.iter().enumerate() {
                let subject_of = |(at, place): &(usize, usize)| match &self.events.get(*at)?.change {
                    Change::Judge { on, .. } => Some(on.get(*place)?.subject),
                    _ => None,
                };
                let mut before = self.judged.get(&judged.item).into_iter().flat_map(|before| before.iter());
                if !before.any(|before| subject_of(before) == Some(judged.subject)) {
                    Arc::make_mut(self.judged_of.entry(judged.subject)).push(judged.item);
                }
                Arc::make_mut(self.judged.entry(judged.item)).push((at, place));
            }
        }
        match event.change {
            Change::Undo { event } => drop(self.undone.insert(event, ())),
            Change::Redo { event: redone } => {
                self.undone.remove(&redone);
                if !event.ballot.over.is_empty() {
                    let over = Arc::make_mut(&mut self.redone_over).entry(redone).or_default();
                    over.extend(&event.ballot.over);
                }
            }
            _ => {}
        }
        let steps = match &event.change {
            Change::Tree { steps, .. } => Some(steps),
            Change::Settle { .. } => None,
            _ => event.ballot.effect.as_ref(),
        };
        for step in steps.into_iter().flatten() {
            if let Step::Create { node, .. } | Step::Remove { node, .. } = step {
                self.by_hand.insert(node.id, ());
            }
        }
        let own = Arc::make_mut(&mut self.own);
        match own.get_mut(&event.by) {
            Some(own) => own.push(event.clone()),
            None => own.entry(event.by.clone()).or_default().push(event.clone()),
        }
        self.events.push(event);
    }

    /// The verdicts on a proposal that count, as they would after a change.
    pub(super) fn votes_if(&self, id: ProposalId, what: &WhatIf<'_>) -> Vec<Vote> {
        let mut votes: Vec<Vote> = Vec::new();
        let mut aside: Vec<EventId> = what.over.to_vec();
        let mut earlier: Vec<EventId> = Vec::new();
        for at in self.decisions.get(&id).map_or(&[][..], Few::as_slice).iter() {
            let Some(event) = self.events.get(*at) else { continue };
            let holds =
                (!self.undone.contains_key(&event.id) || what.with == Some(event.id)) && what.without != Some(event.id);
            let seen = what.everybody || !self.is_planted(id) || *event.by == *self.viewer;
            let Some(side) = Side::of(&event.change).filter(|_| holds && seen) else { continue };
            if event.v < 2 {
                aside.extend(&earlier);
            }
            earlier.push(event.id);
            aside.extend(&event.ballot.over);
            aside.extend(self.redone_over.get(&event.id).into_iter().flatten());
            let quorum = || match (event.ballot.quorum, self.proposal(id)) {
                (Some(quorum), Some(proposal)) => quorum.of(&proposal.body),
                _ => 1,
            };
            let reached = (!event.ballot.short.contains(&id)).then(quorum);
            votes.retain(|vote| vote.by != event.by);
            votes.push(Vote { event: event.id, by: event.by.clone(), side, reached });
        }
        if let Some((by, side)) = what.vote {
            votes.retain(|vote| vote.by != by);
            let event = self.events.last().map_or(EventId::new(0, 0), |event| event.id).next();
            votes.push(Vote { event, by: by.to_owned(), side, reached: None });
        }
        votes.retain(|vote| !aside.contains(&vote.event));
        votes
    }

    /// The verdicts that count, one for each curator, oldest first.
    #[must_use]
    pub fn votes(&self, id: ProposalId) -> Vec<Vote> {
        let mut votes = self.votes_if(id, &WhatIf::default());
        votes.retain(|vote| vote.side != Side::Later);
        votes
    }

    /// The same, of everybody also for what was planted.
    #[must_use]
    pub fn votes_of_all(&self, id: ProposalId) -> Vec<Vote> {
        let mut votes = self.votes_if(id, &WhatIf { everybody: true, ..WhatIf::default() });
        votes.retain(|vote| vote.side != Side::Later);
        votes
    }

    /// Whether a person put it there although it is wrong, to see who notices.
    #[must_use]
    pub fn is_planted(&self, id: ProposalId) -> bool {
        self.planted.contains(&id)
    }

    /// Where the votes on a proposal lead.
    #[must_use]
    pub fn outcome(&self, id: ProposalId) -> Outcome {
        self.outcome_if(id, &WhatIf::default())
    }

    pub(super) fn outcome_if(&self, id: ProposalId, what: &WhatIf<'_>) -> Outcome {
        outcome(&self.votes_if(id, what), self.quorum(id))
    }

    /// How many votes a proposal takes.
    #[must_use]
    pub fn quorum(&self, id: ProposalId) -> u32 {
        self.proposal(id).map_or(1, |proposal| self.policy.quorum.of(&proposal.body))
    }

    /// How many curators decide, and what they see of each other.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// An empty record under a policy.
    #[must_use]
    pub fn under(policy: Policy) -> Self {
        Self { policy, ..Self::default() }
    }

    /// Proposals whose outcome may not be what the tree shows.
    pub(super) fn loose(&self) -> impl Iterator<Item = ProposalId> {
        self.loose.iter().copied()
    }

    /// Whether a decision of another sort than a vote put a node into the tree, or took it out.
    pub(super) fn is_by_hand(&self, node: NodeId) -> bool {
        self.by_hand.contains_key(&node)
    }

    /// Whether a proposal is one of them.
    pub(super) fn is_loose(&self, id: ProposalId) -> bool {
        self.loose.contains(&id)
    }

    /// Whether a node was put forward with exactly these facts.
    pub(super) fn was_worded(&self, id: ProposalId, facts: &Facts) -> bool {
        let first = self.proposal(id).is_some_and(|proposal| match &proposal.body {
            Body::Node { facts: first, .. } => first == facts,
            Body::Syllabus { .. } => false,
        });
        first || self.wordings.get(&id).is_some_and(|hashes| hashes.contains(&wording(facts)))
    }

    fn revise(&mut self, on: ProposalId, to: &Syllabus) {
        let Some(Body::Syllabus { syllabus, .. }) = self.proposal(on).map(|proposal| &proposal.body) else { return };
        if !self.originals.contains_key(&on) {
            let original = syllabus.clone();
            Arc::make_mut(&mut self.originals).insert(on, original);
        }
        self.set_syllabus(on, to.clone());
    }

    fn set_syllabus(&mut self, on: ProposalId, to: Syllabus) {
        if let Some(proposal) = self.proposals.get_mut(&on)
            && let Body::Syllabus { syllabus, .. } = &mut Arc::make_mut(proposal).body
        {
            *syllabus = to;
        }
    }

    /// Whether a proposed syllabus is not as it was proposed.
    #[must_use]
    pub fn is_revised(&self, id: ProposalId) -> bool {
        let original = self.originals.get(&id);
        original.is_some_and(|original| match self.proposal(id).map(|proposal| &proposal.body) {
            Some(Body::Syllabus { syllabus, .. }) => syllabus != original,
            _ => false,
        })
    }

    /// A proposed syllabus as it was proposed.
    #[must_use]
    pub fn original(&self, id: ProposalId) -> Option<&Syllabus> {
        self.originals.get(&id).or_else(|| match &self.proposal(id)?.body {
            Body::Syllabus { syllabus, .. } => Some(syllabus),
            Body::Node { .. } => None,
        })
    }

    /// The proposal with this id.
    #[must_use]
    pub fn proposal(&self, id: ProposalId) -> Option<&Arc<Proposal>> {
        self.proposals.get(&id)
    }

    /// How many proposals there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.proposals.len()
    }

    /// Whether nothing was ever proposed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.proposals.len() == 0
    }

    /// All proposals, in no particular order.
    pub fn proposals(&self) -> impl Iterator<Item = &Arc<Proposal>> {
        self.proposals.values()
    }

    /// The node proposals put forward under `parent`, in any state, first proposed first.
    pub fn proposed_children(&self, parent: Option<NodeId>) -> impl DoubleEndedIterator<Item = &Arc<Proposal>> {
        self.children.get(&parent).into_iter().flat_map(|ids| ids.iter()).filter_map(|id| self.proposals.get(id))
    }

    /// The syllabi put forward for `subject`, in any state, first proposed first.
    pub fn proposed_syllabi(&self, subject: NodeId) -> impl Iterator<Item = &Arc<Proposal>> {
        self.syllabi.get(&subject).into_iter().flat_map(|ids| ids.iter()).filter_map(|id| self.proposals.get(id))
    }

    /// What a proposal's name says.
    pub(super) fn sense(&self, id: ProposalId) -> Option<Sense> {
        self.namesakes.sense(id)
    }

    /// The node proposals whose names say this, wherever they hang.
    pub(super) fn saying(&self, sense: Sense) -> &[ProposalId] {
        self.namesakes.with(sense)
    }

    /// How many batches answer a question.
    pub(super) fn runs(&self, question: &Question) -> usize {
        self.runs.get(question).copied().unwrap_or_default()
    }

    /// The id of the newest batch.
    #[must_use]
    pub fn newest_batch(&self) -> Option<BatchId> {
        self.newest
    }

    /// A batch, without its calls.
    #[must_use]
    pub fn batch(&self, id: BatchId) -> Option<&Arc<BatchHead>> {
        self.batches.get(&id)
    }

    /// All batches, in no particular order.
    pub fn batches(&self) -> impl Iterator<Item = &Arc<BatchHead>> {
        self.batches.values()
    }

    /// All events, oldest first.
    #[must_use]
    pub fn events(&self) -> &Parts<Arc<Event>> {
        &self.events
    }

    /// The event with this id.
    #[must_use]
    pub fn event(&self, id: EventId) -> Option<&Arc<Event>> {
        self.events.find_by_key(&id, |event| event.id)
    }

    /// The events in force that decide on a proposal, oldest first.
    pub fn events_on(&self, id: ProposalId) -> impl Iterator<Item = &Arc<Event>> {
        let concerned = self.decisions.get(&id).map_or(&[][..], Few::as_slice).iter();
        concerned.filter_map(|at| self.events.get(*at)).filter(|event| !self.undone.contains_key(&event.id))
    }

    /// The events in force that judge an item, oldest first, each with where in it the item is.
    pub(super) fn events_judging(&self, item: ItemKey) -> impl Iterator<Item = (&Arc<Event>, usize)> {
        let concerned = self.judged.get(&item).into_iter().flat_map(|at| at.iter());
        let concerned = concerned.filter_map(|(at, place)| Some((self.events.get(*at)?, *place)));
        concerned.filter(|(event, _)| !self.undone.contains_key(&event.id))
    }

    /// The items of a subject that were ever judged.
    pub(super) fn judged_of(&self, subject: NodeId) -> &[ItemKey] {
        self.judged_of.get(&subject).map_or(&[], |items| items.as_slice())
    }

    /// Every item that was ever judged, with the subject it belongs to.
    pub(super) fn judged(&self) -> impl Iterator<Item = (NodeId, ItemKey)> {
        self.judged_of.iter().flat_map(|(subject, items)| items.iter().map(|item| (*subject, *item)))
    }

    /// The proposals that are not quite as in `before`, or have one more event or one less. Cheap
    /// where this is a later state of it.
    #[must_use]
    pub fn changed_since(&self, before: &Self) -> QuickSet<ProposalId> {
        let bodies = self.proposals.changed(&before.proposals, Arc::ptr_eq);
        bodies
            .chain(self.decisions.changed(&before.decisions, |now, old| now.as_slice() == old.as_slice()))
            .copied()
            .collect()
    }

    /// Whether an event was undone (and not redone).
    #[must_use]
    pub fn is_undone(&self, id: EventId) -> bool {
        self.undone.contains_key(&id)
    }

    /// The events of one curator, oldest first.
    fn own(&self, by: &str) -> impl DoubleEndedIterator<Item = &Arc<Event>> {
        self.own.get(by).into_iter().flat_map(Parts::iter)
    }

    /// What `u` would undo for a curator: their latest decision that still holds.
    #[must_use]
    pub fn undoable(&self, by: &str) -> Option<&Arc<Event>> {
        self.own(by).rev().find(|event| is_decision(&event.change) && !self.is_undone(event.id))
    }

    /// What `U` would redo for a curator: what they undid last, unless they decided since.
    #[must_use]
    pub fn redoable(&self, by: &str) -> Option<&Arc<Event>> {
        let since: Vec<_> = self.own(by).rev().take_while(|event| !is_decision(&event.change)).collect();
        let mut stack: Vec<EventId> = Vec::new();
        for event in since.into_iter().rev() {
            match event.change {
                Change::Undo { event } => stack.push(event),
                Change::Redo { event } => stack.retain(|undone| *undone != event),
                _ => {}
            }
        }
        // Somebody else may have redone it.
        stack.retain(|id| self.is_undone(*id));
        stack.last().and_then(|id| self.event(*id))
    }
}

/// Whether undo applies to it.
#[must_use]
pub fn is_decision(change: &Change) -> bool {
    !matches!(change, Change::Undo { .. } | Change::Redo { .. } | Change::Settle { .. })
}

fn wording(facts: &Facts) -> u64 {
    let text = serde_json::to_string(facts).unwrap_or_default();
    hash_bits("provost 2026 wording v1", &[&text], 64) as u64
}

fn body_of(proposed: Proposed, id: ProposalId) -> Body {
    match proposed {
        Proposed::Node { parent, kind, facts, rationale } => {
            Body::Node { node: id.node(kind), parent, kind, facts, rationale }
        }
        Proposed::Syllabus { subject, mut syllabus } => {
            syllabus.repair_session_ids();
            Body::Syllabus { subject, syllabus }
        }
    }
}

#[cfg(test)]
mod tests;
