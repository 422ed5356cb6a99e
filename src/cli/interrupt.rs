//! Commands that wait for others: the async runtime they run on, and Ctrl-C.

use crate::error::{AppError, Kind};
use crate::term::{Signal, Signals, stop_process_group};

/// Runs a future to its end.
///
/// # Errors
/// The future's, or the system gives no threads.
pub fn block_on<T>(future: impl Future<Output = Result<T, AppError>>) -> Result<T, AppError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| AppError::new(Kind::Other, format!("No threads can be started: {error}.")))?;
    runtime.block_on(future)
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
