//! `provost generate`.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use tokio::sync::broadcast::error::TryRecvError;

use super::console::Console;
use super::global::ModelArgs;
use super::homework::{BudgetArgs, Ground, HIGHER_CAP, JudgeArgs, Wanted};
use super::interrupt::{Interrupts, block_on};
use super::printer::Printer;
use super::progress::{Style, Teller};
use crate::error::{AppError, Kind};
use crate::homework::{self, Ended, Job, MOST_CONCURRENT, Summary};
use crate::taxonomy::QualitySettings;

/// Generate homework for approved subjects; run it again to resume
#[derive(Debug, Args)]
#[command(after_help = "\
Runs the plan that `provost plan` shows. Items follow from seed, models, prompts, subject and syllabus alone, so \
after a crash, a kill or Ctrl-C the same command requests only what is missing, and after one new subject only the \
items of that subject. Ctrl-C finishes requests in flight, then quits; a second Ctrl-C drops them. Finished items \
are written to runs/ as they arrive.

Every question and every answer is checked; failing items stay on record with the reason and are not exported. They \
are retried by the next identical command, or at once with --tries, at most three times in all. (`provost retry` can \
go on with an item that was given up.)

A budget covers the run over all its starts. Nothing new starts if the amount spent plus the amount expected for \
items in progress would exceed it; items in progress are finished and counted. A cap in dollars needs the price of \
every model in your config.

--progress json prints one JSON object per line on stdout: started, progress, item_failed, finished.

Examples:
  provost generate --per-subject 20
  provost generate natural-sciences/physics --count 500 --concurrency 32
  provost generate --count 500 --progress json > events.jsonl
  provost generate --count 500 --benchmark gsm8k_test.jsonl     drops items that overlap with it
  provost generate --count 500 --judge --tries 2
  provost generate --per-subject 600 --shard 3/8     the fourth of eight parts; docs/cluster.md
  provost generate --per-subject 20 --budget-usd 5

Exit codes: 0 done, 1 some items failed, or a budget is used up, 2 nothing is eligible, 10 interrupted, or \
another process makes the same items (run again to resume), 11 rate limit or quota, or the server is away (resume later), 42 no model is configured, or a mistake that a retry cannot fix")]
pub struct Generate {
    #[command(flatten)]
    wanted: Wanted,
    /// Items in progress at once [default: as set in provost.yaml]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MOST_CONCURRENT as i64))]
    concurrency: Option<u32>,
    /// Progress output: auto, bar, json or none
    #[arg(long, value_enum, value_name = "HOW", default_value = "auto", hide_possible_values = true)]
    progress: Style,
    /// Benchmark that items must not overlap with: JSON lines or plain text; may be repeated
    #[arg(long = "benchmark", value_name = "FILE")]
    benchmarks: Vec<PathBuf>,
    /// Maximum tries per item in this run, 1 to 3 [default: as set in provost.yaml, else 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=3))]
    tries: Option<u32>,
    #[command(flatten)]
    judge: JudgeArgs,
    #[command(flatten)]
    budget: BudgetArgs,
    #[command(flatten)]
    model: ModelArgs,
}

impl Generate {
    /// The part of the plan that is wanted.
    pub fn shard(&self) -> Option<crate::homework::Shard> {
        self.wanted.shard
    }

    /// Runs the command.
    ///
    /// # Errors
    /// Nothing can be generated, or the run ended before its time; its kind says whether to resume.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let ground = Ground::of(console, &self.model)?;
        let (snapshot, defaults) = (&ground.snapshot, ground.defaults());
        let benchmarks = ground.benchmarks(&self.benchmarks)?;
        let request = self.wanted.request(snapshot)?;
        match crate::homework::batch::log::under_way(&ground.runs)? {
            0 => {}
            away => console.out.note(&format!(
                "note: {away} requests are with a provider by batch (`provost batch status`); what they bring is asked for \
                 again here, and paid for twice. `provost batch run` waits for them."
            )),
        }
        let summary = block_on(async {
            let mut means = ground.means().await?;
            self.judge.choose(&mut means, &ground).await?;
            let plan = self.wanted.part(means.plan(snapshot, &request));
            plan.remarks.iter().for_each(|remark| console.out.note(&format!("note: {remark}")));
            if plan.beyond_capacity() > 0 {
                let more = plan.beyond_capacity();
                console
                    .out
                    .note(&format!("note: {more} more were asked for than the syllabi have different draws for."));
            }
            let concurrency = self.concurrency.unwrap_or(defaults.concurrency);
            let job = means.job(Arc::new(plan), ground.runs.clone(), &ground.curator(), concurrency as usize);
            let checks = QualitySettings { tries: self.tries.or(defaults.checks.tries), ..defaults.checks.clone() };
            let limits = self.budget.limits().or(job.limits);
            let job = Job { benchmarks, checks, limits, ..job };
            run(job, &mut Teller::new(self.progress), console.out).await
        })?;
        verdict(&summary)
    }
}

