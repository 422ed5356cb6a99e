//! `provost verdict`: what somebody thinks of finished homework.

use clap::Args;

use super::console::Console;
use super::decide::names_on_stdin;
use super::items::Shelf;
use crate::error::AppError;
use crate::taxonomy::op::Op;
use crate::taxonomy::{ItemVerdict, Judged, Untrusted};

/// Record your verdict on homework items
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("verdict").required(true).multiple(false)
    .args(["good", "wrong", "unclear", "not_self_contained"]))]
#[command(after_help = "\
Name an item by its id or the beginning of it. `-` reads ids from stdin, one per line or as printed by `provost \
sample --json` and `provost items --json`. All items of one call are one decision with one undo. Your latest verdict \
on an item counts. Exports leave out an item that more curators call bad than good. `provost stats` shows the \
quality of branches, subjects and class sessions.

Examples:
  provost verdict 3f9a11c20b7d --good
  provost verdict 3f9a11c20b7d 88c1e5d2aa40 --wrong --note \"the units are off\"
  provost items --search \"see the figure\" --json | provost verdict - --not-self-contained

Exit codes: 0 done, 2 there is no such item, or you said so before")]
pub struct Verdict {
    /// Items; `-` reads them from stdin
    #[arg(value_name = "ITEM", required = true)]
    on: Vec<String>,
    /// Right, clear, and worth learning from
    #[arg(long)]
    good: bool,
    /// The answer is wrong or answers another question
    #[arg(long)]
    wrong: bool,
    /// Ambiguous, or impossible to understand
    #[arg(long)]
    unclear: bool,
    /// The question depends on something it does not contain
    #[arg(long)]
    not_self_contained: bool,
    /// Note in your own words
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

impl Verdict {
    /// Runs the command.
    ///
    /// # Errors
    /// An item is not there, or the store refused; nothing was decided.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let verdict = match (self.good, self.wrong, self.unclear) {
            (true, ..) => ItemVerdict::Good,
            (_, true, _) => ItemVerdict::Wrong,
            (_, _, true) => ItemVerdict::Unclear,
            _ => ItemVerdict::NotSelfContained,
        };
        let mut shelf = Shelf::of(console.write()?)?;
        let mut on: Vec<Judged> = Vec::new();
        for text in &self.on {
            let names = if text == "-" { names_on_stdin("item")? } else { vec![text.clone()] };
            for name in names {
                let item = shelf.item(&name)?;
                let Some(entry) = shelf.dataset.entry(item).cloned() else { continue };
                let judged = shelf.record(&entry)?.judged(&shelf.snapshot);
                on.push(judged.ok_or_else(|| {
                    AppError::usage(format!(
                        "The record of {item} names no subject, so nothing could be learnt from it."
                    ))
                })?);
            }
        }
        if on.is_empty() {
            return Err(AppError::usage("No item is named.").hint("`provost sample` lists some to judge"));
        }
        let note = self.note.map(Untrusted::from);
        console.submit(&mut shelf.store, Op::Judge { on, verdict, note }).map(drop)
    }
}
