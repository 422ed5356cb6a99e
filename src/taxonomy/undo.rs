//! Taking decisions back, and letting them hold again: any of them, at any time, as long as
//! nothing later stands on it.

use std::collections::{HashMap, HashSet};

use super::event::{Acceptance, Ballot, Change, Event};
use super::id::{EventId, NodeId, ProposalId};
use super::op::{Refusal, Verdict, acceptance_step, find, steps_of, undecided};
use super::proposal::Proposal;
use super::record::is_decision;
use super::snapshot::Snapshot;
use super::step::{Standing, Step};
use super::turn::{How, own_steps, set_aside, turn};
use super::votes::{Outcome, Side, WhatIf};

/// What taking an event back (the latest own decision where none is named) comes down to.
pub(super) fn undo(snapshot: &Snapshot, by: &str, event: Option<EventId>) -> Result<Verdict, Refusal> {
    let record = &snapshot.record;
    let event = match event {
        None => record.undoable(by).ok_or_else(|| Refusal::new(format!("{by} has nothing to undo.")))?,
        Some(id) => record.event(id).ok_or_else(|| Refusal::new(format!("There is no event {id}.")))?,
    };
    if matches!(event.change, Change::Settle { .. }) {
        return Err(Refusal::new("This follows from votes.").hint("undo one of them"));
    }
    if !is_decision(&event.change) {
        return Err(Refusal::new("An undo is taken back by redo.").hint("`provost redo`, or the key U"));
    }
    if record.is_undone(event.id) {
        return Err(Refusal::new(format!("{} is undone already.", event.id)));
    }
    if let Change::Revise { on, .. } = event.change {
        nothing_stands_on(snapshot, event, on)?;
    }
    let steps = back(snapshot, event)?;
    let gone = |step: &Step| matches!(step, Step::Remove { node, .. } if snapshot.tree.entry(node.id).is_none());
    if let Some(problem) = snapshot.problem_in("tree").filter(|_| steps.iter().any(gone)) {
        let what = format!("What would be removed is perhaps in a file that cannot be used: {problem}");
        return Err(Refusal::new(what).hint("mend that file first"));
    }
    not_taken_back_by_another(snapshot, event, &steps)?;
    let ballot = Ballot { effect: Some(steps.clone()), ..Ballot::default() };
    Ok(Verdict { change: Change::Undo { event: event.id }, ballot, steps })
}

/// The steps that take an event back, from what it did and from what the votes lead to without it.
fn back(snapshot: &Snapshot, event: &Event) -> Result<Vec<Step>, Refusal> {
    if Side::of(&event.change).is_none() {
        let steps = steps_of(snapshot, event).map_err(Refusal::new)?;
        let mut own = without_those_of_others(snapshot, event, steps);
        own.reverse();
        return Ok(own.into_iter().map(Step::inverse).collect());
    }
    let mut tree = snapshot.tree.clone();
    let mut steps = Vec::new();
    for id in event.change.proposals().into_iter().rev() {
        // Without its batch a proposal is not there, and nobody knows what it was.
        let missing = || Refusal::new(format!("The undo cannot be done: the batch of proposal {id} is missing."));
        let proposal = snapshot.record.proposal(id).ok_or_else(missing)?;
        if snapshot.record.is_planted(id) {
            continue;
        }
        let what = WhatIf { without: Some(event.id), ..WhatIf::default() };
        let (before, after) = (snapshot.record.outcome(id), snapshot.record.outcome_if(id, &what));
        if after == Outcome::Contested && before != after {
            steps.extend(own_back(snapshot, event, proposal)?);
        } else {
            steps.extend(turn(snapshot, &mut tree, proposal, (before, after), &what, How::AsRecorded)?);
        }
    }
    Ok(steps)
}

