//! Commands that wait for others: the async runtime they run on, and Ctrl-C.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

use crate::error::{AppError, Kind};
use crate::term::{Signal, Signals, stop_process_group};

/// How long threads that still work on something may keep a command that is over.
const LEAVE: Duration = Duration::from_millis(300);

/// Runs a future to its end. What it left to other threads is not waited for much longer: a long reading that nobody
/// looks at any more must not keep the process.
///
/// # Errors
/// The future's, or the system gives no threads.
pub fn block_on<T>(future: impl Future<Output = Result<T, AppError>>) -> Result<T, AppError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| AppError::new(Kind::Other, format!("No threads can be started: {error}.")))?;
    // After a panic as well: dropped, the runtime would wait for its threads for ever.
    let ended = catch_unwind(AssertUnwindSafe(|| runtime.block_on(future)));
    runtime.shutdown_timeout(LEAVE);
    ended.unwrap_or_else(|panic| resume_unwind(panic))
}

/// Ctrl-C, SIGTERM and SIGHUP, in place of their default actions.
pub struct Interrupts(Signals);

impl Interrupts {
    /// From now on they are asked for here. Call it inside the runtime.
    ///
    /// # Errors
    /// The system refuses a handler.
    pub fn new() -> Result<Self, AppError> {
        let refused = |error| AppError::new(Kind::Other, format!("Signals cannot be received: {error}."));
        Signals::new().map(Self).map_err(refused)
    }

    /// Waits for the next one. Ctrl-Z does what it always does. Cancel safe.
    pub async fn next(&mut self) {
        loop {
            match self.0.next().await {
                Signal::Interrupt | Signal::Terminate | Signal::Hangup => return,
                Signal::Stop => {
                    // A process that leads its session has no shell to return to, and goes on.
                    let _ = stop_process_group();
                }
                Signal::Continue => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::block_on;

    #[test]
    fn what_other_threads_still_do_does_not_keep_a_command() {
        let (release, held) = channel::<()>();
        let ended = block_on(async move {
            tokio::task::spawn_blocking(move || held.recv());
            Ok("over")
        });
        assert_eq!(ended.ok(), Some("over"));
        drop(release);
    }
}
