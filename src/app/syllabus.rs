//! Reviewing a syllabus: one row per class session, one cell per key concept. This file knows
//! what is on the screen and accepts; `syllabus_move` moves about, `syllabus_edit` changes the
//! content, `syllabus_ask` asks for a session again.

use std::collections::{BTreeSet, HashMap};

use super::decide::{self, Decision};
use super::overlay::{Line, Purpose};
use super::syllabus_ask::RowQuestion;
use super::{Digest, Effect, Field, Level, Model, Overlay, Pane, WhyNot, syllabus_move, words};
use crate::input::Action;
use crate::taxonomy::lint::Finding;
use crate::taxonomy::review::{Difference, accepted_sessions, differences};
use crate::taxonomy::{Body, Change, EventId, Kind, NodeId, Op, ProposalId, Session, SessionId, Snapshot, Syllabus};

/// One of the syllabi of a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// To be decided.
    Proposed(ProposalId),
    /// The one in the tree.
    Accepted,
}

/// A cell of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The title of the class session.
    Title,
    /// A key concept, from 0.
    Concept(usize),
}

/// How far the review of one syllabus has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Review {
    /// Sessions that this curator accepted, as they stand: those in the log, and those on their
    /// way there.
    pub accepted: BTreeSet<SessionId>,
    /// Sessions that were on the screen.
    pub shown: BTreeSet<SessionId>,
}

/// One change of a pending syllabus, as far as it is about one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowChange {
    /// Which session; `None` is the introduction and the objectives.
    pub session: Option<SessionId>,
    /// Its number then.
    pub number: usize,
    /// What was done, made visible.
    pub what: Vec<String>,
    /// The session before, where most of it is another.
    pub before: Option<Session>,
    /// The event that did it.
    pub event: EventId,
}

/// The Syllabus screen.
#[derive(Debug, Clone, Default)]
pub struct SyllabusScreen {
    /// Whose syllabus.
    pub subject: Option<NodeId>,
    /// Which one.
    pub version: Option<Version>,
    /// The focused class session, from 0 in teaching order.
    pub row: usize,
    /// The focused cell: 0 is the title, then the key concepts.
    pub column: usize,
    /// Which pane has the movement keys.
    pub pane: Pane,
    /// How far the details are scrolled.
    pub scroll: usize,
    /// What deserves a look in the version on the screen.
    pub findings: Vec<Finding>,
    /// How the version on the screen was changed, the latest first.
    pub changes: Vec<RowChange>,
    /// The sessions that stand above the others, because they were flagged when that was asked
    /// for; `None` is teaching order.
    pub first: Option<BTreeSet<SessionId>>,
    /// Sessions that a model is asked for again, and replies that wait for a change to be saved.
    pub questions: Vec<RowQuestion>,
    pub(super) reviews: HashMap<(NodeId, Version), Review>,
    /// The content with the changes that are on their way to the disk: the base of the next one.
    pub(super) working: Option<Syllabus>,
    /// What the details are of that are scrolled.
    scrolled: Option<(NodeId, Version, usize)>,
}

impl SyllabusScreen {
    /// The syllabi there are to look at, those to decide first.
    #[must_use]
    pub fn versions(&self, snapshot: &Snapshot) -> Vec<Version> {
        self.subject.map(|subject| versions(snapshot, subject)).unwrap_or_default()
    }

    /// The proposal on the screen, if it is one.
    #[must_use]
    pub fn proposal(&self) -> Option<ProposalId> {
        match self.version? {
            Version::Proposed(id) => Some(id),
            Version::Accepted => None,
        }
    }

