//! Whether an action applies right now, and why not: one place for the footer, the menus and the
//! message after a key that does nothing.

use super::rows::RowState;
use super::{Model, Pane, Screen, ask, by_hand, checks, decide, history, marks, panes, picker, syllabus, words};
use crate::input::Action;
use crate::taxonomy::{Kind, NodeId};

/// Why an action does not apply: a sentence, and where there is one, the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhyNot(pub String);

impl WhyNot {
    /// A reason.
    pub(super) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

type Answer = Result<(), WhyNot>;

fn no(sentence: impl Into<String>) -> Answer {
    Err(WhyNot::new(sentence))
}

/// Whether `action` applies right now.
///
/// # Errors
/// Why not.
pub fn enabled(model: &Model, action: Action) -> Answer {
    if changes_something(action)
        && let Some(why) = &model.settings.read_only
    {
        return no(format!("Read-only here: {}.", why.trim_end_matches('.')));
    }
    if matches!(action, Action::AskModel | Action::AskSyllabus)
        && let Some(why) = &model.no_model
    {
        return no(why.as_str());
    }
    match action {
        Action::Undo | Action::UndoThis if model.screen == Screen::History => return history::can_undo(model),
        Action::Redo if model.screen == Screen::History => return history::can_redo(model),
        Action::Undo => return can_undo(model),
        Action::Redo => return can_redo(model),
        Action::StopAsking if model.jobs.is_empty() && model.meaning.progress.is_none() => {
            return no("No model is being asked.");
        }
        Action::NextMatch | Action::PreviousMatch if !model.search.is_active() => {
            return no(format!("There is no search; {} begins one.", model.key(Action::Search)));
        }
        Action::Cancel => return can_close(model),
        Action::GoSyllabus => return can_go_to_syllabus(model),
        Action::Fix(number) => return checks::can(model, number),
        Action::TutorNext if model.tutor.is_none() => return no("No tour is under way; `provost tutor` gives one."),
        Action::Compare => return super::compare::can(model),
        Action::Zoom | Action::GrowList | Action::ShrinkList => return panes::can(model, action),
        Action::YankName | Action::YankPath | Action::YankId | Action::YankQuestion => {
            return super::yank::can(model, action);
        }
        _ => {}
    }
    match model.screen {
        Screen::Curate => curate(model, action),
        Screen::Syllabus => syllabus::can(model, action),
        Screen::History => match action {
            Action::Open | Action::Why if model.history.focused_node(&model.snapshot).is_none() => {
                no("There is nothing to open.")
            }
            _ => Ok(()),
        },
        Screen::Homework => super::homework::can(model, action),
        Screen::Dataset => super::dataset::can(model, action),
    }
}

/// Whether the action would write to the taxonomy.
fn changes_something(action: Action) -> bool {
    use crate::input::Category::{Ask, Compose, Decide, Undo};
    let category = action.info().category;
    matches!(category, Decide | Compose | Undo | Ask)
}

/// Whether Esc would close anything on the screen.
fn can_close(model: &Model) -> Answer {
    let is_marked = !model.tree.marks.is_empty() || model.tree.range_from.is_some();
    let closes = !model.toasts.shown().is_empty()
        || model.search.is_active()
        || match model.screen {
            Screen::Dataset => super::dataset::can_cancel(model),
            Screen::Curate => is_marked || !model.queue.facets.is_empty(),
            Screen::Syllabus => model.syllabus.pane == Pane::Detail,
            Screen::Homework | Screen::History => false,
        };
    if closes { Ok(()) } else { no("There is nothing to close.") }
}

fn can_undo(model: &Model) -> Answer {
    let curator = &model.settings.curator;
    if model.saving.count() > 0 || model.snapshot.record.undoable(curator).is_some() {
        return Ok(());
    }
    no("You have decided nothing that could be undone.")
}

fn can_redo(model: &Model) -> Answer {
    if model.saving.count() > 0 || model.snapshot.record.redoable(&model.settings.curator).is_some() {
        return Ok(());
    }
    no("Nothing was undone since your last decision.")
}

fn can_go_to_syllabus(model: &Model) -> Answer {
    match (model.screen, model.tree.cursor) {
        (Screen::Dataset, _) => match super::dataset::subject(model) {
            Some(subject) => syllabus::can_open(&model.snapshot, &model.digest, subject),
            None => no("There is no item whose syllabus could be shown."),
        },
        (Screen::Curate, Some(node)) => syllabus::can_open(&model.snapshot, &model.digest, node),
        (Screen::Curate, None) => no("Only a subject has a syllabus; focus one."),
        _ if model.syllabus.content(&model.snapshot).is_some() => Ok(()),
        (_, Some(node)) => syllabus::can_open(&model.snapshot, &model.digest, node),
        (_, None) => no("Only a subject has a syllabus; focus one in the tree."),
    }
}

/// Actions on what is marked: what of it they fit is found out when they are carried out, not for
/// every frame.
fn is_for_marks(action: Action) -> bool {
    use Action::{Accept, Defer, Deprecate, Flag, FlagWithWords, MergeByName, Place, RejectOwnWords};
    matches!(action, Accept | Defer | Deprecate | Flag | FlagWithWords | MergeByName | Place | RejectOwnWords)
        || decide::reason_of(action).is_some()
}

fn curate(model: &Model, action: Action) -> Answer {
    let cursor = model.tree.cursor;
    if !model.tree.marks.is_empty() && is_for_marks(action) {
        return Ok(());
    }
    match action {
        Action::Accept => can_accept(model),
        Action::Defer | Action::Flag | Action::FlagWithWords => {
            targets_exist(model)?;
            match has_proposals(model) {
                false => no("It is accepted already; only a proposal can be deferred or flagged."),
                true => Ok(()),
            }
        }
        Action::Deprecate => can_deprecate(model),
        Action::Split => can_split(model),
        Action::Repeat => {
            targets_exist(model)?;
            match model.repeat {
                Some(_) => alone_not_in_flight(model),
                None => no("You have decided nothing yet that could be said again."),
            }
        }
        Action::MergeByName => {
            targets_exist(model)?;
            alone_not_in_flight(model)?;
            picker::may_merge(model)
        }
        Action::AddSibling => match by_hand::beside(model) {
            Some(_) => Ok(()),
            None if cursor.is_none() => no("Nothing stands beside the root; add below it."),
            None => no("Its parent is not accepted; nothing can be added there yet."),
        },
        Action::MarkMatches => marks::can_mark_matches(model),
        Action::MarkBranch if model.digest.pending_below(cursor) == 0 && cursor_is_not_pending(model) => {
            no("Nothing is pending in this branch.")
        }
        Action::Edit | Action::EditInEditor => match cursor {
            None => no("The title is in provost.yaml; focus a node to edit it."),
            Some(node) => not_in_flight(model, node),
        },
        Action::MergeInto(number) => can_merge(model, number),
        Action::Place => {
            targets_exist(model)?;
            alone_not_in_flight(model)?;
            picker::may_place(model)
        }
        Action::AddChild => match by_hand::kind_below(model, cursor) {
            Some(_) => Ok(()),
            None if cursor.is_some_and(|node| model.proposal_of(node).is_some()) => {
                no("Accept it first; then nodes can be added below it.")
            }
            None => no("Nothing hangs below a subject but its syllabus."),
        },
        Action::AskModel if !model.tree.marks.is_empty() => Ok(()),
        Action::AskModel => ask::why_not(model).map_or(Ok(()), no),
        Action::AskSyllabus => {
            if cursor.is_some_and(|node| model.proposal_of(node).is_some()) {
                return no("Accept it first; a syllabus comes after the subject.");
            }
            if model.focus.lacks_syllabus {
                return Ok(());
            }
            let kind = cursor.map(|node| node.kind());
            let counts = model.snapshot.tree.counts();
            match (kind, counts.contains_key(&Kind::Subject)) {
                (Some(Kind::Subject), _) => no("It has a syllabus, or one to decide on."),
                (_, false) => no("There is no subject yet; a syllabus comes after its subject."),
                (_, true) if model.snapshot.tree.children(cursor).is_empty() => no("There is no subject below it."),
                (_, true) => no("No subject here is without a syllabus, or one to decide on."),
            }
        }
        Action::NextPending | Action::PreviousPending if model.digest.pending == 0 && model.queue.facets.is_empty() => {
            match model.digest.deferred {
                0 => no("Nothing is pending."),
                count => no(format!("Nothing is pending; {} deferred.", words::count(count, "is", "are"))),
            }
        }
        Action::ToggleMark | Action::MarkRange if cursor.is_none() => no("Focus a node to mark it."),
        Action::ClearMarks if model.tree.marks.is_empty() && model.tree.range_from.is_none() => {
            no("Nothing is marked.")
        }
        Action::Why if cursor.is_none() => no("Focus a node to see where it comes from."),
        _ if decide::reason_of(action).is_some() || action == Action::RejectOwnWords => can_reject(model),
        _ => Ok(()),
    }
}

fn targets_exist(model: &Model) -> Answer {
    match model.tree.marks.is_empty() && model.tree.cursor.is_none() {
        true => {
            let key = model.key(Action::NextPending);
            no(format!("The taxonomy itself is not decided on; focus a node in it, {key} goes to the next proposal."))
        }
        false => Ok(()),
    }
}

fn not_in_flight(model: &Model, node: NodeId) -> Answer {
    match model.saving.decides(node) {
        true => no("A decision on it is being saved."),
        false => Ok(()),
    }
}

fn can_accept(model: &Model) -> Answer {
    targets_exist(model)?;
    if has_proposals(model) {
        return match model.tree.cursor.filter(|_| model.tree.marks.is_empty()) {
            Some(node) => {
                not_in_flight(model, node)?;
                hangs_under_accepted(model, node)
            }
            None => Ok(()),
        };
    }
    let Some(node) = model.tree.cursor else { return no("Focus a proposal to accept it.") };
    if model.focused_row().is_some_and(|row| row.state == RowState::Deprecated) {
        return Ok(());
    }
    let name = words::quoted(&model.snapshot.name(node));
    if model.digest.has_open_syllabus(node) {
        let key = model.key(Action::GoSyllabus);
        return no(format!("{name} is accepted; its syllabus is to be decided: {key} opens it."));
    }
    no(format!("{name} is accepted already."))
}

/// Whether what a proposal hangs under is accepted, or about to be.
fn hangs_under_accepted(model: &Model, node: NodeId) -> Answer {
    let above = super::rows::ancestors(&model.snapshot, node).into_iter();
    let first = above.filter(|above| model.snapshot.tree.entry(*above).is_none());
    match first.filter(|above| !model.saving.accepts(*above)).find(|above| model.proposal_of(*above).is_some()) {
        Some(above) => {
            let name = words::quoted(&model.snapshot.name(above));
            no(format!("Accept {name} first; this hangs under it."))
        }
        None => Ok(()),
    }
}

fn can_reject(model: &Model) -> Answer {
    targets_exist(model)?;
    if let Some(node) = model.tree.cursor.filter(|_| model.tree.marks.is_empty()) {
        not_in_flight(model, node)?;
        if model.focused_row().is_some_and(|row| row.state == RowState::Deprecated) {
            return no("It is deprecated already.");
        }
    }
    Ok(())
}

fn can_merge(model: &Model, number: u8) -> Answer {
    let Some(node) = model.tree.cursor else { return no("Focus a node to merge it.") };
    alone_not_in_flight(model)?;
    let Some(near) = model.focus.near.get(usize::from(number).saturating_sub(1)) else {
        return no(match model.focus.near.len() {
            0 => "No other name is near this one.".to_owned(),
            count => format!("There are {count} neighbours, not {number}."),
        });
    };
    if near.state != RowState::Accepted {
        let name = words::quoted(&near.name);
        return no(format!("{name} is {}; only an accepted node can take another name.", near.state.name()));
    }
    if model.proposal_of(node).is_none() && near.node.kind() != node.kind() {
        return no("Only nodes of one kind are merged.");
    }
    Ok(())
}

/// Whether a proposal is among what would be decided on.
fn has_proposals(model: &Model) -> bool {
    at_stake(model).any(|node| model.proposal_of(*node).is_some())
}

/// What would be decided on, in any order: unlike [`decide::targets`] it costs no look at the rows.
fn at_stake(model: &Model) -> impl Iterator<Item = &NodeId> {
    let alone = model.tree.cursor.iter().filter(|_| model.tree.marks.is_empty());
    model.tree.marks.iter().chain(alone)
}

fn alone_not_in_flight(model: &Model) -> Answer {
    match model.tree.cursor.filter(|_| model.tree.marks.is_empty()) {
        Some(node) => not_in_flight(model, node),
        None => Ok(()),
    }
}

fn cursor_is_not_pending(model: &Model) -> bool {
    model.focused_row().is_none_or(|row| row.state != RowState::Pending)
}

fn can_deprecate(model: &Model) -> Answer {
    targets_exist(model)?;
    alone_not_in_flight(model)?;
    let mut states = at_stake(model).filter_map(|node| super::rows::state_of(&model.snapshot, *node));
    match states.any(|state| matches!(state, RowState::Accepted | RowState::Deprecated)) {
        true => Ok(()),
        false => no("It is not accepted; a digit rejects it."),
    }
}

fn can_split(model: &Model) -> Answer {
    let Some(node) = model.tree.cursor else { return no("Focus a node to split it.") };
    not_in_flight(model, node)?;
    match model.focused_row().map(|row| row.state) {
        _ if !model.tree.marks.is_empty() => no("One node is split at a time; clear the marks first."),
        Some(RowState::Deprecated) => no("It is deprecated; restore it first."),
        Some(RowState::Merged) => no("It is merged; undo that decision first."),
        _ => Ok(()),
    }
}

/// The word for an action where it does not mean what its label says: of accepted nodes a digit says
/// that they are no longer taught.
#[must_use]
pub fn label(model: &Model, action: Action) -> Option<&'static str> {
    if model.screen == Screen::Dataset && action == Action::NextPending {
        return Some("unjudged");
    }
    let rejects = decide::reason_of(action).is_some();
    if model.screen != Screen::Curate || !(rejects || matches!(action, Action::Accept | Action::Deprecate)) {
        return None;
    }
    if targets_exist(model).is_err() || has_proposals(model) {
        return None;
    }
    let is_gone = |node: &NodeId| decide::is(model, *node, RowState::Deprecated);
    match action {
        Action::Accept | Action::Deprecate => at_stake(model).all(is_gone).then_some("restore"),
        _ => Some("deprecate"),
    }
}
