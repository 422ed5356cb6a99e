//! The counts of a run, and the progress they make.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::make::Fate;
use super::plan::Plan;
use super::prices::Prices;
use super::progress::{Branch, FailureCount, Finished, ItemFailed, Meter, Phase, Progress};
use super::record::Record;
use super::spent::Spent;
use crate::taxonomy::{NodeId, Untrusted};

/// Finished items shown.
const NEWEST: usize = 40;

/// What a record adds to the counts once it is secured on disk.
pub(super) struct Tally {
    subject: usize,
    /// Whether it settles the item; an earlier try costs tokens and nothing else.
    settles: bool,
    spent: Spent,
    /// Whether it failed because no server was there, which does not count against it.
    is_away: bool,
    /// Whether it is done without the verdict that was asked for.
    is_unjudged: bool,
    /// `None` for an item that is done.
    failed: Option<ItemFailed>,
    finished: Option<Arc<Finished>>,
    /// What there is to see of a failed one.
    sample: Option<Arc<Finished>>,
}

impl Tally {
    pub fn new(subject: usize, record: Record, fate: &Fate) -> Self {
        let spent = Spent::of(&record);
        let failed = |class, message| Some(ItemFailed { item: record.item, class, message });
        let failed = match fate {
            Fate::Ok => None,
            Fate::Failed(class) => {
                failed(class.as_str(), record.failure.as_ref().map(|f| f.message.clone()).unwrap_or_default())
            }
            Fate::Unfit(code) => {
                failed(code, record.findings.first().map(|f| f.detail.as_str().into()).unwrap_or_default())
            }
        };
        let unfit = if let Fate::Unfit(code) = fate { Some(*code) } else { None };
        let has_failed = matches!(fate, Fate::Failed(_));
        let is_away = has_failed && !record.counts;
        let is_unjudged = failed.is_none() && record.judge.as_ref().is_some_and(|said| !said.is_whole());
        // What failed at its answer has a question to show all the same.
        let shown = (!has_failed || !record.question.is_blank()).then(|| {
            let Record { item, path, question, answer, .. } = record;
            Arc::new(Finished { item, path, question, answer, unfit })
        });
        let sample = failed.is_some().then(|| shown.clone()).flatten();
        let finished = shown.filter(|_| !has_failed);
        Self { subject, settles: true, spent, is_away, is_unjudged, failed, finished, sample }
    }

    /// Of a try that another one followed.
    pub fn of_try(subject: usize, record: &Record) -> Self {
        let spent = Spent::of(record);
        let (is_away, is_unjudged) = (false, false);
        Self { subject, settles: false, spent, is_away, is_unjudged, failed: None, finished: None, sample: None }
    }

    /// What it took.
    pub fn spent(&self) -> Spent {
        self.spent
    }

    /// Whether it settles its item.
    pub fn is_item(&self) -> bool {
        self.settles
    }
}

/// Items that are neither settled nor still to be started.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct UnderWay {
    /// Being asked for.
    pub running: u64,
    /// Finished, and on their way to the disk.
    pub securing: u64,
}

/// The counts so far.
pub(super) struct Totals {
    total: u64,
    done: u64,
    failed: u64,
    away: u64,
    unjudged: u64,
    reused: u64,
    again: u64,
    spent: Spent,
    prices: Prices,
    branches: Arc<Vec<Branch>>,
    /// For each subject, the positions of its branches.
    of_subject: Vec<Vec<usize>>,
    newest: VecDeque<Arc<Finished>>,
    failures: BTreeMap<&'static str, FailureCount>,
    meter: Meter,
}

impl Totals {
    /// The counts at the start: `settled` says for each subject how many items are done and how
    /// many are given up.
    pub fn new(plan: &Plan, settled: &[(u64, u64)], prices: Prices) -> Self {
        let (branches, of_subject) = branches(plan);
        let mut totals = Self {
            total: plan.total(),
            done: 0,
            failed: 0,
            away: 0,
            unjudged: 0,
            reused: 0,
            again: 0,
            spent: Spent::default(),
            prices,
            branches: Arc::new(branches),
            of_subject,
            newest: VecDeque::new(),
            failures: BTreeMap::new(),
            meter: Meter::default(),
        };
        for (subject, (done, given_up)) in settled.iter().enumerate() {
            totals.count(subject, *done, *given_up);
        }
        totals.reused = totals.done;
        totals
    }

