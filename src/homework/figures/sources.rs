//! What items were made with: models, prompts, parameters, runs; and what that took in tokens.
//!
//! Memory: nothing for an item. Names that servers make up are told apart up to [`DIFFERENT`].

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::homework::judge::Judgement;
use crate::homework::record::{CallNote, Record};
use crate::llm::Usage;
use crate::taxonomy::Untrusted;

/// Sources that are told apart.
const DIFFERENT: usize = 500;
/// Names of one model that are told.
const NAMES: usize = 8;

/// A model, as it was asked in one step.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Model {
    /// `question`, `answer` or `judge`.
    pub step: &'static str,
    /// The model asked for.
    pub model: Untrusted,
    /// Its name as servers stated it, of several some.
    pub served: Vec<Untrusted>,
    /// The version of the prompt.
    pub prompt: String,
    /// `temperature 1, top-p 0.95`; limits and seeds differ from try to try.
    pub sampling: String,
    /// Calls of all tries.
    pub calls: u64,
    /// Whole items that came of them, kept or not.
    pub items: u64,
}

/// What was sent and received.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Tokens {
    /// Tokens of questions, all tries together.
    pub questions: Usage,
    /// Tokens of answers, all tries together.
    pub answers: Usage,
    /// Tokens of judgements.
    pub judgements: Usage,
    /// Tokens of the records that are used: kept and held-out items.
    pub used: Usage,
    /// Requests, failed ones included.
    pub requests: u64,
    /// Calls whose tokens the server did not count.
    pub uncounted: u64,
    /// Items that are used: kept and held out.
    pub items: u64,
}

impl Tokens {
    /// Tokens of everything.
    #[must_use]
    pub fn all(&self) -> Usage {
        self.questions + self.answers + self.judgements
    }

    /// Sent and received tokens for each item that is used, what did not succeed included.
    #[must_use]
    pub fn per_item(&self) -> Option<f64> {
        (self.items > 0).then(|| total(self.all()) as f64 / self.items as f64)
    }

    /// The share of tokens that went into what is not used: failures, faults, duplicates, earlier tries.
    #[must_use]
    pub fn lost(&self) -> Option<f64> {
        let all = total(self.all());
        (all > 0).then(|| 1.0 - total(self.used).min(all) as f64 / all as f64)
    }
}

/// Sent and received.
#[must_use]
pub fn total(usage: Usage) -> u64 {
    usage.prompt_tokens.saturating_add(usage.completion_tokens)
}

/// Counts calls.
#[derive(Debug, Default)]
pub(super) struct Collector {
    models: BTreeMap<Model, (BTreeSet<Untrusted>, [u64; 2])>,
    pub tokens: Tokens,
}

impl Collector {
    /// Takes in a record; whether it is the best of a whole item, and whether that is used.
    pub fn add(&mut self, record: &Record, is_whole: bool, is_used: bool) {
        for (step, call) in [("question", &record.question_call), ("answer", &record.answer_call)] {
            let Some(call) = call else { continue };
            self.call(step, call, is_whole);
        }
        if let Some(judgement) = &record.judge {
            self.judged(judgement, is_whole);
        }
        if is_used {
            self.tokens.items += 1;
            self.tokens.used = self.tokens.used + record.tokens();
        }
    }

    /// Counts the calls of a judge.
    pub fn judged(&mut self, judgement: &Judgement, is_whole: bool) {
        for score in [&judgement.question, &judgement.pair].into_iter().flatten() {
            self.call("judge", &score.call, is_whole);
        }
    }

    fn call(&mut self, step: &'static str, call: &CallNote, is_whole: bool) {
        self.tokens.requests += u64::from(call.attempts);
        match call.tokens {
            Some(tokens) => {
                let all = match step {
                    "question" => &mut self.tokens.questions,
                    "answer" => &mut self.tokens.answers,
                    _ => &mut self.tokens.judgements,
                };
                *all = *all + tokens;
            }
            None => self.tokens.uncounted += 1,
        }
        let (mut name, mut prompt, mut sampling) = (call.model.as_str(), call.prompt.clone(), sampling(call));
        let of = |name: &str, prompt, sampling| Model {
            step,
            model: name.into(),
            served: Vec::new(),
            prompt,
            sampling,
            calls: 0,
            items: 0,
        };
        if self.models.len() >= DIFFERENT && !self.models.contains_key(&of(name, prompt.clone(), sampling.clone())) {
            (name, prompt, sampling) = ("others", String::new(), String::new());
        }
        let (served, counts) = self.models.entry(of(name, prompt, sampling)).or_default();
        if let Some(name) = call.served.as_ref().filter(|_| served.len() < NAMES) {
            served.insert(name.clone());
        }
        counts[0] += 1;
        counts[1] += u64::from(is_whole);
    }

    /// The models, by step, the most used first.
    pub fn models(self) -> Vec<Model> {
        let models = self.models.into_iter().map(|(model, (served, [calls, items]))| Model {
            served: served.into_iter().collect(),
            calls,
            items,
            ..model
        });
        let mut models: Vec<Model> = models.collect();
        let step = |model: &Model| ["question", "answer", "judge"].iter().position(|step| *step == model.step);
        models.sort_by(|a, b| (step(a), b.calls).cmp(&(step(b), a.calls)).then_with(|| a.cmp(b)));
        models
    }
}

fn sampling(call: &CallNote) -> String {
    let sampling = &call.sampling;
    let parts = [
        sampling.temperature.map(|number| format!("temperature {number}")),
        sampling.top_p.map(|number| format!("top-p {number}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
