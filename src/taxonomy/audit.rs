//! Whether the log and the tree tell the same: what decisions in force ask of `tree/`, beside what
//! is there. Editing files by hand is allowed, so a difference in content is information; a node
//! that was accepted and is not there, or was rejected and is, deserves a look.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::event::{Acceptance, Change, Edit, Event};
use super::id::{EventId, NodeId, ProposalId};
use super::op::{acceptance_step, steps_of};
use super::proposal::{Body, State};
use super::snapshot::Snapshot;
use super::step::{Standing, Step};
use super::syllabus::Syllabus;
use super::tree::Tree;

/// One way in which log and tree differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Stable, for scripts; see [`CODES`].
    pub code: &'static str,
    /// What it is and what to do, in sentences.
    pub message: String,
    /// The file it is about, relative to the directory.
    pub path: String,
    /// The node it is about.
    pub node: Option<NodeId>,
    /// The proposal it is about.
    pub proposal: Option<ProposalId>,
    /// The event that says otherwise.
    pub event: Option<EventId>,
    /// The step that would put it right; [`Op::Settle`](super::Op::Settle) for what is unsettled.
    pub step: Option<Step>,
}

impl Difference {
    /// Whether it is only good to know.
    #[must_use]
    pub fn is_info(&self) -> bool {
        is_info(self.code)
    }
}

/// Whether a difference with this code is only good to know.
#[must_use]
pub fn is_info(code: &str) -> bool {
    matches!(code, "not-in-log" | "edited-by-hand" | "moved-by-hand")
}

/// Every code, with what it means.
pub const CODES: [(&str, &str); 9] = [
    ("missing-node", "A decision in force put a node into the tree, and its file is not there."),
    ("missing-syllabus", "A syllabus was accepted, and its subject has none."),
    ("missing-batch", "A proposal was accepted, and the batch that tells what it was is not there."),
    (
        "rejected-in-tree",
        "A node is in the tree although its proposal was rejected or merged, or its acceptance undone.",
    ),
    ("contested", "Curators decided differently about a proposal, and neither knew of the other."),
    ("unsettled", "Votes of several clones led to an outcome that the tree does not show yet."),
    ("not-in-log", "A node is in the tree of which no decision tells: its file was written by hand."),
    ("edited-by-hand", "The file of a node differs from what the log says of it last."),
    ("moved-by-hand", "The file of a node is at another place than the log says."),
];

/// What the log says of each node last.
#[derive(Default)]
struct Account {
    tree: Tree,
    last: HashMap<NodeId, EventId>,
    /// Accepted, and nobody knows as what: the batch is not there.
    without_batch: HashSet<NodeId>,
}

impl Account {
    /// Takes a step as it is: what stood there before plays no role.
    fn take(&mut self, event: &Event, step: &Step) {
        let is_known = self.tree.entry(step.node()).is_some();
        let is_new = matches!(step, Step::Create { .. });
        // Changed, and nobody tells how it came; or accepted by a second one. What votes led to is
        // written in place of what each of them asked for.
        let by_votes = event.ballot.effect.is_some() || matches!(event.change, Change::Settle { .. });
        if (!is_known && !is_new) || (is_known && is_new && !by_votes) {
            return;
        }
        if step.apply(&mut self.tree).is_ok() {
            self.last.insert(step.node(), event.id);
        }
    }

    /// Takes an accepted syllabus: as the step that an acceptance makes, which would write it out and read it again.
    fn take_syllabus(&mut self, event: &Event, node: NodeId, syllabus: &Syllabus) {
        if self.tree.entry(node).is_some() {
            self.tree.set_syllabus(node, syllabus.clone());
            self.last.insert(node, event.id);
        }
    }
}

/// The syllabus that an acceptance is about.
fn accepted_syllabus<'a>(snapshot: &'a Snapshot, acceptance: &'a Acceptance) -> Option<&'a Syllabus> {
    let Body::Syllabus { syllabus, .. } = &snapshot.record.proposal(acceptance.proposal)?.body else { return None };
    match &acceptance.edit {
        Some(Edit::Syllabus(edited)) => Some(edited),
        _ => Some(syllabus),
    }
}

