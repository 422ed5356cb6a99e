//! How many items each subject gets.

use super::random::Stream;
use crate::taxonomy::NodeId;

/// Shares `count` items out over subjects with these capacities, as evenly as the capacities
/// allow. Who gets one more than others follows from the seed and the subject's id alone, so a
/// new subject never raises the share of an old one.
pub(super) fn share_out(count: u64, subjects: &[(NodeId, u64)], seed: u64) -> Vec<u64> {
    let level = level(count, subjects);
    let mut shares: Vec<u64> = subjects.iter().map(|(_, capacity)| level.min(*capacity)).collect();
    let given = shares.iter().fold(0, |sum: u64, share| sum.saturating_add(*share));
    let mut more: Vec<usize> = (0..subjects.len()).filter(|at| subjects[*at].1 > level).collect();
    more.sort_by_cached_key(|at| {
        let id = subjects[*at].0;
        (Stream::new("provost 2026 remainder v1", &[&seed.to_le_bytes(), id.to_string().as_bytes()]).next(), id)
    });
    let left = usize::try_from(count.saturating_sub(given)).unwrap_or(usize::MAX);
    for at in more.into_iter().take(left) {
        shares[at] += 1;
    }
    shares
}

/// The largest level for which all shares min(level, capacity) together are at most `count`.
fn level(count: u64, subjects: &[(NodeId, u64)]) -> u64 {
    let mut capacities: Vec<u64> = subjects.iter().map(|(_, capacity)| *capacity).collect();
    capacities.sort_unstable();
    let (mut left, mut level) = (count, 0);
    for (full, capacity) in capacities.iter().enumerate() {
        let width = (capacities.len() - full) as u64;
        let step = (capacity - level).min(left / width);
        left -= step * width;
        level += step;
        if level < *capacity {
            break;
        }
    }
    level
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::taxonomy::Kind;

    fn subjects(capacities: &[u64]) -> Vec<(NodeId, u64)> {
        let id = |at: usize| NodeId::derive(None, Kind::Subject, &format!("subject {at}"), 0);
        capacities.iter().enumerate().map(|(at, capacity)| (id(at), *capacity)).collect()
    }

    proptest! {
        #[test]
        fn all_of_it_is_given_evenly(
            capacities in prop::collection::vec(0_u64..50, 0..20), count in 0_u64..600, seed: u64,
        ) {
            let subjects = subjects(&capacities);
            let shares = share_out(count, &subjects, seed);
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
            capacities in prop::collection::vec(0_u64..50, 1..20), count in 0_u64..600, seed: u64,
        ) {
            let after = subjects(&capacities);
            let before = &after[..after.len() - 1];
            let (was, is) = (share_out(count, before, seed), share_out(count, &after, seed));
            prop_assert!(was.iter().zip(&is).all(|(was, is)| is <= was), "{was:?} {is:?}");
        }
    }

    #[test]
    fn huge_numbers_do_not_overflow() {
        let subjects = subjects(&[u64::MAX, u64::MAX, 3]);
        let shares = share_out(u64::MAX, &subjects, 1);
        assert_eq!(shares[2], 3);
    }
}
