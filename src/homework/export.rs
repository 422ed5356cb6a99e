//! A dataset from what was generated: [`Dataset`] says which items, [`formats`] what a row looks like.

mod formats;

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use super::atomic::AtomicFile;
use super::dataset::{Dataset, DatasetError, Reader, Selection, Standing};
use super::segment::StorageError;
use crate::taxonomy::Snapshot;

/// What a dataset looks like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// JSON lines of `messages`, as OpenAI and TRL take them, with `meta`.
    #[default]
    Messages,
    /// JSON lines of `conversations`, as ShareGPT has them, with `meta`.
    ShareGpt,
    /// JSON lines of `instruction`, `input`, `output`, as Alpaca has them, with `meta`.
    Alpaca,
    /// A table for spreadsheets; no cell is taken for a formula.
    Csv,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "messages" => Ok(Self::Messages),
            "sharegpt" => Ok(Self::ShareGpt),
            "alpaca" => Ok(Self::Alpaca),
            "csv" => Ok(Self::Csv),
            _ => Err("a format is one of messages, sharegpt, alpaca, csv".to_owned()),
        }
    }
}

/// What was exported and what was left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exported {
    /// Items in the file.
    pub written: u64,
    /// Items that are not, by what became of them.
    pub left_out: BTreeMap<Standing, u64>,
    /// Further records of items that are in the file.
    pub repeats: u64,
    /// Lines of segments that could not be read.
    pub damaged: u64,
}

/// Writes the items that are kept to `out`. The file appears whole or not at all; where
/// there is no item, what is at `out` stays.
///
/// # Errors
/// When the run does not exist, a segment cannot be read, or the file cannot be written.
pub fn export(
    snapshot: &Snapshot,
    runs: &Path,
    selection: &Selection,
    format: Format,
    out: &Path,
) -> Result<Exported, DatasetError> {
    let dataset = Dataset::read(snapshot, runs, selection)?;
    let mut left_out = dataset.counts();
    let written = left_out.remove(&Standing::Kept).unwrap_or(0);
    let repeats = dataset.of(Standing::Kept).map(|entry| u64::from(entry.others)).sum();
    let exported = Exported { written, left_out, repeats, damaged: dataset.damaged };
    if written == 0 {
        // An empty file would take the place of the dataset that is there.
        return Ok(exported);
    }
    let error = |error| StorageError::at(out, "the dataset cannot be written")(error);
    let file = AtomicFile::create(out)?;
    let mut writer = formats::Writer::new(format, file).map_err(error)?;
    let mut reader = Reader::default();
    for entry in dataset.of(Standing::Kept) {
        let record = reader.record(&dataset, entry)?;
        writer.write(dataset.run(entry), &dataset.subject_of(entry, &record), &record).map_err(error)?;
    }
    let file = writer.finish().map_err(error)?;
    dataset.hold_out(runs)?;
    file.finish()?;
    Ok(exported)
}

#[cfg(test)]
mod tests;
