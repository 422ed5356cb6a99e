//! `provost proposals`.

use std::str::FromStr;

use clap::Args;
use serde::Serialize;

use super::console::Console;
use super::locate;
use super::table::{Table, count, faint, plain, strong};
use crate::error::AppError;
use crate::taxonomy::id::{BatchId, NodeId, ProposalId};
use crate::taxonomy::node::{Facts, Kind};
use crate::taxonomy::proposal::{Body, Proposal, State};
use crate::taxonomy::snapshot::{Outlook, Snapshot};
use crate::taxonomy::text::Untrusted;
use crate::taxonomy::{Reason, lint};

/// List what was proposed
#[derive(Debug, Args)]
#[command(after_help = "\
Pending and deferred proposals by default, parents before children, each with the checks that found something. \
A proposal is decided by its id: `provost decide`, or a digit key on the screen.
--json prints one line a proposal: id, kind, state, flagged, name, path, under, node, facts or sessions, rationale, \
reason, note, seen, sources, batches, waits_for, findings.

States: open (default: pending or deferred), pending, deferred, flagged, accepted, rejected, merged, withdrawn, all

Examples:
  provost proposals --under natural-sciences --kind subject
  provost proposals --state rejected --json
  provost decide $(provost proposals --under physics --json | jq -r .id) --accept

Exit codes: 0 done, 2 no such node, or not a taxonomy directory")]
pub struct Proposals {
    /// Only what hangs somewhere below this node
    #[arg(long, value_name = "NODE")]
    under: Option<String>,
    /// Only field, sub-field, discipline, subject or syllabus
    #[arg(long, value_name = "KIND")]
    kind: Option<WantedKind>,
    /// Only proposals in this state
    #[arg(long, value_name = "STATE", default_value = "open", value_parser = STATES)]
    state: String,
    /// JSON lines
    #[arg(long)]
    json: bool,
}

const STATES: [&str; 9] =
    ["open", "pending", "deferred", "flagged", "accepted", "rejected", "merged", "withdrawn", "all"];

/// A kind of node, or a syllabus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WantedKind {
    Node(Kind),
    Syllabus,
}

impl FromStr for WantedKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "syllabus" => Ok(WantedKind::Syllabus),
            text => text.parse().map(WantedKind::Node).map_err(|error| format!("{error}, syllabus")),
        }
    }
}

/// A proposal as JSON.
#[derive(Debug, Serialize)]
pub struct Line {
    id: ProposalId,
    kind: &'static str,
    state: &'static str,
    flagged: bool,
    name: Untrusted,
    path: String,
    under: Option<NodeId>,
    node: Option<NodeId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    facts: Option<Facts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sessions: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rationale: Option<Untrusted>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<Untrusted>,
    seen: usize,
    sources: Vec<Untrusted>,
    batches: Vec<BatchId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waits_for: Option<ProposalId>,
    findings: Vec<Finding>,
}

/// What a check found, as JSON.
#[derive(Debug, Serialize)]
pub struct Finding {
    /// Its code.
    pub code: &'static str,
    /// In words.
    pub message: String,
}

impl Line {
    /// Everything a script wants to know about a proposal.
    pub fn of(snapshot: &Snapshot, proposal: &Proposal) -> Self {
        let (node, facts, sessions, rationale) = match &proposal.body {
            Body::Node { node, facts, rationale, .. } => (Some(*node), Some(facts.clone()), None, rationale.clone()),
            Body::Syllabus { syllabus, .. } => (None, None, Some(syllabus.sessions.len()), None),
        };
        let (reason, note) = match &proposal.state {
            State::Rejected { reason, note } => (Some(*reason), note.clone()),
            _ => (None, None),
        };
        let name = match &proposal.body {
            Body::Syllabus { subject, .. } => snapshot.name(*subject),
            Body::Node { facts, .. } => facts.name.clone(),
        };
        let waits_for = match snapshot.outlook(proposal) {
            Outlook::Waiting(above) if proposal.state.is_open() => Some(above),
            _ => None,
        };
        let findings = if proposal.state.is_open() { lint::proposal(snapshot, proposal) } else { vec![] };
        Self {
            id: proposal.id,
            kind: kind_name(proposal),
            state: snapshot.state_name(proposal),
            flagged: proposal.flag.is_some(),
            name,
            path: locate::would_be_path(snapshot, proposal),
            under: proposal.under(),
            node,
            facts,
            sessions,
            rationale,
            reason,
            note,
            seen: proposal.seen.len(),
            sources: sources(snapshot, proposal),
            batches: proposal.seen.iter().map(|(batch, _)| *batch).collect(),
            waits_for,
            findings: findings.into_iter().map(|f| Finding { code: f.code, message: f.message }).collect(),
        }
    }
}

