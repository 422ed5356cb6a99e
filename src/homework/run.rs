//! The folder of a run: `run.yaml`, written before anything is asked; `segments/`; `outcome.yaml`,
//! written when it ends; `lock`, held while it runs; while there are some, the items that are half made (`half_made`).
//!
//! Shards of one plan share a folder whose name and whose `run.yaml` follow from the plan alone, so they are the same on every
//! machine; outcome and lock are one file a shard, in `shards/`. Folders of several machines are merged by copying.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::SystemTime;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::atomic::{AtomicFile, clean};
use super::plan::{Plan, PlanRequest};
use super::recipe::Recipe;
use super::segment::{self, StorageError, Torn, repair, sync_folder};
use super::shard::Shard;
use crate::disk::{self, folder_of};
use crate::taxonomy::id::hash_bits;

use slot::{Note, Slot};

/// The name of a run: when it was started (UTC), or `shards`, and what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId(String);

impl RunId {
    /// The name, which is also the folder's.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A string that cannot name a run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a run's name has 1 to 64 of A-Z, a-z, 0-9, _ and -; `provost runs` lists them")]
pub struct InvalidRunId;

impl FromStr for RunId {
    type Err = InvalidRunId;

    fn from_str(text: &str) -> Result<Self, InvalidRunId> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        let valid = (1..=64).contains(&text.len()) && text.bytes().all(allowed);
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidRunId) }
    }
}

impl TryFrom<String> for RunId {
    type Error = InvalidRunId;

    fn try_from(text: String) -> Result<Self, InvalidRunId> {
        text.parse()
    }
}

impl From<RunId> for String {
    fn from(run: RunId) -> Self {
        run.0
    }
}

/// `run.yaml`: what was asked for, by whom, and from what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunFile {
    /// When it was first started. Of a run in shards the file does not say it, but the shards do.
    #[serde(default, skip_serializing_if = "is_unknown")]
    pub started: Timestamp,
    /// Who started it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub curator: String,
    /// Nodes, amount, seed.
    pub request: PlanRequest,
    /// Prompts, models, parameters.
    pub recipe: Recipe,
    /// Content hash of the recipe.
    pub recipe_hash: String,
    /// Content hash of what the plan was made from: recipe, seed, subjects, syllabi, quotas.
    pub plan_hash: String,
    /// Items of the plan at the start.
    pub items: u64,
    /// Whether it is made in shards.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sharded: bool,
}

fn is_unknown(time: &Timestamp) -> bool {
    *time == Timestamp::UNIX_EPOCH
}

impl RunFile {
    /// What a run of `plan` says about itself.
    #[must_use]
    pub fn of(plan: &Plan, curator: &str) -> Self {
        Self {
            started: Timestamp::now(),
            curator: curator.to_owned(),
            request: plan.request.clone(),
            recipe: plan.recipe.clone(),
            recipe_hash: plan.recipe_hash.clone(),
            plan_hash: plan.fingerprint(),
            items: plan.whole(),
            sharded: plan.shard.is_some(),
        }
    }

    /// As it is written: what would differ between the machines of a run in shards is left out.
    fn written(&self) -> Self {
        let file = self.clone();
        if self.sharded { Self { started: Timestamp::UNIX_EPOCH, curator: String::new(), ..file } } else { file }
    }

    /// The name of the folder that the shards of a plan share.
    fn shared_name(&self) -> String {
        let plan = self.plan_hash.get(..8).unwrap_or(&self.plan_hash);
        format!("shards-{}-{plan}", self.key())
    }

    /// Equal for equal requests with equal recipes: 8 digits.
    pub(super) fn key(&self) -> String {
        let mut nodes: Vec<String> = self.request.nodes.iter().map(ToString::to_string).collect();
        nodes.sort();
        nodes.dedup();
        let request = format!("{} {:?} {}", nodes.join(" "), self.request.amount, self.request.seed);
        let mut parts = vec![request.as_str(), &self.recipe_hash];
        let shares = format!("{:?}", self.request.shares);
        if !self.request.shares.is_empty() {
            parts.push(&shares);
        }
        format!("{:08x}", hash_bits("provost 2026 run v1", &parts, 32))
    }
}

/// `outcome.yaml`: how the run ended the last time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// `done`, `stopped`, `aborted`, `rate-or-quota`, `unreachable`, `config`, `storage` or `budget`.
    pub ended: String,
    /// When.
    pub at: Timestamp,
}

impl Outcome {
    /// Whether every item was tried.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.ended == "done"
    }
}

/// There is no such run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("There is no run {0}. `provost runs` lists them.")]
pub struct NoSuchRun(pub RunId);

