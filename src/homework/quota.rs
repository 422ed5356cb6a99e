//! How many items each subject gets.

use super::random::Stream;
use crate::taxonomy::NodeId;
use crate::taxonomy::mix::Weight;

/// A subject that items are shared out to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taker {
    pub id: NodeId,
    /// The most it can take.
    pub capacity: u64,
    /// Its share compared with that of others.
    pub weight: Weight,
}

/// Weights are at most this, in thousandths, so that a step of the level is at most one item.
const UNIT: u128 = 1_000_000;

impl Taker {
    /// Its share at a level.
    fn at(&self, level: u128) -> u64 {
        let share = level.saturating_mul(u128::from(self.weight.thousandths())) / UNIT;
        u64::try_from(share).unwrap_or(u64::MAX).min(self.capacity)
    }
}

/// Shares `count` items out by weight, as far as the capacities allow; equal weights get equal shares.
/// Who gets one more than others follows from the seed and the subject's id alone, so a
/// new subject never raises the share of an old one.
pub(super) fn share_out(count: u64, takers: &[Taker], seed: u64) -> Vec<u64> {
    let level = level(count, takers);
    let mut shares: Vec<u64> = takers.iter().map(|taker| taker.at(level)).collect();
    let given = shares.iter().fold(0, |sum: u64, share| sum.saturating_add(*share));
    let mut more: Vec<usize> = (0..takers.len()).filter(|at| takers[*at].at(level + 1) > shares[*at]).collect();
    more.sort_by_cached_key(|at| {
        let id = takers[*at].id;
        (Stream::new("provost 2026 remainder v1", &[&seed.to_le_bytes(), id.to_string().as_bytes()]).next(), id)
    });
    let left = usize::try_from(count.saturating_sub(given)).unwrap_or(usize::MAX);
    for at in more.into_iter().take(left) {
        shares[at] += 1;
    }
    shares
}

/// The largest level at which all shares together are at most `count`.
fn level(count: u64, takers: &[Taker]) -> u128 {
    let given = |level: u128| takers.iter().fold(0_u64, |sum, taker| sum.saturating_add(taker.at(level)));
    // Beyond this every taker with any weight is full.
    let (mut low, mut high) = (0, u128::from(u64::MAX) * UNIT);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if given(middle) <= count { low = middle } else { high = middle - 1 }
    }
    low
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::taxonomy::Kind;

    fn takers(of: &[(u64, &str)]) -> Vec<Taker> {
        let id = |at: usize| NodeId::derive(None, Kind::Subject, &format!("subject {at}"), 0);
        let taker = |(at, (capacity, weight)): (usize, &(u64, &str))| Taker {
            id: id(at),
            capacity: *capacity,
            weight: weight.parse().unwrap(),
        };
        of.iter().enumerate().map(taker).collect()
    }

    fn even(capacities: &[u64]) -> Vec<Taker> {
        takers(&capacities.iter().map(|capacity| (*capacity, "1")).collect::<Vec<_>>())
    }

    proptest! {
        #[test]
        fn all_of_it_is_given_evenly(
            capacities in prop::collection::vec(0_u64..50, 0..20), count in 0_u64..600, seed: u64,
        ) {
            let shares = share_out(count, &even(&capacities), seed);
            let room: u64 = capacities.iter().sum();
            prop_assert_eq!(shares.iter().sum::<u64>(), count.min(room));
            let most = shares.iter().max().copied().unwrap_or(0);
            for (share, capacity) in shares.iter().zip(&capacities) {
                prop_assert!(share <= capacity);
                prop_assert!(*share == *capacity || *share + 1 >= most);
            }
        }

        #[test]
        fn a_new_subject_raises_no_share(
            of in prop::collection::vec((0_u64..50, prop::sample::select(vec!["0.5", "1", "2", "3.25"])), 1..20),
            count in 0_u64..600, seed: u64,
        ) {
            let after = takers(&of);
            let before = &after[..after.len() - 1];
            let (was, is) = (share_out(count, before, seed), share_out(count, &after, seed));
            prop_assert!(was.iter().zip(&is).all(|(was, is)| is <= was), "{was:?} {is:?}");
            let room: u64 = of.iter().map(|(capacity, _)| capacity).sum();
            prop_assert_eq!(is.iter().sum::<u64>(), count.min(room));
        }
    }

    #[test]
    fn shares_follow_the_weights_as_far_as_there_is_room() {
        let all = takers(&[(1_000, "1"), (1_000, "2"), (1_000, "0.5"), (1_000, "0")]);
        assert_eq!(share_out(700, &all, 1), [200, 400, 100, 0]);
        let narrow = takers(&[(1_000, "1"), (50, "2"), (1_000, "1")]);
        assert_eq!(share_out(450, &narrow, 1), [200, 50, 200], "what one cannot take goes to the others");
        assert_eq!(share_out(9, &takers(&[(5, "0")]), 1), [0]);
    }

    #[test]
    fn huge_numbers_do_not_overflow() {
        let shares = share_out(u64::MAX, &even(&[u64::MAX, u64::MAX, 3]), 1);
        assert_eq!(shares[2], 3);
    }
}
