//! Every proposal in its place, with counts for every branch.

use std::collections::HashMap;
use std::sync::Arc;

use crate::taxonomy::parallel;
use crate::taxonomy::shards::Shards;
use crate::taxonomy::similarity::word_bag;
use crate::taxonomy::snapshot::Outlook;
use crate::taxonomy::{Body, Delta, NodeId, Proposal, ProposalId, QuickMap, QuickSet, Snapshot, Stage, State, lint};

/// A proposal in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Seat {
    /// What was proposed.
    pub proposal: Arc<Proposal>,
    /// The node it would become, or is; for a syllabus its subject.
    pub node: NodeId,
    /// What it hangs under on the screen, from the top down; a syllabus hangs under its subject.
    pub above: Arc<[NodeId]>,
    /// How it stands.
    pub stage: Stage,
    /// The proposal that has to be accepted first.
    pub waits_for: Option<ProposalId>,
    /// Whether a syllabus is proposed, not a node.
    pub is_syllabus: bool,
    /// Whether a second curator is asked.
    pub is_flagged: bool,
}

impl Seat {
    /// Whether somebody still has to decide.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.stage.is_open()
    }

    /// What it hangs under on the screen; `None` is the root.
    #[must_use]
    pub fn under(&self) -> Option<NodeId> {
        self.above.last().copied()
    }
}

/// How far the proposals of a branch are decided. Withdrawn ones do not count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// In the tree.
    pub accepted: u32,
    /// Not wanted.
    pub rejected: u32,
    /// Names of other nodes now.
    pub merged: u32,
    /// To decide.
    pub pending: u32,
    /// To decide later.
    pub deferred: u32,
    /// To decide, and a second curator is asked.
    pub flagged: u32,
    /// Open, but gone with their parents: neither decided nor to decide.
    pub withdrawn: u32,
}

impl Progress {
    /// How many are decided.
    #[must_use]
    pub fn decided(self) -> u32 {
        self.accepted + self.rejected + self.merged
    }

    /// How many were proposed.
    #[must_use]
    pub fn proposed(self) -> u32 {
        self.decided() + self.pending + self.deferred
    }

    /// The part that is decided, 0 to 100; 100 only when all is.
    #[must_use]
    pub fn percent(self) -> u32 {
        if self.proposed() == 0 { 0 } else { (u64::from(self.decided()) * 100 / u64::from(self.proposed())) as u32 }
    }

    /// How many there are, withdrawn ones included.
    #[must_use]
    pub fn any(self) -> u32 {
        self.proposed() + self.withdrawn
    }

    /// Counts one in, or out.
    pub fn count(&mut self, seat: &Seat, up: bool) {
        let bump = |number: &mut u32| *number = if up { *number + 1 } else { number.saturating_sub(1) };
        match seat.stage {
            Stage::Pending | Stage::Contested => bump(&mut self.pending),
            Stage::Deferred => bump(&mut self.deferred),
            Stage::Accepted => bump(&mut self.accepted),
            Stage::Rejected => bump(&mut self.rejected),
            Stage::Merged => bump(&mut self.merged),
            Stage::Withdrawn => bump(&mut self.withdrawn),
            Stage::Repeated | Stage::Suppressed => {}
        }
        if seat.is_open() && seat.is_flagged {
            bump(&mut self.flagged);
        }
    }
}

/// One proposal that is not as it was.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// As it was; `None`: it is new.
    pub before: Option<Seat>,
    /// As it is; `None`: its batch is gone.
    pub now: Option<Seat>,
}

/// What the checks and the neighbours say of an open proposal.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Look {
    /// The codes of the findings, each once.
    pub(super) codes: Vec<&'static str>,
    /// How many of 100 words of its name occur in its surroundings.
    pub(super) fit: u32,
}

/// What was found about the open proposals under one parent.
#[derive(Debug, Clone, PartialEq)]
pub struct Looked {
    family: Option<NodeId>,
    found: Vec<(ProposalId, Look)>,
}

