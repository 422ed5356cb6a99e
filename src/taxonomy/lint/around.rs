//! What a name is compared with: the children of the same parent, and names elsewhere.

use std::hash::BuildHasher as _;
use std::sync::Arc;

use foldhash::fast::FixedState;

use super::super::delta::{Before, Delta};
use super::super::id::{NodeId, ProposalId};
use super::super::node::{Facts, Kind};
use super::super::parallel;
use super::super::proposal::{Body, Proposal, State};
use super::super::record::Record;
use super::super::shards::{Few, QuickMap, QuickSet};
use super::super::similarity::{Words, word_bag, word_bag_of};
use super::super::snapshot::{Snapshot, rank};
use super::super::text::{Untrusted, normalise};
use super::super::tombstones::Graves;
use super::super::wordings::reworded;
use super::sessions::hash_of;
use super::style::Styles;

/// Siblings by their names, for every parent that was asked about: kept from one focused row to the next.
#[derive(Debug, Clone, Default)]
pub struct Families {
    known: QuickMap<Option<NodeId>, Arc<Family>>,
    /// What they were read from.
    last: Option<Before>,
}

/// Who goes from family to family keeps no more than these.
const KEPT: usize = 16;
/// Where more of a family changed it is read anew.
const FOLLOWED: usize = 256;

/// The accepted and open children of one parent, by their names and word bags.
#[derive(Debug, Default)]
pub(super) struct Family {
    members: QuickMap<NodeId, Member>,
    names: QuickMap<String, Few<NodeId>>,
    bags: QuickMap<Vec<String>, Few<NodeId>>,
    /// The words of the name above.
    pub(super) above: Vec<String>,
    accepted: Styles,
    all: Styles,
    /// What was turned down here.
    pub(super) graves: Graves,
}

/// What the members of a family stand in the order of: accepted ones by name, then open ones as proposed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Member {
    Accepted(String),
    Proposed(usize),
}

/// What is taught and what is open: whether something is takes a look at all above it and at all that say the same, so
/// that is asked once, on several cores.
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

    /// The families of all these nodes and of what is open, on several cores.
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
        let last = Some(Before::of(snapshot));
        Self { known: parents.into_iter().zip(families).collect(), last }
    }

    /// Forgets the families that are perhaps not as they were read; `delta` is what came last, where that is known.
    pub fn refresh(&mut self, snapshot: &Snapshot, delta: Option<&Delta>) {
        if self.last.as_ref().is_some_and(|last| last.is(snapshot)) {
            return;
        }
        let last = self.last.replace(Before::of(snapshot));
        let Some(last) = last.filter(|_| !self.known.is_empty() && self.known.len() <= KEPT) else {
            self.known.clear();
            return;
        };
        let (delta, tree, record) = (last.to(snapshot, delta), &last.tree, &last.record);
        let changed = &delta.names;
        // What is merged, moved or no longer taught changes what is open far from it.
        let came = |node: &NodeId| tree.entry(*node).is_none() && snapshot.tree.entry(*node).is_some();
        let is_merged = |record: &Record, id: ProposalId| {
            record.proposal(id).is_some_and(|proposal| matches!(proposal.state, State::Merged { .. }))
        };
        let merges = |id: &ProposalId| is_merged(record, *id) || is_merged(&snapshot.record, *id);
        if !delta.nodes.iter().all(came) || delta.proposals.iter().any(merges) {
            self.known.clear();
            return;
        }
        let proposed = |record: &Record, node: NodeId| record.proposal(ProposalId::of_node(node))?.under();
        let mut members: QuickMap<Option<NodeId>, QuickSet<NodeId>> = QuickMap::default();
        let under = |node: &NodeId| [record, &snapshot.record].map(|record| proposed(record, *node));
        // What others, or a syllabus, hang under is no mere wording.
        let above = |id: &ProposalId| [record, &snapshot.record].map(|record| record.proposal(*id)?.under());
        let above: QuickSet<NodeId> = delta.proposals.iter().flat_map(above).flatten().collect();
        let is_known = |node: &NodeId| {
            let places = [tree, &snapshot.tree].into_iter().filter_map(|tree| tree.entry(*node));
            let mut places = places.map(|entry| entry.place.parent).chain(under(node));
            places.any(|parent| self.known.contains_key(&parent))
        };
        for node in changed.iter().chain(above.difference(changed)).filter(|node| is_known(node)) {
            // Who says the same may be shown in its place, or no longer.
            let alike = reworded((tree, record), *node).into_iter().chain(snapshot.reworded(*node));
            let alike = alike.filter_map(|id| match snapshot.record.proposal(id)?.body {
                Body::Node { node, .. } => Some(node),
                Body::Syllabus { .. } => None,
            });
            for node in alike.chain([*node]) {
                let places = [tree, &snapshot.tree].into_iter().filter_map(|tree| tree.entry(node));
                let places = places.map(|entry| entry.place.parent);
                for parent in places.chain([record, &snapshot.record].map(|record| proposed(record, node))) {
                    members.entry(parent).or_default().insert(node);
                }
            }
        }
        self.known.retain(|parent, family| {
            // Whether a proposal is open depends on everything above it.
            if parent.is_some_and(|parent| snapshot.lineage(parent).iter().any(|node| changed.contains(node))) {
                return false;
            }
            let Some(members) = members.get(parent) else { return true };
            let Some(family) = Arc::get_mut(family).filter(|_| members.len() <= FOLLOWED) else { return false };
            members.iter().for_each(|node| family.follow(snapshot, *parent, *node, last.facts(*node)));
            true
        });
        #[cfg(test)]
        self.known.iter().for_each(|(parent, family)| family.check(snapshot, *parent));
    }
}

