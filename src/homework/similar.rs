//! Questions that were there before: the same again, or nearly the same.
//!
//! Texts are compared by their words and pairs of neighbouring words: how many of them two texts share, out of all that
//! either has (Jaccard). One changed word in twelve leaves about three quarters shared, one in a hundred 97 %; parts in
//! another order still share nearly everything; single words alone would call every pair of texts about one topic alike.
//! A sign of a script without blanks counts as a word. Numbers count as words too, as they are: the same long text with
//! other numbers is a near copy, a short calculation with other numbers is another exercise.
//!
//! Which pairs are worth comparing is told by MinHash (Broder 1997) in bands: an index that is asked for what shares a band
//! finds nearly all near copies and little else. Every pair that it names is then counted exactly, so nothing is called a near copy that
//! is none; how many it misses is measured (`benches/duplicates.rs`, and a test).
//!
//! Items are taken in the order of their ids: an item is a duplicate of the first item that stays and is near enough, and
//! stays where there is none. So the outcome depends on the set of items alone, every dropped item is near to one that
//! stays, and a chain of small changes does not pull in what has nothing in common.

use std::collections::HashMap;

use minhash_rs::prelude::{MinHash, MinHasher as _};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::item::ItemId;
use crate::hashing;

/// The Jaccard index from which two questions are near copies unless a directory says otherwise. On 12,000 questions of the
/// demo model no two draws of one subject came above .78, while one changed word left more than .93 and three more than .83.
pub const NEAR: f64 = 0.8;

/// The lowest threshold: below it the index would miss too much.
pub const LOWEST: f64 = 0.5;

/// Minima of a text's signature.
const MINIMA: usize = 96;
/// Bands at high thresholds, of four minima each: of pairs at .8 it misses 4 in a million, at .7 one in 700.
const FEW: usize = 24;
/// Bands at low thresholds, of two minima each: of pairs at .5 it misses one in a million.
const MANY: usize = 48;
/// From this threshold on few bands are enough.
const HIGH: f64 = 0.7;
/// The most texts of a bucket that a text is compared with: the first ones that stay. What hundreds of different texts share
/// is the wording of a template, which says nothing; without a bound the time would grow with the square of their number.
const CROWD: usize = 64;
/// The bucket of what is alone in it.
const ALONE: u32 = u32::MAX;

/// What an item is a duplicate of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Duplicate {
    /// The item that stays: the first by id that is near enough.
    pub of: ItemId,
    /// The share of words and pairs of words that both have, from 0 to 1; 1 where the texts are the same but for case,
    /// white space and punctuation.
    pub jaccard: f64,
}

impl Duplicate {
    /// Whether the texts are the same but for case, white space and punctuation.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.jaccard >= 1.0
    }
}

/// Collects texts and tells which of them are duplicates. It keeps no text: about 4 bytes for each different word and pair of
/// words, and about 200 bytes besides (1 kB for a question of 100 words).
#[derive(Debug, Clone)]
pub struct Similar {
    threshold: f64,
    items: Vec<Item>,
    /// The hashed features of all items, sorted within each.
    features: Vec<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Item {
    id: ItemId,
    /// Hash of the text, equal for equal words in equal order.
    text: u128,
    /// Where its features begin and end.
    from: usize,
    to: usize,
}

impl Similar {
    /// With texts as near copies whose Jaccard index is `threshold` or more. At 1 only equal texts are duplicates; less
    /// than [`LOWEST`] is taken as [`LOWEST`].
    #[must_use]
    pub fn new(threshold: f64) -> Self {
        let threshold = if threshold.is_nan() { NEAR } else { threshold.clamp(LOWEST, 1.0) };
        Self { threshold, items: Vec::new(), features: Vec::new() }
    }

    /// Takes in the text of an item. Each item once; of several texts of one item only one counts.
    pub fn add(&mut self, item: ItemId, text: &str) {
        let words = words(text);
        let key = if words.is_empty() { text.trim().to_owned() } else { words.join(" ") };
        let head = hashing::head(key.as_bytes());
        let from = self.features.len();
        if self.threshold < 1.0 {
            self.features.extend(features(&words));
        }
        self.items.push(Item { id: item, text: u128::from_le_bytes(head), from, to: self.features.len() });
    }

    /// Bytes that the texts take so far.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.items.len() * size_of::<Item>() + self.features.len() * size_of::<u32>()
    }

