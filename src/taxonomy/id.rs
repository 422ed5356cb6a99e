//! Identifiers. All are small `Copy` values that print as a tag and Crockford base-32 digits
//! (`sub_7h2kq0m9xa`), never change, and say nothing about place or name.
//!
//! A node proposal and the node it becomes share their ten digits, and both follow from the
//! proposal's key (parent, kind, normalised name): two curators who accept the same proposal
//! in two clones write the same file, and the same idea proposed twice is one proposal.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::node::Kind;
use super::text::normalise;

const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Digits of a node or proposal id: 50 bits.
const SHORT: usize = 10;
/// Digits of an event or batch id: 80 bits, time first.
const LONG: usize = 16;

/// A string that is not an id, and what an id of that kind looks like.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{found}\" is not {expected}")]
pub struct InvalidId {
    found: String,
    expected: &'static str,
}

impl InvalidId {
    fn new(found: &str, expected: &'static str) -> Self {
        let found = super::text::reveal_line(found).chars().take(60).collect();
        Self { found, expected }
    }
}

fn write_digits(f: &mut fmt::Formatter<'_>, bits: u128, digits: usize) -> fmt::Result {
    let mut buffer = [0_u8; 26];
    for (place, digit) in buffer.iter_mut().take(digits).enumerate() {
        let shift = 5 * (digits - 1 - place);
        *digit = DIGITS[((bits >> shift) & 31) as usize];
    }
    f.write_str(std::str::from_utf8(&buffer[..digits]).unwrap_or_default())
}

fn read_digits(text: &str, digits: usize) -> Option<u128> {
    if text.len() != digits {
        return None;
    }
    text.bytes().try_fold(0_u128, |bits, byte| {
        let digit = DIGITS.iter().position(|d| *d == byte)?;
        Some((bits << 5) | digit as u128)
    })
}

/// 9999-12-31, a day early.
const LAST_MILLISECOND: u64 = 253_402_214_400_000;

/// The first `bits` bits of a keyed hash over length-prefixed parts.
pub(crate) fn hash_bits(domain: &str, parts: &[&str], bits: u32) -> u128 {
    let mut hasher = blake3::Hasher::new_derive_key(domain);
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let hash = hasher.finalize();
    let mut head = [0_u8; 16];
    head.copy_from_slice(&hash.as_bytes()[..16]);
    u128::from_be_bytes(head) >> (128 - bits)
}

