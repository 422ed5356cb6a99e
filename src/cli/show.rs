//! `provost show`.

use clap::Args;
use serde::Serialize;

use super::console::Console;
use super::items::is_like_an_item;
use super::printer::Printer;
use super::table::{Table, count, plain};
use super::{batch, history, item, locate, proposals};
use crate::error::AppError;
use crate::store::{Store, batch_yaml, node_yaml, syllabus_yaml, yaml};
use crate::taxonomy::Seen;
use crate::taxonomy::describe;
use crate::taxonomy::event::Event;
use crate::taxonomy::evidence;
use crate::taxonomy::id::{BatchId, NodeId, ProposalId};
use crate::taxonomy::lint;
use crate::taxonomy::node::{Facts, Node};
use crate::taxonomy::proposal::{Batch, Body, Proposal};
use crate::taxonomy::snapshot::Snapshot;
use crate::taxonomy::syllabus::Syllabus;
use crate::taxonomy::text::Untrusted;

/// Show a node, a proposal, a batch or an item in full, with its history
#[derive(Debug, Args)]
#[command(after_help = "\
ID is a path, or the id of a node, a proposal, a batch or a homework item (its first eight digits are enough). \
--json prints one document: `node` (as in its file), `path`, `names`, `state`, `proposal`, `syllabus` (of a proposed \
one), `also_in`, `findings`, `batches` (model, prompt hash and parameters of each call), `history` (each event with \
`changes`: what, before, after). A batch is printed with the prompts as sent and the replies as received; an item as \
in its segment, with its `standing` and `verdicts`.

--yaml prints the text that `edit --file` and `decide --edit` take; for a batch, its file.

Examples:
  provost show natural-sciences/physics/optics
  provost show prp_7h2kq0m9xa --json
  provost show syl_7h2kq0m9xa --yaml > syllabus.yaml
  provost show bat_06da9dj500000007
  provost show 3f9a11c20b7d

Exit codes: 0 done, 2 there is no such thing")]
pub struct Show {
    /// Id or path
    id: String,
    /// One JSON document
    #[arg(long)]
    json: bool,
    /// Print the text that `edit --file` takes
    #[arg(long, conflicts_with = "json")]
    yaml: bool,
}

/// What is shown: an accepted node, a proposal, or a node with the proposal that it was.
struct Subject<'a> {
    snapshot: &'a Snapshot,
    node: Option<&'a Node>,
    proposal: Option<&'a Proposal>,
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<&'a Node>,
    path: String,
    names: Vec<Untrusted>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    proposal: Option<proposals::Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    syllabus: Option<&'a Syllabus>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also_in: Vec<Untrusted>,
    findings: Vec<proposals::Finding>,
    batches: Vec<batch::Short>,
    history: Vec<history::Line<'a>>,
}

impl Show {
    /// Runs the command.
    ///
    /// # Errors
    /// There is no such thing.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let store = console.read()?;
        let snapshot = store.snapshot();
        let viewer = console.curator().unwrap_or_default();
        if let Ok(id) = self.id.parse::<BatchId>() {
            return self.batch(&store, id, console);
        }
        let subject = match find(&snapshot, &self.id) {
            Err(_) if is_like_an_item(&self.id) => return item::show(store, &self.id, self.json, console),
            found => found?,
        };
        if self.yaml {
            return console.out.document(&subject.yaml());
        }
        if self.json {
            let batches = subject.batches(&store, console.out);
            return console.out.json(&subject.document(&viewer, &batches));
        }
        let batches = subject.batches(&store, console.out);
        subject.print(console.out, &viewer, &batches)
    }

    fn batch(&self, store: &Store, id: BatchId, console: &mut Console<'_>) -> Result<(), AppError> {
        let snapshot = store.snapshot();
        if snapshot.record.batch(id).is_none() {
            return Err(AppError::usage(format!("There is no batch {id}."))
                .hint("`provost show` on a node or a proposal tells the batches it comes from"));
        }
        let found = store.batch(id).map_err(AppError::from)?;
        if self.yaml {
            return console.out.document(&batch_yaml(&found));
        }
        if self.json {
            return console.out.json(&found);
        }
        batch::print(&found, &snapshot, console.out)
    }
}

