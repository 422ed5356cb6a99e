//! `homework:` of `provost.yaml` beyond numbers: which types of question, in which languages, and how
//! many for which branch or level.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What sort of question is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QuestionType {
    /// A free question with a free answer: the paper's only type.
    #[default]
    Open,
    /// Four options, of which exactly one is right.
    MultipleChoice,
    /// A problem whose answer is a number.
    Calculation,
    /// A problem whose answer is a program.
    Coding,
}

impl QuestionType {
    /// In the order of the settings.
    pub const ALL: [Self; 4] = [Self::Open, Self::MultipleChoice, Self::Calculation, Self::Coding];

    /// The word in files and records.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::MultipleChoice => "multiple-choice",
            Self::Calculation => "calculation",
            Self::Coding => "coding",
        }
    }

    /// Whether it is the paper's type; records do not say it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        *self == Self::Open
    }
}

impl fmt::Display for QuestionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What is chosen between, each with its weight; 0 leaves it out.
pub type Mix<T> = BTreeMap<T, u32>;

/// A weight of a branch or level, from 0 to 1,000, in thousandths. 1 is what others have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Weight(u32);

impl Weight {
    /// What everything has that nobody gave a weight.
    pub const ONE: Self = Self(1_000);

    /// In thousandths.
    #[must_use]
    pub fn thousandths(self) -> u64 {
        u64::from(self.0)
    }

    /// The product of two.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        let product = (self.thousandths() * other.thousandths() + 500) / 1_000;
        Self(u32::try_from(product.min(Self::MOST)).unwrap_or(u32::MAX))
    }

    const MOST: u64 = 1_000_000;

    fn of(number: f64) -> Option<Self> {
        let fits = number.is_finite() && (0.0..=1_000.0).contains(&number);
        fits.then(|| Self((number * 1_000.0).round() as u32))
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&(f64::from(self.0) / 1_000.0), f)
    }
}

/// A text or number that is no weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a weight is a number from 0 to 1000, such as 2 or 0.5; 1 is what others have")]
pub struct InvalidWeight;

impl FromStr for Weight {
    type Err = InvalidWeight;

    fn from_str(text: &str) -> Result<Self, InvalidWeight> {
        text.trim().parse().ok().and_then(Self::of).ok_or(InvalidWeight)
    }
}

impl Serialize for Weight {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_multiple_of(1_000) {
            serializer.serialize_u32(self.0 / 1_000)
        } else {
            serializer.serialize_f64(f64::from(self.0) / 1_000.0)
        }
    }
}

impl<'de> Deserialize<'de> for Weight {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer).map_err(|_| serde::de::Error::custom(InvalidWeight))?;
        Self::of(number).ok_or_else(|| serde::de::Error::custom(InvalidWeight))
    }
}

/// One rule of `weights:`. It holds for subjects that are at or below the node and have the level;
/// what is absent holds for all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightRule {
    /// An id, or a path of slugs from the root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// A level as subjects write it, or a range of numbers: `100`, `100-299`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// The weight.
    pub weight: Weight,
}

impl WeightRule {
    /// Whether a subject of this level is meant.
    #[must_use]
    pub fn has_level(&self, level: &str) -> bool {
        let Some(wanted) = self.level.as_deref().map(str::trim) else { return true };
        let range = wanted.split_once('-').and_then(|(from, to)| {
            Some((from.trim().parse::<u32>().ok()?, to.trim().parse::<u32>().ok()?, level.trim().parse::<u32>().ok()?))
        });
        match range {
            Some((from, to, level)) => (from..=to).contains(&level),
            None => wanted.eq_ignore_ascii_case(level.trim()),
        }
    }
}

/// One rule of `quotas:`: the subjects at or below the node get this many items together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuotaRule {
    /// An id, or a path of slugs from the root.
    pub node: String,
    /// Items.
    pub count: u64,
}

/// One rule of `branches:`: other types or languages for the subjects at or below a node. The nearest
/// rule above a subject holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BranchRule {
    /// An id, or a path of slugs from the root.
    pub node: String,
    /// The types there; absent: as everywhere.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub types: Mix<QuestionType>,
    /// The languages there; absent: as everywhere.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub languages: Mix<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_read_strictly_and_written_shortly() {
        for (text, thousandths, written) in
            [("2", 2_000, "2"), ("0.5", 500, "0.5"), (" .125 ", 125, "0.125"), ("0", 0, "0")]
        {
            let weight: Weight = text.parse().unwrap();
            assert_eq!((weight.thousandths(), weight.to_string().as_str()), (thousandths, written));
            assert_eq!(serde_json::to_string(&weight).unwrap(), written);
        }
        for bad in ["-1", "NaN", "inf", "1001", "two", ""] {
            assert_eq!(bad.parse::<Weight>(), Err(InvalidWeight), "{bad}");
        }
        assert_eq!(Weight::ONE.times(Weight(2_500)), Weight(2_500));
        assert_eq!(Weight(1_000_000).times(Weight(1_000_000)), Weight(1_000_000));
    }

    #[test]
    fn a_level_is_one_or_a_range() {
        let rule = |level: &str| WeightRule { node: None, level: Some(level.to_owned()), weight: Weight::ONE };
        assert!(rule("100").has_level("100") && !rule("100").has_level("1000"));
        assert!(rule("100-299").has_level("250") && !rule("100-299").has_level("300"));
        assert!(rule("Graduate").has_level("graduate") && !rule("100-299").has_level("graduate"));
        assert!(rule("post-graduate").has_level("Post-Graduate"));
    }
}
