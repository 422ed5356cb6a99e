//! `provost runs` and `provost status`.

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;

use super::console::Console;
use super::money;
use super::table::{Table, faint, grouped, plain, strong};
use crate::error::AppError;
use crate::homework::run::RunFile;
use crate::homework::status::{Counts, SubjectStatus};
use crate::homework::{self, Amount, BranchStatus, Prices, RunId, RunStatus, Spent, dollars};
use crate::llm::Usage;
use crate::taxonomy::id::NodeId;
use crate::taxonomy::text::Untrusted;

/// List the runs of the directory
#[derive(Debug, Args)]
#[command(after_help = "\
Lists the runs on disk, oldest first. --json prints one line per run, in the format of `status --json`.

Examples:
  provost runs
  provost runs --json | jq -r 'select(.state != \"done\") | .run'

Exit codes: 0 done, 1 the disk failed, 2 not a taxonomy directory")]
pub struct Runs {
    /// JSON lines
    #[arg(long)]
    json: bool,
}

/// Show the state of a run
#[derive(Debug, Args)]
#[command(after_help = "\
Counts items by subject and by outcome: ok, failed (no usable reply), unfit (a check failed). --json prints one \
document: run, path, state, asked (with `started`), items, subjects, failures, prompt_tokens, completion_tokens, \
first, last, damaged_lines, torn_bytes, estimated_prompt_tokens and estimated_completion_tokens (for replies the \
server did not count; not included in the other two), cost_usd and cost_estimated_usd (null if a price is unknown), \
judged (what `provost judge` took: items, tokens and cost; included in all sums), branches. Costs use the prices in \
your config now, by field and discipline, failed tries included.

Examples:
  provost status
  provost status 20261121T101500Z-3fa90c12 --json

Exit codes: 0 done, 2 there is no such run")]
pub struct Status {
    /// Run id, from `provost runs` [default: the newest]
    run: Option<RunId>,
    /// One JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Document<'a> {
    run: &'a RunId,
    path: String,
    state: &'a str,
    asked: Option<&'a RunFile>,
    items: Items,
    subjects: Vec<Subject<'a>>,
    failures: &'a BTreeMap<String, u64>,
    prompt_tokens: u64,
    completion_tokens: u64,
    first: Option<String>,
    last: Option<String>,
    damaged_lines: u64,
    torn_bytes: u64,
    #[serde(flatten)]
    bill: Bill,
    judged: Judged,
    branches: Vec<Branch>,
}

/// What `provost judge` did later. It is part of the sums.
#[derive(Serialize)]
struct Judged {
    items: u64,
    prompt_tokens: u64,
    completion_tokens: u64,
    #[serde(flatten)]
    bill: Bill,
}

impl Judged {
    fn of(status: &RunStatus, prices: &Prices) -> Self {
        let mut bill = Bill::of(&Prices::of_judging_later(prices.judged_later), &Spent::judged_later(status.judged));
        if status.judged_items == 0 {
            // Whatever it would have cost.
            (bill.cost_usd, bill.cost_estimated_usd) = (Some(0.0), Some(0.0));
        }
        Self {
            items: status.judged_items,
            prompt_tokens: status.judged.counted.prompt_tokens,
            completion_tokens: status.judged.counted.completion_tokens,
            bill,
        }
    }
}

/// What no server counted, and the cost of everything.
#[derive(Serialize)]
struct Bill {
    estimated_prompt_tokens: u64,
    estimated_completion_tokens: u64,
    cost_usd: Option<f64>,
    cost_estimated_usd: Option<f64>,
}

impl Bill {
    fn of(prices: &Prices, spent: &Spent) -> Self {
        let estimated = spent.together().estimated;
        Self {
            estimated_prompt_tokens: estimated.prompt_tokens,
            estimated_completion_tokens: estimated.completion_tokens,
            cost_usd: prices.cost(spent),
            cost_estimated_usd: prices.cost_of_estimated(spent),
        }
    }
}

#[derive(Serialize)]
struct Branch {
    path: Vec<Untrusted>,
    items: Items,
    prompt_tokens: u64,
    completion_tokens: u64,
    #[serde(flatten)]
    bill: Bill,
}

