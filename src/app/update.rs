//! One message in, effects out. Routes to the reducer of each area.

use std::sync::Arc;

use super::effect::OpId;
use super::overlay::{Confirm, Then};
use super::{
    Done, Effect, Level, Model, Msg, Overlay, Pane, Screen, ask, checks, compare, counting, dataset, decide, edit,
    enabled, form, history, homework, lexicon, meaning, overlay, palette, panes, preview, queue, search, syllabus,
    syllabus_ask, syllabus_move, themes, tree, tutor, why, words, yank,
};
use crate::input::{Action, Key, Resolved};
use crate::taxonomy::{Change, Delta, Op, Refusal, Snapshot, Step, Verb};

/// Takes in one message. What the outside has to do is returned; nothing else happens.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let mut effects = route(model, msg);
    effects.extend(syllabus_ask::settle(model));
    effects.extend(dataset::settle(model));
    effects.extend(counting::settle(model));
    effects.extend(themes::settle(model));
    tutor::settle(model);
    model.refresh_focus();
    model.syllabus.settle_scroll();
    effects
}

fn route(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Key(key) => return pressed(model, key),
        Msg::Paste(text) => {
            model.resolver.reset();
            overlay::paste(model, &text);
        }
        Msg::Mouse(mouse) => return panes::mouse(model, mouse),
        Msg::Resize(columns, rows) => model.size = (columns, rows),
        Msg::Shown(shown) => {
            if model.screen == Screen::Syllabus {
                model.syllabus.note_shown(&model.snapshot, shown.list.clone());
            }
            model.shown = shown;
        }
        Msg::Tick(now) => {
            model.now = now;
            model.toasts.expire(now);
        }
        Msg::Snapshot(snapshot) => return take_snapshot(model, snapshot),
        Msg::OpDone { id, outcome } => return op_done(model, id, outcome),
        Msg::Edited { draft, outcome, saved } => return edit::left(model, draft, outcome, saved),
        Msg::Batch { id, outcome } => {
            compare::batch_read(model, id, &outcome);
            why::batch_read(model, id, outcome);
        }
        Msg::Prompts { node, what, reason, trim, outcome } => {
            preview::written(model, ((node, what), reason, trim), outcome);
        }
        Msg::Themes { all, used } => themes::changed(model, all, used),
        Msg::Keys(keymap) => {
            // Half a sequence may mean nothing in the other one.
            model.resolver.reset();
            model.keymap = keymap;
            model.say(Level::Info, "The keymap was read anew.");
        }
        Msg::Job { id, event } => ask::event(model, id, event),
        Msg::Notice { level, text } => model.say(level, text),
        Msg::Log { title, lines } => overlay::open_log(model, title, lines),
        Msg::Found(found) => model.found = *found,
        Msg::Names(names) => {
            lexicon::read(model, *names);
            palette::names_came(model);
            search::go_on(model);
        }
        Msg::NamesFirst(names, revision) => {
            lexicon::read_first(model, names, revision);
            search::names_came(model);
        }
        Msg::Looked(looks) => counting::looked(model, looks),
        Msg::Counted(tally) => counting::counted(model, tally),
        Msg::Meant(meant) => meaning::meant(model, meant),
        Msg::Homework(news) => return homework::news(model, news),
        Msg::Dataset(news) => dataset::news(model, news),
    }
    Vec::new()
}

fn take_snapshot(model: &mut Model, snapshot: Arc<Snapshot>) -> Vec<Effect> {
    let delta = Delta::between(&model.snapshot, &snapshot);
    let changes = model.digest.refresh(&model.snapshot, &snapshot, &delta, &model.queue.facets);
    model.snapshot = snapshot;
    queue::changed(model, changes.as_deref());
    let mut effects = Vec::new();
    match &changes {
        Some(_) => {
            model.follow_names(&delta);
            model.patch_rows();
        }
        None => {
            effects.extend(lexicon::forget(model));
            model.rebuild_rows();
        }
    }
    let saving = model.syllabus.subject.is_some_and(|subject| model.saving.decides(subject));
    model.syllabus.refresh(&model.snapshot, &model.settings.curator, saving);
    if model.screen == Screen::Syllabus {
        model.refresh_cells();
    }
    compare::taxonomy_changed(model);
    why::taxonomy_changed(model);
    if model.screen == Screen::History {
        model.history.rebuild(&model.snapshot, &model.settings.curator);
    }
    dataset::taxonomy_changed(model);
    follow(model);
    effects.extend(homework::taxonomy_changed(model));
    effects
}

