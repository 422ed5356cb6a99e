//! The whole state of the program on the screen: one value without handles.

use std::ops::Range;
use std::sync::Arc;

use super::decide::{Decision, Say};
use super::edit::Written;
use super::focus::Focus;
use super::lexicon::Lexicon;
use super::rows::{self, Filter, Row};
use super::{
    Checks, Counting, DatasetScreen, Digest, Effect, HistoryScreen, HomeworkScreen, Job, JobId, Level, Meaning, OpId,
    Overlay, Queue, Saving, Search, SyllabusScreen, Toast, Toasts, TreeView,
};
use crate::input::{Action, Context, Keymap, Resolver};
use crate::taxonomy::queue::Facet;
use crate::taxonomy::similarity::Names;
use crate::taxonomy::{EventId, NodeId, Proposal, ProposalId, Snapshot};

/// The screens, in the order of the tabs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Screen {
    /// The tree and the card of one node.
    #[default]
    Curate,
    /// One subject's syllabus.
    Syllabus,
    /// The plan and the run.
    Homework,
    /// Finished items.
    Dataset,
    /// Decisions.
    History,
}

impl Screen {
    /// All of them.
    pub const ALL: [Screen; 5] = [Screen::Curate, Screen::Syllabus, Screen::Homework, Screen::Dataset, Screen::History];

    /// The word on its tab.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Screen::Curate => "Curate",
            Screen::Syllabus => "Syllabus",
            Screen::Homework => "Homework",
            Screen::Dataset => "Dataset",
            Screen::History => "History",
        }
    }

    /// Where its keys are in the keymap.
    #[must_use]
    pub fn context(self) -> Context {
        match self {
            Screen::Curate => Context::Curate,
            Screen::Syllabus => Context::Syllabus,
            Screen::Homework => Context::Homework,
            Screen::Dataset => Context::Dataset,
            Screen::History => Context::History,
        }
    }
}

/// Which of the two panes of a screen the movement keys are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pane {
    /// The list or tree.
    #[default]
    List,
    /// What it says about the focused row.
    Detail,
}

impl Pane {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Pane::List => Pane::Detail,
            Pane::Detail => Pane::List,
        }
    }
}

/// What does not change while the program runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Who decides.
    pub curator: String,
    /// Why nothing can be decided here, a sentence; `None` where it can.
    pub read_only: Option<String>,
}

/// Which rows the last frame showed, so that scrolling, paging and "was on screen" need no layout
/// here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// Rows of the main list of the screen.
    pub list: Range<usize>,
    /// Where the mouse finds what.
    pub panes: super::Panes,
    /// How many rows that list has room for.
    pub height: usize,
    /// How far the detail pane can be scrolled.
    pub detail_overflow: usize,
    /// How far the reader on top can be scrolled.
    pub reader_overflow: usize,
    /// The lines of that reader that one can jump to.
    pub reader_marks: Vec<usize>,
}