fn find<'a>(snapshot: &'a Snapshot, text: &str) -> Result<Subject<'a>, AppError> {
    let proposal = |id: ProposalId| snapshot.record.proposal(id).map(AsRef::as_ref);
    let accepted = |id: NodeId| {
        let node = snapshot.tree.node(id).map(AsRef::as_ref);
        node.map(|node| Subject { snapshot, node: Some(node), proposal: proposal(ProposalId::of_node(id)) })
    };
    let proposed = |id: ProposalId| {
        let found = proposal(id)?;
        let node = match &found.body {
            Body::Node { node, .. } => snapshot.tree.node(*node).map(AsRef::as_ref),
            Body::Syllabus { .. } => None,
        };
        Some(Subject { snapshot, node, proposal: Some(found) })
    };
    if let Ok(id) = text.parse::<NodeId>()
        && let Some(subject) = accepted(id)
    {
        return Ok(subject);
    }
    match locate::node(snapshot, text) {
        Ok(id) => accepted(id).ok_or_else(|| AppError::usage(format!("There is no accepted node {id}."))),
        Err(unknown) => match locate::proposal(snapshot, text) {
            Ok(id) => proposed(id).ok_or(unknown),
            Err(no_proposal) if text.starts_with("prp_") || text.starts_with("syl_") => Err(no_proposal),
            Err(_) => Err(unknown.hint("`provost proposals` lists what is not accepted yet")),
        },
    }
}

impl<'a> Subject<'a> {
    /// The node it is about: for a syllabus the subject.
    fn id(&self) -> Option<NodeId> {
        match (self.node, self.proposal.map(|proposal| &proposal.body)) {
            (Some(node), _) => Some(node.id),
            (None, Some(Body::Node { node, .. })) => Some(*node),
            (None, Some(Body::Syllabus { subject, .. })) => Some(*subject),
            (None, None) => None,
        }
    }

