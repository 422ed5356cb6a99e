//! The rows of the tree: accepted nodes and proposals, flat, in the order of the screen. A pure
//! function of snapshot, filter and what is unfolded.

use std::collections::HashSet;
use std::ops::Range;

use super::digest::Digest;
use crate::taxonomy::{Body, NodeId, Proposal, ProposalId, Snapshot, State};

/// Which rows the tree shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Filter {
    /// Accepted nodes and open proposals.
    #[default]
    All,
    /// Open proposals and what is above them.
    Pending,
    /// Accepted nodes.
    Accepted,
    /// Everything, rejected, merged and withdrawn proposals and deprecated nodes as well.
    Everything,
    /// What the facets show and what is above it.
    Facets,
}

impl Filter {
    /// The next one in the cycle of the filter key.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Filter::All => Filter::Pending,
            Filter::Pending => Filter::Accepted,
            Filter::Accepted => Filter::Everything,
            Filter::Everything | Filter::Facets => Filter::All,
        }
    }

    /// The word on the screen.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Filter::All => "all",
            Filter::Pending => "pending",
            Filter::Accepted => "accepted",
            Filter::Everything => "all + rejected",
            Filter::Facets => "facets",
        }
    }
}

/// How a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowState {
    /// The whole taxonomy: the first row.
    Root,
    /// In the tree.
    Accepted,
    /// In the tree, no longer taught.
    Deprecated,
    /// To be decided.
    Pending,
    /// To be decided later.
    Deferred,
    /// Curators decided differently; it may be in the tree.
    Contested,
    /// Not wanted.
    Rejected,
    /// Another name of a node now.
    Merged,
    /// Open, but its parent is gone.
    Withdrawn,
}

impl RowState {
    /// Whether somebody still has to decide.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, RowState::Pending | RowState::Deferred | RowState::Contested)
    }

    /// The word on the screen.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            RowState::Root => "taxonomy",
            RowState::Accepted => "accepted",
            RowState::Deprecated => "deprecated",
            RowState::Pending => "pending",
            RowState::Deferred => "deferred",
            RowState::Contested => "contested",
            RowState::Rejected => "rejected",
            RowState::Merged => "merged",
            RowState::Withdrawn => "withdrawn",
        }
    }
}

/// One row of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The node, accepted or proposed; `None` is the taxonomy itself.
    pub node: Option<NodeId>,
    /// 0 for the taxonomy and for fields.
    pub depth: u16,
    /// How it stands.
    pub state: RowState,
    /// Whether there is something to unfold.
    pub has_children: bool,
    /// Whether it is unfolded.
    pub is_open: bool,
}

/// How a node stands: accepted first, else as its proposal does. `None`: there is no such node.
#[must_use]
pub fn state_of(snapshot: &Snapshot, id: NodeId) -> Option<RowState> {
    if let Some(node) = snapshot.tree.node(id) {
        let contested = snapshot.is_contested_node(id);
        return Some(match (node.is_active(), contested) {
            (true, false) => RowState::Accepted,
            (true, true) => RowState::Contested,
            (false, _) => RowState::Deprecated,
        });
    }
    snapshot.record.proposal(ProposalId::of_node(id)).map(|proposal| state_of_proposal(snapshot, proposal))
}

fn state_of_proposal(snapshot: &Snapshot, proposal: &Proposal) -> RowState {
    match proposal.state {
        State::Pending | State::Deferred | State::Contested if !snapshot.is_open(proposal) => RowState::Withdrawn,
        State::Pending => RowState::Pending,
        State::Deferred => RowState::Deferred,
        State::Contested => RowState::Contested,
        State::Rejected { .. } => RowState::Rejected,
        State::Merged { .. } => RowState::Merged,
        State::Accepted { .. } => RowState::Accepted,
    }
}

/// What is shown of the children of `parent`: accepted ones by name, then proposals as proposed.
#[must_use]
pub fn children(
    snapshot: &Snapshot,
    digest: &Digest,
    filter: Filter,
    parent: Option<NodeId>,
) -> Vec<(NodeId, RowState)> {
    shown(snapshot, digest, filter, parent).collect()
}

