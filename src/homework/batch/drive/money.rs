//! Whether another file may be sent: the queue at the provider, and the caps.

use std::collections::{HashMap, HashSet};

use super::super::super::budget::dollars;
use super::super::super::handle::Ended;
use super::super::super::item::ItemId;
use super::super::super::ledger::recount;
use super::super::super::prices::Price;
use super::super::super::record::{Head, Status};
use super::super::super::run::segments;
use super::super::super::spent::Spent;
use super::super::dialect::Dialect;
use super::super::journal;
use super::super::log::Part;
use super::super::stage::Stage;
use super::{Drive, Stop};
use crate::llm::Usage;

/// What was taken of the caps so far.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// By what has a record.
    spent: Spent,
    /// By items between two stages, of their try of now.
    waiting: Spent,
    /// Items that have a record or wait for their next stage.
    items: u64,
}

impl Drive<'_> {
    pub(super) fn fits(&self, part: &Part) -> bool {
        let (mut tokens, mut requests, mut any) = (part.expected_tokens(), part.file.requests, false);
        for other in self.log.parts().filter(|part| part.is_sent()) {
            (tokens, requests, any) = (tokens + other.expected_tokens(), requests + other.file.requests, true);
        }
        !any || (self.sending.most_tokens.is_none_or(|most| tokens <= most)
            && self.sending.most_waiting.is_none_or(|most| requests <= most))
    }

    /// What counts against the caps; nothing is read where there is none.
    pub(super) fn taken(&self) -> Result<Taken, Stop> {
        if self.sending.limits.is_none() {
            return Ok(Taken::default());
        }
        let (mut records, mut spent) = (HashMap::new(), Spent::default());
        for segment in segments(&self.import.runs, &self.import.run)? {
            let count = |head: Head, _| {
                let (failures, is_done) = records.entry(head.item).or_insert((0, false));
                *failures += u32::from(head.counts);
                *is_done |= head.status == Status::Ok;
            };
            spent += recount(&segment, count)?.together();
        }
        let mut waiting = HashMap::new();
        journal::read_waiting(&self.log.dir, |one| {
            waiting.insert(one.item, (one.attempt, Spent::of(&one.record)));
        })?;
        let mut items: HashSet<ItemId> = records.keys().copied().collect();
        items.extend(waiting.keys());
        waiting.retain(|item, (attempt, _)| {
            records.get(item).is_none_or(|(failures, is_done)| !is_done && *failures <= *attempt)
        });
        let waiting = waiting.into_values().fold(Spent::default(), |sum, (_, spent)| sum + spent);
        Ok(Taken { spent, waiting, items: items.len() as u64 })
    }

    /// Whether the caps allow a part, all that was paid and is under way counted; or why not.
    pub(super) fn affords(&self, part: &Part, taken: &Taken) -> Result<Result<(), String>, Stop> {
        let limits = &self.sending.limits;
        let under_way = || self.log.parts().filter(|part| part.is_sent()).chain([part]);
        if let Some(most) = limits.tokens {
            let live = total(&self.live(taken));
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
            let Some(usd) = self.cost(taken, under_way()) else {
                let why = "A cap in dollars needs the prices of the models: `prices:` in the config.";
                return Err(Stop::Ended(Ended::Config(why.to_owned())));
            };
            if usd > most {
                let (usd, most) = (dollars(usd), dollars(most));
                return Ok(Err(format!("The next batch would bring it to about {usd}, and {most} are allowed.")));
            }
        }
        if let Some(most) = limits.items {
            let items = taken.items
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

    /// What records and items under way say beyond what batches brought: made live, at the full price.
    fn live(&self, taken: &Taken) -> [(Stage, Usage); 3] {
        let all = taken.spent + taken.waiting;
        let of = |stage: Stage, all: Usage| {
            let same = |part: &&Part| part.file.stage.step() == stage.step();
            let batches = self.log.parts().filter(same).fold(Usage::default(), |sum, part| sum + part.tokens);
            let prompt_tokens = all.prompt_tokens.saturating_sub(batches.prompt_tokens);
            let completion_tokens = all.completion_tokens.saturating_sub(batches.completion_tokens);
            (stage, Usage { prompt_tokens, completion_tokens, ..Usage::default() })
        };
        [
            of(Stage::Question, all.question.all()),
            of(Stage::Answer, all.answer.all()),
            of(Stage::QuestionVerdict, all.judge.all()),
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

    fn cost<'p>(&'p self, taken: &Taken, under_way: impl Iterator<Item = &'p Part>) -> Option<f64> {
        let mut usd = 0.0;
        for (stage, usage) in self.live(taken).into_iter().filter(|(_, usage)| *usage != Usage::default()) {
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
