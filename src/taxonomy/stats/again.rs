//! How often models come back with what was turned down.

use super::{Cell, Section};
use crate::taxonomy::snapshot::Snapshot;
use crate::taxonomy::tombstones::{self, Rate};

/// The re-proposal rate of each model and version of the prompt.
pub(super) fn sections(snapshot: &Snapshot) -> Vec<Section> {
    let share = |part: usize, rate: &Rate| Cell::Share(part as f64 / rate.proposals.max(1) as f64);
    let row = |rate: Rate| {
        vec![
            Cell::Text(rate.model.clone()),
            rate.prompt.as_deref().map_or(Cell::None, |prompt| Cell::Text(prompt.into())),
            Cell::Count(rate.proposals),
            Cell::Count(rate.exact),
            share(rate.exact, &rate),
            Cell::Count(rate.near),
            share(rate.near, &rate),
        ]
    };
    let rows: Vec<_> = tombstones::rates(snapshot).into_iter().map(row).collect();
    vec![Section {
        key: "reproposals",
        title: "Proposed again after a rejection",
        columns: vec!["model", "prompt", "proposals", "exact", "exact share", "near", "near share"],
        rows,
        remark: Some("Exact: the same words, suppressed. Near: shown with the old reason.".to_owned()),
    }]
}
