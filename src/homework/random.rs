//! Randomness that is the same for ever: a stream of numbers from a hash, and a permutation of
//! `0..size` that needs no memory. Items of finished runs depend on both, so neither may change.

use blake3::OutputReader;

use crate::hashing::mix;

/// Numbers from the extendable output of BLAKE3 over a domain and parts.
#[derive(Clone)]
pub(super) struct Stream(OutputReader);

impl Stream {
    pub fn new(domain: &str, parts: &[&[u8]]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key(domain);
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        Self(hasher.finalize_xof())
    }

    pub fn next(&mut self) -> u64 {
        let mut bytes = [0_u8; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    pub fn key(&mut self) -> [u8; 32] {
        let mut bytes = [0_u8; 32];
        self.0.fill(&mut bytes);
        bytes
    }
}

const ROUNDS: usize = 8;

/// A keyed order of `0..size`: a Feistel network over the next power of four, and what falls
/// outside goes round again (rejection, so every position stays equally likely).
#[derive(Clone, Copy, Debug)]
pub(super) struct Permutation {
    size: u64,
    half: u32,
    keys: [u64; ROUNDS],
}

impl Permutation {
    pub fn new(size: u64, stream: &mut Stream) -> Self {
        let bits = u64::BITS - size.saturating_sub(1).leading_zeros();
        let half = bits.div_ceil(2).max(1);
        Self { size, half, keys: std::array::from_fn(|_| stream.next()) }
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// The number at `place`, which must be below the size.
    pub fn at(&self, place: u64) -> u64 {
        debug_assert!(place < self.size);
        let mut value = place;
        loop {
            value = self.shuffle(value);
            if value < self.size || self.size == 0 {
                return value;
            }
        }
    }

    fn shuffle(&self, value: u64) -> u64 {
        let mask = (1_u64 << self.half) - 1;
        let (mut left, mut right) = ((value >> self.half) & mask, value & mask);
        for key in self.keys {
            (left, right) = (right, left ^ (mix(right ^ key) & mask));
        }
        (left << self.half) | right
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn permutation(size: u64, seed: u64) -> Permutation {
        Permutation::new(size, &mut Stream::new("test", &[&seed.to_le_bytes()]))
    }

    proptest! {
        #[test]
        fn every_number_comes_once(size in 1_u64..3_000, seed: u64) {
            let order = permutation(size, seed);
            let mut seen: Vec<u64> = (0..size).map(|place| order.at(place)).collect();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..size).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_largest_sizes_work() {
        for size in [1, 2, u64::MAX - 1, u64::MAX] {
            assert!(permutation(size, 3).at(size - 1) < size);
        }
    }

    #[test]
    fn places_are_equally_likely() {
        let mut counts = [0_u32; 10];
        for seed in 0..10_000 {
            counts[permutation(10, seed).at(3) as usize] += 1;
        }
        assert!(counts.iter().all(|count| (850..1_150).contains(count)), "{counts:?}");
    }
}
