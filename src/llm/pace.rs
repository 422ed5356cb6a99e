//! How fast one server may be asked. Pure; the time is passed in.
//!
//! A server that counts requests has a budget that runs empty when it says "too many". From one such moment to the next
//! it let through what its budget gained meanwhile, so requests over time is its rate, whatever way it counts. After a
//! refusal requests go out a little below that rate, come back to it and pass it slowly, as TCP CUBIC does with its window.
//! Before the first refusal only the start is paced: it stops early where a burst is too much.

use std::time::Duration;

use tokio::time::Instant;

use super::quota::{Quota, Quotas};

/// Requests that go out at once at the start.
const START: f64 = 16.0;
/// Requests a second right after them, and how often that doubles: 256 are out after 35 ms, 1,024 after 55.
const START_RATE: f64 = 1_600.0;
const DOUBLES: f64 = 100.0;
/// How far below the learned rate requests begin after a refusal.
const BACK: f64 = 0.03;
/// Requests from a refusal until the learned rate is reached again: few where little was learned, at most these.
const LONGEST_RETURN: f64 = 200.0;
/// The door stays shut so long after the first refusal, so that the next one tells a rate.
const FIRST_DOOR: Duration = Duration::from_millis(200);
/// The door after a refusal that does not say how long to wait; doubled while nothing is let through.
const DOOR: Duration = Duration::from_millis(50);
const LONGEST_DOOR: Duration = Duration::from_secs(30);
/// Requests that go out without a pace where a slower one did not help.
const FREE: u64 = 500;
/// Unused leave to send that is kept, in seconds of the rate.
const KEPT: f64 = 0.1;

/// The pace at one server.
#[derive(Debug)]
pub(super) struct Pace {
    rate: Rate,
    /// Requests that may go out at once now; a part of one is kept.
    credit: f64,
    filled: Option<Instant>,
    /// Requests sent so far.
    sent: u64,
    /// Refusals that began a new span so far.
    spans: u64,
    /// Where this span began: its time, and the requests sent before it.
    began: Option<(Instant, u64)>,
    /// How long of it the door was shut, in seconds.
    shut: f64,
    /// Times in a row that nothing was let through when the door opened.
    in_vain: u32,
    /// What was thought before the last refusal, since when, and how long the door was shut: in case that all of the last
    /// burst turns out to be refused.
    before: Option<(Rate, Instant, f64)>,
    /// The share of the latest requests that were refused.
    refusing: f64,
    /// A rate, and that share at it.
    mark: Option<(f64, f64)>,
    /// The request up to which refusals set no pace, because a quarter of it had not made them fewer.
    free: u64,
    /// What replies say of the server's own count.
    pub quotas: Quotas,
}

#[derive(Clone, Copy, Debug)]
enum Rate {
    /// Nothing is known: the first ones are paced, up to so many.
    Start(f64),
    /// The first refusal came: a guess, which doubles every half second.
    Search(Span),
    /// What the server let through between two refusals.
    Known(Span),
}

/// What was let through between two refusals.
#[derive(Clone, Copy, Debug)]
struct Span {
    requests: f64,
    seconds: f64,
    /// How long of it the door was shut.
    shut: f64,
    /// How long the door is shut after it.
    door: f64,
    /// The pace at its end.
    reached: f64,
}

impl Span {
    /// Where the budget gained while the door was shut: it cannot be less than this.
    fn least(self) -> f64 {
        self.requests.max(0.5) / self.seconds.max(0.001)
    }

    /// Where it did not, or where it keeps nothing that is not used at once, it may be as much as this.
    fn most(self) -> f64 {
        let least = self.least();
        let open = self.requests.max(0.5) / (self.seconds - self.shut).max(0.001);
        open.max((least * self.reached).sqrt()).clamp(least, 16.0 * least)
    }
}

impl Pace {
    /// A pace for a server that may have `ceiling` requests in flight.
    pub fn new(ceiling: usize) -> Self {
        Self {
            rate: Rate::Start(ceiling as f64),
            credit: START,
            filled: None,
            sent: 0,
            spans: 0,
            began: None,
            shut: 0.0,
            in_vain: 0,
            before: None,
            refusing: 0.0,
            mark: None,
            free: 0,
            quotas: Quotas::default(),
        }
    }

    /// Requests sent so far.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// Whether nothing is known but that there is a limit.
    pub fn is_searching(&self) -> bool {
        !matches!(self.rate, Rate::Known(_))
    }

    /// The number of this span.
    pub fn span(&self) -> u64 {
        self.spans
    }

