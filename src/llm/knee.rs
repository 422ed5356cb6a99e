//! Where a server queues instead of working: more requests in flight, longer latencies, no more replies a second. Pure.
//!
//! Latency alone does not tell: a server that batches is slower and gets more done. So a limit is only kept lower where a
//! trial shows that as much gets done with it; a trial is only made where latency has doubled since few were in flight.

use tokio::time::Instant;

use std::time::Duration;

/// Fewer replies than this tell nothing.
const FEWEST: usize = 60;
/// Replies of a reading, in rounds of the limit.
const ROUNDS: usize = 3;
/// How many times the latency with few in flight makes one look.
const SLOW: f64 = 2.0;
/// The share of the limit that a trial goes down to.
const DOWN: f64 = 0.75;
/// The share of replies a second that a lower limit may cost: what a reading is unsure of.
const SAME: f64 = 0.95;
/// The most readings between two trials that were of no use.
const MOST_PATIENCE: u32 = 64;

/// Requests in flight that count as few.
const FEW: usize = 16;

/// What is known of a server's knee.
#[derive(Debug, Default)]
pub(super) struct Knee {
    /// Requests that get everything done; nothing where no fewer than asked for were enough.
    limit: Option<usize>,
    /// Seconds of a reply while few were in flight, and how many such there were.
    easy: (f64, u32),
    reading: Reading,
    trial: Option<Trial>,
    /// Readings until the next trial, and how many it was the last time.
    rest: u32,
    patience: u32,
}

#[derive(Debug, Default)]
struct Reading {
    began: Option<Instant>,
    /// Replies that still belong to the limit before.
    settling: usize,
    replies: usize,
    /// The most in flight, and the replies to requests that came close to it.
    top: usize,
    full: usize,
    seconds: f64,
}

/// The limit before a trial, and the replies a second with it.
#[derive(Clone, Copy, Debug)]
struct Trial {
    before: Option<usize>,
    rate: f64,
    down: bool,
}

impl Knee {
    /// Requests that get everything done, at most.
    pub fn limit(&self) -> usize {
        self.limit.unwrap_or(usize::MAX)
    }

    /// A reply came to the request that was the `nth` in flight.
    pub fn served(&mut self, nth: usize, took: Duration, now: Instant) {
        let took = took.as_secs_f64();
        // Some that were sent under a higher limit come late.
        let nth = nth.min(self.limit());
        if nth <= FEW && self.easy.1 < 64 {
            self.easy.1 += 1;
            self.easy.0 += (took - self.easy.0) / f64::from(self.easy.1);
        }
        let reading = &mut self.reading;
        if reading.settling > 0 {
            reading.settling -= 1;
            return;
        }
        let began = *reading.began.get_or_insert(now);
        reading.replies += 1;
        reading.top = reading.top.max(nth);
        reading.full += usize::from(nth * 10 >= reading.top * 9);
        reading.seconds += took;
        let elapsed = now.saturating_duration_since(began).as_secs_f64();
        // The first reply began the clock.
        if reading.replies >= FEWEST.max(ROUNDS * reading.top) && elapsed > 0.0 {
            let rate = (reading.replies - 1) as f64 / elapsed;
            let latency = reading.seconds / reading.replies as f64;
            // Where fewer fly than may, something else sets the pace.
            let top = (reading.full * 2 > reading.replies).then_some(reading.top);
            self.reading = Reading::default();
            self.read(rate, latency, top);
        }
    }

    fn read(&mut self, mut rate: f64, latency: f64, top: Option<usize>) {
        if let Some(trial) = self.trial.take() {
            let good = if trial.down { rate >= trial.rate * SAME } else { rate * SAME > trial.rate };
            if !good || top.is_none() {
                self.change(trial.before, top);
                self.patience = (self.patience * 2).clamp(2, MOST_PATIENCE);
                self.rest = self.patience;
                return;
            }
            (self.rest, self.patience) = (0, 1);
            // What many small steps may cost together.
            rate = rate.max(trial.rate);
        }
        let Some(top) = top.filter(|_| self.rest == 0) else {
            self.rest = self.rest.saturating_sub(1);
            return;
        };
        let queues = self.easy.1 >= 4 && latency > SLOW * self.easy.0;
        let next = match self.limit {
            _ if queues && top > 1 => Some((top as f64 * DOWN) as usize),
            Some(limit) if !queues => Some((limit as f64 / DOWN).ceil() as usize),
            _ => return,
        };
        self.trial = Some(Trial { before: self.limit, rate, down: queues });
        self.change(next, Some(top));
    }

    fn change(&mut self, limit: Option<usize>, top: Option<usize>) {
        self.reading.settling = top.unwrap_or_default().max(limit.unwrap_or_default());
        self.limit = limit;
    }
}

#[cfg(test)]
mod tests;
