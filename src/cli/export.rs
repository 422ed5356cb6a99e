//! `provost export`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::console::Console;
use super::table::{count, grouped};
use crate::error::{AppError, Kind};
use crate::homework::checks::Benchmarks;
use crate::homework::export::{self, FolderError, Split};
use crate::homework::similar::{LOWEST, NEAR};
use crate::homework::{self, ExportError, ExportRequest, Exported, Limit, ReadError, RunId, Selection, Target};
use crate::taxonomy::text::reveal_line;

/// What a dataset looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// JSON lines of `messages` with `meta` (TRL, Hugging Face datasets)
    Messages,
    /// The same, with `train` on each message to say whether it is trained on (axolotl)
    Conversation,
    /// JSON lines of `messages` only, the answer with `weight` 1 (OpenAI fine-tuning)
    Openai,
    /// JSON lines of `prompt`, `completion` with `meta` (TRL)
    PromptCompletion,
    /// JSON lines of `conversations` (ShareGPT)
    Sharegpt,
    /// JSON lines of `instruction`, `input`, `output` (Alpaca)
    Alpaca,
    /// A table for spreadsheets; no cell is read as a formula, and every text survives the round trip
    Csv,
    /// Typed columns and a list of `messages` (datasets, DuckDB, pandas, TRL)
    Parquet,
}

impl From<Format> for homework::Format {
    fn from(format: Format) -> Self {
        match format {
            Format::Messages => Self::Messages,
            Format::Conversation => Self::Conversation,
            Format::Openai => Self::OpenAi,
            Format::PromptCompletion => Self::PromptCompletion,
            Format::Sharegpt => Self::ShareGpt,
            Format::Alpaca => Self::Alpaca,
            Format::Csv => Self::Csv,
            Format::Parquet => Self::Parquet,
        }
    }
}

/// Export homework as a data set
#[derive(Debug, Args)]
#[command(after_help = "\
Exports every item without faults, once, in a shuffled but stable order, and only if the subject is still approved \
with the syllabus the item was made from. Each carries its path, sessions, concepts and models in `meta` (in Parquet \
and CSV: in columns). The answer is the only trained turn. Files appear complete or not at all. docs/export.md \
describes each format and who reads it.

--held-out 50 writes a slice of each discipline to homework.held-out.jsonl. Held-out items are recorded in \
runs/held-out.jsonl and stay out of every later training set.

--shard-size and --shard-rows write several files: homework-00001-of-00007.jsonl. They replace an earlier set of \
that name as a whole. A folder (a name that ends with /) gets data/train-00000-of-00001.parquet, a README.md as \
dataset card, training/ with a configuration for TRL (`trl sft --config training/trl-sft.yaml`) and provost.json \
with checksums; its held-out slice is the split `test`. If you edited one of its texts by hand, yours stays and the \
new one is written next to it.

Examples:
  provost export -o homework.jsonl
  provost export -o homework.parquet
  provost export -o dataset/ --held-out 50 --shard-size 100MB --license cc-by-4.0
  provost export --benchmark gsm8k_test.jsonl -o homework.jsonl
  provost export --run 20261121T101500Z-3fa90c12 --format alpaca -o alpaca.jsonl

