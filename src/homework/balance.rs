//! Whether every branch gets its share: items planned and there against what was wished for.
//!
//! The wish is what the request and the rules of the directory would give if every subject that is
//! taught could take it. So a discipline whose syllabi nobody has accepted yet is under-represented.

use std::collections::HashMap;

use serde::Serialize;

use super::changes::Changes;
use super::plan::{Plan, selected};
use super::shares::{Rules, Slot};
use crate::taxonomy::{Kind, NodeId, Snapshot};

/// From here on a branch has too much, as a multiple of what was wished for.
const OVER: f64 = 1.25;
/// Up to here it has too little.
const UNDER: f64 = 0.8;
/// More than any subject is wished; no syllabus is looked at for a wish.
const NO_LIMIT: u64 = 1 << 40;

/// How a branch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It has about what was wished for.
    Fits,
    /// A quarter more, or more than that.
    Over,
    /// A fifth less, or less than that.
    Under,
    /// Nothing, although something was wished for.
    Nothing,
}

/// One branch: a field, a sub-field or a discipline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Branch {
    /// The branch.
    pub node: NodeId,
    /// How deep it hangs, from 0.
    pub depth: usize,
    /// Subjects below it that are taught.
    pub subjects: u64,
    /// Those of them that items are planned for.
    pub eligible: u64,
    /// Items planned, those included that are there.
    pub planned: u64,
    /// Valid items that are there besides.
    pub besides: u64,
    /// Its part of all items, 0 to 1.
    pub share: f64,
    /// The part that was wished for, 0 to 1.
    pub wished: f64,
    /// How it stands.
    pub standing: Standing,
}

impl Branch {
    /// Items planned and there.
    #[must_use]
    pub fn items(&self) -> u64 {
        self.planned.saturating_add(self.besides)
    }

    /// Its share as a multiple of the wish; `None` where nothing was wished for.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        (self.wished > 0.0).then(|| self.share / self.wished)
    }
}

#[derive(Default)]
struct Sum {
    subjects: u64,
    eligible: u64,
    planned: u64,
    besides: u64,
    wished: u64,
}

/// Every branch that has a subject which is taught, in the order of the tree. `changes` says what is
/// there already.
#[must_use]
pub fn balance(snapshot: &Snapshot, plan: &Plan, changes: Option<&Changes>) -> Vec<Branch> {
    let tree = &snapshot.tree;
    let taught: Vec<_> = selected(snapshot, &plan.request.nodes)
        .into_iter()
        .filter(|id| tree.is_active(*id))
        .filter_map(|id| Some((tree.lineage(id), tree.node(id)?)))
        .collect();
    let mut slots: Vec<Slot<'_>> = taught.iter().map(|(lineage, node)| Slot::new(lineage, node, NO_LIMIT)).collect();
    let request = &plan.request;
    Rules::of(snapshot, &request.shares).allot(snapshot, request.amount, request.seed, &mut slots);
    let there = |id: NodeId| changes.and_then(|changes| changes.there.get(&id)).copied().unwrap_or_default();
    let planned: HashMap<NodeId, (u64, u64)> = plan
        .subjects
        .iter()
        .enumerate()
        .map(|(at, subject)| {
            let counted = changes.and_then(|changes| changes.subjects.get(at)).map_or(0, |counts| counts.valid);
            (subject.id(), (subject.quota, counted))
        })
        .collect();
    let mut sums: HashMap<NodeId, Sum> = HashMap::new();
    let mut all = Sum::default();
    for ((lineage, node), slot) in taught.iter().zip(&slots) {
        let (quota, counted) = planned.get(&node.id).copied().unwrap_or_default();
        let besides = there(node.id).saturating_sub(counted);
        let above = lineage.iter().filter(|id| **id != node.id);
        for sum in above.map(|id| Some(*id)).chain([None]) {
            let sum = match sum {
                Some(id) => sums.entry(id).or_default(),
                None => &mut all,
            };
            sum.subjects += 1;
            sum.eligible += u64::from(planned.contains_key(&node.id));
            sum.planned = sum.planned.saturating_add(quota);
            sum.besides = sum.besides.saturating_add(besides);
            sum.wished = sum.wished.saturating_add(slot.asked);
        }
    }
    let items = all.planned.saturating_add(all.besides);
    let part = |of: u64, all: u64| if all == 0 { 0.0 } else { of as f64 / all as f64 };
    let branch = |node: NodeId| {
        let sum = sums.get(&node)?;
        let (share, wished) = (part(sum.planned + sum.besides, items), part(sum.wished, all.wished));
        // A single item more or less is no finding.
        let off = (share - wished).abs() * items as f64;
        let standing = match () {
            () if sum.planned + sum.besides == 0 && wished > 0.0 => Standing::Nothing,
            () if off <= 1.0 => Standing::Fits,
            () if share >= wished * OVER => Standing::Over,
            () if share <= wished * UNDER => Standing::Under,
            () => Standing::Fits,
        };
        let depth = tree.lineage(node).len() - 1;
        let Sum { subjects, eligible, planned, besides, .. } = *sum;
        Some(Branch { node, depth, subjects, eligible, planned, besides, share, wished, standing })
    };
    let is_branch = |id: &NodeId| tree.node(*id).is_some_and(|node| node.kind != Kind::Subject);
    tree.subtree(None).into_iter().filter(is_branch).filter_map(branch).collect()
}

