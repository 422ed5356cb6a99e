//! Proposals and the batches they came in. A batch is one exchange with a model, or one
//! import: immutable once written.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::event::Reason;
use super::id::{AskId, BatchId, EventId, NodeId, ProposalId};
use super::node::{Facts, Kind};
use super::syllabus::Syllabus;
use super::text::Untrusted;

/// Where a batch came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// A model answered.
    Model {
        /// Its name as the endpoint gave it.
        model: Untrusted,
        /// The profile of the user's config that led to it.
        profile: String,
        /// Which of the runs of which question; older batches do not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        round: Option<Round>,
    },
    /// A file was read.
    Import {
        /// The file's name, without folders.
        file: Untrusted,
        /// `csv`, ...
        format: String,
        /// BLAKE3 of what was read, in hexadecimal digits.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hash: Option<String>,
        /// How it was read, where that was said: `under=dis_...`, `kinds=field,subject`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        options: Vec<String>,
    },
}

impl Source {
    /// A file of which no more is known than its name and format.
    #[must_use]
    pub fn import(file: impl Into<Untrusted>, format: &str) -> Self {
        Source::Import { file: file.into(), format: format.to_owned(), hash: None, options: vec![] }
    }

    /// The model's or the file's name.
    #[must_use]
    pub fn name(&self) -> &Untrusted {
        match self {
            Source::Model { model, .. } => model,
            Source::Import { file, .. } => file,
        }
    }
}

/// One of the runs of a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// The question: all its runs were told the same, but for their stratum and wording.
    pub ask: AskId,
    /// Which run, from 1.
    pub number: u32,
    /// How many runs were wanted.
    pub of: u32,
    /// The part of the place that the run was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stratum: Option<Untrusted>,
    /// Which wording of the prompt file the run took: the set and the name in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wording: Option<String>,
    /// What the curator left out of the prompt: siblings, rejections, edits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<String>,
}

/// What several batches may answer. Lives in memory only.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Question {
    /// The runs of one question (about one stratum).
    Asked(AskId, Option<Untrusted>),
    /// Batches of before there were rounds: all about one node.
    About(Option<NodeId>),
}

/// One call to a model, whole: what was sent, what came back.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// `propose`, `syllabus`, `structure`, ...
    pub step: String,
    /// The model that answered.
    pub model: Untrusted,
    /// Version hash of the prompt template.
    pub prompt_hash: String,
    /// Sampling parameters as sent.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Value>,
    /// Prompt and completion tokens, where the server said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// The finish reason as the server wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish: Option<String>,
    /// The messages as sent, one after the other.
    pub prompt: Untrusted,
    /// The reply as received.
    pub reply: Untrusted,
}

/// Tokens of one call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// What was sent.
    pub prompt_tokens: u64,
    /// What came back.
    pub completion_tokens: u64,
}

/// One element of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proposed {
    /// A node under a parent that is accepted or itself proposed.
    Node {
        /// `None` at the root.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<NodeId>,
        /// Its level.
        kind: Kind,
        /// Name and the rest.
        #[serde(flatten)]
        facts: Facts,
        /// Why the model proposes it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rationale: Option<Untrusted>,
    },
    /// A syllabus for an accepted subject.
    Syllabus {
        /// The subject.
        subject: NodeId,
        /// The syllabus.
        syllabus: Syllabus,
    },
}

impl Proposed {
    /// The id that its key gives.
    #[must_use]
    pub fn id(&self) -> ProposalId {
        match self {
            Proposed::Node { parent, kind, facts, .. } => {
                ProposalId::of_node(NodeId::derive(*parent, *kind, facts.name.raw(), 0))
            }
            Proposed::Syllabus { subject, syllabus } => ProposalId::of_syllabus(*subject, &syllabus.hash()),
        }
    }
}

/// What one exchange with a model, or one import, put forward. One file below `proposals/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// Time first.
    pub id: BatchId,
    /// When, RFC 3339.
    pub at: String,
    /// The curator who asked.
    pub by: String,
    /// The model or the file.
    pub source: Source,
    /// The node that was asked about; `None` for the root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<NodeId>,
    /// Elements of the reply that could not be used, each with its reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bad: Vec<Untrusted>,
    /// What was proposed, in the order of the reply.
    pub proposals: Vec<Proposed>,
    /// Every call that was made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<Call>,
}

/// What is kept in memory of a batch: the rest is in its file.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchHead {
    /// Its id.
    pub id: BatchId,
    /// When, RFC 3339.
    pub at: String,
    /// Who asked.
    pub by: String,
    /// The model or the file.
    pub source: Source,
    /// The node that was asked about.
    pub about: Option<NodeId>,
    /// How many proposals it holds.
    pub count: usize,
    /// Version hash of the prompt that was asked with.
    pub prompt: Option<String>,
    /// The free text of a syllabus that was structured in a second round, whole.
    pub free_text: Option<Arc<Untrusted>>,
}

impl Batch {
    /// The part that stays in memory.
    #[must_use]
    pub fn head(&self) -> BatchHead {
        BatchHead {
            id: self.id,
            at: self.at.clone(),
            by: self.by.clone(),
            source: self.source.clone(),
            about: self.about,
            count: self.proposals.len(),
            prompt: self.calls.first().map(|call| call.prompt_hash.clone()).filter(|hash| !hash.is_empty()),
            free_text: self.free_text().cloned().map(Arc::new),
        }
    }

