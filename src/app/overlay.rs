//! What lies over a screen: help, provenance, pickers, questions, lines of text.

use super::decide::Say;
use super::decide::{self, Decision};
use super::effect::{Again, Draft};
use super::{
    Compare, Effect, FacetPicker, Field, Form, ItemFacetPicker, Model, Palette, Picker, Preview, Screen, ThemePicker,
    Why, ask, by_hand, compare, dataset, edit, enabled, facets, form, homework, palette, picker, preview, search,
    syllabus_edit, themes, why,
};
use crate::input::{Action, Context, Resolved};
use crate::taxonomy::{Kind, NodeId, Op, ProposalId, SessionId, Trim};

/// One layer over the screen.
#[derive(Debug, Clone)]
pub enum Overlay {
    /// All keys of the screen below, filtered while typing.
    Help(Help),
    /// Where the focused row comes from.
    Why(Why),
    /// Two versions beside each other.
    Compare(Box<Compare>),
    /// A text to read.
    Message(Message),
    /// What was said so far.
    Messages(Messages),
    /// Figures about the deciding.
    Statistics(Statistics),
    /// The themes, shown while they are focused.
    Themes(ThemePicker),
    /// Every action and every node.
    Palette(Box<Palette>),
    /// The search line.
    Search,
    /// A choice from a list, filtered while typing.
    Picker(Picker),
    /// The facets and orders of what is to be decided, filtered while typing.
    Facets(FacetPicker),
    /// The facets of items, filtered while typing.
    ItemFacets(ItemFacetPicker),
    /// A question.
    Confirm(Confirm),
    /// One line of text.
    Line(Line),
    /// Several lines of text, in the place of the card.
    Form(Form),
    /// What a model would be told.
    Preview(Preview),
}

impl Overlay {
    /// Where its keys are in the keymap.
    #[must_use]
    pub fn context(&self) -> Context {
        match self {
            Overlay::Why(_) | Overlay::Compare(_) => Context::Evidence,
            Overlay::Message(_) | Overlay::Messages(_) | Overlay::Statistics(_) => Context::Reader,
            Overlay::Help(_)
            | Overlay::Palette(_)
            | Overlay::Themes(_)
            | Overlay::Picker(_)
            | Overlay::Facets(_)
            | Overlay::ItemFacets(_) => Context::Picker,
            Overlay::Confirm(_) => Context::Confirm,
            Overlay::Preview(_) => Context::Preview,
            Overlay::Search | Overlay::Line(_) | Overlay::Form(_) => Context::Text,
        }
    }
}

/// The help of one place.
#[derive(Debug, Clone)]
pub struct Help {
    /// Whose keys.
    pub context: Context,
    /// Only actions with these words are listed.
    pub filter: Field,
    /// The first line that is shown.
    pub scroll: usize,
    /// What does not apply, as of when it was opened, and why not: a sentence.
    pub why_not: Vec<(Action, String)>,
}

/// A text to read.
#[derive(Debug, Clone)]
pub struct Message {
    /// The heading.
    pub title: String,
    /// Lines of it.
    pub lines: Vec<String>,
    /// The first line that is shown.
    pub scroll: usize,
}

/// The messages so far, newest first.
#[derive(Debug, Clone, Default)]
pub struct Messages {
    /// The first line that is shown.
    pub scroll: usize,
}

/// Figures about the deciding, as of when they were asked for.
#[derive(Debug, Clone)]
pub struct Statistics {
    /// The tables.
    pub sections: Vec<crate::taxonomy::stats::Section>,
    /// The first line that is shown.
    pub scroll: usize,
}

/// A question that wants yes or no. Never answered by the key that asked it.
#[derive(Debug, Clone)]
pub struct Confirm {
    /// The question.
    pub title: String,
    /// What there is to know before answering.
    pub lines: Vec<String>,
    pub(super) then: Then,
}

/// What yes leads to.
#[derive(Debug, Clone)]
pub(super) enum Then {
    /// A decision and what was said, and the marks are cleared.
    Decide(Decision, Option<Say>),
    /// The editor again on a text that could not be used.
    Reopen {
        /// What is edited.
        draft: Draft,
        /// The text, and what is wrong with it.
        again: Again,
    },
    /// A syllabus for each of these subjects.
    AskSyllabi(Vec<NodeId>),
    /// The end of the program.
    Quit,
    /// Something of the Homework screen.
    Homework(homework::Then),
}

