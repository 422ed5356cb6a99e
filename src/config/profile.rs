//! A profile: a server, its key, and how to talk to it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::file::ProfileEntry;
use super::money::Price;
use super::{ConfigError, Environment, Paths};
use crate::userfile::UserFileError;

/// An OpenAI-compatible server as the user configured it.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// The name that `provost.yaml` and messages use.
    pub name: String,
    /// One or more base URLs of equal servers, `https://host/v1`. At least one.
    pub base_urls: Vec<String>,
    /// Where its key is found. The key belongs to the hosts of `base_urls` and to no other.
    pub key: KeySource,
    /// How the key is sent.
    pub key_header: KeyHeader,
    /// Allows the key to travel unencrypted to a public host.
    pub allow_plain_key: bool,
    /// The model, unless a step names its own.
    pub model: Option<String>,
    /// How structured replies are got.
    pub structuring: Structuring,
    /// Requests in flight at once at each base URL, at most.
    pub max_in_flight: Option<usize>,
    /// How long each phase of a request may take.
    pub timeouts: TimeoutSettings,
    /// What tokens cost here, whatever the model, if that is known.
    pub prices: Option<Price>,
    /// What tokens of these models cost here.
    pub model_prices: BTreeMap<String, Price>,
}

/// Servers that people run on their own machine: name, port.
pub const LOCAL_SERVERS: [(&str, u16); 4] =
    [("Ollama", 11434), ("LM Studio", 1234), ("vLLM", 8000), ("llama.cpp", 8080)];

/// Where a key is found. The configuration never holds the key itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// The server wants none.
    None,
    /// In the environment variable of this name.
    Variable(String),
    /// In this file, which only its owner may read.
    File(PathBuf),
}

/// How a key is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyHeader {
    /// `Authorization: Bearer ...`, as nearly everybody.
    #[default]
    Bearer,
    /// `api-key: ...`, as Azure.
    ApiKey,
}

/// How structured replies are got.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Structuring {
    /// A JSON schema where the server takes one, two rounds where not.
    #[default]
    Auto,
    /// A JSON schema, or failure.
    Schema,
    /// Free text first, then JSON lines.
    TwoRounds,
}

/// How long each phase of a request may take, in seconds; what is absent is left to the client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TimeoutSettings {
    /// Until the connection stands.
    pub connect_seconds: Option<f64>,
    /// From sending until the first byte of the body.
    pub first_byte_seconds: Option<f64>,
    /// Between two pieces of a body.
    pub idle_seconds: Option<f64>,
    /// For one attempt as a whole.
    pub total_seconds: Option<f64>,
}

/// A key. It has no `Debug`, no `Display` and no `Clone`, so that it can only go where somebody sends it.
pub struct ResolvedKey(String);

impl ResolvedKey {
    /// The key itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Profile {
    /// A profile with a base URL and nothing else.
    pub(super) fn new(name: &str, base_url: &str, key: KeySource) -> Self {
        Self {
            name: name.to_owned(),
            base_urls: vec![base_url.to_owned()],
            key,
            key_header: KeyHeader::default(),
            allow_plain_key: false,
            model: None,
            structuring: Structuring::default(),
            max_in_flight: None,
            timeouts: TimeoutSettings::default(),
            prices: None,
            model_prices: BTreeMap::new(),
        }
    }

