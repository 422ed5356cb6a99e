//! `provost check` and `provost fmt`.

use std::collections::HashMap;
use std::fs;

use clap::Args;
use serde::Serialize;

use super::console::Console;
use super::table::count;
use crate::error::{AppError, Kind};
use crate::store::Store;
use crate::taxonomy::audit;
use crate::taxonomy::id::NodeId;
use crate::taxonomy::lint::{self, About};
use crate::taxonomy::snapshot::Snapshot;
use crate::taxonomy::syllabus::Syllabus;
use crate::taxonomy::text::Untrusted;
use crate::userfile::meant;

/// Look for problems in the directory's files and for oddities in what they say
#[derive(Debug, Args)]
#[command(after_help = "\
Problems are files that cannot be used. Findings are facts that deserve a look: duplicates, wrong kinds, vague \
names, odd syllabi, hidden characters; in accepted nodes and in open proposals. What is only good to know, such as \
the same words elsewhere or a file that is not in canonical form (`provost fmt`), is info and no finding.
`checks` in provost.yaml leaves some out or sets limits: checks: {off: [single-child], over-wide: 60}.
--fix applies the fix of one code to all accepted nodes in one decision, which one undo takes back; only where \
--list says `safe`. Proposals are left for a curator.
Where the log and the tree disagree (a node that was accepted and whose file is gone, one that was rejected and is \
there, votes that nobody wrote) is a finding; what was written by hand is info. --repair writes again what is missing, \
takes git's conflict markers out of logs and settles votes; it removes no file and overwrites nothing that people \
wrote, and says what it left. See docs/git.md.
--json prints one line each: severity (problem, finding, info), code, weight (error, warning, style, info), title, \
message, path, line, node or proposal, fix (what a key would do, where there is one).

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
    /// Every check there is, and what its fix does
    #[arg(long, conflicts_with_all = ["code", "fix"])]
    list: bool,
    /// What one check means
    #[arg(long, value_name = "CODE", value_parser = code, conflicts_with_all = ["list", "code", "fix"])]
    explain: Option<&'static str>,
    /// Put all findings of this code right
    #[arg(long, value_name = "CODE", value_parser = code, conflicts_with = "code")]
    fix: Option<&'static str>,
    /// Write again what decisions in force ask for and the tree lacks, take conflict markers out of logs, settle votes
    #[arg(long, conflicts_with_all = ["list", "code", "explain", "fix"])]
    repair: bool,
    /// With --fix or --repair: only say what would be changed
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

