//! What follows for the tree when the outcome of a proposal changes: it enters, it leaves, or
//! its name comes to another node or goes again.

use super::accept::acceptance;
use super::event::{Acceptance, Ballot, Change, Event};
use super::id::{EventId, NodeId, ProposalId};
use super::node::Node;
use super::op::{Refusal, acceptance_step, add_names, find, still_taught};
use super::proposal::{Body, Proposal};
use super::snapshot::{Snapshot, rank};
use super::step::{Standing, Step, outstanding};
use super::tree::Tree;
use super::votes::{Outcome, Side, WhatIf, opposed};

/// Whether an acceptance is carried out as it was recorded, or as the tree is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// To the byte.
    AsRecorded,
    /// Under a free file name, in place of what is there.
    Afresh,
}

/// What a verdict on `side` means for each proposal, and what follows in the tree.
pub(super) fn speak(
    snapshot: &Snapshot,
    by: &str,
    on: &[ProposalId],
    side: Side,
) -> Result<(Ballot, Vec<Step>), Refusal> {
    let mut proposals: Vec<&Proposal> = on.iter().map(|id| find(snapshot, *id)).collect::<Result<_, _>>()?;
    proposals.sort_by_key(|proposal| std::cmp::Reverse(rank(proposal)));
    proposals.dedup_by_key(|proposal| proposal.id);
    let (mut ballot, mut steps) = (Ballot::default(), Vec::new());
    let mut tree = snapshot.tree.clone();
    for proposal in proposals {
        let over = note(snapshot, &mut ballot, by, proposal.id, side);
        if snapshot.record.is_planted(proposal.id) {
            continue;
        }
        let what = WhatIf { vote: Some((by, side)), over: &over, ..WhatIf::default() };
        let before = snapshot.record.outcome(proposal.id);
        let after = snapshot.record.outcome_if(proposal.id, &what);
        steps.extend(turn(snapshot, &mut tree, proposal, (before, after), &what, How::Afresh)?);
    }
    Ok((ballot, steps))
}

/// Notes on the ballot how a verdict on one proposal counts; returns what it sets aside.
pub(super) fn note(snapshot: &Snapshot, ballot: &mut Ballot, by: &str, id: ProposalId, side: Side) -> Vec<EventId> {
    let record = &snapshot.record;
    let over = set_aside(snapshot, by, id, side);
    let what = WhatIf { vote: Some((by, side)), over: &over, ..WhatIf::default() };
    if side != Side::Later && (record.is_planted(id) || record.outcome_if(id, &what) != Outcome::Decided(side)) {
        ballot.short.push(id);
    }
    if record.quorum(id) > 1 {
        ballot.quorum = Some(record.policy().quorum);
    }
    ballot.over.extend(over.iter().filter(|event| !ballot.over.contains(event)).copied().collect::<Vec<_>>());
    over
}

/// Where a single curator decides, the verdicts of others that were known no longer count.
pub(super) fn set_aside(snapshot: &Snapshot, by: &str, id: ProposalId, side: Side) -> Vec<EventId> {
    match snapshot.record.quorum(id) {
        1 => opposed(&snapshot.record.votes(id), by, side),
        _ => Vec::new(),
    }
}

/// The steps from what one outcome led to, to what the other asks for. They are applied to
/// `tree` where that is possible; where it is not, the tree says so once they are tried.
pub(super) fn turn(
    snapshot: &Snapshot,
    tree: &mut Tree,
    proposal: &Proposal,
    (before, after): (Outcome, Outcome),
    what: &WhatIf<'_>,
    how: How,
) -> Result<Vec<Step>, Refusal> {
    let mut steps = Vec::new();
    if before == after {
        return Ok(steps);
    }
    if let Outcome::Decided(Side::Merge(into)) = before {
        steps.extend(names_go(snapshot, proposal.id, into));
    }
    if before.holds_a_place() && !after.holds_a_place() {
        steps.extend(leave(snapshot, tree, proposal, before));
    }
    match after {
        Outcome::Decided(Side::Accept) => steps.extend(enter(snapshot, tree, proposal, what, how)?),
        Outcome::Decided(Side::Merge(into)) => steps.extend(names_come(snapshot, tree, proposal, into)?),
        _ => {}
    }
    let _ = outstanding(steps.clone(), tree);
    Ok(steps)
}

