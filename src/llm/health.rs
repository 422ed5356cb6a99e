//! How the servers behind an endpoint do: plain data, for a screen or a report.

use std::time::Duration;

/// How one base URL of an endpoint does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Scheme, host and port; never the whole URL.
    pub origin: String,
    /// Requests that are out.
    pub in_flight: usize,
    /// Requests it is given at once for now, at most.
    pub limit: usize,
    /// Requests sent so far.
    pub requests: u64,
    /// Those it turned away because it was too much (429, 503).
    pub refused: u64,
    /// Those that failed because of the server or the network.
    pub failed: u64,
    /// Half of the latest replies took no longer than this, from sending to the last byte.
    pub p50: Option<Duration>,
    /// 95 of 100 of the latest replies took no longer than this.
    pub p95: Option<Duration>,
    /// How long until it is tried again, where it failed too often in a row.
    pub set_aside: Option<Duration>,
    /// What it said when it last refused a request whatever is in it: its key, address or model is wrong.
    pub denial: Option<String>,
}

/// Replies that the percentiles are taken of.
const KEPT: usize = 256;

/// How long the latest replies took.
#[derive(Clone, Debug, Default)]
pub(super) struct Latencies {
    kept: Vec<Duration>,
    next: usize,
}

impl Latencies {
    /// Takes in one reply.
    pub fn add(&mut self, took: Duration) {
        if self.kept.len() < KEPT {
            self.kept.push(took);
        } else {
            self.kept[self.next] = took;
        }
        self.next = (self.next + 1) % KEPT;
    }

    /// For each share, the time that so many of the latest replies did not take longer than; nothing without replies.
    pub fn percentiles<const N: usize>(&self, shares: [f64; N]) -> Option<[Duration; N]> {
        let last = self.kept.len().checked_sub(1)?;
        let mut sorted = self.kept.clone();
        sorted.sort_unstable();
        Some(shares.map(|share| sorted[(share * last as f64).round() as usize]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_latest_replies() {
        let mut latencies = Latencies::default();
        assert_eq!(latencies.percentiles([0.5]), None);
        latencies.add(Duration::from_secs(9));
        assert_eq!(latencies.percentiles([0.5, 0.95]), Some([Duration::from_secs(9); 2]));
        for ms in 0..1_000 {
            latencies.add(Duration::from_millis(ms));
        }
        // Of 744 to 999.
        let found = latencies.percentiles([0.5, 0.95]).unwrap().map(|at| at.as_millis());
        assert_eq!(found, [872, 986]);
    }
}
