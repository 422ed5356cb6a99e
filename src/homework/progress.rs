//! How a run stands: plain data for a screen, a progress bar or JSON lines.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::budget::{Limits, Used};
use super::endpoints::Endpoint;
use super::item::ItemId;
use crate::llm::Usage;
use crate::taxonomy::{NodeId, Untrusted};

/// What a run is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Phase {
    /// Asking.
    #[default]
    Running,
    /// Starting nothing new until it is resumed.
    Paused,
    /// Finishing what flies, then ending.
    Stopping,
    /// Over.
    Ended,
}

/// How a run stands at one moment. `done + failed + running + securing + left == total`.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    /// What it is doing.
    pub phase: Phase,
    /// Items of the plan.
    pub total: u64,
    /// Items that are safely on disk, earlier runs included.
    pub done: u64,
    /// Items that failed in this run, or so often before that they are not asked again.
    pub failed: u64,
    /// Those of `failed` for which no server was there: that does not count against them.
    pub away: u64,
    /// Items that were done since the start without the judge's verdict that was asked for.
    pub unjudged: u64,
    /// Items under way: never more than `concurrency`, unless that was lowered meanwhile.
    pub running: u64,
    /// Items not started yet.
    pub left: u64,
    /// Those of `done` that were there before this start.
    pub reused: u64,
    /// Tries that failed and were followed by another one in this run; their items are counted by the last.
    pub again: u64,
    /// Items finished per second, done or failed, over the last half minute.
    pub per_second: f64,
    /// Time to the end at this rate.
    pub eta: Option<Duration>,
    /// Time since the start.
    pub elapsed: Duration,
    /// Tokens of all prompts since the start, as the servers counted them.
    pub prompt_tokens: u64,
    /// Tokens of all replies since the start.
    pub completion_tokens: u64,
    /// Cost since the start in US dollars, where prices are known.
    pub cost_usd: Option<f64>,
    /// Items that may be under way at once.
    pub concurrency: usize,
    /// How long the server asked to wait, while it does.
    pub held: Option<Duration>,
    /// How much longer the run waits for servers that were there and are all away.
    pub waits: Option<Duration>,
    /// The top two levels, in the order of the tree; a branch comes before its children.
    pub branches: Arc<Vec<Branch>>,
    /// The newest finished items, newest first.
    pub newest: Vec<Arc<Finished>>,
    /// Failures by class, the most frequent first.
    pub failures: Vec<FailureCount>,
    /// Items finished in each of the last seconds, oldest first, at most a minute.
    pub samples: Vec<u32>,
    /// Items that are finished and on their way to the disk.
    pub securing: u64,
    /// Tokens since the start of replies whose server did not count: four characters a token. `prompt_tokens` and
    /// `completion_tokens` do not hold them; `cost_usd` does.
    pub estimated: Usage,
    /// The part of `cost_usd` that is for `estimated`.
    pub cost_estimated_usd: Option<f64>,
    /// What stops the run.
    pub limits: Limits,
    /// What the run has taken of its caps, earlier starts included; `None` until those were read, and where nothing is
    /// capped.
    pub used: Option<Used>,
    /// Why nothing is started just now: a cap is reached, and what is under way is finished first.
    pub capped: Option<String>,
    /// The servers that are asked.
    pub endpoints: Vec<Endpoint>,
}

impl Progress {
    /// Whether nothing happens between this and the next progress: paused, with nothing under way.
    #[must_use]
    pub fn is_as_still_as(&self, next: &Self) -> bool {
        let still = |progress: &Self| progress.phase == Phase::Paused && progress.running + progress.securing == 0;
        let says = |progress: &Self| (progress.concurrency, progress.limits, progress.held.is_some(), progress.done);
        // The line of rates moves on once a second, until it is empty.
        still(self) && still(next) && says(self) == says(next) && self.samples == next.samples
    }

    /// How many requests a server may have at once: what it is given, and no more than items may be under way.
    #[must_use]
    pub fn most_at(&self, endpoint: &Endpoint) -> usize {
        endpoint.health.limit.min(self.concurrency.max(endpoint.health.in_flight))
    }

    /// The share that is over, from 0 to 1.
    #[must_use]
    pub fn fraction(&self) -> f64 {
        if self.total == 0 { 1.0 } else { (self.done + self.failed) as f64 / self.total as f64 }
    }
}

