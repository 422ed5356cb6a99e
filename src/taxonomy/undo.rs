//! Taking decisions back, and letting them hold again: any of them, at any time, as long as
//! nothing later stands on it.

use super::event::{Acceptance, Change, Event};
use super::id::{EventId, ProposalId};
use super::op::{Refusal, Verdict, acceptance_step, find, steps_of, undecided};
use super::record::is_decision;
use super::snapshot::Snapshot;
use super::step::{Standing, Step};

/// What taking an event back (the latest own decision where none is named) comes down to.
pub(super) fn undo(snapshot: &Snapshot, by: &str, event: Option<EventId>) -> Result<Verdict, Refusal> {
    let record = &snapshot.record;
    let event = match event {
        None => record.undoable(by).ok_or_else(|| Refusal::new(format!("{by} has nothing to undo.")))?,
        Some(id) => record.event(id).ok_or_else(|| Refusal::new(format!("There is no event {id}.")))?,
    };
    if !is_decision(&event.change) {
        return Err(Refusal::new("An undo is taken back by redo.").hint("`provost redo`, or the key U"));
    }
    if record.is_undone(event.id) {
        return Err(Refusal::new(format!("{} is undone already.", event.id)));
    }
    if let Change::Revise { on, .. } = event.change {
        nothing_stands_on(snapshot, event, on)?;
    }
    let steps = steps_back(snapshot, event).map_err(Refusal::new)?;
    let gone = |step: &Step| matches!(step, Step::Remove { node, .. } if snapshot.tree.entry(node.id).is_none());
    if let Some(problem) = snapshot.problem_in("tree").filter(|_| steps.iter().any(gone)) {
        let what = format!("What would be removed is perhaps in a file that cannot be used: {problem}");
        return Err(Refusal::new(what).hint("mend that file first"));
    }
    not_taken_back_by_another(snapshot, event, &steps)?;
    Ok(Verdict { change: Change::Undo { event: event.id }, steps })
}

/// Whether what an undo would do was not done by a later decision already: both undone, the
/// tree would be where neither was.
fn not_taken_back_by_another(snapshot: &Snapshot, event: &Event, steps: &[Step]) -> Result<(), Refusal> {
    let (tree, record) = (&snapshot.tree, &snapshot.record);
    for step in steps.iter().filter(|step| step.standing(tree) == Standing::Done) {
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
    for id in event.change.proposals() {
        undecided(snapshot, find(snapshot, id)?)?;
    }
    let steps = steps_of(snapshot, &event.change).map_err(Refusal::new)?;
    Ok(Verdict { change: Change::Redo { event: event.id }, steps })
}

/// The steps that take an event back, in order. What another decision holds as well stays: of
/// two curators who accepted the same proposal one may change their mind.
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
        change => steps_of(snapshot, change)?,
    };
    steps.reverse();
    Ok(steps.into_iter().map(Step::inverse).collect())
}