    /// The part that stays in memory, and what was proposed.
    #[must_use]
    pub(super) fn into_parts(mut self) -> (BatchHead, Vec<Proposed>) {
        let count = self.proposals.len();
        let free_text = self.free_text().cloned().map(Arc::new);
        let prompt = self.calls.first_mut().map(|call| std::mem::take(&mut call.prompt_hash));
        let Self { id, at, by, source, about, proposals, .. } = self;
        let prompt = prompt.filter(|hash| !hash.is_empty());
        (BatchHead { id, at, by, source, about, count, prompt, free_text }, proposals)
    }

    /// The reply that a second round turned into a syllabus (GLAN section 2.3: the unstructured A);
    /// `None` where structure was asked for at once.
    fn free_text(&self) -> Option<&Untrusted> {
        match self.calls.as_slice() {
            [.., free, second] if free.step == "syllabus" && second.step == "structure_syllabus" => {
                Some(&free.reply).filter(|text| !text.is_blank())
            }
            _ => None,
        }
    }

    /// Without the replies, which fill the memory and which nothing in it needs where homework is
    /// asked for with outlines.
    #[must_use]
    pub fn without_replies(mut self) -> Self {
        for call in &mut self.calls {
            call.reply = Untrusted::default();
        }
        self
    }
}

impl BatchHead {
    /// Which run of its question it answers, in words: "run 3 of 10, the first year".
    #[must_use]
    pub fn run(&self) -> Option<String> {
        let Source::Model { round: Some(round), .. } = &self.source else { return None };
        let part = round.stratum.as_ref().map(|part| format!(", {}", part.line())).unwrap_or_default();
        let wording = round.wording.as_ref().map(|name| format!(", worded {}", Untrusted::from(name.as_str()).line()));
        Some(format!("run {} of {}{part}{}", round.number, round.of, wording.unwrap_or_default()))
    }

    /// The question that it answers; `None` for an import.
    pub(super) fn question(&self) -> Option<Question> {
        match &self.source {
            Source::Model { round: Some(round), .. } => Some(Question::Asked(round.ask, round.stratum.clone())),
            Source::Model { round: None, .. } => Some(Question::About(self.about)),
            Source::Import { .. } => None,
        }
    }
}

/// What a proposal would become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A node.
    Node {
        /// The id it has once accepted.
        node: NodeId,
        /// The proposed parent (`None`: the root); accepted or itself a proposal.
        parent: Option<NodeId>,
        /// Its level.
        kind: Kind,
        /// Name and the rest.
        facts: Facts,
        /// Why the model proposes it.
        rationale: Option<Untrusted>,
    },
    /// The syllabus of a subject.
    Syllabus {
        /// The subject.
        subject: NodeId,
        /// The syllabus, as revised so far.
        syllabus: Syllabus,
    },
}

impl Body {
    /// The node it would become; of a syllabus its subject.
    #[must_use]
    pub fn node(&self) -> NodeId {
        match self {
            Body::Node { node, .. } => *node,
            Body::Syllabus { subject, .. } => *subject,
        }
    }
}

/// What has been decided about a proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Nothing.
    Pending,
    /// To be decided later.
    Deferred,
    /// It is the node now (or its subject's syllabus).
    Accepted {
        /// The node; for a syllabus its subject.
        node: NodeId,
    },
    /// Not wanted, and why. The tombstone that keeps it from coming back.
    Rejected {
        /// The reason's code.
        reason: Reason,
        /// Own words.
        note: Option<Untrusted>,
    },
    /// Its name lives on as an alias of another node.
    Merged {
        /// That node.
        into: NodeId,
    },
    /// Curators disagree, and no side is far enough ahead.
    Contested,
}

impl State {
    /// Whether somebody still has to decide.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self, State::Pending | State::Deferred | State::Contested)
    }

    /// The word in lists and filters.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Deferred => "deferred",
            State::Accepted { .. } => "accepted",
            State::Rejected { .. } => "rejected",
            State::Merged { .. } => "merged",
            State::Contested => "contested",
        }
    }
}

/// One proposal: everything that was said about one key, over all batches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// From its key.
    pub id: ProposalId,
    /// What it would become; the first wording, with revisions.
    pub body: Body,
    /// The batches that put it forward, oldest first, with its rank (from 0) in each.
    pub seen: Vec<(BatchId, u32)>,
    /// What was decided.
    pub state: State,
    /// The event that decided.
    pub decided: Option<EventId>,
    /// Set while a second curator is asked.
    pub flag: Option<EventId>,
}

impl Proposal {
    /// The proposed node's name, or "Syllabus".
    #[must_use]
    pub fn title(&self) -> Untrusted {
        match &self.body {
            Body::Node { facts, .. } => facts.name.clone(),
            Body::Syllabus { .. } => "Syllabus".into(),
        }
    }

    /// The node it hangs under: the proposed parent, or the subject of a syllabus.
    #[must_use]
    pub fn under(&self) -> Option<NodeId> {
        match &self.body {
            Body::Node { parent, .. } => *parent,
            Body::Syllabus { subject, .. } => Some(*subject),
        }
    }

    /// Whether any of its text hides characters: such a proposal is never accepted in bulk.
    #[must_use]
    pub fn is_suspicious(&self) -> bool {
        match &self.body {
            Body::Node { facts, .. } => facts.is_suspicious(),
            Body::Syllabus { syllabus, .. } => syllabus.is_suspicious(),
        }
    }
}