/// Everything in which log and tree differ, by path.
#[must_use]
pub fn audit(snapshot: &Snapshot) -> Vec<Difference> {
    let mut found = Vec::new();
    let unsettled: BTreeSet<ProposalId> = snapshot.unsettled().into_iter().collect();
    let account = account(snapshot, &unsettled, &mut found);
    missing(snapshot, &account, &mut found);
    present(snapshot, &account, &unsettled, &mut found);
    proposals(snapshot, &unsettled, &mut found);
    found.sort_by(|a, b| (&a.path, a.code, a.proposal).cmp(&(&b.path, b.code, b.proposal)));
    found
}

/// Replays the events in force. What votes led to and nobody wrote yet is a difference of its own.
fn account(snapshot: &Snapshot, unsettled: &BTreeSet<ProposalId>, found: &mut Vec<Difference>) -> Account {
    let record = &snapshot.record;
    let mut account = Account::default();
    for event in record.events().iter().filter(|event| !record.is_undone(event.id)) {
        match &event.change {
            Change::Undo { .. } | Change::Redo { .. } => {}
            Change::Accept { on } if event.ballot.effect.is_none() => {
                for acceptance in on {
                    let state = record.proposal(acceptance.proposal).map(|proposal| &proposal.state);
                    if unsettled.contains(&acceptance.proposal)
                        || state.is_some_and(|state| !matches!(state, State::Accepted { .. } | State::Contested))
                    {
                        continue;
                    }
                    if let Some(syllabus) = accepted_syllabus(snapshot, acceptance) {
                        account.take_syllabus(event, acceptance.node, syllabus);
                        continue;
                    }
                    match acceptance_step(snapshot, acceptance) {
                        Ok(step) => account.take(event, &step),
                        Err(why) if snapshot.tree.entry(acceptance.node).is_none() => found.push(Difference {
                            code: "missing-batch",
                            message: format!(
                                "{} by {} accepted it, but {why}; get its file back, or undo the decision.",
                                event.id, event.by
                            ),
                            path: "proposals".to_owned(),
                            node: Some(acceptance.node),
                            proposal: Some(acceptance.proposal),
                            event: Some(event.id),
                            step: None,
                        }),
                        Err(_) => drop(account.without_batch.insert(acceptance.node)),
                    }
                }
            }
            _ => steps_of(snapshot, event).unwrap_or_default().iter().for_each(|step| account.take(event, step)),
        }
    }
    account
}

