//! What was measured against what is allowed.

use std::fs;
use std::time::Duration;

/// A watch. With PROVOST_CPU set it goes by what this thread had of a processor, so that the load of others does not
/// count (Linux).
#[derive(Clone, Copy)]
pub struct Instant {
    wall: std::time::Instant,
    busy: Option<u64>,
}

impl Instant {
    pub fn now() -> Self {
        let busy = std::env::var_os("PROVOST_CPU").and_then(|_| busy());
        Self { wall: std::time::Instant::now(), busy }
    }

    pub fn elapsed(&self) -> Duration {
        match (self.busy, self.busy.and_then(|_| busy())) {
            (Some(before), Some(now)) => Duration::from_nanos(now - before),
            _ => self.wall.elapsed(),
        }
    }
}

/// Nanoseconds of processor time of this thread.
fn busy() -> Option<u64> {
    // It is told as of the last switch.
    std::thread::yield_now();
    fs::read_to_string("/proc/thread-self/schedstat").ok()?.split(' ').next()?.parse().ok()
}

/// Rows of a table, printed as they come and once more, as Markdown, at the end.
#[derive(Default)]
pub struct Report {
    rows: Vec<(String, String, String, bool)>,
}

impl Report {
    /// Times of which the median and the ninety-ninth of a hundred are told; the latter is held against what is allowed.
    pub fn times(&mut self, what: &str, mut took: Vec<Duration>, allowed_ms: f64) {
        took.sort_unstable();
        let at = |share: usize| took.get((took.len().max(1) - 1) * share / 100).copied().unwrap_or_default();
        let (p50, p99) = (ms(at(50)), ms(at(99)));
        self.add(what, format!("{p50:.2} ms p50, {p99:.2} ms p99"), format!("{allowed_ms} ms"), p99 <= allowed_ms);
    }

    pub fn time(&mut self, what: &str, took: Duration, allowed_ms: f64) {
        self.add(what, format!("{:.1} ms", ms(took)), format!("{allowed_ms} ms"), ms(took) <= allowed_ms);
    }

    pub fn number(&mut self, what: &str, found: f64, allowed: f64, unit: &str) {
        self.add(what, format!("{found:.0} {unit}"), format!("{allowed:.0} {unit}"), found <= allowed);
    }

    /// Something that no budget is set for.
    pub fn note(&mut self, what: &str, found: String) {
        self.add(what, found, "-".into(), true);
    }

    pub fn add(&mut self, what: &str, found: String, allowed: String, holds: bool) {
        println!("{} {what:<64} {found} / {allowed}", if holds { " " } else { "!" });
        self.rows.push((what.to_owned(), found, allowed, holds));
    }

    pub fn markdown(&self) {
        println!("\nload {}", fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
        println!("| what | measured | allowed | |\n|---|---|---|---|");
        for (what, found, allowed, holds) in &self.rows {
            println!("| {what} | {found} | {allowed} | {} |", if *holds { "" } else { "**over**" });
        }
    }
}

pub fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// A number in a status file of a process, such as kB of memory; 0 where the system has none.
pub fn status(path: &str, key: &str) -> u64 {
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse().ok()).unwrap_or(0)
}