impl Branch {
    fn of(prices: &Prices, branch: BranchStatus) -> Self {
        let counted = branch.spent.together().counted;
        Self {
            items: branch.items.into(),
            prompt_tokens: counted.prompt_tokens,
            completion_tokens: counted.completion_tokens,
            bill: Bill::of(prices, &branch.spent),
            path: branch.path,
        }
    }
}

#[derive(Serialize)]
struct Items {
    ok: u64,
    failed: u64,
    unfit: u64,
}

impl From<Counts> for Items {
    fn from(counts: Counts) -> Self {
        Self { ok: counts.ok, failed: counts.failed, unfit: counts.unfit }
    }
}

#[derive(Serialize)]
struct Subject<'a> {
    id: NodeId,
    path: &'a [Untrusted],
    items: Items,
    prompt_tokens: u64,
    completion_tokens: u64,
    #[serde(flatten)]
    bill: Bill,
}

impl<'a> Subject<'a> {
    fn of(prices: &Prices, subject: &'a SubjectStatus) -> Self {
        let counted = subject.spent.together().counted;
        Self {
            id: subject.node,
            path: &subject.path,
            items: subject.items.into(),
            prompt_tokens: counted.prompt_tokens,
            completion_tokens: counted.completion_tokens,
            bill: Bill::of(prices, &subject.spent),
        }
    }
}

/// A time without its fraction.
fn to_the_second(time: jiff::Timestamp) -> String {
    jiff::Timestamp::from_second(time.as_second()).unwrap_or(time).to_string()
}

/// `running`, how it ended, or `interrupted` where it never came to an end.
fn state(status: &RunStatus) -> &str {
    match (&status.outcome, status.is_running) {
        (_, true) => "running",
        (Some(outcome), false) => &outcome.ended,
        (None, false) => "interrupted",
    }
}

impl<'a> Document<'a> {
    fn of(status: &'a RunStatus, prices: &Prices) -> Self {
        let subjects = status.subjects.iter();
        Self {
            run: &status.run,
            path: status.dir.display().to_string(),
            state: state(status),
            asked: status.file.as_ref(),
            items: status.items.into(),
            subjects: subjects.map(|subject| Subject::of(prices, subject)).collect(),
            failures: &status.failures,
            prompt_tokens: status.tokens.prompt_tokens,
            completion_tokens: status.tokens.completion_tokens,
            first: status.first.map(to_the_second),
            last: status.last.map(to_the_second),
            damaged_lines: status.damaged_lines,
            torn_bytes: status.torn_bytes,
            bill: Bill::of(prices, &status.spent),
            judged: Judged::of(status, prices),
            branches: status.branches().into_iter().map(|branch| Branch::of(prices, branch)).collect(),
        }
    }
}

impl Runs {
    /// Runs the command.
    ///
    /// # Errors
    /// The runs cannot be read.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let store = console.read()?;
        let runs = homework::runs(&store.runs_dir())?;
        if self.json {
            let prices = money::prices(console, &store.snapshot(), &runs)?;
            let documents = runs.iter().zip(&prices).map(|(run, prices)| Document::of(run, prices));
            return documents.into_iter().try_for_each(|document| console.out.json(&document));
        }
        if runs.is_empty() {
            return console.out.line("There is no run yet; `provost generate` starts one.");
        }
        let mut table = Table::with_heading(&["run", "state", "ok", "failed", "unfit", "planned", "asked for", "by"]);
        for status in &runs {
            let file = status.file.as_ref();
            table.row([
                strong(status.run.as_str()),
                plain(state(status)),
                plain(grouped(status.items.ok)),
                plain(grouped(status.items.failed)),
                plain(grouped(status.items.unfit)),
                plain(file.map_or("?".to_owned(), |file| grouped(file.items))),
                plain(file.map_or("?".to_owned(), asked)),
                faint(file.map_or("?", |file| &file.curator)),
            ]);
        }
        table.right(&[2, 3, 4, 5]).print(console.out)
    }
}

fn asked(file: &RunFile) -> String {
    let amount = match file.request.amount {
        Amount::PerSubject(each) => format!("{} per subject", grouped(each)),
        Amount::Count(count) => format!("{} together", grouped(count)),
    };
    match file.request.nodes.len() {
        0 => amount,
        1 => format!("{amount} below {}", file.request.nodes[0]),
        several => format!("{amount} below {several} nodes"),
    }
}