#[cfg(test)]
mod tests {
    use super::super::plan::{Amount, PlanRequest};
    use super::super::shares::Shares;
    use super::super::{fixture, recipe};
    use super::*;
    use crate::taxonomy::syllabus;

    /// Physics with two subjects that are eligible, and Chemistry with two that are not.
    fn halves() -> Snapshot {
        let mut snapshot = fixture::taxonomy(&["Acoustics", "Optics"]);
        fixture::add_discipline(&mut snapshot, "Chemistry");
        for name in ["Organic", "Inorganic"] {
            fixture::add_subject_to(&mut snapshot, "natural-sciences/chemistry", name, None);
        }
        snapshot
    }

    fn of(snapshot: &Snapshot, shares: Shares) -> Vec<(String, Standing, u64, u64)> {
        let request = PlanRequest { shares, ..PlanRequest::of(Amount::PerSubject(10), 1) };
        let plan = Plan::new(snapshot, &request, &recipe::sample());
        let rows = balance(snapshot, &plan, None);
        let percent = |part: f64| (part * 100.0).round() as u64;
        rows.iter()
            .map(|row| {
                (snapshot.name(row.node).raw().to_owned(), row.standing, percent(row.share), percent(row.wished))
            })
            .collect()
    }

    #[test]
    fn a_discipline_without_syllabi_gets_nothing_and_the_others_too_much() {
        let snapshot = halves();
        let found = of(&snapshot, Shares::default());
        assert_eq!(
            found,
            [
                ("Natural Sciences".to_owned(), Standing::Fits, 100, 100),
                ("Chemistry".to_owned(), Standing::Nothing, 0, 50),
                ("Physics".to_owned(), Standing::Over, 100, 50),
            ]
        );
        let mut better = snapshot.clone();
        fixture::add_subject_to(&mut better, "natural-sciences/chemistry", "Analytical", Some(syllabus::sample(3, 3)));
        let found = of(&better, Shares::default());
        assert_eq!((&found[1].1, found[1].2, found[1].3), (&Standing::Under, 33, 60));
    }

    #[test]
    fn what_was_wished_for_is_no_finding() {
        let snapshot = halves();
        let chemistry = snapshot.tree.at_path("natural-sciences/chemistry").unwrap();
        let none = Shares { weights: vec![(chemistry, "0".parse().unwrap())], quotas: vec![] };
        let found = of(&snapshot, none);
        assert!(found.iter().all(|row| row.1 == Standing::Fits), "{found:?}");
        let physics = snapshot.tree.at_path("natural-sciences/physics").unwrap();
        let quota = Shares { weights: vec![], quotas: vec![(physics, 60)] };
        let found = of(&snapshot, quota);
        assert_eq!((found[2].2, found[2].3), (100, 75), "60 of 80 were wished for physics");
    }
}
