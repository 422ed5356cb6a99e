//! What hangs under each node on the screen, accepted or proposed, with how it stands. Read once and then kept up to date:
//! making rows asks no snapshot.

use super::rows::{self, RowState};
use crate::taxonomy::queue::Survey;
use crate::taxonomy::{Body, NodeId, Proposal, ProposalId, QuickMap, QuickSet, Snapshot, Stage, State};

/// Something that has a row under some filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Child {
    pub node: NodeId,
    pub state: RowState,
    /// Whether it is in the tree.
    pub is_accepted: bool,
}

/// The children of every node: accepted ones by name, then proposals as proposed.
#[derive(Debug, Clone, Default)]
pub(super) struct Grove {
    /// Those that have any, as few nodes have: whoever asks of all rows finds these in the fast part of the memory.
    families: QuickMap<Option<NodeId>, Box<[Child]>>,
}

impl Grove {
    /// Of a whole snapshot, which was surveyed.
    pub fn of(snapshot: &Snapshot, survey: &Survey) -> Self {
        let mut grove = Self::default();
        grove.grow((snapshot, survey), vec![None]);
        grove
    }

    /// Reads families that are not known, and what hangs below them.
    fn grow(&mut self, now: (&Snapshot, &Survey), mut open: Vec<Option<NodeId>>) {
        while let Some(parent) = open.pop() {
            if self.families.contains_key(&parent) {
                continue;
            }
            let family = family(now, parent, |_| None);
            open.extend(family.iter().map(|child| Some(child.node)));
            self.put(parent, family);
        }
    }

    fn put(&mut self, parent: Option<NodeId>, family: Vec<Child>) {
        if family.is_empty() {
            self.families.remove(&parent);
        } else {
            self.families.insert(parent, family.into());
        }
    }

    /// What hangs under a node, under any filter.
    pub fn below(&self, parent: Option<NodeId>) -> &[Child] {
        self.families.get(&parent).map_or(&[], |family| family)
    }

    /// Takes in that what hangs under these places changed. Of each family only what was `touched` is looked at.
    pub fn refresh(
        &mut self,
        now: (&Snapshot, &Survey),
        places: &QuickSet<Option<NodeId>>,
        touched: &QuickSet<NodeId>,
    ) {
        let (snapshot, survey) = now;
        let mut new = Vec::new();
        let mut members: QuickMap<Option<NodeId>, Vec<NodeId>> = QuickMap::default();
        for node in touched {
            let proposed = snapshot.record.proposal(ProposalId::of_node(*node)).map(|proposal| proposal.under());
            let mut under = vec![snapshot.parent(*node), rows::parent_row(snapshot, *node)];
            under.extend(proposed);
            under.sort_unstable();
            under.dedup();
            under.into_iter().for_each(|place| members.entry(place).or_default().push(*node));
        }
        for place in places {
            let old = self.families.get(place).map_or(&[][..], |family| family);
            let adopted = place.map_or(&[][..], |place| survey.adopted(place));
            let members = members.get(place).map_or(&[][..], Vec::as_slice);
            let fresh = patched(snapshot, (adopted, *place), old, (touched, members)).unwrap_or_else(|| {
                let known: QuickMap<NodeId, Child> = old.iter().map(|child| (child.node, *child)).collect();
                let before = |node: NodeId| (!touched.contains(&node)).then(|| known.get(&node).copied());
                family(now, *place, before)
            });
            new.extend(members.iter().copied().filter(|node| alone(snapshot, *node).is_some()).map(Some));
            self.put(*place, fresh);
        }
        self.grow(now, new);
    }

    /// Fails where it is not what a snapshot says.
    #[cfg(test)]
    pub fn check(&self, snapshot: &Snapshot) {
        let new = Self::of(snapshot, &Survey::new(snapshot));
        for (parent, family) in &new.families {
            assert_eq!(self.families.get(parent), Some(family), "below {parent:?}");
            for child in family {
                let (is, was) = (new.families.get(&Some(child.node)), self.families.get(&Some(child.node)));
                assert_eq!(was, is, "below {:?}", child.node);
                assert_eq!(alone(snapshot, child.node).as_ref(), Some(child), "by itself");
            }
        }
    }
}

