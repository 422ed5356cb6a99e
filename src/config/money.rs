//! What tokens cost, and what a run may spend unless its start says otherwise.

use jiff::civil::Date;
use serde::Deserialize;

/// What tokens of a model cost, in US dollars for a million.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Tokens sent.
    pub prompt: f64,
    /// Tokens received.
    pub completion: f64,
    /// Tokens sent that the server had in its cache; as the others where it is not said.
    #[serde(default)]
    pub cached: Option<f64>,
    /// When it was looked up, `2026-11-21`.
    #[serde(default)]
    pub date: Option<Date>,
}

impl Price {
    /// Whether each number can be a price.
    pub(super) fn is_sound(&self) -> bool {
        let numbers = [Some(self.prompt), Some(self.completion), self.cached];
        numbers.into_iter().flatten().all(|price| price >= 0.0 && price.is_finite())
    }
}

/// The most that one run may take where its start does not say. What `provost.yaml` says can lower it and never raise it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Budget {
    /// US dollars.
    pub usd: Option<f64>,
    /// Tokens sent and received.
    pub tokens: Option<u64>,
    /// Items asked for.
    pub items: Option<u64>,
}

impl Budget {
    pub(super) fn is_sound(&self) -> bool {
        self.usd.is_none_or(|usd| usd >= 0.0 && usd.is_finite())
    }
}
