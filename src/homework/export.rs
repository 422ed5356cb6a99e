//! A dataset from what was generated: only whole items without fault, each once, and only where
//! the subject is still approved with the syllabus that the item was made from.
//!
//! The first reading of the segments keeps 32 bytes for each item, the second writes the items in
//! the order of their ids: a shuffled order, and the same for the same items wherever they were made.

mod formats;

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Deserialize;

use super::atomic::AtomicFile;
use super::item::ItemId;
use super::record::{Record, Status};
use super::run::{NoSuchRun, RunId, run_ids};
use super::segment::{StorageError, is_whole, list, read};
use crate::taxonomy::{Kind, NodeId, Snapshot, Untrusted};

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

/// What was exported and what was left out, in items.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exported {
    /// Items in the file.
    pub written: u64,
    /// Items whose subject is no longer approved, or has another syllabus now.
    pub stale: u64,
    /// Items that never came out whole and without fault.
    pub failed: u64,
    /// Further records of items that are in the file.
    pub duplicates: u64,
    /// Lines of segments that could not be read.
    pub damaged: u64,
}

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// There is no such run.
    #[error(transparent)]
    NoSuchRun(#[from] NoSuchRun),
    /// The disk.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Writes the items of all runs, or of one, to `out`. The file appears whole or not at all; where
/// there is no item, what is at `out` stays.
///
/// # Errors
/// When the run does not exist, a segment cannot be read, or the file cannot be written.
pub fn export(
    snapshot: &Snapshot,
    runs: &Path,
    run: Option<&RunId>,
    format: Format,
    out: &Path,
) -> Result<Exported, ExportError> {
    let mut wanted = run_ids(runs)?;
    if let Some(run) = run {
        wanted.retain(|found| found == run);
        if wanted.is_empty() {
            return Err(NoSuchRun(run.clone()).into());
        }
    }
    let subjects = approved(snapshot);
    let mut index = Index::default();
    for run in wanted {
        for segment in list(&runs.join(run.as_str()).join("segments"))? {
            index.add(run.clone(), segment, &subjects)?;
        }
    }
    let exported = index.settle();
    if index.found.is_empty() {
        // An empty file would take the place of the dataset that is there.
        return Ok(exported);
    }
    let error = |error| StorageError::at(out, "the dataset cannot be written")(error);
    let file = AtomicFile::create(out)?;
    let mut writer = formats::Writer::new(format, file).map_err(error)?;
    let mut files = HashMap::new();
    for found in &index.found {
        let (run, segment) = &index.segments[found.segment as usize];
        let record = fetch(&mut files, found, segment)?;
        let Some(subject) = record.subject().and_then(|subject| subjects.get(&subject)) else { continue };
        writer.write(run, subject, &record).map_err(error)?;
    }
    writer.finish().map_err(error)?.finish()?;
    Ok(exported)
}

/// A subject that is approved now.
struct Approved {
    syllabus: String,
    names: Vec<Untrusted>,
    lineage: Vec<NodeId>,
    level: Untrusted,
}

fn approved(snapshot: &Snapshot) -> HashMap<NodeId, Approved> {
    let subjects = snapshot.tree.entries().map(|entry| &entry.node).filter(|node| node.kind == Kind::Subject);
    let eligible = subjects.filter(|node| snapshot.ineligible(node).is_none());
    let approved = eligible.filter_map(|node| {
        let approved = Approved {
            syllabus: node.syllabus.as_ref()?.hash(),
            names: snapshot.names(node.id),
            lineage: snapshot.tree.lineage(node.id),
            level: node.facts.level.clone().unwrap_or_default(),
        };
        Some((node.id, approved))
    });
    approved.collect()
}

/// Where the records of items are.
#[derive(Default)]
struct Index {
    segments: Vec<(RunId, PathBuf)>,
    /// Of every item that goes out.
    found: Vec<Found>,
    stale: HashSet<ItemId>,
    failed: HashSet<ItemId>,
    damaged: u64,
}

#[derive(Clone, Copy)]
struct Found {
    item: ItemId,
    offset: u64,
    length: u32,
    segment: u32,
}

/// The part of a record that decides whether it goes out.
#[derive(Deserialize)]
struct Row {
    item: ItemId,
    status: Status,
    nodes: Vec<NodeId>,
    syllabus: String,
}

impl Index {
    fn add(&mut self, run: RunId, path: PathBuf, subjects: &HashMap<NodeId, Approved>) -> Result<(), StorageError> {
        let segment = self.segments.len() as u32;
        let damage = read::<StorageError>(&path, |offset, line| {
            let Ok(row) = serde_json::from_slice::<Row>(line) else {
                self.damaged += 1;
                return Ok(());
            };
            let subject = row.nodes.last().and_then(|subject| subjects.get(subject));
            if row.status != Status::Ok {
                self.failed.insert(row.item);
            } else if subject.is_none_or(|subject| subject.syllabus != row.syllabus) {
                self.stale.insert(row.item);
            } else {
                self.found.push(Found { item: row.item, offset, length: line.len() as u32, segment });
            }
            Ok(())
        })?;
        self.damaged += damage.lines;
        self.segments.push((run, path));
        Ok(())
    }

    /// Puts the items in order, keeps the first record of each, and counts.
    fn settle(&mut self) -> Exported {
        self.found.sort_by_key(|found| (found.item, found.segment, found.offset));
        let records = self.found.len();
        self.found.dedup_by_key(|found| found.item);
        let is_found = |item: &ItemId| self.found.binary_search_by_key(item, |found| found.item).is_ok();
        self.failed.retain(|item| !self.stale.contains(item) && !is_found(item));
        Exported {
            written: self.found.len() as u64,
            stale: self.stale.len() as u64,
            failed: self.failed.len() as u64,
            duplicates: (records - self.found.len()) as u64,
            damaged: self.damaged,
        }
    }
}

/// Segments that are kept open.
const OPEN_FILES: usize = 64;

fn fetch(files: &mut HashMap<u32, File>, found: &Found, path: &Path) -> Result<Record, StorageError> {
    let error = |error| StorageError::at(path, "a record cannot be read")(error);
    if files.len() >= OPEN_FILES && !files.contains_key(&found.segment) {
        files.clear();
    }
    let file = match files.entry(found.segment) {
        std::collections::hash_map::Entry::Occupied(open) => open.into_mut(),
        std::collections::hash_map::Entry::Vacant(closed) => closed.insert(File::open(path).map_err(error)?),
    };
    let mut line = vec![0; found.length as usize];
    file.seek(SeekFrom::Start(found.offset)).and_then(|_| file.read_exact(&mut line)).map_err(error)?;
    if !is_whole(&line) {
        return Err(error(io::Error::other("it changed while it was being exported")));
    }
    serde_json::from_slice(&line).map_err(|reason| error(reason.into()))
}

#[cfg(test)]
mod tests;
