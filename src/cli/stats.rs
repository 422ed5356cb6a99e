//! `provost stats`: figures about the deciding.

use clap::Args;

use super::console::Console;
use super::printer::Style;
use super::table::{Table, plain};
use crate::error::AppError;
use crate::taxonomy::stats::{Cell, Section, sections};

/// Show how much was accepted, and how far curators agree
#[derive(Debug, Args)]
#[command(after_help = "\
Counts the verdicts that hold: undone ones, and those that another curator set aside, are left out. The sections: \
acceptance by curator, model, prompt (its version hash) and level; why proposals were rejected; agreement between \
curators as raw share, AC1 and kappa, and on rejects alone; how many planted proposals each curator caught; how good the \
judged homework is by branch, with the Wilson interval at 95 %, and the class sessions that refused items come from.

--json prints one object with a key for each section: `curators`, `models`, `prompts`, `levels`, `reasons`, \
`agreement`, `pairs`, `planted`, `quality`, `sessions`. Each is a list of objects; shares are between 0 and 1, and what cannot be told is null.

Examples:
  provost stats
  provost stats --json | jq '.agreement[0].ac1'

Exit codes: 0 done, 2 not a taxonomy directory")]
pub struct Stats {
    /// One JSON object
    #[arg(long)]
    json: bool,
}

impl Stats {
    /// Runs the command.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let store = console.read()?;
        let sections = sections(&store.snapshot());
        if self.json {
            let all: serde_json::Map<_, _> =
                sections.iter().map(|section| (section.key.to_owned(), section.json())).collect();
            return console.out.json(&all);
        }
        if sections.iter().all(|section| section.rows.is_empty()) {
            return console.out.line("Nothing was decided yet.");
        }
        for (at, section) in sections.iter().filter(|section| !section.rows.is_empty()).enumerate() {
            if at > 0 {
                console.out.line("")?;
            }
            print(section, console)?;
        }
        Ok(())
    }
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
