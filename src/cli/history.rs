//! `provost undo`, `redo`, `log`: what was decided, and taking it back.

use clap::Args;
use serde::Serialize;

use super::console::Console;
use super::locate;
use super::table::{Table, faint, plain, strong};
use crate::error::AppError;
use crate::taxonomy::describe;
use crate::taxonomy::event::Event;
use crate::taxonomy::evidence::{Delta, deltas, is_hidden, touched};
use crate::taxonomy::id::{EventId, NodeId, ProposalId};
use crate::taxonomy::op::Op;
use crate::taxonomy::snapshot::Snapshot;

/// Undo a decision
#[derive(Debug, Args)]
#[command(after_help = "\
Without EVENT, undoes your latest decision that is still in force. An undo is a decision of its own: nothing is \
deleted, and `provost redo` reverses it. Any event of any age can be undone, unless something later depends on it.

Examples:
  provost undo
  provost undo evt_06da9dj500000007

Exit codes: 0 done, 2 nothing to undo, or something later needs the event")]
pub struct Undo {
    /// Id of the event, from `provost log`
    event: Option<EventId>,
}

/// Redo a decision that was undone
#[derive(Debug, Args)]
#[command(after_help = "\
Without EVENT, redoes what you undid last, unless you have made another decision since.

Examples:
  provost redo
  provost redo evt_06da9dj500000007

Exit codes: 0 done, 2 nothing to redo")]
pub struct Redo {
    /// Id of the event, from `provost log`
    event: Option<EventId>,
}

impl Undo {
    /// Runs the command.
    ///
    /// # Errors
    /// Nothing to undo.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let mut store = console.write()?;
        console.submit(&mut store, Op::Undo(self.event)).map(drop)
    }
}

impl Redo {
    /// Runs the command.
    ///
    /// # Errors
    /// Nothing to redo.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let mut store = console.write()?;
        console.submit(&mut store, Op::Redo(self.event)).map(drop)
    }
}

/// Show who decided what, newest first
#[derive(Debug, Args)]
#[command(after_help = "\
With NODE, lists only events about it or anything below it. --json prints one line per event: the log record as on \
disk, with `summary`, `undone`, the ids in `nodes`, and `changes` (what, before, after).

Examples:
  provost log
  provost log natural-sciences/physics -n 20
  provost log --json | jq -r 'select(.by == \"ana\") | .summary'

Exit codes: 0 done, 2 no such node, or not a taxonomy directory")]
pub struct Log {
    /// Id or path of a node, or the id of a proposal
    node: Option<String>,
    /// Maximum number of events
    #[arg(short = 'n', long, value_name = "N")]
    limit: Option<usize>,
    /// JSON lines
    #[arg(long)]
    json: bool,
}

/// An event as JSON: the record itself, and what it comes down to.
#[derive(Debug, Serialize)]
pub struct Line<'a> {
    #[serde(flatten)]
    event: Told<'a>,
    summary: String,
    undone: bool,
    nodes: Vec<NodeId>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changes: Vec<Delta>,
}

/// How another curator voted is not told before one's own vote.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Told<'a> {
    Whole(&'a Event),
    Hidden { id: EventId, at: &'a str, by: &'a str },
}

impl<'a> Line<'a> {
    /// The line of an event.
    pub fn of(snapshot: &Snapshot, event: &'a Event, viewer: &str) -> Self {
        Self {
            event: match is_hidden(snapshot, event, viewer) {
                true => Told::Hidden { id: event.id, at: &event.at, by: &event.by },
                false => Told::Whole(event),
            },
            summary: describe::event_for(snapshot, event, viewer),
            undone: snapshot.record.is_undone(event.id),
            nodes: touched(snapshot, &event.change),
            changes: deltas(snapshot, event, None, viewer),
        }
    }
}

impl Log {
    /// Runs the command.
    ///
    /// # Errors
    /// There is no such node or directory.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let store = console.read()?;
        let snapshot = store.snapshot();
        let about = match &self.node {
            None => None,
            Some(text) => match text.parse::<ProposalId>() {
                Ok(_) => Some(subject_of(&snapshot, locate::proposal(&snapshot, text)?)),
                Err(_) => Some(locate::place(&snapshot, text)?),
            },
        };
        let viewer = console.curator().unwrap_or_default();
        let concerns = |event: &&std::sync::Arc<Event>| match about {
            None | Some(None) => true,
            Some(Some(id)) => {
                touched(&snapshot, &event.change).into_iter().any(|node| snapshot.lineage(node).contains(&id))
            }
        };
        let events = snapshot
            .record
            .events()
            .iter()
            .rev()
            .filter(concerns)
            .filter(|event| !describe::is_secret(event, &viewer))
            .take(self.limit.unwrap_or(usize::MAX));
        if self.json {
            return events
                .map(|event| Line::of(&snapshot, event, &viewer))
                .try_for_each(|line| console.out.json(&line));
        }
        let mut table = Table::new();
        for event in events {
            table.row(row(&snapshot, event, &viewer));
        }
        table.print(console.out)
    }
}

fn subject_of(snapshot: &Snapshot, id: ProposalId) -> Option<NodeId> {
    snapshot.record.proposal(id).map(|proposal| proposal.body.node())
}

/// An event as a row for somebody who looks at it: when, who, what, id.
pub fn row(snapshot: &Snapshot, event: &Event, viewer: &str) -> Vec<(super::printer::Style, String)> {
    let mut what = describe::event_for(snapshot, event, viewer);
    if snapshot.record.is_undone(event.id) {
        what.push_str(" (undone)");
    }
    vec![plain(event.at.clone()), strong(event.by.clone()), plain(what), faint(event.id.to_string())]
}
