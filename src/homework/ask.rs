//! One item: the question call, its checks, the answer call, its checks, the record.

use std::sync::Arc;

use jiff::Timestamp;

use super::checks::{Check, Checker, Expected, Finding, form};
use super::context::question_context;
use super::done::MOST_FAILURES;
use super::engine::Job;
use super::handle::Ended;
use super::judge::{Judge, Judgement};
use super::plan::{Plan, PlannedItem, PlannedSubject};
use super::record::{CallNote, DrawnConcept, DrawnSession, Failed, Record, Status};
use crate::llm::{
    AnswerContext, Call, Class, Client, Exchange, Failure, PromptSet, Step, StepSettings, Structuring, ask_answer,
    ask_question,
};
use crate::taxonomy::Untrusted;

/// Who is asked for items, and how.
pub(super) struct Asker {
    pub plan: Arc<Plan>,
    pub prompts: PromptSet,
    question: (Client, StepSettings),
    answer: (Client, StepSettings),
    checker: Checker,
    judge: Option<Judge>,
    /// How often an item is asked for within a run.
    tries: u32,
}

/// What came of asking for an item.
pub(super) enum Asked {
    /// Something to keep, for better or worse.
    Record(Box<Record>, Fate),
    /// Nothing, and the run has to end: the endpoint takes no more, or can never work.
    End(Ended),
}

/// What came of asking for an item, perhaps more than once.
pub(super) struct Tried {
    /// The tries that failed by the item's own fault and were followed by another.
    pub earlier: Vec<Record>,
    /// The last one.
    pub last: Asked,
}

/// Why an item is not done.
pub(super) enum Fate {
    Ok,
    Failed(Class),
    Unfit(&'static str),
}

impl Asker {
    pub fn new(job: Job) -> Self {
        let Job { plan, prompts, question, answer, benchmarks, checks, judge, .. } = job;
        let settings = |step: &super::recipe::StepRecipe| StepSettings {
            model: step.model.clone(),
            sampling: step.sampling.clone(),
            structuring: Structuring::Auto,
            stream: false,
        };
        let (question, answer) = ((question, settings(&plan.recipe.question)), (answer, settings(&plan.recipe.answer)));
        let checker = Checker { language: Expected::named(&plan.recipe.language), benchmarks, settings: checks };
        let tries = checker.settings.tries.unwrap_or(1);
        Self { plan, prompts, question, answer, checker, judge, tries }
    }

    /// Asks until the item is good or has failed as often as it may: within this run, and by its own fault in all runs
    /// together, of which `failures` are behind it.
    pub async fn ask(&self, item: PlannedItem, failures: u32) -> Tried {
        let most = self.tries.min(MOST_FAILURES.saturating_sub(failures)).max(1);
        let mut earlier = Vec::new();
        loop {
            let made = earlier.len() as u32 + 1;
            match self.once(item, failures + made - 1).await {
                Asked::Record(record, _) if record.counts && made < most => earlier.push(*record),
                last => return Tried { earlier, last },
            }
        }
    }

    /// One try. Where the request carries a seed, each try has another: the same one would bring the same reply again.
    async fn once(&self, item: PlannedItem, before: u32) -> Asked {
        let seeded = |(client, settings): &(Client, StepSettings)| {
            let mut settings = settings.clone();
            settings.sampling.seed = settings.sampling.seed.map(|seed| seed.wrapping_add(before.into()));
            (client.clone(), settings)
        };
        let (writer, answerer) = (seeded(&self.question), seeded(&self.answer));
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
        let asked = ask_question(&writer.0, &self.prompts, &context, &writer.1).await;
        let (text, prompt) = match settled(asked, &mut record.question_call) {
            Ok(asked) => asked,
            Err(failure) => return failed(record, Step::Question, failure),
        };
        record.findings = checker.question(&text, &prompt);
        let form_on = !checker.settings.is_off(Check::Form.code());
        let fault = form::question(record.question_type, &text).filter(|_| form_on);
        record.findings.extend(Finding::of_form(Step::Question, fault));
        record.question = text.trim().into();
        if !record.findings.is_empty() {
            return unfit(record);
        }
        if let Some(judge) = &self.judge {
            let said = record.judge.get_or_insert_default();
            if let Err(failure) = judge.question(&self.prompts, record.question.raw(), said).await {
                return failed(record, Step::Judge, failure);
            }
            if self.judged_out(&mut record, Step::Question) {
                return unfit(record);
            }
        }
        let context = AnswerContext { question: record.question.raw().to_owned() };
        let asked = ask_answer(&answerer.0, &self.prompts, &context, &answerer.1).await;
        let (text, prompt) = match settled(asked, &mut record.answer_call) {
            Ok(asked) => asked,
            Err(failure) => return failed(record, Step::Answer, failure),
        };
        // With the paper's prompt, the bare question, no line of the prompt can leak.
        let prompt = if prompt.iter().any(|message| message.content == context.question) { Vec::new() } else { prompt };
        record.findings = checker.answer(&text, &context.question, &prompt);
        let fault = form::answer(record.question_type, &text, &context.question).filter(|_| form_on);
        record.findings.extend(Finding::of_form(Step::Answer, fault));
        record.answer = text.trim().into();
        if let Some(judge) = self.judge.as_ref().filter(|_| record.findings.is_empty()) {
            let said = record.judge.get_or_insert_default();
            if let Err(failure) = judge.pair(&self.prompts, record.question.raw(), record.answer.raw(), said).await {
                return failed(record, Step::Judge, failure);
            }
            self.judged_out(&mut record, Step::Answer);
        }
        record.at = Timestamp::now();
        if record.findings.is_empty() { Asked::Record(Box::new(record), Fate::Ok) } else { unfit(record) }
    }

    /// Notes what the judge has against the item.
    fn judged_out(&self, record: &mut Record, part: Step) -> bool {
        let objection = record.judge.as_ref().and_then(Judgement::objection);
        let on = !self.checker.settings.is_off(Check::JudgedOut.code());
        let found = objection.filter(|_| on).map(|detail| Finding { part, check: Check::JudgedOut, detail });
        record.findings.extend(found);
        !record.findings.is_empty()
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
            documents: subject.groundings(),
            seed: self.plan.request.seed,
            recipe: self.plan.recipe_hash.clone(),
            question: Untrusted::default(),
            answer: Untrusted::default(),
            question_call: None,
            answer_call: None,
            judge: None,
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