impl Family {
    fn of(snapshot: &Snapshot, parent: Option<NodeId>, is_open: impl Fn(&Proposal) -> bool) -> Self {
        let mut family = Self { graves: Graves::below(snapshot, parent), ..Self::default() };
        for node in snapshot.tree.children(parent) {
            if let Some((_, facts)) = snapshot.facts(*node) {
                family.put(*node, facts, Member::Accepted(normalise(facts.name.raw())));
            }
        }
        for (at, proposal) in snapshot.record.proposed_children(parent).enumerate() {
            if let Body::Node { node, facts, .. } = &proposal.body
                && !snapshot.is_in_tree(proposal)
                && is_open(proposal)
            {
                family.put(*node, facts, Member::Proposed(at));
            }
        }
        if let Some((_, above)) = parent.and_then(|parent| snapshot.facts(parent)) {
            family.above = word_bag(above.name.raw());
            family.accepted.add_parent(above.name.raw());
            family.all.add_parent(above.name.raw());
        }
        family
    }

    fn put(&mut self, node: NodeId, facts: &Facts, member: Member) {
        for name in facts.names() {
            let normal = normalise(name.raw());
            self.bags.entry(word_bag_of(&normal)).or_default().push(node);
            self.names.entry(normal).or_default().push(node);
        }
        if matches!(member, Member::Accepted(_)) {
            self.accepted.add(facts.name.raw());
        }
        self.all.add(facts.name.raw());
        self.members.insert(node, member);
    }

    /// The other way round; `facts` as they were then.
    fn take(&mut self, node: NodeId, facts: &Facts) {
        let Some(member) = self.members.remove(&node) else { return };
        for name in facts.names() {
            let normal = normalise(name.raw());
            let bag = word_bag_of(&normal);
            if let Some(nodes) = self.bags.get_mut(&bag) {
                nodes.retain(|other| *other != node);
            }
            if let Some(nodes) = self.names.get_mut(&normal) {
                nodes.retain(|other| *other != node);
            }
        }
        if matches!(member, Member::Accepted(_)) {
            self.accepted.remove(facts.name.raw());
        }
        self.all.remove(facts.name.raw());
    }

    /// Takes in how one node stands now, which may be, have been or become a member; `was`: how it was called.
    fn follow(&mut self, snapshot: &Snapshot, parent: Option<NodeId>, node: NodeId, was: Option<&Facts>) {
        if let Some(was) = was {
            self.take(node, was);
        }
        let proposal = snapshot.record.proposal(ProposalId::of_node(node));
        let proposal = proposal.filter(|proposal| match &proposal.body {
            Body::Node { node: of, parent: under, .. } => (*of, *under) == (node, parent),
            Body::Syllabus { .. } => false,
        });
        match proposal {
            Some(dead) if matches!(dead.state, State::Rejected { .. }) => self.graves.put(node, dead),
            _ => self.graves.remove(node),
        }
        let Some((_, facts)) = snapshot.facts(node) else { return };
        if let Some(entry) = snapshot.tree.entry(node) {
            if entry.place.parent == parent {
                self.put(node, facts, Member::Accepted(normalise(facts.name.raw())));
            }
        } else if let Some(open) = proposal.filter(|proposal| snapshot.is_open(proposal)) {
            let at = snapshot.record.proposed_children(parent).position(|other| other.id == open.id);
            self.put(node, facts, Member::Proposed(at.unwrap_or(usize::MAX)));
        }
    }

