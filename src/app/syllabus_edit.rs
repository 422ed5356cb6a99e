//! Changing a syllabus: each change is one op, on a proposed syllabus a revision, on an accepted
//! one an edit of its subject.

use super::decide::{self, Decision, reason_of};
use super::overlay::{Line, Purpose};
use super::syllabus::{Column, Version};
use super::{Effect, Field, Level, Model, Overlay, syllabus_move, words};
use crate::input::Action;
use crate::taxonomy::{BatchId, Node, Op, ProposalId, Reason, Session, SessionId, Syllabus, Untrusted};

/// Why a syllabus is changed, for the log.
#[derive(Debug, Clone, Default)]
pub(super) struct Grounds {
    /// What was wrong with what goes.
    pub reason: Option<Reason>,
    /// In own words.
    pub note: Option<Untrusted>,
    /// The exchange with a model that the new text comes from.
    pub batch: Option<BatchId>,
}

impl Grounds {
    /// The op that changes a pending syllabus.
    pub fn revise(self, on: ProposalId, to: Syllabus) -> Op {
        Op::Revise { on, to: Box::new(to), reason: self.reason, note: self.note, batch: self.batch }
    }
}

/// Carries out the actions of this area; `None` where the action is another's.
pub(super) fn handle(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    if let Some(reason) = reason_of(action) {
        return Some(remove_focused(model, reason));
    }
    let session = model.syllabus.session(&model.snapshot).map(|session| session.id.clone());
    match (action, session) {
        (Action::Edit, Some(session)) => edit_cell(model, session),
        (Action::AddRow, session) => {
            ask(model, "Title of the new class session", "", Purpose::AddSession(session));
        }
        (Action::AddConcept, Some(session)) => {
            ask(model, "New key concept (; between several)", "", Purpose::AddConcept(session));
        }
        (Action::EditDescription, Some(session)) => edit_description(model, session),
        (Action::RejectOwnWords, Some(session)) => ask_for_words(model, session),
        (Action::Place, Some(session)) => ask_for_place(model, session),
        (Action::MoveRowDown, Some(session)) => return Some(move_row(model, &session, true)),
        (Action::MoveRowUp, Some(session)) => return Some(move_row(model, &session, false)),
        (
            Action::Edit
            | Action::EditDescription
            | Action::RejectOwnWords
            | Action::Place
            | Action::AddConcept
            | Action::MoveRowDown
            | Action::MoveRowUp,
            None,
        ) => {}
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

fn edit_description(model: &mut Model, session: SessionId) {
    let Some(focused) = model.syllabus.session(&model.snapshot) else { return };
    let title = format!("What happens in {}", words::quoted(&focused.title));
    let text = focused.description.raw().to_owned();
    ask(model, &title, &text, Purpose::Description(session));
}

/// The name of the focused cell, and the concept's place where it is one.
fn focused_cell(model: &Model) -> Option<(Untrusted, Option<usize>)> {
    let focused = model.syllabus.session(&model.snapshot)?;
    match model.syllabus.cell() {
        Column::Title => Some((focused.title.clone(), None)),
        Column::Concept(at) => Some((focused.concepts.get(at)?.clone(), Some(at))),
    }
}

fn ask_for_words(model: &mut Model, session: SessionId) {
    let Some((name, concept)) = focused_cell(model) else { return };
    ask(model, &format!("Why not {}?", words::quoted(&name)), "", Purpose::RejectCell { session, concept });
}

fn ask_for_place(model: &mut Model, session: SessionId) {
    let Some((name, concept)) = focused_cell(model) else { return };
    let title = match concept {
        None => format!("New number for {}", words::quoted(&name)),
        Some(_) => format!("Number of the session for {}", words::quoted(&name)),
    };
    ask(model, &title, "", Purpose::PlaceCell { session, concept });
}

/// The text of a cell, a session or a concept was typed.
pub(super) fn typed(model: &mut Model, purpose: Purpose, text: &str) -> Vec<Effect> {
    if let Purpose::AskSession(session) = &purpose {
        return super::syllabus_ask::ask(model, session, text);
    }
    if text.is_empty() && !matches!(purpose, Purpose::Description(_)) {
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
            let new = text.split(';').map(str::trim).filter(|concept| !concept.is_empty());
            session.concepts.extend(new.map(Untrusted::from));
            model.syllabus.column = session.concepts.len();
        }
        Purpose::AddSession(after) => {
            let at = after.and_then(|after| syllabus.session(&after)).map_or(0, |(at, _)| at + 1);
            let id = syllabus.free_session_id();
            let session = Session { id, title: text.into(), description: "".into(), concepts: Vec::new() };
            syllabus.sessions.insert(at, session);
            (model.syllabus.row, model.syllabus.column) = (at, 0);
        }
        Purpose::Description(session) => {
            let Some(session) = find(&mut syllabus, &session) else { return gone(model) };
            session.description = text.into();
        }
        Purpose::RejectCell { session, concept } => {
            let grounds = Grounds { reason: Some(Reason::Other), note: Some(text.into()), batch: None };
            return remove(model, syllabus, &session, concept, grounds);
        }
        Purpose::PlaceCell { session, concept } => return place(model, syllabus, &session, concept, text),
        _ => return Vec::new(),
    }
    save(model, syllabus, Grounds::default())
}

/// Gives a session another number, or a concept to another session.
fn place(
    model: &mut Model,
    mut syllabus: Syllabus,
    session: &SessionId,
    concept: Option<usize>,
    number: &str,
) -> Vec<Effect> {
    let last = syllabus.sessions.len();
    let Some(to) = number.parse().ok().filter(|to| (1..=last).contains(to)).map(|to: usize| to - 1) else {
        model.say(Level::Warning, format!("Sessions have the numbers 1 to {last}; nothing was moved."));
        return Vec::new();
    };
    let Some((from, _)) = syllabus.session(session) else { return gone(model) };
    if from == to {
        model.say(Level::Info, "It is there already.");
        return Vec::new();
    }
    match concept {
        None => {
            let session = syllabus.sessions.remove(from);
            syllabus.sessions.insert(to, session);
            model.syllabus.row = to;
        }
        Some(at) if at < syllabus.sessions[from].concepts.len() => {
            let concept = syllabus.sessions[from].concepts.remove(at);
            syllabus.sessions[to].concepts.push(concept);
        }
        Some(_) => return gone(model),
    }
    save(model, syllabus, Grounds::default())
}

fn find<'a>(syllabus: &'a mut Syllabus, id: &SessionId) -> Option<&'a mut Session> {
    syllabus.sessions.iter_mut().find(|session| session.id == *id)
}

