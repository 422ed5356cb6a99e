//! Who may work on a run at once: one process on the whole of it, or one on each shard. Shards of different divisions may where
//! they have no item in common.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Outcome, RunFile, RunId, read_yaml};
use crate::homework::shard::Shard;

/// The folder of what concerns single shards.
const FOLDER: &str = "shards";

/// What of a run a process holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::homework) enum Slot {
    Whole,
    Shard(Shard),
}

impl Slot {
    /// Whether both may have the same item.
    pub fn overlaps(self, other: Self) -> bool {
        match (self, other) {
            (Self::Shard(one), Self::Shard(other)) => one.overlaps(other),
            _ => true,
        }
    }

    /// The file that is locked while it is held.
    pub fn lock(self, dir: &Path) -> PathBuf {
        match self {
            Self::Whole => dir.join("lock"),
            Self::Shard(shard) => dir.join(FOLDER).join(format!("{}.lock", shard.file_name())),
        }
    }

    /// The file that says how it ended.
    pub fn outcome(self, dir: &Path) -> PathBuf {
        match self {
            Self::Whole => dir.join("outcome.yaml"),
            Self::Shard(shard) => dir.join(FOLDER).join(format!("{}.yaml", shard.file_name())),
        }
    }
}

/// `shards/KofN.yaml`: what of a run in shards differs between the machines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    /// When the shard was first started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Timestamp>,
    /// Who started it.
    #[serde(default)]
    pub curator: String,
    /// As in `outcome.yaml`; absent while it has not come to an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// Whether a process holds a slot of a run that is meant.
pub(super) fn is_held(dir: &Path, meant: impl Fn(Slot) -> bool) -> bool {
    let shards = files(dir, "lock").into_iter().map(|(shard, path)| (Slot::Shard(shard), path));
    let held = |path: PathBuf| {
        File::open(path).is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
    };
    [(Slot::Whole, Slot::Whole.lock(dir))].into_iter().chain(shards).any(|(slot, path)| meant(slot) && held(path))
}

fn files(dir: &Path, extension: &str) -> Vec<(Shard, PathBuf)> {
    let entries = fs::read_dir(dir.join(FOLDER)).into_iter().flatten().flatten();
    let paths =
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|found| found == extension));
    let shard = |path: PathBuf| {
        let (at, of) = path.file_stem()?.to_str()?.split_once("of")?;
        Some((Shard::new(at.parse().ok()?, of.parse().ok()?).ok()?, path))
    };
    let mut found: Vec<_> = paths.filter_map(shard).collect();
    found.sort();
    found
}

fn notes(dir: &Path) -> Vec<(Shard, Note)> {
    files(dir, "yaml").into_iter().filter_map(|(shard, path)| Some((shard, read_yaml(&path)?))).collect()
}

/// The file of a run in shards, with what the first of them says.
pub(super) fn complete(runs: &Path, run: &RunId, file: RunFile) -> RunFile {
    let first =
        notes(&runs.join(run.as_str())).into_iter().filter_map(|(_, note)| Some((note.started?, note.curator))).min();
    let (started, curator) = first.unwrap_or_default();
    RunFile { started, curator, ..file }
}

/// How a run in shards ended; `None` where there are no shards. It is done once all shards of one division are; otherwise it
/// stands as the shard that ended last without being done, and an end that a shard did not come to is an interruption.
pub(super) fn outcome(dir: &Path) -> Option<Option<Outcome>> {
    let notes = notes(dir);
    let mut divisions: BTreeMap<u32, Vec<Note>> = BTreeMap::new();
    notes.into_iter().for_each(|(shard, note)| divisions.entry(shard.of()).or_default().push(note));
    let newest = divisions.values().max_by_key(|notes| notes.iter().filter_map(|note| note.started).max())?.clone();
    let is_done = |note: &Note| note.ended.as_deref() == Some("done");
    let whole = divisions.iter().filter(|(of, notes)| notes.len() == **of as usize && notes.iter().all(is_done));
    if let Some((_, notes)) = whole.max_by_key(|(_, notes)| notes.iter().filter_map(|note| note.at).max()) {
        let at = notes.iter().filter_map(|note| note.at).max().unwrap_or_default();
        return Some(Some(Outcome { ended: "done".to_owned(), at }));
    }
    let open = newest.iter().any(|note| note.ended.is_none());
    let last = newest.into_iter().filter(|note| !is_done(note)).filter_map(|note| Some((note.at?, note.ended?))).max();
    Some(last.filter(|_| !open).map(|(at, ended)| Outcome { ended, at }))
}
