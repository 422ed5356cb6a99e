//! A hash map whose copies share what neither of them changed: a new view after each decision
//! costs the few entries that differ, not the whole taxonomy.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, Hash};
use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

/// How many groups a map has, and how many parts each: a change copies one part, and the pointers of its group and of
/// all groups. A copy costs one pointer.
const WIDTH: usize = 32;
const PARTS: usize = WIDTH * WIDTH;
/// A key is hashed once: some bits say in which part it is, the others where there. The seed is fixed, so that the same
/// taxonomy is the same work each time.
const HASHER: FixedState = FixedState::with_seed(0x70_72_6f_76_6f_73_74);

/// A hash map for keys that are hashes already or short: a quarter of the time of the standard one.
pub type QuickMap<K, V> = HashMap<K, V, FixedState>;

/// The same for a set.
pub type QuickSet<K> = HashSet<K, FixedState>;

type Part<K, V> = HashTable<(K, V)>;
type Group<K, V> = [Arc<Part<K, V>>; WIDTH];

/// A hash map in parts that copies share.
#[derive(Debug)]
pub(super) struct Shards<K, V> {
    groups: Arc<[Arc<Group<K, V>>; WIDTH]>,
    len: usize,
}

impl<K, V> Default for Shards<K, V> {
    fn default() -> Self {
        let none: Arc<Part<K, V>> = Arc::default();
        let group = Arc::new(std::array::from_fn(|_| none.clone()));
        Self { groups: Arc::new(std::array::from_fn(|_| group.clone())), len: 0 }
    }
}

impl<K, V> Clone for Shards<K, V> {
    fn clone(&self) -> Self {
        Self { groups: self.groups.clone(), len: self.len }
    }
}

impl<K, V> Shards<K, V> {
    fn part(&self, hash: u64) -> &Part<K, V> {
        let at = part_of(hash);
        &self.groups[at / WIDTH][at % WIDTH]
    }

    fn parts(&self) -> impl Iterator<Item = &Part<K, V>> {
        self.groups.iter().flat_map(|group| group.iter()).map(AsRef::as_ref)
    }
}

impl<K: Clone, V: Clone> Shards<K, V> {
    fn part_mut(&mut self, hash: u64) -> &mut Part<K, V> {
        let at = part_of(hash);
        let group = &mut Arc::make_mut(&mut self.groups)[at / WIDTH];
        Arc::make_mut(&mut Arc::make_mut(group)[at % WIDTH])
    }
}

fn hash_of(key: &impl Hash) -> u64 {
    HASHER.hash_one(key)
}

/// Neither the highest bits nor the lowest, by which a table finds its places.
fn part_of(hash: u64) -> usize {
    (hash >> 40) as usize % PARTS
}

impl<K: Hash + Eq + Clone, V: Clone> Shards<K, V> {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// The value of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        let hash = hash_of(key);
        self.part(hash).find(hash, |entry| entry.0 == *key).map(|entry| &entry.1)
    }

    /// Whether the key is there.
    pub fn contains_key(&self, key: &K) -> bool {
        self.get(key).is_some()
    }

    /// The value of a key, to be changed.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let hash = hash_of(key);
        // Nothing is copied for what is not there.
        self.part(hash).find(hash, |entry| entry.0 == *key)?;
        self.part_mut(hash).find_mut(hash, |entry| entry.0 == *key).map(|entry| &mut entry.1)
    }

    /// Sets the value of a key; returns the one it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let hash = hash_of(&key);
        let part = self.part_mut(hash);
        match part.find_mut(hash, |entry| entry.0 == key) {
            Some(entry) => Some(std::mem::replace(&mut entry.1, value)),
            None => {
                part.insert_unique(hash, (key, value), |entry| hash_of(&entry.0));
                self.len += 1;
                None
            }
        }
    }

    /// Takes a key out; returns its value.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let hash = hash_of(key);
        self.part(hash).find(hash, |entry| entry.0 == *key)?;
        let entry = self.part_mut(hash).find_entry(hash, |entry| entry.0 == *key).ok()?;
        let value = entry.remove().0.1;
        self.len -= 1;
        Some(value)
    }

    /// The keys that `before` had not, or had with another value by `same`; then those that it had
    /// and are gone. Costs little where one is a changed copy of the other: shared parts are skipped.
    pub fn changed<'a>(&'a self, before: &'a Self, same: fn(&V, &V) -> bool) -> impl Iterator<Item = &'a K> {
        let groups = self.groups.iter().zip(before.groups.iter()).filter(|(now, old)| !Arc::ptr_eq(now, old));
        let pairs = groups.flat_map(|(now, old)| now.iter().zip(old.iter()));
        let pairs = pairs.filter(|(now, old)| !Arc::ptr_eq(now, old));
        pairs.flat_map(move |(now, old)| differing(now, old, same))
    }

    /// All entries, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.parts().flat_map(HashTable::iter).map(|(key, value)| (key, value))
    }

    /// All values, in no particular order.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.parts().flat_map(HashTable::iter).map(|(_, value)| value)
    }
}

