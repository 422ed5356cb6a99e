//! The servers that a run asks, and how they do.

use std::time::Duration;

use super::engine::Job;
use crate::llm::Client;
pub use crate::llm::Health;

/// One server of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Endpoint {
    /// The steps that ask it: `question`, `answer`, `judge`.
    pub steps: Vec<&'static str>,
    /// The profile it belongs to.
    pub profile: String,
    /// How it does.
    pub health: Health,
}

/// The clients of a run, each once, with the steps they are for.
#[derive(Debug)]
pub(super) struct Endpoints(Vec<(Vec<&'static str>, Client)>);

impl Endpoints {
    /// Those of a job. Steps of one profile share a client.
    pub fn of(job: &Job) -> Self {
        let judge = job.judge.as_ref().map(|judge| ("judge", &judge.client));
        let steps = [("question", &job.question), ("answer", &job.answer)].into_iter().chain(judge);
        let mut clients: Vec<(Vec<&'static str>, Client)> = Vec::new();
        for (step, client) in steps {
            let same = |known: &&mut (Vec<_>, Client)| {
                let (one, other) = (known.1.endpoint(), client.endpoint());
                one.name == other.name && one.base_urls == other.base_urls
            };
            match clients.iter_mut().find(same) {
                Some((steps, _)) => steps.push(step),
                None => clients.push((vec![step], client.clone())),
            }
        }
        Self(clients)
    }

    /// How long the servers ask to wait, while they do.
    pub fn held(&self) -> Option<Duration> {
        self.0.iter().filter_map(|(_, client)| client.gate().opens_in()).max()
    }

    /// How much longer the run waits for servers that are away, while it does.
    pub fn waits(&self) -> Option<Duration> {
        self.0.iter().filter_map(|(_, client)| client.gate().waits()).max()
    }

    /// How each server does now.
    pub fn now(&self) -> Vec<Endpoint> {
        let each = |(steps, client): &(Vec<&'static str>, Client)| {
            let (steps, profile) = (steps.clone(), client.endpoint().name.clone());
            let servers = client.health().into_iter();
            servers.map(move |health| Endpoint { steps: steps.clone(), profile: profile.clone(), health })
        };
        self.0.iter().flat_map(each).collect()
    }
}
