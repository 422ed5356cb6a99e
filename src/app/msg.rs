//! What can happen to the program.

use std::sync::Arc;

use super::counting::Looks;
use super::dataset::News as DatasetNews;
use super::effect::{Draft, JobId, OpId, Saved, What};
use super::facets::Tally;
use super::homework::News;
use super::lexicon::Lexicon;
use super::meaning::Meant;
use super::model::Shown;
use super::preview::Written;
use super::toast::Level;
use crate::input::{Key, Keymap};
use crate::taxonomy::similarity::Names;
use crate::taxonomy::{Batch, BatchId, EventId, Node, NodeId, Refusal, Session, Snapshot, Syllabus, Trim};

/// One thing that happened.
#[derive(Debug, Clone)]
pub enum Msg {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Paste(String),
    /// The mouse did something.
    Mouse(super::Mouse),
    /// The terminal has this many columns and rows.
    Resize(u16, u16),
    /// What the last frame showed. Never a reason to draw again.
    Shown(Shown),
    /// The time, in milliseconds since 1970.
    Tick(u64),
    /// The taxonomy as it is on disk now.
    Snapshot(Arc<Snapshot>),
    /// A submitted op was carried out or refused.
    OpDone {
        /// As submitted.
        id: OpId,
        /// What came of it.
        outcome: Result<Done, Refusal>,
    },
    /// The editor was left.
    Edited {
        /// What was edited.
        draft: Draft,
        /// What came of it.
        outcome: EditorOutcome,
        /// The text that was saved, where one was.
        saved: Option<Saved>,
    },
    /// A batch was read for the provenance view.
    Batch {
        /// Which.
        id: BatchId,
        /// The batch, or why it could not be read.
        outcome: Result<Box<Batch>, String>,
    },
    /// The prompts of a question were written out for its preview.
    Prompts {
        /// About which node; `None` is the root.
        node: Option<NodeId>,
        /// Its children or its syllabus.
        what: What,
        /// What the curator wants in particular.
        reason: Option<String>,
        /// What they are not told.
        trim: Trim,
        /// Each, or why they cannot be written.
        outcome: Result<Vec<Written>, String>,
    },
    /// Something about a question to a model.
    Job {
        /// Which.
        id: JobId,
        /// What.
        event: JobEvent,
    },
    /// Something the curator should know: a file changed by other hands, a job elsewhere.
    Notice {
        /// How grave.
        level: Level,
        /// A sentence.
        text: String,
    },
    /// The end of the log file: [`super::Effect::ReadLog`].
    Log {
        /// Where it is, or why it cannot be read.
        title: String,
        /// Its last lines.
        lines: Vec<String>,
    },
    /// The user's themes are others: all of them, and the one in use.
    Themes {
        /// With whose they are.
        all: Vec<(String, &'static str)>,
        /// Its name.
        used: String,
    },
    /// The user's keymap is another.
    Keys(Arc<Keymap>),
    /// It was looked what can be asked.
    Found(Box<super::Found>),
    /// The names of a large taxonomy were read: [`super::Effect::ReadNames`].
    Names(Box<Lexicon>),
    /// The names alone, of the snapshot with this revision: they come before the rest.
    NamesFirst(Arc<Names>, u64),
    /// The checks found something: [`super::Effect::Look`].
    Looked(Looks),
    /// How many proposals each facet would show: [`super::Effect::CountFacets`].
    Counted(Tally),
    /// Something about embeddings.
    Meant(Meant),
    /// Something about the plan or the run.
    Homework(News),
    /// Something about finished items.
    Dataset(DatasetNews),
}

/// A decision that is on disk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Done {
    /// The event in the log, where it made one.
    pub event: Option<EventId>,
    /// What was done, as a sentence.
    pub summary: String,
}

/// How an editor was left.
#[derive(Debug, Clone, PartialEq)]
pub enum EditorOutcome {
    /// The text was saved as it was.
    Unchanged,
    /// A node was written.
    Node(Box<Node>),
    /// A syllabus was written.
    Syllabus(Box<Syllabus>),
    /// The text cannot be read.
    Unreadable {
        /// The line, from 1, where known.
        line: Option<u64>,
        /// What is wrong.
        message: String,
    },
    /// No editor could be started; why, and what to set.
    Failed(String),
}

/// How a question to a model goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobEvent {
    /// So many runs are under way.
    Began(usize),
    /// A run is over; so many more proposals are in the tree.
    Arrived(usize),
    /// It is over.
    Finished {
        /// New proposals.
        added: usize,
        /// What could not be used, or was known; a sentence, may be empty.
        remark: String,
    },
    /// A class session came back, and is recorded in this batch.
    Session {
        /// The record of the exchange.
        batch: BatchId,
        /// The session.
        session: Box<Session>,
    },
    /// It failed; why and what to do.
    Failed(String),
    /// It was cancelled.
    Cancelled,
}

impl JobEvent {
    /// Whether nothing comes after it.
    #[must_use]
    pub fn is_last(&self) -> bool {
        !matches!(self, JobEvent::Began(_) | JobEvent::Arrived(_))
    }
}
