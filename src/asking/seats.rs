//! Which model is asked for which step: the user's profiles, seen through `provost.yaml`.
//!
//! A directory names profiles and models; addresses and keys come from the user alone.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::time::Duration;

use super::embedding::Embedder;
use super::job::Seat;
use crate::config::{
    Budget, Config, ConfigError, Environment, KeyHeader as ConfigHeader, Price as Configured, Profile,
    Structuring as ConfigStructuring,
};
use crate::homework::{Limits, MOST_CONCURRENT, Price, Prices, StepModels};
use crate::llm::{
    Client, Endpoint, EndpointError, KeyHeader, Origin, Retries, Sampling, Secret, Step, StepSettings, Structuring, Url,
};
use crate::taxonomy::Manifest;
use crate::taxonomy::manifest::{StepSettings as Wanted, Structuring as Named};
use crate::taxonomy::text::reveal_line;

/// Why no model can be asked.
#[derive(Debug, thiserror::Error)]
pub enum SeatError {
    /// No profile, or its key cannot be had.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The profile's server cannot be used.
    #[error("Profile `{profile}`: {source}")]
    Endpoint {
        /// Its name.
        profile: String,
        /// Why.
        source: EndpointError,
    },
    /// An address is none.
    #[error("Profile `{profile}`: `{url}` is not an address.")]
    Address {
        /// Its name.
        profile: String,
        /// As configured.
        url: String,
    },
    /// The judge would judge its own work.
    #[error("The judge is {model}, which writes the homework too: a model is too kind to its own work.")]
    OwnJudge {
        /// The model.
        model: String,
    },
    /// Nobody named a model, and the server has none or more than one.
    #[error("No model is named for the step `{step}` at profile `{profile}`, and its server has {has}.")]
    NoModel {
        /// The step.
        step: &'static str,
        /// The profile's name.
        profile: String,
        /// What it has, made visible.
        has: String,
    },
    /// Nobody named a model, and the server does not tell which it has.
    #[error(
        "No model is named for the step `{step}` at profile `{profile}`, and its server does not say which it has. {why}"
    )]
    NotTold {
        /// The step.
        step: &'static str,
        /// The profile's name.
        profile: String,
        /// Why, a sentence, made visible.
        why: String,
    },
    /// Nobody named a model, and the server is asked for its models only when something is to be asked of it.
    #[error(
        "No model is named for the step `{step}` at profile `{profile}`, and its server has not been asked which it has."
    )]
    NotAsked {
        /// The step.
        step: &'static str,
        /// The profile's name.
        profile: String,
    },
}

/// Which servers are asked for their models where nobody named one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Asks {
    /// None: only what is configured counts.
    Nobody,
    /// Those on this machine and its network.
    Near,
    /// All: something is to be asked of them anyway.
    #[default]
    Anybody,
}

impl SeatError {
    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Config(_) => {
                "`provost doctor --online` looks for servers; `provost config path` names the config file"
            }
            Self::Endpoint { .. } | Self::Address { .. } => "fix the profile in the config file",
            Self::OwnJudge { .. } => {
                "name another model at `steps: judge:` in provost.yaml, or allow it with --own-judge or `homework: checks: own-judge: true`"
            }
            Self::NoModel { .. } | Self::NotAsked { .. } => {
                "add `model:` to the profile or to the step in provost.yaml, or pass --model"
            }
            Self::NotTold { .. } => "`provost doctor --online` asks every server; or name the model with --model",
        }
    }

    /// Whether asking later may find a model.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::NotTold { .. } | Self::NotAsked { .. })
    }
}

/// The seats of one directory, made as they are asked for. Steps of one profile share a client
/// and so one rate gate.
pub struct Seats<'a> {
    config: &'a Config,
    environment: Environment<'a>,
    manifest: &'a Manifest,
    clients: HashMap<String, (Profile, Client)>,
    asks: Asks,
    /// What servers said they have, or why they said nothing, by their addresses: each is asked once.
    told: HashMap<Vec<String>, Result<Vec<String>, String>>,
}

impl<'a> Seats<'a> {
    /// Nothing is looked up yet.
    #[must_use]
    pub fn new(config: &'a Config, environment: Environment<'a>, manifest: &'a Manifest) -> Self {
        Self { config, environment, manifest, clients: HashMap::new(), asks: Asks::default(), told: HashMap::new() }
    }

    /// Only these servers are asked for their models.
    #[must_use]
    pub fn asking(self, asks: Asks) -> Self {
        Self { asks, ..self }
    }

