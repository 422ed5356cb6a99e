//! `provost similar`.

use clap::Args;
use serde::Serialize;

use super::console::Console;
use super::global::{ModelArgs, environment};
use super::interrupt::{Interrupts, block_on};
use super::locate;
use super::table::{Table, count, faint, plain, strong};
use crate::asking::{Asks, Embedder, Seats};
use crate::error::{AppError, Kind as Failed};
use crate::llm::{Class, Failure};
use crate::store::VectorFile;
use crate::taxonomy::queue::parent_row;
use crate::taxonomy::similarity::{Asking, By, Catalogue, Neighbour, Vector, Vectors, meaning_of, text_key};
use crate::taxonomy::text::reveal_line;
use crate::taxonomy::{Facts, Kind, NodeId, ProposalId, Snapshot, State, Untrusted};

/// Show the nodes most similar to a node or a text, anywhere in the taxonomy
#[derive(Debug, Args)]
#[command(after_help = "\
Lists accepted, proposed and rejected nodes, most similar first. Similarity comes from names, aliases, initials, \
scope and subtopics, and from meaning if embeddings are known. Descendants of the node are left out. A score of 1 is the same name; from .75 on, two names \
very likely mean the same.

WHAT is an id or a path; anything else is treated as text. Embeddings come from the model of the step `embed` in \
provost.yaml (or --model at --base-url); --embed requests those missing from the cache in .provost/embeddings/. \
Without --embed nothing is sent.

--json prints one line per result: id, kind, name, path, state, score, by (name, alias, own-alias, initials, scope, \
meaning), alias, reason.

Examples:
  provost similar natural-sciences/physics/optics
  provost similar \"Ray optics\" --count 5 --json
  provost similar optics --embed

Exit codes: 0 done, 2 bad input, 11 rate limit or quota, 42 no model is configured")]
pub struct Similar {
    /// Id, path or free text
    what: String,
    /// Maximum number of results
    #[arg(long, value_name = "N", default_value_t = 10)]
    count: usize,
    /// JSON lines
    #[arg(long)]
    json: bool,
    /// First request missing embeddings from the model
    #[arg(long)]
    embed: bool,
    #[command(flatten)]
    model: ModelArgs,
}

#[derive(Serialize)]
struct Row {
    id: NodeId,
    kind: Kind,
    name: Untrusted,
    path: String,
    state: &'static str,
    score: f32,
    by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    alias: Option<Untrusted>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl Similar {
    /// Runs the command.
    ///
    /// # Errors
    /// There is no directory, or --embed was wanted and no model answers.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        if self.what.trim().is_empty() {
            return Err(AppError::usage("Nothing to look for; name a node or a text."));
        }
        let store = console.read()?;
        let snapshot = store.snapshot();
        let node = find(&snapshot, &self.what);
        let text = Facts::named(self.what.trim());
        let facts = node.and_then(|id| snapshot.facts(id)).map_or(&text, |(_, facts)| facts);
        let (vectors, own) = self.meanings(console, &snapshot, store.dir(), facts)?;
        let asking = Asking { facts, vector: own.as_ref(), except: node };
        // What hangs below a node is named after it more often than not, and is no other name for it.
        let is_below = |near: &Neighbour| node.is_some_and(|node| ancestors(&snapshot, near.node).contains(&node));
        let below = node.map_or(0, |node| snapshot.tree.subtree(Some(node)).len());
        let mut near = Catalogue::of(&snapshot).nearest(&asking, &vectors, self.count + below.min(MOST_BELOW));
        near.retain(|near| !is_below(near));
        near.truncate(self.count);
        let rows: Vec<Row> = near.into_iter().map(|near| row(&snapshot, facts, near)).collect();
        if self.json {
            return rows.iter().try_for_each(|row| console.out.json(row));
        }
        if rows.is_empty() {
            console.out.note(&format!("Nothing is near \"{}\".", facts.name.line()));
            return Ok(());
        }
        let mut table = Table::new().right(&[0]);
        for row in rows {
            let alias = row.alias.map_or_else(|| row.by.to_owned(), |alias| format!("{}: {}", row.by, alias.line()));
            let state = row.reason.map_or_else(|| row.state.to_owned(), |reason| format!("{}: {reason}", row.state));
            let score = format!("{:.2}", row.score);
            table.row([plain(score), strong(row.name.raw()), plain(state), faint(alias), faint(row.path)]);
        }
        table.print(console.out)
    }

    /// What is known of meanings, asked for before where that is wanted.
    fn meanings(
        &self,
        console: &mut Console<'_>,
        snapshot: &Snapshot,
        root: &std::path::Path,
        facts: &Facts,
    ) -> Result<(Vectors, Option<Vector>), AppError> {
        let nothing = (Vectors::default(), None);
        if snapshot.manifest.steps.embed.is_none() && !self.embed {
            return Ok(nothing);
        }
        let (config, _) = console.config(Some(&self.model))?;
        block_on(async {
            let asks = if self.embed { Asks::Anybody } else { Asks::Nobody };
            let mut seats = Seats::new(&config, &environment, &snapshot.manifest).asking(asks);
            let embedder = match seats.embedder(root.to_owned(), self.embed).await {
                Ok(Some(embedder)) => embedder,
                Err(error) if self.embed => return Err(error.into()),
                // Nothing is to be asked: names will do.
                Ok(None) | Err(_) => return Ok(nothing),
            };
            if !self.embed {
                let (cache, remark) = embedder.cache();
                remark.iter().for_each(|remark| console.out.note(remark));
                let own = own(&cache, facts);
                return Ok((Embedder::known(snapshot, &cache).0, own));
            }
            let mut interrupts = Interrupts::new()?;
            let filled = tokio::select! {
                filled = embedder.fill(snapshot, |_, _, _| {}) => filled,
                () = interrupts.next() => {
                    let text = "Interrupted; what was embedded is kept.";
                    return Err(AppError::new(Failed::Interrupted, text).hint("run it again to go on"));
                }
            };
            filled.remark.iter().for_each(|remark| console.out.note(remark));
            if let Some(failure) = filled.failure {
                return Err(failed(&failure));
            }
            let asked = count(filled.asked, "text", "texts");
            console.out.note(&format!("{asked} embedded by {}, {} known.", embedder.model, filled.vectors.len()));
            let own = match own(&embedder.cache().0, facts) {
                Some(own) => Some(own),
                None => {
                    embedder.ask(&[meaning_of(facts)]).await.ok().and_then(|found| found.into_iter().next().flatten())
                }
            };
            Ok((filled.vectors.as_ref().clone(), own))
        })
    }
}

