//! Batches: the second door to a model. Requests leave in files, results come back in files, at half the price and in
//! their own time, and an item is made by the same halves (`homework::make`) and is the same record as a live one.
//!
//! [`export()`] writes the requests of what is still open, [`import()`] takes results in any order. An item goes through
//! its [`Stage`]s one batch after the other; what stands between two of them waits in the `journal`.
//! [`Dialect`] holds as data how providers differ.

pub mod dialect;
mod discount;
mod drive;
mod export;
pub mod id;
mod import;
mod items;
mod journal;
pub mod log;
mod part;
mod request;
pub mod result;
mod stage;

pub use dialect::{DIALECTS, Dialect, State, Transport};
pub use discount::discount;
pub use drive::{Drive, Sending, Told, Trip, Until};
pub use export::{ExportJob, Exported, export, request_of, run_for};
pub use id::CustomId;
pub use import::{ImportJob, Imported, Unreadable, import, run_of};
pub use log::{Log, Part};
pub use part::RequestFile;
pub use stage::Stage;

use super::run::{NoSuchRun, RunId, StartError};
use super::segment::StorageError;

/// Why requests cannot be written or results not be taken.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// The run's folder.
    #[error(transparent)]
    Start(#[from] StartError),
    /// There is no such run.
    #[error(transparent)]
    NoSuchRun(#[from] NoSuchRun),
    /// The disk.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A request cannot be written.
    #[error("{0}")]
    Request(String),
    /// The run was made from something else.
    #[error("{0}")]
    Mismatch(String),
    /// What lies in the files cannot be told.
    #[error("{0}")]
    Unusable(String),
    /// The run is of a later version, or its file is damaged.
    #[error("runs/{0}/run.yaml cannot be read, so nobody knows what the requests were made from.")]
    NoRunFile(RunId),
}

#[cfg(test)]
mod tests;