impl Looked {
    /// Looks with the checks at the open proposals under a parent; those of syllabi have their subject for one.
    fn at(snapshot: &Snapshot, checker: &mut lint::Checker<'_>, family: Option<NodeId>) -> Self {
        let fits = fits(snapshot, family);
        let syllabi = family.into_iter().flat_map(|subject| snapshot.open_syllabi(subject));
        let found = snapshot.open_children(family).chain(syllabi).map(|open| {
            let mut codes: Vec<_> = checker.proposal(open).iter().map(|finding| finding.code).collect();
            codes.sort_unstable();
            codes.dedup();
            (open.id, Look { codes, fit: fits.get(&open.id).copied().unwrap_or(100) })
        });
        Self { family, found: found.collect() }
    }

    /// Looks at the open proposals under each of these parents in turn; the names of the taxonomy are read first.
    pub fn each(snapshot: &Snapshot, families: impl IntoIterator<Item = Option<NodeId>>) -> impl Iterator<Item = Self> {
        let elsewhere = lint::Elsewhere::of(snapshot);
        families
            .into_iter()
            .map(move |family| Self::at(snapshot, &mut lint::Checker::with(snapshot, &elsewhere), family))
    }

    /// How many proposals were looked at.
    #[must_use]
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether nothing was open there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
}

/// Every proposal in its place, the counts of every branch, and what was found, on demand.
#[derive(Debug, Clone, Default)]
pub struct Survey {
    seats: Shards<ProposalId, Seat>,
    progress: QuickMap<Option<NodeId>, Progress>,
    looks: Shards<ProposalId, Look>,
    /// The parents whose proposals were looked at.
    looked: QuickSet<Option<NodeId>>,
    /// Those that changed since somebody began to look beside the loop.
    since: QuickSet<Option<NodeId>>,
    /// All parents of open proposals.
    families: QuickMap<Option<NodeId>, u32>,
    /// For a node, the proposals merged into it, whose children now hang there.
    adopted: QuickMap<NodeId, Vec<NodeId>>,
    /// The proposals of accepted nodes whose id does not say which it was: the id was taken.
    renamed: QuickMap<NodeId, ProposalId>,
    /// The names of the whole taxonomy, once anything was looked at.
    elsewhere: Option<lint::Elsewhere>,
}

impl Survey {
    /// Of a whole snapshot.
    #[must_use]
    pub fn new(snapshot: &Snapshot) -> Self {
        let mut survey = Self::default();
        let proposals: Vec<_> = snapshot.record.proposals().collect();
        for seat in parallel::map(&proposals, || Places::new(snapshot), |places, proposal| places.seat(proposal)) {
            survey.count(&seat, true);
            survey.seats.insert(seat.proposal.id, seat);
        }
        survey
    }

    /// From one snapshot to a later one. Costs what has changed: the proposals decided on, what
    /// hangs below them, and the siblings that checks compare them with.
    pub fn refresh(&mut self, before: &Snapshot, now: &Snapshot, delta: &Delta) -> Vec<Change> {
        let mut open: Vec<NodeId> = delta.nodes().collect();
        for node in &open {
            // Siblings are compared by name.
            let parents = [before, now].map(|snapshot| snapshot.tree.entry(*node).map(|entry| entry.place.parent));
            for parent in parents.into_iter().flatten().chain([Some(*node)]) {
                self.overlook(parent);
            }
        }
        let mut touched = delta.proposals.clone();
        let mut parents: QuickSet<NodeId> = QuickSet::default();
        for id in &delta.proposals {
            for snapshot in [before, now] {
                match snapshot.record.proposal(*id).map(|proposal| &proposal.body) {
                    // What others hang under is no mere wording, so the parent and its other wordings are concerned as well.
                    Some(Body::Node { node, parent, .. }) => {
                        open.push(*node);
                        parents.extend(*parent);
                    }
                    Some(Body::Syllabus { subject, .. }) => open.push(*subject),
                    None => {}
                }
            }
        }
        for parent in parents {
            touched.insert(ProposalId::of_node(parent));
            touched.extend([before, now].into_iter().flat_map(|snapshot| snapshot.reworded(parent)));
        }
        let mut done: QuickSet<NodeId> = QuickSet::default();
        while let Some(node) = open.pop() {
            if done.insert(node) {
                open.extend(self.adopted(node));
                touched.insert(self.renamed.get(&node).copied().unwrap_or(ProposalId::of_node(node)));
                for snapshot in [before, now] {
                    touched.extend(snapshot.reworded(node));
                    open.extend(snapshot.tree.children(Some(node)));
                    for proposal in snapshot.record.proposed_children(Some(node)) {
                        touched.insert(proposal.id);
                        if let Body::Node { node, .. } = proposal.body {
                            open.push(node);
                        }
                    }
                    touched.extend(snapshot.record.proposed_syllabi(node).map(|proposal| proposal.id));
                }
            }
        }
        if let Some(elsewhere) = &mut self.elsewhere {
            for node in &done {
                let names = now.facts(*node).into_iter().flat_map(|(_, facts)| facts.names());
                names.for_each(|name| elsewhere.add(*node, name.raw()));
            }
        }
        let mut places = Places::new(now);
        let seats = touched.into_iter().map(|id| (id, now.record.proposal(id).map(|proposal| places.seat(proposal))));
        let seats: Vec<_> = seats.collect();
        seats.into_iter().filter_map(|(id, seat)| self.replace(id, seat)).collect()
    }

