//! Editing in `$EDITOR`: what is opened, and what a saved text leads to. A text that cannot be used,
//! or that the store refuses, is opened again; it stays in its file until the decision is on disk.

use super::decide::{self, Decision};
use super::effect::{Again, Draft, OpId, Saved};
use super::overlay::{Confirm, Then};
use super::{EditorOutcome, Effect, Level, Model, Overlay, Screen, form};
use crate::taxonomy::review::merged;
use crate::taxonomy::text::reveal_line;
use crate::taxonomy::{Body, Node, Op, Refusal, Step, Syllabus};

/// Opens the focused thing as YAML.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    let draft = match model.screen {
        Screen::Syllabus => syllabus_draft(model),
        _ => node_draft(model),
    };
    draft.map(|draft| Effect::OpenEditor { draft, again: None }).into_iter().collect()
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

/// What was typed for a decision on its way to the disk.
#[derive(Debug, Clone)]
pub(super) struct Written {
    draft: Draft,
    saved: Saved,
    node: Option<Box<Node>>,
}

impl Model {
    /// The file with the text that an op on its way to the disk was made from.
    #[must_use]
    pub fn kept_text(&self, id: OpId) -> Option<String> {
        let (_, written) = self.written.iter().find(|(of, _)| *of == id)?;
        Some(written.saved.kept.clone())
    }
}

/// Carries out what was saved.
pub(super) fn left(model: &mut Model, draft: Draft, outcome: EditorOutcome, saved: Option<Saved>) -> Vec<Effect> {
    match (outcome, saved) {
        (EditorOutcome::Unchanged, None) => {
            model.say(Level::Info, "Nothing was changed.");
            Vec::new()
        }
        (EditorOutcome::Unchanged, Some(saved)) => {
            say_kept(model, &saved);
            Vec::new()
        }
        (EditorOutcome::Failed(why), saved) => {
            model.say(Level::Error, why);
            if let Some(saved) = saved {
                say_kept(model, &saved);
            }
            Vec::new()
        }
        (EditorOutcome::Unreadable { line, message }, saved) => {
            if let Some(saved) = saved {
                offer_again(model, draft, Again { saved, line, remark: message });
            }
            Vec::new()
        }
        (EditorOutcome::Node(node), saved) => save_node(model, draft, *node, saved),
        (EditorOutcome::Syllabus(syllabus), saved) => save_syllabus(model, draft, *syllabus, saved),
    }
}

fn offer_again(model: &mut Model, draft: Draft, again: Again) {
    let title = "The text cannot be used. Open it again?".to_owned();
    let line = again.line.map(|line| format!("Line {line}: ")).unwrap_or_default();
    let mut lines = vec![format!("{line}{}", again.remark.lines().next().unwrap_or_default())];
    lines.push(format!("Nothing is lost: it is in {}", reveal_line(&again.saved.kept)));
    // Below what the curator may have opened meanwhile: its keys are not answers to this.
    model.overlays.insert(0, Overlay::Confirm(Confirm { title, lines, then: Then::Reopen { draft, again } }));
}

/// The curator does not want the editor again: the text stays where it is.
pub(super) fn keep(model: &mut Model, again: &Again) {
    say_kept(model, &again.saved);
}

fn say_kept(model: &mut Model, saved: &Saved) {
    let kept = reveal_line(&saved.kept).into_owned();
    model.say(Level::Warning, format!("Nothing was saved; your text is in {kept}"));
    model.last = Some(format!("not saved; the text is in {kept}"));
}

/// What was submitted from a text is on disk.
pub(super) fn done(written: Written) -> Vec<Effect> {
    vec![Effect::ForgetText(written.saved.kept)]
}

/// What was submitted from a text was refused. Where others changed the same keys meanwhile the text
/// is from now on a change of what they wrote, and they are shown above it.
pub(super) fn refused(model: &mut Model, written: Written, refusal: &Refusal) {
    let Written { draft, saved, node } = written;
    let mut remark = vec![refusal.what.clone()];
    remark.extend(refusal.hint.as_ref().map(|hint| format!("What to do: {hint}.")));
    let now = node.as_ref().and_then(|node| model.snapshot.tree.node(node.id));
    let draft = match (draft, node, now) {
        (Draft::Node(opened), Some(written), Some(now)) => {
            let (base, theirs) = Step::onto(&opened, &written, now);
            for (key, value) in theirs {
                remark.push(format!("{key} is now: {value}"));
            }
            Draft::Node(Box::new(base))
        }
        (draft, ..) => draft,
    };
    offer_again(model, draft, Again { saved, line: None, remark: remark.join("\n") });
}

fn send(model: &mut Model, decision: Decision, draft: Draft, saved: Option<Saved>, node: Option<Node>) -> Vec<Effect> {
    let effects = decide::commit(model, decision);
    if let (Some(Effect::Submit { id, .. }), Some(saved)) = (effects.first(), saved) {
        let written = Written { draft, saved, node: node.map(Box::new) };
        model.written.push((*id, written));
    }
    effects
}

fn save_node(model: &mut Model, draft: Draft, node: Node, saved: Option<Saved>) -> Vec<Effect> {
    let (before, is_proposal) = match &draft {
        Draft::Proposal { node, .. } => (node.clone(), true),
        Draft::Node(node) => (node.clone(), false),
        Draft::Syllabus { .. } => return Vec::new(),
    };
    let wrong = if (node.id, node.kind) != (before.id, before.kind) {
        Some("The id and the kind of a node cannot be edited.")
    } else if node.facts.name.is_blank() {
        Some("A node needs a name.")
    } else if is_proposal && *before != (Node { facts: before.facts.clone(), ..node.clone() }) {
        Some("A proposal has name, aliases, level, scope and subtopics alone; accept it, then add the rest.")
    } else {
        None
    };
    match (wrong, saved) {
        (Some(wrong), Some(saved)) => {
            offer_again(model, draft, Again { saved, line: None, remark: wrong.to_owned() });
            Vec::new()
        }
        (Some(wrong), None) => {
            model.say(Level::Error, wrong);
            Vec::new()
        }
        (None, saved) if is_proposal => match form::facts_decision(model, node.id, &before.facts, node.facts) {
            Ok(decision) => send(model, decision, draft, saved, None),
            Err(why) => {
                model.say(Level::Info, why);
                match saved {
                    // Nothing of it differs from what there is.
                    Some(saved) if model.snapshot.facts(node.id).is_some() => vec![Effect::ForgetText(saved.kept)],
                    Some(saved) => {
                        say_kept(model, &saved);
                        Vec::new()
                    }
                    None => Vec::new(),
                }
            }
        },
        (None, saved) => {
            let op = Op::Rework { from: before, to: Box::new(node.clone()) };
            let decision = Decision { op, nodes: vec![node.id], accepts: false, go_on: false };
            send(model, decision, draft, saved, Some(node))
        }
    }
}

fn save_syllabus(model: &mut Model, draft: Draft, syllabus: Syllabus, saved: Option<Saved>) -> Vec<Effect> {
    let Draft::Syllabus { on, syllabus: opened } = draft.clone() else { return Vec::new() };
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
    send(model, Decision { op, nodes, accepts: false, go_on: false }, draft, saved, None)
}
