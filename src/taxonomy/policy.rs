//! `policy:` of `provost.yaml`: how many curators it takes to decide.

use serde::{Deserialize, Deserializer, Serialize};

use super::node::Kind;
use super::proposal::Body;

/// How many curators it takes, and what each sees of the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Votes that one side has to be ahead by.
    pub quorum: Quorum,
    /// Whether the votes of others are hidden until one's own, where it takes more than one.
    pub blind: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self { quorum: Quorum::default(), blind: true }
    }
}

/// Votes that decide, for each kind of proposal. With 1 each curator decides alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Quorum {
    /// Fields.
    #[serde(deserialize_with = "at_least_one")]
    pub field: u32,
    /// Sub-fields.
    #[serde(deserialize_with = "at_least_one")]
    pub sub_field: u32,
    /// Disciplines.
    #[serde(deserialize_with = "at_least_one")]
    pub discipline: u32,
    /// Subjects.
    #[serde(deserialize_with = "at_least_one")]
    pub subject: u32,
    /// Syllabi.
    #[serde(deserialize_with = "at_least_one")]
    pub syllabus: u32,
}

impl Default for Quorum {
    fn default() -> Self {
        Self { field: 1, sub_field: 1, discipline: 1, subject: 1, syllabus: 1 }
    }
}

impl Quorum {
    /// How many votes a proposal takes.
    #[must_use]
    pub fn of(&self, body: &Body) -> u32 {
        match body {
            Body::Node { kind: Kind::Field, .. } => self.field,
            Body::Node { kind: Kind::SubField, .. } => self.sub_field,
            Body::Node { kind: Kind::Discipline, .. } => self.discipline,
            Body::Node { kind: Kind::Subject, .. } => self.subject,
            Body::Syllabus { .. } => self.syllabus,
        }
    }
}

fn at_least_one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer) {
        Ok(votes) if votes > 0 => Ok(votes),
        _ => Err(serde::de::Error::custom(
            "a quorum is a whole number and at least 1; with 1 each curator decides alone",
        )),
    }
}