/// Serde through the printed form, for every id type.
macro_rules! as_text {
    ($($id:ty),+) => {$(
        impl fmt::Debug for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
        impl Serialize for $id {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $id {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

/// A node, accepted or still proposed: `fld_`, `sbf_`, `dis_` or `sub_` and ten digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    kind: Kind,
    bits: u64,
}

impl NodeId {
    /// The id that the key (parent, kind, normalised name) gives. `salt` is 0, or counts up
    /// where an unrelated node already holds the id.
    #[must_use]
    pub fn derive(parent: Option<NodeId>, kind: Kind, name: &str, salt: u32) -> Self {
        let parent = parent.map_or_else(|| "/".to_owned(), |id| id.to_string());
        let salt = if salt == 0 { String::new() } else { salt.to_string() };
        let parts = [parent.as_str(), kind.name(), &normalise(name), &salt];
        let bits = hash_bits("provost 2026 node id v1", &parts, 50) as u64;
        Self { kind, bits }
    }

    /// The kind the node had when its id was made.
    #[must_use]
    pub fn kind(self) -> Kind {
        self.kind
    }

    /// All of it as a number.
    #[must_use]
    pub fn to_bits(self) -> u64 {
        ((self.kind as u64) << 50) | self.bits
    }

    /// The id that is this number; `None` for a number that is none.
    #[must_use]
    pub fn from_bits(bits: u64) -> Option<Self> {
        let kind = *Kind::ALL.get((bits >> 50) as usize)?;
        Some(Self { kind, bits: bits & ((1 << 50) - 1) })
    }

    /// The ten digits without the tag, for slugs that need a suffix.
    #[must_use]
    pub fn digits(self) -> String {
        self.to_string()[4..].to_owned()
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // In pieces: records name a node in every line, and formatting costs more than both of them.
        f.write_str(self.kind.tag())?;
        f.write_str("_")?;
        write_digits(f, u128::from(self.bits), SHORT)
    }
}

impl FromStr for NodeId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let parsed = text.split_once('_').and_then(|(tag, digits)| {
            let kind = Kind::ALL.into_iter().find(|kind| kind.tag() == tag)?;
            let bits = read_digits(digits, SHORT)? as u64;
            Some(Self { kind, bits })
        });
        parsed.ok_or_else(|| {
            InvalidId::new(text, "a node id (fld_, sbf_, dis_ or sub_ and ten of 0-9 a-z without i l o u)")
        })
    }
}

/// A proposal: `prp_` and the digits of the node it would become, or `syl_` and digits that
/// follow from the subject and the content of the syllabus.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProposalId {
    syllabus: bool,
    bits: u64,
}

impl ProposalId {
    /// The proposal that becomes `node`.
    #[must_use]
    pub fn of_node(node: NodeId) -> Self {
        Self { syllabus: false, bits: node.bits }
    }

    /// The proposal of a syllabus with this content hash for `subject`.
    #[must_use]
    pub fn of_syllabus(subject: NodeId, content: &str) -> Self {
        let parts = [subject.to_string(), content.to_owned()];
        let parts = [parts[0].as_str(), parts[1].as_str()];
        Self { syllabus: true, bits: hash_bits("provost 2026 syllabus proposal id v1", &parts, 50) as u64 }
    }

    /// Whether this proposes a syllabus, not a node.
    #[must_use]
    pub fn is_syllabus(self) -> bool {
        self.syllabus
    }

    /// All of it as a number.
    #[must_use]
    pub fn to_bits(self) -> u64 {
        (u64::from(self.syllabus) << 50) | self.bits
    }

    /// The id that is this number.
    #[must_use]
    pub fn from_bits(bits: u64) -> Self {
        Self { syllabus: bits >> 50 & 1 == 1, bits: bits & ((1 << 50) - 1) }
    }

    /// The node of a kind that this proposal becomes.
    pub(super) fn node(self, kind: Kind) -> NodeId {
        NodeId { kind, bits: self.bits }
    }

    /// The digits as a number, for drawing lots.
    pub(super) fn bits(self) -> u64 {
        self.bits
    }
}

impl fmt::Display for ProposalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.syllabus { "syl_" } else { "prp_" })?;
        write_digits(f, u128::from(self.bits), SHORT)
    }
}

impl FromStr for ProposalId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let parsed = text.split_once('_').and_then(|(tag, digits)| {
            let syllabus = match tag {
                "prp" => false,
                "syl" => true,
                _ => return None,
            };
            let bits = read_digits(digits, SHORT)? as u64;
            Some(Self { syllabus, bits })
        });
        parsed.ok_or_else(|| InvalidId::new(text, "a proposal id (prp_ or syl_ and ten digits)"))
    }
}

/// Sixteen digits: 48 bits of milliseconds since 1970, then 32 bits that tell apart.
/// Sorting ids sorts by time.
macro_rules! stamped {
    ($(#[$doc:meta])* $name:ident, $tag:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl $name {
            /// The id for a moment (milliseconds since 1970) and 32 distinguishing bits.
            #[must_use]
            pub fn new(milliseconds: u64, distinct: u32) -> Self {
                let time = u128::from(milliseconds & 0xffff_ffff_ffff);
                Self((time << 32) | u128::from(distinct))
            }

            /// All of it as a number.
            #[must_use]
            pub fn to_bits(self) -> u128 {
                self.0
            }

            /// The id that is this number.
            #[must_use]
            pub fn from_bits(bits: u128) -> Self {
                Self(bits & ((1 << 80) - 1))
            }

            /// Milliseconds since 1970 at which the id was made.
            #[must_use]
            pub fn milliseconds(self) -> u64 {
                (self.0 >> 32) as u64
            }

            /// Whether its moment has a date with a year of four digits. Any other would put
            /// all later ids beyond the calendar.
            #[must_use]
            pub fn is_plausible(self) -> bool {
                self.milliseconds() < LAST_MILLISECOND
            }

            /// The next id in order: later than this one, whatever the clock says.
            #[must_use]
            pub fn next(self) -> Self {
                Self((self.0 + 1) & ((1 << 80) - 1))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!($tag, "_"))?;
                write_digits(f, self.0, LONG)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let digits = text.strip_prefix(concat!($tag, "_"));
                let bits = digits.and_then(|digits| read_digits(digits, LONG));
                bits.map(Self).ok_or_else(|| InvalidId::new(text, $what))
            }
        }
    };
}

