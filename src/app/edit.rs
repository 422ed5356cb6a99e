//! Editing in `$EDITOR`: what is opened, and what a saved text leads to.

use super::decide::{self, Decision};
use super::effect::Draft;
use super::overlay::{Confirm, Message, Then};
use super::{EditorOutcome, Effect, Level, Model, Overlay, Screen, form};
use crate::taxonomy::review::merged;
use crate::taxonomy::{Body, Node, Op, Syllabus};

/// Opens the focused thing as YAML.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    let draft = match model.screen {
        Screen::Syllabus => syllabus_draft(model),
        _ => node_draft(model),
    };
    draft.map(|draft| Effect::OpenEditor { draft, text: None }).into_iter().collect()
}

fn node_draft(model: &Model) -> Option<Draft> {
    let id = model.tree.cursor?;
    if let Some(node) = model.snapshot.tree.node(id) {
        return Some(Draft::Node(Box::new((**node).clone())));
    }
    let proposal = model.proposal_of(id)?;
    let Body::Node { kind, facts, .. } = &proposal.body else { return None };
    let node = Box::new(Node::new(id, *kind, facts.clone()));
    Some(Draft::Proposal { on: proposal.id, node })
}

fn syllabus_draft(model: &Model) -> Option<Draft> {
    let subject = model.syllabus.subject?;
    match model.syllabus.proposal() {
        Some(on) => {
            let syllabus = Box::new(model.syllabus.content(&model.snapshot)?.clone());
            Some(Draft::Syllabus { on, syllabus })
        }
        None => Some(Draft::Node(Box::new((**model.snapshot.tree.node(subject)?).clone()))),
    }
}

/// Carries out what was saved.
pub(super) fn left(model: &mut Model, draft: Draft, outcome: EditorOutcome) -> Vec<Effect> {
    match outcome {
        EditorOutcome::Unchanged => {
            model.say(Level::Info, "Nothing was changed.");
            Vec::new()
        }
        EditorOutcome::Failed(why) => {
            model.say(Level::Error, why);
            Vec::new()
        }
        EditorOutcome::Unreadable { message, text } => {
            offer_again(model, draft, message, text);
            Vec::new()
        }
        EditorOutcome::Node(node) => save_node(model, draft, *node),
        EditorOutcome::Syllabus(syllabus) => save_syllabus(model, draft, *syllabus),
    }
}

fn offer_again(model: &mut Model, draft: Draft, message: String, text: String) {
    let title = "The text cannot be used. Open it again?".to_owned();
    let lines = vec![message, "Nothing has been saved; your text is kept.".to_owned()];
    model.overlays.push(Overlay::Confirm(Confirm { title, lines, then: Then::Reopen { draft, text } }));
}

/// The curator does not want the editor again: the text stays on the screen until it is closed.
pub(super) fn keep(model: &mut Model, _: &Draft, text: &str) {
    let title = "Not saved".to_owned();
    let lines = text.lines().map(|line| crate::taxonomy::text::reveal_line(line).into_owned()).collect();
    model.overlays.push(Overlay::Message(Message { title, lines, scroll: 0 }));
}

fn save_node(model: &mut Model, draft: Draft, node: Node) -> Vec<Effect> {
    let (before, is_proposal) = match draft {
        Draft::Proposal { node, .. } => (node, true),
        Draft::Node(node) => (node, false),
        Draft::Syllabus { .. } => return Vec::new(),
    };
    if (node.id, node.kind) != (before.id, before.kind) {
        model.say(Level::Error, "The id and the kind of a node cannot be edited; nothing was saved.");
        return Vec::new();
    }
    if is_proposal {
        return form::save_facts(model, node.id, before.facts, node.facts);
    }
    let id = node.id;
    let op = Op::Rework { from: before, to: Box::new(node) };
    let decision = Decision { op, nodes: vec![id], accepts: false, go_on: false };
    decide::commit(model, decision)
}

fn save_syllabus(model: &mut Model, draft: Draft, syllabus: Syllabus) -> Vec<Effect> {
    let Draft::Syllabus { on, syllabus: opened } = draft else { return Vec::new() };
    let mut syllabus = syllabus;
    syllabus.repair_session_ids();
    if let Some(Body::Syllabus { syllabus: now, .. }) = model.snapshot.record.proposal(on).map(|found| &found.body) {
        let (both, clash) = merged(&opened, &syllabus, now);
        syllabus = both;
        if let Some(one) = clash.first() {
            let title = super::words::quoted(one);
            let text = format!("{title} was changed while the editor was open; yours holds, undo brings that back.");
            model.say(Level::Warning, text);
        }
    }
    let op = Op::Revise { on, to: Box::new(syllabus), reason: None, note: None, batch: None };
    let nodes = model.syllabus.subject.into_iter().collect();
    decide::commit(model, Decision { op, nodes, accepts: false, go_on: false })
}