/// One line of text that something is done with.
#[derive(Debug, Clone)]
pub struct Line {
    /// What is asked for.
    pub title: String,
    /// The text.
    pub field: Field,
    /// What it is for.
    pub purpose: Purpose,
}

/// What a line of text is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// The reason of a syllabus' rejection in own words.
    Reject(Vec<ProposalId>),
    /// The reason why nodes are rejected, or no longer taught.
    Reason(Vec<NodeId>),
    /// The question to a second curator.
    Question(Vec<NodeId>),
    /// The names of what a node is split into.
    Split(NodeId),
    /// What a model should do differently in several places.
    AskMany(Vec<(Option<NodeId>, super::What)>),
    /// What a model should do differently.
    Ask {
        /// About which node.
        node: Option<NodeId>,
        /// Its children or its syllabus.
        what: super::What,
        /// How many siblings, rejections and edits there are to tell.
        counts: [usize; 3],
        /// What the prompt is not told.
        trim: Trim,
    },
    /// A new node by hand; a pasted list makes several.
    AddChild {
        /// Where.
        parent: Option<NodeId>,
        /// Of which kind.
        kind: Kind,
    },
    /// A cell of the syllabus on the screen.
    Cell {
        /// The row.
        session: SessionId,
        /// The key concept; `None` is the title.
        concept: Option<usize>,
    },
    /// The description of a class session.
    Description(SessionId),
    /// Why a cell of the syllabus on the screen goes.
    RejectCell {
        /// The row.
        session: SessionId,
        /// The key concept; `None` is the whole session.
        concept: Option<usize>,
    },
    /// Where a cell of the syllabus on the screen belongs.
    PlaceCell {
        /// The row.
        session: SessionId,
        /// The key concept; `None` is the whole session.
        concept: Option<usize>,
    },
    /// What a model should do differently in a class session.
    AskSession(SessionId),
    /// A new class session after this one (`None`: the first).
    AddSession(Option<SessionId>),
    /// A new key concept at the end of this row.
    AddConcept(SessionId),
    /// Something of the Homework screen.
    Homework(homework::Question),
    /// Something of the Dataset screen.
    Dataset(dataset::Question),
}

/// Takes what a key meant to the topmost overlay.
pub(super) fn handle(model: &mut Model, resolved: Resolved) -> Vec<Effect> {
    let action = match resolved {
        Resolved::Text(c) => {
            if let Some(field) = field(model) {
                field.insert(c);
            }
            typed(model);
            return Vec::new();
        }
        Resolved::Action(Action::Cancel) => return cancel(model),
        Resolved::Action(action) => action,
        Resolved::Prefix(_) | Resolved::Cancelled | Resolved::None => return Vec::new(),
    };
    act(model, action)
}

/// Carries out an action of the topmost overlay.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    if field(model).is_some_and(|field| field.apply(action)) {
        typed(model);
        return Vec::new();
    }
    if compare::handle(model, action) {
        return Vec::new();
    }
    if let Some(effects) = why::handle(model, action) {
        return effects;
    }
    match action {
        action if matches!(model.overlays.last(), Some(Overlay::Preview(_))) && !is_reading(action) => {
            preview::handle(model, action)
        }
        Action::NextField if asks(model) => preview::open(model),
        Action::Submit | Action::Choose => submit(model),
        Action::Yes => yes(model),
        Action::No => cancel(model),
        Action::NextField | Action::PreviousField => {
            form::next_field(model, action == Action::NextField);
            Vec::new()
        }
        Action::Help => {
            open_help(model);
            Vec::new()
        }
        other => {
            scroll(model, other);
            Vec::new()
        }
    }
}

/// Whether the topmost line is for a model.
fn asks(model: &Model) -> bool {
    matches!(model.overlays.last(), Some(Overlay::Line(Line { purpose: Purpose::Ask { .. }, .. })))
}

/// Actions that any text to read understands.
fn is_reading(action: Action) -> bool {
    use crate::input::Category::{Move, Program};
    let category = action.info().category;
    matches!(category, Move | Program) && !matches!(action, Action::NextPane | Action::PreviousPane)
}

