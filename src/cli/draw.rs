//! `provost sample`: which finished items people are asked about.

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::console::Console;
use super::items::{SHORT, Shelf, beginning, below};
use super::table::{Table, count, faint, plain, strong};
use crate::error::AppError;
use crate::homework::sample::{self, sample};
use crate::homework::{ItemId, Standing};
use crate::taxonomy::{ItemVerdict, NodeId, Untrusted};

/// What the sample is spread over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// The same number from each field, as far as possible
    Field,
    /// The same number from each discipline
    Discipline,
    /// The same number from each subject
    Subject,
}

/// List a seeded sample of finished homework to judge
#[derive(Debug, Args)]
#[command(after_help = "\
Draws from the items of the data set and from items that people refused, so refusing one does not change the sample. \
The sample takes turns between the disciplines, so stopping halfway still covers all of them alike. The same seed \
gives the same sample; new items are inserted at random places and keep the order of the others.

--json prints one line per item: item, stratum, subject, names, judged, verdict (yours), question.

Examples:
  provost sample --count 200 --seed 1
  provost sample natural-sciences --by subject --count 50 --json | jq -r 'select(.judged | not) | .item'
  provost verdict 3f9a11c20b7d --wrong --note \"the units are off\"

Exit codes: 0 done, 1 the disk failed, 2 there is no such node")]
pub struct Sample {
    /// Only items of subjects at or below these nodes
    #[arg(value_name = "NODE")]
    nodes: Vec<String>,
    /// Number of items
    #[arg(long, value_name = "N", default_value_t = sample::USUAL)]
    count: usize,
    /// Seed of the sample
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// What to spread the sample over
    #[arg(long, value_enum, default_value = "discipline")]
    by: By,
    /// JSON lines
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Line {
    item: ItemId,
    stratum: NodeId,
    subject: NodeId,
    names: Vec<Untrusted>,
    judged: bool,
    verdict: Option<ItemVerdict>,
    question: Untrusted,
}

impl Sample {
    /// Runs the command.
    ///
    /// # Errors
    /// A node is not there, or the items cannot be read.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let mut shelf = Shelf::of(console.read()?)?;
        let within = below(&shelf.snapshot, &self.nodes)?;
        let by = match self.by {
            By::Field => sample::By::Field,
            By::Discipline => sample::By::Discipline,
            By::Subject => sample::By::Subject,
        };
        let wanted = |standing| matches!(standing, Standing::Kept | Standing::HeldOut | Standing::Refused);
        let entries = shelf.dataset.entries().iter().filter(|entry| wanted(entry.standing));
        let entries = entries.filter_map(|entry| Some((entry.item, entry.subject?)));
        let entries = entries.filter(|(_, subject)| within.as_ref().is_none_or(|within| within.contains(subject)));
        let chosen =
            sample(entries.map(|(item, subject)| (item, by.stratum(&shelf.snapshot, subject))), self.count, self.seed);
        let (mut table, mut judged) = (Table::new(), 0);
        for item in &chosen {
            let Some(entry) = shelf.dataset.entry(*item).cloned() else { continue };
            let Some(subject) = entry.subject else { continue };
            let record = shelf.record(&entry)?;
            let verdict = shelf.snapshot.own_verdict((*item).into(), &shelf.viewer);
            judged += usize::from(verdict.is_some());
            let names = shelf.dataset.subject_of(&entry, &record).names;
            if self.json {
                let stratum = by.stratum(&shelf.snapshot, subject);
                let question = record.question;
                let judged = verdict.is_some();
                console.out.json(&Line { item: *item, stratum, subject, names, judged, verdict, question })?;
                continue;
            }
            let path: Vec<_> = names.iter().skip(names.len().saturating_sub(2)).map(Untrusted::line).collect();
            table.row([
                faint(&item.to_string()[..SHORT]),
                strong(verdict.map_or("-", ItemVerdict::title)),
                plain(path.join(" > ")),
                plain(beginning(&record.question)),
            ]);
        }
        if !self.json {
            table.print(console.out)?;
            let of = count(chosen.len(), "item", "items");
            console.out.note(&format!("{judged} of {of} judged by {}", shelf.viewer));
        }
        Ok(())
    }
}
