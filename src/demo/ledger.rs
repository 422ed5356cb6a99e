//! What the server was asked, counted: for tests that have to prove that nothing was asked twice.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::model::Usage;
use super::request::{ChatRequest, Message, Step};

/// The first half of a BLAKE3 hash over every turn of a conversation.
pub type PromptHash = [u8; 16];

/// A shared counter of requests. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Ledger(Arc<Mutex<Counts>>);

/// One completion request as it was asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// What it asked for.
    pub step: Step,
    /// The model asked for.
    pub model: String,
    /// The sampling temperature.
    pub temperature: Option<f64>,
    /// Nucleus sampling.
    pub top_p: Option<f64>,
    /// Whether a JSON schema was sent along.
    pub structured: bool,
    /// The conversation.
    pub messages: Vec<Message>,
}

impl Heard {
    /// The newest turn.
    #[must_use]
    pub fn last(&self) -> &str {
        self.messages.last().map_or("", |message| message.content.as_str())
    }
}

#[derive(Debug, Default)]
struct Counts {
    heard: Vec<Heard>,
    steps: BTreeMap<&'static str, StepCounts>,
    prompts: HashMap<PromptHash, PromptCounts>,
    faults: BTreeMap<String, u64>,
    faults_at: BTreeMap<String, u64>,
    faultable: u64,
    in_flight: u64,
    most_in_flight: u64,
}

/// The counts of one step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct StepCounts {
    /// Requests that arrived.
    pub requests: u64,
    /// Requests that got a whole, regular reply.
    pub answered: u64,
    /// Prompt tokens of the answered requests.
    pub prompt_tokens: u64,
    /// Completion tokens of the answered requests.
    pub completion_tokens: u64,
}

/// The counts of one exact conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PromptCounts {
    /// The step it belongs to, by name.
    pub step: &'static str,
    /// How often it was asked.
    pub requests: u64,
    /// How often it got a whole, regular reply.
    pub answered: u64,
}

/// The state of a ledger at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LedgerSnapshot {
    /// Requests of all steps.
    pub requests: u64,
    /// Counts by step name; steps that were never asked are absent.
    pub steps: BTreeMap<&'static str, StepCounts>,
    /// Different conversations.
    pub distinct_prompts: u64,
    /// Requests beyond the first of each conversation.
    pub repeated_requests: u64,
    /// Regular replies beyond the first of each conversation: work that was paid for twice.
    pub repeated_answers: u64,
    /// Faults that had their effect, by name.
    pub faults: BTreeMap<String, u64>,
    /// The same by name and step, such as `cutmid@answer`.
    pub faults_at: BTreeMap<String, u64>,
    /// The largest number of requests that were open at once.
    pub most_in_flight: u64,
}

impl Ledger {
    /// Notes a request of `step`; the guard notes its end when it is dropped.
    #[must_use]
    pub fn begin(&self, step: Step, prompt: Option<PromptHash>) -> InFlight {
        let mut counts = self.lock();
        counts.steps.entry(step.name()).or_default().requests += 1;
        let mut earlier = 0;
        if let Some(hash) = prompt {
            let fresh = PromptCounts { step: step.name(), requests: 0, answered: 0 };
            let entry = counts.prompts.entry(hash).or_insert(fresh);
            earlier = entry.requests;
            entry.requests += 1;
        }
        counts.in_flight += 1;
        counts.most_in_flight = counts.most_in_flight.max(counts.in_flight);
        InFlight { ledger: self.clone(), step, prompt, earlier, usage: None }
    }

    /// Keeps a request whole.
    pub fn keep(&self, request: &ChatRequest) {
        let heard = Heard {
            step: request.step(),
            model: request.model.clone(),
            temperature: request.temperature,
            top_p: request.top_p,
            structured: request.wants_json(),
            messages: request.messages.clone(),
        };
        self.lock().heard.push(heard);
    }

    /// Every request that was kept whole, in the order of arrival; none without a transcript.
    #[must_use]
    pub fn heard(&self) -> Vec<Heard> {
        self.lock().heard.clone()
    }

