//! Homework: question and answer pairs for what was approved.
//!
//! A [`Plan`] says which items a run has to produce: a pure function of seed, recipe and the
//! accepted tree ([`sampling`] holds the paper's rule).

pub mod item;
pub mod plan;
mod quota;
mod random;
pub mod recipe;
pub mod sampling;

#[cfg(test)]
mod sample;
