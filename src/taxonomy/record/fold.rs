//! The fold of all batches and events that were read, on two cores; and of some proposals again, once something was said of them.

use std::collections::HashSet;
use std::sync::Arc;

use super::super::event::{Change, Event};
use super::super::id::{EventId, ProposalId};
use super::super::parallel;
use super::super::policy::Policy;
use super::super::proposal::{Batch, Proposed, State};
use super::super::votes::{Outcome, Side, WhatIf, outcome};
use super::super::wordings::Sense;
use super::Record;

/// What follows from a proposal alone, and takes a moment to work out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// The id that its key gives.
    pub id: ProposalId,
    /// What its name says, as a number; 0 for a syllabus.
    pub sense: u64,
}

/// A batch with the keys of its proposals.
#[derive(Debug)]
pub struct Keyed {
    /// The batch.
    pub batch: Batch,
    /// One for each of its proposals.
    pub keys: Vec<Key>,
}

impl Keyed {
    /// Works the keys out.
    #[must_use]
    pub fn of(batch: Batch) -> Self {
        let key = |proposed: &Proposed| {
            let sense = match proposed {
                Proposed::Node { kind, facts, .. } => Sense::of(*kind, facts.name.raw()).0,
                Proposed::Syllabus { .. } => 0,
            };
            Key { id: proposed.id(), sense }
        };
        let keys = batch.proposals.iter().map(key).collect();
        Self { batch, keys }
    }
}

/// From so many things on a second thread is worth its while.
const SOME: usize = if cfg!(test) { 8 } else { 2_000 };

/// How a proposal stands, by the events in force.
struct Standing {
    state: State,
    decided: Option<EventId>,
    flag: Option<EventId>,
    /// See [`Record::loose`].
    is_loose: bool,
}

impl Record {
    /// The fold of everything that was read from disk, in any order.
    #[must_use]
    pub fn fold(policy: Policy, viewer: &str, batches: Vec<Batch>, events: Vec<Event>) -> Self {
        Self::fold_keyed(policy, viewer, batches.into_iter().map(Keyed::of).collect(), events)
    }

    /// The fold of everything that was read from disk, in any order; proposals have their keys already. Two cores share it.
    #[must_use]
    pub fn fold_keyed(policy: Policy, viewer: &str, mut batches: Vec<Keyed>, mut events: Vec<Event>) -> Self {
        batches.sort_by_key(|keyed| keyed.batch.id);
        let names: Vec<Key> = batches.iter().flat_map(|keyed| keyed.keys.iter().copied()).collect();
        let is_much = names.len() + events.len() > SOME;
        let mut touched = HashSet::with_capacity(events.len());
        let proposed = || {
            let mut record = Self { policy, viewer: viewer.into(), ..Self::default() };
            batches.into_iter().for_each(|keyed| drop(record.take_in(keyed)));
            record
        };
        // What is noted of events asks nothing of proposals.
        let decided = || {
            let mut noted = Self::default();
            for Key { id, sense } in names.iter().filter(|key| !key.id.is_syllabus()) {
                noted.namesakes.add(*id, Sense(*sense));
            }
            events.sort_by_key(|event| event.id);
            events.dedup_by_key(|event| event.id);
            for event in events {
                touched.extend(event.change.proposals());
                noted.note(Arc::new(event));
            }
            noted
        };
        let (record, noted) = if is_much { parallel::both(proposed, decided) } else { (proposed(), decided()) };
        let Self { namesakes, events, own, undone, redone_over, decisions, judged, judged_of, by_hand, .. } = noted;
        let mut record =
            Self { namesakes, events, own, undone, redone_over, decisions, judged, judged_of, by_hand, ..record };
        record.again(&touched);
        record
    }

