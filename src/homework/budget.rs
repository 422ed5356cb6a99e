//! Caps in dollars, tokens and items that stop a run cleanly.
//!
//! A cap is for the run, over all its starts: who says five dollars means five dollars, however often the same command
//! is given. An item is started only while what the run has spent, and what is expected of the items under way and of
//! this one, stays within every cap. An item is expected to take what the run's items took on average so far; until
//! eight are finished, what the plan's estimate says. Items for which no server was there took nothing, say nothing of what one
//! takes, and are none of a cap in items. What is under way is finished and counted, so a cap is passed by
//! no more than the items under way take beyond their expectation.

use super::estimate::Estimate;
use super::prices::Prices;
use super::spent::{Before, Spent};
pub use crate::taxonomy::Limits;
use crate::taxonomy::text::grouped;

/// Finished items from which on their average is believed rather than the estimate.
const ENOUGH: u64 = 8;

impl Limits {
    /// "$5.00, 100,000 tokens, 50 items"; nothing where nothing is capped.
    #[must_use]
    pub fn words(&self) -> String {
        let usd = self.usd.map(dollars);
        let tokens = self.tokens.map(|tokens| format!("{} tokens", grouped(tokens)));
        let items = self.items.map(|items| format!("{} items", grouped(items)));
        [usd, tokens, items].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// An amount of money: cents, and more digits below ten cents, so that a little is never nothing.
#[must_use]
pub fn dollars(usd: f64) -> String {
    let digits = match usd.abs() {
        0.0 => 2,
        small if small < 0.001 => 6,
        small if small < 0.1 => 4,
        _ => 2,
    };
    let text = format!("{usd:.digits$}");
    match text.split_once('.') {
        Some((whole, cents)) => match whole.parse::<u64>() {
            Ok(whole) => format!("${}.{cents}", grouped(whole)),
            Err(_) => format!("${text}"),
        },
        None => format!("${text}"),
    }
}

/// What a run has taken of its caps, all its starts together.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Used {
    /// US dollars, where prices are known.
    pub usd: Option<f64>,
    /// Tokens sent and received, the estimated ones included.
    pub tokens: u64,
    /// Items that took something.
    pub items: u64,
}

/// What keeps a run within its caps.
#[derive(Debug)]
pub(super) struct Budget {
    prices: Prices,
    /// What one item takes, as the plan estimates it.
    guess: Used,
    /// What earlier starts of the run took; unknown until it was read.
    before: Option<Before>,
    spent: Spent,
    items: u64,
}

impl Budget {
    /// Nothing spent yet by this start. `estimate` is where the first expectation comes from.
    pub fn new(prices: Prices, estimate: Option<&Estimate>) -> Self {
        let guess = estimate.map(|estimate| estimate.each()).unwrap_or_default();
        Self { prices, guess, before: None, spent: Spent::default(), items: 0 }
    }

    /// The same where it is known what one item is expected to take.
    pub fn of_each(prices: Prices, each: Spent) -> Self {
        let guess = Used { usd: prices.cost(&each), tokens: each.tokens(), items: 1 };
        Self { guess, ..Self::new(prices, None) }
    }

    /// Takes in a finished try.
    pub fn add(&mut self, spent: Spent, settles: bool) {
        self.spent += spent;
        self.items += u64::from(settles && !spent.is_empty());
    }

    /// Whether it is known what earlier starts took.
    pub fn knows_before(&self) -> bool {
        self.before.is_some()
    }

    /// Says what earlier starts took.
    pub fn set_before(&mut self, before: Before) {
        self.before = Some(before);
    }

    /// What the run has taken so far.
    pub fn used(&self) -> Used {
        let before = self.before.unwrap_or_default();
        let spent = before.spent + self.spent;
        Used { usd: self.prices.cost(&spent), tokens: spent.tokens(), items: before.items + self.items }
    }

    /// What an item is expected to take.
    fn expected(&self) -> Used {
        let used = self.used();
        if used.items < ENOUGH {
            return self.guess;
        }
        let each = used.items as f64;
        Used { usd: used.usd.map(|usd| usd / each), tokens: (used.tokens as f64 / each).ceil() as u64, items: 1 }
    }

    /// Whether one more item may start beside so many under way.
    ///
    /// # Errors
    /// It may not; which cap stands against it, as a sentence.
    pub fn allows(&self, limits: &Limits, under_way: usize) -> Result<(), String> {
        if limits.is_none() {
            return Ok(());
        }
        let (used, each, more) = (self.used(), self.expected(), under_way as u64 + 1);
        let stop = |cap: String, used: String, each: String| {
            let begin = format!("The cap of {cap} is reached: the run has taken {used}");
            Err(format!("{begin}, and the next item is expected to take {each}."))
        };
        if let Some(cap) = limits.items
            && used.items.saturating_add(more) > cap
        {
            return Err(format!("The cap of {} items is reached.", grouped(cap)));
        }
        if let Some(cap) = limits.tokens
            && used.tokens.saturating_add(each.tokens.saturating_mul(more)) > cap
        {
            let tokens = |tokens| format!("{} tokens", grouped(tokens));
            return stop(tokens(cap), grouped(used.tokens), grouped(each.tokens));
        }
        if let Some(cap) = limits.usd {
            // A dollar cap without prices is refused before the start; one that is set later stops here.
            let (Some(usd), Some(each)) = (used.usd, each.usd) else {
                return Err(format!("The cap of {} cannot be kept: a price is not known.", dollars(cap)));
            };
            if usd + each * more as f64 > cap {
                return stop(dollars(cap), dollars(usd), dollars(each));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
