//! Signals as a stream, without unsafe code.
//!
//! In raw mode Ctrl-C and Ctrl-Z are keys; what arrives here was sent by somebody else, by the
//! kernel, or by a child that shares the process group.

use std::io;

/// A reason to leave, to stop or to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM and SIGQUIT: save and leave. The latter without the core dump, which would hold keys.
    Terminate,
    /// SIGHUP: the terminal is going; save and leave, without writing to it.
    Hangup,
    /// SIGINT: like Ctrl-C outside raw mode. Ignored while the screen is up.
    Interrupt,
    /// SIGTSTP: stop, as Ctrl-Z.
    Stop,
    /// SIGCONT: somebody woke the process; the terminal has to be set up again.
    Continue,
}

#[cfg(unix)]
mod platform {
    use super::{Signal, io};
    use rustix::process;
    use tokio::signal::unix::{self, SignalKind};

    /// The signals of this process. Create it once, inside the async runtime.
    #[derive(Debug)]
    pub struct Signals {
        terminate: unix::Signal,
        quit: unix::Signal,
        hangup: unix::Signal,
        interrupt: unix::Signal,
        stop: unix::Signal,
        go_on: unix::Signal,
    }

    impl Signals {
        /// Takes over the signals from their default actions.
        ///
        /// # Errors
        /// The system refuses a handler.
        pub fn new() -> io::Result<Self> {
            let raw = |signal: process::Signal| SignalKind::from_raw(signal.as_raw());
            Ok(Self {
                terminate: unix::signal(SignalKind::terminate())?,
                quit: unix::signal(SignalKind::quit())?,
                hangup: unix::signal(SignalKind::hangup())?,
                interrupt: unix::signal(SignalKind::interrupt())?,
                stop: unix::signal(raw(process::Signal::TSTP))?,
                go_on: unix::signal(raw(process::Signal::CONT))?,
            })
        }

        /// The next signal. Cancel safe.
        pub async fn next(&mut self) -> Signal {
            tokio::select! {
                biased;
                _ = self.terminate.recv() => Signal::Terminate,
                _ = self.quit.recv() => Signal::Terminate,
                _ = self.hangup.recv() => Signal::Hangup,
                _ = self.interrupt.recv() => Signal::Interrupt,
                _ = self.stop.recv() => Signal::Stop,
                _ = self.go_on.recv() => Signal::Continue,
            }
        }
    }

    /// Stops the whole process group, as the shell expects of Ctrl-Z: if another program such as
    /// `cargo run` or `git` started this one, it has to stop too. Go on when [`Signal::Continue`] comes.
    ///
    /// # Errors
    /// The process leads its session (a bare container, `tmux new-window provost`): there is no shell
    /// that could wake it again, so it is not stopped.
    pub fn stop_process_group() -> io::Result<()> {
        if process::getsid(None)? == process::getpgrp() {
            return Err(io::Error::other("There is no shell to return to, so provost was not suspended."));
        }
        // SIGSTOP, because SIGTSTP is the signal that `Signals` has taken over.
        Ok(process::kill_current_process_group(process::Signal::STOP)?)
    }
}

#[cfg(not(unix))]
mod platform {
    use super::{Signal, io};

    /// The signals of this process. Create it once, inside the async runtime.
    #[derive(Debug)]
    pub struct Signals;

    impl Signals {
        /// Takes over the signals from their default actions.
        ///
        /// # Errors
        /// None here.
        pub fn new() -> io::Result<Self> {
            Ok(Self)
        }

        /// The next signal. Cancel safe.
        pub async fn next(&mut self) -> Signal {
            match tokio::signal::ctrl_c().await {
                Ok(()) => Signal::Interrupt,
                Err(_) => std::future::pending().await,
            }
        }
    }

    /// There are no process groups to stop here.
    ///
    /// # Errors
    /// Always.
    pub fn stop_process_group() -> io::Result<()> {
        Err(io::Error::other("This system cannot suspend a program, so provost was not suspended."))
    }
}

pub use platform::{Signals, stop_process_group};

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use rustix::process::{self, Signal as Raw};

    #[tokio::test]
    async fn each_signal_arrives_as_what_it_means() {
        let mut signals = Signals::new().unwrap();
        let cases = [
            (Raw::TERM, Signal::Terminate),
            (Raw::QUIT, Signal::Terminate),
            (Raw::HUP, Signal::Hangup),
            (Raw::INT, Signal::Interrupt),
            (Raw::TSTP, Signal::Stop),
            (Raw::CONT, Signal::Continue),
        ];
        for (raw, meaning) in cases {
            process::kill_process(process::getpid(), raw).unwrap();
            assert_eq!(signals.next().await, meaning);
        }
    }
}
