//! `provost runs` and `provost status`.

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;

use super::console::Console;
use super::table::{Table, faint, grouped, plain, strong};
use crate::error::AppError;
use crate::homework::run::RunFile;
use crate::homework::status::Counts;
use crate::homework::{self, Amount, RunId, RunStatus};
use crate::taxonomy::id::NodeId;
use crate::taxonomy::text::Untrusted;

/// List the runs of the directory
#[derive(Debug, Args)]
#[command(after_help = "\
Oldest first, as they stand on disk. --json prints one line a run, as `status --json` does.

Examples:
  provost runs
  provost runs --json | jq -r 'select(.state != \"done\") | .run'

Exit codes: 0 done, 1 the disk failed, 2 not a taxonomy directory")]
pub struct Runs {
    /// JSON lines
    #[arg(long)]
    json: bool,
}

/// Show how one run stands
#[derive(Debug, Args)]
#[command(after_help = "\
Items by subject and by what became of them: ok, failed (no reply that could be used), unfit (a check found fault). \
--json prints one document: run, path, state, asked (with `started`), items, subjects, failures, prompt_tokens, \
completion_tokens, first, last, damaged_lines, torn_bytes.

Examples:
  provost status
  provost status 20261121T101500Z-3fa90c12 --json

Exit codes: 0 done, 2 there is no such run")]
pub struct Status {
    /// Which run, as `provost runs` lists it [default: the newest]
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
    fn of(status: &'a RunStatus) -> Self {
        let subjects = status.subjects.iter();
        Self {
            run: &status.run,
            path: status.dir.display().to_string(),
            state: state(status),
            asked: status.file.as_ref(),
            items: status.items.into(),
            subjects: subjects.map(|s| Subject { id: s.node, path: &s.path, items: s.items.into() }).collect(),
            failures: &status.failures,
            prompt_tokens: status.tokens.prompt_tokens,
            completion_tokens: status.tokens.completion_tokens,
            first: status.first.map(|time| time.to_string()),
            last: status.last.map(|time| time.to_string()),
            damaged_lines: status.damaged_lines,
            torn_bytes: status.torn_bytes,
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
            return runs.iter().try_for_each(|run| console.out.json(&Document::of(run)));
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
            None => homework::runs(&runs)?
                .pop()
                .ok_or_else(|| AppError::usage("There is no run yet.").hint("`provost generate` starts one"))?,
        };
        if self.json {
            return console.out.json(&Document::of(&status));
        }
        let out = &mut *console.out;
        out.line(&format!("run {}: {}", status.run, state(&status)))?;
        out.line(&format!("path: {}", status.dir.display()))?;
        if let Some(file) = &status.file {
            let (question, answer) = (&file.recipe.question.model, &file.recipe.answer.model);
            out.line(&format!("asked for: {}, seed {}, by {}", asked(file), file.request.seed, file.curator))?;
            out.line(&format!("models: {question} asks, {answer} answers"))?;
            out.line(&format!("started: {}", file.started))?;
        }
        if let Some(last) = status.last {
            out.line(&format!("last record: {last}"))?;
        }
        let (sent, received) = (grouped(status.tokens.prompt_tokens), grouped(status.tokens.completion_tokens));
        out.line(&format!("tokens: {sent} sent, {received} received"))?;
        let mut table = Table::with_heading(&["subject", "ok", "failed", "unfit"]).right(&[1, 2, 3]);
        for subject in &status.subjects {
            let path: Vec<_> = subject.path.iter().map(|name| name.line()).collect();
            table.row(counts(path.join(" > "), subject.items));
        }
        table.row(counts("together".to_owned(), status.items));
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

fn counts(name: String, items: Counts) -> [(super::printer::Style, String); 4] {
    [strong(name), plain(grouped(items.ok)), plain(grouped(items.failed)), plain(grouped(items.unfit))]
}