    /// The directory's settings.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        self.manifest
    }

    /// The seat for a step. Where nobody named a model the server is asked which it has, as far as [`Asks`] allows: one is
    /// no choice.
    ///
    /// # Errors
    /// See [`SeatError`].
    pub async fn seat(&mut self, step: Step) -> Result<Seat, SeatError> {
        let steps = &self.manifest.steps;
        let wanted = match step {
            Step::Propose => &steps.propose,
            Step::Syllabus => &steps.syllabus,
            Step::Question => &steps.question,
            Step::Answer => &steps.answer,
            Step::Judge => &steps.judge,
        };
        let (profile, client) = self.client(wanted.profile.as_deref())?;
        let named = self.config.model_override().or(wanted.model.as_deref()).or(profile.model.as_deref());
        let model = match named {
            Some(model) => model.to_owned(),
            None => self.only_model(step.as_str(), &profile).await?,
        };
        let settings = settings(step, wanted, &profile, model);
        Ok(Seat { client, profile: profile.name, settings })
    }

    /// Who embeds, where `provost.yaml` has the step `embed`, or where it is `wanted` anyway. A model
    /// named for all steps is no embedding model unless one is wanted.
    ///
    /// # Errors
    /// As [`Seats::seat`].
    pub async fn embedder(&mut self, root: PathBuf, wanted: bool) -> Result<Option<Embedder>, SeatError> {
        let step = self.manifest.steps.embed.clone();
        if step.is_none() && !wanted {
            return Ok(None);
        }
        let step = step.unwrap_or_default();
        let (profile, client) = self.client(step.profile.as_deref())?;
        let named = self.config.model_override().filter(|_| wanted).or(step.model.as_deref());
        let model = match named {
            Some(model) => model.to_owned(),
            None => self.only_model("embed", &profile).await?,
        };
        Ok(Some(Embedder { client, profile: profile.name, model, root }))
    }

    /// What tokens of a model cost at the profile of a step, where that is known.
    #[must_use]
    pub fn price(&self, step: Step, model: &str) -> Option<Price> {
        let wanted = match step {
            Step::Question => &self.manifest.steps.question,
            Step::Judge => &self.manifest.steps.judge,
            _ => &self.manifest.steps.answer,
        };
        let price = match self.config.profile(wanted.profile.as_deref()) {
            Ok(profile) => self.config.price(&profile, model),
            Err(_) => self.config.prices.get(model).copied(),
        };
        price.map(|Configured { prompt, completion, cached, date }| Price { prompt, completion, cached, date })
    }

    /// What the tokens of a run cost at the prices of the configuration.
    #[must_use]
    pub fn prices(&self, models: &StepModels) -> Prices {
        let of = |step, model: &Option<String>| self.price(step, model.as_deref()?);
        Prices {
            question: of(Step::Question, &models.question),
            answer: of(Step::Answer, &models.answer),
            judge: of(Step::Judge, &models.judge),
            judged_later: self.agreed_price(&models.judged_later),
        }
    }

    /// The price of judging by all of some models; not known where theirs differ, for their tokens are not told apart.
    fn agreed_price(&self, models: &BTreeSet<String>) -> Option<Price> {
        let mut prices = models.iter().map(|model| self.price(Step::Judge, model));
        let first = prices.next()??;
        let same = |price: Price| {
            (price.prompt, price.completion, price.cached) == (first.prompt, first.completion, first.cached)
        };
        prices.all(|price| price.is_some_and(same)).then_some(first)
    }

    /// What a run may take where its start does not say: the lower of what the user's config and the directory allow, so
    /// that a directory can lower what the user allows and never raise it.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let Budget { usd, tokens, items } = self.config.budget;
        Limits { usd, tokens, items }.and(self.manifest.homework.budget)
    }

    fn client(&mut self, wanted: Option<&str>) -> Result<(Profile, Client), SeatError> {
        let profile = self.config.profile(wanted)?;
        if let Some(known) = self.clients.get(&profile.name) {
            return Ok(known.clone());
        }
        let endpoint = endpoint(&profile, self.environment)?;
        let failed = |source| SeatError::Endpoint { profile: profile.name.clone(), source };
        let client = Client::new(endpoint).map_err(failed)?;
        self.clients.insert(profile.name.clone(), (profile.clone(), client.clone()));
        Ok((profile, client))
    }

    /// The model of a server that has exactly one.
    async fn only_model(&mut self, step: &'static str, profile: &Profile) -> Result<String, SeatError> {
        let name = || profile.name.clone();
        if !self.told.contains_key(&profile.base_urls) {
            let endpoint = endpoint(profile, self.environment)?;
            let is_near =
                endpoint.base_urls.iter().all(|url| Origin::of(url).is_some_and(|origin| origin.is_private()));
            if self.asks == Asks::Nobody || (self.asks == Asks::Near && !is_near) {
                return Err(SeatError::NotAsked { step, profile: name() });
            }
            let told = models(endpoint).await;
            self.told.insert(profile.base_urls.clone(), told);
        }
        match self.told.get(&profile.base_urls) {
            Some(Ok(models)) => match models.as_slice() {
                [one] => Ok(one.clone()),
                several => Err(SeatError::NoModel { step, profile: name(), has: listed(several) }),
            },
            Some(Err(why)) => Err(SeatError::NotTold { step, profile: name(), why: why.clone() }),
            None => Err(SeatError::NotAsked { step, profile: name() }),
        }
    }
}

