//! The one rate gate of an endpoint: which of its servers is asked, how many requests may fly, and from when on.
//!
//! What each server bears is known to its [`Lane`]; here is the queue before them. Only whoever is first in it looks for a
//! place, so a thousand who wait cost as much as one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use reqwest::header::HeaderMap;
use tokio::sync::{Mutex as Turn, Notify};
use tokio::time::{Instant, sleep_until};

use super::Health;
use super::balance::{Pick, Wanted, opens_in, pick};
use super::lane::{Lane, Sent};
use super::quota;

/// A limit on requests in flight that can change at run time, and a door that can be shut for a while; for
/// each of an endpoint's servers.
#[derive(Debug)]
pub struct Gate {
    lanes: Mutex<Vec<Lane>>,
    /// Held by whoever is first in the queue.
    turn: Turn<()>,
    /// Wakes whoever is first in the queue.
    freed: Notify,
}

/// Leave to send one request to one server; passing it back is dropping it.
#[derive(Debug)]
pub struct Permit {
    gate: Arc<Gate>,
    lane: usize,
    sent: Sent,
}

impl Gate {
    /// A gate to `lanes` servers that lets `ceiling` requests fly at once to each of them, at least one.
    #[must_use]
    pub fn new(ceiling: usize, lanes: usize) -> Arc<Self> {
        let lane = |_| Lane::new(ceiling.max(1), lanes <= 1);
        let lanes = (0..lanes.max(1)).map(lane).collect();
        Arc::new(Self { lanes: Mutex::new(lanes), turn: Turn::new(()), freed: Notify::new() })
    }

    /// Waits for leave to send. Dropping the future gives up the place in the queue.
    pub(super) async fn enter(self: &Arc<Self>, wanted: Wanted) -> Permit {
        let _turn = self.turn.lock().await;
        loop {
            let opens = {
                let mut lanes = self.lanes();
                let now = Instant::now();
                match pick(&mut lanes, now, wanted) {
                    Pick::Lane(lane) => {
                        let sent = lanes[lane].begin(now);
                        return Permit { gate: Arc::clone(self), lane, sent };
                    }
                    Pick::Wait(opens) => opens,
                }
            };
            // A place that is freed in between is kept by `freed` for the one who waits.
            match opens {
                Some(at) => tokio::select! {
                    () = sleep_until(at) => {}
                    () = self.freed.notified() => {}
                },
                None => self.freed.notified().await,
            }
        }
    }

    /// Changes the ceiling of each server at run time; requests in flight are not called back.
    pub fn set_ceiling(&self, ceiling: usize) {
        self.lanes().iter_mut().for_each(|lane| lane.set_ceiling(ceiling.max(1)));
        self.freed.notify_one();
    }

