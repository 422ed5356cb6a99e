//! The shape of `config.yaml`. Every setting may be absent; unknown ones are refused.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::money::{Budget, Price};
use super::outside::OutsideSettings;
use super::profile::{KeyHeader, Structuring, TimeoutSettings};
use crate::theme::{ColorChoice, GlyphSet};

/// `config.yaml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ConfigFile {
    pub curator: Option<String>,
    pub theme: Option<String>,
    pub color: Option<ColorChoice>,
    pub mouse: Option<bool>,
    pub glyphs: Option<GlyphSet>,
    pub editor: Option<String>,
    pub keymap: Option<String>,
    pub default_profile: Option<String>,
    pub profiles: BTreeMap<String, ProfileEntry>,
    pub prices: BTreeMap<String, Price>,
    pub budget: Budget,
    pub outside: OutsideSettings,
}

/// One entry under `profiles`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ProfileEntry {
    pub base_url: Option<String>,
    pub base_urls: Vec<String>,
    pub key_env: Option<String>,
    pub key_file: Option<String>,
    pub key_header: KeyHeader,
    pub allow_plain_key: bool,
    pub model: Option<String>,
    pub structuring: Structuring,
    pub max_in_flight: Option<usize>,
    pub timeouts: TimeoutSettings,
    pub prices: Option<Price>,
    pub model_prices: BTreeMap<String, Price>,
}