/// Types a pasted text into the topmost field.
pub(super) fn paste(model: &mut Model, text: &str) {
    if by_hand::paste(model, text) {
        return;
    }
    if let Some(field) = field(model) {
        field.paste(text);
        typed(model);
    }
}

fn field(model: &mut Model) -> Option<&mut Field> {
    match model.overlays.last_mut()? {
        Overlay::Help(help) => Some(&mut help.filter),
        Overlay::Themes(list) => Some(&mut list.field),
        Overlay::Palette(palette) => Some(&mut palette.field),
        Overlay::Search => Some(&mut model.search.field),
        Overlay::Picker(picker) => Some(&mut picker.field),
        Overlay::Facets(list) => Some(&mut list.field),
        Overlay::ItemFacets(list) => Some(&mut list.field),
        Overlay::Line(line) => Some(&mut line.field),
        Overlay::Form(form) => Some(form.field_mut()),
        Overlay::Why(_)
        | Overlay::Compare(_)
        | Overlay::Message(_)
        | Overlay::Messages(_)
        | Overlay::Statistics(_)
        | Overlay::Confirm(_)
        | Overlay::Preview(_) => None,
    }
}

/// What follows from a changed text.
fn typed(model: &mut Model) {
    match model.overlays.last_mut() {
        Some(Overlay::Picker(picker)) => picker.filter(),
        Some(Overlay::Palette(_)) => palette::refilter(model),
        Some(Overlay::Themes(_)) => themes::filter(model),
        Some(Overlay::Facets(list)) => list.filter(),
        Some(Overlay::ItemFacets(list)) => list.filter(),
        // What is typed is searched for beside the loop.
        Some(Overlay::Search) if model.screen == Screen::Dataset => {}
        Some(Overlay::Help(help)) => help.scroll = 0,
        Some(Overlay::Search) => search::typed(model),
        _ => {}
    }
}

fn cancel(model: &mut Model) -> Vec<Effect> {
    if matches!(model.overlays.last(), Some(Overlay::Preview(_))) {
        return preview::close(model);
    }
    match model.overlays.pop() {
        Some(Overlay::Search) if model.screen == Screen::Dataset => dataset::give_up(model),
        Some(Overlay::Search) => search::give_up(model),
        Some(Overlay::Confirm(Confirm { then: Then::Reopen { again, .. }, .. })) => edit::keep(model, &again),
        _ => {}
    }
    Vec::new()
}

fn submit(model: &mut Model) -> Vec<Effect> {
    match model.overlays.pop() {
        Some(Overlay::Search) => {
            if model.screen == Screen::Dataset {
                dataset::searched(model)
            } else {
                search::settle(model)
            }
            Vec::new()
        }
        Some(Overlay::Picker(chosen)) => picker::choose(model, chosen),
        Some(Overlay::Themes(list)) => themes::choose(model, list),
        Some(Overlay::Palette(chosen)) => palette::choose(model, chosen),
        Some(Overlay::Facets(list)) => facets::choose(model, list),
        Some(Overlay::ItemFacets(list)) => dataset::choose_facet(model, list),
        Some(Overlay::Line(line)) => submit_line(model, line),
        Some(Overlay::Form(filled)) => form::submit(model, filled),
        Some(other) => {
            model.overlays.push(other);
            Vec::new()
        }
        None => Vec::new(),
    }
}

fn submit_line(model: &mut Model, line: Line) -> Vec<Effect> {
    let text = line.field.text().trim().to_owned();
    match line.purpose {
        Purpose::Reject(on) => decide::reject_in_own_words(model, on, &text),
        Purpose::Reason(on) => decide::reason_typed(model, on, &text),
        Purpose::Question(on) => decide::question_typed(model, on, &text),
        Purpose::Split(node) => by_hand::split(model, line, node, &text),
        Purpose::AskMany(places) => ask::ask_many(model, places, &text),
        Purpose::Ask { node, what, trim, .. } => {
            ask::ask(model, node, what, Some(text).filter(|text| !text.is_empty()), trim)
        }
        Purpose::AddChild { parent, kind } => by_hand::add(model, line, parent, kind, &text),
        Purpose::Homework(question) => homework::answered(model, question, &text),
        Purpose::Dataset(question) => dataset::answered(model, question, &text),
        Purpose::Cell { .. }
        | Purpose::Description(_)
        | Purpose::RejectCell { .. }
        | Purpose::PlaceCell { .. }
        | Purpose::AskSession(_)
        | Purpose::AddSession(_)
        | Purpose::AddConcept(_) => syllabus_edit::typed(model, line.purpose, &text),
    }
}

