//! Files of other programs become proposals. Pure: text and a snapshot in, proposals out.
//!
//! What a file says about nodes that are known already is recognised, so importing a file twice
//! proposes nothing new, and a file that is malformed anywhere proposes nothing at all.

pub mod csv;
mod levels;

pub use levels::{Levels, LevelsError};

use crate::taxonomy::id::{NodeId, ProposalId};
use crate::taxonomy::proposal::Proposed;

/// What a file comes down to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Import {
    /// What is new, parents before children.
    pub proposals: Vec<Proposed>,
    /// Proposals of earlier batches that the file names again.
    pub proposed_before: Vec<ProposalId>,
    /// Accepted nodes that the file names.
    pub accepted_before: Vec<NodeId>,
    /// Rows that name nothing that an earlier row did not.
    pub repeated: usize,
    /// Rows that were read, the header not counted.
    pub rows: usize,
    /// Rows that were left out.
    pub skipped: Vec<Skipped>,
}

/// A row that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// From 1, the header counted.
    pub line: u64,
    /// Why, as a sentence.
    pub why: String,
}
