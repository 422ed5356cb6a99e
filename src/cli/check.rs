//! `provost check` and `provost fmt`.

use std::collections::HashMap;
use std::panic::resume_unwind;
use std::thread;

use clap::Args;

use super::check_found::{self, Found};
use super::console::Console;
use super::table::count;
use crate::error::{AppError, Kind};
use crate::store::Store;
use crate::taxonomy::audit;
use crate::taxonomy::lint;
use crate::userfile::meant;

/// Check the directory's files and content for problems
#[derive(Debug, Args)]
#[command(after_help = "\
Problems are files that cannot be used. Findings deserve a look: duplicates, wrong kinds, vague names, odd syllabi, \
hidden characters, in accepted nodes and open proposals. Notes such as the same name elsewhere, or a file that is \
not in canonical form (`provost fmt`), are info and do not count as findings. `checks` in provost.yaml turns checks \
off or sets limits: checks: {off: [single-child], over-wide: 60}.

--fix applies the fix of one code to all accepted nodes, as one decision with one undo; only for fixes that --list \
calls `safe`. Proposals are left to a curator.

A disagreement between log and tree is a finding: an accepted node whose file is gone, a rejected one that is \
present, votes that nobody settled. Manual edits are info. --repair restores missing files, removes git's conflict \
markers from logs and settles votes. It deletes no file, overwrites nothing that people wrote, and reports what it \
left alone. See docs/git.md.

--json prints one line each: severity (problem, finding, info), code, weight (error, warning, style, info), title, \
message, path, line, node or proposal, fix (what a key would do, if there is one).

Examples:
  provost check
  provost check --list
  provost check --code duplicate --code near-duplicate
  provost check --fix name-case --dry-run
  provost check --repair --dry-run
  provost check --json | jq -r 'select(.severity == \"problem\") | \"\\(.path):\\(.line)\"'

Exit codes: 0 nothing found (with --repair: nothing left), 1 findings or problems, 2 not a taxonomy directory")]
pub struct Check {
    /// Only findings with this code; may be repeated
    #[arg(long, value_name = "CODE", value_parser = code)]
    code: Vec<&'static str>,
    /// List all checks and what each fix does
    #[arg(long, conflicts_with_all = ["code", "fix"])]
    list: bool,
    /// Explain one check
    #[arg(long, value_name = "CODE", value_parser = code, conflicts_with_all = ["list", "code", "fix"])]
    explain: Option<&'static str>,
    /// Fix all findings with this code
    #[arg(long, value_name = "CODE", value_parser = code, conflicts_with = "code")]
    fix: Option<&'static str>,
    /// Restore files that the decision log requires, remove conflict markers from logs, settle votes
    #[arg(long, conflicts_with_all = ["list", "code", "explain", "fix"])]
    repair: bool,
    /// With --fix or --repair: only show what would change
    #[arg(long, conflicts_with_all = ["list", "code", "explain"])]
    dry_run: bool,
    /// JSON lines
    #[arg(long)]
    json: bool,
}

/// The code of a check that there is.
fn code(text: &str) -> Result<&'static str, String> {
    let all = || lint::CODES.iter().copied().chain(audit::CODES.iter().map(|(code, _)| *code));
    all().find(|code| *code == text).ok_or_else(|| meant(text, all()))
}

