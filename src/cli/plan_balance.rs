//! `provost plan --balance`: each branch's share of the items against the wished one.

use serde::Serialize;

use super::locate;
use super::printer::{Printer, Style};
use super::table::{Table, count, faint, grouped, plain, strong};
use crate::error::AppError;
use crate::homework::balance::{Branch, Standing, balance};
use crate::homework::{Changes, Plan};
use crate::taxonomy::snapshot::Snapshot;

/// Columns of the longest bar.
const WIDTH: usize = 24;

/// One branch.
#[derive(Debug, Serialize)]
pub struct Row {
    path: String,
    name: String,
    #[serde(flatten)]
    branch: Branch,
}

/// All branches, in the order of the tree. Without `changes` only what is planned counts.
pub fn rows(snapshot: &Snapshot, plan: &Plan, changes: Option<&Changes>) -> Vec<Row> {
    let row = |branch: Branch| Row {
        path: locate::path(snapshot, branch.node),
        name: snapshot.name(branch.node).line().into_owned(),
        branch,
    };
    balance(snapshot, plan, changes).into_iter().map(row).collect()
}

/// Prints them as a table with bars: what a branch has, what it lacks (·), what it has too much of (+).
///
/// # Errors
/// Nobody reads it.
pub fn print(out: &mut Printer, rows: &[Row]) -> Result<(), AppError> {
    if rows.is_empty() {
        return out.line("No subject is taught there, so there is nothing to share out.");
    }
    let mut table =
        Table::with_heading(&["branch", "subjects", "items", "share", "wished", "", ""]).right(&[1, 2, 3, 4]);
    for Row { name, branch, .. } in rows {
        let name = format!("{}{name}", "  ".repeat(branch.depth));
        let percent = |part: f64| format!("{:.1} %", part * 100.0);
        // Branches of one level are compared with each other.
        let alike = rows.iter().map(|row| &row.branch).filter(|other| other.depth == branch.depth);
        let most = alike.map(|other| other.share.max(other.wished)).fold(0.0, f64::max);
        table.row([
            if branch.depth == 0 { strong(&name) } else { plain(name) },
            plain(format!("{}/{}", grouped(branch.eligible), grouped(branch.subjects))),
            plain(grouped(branch.items())),
            plain(percent(branch.share)),
            faint(percent(branch.wished)),
            plain(bar(branch, most)),
            mark(branch),
        ]);
    }
    table.print(out)?;
    let of = |standing| rows.iter().filter(|row| row.branch.standing == standing).count();
    let (over, under, nothing) = (of(Standing::Over), of(Standing::Under), of(Standing::Nothing));
    let branches = count(rows.len(), "branch", "branches");
    out.line(&format!("{branches}: {over} over-represented, {under} under-represented, {nothing} with nothing."))?;
    if under + nothing > 0 {
        out.note("next: accept syllabi there (subjects: eligible/taught), or say otherwise with --weight NODE=W and --quota NODE=N");
    }
    Ok(())
}

fn bar(branch: &Branch, most: f64) -> String {
    let cells = |part: f64| if most > 0.0 { (part / most * WIDTH as f64).round() as usize } else { 0 };
    let (share, wished) = (cells(branch.share), cells(branch.wished));
    let both = share.min(wished);
    format!("{}{}{}", "█".repeat(both), "+".repeat(share - both), "·".repeat(wished - both))
}

fn mark(branch: &Branch) -> (Style, String) {
    let times = branch.ratio().map(|ratio| format!(" ×{ratio:.1}")).unwrap_or_default();
    match branch.standing {
        Standing::Fits => plain(String::new()),
        Standing::Over => plain(format!("over{times}")),
        Standing::Under => plain(format!("under{times}")),
        Standing::Nothing => plain("nothing".to_owned()),
    }
}
