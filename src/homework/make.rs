//! How an item is made, without asking anybody: what each call sends, and what each reply makes of the
//! record. The live run and the batches put their own ways to a model between these halves, so an item
//! is the same whichever way it went.

use std::borrow::Cow;
use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::checks::{Benchmarks, Check, Checker, Expected, Finding, Instructions, form};
use super::context::question_context;
use super::handle::Ended;
use super::judge::{self, Judge, Judgement};
use super::plan::{Plan, PlannedItem, PlannedSubject};
use super::record::{CallNote, Failed, Record, Status};
use crate::llm::{
    AnswerContext, Class, Datum, Exchange, Failure, Outcome, Phase, Prompt, PromptSet, Sampling, Score, Step,
    StepSettings, Structuring, Turn,
};
use crate::taxonomy::{NodeId, QualitySettings, Untrusted};

/// What came of asking for an item.
#[derive(Debug)]
pub(super) enum Asked {
    /// Something to keep, for better or worse.
    Record(Box<Record>, Fate),
    /// Nothing, and the run has to end: the endpoint takes no more, or can never work, or the run was stopped.
    End(Ended),
}

/// Why an item is not done.
#[derive(Debug)]
pub(super) enum Fate {
    Ok,
    Failed(Class),
    Unfit(&'static str),
}

/// Makes items of one plan.
pub(super) struct Maker {
    pub plan: Arc<Plan>,
    pub prompts: PromptSet,
    question: StepSettings,
    answer: StepSettings,
    any_language: Checker,
    /// For each language that is asked for.
    checkers: Vec<(String, Checker)>,
    /// Subjects about languages: their homework may be in another one.
    about_languages: HashSet<NodeId>,
    /// The syllabi of the subjects that were asked about last: a plan goes from subject to subject, and several are under way.
    syllabi: Mutex<VecDeque<(usize, Datum)>>,
    /// The steps whose endpoint has given a reply, a bit each: what it refuses after that is the fault of the request.
    proven: AtomicU8,
}

/// Syllabi that are kept as prompts are told them.
const SYLLABI: usize = 16;

impl Maker {
    pub fn new(plan: Arc<Plan>, prompts: PromptSet, benchmarks: Arc<Benchmarks>, checks: QualitySettings) -> Self {
        let settings = |step: &super::recipe::StepRecipe| StepSettings {
            model: step.model.clone(),
            sampling: step.sampling.clone(),
            structuring: Structuring::Auto,
            stream: false,
        };
        let (question, answer) = (settings(&plan.recipe.question), settings(&plan.recipe.answer));
        let questions = prompts.fixed(Prompt::Question).chain(prompts.fixed(Prompt::QuestionTyped));
        let any_language = Checker {
            language: None,
            benchmarks,
            settings: checks,
            asked_for_question: Instructions::of(questions),
            asked_for_answer: Instructions::of(prompts.fixed(Prompt::Answer)),
        };
        let languages = std::iter::once(&plan.recipe.language).chain(&plan.languages);
        let checker = |language: &String| {
            (language.clone(), Checker { language: Expected::named(language), ..any_language.clone() })
        };
        let checkers = languages.map(checker).collect();
        let is_about =
            |subject: &&PlannedSubject| Expected::is_about_languages(subject.names.iter().map(Untrusted::raw));
        let about_languages = plan.subjects.iter().filter(is_about).filter_map(|s| s.lineage.last().copied()).collect();
        let syllabi = Mutex::default();
        let proven = AtomicU8::new(0);
        Self { plan, prompts, question, answer, any_language, checkers, about_languages, syllabi, proven }
    }

    /// An earlier start had replies to questions and answers.
    pub fn has_made_items(&self) {
        [Step::Question, Step::Answer].into_iter().for_each(|step| self.prove(step));
    }

    fn prove(&self, step: Step) {
        if !self.is_proven(step) {
            self.proven.fetch_or(1 << step as u8, Ordering::Relaxed);
        }
    }

    fn is_proven(&self, step: Step) -> bool {
        self.proven.load(Ordering::Relaxed) & 1 << step as u8 != 0
    }

    /// Asks for the question of an item that failed `before` times. Where the request carries a seed, each try has
    /// another: the same one would bring the same reply again.
    pub fn question_turn(&self, item: &PlannedItem, before: u32) -> Result<Turn, Asked> {
        let context = question_context(&self.plan, item, self.syllabus(item.subject));
        let turn = Turn::question(&self.prompts, &context, &seeded(&self.question, before));
        turn.or_else(|failure| self.failed(Box::new(Record::blank(&self.plan, item)), Step::Question, failure))
    }

