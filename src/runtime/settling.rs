//! Votes of several clones may reach the quorum when the clones are merged: nobody's decision
//! wrote the file then, so it is written once somebody opens the directory.

use super::Curator;
use crate::app::{Level, Msg};
use crate::store::StoreError;
use crate::taxonomy::Op;
use crate::term::Surface;

impl<S: Surface> Curator<S> {
    /// Writes what the votes led to and the tree does not show. What was tried once is not tried
    /// again before something else comes up.
    pub(super) fn settle_votes(&mut self) {
        if self.model.settings.read_only.is_some() {
            return;
        }
        let unsettled = self.model.snapshot.unsettled();
        if unsettled == self.settling {
            return;
        }
        self.settling = unsettled;
        if self.settling.is_empty() {
            return;
        }
        let outcome = self.store.submit(Op::Settle);
        self.answer(async move {
            match outcome.await {
                Ok(receipt) => Msg::Notice {
                    level: Level::Info,
                    text: format!("Votes were brought together: {}.", receipt.summary),
                },
                // Somebody else was faster.
                Err(StoreError::Refused(_)) => {
                    Msg::Notice { level: Level::Info, text: "The votes are settled.".into() }
                }
                Err(error) => Msg::Notice {
                    level: Level::Warning,
                    text: format!("What the votes decided is not written: {error}"),
                },
            }
        });
    }
}
