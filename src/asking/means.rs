//! The models that make homework, together with their prompts and prices: what a plan and a run
//! are made with.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Seat, SeatError, Seats};
use crate::homework::judge::Judge;
use crate::homework::{Job, Limits, Plan, PlanRequest, Price, Prices, Recipe};
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
    /// Who judges, where the directory wants a judge; or why nobody can.
    pub judge: Option<Result<Seat, String>>,
    /// What a run may take where its start does not say.
    pub limits: Limits,
}

impl Means {
    /// As configured.
    ///
    /// # Errors
    /// No model is configured for one of the steps.
    pub async fn of(seats: &mut Seats<'_>, prompts: PromptSet) -> Result<Self, SeatError> {
        let (question, answer) = (seats.seat(Step::Question).await?, seats.seat(Step::Answer).await?);
        let price = |step, seat: &Seat| seats.price(step, &seat.settings.model);
        let prices = Prices {
            question: price(Step::Question, &question),
            answer: price(Step::Answer, &answer),
            ..Prices::default()
        };
        tracing::info!(profile = question.profile, model = question.settings.model, "questions are asked for");
        tracing::info!(profile = answer.profile, model = answer.settings.model, "answers are asked for");
        let limits = seats.limits();
        let mut means = Self { prompts, question, answer, prices, judge: None, limits };
        let defaults = seats.manifest().homework.clone();
        // Whoever only plans needs no judge, so what is wrong with it is said when a run starts.
        if defaults.judge
            && let Err(error) = means.add_judge(seats, defaults.checks.own_judge).await
        {
            means.judge = Some(Err(format!("{error} ({})", error.hint())));
        }
        Ok(means)
    }

    /// Takes in the judge of the step `judge`. What a model wrote itself it may judge only where that is wanted (`own`).
    ///
    /// # Errors
    /// None is configured, or it would judge its own work.
    pub async fn add_judge(&mut self, seats: &mut Seats<'_>, own: bool) -> Result<(), SeatError> {
        let judge = seats.seat(Step::Judge).await?;
        let model = &judge.settings.model;
        if !own && [&self.question, &self.answer].iter().any(|writer| writer.settings.model == *model) {
            return Err(SeatError::OwnJudge { model: model.clone() });
        }
        self.prices.judge = seats.price(Step::Judge, model);
        tracing::info!(profile = judge.profile, model = judge.settings.model, "items are judged");
        self.judge = Some(Ok(judge));
        Ok(())
    }

    /// Who judges, where somebody does.
    #[must_use]
    pub fn judge(&self) -> Option<Judge> {
        let seat = self.judge.as_ref()?.as_ref().ok()?;
        Some(Judge { client: seat.client.clone(), settings: seat.settings.clone() })
    }

    /// Why the judge that the directory wants cannot be had.
    #[must_use]
    pub fn judge_missing(&self) -> Option<&str> {
        self.judge.as_ref()?.as_ref().err().map(String::as_str)
    }

    /// Goes on without a judge.
    pub fn leave_out_judge(&mut self) {
        self.judge = None;
    }

    /// The models with their prices, each once: questions, answers, the judge.
    #[must_use]
    pub fn priced(&self) -> Vec<(&str, Option<Price>)> {
        let judge = self.judge.as_ref().and_then(|judge| judge.as_ref().ok());
        let seats = [Some((&self.question, self.prices.question)), Some((&self.answer, self.prices.answer))];
        let seats = seats.into_iter().chain([judge.map(|judge| (judge, self.prices.judge))]).flatten();
        let mut models: Vec<_> = seats.map(|(seat, price)| (seat.settings.model.as_str(), price)).collect();
        let mut told = HashSet::new();
        models.retain(|(model, _)| told.insert(*model));
        models
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
            judge: self.judge(),
            again: None,
            limits: self.limits,
        }
    }
}

/// The plan for a request where no model is configured yet: the same subjects and counts, other items.
#[must_use]
pub fn plan_without_models(snapshot: &Snapshot, request: &PlanRequest, prompts: &PromptSet) -> Plan {
    let none = || (String::new(), Sampling::default());
    Plan::new(snapshot, request, &Recipe::new(prompts, snapshot.manifest.language.raw(), none(), none()))
}
