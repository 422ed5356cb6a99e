//! How a run stands, without a screen: a bar for people, JSON lines for programs.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use serde::Serialize;

use super::printer::Printer;
use super::table::grouped;
use crate::error::AppError;
use crate::homework::{Endpoint, ItemFailed, ItemId, Phase, Progress, RunId, Summary, dollars};
use crate::taxonomy::text::{Untrusted, reveal_line};

/// How progress is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Style {
    /// A bar at a terminal, else nothing but the end.
    Auto,
    /// A bar on stderr; a line every ten seconds where stderr is no terminal.
    Bar,
    /// JSON lines on stdout.
    Json,
    /// Nothing but the end.
    None,
}

/// Time between two JSON lines of progress, and two redrawn bars.
const OFTEN: Duration = Duration::from_millis(500);
const BAR: Duration = Duration::from_millis(100);
/// Time between two lines where a bar cannot be redrawn.
const SELDOM: Duration = Duration::from_secs(10);

/// Tells how a run stands.
pub struct Teller {
    style: Style,
    redraws: bool,
    last: Option<Instant>,
    drawn: bool,
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event<'a> {
    Started {
        run: &'a RunId,
        path: String,
        total: u64,
        #[serde(flatten)]
        counts: Counts,
    },
    Progress {
        #[serde(flatten)]
        counts: Counts,
    },
    ItemFailed {
        item: ItemId,
        class: &'static str,
        message: &'a Untrusted,
    },
    Finished {
        #[serde(flatten)]
        counts: Counts,
        run: &'a RunId,
        path: String,
        ended: &'static str,
    },
}

/// The numbers that every event carries.
#[derive(Serialize)]
struct Counts {
    done: u64,
    failed: u64,
    /// Of those that failed: for which no server was there.
    away: u64,
    /// Of those that are done: since the start, without the verdict that was asked for.
    unjudged: u64,
    running: u64,
    left: u64,
    reused: u64,
    again: u64,
    per_second: f64,
    eta_seconds: Option<u64>,
    prompt_tokens: u64,
    completion_tokens: u64,
    cost_usd: Option<f64>,
    /// Finished, and on their way to the disk: beside done, failed, running and left.
    securing: u64,
    phase: &'static str,
    concurrency: usize,
    elapsed_seconds: f64,
    /// How long the server asked to wait, while it does.
    held_seconds: Option<f64>,
    /// How much longer the run waits for servers that are away, while it does.
    waits_seconds: Option<f64>,
    /// Of replies that no server counted; not in the two above, but in the cost.
    estimated_prompt_tokens: u64,
    estimated_completion_tokens: u64,
    cost_estimated_usd: Option<f64>,
    /// The caps, what the run has taken of them in all its starts, and which of them stands in the way now.
    #[serde(skip_serializing_if = "Option::is_none")]
    budget: Option<Budget>,
    endpoints: Vec<Server>,
}

#[derive(Serialize)]
struct Budget {
    usd: Option<f64>,
    tokens: Option<u64>,
    items: Option<u64>,
    used_usd: Option<f64>,
    used_tokens: Option<u64>,
    used_items: Option<u64>,
    reached: Option<String>,
}

/// One server.
#[derive(Serialize)]
struct Server {
    origin: String,
    profile: String,
    steps: Vec<&'static str>,
    in_flight: usize,
    limit: usize,
    requests: u64,
    refused: u64,
    failed: u64,
    p50_ms: Option<u64>,
    p95_ms: Option<u64>,
    set_aside_seconds: Option<f64>,
    /// What it said, where it refuses requests whatever is in them.
    refuses: Option<Untrusted>,
}

impl From<&Endpoint> for Server {
    fn from(endpoint: &Endpoint) -> Self {
        let Endpoint { steps, profile, health } = endpoint.clone();
        let ms = |time: Option<Duration>| time.map(|time| time.as_millis() as u64);
        Self {
            origin: health.origin,
            profile,
            steps,
            in_flight: health.in_flight,
            limit: health.limit,
            requests: health.requests,
            refused: health.refused,
            failed: health.failed,
            p50_ms: ms(health.p50),
            p95_ms: ms(health.p95),
            set_aside_seconds: health.set_aside.map(seconds),
            refuses: health.denial.map(Untrusted::from),
        }
    }
}

/// Seconds with one digit after the point.
fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 10.0).round() / 10.0
}