    /// The syllabus on the screen, as it is on disk.
    #[must_use]
    pub fn content<'a>(&self, snapshot: &'a Snapshot) -> Option<&'a Syllabus> {
        match self.version? {
            Version::Accepted => snapshot.tree.node(self.subject?)?.syllabus.as_ref(),
            Version::Proposed(id) => match &snapshot.record.proposal(id)?.body {
                Body::Syllabus { syllabus, .. } => Some(syllabus),
                Body::Node { .. } => None,
            },
        }
    }

    /// How far the review of the syllabus on the screen has come.
    #[must_use]
    pub fn review(&self) -> Option<&Review> {
        self.reviews.get(&(self.subject?, self.version?))
    }

    /// The focused class session.
    #[must_use]
    pub fn session<'a>(&self, snapshot: &'a Snapshot) -> Option<&'a Session> {
        self.content(snapshot)?.sessions.get(self.row)
    }

    /// The focused cell.
    #[must_use]
    pub fn cell(&self) -> Column {
        if self.column == 0 { Column::Title } else { Column::Concept(self.column - 1) }
    }

    /// Brings everything in line with a new snapshot.
    pub(super) fn refresh(&mut self, snapshot: &Snapshot, curator: &str, is_saving: bool) {
        if !is_saving {
            self.working = None;
        }
        let Some(subject) = self.subject else { return };
        let versions = versions(snapshot, subject);
        if !self.version.is_some_and(|version| versions.contains(&version)) {
            // What was accepted just now is in the tree; else the next one to decide.
            let accepted = versions.iter().find(|version| **version == Version::Accepted);
            self.version = accepted.or(versions.first()).copied();
            self.first = None;
        }
        if let (Some(Version::Proposed(on)), false) = (self.version, is_saving) {
            let accepted = accepted_sessions(snapshot, on, curator);
            self.reviews.entry((subject, Version::Proposed(on))).or_default().accepted = accepted;
        }
        self.changes = self.proposal().map(|on| changes(snapshot, on)).unwrap_or_default();
        let rows = self.content(snapshot).map_or(0, |content| content.sessions.len());
        self.row = self.row.min(rows.saturating_sub(1));
        let cells = self.session(snapshot).map_or(0, |session| session.concepts.len());
        self.column = self.column.min(cells);
    }

    /// Other details begin at their beginning.
    pub(super) fn settle_scroll(&mut self) {
        let now = self.subject.zip(self.version).map(|(subject, version)| (subject, version, self.row));
        if self.scrolled != now {
            (self.scrolled, self.scroll) = (now, 0);
        }
    }

    pub(super) fn review_mut(&mut self) -> Option<&mut Review> {
        Some(self.reviews.entry((self.subject?, self.version?)).or_default())
    }

    /// Whether this curator accepted a session as it stands; in the tree all are.
    #[must_use]
    pub fn is_accepted(&self, session: &SessionId) -> bool {
        self.version == Some(Version::Accepted) || self.review().is_some_and(|review| review.accepted.contains(session))
    }

    /// Notes which rows were on the screen.
    pub(super) fn note_shown(&mut self, snapshot: &Snapshot, rows: std::ops::Range<usize>) {
        let Some(content) = self.content(snapshot) else { return };
        let order = self.order(snapshot);
        let shown = order.into_iter().skip(rows.start).take(rows.len());
        let ids: Vec<SessionId> = shown.filter_map(|row| Some(content.sessions.get(row)?.id.clone())).collect();
        if let Some(review) = self.review_mut() {
            review.shown.extend(ids);
        }
    }

    /// How many class sessions were not on the screen yet.
    #[must_use]
    pub fn unseen(&self, snapshot: &Snapshot) -> usize {
        let Some(content) = self.content(snapshot) else { return 0 };
        let seen = |session: &&Session| self.review().is_some_and(|review| review.shown.contains(&session.id));
        content.sessions.len() - content.sessions.iter().filter(seen).count()
    }
}

/// How many differences make a session another.
const ANOTHER: usize = 4;

fn changes(snapshot: &Snapshot, on: ProposalId) -> Vec<RowChange> {
    let mut changes = Vec::new();
    for event in snapshot.record.events_on(on) {
        let Change::Revise { from, to, .. } = &event.change else { continue };
        for Difference { session, number, what } in differences(from, to) {
            let before = session.as_ref().filter(|_| what.len() >= ANOTHER).and_then(|id| from.session(id));
            let before = before.map(|(_, session)| session.clone());
            changes.push(RowChange { session, number, what, before, event: event.id });
        }
    }
    changes.reverse();
    changes
}

fn versions(snapshot: &Snapshot, subject: NodeId) -> Vec<Version> {
    let open = snapshot.open_syllabi(subject).map(|proposal| Version::Proposed(proposal.id));
    let accepted = snapshot.tree.node(subject).and_then(|node| node.syllabus.as_ref()).map(|_| Version::Accepted);
    open.chain(accepted).collect()
}

