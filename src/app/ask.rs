//! Asking a model: for children, for a syllabus, again with a reason. Proposals stream into the
//! tree while the curator works on.

use super::effect::{JobId, What};
use super::overlay::{Confirm, Line, Purpose, Then};
use super::{Digest, Effect, Field, JobEvent, Level, Model, Overlay, Screen, preview, words};
use crate::input::Action;
use crate::taxonomy::{Body, Kind, NodeId, Part, ProposalId, Snapshot, State, Trim};

/// One question to a model that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its name.
    pub id: JobId,
    /// About which node; `None` is the root.
    pub node: Option<NodeId>,
    /// For what.
    pub what: What,
    /// Runs under way at the beginning; 0 where that is not known yet.
    pub runs: usize,
    /// Runs that are over.
    pub answered: usize,
    /// Proposals so far.
    pub arrived: usize,
}

/// Carries out the actions of this area; `None` where the action is another's.
pub(super) fn handle(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    Some(match action {
        Action::AskModel => ask_here(model),
        Action::AskSyllabus => ask_for_syllabi(model),
        Action::StopAsking => {
            let jobs: Vec<JobId> = model.jobs.iter().map(|job| job.id).collect();
            let embedding = model.meaning.progress.map(|_| Effect::StopEmbedding);
            jobs.into_iter().map(Effect::CancelJob).chain(embedding).collect()
        }
        _ => return None,
    })
}

fn ask_here(model: &mut Model) -> Vec<Effect> {
    if !model.tree.marks.is_empty() {
        return ask_for_marks(model);
    }
    let Some(node) = model.tree.cursor else { return ask_for_words(model, None, What::Children, None) };
    if let Some(proposal) = model.proposal_of(node) {
        let reason = match &proposal.state {
            State::Rejected { reason, note } => {
                note.as_ref().map_or_else(|| reason.title().to_owned(), |note| note.line().into_owned())
            }
            _ => String::new(),
        };
        let parent = super::rows::parent_row(&model.snapshot, node);
        return ask_for_words(model, parent, What::Children, Some(reason));
    }
    let is_subject = model.snapshot.tree.node(node).is_some_and(|node| node.kind == Kind::Subject);
    let what = if is_subject { What::Syllabus } else { What::Children };
    ask_for_words(model, Some(node), what, None)
}

/// The questions that the marks stand for, each once: for a proposal those of its parent again, for an
/// accepted node what is below it, for a subject its syllabus.
fn ask_for_marks(model: &mut Model) -> Vec<Effect> {
    let mut places: Vec<(Option<NodeId>, What)> = Vec::new();
    for node in super::decide::targets(model) {
        let is_subject = model.snapshot.tree.node(node).is_some_and(|node| node.kind == Kind::Subject);
        let place = match model.proposal_of(node) {
            Some(_) => (super::rows::parent_row(&model.snapshot, node), What::Children),
            None if is_subject => (Some(node), What::Syllabus),
            None => (Some(node), What::Children),
        };
        let is_there = place.0.is_none_or(|node| model.snapshot.tree.is_active(node));
        if is_there && !places.contains(&place) {
            places.push(place);
        }
    }
    let Some((first, _)) = places.first() else {
        model.say(Level::Warning, "The parents of the marked proposals are not accepted yet; accept them first.");
        return Vec::new();
    };
    let (count, first) = (words::count(places.len(), "question", "questions"), place(&model.snapshot, *first));
    let title = format!("{count} to the model (first: {first}); what should be different?");
    super::decide::ask(model, title, Purpose::AskMany(places))
}

/// Starts the questions that the marks stood for.
pub(super) fn ask_many(model: &mut Model, places: Vec<(Option<NodeId>, What)>, reason: &str) -> Vec<Effect> {
    super::tree::clear_marks(model);
    let reason = (!reason.is_empty()).then(|| reason.to_owned());
    places.into_iter().flat_map(|(node, what)| ask(model, node, what, reason.clone(), Trim::default())).collect()
}

/// Asks what is wanted in particular, or, where there is something already, what should be
/// different; `again` is what to begin with then. Says what the model will be told.
fn ask_for_words(model: &mut Model, node: Option<NodeId>, what: What, again: Option<String>) -> Vec<Effect> {
    if is_asked(model, node, what) {
        return Vec::new();
    }
    let at = place(&model.snapshot, node);
    let is_there = node.is_some_and(|id| {
        let accepted = model.snapshot.tree.node(id).is_some_and(|node| node.syllabus.is_some());
        accepted || model.snapshot.record.proposed_syllabi(id).next().is_some()
    });
    let title = match what {
        What::Children if again.is_some() => format!("What should be different below {at}?"),
        What::Children => format!("Ask below {at}; anything in particular?"),
        What::Syllabus | What::Session if is_there => format!("What should be different in another syllabus for {at}?"),
        What::Syllabus | What::Session => format!("Ask for the syllabus of {at}; anything in particular?"),
    };
    let lessons = preview::lessons(&model.snapshot, node, what);
    let counts = Part::ALL.map(|part| lessons.count(part));
    let purpose = Purpose::Ask { node, what, counts, trim: Trim::default() };
    let field = Field::new(&again.unwrap_or_default());
    model.overlays.push(Overlay::Line(Line { title, field, purpose }));
    Vec::new()
}

/// Whether a question is under way; says so.
fn is_asked(model: &mut Model, node: Option<NodeId>, what: What) -> bool {
    let asked = model.jobs.iter().any(|job| (job.node, job.what) == (node, what));
    if asked {
        model.say(Level::Warning, "Already asking that.");
    }
    asked
}

