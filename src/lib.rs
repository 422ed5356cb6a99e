//! provost: human-in-the-loop curation of a knowledge taxonomy, and the
//! instruction-tuning data that grows from what was approved.
//!
//! Start with `ARCHITECTURE.md`; every module says what it may use and what it never does.

pub mod app;
pub mod asking;
pub mod cli;
pub mod config;
pub mod demo;
mod disk;
pub mod error;
pub mod export;
mod hashing;
pub mod homework;
pub mod import;
pub mod input;
pub mod llm;
pub mod plain;
mod planted;
pub mod runtime;
pub mod store;
pub mod taxonomy;
pub mod term;
pub mod theme;
pub mod ui;
pub mod unseen;
pub mod userfile;
