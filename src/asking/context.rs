//! From what the taxonomy teaches to what a prompt is told (GLAN section 2.1-2.3; proposals as an
//! update to a tree).

use crate::homework::passages::passages;
use crate::llm::{Change as Rewording, ProposeContext, Rejection, SyllabusContext};
use crate::taxonomy::{Kind, Lessons, NodeId, Part, Snapshot, Trim, Untrusted};

/// One question for children, in the words of the taxonomy.
#[derive(Debug, Clone, Copy)]
pub struct Children<'a> {
    /// Where (`None`: at the root).
    pub parent: Option<NodeId>,
    /// Of which kind.
    pub kind: Kind,
    /// How many in a run.
    pub count: Option<u32>,
    /// A part of the place to look at this time.
    pub stratum: Option<&'a str>,
    /// What the curator wants done differently.
    pub hint: Option<&'a str>,
    /// What the curator took out.
    pub trim: Trim,
}

fn text(text: &Untrusted) -> String {
    text.raw().to_owned()
}

fn texts(all: &[Untrusted]) -> Vec<String> {
    all.iter().map(text).collect()
}

/// The facts for proposing children of a place.
#[must_use]
pub fn children_context(snapshot: &Snapshot, asked: &Children<'_>) -> ProposeContext {
    let parent = asked.parent;
    let above = parent.and_then(|id| snapshot.facts(id));
    let lessons = Lessons::below(snapshot, parent, &[asked.kind]).without(asked.trim);
    let rejected = lessons.rejections.iter();
    let edits = lessons.edits.iter();
    ProposeContext {
        kind: asked.kind.name().to_owned(),
        parent: above.map(|(_, facts)| text(&facts.name)),
        parent_kind: above.map(|(kind, _)| kind.name().to_owned()),
        parent_scope: above.and_then(|(_, facts)| facts.scope.as_ref()).map(text),
        path: parent.map(|id| texts(&snapshot.names(id))).unwrap_or_default(),
        count: asked.count,
        stratum: asked.stratum.map(str::to_owned),
        wording: None,
        hint: asked.hint.map(str::to_owned),
        language: text(&snapshot.manifest.language),
        accepted: texts(&lessons.accepted),
        pending: texts(&lessons.pending),
        crowded_out: lessons.crowded_out,
        rejected: rejected.map(|one| Rejection { name: text(&one.name), reason: text(&one.reason) }).collect(),
        edits: edits.map(|one| Rewording { before: text(&one.before), after: text(&one.after) }).collect(),
    }
}

/// The facts for designing the syllabus of an accepted subject; `None` where it is none.
/// `hint` is what is wrong with the present one, in the curator's words.
#[must_use]
pub fn syllabus_context(
    snapshot: &Snapshot,
    subject: NodeId,
    hint: Option<&str>,
    trim: Trim,
) -> Option<SyllabusContext> {
    let node = snapshot.tree.node(subject).filter(|node| node.kind == Kind::Subject)?;
    let mut path = snapshot.tree.names(subject);
    path.pop();
    let mut rejections = Lessons::of_syllabus(snapshot, subject).rejections;
    if trim.drops(Part::Rejections) {
        rejections.clear();
    }
    let facts = &node.facts;
    let wanted: Vec<&str> = std::iter::once(&facts.name).chain(&facts.subtopics).map(Untrusted::raw).collect();
    let documents = passages(&snapshot.grounds(subject), &wanted, snapshot.manifest.homework.document_tokens).excerpts;
    let reasons = rejections.iter().map(|one| format!("{}: {}", one.name.raw(), one.reason.raw()));
    let optional = |value: &Option<Untrusted>| value.as_ref().map(text).unwrap_or_default();
    Some(SyllabusContext {
        subject: text(&node.facts.name),
        level: optional(&node.facts.level),
        scope: optional(&node.facts.scope),
        discipline: path.last().cloned().unwrap_or_default(),
        path,
        language: text(&snapshot.manifest.language),
        subtopics: texts(&node.facts.subtopics),
        rejected: reasons.collect(),
        hint: hint.map(str::to_owned),
        documents,
        ..SyllabusContext::default()
    })
}
