//! The figures as one page of HTML: no script, nothing from elsewhere, readable without colour, in light, in dark and on paper.
//!
//! Everything comes out of [`Figures`] and the sample items; equal data give equal bytes but for the line that says when it was written.

mod costs;
mod html;
mod map;
mod page;
mod parts;
mod svg;
mod treemap;

use std::io::Write as _;
use std::path::Path;

use jiff::Timestamp;

use super::atomic::AtomicFile;
use super::dataset::{Dataset, Reader, Standing};
use super::figures::Figures;
use super::record::Record;
use super::sample::{By, sample};
use super::segment::StorageError;
use crate::taxonomy::Snapshot;

pub use costs::Costs;

/// Items that the page shows whole.
pub const SHOWN: usize = 6;

/// What a report is made of.
#[derive(Debug)]
pub struct Report<'a> {
    /// The figures.
    pub figures: &'a Figures,
    /// Some items of the training set; see [`shown`].
    pub items: &'a [Record],
    /// What it cost, where prices are known.
    pub costs: Option<&'a Costs>,
    /// When the page is written.
    pub written: Timestamp,
}

impl Report<'_> {
    /// The page.
    #[must_use]
    pub fn html(&self) -> String {
        page::page(self)
    }

    /// Writes the page; it appears whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), StorageError> {
        let mut file = AtomicFile::create(path)?;
        let written = file.write_all(self.html().as_bytes());
        written.map_err(StorageError::at(path, "the report cannot be written"))?;
        file.finish()
    }
}

/// Items of the training set that follow from a seed, of as many disciplines as there are.
///
/// # Errors
/// When a record cannot be read.
pub fn shown(snapshot: &Snapshot, dataset: &Dataset, seed: u64) -> Result<Vec<Record>, StorageError> {
    let kept = dataset.of(Standing::Kept);
    let strata = kept.filter_map(|entry| Some((entry.item, By::Discipline.stratum(snapshot, entry.subject?))));
    let chosen = sample(strata, SHOWN, seed);
    let mut reader = Reader::default();
    let entries = chosen.into_iter().filter_map(|item| dataset.entry(item));
    entries.map(|entry| reader.record(dataset, entry)).collect()
}

#[cfg(test)]
mod tests;
