//! What several curators decided about the same proposals, each without being overruled.

use std::collections::BTreeMap;

use super::super::id::ProposalId;
use super::super::proposal::Body;
use super::super::snapshot::Snapshot;
use super::super::votes::Side;
use super::agreement::{Ratings, cohen};
use super::{Cell, Section};

const ACCEPT: usize = 0;
const OTHERWISE: usize = 1;

/// The sections about agreement.
pub(super) fn sections(snapshot: &Snapshot) -> Vec<Section> {
    vec![agreement(snapshot), pairs(snapshot)]
}

/// The first verdict of each curator on a proposal, where it was given without setting aside that
/// of another: only such verdicts say something about agreement.
fn first_verdicts(snapshot: &Snapshot, id: ProposalId) -> BTreeMap<&str, usize> {
    let mut found = BTreeMap::new();
    for event in snapshot.record.events_on(id) {
        let category = match Side::of(&event.change) {
            Some(Side::Accept) => ACCEPT,
            Some(Side::Reject | Side::Merge(_)) => OTHERWISE,
            _ => continue,
        };
        let knew_others = match event.v {
            1 => found.keys().any(|by| *by != event.by),
            _ => !event.ballot.over.is_empty(),
        };
        if !knew_others {
            found.entry(event.by.as_str()).or_insert(category);
        }
    }
    found
}

fn agreement(snapshot: &Snapshot) -> Section {
    let mut all = Ratings::default();
    let mut levels: BTreeMap<&str, Ratings> = BTreeMap::new();
    for proposal in snapshot.record.proposals().filter(|proposal| !snapshot.record.is_planted(proposal.id)) {
        let verdicts = first_verdicts(snapshot, proposal.id);
        let count = |wanted: usize| verdicts.values().filter(|category| **category == wanted).count() as u32;
        let row = vec![count(ACCEPT), count(OTHERWISE)];
        let level = match &proposal.body {
            Body::Node { kind, .. } => kind.name(),
            Body::Syllabus { .. } => "syllabus",
        };
        levels.entry(level).or_default().add(row.clone());
        all.add(row);
    }
    let rows = std::iter::once(("all", &all)).chain(levels.iter().map(|(level, ratings)| (*level, ratings)));
    let row = |(name, ratings): (&str, &Ratings)| {
        let found = ratings.agreement()?;
        Some(vec![
            Cell::Text(name.into()),
            Cell::Count(found.items),
            Cell::Share(found.raw),
            Cell::Score(found.ac1),
            found.kappa.map_or(Cell::None, Cell::Score),
            ratings.agreement_on(OTHERWISE).map_or(Cell::None, Cell::Share),
        ])
    };
    Section {
        key: "agreement",
        title: "Agreement between curators",
        columns: vec!["level", "proposals", "raw", "AC1", "kappa", "on rejects"],
        rows: rows.filter_map(row).collect(),
        remark: Some(
            "Proposals that at least two decided on, neither over the other. Where most is accepted, kappa is low \
             even if curators differ rarely; AC1 is not. Kappa is Fleiss'."
                .to_owned(),
        ),
    }
}

type Pair<'a> = (&'a str, &'a str);
type Table = BTreeMap<(usize, usize), u32>;

/// One 2 x 2 table for each pair of curators.
type Pairs<'a> = BTreeMap<Pair<'a>, Table>;

fn pairs(snapshot: &Snapshot) -> Section {
    let mut pairs: Pairs<'_> = BTreeMap::new();
    for proposal in snapshot.record.proposals().filter(|proposal| !snapshot.record.is_planted(proposal.id)) {
        let verdicts: Vec<_> = first_verdicts(snapshot, proposal.id).into_iter().collect();
        for (at, (one, first)) in verdicts.iter().enumerate() {
            for (other, second) in &verdicts[at + 1..] {
                *pairs.entry((*one, *other)).or_default().entry((*first, *second)).or_default() += 1;
            }
        }
    }
    let row = |((one, other), table): (&Pair<'_>, &Table)| {
        let mut ratings = Ratings::default();
        for ((first, second), count) in table {
            let both = if first == second { 2 } else { 1 };
            let mut counts = vec![0, 0];
            counts[*first] = both;
            counts[*second] = both;
            (0..*count).for_each(|_| ratings.add(counts.clone()));
        }
        let found = ratings.agreement()?;
        Some(vec![
            Cell::Text(format!("{one}, {other}").into()),
            Cell::Count(found.items),
            Cell::Share(found.raw),
            Cell::Score(found.ac1),
            cohen(table).map_or(Cell::None, Cell::Score),
            ratings.agreement_on(OTHERWISE).map_or(Cell::None, Cell::Share),
        ])
    };
    Section {
        key: "pairs",
        title: "Agreement of each two",
        columns: vec!["curators", "proposals", "raw", "AC1", "kappa", "on rejects"],
        rows: pairs.iter().filter_map(row).collect(),
        remark: Some("Kappa is Cohen's.".to_owned()),
    }
}
