//! The four layers and the one function that merges them.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::environment::{Environment, EnvironmentLayer, OPENAI};
use super::file::ConfigFile;
use super::money::{Budget, Price};
use super::outside::OutsideSettings;
use super::profile::{KeySource, Profile, is_http, is_variable};
use super::{ConfigError, Paths};
use crate::input::Keymap;
use crate::theme::{ColorChoice, GlyphSet};
use crate::userfile::{self, UserFileError};

/// The profile made from `--base-url`.
const COMMAND_LINE: &str = "command line";

/// What the command line says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arguments {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--as`.
    pub curator: Option<String>,
    /// `--color`.
    pub color: Option<ColorChoice>,
    /// `--base-url`.
    pub base_url: Option<String>,
    /// `--model`.
    pub model: Option<String>,
    /// `--key-env`.
    pub key_env: Option<String>,
}

/// A user's keymap file, where there is one: name and content.
pub type UserKeymap = Option<(String, String)>;

/// The layer a setting came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The command line.
    Argument,
    /// This environment variable.
    Variable(&'static str),
    /// The user's config file.
    File,
    /// Nobody said anything.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument => f.write_str("command line"),
            Self::Variable(name) => f.write_str(name),
            Self::File => f.write_str("config file"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value and the layer it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value in force.
    pub value: T,
    /// Where it came from.
    pub source: Source,
}

/// The configuration in force.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Who decides, if it was said; else `git config` is asked.
    pub curator: Setting<Option<String>>,
    /// The theme's name.
    pub theme: Setting<String>,
    /// How many colours.
    pub color: Setting<ColorChoice>,
    /// Whether the mouse is captured.
    pub mouse: Setting<bool>,
    /// Which glyphs.
    pub glyphs: Setting<GlyphSet>,
    /// The editor's command line, if it was said; else `VISUAL` and `EDITOR` count.
    pub editor: Setting<Option<String>>,
    /// The user's keymap file, if there is one.
    pub keymap: Option<PathBuf>,
    /// The profile for steps that name none.
    pub default_profile: Setting<Option<String>>,
    /// Every profile by name.
    pub profiles: BTreeMap<String, Profile>,
    /// What tokens cost, by model.
    pub prices: BTreeMap<String, Price>,
    /// The most that a run may take where its start does not say.
    pub budget: Budget,
    /// What a run shows outside the screen.
    pub outside: OutsideSettings,
    /// The config file that was read, or would be.
    pub file: PathBuf,
    /// What is wrong but harmless, as full sentences.
    pub warnings: Vec<String>,
    /// `--model`, for every profile.
    model: Option<String>,
    /// `--key-env` without `--base-url`, for every profile.
    key_env: Option<String>,
    /// Whether `--base-url` answers for every step.
    is_overridden: bool,
}

