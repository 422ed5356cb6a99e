//! Everything that touches the terminal: modes and their one way back, events, frames, signals, the
//! user's editor, and what the terminal can do.
//!
//! Uses crossterm, ratatui, `input`'s key type and `theme`'s colour depth; never `app` or `taxonomy`.
//!
//! ```text
//! Guard            enters and leaves the modes; restore() is what every way out calls
//! Events           keys, pastes, mouse, resizes; dropped while an editor has the terminal
//! Screen           one frame = one write, inside a synchronized update
//! FrameClock       when to draw: on demand, capped; zero frames when idle
//! Abilities        title, taskbar and notification of a run, undone by restore() too
//! Signals, Hangup  reasons to leave or to stop that are not keys
//! ```

mod caps;
mod clipboard;
mod convert;
mod editor;
mod events;
mod frames;
mod guard;
mod handoff;
mod hangup;
mod log;
mod outside;
mod panic;
mod pen;
mod screen;
mod shade;
mod signals;

pub use caps::{Capabilities, ColorReason};
pub use clipboard::{Clipboard, copy_by_terminal, hand_to};
pub use editor::{Edited, EditorCommand, EditorError, Fault, edit_again, edit_text, forget};
pub use events::{Events, MouseButton, MouseInput, MouseKind, TermEvent};
pub use frames::FrameClock;
pub use guard::{Guard, restore};
pub use handoff::{Suspended, hand_over, suspend, take_back};
pub use hangup::Hangup;
pub use log::open_log;
pub use outside::{Abilities, Notify, Taskbar, Wishes};
pub use panic::{broke_off, install_panic_hook};
pub use screen::{Screen, Surface};
pub use shade::shade;
pub use signals::{Signal, Signals, stop_process_group};
