//! `provost check` and `provost fmt`.

use std::collections::HashMap;
use std::fs;

use clap::Args;
use serde::Serialize;

use super::console::Console;
use super::table::count;
use crate::error::{AppError, Kind};
use crate::store::Store;
use crate::taxonomy::id::NodeId;
use crate::taxonomy::lint::{self, About};
use crate::taxonomy::snapshot::Snapshot;
use crate::taxonomy::syllabus::Syllabus;
use crate::taxonomy::text::Untrusted;

/// Look for problems in the directory's files and for oddities in what they say
#[derive(Debug, Args)]
#[command(after_help = "\
Problems are files that cannot be used. Findings are facts that deserve a look: duplicates, wrong kinds, vague \
names, odd syllabi, hidden characters; in accepted nodes and in open proposals. That a file is not in canonical \
form is said too, but is no finding (`provost fmt` puts it right).
--json prints one line each: severity (problem, finding, info), code, message, path, line, node or proposal.

Examples:
  provost check
  provost check --json | jq -r 'select(.severity == \"problem\") | \"\\(.path):\\(.line)\"'

Exit codes: 0 nothing found, 1 findings or problems, 2 not a taxonomy directory")]
pub struct Check {
    /// JSON lines
    #[arg(long)]
    json: bool,
}

/// One thing that was found.
#[derive(Debug, Serialize)]
struct Found {
    severity: &'static str,
    code: &'static str,
    message: String,
    path: String,
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<NodeId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proposal: Option<crate::taxonomy::ProposalId>,
}

impl Check {
    /// Runs the command.
    ///
    /// # Errors
    /// Something was found.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let mut store = console.read()?;
        let found = look(&mut store)?;
        for one in &found {
            if self.json {
                console.out.json(one)?;
            } else {
                let line = one.line.map(|line| format!("{line}:")).unwrap_or_default();
                console.out.line(&format!("{}:{line} {}: {} [{}]", one.path, one.severity, one.message, one.code))?;
            }
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
        Err(AppError::new(Kind::Findings, format!("{problems} and {findings}.")))
    }
}

fn look(store: &mut Store) -> Result<Vec<Found>, AppError> {
    let snapshot = store.snapshot();
    let problems = snapshot.problems.iter().map(|problem| Found {
        severity: "problem",
        code: "unusable",
        message: problem.message.clone(),
        path: problem.path.clone(),
        line: problem.line,
        node: None,
        proposal: None,
    });
    let mut found: Vec<Found> = problems.collect();
    let mut files = HashMap::new();
    found.extend(lint::all(&snapshot).into_iter().map(|finding| located(store, &snapshot, finding, &mut files)));
    found.extend(store.format(true)?.into_iter().map(|path| Found {
        severity: "info",
        code: "not-canonical",
        message: "The layout is not canonical; `provost fmt` writes it so.".to_owned(),
        path,
        line: None,
        node: None,
        proposal: None,
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
    let found = |path: String, line: Option<u64>| Found {
        severity: "finding",
        code: finding.code,
        message: finding.message.clone(),
        path,
        line,
        node: None,
        proposal: None,
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
            Found { node: Some(id), ..found(path, line) }
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
            Found { proposal: Some(id), message, ..found(path.unwrap_or_default(), None) }
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
        let syllabus = Syllabus {
            sessions: vec![session("A", &["x", "Snell's law"]), session("A", &["Snell's law"])],
            ..Syllabus::default()
        };
        let text = "sessions:\n  - title: A\n    concepts:\n      - x\n      - Snell's law\n  - title: A\n    concepts:\n      - Snell's law\n";
        assert_eq!(line_of(text, &syllabus, (1, Some(0))), Some(8));
        assert_eq!(line_of(text, &syllabus, (0, Some(1))), Some(5));
        assert_eq!(line_of(text, &syllabus, (1, None)), Some(6));
    }
}
