//! What is known about the focused row: checks, nearest names, siblings. Computed when the focus
//! or the taxonomy changed, never while drawing.

use std::collections::HashMap;

use super::rows::{self, Filter, RowState};
use super::{Digest, ask, words};
use crate::taxonomy::lint::{self, Finding};
use crate::taxonomy::similarity::{NameIndex, nearness};
use crate::taxonomy::{Body, Change, NodeId, ProposalId, Snapshot, State, Untrusted};

/// How many neighbours are shown; `m` and a digit picks one.
pub const NEIGHBOURS: usize = 10;
/// Below this nearness names share a syllable, no meaning: "Genetics" and "Optics" have .23.
const NEAR_ENOUGH: f32 = 0.25;

/// A node with a similar name.
#[derive(Debug, Clone, PartialEq)]
pub struct Near {
    /// Which.
    pub node: NodeId,
    /// Its name.
    pub name: Untrusted,
    /// The name of what it hangs under.
    pub place: Untrusted,
    /// How it stands.
    pub state: RowState,
    /// 1 is the same name.
    pub score: f32,
    /// Why and by whom it was rejected.
    pub remark: Option<String>,
}

/// What is known about the focused row.
#[derive(Debug, Clone, Default)]
pub struct Focus {
    node: Option<NodeId>,
    revision: Option<u64>,
    /// The facts that deserve a look, those of a syllabus left out.
    pub findings: Vec<Finding>,
    /// The nearest names, nearest first, rejected ones included.
    pub near: Vec<Near>,
    /// The rows beside it, itself included.
    pub siblings: Vec<(NodeId, RowState)>,
    /// Whether it is or holds a subject that nobody has proposed a syllabus for.
    pub lacks_syllabus: bool,
}

impl Focus {
    /// Computes everything again if the node or the snapshot is another.
    pub(super) fn refresh(
        &mut self,
        snapshot: &Snapshot,
        digest: &Digest,
        names: &mut Names,
        node: Option<NodeId>,
        now: u64,
    ) {
        if self.node == node && self.revision == Some(snapshot.revision) {
            return;
        }
        *self = Self { node, revision: Some(snapshot.revision), ..Self::default() };
        if node.is_none_or(|id| snapshot.tree.entry(id).is_some()) {
            let mut below = snapshot.tree.subtree(node).into_iter();
            self.lacks_syllabus = below.any(|id| ask::lacks_syllabus(snapshot, digest, id));
        }
        let Some(id) = node else { return };
        let Some((_, facts)) = snapshot.facts(id) else { return };
        self.findings = match snapshot.record.proposal(ProposalId::of_node(id)) {
            _ if snapshot.tree.entry(id).is_some() => lint::node(snapshot, id),
            Some(proposal) => lint::proposal(snapshot, proposal),
            None => Vec::new(),
        };
        self.findings.retain(|finding| finding.cell.is_none());
        self.siblings = rows::children(snapshot, digest, Filter::All, rows::parent_row(snapshot, id));
        names.refresh(snapshot);
        let near = names.index.nearest(facts.name.raw(), id, NEIGHBOURS * 2);
        let known = near.into_iter().filter_map(|near| {
            let state = rows::state_of(snapshot, near.node)?;
            let score = nearness_now(snapshot, near.node, facts.name.raw());
            let name = snapshot.name(near.node);
            let place = rows::parent_row(snapshot, near.node).map(|parent| snapshot.name(parent)).unwrap_or_default();
            let remark = remark(snapshot, near.node, now);
            Some(Near { node: near.node, name, place, state, score, remark })
        });
        self.near = known.filter(|near| near.score >= NEAR_ENOUGH).collect();
        self.near.sort_by(|a, b| b.score.total_cmp(&a.score));
        self.near.truncate(NEIGHBOURS);
    }
}

/// How near a name is to those that a node has now; the index also knows names it had once.
fn nearness_now(snapshot: &Snapshot, node: NodeId, name: &str) -> f32 {
    let Some((_, facts)) = snapshot.facts(node) else { return 0.0 };
    let names = std::iter::once(&facts.name).chain(&facts.aliases);
    names.map(|known| nearness(known.raw(), name)).fold(0.0, f32::max)
}

/// "vague, bo, 3 weeks ago" for a rejected proposal.
fn remark(snapshot: &Snapshot, node: NodeId, now: u64) -> Option<String> {
    let proposal = snapshot.record.proposal(ProposalId::of_node(node))?;
    let State::Rejected { reason, note } = &proposal.state else { return None };
    let why = note.as_ref().map_or_else(|| reason.title().to_owned(), |note| note.line().into_owned());
    let who = proposal.decided.and_then(|event| snapshot.record.event(event)).map(|event| {
        let by = Untrusted::from(event.by.as_str());
        format!(", {}, {}", by.line(), words::ago(now, event.id.milliseconds()))
    });
    Some(format!("{why}{}", who.unwrap_or_default()))
}

/// The names of everything, kept up to date from snapshot to snapshot.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    index: NameIndex,
    known: HashMap<NodeId, Vec<Untrusted>>,
    revision: Option<u64>,
    batches: usize,
    events: usize,
}

impl Names {
    /// Adds the names that came with this snapshot. Names that are gone stay in the index; whoever
    /// asks checks that the node is still there.
    fn refresh(&mut self, snapshot: &Snapshot) {
        if self.revision == Some(snapshot.revision) {
            return;
        }
        let (batches, events) = (snapshot.record.batches().count(), snapshot.record.events().len());
        if self.revision.is_some() && batches == self.batches && events > self.events {
            let new = snapshot.record.events()[self.events..].iter();
            let touched: Vec<NodeId> = new.flat_map(|event| touched(&event.change)).collect();
            touched.into_iter().for_each(|node| self.learn(snapshot, node));
        } else {
            snapshot.tree.entries().for_each(|entry| self.learn(snapshot, entry.node.id));
            let nodes = snapshot.record.proposals().filter_map(|proposal| match &proposal.body {
                Body::Node { node, .. } => Some(*node),
                Body::Syllabus { .. } => None,
            });
            nodes.for_each(|node| self.learn(snapshot, node));
        }
        (self.revision, self.batches, self.events) = (Some(snapshot.revision), batches, events);
    }

    fn learn(&mut self, snapshot: &Snapshot, node: NodeId) {
        let Some((_, facts)) = snapshot.facts(node) else { return };
        let known = self.known.entry(node).or_default();
        for name in std::iter::once(&facts.name).chain(&facts.aliases) {
            if !known.contains(name) {
                self.index.add(node, name.raw());
                known.push(name.clone());
            }
        }
    }
}

/// The nodes whose names an event may have changed.
fn touched(change: &Change) -> Vec<NodeId> {
    match change {
        Change::Accept { on } => on.iter().map(|accepted| accepted.node).collect(),
        Change::Alias { steps, .. } | Change::Tree { steps, .. } => steps.iter().map(|step| step.node()).collect(),
        _ => Vec::new(),
    }
}