    /// The items that are duplicates. The order in which they were added plays no role.
    #[must_use]
    pub fn finish(self) -> HashMap<ItemId, Duplicate> {
        self.resolve(false)
    }

    /// The same with every pair compared, for measuring what [`finish`](Self::finish) misses: the time grows with the square
    /// of the number of items.
    #[must_use]
    pub fn finish_by_brute_force(self) -> HashMap<ItemId, Duplicate> {
        self.resolve(true)
    }

    fn resolve(mut self, all_pairs: bool) -> HashMap<ItemId, Duplicate> {
        self.items.sort_unstable();
        self.items.dedup_by_key(|item| item.id);
        let mut found = HashMap::new();
        let mut first: HashMap<u128, ItemId> = HashMap::with_capacity(self.items.len());
        let mut different: Vec<Item> = Vec::with_capacity(self.items.len());
        for item in &self.items {
            match first.get(&item.text) {
                Some(of) => {
                    found.insert(item.id, Duplicate { of: *of, jaccard: 1.0 });
                }
                None => {
                    first.insert(item.text, item.id);
                    different.push(*item);
                }
            }
        }
        drop(first);
        if self.threshold >= 1.0 {
            return found;
        }
        let sets: Vec<&[u32]> = different.iter().map(|item| &self.features[item.from..item.to]).collect();
        let buckets = if all_pairs { Buckets::one(&sets) } else { Buckets::new(&sets, self.threshold) };
        for (at, of, jaccard) in near(&sets, &buckets, self.threshold) {
            found.insert(different[at].id, Duplicate { of: different[of].id, jaccard });
        }
        // A copy of what is itself a near copy is a duplicate of the one that stays.
        let chained: Vec<(ItemId, Duplicate)> =
            found.iter().filter_map(|(item, duplicate)| Some((*item, *found.get(&duplicate.of)?))).collect();
        found.extend(chained);
        found
    }
}

/// For each set that is near to an earlier one that stays: its place, that of the other, their Jaccard index.
fn near(sets: &[&[u32]], buckets: &Buckets, threshold: f64) -> Vec<(usize, usize, f64)> {
    let mut found = Vec::new();
    let mut kept: Vec<Vec<u32>> = vec![Vec::new(); buckets.count];
    let mut looked_at: Vec<u32> = vec![ALONE; sets.len()];
    for (at, set) in sets.iter().enumerate() {
        let mut best: Option<(usize, f64)> = None;
        for bucket in buckets.of(at) {
            for other in kept.get(bucket).into_iter().flatten() {
                let other = *other as usize;
                if looked_at[other] == at as u32 || best.is_some_and(|(first, _)| first < other) {
                    continue;
                }
                looked_at[other] = at as u32;
                if let Some(jaccard) = jaccard(set, sets[other], threshold) {
                    best = Some((other, jaccard));
                }
            }
        }
        match best {
            Some((other, jaccard)) => found.push((at, other, jaccard)),
            None => buckets.of(at).for_each(|bucket| {
                if kept[bucket].len() < buckets.crowd {
                    kept[bucket].push(at as u32);
                }
            }),
        }
    }
    found
}

/// The Jaccard index of two sorted sets, where it is `threshold` or more.
fn jaccard(one: &[u32], other: &[u32], threshold: f64) -> Option<f64> {
    let (less, more) = if one.len() < other.len() { (one, other) } else { (other, one) };
    if less.is_empty() || (less.len() as f64) < threshold * more.len() as f64 {
        return None;
    }
    let (mut shared, mut a, mut b) = (0_usize, 0, 0);
    while a < less.len() && b < more.len() {
        shared += usize::from(less[a] == more[b]);
        let step = less[a].cmp(&more[b]);
        a += usize::from(step.is_le());
        b += usize::from(step.is_ge());
    }
    let jaccard = shared as f64 / (less.len() + more.len() - shared) as f64;
    // Sets that are equal for texts that are not: the same words in another order.
    (jaccard >= threshold).then_some(jaccard.min(0.999))
}

/// Which sets share a band of their signatures.
struct Buckets {
    bands: usize,
    /// For each set and band the number of the bucket, or [`ALONE`].
    bucket: Vec<u32>,
    count: usize,
    /// The most sets of a bucket that are compared with another.
    crowd: usize,
}

