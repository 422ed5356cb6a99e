//! `provost retry`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use super::console::Console;
use super::generate;
use super::global::ModelArgs;
use super::homework::{BudgetArgs, Ground, JudgeArgs};
use super::interrupt::block_on;
use super::progress::{Style, Teller};
use super::table::{Table, count, grouped, plain};
use crate::error::{AppError, Kind};
use crate::homework::checks::Check;
use crate::homework::run::RunFile;
use crate::homework::{self, Changes, ItemId, Job, MOST_CONCURRENT, Plan, RunId, dollars, estimate};
use crate::taxonomy::QualitySettings;

/// Retry the failed items of a run
#[derive(Debug, Args)]
#[command(after_help = "\
Requests unfinished items of the run once more, including items that `generate` gave up after three tries. One call \
requests each item once, or up to --tries times until it is good, however often it failed before; you may call retry \
as often as you like. --class selects by the classes that `provost status RUN` prints (refused, truncated, echo, ...). \
The records go into the same run, so its recipe must still be the current one. A judge is not part of the recipe: \
--judge, or `homework: judge: true`, has the new items judged. Finished items, in any run, are never requested again, nor are items of subjects that are no longer approved.

--dry-run sends nothing and shows what a retry would cost. --json, with --dry-run, prints one document: run, items, \
classes, given_up, stale, prompt_tokens, completion_tokens, cost_usd.

Examples:
  provost retry 20261121T101500Z-3fa90c12 --dry-run
  provost retry 20261121T101500Z-3fa90c12
  provost retry 20261121T101500Z-3fa90c12 --class refused --class truncated --tries 2

Exit codes: 0 done, 1 some items failed again, 2 no such run or class, 10 interrupted, or \
another process makes the same items (run again to resume), 11 rate limit or quota, or the server is away (resume later), 42 no model is configured, or the run was made with another recipe")]
pub struct Retry {
    /// Run id, from `provost runs`
    run: RunId,
    /// Only failures of this class; may be repeated [default: all]
    #[arg(long = "class", value_name = "CLASS")]
    classes: Vec<String>,
    /// Only show what would be retried
    #[arg(long)]
    dry_run: bool,
    /// One JSON document
    #[arg(long, requires = "dry_run")]
    json: bool,
    /// Maximum tries per item in this call, 1 to 3
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=3))]
    tries: u32,
    /// Items in progress at once [default: as set in provost.yaml]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MOST_CONCURRENT as i64))]
    concurrency: Option<u32>,
    /// Progress output: auto, bar, json or none
    #[arg(long, value_enum, value_name = "HOW", default_value = "auto", hide_possible_values = true)]
    progress: Style,
    #[command(flatten)]
    judge: JudgeArgs,
    #[command(flatten)]
    budget: BudgetArgs,
    #[command(flatten)]
    model: ModelArgs,
}

/// The class of what a judge found not good enough.
const JUDGED_OUT: &str = Check::JudgedOut.code();

#[derive(Serialize)]
struct Document<'a> {
    run: &'a RunId,
    items: u64,
    classes: BTreeMap<&'a str, u64>,
    given_up: u64,
    stale: u64,
    prompt_tokens: u64,
    completion_tokens: u64,
    cost_usd: Option<f64>,
}