fn op_done(model: &mut Model, id: OpId, outcome: Result<Done, Refusal>) -> Vec<Effect> {
    let Some(op) = model.saving.finish(id) else { return Vec::new() };
    let typed = taken(&mut model.typed, id);
    let written = taken(&mut model.written, id);
    let mut effects = Vec::new();
    match outcome {
        Ok(done) => {
            model.last = Some(done.summary).filter(|summary| !summary.is_empty()).or(model.last.take());
            model.follow = done.event;
            follow(model);
            effects = written.map(edit::done).unwrap_or_default();
            if model.leaving && model.saving.count() == 0 {
                effects.push(Effect::Quit);
            }
        }
        Err(refusal) => {
            model.leaving = false;
            if let Some(typed) = typed {
                let typed = match typed {
                    Overlay::Form(form) => Overlay::Form(form.onto(model)),
                    other => other,
                };
                model.overlays.insert(0, typed);
            }
            if let Some(written) = written {
                edit::refused(model, written, &refusal);
            }
            model.say_with_hint(Level::Error, refusal.what, refusal.hint);
            // What was refused is still to be decided: back to it, unless the curator went elsewhere.
            if op.landed == model.tree.cursor
                && let Some(node) = op.from.filter(|_| op.landed != op.from)
            {
                tree::reveal(model, node);
            }
        }
    }
    let saving = model.syllabus.subject.is_some_and(|subject| model.saving.decides(subject));
    if !saving {
        model.syllabus.refresh(&model.snapshot, &model.settings.curator, false);
    }
    effects
}

fn taken<T>(all: &mut Vec<(OpId, T)>, id: OpId) -> Option<T> {
    let at = all.iter().position(|(of, _)| *of == id)?;
    Some(all.remove(at).1)
}

/// After an undo, a redo or a move the cursor goes to what it was about, once the snapshot shows it.
fn follow(model: &mut Model) {
    let Some(event) = model.follow.and_then(|id| model.snapshot.record.event(id)).cloned() else { return };
    model.follow = None;
    syllabus_move::follow(model, &event.change);
    if let Change::Undo { event } | Change::Redo { event } = &event.change
        && let Some(taken) = model.snapshot.record.event(*event).cloned()
        && dataset::follow(model, &taken.change)
    {
        return;
    }
    let node = words::first_node_of(&model.snapshot, &event.change);
    match (&event.change, node) {
        (Change::Undo { .. } | Change::Tree { verb: Verb::Move, .. }, Some(node)) => tree::reveal(model, node),
        (Change::Tree { verb: Verb::Split, steps, .. }, _) => {
            let made = steps.iter().find(|step| matches!(step, Step::Create { .. }));
            if let Some(node) = made.map(Step::node) {
                tree::reveal(model, node);
            }
        }
        (Change::Redo { .. }, Some(node)) => {
            if let Some(at) = model.tree.rows.iter().position(|row| row.node == Some(node)) {
                model.tree.focus_row(at);
            }
        }
        _ => {}
    }
}

fn pressed(model: &mut Model, key: Key) -> Vec<Effect> {
    model.toasts.key_pressed(model.now);
    let keymap = model.keymap.clone();
    let context = model.context();
    let resolved = model.resolver.feed(&keymap, context, key);
    if !model.overlays.is_empty() {
        return overlay::handle(model, resolved);
    }
    match checks::at_once(model, resolved) {
        Resolved::Action(action) => act(model, action),
        Resolved::Text(_) | Resolved::Prefix(_) | Resolved::Cancelled | Resolved::None => Vec::new(),
    }
}

/// Carries out an action of the screen, or says why it does not apply.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    if let Err(why) = enabled(model, action) {
        // Esc that closes nothing needs no answer: the answer would have to be closed.
        if action != Action::Cancel {
            model.say(Level::Warning, why.0);
        }
        return Vec::new();
    }
    if let Some(effects) = everywhere(model, action) {
        return effects;
    }
    if panes::handle(model, action) {
        return Vec::new();
    }
    if let Some(effects) = yank::handle(model, action) {
        return effects;
    }
    if let Some(effects) = checks::handle(model, action) {
        return effects;
    }
    let effects = match model.screen {
        Screen::Curate => {
            tree::handle(model, action).or_else(|| decide::handle(model, action)).or_else(|| ask::handle(model, action))
        }
        Screen::Syllabus => syllabus::handle(model, action).or_else(|| ask::handle(model, action)),
        Screen::History => history::handle(model, action),
        Screen::Homework => homework::handle(model, action),
        Screen::Dataset => dataset::handle(model, action),
    };
    effects.unwrap_or_default()
}

