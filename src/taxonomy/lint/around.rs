//! What a name is compared with: the children of the same parent, and names elsewhere.

use std::collections::HashSet;
use std::hash::BuildHasher as _;
use std::sync::Arc;

use foldhash::fast::FixedState;

use super::super::id::{NodeId, ProposalId};
use super::super::node::Kind;
use super::super::parallel;
use super::super::proposal::{Body, Proposal};
use super::super::record::Record;
use super::super::shards::{Few, QuickMap, QuickSet};
use super::super::similarity::{Words, changed_names, word_bag, word_bag_of};
use super::super::snapshot::{Snapshot, rank};
use super::super::text::{Untrusted, normalise};
use super::super::tombstones::Graves;
use super::super::tree::Tree;
use super::sessions::hash_of;
use super::style::Styles;

/// Siblings by their names, for every parent that was asked about: kept from one focused row to the next.
#[derive(Debug, Clone, Default)]
pub struct Families {
    known: QuickMap<Option<NodeId>, Arc<Family>>,
    /// What they were read from.
    last: Option<(u64, Tree, Record)>,
}

/// Who goes from family to family keeps no more than these.
const KEPT: usize = 16;

/// The accepted and open children of one parent; names and word bags lead to places in the list.
#[derive(Debug, Default)]
pub(super) struct Family {
    siblings: Vec<NodeId>,
    names: QuickMap<String, Vec<usize>>,
    bags: QuickMap<Vec<String>, Vec<usize>>,
    /// The words of the name above.
    pub(super) above: Vec<String>,
    accepted: Styles,
    all: Styles,
    /// What was turned down here.
    pub(super) graves: Graves,
}

/// What is taught and what is open: whether something is takes a look at all above it and at all that say the same, so
/// that is asked once, on all cores.
pub(super) struct Present<'a> {
    /// Parents before children, then in the order proposed.
    pub(super) proposals: Vec<&'a Arc<Proposal>>,
    open: QuickSet<ProposalId>,
    active: QuickSet<NodeId>,
}

impl<'a> Present<'a> {
    pub(super) fn of(snapshot: &'a Snapshot) -> Self {
        let all: Vec<&Arc<Proposal>> = snapshot.record.proposals().collect();
        let is_open = parallel::map(&all, || (), |(), proposal| snapshot.is_open(proposal));
        let mut proposals: Vec<_> =
            all.into_iter().zip(is_open).filter(|(_, open)| *open).map(|(one, _)| one).collect();
        proposals.sort_by_cached_key(|proposal| (rank(proposal), proposal.seen.first().copied(), proposal.id));
        let open = proposals.iter().map(|proposal| proposal.id).collect();
        let active = snapshot.tree.entries().map(|entry| entry.node.id).filter(|id| snapshot.tree.is_active(*id));
        Self { open, active: active.collect(), proposals }
    }

    fn holds(&self, snapshot: &Snapshot, node: NodeId) -> bool {
        match snapshot.tree.entry(node) {
            Some(_) => self.active.contains(&node),
            None => self.open.contains(&ProposalId::of_node(node)),
        }
    }
}

/// Whether a node is accepted and taught, or open.
fn is_there(snapshot: &Snapshot, node: NodeId) -> bool {
    match snapshot.tree.entry(node) {
        Some(_) => snapshot.tree.is_active(node),
        None => {
            let proposal = snapshot.record.proposal(ProposalId::of_node(node));
            proposal.is_some_and(|proposal| snapshot.is_open(proposal))
        }
    }
}

impl Families {
    pub(super) fn below(&mut self, snapshot: &Snapshot, parent: Option<NodeId>) -> &Family {
        let read = || Arc::new(Family::of(snapshot, parent, |proposal| snapshot.is_open(proposal)));
        self.known.entry(parent).or_insert_with(read)
    }

    /// The families of all these nodes and of what is open, on all cores.
    pub(super) fn of_all(snapshot: &Snapshot, nodes: &[NodeId], present: &Present<'_>) -> Self {
        let proposed = present.proposals.iter().filter_map(|proposal| match &proposal.body {
            Body::Node { parent, .. } => Some(*parent),
            Body::Syllabus { .. } => None,
        });
        let parents = nodes.iter().map(|node| snapshot.tree.parent(*node)).chain(proposed);
        let parents: Vec<Option<NodeId>> = parents.collect::<QuickSet<_>>().into_iter().collect();
        let is_open = |proposal: &Proposal| present.open.contains(&proposal.id);
        let read = |(): &mut (), parent: &Option<NodeId>| Arc::new(Family::of(snapshot, *parent, is_open));
        let families = parallel::map_each(&parents, || (), read);
        let last = Some((snapshot.revision, snapshot.tree.clone(), snapshot.record.clone()));
        Self { known: parents.into_iter().zip(families).collect(), last }
    }