/// Whether a node is a subject with a syllabus to look at.
///
/// # Errors
/// Why not, and what to do.
pub(super) fn can_open(snapshot: &Snapshot, digest: &Digest, node: NodeId) -> Result<(), WhyNot> {
    match snapshot.facts(node) {
        Some((Kind::Subject, _)) if snapshot.tree.entry(node).is_none() => {
            Err(WhyNot::new("Accept the subject first; a syllabus comes after it."))
        }
        Some((Kind::Subject, _)) => {
            let accepted = snapshot.tree.node(node).is_some_and(|node| node.syllabus.is_some());
            if accepted || digest.has_open_syllabus(node) {
                Ok(())
            } else {
                Err(WhyNot::new("It has no syllabus yet; ask the model for one."))
            }
        }
        _ => Err(WhyNot::new("Only a subject has a syllabus; focus one.")),
    }
}

/// Shows the syllabus of a subject, flagged sessions first while it is to be decided.
pub(super) fn open(model: &mut Model, subject: NodeId) {
    let screen = &mut model.syllabus;
    let is_new = screen.subject != Some(subject);
    if is_new {
        (screen.subject, screen.version) = (Some(subject), None);
        (screen.row, screen.column, screen.working, screen.pane) = (0, 0, None, Pane::List);
    }
    // What is to be decided comes before what has been.
    let first = screen.versions(&model.snapshot).first().copied();
    screen.version = screen.version.or(first);
    let saving = model.saving.decides(subject);
    screen.refresh(&model.snapshot, &model.settings.curator, saving);
    if is_new {
        syllabus_move::begin(model);
    }
}

/// The same for the syllabus in the tree, at a row where one is given.
pub(super) fn open_at(model: &mut Model, subject: NodeId, row: Option<usize>) {
    open(model, subject);
    let screen = &mut model.syllabus;
    if screen.versions(&model.snapshot).contains(&Version::Accepted) && screen.version != Some(Version::Accepted) {
        (screen.version, screen.working, screen.first) = (Some(Version::Accepted), None, None);
        screen.refresh(&model.snapshot, &model.settings.curator, false);
    }
    if let Some(row) = row {
        (model.syllabus.row, model.syllabus.column) = (row, 0);
    }
}

/// Carries out the actions of this area; `None` where the action is another's.
pub(super) fn handle(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    if syllabus_move::handle(model, action) {
        return Some(Vec::new());
    }
    if let Some(effects) = super::syllabus_edit::handle(model, action) {
        return Some(effects);
    }
    match action {
        Action::Open => model.syllabus.pane = Pane::Detail,
        Action::AcceptRow => return Some(accept_row(model)),
        Action::NextPane => next_version(model, true),
        Action::PreviousPane => next_version(model, false),
        Action::AcceptSyllabus => return Some(accept_all(model)),
        Action::RejectSyllabus => ask_for_words(model),
        Action::AskModel => super::syllabus_ask::ask_for_reason(model),
        Action::Defer => return Some(decide_on(model, |on| Op::Defer { on })),
        Action::Flag => return Some(decide_on(model, |on| Op::Flag { on, note: None })),
        _ => return None,
    }
    Some(Vec::new())
}

/// Accepts the focused session and goes to the next that is not.
fn accept_row(model: &mut Model) -> Vec<Effect> {
    let screen = &mut model.syllabus;
    let (Some(subject), Some(on)) = (screen.subject, screen.proposal()) else { return Vec::new() };
    let Some(id) = screen.session(&model.snapshot).map(|session| session.id.clone()) else { return Vec::new() };
    if screen.question(&id).is_some() {
        // What comes back is decided on then.
        if !syllabus_move::next_open(model) {
            model.say(Level::Info, "The model is asked for this session again; decide on it when it is back.");
        }
        return Vec::new();
    }
    let known = screen.is_accepted(&id);
    if let Some(review) = screen.review_mut() {
        review.accepted.insert(id.clone());
    }
    if !syllabus_move::next_open(model) {
        let key = model.key(Action::AcceptSyllabus);
        let asked = model.syllabus.questions.iter().any(|question| question.on == Some(on));
        model.say(
            Level::Info,
            match asked {
                true => "Every session is accepted but what the model is asked for again.".to_owned(),
                false => format!("Every session is accepted; {key} accepts the syllabus."),
            },
        );
    }
    if known {
        return Vec::new();
    }
    let op = Op::Review { on, sessions: vec![id] };
    decide::commit(model, Decision { op, nodes: vec![subject], accepts: false, go_on: false })
}

