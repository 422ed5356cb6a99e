//! Merging and splitting: what becomes another name of a node, and what becomes several nodes.

use std::collections::BTreeSet;

use super::event::{Ballot, Change, Verb};
use super::hand::{Steps, create, find, move_step};
use super::id::{NodeId, ProposalId};
use super::node::{Facts, Node};
use super::op::{self, Refusal, Verdict, add_names, deprecated, still_taught};
use super::proposal::{Body, Proposal};
use super::snapshot::{Outlook, Snapshot};
use super::step::Step;
use super::text::normalise;
use super::turn;
use super::votes::Side;

/// Proposals become other names of an accepted node.
pub(super) fn alias(snapshot: &Snapshot, by: &str, on: Vec<ProposalId>, into: NodeId) -> Result<Verdict, Refusal> {
    op::all(snapshot, &on, op::undecided)?;
    let on = once(on);
    let Some(node) = snapshot.tree.node(into) else {
        return Err(Refusal::new(format!("\"{}\" is not accepted.", snapshot.name(into).line()))
            .hint("only an accepted node can take another name"));
    };
    still_taught(snapshot, node)?;
    let (ballot, other_steps) = turn::speak(snapshot, by, &on, Side::Merge(into))?;
    let mut after = (**node).clone();
    for id in &on {
        let Body::Node { facts, node: own, .. } = &op::find(snapshot, *id)?.body else {
            return Err(Refusal::new("A syllabus cannot be merged into a node."));
        };
        if *own == into {
            return Err(Refusal::new("A node cannot be merged into itself."));
        }
        if !ballot.short.contains(id) {
            add_names(&mut after, facts.names());
        }
    }
    let steps = Step::patch(node, &after).into_iter().collect::<Vec<_>>();
    let all: Vec<Step> = other_steps.into_iter().filter(|step| step.node() != into).chain(steps.clone()).collect();
    Ok(op::voted(Change::Alias { on, into, steps: steps.clone() }, (ballot, all), &steps))
}

/// Each of them once, in the same order.
fn once<T: Ord + Copy>(all: Vec<T>) -> Vec<T> {
    let mut seen = BTreeSet::new();
    all.into_iter().filter(|one| seen.insert(*one)).collect()
}

/// Accepted nodes go into another one: names become aliases, children move, the nodes stay as
/// deprecated.
pub(super) fn merge(snapshot: &Snapshot, on: &[NodeId], into: NodeId) -> Result<Steps, Refusal> {
    let on = once(on.to_vec());
    let first = *on.first().ok_or_else(|| Refusal::new("No node is named."))?;
    let mut scratch = snapshot.tree.clone();
    let mut steps = Vec::new();
    let mut richer = find(&scratch, into)?.clone();
    still_taught(snapshot, &richer)?;
    let before = richer.clone();
    for id in on {
        let from = find(&snapshot.tree, id)?;
        if id == into {
            return Err(Refusal::new("A node cannot be merged into itself."));
        }
        if from.kind != before.kind {
            return Err(Refusal::new(format!(
                "\"{}\" is a {} and \"{}\" a {}; only nodes of one kind are merged.",
                from.facts.name.line(),
                from.kind,
                before.facts.name.line(),
                before.kind
            )));
        }
        all_below_is_known(snapshot, id)?;
        for child in snapshot.tree.children(Some(id)) {
            let step = move_step(&scratch, *child, Some(into))?;
            step.apply(&mut scratch).map_err(Refusal::new)?;
            steps.push(step);
        }
        add_names(&mut richer, from.facts.names());
        steps.extend(Step::patch(from, &deprecated(from, Some(into), None)));
    }
    steps.extend(Step::patch(&before, &richer));
    Ok((Verb::Merge, first, steps))
}

/// Whether no file below a node is left out of the tree.
fn all_below_is_known(snapshot: &Snapshot, id: NodeId) -> Result<(), Refusal> {
    match snapshot.problem_in(&format!("tree/{}", snapshot.tree.path(id))) {
        None => Ok(()),
        Some(problem) => {
            let what = format!("A file below \"{}\" cannot be used: {problem}", snapshot.name(id).line());
            Err(Refusal::new(what).hint("mend that file first"))
        }
    }
}