/// What of the steps of a change by hand would not be so without it. Where two clones did the same, each is in force, and who takes
/// theirs back leaves what the other did.
fn without_those_of_others(snapshot: &Snapshot, event: &Event, steps: Vec<Step>) -> Vec<Step> {
    let record = &snapshot.record;
    let nodes: HashSet<NodeId> = steps.iter().map(Step::node).collect();
    let mut others: HashMap<NodeId, Vec<(bool, &Step)>> = HashMap::new();
    for other in record.events().iter().filter(|other| other.id != event.id && !record.is_undone(other.id)) {
        let (Change::Tree { steps, .. } | Change::Alias { steps, .. }) = &other.change else { continue };
        for step in steps.iter().filter(|step| nodes.contains(&step.node())) {
            others.entry(step.node()).or_default().push((other.by != event.by, step));
        }
    }
    let others = |node: NodeId| others.get(&node).map_or(&[][..], Vec::as_slice).iter().copied();
    let own = |step: Step| match step {
        Step::Create { node, place } => {
            let created = others(node.id).any(|(is_other, step)| is_other && matches!(step, Step::Create { .. }));
            let votes = record.votes(ProposalId::of_node(node.id));
            let accepted = votes.iter().any(|vote| vote.side == Side::Accept && vote.by != event.by);
            (!created && !accepted).then_some(Step::Create { node, place })
        }
        Step::Move { node, from, to } => {
            let moves = others(node).filter_map(|(is_other, step)| match step {
                Step::Move { from, to, .. } => Some((is_other, from, to)),
                _ => None,
            });
            (!is_held(moves, &to)).then_some(Step::Move { node, from, to })
        }
        Step::Patch { node, mut set } => {
            set.retain(|key, (_, after)| {
                let changes = others(node).filter_map(|(is_other, step)| match step {
                    Step::Patch { set, .. } => set.get(key).map(|(before, after)| (is_other, before, after)),
                    _ => None,
                });
                !is_held(changes, after)
            });
            (!set.is_empty()).then_some(Step::Patch { node, set })
        }
        step @ Step::Remove { .. } => Some(step),
    };
    steps.into_iter().filter_map(own).collect()
}

/// Whether changes, each from one value to another, lead to `wanted`, and somebody else's is what leads there.
fn is_held<'a, T: PartialEq + 'a>(changes: impl Iterator<Item = (bool, &'a T, &'a T)>, wanted: &T) -> bool {
    let mut now: Option<(bool, &T)> = None;
    for (is_other, before, after) in changes {
        now = match now {
            Some((was_other, value)) if value == after => Some((was_other || is_other, value)),
            Some((_, value)) if value != before => now,
            _ => Some((is_other, after)),
        };
    }
    now.is_some_and(|(is_other, value)| is_other && value == wanted)
}

fn own_back(snapshot: &Snapshot, event: &Event, proposal: &Proposal) -> Result<Vec<Step>, Refusal> {
    let mut own = own_steps(snapshot, event, proposal).map_err(Refusal::new)?;
    own.reverse();
    Ok(own.into_iter().map(Step::inverse).collect())
}

/// Whether what an undo would do was not done by a later decision already: both undone, the
/// tree would be where neither was. Nor is a node removed that later decisions changed there and back: none of them could be
/// taken back after that.
fn not_taken_back_by_another(snapshot: &Snapshot, event: &Event, steps: &[Step]) -> Result<(), Refusal> {
    let (tree, record) = (&snapshot.tree, &snapshot.record);
    let stands = |step: &&Step| step.standing(tree) == Standing::Done || matches!(step, Step::Remove { .. });
    for step in steps.iter().filter(stands) {
        let mut later = record.events().iter().rev().take_while(|later| later.id > event.id);
        let other = later.find(|later| match &later.change {
            Change::Tree { steps, .. } | Change::Alias { steps, .. } => {
                !record.is_undone(later.id) && steps.iter().any(|other| other.node() == step.node())
            }
            _ => false,
        });
        if let Some(other) = other {
            let what = format!("\"{}\" was {} since.", snapshot.name(step.node()).line(), other.change.past());
            return Err(Refusal::new(what).hint(format!("undo {} first", other.id)));
        }
    }
    Ok(())
}