fn next_version(model: &mut Model, forward: bool) {
    let versions = model.syllabus.versions(&model.snapshot);
    let count = versions.len();
    let Some(at) = versions.iter().position(|version| Some(*version) == model.syllabus.version) else { return };
    model.syllabus.version = Some(versions[(at + if forward { 1 } else { count - 1 }) % count]);
    model.syllabus.working = None;
    model.syllabus.refresh(&model.snapshot, &model.settings.curator, false);
    syllabus_move::begin(model);
}

fn decide_on(model: &mut Model, op: fn(Vec<ProposalId>) -> Op) -> Vec<Effect> {
    let Some(on) = model.syllabus.proposal() else { return Vec::new() };
    let nodes = model.syllabus.subject.into_iter().collect();
    decide::commit(model, Decision { op: op(vec![on]), nodes, accepts: false, go_on: true })
}

fn accept_all(model: &mut Model) -> Vec<Effect> {
    decide_on(model, |on| Op::Accept { on, edit: None, under: None })
}

fn ask_for_words(model: &mut Model) {
    let Some(on) = model.syllabus.proposal() else { return };
    let subject = model.syllabus.subject.map(|subject| model.snapshot.name(subject)).unwrap_or_default();
    let title = format!("Why not this syllabus of {}?", words::quoted(&subject));
    let purpose = Purpose::Reject(vec![on]);
    model.overlays.push(Overlay::Line(Line { title, field: Field::default(), purpose }));
}

/// Why an action of this screen does not apply.
pub(super) fn can(model: &Model, action: Action) -> Result<(), WhyNot> {
    let screen = &model.syllabus;
    let Some(content) = screen.content(&model.snapshot) else {
        return Err(WhyNot::new("There is no syllabus here."));
    };
    let is_proposed = || match screen.version {
        Some(Version::Proposed(_)) => Ok(()),
        _ if action == Action::RejectSyllabus => {
            let (first, last) = (model.key(Action::RejectDuplicate), model.key(Action::RejectPolicy));
            let other = model.key(Action::AskSyllabus);
            Err(WhyNot::new(format!(
                "This syllabus is accepted already: {first} to {last} remove a session or concept, {other} asks for another syllabus."
            )))
        }
        _ => Err(WhyNot::new("This syllabus is accepted already; changes to it are saved as you make them.")),
    };
    match action {
        Action::AcceptRow | Action::RejectSyllabus | Action::Defer | Action::Flag => is_proposed(),
        Action::AcceptSyllabus => {
            is_proposed()?;
            let unseen = screen.unseen(&model.snapshot);
            if unseen > 0 {
                let count = words::count(unseen, "session was", "sessions were");
                return Err(WhyNot::new(format!("{count} not on screen yet; look at them first.")));
            }
            let hides = |session: &&Session| {
                session.title.is_suspicious()
                    || session.description.is_suspicious()
                    || session.concepts.iter().any(crate::taxonomy::Untrusted::is_suspicious)
            };
            let accepted = |session: &&Session| screen.review().is_some_and(|r| r.accepted.contains(&session.id));
            match content.sessions.iter().filter(hides).find(|session| !accepted(session)) {
                Some(session) => {
                    let title = words::quoted(&session.title);
                    Err(WhyNot::new(format!("{title} hides characters; accept or change that session by itself.")))
                }
                None => Ok(()),
            }
        }
        Action::NextPane | Action::PreviousPane if screen.versions(&model.snapshot).len() < 2 => {
            Err(WhyNot::new("There is no other syllabus of this subject."))
        }
        Action::NextPending | Action::PreviousPending => match screen.findings.iter().any(|f| f.cell.is_some()) {
            true => Ok(()),
            false => Err(WhyNot::new("Nothing is flagged in this syllabus.")),
        },
        Action::AskModel => super::syllabus_ask::can(model),
        Action::Edit | Action::EditDescription | Action::AddConcept | Action::Place
            if content.sessions.get(screen.row).is_none() =>
        {
            Err(WhyNot::new(format!("There is no session; {} adds one.", model.key(Action::AddRow))))
        }
        _ => Ok(()),
    }
}
