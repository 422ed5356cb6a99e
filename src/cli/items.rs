//! `provost items`: finished homework, item by item.

use std::collections::HashSet;

use clap::Args;
use serde::Serialize;

use super::console::Console;
use super::locate;
use super::table::{Table, count, faint, grouped, plain, strong};
use crate::error::AppError;
use crate::homework::dataset::{Entry, Needle, Reader};
use crate::homework::provenance::{shown_standing, verdicts};
use crate::homework::{Dataset, ItemId, Record, Selection, Standing};
use crate::store::Store;
use crate::taxonomy::{ItemVerdict, NodeId, QuestionType, Snapshot, Untrusted};

/// List finished homework
#[derive(Debug, Args)]
#[command(after_help = "\
Lists every item of all runs once, in the order of ids, which is effectively random. --search finds items with every \
word in the question or answer, ignoring case. The standing says what becomes of an item in a data set: kept, \
held-out, stale, duplicate, near-duplicate, contaminated, judged (a model found it not good enough), refused (people \
did), unfit (a check did), failed. --verdict takes your verdicts: good, wrong, unclear, not-self-contained, or none.

--json prints one line per item: item, subject, names, standing, why, run, strategy, question_type, sessions, \
concepts, question, answer, verdict (yours), verdicts (everybody's, after you have given yours).

Examples:
  provost items natural-sciences/physics --search \"refractive index\"
  provost items --standing unfit,failed --json | jq -r .why | sort | uniq -c
  provost items --verdict wrong

Exit codes: 0 done, 1 the disk failed, 2 there is no such node")]
pub struct Items {
    /// Only items of subjects at or below this node
    node: Option<String>,
    /// Only items that contain all these words
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Only items with these standings
    #[arg(long, value_name = "STANDING", value_delimiter = ',', value_parser = standing)]
    standing: Vec<Standing>,
    /// Only items with this verdict of yours; `none` for items you have not judged
    #[arg(long, value_name = "VERDICT", value_parser = verdict)]
    verdict: Option<Said>,
    /// Only items drawn from one class session, or from two
    #[arg(long, value_name = "1|2", value_parser = clap::value_parser!(u8).range(1..=2))]
    strategy: Option<u8>,
    /// Only questions of this type: open, multiple-choice, calculation, coding
    #[arg(long = "type", value_name = "TYPE", value_parser = question_type)]
    question_type: Option<QuestionType>,
    /// Maximum number of items
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// JSON lines
    #[arg(long)]
    json: bool,
}

/// A verdict, or that there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Said(Option<ItemVerdict>);

fn verdict(text: &str) -> Result<Said, String> {
    if text == "none" { Ok(Said(None)) } else { text.parse().map(|verdict| Said(Some(verdict))) }
}

fn question_type(text: &str) -> Result<QuestionType, String> {
    QuestionType::ALL.into_iter().find(|of| of.name() == text).ok_or_else(|| {
        let names: Vec<_> = QuestionType::ALL.iter().map(|of| of.name()).collect();
        format!("a type is one of {}", names.join(", "))
    })
}

fn standing(text: &str) -> Result<Standing, String> {
    Standing::ALL.into_iter().find(|standing| standing.code() == text).ok_or_else(|| {
        let codes: Vec<_> = Standing::ALL.iter().map(|standing| standing.code()).collect();
        format!("a standing is one of {}", codes.join(", "))
    })
}

/// The finished items of a directory, and who looks at them.
pub struct Shelf {
    /// The directory.
    pub store: Store,
    /// Its taxonomy.
    pub snapshot: std::sync::Arc<Snapshot>,
    /// Its items.
    pub dataset: Dataset,
    /// Who looks.
    pub viewer: String,
    reader: Reader,
}

impl Shelf {
    /// The items of an open directory.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn of(store: Store) -> Result<Self, AppError> {
        let snapshot = store.snapshot();
        let dataset = Dataset::read(&snapshot, &store.runs_dir(), &Selection::of(&snapshot.manifest.homework.checks))?;
        let viewer = store.curator().to_owned();
        Ok(Self { store, snapshot, dataset, viewer, reader: Reader::default() })
    }

    /// The record of an item.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn record(&mut self, entry: &Entry) -> Result<Record, AppError> {
        Ok(self.reader.record(&self.dataset, entry)?)
    }

    /// The item that `text` names: its id, or enough of its beginning.
    ///
    /// # Errors
    /// There is none, or several.
    pub fn item(&self, text: &str) -> Result<ItemId, AppError> {
        let wanted = text.trim().to_lowercase();
        let found = if is_like_an_item(&wanted) { self.dataset.beginning(&wanted, 3) } else { Vec::new() };
        match found[..] {
            [one] => Ok(one),
            [] => Err(AppError::usage(format!("There is no item \"{}\".", Untrusted::from(text).line()))
                .hint("`provost items` and `provost sample` list them, with ids; the first eight digits will do")),
            _ => {
                let ids: Vec<String> = found.iter().map(ToString::to_string).collect();
                Err(AppError::usage(format!("\"{wanted}\" could be {}.", ids.join(", ")))
                    .hint("name more of its digits"))
            }
        }
    }

    /// An item for a script.
    ///
    /// # Errors
    /// Its record cannot be read.
    pub fn line(&mut self, entry: &Entry) -> Result<Line, AppError> {
        let record = self.record(entry)?;
        let key = entry.item.into();
        let said = self.snapshot.own_verdict(key, &self.viewer);
        let names = self.dataset.subject_of(entry, &record).names;
        Ok(Line {
            item: entry.item,
            subject: entry.subject,
            names,
            standing: shown_standing(&self.snapshot, entry, &self.viewer),
            why: entry.why.as_deref().map(str::to_owned),
            run: self.dataset.run(entry).to_string(),
            strategy: entry.strategy,
            question_type: entry.question_type,
            sessions: record.sessions.iter().map(|session| session.id.0.clone()).collect(),
            concepts: record.concepts.iter().map(|drawn| drawn.concept.clone()).collect(),
            question: record.question,
            answer: record.answer,
            verdict: said,
            verdicts: verdicts(&self.snapshot, entry, &self.viewer),
        })
    }
}

