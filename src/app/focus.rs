//! What is known about the focused row: checks, nearest names, siblings. Computed when the focus
//! or the taxonomy changed, never while drawing.

use super::rows::{self, Filter, RowState};
use super::{Digest, Meaning, ask, words};
use crate::taxonomy::lint::Finding;
use crate::taxonomy::similarity::{Asking, By, Catalogue, NEAR_ENOUGH, Neighbour};
use crate::taxonomy::{Facts, NodeId, ProposalId, Snapshot, State, Untrusted};

/// How many neighbours are shown; `m` and a digit picks one.
pub const NEIGHBOURS: usize = 10;
/// So many of the nearest may have no row.
const GONE: usize = 10;

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
    /// What of it is near, where its name does not show it.
    pub by: Option<String>,
    /// Why and by whom it was rejected.
    pub remark: Option<String>,
}

/// What is known about the focused row.
#[derive(Debug, Clone, Default)]
pub struct Focus {
    node: Option<NodeId>,
    revision: Option<(u64, u64)>,
    /// The facts that deserve a look, those of a syllabus left out.
    pub findings: Vec<Finding>,
    /// The nearest names, nearest first, rejected ones included.
    pub near: Vec<Near>,
    /// The nearest names as they were found, and of what: which node, which names, which meanings.
    nearest: Vec<Neighbour>,
    nearest_of: Option<(NodeId, u64, u64)>,
    /// Whether the names of the taxonomy are still being read.
    pub is_waiting: bool,
    /// The rows beside it, itself included.
    pub siblings: Vec<(NodeId, RowState)>,
    /// Whether it is or holds a subject that nobody has proposed a syllabus for.
    pub lacks_syllabus: bool,
    /// Other wordings in which it was proposed.
    pub also_as: Vec<Untrusted>,
    /// What its namesakes elsewhere hang under: a subject that several disciplines teach.
    pub also_in: Vec<Untrusted>,
}

impl Focus {
    /// Computes everything again the next time.
    pub(super) fn forget(&mut self) {
        (self.revision, self.nearest_of) = (None, None);
    }

    /// Computes everything again if the node or the snapshot is another.
    pub(super) fn refresh(
        &mut self,
        snapshot: &Snapshot,
        digest: &Digest,
        (catalogue, meaning): (Option<&Catalogue>, &Meaning),
        node: Option<NodeId>,
        now: u64,
    ) {
        if self.node == node && self.revision == Some((snapshot.revision, meaning.revision)) {
            return;
        }
        // The checks have a look of their own.
        let findings = std::mem::take(&mut self.findings);
        let revision = Some((snapshot.revision, meaning.revision));
        let (nearest, nearest_of) = (std::mem::take(&mut self.nearest), self.nearest_of);
        let is_waiting = catalogue.is_none();
        *self = Self { node, revision, findings, nearest, nearest_of, is_waiting, ..Self::default() };
        if snapshot.tree.bare() > 0 && node.is_none_or(|id| snapshot.tree.entry(id).is_some()) {
            self.lacks_syllabus = ask::lacks_below(snapshot, digest, node);
        }
        let Some(id) = node else { return };
        let Some((_, facts)) = snapshot.facts(id) else { return };
        self.also_in = snapshot.also_in(id);
        if let Some(proposal) = snapshot.record.proposal(ProposalId::of_node(id)) {
            self.also_as = snapshot.wordings(proposal).into_iter().map(|other| other.title()).collect();
        }
        self.siblings = rows::children(digest, Filter::All, rows::parent_row(snapshot, id));
        let Some(catalogue) = catalogue else { return };
        let now_of = Some((id, catalogue.generation(), meaning.revision));
        if self.nearest_of != now_of {
            let asking = Asking { facts, vector: meaning.vectors.get(id), except: Some(id) };
            self.nearest = catalogue.nearest(&asking, &meaning.vectors, NEIGHBOURS + GONE);
            self.nearest_of = now_of;
        }
        let near = self.nearest.iter();
        let near = near.filter(|near| near.score >= NEAR_ENOUGH).filter_map(|near| {
            let proposal = snapshot.record.proposal(ProposalId::of_node(near.node));
            if proposal.is_some_and(|proposal| snapshot.same_as(proposal).is_some()) {
                return None;
            }
            let state = rows::state_of(snapshot, near.node)?;
            let place = rows::parent_row(snapshot, near.node).map(|parent| snapshot.name(parent)).unwrap_or_default();
            Some(Near {
                node: near.node,
                name: snapshot.name(near.node),
                place,
                state,
                score: near.score,
                by: said(snapshot, near.node, facts, near.by),
                remark: remark(snapshot, near.node, now),
            })
        });
        let near: Vec<Near> = near.take(NEIGHBOURS).collect();
        self.near = near;
    }
}

/// "alias: Ray optics", where it is not the name.
fn said(snapshot: &Snapshot, node: NodeId, asked: &Facts, by: By) -> Option<String> {
    let theirs = |at: usize| snapshot.facts(node)?.1.aliases.get(at);
    match by {
        By::Name => None,
        By::Alias(at) => theirs(at).map(|alias| format!("alias: {}", alias.line())),
        By::OwnAlias(at) => asked.aliases.get(at).map(|alias| format!("your alias: {}", alias.line())),
        By::Initials => Some("initials".to_owned()),
        By::Scope => Some("scope".to_owned()),
        By::Meaning => Some("meaning".to_owned()),
    }
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
