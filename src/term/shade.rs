//! Whether the terminal is dark or light.
//!
//! Some terminals say so in the environment. Of others it is asked, with an end to the waiting that every terminal
//! answers; but only where the terminal is known to answer and near: an answer that comes late
//! would be read as keys, and keys decide.

use std::time::Duration;

use terminal_colorsaurus::{QueryOptions, ThemeMode, theme_mode};

use crate::theme::Shade;

/// Longer than any terminal on this machine takes.
const PATIENCE: Duration = Duration::from_secs(1);
/// What terminals that answer set, or begin `TERM` with.
const THAT_ANSWER: [&str; 8] = [
    "KITTY_WINDOW_ID",
    "GHOSTTY_RESOURCES_DIR",
    "ALACRITTY_WINDOW_ID",
    "WEZTERM_PANE",
    "VTE_VERSION",
    "KONSOLE_VERSION",
    "ITERM_SESSION_ID",
    "TMUX",
];

/// The shade of the process's terminal; call it before anything reads keys.
pub fn shade(variable: &dyn Fn(&str) -> Option<String>) -> Shade {
    told(variable).unwrap_or_else(|| if may_ask(variable) { ask() } else { Shade::Dark })
}

/// `COLORFGBG` is "foreground;background" as two of the sixteen colours.
fn told(variable: &dyn Fn(&str) -> Option<String>) -> Option<Shade> {
    let colors = variable("COLORFGBG")?;
    let background: u8 = colors.rsplit(';').next()?.parse().ok()?;
    Some(if background == 7 || (9..16).contains(&background) { Shade::Light } else { Shade::Dark })
}

fn may_ask(variable: &dyn Fn(&str) -> Option<String>) -> bool {
    let set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    let is_far = set("SSH_CONNECTION") || set("SSH_TTY");
    !is_far
        && (THAT_ANSWER.iter().any(|name| set(name)) || variable("TERM").is_some_and(|term| term.starts_with("foot")))
}

fn ask() -> Shade {
    let mut options = QueryOptions::default();
    options.timeout = PATIENCE;
    match theme_mode(options) {
        Ok(ThemeMode::Light) => Shade::Light,
        Ok(ThemeMode::Dark) | Err(_) => Shade::Dark,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(environment: &'static [(&str, &str)]) -> impl Fn(&str) -> Option<String> {
        |name| environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn the_environment_says_it() {
        for (value, shade) in [
            ("15;0", Some(Shade::Dark)),
            ("0;15", Some(Shade::Light)),
            ("0;default;7", Some(Shade::Light)),
            ("12;8", Some(Shade::Dark)),
            ("x", None),
        ] {
            assert_eq!(told(&|name| (name == "COLORFGBG").then(|| value.to_owned())), shade, "{value}");
        }
        assert_eq!(told(&|_| None), None);
    }

    #[test]
    fn only_a_near_terminal_that_answers_is_asked() {
        assert!(may_ask(&with(&[("VTE_VERSION", "7600")])));
        assert!(may_ask(&with(&[("TERM", "foot")])));
        assert!(!may_ask(&with(&[("TERM", "xterm-256color")])));
        assert!(!may_ask(&with(&[("VTE_VERSION", "7600"), ("SSH_TTY", "/dev/pts/1")])));
    }
}
