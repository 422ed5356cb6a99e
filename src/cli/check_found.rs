//! What `provost check` found, and the file and line it is in.

use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::taxonomy::lint::{self, About, Checker, Finding};
use crate::taxonomy::snapshot::Snapshot;
use crate::taxonomy::syllabus::Outline;
use crate::taxonomy::text::Untrusted;
use crate::taxonomy::{EventId, NodeId, ProposalId};

/// One thing that was found.
#[derive(Debug, Serialize)]
pub(super) struct Found {
    pub(super) severity: &'static str,
    pub(super) code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) weight: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<&'static str>,
    pub(super) message: String,
    pub(super) path: String,
    pub(super) line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) node: Option<NodeId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) proposal: Option<ProposalId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) event: Option<EventId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fix: Option<String>,
}

impl Found {
    pub(super) fn new(severity: &'static str, code: &'static str, message: String, path: String) -> Self {
        let (weight, title, line, node, proposal, event, fix) = (None, None, None, None, None, None, None);
        Self { severity, code, weight, title, message, path, line, node, proposal, event, fix }
    }
}

/// Everything that the checks find, each with its file; with what its fix does, if that is wanted. On all cores.
pub(super) fn of_all(dir: &Path, snapshot: &Snapshot, with_fixes: bool) -> Vec<Found> {
    let found = |about: About, findings: Vec<Finding>, syllabus: Option<&Outline>| {
        let mut found = located(dir, snapshot, about, &findings, syllabus);
        if with_fixes {
            for (found, finding) in found.iter_mut().zip(&findings) {
                found.fix = lint::fix_found(snapshot, finding).map(|fix| fix.label);
            }
        }
        found
    };
    Checker::new(snapshot).each(found).into_iter().flatten().collect()
}

/// Findings about the same thing with the file it is in; `syllabus` is that of a node.
fn located(
    dir: &Path,
    snapshot: &Snapshot,
    about: About,
    findings: &[Finding],
    syllabus: Option<&Outline>,
) -> Vec<Found> {
    let found = |finding: &Finding, message: String, path: &str, line: Option<u64>| {
        let severity = if finding.is_info() { "info" } else { "finding" };
        Found {
            weight: Some(finding.severity().name()),
            title: Some(finding.title()),
            line,
            ..Found::new(severity, finding.code, message, path.to_owned())
        }
    };
    match about {
        About::Node(id) => {
            let path = format!("tree/{}.yaml", snapshot.tree.path(id));
            let text = fs::read_to_string(dir.join(&path)).unwrap_or_default();
            let lines = lines_of(&text, syllabus, findings);
            let one = |(finding, line): (&Finding, Option<u64>)| Found {
                node: Some(id),
                ..found(finding, finding.message.clone(), &path, line)
            };
            findings.iter().zip(lines).map(one).collect()
        }
        About::Proposal(id) => {
            let proposal = snapshot.record.proposal(id);
            let batch = proposal.and_then(|proposal| proposal.seen.first()).map(|(batch, _)| *batch);
            let head = batch.and_then(|batch| snapshot.record.batch(batch));
            let path = head.map(|head| {
                let month: String = crate::store::timestamp(head.id.milliseconds()).chars().take(7).collect();
                format!("proposals/{month}/{}.yaml", head.id)
            });
            let path = path.unwrap_or_default();
            let name = proposal.map(|proposal| proposal.title()).unwrap_or_default();
            let one = |finding: &Finding| {
                let message = format!("{id} \"{}\": {}", name.line(), finding.message);
                Found { proposal: Some(id), ..found(finding, message, &path, None) }
            };
            findings.iter().map(one).collect()
        }
    }
}

/// The lines (from 1) in a node's file that findings are about: of the session or of one of its concepts, else of the
/// name.
fn lines_of(text: &str, syllabus: Option<&Outline>, findings: &[Finding]) -> Vec<Option<u64>> {
    let is_named = |finding: &Finding| finding.cell.is_none() || syllabus.is_none();
    let name = findings.iter().any(is_named).then(|| text.lines().position(|line| line.starts_with("name:")));
    let name = name.flatten().map(|at| at as u64 + 1);
    let line = |finding: &Finding| match (finding.cell, syllabus) {
        (Some(cell), Some(syllabus)) => Wanted::of(syllabus, cell)?.line(text),
        _ => name,
    };
    findings.iter().map(line).collect()
}

/// What the line of a session or of a concept says.
struct Wanted<'a> {
    is_title: bool,
    text: &'a str,
    /// How many lines before it say the same.
    earlier: usize,
}

impl<'a> Wanted<'a> {
    fn of(syllabus: &'a Outline, (row, column): (usize, Option<usize>)) -> Option<Self> {
        let before = &syllabus.sessions[..row];
        let session = syllabus.sessions.get(row)?;
        let Some(column) = column else {
            let earlier = before.iter().filter(|other| other.title == session.title).count();
            return Some(Self { is_title: true, text: session.title.raw(), earlier });
        };
        let concept = session.concepts.get(column)?;
        let same = |other: &&Untrusted| *other == concept;
        let above = before.iter().flat_map(|session| &session.concepts).filter(same).count();
        let earlier = above + session.concepts[..column].iter().filter(same).count();
        Some(Self { is_title: false, text: concept.raw(), earlier })
    }

