use proptest::prelude::*;

use super::super::prices::Price;
use super::super::spent::Tokens;
use super::*;
use crate::llm::Usage;

fn spent(tokens: u64) -> Spent {
    let counted = Usage { prompt_tokens: tokens / 2, completion_tokens: tokens - tokens / 2, ..Usage::default() };
    Spent { question: Tokens { counted, ..Tokens::default() }, ..Spent::default() }
}

fn prices() -> Prices {
    let price = Some(Price::new(1_000.0, 1_000.0));
    Prices { question: price, answer: price, ..Prices::default() }
}

fn budget(guess: u64) -> Budget {
    let guess = Usage { completion_tokens: guess, ..Usage::default() };
    let estimate = Estimate {
        items: 1,
        question: guess,
        answer: Usage::default(),
        judge: Usage::default(),
        cost_usd: Some(guess.completion_tokens as f64 / 1_000.0),
    };
    Budget::new(prices(), Some(&estimate))
}

#[test]
fn what_flies_is_reckoned_with_before_it_is_paid() {
    let mut budget = budget(100);
    let limits = Limits { tokens: Some(1_000), ..Limits::default() };
    assert!(budget.allows(&limits, 9).is_ok(), "nine under way and this one: a thousand");
    assert!(budget.allows(&limits, 10).unwrap_err().starts_with("The cap of 1,000 tokens is reached"));
    (0..8).for_each(|_| budget.add(spent(50), true));
    assert!(budget.allows(&limits, 11).is_ok(), "from eight on the average counts: 400 + 12 * 50");
    assert!(budget.allows(&limits, 12).is_err());
    let dollars = Limits { usd: Some(1.0), ..Limits::default() };
    assert!(budget.allows(&dollars, 11).is_ok() && budget.allows(&dollars, 12).is_err(), "the same in dollars");
    let items = Limits { items: Some(10), ..Limits::default() };
    assert!(budget.allows(&items, 1).is_ok() && budget.allows(&items, 2).is_err());
    assert!(budget.allows(&Limits::default(), 1_000_000).is_ok());
}

#[test]
fn a_cap_is_for_all_starts_of_a_run_together() {
    let mut budget = budget(100);
    budget.set_before(Before { spent: spent(950), items: 9 });
    let limits = Limits { tokens: Some(1_000), ..Limits::default() };
    let why = budget.allows(&limits, 0).unwrap_err();
    assert_eq!(
        why,
        "The cap of 1,000 tokens is reached: the run has taken 950, and the next item is expected to take 106."
    );
    assert_eq!(budget.used(), Used { usd: Some(0.95), tokens: 950, items: 9 });
}

#[test]
fn tries_that_settle_nothing_cost_all_the_same() {
    let mut budget = budget(100);
    budget.add(spent(300), false);
    budget.add(spent(300), true);
    assert_eq!(budget.used(), Used { usd: Some(0.6), tokens: 600, items: 1 });
}

#[test]
fn what_failed_without_a_token_says_nothing_of_what_an_item_takes() {
    let limits = Limits { tokens: Some(30), ..Limits::default() };
    let mut budget = budget(10);
    (0..8).for_each(|_| budget.add(Spent::default(), true));
    assert!(budget.allows(&limits, 2).is_ok() && budget.allows(&limits, 3).is_err());
    (0..8).for_each(|_| budget.add(spent(2), true));
    assert!(budget.allows(&limits, 6).is_ok() && budget.allows(&limits, 7).is_err(), "16 + 7 * 2");
    assert_eq!(budget.used().items, 8);
}

#[test]
fn limits_meet_and_layer() {
    let directory = Limits { usd: Some(100.0), items: Some(5), ..Limits::default() };
    let user = Limits { usd: Some(10.0), tokens: Some(1_000_000), ..Limits::default() };
    let both = directory.and(user);
    assert_eq!(both, Limits { usd: Some(10.0), tokens: Some(1_000_000), items: Some(5) });
    let flag = Limits { usd: Some(50.0), ..Limits::default() };
    assert_eq!(flag.or(both).usd, Some(50.0));
    assert_eq!(both.words(), "$10.00, 1,000,000 tokens, 5 items");
    assert_eq!(
        [0.0, 0.00001, 0.0123, 1.5, 12_345.678].map(dollars),
        ["$0.00", "$0.000010", "$0.0123", "$1.50", "$12,345.68"]
    );
}

proptest! {
    /// Whatever items take, a cap is passed by no more than what was under way took beyond its expectation, and so
    /// never by more than all that was under way.
    #[test]
    fn a_cap_is_passed_by_no_more_than_what_was_under_way(
        cap in 1_u64..20_000,
        at_once in 1_usize..40,
        takes in prop::collection::vec(1_u64..400, 1..300),
    ) {
        let mut budget = budget(100);
        let limits = Limits { tokens: Some(cap), ..Limits::default() };
        let mut flying = std::collections::VecDeque::new();
        let mut takes = takes.into_iter().cycle().take(2_000);
        let mut flew_last = 0;
        loop {
            while flying.len() < at_once && budget.allows(&limits, flying.len()).is_ok() {
                let Some(tokens) = takes.next() else { break };
                flying.push_back(tokens);
                flew_last = flying.iter().sum();
            }
            let Some(tokens) = flying.pop_front() else { break };
            budget.add(spent(tokens), true);
        }
        let used = budget.used().tokens;
        prop_assert!(used <= cap + flew_last, "{used} of {cap}, {flew_last} under way at the last start");
    }
}
