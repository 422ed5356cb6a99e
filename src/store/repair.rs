//! Putting right what log and tree disagree about, as far as that takes no guess: marker lines leave
//! the logs, what is accepted and not there is written again as its event tells, votes are settled.
//! Nothing that people may have written is removed.

use std::sync::Arc;

use super::core::Store;
use super::effects::When;
use super::error::StoreError;
use super::files::{self, Write};
use super::log;
use crate::taxonomy::audit;
use crate::taxonomy::event::Event;
use crate::taxonomy::node::Kind;
use crate::taxonomy::op::Op;

/// One thing that was put right, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// The file, relative to the directory.
    pub path: String,
    /// What was done, as a sentence; where it could not be, why.
    pub message: String,
    /// Whether it could be done.
    pub done: bool,
}

impl Store {
    /// Puts right what can be; with `dry_run` only says what. No decision is added for what a
    /// decision in force asks for already, so that two clones which do the same stay the same.
    ///
    /// # Errors
    /// Read-only, or the system refused.
    pub fn repair(&mut self, dry_run: bool) -> Result<Vec<Repair>, StoreError> {
        if !dry_run {
            self.ready()?;
        }
        let mut repairs = self.mend_logs(dry_run)?;
        if !dry_run && !repairs.is_empty() {
            self.reload()?;
        }
        // Where a parent is back, what was left out below it shows what else is missing.
        for _ in Kind::ALL {
            let so_far = repairs.len();
            self.write_missing(dry_run, &mut repairs)?;
            if dry_run || !repairs[so_far..].iter().any(|repair| repair.done) {
                break;
            }
        }
        self.settle_votes(dry_run, &mut repairs)?;
        Ok(repairs)
    }

    fn mend_logs(&mut self, dry_run: bool) -> Result<Vec<Repair>, StoreError> {
        let (paths, _) = files::walk(&self.root.join("decisions"), "jsonl");
        let mut repairs = Vec::new();
        for path in paths {
            let (bytes, _) = files::read(&path, u64::MAX).map_err(|error| StoreError::io(&path, error))?;
            let shown = files::shown(&self.root, &path);
            let before = log::parse(&bytes, &shown);
            if !before.has_markers {
                continue;
            }
            let mended = log::without_markers(&bytes);
            let same = |after: &[Event]| after == before.events.as_slice();
            let text = String::from_utf8(mended).ok().filter(|text| same(&log::parse(text.as_bytes(), &shown).events));
            let count = before.events.len();
            let Some(text) = text else {
                let message = "The conflict markers stay: a line beside them is not text.".to_owned();
                repairs.push(Repair { path: shown, message, done: false });
                continue;
            };
            if !dry_run {
                files::write_all(&self.root, &[Write::new(path, text)])?;
            }
            let message = format!("The conflict markers are removed; all {count} decisions stay.");
            repairs.push(Repair { path: shown, message, done: true });
        }
        Ok(repairs)
    }

    fn write_missing(&mut self, dry_run: bool, repairs: &mut Vec<Repair>) -> Result<(), StoreError> {
        let differences = audit::audit(&self.snapshot);
        let mut missing: Vec<_> =
            differences.into_iter().filter_map(|one| Some((one.path, one.step?, one.event))).collect();
        // Parents before children.
        missing.sort_by_key(|(path, ..)| path.matches('/').count());
        let before = self.snapshot.clone();
        let written = !missing.is_empty() && !dry_run;
        for (path, step, event) in missing {
            let told = event.map(|event| event.to_string()).unwrap_or_default();
            let steps = std::slice::from_ref(&step);
            let tried = self.check_disk(steps, When::Completing).and_then(|()| match dry_run {
                true => Ok(()),
                false => self.write_steps(steps),
            });
            let (message, done) = match tried {
                Ok(()) => {
                    let mut snapshot = (*self.snapshot).clone();
                    let _ = step.apply(&mut snapshot.tree);
                    self.snapshot = Arc::new(snapshot);
                    (format!("Written again as {told} says."), true)
                }
                Err(StoreError::Conflict { .. }) => {
                    ("It is left: a file is there that cannot be used, or was changed just now.".to_owned(), false)
                }
                Err(error) => (format!("It is left: {error}"), false),
            };
            let repair = Repair { path, message, done };
            if !repairs.contains(&repair) {
                repairs.push(repair);
            }
        }
        self.snapshot = before;
        if written {
            self.reload()?;
        }
        Ok(())
    }

    fn settle_votes(&mut self, dry_run: bool, repairs: &mut Vec<Repair>) -> Result<(), StoreError> {
        let unsettled = self.snapshot.unsettled().len();
        if unsettled == 0 {
            return Ok(());
        }
        let path = "decisions".to_owned();
        let repair = if dry_run {
            Repair { path, message: format!("The votes on {unsettled} are in; the outcome is written."), done: true }
        } else {
            match self.submit(Op::Settle) {
                Ok(receipt) => Repair { path, message: format!("The votes are in: {}.", receipt.summary), done: true },
                Err(error @ (StoreError::Refused(_) | StoreError::File(_) | StoreError::Conflict { .. })) => Repair {
                    path,
                    message: format!("The votes on {unsettled} are in, and not written: {error}"),
                    done: false,
                },
                Err(error) => return Err(error),
            }
        };
        repairs.push(repair);
        Ok(())
    }
}
