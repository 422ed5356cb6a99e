//! `provost.yaml`: what a taxonomy directory says about itself. It names models and profiles,
//! never a URL, a key or a command.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::lint::CheckSettings;
use super::mix::{BranchRule, Mix, QuestionType, QuotaRule, WeightRule};
use super::policy::Policy;
use super::quality::QualitySettings;
use super::text::Untrusted;

/// The version of the file formats that this program writes.
pub const FORMAT: u32 = 1;

/// The content of `provost.yaml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the file formats in the directory.
    #[serde(default = "format_now")]
    pub format: u32,
    /// What the taxonomy is called.
    pub title: Untrusted,
    /// The language that proposals and homework are written in.
    #[serde(default = "english")]
    pub language: Untrusted,
    /// How each step asks.
    #[serde(default)]
    pub steps: Steps,
    /// How many curators decide.
    #[serde(default)]
    pub policy: Policy,
    /// Defaults of a run.
    #[serde(default)]
    pub homework: HomeworkDefaults,
    /// Which checks are left out, and their limits.
    #[serde(default, skip_serializing_if = "CheckSettings::is_default")]
    pub checks: CheckSettings,
}

fn format_now() -> u32 {
    FORMAT
}

fn english() -> Untrusted {
    "English".into()
}

/// The steps that ask a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Steps {
    /// Fields down to subjects.
    pub propose: StepSettings,
    /// The syllabus of a subject.
    pub syllabus: StepSettings,
    /// One homework question.
    pub question: StepSettings,
    /// Its answer.
    pub answer: StepSettings,
    /// A verdict on a finished item.
    pub judge: StepSettings,
    /// Names and scopes to vectors, so that neighbours are found by meaning; absent: by names alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub embed: Option<EmbedSettings>,
}

/// Who embeds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EmbedSettings {
    /// A profile of the user's config.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The model's name at that endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

impl Default for Steps {
    fn default() -> Self {
        let at = |temperature, top_p| StepSettings {
            temperature: Some(temperature),
            top_p: Some(top_p),
            ..StepSettings::default()
        };
        Self {
            propose: StepSettings { runs: Some(10), ..at(1.0, 0.95) },
            syllabus: at(1.0, 0.95),
            question: at(1.0, 0.95),
            answer: at(0.7, 0.95),
            judge: at(0.0, 1.0),
            embed: None,
        }
    }
}

/// How one step asks. What is absent comes from the profile, then from the server.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StepSettings {
    /// A profile of the user's config.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The model's name at that endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Sampling temperature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Nucleus sampling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// Tokens that a reply may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// How often one question is asked (proposals; GLAN section 3.1 asks ten times).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs: Option<u32>,
    /// A set of strata of the prompt file: each of its entries is asked about on its own (proposals
    /// only). `by-kind`: the set that the prompt file names for the kind that is asked for; kinds
    /// without one are asked about `runs` times.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strata: Option<String>,
    /// How often each stratum is asked about; once where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs_per_stratum: Option<u32>,
    /// A set of wordings of the prompt file: the runs of one question take its instructions in turn.
    /// For fields, sub-fields and disciplines (GLAN section 2.1: "a set of different instructions").
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wordings: Option<String>,
    /// `auto` (a JSON schema where the endpoint takes one), `schema`, or `two-rounds` (the
    /// paper's way).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub structuring: Option<Structuring>,
}

/// How a step gets structured data out of a reply.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Structuring {
    /// Schema where the endpoint takes one, else two rounds.
    #[default]
    Auto,
    /// A JSON schema, or fail.
    Schema,
    /// Free text, then a second call that turns it into JSON lines.
    TwoRounds,
}

/// Defaults of `generate`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HomeworkDefaults {
    /// The seed that every draw follows from.
    pub seed: u64,
    /// Items for each eligible subject.
    pub per_subject: u32,
    /// Requests in flight.
    pub concurrency: u32,
    /// What the question step is told of the syllabus.
    #[serde(skip_serializing_if = "SyllabusText::is_outline")]
    pub syllabus_text: SyllabusText,
    /// The types of question; only open ones where it is absent.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub types: Mix<QuestionType>,
    /// The languages of homework; that of the taxonomy where it is absent.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub languages: Mix<String>,
    /// Tokens of documents in one prompt, at most; four characters count as one.
    #[serde(skip_serializing_if = "is_usual_budget")]
    pub document_tokens: u32,
    /// Other types or languages for some branches.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub branches: Vec<BranchRule>,
    /// What gets more items than others, and what fewer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub weights: Vec<WeightRule>,
    /// What gets a number of items of its own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quotas: Vec<QuotaRule>,
    /// Whether a model judges every item.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub judge: bool,
    /// Which checks on items are left out, and their limits.
    #[serde(skip_serializing_if = "QualitySettings::is_default")]
    pub checks: QualitySettings,
    /// The most that one run may take; it can lower what the user's config allows and never raise it.
    #[serde(skip_serializing_if = "Limits::is_none")]
    pub budget: Limits,
}

/// The most that one run may take, all its starts together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// US dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usd: Option<f64>,
    /// Tokens sent and received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
    /// Items asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<u64>,
}

impl Limits {
    /// Whether nothing is capped.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// The lower of each: what two people allow together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            usd: [self.usd, other.usd].into_iter().flatten().reduce(f64::min),
            tokens: [self.tokens, other.tokens].into_iter().flatten().min(),
            items: [self.items, other.items].into_iter().flatten().min(),
        }
    }

    /// These where they say something, else `other`.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { usd: self.usd.or(other.usd), tokens: self.tokens.or(other.tokens), items: self.items.or(other.items) }
    }
}

impl Default for HomeworkDefaults {
    fn default() -> Self {
        Self {
            seed: 1,
            per_subject: 20,
            concurrency: 16,
            syllabus_text: SyllabusText::default(),
            types: Mix::new(),
            languages: Mix::new(),
            document_tokens: DOCUMENT_TOKENS,
            branches: Vec::new(),
            weights: Vec::new(),
            quotas: Vec::new(),
            judge: false,
            checks: QualitySettings::default(),
            budget: Limits::default(),
        }
    }
}

/// Tokens of documents in one prompt where nobody says otherwise.
const DOCUMENT_TOKENS: u32 = 1_500;

fn is_usual_budget(tokens: &u32) -> bool {
    *tokens == DOCUMENT_TOKENS
}

/// What the question step is told of the syllabus (GLAN section 2.4: "the entire syllabus").
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SyllabusText {
    /// What was accepted, laid out from its parts.
    #[default]
    Outline,
    /// The free text in which the model designed it, for as long as what was accepted is what that
    /// text said; the outline after an edit.
    Raw,
}

impl SyllabusText {
    fn is_outline(&self) -> bool {
        *self == Self::Outline
    }
}

impl Manifest {
    /// A new manifest with defaults.
    #[must_use]
    pub fn titled(title: impl Into<Untrusted>) -> Self {
        Self {
            format: FORMAT,
            title: title.into(),
            language: english(),
            steps: Steps::default(),
            policy: Policy::default(),
            homework: HomeworkDefaults::default(),
            checks: CheckSettings::default(),
        }
    }
}
