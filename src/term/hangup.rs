//! Notices that the terminal is gone even if SIGHUP is ignored, as under `nohup` or some task runners.
//!
//! crossterm 0.29 does not: its poll spins at full speed on a closed terminal and never returns an
//! error. So one thread waits on the terminal for hang-up alone, without reading from it and without
//! waking up before. Where the loop was inside that poll when the terminal went, it never comes back:
//! then the same thread ends the process. What was acknowledged is on disk, as after any kill.

use std::future;
use std::sync::mpsc;
use std::time::Duration;

use tokio::sync::oneshot;

/// How long the loop may take to notice before the process is ended.
const GRACE: Duration = Duration::from_millis(500);
/// The exit code then: interrupted, as when the loop notices.
const INTERRUPTED: i32 = 10;

/// Resolves when the terminal is gone.
#[derive(Debug)]
pub struct Hangup {
    news: oneshot::Receiver<()>,
    noticed: mpsc::Sender<()>,
}

impl Hangup {
    /// Watches the terminal that keys come from until the process ends. Call it once.
    pub fn watch() -> Self {
        let (gone, news) = oneshot::channel();
        let (noticed, heard) = mpsc::channel();
        let waiter = std::thread::Builder::new().name("terminal-watch".to_owned()).spawn(move || {
            if platform::wait_until_gone() {
                // The receiver may have left first.
                let _ = gone.send(());
                // A closed channel is a loop that is over.
                if heard.recv_timeout(GRACE) == Err(mpsc::RecvTimeoutError::Timeout) {
                    std::process::exit(INTERRUPTED);
                }
            }
        });
        if let Err(error) = waiter {
            tracing::warn!(%error, "The terminal is not watched for hang-up.");
        }
        Self { news, noticed }
    }

    /// Waits until the terminal is gone; for ever where that cannot be found out. Cancel safe.
    pub async fn gone(&mut self) {
        if (&mut self.news).await.is_err() {
            future::pending::<()>().await;
        }
    }

    /// Says that the loop knows it has to end, so that it is left to do so.
    pub fn noticed(&self) {
        // The watcher waits for this once the terminal is gone, and only then.
        let _ = self.noticed.send(());
    }
}

#[cfg(unix)]
mod platform {
    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::fd::AsFd;
    use rustix::io::Errno;

    /// Whether the terminal is gone; `false` if it cannot be watched.
    pub(super) fn wait_until_gone() -> bool {
        let stdin = std::io::stdin();
        if rustix::termios::isatty(&stdin) {
            return hung_up(stdin);
        }
        // Keys come from here if standard input is something else.
        std::fs::File::open("/dev/tty").is_ok_and(hung_up)
    }

    /// Blocks until the other end of `fd` is closed.
    pub(super) fn hung_up(fd: impl AsFd) -> bool {
        loop {
            // No event is asked for: hang-up and error are always reported.
            let mut fds = [PollFd::new(&fd, PollFlags::empty())];
            match poll(&mut fds, None) {
                Err(Errno::INTR | Errno::AGAIN) => {}
                Err(_) => return false,
                Ok(_) => {
                    let news = fds[0].revents();
                    if news.contains(PollFlags::NVAL) {
                        return false;
                    }
                    if news.intersects(PollFlags::HUP | PollFlags::ERR) {
                        return true;
                    }
                }
            }
        }
    }
}

#[cfg(not(unix))]
mod platform {
    /// Consoles are closed together with their programs.
    pub(super) fn wait_until_gone() -> bool {
        false
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::unix::net::UnixStream;

    #[test]
    fn a_closed_line_is_noticed_and_waiting_input_is_not_mistaken_for_it() {
        let (here, mut there) = UnixStream::pair().unwrap();
        there.write_all(b"keys").unwrap();
        let waiter = std::thread::spawn(move || platform::hung_up(&here));
        drop(there);
        assert!(waiter.join().unwrap());
    }

    #[tokio::test]
    async fn without_a_watcher_nothing_is_reported() {
        use futures_util::FutureExt;
        let (sender, news) = oneshot::channel();
        let mut hangup = Hangup { news, noticed: mpsc::channel().0 };
        drop(sender);
        assert!(hangup.gone().now_or_never().is_none());
    }
}
