//! The Homework screen: what is planned for what is approved here, and the run that is watched.

mod able;
mod caps;
mod live;
mod planned;

use std::collections::VecDeque;
use std::sync::Arc;

use super::overlay::{self, Confirm, Line, Purpose};
use super::request_line::{read_request_line, request_line};
use super::{Effect, Field, Level, Model, Overlay, Pane, Screen, paging, words};
use crate::homework::balance::{Branch, balance};
use crate::homework::{Amount, Ended, ItemFailed, Limits, MOST_CONCURRENT, Phase, Plan, PlanRequest, Progress, RunId};
use crate::input::Action;
use crate::taxonomy::NodeId;
use crate::taxonomy::manifest::HomeworkDefaults;

pub(super) use able::can;
pub use planned::{Planned, Terms};

/// Something about the plan or the run.
#[derive(Debug, Clone)]
pub enum News {
    /// A plan was made.
    Planned {
        /// What was asked for.
        request: PlanRequest,
        /// The plan, or why there is none: a sentence and what to do.
        outcome: Result<Planned, String>,
    },
    /// A run was started or taken up again.
    Started(RunId),
    /// It could not be started; why and what to do.
    Refused(String),
    /// How it stands.
    Progress(Arc<Progress>),
    /// Items failed; the newest are last.
    Failed(Vec<ItemFailed>),
    /// It is over.
    Ended {
        /// Why.
        ended: Ended,
        /// The last counts.
        progress: Arc<Progress>,
        /// Where its results are.
        dir: String,
    },
}

/// Which list stands on the left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shows {
    /// The planned subjects.
    #[default]
    Subjects,
    /// Each branch's share of the items against the wished one.
    Balance,
    /// What is not eligible, and why.
    NotEligible,
    /// Branches of the run.
    Branches,
    /// The newest items of the run.
    Newest,
    /// Its failures by class.
    Failures,
    /// The servers it asks.
    Servers,
}

impl Shows {
    /// The word on the pane.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Shows::Subjects => "Subjects",
            Shows::Balance => "Balance",
            Shows::NotEligible => "Not eligible",
            Shows::Branches => "Branches",
            Shows::Newest => "Newest",
            Shows::Failures => "Failures",
            Shows::Servers => "Servers",
        }
    }
}

/// What a run is doing, as the screen knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunState {
    /// Asked for, not there yet.
    Starting,
    /// Under way.
    Going,
    /// Over: why, and where its results are.
    Over(Ended, String),
}

/// The run on the screen.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its name, once it has one.
    pub id: Option<RunId>,
    /// How it stands.
    pub progress: Arc<Progress>,
    /// The newest failures, newest first.
    pub failures: VecDeque<ItemFailed>,
    /// What it is doing.
    pub state: RunState,
    request: PlanRequest,
}

/// Failures that are kept for looking at: more at once need not be told.
pub const FAILURES_KEPT: usize = 50;

/// The Homework screen.
#[derive(Debug, Clone)]
pub struct HomeworkScreen {
    /// What is planned.
    pub request: PlanRequest,
    /// Items under way at once.
    pub concurrency: usize,
    /// The plan for the request; `None` while it is being made.
    pub plan: Option<Result<Planned, String>>,
    /// How the plan and what is there are shared out over the branches.
    pub balance: Vec<Branch>,
    /// The run, from its start until the next one.
    pub run: Option<Run>,
    /// Which list stands on the left.
    pub shows: Shows,
    /// Its focused row.
    pub at: usize,
    /// Which pane has the movement keys.
    pub pane: Pane,
    /// How far the detail pane is scrolled.
    pub scroll: usize,
    /// The caps that the curator set here; else those of the config hold.
    pub caps: Option<Limits>,
}

impl Default for HomeworkScreen {
    fn default() -> Self {
        Self::new(&HomeworkDefaults::default())
    }
}

