//! What was proposed and what was decided: the fold of all batches and all events.
//!
//! The outcome depends on the set of events and their ids alone, never on the order in which
//! files were read: two clones that hold the same files show the same states.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::event::{Change, Edit, Event};
use super::id::{BatchId, EventId, NodeId, ProposalId};
use super::proposal::{Batch, BatchHead, Body, Proposal, Proposed, State};
use super::shards::Shards;
use super::syllabus::Syllabus;

/// All proposals with their states, and all events in order. A clone shares what it does not
/// change.
#[derive(Debug, Clone, Default)]
pub struct Record {
    batches: Shards<BatchId, Arc<BatchHead>>,
    newest: Option<BatchId>,
    proposals: Shards<ProposalId, Arc<Proposal>>,
    children: Shards<Option<NodeId>, Arc<Vec<ProposalId>>>,
    syllabi: Shards<NodeId, Arc<Vec<ProposalId>>>,
    events: Arc<Vec<Arc<Event>>>,
    undone: Arc<HashSet<EventId>>,
    /// Where in `events` each proposal is decided on, also one whose batch is not there.
    decisions: Shards<ProposalId, Arc<Vec<usize>>>,
    /// Revised syllabi as they were proposed.
    originals: Arc<HashMap<ProposalId, Syllabus>>,
}

impl Record {
    /// The fold of everything that was read from disk, in any order.
    #[must_use]
    pub fn fold(mut batches: Vec<Batch>, mut events: Vec<Event>) -> Self {
        batches.sort_by_key(|batch| batch.id);
        events.sort_by_key(|event| event.id);
        events.dedup_by_key(|event| event.id);
        let mut record = Self::default();
        for batch in batches {
            record.add_batch(batch);
        }
        for event in events {
            record.note(Arc::new(event));
        }
        for event in record.events.clone().iter() {
            if !record.undone.contains(&event.id) {
                record.carry_out(event, None);
            }
        }
        record
    }