    /// Requests that are out.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.lanes().iter().map(Lane::in_flight).sum()
    }

    /// Requests allowed now: the ceilings, or less while a server is short of breath.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.lanes().iter().map(Lane::limit).sum()
    }

    /// How long all doors stay shut; `None` when one is open.
    #[must_use]
    pub fn opens_in(&self) -> Option<Duration> {
        opens_in(&self.lanes(), Instant::now())
    }

    /// How each server does; `origins` are their names.
    pub(super) fn health<'a>(&self, origins: impl Iterator<Item = &'a str>) -> Vec<Health> {
        let now = Instant::now();
        self.lanes().iter().zip(origins).map(|(lane, origin)| lane.health(origin.to_owned(), now)).collect()
    }

    fn lanes(&self) -> MutexGuard<'_, Vec<Lane>> {
        // Counters stay usable after a panic elsewhere: every update leaves them whole.
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// The number of the server.
    pub(super) fn lane(&self) -> usize {
        self.lane
    }

    /// The head of the reply is there; it may state counts of the server's own.
    pub(super) fn heard(&self, headers: &HeaderMap) {
        let quotas = quota::read(headers, SystemTime::now());
        if !quotas.is_empty() {
            self.tell(|lane, sent, _| lane.told(sent, &quotas));
        }
    }

    /// The server did its work, whether or not the reply can be used; `tokens` of prompt and reply where it counted them.
    pub fn served(&self, tokens: Option<u64>) {
        self.tell(|lane, sent, now| lane.served(sent, now, tokens));
    }

    /// The server said "too many", and perhaps how long to wait.
    pub fn refused(&self, wait: Option<Duration>) {
        self.tell(|lane, sent, now| lane.refused(sent, wait, now));
    }

    /// The server or the way to it failed; `busy` where it said that this is for now.
    pub fn failed(&self, busy: bool) {
        self.tell(|lane, sent, now| lane.failed(sent, now, busy));
    }

    /// The server refuses such requests whatever is in them, in its words; whether all servers do.
    pub(super) fn denied(&self, why: &str) -> bool {
        let mut lanes = self.gate.lanes();
        if let Some(lane) = lanes.get_mut(self.lane) {
            lane.denied(self.sent, why, Instant::now());
        }
        lanes.iter().all(Lane::denies)
    }

    /// Lets nobody pass to this server for `wait`.
    pub fn shut_for(&self, wait: Duration) {
        self.tell(|lane, _, now| lane.shut_for(wait, now));
    }

    fn tell(&self, what: impl FnOnce(&mut Lane, Sent, Instant)) {
        if let Some(lane) = self.gate.lanes().get_mut(self.lane) {
            what(lane, self.sent, Instant::now());
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.tell(|lane, sent, _| lane.end(sent));
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
        let gate = Gate::new(3, 1);
        let highest = Arc::new(AtomicUsize::new(0));
        let mut tasks = JoinSet::new();
        for _ in 0..50 {
            let (gate, highest) = (Arc::clone(&gate), Arc::clone(&highest));
            tasks.spawn(async move {
                let _permit = gate.enter(Wanted::default()).await;
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
        let gate = Gate::new(4, 1);
        let permit = gate.enter(Wanted::default()).await;
        let start = Instant::now();
        permit.refused(Some(Duration::from_secs(33)));
        permit.refused(Some(Duration::from_secs(2)));
        drop(permit);
        assert_eq!(gate.opens_in(), Some(Duration::from_secs(33)));
        let mut tasks = JoinSet::new();
        for _ in 0..10 {
            let gate = Arc::clone(&gate);
            tasks.spawn(async move {
                let permit = gate.enter(Wanted::default()).await;
                permit.served(None);
                Instant::now()
            });
        }
        for at in tasks.join_all().await {
            assert!(at - start >= Duration::from_secs(33));
        }
        assert_eq!(gate.opens_in(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_that_is_too_much_leaves_what_was_borne_and_success_recovers() {
        let gate = Gate::new(8, 1);
        let mut burst = Vec::new();
        for _ in 0..8 {
            burst.push(gate.enter(Wanted::default()).await);
        }
        for permit in burst.drain(4..) {
            permit.refused(Some(Duration::ZERO));
        }
        assert_eq!(gate.limit(), 4, "the fifth was refused");
        burst.drain(..).for_each(|permit| permit.served(None));
        for _ in 0..10 {
            let mut full = Vec::new();
            for _ in 0..gate.limit() {
                full.push(gate.enter(Wanted::default()).await);
            }
            full.iter().for_each(|permit| permit.served(None));
        }
        assert_eq!(gate.limit(), 8);
    }

    #[tokio::test(start_paused = true)]
    async fn a_raised_ceiling_wakes_those_who_wait() {
        let gate = Gate::new(1, 1);
        let held = gate.enter(Wanted::default()).await;
        let waiting = {
            let gate = Arc::clone(&gate);
            tokio::spawn(async move { gate.enter(Wanted::default()).await })
        };
        tokio::task::yield_now().await;
        gate.set_ceiling(2);
        let second = timeout(10 * TICK, waiting).await.unwrap().unwrap();
        assert_eq!(gate.in_flight(), 2);
        drop((held, second));
        assert_eq!(gate.in_flight(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_passes_the_place_on() {
        let gate = Gate::new(1, 1);
        let held = gate.enter(Wanted::default()).await;
        let mut impatient = Box::pin(gate.enter(Wanted::default()));
        assert!(timeout(TICK, &mut impatient).await.is_err());
        let patient = {
            let gate = Arc::clone(&gate);
            tokio::spawn(async move { gate.enter(Wanted::default()).await })
        };
        tokio::task::yield_now().await;
        drop(held);
        drop(impatient);
        assert!(timeout(TICK, patient).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_finds_the_door_shut_is_passed_on() {
        let gate = Gate::new(1, 1);
        let held = gate.enter(Wanted::default()).await;
        let wait = |gate: &Arc<Gate>| {
            let gate = Arc::clone(gate);
            tokio::spawn(async move { gate.enter(Wanted::default()).await })
        };
        let (called, other) = (wait(&gate), wait(&gate));
        tokio::task::yield_now().await;
        held.refused(Some(Duration::from_secs(30)));
        drop(held);
        tokio::task::yield_now().await;
        called.abort();
        assert!(timeout(Duration::from_secs(31), other).await.is_ok());
    }
}