    /// Fails where it is not what a snapshot says.
    #[cfg(test)]
    fn check(&self, snapshot: &Snapshot, parent: Option<NodeId>) {
        let new = Self::of(snapshot, parent, |proposal| snapshot.is_open(proposal));
        assert_eq!(self.members, new.members);
        assert_eq!((&self.accepted, &self.all, &self.above), (&new.accepted, &new.all, &new.above));
        for node in new.members.keys() {
            let Some((_, facts)) = snapshot.facts(*node) else { continue };
            for name in facts.names() {
                let (normal, bag) = (normalise(name.raw()), word_bag(name.raw()));
                assert_eq!(self.like(*node, &normal, &bag), new.like(*node, &normal, &bag));
                assert_eq!(self.graves.like(*node, name.raw()), new.graves.like(*node, name.raw()));
            }
        }
    }

    /// The siblings of `id` that share its name (`true`) or only its words, in their order.
    pub(super) fn like(&self, id: NodeId, name: &str, bag: &Vec<String>) -> Vec<(NodeId, bool)> {
        let same = self.names.get(name).map_or(&[][..], Few::as_slice);
        let near = self.bags.get(bag).map_or(&[][..], Few::as_slice);
        let mut nodes: Vec<NodeId> = same.iter().chain(near).copied().filter(|node| *node != id).collect();
        nodes.sort_by(|a, b| (self.members.get(a), a).cmp(&(self.members.get(b), b)));
        nodes.dedup();
        nodes.into_iter().map(|node| (node, same.contains(&node))).collect()
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
    last: Option<Before>,
}

impl Elsewhere {
    /// The names and aliases of every accepted node and open proposal.
    #[must_use]
    pub fn of(snapshot: &Snapshot) -> Self {
        let mut all = Self::default();
        all.refresh(snapshot, None);
        all
    }

    /// Takes in what came with a newer snapshot; `delta` is what came last, where that is known.
    pub fn refresh(&mut self, snapshot: &Snapshot, delta: Option<&Delta>) {
        if self.last.as_ref().is_some_and(|last| last.is(snapshot)) {
            return;
        }
        match self.last.replace(Before::of(snapshot)) {
            Some(last) => {
                for node in &last.to(snapshot, delta).names {
                    // What was accepted as it was proposed is called what it was.
                    let now = snapshot.facts(*node).map(|(_, facts)| facts);
                    let is_same =
                        |was: &Facts| now.is_some_and(|now| was.name == now.name && was.aliases == now.aliases);
                    if !last.facts(*node).is_some_and(is_same) {
                        self.learn(snapshot, *node);
                    }
                }
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

    /// Of names that were read already: [`Numbers`] of every name and alias of every node, accepted or proposed.
    #[must_use]
    pub fn of_numbers(snapshot: &Snapshot, names: impl IntoIterator<Item = (NodeId, Numbers)>) -> Self {
        let mut all = Self { last: Some(Before::of(snapshot)), ..Self::default() };
        names.into_iter().for_each(|(node, numbers)| all.put(node, numbers));
        all
    }

    fn put(&mut self, node: NodeId, Numbers { name, bag }: Numbers) {
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
    facts.flat_map(|facts| facts.names()).map(Untrusted::raw)
}

/// A name, and its words, as numbers.
#[derive(Debug, Clone, Copy)]
pub struct Numbers {
    name: u64,
    bag: u64,
}

impl Numbers {
    /// Of a name in its normal form.
    #[must_use]
    pub fn of(normal: &str) -> Self {
        Self { name: hash_of(normal.as_bytes()), bag: key(&word_bag_of(normal)) }
    }
}

fn numbers(name: &str) -> Numbers {
    Numbers::of(&normalise(name))
}

fn key(bag: &[String]) -> u64 {
    FixedState::default().hash_one(bag)
}
