//! Decisions on their way to the disk.

use super::effect::OpId;
use crate::taxonomy::NodeId;

/// One submitted op that has not been answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InFlight {
    /// As submitted.
    pub id: OpId,
    /// The nodes it decides on, accepted or proposed; for a syllabus its subject.
    pub nodes: Vec<NodeId>,
    /// Whether they become part of the tree.
    pub accepts: bool,
    /// Where the cursor was when it was decided.
    pub from: Option<NodeId>,
    /// Where the cursor went by itself afterwards.
    pub landed: Option<NodeId>,
}

/// All submitted ops that have not been answered, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Saving {
    last: u64,
    ops: Vec<InFlight>,
}

impl Saving {
    /// Notes an op and gives it an id.
    pub fn start(&mut self, nodes: Vec<NodeId>, accepts: bool, from: Option<NodeId>) -> OpId {
        self.last += 1;
        let id = OpId(self.last);
        self.ops.push(InFlight { id, nodes, accepts, from, landed: from });
        id
    }

    /// Notes where the cursor went after the newest op.
    pub fn landed(&mut self, node: Option<NodeId>) {
        if let Some(op) = self.ops.last_mut() {
            op.landed = node;
        }
    }

    /// Forgets an op that was answered, and says what it was.
    pub fn finish(&mut self, id: OpId) -> Option<InFlight> {
        let at = self.ops.iter().position(|op| op.id == id)?;
        Some(self.ops.remove(at))
    }

    /// How many wait.
    #[must_use]
    pub fn count(&self) -> usize {
        self.ops.len()
    }

    /// Whether a decision on this node is on its way.
    #[must_use]
    pub fn decides(&self, node: NodeId) -> bool {
        self.ops.iter().any(|op| op.nodes.contains(&node))
    }

    /// Whether the acceptance of this node is on its way.
    #[must_use]
    pub fn accepts(&self, node: NodeId) -> bool {
        self.ops.iter().any(|op| op.accepts && op.nodes.contains(&node))
    }
}
