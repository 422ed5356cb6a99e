//! What `plan` and `generate` share: which items are wanted, and which models make them.

use clap::Args;

use super::global::environment;
use super::locate;
use crate::asking::{Seat, SeatError, Seats};
use crate::config::Config;
use crate::error::{AppError, Kind};
use crate::homework::{Amount, Plan, PlanRequest, Price, Prices, Recipe, StartError, StorageError};
use crate::llm::{PromptSet, Sampling, Step};
use crate::store::Store;
use crate::taxonomy::snapshot::Snapshot;

/// Which items are wanted.
#[derive(Debug, Clone, Default, Args)]
pub struct Wanted {
    /// The nodes whose subjects are meant [default: all]
    #[arg(value_name = "NODE")]
    pub nodes: Vec<String>,
    /// This many items for each eligible subject [default: as provost.yaml says]
    #[arg(long, value_name = "N", conflicts_with = "count")]
    pub per_subject: Option<u64>,
    /// This many items together, shared out evenly
    #[arg(long, value_name = "N")]
    pub count: Option<u64>,
    /// What every draw follows from [default: as provost.yaml says]
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,
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
        Ok(PlanRequest { nodes, amount, seed: self.seed.unwrap_or(defaults.seed) })
    }
}

/// The models that make items, and the prompts they are asked with.
pub struct Means {
    /// Prompt templates.
    pub prompts: PromptSet,
    /// Who writes questions.
    pub question: Seat,
    /// Who answers them.
    pub answer: Seat,
    /// What tokens cost, where it is known.
    pub prices: Prices,
}

impl Means {
    /// As configured.
    ///
    /// # Errors
    /// No model is configured for one of the steps.
    pub fn of(config: &Config, snapshot: &Snapshot, prompts: PromptSet) -> Result<Self, SeatError> {
        let mut seats = Seats::new(config, &environment, &snapshot.manifest);
        let mut price = |step| {
            let prices = seats.prices(step)?;
            Ok::<_, SeatError>(prices.map(|prices| Price { prompt: prices.prompt, completion: prices.completion }))
        };
        let prices = Prices { question: price(Step::Question)?, answer: price(Step::Answer)? };
        let (question, answer) = (seats.seat(Step::Question)?, seats.seat(Step::Answer)?);
        tracing::info!(profile = question.profile, model = question.settings.model, "questions are asked for");
        tracing::info!(profile = answer.profile, model = answer.settings.model, "answers are asked for");
        Ok(Self { prompts, question, answer, prices })
    }

    /// The plan for a request with these models.
    #[must_use]
    pub fn plan(&self, snapshot: &Snapshot, request: &PlanRequest) -> Plan {
        let pair = |seat: &Seat| (seat.settings.model.clone(), seat.settings.sampling.clone());
        let language = snapshot.manifest.language.raw();
        let recipe = Recipe::new(&self.prompts, language, pair(&self.question), pair(&self.answer));
        Plan::new(snapshot, request, &recipe)
    }
}

/// The plan for a request where no model is configured yet: the same subjects and counts, other items.
#[must_use]
pub fn plan_without_models(snapshot: &Snapshot, request: &PlanRequest, prompts: &PromptSet) -> Plan {
    let none = || (String::new(), Sampling::default());
    Plan::new(snapshot, request, &Recipe::new(prompts, snapshot.manifest.language.raw(), none(), none()))
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

impl From<StartError> for AppError {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Empty => AppError::usage(error.to_string()),
            StartError::Busy(_) => AppError::new(Kind::Other, error.to_string()),
            StartError::Storage(error) => error.into(),
        }
    }
}
