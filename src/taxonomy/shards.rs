//! A hash map whose copies share what neither of them changed: a new view after each decision
//! costs the few entries that differ, not the whole taxonomy.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::sync::Arc;

/// How many parts a map has: a change copies one of them.
const PARTS: usize = 256;

/// A hash map in parts that copies share.
#[derive(Debug, Clone)]
pub(super) struct Shards<K, V> {
    parts: Vec<Arc<HashMap<K, V>>>,
    len: usize,
}

impl<K, V> Default for Shards<K, V> {
    fn default() -> Self {
        Self { parts: vec![Arc::default(); PARTS], len: 0 }
    }
}

fn part_of(key: &impl Hash) -> usize {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    (hasher.finish() % PARTS as u64) as usize
}

impl<K: Hash + Eq + Clone, V: Clone> Shards<K, V> {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// The value of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.parts[part_of(key)].get(key)
    }

    /// Whether the key is there.
    pub fn contains_key(&self, key: &K) -> bool {
        self.get(key).is_some()
    }

    /// The value of a key, to be changed.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let part = &mut self.parts[part_of(key)];
        if part.contains_key(key) { Arc::make_mut(part).get_mut(key) } else { None }
    }

    /// Sets the value of a key; returns the one it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let old = Arc::make_mut(&mut self.parts[part_of(&key)]).insert(key, value);
        self.len += usize::from(old.is_none());
        old
    }

    /// Takes a key out; returns its value.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let part = &mut self.parts[part_of(key)];
        let old = if part.contains_key(key) { Arc::make_mut(part).remove(key) } else { None };
        self.len -= usize::from(old.is_some());
        old
    }

    /// The keys that `before` had not, or had with another value by `same`; then those that it had
    /// and are gone. Costs little where one is a changed copy of the other: shared parts are skipped.
    pub fn changed<'a>(&'a self, before: &'a Self, same: fn(&V, &V) -> bool) -> impl Iterator<Item = &'a K> {
        let pairs = self.parts.iter().zip(&before.parts).filter(|(now, old)| !Arc::ptr_eq(now, old));
        pairs.flat_map(move |(now, old)| {
            let new = now.iter().filter(move |(key, value)| !old.get(*key).is_some_and(|old| same(value, old)));
            new.map(|(key, _)| key).chain(old.keys().filter(move |key| !now.contains_key(*key)))
        })
    }

    /// All entries, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.parts.iter().flat_map(|part| part.iter())
    }

    /// All values, in no particular order.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.parts.iter().flat_map(|part| part.values())
    }
}

impl<K: Hash + Eq + Clone, V: Clone + Default> Shards<K, V> {
    /// The value of a key, made where there is none, to be changed.
    pub fn entry(&mut self, key: K) -> &mut V {
        let part = Arc::make_mut(&mut self.parts[part_of(&key)]);
        self.len += usize::from(!part.contains_key(&key));
        part.entry(key).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_does_not_see_what_happens_to_the_other() {
        let mut one: Shards<u32, String> = Shards::default();
        for number in 0..1000 {
            assert_eq!(one.insert(number, number.to_string()), None);
        }
        let mut two = one.clone();
        assert_eq!(two.remove(&7).as_deref(), Some("7"));
        assert_eq!(two.remove(&7), None);
        two.insert(8, "eight".into());
        two.entry(2000).push('x');
        two.get_mut(&9).unwrap().push('!');
        assert_eq!((one.len(), two.len()), (1000, 1000));
        assert_eq!((one.get(&7), one.get(&8), one.get(&9)), (Some(&"7".into()), Some(&"8".into()), Some(&"9".into())));
        assert_eq!((two.get(&8), two.get(&9)), (Some(&"eight".into()), Some(&"9!".into())));
        assert!(!one.contains_key(&2000) && two.contains_key(&2000));
        assert_eq!((one.values().count(), two.values().count()), (1000, 1000));
    }

    #[test]
    fn what_was_not_changed_is_shared() {
        let mut one: Shards<u32, u32> = Shards::default();
        for number in 0..1000 {
            one.insert(number, number);
        }
        let mut two = one.clone();
        two.insert(1, 2);
        let shared = one.parts.iter().zip(&two.parts).filter(|(a, b)| Arc::ptr_eq(a, b)).count();
        assert_eq!(shared, PARTS - 1);
        two.insert(5000, 1);
        two.remove(&2);
        two.insert(3, 3);
        let mut changed: Vec<u32> = two.changed(&one, |a, b| a == b).copied().collect();
        changed.sort_unstable();
        assert_eq!(changed, [1, 2, 5000], "3 is as it was");
    }
}
