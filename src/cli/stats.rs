//! `provost stats`: figures about the deciding, and about the homework.

use clap::Args;

use super::console::Console;
use super::global::environment;
use super::printer::Style;
use super::table::{Table, grouped, plain};
use crate::config::speaks_unicode;
use crate::error::AppError;
use crate::homework::figures::{Figures, Glyphs, Tone, figures};
use crate::homework::{Dataset, RunId, Selection, Standing};
use crate::store::Store;
use crate::taxonomy::stats::{Cell, Section, sections};

/// Show acceptance, agreement between curators, and what the homework covers
#[derive(Debug, Args)]
#[command(after_help = "\
Counts the decisions in force; undone and overruled ones are left out. The sections: acceptance by curator, model, \
prompt (its version hash) and level; reasons for rejection; agreement between curators as raw share, AC1 and kappa, \
and on rejections alone; how many planted proposals each curator caught; quality of the judged homework by branch \
with a 95 % Wilson interval; and the class sessions that refused items come from.

--json prints one object with a key for each section: `curators`, `models`, `prompts`, `levels`, `reasons`, \
`agreement`, `pairs`, `planted`, `quality`, `sessions`. Each is a list of objects; shares are between 0 and 1, and \
unknown values are null.

--homework shows charts of the homework, 80 columns wide: standings of the items, how much of the taxonomy they \
cover, their length, whether questions begin to repeat, failures, tokens, models. docs/statistics.md explains each \
figure; `provost report` makes a page of them. With --json it prints them as one object.

Examples:
  provost stats
  provost stats --json | jq '.agreement[0].ac1'
  provost stats --homework
  provost stats --homework --json | jq '.coverage.all'

Exit codes: 0 done, 1 a segment cannot be read, 2 not a taxonomy directory, or there is no such run")]
pub struct Stats {
    /// One JSON object
    #[arg(long)]
    json: bool,
    /// Show what the homework covers, repeats and costs
    #[arg(long)]
    homework: bool,
    /// With --homework: only this run [default: all]
    #[arg(long, value_name = "RUN", requires = "homework")]
    run: Option<RunId>,
    /// Draw charts in plain ASCII [default: if the locale is not UTF-8]
    #[arg(long)]
    ascii: bool,
}

impl Stats {
    /// Runs the command.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let store = console.read()?;
        if self.homework {
            let figures = read_figures(&store, self.run.clone())?;
            return self.homework(&figures, console);
        }
        let sections = sections(&store.snapshot());
        if self.json {
            let all: serde_json::Map<_, _> =
                sections.iter().map(|section| (section.key.to_owned(), section.json())).collect();
            return console.out.json(&all);
        }
        if sections.iter().all(|section| section.rows.is_empty()) {
            console.out.line("Nothing was decided yet.")?;
        }
        for (at, section) in sections.iter().filter(|section| !section.rows.is_empty()).enumerate() {
            if at > 0 {
                console.out.line("")?;
            }
            print(section, console)?;
        }
        short(&store, console)
    }

    fn homework(self, figures: &Figures, console: &mut Console<'_>) -> Result<(), AppError> {
        if self.json {
            return console.out.json(figures);
        }
        if figures.items == 0 {
            return console.out.line("Nothing was generated yet.");
        }
        let glyphs = if self.ascii || !speaks_unicode(&environment) { Glyphs::Ascii } else { Glyphs::Blocks };
        for (at, chart) in figures.charts().iter().enumerate() {
            if at > 0 {
                console.out.line("")?;
            }
            for line in chart.lines(WIDTH, glyphs) {
                let style = |tone| match tone {
                    Tone::Strong => Style::Strong,
                    Tone::Faint => Style::Faint,
                    Tone::Plain | Tone::Bar => Style::Plain,
                };
                let spans: Vec<(Style, &str)> = line.iter().map(|(tone, text)| (style(*tone), text.as_str())).collect();
                console.out.spans(&spans)?;
            }
        }
        Ok(())
    }
}

/// Columns of charts.
const WIDTH: usize = 80;

/// The figures of all runs, or of one.
///
/// # Errors
/// There is no such run, or it cannot be read.
pub fn read_figures(store: &Store, run: Option<RunId>) -> Result<Figures, AppError> {
    let (snapshot, runs) = (store.snapshot(), store.runs_dir());
    let selection = Selection { run, ..Selection::of(&snapshot.manifest.homework.checks) };
    let dataset = Dataset::read(&snapshot, &runs, &selection)?;
    Ok(figures(&snapshot, &dataset, &runs)?)
}

/// The homework in a line or two.
fn short(store: &Store, console: &mut Console<'_>) -> Result<(), AppError> {
    let snapshot = store.snapshot();
    let selection = Selection::of(&snapshot.manifest.homework.checks);
    let dataset = Dataset::read(&snapshot, &store.runs_dir(), &selection)?;
    let (counts, items) = (dataset.counts(), dataset.entries().len() as u64);
    if items == 0 {
        return Ok(());
    }
    console.out.line("")?;
    console.out.spans(&[(Style::Strong, "Homework")])?;
    let mut table = Table::new().right(&[1]);
    for standing in Standing::ALL {
        if let Some(count) = counts.get(&standing) {
            table.row([plain(standing.code()), plain(grouped(*count)), plain(standing.meaning())]);
        }
    }
    table.print(console.out)?;
    console.out.spans(&[(Style::Faint, "`provost stats --homework` shows what they cover, repeat and cost.")])
}

fn print(section: &Section, console: &mut Console<'_>) -> Result<(), AppError> {
    console.out.spans(&[(Style::Strong, section.title)])?;
    let is_number = |at: &usize| section.rows.iter().all(|row| row.get(*at).is_none_or(Cell::is_number));
    let numbers: Vec<usize> = (0..section.columns.len()).filter(is_number).collect();
    let mut table = Table::with_heading(&section.columns).right(&numbers);
    for row in &section.rows {
        table.row(row.iter().map(|cell| plain(cell.show())));
    }
    table.print(console.out)?;
    section.remark.iter().try_for_each(|remark| console.out.spans(&[(Style::Faint, remark)]))
}
