//! How many items each subject is asked for: weights and quotas of `provost.yaml` and of a request.
//!
//! They say how many and never which: item k of a subject is the same whatever its number of items.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::plan::Amount;
use super::quota::{Taker, share_out};
use crate::taxonomy::mix::{BranchRule, Weight, WeightRule};
use crate::taxonomy::{Node, NodeId, Snapshot};

/// Weights and quotas of one request; for the same node they stand in place of those of `provost.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shares {
    /// Weights of branches.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub weights: Vec<(NodeId, Weight)>,
    /// Items that branches get together.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quotas: Vec<(NodeId, u64)>,
}

impl Shares {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.weights.is_empty() && self.quotas.is_empty()
    }
}

/// Every rule that holds for a plan, its nodes found.
#[derive(Debug, Clone, Default)]
pub(super) struct Rules {
    weights: Vec<(Option<NodeId>, WeightRule)>,
    quotas: HashMap<NodeId, u64>,
    branches: HashMap<NodeId, BranchRule>,
    /// Rules that name a node which is not there, as sentences.
    pub remarks: Vec<String>,
}

impl Rules {
    pub fn of(snapshot: &Snapshot, shares: &Shares) -> Self {
        let mut rules = Self::default();
        let settings = &snapshot.manifest.homework;
        for rule in &settings.weights {
            let node = match rule.node.as_deref() {
                None | Some("/") => None,
                Some(text) => match rules.find(snapshot, "weights", text) {
                    Some(node) if shares.weights.iter().any(|(other, _)| *other == node) => continue,
                    Some(node) => Some(node),
                    None => continue,
                },
            };
            rules.weights.push((node, rule.clone()));
        }
        for (node, weight) in &shares.weights {
            rules.weights.push((Some(*node), WeightRule { node: None, level: None, weight: *weight }));
        }
        for rule in &settings.quotas {
            if let Some(node) = rules.find(snapshot, "quotas", &rule.node) {
                rules.quotas.insert(node, rule.count);
            }
        }
        rules.quotas.extend(shares.quotas.iter().copied());
        for rule in &settings.branches {
            if let Some(node) = rules.find(snapshot, "branches", &rule.node) {
                rules.branches.insert(node, rule.clone());
            }
        }
        rules
    }

    fn find(&mut self, snapshot: &Snapshot, key: &str, text: &str) -> Option<NodeId> {
        let by_id = text.parse().ok().filter(|id| snapshot.tree.entry(*id).is_some());
        let found = by_id.or_else(|| snapshot.tree.at_path(text));
        if found.is_none() {
            let text = crate::taxonomy::text::reveal_line(text).into_owned();
            self.remarks.push(format!(
                "`homework.{key}` of provost.yaml names `{text}`, which is not there: it counts for nothing."
            ));
        }
        found
    }

    /// The weight of a subject. Of the rules that name a node those of the nearest hold; those that
    /// name none hold besides. All that hold are multiplied.
    pub fn weight(&self, lineage: &[NodeId], level: &str) -> Weight {
        let holds = |node: Option<NodeId>| {
            self.weights
                .iter()
                .filter(move |(of, rule)| *of == node && rule.has_level(level))
                .map(|(_, rule)| rule.weight)
        };
        let nearest = lineage.iter().rev().find(|node| holds(Some(**node)).next().is_some());
        let near = nearest.into_iter().flat_map(|node| holds(Some(*node)));
        near.chain(holds(None)).fold(Weight::ONE, Weight::times)
    }

    /// The rule of the nearest branch that says `has`.
    pub fn branch(&self, lineage: &[NodeId], has: fn(&BranchRule) -> bool) -> Option<&BranchRule> {
        lineage.iter().rev().filter_map(|node| self.branches.get(node)).find(|rule| has(rule))
    }

    /// Sets what each slot is asked for; returns how many items are asked for together. The subjects
    /// below the nearest quota share what it says; an inner quota is part of an outer one.
    pub fn allot(&mut self, snapshot: &Snapshot, amount: Amount, seed: u64, slots: &mut [Slot<'_>]) -> u64 {
        let mut groups: HashMap<Option<NodeId>, Vec<usize>> = HashMap::new();
        for (at, slot) in slots.iter_mut().enumerate() {
            slot.taker.weight = self.weight(slot.lineage, slot.level);
            let quota = slot.lineage.iter().rev().find(|node| self.quotas.contains_key(node));
            groups.entry(quota.copied()).or_default().push(at);
        }
        let mut quotas: Vec<(usize, NodeId, u64)> =
            self.quotas.iter().map(|(node, count)| (snapshot.lineage(*node).len(), *node, *count)).collect();
        // The innermost first.
        quotas.sort_by_key(|(depth, node, _)| (std::cmp::Reverse(*depth), *node));
        for (_, node, count) in &quotas {
            let inside: u64 = slots
                .iter()
                .filter(|slot| slot.lineage.contains(node))
                .fold(0, |sum: u64, slot| sum.saturating_add(slot.asked));
            let members = groups.remove(&Some(*node)).unwrap_or_default();
            if members.is_empty() && inside == 0 {
                let name = snapshot.name(*node).line().into_owned();
                self.remarks
                    .push(format!("\"{name}\" has a quota of {count} items, and no subject there is eligible."));
            }
            share(slots, &members, count.saturating_sub(inside), seed);
        }
        let by_quota: u64 = slots.iter().fold(0, |sum, slot| sum.saturating_add(slot.asked));
        let outermost = quotas.iter().filter(|(_, node, _)| {
            let above = snapshot.lineage(*node);
            !above.iter().any(|other| other != node && self.quotas.contains_key(other))
        });
        let wanted = outermost.fold(0, |sum: u64, (.., count)| sum.saturating_add(*count)).max(by_quota);
        let rest = groups.remove(&None).unwrap_or_default();
        match amount {
            Amount::Count(count) => {
                if wanted > count {
                    self.remarks.push(format!(
                        "The quotas come to {wanted} items, more than the {count} asked for; nothing is left for the rest."
                    ));
                }
                share(slots, &rest, count.saturating_sub(by_quota), seed);
                wanted.max(count)
            }
            Amount::PerSubject(each) => rest.iter().fold(wanted, |sum, at| {
                let weight = u128::from(slots[*at].taker.weight.thousandths());
                let asked = (u128::from(each) * weight + 500) / 1_000;
                slots[*at].asked = u64::try_from(asked).unwrap_or(u64::MAX);
                sum.saturating_add(slots[*at].asked)
            }),
        }
    }
}

/// A subject that gets items.
pub(super) struct Slot<'a> {
    taker: Taker,
    lineage: &'a [NodeId],
    level: &'a str,
    /// Items asked for.
    pub asked: u64,
}

impl<'a> Slot<'a> {
    pub fn new(lineage: &'a [NodeId], node: &'a Node, capacity: u64) -> Self {
        let taker = Taker { id: node.id, capacity, weight: Weight::ONE };
        Self { taker, lineage, level: node.facts.level.as_ref().map_or("", |level| level.raw()), asked: 0 }
    }
}

fn share(slots: &mut [Slot<'_>], members: &[usize], count: u64, seed: u64) {
    let takers: Vec<Taker> = members.iter().map(|at| slots[*at].taker).collect();
    for (at, asked) in members.iter().zip(share_out(count, &takers, seed)) {
        slots[*at].asked = asked;
    }
}
