//! Reviewing a syllabus: one row per class session, one cell per key concept. This file moves
//! about and accepts; `syllabus_edit` changes the content.

use std::collections::{BTreeSet, HashMap};

use super::decide::{self, Decision};
use super::overlay::{Line, Purpose};
use super::{Digest, Effect, Field, Level, Model, Overlay, WhyNot, paging, words};
use crate::input::Action;
use crate::taxonomy::lint::{self, About, Finding};
use crate::taxonomy::{Body, Kind, NodeId, Op, ProposalId, Session, SessionId, Snapshot, Syllabus};

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

/// How far the review of one syllabus has come. Only a help for the eye: what counts is the
/// acceptance of the whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Review {
    /// Sessions that were accepted.
    pub accepted: BTreeSet<SessionId>,
    /// Sessions that were on the screen.
    pub shown: BTreeSet<SessionId>,
}

/// The Syllabus screen.
#[derive(Debug, Clone, Default)]
pub struct SyllabusScreen {
    /// Whose syllabus.
    pub subject: Option<NodeId>,
    /// Which one.
    pub version: Option<Version>,
    /// The focused class session, from 0.
    pub row: usize,
    /// The focused cell: 0 is the title, then the key concepts.
    pub column: usize,
    /// What deserves a look in the version on the screen.
    pub findings: Vec<Finding>,
    pub(super) reviews: HashMap<(NodeId, Version), Review>,
    /// The content with the changes that are on their way to the disk: the base of the next one.
    pub(super) working: Option<Syllabus>,
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
    pub(super) fn refresh(&mut self, snapshot: &Snapshot, is_saving: bool) {
        if !is_saving {
            self.working = None;
        }
        let Some(subject) = self.subject else { return };
        let versions = versions(snapshot, subject);
        if !self.version.is_some_and(|version| versions.contains(&version)) {
            // What was accepted just now is in the tree; else the next one to decide.
            let accepted = versions.iter().find(|version| **version == Version::Accepted);
            self.version = accepted.or(versions.first()).copied();
        }
        let about = self.proposal().map_or(About::Node(subject), About::Proposal);
        self.findings = self.content(snapshot).map(|content| lint::syllabus(about, content)).unwrap_or_default();
        let rows = self.content(snapshot).map_or(0, |content| content.sessions.len());
        self.row = self.row.min(rows.saturating_sub(1));
        let cells = self.session(snapshot).map_or(0, |session| session.concepts.len());
        self.column = self.column.min(cells);
    }

    fn review_mut(&mut self) -> Option<&mut Review> {
        Some(self.reviews.entry((self.subject?, self.version?)).or_default())
    }

    /// Notes which rows were on the screen.
    pub(super) fn note_shown(&mut self, snapshot: &Snapshot, rows: std::ops::Range<usize>) {
        let Some(content) = self.content(snapshot) else { return };
        let ids: Vec<SessionId> =
            content.sessions.iter().skip(rows.start).take(rows.len()).map(|session| session.id.clone()).collect();
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

/// Shows the syllabus of a subject.
pub(super) fn open(model: &mut Model, subject: NodeId) {
    let screen = &mut model.syllabus;
    if screen.subject != Some(subject) {
        (screen.subject, screen.version) = (Some(subject), None);
        (screen.row, screen.column, screen.working) = (0, 0, None);
    }
    // What is to be decided comes before what has been.
    let first = screen.versions(&model.snapshot).first().copied();
    screen.version = screen.version.or(first);
    screen.refresh(&model.snapshot, false);
}

/// Carries out the actions of this area; `None` where the action is another's.
pub(super) fn handle(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    if let Some(effects) = super::syllabus_edit::handle(model, action) {
        return Some(effects);
    }
    match action {
        Action::AcceptRow => accept_row(model),
        Action::NextPending => next_finding(model, true),
        Action::PreviousPending => next_finding(model, false),
        Action::NextPane => next_version(model, true),
        Action::PreviousPane => next_version(model, false),
        Action::AcceptSyllabus => return Some(accept_all(model)),
        Action::RejectSyllabus => ask_for_words(model),
        Action::Defer => return Some(decide_on(model, |on| Op::Defer { on })),
        Action::Flag => return Some(decide_on(model, |on| Op::Flag { on, note: None })),
        _ => return step(model, action).then(Vec::new),
    }
    Some(Vec::new())
}

fn step(model: &mut Model, action: Action) -> bool {
    let page = model.shown.height.max(2);
    let screen = &mut model.syllabus;
    let rows = screen.content(&model.snapshot).map_or(0, |content| content.sessions.len());
    let last = rows.saturating_sub(1);
    match (paging::row(action, screen.row, page), action) {
        (Some(row), _) => screen.row = row,
        (None, Action::Left) => screen.column = screen.column.saturating_sub(1),
        (None, Action::Right) => screen.column += 1,
        _ => return false,
    }
    screen.row = screen.row.min(last);
    let cells = screen.session(&model.snapshot).map_or(0, |session| session.concepts.len());
    screen.column = screen.column.min(cells);
    true
}

fn accept_row(model: &mut Model) {
    let Some(id) = model.syllabus.session(&model.snapshot).map(|session| session.id.clone()) else { return };
    let rows = model.syllabus.content(&model.snapshot).map_or(0, |content| content.sessions.len());
    let Some(review) = model.syllabus.review_mut() else { return };
    review.accepted.insert(id);
    let all = review.accepted.len() >= rows;
    model.syllabus.row = (model.syllabus.row + 1).min(rows.saturating_sub(1));
    model.syllabus.column = 0;
    if all {
        let key = model.key(Action::AcceptSyllabus);
        model.say(Level::Info, format!("Every session is accepted; {key} accepts the syllabus."));
    }
}

/// Goes to the next cell with a finding, around the ends.
fn next_finding(model: &mut Model, forward: bool) {
    let screen = &mut model.syllabus;
    let cell = |finding: &Finding| finding.cell.map(|(row, concept)| (row, concept.map_or(0, |concept| concept + 1)));
    let mut cells: Vec<(usize, usize)> = screen.findings.iter().filter_map(cell).collect();
    cells.sort_unstable();
    cells.dedup();
    let here = (screen.row, screen.column);
    let next = if forward {
        cells.iter().find(|cell| **cell > here).or(cells.first())
    } else {
        cells.iter().rev().find(|cell| **cell < here).or(cells.last())
    };
    if let Some((row, column)) = next.copied() {
        (screen.row, screen.column) = (row, column);
    }
}

fn next_version(model: &mut Model, forward: bool) {
    let versions = model.syllabus.versions(&model.snapshot);
    let count = versions.len();
    let Some(at) = versions.iter().position(|version| Some(*version) == model.syllabus.version) else { return };
    model.syllabus.version = Some(versions[(at + if forward { 1 } else { count - 1 }) % count]);
    model.syllabus.working = None;
    model.syllabus.refresh(&model.snapshot, false);
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
        Action::RejectOwnWords => Err(WhyNot::new(format!(
            "A cell goes with a reason from the list; {} rejects the whole syllabus in your own words.",
            model.key(Action::RejectSyllabus)
        ))),
        _ => Ok(()),
    }
}
