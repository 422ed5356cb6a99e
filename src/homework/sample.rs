//! Which finished items people are asked about: a sample that follows from a seed and the items
//! alone, with as many from each stratum (a discipline, say) as there can be.
//!
//! Every item has a lot, a hash of seed and item, so its place among the others of its stratum
//! does not change when items are added: the order of those that were there stays, and what comes
//! in takes places only by its own lot. The strata take turns, so any beginning of the sample is a
//! sample too: who stops after 40 of 200 has looked at every discipline alike.

use std::collections::BTreeMap;

use super::item::ItemId;
use super::random::Stream;
use crate::taxonomy::{Kind, NodeId, Snapshot};

/// How many are asked about where nobody says.
pub const USUAL: usize = 200;

/// What the sample is spread over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum By {
    /// Fields.
    Field,
    /// Disciplines, as the paper holds items out.
    #[default]
    Discipline,
    /// Subjects.
    Subject,
}

impl By {
    /// The stratum of a subject: the nearest node at or above it of that kind, else the subject itself.
    #[must_use]
    pub fn stratum(self, snapshot: &Snapshot, subject: NodeId) -> NodeId {
        let wanted = match self {
            By::Field => Kind::Field,
            By::Discipline => Kind::Discipline,
            By::Subject => return subject,
        };
        let found = snapshot.lineage(subject).into_iter().rev().find(|node| node.kind() == wanted);
        found.unwrap_or(subject)
    }
}

/// At most `count` of the items, in the order in which they are asked about. An item that comes
/// twice counts once.
#[must_use]
pub fn sample(items: impl IntoIterator<Item = (ItemId, NodeId)>, count: usize, seed: u64) -> Vec<ItemId> {
    let mut strata: BTreeMap<NodeId, Vec<([u8; 16], ItemId)>> = BTreeMap::new();
    for (item, stratum) in items {
        strata.entry(stratum).or_default().push((lot(seed, &item.to_string()), item));
    }
    let mut turns: Vec<([u8; 16], Vec<ItemId>)> = strata
        .into_iter()
        .map(|(stratum, mut lots)| {
            let most = count.min(lots.len());
            if most > 0 && most < lots.len() {
                lots.select_nth_unstable(most - 1);
                lots.truncate(most);
            }
            lots.sort_unstable();
            lots.dedup();
            (lot(seed, &stratum.to_string()), lots.into_iter().map(|(_, item)| item).collect())
        })
        .collect();
    turns.sort_unstable();
    let longest = turns.iter().map(|(_, items)| items.len()).max().unwrap_or(0);
    let rounds = (0..longest).flat_map(|round| turns.iter().filter_map(move |(_, items)| items.get(round).copied()));
    rounds.take(count).collect()
}

fn lot(seed: u64, what: &str) -> [u8; 16] {
    let key = Stream::new("provost 2026 human sample v1", &[&seed.to_le_bytes(), what.as_bytes()]).key();
    let mut lot = [0; 16];
    lot.copy_from_slice(&key[..16]);
    lot
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::fixture;
    use super::*;

    fn stratum(number: u32) -> NodeId {
        NodeId::derive(None, Kind::Discipline, "D", number)
    }

    fn items(of: &[(u32, u128)]) -> Vec<(ItemId, NodeId)> {
        let one = |(number, count): &(u32, u128)| {
            let number = *number;
            (0..*count).map(move |at| (ItemId::from_bits(u128::from(number) << 64 | at), stratum(number)))
        };
        of.iter().flat_map(one).collect()
    }

    fn counts(sample: &[ItemId], items: &[(ItemId, NodeId)]) -> HashMap<NodeId, usize> {
        let strata: HashMap<_, _> = items.iter().copied().collect();
        let mut counts = HashMap::new();
        sample.iter().for_each(|item| *counts.entry(strata[item]).or_default() += 1);
        counts
    }

    #[test]
    fn every_stratum_has_as_many_as_there_can_be() {
        let all = items(&[(1, 1_000), (2, 50), (3, 2)]);
        let found = sample(all.clone(), 60, 1);
        let counts = counts(&found, &all);
        assert_eq!((counts[&stratum(1)], counts[&stratum(2)], counts[&stratum(3)]), (29, 29, 2));
        assert_eq!(sample(all.clone(), 5_000, 1).len(), all.len(), "no more than there are");
        assert_eq!(sample(all, 0, 1), []);
        assert_eq!(sample([], 10, 1), []);
    }

    #[test]
    fn it_follows_from_the_seed_and_not_from_the_order_of_the_items() {
        let all = items(&[(1, 300), (2, 300)]);
        let found = sample(all.clone(), 100, 7);
        let mut turned = all.clone();
        turned.reverse();
        turned.extend(all.iter().take(10).copied());
        assert_eq!(sample(turned, 100, 7), found);
        assert_ne!(sample(all.clone(), 100, 8), found);
        assert_eq!(sample(all, 40, 7), found[..40], "a beginning is a sample too");
    }

    #[test]
    fn new_items_leave_the_order_of_the_old_ones_and_take_few_places() {
        let before = items(&[(1, 1_000), (2, 1_000)]);
        let after = items(&[(1, 1_100), (2, 1_000)]);
        let (old, new) = (sample(before.clone(), 200, 3), sample(after, 200, 3));
        let stayed: Vec<ItemId> = new.iter().copied().filter(|item| old.contains(item)).collect();
        assert!(stayed.len() >= 175, "about a tenth of one half makes room: {}", stayed.len());
        let order: Vec<ItemId> = old.iter().copied().filter(|item| stayed.contains(item)).collect();
        for number in [1, 2] {
            let of = |items: &[ItemId]| -> Vec<ItemId> {
                items
                    .iter()
                    .copied()
                    .filter(|item| u128::from_str_radix(&item.to_string(), 16).unwrap() >> 64 == number)
                    .collect()
            };
            assert_eq!(of(&stayed), of(&order));
        }
    }

    #[test]
    fn the_stratum_is_the_discipline_above() {
        let mut snapshot = fixture::taxonomy(&[]);
        let optics = fixture::add_subject(&mut snapshot, "Optics", None);
        let physics = snapshot.tree.at_path("natural-sciences/physics").unwrap();
        assert_eq!(By::Discipline.stratum(&snapshot, optics), physics);
        assert_eq!(By::Subject.stratum(&snapshot, optics), optics);
        let gone = NodeId::derive(None, Kind::Subject, "Gone", 0);
        assert_eq!(By::Field.stratum(&snapshot, gone), gone);
    }
}