/// What yes to a question of this screen leads to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Then {
    /// The run starts.
    Start,
    /// What is under way is dropped.
    Abort,
}

/// What a typed line of this screen is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// How many items, and the seed.
    Plan,
    /// What stops the run.
    Caps,
}

impl HomeworkScreen {
    /// The plan that the taxonomy's own defaults make.
    #[must_use]
    pub fn new(defaults: &HomeworkDefaults) -> Self {
        let amount = Amount::PerSubject(u64::from(defaults.per_subject));
        Self {
            request: PlanRequest { nodes: Vec::new(), amount, seed: defaults.seed, shares: Default::default() },
            concurrency: (defaults.concurrency as usize).clamp(1, MOST_CONCURRENT),
            plan: None,
            balance: Vec::new(),
            run: None,
            shows: Shows::default(),
            at: 0,
            pane: Pane::default(),
            scroll: 0,
            caps: None,
        }
    }

    /// The plan, once it is there.
    #[must_use]
    pub fn plan(&self) -> Option<&Plan> {
        self.planned().map(|planned| planned.plan.as_ref())
    }

    /// The plan and its estimate, once they are there.
    #[must_use]
    pub fn planned(&self) -> Option<&Planned> {
        self.plan.as_ref()?.as_ref().ok()
    }

    /// Whether a run is under way, or about to be.
    #[must_use]
    pub fn is_going(&self) -> bool {
        self.run.as_ref().is_some_and(|run| !matches!(run.state, RunState::Over(..)))
    }

    /// What the run is doing, where one is under way.
    fn phase(&self) -> Option<Phase> {
        self.run.as_ref().filter(|_| self.is_going()).map(|run| run.progress.phase)
    }

    /// What stops the run that goes, or the next one.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let usual = || self.planned().map(|planned| planned.terms.limits).unwrap_or_default();
        self.caps.unwrap_or_else(usual)
    }

    /// How many rows the list on the left has.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows_of(self.shows)
    }

    /// How many rows a list has.
    #[must_use]
    pub fn rows_of(&self, shows: Shows) -> usize {
        let progress = self.run.as_ref().map(|run| &run.progress);
        match shows {
            Shows::Subjects => self.plan().map_or(0, |plan| plan.subjects.len()),
            Shows::Balance => self.balance.len(),
            Shows::NotEligible => self.plan().map_or(0, |plan| plan.ineligible.len()),
            Shows::Branches => progress.map_or(0, |progress| progress.branches.len()),
            Shows::Newest => progress.map_or(0, |progress| progress.newest.len()),
            Shows::Failures => progress.map_or(0, |progress| progress.failures.len()),
            Shows::Servers => progress.map_or(0, |progress| progress.endpoints.len()),
        }
    }

    /// The node of the focused row.
    #[must_use]
    pub fn focused_node(&self) -> Option<NodeId> {
        match self.shows {
            Shows::Subjects => self.plan()?.subjects.get(self.at).map(|subject| subject.id()),
            Shows::Balance => self.balance.get(self.at).map(|branch| branch.node),
            Shows::NotEligible => self.plan()?.ineligible.get(self.at).map(|(node, _)| *node),
            Shows::Branches => self.run.as_ref()?.progress.branches.get(self.at).map(|branch| branch.node),
            Shows::Newest | Shows::Failures | Shows::Servers => None,
        }
    }

    fn show(&mut self, shows: Shows) {
        (self.shows, self.at, self.scroll) = (shows, 0, 0);
    }

    fn focus_row(&mut self, at: usize) {
        let at = at.min(self.rows().saturating_sub(1));
        if at != self.at {
            (self.at, self.scroll) = (at, 0);
        }
    }
}

