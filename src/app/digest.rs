//! What many views want to know about a snapshot, kept up to date from one to the next.

use super::grove::{Child, Grove};
use crate::taxonomy::queue::{Change, Facet, Facets, Matcher, Progress, Seat, Survey};
use crate::taxonomy::{Delta, NodeId, QuickMap, QuickSet, Snapshot};

/// From this many changed proposals on everything is counted again.
const MANY: usize = 5_000;

/// Counts over one snapshot.
#[derive(Debug, Clone, Default)]
pub struct Digest {
    /// Accepted nodes that are still taught.
    pub accepted: usize,
    /// Open proposals nobody has deferred.
    pub pending: usize,
    /// Open proposals to be decided later.
    pub deferred: usize,
    /// Open proposals with a question to a second curator.
    pub flagged: usize,
    /// Every proposal in its place.
    pub survey: Survey,
    /// What the facets show, where any is chosen.
    pub picked: Picked,
    /// Subjects with a syllabus to decide on: how many there are, and how many are not deferred.
    syllabi: QuickMap<NodeId, (u32, u32)>,
    grove: Grove,
    /// What the last change was below.
    pub(super) places: QuickSet<Option<NodeId>>,
}

/// The proposals that the facets show.
#[derive(Debug, Clone, Default)]
pub struct Picked {
    /// Proposed nodes, whatever became of them.
    nodes: QuickMap<NodeId, u32>,
    /// Subjects of syllabi.
    syllabi: QuickMap<NodeId, u32>,
    /// How they stand, below each node (`None`: everywhere).
    below: QuickMap<Option<NodeId>, Progress>,
    /// Rows that are shown besides: what the cursor was sent to, and what is above it.
    pub(super) pinned: Vec<NodeId>,
}

impl Picked {
    /// Whether a node is shown for itself.
    #[must_use]
    pub fn has_node(&self, node: NodeId) -> bool {
        self.nodes.get(&node).is_some_and(|count| *count > 0)
    }

    /// Whether a subject is shown for one of its syllabi.
    #[must_use]
    pub fn has_syllabus(&self, subject: NodeId) -> bool {
        self.syllabi.get(&subject).is_some_and(|count| *count > 0)
    }

    /// What is shown below a node (`None`: everywhere), by state.
    #[must_use]
    pub fn below(&self, node: Option<NodeId>) -> Progress {
        self.below.get(&node).copied().unwrap_or_default()
    }

    /// How many proposals are shown.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.nodes.values().chain(self.syllabi.values()).sum()
    }

    /// Whether a node has a row: it is shown, or something below it is.
    #[must_use]
    pub fn has_row(&self, node: NodeId) -> bool {
        let below = || self.below(Some(node)).any() > 0;
        self.has_node(node) || self.has_syllabus(node) || below() || self.pinned.contains(&node)
    }

    /// Of everything that the facets show. What hangs in one place is counted together: siblings share the list of what
    /// is above them.
    fn of<'a>(wanted: impl Iterator<Item = &'a Seat>, most: usize) -> Self {
        let mut picked = Self::default();
        // Half of them at once rather than to grow again and again.
        picked.nodes.reserve(most / 2);
        let mut places: QuickMap<*const NodeId, (&[NodeId], Progress)> = QuickMap::default();
        for seat in wanted {
            let map = if seat.is_syllabus { &mut picked.syllabi } else { &mut picked.nodes };
            *map.entry(seat.node).or_default() += 1;
            let place = places.entry(seat.above.as_ptr()).or_insert_with(|| (&seat.above, Progress::default()));
            place.1.count(seat, true);
        }
        for (above, progress) in places.into_values() {
            for node in above.iter().copied().map(Some).chain([None]) {
                add(picked.below.entry(node).or_default(), progress);
            }
        }
        picked
    }

    fn note(&mut self, seat: &Seat, up: bool) {
        let map = if seat.is_syllabus { &mut self.syllabi } else { &mut self.nodes };
        let count = map.entry(seat.node).or_default();
        *count = if up { *count + 1 } else { count.saturating_sub(1) };
        for node in seat.above.iter().copied().map(Some).chain([None]) {
            self.below.entry(node).or_default().count(seat, up);
        }
    }
}

fn add(sum: &mut Progress, other: Progress) {
    sum.accepted += other.accepted;
    sum.rejected += other.rejected;
    sum.merged += other.merged;
    sum.pending += other.pending;
    sum.deferred += other.deferred;
    sum.flagged += other.flagged;
    sum.withdrawn += other.withdrawn;
}

impl Digest {
    /// Counts a snapshot.
    #[must_use]
    pub fn new(snapshot: &Snapshot) -> Self {
        let survey = Survey::new(snapshot);
        let mut digest = Self { grove: Grove::of(snapshot, &survey), ..Self::default() };
        survey.seats().for_each(|seat| digest.note_syllabus(seat, true));
        digest.survey = survey;
        digest.sum_up(snapshot);
        digest
    }

