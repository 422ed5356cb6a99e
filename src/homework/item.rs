//! What one item is: its id and the draw it was made from.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::taxonomy::ItemKey;

/// The identity of an item: a hash of seed, recipe, subject, syllabus and draw. Prints as 32
/// hexadecimal digits, so it may serve as `custom_id` of any batch API.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemId(u128);

impl ItemId {
    pub(super) fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    pub(super) fn bits(self) -> u128 {
        self.0
    }

    /// Which of `of` equal shares the item falls into, from 0. Shares of one number are disjoint
    /// and together hold every item.
    #[must_use]
    pub fn share(self, of: u32) -> u32 {
        (self.0 % u128::from(of.max(1))) as u32
    }
}

/// As people judge it.
impl From<ItemId> for ItemKey {
    fn from(item: ItemId) -> Self {
        Self::from_bits(item.0)
    }
}

impl From<ItemKey> for ItemId {
    fn from(key: ItemKey) -> Self {
        Self(key.bits())
    }
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A string that is not an item's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an item's id has 32 of the digits 0-9 and a-f")]
pub struct InvalidItemId;

impl FromStr for ItemId {
    type Err = InvalidItemId;

    fn from_str(text: &str) -> Result<Self, InvalidItemId> {
        let digits = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let bits = if digits { u128::from_str_radix(text, 16).ok() } else { None };
        bits.map(Self).ok_or(InvalidItemId)
    }
}

impl Serialize for ItemId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // As it prints: it is written three times for each item, and formatting costs ten times as much.
        let mut digits = [0; 32];
        for (at, digit) in digits.iter_mut().enumerate() {
            *digit = b"0123456789abcdef"[(self.0 >> (124 - 4 * at)) as usize % 16];
        }
        serializer.serialize_str(std::str::from_utf8(&digits).map_err(serde::ser::Error::custom)?)
    }
}

impl<'de> Deserialize<'de> for ItemId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// How many class sessions a question draws on (GLAN section 2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strategy {
    /// One session and 1 to 5 of its key concepts.
    One,
    /// Two sessions and 2 to 5 of their key concepts, at least one from each.
    Two,
}

impl Strategy {
    /// 1 or 2, as in the paper and in records.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }
}

/// A key concept by position: which session of the syllabus, which concept of that session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pick {
    /// Position of the session in the syllabus, from 0.
    pub session: u32,
    /// Position of the concept in the session, from 0.
    pub concept: u32,
}

/// The most concepts that one question draws on.
pub const MOST_CONCEPTS: usize = 5;

/// What one question is about, by position in one version of a syllabus.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Draw {
    strategy: Strategy,
    sessions: [u32; 2],
    picks: [Pick; MOST_CONCEPTS],
    len: u8,
}

impl Draw {
    pub(super) fn new(strategy: Strategy, sessions: [u32; 2]) -> Self {
        Self { strategy, sessions, picks: Default::default(), len: 0 }
    }

    pub(super) fn push(&mut self, pick: Pick) {
        if let Some(free) = self.picks.get_mut(usize::from(self.len)) {
            *free = pick;
            self.len += 1;
        }
    }

    /// One session or two.
    #[must_use]
    pub fn strategy(&self) -> Strategy {
        self.strategy
    }

    /// Positions of the sessions in the syllabus, in teaching order.
    #[must_use]
    pub fn sessions(&self) -> &[u32] {
        &self.sessions[..usize::from(self.strategy.number())]
    }

    /// The drawn concepts, in the order of the syllabus.
    #[must_use]
    pub fn concepts(&self) -> &[Pick] {
        &self.picks[..usize::from(self.len)]
    }
}

impl fmt::Debug for Draw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.strategy.number())?;
        for pick in self.concepts() {
            write!(f, " {}.{}", pick.session, pick.concept)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_print_and_parse() {
        let id = ItemId(0xab);
        assert_eq!(id.to_string(), "000000000000000000000000000000ab");
        assert_eq!(id.to_string().parse(), Ok(id));
        let id = ItemId(0x0123_4567_89ab_cdef_fedc_ba98_7654_3210);
        assert_eq!(serde_json::to_value(id).unwrap(), id.to_string());
        for bad in ["", "ab", "+00000000000000000000000000000ab", "000000000000000000000000000000AB"] {
            assert_eq!(bad.parse::<ItemId>(), Err(InvalidItemId), "{bad}");
        }
    }

    #[test]
    fn shares_are_disjoint_and_complete() {
        for of in [1, 2, 3, 7, 64] {
            let shares: Vec<u32> = (0..1_000_u128).map(|n| ItemId(n * 0x9e37_79b9_7f4a_7c15).share(of)).collect();
            assert!(shares.iter().all(|share| *share < of));
            assert!((0..of).all(|share| shares.contains(&share)), "of {of}");
        }
    }
}