/// Why runs cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no such run.
    #[error(transparent)]
    NoSuchRun(#[from] NoSuchRun),
    /// The disk.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Why a run cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No item is planned.
    #[error(
        "There is nothing to generate: no subject that was asked for is eligible. `provost plan` says why for each."
    )]
    Empty,
    /// Somebody is at it.
    #[error("The run {0} is being worked on by another process. Wait for it, or stop it.")]
    Busy(RunId),
    /// Somebody makes the same items in another run.
    #[error(
        "Another process is making some of these items, in the run {0}. Wait for it, or stop it: then the same command makes \
         what is left, and no item twice."
    )]
    Overlaps(RunId),
    /// A cap in dollars, and somebody's price is not known.
    #[error(
        "A cap in dollars cannot be kept, because the price of {0} is not known. Write it into your config, \
         `prices:` by model (`provost config path` names the file), or cap tokens or items."
    )]
    Unpriced(String),
    /// The disk.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// The folder of a run, held by this process until it is dropped.
#[derive(Debug)]
pub(super) struct RunFolder {
    pub run: RunId,
    pub dir: PathBuf,
    slot: Slot,
    /// Whether it is only asked again for some items of it.
    again: bool,
    pub torn: Vec<Torn>,
    /// The run is free once every handle is closed, also when the process is killed.
    pub lock: Arc<File>,
}

impl RunFolder {
    /// The folder for `file`: that of an equal run which is unfinished, or, when nothing is left
    /// to do, of any equal run; a new one otherwise. `is_left` is asked once the equal run, where
    /// there is one, is held, nobody makes an item of `plan` in another run, and so what is done can change no more. A plan that
    /// is made in shards has one folder; who asks for the whole of it goes on there as the only shard.
    pub fn open(
        runs: &Path,
        file: &RunFile,
        plan: &Plan,
        is_left: impl FnOnce() -> Result<bool, StorageError>,
    ) -> Result<Self, StartError> {
        let shared = runs.join(file.shared_name()).join("run.yaml").is_file();
        if let Some(shard) = plan.shard.or(if shared { Shard::new(0, 1).ok() } else { None }) {
            let folder = Self::shared(runs, file, plan, shard)?;
            is_left()?;
            return Ok(folder);
        }
        let key = file.key();
        let equal =
            |run: &&RunId| read_run(runs, run).ok().flatten().is_some_and(|found| found.key() == key && !found.sharded);
        // Until the run itself is held nobody else may look: two who start the same at once
        // would both find nothing and pay twice.
        let _turn = turn(runs)?;
        clear_begun(runs)?;
        let finished = |run: &RunId| read_outcome(runs, run).is_some_and(|outcome| outcome.is_done());
        let mut newest: Vec<RunId> = run_ids(runs)?.iter().filter(equal).cloned().collect();
        // An unfinished one is the one to go on with, whatever the clock said when it began.
        newest.sort_by_key(|run| !finished(run));
        let held = newest.pop().map(|run| Self::lock(runs, run, Slot::Whole)).transpose()?;
        rivals::none(runs, plan, held.as_ref().map(|folder| &folder.run))?;
        let is_left = is_left()?;
        match held {
            Some(folder) if !is_left || !finished(&folder.run) => Ok(folder),
            held => {
                let torn = held.map(|folder| folder.torn).unwrap_or_default();
                Ok(Self { torn, ..Self::lock(runs, Self::create(runs, file, &key)?, Slot::Whole)? })
            }
        }
    }

    /// The folder of a run that is there, whatever became of it: the whole of it, also of one in shards, so that no shard of any
    /// division is at it.
    pub fn reopen(runs: &Path, run: &RunId) -> Result<Self, StartError> {
        let _turn = turn(runs)?;
        Self::whole(runs, run)
    }

    /// The same, to ask again for the items of `plan`, which are some of the run's. How it ended is not noted anew.
    pub fn again(runs: &Path, run: &RunId, plan: &Plan) -> Result<Self, StartError> {
        let _turn = turn(runs)?;
        let folder = Self::whole(runs, run)?;
        rivals::none(runs, plan, Some(run))?;
        Ok(Self { again: true, ..folder })
    }

    fn whole(runs: &Path, run: &RunId) -> Result<Self, StartError> {
        let sharded = read_run(runs, run)?.is_some_and(|file| file.sharded);
        let slot = if sharded { Shard::new(0, 1).ok().map(Slot::Shard) } else { None };
        Self::lock(runs, run.clone(), slot.unwrap_or(Slot::Whole))
    }

