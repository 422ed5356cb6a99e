//! `provost report`: the figures of the homework as one page of HTML.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

use super::console::Console;
use super::export::writable;
use super::money;
use crate::error::AppError;
use crate::homework::figures::figures;
use crate::homework::figures::words::grouped;
use crate::homework::report::{Costs, Report as Page, shown};
use crate::homework::{self, Dataset, RunId, Selection, Standing};
use crate::taxonomy::text::reveal_line;

/// Write a one-page HTML report on the homework
#[derive(Debug, Args)]
#[command(after_help = "\
Writes one self-contained file: no scripts, nothing loaded from the network, readable in light mode, dark mode and \
print. It shows a map of the taxonomy by items, acceptance and quality; coverage by branch and level; lengths; \
whether questions begin to repeat; what was left out and why; tokens, models and prompts; a few complete items; and \
how to reproduce it. docs/statistics.md explains each figure. The same data give the same bytes, except for the line \
with the time of writing.

Examples:
  provost report -o report.html
  provost report --run 20261121T101500Z-3fa90c12 -o run.html

Exit codes: 0 done, 1 the disk failed, 2 there is no such run, or FILE is no place for a file")]
pub struct Report {
    /// Output file
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    /// Only this run [default: all]
    #[arg(long, value_name = "RUN")]
    run: Option<RunId>,
    /// Seed for choosing the items shown [default: as set in provost.yaml]
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
}

impl Report {
    /// Runs the command.
    ///
    /// # Errors
    /// There is no such run, or the file cannot be written.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        writable(&self.out)?;
        let store = console.read()?;
        let (snapshot, runs) = (store.snapshot(), store.runs_dir());
        let only = self.run.clone();
        let dataset = Dataset::read(
            &snapshot,
            &runs,
            &Selection { run: self.run, ..Selection::of(&snapshot.manifest.homework.checks) },
        )?;
        let figures = figures(&snapshot, &dataset, &runs)?;
        let seed = self.seed.unwrap_or(snapshot.manifest.homework.seed);
        let items = shown(&snapshot, &dataset, seed)?;
        let mut made = homework::runs(&runs)?;
        made.retain(|status| only.as_ref().is_none_or(|only| *only == status.run));
        let prices = money::prices(console, &snapshot, &made)?;
        let costs = Costs::of(&made, &prices);
        Page { figures: &figures, items: &items, costs: costs.as_ref(), written: Timestamp::now() }.write(&self.out)?;
        let (kept, all) = (grouped(figures.of(Standing::Kept)), grouped(figures.items));
        let shown = self.out.display().to_string();
        console
            .out
            .line(&format!("{kept} of {all} items are in the training set; the report is in {}.", reveal_line(&shown)))
    }
}
