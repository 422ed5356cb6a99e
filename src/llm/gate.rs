//! The one rate gate of an endpoint: how many requests may fly, and from when on.
//!
//! The limit follows the server (AIMD): halved when it says "too many", one more per full round of
//! accepted replies. After a `Retry-After` nobody passes before its time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// A limit on requests in flight that can change at run time, and a door that can be shut for a while.
#[derive(Debug)]
pub struct Gate {
    state: Mutex<State>,
    freed: Notify,
}

#[derive(Debug)]
struct State {
    /// Whole part: requests allowed now.
    limit: f64,
    ceiling: usize,
    in_flight: usize,
    opens: Option<Instant>,
    /// Counts the halvings, so that one burst of refusals halves once.
    round: u64,
}

/// Leave to send one request; passing it back is dropping it.
#[derive(Debug)]
pub struct Permit {
    gate: Arc<Gate>,
    round: u64,
}

impl Gate {
    /// A gate that lets `ceiling` requests fly at once, at least one.
    #[must_use]
    pub fn new(ceiling: usize) -> Arc<Self> {
        let ceiling = ceiling.max(1);
        Arc::new(Self {
            state: Mutex::new(State { limit: ceiling as f64, ceiling, in_flight: 0, opens: None, round: 0 }),
            freed: Notify::new(),
        })
    }

    /// Waits for leave to send. Dropping the future gives up the place in the queue.
    pub async fn enter(self: &Arc<Self>) -> Permit {
        let mut woken = false;
        loop {
            // Registered before looking, so that a place freed in between is not missed.
            let mut freed = std::pin::pin!(self.freed.notified());
            let opens = {
                let mut state = self.state();
                match state.opens {
                    Some(at) if at > Instant::now() => Some(at),
                    _ => {
                        state.opens = None;
                        if state.in_flight < state.limit as usize {
                            state.in_flight += 1;
                            let round = state.round;
                            return Permit { gate: Arc::clone(self), round };
                        }
                        freed.as_mut().enable();
                        None
                    }
                }
            };
            match opens {
                Some(at) => {
                    // Who was called to a free place and finds the door shut passes the call on:
                    // while it sleeps it may be dropped, and the place would stay empty.
                    if std::mem::take(&mut woken) {
                        self.freed.notify_one();
                    }
                    sleep_until(at).await;
                }
                None => {
                    freed.await;
                    woken = true;
                }
            }
        }
    }

    /// Changes the ceiling at run time; requests in flight are not called back.
    pub fn set_ceiling(&self, ceiling: usize) {
        let mut state = self.state();
        state.ceiling = ceiling.max(1);
        state.limit = state.ceiling as f64;
        drop(state);
        self.freed.notify_waiters();
    }

