//! One consistent view of a taxonomy directory: the tree, the record, what could not be read.

use std::sync::Arc;

use super::documents::{self, Ground, Library};
use super::event::Event;
use super::id::{NodeId, ProposalId};
use super::manifest::Manifest;
use super::node::{Kind, Node};
use super::proposal::{Body, Proposal, State};
use super::record::Record;
use super::step::{Step, outstanding};
use super::text::Untrusted;
use super::tree::Tree;
use super::turn;
use super::votes::{Count, Outcome, Vote};

/// Something in the directory that could not be used, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Relative to the taxonomy directory, `/` between folders.
    pub path: String,
    /// From 1, where known.
    pub line: Option<u64>,
    /// What is wrong and what to do, as a sentence.
    pub message: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = super::text::reveal_line(&self.path);
        match self.line {
            Some(line) => write!(f, "{path}:{line}: {}", super::text::reveal(&self.message)),
            None => write!(f, "{path}: {}", super::text::reveal(&self.message)),
        }
    }
}

/// How far up a lineage is followed; proposals by a broken hand may have no end.
const DEEPEST: usize = 64;

/// Whether and where an undecided proposal can be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlook {
    /// Now, under this accepted node (`None`: at the root).
    Ready(Option<NodeId>),
    /// After its parent, which is itself a proposal.
    Waiting(ProposalId),
    /// Never: its parent was rejected, deprecated or is gone, or a newer syllabus was accepted.
    Withdrawn,
}

/// The accepted tree, the proposals, the decisions. Cheap to share, never changed in place.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Counts up with every change.
    pub revision: u64,
    /// `provost.yaml`.
    pub manifest: Arc<Manifest>,
    /// What was accepted.
    pub tree: Tree,
    /// What was proposed and decided.
    pub record: Record,
    /// What could be read of the documents that nodes may name.
    pub documents: Arc<Library>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

impl Snapshot {
    /// An empty taxonomy.
    #[must_use]
    pub fn empty(manifest: Manifest) -> Self {
        Self {
            revision: 0,
            record: Record::under(manifest.policy.clone()),
            manifest: Arc::new(manifest),
            tree: Tree::default(),
            documents: Arc::default(),
            problems: Vec::new(),
        }
    }

    /// The documents that ground a node, those of its ancestors first.
    #[must_use]
    pub fn grounds(&self, node: NodeId) -> Vec<Ground> {
        documents::grounds(&self.tree, &self.documents, node)
    }

    /// Takes in an event that is later than all others, with the steps it makes.
    ///
    /// # Errors
    /// A step that the tree contradicts; nothing of the event is taken in.
    pub fn commit(&mut self, event: Event, steps: &[Step]) -> Result<(), String> {
        let mut tree = self.tree.clone();
        outstanding(steps.to_vec(), &mut tree)?;
        self.tree = tree;
        self.record.add_event(event);
        self.revision += 1;
        Ok(())
    }

    /// The first problem with a folder or with something in it.
    #[must_use]
    pub fn problem_in(&self, folder: &str) -> Option<&Problem> {
        let below = format!("{folder}/");
        self.problems.iter().find(|problem| problem.path == folder || problem.path.starts_with(&below))
    }

    /// Where an open proposal stands.
    #[must_use]
    pub fn outlook(&self, proposal: &Proposal) -> Outlook {
        let mut above = match &proposal.body {
            Body::Syllabus { subject, .. } if self.is_superseded(proposal, *subject) => return Outlook::Withdrawn,
            Body::Syllabus { subject, .. } => Some(*subject),
            Body::Node { parent, .. } => *parent,
        };
        let mut waits_for = None;
        let ready = |under, waits_for: Option<ProposalId>| waits_for.map_or(Outlook::Ready(under), Outlook::Waiting);
        // A longer chain of proposals than there are kinds leads nowhere, or in a circle.
        for _ in 0..=Kind::ALL.len() {
            let Some(id) = above else { return ready(None, waits_for) };
            if self.tree.entry(id).is_some() {
                return if self.tree.is_active(id) { ready(above, waits_for) } else { Outlook::Withdrawn };
            }
            let Some(parent) = self.record.proposal(ProposalId::of_node(id)) else { return Outlook::Withdrawn };
            match parent.state {
                State::Merged { into } if self.tree.is_active(into) => return ready(Some(into), waits_for),
                ref state if state.is_open() || (matches!(state, State::Accepted { .. }) && self.is_loose(parent)) => {
                    waits_for.get_or_insert(parent.id);
                    above = parent.under();
                }
                _ => return Outlook::Withdrawn,
            }
        }
        Outlook::Withdrawn
    }

