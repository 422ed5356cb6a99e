//! What was sent where: `runs/<run>/batch/log.jsonl`, append-only, each line with its checksum and on disk before the step
//! that it announces. After a crash it says what may have happened and has to be looked up before anything is paid twice.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::item::ItemId;
use super::super::run::{RunId, StartError, run_ids};
use super::super::segment::{StorageError, line, read, repair, sync_folder};
use super::id::CustomId;
use super::journal;
use super::part::RequestFile;
use crate::disk;
use crate::llm::{RequestCounts, Usage};

/// A step of one part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// It is to be sent: nothing has been yet.
    Intent {
        /// The requests.
        file: RequestFile,
        /// For whom they are.
        dialect: String,
        /// Scheme, host and port of the server.
        server: String,
    },
    /// The file is there.
    Uploaded {
        /// Its id.
        file_id: String,
    },
    /// The batch is going to be made: from here on there may be one.
    Creating,
    /// The batch is there.
    Created {
        /// Its id.
        batch_id: String,
    },
    /// The server told of another state.
    State {
        /// The server's word.
        state: String,
        /// How far it was.
        counts: Option<RequestCounts>,
    },
    /// The results are here, beside the run.
    Fetched {
        /// The files.
        files: Vec<PathBuf>,
    },
    /// The results were taken.
    Imported {
        /// Items that they finished.
        done: u64,
        /// Items that went on.
        waiting: u64,
        /// Lines that were no good.
        failed: u64,
        /// Requests that nobody was asked.
        not_run: u64,
        /// What they cost.
        tokens: Usage,
    },
    /// Nothing more is to be had of it.
    Closed {
        /// Why.
        why: String,
    },
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    part: u32,
    at: Timestamp,
    #[serde(flatten)]
    event: Event,
}

/// One file of requests on its way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Part {
    /// Its number in the run, from 1.
    pub number: u32,
    /// The requests.
    pub file: RequestFile,
    /// For whom they are.
    pub dialect: String,
    /// Scheme, host and port of the server.
    pub server: String,
    /// The file at the server.
    pub file_id: Option<String>,
    /// There may be a batch whose id we do not know.
    pub creating: bool,
    /// The batch.
    pub batch_id: Option<String>,
    /// The server's last word.
    pub state: Option<String>,
    /// How far it was.
    pub counts: Option<RequestCounts>,
    /// The results, where they are here.
    pub fetched: Option<Vec<PathBuf>>,
    /// Items done, items gone on, lines that were no good, requests that nobody was asked.
    pub imported: Option<[u64; 4]>,
    /// What it cost.
    pub tokens: Usage,
    /// Why nothing more is to be had of it.
    pub closed: Option<String>,
    /// When it was first written down.
    pub since: Timestamp,
}

impl Part {
    /// Whether something is still to come.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.closed.is_none() && self.imported.is_none()
    }

    /// Whether the server works on it, as far as we know.
    #[must_use]
    pub fn is_sent(&self) -> bool {
        self.is_open() && (self.creating || self.batch_id.is_some())
    }

    /// Tokens sent and received, as they are estimated.
    #[must_use]
    pub fn expected_tokens(&self) -> u64 {
        self.file.prompt_tokens + self.file.completion_tokens
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Intent { .. } => {}
            Event::Uploaded { file_id } => self.file_id = Some(file_id),
            Event::Creating => self.creating = true,
            Event::Created { batch_id } => self.batch_id = Some(batch_id),
            Event::State { state, counts } => (self.state, self.counts) = (Some(state), counts.or(self.counts)),
            Event::Fetched { files } => self.fetched = Some(files),
            Event::Imported { done, waiting, failed, not_run, tokens } => {
                (self.imported, self.tokens) = (Some([done, waiting, failed, not_run]), tokens);
            }
            Event::Closed { why } => self.closed = Some(why),
        }
    }
}

/// The parts of a run, read only.
///
/// # Errors
/// The file cannot be read.
pub fn parts(runs: &Path, run: &RunId) -> Result<Vec<Part>, StorageError> {
    let dir = runs.join(run.as_str());
    let path = path(&dir);
    if !path.exists() {
        return Ok(Vec::new());
    }
    Ok(fold(&dir, &path)?.into_values().collect())
}

/// Parts of all runs that are with a provider, as far as the logs tell; of all but one where that one is known already.
fn sent(runs: &Path, but: Option<&RunId>) -> Result<Vec<Part>, StorageError> {
    let mut sent = Vec::new();
    for run in run_ids(runs)?.iter().filter(|run| but != Some(*run)) {
        sent.extend(parts(runs, run)?.into_iter().filter(Part::is_sent));
    }
    Ok(sent)
}

/// Items of whatever run, or of any but one, that are with a provider, as far as the logs tell: asked for again, they would be
/// paid for twice.
///
/// # Errors
/// A log, or the requests of a part, cannot be read.
pub fn items_under_way(runs: &Path, but: Option<&RunId>) -> Result<HashSet<ItemId>, StorageError> {
    let mut items = HashSet::new();
    sent(runs, but)?.iter().try_for_each(|part| items_of(&part.file.path, &mut items))?;
    Ok(items)
}