    /// Requests that are out.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.state().in_flight
    }

    /// Requests allowed now: the ceiling, or less while the server is short of breath.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.state().limit as usize
    }

    /// How long the door stays shut; `None` when it is open.
    #[must_use]
    pub fn opens_in(&self) -> Option<Duration> {
        let opens = self.state().opens?;
        let left = opens.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// Lets nobody pass for `wait`; a later time already set stays.
    pub fn shut_for(&self, wait: Duration) {
        let mut state = self.state();
        let until = Instant::now() + wait;
        state.opens = Some(state.opens.map_or(until, |at| at.max(until)));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// The server accepted: the limit may grow, by one per full round.
    pub fn accepted(&self) {
        let mut state = self.gate.state();
        let before = state.limit as usize;
        state.limit = (state.limit + 1.0 / state.limit).min(state.ceiling as f64);
        let grown = state.limit as usize > before;
        drop(state);
        if grown {
            self.gate.freed.notify_one();
        }
    }

    /// The server said "too many": halve the limit, once per burst, and shut the door for `wait`.
    pub fn refused(&self, wait: Duration) {
        let mut state = self.gate.state();
        if state.round == self.round {
            state.round += 1;
            state.limit = (state.limit / 2.0).max(1.0);
        }
        drop(state);
        self.gate.shut_for(wait);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.gate.state().in_flight -= 1;
        self.gate.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::task::JoinSet;
    use tokio::time::{sleep, timeout};

    const TICK: Duration = Duration::from_millis(10);

    #[tokio::test(start_paused = true)]
    async fn no_more_fly_than_allowed_and_all_arrive() {
        let gate = Gate::new(3);
        let highest = Arc::new(AtomicUsize::new(0));
        let mut tasks = JoinSet::new();
        for _ in 0..50 {
            let (gate, highest) = (Arc::clone(&gate), Arc::clone(&highest));
            tasks.spawn(async move {
                let _permit = gate.enter().await;
                highest.fetch_max(gate.in_flight(), Ordering::Relaxed);
                sleep(TICK).await;
            });
        }
        assert_eq!(tasks.join_all().await.len(), 50);
        assert_eq!(highest.load(Ordering::Relaxed), 3);
        assert_eq!(gate.in_flight(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_passes_before_the_door_opens() {
        let gate = Gate::new(4);
        let permit = gate.enter().await;
        let start = Instant::now();
        permit.refused(Duration::from_secs(33));
        permit.refused(Duration::from_secs(2));
        drop(permit);
        assert_eq!(gate.opens_in(), Some(Duration::from_secs(33)));
        let mut tasks = JoinSet::new();
        for _ in 0..10 {
            let gate = Arc::clone(&gate);
            tasks.spawn(async move {
                let _permit = gate.enter().await;
                Instant::now()
            });
        }
        for at in tasks.join_all().await {
            assert!(at - start >= Duration::from_secs(33));
        }
        assert_eq!(gate.opens_in(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_of_refusals_halves_once_and_success_recovers() {
        let gate = Gate::new(8);
        let mut burst = Vec::new();
        for _ in 0..8 {
            burst.push(gate.enter().await);
        }
        for permit in &burst {
            permit.refused(Duration::ZERO);
        }
        assert_eq!(gate.limit(), 4);
        burst.clear();
        let next = gate.enter().await;
        next.refused(Duration::ZERO);
        assert_eq!(gate.limit(), 2);
        for _ in 0..100 {
            next.accepted();
        }
        assert_eq!(gate.limit(), 8);
    }

    #[tokio::test(start_paused = true)]
    async fn a_raised_ceiling_wakes_those_who_wait() {
        let gate = Gate::new(1);
        let held = gate.enter().await;
        let waiting = {
            let gate = Arc::clone(&gate);
            tokio::spawn(async move { gate.enter().await })
        };
        tokio::task::yield_now().await;
        gate.set_ceiling(2);
        let second = timeout(TICK, waiting).await.unwrap().unwrap();
        assert_eq!(gate.in_flight(), 2);
        drop((held, second));
        assert_eq!(gate.in_flight(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_passes_the_place_on() {
        let gate = Gate::new(1);
        let held = gate.enter().await;
        let mut impatient = Box::pin(gate.enter());
        assert!(timeout(TICK, &mut impatient).await.is_err());
        let patient = {
            let gate = Arc::clone(&gate);
            tokio::spawn(async move { gate.enter().await })
        };
        tokio::task::yield_now().await;
        drop(held);
        drop(impatient);
        assert!(timeout(TICK, patient).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_finds_the_door_shut_is_passed_on() {
        let gate = Gate::new(1);
        let held = gate.enter().await;
        let wait = |gate: &Arc<Gate>| {
            let gate = Arc::clone(gate);
            tokio::spawn(async move { gate.enter().await })
        };
        let (called, other) = (wait(&gate), wait(&gate));
        tokio::task::yield_now().await;
        held.refused(Duration::from_secs(30));
        drop(held);
        tokio::task::yield_now().await;
        called.abort();
        assert!(timeout(Duration::from_secs(31), other).await.is_ok());
    }
}
