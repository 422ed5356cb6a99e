//! The servers of a run: how each does.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::super::pane::{self, Text};
use super::super::{View, text};
use super::run::{lasting, short};
use crate::app::{Run, words};
use crate::homework::{Endpoint, Health};
use crate::taxonomy::text::reveal_line;
use crate::theme::Role;

/// Beside the counts: a line for each server, as many as fit.
pub(super) fn table(view: &View<'_>, run: &Run, area: Rect, buf: &mut Buffer) {
    let servers = &run.progress.endpoints;
    let inner = pane::frame(view, area, buf, &words::count(servers.len(), "server", "servers"), false);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let mut content = Text::new(view, inner.width);
    let name = usize::from(inner.width).saturating_sub(41).max(8);
    let dim = view.style(Role::Dim);
    let heading =
        format!("{:<name$} {:>9} {:>7} {:>7} {:>7} {:>6}", "", "in flight", "p50", "p95", "refused", "failed");
    content.parts(&[(dim, &heading)]);
    let room = usize::from(inner.height).saturating_sub(1);
    let shown = if servers.len() > room { room.saturating_sub(1) } else { servers.len() };
    for endpoint in servers.iter().take(shown) {
        let health = &endpoint.health;
        let (sign, role) = state(view, health);
        let title = fit(view, &health.origin, name.saturating_sub(2));
        let gap = " ".repeat(name.saturating_sub(2 + text::width(&title)));
        let flying = format!("{}/{}", health.in_flight, run.progress.most_at(endpoint));
        let numbers = match health.set_aside {
            Some(left) if health.denial.is_some() => format!(" refuses all, tried again {}", again(left)),
            Some(left) => format!(" set aside, tried again {}", again(left)),
            None => format!(
                " {flying:>9} {:>7} {:>7} {:>7} {:>6}",
                latency(health.p50),
                latency(health.p95),
                short(health.refused),
                short(health.failed)
            ),
        };
        let style = view.style(role);
        content.parts(&[(style, sign), (style, " "), (view.style(Role::Text), &title), (dim, &gap), (style, &numbers)]);
    }
    if shown < servers.len() {
        content.add(Role::Dim, &format!("and {} more", servers.len() - shown));
    }
    pane::lines(&content.lines, 0, inner, buf);
}

fn fit(view: &View<'_>, origin: &str, room: usize) -> String {
    let short = origin.split_once("://").map_or(origin, |(_, rest)| rest);
    text::fit(&reveal_line(short), room, view.glyphs.ellipsis)
}

fn state(view: &View<'_>, health: &Health) -> (&'static str, Role) {
    if health.set_aside.is_some() {
        (view.glyphs.error, Role::Error)
    } else if health.failed > 0 || health.refused > 0 {
        (view.glyphs.warning, Role::Warning)
    } else {
        (view.glyphs.ok, Role::Ok)
    }
}

/// "in 4 s", and "now" in the last second.
fn again(left: Duration) -> String {
    if left.as_secs() == 0 { "now".to_owned() } else { format!("in {}", lasting(left)) }
}

/// "120 ms", "1.4 s"; a dash before the first reply.
fn latency(time: Option<Duration>) -> String {
    match time {
        None => "-".to_owned(),
        Some(time) if time.as_millis() < 1_000 => format!("{} ms", time.as_millis()),
        Some(time) => format!("{:.1} s", time.as_secs_f64()),
    }
}

/// One row of the list.
pub(super) fn row(view: &View<'_>, run: &Run, at: usize, room: usize) -> Vec<Span<'static>> {
    let Some(endpoint) = run.progress.endpoints.get(at) else { return Vec::new() };
    let (health, most) = (&endpoint.health, run.progress.most_at(endpoint));
    let (sign, role) = state(view, health);
    let tail = match health.set_aside {
        Some(left) => format!(" aside, {}", again(left).trim_start_matches("in ")),
        None => format!(" {}/{most} {:>7}", health.in_flight, latency(health.p95)),
    };
    let origin = fit(view, &health.origin, room.saturating_sub(tail.len() + 2));
    let gap = " ".repeat(room.saturating_sub(2 + text::width(&origin) + tail.len()));
    vec![
        Span::styled(format!("{sign} "), view.style(role)),
        Span::styled(origin, view.style(Role::Text)),
        Span::raw(gap),
        Span::styled(tail, view.style(if health.set_aside.is_some() { Role::Error } else { Role::Dim })),
    ]
}

/// Everything about one server.
pub(super) fn detail(view: &View<'_>, run: &Run, at: usize, content: &mut Text<'_>) {
    let Some(endpoint) = run.progress.endpoints.get(at) else { return };
    facts(endpoint, run.progress.most_at(endpoint)).into_iter().for_each(|line| match line {
        (Role::Title, text) => content.parts(&[(view.style(Role::Title), &text)]),
        (role, text) => content.add(role, &text),
    });
}

fn facts(endpoint: &Endpoint, most: usize) -> Vec<(Role, String)> {
    let Endpoint { steps, profile, health } = endpoint;
    let mut lines = vec![
        (Role::Title, health.origin.clone()),
        (Role::Dim, format!("Profile {profile}, for {}.", steps.join(", "))),
    ];
    if let Some(left) = health.set_aside {
        let why = match &health.denial {
            Some(said) => format!("Set aside, because it takes no request. {}", reveal_line(said)),
            None => "Set aside: it failed too often in a row.".to_owned(),
        };
        lines.push((Role::Error, format!("{why} Tried again {}.", again(left))));
    }
    lines.push((Role::Text, format!("{} in flight; {most} at once is what it is given now.", health.in_flight)));
    lines.push((Role::Text, format!("{} requests so far.", words::grouped(health.requests))));
    let share = |part: u64| 100.0 * part as f64 / health.requests.max(1) as f64;
    for (part, what) in [
        (health.refused, "turned away because it was too much (429, 503)"),
        (health.failed, "failed by the server or the network"),
    ] {
        if part > 0 {
            lines.push((Role::Warning, format!("{} {what}, {:.1} %.", words::grouped(part), share(part))));
        }
    }
    if health.p50.is_some() {
        let (half, most) = (latency(health.p50), latency(health.p95));
        lines.push((Role::Text, format!("Half of the latest replies took up to {half}, 95 of 100 up to {most}.")));
    }
    lines
}