/// Nodes and syllabi that decisions in force put there, and that are not.
fn missing(snapshot: &Snapshot, account: &Account, found: &mut Vec<Difference>) {
    let record = &snapshot.record;
    let mut tree = snapshot.tree.clone();
    // Whole files whose parents are gone, and the folders that lead to them.
    let orphans: HashSet<&str> =
        snapshot.problems.iter().filter(|one| one.is_orphan()).map(|one| one.path.as_str()).collect();
    let ways = |path: &&str| -> Vec<String> {
        path.match_indices('/').map(|(at, _)| format!("{}.yaml", &path[..at])).collect()
    };
    let lead_to_orphans: HashSet<String> = orphans.iter().flat_map(ways).collect();
    let (unusable_file, first_orphan) =
        (snapshot.unusable_in_tree().map(|problem| problem.path.as_str()), orphans.iter().min().copied());
    for id in account.tree.subtree(None).into_iter().chain(loose(&account.tree)) {
        let Some(said) = account.tree.entry(id) else { continue };
        let event = account.last.get(&id).copied();
        let by = event.and_then(|event| record.event(event)).map(|event| event.by.as_str()).unwrap_or_default();
        let told = event.map(|event| format!("{event} by {by}")).unwrap_or_default();
        let proposal = ProposalId::of_node(id);
        let wanted = record.proposal(proposal).is_none_or(|proposal| !snapshot.is_contested(proposal));
        if let Some(entry) = snapshot.tree.entry(id) {
            if entry.node.syllabus.is_none() && said.node.syllabus.is_some() {
                let change = (serde_json::Value::Null, serde_json::to_value(&said.node.syllabus).unwrap_or_default());
                let step = Step::Patch { node: id, set: [("syllabus".to_owned(), change)].into() };
                found.push(Difference {
                    code: "missing-syllabus",
                    message: format!(
                        "\"{}\" has no syllabus, and {told} gave it one; `provost check --repair` writes it again.",
                        snapshot.name(id).line()
                    ),
                    path: format!("tree/{}.yaml", snapshot.tree.path(id)),
                    node: Some(id),
                    proposal: None,
                    event,
                    step: Some(step),
                });
            }
            continue;
        }
        if !wanted || record.is_planted(proposal) {
            continue;
        }
        let step = Step::Create { place: said.place.clone(), node: Box::new((*said.node).clone()) };
        let above = said.place.parent.map(|parent| match snapshot.tree.entry(parent) {
            Some(_) => snapshot.tree.path(parent) + "/",
            None => account.tree.path(parent) + "/",
        });
        let path = format!("tree/{}{}.yaml", above.unwrap_or_default(), said.place.slug);
        if orphans.contains(path.as_str()) {
            // It is there, and has its place again once its parent has.
            let _ = step.apply(&mut tree);
            continue;
        }
        let unusable = unusable_file.or(first_orphan.filter(|_| !lead_to_orphans.contains(&path)));
        let (next, step) = match (unusable, step.standing(&tree)) {
            (Some(path), _) => (format!("perhaps its file is {path}, which cannot be used; mend that first"), None),
            (None, Standing::Conflict(why)) => {
                (format!("it cannot be written again, because {why}; undo the decision, or make room"), None)
            }
            (None, _) => {
                let _ = step.apply(&mut tree);
                (
                    "`provost check --repair` writes it again; if it is to be gone, undo that decision".to_owned(),
                    Some(step),
                )
            }
        };
        found.push(Difference {
            code: "missing-node",
            message: format!("\"{}\" is not in the tree, and {told} is in force: {next}.", said.node.facts.name.line()),
            path,
            node: Some(id),
            proposal: record.proposal(proposal).map(|proposal| proposal.id),
            event,
            step,
        });
    }
}

/// Nodes of the account whose parents nobody tells of.
fn loose(tree: &Tree) -> Vec<NodeId> {
    let rooted = |id: NodeId| {
        let top = tree.lineage(id).first().copied();
        top.and_then(|top| tree.entry(top)).is_some_and(|entry| entry.place.parent.is_none())
    };
    let mut loose: Vec<NodeId> = tree.entries().map(|entry| entry.node.id).filter(|id| !rooted(*id)).collect();
    loose.sort_by_key(|id| (tree.lineage(*id).len(), *id));
    loose
}

/// The last acceptance of each proposal that was taken back.
fn undone(snapshot: &Snapshot) -> HashMap<ProposalId, EventId> {
    let mut undone = HashMap::new();
    for event in snapshot.record.events().iter().filter(|event| snapshot.record.is_undone(event.id)) {
        if matches!(event.change, Change::Accept { .. }) {
            undone.extend(event.change.proposals().into_iter().map(|proposal| (proposal, event.id)));
        }
    }
    undone
}