    /// Whether another syllabus of the subject was accepted after this one was proposed.
    fn is_superseded(&self, proposal: &Proposal, subject: NodeId) -> bool {
        let Some(newest) = proposal.seen.iter().map(|(batch, _)| batch.milliseconds()).max() else { return false };
        self.record.proposed_syllabi(subject).any(|other| {
            let accepted = matches!(other.state, State::Accepted { .. });
            other.id != proposal.id && accepted && other.decided.is_some_and(|event| event.milliseconds() >= newest)
        })
    }

    /// Whether somebody still has to decide it: open, not withdrawn with its parent, not in the
    /// tree by another way (added by hand), and not only another wording. What curators disagree about is open while it is
    /// taught.
    #[must_use]
    pub fn is_open(&self, proposal: &Proposal) -> bool {
        let there = match &proposal.body {
            Body::Node { node, .. } if self.is_contested(proposal) => {
                self.tree.entry(*node).is_some() && !self.tree.is_active(*node)
            }
            _ => self.is_in_tree(proposal),
        };
        let stands = proposal.state.is_open() && !there && self.same_as(proposal).is_none();
        stands && self.outlook(proposal) != Outlook::Withdrawn
    }

    /// Whether curators decided differently about it, and no side is far enough ahead.
    #[must_use]
    pub fn is_contested(&self, proposal: &Proposal) -> bool {
        proposal.state == State::Contested
    }

    /// The verdicts that count, one for each curator.
    #[must_use]
    pub fn votes(&self, proposal: &Proposal) -> Vec<Vote> {
        self.record.votes(proposal.id)
    }

    /// How far a proposal is, where it takes more than one curator and all who voted agree.
    #[must_use]
    pub fn count(&self, proposal: &Proposal) -> Option<Count> {
        match self.record.outcome(proposal.id) {
            Outcome::Short { votes, quorum } => Some(Count { votes, quorum }),
            _ => None,
        }
    }

    /// Whether a curator's verdict on it counts.
    #[must_use]
    pub fn has_voted(&self, proposal: &Proposal, curator: &str) -> bool {
        self.votes(proposal).iter().any(|vote| vote.by == curator)
    }

    /// Whether a curator still has to look at it: open, and not voted on by them, or contested.
    #[must_use]
    pub fn awaits(&self, proposal: &Proposal, curator: &str) -> bool {
        self.is_open(proposal) && (self.is_contested(proposal) || !self.has_voted(proposal, curator))
    }

    /// Whether a curator is not shown how others voted: it takes several, and their own vote is
    /// still to come.
    #[must_use]
    pub fn is_blind(&self, proposal: &Proposal, curator: &str) -> bool {
        let policy = self.record.policy();
        policy.blind
            && policy.quorum.of(&proposal.body) > 1
            && proposal.state.is_open()
            && !self.has_voted(proposal, curator)
    }

    /// The proposals whose outcome the tree does not show and could: votes of several clones
    /// reached the quorum, and nobody wrote the file. [`super::Op::Settle`] does.
    #[must_use]
    pub fn unsettled(&self) -> Vec<ProposalId> {
        turn::unsettled(self).0
    }

    /// Whether nobody's decision alone led to the outcome.
    fn is_loose(&self, proposal: &Proposal) -> bool {
        self.record.is_loose(proposal.id)
    }

    /// Whether the proposed node is in the tree, by a decision on the proposal or by another way.
    #[must_use]
    pub fn is_in_tree(&self, proposal: &Proposal) -> bool {
        matches!(proposal.body, Body::Node { node, .. } if self.tree.entry(node).is_some())
    }

    /// The open proposals of nodes under `parent` that are not in the tree, first proposed first.
    pub fn open_children(&self, parent: Option<NodeId>) -> impl Iterator<Item = &Arc<Proposal>> {
        let open = |proposal: &&Arc<Proposal>| !self.is_in_tree(proposal) && self.is_open(proposal);
        self.record.proposed_children(parent).filter(open)
    }

    /// The open syllabus proposals of a subject, first proposed first.
    pub fn open_syllabi(&self, subject: NodeId) -> impl Iterator<Item = &Arc<Proposal>> {
        self.record.proposed_syllabi(subject).filter(|proposal| self.is_open(proposal))
    }

