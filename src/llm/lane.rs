//! What is known about one base URL: how much flies there, how much may, and how it does. Pure; the time is passed in.

use std::time::Duration;

use tokio::time::Instant;

use super::Health;
use super::breaker::{Breaker, Standing};
use super::health::Latencies;

/// One base URL of an endpoint.
#[derive(Debug)]
pub(super) struct Lane {
    ceiling: usize,
    /// Whole part: requests allowed now.
    limit: f64,
    in_flight: usize,
    /// Nobody passes before this time.
    opens: Option<Instant>,
    /// Counts the halvings, so that one burst of refusals halves once.
    round: u64,
    /// Only where there are others that can take over.
    breaker: Option<Breaker>,
    latencies: Latencies,
    requests: u64,
    refused: u64,
    failed: u64,
}

/// Whether a request may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ready {
    Now,
    /// Not before this time.
    At(Instant),
    /// When a request that is out is over.
    Full,
}

/// What a lane notes about a request that is out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    at: Instant,
    round: u64,
    probe: bool,
}

impl Lane {
    pub fn new(ceiling: usize, alone: bool) -> Self {
        Self {
            ceiling,
            limit: ceiling as f64,
            in_flight: 0,
            opens: None,
            round: 0,
            breaker: (!alone).then(Breaker::default),
            latencies: Latencies::default(),
            requests: 0,
            refused: 0,
            failed: 0,
        }
    }

    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Requests sent so far.
    pub fn requests(&self) -> u64 {
        self.requests
    }

    pub fn limit(&self) -> usize {
        self.limit as usize
    }

    pub fn set_ceiling(&mut self, ceiling: usize) {
        self.ceiling = ceiling;
        self.limit = ceiling as f64;
    }

    /// How long the door stays shut.
    pub fn opens_in(&self, now: Instant) -> Option<Duration> {
        self.opens.map(|at| at.saturating_duration_since(now)).filter(|left| !left.is_zero())
    }

    pub fn standing(&self, now: Instant) -> Standing {
        self.breaker.as_ref().map_or(Standing::Usable, |breaker| breaker.standing(now))
    }

    pub fn ready(&self, now: Instant) -> Ready {
        match self.opens {
            Some(at) if at > now => Ready::At(at),
            _ if self.in_flight < self.limit() => Ready::Now,
            _ => Ready::Full,
        }
    }

    /// A request goes out.
    pub fn begin(&mut self, now: Instant) -> Sent {
        self.in_flight += 1;
        self.requests += 1;
        let probe = self.breaker.as_mut().is_some_and(|breaker| breaker.begin(now));
        Sent { at: now, round: self.round, probe }
    }

    /// It is over, whatever came of it.
    pub fn end(&mut self, sent: Sent) {
        self.in_flight -= 1;
        if sent.probe
            && let Some(breaker) = &mut self.breaker
        {
            breaker.probed();
        }
    }

    /// The server did its work, whether or not the reply can be used.
    pub fn served(&mut self, sent: Sent, now: Instant) {
        self.answered();
        self.latencies.add(now - sent.at);
    }

    /// A reply was accepted: one more request a round may fly.
    pub fn grow(&mut self) {
        self.limit = (self.limit + 1.0 / self.limit).min(self.ceiling as f64);
    }

    /// The server said "too many": halve the limit, once per burst.
    pub fn refused(&mut self, sent: Sent) {
        self.answered();
        self.refused += 1;
        if self.round == sent.round {
            self.round += 1;
            self.limit = (self.limit / 2.0).max(1.0);
        }
    }

    /// The server or the way to it failed; `busy` where it said that this is for now.
    pub fn failed(&mut self, sent: Sent, now: Instant, busy: bool) {
        if busy {
            self.refused += 1;
        } else {
            self.failed += 1;
        }
        if let Some(breaker) = &mut self.breaker {
            breaker.failed(now, sent.probe);
        }
    }

    /// Lets nobody pass for `wait`; a later time already set stays.
    pub fn shut_for(&mut self, wait: Duration, now: Instant) {
        let until = now + wait;
        self.opens = Some(self.opens.map_or(until, |at| at.max(until)));
    }

    fn answered(&mut self) {
        if let Some(breaker) = &mut self.breaker {
            breaker.answered();
        }
    }

    pub fn health(&self, origin: String, now: Instant) -> Health {
        let percentiles = self.latencies.percentiles([0.5, 0.95]);
        Health {
            origin,
            in_flight: self.in_flight,
            limit: self.limit(),
            requests: self.requests,
            refused: self.refused,
            failed: self.failed,
            p50: percentiles.map(|[p50, _]| p50),
            p95: percentiles.map(|[_, p95]| p95),
            set_aside: match self.standing(now) {
                Standing::Usable => None,
                Standing::Probe => Some(Duration::ZERO),
                Standing::Aside(until) => Some(until.saturating_duration_since(now)),
            },
        }
    }
}