pub(super) fn gone(model: &mut Model) -> Vec<Effect> {
    model.say(Level::Warning, "That is no longer there; nothing was changed.");
    Vec::new()
}

fn remove_focused(model: &mut Model, reason: Reason) -> Vec<Effect> {
    let Some(syllabus) = base(model) else { return Vec::new() };
    let Some(session) = syllabus.sessions.get(model.syllabus.row).map(|session| session.id.clone()) else {
        return Vec::new();
    };
    let concept = match model.syllabus.cell() {
        Column::Title => None,
        Column::Concept(at) => Some(at),
    };
    remove(model, syllabus, &session, concept, Grounds { reason: Some(reason), ..Grounds::default() })
}

/// Removes a key concept, or without one the whole class session; the cursor goes to the next flagged
/// cell of the row, if it has one.
fn remove(
    model: &mut Model,
    mut syllabus: Syllabus,
    session: &SessionId,
    concept: Option<usize>,
    grounds: Grounds,
) -> Vec<Effect> {
    let Some((row, found)) = syllabus.session(session) else { return gone(model) };
    let removed = match concept {
        None => syllabus.sessions.remove(row).title,
        Some(at) if at < found.concepts.len() => syllabus.sessions[row].concepts.remove(at),
        Some(_) => return gone(model),
    };
    let why = match (&grounds.note, grounds.reason) {
        (Some(note), _) => note.line().into_owned(),
        (None, reason) => reason.map_or("", Reason::title).to_owned(),
    };
    model.say(Level::Info, format!("Removed {}: {why}.", words::quoted(&removed)));
    if let Some(at) = concept {
        let findings = model.look_at(&syllabus);
        let last = syllabus.sessions[row].concepts.len();
        model.syllabus.column = syllabus_move::first_flagged(&findings, row, at + 1).unwrap_or((at + 1).min(last));
    }
    save(model, syllabus, grounds)
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
    syllabus_move::in_teaching_order(model);
    save(model, syllabus, Grounds::default())
}

/// The content that the next change starts from.
pub(super) fn base(model: &Model) -> Option<Syllabus> {
    let on_disk = || model.syllabus.content(&model.snapshot).cloned();
    model.syllabus.working.clone().or_else(on_disk)
}

fn save(model: &mut Model, syllabus: Syllabus, grounds: Grounds) -> Vec<Effect> {
    let screen = &mut model.syllabus;
    let (Some(subject), Some(version)) = (screen.subject, screen.version) else { return Vec::new() };
    screen.working = Some(syllabus.clone());
    let op = match version {
        Version::Proposed(on) => grounds.revise(on, syllabus),
        Version::Accepted => match model.snapshot.tree.node(subject) {
            Some(node) => Op::Edit(Box::new(Node { syllabus: Some(syllabus), ..(**node).clone() })),
            None => return Vec::new(),
        },
    };
    decide::commit(model, Decision { op, nodes: vec![subject], accepts: false, go_on: false })
}