stamped!(
    /// One event of a decision log.
    EventId, "evt", "an event id (evt_ and sixteen digits)"
);
stamped!(
    /// One batch of proposals.
    BatchId, "bat", "a batch id (bat_ and sixteen digits)"
);

stamped!(
    /// One question put to a model, however often it is asked.
    AskId, "ask", "a question's id (ask_ and sixteen digits)"
);

/// A homework item, as far as people judge it: 32 hexadecimal digits, those of the item's own id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemKey(u128);

impl ItemKey {
    /// The key with these bits.
    #[must_use]
    pub fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// Its bits.
    #[must_use]
    pub fn bits(self) -> u128 {
        self.0
    }
}

impl fmt::Display for ItemKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for ItemKey {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let digits = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let bits = if digits { u128::from_str_radix(text, 16).ok() } else { None };
        bits.map(Self).ok_or_else(|| InvalidId::new(text, "an item's id (32 of the digits 0-9 and a-f)"))
    }
}

as_text!(NodeId, ProposalId, EventId, BatchId, AskId, ItemKey);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_and_its_proposal_share_their_digits() {
        let node = NodeId::derive(None, Kind::Field, "Natural Sciences", 0);
        let proposal = ProposalId::of_node(node);
        assert_eq!(node.to_string()[4..], proposal.to_string()[4..]);
        assert_eq!(node.to_string().parse(), Ok(node));
        assert_eq!(proposal.to_string().parse(), Ok(proposal));
    }

    #[test]
    fn the_key_ignores_case_and_punctuation_but_not_parent_or_kind() {
        let parent = NodeId::derive(None, Kind::Field, "Arts", 0);
        let id = |kind, name| NodeId::derive(Some(parent), kind, name, 0);
        assert_eq!(id(Kind::Discipline, "Film & Theatre"), id(Kind::Discipline, "film  theatre"));
        assert_ne!(id(Kind::Discipline, "Film"), id(Kind::SubField, "Film"));
        assert_ne!(id(Kind::Discipline, "Film"), NodeId::derive(None, Kind::Discipline, "Film", 0));
        assert_ne!(id(Kind::Discipline, "Film"), NodeId::derive(Some(parent), Kind::Discipline, "Film", 1));
    }

    /// Files in people's repositories hold these: the derivation may never change.
    #[test]
    fn a_node_id_is_the_same_after_it_was_a_number() {
        for kind in Kind::ALL {
            for name in ["Optics", "Law", "量子力学"] {
                let id = NodeId::derive(None, kind, name, 3);
                assert_eq!(NodeId::from_bits(id.to_bits()), Some(id));
                assert_eq!(id.to_string().parse(), Ok(id));
                assert_eq!(id.to_string(), format!("{}_{}", kind.tag(), id.digits()));
            }
        }
        assert_eq!(NodeId::from_bits((Kind::ALL.len() as u64) << 50), None);
        assert_eq!(NodeId::from_bits(u64::MAX), None);
    }

    #[test]
    fn derived_ids_are_stable() {
        let field = NodeId::derive(None, Kind::Field, "Natural Sciences", 0);
        let subject = NodeId::derive(Some(field), Kind::Subject, "Optics", 0);
        insta::assert_snapshot!(format!("{field} {subject}"), @"fld_fxdkx9g5c3 sub_sxvrcv1wvy");
    }

    #[test]
    fn stamped_ids_sort_by_time() {
        let early = EventId::new(1_000, u32::MAX);
        let late = EventId::new(1_001, 0);
        assert!(early < late && early.next() <= late && early.to_string() < late.to_string());
        assert_eq!(late.milliseconds(), 1_001);
        assert_eq!(late.to_string().parse(), Ok(late));
    }

    #[test]
    fn what_is_no_id_says_what_one_looks_like() {
        for text in ["", "sub_", "sub_7h2kq0m9xal", "sub_7H2KQ0M9XA", "xyz_7h2kq0m9xa", "sub_7h2kq0m9i\u{1b}"] {
            let error = text.parse::<NodeId>().expect_err(text).to_string();
            assert!(error.contains("ten of 0-9") && !error.contains('\u{1b}'), "{error}");
        }
    }
}
