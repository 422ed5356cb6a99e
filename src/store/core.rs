//! The store itself: opens a directory, takes ops, keeps disk and memory in step.
//!
//! One op, in this order: decide (pure), look whether the files are still those that were
//! read, append the event to the log and sync, write the files, publish. Whatever is
//! interrupted after the log is completed at the next open ([`super::recovery`]).

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::StoreError;
use super::files::{self, Stamp, Write};
use super::load::{self, NodeFiles};
use super::lock::{self, Lock};
use super::{format, log, recovery};
use crate::taxonomy::describe;
use crate::taxonomy::event::{Change, EVENT_VERSION, Event};
use crate::taxonomy::id::{BatchId, EventId, ProposalId};
use crate::taxonomy::manifest::Manifest;
use crate::taxonomy::op::{self, Op, Refusal};
use crate::taxonomy::proposal::Batch;
use crate::taxonomy::snapshot::Snapshot;
use crate::taxonomy::step::Step;
use crate::taxonomy::text::reveal_line;
use crate::taxonomy::tree::Tree;

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
    /// What happened, as the rest of a sentence: `accepted "Optics"`.
    pub summary: String,
    /// Proposals that are new.
    pub added: Vec<ProposalId>,
    /// Proposals of a batch that were known before: already proposed, decided or accepted.
    pub known: usize,
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

/// An open taxonomy directory.
#[derive(Debug)]
pub struct Store {
    root: PathBuf,
    curator: String,
    lock: Option<Lock>,
    read_only: Option<String>,
    snapshot: Arc<Snapshot>,
    nodes: NodeFiles,
    others: HashMap<PathBuf, Stamp>,
    log: log::Writer,
    last: EventId,
    unfinished: bool,
    notices: Vec<Notice>,
    clock: Clock,
}

/// Tells the moment for a new event: milliseconds since 1970, and 32 bits that tell it from
/// others of the same millisecond.
pub type Clock = fn() -> (u64, u32);

impl Store {
    /// Makes a new, empty taxonomy directory.
    ///
    /// # Errors
    /// Something is there already, or the system refused.
    pub fn init(root: &Path, title: &str) -> Result<(), StoreError> {
        if root.join("provost.yaml").exists() {
            let shown = reveal_line(&root.display().to_string()).into_owned();
            return Err(StoreError::InTheWay(format!("{shown} is a taxonomy directory already.")));
        }
        fs::create_dir_all(root).map_err(|error| StoreError::io(root, error))?;
        let root = fs::canonicalize(root).map_err(|error| StoreError::io(root, error))?;
        files::make_folder(&root, &root.join("tree"))?;
        let manifest = Write { path: root.join("provost.yaml"), text: format::manifest_yaml(&Manifest::titled(title)) };
        let mut writes = vec![manifest];
        if !root.join(".gitignore").exists() {
            writes.push(Write { path: root.join(".gitignore"), text: "/.provost/\n/runs/\n".to_owned() });
        }
        files::write_all(&root, &writes)
    }

    /// Opens a directory; a second instance opens read-only. Completes what a crash interrupted.
    ///
    /// # Errors
    /// It is no taxonomy directory, its manifest cannot be used, or the system refused.
    pub fn open(root: &Path, options: OpenOptions) -> Result<Self, StoreError> {
        let shown = || reveal_line(&root.display().to_string()).into_owned();
        let root = fs::canonicalize(root).map_err(|_| StoreError::NotATaxonomy(shown()))?;
        if !root.join("provost.yaml").is_file() {
            return Err(StoreError::NotATaxonomy(shown()));
        }
        let (lock, read_only) = Self::lock(&root, &options)?;
        if lock.is_some() {
            ["tree", "proposals", "decisions"].iter().for_each(|part| files::remove_temporaries(&root.join(part)));
        }
        let loaded = load::load(&root, &NodeFiles::new())?;
        let mut store = Self {
            log: log::Writer::new(&root, &options.curator),
            last: loaded.snapshot.record.events().last().map_or(EventId::new(0, 0), |event| event.id),
            root,
            curator: options.curator,
            lock,
            read_only,
            snapshot: Arc::new(loaded.snapshot),
            nodes: loaded.nodes,
            others: loaded.others,
            unfinished: false,
            notices: Vec::new(),
            clock: || (now(), distinct()),
        };
        store.cut_torn_logs(loaded.torn)?;
        if store.lock.is_some()
            && let Err(error) = store.complete_interrupted()
        {
            store.unfinished = true;
            let message = format!("A recorded decision could not be completed yet. {error}");
            store.notices.push(Notice { path: String::new(), message });
        }
        Ok(store)
    }

