//! Servers that count, in a simulation with a clock of its own: what the gate makes of what they say.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::header::HeaderMap;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::llm::Gate;
use crate::llm::balance::Wanted;

/// How a server counts.
#[derive(Clone, Copy, Debug)]
enum Counts {
    /// A bucket that refills `rate` times a second and holds so many.
    Bucket { rate: f64, holds: f64 },
    /// So many in each span of time.
    Window { most: f64, seconds: f64 },
    /// So many at once.
    AtOnce(usize),
    /// As many as come, so many worked on at once.
    Queue(usize),
    /// As many as come, each slower by so much of its time for each one in flight.
    Batch(f64),
}

/// What it says when it is too much.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Says {
    Nothing,
    /// The wait to the millisecond.
    Exactly,
    /// The wait in whole seconds, rounded up.
    Seconds,
}

struct Server {
    counts: Counts,
    says: Says,
    headers: bool,
    /// Of a reply.
    latency: f64,
    /// Whether replies take between nothing and twice the latency.
    spread: bool,
    started: Instant,
    left: f64,
    filled: Instant,
    in_flight: usize,
    /// When each worker is free again.
    workers: VecDeque<Instant>,
    served: u64,
}

enum Said {
    /// After this time.
    Yes(f64, HeaderMap),
    No(Option<Duration>),
}

impl Server {
    fn new(counts: Counts, says: Says) -> Self {
        let now = Instant::now();
        let left = match counts {
            Counts::Bucket { holds, .. } => holds,
            Counts::Window { most, .. } => most,
            _ => 0.0,
        };
        let workers = if let Counts::Queue(workers) = counts { vec![now; workers].into() } else { VecDeque::new() };
        Self {
            counts,
            says,
            headers: false,
            latency: 0.1,
            spread: false,
            started: now,
            left,
            filled: now,
            in_flight: 0,
            workers,
            served: 0,
        }
    }

    fn ask(&mut self) -> Said {
        let now = Instant::now();
        let since = |at: Instant| (now - at).as_secs_f64();
        self.served += 1;
        let share = (self.served.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11) as f64 / (1_u64 << 53) as f64;
        let mut latency = if self.spread { self.latency * 2.0 * share } else { self.latency };
        let (whole, reset) = match self.counts {
            Counts::Bucket { rate, holds } => {
                self.left = (self.left + since(self.filled) * rate).min(holds);
                self.filled = now;
                if self.left < 1.0 {
                    return self.no((1.0 - self.left) / rate);
                }
                self.left -= 1.0;
                (holds, (holds - self.left) / rate)
            }
            Counts::Window { most, seconds } => {
                if (since(self.started) / seconds) as u64
                    != ((self.filled - self.started).as_secs_f64() / seconds) as u64
                {
                    self.left = most;
                }
                self.filled = now;
                let reset = seconds - since(self.started) % seconds;
                if self.left < 1.0 {
                    return self.no(reset);
                }
                self.left -= 1.0;
                (most, reset)
            }
            Counts::AtOnce(most) => {
                if self.in_flight >= most {
                    return self.no(0.05);
                }
                (0.0, 0.0)
            }
            Counts::Queue(_) => {
                let free = self.workers.pop_front().unwrap_or(now).max(now);
                let done = free + Duration::from_secs_f64(latency);
                let at = self.workers.partition_point(|worker| *worker <= done);
                self.workers.insert(at, done);
                latency = (done - now).as_secs_f64();
                (0.0, 0.0)
            }
            Counts::Batch(each) => {
                latency *= 1.0 + each * self.in_flight as f64;
                (0.0, 0.0)
            }
        };
        self.in_flight += 1;
        let mut headers = HeaderMap::new();
        if self.headers {
            headers.insert("x-ratelimit-limit-requests", format!("{whole:.0}").parse().unwrap());
            headers.insert("x-ratelimit-remaining-requests", format!("{:.0}", self.left.floor()).parse().unwrap());
            headers.insert("x-ratelimit-reset-requests", format!("{:.0}ms", reset * 1000.0).parse().unwrap());
        }
        Said::Yes(latency, headers)
    }

    fn no(&self, wait: f64) -> Said {
        Said::No(match self.says {
            Says::Nothing => None,
            Says::Exactly => Some(Duration::from_secs_f64(wait)),
            Says::Seconds => Some(Duration::from_secs_f64(wait.ceil())),
        })
    }
}

#[derive(Debug)]
struct Seen {
    accepted: u64,
    refused: u64,
    limit: usize,
}

impl Seen {
    fn refused_share(&self) -> f64 {
        self.refused as f64 / (self.accepted + self.refused) as f64
    }
}

