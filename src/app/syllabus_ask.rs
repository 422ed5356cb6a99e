//! Asking a model for one class session again, while the curator goes on. What comes back
//! replaces the session in a pending syllabus as a revision that undo takes back, unless somebody
//! changed the session meanwhile; for an accepted syllabus it is put forward as a new version,
//! because nothing a model says gets into the tree without a decision.

use super::decide::{self, Decision};
use super::overlay::{Line, Purpose};
use super::syllabus::SyllabusScreen;
use super::syllabus_edit::{self, Grounds};
use super::{Effect, Field, Job, JobEvent, JobId, Level, Model, Overlay, WhyNot, effect::What, words};
use crate::taxonomy::{BatchId, Body, NodeId, ProposalId, Session, SessionId, Syllabus};

/// One session that a model is asked for again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowQuestion {
    /// The question.
    pub job: JobId,
    /// Whose syllabus.
    pub subject: NodeId,
    /// Which pending syllabus; `None` is the one in the tree.
    pub on: Option<ProposalId>,
    /// The session as it was when the model was asked.
    pub before: Session,
    /// What should be different, in the curator's words; may be empty.
    pub reason: String,
    /// What came back, while it waits for a change of the syllabus to be saved.
    pub(super) reply: Option<(BatchId, Box<Session>)>,
}

impl SyllabusScreen {
    /// The question about a session of the syllabus on the screen, if one is under way.
    #[must_use]
    pub fn question(&self, session: &SessionId) -> Option<&RowQuestion> {
        let is_it = |question: &&RowQuestion| {
            Some(question.subject) == self.subject && question.on == self.proposal() && question.before.id == *session
        };
        self.questions.iter().find(is_it)
    }
}

/// Why the focused session cannot be asked for.
pub(super) fn can(model: &Model) -> Result<(), WhyNot> {
    match model.syllabus.session(&model.snapshot) {
        None => Err(WhyNot::new("There is no session to ask for again.")),
        Some(session) if model.syllabus.question(&session.id).is_some() => {
            Err(WhyNot::new("The model is being asked for this session already."))
        }
        Some(_) => Ok(()),
    }
}

/// Asks what should be different.
pub(super) fn ask_for_reason(model: &mut Model) {
    let Some(session) = model.syllabus.session(&model.snapshot) else { return };
    let title = format!("What should be different in {}?", words::quoted(&session.title));
    let purpose = Purpose::AskSession(session.id.clone());
    model.overlays.push(Overlay::Line(Line { title, field: Field::default(), purpose }));
}

/// Starts the question.
pub(super) fn ask(model: &mut Model, session: &SessionId, reason: &str) -> Vec<Effect> {
    let (Some(subject), Some(within)) = (model.syllabus.subject, syllabus_edit::base(model)) else { return Vec::new() };
    let Some((_, before)) = within.session(session) else { return syllabus_edit::gone(model) };
    let before = before.clone();
    let (job, on) = (model.new_job(), model.syllabus.proposal());
    model.jobs.push(Job { id: job, node: Some(subject), what: What::Session, runs: 1, answered: 0, arrived: 0 });
    let reason = reason.to_owned();
    let asked = Effect::AskSession {
        job,
        subject,
        is_accepted: on.is_none(),
        within: Box::new(within),
        session: session.clone(),
        reason: Some(reason.clone()).filter(|reason| !reason.is_empty()),
    };
    model.syllabus.questions.push(RowQuestion { job, subject, on, before, reason, reply: None });
    vec![asked]
}

/// A session came back.
pub(super) fn arrived(model: &mut Model, id: JobId, batch: BatchId, session: Box<Session>) {
    model.jobs.retain(|job| job.id != id);
    if let Some(question) = model.syllabus.questions.iter_mut().find(|question| question.job == id) {
        question.reply = Some((batch, session));
    }
}

/// Forgets questions that ended without a session.
pub(super) fn ended(model: &mut Model, id: JobId, event: &JobEvent) {
    if matches!(event, JobEvent::Finished { .. } | JobEvent::Failed(_) | JobEvent::Cancelled) {
        model.syllabus.questions.retain(|question| question.job != id);
    }
}

/// Puts sessions that came back into their syllabi, once no other change is on its way there.
pub(super) fn settle(model: &mut Model) -> Vec<Effect> {
    // A text that is being typed is about a cell as it is on the screen.
    if !model.overlays.is_empty() || !model.syllabus.questions.iter().any(|question| question.reply.is_some()) {
        return Vec::new();
    }
    let ready = |question: &RowQuestion| question.reply.is_some() && !model.saving.decides(question.subject);
    let Some(at) = model.syllabus.questions.iter().position(ready) else { return Vec::new() };
    let RowQuestion { subject, on, before, reason, reply, .. } = model.syllabus.questions.remove(at);
    let (Some(on), Some((batch, session))) = (on, reply) else { return Vec::new() };
    let title = words::quoted(&before.title);
    let Some(to) = replaced(model, on, &before, *session) else {
        let text = format!("{title} was changed while the model was asked; the change stays.");
        model.say_with_hint(Level::Warning, text, Some(format!("the reply is kept in {batch}; ask again to use one")));
        return Vec::new();
    };
    let number = to.session(&before.id).map_or(0, |(row, _)| row + 1);
    let now = to.session(&before.id).map(|(_, session)| words::quoted(&session.title)).unwrap_or_default();
    model.say(Level::Info, format!("Session {number} is new: {title} became {now}. Look at it; undo takes it back."));
    let note = (!reason.is_empty()).then(|| reason.as_str().into());
    let op = Grounds { reason: None, note, batch: Some(batch) }.revise(on, to);
    decide::commit(model, Decision { op, nodes: vec![subject], accepts: false, go_on: false })
}

/// The pending syllabus with a session in the place of what is still there as it was.
fn replaced(model: &Model, on: ProposalId, before: &Session, session: Session) -> Option<Syllabus> {
    let proposal = model.snapshot.record.proposal(on).filter(|proposal| proposal.state.is_open())?;
    let Body::Syllabus { syllabus, .. } = &proposal.body else { return None };
    let mut syllabus = syllabus.clone();
    let place = syllabus.sessions.iter_mut().find(|session| *session == before)?;
    *place = Session { id: before.id.clone(), ..session };
    Some(syllabus)
}
