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
use crate::taxonomy::queue::{Facet, Facets, Matcher, Order, Plan, Risk, Seat, StateValue, Survey, Value};
use crate::taxonomy::snapshot::{Outlook, Snapshot};
use crate::taxonomy::text::Untrusted;
use crate::taxonomy::{Reason, SameAs, lint, wordings};

/// List proposals
#[derive(Debug, Args)]
#[command(after_help = "\
Lists open proposals by default, parents before children, each with its findings. Use the id to decide: `provost \
decide`. Different options narrow the list; the same option given twice, or with a list (`--kind field,subject`), \
widens it. F on the screen offers the same choices.

--json prints one line per proposal: id, kind, state, flagged, name, path, under, node, facts or sessions, \
rationale, reason, note, seen, asked, also_as, also_in, same_as, sources, batches, waits_for, findings; with --order \
risk also risk. `seen` of `asked` runs named it, in any wording; `also_as` lists the other wordings.

States: open (default: pending, contested or deferred), pending, deferred, flagged, contested (curators disagree), \
accepted, rejected, merged, withdrawn, repeated (another wording of a known name), suppressed (repeats something that was rejected), all

Orders, in each of them parents before children:
  proposed  by kind, then as first proposed (default)
  tree      as the tree shows them
  risk      findings, names unlike their siblings, and nodes with much below them first
  emptiest  the parent with the fewest accepted children first
  shuffle   siblings in a random order, fixed by --seed

Examples:
  provost proposals --under natural-sciences --kind subject
  provost proposals --order risk --finding any
  provost proposals --seen 2+ --order shuffle --seed 3
  provost proposals --state rejected --reason vague --json
  provost decide $(provost proposals --under physics --json | jq -r .id) --accept

Exit codes: 0 done, 2 no such node, or not a taxonomy directory")]
pub struct Proposals {
    /// Only proposals below this node
    #[arg(long, value_name = "NODE", value_delimiter = ',')]
    under: Vec<String>,
    /// Only this kind: field, sub-field, discipline, subject or syllabus
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    kind: Vec<WantedKind>,
    /// Only proposals in this state [default: open; with --reason: rejected]
    #[arg(long, value_name = "STATE", value_parser = state_parser(), value_delimiter = ',')]
    state: Vec<String>,
    /// Only proposals with a finding of this check; `any` or `none`
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    finding: Vec<String>,
    /// Only proposals rejected for this reason
    #[arg(long, value_name = "REASON", value_delimiter = ',')]
    reason: Vec<Reason>,
    /// Only proposals seen in this many batches: 3, or 2+ for two or more
    #[arg(long, value_name = "N", value_delimiter = ',')]
    seen: Vec<Seen>,
    /// Only proposals from this model, or from this imported file
    #[arg(long, value_name = "NAME")]
    model: Vec<String>,
    /// Only proposals that this curator decided, deferred or flagged
    #[arg(long, value_name = "NAME")]
    curator: Vec<String>,
    /// Only proposals from this batch
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    batch: Vec<BatchId>,
    /// Order of the list
    #[arg(long, value_name = "ORDER", default_value = "proposed", value_parser = ORDERS)]
    order: String,
    /// Seed of the shuffle [default: 1]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// JSON lines
    #[arg(long)]
    json: bool,
}

const ORDERS: [&str; 5] = ["proposed", "tree", "risk", "emptiest", "shuffle"];

fn state_parser() -> clap::builder::PossibleValuesParser {
    StateValue::ALL.map(StateValue::name).into()
}

/// A kind of node, or a syllabus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WantedKind(pub Option<Kind>);

impl FromStr for WantedKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "syllabus" => Ok(Self(None)),
            text => text.parse().map(|kind| Self(Some(kind))).map_err(|error| format!("{error}, syllabus")),
        }
    }
}

/// A number of batches, or more.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen(Value);

