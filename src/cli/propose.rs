//! `provost propose`.

use std::collections::BTreeMap;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use futures_util::stream::{self, StreamExt as _};
use serde::Serialize;

use super::console::Console;
use super::dry_run;
use super::global::{ModelArgs, environment};
use super::interrupt::{Interrupts, block_on};
use super::locate;
use super::table::{count, grouped};
use crate::asking::{Asked, Asker, BY_KIND, Manner, Request, Seats, calls};
use crate::config::Config;
use crate::error::{AppError, Kind as Failure};
use crate::llm::{Class, Prompt, PromptError, PromptSet, Step};
use crate::store::Store;
use crate::taxonomy::id::{NodeId, ProposalId};
use crate::taxonomy::lessons::{Part, Trim};
use crate::taxonomy::node::Kind;
use crate::taxonomy::proposal::Usage;
use crate::taxonomy::snapshot::Snapshot;

/// Subjects whose syllabi are asked for at once; the endpoint's own limit counts below that.
const AT_ONCE: usize = 16;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Nodes that would hang under NODE.
    Children,
    /// The syllabus of NODE, or of every subject below it that has none.
    Syllabus,
}

/// Ask a model for children of a node, or for syllabi
#[derive(Debug, Args)]
#[command(after_help = "\
The replies become proposals; nothing is accepted until somebody decides. Each run asks the same question; a name \
that several runs return is one proposal, seen several times. The prompt lists what is accepted and pending there \
(siblings), what was rejected and why (rejections, up to 20), and how people reworded proposals (edits, up to 8). \
--dry-run prints the prompts; --without leaves parts out.

--by asks once for each entry of a list in the prompt file. `level` and `theme` are in the built-in file; \
prompts/propose.md in the taxonomy directory replaces it.

Examples:
  provost propose /                                             fields
  provost propose natural-sciences/physics --runs 3
  provost propose natural-sciences --kind sub-field
  provost propose physics --by level                            four runs, one a level
  provost propose physics --dry-run --without edits             what is sent
  provost propose natural-sciences/physics --what syllabus      of every subject there that has none
  provost propose physics/optics --hint \"more about fibres\"
  provost propose / --base-url http://127.0.0.1:11434/v1 --model qwen3:32b

Exit codes: 0 done, 1 some runs failed, 2 no such node, 10 interrupted (what came back is kept), \
11 rate limit or quota, 42 no model is configured, or a mistake that a retry cannot fix")]
pub struct Propose {
    /// Node; `/` for the root
    node: String,
    /// children or syllabus [default: syllabus for a subject, else children]
    #[arg(long, value_enum, hide_possible_values = true)]
    what: Option<What>,
    /// With children: the kind, where two are possible
    #[arg(long)]
    kind: Option<Kind>,
    /// Number of runs [default: as set in provost.yaml, else 1; with --by one per entry]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    runs: Option<u32>,
    /// With children: how many to ask for per run
    #[arg(long, value_name = "N")]
    count: Option<u32>,
    /// A hint for the model: what to focus on, or what is wrong so far
    #[arg(long, value_name = "TEXT")]
    hint: Option<String>,
    /// With children: ask separately for each entry of a list in the prompt file: `level` or `theme`
    #[arg(long, value_name = "SET")]
    by: Option<String>,
    /// Leave these out of the prompt: siblings, rejections, edits; separate several with commas
    #[arg(long, value_name = "PARTS", value_delimiter = ',')]
    without: Vec<Part>,
    /// Print the prompts without sending them
    #[arg(long)]
    dry_run: bool,
    /// One JSON document at the end
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    model: ModelArgs,
}

