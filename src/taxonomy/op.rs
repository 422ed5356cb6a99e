//! The one door: whatever a person, a model, a command or an import wants to change is an
//! [`Op`]. [`decide`] says, without touching anything, what event it makes and which steps of
//! the tree follow, or why it is refused.

pub(super) use super::accept::{acceptance, ready_parent};
use super::event::{Acceptance, Ballot, Change, Edit, Event, Reason};
use super::id::{BatchId, EventId, NodeId, ProposalId};
use super::node::{Deprecation, Facts, Kind, Node};
use super::proposal::{Batch, Body, Proposal, State};
use super::snapshot::Snapshot;
use super::step::{self, Step, outstanding};
use super::syllabus::{SessionId, Syllabus};
use super::text::{Untrusted, normalise};
use super::tree::Place;
use super::turn;
use super::verdicts::{ItemVerdict, Judged};
use super::votes::Side;

/// What somebody wants.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// Put a batch of proposals forward.
    Propose(Box<Batch>),
    /// Accept proposals; with `edit` exactly one, with `under` at another place.
    Accept {
        /// Which.
        on: Vec<ProposalId>,
        /// As changed by the curator.
        edit: Option<Edit>,
        /// Another parent than the proposed one (`Some(None)`: the root).
        under: Option<Option<NodeId>>,
    },
    /// Reject proposals.
    Reject {
        /// Which.
        on: Vec<ProposalId>,
        /// Why.
        reason: Reason,
        /// Own words.
        note: Option<Untrusted>,
        /// The node it duplicates.
        of: Option<NodeId>,
    },
    /// Decide later.
    Defer {
        /// Which.
        on: Vec<ProposalId>,
    },
    /// Ask a second curator.
    Flag {
        /// Which.
        on: Vec<ProposalId>,
        /// What the question is.
        note: Option<Untrusted>,
    },
    /// Proposals are other names of an accepted node.
    Alias {
        /// Which.
        on: Vec<ProposalId>,
        /// The node.
        into: NodeId,
    },
    /// Change a pending syllabus.
    Revise {
        /// Which.
        on: ProposalId,
        /// As it should be.
        to: Box<Syllabus>,
        /// Why, where something is taken out for a reason.
        reason: Option<Reason>,
        /// Own words.
        note: Option<Untrusted>,
        /// The exchange with a model that the new text comes from.
        batch: Option<BatchId>,
    },
    /// Accept class sessions of a pending syllabus, each as it stands.
    Review {
        /// Which syllabus.
        on: ProposalId,
        /// Which of its sessions.
        sessions: Vec<SessionId>,
    },
    /// Add nodes by hand.
    Add {
        /// Under which node (`None`: the root).
        parent: Option<NodeId>,
        /// Their level.
        kind: Kind,
        /// One each.
        nodes: Vec<Facts>,
    },
    /// Change the content of a node by hand.
    Edit(Box<Node>),
    /// The same for several nodes, in one event.
    EditAll(Vec<Node>),
    /// Change a node that was opened some time ago: what others changed of it since stays, and
    /// where both changed the same key nothing is done.
    Rework {
        /// The node as it was opened.
        from: Box<Node>,
        /// As it was saved.
        to: Box<Node>,
    },
    /// Hang nodes under another parent.
    Move {
        /// Which.
        on: Vec<NodeId>,
        /// Where (`None`: the root).
        to: Option<NodeId>,
    },
    /// Merge nodes into another: their names become aliases, their children move.
    Merge {
        /// The nodes that go.
        on: Vec<NodeId>,
        /// The node that stays.
        into: NodeId,
    },
    /// Split a node, accepted or proposed, into several siblings. The first of them takes what is
    /// below it. An accepted one is deprecated, unless it is itself one of the several.
    Split {
        /// The node that goes.
        on: NodeId,
        /// What comes of it.
        into: Vec<Facts>,
    },
    /// No longer teach nodes.
    Deprecate {
        /// Which.
        on: Vec<NodeId>,
        /// What to use instead.
        replaced_by: Option<NodeId>,
        /// Why.
        reason: Option<Untrusted>,
    },
    /// No longer teach nodes, each for its own reason: what an import says of its nodes.
    Retire(Vec<(NodeId, Deprecation)>),
    /// Teach deprecated nodes again.
    Restore {
        /// Which.
        on: Vec<NodeId>,
    },
    /// Tell that proposals are known to be wrong, so that accepting them shows inattention.
    Plant {
        /// Which.
        on: Vec<ProposalId>,
        /// What is wrong with them.
        because: Option<Untrusted>,
    },
    /// Say what finished homework is like.
    Judge {
        /// Which items, and what each was made from.
        on: Vec<Judged>,
        /// How they are.
        verdict: ItemVerdict,
        /// Own words.
        note: Option<Untrusted>,
    },
    /// Write what the votes of several clones led to, and nobody wrote.
    Settle,
    /// Take an event back; the latest own decision where none is named.
    Undo(Option<EventId>),
    /// Let an event hold again; the one undone last where none is named.
    Redo(Option<EventId>),
}

