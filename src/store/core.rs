//! The store itself: opens a directory, takes ops, keeps disk and memory in step.
//!
//! One op, in this order: decide (pure), look whether the files are still those that were
//! read, append the event to the log and sync, write the files, publish. Whatever is
//! interrupted after the log is completed at the next open ([`super::recovery`]).

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::clock::{Clock, distinct, month, now, timestamp};
use super::effects::When;
use super::error::StoreError;
use super::files::{self, Stamp, Write};
use super::index::{self, Index};
use super::load::{self, Known, NodeFiles};
use super::lock::{self, Lock};
use super::recovery::{self, Doing, Marker, Unfinished};
use super::seen::{self, Seen};
use super::{format, log, picture, yaml};
use crate::taxonomy::describe;
use crate::taxonomy::event::{Ballot, Change, Event};
use crate::taxonomy::id::{BatchId, EventId, ProposalId};
use crate::taxonomy::manifest::Manifest;
use crate::taxonomy::op::{self, Op, Refusal};
use crate::taxonomy::proposal::{Batch, Proposed};
use crate::taxonomy::snapshot::Snapshot;
use crate::taxonomy::step::Step;
use crate::taxonomy::text::reveal_line;

/// How a directory is opened.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// Who decides.
    pub curator: String,
    /// Whether nothing may be written, whoever else has it open.
    pub read_only: bool,
}

/// What an op did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The event in the log; none for a batch.
    pub event: Option<EventId>,
    /// The batch as it is kept; none for an event.
    pub batch: Option<BatchId>,
    /// What happened, as the rest of a sentence: `accepted "Optics"`.
    pub summary: String,
    /// Proposals that are new.
    pub added: Vec<ProposalId>,
    /// Proposals of a batch that were known before, in any wording: proposed, decided or accepted.
    pub known: usize,
    /// Those of them that were turned down before and are not shown again.
    pub suppressed: usize,
    /// The revision that shows it.
    pub revision: u64,
}

/// Something that happened to the directory without being asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The file, relative to the directory; empty for the directory itself.
    pub path: String,
    /// A sentence.
    pub message: String,
}

/// What is known of a directory before anything of it is read.
pub struct Early<'a> {
    root: &'a Path,
    /// Why nothing can be written, where that is so.
    pub read_only: Option<&'a str>,
    seen: &'a Seen,
}

impl Early<'_> {
    /// The picture that was kept with this key, where every file is what it was then.
    #[must_use]
    pub fn picture(&self, key: &[u8]) -> Option<Vec<u8>> {
        picture::read(self.root, self.seen, key)
    }
}

/// An open taxonomy directory.
#[derive(Debug)]
pub struct Store {
    pub(super) root: PathBuf,
    pub(super) curator: String,
    lock: Option<Lock>,
    pub(super) read_only: Option<String>,
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) nodes: NodeFiles,
    pub(super) others: load::Stamps,
    log: log::Writer,
    pub(super) last: EventId,
    /// Something failed half way: the disk must be read, and what is recorded completed, before
    /// anything else is decided.
    shaky: bool,
    /// Whether the marker is on the disk, so that an interruption is noticed.
    marked: bool,
    /// Whether the directory could not be read when it was looked at last: what is shown is of before.
    pub(super) unusable: bool,
    /// Whether the marker says that somebody decides here.
    noted: bool,
    pub(super) notices: Vec<Notice>,
    clock: Clock,
    /// The bytes of a new one, to be written when there is time.
    pub(super) new_index: Option<Vec<u8>>,
}

impl Store {
    /// Makes a new, empty taxonomy directory.
    ///
    /// # Errors
    /// Something is there already, or the system refused.
    pub fn init(root: &Path, title: &str) -> Result<(), StoreError> {
        Self::init_with(root, &Manifest::titled(title), &[])
    }

