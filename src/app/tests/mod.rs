//! Keys in, parts of the model and effects out.

mod ask;
mod bulk;
mod checks;
pub(crate) mod dataset;
mod decide;
mod edit;
mod enabled;
pub(crate) mod evidence;
mod history;
pub(crate) mod homework;
mod large;
mod memory;
mod overlay;
mod palette;
mod panes;
mod queue;
mod search;
mod syllabus;
mod themes;
mod tree;
mod tutor;

use super::fixture::{self, Bench, Desk};
use super::*;
use crate::taxonomy::{NodeId, Op, ProposalId};

const PHYSICS: [&str; 2] = ["Natural Sciences", "Physics"];

/// A subject of Physics in the fixture.
fn subject(name: &str) -> NodeId {
    fixture::node(&[PHYSICS[0], PHYSICS[1], name])
}

fn proposal(node: NodeId) -> ProposalId {
    ProposalId::of_node(node)
}

fn accept(nodes: &[NodeId]) -> Op {
    Op::Accept { on: nodes.iter().map(|node| proposal(*node)).collect(), edit: None, under: None }
}