fn value_in<'a, K: Hash + Eq, V>(part: &'a HashTable<(K, V)>, key: &K) -> Option<&'a V> {
    part.find(hash_of(key), |entry| entry.0 == *key).map(|entry| &entry.1)
}

impl<K: Hash + Eq + Clone, V: Clone + Default> Shards<K, V> {
    /// The value of a key, made where there is none, to be changed.
    pub fn entry(&mut self, key: K) -> &mut V {
        let hash = hash_of(&key);
        let (is, rehash) = (|entry: &(K, V)| entry.0 == key, |entry: &(K, V)| hash_of(&entry.0));
        let at = part_of(hash);
        let group = Arc::make_mut(&mut Arc::make_mut(&mut self.groups)[at / WIDTH]);
        match Arc::make_mut(&mut group[at % WIDTH]).entry(hash, is, rehash) {
            hashbrown::hash_table::Entry::Occupied(there) => &mut there.into_mut().1,
            hashbrown::hash_table::Entry::Vacant(free) => {
                self.len += 1;
                &mut free.insert((key, V::default())).into_mut().1
            }
        }
    }
}

/// Values of one key, nearly always a single one, which then needs no memory of its own.
#[derive(Debug, Clone, Default)]
pub(super) enum Few<T> {
    /// None.
    #[default]
    None,
    /// One.
    One(T),
    /// Several, shared by copies.
    More(Arc<Vec<T>>),
}

impl<T: Clone> Few<T> {
    /// All of them, in the order they came.
    pub fn as_slice(&self) -> &[T] {
        match self {
            Self::None => &[],
            Self::One(one) => std::slice::from_ref(one),
            Self::More(more) => more,
        }
    }

    /// One more.
    pub fn push(&mut self, value: T) {
        *self = match std::mem::take(self) {
            Self::None => Self::One(value),
            Self::One(one) => Self::More(Arc::new(vec![one, value])),
            Self::More(mut more) => {
                Arc::make_mut(&mut more).push(value);
                Self::More(more)
            }
        };
    }

    /// Without those that are not wanted.
    pub fn retain(&mut self, wanted: impl Fn(&T) -> bool) {
        let kept: Vec<T> = self.as_slice().iter().filter(|value| wanted(value)).cloned().collect();
        *self = Self::None;
        kept.into_iter().for_each(|value| self.push(value));
    }
}

/// What [`Shards::changed`] says of one part. A copy lies in the order of what it was made from, so most keys are found
/// beside each other without hashing them.
fn differing<'a, K: Hash + Eq, V>(
    now: &'a HashTable<(K, V)>,
    old: &'a HashTable<(K, V)>,
    same: fn(&V, &V) -> bool,
) -> Vec<&'a K> {
    let mut found = Vec::new();
    let (mut new, mut beside) = (0, old.iter().peekable());
    for (key, value) in now {
        let there = match beside.next_if(|(other, _)| other == key) {
            Some((_, there)) => Some(there),
            None => {
                let there = value_in(old, key);
                if there.is_some() {
                    beside.next();
                }
                there
            }
        };
        new += usize::from(there.is_none());
        if !there.is_some_and(|there| same(value, there)) {
            found.push(key);
        }
    }
    if old.len() + new > now.len() {
        found.extend(old.iter().map(|(key, _)| key).filter(|key| value_in(now, key).is_none()));
    }
    found
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
    fn a_few_are_a_list() {
        let mut few = Few::default();
        let mut list = Vec::new();
        for number in 0..5 {
            assert_eq!(few.as_slice(), list);
            few.push(number);
            list.push(number);
        }
        let before = few.clone();
        few.retain(|number| number % 2 == 1);
        few.push(9);
        assert_eq!((few.as_slice(), before.as_slice()), (&[1, 3, 9][..], &[0, 1, 2, 3, 4][..]));
        few.retain(|number| *number == 9);
        assert!(matches!(few, Few::One(9)));
    }

    #[test]
    fn what_was_not_changed_is_shared() {
        let mut one: Shards<u32, u32> = Shards::default();
        for number in 0..1000 {
            one.insert(number, number);
        }
        let mut two = one.clone();
        two.insert(1, 2);
        let shared = one.parts().zip(two.parts()).filter(|(a, b)| std::ptr::eq(*a, *b)).count();
        assert_eq!(shared, PARTS - 1);
        let shared = one.groups.iter().zip(two.groups.iter()).filter(|(a, b)| Arc::ptr_eq(a, b)).count();
        assert_eq!(shared, WIDTH - 1);
        two.insert(5000, 1);
        two.remove(&2);
        two.insert(3, 3);
        let mut changed: Vec<u32> = two.changed(&one, |a, b| a == b).copied().collect();
        changed.sort_unstable();
        assert_eq!(changed, [1, 2, 5000], "3 is as it was");
    }
}
