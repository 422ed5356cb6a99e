//! What is known about one base URL: how much flies there, how much may, and how it does. Pure; the time is passed in.

use std::time::Duration;

use tokio::time::Instant;

use super::Health;
use super::breaker::{Breaker, Standing};
use super::health::Latencies;
use super::knee::Knee;
use super::pace::Pace;
use super::quota::Quota;

/// The most accepted replies between two tries of a limit that the server refused before.
const LONGEST_HOLD: u32 = 200;

/// One base URL of an endpoint.
#[derive(Debug)]
pub(super) struct Lane {
    ceiling: usize,
    in_flight: usize,
    /// What it bears at once without refusing.
    bears: Bears,
    /// What it works at without queueing.
    knee: Knee,
    pace: Pace,
    /// Nobody passes before this time.
    opens: Option<Instant>,
    /// Where there is no other that can take over, it hears only of a server that is not there.
    breaker: Breaker,
    alone: bool,
    /// It answered once, whatever it said.
    was_there: bool,
    /// What it said when it refused a request whatever is in it, for a wrong key or model say; until it answers one.
    denial: Option<String>,
    latencies: Latencies,
    refused: u64,
    failed: u64,
}

/// Requests in flight that a server was seen to bear or to refuse.
#[derive(Debug)]
struct Bears {
    limit: usize,
    /// As many as this were in flight when one more was accepted.
    proven: usize,
    /// Accepted replies until the limit grows by one, and those since it last did.
    hold: u32,
    held: u32,
    /// It grew since it last fell.
    grown: bool,
    /// When it last fell, and the replies since then.
    fell: Option<Instant>,
    replies: u32,
    /// Counts the times that the limit fell, so that one burst of refusals counts once.
    round: u64,
}

impl Bears {
    /// The `nth` was refused. Tried again after longer and longer, most of all where a refusal costs a long wait.
    fn fall(&mut self, nth: usize, round: u64, asked: Option<Duration>, now: Instant) {
        self.limit = self.limit.min((nth - 1).max(self.proven).max(1));
        if self.round != round {
            return;
        }
        let since = self.fell.map_or(0.0, |fell| now.saturating_duration_since(fell).as_secs_f64());
        let rate = if since > 0.0 { f64::from(self.replies) / since } else { 0.0 };
        let longest = (20.0 * rate * asked.unwrap_or_default().as_secs_f64()) as u32;
        self.hold = (self.hold * 4).min(longest.max(LONGEST_HOLD));
        self.round += 1;
        self.held = 0;
        self.grown = false;
        (self.fell, self.replies) = (Some(now), 0);
    }
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
    /// Requests in flight, this one included.
    nth: usize,
    /// Requests sent so far, this one included.
    number: u64,
    span: u64,
    round: u64,
    probe: bool,
}

impl Lane {
    pub fn new(ceiling: usize, alone: bool) -> Self {
        Self {
            ceiling,
            in_flight: 0,
            bears: Bears { limit: ceiling, proven: 0, hold: 1, held: 0, grown: true, fell: None, replies: 0, round: 0 },
            knee: Knee::default(),
            pace: Pace::new(ceiling),
            opens: None,
            breaker: Breaker::default(),
            alone,
            was_there: false,
            denial: None,
            latencies: Latencies::default(),
            refused: 0,
            failed: 0,
        }
    }

    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Requests sent so far.
    pub fn requests(&self) -> u64 {
        self.pace.sent()
    }

    pub fn limit(&self) -> usize {
        self.ceiling.min(self.bears.limit).min(self.knee.limit())
    }

    pub fn set_ceiling(&mut self, ceiling: usize) {
        self.ceiling = ceiling;
        self.bears.limit = ceiling;
        self.knee = Knee::default();
    }

    /// How long the door stays shut.
    pub fn opens_in(&self, now: Instant) -> Option<Duration> {
        self.opens.map(|at| at.saturating_duration_since(now)).filter(|left| !left.is_zero())
    }

    pub fn standing(&self, now: Instant) -> Standing {
        self.breaker.standing(now)
    }

    /// Since when it is set aside that was there before, and may be of use again.
    pub fn away_since(&self) -> Option<Instant> {
        self.breaker.since().filter(|_| self.was_there && !self.denies())
    }

    /// Whether it refuses requests whatever is in them.
    pub fn denies(&self) -> bool {
        self.denial.is_some()
    }

    pub fn ready(&mut self, now: Instant) -> Ready {
        match self.opens {
            Some(at) if at > now => Ready::At(at),
            _ if self.in_flight >= self.limit() => Ready::Full,
            _ => self.pace.wait(now).map_or(Ready::Now, Ready::At),
        }
    }

