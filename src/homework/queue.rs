//! The items of a plan that are still to be asked for, in the order of the plan.

use std::sync::Arc;

use super::done::{DoneSet, Standing};
use super::item::ItemId;
use super::plan::{Plan, PlannedItem};

/// Gives one open item after the other. Subjects that are through are not looked at.
pub(super) struct Queue {
    plan: Arc<Plan>,
    done: DoneSet,
    /// Open items of each subject.
    open: Vec<u64>,
    at: usize,
    items: Option<Box<dyn Iterator<Item = PlannedItem> + Send>>,
}

impl Queue {
    /// The open items of `plan`; `settled` says for each subject how many are not.
    pub fn new(plan: Arc<Plan>, done: DoneSet, settled: &[(u64, u64)]) -> Self {
        let quotas = plan.subjects.iter().map(|subject| subject.quota).zip(settled);
        let open = quotas.map(|(quota, (done, given_up))| quota.saturating_sub(done + given_up)).collect();
        Self { plan, done, open, at: 0, items: None }
    }

    /// How often an item has failed by its own fault.
    pub fn failures(&self, item: ItemId) -> u32 {
        self.done.failures(item)
    }
}

impl Iterator for Queue {
    type Item = PlannedItem;

    fn next(&mut self) -> Option<PlannedItem> {
        loop {
            if *self.open.get(self.at)? == 0 {
                self.at += 1;
                self.items = None;
                continue;
            }
            let items = self.items.get_or_insert_with(|| Box::new(self.plan.items_of(self.at)));
            let Some(item) = items.find(|item| self.done.standing(item.id) == Standing::Open) else {
                self.open[self.at] = 0;
                continue;
            };
            self.open[self.at] -= 1;
            return Some(item);
        }
    }
}