    /// Takes in a batch. A key that was proposed before is the same proposal, seen once more;
    /// its state stays, so what was rejected stays rejected, even where the batch that had it
    /// is gone. Returns the proposals that are new and undecided.
    pub fn add_batch(&mut self, batch: Batch) -> Vec<ProposalId> {
        let head = batch.head();
        let mut new = Vec::new();
        for (rank, proposed) in batch.proposals.into_iter().enumerate() {
            let id = proposed.id();
            let seen = (head.id, rank as u32);
            if let Some(known) = self.proposals.get_mut(&id) {
                let known = Arc::make_mut(known);
                if !known.seen.iter().any(|(batch, _)| *batch == head.id) {
                    known.seen.push(seen);
                }
                continue;
            }
            let body = body_of(proposed);
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
        let decided: HashSet<ProposalId> = new.iter().copied().filter(|id| self.decisions.contains_key(id)).collect();
        if !decided.is_empty() {
            self.again(&decided);
            new.retain(|id| self.proposal(*id).is_some_and(|proposal| proposal.decided.is_none()));
        }
        new
    }

    /// Takes in an event that is later than all others.
    pub fn add_event(&mut self, event: Event) {
        let event = Arc::new(event);
        self.note(event.clone());
        match event.change {
            Change::Undo { event } | Change::Redo { event } => {
                let touched = self.event(event).map(|event| event.change.proposals().into_iter().collect());
                self.again(&touched.unwrap_or_default());
            }
            _ => self.carry_out(&event, None),
        }
    }

    /// Puts an event at the end, and what it undoes or redoes out of force or into it.
    fn note(&mut self, event: Arc<Event>) {
        let at = self.events.len();
        for id in event.change.proposals() {
            Arc::make_mut(self.decisions.entry(id)).push(at);
        }
        match event.change {
            Change::Undo { event } => drop(Arc::make_mut(&mut self.undone).insert(event)),
            Change::Redo { event } => drop(Arc::make_mut(&mut self.undone).remove(&event)),
            _ => {}
        }
        Arc::make_mut(&mut self.events).push(event);
    }

    /// Folds some proposals again from the start.
    fn again(&mut self, touched: &HashSet<ProposalId>) {
        for id in touched {
            if let Some(proposal) = self.proposals.get_mut(id) {
                let proposal = Arc::make_mut(proposal);
                (proposal.state, proposal.decided, proposal.flag) = (State::Pending, None, None);
            }
            if let Some(original) = self.originals.get(id).cloned() {
                self.set_syllabus(*id, original);
            }
        }
        let decisions = touched.iter().filter_map(|id| self.decisions.get(id));
        let mut concerned: Vec<usize> = decisions.flat_map(|at| at.iter().copied()).collect();
        concerned.sort_unstable();
        concerned.dedup();
        for at in concerned {
            let event = self.events[at].clone();
            if !self.undone.contains(&event.id) {
                self.carry_out(&event, Some(touched));
            }
        }
    }

    /// What one event says of proposals (of those in `only`, where given).
    fn carry_out(&mut self, event: &Event, only: Option<&HashSet<ProposalId>>) {
        let wanted = |id: &ProposalId| only.is_none_or(|only| only.contains(id));
        if let Change::Revise { on, to, .. } = &event.change {
            self.revise(*on, to);
            return;
        }
        for (at, id) in event.change.proposals().into_iter().enumerate().filter(|(_, id)| wanted(id)) {
            let Some(proposal) = self.proposals.get_mut(&id) else { continue };
            let proposal = Arc::make_mut(proposal);
            let state = match &event.change {
                Change::Accept { on } => State::Accepted { node: on[at].node },
                Change::Reject { reason, note, .. } => State::Rejected { reason: *reason, note: note.clone() },
                Change::Alias { into, .. } => State::Merged { into: *into },
                Change::Defer { .. } => State::Deferred,
                Change::Flag { .. } => {
                    proposal.flag = Some(event.id);
                    continue;
                }
                Change::Revise { .. }
                | Change::Review { .. }
                | Change::Tree { .. }
                | Change::Undo { .. }
                | Change::Redo { .. } => continue,
            };
            if !state.is_open() {
                proposal.flag = None;
            }
            proposal.decided = Some(event.id);
            proposal.state = state;
        }
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

    /// The proposal with this id.
    #[must_use]
    pub fn proposal(&self, id: ProposalId) -> Option<&Arc<Proposal>> {
        self.proposals.get(&id)
    }

    /// All proposals, in no particular order.
    pub fn proposals(&self) -> impl Iterator<Item = &Arc<Proposal>> {
        self.proposals.values()
    }

    /// The node proposals put forward under `parent`, in any state, first proposed first.
    pub fn proposed_children(&self, parent: Option<NodeId>) -> impl Iterator<Item = &Arc<Proposal>> {
        self.children.get(&parent).into_iter().flat_map(|ids| ids.iter()).filter_map(|id| self.proposals.get(id))
    }

    /// The syllabi put forward for `subject`, in any state, first proposed first.
    pub fn proposed_syllabi(&self, subject: NodeId) -> impl Iterator<Item = &Arc<Proposal>> {
        self.syllabi.get(&subject).into_iter().flat_map(|ids| ids.iter()).filter_map(|id| self.proposals.get(id))
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
    pub fn events(&self) -> &[Arc<Event>] {
        &self.events
    }

    /// The event with this id.
    #[must_use]
    pub fn event(&self, id: EventId) -> Option<&Arc<Event>> {
        self.events.binary_search_by_key(&id, |event| event.id).ok().map(|at| &self.events[at])
    }

    /// The events in force that decide on a proposal, oldest first.
    pub fn events_on(&self, id: ProposalId) -> impl Iterator<Item = &Arc<Event>> {
        let concerned = self.decisions.get(&id).into_iter().flat_map(|at| at.iter());
        concerned.filter_map(|at| self.events.get(*at)).filter(|event| !self.undone.contains(&event.id))
    }

    /// The proposals that are not quite as in `before`, or have one more event or one less. Cheap
    /// where this is a later state of it.
    #[must_use]
    pub fn changed_since(&self, before: &Self) -> HashSet<ProposalId> {
        let bodies = self.proposals.changed(&before.proposals, Arc::ptr_eq);
        bodies.chain(self.decisions.changed(&before.decisions, Arc::ptr_eq)).copied().collect()
    }

    /// Whether an event was undone (and not redone).
    #[must_use]
    pub fn is_undone(&self, id: EventId) -> bool {
        self.undone.contains(&id)
    }

    /// What `u` would undo for a curator: their latest decision that still holds.
    #[must_use]
    pub fn undoable(&self, by: &str) -> Option<&Arc<Event>> {
        self.events.iter().rev().find(|event| event.by == by && is_decision(&event.change) && !self.is_undone(event.id))
    }

    /// What `U` would redo for a curator: what they undid last, unless they decided since.
    #[must_use]
    pub fn redoable(&self, by: &str) -> Option<&Arc<Event>> {
        let own = self.events.iter().rev().filter(|event| event.by == by);
        let since: Vec<_> = own.take_while(|event| !is_decision(&event.change)).collect();
        let mut stack: Vec<EventId> = Vec::new();
        for event in since.into_iter().rev() {
            match event.change {
                Change::Undo { event } => stack.push(event),
                Change::Redo { event } => stack.retain(|undone| *undone != event),
                _ => {}
            }
        }
        stack.last().and_then(|id| self.event(*id))
    }

    /// What an acceptance was edited to, for the events in which something was.
    #[must_use]
    pub fn edits(&self) -> Vec<(ProposalId, &Edit)> {
        let events = self.events.iter().filter(|event| !self.is_undone(event.id));
        let accepted = events.filter_map(|event| match &event.change {
            Change::Accept { on } => Some(on),
            _ => None,
        });
        accepted.flatten().filter_map(|accepted| Some((accepted.proposal, accepted.edit.as_ref()?))).collect()
    }
}

/// Whether undo applies to it.
#[must_use]
pub fn is_decision(change: &Change) -> bool {
    !matches!(change, Change::Undo { .. } | Change::Redo { .. })
}

fn body_of(proposed: Proposed) -> Body {
    match proposed {
        Proposed::Node { parent, kind, facts, rationale } => {
            let node = NodeId::derive(parent, kind, facts.name.raw(), 0);
            Body::Node { node, parent, kind, facts, rationale }
        }
        Proposed::Syllabus { subject, mut syllabus } => {
            syllabus.repair_session_ids();
            Body::Syllabus { subject, syllabus }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::event::{EVENT_VERSION, Reason};
    use super::super::node::{Facts, Kind};
    use super::super::proposal::Source;
    use super::*;

    fn batch(number: u64, names: &[&str]) -> Batch {
        let node = |name: &&str| Proposed::Node {
            parent: None,
            kind: Kind::Field,
            facts: Facts::named(*name),
            rationale: None,
        };
        Batch {
            id: BatchId::new(number, 0),
            at: String::new(),
            by: "ana".into(),
            source: Source::Model { model: "m".into(), profile: "p".into() },
            about: None,
            bad: vec![],
            proposals: names.iter().map(node).collect(),
            calls: vec![],
        }
    }

    fn event(number: u64, by: &str, change: Change) -> Event {
        Event { v: EVENT_VERSION, id: EventId::new(number, 0), at: String::new(), by: by.into(), change }
    }

    fn prp(name: &str) -> ProposalId {
        ProposalId::of_node(NodeId::derive(None, Kind::Field, name, 0))
    }

    fn reject(name: &str) -> Change {
        Change::Reject { on: vec![prp(name)], reason: Reason::Vague, note: None, of: None }
    }

    #[test]
    fn the_same_name_proposed_again_is_one_proposal_and_stays_rejected() {
        let record =
            Record::fold(vec![batch(1, &["Arts", "Law"]), batch(2, &["arts"])], vec![event(5, "ana", reject("Arts"))]);
        let arts = record.proposal(prp("Arts")).unwrap();
        assert_eq!(arts.seen.len(), 2);
        assert!(matches!(arts.state, State::Rejected { reason: Reason::Vague, .. }));
        assert_eq!(record.proposed_children(None).count(), 2);
    }

    #[test]
    fn folding_one_by_one_and_all_at_once_agree() {
        let events = vec![
            event(1, "ana", reject("Arts")),
            event(2, "bo", Change::Defer { on: vec![prp("Law")] }),
            event(3, "ana", Change::Undo { event: EventId::new(1, 0) }),
            event(4, "ana", reject("Law")),
            event(5, "ana", Change::Redo { event: EventId::new(1, 0) }),
            event(6, "ana", Change::Undo { event: EventId::new(4, 0) }),
        ];
        let mut stepwise = Record::fold(vec![batch(1, &["Arts", "Law"])], vec![]);
        for event in events.clone() {
            stepwise.add_event(event);
        }
        let mut shuffled = events;
        shuffled.reverse();
        let at_once = Record::fold(vec![batch(1, &["Arts", "Law"])], shuffled);
        for name in ["Arts", "Law"] {
            assert_eq!(stepwise.proposal(prp(name)), at_once.proposal(prp(name)), "{name}");
        }
        assert_eq!(at_once.proposal(prp("Law")).unwrap().state, State::Deferred);
        assert!(matches!(at_once.proposal(prp("Arts")).unwrap().state, State::Rejected { .. }));
    }

    #[test]
    fn undo_and_redo_walk_back_and_forth_over_own_decisions_only() {
        let mut record = Record::fold(vec![batch(1, &["A", "B", "C"])], vec![]);
        let mut number = 0;
        let mut add = |record: &mut Record, by: &str, change| {
            number += 1;
            record.add_event(event(number, by, change));
            EventId::new(number, 0)
        };
        let a = add(&mut record, "ana", reject("A"));
        let b = add(&mut record, "ana", reject("B"));
        let c = add(&mut record, "bo", reject("C"));
        assert_eq!(record.undoable("ana").unwrap().id, b);
        add(&mut record, "ana", Change::Undo { event: b });
        assert_eq!(record.undoable("ana").unwrap().id, a);
        add(&mut record, "ana", Change::Undo { event: a });
        assert!(record.undoable("ana").is_none());
        assert_eq!(record.redoable("ana").unwrap().id, a);
        add(&mut record, "ana", Change::Redo { event: a });
        assert_eq!(record.redoable("ana").unwrap().id, b);
        add(&mut record, "ana", reject("C"));
        assert!(record.redoable("ana").is_none(), "a new decision ends what could be redone");
        assert_eq!(record.undoable("bo").unwrap().id, c);
    }
}
