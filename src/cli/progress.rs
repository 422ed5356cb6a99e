//! How a run stands, without a screen: a bar for people, JSON lines for programs.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use serde::Serialize;

use super::printer::Printer;
use super::table::grouped;
use crate::error::AppError;
use crate::homework::{ItemFailed, ItemId, Phase, Progress, RunId, Summary};
use crate::taxonomy::text::Untrusted;

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
}

impl From<&Progress> for Counts {
    fn from(progress: &Progress) -> Self {
        Self {
            done: progress.done,
            failed: progress.failed,
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
        let made = progress.done - progress.reused;
        let seconds = progress.elapsed.as_secs_f64();
        let cost = progress.cost_usd.map(|cost| format!(", ${cost:.2}")).unwrap_or_default();
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
    let rate = match (progress.phase, progress.held, progress.eta) {
        (Phase::Stopping, _, _) => "; stopping".to_owned(),
        (_, Some(held), _) => format!("; the server asks to wait {} s", held.as_secs().max(1)),
        (_, None, Some(eta)) => format!("; {:.1}/s, {} to go", progress.per_second, words(eta)),
        (_, None, None) => String::new(),
    };
    format!(
        "[{full}{empty}] {:.0}% {} done, {} failed, {} running, {} left{rate}",
        progress.fraction() * 100.0,
        grouped(progress.done),
        grouped(progress.failed),
        progress.running,
        grouped(progress.left),
    )
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
        for field in ["done", "failed", "running", "left", "per_second", "eta_seconds", "prompt_tokens", "cost_usd"] {
            assert!(event.get(field).is_some(), "{field}");
        }
        assert_eq!(event["per_second"], 41.23);
    }
}
