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
use super::balance::{Pick, Wanted, opens_in, pick, waits};
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

    /// How much longer those who are patient wait for servers that are away; `None` while they need not.
    #[must_use]
    pub fn waits(&self) -> Option<Duration> {
        let now = Instant::now();
        waits(&self.lanes(), now).map(|end| end - now)
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

    /// The server or the way to it failed; `busy` where it said that this is for now, `down` where it is not there.
    pub fn failed(&self, busy: bool, down: bool) {
        self.tell(|lane, sent, now| lane.failed(sent, now, busy, down));
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

    /// The seconds at which those who are patient ask two servers, of which so many were there before all went away.
    async fn tried(lanes: usize, were_there: usize) -> (Vec<u64>, Arc<Gate>) {
        let (gate, patient) = (Gate::new(4, lanes), Wanted { patient: true, ..Wanted::default() });
        let mut held = Vec::new();
        for _ in 0..were_there {
            held.push(gate.enter(patient).await);
        }
        held.drain(..).for_each(|permit| permit.served(None));
        for _ in 0..4 * lanes {
            assert_eq!(gate.waits(), None);
            gate.enter(patient).await.failed(false, true);
        }
        let (start, mut tried) = (Instant::now(), Vec::new());
        while gate.waits().is_some() {
            let permit = gate.enter(patient).await;
            tried.push(start.elapsed().as_secs());
            permit.failed(false, true);
        }
        (tried, gate)
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_was_there_is_waited_for_with_longer_and_longer_pauses_and_not_for_ever() {
        let (seconds, gate) = tried(1, 1).await;
        assert_eq!(seconds, [1, 3, 7, 15, 31, 63, 123, 183, 243, 300]);
        let passed = Instant::now();
        let again = gate.enter(Wanted { patient: true, ..Wanted::default() }).await;
        assert_eq!(passed.elapsed(), Duration::ZERO, "then it is as with nobody who waits");
        again.served(None);
        assert!(tried(1, 0).await.0.is_empty(), "nobody was there to come back");
        assert_eq!(tried(2, 1).await.0.last(), Some(&300), "one of two is enough");
    }

    #[tokio::test(start_paused = true)]
    async fn one_tries_a_server_that_is_away_and_all_who_wait_go_on_when_it_is_back() {
        let (gate, patient) = (Gate::new(4, 1), Wanted { patient: true, ..Wanted::default() });
        gate.enter(patient).await.served(None);
        for _ in 0..4 {
            gate.enter(patient).await.failed(false, true);
        }
        let start = Instant::now();
        let probe = gate.enter(patient).await;
        assert_eq!(start.elapsed(), Duration::from_secs(1));
        let mut tasks = JoinSet::new();
        for _ in 0..10 {
            let gate = Arc::clone(&gate);
            tasks.spawn(async move { gate.enter(patient).await.served(None) });
        }
        sleep(Duration::from_secs(9)).await;
        assert_eq!((gate.in_flight(), gate.waits()), (1, Some(Duration::from_secs(290))));
        probe.served(None);
        assert_eq!(gate.waits(), None);
        drop(probe);
        assert_eq!((tasks.join_all().await.len(), start.elapsed()), (10, Duration::from_secs(10)));
        // Who is not patient passes and fails, as with a server that was never there.
        for _ in 0..5 {
            gate.enter(Wanted::default()).await.failed(false, true);
        }
        assert_eq!(start.elapsed(), Duration::from_secs(10));
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
