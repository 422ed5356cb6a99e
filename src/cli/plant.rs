//! `provost plant`: proposals that a person knows to be wrong, to see who notices.

use std::collections::HashSet;

use clap::Args;

use super::console::Console;
use super::locate;
use crate::error::AppError;
use crate::store::{distinct, now, timestamp};
use crate::taxonomy::proposal::BatchHead;
use crate::taxonomy::{Batch, BatchId, Facts, Kind, NodeId, Op, ProposalId, Proposed, Snapshot, Source, Untrusted};

/// Plant wrong proposals to see who notices
#[derive(Debug, Args)]
#[command(after_help = "\
Plant what a careful curator should reject: an accepted node under another name, or under a wrong parent. On the \
screen and in lists a planted proposal looks like the latest proposal next to it, or else like one of the model that \
proposed last. Accepting it never brings it into the tree. `provost stats` shows how many planted proposals each \
curator caught; nothing reveals them earlier. `provost undo` turns one into an ordinary proposal.

Examples:
  provost plant natural-sciences/physics \"Science of light\" --because \"it is Optics\"
  provost plant arts/music Optics --because \"wrong parent\"

Exit codes: 0 done, 2 the name is known there already, or no model proposed anything yet")]
pub struct Plant {
    /// Parent node of the planted proposal; `/` for the root
    parent: String,
    /// Names
    #[arg(required = true)]
    names: Vec<String>,
    /// field, sub-field, discipline or subject
    #[arg(long)]
    kind: Option<Kind>,
    /// Scope, as a proposal would state it
    #[arg(long)]
    scope: Option<String>,
    /// What is wrong with it, for the log
    #[arg(long, value_name = "WORDS")]
    because: Option<String>,
}

impl Plant {
    /// Runs the command.
    ///
    /// # Errors
    /// A name is known there, or there is no batch to look like.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let mut store = console.write()?;
        let snapshot = store.snapshot();
        let parent = locate::place(&snapshot, &self.parent)?;
        let above = parent.and_then(|id| snapshot.tree.node(id));
        let likely = Kind::below(above.map(|node| node.kind)).first().copied();
        let kind = self.kind.or(likely).ok_or_else(|| AppError::usage("Nothing hangs under a subject."))?;
        let names: Vec<Untrusted> = self.names.into_iter().map(Untrusted::from).collect();
        let on: Vec<ProposalId> =
            names.iter().map(|name| unknown(&snapshot, parent, kind, name)).collect::<Result<_, _>>()?;
        // One that proposed something beside it where there is any, else of a model, else an import.
        let siblings = snapshot.record.proposed_children(parent);
        let beside: HashSet<BatchId> = siblings.flat_map(|sibling| sibling.seen.iter().map(|(id, _)| *id)).collect();
        let likeness =
            |batch: &BatchHead| (beside.contains(&batch.id), matches!(batch.source, Source::Model { .. }), batch.id);
        let newest = snapshot.record.batches().max_by_key(|batch| likeness(batch));
        let newest = newest.map(|batch| batch.id).ok_or_else(|| {
            AppError::usage("Nothing was proposed yet, so this would be easy to tell.").hint("`provost propose` first")
        })?;
        let like = store.batch(newest).map_err(AppError::from)?;
        let scope = self.scope.map(Untrusted::from);
        let proposed = |name: Untrusted| {
            let facts = Facts { scope: scope.clone(), ..Facts::named(name) };
            Proposed::Node { parent, kind, facts, rationale: None }
        };
        let (moment, by) = (now(), store.curator().to_owned());
        let id = BatchId::new(moment, distinct());
        let proposals = names.into_iter().map(proposed).collect();
        let batch = Batch { id, at: timestamp(moment), by, about: parent, bad: vec![], proposals, ..like };
        console.submit(&mut store, Op::Plant { on, because: self.because.map(Untrusted::from) })?;
        console.submit(&mut store, Op::Propose(Box::new(batch))).map(drop)
    }
}

/// The id of what nobody proposed or accepted yet.
fn unknown(snapshot: &Snapshot, parent: Option<NodeId>, kind: Kind, name: &Untrusted) -> Result<ProposalId, AppError> {
    let node = NodeId::derive(parent, kind, name.raw(), 0);
    let id = ProposalId::of_node(node);
    if snapshot.record.proposal(id).is_some() || snapshot.tree.child_by_name(parent, name.raw()).is_some() {
        return Err(AppError::usage(format!("\"{}\" is known there already.", name.line()))
            .hint("a planted proposal is a new one: other words, or another place"));
    }
    Ok(id)
}
