//! The options that every command takes.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use clap::{Args, ValueEnum};

/// How many colours the terminal gets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// What the terminal says it can, unless NO_COLOR is set.
    #[default]
    Auto,
    /// 24 bit.
    Truecolor,
    /// 256 colours.
    #[value(name = "256")]
    C256,
    /// 16 colours.
    #[value(name = "16")]
    C16,
    /// None.
    None,
}

/// Options that stand before or after any command.
#[derive(Debug, Clone, Default, Args)]
pub struct Global {
    /// The taxonomy directory [default: the nearest parent of the current folder with a provost.yaml]
    #[arg(short = 'C', long, global = true, value_name = "DIR", help_heading = "Global options")]
    pub dir: Option<PathBuf>,
    /// Who decides [default: `git config user.name`, else the name of the account]
    #[arg(long = "as", global = true, value_name = "NAME", help_heading = "Global options")]
    pub curator: Option<String>,
    /// A config file in place of the user's
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global options")]
    pub config: Option<PathBuf>,
    /// How many colours
    #[arg(long, global = true, value_enum, value_name = "WHICH", default_value_t, hide_possible_values = true)]
    #[arg(help = "Colours: auto, truecolor, 256, 16 or none", help_heading = "Global options")]
    pub color: ColorChoice,
    /// Say more on stderr; twice for every detail
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Global options")]
    pub verbose: u8,
}

impl Global {
    /// Who decides: `--as`, else git's `user.name`, else the account.
    #[must_use]
    pub fn curator(&self) -> String {
        let given = self.curator.clone().filter(|name| !name.trim().is_empty());
        given.or_else(git_user).or_else(account).unwrap_or_else(|| "curator".to_owned())
    }
}

/// `user.name` of the user's own git configuration. Git runs in the user's home folder, so that
/// no repository's configuration has a say, and without the hooks that it could name.
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
    ["USER", "USERNAME", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok().filter(|name| !name.is_empty()))
}
