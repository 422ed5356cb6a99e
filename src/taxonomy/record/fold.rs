//! The fold of all batches and events that were read, on two cores.

use std::collections::HashSet;
use std::sync::Arc;

use super::super::event::Event;
use super::super::id::ProposalId;
use super::super::policy::Policy;
use super::super::proposal::{Batch, Proposed};
use super::super::wordings::Sense;
use super::{Record, SOME, parallel};

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
}