    /// Makes a new, empty taxonomy directory with these settings, and with prompt templates (name, text)
    /// of its own in `prompts/`. A template that is there already stays.
    ///
    /// # Errors
    /// Something is there already, or the system refused.
    pub fn init_with(root: &Path, manifest: &Manifest, prompts: &[(&str, &str)]) -> Result<(), StoreError> {
        if root.join("provost.yaml").exists() {
            let shown = reveal_line(&root.display().to_string()).into_owned();
            return Err(StoreError::InTheWay(format!("{shown} is a taxonomy directory already.")));
        }
        fs::create_dir_all(root).map_err(|error| StoreError::io(root, error))?;
        let root = fs::canonicalize(root).map_err(|error| StoreError::io(root, error))?;
        files::make_folder(&root, &root.join("tree"))?;
        let manifest = Write::new(root.join("provost.yaml"), format::manifest_yaml(manifest));
        let mut writes = Vec::new();
        for (name, text) in prompts {
            let path = root.join("prompts").join(format!("{name}.md"));
            if !path.exists() {
                files::make_folder(&root, &root.join("prompts"))?;
                writes.push(Write::new(path, (*text).to_owned()));
            }
        }
        writes.push(manifest);
        if !root.join(".gitignore").exists() {
            writes.push(Write::new(root.join(".gitignore"), "/.provost/\n/runs/\n".to_owned()));
        }
        if !root.join(".gitattributes").exists() {
            // One curator on two machines appends to one log: both sides count, in any order.
            let text = "/decisions/**/*.jsonl merge=union\n".to_owned();
            writes.push(Write::new(root.join(".gitattributes"), text));
        }
        files::write_all(&root, &writes).map(drop)
    }

    /// Opens a directory; a second instance opens read-only. Completes what a crash interrupted.
    ///
    /// # Errors
    /// It is no taxonomy directory, its manifest cannot be used, or the system refused.
    pub fn open(root: &Path, options: OpenOptions) -> Result<Self, StoreError> {
        Self::open_showing(root, options, |_| {})
    }

