//! Accepting: who may, as what, under which parent, and what it does to the tree.

use std::collections::HashSet;

use super::event::{Acceptance, Ballot, Change, Edit};
use super::id::{NodeId, ProposalId};
use super::node::Node;
use super::op::{Refusal, Verdict, acceptance_step, all, find, fits, undecided, voted};
use super::proposal::{Body, Proposal};
use super::snapshot::{Outlook, Snapshot};
use super::step::{Standing, Step};
use super::turn;
use super::votes::{Outcome, Side, WhatIf};

/// What accepting `on` comes down to.
pub(super) fn accept(
    snapshot: &Snapshot,
    by: &str,
    on: &[ProposalId],
    edit: Option<Edit>,
    under: Option<Option<NodeId>>,
) -> Result<Verdict, Refusal> {
    if edit.is_some() && on.len() != 1 {
        return Err(Refusal::new("Only one proposal can be accepted as edited."));
    }
    all(snapshot, on, undecided)?;
    not_hidden_in_a_crowd(snapshot, on)?;
    let mut ordered: Vec<&Proposal> = on.iter().map(|id| find(snapshot, *id)).collect::<Result<_, _>>()?;
    ordered.sort_by_key(|proposal| super::snapshot::rank(proposal));
    if edit.is_none() && under.is_none() {
        not_only_again(snapshot, by, &mut ordered)?;
    }
    let mut tree = snapshot.tree.clone();
    let mut seen = HashSet::new();
    let (mut accepted, mut steps, mut usual) = (Vec::new(), Vec::new(), Vec::new());
    let mut ballot = Ballot::default();
    for proposal in ordered.into_iter().filter(|proposal| seen.insert(proposal.id)) {
        let mut own = acceptance(snapshot, &tree, proposal, edit.clone(), under)?;
        let over = turn::note(snapshot, &mut ballot, by, proposal.id, Side::Accept);
        if ballot.short.contains(&proposal.id) {
            accepted.push(own);
            continue;
        }
        if edit.is_none() && under.is_none() {
            let what = WhatIf { over: &over, ..WhatIf::default() };
            let others = turn::chosen(snapshot, proposal, &what);
            if let Some(changed) = others.filter(|others| turn::is_changed(proposal, others)) {
                let under = matches!(proposal.body, Body::Node { .. }).then_some(changed.parent);
                own = acceptance(snapshot, &tree, proposal, changed.edit.clone(), under)?;
            }
        }
        let step = acceptance_step(snapshot, &own).map_err(Refusal::new)?;
        usual.push(step.clone());
        if let Some(step) = entering(snapshot, &tree, proposal, step) {
            if let Standing::Conflict(why) = step.standing(&tree) {
                return Err(Refusal::new(format!("\"{}\" cannot be accepted: {why}.", proposal.title().line())));
            }
            step.apply(&mut tree).map_err(Refusal::new)?;
            steps.push(step);
        }
        accepted.push(own);
    }
    Ok(voted(Change::Accept { on: accepted }, (ballot, steps), &usual))
}

/// Leaves out what the same curator accepted already, where it takes others to decide.
fn not_only_again(snapshot: &Snapshot, by: &str, proposals: &mut Vec<&Proposal>) -> Result<(), Refusal> {
    let record = &snapshot.record;
    let again = |proposal: &&Proposal| {
        let own = record.votes(proposal.id).into_iter().any(|vote| vote.by == by && vote.side == Side::Accept);
        own && record.quorum(proposal.id) > 1
    };
    let Some(first) = proposals.iter().find(|proposal| again(proposal)).copied() else { return Ok(()) };
    proposals.retain(|proposal| !again(proposal));
    if proposals.is_empty() {
        let count = snapshot.count(first).map(|count| format!(": {count}")).unwrap_or_default();
        let what = format!("You accepted \"{}\" already{count}.", first.title().line());
        return Err(Refusal::new(what).hint("it takes another curator to decide"));
    }
    Ok(())
}

/// The step that an acceptance makes where the node is in the tree already, because curators
/// disagreed about it after it came there: what is there stays, but for what was edited.
fn entering(snapshot: &Snapshot, tree: &super::tree::Tree, proposal: &Proposal, step: Step) -> Option<Step> {
    if snapshot.record.outcome(proposal.id) != Outcome::Contested {
        return Some(step);
    }
    match &step {
        Step::Create { node, .. } => match tree.node(node.id) {
            None => Some(step),
            Some(_) if snapshot.record.was_worded(proposal.id, &node.facts) => None,
            Some(there) => Step::patch(there, &Node { facts: node.facts.clone(), ..(**there).clone() }),
        },
        _ => Some(step),
    }
}

