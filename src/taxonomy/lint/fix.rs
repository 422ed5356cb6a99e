//! What puts a finding right: an ordinary op, or the place where a person does it.

use super::super::event::{Edit, Reason};
use super::super::id::NodeId;
use super::super::node::{Facts, Node};
use super::super::op::{Op, decide};
use super::super::proposal::Body;
use super::super::snapshot::Snapshot;
use super::super::syllabus::Syllabus;
use super::super::text::{Untrusted, normalise};
use super::{About, Finding, names, sessions, text};

/// A way out of a finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Fix {
    /// What it does, to follow a key: `merge into "Optics"`. All text is made visible.
    pub label: String,
    /// How.
    pub remedy: Remedy,
}

/// How a finding is put right.
#[derive(Debug, Clone, PartialEq)]
pub enum Remedy {
    /// One op: one event, one undo.
    Op(Box<Op>),
    /// The list of places for this node.
    Place(NodeId),
    /// Look at this node.
    Go(NodeId),
}

/// The way out of a finding, as things stand; `None` where a person has to find it, or where the
/// op would be refused.
#[must_use]
pub fn fix(snapshot: &Snapshot, finding: &Finding) -> Option<Fix> {
    fix_by(snapshot, finding, mend)
}

/// [`fix()`] of a finding that was made just now, from this very snapshot.
#[must_use]
pub fn fix_found(snapshot: &Snapshot, finding: &Finding) -> Option<Fix> {
    fix_by(snapshot, finding, mended)
}

/// How a syllabus is put right, and what that does.
type Mend = fn(&Syllabus, &Finding) -> Option<(String, Syllabus)>;

fn fix_by(snapshot: &Snapshot, finding: &Finding, mend: Mend) -> Option<Fix> {
    let (label, op) = match finding.code {
        "wrong-kind" => {
            let label = "place it where its kind belongs".to_owned();
            return Some(Fix { label, remedy: Remedy::Place(subject_of(snapshot, finding.about)?) });
        }
        "single-child" => {
            let child = finding.other?;
            let label = format!("go to \"{}\", to place it elsewhere", snapshot.name(child).line());
            return Some(Fix { label, remedy: Remedy::Go(child) });
        }
        "duplicate" | "near-duplicate" => merge(snapshot, finding)?,
        "vague-name" => match finding.about {
            About::Proposal(on) => {
                let op = Op::Reject { on: vec![on], reason: Reason::Vague, note: None, of: None };
                ("reject it as vague".to_owned(), op)
            }
            About::Node(_) => return None,
        },
        "two-in-one" => split(snapshot, finding)?,
        "untidy-name" | "name-case" | "name-number" => {
            let better = finding.better.clone()?;
            let (_, facts) = snapshot.facts(subject_of(snapshot, finding.about)?)?;
            with_facts(snapshot, finding.about, Facts { name: better, ..facts.clone() })?
        }
        "hidden-text" | "mixed-letters" => in_every_text(snapshot, finding)?,
        _ => in_syllabus(snapshot, finding, mend)?,
    };
    decide(snapshot, "", op.clone()).is_ok().then(|| Fix { label, remedy: Remedy::Op(Box::new(op)) })
}

/// The node that a finding is about, accepted or proposed; for a syllabus its subject.
fn subject_of(snapshot: &Snapshot, about: About) -> Option<NodeId> {
    match about {
        About::Node(id) => Some(id),
        About::Proposal(id) => Some(snapshot.record.proposal(id)?.body.node()),
    }
}

fn merge(snapshot: &Snapshot, finding: &Finding) -> Option<(String, Op)> {
    let other = finding.other?;
    let name = snapshot.name(other);
    let is_accepted = snapshot.tree.is_active(other);
    Some(match finding.about {
        About::Node(on) => (format!("merge into \"{}\"", name.line()), Op::Merge { on: vec![on], into: other }),
        About::Proposal(on) if is_accepted => {
            (format!("merge into \"{}\"", name.line()), Op::Alias { on: vec![on], into: other })
        }
        About::Proposal(on) => {
            let op = Op::Reject { on: vec![on], reason: Reason::Duplicate, note: None, of: Some(other) };
            (format!("reject it as a duplicate of \"{}\"", name.line()), op)
        }
    })
}

/// A half that is a sibling already is refused by the op.
fn split(snapshot: &Snapshot, finding: &Finding) -> Option<(String, Op)> {
    let on = subject_of(snapshot, finding.about)?;
    let (_, facts) = snapshot.facts(on)?;
    let (left, right) = names::halves(facts.name.raw())?;
    let into = vec![Facts::named(left.trim()), Facts::named(right.trim())];
    let label = format!("split into \"{}\" and \"{}\"", into[0].name.line(), into[1].name.line());
    Some((label, Op::Split { on, into }))
}

fn with_facts(snapshot: &Snapshot, about: About, facts: Facts) -> Option<(String, Op)> {
    let name = facts.name.clone();
    Some(match about {
        About::Node(id) => {
            let node = snapshot.tree.node(id)?;
            let verb = if node.facts.name == name { "save as" } else { "rename to" };
            let op = Op::Edit(Box::new(Node { facts, ..(**node).clone() }));
            (format!("{verb} \"{}\"", name.line()), op)
        }
        About::Proposal(id) => {
            let edit = Some(Edit::Facts(Box::new(facts)));
            (format!("accept as \"{}\"", name.line()), Op::Accept { on: vec![id], edit, under: None })
        }
    })
}