impl Propose {
    /// Runs the command.
    ///
    /// # Errors
    /// Nothing can be asked, or some runs failed.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        if self.dry_run {
            let store = console.read()?;
            let prompts = PromptSet::with_overrides(&store.prompts()?)?;
            let (requests, manner) = self.requests(&store.snapshot())?;
            return dry_run::print(console, &store.snapshot(), &prompts, &requests, &manner, self.json);
        }
        let (config, _) = console.config(Some(&self.model))?;
        let store = console.write()?;
        let snapshot = store.snapshot();
        let (requests, manner) = self.requests(&snapshot)?;
        if manner.strata.is_some() || manner.wordings.is_some() {
            let prompts = PromptSet::with_overrides(&store.prompts()?)?;
            let unknown = |error: PromptError, hint| AppError::usage(error.to_string()).hint(hint);
            if let Some(set) = manner.strata.as_deref().filter(|set| *set != BY_KIND) {
                let hint = "--by NAME, or `strata:` of the step in provost.yaml";
                prompts.strata(Prompt::Propose, set).map_err(|error| unknown(error, hint))?;
            }
            if let Some(set) = &manner.wordings {
                let hint = "`wordings:` of the step in provost.yaml";
                prompts.wordings(Prompt::Propose, set).map_err(|error| unknown(error, hint))?;
            }
        }
        if requests.is_empty() {
            console.out.note("Every subject there has a syllabus, accepted or proposed.");
        }
        let sum = block_on(async {
            let asker = asker(&config, store).await?;
            let mut interrupts = Interrupts::new()?;
            let mut sum = Sum::default();
            let stopped = {
                let asking = ask_all(&asker, requests, &manner, |request, asked| {
                    tell(console, &snapshot, request, &asked, calls(&asker.prompts, request, &manner));
                    sum.add(asked);
                });
                tokio::select! {
                    () = asking => false,
                    () = interrupts.next() => true,
                }
            };
            sum.interrupted = stopped;
            Ok(sum)
        })?;
        if self.json {
            console.out.json(&sum)?;
        } else {
            console.out.line(&sum.words())?;
        }
        sum.verdict()
    }

    /// What to ask, and how.
    fn requests(&self, snapshot: &Snapshot) -> Result<(Vec<Request>, Manner), AppError> {
        let place = locate::place(snapshot, &self.node)?;
        let above = place.and_then(|id| snapshot.tree.node(id)).map(|node| node.kind);
        let subject = above == Some(Kind::Subject);
        let steps = &snapshot.manifest.steps;
        let trim = Trim::of(self.without.iter().copied());
        match self.what {
            Some(What::Syllabus) => {}
            None if subject => {}
            Some(What::Children) | None => {
                let fitting = Kind::below(above);
                let kind = self.kind.or(fitting.first().copied()).filter(|kind| fitting.contains(kind));
                let kind = kind.ok_or_else(|| {
                    let place = Kind::place(above);
                    let wanted = self.kind.map_or("Nothing hangs".to_owned(), |kind| format!("No {kind} hangs"));
                    AppError::usage(format!("{wanted} under {place}."))
                })?;
                let mut manner = Manner::of_children(&steps.propose, trim);
                manner.strata = self.by.clone().or(manner.strata);
                if let Some(runs) = self.runs {
                    (manner.runs, manner.runs_per_stratum) = (runs, runs);
                }
                let request = Request::Children { parent: place, kind, count: self.count, hint: self.hint.clone() };
                return Ok((vec![request], manner));
            }
        }
        let mut manner = Manner::of_syllabus(&steps.syllabus, trim);
        manner.runs = self.runs.unwrap_or(manner.runs);
        let subjects = match place {
            Some(id) if subject => vec![id],
            place => without_syllabus(snapshot, place),
        };
        let request = |subject| Request::Syllabus { subject, hint: self.hint.clone() };
        Ok((subjects.into_iter().map(request).collect(), manner))
    }
}

/// The subjects at or below a place that are taught and have no syllabus, not even a proposed one.
pub fn without_syllabus(snapshot: &Snapshot, place: Option<NodeId>) -> Vec<NodeId> {
    let wanted = |id: &NodeId| {
        let node = snapshot.tree.node(*id);
        node.is_some_and(|node| node.kind == Kind::Subject && node.syllabus.is_none())
            && snapshot.tree.is_active(*id)
            && snapshot.open_syllabi(*id).next().is_none()
    };
    snapshot.tree.subtree(place).into_iter().filter(wanted).collect()
}

/// Everything that asking for proposals needs, on the configured models.
///
/// # Errors
/// No model is configured, or a prompt of the directory cannot be used.
pub async fn asker(config: &Config, store: Store) -> Result<Asker, AppError> {
    let snapshot = store.snapshot();
    let prompts = PromptSet::with_overrides(&store.prompts()?)?;
    let mut seats = Seats::new(config, &environment, &snapshot.manifest);
    let (propose, syllabus) = (seats.seat(Step::Propose).await?, seats.seat(Step::Syllabus).await?);
    tracing::info!(profile = propose.profile, model = propose.settings.model, "nodes are asked for");
    tracing::info!(profile = syllabus.profile, model = syllabus.settings.model, "syllabi are asked for");
    let curator = store.curator().to_owned();
    Ok(Asker { store: store.into_handle(), prompts: Arc::new(prompts), propose, syllabus, curator })
}

/// Asks everything, several requests at once, and reports each run when its request is through.
pub async fn ask_all(asker: &Asker, requests: Vec<Request>, manner: &Manner, mut report: impl FnMut(&Request, Asked)) {
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let asking = stream::iter(requests).for_each_concurrent(AT_ONCE, |request| {
        let tell = tell.clone();
        async move {
            asker.ask(&request, manner, |asked| drop(tell.send((request.clone(), asked)))).await;
        }
    });
    tokio::pin!(asking);
    let mut asked_all = false;
    while !asked_all {
        tokio::select! {
            () = &mut asking => asked_all = true,
            Some((request, asked)) = told.recv() => report(&request, asked),
        }
    }
    while let Ok((request, asked)) = told.try_recv() {
        report(&request, asked);
    }
}

