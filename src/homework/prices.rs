//! What tokens cost, where somebody said so.

use std::ops::Add;

use serde::{Deserialize, Serialize};

use crate::llm::Usage;

/// The price of a model, in US dollars for a million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// Tokens of prompts.
    pub prompt: f64,
    /// Tokens of replies.
    pub completion: f64,
}

/// The prices of the two steps; a cost is known when both are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Prices {
    /// Questions.
    pub question: Option<Price>,
    /// Answers.
    pub answer: Option<Price>,
    /// Judgements; of no matter where nobody judges.
    pub judge: Option<Price>,
}

impl Price {
    fn of(self, tokens: Usage) -> f64 {
        (tokens.prompt_tokens as f64 * self.prompt + tokens.completion_tokens as f64 * self.completion) / 1e6
    }
}

impl Prices {
    /// The cost of these tokens in US dollars; `None` where a price is not known.
    #[must_use]
    pub fn cost(&self, question: Usage, answer: Usage) -> Option<f64> {
        Some(self.question?.of(question).add(self.answer?.of(answer)))
    }

    /// The cost of a judge's tokens; `None` where there are some and the price is not known.
    #[must_use]
    pub fn cost_of_judging(&self, tokens: Usage) -> Option<f64> {
        if tokens == Usage::default() { Some(0.0) } else { Some(self.judge?.of(tokens)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_needs_both_prices() {
        let price = Some(Price { prompt: 2.0, completion: 10.0 });
        let tokens = Usage { prompt_tokens: 1_000_000, completion_tokens: 500_000, ..Usage::default() };
        assert_eq!(Prices { question: price, answer: price, judge: None }.cost(tokens, Usage::default()), Some(7.0));
        assert_eq!(Prices { question: price, answer: None, judge: None }.cost(tokens, Usage::default()), None);
    }
}