    fn state(&self) -> &'static str {
        match (self.node, self.proposal) {
            (Some(node), _) if node.is_active() && self.snapshot.is_contested_node(node.id) => "contested",
            (Some(node), _) if node.is_active() => "accepted",
            (Some(_), _) => "deprecated",
            (None, Some(proposal)) => self.snapshot.state_name(proposal),
            (None, None) => "unknown",
        }
    }

    fn facts(&self) -> Option<&'a Facts> {
        match (self.node, self.proposal.map(|proposal| &proposal.body)) {
            (Some(node), _) => Some(&node.facts),
            (None, Some(Body::Node { facts, .. })) => Some(facts),
            _ => None,
        }
    }

    fn proposed_syllabus(&self) -> Option<&'a Syllabus> {
        match self.proposal.map(|proposal| &proposal.body) {
            Some(Body::Syllabus { syllabus, .. }) => Some(syllabus),
            _ => None,
        }
    }

    /// What its namesakes elsewhere hang under.
    fn also_in(&self) -> Vec<Untrusted> {
        let is_syllabus = self.proposed_syllabus().is_some();
        self.id().filter(|_| !is_syllabus).map(|id| self.snapshot.also_in(id)).unwrap_or_default()
    }

    fn yaml(&self) -> String {
        match (self.node, self.proposed_syllabus()) {
            (_, Some(syllabus)) => syllabus_yaml(syllabus),
            (Some(node), None) => node_yaml(node),
            (None, None) => yaml::write(&self.facts()),
        }
    }

    fn findings(&self) -> Vec<proposals::Finding> {
        let found = match (self.node, self.proposal) {
            (Some(node), _) => lint::node(self.snapshot, node.id),
            (None, Some(proposal)) if proposal.state.is_open() => lint::proposal(self.snapshot, proposal),
            _ => vec![],
        };
        found.into_iter().map(|f| proposals::Finding { code: f.code, message: f.message }).collect()
    }

    /// Events about it, oldest first.
    fn history(&self, viewer: &str) -> Vec<&'a Event> {
        let snapshot = self.snapshot;
        let id = self.id();
        let about = |event: &&std::sync::Arc<Event>| {
            id.is_some_and(|id| evidence::touched(snapshot, &event.change).contains(&id))
        };
        snapshot
            .record
            .events()
            .iter()
            .filter(about)
            .filter(|event| !describe::is_secret(event, viewer))
            .map(AsRef::as_ref)
            .collect()
    }

    fn batches(&self, store: &Store, out: &mut Printer) -> Vec<Batch> {
        self.proposal.map(|found| batch::of_proposal(store, self.snapshot, found.id, out)).unwrap_or_default()
    }

    fn document(&self, viewer: &str, batches: &[Batch]) -> Document<'a> {
        Document {
            node: self.node,
            path: self.id().map(|id| locate::path(self.snapshot, id)).unwrap_or_default(),
            names: self.id().map(|id| self.snapshot.names(id)).unwrap_or_default(),
            state: self.state(),
            proposal: self.proposal.map(|proposal| proposals::Line::of(self.snapshot, proposal)),
            syllabus: self.proposed_syllabus(),
            also_in: self.also_in(),
            findings: self.findings(),
            batches: batches.iter().map(batch::Short::of).collect(),
            history: self
                .history(viewer)
                .into_iter()
                .map(|event| history::Line::of(self.snapshot, event, viewer))
                .collect(),
        }
    }

    fn print(&self, out: &mut Printer, viewer: &str, batches: &[Batch]) -> Result<(), AppError> {
        let snapshot = self.snapshot;
        let names: Vec<String> = self
            .id()
            .map(|id| snapshot.names(id).iter().map(|name| name.line().into_owned()).collect())
            .unwrap_or_default();
        let path = names.join(" > ");
        out.spans(&[(super::printer::Style::Strong, names.last().map_or("", String::as_str))])?;
        let kind = match (self.node, self.proposal) {
            (Some(node), _) => node.kind.name(),
            (None, Some(proposal)) => proposals::kind_name(proposal),
            (None, None) => "",
        };
        let id = match (self.node, self.proposal) {
            (None, Some(proposal)) => proposal.id.to_string(),
            _ => self.id().map(|id| id.to_string()).unwrap_or_default(),
        };
        out.line(&format!("{} {kind} {id}", self.state()))?;
        out.line(&format!("path: {path}"))?;
        if let Some(node) = self.node {
            out.line(&format!("file: tree/{}.yaml", snapshot.tree.path(node.id)))?;
        }
        if let Some(facts) = self.facts() {
            print_facts(out, facts)?;
        }
        let also_in = self.also_in();
        if !also_in.is_empty() {
            out.line(&format!("also in: {}", list(&also_in)))?;
        }
        if let Some(node) = self.node {
            print_node(out, snapshot, node)?;
        }
        if let Some(proposal) = self.proposal {
            print_proposal(out, snapshot, proposal, batches)?;
            if let Some(votes) = describe::votes(snapshot, proposal, viewer) {
                out.line(&format!("votes: {votes}"))?;
            }
        }
        for finding in self.findings() {
            out.line(&format!("check: {} [{}]", finding.message, finding.code))?;
        }
        if let Some(syllabus) = self.proposed_syllabus().or_else(|| self.node?.syllabus.as_ref()) {
            print_syllabus(out, syllabus)?;
        }
        let history = self.history(viewer);
        if !history.is_empty() {
            out.line("")?;
            out.line("history:")?;
            let mut table = Table::new();
            for event in history {
                table.row(history::row(snapshot, event, viewer));
                for delta in evidence::deltas(snapshot, event, self.id(), viewer) {
                    table.row([plain(""), plain(""), plain(format!("  {}", said(&delta))), plain("")]);
                }
            }
            table.print(out)?;
        }
        Ok(())
    }
}

/// `name: Light -> Optics`.
fn said(delta: &evidence::Delta) -> String {
    let line = |text: &str| text.lines().collect::<Vec<_>>().join(" ");
    match (line(&delta.before), line(&delta.after)) {
        (before, after) if before.is_empty() => format!("{}: {after}", delta.what),
        (before, after) if after.is_empty() => format!("{}: {before} -> nothing", delta.what),
        (before, after) => format!("{}: {before} -> {after}", delta.what),
    }
}

