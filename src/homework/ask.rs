//! One item: the question call, its checks, the answer call, its checks, the record.

use std::sync::Arc;

use jiff::Timestamp;

use super::checks::{Benchmarks, Checker, Expected, Finding, form};
use super::context::question_context;
use super::handle::Ended;
use super::plan::{Plan, PlannedItem, PlannedSubject};
use super::record::{CallNote, DrawnConcept, DrawnSession, Failed, Record, Status};
use crate::llm::{
    AnswerContext, Call, Class, Client, Exchange, Failure, PromptSet, Step, StepSettings, Structuring, ask_answer,
    ask_question,
};
use crate::taxonomy::{QualitySettings, Untrusted};

/// Who is asked for items, and how.
pub(super) struct Asker {
    pub plan: Arc<Plan>,
    pub prompts: PromptSet,
    question: (Client, StepSettings),
    answer: (Client, StepSettings),
    checker: Checker,
}

/// What came of asking for an item.
pub(super) enum Asked {
    /// Something to keep, for better or worse.
    Record(Box<Record>, Fate),
    /// Nothing, and the run has to end: the endpoint takes no more, or can never work.
    End(Ended),
}

/// Why an item is not done.
pub(super) enum Fate {
    Ok,
    Failed(Class),
    Unfit(&'static str),
}

impl Asker {
    pub fn new(
        plan: Arc<Plan>,
        prompts: PromptSet,
        question: Client,
        answer: Client,
        benchmarks: Arc<Benchmarks>,
        checks: QualitySettings,
    ) -> Self {
        let settings = |step: &super::recipe::StepRecipe| StepSettings {
            model: step.model.clone(),
            sampling: step.sampling.clone(),
            structuring: Structuring::Auto,
            stream: false,
        };
        let (question, answer) = ((question, settings(&plan.recipe.question)), (answer, settings(&plan.recipe.answer)));
        let checker = Checker { language: Expected::named(&plan.recipe.language), benchmarks, settings: checks };
        Self { plan, prompts, question, answer, checker }
    }

    pub async fn ask(&self, item: PlannedItem) -> Asked {
        let subject = &self.plan.subjects[item.subject];
        let mut record = self.blank(item, subject);
        let context = question_context(&self.plan, &item);
        let mut checker = self.checker.clone();
        if item.form.language != 0 {
            checker.language = Expected::named(self.plan.language(item.form));
        }
        if Expected::is_about_languages(subject.names.iter().map(Untrusted::raw)) {
            checker.language = None;
        }
        let asked = ask_question(&self.question.0, &self.prompts, &context, &self.question.1).await;
        let (text, prompt) = match settled(asked, &mut record.question_call) {
            Ok(asked) => asked,
            Err(failure) => return failed(record, Step::Question, failure),
        };
        record.findings = checker.question(&text, &prompt);
        record.findings.extend(Finding::of_form(Step::Question, form::question(record.question_type, &text)));
        record.question = text.trim().into();
        if !record.findings.is_empty() {
            return unfit(record);
        }
        let context = AnswerContext { question: record.question.raw().to_owned() };
        let asked = ask_answer(&self.answer.0, &self.prompts, &context, &self.answer.1).await;
        let (text, prompt) = match settled(asked, &mut record.answer_call) {
            Ok(asked) => asked,
            Err(failure) => return failed(record, Step::Answer, failure),
        };
        // With the paper's prompt, the bare question, no line of the prompt can leak.
        let prompt = if prompt.iter().any(|message| message.content == context.question) { Vec::new() } else { prompt };
        record.findings = checker.answer(&text, &context.question, &prompt);
        let fault = form::answer(record.question_type, &text, &context.question);
        record.findings.extend(Finding::of_form(Step::Answer, fault));
        record.answer = text.trim().into();
        record.at = Timestamp::now();
        if record.findings.is_empty() { Asked::Record(Box::new(record), Fate::Ok) } else { unfit(record) }
    }

    fn blank(&self, item: PlannedItem, subject: &PlannedSubject) -> Record {
        let sessions = subject.drawn_sessions(&item.draw).into_iter();
        let concepts = subject.drawn_concepts(&item.draw).into_iter();
        Record {
            item: item.id,
            status: Status::Ok,
            counts: false,
            failure: None,
            findings: Vec::new(),
            path: subject.names.clone(),
            nodes: subject.lineage.clone(),
            syllabus: subject.material_hash.clone(),
            strategy: item.draw.strategy().number(),
            sessions: sessions.map(|s| DrawnSession { id: s.id.clone(), title: s.title.clone() }).collect(),
            concepts: concepts.map(|(s, c)| DrawnConcept { session: s.id.clone(), concept: c.clone() }).collect(),
            question_type: item.form.question_type,
            language: (item.form.language != 0).then(|| self.plan.language(item.form).to_owned()),
            seed: self.plan.request.seed,
            recipe: self.plan.recipe_hash.clone(),
            question: Untrusted::default(),
            answer: Untrusted::default(),
            question_call: None,
            answer_call: None,
            at: Timestamp::now(),
        }
    }
}

/// The reply's text with the conversation it answers; the call is noted either way.
fn settled(
    exchange: Exchange<String>,
    note: &mut Option<CallNote>,
) -> Result<(String, Vec<crate::llm::Message>), Failure> {
    let Exchange { mut calls, result } = exchange;
    let last: Option<Call> = calls.pop();
    *note = last.as_ref().map(CallNote::from);
    Ok((result?, last.map(|call| call.messages).unwrap_or_default()))
}

fn failed(mut record: Record, step: Step, failure: Failure) -> Asked {
    match failure.class {
        Class::RateLimited | Class::QuotaEnded => return Asked::End(Ended::RateOrQuota(failure.message)),
        Class::ConfigError | Class::SchemaUnsupported => return Asked::End(Ended::Config(failure.message)),
        _ => {}
    }
    record.status = Status::Failed;
    record.counts = !is_outage(failure.class);
    record.at = Timestamp::now();
    record.failure = Some(Failed {
        step: step.as_str().to_owned(),
        class: failure.class.as_str().to_owned(),
        message: failure.message.into(),
    });
    Asked::Record(Box::new(record), Fate::Failed(failure.class))
}

fn unfit(mut record: Record) -> Asked {
    record.status = Status::Unfit;
    record.counts = true;
    record.at = Timestamp::now();
    let code = record.findings.first().map_or("", |finding| finding.check.code());
    Asked::Record(Box::new(record), Fate::Unfit(code))
}

/// Whether a failure says something about the server or the network and nothing about the item.
pub(super) fn is_outage(class: Class) -> bool {
    match class {
        Class::ServerError | Class::Timeout(_) | Class::Transport | Class::Malformed | Class::Cancelled => true,
        Class::RateLimited | Class::QuotaEnded | Class::ConfigError | Class::SchemaUnsupported => true,
        Class::Invalid(_) | Class::Truncated | Class::Refused | Class::Filtered | Class::Empty => false,
    }
}
