//! The only writer of a taxonomy directory: files, decision log, lock, watch, recovery.
//!
//! [`Store`] is the synchronous core that commands use; [`StoreHandle`] is the same on a
//! thread of its own, for the screen and for jobs. Everything that changes goes through
//! [`Store::submit`].

mod clock;
mod conflict;
mod core;
mod documents;
mod effects;
mod error;
mod files;
mod format;
mod handle;
mod index;
mod load;
mod lock;
mod log;
mod looking;
mod picture;
mod recovery;
mod refresh;
mod repair;
mod seen;
mod vectors;
mod watch;
pub mod yaml;

pub use self::core::{Early, Notice, OpenOptions, Receipt, Store};
pub use clock::{Clock, distinct, now, timestamp};
pub use error::StoreError;
pub use format::{batch_yaml, node_yaml, parse_node, parse_syllabus, syllabus_yaml};
pub use handle::StoreHandle;
pub use log::{LogFile, TornTail, parse as parse_log};
pub use repair::Repair;
pub use vectors::VectorFile;
