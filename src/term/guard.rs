//! The terminal modes: entered in one place, undone in one place.
//!
//! A terminal that is left in raw mode or with the mouse captured is broken for its user. So there
//! is one [`restore`], and it is what normal exit, panic, suspend, editor and signals call. It undoes
//! every mode this program ever sets, whichever are set now, and does nothing the second time.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::{self, SetCursorStyle};
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
};
use crossterm::queue;
use crossterm::style::{Attribute, Print, SetAttribute, force_color_output};
use crossterm::terminal::{
    EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};

use super::outside::{Abilities, Taskbar, write_restore};

/// Whether the modes are set. The terminal belongs to the process, and so does this.
static ENTERED: AtomicBool = AtomicBool::new(false);
/// Whether the terminal was given back for good: by a panic, on whatever thread.
static GIVEN_UP: AtomicBool = AtomicBool::new(false);

/// Clicks, drags and the wheel with SGR coordinates. crossterm's own command also asks for every
/// movement of the pointer, which would wake an idle program all the time.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1002h\x1b[?1006h";

/// Holds the terminal modes; dropping it restores the terminal.
#[derive(Debug)]
pub struct Guard {
    mouse: bool,
    headless: bool,
    abilities: Abilities,
}

impl Guard {
    /// Enters raw mode, the alternate screen, bracketed paste, focus events and, if wanted, mouse
    /// capture. Colours are left to the theme: crossterm's own reading of `NO_COLOR` also swallows
    /// bold and reverse, so it is switched off.
    ///
    /// # Errors
    /// Standard output is not a terminal, or it refuses; nothing stays set then.
    pub fn enter(mouse: bool) -> io::Result<Self> {
        if !io::stdout().is_terminal() {
            return Err(io::Error::other("Standard output is not a terminal."));
        }
        let mut guard = Self { mouse, headless: false, abilities: Abilities::default() };
        guard.enter_again()?;
        Ok(guard)
    }

    /// A guard that sets nothing: for tests that run the program without a terminal.
    pub fn headless() -> Self {
        Self { mouse: false, headless: true, abilities: Abilities::default() }
    }

    /// Sets the modes again after [`Guard::leave`], or after somebody else changed them.
    ///
    /// # Errors
    /// The terminal refuses; nothing stays set then.
    pub fn enter_again(&mut self) -> io::Result<()> {
        if self.headless {
            return Ok(());
        }
        if is_given_up() {
            return Err(io::Error::other("provost broke off, and the terminal was given back."));
        }
        force_color_output(true);
        if ENTERED.swap(true, Ordering::SeqCst) {
            // Stopped by SIGSTOP: the shell took the line back, and crossterm would believe that it is still raw.
            let _ = disable_raw_mode();
        }
        let entered = enable_raw_mode().and_then(|()| {
            let mut out = io::stdout().lock();
            write_enter(&mut out, self.mouse)?;
            out.flush()
        });
        if entered.is_err() {
            // The first error is the one to report.
            let _ = restore();
        }
        entered
    }

    /// Gives the terminal back for a while: to an editor or to the shell.
    ///
    /// # Errors
    /// The terminal did not take all of it. What could be undone is undone.
    pub fn leave(&mut self) -> io::Result<()> {
        if self.headless {
            return Ok(());
        }
        restore()
    }

    /// Takes the mouse, or gives it back to the terminal for selecting text.
    ///
    /// # Errors
    /// The terminal cannot be written to.
    pub fn set_mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        if self.headless {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        if on {
            queue!(out, Print(MOUSE_ON))?;
        } else {
            queue!(out, DisableMouseCapture)?;
        }
        out.flush()
    }

    /// What may be sent beside frames.
    #[must_use]
    pub fn with(mut self, abilities: Abilities) -> Self {
        self.abilities = abilities;
        self
    }

    /// Tells the end of something, as the user wants it told.
    ///
    /// # Errors
    /// The terminal cannot be written to.
    pub fn notify(&self, text: &str) -> io::Result<()> {
        if self.headless {
            return Ok(());
        }
        self.abilities.notify(&mut io::stdout().lock(), text)
    }