Exit codes: 0 done, 1 there was nothing to export, or the disk failed, 2 there is no such run, or FILE is \
no place for a file")]
pub struct Export {
    /// Only this run [default: all]
    #[arg(long, value_name = "RUN")]
    run: Option<RunId>,
    /// Format [default: by the ending of FILE: .parquet, .csv, else messages; a folder: parquet]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Output file, or a folder if it ends with /
    #[arg(short, long, alias = "output", value_name = "FILE")]
    out: PathBuf,
    /// Items per discipline to hold out in separate files, never trained on (the paper: 50)
    #[arg(long, value_name = "N")]
    held_out: Option<u32>,
    /// Include items whose subject or syllabus has changed since, marked as such
    #[arg(long)]
    stale: bool,
    /// Benchmark that items must not overlap with: JSON lines or plain text; may be repeated
    #[arg(long = "benchmark", value_name = "FILE")]
    benchmarks: Vec<PathBuf>,
    /// From which likeness on two questions are one, 0.5 to 1 (Jaccard index over words and pairs of words) [default: as
    /// provost.yaml says, else 0.8]
    #[arg(long, value_name = "LIKENESS", value_parser = likeness)]
    near: Option<f64>,
    /// Leave out exact duplicates only
    #[arg(long, conflicts_with = "near")]
    no_near: bool,
    /// Licence of the data for the dataset card, such as cc-by-4.0
    #[arg(long, value_name = "LICENCE", value_parser = license)]
    license: Option<String>,
    /// Maximum bytes per file: 500KB, 100MB, 2GiB; for Parquet before compression
    #[arg(long, value_name = "SIZE", value_parser = size)]
    shard_size: Option<u64>,
    /// Maximum rows per file
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    shard_rows: Option<u64>,
}

/// A number that near duplicates can be told by.
fn likeness(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(likeness) if (LOWEST..=1.0).contains(&likeness) => Ok(likeness),
        _ => Err(format!("a likeness is a number from {LOWEST} to 1, such as {NEAR}")),
    }
}

/// A licence in one line.
fn license(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 100 || text.contains(char::is_control) {
        return Err(
            "a licence is its identifier, such as cc-by-4.0 or apache-2.0, in at most 100 characters".to_owned()
        );
    }
    Ok(text.to_owned())
}

/// Bytes from `100MB` and the like.
fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: u64 = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return Err("a size is a number with B, KB, MB, GB, KiB, MiB or GiB, such as 100MB".to_owned()),
    };
    let number: Option<u64> = digits.trim().parse().ok();
    match number.and_then(|number| number.checked_mul(unit)) {
        Some(size) if size > 0 => Ok(size),
        _ => Err("a size is a whole number above 0, such as 100MB".to_owned()),
    }
}

impl Export {
    /// Runs the command.
    ///
    /// # Errors
    /// There was nothing to export, or the file cannot be written.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let target = target(&self.out)?;
        let format = match (self.format, &target) {
            (Some(format), _) => format.into(),
            (None, Target::File(path)) => homework::Format::of_name(path),
            (None, Target::Folder(_)) => homework::Format::Parquet,
        };
        let limit = Limit { bytes: self.shard_size, rows: self.shard_rows };
        let store = console.read()?;
        let checks = store.snapshot().manifest.homework.checks.clone();
        let benchmarks = Arc::new(Benchmarks::of_directory(store.dir(), &checks, &self.benchmarks)?);
        let (run, stale, held_out) = (self.run, self.stale, self.held_out);
        let said = Selection::of(&checks);
        let near = if self.no_near { 1.0 } else { self.near.unwrap_or(said.near) };
        let selection = Selection { run, stale, held_out, benchmarks, near, ..said };
        let license = self.license.as_deref();
        let request = ExportRequest { selection: &selection, format, target: &target, limit, license };
        let exported = homework::export(&store.snapshot(), &store.runs_dir(), &request)?;
        tell(console, &exported, &self.out)?;
        if exported.written == 0 {
            return Err(AppError::new(Kind::Findings, "There was nothing to export.")
                .hint("`provost runs` shows what was generated; items of a changed syllabus no longer count"));
        }
        Ok(())
    }
}

/// Where a data set named `out` goes: to a folder when it ends with a slash, or is a folder that has one already.
///
/// # Errors
/// It cannot go there, as bad input.
fn target(out: &Path) -> Result<Target, AppError> {
    let named =
        out.as_os_str().as_encoded_bytes().last().is_some_and(|last| std::path::is_separator(char::from(*last)));
    if named || out.join(export::MANIFEST).is_file() {
        // Without the slash: `components` drops it.
        let folder: PathBuf = out.components().collect();
        export::check_folder(&folder).map_err(from_folder)?;
        return Ok(Target::Folder(folder));
    }
    if out.is_dir() {
        let shown = out.display().to_string();
        let error = AppError::usage(format!("{} is there and is not a file.", reveal_line(&shown)));
        return Err(error.hint("name a file with -o, or end the name with / for a data set folder"));
    }
    writable(out)?;
    Ok(Target::File(out.to_owned()))
}

