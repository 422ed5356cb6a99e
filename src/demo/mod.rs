//! The built-in demo model: an OpenAI-compatible server on loopback.
//!
//! [`DemoServer::start`] opens it on a thread of its own. The replies come from a shipped pack of knowledge and from
//! templates: a pure function of the conversation and a seed ([`model::reply`]), fast enough to be the fixture of
//! tests and benchmarks. [`Faults`] makes it misbehave in the ways real endpoints do; the [`Ledger`] proves what it
//! was asked.
//!
//! The module knows the prompts by their `<data>` block only. It uses neither the environment nor the screen, and no
//! other module of the program.

mod answer;
mod bad;
mod batch_faults;
mod batch_routes;
mod batches;
mod body;
mod case;
mod chat;
mod cheap;
#[cfg(test)]
mod content_tests;
mod data;
mod embed;
mod faults;
mod files;
mod find;
mod forms;
mod judge;
mod knowledge;
mod ledger;
mod limit;
mod mishap;
pub mod model;
mod outline;
mod pack;
mod phrases;
mod propose;
mod question;
mod request;
mod reword;
mod rng;
mod routes;
mod server;
mod spoil;
mod structure;
mod syllabus;
mod template;
#[cfg(test)]
mod tests;
mod text;
mod themes;
mod topics;
mod wire;

pub use bad::{BENCHMARK, FOUND_AS};
pub use batch_faults::{BatchFault, BatchFaults};
pub use embed::vector as embedding;
pub use faults::{Fault, FaultError, Faults};
pub use knowledge::Knowledge;
pub use ledger::{Heard, InFlight, Ledger, LedgerSnapshot, PromptCounts, PromptHash, StepCounts};
pub use pack::PackError;
pub use request::{ChatRequest, Message, ResponseFormat, Step, StreamOptions};
pub use server::{DemoServer, Options};

/// The name every reply carries, so that nobody mistakes them for a real model's.
pub const MODEL: &str = "provost-demo";
