//! Files of other programs become proposals. Pure: text and a snapshot in, proposals out.
//!
//! Each format is read into a forest of [`forest::Item`]s, and [`forest::plant`] turns that into
//! proposals. What a file says about nodes that are known already is recognised, so importing a
//! file twice proposes nothing new; a file that is malformed anywhere proposes nothing at all; and
//! whatever does not come along is said in a [`Remark`].

pub mod csv;
pub mod folders;
pub mod forest;
mod known;
mod levels;
pub mod outline;
pub mod skos;
mod table;

pub use levels::{Levels, LevelsError};

use crate::taxonomy::id::{NodeId, ProposalId};
use crate::taxonomy::node::Deprecation;
use crate::taxonomy::proposal::Proposed;

/// Largest file that is read.
pub const MAX_BYTES: usize = 64 << 20;

/// What a file comes down to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Import {
    /// What is new, parents before children.
    pub proposals: Vec<Proposed>,
    /// Proposals of earlier batches that the file names again.
    pub proposed_before: Vec<ProposalId>,
    /// Accepted nodes that the file names.
    pub accepted_before: Vec<NodeId>,
    /// Which of the new ones the file calls deprecated. Empty where that was not asked for.
    pub deprecated: Vec<(NodeId, Deprecation)>,
    /// Entries that name nothing that an earlier one did not.
    pub repeated: usize,
    /// Entries that were read.
    pub read: usize,
    /// What was left out or changed on the way, and why.
    pub remarks: Vec<Remark>,
}

/// Something that did not come along as the file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// What such remarks have in common: the heading over them.
    pub rule: Rule,
    /// Where: `line 3`, a file, an IRI. May be empty.
    pub at: String,
    /// What it is about, and what became of it.
    pub what: String,
    /// How many things the remark is about; 1 but for tallies.
    pub number: usize,
}

/// The rules by which a file is bent into a taxonomy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// The entry cannot hang where it is.
    Misfit,
    /// The entry is below something that was left out.
    Below,
    /// The file calls it deprecated, and only proposals were asked for.
    Deprecated,
    /// It has no name.
    Nameless,
    /// It is deeper than there are kinds, and cannot become a subtopic.
    TooDeep,
    /// A file of a folder tree that cannot be read.
    Unreadable,
    /// It is deeper than there are kinds, and became a subtopic of its subject.
    Subtopic,
    /// It is deeper than there are kinds, and hangs beside the node above it.
    Lifted,
    /// Its level was left out on request; its children hang one level higher.
    Level,
    /// It has the name of a sibling.
    Twin,
    /// It has several parents; the first by the rule became its parent.
    Parents,
    /// It is its own ancestor; one link was cut.
    Cycle,
    /// Its parent is not in the file.
    Dangling,
    /// It has no label in the language of the taxonomy.
    Language,
    /// Labels in other languages, which stay with the proposal.
    Labels,
    /// Statements that have no place here.
    Statements,
    /// Other things of the file that have no place here.
    Other,
}

impl Rule {
    /// The words before the remarks, in the order they are listed.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Rule::Misfit => "left out, does not fit there",
            Rule::Below => "left out with what is above",
            Rule::Deprecated => "left out, deprecated (--accept brings them in as deprecated nodes)",
            Rule::Nameless => "left out, without a name",
            Rule::TooDeep => "left out, too deep",
            Rule::Unreadable => "left out, cannot be read",
            Rule::Subtopic => "deeper than the kinds: now a subtopic of the subject above, by name alone",
            Rule::Lifted => "deeper than the kinds: now beside the node above",
            Rule::Level => "of a level that was left out: what is below hangs one level higher",
            Rule::Twin => "with the name of a sibling: one node now",
            Rule::Parents => {
                "with several parents: the one nearest to the root counts, the others stay with the proposal"
            }
            Rule::Cycle => "in a circle: one link was cut",
            Rule::Dangling => "with a parent that is not in the file: at the top now",
            Rule::Language => "without a label in the language of the taxonomy",
            Rule::Labels => "in other languages: they stay with the proposal",
            Rule::Statements => "statements without a place here",
            Rule::Other => "of other kinds, not read",
        }
    }

    /// Whether what the remark is about is in no proposal.
    #[must_use]
    pub fn leaves_out(self) -> bool {
        self <= Rule::Unreadable
    }
}

impl Remark {
    /// A remark about one thing.
    #[must_use]
    pub fn new(rule: Rule, at: impl Into<String>, what: impl Into<String>) -> Self {
        Self { rule, at: at.into(), what: what.into(), number: 1 }
    }

    /// A remark about several things.
    #[must_use]
    pub fn tally(rule: Rule, number: usize, what: impl Into<String>) -> Self {
        Self { rule, at: String::new(), what: what.into(), number }
    }
}

/// Why a file cannot be read; nothing of it was taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ImportError {
    /// From 1.
    pub line: Option<u64>,
    /// In characters, from 1.
    pub column: Option<u64>,
    /// A sentence.
    pub message: String,
}

impl ImportError {
    /// An error of the whole file.
    #[must_use]
    pub fn whole(message: impl Into<String>) -> Self {
        Self { line: None, column: None, message: message.into() }
    }

    /// An error at a line and a column, both from 1.
    #[must_use]
    pub fn at(line: u64, column: u64, message: impl Into<String>) -> Self {
        Self { line: Some(line), column: Some(column), message: message.into() }
    }

    /// An error at a byte of a text.
    #[must_use]
    pub fn at_byte(bytes: &[u8], at: usize, message: impl Into<String>) -> Self {
        let before = &bytes[..at.min(bytes.len())];
        let line = before.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        let column = String::from_utf8_lossy(&before[start..]).chars().count() as u64 + 1;
        Self::at(line, column, message)
    }

    /// `:3:14` for after the file's name, or nothing.
    #[must_use]
    pub fn position(&self) -> String {
        [self.line, self.column].into_iter().flatten().map(|number| format!(":{number}")).collect()
    }
}

/// The text of a file, without a byte order mark.
///
/// # Errors
/// It is too large, or no UTF-8.
pub fn text(bytes: &[u8]) -> Result<&str, ImportError> {
    if bytes.len() > MAX_BYTES {
        return Err(ImportError::whole(format!("The file is larger than {} MiB.", MAX_BYTES >> 20)));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        ImportError::at_byte(bytes, error.valid_up_to(), "The file is not UTF-8 text; save it as UTF-8.")
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}
