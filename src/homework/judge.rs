//! The judge: a model that scores a question before its answer is paid for, and the pair when it is whole (LAB,
//! arXiv:2403.01081, section 3: a question 0 or 1, a pair 1 to 3, of which 2 and 3 are kept).
//!
//! A verdict changes nothing of an item, so the judge is not part of the recipe nor of the item's id: what was made without a
//! judge can be judged later, and by another one. A judge that gives no verdict costs no item.

use serde::{Deserialize, Serialize};

use super::record::{CallNote, Failed};
use crate::llm::{self, Class, Client, Exchange, Failure, JudgeContext, PromptSet, Step, StepSettings, ask_judge};
use crate::taxonomy::Untrusted;

/// The lowest score of a pair that is kept.
pub const KEEP_PAIR: u8 = 2;

/// Who judges, and how it is asked.
#[derive(Debug, Clone)]
pub struct Judge {
    /// The endpoint.
    pub client: Client,
    /// Model and parameters.
    pub settings: StepSettings,
}

/// What a judge said of an item.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// Of the question alone: 0 or 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<Score>,
    /// Of question and answer: 1 to 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pair: Option<Score>,
    /// Why a verdict is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failed>,
    /// The calls that brought no score: they were paid for all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unscored: Vec<CallNote>,
}

/// A score, and where it came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The number.
    pub score: u8,
    /// The judge's reason.
    pub reason: Untrusted,
    /// How it was asked for.
    pub call: CallNote,
}

impl Judgement {
    /// Whether nothing was said against the item.
    #[must_use]
    pub fn keeps(&self) -> bool {
        self.question.as_ref().is_none_or(|score| score.score > 0)
            && self.pair.as_ref().is_none_or(|score| score.score >= KEEP_PAIR)
    }

    /// Whether there is nothing left to ask: the question was found bad, or the pair has its score.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.pair.is_some() || !self.keeps()
    }

    /// What was said against the item, as a sentence.
    #[must_use]
    pub fn objection(&self) -> Option<String> {
        let told =
            |what: &str, score: &Score| format!("The {what} was scored {}: {}", score.score, score.reason.line());
        let question = self.question.as_ref().filter(|score| score.score == 0);
        let pair = self.pair.as_ref().filter(|score| score.score < KEEP_PAIR);
        question.map(|score| told("question", score)).or_else(|| pair.map(|score| told("pair", score)))
    }

    /// All calls to the judge, those that brought a score first.
    pub fn calls(&self) -> impl Iterator<Item = &CallNote> {
        let scored = [&self.question, &self.pair].into_iter().flatten().map(|score| &score.call);
        scored.chain(&self.unscored)
    }

    /// Tokens of all calls, as far as they were counted.
    #[must_use]
    pub fn tokens(&self) -> llm::Usage {
        self.calls().filter_map(|call| call.tokens).fold(llm::Usage::default(), std::ops::Add::add)
    }
}

impl Judge {
    /// Has the question scored.
    ///
    /// # Errors
    /// The endpoint takes no more, or can never work; any other failure is noted in the judgement.
    pub async fn question(&self, prompts: &PromptSet, question: &str, into: &mut Judgement) -> Result<(), Failure> {
        into.question = Self::heard(self.about(prompts, question, None).await, into)?;
        Ok(())
    }

    /// Has the pair scored.
    ///
    /// # Errors
    /// As [`Judge::question`].
    pub async fn pair(
        &self,
        prompts: &PromptSet,
        question: &str,
        answer: &str,
        into: &mut Judgement,
    ) -> Result<(), Failure> {
        into.pair = Self::heard(self.about(prompts, question, Some(answer)).await, into)?;
        Ok(())
    }

    /// Asks about a question, or about a question with its answer.
    pub(super) async fn about(
        &self,
        prompts: &PromptSet,
        question: &str,
        answer: Option<&str>,
    ) -> Exchange<llm::Score> {
        let context = JudgeContext { question: question.to_owned(), answer: answer.map(str::to_owned) };
        ask_judge(&self.client, prompts, &context, &self.settings).await
    }

    /// The score that was given; why there is none is noted.
    ///
    /// # Errors
    /// The endpoint takes no more, or can never work.
    pub(super) fn heard(said: Exchange<llm::Score>, into: &mut Judgement) -> Result<Option<Score>, Failure> {
        let Exchange { calls, result } = said;
        let mut calls: Vec<CallNote> = calls.into_iter().map(|call| CallNote::of(call).0).collect();
        let scored = if result.is_ok() { calls.pop() } else { None };
        into.unscored.append(&mut calls);
        match (result, scored) {
            (Ok(found), Some(call)) => Ok(Some(Score { score: found.score, reason: found.reason.into(), call })),
            (Ok(_), None) => Ok(None),
            (Err(failure), _) => match failure.class {
                Class::RateLimited | Class::QuotaEnded | Class::ConfigError | Class::SchemaUnsupported => Err(failure),
                // It was not sent.
                Class::Cancelled => Err(failure),
                _ => {
                    into.failure = Some(Failed::of(Step::Judge, failure));
                    Ok(None)
                }
            },
        }
    }
}
