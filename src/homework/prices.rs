//! What tokens cost, where somebody said so.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::spent::{Spent, Tokens};
use crate::llm::Usage;

/// Days after which a price is said to be old.
pub const PRICE_DAYS: i32 = 90;

/// The day it is (UTC): prices are looked up by day.
#[must_use]
pub fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// The price of a model, in US dollars for a million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// Tokens of prompts.
    pub prompt: f64,
    /// Tokens of replies.
    pub completion: f64,
    /// Tokens of prompts that came out of the server's cache; the price of the others where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached: Option<f64>,
    /// When it was looked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
}

/// The prices of the steps; a cost is known when those of all steps that took tokens are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Prices {
    /// Questions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<Price>,
    /// Answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Price>,
    /// Judgements; of no matter where nobody judges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge: Option<Price>,
    /// Judgements that were asked for after the items were made; of no matter where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged_later: Option<Price>,
}

impl Price {
    /// A price without a date, and without a lower one for cached tokens.
    #[must_use]
    pub fn new(prompt: f64, completion: f64) -> Self {
        Self { prompt, completion, cached: None, date: None }
    }

    /// What these tokens cost in US dollars.
    #[must_use]
    pub fn of(self, tokens: Usage) -> f64 {
        let cached = tokens.cached_tokens.min(tokens.prompt_tokens);
        let fresh = tokens.prompt_tokens - cached;
        let prompt = fresh as f64 * self.prompt + cached as f64 * self.cached.unwrap_or(self.prompt);
        (prompt + tokens.completion_tokens as f64 * self.completion) / 1e6
    }

    /// How many days old it is on `today`, where that is too many.
    #[must_use]
    pub fn stale(self, today: Date) -> Option<i32> {
        let days = (today - self.date?).get_days();
        (days > PRICE_DAYS).then_some(days)
    }
}

impl Prices {
    /// Where nobody is asked but a judge, later: it does not matter what questions and answers would cost.
    #[must_use]
    pub fn of_judging_later(price: Option<Price>) -> Self {
        Self { question: price, answer: price, judge: price, judged_later: price }
    }

    /// What these tokens cost in US dollars; `None` where a price is not known. An unknown price is never zero, also
    /// before the first token.
    #[must_use]
    pub fn cost(&self, spent: &Spent) -> Option<f64> {
        let of = |price: Option<Price>, tokens: Tokens| Some(price?.of(tokens.all()));
        let any = |price, tokens: Tokens| if tokens.is_empty() { Some(0.0) } else { of(price, tokens) };
        let judged = any(self.judge, spent.judge)? + any(self.judged_later, spent.judged_later)?;
        Some(of(self.question, spent.question)? + of(self.answer, spent.answer)? + judged)
    }

    /// The prices at which `spent` costs as much less as its part `free` is worth, in each step for all tokens alike.
    #[must_use]
    pub fn less(&self, spent: &Spent, free: &Spent) -> Self {
        let less = |price: Option<Price>, spent: Tokens, free: Tokens| {
            let price = price?;
            let whole = price.of(spent.all());
            let share = if whole > 0.0 { 1.0 - price.of(free.all()) / whole } else { 1.0 };
            let Price { prompt, completion, cached, date } = price;
            let cached = cached.map(|cached| cached * share);
            Some(Price { prompt: prompt * share, completion: completion * share, cached, date })
        };
        Self {
            question: less(self.question, spent.question, free.question),
            answer: less(self.answer, spent.answer, free.answer),
            judge: less(self.judge, spent.judge, free.judge),
            judged_later: self.judged_later,
        }
    }

