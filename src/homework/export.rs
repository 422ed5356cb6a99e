//! A data set from what was generated: [`Dataset`] says which items, `row` what a row is, `format`
//! how it is written, and `output` where the files go.

mod card;
mod columns;
mod folder;
mod format;
mod lines;
mod manifest;
mod markdown;
mod output;
mod parquet;
mod parts;
mod row;
pub mod table;
mod tally;
mod target;
mod training;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use super::dataset::{Dataset, Reader, Selection, Standing};
use super::run::{ReadError, RunId, read_run};
use super::segment::StorageError;
use crate::taxonomy::Snapshot;

pub use columns::{COLUMNS, Cell, Column, PAIR, Type};
pub use folder::{FolderError, MANIFEST, check as check_folder};
pub use format::Format;
pub use manifest::{Manifest, RunNote};
pub use output::Placed;
pub use parts::{Limit, Split};
pub use target::{FileNote, Target};

use output::Output;
use row::Row;
use tally::Tally;

/// What was exported and what was left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exported {
    /// Items for training.
    pub written: u64,
    /// Items in files of their own, for evaluation.
    pub held_out: u64,
    /// Items in no file, by what became of them.
    pub left_out: BTreeMap<Standing, u64>,
    /// Further records of items that are for training.
    pub repeats: u64,
    /// Lines of segments that could not be read.
    pub damaged: u64,
    /// The files.
    pub placed: Placed,
}

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The items cannot be read.
    #[error(transparent)]
    Dataset(#[from] ReadError),
    /// The folder cannot take it.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The disk.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// Which items. The held-out slice is written where it says how large that is.
    pub selection: &'a Selection,
    /// What they look like.
    pub format: Format,
    /// Where they go.
    pub target: &'a Target,
    /// When a new file is begun.
    pub limit: Limit,
    /// Under which licence the data is given away, for the card of a folder.
    pub license: Option<&'a str>,
}

/// Writes the items that are kept, and those that are held out where the selection asks for such
/// a slice. The files appear whole or not at all; where there is no item, what was there stays.
///
/// # Errors
/// When the run does not exist, a segment cannot be read, or the files cannot be written.
pub fn export(snapshot: &Snapshot, runs: &Path, request: &Request<'_>) -> Result<Exported, ExportError> {
    let dataset = Dataset::read(snapshot, runs, request.selection)?;
    let mut left_out = dataset.counts();
    let written = left_out.remove(&Standing::Kept).unwrap_or(0);
    let with_held_out = request.selection.held_out.is_some();
    let held_out = if with_held_out { left_out.remove(&Standing::HeldOut).unwrap_or(0) } else { 0 };
    let repeats = dataset.of(Standing::Kept).map(|entry| u64::from(entry.others)).sum();
    let exported =
        Exported { written, held_out, left_out, repeats, damaged: dataset.damaged, placed: Placed::default() };
    if written == 0 {
        // An empty file would take the place of the dataset that is there.
        return Ok(exported);
    }
    let mut output = Output::open(request.target, request.format, request.limit)?;
    // A record says its language where that is not the one of the recipe.
    let (ours, mut languages) = (snapshot.manifest.language.raw().to_owned(), HashMap::new());
    let (mut reader, mut tally) = (Reader::default(), Tally::default());
    for entry in dataset.entries() {
        let split = match entry.standing {
            Standing::Kept => Split::Train,
            Standing::HeldOut if with_held_out => Split::HeldOut,
            _ => continue,
        };
        let record = reader.record(&dataset, entry)?;
        let subject = dataset.subject_of(entry, &record);
        let run = dataset.run(entry);
        if !languages.contains_key(run) {
            let recipe = read_run(runs, run)?.map(|file| file.recipe);
            languages.insert(run.clone(), recipe.map_or_else(|| ours.clone(), |recipe| recipe.language));
        }
        let language = record.language.as_ref().or(languages.get(run)).unwrap_or(&ours);
        let row = Row { run, subject: &subject, record: &record, language, stale: entry.is_stale };
        output.write(split, &row)?;
        tally.add(split, &row);
    }
    let written = output.finish()?;
    // What is held out is known to be before anybody can train on the rest.
    dataset.hold_out(runs)?;
    let placed = written.place(|placed| {
        let file = |run: &RunId| read_run(runs, run).ok().flatten();
        let mut manifest = Manifest::of(request.format, placed);
        manifest.left_out =
            exported.left_out.iter().map(|(standing, number)| (standing.code().to_owned(), *number)).collect();
        manifest.runs = tally.runs(|run| file(run).map(|file| file.plan_hash));
        let mut texts = training::texts(request.format, exported.written, exported.held_out);
        let facts = card::Facts {
            snapshot,
            request,
            exported: &exported,
            reasons: reasons(&dataset),
            tally: &tally,
            manifest: &manifest,
            files: tally.runs.keys().map(|(run, ..)| (run, file(run))).collect(),
            has_training: !texts.is_empty(),
        };
        texts.push(facts.card());
        (texts, manifest)
    })?;
    Ok(Exported { placed, ..exported })
}

/// Why items are in no file.
fn reasons(dataset: &Dataset) -> BTreeMap<(Standing, String), u64> {
    let mut reasons = BTreeMap::new();
    for entry in dataset.entries() {
        let Some(cause) = entry.cause() else { continue };
        *reasons.entry((entry.standing, cause.to_owned())).or_default() += 1;
    }
    reasons
}

#[cfg(test)]
mod tests;