    fn lock(root: &Path, options: &OpenOptions) -> Result<(Option<Lock>, Option<String>), StoreError> {
        if options.read_only {
            return Ok((None, Some("it was opened that way".to_owned())));
        }
        let private = root.join(".provost");
        let taken = files::make_folder(root, &private).and_then(|_| lock::take(&private, &options.curator));
        match taken {
            Ok(Ok(lock)) => Ok((Some(lock), None)),
            Ok(Err(holder)) => Ok((None, Some(holder))),
            Err(StoreError::Io { source, .. }) if is_unwritable(&source) => {
                Ok((None, Some(format!("it cannot be written ({source})"))))
            }
            Err(error) => Err(error),
        }
    }

    fn cut_torn_logs(&mut self, torn: Vec<(PathBuf, log::TornTail)>) -> Result<(), StoreError> {
        for (path, tail) in torn {
            let shown = files::shown(&self.root, &path);
            let bytes = tail.bytes.len();
            let message = if self.lock.is_some() {
                let kept = recovery::cut_torn(&self.root, &path, &tail)?;
                self.others.insert(path.clone(), Stamp::of(&path, &fs::read(&path).unwrap_or_default()));
                format!("The last line was incomplete; its {bytes} bytes are kept in {kept}.")
            } else {
                format!("The last line is incomplete ({bytes} bytes) and does not count.")
            };
            self.notices.push(Notice { path: shown, message });
        }
        Ok(())
    }

    fn complete_interrupted(&mut self) -> Result<(), StoreError> {
        let marker = recovery::applied(&self.root);
        let missing = recovery::missing_steps(&self.snapshot, marker);
        for (event, steps) in missing {
            let count = steps.len();
            self.write_steps(&steps)?;
            let mut snapshot = (*self.snapshot).clone();
            for step in &steps {
                step.apply(&mut snapshot.tree).map_err(Refusal::new)?;
            }
            self.snapshot = Arc::new(snapshot);
            let message = format!("The files of {event} had not all been written; {count} were completed.");
            self.notices.push(Notice { path: String::new(), message });
        }
        recovery::set_applied(&self.root, self.last);
        Ok(())
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
        let text = fs::read_to_string(&path).map_err(|error| StoreError::io(&path, error))?;
        format::parse_batch(&text, &files::shown(&self.root, &path)).map_err(StoreError::File)
    }

    fn batch_path(&self, id: BatchId) -> PathBuf {
        self.root.join("proposals").join(month(id.milliseconds())).join(format!("{id}.yaml"))
    }

    /// Does what `op` wants, or says why not. When this returns, it is on the disk.
    ///
    /// # Errors
    /// See [`StoreError`]; but for [`StoreError::Incomplete`] nothing was changed.
    pub fn submit(&mut self, op: Op) -> Result<Receipt, StoreError> {
        if let Some(why) = &self.read_only {
            return Err(StoreError::ReadOnly(why.clone()));
        }
        if self.unfinished {
            self.complete_interrupted()?;
            self.unfinished = false;
        }
        match op {
            Op::Propose(batch) => self.propose(*batch),
            op => self.decide(op),
        }
    }

    fn propose(&mut self, mut batch: Batch) -> Result<Receipt, StoreError> {
        while self.snapshot.record.batch(batch.id).is_some() {
            batch.id = batch.id.next();
        }
        let path = self.batch_path(batch.id);
        let text = format::batch_yaml(&batch);
        files::write_all(&self.root, &[Write { path: path.clone(), text: text.clone() }])?;
        self.others.insert(path.clone(), Stamp::of(&path, text.as_bytes()));
        let (id, total, source) = (batch.id, batch.proposals.len(), batch.source.name().clone());
        let mut snapshot = (*self.snapshot).clone();
        let added = snapshot.record.add_batch(batch);
        snapshot.revision += 1;
        self.snapshot = Arc::new(snapshot);
        let summary = format!("proposed {} new of {total} from {} ({id})", added.len(), source.line());
        let known = total - added.len();
        Ok(Receipt { event: None, summary, added, known, revision: self.snapshot.revision })
    }

