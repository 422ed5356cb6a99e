//! The subject matter: ids, tree, node, syllabus, proposal, op, fold, lint, similarity.
//!
//! Pure: no files, network, clock, screen, async, nor any other module of ours but `unseen` and `plain`. Start with
//! [`op`] (what can be wanted), then [`step`] (what it comes down to), [`record`] (what has
//! been decided) and [`tree`] (what has been accepted).

mod accept;
pub mod audit;
pub mod bulk;
pub mod cell;
pub mod conflict;
mod delta;
pub mod describe;
pub mod diff;
pub mod documents;
pub mod event;
pub mod evidence;
pub mod folded;
mod hand;
pub mod id;
pub mod lessons;
pub mod lint;
pub mod manifest;
mod merge;
pub mod mix;
pub mod node;
pub mod op;
pub(crate) mod parallel;
mod parts;
pub mod policy;
pub mod proposal;
pub mod quality;
pub mod queue;
pub mod record;
pub mod review;
mod shards;
pub mod similarity;
pub mod snapshot;
pub mod stage;
pub mod stats;
pub mod step;
pub mod syllabus;
pub mod text;
pub mod tombstones;
pub mod tree;
mod turn;
pub mod undo;
pub mod verdicts;
pub mod versions;
pub mod votes;
pub mod wordings;

pub use delta::Delta;
pub use event::{Acceptance, Ballot, Change, Edit, Event, Reason, Verb};
pub use id::{AskId, BatchId, EventId, ItemKey, NodeId, ProposalId};
pub use lessons::{Lessons, Part, Trim};
pub use manifest::{Limits, Manifest};
pub use mix::QuestionType;
pub use node::{Deprecation, Facts, Kind, Node};
pub use op::{Op, Refusal, Verdict};
pub use parts::Parts;
pub use policy::{Policy, Quorum};
pub use proposal::{Batch, BatchHead, Body, Call, Proposal, Proposed, Round, Source, State, Usage};
pub use quality::QualitySettings;
pub use record::Record;
pub use shards::{QuickMap, QuickSet};
pub use snapshot::{Outlook, Problem, Snapshot};
pub use stage::Stage;
pub use step::{Standing, Step};
pub use syllabus::{Outline, Session, SessionId, Syllabus};
pub use text::Untrusted;
pub use tree::{Entry, Place, Tree};
pub use verdicts::{ItemVerdict, Judged, Judgement};
pub use votes::{Count, Outcome, Side, Vote};
pub use wordings::{SameAs, Seen};