    fn replace(&mut self, id: ProposalId, now: Option<Seat>) -> Option<Change> {
        let before = match &now {
            Some(seat) => self.seats.insert(id, seat.clone()),
            None => self.seats.remove(&id),
        };
        if before == now {
            return None;
        }
        for (seat, up) in [(&before, false), (&now, true)] {
            if let Some(seat) = seat {
                self.count(seat, up);
                self.overlook(seat.proposal.under());
            }
        }
        if !now.as_ref().is_some_and(Seat::is_open) {
            self.looks.remove(&id);
        }
        Some(Change { before, now })
    }

    fn count(&mut self, seat: &Seat, up: bool) {
        for node in seat.above.iter().copied().map(Some).chain([None]) {
            self.progress.entry(node).or_default().count(seat, up);
        }
        if seat.is_open() {
            let family = self.families.entry(seat.proposal.under()).or_default();
            *family = if up { *family + 1 } else { family.saturating_sub(1) };
        }
        if !seat.proposal.id.is_syllabus() && up && ProposalId::of_node(seat.node) != seat.proposal.id {
            self.renamed.insert(seat.node, seat.proposal.id);
        }
        if let (Body::Node { node, .. }, State::Merged { into }) = (&seat.proposal.body, &seat.proposal.state) {
            let adopted = self.adopted.entry(*into).or_default();
            match adopted.binary_search(node) {
                Ok(at) if !up => drop(adopted.remove(at)),
                Err(at) if up => adopted.insert(at, *node),
                _ => {}
            }
        }
    }

    /// The proposals that were merged into a node.
    #[must_use]
    pub fn adopted(&self, into: NodeId) -> &[NodeId] {
        self.adopted.get(&into).map_or(&[], Vec::as_slice)
    }

    fn overlook(&mut self, family: Option<NodeId>) {
        self.looked.remove(&family);
        self.since.insert(family);
    }

    /// The parents of open proposals that have not been looked at since their surroundings changed.
    #[must_use]
    pub fn unlooked(&self) -> Vec<Option<NodeId>> {
        let missing = self.families.iter().filter(|(family, open)| **open > 0 && !self.looked.contains(*family));
        missing.map(|(family, _)| *family).collect()
    }

    /// How many open proposals some parents have.
    #[must_use]
    pub fn open_below(&self, families: &[Option<NodeId>]) -> usize {
        families.iter().filter_map(|family| self.families.get(family)).map(|open| *open as usize).sum()
    }

    /// Looks with the checks at every open proposal that has not been looked at since its
    /// surroundings changed.
    pub fn look(&mut self, snapshot: &Snapshot) {
        let missing = self.unlooked();
        if missing.is_empty() {
            return;
        }
        let elsewhere = self.elsewhere.take().unwrap_or_else(|| lint::Elsewhere::of(snapshot));
        self.look_among(snapshot, &elsewhere, &missing);
        self.elsewhere = Some(elsewhere);
    }