/// Coming from the tree or a syllabus, the plan is for what is focused there.
pub(super) fn aim(model: &mut Model) {
    if model.homework.is_going() {
        return;
    }
    let focused = match model.screen {
        Screen::Curate => model.tree.cursor,
        Screen::Syllabus => model.syllabus.subject,
        Screen::Dataset => super::dataset::subject(model),
        Screen::Homework | Screen::History => return,
    };
    let above = focused.map(|node| model.snapshot.lineage(node)).unwrap_or_default();
    let accepted = above.into_iter().rev().find(|node| model.snapshot.tree.entry(*node).is_some());
    let nodes: Vec<NodeId> = accepted.into_iter().collect();
    if model.homework.request.nodes != nodes {
        model.homework.request.nodes = nodes;
        model.homework.plan = None;
    }
}

/// The screen was opened.
pub(super) fn entered(model: &mut Model) -> Vec<Effect> {
    if model.homework.is_going() { Vec::new() } else { plan(model) }
}

/// Another snapshot may make another plan.
pub(super) fn taxonomy_changed(model: &mut Model) -> Vec<Effect> {
    if model.screen == Screen::Homework && !model.homework.is_going() { plan(model) } else { Vec::new() }
}

fn plan(model: &Model) -> Vec<Effect> {
    vec![Effect::PlanHomework(model.homework.request.clone())]
}

/// Carries out the actions of this screen; `None` where the action is another's.
pub(super) fn handle(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let effects = match action {
        Action::StartRun | Action::RetryFailed => ask_to_start(model),
        Action::PauseRun if model.homework.phase() == Some(Phase::Paused) => vec![Effect::ResumeRun],
        Action::PauseRun => vec![Effect::PauseRun],
        Action::StopRun => vec![Effect::StopRun],
        Action::AbortRun => ask_to_abort(model),
        Action::EditPlan => edit_plan(model),
        Action::MoreConcurrency => set_concurrency(model, |now| now + (now / 4).max(1)),
        Action::LessConcurrency => set_concurrency(model, |now| now - (now / 5).max(1).min(now - 1)),
        Action::EditBudget => caps::edit(model),
        Action::Filter | Action::NextList => live::turn_list(model, 1),
        Action::PreviousList => live::turn_list(model, -1),
        Action::Open => live::open(model),
        other => return step(model, other).then(Vec::new),
    };
    Some(effects)
}

fn step(model: &mut Model, action: Action) -> bool {
    let page = model.shown.height.max(2);
    let (screen, most) = (&mut model.homework, model.shown.detail_overflow);
    if matches!(action, Action::NextPane | Action::PreviousPane) {
        screen.pane = screen.pane.other();
        return true;
    }
    let is_detail = screen.pane == Pane::Detail;
    let at = if is_detail { screen.scroll } else { screen.at };
    let Some(to) = paging::row(action, at, page) else { return false };
    if is_detail {
        screen.scroll = to.min(most);
    } else {
        screen.focus_row(to);
    }
    true
}

fn edit_plan(model: &mut Model) -> Vec<Effect> {
    let now = request_line(&model.homework.request);
    ask_for_plan(model, &now)
}

fn ask_for_plan(model: &mut Model, text: &str) -> Vec<Effect> {
    let title = "How many: 20 each, or 500 together; and the seed".to_owned();
    let line = Line { title, field: Field::new(text), purpose: Purpose::Homework(Question::Plan) };
    model.overlays.push(Overlay::Line(line));
    Vec::new()
}

/// A line was typed.
pub(super) fn answered(model: &mut Model, question: Question, text: &str) -> Vec<Effect> {
    match question {
        Question::Caps => caps::answered(model, text),
        Question::Plan => match read_request_line(text, model.homework.request.seed) {
            Some((amount, seed)) => {
                (model.homework.request.amount, model.homework.request.seed) = (amount, seed);
                model.homework.plan = None;
                plan(model)
            }
            None => {
                model.say(Level::Error, "That is no plan; write \"20 each, seed 1\" or \"500 together\".");
                ask_for_plan(model, text)
            }
        },
    }
}