    /// Where sequences beside frames go; nowhere without a terminal.
    pub fn beside(&self) -> Box<dyn Write> {
        if self.headless { Box::new(io::sink()) } else { Box::new(io::stdout()) }
    }

    /// Shows a title and a progress outside the screen, or gives back what was there.
    ///
    /// # Errors
    /// The terminal cannot be written to.
    pub fn show_outside(&self, title: Option<&str>, progress: Option<Taskbar>) -> io::Result<()> {
        if self.headless || is_given_up() || !ENTERED.load(Ordering::SeqCst) {
            return Ok(());
        }
        self.abilities.show(&mut io::stdout().lock(), title, progress)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if !self.headless {
            crate::planted::panics("drop");
            // Nobody is left to report to; the terminal may be gone.
            let _ = restore();
        }
    }
}

/// Gives the terminal back as it was found. Does nothing if the modes are not set, so it can be called
/// from everywhere, a panic hook included, in any order.
///
/// # Errors
/// The terminal did not take all of it, for example because it is gone. Every step is tried.
pub fn restore() -> io::Result<()> {
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return Ok(());
    }
    let mut out = io::stdout().lock();
    let outside = write_restore(&mut out);
    let written = write_leave(&mut out).and(outside).and_then(|()| out.flush());
    let cooked = disable_raw_mode();
    written.and(cooked)
}

/// As [`restore`], and nothing is drawn from now on: what is under way on other threads would be drawn over what is said of the end.
pub(super) fn give_up() -> io::Result<()> {
    GIVEN_UP.store(true, Ordering::SeqCst);
    restore()
}

/// Whether nothing is to be drawn any more. Asked with standard output locked it is true until the lock is let go.
pub(super) fn is_given_up() -> bool {
    GIVEN_UP.load(Ordering::SeqCst)
}

fn write_enter(out: &mut impl Write, mouse: bool) -> io::Result<()> {
    queue!(out, EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange, cursor::Hide)?;
    if mouse {
        queue!(out, Print(MOUSE_ON))?;
    }
    Ok(())
}

/// The reverse of [`write_enter`] and of whatever a frame may have left half done.
fn write_leave(out: &mut impl Write) -> io::Result<()> {
    queue!(
        out,
        EndSynchronizedUpdate,
        DisableMouseCapture,
        DisableFocusChange,
        DisableBracketedPaste,
        SetAttribute(Attribute::Reset),
        SetCursorStyle::DefaultUserShape,
        LeaveAlternateScreen,
        cursor::Show
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The private modes a byte stream leaves set (`h`) or has reset (`l`).
    fn modes(bytes: &[u8], end: char) -> BTreeSet<String> {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        text.split("\x1b[?")
            .skip(1)
            .filter_map(|rest| {
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                (rest.chars().nth(digits.len()) == Some(end)).then_some(digits)
            })
            .collect()
    }

    #[test]
    fn every_mode_that_is_set_is_undone() {
        let (mut enter, mut leave) = (Vec::new(), Vec::new());
        write_enter(&mut enter, true).unwrap();
        write_leave(&mut leave).unwrap();
        let set = modes(&enter, 'h');
        let reset = modes(&leave, 'l');
        assert!(set.contains("1049") && set.contains("2004") && set.contains("1006"), "{set:?}");
        assert!(set.is_subset(&reset), "never reset: {:?}", set.difference(&reset));
        // The cursor was hidden (`?25l`) and is shown again (`?25h`), outside the alternate screen.
        assert!(modes(&enter, 'l').contains("25") && modes(&leave, 'h').contains("25"));
        // A frame cut off in the middle does not leave the screen frozen.
        assert!(reset.contains("2026"));
    }

    #[test]
    fn pointer_movement_is_not_asked_for() {
        let mut enter = Vec::new();
        write_enter(&mut enter, true).unwrap();
        assert!(!modes(&enter, 'h').contains("1003"));
        enter.clear();
        write_enter(&mut enter, false).unwrap();
        assert!(!modes(&enter, 'h').contains("1000"));
    }

    #[test]
    fn restoring_what_was_never_entered_does_nothing() {
        assert!(restore().is_ok());
        assert!(restore().is_ok());
    }
}
