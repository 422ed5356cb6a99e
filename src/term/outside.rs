//! What a run shows outside the screen: the terminal's title, the progress on its tab or in the taskbar (OSC 9;4), and
//! a notification at the end.
//!
//! A terminal that does not know a sequence may print it, or take a progress for a notification, ten times a second.
//! So only those are sent that the terminal is known to understand; the user's config can say otherwise. Whatever was
//! set is undone by the one `restore`, a panic included. Texts are cut and hold nothing but what shows.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use super::caps::Capabilities;
use crate::theme::ColorChoice;
use crate::unseen::Watch;

/// Whether the terminal's own title was put aside, and whether a progress is shown. Like the modes they belong to the
/// process.
static TITLED: AtomicBool = AtomicBool::new(false);
static SHOWS_PROGRESS: AtomicBool = AtomicBool::new(false);

/// How the end of a run is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Notify {
    /// Not at all.
    Off,
    /// The terminal rings.
    #[default]
    Bell,
    /// `OSC 9 ; text`: iTerm2, Ghostty, WezTerm, kitty.
    Osc9,
    /// `OSC 777 ; notify ; title ; text`: foot, urxvt, VTE.
    Osc777,
}

/// What the user wants; `None` leaves it to what is known of the terminal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wishes {
    /// The title.
    pub title: Option<bool>,
    /// The progress.
    pub progress: Option<bool>,
    /// The notification.
    pub notify: Option<Notify>,
}

/// What is sent to this terminal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Abilities {
    /// The title, by `OSC 2`, with the one before put aside and brought back.
    pub title: bool,
    /// The progress, by `OSC 9;4`.
    pub progress: bool,
    /// The notification.
    pub notify: Notify,
}

/// How far a run is, for the taskbar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taskbar {
    /// It goes on, in percent.
    Going(u8),
    /// It is paused or stopping.
    Paused(u8),
    /// It broke off.
    Failed(u8),
}

impl Abilities {
    /// What the terminal understands, as far as its environment tells, and what the user wants of it. Behind tmux or
    /// screen only the title and the bell are sent: they keep the rest to themselves.
    pub fn detect(wishes: Wishes, variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let term = set("TERM").unwrap_or_default();
        let program = set("TERM_PROGRAM").unwrap_or_default();
        let plain = ["dumb", "linux", "vt"].iter().any(|kind| term.starts_with(kind));
        let dumb = plain || (term.is_empty() && !cfg!(windows));
        let between = Capabilities::detect(ColorChoice::Auto, variable).multiplexer;
        let is = |name: &str| program.eq_ignore_ascii_case(name) || term.contains(&name.to_lowercase());
        let progress = set("WT_SESSION").is_some() || set("ConEmuANSI").is_some_and(|on| on == "ON") || is("ghostty");
        let notify = if between || dumb {
            Notify::Bell
        } else if is("ghostty") || is("wezterm") || is("kitty") || program == "iTerm.app" {
            Notify::Osc9
        } else if term.starts_with("foot") || term.starts_with("rxvt-unicode") {
            Notify::Osc777
        } else {
            Notify::Bell
        };
        let usual = Self { title: !dumb, progress: progress && !between && !dumb, notify };
        Self {
            title: wishes.title.unwrap_or(usual.title),
            progress: wishes.progress.unwrap_or(usual.progress),
            notify: wishes.notify.unwrap_or(usual.notify),
        }
    }

    /// Shows this title and this progress, or gives back what was there.
    ///
    /// # Errors
    /// The terminal cannot be written to.
    pub fn show(self, out: &mut impl Write, title: Option<&str>, progress: Option<Taskbar>) -> io::Result<()> {
        match title.filter(|_| self.title) {
            Some(title) => {
                if !TITLED.swap(true, Ordering::SeqCst) {
                    out.write_all(PUT_ASIDE)?;
                }
                write!(out, "\x1b]2;{}\x07", safe(title))?;
            }
            None if TITLED.swap(false, Ordering::SeqCst) => out.write_all(BRING_BACK)?,
            None => {}
        }
        match progress.filter(|_| self.progress) {
            Some(progress) => {
                let (state, percent) = match progress {
                    Taskbar::Going(percent) => (1, percent),
                    Taskbar::Failed(percent) => (2, percent),
                    Taskbar::Paused(percent) => (4, percent),
                };
                SHOWS_PROGRESS.store(true, Ordering::SeqCst);
                write!(out, "\x1b]9;4;{state};{}\x07", percent.min(100))?;
            }
            None if SHOWS_PROGRESS.swap(false, Ordering::SeqCst) => out.write_all(NO_PROGRESS)?,
            None => {}
        }
        out.flush()
    }