    /// The same for some parents, where the names of the taxonomy are known.
    pub fn look_among(&mut self, snapshot: &Snapshot, elsewhere: &lint::Elsewhere, families: &[Option<NodeId>]) {
        self.since.clear();
        let mut checker = lint::Checker::with(snapshot, elsewhere);
        families.iter().for_each(|family| self.take_in(Looked::at(snapshot, &mut checker, *family)));
    }

    /// The parents to look at beside the loop, with [`Looked::each`]; what is found is taken in by [`Survey::take_in`].
    pub fn begin_to_look(&mut self) -> Vec<Option<NodeId>> {
        self.since.clear();
        self.unlooked()
    }

    /// Takes in what was found. Where something changed meanwhile it is looked at once more.
    pub fn take_in(&mut self, looked: Looked) {
        for (id, look) in looked.found {
            if self.seats.get(&id).is_some_and(Seat::is_open) {
                self.looks.insert(id, look);
            }
        }
        if !self.since.contains(&looked.family) {
            self.looked.insert(looked.family);
        }
    }

    /// Everything but the names of the taxonomy: what counting needs. Cheap.
    #[must_use]
    pub fn to_count(&self) -> Self {
        Self {
            seats: self.seats.clone(),
            looks: self.looks.clone(),
            progress: self.progress.clone(),
            families: self.families.clone(),
            ..Self::default()
        }
    }

    /// How many proposals there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.seats.len()
    }

    /// Whether nothing was ever proposed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seats.len() == 0
    }

    /// What was found when it was looked at.
    pub(super) fn seen(&self, id: ProposalId) -> Option<&Look> {
        self.looks.get(&id)
    }

    /// The codes that were found about a proposal when it was looked at.
    #[must_use]
    pub fn codes(&self, id: ProposalId) -> &[&'static str] {
        self.looks.get(&id).map_or(&[], |look| &look.codes)
    }

    /// Every proposal, in no particular order.
    pub fn seats(&self) -> impl Iterator<Item = &Seat> {
        self.seats.values()
    }

    /// One proposal in its place.
    #[must_use]
    pub fn seat(&self, id: ProposalId) -> Option<&Seat> {
        self.seats.get(&id)
    }

    /// How far what was proposed below a node (`None`: everywhere) is decided, its syllabi
    /// included.
    #[must_use]
    pub fn progress(&self, node: Option<NodeId>) -> Progress {
        self.progress.get(&node).copied().unwrap_or_default()
    }
}

/// For the open proposals under one parent: how many of 100 words of its name occur in the names
/// of its siblings or in what its parent says of itself.
fn fits(snapshot: &Snapshot, parent: Option<NodeId>) -> HashMap<ProposalId, u32> {
    let mut known: HashMap<String, u32> = HashMap::new();
    let mut learn = |words: Vec<String>| words.into_iter().for_each(|word| *known.entry(word).or_default() += 1);
    for sibling in snapshot.tree.children(parent) {
        snapshot.tree.node(*sibling).into_iter().for_each(|node| learn(word_bag(node.facts.name.raw())));
    }
    if let Some((_, facts)) = parent.and_then(|parent| snapshot.facts(parent)) {
        let texts = std::iter::once(&facts.name).chain(&facts.scope).chain(&facts.subtopics);
        texts.for_each(|text| learn(word_bag(text.raw())));
    }
    let open = snapshot.open_children(parent).filter_map(|proposal| match &proposal.body {
        Body::Node { facts, .. } => Some((proposal.id, word_bag(facts.name.raw()))),
        Body::Syllabus { .. } => None,
    });
    let open: Vec<(ProposalId, Vec<String>)> = open.collect();
    open.iter().for_each(|(_, words)| learn(words.clone()));
    let fit = |words: &[String]| {
        // Its own name is one of those that know the word.
        let shared = words.iter().filter(|word| known.get(*word).is_some_and(|count| *count > 1)).count();
        (shared * 100 / words.len().max(1)) as u32
    };
    open.into_iter().map(|(id, words)| (id, fit(&words))).collect()
}

/// The node a row hangs under on the screen: a child of a merged proposal hangs where that went.
#[must_use]
pub fn parent_row(snapshot: &Snapshot, node: NodeId) -> Option<NodeId> {
    Some(settled(snapshot, snapshot.parent(node)?))
}

