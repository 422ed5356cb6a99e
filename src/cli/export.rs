//! `provost export`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::console::Console;
use super::table::{count, grouped};
use crate::error::{AppError, Kind};
use crate::homework::{self, DatasetError, Exported, RunId, Selection};
use crate::taxonomy::text::reveal_line;

/// What a dataset looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// JSON lines of `messages` with `meta` (OpenAI, TRL, Hugging Face datasets)
    Messages,
    /// JSON lines of `conversations` (ShareGPT)
    Sharegpt,
    /// JSON lines of `instruction`, `input`, `output` (Alpaca)
    Alpaca,
    /// A table for spreadsheets
    Csv,
}

impl From<Format> for homework::Format {
    fn from(format: Format) -> Self {
        match format {
            Format::Messages => Self::Messages,
            Format::Sharegpt => Self::ShareGpt,
            Format::Alpaca => Self::Alpaca,
            Format::Csv => Self::Csv,
        }
    }
}

/// Write a dataset from what was generated
#[derive(Debug, Args)]
#[command(after_help = "\
Every whole item without fault, each question once, in an order that is shuffled and always the same, and only where the subject is \
still approved with the syllabus that the item was made from. Each carries its path, sessions, concepts and models in \
`meta`. The file appears whole or not at all.

Examples:
  provost export --format messages -o homework.jsonl
  provost export --run 20261121T101500Z-3fa90c12 --format alpaca -o alpaca.jsonl

Exit codes: 0 done, 1 there was nothing to export, or the disk failed, 2 there is no such run, or FILE is \
no place for a file")]
pub struct Export {
    /// Only this run [default: all]
    #[arg(long, value_name = "RUN")]
    run: Option<RunId>,
    /// What it looks like
    #[arg(long, value_enum, default_value = "messages")]
    format: Format,
    /// The file
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
}

impl Export {
    /// Runs the command.
    ///
    /// # Errors
    /// There was nothing to export, or the file cannot be written.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        writable(&self.out)?;
        let store = console.read()?;
        let runs = store.runs_dir();
        let selection = Selection { run: self.run, ..Selection::default() };
        let exported = homework::export(&store.snapshot(), &runs, &selection, self.format.into(), &self.out)?;
        tell(console, &exported, &self.out)?;
        if exported.written == 0 {
            return Err(AppError::new(Kind::Findings, "There was nothing to export.")
                .hint("`provost runs` shows what was generated; items of a changed syllabus no longer count"));
        }
        Ok(())
    }
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
pub fn tell(console: &mut Console<'_>, exported: &Exported, file: &std::path::Path) -> Result<(), AppError> {
    let shown = file.display().to_string();
    let items = count(exported.written as usize, "item", "items");
    console.out.line(&format!("{items} in {}.", reveal_line(&shown)))?;
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

impl From<DatasetError> for AppError {
    fn from(error: DatasetError) -> Self {
        match error {
            DatasetError::NoSuchRun(none) => AppError::usage(none.to_string()),
            DatasetError::Storage(error) => AppError::new(Kind::Other, error.to_string()),
        }
    }
}
