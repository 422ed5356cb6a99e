//! A panic never leaves the terminal broken, and never prints what it was given raw.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::panic::{self, PanicHookInfo};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use super::guard;
use super::log::open_log;
use crate::unseen::Watch;

/// Told of every panic, for [`broke_off`].
static NEWS: Notify = Notify::const_new();
/// Held while a panic is reported. To look up the names for the log takes a while.
static REPORT: Mutex<()> = Mutex::new(());

/// Waits for a panic, on whatever thread and whoever catches it, and then, blocking, until it is reported: the process may end
/// after this. Cancel safe.
pub async fn broke_off() {
    NEWS.notified().await;
    drop(REPORT.lock().unwrap_or_else(PoisonError::into_inner));
}

/// Installs the panic hook: restore the terminal for good, write the panic and its backtrace to the log, then say
/// on standard error what happened and where the log is. Call it before the modes are entered.
pub fn install_panic_hook(log: Option<PathBuf>) {
    panic::set_hook(Box::new(move |info| {
        // Whatever happens next, the terminal comes first.
        let _ = guard::give_up();
        let _held = REPORT.lock().unwrap_or_else(PoisonError::into_inner);
        NEWS.notify_one();
        let report = describe(info);
        let mut text = format!("provost stopped because of a bug: {report}\n");
        text.push_str("What was decided so far is on disk.\n");
        if let Some(log) = &log {
            let shown = printable(&log.display().to_string());
            let _ = match keep(log, &report) {
                Ok(()) => writeln!(text, "The log is in {shown}"),
                Err(error) => writeln!(text, "The log, {shown}, cannot be written: {error}."),
            };
        }
        // Standard error may be gone too.
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }));
}

/// Adds a panic to the log.
fn keep(log: &Path, report: &str) -> io::Result<()> {
    let backtrace = std::backtrace::Backtrace::force_capture();
    let version = env!("CARGO_PKG_VERSION");
    let entry = format!("{} provost {version}: {report}\n{backtrace}\n", jiff::Timestamp::now());
    open_log(log)?.write_all(entry.as_bytes())
}

fn describe(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let message = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    match info.location() {
        Some(place) => format!("{} ({}:{})", printable(message), place.file(), place.line()),
        None => printable(message),
    }
}

/// Panic messages may quote text from models and files: everything that does not show is spelt out.
fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut watch = Watch::default();
    for c in text.chars() {
        if c == '\n' {
            shown.push_str("\n  ");
        } else if c == '\t' || !watch.shows(c) {
            watch.replaced();
            let _ = write!(shown, "⟨U+{:04X}⟩", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_direction_characters_are_spelt_out() {
        assert_eq!(printable("a\u{1b}[2J\u{202e}b\u{9b}é漢"), "a⟨U+001B⟩[2J⟨U+202E⟩b⟨U+009B⟩é漢");
    }
}
