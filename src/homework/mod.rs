//! Homework: question and answer pairs for what was approved.
//!
//! A [`Plan`] says which items a run has to produce: a pure function of seed, recipe and the
//! accepted tree ([`sampling`] holds the paper's rule).

mod atomic;
pub mod checks;
mod done;
pub mod handle;
pub mod item;
pub mod plan;
pub mod progress;
mod quota;
mod random;
pub mod recipe;
pub mod record;
pub mod run;
pub mod sampling;
pub mod segment;

#[cfg(test)]
mod sample;