    /// Every open proposal, parents before children, then in the order proposed.
    #[must_use]
    pub fn open_proposals(&self) -> Vec<&Arc<Proposal>> {
        let mut open: Vec<_> = self.record.proposals().filter(|proposal| self.is_open(proposal)).collect();
        open.sort_by_key(|proposal| (rank(proposal), proposal.seen.first().copied(), proposal.id));
        open
    }

    /// The kind and facts of a node, accepted or proposed.
    #[must_use]
    pub fn facts(&self, id: NodeId) -> Option<(Kind, &super::node::Facts)> {
        if let Some(node) = self.tree.node(id) {
            return Some((node.kind, &node.facts));
        }
        match &self.record.proposal(ProposalId::of_node(id))?.body {
            Body::Node { node, kind, facts, .. } if *node == id => Some((*kind, facts)),
            _ => None,
        }
    }

    /// The name of a node, accepted or proposed; its id where neither knows it.
    #[must_use]
    pub fn name(&self, id: NodeId) -> Untrusted {
        self.facts(id).map_or_else(|| id.to_string().into(), |(_, facts)| facts.name.clone())
    }

    /// The parent of a node, accepted or proposed.
    #[must_use]
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        match self.tree.entry(id) {
            Some(entry) => entry.place.parent,
            None => self.record.proposal(ProposalId::of_node(id))?.under(),
        }
    }

    /// The ids from the root down to a node, accepted or proposed, both ends included.
    #[must_use]
    pub fn lineage(&self, id: NodeId) -> Vec<NodeId> {
        let mut chain = vec![id];
        let mut at = id;
        while let Some(parent) = self.parent(at).filter(|parent| chain.len() < DEEPEST && !chain.contains(parent)) {
            chain.push(parent);
            at = parent;
        }
        chain.reverse();
        chain
    }

    /// The names from the root down to a node, accepted or proposed.
    #[must_use]
    pub fn names(&self, id: NodeId) -> Vec<Untrusted> {
        self.lineage(id).into_iter().map(|id| self.name(id)).collect()
    }

    /// The free text in which the syllabus of a subject was designed, as the earliest batch that
    /// said exactly what is accepted has it. `None` after an edit, and where no batch has such a text.
    /// It follows from what is accepted alone, not from who accepted which proposal.
    #[must_use]
    pub fn free_text(&self, subject: &Node) -> Option<&Arc<Untrusted>> {
        let hash = subject.syllabus.as_ref()?.hash();
        let proposal = self.record.proposal(ProposalId::of_syllabus(subject.id, &hash))?;
        let mut batches: Vec<_> = proposal.seen.iter().map(|(batch, _)| *batch).collect();
        batches.sort_unstable();
        batches.into_iter().find_map(|batch| self.record.batch(batch)?.free_text.as_ref())
    }

    /// Why a subject's homework cannot be generated; `None` where it can (DESIGN.md section 7).
    #[must_use]
    pub fn ineligible(&self, subject: &Node) -> Option<&'static str> {
        if !subject.is_active() {
            Some("it is deprecated")
        } else if !self.tree.is_active(subject.id) {
            Some("something above it is deprecated")
        } else if self.lineage(subject.id).iter().any(|id| self.is_contested_node(*id)) {
            Some("curators disagree about it or about something above it")
        } else if self.record.proposed_syllabi(subject.id).any(|proposal| self.is_contested(proposal)) {
            Some("curators disagree about its syllabus")
        } else if subject.syllabus.is_none() && self.open_syllabi(subject.id).next().is_some() {
            Some("its syllabus is proposed but not yet accepted")
        } else if subject.syllabus.is_none() {
            Some("it has no syllabus")
        } else if subject.syllabus.as_ref().is_some_and(|syllabus| syllabus.concept_count() == 0) {
            Some("its syllabus has no key concepts")
        } else if self.open_syllabi(subject.id).any(|proposal| proposal.flag.is_some()) {
            Some("its syllabus is flagged for a second curator")
        } else {
            None
        }
    }
}

impl Snapshot {
    /// Whether a node is, or was proposed as, something that curators disagree about.
    #[must_use]
    pub fn is_contested_node(&self, node: NodeId) -> bool {
        self.record.proposal(ProposalId::of_node(node)).is_some_and(|proposal| self.is_contested(proposal))
    }
}

/// `1 vote`, `2 votes`.
pub(super) fn plural(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

/// Parents before children: the level of a proposed node, syllabi last.
pub(super) fn rank(proposal: &Proposal) -> u8 {
    match &proposal.body {
        Body::Node { kind, .. } => *kind as u8,
        Body::Syllabus { .. } => Kind::ALL.len() as u8,
    }
}

#[cfg(test)]
mod tests;
