//! What a model is told about the place it is asked for: the tree as it is, what was turned
//! down and why, what people changed (GLAN section 2.1-2.3; proposals as an update to a tree).

use crate::llm::{Change as Rewording, ProposeContext, Rejection, SyllabusContext};
use crate::taxonomy::{Body, Edit, Kind, NodeId, Proposal, Snapshot, State};

/// Rejections that a prompt carries at the most, the latest first.
const REJECTIONS: usize = 20;
/// Edits that a prompt carries at the most, the latest first.
const EDITS: usize = 8;

/// The facts for proposing nodes of `kind` under `parent` (`None`: at the root).
#[must_use]
pub fn children_context(
    snapshot: &Snapshot,
    parent: Option<NodeId>,
    kind: Kind,
    count: Option<u32>,
    stratum: Option<&str>,
) -> ProposeContext {
    let above = parent.and_then(|id| snapshot.facts(id));
    let accepted = snapshot.tree.children(parent).iter().filter_map(|id| snapshot.tree.node(*id));
    let text = |text: &crate::taxonomy::Untrusted| text.raw().to_owned();
    ProposeContext {
        kind: kind.name().to_owned(),
        parent: above.map(|(_, facts)| text(&facts.name)),
        parent_kind: above.map(|(kind, _)| kind.name().to_owned()),
        parent_scope: above.and_then(|(_, facts)| facts.scope.as_ref()).map(text),
        path: parent.map(|id| snapshot.names(id).iter().map(text).collect()).unwrap_or_default(),
        count,
        stratum: stratum.map(str::to_owned),
        language: text(&snapshot.manifest.language),
        accepted: accepted.map(|node| text(&node.facts.name)).collect(),
        pending: snapshot.open_children(parent).map(|open| text(&open.title())).collect(),
        rejected: rejections(snapshot, parent),
        edits: edits(snapshot, kind),
    }
}

fn rejections(snapshot: &Snapshot, parent: Option<NodeId>) -> Vec<Rejection> {
    let mut rejected: Vec<_> =
        snapshot.record.proposed_children(parent).filter(|p| matches!(p.state, State::Rejected { .. })).collect();
    rejected.sort_by_key(|proposal| std::cmp::Reverse(proposal.decided));
    let entry = |proposal: &std::sync::Arc<Proposal>| {
        Some(Rejection { name: proposal.title().raw().to_owned(), reason: reason(proposal)? })
    };
    rejected.into_iter().filter_map(entry).take(REJECTIONS).collect()
}

fn reason(proposal: &Proposal) -> Option<String> {
    match &proposal.state {
        State::Rejected { reason, note: Some(note) } => Some(format!("{}: {}", reason.title(), note.raw())),
        State::Rejected { reason, note: None } => Some(reason.title().to_owned()),
        _ => None,
    }
}

/// The latest names that people changed while accepting proposals of this kind.
fn edits(snapshot: &Snapshot, kind: Kind) -> Vec<Rewording> {
    let edits = snapshot.record.edits();
    let reworded = edits.iter().rev().filter_map(|(id, edit)| {
        let proposal = snapshot.record.proposal(*id)?;
        match (&proposal.body, edit) {
            (Body::Node { kind: of, facts, .. }, Edit::Facts(edited)) if *of == kind && edited.name != facts.name => {
                Some(Rewording { before: facts.name.raw().to_owned(), after: edited.name.raw().to_owned() })
            }
            _ => None,
        }
    });
    reworded.take(EDITS).collect()
}

/// The facts for designing the syllabus of an accepted subject; `None` where it is none.
/// `hint` is what is wrong with the present one, in the curator's words.
#[must_use]
pub fn syllabus_context(snapshot: &Snapshot, subject: NodeId, hint: Option<&str>) -> Option<SyllabusContext> {
    let node = snapshot.tree.node(subject).filter(|node| node.kind == Kind::Subject)?;
    let mut path = snapshot.tree.names(subject);
    path.pop();
    let mut rejected: Vec<_> = snapshot.record.proposed_syllabi(subject).collect();
    rejected.sort_by_key(|proposal| std::cmp::Reverse(proposal.decided));
    let reasons = rejected.into_iter().filter_map(|proposal| reason(proposal));
    let optional =
        |text: &Option<crate::taxonomy::Untrusted>| text.as_ref().map(|text| text.raw().to_owned()).unwrap_or_default();
    Some(SyllabusContext {
        subject: node.facts.name.raw().to_owned(),
        level: optional(&node.facts.level),
        scope: optional(&node.facts.scope),
        discipline: path.last().cloned().unwrap_or_default(),
        path,
        language: snapshot.manifest.language.raw().to_owned(),
        subtopics: node.facts.subtopics.iter().map(|topic| topic.raw().to_owned()).collect(),
        rejected: hint.map(str::to_owned).into_iter().chain(reasons).take(REJECTIONS).collect(),
        ..SyllabusContext::default()
    })
}