impl FromStr for Seen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = match text.strip_suffix('+') {
            Some(number) => number.parse().map(Value::SeenAtLeast),
            None => text.parse().map(Value::Seen),
        };
        parsed.map(Self).map_err(|_| "a number such as 3, or 2+ for two or more, is expected".to_owned())
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
    asked: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also_as: Vec<Untrusted>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also_in: Vec<Untrusted>,
    #[serde(skip_serializing_if = "Option::is_none")]
    same_as: Option<String>,
    sources: Vec<Untrusted>,
    batches: Vec<BatchId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waits_for: Option<ProposalId>,
    findings: Vec<Finding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    risk: Option<u32>,
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
        let seen = snapshot.seen(proposal);
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
            seen: seen.times.max(proposal.seen.len()),
            asked: seen.of,
            also_as: snapshot.wordings(proposal).into_iter().map(|other| other.title()).collect(),
            also_in: node.map(|node| snapshot.also_in(node)).unwrap_or_default(),
            same_as: snapshot.same_as(proposal).map(|same| match same {
                SameAs::Node(id) => id.to_string(),
                SameAs::Proposal(id) => id.to_string(),
            }),
            sources: sources(snapshot, proposal),
            batches: proposal.seen.iter().map(|(batch, _)| *batch).collect(),
            waits_for,
            findings: findings.into_iter().map(|f| Finding { code: f.code, message: f.message }).collect(),
            risk: None,
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
        let order = self.order()?;
        let facets = self.facets(&snapshot)?;
        let mut survey = Survey::new(&snapshot);
        if order == Some(Order::Risk) || facets.has(Facet::Finding) {
            survey.look(&snapshot);
        }
        let found = select(&snapshot, &survey, &facets, order);
        let risk = |seat: &Seat| (order == Some(Order::Risk)).then(|| Risk::of(&survey, seat).total());
        if self.json {
            return found.iter().try_for_each(|seat| {
                console.out.json(&Line { risk: risk(seat), ..Line::of(&snapshot, &seat.proposal) })
            });
        }
        let by_runs = found.iter().any(|seat| snapshot.seen(&seat.proposal).of > 1);
        let mut headings = vec!["id", "kind", "name", "under", "state", "checks"];
        headings.extend(by_runs.then_some("seen"));
        headings.extend((order == Some(Order::Risk)).then_some("risk"));
        let mut table = Table::with_heading(&headings);
        for seat in &found {
            let risk = risk(seat).map(|risk| plain(format!("{:.2}", f64::from(risk) / 100.0)));
            let wordings::Seen { times, of } = snapshot.seen(&seat.proposal);
            let seen = by_runs.then(|| plain(if of > 1 { format!("{times} of {of}") } else { String::new() }));
            table.row(cells(&snapshot, &seat.proposal).into_iter().chain(seen).chain(risk));
        }
        if !found.is_empty() {
            table.print(console.out)?;
        }
        console.out.line(&format!("{}.", count(found.len(), "proposal", "proposals")))?;
        if found.is_empty() {
            unknown(&snapshot, &survey, &facets).iter().for_each(|note| console.out.note(note));
        }
        Ok(())
    }

    fn order(&self) -> Result<Option<Order>, AppError> {
        if self.seed.is_some() && self.order != "shuffle" {
            return Err(AppError::usage("A seed is for a shuffle.").hint("Add --order shuffle."));
        }
        Ok(Order::by_name(&self.order, self.seed.unwrap_or(1)))
    }

    fn facets(&self, snapshot: &Snapshot) -> Result<Facets, AppError> {
        let mut values: Vec<Value> = Vec::new();
        for text in &self.under {
            values.extend(locate::place(snapshot, text)?.map(Value::Under));
        }
        let named = |name: &String| StateValue::ALL.into_iter().find(|state| state.name() == name).map(Value::State);
        values.extend(self.state.iter().filter_map(named));
        values.extend(self.kind.iter().map(|kind| Value::Kind(kind.0)));
        values.extend(self.finding.iter().map(|code| match code.as_str() {
            "any" => Value::AnyFinding(true),
            "none" => Value::AnyFinding(false),
            code => Value::Finding(code.to_owned()),
        }));
        values.extend(self.reason.iter().copied().map(Value::Reason));
        values.extend(self.seen.iter().map(|seen| seen.0.clone()));
        values.extend(self.model.iter().cloned().map(Value::Model));
        values.extend(self.curator.iter().cloned().map(Value::Curator));
        values.extend(self.batch.iter().copied().map(Value::Batch));
        Ok(values.into_iter().collect())
    }
}

/// The proposals that are wanted, in their order; without one as they were proposed, parents first.
pub fn select<'a>(snapshot: &Snapshot, survey: &'a Survey, facets: &Facets, order: Option<Order>) -> Vec<&'a Seat> {
    let matcher = Matcher::new(snapshot, facets);
    let wanted = survey.seats().filter(|seat| matcher.admits(survey, seat));
    if let Some(order) = order {
        let plan = Plan::new(snapshot, survey, order, wanted);
        return plan.ids().iter().filter_map(|id| survey.seat(*id)).collect();
    }
    let mut found: Vec<&Seat> = wanted.collect();
    let rank = |proposal: &Proposal| match &proposal.body {
        Body::Node { kind, .. } => *kind as usize,
        Body::Syllabus { .. } => Kind::ALL.len(),
    };
    found.sort_by_key(|seat| (rank(&seat.proposal), seat.proposal.seen.first().copied(), seat.proposal.id));
    found
}

/// For each name that no proposal at all has: the names that there are.
fn unknown(snapshot: &Snapshot, survey: &Survey, facets: &Facets) -> Vec<String> {
    let everything: Facets = [Value::State(StateValue::All)].into_iter().collect();
    let known = Matcher::new(snapshot, &everything).counts(survey).values;
    let named =
        |value: &&Value| matches!(value, Value::Finding(_) | Value::Model(_) | Value::Curator(_) | Value::Batch(_));
    let missing = facets.values().filter(named).filter(|value| !known.contains_key(*value));
    missing
        .map(|value| {
            let facet = value.facet();
            let mut others: Vec<String> =
                known.keys().filter(|other| other.facet() == facet).map(|other| other.label(snapshot)).collect();
            others.sort();
            let others = if others.is_empty() { "none".to_owned() } else { others.join(", ") };
            format!("No proposal has the {} {}; there are: {others}.", facet.name(), value.label(snapshot))
        })
        .collect()
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
    if let Some(count) = snapshot.count(proposal) {
        state.push_str(&format!(", {count}"));
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
