//! Asking a model: endpoint client, rate gate, retry, reply classes, prompts, parsing.
//!
//! A caller describes an [`Endpoint`], makes a [`Client`] of it and asks. Every question ends in an
//! [`Outcome`]: a [`Reply`] that is whole, or a [`Failure`] of exactly one [`Class`]. Keys, addresses
//! and prompt overrides are passed in; nothing here reads files or the environment, prints, or knows
//! the taxonomy.

mod balance;
mod batches;
mod breaker;
mod catalogue;
mod chat;
mod class;
mod classify;
mod client;
mod completion;
mod context;
mod endpoint;
mod exchange;
mod front;
mod gate;
mod health;
mod knee;
mod lane;
mod origin;
mod pace;
pub mod parse;
mod prompts;
mod quota;
mod reply;
mod request;
mod retry;
mod retry_after;
mod schema;
mod secret;
mod server_error;
mod stream;
mod text;
mod transport;
mod turn;

pub use batches::{BatchError, Errors, RemoteBatch, RemoteFile, RequestCounts};
pub use catalogue::ModelInfo;
pub use class::{Class, Invalid, Phase};
pub use classify::{classify, classify_json};
pub use client::Client;
pub use context::{
    AnswerContext, Change, Context, Excerpt, JudgeContext, ProposeContext, QuestionContext, Rejection, SessionContext,
    SyllabusContext, Wording,
};
pub use endpoint::{Endpoint, EndpointError, KeyHeader, Proxy, Retries, Timeouts};
pub use exchange::{
    Call, Exchange, Preview, StepSettings, Structuring, ask_judge, propose_nodes, propose_session, propose_syllabus,
};
pub use gate::{Gate, Permit};
pub use health::Health;
pub use origin::Origin;
pub use parse::{Bad, ParseError, Parsed, ProposedNode, ProposedSession, ProposedSyllabus, Score};
pub use prompts::{Prompt, PromptError, PromptSet, Rendered};
pub use reply::{Attempt, Delta, Failure, Outcome, Reply, Usage};
pub use request::{Message, Request, Role, Sampling, Schema, Step, conversation};
pub use secret::Secret;
pub use stream::{Accumulator, Progress};
pub use text::Datum;
pub use turn::{Turn, read_score};

/// The address type of [`Endpoint::base_urls`].
pub use reqwest::Url;

#[cfg(test)]
mod tests;