    /// Takes the reply with the question; what is left to be asked about is given back.
    pub fn question(&self, mut record: Box<Record>, turn: Turn, outcome: Outcome) -> Result<Box<Record>, Asked> {
        let text = match settled(turn, outcome, &mut record.question_call) {
            Ok(asked) => asked,
            Err(failure) => return self.failed(record, Step::Question, failure),
        };
        self.prove(Step::Question);
        self.checked_question(record, &text)
    }

    /// Takes an item that was broken off with a question, perhaps with an answer: what is checked may have changed since.
    pub fn begun(&self, record: Box<Record>) -> Result<Box<Record>, Asked> {
        let (question, answer) = (record.question.raw().to_owned(), record.answer.raw().to_owned());
        let record = self.checked_question(record, &question)?;
        if record.answer_call.is_some() { self.checked_answer(record, &answer) } else { Ok(record) }
    }

    fn checked_question(&self, mut record: Box<Record>, question: &str) -> Result<Box<Record>, Asked> {
        let checker = self.checker(&record);
        record.findings = checker.question(question);
        let fault = self.form_is_on().then(|| form::question(record.question_type, question)).flatten();
        record.findings.extend(Finding::of_form(Step::Question, fault));
        record.question = question.trim().into();
        if record.findings.is_empty() { Ok(record) } else { Err(unfit(record)) }
    }

    /// Takes what the judge said of the question.
    pub fn question_judged(&self, mut record: Box<Record>, said: Exchange<Score>) -> Result<Box<Record>, Asked> {
        let judgement = record.judge.get_or_insert_default();
        match self.heard(said, judgement) {
            Ok(score) => judgement.question = score,
            Err(failure) => return self.failed(record, Step::Judge, failure),
        }
        if self.judged_out(&mut record, Step::Question) { Err(unfit(record)) } else { Ok(record) }
    }

    /// Asks for the answer.
    pub fn answer_turn(&self, record: &Record, before: u32) -> Result<Turn, Asked> {
        let context = AnswerContext { question: record.question.raw().to_owned() };
        let turn = Turn::answer(&self.prompts, &context, &seeded(&self.answer, before));
        turn.or_else(|failure| self.failed(Box::new(record.clone()), Step::Answer, failure))
    }

    /// Takes the reply with the answer.
    pub fn answer(&self, mut record: Box<Record>, turn: Turn, outcome: Outcome) -> Result<Box<Record>, Asked> {
        let text = match settled(turn, outcome, &mut record.answer_call) {
            Ok(asked) => asked,
            Err(failure) => return self.failed(record, Step::Answer, failure),
        };
        self.prove(Step::Answer);
        self.checked_answer(record, &text)
    }

    fn checked_answer(&self, mut record: Box<Record>, answer: &str) -> Result<Box<Record>, Asked> {
        let checker = self.checker(&record);
        record.findings = checker.answer(answer, record.question.raw());
        let asked = record.question.raw();
        let fault = self.form_is_on().then(|| form::answer(record.question_type, answer, asked)).flatten();
        record.findings.extend(Finding::of_form(Step::Answer, fault));
        record.answer = answer.trim().into();
        if record.findings.is_empty() { Ok(record) } else { Err(unfit(record)) }
    }

    /// Takes what the judge said of question and answer.
    pub fn pair_judged(&self, mut record: Box<Record>, said: Exchange<Score>) -> Result<Box<Record>, Asked> {
        let judgement = record.judge.get_or_insert_default();
        match self.heard(said, judgement) {
            Ok(score) => judgement.pair = score,
            Err(failure) => return self.failed(record, Step::Judge, failure),
        }
        if self.judged_out(&mut record, Step::Answer) { Err(unfit(record)) } else { Ok(record) }
    }

    /// The checks as they are for the language and the subject of this record.
    fn checker(&self, record: &Record) -> &Checker {
        if record.subject().is_some_and(|subject| self.about_languages.contains(&subject)) {
            return &self.any_language;
        }
        let wanted = record.language.as_ref().unwrap_or(&self.plan.recipe.language);
        self.checkers.iter().find(|(language, _)| language == wanted).map_or(&self.any_language, |(_, checker)| checker)
    }

    fn form_is_on(&self) -> bool {
        !self.any_language.settings.is_off(Check::Form.code())
    }