/// The step that brings an accepted proposal into the tree, where it is not there.
fn enter(
    snapshot: &Snapshot,
    tree: &Tree,
    proposal: &Proposal,
    what: &WhatIf<'_>,
    how: How,
) -> Result<Option<Step>, Refusal> {
    if matches!(proposal.body, Body::Node { node, .. } if tree.entry(node).is_some()) {
        return Ok(None);
    }
    let Some(chosen) = chosen(snapshot, proposal, what) else { return Ok(None) };
    let step = match how {
        How::AsRecorded => acceptance_step(snapshot, chosen),
        How::Afresh => {
            let under = matches!(proposal.body, Body::Node { .. }).then_some(chosen.parent);
            acceptance_step(snapshot, &acceptance(snapshot, tree, proposal, chosen.edit.clone(), under)?)
        }
    };
    step.map(Some).map_err(Refusal::new)
}

/// Of several who accepted, the one whose wording and place count: the last who changed
/// something, else the last.
pub(super) fn chosen<'a>(snapshot: &'a Snapshot, proposal: &Proposal, what: &WhatIf<'_>) -> Option<&'a Acceptance> {
    let votes = snapshot.record.votes_if(proposal.id, what);
    let accepts = votes.iter().filter(|vote| vote.side == Side::Accept);
    let mut events: Vec<&Event> =
        accepts.filter_map(|vote| snapshot.record.event(vote.event)).map(AsRef::as_ref).collect();
    events.sort_by_key(|event| event.id);
    let acceptances: Vec<&Acceptance> = events.into_iter().filter_map(|event| of(event, proposal.id)).collect();
    let changed = acceptances.iter().rev().find(|acceptance| is_changed(proposal, acceptance));
    changed.or(acceptances.last()).copied()
}

/// Whether somebody accepted otherwise than proposed.
pub(super) fn is_changed(proposal: &Proposal, acceptance: &Acceptance) -> bool {
    let moved = matches!(proposal.body, Body::Node { parent, .. } if parent != acceptance.parent);
    moved || acceptance.edit.is_some()
}

fn of(event: &Event, id: ProposalId) -> Option<&Acceptance> {
    match &event.change {
        Change::Accept { on } => on.iter().find(|acceptance| acceptance.proposal == id),
        _ => None,
    }
}

/// The step that takes out what was accepted, as it was accepted; the tree refuses it where it
/// was changed since, or others hang below it.
fn leave(snapshot: &Snapshot, tree: &Tree, proposal: &Proposal, before: Outcome) -> Option<Step> {
    let events: Vec<_> = snapshot.record.events_on(proposal.id).collect();
    let decided = |event: &Event| !event.ballot.short.contains(&proposal.id);
    let carried = events.iter().any(|event| match event.change {
        Change::Accept { .. } => decided(event),
        Change::Settle { .. } => true,
        _ => false,
    });
    if !carried && before == Outcome::Contested {
        return None;
    }
    let made = |event: &&std::sync::Arc<Event>| of(event, proposal.id).and_then(|a| acceptance_step(snapshot, a).ok());
    match &proposal.body {
        Body::Node { node, .. } => {
            let candidates: Vec<Step> = events.iter().filter_map(&made).collect();
            let last = candidates.last()?.clone().inverse();
            let Some(entry) = tree.entry(*node) else { return carried.then_some(last) };
            let as_accepted = candidates.iter().any(|step| match step {
                Step::Create { place, node } => {
                    let plain = || *entry.node == Node::new(node.id, node.kind, entry.node.facts.clone());
                    let worded = || plain() && snapshot.record.was_worded(proposal.id, &entry.node.facts);
                    place.parent == entry.place.parent
                        && (entry.node == std::sync::Arc::new((**node).clone()) || worded())
                }
                _ => false,
            });
            let there = Step::Remove { place: entry.place.clone(), node: Box::new((*entry.node).clone()) };
            Some(if as_accepted { there } else { last })
        }
        Body::Syllabus { subject, .. } => {
            let settled = events.iter().flat_map(|event| match &event.change {
                Change::Settle { steps, .. } => steps.iter().filter(|step| step.node() == *subject).cloned().collect(),
                _ => Vec::new(),
            });
            let accepted = events.iter().filter(|event| decided(event)).filter_map(made);
            let back: Vec<Step> = settled.chain(accepted).map(Step::inverse).collect();
            let possible = back.iter().rev().find(|step| step.standing(tree) == Standing::Possible);
            possible.or(back.last()).cloned()
        }
    }
}

