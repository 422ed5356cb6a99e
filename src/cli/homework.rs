//! What the commands about homework share: which items are wanted, which models make them, what it may cost.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use clap::Args;

use super::console::{self, Console};
use super::global::{ModelArgs, environment};
use super::locate;
use crate::asking::{Asks, Means, SeatError, Seats};
use crate::config::Config;
use crate::error::{AppError, Kind};
use crate::homework::checks::{BenchmarkError, Benchmarks};
use crate::homework::{Amount, Limits, Plan, PlanRequest, Shard, Shares, StartError, StorageError};
use crate::llm::PromptSet;
use crate::store::Store;
use crate::taxonomy::NodeId;
use crate::taxonomy::manifest::HomeworkDefaults;
use crate::taxonomy::mix::Weight;
use crate::taxonomy::snapshot::Snapshot;

/// Which items are wanted.
#[derive(Debug, Clone, Default, Args)]
pub struct Wanted {
    /// Only subjects at or below these nodes [default: all]
    #[arg(value_name = "NODE")]
    pub nodes: Vec<String>,
    /// Items per eligible subject [default: as set in provost.yaml]
    #[arg(long, value_name = "N", conflicts_with = "count", value_parser = clap::value_parser!(u64).range(1..))]
    pub per_subject: Option<u64>,
    /// Total items, divided evenly
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,
    /// Weight of a branch: 1 is the default, 0 leaves it out; may be repeated
    #[arg(long = "weight", value_name = "NODE=W", value_parser = rule::<Weight>)]
    pub weights: Vec<(String, Weight)>,
    /// Total items for a branch; other branches share the rest; may be repeated
    #[arg(long = "quota", value_name = "NODE=N", value_parser = rule::<u64>)]
    pub quotas: Vec<(String, u64)>,
    /// Seed of the sampling [default: as set in provost.yaml]
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,
    /// Only part K of N, counted from 0; machines with the same commit of the directory divide alike
    #[arg(long, value_name = "K/N")]
    pub shard: Option<Shard>,
}

impl Wanted {
    /// The request, with the directory's defaults.
    ///
    /// # Errors
    /// A node is not there.
    pub fn request(&self, snapshot: &Snapshot) -> Result<PlanRequest, AppError> {
        let defaults = &snapshot.manifest.homework;
        let amount = match (self.per_subject, self.count) {
            (_, Some(count)) => Amount::Count(count),
            (Some(each), None) => Amount::PerSubject(each),
            (None, None) => Amount::PerSubject(u64::from(defaults.per_subject)),
        };
        let places = self.nodes.iter().map(|text| locate::place(snapshot, text));
        let places: Vec<_> = places.collect::<Result<_, _>>()?;
        // The root means everything, as no node does.
        let nodes = places.iter().copied().collect::<Option<Vec<_>>>().unwrap_or_default();
        let shares = Shares { weights: rules(snapshot, &self.weights)?, quotas: rules(snapshot, &self.quotas)? };
        Ok(PlanRequest { nodes, amount, seed: self.seed.unwrap_or(defaults.seed), shares })
    }

    /// The part of a plan that is wanted.
    pub fn part(&self, plan: Plan) -> Plan {
        match self.shard {
            Some(shard) => plan.only(shard),
            None => plan,
        }
    }
}

/// `NODE=NUMBER`; a path may hold `=` before the last one.
fn rule<T: FromStr<Err: std::fmt::Display>>(text: &str) -> Result<(String, T), String> {
    let (node, number) = text.rsplit_once('=').ok_or("write NODE=NUMBER, such as natural-sciences/physics=2")?;
    Ok((node.to_owned(), number.parse().map_err(|error: T::Err| error.to_string())?))
}

/// The nodes of such rules; the root has none, because everything is what the amount is about.
fn rules<T: Copy>(snapshot: &Snapshot, rules: &[(String, T)]) -> Result<Vec<(NodeId, T)>, AppError> {
    let found =
        |(text, number): &(String, T)| match locate::place(snapshot, text)? {
            Some(node) => Ok((node, *number)),
            None => Err(AppError::usage("A weight or quota is for a branch, not for everything.")
                .hint("--per-subject or --count")),
        };
    rules.iter().map(found).collect()
}

/// Who judges.
#[derive(Debug, Clone, Default, Args)]
pub struct JudgeArgs {
    /// Let the model of `steps: judge:` score each question before it is answered, and then each pair
    #[arg(long, conflicts_with = "no_judge")]
    judge: bool,
    /// Use no judge, whatever provost.yaml says
    #[arg(long)]
    no_judge: bool,
    /// Allow a model to judge its own output
    #[arg(long)]
    own_judge: bool,
}

