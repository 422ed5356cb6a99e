//! In which order proposals are decided. In each of them a parent comes before its children and
//! nodes before syllabi.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::survey::{Seat, Survey};
use crate::hashing::mix;
use crate::taxonomy::lint::{self, Severity};
use crate::taxonomy::{BatchId, Body, NodeId, ProposalId, Snapshot};

/// What comes first among proposals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Order {
    /// As the tree shows them.
    #[default]
    Tree,
    /// What is most likely wrong, or has most hanging on it.
    Risk,
    /// What hangs under the parent with the fewest accepted children.
    Emptiest,
    /// As the tree shows them, siblings in an order that the seed gives: a model's own order of
    /// likelihood does not lead the hand.
    Shuffle(u64),
}

impl Order {
    /// The word on the screen and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Order::Tree => "tree",
            Order::Risk => "risk",
            Order::Emptiest => "emptiest",
            Order::Shuffle(_) => "shuffle",
        }
    }

    /// The order of that name. `seed` is for the shuffle.
    #[must_use]
    pub fn by_name(name: &str, seed: u64) -> Option<Self> {
        let all = [Order::Tree, Order::Risk, Order::Emptiest, Order::Shuffle(seed)];
        all.into_iter().find(|order| order.name() == name)
    }

    /// The next one in turn. `seed` is for the shuffle.
    #[must_use]
    pub fn next(self, seed: u64) -> Self {
        match self {
            Order::Tree => Order::Risk,
            Order::Risk => Order::Emptiest,
            Order::Emptiest => Order::Shuffle(seed),
            Order::Shuffle(_) => Order::Tree,
        }
    }
}

/// Why a proposal comes early in the order by risk, in hundredths of a point.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Risk {
    /// For what the checks found.
    pub findings: u32,
    /// For a name whose words occur nowhere around it.
    pub fit: u32,
    /// For what hangs on it.
    pub fan_out: u32,
}

impl Risk {
    /// Of a proposal that was looked at.
    #[must_use]
    pub fn of(survey: &Survey, seat: &Seat) -> Self {
        let Some(look) = survey.seen(seat.proposal.id) else { return Self::default() };
        let findings: u32 = look.codes.iter().map(|code| weight(code)).sum();
        let below = match seat.proposal.body {
            Body::Node { node, .. } => survey.progress(Some(node)),
            Body::Syllabus { .. } => super::Progress::default(),
        };
        let waiting = below.pending + below.deferred;
        let fit = 2 * (100 - look.fit.min(100));
        Self { findings: findings.min(1_000), fit, fan_out: 50 * (32 - waiting.leading_zeros()).min(6) }
    }

    /// The whole of it.
    #[must_use]
    pub fn total(self) -> u32 {
        self.findings + self.fit + self.fan_out
    }
}

/// How much a finding weighs: what hides something, then what the curators of other taxonomies
/// had to correct most often (placement and duplicates), then style.
fn weight(code: &str) -> u32 {
    match code {
        "hidden-text" => 500,
        "near-duplicate" | "vague-name" => 300,
        "concept-count" | "repeated-concept" | "generic-concept" | "title-concept" => 100,
        _ => match lint::find(code).map(|check| check.severity) {
            Some(Severity::Error) => 400,
            Some(Severity::Warning) | None => 200,
            Some(Severity::Style) => 50,
            Some(Severity::Info) => 20,
        },
    }
}

/// Proposals one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    ids: Vec<ProposalId>,
    at: HashMap<ProposalId, usize>,
}

impl Plan {
    /// The wanted proposals in an order. For the order by risk, [`Survey::look`] comes first.
    #[must_use]
    pub fn new<'a>(
        snapshot: &Snapshot,
        survey: &'a Survey,
        order: Order,
        wanted: impl Iterator<Item = &'a Seat>,
    ) -> Self {
        let forest = Forest::new(snapshot, order, wanted);
        let ids = match order {
            Order::Tree | Order::Shuffle(_) => forest.down(),
            Order::Risk => forest.by_urgency(|seat| u64::from(u32::MAX - Risk::of(survey, seat).total())),
            Order::Emptiest => forest.by_urgency(|seat| accepted_below(snapshot, seat.under())),
        };
        let at = ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        Self { ids, at }
    }

    /// All of them.
    #[must_use]
    pub fn ids(&self) -> &[ProposalId] {
        &self.ids
    }

    /// Where a proposal stands.
    #[must_use]
    pub fn position(&self, id: ProposalId) -> Option<usize> {
        self.at.get(&id).copied()
    }
}

