//! What a server says of its own count in `x-ratelimit-*` headers, and the pace that follows from it. Pure.

use std::time::{Duration, SystemTime};

use reqwest::header::HeaderMap;
use tokio::time::Instant;

use super::retry_after::moment;

/// Resets that are further away than this say nothing about the next minutes.
const FARTHEST: Duration = Duration::from_secs(600);
/// How long two readings have to be apart to tell how the server counts.
const APART: f64 = 3.0;
/// The part of the whole that is left alone.
const RESERVE: f64 = 0.05;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Requests,
    Tokens,
}

/// One count as a reply states it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Quota {
    pub unit: Unit,
    /// The whole, where it is stated.
    pub limit: Option<f64>,
    /// What is left.
    pub remaining: f64,
    /// Until it is whole again.
    pub reset: Duration,
}

/// The spellings: of OpenAI and most others, of the IETF's draft and older gateways, of Anthropic.
const NAMES: [(Unit, &str, &str, &str); 6] = [
    (Unit::Requests, "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"),
    (Unit::Tokens, "x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
    (Unit::Requests, "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"),
    (Unit::Requests, "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"),
    (
        Unit::Requests,
        "anthropic-ratelimit-requests-limit",
        "anthropic-ratelimit-requests-remaining",
        "anthropic-ratelimit-requests-reset",
    ),
    (
        Unit::Tokens,
        "anthropic-ratelimit-tokens-limit",
        "anthropic-ratelimit-tokens-remaining",
        "anthropic-ratelimit-tokens-reset",
    ),
];

/// The counts that a reply states; nothing is taken that is not whole.
pub(super) fn read(headers: &HeaderMap, now: SystemTime) -> Vec<Quota> {
    if !headers
        .keys()
        .any(|name| name.as_str().contains("ratelimit-remaining") || name.as_str().ends_with("-remaining"))
    {
        return Vec::new();
    }
    let now = super::retry_after::sent(headers, now);
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    // The draft allows a list of policies after the number.
    let number = |name: &str| {
        let number: f64 = text(name)?.split([',', ';']).next()?.trim().parse().ok()?;
        number.is_finite().then_some(number.max(0.0))
    };
    let quota = |(unit, limit, remaining, reset): &(Unit, &str, &str, &str)| {
        let reset = moment(text(reset)?, now)?;
        Some(Quota { unit: *unit, limit: number(limit), remaining: number(remaining)?, reset })
    };
    NAMES.iter().filter_map(quota).collect()
}

/// The latest reading of each count.
#[derive(Debug, Default)]
pub(super) struct Quotas {
    readings: [Option<Reading>; 2],
    /// Tokens of a request, on average of the latest.
    tokens: Option<f64>,
}

#[derive(Clone, Copy, Debug)]
struct Reading {
    limit: Option<f64>,
    /// In requests.
    remaining: f64,
    at: Instant,
    reset: Instant,
    /// The number of the request that it answers.
    sent: u64,
    /// An older reading to compare with: its time and its reset.
    mark: (Instant, Instant),
    /// The count refills all the time, instead of being whole again at the reset.
    refills: bool,
}

impl Quotas {
    /// Notes how many tokens a request took.
    pub fn took(&mut self, tokens: u64) {
        let tokens = tokens as f64;
        self.tokens = Some(self.tokens.map_or(tokens, |known| known + (tokens - known) / 16.0));
    }

    /// Takes in what the reply to the request with the number `sent`, sent `at`, says.
    pub fn told(&mut self, quotas: &[Quota], at: Instant, sent: u64) {
        for quota in quotas {
            let (slot, each) = match (quota.unit, self.tokens) {
                (Unit::Requests, _) => (0, 1.0),
                (Unit::Tokens, Some(each)) => (1, each.max(1.0)),
                (Unit::Tokens, None) => continue,
            };
            if quota.reset > FARTHEST {
                self.readings[slot] = None;
                continue;
            }
            let (limit, remaining, reset) =
                (quota.limit.map(|all| all / each), quota.remaining / each, at + quota.reset);
            let fresh = Reading { limit, remaining, at, reset, sent, mark: (at, reset), refills: false };
            let reading = match self.readings[slot] {
                // Replies overtake each other; the newest request counts.
                Some(known) if known.sent > sent => continue,
                Some(known) => fresh.after(&known),
                None => fresh,
            };
            self.readings[slot] = Some(reading);
        }
    }

    /// Requests a second that use up no more than there is; nothing where the server does not say. `sent` is the
    /// number of the latest request.
    pub fn rate(&self, now: Instant, sent: u64) -> Option<f64> {
        self.readings.iter().flatten().filter_map(|reading| reading.rate(now, sent)).reduce(f64::min)
    }
}

impl Reading {
    /// This reading with what `known` says of how the server counts: a reset that stays where it is belongs to a
    /// window, one that moves on with the time to a count that refills.
    fn after(mut self, known: &Self) -> Self {
        (self.mark, self.refills) = (known.mark, known.refills);
        let apart = self.at.saturating_duration_since(self.mark.0).as_secs_f64();
        if apart >= APART {
            let moved = self.reset.saturating_duration_since(self.mark.1).as_secs_f64();
            let renewed = self.limit.is_some_and(|limit| self.remaining > known.remaining + limit / 2.0);
            self.refills = moved > apart / 2.0 && !renewed;
            self.mark = (self.at, self.reset);
        }
        self
    }

    fn rate(&self, now: Instant, sent: u64) -> Option<f64> {
        let left = self.reset.checked_duration_since(now)?.as_secs_f64().max(0.001);
        let whole = self.reset.saturating_duration_since(self.at).as_secs_f64().max(0.001);
        let refill = match self.limit {
            Some(limit) if self.refills => (limit - self.remaining).max(0.0) / whole,
            _ => 0.0,
        };
        let since = now.saturating_duration_since(self.at).as_secs_f64();
        let kept = if self.refills { self.limit.unwrap_or_default() * RESERVE } else { 0.0 };
        let remaining = self.remaining + refill * since - sent.saturating_sub(self.sent) as f64 - kept;
        // Never quite nothing: a request now and then brings the next reading.
        Some((refill + remaining.max(0.0) / left).max(1.0 / left.max(1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_request_takes_follows_the_latest_ones() {
        let mut quotas = Quotas::default();
        quotas.took(100);
        assert_eq!(quotas.tokens, Some(100.0));
        quotas.took(260);
        assert_eq!(quotas.tokens, Some(110.0));
        (0..200).for_each(|_| quotas.took(20));
        assert!(quotas.tokens.is_some_and(|each| each > 20.0 && each < 20.1));
    }

    #[test]
    fn a_reset_that_moves_on_with_the_time_is_of_a_count_that_refills() {
        let begin = Instant::now();
        let (second, minute) = (Duration::from_secs(1), Duration::from_secs(60));
        let told = |resets: [Duration; 3], remaining: [f64; 3]| {
            let mut quotas = Quotas::default();
            for (at, (reset, remaining)) in (0_u32..).zip(resets.into_iter().zip(remaining)) {
                let quota = Quota { unit: Unit::Requests, limit: Some(60.0), remaining, reset };
                quotas.told(&[quota], begin + second * 4 * at, u64::from(at));
            }
            let reading = quotas.readings[0].unwrap();
            (reading.refills, quotas.rate(begin + second * 8, 2).unwrap())
        };
        // Always a minute from now: 40 in 60 seconds come by themselves.
        let (refills, rate) = told([minute; 3], [40.0, 30.0, 20.0]);
        assert!(refills && rate > 40.0 / 60.0 && rate < 1.0, "{rate}");
        // Always at the same moment, or at a later one because it was renewed: what is left is all there is.
        let (refills, rate) = told([minute, minute - second * 4, minute - second * 8], [40.0, 30.0, 20.0]);
        assert!(!refills && (rate - 20.0 / 52.0).abs() < 1e-9, "{rate}");
        let (refills, _) = told([second * 4, second, minute], [4.0, 1.0, 59.0]);
        assert!(!refills, "it was renewed");
    }

    #[test]
    fn what_came_and_went_since_a_reading_counts() {
        let begin = Instant::now();
        let second = Duration::from_secs(1);
        let mut quotas = Quotas::default();
        for (at, remaining) in [(0, 40.0), (4, 30.0), (8, 20.0)] {
            let quota = Quota { unit: Unit::Requests, limit: Some(60.0), remaining, reset: second * 60 };
            quotas.told(&[quota], begin + second * at, u64::from(at));
        }
        // It refills: 40 in a minute. After six seconds 4 are back, 5 are sent, 3 are kept.
        let rate = quotas.rate(begin + second * 14, 13).unwrap();
        assert!((rate - (40.0 / 60.0 + (20.0 + 4.0 - 5.0 - 3.0) / 54.0)).abs() < 1e-9, "{rate}");
        // A window: nothing comes back before its end, and nothing is said beyond it.
        let mut quotas = Quotas::default();
        let quota = Quota { unit: Unit::Requests, limit: Some(60.0), remaining: 20.0, reset: second * 60 };
        quotas.told(&[quota], begin, 1);
        let rate = |after: u32, sent| quotas.rate(begin + second * after, sent);
        assert!((rate(6, 6).unwrap() - 15.0 / 54.0).abs() < 1e-9);
        assert!((rate(20, 30).unwrap() - 1.0 / 40.0).abs() < 1e-9, "a request now and then brings the next reading");
        assert_eq!(rate(61, 6), None);
    }

    #[test]
    fn a_reset_counts_by_the_servers_own_clock() {
        let pairs = [
            ("date", "Sun, 06 Nov 2022 08:49:37 GMT"),
            ("x-ratelimit-limit", "100"),
            ("x-ratelimit-remaining", "7"),
            ("x-ratelimit-reset", "1667724592"),
            ("anthropic-ratelimit-tokens-limit", "5000"),
            ("anthropic-ratelimit-tokens-remaining", "4000"),
            ("anthropic-ratelimit-tokens-reset", "2022-11-06T08:50:37Z"),
        ];
        let headers = pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        // A clock that is an hour slow, one that is a year fast, one that stands at the beginning.
        for clock in [1_667_720_977, 1_699_260_577, 0] {
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(clock);
            let quotas: Vec<_> =
                read(&headers, now).into_iter().map(|q| (q.unit, q.remaining, q.reset.as_secs())).collect();
            assert_eq!(quotas, [(Unit::Requests, 7.0, 15), (Unit::Tokens, 4000.0, 60)], "{clock}");
        }
    }
}