    /// [`Store::open`], with something to do before anything is read: to show what was there last.
    ///
    /// # Errors
    /// As there.
    pub fn open_showing(root: &Path, options: OpenOptions, show: impl FnOnce(Early<'_>)) -> Result<Self, StoreError> {
        let shown = || reveal_line(&root.display().to_string()).into_owned();
        let root = fs::canonicalize(root).map_err(|_| StoreError::NotATaxonomy(shown()))?;
        if !root.join("provost.yaml").is_file() {
            return Err(StoreError::NotATaxonomy(shown()));
        }
        let (lock, read_only) = Self::lock(&root, &options)?;
        let seen = seen::look(&root)?;
        let index = std::thread::scope(|scope| {
            let index = scope.spawn(|| Index::read(&root));
            show(Early { root: &root, read_only: read_only.as_deref(), seen: &seen });
            index.join().map_err(|_| StoreError::Stopped)
        })?;
        let loaded = load::load_seen(&root, seen, &options.curator, Known::default(), index.as_ref())?;
        if lock.is_some() {
            let private = files::walked(&root.join(".provost"), "").left;
            loaded.left.iter().chain(&private).for_each(|path| drop(fs::remove_file(path)));
        }
        let mut store = Self {
            log: log::Writer::new(&root, &options.curator, &month(now())),
            last: last_event(&loaded.snapshot),
            root,
            curator: options.curator,
            lock,
            read_only,
            snapshot: Arc::new(loaded.snapshot),
            nodes: loaded.nodes,
            others: loaded.others,
            shaky: false,
            marked: false,
            unusable: false,
            noted: false,
            notices: Vec::new(),
            clock: || (now(), distinct()),
            new_index: loaded.index,
        };
        store.report_torn_logs(loaded.torn, true);
        if store.lock.is_some()
            && let Err(error) = store.complete_interrupted()
        {
            store.shaky = true;
            let message = format!("A recorded decision could not be completed yet. {error}");
            store.notices.push(Notice { path: String::new(), message });
        }
        Ok(store)
    }

    /// Keeps a picture of a view for the next start, by a key of whoever made it. Whether that could be: the view is the
    /// present one, and the files are those that it was read from.
    pub fn keep_picture(&self, of: &Arc<Snapshot>, key: &[u8], bytes: &[u8]) -> bool {
        if self.shaky || self.lock.is_none() || !Arc::ptr_eq(of, &self.snapshot) {
            return false;
        }
        let Ok(seen) = seen::look(&self.root) else { return false };
        if !self.is_as_seen(&seen) || !seen.is_settled(std::time::SystemTime::now()) {
            return false;
        }
        let kept = seen.fingerprint(&self.root).map(|print| picture::write(&self.root, print, key, bytes));
        kept.is_some_and(|kept| kept.inspect_err(|error| tracing::info!(%error, "no picture was kept")).is_ok())
    }

    fn lock(root: &Path, options: &OpenOptions) -> Result<(Option<Lock>, Option<String>), StoreError> {
        if options.read_only {
            return Ok((None, Some("it was opened that way".to_owned())));
        }
        match lock::take(root, &options.curator) {
            Ok(Ok(lock)) => Ok((Some(lock), None)),
            Ok(Err(holder)) => Ok((None, Some(holder))),
            Err(StoreError::Io { path, source }) if is_unwritable(&source) => {
                Ok((None, Some(format!("{path} cannot be written ({source})"))))
            }
            Err(error) => Err(error),
        }
    }

    /// Tells of last lines that are not whole, and cuts them off where nobody can be writing them: at the start.
    pub(super) fn report_torn_logs(&mut self, torn: Vec<(PathBuf, log::TornTail)>, is_start: bool) {
        for (path, tail) in torn {
            let bytes = tail.bytes.len();
            let cut = (is_start && self.lock.is_some()).then(|| log::cut_torn(&self.root, &path, &tail));
            let message = match cut {
                Some(Ok(kept)) => {
                    if let Ok(meta) = fs::symlink_metadata(&path) {
                        self.others.insert(path.clone(), Stamp::seen(&meta));
                    }
                    format!("The last line was incomplete; its {bytes} bytes are kept in {kept}.")
                }
                Some(Err(error)) => {
                    format!("The last line is incomplete ({bytes} bytes) and does not count; it stays. {error}")
                }
                None => format!("The last line is incomplete ({bytes} bytes) and does not count."),
            };
            self.notices.push(Notice { path: files::shown(&self.root, &path), message });
        }
    }

    /// Completes what the last instance recorded and did not write, and notes that all is written.
    fn complete_interrupted(&mut self) -> Result<(), StoreError> {
        if let Some(marker) = recovery::marker(&self.root) {
            self.last = self.last.max(marker.event);
            for event in recovery::suspects(&self.snapshot, &marker) {
                match recovery::unfinished(&self.snapshot, event) {
                    Unfinished::Nothing => {}
                    Unfinished::Steps(event, steps) => self.complete(event, &steps)?,
                    Unfinished::Contradicted(event, why) => self.leave(event, &why),
                }
            }
        }
        self.mark()
    }

    fn complete(&mut self, event: EventId, steps: &[Step]) -> Result<(), StoreError> {
        match self.check_disk(steps, When::Completing) {
            Err(StoreError::Conflict { path }) => self.leave(event, &format!("{path} was changed outside provost")),
            Err(StoreError::Refused(why)) => self.leave(event, why.what.trim_end_matches('.')),
            Err(error) => return Err(error),
            Ok(()) => {
                self.write_steps(steps)?;
                let count = steps.len();
                let message = format!("The files of {event} had not all been written; {count} were completed.");
                self.notices.push(Notice { path: String::new(), message });
            }
        }
        self.reload()
    }

    fn leave(&mut self, event: EventId, why: &str) {
        let message =
            format!("The files of {event} had perhaps not all been written, and are left as they are: {why}.");
        self.notices.push(Notice { path: String::new(), message });
    }

    fn mark(&mut self) -> Result<(), StoreError> {
        let (event, curator) = (self.last, Some(self.curator.clone()));
        recovery::mark(&self.root, &Marker { event, doing: Doing::Nothing, curator })?;
        (self.marked, self.noted) = (true, false);
        Ok(())
    }

    /// Notes which event is about to be recorded, so that exactly that is completed after an interruption. The first one of all is
    /// synced: without it the next start would take everything for written.
    fn note(&mut self, event: EventId) -> Result<(), StoreError> {
        if recovery::note(&self.root, self.last, event, !self.noted).is_err() {
            self.mark()?;
            recovery::note(&self.root, self.last, event, true)?;
        }
        self.noted = true;
        Ok(())
    }

    /// Writes down what was read, so that the next open is quick; only where that is worth it and `.provost/` is
    /// there. What fails costs nothing but time.
    pub fn keep_index(&mut self) {
        if let Some(writing) = self.keep_index_beside() {
            let _ = writing.join();
        }
    }

    /// The same on a thread of its own, which is to be waited for before the process ends.
    pub(super) fn keep_index_beside(&mut self) -> Option<std::thread::JoinHandle<()>> {
        let (root, bytes) = (self.root.clone(), self.new_index.take()?);
        let write = move || {
            if let Err(error) = index::write(&root, &bytes) {
                tracing::info!(%error, "the index was not written");
            }
        };
        std::thread::Builder::new().name("index".to_owned()).spawn(write).ok()
    }

    /// The view of everything, as of the last op.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.clone()
    }

