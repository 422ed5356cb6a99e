//! The fold of all batches and events that were read, on two cores.

use std::collections::HashSet;
use std::sync::Arc;

use super::super::event::Event;
use super::super::id::ProposalId;
use super::super::policy::Policy;
use super::super::proposal::{Batch, Proposed};
use super::super::wordings::{Namesakes, Sense};
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

/// From so many proposals on a second thread is worth its while.
const SOME: usize = if cfg!(test) { 8 } else { 2_000 };

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
        let namesakes = || {
            let mut namesakes = Namesakes::default();
            for Key { id, sense } in names.iter().filter(|key| !key.id.is_syllabus()) {
                namesakes.add(*id, Sense(*sense));
            }
            namesakes
        };
        let mut record = Self { policy, viewer: viewer.into(), ..Self::default() };
        std::thread::scope(|scope| {
            let other = (names.len() > SOME).then(|| scope.spawn(namesakes));
            for keyed in batches {
                record.take_in(keyed);
            }
            events.sort_by_key(|event| event.id);
            events.dedup_by_key(|event| event.id);
            let mut touched = HashSet::with_capacity(events.len());
            for event in events {
                touched.extend(event.change.proposals());
                record.note(Arc::new(event));
            }
            record.again(&touched);
            // Made here where there is no other thread, and where that one failed.
            record.namesakes = other.and_then(|other| other.join().ok()).unwrap_or_else(namesakes);
        });
        record
    }
}
