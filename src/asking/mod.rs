//! Asking models: which model is asked for which step, and, for proposals, from a snapshot to a
//! prompt and from a reply to a batch.
//!
//! Whatever a model answers can only become proposals of the kind and at the place that was
//! asked for; a person decides about each. May use taxonomy, the store handle, llm, homework and
//! config; knows no screen.

mod context;
mod embedding;
mod job;
mod means;
mod question;
mod seats;
mod session;

pub use context::{Children, children_context, syllabus_context};
pub use embedding::{Embedded, Embedder};
pub use job::{Asked, Asker, Seat};
pub use means::{Means, plan_without_models};
pub use question::{BY_KIND, Manner, Question, Request, Told, calls, questions};
pub use seats::{Asks, SeatError, Seats, endpoint};
pub use session::{Rewritten, SessionRequest};