/// A field, or what hangs directly under one, and the items below it.
#[derive(Debug, Clone)]
pub struct Branch {
    /// The node.
    pub node: NodeId,
    /// 0 for a field, 1 below.
    pub depth: u8,
    /// Its name.
    pub name: Untrusted,
    /// Items of the plan.
    pub total: u64,
    /// Items done.
    pub done: u64,
    /// Items failed.
    pub failed: u64,
}

/// A finished item, for looking at.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    /// Its id.
    pub item: ItemId,
    /// Names from the field down to the subject.
    pub path: Vec<Untrusted>,
    /// The question.
    pub question: Untrusted,
    /// The answer.
    pub answer: Untrusted,
    /// The code of the check that found fault with it, if one did.
    pub unfit: Option<&'static str>,
}

/// How often items failed in one way.
#[derive(Debug, Clone, PartialEq)]
pub struct FailureCount {
    /// The class of the reply, or the code of the check.
    pub class: &'static str,
    /// How many items.
    pub count: u64,
    /// What the first one said.
    pub example: Untrusted,
    /// The first one itself, where it came as far as a question.
    pub sample: Option<Arc<Finished>>,
}

/// One item that failed.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemFailed {
    /// Its id.
    pub item: ItemId,
    /// The class of the reply, or the code of the check.
    pub class: &'static str,
    /// What happened.
    pub message: Untrusted,
}

/// Finished items per second, kept for a minute.
#[derive(Debug, Default)]
pub(super) struct Meter {
    /// The second (since the start) that the last bucket counts.
    second: u64,
    buckets: VecDeque<u32>,
}

/// Seconds that a sparkline shows.
const KEPT: usize = 60;
/// Seconds that the rate is measured over.
const WINDOW: usize = 30;

impl Meter {
    /// Moves on to the second of `elapsed`.
    pub fn tick(&mut self, elapsed: Duration) {
        let now = elapsed.as_secs();
        if self.buckets.is_empty() {
            self.buckets.push_back(0);
            self.second = now;
        }
        let missed = usize::try_from(now.saturating_sub(self.second)).unwrap_or(KEPT).min(KEPT);
        for _ in 0..missed {
            self.buckets.push_back(0);
        }
        self.second = self.second.max(now);
        while self.buckets.len() > KEPT {
            self.buckets.pop_front();
        }
    }

    /// Counts `items` that finished at `elapsed`.
    pub fn add(&mut self, elapsed: Duration, items: u32) {
        self.tick(elapsed);
        if let Some(last) = self.buckets.back_mut() {
            *last += items;
        }
    }

    pub fn samples(&self) -> Vec<u32> {
        self.buckets.iter().copied().collect()
    }

    /// Items per second over the window; the running second counts as far as it has come.
    pub fn rate(&self, elapsed: Duration) -> f64 {
        let window = self.buckets.len().min(WINDOW);
        let items: u32 = self.buckets.iter().rev().take(window).sum();
        let seconds = window.saturating_sub(1) as f64 + f64::from(elapsed.subsec_millis()) / 1_000.0;
        if items == 0 { 0.0 } else { f64::from(items) / seconds.max(0.1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_half_minute() {
        let mut meter = Meter::default();
        for second in 0..100 {
            meter.add(Duration::from_secs(second), if second < 50 { 1_000 } else { 4 });
        }
        let now = Duration::from_millis(99_999);
        assert!((meter.rate(now) - 4.0).abs() < 0.1, "{}", meter.rate(now));
        assert_eq!(meter.samples().len(), KEPT);
        meter.tick(Duration::from_secs(200));
        assert_eq!(meter.rate(Duration::from_secs(200)), 0.0);
        assert_eq!(meter.samples(), vec![0; KEPT]);
    }

    #[test]
    fn a_server_has_room_for_no_more_than_may_be_under_way() {
        let progress = Progress { concurrency: 16, ..Progress::default() };
        let at = |in_flight, limit| {
            let health = super::super::endpoints::Health { in_flight, limit, ..Default::default() };
            progress.most_at(&Endpoint { health, ..Endpoint::default() })
        };
        assert_eq!(at(3, 4_096), 16, "no `max_in_flight` in the profile");
        assert_eq!(at(3, 8), 8);
        assert_eq!(at(20, 4_096), 20, "concurrency was lowered, and more are still out");
    }

    #[test]
    fn the_first_second_is_not_exaggerated() {
        let mut meter = Meter::default();
        meter.add(Duration::from_millis(500), 10);
        assert!((meter.rate(Duration::from_millis(500)) - 20.0).abs() < 1e-9);
        assert_eq!(Progress::default().fraction(), 1.0);
    }
}
