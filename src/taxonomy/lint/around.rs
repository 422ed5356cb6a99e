//! What a name is compared with: the children of the same parent, and names elsewhere.

use std::collections::{HashMap, HashSet};

use super::super::id::{NodeId, ProposalId};
use super::super::node::{Facts, Kind};
use super::super::proposal::Body;
use super::super::record::Record;
use super::super::similarity::{changed_names, word_bag, word_bag_of};
use super::super::snapshot::Snapshot;
use super::super::text::normalise;
use super::super::tombstones::Graves;
use super::super::tree::Tree;
use super::style::Styles;

/// Siblings by their names, for every parent that was asked about: kept from one focused row to the next.
#[derive(Debug, Default)]
pub struct Families {
    known: HashMap<Option<NodeId>, Family>,
    /// What they were read from.
    last: Option<(u64, Tree, Record)>,
}

/// Who goes from family to family keeps no more than these.
const KEPT: usize = 16;

/// The accepted and open children of one parent; names and word bags lead to places in the list.
#[derive(Debug, Default)]
pub(super) struct Family {
    siblings: Vec<NodeId>,
    names: HashMap<String, Vec<usize>>,
    bags: HashMap<Vec<String>, Vec<usize>>,
    accepted: Styles,
    all: Styles,
    /// What was turned down here.
    pub(super) graves: Graves,
}

impl Families {
    pub(super) fn below(&mut self, snapshot: &Snapshot, parent: Option<NodeId>) -> &Family {
        self.known.entry(parent).or_insert_with(|| Family::of(snapshot, parent))
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
    fn of(snapshot: &Snapshot, parent: Option<NodeId>) -> Self {
        let accepted = snapshot.tree.children(parent).iter().copied();
        let proposed = snapshot.open_children(parent).filter_map(|open| match &open.body {
            Body::Node { node, .. } => Some(*node),
            Body::Syllabus { .. } => None,
        });
        let graves = Graves::below(snapshot, parent);
        let mut family = Self { siblings: accepted.chain(proposed).collect(), graves, ..Self::default() };
        for (at, sibling) in family.siblings.iter().enumerate() {
            let Some((_, facts)) = snapshot.facts(*sibling) else { continue };
            for name in std::iter::once(&facts.name).chain(&facts.aliases) {
                family.names.entry(normalise(name.raw())).or_default().push(at);
                family.bags.entry(word_bag(name.raw())).or_default().push(at);
            }
            if snapshot.tree.entry(*sibling).is_some() {
                family.accepted.add(facts.name.raw());
            }
            family.all.add(facts.name.raw());
        }
        if let Some((_, above)) = parent.and_then(|parent| snapshot.facts(parent)) {
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
    nodes: HashMap<u64, Vec<NodeId>>,
    /// The names in their normal form, as numbers.
    names: HashSet<u64>,
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
        snapshot.tree.entries().for_each(|entry| self.learn(snapshot, entry.node.id));
        for proposal in snapshot.record.proposals() {
            if let Body::Node { node, .. } = &proposal.body {
                self.learn(snapshot, *node);
            }
        }
    }

    fn learn(&mut self, snapshot: &Snapshot, node: NodeId) {
        let Some((_, facts)) = snapshot.facts(node) else { return };
        for name in std::iter::once(&facts.name).chain(&facts.aliases) {
            self.add(node, name.raw());
        }
    }

    /// Adds one name of a node.
    pub fn add(&mut self, node: NodeId, name: &str) {
        let normal = normalise(name);
        self.names.insert(number(normal.bytes()));
        let nodes = self.nodes.entry(key(&word_bag_of(&normal))).or_default();
        if !nodes.contains(&node) {
            nodes.push(node);
        }
    }

    /// The nodes that are accepted or open now and have a name or alias of these words.
    pub(super) fn like(&self, snapshot: &Snapshot, bag: &[String]) -> Vec<NodeId> {
        let found = self.nodes.get(&key(bag)).map_or(&[][..], Vec::as_slice).iter().copied();
        let is_now = |id: &NodeId| {
            let is_there = match snapshot.tree.entry(*id) {
                Some(_) => snapshot.tree.is_active(*id),
                None => {
                    let proposal = snapshot.record.proposal(ProposalId::of_node(*id));
                    proposal.is_some_and(|proposal| snapshot.is_open(proposal))
                }
            };
            let names = |facts: &Facts| {
                let mut names = std::iter::once(&facts.name).chain(&facts.aliases);
                names.any(|name| word_bag(name.raw()) == bag)
            };
            is_there && snapshot.facts(*id).is_some_and(|(_, facts)| names(facts))
        };
        found.filter(is_now).collect()
    }

    /// A subject other than `own` whose name has the normal form `wanted`.
    pub(super) fn subject(&self, snapshot: &Snapshot, wanted: &str, own: Option<NodeId>) -> Option<NodeId> {
        if !self.names.contains(&number(wanted.bytes())) {
            return None;
        }
        let found = self.nodes.get(&key(&word_bag_of(wanted)))?.iter().copied();
        let mut subjects = found.filter(|id| Some(*id) != own && snapshot.tree.is_active(*id)).filter(|id| {
            let facts = snapshot.facts(*id);
            facts.is_some_and(|(kind, facts)| kind == Kind::Subject && normalise(facts.name.raw()) == wanted)
        });
        subjects.next()
    }
}

fn key(bag: &[String]) -> u64 {
    number(bag.iter().flat_map(|word| word.bytes().chain([0])))
}

/// FNV-1a.
fn number(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
