//! Embeddings beside the loop: asked in the background for whatever is new, until a failure.

use tokio_util::sync::CancellationToken;

use super::Curator;
use crate::app::{Meant, Msg};
use crate::asking::Embedder;
use crate::term::Surface;

/// The one round of asking that may be under way.
pub struct Meaning {
    embedder: Option<Embedder>,
    running: Option<CancellationToken>,
    again: bool,
}

impl Meaning {
    pub fn new(embedder: Option<Embedder>) -> Self {
        Self { embedder, running: None, again: false }
    }

    pub fn has_embedder(&self) -> bool {
        self.embedder.is_some()
    }

    pub fn begin(&mut self, embedder: Option<Embedder>) {
        self.embedder = embedder;
    }

    /// Stops asking for good; what is known stays.
    pub fn stop(&mut self) {
        self.embedder = None;
        if let Some(token) = &self.running {
            token.cancel();
        }
    }
}

impl<S: Surface> Curator<S> {
    /// Asks for what is not known of the newest snapshot, after the round under way.
    pub(super) fn embed(&mut self) {
        let Some(embedder) = self.meaning.embedder.clone() else { return };
        if self.meaning.running.is_some() {
            self.meaning.again = true;
            return;
        }
        let stop = self.stop.child_token();
        self.meaning.running = Some(stop.clone());
        let (outbox, snapshot) = (self.outbox.clone(), self.store.snapshot());
        self.tasks.spawn(async move {
            let round = embedder.fill(&snapshot, |done, total, vectors| {
                // Progress may be missed; the end brings everything.
                let _ = outbox.try_send(Msg::Meant(Meant::Progress { done, total, vectors: vectors.clone() }));
            });
            let end = tokio::select! {
                done = round => Meant::Ended { vectors: Some(done.vectors), failure: done.failure.map(|failure| failure.message), remark: done.remark },
                () = stop.cancelled() => Meant::Ended { vectors: None, failure: None, remark: None },
            };
            let _ = outbox.send(Msg::Meant(end)).await;
        });
    }

    /// A round is over.
    pub(super) fn embedded(&mut self, meant: &Meant) {
        let Meant::Ended { failure, .. } = meant else { return };
        self.meaning.running = None;
        if failure.is_some() {
            self.meaning.embedder = None;
        }
        if std::mem::take(&mut self.meaning.again) {
            self.embed();
        }
    }
}
