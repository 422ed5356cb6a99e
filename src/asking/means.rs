//! The models that make homework, together with their prompts and prices: what a plan and a run
//! are made with.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Seat, SeatError, Seats};
use crate::homework::{Job, Plan, PlanRequest, Price, Prices, Recipe};
use crate::llm::{PromptSet, Sampling, Step};
use crate::taxonomy::{QualitySettings, Snapshot};

/// Who writes questions, who answers them, with which prompts, at which prices. Cheap to clone.
#[derive(Clone)]
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
    pub async fn of(seats: &mut Seats<'_>, prompts: PromptSet) -> Result<Self, SeatError> {
        let mut price = |step| {
            let prices = seats.prices(step)?;
            Ok::<_, SeatError>(prices.map(|prices| Price { prompt: prices.prompt, completion: prices.completion }))
        };
        let prices = Prices { question: price(Step::Question)?, answer: price(Step::Answer)? };
        let (question, answer) = (seats.seat(Step::Question).await?, seats.seat(Step::Answer).await?);
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

    /// A run of a plan that was made with these models; `runs` is the folder of all runs.
    #[must_use]
    pub fn job(&self, plan: Arc<Plan>, runs: PathBuf, curator: &str, concurrency: usize) -> Job {
        Job {
            plan,
            prompts: self.prompts.clone(),
            question: self.question.client.clone(),
            answer: self.answer.client.clone(),
            prices: self.prices,
            runs,
            curator: curator.to_owned(),
            concurrency,
            benchmarks: Arc::default(),
            checks: QualitySettings::default(),
        }
    }
}

/// The plan for a request where no model is configured yet: the same subjects and counts, other items.
#[must_use]
pub fn plan_without_models(snapshot: &Snapshot, request: &PlanRequest, prompts: &PromptSet) -> Plan {
    let none = || (String::new(), Sampling::default());
    Plan::new(snapshot, request, &Recipe::new(prompts, snapshot.manifest.language.raw(), none(), none()))
}