    /// From one snapshot to the next, `facets` being chosen. What has changed; `None`: all may
    /// have.
    pub fn refresh(
        &mut self,
        before: &Snapshot,
        now: &Snapshot,
        delta: &Delta,
        facets: &Facets,
    ) -> Option<Vec<Change>> {
        if delta.len() > MANY {
            let pinned = std::mem::take(&mut self.picked.pinned);
            *self = Self::new(now);
            self.pick(now, facets);
            self.picked.pinned = pinned;
            return None;
        }
        let changes = self.survey.refresh(before, now, delta);
        for change in &changes {
            change.before.iter().for_each(|seat| self.note_syllabus(seat, false));
            change.now.iter().for_each(|seat| self.note_syllabus(seat, true));
        }
        self.sum_up(now);
        self.note_places((before, now, delta), &changes);
        if facets.has(Facet::Finding) || facets.has(Facet::Curator) {
            // The findings of siblings change as well, and who decided changes without the proposal.
            self.pick(now, facets);
        } else if !facets.is_empty() {
            let matcher = Matcher::new(now, facets);
            let old = Matcher::new(before, facets);
            for change in &changes {
                let was = change.before.as_ref().filter(|seat| old.admits(&self.survey, seat));
                let is = change.now.as_ref().filter(|seat| matcher.admits(&self.survey, seat));
                was.into_iter().for_each(|seat| self.picked.note(seat, false));
                is.into_iter().for_each(|seat| self.picked.note(seat, true));
            }
        }
        Some(changes)
    }

    /// Notes below what the rows are others, and takes it in.
    fn note_places(&mut self, (before, now, delta): (&Snapshot, &Snapshot, &Delta), changes: &[Change]) {
        let seats = || changes.iter().flat_map(|change| change.before.iter().chain(&change.now));
        let mut places: QuickSet<Option<NodeId>> = seats().map(Seat::under).collect();
        let mut touched: QuickSet<NodeId> = seats().map(|seat| seat.node).collect();
        for node in delta.nodes() {
            let entries = [before, now].into_iter().filter_map(|snapshot| snapshot.tree.entry(node));
            places.extend(entries.map(|entry| entry.place.parent));
            touched.insert(node);
        }
        // What was merged elsewhere keeps its children in view where merged ones are shown.
        let nodes = seats().filter(|seat| !seat.proposal.id.is_syllabus());
        let families = places.iter().copied().chain(nodes.map(|seat| seat.proposal.under())).collect();
        self.grove.refresh((now, &self.survey), &families, &touched);
        #[cfg(test)]
        self.grove.check(now);
        self.places = places;
    }

    /// What hangs under a node, under any filter.
    pub(super) fn family(&self, parent: Option<NodeId>) -> &[Child] {
        self.grove.below(parent)
    }

    /// Finds again what the facets show.
    pub(super) fn pick(&mut self, snapshot: &Snapshot, facets: &Facets) {
        if facets.is_empty() {
            self.picked = Picked::default();
            return;
        }
        let matcher = Matcher::new(snapshot, facets);
        let wanted = self.survey.seats().filter(|seat| matcher.admits(&self.survey, seat));
        let pinned = std::mem::take(&mut self.picked.pinned);
        self.picked = Picked { pinned, ..Picked::of(wanted, self.survey.len()) };
        #[cfg(test)]
        {
            let mut each = Picked::default();
            let wanted = self.survey.seats().filter(|seat| matcher.admits(&self.survey, seat));
            wanted.for_each(|seat| each.note(seat, true));
            let all = |picked: &Picked| (picked.nodes.clone(), picked.syllabi.clone(), picked.below.clone());
            assert_eq!(all(&each), all(&self.picked));
        }
    }

    fn note_syllabus(&mut self, seat: &Seat, up: bool) {
        if seat.is_syllabus && seat.is_open() {
            let (open, pending) = self.syllabi.entry(seat.node).or_default();
            let step = |number: &mut u32| *number = if up { *number + 1 } else { number.saturating_sub(1) };
            step(open);
            if seat.stage.is_due() {
                step(pending);
            }
        }
    }

    fn sum_up(&mut self, snapshot: &Snapshot) {
        let all = self.survey.progress(None);
        self.accepted = snapshot.tree.counts().values().sum();
        self.pending = all.pending as usize;
        self.deferred = all.deferred as usize;
        self.flagged = all.flagged as usize;
    }

    /// Pending proposals below a node (`None`: everywhere), its syllabi included.
    #[must_use]
    pub fn pending_below(&self, node: Option<NodeId>) -> u32 {
        self.survey.progress(node).pending
    }

    /// Whether a subject has a syllabus to decide on, deferred or not.
    #[must_use]
    pub fn has_open_syllabus(&self, subject: NodeId) -> bool {
        self.syllabi.get(&subject).is_some_and(|(open, _)| *open > 0)
    }

    /// Whether a subject has a syllabus to decide on now.
    #[must_use]
    pub fn has_pending_syllabus(&self, subject: NodeId) -> bool {
        self.syllabi.get(&subject).is_some_and(|(_, pending)| *pending > 0)
    }

    /// The proposals that were merged into a node.
    #[must_use]
    pub fn adopted(&self, into: NodeId) -> &[NodeId] {
        self.survey.adopted(into)
    }
}
