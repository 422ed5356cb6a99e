//! Whether other processes on this machine make the items of a plan just now.
//!
//! Each run looks at what is done once, when it opens. So two that overlap would both ask for what neither has.

use std::collections::HashSet;
use std::path::Path;

use super::slot::{self, Slot};
use super::{RunFile, RunId, StartError, read_run, run_ids};
use crate::homework::plan::Plan;
use crate::taxonomy::NodeId;

/// Looks for another run than `own` that is being worked on and shares items with `plan`. Only who has the
/// [`turn`](super::turn) knows that none begins meanwhile.
///
/// # Errors
/// There is one, or the disk fails.
pub(super) fn none(runs: &Path, plan: &Plan, own: Option<&RunId>) -> Result<(), StartError> {
    let slot = plan.shard.map_or(Slot::Whole, Slot::Shard);
    for run in run_ids(runs)?.into_iter().filter(|run| Some(run) != own) {
        if slot::is_held(&runs.join(run.as_str()), |other| other.overlaps(slot))
            && read_run(runs, &run)?.is_some_and(|file| shares_items(&file, plan))
        {
            return Err(StartError::Overlaps(run));
        }
    }
    Ok(())
}

/// Whether a run has items of a plan: the same recipe and seed, and a subject in common, because every run begins with a
/// subject's first item. A subject that a run passes over for its weight is taken for one of its own.
fn shares_items(file: &RunFile, plan: &Plan) -> bool {
    let nodes: HashSet<NodeId> = file.request.nodes.iter().copied().collect();
    let mut subjects = plan.subjects.iter().filter(|subject| subject.quota > 0);
    (&file.recipe_hash, file.request.seed) == (&plan.recipe_hash, plan.request.seed)
        && subjects.any(|subject| nodes.is_empty() || subject.lineage.iter().any(|id| nodes.contains(id)))
}