/// Why an op changes nothing. A sentence, and where useful what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Refusal {
    /// What is wrong.
    pub what: String,
    /// What to do instead.
    pub hint: Option<String>,
}

impl Refusal {
    /// A refusal without a hint.
    #[must_use]
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), hint: None }
    }

    /// The same with what to do instead.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// What an op comes down to.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// For the log.
    pub change: Change,
    /// For the log: how it counts beside the verdicts of others.
    pub ballot: Ballot,
    /// For the tree, in order; what it shows already is left out.
    pub steps: Vec<Step>,
}

/// What `op` (anything but [`Op::Propose`], which is no decision) would change for curator `by`.
///
/// # Errors
/// A [`Refusal`] where it does not apply; nothing is half done.
pub fn decide(snapshot: &Snapshot, by: &str, op: Op) -> Result<Verdict, Refusal> {
    let verdict = match op {
        Op::Propose(_) => return Err(Refusal::new("A batch is put forward, not decided.")),
        Op::Accept { on, edit, under } => super::accept::accept(snapshot, by, &on, edit, under)?,
        Op::Reject { on, reason, note, of } => {
            all(snapshot, &on, undecided)?;
            if reason == Reason::Other && note.as_ref().is_none_or(Untrusted::is_blank) {
                return Err(Refusal::new("A rejection in own words needs the words."));
            }
            let spoken = turn::speak(snapshot, by, &on, Side::Reject)?;
            voted(Change::Reject { on, reason, note, of }, spoken, &[])
        }
        Op::Defer { on } => {
            all(snapshot, &on, undecided)?;
            let spoken = turn::speak(snapshot, by, &on, Side::Later)?;
            voted(Change::Defer { on }, spoken, &[])
        }
        Op::Flag { on, note } => {
            all(snapshot, &on, undecided)?;
            plain(Change::Flag { on, note })
        }
        Op::Plant { on, because } => {
            // Told before it is put forward, it is never taken for a real one.
            on.iter()
                .filter_map(|id| snapshot.record.proposal(*id))
                .try_for_each(|found| untouched(snapshot, found))?;
            plain(Change::Plant { on, because })
        }
        Op::Alias { on, into } => super::merge::alias(snapshot, by, on, into)?,
        Op::Revise { on, to, reason, note, batch } => revise(snapshot, on, to, (reason, note, batch))?,
        Op::Review { on, sessions } => super::review::review(snapshot, on, &sessions)?,
        Op::Judge { on, verdict, note } => super::verdicts::judge(snapshot, by, on, verdict, note)?,
        Op::Settle => settle(snapshot)?,
        Op::Undo(event) => super::undo::undo(snapshot, by, event)?,
        Op::Redo(event) => super::undo::redo(snapshot, by, event)?,
        Op::Split { on, into } => super::merge::split(snapshot, by, on, &into)?,
        by_hand => super::hand::decide(snapshot, by_hand)?,
    };
    applicable(snapshot, verdict)
}

pub(super) fn plain(change: Change) -> Verdict {
    Verdict { change, ballot: Ballot::default(), steps: vec![] }
}

/// A verdict whose steps are told on the ballot where they are not `usual` for the change.
pub(super) fn voted(change: Change, (mut ballot, steps): (Ballot, Vec<Step>), usual: &[Step]) -> Verdict {
    ballot.effect = (steps != usual).then(|| steps.clone());
    Verdict { change, ballot, steps }
}

