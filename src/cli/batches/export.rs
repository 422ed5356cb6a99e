//! `provost batch export` and `provost batch dialects`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use super::super::console::Console;
use super::super::global::ModelArgs;
use super::super::homework::{Ground, JudgeArgs, Wanted};
use super::super::interrupt::block_on;
use super::super::table::{Table, count, faint, grouped, plain, strong};
use super::dialect;
use crate::error::AppError;
use crate::homework::RunId;
use crate::homework::batch::log::items_under_way;
use crate::homework::batch::{DIALECTS, Dialect, ExportJob, Exported, RequestFile, Transport, export};

/// Write the open requests as batch files
#[derive(Debug, Args)]
#[command(after_help = "\
Select items as for `generate`. Only open requests are written: the answer of an item whose question was imported, \
the question of the others. Files are split at the provider's limits, appear complete or not at all, and are never \
overwritten. Nothing is sent, but the model's name must be known: from a profile, or from --base-url and --model.

Requests that were exported but have not come back are exported again by the same command, under the same ids; this \
is how you repeat an expired batch. Importing both results does no harm. Items that a batch of any run has with a \
provider (`provost batch status`) are left out.

--json prints one document: run, path, dialect, done, given_up, finished, under_way, files (path, stage, requests, bytes, \
prompt_tokens, completion_tokens, sha256).

Examples:
  provost batch export --per-subject 20 -o out
  provost batch export --count 500 -o out --dialect vllm --base-url http://localhost:8000/v1 --model my-model
  provost batch export natural-sciences/physics --count 500 -o out --dialect groq --most-requests 10000
  provost batch export --count 500 --judge -o out

Exit codes: 0 done (also if nothing is open), 1 the disk failed, 2 nothing is eligible, 10 another process makes the same \
items (later), 42 no model is configured")]
pub struct Export {
    #[command(flatten)]
    wanted: Wanted,
    /// Folder for the files; created if missing
    #[arg(short, long = "out", alias = "output", value_name = "DIR")]
    output: PathBuf,
    /// Provider: openai, azure, together, groq, mistral, anthropic, gemini, doubleword, deepinfra, litellm or vllm
    #[arg(long, value_name = "NAME", value_parser = dialect, default_value = "openai", hide_default_value = true)]
    dialect: &'static Dialect,
    /// Maximum requests per file [default: the provider's limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    most_requests: Option<u64>,
    /// Maximum bytes per file [default: the provider's limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    most_bytes: Option<u64>,
    #[command(flatten)]
    judge: JudgeArgs,
    /// One JSON document
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    model: ModelArgs,
}

#[derive(Serialize)]
struct Document<'a> {
    run: &'a RunId,
    path: String,
    dialect: &'static str,
    done: u64,
    given_up: u64,
    finished: u64,
    under_way: u64,
    files: &'a [RequestFile],
}

