//! `provost batch run|submit|poll|cancel|status`: the whole way through a provider.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::super::console::Console;
use super::super::global::ModelArgs;
use super::super::homework::{BudgetArgs, Ground, HIGHER_CAP, JudgeArgs, Wanted};
use super::super::interrupt::{Interrupts, block_on};
use super::super::table::{Table, count, faint, grouped, plain, strong};
use super::{dialect, import};
use crate::error::{AppError, Kind};
use crate::homework::batch::log::parts;
use crate::homework::batch::{
    BatchError, Dialect, Drive, ExportJob, ImportJob, Log, Part, Sending, Told, Transport, Trip, Until, request_of,
    run_for,
};
use crate::homework::run::runs_by_start;
use crate::homework::{Ended, RunId};
use crate::taxonomy::text::reveal_line;

/// What all that talk to a provider share.
#[derive(Debug, Clone, Args)]
pub struct Way {
    /// Provider's interface: openai, azure, groq, doubleword, deepinfra or litellm
    #[arg(long, value_name = "NAME", value_parser = dialect, default_value = "openai", hide_default_value = true)]
    dialect: &'static Dialect,
    /// Seconds between two checks
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    every: u64,
    /// Benchmark that items must not overlap with: JSON lines or plain text; may be repeated
    #[arg(long = "benchmark", value_name = "FILE")]
    benchmarks: Vec<PathBuf>,
    #[command(flatten)]
    judge: JudgeArgs,
    #[command(flatten)]
    model: ModelArgs,
}

/// What all that send something share.
#[derive(Debug, Clone, Args)]
pub struct Load {
    #[command(flatten)]
    wanted: Wanted,
    /// Maximum requests per file [default: the provider's limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    most_requests: Option<u64>,
    /// Maximum bytes per file [default: the provider's limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    most_bytes: Option<u64>,
    /// Maximum tokens waiting at the provider, estimated; one file is always sent
    #[arg(long, value_name = "N")]
    most_tokens: Option<u64>,
    /// Maximum requests waiting at the provider; one file is always sent
    #[arg(long, value_name = "N")]
    most_waiting: Option<u64>,
    #[command(flatten)]
    budget: BudgetArgs,
}

/// Export, send, wait and import until nothing is left: questions first, then answers
#[derive(Debug, Args)]
#[command(after_help = "\
Does everything that `export`, `submit`, `poll` and `import` do, in turn. Each step is recorded in \
runs/<run>/batch/log.jsonl before it is done, so you can kill it anywhere and resume with the same command: no batch \
is created twice, even if the reply to its creation was lost. Ctrl-C stops waiting; the batches continue at the \
provider.

An expired batch keeps the results that were paid for, and only the rest is requested again. Items that fail their \
checks are requested again, three times in all.

A budget covers the run over all its starts; dollars include the discount of the provider. A file that would exceed \
the budget is not sent.

Examples:
  provost batch run --per-subject 20
  provost batch run --count 100000 --dialect groq --most-tokens 2000000 --budget-usd 50
  provost batch run --count 500 --base-url http://127.0.0.1:8123/v1 --model provost-demo --every 1

Exit codes: 0 done, 1 some items were given up, a batch is gone or a budget is used up, 2 nothing is eligible, 10 interrupted (run \
again to go on), 11 rate limit or quota, or the server is away (later), 42 the provider refused the requests, or no \
model is configured")]
pub struct Run {
    #[command(flatten)]
    load: Load,
    #[command(flatten)]
    way: Way,
}

/// Send open requests, as far as the queue allows, and return
#[derive(Debug, Args)]
#[command(after_help = "\
First checks the batches sent earlier. Everything sent is recorded and never sent twice. A budget covers the run \
over all its starts; dollars include the discount of the provider. A file that would exceed the budget is not sent.

Examples:
  provost batch submit --per-subject 20
  provost batch poll --wait && provost batch submit --per-subject 20      the answers

