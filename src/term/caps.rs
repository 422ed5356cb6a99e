//! What the terminal can do, as far as its environment tells. Nothing is asked of the terminal itself:
//! an answer that never comes costs more than it brings.

use crate::theme::{ColorChoice, ColorDepth};

/// What was found out; `doctor` prints it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// How many colours to use.
    pub depth: ColorDepth,
    /// Why.
    pub reason: ColorReason,
    /// Whether tmux or screen is in between.
    pub multiplexer: bool,
    /// Whether the terminal is at the other end of an SSH connection.
    pub remote: bool,
}

/// What decided the colour depth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColorReason {
    /// `--color` or the config.
    Asked,
    /// `NO_COLOR` is set and not empty.
    NoColor,
    /// `COLORTERM` promises 24 bit.
    ColorTerm,
    /// What is known about `TERM`.
    Term,
}

/// Beginnings of `TERM` values of terminals that show 24 bit. `COLORTERM` does not survive SSH, these do.
const TRUE_COLOR_TERMS: [&str; 6] = ["xterm-kitty", "xterm-ghostty", "alacritty", "wezterm", "foot", "contour"];

impl Capabilities {
    /// Reads the environment through `variable`; nothing else is read.
    pub fn detect(color: ColorChoice, variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let (depth, reason) = match color.depth() {
            Some(depth) => (depth, ColorReason::Asked),
            None if set("NO_COLOR").is_some() => (ColorDepth::None, ColorReason::NoColor),
            None if set("COLORTERM").is_some_and(|value| {
                value.eq_ignore_ascii_case("truecolor") || value.eq_ignore_ascii_case("24bit")
            }) =>
            {
                (ColorDepth::True, ColorReason::ColorTerm)
            }
            None if set("WT_SESSION").is_some() => (ColorDepth::True, ColorReason::Term),
            None => (depth_of_term(set("TERM").as_deref()), ColorReason::Term),
        };
        Self {
            depth,
            reason,
            multiplexer: set("TMUX").is_some() || set("STY").is_some(),
            remote: set("SSH_CONNECTION").is_some() || set("SSH_TTY").is_some(),
        }
    }
}

fn depth_of_term(term: Option<&str>) -> ColorDepth {
    let Some(term) = term else {
        return if cfg!(windows) { ColorDepth::True } else { ColorDepth::None };
    };
    if term == "dumb" || term.starts_with("vt1") || term.starts_with("vt2") {
        ColorDepth::None
    } else if term.ends_with("-direct") || TRUE_COLOR_TERMS.iter().any(|known| term.starts_with(known)) {
        ColorDepth::True
    } else if term.contains("256color") {
        ColorDepth::Ansi256
    } else {
        ColorDepth::Ansi16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(color: ColorChoice, environment: &[(&str, &str)]) -> Capabilities {
        let variable = |name: &str| {
            let found = environment.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Capabilities::detect(color, &variable)
    }

    type Case = (ColorChoice, &'static [(&'static str, &'static str)], ColorDepth);

    #[test]
    fn depth_follows_flag_then_no_color_then_colorterm_then_term() {
        use ColorChoice::{Ansi16, Auto, True};
        const XTERM: (&str, &str) = ("TERM", "xterm-256color");
        const TRUECOLOR: (&str, &str) = ("COLORTERM", "truecolor");
        const NO_COLOR: (&str, &str) = ("NO_COLOR", "1");
        let cases: [Case; 12] = [
            (Auto, &[XTERM], ColorDepth::Ansi256),
            (Auto, &[XTERM, TRUECOLOR], ColorDepth::True),
            (Auto, &[XTERM, TRUECOLOR, NO_COLOR], ColorDepth::None),
            (Auto, &[XTERM, TRUECOLOR, ("NO_COLOR", "")], ColorDepth::True),
            (True, &[XTERM, NO_COLOR], ColorDepth::True),
            (Ansi16, &[XTERM, TRUECOLOR], ColorDepth::Ansi16),
            (Auto, &[("TERM", "xterm-kitty")], ColorDepth::True),
            (Auto, &[("TERM", "xterm-direct")], ColorDepth::True),
            (Auto, &[("TERM", "linux")], ColorDepth::Ansi16),
            (Auto, &[("TERM", "dumb")], ColorDepth::None),
            (Auto, &[("TERM", "screen-256color"), ("TMUX", "x")], ColorDepth::Ansi256),
            (Auto, &[XTERM, ("COLORTERM", "yes")], ColorDepth::Ansi256),
        ];
        for (color, environment, depth) in cases {
            assert_eq!(detect(color, environment).depth, depth, "{color:?} {environment:?}");
        }
    }

    #[test]
    fn what_is_in_between_is_noticed() {
        let found = detect(ColorChoice::Auto, &[("TMUX", "/tmp/x"), ("SSH_TTY", "/dev/pts/1")]);
        assert!(found.multiplexer && found.remote);
        let found = detect(ColorChoice::Auto, &[("TMUX", "")]);
        assert!(!found.multiplexer && !found.remote);
    }
}
