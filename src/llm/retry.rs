//! When to ask again: pure decisions, made in one place.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use super::endpoint::Retries;
use super::{Attempt, Class, Failure, Phase};

/// What to do after an attempt that was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Report the failure.
    GiveUp,
    /// Ask again after a pause of one's own.
    Pause(Duration),
    /// Ask again when the gate, shut for this long, opens.
    Gate(Duration),
    /// Ask again, with room for more tokens.
    MoreTokens,
    /// Ask another server at once, or the same where all are waited for.
    Elsewhere,
}

impl Retries {
    /// What follows `failure`, given the attempts before it. A wait beyond the cap turns
    /// `RateLimited` into `QuotaEnded`.
    pub(super) fn next(&self, failure: &mut Failure, earlier: &[Attempt]) -> Next {
        let before = earlier.iter().filter(|a| kind(a.class) == kind(failure.class)).count();
        let attempts = u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1);
        if failure.class == Class::RateLimited && failure.retry_after.is_some_and(|wait| wait > self.longest_wait) {
            failure.class = Class::QuotaEnded;
        }
        match failure.class {
            Class::RateLimited if attempts < self.rate_limited => {
                let own = || jittered(self.backoff(attempts));
                Next::Gate(failure.retry_after.unwrap_or_else(own))
            }
            Class::ServerError if attempts < self.attempts => match failure.retry_after {
                Some(wait) if wait <= self.longest_wait => Next::Gate(wait),
                // It said when; asking earlier helps nobody.
                Some(_) => Next::GiveUp,
                None => Next::Pause(jittered(self.backoff(attempts))),
            },
            Class::Transport | Class::Timeout(Phase::Connect) if attempts < self.attempts => {
                Next::Pause(jittered(self.backoff(attempts)))
            }
            Class::Timeout(_) | Class::Malformed | Class::Empty if attempts < self.doubtful => {
                Next::Pause(jittered(self.backoff(attempts)))
            }
            Class::Truncated if attempts < 2 => Next::MoreTokens,
            _ => Next::GiveUp,
        }
    }

    fn backoff(&self, attempts: u32) -> Duration {
        let factor = 2_u32.saturating_pow(attempts.saturating_sub(1));
        self.pause.saturating_mul(factor).min(self.longest_pause)
    }
}

/// The classes that share a bound on attempts.
fn kind(class: Class) -> u8 {
    match class {
        Class::ServerError | Class::Transport | Class::Timeout(Phase::Connect) => 0,
        Class::Timeout(_) | Class::Malformed | Class::Empty => 1,
        Class::RateLimited => 2,
        Class::Truncated => 3,
        _ => 4,
    }
}

/// Between half of `pause` and all of it, so that those who failed together do not return together.
fn jittered(pause: Duration) -> Duration {
    let random = RandomState::new().hash_one(0_u8) >> 11;
    pause.mul_f64(0.5 + random as f64 / (1_u64 << 54) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempts(class: Class, n: usize) -> Vec<Attempt> {
        vec![Attempt { class, usage: None }; n]
    }

    fn next(class: Class, wait: Option<u64>, earlier: &[Attempt]) -> (Next, Class) {
        let mut failure = Failure::new(class, "");
        failure.retry_after = wait.map(Duration::from_secs);
        let next = Retries::default().next(&mut failure, earlier);
        (next, failure.class)
    }

    #[test]
    fn a_server_that_names_a_time_beyond_the_cap_is_not_asked_before_it() {
        assert_eq!(next(Class::ServerError, Some(3_600), &[]).0, Next::GiveUp);
        assert_eq!(next(Class::ServerError, Some(3), &[]).0, Next::Gate(Duration::from_secs(3)));
        let cap = Retries::default().longest_wait.as_secs();
        for class in [Class::ServerError, Class::RateLimited] {
            assert_eq!(next(class, Some(cap), &[]), (Next::Gate(Duration::from_secs(cap)), class));
        }
    }

    #[test]
    fn attempts_are_bounded_per_kind() {
        let table = [
            (Class::ServerError, 5),
            (Class::Transport, 5),
            (Class::Timeout(Phase::Idle), 2),
            (Class::Malformed, 2),
            (Class::RateLimited, 20),
            (Class::Truncated, 2),
            (Class::Refused, 1),
            (Class::Filtered, 1),
            (Class::ConfigError, 1),
            (Class::SchemaUnsupported, 1),
            (Class::QuotaEnded, 1),
        ];
        for (class, bound) in table {
            for n in 0..bound {
                let gives_up = next(class, None, &attempts(class, n)).0 == Next::GiveUp;
                assert_eq!(gives_up, n + 1 == bound, "{class} after {n}");
            }
        }
        assert_ne!(next(Class::ServerError, None, &attempts(Class::RateLimited, 19)).0, Next::GiveUp);
    }

    #[test]
    fn the_servers_wait_is_kept_to_the_cap() {
        assert_eq!(next(Class::RateLimited, Some(33), &[]), (Next::Gate(Duration::from_secs(33)), Class::RateLimited));
        assert_eq!(next(Class::RateLimited, Some(1_382_400), &[]), (Next::GiveUp, Class::QuotaEnded));
        assert_eq!(next(Class::ServerError, Some(7), &[]).0, Next::Gate(Duration::from_secs(7)));
    }

    #[test]
    fn pauses_grow_with_jitter_and_stop_growing() {
        for (n, full) in [(0, 500), (1, 1_000), (3, 4_000)] {
            let Next::Pause(pause) = next(Class::Transport, None, &attempts(Class::Transport, n)).0 else {
                panic!("no pause")
            };
            let full = Duration::from_millis(full);
            assert!(pause >= full / 2 && pause <= full, "{pause:?} of {full:?}");
        }
        assert_eq!(Retries::default().backoff(60), Duration::from_secs(30));
    }
}