/// Asks with `workers` at once for so many seconds of the paused clock.
async fn run(server: Server, workers: usize, seconds: u64) -> Seen {
    let gate = Gate::new(workers, 1);
    let server = Arc::new(Mutex::new(server));
    let counts: Arc<[AtomicU64; 2]> = Arc::default();
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut tasks = JoinSet::new();
    for _ in 0..workers {
        let (gate, server, counts) = (Arc::clone(&gate), Arc::clone(&server), Arc::clone(&counts));
        tasks.spawn(async move {
            let mut tried = 0;
            loop {
                let permit = tokio::select! {
                    permit = gate.enter(Wanted::default()) => permit,
                    () = tokio::time::sleep_until(end) => return,
                };
                // The way there and back.
                sleep(Duration::from_millis(2)).await;
                let said = server.lock().unwrap().ask();
                match said {
                    Said::Yes(latency, headers) => {
                        sleep(Duration::from_secs_f64(latency)).await;
                        server.lock().unwrap().in_flight -= 1;
                        sleep(Duration::from_millis(2)).await;
                        permit.heard(&headers);
                        permit.served(Some(100));
                        if Instant::now() <= end {
                            counts[0].fetch_add(1, Ordering::Relaxed);
                        }
                        tried = 0;
                    }
                    Said::No(wait) => {
                        sleep(Duration::from_millis(2)).await;
                        counts[1].fetch_add(1, Ordering::Relaxed);
                        permit.refused(wait);
                        drop(permit);
                        tried += 1;
                        if wait.is_none() {
                            sleep(Duration::from_millis(250 << tried.min(6))).await;
                        }
                    }
                }
            }
        });
    }
    while tasks.join_next().await.is_some() {}
    let [accepted, refused] = [0, 1].map(|at| counts[at].load(Ordering::Relaxed));
    Seen { accepted, refused, limit: gate.limit() }
}

#[tokio::test(start_paused = true)]
async fn a_budget_of_requests_is_used_and_hardly_anything_is_refused() {
    use Says::{Exactly, Nothing, Seconds};
    // What it says, requests a second, what the bucket holds, whether headers say so, whether replies differ in length.
    let table = [
        (Exactly, 200.0, 200.0, false, false),
        (Nothing, 200.0, 200.0, false, true),
        (Seconds, 200.0, 200.0, false, true),
        (Exactly, 200.0, 200.0, true, true),
        (Nothing, 200.0, 20.0, false, true),
        (Exactly, 20.0, 20.0, false, false),
        (Nothing, 20.0, 20.0, true, false),
    ];
    for (says, rate, holds, headers, spread) in table {
        let server = Server { headers, spread, ..Server::new(Counts::Bucket { rate, holds }, says) };
        let seconds = if rate < 100.0 { 60 } else { 30 };
        let seen = run(server, 256, seconds).await;
        // What the full bucket held at the start is no rate.
        let used = (seen.accepted as f64 - holds) / (rate * seconds as f64);
        let row = format!("{says:?}, {rate} a second, holds {holds}, headers {headers}: {used:.3}, {seen:?}");
        assert!(used >= 0.95, "{row}");
        assert!(seen.refused_share() < 0.02, "{row}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_window_is_used_up_evenly() {
    for (headers, says, seconds) in [(true, Says::Nothing, 60), (false, Says::Exactly, 60), (false, Says::Nothing, 10)]
    {
        let counts = Counts::Window { most: 20.0 * seconds as f64, seconds: seconds as f64 };
        let seen = run(Server { headers, ..Server::new(counts, says) }, 256, 240).await;
        let used = seen.accepted as f64 / 4_800.0;
        // A window without a word about it is found by running into its end.
        let most = if headers || says == Says::Exactly { 0.02 } else { 0.3 };
        assert!(used >= 0.95 && seen.refused_share() < most, "headers {headers}, {says:?}: {used:.3}, {seen:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_on_requests_at_once_is_found_and_kept() {
    for says in [Says::Exactly, Says::Nothing] {
        let server = Server { spread: true, ..Server::new(Counts::AtOnce(8), says) };
        let seen = run(server, 256, 60).await;
        // A reply takes 100 ms, and 4 ms there and back.
        let used = seen.accepted as f64 / (8.0 / 0.104 * 60.0);
        assert!(used >= 0.95 && seen.refused_share() < 0.01, "{used:.3}, {seen:?}");
        assert!((7..=9).contains(&seen.limit), "{seen:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_queue_is_not_filled_and_a_server_that_can_do_more_is_given_more() {
    // Sixteen at once, 160 a second: what waits behind them gets nothing done.
    let queue = run(Server { spread: true, ..Server::new(Counts::Queue(16), Says::Nothing) }, 256, 60).await;
    assert!(queue.accepted as f64 >= 0.95 * 160.0 * 60.0, "{queue:?}");
    assert!((16..256).contains(&queue.limit), "{queue:?}");
    // Slower with each request, and more done all the same: 512 a second at most.
    let batch = run(Server::new(Counts::Batch(1.0 / 64.0), Says::Nothing), 256, 20).await;
    assert!(batch.accepted as f64 >= 0.95 * 508.0 * 20.0, "{batch:?}");
    // The same latency whatever comes.
    let constant = run(Server { spread: true, ..Server::new(Counts::Batch(0.0), Says::Nothing) }, 256, 10).await;
    assert!(constant.accepted as f64 >= 0.97 * 256.0 / 0.104 * 10.0, "{constant:?}");
    assert_eq!(constant.limit, 256);
}