    /// Folds some proposals again from the start; many of them on all cores.
    pub(super) fn again(&mut self, touched: &HashSet<ProposalId>) {
        for id in touched {
            if let Some(original) = self.originals.get(id).cloned() {
                self.set_syllabus(*id, original);
            }
            let (mut planted, mut revised) = (false, Vec::new());
            for event in self.events_on(*id) {
                match &event.change {
                    Change::Revise { .. } => revised.push(event.clone()),
                    Change::Plant { .. } => planted = true,
                    _ => {}
                }
            }
            for event in &revised {
                if let Change::Revise { to, .. } = &event.change {
                    self.revise(*id, to);
                }
            }
            if planted != self.planted.contains(id) {
                let all = Arc::make_mut(&mut self.planted);
                if planted {
                    all.insert(*id)
                } else {
                    all.remove(id)
                };
            }
        }
        let touched: Vec<ProposalId> = touched.iter().copied().collect();
        let stands = |id: &ProposalId| self.standing(*id);
        let found: Vec<_> = if touched.len() > SOME {
            parallel::map(&touched, || (), |(), id| stands(id))
        } else {
            touched.iter().map(stands).collect()
        };
        for (id, found) in touched.into_iter().zip(found) {
            let Some(Standing { state, decided, flag, is_loose }) = found else { continue };
            if is_loose != self.loose.contains(&id) {
                let all = Arc::make_mut(&mut self.loose);
                if is_loose {
                    all.insert(id)
                } else {
                    all.remove(&id)
                };
            }
            if let Some(proposal) = self.proposals.get_mut(&id) {
                let proposal = Arc::make_mut(proposal);
                (proposal.state, proposal.decided, proposal.flag) = (state, decided, flag);
            }
        }
    }

    /// What the events in force say of a proposal; `None` where it is not there.
    fn standing(&self, id: ProposalId) -> Option<Standing> {
        let events: Vec<&Event> = self.events_on(id).map(AsRef::as_ref).collect();
        let (state, decided) = self.state(id, &events)?;
        let flags = events.iter().rev().filter(|event| matches!(event.change, Change::Flag { .. }));
        let flag = flags.map(|event| event.id).next();
        let answered = decided.filter(|_| !state.is_open());
        let flag = flag.filter(|flag| answered.is_none_or(|answered| *flag > answered));
        let is_loose = self.differs(id, &state, &events);
        Some(Standing { state, decided, flag, is_loose })
    }

    /// The state of a proposal, and which event decided.
    fn state(&self, id: ProposalId, events: &[&Event]) -> Option<(State, Option<EventId>)> {
        let proposal = self.proposal(id)?;
        let votes = self.votes_if(id, &WhatIf::default());
        let last = |side: Side| votes.iter().filter(|vote| vote.side == side).map(|vote| vote.event).max();
        let event = |id: EventId| events.iter().find(|event| event.id == id);
        Some(match outcome(&votes, self.policy.quorum.of(&proposal.body)) {
            Outcome::Open => match last(Side::Later) {
                Some(event) => (State::Deferred, Some(event)),
                None => (State::Pending, None),
            },
            Outcome::Short { .. } => (State::Pending, None),
            Outcome::Contested => (State::Contested, None),
            Outcome::Decided(side) => {
                let decided = last(side);
                let state = match (side, decided.and_then(event).map(|event| &event.change)) {
                    (Side::Merge(into), _) => State::Merged { into },
                    (Side::Reject, Some(Change::Reject { reason, note, .. })) => {
                        State::Rejected { reason: *reason, note: note.clone() }
                    }
                    (_, Some(Change::Accept { on })) => {
                        let node = on.iter().find(|acceptance| acceptance.proposal == id)?.node;
                        State::Accepted { node }
                    }
                    _ => State::Pending,
                };
                (state, decided)
            }
        })
    }

    /// Whether the outcome and the tree may differ: an outcome that no single decision
    /// brought about, or a decision that was outvoted by others who did not know of it.
    fn differs(&self, id: ProposalId, state: &State, events: &[&Event]) -> bool {
        let decided = |event: &&&Event| !event.ballot.short.contains(&id);
        let has = |wanted: fn(&Change) -> bool| events.iter().filter(decided).any(|event| wanted(&event.change));
        let accepted = has(|change| matches!(change, Change::Accept { .. }));
        let loose = match state {
            State::Accepted { .. } => !accepted,
            State::Merged { .. } => accepted || !has(|change| matches!(change, Change::Alias { .. })),
            State::Rejected { .. } => accepted || has(|change| matches!(change, Change::Settle { .. })),
            State::Pending | State::Deferred | State::Contested => false,
        };
        loose && !self.is_planted(id)
    }
}
