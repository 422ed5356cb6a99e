//! `runs/held-out.jsonl`: the items that nothing is ever trained on.
//!
//! Which items are lowest changes with every item that is added. So the choice is written down:
//! what was held out once stays out of every later training set, also of those made without asking for a slice.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Dataset, Reader, Selection, Standing, Subject, overlap};
use crate::homework::atomic::AtomicFile;
use crate::homework::checks::{Benchmarks, RUN_OF_WORDS};
use crate::homework::item::ItemId;
use crate::homework::run::turn;
use crate::homework::segment::StorageError;
use crate::taxonomy::{NodeId, Untrusted};

impl Dataset {
    /// Says which items are held out, and which others overlap with one of those.
    pub(super) fn choose_held_out(&mut self, runs: &Path, selection: &Selection) -> Result<(), StorageError> {
        let held = read(runs)?;
        if held.is_empty() && selection.held_out.is_none_or(|each| each == 0) {
            return Ok(());
        }
        let mut taken: HashMap<NodeId, u32> = HashMap::new();
        for entry in &mut self.entries {
            let subject = entry.subject.and_then(|subject| self.subjects.get(&subject));
            if let (Standing::Kept, true) = (entry.standing, held.contains(&entry.item)) {
                entry.standing = Standing::HeldOut;
                if let Some(of) = subject.and_then(Subject::discipline) {
                    *taken.entry(of).or_default() += 1;
                }
            }
        }
        let each = selection.held_out.unwrap_or(0);
        for entry in self.entries.iter_mut().filter(|entry| entry.standing == Standing::Kept && !entry.is_stale) {
            let subject = entry.subject.and_then(|subject| self.subjects.get(&subject));
            let Some(discipline) = subject.and_then(Subject::discipline) else { continue };
            let taken = taken.entry(discipline).or_default();
            if *taken < each {
                *taken += 1;
                entry.standing = Standing::HeldOut;
                self.newly_held_out.push((discipline, entry.item));
            }
        }
        self.leave_out_overlaps()
    }

    /// Leaves out of the training set what overlaps with a held-out question.
    fn leave_out_overlaps(&mut self) -> Result<(), StorageError> {
        let mut reader = Reader::default();
        let mut questions = Vec::new();
        for entry in self.of(Standing::HeldOut) {
            questions.push(reader.record(self, entry)?.question);
        }
        let held_out = Benchmarks::of("held-out", questions.iter().map(Untrusted::raw), RUN_OF_WORDS);
        let mut overlapping = Vec::new();
        for (at, entry) in self.entries.iter().enumerate() {
            if entry.standing == Standing::Kept {
                let record = reader.record(self, entry)?;
                if overlap(&held_out, record.question.raw(), record.answer.raw()).is_some() {
                    overlapping.push(at);
                }
            }
        }
        let why: Arc<str> = "held-out".into();
        for at in overlapping {
            self.entries[at].standing = Standing::Contaminated;
            self.entries[at].why = Some(Arc::clone(&why));
        }
        Ok(())
    }

    /// Makes the choice of held-out items last: they never go into a training set again.
    ///
    /// # Errors
    /// When it cannot be written down.
    pub fn hold_out(&self, runs: &Path) -> Result<(), StorageError> {
        if self.newly_held_out.is_empty() { Ok(()) } else { add(runs, &self.newly_held_out) }
    }
}

/// The name of the file.
const FILE: &str = "held-out.jsonl";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Line {
    discipline: NodeId,
    item: ItemId,
}

/// The items that were held out before.
pub(super) fn read(runs: &Path) -> Result<HashSet<ItemId>, StorageError> {
    Ok(lines(runs)?.into_iter().map(|line| line.item).collect())
}

/// Adds items to those that are held out.
pub(super) fn add(runs: &Path, items: &[(NodeId, ItemId)]) -> Result<(), StorageError> {
    let _turn = turn(runs)?;
    let mut all = lines(runs)?;
    all.extend(items.iter().map(|(discipline, item)| Line { discipline: *discipline, item: *item }));
    let path = runs.join(FILE);
    let mut file = AtomicFile::create(&path)?;
    for line in all {
        let text = serde_json::to_string(&line).map_err(io::Error::from);
        let written = text.and_then(|text| writeln!(file, "{text}"));
        written.map_err(StorageError::at(&path, "the held-out items cannot be written down"))?;
    }
    file.finish()
}

fn lines(runs: &Path) -> Result<BTreeSet<Line>, StorageError> {
    let path = runs.join(FILE);
    let error = |error| StorageError::at(&path, "the held-out items cannot be read")(error);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(other) => return Err(error(other)),
    };
    // A line that cannot be read might be one that was held out: better no export than one that trains on it.
    let lines = text.lines().enumerate().map(|(at, line)| {
        serde_json::from_str(line).map_err(|reason| error(io::Error::other(format!("line {}: {reason}", at + 1))))
    });
    lines.collect()
}
