//! `checks` in `provost.yaml`: which checks a directory leaves out, and its own limits.

use serde::{Deserialize, Deserializer, Serialize, de};

use super::super::node::Kind;
use super::table::{self, CODES};
use crate::plain;

/// What a directory says about its checks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct CheckSettings {
    /// Checks that are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub off: Vec<Code>,
    /// The most children of one parent.
    #[serde(skip_serializing_if = "Option::is_none")]
    over_wide: Option<usize>,
    /// The most characters of a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    long_name: Option<usize>,
    /// The fewest and the most class sessions.
    #[serde(skip_serializing_if = "Option::is_none")]
    session_count: Option<(usize, usize)>,
    /// The fewest and the most key concepts of a session.
    #[serde(skip_serializing_if = "Option::is_none")]
    concept_count: Option<(usize, usize)>,
}

impl CheckSettings {
    /// Whether a check is left out.
    #[must_use]
    pub fn is_off(&self, code: &str) -> bool {
        self.off.iter().any(|off| off.0 == code)
    }

    /// Whether nothing is said.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// A range that begins above its end, and its key.
    #[must_use]
    pub fn crossed(&self) -> Option<(&'static str, (usize, usize))> {
        let ranges = [("session-count", self.session_count), ("concept-count", self.concept_count)];
        ranges.into_iter().find_map(|(key, range)| Some((key, range.filter(|(fewest, most)| fewest > most)?)))
    }

    /// The most children below a node of this kind. The paper's disciplines have 125 subjects each,
    /// so a discipline may have many.
    #[must_use]
    pub fn over_wide(&self, kind: Kind) -> usize {
        self.over_wide.unwrap_or(if kind == Kind::Discipline { 200 } else { 40 })
    }

    /// The most characters of a name.
    #[must_use]
    pub fn long_name(&self) -> usize {
        self.long_name.unwrap_or(120)
    }

    /// The fewest and the most class sessions (the paper: 10 to 30).
    #[must_use]
    pub fn session_count(&self) -> (usize, usize) {
        self.session_count.unwrap_or((10, 30))
    }

    /// The fewest and the most key concepts of a session (the paper: about five).
    #[must_use]
    pub fn concept_count(&self) -> (usize, usize) {
        self.concept_count.unwrap_or((3, 8))
    }
}

/// The code of a check that there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Code(pub &'static str);

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        match table::find(&word) {
            Some(check) => Ok(Self(check.code)),
            None => Err(de::Error::custom(unknown(&word))),
        }
    }
}

/// The sentence about a word that is no code.
fn unknown(word: &str) -> String {
    match plain::closest(word, CODES.iter().copied()) {
        Some(code) => format!("there is no check `{word}`; did you mean `{code}`?"),
        None => format!("there is no check `{word}`; `provost check --list` has them all"),
    }
}
