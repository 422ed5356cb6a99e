//! `provost batch import`.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use super::super::console::Console;
use super::super::homework::prompts;
use super::super::printer::Printer;
use super::super::table::{count, grouped};
use crate::error::{AppError, Kind};
use crate::homework::RunId;
use crate::homework::batch::{ImportJob, Imported, import, run_of};
use crate::homework::checks::Benchmarks;
use crate::taxonomy::text::reveal_line;

/// Import the results of a batch
#[derive(Debug, Args)]
#[command(after_help = "\
Results may come in any order, in one file or several (the error file too), repeated or truncated. Every line is \
accounted for: done, on to the next stage, failed by class, unfit by check, not run, imported before, of another \
run, unknown, unreadable (with file and line). Replies are checked and recorded exactly as by `generate`. Importing \
a file twice changes nothing. No model is asked, and none needs to be configured.

The ids in the files identify the run. Items whose syllabus has changed since the export count as unknown while \
their question is outstanding; after that they are kept, as stale.

--json prints one document: run, lines, done, waiting, more, failed, unfit, not_run, duplicate, foreign, unknown, \
unreadable, blank, places, prompt_tokens, completion_tokens, open.

Examples:
  provost batch import batch_output.jsonl batch_error.jsonl
  provost batch import results.jsonl --benchmark gsm8k_test.jsonl
  provost batch import results/*.jsonl --json | jq .open

Exit codes: 0 done, 1 some lines failed, are unfit or unreadable (export again), 2 no line is a result of ours, \
42 the prompts changed since the export, or every try would end like this: a wrong model or parameter")]
pub struct Import {
    /// Result files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Run the results belong to [default: taken from the ids]
    #[arg(long, value_name = "RUN")]
    run: Option<RunId>,
    /// Benchmark that items must not overlap with: JSON lines or plain text; may be repeated
    #[arg(long = "benchmark", value_name = "BENCHMARK")]
    benchmarks: Vec<PathBuf>,
    /// One JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Document<'a> {
    run: &'a RunId,
    lines: u64,
    done: u64,
    waiting: BTreeMap<&'static str, u64>,
    more: u64,
    failed: BTreeMap<&'static str, u64>,
    unfit: &'a BTreeMap<&'static str, u64>,
    not_run: &'a BTreeMap<String, u64>,
    duplicate: u64,
    foreign: u64,
    unknown: u64,
    unreadable: u64,
    blank: u64,
    places: Vec<String>,
    prompt_tokens: u64,
    completion_tokens: u64,
    open: u64,
}

impl Import {
    /// Runs the command.
    ///
    /// # Errors
    /// The files cannot be used, the disk fails, or some lines were no good.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let store = console.read()?;
        let snapshot = store.snapshot();
        let checks = snapshot.manifest.homework.checks.clone();
        let benchmarks = Arc::new(Benchmarks::of_directory(store.dir(), &checks, &self.benchmarks)?);
        let (prompts, runs) = (prompts(&store)?, store.runs_dir());
        drop(store);
        let run = match self.run {
            Some(run) => run,
            None => run_of(&runs, &self.files)?,
        };
        let job = ImportJob { runs, run: run.clone(), snapshot: &snapshot, prompts, benchmarks, checks };
        let watched = std::io::stderr().is_terminal();
        let told = import(&job, &self.files, |told| {
            if watched {
                console.out.status(&format!("\r{} lines", grouped(told.lines)));
            }
        });
        if watched {
            console.out.status("\r                \r");
        }
        let told = told?;
        if self.json {
            console.out.json(&Document::of(&run, &told))?;
        } else {
            console.out.line(&format!("run {run}"))?;
            print(console.out, &told)?;
        }
        verdict(&told)
    }
}

fn places(told: &Imported) -> Vec<String> {
    let place = |at: &crate::homework::batch::Unreadable| {
        format!("{}:{}: {}", reveal_line(&at.file.display().to_string()), at.line, reveal_line(&at.reason))
    };
    told.places.iter().map(place).collect()
}

impl<'a> Document<'a> {
    fn of(run: &'a RunId, told: &'a Imported) -> Self {
        Self {
            run,
            lines: told.lines,
            done: told.done,
            waiting: told.waiting.iter().map(|(stage, number)| (stage.name(), *number)).collect(),
            more: told.more,
            failed: told.failed.iter().map(|(class, number)| (class.as_str(), *number)).collect(),
            unfit: &told.unfit,
            not_run: &told.not_run,
            duplicate: told.duplicate,
            foreign: told.foreign,
            unknown: told.unknown,
            unreadable: told.unreadable,
            blank: told.blank,
            places: places(told),
            prompt_tokens: told.tokens.prompt_tokens,
            completion_tokens: told.tokens.completion_tokens,
            open: told.open,
        }
    }
}

/// Prints what became of the lines.
pub(super) fn print(out: &mut Printer, told: &Imported) -> Result<(), AppError> {
    let mut rows = vec![(told.done, "items done".to_owned())];
    rows.extend(told.waiting.iter().map(|(stage, number)| (*number, format!("go on to the {}", stage.name()))));
    rows.push((told.more, "were cut, and are asked for with more room".to_owned()));
    rows.extend(told.failed.iter().map(|(class, number)| (*number, format!("failed: {class}"))));
    rows.extend(told.unfit.iter().map(|(check, number)| (*number, format!("unfit: {check}"))));
    rows.extend(told.not_run.iter().map(|(code, number)| (*number, format!("not run: {}", reveal_line(code)))));
    rows.push((told.duplicate, "taken before".to_owned()));
    rows.push((told.foreign, "of another run or program".to_owned()));
    rows.push((told.unknown, "for items that the run does not have".to_owned()));
    rows.push((told.unreadable, "unreadable".to_owned()));
    rows.push((told.blank, "blank".to_owned()));
    out.line(&format!("{}:", count(told.lines as usize, "line", "lines")))?;
    for (number, what) in rows.iter().filter(|(number, _)| *number > 0) {
        out.line(&format!("  {:>9}  {what}", grouped(*number)))?;
    }
    out.line(&format!("{} still open", count(told.open as usize, "item is", "items are")))?;
    places(told).iter().for_each(|place| out.note(place));
    if let Some(trouble) = &told.trouble {
        out.note(&format!("note: {}", reveal_line(trouble)));
    }
    Ok(())
}

/// Whether everything is as it should be.
fn verdict(told: &Imported) -> Result<(), AppError> {
    let failed: u64 = told.failed.values().chain(told.unfit.values()).sum::<u64>() + told.unreadable;
    let again = "the same `provost batch export` again writes what is still open";
    if failed == 0 {
        return Ok(());
    }
    let hopeless = told.trouble.is_some() && told.done + told.waiting.values().sum::<u64>() + told.more == 0;
    let kind = if hopeless { Kind::Config } else { Kind::Findings };
    Err(AppError::new(kind, format!("{} brought nothing.", count(failed as usize, "line", "lines"))).hint(again))
}
