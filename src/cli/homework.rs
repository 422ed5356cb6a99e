//! What `plan` and `generate` share: which items are wanted, and which models make them.

use std::str::FromStr;

use clap::Args;

use super::global::environment;
use super::locate;
use crate::asking::{Means, SeatError, Seats};
use crate::config::Config;
use crate::error::{AppError, Kind};
use crate::homework::checks::BenchmarkError;
use crate::homework::{Amount, Plan, PlanRequest, Shard, Shares, StartError, StorageError};
use crate::llm::PromptSet;
use crate::store::Store;
use crate::taxonomy::NodeId;
use crate::taxonomy::mix::Weight;
use crate::taxonomy::snapshot::Snapshot;

/// Which items are wanted.
#[derive(Debug, Clone, Default, Args)]
pub struct Wanted {
    /// The nodes whose subjects are meant [default: all]
    #[arg(value_name = "NODE")]
    pub nodes: Vec<String>,
    /// This many items for each eligible subject [default: as provost.yaml says]
    #[arg(long, value_name = "N", conflicts_with = "count", value_parser = clap::value_parser!(u64).range(1..))]
    pub per_subject: Option<u64>,
    /// This many items together, shared out evenly
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,
    /// A weight for a branch, 1 is what others have; 0 leaves it out; may be given several times
    #[arg(long = "weight", value_name = "NODE=W", value_parser = rule::<Weight>)]
    pub weights: Vec<(String, Weight)>,
    /// This many items for a branch together; the rest goes to the others; may be given several times
    #[arg(long = "quota", value_name = "NODE=N", value_parser = rule::<u64>)]
    pub quotas: Vec<(String, u64)>,
    /// What every draw follows from [default: as provost.yaml says]
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,
    /// Only this one of N parts, counted from 0: on every machine the same division, as long as the directory's commit is the same
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

/// The models that make homework, as configured.
///
/// # Errors
/// No model is configured for one of the steps.
pub async fn means(config: &Config, snapshot: &Snapshot, prompts: PromptSet) -> Result<Means, SeatError> {
    Means::of(&mut Seats::new(config, &environment, &snapshot.manifest), prompts).await
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
            StartError::Busy(_) => AppError::new(Kind::Interrupted, error.to_string()),
            StartError::Unpriced(_) => AppError::new(Kind::Config, error.to_string()),
            StartError::Storage(error) => error.into(),
        }
    }
}