/// A node, accepted or proposed, becomes several siblings; the first takes what is below it.
pub(super) fn split(snapshot: &Snapshot, by: &str, on: NodeId, into: &[Facts]) -> Result<Verdict, Refusal> {
    if into.len() < 2 {
        return Err(Refusal::new("A node is split into at least two."));
    }
    if let (None, Some(proposal)) = (snapshot.tree.entry(on), snapshot.record.proposal(ProposalId::of_node(on))) {
        return split_proposal(snapshot, by, proposal, into);
    }
    let steps = split_node(snapshot, find(&snapshot.tree, on)?, into)?;
    let change = Change::Tree { verb: Verb::Split, on, steps: steps.clone() };
    Ok(Verdict { change, ballot: Ballot::default(), steps })
}

fn is_named(facts: &Facts, other: &Facts) -> bool {
    normalise(facts.name.raw()) == normalise(other.name.raw())
}

fn split_node(snapshot: &Snapshot, node: &Node, into: &[Facts]) -> Result<Vec<Step>, Refusal> {
    all_below_is_known(snapshot, node.id)?;
    still_taught(snapshot, node)?;
    // One of the new names is its own: it stays, and the others go out of it.
    let stays = into.iter().any(|facts| is_named(facts, &node.facts));
    let mut scratch = snapshot.tree.clone();
    let parent = scratch.parent(node.id);
    let mut steps = Vec::new();
    let mut first = None;
    for facts in into.iter().filter(|facts| !is_named(facts, &node.facts)) {
        let (id, step) = create(&mut scratch, parent, node.kind, facts)?;
        first.get_or_insert(id);
        steps.push(step);
    }
    if stays {
        return Ok(steps);
    }
    for child in snapshot.tree.children(Some(node.id)) {
        let step = move_step(&scratch, *child, first)?;
        step.apply(&mut scratch).map_err(Refusal::new)?;
        steps.push(step);
    }
    let names: Vec<_> = into.iter().map(|facts| facts.name.raw()).collect();
    let reason = format!("split into {}", names.join(", "));
    steps.extend(Step::patch(node, &deprecated(node, None, Some(reason.into()))));
    Ok(steps)
}

fn split_proposal(snapshot: &Snapshot, by: &str, proposal: &Proposal, into: &[Facts]) -> Result<Verdict, Refusal> {
    op::undecided(snapshot, proposal)?;
    if snapshot.record.quorum(proposal.id) > 1 || snapshot.record.is_planted(proposal.id) {
        return Err(Refusal::new(format!("\"{}\" cannot be split as a proposal.", proposal.title().line()))
            .hint("where several curators vote, reject it and add the others by hand"));
    }
    let Body::Node { parent, kind, facts: own, .. } = &proposal.body else {
        return Err(Refusal::new("A syllabus cannot be split."));
    };
    if into.iter().any(|facts| is_named(facts, own)) {
        return Err(Refusal::new(format!("\"{}\" is the name it has.", own.name.line()))
            .hint("accept it, and add the others beside it"));
    }
    let under = match snapshot.outlook(proposal) {
        Outlook::Ready(under) => under,
        _ => op::ready_parent(snapshot, &snapshot.tree, proposal, *parent)?,
    };
    let mut scratch = snapshot.tree.clone();
    let made: Vec<(NodeId, Step)> =
        into.iter().map(|facts| create(&mut scratch, under, *kind, facts)).collect::<Result<_, _>>()?;
    let first = made.first().map(|(id, _)| *id).ok_or_else(|| Refusal::new("No name is given."))?;
    let steps: Vec<Step> = made.into_iter().map(|(_, step)| step).collect();
    let mut ballot = Ballot::default();
    turn::note(snapshot, &mut ballot, by, proposal.id, Side::Merge(first));
    Ok(Verdict { change: Change::Alias { on: vec![proposal.id], into: first, steps: steps.clone() }, ballot, steps })
}