fn list(texts: &[Untrusted]) -> String {
    texts.iter().map(|text| text.line()).collect::<Vec<_>>().join(", ")
}

/// The facts of a node, a line each.
pub fn print_facts(out: &mut Printer, facts: &Facts) -> Result<(), AppError> {
    if let Some(level) = &facts.level {
        out.line(&format!("level: {}", level.line()))?;
    }
    if !facts.aliases.is_empty() {
        out.line(&format!("also called: {}", list(&facts.aliases)))?;
    }
    if let Some(scope) = &facts.scope {
        out.line(&format!("scope: {}", scope.line().trim()))?;
    }
    if !facts.subtopics.is_empty() {
        out.line(&format!("subtopics: {}", list(&facts.subtopics)))?;
    }
    Ok(())
}

fn print_node(out: &mut Printer, snapshot: &Snapshot, node: &Node) -> Result<(), AppError> {
    if let Some(notes) = &node.notes {
        out.line(&format!("notes: {}", notes.line().trim()))?;
    }
    if let Some(deprecated) = &node.deprecated {
        let instead = deprecated.replaced_by.map(|id| format!("; use {}", locate::path(snapshot, id)));
        let why = deprecated.reason.as_ref().map(|reason| format!(": {}", reason.line()));
        out.line(&format!("deprecated{}{}", why.unwrap_or_default(), instead.unwrap_or_default()))?;
    }
    let below = snapshot.tree.children(Some(node.id)).len();
    let open = snapshot.open_children(Some(node.id)).count() + snapshot.open_syllabi(node.id).count();
    if below + open > 0 {
        out.line(&format!("below: {}, {open} pending", count(below, "node", "nodes")))?;
    }
    Ok(())
}

fn print_proposal(
    out: &mut Printer,
    snapshot: &Snapshot,
    proposal: &Proposal,
    batches: &[Batch],
) -> Result<(), AppError> {
    if let Body::Node { rationale: Some(rationale), .. } = &proposal.body {
        out.line(&format!("rationale: {}", rationale.line().trim()))?;
    }
    let seen = evidence::seen(snapshot, proposal.id);
    for id in evidence::batches(snapshot, proposal.id) {
        let Some(head) = snapshot.record.batch(id) else { continue };
        let verb = if seen.iter().any(|(seen, _)| *seen == id) { "proposed" } else { "written anew" };
        let run = head.run().map(|run| format!(", {run}")).unwrap_or_default();
        out.line(&format!("{verb}: {} by {} for {} ({id}{run})", head.at, head.source.name().line(), head.by))?;
        for call in batches.iter().filter(|one| one.id == id).flat_map(batch::calls) {
            out.line(&format!("  {call}"))?;
        }
    }
    let Seen { times, of } = snapshot.seen(proposal);
    if of > 1 {
        out.line(&format!("seen: in {times} of {of} runs"))?;
    }
    let wordings: Vec<Untrusted> = snapshot.wordings(proposal).into_iter().map(|other| other.title()).collect();
    if !wordings.is_empty() {
        out.line(&format!("also as: {}", list(&wordings)))?;
    }
    if proposal.flag.is_some() {
        out.line("flagged for a second curator")?;
    }
    Ok(())
}

fn print_syllabus(out: &mut Printer, syllabus: &Syllabus) -> Result<(), AppError> {
    out.line("")?;
    let sessions = count(syllabus.sessions.len(), "class session", "class sessions");
    out.line(&format!("syllabus: {sessions}, {}", count(syllabus.concept_count(), "key concept", "key concepts")))?;
    if !syllabus.introduction.is_blank() {
        out.line(&format!("  {}", syllabus.introduction.line().trim()))?;
    }
    for objective in &syllabus.objectives {
        out.line(&format!("  * {}", objective.line()))?;
    }
    for (number, session) in syllabus.sessions.iter().enumerate() {
        out.line(&format!("  {:>2}. {}", number + 1, session.title.line()))?;
        if !session.description.is_blank() {
            out.line(&format!("      {}", session.description.line().trim()))?;
        }
        for concept in &session.concepts {
            out.line(&format!("      - {}", concept.line()))?;
        }
    }
    Ok(())
}
