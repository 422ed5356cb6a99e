//! What provost says about its own work: a command on stderr, with `-v`; the curator in its log file.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

use crate::taxonomy::text::reveal;
use crate::term::open_log;

/// Reports on stderr: our own steps with one `v`, everything with two.
pub fn on_stderr(verbose: u8) {
    let filter = match verbose {
        0 => return,
        1 => "provost=info",
        _ => "debug",
    };
    let report = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(filter)).with_ansi(false);
    // A second start, in a test, leaves the first one in place.
    let _ = report.with_target(verbose > 1).with_writer(|| Revealing(io::stderr())).try_init();
}

/// Reports in the log file, because the screen owns the terminal: our own steps and every message, with `-v` more, with `-vv`
/// everything.
///
/// # Errors
/// The file cannot be written. The curator works without it.
pub fn in_log(file: &Path, verbose: u8) -> io::Result<()> {
    let filter = match verbose {
        0 => "provost=info",
        1 => "provost=debug",
        _ => "debug",
    };
    let report = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(filter)).with_ansi(false);
    let _ = report.with_target(verbose > 1).with_writer(Mutex::new(Revealing(open_log(file)?))).try_init();
    Ok(())
}

/// Writes what it is given with nothing hidden in it. Every event comes in one piece.
struct Revealing<W>(W);

impl<W: Write> Write for Revealing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_all(reveal(&String::from_utf8_lossy(bytes)).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_hidden_in_a_report() {
        let mut report = Vec::new();
        Revealing(&mut report).write_all(b"name=\x1b[2J\n").unwrap();
        assert_eq!(String::from_utf8(report).unwrap(), "name=⟨U+001B⟩[2J\n");
    }
}