/// The items that a file of requests asks about.
///
/// # Errors
/// The file cannot be read.
pub(super) fn items_of(path: &Path, into: &mut HashSet<ItemId>) -> Result<(), StorageError> {
    let error = |error| StorageError::at(path, "the requests cannot be read")(error);
    for line in BufReader::new(File::open(path).map_err(error)?).split(b'\n') {
        let line = line.map_err(error)?;
        // The id comes first, and is all that is wanted of a long line.
        let id = line.strip_prefix(b"{\"custom_id\":\"").and_then(|rest| rest.split(|byte| *byte == b'"').next());
        let id = id.and_then(|id| std::str::from_utf8(id).ok()).and_then(CustomId::parse);
        into.extend(id.map(|id| id.item));
    }
    Ok(())
}

/// Requests of all runs that are with a provider, as far as the logs tell.
///
/// # Errors
/// A log cannot be read.
pub fn under_way(runs: &Path) -> Result<u64, StorageError> {
    Ok(sent(runs, None)?.iter().map(|part| part.file.requests).sum())
}

fn path(run: &Path) -> PathBuf {
    journal::folder(run).join("log.jsonl")
}

/// Paths are written as they are seen from the run's folder, wherever that is.
fn fold(dir: &Path, path: &Path) -> Result<BTreeMap<u32, Part>, StorageError> {
    let mut parts: BTreeMap<u32, Part> = BTreeMap::new();
    read::<StorageError>(path, |_, line| {
        let Ok(Entry { part: number, at, event }) = serde_json::from_slice(line) else { return Ok(()) };
        match (event, parts.get_mut(&number)) {
            (Event::Intent { file, dialect, server }, None) => {
                parts.insert(number, begun(number, file, dialect, server, at));
            }
            (event, Some(part)) => part.take(event),
            _ => {}
        }
        Ok(())
    })?;
    for part in parts.values_mut() {
        part.file.path = dir.join(&part.file.path);
        part.fetched.iter_mut().flatten().for_each(|file| *file = dir.join(&*file));
    }
    Ok(parts)
}

fn below(dir: &Path, path: &Path) -> PathBuf {
    path.strip_prefix(dir).unwrap_or(path).to_owned()
}

fn begun(number: u32, file: RequestFile, dialect: String, server: String, since: Timestamp) -> Part {
    Part {
        number,
        file,
        dialect,
        server,
        file_id: None,
        creating: false,
        batch_id: None,
        state: None,
        counts: None,
        fetched: None,
        imported: None,
        tokens: Usage::default(),
        closed: None,
        since,
    }
}

/// The log of a run, held by this process.
#[derive(Debug)]
pub struct Log {
    /// The run's folder.
    pub dir: PathBuf,
    parts: BTreeMap<u32, Part>,
    file: File,
    path: PathBuf,
    _lock: File,
}

impl Log {
    /// Opens the log of a run; a torn end is cut off and kept.
    ///
    /// # Errors
    /// Another process has it, or the disk fails.
    pub fn open(runs: &Path, run: &RunId) -> Result<Self, StartError> {
        let dir = runs.join(run.as_str());
        let folder = journal::folder(&dir);
        fs::create_dir_all(&folder).map_err(StorageError::at(&folder, "the folder cannot be created"))?;
        let locked = folder.join("lock");
        let error = |error| StorageError::at(&locked, "the batches of the run cannot be locked")(error);
        let Ok(lock) = disk::lock(&locked).map_err(error)? else { return Err(StartError::Busy(run.clone())) };
        let path = path(&dir);
        let is_new = !path.exists();
        let file = OpenOptions::new().append(true).create(true).open(&path);
        let file = file.map_err(StorageError::at(&path, "the log cannot be opened"))?;
        if is_new {
            sync_folder(&folder)?;
        }
        repair(&path)?;
        Ok(Self { parts: fold(&dir, &path)?, dir, file, path, _lock: lock })
    }

    /// All parts, by number.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.parts.values()
    }

    /// The part of this number.
    #[must_use]
    pub fn part(&self, number: u32) -> Option<&Part> {
        self.parts.get(&number)
    }

    /// Writes down that a file is to be sent; the number of its part.
    ///
    /// # Errors
    /// The disk.
    pub fn intend(&mut self, file: &RequestFile, dialect: &str, server: &str) -> Result<u32, StorageError> {
        let number = self.parts.keys().next_back().map_or(1, |last| last + 1);
        let (dialect, server) = (dialect.to_owned(), server.to_owned());
        let path = below(&self.dir, &file.path);
        let event = Event::Intent {
            file: RequestFile { path, ..file.clone() },
            dialect: dialect.clone(),
            server: server.clone(),
        };
        self.write(number, &event)?;
        self.parts.insert(number, begun(number, file.clone(), dialect, server, Timestamp::now()));
        Ok(number)
    }

    /// Writes down a step of a part. It is on disk when this returns.
    ///
    /// # Errors
    /// The disk.
    pub fn note(&mut self, number: u32, event: Event) -> Result<(), StorageError> {
        match &event {
            Event::Fetched { files } => {
                let files = files.iter().map(|file| below(&self.dir, file)).collect();
                self.write(number, &Event::Fetched { files })?;
            }
            event => self.write(number, event)?,
        }
        if let Some(part) = self.parts.get_mut(&number) {
            part.take(event);
        }
        Ok(())
    }

    fn write(&mut self, part: u32, event: &Event) -> Result<(), StorageError> {
        let error = |error| StorageError::at(&self.path, "a step cannot be written down")(error);
        let entry = Entry { part, at: Timestamp::now(), event: event.clone() };
        let line = line(&entry).map_err(|failure| error(failure.into()))?;
        self.file.write_all(&line).and_then(|()| self.file.sync_data()).map_err(error)
    }
}
