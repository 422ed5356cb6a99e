//! `provost tree`.

use std::collections::HashMap;

use clap::Args;
use serde::Serialize;

use super::console::Console;
use super::locate;
use super::table::{Table, count, faint, plain, strong};
use crate::error::AppError;
use crate::taxonomy::id::NodeId;
use crate::taxonomy::node::Kind;
use crate::taxonomy::proposal::{Body, Proposal};
use crate::taxonomy::queue::{Progress, Survey};
use crate::taxonomy::snapshot::Snapshot;

/// Show the accepted tree with counts
#[derive(Debug, Args)]
#[command(after_help = "\
One line per node: name, kind, counts below it, id. --pending also shows open proposals in their places.

--json prints one line per node: id, kind, name, path, parent, depth, state, flagged, children, pending, sessions, \
syllabus_pending, progress. `progress` counts all proposals below the node: percent (decided), accepted, rejected, \
merged, pending, deferred, flagged.

Examples:
  provost tree
  provost tree natural-sciences/physics --pending
  provost tree / --depth 2 --json

Exit codes: 0 done, 2 no such node, or not a taxonomy directory")]
pub struct Tree {
    /// Node to start at [default: the root]
    #[arg(default_value = "/", hide_default_value = true)]
    node: String,
    /// Number of levels to show
    #[arg(long, value_name = "N")]
    depth: Option<usize>,
    /// Show open proposals too
    #[arg(long)]
    pending: bool,
    /// JSON lines
    #[arg(long)]
    json: bool,
}

/// One line of the tree.
#[derive(Debug, Serialize)]
struct Row {
    id: NodeId,
    kind: Kind,
    name: crate::taxonomy::Untrusted,
    path: String,
    parent: Option<NodeId>,
    depth: usize,
    state: &'static str,
    flagged: bool,
    children: usize,
    pending: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    sessions: Option<usize>,
    syllabus_pending: usize,
    progress: Decided,
}

/// How far what was proposed below a node is decided.
#[derive(Debug, Serialize)]
struct Decided {
    percent: u32,
    accepted: u32,
    rejected: u32,
    merged: u32,
    pending: u32,
    deferred: u32,
    flagged: u32,
}

impl From<Progress> for Decided {
    fn from(progress: Progress) -> Self {
        let Progress { accepted, rejected, merged, pending, deferred, flagged, .. } = progress;
        Self { percent: progress.percent(), accepted, rejected, merged, pending, deferred, flagged }
    }
}

impl Tree {
    /// Runs the command.
    ///
    /// # Errors
    /// There is no such node or directory.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let store = console.read()?;
        let snapshot = store.snapshot();
        let start = locate::place(&snapshot, &self.node)?;
        let below = Below::count(&snapshot);
        let mut rows = Vec::new();
        let mut walk = Walk { snapshot: &snapshot, below: &below, options: &self, rows: &mut rows };
        match start {
            Some(id) => walk.node(id, 0),
            None => walk.children(None, 0),
        }
        if self.json {
            return rows.iter().try_for_each(|row| console.out.json(row));
        }
        let mut table = Table::new();
        for row in &rows {
            let name = format!("{}{}", "  ".repeat(row.depth), row.name.line());
            let name = if row.state == "accepted" { strong(name) } else { plain(name) };
            table.row([name, plain(row.kind.name()), plain(below.words(row)), faint(row.id.to_string())]);
        }
        table.print(console.out)?;
        console.out.line(&totals(&snapshot))
    }
}

fn totals(snapshot: &Snapshot) -> String {
    let counts = snapshot.tree.counts();
    let kinds = Kind::ALL.into_iter().map(|kind| {
        let number = counts.get(&kind).copied().unwrap_or(0);
        count(number, kind.name(), kind.plural())
    });
    let syllabi = snapshot.tree.entries().filter(|entry| entry.node.syllabus.is_some() && entry.node.is_active());
    let kinds = kinds.collect::<Vec<_>>().join(", ");
    let pending = snapshot.open_proposals().len();
    format!("{kinds} ({} with a syllabus); {pending} pending.", syllabi.count())
}

/// What is below each accepted node.
struct Below {
    kinds: HashMap<(NodeId, Kind), usize>,
    pending: HashMap<NodeId, usize>,
    survey: Survey,
}

