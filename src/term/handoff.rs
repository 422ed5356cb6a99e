//! Giving the terminal to somebody else and taking it back: the user's editor, or the shell.

use std::io;

use super::{Events, Guard, Signal, Signals, stop_process_group};

/// Lets go of the terminal: no key is read and no mode is set until [`take_back`].
///
/// # Errors
/// The terminal did not take all of it.
pub fn hand_over(guard: &mut Guard, events: &mut Events) -> io::Result<()> {
    events.pause();
    guard.leave()
}

/// Takes the terminal back. What was typed for the other program is thrown away. The screen holds other
/// things now: call [`super::Surface::forget`] and draw.
///
/// # Errors
/// The terminal refuses; it may be gone.
pub fn take_back(guard: &mut Guard, events: &mut Events) -> io::Result<()> {
    flush_input();
    guard.enter_again()?;
    events.resume();
    Ok(())
}

/// How a suspension ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suspended {
    /// With `fg`.
    Resumed,
    /// With a signal that asks to leave.
    Leave(Signal),
}

/// Returns to the shell until `fg`. Jobs stop with the process, as for every program.
///
/// # Errors
/// There is no shell to return to (the terminal is taken back and nothing else happened), or the
/// terminal cannot be taken back.
pub async fn suspend(guard: &mut Guard, events: &mut Events, signals: &mut Signals) -> io::Result<Suspended> {
    let left = hand_over(guard, events).and_then(|()| stop_process_group());
    if let Err(error) = left {
        take_back(guard, events)?;
        return Err(error);
    }
    loop {
        match signals.next().await {
            Signal::Continue => break,
            leave @ (Signal::Terminate | Signal::Hangup) => return Ok(Suspended::Leave(leave)),
            Signal::Interrupt | Signal::Stop => {}
        }
    }
    take_back(guard, events)?;
    Ok(Suspended::Resumed)
}

#[cfg(unix)]
fn flush_input() {
    use rustix::termios::{QueueSelector, isatty, tcflush};
    let stdin = io::stdin();
    if isatty(&stdin) {
        // Old keys are a nuisance, not a failure.
        let _ = tcflush(&stdin, QueueSelector::IFlush);
    }
}

#[cfg(not(unix))]
fn flush_input() {}
