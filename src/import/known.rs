//! What a name of a file stands for: an accepted node, a proposal of an earlier batch, or
//! something new.

use std::collections::{HashMap, HashSet};

use super::Import;
use crate::taxonomy::id::{NodeId, ProposalId};
use crate::taxonomy::node::{Facts, Kind, Node};
use crate::taxonomy::proposal::{Proposed, State};
use crate::taxonomy::snapshot::Snapshot;
use crate::taxonomy::text::{Untrusted, normalise};

/// Kind and normalised name.
pub type Key = (Kind, String);

/// What is known, and what the file has named of it so far.
pub struct Known<'a> {
    snapshot: &'a Snapshot,
    /// The accepted children of a node by their names and aliases; made when first asked for.
    children: HashMap<Option<NodeId>, HashMap<Key, NodeId>>,
    counted: HashSet<NodeId>,
}

impl<'a> Known<'a> {
    /// Nothing named yet.
    #[must_use]
    pub fn new(snapshot: &'a Snapshot) -> Self {
        Self { snapshot, children: HashMap::new(), counted: HashSet::new() }
    }

    /// The node that a name stands for. `id` is the node's own id where the file carries one.
    pub fn find(
        &mut self,
        parent: Option<NodeId>,
        key: &Key,
        facts: Facts,
        id: Option<NodeId>,
        rationale: Option<Untrusted>,
        import: &mut Import,
    ) -> NodeId {
        let same = |id: &NodeId| self.snapshot.tree.node(*id).is_some_and(|node| node.kind == key.0);
        if let Some(id) = id.filter(same).or_else(|| self.accepted(parent, key)) {
            if self.counted.insert(id) {
                import.accepted_before.push(id);
            }
            return id;
        }
        let id = NodeId::derive(parent, key.0, facts.name.raw(), 0);
        match self.snapshot.record.proposal(ProposalId::of_node(id)) {
            Some(proposal) => {
                if self.counted.insert(id) {
                    import.proposed_before.push(proposal.id);
                }
                match proposal.state {
                    State::Merged { into } => into,
                    _ => id,
                }
            }
            None => {
                import.proposals.push(Proposed::Node { parent, kind: key.0, facts, rationale });
                id
            }
        }
    }

    fn accepted(&mut self, parent: Option<NodeId>, key: &Key) -> Option<NodeId> {
        let tree = &self.snapshot.tree;
        let children = self.children.entry(parent).or_insert_with(|| {
            let nodes = || tree.children(parent).iter().filter_map(|id| tree.node(*id));
            let key = |node: &Node, name: &Untrusted| ((node.kind, normalise(name.raw())), node.id);
            let aliases = nodes().flat_map(|node| node.facts.aliases.iter().map(|name| key(node, name)));
            // A name counts before another node's alias.
            aliases.chain(nodes().map(|node| key(node, &node.facts.name))).collect()
        });
        children.get(key).copied()
    }
}
