//! The store on a thread of its own, for a screen and for jobs: ops go in, snapshots come out.

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use tokio::sync::{broadcast, oneshot, watch};

use super::core::{Notice, Receipt, Store};
use super::error::StoreError;
use super::watch as disk;
use crate::taxonomy::id::BatchId;
use crate::taxonomy::op::Op;
use crate::taxonomy::proposal::Batch;
use crate::taxonomy::snapshot::Snapshot;

enum Request {
    Submit(Box<Op>, oneshot::Sender<Result<Receipt, StoreError>>),
    Batch(BatchId, oneshot::Sender<Result<Batch, StoreError>>),
    Refresh,
}

/// Talks to the store's thread. Cheap to clone; the thread ends with the last one, and the lock
/// is free then.
#[derive(Clone)]
pub struct StoreHandle {
    requests: mpsc::Sender<Request>,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    notices: broadcast::Sender<Notice>,
    // Before `thread`: the watcher holds a sender too, and the thread ends with the last one.
    _watcher: Arc<Option<disk::Watcher>>,
    thread: Arc<Joined>,
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

/// How long the disk must be quiet before it is looked at again.
const QUIET: Duration = Duration::from_millis(120);

impl Store {
    /// Gives the store to a thread of its own that also watches the directory.
    #[must_use]
    pub fn into_handle(self) -> StoreHandle {
        let (requests, inbox) = mpsc::channel();
        let (publish, snapshots) = watch::channel(self.snapshot());
        let (notices, _) = broadcast::channel(256);
        let poke = requests.clone();
        let watcher = disk::Watcher::new(self.dir(), move || {
            let _ = poke.send(Request::Refresh);
        });
        let told = notices.clone();
        let thread =
            thread::Builder::new().name("store".to_owned()).spawn(move || serve(self, &inbox, &publish, &told));
        let thread = Arc::new(Joined(thread.ok()));
        StoreHandle { requests, snapshots, notices, _watcher: Arc::new(watcher), thread }
    }
}

fn serve(
    mut store: Store,
    inbox: &mpsc::Receiver<Request>,
    publish: &watch::Sender<Arc<Snapshot>>,
    notices: &broadcast::Sender<Notice>,
) {
    let mut look = false;
    loop {
        let request = if look {
            match inbox.recv_timeout(QUIET) {
                Ok(request) => Some(request),
                Err(mpsc::RecvTimeoutError::Timeout) => None,
                Err(mpsc::RecvTimeoutError::Disconnected) => return,
            }
        } else {
            match inbox.recv() {
                Ok(request) => Some(request),
                Err(mpsc::RecvError) => return,
            }
        };
        match request {
            Some(Request::Refresh) => look = true,
            Some(Request::Submit(op, reply)) => {
                let outcome = store.submit(*op);
                if matches!(outcome, Err(StoreError::Conflict { .. })) {
                    look = true;
                }
                publish.send_replace(store.snapshot());
                let _ = reply.send(outcome);
            }
            Some(Request::Batch(id, reply)) => {
                let _ = reply.send(store.batch(id));
            }
            None => {
                look = false;
                let found = store
                    .refresh()
                    .unwrap_or_else(|error| vec![Notice { path: String::new(), message: error.to_string() }]);
                if publish.borrow().revision != store.snapshot().revision {
                    publish.send_replace(store.snapshot());
                }
                for notice in found {
                    let _ = notices.send(notice);
                }
            }
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

    /// What other hands do to the directory.
    #[must_use]
    pub fn notices(&self) -> broadcast::Receiver<Notice> {
        self.notices.subscribe()
    }

    /// Whether this is the last handle: dropping it ends the store.
    #[must_use]
    pub fn is_last(&self) -> bool {
        Arc::strong_count(&self.thread) == 1
    }
}