fn failed(failure: &Failure) -> AppError {
    let (kind, hint) = match failure.class {
        Class::RateLimited | Class::QuotaEnded => (Failed::RateOrQuota, "ask again later; what came back is kept"),
        Class::ConfigError => {
            (Failed::Config, "does this model embed? pass --base-url and --model; `provost doctor --online`")
        }
        _ => (Failed::Findings, "what came back is kept; run it again, or leave out --embed"),
    };
    AppError::new(kind, failure.message.clone()).hint(hint)
}

fn own(cache: &VectorFile, facts: &Facts) -> Option<Vector> {
    cache.get(text_key(&meaning_of(facts))).cloned()
}

/// The node that a text names, accepted or proposed.
fn find(snapshot: &Snapshot, text: &str) -> Option<NodeId> {
    if let Ok(node) = locate::node(snapshot, text) {
        return Some(node);
    }
    let id = locate::proposal(snapshot, text).ok()?;
    Some(snapshot.record.proposal(id)?.body.node())
}

/// So many of what hangs below are looked past.
const MOST_BELOW: usize = 100;

/// What a node hangs under, accepted or proposed.
fn ancestors(snapshot: &Snapshot, node: NodeId) -> Vec<NodeId> {
    // No directory that can be read has a circle, and nothing hangs this deep.
    let above = std::iter::successors(parent_row(snapshot, node), |at| parent_row(snapshot, *at));
    above.take(64).collect()
}

fn row(snapshot: &Snapshot, asked: &Facts, near: Neighbour) -> Row {
    let id = near.node;
    let proposal = snapshot.record.proposal(ProposalId::of_node(id));
    let accepted = snapshot.tree.node(id);
    let state = match (accepted, proposal) {
        (Some(node), _) if node.is_active() => "accepted",
        (Some(_), _) => "deprecated",
        (None, Some(proposal)) => snapshot.state_name(proposal),
        (None, None) => "gone",
    };
    let reason = proposal.filter(|_| accepted.is_none()).and_then(|proposal| match &proposal.state {
        State::Rejected { note: Some(note), .. } => Some(note.line().into_owned()),
        State::Rejected { reason, .. } => Some(reason.title().to_owned()),
        _ => None,
    });
    let facts = snapshot.facts(id);
    let (by, alias) = match near.by {
        By::Name => ("name", None),
        By::Alias(at) => ("alias", facts.and_then(|(_, facts)| facts.aliases.get(at)).cloned()),
        By::OwnAlias(at) => ("own-alias", asked.aliases.get(at).cloned()),
        By::Initials => ("initials", None),
        By::Scope => ("scope", None),
        By::Meaning => ("meaning", None),
    };
    let path = match (accepted, proposal) {
        (None, Some(proposal)) => locate::would_be_path(snapshot, proposal),
        _ => locate::path(snapshot, id),
    };
    let path = reveal_line(&path).into_owned();
    let score = (near.score * 1000.0).round() / 1000.0;
    let kind = facts.map_or(id.kind(), |(kind, _)| kind);
    Row { id, kind, name: snapshot.name(id), path, state, score, by, alias, reason }
}
