//! How numbers are spread: quantiles and a histogram with round edges.

use std::collections::BTreeMap;

use serde::Serialize;

/// Numbers that are counted. Up to 1,000 each is kept apart, above that its first three digits: so memory is
/// bounded (about 900 entries for each power of ten) and a quantile is at most 1 % too low.
#[derive(Debug, Clone, Default)]
pub(super) struct Counter {
    counts: BTreeMap<u64, u64>,
    sum: u128,
    largest: u64,
}

/// How numbers are spread.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Spread {
    /// How many numbers there are.
    pub count: u64,
    /// Their mean.
    pub mean: f64,
    /// The least.
    pub least: u64,
    /// A twentieth is at most this.
    pub p5: u64,
    /// A quarter is at most this.
    pub p25: u64,
    /// Half is at most this.
    pub median: u64,
    /// Three quarters are at most this.
    pub p75: u64,
    /// All but a twentieth are at most this.
    pub p95: u64,
    /// The most.
    pub most: u64,
    /// How many there are of which size, in steps of equal width; the last may be open.
    pub bins: Vec<Bin>,
}

/// One step of a histogram.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Bin {
    /// The least number in it.
    pub from: u64,
    /// The most; `None` in the last step, which holds everything above.
    pub to: Option<u64>,
    /// How many.
    pub count: u64,
}

/// Steps of a histogram, at most.
const STEPS: u64 = 20;

impl Counter {
    pub fn add(&mut self, number: u64) {
        *self.counts.entry(coarse(number)).or_default() += 1;
        self.sum += u128::from(number);
        self.largest = self.largest.max(number);
    }

    /// `None` where nothing was counted.
    pub fn spread(&self) -> Option<Spread> {
        let count: u64 = self.counts.values().sum();
        let least = *self.counts.keys().next()?;
        let quantile = |percent: u64| {
            let wanted = (count * percent).div_ceil(100).max(1);
            let mut seen = 0;
            let reached = self.counts.iter().find(|(_, number)| {
                seen += **number;
                seen >= wanted
            });
            reached.map_or(self.largest, |(number, _)| *number)
        };
        Some(Spread {
            count,
            mean: self.sum as f64 / count as f64,
            least,
            p5: quantile(5),
            p25: quantile(25),
            median: quantile(50),
            p75: quantile(75),
            p95: quantile(95),
            most: self.largest,
            bins: self.bins(least, quantile(99)),
        })
    }

    /// From the least to where 99 of 100 are: a few very long ones shall not flatten the rest.
    fn bins(&self, least: u64, usual: u64) -> Vec<Bin> {
        let grain = coarse_step(usual.max(1));
        let width = round_width((usual + 1).saturating_sub(least).div_ceil(STEPS).max(grain));
        let first = least / width;
        let last = usual / width;
        let mut bins: Vec<Bin> = (first..=last)
            .map(|step| Bin {
                from: step * width,
                to: Some(step.saturating_add(1).saturating_mul(width) - 1),
                count: 0,
            })
            .collect();
        for (number, count) in &self.counts {
            let step = (number / width).min(last + 1) - first;
            match bins.get_mut(step as usize) {
                Some(bin) => bin.count += count,
                None => bins.push(Bin { from: last.saturating_add(1).saturating_mul(width), to: None, count: *count }),
            }
        }
        bins
    }
}

/// The first three digits.
fn coarse(number: u64) -> u64 {
    number - number % coarse_step(number)
}

/// What numbers of this size are multiples of.
fn coarse_step(number: u64) -> u64 {
    let mut step = 1;
    while number / step > 1_000 {
        step *= 10;
    }
    step
}

/// The next of 1, 2, 5, 10, 20, 50, ...
fn round_width(least: u64) -> u64 {
    let mut power = 1_u64;
    loop {
        for factor in [1, 2, 5] {
            if power.saturating_mul(factor) >= least {
                return power * factor;
            }
        }
        power = match power.checked_mul(10) {
            Some(power) => power,
            None => return u64::MAX,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(numbers: impl IntoIterator<Item = u64>) -> Option<Spread> {
        let mut counter = Counter::default();
        numbers.into_iter().for_each(|number| counter.add(number));
        counter.spread()
    }

    #[test]
    fn quantiles_are_numbers_that_occur() {
        let found = spread(1..=100).unwrap();
        assert_eq!((found.least, found.p5, found.p25, found.median), (1, 5, 25, 50));
        assert_eq!((found.p75, found.p95, found.most, found.mean), (75, 95, 100, 50.5));
        let one = spread([7]).unwrap();
        assert_eq!((one.count, one.least, one.p5, one.median, one.p95, one.most), (1, 7, 7, 7, 7, 7));
        assert_eq!(one.bins, [Bin { from: 7, to: Some(7), count: 1 }]);
        assert!(spread([]).is_none());
    }

    #[test]
    fn steps_have_round_edges_hold_everything_and_do_not_stretch_for_one_outlier() {
        let found = spread((0..1_000).chain([50_000])).unwrap();
        assert_eq!(found.bins[0], Bin { from: 0, to: Some(49), count: 50 });
        assert_eq!(found.bins[20], Bin { from: 1_000, to: None, count: 1 });
        assert_eq!(found.bins.iter().map(|bin| bin.count).sum::<u64>(), found.count);
        let long = spread((10_000..30_000).step_by(7)).unwrap();
        assert_eq!(long.bins.iter().map(|bin| bin.count).sum::<u64>(), long.count);
        assert!(long.bins.windows(2).all(|two| two[0].to.unwrap() + 1 == two[1].from), "{:?}", long.bins);
        assert!(
            long.bins.len() <= 21 && long.bins.iter().all(|bin| bin.count > 0),
            "no gaps by rounding: {:?}",
            long.bins
        );
    }

    #[test]
    fn memory_does_not_grow_with_the_numbers() {
        let mut counter = Counter::default();
        (0..400_000).for_each(|number| counter.add(number));
        assert!(counter.counts.len() < 3_200, "{}", counter.counts.len());
        let median = counter.spread().unwrap().median;
        assert!((198_000..=200_000).contains(&median), "{median}");
    }

    #[test]
    fn nothing_overflows() {
        let found = spread([0, u64::MAX]).unwrap();
        assert_eq!((found.most, found.count), (u64::MAX, 2));
    }
}
