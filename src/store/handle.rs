//! The store on a thread of its own, for a screen and for jobs: ops go in, snapshots come out.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError, Weak, mpsc};
use std::thread;
use std::time::Instant;

use tokio::sync::{broadcast, oneshot, watch};

use super::core::{Notice, Receipt, Store};
use super::error::StoreError;
use super::looking::Looking;
use super::seen::{self, Seen};
use super::watch::{self as disk, Heard};
use crate::taxonomy::id::BatchId;
use crate::taxonomy::op::Op;
use crate::taxonomy::proposal::Batch;
use crate::taxonomy::snapshot::Snapshot;

enum Request {
    Submit(Box<Op>, oneshot::Sender<Result<Receipt, StoreError>>),
    Batch(BatchId, oneshot::Sender<Result<Batch, StoreError>>),
    Picture(Arc<Snapshot>, Vec<u8>, Vec<u8>, oneshot::Sender<bool>),
    Refresh,
    /// It is watched from now on, and this is what was there then.
    Watched(Box<(disk::Watcher, Result<Seen, StoreError>)>),
}

/// Talks to the store's thread. Cheap to clone; the thread ends with the last one, and the lock
/// is free then.
#[derive(Clone)]
pub struct StoreHandle {
    // Before `thread`, which ends once the last handle's sender is gone.
    requests: Arc<mpsc::Sender<Request>>,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    notices: broadcast::Sender<Notice>,
    /// For whoever listens first: nothing that is said before is lost.
    first: Arc<Mutex<Option<broadcast::Receiver<Notice>>>>,
    watching: Arc<Watching>,
    _thread: Arc<Joined>,
}

/// What it takes to watch the directory.
struct Watching {
    begun: Once,
    root: PathBuf,
    /// Whether a refresh is on its way.
    asked: Arc<AtomicBool>,
}

/// Joins the thread when the last handle is gone, so that the lock is free when drop returns.
struct Joined(Option<thread::JoinHandle<()>>);

