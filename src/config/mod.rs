//! Configuration: what the user wants, from four layers, and where the user's files are.
//!
//! ```text
//! arguments  >  environment  >  config.yaml  >  defaults
//! ```
//!
//! Profiles, editor and keys come from here and never from a taxonomy directory: a repository must not
//! choose where a key is sent or what command runs. The environment is passed in as a function.

mod environment;
mod error;
mod file;
mod layers;
mod money;
mod outside;
mod paths;
mod profile;
mod report;

pub use environment::{Environment, speaks_unicode};
pub use error::ConfigError;
pub use layers::{Arguments, Config, Setting, Source, UserKeymap, keymap_in, keys_of, theme_in};
pub use money::{Budget, Price};
pub use outside::{Notify, OutsideSettings};
pub use paths::Paths;
pub use profile::{KeyHeader, KeySource, LOCAL_SERVERS, Profile, ResolvedKey, Structuring, TimeoutSettings};
pub use report::{Finding, check, print};