    /// Forgets the families that are perhaps not as they were read.
    pub fn refresh(&mut self, snapshot: &Snapshot) {
        if self.last.as_ref().is_some_and(|(revision, ..)| *revision == snapshot.revision) {
            return;
        }
        let now = (snapshot.revision, snapshot.tree.clone(), snapshot.record.clone());
        let last = self.last.replace(now);
        let Some((_, tree, record)) = last.filter(|_| self.known.len() <= KEPT) else {
            self.known.clear();
            return;
        };
        let changed = changed_names(snapshot, &tree, &record);
        let proposed = |record: &Record, node: NodeId| record.proposal(ProposalId::of_node(node))?.under();
        let mut parents: HashSet<Option<NodeId>> = HashSet::new();
        for node in &changed {
            let places = [&tree, &snapshot.tree].into_iter().filter_map(|tree| tree.entry(*node));
            parents.extend(places.map(|entry| entry.place.parent));
            parents.extend([&record, &snapshot.record].map(|record| proposed(record, *node)));
        }
        // Whether a proposal is open depends on everything above it.
        let holds = |parent: &Option<NodeId>| {
            let above = parent.map(|parent| snapshot.lineage(parent)).unwrap_or_default();
            !parents.contains(parent) && !above.iter().any(|node| changed.contains(node))
        };
        self.known.retain(|parent, _| holds(parent));
    }
}

impl Family {
    fn of(snapshot: &Snapshot, parent: Option<NodeId>, is_open: impl Fn(&Proposal) -> bool) -> Self {
        let accepted = snapshot.tree.children(parent).iter().copied();
        let proposed = snapshot.record.proposed_children(parent);
        let open = proposed.filter(|proposal| !snapshot.is_in_tree(proposal) && is_open(proposal));
        let proposed = open.filter_map(|open| match &open.body {
            Body::Node { node, .. } => Some(*node),
            Body::Syllabus { .. } => None,
        });
        let graves = Graves::below(snapshot, parent);
        let mut family = Self { siblings: accepted.chain(proposed).collect(), graves, ..Self::default() };
        for (at, sibling) in family.siblings.iter().enumerate() {
            let Some((_, facts)) = snapshot.facts(*sibling) else { continue };
            for name in std::iter::once(&facts.name).chain(&facts.aliases) {
                let normal = normalise(name.raw());
                family.bags.entry(word_bag_of(&normal)).or_default().push(at);
                family.names.entry(normal).or_default().push(at);
            }
            if snapshot.tree.entry(*sibling).is_some() {
                family.accepted.add(facts.name.raw());
            }
            family.all.add(facts.name.raw());
        }
        if let Some((_, above)) = parent.and_then(|parent| snapshot.facts(parent)) {
            family.above = word_bag(above.name.raw());
            family.accepted.add_parent(above.name.raw());
            family.all.add_parent(above.name.raw());
        }
        family
    }

    /// The siblings of `id` that share its name (`true`) or only its words, in their order.
    pub(super) fn like(&self, id: NodeId, name: &str, bag: &Vec<String>) -> Vec<(NodeId, bool)> {
        let same: &[usize] = self.names.get(name).map_or(&[], Vec::as_slice);
        let near: &[usize] = self.bags.get(bag).map_or(&[], Vec::as_slice);
        let mut places = [same, near].concat();
        places.sort_unstable();
        places.dedup();
        let siblings = places.into_iter().map(|at| (self.siblings[at], same.contains(&at)));
        siblings.filter(|(sibling, _)| *sibling != id).collect()
    }

    /// How siblings are written, the accepted ones where there are enough, else all; and whether a
    /// name that is accepted or not was counted in.
    pub(super) fn styles(&self, is_accepted: bool) -> (&Styles, bool) {
        if self.accepted.is_telling() { (&self.accepted, is_accepted) } else { (&self.all, true) }
    }
}

/// Names of the whole taxonomy by their words. Names may be added as they come and need not be
/// taken out: what is found is compared with what the node is called now.
#[derive(Debug, Clone, Default)]
pub struct Elsewhere {
    nodes: QuickMap<u64, Few<NodeId>>,
    /// The names in their normal form, as numbers.
    names: QuickSet<u64>,
    /// What was read.
    last: Option<(u64, Tree, Record)>,
}