fn shown<'a>(
    snapshot: &'a Snapshot,
    digest: &'a Digest,
    filter: Filter,
    parent: Option<NodeId>,
) -> impl Iterator<Item = (NodeId, RowState)> + 'a {
    let accepted = snapshot.tree.children(parent).iter();
    let accepted = accepted.filter_map(move |id| Some((*id, shown_accepted(snapshot, digest, filter, *id)?)));
    let adopted = parent.map_or(&[][..], |parent| digest.adopted(parent));
    let parents = std::iter::once(parent).chain(adopted.iter().copied().map(Some));
    let parents = parents.filter(move |_| filter != Filter::Accepted);
    let proposed = parents.flat_map(|parent| snapshot.record.proposed_children(parent)).filter_map(move |proposal| {
        let Body::Node { node, .. } = &proposal.body else { return None };
        Some((*node, shown_proposed(snapshot, digest, filter, *node, proposal)?))
    });
    accepted.chain(proposed)
}

/// How an accepted node stands, where the filter shows it.
fn shown_accepted(snapshot: &Snapshot, digest: &Digest, filter: Filter, id: NodeId) -> Option<RowState> {
    let state = state_of(snapshot, id).unwrap_or(RowState::Accepted);
    let wanted = match filter {
        Filter::All | Filter::Accepted => state != RowState::Deprecated,
        Filter::Pending => {
            state == RowState::Contested || digest.pending_below(Some(id)) > 0 || digest.has_open_syllabus(id)
        }
        Filter::Everything => true,
        Filter::Facets => digest.picked.has_row(id),
    };
    wanted.then_some(state)
}

/// How a proposed node stands, where it has a row of its own.
fn shown_proposed(
    snapshot: &Snapshot,
    digest: &Digest,
    filter: Filter,
    node: NodeId,
    proposal: &Proposal,
) -> Option<RowState> {
    // Another wording is on the card of what is shown in its place.
    if filter == Filter::Accepted || snapshot.tree.entry(node).is_some() || snapshot.same_as(proposal).is_some() {
        return None;
    }
    let state = state_of_proposal(snapshot, proposal);
    let wanted = match filter {
        Filter::Facets => digest.picked.has_row(node),
        _ => state.is_open() || (filter == Filter::Everything && state != RowState::Accepted),
    };
    wanted.then_some(state)
}

/// How a node stands, where the filter shows it below what it hangs under.
fn shown_alone(snapshot: &Snapshot, digest: &Digest, filter: Filter, id: NodeId) -> Option<RowState> {
    if snapshot.tree.entry(id).is_some() {
        return shown_accepted(snapshot, digest, filter, id);
    }
    let proposal = snapshot.record.proposal(ProposalId::of_node(id))?;
    let is_of = matches!(&proposal.body, Body::Node { node, .. } if *node == id);
    if is_of { shown_proposed(snapshot, digest, filter, id, proposal) } else { None }
}

fn has_children(snapshot: &Snapshot, digest: &Digest, filter: Filter, parent: NodeId) -> bool {
    match filter {
        Filter::Accepted => snapshot.tree.children(Some(parent)).iter().any(|id| snapshot.tree.is_active(*id)),
        _ => shown(snapshot, digest, filter, Some(parent)).next().is_some(),
    }
}

/// All rows on the screen.
#[must_use]
pub fn visible(snapshot: &Snapshot, digest: &Digest, filter: Filter, open: &HashSet<NodeId>) -> Vec<Row> {
    let mut rows = vec![Row { node: None, depth: 0, state: RowState::Root, has_children: false, is_open: true }];
    let fields = children(snapshot, digest, filter, None);
    let waiting = fields.into_iter().rev().map(|(id, state)| (id, state, 0)).collect();
    unfold((snapshot, digest, filter, open), waiting, &mut rows);
    rows
}