/// What holds characters that do not show, and what somebody wants a second look at, is accepted
/// alone.
fn not_hidden_in_a_crowd(snapshot: &Snapshot, on: &[ProposalId]) -> Result<(), Refusal> {
    let among_others = on.iter().filter(|_| on.len() > 1).filter_map(|id| snapshot.record.proposal(*id));
    for proposal in among_others {
        let why = match proposal.as_ref() {
            odd if odd.is_suspicious() => "holds characters that do not show",
            asked if asked.flag.is_some() => "is flagged for a second curator",
            _ => continue,
        };
        let what = format!("\"{}\" {why}, so it is not accepted together with others.", proposal.title().line());
        return Err(Refusal::new(what).hint("look at it, and accept it alone"));
    }
    Ok(())
}

pub(super) fn acceptance(
    snapshot: &Snapshot,
    tree: &super::tree::Tree,
    proposal: &Proposal,
    edit: Option<Edit>,
    under: Option<Option<NodeId>>,
) -> Result<Acceptance, Refusal> {
    let name = proposal.title();
    match &proposal.body {
        Body::Syllabus { subject, syllabus } => {
            let Some(node) = tree.node(*subject) else {
                return Err(Refusal::new(format!("The subject of this syllabus, {subject}, is not accepted."))
                    .hint("accept the subject first"));
            };
            if matches!(edit, Some(Edit::Facts(_))) || under.is_some() {
                return Err(Refusal::new("A syllabus has no name and no place of its own to change."));
            }
            let replaced = node.syllabus.clone().map(Box::new);
            let edit = match edit {
                Some(Edit::Syllabus(mut edited)) => {
                    edited.repair_session_ids();
                    Some(Edit::Syllabus(edited))
                }
                // The event must tell on its own what was accepted: a revision may be undone later.
                _ if snapshot.record.is_revised(proposal.id) => Some(Edit::Syllabus(Box::new(syllabus.clone()))),
                _ => None,
            };
            Ok(Acceptance { proposal: proposal.id, node: *subject, parent: None, slug: String::new(), edit, replaced })
        }
        Body::Node { node, parent, kind, facts, .. } => {
            let parent = match under {
                Some(place) => place,
                None => ready_parent(snapshot, tree, proposal, *parent)?,
            };
            fits(tree, parent, *kind, &name)?;
            let facts = match &edit {
                None => facts,
                Some(Edit::Facts(edited)) => edited,
                Some(Edit::Syllabus(_)) => return Err(Refusal::new("This proposal is no syllabus.")),
            };
            if facts.name.is_blank() {
                return Err(Refusal::new("A node needs a name."));
            }
            if let Some(twin) = tree.child_by_name(parent, facts.name.raw()).filter(|twin| twin != node) {
                return Err(Refusal::new(format!(
                    "\"{}\" is there already, as {}.",
                    facts.name.line(),
                    tree.path(twin)
                ))
                .hint("reject it as a duplicate, merge it, or give it another name"));
            }
            let slug = tree.free_slug(parent, *node, facts.name.raw());
            Ok(Acceptance { proposal: proposal.id, node: *node, parent, slug, edit, replaced: None })
        }
    }
}

/// The accepted parent of a proposal, counting what the same op accepted before it.
pub(super) fn ready_parent(
    snapshot: &Snapshot,
    tree: &super::tree::Tree,
    proposal: &Proposal,
    parent: Option<NodeId>,
) -> Result<Option<NodeId>, Refusal> {
    if let Some(parent) = parent.filter(|parent| tree.entry(*parent).is_some()) {
        return Ok(Some(parent));
    }
    let name = proposal.title();
    match snapshot.outlook(proposal) {
        Outlook::Ready(parent) => Ok(parent),
        Outlook::Waiting(above) => {
            let above = snapshot.record.proposal(above).map(|above| above.title()).unwrap_or_default();
            Err(Refusal::new(format!(
                "\"{}\" hangs under \"{}\", which is not accepted yet.",
                name.line(),
                above.line()
            ))
            .hint(format!("accept \"{}\" first", above.line())))
        }
        Outlook::Withdrawn => Err(Refusal::new(format!("\"{}\" was withdrawn with its parent.", name.line()))
            .hint("place it under another parent, or undo what happened to the parent")),
    }
}