/// Whether a revision of `on` can be taken back without pulling it from under something later.
fn nothing_stands_on(snapshot: &Snapshot, revision: &Event, on: ProposalId) -> Result<(), Refusal> {
    let later = snapshot.record.events_on(on).filter(|event| event.id > revision.id);
    let mut later = later.filter(|event| matches!(event.change, Change::Revise { .. } | Change::Accept { .. }));
    match later.next() {
        None => Ok(()),
        Some(event) => {
            let what = event.change.past();
            Err(Refusal::new(format!("The syllabus was {what} later on, in {}.", event.id)).hint("undo that first"))
        }
    }
}

/// What letting an undone event hold again comes down to.
pub(super) fn redo(snapshot: &Snapshot, by: &str, event: Option<EventId>) -> Result<Verdict, Refusal> {
    let record = &snapshot.record;
    let event = match event {
        None => record.redoable(by).ok_or_else(|| Refusal::new(format!("{by} has nothing to redo.")))?,
        Some(id) => record.event(id).ok_or_else(|| Refusal::new(format!("There is no event {id}.")))?,
    };
    if !record.is_undone(event.id) {
        return Err(Refusal::new(format!("{} was not undone.", event.id)));
    }
    let Some(side) = Side::of(&event.change) else {
        let steps = steps_of(snapshot, event).map_err(Refusal::new)?;
        let ballot = Ballot { effect: Some(steps.clone()), ..Ballot::default() };
        return Ok(Verdict { change: Change::Redo { event: event.id }, ballot, steps });
    };
    let mut tree = snapshot.tree.clone();
    let (mut steps, mut all) = (Vec::new(), Vec::new());
    for id in event.change.proposals() {
        let proposal = find(snapshot, id)?;
        undecided(snapshot, proposal)?;
        let over = set_aside(snapshot, &event.by, id, side);
        let what = WhatIf { with: Some(event.id), over: &over, ..WhatIf::default() };
        if !record.votes_if(id, &what).iter().any(|vote| vote.event == event.id) {
            let what = format!("{} decided otherwise about \"{}\" since.", event.by, proposal.title().line());
            return Err(Refusal::new(what).hint("undo that first"));
        }
        let (before, after) = (record.outcome(id), record.outcome_if(id, &what));
        let merges = matches!((side, after), (Side::Merge(_), Outcome::Decided(Side::Merge(_)))) && before != after;
        if merges && !event.ballot.short.contains(&id) {
            // As it was: a merge of several is one change of the node, and a split made nodes.
            steps.extend(steps_of(snapshot, event).map_err(Refusal::new)?);
        } else if !record.is_planted(id) {
            steps.extend(turn(snapshot, &mut tree, proposal, (before, after), &what, How::AsRecorded)?);
        }
        all.extend(over);
    }
    let ballot = Ballot { over: all, effect: Some(steps.clone()), ..Ballot::default() };
    Ok(Verdict { change: Change::Redo { event: event.id }, ballot, steps })
}

/// The steps that took an event back where the undo does not tell them, as version 1 did. What
/// another decision holds as well stays: of two who accepted the same one may change their mind.
///
/// # Errors
/// As [`acceptance_step`].
pub fn steps_back(snapshot: &Snapshot, event: &Event) -> Result<Vec<Step>, String> {
    let held_otherwise = |acceptance: &Acceptance| {
        let mut others = snapshot.record.events_on(acceptance.proposal).filter(|other| other.id != event.id);
        others.any(|other| matches!(other.change, Change::Accept { .. }))
    };
    let mut steps = match &event.change {
        Change::Accept { on } => {
            let own = on.iter().filter(|acceptance| !held_otherwise(acceptance));
            own.map(|acceptance| acceptance_step(snapshot, acceptance)).collect::<Result<_, _>>()?
        }
        _ => steps_of(snapshot, event)?,
    };
    steps.reverse();
    Ok(steps.into_iter().map(Step::inverse).collect())
}

#[cfg(test)]
mod tests;
