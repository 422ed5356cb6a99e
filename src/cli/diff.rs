//! `provost diff`.

use clap::Args;
use serde::Serialize;

use super::console::Console;
use super::table::{Table, faint, plain};
use super::{batch, locate};
use crate::error::AppError;
use crate::taxonomy::diff;
use crate::taxonomy::id::{NodeId, ProposalId};
use crate::taxonomy::proposal::Body;
use crate::taxonomy::snapshot::Snapshot;
use crate::taxonomy::text::reveal_line;
use crate::taxonomy::versions::{self, About, Version};

/// Compare two versions of a node or of a syllabus
#[derive(Debug, Args)]
#[command(after_help = "\
ID is a path, or the id of a node or a proposal. A node has one version for each proposed wording, for its \
acceptance, for each edit in the log, and for its present state; versions with the same text count once. Use \
--syllabus, or the id of a syllabus proposal, to compare the syllabi of a subject.

V is a number from --list, the id of a batch, event or proposal, or \"now\". --to defaults to the present text (for \
a pending proposal, to the proposal); --from to what that would replace, or the version before it. The output is a \
unified diff, empty if both versions read the same.

--json prints one document: `versions` (each with `marks`: what, by, at, id; and `lines`), `from`, `to` (numbers).

Examples:
  provost diff natural-sciences/physics/optics
  provost diff optics --list
  provost diff optics --from 1 --to now
  provost diff optics --syllabus --from 2 | less

Exit codes: 0 done, 2 there is no such thing, or only one version of it")]
pub struct Diff {
    /// Id or path
    id: String,
    /// Version on the left
    #[arg(long, value_name = "V")]
    from: Option<String>,
    /// Version on the right
    #[arg(long, value_name = "V")]
    to: Option<String>,
    /// Compare the syllabi of a subject
    #[arg(long)]
    syllabus: bool,
    /// List the versions and compare nothing
    #[arg(long, conflicts_with_all = ["from", "to"])]
    list: bool,
    /// One JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Document<'a> {
    versions: &'a [Version],
    from: usize,
    to: usize,
}

impl Diff {
    /// Runs the command.
    ///
    /// # Errors
    /// There is no such thing, or no such version.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let store = console.read()?;
        let snapshot = store.snapshot();
        let viewer = console.curator().unwrap_or_default();
        let (mut about, mut wanted) = find(&snapshot, &self.id)?;
        if let (true, About::Node(node)) = (self.syllabus, about) {
            (about, wanted) = (About::Syllabus(node), None);
        }
        let read = match about {
            About::Node(node) => batch::of_proposal(&store, &snapshot, ProposalId::of_node(node), console.out),
            About::Syllabus(_) => vec![],
        };
        let versions = versions::of(&snapshot, about, &read, &viewer);
        if versions.is_empty() {
            return Err(AppError::usage(format!("\"{}\" has no syllabus.", reveal_line(&self.id))));
        }
        if self.list && !self.json {
            return list(&versions, console);
        }
        if versions.len() == 1 && !self.json {
            return Err(AppError::usage("There is only one version of it: nobody changed it.")
                .hint("--syllabus compares the syllabi of a subject; `provost show` prints what there is"));
        }
        let to = self.to.as_deref().map(|text| pick(&versions, text)).transpose()?;
        let (left, right) = match to {
            Some(to) => (to.checked_sub(1).unwrap_or(1.min(versions.len() - 1)), to),
            None => versions::pair(&versions, wanted.as_deref()),
        };
        let left = self.from.as_deref().map_or(Ok(left), |text| pick(&versions, text))?;
        if self.json {
            return console.out.json(&Document { versions: &versions, from: left + 1, to: right + 1 });
        }
        let (one, other) = (&versions[left], &versions[right]);
        let text = diff::unified((&heading(left, one), &one.lines), (&heading(right, other), &other.lines));
        console.out.text(&text)
    }
}

/// What is compared, and which version is meant.
fn find(snapshot: &Snapshot, text: &str) -> Result<(About, Option<String>), AppError> {
    let proposed = |id: ProposalId| {
        let body = snapshot.record.proposal(id).map(|proposal| &proposal.body);
        body.map(|body| match body {
            Body::Node { node, .. } => (About::Node(*node), None),
            Body::Syllabus { subject, .. } => (About::Syllabus(*subject), Some(id.to_string())),
        })
    };
    let is_proposal = text.parse::<ProposalId>().is_ok();
    let accepted: Result<NodeId, AppError> =
        if is_proposal { Err(AppError::usage("")) } else { locate::node(snapshot, text) };
    match accepted {
        Ok(node) => Ok((About::Node(node), None)),
        Err(unknown) => match locate::proposal(snapshot, text) {
            Ok(id) => proposed(id).ok_or(unknown),
            Err(no_proposal) => Err(if is_proposal { no_proposal } else { unknown }),
        },
    }
}

/// The version that is meant: its number, an id, or a word such as "now".
fn pick(versions: &[Version], text: &str) -> Result<usize, AppError> {
    let numbered = text.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let found = numbered.filter(|at| *at < versions.len());
    found.or_else(|| versions.iter().rposition(|version| version.is(text))).ok_or_else(|| {
        AppError::usage(format!("There is no version \"{}\"; there are {}.", reveal_line(text), versions.len()))
            .hint("--list shows them")
    })
}

/// `2 edited by ana, now`.
fn heading(at: usize, version: &Version) -> String {
    let marks = version.marks.iter().map(|mark| match mark.by.as_str() {
        "" => mark.what.clone(),
        by => format!("{} by {by}", mark.what),
    });
    format!("{} {}", at + 1, marks.collect::<Vec<_>>().join(", "))
}

fn list(versions: &[Version], console: &mut Console<'_>) -> Result<(), AppError> {
    let mut table = Table::new();
    for (at, version) in versions.iter().enumerate() {
        for (row, mark) in version.marks.iter().enumerate() {
            let number = if row == 0 { (at + 1).to_string() } else { String::new() };
            table.row([plain(number), plain(mark.what.clone()), plain(mark.by.clone()), faint(mark.id.clone())]);
        }
    }
    table.print(console.out)
}