    /// A request goes out.
    pub fn begin(&mut self, now: Instant) -> Sent {
        self.in_flight += 1;
        self.pace.begin(now);
        let probe = self.breaker.begin(now);
        let (nth, number) = (self.in_flight, self.pace.sent());
        Sent { at: now, nth, number, span: self.pace.span(), round: self.bears.round, probe }
    }

    /// The reply to it states counts of the server's own.
    pub fn told(&mut self, sent: Sent, quotas: &[Quota]) {
        self.pace.told(quotas, sent.at, sent.number);
    }

    /// It is over, whatever came of it.
    pub fn end(&mut self, sent: Sent) {
        self.in_flight -= 1;
        if sent.probe {
            self.breaker.probed();
        }
    }

    /// The server did its work, whether or not the reply can be used; `tokens` where it counted them.
    pub fn served(&mut self, sent: Sent, now: Instant, tokens: Option<u64>) {
        self.answered();
        self.pace.counted(false);
        self.latencies.add(now - sent.at);
        self.knee.served(sent.nth, now - sent.at, now);
        if let Some(tokens) = tokens {
            self.pace.quotas.took(tokens);
        }
        let bears = &mut self.bears;
        // Some of those in flight at either time may have been refused; not the same ones.
        bears.proven = bears.proven.max(sent.nth.min(self.in_flight));
        bears.held += 1;
        bears.replies += 1;
        // One more step only after the last one was borne: large ones while nothing was refused for long.
        if bears.limit < self.ceiling && bears.held >= bears.hold && bears.proven >= bears.limit {
            bears.limit = (bears.limit + (bears.limit / (2 * bears.hold as usize)).max(1)).min(self.ceiling);
            bears.grown = true;
            bears.held = 0;
            bears.hold = (bears.hold / 2).max(1);
        }
    }

    /// The server said "too many", and perhaps how long to wait. Where it bore as many in flight before, they came too
    /// fast; else they were too many at once.
    pub fn refused(&mut self, sent: Sent, asked: Option<Duration>, now: Instant) {
        self.answered();
        self.refused += 1;
        self.pace.counted(true);
        let new = self.pace.span() == sent.span;
        let nth = sent.nth.min(self.in_flight);
        let too_many = nth > self.bears.proven && (self.bears.grown || self.bears.round != sent.round);
        if too_many {
            self.bears.fall(nth, sent.round, asked, now);
        } else if new {
            self.bears.proven -= self.bears.proven / 20;
        }
        let wait = if !too_many || !new || self.pace.is_searching() {
            self.pace.refused(sent.span, asked, now)
        } else {
            asked.unwrap_or_default()
        };
        self.shut_for(wait, now);
    }

    /// The server or the way to it failed; `busy` where it said that this is for now, `down` where it is not there.
    pub fn failed(&mut self, sent: Sent, now: Instant, busy: bool, down: bool) {
        if busy {
            self.refused += 1;
        } else {
            self.failed += 1;
        }
        self.denial = None;
        if down || !self.alone {
            self.breaker.failed(now, sent.probe);
        }
    }

    /// The server refuses such requests, whatever is in them; in its words.
    pub fn denied(&mut self, sent: Sent, why: &str, now: Instant) {
        self.failed += 1;
        self.denial = Some(why.to_owned());
        if !self.alone {
            self.breaker.denied(now, sent.probe);
        }
    }

    /// Lets nobody pass for `wait`; a later time already set stays.
    pub fn shut_for(&mut self, wait: Duration, now: Instant) {
        let until = now + wait;
        self.opens = Some(self.opens.map_or(until, |at| at.max(until)));
    }

    fn answered(&mut self) {
        self.denial = None;
        self.was_there = true;
        self.breaker.answered();
    }

    pub fn health(&self, origin: String, now: Instant) -> Health {
        let percentiles = self.latencies.percentiles([0.5, 0.95]);
        Health {
            origin,
            in_flight: self.in_flight,
            limit: self.limit(),
            requests: self.requests(),
            refused: self.refused,
            failed: self.failed,
            p50: percentiles.map(|[p50, _]| p50),
            p95: percentiles.map(|[_, p95]| p95),
            set_aside: match self.standing(now) {
                Standing::Usable => None,
                Standing::Probe => Some(Duration::ZERO),
                Standing::Aside(until) => Some(until.saturating_duration_since(now)),
            },
            denial: self.denial.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
