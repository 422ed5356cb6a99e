//! Tokens by step: what servers counted, and apart from it what is only estimated because they did not.

use std::collections::HashSet;
use std::ops::{Add, AddAssign};
use std::path::PathBuf;

use serde::Deserialize;

use super::item::ItemId;
use super::judge::Judgement;
use super::record::{CallNote, Record};
use super::segment::{StorageError, read};
use crate::llm::Usage;

/// Tokens of some calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tokens {
    /// As the servers counted them.
    pub counted: Usage,
    /// Of replies whose server did not count: four characters a token.
    pub estimated: Usage,
}

/// Tokens by step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Questions.
    pub question: Tokens,
    /// Answers.
    pub answer: Tokens,
    /// Judgements.
    pub judge: Tokens,
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
    /// Of all calls of a record.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        Self::of_calls(record.question_call.as_ref(), record.answer_call.as_ref(), record.judge.as_ref())
    }

    fn of_calls(question: Option<&CallNote>, answer: Option<&CallNote>, judge: Option<&Judgement>) -> Self {
        let of = |call: Option<&CallNote>| call.map(Tokens::from).unwrap_or_default();
        let judged = judge.into_iter().flat_map(|said| [&said.question, &said.pair]).flatten();
        let judge = judged.map(|score| Tokens::from(&score.call)).fold(Tokens::default(), Add::add);
        Self { question: of(question), answer: of(answer), judge }
    }

    /// Of all steps.
    #[must_use]
    pub fn together(&self) -> Tokens {
        self.question + self.answer + self.judge
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
    /// Items that were asked for.
    pub items: u64,
}

/// The part of a record that tells what it took.
#[derive(Deserialize)]
pub(super) struct Bill {
    item: ItemId,
    question_call: Option<CallTokens>,
    answer_call: Option<CallTokens>,
    judge: Option<JudgeTokens>,
}

#[derive(Deserialize)]
pub(super) struct CallTokens {
    tokens: Option<Usage>,
    estimated: Option<Usage>,
}

#[derive(Deserialize)]
struct JudgeTokens {
    question: Option<ScoreTokens>,
    pair: Option<ScoreTokens>,
}

#[derive(Deserialize)]
struct ScoreTokens {
    call: CallTokens,
}

impl From<&CallTokens> for Tokens {
    fn from(call: &CallTokens) -> Self {
        Self { counted: call.tokens.unwrap_or_default(), estimated: call.estimated.unwrap_or_default() }
    }
}

impl Bill {
    fn spent(&self) -> Spent {
        let of = |call: &Option<CallTokens>| call.as_ref().map(Tokens::from).unwrap_or_default();
        let judged = self.judge.iter().flat_map(|said| [&said.question, &said.pair]).flatten();
        let judge = judged.map(|score| Tokens::from(&score.call)).fold(Tokens::default(), Add::add);
        Spent { question: of(&self.question_call), answer: of(&self.answer_call), judge }
    }
}

/// What the starts that wrote these segments have spent.
///
/// # Errors
/// When a segment cannot be read.
pub(super) fn before(segments: &[PathBuf]) -> Result<Before, StorageError> {
    let (mut found, mut items) = (Before::default(), HashSet::new());
    for segment in segments {
        read::<StorageError>(segment, |_, line| {
            if let Ok(bill) = serde_json::from_slice::<Bill>(line) {
                found.spent += bill.spent();
                items.insert(bill.item);
            }
            Ok(())
        })?;
    }
    found.items = items.len() as u64;
    Ok(found)
}