/// Appends the rows that wait, last first, and what is unfolded below each.
fn unfold(
    (snapshot, digest, filter, open): (&Snapshot, &Digest, Filter, &HashSet<NodeId>),
    mut waiting: Vec<(NodeId, RowState, u16)>,
    rows: &mut Vec<Row>,
) {
    while let Some((id, state, depth)) = waiting.pop() {
        let is_open = open.contains(&id);
        let has_children = has_children(snapshot, digest, filter, id);
        rows.push(Row { node: Some(id), depth, state, has_children, is_open: is_open && has_children });
        if is_open && has_children {
            let below = children(snapshot, digest, filter, Some(id));
            waiting.extend(below.into_iter().rev().map(|(id, state)| (id, state, depth + 1)));
        }
    }
}

/// From so many places on, all rows are made anew.
const MANY: usize = 48;

/// The rows of an earlier snapshot made those of this one, where only what hangs under `places` differs. `false`: all
/// have to be made anew.
#[must_use]
pub fn patch(
    rows: &mut Vec<Row>,
    now: (&Snapshot, &Digest, Filter, &HashSet<NodeId>),
    places: &HashSet<Option<NodeId>>,
) -> bool {
    let mut tops: Vec<Range<usize>> = Vec::new();
    if places.len() > MANY {
        return false;
    }
    for place in places {
        let Some(top) = place.and_then(|place| lowest_row(rows, now, place)) else { return false };
        tops.push(top);
    }
    tops.sort_by_key(|top| (top.start, std::cmp::Reverse(top.end)));
    // What lies within another is made anew with it.
    let mut end = 0;
    tops.retain(|top| {
        let is_apart = top.start >= end;
        end = end.max(top.end);
        is_apart
    });
    for top in tops.into_iter().rev() {
        let Row { node: Some(node), depth, .. } = rows[top.start] else { return false };
        let Some(state) = shown_alone(now.0, now.1, now.2, node) else { return false };
        let mut fresh = Vec::with_capacity(top.len() + 8);
        unfold(now, vec![(node, state, depth)], &mut fresh);
        rows.splice(top, fresh);
    }
    true
}

/// Of a place and what is above it, the lowest that has a row, had one before and still has one, with all below it.
fn lowest_row(
    rows: &[Row],
    (snapshot, digest, filter, open): (&Snapshot, &Digest, Filter, &HashSet<NodeId>),
    place: NodeId,
) -> Option<Range<usize>> {
    let mut found: Option<Range<usize>> = None;
    let mut within = 1..rows.len();
    for node in ancestors(snapshot, place).into_iter().chain([place]) {
        let at = rows[within.clone()].iter().position(|row| row.node == Some(node)).map(|at| at + within.start);
        match (at, shown_alone(snapshot, digest, filter, node)) {
            (Some(at), Some(_)) => {
                let depth = rows[at].depth;
                let below = rows[at + 1..].iter().position(|row| row.depth <= depth);
                let end = below.map_or(rows.len(), |below| at + 1 + below);
                (found, within) = (Some(at..end), at + 1..end);
                if !open.contains(&node) {
                    break;
                }
            }
            _ => break,
        }
    }
    found
}

/// Every node the filter admits, folded or not, in the order of the screen.
#[must_use]
pub fn all(snapshot: &Snapshot, digest: &Digest, filter: Filter) -> Vec<NodeId> {
    let mut found = Vec::new();
    let mut waiting: Vec<NodeId> =
        children(snapshot, digest, filter, None).into_iter().rev().map(|(id, _)| id).collect();
    while let Some(id) = waiting.pop() {
        found.push(id);
        waiting.extend(children(snapshot, digest, filter, Some(id)).into_iter().rev().map(|(id, _)| id));
    }
    found
}

pub use crate::taxonomy::queue::parent_row;

/// The rows above a node on the screen, from the top down.
#[must_use]
pub fn ancestors(snapshot: &Snapshot, node: NodeId) -> Vec<NodeId> {
    let mut chain = Vec::new();
    let mut at = node;
    while let Some(parent) = parent_row(snapshot, at).filter(|parent| !chain.contains(parent)) {
        chain.push(parent);
        at = parent;
    }
    chain.reverse();
    chain
}