    /// Whether a line of a file says that.
    fn is_on(&self, line: &str) -> bool {
        let value = line.trim_start().trim_start_matches("- ");
        let value = if self.is_title { value.strip_prefix("title:").unwrap_or_default() } else { value };
        value.trim().trim_matches(['"', '\'']) == self.text
    }

    /// The number of the line that says it, after as many others that do. Only lines that hold the text are looked at:
    /// to look for it is much less than to look at each line.
    fn line(&self, text: &str) -> Option<u64> {
        let (mut number, mut counted, mut left) = (1, 0, self.earlier);
        for at in memchr::memmem::find_iter(text.as_bytes(), self.text.as_bytes()) {
            if at < counted {
                continue; // Another one on the same line.
            }
            let start = memchr::memrchr(b'\n', &text.as_bytes()[..at]).map_or(0, |end| end + 1);
            let length =
                memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len() - start, |end| at + end - start);
            number += memchr::memchr_iter(b'\n', &text.as_bytes()[counted..start]).count() as u64;
            if start == text.len() {
                break; // Behind the last line.
            }
            let line = &text[start..start + length];
            if self.is_on(line.strip_suffix('\r').unwrap_or(line)) {
                if left == 0 {
                    return Some(number);
                }
                left -= 1;
            }
            counted = (start + length + 1).min(text.len());
            number += u64::from(counted > start + length);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::taxonomy::SessionId;
    use crate::taxonomy::syllabus::{Session, Syllabus};

    type Cell = (usize, Option<usize>);

    fn finding(cell: Option<Cell>) -> Finding {
        let about = About::Node("sub_7h2kq0m9xa".parse().unwrap());
        Finding { about, code: "x", message: String::new(), cell, other: None, better: None }
    }

    fn syllabus(sessions: &[(&str, &[&str])]) -> Syllabus {
        let session = |(title, concepts): &(&str, &[&str])| Session {
            id: SessionId::default(),
            title: (*title).into(),
            description: "".into(),
            concepts: concepts.iter().map(|concept| (*concept).into()).collect(),
        };
        Syllabus::from(Outline { sessions: sessions.iter().map(session).collect(), ..Outline::default() })
    }

    fn lines(text: &str, syllabus: &Syllabus, cells: &[Option<Cell>]) -> Vec<Option<u64>> {
        lines_of(text, Some(syllabus), &cells.iter().copied().map(finding).collect::<Vec<_>>())
    }

    #[test]
    fn a_repeated_concept_is_found_where_it_is_repeated() {
        let syllabus = syllabus(&[("A", &["x", "Snell's law"]), ("A", &["Snell's law"])]);
        let text = "sessions:\n  - title: A\n    concepts:\n      - x\n      - Snell's law\n  - title: A\n    concepts:\n      - Snell's law\nname: A\n";
        let cells = [Some((1, Some(0))), Some((0, Some(1))), Some((1, None)), None];
        assert_eq!(lines(text, &syllabus, &cells), [Some(8), Some(5), Some(6), Some(9)]);
        assert_eq!(lines_of(text, None, &[finding(Some((1, None)))]), [Some(9)], "of what has no syllabus");
    }

    /// Looks for one line by itself.
    fn line_of(text: &str, syllabus: &Syllabus, (row, column): Cell) -> Option<u64> {
        let wanted = Wanted::of(syllabus, (row, column))?;
        let mut lines = text.lines().enumerate().filter(|(_, line)| wanted.is_on(line));
        lines.nth(wanted.earlier).map(|(at, _)| at as u64 + 1)
    }

    proptest! {
        #[test]
        fn all_lines_at_once_are_those_found_one_by_one(
            text in "([ -]{0,3}(title:|name:|x)?[ab'\" ]{0,3}\n){0,12}",
            sessions in prop::collection::vec(("[ab']{0,2}", prop::collection::vec("[ab']{0,2}", 0..3)), 1..4),
        ) {
            let borrowed: Vec<(&str, Vec<&str>)> = sessions.iter().map(|(title, concepts)| (title.as_str(), concepts.iter().map(String::as_str).collect())).collect();
            let borrowed: Vec<(&str, &[&str])> = borrowed.iter().map(|(title, concepts)| (*title, concepts.as_slice())).collect();
            let syllabus = syllabus(&borrowed);
            let cells = (0..sessions.len()).flat_map(|row| [None, Some(0), Some(1), Some(2)].map(|column| (row, column)));
            let cells: Vec<Cell> = cells.collect();
            let all = lines(&text, &syllabus, &cells.iter().copied().map(Some).collect::<Vec<_>>());
            let each: Vec<_> = cells.iter().map(|cell| line_of(&text, &syllabus, *cell)).collect();
            prop_assert_eq!(all, each);
        }
    }
}
