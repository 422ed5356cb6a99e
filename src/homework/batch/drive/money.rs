//! Whether another file may be sent: the queue at the provider, and the caps.

use super::super::super::budget::dollars;
use super::super::super::handle::Ended;
use super::super::super::prices::Price;
use super::super::super::run::segments;
use super::super::super::spent::{Spent, before};
use super::super::dialect::Dialect;
use super::super::log::Part;
use super::super::stage::Stage;
use super::{Drive, Stop};
use crate::llm::Usage;

impl Drive<'_> {
    pub(super) fn fits(&self, part: &Part) -> bool {
        let (mut tokens, mut requests, mut any) = (part.expected_tokens(), part.file.requests, false);
        for other in self.log.parts().filter(|part| part.is_sent()) {
            (tokens, requests, any) = (tokens + other.expected_tokens(), requests + other.file.requests, true);
        }
        !any || (self.sending.most_tokens.is_none_or(|most| tokens <= most)
            && self.sending.most_waiting.is_none_or(|most| requests <= most))
    }

    /// Whether the caps allow a part, all that was paid and is under way counted; or why not.
    pub(super) fn affords(&self, part: &Part) -> Result<Result<(), String>, Stop> {
        let limits = &self.sending.limits;
        if limits.is_none() {
            return Ok(Ok(()));
        }
        let spent = before(&segments(&self.import.runs, &self.import.run)?)?;
        let under_way = || self.log.parts().filter(|part| part.is_sent()).chain([part]);
        if let Some(most) = limits.tokens {
            let live = total(&self.live(&spent.spent));
            let batches: u64 =
                self.log.parts().map(|part| part.tokens.prompt_tokens + part.tokens.completion_tokens).sum();
            let tokens = live + batches + under_way().map(Part::expected_tokens).sum::<u64>();
            if tokens > most {
                return Ok(Err(format!(
                    "The next batch would bring it to about {tokens} tokens, and {most} are allowed."
                )));
            }
        }
        if let Some(most) = limits.usd {
            let Some(usd) = self.cost(&spent.spent, under_way()) else {
                let why = "A cap in dollars needs the prices of the models: `prices:` in the config.";
                return Err(Stop::Ended(Ended::Config(why.to_owned())));
            };
            if usd > most {
                let (usd, most) = (dollars(usd), dollars(most));
                return Ok(Err(format!("The next batch would bring it to about {usd}, and {most} are allowed.")));
            }
        }
        if let Some(most) = limits.items {
            let items = spent.items
                + under_way()
                    .filter(|part| part.file.stage == Stage::Question)
                    .map(|part| part.file.requests)
                    .sum::<u64>();
            if part.file.stage == Stage::Question && items > most {
                return Ok(Err(format!("The next batch would bring it to {items} items, and {most} are allowed.")));
            }
        }
        Ok(Ok(()))
    }

    /// What records say beyond what batches brought: made live, at the full price.
    fn live(&self, spent: &Spent) -> [(Stage, Usage); 3] {
        let of = |stage: Stage, all: Usage| {
            let same = |part: &&Part| part.file.stage.step() == stage.step();
            let batches = self.log.parts().filter(same).fold(Usage::default(), |sum, part| sum + part.tokens);
            let prompt_tokens = all.prompt_tokens.saturating_sub(batches.prompt_tokens);
            let completion_tokens = all.completion_tokens.saturating_sub(batches.completion_tokens);
            (stage, Usage { prompt_tokens, completion_tokens, ..Usage::default() })
        };
        [
            of(Stage::Question, spent.question.all()),
            of(Stage::Answer, spent.answer.all()),
            of(Stage::QuestionVerdict, spent.judge.all()),
        ]
    }

    fn price(&self, stage: Stage) -> Option<Price> {
        let prices = &self.sending.prices;
        match stage {
            Stage::Question => prices.question,
            Stage::Answer => prices.answer,
            Stage::QuestionVerdict | Stage::PairVerdict => prices.judge,
        }
    }

    fn cost<'p>(&'p self, spent: &Spent, under_way: impl Iterator<Item = &'p Part>) -> Option<f64> {
        let mut usd = 0.0;
        for (stage, usage) in self.live(spent).into_iter().filter(|(_, usage)| *usage != Usage::default()) {
            usd += self.price(stage)?.of(usage);
        }
        let share =
            |dialect: &str| Dialect::named(dialect).map_or(1.0, |known| 1.0 - f64::from(known.discount) / 100.0);
        for part in self.log.parts().filter(|part| part.tokens != Usage::default()) {
            usd += self.price(part.file.stage)?.of(part.tokens) * share(&part.dialect);
        }
        for part in under_way {
            let (prompt_tokens, completion_tokens) = (part.file.prompt_tokens, part.file.completion_tokens);
            let usage = Usage { prompt_tokens, completion_tokens, ..Usage::default() };
            usd += self.price(part.file.stage)?.of(usage) * share(&part.dialect);
        }
        Some(usd)
    }
}

fn total(usages: &[(Stage, Usage); 3]) -> u64 {
    usages.iter().map(|(_, usage)| usage.prompt_tokens + usage.completion_tokens).sum()
}