    fn decide(&mut self, op: Op) -> Result<Receipt, StoreError> {
        let verdict = op::decide(&self.snapshot, &self.curator, op)?;
        self.check_disk(&verdict.steps)?;
        let event = self.new_event(verdict.change);
        let now = event.id.milliseconds();
        self.log.append(&month(now), &event)?;
        let log = self.log.path(&month(now));
        self.others.insert(log.clone(), Stamp::of(&log, &fs::read(&log).unwrap_or_default()));
        self.last = event.id;
        let written = self.write_steps(&verdict.steps);
        let mut snapshot = (*self.snapshot).clone();
        let id = event.id;
        let summary_of = event.change.clone();
        snapshot.commit(event, &verdict.steps).map_err(Refusal::new)?;
        self.snapshot = Arc::new(snapshot);
        match written {
            Ok(()) => recovery::set_applied(&self.root, id),
            Err(StoreError::Io { path, source }) => {
                self.unfinished = true;
                return Err(StoreError::Incomplete { path, source });
            }
            Err(error) => {
                self.unfinished = true;
                return Err(error);
            }
        }
        let summary = describe::change(&self.snapshot, &summary_of);
        Ok(Receipt { event: Some(id), summary, added: vec![], known: 0, revision: self.snapshot.revision })
    }

    fn new_event(&self, change: Change) -> Event {
        let (now, distinct) = (self.clock)();
        let id = EventId::new(now, distinct).max(self.last.next());
        Event { v: EVENT_VERSION, id, at: timestamp(id.milliseconds()), by: self.curator.clone(), change }
    }

    /// Whether every file that the steps would touch is still as it was read.
    fn check_disk(&self, steps: &[Step]) -> Result<(), StoreError> {
        let mut tree = self.snapshot.tree.clone();
        for step in steps {
            let path = self.node_path(&tree, step);
            if let Step::Create { place, .. } | Step::Move { to: place, .. } = step {
                let above = place.parent.map(|parent| tree.path(parent)).unwrap_or_default();
                files::check_folder(&self.root, &self.root.join("tree").join(above))?;
            }
            let same = match (step, self.nodes.get(&path)) {
                (Step::Create { .. }, _) => !fs::exists(&path).unwrap_or(true),
                (_, Some((stamp, _))) => stamp.holds(&path).map_err(|error| StoreError::io(&path, error))?,
                (_, None) => {
                    steps.iter().any(|earlier| matches!(earlier, Step::Create { node, .. } if node.id == step.node()))
                }
            };
            if !same {
                return Err(StoreError::Conflict { path: files::shown(&self.root, &path) });
            }
            step.apply(&mut tree).map_err(Refusal::new)?;
        }
        Ok(())
    }

    /// The file that a step is about, before it.
    fn node_path(&self, tree: &Tree, step: &Step) -> PathBuf {
        match step {
            Step::Create { place, .. } => {
                let above = place.parent.map(|parent| tree.path(parent)).unwrap_or_default();
                self.root.join("tree").join(above).join(format!("{}.yaml", place.slug))
            }
            Step::Remove { .. } | Step::Patch { .. } | Step::Move { .. } => {
                self.root.join("tree").join(format!("{}.yaml", tree.path(step.node())))
            }
        }
    }

    /// Brings the files to where the steps lead from the present tree.
    fn write_steps(&mut self, steps: &[Step]) -> Result<(), StoreError> {
        let mut tree = self.snapshot.tree.clone();
        let mut writes: Vec<(Write, Arc<crate::taxonomy::Node>)> = Vec::new();
        for step in steps {
            let before = self.node_path(&tree, step);
            step.apply(&mut tree).map_err(Refusal::new)?;
            match step {
                Step::Create { .. } | Step::Patch { .. } => {
                    let Some(node) = tree.node(step.node()).cloned() else { continue };
                    writes.retain(|(write, _)| write.path != before);
                    writes.push((Write { path: before, text: format::node_yaml(&node) }, node));
                }
                Step::Remove { .. } => {
                    self.flush(&mut writes)?;
                    recovery::remove(&self.root, &before)?;
                    self.nodes.remove(&before);
                }
                Step::Move { .. } => {
                    self.flush(&mut writes)?;
                    let after = self.root.join("tree").join(format!("{}.yaml", tree.path(step.node())));
                    recovery::rename(&self.root, &before, &after)?;
                    self.rename_known(&before, &after);
                }
            }
        }
        self.flush(&mut writes)
    }

    fn flush(&mut self, writes: &mut Vec<(Write, Arc<crate::taxonomy::Node>)>) -> Result<(), StoreError> {
        let (files, nodes): (Vec<Write>, Vec<_>) = std::mem::take(writes).into_iter().unzip();
        files::write_all(&self.root, &files)?;
        for (write, node) in files.into_iter().zip(nodes) {
            let stamp = Stamp::of(&write.path, write.text.as_bytes());
            self.nodes.insert(write.path, (stamp, node));
        }
        Ok(())
    }

