//! The balance of a plan: a row for each branch with a bar, and what a row means.

use ratatui::text::Span;

use super::pane::Text;
use super::{View, text};
use crate::app::words;
use crate::homework::balance::{Branch, Standing};
use crate::input::Action;
use crate::theme::Role;

/// One branch, where the largest of its level has the share `most`: its name, a bar of what it has, lacks and has too much of, and by how much.
pub(super) fn row(view: &View<'_>, branch: &Branch, most: f64, room: usize) -> Vec<Span<'static>> {
    let (mark, role) = mark(branch);
    // Names come first where there is little room.
    let bar_room = if room < 44 { (room / 4).max(4) } else { (room / 3).min(24) };
    let mark_room = 7;
    let name_room = room.saturating_sub(bar_room + mark_room + 2);
    let indent = "  ".repeat(branch.depth);
    let name = view.model.snapshot.name(branch.node);
    let name = text::fit(&format!("{indent}{}", name.line()), name_room, view.glyphs.ellipsis);
    let gap = name_room.saturating_sub(text::width(&name)) + 1;
    let mut spans = vec![Span::styled(name, view.style(Role::Text)), Span::raw(" ".repeat(gap))];
    spans.extend(bar(view, branch, most, bar_room));
    spans.push(Span::styled(format!(" {mark:<mark_room$}"), view.style(role)));
    spans
}

/// The largest share of each level: branches of one level are compared with each other.
pub(super) fn most(balance: &[Branch]) -> Vec<f64> {
    let mut most = Vec::new();
    for branch in balance {
        if most.len() <= branch.depth {
            most.resize(branch.depth + 1, 0.0);
        }
        most[branch.depth] = f64::max(most[branch.depth], branch.share.max(branch.wished));
    }
    most
}

fn bar(view: &View<'_>, branch: &Branch, most: f64, room: usize) -> [Span<'static>; 4] {
    let cells = |part: f64| if most > 0.0 { ((part / most * room as f64).round() as usize).min(room) } else { 0 };
    let (share, wished) = (cells(branch.share), cells(branch.wished));
    let both = share.min(wished);
    let glyphs = view.glyphs;
    [
        Span::styled(glyphs.bar_done.repeat(both), view.style(Role::ProgressDone)),
        Span::styled(glyphs.bar_done.repeat(share - both), view.style(Role::Warning)),
        Span::styled(glyphs.bar_left.repeat(wished - both), view.style(Role::ProgressLeft)),
        Span::raw(" ".repeat(room - share.max(wished))),
    ]
}

fn mark(branch: &Branch) -> (String, Role) {
    let times = branch.ratio().map(|ratio| format!("x{ratio:.1}")).unwrap_or_default();
    match branch.standing {
        Standing::Fits => (String::new(), Role::Dim),
        Standing::Over => (times, Role::Warning),
        Standing::Under => (times, Role::Warning),
        Standing::Nothing => ("nothing".to_owned(), Role::Error),
    }
}

/// What the focused row means, and what to do about it.
pub(super) fn detail(view: &View<'_>, content: &mut Text<'_>) {
    let model = view.model;
    let Some(branch) = model.homework.balance.get(model.homework.at) else { return };
    let names: Vec<_> = model.snapshot.names(branch.node).iter().map(|name| name.line().into_owned()).collect();
    content.add(Role::Title, &names.join(&format!(" {} ", view.glyphs.path)));
    let subjects = words::count(branch.subjects as usize, "subject", "subjects");
    content.add(Role::Text, &format!("{} of {subjects} can have homework.", words::grouped(branch.eligible)));
    let besides = match branch.besides {
        0 => String::new(),
        more => format!(", and {} there besides", words::grouped(more)),
    };
    content.add(Role::Text, &format!("{} items in this plan{besides}.", words::grouped(branch.planned)));
    let percent = |part: f64| format!("{:.1} %", part * 100.0);
    content.add(
        Role::Text,
        &format!("{} of all items; {} were wished for.", percent(branch.share), percent(branch.wished)),
    );
    content.gap();
    let (role, says) = match branch.standing {
        Standing::Fits => (Role::Ok, "It has its share."),
        Standing::Over => (Role::Warning, "It has more than its share."),
        Standing::Under => (Role::Warning, "It has less than its share."),
        Standing::Nothing => (Role::Error, "It gets nothing."),
    };
    content.add(role, says);
    if branch.eligible < branch.subjects && matches!(branch.standing, Standing::Under | Standing::Nothing) {
        let lacking = words::count((branch.subjects - branch.eligible) as usize, "subject has", "subjects have");
        let (open, filter) = (model.key(Action::Open), model.key(Action::Filter));
        let what = format!(
            "{lacking} no accepted syllabus, or something else is open; {filter} lists why, {open} goes there."
        );
        content.add(Role::Dim, &what);
    }
    content.add(
        Role::Dim,
        "What is wished for follows from the number of subjects, and from `weights` and `quotas` under `homework` in provost.yaml.",
    );
}
