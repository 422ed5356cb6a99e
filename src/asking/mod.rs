//! Asking models: which model is asked for which step, and, for proposals, from a snapshot to a
//! prompt and from a reply to a batch.
//!
//! Whatever a model answers can only become proposals of the kind and at the place that was
//! asked for; a person decides about each. May use taxonomy, the store handle, llm, homework and
//! config; knows no screen.

mod context;
mod job;
mod means;
mod seats;

pub use context::{children_context, syllabus_context};
pub use job::{Asked, Asker, Request, Seat};
pub use means::{Means, plan_without_models};
pub use seats::{SeatError, Seats, endpoint};