fn in_every_text(snapshot: &Snapshot, finding: &Finding) -> Option<(String, Op)> {
    let change = if finding.code == "hidden-text" { text::stripped } else { unmixed };
    let label = match finding.code {
        "hidden-text" => "take every hidden character out",
        _ => "write it all in Latin letters",
    };
    let syllabus = syllabus_of(snapshot, finding.about);
    if finding.cell.is_some() || matches!(finding.about, About::Proposal(id) if id.is_syllabus()) {
        let to = text::map_syllabus(syllabus?, change);
        return Some((label.to_owned(), with_syllabus(snapshot, finding.about, to)?));
    }
    let (_, facts) = snapshot.facts(subject_of(snapshot, finding.about)?)?;
    let changed = text::map_facts(facts, change);
    match syllabus.map(|syllabus| text::map_syllabus(syllabus, change)) {
        // What is found without a cell may be in the introduction of its syllabus.
        Some(to) if changed == *facts => Some((label.to_owned(), with_syllabus(snapshot, finding.about, to)?)),
        _ => with_facts(snapshot, finding.about, changed),
    }
}

fn unmixed(text: &Untrusted) -> Untrusted {
    text::unmixed(text.raw()).map_or_else(|| text.clone(), Untrusted::from)
}

fn syllabus_of(snapshot: &Snapshot, about: About) -> Option<&Syllabus> {
    match about {
        About::Node(id) => snapshot.tree.node(id)?.syllabus.as_ref(),
        About::Proposal(id) => match &snapshot.record.proposal(id)?.body {
            Body::Syllabus { syllabus, .. } => Some(syllabus),
            Body::Node { .. } => None,
        },
    }
}

fn with_syllabus(snapshot: &Snapshot, about: About, to: Syllabus) -> Option<Op> {
    Some(match about {
        About::Proposal(on) => Op::Revise { on, to: Box::new(to), reason: None, note: None, batch: None },
        About::Node(id) => {
            let node = snapshot.tree.node(id)?;
            Op::Edit(Box::new(Node { syllabus: Some(to), ..(**node).clone() }))
        }
    })
}

fn in_syllabus(snapshot: &Snapshot, finding: &Finding, mend: Mend) -> Option<(String, Op)> {
    let (label, to) = mend(syllabus_of(snapshot, finding.about)?, finding)?;
    Some((label, with_syllabus(snapshot, finding.about, to)?))
}

/// A syllabus with a finding about one of its cells put right, and what that does. `None` where a
/// person has to, or where the finding is not about this content.
#[must_use]
pub fn mend(syllabus: &Syllabus, finding: &Finding) -> Option<(String, Syllabus)> {
    let still_so =
        sessions::look(finding.about, syllabus, &sessions::Normals::of(syllabus), &super::CheckSettings::default())
            .iter()
            .any(|found| (found.code, found.cell) == (finding.code, finding.cell) && found.message == finding.message);
    if still_so { mended(syllabus, finding) } else { None }
}

fn mended(syllabus: &Syllabus, finding: &Finding) -> Option<(String, Syllabus)> {
    let (row, column) = finding.cell?;
    let mut to = syllabus.clone();
    let session = to.sessions.get_mut(row)?;
    let quoted = |text: &Untrusted| format!("\"{}\"", text.line());
    let label = match (finding.code, column) {
        ("hidden-text", _) => {
            to = text::map_syllabus(&to, text::stripped);
            "take every hidden character out".to_owned()
        }
        ("mixed-letters", _) => {
            to = text::map_syllabus(&to, unmixed);
            "write it all in Latin letters".to_owned()
        }
        ("repeated-concept" | "title-concept", Some(at)) if at < session.concepts.len() => {
            format!("remove {}", quoted(&session.concepts.remove(at)))
        }
        ("generic-concept", Some(at)) => {
            let concept = session.concepts.get(at)?.clone();
            let core = sessions::core_of(concept.raw()).filter(|core| !holds(syllabus, core));
            let session = to.sessions.get_mut(row)?;
            match core {
                Some(core) => {
                    session.concepts[at] = core.into();
                    format!("write {}", quoted(&session.concepts[at]))
                }
                None => format!("remove {}", quoted(&session.concepts.remove(at))),
            }
        }
        ("untidy-concept", _) => {
            let better = finding.better.clone()?;
            let cell = match column {
                None => &mut session.title,
                Some(at) => session.concepts.get_mut(at)?,
            };
            *cell = better;
            format!("write {}", quoted(cell))
        }
        ("no-lesson", None) => {
            format!("remove session {}, {}", row + 1, quoted(&to.sessions.remove(row).title))
        }
        ("session-order", None) => {
            let before = sessions::belongs_before(syllabus, row)?;
            let session = to.sessions.remove(row);
            to.sessions.insert(before, session);
            format!("move it before session {}", before + 1)
        }
        _ => return None,
    };
    Some((label, to))
}

fn holds(syllabus: &Syllabus, concept: &str) -> bool {
    let wanted = normalise(concept);
    let mut all = syllabus.sessions.iter().flat_map(|session| &session.concepts);
    all.any(|known| normalise(known.raw()) == wanted)
}