impl Drop for Joined {
    fn drop(&mut self) {
        if let Some(thread) = self.0.take()
            && thread.thread().id() != thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

impl Store {
    /// Gives the store to a thread of its own and watches the directory.
    #[must_use]
    pub fn into_handle(self) -> StoreHandle {
        let handle = self.into_handle_unwatched();
        handle.watch();
        handle
    }

    /// The same; the directory is watched once somebody calls [`StoreHandle::watch`].
    #[must_use]
    pub fn into_handle_unwatched(self) -> StoreHandle {
        let (requests, inbox) = mpsc::channel();
        let requests = Arc::new(requests);
        let (publish, snapshots) = watch::channel(self.snapshot());
        let (notices, first) = broadcast::channel(256);
        let asked = Arc::new(AtomicBool::new(false));
        let watching = Watching { begun: Once::new(), root: self.dir().to_owned(), asked: asked.clone() };
        let server = Server {
            store: self,
            publish,
            notices: notices.clone(),
            watcher: None,
            asked,
            suspicious: false,
            told: false,
            looking: Looking::default(),
        };
        let thread = thread::Builder::new().name("store".to_owned()).spawn(move || server.serve(&inbox));
        let first = Arc::new(Mutex::new(Some(first)));
        let watching = Arc::new(watching);
        StoreHandle { requests, snapshots, notices, first, watching, _thread: Arc::new(Joined(thread.ok())) }
    }
}

/// Watches a directory, and then looks at what is there: what changed before is not heard.
fn watched(root: &Path, requests: Weak<mpsc::Sender<Request>>, asked: Arc<AtomicBool>) {
    let poke = requests.clone();
    // One request is enough however often the disk changes; the watcher keeps no thread alive.
    let watcher = disk::Watcher::new(root, move || {
        if !asked.swap(true, Ordering::AcqRel)
            && let Some(requests) = poke.upgrade()
        {
            let _ = requests.send(Request::Refresh);
        }
    });
    let seen = seen::look(root);
    if let Some(requests) = requests.upgrade() {
        let _ = requests.send(Request::Watched(Box::new((watcher, seen))));
    }
}

/// Where requests come from, and what time it is there.
trait Inbox {
    fn now(&self) -> Instant;

    /// The next request, if one comes until then; where nothing is due, however long it takes.
    fn next(&self, until: Option<Instant>) -> Result<Request, mpsc::RecvTimeoutError>;
}

impl Inbox for mpsc::Receiver<Request> {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn next(&self, until: Option<Instant>) -> Result<Request, mpsc::RecvTimeoutError> {
        match until {
            None => self.recv().map_err(|_| mpsc::RecvTimeoutError::Disconnected),
            Some(until) => self.recv_timeout(until.saturating_duration_since(Instant::now())),
        }
    }
}

/// The store's thread.
struct Server {
    store: Store,
    publish: watch::Sender<Arc<Snapshot>>,
    notices: broadcast::Sender<Notice>,
    /// `None` until it is watched.
    watcher: Option<disk::Watcher>,
    /// Whether a refresh is on its way.
    asked: Arc<AtomicBool>,
    /// Whether a decision met a file that is not as it was read, or the last look failed: all is looked at.
    suspicious: bool,
    /// Whether it was said that not everything can be watched.
    told: bool,
    looking: Looking,
}

impl Server {
    fn serve(mut self, inbox: &impl Inbox) {
        self.listen(inbox.now(), inbox.now());
        // The screen is open by now. A decision does not wait for tens of megabytes.
        let mut writing = self.store.keep_index_beside();
        loop {
            if self.looking.is_overdue(inbox.now()) {
                // Others are not to wait for those who never pause.
                self.look(inbox);
            }
            match inbox.next(self.looking.next()) {
                Ok(Request::Refresh) => {
                    self.asked.store(false, Ordering::Release);
                    self.looking.changed(inbox.now());
                }
                Ok(Request::Submit(op, reply)) => {
                    let outcome = self.store.submit(*op);
                    crate::planted::panics("store");
                    if matches!(outcome, Err(StoreError::Conflict { .. })) {
                        self.suspicious = true;
                        self.looking.changed(inbox.now());
                    }
                    self.publish.send_replace(self.store.snapshot());
                    let _ = reply.send(outcome);
                    let found = self.store.take_notices();
                    self.tell(found);
                }
                Ok(Request::Batch(id, reply)) => {
                    let _ = reply.send(self.store.batch(id));
                }
                Ok(Request::Picture(of, key, bytes, reply)) => {
                    let _ = reply.send(self.store.keep_picture(&of, &key, &bytes));
                }
                Ok(Request::Watched(watched)) => {
                    let (watcher, seen) = *watched;
                    self.watcher = Some(watcher);
                    if !seen.is_ok_and(|seen| self.store.is_as_seen(&seen)) {
                        self.suspicious = true;
                        self.looking.changed(inbox.now());
                    }
                    self.listen(inbox.now(), inbox.now());
                }
                Err(mpsc::RecvTimeoutError::Timeout) => self.look(inbox),
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    writing.take().map(thread::JoinHandle::join);
                    return;
                }
            }
        }
    }

    /// Notes whether everything is watched, after a look since `began`.
    fn listen(&mut self, began: Instant, now: Instant) {
        let deaf = self.watcher.as_ref().and_then(disk::Watcher::deaf);
        if let Some(why) = deaf.as_ref().filter(|_| !self.told) {
            self.told = true;
            let message = format!("Changes by others show only after some seconds: {why}.");
            self.tell(vec![Notice { path: String::new(), message }]);
        }
        self.looking.end(began, now, deaf.is_some());
    }

    fn look(&mut self, inbox: &impl Inbox) {
        let began = inbox.now();
        let everything = self.looking.begin(began);
        let heard = self.watcher.as_mut().map_or(Heard::Anything, |watcher| {
            watcher.renew();
            watcher.heard()
        });
        let found = match heard {
            Heard::Names(names)
                if !everything && !self.suspicious && names.iter().all(|path| self.store.is_as_known(path)) =>
            {
                Ok(self.store.take_notices())
            }
            _ => self.store.refresh(),
        };
        // What was heard is not settled while nothing can be read.
        self.suspicious = found.is_err();
        let found = found.unwrap_or_else(|error| vec![Notice { path: String::new(), message: error.to_string() }]);
        if self.publish.borrow().revision != self.store.snapshot().revision {
            self.publish.send_replace(self.store.snapshot());
        }
        self.tell(found);
        self.listen(began, inbox.now());
    }

    fn tell(&self, found: Vec<Notice>) {
        for notice in found {
            let _ = self.notices.send(notice);
        }
    }
}

impl StoreHandle {
    /// Watches the directory from now on, and takes in what changed in it since it was read. Both take a moment where there is
    /// much, so nobody waits for it. Once is enough.
    pub fn watch(&self) {
        let Watching { begun, root, asked } = &*self.watching;
        begun.call_once(|| {
            let (root, asked, requests) = (root.clone(), asked.clone(), Arc::downgrade(&self.requests));
            let begin = move || watched(&root, requests, asked);
            if let Err(error) = thread::Builder::new().name("watching".to_owned()).spawn(begin) {
                tracing::warn!(%error, "the directory is not watched");
            }
        });
    }

    /// Does what `op` wants; see [`Store::submit`]. The op is on its way when this returns, so
    /// ops keep their order whatever becomes of the futures.
    ///
    /// # Errors
    /// The future's are those of [`Store::submit`].
    pub fn submit(&self, op: Op) -> impl Future<Output = Result<Receipt, StoreError>> + Send + use<> {
        let (reply, outcome) = oneshot::channel();
        let sent = self.requests.send(Request::Submit(Box::new(op), reply));
        async move {
            sent.map_err(|_| StoreError::Stopped)?;
            outcome.await.map_err(|_| StoreError::Stopped)?
        }
    }

    /// A batch, whole.
    ///
    /// # Errors
    /// As [`Store::batch`].
    pub async fn batch(&self, id: BatchId) -> Result<Batch, StoreError> {
        let (reply, outcome) = oneshot::channel();
        self.requests.send(Request::Batch(id, reply)).map_err(|_| StoreError::Stopped)?;
        outcome.await.map_err(|_| StoreError::Stopped)?
    }

    /// Keeps a picture for the next start; see [`Store::keep_picture`]. `false` also where the store's thread has ended.
    pub async fn keep_picture(&self, of: Arc<Snapshot>, key: Vec<u8>, bytes: Vec<u8>) -> bool {
        let (reply, outcome) = oneshot::channel();
        let sent = self.requests.send(Request::Picture(of, key, bytes, reply));
        sent.is_ok() && outcome.await.unwrap_or(false)
    }

    /// The present view.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshots.borrow().clone()
    }

    /// Every new view, the newest only.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshots.clone()
    }

    /// What other hands do to the directory; for whoever asks first also what was said before.
    #[must_use]
    pub fn notices(&self) -> broadcast::Receiver<Notice> {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        first.unwrap_or_else(|| self.notices.subscribe())
    }
}

#[cfg(test)]
mod tests;
