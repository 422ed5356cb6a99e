//! What there is to decide, which part of it is wanted, and in which order.
//!
//! [`Survey`] knows every proposal in its place and is kept up to date decision by decision;
//! [`Facets`] say which proposals are wanted; [`Plan`] puts them in an [`Order`] in which parents
//! come before children. The screen and the `proposals` command use the same three.

mod facet;
mod order;
mod survey;
#[cfg(test)]
mod tests;

pub use facet::{Counts, Facet, Facets, Matcher, StateValue, Value};
pub use order::{Order, Plan, Risk};
pub use survey::{Change, Looked, Progress, Seat, Survey, parent_row};

pub use super::stage::Stage;