    /// After a move: the file and all below its folder are known under their new paths.
    fn rename_known(&mut self, before: &Path, after: &Path) {
        let (from, to) = (before.with_extension(""), after.with_extension(""));
        let moved: Vec<PathBuf> =
            self.nodes.keys().filter(|path| *path == before || path.starts_with(&from)).cloned().collect();
        for old in moved {
            let new = match old.strip_prefix(&from) {
                Ok(below) if old != before => to.join(below),
                _ => after.to_owned(),
            };
            if let Some(known) = self.nodes.remove(&old) {
                self.nodes.insert(new, known);
            }
        }
    }

    /// Looks whether other hands changed the directory, and takes in what they did.
    ///
    /// # Errors
    /// The manifest can no longer be used; the last good view stays.
    pub fn refresh(&mut self) -> Result<Vec<Notice>, StoreError> {
        if !load::is_changed(&self.root, &self.nodes, &self.others) {
            return Ok(self.take_notices());
        }
        let loaded = load::load(&self.root, &self.nodes)?;
        let mut notices = self.take_notices();
        notices.extend(self.changes(&loaded));
        let mut snapshot = loaded.snapshot;
        snapshot.revision = self.snapshot.revision + 1;
        self.last = self.last.max(snapshot.record.events().last().map_or(self.last, |event| event.id));
        self.snapshot = Arc::new(snapshot);
        self.nodes = loaded.nodes;
        self.others = loaded.others;
        Ok(notices)
    }

    fn changes(&self, loaded: &load::Loaded) -> Vec<Notice> {
        let notice =
            |path: &Path, message: &str| Notice { path: files::shown(&self.root, path), message: message.to_owned() };
        let mut notices = Vec::new();
        for (path, (_, node)) in &loaded.nodes {
            match self.nodes.get(path) {
                Some((_, known)) if known == node => {}
                Some(_) => notices.push(notice(path, "changed on disk by other hands; the new content counts.")),
                None => notices.push(notice(path, "appeared on disk.")),
            }
        }
        let gone = self.nodes.keys().filter(|path| !loaded.nodes.contains_key(*path));
        for path in gone {
            match loaded.snapshot.problems.iter().find(|problem| problem.path == files::shown(&self.root, path)) {
                Some(problem) => notices.push(notice(path, &problem.message)),
                None => notices.push(notice(path, "is gone from disk.")),
            }
        }
        let foreign = loaded.snapshot.record.events().len().saturating_sub(self.snapshot.record.events().len());
        if foreign > 0 {
            notices.push(Notice {
                path: "decisions".to_owned(),
                message: format!("{foreign} decisions of others arrived."),
            });
        }
        notices.sort_by(|a, b| a.path.cmp(&b.path));
        notices
    }

    /// Rewrites node files, the manifest and batches whose layout is not canonical; with
    /// `check` only lists them. Returns their paths.
    ///
    /// # Errors
    /// Read-only, or the system refused.
    pub fn format(&mut self, check: bool) -> Result<Vec<String>, StoreError> {
        if let (false, Some(why)) = (check, &self.read_only) {
            return Err(StoreError::ReadOnly(why.clone()));
        }
        let mut writes = Vec::new();
        for (path, (stamp, node)) in &self.nodes {
            let text = format::node_yaml(node);
            if !stamp.is_of(text.as_bytes()) {
                writes.push(Write { path: path.clone(), text });
            }
        }
        let manifest =
            Write { path: self.root.join("provost.yaml"), text: format::manifest_yaml(&self.snapshot.manifest) };
        if self.others.get(&manifest.path).is_some_and(|stamp| !stamp.is_of(manifest.text.as_bytes())) {
            writes.push(manifest);
        }
        writes.sort_by(|a, b| a.path.cmp(&b.path));
        if !check {
            files::write_all(&self.root, &writes)?;
            self.refresh()?;
        }
        Ok(writes.iter().map(|write| files::shown(&self.root, &write.path)).collect())
    }
}

fn is_unwritable(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
    matches!(error.kind(), PermissionDenied | ReadOnlyFilesystem)
}

/// Milliseconds since 1970.
#[must_use]
pub fn now() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or(0)
}

/// RFC 3339 with seconds, UTC.
#[must_use]
pub fn timestamp(milliseconds: u64) -> String {
    let moment = i64::try_from(milliseconds / 1000).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    moment.map(|moment| moment.to_string()).unwrap_or_default()
}

fn month(milliseconds: u64) -> String {
    timestamp(milliseconds).chars().take(7).collect()
}

/// 32 bits that differ between processes and calls.
#[must_use]
pub fn distinct() -> u32 {
    use std::hash::{BuildHasher as _, RandomState};
    (RandomState::new().hash_one(std::process::id()) & 0xffff_ffff) as u32
}