Exit codes: 0 done, 1 a budget is used up, 2 nothing is eligible, 11 rate limit or quota, or the server is away (later), 42 the \
provider refused the requests, or no model is configured")]
pub struct Submit {
    #[command(flatten)]
    load: Load,
    #[command(flatten)]
    way: Way,
}

/// Check sent batches and import the results that are ready
#[derive(Debug, Args)]
#[command(after_help = "\
Sends nothing new. With --wait it ends when every batch is finished.

Examples:
  provost batch poll
  provost batch poll --wait --every 60

Exit codes: 0 done, 1 a batch is gone, 2 there is no such run, 10 interrupted, 11 rate limit or quota, or the server is away \
(later), 42 the provider refused a batch, or no model is configured")]
pub struct Poll {
    /// Run [default: the newest one with batches]
    #[arg(value_name = "RUN")]
    run: Option<RunId>,
    /// Wait until every batch is finished
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    way: Way,
}

/// Cancel batches
#[derive(Debug, Args)]
#[command(after_help = "\
Work that a batch has already done is paid for, and the next poll imports it. --forget does not contact the server: \
the part is given up and its items are open again. Use it for batches that are gone; one that is still running would \
be paid for twice.

Examples:
  provost batch cancel
  provost batch cancel 3 4
  provost batch cancel 3 --forget

Exit codes: 0 done, 2 there is no such run, 42 the server does not do it, or no model is configured")]
pub struct Cancel {
    /// Parts to cancel, by their number in `provost batch status` [default: all open ones]
    #[arg(value_name = "PART")]
    parts: Vec<u32>,
    /// Run [default: the newest one with batches]
    #[arg(long, value_name = "RUN")]
    run: Option<RunId>,
    /// Give up the parts without asking the server
    #[arg(long)]
    forget: bool,
    #[command(flatten)]
    way: Way,
}

/// Show the batches sent and their last known state
#[derive(Debug, Args)]
#[command(after_help = "\
Contacts nobody; `provost batch poll` does. --json prints one line per part: number, file, dialect, server, file_id, \
creating, batch_id, state, counts, fetched, imported (items done, moved on, failed lines, not run), tokens, closed, \
since.

Examples:
  provost batch status
  provost batch status 20261121T101500Z-3fa90c12 --json

Exit codes: 0 done, 2 there is no such run")]
pub struct Status {
    /// Run [default: the newest one with batches]
    #[arg(value_name = "RUN")]
    run: Option<RunId>,
    /// JSON lines
    #[arg(long)]
    json: bool,
}

impl Run {
    /// Runs the command.
    ///
    /// # Errors
    /// It ended before everything was done.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        work(console, Some(&self.load), &self.way, Until::Done, None, None)
    }
}

impl Submit {
    /// Runs the command.
    ///
    /// # Errors
    /// It ended before everything was sent.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        work(console, Some(&self.load), &self.way, Until::Sent, None, None)
    }
}

impl Poll {
    /// Runs the command.
    ///
    /// # Errors
    /// The server cannot be asked.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let until = if self.wait { Until::Back } else { Until::Looked };
        work(console, None, &self.way, until, self.run, None)
    }
}

impl Cancel {
    /// Runs the command.
    ///
    /// # Errors
    /// The server does not do it.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        work(console, None, &self.way, Until::Looked, self.run, Some((&self.parts, self.forget)))
    }
}

/// The newest run that has batches, or the one that is named.
fn with_batches(folder: &std::path::Path, named: Option<RunId>) -> Result<RunId, AppError> {
    if let Some(run) = named {
        request_of(folder, &run)?;
        return Ok(run);
    }
    let mut all = runs_by_start(folder)?;
    all.retain(|run| parts(folder, run).is_ok_and(|parts| !parts.is_empty()));
    all.pop().ok_or_else(|| {
        AppError::usage("No run here has been sent by batch.").hint("`provost batch run --per-subject N` sends one")
    })
}

