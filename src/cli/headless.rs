//! `provost demo --headless`: the whole job without a terminal, on the sample and the demo model.

use std::path::Path;
use std::sync::Arc;

use super::console::{Console, curator};
use super::export;
use super::generate;
use super::global::{ModelArgs, environment};
use super::homework::prompts;
use super::interrupt::block_on;
use super::progress::{Style, Teller};
use super::propose::{Sum, ask_all, asker, without_syllabus};
use super::table::count;
use crate::asking::{Asker, Manner, Means, Request, Seats};
use crate::error::AppError;
use crate::homework::{self, Amount, ExportRequest, Format, Limit, PlanRequest, Selection, Summary, Target};
use crate::taxonomy::id::{NodeId, ProposalId};
use crate::taxonomy::lint::{self, Finding};
use crate::taxonomy::node::Kind;
use crate::taxonomy::op::Op;
use crate::taxonomy::snapshot::Snapshot;

/// How often each discipline is asked for subjects.
const RUNS: u32 = 3;
/// Syllabi that are asked for, at the most.
const SYLLABI: usize = 6;
/// Items that are generated.
const ITEMS: u64 = 50;
/// Items under way at once.
const CONCURRENCY: usize = 16;

/// Proposes, accepts what passes the checks, generates and exports, and says what came of it.
///
/// # Errors
/// One of the steps failed; what was done by then stays.
pub fn run(console: &mut Console<'_>, dir: &Path, model: &ModelArgs) -> Result<(), AppError> {
    let (config, _) = console.config(Some(model))?;
    let store = console.write_at(dir, curator(&config))?;
    let (runs, by) = (store.runs_dir(), store.curator().to_owned());
    let prompts = prompts(&store)?;
    let file = dir.join("homework.jsonl");
    let summary = block_on(async {
        let asker = asker(&config, store).await?;
        propose(console, &asker).await?;
        let snapshot = asker.store.snapshot();
        let means = Means::of(&mut Seats::new(&config, &environment, &snapshot.manifest), prompts).await?;
        let seed = snapshot.manifest.homework.seed;
        let request = PlanRequest { nodes: vec![], amount: Amount::Count(ITEMS), seed, shares: Default::default() };
        let plan = Arc::new(means.plan(&snapshot, &request));
        let job = means.job(plan, runs.clone(), &by, CONCURRENCY);
        let summary = generate::run(job, &mut Teller::new(Style::Auto), console.out).await?;
        let target = Target::File(file.clone());
        let selection = Selection::default();
        let (format, limit) = (Format::Messages, Limit::default());
        let request = ExportRequest { selection: &selection, format, target: &target, limit, license: None };
        let exported = homework::export(&snapshot, &runs, &request)?;
        export::tell(console, &exported, &file)?;
        Ok(summary)
    })?;
    example(console, &summary)?;
    console.out.line(&format!("The taxonomy is in {}; `provost -C {0}` opens it.", dir.display()))?;
    generate::verdict(&summary)
}

/// Asks for subjects in one discipline of each field, then for syllabi, and accepts what passes.
async fn propose(console: &mut Console<'_>, asker: &Asker) -> Result<(), AppError> {
    let disciplines = one_of_each_field(&asker.store.snapshot());
    let children =
        |parent: &NodeId| Request::Children { parent: Some(*parent), kind: Kind::Subject, count: None, hint: None };
    let requests = disciplines.iter().map(children).collect();
    decide(console, asker, requests, RUNS, ("subject", "subjects")).await?;
    let snapshot = asker.store.snapshot();
    let wanting = disciplines.iter().flat_map(|discipline| without_syllabus(&snapshot, Some(*discipline)));
    let requests = wanting.take(SYLLABI).map(|subject| Request::Syllabus { subject, hint: None }).collect();
    decide(console, asker, requests, 1, ("syllabus", "syllabi")).await
}

/// The first discipline below each field.
fn one_of_each_field(snapshot: &Snapshot) -> Vec<NodeId> {
    let is_discipline = |id: &NodeId| snapshot.tree.node(*id).is_some_and(|node| node.kind == Kind::Discipline);
    let fields = snapshot.tree.children(None).iter();
    fields.filter_map(|field| snapshot.tree.subtree(Some(*field)).into_iter().find(is_discipline)).collect()
}

/// Asks, and accepts in one decision what is new and passes every check.
async fn decide(
    console: &mut Console<'_>,
    asker: &Asker,
    requests: Vec<Request>,
    runs: u32,
    (one, several): (&str, &str),
) -> Result<(), AppError> {
    let mut sum = Sum::default();
    ask_all(asker, requests, &Manner::runs(runs), |_, asked| sum.add(asked)).await;
    sum.verdict()?;
    let snapshot = asker.store.snapshot();
    let passes = |id: &ProposalId| {
        let proposal = snapshot.record.proposal(*id);
        proposal.is_some_and(|found| {
            snapshot.is_open(found) && lint::proposal(&snapshot, found).iter().all(Finding::is_info)
        })
    };
    let on: Vec<ProposalId> = sum.added.iter().copied().filter(passes).collect();
    let (proposed, accepted) = (count(sum.added.len(), one, several), on.len());
    if !on.is_empty() {
        asker.store.submit(Op::Accept { on, edit: None, under: None }).await?;
    }
    console.out.line(&format!("{proposed} proposed, {accepted} passed the checks and were accepted."))
}

/// The shortest of the newest items, so that the summary shows what was made.
fn example(console: &mut Console<'_>, summary: &Summary) -> Result<(), AppError> {
    let sound = summary.progress.newest.iter().filter(|item| item.unfit.is_none());
    let Some(item) = sound.min_by_key(|item| item.question.raw().len() + item.answer.raw().len()) else {
        return Ok(());
    };
    let path: Vec<_> = item.path.iter().map(|name| name.line()).collect();
    console.out.line(&format!("For example, in {}:", path.join(" > ")))?;
    console.out.line(&format!("  Q: {}", item.question.line().trim()))?;
    console.out.line(&format!("  A: {}", item.answer.line().trim()))
}
