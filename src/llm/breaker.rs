//! Whether a server that fails is asked: a circuit breaker. Pure; the time is passed in.

use std::time::Duration;

use tokio::time::Instant;

/// Failures in a row after which a server is set aside.
const MOST_FAILURES: u32 = 4;
/// How long it is left alone first; doubled each time that the probe fails too.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest it is left alone.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The breaker of one server.
#[derive(Clone, Debug, Default)]
pub(super) struct Breaker {
    /// Failures since the last reply.
    failures: u32,
    /// Set while the server is set aside: until when, and how long it was left alone.
    aside: Option<(Instant, Duration)>,
    /// Since when it is.
    since: Option<Instant>,
    /// A request is out that tries it again.
    probing: bool,
}

/// Whether a server may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// As usual.
    Usable,
    /// With one request, to see whether it is back.
    Probe,
    /// Not before this time.
    Aside(Instant),
}

impl Breaker {
    pub fn standing(&self, now: Instant) -> Standing {
        match self.aside {
            None => Standing::Usable,
            Some((until, _)) if until <= now && !self.probing => Standing::Probe,
            Some((until, _)) => Standing::Aside(until),
        }
    }

    /// Since when it is set aside.
    pub fn since(&self) -> Option<Instant> {
        self.since
    }

    /// Someone asks; true where this is the probe.
    pub fn begin(&mut self, now: Instant) -> bool {
        let probe = self.standing(now) == Standing::Probe;
        self.probing |= probe;
        probe
    }

    /// The server answered, whatever it said.
    pub fn answered(&mut self) {
        *self = Self::default();
    }

    /// The server or the way to it failed.
    pub fn failed(&mut self, now: Instant, probe: bool) {
        self.failures = self.failures.saturating_add(1);
        match self.aside {
            Some((_, pause)) if probe => {
                let pause = (pause * 2).min(LONGEST_PAUSE);
                self.aside = Some((now + pause, pause));
            }
            // What was out when it was set aside says nothing new.
            Some(_) => {}
            None if self.failures >= MOST_FAILURES => {
                (self.aside, self.since) = (Some((now + FIRST_PAUSE, FIRST_PAUSE)), Some(now));
            }
            None => {}
        }
    }

    /// The server is there and of no use: it is set aside at once.
    pub fn denied(&mut self, now: Instant, probe: bool) {
        self.failures = self.failures.max(MOST_FAILURES - 1);
        self.failed(now, probe);
    }

    /// A request that was the probe is over, whatever came of it.
    pub fn probed(&mut self) {
        self.probing = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn broken(now: Instant) -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 0..MOST_FAILURES {
            assert_eq!(breaker.standing(now), Standing::Usable);
            breaker.failed(now, false);
        }
        breaker
    }

    #[test]
    fn failures_in_a_row_set_it_aside_and_one_probe_brings_it_back() {
        let start = Instant::now();
        let mut breaker = broken(start);
        assert_eq!(breaker.standing(start), Standing::Aside(start + SECOND));
        let later = start + SECOND;
        assert!(breaker.begin(later));
        assert_eq!(breaker.standing(later), Standing::Aside(later), "one probe at a time");
        assert!(!breaker.begin(later));
        breaker.answered();
        breaker.probed();
        assert_eq!(breaker.standing(later), Standing::Usable);
    }

    #[test]
    fn pauses_grow_while_the_probes_fail() {
        let mut now = Instant::now();
        let mut breaker = broken(now);
        for pause in [1, 2, 4, 8, 16, 32, 60, 60] {
            assert_eq!(breaker.standing(now), Standing::Aside(now + SECOND * pause));
            breaker.failed(now, false);
            now += SECOND * pause;
            assert!(breaker.begin(now));
            breaker.failed(now, true);
            breaker.probed();
        }
    }

    #[test]
    fn who_is_of_no_use_is_set_aside_at_once() {
        let now = Instant::now();
        let mut breaker = Breaker::default();
        breaker.denied(now, false);
        breaker.denied(now, false);
        assert_eq!(breaker.standing(now), Standing::Aside(now + SECOND), "those that were out add nothing");
        assert!(breaker.begin(now + SECOND));
        breaker.denied(now + SECOND, true);
        breaker.probed();
        assert_eq!(breaker.standing(now + SECOND), Standing::Aside(now + SECOND * 3));
    }

    #[test]
    fn an_answer_in_between_counts() {
        let now = Instant::now();
        let mut breaker = Breaker::default();
        for _ in 0..10 {
            (0..MOST_FAILURES - 1).for_each(|_| breaker.failed(now, false));
            breaker.answered();
        }
        assert_eq!(breaker.standing(now), Standing::Usable);
    }
}
