//! How the run stands: the band above the lists.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::{View, pane, text};
use super::servers;
use crate::app::{Run, RunState, percent, words};
use crate::homework::{Ended, Phase, Progress, dollars};
use crate::input::Action;
use crate::theme::Role;

/// From this width on the servers stand beside the counts; on a high terminal below them from [`BELOW`] on.
const BESIDE: u16 = 140;
const BELOW: u16 = 70;
/// Columns of the servers beside the counts, at least and at most.
const SERVERS: (u16, u16) = (60, 90);

/// How many lines the run takes, of so many.
pub(super) fn height(run: &Run, body: Rect) -> u16 {
    let servers = u16::try_from(run.progress.endpoints.len()).unwrap_or(u16::MAX);
    match body.height {
        0..14 => 4.min(body.height),
        14..30 => 8,
        _ if body.width >= BESIDE => 8.max(3 + servers.min(9)),
        _ if body.width >= BELOW && servers > 0 => 8 + 3 + servers.min(5),
        _ => 8,
    }
}

pub(super) fn draw(view: &View<'_>, run: &Run, area: Rect, buf: &mut Buffer) {
    let title = run.id.as_ref().map_or_else(|| "Run".to_owned(), |id| format!("Run {id}"));
    let beside = area.width >= BESIDE && area.height >= 7;
    let below = !beside && area.height > 8;
    let left = if beside { area.width - (area.width * 2 / 5).clamp(SERVERS.0, SERVERS.1) } else { area.width };
    let own = Rect { width: left, height: if below { 8 } else { area.height }, ..area };
    let inner = pane::frame(view, own, buf, &title, false);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let progress = &run.progress;
    let mut lines = vec![state_line(view, run), bar(view, progress, inner.width), counts(view, progress)];
    lines.push(rates(view, progress));
    lines.extend(money(view, progress, inner.width));
    lines.push(match &run.state {
        RunState::Over(ended, _) if *ended != Ended::Done && progress.left > 0 => {
            let key = view.model.key(Action::StartRun);
            let left = words::count(progress.left as usize, "item is", "items are");
            Line::styled(format!("next: {key} goes on from here; {left} left"), view.style(Role::Text))
        }
        RunState::Over(_, dir) if progress.done > 0 => export_line(view, dir),
        _ => sparkline(view, progress, inner.width),
    });
    if inner.height < 5 {
        // The bar and the counts say most.
        lines.rotate_left(1);
    }
    pane::lines(&lines, 0, inner, buf);
    if beside {
        let area = Rect { x: area.x + left, width: area.width - left, ..area };
        servers::table(view, run, area, buf);
    } else if below {
        servers::table(view, run, Rect { y: area.y + 8, height: area.height - 8, ..area }, buf);
    }
}

/// A sign, a look and a word for what a run does.
pub(crate) fn sign(view: &View<'_>, run: &Run) -> (&'static str, Role, &'static str) {
    let glyphs = view.glyphs;
    let progress = &run.progress;
    match (&run.state, progress.phase) {
        (RunState::Starting, _) => (glyphs.running, Role::Info, "starting"),
        (RunState::Over(ended, _), _) => match ended {
            Ended::Done if progress.failed == 0 => (glyphs.ok, Role::Ok, "done"),
            Ended::Done => (glyphs.warning, Role::Warning, "done, with failures"),
            Ended::Stopped | Ended::Aborted => (glyphs.stopped, Role::Warning, "stopped"),
            Ended::Budget(_) => (glyphs.stopped, Role::Warning, "stopped"),
            _ => (glyphs.error, Role::Error, "broke off"),
        },
        (RunState::Going, Phase::Paused) => (glyphs.paused, Role::Warning, "paused"),
        (RunState::Going, Phase::Stopping) => (glyphs.stopped, Role::Warning, "finishing what is under way"),
        (RunState::Going, _) if progress.capped.is_some() => {
            (glyphs.stopped, Role::Warning, "at the cap, finishing what is under way")
        }
        (RunState::Going, Phase::Running | Phase::Ended) => (glyphs.running, Role::Info, "running"),
    }
}