impl Retry {
    /// Runs the command.
    ///
    /// # Errors
    /// There is nothing of the kind, the recipe has changed, or the run ended before its time.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let ground = Ground::of(console, &self.model)?;
        let (snapshot, runs) = (&*ground.snapshot, &ground.runs);
        let unfinished = homework::unfinished(runs, &self.run)?;
        let file = homework::run::read_run(runs, &self.run)?.ok_or_else(|| {
            AppError::new(Kind::Config, format!("The run.yaml of {} is missing or cannot be read.", self.run))
                .hint("`provost generate` in the words of then asks for all that is missing")
        })?;
        let failed = self.chosen(unfinished)?;
        let benchmarks = ground.benchmarks(&[])?;
        let summary = block_on(async {
            let mut means = ground.means().await?;
            self.judge.choose(&mut means, &ground).await?;
            if means.judge().is_none() && !self.judge.is_off() && failed.values().any(|class| class == JUDGED_OUT) {
                let why = "Items that a judge found not good enough would be made again without one.";
                return Err(AppError::usage(why).hint("--judge has the new ones judged; --no-judge goes on without"));
            }
            let plan = means.plan(snapshot, &file.request);
            same_recipe(&plan, &file)?;
            let wanted: HashSet<ItemId> = failed.keys().copied().collect();
            let plan = plan.pick(|item| wanted.contains(&item));
            let changes = Changes::of(&plan, snapshot, runs)?;
            let total = changes.total();
            // What another run has finished meanwhile is left out by the run itself.
            let items = total.to_ask() + total.given_up;
            let stale = wanted.len() as u64 - plan.total();
            if self.dry_run || items == 0 {
                let open = |item: &homework::PlannedItem| changes.of_item(item) != homework::Change::Valid;
                let mut classes: BTreeMap<&str, u64> = BTreeMap::new();
                plan.items().filter(open).for_each(|item| *classes.entry(failed[&item.id].as_str()).or_default() += 1);
                let cost = estimate(&plan, &ground.prompts, &means.prices, means.judge().is_some())?;
                let document = Document {
                    run: &self.run,
                    items,
                    classes,
                    given_up: total.given_up,
                    stale,
                    prompt_tokens: cost.tokens().prompt_tokens,
                    completion_tokens: cost.tokens().completion_tokens,
                    cost_usd: cost.cost_usd,
                };
                return if self.json { console.out.json(&document) } else { document.print(console) }.map(|()| None);
            }
            if stale > 0 {
                let items = count(stale as usize, "item is", "items are");
                console.out.note(&format!("note: {items} left out: what they were made from is approved no longer."));
            }
            let settings = ground.defaults();
            let concurrency = self.concurrency.unwrap_or(settings.concurrency) as usize;
            let job = means.job(Arc::new(plan), runs.clone(), &ground.curator(), concurrency);
            let checks = QualitySettings { tries: Some(self.tries), ..settings.checks.clone() };
            let limits = self.budget.limits().or(job.limits);
            let job = Job { benchmarks, checks, limits, again: Some(self.run.clone()), ..job };
            generate::run(job, &mut Teller::new(self.progress), console.out).await.map(Some)
        })?;
        summary.map_or(Ok(()), |summary| generate::verdict(&summary))
    }

    /// The failures of the chosen classes.
    fn chosen(&self, mut failed: HashMap<ItemId, String>) -> Result<HashMap<ItemId, String>, AppError> {
        let known: std::collections::BTreeSet<String> = failed.values().cloned().collect();
        if let Some(wrong) = self.classes.iter().find(|class| !known.contains(*class)) {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let there = if known.is_empty() { "none at all".to_owned() } else { known.join(", ") };
            return Err(AppError::usage(format!("The run has no failures of the class {wrong}; it has {there}."))
                .hint("`provost status RUN` counts them"));
        }
        failed.retain(|_, class| self.classes.is_empty() || self.classes.contains(class));
        Ok(failed)
    }
}

/// Items of another recipe would be other items.
fn same_recipe(plan: &Plan, file: &RunFile) -> Result<(), AppError> {
    if plan.recipe_hash == file.recipe_hash {
        return Ok(());
    }
    let (then, now) = (&file.recipe, &plan.recipe);
    let steps = [("question", &then.question, &now.question), ("answer", &then.answer, &now.answer)];
    let differs = steps.iter().find(|(_, then, now)| then.model != now.model);
    let what = match differs {
        Some((step, then, now)) => format!("its {step} model was {}, now it is {}", then.model, now.model),
        None => "its prompts, sampling parameters or language were others".to_owned(),
    };
    Err(AppError::new(Kind::Config, format!("The run was made with another recipe: {what}."))
        .hint("choose the models of then (--model, or the profile), or make new items with `provost generate`"))
}

impl Document<'_> {
    fn print(&self, console: &mut Console<'_>) -> Result<(), AppError> {
        let out = &mut *console.out;
        if self.items == 0 {
            return out.line("There is nothing to ask again.");
        }
        let mut table = Table::with_heading(&["class", "items"]).right(&[1]);
        self.classes.iter().for_each(|(class, number)| table.row([plain(*class), plain(grouped(*number))]));
        table.print(out)?;
        let cost = self.cost_usd.map_or("cost not known".to_owned(), |cost| format!("about {}", dollars(cost)));
        out.line(&format!(
            "{} would be asked for, {} of them given up before; about {} tokens sent, {} received; {cost}.",
            count(self.items as usize, "item", "items"),
            grouped(self.given_up),
            grouped(self.prompt_tokens),
            grouped(self.completion_tokens),
        ))?;
        match self.stale {
            0 => Ok(()),
            stale => out.line(&format!("{} more are made from what is approved no longer.", grouped(stale))),
        }
    }
}