/// Where a merged proposal went; any other node is where it is.
fn settled(snapshot: &Snapshot, mut node: NodeId) -> NodeId {
    for _ in 0..DEEPEST {
        if snapshot.tree.entry(node).is_some() {
            break;
        }
        match snapshot.record.proposal(ProposalId::of_node(node)).map(|proposal| &proposal.state) {
            Some(State::Merged { into }) => node = *into,
            _ => break,
        }
    }
    node
}

/// How far up a lineage is followed; proposals by a broken hand may have no end.
const DEEPEST: usize = 64;

/// Finds places, each parent's only once.
struct Places<'a> {
    snapshot: &'a Snapshot,
    chains: QuickMap<NodeId, Arc<[NodeId]>>,
    outlooks: QuickMap<Option<NodeId>, Outlook>,
}

impl<'a> Places<'a> {
    fn new(snapshot: &'a Snapshot) -> Self {
        Self { snapshot, chains: QuickMap::default(), outlooks: QuickMap::default() }
    }

    fn seat(&mut self, proposal: &Arc<Proposal>) -> Seat {
        let snapshot = self.snapshot;
        let (node, under) = match (&proposal.body, &proposal.state) {
            (Body::Node { .. }, State::Accepted { node }) => (*node, parent_row(snapshot, *node)),
            (Body::Node { node, .. }, _) => (*node, parent_row(snapshot, *node)),
            (Body::Syllabus { subject, .. }, _) => (*subject, Some(settled(snapshot, *subject))),
        };
        let outlook = match &proposal.body {
            _ if !proposal.state.is_open() => Outlook::Withdrawn,
            Body::Node { parent, .. } => *self.outlooks.entry(*parent).or_insert_with(|| snapshot.outlook(proposal)),
            Body::Syllabus { .. } => snapshot.outlook(proposal),
        };
        let stage = Stage::of(snapshot, proposal, outlook);
        let waits_for = match outlook {
            Outlook::Waiting(above) if stage.is_open() => Some(above),
            _ => None,
        };
        let above = under.map_or_else(|| Arc::from([]), |under| self.chain(under, 0));
        let (is_syllabus, is_flagged) = (proposal.id.is_syllabus(), proposal.flag.is_some());
        Seat { proposal: proposal.clone(), node, above, stage, waits_for, is_syllabus, is_flagged }
    }

    /// From the top down to a node, itself included.
    fn chain(&mut self, node: NodeId, depth: usize) -> Arc<[NodeId]> {
        if let Some(chain) = self.chains.get(&node) {
            return chain.clone();
        }
        let above = match parent_row(self.snapshot, node) {
            Some(parent) if depth < DEEPEST => self.chain(parent, depth + 1),
            _ => Arc::from([]),
        };
        let chain: Arc<[NodeId]> = above.iter().copied().chain([node]).collect();
        self.chains.insert(node, chain.clone());
        chain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Survey {
        /// Fails where the two differ in anything that can be asked.
        pub fn compare(&self, other: &Self) {
            let seats = |survey: &Self| survey.seats().map(|seat| (seat.proposal.id, seat.clone())).collect();
            let (ours, theirs): (HashMap<_, _>, HashMap<_, _>) = (seats(self), seats(other));
            assert_eq!(ours, theirs);
            for node in self.progress.keys().chain(other.progress.keys()) {
                assert_eq!(self.progress(*node), other.progress(*node), "{node:?}");
            }
            for node in self.adopted.keys().chain(other.adopted.keys()) {
                assert_eq!(self.adopted(*node), other.adopted(*node));
            }
            for seat in self.seats.values().filter(|seat| seat.is_open()) {
                let id = seat.proposal.id;
                // What is found elsewhere is looked at again only with something near.
                let near = |survey: &Self| {
                    let mut look = survey.seen(id).cloned().unwrap_or_default();
                    look.codes.retain(|code| !["also-under", "other-subject", "two-in-one"].contains(code));
                    look
                };
                assert_eq!(near(self), near(other), "{}", seat.proposal.title().raw());
            }
        }
    }
}