impl Config {
    /// Merges the layers.
    ///
    /// # Errors
    /// The config file is wrong, or was named and is not there; a variable or an argument has a value
    /// that means nothing.
    pub fn load(arguments: &Arguments, variable: Environment<'_>, paths: &Paths) -> Result<Self, ConfigError> {
        let file = arguments.config.clone().unwrap_or_else(|| paths.config_file());
        let written = read(&file, arguments.config.is_some())?;
        let folder = file.parent().unwrap_or(Path::new("")).to_owned();
        let environment = EnvironmentLayer::read(variable)?;

        let refuse =
            |problem: &str, hint: &str| Err(UserFileError::new(file.display().to_string(), problem).hint(hint).into());
        if let Some((model, _)) = written.prices.iter().find(|(_, price)| !price.is_sound()) {
            let problem = format!("The price of `{model}` is below zero.");
            return refuse(&problem, "Prices are US dollars for a million tokens.");
        }
        if !written.budget.is_sound() {
            return refuse("The budget is below zero.", "`usd` is in US dollars.");
        }
        let mut profiles = BTreeMap::new();
        for (name, entry) in written.profiles {
            let profile = Profile::from_entry(&name, entry, &file, paths)?;
            profiles.insert(name, profile);
        }
        if let Some(profile) = environment.openai {
            profiles.entry(OPENAI.to_owned()).or_insert(profile);
        }
        let mut default_profile = layered(None, environment.profile, written.default_profile.map(Some), None);
        if let Some(profile) = command_line_profile(arguments)? {
            default_profile = Setting { value: Some(profile.name.clone()), source: Source::Argument };
            profiles.insert(profile.name.clone(), profile);
        } else if default_profile.value.is_none() {
            // One is enough to know which; among several, the environment's.
            default_profile.value = match profiles.len() {
                1 => profiles.keys().next().cloned(),
                _ => profiles.contains_key(OPENAI).then(|| OPENAI.to_owned()),
            };
        }
        let keymap = keymap_file(written.keymap, paths, &folder);
        Ok(Self {
            curator: layered(arguments.curator.clone().map(Some), environment.curator, written.curator.map(Some), None),
            theme: layered(None, environment.theme, written.theme, "auto".to_owned()),
            color: layered(arguments.color, environment.color, written.color, ColorChoice::Auto),
            mouse: layered(None, None, written.mouse, true),
            glyphs: layered(None, environment.glyphs, written.glyphs, environment.shows),
            editor: layered(None, None, written.editor.map(Some), None),
            keymap,
            default_profile,
            profiles,
            prices: written.prices,
            budget: written.budget,
            outside: written.outside,
            file,
            warnings: paths.misnamed(),
            model: arguments.model.clone(),
            key_env: arguments.key_env.clone().filter(|_| arguments.base_url.is_none()),
            is_overridden: arguments.base_url.is_some(),
        })
    }

    /// The profile to ask for a step that names `wanted`, or none. `--base-url` answers for every step, and
    /// `--model` and `--key-env` change whichever profile it is.
    ///
    /// # Errors
    /// There is no profile of that name, or none at all.
    pub fn profile(&self, wanted: Option<&str>) -> Result<Profile, ConfigError> {
        let name = self.is_overridden.then_some(COMMAND_LINE).or(wanted).or(self.default_profile.value.as_deref());
        let Some(name) = name else {
            return Err(match self.profiles.is_empty() {
                true => ConfigError::NoProfile { config: self.file.clone() },
                false => ConfigError::NoDefaultProfile { known: self.profile_names(), config: self.file.clone() },
            });
        };
        let Some(found) = self.profiles.get(name) else {
            return Err(ConfigError::NoSuchProfile {
                name: name.to_owned(),
                hint: match self.profiles.is_empty() {
                    true => format!("Add it to {}.", self.file.display()),
                    false => userfile::meant(name, self.profiles.keys().map(String::as_str)),
                },
            });
        };
        let mut profile = found.clone();
        if let Some(model) = &self.model {
            profile.model = Some(model.clone());
        }
        if let Some(variable) = &self.key_env {
            profile.key = KeySource::Variable(variable.clone());
        }
        Ok(profile)
    }

    /// What tokens of a model cost at a profile, where that is known: what the profile says of the model, of all its
    /// models, then what is said of the model everywhere.
    pub fn price(&self, profile: &Profile, model: &str) -> Option<Price> {
        profile.model_prices.get(model).copied().or(profile.prices).or_else(|| self.prices.get(model).copied())
    }

    /// `--model`: it wins over what profiles and taxonomy directories say.
    pub fn model_override(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// The user's keymap file: name and content.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn keymap_text(&self) -> Result<UserKeymap, ConfigError> {
        text_of(self.keymap.as_deref())
    }

    /// The keys in force: the built-in keymap with the user's over it.
    ///
    /// # Errors
    /// The user's cannot be read or used.
    pub fn keys(&self) -> Result<Keymap, ConfigError> {
        Ok(keys_of(&self.keymap_text()?)?)
    }

