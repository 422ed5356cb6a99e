//! A proposal in a few lines of text, in the order in which a curator wants to hear it.

use super::printer::Printer;
use super::show::print_facts;
use super::table::count;
use super::{batch, locate, proposals};
use crate::error::AppError;
use crate::input::{Action, Context, Keymap};
use crate::store::Store;
use crate::taxonomy::id::{NodeId, ProposalId};
use crate::taxonomy::lint;
use crate::taxonomy::node::Facts;
use crate::taxonomy::proposal::{Body, Proposal};
use crate::taxonomy::similarity::{Asking, Catalogue, Neighbour, Vectors};
use crate::taxonomy::snapshot::{Outlook, Snapshot};
use crate::taxonomy::syllabus::Syllabus;
use crate::taxonomy::wordings::Seen;

/// How many neighbours are said.
const NEIGHBOURS: usize = 5;
/// Scores below this say nothing.
const NEAR: f32 = 0.5;

/// What is near to a proposed node, nearest first.
pub fn neighbours(catalogue: &Catalogue, proposal: &Proposal) -> Vec<Neighbour> {
    let Body::Node { node, facts, .. } = &proposal.body else { return Vec::new() };
    let asking = Asking { facts, vector: None, except: Some(*node) };
    let mut near = catalogue.nearest(&asking, &Vectors::default(), NEIGHBOURS);
    near.retain(|near| near.score >= NEAR);
    near
}

/// Says what is proposed, where, why, and what speaks against it.
pub fn print(out: &mut Printer, snapshot: &Snapshot, proposal: &Proposal, near: &[Neighbour]) -> Result<(), AppError> {
    let flagged = if proposal.flag.is_some() { ", flagged for a second curator" } else { "" };
    let (kind, state) = (proposals::kind_name(proposal), snapshot.state_name(proposal));
    out.line(&format!("{kind}: {}, {state}{flagged}", name(snapshot, proposal)))?;
    let names = |id: NodeId| {
        let names = snapshot.names(id);
        names.iter().map(|name| name.line().into_owned()).collect::<Vec<_>>().join(" > ")
    };
    match proposal.under() {
        Some(under) => out.line(&format!("under: {}", names(under)))?,
        None => out.line("at the top")?,
    }
    if let Outlook::Waiting(above) = snapshot.outlook(proposal)
        && let Some(above) = snapshot.record.proposal(above)
    {
        out.line(&format!("waits for: {}", name(snapshot, above)))?;
    }
    match &proposal.body {
        Body::Node { facts, rationale, .. } => {
            print_facts(out, facts)?;
            if let Some(rationale) = rationale {
                out.line(&format!("because: {}", rationale.line().trim()))?;
            }
        }
        Body::Syllabus { syllabus, .. } => print_syllabus(out, syllabus)?,
    }
    let Seen { times, of } = snapshot.seen(proposal);
    if of > 1 {
        out.line(&format!("seen: in {times} of {of} runs"))?;
    }
    for finding in lint::proposal(snapshot, proposal) {
        out.line(&format!("check: {}", finding.message))?;
    }
    for (number, near) in near.iter().enumerate() {
        let known = snapshot.facts(near.node).map(|(_, facts): (_, &Facts)| facts.name.line().into_owned());
        let (path, score) = (locate::path(snapshot, near.node), format!("{:.2}", near.score));
        let state = match (snapshot.tree.node(near.node), snapshot.record.proposal(ProposalId::of_node(near.node))) {
            (Some(node), _) if node.is_active() => "accepted",
            (Some(_), _) => "deprecated",
            (None, Some(proposal)) => snapshot.state_name(proposal),
            (None, None) => "gone",
        };
        out.line(&format!("near {}: {}, {state}, {score}, {path}", number + 1, known.unwrap_or_default()))?;
    }
    Ok(())
}

fn name(snapshot: &Snapshot, proposal: &Proposal) -> String {
    match &proposal.body {
        Body::Node { facts, .. } => facts.name.line().into_owned(),
        Body::Syllabus { subject, .. } => format!("of {}", snapshot.name(*subject).line()),
    }
}

fn print_syllabus(out: &mut Printer, syllabus: &Syllabus) -> Result<(), AppError> {
    let sessions = count(syllabus.sessions.len(), "class session", "class sessions");
    out.line(&format!("{sessions}, {}", count(syllabus.concept_count(), "key concept", "key concepts")))?;
    for (number, session) in syllabus.sessions.iter().enumerate() {
        let concepts: Vec<_> = session.concepts.iter().map(|concept| concept.line()).collect();
        out.line(&format!("{}. {}: {}", number + 1, session.title.line(), concepts.join("; ")))?;
    }
    Ok(())
}

/// Says which batches it came in, and what was asked.
pub fn why(out: &mut Printer, store: &Store, snapshot: &Snapshot, proposal: &Proposal) -> Result<(), AppError> {
    for batch in batch::of_proposal(store, snapshot, proposal.id, out) {
        out.line(&format!("proposed {} by {} for {} ({})", batch.at, batch.source.name().line(), batch.by, batch.id))?;
        for call in batch::calls(&batch) {
            out.line(&format!("  {call}"))?;
        }
    }
    Ok(())
}

/// What can be done here, with the keys of the screen.
pub fn keys(out: &mut Printer, keymap: &Keymap, wanted: impl Fn(Action) -> bool) -> Result<(), AppError> {
    let rows = keymap.help(Context::Curate).into_iter().flat_map(|section| section.rows);
    for row in rows.filter(|row| wanted(row.info.action)) {
        if let Some(key) = row.keys.first() {
            out.line(&format!("{key}: {}", row.info.title))?;
        }
    }
    out.line("Enter alone: say it again")
}
