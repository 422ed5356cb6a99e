//! Changing a syllabus: each change is one op, on a proposed syllabus a revision, on an accepted
//! one an edit of its subject.

use super::decide::{self, Decision, reason_of};
use super::overlay::{Line, Purpose};
use super::syllabus::{Column, Version};
use super::{Effect, Field, Level, Model, Overlay, words};
use crate::input::Action;
use crate::taxonomy::{Node, Op, Reason, Session, SessionId, Syllabus};

/// Carries out the actions of this area; `None` where the action is another's.
pub(super) fn handle(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    if let Some(reason) = reason_of(action) {
        return Some(remove(model, reason));
    }
    let session = model.syllabus.session(&model.snapshot).map(|session| session.id.clone());
    match (action, session) {
        (Action::Edit, Some(session)) => edit_cell(model, session),
        (Action::AddRow, session) => {
            ask(model, "Title of the new class session", "", Purpose::AddSession(session));
        }
        (Action::AddConcept, Some(session)) => {
            ask(model, "New key concept", "", Purpose::AddConcept(session));
        }
        (Action::MoveRowDown, Some(session)) => return Some(move_row(model, &session, true)),
        (Action::MoveRowUp, Some(session)) => return Some(move_row(model, &session, false)),
        (Action::Edit | Action::AddConcept | Action::MoveRowDown | Action::MoveRowUp, None) => {}
        _ => return None,
    }
    Some(Vec::new())
}

fn ask(model: &mut Model, title: &str, text: &str, purpose: Purpose) {
    let line = Line { title: title.to_owned(), field: Field::new(text), purpose };
    model.overlays.push(Overlay::Line(line));
}

fn edit_cell(model: &mut Model, session: SessionId) {
    let Some(focused) = model.syllabus.session(&model.snapshot) else { return };
    let (title, text, concept) = match model.syllabus.cell() {
        Column::Title => ("Title", focused.title.raw(), None),
        Column::Concept(at) => match focused.concepts.get(at) {
            Some(concept) => ("Key concept", concept.raw(), Some(at)),
            None => return,
        },
    };
    let text = text.to_owned();
    ask(model, title, &text, Purpose::Cell { session, concept });
}

/// The text of a cell, a session or a concept was typed.
pub(super) fn typed(model: &mut Model, purpose: Purpose, text: &str) -> Vec<Effect> {
    if text.is_empty() {
        model.say(Level::Info, "Nothing was changed.");
        return Vec::new();
    }
    let Some(mut syllabus) = base(model) else { return Vec::new() };
    match purpose {
        Purpose::Cell { session, concept } => {
            let Some(session) = find(&mut syllabus, &session) else { return gone(model) };
            let cell = match concept {
                None => Some(&mut session.title),
                Some(at) => session.concepts.get_mut(at),
            };
            let Some(cell) = cell else { return gone(model) };
            *cell = text.into();
        }
        Purpose::AddConcept(session) => {
            let Some(session) = find(&mut syllabus, &session) else { return gone(model) };
            session.concepts.push(text.into());
            model.syllabus.column = session.concepts.len();
        }
        Purpose::AddSession(after) => {
            let at = after.and_then(|after| syllabus.session(&after)).map_or(0, |(at, _)| at + 1);
            let id = syllabus.free_session_id();
            let session = Session { id, title: text.into(), description: "".into(), concepts: Vec::new() };
            syllabus.sessions.insert(at, session);
            (model.syllabus.row, model.syllabus.column) = (at, 0);
        }
        _ => return Vec::new(),
    }
    save(model, syllabus)
}

fn find<'a>(syllabus: &'a mut Syllabus, id: &SessionId) -> Option<&'a mut Session> {
    syllabus.sessions.iter_mut().find(|session| session.id == *id)
}

fn gone(model: &mut Model) -> Vec<Effect> {
    model.say(Level::Warning, "That is no longer there; nothing was changed.");
    Vec::new()
}

/// Removes the focused cell; on a title the whole class session.
fn remove(model: &mut Model, reason: Reason) -> Vec<Effect> {
    let Some(mut syllabus) = base(model) else { return Vec::new() };
    let row = model.syllabus.row;
    let removed = match model.syllabus.cell() {
        Column::Title if row < syllabus.sessions.len() => syllabus.sessions.remove(row).title,
        Column::Concept(at) if syllabus.sessions.get(row).is_some_and(|session| at < session.concepts.len()) => {
            syllabus.sessions[row].concepts.remove(at)
        }
        _ => return Vec::new(),
    };
    model.say(Level::Info, format!("Removed {}: {}.", words::quoted(&removed), reason.title()));
    save_because(model, syllabus, Some(reason))
}

fn move_row(model: &mut Model, session: &SessionId, down: bool) -> Vec<Effect> {
    let Some(mut syllabus) = base(model) else { return Vec::new() };
    let Some((from, _)) = syllabus.session(session) else { return Vec::new() };
    // While a move is on its way the cursor is ahead of what is on the screen.
    let from = if model.syllabus.working.is_some() { model.syllabus.row } else { from };
    let to = if down { from + 1 } else { from.wrapping_sub(1) };
    if from >= syllabus.sessions.len() || to >= syllabus.sessions.len() {
        return Vec::new();
    }
    syllabus.sessions.swap(from, to);
    model.syllabus.row = to;
    save(model, syllabus)
}

/// The content that the next change starts from.
fn base(model: &Model) -> Option<Syllabus> {
    let on_disk = || model.syllabus.content(&model.snapshot).cloned();
    model.syllabus.working.clone().or_else(on_disk)
}

fn save(model: &mut Model, syllabus: Syllabus) -> Vec<Effect> {
    save_because(model, syllabus, None)
}

fn save_because(model: &mut Model, syllabus: Syllabus, reason: Option<Reason>) -> Vec<Effect> {
    let screen = &mut model.syllabus;
    let (Some(subject), Some(version)) = (screen.subject, screen.version) else { return Vec::new() };
    screen.working = Some(syllabus.clone());
    let op = match version {
        Version::Proposed(on) => Op::Revise { on, to: Box::new(syllabus), reason, note: None },
        Version::Accepted => match model.snapshot.tree.node(subject) {
            Some(node) => Op::Edit(Box::new(Node { syllabus: Some(syllabus), ..(**node).clone() })),
            None => return Vec::new(),
        },
    };
    decide::commit(model, Decision { op, nodes: vec![subject], accepts: false, go_on: false })
}
