//! The index over everything in a snapshot, kept up to date from snapshot to snapshot.

use std::sync::Arc;

use super::super::delta::Before;
use super::super::parallel;
use super::super::shards::Few;
use super::super::text::normalise;
use super::super::{Body, Delta, Facts, Node, NodeId, Proposal, ProposalId, QuickMap, Snapshot};
use super::index::Ready;
use super::{By, Described, NameIndex, Neighbour, Vector, Vectors};

/// How much of a meaning counts beside a name.
const MEANING: f32 = 0.95;
/// What the weaker of the two adds.
const BOTH: f32 = 0.3;
/// So many neighbours of each kind are put together.
const EACH: usize = 64;
/// So many nodes are read before they are taken in: all of them at once would need the memory twice.
const AT_A_TIME: usize = 8_192;

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
/// the next snapshot costs what it does not share with the last one.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    index: NameIndex,
    last: Option<Before>,
    known: QuickMap<NodeId, Source>,
    generation: u64,
}

/// Where the facts of a node were read.
#[derive(Debug, Clone)]
enum Source {
    Node(Arc<Node>),
    Proposal(Arc<Proposal>),
}

impl Source {
    /// What a snapshot says of a node: the tree first, else what was proposed.
    fn of(node: NodeId, snapshot: &Snapshot) -> Option<Self> {
        if let Some(node) = snapshot.tree.node(node) {
            return Some(Source::Node(node.clone()));
        }
        let proposal = snapshot.record.proposal(ProposalId::of_node(node))?;
        let is_of = matches!(&proposal.body, Body::Node { node: of, .. } if *of == node);
        is_of.then(|| Source::Proposal(proposal.clone()))
    }

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

/// The names of every node of a snapshot in their normal form: what a search needs, in a fraction of the time that the
/// whole takes.
#[derive(Debug)]
pub struct Names {
    all: Vec<Named>,
    /// Where among them each node is.
    places: QuickMap<NodeId, u32>,
}

#[derive(Debug)]
struct Named {
    node: NodeId,
    source: Source,
    /// Its name and aliases, each in a line of its own: no normal form has several.
    normals: String,
}

impl Named {
    fn normals(&self) -> impl Iterator<Item = &str> {
        self.normals.split('\n')
    }
}

impl Names {
    /// Reads them, on all cores.
    #[must_use]
    pub fn of(snapshot: &Snapshot) -> Self {
        let accepted = snapshot.tree.entries().map(|entry| entry.node.id);
        let proposed = snapshot.record.proposals().filter_map(|proposal| match &proposal.body {
            Body::Node { node, .. } if snapshot.tree.entry(*node).is_none() => Some(*node),
            _ => None,
        });
        let nodes: Vec<NodeId> = accepted.chain(proposed).collect();
        let read = |(): &mut (), node: &NodeId| {
            let source = Source::of(*node, snapshot)?;
            let normals: Vec<String> = source.facts()?.names().map(|name| normalise(name.raw())).collect();
            Some(Named { node: *node, source, normals: normals.join("\n") })
        };
        let all: Vec<Named> = parallel::map(&nodes, || (), read).into_iter().flatten().collect();
        let places = all.iter().zip(0..).map(|(named, at)| (named.node, at)).collect();
        Self { all, places }
    }

    /// The names of a node.
    pub fn of_node(&self, node: NodeId) -> impl Iterator<Item = &str> {
        let named = self.places.get(&node).and_then(|at| self.all.get(*at as usize));
        named.into_iter().flat_map(Named::normals).filter(|normal| !normal.is_empty())
    }

    /// Every name and alias, with its node.
    pub fn iter(&self) -> impl Iterator<Item = (NodeId, &str)> {
        let names = self.all.iter().flat_map(|named| named.normals().map(|normal| (named.node, normal)));
        names.filter(|(_, normal)| !normal.is_empty())
    }
}

impl Catalogue {
    /// The index over a snapshot.
    #[must_use]
    pub fn of(snapshot: &Snapshot) -> Self {
        let mut catalogue = Self::default();
        catalogue.refresh(snapshot, None);
        catalogue
    }

    /// The index over a snapshot whose names were read, and what `of_name` makes of every name and alias in its normal form.
    pub fn of_names<T: Clone + Send + Sync>(
        snapshot: &Snapshot,
        names: &Names,
        of_name: impl Fn(&str) -> T + Sync,
    ) -> (Self, Vec<(NodeId, T)>) {
        let mut catalogue = Self { last: Some(Before::of(snapshot)), ..Self::default() };
        let made = catalogue.read_all(names, of_name);
        (catalogue, made)
    }

    /// Takes in everything. To make texts ready is most of the work, and done on all cores.
    fn read_all<T: Clone + Send + Sync>(
        &mut self,
        names: &Names,
        of_name: impl Fn(&str) -> T + Sync,
    ) -> Vec<(NodeId, T)> {
        let read = |scratch: &mut Vec<_>, named: &Named| {
            let ready = Ready::of(&Described::of(named.source.facts()?), named.normals(), scratch);
            let mut made = Few::default();
            ready.names().for_each(|normal| made.push(of_name(normal)));
            Some((ready, made))
        };
        let mut all = Vec::with_capacity(names.all.len());
        for named in names.all.chunks(AT_A_TIME) {
            for (named, read) in named.iter().zip(parallel::map(named, Vec::new, read)) {
                let Some((ready, made)) = read else { continue };
                self.index.put_ready(named.node, ready);
                self.generation += 1;
                self.known.insert(named.node, named.source.clone());
                all.extend(made.as_slice().iter().map(|made| (named.node, made.clone())));
            }
        }
        all
    }

    /// The index as of the last refresh.
    #[must_use]
    pub fn index(&self) -> &NameIndex {
        &self.index
    }

    /// Counts up whenever anything is called otherwise or is about something else: neighbours are the same until then.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The `count` nearest nodes by what they are called and are about, and by what they mean where
    /// that is known. The better of the two counts; agreement adds to it.
    #[must_use]
    pub fn nearest(&self, asking: &Asking<'_>, vectors: &Vectors, count: usize) -> Vec<Neighbour> {
        nearest(&self.index, asking, vectors, count)
    }

    /// Takes in what is new, different or gone in this snapshot; `delta` is what came last, where that is known.
    pub fn refresh(&mut self, snapshot: &Snapshot, delta: Option<&Delta>) {
        if self.last.as_ref().is_some_and(|last| last.is(snapshot)) {
            return;
        }
        match self.last.replace(Before::of(snapshot)) {
            Some(last) => {
                for node in &last.to(snapshot, delta).names {
                    self.learn(*node, snapshot);
                }
            }
            None => drop(self.read_all(&Names::of(snapshot), |_| ())),
        }
    }

    fn learn(&mut self, node: NodeId, snapshot: &Snapshot) {
        let Some(source) = Source::of(node, snapshot) else {
            if self.known.remove(&node).is_some() {
                self.index.remove(node);
                self.generation += 1;
            }
            return;
        };
        let is_same = |known: &Source| known.is(&source) || known.facts() == source.facts();
        if let Some(facts) = source.facts().filter(|_| !self.known.get(&node).is_some_and(is_same)) {
            self.index.put(node, &Described::of(facts));
            self.generation += 1;
        }
        self.known.insert(node, source);
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