    /// When the next request may go out; nothing if now.
    pub fn wait(&mut self, now: Instant) -> Option<Instant> {
        let rate = self.rate(now)?;
        let passed = now.saturating_duration_since(self.filled.unwrap_or(now)).as_secs_f64();
        self.filled = Some(now);
        let most = if matches!(self.rate, Rate::Start(_)) { START } else { (rate * KEPT).max(1.0) };
        self.credit = (self.credit + passed * rate).min(most);
        if self.credit >= 1.0 {
            return None;
        }
        let seconds = (1.0 - self.credit) / rate;
        let wait = Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST_DOOR).min(LONGEST_DOOR);
        // Timers keep milliseconds.
        Some(now + wait.max(Duration::from_micros(100)))
    }

    /// A request goes out.
    pub fn begin(&mut self, now: Instant) {
        self.sent += 1;
        self.credit = (self.credit - 1.0).max(0.0);
        self.began.get_or_insert((now, 0));
    }

    /// Requests a second; nothing where there is no bound.
    fn rate(&self, now: Instant) -> Option<f64> {
        let (began, before) = self.began.unwrap_or((now, 0));
        let since = now.saturating_duration_since(began).as_secs_f64();
        let learned = match self.rate {
            _ if self.sent < self.free => None,
            Rate::Start(ceiling) if (self.sent as f64) < ceiling => {
                Some(START_RATE * (since * DOUBLES).min(20.0).exp2())
            }
            Rate::Start(_) => None,
            Rate::Search(span) => Some(span.least() / 4.0 * ((since - span.door) * 2.0).clamp(0.0, 30.0).exp2()),
            Rate::Known(span) => {
                // A door that is shut for long is worth a long time without the next one.
                let longest = LONGEST_RETURN.max(10.0 * span.door * span.most());
                let back = span.requests.clamp(20.0, longest);
                let sent = (self.sent - before) as f64;
                let from_least = (span.most() / span.least()).powf((sent / back).min(1.0));
                // Less far below where little was learned.
                let depth = if sent < back { BACK * (back / LONGEST_RETURN).min(1.0) } else { BACK };
                Some(span.least() * from_least * (1.0 + depth * ((sent - back) / back).powi(3)).min(16.0))
            }
        };
        let told = self.quotas.rate(now, self.sent);
        match (learned, told) {
            (Some(learned), Some(told)) => Some(learned.min(told)),
            (one, other) => one.or(other),
        }
    }

    /// A request was let through, or not.
    pub fn counted(&mut self, refused: bool) {
        self.refusing += (f64::from(u8::from(refused)) - self.refusing) / 32.0;
    }

    /// Whether refusals have to do with the pace at all: those that fall on anybody, because others use the server too or a
    /// proxy throws dice, would else slow it down for ever.
    fn judge(&mut self, rate: f64) {
        match self.mark {
            Some((marked, refusing)) if rate < marked / 4.0 => {
                if self.refusing > refusing / 2.0 && self.refusing > 0.03 {
                    self.free = self.sent + FREE;
                }
                self.mark = Some((rate, self.refusing));
            }
            Some((marked, _)) if rate < marked => {}
            _ => self.mark = Some((rate, self.refusing)),
        }
    }

    /// The server refused a request of `span`; says how long nobody should be sent.
    pub fn refused(&mut self, span: u64, asked: Option<Duration>, now: Instant) -> Duration {
        if span != self.spans {
            // One more of the burst that ended that span: it was not let through.
            if span + 1 == self.spans
                && let Rate::Search(last) | Rate::Known(last) = &mut self.rate
            {
                last.requests -= 1.0;
                if last.requests < 0.5
                    && let Some((rate, began, shut)) = self.before.take()
                {
                    let door = last.door;
                    self.rate = rate;
                    self.began = Some((began, self.sent));
                    self.shut = shut + door;
                }
            }
            return asked.unwrap_or_default();
        }
        let (began, before) = self.began.unwrap_or((now, self.sent));
        let let_through = (self.sent - before).saturating_sub(1);
        self.in_vain = if let_through == 0 { self.in_vain.saturating_add(1) } else { 0 };
        let first = matches!(self.rate, Rate::Start(_));
        let own = DOOR.saturating_mul(1 << self.in_vain.min(10)).min(LONGEST_DOOR);
        let door = asked.unwrap_or(own).max(if first { FIRST_DOOR } else { Duration::ZERO });
        self.spans += 1;
        self.credit = 0.0;
        self.filled = Some(now + door);
        if let_through == 0 && !first {
            // Nothing learned but that it takes longer: the span goes on.
            self.shut += door.as_secs_f64();
            self.began = Some((began, self.sent));
            return door;
        }
        self.before = (!first).then_some((self.rate, began, self.shut));
        let mut last = Span {
            requests: let_through as f64,
            seconds: now.saturating_duration_since(began).as_secs_f64(),
            shut: self.shut,
            door: door.as_secs_f64(),
            reached: self.rate(now).unwrap_or_default(),
        };
        if let Rate::Known(before) = self.rate
            && last.requests < 20.0
        {
            // Too few to tell anything by themselves.
            last.requests += before.requests;
            last.seconds += before.seconds;
            last.shut += before.shut;
        }
        if !first {
            self.judge(last.least());
        }
        self.rate = if first { Rate::Search(last) } else { Rate::Known(last) };
        self.shut = door.as_secs_f64();
        self.began = Some((now, self.sent));
        door
    }

    /// Notes what a reply to the request with the number `sent` says of the server's own count.
    pub fn told(&mut self, quota: &[Quota], at: Instant, sent: u64) {
        self.quotas.told(quota, at, sent);
    }
}

#[cfg(test)]
mod tests;