/// All steps of a verdict must be possible, one after the other; those done already are left out.
fn applicable(snapshot: &Snapshot, verdict: Verdict) -> Result<Verdict, Refusal> {
    let Verdict { change, mut ballot, steps } = verdict;
    match outstanding(steps, &mut snapshot.tree.clone()) {
        Ok(steps) => {
            super::conflict::untouched(snapshot, &steps)?;
            if let Some(effect) = &mut ballot.effect {
                effect.clone_from(&steps);
            }
            Ok(Verdict { change, ballot, steps })
        }
        Err(why) => {
            let what = match change {
                Change::Undo { .. } => "The undo",
                Change::Redo { .. } => "The redo",
                _ => "The change",
            };
            let refusal = Refusal::new(format!("{what} cannot be done: {why}."));
            Err(match change {
                Change::Reject { .. } | Change::Defer { .. } | Change::Alias { .. } => {
                    refusal.hint("it is in the tree; deprecate it there, or merge it into another node")
                }
                _ => refusal,
            })
        }
    }
}

pub(super) fn all(
    snapshot: &Snapshot,
    on: &[ProposalId],
    check: fn(&Snapshot, &Proposal) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    if on.is_empty() {
        return Err(Refusal::new("No proposal is named."));
    }
    on.iter().try_for_each(|id| check(snapshot, find(snapshot, *id)?))
}

pub(super) fn find(snapshot: &Snapshot, id: ProposalId) -> Result<&Proposal, Refusal> {
    snapshot
        .record
        .proposal(id)
        .map(AsRef::as_ref)
        .ok_or_else(|| Refusal::new(format!("There is no proposal {id}.")).hint("`provost proposals` lists them"))
}

pub(super) fn undecided(_: &Snapshot, proposal: &Proposal) -> Result<(), Refusal> {
    let name = proposal.title();
    match &proposal.state {
        State::Accepted { .. } => {
            Err(Refusal::new(format!("\"{}\" is accepted.", name.line()))
                .hint("undo that decision, or deprecate the node"))
        }
        State::Merged { .. } => {
            Err(Refusal::new(format!("\"{}\" is merged.", name.line())).hint("undo that decision first"))
        }
        State::Pending | State::Deferred | State::Contested | State::Rejected { .. } => Ok(()),
    }
}

/// Whether nobody decided on a proposal, so that it may turn out to be planted.
fn untouched(snapshot: &Snapshot, proposal: &Proposal) -> Result<(), Refusal> {
    if proposal.state == State::Pending && !snapshot.is_in_tree(proposal) && snapshot.votes(proposal).is_empty() {
        return Ok(());
    }
    Err(Refusal::new(format!("\"{}\" is {}.", proposal.title().line(), snapshot.state_name(proposal)))
        .hint("only what nobody decided on can be planted"))
}

/// Whether a node of `kind` may hang under `parent`.
pub(super) fn fits(
    tree: &super::tree::Tree,
    parent: Option<NodeId>,
    kind: Kind,
    name: &Untrusted,
) -> Result<(), Refusal> {
    let above = match parent {
        None => None,
        Some(id) => match tree.node(id) {
            None => return Err(Refusal::new(format!("There is no accepted node {id}."))),
            Some(node) if !tree.is_active(id) => {
                return Err(
                    Refusal::new(format!("\"{}\" is deprecated.", node.facts.name.line())).hint("restore it first")
                );
            }
            Some(node) => Some(node),
        },
    };
    let allowed = Kind::below(above.map(|node| node.kind));
    if allowed.contains(&kind) {
        return Ok(());
    }
    let place = Kind::place(above.map(|node| node.kind));
    let may: Vec<_> = allowed.iter().map(|kind| kind.plural()).collect();
    let may = if may.is_empty() { "nothing".to_owned() } else { format!("only {}", may.join(" and ")) };
    Err(Refusal::new(format!("\"{}\" is a {kind}; under {place} hangs {may}.", name.line())))
}

