//! Whether curators look: what became of proposals that a person planted although they are wrong.

use std::collections::BTreeMap;

use super::super::event::Change;
use super::super::snapshot::Snapshot;
use super::super::votes::Side;
use super::{Cell, Section};

/// The sections about attention.
pub(super) fn sections(snapshot: &Snapshot) -> Vec<Section> {
    vec![planted(snapshot)]
}

/// Of what each curator decided among the planted, how much they did not accept. Who planted it
/// is not counted.
fn planted(snapshot: &Snapshot) -> Section {
    let record = &snapshot.record;
    let mut curators: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for proposal in record.proposals().filter(|proposal| record.is_planted(proposal.id)) {
        let by = |who: &str| {
            record.events_on(proposal.id).any(|event| event.by == who && matches!(event.change, Change::Plant { .. }))
        };
        for vote in record.votes_of_all(proposal.id).into_iter().filter(|vote| !by(&vote.by)) {
            let (caught, decided) = curators.entry(vote.by).or_default();
            *caught += usize::from(vote.side != Side::Accept);
            *decided += 1;
        }
    }
    let row = |(name, (caught, decided)): (String, (usize, usize))| {
        let share = Cell::Share(caught as f64 / decided as f64);
        vec![Cell::Text(name.into()), Cell::Count(caught), Cell::Count(decided), share]
    };
    Section {
        key: "planted",
        title: "Planted proposals that were caught",
        columns: vec!["curator", "caught", "of", "share"],
        rows: curators.into_iter().map(row).collect(),
        remark: Some("Somebody put these forward knowing that they are wrong; none of them entered the tree.".into()),
    }
}
