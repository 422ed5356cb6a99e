//! The index over everything in a snapshot, kept up to date from snapshot to snapshot.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::{Body, Facts, Node, NodeId, Proposal, ProposalId, Snapshot};
use super::{By, Described, NameIndex, Neighbour, Vector, Vectors};

/// How much of a meaning counts beside a name.
const MEANING: f32 = 0.95;
/// What the weaker of the two adds.
const BOTH: f32 = 0.3;
/// So many neighbours of each kind are put together.
const EACH: usize = 64;

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// What it is called and is about.
    pub facts: &'a Facts,
    /// What it means, where that is known.
    pub vector: Option<&'a Vector>,
    /// The node itself.
    pub except: Option<NodeId>,
}

/// What every node is called and is about, accepted or proposed, rejected ones included. Taking in
/// the next snapshot compares pointers; only what is new or different is indexed again.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    index: NameIndex,
    revision: Option<u64>,
    known: HashMap<NodeId, (Source, u64)>,
}

/// Where the facts of a node were read.
#[derive(Debug, Clone)]
enum Source {
    Node(Arc<Node>),
    Proposal(Arc<Proposal>),
}

impl Source {
    fn facts(&self) -> Option<&Facts> {
        match self {
            Source::Node(node) => Some(&node.facts),
            Source::Proposal(proposal) => match &proposal.body {
                Body::Node { facts, .. } => Some(facts),
                Body::Syllabus { .. } => None,
            },
        }
    }

    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Source::Node(a), Source::Node(b)) => Arc::ptr_eq(a, b),
            (Source::Proposal(a), Source::Proposal(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}

impl Catalogue {
    /// The index over a snapshot.
    #[must_use]
    pub fn of(snapshot: &Snapshot) -> Self {
        let mut catalogue = Self::default();
        catalogue.refresh(snapshot);
        catalogue
    }

    /// The index as of the last refresh.
    #[must_use]
    pub fn index(&self) -> &NameIndex {
        &self.index
    }

    /// The `count` nearest nodes by what they are called and are about, and by what they mean where
    /// that is known. The better of the two counts; agreement adds to it.
    #[must_use]
    pub fn nearest(&self, asking: &Asking<'_>, vectors: &Vectors, count: usize) -> Vec<Neighbour> {
        nearest(&self.index, asking, vectors, count)
    }

    /// Takes in what is new, different or gone in this snapshot.
    pub fn refresh(&mut self, snapshot: &Snapshot) {
        if self.revision == Some(snapshot.revision) {
            return;
        }
        self.revision = Some(snapshot.revision);
        let mut there = 0;
        for entry in snapshot.tree.entries() {
            self.learn(entry.node.id, Source::Node(entry.node.clone()), snapshot.revision);
            there += 1;
        }
        for proposal in snapshot.record.proposals() {
            let Body::Node { node, .. } = &proposal.body else { continue };
            let is_first = ProposalId::of_node(*node) == proposal.id;
            if is_first && snapshot.tree.entry(*node).is_none() {
                self.learn(*node, Source::Proposal(proposal.clone()), snapshot.revision);
                there += 1;
            }
        }
        if self.known.len() > there {
            let gone = self.known.iter().filter(|(_, (_, seen))| *seen != snapshot.revision);
            let gone: Vec<NodeId> = gone.map(|(node, _)| *node).collect();
            for node in gone {
                self.known.remove(&node);
                self.index.remove(node);
            }
        }
    }

    fn learn(&mut self, node: NodeId, source: Source, revision: u64) {
        let known = self.known.get_mut(&node);
        let is_same = match &known {
            Some((known, _)) => known.is(&source) || known.facts() == source.facts(),
            None => false,
        };
        if let Some(facts) = source.facts().filter(|_| !is_same) {
            self.index.put(node, &Described::of(facts));
        }
        match known {
            Some(known) => *known = (source, revision),
            None => drop(self.known.insert(node, (source, revision))),
        }
    }
}

/// [`Catalogue::nearest`] over any index.
#[must_use]
pub fn nearest(index: &NameIndex, asking: &Asking<'_>, vectors: &Vectors, count: usize) -> Vec<Neighbour> {
    let each = count.max(EACH);
    let mut found = index.nearest(&Described::of(asking.facts), asking.except, each);
    let meant = asking.vector.map(|vector| vectors.nearest(vector, asking.except, each)).unwrap_or_default();
    for (node, meaning) in meant {
        let meaning = MEANING * meaning;
        match found.iter_mut().find(|near| near.node == node) {
            Some(near) if near.score < 1.0 => {
                let (more, less) = (near.score.max(meaning), near.score.min(meaning));
                near.by = if meaning > near.score { By::Meaning } else { near.by };
                near.score = (more + (1.0 - more) * BOTH * less).min(0.99);
            }
            Some(_) => {}
            None => found.push(Neighbour { node, score: meaning, by: By::Meaning }),
        }
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.node.cmp(&b.node)));
    found.truncate(count);
    found
}