/// Actions that mean the same on every screen; `None` where the screen decides.
fn everywhere(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    if search::handle(model, action) {
        return Some(Vec::new());
    }
    Some(match action {
        Action::GoCurate => go(model, Screen::Curate),
        Action::GoHistory => go(model, Screen::History),
        Action::GoDataset => go(model, Screen::Dataset),
        Action::GoHomework => {
            homework::aim(model);
            go(model, Screen::Homework)
        }
        Action::GoSyllabus => {
            match subject_to_open(model) {
                Some(subject) if model.screen == Screen::Dataset => dataset::open_syllabus(model, subject),
                Some(subject) => syllabus::open(model, subject),
                None => {}
            }
            go(model, Screen::Syllabus)
        }
        Action::Edit if model.screen == Screen::Curate => {
            form::open(model);
            Vec::new()
        }
        Action::EditInEditor => edit::open(model),
        Action::Why if model.screen != Screen::Dataset => why::open(model),
        Action::Compare => compare::open(model),
        Action::Help => {
            overlay::open_help(model);
            Vec::new()
        }
        Action::Palette => {
            palette::open(model);
            Vec::new()
        }
        Action::Themes => {
            themes::open(model);
            Vec::new()
        }
        Action::TutorNext => tutor::next(model),
        Action::Log => vec![Effect::ReadLog],
        Action::Messages => {
            overlay::open_messages(model);
            Vec::new()
        }
        Action::Undo if model.screen != Screen::History => history::send(model, Op::Undo(None)),
        Action::Redo if model.screen != Screen::History => history::send(model, Op::Redo(None)),
        Action::Cancel => {
            cancel(model);
            Vec::new()
        }
        Action::ToggleMouse => {
            model.mouse = !model.mouse;
            let whose =
                if model.mouse { "provost's: it clicks and scrolls here" } else { "the terminal's: it selects text" };
            model.say(Level::Info, format!("The mouse is {whose}; {} changes that.", model.key(Action::ToggleMouse)));
            vec![Effect::SetMouse(model.mouse)]
        }
        Action::Redraw => vec![Effect::Redraw],
        Action::Suspend => vec![Effect::Suspend],
        Action::Quit => quit(model),
        _ => return None,
    })
}

/// The subject whose syllabus is wanted: the focused one; off the tree, the one shown last.
fn subject_to_open(model: &Model) -> Option<crate::taxonomy::NodeId> {
    let shown = model.syllabus.subject.filter(|_| model.syllabus.content(&model.snapshot).is_some());
    match model.screen {
        Screen::Curate => model.tree.cursor,
        Screen::Dataset => dataset::subject(model),
        _ => shown.or(model.tree.cursor),
    }
}

pub(super) fn go(model: &mut Model, screen: Screen) -> Vec<Effect> {
    if model.screen != screen {
        model.toasts.forget("Marked");
        model.search.clear();
        model.screen = screen;
    }
    match screen {
        Screen::History => model.history.rebuild(&model.snapshot, &model.settings.curator),
        Screen::Homework => return homework::entered(model),
        Screen::Dataset => dataset::entered(model),
        Screen::Curate | Screen::Syllabus => {}
    }
    Vec::new()
}

/// Esc closes one thing: messages, then the search; in the tree the marks, then the facets.
fn cancel(model: &mut Model) {
    if model.screen == Screen::Dataset {
        let _ = model.toasts.clear() || model.search.clear() || dataset::cancel(model);
        return;
    }
    if model.toasts.clear() || model.search.clear() {
        return;
    }
    match model.screen {
        Screen::Curate => {
            let _ = tree::clear_marks(model) || queue::clear_facets(model);
        }
        Screen::Syllabus => model.syllabus.pane = Pane::List,
        Screen::Homework | Screen::History | Screen::Dataset => {}
    }
}

/// Leaves the screen, then the program; asks first where a run would be stopped.
fn quit(model: &mut Model) -> Vec<Effect> {
    if model.screen != Screen::Curate {
        return go(model, Screen::Curate);
    }
    let Some(lines) = homework::would_stop(model) else { return leave(model) };
    let title = "Leave while a run is going?".to_owned();
    model.overlays.push(Overlay::Confirm(Confirm { title, lines, then: Then::Quit }));
    Vec::new()
}

/// Leaves the program once what was decided is on the disk: a refusal is still told, and what was typed for it comes back. Asked a
/// second time, at once.
pub(super) fn leave(model: &mut Model) -> Vec<Effect> {
    let saving = model.saving.count();
    if saving == 0 || std::mem::replace(&mut model.leaving, true) {
        return vec![Effect::Quit];
    }
    let what = words::count(saving, "decision is", "decisions are");
    let key = model.key(Action::Quit);
    model.say(Level::Info, format!("provost ends as soon as {what} saved; {key} again ends it at once."));
    Vec::new()
}
