//! From a planned item to what its question prompt is told (GLAN section 2.4).

use super::plan::{Plan, PlannedItem};
use crate::llm::{Datum, QuestionContext};
use crate::taxonomy::Untrusted;

/// What the question prompt of an item is told. The `syllabus` is that of its subject.
pub(super) fn question_context<'a>(plan: &'a Plan, item: &PlannedItem, syllabus: Datum) -> QuestionContext<'a> {
    let subject = &plan.subjects[item.subject];
    let sessions: Vec<&str> =
        subject.drawn_sessions(&item.draw).into_iter().map(|session| session.title.raw()).collect();
    let concepts = subject.drawn_concepts(&item.draw);
    let facts = &subject.node.facts;
    let above = subject.names.split_last().map_or(&[][..], |(_, above)| above);
    QuestionContext {
        subject: facts.name.raw(),
        level: facts.level.as_ref().map(Untrusted::raw).unwrap_or_default(),
        discipline: above.last().map(Untrusted::raw).unwrap_or_default(),
        path: above.iter().map(Untrusted::raw).collect(),
        language: plan.language(item.form),
        question_type: item.form.question_type.name(),
        learned_up_to: sessions.last().copied().unwrap_or_default(),
        sessions,
        concepts: concepts.into_iter().map(|(_, concept)| concept.raw()).collect(),
        syllabus,
        documents: plan.passages(item).excerpts,
    }
}
