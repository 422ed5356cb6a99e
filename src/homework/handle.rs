//! Watching and steering a run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::budget::Limits;
use super::progress::{ItemFailed, Phase, Progress};
use super::run::RunId;
use super::segment::Torn;

/// The most items that may be under way at once.
pub const MOST_CONCURRENT: usize = 4_096;

/// How a run ended. Whatever it is, what was finished is on disk and the same request resumes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Every item was tried.
    Done,
    /// Somebody stopped it; what flew was finished.
    Stopped,
    /// Somebody aborted it, or nobody waited for it any more.
    Aborted,
    /// The server takes no more for now: resume later.
    RateOrQuota(String),
    /// The server cannot be reached or answers nothing but errors: resume later.
    Unreachable(String),
    /// What a provider says of a batch does not fit: somebody has to look.
    Stuck(String),
    /// It can never work like this.
    Config(String),
    /// The disk failed.
    Storage(String),
    /// A cap is reached: which, and what the run has taken. What flew was finished and counted.
    Budget(String),
}

impl Ended {
    /// The word for it in `outcome.yaml`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Stopped => "stopped",
            Self::Aborted => "aborted",
            Self::RateOrQuota(_) => "rate-or-quota",
            Self::Unreachable(_) => "unreachable",
            Self::Stuck(_) => "stuck",
            Self::Config(_) => "config",
            Self::Storage(_) => "storage",
            Self::Budget(_) => "budget",
        }
    }

    /// What to tell, where there is something to tell.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Done | Self::Stopped | Self::Aborted => None,
            Self::RateOrQuota(text) | Self::Unreachable(text) | Self::Config(text) => Some(text),
            Self::Stuck(text) | Self::Storage(text) | Self::Budget(text) => Some(text),
        }
    }
}

/// A run that is over.
#[derive(Debug, Clone)]
pub struct Summary {
    /// The run.
    pub run: RunId,
    /// Its folder.
    pub dir: PathBuf,
    /// Why it is over.
    pub ended: Ended,
    /// The last counts.
    pub progress: Arc<Progress>,
    /// Torn tails that an earlier crash left, cut off and kept beside their segments.
    pub torn: Vec<Torn>,
}

/// What somebody wants of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Wish {
    pub phase: Phase,
    pub concurrency: usize,
    pub limits: Limits,
}

/// Steers a run; clones steer the same one.
#[derive(Debug, Clone)]
pub struct RunControl {
    wish: Arc<watch::Sender<Wish>>,
    cancel: CancellationToken,
}

impl RunControl {
    pub(super) fn new(concurrency: usize, limits: Limits) -> (Self, watch::Receiver<Wish>, CancellationToken) {
        let first = Wish { phase: Phase::Running, concurrency: clamp(concurrency), limits };
        let (wish, wishes) = watch::channel(first);
        let cancel = CancellationToken::new();
        (Self { wish: Arc::new(wish), cancel: cancel.clone() }, wishes, cancel)
    }

    /// Starts nothing new until [`resume`](Self::resume).
    pub fn pause(&self) {
        self.turn(Phase::Running, Phase::Paused);
    }

    /// Goes on after a pause.
    pub fn resume(&self) {
        self.turn(Phase::Paused, Phase::Running);
    }

    /// Finishes what flies, then ends.
    pub fn stop(&self) {
        self.wish.send_modify(|wish| wish.phase = Phase::Stopping);
    }

    /// Drops what flies and ends.
    pub fn abort(&self) {
        self.cancel.cancel();
    }

    /// Changes how many items may be under way, 1 to [`MOST_CONCURRENT`]. Nothing is called back.
    pub fn set_concurrency(&self, concurrency: usize) {
        self.wish.send_modify(|wish| wish.concurrency = clamp(concurrency));
    }

    /// Changes the caps, which hold for all starts of the run together. Nothing is called back.
    pub fn set_limits(&self, limits: Limits) {
        self.wish.send_modify(|wish| wish.limits = limits);
    }

    fn turn(&self, from: Phase, to: Phase) {
        self.wish.send_if_modified(|wish| {
            let fits = wish.phase == from;
            if fits {
                wish.phase = to;
            }
            fits
        });
    }
}

fn clamp(concurrency: usize) -> usize {
    concurrency.clamp(1, MOST_CONCURRENT)
}

/// A run under way. Dropping it aborts the run.
#[derive(Debug)]
pub struct RunHandle {
    pub(super) run: RunId,
    pub(super) dir: PathBuf,
    pub(super) control: RunControl,
    pub(super) progress: watch::Receiver<Arc<Progress>>,
    pub(super) failures: broadcast::Sender<ItemFailed>,
    pub(super) task: JoinHandle<Summary>,
    pub(super) guard: DropGuard,
}

impl RunHandle {
    /// The run.
    #[must_use]
    pub fn run(&self) -> &RunId {
        &self.run
    }

    /// The run's folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// For steering it from elsewhere.
    #[must_use]
    pub fn control(&self) -> RunControl {
        self.control.clone()
    }

    /// How it stands, at most ten times a second and once more at the end.
    #[must_use]
    pub fn progress(&self) -> watch::Receiver<Arc<Progress>> {
        self.progress.clone()
    }

    /// Every item that fails from now on; who is slow misses the oldest.
    #[must_use]
    pub fn failures(&self) -> broadcast::Receiver<ItemFailed> {
        self.failures.subscribe()
    }

    /// Waits for the end. Dropping this future aborts the run.
    pub async fn join(self) -> Summary {
        let Self { run, dir, progress, task, guard, .. } = self;
        let summary = task.await.unwrap_or_else(|error| Summary {
            run,
            dir,
            ended: Ended::Storage(format!(
                "The run broke off: {error}. What was finished is on disk; start it again to resume."
            )),
            progress: Arc::clone(&progress.borrow()),
            torn: Vec::new(),
        });
        drop(guard);
        summary
    }
}
