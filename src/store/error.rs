//! What can go wrong with a taxonomy directory, in sentences.

use std::io;
use std::path::Path;

use crate::taxonomy::op::Refusal;
use crate::taxonomy::snapshot::Problem;
use crate::taxonomy::text::reveal_line;

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The op does not apply to what is there. Nothing was changed.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// A file on disk is not what was read: somebody else changed it. Nothing was changed.
    #[error("{path} was changed on disk outside provost, and the decision was not made.")]
    Conflict {
        /// Relative to the taxonomy directory.
        path: String,
    },
    /// Another instance writes, or the directory was opened for reading.
    #[error("The taxonomy directory is open for reading only: {0}.")]
    ReadOnly(String),
    /// A file cannot be used.
    #[error("{0}")]
    File(Problem),
    /// There is no taxonomy directory.
    #[error("{0} is not a taxonomy directory: it has no provost.yaml.")]
    NotATaxonomy(String),
    /// There is one already, or something else is in the way.
    #[error("{0}")]
    InTheWay(String),
    /// The decision is in the log, but its file could not be written.
    #[error(
        "The decision is recorded, but {path} could not be written: {source}. It is completed as soon as that works."
    )]
    Incomplete {
        /// The file or folder.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The system refused.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The thread that owns the store has ended.
    #[error("The store has stopped.")]
    Stopped,
}

impl StoreError {
    /// An I/O error with its path.
    pub(super) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: reveal_line(&path.display().to_string()).into_owned(), source }
    }

    /// The same, for a decision that is in the log already.
    pub(super) fn after_the_record(self) -> Self {
        match self {
            Self::Io { path, source } | Self::Incomplete { path, source } => Self::Incomplete { path, source },
            Self::Conflict { path } => {
                Self::Incomplete { path, source: io::Error::other("it was changed outside provost meanwhile") }
            }
            other => Self::Incomplete { path: "its file".to_owned(), source: io::Error::other(other.to_string()) },
        }
    }

    /// What to do next, where that helps.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Refused(refusal) => refusal.hint.clone(),
            Self::Conflict { .. } => Some("look at the file as it is now, then decide again".to_owned()),
            Self::ReadOnly(_) => Some("close the other instance, or use another clone".to_owned()),
            Self::NotATaxonomy(_) => Some("`provost init DIR` makes one; -C DIR names another folder".to_owned()),
            Self::Incomplete { .. } => Some("free some space or mend the permissions".to_owned()),
            Self::File(_) | Self::InTheWay(_) | Self::Io { .. } | Self::Stopped => None,
        }
    }
}