impl Check {
    /// Runs the command.
    ///
    /// # Errors
    /// Something was found.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        if self.list || self.explain.is_some() {
            return super::check_fix::list(console, self.explain, self.json);
        }
        if let Some(code) = self.fix {
            return super::check_fix::fix(console, code, self.dry_run, self.json);
        }
        if self.repair {
            return super::repair::run(console, self.dry_run, self.json);
        }
        if self.dry_run {
            return Err(AppError::usage("--dry-run belongs to --fix or --repair.")
                .hint("without either, `provost check` changes nothing anyway"));
        }
        let mut store = console.read()?;
        let mut found = look(&mut store, self.json)?;
        found.retain(|one| self.code.is_empty() || self.code.contains(&one.code));
        let mut shown: HashMap<&str, usize> = HashMap::new();
        for one in &found {
            let count = shown.entry(one.code).or_default();
            *count += 1;
            // A tree that is kept in editors is a line for every file, else.
            if !self.json && *count > HAND && audit::is_info(one.code) {
                continue;
            }
            if self.json {
                console.out.json(one)?;
            } else {
                let line = one.line.map(|line| format!("{line}:")).unwrap_or_default();
                console.out.line(&format!("{}:{line} {}: {} [{}]", one.path, one.severity, one.message, one.code))?;
            }
        }
        for (code, count) in shown.iter().filter(|(code, count)| **count > HAND && !self.json && audit::is_info(code)) {
            console.out.line(&format!("tree: info: {} more. [{code}]", count - HAND))?;
        }
        let number = |severity| found.iter().filter(|one| one.severity == severity).count();
        let (problems, findings) = (number("problem"), number("finding"));
        if problems + findings == 0 {
            if !self.json {
                console.out.line("Nothing was found.")?;
            }
            return Ok(());
        }
        let parts = [(problems, "problem", "problems"), (findings, "finding", "findings")].into_iter();
        let parts = parts.filter(|(number, ..)| *number > 0).map(|(number, one, many)| count(number, one, many));
        let told = parts.collect::<Vec<_>>().join(" and ");
        Err(AppError::new(Kind::Findings, format!("{told}.")).hint("`provost check --list` says what each code means"))
    }
}

/// How many differences that are only good to know are told one by one.
const HAND: usize = 20;

fn look(store: &mut Store, with_fixes: bool) -> Result<Vec<Found>, AppError> {
    let snapshot = store.snapshot();
    let problems = snapshot.problems.iter().map(|problem| Found {
        line: problem.line,
        ..Found::new("problem", "unusable", problem.message.clone(), problem.path.clone())
    });
    let mut found: Vec<Found> = problems.collect();
    // The log is replayed on one core, beside what takes all of them.
    let (of_all, differences, uncanonical) = thread::scope(|scope| {
        let differences = scope.spawn(|| audit::audit(&snapshot));
        let of_all = check_found::of_all(store.dir(), &snapshot, with_fixes);
        let uncanonical = store.format(true);
        (of_all, differences.join().unwrap_or_else(|panic| resume_unwind(panic)), uncanonical)
    });
    found.extend(of_all);
    found.extend(differences.into_iter().map(|difference| {
        let severity = if difference.is_info() { "info" } else { "finding" };
        let audit::Difference { code, message, path, node, proposal, event, .. } = difference;
        Found { node, proposal, event, ..Found::new(severity, code, message, path) }
    }));
    found.extend(uncanonical?.into_iter().map(|path| {
        let message = "The layout is not canonical; `provost fmt` writes it so.".to_owned();
        Found::new("info", "not-canonical", message, path)
    }));
    Ok(found)
}

/// Rewrite the directory's files in canonical form
#[derive(Debug, Args)]
#[command(after_help = "\
Canonical form is one layout for everybody, so that git shows real changes only: block style, fixed key order, blank \
lines between keys. Content, including unknown keys, is kept. Comments in rewritten files are lost; use `notes:` for \
remarks you want to keep.

Examples:
  provost fmt
  provost fmt --check        # in CI

Exit codes: 0 done, 1 with --check: some files are not canonical, 2 not a taxonomy directory")]
pub struct Fmt {
    /// Only list the files that would be rewritten
    #[arg(long)]
    check: bool,
}

impl Fmt {
    /// Runs the command.
    ///
    /// # Errors
    /// With `--check`, files that are not canonical.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let mut store = if self.check { console.read()? } else { console.write()? };
        let paths = store.format(self.check)?;
        for path in &paths {
            console.out.line(path)?;
        }
        if self.check && !paths.is_empty() {
            let files = count(paths.len(), "file is", "files are");
            return Err(AppError::new(Kind::Findings, format!("{files} not in canonical form."))
                .hint("`provost fmt` writes them so"));
        }
        Ok(())
    }
}
