//! Tokens by step: what servers counted, and apart from it what is only estimated because they did not.

use std::collections::BTreeSet;
use std::ops::{Add, AddAssign};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::judge::Judgement;
use super::ledger::recount;
use super::record::{CallNote, Record, Status};
use super::run::{RunId, segments};
use super::segment::StorageError;
use crate::llm::Usage;

/// Tokens of some calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tokens {
    /// As the servers counted them.
    #[serde(skip_serializing_if = "is_nothing")]
    pub counted: Usage,
    /// Of replies whose server did not count: four characters a token.
    #[serde(skip_serializing_if = "is_nothing")]
    pub estimated: Usage,
}

/// Tokens by step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Spent {
    /// Questions.
    #[serde(skip_serializing_if = "is_nothing")]
    pub question: Tokens,
    /// Answers.
    #[serde(skip_serializing_if = "is_nothing")]
    pub answer: Tokens,
    /// Judgements.
    #[serde(skip_serializing_if = "is_nothing")]
    pub judge: Tokens,
    /// Judgements that were asked for after the items were made.
    #[serde(skip_serializing_if = "is_nothing")]
    pub judged_later: Tokens,
}

fn is_nothing<T: Default + PartialEq>(tokens: &T) -> bool {
    *tokens == T::default()
}

/// The models of the steps, as they were asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StepModels {
    /// Questions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// Answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// Judgements.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judge: Option<String>,
    /// Judgements that were asked for later: any of several.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub judged_later: BTreeSet<String>,
}

impl StepModels {
    /// Takes over what is not known yet.
    pub(super) fn or(&mut self, other: Self) {
        let Self { question, answer, judge, judged_later } = other;
        self.judged_later.extend(judged_later);
        let parts = [(&mut self.question, question), (&mut self.answer, answer), (&mut self.judge, judge)];
        parts.into_iter().filter(|(known, _)| known.is_none()).for_each(|(known, other)| *known = other);
    }

    /// Notes the models that a record's calls asked, where they are not known yet.
    pub(super) fn note(&mut self, record: &Record) {
        let judged = record.judge.iter().flat_map(Judgement::calls).next();
        let calls = [record.question_call.as_ref(), record.answer_call.as_ref(), judged];
        self.fill(calls, |call| &call.model);
    }

    /// The same, of the calls for a question, for an answer and of the judge.
    fn fill<C>(&mut self, calls: [Option<&C>; 3], model: impl Fn(&C) -> &String) {
        for (known, call) in [&mut self.question, &mut self.answer, &mut self.judge].into_iter().zip(calls) {
            if known.is_none() {
                *known = call.map(|call| model(call).clone());
            }
        }
    }
}

impl Tokens {
    /// Both kinds together: for money and caps, which must not overlook what was not counted.
    #[must_use]
    pub fn all(self) -> Usage {
        self.counted + self.estimated
    }

    pub(super) fn is_empty(self) -> bool {
        self.all() == Usage::default()
    }
}

impl Add for Tokens {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { counted: self.counted + other.counted, estimated: self.estimated + other.estimated }
    }
}

impl From<&CallNote> for Tokens {
    fn from(call: &CallNote) -> Self {
        Self { counted: call.tokens.unwrap_or_default(), estimated: call.estimated.unwrap_or_default() }
    }
}

impl Spent {
    /// Where nobody was asked but the judge, after the items were made.
    #[must_use]
    pub fn judged_later(judged_later: Tokens) -> Self {
        Self { judged_later, ..Self::default() }
    }

    /// Of all calls of a record.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        let judged = record.judge.iter().flat_map(Judgement::calls);
        Self::of_calls(&record.question_call, &record.answer_call, judged)
    }

    fn of_calls<'a, C>(question: &'a Option<C>, answer: &'a Option<C>, judged: impl Iterator<Item = &'a C>) -> Self
    where
        Tokens: From<&'a C>,
    {
        let of = |call: &'a Option<C>| call.as_ref().map(Tokens::from).unwrap_or_default();
        Self {
            question: of(question),
            answer: of(answer),
            judge: judged.map(Tokens::from).fold(Tokens::default(), Add::add),
            judged_later: Tokens::default(),
        }
    }

    /// Whether nothing was taken, as by requests that no server answered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Of all steps.
    #[must_use]
    pub fn together(&self) -> Tokens {
        self.question + self.answer + self.judge + self.judged_later
    }

    /// Tokens sent and received, of both kinds: what a cap on tokens is about.
    #[must_use]
    pub fn tokens(&self) -> u64 {
        let all = self.together().all();
        all.prompt_tokens.saturating_add(all.completion_tokens)
    }
}

