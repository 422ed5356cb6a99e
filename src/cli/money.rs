//! What tokens cost, in words.

use super::console::Console;
use super::global::environment;
use crate::asking::Seats;
use crate::error::AppError;
use crate::homework::{Price, Prices, RunStatus, Spent, dollars, today};
use crate::taxonomy::Snapshot;
use crate::taxonomy::text::grouped;

/// What the tokens of runs cost at the prices of the configuration, less the discount on what came by batch.
///
/// # Errors
/// The configuration is wrong.
pub fn prices<'a>(
    console: &mut Console<'_>,
    snapshot: &Snapshot,
    runs: impl IntoIterator<Item = &'a RunStatus>,
) -> Result<Vec<Prices>, AppError> {
    let (config, _) = console.config(None)?;
    let seats = Seats::new(&config, &environment, &snapshot.manifest);
    Ok(runs.into_iter().map(|run| seats.prices(&run.models).less(&run.spent, &run.free)).collect())
}

/// "$1.20", or that it is not known; with the part that is for tokens which nobody counted.
#[must_use]
pub fn cost(prices: &Prices, spent: &Spent) -> String {
    let Some(cost) = prices.cost(spent) else { return "unknown".to_owned() };
    match prices.cost_of_estimated(spent) {
        Some(part) if part > 0.0 => format!("{} (of it about {} estimated)", dollars(cost), dollars(part)),
        _ => dollars(cost),
    }
}

/// Tokens as counted, and apart from them those that are estimated.
#[must_use]
pub fn tokens(spent: &Spent) -> String {
    let together = spent.together();
    let (sent, received) = (grouped(together.counted.prompt_tokens), grouped(together.counted.completion_tokens));
    let guess = together.estimated;
    match guess.prompt_tokens + guess.completion_tokens {
        0 => format!("{sent} sent, {received} received"),
        _ => {
            let (more, back) = (grouped(guess.prompt_tokens), grouped(guess.completion_tokens));
            format!("{sent} sent, {received} received; beside them about {more} and {back} that no server counted")
        }
    }
}

/// What there is to say about prices that are old.
#[must_use]
pub fn remarks(priced: &[(&str, Option<Price>)]) -> Vec<String> {
    let today = today();
    let remark = |(model, price): &(&str, Option<Price>)| {
        let (days, date) = ((*price)?.stale(today)?, (*price)?.date?);
        Some(format!("The price of {model} was looked up {days} days ago ({date}); is it still right?"))
    };
    priced.iter().filter_map(remark).collect()
}

/// The models whose price is not known, and where it would be: "no price for a and b in your config".
#[must_use]
pub fn unknown(priced: &[(&str, Option<Price>)]) -> String {
    let models: Vec<_> = priced.iter().filter(|(_, price)| price.is_none()).map(|(model, _)| *model).collect();
    match models.as_slice() {
        [] => "no price is known".to_owned(),
        models => format!("no price for {} under `prices:` in your config", models.join(" and ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::homework::Tokens;
    use crate::llm::Usage;

    #[test]
    fn what_nobody_counted_is_told_apart() {
        let counted = Usage { prompt_tokens: 1_000_000, completion_tokens: 1_000, ..Usage::default() };
        let estimated = Usage { prompt_tokens: 500_000, ..Usage::default() };
        let mut spent = Spent { question: Tokens { counted, ..Tokens::default() }, ..Spent::default() };
        let price = Some(Price::new(1.0, 0.0));
        let prices = Prices { question: price, answer: price, ..Prices::default() };
        assert_eq!(
            (cost(&prices, &spent), tokens(&spent)),
            ("$1.00".into(), "1,000,000 sent, 1,000 received".to_owned())
        );
        spent.question.estimated = estimated;
        assert_eq!(cost(&prices, &spent), "$1.50 (of it about $0.50 estimated)");
        assert!(tokens(&spent).ends_with("beside them about 500,000 and 0 that no server counted"));
        assert_eq!(cost(&Prices::default(), &spent), "unknown");
    }

    #[test]
    fn unknown_and_old_prices_are_said() {
        let old = Price { date: Some(jiff::civil::date(2020, 1, 1)), ..Price::new(1.0, 1.0) };
        let priced = [("a", None), ("b", Some(old)), ("c", Some(Price::new(1.0, 1.0)))];
        let said = remarks(&priced);
        assert!(said.len() == 1 && said[0].starts_with("The price of b was looked up "), "{said:?}");
        assert_eq!(unknown(&priced), "no price for a under `prices:` in your config");
    }
}
