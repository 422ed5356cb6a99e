//! What was turned down and comes again: in the same words it is suppressed, in nearly the same it
//! is shown with the old reason, and how often either happens is counted per model and prompt.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::id::{BatchId, NodeId, ProposalId};
use super::lessons;
use super::proposal::{Body, Proposal, Source, State};
use super::similarity::{Described, NameIndex};
use super::snapshot::Snapshot;
use super::text::{Untrusted, reveal_line};

/// From this nearness on a name is like one that was turned down; below, people stop looking.
pub const NEAR: f32 = 0.6;
/// How many names that were turned down are compared with one.
const MOST: usize = 5;

/// `"Light", rejected as vague by bo on 2026-11-01`: for a sentence.
#[must_use]
pub fn epitaph(snapshot: &Snapshot, rejected: &Proposal) -> String {
    let name = rejected.title();
    let reason = lessons::reason(snapshot, rejected).unwrap_or_default();
    let event = rejected.decided.and_then(|id| snapshot.record.event(id));
    let by = event.map(|event| format!(" by {}", reveal_line(&event.by))).unwrap_or_default();
    let on = event.and_then(|event| event.at.get(..10)).map(|day| format!(" on {}", reveal_line(day)));
    format!("\"{}\", rejected as {}{by}{}", name.line(), reason.line(), on.unwrap_or_default())
}

/// How often something that was turned down was named again since, in any wording.
#[must_use]
pub fn again(snapshot: &Snapshot, rejected: &Proposal) -> usize {
    let Some(decided) = rejected.decided.filter(|_| matches!(rejected.state, State::Rejected { .. })) else { return 0 };
    let others = snapshot.wordings(rejected);
    let all = others.iter().flat_map(|other| other.seen.iter()).chain(&rejected.seen);
    let since: HashSet<BatchId> =
        all.map(|(batch, _)| *batch).filter(|batch| batch.milliseconds() > decided.milliseconds()).collect();
    since.len()
}

/// How often one model, asked with one version of the prompt, came back with what was turned down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    /// The model's name.
    pub model: Untrusted,
    /// The version of the prompt; none in old batches.
    pub prompt: Option<String>,
    /// Proposals of nodes in its batches.
    pub proposals: usize,
    /// Those that say what had been turned down here, in the same words.
    pub exact: usize,
    /// Those whose name is near one that had been turned down here.
    pub near: usize,
}

/// The re-proposal rate of every model and prompt version, by name. What counts is what is turned
/// down today and was so before the batch came.
#[must_use]
pub fn rates(snapshot: &Snapshot) -> Vec<Rate> {
    let mut rates: BTreeMap<(Untrusted, Option<String>), Rate> = BTreeMap::new();
    let mut count = |batch: BatchId, how: fn(&mut Rate)| {
        let Some(head) = snapshot.record.batch(batch) else { return };
        let Source::Model { model, .. } = &head.source else { return };
        let rate = rates.entry((model.clone(), head.prompt.clone())).or_insert_with(|| Rate {
            model: model.clone(),
            prompt: head.prompt.clone(),
            proposals: 0,
            exact: 0,
            near: 0,
        });
        how(rate);
    };
    let mut graves: HashMap<Option<NodeId>, Graves> = HashMap::new();
    for proposal in snapshot.record.proposals() {
        let Body::Node { node, parent, .. } = &proposal.body else { continue };
        let graves = graves.entry(*parent).or_insert_with(|| Graves::below(snapshot, *parent));
        let like = graves.like(*node, proposal.title().raw());
        for (batch, _) in &proposal.seen {
            count(*batch, |rate| rate.proposals += 1);
            if says_again(snapshot, proposal, *batch) {
                count(*batch, |rate| rate.exact += 1);
            } else if like.iter().any(|other| was_dead(snapshot, *other, *batch)) {
                count(*batch, |rate| rate.near += 1);
            }
        }
    }
    rates.into_values().collect()
}

/// Whether a batch named in the same words what had been turned down before.
fn says_again(snapshot: &Snapshot, proposal: &Proposal, batch: BatchId) -> bool {
    let others = snapshot.wordings(proposal);
    let mut all = others.iter().map(|other| other.id).chain([proposal.id]);
    all.any(|id| was_dead(snapshot, id, batch))
}

/// Whether a proposal had been turned down when a batch came.
fn was_dead(snapshot: &Snapshot, id: ProposalId, batch: BatchId) -> bool {
    let Some(proposal) = snapshot.record.proposal(id) else { return false };
    let before = |event: super::id::EventId| event.milliseconds() < batch.milliseconds();
    matches!(proposal.state, State::Rejected { .. }) && proposal.decided.is_some_and(before)
}

/// For many proposals of one place: names that were turned down there.
#[derive(Debug, Default)]
pub(super) struct Graves(NameIndex);

impl Graves {
    /// What was turned down under a parent.
    pub fn below(snapshot: &Snapshot, parent: Option<NodeId>) -> Self {
        let mut graves = Self::default();
        for proposal in snapshot.record.proposed_children(parent) {
            if let (Body::Node { node, .. }, State::Rejected { .. }) = (&proposal.body, &proposal.state) {
                graves.0.put(*node, &Described::named(proposal.title().raw()));
            }
        }
        graves
    }

    /// One more.
    pub fn put(&mut self, node: NodeId, dead: &Proposal) {
        self.0.put(node, &Described::named(dead.title().raw()));
    }

    /// One that is not, or no longer, among them.
    pub fn remove(&mut self, node: NodeId) {
        self.0.remove(node);
    }

    /// Those whose names are near a name, and of the same kind; the nearest first.
    pub fn like(&self, id: NodeId, name: &str) -> Vec<ProposalId> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let near = self.0.alike(name, Some(id), MOST, NEAR).into_iter();
        near.filter(|one| one.node.kind() == id.kind()).map(|one| ProposalId::of_node(one.node)).collect()
    }
}

#[cfg(test)]
mod tests;