fn state_line(view: &View<'_>, run: &Run) -> Line<'static> {
    let progress = &run.progress;
    let (sign, role, word) = sign(view, run);
    let mut says = word.to_owned();
    match &run.state {
        RunState::Over(ended, dir) => {
            let message = ended.message().map(|message| format!(": {message}")).unwrap_or_default();
            says = format!("{word}{message} · {dir}");
        }
        RunState::Starting | RunState::Going => {
            says.push_str(&format!(", {} at once", progress.concurrency.max(1)));
            let aside = progress.endpoints.iter().filter(|endpoint| endpoint.health.set_aside.is_some()).count();
            if let Some(waits) = progress.waits {
                says.push_str(&format!("; waiting up to {} for a server", lasting(waits)));
            } else if aside > 0 {
                let servers = words::count(progress.endpoints.len(), "server", "servers");
                says.push_str(&format!("; {aside} of {servers} set aside"));
            }
            if let Some(held) = progress.held {
                let held = lasting(held.max(Duration::from_secs(1)));
                says.push_str(&format!("; the server asked to wait {held}"));
            }
        }
    }
    let says = crate::taxonomy::text::reveal_line(&says).into_owned();
    Line::from(vec![Span::styled(format!("{sign} "), view.style(role)), Span::styled(says, view.style(role))])
}

/// What to do with the results; their folder is `<taxonomy>/runs/<run>`.
fn export_line(view: &View<'_>, dir: &str) -> Line<'static> {
    let taxonomy = std::path::Path::new(dir).ancestors().nth(2).filter(|path| !path.as_os_str().is_empty());
    let place = taxonomy.map(|path| format!(" -C {}", shell_word(&path.display().to_string()))).unwrap_or_default();
    let says =
        crate::taxonomy::text::reveal_line(&format!("next: provost{place} export -o homework.jsonl")).into_owned();
    Line::styled(says, view.style(Role::Text))
}

/// A path as it is typed in a shell.
fn shell_word(path: &str) -> String {
    shlex::try_quote(path).map_or_else(|_| path.to_owned(), |word| word.into_owned())
}

fn bar(view: &View<'_>, progress: &Progress, width: u16) -> Line<'static> {
    let percent = percent(progress);
    let room = usize::from(width).saturating_sub(6);
    let mut spans = cells(view, progress.done, progress.failed, progress.total, room);
    spans.push(Span::styled(format!(" {percent:>3} %"), view.style(Role::Text)));
    Line::from(spans)
}

/// A bar of this many columns.
pub(super) fn cells(view: &View<'_>, done: u64, failed: u64, total: u64, room: usize) -> Vec<Span<'static>> {
    let share = |part: u64| (part as f64 / total.max(1) as f64 * room as f64) as usize;
    // A failure is always seen.
    let failed_cells = if failed > 0 { share(failed).max(1).min(room) } else { 0 };
    let done_cells = share(done).min(room - failed_cells);
    let left = room - done_cells - failed_cells;
    vec![
        Span::styled(view.glyphs.bar_done.repeat(done_cells), view.style(Role::ProgressDone)),
        Span::styled(view.glyphs.error.repeat(failed_cells), view.style(Role::ProgressFailed)),
        Span::styled(view.glyphs.bar_left.repeat(left), view.style(Role::ProgressLeft)),
    ]
}

fn counts(view: &View<'_>, progress: &Progress) -> Line<'static> {
    let before = match progress.reused {
        0 => String::new(),
        reused => format!(" ({} from before)", words::grouped(reused)),
    };
    let failed = if progress.failed > 0 { Role::Error } else { Role::Dim };
    let some = |number: u64, what: &str| (number > 0).then(|| format!(", {} {what}", words::grouped(number)));
    let unjudged = some(progress.unjudged, "unjudged").unwrap_or_default();
    let away = some(progress.away, "away").unwrap_or_default();
    Line::from(vec![
        Span::styled(format!("{} done{before}", words::grouped(progress.done)), view.style(Role::Ok)),
        Span::styled(unjudged, view.style(Role::Warning)),
        Span::styled(format!(" · {} failed{away}", words::grouped(progress.failed)), view.style(failed)),
        Span::styled(format!(" · {} running", words::grouped(progress.running)), view.style(Role::Text)),
        Span::styled(
            format!(" · {} left of {}", words::grouped(progress.left), words::grouped(progress.total)),
            view.style(Role::Dim),
        ),
    ])
}

fn rates(view: &View<'_>, progress: &Progress) -> Line<'static> {
    let mut parts = vec![format!("{:.1} items/s", progress.per_second)];
    if let Some(eta) = progress.eta {
        parts.push(format!("{} left", lasting(eta)));
    }
    parts.push(format!("{} so far", lasting(progress.elapsed)));
    let guess = progress.estimated.prompt_tokens + progress.estimated.completion_tokens;
    let guess = if guess > 0 { format!(", {} uncounted", short(guess)) } else { String::new() };
    parts.push(format!("{} + {} tokens{guess}", short(progress.prompt_tokens), short(progress.completion_tokens)));
    Line::styled(parts.join(" · "), view.style(Role::Text))
}

/// What it costs, and each cap with a gauge. An unknown price is never nothing.
fn money(view: &View<'_>, progress: &Progress, width: u16) -> Vec<Line<'static>> {
    let limits = &progress.limits;
    let cost = match (progress.cost_usd, progress.cost_estimated_usd) {
        (None, _) => "cost unknown: no price for the model in your config".to_owned(),
        (Some(cost), Some(part)) if part > 0.0 => format!("{}, of it {} estimated", dollars(cost), dollars(part)),
        (Some(cost), _) => dollars(cost),
    };
    if limits.is_none() {
        return vec![Line::styled(cost, view.style(Role::Text))];
    }
    let Some(used) = progress.used else {
        return vec![Line::styled(format!("{cost}; capped at {}", limits.words()), view.style(Role::Text))];
    };
    let mut parts = Vec::new();
    if let Some(cap) = limits.usd {
        let usd = used.usd.unwrap_or_default();
        parts.push((format!("{} of {}", dollars(usd), dollars(cap)), usd / cap));
    }
    if let Some(cap) = limits.tokens {
        parts.push((format!("{} of {} tokens", short(used.tokens), short(cap)), used.tokens as f64 / cap as f64));
    }
    if let Some(cap) = limits.items {
        parts.push((format!("{} of {} items", short(used.items), short(cap)), used.items as f64 / cap as f64));
    }
    let words = parts.iter().map(|(words, _)| text::width(words) + 3).sum::<usize>();
    let gauge = (usize::from(width).saturating_sub(words) / parts.len().max(1)).saturating_sub(6).min(24);
    let mut spans = Vec::new();
    for (words, share) in parts {
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 1.0 };
        if !spans.is_empty() {
            spans.push(Span::styled(" · ", view.style(Role::Dim)));
        }
        let role = if share >= 0.9 { Role::Warning } else { Role::ProgressDone };
        spans.push(Span::styled(format!("{words} "), view.style(Role::Text)));
        if gauge >= 4 {
            let full = (share * gauge as f64) as usize;
            spans.push(Span::styled(view.glyphs.bar_done.repeat(full), view.style(role)));
            spans.push(Span::styled(view.glyphs.bar_left.repeat(gauge - full), view.style(Role::ProgressLeft)));
            spans.push(Span::raw(" "));
        }
        let percent = if share >= 0.9 { Role::Warning } else { Role::Dim };
        spans.push(Span::styled(format!("{:.0} %", (share * 100.0).floor()), view.style(percent)));
    }
    let mut lines = vec![Line::from(spans)];
    if limits.usd.is_none() {
        lines[0].spans.push(Span::styled(format!(" · {cost}"), view.style(Role::Text)));
    }
    lines
}

/// Items in each of the last seconds, and how many the most were.
fn sparkline(view: &View<'_>, progress: &Progress, width: u16) -> Line<'static> {
    let most = progress.samples.iter().copied().max().unwrap_or(0);
    let scale = if most > 0 { format!(" {}/s at most", words::grouped(most.into())) } else { String::new() };
    let room = usize::from(width).saturating_sub(scale.len());
    let shown = progress.samples.iter().rev().take(room).rev();
    let steps = view.glyphs.spark.len() as u32;
    let line: String = shown
        .map(|sample| match sample {
            0 => " ",
            some => view.glyphs.spark[((some * (steps - 1)).div_ceil(most)).min(steps - 1) as usize],
        })
        .collect();
    Line::from(vec![Span::styled(line, view.style(Role::Sparkline)), Span::styled(scale, view.style(Role::Dim))])
}

/// A large number without its last digits: `412 k`.
pub(super) fn short(number: u64) -> String {
    match number {
        0..100_000 => words::grouped(number),
        100_000..100_000_000 => format!("{} k", words::grouped(number / 1_000)),
        _ => format!("{} M", words::grouped(number / 1_000_000)),
    }
}

pub(super) fn lasting(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_read_well() {
        assert_eq!(
            (short(99_999), short(412_345), short(3_000_000_000)),
            ("99,999".into(), "412 k".into(), "3,000 M".into())
        );
        assert_eq!((words::grouped(7).as_str(), words::grouped(1_234_567).as_str()), ("7", "1,234,567"));
        let said: Vec<_> = [5, 65, 3_725].map(|seconds| lasting(Duration::from_secs(seconds))).into();
        assert_eq!(said, ["5 s", "1 min 5 s", "1 h 2 min"]);
    }
}
