//! Shards: one plan, divided among processes that share nothing but the commit of the taxonomy directory.
//!
//! Which shard an item falls to follows from its subject and its number within the subject, and from nothing else: not from its place in
//! the plan, which moves when a subject is added. So two machines whose trees are not quite the same never ask for the same item. Items go
//! in chunks of [`CHUNK`] with neighbouring numbers, so that a server can reuse the syllabus that their prompts begin with; each
//! subject starts dealing its chunks at another shard, so that many small subjects spread evenly.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::taxonomy::NodeId;
use crate::taxonomy::id::hash_bits;

/// Items of one subject that go to the same shard one after the other.
pub const CHUNK: u64 = 16;

/// The most shards that one plan is divided into.
pub const MOST_SHARDS: u32 = 100_000;

/// One of several equal parts of a plan: `K/N`, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shard {
    at: u32,
    of: u32,
}

/// What is no shard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidShard {
    /// Not two numbers.
    #[error("write K/N, such as 0/8 for the first of eight")]
    Form,
    /// A number that is too large.
    #[error("shards are counted from 0, so of {of} the last is {}/{of}", of - 1)]
    Beyond {
        /// How many there are.
        of: u32,
    },
    /// None, or too many.
    #[error("there are 1 to {MOST_SHARDS} shards")]
    Number,
}

impl Shard {
    /// Part `at` of `of`, from 0.
    ///
    /// # Errors
    /// There is no such part.
    pub fn new(at: u32, of: u32) -> Result<Self, InvalidShard> {
        match (at, of) {
            (_, of) if !(1..=MOST_SHARDS).contains(&of) => Err(InvalidShard::Number),
            (at, of) if at >= of => Err(InvalidShard::Beyond { of }),
            (at, of) => Ok(Self { at, of }),
        }
    }

    /// Which part, from 0.
    #[must_use]
    pub fn at(self) -> u32 {
        self.at
    }

    /// How many parts.
    #[must_use]
    pub fn of(self) -> u32 {
        self.of
    }

    /// Whether there is a chunk that falls to both, of whatever division they are: two numbers are the rest of one only where
    /// they differ by a multiple of what both divisions are multiples of.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        let (mut common, mut rest) = (self.of, other.of);
        while rest > 0 {
            (common, rest) = (rest, common % rest);
        }
        self.at % common == other.at % common
    }

    /// For the name of a file: `3of8`.
    pub(super) fn file_name(self) -> String {
        format!("{}of{}", self.at, self.of)
    }

    /// The first chunk of a subject that is this shard's.
    fn first_chunk(self, start: u32) -> u64 {
        let of = u64::from(self.of);
        (u64::from(self.at) + of - u64::from(start) % of) % of
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.at, self.of)
    }
}

impl FromStr for Shard {
    type Err = InvalidShard;

    fn from_str(text: &str) -> Result<Self, InvalidShard> {
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse().ok()).flatten().ok_or(InvalidShard::Form)
        };
        let (at, of) = text.split_once('/').ok_or(InvalidShard::Form)?;
        Self::new(number(at)?, number(of)?)
    }
}

/// Where a subject starts to deal its chunks.
pub(super) fn start(subject: NodeId) -> u32 {
    hash_bits("provost 2026 shards v1", &[&subject.to_string()], 32) as u32
}

/// Which items of a subject are meant, by their numbers.
#[derive(Debug, Clone, Default)]
pub(super) enum Which {
    /// All.
    #[default]
    All,
    /// Those of a shard, for a subject that starts dealing there.
    Shard(Shard, u32),
    /// These, in rising order.
    Picked(Arc<[u64]>),
}

impl Which {
    /// How many of the numbers below `upto` are meant.
    pub fn count(&self, upto: u64) -> u64 {
        match self {
            Self::All => upto,
            Self::Picked(numbers) => numbers.partition_point(|number| *number < upto) as u64,
            Self::Shard(shard, start) => {
                let (of, first) = (u64::from(shard.of), shard.first_chunk(*start));
                let (chunks, rest) = (upto / CHUNK, upto % CHUNK);
                let whole = if chunks > first { (chunks - first - 1) / of + 1 } else { 0 };
                whole * CHUNK + if chunks % of == first { rest } else { 0 }
            }
        }
    }