impl Buckets {
    fn new(sets: &[&[u32]], threshold: f64) -> Self {
        let bands = if threshold >= HIGH { FEW } else { MANY };
        let mut bucket = Vec::with_capacity(sets.len() * bands);
        for set in sets {
            let signature: MinHash<u64, MINIMA> = set.iter().map(|feature| u64::from(*feature)).collect();
            if threshold >= HIGH {
                bucket.extend(signature.band_hashes::<FEW>().map(|hash| hash as u32));
            } else {
                bucket.extend(signature.band_hashes::<MANY>().map(|hash| hash as u32));
            }
        }
        let mut buckets = Self { bands, bucket, count: 0, crowd: CROWD };
        (0..bands).for_each(|band| buckets.number(band));
        buckets
    }

    /// Everything in one.
    fn one(sets: &[&[u32]]) -> Self {
        Self { bands: 1, bucket: vec![0; sets.len()], count: 1, crowd: usize::MAX }
    }

    /// Puts the number of its bucket in the place of each hash of a band.
    fn number(&mut self, band: usize) {
        let place = |set: u32| set as usize * self.bands + band;
        let mut order: Vec<u32> = (0..(self.bucket.len() / self.bands) as u32).collect();
        order.sort_unstable_by_key(|set| self.bucket[place(*set)]);
        let ends: Vec<usize> =
            order.chunk_by(|a, b| self.bucket[place(*a)] == self.bucket[place(*b)]).map(<[u32]>::len).collect();
        let mut rest = order.as_slice();
        for size in ends {
            let (group, after) = rest.split_at(size);
            rest = after;
            let number = if size > 1 { self.count as u32 } else { ALONE };
            self.count += usize::from(size > 1);
            group.iter().for_each(|set| self.bucket[*set as usize * self.bands + band] = number);
        }
    }

    fn of(&self, set: usize) -> impl Iterator<Item = usize> + '_ {
        let buckets = self.bucket.iter().skip(set * self.bands).take(self.bands);
        buckets.filter(|bucket| **bucket != ALONE).map(|bucket| *bucket as usize)
    }
}

/// The hashes of the words of a text and of its pairs of neighbouring words, sorted and each once.
fn features(words: &[String]) -> Vec<u32> {
    let single = words.iter().map(|word| crc32fast::hash(word.as_bytes()));
    let pairs = words.windows(2).map(|pair| {
        let mut hasher = crc32fast::Hasher::new();
        pair.iter().for_each(|word| {
            hasher.update(word.as_bytes());
            hasher.update(b" ");
        });
        hasher.finalize()
    });
    let mut features: Vec<u32> = single.chain(pairs).collect();
    features.sort_unstable();
    features.dedup();
    features
}

/// Words in lower case, numbers with their decimal point, signs that calculate; every sign of a script without blanks is a
/// word. Punctuation and Markdown are left out.
fn words(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.nfkc().flat_map(char::to_lowercase).collect();
    let near = |at: usize, is: fn(char) -> bool| chars.get(at).is_some_and(|c| is(*c));
    let mut words: Vec<String> = Vec::new();
    let mut is_open = false;
    for (at, c) in chars.iter().copied().enumerate() {
        let before = |is| at.checked_sub(1).is_some_and(|at| near(at, is));
        if is_ideograph(c) {
            words.push(c.to_string());
            is_open = false;
        } else if c.is_alphanumeric()
            || (is_open && is_combining_mark(c))
            || (c == '.' && before(|c| c.is_ascii_digit()) && near(at + 1, |c| c.is_ascii_digit()))
        {
            match words.last_mut() {
                Some(word) if is_open => word.push(c),
                _ => words.push(c.to_string()),
            }
            is_open = true;
        } else {
            is_open = false;
            let joins = before(char::is_alphabetic) && near(at + 1, char::is_alphabetic);
            match c {
                '+' | '=' | '<' | '>' | '^' | '%' | '×' | '÷' | '≤' | '≥' => words.push(c.to_string()),
                '-' | '−' if !joins && near(at + 1, char::is_alphanumeric) => words.push("-".to_owned()),
                '/' if !joins => words.push(c.to_string()),
                _ => {}
            }
        }
    }
    words
}

/// Whether `c` belongs to a script without blanks between words: Chinese and Japanese, Thai and its neighbours.
fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{2e80}'..='\u{abff}' | '\u{20000}'..)
        && c.is_alphanumeric()
}

#[cfg(test)]
mod tests;
