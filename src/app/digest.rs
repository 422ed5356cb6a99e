//! What many views want to know about a snapshot, counted once for each.

use std::collections::HashMap;

use crate::taxonomy::{Body, NodeId, Outlook, Proposal, Snapshot, State};

/// Counts over one snapshot.
#[derive(Debug, Clone, Default)]
pub struct Digest {
    /// Accepted nodes that are still taught.
    pub accepted: usize,
    /// Open proposals nobody has put off.
    pub pending: usize,
    /// Open proposals to be decided later.
    pub deferred: usize,
    /// Open proposals with a question to a second curator.
    pub flagged: usize,
    /// Pending proposals below each node (`None`: everywhere), syllabi included.
    below: HashMap<Option<NodeId>, u32>,
    /// Subjects with a syllabus to decide on, and how many of them are not deferred.
    syllabi: HashMap<NodeId, u32>,
    /// For a node, the proposals merged into it whose children now hang there.
    adopted: HashMap<NodeId, Vec<NodeId>>,
}

impl Digest {
    /// Counts a snapshot.
    #[must_use]
    pub fn new(snapshot: &Snapshot) -> Self {
        let mut digest = Self { accepted: snapshot.tree.counts().values().sum(), ..Self::default() };
        let mut outlooks: HashMap<Option<NodeId>, Outlook> = HashMap::new();
        let mut under: HashMap<Option<NodeId>, u32> = HashMap::new();
        for proposal in snapshot.record.proposals() {
            digest.note_merge(proposal);
            if !proposal.state.is_open() || snapshot.is_in_tree(proposal) {
                continue;
            }
            let outlook = match &proposal.body {
                Body::Node { parent, .. } => *outlooks.entry(*parent).or_insert_with(|| snapshot.outlook(proposal)),
                Body::Syllabus { .. } => snapshot.outlook(proposal),
            };
            if outlook != Outlook::Withdrawn {
                digest.count(proposal, &mut under);
            }
        }
        digest.sum_up(snapshot, under);
        digest
    }

    fn note_merge(&mut self, proposal: &Proposal) {
        if let (Body::Node { node, .. }, State::Merged { into }) = (&proposal.body, &proposal.state) {
            self.adopted.entry(*into).or_default().push(*node);
        }
    }

    fn count(&mut self, proposal: &Proposal, under: &mut HashMap<Option<NodeId>, u32>) {
        self.flagged += usize::from(proposal.flag.is_some());
        let now = u32::from(proposal.state == State::Pending);
        if let Body::Syllabus { subject, .. } = &proposal.body {
            *self.syllabi.entry(*subject).or_default() += now;
        }
        self.pending += now as usize;
        self.deferred += 1 - now as usize;
        if now == 1 {
            *under.entry(proposal.under()).or_default() += 1;
        }
    }

    fn sum_up(&mut self, snapshot: &Snapshot, under: HashMap<Option<NodeId>, u32>) {
        let home: HashMap<NodeId, NodeId> =
            self.adopted.iter().flat_map(|(into, gone)| gone.iter().map(|gone| (*gone, *into))).collect();
        for (parent, count) in under {
            let parent = parent.map(|parent| home.get(&parent).copied().unwrap_or(parent));
            let above = parent.map(|parent| snapshot.lineage(parent)).unwrap_or_default();
            for node in above.into_iter().map(Some).chain([None]) {
                *self.below.entry(node).or_default() += count;
            }
        }
        for gone in self.adopted.values_mut() {
            gone.sort_unstable();
        }
    }

    /// Pending proposals below a node (`None`: everywhere), its syllabi included.
    #[must_use]
    pub fn pending_below(&self, node: Option<NodeId>) -> u32 {
        self.below.get(&node).copied().unwrap_or_default()
    }

    /// Whether a subject has a syllabus to decide on, deferred or not.
    #[must_use]
    pub fn has_open_syllabus(&self, subject: NodeId) -> bool {
        self.syllabi.contains_key(&subject)
    }

    /// Whether a subject has a syllabus to decide on now.
    #[must_use]
    pub fn has_pending_syllabus(&self, subject: NodeId) -> bool {
        self.syllabi.get(&subject).is_some_and(|count| *count > 0)
    }

    /// The proposals that were merged into a node.
    #[must_use]
    pub fn adopted(&self, into: NodeId) -> &[NodeId] {
        self.adopted.get(&into).map_or(&[], Vec::as_slice)
    }

    /// All (merged proposal, node it was merged into).
    pub fn merges(&self) -> impl Iterator<Item = (NodeId, NodeId)> {
        self.adopted.iter().flat_map(|(into, gone)| gone.iter().map(|gone| (*gone, *into)))
    }
}
