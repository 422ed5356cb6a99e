//! How far curators agree, beyond what chance would give.
//!
//! Most proposals are accepted, so two curators agree often by chance alone, and kappa is low
//! although they differ rarely. AC1 (Gwet 2008) does not suffer from that; all are told.

use std::collections::BTreeMap;

/// How many raters put each item into each category: one row an item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ratings(Vec<Vec<u32>>);

/// Agreement over items that at least two rated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Agreement {
    /// How many items there are.
    pub items: usize,
    /// Share of agreeing pairs.
    pub raw: f64,
    /// Gwet's AC1.
    pub ac1: f64,
    /// Fleiss' kappa (for two raters Scott's pi); `None` where all said the same.
    pub kappa: Option<f64>,
}

impl Ratings {
    /// Adds an item: how many put it into each category.
    pub fn add(&mut self, counts: Vec<u32>) {
        if counts.iter().sum::<u32>() > 1 {
            self.0.push(counts);
        }
    }

    /// The agreement; `None` where no item was rated twice.
    #[must_use]
    pub fn agreement(&self) -> Option<Agreement> {
        let items = self.0.len();
        let categories = self.0.iter().map(Vec::len).max()?;
        let mut raw = 0.0;
        let mut shares = vec![0.0; categories];
        for counts in &self.0 {
            let raters = f64::from(counts.iter().sum::<u32>());
            raw +=
                counts.iter().map(|n| f64::from(*n) * (f64::from(*n) - 1.0)).sum::<f64>() / (raters * (raters - 1.0));
            for (share, count) in shares.iter_mut().zip(counts) {
                *share += f64::from(*count) / raters;
            }
        }
        let number = items as f64;
        raw /= number;
        shares.iter_mut().for_each(|share| *share /= number);
        let by_chance: f64 = shares.iter().map(|share| share * share).sum();
        let others = (categories as f64 - 1.0).max(1.0);
        let by_guessing: f64 = shares.iter().map(|share| share * (1.0 - share)).sum::<f64>() / others;
        Some(Agreement {
            items,
            raw,
            ac1: (raw - by_guessing) / (1.0 - by_guessing),
            kappa: (by_chance < 1.0 - 1e-9).then(|| (raw - by_chance) / (1.0 - by_chance)),
        })
    }

    /// Of all ratings of one category, how often another rater of the same item gave it as well.
    #[must_use]
    pub fn agreement_on(&self, category: usize) -> Option<f64> {
        let (mut given, mut shared) = (0.0, 0.0);
        for counts in &self.0 {
            let (own, all) = (f64::from(counts[category]), f64::from(counts.iter().sum::<u32>()));
            given += own;
            shared += own * (own - 1.0) / (all - 1.0);
        }
        (given > 0.0).then(|| shared / given)
    }
}

/// Cohen's kappa of two raters: how often each pair of categories was given. `None` where both
/// said the same all the time.
#[must_use]
pub fn cohen(pairs: &BTreeMap<(usize, usize), u32>) -> Option<f64> {
    let total = f64::from(pairs.values().sum::<u32>());
    let count = |wanted: &dyn Fn(&(usize, usize)) -> bool| {
        pairs.iter().filter(|(pair, _)| wanted(pair)).map(|(_, count)| f64::from(*count)).sum::<f64>() / total
    };
    let categories = pairs.keys().map(|(a, b)| a.max(b) + 1).max()?;
    let raw = count(&|(a, b)| a == b);
    let by_chance: f64 = (0..categories).map(|c| count(&|(a, _)| *a == c) * count(&|(_, b)| *b == c)).sum();
    (by_chance < 1.0 - 1e-9).then(|| (raw - by_chance) / (1.0 - by_chance))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two(both: u32, first: u32, second: u32, neither: u32) -> Ratings {
        let mut ratings = Ratings::default();
        let rows = [(both, vec![2, 0]), (first + second, vec![1, 1]), (neither, vec![0, 2])];
        for (count, row) in rows {
            (0..count).for_each(|_| ratings.add(row.clone()));
        }
        ratings
    }

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 0.005, "{found}, not {expected}");
    }

    #[test]
    fn where_most_is_accepted_kappa_is_low_and_ac1_is_not() {
        // 88 % accepted; raw 85, 90 and 95 %.
        for (both, differ, neither, kappa, ac1) in
            [(805, 150, 45, 0.29, 0.81), (830, 100, 70, 0.53, 0.87), (855, 50, 95, 0.76, 0.94)]
        {
            let found = two(both, differ, 0, neither).agreement().unwrap();
            near(found.kappa.unwrap(), kappa);
            near(found.ac1, ac1);
        }
    }

    #[test]
    fn published_examples_come_out() {
        // Gwet 2008: 118, 5, 2, 0.
        let gwet = two(118, 5, 2, 0).agreement().unwrap();
        near(gwet.raw, 0.944);
        near(gwet.ac1, 0.9408);
        // Cohen's kappa of 20, 5, 10, 15 is 0.4.
        let pairs = [((0, 0), 20), ((0, 1), 5), ((1, 0), 10), ((1, 1), 15)].into();
        near(cohen(&pairs).unwrap(), 0.4);
        // Fleiss 1971: 14 raters, 10 items, 5 categories.
        let mut fleiss = Ratings::default();
        for row in [
            [0, 0, 0, 0, 14],
            [0, 2, 6, 4, 2],
            [0, 0, 3, 5, 6],
            [0, 3, 9, 2, 0],
            [2, 2, 8, 1, 1],
            [7, 7, 0, 0, 0],
            [3, 2, 6, 3, 0],
            [2, 5, 3, 2, 2],
            [6, 5, 2, 1, 0],
            [0, 2, 2, 3, 7],
        ] {
            fleiss.add(row.to_vec());
        }
        let fleiss = fleiss.agreement().unwrap();
        near(fleiss.raw, 0.378);
        near(fleiss.kappa.unwrap(), 0.210);
    }

    #[test]
    fn agreement_on_rejects_is_of_those_who_rejected() {
        // Both reject 6, one of them 8: 12 of 20 rejections were shared.
        near(two(86, 4, 4, 6).agreement_on(1).unwrap(), 0.6);
        assert_eq!(two(10, 0, 0, 0).agreement_on(1), None);
        assert_eq!(two(10, 0, 0, 0).agreement().unwrap().kappa, None, "nothing to tell apart");
        assert_eq!(Ratings::default().agreement(), None);
    }
}
