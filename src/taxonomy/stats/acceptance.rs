//! How much was accepted: by curator, model, prompt and level.

use std::collections::BTreeMap;

use super::super::event::{Change, Reason};
use super::super::proposal::{Body, Proposal, Source};
use super::super::snapshot::Snapshot;
use super::super::votes::Side;
use super::{Cell, Section};

/// Verdicts of one group.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    accepted: usize,
    edited: usize,
    rejected: usize,
    merged: usize,
}

impl Tally {
    fn row(self, name: &str) -> Vec<Cell> {
        let decided = self.accepted + self.rejected + self.merged;
        let share = |part: usize, of: usize| if of == 0 { Cell::None } else { Cell::Share(part as f64 / of as f64) };
        vec![
            Cell::Text(name.into()),
            Cell::Count(decided),
            Cell::Count(self.accepted),
            share(self.accepted, decided),
            Cell::Count(self.edited),
            Cell::Count(self.rejected),
            Cell::Count(self.merged),
        ]
    }
}

const COLUMNS: [&str; 6] = ["decided", "accepted", "share", "edited", "rejected", "merged"];

/// The sections about acceptance.
pub(super) fn sections(snapshot: &Snapshot) -> Vec<Section> {
    let mut groups: [BTreeMap<String, Tally>; 4] = Default::default();
    let mut reasons: BTreeMap<Reason, usize> = BTreeMap::new();
    for proposal in snapshot.record.proposals().filter(|proposal| !snapshot.record.is_planted(proposal.id)) {
        let [model, prompt, level] = origin(snapshot, proposal);
        for vote in snapshot.votes(proposal) {
            let change = snapshot.record.event(vote.event).map(|event| &event.change);
            if let Some(Change::Reject { reason, .. }) = change {
                *reasons.entry(*reason).or_default() += 1;
            }
            let edited = matches!(change, Some(Change::Accept { on })
                if on.iter().any(|one| one.proposal == proposal.id && one.edit.is_some()));
            let names = [Some(vote.by.clone()), Some(model.clone()).flatten(), prompt.clone(), level.clone()];
            for (group, name) in groups.iter_mut().zip(names) {
                let Some(name) = name else { continue };
                let tally = group.entry(name).or_default();
                match vote.side {
                    Side::Accept => tally.accepted += 1,
                    Side::Reject => tally.rejected += 1,
                    Side::Merge(_) => tally.merged += 1,
                    Side::Later => {}
                }
                tally.edited += usize::from(edited);
            }
        }
    }
    let about = [
        ("curators", "Acceptance by curator", "curator"),
        ("models", "Acceptance by model", "model"),
        ("prompts", "Acceptance by prompt", "prompt"),
        ("levels", "Acceptance by level", "level"),
    ];
    let table =
        |((key, title, first), group): ((&'static str, &'static str, &'static str), BTreeMap<String, Tally>)| {
            let rows = group.into_iter().map(|(name, tally)| tally.row(&name)).collect();
            let columns = std::iter::once(first).chain(COLUMNS).collect();
            Section { key, title, columns, rows, remark: None }
        };
    let mut sections: Vec<Section> = about.into_iter().zip(groups).map(table).collect();
    let total: usize = reasons.values().sum();
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(reason, count)| (std::cmp::Reverse(*count), *reason));
    let row = |(reason, count): (Reason, usize)| {
        vec![Cell::Text(reason.title().into()), Cell::Count(count), Cell::Share(count as f64 / total as f64)]
    };
    sections.push(Section {
        key: "reasons",
        title: "Why proposals were rejected",
        columns: vec!["reason", "count", "share"],
        rows: reasons.into_iter().map(row).collect(),
        remark: None,
    });
    sections
}

/// Model, prompt and level of a proposal: of the batch that put it forward first.
fn origin(snapshot: &Snapshot, proposal: &Proposal) -> [Option<String>; 3] {
    let batch = proposal.seen.first().and_then(|(batch, _)| snapshot.record.batch(*batch));
    let model = batch.map(|batch| match &batch.source {
        Source::Model { model, .. } => model.line().into_owned(),
        Source::Import { file, .. } => format!("import of {}", file.line()),
    });
    let prompt = batch.and_then(|batch| batch.prompt.clone());
    let level = match &proposal.body {
        Body::Node { kind, .. } => kind.name(),
        Body::Syllabus { .. } => "syllabus",
    };
    [model, prompt, Some(level.to_owned())]
}