/// Everything.
#[derive(Debug)]
pub struct Model {
    /// The taxonomy as it is on disk.
    pub snapshot: Arc<Snapshot>,
    /// Counts over it.
    pub digest: Digest,
    /// Who and whether read-only.
    pub settings: Settings,
    /// Why no model can be asked, a sentence and a hint; `None` where one can, or where that is not known yet.
    pub no_model: Option<String>,
    /// The keys in force.
    pub keymap: Arc<Keymap>,
    /// A key sequence that has begun.
    pub resolver: Resolver,
    /// The screen that is shown.
    pub screen: Screen,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// What the last frame showed.
    pub shown: Shown,
    /// Milliseconds since 1970.
    pub now: u64,
    /// The Curate screen's tree.
    pub tree: TreeView,
    /// What is decided next.
    pub queue: Queue,
    /// What is counted for it beside the loop.
    pub counting: Counting,
    /// What is known about its focused row.
    pub focus: Focus,
    /// What puts its findings right.
    pub checks: Checks,
    /// The search, on whichever screen.
    pub search: Search,
    /// What lies over the screen, the topmost last.
    pub overlays: Vec<Overlay>,
    /// Short messages.
    pub toasts: Toasts,
    /// Decisions on their way to the disk.
    pub saving: Saving,
    /// The last decision that was carried out, a sentence.
    pub last: Option<String>,
    /// Questions to models, oldest first.
    pub jobs: Vec<Job>,
    /// The Syllabus screen.
    pub syllabus: SyllabusScreen,
    /// The History screen.
    pub history: HistoryScreen,
    /// The Homework screen.
    pub homework: HomeworkScreen,
    /// The Dataset screen.
    pub dataset: DatasetScreen,
    /// Whether the mouse is ours.
    pub mouse: bool,
    /// What is known of what nodes mean.
    pub meaning: Meaning,
    /// What the list has of the width beside the other pane, in percent; `None`: as usual.
    pub split: Option<u16>,
    /// Whether the focused pane is shown alone.
    pub is_zoomed: bool,
    /// The mouse holds the split.
    pub(super) drags: bool,
    /// The tour, while it is given.
    pub tutor: Option<super::Tutor>,
    /// What was found that can be asked.
    pub found: super::Found,
    /// What the screen looks like.
    pub look: super::Look,
    /// What was chosen in the palette, the latest first.
    pub recent: Vec<super::Recent>,
    /// What was said last, to be said again.
    pub(super) repeat: Option<Say>,
    /// Whether the curator wants to leave as soon as what was decided is on the disk.
    pub(super) leaving: bool,
    /// What was typed for a decision on its way: it comes back where the store refuses.
    pub(super) typed: Vec<(OpId, Overlay)>,
    /// The same for what was written in an editor.
    pub(super) written: Vec<(OpId, Written)>,
    /// The names of the whole taxonomy, once they are read.
    pub(super) lexicon: Option<Lexicon>,
    /// What a search needs of it, until it is there.
    pub(super) names: Option<Arc<Names>>,
    pub(super) next_job: u64,
    /// An undo or redo whose nodes the cursor goes to once the snapshot holds it.
    pub(super) follow: Option<EventId>,
}

impl Model {
    /// The program as it starts: fields unfolded, the cursor on the first proposal to decide.
    #[must_use]
    pub fn new(snapshot: Arc<Snapshot>, settings: Settings, keymap: Arc<Keymap>, now: u64) -> Self {
        let mut model = Self {
            digest: Digest::new(&snapshot),
            lexicon: None,
            names: None,
            snapshot,
            settings,
            no_model: None,
            keymap,
            resolver: Resolver::default(),
            screen: Screen::default(),
            size: (80, 24),
            shown: Shown::default(),
            now,
            tree: TreeView::default(),
            queue: Queue::default(),
            counting: Counting::default(),
            focus: Focus::default(),
            checks: Checks::default(),
            search: Search::default(),
            overlays: Vec::new(),
            toasts: Toasts::default(),
            saving: Saving::default(),
            last: None,
            jobs: Vec::new(),
            syllabus: SyllabusScreen::default(),
            history: HistoryScreen::default(),
            homework: HomeworkScreen::default(),
            dataset: DatasetScreen::default(),
            mouse: true,
            meaning: Meaning::default(),
            split: None,
            is_zoomed: false,
            drags: false,
            tutor: None,
            found: super::Found::default(),
            look: super::Look::default(),
            recent: Vec::new(),
            repeat: None,
            leaving: false,
            typed: Vec::new(),
            written: Vec::new(),
            next_job: 0,
            follow: None,
        };
        super::lexicon::at_once(&mut model);
        let fields: Vec<NodeId> = model.snapshot.tree.children(None).to_vec();
        model.tree.open.extend(fields);
        model.homework = HomeworkScreen::new(&model.snapshot.manifest.homework);
        model.rebuild_rows();
        super::tree::go_to_first_pending(&mut model);
        model.refresh_focus();
        model
    }

    /// Where the keyboard is.
    #[must_use]
    pub fn context(&self) -> Context {
        self.overlays.last().map_or_else(|| self.screen.context(), Overlay::context)
    }

    /// The next moment at which something changes by itself: a [`Msg::Tick`](super::Msg::Tick) is
    /// wanted then, milliseconds since 1970.
    #[must_use]
    pub fn wake_at(&self) -> Option<u64> {
        self.toasts.deadline()
    }

