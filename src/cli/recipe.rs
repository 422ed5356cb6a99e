//! The settings that a new taxonomy directory starts with.

use clap::ValueEnum;

use crate::asking::BY_KIND;
use crate::taxonomy::Manifest;
use crate::taxonomy::manifest::{StepSettings, Structuring, SyllabusText};

/// Which settings `init` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Recipe {
    /// The recommended settings
    #[default]
    Better,
    /// The settings of GLAN, arXiv 2402.13064
    Glan,
}

/// The paper's models: one that asks, one that answers.
const GLAN_MODELS: [&str; 2] = ["gpt-4", "gpt-3.5-turbo"];

/// The second round in the paper's words.
const GLAN_SECOND_ROUND: &str = include_str!("../llm/prompts/glan/structure_nodes.md");

impl Recipe {
    /// The content of `provost.yaml`. `model` asks for everything but answers, `answer_model` answers.
    #[must_use]
    pub fn manifest(self, title: &str, model: Option<String>, answer_model: Option<String>) -> Manifest {
        let mut manifest = Manifest::titled(title);
        match self {
            Self::Better => better(&mut manifest),
            Self::Glan => glan(&mut manifest),
        }
        let steps = &mut manifest.steps;
        for step in [&mut steps.propose, &mut steps.syllabus, &mut steps.question] {
            step.model = model.clone().or(step.model.take());
        }
        steps.answer.model = answer_model.or(model).or(steps.answer.model.take());
        manifest
    }

    /// Prompt templates of its own: name and text.
    #[must_use]
    pub fn prompts(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Better => &[],
            Self::Glan => &[("structure_nodes", GLAN_SECOND_ROUND)],
        }
    }
}

/// Parts of a place in place of the same question ten times, twice each, so that "seen in n of m" still says something.
fn better(manifest: &mut Manifest) {
    let propose = &mut manifest.steps.propose;
    (propose.strata, propose.runs_per_stratum, propose.runs) = (Some(BY_KIND.to_owned()), Some(2), Some(4));
}

/// docs/reproduce-glan.md says for each of these where the paper has it.
fn glan(manifest: &mut Manifest) {
    let [asks, answers] = GLAN_MODELS.map(|model| Some(model.to_owned()));
    let rounds = Some(Structuring::TwoRounds);
    let steps = &mut manifest.steps;
    steps.propose = StepSettings {
        model: asks.clone(),
        structuring: rounds,
        runs: Some(10),
        wordings: Some("taxonomy".to_owned()),
        ..steps.propose.clone()
    };
    steps.syllabus = StepSettings { model: asks.clone(), structuring: rounds, runs: Some(1), ..steps.syllabus.clone() };
    steps.question.model = asks;
    steps.answer.model = answers;
    let quorum = &mut manifest.policy.quorum;
    (quorum.field, quorum.sub_field, quorum.discipline) = (3, 3, 3);
    manifest.homework.syllabus_text = SyllabusText::Raw;
    manifest.homework.per_subject = 500;
}
