//! The calls of an item, in their order.

use serde::{Deserialize, Serialize};

use crate::llm::Step;

/// One call of an item. All of one stage can be asked for at once, in one batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// The question.
    Question,
    /// The judge on the question alone, where there is a judge.
    QuestionVerdict,
    /// The answer.
    Answer,
    /// The judge on the pair, where there is a judge.
    PairVerdict,
}

impl Stage {
    /// All of them, in the order of the work.
    pub const ALL: [Self; 4] = [Self::Question, Self::QuestionVerdict, Self::Answer, Self::PairVerdict];

    /// The letter in a `custom_id`.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::Question => 'q',
            Self::QuestionVerdict => 'j',
            Self::Answer => 'a',
            Self::PairVerdict => 'p',
        }
    }

    /// How files of it are called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Question => "questions",
            Self::QuestionVerdict => "question-verdicts",
            Self::Answer => "answers",
            Self::PairVerdict => "pair-verdicts",
        }
    }

    /// The step whose model is asked.
    #[must_use]
    pub fn step(self) -> Step {
        match self {
            Self::Question => Step::Question,
            Self::Answer => Step::Answer,
            Self::QuestionVerdict | Self::PairVerdict => Step::Judge,
        }
    }

    /// Its place in the order, from 0.
    pub(super) fn number(self) -> u64 {
        self as u64
    }
}
