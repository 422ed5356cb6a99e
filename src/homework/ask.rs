//! One item, live: the question call, its checks, the answer call, its checks, the record. What is sent
//! and what a reply makes of the record is in [`make`](super::make).

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::done::MOST_FAILURES;
use super::engine::Job;
use super::half_made::{Begun, HalfMade, Part};
use super::judge::Judge;
use super::make::{Asked, Maker, done};
use super::plan::PlannedItem;
use super::record::Record;
use crate::llm::Client;

/// How long an item that has its question waits at the gate after a stop.
const PATIENCE: Duration = Duration::from_secs(10);

/// Who is asked for items, and how.
pub(super) struct Asker {
    pub maker: Maker,
    question: Client,
    answer: Client,
    judge: Option<Judge>,
    /// How often an item is asked for within a run.
    tries: u32,
    /// Somebody asks for failed items on purpose: then it does not count how often they failed before.
    again: bool,
    /// Where it is kept how far the items have come.
    pub half_made: HalfMade,
}

/// What came of asking for an item, perhaps more than once.
pub(super) struct Tried {
    /// The tries that failed by the item's own fault and were followed by another.
    pub earlier: Vec<Record>,
    /// The last one.
    pub last: Asked,
}

impl Asker {
    /// Nothing is sent any more once `stop` is cancelled. Who has a question already waits a little for its answer.
    pub fn new(job: Job, half_made: HalfMade, stop: &CancellationToken) -> Self {
        let Job { plan, prompts, question, answer, benchmarks, checks, judge, again, .. } = job;
        let question = question.patient().leaving(stop.clone(), Duration::ZERO);
        let answer = answer.patient().leaving(stop.clone(), PATIENCE);
        let judge =
            judge.map(|judge| Judge { client: judge.client.patient().leaving(stop.clone(), PATIENCE), ..judge });
        let tries = checks.tries.unwrap_or(1);
        let maker = Maker::new(plan, prompts, benchmarks, checks);
        Self { maker, question, answer, judge, tries, again: again.is_some(), half_made }
    }

    /// Asks until the item is good or has failed as often as it may: within this run, and by its own fault in all runs
    /// together, of which `failures` are behind it, unless it is asked for again on purpose. An earlier start of the run may
    /// have come part of the way.
    pub async fn ask(&self, item: PlannedItem, failures: u32) -> Tried {
        let most = if self.again { self.tries } else { self.tries.min(MOST_FAILURES.saturating_sub(failures)).max(1) };
        let Part { mut earlier, mut begun } = self.half_made.take(item.id, failures);
        loop {
            match self.once(item, begun.take(), failures, &earlier).await {
                Ok(record) => return Tried { earlier, last: done(record) },
                Err(Asked::Record(record, _)) if record.counts && earlier.len() as u32 + 1 < most => {
                    earlier.push(*record);
                    self.half_made.keep(item.id, failures, &earlier, None);
                }
                Err(last) => return Tried { earlier, last },
            }
        }
    }

    /// One try, from the start or from where it was broken off; what ends it before the item is whole is the error.
    async fn once(
        &self,
        item: PlannedItem,
        begun: Option<Box<Begun<'_>>>,
        failures: u32,
        earlier: &[Record],
    ) -> Result<Box<Record>, Asked> {
        let Self { maker, judge, .. } = self;
        let before = failures + earlier.len() as u32;
        let keep = |record: &Record| self.half_made.keep(item.id, failures, earlier, Some(record));
        let mut record = match begun {
            Some(begun) => maker.begun(Box::new(begun.record(Record::blank(&maker.plan, &item))))?,
            None => {
                let turn = maker.question_turn(&item, before)?;
                let outcome = self.question.near(item.subject as u64).ask(&turn.request).await;
                maker.question(Box::new(Record::blank(&maker.plan, &item)), turn, outcome)?
            }
        };
        if let Some(judge) = judge.as_ref().filter(|_| record.judge.is_none()) {
            keep(&record);
            // In a box: most runs have no judge, and each item is copied with the room for it.
            let said = Box::pin(judge.about(&maker.prompts, record.question.raw(), None)).await;
            record = maker.question_judged(record, said)?;
        }
        if record.answer_call.is_none() {
            keep(&record);
            let turn = maker.answer_turn(&record, before)?;
            let outcome = self.answer.near(item.subject as u64).ask(&turn.request).await;
            record = maker.answer(record, turn, outcome)?;
        }
        if let Some(judge) = judge {
            keep(&record);
            let said = Box::pin(judge.about(&maker.prompts, record.question.raw(), Some(record.answer.raw()))).await;
            record = maker.pair_judged(record, said)?;
        }
        Ok(record)
    }
}
