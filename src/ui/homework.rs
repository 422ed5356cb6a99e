//! The Homework screen: the plan or the run above, a list and the details of a row below.
//!
//! ```text
//! ┌ Run 20261121T101500Z-0a1b2c3d ───────────────────────────────────┐
//! │ ▹ running, 16 at once                                            │
//! │ ████████████████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  38 % │
//! │ 92 done (20 from before) · 1 failed · 16 running · 131 left      │
//! │ 12.3 items/s · 11 s left · 41,200 + 20,110 tokens · $0.02        │
//! │ ▁▂▅▇▇▆▇                                                          │
//! ├ Branches ──────────────────────┬ Newest ─────────────────────────┤
//! │❯Natural Sciences  ████░░ 38/80 │ Optics                          │
//! │  Physics          ███░░░ 20/50 │ Q A lens of 5 dioptres …        │
//! └────────────────────────────────┴─────────────────────────────────┘
//! ```

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::pane::{self, Text};
use super::{Drawn, View, balance, curate, scroll, text};
use crate::app::{Pane, Run, RunState, Shows, words};
use crate::homework::{Amount, Ended, Form, Phase, Plan, Progress};
use crate::input::Action;
use crate::theme::Role;

/// From this width on list and details stand side by side.
const SIDE_BY_SIDE: u16 = 72;

pub(super) fn draw(view: &View<'_>, body: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let screen = &view.model.homework;
    let above = if body.height >= 14 { 7 } else { 4.min(body.height) };
    let band = Rect { height: above, ..body };
    let rest = Rect { y: body.y + above, height: body.height - above, ..body };
    match &screen.run {
        Some(run) => draw_run(view, run, band, buf),
        None => draw_plan(view, band, buf),
    }
    drawn.shown.list = view.model.shown.list.clone();
    drawn.shown.height = view.model.shown.height;
    let (list, detail) = curate::split(rest, screen.pane, SIDE_BY_SIDE);
    if let Some(area) = list {
        draw_list(view, area, buf, drawn);
    }
    if let Some(area) = detail {
        draw_detail(view, area, buf, drawn);
    }
}

/// A large number without its last digits: `412 k`.
fn short(number: u64) -> String {
    match number {
        0..100_000 => words::grouped(number),
        100_000..100_000_000 => format!("{} k", words::grouped(number / 1_000)),
        _ => format!("{} M", words::grouped(number / 1_000_000)),
    }
}

fn lasting(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
    }
}

fn wanted(view: &View<'_>) -> String {
    let request = &view.model.homework.request;
    let amount = match request.amount {
        Amount::PerSubject(each) => format!("{} for each subject", words::count(each as usize, "item", "items")),
        Amount::Count(count) => format!("{} together", words::count(count as usize, "item", "items")),
    };
    let place = match request.nodes.as_slice() {
        [] => "everything".to_owned(),
        nodes => words::names(&view.model.snapshot, nodes),
    };
    format!("{amount}, seed {}, for {place}", request.seed)
}

/// What would be produced.
fn draw_plan(view: &View<'_>, area: Rect, buf: &mut Buffer) {
    let model = view.model;
    let inner = pane::frame(view, area, buf, "Plan", false);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let mut content = Text::new(view, inner.width);
    content.add(Role::Text, &wanted(view));
    match &model.homework.plan {
        None => content.add(Role::Dim, "The plan is being made…"),
        Some(Err(why)) => content.add(Role::Error, &crate::taxonomy::text::reveal(why)),
        Some(Ok(planned)) => {
            let plan = &planned.plan;
            let role = if plan.total() == 0 { Role::Warning } else { Role::Ok };
            let from = words::count(plan.subjects.len(), "subject", "subjects");
            let mut line = format!("{} items from {from}", words::grouped(plan.total()));
            if !plan.ineligible.is_empty() {
                line.push_str(&format!("; {} not eligible", plan.ineligible.len()));
            }
            if plan.beyond_capacity() > 0 {
                line.push_str(&format!("; {} beyond what the syllabi allow", words::grouped(plan.beyond_capacity())));
            }
            content.add(role, &line);
            if let Some(compared) = planned.compared() {
                content.add(Role::Text, &compared);
            }
            if let Some(remark) = plan.remarks.first() {
                content.add(Role::Warning, remark);
            }
            if let Some(estimate) = &planned.estimate {
                let tokens = estimate.tokens();
                let cost = estimate.cost_usd.map(|cost| format!(", about ${cost:.2}")).unwrap_or_default();
                let (prompt, reply) = (words::grouped(tokens.prompt_tokens), words::grouped(tokens.completion_tokens));
                content.add(Role::Dim, &format!("Roughly {prompt} + {reply} tokens{cost}"));
            }
            let (start, edit) = (model.key(Action::StartRun), model.key(Action::EditPlan));
            let at_once = model.homework.concurrency;
            let next = if plan.total() > 0 {
                format!("{start} starts it, {at_once} items at once; {edit} changes the plan.")
            } else {
                let (filter, tree, here) =
                    (model.key(Action::Filter), model.key(Action::GoCurate), model.key(Action::GoHomework));
                format!("{filter} lists why. For more, {tree}, focus a wider branch, and {here} again.")
            };
            content.add(Role::Dim, &next);
        }
    }
    pane::lines(&content.lines, 0, inner, buf);
}

