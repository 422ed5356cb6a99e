//! What two views do not share, found once for all who follow from one to the next.

use super::id::{NodeId, ProposalId};
use super::node::Facts;
use super::proposal::Body;
use super::record::Record;
use super::shards::QuickSet;
use super::snapshot::Snapshot;
use super::tree::Tree;

/// What a view was, for whoever follows: cheap to keep.
#[derive(Debug, Clone)]
pub(super) struct Before {
    revision: u64,
    pub tree: Tree,
    pub record: Record,
}

impl Before {
    pub fn of(snapshot: &Snapshot) -> Self {
        Self { revision: snapshot.revision, tree: snapshot.tree.clone(), record: snapshot.record.clone() }
    }

    /// Whether nothing came since.
    pub fn is(&self, snapshot: &Snapshot) -> bool {
        self.revision == snapshot.revision
    }

    /// What came since: what is known already, where it begins and ends there.
    pub fn to<'a>(&self, snapshot: &Snapshot, known: Option<&'a Delta>) -> std::borrow::Cow<'a, Delta> {
        match known.filter(|known| known.from == self.revision && known.to == snapshot.revision) {
            Some(known) => std::borrow::Cow::Borrowed(known),
            None => std::borrow::Cow::Owned(Delta::of(self.revision, (&self.tree, &self.record), snapshot)),
        }
    }

    /// What a node was called, accepted or proposed.
    pub fn facts(&self, node: NodeId) -> Option<&Facts> {
        if let Some(node) = self.tree.node(node) {
            return Some(&node.facts);
        }
        match &self.record.proposal(ProposalId::of_node(node))?.body {
            Body::Node { node: of, facts, .. } if *of == node => Some(facts),
            _ => None,
        }
    }
}

/// What a view does not share with an earlier one. Cheap to find where it is a later state of it.
#[derive(Debug, Clone, Default)]
pub struct Delta {
    from: u64,
    to: u64,
    /// The proposals that are not quite as they were, or have one more event or one less.
    pub(super) proposals: QuickSet<ProposalId>,
    /// The accepted nodes that are not as they were, came, moved or went.
    pub(super) nodes: Vec<NodeId>,
    /// The nodes, accepted or proposed, that may be called something else, or came or went.
    pub(super) names: QuickSet<NodeId>,
}

impl Delta {
    /// From one view to a later one.
    #[must_use]
    pub fn between(before: &Snapshot, now: &Snapshot) -> Self {
        Self::of(before.revision, (&before.tree, &before.record), now)
    }

    fn of(from: u64, (tree, record): (&Tree, &Record), now: &Snapshot) -> Self {
        let proposals = now.record.changed_since(record);
        let nodes: Vec<NodeId> = now.tree.changed_since(tree).collect();
        let mut names: QuickSet<NodeId> = nodes.iter().copied().collect();
        for id in &proposals {
            for proposal in [record, &now.record].into_iter().filter_map(|record| record.proposal(*id)) {
                if let Body::Node { node, .. } = &proposal.body {
                    names.insert(*node);
                }
            }
        }
        Self { from, to: now.revision, proposals, nodes, names }
    }

    /// The accepted nodes that are not as they were, came, moved or went.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> {
        self.nodes.iter().copied()
    }

    /// How many proposals and nodes differ.
    #[must_use]
    pub fn len(&self) -> usize {
        self.proposals.len() + self.nodes.len()
    }

    /// Whether the two are the same.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests;
