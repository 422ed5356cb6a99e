//! Votes: every verdict of a curator is one, and the outcome of a proposal is a pure function of
//! those that count and of the quorum.

use super::event::Change;
use super::id::{EventId, NodeId};

/// What a verdict speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// A node or syllabus of its own.
    Accept,
    /// Not wanted.
    Reject,
    /// Another name of this node.
    Merge(NodeId),
    /// Put off: for nothing.
    Later,
}

impl Side {
    /// What a change speaks for where it is about `on`; `None` where it is no verdict.
    #[must_use]
    pub fn of(change: &Change) -> Option<Side> {
        match change {
            Change::Accept { .. } => Some(Side::Accept),
            Change::Reject { .. } => Some(Side::Reject),
            Change::Alias { into, .. } => Some(Side::Merge(*into)),
            Change::Defer { .. } => Some(Side::Later),
            _ => None,
        }
    }

    /// As in "voted to accept".
    #[must_use]
    pub fn verb(self) -> &'static str {
        match self {
            Side::Accept => "accept",
            Side::Reject => "reject",
            Side::Merge(_) => "merge",
            Side::Later => "deferred",
        }
    }
}

/// One curator's standing verdict on one proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vote {
    /// The event that gave it.
    pub event: EventId,
    /// Whose it is.
    pub by: String,
    /// What it is for.
    pub side: Side,
    /// The quorum that was reached with it; `None` where it decided nothing when it was given.
    pub reached: Option<u32>,
}

/// Where votes and quorum lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nobody spoke for or against.
    Open,
    /// All who voted agree, and they are too few.
    Short {
        /// How many there are.
        votes: u32,
        /// How many it takes.
        quorum: u32,
    },
    /// There are votes on several sides, and none is far enough ahead.
    Contested,
    /// One side is ahead of all others together by the quorum.
    Decided(Side),
}

impl Outcome {
    /// Whether what was proposed belongs into the tree, or may be there.
    pub(super) fn holds_a_place(self) -> bool {
        matches!(self, Outcome::Contested | Outcome::Decided(Side::Accept))
    }
}

/// The outcome. What was decided under a smaller quorum stays decided when the quorum grows.
#[must_use]
pub fn outcome(votes: &[Vote], quorum: u32) -> Outcome {
    let cast = || votes.iter().filter(|vote| vote.side != Side::Later);
    let total = cast().count() as u32;
    let Some(first) = cast().next() else { return Outcome::Open };
    let mut sides: Vec<Side> = cast().map(|vote| vote.side).collect();
    sides.sort_unstable();
    sides.dedup();
    for side in &sides {
        let own = || cast().filter(|vote| vote.side == *side);
        let (ahead, needed) = (2 * own().count() as u32, needed(own(), quorum));
        if ahead >= total + needed {
            return Outcome::Decided(*side);
        }
    }
    match sides.len() {
        1 => Outcome::Short { votes: total, quorum: needed(cast().filter(|vote| vote.side == first.side), quorum) },
        _ => Outcome::Contested,
    }
}

fn needed<'a>(votes: impl Iterator<Item = &'a Vote>, quorum: u32) -> u32 {
    votes.filter_map(|vote| vote.reached).min().map_or(quorum, |reached| reached.min(quorum)).max(1)
}

/// A change of the record that is thought of, not made.
#[derive(Debug, Clone, Default)]
pub(super) struct WhatIf<'a> {
    /// This event does not hold.
    pub without: Option<EventId>,
    /// This event holds again.
    pub with: Option<EventId>,
    /// A new verdict: whose, and for what.
    pub vote: Option<(&'a str, Side)>,
    /// Verdicts that no longer count.
    pub over: &'a [EventId],
    /// Those of all curators, also on what was planted.
    pub everybody: bool,
}

/// The verdicts of others that one of `by` on `side` sets aside where a single curator decides.
pub(super) fn opposed(votes: &[Vote], by: &str, side: Side) -> Vec<EventId> {
    votes.iter().filter(|vote| vote.by != by && vote.side != side).map(|vote| vote.event).collect()
}

/// What is known about how a proposal is voted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Votes on the only side that has any.
    pub votes: u32,
    /// How many it takes.
    pub quorum: u32,
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {} votes", self.votes, self.quorum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn votes(sides: &[(Side, Option<u32>)]) -> Vec<Vote> {
        let vote = |(at, (side, reached)): (usize, &(Side, Option<u32>))| Vote {
            event: EventId::new(at as u64 + 1, 0),
            by: format!("curator {at}"),
            side: *side,
            reached: *reached,
        };
        sides.iter().enumerate().map(vote).collect()
    }

    fn counted(accept: usize, reject: usize, quorum: u32) -> Outcome {
        let sides: Vec<_> =
            std::iter::repeat_n((Side::Accept, None), accept).chain(vec![(Side::Reject, None); reject]).collect();
        outcome(&votes(&sides), quorum)
    }

    #[test]
    fn a_side_wins_when_it_is_ahead_by_the_quorum() {
        let (accepted, rejected) = (Outcome::Decided(Side::Accept), Outcome::Decided(Side::Reject));
        for (accept, reject, quorum, expected) in [
            (0, 0, 1, Outcome::Open),
            (1, 0, 1, accepted),
            (1, 1, 1, Outcome::Contested),
            (2, 1, 1, accepted),
            (1, 0, 2, Outcome::Short { votes: 1, quorum: 2 }),
            (2, 0, 2, accepted),
            (2, 1, 2, Outcome::Contested),
            (3, 1, 2, accepted),
            (0, 2, 2, rejected),
            (1, 3, 2, rejected),
            (2, 0, 3, Outcome::Short { votes: 2, quorum: 3 }),
        ] {
            assert_eq!(counted(accept, reject, quorum), expected, "{accept} to {reject}, quorum {quorum}");
        }
    }

    #[test]
    fn what_was_decided_stays_so_when_the_quorum_grows_and_the_others_need_the_new_one() {
        let alone = votes(&[(Side::Accept, Some(1))]);
        assert_eq!(outcome(&alone, 3), Outcome::Decided(Side::Accept));
        let disputed = votes(&[(Side::Accept, Some(1)), (Side::Reject, None), (Side::Reject, None)]);
        assert_eq!(outcome(&disputed, 3), Outcome::Contested);
        assert_eq!(outcome(&disputed, 1), Outcome::Decided(Side::Reject));
        assert_eq!(outcome(&votes(&[(Side::Accept, Some(3))]), 1), Outcome::Decided(Side::Accept));
    }

    #[test]
    fn merging_into_different_nodes_is_not_the_same_and_putting_off_is_no_vote() {
        let node = |name| NodeId::derive(None, super::super::node::Kind::Field, name, 0);
        let (arts, law) = (Side::Merge(node("Arts")), Side::Merge(node("Law")));
        assert_eq!(outcome(&votes(&[(arts, None), (law, None)]), 1), Outcome::Contested);
        assert_eq!(outcome(&votes(&[(arts, None), (arts, None), (Side::Later, None)]), 2), Outcome::Decided(arts));
        assert_eq!(outcome(&votes(&[(Side::Later, None)]), 1), Outcome::Open);
    }
}