    /// Items that are done.
    pub fn done(&self) -> u64 {
        self.done
    }

    /// Items that are neither done nor failed.
    pub fn open(&self) -> u64 {
        self.total.saturating_sub(self.done + self.failed)
    }

    fn count(&mut self, subject: usize, done: u64, failed: u64) {
        self.done += done;
        self.failed += failed;
        // Copied only where somebody still looks at the last progress.
        let branches = Arc::make_mut(&mut self.branches);
        for at in &self.of_subject[subject] {
            branches[*at].done += done;
            branches[*at].failed += failed;
        }
    }

    /// Takes in an item that is secured; gives the failure back to be told.
    pub fn settle(&mut self, tally: Tally, elapsed: Duration) -> Option<ItemFailed> {
        self.spent += tally.spent;
        if !tally.settles {
            self.again += 1;
            return None;
        }
        let is_failed = tally.failed.is_some();
        self.count(tally.subject, u64::from(!is_failed), u64::from(is_failed));
        self.away += u64::from(tally.is_away);
        self.unjudged += u64::from(tally.is_unjudged);
        self.meter.add(elapsed, 1);
        if let Some(failed) = &tally.failed {
            let first = || FailureCount {
                class: failed.class,
                count: 0,
                example: failed.message.clone(),
                sample: tally.sample.clone(),
            };
            self.failures.entry(failed.class).or_insert_with(first).count += 1;
        }
        if let Some(finished) = tally.finished {
            self.newest.push_front(finished);
            self.newest.truncate(NEWEST);
        }
        tally.failed
    }

    /// The progress that these counts make.
    pub fn progress(&mut self, phase: Phase, elapsed: Duration, under_way: UnderWay, concurrency: usize) -> Progress {
        self.meter.tick(elapsed);
        let per_second = self.meter.rate(elapsed);
        let UnderWay { running, securing } = under_way;
        let left = self.open().saturating_sub(running + securing);
        let to_do = (left + running + securing) as f64;
        let together = self.spent.together();
        let eta = (per_second > 0.0 && !matches!(phase, Phase::Ended | Phase::Paused))
            .then(|| Duration::try_from_secs_f64(to_do / per_second).ok())
            .flatten();
        let mut failures: Vec<_> = self.failures.values().cloned().collect();
        failures.sort_by_key(|failure| std::cmp::Reverse(failure.count));
        Progress {
            phase,
            total: self.total,
            done: self.done,
            failed: self.failed,
            away: self.away,
            unjudged: self.unjudged,
            running,
            left,
            reused: self.reused,
            again: self.again,
            per_second,
            eta,
            elapsed,
            prompt_tokens: together.counted.prompt_tokens,
            completion_tokens: together.counted.completion_tokens,
            cost_usd: self.prices.cost(&self.spent),
            concurrency,
            held: None,
            branches: Arc::clone(&self.branches),
            newest: self.newest.iter().cloned().collect(),
            failures,
            samples: self.meter.samples(),
            securing,
            estimated: together.estimated,
            cost_estimated_usd: self.prices.cost_of_estimated(&self.spent),
            ..Progress::default()
        }
    }
}

/// The top two levels of a plan, and for each subject where it belongs in them.
fn branches(plan: &Plan) -> (Vec<Branch>, Vec<Vec<usize>>) {
    let mut branches: Vec<Branch> = Vec::new();
    let mut of_subject = Vec::with_capacity(plan.subjects.len());
    let mut found: BTreeMap<NodeId, usize> = BTreeMap::new();
    for subject in &plan.subjects {
        let levels = subject.lineage.iter().zip(&subject.names).take(2);
        let place = |(depth, (node, name)): (usize, (&NodeId, &Untrusted))| {
            let at = *found.entry(*node).or_insert(branches.len());
            if at == branches.len() {
                let name = name.clone();
                branches.push(Branch { node: *node, depth: depth as u8, name, total: 0, done: 0, failed: 0 });
            }
            branches[at].total += subject.quota;
            at
        };
        of_subject.push(levels.enumerate().map(place).collect());
    }
    (branches, of_subject)
}

#[cfg(test)]
mod tests;