fn ask_to_start(model: &mut Model) -> Vec<Effect> {
    let Some(planned) = model.homework.planned() else { return Vec::new() };
    let plan = &planned.plan;
    let (to_ask, all) = (planned.to_ask(), plan.total());
    let title = format!("Generate {}?", words::count(to_ask as usize, "item", "items"));
    let of = if to_ask == all { String::new() } else { format!("; {} are planned", words::grouped(all)) };
    let mut lines = vec![format!("From {}{of}.", words::count(plan.subjects.len(), "subject", "subjects"))];
    lines.extend(planned.takes());
    lines.extend(planned.terms.remarks.iter().cloned());
    lines.push(match model.homework.limits() {
        limits if limits.is_none() => {
            format!("Nothing caps it; {} sets a cap, also later.", model.key(Action::EditBudget))
        }
        limits => format!("It stops at {}, counted over all its starts.", limits.words()),
    });
    if let Some(compared) = planned.changes.as_ref().and_then(|changes| changes.words()) {
        lines.push(format!("{compared}."));
    }
    if plan.beyond_capacity() > 0 {
        lines.push(format!("{} more were asked for than the syllabi allow.", plan.beyond_capacity()));
    }
    if !plan.ineligible.is_empty() {
        let (left_out, key) = (words::count(plan.ineligible.len(), "is", "are"), model.key(Action::Filter));
        lines.push(format!("{left_out} left out; {key} on this screen lists why."));
    }
    lines.push("What was generated before is not asked again. It can be stopped at any time.".to_owned());
    model.overlays.push(Overlay::Confirm(Confirm { title, lines, then: overlay::Then::Homework(Then::Start) }));
    Vec::new()
}

fn would_drop(model: &Model) -> Vec<String> {
    let running = model.homework.run.as_ref().map_or(0, |run| run.progress.running);
    vec![format!(
        "{} under way and would be asked again next time.",
        words::count(running as usize, "item is", "items are")
    )]
}

/// Questions that are open say how it is now; what can no longer be stopped is no longer asked about.
fn refresh_questions(model: &mut Model) {
    let (stops, drops) = (would_stop(model), would_drop(model));
    let is_going = model.homework.is_going();
    model.overlays.retain_mut(|overlay| {
        let Overlay::Confirm(confirm) = overlay else { return true };
        match (&confirm.then, &stops) {
            (overlay::Then::Quit, Some(stops)) => confirm.lines.clone_from(stops),
            (overlay::Then::Quit, None) => {
                confirm.title = "Leave?".to_owned();
                confirm.lines = vec!["The run has ended meanwhile; nothing would be stopped.".to_owned()];
            }
            (overlay::Then::Homework(Then::Abort), _) if is_going => confirm.lines.clone_from(&drops),
            (overlay::Then::Homework(Then::Abort), _) => return false,
            _ => {}
        }
        true
    });
}

fn ask_to_abort(model: &mut Model) -> Vec<Effect> {
    let title = "Drop what is under way?".to_owned();
    let lines = would_drop(model);
    model.overlays.push(Overlay::Confirm(Confirm { title, lines, then: overlay::Then::Homework(Then::Abort) }));
    Vec::new()
}

/// Yes was pressed.
pub(super) fn confirmed(model: &mut Model, then: Then) -> Vec<Effect> {
    match then {
        Then::Abort if model.homework.is_going() => vec![Effect::AbortRun],
        Then::Start if !model.homework.is_going() => {
            let request = model.homework.request.clone();
            let progress = Arc::new(Progress { concurrency: model.homework.concurrency, ..Progress::default() });
            let state = RunState::Starting;
            let run = Run { id: None, progress, failures: VecDeque::new(), state, request: request.clone() };
            model.homework.run = Some(run);
            model.homework.show(Shows::Branches);
            let limits = model.homework.limits();
            vec![Effect::StartRun { request, concurrency: model.homework.concurrency, limits }]
        }
        Then::Abort | Then::Start => Vec::new(),
    }
}

