//! What does not have to be asked for again: the items of all runs of a directory.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::item::ItemId;
use super::plan::Plan;
use super::record::{Head, Status};
use super::run::{run_ids, segments};
use super::segment::{StorageError, read};

/// How often an item may fail by its own fault before it is given up.
pub const MOST_FAILURES: u32 = 3;

/// The items that are done, and how often others failed by their own fault.
#[derive(Debug, Default)]
pub(super) struct DoneSet {
    done: HashSet<ItemId>,
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
    /// Reads every segment of every run. What another process is writing right now is taken as far
    /// as it is whole.
    pub fn load(runs: &Path) -> Result<Self, StorageError> {
        let mut set = Self::default();
        for run in run_ids(runs)? {
            for segment in segments(runs, &run)? {
                read::<StorageError>(&segment, |_, line| {
                    // A whole line that is no record is of a later version.
                    if let Ok(head) = serde_json::from_slice(line) {
                        set.add(head);
                    }
                    Ok(())
                })?;
            }
        }
        Ok(set)
    }

    /// Takes in a record; whether its item is done by it and was not before.
    pub fn add(&mut self, head: Head) -> bool {
        if head.status == Status::Ok {
            self.failed.remove(&head.item);
            return self.done.insert(head.item);
        }
        if head.counts && !self.done.contains(&head.item) {
            *self.failed.entry(head.item).or_default() += 1;
        }
        false
    }

    /// How often an item that is not done has failed by its own fault.
    pub fn failures(&self, item: ItemId) -> u32 {
        self.failed.get(&item).copied().unwrap_or_default()
    }

    pub fn standing(&self, item: ItemId) -> Standing {
        if self.done.contains(&item) {
            Standing::Done
        } else if self.failed.get(&item).is_some_and(|times| *times >= MOST_FAILURES) {
            Standing::GivenUp
        } else {
            Standing::Open
        }
    }

    /// For each subject of a plan, how many of its items are done and how many are given up.
    pub fn count(&self, plan: &Plan) -> Vec<(u64, u64)> {
        let mut counts = vec![(0, 0); plan.subjects.len()];
        if self.done.is_empty() && self.failed.is_empty() {
            return counts;
        }
        for item in plan.items() {
            match self.standing(item.id) {
                Standing::Done => counts[item.subject].0 += 1,
                Standing::GivenUp => counts[item.subject].1 += 1,
                Standing::Open => {}
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
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
        let set = DoneSet::load(runs.path()).unwrap();
        let standing = |bits| set.standing(ItemId::from_bits(bits));
        assert_eq!(standing(1), Standing::Done);
        assert_eq!(standing(2), Standing::Done);
        assert_eq!(standing(3), Standing::GivenUp);
        assert_eq!(standing(4), Standing::Open, "a server that was down does not count");
        assert_eq!(standing(5), Standing::Open);
    }
}