    /// The part of [`Prices::cost`] that is for tokens which no server counted.
    #[must_use]
    pub fn cost_of_estimated(&self, spent: &Spent) -> Option<f64> {
        let only = |tokens: Tokens| Tokens { counted: Usage::default(), ..tokens };
        let Spent { question, answer, judge, judged_later } = *spent;
        let [question, answer, judge, judged_later] = [question, answer, judge, judged_later].map(only);
        self.cost(&Spent { question, answer, judge, judged_later })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(prompt_tokens: u64, completion_tokens: u64) -> Tokens {
        Tokens { counted: Usage { prompt_tokens, completion_tokens, ..Usage::default() }, ..Tokens::default() }
    }

    #[test]
    fn a_cost_needs_the_prices_of_what_was_used() {
        let price = Some(Price::new(2.0, 10.0));
        let spent = Spent { question: counted(1_000_000, 500_000), ..Spent::default() };
        let both = Prices { question: price, answer: price, ..Prices::default() };
        assert_eq!(both.cost(&spent), Some(7.0));
        assert_eq!(Prices { question: price, ..Prices::default() }.cost(&spent), None);
        assert_eq!(Prices::default().cost(&Spent::default()), None, "unknown is not zero");
        assert_eq!(both.cost(&Spent { judge: counted(1, 1), ..spent }), None);
        let later = Spent { judge: counted(1_000_000, 0), judged_later: counted(0, 1_000_000), ..spent };
        let judged = Prices { judge: price, ..both };
        assert_eq!(judged.cost(&later), None, "whoever judged later has a price of his own");
        assert_eq!(Prices { judged_later: Some(Price::new(0.0, 1.0)), ..judged }.cost(&later), Some(10.0));
        let free = Some(Price::new(0.0, 0.0));
        assert_eq!(
            Prices { question: free, answer: free, ..Prices::default() }.cost(&spent),
            Some(0.0),
            "zero is known"
        );
    }

    #[test]
    fn cached_tokens_have_a_price_of_their_own_and_estimated_ones_are_told_apart() {
        let usage =
            Usage { prompt_tokens: 1_000_000, cached_tokens: 400_000, completion_tokens: 0, ..Usage::default() };
        assert_eq!(Price { cached: Some(1.0), ..Price::new(2.0, 0.0) }.of(usage), 1.6);
        assert_eq!(Price::new(2.0, 0.0).of(usage), 2.0);
        let price = Some(Price::new(1.0, 1.0));
        let prices = Prices { question: price, answer: price, ..Prices::default() };
        let guessed = Usage { prompt_tokens: 500_000, ..Usage::default() };
        let spent = Spent { question: Tokens { counted: usage, estimated: guessed }, ..Spent::default() };
        assert_eq!((prices.cost(&spent), prices.cost_of_estimated(&spent)), (Some(1.5), Some(0.5)));
    }

    #[test]
    fn what_is_free_makes_all_of_its_step_cheaper() {
        let price = Some(Price { cached: Some(0.5), ..Price::new(1.0, 4.0) });
        let prices = Prices { question: price, answer: price, ..Prices::default() };
        let spent = Spent { question: counted(4_000_000, 0), answer: counted(0, 2_000_000), ..Spent::default() };
        assert_eq!(prices.less(&spent, &Spent::default()), prices);
        let free = Spent { question: counted(1_000_000, 0), answer: counted(0, 1_000_000), ..Spent::default() };
        let less = prices.less(&spent, &free);
        assert_eq!((prices.cost(&spent), less.cost(&spent)), (Some(12.0), Some(7.0)));
        assert_eq!(less.question, Some(Price { cached: Some(0.375), ..Price::new(0.75, 3.0) }));
        assert_eq!(Prices::default().less(&spent, &free).cost(&spent), None, "unknown stays unknown");
    }

    #[test]
    fn an_old_price_is_said_to_be_old() {
        let price = Price { date: Some(jiff::civil::date(2026, 1, 1)), ..Price::new(1.0, 1.0) };
        assert_eq!(price.stale(jiff::civil::date(2026, 4, 1)), None);
        assert_eq!(price.stale(jiff::civil::date(2026, 11, 21)), Some(324));
        assert_eq!(Price::new(1.0, 1.0).stale(jiff::civil::date(2026, 11, 21)), None);
    }
}