    /// The taxonomy directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.root
    }

    /// Who decides.
    #[must_use]
    pub fn curator(&self) -> &str {
        &self.curator
    }

    /// Where runs are kept.
    #[must_use]
    pub fn runs_dir(&self) -> PathBuf {
        self.root.join("runs")
    }

    /// The same store by another clock: for tests, and for directories that must come out the
    /// same twice.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Why nothing can be written, where that is so.
    #[must_use]
    pub fn is_read_only(&self) -> Option<&str> {
        self.read_only.as_deref()
    }

    /// What opening or a refresh found, once.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// Prompt templates of the directory (`prompts/<step>.md`) that replace the built-in ones.
    ///
    /// # Errors
    /// A template cannot be read.
    pub fn prompts(&self) -> Result<std::collections::BTreeMap<String, String>, StoreError> {
        let (paths, _) = files::walk(&self.root.join("prompts"), "md");
        let read = |path: PathBuf| {
            let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            fs::read_to_string(&path).map(|text| (name, text)).map_err(|error| StoreError::io(&path, error))
        };
        paths.into_iter().map(read).collect()
    }

    /// A batch, whole.
    ///
    /// # Errors
    /// Its file is gone or cannot be read.
    pub fn batch(&self, id: BatchId) -> Result<Batch, StoreError> {
        let path = self.batch_path(id);
        let shown = files::shown(&self.root, &path);
        let (bytes, _) = files::read(&path, yaml::MAX_BYTES as u64).map_err(|error| StoreError::io(&path, error))?;
        load::utf8(&bytes, &shown).and_then(|text| format::parse_batch(text, &shown)).map_err(StoreError::File)
    }

    fn batch_path(&self, id: BatchId) -> PathBuf {
        self.root.join("proposals").join(month(id.milliseconds())).join(format!("{id}.yaml"))
    }

    /// Does what `op` wants, or says why not. When this returns, it is on the disk.
    ///
    /// # Errors
    /// See [`StoreError`]; but for [`StoreError::Incomplete`] nothing was changed.
    pub fn submit(&mut self, op: Op) -> Result<Receipt, StoreError> {
        self.ready()?;
        match op {
            Op::Propose(batch) => self.propose(*batch),
            op => match self.manifest_problem() {
                // How many have to agree is not settled while the manifest is in conflict.
                Some(problem) => Err(StoreError::File(problem.clone())),
                None => self.decide(op),
            },
        }
    }

    /// Whether something can be decided: the lock is ours, all that is recorded is written, an
    /// interruption would be noticed, nobody else wrote to our log, and the manifest can be used as it is now.
    pub(super) fn ready(&mut self) -> Result<(), StoreError> {
        if let Some(why) = &self.read_only {
            return Err(StoreError::ReadOnly(why.clone()));
        }
        if !self.lock.as_ref().is_some_and(Lock::is_in_place) {
            self.lock_again()?;
        }
        let (log, manifest) = (self.log.current().to_owned(), self.root.join("provost.yaml"));
        if self.shaky {
            self.log.settle(&log)?;
            self.reload()?;
            self.complete_interrupted()?;
            self.shaky = false;
        }
        if !self.marked {
            self.mark()?;
        }
        let as_known = |path: &Path| {
            let known = self.others.get(path);
            fs::symlink_metadata(path)
                .map_or(known.is_none(), |meta| known.is_some_and(|known| known.looks_like(&meta)))
        };
        if self.unusable || !as_known(&log) || !as_known(&manifest) {
            let found = self.refresh()?;
            self.notices.extend(found);
        }
        Ok(())
    }

    /// The lock file was removed under us; perhaps another instance has a new one by now.
    fn lock_again(&mut self) -> Result<(), StoreError> {
        self.marked = false;
        match lock::take(&self.root, &self.curator)? {
            Ok(lock) => {
                self.lock = Some(lock);
                Ok(())
            }
            Err(holder) => {
                self.lock = None;
                self.read_only = Some(holder.clone());
                Err(StoreError::ReadOnly(holder))
            }
        }
    }

    fn propose(&mut self, mut batch: Batch) -> Result<Receipt, StoreError> {
        if let Some(newest) = self.snapshot.record.newest_batch().filter(|newest| batch.id <= *newest) {
            batch.id = newest.next();
        }
        let path = self.batch_path(batch.id);
        let text = format::batch_yaml(&batch);
        if text.len() > yaml::MAX_BYTES {
            let what = format!("The batch is larger than {} MiB.", yaml::MAX_BYTES >> 20);
            return Err(Refusal::new(what).hint("put it forward in parts").into());
        }
        match files::write_all(&self.root, &[Write::new(path.clone(), text)]) {
            Ok(stamps) => self.others.extend(stamps.into_iter().map(|stamp| (path.clone(), stamp))),
            Err(error) => {
                if fs::remove_file(&path).is_err() && fs::symlink_metadata(&path).is_ok() {
                    self.distrust();
                }
                return Err(error);
            }
        }
        let (id, total, source) = (batch.id, batch.proposals.len(), batch.source.name().clone());
        let named: HashSet<ProposalId> = batch.proposals.iter().map(Proposed::id).collect();
        let mut snapshot = (*self.snapshot).clone();
        let mut added = snapshot.record.add_batch(load::lean(batch, &snapshot.manifest));
        snapshot.revision += 1;
        let is_new = |id: &ProposalId| snapshot.record.proposal(*id).is_some_and(|new| snapshot.same_as(new).is_none());
        added.retain(is_new);
        let suppressed = named.iter().filter(|id| snapshot.is_turned_down(**id)).count();
        self.snapshot = Arc::new(snapshot);
        let mut summary = format!("proposed {} new of {total} from {} ({id})", added.len(), source.line());
        if suppressed > 0 {
            summary.push_str(&format!("; {suppressed} suppressed: rejected before"));
        }
        let known = total - added.len();
        Ok(Receipt {
            event: None,
            batch: Some(id),
            summary,
            added,
            known,
            suppressed,
            revision: self.snapshot.revision,
        })
    }

    fn decide(&mut self, op: Op) -> Result<Receipt, StoreError> {
        let verdict = op::decide(&self.snapshot, &self.curator, op)?;
        self.check_disk(&verdict.steps, When::Deciding)?;
        let (event, log) = self.new_event(verdict.change, verdict.ballot);
        let id = event.id;
        let mut snapshot = (*self.snapshot).clone();
        snapshot.commit(event.clone(), &verdict.steps).map_err(Refusal::new)?;
        self.note(id)?;
        let read = self.others.get(&log).map_or(0, Stamp::length);
        match self.log.append(&log, read, &event) {
            Ok(stamp) => drop(self.others.insert(log, stamp)),
            Err(failure) => {
                if !failure.certain {
                    self.distrust();
                }
                return Err(failure.error);
            }
        }
        self.last = id;
        if let Err(error) = self.write_steps(&verdict.steps) {
            self.distrust();
            return Err(error.after_the_record());
        }
        self.marked = recovery::advance(&self.root, id).is_ok();
        self.snapshot = Arc::new(snapshot);
        // What a file could not be used for may be mended by another's coming or going.
        let problems = &self.snapshot.problems;
        if verdict.steps.iter().any(|step| problems.iter().any(|one| one.may_be_mended_by(step, &self.snapshot.tree))) {
            let _ = self.reload();
        }
        let summary = describe::receipt(&self.snapshot, &event);
        Ok(Receipt {
            event: Some(id),
            batch: None,
            summary,
            added: vec![],
            known: 0,
            suppressed: 0,
            revision: self.snapshot.revision,
        })
    }

    /// Something failed half way. What is shown from now on is what is on the disk, where that
    /// can be read.
    fn distrust(&mut self) {
        self.shaky = true;
        if let Err(error) = self.reload() {
            self.notices.push(Notice { path: String::new(), message: error.to_string() });
        }
    }

    /// The event, and the log it goes to.
    fn new_event(&self, change: Change, ballot: Ballot) -> (Event, PathBuf) {
        let (now, distinct) = (self.clock)();
        let id = EventId::new(now, distinct).max(self.last.next());
        let event = Event { v: change.version(), id, at: timestamp(now), by: self.curator.clone(), change, ballot };
        (event, self.log.path(&month(now)))
    }
}

impl Drop for Store {
    /// Notes that nothing is under way: what another clone records is not this one's to complete. What fails, or was interrupted,
    /// only means that more is looked at.
    fn drop(&mut self) {
        let is_whole = self.noted && !self.shaky && !std::thread::panicking();
        if is_whole && self.lock.as_ref().is_some_and(Lock::is_in_place) {
            let _ = recovery::close(&self.root, self.last);
        }
    }
}

/// The id of the last event; the first possible one where there is none.
pub(super) fn last_event(snapshot: &Snapshot) -> EventId {
    snapshot.record.events().last().map_or(EventId::new(0, 0), |event| event.id)
}

fn is_unwritable(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    matches!(error.kind(), PermissionDenied | ReadOnlyFilesystem | StorageFull | QuotaExceeded)
}

#[cfg(test)]
mod tests;