/// Whether a text may be an item's id or its beginning.
#[must_use]
pub fn is_like_an_item(text: &str) -> bool {
    (8..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// An item for a script.
#[derive(Debug, Serialize)]
pub struct Line {
    item: ItemId,
    subject: Option<NodeId>,
    names: Vec<Untrusted>,
    standing: Standing,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    run: String,
    strategy: u8,
    question_type: QuestionType,
    sessions: Vec<String>,
    concepts: Vec<Untrusted>,
    question: Untrusted,
    answer: Untrusted,
    verdict: Option<ItemVerdict>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    verdicts: Vec<String>,
}

/// How much of an item's id is shown in a list.
pub const SHORT: usize = 12;
/// How much of a question is shown in a list.
const QUESTION: usize = 60;

/// The beginning of a question for a list.
#[must_use]
pub fn beginning(question: &Untrusted) -> String {
    let line = question.line();
    let line = line.trim();
    match line.char_indices().nth(QUESTION) {
        Some((at, _)) => format!("{}...", &line[..at]),
        None => line.to_owned(),
    }
}

/// The subjects at or below nodes; nothing named means all.
///
/// # Errors
/// A node is not there.
pub fn below(snapshot: &Snapshot, nodes: &[String]) -> Result<Option<HashSet<NodeId>>, AppError> {
    let places = nodes.iter().map(|text| locate::place(snapshot, text)).collect::<Result<Vec<_>, _>>()?;
    let tops: Option<Vec<NodeId>> = places.into_iter().collect();
    Ok(tops.filter(|tops| !tops.is_empty()).map(|tops| {
        tops.into_iter().flat_map(|top| snapshot.tree.subtree(Some(top)).into_iter().chain([top])).collect()
    }))
}

impl Items {
    /// Runs the command.
    ///
    /// # Errors
    /// A node is not there, or the items cannot be read.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let mut shelf = Shelf::of(console.read()?)?;
        let within = below(&shelf.snapshot, self.node.as_slice())?;
        let needle = Needle::new(self.search.as_deref().unwrap_or_default());
        let wanted = |shelf: &Shelf, entry: &Entry| {
            let standing = shown_standing(&shelf.snapshot, entry, &shelf.viewer);
            let said = || Said(shelf.snapshot.own_verdict(entry.item.into(), &shelf.viewer));
            within.as_ref().is_none_or(|within| entry.subject.is_some_and(|subject| within.contains(&subject)))
                && (self.standing.is_empty() || self.standing.contains(&standing))
                && self.question_type.is_none_or(|of| entry.question_type == of)
                && self.strategy.is_none_or(|strategy| entry.strategy == strategy)
                && self.verdict.is_none_or(|verdict| said() == verdict)
        };
        let entries: Vec<Entry> =
            shelf.dataset.entries().iter().filter(|entry| wanted(&shelf, entry)).cloned().collect();
        let mut table = Table::new();
        let (mut found, most) = (0_usize, self.limit.unwrap_or(usize::MAX));
        for entry in entries {
            if found == most {
                break;
            }
            let record = shelf.record(&entry)?;
            if !needle.is_empty() && !needle.is_in(&[record.question.raw(), record.answer.raw()]) {
                continue;
            }
            found += 1;
            if self.json {
                let line = shelf.line(&entry)?;
                console.out.json(&line)?;
                continue;
            }
            let said = shelf.snapshot.own_verdict(entry.item.into(), &shelf.viewer);
            let subject = shelf.dataset.subject_of(&entry, &record).names.pop().unwrap_or_default();
            let question =
                if record.question.is_blank() { "(no question)".into() } else { beginning(&record.question) };
            table.row([
                faint(&entry.item.to_string()[..SHORT]),
                plain(shown_standing(&shelf.snapshot, &entry, &shelf.viewer).code()),
                strong(said.map_or("-", ItemVerdict::title)),
                plain(subject.line()),
                plain(question),
            ]);
        }
        if self.json {
            return Ok(());
        }
        table.print(console.out)?;
        console.out.note(&format!(
            "{} of {}",
            count(found, "item", "items"),
            grouped(shelf.dataset.entries().len() as u64)
        ));
        Ok(())
    }
}