impl From<&Progress> for Counts {
    fn from(progress: &Progress) -> Self {
        let used = progress.used;
        let budget = (!progress.limits.is_none()).then(|| Budget {
            usd: progress.limits.usd,
            tokens: progress.limits.tokens,
            items: progress.limits.items,
            used_usd: used.and_then(|used| used.usd),
            used_tokens: used.map(|used| used.tokens),
            used_items: used.map(|used| used.items),
            reached: progress.capped.clone(),
        });
        Self {
            done: progress.done,
            failed: progress.failed,
            away: progress.away,
            unjudged: progress.unjudged,
            running: progress.running,
            left: progress.left,
            reused: progress.reused,
            again: progress.again,
            per_second: (progress.per_second * 100.0).round() / 100.0,
            eta_seconds: progress.eta.map(|eta| eta.as_secs()),
            prompt_tokens: progress.prompt_tokens,
            completion_tokens: progress.completion_tokens,
            cost_usd: progress.cost_usd,
            securing: progress.securing,
            phase: match progress.phase {
                Phase::Running => "running",
                Phase::Paused => "paused",
                Phase::Stopping => "stopping",
                Phase::Ended => "ended",
            },
            concurrency: progress.concurrency,
            elapsed_seconds: seconds(progress.elapsed),
            held_seconds: progress.held.map(seconds),
            waits_seconds: progress.waits.map(seconds),
            estimated_prompt_tokens: progress.estimated.prompt_tokens,
            estimated_completion_tokens: progress.estimated.completion_tokens,
            cost_estimated_usd: progress.cost_estimated_usd,
            budget,
            endpoints: progress.endpoints.iter().map(Server::from).collect(),
        }
    }
}

impl Teller {
    /// A teller of this style.
    #[must_use]
    pub fn new(style: Style) -> Self {
        let redraws = std::io::stderr().is_terminal();
        let style = match style {
            Style::Auto if redraws => Style::Bar,
            Style::Auto => Style::None,
            style => style,
        };
        Self { style, redraws, last: None, drawn: false }
    }

    /// Whether stdout belongs to JSON lines.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.style == Style::Json
    }

    /// The run begins.
    ///
    /// # Errors
    /// Nobody reads the events.
    pub fn started(
        &mut self,
        out: &mut Printer,
        run: &RunId,
        dir: &std::path::Path,
        progress: &Progress,
    ) -> Result<(), AppError> {
        if self.is_json() {
            let path = dir.display().to_string();
            out.json(&Event::Started { run, path, total: progress.total, counts: progress.into() })?;
            return out.flush();
        }
        let reused = match progress.reused {
            0 => String::new(),
            reused => format!("; {} are there already", grouped(reused)),
        };
        self.say(out, &format!("run {run}: {} items{reused}", grouped(progress.total)));
        Ok(())
    }

    /// The run goes on.
    ///
    /// # Errors
    /// Nobody reads the events.
    pub fn progress(&mut self, out: &mut Printer, progress: &Progress) -> Result<(), AppError> {
        let pause = match self.style {
            Style::Json => OFTEN,
            Style::Bar if self.redraws => BAR,
            Style::Bar => SELDOM,
            Style::Auto | Style::None => return Ok(()),
        };
        if self.last.is_some_and(|last| last.elapsed() < pause) {
            return Ok(());
        }
        self.last = Some(Instant::now());
        match self.style {
            Style::Json => {
                out.json(&Event::Progress { counts: progress.into() })?;
                out.flush()?;
            }
            _ if self.redraws => {
                out.status(&format!("\r{}\u{1b}[K", bar(progress)));
                self.drawn = true;
            }
            _ => out.note(&bar(progress)),
        }
        Ok(())
    }

    /// An item failed.
    ///
    /// # Errors
    /// Nobody reads the events.
    pub fn item_failed(&mut self, out: &mut Printer, failed: &ItemFailed) -> Result<(), AppError> {
        if !self.is_json() {
            return Ok(());
        }
        out.json(&Event::ItemFailed { item: failed.item, class: failed.class, message: &failed.message })?;
        out.flush()
    }

    /// A remark on stderr, above the bar.
    pub fn say(&mut self, out: &mut Printer, text: &str) {
        if std::mem::take(&mut self.drawn) {
            out.status("\r\u{1b}[K");
        }
        out.note(text);
    }

    /// The run is over.
    ///
    /// # Errors
    /// Nobody reads.
    pub fn finished(&mut self, out: &mut Printer, summary: &Summary, ended: &'static str) -> Result<(), AppError> {
        let progress = &*summary.progress;
        if self.is_json() {
            let path = summary.dir.display().to_string();
            out.json(&Event::Finished { counts: progress.into(), run: &summary.run, path, ended })?;
            return out.flush();
        }
        if std::mem::take(&mut self.drawn) {
            out.status("\r\u{1b}[K");
        }
        for failure in &progress.failures {
            let times = grouped(failure.count);
            out.note(&format!("{times} times {}: {}", failure.class, failure.example.line()));
        }
        for Endpoint { health, .. } in &progress.endpoints {
            if let Some(why) = &health.denial {
                out.note(&format!("note: {} was set aside: {}", health.origin, reveal_line(why)));
            }
        }
        let made = progress.done - progress.reused;
        let seconds = progress.elapsed.as_secs_f64();
        let guess = match progress.cost_estimated_usd {
            Some(part) if part > 0.0 => format!(" (of it about {} estimated)", dollars(part)),
            _ => String::new(),
        };
        let cost = progress.cost_usd.map(|cost| format!(", {}{guess}", dollars(cost))).unwrap_or_default();
        let (sent, received) = (grouped(progress.prompt_tokens), grouped(progress.completion_tokens));
        out.line(&format!(
            "{ended}: {} of {} items, {} made in {seconds:.1} s, {} failed, {} left; {sent} tokens sent, {received} received{cost}.",
            grouped(progress.done),
            grouped(progress.total),
            grouped(made),
            grouped(progress.failed),
            grouped(progress.left + progress.running),
        ))?;
        out.line(&format!("run {}: {}", summary.run, summary.dir.display()))
    }
}