/// How the run stands.
fn draw_run(view: &View<'_>, run: &Run, area: Rect, buf: &mut Buffer) {
    let title = run.id.as_ref().map_or_else(|| "Run".to_owned(), |id| format!("Run {id}"));
    let inner = pane::frame(view, area, buf, &title, false);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let progress = &run.progress;
    let mut lines = vec![state_line(view, run), bar(view, progress, inner.width), counts(view, progress)];
    lines.push(rates(view, progress));
    lines.push(match &run.state {
        RunState::Over(_, dir) if progress.done > 0 => export_line(view, dir),
        _ => sparkline(view, progress, inner.width),
    });
    if inner.height < 5 {
        // The bar and the counts say most.
        lines.rotate_left(1);
    }
    pane::lines(&lines, 0, inner, buf);
}

fn state_line(view: &View<'_>, run: &Run) -> Line<'static> {
    let glyphs = view.glyphs;
    let progress = &run.progress;
    let (sign, role, mut says) = match (&run.state, progress.phase) {
        (RunState::Starting, _) => (glyphs.running, Role::Info, "starting".to_owned()),
        (RunState::Over(ended, dir), _) => {
            let (sign, role, word) = match ended {
                Ended::Done if progress.failed == 0 => (glyphs.ok, Role::Ok, "done"),
                Ended::Done => (glyphs.warning, Role::Warning, "done, with failures"),
                Ended::Stopped | Ended::Aborted => (glyphs.stopped, Role::Warning, "stopped"),
                _ => (glyphs.error, Role::Error, "broke off"),
            };
            let message = ended.message().map(|message| format!(": {message}")).unwrap_or_default();
            (sign, role, format!("{word}{message} · {dir}"))
        }
        (RunState::Going, Phase::Paused) => (glyphs.paused, Role::Warning, "paused".to_owned()),
        (RunState::Going, Phase::Stopping) => (glyphs.stopped, Role::Warning, "finishing what is under way".to_owned()),
        (RunState::Going, Phase::Running | Phase::Ended) => (glyphs.running, Role::Info, "running".to_owned()),
    };
    if !matches!(run.state, RunState::Over(..)) {
        says.push_str(&format!(", {} at once", progress.concurrency.max(1)));
        if let Some(held) = progress.held {
            says.push_str(&format!("; the server asked to wait {}", lasting(held)));
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
    // Never a hundred before the last item is there.
    let percent = if progress.done + progress.failed >= progress.total && progress.total > 0 {
        100
    } else {
        ((progress.fraction() * 100.0) as u64).min(99)
    };
    let percent = if progress.total == 0 { 0 } else { percent };
    let room = usize::from(width).saturating_sub(6);
    let mut spans = cells(view, progress.done, progress.failed, progress.total, room);
    spans.push(Span::styled(format!(" {percent:>3} %"), view.style(Role::Text)));
    Line::from(spans)
}

/// A bar of this many columns.
fn cells(view: &View<'_>, done: u64, failed: u64, total: u64, room: usize) -> Vec<Span<'static>> {
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
    Line::from(vec![
        Span::styled(format!("{} done{before}", words::grouped(progress.done)), view.style(Role::Ok)),
        Span::styled(format!(" · {} failed", words::grouped(progress.failed)), view.style(failed)),
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
    if let Some(cost) = progress.cost_usd {
        parts.push(format!("${cost:.2}"));
    }
    parts.push(format!("{} + {} tokens", short(progress.prompt_tokens), short(progress.completion_tokens)));
    Line::styled(parts.join(" · "), view.style(Role::Text))
}

fn sparkline(view: &View<'_>, progress: &Progress, width: u16) -> Line<'static> {
    let shown = progress.samples.iter().rev().take(usize::from(width)).rev();
    let most = progress.samples.iter().copied().max().unwrap_or(0).max(1);
    let steps = view.glyphs.spark.len() as u32;
    let line: String = shown
        .map(|sample| match sample {
            0 => " ",
            some => view.glyphs.spark[((some * (steps - 1)).div_ceil(most)).min(steps - 1) as usize],
        })
        .collect();
    Line::styled(line, view.style(Role::Sparkline))
}

fn draw_list(view: &View<'_>, area: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let screen = &view.model.homework;
    let is_focused = screen.pane == Pane::List;
    let title = match screen.rows() {
        0 => screen.shows.title().to_owned(),
        rows => format!("{} · {rows}", screen.shows.title()),
    };
    let inner = pane::frame(view, area, buf, &title, is_focused);
    let rows = screen.rows();
    let height = usize::from(inner.height);
    let top = scroll(view.model.shown.list.start, screen.at, height, rows);
    drawn.shown.list = top..rows.min(top + height);
    drawn.shown.height = height;
    if rows == 0 {
        let mut empty = Text::new(view, inner.width);
        empty.add(Role::Dim, nothing(view));
        pane::lines(&empty.lines, 0, inner, buf);
    }
    for (at, y) in drawn.shown.list.clone().zip(inner.y..inner.bottom()) {
        let row = Rect { y, height: 1, ..inner };
        let cursor = if at == screen.at { view.glyphs.cursor } else { " " };
        let mut spans = vec![Span::styled(cursor, view.style(Role::Title))];
        spans.extend(list_row(view, at, usize::from(inner.width).saturating_sub(1)));
        buf.set_line(row.x, y, &Line::from(spans), row.width);
        if at == screen.at {
            let role = if is_focused { Role::Selection } else { Role::SelectionInactive };
            buf.set_style(row, view.style(role));
        }
    }
}

fn nothing(view: &View<'_>) -> &'static str {
    let screen = &view.model.homework;
    match screen.shows {
        _ if screen.plan.is_none() && screen.run.is_none() => "The plan is being made…",
        Shows::Subjects => "No subject here has an accepted syllabus yet. Accept one; then there is homework to make.",
        Shows::Balance => "No subject is taught here, so there is nothing to share out.",
        Shows::NotEligible => "Every subject here is eligible.",
        Shows::Branches => "The run is starting…",
    }
}

fn list_row(view: &View<'_>, at: usize, room: usize) -> Vec<Span<'static>> {
    let screen = &view.model.homework;
    let fit = |text: &str, room: usize| text::fit(text, room, view.glyphs.ellipsis);
    match screen.shows {
        Shows::Subjects => {
            let Some(subject) = screen.plan().and_then(|plan| plan.subjects.get(at)) else { return Vec::new() };
            let count = format!(" {}", words::grouped(subject.quota));
            let name = fit(&subject.node.facts.name.line(), room.saturating_sub(count.len()));
            let gap = room.saturating_sub(text::width(&name) + count.len());
            let short = subject.quota < subject.asked;
            let count_role = if short { Role::Warning } else { Role::Dim };
            vec![
                Span::styled(name, view.style(Role::Text)),
                Span::raw(" ".repeat(gap)),
                Span::styled(count, view.style(count_role)),
            ]
        }
        Shows::Balance => screen.balance.get(at).map(|branch| balance::row(view, branch, room)).unwrap_or_default(),
        Shows::NotEligible => {
            let Some((node, why)) = screen.plan().and_then(|plan| plan.ineligible.get(at)) else { return Vec::new() };
            let name = fit(&view.model.snapshot.name(*node).line(), room / 2);
            let why = fit(why, room.saturating_sub(text::width(&name) + 4));
            vec![
                Span::styled(format!("{} ", view.glyphs.deprecated), view.style(Role::Warning)),
                Span::styled(format!("{name}  "), view.style(Role::Text)),
                Span::styled(why, view.style(Role::Dim)),
            ]
        }
        Shows::Branches => {
            let Some(branch) = screen.run.as_ref().and_then(|run| run.progress.branches.get(at)) else {
                return Vec::new();
            };
            let indent = "  ".repeat(branch.depth.into());
            let count = format!(" {}/{}", words::grouped(branch.done), words::grouped(branch.total));
            let bar_room = (room / 4).min(20);
            let name_room = room.saturating_sub(bar_room + count.len() + 1);
            let name = fit(&format!("{indent}{}", branch.name.line()), name_room);
            let gap = name_room.saturating_sub(text::width(&name)) + 1;
            let mut spans = vec![Span::styled(name, view.style(Role::Text)), Span::raw(" ".repeat(gap))];
            spans.extend(cells(view, branch.done, branch.failed, branch.total, bar_room));
            spans.push(Span::styled(count, view.style(Role::Dim)));
            spans
        }
    }
}

fn draw_detail(view: &View<'_>, area: Rect, buf: &mut Buffer, drawn: &mut Drawn) {
    let screen = &view.model.homework;
    let is_run = screen.shows == Shows::Branches && screen.run.is_some();
    let title = match screen.shows {
        _ if is_run => "Newest and failures",
        Shows::Balance => "Its share",
        _ => "What would be asked",
    };
    let inner = pane::frame(view, area, buf, title, screen.pane == Pane::Detail);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let mut content = Text::new(view, inner.width);
    match &screen.run {
        Some(run) if is_run => live(view, run, &mut content),
        _ => preview(view, &mut content),
    }
    drawn.shown.detail_overflow = pane::lines(&content.lines, screen.scroll, inner, buf);
    pane::position(view, area, buf, screen.scroll, drawn.shown.detail_overflow);
}

/// Failures by class, the newest items, the newest failures.
fn live(view: &View<'_>, run: &Run, content: &mut Text<'_>) {
    for failure in &run.progress.failures {
        let head = format!("{} {}", failure.count, failure.class);
        content.item((&head, view.style(Role::Error)), Role::Dim, &failure.example.line());
    }
    if !run.progress.failures.is_empty() {
        content.gap();
    }
    for item in &run.progress.newest {
        let path: Vec<_> = item.path.iter().map(|name| name.line().into_owned()).collect();
        content.add(Role::Kind, &path.join(&format!(" {} ", view.glyphs.path)));
        if let Some(unfit) = item.unfit {
            content.item((view.glyphs.warning, view.style(Role::Warning)), Role::Warning, unfit);
        }
        content.item(("Q", view.style(Role::Key)), Role::Text, &item.question.reveal());
        content.item(("A", view.style(Role::Key)), Role::Dim, &item.answer.reveal());
        content.gap();
    }
    for failed in &run.failures {
        let message = format!("{}: {}", failed.class, failed.message.line());
        content.item((view.glyphs.error, view.style(Role::Error)), Role::Dim, &message);
    }
    if content.lines.is_empty() {
        content.add(Role::Dim, "The newest items appear here as they are finished.");
    }
}

/// A few draws of the focused subject, or why it is left out.
fn preview(view: &View<'_>, content: &mut Text<'_>) {
    let screen = &view.model.homework;
    let Some(plan) = screen.plan() else { return };
    match screen.shows {
        Shows::NotEligible => {
            let Some((node, why)) = plan.ineligible.get(screen.at) else { return };
            let names: Vec<_> = view.model.snapshot.names(*node).iter().map(|name| name.line().into_owned()).collect();
            content.add(Role::Title, &names.join(&format!(" {} ", view.glyphs.path)));
            content.add(Role::Warning, &format!("Left out: {why}."));
            let key = view.model.key(Action::Open);
            content.add(Role::Dim, &format!("{key} shows it in the tree."));
        }
        Shows::Balance => balance::detail(view, content),
        _ => draws(view, plan, content),
    }
}

/// The type of an item's question, and its language where there are several: `coding, German: `.
fn form(plan: &Plan, form: Form) -> String {
    let language = match plan.languages.len() {
        1 => String::new(),
        _ => format!(", {}", crate::taxonomy::text::reveal_line(plan.language(form))),
    };
    format!("{}{language}: ", form.question_type)
}

fn draws(view: &View<'_>, plan: &Plan, content: &mut Text<'_>) {
    let at = view.model.homework.at;
    let Some(subject) = plan.subjects.get(at) else { return };
    let names: Vec<_> = subject.names.iter().map(|name| name.line().into_owned()).collect();
    content.add(Role::Title, &names.join(&format!(" {} ", view.glyphs.path)));
    let (quota, capacity) = (words::grouped(subject.quota), words::grouped(subject.capacity));
    content
        .add(Role::Dim, &format!("{quota} items; its syllabus allows {capacity} different ones. The first of them:"));
    if !subject.grounds.is_empty() {
        let titles: Vec<_> = subject
            .grounds
            .iter()
            .map(|ground| crate::taxonomy::text::reveal_line(ground.named.title()).into_owned())
            .collect();
        content.add(Role::Text, &format!("Grounded in {}.", titles.join("; ")));
    }
    for (number, item) in plan.items_of(at).take(4).enumerate() {
        let sessions: Vec<_> =
            subject.drawn_sessions(&item.draw).iter().map(|session| session.title.line().into_owned()).collect();
        let concepts: Vec<_> =
            subject.drawn_concepts(&item.draw).iter().map(|(_, concept)| concept.line().into_owned()).collect();
        let head = format!("{}", number + 1);
        let form = if subject.forms.is_plain() { String::new() } else { form(plan, item.form) };
        content.item((&head, view.style(Role::Key)), Role::Text, &format!("{form}{}", sessions.join(" + ")));
        content.item((" ", view.style(Role::Text)), Role::Dim, &concepts.join(" · "));
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
