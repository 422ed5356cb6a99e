//! Keys to actions: the one action table, the keymap and its default file.
//!
//! ```text
//! Key -> Resolver (Keymap, Context) -> Resolved::Action(Action)
//! ```
//!
//! Uses std, serde and key types of its own; never `app`, `term` or `ui`, so that both sides may
//! use it.

mod action;
mod context;
mod file;
mod hints;
mod key;
mod keymap;
mod resolver;

pub use action::{ACTIONS, Action, ActionInfo, Category, FooterHint};
pub use context::Context;
pub use file::DEFAULT_KEYMAP;
pub use hints::{HelpRow, HelpSection, Hint};
pub use key::{Key, KeyCode, Mods, NotAKey, sequence_text};
pub use keymap::Keymap;
pub use resolver::{Menu, MenuEntry, MenuTarget, Resolved, Resolver};
