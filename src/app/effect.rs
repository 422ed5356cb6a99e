//! What the reducer asks the runtime to do. Plain data that compares equal, so that tests can
//! say exactly what a key press leads to.

use crate::homework::{ItemId, Limits, PlanRequest};
use crate::taxonomy::{BatchId, Node, NodeId, Op, ProposalId, SessionId, Syllabus, Trim};

/// Names one submitted op until its [`Msg::OpDone`](super::Msg::OpDone) arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpId(pub u64);

/// Names one question to a model until it has finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

/// What a model is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Nodes below a node, or at the root.
    Children,
    /// The syllabus of a subject.
    Syllabus,
    /// One class session of a syllabus.
    Session,
}

/// What an editor is opened on, and what the saved text becomes.
#[derive(Debug, Clone, PartialEq)]
pub enum Draft {
    /// A proposal, written out as the node it would become; saving accepts it as edited.
    Proposal {
        /// Which.
        on: ProposalId,
        /// As proposed.
        node: Box<Node>,
    },
    /// An accepted node; saving edits it.
    Node(Box<Node>),
    /// A proposed syllabus; saving revises it.
    Syllabus {
        /// Which.
        on: ProposalId,
        /// As it stands.
        syllabus: Box<Syllabus>,
    },
}

/// A text that was left in an editor, and its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// The text.
    pub text: String,
    /// The file that holds it until the decision is on disk.
    pub kept: String,
}

/// A text that could not be used, to be opened again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Again {
    /// The text and its file.
    pub saved: Saved,
    /// The line that is wrong, from 1, where known.
    pub line: Option<u64>,
    /// What is wrong with it; the editor shows it above the text.
    pub remark: String,
}

/// Everything the reducer can want from the outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Hand an op to the store; answered by `Msg::OpDone` with the same id.
    Submit {
        /// For the answer.
        id: OpId,
        /// What is wanted.
        op: Op,
    },
    /// Open `$EDITOR` on a draft as YAML; answered by `Msg::Edited`.
    OpenEditor {
        /// What is edited.
        draft: Draft,
        /// The text to start from, where an earlier one could not be used; else the draft's.
        again: Option<Again>,
    },
    /// What was edited is on disk: the editor's file can go.
    ForgetText(String),
    /// Ask a model; answered by `Msg::Job` events with the same id, proposals arrive as snapshots.
    AskModel {
        /// For the answers and for `CancelJob`.
        job: JobId,
        /// About which node; `None` is the root.
        node: Option<NodeId>,
        /// Its children or its syllabus.
        what: What,
        /// What the curator wants done differently this time.
        reason: Option<String>,
        /// What the prompt is not told.
        trim: Trim,
    },
    /// Write the prompts of a question out, asking nobody; answered by `Msg::Prompts`.
    WritePrompt {
        /// About which node; `None` is the root.
        node: Option<NodeId>,
        /// Its children or its syllabus.
        what: What,
        /// What the curator wants done differently this time.
        reason: Option<String>,
        /// What the prompt is not told.
        trim: Trim,
    },
    /// Ask a model for one class session again; answered by `Msg::Job` events with the same id.
    AskSession {
        /// For the answers and for `CancelJob`.
        job: JobId,
        /// The subject.
        subject: NodeId,
        /// Whether the syllabus is the one in the tree: the reply is put forward as a new version then.
        is_accepted: bool,
        /// The syllabus as it stands.
        within: Box<Syllabus>,
        /// The session to ask for.
        session: SessionId,
        /// What the curator wants done differently.
        reason: Option<String>,
    },
    /// Stop asking.
    CancelJob(JobId),
    /// Stop asking for embeddings.
    StopEmbedding,
    /// Read the names of the whole taxonomy beside the loop; answered by `Msg::Names`.
    ReadNames,
    /// Look with the checks at the open proposals that nobody has looked at; answered by `Msg::Looked`, several times.
    Look,
    /// Count how many proposals each facet would show; answered by `Msg::Counted`.
    CountFacets,
    /// Read a whole batch from its file; answered by `Msg::Batch`.
    LoadBatch(BatchId),
    /// Make the plan for a request; answered by `News::Planned`.
    PlanHomework(PlanRequest),
    /// Start a run, or resume the one that was asked for in the same words; answered by
    /// `News::Started` or `News::Refused`, then `News::Progress` and in the end `News::Ended`.
    StartRun {
        /// What it has to produce.
        request: PlanRequest,
        /// Items under way at once.
        concurrency: usize,
        /// What stops it.
        limits: Limits,
    },
    /// Start nothing new for now.
    PauseRun,
    /// Go on after a pause.
    ResumeRun,
    /// Finish what is under way, then end.
    StopRun,
    /// Drop what is under way and end.
    AbortRun,
    /// Change how many items of the run may be under way at once.
    SetConcurrency(usize),
    /// Change what stops the run.
    SetLimits(Limits),
    /// Read which items there are; answered by `DatasetNews::Read`.
    ReadDataset,
    /// Make the charts of all items; answered by `DatasetNews::Charts`.
    MakeCharts,
    /// Read the first lines of items; answered by `DatasetNews::Heads`.
    ReadHeads(Vec<ItemId>),
    /// Read the end of the log file: comes back as [`Msg::Log`](super::Msg::Log).
    ReadLog,
    /// Read a whole item; answered by `DatasetNews::Item`.
    ReadItem(ItemId),
    /// Search questions and answers, in the place of any earlier search; answered by
    /// `DatasetNews::Found`, several times.
    SearchItems {
        /// For the answers.
        search: u64,
        /// Words.
        text: String,
    },
    /// Search no more.
    StopSearch,
    /// Show a theme for now: it is looked at.
    ShowTheme(String),
    /// Go on with a theme.
    UseTheme(String),
    /// Copy a text to the clipboard.
    Copy(String),
    /// Take the mouse, or leave it to the terminal.
    SetMouse(bool),
    /// Tell the end of something, as the user wants it told: a notification or the bell.
    Notify(String),
    /// Paint everything again.
    Redraw,
    /// Stop the process group; the shell's `fg` brings it back.
    Suspend,
    /// Leave the program.
    Quit,
}
