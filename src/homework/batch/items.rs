//! Which items a plan has, by id, in 32 bytes an item; and where each of them waits.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::item::ItemId;
use super::super::plan::{Numbered, Plan, PlannedItem};
use super::journal::Slot;

/// Subjects whose draws are kept at hand.
const AT_HAND: usize = 256;

struct Row {
    id: [u8; 16],
    subject: u32,
    number: u32,
    slot: Slot,
}

/// The items of a plan, and those of others that wait.
pub(super) struct Items {
    plan: Arc<Plan>,
    /// In the order of their ids.
    rows: Vec<Row>,
    others: HashMap<ItemId, Slot>,
    at_hand: HashMap<u32, Numbered>,
}

fn bytes(item: ItemId) -> [u8; 16] {
    item.bits().to_be_bytes()
}

impl Items {
    pub fn of(plan: &Arc<Plan>) -> Self {
        let mut rows = Vec::with_capacity(usize::try_from(plan.total()).unwrap_or_default());
        for at in 0..plan.subjects.len() {
            let row = |(number, item): (u64, PlannedItem)| Row {
                id: bytes(item.id),
                subject: at as u32,
                number: number as u32,
                slot: Slot::default(),
            };
            let subject = &plan.subjects[at];
            rows.extend(subject.which.numbers(subject.whole).zip(plan.items_of(at)).map(row));
        }
        rows.sort_unstable_by_key(|row| row.id);
        Self { plan: Arc::clone(plan), rows, others: HashMap::new(), at_hand: HashMap::new() }
    }

    fn find(&self, item: ItemId) -> Option<usize> {
        let id = bytes(item);
        self.rows.binary_search_by(|row| row.id.cmp(&id)).ok()
    }

    /// Where it waits.
    pub fn slot(&self, item: ItemId) -> Slot {
        match self.find(item) {
            Some(at) => self.rows[at].slot,
            None => self.others.get(&item).copied().unwrap_or_default(),
        }
    }

    /// Notes where it waits.
    pub fn wait(&mut self, item: ItemId, slot: Slot) {
        match self.find(item) {
            Some(at) => self.rows[at].slot = slot,
            None => drop(self.others.insert(item, slot)),
        }
    }

    /// The item as it is planned; `None` where the plan has it no more.
    pub fn planned(&mut self, item: ItemId) -> Option<PlannedItem> {
        let Row { subject, number, .. } = self.rows[self.find(item)?];
        if self.at_hand.len() >= AT_HAND && !self.at_hand.contains_key(&subject) {
            self.at_hand.clear();
        }
        let plan = &self.plan;
        let numbered = self.at_hand.entry(subject).or_insert_with(|| plan.numbered(subject as usize));
        numbered.item(number.into())
    }
}