    fn syllabus(&self, subject: usize) -> Datum {
        let mut syllabi = self.syllabi.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, text)) = syllabi.iter().find(|(of, _)| *of == subject) {
            return text.clone();
        }
        let text = self.plan.subjects[subject].syllabus_text();
        syllabi.truncate(SYLLABI - 1);
        syllabi.push_front((subject, text.clone()));
        text
    }

    /// What the judge said. A pair that it alone refuses costs no item, as any other verdict that is missing.
    fn heard(&self, said: Exchange<Score>, into: &mut Judgement) -> Result<Option<judge::Score>, Failure> {
        let heard = Judge::heard(said, into);
        match heard {
            Err(failure) if self.is_of_item(Step::Judge, &failure) => {
                into.failure = Some(Failed::of(Step::Judge, failure));
                Ok(None)
            }
            Ok(Some(_)) => {
                self.prove(Step::Judge);
                heard
            }
            _ => heard,
        }
    }

    /// Whether the endpoint refused this request as it took others of the step: too long for its model, say.
    fn is_of_item(&self, step: Step, failure: &Failure) -> bool {
        is_refusal(failure) && self.is_proven(step)
    }

    fn failed<T>(&self, mut record: Box<Record>, step: Step, failure: Failure) -> Result<T, Asked> {
        let class = failure.class;
        let is_of_item = self.is_of_item(step, &failure);
        match class {
            // It was not sent, and is asked for again by the next start.
            Class::Cancelled => return Err(Asked::End(Ended::Stopped)),
            Class::RateLimited | Class::QuotaEnded => return Err(Asked::End(Ended::RateOrQuota(failure.message))),
            Class::ConfigError | Class::SchemaUnsupported if !is_of_item => {
                let refused = is_refusal(&failure).then(|| refused(step.as_str(), &record));
                return Err(Asked::End(Ended::Config(failure.message + &refused.unwrap_or_default())));
            }
            _ => {}
        }
        record.status = Status::Failed;
        record.counts = is_of_item || !is_outage(class);
        record.at = Timestamp::now();
        record.failure = Some(Failed::of(step, failure));
        Err(Asked::Record(record, Fate::Failed(class)))
    }

    /// Notes what the judge has against the item.
    fn judged_out(&self, record: &mut Record, part: Step) -> bool {
        let objection = record.judge.as_ref().and_then(Judgement::objection);
        let on = !self.any_language.settings.is_off(Check::JudgedOut.code());
        let found = objection.filter(|_| on).map(|detail| Finding { part, check: Check::JudgedOut, detail });
        record.findings.extend(found);
        !record.findings.is_empty()
    }
}

/// An item that is whole.
pub(super) fn done(mut record: Box<Record>) -> Asked {
    record.at = Timestamp::now();
    Asked::Record(record, Fate::Ok)
}

fn seeded(settings: &StepSettings, before: u32) -> Cow<'_, StepSettings> {
    let Some(seed) = settings.sampling.seed.filter(|_| before > 0) else { return Cow::Borrowed(settings) };
    let sampling = Sampling { seed: Some(seed.wrapping_add(before.into())), ..settings.sampling.clone() };
    Cow::Owned(StepSettings { sampling, ..settings.clone() })
}

/// The reply's text; the call is noted either way.
fn settled(turn: Turn, outcome: Outcome, note: &mut Option<CallNote>) -> Result<String, Failure> {
    let (call, result) = turn.settle(outcome);
    let (noted, reply) = CallNote::of(call);
    *note = Some(noted);
    result.map(|()| reply)
}

/// Whether the endpoint refused the request for what is in it, and not for who asks or where.
fn is_refusal(failure: &Failure) -> bool {
    matches!(failure.class, Class::ConfigError | Class::SchemaUnsupported)
        && matches!(failure.status, Some(400 | 413 | 422))
}

/// Which request was refused, as a sentence that follows another.
pub(super) fn refused(step: &str, record: &Record) -> String {
    let subject = record.path.last().map(Untrusted::line).unwrap_or_default();
    format!(" What was refused is the {step} of item {} of '{subject}'.", record.item)
}

fn unfit(mut record: Box<Record>) -> Asked {
    record.status = Status::Unfit;
    record.counts = true;
    record.at = Timestamp::now();
    let code = record.findings.first().map_or("", |finding| finding.check.code());
    Asked::Record(record, Fate::Unfit(code))
}

/// Whether a server took the request and did not answer it in time.
pub(super) fn is_too_slow(fate: &Fate) -> bool {
    matches!(fate, Fate::Failed(Class::Timeout(Phase::FirstByte | Phase::Total)))
}

/// Whether a failure says something about the server or the network and nothing about the item.
pub(super) fn is_outage(class: Class) -> bool {
    match class {
        Class::ServerError | Class::Timeout(_) | Class::Transport | Class::Malformed | Class::Cancelled => true,
        Class::RateLimited | Class::QuotaEnded | Class::ConfigError | Class::SchemaUnsupported => true,
        Class::Invalid(_) | Class::Truncated | Class::Refused | Class::Filtered | Class::Empty => false,
    }
}