impl Elsewhere {
    /// The names and aliases of every accepted node and open proposal.
    #[must_use]
    pub fn of(snapshot: &Snapshot) -> Self {
        let mut all = Self::default();
        all.refresh(snapshot);
        all
    }

    /// Takes in what came with a newer snapshot. Costs what that does not share with the last one.
    pub fn refresh(&mut self, snapshot: &Snapshot) {
        if self.last.as_ref().is_some_and(|(revision, ..)| *revision == snapshot.revision) {
            return;
        }
        let now = (snapshot.revision, snapshot.tree.clone(), snapshot.record.clone());
        match self.last.replace(now) {
            Some((_, tree, record)) => {
                changed_names(snapshot, &tree, &record).into_iter().for_each(|node| self.learn(snapshot, node));
            }
            None => self.read_all(snapshot),
        }
    }

    fn read_all(&mut self, snapshot: &Snapshot) {
        let accepted = snapshot.tree.entries().map(|entry| entry.node.id);
        let proposed = snapshot.record.proposals().filter_map(|proposal| match &proposal.body {
            Body::Node { node, .. } => Some(*node),
            Body::Syllabus { .. } => None,
        });
        let nodes: Vec<NodeId> = accepted.chain(proposed).collect();
        let read = |(): &mut (), node: &NodeId| names_of(snapshot, *node).map(numbers).collect::<Vec<_>>();
        for (node, names) in nodes.iter().zip(parallel::map(&nodes, || (), read)) {
            names.into_iter().for_each(|numbers| self.put(*node, numbers));
        }
    }

    fn learn(&mut self, snapshot: &Snapshot, node: NodeId) {
        names_of(snapshot, node).for_each(|name| self.add(node, name));
    }

    /// Adds one name of a node.
    pub fn add(&mut self, node: NodeId, name: &str) {
        self.put(node, numbers(name));
    }

    fn put(&mut self, node: NodeId, (name, bag): (u64, u64)) {
        self.names.insert(name);
        let nodes = self.nodes.entry(bag).or_default();
        if !nodes.as_slice().contains(&node) {
            nodes.push(node);
        }
    }

    /// The nodes that are accepted or open now and have a name or alias of the words of one, of those that are wanted.
    pub(super) fn like<'a>(
        &'a self,
        (snapshot, present): (&'a Snapshot, Option<&'a Present<'a>>),
        normal: &'a str,
        wanted: impl Fn(NodeId) -> bool + 'a,
    ) -> impl Iterator<Item = NodeId> + 'a {
        let found = self.nodes.get(&key(&word_bag_of(normal))).map_or(&[][..], Few::as_slice).iter().copied();
        let words = Words::of(normal);
        let is_now = move |id: &NodeId| {
            let there = present.map_or_else(|| is_there(snapshot, *id), |present| present.holds(snapshot, *id));
            there && names_of(snapshot, *id).any(|name| words.are_of(&normalise(name)))
        };
        found.filter(move |id| wanted(*id)).filter(is_now)
    }

    /// A subject other than `own` whose name has the normal form `wanted`, with its hash.
    pub(super) fn subject(
        &self,
        snapshot: &Snapshot,
        (wanted, hash): (&str, u64),
        own: Option<NodeId>,
    ) -> Option<NodeId> {
        if !self.names.contains(&hash) {
            return None;
        }
        let found = self.nodes.get(&key(&word_bag_of(wanted)))?.as_slice().iter().copied();
        let mut subjects = found.filter(|id| Some(*id) != own && snapshot.tree.is_active(*id)).filter(|id| {
            let facts = snapshot.facts(*id);
            facts.is_some_and(|(kind, facts)| kind == Kind::Subject && normalise(facts.name.raw()) == wanted)
        });
        subjects.next()
    }
}

/// The name of a node and its aliases.
fn names_of(snapshot: &Snapshot, node: NodeId) -> impl Iterator<Item = &str> {
    let facts = snapshot.facts(node).map(|(_, facts)| facts).into_iter();
    facts.flat_map(|facts| std::iter::once(&facts.name).chain(&facts.aliases)).map(Untrusted::raw)
}

/// A name, and its words, as numbers.
fn numbers(name: &str) -> (u64, u64) {
    let normal = normalise(name);
    (hash_of(normal.as_bytes()), key(&word_bag_of(&normal)))
}

fn key(bag: &[String]) -> u64 {
    FixedState::default().hash_one(bag)
}
