//! How far a branch is decided.
//!
//! ```text
//! ▰▰▰▰▰▱▱▱ 63 % decided
//! 12 accepted, 2 rejected, 6 to decide
//!
//! Branches
//! Physics       ▰▰▰▰▱▱ 71 %   4 left
//! ```

use ratatui::style::Style;

use super::pane::Text;
use super::{View, text};
use crate::app::words;
use crate::taxonomy::NodeId;
use crate::taxonomy::queue::Progress;
use crate::theme::Role;

/// Columns of a bar.
const BAR: usize = 8;
/// Columns for the name of a branch, at most.
const NAME: usize = 20;
/// How many branches are listed.
const BRANCHES: usize = 12;

/// The counts at the right end of a row in a wide tree: decided and proposed below a node.
pub(super) fn badge(view: &View<'_>, node: NodeId) -> Option<String> {
    let progress = view.model.digest.survey.progress(Some(node));
    let wide = view.model.size.0 >= 100;
    (wide && progress.decided() > 0).then(|| format!("{}/{}", progress.decided(), progress.proposed()))
}

/// How far what was proposed below a node (`None`: everywhere) is decided, branch by branch.
pub(super) fn below(view: &View<'_>, card: &mut Text<'_>, node: Option<NodeId>) {
    let model = view.model;
    let progress = model.digest.survey.progress(node);
    if progress.proposed() == 0 {
        return;
    }
    let (done, left) = bar(view, progress);
    let words = format!(" {} % decided", progress.percent());
    let dim = view.style(Role::Dim);
    card.parts(&[(done.1, &done.0), (left.1, &left.0), (view.style(Role::Text), &words)]);
    card.add(Role::Dim, &counts(progress));
    let children = model.snapshot.tree.children(node).iter();
    let branches = children.map(|child| (*child, model.digest.survey.progress(Some(*child))));
    let branches: Vec<(NodeId, Progress)> = branches.filter(|(_, progress)| progress.proposed() > 0).collect();
    if branches.is_empty() {
        return;
    }
    card.heading("Branches");
    let shown = branches.iter().take(BRANCHES);
    let names = shown.map(|(child, _)| text::width(&model.snapshot.name(*child).line()));
    let column = names.max().unwrap_or_default().min(NAME);
    for (child, progress) in branches.iter().take(BRANCHES) {
        let (done, left) = bar(view, *progress);
        let open = progress.pending + progress.deferred;
        let words = match open {
            0 => " all decided".to_owned(),
            _ => format!(" {:>2} %, {} left", progress.percent(), words::grouped(open.into())),
        };
        let name = text::fit(&model.snapshot.name(*child).line(), column, view.glyphs.ellipsis);
        let pad = " ".repeat((column + 1).saturating_sub(text::width(&name)));
        let plain = view.style(Role::Text);
        card.parts(&[(plain, &name), (plain, &pad), (done.1, &done.0), (left.1, &left.0), (dim, &words)]);
    }
    if branches.len() > BRANCHES {
        card.add(Role::Dim, &format!("and {} more", branches.len() - BRANCHES));
    }
}

type Part = (String, Style);

fn bar(view: &View<'_>, progress: Progress) -> (Part, Part) {
    let done = progress.percent() as usize * BAR / 100;
    let part = |glyph: &str, count: usize, role| (glyph.repeat(count), view.style(role));
    (part(view.glyphs.bar_done, done, Role::ProgressDone), part(view.glyphs.bar_left, BAR - done, Role::ProgressLeft))
}

/// "12 accepted, 2 rejected, 6 to decide".
fn counts(progress: Progress) -> String {
    let parts = [
        (progress.accepted, "accepted"),
        (progress.rejected, "rejected"),
        (progress.merged, "merged"),
        (progress.pending, "to decide"),
        (progress.deferred, "deferred"),
    ];
    let told = parts.into_iter().filter(|(count, _)| *count > 0);
    told.map(|(count, word)| format!("{} {word}", words::grouped(count.into()))).collect::<Vec<_>>().join(", ")
}