/// The models and files that put it forward, each once.
fn sources(snapshot: &Snapshot, proposal: &Proposal) -> Vec<Untrusted> {
    let mut sources: Vec<Untrusted> = Vec::new();
    for (batch, _) in &proposal.seen {
        let source = snapshot.record.batch(*batch).map(|batch| batch.source.name().clone());
        sources.extend(source.filter(|source| !sources.contains(source)));
    }
    sources
}

/// `subject`, `syllabus`, ...
pub fn kind_name(proposal: &Proposal) -> &'static str {
    match &proposal.body {
        Body::Node { kind, .. } => kind.name(),
        Body::Syllabus { .. } => "syllabus",
    }
}

impl Proposals {
    /// Runs the command.
    ///
    /// # Errors
    /// There is no such node or directory.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let store = console.read()?;
        let snapshot = store.snapshot();
        let under = self.under.as_deref().map_or(Ok(None), |text| locate::place(&snapshot, text))?;
        let found = self.select(&snapshot, under);
        if self.json {
            return found.iter().try_for_each(|proposal| console.out.json(&Line::of(&snapshot, proposal)));
        }
        let mut table = Table::with_heading(&["id", "kind", "name", "under", "state", "checks"]);
        for proposal in &found {
            table.row(cells(&snapshot, proposal));
        }
        if !found.is_empty() {
            table.print(console.out)?;
        }
        console.out.line(&format!("{}.", count(found.len(), "proposal", "proposals")))
    }

    fn select<'a>(&self, snapshot: &'a Snapshot, under: Option<NodeId>) -> Vec<&'a Proposal> {
        let wanted = |proposal: &&Proposal| {
            let kind = match self.kind {
                None => true,
                Some(WantedKind::Syllabus) => proposal.id.is_syllabus(),
                Some(WantedKind::Node(kind)) => kind_name(proposal) == kind.name(),
            };
            let state = match self.state.as_str() {
                "all" => true,
                "open" => snapshot.is_open(proposal),
                "flagged" => snapshot.is_open(proposal) && proposal.flag.is_some(),
                state => snapshot.state_name(proposal) == state,
            };
            let above = |id| proposal.under().is_some_and(|under| snapshot.lineage(under).contains(&id));
            kind && state && under.is_none_or(above)
        };
        let mut found: Vec<&Proposal> = snapshot.record.proposals().map(AsRef::as_ref).filter(wanted).collect();
        let rank = |proposal: &Proposal| match &proposal.body {
            Body::Node { kind, .. } => *kind as usize,
            Body::Syllabus { .. } => Kind::ALL.len(),
        };
        found.sort_by_key(|proposal| (rank(proposal), proposal.seen.first().copied(), proposal.id));
        found
    }
}

fn cells(snapshot: &Snapshot, proposal: &Proposal) -> Vec<(super::printer::Style, String)> {
    let line = Line::of(snapshot, proposal);
    let under = match (&proposal.body, line.under) {
        (_, None) => "/".to_owned(),
        (Body::Syllabus { subject, .. }, _) => parent_path(snapshot, *subject),
        (Body::Node { .. }, Some(under)) => locate::path(snapshot, under),
    };
    let mut state = line.state.to_owned();
    if line.flagged {
        state.push_str(", flagged");
    }
    if let Some(reason) = line.reason {
        state = format!("{state}: {}", line.note.as_ref().map_or(reason.title().into(), |note| note.line()));
    }
    if line.waits_for.is_some() {
        state.push_str(", after its parent");
    }
    let mut checks: Vec<&str> = line.findings.iter().map(|finding| finding.code).collect();
    checks.dedup();
    vec![
        faint(line.id.to_string()),
        plain(line.kind),
        strong(line.name.line()),
        plain(under),
        plain(state),
        plain(checks.join(", ")),
    ]
}

fn parent_path(snapshot: &Snapshot, id: NodeId) -> String {
    snapshot.parent(id).map_or_else(|| "/".to_owned(), |parent| locate::path(snapshot, parent))
}