impl JudgeArgs {
    /// Whether it was said that nobody judges.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.no_judge
    }

    /// Takes in the judge that is wanted here or by the directory, or leaves it out.
    ///
    /// # Errors
    /// None is configured, or it would judge its own work.
    pub async fn choose(&self, means: &mut Means, ground: &Ground) -> Result<(), SeatError> {
        let defaults = ground.defaults();
        if self.no_judge {
            means.leave_out_judge();
        } else if self.judge || defaults.judge {
            let own = self.own_judge || defaults.checks.own_judge;
            means.add_judge(&mut ground.seats(), own).await?;
        }
        Ok(())
    }
}

/// What to do where a cap is reached.
pub const HIGHER_CAP: &str = "the same command with a higher --budget-usd, --budget-tokens or --budget-items goes on";

/// What a run may take.
#[derive(Debug, Clone, Default, Args)]
pub struct BudgetArgs {
    /// Cap on the cost, in US dollars [default: as set in your config and provost.yaml]
    #[arg(long, value_name = "USD", value_parser = amount)]
    budget_usd: Option<f64>,
    /// Cap on the tokens, sent and received together
    #[arg(long, value_name = "N")]
    budget_tokens: Option<u64>,
    /// Cap on the items that are requested
    #[arg(long, value_name = "N")]
    budget_items: Option<u64>,
}

impl BudgetArgs {
    /// The caps that are named.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits { usd: self.budget_usd, tokens: self.budget_tokens, items: self.budget_items }
    }
}

/// An amount of money, with or without its sign.
fn amount(text: &str) -> Result<f64, String> {
    let number = text.trim_start_matches('$').parse::<f64>().ok().filter(|usd| *usd >= 0.0 && usd.is_finite());
    number.ok_or_else(|| "write dollars, such as 5 or 0.25".to_owned())
}

/// What such a command reads before it does anything. The directory is not held: people go on deciding meanwhile.
#[derive(Debug)]
pub struct Ground {
    /// The user's configuration, with what the command line says.
    pub config: Config,
    /// The taxonomy as it is now.
    pub snapshot: Arc<Snapshot>,
    /// The prompt templates of the directory.
    pub prompts: PromptSet,
    /// The folder of runs.
    pub runs: PathBuf,
    dir: PathBuf,
}

impl Ground {
    /// Reads it.
    ///
    /// # Errors
    /// The configuration is wrong, there is no directory, or one of its prompts cannot be used.
    pub fn of(console: &mut Console<'_>, model: &ModelArgs) -> Result<Self, AppError> {
        let (config, _) = console.config(Some(model))?;
        let store = console.read()?;
        let (snapshot, prompts) = (store.snapshot(), prompts(&store)?);
        Ok(Self { config, snapshot, prompts, runs: store.runs_dir(), dir: store.dir().to_owned() })
    }

    /// What the directory says about runs.
    #[must_use]
    pub fn defaults(&self) -> &HomeworkDefaults {
        &self.snapshot.manifest.homework
    }

    /// Who asks for it.
    #[must_use]
    pub fn curator(&self) -> String {
        console::curator(&self.config)
    }

    /// The benchmarks of the directory, and `more`.
    ///
    /// # Errors
    /// One cannot be read.
    pub fn benchmarks(&self, more: &[PathBuf]) -> Result<Arc<Benchmarks>, AppError> {
        Ok(Arc::new(Benchmarks::of_directory(&self.dir, &self.defaults().checks, more)?))
    }

    /// Which model is asked for which step.
    #[must_use]
    pub fn seats(&self) -> Seats<'_> {
        Seats::new(&self.config, &environment, &self.snapshot.manifest)
    }

    /// The models that make homework, as configured.
    ///
    /// # Errors
    /// No model is configured for one of the steps.
    pub async fn means(&self) -> Result<Means, SeatError> {
        self.means_asking(Asks::Anybody).await
    }

    /// The models that make homework; only these servers are asked which they have.
    ///
    /// # Errors
    /// No model is configured for one of the steps, or found.
    pub async fn means_asking(&self, asks: Asks) -> Result<Means, SeatError> {
        Means::of(&mut self.seats().asking(asks), self.prompts.clone()).await
    }
}

/// The prompt templates of a directory.
///
/// # Errors
/// One of its own cannot be used.
pub fn prompts(store: &Store) -> Result<PromptSet, AppError> {
    Ok(PromptSet::with_overrides(&store.prompts()?)?)
}

impl From<StorageError> for AppError {
    fn from(error: StorageError) -> Self {
        AppError::new(Kind::Other, error.to_string())
    }
}

impl From<BenchmarkError> for AppError {
    fn from(error: BenchmarkError) -> Self {
        AppError::usage(error.to_string())
    }
}

impl From<StartError> for AppError {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Empty => AppError::usage(error.to_string()),
            // Whoever starts shards may come before the last one is gone: start it again.
            StartError::Busy(_) | StartError::Overlaps(_) => AppError::new(Kind::Interrupted, error.to_string()),
            StartError::Unpriced(_) => AppError::new(Kind::Config, error.to_string()),
            StartError::Storage(error) => error.into(),
        }
    }
}