    /// The folder of a plan in shards, held as one of them. Nobody waits here for another shard but for a moment.
    fn shared(runs: &Path, file: &RunFile, plan: &Plan, shard: Shard) -> Result<Self, StartError> {
        let _turn = turn(runs)?;
        let run = RunId(file.shared_name());
        rivals::none(runs, plan, Some(&run))?;
        let dir = runs.join(run.as_str());
        for folder in [dir.join("segments"), dir.join("shards")] {
            fs::create_dir_all(&folder).map_err(StorageError::at(&folder, "the folder cannot be created"))?;
        }
        let path = dir.join("run.yaml");
        if !path.exists() {
            write_yaml(&path, &RunFile { sharded: true, ..file.clone() }.written())?;
            sync_folder(runs)?;
        }
        let folder = Self::lock(runs, run, Slot::Shard(shard))?;
        let path = folder.slot.outcome(&folder.dir);
        let started = read_yaml(&path).and_then(|note: Note| note.started).unwrap_or(file.started);
        write_yaml(&path, &Note { started: Some(started), curator: file.curator.clone(), ended: None, at: None })?;
        Ok(folder)
    }

    fn create(runs: &Path, file: &RunFile, key: &str) -> Result<RunId, StorageError> {
        let error = StorageError::at(runs, "the run's folder cannot be created");
        fs::create_dir_all(runs).map_err(error)?;
        let time = file.started.strftime("%Y%m%dT%H%M%SZ");
        let (mut number, mut name) = (1, format!("{time}-{key}"));
        let dir = loop {
            let dir = runs.join(&name);
            match fs::create_dir(&dir) {
                Ok(()) => break dir,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 1_000 => {
                    number += 1;
                    name = format!("{time}-{key}-{number}");
                }
                Err(error) => return Err(StorageError::at(&dir, "the run's folder cannot be created")(error)),
            }
        };
        let segments = dir.join("segments");
        fs::create_dir(&segments).map_err(StorageError::at(&segments, "the folder cannot be created"))?;
        write_yaml(&dir.join("run.yaml"), file)?;
        sync_folder(runs)?;
        Ok(RunId(name))
    }

    /// Holds a slot of a run. Only who has the [`turn`] may, because nobody else may come while the other slots are looked at.
    fn lock(runs: &Path, run: RunId, slot: Slot) -> Result<Self, StartError> {
        let dir = runs.join(run.as_str());
        if slot::is_held(&dir, |other| other != slot && other.overlaps(slot)) {
            return Err(StartError::Busy(run));
        }
        let path = slot.lock(&dir);
        let error = |error| StorageError::at(&path, "the run cannot be locked")(error);
        let Ok(lock) = disk::lock(&path).map_err(error)? else { return Err(StartError::Busy(run)) };
        // Only who holds the slot writes how it ended: what is unfinished of that was left by a kill.
        let outcome = slot.outcome(&dir);
        let name = outcome.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        clean(folder_of(&outcome), &format!("{name}."));
        let segments = own_segments(&dir, slot)?;
        let torn = segments.iter().filter_map(|path| repair(path).transpose()).collect::<Result<_, _>>()?;
        Ok(Self { run, dir, slot, again: false, torn, lock: Arc::new(lock) })
    }

    pub fn segments(&self) -> PathBuf {
        self.dir.join("segments")
    }

    /// What earlier starts wrote, of this shard where it is one of several: a cap is for each.
    pub fn earlier(&self) -> Result<Vec<PathBuf>, StorageError> {
        own_segments(&self.dir, self.slot)
    }

    /// Whether every item of the run was tried, also those of its other shards.
    pub fn is_done(&self) -> bool {
        outcome_in(&self.dir).is_some_and(|outcome| outcome.is_done())
    }

    /// Notes how the run ended, or this shard of it.
    pub fn conclude(&self, ended: &str) -> Result<(), StorageError> {
        let (path, at) = (self.slot.outcome(&self.dir), Timestamp::now());
        match self.slot {
            _ if self.again => Ok(()),
            Slot::Whole => write_yaml(&path, &Outcome { ended: ended.to_owned(), at }),
            Slot::Shard(_) => {
                let note = read_yaml(&path).unwrap_or_default();
                write_yaml(&path, &Note { ended: Some(ended.to_owned()), at: Some(at), ..note })
            }
        }
    }
}

fn own_segments(dir: &Path, slot: Slot) -> Result<Vec<PathBuf>, StorageError> {
    let mut segments = segment::list(&dir.join("segments"))?;
    if let Slot::Shard(shard) = slot
        && shard.of() > 1
    {
        segments.retain(|path| segment::is_of(path, shard));
    }
    Ok(segments)
}

