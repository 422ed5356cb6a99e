//! What does not have to be asked for again: the items of all runs of a directory.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::item::ItemId;
use super::ledger::heads;
use super::plan::Plan;
use super::queue::Survey;
use super::record::{Head, Status};
use super::run::{run_ids, segments};
use super::segment::StorageError;

/// How often an item may fail by its own fault before it is given up.
pub const MOST_FAILURES: u32 = 3;

/// What records say, while they are read.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    done: Vec<ItemId>,
    failed: HashMap<ItemId, u32>,
}

impl Gathered {
    pub fn add(&mut self, head: Head) {
        if head.status == Status::Ok {
            self.done.push(head.item);
        } else if head.counts {
            *self.failed.entry(head.item).or_default() += 1;
        }
    }

    pub fn sealed(self) -> DoneSet {
        let Self { mut done, mut failed } = self;
        done.sort_unstable();
        done.dedup();
        let bits = done.len().div_ceil(8).next_power_of_two().trailing_zeros().clamp(1, 24);
        let shift = u128::BITS - bits;
        let mut starts = vec![0_u32; (1 << bits) + 1];
        done.iter().for_each(|item| starts[(item.bits() >> shift) as usize + 1] += 1);
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut set = DoneSet { done, starts, shift, fresh: HashSet::new(), failed: HashMap::new() };
        failed.retain(|item, _| !set.is_done(*item));
        failed.shrink_to_fit();
        set.failed = failed;
        set
    }
}

/// The items that are done, and how often others failed by their own fault: 17 bytes an item.
#[derive(Debug, Default)]
pub(super) struct DoneSet {
    /// In rising order.
    done: Vec<ItemId>,
    /// Ids are hashes, so their first bits say where to look: for each value of those, where its items begin.
    starts: Vec<u32>,
    shift: u32,
    /// What was finished since.
    fresh: HashSet<ItemId>,
    failed: HashMap<ItemId, u32>,
}

/// What is to be done with an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Open,
    Done,
    GivenUp,
}

impl DoneSet {
    /// Reads what every segment of every run comes to. What another process is writing right now is taken as far
    /// as it is whole.
    pub fn load(runs: &Path) -> Result<Self, StorageError> {
        let mut gathered = Gathered::default();
        for run in run_ids(runs)? {
            for segment in segments(runs, &run)? {
                heads(&segment, |head| gathered.add(head))?;
            }
        }
        Ok(gathered.sealed())
    }

    /// Whether there is neither a finished item nor a failure that counts.
    pub fn is_empty(&self) -> bool {
        self.done.is_empty() && self.fresh.is_empty() && self.failed.is_empty()
    }

    fn is_done(&self, item: ItemId) -> bool {
        if self.fresh.contains(&item) {
            return true;
        }
        let Some(bucket) = item.bits().checked_shr(self.shift).map(|bucket| bucket as usize) else { return false };
        let bounds = self.starts.get(bucket).zip(self.starts.get(bucket + 1));
        bounds.is_some_and(|(from, to)| self.done[*from as usize..*to as usize].binary_search(&item).is_ok())
    }

    /// Takes in a record that was made since.
    pub fn add(&mut self, head: Head) {
        if head.status == Status::Ok {
            self.failed.remove(&head.item);
            self.fresh.insert(head.item);
        } else if head.counts && !self.is_done(head.item) {
            *self.failed.entry(head.item).or_default() += 1;
        }
    }

    /// How often an item that is not done has failed by its own fault.
    pub fn failures(&self, item: ItemId) -> u32 {
        self.failed.get(&item).copied().unwrap_or_default()
    }

    /// For each subject of a plan, how many of its items are done and how many are given up.
    pub fn count(&self, plan: &Plan) -> Vec<(u64, u64)> {
        Survey::of(plan, self, false).settled()
    }

    /// How often items that are not done have failed by their own fault.
    pub fn into_failures(self) -> HashMap<ItemId, u32> {
        self.failed
    }

    pub fn standing(&self, item: ItemId) -> Standing {
        if self.is_done(item) {
            Standing::Done
        } else if self.failed.get(&item).is_some_and(|times| *times >= MOST_FAILURES) {
            Standing::GivenUp
        } else {
            Standing::Open
        }
    }

    /// Whether it was asked for before without success.
    pub fn has_failed(&self, item: ItemId) -> bool {
        self.failed.contains_key(&item)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::record::sample;
    use super::super::segment::{Segment, line};
    use super::*;

    #[test]
    fn the_best_record_of_all_runs_counts() {
        let runs = tempfile::tempdir().unwrap();
        let write = |run: &str, records: &[super::super::record::Record]| {
            let folder = runs.path().join(run).join("segments");
            std::fs::create_dir_all(&folder).unwrap();
            let mut segment = Segment::create(&folder).unwrap();
            records.iter().for_each(|record| segment.write(&line(record).unwrap()).unwrap());
        };
        let down = super::super::record::Record { counts: false, ..sample(4, Status::Failed) };
        write("b", &[sample(1, Status::Ok), sample(2, Status::Unfit), sample(3, Status::Failed), down.clone()]);
        write("a", &[sample(1, Status::Unfit), sample(2, Status::Unfit), sample(3, Status::Failed), down.clone()]);
        write("a", &[sample(2, Status::Ok), sample(3, Status::Failed), down.clone(), down]);
        // The second time the ledgers tell it, that the first time wrote.
        for _ in 0..2 {
            let set = DoneSet::load(runs.path()).unwrap();
            let standing = |bits| set.standing(ItemId::from_bits(bits));
            assert_eq!(standing(1), Standing::Done);
            assert_eq!(standing(2), Standing::Done);
            assert_eq!(standing(3), Standing::GivenUp);
            assert_eq!(standing(4), Standing::Open, "a server that was down does not count");
            assert_eq!(standing(5), Standing::Open);
            assert!(!set.has_failed(ItemId::from_bits(2)));
        }
    }

    proptest! {
        #[test]
        fn what_was_added_is_found_and_nothing_else(
            done in prop::collection::hash_set(any::<u128>(), 0..300), other in prop::collection::vec(any::<u128>(), 0..100),
        ) {
            let mut gathered = Gathered::default();
            for bits in &done {
                gathered.add(Head { item: ItemId::from_bits(*bits), status: Status::Ok, counts: false });
            }
            let set = gathered.sealed();
            for bits in done.iter().chain(&other).chain(&[0, u128::MAX]) {
                prop_assert_eq!(set.standing(ItemId::from_bits(*bits)) == Standing::Done, done.contains(bits));
            }
        }
    }
}
