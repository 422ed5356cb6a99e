//! From a planned item to what its question prompt is told (GLAN section 2.4).

use super::plan::{Plan, PlannedItem};
use crate::llm::{Datum, QuestionContext};
use crate::taxonomy::Untrusted;

/// What the question prompt of an item is told. The `syllabus` is that of its subject.
pub(super) fn question_context(plan: &Plan, item: &PlannedItem, syllabus: Datum) -> QuestionContext {
    let subject = &plan.subjects[item.subject];
    let raw = |text: &Untrusted| text.raw().to_owned();
    let sessions: Vec<String> = subject.drawn_sessions(&item.draw).iter().map(|session| raw(&session.title)).collect();
    let concepts = subject.drawn_concepts(&item.draw);
    let facts = &subject.node.facts;
    let above = subject.names.split_last().map_or(&[][..], |(_, above)| above);
    QuestionContext {
        subject: raw(&facts.name),
        level: facts.level.as_ref().map(raw).unwrap_or_default(),
        discipline: above.last().map(raw).unwrap_or_default(),
        path: above.iter().map(raw).collect(),
        language: plan.language(item.form).to_owned(),
        question_type: item.form.question_type.name().to_owned(),
        learned_up_to: sessions.last().cloned().unwrap_or_default(),
        sessions,
        concepts: concepts.into_iter().map(|(_, concept)| raw(concept)).collect(),
        syllabus,
        documents: plan.passages(item).excerpts,
    }
}
