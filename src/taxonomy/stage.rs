//! How a proposal stands, with what follows from its surroundings: one word for lists, filters and commands.

use super::proposal::{Proposal, State};
use super::snapshot::{Outlook, Snapshot};

/// How a proposal stands, with what follows from its surroundings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// To be decided.
    Pending,
    /// To be decided later.
    Deferred,
    /// Curators decided differently; it may be in the tree.
    Contested,
    /// In the tree, by this proposal or by another way.
    Accepted,
    /// Not wanted.
    Rejected,
    /// Another name of a node now.
    Merged,
    /// Open, but its parent is gone.
    Withdrawn,
    /// Another wording of what is accepted or proposed here.
    Repeated,
    /// Another wording of what was rejected here.
    Suppressed,
}

impl Stage {
    /// Whether somebody still has to decide.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Stage::Pending | Stage::Deferred | Stage::Contested)
    }

    /// Whether somebody has to decide now.
    #[must_use]
    pub fn is_due(self) -> bool {
        matches!(self, Stage::Pending | Stage::Contested)
    }

    /// The word in lists and filters.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Stage::Pending => "pending",
            Stage::Deferred => "deferred",
            Stage::Contested => "contested",
            Stage::Accepted => "accepted",
            Stage::Rejected => "rejected",
            Stage::Merged => "merged",
            Stage::Withdrawn => "withdrawn",
            Stage::Repeated => "repeated",
            Stage::Suppressed => "suppressed",
        }
    }

    /// That of a proposal whose outlook is known. Of several reasons why nothing is to be decided, the one that takes away
    /// the others' ground comes first: where the parent is gone, other wordings are gone with it.
    #[must_use]
    pub fn of(snapshot: &Snapshot, proposal: &Proposal, outlook: Outlook) -> Self {
        match proposal.state {
            State::Accepted { .. } => Stage::Accepted,
            State::Rejected { .. } => Stage::Rejected,
            State::Merged { .. } => Stage::Merged,
            State::Contested if snapshot.is_open(proposal) => Stage::Contested,
            _ if snapshot.is_in_tree(proposal) => Stage::Accepted,
            _ if outlook == Outlook::Withdrawn => Stage::Withdrawn,
            _ => match snapshot.same_as(proposal) {
                Some(same) if snapshot.is_rejected(same) => Stage::Suppressed,
                Some(_) => Stage::Repeated,
                None if proposal.state == State::Deferred => Stage::Deferred,
                None => Stage::Pending,
            },
        }
    }
}

impl Snapshot {
    /// How a proposal stands, with what follows from its surroundings.
    #[must_use]
    pub fn stage(&self, proposal: &Proposal) -> Stage {
        let outlook = if proposal.state.is_open() { self.outlook(proposal) } else { Outlook::Withdrawn };
        Stage::of(self, proposal, outlook)
    }

    /// The word for [`Snapshot::stage`].
    #[must_use]
    pub fn state_name(&self, proposal: &Proposal) -> &'static str {
        self.stage(proposal).name()
    }
}
