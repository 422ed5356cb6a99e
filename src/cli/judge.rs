//! `provost judge`.

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::console::Console;
use super::global::ModelArgs;
use super::homework::{BudgetArgs, Ground, HIGHER_CAP};
use super::interrupt::{Interrupts, block_on};
use super::money;
use super::table::{count, grouped};
use crate::error::{AppError, Kind};
use crate::homework::judging::{JudgeError, JudgeJob, Judged, judge_run};
use crate::homework::{Ended, MOST_CONCURRENT, Prices, RunId, Spent};

/// Let a model judge the finished items of a run
#[derive(Debug, Args)]
#[command(after_help = "\
The model of `steps: judge:` in provost.yaml scores each question 0 or 1 and each pair of question and answer 1 to \
3; a question with 0 or a pair with 1 is left out of exports. Verdicts are appended to runs/RUN/judged; records are \
not changed. The same command resumes after an interruption. `generate --judge` judges during generation and saves \
the cost of answering bad questions.

A budget covers the judging of the run over all starts, apart from its generation: nothing new is judged if the \
amount spent plus the amount expected for items in progress would exceed it. `provost status RUN` shows the cost.

Examples:
  provost judge 20261121T101500Z-3fa90c12
  provost judge 20261121T101500Z-3fa90c12 --limit 200 --concurrency 8
  provost judge 20261121T101500Z-3fa90c12 --budget-usd 2

Exit codes: 0 done, 1 some items got no verdict or a budget is used up, 2 there is no such run, 10 interrupted (run again to resume), \
11 rate limit, quota, or the server is not there (resume later), 42 no judge is configured, or it would judge its own work")]
pub struct JudgeRun {
    /// Run id, from `provost runs`
    run: RunId,
    /// Maximum number of items to judge now
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// Items in progress at once [default: as set in provost.yaml]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MOST_CONCURRENT as i64))]
    concurrency: Option<u32>,
    /// Allow a model to judge its own output
    #[arg(long)]
    own_judge: bool,
    #[command(flatten)]
    budget: BudgetArgs,
    #[command(flatten)]
    model: ModelArgs,
}

impl JudgeRun {
    /// Runs the command.
    ///
    /// # Errors
    /// There is no such run, no judge, or it ended before its time.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let ground = Ground::of(console, &self.model)?;
        let defaults = ground.defaults();
        let (judged, prices) = block_on(async {
            let mut means = ground.means().await?;
            let own = self.own_judge || defaults.checks.own_judge;
            means.add_judge(&mut ground.seats(), own).await?;
            let Some(judge) = means.judge() else {
                return Err(AppError::new(Kind::Config, "No judge is configured."));
            };
            let concurrency = self.concurrency.unwrap_or(defaults.concurrency) as usize;
            let job = JudgeJob {
                runs: ground.runs.clone(),
                run: self.run.clone(),
                judge,
                prompts: ground.prompts.clone(),
                concurrency,
                limit: self.limit,
                curator: ground.curator(),
                price: means.prices.judge,
                limits: self.budget.limits().or(means.limits),
            };
            let stop = CancellationToken::new();
            let mut interrupts = Interrupts::new()?;
            let judging = judge_run(job, stop.clone(), |_| {});
            tokio::pin!(judging);
            let mut interrupted = 0;
            loop {
                tokio::select! {
                    judged = &mut judging => break Ok::<_, AppError>((judged?, Prices::of_judging_later(means.prices.judge))),
                    () = interrupts.next() => {
                        stop.cancel();
                        interrupted += 1;
                        if interrupted > 1 {
                            // What is out is let go of; what was said is in the files.
                            return Err(AppError::new(Kind::Interrupted, "Judging was interrupted.").hint(RESUME));
                        }
                    }
                }
            }
        })?;
        tell(&judged, &prices, console)?;
        verdict(&judged)
    }
}

fn tell(judged: &Judged, prices: &Prices, console: &mut Console<'_>) -> Result<(), AppError> {
    let Judged { kept, out, open, before, spent, .. } = judged;
    let before = if *before > 0 { format!("; {} were judged before", grouped(*before)) } else { String::new() };
    console.out.line(&format!(
        "{} judged: {} kept, {} not good enough, {} without a verdict{before}.",
        count((kept + out + open) as usize, "item", "items"),
        grouped(*kept),
        grouped(*out),
        grouped(*open),
    ))?;
    let spent = Spent::judged_later(*spent);
    console.out.line(&format!("tokens: {}; cost: {}", money::tokens(&spent), money::cost(prices, &spent)))
}

const RESUME: &str = "the same command goes on; nothing is judged twice";

fn verdict(judged: &Judged) -> Result<(), AppError> {
    Err(match &judged.ended {
        None if judged.open == 0 => return Ok(()),
        None => {
            AppError::new(Kind::Findings, format!("{} got no verdict.", count(judged.open as usize, "item", "items")))
                .hint("the same command asks again")
        }
        Some(Ended::RateOrQuota(why) | Ended::Unreachable(why)) => {
            AppError::new(Kind::RateOrQuota, why.clone()).hint(format!("later, {RESUME}"))
        }
        Some(Ended::Config(why)) => {
            AppError::new(Kind::Config, why.clone()).hint("fix the profile of the step `judge`")
        }
        Some(Ended::Budget(why)) => AppError::new(Kind::Findings, why.clone()).hint(HIGHER_CAP),
        Some(_) => AppError::new(Kind::Interrupted, "Judging was interrupted.").hint(RESUME),
    })
}

impl From<JudgeError> for AppError {
    fn from(error: JudgeError) -> Self {
        match error {
            JudgeError::NoSuchRun(error) => AppError::usage(error.to_string()).hint("`provost runs` lists them"),
            JudgeError::Busy(_) => AppError::new(Kind::Other, error.to_string()),
            JudgeError::Start(error) => error.into(),
            JudgeError::Prompt(error) => error.into(),
            JudgeError::Storage(error) => error.into(),
        }
    }
}