    /// Checks an entry of `file`; relative paths in it start beside that file.
    pub(super) fn from_entry(name: &str, entry: ProfileEntry, file: &Path, paths: &Paths) -> Result<Self, ConfigError> {
        let refuse = |problem: &str, hint: &str| {
            let error = UserFileError::new(file.display().to_string(), format!("Profile `{name}` {problem}."));
            Err(ConfigError::from(error.hint(hint)))
        };
        let mut base_urls = entry.base_urls;
        base_urls.extend(entry.base_url);
        if base_urls.is_empty() {
            return refuse("has no base URL", "Add `base_url: https://host/v1`.");
        }
        if !base_urls.iter().all(|url| is_http(url)) {
            return refuse(
                "has a base URL that does not start with http:// or https://",
                "It should look like `https://host/v1`.",
            );
        }
        let key = match (entry.key_env, entry.key_file) {
            (None, None) => KeySource::None,
            (Some(variable), None) if is_variable(&variable) => KeySource::Variable(variable),
            (Some(_), None) => {
                // It may be the key itself: never repeat it.
                return refuse(
                    "has a `key_env` that is not a valid environment variable name",
                    "Write the name, such as OPENAI_API_KEY, and keep the key out of this file.",
                );
            }
            (None, Some(path)) => {
                let folder = file.parent().unwrap_or(Path::new(""));
                KeySource::File(paths.resolve(&path, folder))
            }
            (Some(_), Some(_)) => {
                return refuse("names both `key_env` and `key_file`", "Keep one of them.");
            }
        };
        let times = entry.timeouts;
        let seconds = [times.connect_seconds, times.first_byte_seconds, times.idle_seconds, times.total_seconds];
        if seconds.into_iter().flatten().any(|s| !(s > 0.0 && s < 1e6)) {
            return refuse(
                "has a timeout that is not a number of seconds above zero",
                "Write it like `total_seconds: 120`.",
            );
        }
        if entry.max_in_flight == Some(0) {
            return refuse("allows no request in flight", "Give `max_in_flight` at least 1.");
        }
        if !entry.model_prices.values().chain(&entry.prices).all(Price::is_sound) {
            return refuse("has a price below zero", "Prices are US dollars for a million tokens.");
        }
        Ok(Self {
            name: name.to_owned(),
            base_urls,
            key,
            key_header: entry.key_header,
            allow_plain_key: entry.allow_plain_key,
            model: entry.model,
            structuring: entry.structuring,
            max_in_flight: entry.max_in_flight,
            timeouts: entry.timeouts,
            prices: entry.prices,
            model_prices: entry.model_prices,
        })
    }

    /// Reads the key from where the profile says; `None` if the server wants none.
    ///
    /// # Errors
    /// The variable is not set, the file cannot be read or others may read it too, or what is there is
    /// no key. No message holds any of the key.
    pub fn key(&self, variable: Environment<'_>) -> Result<Option<ResolvedKey>, ConfigError> {
        let refuse = |problem: String| Err(ConfigError::Key { profile: self.name.clone(), problem });
        let text = match &self.key {
            KeySource::None => return Ok(None),
            KeySource::Variable(name) => match variable(name).filter(|value| !value.is_empty()) {
                Some(value) => value,
                None => return refuse(format!("the variable {name} is not set.")),
            },
            KeySource::File(path) => match read_private(path) {
                Ok(text) => text,
                Err(problem) => return refuse(problem),
            },
        };
        let key = text.trim();
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return refuse("what was found is empty, or holds blanks or characters that no key has.".to_owned());
        }
        Ok(Some(ResolvedKey(key.to_owned())))
    }
}

pub(super) fn is_http(url: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()))
}

/// Whether a text can be the name of a variable, rather than a key put there by mistake.
pub(super) fn is_variable(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_uppercase() || c == '_')
        && chars.all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

fn read_private(path: &Path) -> Result<String, String> {
    let shown = path.display();
    let metadata = fs::metadata(path).map_err(|error| format!("{shown} cannot be read: {error}."))?;
    if !metadata.is_file() || metadata.len() > 64 * 1024 {
        return Err(format!("{shown} is not a small file."));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(format!("others may read {shown} (mode {mode:o}). Run `chmod 600 {shown}`."));
        }
    }
    fs::read_to_string(path).map_err(|error| format!("{shown} cannot be read: {error}."))
}

#[cfg(test)]
#[path = "profile_tests.rs"]
mod tests;