/// Takes away the folders of runs that were killed before they had a `run.yaml` or any record. Only who has the [`turn`] may.
fn clear_begun(runs: &Path) -> Result<(), StorageError> {
    for run in run_ids(runs)? {
        let dir = runs.join(run.as_str());
        if !dir.join("run.yaml").exists() {
            clean(&dir, "run.yaml.");
            // A folder with anything in it stays, and so does what it is in.
            let folders = [dir.join("segments"), dir.join("shards"), dir];
            folders.iter().for_each(|folder| drop(fs::remove_dir(folder)));
        }
    }
    Ok(())
}

/// Waits for one's turn to look for a run or make one, or to write down what concerns all runs.
pub(super) fn turn(runs: &Path) -> Result<File, StorageError> {
    fs::create_dir_all(runs).map_err(StorageError::at(runs, "the run's folder cannot be created"))?;
    let path = runs.join(".lock");
    let turn = File::options().read(true).write(true).create(true).truncate(false).open(&path);
    let turn = turn.and_then(|file| file.lock().map(|()| file));
    turn.map_err(StorageError::at(&path, "the folder of runs cannot be locked"))
}

/// The runs of a folder, oldest first. Shards share a run without writing down when it was started: it counts as old as the
/// last change of its folder.
///
/// # Errors
/// When the folder cannot be read.
pub fn runs_by_start(runs: &Path) -> Result<Vec<RunId>, StorageError> {
    let mut found = run_ids(runs)?;
    let changed = |run: &RunId| fs::metadata(runs.join(run.as_str())).and_then(|folder| folder.modified()).ok();
    found.sort_by_cached_key(|run| {
        let file = read_run(runs, run).ok().flatten().filter(|file| !file.sharded);
        file.map(|file| SystemTime::from(file.started)).or_else(|| changed(run))
    });
    Ok(found)
}

/// Whether a process is working on the run, or on one of its shards.
pub(super) fn is_held(runs: &Path, run: &RunId) -> bool {
    slot::is_held(&runs.join(run.as_str()), |_| true)
}

/// The runs of a folder, in the order of their names; none where there is no folder.
///
/// # Errors
/// When the folder cannot be read.
pub fn run_ids(runs: &Path) -> Result<Vec<RunId>, StorageError> {
    let error = |error| StorageError::at(runs, "the runs cannot be listed")(error);
    let entries = match fs::read_dir(runs) {
        Ok(entries) => entries,
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(other) => return Err(error(other)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(error)?;
        let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
        found.extend(entry.file_name().to_str().and_then(|name| name.parse().ok()).filter(|_| is_dir));
    }
    found.sort();
    Ok(found)
}

/// The segments of a run, oldest first; none where there is no folder.
pub(super) fn segments(runs: &Path, run: &RunId) -> Result<Vec<PathBuf>, StorageError> {
    segment::list(&runs.join(run.as_str()).join("segments"))
}

/// `run.yaml`, what was asked for in a run; `None` where it is missing or not readable as one.
///
/// # Errors
/// When the file cannot be read.
pub fn read_run(runs: &Path, run: &RunId) -> Result<Option<RunFile>, StorageError> {
    let path = runs.join(run.as_str()).join("run.yaml");
    match fs::metadata(&path) {
        Ok(_) => {
            Ok(read_yaml(&path).map(|file: RunFile| if file.sharded { slot::complete(runs, run, file) } else { file }))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StorageError::at(&path, "the file cannot be read")(error)),
    }
}

/// `outcome.yaml`, where there is one; of a run in shards what its shards say together.
pub(super) fn read_outcome(runs: &Path, run: &RunId) -> Option<Outcome> {
    outcome_in(&runs.join(run.as_str()))
}

fn outcome_in(dir: &Path) -> Option<Outcome> {
    slot::outcome(dir).unwrap_or_else(|| read_yaml(&dir.join("outcome.yaml")))
}

fn read_yaml<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_saphyr::from_str(&fs::read_to_string(path).ok()?).ok()
}

fn write_yaml(path: &Path, content: &impl Serialize) -> Result<(), StorageError> {
    let error = StorageError::at(path, "the file cannot be written");
    let text = match serde_saphyr::to_string(content) {
        Ok(text) => text,
        Err(reason) => return Err(error(io::Error::other(reason.to_string()))),
    };
    let mut file = AtomicFile::create(path)?;
    file.hold();
    file.write_all(text.as_bytes()).map_err(error)?;
    file.finish()
}

mod rivals;
mod slot;

#[cfg(test)]
mod tests;