impl Add for Spent {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            question: self.question + other.question,
            answer: self.answer + other.answer,
            judge: self.judge + other.judge,
            judged_later: self.judged_later + other.judged_later,
        }
    }
}

impl AddAssign for Spent {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// What a run has spent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Before {
    /// Tokens of every try.
    pub spent: Spent,
    /// Items that took something of it: a server that was away has not been asked for any.
    pub items: u64,
}

/// The calls of a record, as far as they tell what they took and whom they asked.
pub(super) struct Calls {
    pub question_call: Option<Asked>,
    pub answer_call: Option<Asked>,
    pub judge: Option<Judged>,
}

/// One call.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    model: String,
    tokens: Option<Usage>,
    estimated: Option<Usage>,
}

/// The calls of a judge.
#[derive(Deserialize)]
pub(super) struct Judged {
    question: Option<Scored>,
    pair: Option<Scored>,
    #[serde(default)]
    unscored: Vec<Asked>,
}

#[derive(Deserialize)]
struct Scored {
    call: Asked,
}

impl From<&Asked> for Tokens {
    fn from(call: &Asked) -> Self {
        Self { counted: call.tokens.unwrap_or_default(), estimated: call.estimated.unwrap_or_default() }
    }
}

impl Calls {
    fn judged(&self) -> impl Iterator<Item = &Asked> {
        let scores = self.judge.iter().flat_map(|said| [&said.question, &said.pair]);
        let unscored = self.judge.iter().flat_map(|said| &said.unscored);
        scores.flatten().map(|score| &score.call).chain(unscored)
    }

    /// What they took.
    pub fn spent(&self) -> Spent {
        Spent::of_calls(&self.question_call, &self.answer_call, self.judged())
    }

    /// Notes the models that were asked, where they are not known yet.
    pub fn models(&self, into: &mut StepModels) {
        into.fill([self.question_call.as_ref(), self.answer_call.as_ref(), self.judged().next()], |call| &call.model);
    }
}

/// What the starts that wrote these segments have spent.
///
/// # Errors
/// When a segment cannot be read.
pub(super) fn before(segments: &[PathBuf]) -> Result<Before, StorageError> {
    let (mut spent, mut items) = (Spent::default(), Vec::new());
    for segment in segments {
        let mut failed = Vec::new();
        let sums = recount(segment, |head, place| match head.status {
            Status::Ok => items.push(head.item),
            Status::Failed | Status::Unfit => failed.push((head.item, place as usize)),
        })?;
        let took = |place: usize| sums.spent.get(place).is_some_and(|spent| !spent.is_empty());
        items.extend(failed.into_iter().filter(|(_, place)| took(*place)).map(|(item, _)| item));
        spent += sums.together();
    }
    items.sort_unstable();
    items.dedup();
    Ok(Before { spent, items: items.len() as u64 })
}

/// What a run has spent, over all its starts.
///
/// # Errors
/// When the run's folder or a segment cannot be read.
pub fn taken(runs: &Path, run: &RunId) -> Result<Before, StorageError> {
    before(&segments(runs, run)?)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::record::{Failed, sample};
    use super::super::segment::line;
    use super::*;
    use crate::llm::Sampling;

    /// A call with so many prompt tokens counted, and so many estimated.
    pub fn call(tokens: u64, guess: u64) -> CallNote {
        let usage = |prompt_tokens| Some(Usage { prompt_tokens, ..Usage::default() });
        CallNote {
            prompt: String::new(),
            model: "m".to_owned(),
            served: None,
            sampling: Sampling::default(),
            tokens: usage(tokens),
            finish: None,
            attempts: 1,
            estimated: usage(guess),
        }
    }

    #[test]
    fn what_earlier_starts_spent_is_read_back_from_their_segments() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("0001.jsonl");
        let record = |item, tokens| Record {
            question_call: Some(call(tokens, 1)),
            answer_call: Some(call(10 * tokens, 0)),
            ..sample(item, Status::Ok)
        };
        let away = |item| {
            let failure = Failed { step: "question".to_owned(), class: "transport".to_owned(), message: "".into() };
            Record { failure: Some(failure), counts: false, ..sample(item, Status::Failed) }
        };
        let records = [away(1), record(1, 5), record(1, 5), record(2, 7), away(3), away(4)];
        let lines = records.map(|record| line(&record).unwrap());
        std::fs::write(&path, lines.concat()).unwrap();
        let found = before(&[path]).unwrap();
        assert_eq!(found.items, 2, "an item that was tried twice is one, and one that no server took is none");
        assert_eq!(found.spent.question.counted.prompt_tokens, 17);
        assert_eq!(
            (found.spent.answer.counted.prompt_tokens, found.spent.together().estimated.prompt_tokens),
            (170, 3)
        );
        assert_eq!(found.spent.tokens(), 17 + 170 + 3);
    }
}