/// Nodes that are there, beside what the log says of them.
fn present(snapshot: &Snapshot, account: &Account, unsettled: &BTreeSet<ProposalId>, found: &mut Vec<Difference>) {
    let record = &snapshot.record;
    let conflicts = snapshot.conflicts();
    let undone = undone(snapshot);
    for entry in snapshot.tree.entries() {
        let id = entry.node.id;
        // What git left in conflict is a problem of its own.
        if conflicts.contains_key(&id) {
            continue;
        }
        let proposal = record.proposal(ProposalId::of_node(id)).filter(|proposal| !unsettled.contains(&proposal.id));
        let event = account.last.get(&id).copied();
        let told = event.map(|event| event.to_string()).unwrap_or_default();
        let mut note = |code: &'static str, message: String, event: Option<EventId>| {
            let path = format!("tree/{}.yaml", snapshot.tree.path(id));
            let proposal = proposal.map(|proposal| proposal.id);
            found.push(Difference { code, message, path, node: Some(id), proposal, event, step: None });
        };
        let Some(said) = account.tree.entry(id) else {
            if unsettled.contains(&ProposalId::of_node(id)) || account.without_batch.contains(&id) {
                continue;
            }
            let was_undone = undone.get(&ProposalId::of_node(id)).copied();
            let left = "deprecate it, or accept it; the file is left as it is";
            match proposal.map(|proposal| (&proposal.state, proposal.decided)) {
                Some((state @ (State::Rejected { .. } | State::Merged { .. }), decided)) => {
                    let told = decided.map(|event| event.to_string()).unwrap_or_default();
                    let message = format!("It is in the tree, and {told} {} the proposal: {left}.", state.name());
                    note("rejected-in-tree", message, decided);
                }
                Some((State::Pending | State::Deferred, _)) if was_undone.is_some() => {
                    let event = was_undone;
                    let told = event.map(|event| event.to_string()).unwrap_or_default();
                    note(
                        "rejected-in-tree",
                        format!("It is in the tree, and {told}, which accepted it, was undone: {left}."),
                        event,
                    );
                }
                Some((State::Contested, _)) => {}
                _ => note(
                    "not-in-log",
                    "No decision tells of it: its file was written by hand. It counts.".to_owned(),
                    None,
                ),
            }
            continue;
        };
        if entry.place != said.place {
            let message =
                format!("By the log ({told}) it is {}.yaml. Where the file is counts.", account.tree.path(id));
            note("moved-by-hand", message, event);
        }
        if said.node == entry.node {
            continue;
        }
        let keys = match Step::patch(&said.node, &entry.node) {
            Some(Step::Patch { set, .. }) => set.into_keys().collect::<Vec<_>>(),
            _ => vec![],
        };
        let lost_its_syllabus = entry.node.syllabus.is_none() && said.node.syllabus.is_some();
        if keys.is_empty() || (lost_its_syllabus && keys == ["syllabus"]) {
            continue;
        }
        let differ = if keys.len() == 1 { "differs" } else { "differ" };
        let keys = keys.join(", ");
        note(
            "edited-by-hand",
            format!("{keys} {differ} from what the log says last ({told}). The file counts."),
            event,
        );
    }
}

/// What curators disagree about, and what they agree about without anybody having written it.
fn proposals(snapshot: &Snapshot, unsettled: &BTreeSet<ProposalId>, found: &mut Vec<Difference>) {
    for proposal in snapshot.record.proposals() {
        let contested = snapshot.is_contested(proposal);
        if !contested && !unsettled.contains(&proposal.id) {
            continue;
        }
        let node = proposal.body.node();
        let name = proposal.title();
        let votes: Vec<String> =
            snapshot.votes(proposal).iter().map(|vote| format!("{} to {}", vote.by, vote.side.verb())).collect();
        let (code, message) = if contested {
            let who = if votes.is_empty() || snapshot.record.policy().quorum.of(&proposal.body) > 1 {
                String::new()
            } else {
                format!(" ({})", votes.join(", "))
            };
            ("contested", format!("Curators disagree about \"{}\"{who}: decide on it.", name.line()))
        } else {
            let message = format!(
                "The votes on \"{}\" are in, and the tree does not show it: opening the curator or `provost check --repair` writes it.",
                name.line()
            );
            ("unsettled", message)
        };
        let path = match snapshot.tree.entry(node) {
            Some(_) => format!("tree/{}.yaml", snapshot.tree.path(node)),
            None => "decisions".to_owned(),
        };
        found.push(Difference {
            code,
            message,
            path,
            node: Some(node),
            proposal: Some(proposal.id),
            event: None,
            step: None,
        });
    }
}

#[cfg(test)]
mod tests;
