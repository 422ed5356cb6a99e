//! Asking models for proposals: from a snapshot to a prompt, from a reply to a batch.
//!
//! Whatever a model answers can only become proposals of the kind and at the place that was
//! asked for; a person decides about each. May use taxonomy, the store handle and llm; knows
//! no screen.

mod context;
mod job;

pub use context::{children_context, syllabus_context};
pub use job::{Asked, Asker, Request, Seat};
