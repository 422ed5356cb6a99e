//! The part of `provost plan` that compares with what is there.

use serde::Serialize;

use super::locate;
use super::printer::Printer;
use super::table::{Table, count, faint, grouped, plain};
use crate::error::AppError;
use crate::homework::{Changes, ItemId, Plan};
use crate::taxonomy::id::NodeId;
use crate::taxonomy::snapshot::Snapshot;

/// How a plan compares with what is there; without a model which items are valid is not known.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The comparison.
    pub changes: &'a Changes,
    /// Whether the models are known.
    pub is_known: bool,
}

impl Known<'_> {
    /// What a run would do beside what is there; `None` where nothing is.
    #[must_use]
    pub fn words(self) -> Option<String> {
        let there = self.changes.there();
        match self.is_known {
            true => self.changes.words(),
            false if there == 0 => None,
            false => Some(format!(
                "{} there; which of them are valid for this plan is not known without a model",
                count(there as usize, "item is", "items are")
            )),
        }
    }
}

/// Items of one subject that hold no longer.
#[derive(Debug, Serialize)]
pub struct Stale {
    id: NodeId,
    path: String,
    reason: &'static str,
    items: u64,
}

/// What holds no longer, by subject and reason.
#[must_use]
pub fn stale(snapshot: &Snapshot, changes: &Changes) -> Vec<Stale> {
    let of = |stale: &crate::homework::changes::Stale| Stale {
        id: stale.subject,
        path: path(snapshot, stale.subject, &stale.path),
        reason: stale.why,
        items: stale.items.len() as u64,
    };
    changes.stale.iter().map(of).collect()
}

/// The path of slugs; the names of then where the node is gone.
fn path(snapshot: &Snapshot, node: NodeId, then: &[crate::taxonomy::Untrusted]) -> String {
    match snapshot.tree.entry(node) {
        Some(_) => locate::path(snapshot, node),
        None => then.iter().map(|name| name.line()).collect::<Vec<_>>().join(" > "),
    }
}

/// Lists what holds no longer.
///
/// # Errors
/// Nobody reads.
pub fn print_stale(out: &mut Printer, stale: &[Stale]) -> Result<(), AppError> {
    if stale.is_empty() {
        return Ok(());
    }
    out.line("stale:")?;
    let mut table = Table::new().right(&[1]);
    for stale in stale {
        table.row([plain(format!("  {}", stale.path)), plain(grouped(stale.items)), faint(stale.reason)]);
    }
    table.print(out)
}

#[derive(Serialize)]
struct Line {
    item: ItemId,
    state: &'static str,
    subject: NodeId,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

/// Every item of the plan and every stale one, a line each.
///
/// # Errors
/// Nobody reads.
pub fn print_items(
    out: &mut Printer,
    snapshot: &Snapshot,
    plan: &Plan,
    Known { changes, is_known }: Known<'_>,
    json: bool,
) -> Result<(), AppError> {
    let mut print = |line: Line, path: &str| {
        if json {
            return out.json(&line);
        }
        let reason = line.reason.map(|reason| format!("  ({reason})")).unwrap_or_default();
        out.line(&format!("{:8}  {}  {path}{reason}", line.state, line.item))
    };
    for (at, subject) in plan.subjects.iter().enumerate() {
        let path = locate::path(snapshot, subject.id());
        for item in plan.items_of(at) {
            let state = if is_known { changes.of_item(&item).code() } else { "planned" };
            print(Line { item: item.id, state, subject: subject.id(), reason: None }, &path)?;
        }
    }
    for stale in &changes.stale {
        let path = path(snapshot, stale.subject, &stale.path);
        for item in &stale.items {
            let line = Line { item: *item, state: "stale", subject: stale.subject, reason: Some(stale.why) };
            print(line, &path)?;
        }
    }
    if !json {
        let items = count(plan.total() as usize, "item", "items");
        out.note(&format!("{items} planned, {} stale", grouped(changes.stale_items())));
    }
    Ok(())
}