/// One thing that was found.
#[derive(Debug, Serialize)]
struct Found {
    severity: &'static str,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'static str>,
    message: String,
    path: String,
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<NodeId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proposal: Option<crate::taxonomy::ProposalId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<crate::taxonomy::EventId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

impl Found {
    fn new(severity: &'static str, code: &'static str, message: String, path: String) -> Self {
        let (weight, title, line, node, proposal, event, fix) = (None, None, None, None, None, None, None);
        Self { severity, code, weight, title, message, path, line, node, proposal, event, fix }
    }
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
        let problems = count(problems, "problem", "problems");
        let findings = count(findings, "finding", "findings");
        Err(AppError::new(Kind::Findings, format!("{problems} and {findings}."))
            .hint("`provost check --list` says what each code means"))
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
    let mut files = HashMap::new();
    for finding in lint::all(&snapshot) {
        let fix = if with_fixes { lint::fix(&snapshot, &finding).map(|fix| fix.label) } else { None };
        found.push(Found { fix, ..located(store, &snapshot, finding, &mut files) });
    }
    found.extend(audit::audit(&snapshot).into_iter().map(|difference| {
        let severity = if difference.is_info() { "info" } else { "finding" };
        let audit::Difference { code, message, path, node, proposal, event, .. } = difference;
        Found { node, proposal, event, ..Found::new(severity, code, message, path) }
    }));
    found.extend(store.format(true)?.into_iter().map(|path| {
        let message = "The layout is not canonical; `provost fmt` writes it so.".to_owned();
        Found::new("info", "not-canonical", message, path)
    }));
    Ok(found)
}

/// A finding with the file it is in.
fn located(
    store: &Store,
    snapshot: &Snapshot,
    finding: lint::Finding,
    files: &mut HashMap<String, Option<String>>,
) -> Found {
    let severity = if finding.is_info() { "info" } else { "finding" };
    let found = |message: String, path: String, line: Option<u64>| Found {
        weight: Some(finding.severity().name()),
        title: Some(finding.title()),
        line,
        ..Found::new(severity, finding.code, message, path)
    };
    match finding.about {
        About::Node(id) => {
            let path = format!("tree/{}.yaml", snapshot.tree.path(id));
            let read = || fs::read_to_string(store.dir().join(&path)).ok();
            let text = files.entry(path.clone()).or_insert_with(read).as_deref().unwrap_or_default();
            let syllabus = snapshot.tree.node(id).and_then(|node| node.syllabus.as_ref());
            let line = match (finding.cell, syllabus) {
                (Some(cell), Some(syllabus)) => line_of(text, syllabus, cell),
                _ => text.lines().position(|line| line.starts_with("name:")).map(|at| at as u64 + 1),
            };
            Found { node: Some(id), ..found(finding.message.clone(), path, line) }
        }
        About::Proposal(id) => {
            let proposal = snapshot.record.proposal(id);
            let batch = proposal.and_then(|proposal| proposal.seen.first()).map(|(batch, _)| *batch);
            let head = batch.and_then(|batch| snapshot.record.batch(batch));
            let path = head.map(|head| {
                let month: String = crate::store::timestamp(head.id.milliseconds()).chars().take(7).collect();
                format!("proposals/{month}/{}.yaml", head.id)
            });
            let name = proposal.map(|proposal| proposal.title()).unwrap_or_default();
            let message = format!("{id} \"{}\": {}", name.line(), finding.message);
            Found { proposal: Some(id), ..found(message, path.unwrap_or_default(), None) }
        }
    }
}

/// The line (from 1) on which a session or one of its concepts stands.
fn line_of(text: &str, syllabus: &Syllabus, (row, column): (usize, Option<usize>)) -> Option<u64> {
    let before = &syllabus.sessions[..row];
    let session = syllabus.sessions.get(row)?;
    let (wanted, earlier) = match column {
        None => (&session.title, before.iter().filter(|other| other.title == session.title).count()),
        Some(column) => {
            let concept = session.concepts.get(column)?;
            let same = |other: &&Untrusted| *other == concept;
            let above = before.iter().flat_map(|session| &session.concepts).filter(same).count();
            (concept, above + session.concepts[..column].iter().filter(same).count())
        }
    };
    let holds = |line: &str| {
        let value = line.trim_start().trim_start_matches("- ");
        let value = if column.is_none() { value.strip_prefix("title:").unwrap_or_default() } else { value };
        value.trim().trim_matches(['"', '\'']) == wanted.raw()
    };
    let mut lines = text.lines().enumerate().filter(|(_, line)| holds(line));
    lines.nth(earlier).map(|(at, _)| at as u64 + 1)
}

/// Write the directory's files in canonical form
#[derive(Debug, Args)]
#[command(after_help = "\
One layout for everybody, so that git shows what was changed and nothing else: block style, fixed order of keys, \
blank lines between them. Content, unknown keys included, stays. Comments in the files that it rewrites do not:
`notes:` is the place for remarks that last.

Examples:
  provost fmt
  provost fmt --check        # in CI

Exit codes: 0 done, 1 with --check: some files are not canonical, 2 not a taxonomy directory")]
pub struct Fmt {
    /// Only list what would be written
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomy::Outline;
    use crate::taxonomy::SessionId;
    use crate::taxonomy::syllabus::Session;

    #[test]
    fn a_repeated_concept_is_found_where_it_is_repeated() {
        let session = |title: &str, concepts: &[&str]| Session {
            id: SessionId::default(),
            title: title.into(),
            description: "".into(),
            concepts: concepts.iter().map(|concept| (*concept).into()).collect(),
        };
        let syllabus = Syllabus::from(Outline {
            sessions: vec![session("A", &["x", "Snell's law"]), session("A", &["Snell's law"])],
            ..Outline::default()
        });
        let text = "sessions:\n  - title: A\n    concepts:\n      - x\n      - Snell's law\n  - title: A\n    concepts:\n      - Snell's law\n";
        assert_eq!(line_of(text, &syllabus, (1, Some(0))), Some(8));
        assert_eq!(line_of(text, &syllabus, (0, Some(1))), Some(5));
        assert_eq!(line_of(text, &syllabus, (1, None)), Some(6));
    }
}
