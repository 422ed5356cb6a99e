//! The tour: a dozen lessons, each of which is over when what it asks for was done. It looks at what happens and changes
//! nothing itself.

use super::{Effect, Level, Model, Overlay, RowState, Screen};
use crate::input::{Action, Context};
use crate::taxonomy::Change;

/// Where the tour is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tutor {
    /// The lesson, from 0.
    pub at: usize,
    /// How things were when it began.
    before: Before,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Before {
    events: usize,
    batches: usize,
    open: usize,
    cursor: Option<crate::taxonomy::NodeId>,
    /// How often the cursor has moved since.
    moves: usize,
}

impl Before {
    fn of(model: &Model) -> Self {
        Self {
            events: model.snapshot.record.events().len(),
            batches: model.snapshot.record.batches().count(),
            open: model.tree.open.len(),
            cursor: model.tree.cursor,
            moves: 0,
        }
    }
}

/// One lesson. In the text, `{name}` stands for the key of an action.
struct Lesson {
    title: &'static str,
    text: &'static str,
    is_done: fn(&Model, &Before) -> bool,
}

const LESSONS: [Lesson; 12] = [
    Lesson {
        title: "Moving",
        text: "On the left is a taxonomy, on the right the card of the focused row. {down} and {up} move (arrows too); moving \
               never decides. Go a few rows up or down.",
        is_done: |_, before| before.moves >= 3,
    },
    Lesson {
        title: "Folding",
        text: "{right} unfolds a branch or goes into it, {left} folds it or goes out; Enter does both. Unfold or fold one.",
        is_done: |model, before| model.tree.open.len() != before.open,
    },
    Lesson {
        title: "What is to be decided",
        text: "A model proposed the rows with an open circle; the check mark means accepted. {next-pending} goes to the next proposal \
               wherever it is. Go to one.",
        is_done: |model, before| {
            let is_pending = model.focused_row().is_some_and(|row| row.state == RowState::Pending);
            let has_syllabus = model.cursor().is_some_and(|node| model.digest.has_open_syllabus(node));
            before.moves > 0 && (is_pending || has_syllabus)
        },
    },
    Lesson {
        title: "Accepting",
        text: "The card says what the checks found and which names are near it. {accept} accepts and goes on to the next. Accept one; \
               nothing needs saving.",
        is_done: |model, before| has(model, before, |change| matches!(change, Change::Accept { .. })),
    },
    Lesson {
        title: "Taking back",
        text: "{undo} takes back the last decision, again the one before, also tomorrow; {redo} brings it back. Take yours back.",
        is_done: |model, before| has(model, before, |change| matches!(change, Change::Undo { .. })),
    },
    Lesson {
        title: "Rejecting",
        text: "A digit rejects with a reason: {reject-duplicate} duplicate, {reject-wrong-parent} wrong parent, {reject-vague} vague, \
               {reject-own-words} your own words. The model is told the next time. Reject one.",
        is_done: |model, before| has(model, before, |change| matches!(change, Change::Reject { .. })),
    },
    Lesson {
        title: "Asking the model",
        text: "{ask-model} on an accepted row asks for what belongs below it, on a proposal for something better. Go to an accepted branch \
               ({left} goes out), press {ask-model} and {submit}. The demo model answers by itself.",
        is_done: |model, before| model.snapshot.record.batches().count() > before.batches || !model.jobs.is_empty(),
    },
    Lesson {
        title: "Everything by name",
        text: "{palette} lists every action with its key, and every node. Type a few letters, for example \"undo\" or \"optics\"; {choose} does \
               it, {cancel} closes. Open it.",
        is_done: |model, _| model.overlays.iter().any(|overlay| matches!(overlay, Overlay::Palette(_))),
    },
    Lesson {
        title: "Every key",
        text: "Close that with {cancel}. {help} lists every key of the screen, filtered while you type; what is not possible now says why. Open it.",
        is_done: |model, _| model.overlays.iter().any(|overlay| matches!(overlay, Overlay::Help(_))),
    },
    Lesson {
        title: "A syllabus",
        text: "{cancel} first. A subject has a syllabus of class sessions. Find one whose row says so, for example by {search} or {palette}, and press \
               {go-syllabus}.",
        is_done: |model, _| model.screen == Screen::Syllabus,
    },
    Lesson {
        title: "Homework",
        text: "What is approved becomes questions and answers. {go-homework} shows the plan of a run; {start-run} there would start it. \
               Go there.",
        is_done: |model, _| model.screen == Screen::Homework,
    },
    Lesson {
        title: "The log",
        text: "{go-history} shows every decision, who made it and when; any of them can be taken back there. Go there.",
        is_done: |model, _| model.screen == Screen::History,
    },
];

fn has(model: &Model, before: &Before, wanted: fn(&Change) -> bool) -> bool {
    let mine = &model.settings.curator;
    let new = model.snapshot.record.events().iter().skip(before.events);
    let mut new = new.filter(|event| event.by == *mine);
    new.any(|event| wanted(&event.change))
}

impl Tutor {
    /// "Lesson 3 of 12: ..." and what is to be done, with the keys in force; `None` when the tour is over.
    #[must_use]
    pub fn says(&self, model: &Model) -> Option<(String, String)> {
        let lesson = LESSONS.get(self.at)?;
        let title = format!("Lesson {} of {}: {}", self.at + 1, LESSONS.len(), lesson.title);
        let mut text = String::new();
        let mut rest = lesson.text;
        while let Some((plain, named)) = rest.split_once('{') {
            text.push_str(plain);
            let (name, later) = named.split_once('}').unwrap_or((named, ""));
            let key = Action::by_name(name).map(|info| key(model, info.action)).unwrap_or_default();
            text.push_str(&format!("`{key}`"));
            rest = later;
        }
        text.push_str(rest);
        Some((title, text))
    }
}

/// The first key of an action on the screen it belongs to, or over it.
fn key(model: &Model, action: Action) -> String {
    let here = std::iter::once(model.screen).chain(Screen::ALL).map(Screen::context).chain(Context::ALL);
    let mut keys = here.flat_map(|context| model.keymap.keys_for(action, context).first().copied());
    keys.next().map_or_else(|| action.name().to_owned(), str::to_owned)
}

/// Begins the tour.
pub fn begin(model: &mut Model) {
    model.tutor = Some(Tutor { at: 0, before: Before::of(model) });
}

/// Goes to the next lesson; after the last one the tour is over.
pub(super) fn next(model: &mut Model) -> Vec<Effect> {
    let Some(tutor) = &model.tutor else { return Vec::new() };
    let at = tutor.at + 1;
    model.tutor = (at < LESSONS.len()).then(|| Tutor { at, before: Before::of(model) });
    if model.tutor.is_none() {
        let (help, quit) = (model.key(Action::Help), model.key(Action::Quit));
        model.say(Level::Info, format!("That was the tour. {help} lists every key, {quit} leaves; docs/ says more."));
    }
    Vec::new()
}

/// Sees whether the lesson is done.
pub(super) fn settle(model: &mut Model) {
    let Some(mut tutor) = model.tutor.take() else { return };
    if tutor.before.cursor != model.tree.cursor {
        (tutor.before.cursor, tutor.before.moves) = (model.tree.cursor, tutor.before.moves + 1);
    }
    let is_done = LESSONS.get(tutor.at).is_some_and(|lesson| (lesson.is_done)(model, &tutor.before));
    model.tutor = Some(tutor);
    if is_done {
        next(model);
    }
}