fn work(
    console: &mut Console<'_>,
    load: Option<&Load>,
    way: &Way,
    until: Until,
    named: Option<RunId>,
    cancel: Option<(&[u32], bool)>,
) -> Result<(), AppError> {
    if way.dialect.transport != Transport::OpenAi {
        let (title, remark) = (way.dialect.title, way.dialect.remark);
        return Err(AppError::usage(format!("{title} is served by files only. {remark}"))
            .hint(format!("`provost batch export --dialect {}` writes them", way.dialect.name)));
    }
    if load.is_some_and(|load| load.wanted.shard.is_some()) {
        // Each machine would number its parts and keep its log under the same names, and one would replace the other.
        return Err(AppError::usage(
            "One process sends all batches of a run: --shard is for `batch export` and `generate`.",
        )
        .hint("a provider works on a batch with as many machines as it likes; leave --shard out"));
    }
    let ground = Ground::of(console, &way.model)?;
    let (snapshot, folder) = (&*ground.snapshot, &ground.runs);
    let benchmarks = ground.benchmarks(&way.benchmarks)?;
    let request = match (load, &named) {
        (Some(load), _) => load.wanted.request(snapshot)?,
        (None, run) => request_of(folder, &with_batches(folder, run.clone())?)?,
    };
    block_on(async {
        let mut means = ground.means().await?;
        way.judge.choose(&mut means, &ground).await?;
        let plan = means.plan(snapshot, &request);
        let plan = Arc::new(match load {
            Some(load) => load.wanted.part(plan),
            None => plan,
        });
        let run = match load {
            Some(_) => run_for(&plan, folder, &ground.curator())?,
            None => with_batches(folder, named)?,
        };
        let none = HashSet::new();
        let mut drive = Drive {
            export: ExportJob {
                plan,
                prompts: means.prompts.clone(),
                question: means.question.client.clone(),
                answer: means.answer.client.clone(),
                judge: means.judge(),
                runs: folder.clone(),
                curator: ground.curator(),
                dialect: way.dialect,
                most_requests: load.and_then(|load| load.most_requests).unwrap_or(u64::MAX),
                most_bytes: load.and_then(|load| load.most_bytes).unwrap_or(u64::MAX),
                to: None,
                under_way: &none,
            },
            import: ImportJob {
                runs: folder.clone(),
                run: run.clone(),
                snapshot,
                prompts: means.prompts.clone(),
                benchmarks,
                checks: ground.defaults().checks.clone(),
            },
            sending: Sending {
                most_tokens: load.and_then(|load| load.most_tokens),
                most_waiting: load.and_then(|load| load.most_waiting),
                limits: load.map(|load| load.budget.limits()).unwrap_or_default().or(means.limits),
                prices: means.prices,
                every: Duration::from_secs(way.every),
            },
            log: Log::open(folder, &run).map_err(BatchError::from)?,
            trip: Trip::default(),
        };
        console.out.line(&format!("run {run}"))?;
        if let Some((numbers, forget)) = cancel {
            let parts = drive.cancel(numbers, forget).await?;
            return table(console, &parts);
        }
        let stop = CancellationToken::new();
        let mut interrupts = Interrupts::new()?;
        let out = &mut *console.out;
        let mut given_up = 0;
        let mut tell = |told: Told<'_>| match told {
            Told::Exported(exported) => {
                given_up = exported.given_up;
                for (stage, number) in &exported.requests {
                    out.note(&format!("{} requests for {}", grouped(*number), stage.name()));
                }
            }
            Told::Part(part) => out.note(&state(part)),
            Told::Imported(part, told) => {
                out.note(&format!("part {}: {} taken", part.number, part.file.stage.name()));
                // Nobody has to read it.
                let _ = import::print(out, told);
            }
            Told::Note(note) => out.note(&reveal_line(&note)),
        };
        let ended = {
            let going = drive.run(until, &stop, &mut tell);
            tokio::pin!(going);
            loop {
                tokio::select! {
                    ended = &mut going => break ended?,
                    () = interrupts.next() => stop.cancel(),
                }
            }
        };
        let parts: Vec<Part> = drive.log.parts().cloned().collect();
        table(console, &parts)?;
        verdict(ended, if until == Until::Done { given_up } else { 0 }, &run)
    })
}