/// The name of the place that a request is about.
pub fn place(snapshot: &Snapshot, request: &Request) -> String {
    match request {
        Request::Children { parent: None, .. } => "/".into(),
        Request::Children { parent: Some(id), .. } | Request::Syllabus { subject: id, .. } => {
            snapshot.name(*id).line().into_owned()
        }
    }
}

fn tell(console: &mut Console<'_>, snapshot: &Snapshot, request: &Request, asked: &Asked, runs: u32) {
    let place = place(snapshot, request);
    let run = if runs > 1 { format!(", run {} of {runs}", asked.run + 1) } else { String::new() };
    match &asked.outcome {
        Ok(receipt) => console.out.note(&format!("{place}{run}: {}", receipt.summary)),
        Err(why) => console.out.note(&format!("{place}{run}: failed: {why}")),
    }
    for bad in &asked.bad {
        console.out.note(&format!("warning: {place}{run}: left out {bad}"));
    }
}

/// What all runs brought.
#[derive(Debug, Default, Serialize)]
pub struct Sum {
    runs: usize,
    failed: usize,
    /// Failures by class.
    failures: BTreeMap<String, usize>,
    /// Proposals that are new.
    pub added: Vec<ProposalId>,
    /// Proposals that were known, in any wording.
    known: usize,
    /// Those of them that were rejected before and are not shown again.
    suppressed: usize,
    bad: Vec<String>,
    usage: Usage,
    interrupted: bool,
    #[serde(skip)]
    classes: Vec<Option<Class>>,
    #[serde(skip)]
    why: Option<String>,
}

impl Sum {
    /// Counts a run in.
    pub fn add(&mut self, asked: Asked) {
        self.runs += 1;
        self.bad.extend(asked.bad);
        self.usage.prompt_tokens += asked.usage.prompt_tokens;
        self.usage.completion_tokens += asked.usage.completion_tokens;
        match asked.outcome {
            Ok(receipt) => {
                self.known += receipt.known;
                self.suppressed += receipt.suppressed;
                self.added.extend(receipt.added);
            }
            Err(why) => {
                self.failed += 1;
                let class = asked.class.map_or("store", Class::as_str);
                *self.failures.entry(class.to_owned()).or_default() += 1;
                self.classes.push(asked.class);
                self.why.get_or_insert(why);
            }
        }
    }

    fn words(&self) -> String {
        let new = count(self.added.len(), "new proposal", "new proposals");
        let runs = count(self.runs, "run", "runs");
        let Usage { prompt_tokens, completion_tokens } = self.usage;
        let tokens = format!("{} tokens sent, {} received", grouped(prompt_tokens), grouped(completion_tokens));
        let suppressed = match self.suppressed {
            0 => String::new(),
            count => format!(" ({} suppressed: rejected before)", grouped(count as u64)),
        };
        format!("{new}, {} known already{suppressed}, from {runs}; {tokens}.", grouped(self.known as u64))
    }

    /// An error where something failed; its kind is that of the failure where all failed alike.
    ///
    /// # Errors
    /// See there.
    pub fn verdict(&self) -> Result<(), AppError> {
        if self.interrupted {
            return Err(AppError::new(Failure::Interrupted, "Interrupted; what came back by then is kept."));
        }
        let Some(why) = &self.why else { return Ok(()) };
        let limited = |class: &Option<Class>| matches!(class, Some(Class::RateLimited | Class::QuotaEnded));
        let config = |class: &Option<Class>| matches!(class, Some(Class::ConfigError | Class::SchemaUnsupported));
        let kind = match () {
            () if self.classes.iter().any(config) => Failure::Config,
            () if self.classes.iter().any(limited) => Failure::RateOrQuota,
            () => Failure::Findings,
        };
        let of = if self.runs == 1 { "The run".to_owned() } else { format!("{} of {} runs", self.failed, self.runs) };
        let error = AppError::new(kind, format!("{of} failed: {why}"));
        Err(match kind {
            Failure::Config => error.hint("fix the profile or pass --base-url and --model; `provost doctor --online`"),
            Failure::RateOrQuota => error.hint("ask again later; what came back is kept"),
            _ => match self.classes.iter().flatten().next() {
                Some(class) => error.hint(way_out(*class)),
                None => error,
            },
        })
    }
}

/// What to do about a failure that may pass. What came back from other runs is kept in any case.
fn way_out(class: Class) -> &'static str {
    match class {
        Class::Transport | Class::Timeout(_) | Class::ServerError | Class::Malformed => {
            "nothing that came back is lost; `provost doctor --online` asks the server, then run it again"
        }
        _ => "nothing that came back is lost; run it again, or tell the model more with --hint",
    }
}