/// The steps that take the names of a proposal from a node again.
fn names_go(snapshot: &Snapshot, id: ProposalId, into: NodeId) -> Vec<Step> {
    let events = snapshot.record.events_on(id);
    let mut steps: Vec<Step> = events
        .flat_map(|event| match &event.change {
            // Also what a proposal was split into.
            Change::Alias { steps, into: there, .. } if *there == into => steps.iter().collect(),
            Change::Settle { steps, .. } => steps.iter().filter(|step| step.node() == into).collect(),
            _ => Vec::new(),
        })
        .cloned()
        .collect();
    steps.reverse();
    steps.into_iter().map(Step::inverse).collect()
}

/// The step that makes the names of a proposal aliases of a node.
fn names_come(snapshot: &Snapshot, tree: &Tree, proposal: &Proposal, into: NodeId) -> Result<Option<Step>, Refusal> {
    let Body::Node { facts, node: own, .. } = &proposal.body else {
        return Err(Refusal::new("A syllabus cannot be merged into a node."));
    };
    if *own == into {
        return Err(Refusal::new("A node cannot be merged into itself."));
    }
    let Some(node) = tree.node(into) else {
        return Err(Refusal::new(format!("\"{}\" is not accepted.", snapshot.name(into).line()))
            .hint("only an accepted node can take another name"));
    };
    still_taught(snapshot, node)?;
    let mut after = (**node).clone();
    add_names(&mut after, facts.names());
    Ok(Step::patch(node, &after))
}

/// What an event did about one proposal.
pub(super) fn own_steps(snapshot: &Snapshot, event: &Event, proposal: &Proposal) -> Result<Vec<Step>, String> {
    let node = proposal.body.node();
    if let Some(effect) = &event.ballot.effect {
        return Ok(effect.iter().filter(|step| step.node() == node).cloned().collect());
    }
    match of(event, proposal.id).filter(|_| !event.ballot.short.contains(&proposal.id)) {
        Some(acceptance) => Ok(vec![acceptance_step(snapshot, acceptance)?]),
        None => Ok(Vec::new()),
    }
}

/// The proposals whose outcome the tree does not show, with the steps that would: votes of
/// several clones reached the quorum, and nobody wrote the file. What cannot be done stays out.
#[must_use]
pub(super) fn unsettled(snapshot: &Snapshot) -> (Vec<ProposalId>, Vec<Step>) {
    let mut loose: Vec<&Proposal> =
        snapshot.record.loose().filter_map(|id| snapshot.record.proposal(id)).map(AsRef::as_ref).collect();
    loose.sort_by_key(|proposal| (rank(proposal), proposal.id));
    let mut tree = snapshot.tree.clone();
    let (mut on, mut steps) = (Vec::new(), Vec::new());
    for proposal in loose {
        let before = tree.clone();
        let wanted = wanted(snapshot, &tree, proposal).unwrap_or_default();
        match outstanding(wanted, &mut tree) {
            Ok(left) if !left.is_empty() => {
                on.push(proposal.id);
                steps.extend(left);
            }
            Ok(_) => {}
            Err(_) => tree = before,
        }
    }
    (on, steps)
}

fn wanted(snapshot: &Snapshot, tree: &Tree, proposal: &Proposal) -> Result<Vec<Step>, Refusal> {
    let outcome = snapshot.record.outcome(proposal.id);
    if was_settled(snapshot, proposal.id) {
        return Ok(Vec::new());
    }
    let now = WhatIf::default();
    Ok(match outcome {
        Outcome::Decided(Side::Accept) => enter(snapshot, tree, proposal, &now, How::Afresh)?.into_iter().collect(),
        Outcome::Decided(side) => {
            let mut steps: Vec<Step> = Vec::new();
            if !is_by_hand(snapshot, proposal) {
                steps.extend(leave(snapshot, tree, proposal, Outcome::Decided(Side::Accept)));
            }
            if let Side::Merge(into) = side {
                steps.extend(names_come(snapshot, tree, proposal, into)?);
            }
            steps
        }
        _ => Vec::new(),
    })
}

/// Whether the outcome was written after the last vote: what is otherwise since is on purpose.
fn was_settled(snapshot: &Snapshot, id: ProposalId) -> bool {
    let last = snapshot.record.votes(id).iter().map(|vote| vote.event).max();
    let mut events = snapshot.record.events_on(id);
    events.any(|event| matches!(event.change, Change::Settle { .. }) && Some(event.id) > last)
}

/// Whether a decision of another sort put a proposal's node into the tree, or took it out.
fn is_by_hand(snapshot: &Snapshot, proposal: &Proposal) -> bool {
    matches!(proposal.body, Body::Node { node, .. } if snapshot.record.is_by_hand(node))
}