    /// The variables that hold keys: children such as the editor do not get them.
    pub fn secret_variables(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .profiles
            .values()
            .filter_map(|profile| match &profile.key {
                KeySource::Variable(name) => Some(name.clone()),
                _ => None,
            })
            .chain(self.key_env.clone())
            .chain(["OPENAI_API_KEY".to_owned()])
            .collect();
        names.sort();
        names.dedup();
        names
    }

    fn profile_names(&self) -> String {
        let names: Vec<_> = self.profiles.keys().map(String::as_str).collect();
        names.join(", ")
    }
}

/// The theme that a config file names now; `None` where it names none.
///
/// # Errors
/// The file cannot be read or used.
pub fn theme_in(file: &Path) -> Result<Option<String>, ConfigError> {
    Ok(read(file, false)?.theme)
}

/// The user's keymap as it is now: what a config file names, else the one beside it.
///
/// # Errors
/// The config file or the keymap cannot be read.
pub fn keymap_in(file: &Path, paths: &Paths) -> Result<UserKeymap, ConfigError> {
    let folder = file.parent().unwrap_or(Path::new(""));
    text_of(keymap_file(read(file, false)?.keymap, paths, folder).as_deref())
}

/// The built-in keymap with a user's over it.
///
/// # Errors
/// As [`Keymap::load`].
pub fn keys_of(user: &UserKeymap) -> Result<Keymap, UserFileError> {
    Keymap::load(user.as_ref().map(|(name, text)| (name.as_str(), text.as_str())))
}

fn keymap_file(written: Option<String>, paths: &Paths, folder: &Path) -> Option<PathBuf> {
    let beside = paths.keymap_file();
    match written {
        Some(written) => Some(paths.resolve(&written, folder)),
        None => beside.is_file().then_some(beside),
    }
}

fn text_of(keymap: Option<&Path>) -> Result<UserKeymap, ConfigError> {
    let Some(path) = keymap else { return Ok(None) };
    let text = fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    Ok(Some((path.display().to_string(), text)))
}

fn read(file: &Path, must_exist: bool) -> Result<ConfigFile, ConfigError> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(userfile::parse(&text, &file.display().to_string())?),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !must_exist => Ok(ConfigFile::default()),
        Err(source) => Err(ConfigError::Unreadable { path: file.to_owned(), source }),
    }
}

/// The first layer that says something.
fn layered<T>(argument: Option<T>, variable: Option<(T, &'static str)>, file: Option<T>, default: T) -> Setting<T> {
    let (value, source) = match (argument, variable, file) {
        (Some(value), ..) => (value, Source::Argument),
        (None, Some((value, name)), _) => (value, Source::Variable(name)),
        (None, None, Some(value)) => (value, Source::File),
        (None, None, None) => (default, Source::Default),
    };
    Setting { value, source }
}

/// `--base-url` makes a profile of its own. It takes no key from any other: a key goes only where the user
/// sent it.
fn command_line_profile(arguments: &Arguments) -> Result<Option<Profile>, ConfigError> {
    let refuse = |problem: &str, hint: &str| Err(UserFileError::new("command line", problem).hint(hint).into());
    if arguments.key_env.as_deref().is_some_and(|name| !is_variable(name)) {
        return refuse(
            "--key-env is not a valid environment variable name.",
            "Pass the name, such as OPENAI_API_KEY, and keep the key off the command line.",
        );
    }
    let Some(url) = &arguments.base_url else {
        return Ok(None);
    };
    if !is_http(url) {
        return refuse(
            "--base-url does not start with http:// or https://.",
            "It should look like `http://127.0.0.1:8000/v1`.",
        );
    }
    let key = match &arguments.key_env {
        Some(name) => KeySource::Variable(name.clone()),
        None => KeySource::None,
    };
    Ok(Some(Profile::new(COMMAND_LINE, url, key)))
}

#[cfg(test)]
#[path = "layers_tests.rs"]
mod tests;
