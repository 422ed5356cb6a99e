//! The rows of the tree: accepted nodes and proposals, flat, in the order of the screen. A pure
//! function of snapshot, filter and what is unfolded.

use std::ops::Range;

use super::digest::Digest;
use super::grove::{self, Child};
use crate::taxonomy::snapshot::Outlook;
use crate::taxonomy::{NodeId, Proposal, ProposalId, QuickSet, Snapshot, State};

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
            Filter::Everything => "all + rejected, deprecated",
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
    state_unless(proposal, !snapshot.is_open(proposal))
}

/// How a proposal stands that is not in the tree and says nothing that is said already: that was looked up before.
pub(super) fn state_by_itself(snapshot: &Snapshot, proposal: &Proposal) -> RowState {
    state_unless(proposal, proposal.state.is_open() && snapshot.outlook(proposal) == Outlook::Withdrawn)
}

fn state_unless(proposal: &Proposal, is_withdrawn: bool) -> RowState {
    match proposal.state {
        State::Pending | State::Deferred | State::Contested if is_withdrawn => RowState::Withdrawn,
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
pub fn children(digest: &Digest, filter: Filter, parent: Option<NodeId>) -> Vec<(NodeId, RowState)> {
    let family = digest.family(parent);
    let shown = family.iter().filter(|child| shows(digest, filter, child));
    shown.map(|child| (child.node, child.state)).collect()
}

/// Whether the filter shows it.
fn shows(digest: &Digest, filter: Filter, child: &Child) -> bool {
    let (node, state) = (child.node, child.state);
    match (filter, child.is_accepted) {
        (Filter::Facets, _) => digest.picked.has_row(node),
        (Filter::All | Filter::Accepted, true) => state != RowState::Deprecated,
        (Filter::Pending, true) => {
            state == RowState::Contested || digest.pending_below(Some(node)) > 0 || digest.has_open_syllabus(node)
        }
        (Filter::Everything, true) => true,
        (Filter::Accepted, false) => false,
        (Filter::All | Filter::Pending, false) => state.is_open(),
        (Filter::Everything, false) => state.is_open() || state != RowState::Accepted,
    }
}

/// How a node stands, where the filter shows it below what it hangs under.
fn shown_alone(snapshot: &Snapshot, digest: &Digest, filter: Filter, id: NodeId) -> Option<RowState> {
    let child = grove::alone(snapshot, id)?;
    shows(digest, filter, &child).then_some(child.state)
}

/// Whether the filter shows a node, folded or not: itself and all that is above it.
pub(super) fn is_shown(snapshot: &Snapshot, digest: &Digest, filter: Filter, node: NodeId) -> bool {
    let mut chain = ancestors(snapshot, node).into_iter().chain([node]);
    chain.all(|node| shown_alone(snapshot, digest, filter, node).is_some())
}

/// All rows on the screen.
#[must_use]
pub fn visible(digest: &Digest, filter: Filter, open: &QuickSet<NodeId>) -> Vec<Row> {
    let mut rows = vec![Row { node: None, depth: 0, state: RowState::Root, has_children: false, is_open: true }];
    let fields = children(digest, filter, None);
    let waiting = fields.into_iter().rev().map(|(id, state)| (id, state, 0)).collect();
    unfold((digest, filter, open), waiting, &mut rows);
    rows
}

/// Appends the rows that wait, last first, and what is unfolded below each.
fn unfold(
    (digest, filter, open): (&Digest, Filter, &QuickSet<NodeId>),
    mut waiting: Vec<(NodeId, RowState, u16)>,
    rows: &mut Vec<Row>,
) {
    while let Some((id, state, depth)) = waiting.pop() {
        let family = digest.family(Some(id));
        let mut shown = family.iter().filter(|child| shows(digest, filter, child)).peekable();
        let has_children = shown.peek().is_some();
        let is_open = has_children && open.contains(&id);
        rows.push(Row { node: Some(id), depth, state, has_children, is_open });
        if is_open {
            let from = waiting.len();
            waiting.extend(shown.map(|child| (child.node, child.state, depth + 1)));
            waiting[from..].reverse();
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
    now: (&Snapshot, &Digest, Filter, &QuickSet<NodeId>),
    places: &QuickSet<Option<NodeId>>,
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
        unfold((now.1, now.2, now.3), vec![(node, state, depth)], &mut fresh);
        rows.splice(top, fresh);
    }
    true
}

/// Of a place and what is above it, the lowest that has a row, had one before and still has one, with all below it.
fn lowest_row(
    rows: &[Row],
    (snapshot, digest, filter, open): (&Snapshot, &Digest, Filter, &QuickSet<NodeId>),
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
pub fn all(digest: &Digest, filter: Filter) -> Vec<NodeId> {
    let mut found = Vec::new();
    let mut waiting: Vec<Option<NodeId>> = vec![None];
    while let Some(at) = waiting.pop() {
        found.extend(at);
        let family = digest.family(at);
        let from = waiting.len();
        waiting.extend(family.iter().filter(|child| shows(digest, filter, child)).map(|child| Some(child.node)));
        waiting[from..].reverse();
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