/// A profile as the client takes it, its key bound to the profile's own hosts.
///
/// # Errors
/// An address is none, or the key cannot be had.
pub fn endpoint(profile: &Profile, environment: Environment<'_>) -> Result<Endpoint, SeatError> {
    let address = |url: &String| {
        url.parse::<Url>().map_err(|_| SeatError::Address { profile: profile.name.clone(), url: url.clone() })
    };
    let urls: Vec<Url> = profile.base_urls.iter().map(address).collect::<Result<_, _>>()?;
    let Some(first) = urls.first().cloned() else {
        return Err(SeatError::Address { profile: profile.name.clone(), url: String::new() });
    };
    let mut endpoint = Endpoint::new(profile.name.clone(), first);
    if let Some(key) = profile.key(environment)? {
        endpoint.key = Some(Secret::new(key.expose()));
        endpoint.key_hosts = urls.iter().filter_map(Origin::of).collect();
    }
    endpoint.base_urls = urls;
    endpoint.key_header = match profile.key_header {
        ConfigHeader::Bearer => KeyHeader::Bearer,
        ConfigHeader::ApiKey => KeyHeader::ApiKey,
    };
    endpoint.allow_plain_key = profile.allow_plain_key;
    // How many items are under way is the run's to say; the profile may set a limit of its own.
    endpoint.max_in_flight = profile.max_in_flight.unwrap_or(MOST_CONCURRENT);
    let seconds = |value: Option<f64>| value.map(Duration::from_secs_f64);
    let timeouts = &mut endpoint.timeouts;
    timeouts.connect = seconds(profile.timeouts.connect_seconds).unwrap_or(timeouts.connect);
    timeouts.first_byte = seconds(profile.timeouts.first_byte_seconds).unwrap_or(timeouts.first_byte);
    timeouts.idle = seconds(profile.timeouts.idle_seconds).unwrap_or(timeouts.idle);
    timeouts.total = seconds(profile.timeouts.total_seconds).or(timeouts.total);
    Ok(endpoint)
}

/// How long a server may take to say which models it has.
const LIST: Duration = Duration::from_secs(3);

/// The models that a server has; else why it does not say.
async fn models(mut endpoint: Endpoint) -> Result<Vec<String>, String> {
    endpoint.retries = Retries { attempts: 1, rate_limited: 1, doubtful: 1, ..Retries::default() };
    let client = Client::new(endpoint).map_err(|error| error.to_string())?;
    let Ok(listed) = tokio::time::timeout(LIST, client.models()).await else {
        return Err(format!("It has not answered within {} s.", LIST.as_secs()));
    };
    match listed.result {
        Ok(models) => Ok(models.into_iter().map(|model| model.id).collect()),
        Err(failure) => Err(reveal_line(&failure.message).into_owned()),
    }
}

/// "3: a, b, c".
fn listed(models: &[String]) -> String {
    const SHOWN: usize = 3;
    let names: Vec<_> = models.iter().take(SHOWN).map(|name| reveal_line(name)).collect();
    match models.len() {
        0 => "none".to_owned(),
        all if all > SHOWN => format!("{all}: {} and others", names.join(", ")),
        all => format!("{all}: {}", names.join(", ")),
    }
}

fn settings(step: Step, wanted: &Wanted, profile: &Profile, model: String) -> StepSettings {
    let defaults = Sampling::for_step(step);
    let configured = match profile.structuring {
        ConfigStructuring::Auto => Structuring::Auto,
        ConfigStructuring::Schema => Structuring::Schema,
        ConfigStructuring::TwoRounds => Structuring::TwoRounds,
    };
    StepSettings {
        sampling: Sampling {
            temperature: wanted.temperature.or(defaults.temperature),
            top_p: wanted.top_p.or(defaults.top_p),
            max_tokens: wanted.max_tokens.or(defaults.max_tokens),
            seed: defaults.seed,
        },
        structuring: match wanted.structuring {
            None => configured,
            Some(Named::Auto) => Structuring::Auto,
            Some(Named::Schema) => Structuring::Schema,
            Some(Named::TwoRounds) => Structuring::TwoRounds,
        },
        ..StepSettings::new(step, model)
    }
}