/// Runs a job to its end, telling how it stands; Ctrl-C stops it.
///
/// # Errors
/// It cannot be started, or nobody reads.
pub async fn run(job: Job, teller: &mut Teller, out: &mut Printer) -> Result<Summary, AppError> {
    let mut interrupts = Interrupts::new()?;
    let handle = homework::start(job).await?;
    let (mut progress, mut failures, control) = (handle.progress(), handle.failures(), handle.control());
    let first = progress.borrow_and_update().clone();
    teller.started(out, handle.run(), handle.dir(), &first)?;
    let mut interrupted = 0;
    let mut deaf = false;
    let joined = handle.join();
    tokio::pin!(joined);
    let summary = loop {
        tokio::select! {
            biased;
            () = interrupts.next() => {
                interrupted += 1;
                let under_way = progress.borrow().running;
                if interrupted == 1 {
                    control.stop();
                    teller.say(out, &format!("Stopping after the {under_way} items under way; Ctrl-C again drops them."));
                } else {
                    control.abort();
                }
            }
            summary = &mut joined => break summary,
            Ok(failed) = failures.recv(), if !deaf => deaf = teller.item_failed(out, &failed).is_err(),
            Ok(()) = progress.changed(), if !deaf => {
                let now = progress.borrow_and_update().clone();
                deaf = teller.progress(out, &now).is_err();
            }
        }
        if deaf {
            control.stop();
        }
    };
    if deaf {
        let why = "Nobody reads the output any more, so the run was stopped.";
        return Err(AppError::new(Kind::Interrupted, why).hint("the same command resumes"));
    }
    loop {
        match failures.try_recv() {
            Ok(failed) => teller.item_failed(out, &failed)?,
            Err(TryRecvError::Lagged(_)) => {}
            Err(TryRecvError::Empty | TryRecvError::Closed) => break,
        }
    }
    for torn in &summary.torn {
        let kept = torn.kept.display();
        teller.say(
            out,
            &format!("note: A record was cut short by a crash; its {} bytes are kept in {kept}.", torn.bytes),
        );
    }
    if summary.progress.unjudged > 0 {
        let items = super::table::count(summary.progress.unjudged as usize, "item has", "items have");
        teller
            .say(out, &format!("note: {items} no verdict; `provost judge {}` asks for what is missing.", summary.run));
    }
    teller.finished(out, &summary, summary.ended.name())?;
    Ok(summary)
}

/// Whether the run is what was asked for.
///
/// # Errors
/// It is not; the kind says whether to run it again.
pub fn verdict(summary: &Summary) -> Result<(), AppError> {
    let progress = &summary.progress;
    let resume = "the same command resumes; nothing that was finished is asked again";
    let error = match &summary.ended {
        Ended::Done if progress.failed == 0 => return Ok(()),
        Ended::Done => {
            let failed = super::table::count(progress.failed as usize, "item", "items");
            let times = if progress.away < progress.failed { ", up to three times" } else { "" };
            AppError::new(Kind::Findings, format!("{failed} failed."))
                .hint(format!("`provost status {}` counts why; the same command asks again{times}", summary.run))
        }
        Ended::Stopped | Ended::Aborted => AppError::new(Kind::Interrupted, "The run was interrupted.").hint(resume),
        Ended::RateOrQuota(why) | Ended::Unreachable(why) => {
            AppError::new(Kind::RateOrQuota, why.clone()).hint(format!("later, {resume}"))
        }
        Ended::Config(why) => {
            AppError::new(Kind::Config, why.clone()).hint("fix the profile; `provost doctor --online`")
        }
        Ended::Stuck(why) | Ended::Storage(why) => AppError::new(Kind::Other, why.clone()).hint(resume),
        Ended::Budget(why) => AppError::new(Kind::Findings, why.clone()).hint(HIGHER_CAP),
    };
    Err(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_whose_server_was_away_is_to_be_resumed_later() {
        let summary = |ended| Summary {
            run: "r".parse().unwrap(),
            dir: PathBuf::new(),
            ended,
            progress: Arc::default(),
            torn: Vec::new(),
        };
        assert_eq!(verdict(&summary(Ended::Unreachable("away".to_owned()))).unwrap_err().kind, Kind::RateOrQuota);
        assert_eq!(verdict(&summary(Ended::RateOrQuota("later".to_owned()))).unwrap_err().kind, Kind::RateOrQuota);
        assert!(verdict(&summary(Ended::Done)).is_ok());
    }
}