fn set_concurrency(model: &mut Model, change: fn(usize) -> usize) -> Vec<Effect> {
    let concurrency = change(model.homework.concurrency).clamp(1, MOST_CONCURRENT);
    model.homework.concurrency = concurrency;
    if model.homework.is_going() {
        return vec![Effect::SetConcurrency(concurrency)];
    }
    if model.homework.run.is_some() {
        // The band above shows the run that is over.
        model.say(Level::Info, format!("The next run: {concurrency} items at once."));
    }
    Vec::new()
}

/// Takes in what happened.
pub(super) fn news(model: &mut Model, news: News) -> Vec<Effect> {
    match news {
        News::Planned { request, outcome } => {
            if request == model.homework.request {
                model.homework.balance = match &outcome {
                    Ok(planned) => balance(&model.snapshot, &planned.plan, planned.changes.as_deref()),
                    Err(_) => Vec::new(),
                };
                model.homework.plan = Some(outcome);
                model.homework.focus_row(model.homework.at);
            }
            return Vec::new();
        }
        News::Refused(why) => {
            model.homework.run = None;
            model.homework.show(Shows::Subjects);
            model.say(Level::Error, why);
            return Vec::new();
        }
        _ => {}
    }
    let Some(run) = &mut model.homework.run else { return Vec::new() };
    match news {
        News::Started(id) => (run.id, run.state) = (Some(id), RunState::Going),
        News::Progress(progress) => {
            live::take(model, progress);
            super::dataset::run_progressed(model);
            refresh_questions(model);
        }
        News::Failed(failed) => {
            failed.into_iter().for_each(|failed| run.failures.push_front(failed));
            run.failures.truncate(FAILURES_KEPT);
        }
        News::Ended { ended, progress, dir } => {
            run.progress = progress;
            run.state = RunState::Over(ended, dir);
            super::dataset::run_ended(model);
            refresh_questions(model);
            return over(model);
        }
        News::Planned { .. } | News::Refused(_) => {}
    }
    Vec::new()
}

/// Says how the run ended, and rings.
fn over(model: &mut Model) -> Vec<Effect> {
    let Some(Run { state: RunState::Over(ended, _), progress, .. }) = &model.homework.run else { return Vec::new() };
    let (items, failed) = (words::count(progress.done as usize, "item", "items"), progress.failed);
    let are = if progress.done == 1 { "is" } else { "are" };
    let (level, text) = match ended {
        Ended::Done if failed == 0 => (Level::Info, format!("The run is done: {items}.")),
        Ended::Done => (Level::Warning, format!("The run is done: {items}, {failed} failed.")),
        Ended::Stopped | Ended::Aborted => {
            (Level::Warning, format!("The run was stopped; {items} {are} on disk and {are} not asked again."))
        }
        Ended::Budget(why) => {
            let key = model.key(Action::EditBudget);
            (Level::Warning, format!("{why} {items} {are} on disk; {key} raises the cap, then start again."))
        }
        other => (Level::Error, other.message().unwrap_or("The run ended.").to_owned()),
    };
    model.last = Some(text.clone());
    model.say(level, text.clone());
    let mut effects = vec![Effect::Notify(text)];
    effects.extend(taxonomy_changed(model));
    effects
}

/// What leaving the program would stop: lines for the question; `None` where nothing is going.
pub(super) fn would_stop(model: &Model) -> Option<Vec<String>> {
    let run = model.homework.run.as_ref().filter(|_| model.homework.is_going())?;
    let progress = &run.progress;
    Some(vec![
        format!(
            "{} of {} done and on disk; {} under way.",
            progress.done,
            words::count(progress.total as usize, "item is", "items are"),
            words::count(progress.running as usize, "is", "are"),
        ),
        "The same plan goes on from there next time.".to_owned(),
    ])
}