impl Export {
    /// Runs the command.
    ///
    /// # Errors
    /// Nothing is eligible, no model is configured, or the disk fails.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let ground = Ground::of(console, &self.model)?;
        let request = self.wanted.request(&ground.snapshot)?;
        let means = block_on(async {
            let mut means = ground.means().await?;
            self.judge.choose(&mut means, &ground).await?;
            Ok(means)
        })?;
        let plan = self.wanted.part(means.plan(&ground.snapshot, &request));
        plan.remarks.iter().for_each(|remark| console.out.note(&format!("note: {remark}")));
        let earlier = earlier(&self.output);
        let under_way = items_under_way(&ground.runs, None)?;
        let job = ExportJob {
            plan: Arc::new(plan),
            prompts: means.prompts.clone(),
            question: means.question.client.clone(),
            answer: means.answer.client.clone(),
            judge: means.judge(),
            runs: ground.runs.clone(),
            curator: ground.curator(),
            dialect: self.dialect,
            most_requests: self.most_requests.unwrap_or(u64::MAX),
            most_bytes: self.most_bytes.unwrap_or(u64::MAX),
            to: Some(self.output.clone()),
            under_way: &under_way,
        };
        let exported = export(&job)?;
        if self.json {
            let Exported { run, dir, files, done, given_up, finished, under_way, .. } = &exported;
            let path = dir.display().to_string();
            let dialect = self.dialect.name;
            return console.out.json(&Document {
                run,
                path,
                dialect,
                done: *done,
                given_up: *given_up,
                finished: *finished,
                under_way: *under_way,
                files,
            });
        }
        self.print(console, &exported)?;
        if earlier > 0 && !exported.files.is_empty() {
            let files = count(earlier, "file of an earlier export is", "files of earlier exports are");
            console.out.note(&format!("note: {files} in {} too; send each only once.", self.output.display()));
        }
        Ok(())
    }

    fn print(&self, console: &mut Console<'_>, exported: &Exported) -> Result<(), AppError> {
        let out = &mut *console.out;
        out.line(&format!("run {}", exported.run))?;
        let settled = [
            (exported.done, "done"),
            (exported.given_up, "given up"),
            (exported.finished, "whole now"),
            (exported.under_way, "with a provider (`provost batch status`)"),
        ];
        for (number, what) in settled.into_iter().filter(|(number, _)| *number > 0) {
            out.line(&format!("{} {what}", count(number as usize, "item is", "items are")))?;
        }
        if exported.files.is_empty() {
            return out.line("nothing is left to ask for");
        }
        let mut table = Table::with_heading(&["file", "requests", "MB", "tokens, about"]).right(&[1, 2, 3]);
        for file in &exported.files {
            table.row([
                strong(file.path.display().to_string()),
                plain(grouped(file.requests)),
                plain(format!("{:.1}", file.bytes as f64 / 1e6)),
                faint(grouped(file.prompt_tokens + file.completion_tokens)),
            ]);
        }
        table.print(out)?;
        if !self.dialect.remark.is_empty() {
            out.note(&format!("note: {}: {}", self.dialect.title, self.dialect.remark));
        }
        out.note("next: send the files, then `provost batch import RESULTS...`, then the same export again");
        Ok(())
    }
}

/// How many files of ours are in a folder already.
fn earlier(folder: &Path) -> usize {
    let names = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let ours = |name: &str| {
        let stages = crate::homework::batch::Stage::ALL.into_iter();
        name.ends_with(".jsonl") && stages.map(|stage| stage.name()).any(|stage| name.starts_with(stage))
    };
    names.filter(|name| name.to_str().is_some_and(ours)).count()
}

/// List the supported providers: limits, discounts and sources
#[derive(Debug, Args)]
#[command(after_help = "\
`provost batch run` can send the files of `live` providers itself; for the others, use their own tools. Discounts \
are as advertised on the day shown, and unverified where it says so.

Examples:
  provost batch dialects

Exit codes: 0 done")]
pub struct Dialects {}

impl Dialects {
    /// Runs the command.
    ///
    /// # Errors
    /// Nobody reads.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let mut table =
            Table::with_heading(&["name", "", "requests", "MB", "discount", "known from"]).right(&[2, 3, 4]);
        for dialect in DIALECTS {
            let limit = |number: u64, by: u64| {
                if number == u64::MAX { faint("-") } else { plain(grouped(number / by)) }
            };
            table.row([
                strong(dialect.name),
                plain(if dialect.transport == Transport::OpenAi { "live" } else { "files" }),
                limit(dialect.most_requests, 1),
                limit(dialect.most_bytes, 1_000_000),
                plain(format!("{} %", dialect.discount)),
                faint(dialect.source),
            ]);
        }
        table.print(console.out)?;
        for dialect in DIALECTS.iter().filter(|dialect| !dialect.remark.is_empty()) {
            console.out.line(&format!("{}: {}", dialect.name, dialect.remark))?;
        }
        Ok(())
    }
}