/// `[######....] 48% 480 done, 2 failed, 32 running, 486 left; 41.2/s, 12 s to go`
fn bar(progress: &Progress) -> String {
    const WIDTH: usize = 24;
    let filled = (progress.fraction() * WIDTH as f64) as usize;
    let (full, empty) = ("#".repeat(filled.min(WIDTH)), ".".repeat(WIDTH - filled.min(WIDTH)));
    let rate = match (progress.phase, progress.waits.or(progress.held), progress.eta) {
        (Phase::Stopping, _, _) => "; stopping".to_owned(),
        (_, Some(waits), _) if progress.waits.is_some() => {
            format!("; no server is there, {} more to wait", words(waits))
        }
        (_, Some(held), _) => format!("; the server asks to wait {} s", held.as_secs().max(1)),
        (_, None, Some(eta)) => format!("; {:.1}/s, {} to go", progress.per_second, words(eta)),
        (_, None, None) => String::new(),
    };
    let (money, servers) = (money(progress), servers(progress));
    format!(
        "[{full}{empty}] {:.0}% {} done, {} failed, {} running, {} left{rate}{money}{servers}",
        progress.fraction() * 100.0,
        grouped(progress.done),
        grouped(progress.failed),
        progress.running,
        grouped(progress.left),
    )
}

/// What the run has taken of its caps; without caps, what this start cost. Nothing where that is not known.
fn money(progress: &Progress) -> String {
    let limits = &progress.limits;
    let Some(used) = progress.used.filter(|_| !limits.is_none()) else {
        return progress.cost_usd.map(|cost| format!("; {}", dollars(cost))).unwrap_or_default();
    };
    let usd = limits.usd.zip(used.usd).map(|(cap, usd)| format!("; {} of {}", dollars(usd), dollars(cap)));
    let tokens = limits.tokens.map(|cap| format!("; {} of {} tokens", grouped(used.tokens), grouped(cap)));
    let items = limits.items.map(|cap| format!("; {} of {} items", grouped(used.items), grouped(cap)));
    [usd, tokens, items].into_iter().flatten().collect()
}

/// Servers that get nothing just now.
fn servers(progress: &Progress) -> String {
    let aside = progress.endpoints.iter().filter(|endpoint| endpoint.health.set_aside.is_some()).count();
    match aside {
        0 => String::new(),
        aside => format!("; {aside} of {} servers set aside", progress.endpoints.len()),
    }
}

fn words(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds / 60),
        seconds => format!("{:.1} h", seconds as f64 / 3_600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::super::printer::tests::captured;
    use super::*;
    use crate::homework::{Limits, Used};

    fn half() -> Progress {
        Progress { total: 1_000, done: 500, running: 32, left: 468, per_second: 41.234, ..Progress::default() }
    }

    #[test]
    fn the_bar_says_what_matters() {
        let progress = Progress { eta: Some(Duration::from_secs(300)), ..half() };
        let shown = bar(&progress);
        assert_eq!(
            shown,
            "[############............] 50% 500 done, 0 failed, 32 running, 468 left; 41.2/s, 5 min to go"
        );
        assert!(bar(&Progress { held: Some(Duration::from_millis(20)), ..half() }).contains("wait 1 s"));
        let away = Progress { waits: Some(Duration::from_secs(250)), ..half() };
        assert!(bar(&away).ends_with("468 left; no server is there, 4 min more to wait"), "{}", bar(&away));
        let limits = Limits { usd: Some(5.0), items: Some(900), ..Limits::default() };
        let used = Some(Used { usd: Some(0.42), tokens: 7, items: 532 });
        let mut aside = Endpoint::default();
        aside.health.set_aside = Some(Duration::from_secs(3));
        let endpoints = vec![aside, Endpoint::default()];
        let shown = bar(&Progress { limits, used, endpoints, cost_usd: Some(0.1), ..half() });
        assert!(shown.ends_with("468 left; $0.42 of $5.00; 532 of 900 items; 1 of 2 servers set aside"), "{shown}");
        assert!(bar(&Progress { cost_usd: Some(0.1), ..half() }).ends_with("468 left; $0.10"));
    }

    #[test]
    fn events_are_lines_with_the_promised_fields() {
        let (mut printer, out) = captured();
        let mut teller = Teller::new(Style::Json);
        teller.progress(&mut printer, &half()).unwrap();
        teller.progress(&mut printer, &half()).unwrap();
        let text = out.text();
        assert_eq!(text.lines().count(), 1, "no more than two a second");
        let event: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(event["event"], "progress");
        let promised =
            "done failed away unjudged running left per_second eta_seconds prompt_tokens cost_usd waits_seconds";
        for field in promised.split(' ') {
            assert!(event.get(field).is_some(), "{field}");
        }
        assert_eq!(event["per_second"], 41.23);
    }
}
