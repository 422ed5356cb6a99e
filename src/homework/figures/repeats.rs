//! Does it saturate? Items in the order in which they were made: how many repeat an earlier question, and how the
//! number of different questions and of different runs of three words grows (Heaps' law).
//!
//! Memory: 32 bytes an item, and at most 24 MiB for runs of words. Beyond [`MOST_RUNS`] only those runs whose hash falls into
//! an ever smaller share are kept, and counted for the others: with half a million of them the error is about 0.2 %.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::hashing::{fnv, mix};
use crate::homework::item::ItemId;
use crate::taxonomy::text::normalise;

/// Runs of words that are kept at most.
const MOST_RUNS: usize = 1 << 19;
/// Windows of a curve, at most.
const WINDOWS: usize = 20;
/// Items of a window, at least: of fewer a share says little.
const LEAST: usize = 10;

/// How questions repeat over time.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Repeats {
    /// Whole items.
    pub items: u64,
    /// Of them, those that ask what an earlier one asked, word for word.
    pub exact: u64,
    /// Of them, those that ask nearly what an earlier one asked.
    pub near: u64,
    /// Equal shares of all items, in the order in which they were made.
    pub windows: Vec<Window>,
    /// How the number of different runs of three words grows; `None` where there are too few.
    pub heaps: Option<Heaps>,
    /// One of this many runs of words was counted, for all.
    pub counted_one_in: u64,
}

/// Some items that were made one after the other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Window {
    /// Whole items up to its end.
    pub up_to: u64,
    /// Items in it.
    pub items: u64,
    /// Of them, those that ask what an earlier one asked, word for word.
    pub exact: u64,
    /// Of them, those that ask nearly what an earlier one asked.
    pub near: u64,
    /// Different questions up to its end.
    pub questions: u64,
    /// Runs of three words up to its end.
    pub runs: u64,
    /// Different ones among them.
    pub different_runs: u64,
}

impl Window {
    /// The share of its items that repeat an earlier question.
    #[must_use]
    pub fn share(&self) -> f64 {
        if self.items == 0 { 0.0 } else { (self.exact + self.near) as f64 / self.items as f64 }
    }
}

/// Heaps' law: `different = factor * all ^ exponent`, fitted to the ends of the windows by least squares of logarithms.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Heaps {
    /// What one run of words gives.
    pub factor: f64,
    /// Near 1: what comes is new. Near 0: what comes was there before.
    pub exponent: f64,
}

/// An item's place in time; ties are settled by its id, so that the order of files plays no role.
type When = (i64, u64);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Moment {
    when: When,
    question: u64,
    /// The number of the question that it is counted with: the one that stays.
    group: u32,
    runs: u32,
}

/// Collects items in any order.
#[derive(Debug, Default)]
pub(super) struct Collector {
    moments: Vec<Moment>,
    /// Numbers for groups of near copies, by the item that stays.
    groups: HashMap<ItemId, u32>,
    /// Sampled runs of words, and when each was first seen.
    first: HashMap<u64, When>,
    /// Only runs whose hash ends in this many zeros are kept.
    level: u32,
}

/// Of no group: nothing is nearly the same.
const ALONE: u32 = u32::MAX;

impl Collector {
    /// Takes in an item: when it was finished (any unit), its question, and the item that stays where this is a copy of
    /// one, or where others are copies of it.
    pub fn add(&mut self, at: i64, item: ItemId, question: &str, stays: Option<ItemId>) {
        let text = normalise(question);
        let when = (at, short(item));
        let mut words = [0_u64; 3];
        let mut number = 0_u32;
        for word in text.unicode_words() {
            words = [words[1], words[2], hash(word)];
            number += 1;
            if number > 2 {
                self.run(mix(mix(mix(words[0]) ^ words[1]) ^ words[2]), when);
            }
        }
        let next = self.groups.len() as u32;
        let group = stays.map_or(ALONE, |of| *self.groups.entry(of).or_insert(next));
        self.moments.push(Moment { when, question: hash(&text), group, runs: number.saturating_sub(2) });
    }

    fn run(&mut self, run: u64, when: When) {
        if run.trailing_zeros() < self.level {
            return;
        }
        self.first.entry(run).and_modify(|first| *first = when.min(*first)).or_insert(when);
        while self.first.len() > MOST_RUNS {
            self.level += 1;
            let level = self.level;
            self.first.retain(|run, _| run.trailing_zeros() >= level);
        }
    }

