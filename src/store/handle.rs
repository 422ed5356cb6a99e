//! The store on a thread of its own, for a screen and for jobs: ops go in, snapshots come out.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Instant;

use tokio::sync::{broadcast, oneshot, watch};

use super::core::{Notice, Receipt, Store};
use super::error::StoreError;
use super::looking::Looking;
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
    _thread: Arc<Joined>,
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
    /// Gives the store to a thread of its own that also watches the directory.
    #[must_use]
    pub fn into_handle(self) -> StoreHandle {
        let (requests, inbox) = mpsc::channel();
        let requests = Arc::new(requests);
        let (publish, snapshots) = watch::channel(self.snapshot());
        let (notices, first) = broadcast::channel(256);
        // One request is enough however often the disk changes; the watcher keeps no thread alive.
        let (asked, poke) = (Arc::new(AtomicBool::new(false)), Arc::downgrade(&requests));
        let asks = asked.clone();
        let watcher = disk::Watcher::new(self.dir(), move || {
            if !asks.swap(true, Ordering::AcqRel)
                && let Some(requests) = poke.upgrade()
            {
                let _ = requests.send(Request::Refresh);
            }
        });
        let server = Server {
            store: self,
            publish,
            notices: notices.clone(),
            watcher,
            asked,
            suspicious: false,
            told: false,
            looking: Looking::default(),
        };
        let thread = thread::Builder::new().name("store".to_owned()).spawn(move || server.serve(&inbox));
        let first = Arc::new(Mutex::new(Some(first)));
        StoreHandle { requests, snapshots, notices, first, _thread: Arc::new(Joined(thread.ok())) }
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
    watcher: disk::Watcher,
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
        let deaf = self.watcher.deaf();
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
        self.watcher.renew();
        let found = match self.watcher.heard() {
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