    /// The first key of an action on this screen, for a sentence; its name where it has none.
    #[must_use]
    pub fn key(&self, action: Action) -> String {
        let keys = self.keymap.keys_for(action, self.screen.context());
        keys.first().map_or_else(|| action.name().to_owned(), |key| (*key).to_owned())
    }

    /// The focused row of the tree; `None` is the taxonomy itself.
    #[must_use]
    pub fn cursor(&self) -> Option<NodeId> {
        self.tree.cursor
    }

    /// The proposal of a node that is not in the tree, or is there though curators disagree.
    #[must_use]
    pub fn proposal_of(&self, node: NodeId) -> Option<&Arc<Proposal>> {
        if self
            .snapshot
            .tree
            .node(node)
            .is_some_and(|node| !node.is_active() || !self.snapshot.is_contested_node(node.id))
        {
            return None;
        }
        self.snapshot.record.proposal(ProposalId::of_node(node))
    }

    /// The focused row.
    #[must_use]
    pub fn focused_row(&self) -> Option<&Row> {
        self.tree.rows.get(self.tree.at)
    }

    /// Shows a message.
    pub(super) fn say(&mut self, level: Level, text: impl Into<String>) {
        self.say_with_hint(level, text, None);
    }

    /// Shows a message with what to do instead.
    pub(super) fn say_with_hint(&mut self, level: Level, text: impl Into<String>, hint: Option<String>) {
        self.toasts.push(Toast { level, text: text.into(), hint, at: self.now });
    }

    /// Computes the rows of the tree again and finds the cursor's row.
    pub(super) fn rebuild_rows(&mut self) {
        self.tree.rows = rows::visible(&self.digest, self.tree.filter, &self.tree.open);
        self.tree.find_cursor();
    }

    /// Computes the rows of a node and of what hangs below it again, after it was folded or unfolded.
    pub(super) fn refold(&mut self, node: NodeId) {
        let now = (&*self.snapshot, &self.digest, self.tree.filter, &self.tree.open);
        if !rows::patch(&mut self.tree.rows, now, &std::iter::once(Some(node)).collect()) {
            return self.rebuild_rows();
        }
        #[cfg(test)]
        assert_eq!(self.tree.rows, rows::visible(now.1, now.2, now.3));
        self.tree.find_cursor();
    }

    /// Unfolds a node.
    pub(super) fn unfold(&mut self, node: NodeId) {
        if self.tree.open.insert(node) {
            self.refold(node);
        }
    }

    /// Brings the rows of the tree in line with a new snapshot; costs what has changed.
    pub(super) fn patch_rows(&mut self) {
        let facets = &self.queue.facets;
        let is_picked_anew = facets.has(Facet::Finding) || facets.has(Facet::Curator);
        if self.tree.filter == Filter::Facets && is_picked_anew {
            return self.rebuild_rows();
        }
        let now = (&*self.snapshot, &self.digest, self.tree.filter, &self.tree.open);
        if !rows::patch(&mut self.tree.rows, now, &self.digest.places) {
            return self.rebuild_rows();
        }
        #[cfg(test)]
        assert_eq!(self.tree.rows, rows::visible(now.1, now.2, now.3));
        self.tree.find_cursor();
    }

    /// Computes what is known about the focused row again, if it is another.
    pub(super) fn refresh_focus(&mut self) {
        let cursor = self.tree.cursor;
        if let Some(lexicon) = &mut self.lexicon {
            lexicon.refresh(&self.snapshot, None);
        }
        let catalogue = self.lexicon.as_ref().map(|lexicon| &lexicon.catalogue);
        self.focus.refresh(&self.snapshot, &self.digest, (catalogue, &self.meaning), cursor, self.now);
        self.refresh_checks();
    }

    /// Sends a decision off. The cursor stays.
    pub(super) fn submit(&mut self, decision: Decision) -> Effect {
        let Decision { op, nodes, accepts, .. } = decision;
        let id = self.saving.start(nodes, accepts, self.tree.cursor);
        Effect::Submit { id, op }
    }

    /// A new name for a question to a model.
    pub(super) fn new_job(&mut self) -> JobId {
        self.next_job += 1;
        JobId(self.next_job)
    }
}
