//! `-v`: what a command does while it does it, on stderr.

use std::io::{self, Write};

use tracing_subscriber::EnvFilter;

use crate::taxonomy::text::reveal;

/// Starts telling: our own steps with one `v`, everything with two. The screen owns its terminal,
/// so it is never told there.
pub fn start(verbose: u8, screen: bool) {
    let filter = match verbose {
        1 => "provost=info",
        2.. => "debug",
        0 => return,
    };
    if screen {
        return;
    }
    let teller = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(filter)).with_ansi(false);
    // A second start, in a test, leaves the first one in place.
    let _ = teller.with_target(verbose > 1).with_writer(|| Revealing(io::stderr())).try_init();
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
    fn what_is_told_hides_nothing() {
        let mut told = Vec::new();
        Revealing(&mut told).write_all(b"name=\x1b[2J\n").unwrap();
        assert_eq!(String::from_utf8(told).unwrap(), "name=⟨U+001B⟩[2J\n");
    }
}