    /// The number of the next request that a fault may hit, from 0.
    #[must_use]
    pub fn next_faultable(&self) -> u64 {
        let mut counts = self.lock();
        let number = counts.faultable;
        counts.faultable += 1;
        number
    }

    /// Notes that a fault had its effect on a request of `step`.
    pub fn fault(&self, name: &str, step: Step) {
        let mut counts = self.lock();
        *counts.faults.entry(name.to_owned()).or_default() += 1;
        *counts.faults_at.entry(format!("{name}@{}", step.name())).or_default() += 1;
    }

    /// How many requests of `step` arrived.
    #[must_use]
    pub fn requests(&self, step: Step) -> u64 {
        self.lock().steps.get(step.name()).map_or(0, |counts| counts.requests)
    }

    /// How often the conversation with this hash was asked and answered; `None` if it never came.
    #[must_use]
    pub fn prompt(&self, hash: &PromptHash) -> Option<PromptCounts> {
        self.lock().prompts.get(hash).copied()
    }

    /// Every conversation with its counts, by hash.
    #[must_use]
    pub fn prompts(&self) -> BTreeMap<PromptHash, PromptCounts> {
        self.lock().prompts.iter().map(|(hash, counts)| (*hash, *counts)).collect()
    }

    /// All counts at this moment.
    #[must_use]
    pub fn snapshot(&self) -> LedgerSnapshot {
        let counts = self.lock();
        let beyond_first = |of: fn(&PromptCounts) -> u64| -> u64 {
            counts.prompts.values().map(|prompt| of(prompt).saturating_sub(1)).sum()
        };
        LedgerSnapshot {
            requests: counts.steps.values().map(|step| step.requests).sum(),
            steps: counts.steps.clone(),
            distinct_prompts: counts.prompts.len() as u64,
            repeated_requests: beyond_first(|prompt| prompt.requests),
            repeated_answers: beyond_first(|prompt| prompt.answered),
            faults: counts.faults.clone(),
            faults_at: counts.faults_at.clone(),
            most_in_flight: counts.most_in_flight,
        }
    }

    fn end(&self, request: &InFlight) {
        let mut counts = self.lock();
        counts.in_flight = counts.in_flight.saturating_sub(1);
        let Some(usage) = request.usage else { return };
        let step = counts.steps.entry(request.step.name()).or_default();
        step.answered += 1;
        step.prompt_tokens += usage.prompt;
        step.completion_tokens += usage.completion;
        if let Some(entry) = request.prompt.and_then(|hash| counts.prompts.get_mut(&hash)) {
            entry.answered += 1;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        // Counters stay usable after a panic elsewhere: every update leaves them whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that is being served.
#[derive(Debug)]
pub struct InFlight {
    ledger: Ledger,
    step: Step,
    prompt: Option<PromptHash>,
    earlier: u64,
    usage: Option<Usage>,
}

impl InFlight {
    /// How often this exact conversation had been asked before.
    #[must_use]
    pub fn earlier(&self) -> u64 {
        self.earlier
    }

    /// Marks the reply as whole and regular; counted when the guard is dropped.
    pub fn answered(&mut self, usage: Usage) {
        self.usage = Some(usage);
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.ledger.end(self);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_and_concurrency_are_counted() {
        let ledger = Ledger::default();
        let mut first = ledger.begin(Step::Answer, Some([1; 16]));
        let second = ledger.begin(Step::Answer, Some([2; 16]));
        first.answered(Usage { prompt: 5, completion: 7 });
        drop((first, second));
        let mut again = ledger.begin(Step::Answer, Some([1; 16]));
        assert_eq!(again.earlier(), 1);
        again.answered(Usage { prompt: 5, completion: 7 });
        drop(again);

        let seen = ledger.snapshot();
        assert_eq!((seen.requests, seen.distinct_prompts, seen.most_in_flight), (3, 2, 2));
        assert_eq!((seen.repeated_requests, seen.repeated_answers), (1, 1));
        assert_eq!(seen.steps["answer"].answered, 2);
        assert_eq!(seen.steps["answer"].completion_tokens, 14);
        assert_eq!(ledger.prompt(&[2; 16]).unwrap().answered, 0);
    }
}
