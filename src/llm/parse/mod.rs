//! From a model's words to proposals: lenient where nothing is lost, strict where something could be.
//!
//! A list is salvaged item by item, the bad ones reported; a cut object is never completed.

mod extract;
mod mend;
mod node;
mod shape;
mod syllabus;
mod verdict;

pub use extract::Bad;
pub use node::{ProposedNode, nodes};
pub use syllabus::{ProposedSession, ProposedSyllabus, lone_session, syllabus};
pub use verdict::{Score, verdict};

/// What a reply held.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed<T> {
    /// What can be used, in the order of the reply.
    pub items: Vec<T>,
    /// What cannot, and why.
    pub bad: Vec<Bad>,
}

/// Why nothing of a reply can be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{reason}")]
pub struct ParseError {
    /// A sentence for people.
    pub reason: String,
    /// The reply holds no JSON at all: free text, which a second round can still structure.
    pub prose: bool,
}