fn state(part: &Part) -> String {
    let word = part.state.as_deref().map(reveal_line).unwrap_or_default();
    let counts = part.counts.filter(|counts| counts.total > 0).map_or_else(String::new, |counts| {
        format!(", {} of {} done, {} failed", grouped(counts.completed), grouped(counts.total), grouped(counts.failed))
    });
    format!("part {}: {}: {word}{counts}", part.number, part.file.stage.name())
}

fn table(console: &mut Console<'_>, parts: &[Part]) -> Result<(), AppError> {
    let mut table = Table::with_heading(&["part", "asks for", "requests", "state", "batch"]).right(&[0, 2]);
    for part in parts {
        let state = match (&part.closed, part.imported, &part.state) {
            (Some(why), ..) => reveal_line(why).into_owned(),
            (None, Some([done, waiting, failed, not_run]), _) => {
                let numbers = [(done, "done"), (waiting, "gone on"), (failed, "failed"), (not_run, "not run")];
                let said = numbers.iter().filter(|(number, _)| *number > 0);
                let said: Vec<String> = said.map(|(number, what)| format!("{} {what}", grouped(*number))).collect();
                format!("taken: {}", if said.is_empty() { "nothing new".to_owned() } else { said.join(", ") })
            }
            (None, None, Some(word)) => reveal_line(word).into_owned(),
            (None, None, None) if part.creating => "perhaps made".to_owned(),
            _ => "to be sent".to_owned(),
        };
        table.row([
            strong(part.number.to_string()),
            plain(part.file.stage.name()),
            plain(grouped(part.file.requests)),
            plain(state),
            faint(part.batch_id.as_deref().map(reveal_line).unwrap_or_default()),
        ]);
    }
    table.print(console.out)
}

fn verdict(ended: Ended, given_up: u64, run: &RunId) -> Result<(), AppError> {
    let again = "the same command goes on; nothing is sent twice";
    let error = match ended {
        Ended::Done if given_up == 0 => return Ok(()),
        Ended::Done => {
            let items = count(usize::try_from(given_up).unwrap_or(usize::MAX), "item", "items");
            AppError::new(Kind::Findings, format!("{items} failed three times and will not be asked for again."))
                .hint(format!("`provost status {run}` counts why"))
        }
        Ended::Stopped | Ended::Aborted => {
            let why = "The waiting was interrupted; what was sent goes on at the provider.";
            AppError::new(Kind::Interrupted, why).hint(again)
        }
        Ended::RateOrQuota(why) | Ended::Unreachable(why) => {
            AppError::new(Kind::RateOrQuota, why).hint(format!("later, {again}"))
        }
        Ended::Budget(why) => {
            AppError::new(Kind::Findings, why).hint(format!("{HIGHER_CAP}; smaller files (--most-requests) fit better"))
        }
        Ended::Config(why) => AppError::new(Kind::Config, why),
        Ended::Stuck(why) | Ended::Storage(why) => AppError::new(Kind::Other, why).hint(again),
    };
    Err(error)
}

impl Status {
    /// Runs the command.
    ///
    /// # Errors
    /// There is no such run.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let folder = console.read()?.runs_dir();
        let run = with_batches(&folder, self.run)?;
        let parts = parts(&folder, &run)?;
        if self.json {
            #[derive(Serialize)]
            struct Line<'a> {
                run: &'a RunId,
                #[serde(flatten)]
                part: &'a Part,
            }
            return parts.iter().try_for_each(|part| console.out.json(&Line { run: &run, part }));
        }
        console.out.line(&format!("run {run}"))?;
        table(console, &parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_away_is_to_be_tried_later_and_a_batch_that_is_gone_is_not() {
        let run = "20261121T101500Z-3fa90c12".parse().unwrap();
        let code = |ended| verdict(ended, 0, &run).unwrap_err().kind.exit_code();
        assert_eq!(code(Ended::Unreachable("away".to_owned())), 11);
        assert_eq!(code(Ended::Stuck("gone".to_owned())), 1);
        assert!(verdict(Ended::Done, 0, &run).is_ok());
    }
}
