//! A list that only grows at its end and whose copies share what they have in common: one decision more costs the same
//! after two years as on the first day.

use std::sync::Arc;

/// How many values or parts a part holds. To append where the list is shared copies one part of each level.
const WIDTH: usize = 32;

/// A list in parts: a tree of equal depth, every part full but the last of its level.
#[derive(Clone)]
pub struct Parts<T> {
    top: Arc<Part<T>>,
    /// How many levels are above the values.
    depth: u32,
    len: usize,
}

#[derive(Clone)]
enum Part<T> {
    Values(Vec<T>),
    Parts(Vec<Arc<Part<T>>>),
}

impl<T> Part<T> {
    fn empty(depth: u32) -> Self {
        if depth == 0 { Self::Values(Vec::new()) } else { Self::Parts(Vec::new()) }
    }
}

impl<T> Default for Parts<T> {
    fn default() -> Self {
        Self { top: Arc::new(Part::empty(0)), depth: 0, len: 0 }
    }
}

impl<T> Parts<T> {
    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The value at a place, from 0.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<&T> {
        self.values(at).get(at % WIDTH)
    }

    /// The last value.
    #[must_use]
    pub fn last(&self) -> Option<&T> {
        self.get(self.len.checked_sub(1)?)
    }

    /// The lowest part that a place is in.
    fn values(&self, at: usize) -> &[T] {
        if at >= self.len {
            return &[];
        }
        let (mut part, mut depth) = (&*self.top, self.depth);
        loop {
            match part {
                Part::Values(values) => return values,
                Part::Parts(parts) => part = &parts[at / WIDTH.pow(depth) % WIDTH],
            }
            depth -= 1;
        }
    }

    /// All values in their order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        (0..self.len.div_ceil(WIDTH)).flat_map(|part| self.values(part * WIDTH))
    }

    /// The value with this key, where the values are in the order of their keys.
    pub fn find_by_key<K: Ord>(&self, key: &K, of: impl Fn(&T) -> K) -> Option<&T> {
        let (mut from, mut to) = (0, self.len);
        while from < to {
            let middle = from.midpoint(to);
            let value = self.get(middle)?;
            match of(value).cmp(key) {
                std::cmp::Ordering::Equal => return Some(value),
                std::cmp::Ordering::Less => from = middle + 1,
                std::cmp::Ordering::Greater => to = middle,
            }
        }
        None
    }
}

impl<T: Clone> Parts<T> {
    /// Appends a value.
    pub fn push(&mut self, value: T) {
        if self.len == WIDTH.pow(self.depth + 1) {
            let below = std::mem::replace(&mut self.top, Arc::new(Part::empty(0)));
            (self.top, self.depth) = (Arc::new(Part::Parts(vec![below])), self.depth + 1);
        }
        let mut part = &mut self.top;
        for depth in (0..self.depth).rev() {
            let Part::Parts(parts) = Arc::make_mut(part) else { return };
            // A new part begins wherever all below it are full.
            if self.len.is_multiple_of(WIDTH.pow(depth + 1)) {
                parts.push(Arc::new(Part::empty(depth)));
            }
            let Some(last) = parts.last_mut() else { return };
            part = last;
        }
        if let Part::Values(values) = Arc::make_mut(part) {
            values.push(value);
            self.len += 1;
        }
    }
}

impl<T> std::ops::Index<usize> for Parts<T> {
    type Output = T;

    fn index(&self, at: usize) -> &T {
        &self.values(at)[at % WIDTH]
    }
}

impl<T: Clone> FromIterator<T> for Parts<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut parts = Self::default();
        values.into_iter().for_each(|value| parts.push(value));
        parts
    }
}

impl<T: PartialEq> PartialEq for Parts<T> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for Parts<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn same(parts: &Parts<u32>, list: &[u32]) {
        assert_eq!((parts.len(), parts.is_empty()), (list.len(), list.is_empty()));
        assert_eq!(parts.iter().copied().collect::<Vec<_>>(), list);
        assert!(parts.iter().rev().eq(list.iter().rev()));
        assert!(list.iter().enumerate().all(|(at, value)| parts[at] == *value));
        assert_eq!((parts.get(0), parts.last()), (list.first(), list.last()));
        for at in [0, 1, WIDTH - 1, WIDTH, list.len() / 2, list.len().saturating_sub(1), list.len(), list.len() + 1] {
            assert_eq!(parts.get(at), list.get(at), "{at}");
        }
    }

    proptest! {
        /// Copies that go on each in their own way are what plain lists would be.
        #[test]
        fn a_list_in_parts_is_a_list(beginnings in prop::collection::vec((0..4_usize, 0..1_500_u32), 1..6)) {
            let mut copies: Vec<(Parts<u32>, Vec<u32>)> = vec![Default::default()];
            for (of, count) in beginnings {
                let (mut parts, mut list) = copies[of % copies.len()].clone();
                for _ in 0..count {
                    let value = list.last().map_or(of as u32, |last| last + 1 + of as u32);
                    parts.push(value);
                    list.push(value);
                }
                copies.push((parts, list));
            }
            for (parts, list) in &copies {
                same(parts, list);
                prop_assert_eq!(parts == &copies[0].0, list == &copies[0].1);
                prop_assert_eq!(&list.iter().copied().collect::<Parts<u32>>(), parts);
                for value in list.iter().step_by(97).chain([&u32::MAX]).copied().chain(list.iter().map(|v| v + 1).step_by(61)) {
                    prop_assert_eq!(parts.find_by_key(&value, |v| *v).copied(), list.binary_search(&value).ok().map(|at| list[at]));
                }
            }
        }
    }

    #[test]
    fn every_length_around_a_level_is_right() {
        let (mut parts, mut list) = (Parts::default(), Vec::new());
        for value in 0..(WIDTH.pow(3) + 2 * WIDTH) as u32 {
            let before = parts.clone();
            parts.push(value);
            let near = list.len() % WIDTH.pow(2);
            if near < 2 || near > WIDTH.pow(2) - 2 {
                same(&before, &list);
                list.push(value);
                same(&parts, &list);
            } else {
                list.push(value);
            }
        }
        assert_eq!(parts.depth, 3);
    }

    #[test]
    fn one_more_copies_one_part_of_each_level() {
        let mut parts: Parts<u32> = (0..40_000).collect();
        for value in 0..100 {
            let before = parts.clone();
            parts.push(value);
            let shared = |level: usize| {
                let of = |parts: &Parts<u32>| {
                    (0..parts.len())
                        .step_by(WIDTH.pow(level as u32))
                        .map(|at| parts.values(at).as_ptr())
                        .collect::<Vec<_>>()
                };
                of(&before).iter().zip(of(&parts)).filter(|(a, b)| **a != *b).count()
            };
            assert!(shared(1) <= 1, "{} lowest parts are not shared", shared(1));
        }
    }
}
