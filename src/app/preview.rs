//! What a model would be told: seen before it is asked, and trimmed. Opened from the line that asks
//! what is wanted; sending from here takes that line along.

use super::effect::What;
use super::overlay::{Line, Purpose};
use super::{Effect, Model, Overlay, ask};
use crate::input::Action;
use crate::taxonomy::{Kind, Lessons, NodeId, Part, Snapshot, Trim};

/// The parts of one prompt that come from decisions, and the prompt itself.
#[derive(Debug, Clone)]
pub struct Preview {
    /// About which node; `None` is the root.
    pub node: Option<NodeId>,
    /// Its children or its syllabus.
    pub what: What,
    /// What the curator wants in particular.
    pub reason: Option<String>,
    /// What decisions teach.
    pub lessons: Lessons,
    /// What is left out.
    pub trim: Trim,
    /// The prompts, once they are written; or why they cannot be.
    pub prompts: Option<Result<Vec<Written>, String>>,
    /// The first line that is shown.
    pub scroll: usize,
}

/// A prompt as it would be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// What it asks for, a few words.
    pub title: String,
    /// The conversation.
    pub text: String,
}

/// The parts of a prompt that a question of this sort has.
#[must_use]
pub fn parts(what: What) -> &'static [Part] {
    match what {
        What::Children => &Part::ALL,
        What::Syllabus | What::Session => &[Part::Rejections],
    }
}

/// What decisions teach a question about a node.
pub(super) fn lessons(snapshot: &Snapshot, node: Option<NodeId>, what: What) -> Lessons {
    match (what, node) {
        (What::Syllabus | What::Session, Some(subject)) => Lessons::of_syllabus(snapshot, subject),
        (What::Syllabus | What::Session, None) => Lessons::default(),
        (What::Children, parent) => {
            let above = parent.and_then(|id| snapshot.facts(id)).map(|(kind, _)| kind);
            Lessons::below(snapshot, parent, Kind::below(above))
        }
    }
}

/// Opens the preview over the line that asks what is wanted.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Line(line)) = model.overlays.last() else { return Vec::new() };
    let Purpose::Ask { node, what, trim, .. } = line.purpose else { return Vec::new() };
    let reason = Some(line.field.text().trim().to_owned()).filter(|text| !text.is_empty());
    let lessons = lessons(&model.snapshot, node, what);
    let preview = Preview { node, what, reason, lessons, trim, prompts: None, scroll: 0 };
    let effect = wanted(&preview);
    model.overlays.push(Overlay::Preview(preview));
    vec![effect]
}

fn wanted(preview: &Preview) -> Effect {
    let Preview { node, what, trim, reason, .. } = preview;
    Effect::WritePrompt { node: *node, what: *what, reason: reason.clone(), trim: *trim }
}

/// Takes what a key meant to the preview.
pub(super) fn handle(model: &mut Model, action: Action) -> Vec<Effect> {
    let Some(Overlay::Preview(preview)) = model.overlays.last_mut() else { return Vec::new() };
    let part = match action {
        Action::Send => return send(model),
        Action::NextPane | Action::PreviousPane => return close(model),
        Action::ToggleSiblings => Part::Siblings,
        Action::ToggleRejections => Part::Rejections,
        Action::ToggleEdits => Part::Edits,
        _ => return Vec::new(),
    };
    if !parts(preview.what).contains(&part) {
        return Vec::new();
    }
    preview.trim.toggle(part);
    preview.prompts = None;
    vec![wanted(preview)]
}

/// Back to the line; what was left out stays so.
pub(super) fn close(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Preview(preview)) = model.overlays.pop() else { return Vec::new() };
    if let Some(Overlay::Line(Line { purpose: Purpose::Ask { trim, .. }, .. })) = model.overlays.last_mut() {
        *trim = preview.trim;
    }
    Vec::new()
}

fn send(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Preview(preview)) = model.overlays.pop() else { return Vec::new() };
    if matches!(model.overlays.last(), Some(Overlay::Line(Line { purpose: Purpose::Ask { .. }, .. }))) {
        model.overlays.pop();
    }
    ask::ask(model, preview.node, preview.what, preview.reason, preview.trim)
}

/// What the prompts of a preview follow from.
type Asked = ((Option<NodeId>, What), Option<String>, Trim);

/// Takes prompts that were written to the preview that waits for them.
pub(super) fn written(model: &mut Model, (about, reason, trim): Asked, outcome: Result<Vec<Written>, String>) {
    for overlay in &mut model.overlays {
        if let Overlay::Preview(preview) = overlay
            && (preview.node, preview.what) == about
            && (preview.trim, &preview.reason) == (trim, &reason)
        {
            preview.prompts = Some(outcome);
            return;
        }
    }
}
