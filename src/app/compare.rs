//! Two versions of a node or a syllabus beside each other.

use super::{Effect, Model, Overlay, Screen, WhyNot, words};
use crate::input::Action;
use crate::taxonomy::diff::{self, Row};
use crate::taxonomy::versions::{self, About};
use crate::taxonomy::{Batch, BatchId, NodeId, ProposalId, Snapshot, evidence};

/// So many unchanged lines stay beside a change.
const CONTEXT: usize = 3;
/// So many of the newest batches are read for other wordings.
const BATCHES: usize = 30;

/// The comparison.
#[derive(Debug, Clone)]
pub struct Compare {
    /// What is compared.
    pub about: About,
    /// Every version, oldest first.
    pub versions: Vec<versions::Version>,
    /// The version on the left.
    pub left: usize,
    /// The version on the right.
    pub right: usize,
    /// Whether the left side is the one that changes.
    pub is_left: bool,
    /// Whether unchanged lines are shown too.
    pub shows_all: bool,
    /// What is on the screen.
    pub rows: Vec<Row>,
    /// Batches that are still to be read.
    pub waiting: Vec<BatchId>,
    /// The first line that is shown.
    pub scroll: usize,
    batches: Vec<Batch>,
    wanted: Option<String>,
    viewer: String,
    /// Whether the curator has chosen a version.
    chosen: bool,
}

impl Compare {
    /// Whose versions they are.
    #[must_use]
    pub fn node(&self) -> NodeId {
        match self.about {
            About::Node(node) | About::Syllabus(node) => node,
        }
    }

    fn compute(&mut self) {
        let text = |at: usize| self.versions.get(at).map(|version| version.lines.as_slice()).unwrap_or_default();
        self.rows = diff::rows(text(self.left), text(self.right), (!self.shows_all).then_some(CONTEXT));
    }

    /// Finds the versions again after another batch was read, keeping those on the screen.
    fn refresh(&mut self, snapshot: &Snapshot) {
        let shown = [self.left, self.right].map(|at| self.versions.get(at).map(|version| version.lines.clone()));
        self.versions = versions::of(snapshot, self.about, &self.batches, &self.viewer);
        let (left, right) = versions::pair(&self.versions, self.wanted.as_deref());
        let kept = |lines: &Option<Vec<String>>, other: usize| {
            let found = self.versions.iter().position(|version| Some(&version.lines) == lines.as_ref());
            found.filter(|_| self.chosen).unwrap_or(other)
        };
        (self.left, self.right) = (kept(&shown[0], left), kept(&shown[1], right));
        self.compute();
    }

    fn step(&mut self, forward: bool) {
        let (at, other) = if self.is_left { (self.left, self.right) } else { (self.right, self.left) };
        let last = self.versions.len().saturating_sub(1);
        let next = |at: usize| if forward { (at < last).then(|| at + 1) } else { at.checked_sub(1) };
        // The version on the other side is passed over: nothing is compared with itself.
        let Some(to) = next(at).and_then(|to| if to == other { next(to) } else { Some(to) }) else { return };
        *(if self.is_left { &mut self.left } else { &mut self.right }) = to;
        (self.chosen, self.scroll) = (true, 0);
        self.compute();
    }
}

/// What would be compared, and which version is meant.
fn subject(model: &Model) -> Option<(About, Option<String>)> {
    match model.screen {
        Screen::Curate => Some((About::Node(model.tree.cursor?), None)),
        Screen::Syllabus => {
            let wanted = model.syllabus.proposal().map(|id| id.to_string());
            Some((About::Syllabus(model.syllabus.subject?), wanted))
        }
        Screen::Homework | Screen::Dataset | Screen::History => None,
    }
}

/// The batches that may word it in another way.
fn batches(model: &Model, about: About) -> Vec<BatchId> {
    let About::Node(node) = about else { return Vec::new() };
    let seen = evidence::seen(&model.snapshot, ProposalId::of_node(node));
    match seen.len() {
        0 | 1 => Vec::new(),
        _ => seen.iter().rev().take(BATCHES).map(|(batch, _)| *batch).collect(),
    }
}

/// Why there is nothing to compare.
pub(super) fn can(model: &Model) -> Result<(), WhyNot> {
    let Some((about, _)) = subject(model) else { return Err(WhyNot::new("Focus a node to compare its versions.")) };
    if !batches(model, about).is_empty() {
        return Ok(());
    }
    match (versions::of(&model.snapshot, about, &[], &model.settings.curator).len(), about) {
        (0 | 1, About::Node(node)) => {
            let name = words::quoted(&model.snapshot.name(node));
            Err(WhyNot::new(format!("There is only one version of {name}: nobody changed it.")))
        }
        (0 | 1, About::Syllabus(_)) => Err(WhyNot::new("There is only one version of this syllabus.")),
        _ => Ok(()),
    }
}

/// Opens the comparison.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    let Some((about, wanted)) = subject(model) else { return Vec::new() };
    let waiting = batches(model, about);
    let mut compare = Compare {
        about,
        versions: Vec::new(),
        left: 0,
        right: 0,
        is_left: false,
        shows_all: false,
        rows: Vec::new(),
        waiting: waiting.clone(),
        scroll: 0,
        batches: Vec::new(),
        wanted,
        viewer: model.settings.curator.clone(),
        chosen: false,
    };
    compare.refresh(&model.snapshot);
    model.overlays.push(Overlay::Compare(Box::new(compare)));
    waiting.into_iter().map(Effect::LoadBatch).collect()
}

/// An open comparison shows what is there now.
pub(super) fn taxonomy_changed(model: &mut Model) {
    for overlay in &mut model.overlays {
        if let Overlay::Compare(compare) = overlay {
            compare.refresh(&model.snapshot);
        }
    }
}

/// Takes a batch that was read to the comparison that waits for it.
pub(super) fn batch_read(model: &mut Model, id: BatchId, outcome: &Result<Box<Batch>, String>) {
    for overlay in &mut model.overlays {
        if let Overlay::Compare(compare) = overlay
            && compare.waiting.contains(&id)
        {
            compare.waiting.retain(|waiting| *waiting != id);
            if let Ok(batch) = outcome {
                compare.batches.push((**batch).clone());
            }
            compare.refresh(&model.snapshot);
        }
    }
}

/// Carries out the actions of the comparison; whether it was one.
pub(super) fn handle(model: &mut Model, action: Action) -> bool {
    let Some(Overlay::Compare(compare)) = model.overlays.last_mut() else { return false };
    match action {
        Action::NextVersion | Action::Right => compare.step(true),
        Action::PreviousVersion | Action::Left => compare.step(false),
        Action::NextPane | Action::PreviousPane => compare.is_left = !compare.is_left,
        Action::ShowUnchanged => {
            compare.shows_all = !compare.shows_all;
            compare.scroll = 0;
            compare.compute();
        }
        _ => return false,
    }
    true
}