impl Status {
    /// Runs the command.
    ///
    /// # Errors
    /// There is no such run.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let store = console.read()?;
        let runs = store.runs_dir();
        let status = match self.run {
            Some(run) => homework::status(&runs, &run)?,
            None => {
                let newest = homework::run::runs_by_start(&runs)?.pop();
                let none = || AppError::usage("There is no run yet.").hint("`provost generate` starts one");
                homework::status(&runs, &newest.ok_or_else(none)?)?
            }
        };
        let prices = money::prices(console, &store.snapshot(), [&status])?.pop().unwrap_or_default();
        if self.json {
            return console.out.json(&Document::of(&status, &prices));
        }
        let out = &mut *console.out;
        out.line(&format!("run {}: {}", status.run, state(&status)))?;
        out.line(&format!("path: {}", status.dir.display()))?;
        if let Some(file) = &status.file {
            let (question, answer) = (&file.recipe.question.model, &file.recipe.answer.model);
            out.line(&format!("asked for: {}, seed {}, by {}", asked(file), file.request.seed, file.curator))?;
            out.line(&format!("models: {question} asks, {answer} answers"))?;
            out.line(&format!("started: {}", to_the_second(file.started)))?;
        }
        if let Some(last) = status.last {
            out.line(&format!("last record: {}", to_the_second(last)))?;
        }
        out.line(&format!("tokens: {}", money::tokens(&status.spent)))?;
        out.line(&format!("cost: {}", money::cost(&prices, &status.spent)))?;
        if status.judged_items > 0 {
            let (judged, prices) = (Spent::judged_later(status.judged), Prices::of_judging_later(prices.judged_later));
            let (items, cost) = (grouped(status.judged_items), money::cost(&prices, &judged));
            out.line(&format!("of it for judging {items} items later: {}; {cost}", money::tokens(&judged)))?;
        }
        let by_batch = homework::batch::log::parts(&runs, &status.run)?
            .iter()
            .fold(Usage::default(), |sum, part| sum + part.tokens);
        if by_batch != Usage::default() {
            let (sent, received) = (grouped(by_batch.prompt_tokens), grouped(by_batch.completion_tokens));
            out.line(&format!(
                "of it by batch: {sent} sent, {received} received; the provider's discount is taken off"
            ))?;
        }
        let branches = status.branches();
        // One field with one discipline would say what "together" says.
        if branches.len() > 2 {
            let mut table = Table::with_heading(&["branch", "ok", "failed", "unfit", "cost"]).right(&[1, 2, 3, 4]);
            for branch in &branches {
                table.row(counts(joined(&branch.path), branch.items, &prices, &branch.spent));
            }
            table.print(out)?;
        }
        let mut table = Table::with_heading(&["subject", "ok", "failed", "unfit", "cost"]).right(&[1, 2, 3, 4]);
        for subject in &status.subjects {
            table.row(counts(joined(&subject.path), subject.items, &prices, &subject.spent));
        }
        table.row(counts("together".to_owned(), status.items, &prices, &status.spent));
        table.print(out)?;
        for (why, number) in &status.failures {
            out.line(&format!("{} {why}", grouped(*number)))?;
        }
        if status.damaged_lines + status.torn_bytes > 0 && !status.is_running {
            let (lines, bytes) = (status.damaged_lines, status.torn_bytes);
            out.line(&format!("damaged: {lines} lines, and {bytes} bytes at the end that are no whole record"))?;
        }
        Ok(())
    }
}

fn joined(path: &[Untrusted]) -> String {
    path.iter().map(|name| name.line()).collect::<Vec<_>>().join(" > ")
}

fn counts(name: String, items: Counts, prices: &Prices, spent: &Spent) -> [(super::printer::Style, String); 5] {
    let cost = prices.cost(spent).map_or_else(|| "unknown".to_owned(), dollars);
    let [ok, failed, unfit] = [items.ok, items.failed, items.unfit].map(|number| plain(grouped(number)));
    [strong(name), ok, failed, unfit, plain(cost)]
}