    pub fn finish(mut self) -> Repeats {
        self.moments.sort_unstable();
        let mut first: Vec<When> = self.first.into_values().collect();
        first.sort_unstable();
        let mut repeats = Repeats { counted_one_in: 1 << self.level, ..Repeats::default() };
        let windows = (self.moments.len() / LEAST).clamp(1, WINDOWS);
        let (mut asked, mut groups) = (HashSet::new(), HashSet::new());
        let (mut done, mut runs) = (0, 0);
        for window in 1..=windows {
            let end = self.moments.len() * window / windows;
            let mut found = Window::default();
            for moment in &self.moments[done..end] {
                let is_new = asked.insert(moment.question);
                let is_near = moment.group != ALONE && !groups.insert(moment.group);
                found.exact += u64::from(!is_new);
                found.near += u64::from(is_new && is_near);
                runs += u64::from(moment.runs);
            }
            found.items = (end - done) as u64;
            found.up_to = end as u64;
            found.questions = asked.len() as u64;
            found.runs = runs;
            let last = self.moments.get(end.wrapping_sub(1)).map(|moment| moment.when);
            let seen = first.partition_point(|when| Some(*when) <= last) as u64;
            found.different_runs = (seen << self.level).min(runs);
            repeats.items += found.items;
            repeats.exact += found.exact;
            repeats.near += found.near;
            if found.items > 0 {
                repeats.windows.push(found);
            }
            done = end;
        }
        repeats.heaps = heaps(&repeats.windows);
        repeats
    }
}

/// Least squares of logarithms over the ends of the windows.
fn heaps(windows: &[Window]) -> Option<Heaps> {
    let points: Vec<(f64, f64)> = windows
        .iter()
        .filter(|window| window.different_runs > 0)
        .map(|window| ((window.runs as f64).ln(), (window.different_runs as f64).ln()))
        .collect();
    let count = points.len() as f64;
    if count < 3.0 {
        return None;
    }
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let across: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    let both: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let exponent = if across > 1e-9 { both / across } else { return None };
    Some(Heaps { factor: (y - exponent * x).exp(), exponent })
}

/// An item's id in eight bytes.
fn short(item: ItemId) -> u64 {
    hash(&item.to_string())
}

fn hash(text: &str) -> u64 {
    mix(fnv(text.bytes().map(u64::from)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(bits: u128) -> ItemId {
        ItemId::from_bits(bits)
    }

    #[test]
    fn what_comes_later_repeats_what_came_earlier_whatever_the_order_of_files() {
        let all =
            [(30, 1, "What is light?"), (10, 9, "what is LIGHT"), (20, 5, "What is shade?"), (20, 7, "What is shade?")];
        let repeats = |order: &[usize]| {
            let mut collector = Collector::default();
            order.iter().map(|at| all[*at]).for_each(|(at, id, text)| collector.add(at, item(id), text, None));
            collector.finish()
        };
        let found = repeats(&[0, 1, 2, 3]);
        assert_eq!((found.items, found.exact, found.near), (4, 2, 0));
        assert_eq!(found.windows.len(), 1);
        assert_eq!((found.windows[0].questions, found.windows[0].runs, found.windows[0].different_runs), (2, 4, 2));
        assert_eq!(found, repeats(&[3, 2, 1, 0]));
    }

    #[test]
    fn the_first_of_a_group_in_time_is_new_also_where_another_stays() {
        let mut collector = Collector::default();
        collector.add(1, item(8), "A cart of 3 kg rolls.", Some(item(2)));
        collector.add(2, item(2), "A cart of 4 kg rolls.", Some(item(2)));
        collector.add(3, item(9), "A cart of 4 kg rolls.", Some(item(2)));
        collector.add(4, item(4), "Why is the sky blue?", None);
        let found = collector.finish();
        assert_eq!((found.exact, found.near), (1, 1));
    }

    #[test]
    fn windows_tell_when_it_saturates() {
        let mut collector = Collector::default();
        for number in 0..400_u32 {
            let which = if number < 200 { number } else { number % 20 };
            collector.add(
                i64::from(number),
                item(u128::from(number)),
                &format!("Question number {which} of many"),
                None,
            );
        }
        let found = collector.finish();
        assert_eq!(found.windows.len(), 20);
        assert!(found.windows[..10].iter().all(|window| window.share() == 0.0));
        assert!(found.windows[10..].iter().all(|window| window.share() == 1.0));
        assert_eq!(found.windows[19].questions, 200);
        assert_eq!(found.windows.iter().map(|window| window.items).sum::<u64>(), 400);
    }

    #[test]
    fn heaps_exponent_is_one_where_all_is_new_and_small_where_nothing_is() {
        let grow = |text: fn(u32) -> String| {
            let mut collector = Collector::default();
            (0..300).for_each(|at| collector.add(i64::from(at), item(u128::from(at)), &text(at), None));
            collector.finish().heaps.unwrap().exponent
        };
        let new = grow(|at| format!("a{at} b{at} c{at} d{at} e{at}"));
        let old = grow(|at| format!("one two three four {}", at % 5));
        assert!((new - 1.0).abs() < 1e-6 && old < 0.05, "{new} {old}");
    }

    #[test]
    fn beyond_the_limit_runs_are_sampled_and_still_counted_well() {
        let mut collector = Collector::default();
        for number in 0..900_000_u64 {
            collector.run(mix(number), (number as i64, 0));
        }
        assert!(collector.level > 0 && collector.first.len() <= MOST_RUNS);
        let estimate = (collector.first.len() as u64) << collector.level;
        assert!((890_000..910_000).contains(&estimate), "{estimate}");
    }
}