fn yes(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Confirm(confirm)) = model.overlays.pop() else { return Vec::new() };
    match confirm.then {
        Then::Decide(decision, Some(say)) => decide::carry_out(model, decision, say),
        Then::Decide(decision, None) => {
            super::tree::clear_marks(model);
            if let Op::Add { parent: Some(parent), .. } = &decision.op {
                model.unfold(*parent);
            }
            decide::commit(model, decision)
        }
        Then::Reopen { draft, again } => vec![Effect::OpenEditor { draft, again: Some(again) }],
        Then::AskSyllabi(subjects) => ask::ask_syllabi(model, subjects),
        Then::Quit => super::update::leave(model),
        Then::Homework(then) => homework::confirmed(model, then),
    }
}

fn scroll(model: &mut Model, action: Action) {
    let page = usize::from(model.size.1).saturating_sub(6).max(1);
    let overflow = model.shown.reader_overflow;
    let (back, by) = match action {
        Action::Up => (true, 1),
        Action::Down => (false, 1),
        Action::HalfPageUp => (true, page / 2),
        Action::HalfPageDown => (false, page / 2),
        Action::PageUp => (true, page),
        Action::PageDown => (false, page),
        Action::Top => (true, usize::MAX),
        Action::Bottom => (false, usize::MAX / 2),
        _ => return,
    };
    let step = |at: usize, most: usize| if back { at.saturating_sub(by) } else { (at + by).min(most) };
    match model.overlays.last_mut() {
        Some(Overlay::Help(help)) => help.scroll = step(help.scroll, overflow),
        Some(Overlay::Why(why)) => why.scroll = step(why.scroll, overflow),
        Some(Overlay::Compare(compare)) => compare.scroll = step(compare.scroll, overflow),
        Some(Overlay::Messages(shown)) => shown.scroll = step(shown.scroll, overflow),
        Some(Overlay::Message(message)) => message.scroll = step(message.scroll, overflow),
        Some(Overlay::Preview(preview)) => preview.scroll = step(preview.scroll, overflow),
        Some(Overlay::Statistics(shown)) => shown.scroll = step(shown.scroll, overflow),
        Some(Overlay::Themes(list)) => list.at = step(list.at, list.matches.len().saturating_sub(1)),
        Some(Overlay::Palette(list)) => list.at = step(list.at, list.hits.len().saturating_sub(1)),
        Some(Overlay::Picker(picker)) => picker.at = step(picker.at, picker.matches.len().saturating_sub(1)),
        Some(Overlay::Facets(list)) => list.at = step(list.at, list.matches.len().saturating_sub(1)),
        Some(Overlay::ItemFacets(list)) => list.at = step(list.at, list.matches.len().saturating_sub(1)),
        Some(Overlay::Form(_)) => form::next_field(model, !back),
        _ => {}
    }
}

/// Opens what was said so far.
pub(super) fn open_messages(model: &mut Model) {
    model.overlays.push(Overlay::Messages(Messages::default()));
}

/// Opens the end of the log, its last line in sight.
pub(super) fn open_log(model: &mut Model, title: String, lines: Vec<String>) {
    model.overlays.push(Overlay::Message(Message { title, scroll: usize::MAX, lines }));
}

/// Opens the help of where the keyboard is.
pub(super) fn open_help(model: &mut Model) {
    let context = model.context();
    let mut why_not = Vec::new();
    if context == model.screen.context() {
        let rows = model.keymap.help(context).into_iter().flat_map(|section| section.rows);
        why_not.extend(rows.filter_map(|row| Some((row.info.action, enabled(model, row.info.action).err()?.0))));
    }
    model.overlays.push(Overlay::Help(Help { context, filter: Field::default(), scroll: 0, why_not }));
}