/// Whether a file can appear at `out`: it takes the place of what is there as a whole, so that must be a file.
///
/// # Errors
/// It cannot, as bad input.
pub fn writable(out: &Path) -> Result<(), AppError> {
    let shown = reveal_line(&out.display().to_string()).into_owned();
    if out == Path::new("-") {
        return Err(
            AppError::usage("A dataset is written to a file, not to stdout.").hint("name one, such as -o out.jsonl")
        );
    }
    // A link would be replaced, not followed: `/dev/stdout` is one.
    if std::fs::symlink_metadata(out).is_ok_and(|there| !there.is_file()) {
        return Err(AppError::usage(format!("{shown} is there and is not a file.")).hint("name a file with -o"));
    }
    match out.parent() {
        Some(folder) if folder != Path::new("") && !folder.is_dir() => {
            let folder = folder.display().to_string();
            let error =
                AppError::usage(format!("{shown} cannot be written: there is no folder {}.", reveal_line(&folder)));
            Err(error.hint("make the folder first, or name another with -o"))
        }
        _ => Ok(()),
    }
}

/// Says what was written and what was left out.
///
/// # Errors
/// Nobody reads.
pub fn tell(console: &mut Console<'_>, exported: &Exported, out: &Path) -> Result<(), AppError> {
    let (shown, placed) = (out.display().to_string(), &exported.placed);
    let items = count(exported.written as usize, "item", "items");
    let held_out = match exported.held_out {
        0 => String::new(),
        number => format!(" and {} held out", grouped(number)),
    };
    let files = match placed.files.len() {
        0 | 1 => String::new(),
        number => format!(", {} files", grouped(number as u64)),
    };
    if exported.written > 0 || !placed.files.is_empty() {
        console.out.line(&format!("{items}{held_out} in {}{files}.", reveal_line(&shown)))?;
    }
    for split in Split::ALL {
        let mut names = placed.files.iter().filter(|file| file.split == split).map(|file| reveal_line(&file.path));
        match (names.next(), names.next_back()) {
            (Some(first), Some(last)) => console.out.note(&format!("from {first} to {last}")),
            (Some(only), None) if placed.files.len() > 1 => console.out.note(&only),
            _ => {}
        }
    }
    if placed.gone > 0 {
        console.out.note(&format!("{} of the earlier set removed", count(placed.gone, "file", "files")));
    }
    for (kept, new) in &placed.kept {
        console.out.note(&format!("{kept} was edited by hand and stays; the new one is {new}"));
    }
    for (standing, number) in &exported.left_out {
        console.out.note(&format!("{} left out: {}", grouped(*number), standing.meaning()));
    }
    for (number, why) in
        [(exported.repeats, "further records of the same items"), (exported.damaged, "lines could not be read")]
    {
        if number > 0 {
            console.out.note(&format!("{} {why}", grouped(number)));
        }
    }
    Ok(())
}

impl From<ReadError> for AppError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NoSuchRun(none) => AppError::usage(none.to_string()),
            ReadError::Storage(error) => AppError::new(Kind::Other, error.to_string()),
        }
    }
}

impl From<ExportError> for AppError {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Dataset(error) => error.into(),
            ExportError::Folder(error) => from_folder(error),
            ExportError::Storage(error) => AppError::new(Kind::Other, error.to_string()),
        }
    }
}

fn from_folder(error: FolderError) -> AppError {
    match error {
        FolderError::Unfit { .. } => AppError::usage(reveal_line(&error.to_string()).into_owned()),
        FolderError::Storage(error) => AppError::new(Kind::Other, error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_have_units() {
        assert_eq!(size("100MB"), Ok(100_000_000));
        assert_eq!(size("2GiB"), Ok(2 << 30));
        assert_eq!(size("7"), Ok(7));
        for wrong in ["", "MB", "0", "1.5GB", "1TB", "-1", "99999999999GB"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