fn place(snapshot: &Snapshot, node: Option<NodeId>) -> String {
    node.map_or_else(|| "the root".to_owned(), |node| words::quoted(&snapshot.name(node)))
}

/// Starts one question.
pub(super) fn ask(
    model: &mut Model,
    node: Option<NodeId>,
    what: What,
    reason: Option<String>,
    trim: Trim,
) -> Vec<Effect> {
    if is_asked(model, node, what) {
        return Vec::new();
    }
    let job = model.new_job();
    model.jobs.push(Job { id: job, node, what, runs: 0, answered: 0, arrived: 0 });
    if let Some(node) = node {
        model.unfold(node);
    }
    vec![Effect::AskModel { job, node, what, reason, trim }]
}

/// The subjects at and below a node that have no syllabus, nor one to decide on.
fn without_syllabus(model: &Model, node: Option<NodeId>) -> Vec<NodeId> {
    let all = model.snapshot.tree.subtree(node).into_iter();
    all.filter(|id| lacks_syllabus(&model.snapshot, &model.digest, *id)).collect()
}

/// Whether a node is a subject that nobody has proposed a syllabus for.
pub(super) fn lacks_syllabus(snapshot: &Snapshot, digest: &Digest, id: NodeId) -> bool {
    let node = snapshot.tree.node(id);
    node.is_some_and(|node| node.kind == Kind::Subject && node.syllabus.is_none())
        && !digest.has_open_syllabus(id)
        && snapshot.tree.is_active(id)
}

/// Whether a node (`None`: the taxonomy) is or holds such a subject.
pub(super) fn lacks_below(snapshot: &Snapshot, digest: &Digest, node: Option<NodeId>) -> bool {
    let mut open = vec![node];
    while let Some(at) = open.pop() {
        if at.is_some_and(|id| lacks_syllabus(snapshot, digest, id)) {
            return true;
        }
        open.extend(snapshot.tree.children(at).iter().copied().map(Some));
    }
    false
}

fn ask_for_syllabi(model: &mut Model) -> Vec<Effect> {
    if model.screen == Screen::Syllabus {
        let node = model.syllabus.subject;
        return ask_for_words(model, node, What::Syllabus, None);
    }
    let subjects = without_syllabus(model, model.tree.cursor);
    if let [one] = subjects[..] {
        return ask(model, Some(one), What::Syllabus, None, Trim::default());
    }
    let title = format!("Ask for the syllabi of {} subjects?", subjects.len());
    let mut lines = vec![words::names(&model.snapshot, &subjects)];
    lines.push("One question each; what arrives is decided on one by one.".to_owned());
    model.overlays.push(Overlay::Confirm(Confirm { title, lines, then: Then::AskSyllabi(subjects) }));
    Vec::new()
}

/// Starts one question for each subject.
pub(super) fn ask_syllabi(model: &mut Model, subjects: Vec<NodeId>) -> Vec<Effect> {
    subjects.into_iter().flat_map(|subject| ask(model, Some(subject), What::Syllabus, None, Trim::default())).collect()
}

/// Takes in how a question goes.
pub(super) fn event(model: &mut Model, id: JobId, event: JobEvent) {
    let Some(at) = model.jobs.iter().position(|job| job.id == id) else { return };
    super::syllabus_ask::ended(model, id, &event);
    match event {
        JobEvent::Began(runs) => model.jobs[at].runs = runs,
        JobEvent::Arrived(count) => {
            model.jobs[at].answered += 1;
            model.jobs[at].arrived += count;
        }
        JobEvent::Finished { added, remark } => {
            let job = model.jobs.remove(at);
            let about = place(&model.snapshot, job.node);
            let what = match job.what {
                What::Children => words::count(added, "new proposal", "new proposals"),
                What::Syllabus | What::Session if added == 0 => "no new syllabus".to_owned(),
                What::Syllabus | What::Session => words::count(added, "syllabus to decide on", "syllabi to decide on"),
            };
            let level = if added > 0 || remark.is_empty() { Level::Info } else { Level::Warning };
            let hint = (!remark.is_empty()).then_some(remark);
            let text = format!("{about}: {what}.");
            if added > 0 {
                // The message goes after three seconds; who was away reads it here.
                let next = model.keymap.keys_for(Action::NextPending, Screen::Curate.context());
                let next = next.first().map(|key| format!(" ({key})")).unwrap_or_default();
                model.last = Some(format!("{text}{next}"));
            }
            model.say_with_hint(level, text, hint);
        }
        JobEvent::Session { batch, session } => super::syllabus_ask::arrived(model, id, batch, session),
        JobEvent::Failed(why) => {
            model.jobs.remove(at);
            model.say(Level::Error, why);
        }
        JobEvent::Cancelled => {
            model.jobs.remove(at);
            model.say(Level::Info, "Stopped asking; what has arrived stays.");
        }
    }
}

/// Why a model cannot be asked about the focused row.
pub(super) fn why_not(model: &Model) -> Option<&'static str> {
    let node = model.tree.cursor?;
    if model.snapshot.tree.entry(node).is_some() {
        return (!model.snapshot.tree.is_active(node)).then_some("It is deprecated; restore it first.");
    }
    let parent = model.snapshot.record.proposal(ProposalId::of_node(node)).map(|proposal| &proposal.body);
    match parent {
        Some(Body::Node { parent: Some(parent), .. }) if model.snapshot.tree.entry(*parent).is_none() => {
            Some("Its parent is not accepted yet; accept that first.")
        }
        Some(_) => None,
        None => Some("It is no longer there."),
    }
}
