//! Why something is here: the batches that proposed it, one at a time, and everything that was
//! decided about it.

use std::sync::Arc;

use super::{Effect, Level, Model, Overlay, Screen, Version};
use crate::input::Action;
use crate::taxonomy::{Batch, BatchId, Body, Event, NodeId, ProposalId, Proposed, Snapshot, State, evidence};

/// Where a node or a syllabus comes from.
#[derive(Debug, Clone)]
pub struct Why {
    /// Which node; for a syllabus its subject.
    pub node: NodeId,
    /// Which of its proposals; `None` for a node made by hand.
    pub proposal: Option<ProposalId>,
    /// The batches that put it forward, oldest first.
    pub batches: Vec<BatchId>,
    /// Which of them is shown.
    pub at: usize,
    /// Its content, once it was read; or why it could not be.
    pub content: Option<Result<Box<Batch>, String>>,
    /// Everything that was decided about it, oldest first.
    pub history: Vec<Arc<Event>>,
    /// The first line that is shown.
    pub scroll: usize,
}

impl Why {
    /// The batch that is shown.
    #[must_use]
    pub fn batch(&self) -> Option<BatchId> {
        self.batches.get(self.at).copied()
    }

    /// What the shown batch says of it, and at which place of how many.
    #[must_use]
    pub fn wording<'a>(&'a self, snapshot: &Snapshot) -> Option<(&'a Proposed, usize, usize)> {
        let Some(Ok(batch)) = &self.content else { return None };
        let seen = evidence::seen(snapshot, self.proposal?);
        let rank = seen.iter().find(|(id, _)| *id == batch.id)?.1 as usize;
        Some((batch.proposals.get(rank)?, rank, batch.proposals.len()))
    }

    /// The name to look for in the reply.
    #[must_use]
    pub fn needle(&self, snapshot: &Snapshot) -> Option<String> {
        match self.wording(snapshot) {
            Some((Proposed::Node { facts, .. }, ..)) => Some(facts.name.reveal().into_owned()),
            Some((Proposed::Syllabus { .. }, ..)) => None,
            None => match &snapshot.record.proposal(self.proposal?)?.body {
                Body::Node { facts, .. } => Some(facts.name.reveal().into_owned()),
                Body::Syllabus { .. } => None,
            },
        }
    }
}

/// Opens the provenance of the focused row.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    let snapshot = &model.snapshot;
    let (node, syllabus) = match model.screen {
        Screen::Syllabus => (model.syllabus.subject, shown_syllabus(model)),
        Screen::History => {
            let on = model.history.focused(snapshot).map(|event| decided(snapshot, event)).unwrap_or_default();
            (model.history.focused_node(snapshot), on.into_iter().find(|id| id.is_syllabus()))
        }
        Screen::Homework => (model.homework.focused_node(), None),
        Screen::Dataset => (super::dataset::subject(model), None),
        Screen::Curate => (model.tree.cursor, None),
    };
    let Some(node) = node else { return Vec::new() };
    let proposal = syllabus.unwrap_or_else(|| ProposalId::of_node(node));
    let proposal = snapshot.record.proposal(proposal).map(|proposal| proposal.id);
    let batches = proposal.map(|id| evidence::batches(snapshot, id)).unwrap_or_default();
    let history = evidence::history(snapshot, node, syllabus, &model.settings.curator);
    let at = batches.len().saturating_sub(1);
    let batch = batches.last().copied();
    model.overlays.push(Overlay::Why(Why { node, proposal, batches, at, content: None, history, scroll: 0 }));
    batch.map(Effect::LoadBatch).into_iter().collect()
}

/// The proposals that an event, or the one it takes back, decides on.
fn decided(snapshot: &Snapshot, event: &Event) -> Vec<ProposalId> {
    use crate::taxonomy::Change;
    match &event.change {
        Change::Undo { event } | Change::Redo { event } => {
            snapshot.record.event(*event).map(|event| decided(snapshot, event)).unwrap_or_default()
        }
        change => change.proposals(),
    }
}

/// The proposal of the syllabus on the screen; for the accepted one the proposal that it was.
fn shown_syllabus(model: &Model) -> Option<ProposalId> {
    let subject = model.syllabus.subject?;
    match model.syllabus.version? {
        Version::Proposed(id) => Some(id),
        Version::Accepted => {
            let proposed = model.snapshot.record.proposed_syllabi(subject);
            let accepted = proposed.filter(|proposal| matches!(proposal.state, State::Accepted { .. }));
            accepted.max_by_key(|proposal| proposal.decided).map(|proposal| proposal.id)
        }
    }
}

/// What is open tells what was decided meanwhile; the batch that is read stays.
pub(super) fn taxonomy_changed(model: &mut Model) {
    let (snapshot, curator) = (&model.snapshot, &model.settings.curator);
    for overlay in &mut model.overlays {
        let Overlay::Why(why) = overlay else { continue };
        let syllabus = why.proposal.filter(|id| id.is_syllabus());
        why.history = evidence::history(snapshot, why.node, syllabus, curator);
        let shown = why.batch();
        why.batches = why.proposal.map(|id| evidence::batches(snapshot, id)).unwrap_or_default();
        why.at = why.batches.iter().position(|batch| Some(*batch) == shown).unwrap_or(why.at);
    }
}

/// Takes a batch that was read to the provenance that waits for it; gives it back where none does.
pub(super) fn batch_read(model: &mut Model, id: BatchId, outcome: Result<Box<Batch>, String>) {
    for overlay in &mut model.overlays {
        if let Overlay::Why(why) = overlay
            && why.batch() == Some(id)
        {
            why.content = Some(outcome);
            return;
        }
    }
}

/// Carries out the actions of the reader; `None` where scrolling is meant.
pub(super) fn handle(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let marks = model.shown.reader_marks.clone();
    let overflow = model.shown.reader_overflow;
    let Some(Overlay::Why(why)) = model.overlays.last_mut() else { return None };
    let step = match action {
        Action::NextVersion | Action::Right => why.at.checked_add(1).filter(|at| *at < why.batches.len()),
        Action::PreviousVersion | Action::Left => why.at.checked_sub(1),
        Action::NextMatch | Action::PreviousMatch => {
            let is_next = action == Action::NextMatch;
            let at = why.scroll.min(overflow);
            let found = match is_next {
                true => marks.iter().find(|line| **line > at).or(marks.first()),
                false => marks.iter().rev().find(|line| **line < at).or(marks.last()),
            };
            match found {
                Some(line) => why.scroll = (*line).min(overflow),
                None => model.say(Level::Info, "Its name does not occur in what is shown of the batch."),
            }
            return Some(Vec::new());
        }
        _ => return None,
    };
    let Some(at) = step else {
        let text = match why.batches.len() {
            0 => "No batch put it forward.",
            1 => "Only this batch put it forward.",
            _ if action == Action::NextVersion || action == Action::Right => "This is the newest batch.",
            _ => "This is the oldest batch.",
        };
        model.say(Level::Info, text);
        return Some(Vec::new());
    };
    (why.at, why.content, why.scroll) = (at, None, 0);
    Some(why.batch().map(Effect::LoadBatch).into_iter().collect())
}