/// The step that an acceptance makes, from the event and its proposal alone.
///
/// # Errors
/// The proposal's batch is not there; says so.
pub fn acceptance_step(snapshot: &Snapshot, acceptance: &Acceptance) -> Result<Step, String> {
    let missing = || format!("the batch of proposal {} is missing", acceptance.proposal);
    let proposal = snapshot.record.proposal(acceptance.proposal).ok_or_else(missing)?;
    match (&proposal.body, &acceptance.edit) {
        (Body::Node { kind, facts, .. }, edit) => {
            let facts = match edit {
                Some(Edit::Facts(edited)) => (**edited).clone(),
                _ => facts.clone(),
            };
            let node = Box::new(Node::new(acceptance.node, *kind, facts));
            Ok(Step::Create { place: Place { parent: acceptance.parent, slug: acceptance.slug.clone() }, node })
        }
        (Body::Syllabus { syllabus, .. }, edit) => {
            let syllabus = match edit {
                Some(Edit::Syllabus(edited)) => edited,
                _ => syllabus,
            };
            if !syllabus.is_readable() {
                return Err(step::unreadable(&snapshot.tree.path(acceptance.node)));
            }
            let value = |syllabus: Option<&Syllabus>| serde_json::to_value(syllabus).unwrap_or_default();
            let change = (value(acceptance.replaced.as_deref()), value(Some(syllabus)));
            Ok(Step::Patch { node: acceptance.node, set: [("syllabus".to_owned(), change)].into() })
        }
    }
}

/// All steps of an event that holds, in order. Those of undo and redo are told on the ballot.
///
/// # Errors
/// As [`acceptance_step`].
pub fn steps_of(snapshot: &Snapshot, event: &Event) -> Result<Vec<Step>, String> {
    if let Some(effect) = &event.ballot.effect {
        return Ok(effect.clone());
    }
    match &event.change {
        Change::Accept { on } => {
            let decided = on.iter().filter(|acceptance| !event.ballot.short.contains(&acceptance.proposal));
            decided.map(|acceptance| acceptance_step(snapshot, acceptance)).collect()
        }
        Change::Alias { steps, .. } | Change::Tree { steps, .. } | Change::Settle { steps, .. } => Ok(steps.clone()),
        _ => Ok(vec![]),
    }
}

fn settle(snapshot: &Snapshot) -> Result<Verdict, Refusal> {
    let (on, steps) = turn::unsettled(snapshot);
    if on.is_empty() {
        return Err(Refusal::new("Every outcome of the votes is in the tree."));
    }
    Ok(Verdict { change: Change::Settle { on, steps: steps.clone() }, ballot: Ballot::default(), steps })
}

/// Whether names and children may come to a node.
pub(super) fn still_taught(snapshot: &Snapshot, node: &Node) -> Result<(), Refusal> {
    if snapshot.tree.is_active(node.id) {
        return Ok(());
    }
    Err(Refusal::new(format!("\"{}\" is deprecated.", node.facts.name.line())).hint("restore it first"))
}

/// Adds the names that a node does not have yet to its aliases.
pub(super) fn add_names<'a>(node: &mut Node, names: impl Iterator<Item = &'a Untrusted>) {
    for name in names {
        let wanted = normalise(name.raw());
        let facts = &node.facts;
        let known = facts.names().any(|known| normalise(known.raw()) == wanted);
        if !known {
            node.facts.aliases.push(name.clone());
        }
    }
}

fn revise(
    snapshot: &Snapshot,
    on: ProposalId,
    mut to: Box<Syllabus>,
    (reason, note, batch): (Option<Reason>, Option<Untrusted>, Option<BatchId>),
) -> Result<Verdict, Refusal> {
    let proposal = find(snapshot, on)?;
    undecided(snapshot, proposal)?;
    let Body::Syllabus { syllabus, .. } = &proposal.body else {
        return Err(Refusal::new("Only a proposed syllabus is revised; a node is accepted as edited."));
    };
    to.repair_session_ids();
    if *syllabus == *to {
        return Err(Refusal::new("Nothing was changed."));
    }
    Ok(plain(Change::Revise { on, from: Box::new(syllabus.clone()), to, reason, note, batch }))
}

/// Marks a node as deprecated.
pub(super) fn deprecated(node: &Node, replaced_by: Option<NodeId>, reason: Option<Untrusted>) -> Node {
    Node { deprecated: Some(Deprecation { replaced_by, reason }), ..node.clone() }
}