    /// Tells the end of something.
    ///
    /// # Errors
    /// The terminal cannot be written to.
    pub fn notify(self, out: &mut impl Write, text: &str) -> io::Result<()> {
        match self.notify {
            Notify::Off => return Ok(()),
            Notify::Bell => out.write_all(b"\x07")?,
            Notify::Osc9 => write!(out, "\x1b]9;provost: {}\x07", safe(text))?,
            Notify::Osc777 => write!(out, "\x1b]777;notify;provost;{}\x07", safe(text))?,
        }
        out.flush()
    }
}

/// The title before ours, to a stack and back.
const PUT_ASIDE: &[u8] = b"\x1b[22;2t";
const BRING_BACK: &[u8] = b"\x1b[23;2t";
const NO_PROGRESS: &[u8] = b"\x1b]9;4;0;0\x07";

/// Undoes what [`Abilities::show`] set, once.
pub(super) fn write_restore(out: &mut impl Write) -> io::Result<()> {
    if SHOWS_PROGRESS.swap(false, Ordering::SeqCst) {
        out.write_all(NO_PROGRESS)?;
    }
    if TITLED.swap(false, Ordering::SeqCst) {
        out.write_all(BRING_BACK)?;
    }
    Ok(())
}

/// The longest text that is sent.
const LONGEST: usize = 120;

/// Nothing that ends the sequence, starts another, parts its fields or does not show.
fn safe(text: &str) -> String {
    let mut watch = Watch::default();
    let shown = |c: char| if watch.shows(c) && !c.is_control() && c != ';' { c } else { ' ' };
    text.chars().map(shown).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(wishes: Wishes, environment: &[(&str, &str)]) -> Abilities {
        let variable = |name: &str| {
            let found = environment.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Abilities::detect(wishes, &variable)
    }

    #[test]
    fn only_what_a_terminal_is_known_to_understand_is_sent() {
        let abilities = |title, progress, notify| Abilities { title, progress, notify };
        const XTERM: (&str, &str) = ("TERM", "xterm-256color");
        for (environment, wanted) in [
            (&[][..], abilities(false, false, Notify::Bell)),
            (&[("TERM", "dumb")], abilities(false, false, Notify::Bell)),
            (&[("TERM", "linux")], abilities(false, false, Notify::Bell)),
            (&[XTERM], abilities(true, false, Notify::Bell)),
            (&[XTERM, ("WT_SESSION", "x")], abilities(true, true, Notify::Bell)),
            (&[XTERM, ("ConEmuANSI", "ON")], abilities(true, true, Notify::Bell)),
            (&[("TERM", "xterm-ghostty")], abilities(true, true, Notify::Osc9)),
            (&[("TERM", "xterm-kitty")], abilities(true, false, Notify::Osc9)),
            (&[XTERM, ("TERM_PROGRAM", "iTerm.app")], abilities(true, false, Notify::Osc9)),
            (&[("TERM", "foot")], abilities(true, false, Notify::Osc777)),
            (
                &[("TERM", "tmux-256color"), ("TMUX", "x"), ("TERM_PROGRAM", "ghostty")],
                abilities(true, false, Notify::Bell),
            ),
        ] {
            if environment.is_empty() && cfg!(windows) {
                continue;
            }
            assert_eq!(detect(Wishes::default(), environment), wanted, "{environment:?}");
        }
        let wishes = Wishes { title: Some(false), progress: Some(true), notify: Some(Notify::Off) };
        assert_eq!(detect(wishes, &[XTERM]), abilities(false, true, Notify::Off), "the user has the last word");
    }

    #[test]
    fn what_is_set_is_undone_once_and_texts_hold_no_sequence() {
        let all = Abilities { title: true, progress: true, notify: Notify::Osc777 };
        let mut out = Vec::new();
        all.show(&mut out, Some("38 %\x1b]0;evil\x07 of; it\u{202e}"), Some(Taskbar::Going(38))).unwrap();
        all.show(&mut out, Some("39 %"), Some(Taskbar::Paused(39))).unwrap();
        let sent = String::from_utf8(std::mem::take(&mut out)).unwrap();
        assert_eq!(sent, "\x1b[22;2t\x1b]2;38 % ]0 evil  of  it \x07\x1b]9;4;1;38\x07\x1b]2;39 %\x07\x1b]9;4;4;39\x07");
        write_restore(&mut out).unwrap();
        write_restore(&mut out).unwrap();
        assert_eq!(std::mem::take(&mut out), [NO_PROGRESS, BRING_BACK].concat());
        all.show(&mut out, None, None).unwrap();
        assert!(out.is_empty(), "nothing is set any more");
        all.notify(&mut out, "done; 5 items").unwrap();
        assert_eq!(out, b"\x1b]777;notify;provost;done  5 items\x07");
        out.clear();
        let none = Abilities { title: false, progress: false, notify: Notify::Off };
        none.show(&mut out, Some("x"), Some(Taskbar::Failed(1))).unwrap();
        none.notify(&mut out, "x").unwrap();
        assert!(out.is_empty());
    }
}