impl Below {
    fn count(snapshot: &Snapshot) -> Self {
        let mut below = Self { kinds: HashMap::new(), pending: HashMap::new(), survey: Survey::new(snapshot) };
        for entry in snapshot.tree.entries().filter(|entry| entry.node.is_active()) {
            for above in snapshot.tree.lineage(entry.node.id).into_iter().filter(|id| *id != entry.node.id) {
                *below.kinds.entry((above, entry.node.kind)).or_default() += 1;
            }
        }
        for proposal in snapshot.open_proposals() {
            for above in proposal.under().map(|under| snapshot.lineage(under)).unwrap_or_default() {
                *below.pending.entry(above).or_default() += 1;
            }
        }
        below
    }

    /// What stands beside the name.
    fn words(&self, row: &Row) -> String {
        let mut words: Vec<String> = Vec::new();
        if row.state != "accepted" {
            words.push(row.state.to_owned());
        }
        if row.flagged {
            words.push("flagged".to_owned());
        }
        for kind in Kind::ALL {
            if let Some(number) = self.kinds.get(&(row.id, kind)) {
                words.push(count(*number, kind.name(), kind.plural()));
            }
        }
        match row.sessions {
            Some(sessions) => words.push(format!("syllabus of {}", count(sessions, "session", "sessions"))),
            None if row.kind == Kind::Subject && row.state == "accepted" && row.syllabus_pending == 0 => {
                words.push("no syllabus".to_owned());
            }
            None => {}
        }
        if row.syllabus_pending > 0 {
            words.push("syllabus pending".to_owned());
        } else if row.pending > 0 {
            words.push(format!("{} pending", row.pending));
            let progress = self.survey.progress(Some(row.id));
            if progress.decided() > 0 {
                words.push(format!("{} % decided", progress.percent()));
            }
        }
        words.join(", ")
    }
}

/// One walk down the tree, parents first.
struct Walk<'a> {
    snapshot: &'a Snapshot,
    below: &'a Below,
    options: &'a Tree,
    rows: &'a mut Vec<Row>,
}

impl Walk<'_> {
    fn node(&mut self, id: NodeId, depth: usize) {
        let Some(entry) = self.snapshot.tree.entry(id) else { return };
        let node = &entry.node;
        self.rows.push(Row {
            id,
            kind: node.kind,
            name: node.facts.name.clone(),
            path: self.snapshot.tree.path(id),
            parent: entry.place.parent,
            depth,
            state: if node.is_active() { "accepted" } else { "deprecated" },
            flagged: false,
            children: self.snapshot.tree.children(Some(id)).len(),
            pending: self.below.pending.get(&id).copied().unwrap_or(0),
            sessions: node.syllabus.as_ref().map(|syllabus| syllabus.sessions.len()),
            syllabus_pending: self.snapshot.open_syllabi(id).count(),
            progress: self.below.survey.progress(Some(id)).into(),
        });
        self.children(Some(id), depth + 1);
    }

    fn children(&mut self, parent: Option<NodeId>, depth: usize) {
        let base = usize::from(self.options.node.trim_matches('/').is_empty());
        if self.options.depth.is_some_and(|limit| depth + base > limit) {
            return;
        }
        for id in self.snapshot.tree.children(parent) {
            self.node(*id, depth);
        }
        if self.options.pending {
            let open: Vec<_> = self.snapshot.open_children(parent).cloned().collect();
            open.iter().for_each(|proposal| self.proposal(proposal, depth));
        }
    }

    fn proposal(&mut self, proposal: &Proposal, depth: usize) {
        let Body::Node { node, parent, kind, facts, .. } = &proposal.body else { return };
        self.rows.push(Row {
            id: *node,
            kind: *kind,
            name: facts.name.clone(),
            path: locate::path(self.snapshot, *node),
            parent: *parent,
            depth,
            state: proposal.state.name(),
            flagged: proposal.flag.is_some(),
            children: 0,
            pending: self.below.pending.get(node).copied().unwrap_or(0),
            sessions: None,
            syllabus_pending: 0,
            progress: self.below.survey.progress(Some(*node)).into(),
        });
        self.children(Some(*node), depth + 1);
    }
}
