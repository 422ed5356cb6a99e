//! `provost check --repair`: what log and tree disagree about, put right.

use serde::Serialize;

use super::console::Console;
use super::table::count;
use crate::error::{AppError, Kind};
use crate::store::Repair;
use crate::taxonomy::audit;

#[derive(Serialize)]
struct Line<'a> {
    path: &'a str,
    message: &'a str,
    done: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
}

/// Repairs, or says what would be, and what is left for a person.
pub(super) fn run(console: &mut Console<'_>, dry_run: bool, json: bool) -> Result<(), AppError> {
    let mut store = if dry_run { console.read()? } else { console.write()? };
    let repairs = store.repair(dry_run)?;
    for Repair { path, message, done } in &repairs {
        let word = match (done, dry_run) {
            (true, true) => "would repair",
            (true, false) => "repaired",
            (false, _) => "left",
        };
        if json {
            console.out.json(&Line { path, message, done: *done, code: None })?;
        } else {
            console.out.line(&format!("{path}: {word}: {message}"))?;
        }
    }
    let snapshot = store.snapshot();
    let told: Vec<&str> = repairs.iter().filter(|repair| !repair.done).map(|repair| repair.path.as_str()).collect();
    let mut left = told.len();
    // What is left out below a file that would be written again has its place then.
    let is_below = |path: &str, parent: &str| path.starts_with(&format!("{}/", parent.trim_end_matches(".yaml")));
    let problems = snapshot.problems.iter().filter(|problem| {
        let with_parent = |one: &Repair| one.done && problem.is_orphan() && is_below(&problem.path, &one.path);
        !repairs.iter().any(|one| one.path == problem.path || with_parent(one))
    });
    let problems = problems.map(|problem| (problem.path.clone(), problem.message.clone(), "unusable"));
    let differences = audit::audit(&snapshot).into_iter().filter(|one| !one.is_info());
    // With --dry-run what would be repaired is still there.
    let differences = differences.filter(|one| one.code != "unsettled" && (one.step.is_none() || !dry_run));
    let differences = differences.map(|one| (one.path, one.message, one.code));
    for (path, message, code) in problems.chain(differences).filter(|(path, ..)| !told.contains(&path.as_str())) {
        left += 1;
        if json {
            console.out.json(&Line { path: &path, message: &message, done: false, code: Some(code) })?;
        } else {
            console.out.line(&format!("{path}: left: {message} [{code}]"))?;
        }
    }
    if left > 0 {
        let things = count(left, "thing is", "things are");
        return Err(AppError::new(Kind::Findings, format!("{things} left for a person to decide."))
            .hint("each line says what to do; `provost check` lists them again"));
    }
    if repairs.is_empty() && !json {
        console.out.line("There is nothing to repair.")?;
    }
    Ok(())
}