/// Reads one family. `known` says what is known of a node: nothing, that it has no row, or how it stands.
fn family(
    (snapshot, survey): (&Snapshot, &Survey),
    parent: Option<NodeId>,
    known: impl Fn(NodeId) -> Option<Option<Child>>,
) -> Vec<Child> {
    let accepted = snapshot.tree.children(parent).iter().map(|node| match known(*node) {
        Some(Some(child)) if child.is_accepted => child,
        _ => {
            let state = rows::state_of(snapshot, *node).unwrap_or(RowState::Accepted);
            Child { node: *node, state, is_accepted: true }
        }
    });
    let adopted = parent.map_or(&[][..], |parent| survey.adopted(parent));
    let parents = std::iter::once(parent).chain(adopted.iter().copied().map(Some));
    let proposed = parents.flat_map(|parent| snapshot.record.proposed_children(parent)).filter_map(|proposal| {
        let Body::Node { node, .. } = &proposal.body else { return None };
        if let Some(known) = known(*node) {
            return known.filter(|child| !child.is_accepted);
        }
        if snapshot.tree.entry(*node).is_some() {
            return None;
        }
        // The survey has looked at it before.
        let state = match survey.seat(proposal.id).map(|seat| seat.stage) {
            Some(Stage::Repeated | Stage::Suppressed) => None,
            Some(Stage::Pending) if proposal.state == State::Pending => Some(RowState::Pending),
            Some(Stage::Deferred) => Some(RowState::Deferred),
            _ => by_itself(snapshot, proposal),
        };
        Some(Child { node: *node, state: state?, is_accepted: false })
    });
    accepted.chain(proposed).collect()
}

/// How a proposal stands that is not in the tree; `None` where it says what is said already: another wording is on the card of
/// what is shown in its place.
fn by_itself(snapshot: &Snapshot, proposal: &Proposal) -> Option<RowState> {
    snapshot.same_as(proposal).is_none().then(|| rows::state_by_itself(snapshot, proposal))
}

/// A family as it was but for those of its members that were touched; `None` where that does not say in which order they
/// are now: it has to be read.
fn patched(
    snapshot: &Snapshot,
    (adopted, parent): (&[NodeId], Option<NodeId>),
    old: &[Child],
    (touched, members): (&QuickSet<NodeId>, &[NodeId]),
) -> Option<Vec<Child>> {
    let (accepted, proposed) = old.split_at(old.partition_point(|child| child.is_accepted));
    let mut fresh = Vec::with_capacity(old.len() + members.len());
    let mut same = accepted.iter().filter(|child| !touched.contains(&child.node));
    for node in snapshot.tree.children(parent) {
        let child = match touched.contains(node) {
            true => alone(snapshot, *node)?,
            false => *same.next().filter(|child| child.node == *node)?,
        };
        fresh.push(child);
    }
    if same.next().is_some() {
        return None;
    }
    let is_proposed = |node: &NodeId| alone(snapshot, *node).filter(|child| !child.is_accepted);
    let mut newcomers: QuickSet<NodeId> = members.iter().filter(|node| is_proposed(node).is_some()).copied().collect();
    for child in proposed {
        match touched.contains(&child.node) {
            true if newcomers.remove(&child.node) => fresh.extend(is_proposed(&child.node)),
            true => {}
            false => fresh.push(*child),
        }
    }
    if newcomers.is_empty() {
        return Some(fresh);
    }
    // What was proposed just now is last.
    let nodes = snapshot.record.proposed_children(parent).rev().filter_map(|proposal| match proposal.body {
        Body::Node { node, .. } => Some(node),
        Body::Syllabus { .. } => None,
    });
    let mut last: Vec<NodeId> = nodes.take_while(|node| newcomers.contains(node)).collect();
    last.reverse();
    fresh.extend(last.iter().filter_map(is_proposed));
    (adopted.is_empty() && last.len() == newcomers.len()).then_some(fresh)
}

/// One node as it is in the family that it hangs in; `None`: it has no row under any filter.
pub(super) fn alone(snapshot: &Snapshot, node: NodeId) -> Option<Child> {
    if snapshot.tree.entry(node).is_some() {
        let state = rows::state_of(snapshot, node).unwrap_or(RowState::Accepted);
        return Some(Child { node, state, is_accepted: true });
    }
    let proposal = snapshot.record.proposal(ProposalId::of_node(node))?;
    let is_of = matches!(&proposal.body, Body::Node { node: of, .. } if *of == node);
    let state = is_of.then(|| by_itself(snapshot, proposal)).flatten()?;
    Some(Child { node, state, is_accepted: false })
}