    /// The numbers below `upto` that are meant, in rising order.
    pub fn numbers(&self, upto: u64) -> Numbers {
        let at = match self {
            Self::Shard(shard, start) => shard.first_chunk(*start) * CHUNK,
            Self::All | Self::Picked(_) => 0,
        };
        Numbers { which: self.clone(), at, upto }
    }
}

/// Numbers of items; see [`Which::numbers`].
pub(super) struct Numbers {
    which: Which,
    /// The next number, or the position of it.
    at: u64,
    upto: u64,
}

impl Iterator for Numbers {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        let number = match &self.which {
            Which::Picked(numbers) => *numbers.get(usize::try_from(self.at).ok()?)?,
            Which::All | Which::Shard(..) => self.at,
        };
        if number >= self.upto {
            return None;
        }
        self.at += 1;
        if let Which::Shard(shard, _) = self.which
            && self.at.is_multiple_of(CHUNK)
        {
            self.at += u64::from(shard.of - 1) * CHUNK;
        }
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn numbers(shard: Shard, start: u32, upto: u64) -> Vec<u64> {
        let which = Which::Shard(shard, start);
        let numbers: Vec<u64> = which.numbers(upto).collect();
        assert_eq!(which.count(upto), numbers.len() as u64, "{shard} {start} {upto}");
        numbers
    }

    proptest! {
        #[test]
        fn shards_are_disjoint_and_together_everything(
            of in prop_oneof![prop::sample::select(vec![1_u32, 2, 3, 7, 64, 1_000]), 1..2_000_u32],
            start: u32, upto in 0_u64..5_000,
        ) {
            let mut all: Vec<u64> =
                (0..of).flat_map(|at| numbers(Shard::new(at, of).unwrap(), start, upto)).collect();
            all.sort_unstable();
            prop_assert!(all.into_iter().eq(0..upto));
        }

        #[test]
        fn an_item_stays_in_its_shard_when_the_subject_gets_more(
            of in 1_u32..50, start: u32, upto in 0_u64..2_000, more in 0_u64..2_000,
        ) {
            let shard = Shard::new(of / 2, of).unwrap();
            let (few, many) = (numbers(shard, start, upto), numbers(shard, start, upto + more));
            prop_assert_eq!(&many[..few.len()], &few[..]);
            prop_assert!(many[few.len()..].iter().all(|number| *number >= upto));
        }
    }

    #[test]
    fn shards_overlap_where_they_have_a_number_in_common() {
        let all = |of: u32| (0..of).map(move |at| Shard::new(at, of).unwrap());
        let shards: Vec<Shard> = [1, 2, 3, 4, 6].into_iter().flat_map(all).collect();
        for (one, other) in shards.iter().flat_map(|one| shards.iter().map(move |other| (*one, *other))) {
            let (first, second) = (numbers(one, 5, 400), numbers(other, 5, 400));
            let common = first.iter().any(|number| second.contains(number));
            assert_eq!(one.overlaps(other), common, "{one} and {other}");
        }
    }

    #[test]
    fn neighbours_stay_together() {
        let found = numbers(Shard::new(1, 3).unwrap(), 5, 200);
        let chunks: Vec<&[u64]> = found.chunks(CHUNK as usize).collect();
        assert!(chunks.iter().all(|chunk| chunk[0] % CHUNK == 0 && chunk.windows(2).all(|two| two[0] + 1 == two[1])));
    }

    #[test]
    fn picked_numbers_are_those() {
        let which = Which::Picked([3, 5, 900].into());
        assert_eq!((which.count(900), which.count(901)), (2, 3));
        assert_eq!(which.numbers(900).collect::<Vec<_>>(), [3, 5]);
    }

    #[test]
    fn shards_print_and_parse_and_what_is_none_is_said() {
        let shard: Shard = "3/8".parse().unwrap();
        assert_eq!((shard.at(), shard.of(), shard.to_string().as_str()), (3, 8, "3/8"));
        for bad in ["", "3", "3/", "/8", "-1/8", "+1/8", "1/8/2", "a/b", " 1/8"] {
            assert_eq!(bad.parse::<Shard>(), Err(InvalidShard::Form), "{bad}");
        }
        assert_eq!(
            "8/8".parse::<Shard>().unwrap_err().to_string(),
            "shards are counted from 0, so of 8 the last is 7/8"
        );
        assert_eq!("0/0".parse::<Shard>(), Err(InvalidShard::Number));
        assert_eq!("0/100001".parse::<Shard>(), Err(InvalidShard::Number));
    }
}
