//! The options that every command takes, and who is meant where nobody says.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use clap::Args;

use crate::theme::ColorChoice;

/// Options that stand before or after any command.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The taxonomy directory [default: the nearest parent of the current folder with a provost.yaml]
    #[arg(short = 'C', long, global = true, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Curator name [default: `curator` in the config, else `git config user.name`, else the account name]
    // Its own id: a command may have an option `--curator`, and the two are not the same.
    #[arg(id = "as", long = "as", global = true, value_name = "NAME")]
    pub curator: Option<String>,
    /// Use this config file instead of the default one
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Colours: auto, truecolor, 256, 16 or none
    #[arg(long, global = true, value_name = "WHICH", value_parser = color)]
    pub color: Option<ColorChoice>,
    /// Log more to stderr; -vv logs everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

fn color(text: &str) -> Result<ColorChoice, String> {
    let found = ColorChoice::ALL.into_iter().find(|choice| choice.name() == text);
    found.ok_or_else(|| format!("it is one of {}", ColorChoice::ALL.map(ColorChoice::name).join(", ")))
}

/// Which model is asked, in place of the profiles of the user's config.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Model")]
pub struct ModelArgs {
    /// Base URL of an OpenAI-compatible server, for every step
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// Name of the model on that server, for every step
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,
    /// Environment variable that holds the API key
    #[arg(long, value_name = "VAR")]
    pub key_env: Option<String>,
}

impl ModelArgs {
    /// These, and where they say nothing, `others`.
    #[must_use]
    pub fn or(self, others: &Self) -> Self {
        Self {
            base_url: self.base_url.or_else(|| others.base_url.clone()),
            model: self.model.or_else(|| others.model.clone()),
            key_env: self.key_env.or_else(|| others.key_env.clone()),
        }
    }
}

/// Reads an environment variable; one that is no text counts as not set.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// `user.name` of the user's own git configuration, else the name of the account.
///
/// Git runs in the user's home folder, so that no repository's configuration has a say, and
/// without the programs that one could name.
pub fn likely_curator() -> String {
    git_user().or_else(account).unwrap_or_else(|| "curator".to_owned())
}

fn git_user() -> Option<String> {
    let home = etcetera::home_dir().ok()?;
    let mut git = Command::new("git");
    git.args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "config", "user.name"]);
    git.current_dir(home).env("GIT_TERMINAL_PROMPT", "0").env_remove("GIT_DIR");
    let output = git.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let name = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !name.is_empty()).then_some(name)
}

fn account() -> Option<String> {
    ["USER", "USERNAME", "LOGNAME"].iter().find_map(|name| environment(name).filter(|name| !name.is_empty()))
}
