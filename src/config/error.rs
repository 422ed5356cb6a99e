//! Why a configuration cannot be used.

use std::io;
use std::path::PathBuf;

use crate::userfile::UserFileError;

/// A problem with the user's configuration, as a full sentence with the way out.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file is wrong.
    #[error(transparent)]
    File(#[from] UserFileError),
    /// A file cannot be read.
    #[error("{} cannot be read: {source}.", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// An environment variable is wrong.
    #[error("The variable {name} is `{value}`, which is not a {what}. {hint}")]
    Variable {
        /// Its name.
        name: &'static str,
        /// Its value.
        value: String,
        /// What it should be.
        what: &'static str,
        /// What to write instead.
        hint: String,
    },
    /// There is no home folder.
    #[error("No home folder was found. Set HOME, or PROVOST_CONFIG_HOME to the folder with config.yaml.")]
    NoHome,
    /// A profile was asked for that does not exist.
    #[error("There is no profile `{name}`. {hint}")]
    NoSuchProfile {
        /// Its name.
        name: String,
        /// Which ones there are.
        hint: String,
    },
    /// There are several, and nobody said which.
    #[error(
        "Several profiles are configured ({known}), and none is the default. Write `default_profile: NAME` into {}, or \
         set PROVOST_PROFILE.",
        config.display()
    )]
    NoDefaultProfile {
        /// Their names.
        known: String,
        /// The user's config file.
        config: PathBuf,
    },
    /// No model can be asked.
    #[error(
        "No model is configured. Set OPENAI_BASE_URL (and OPENAI_API_KEY if it needs a key), pass \
         --base-url and --model, or add a profile to {}; `provost demo` needs none.",
        config.display()
    )]
    NoProfile {
        /// The user's config file.
        config: PathBuf,
    },
    /// A key cannot be used.
    #[error("The key of profile `{profile}` cannot be used: {problem}")]
    Key {
        /// The profile.
        profile: String,
        /// What is wrong and what to do. Never holds any of the key.
        problem: String,
    },
}