fn accepted_below(snapshot: &Snapshot, parent: Option<NodeId>) -> u64 {
    let children = snapshot.tree.children(parent).iter();
    children.filter(|id| snapshot.tree.node(**id).is_some_and(|node| node.is_active())).count() as u64
}

/// What a proposal is sorted by among all others, before what the order says: the place of its
/// parent in the tree, whether it came there by a merge, when it was first proposed.
type Rank = (usize, bool, u64, (BatchId, u32), ProposalId);

/// Wanted proposals, each below the wanted proposal it hangs under.
struct Forest<'a> {
    /// In the order of their ranks.
    seats: Vec<(&'a Seat, Rank)>,
    roots: Vec<usize>,
    below: HashMap<NodeId, Vec<usize>>,
}

impl<'a> Forest<'a> {
    fn new(snapshot: &Snapshot, order: Order, wanted: impl Iterator<Item = &'a Seat>) -> Self {
        let places = places(snapshot);
        let rank = |seat: &Seat| {
            let place = seat.above.iter().rev().find_map(|node| places.get(node)).copied().unwrap_or(places.len());
            let first = seat.proposal.seen.first().copied().unwrap_or((BatchId::new(0, 0), 0));
            let drawn = match order {
                Order::Shuffle(seed) => drawn(seed, seat.proposal.id),
                _ => 0,
            };
            (place, seat.under() != seat.proposal.under(), drawn, first, seat.proposal.id)
        };
        let mut seats: Vec<(&Seat, Rank)> = wanted.map(|seat| (seat, rank(seat))).collect();
        seats.sort_unstable_by_key(|(_, rank)| *rank);
        let mut forest = Self { roots: Vec::new(), below: HashMap::new(), seats };
        let nodes = forest.seats.iter().filter(|(seat, _)| !seat.proposal.id.is_syllabus());
        let nodes: std::collections::HashSet<NodeId> = nodes.map(|(seat, _)| seat.node).collect();
        for (at, (seat, _)) in forest.seats.iter().enumerate() {
            match seat.under().filter(|under| nodes.contains(under)) {
                Some(under) => forest.below.entry(under).or_default().push(at),
                None => forest.roots.push(at),
            }
        }
        forest
    }

    fn children(&self, at: usize) -> &[usize] {
        let seat = self.seats[at].0;
        match seat.proposal.id.is_syllabus() {
            true => &[],
            false => self.below.get(&seat.node).map_or(&[], Vec::as_slice),
        }
    }

    /// Each one with what hangs below it, by rank.
    fn down(&self) -> Vec<ProposalId> {
        let mut found = Vec::with_capacity(self.seats.len());
        let mut open: Vec<usize> = self.roots.iter().rev().copied().collect();
        while let Some(at) = open.pop() {
            found.push(self.seats[at].0.proposal.id);
            open.extend(self.children(at).iter().rev());
        }
        found
    }

    /// The most urgent (lowest) whose parent has been there, again and again; syllabi last.
    fn by_urgency(&self, urgency: impl Fn(&Seat) -> u64) -> Vec<ProposalId> {
        let key = |at: usize| {
            let seat = self.seats[at].0;
            Reverse((seat.proposal.id.is_syllabus(), urgency(seat), at))
        };
        let mut found = Vec::with_capacity(self.seats.len());
        let mut open: BinaryHeap<_> = self.roots.iter().map(|at| key(*at)).collect();
        while let Some(Reverse((_, _, at))) = open.pop() {
            found.push(self.seats[at].0.proposal.id);
            open.extend(self.children(at).iter().map(|at| key(*at)));
        }
        found
    }
}

/// Where each accepted node stands when children come before their parent: proposals are shown
/// below what is accepted.
fn places(snapshot: &Snapshot) -> HashMap<NodeId, usize> {
    let mut found = HashMap::with_capacity(snapshot.tree.len());
    let mut open: Vec<(NodeId, bool)> = Vec::new();
    open.extend(snapshot.tree.children(None).iter().rev().map(|id| (*id, false)));
    while let Some((id, is_done)) = open.pop() {
        if is_done {
            let at = found.len();
            found.insert(id, at);
        } else {
            open.push((id, true));
            open.extend(snapshot.tree.children(Some(id)).iter().rev().map(|id| (*id, false)));
        }
    }
    found
}

/// A number that seed and id give.
fn drawn(seed: u64, id: ProposalId) -> u64 {
    mix(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(id.bits()))
}
