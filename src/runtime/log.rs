//! The log: every message goes there, and its end can be read on the screen.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use super::Curator;
use crate::app::{Level, Msg, Toast};
use crate::taxonomy::text::reveal_line;
use crate::term::Surface;

/// Bytes of the log that are read from its end.
const END: u64 = 64 << 10;

/// Notes messages in the log.
pub(super) fn write_down(toasts: Vec<Toast>) {
    for Toast { level, text, hint, .. } in toasts {
        let hint = hint.unwrap_or_default();
        match level {
            Level::Info => tracing::info!(hint, "{text}"),
            Level::Warning => tracing::warn!(hint, "{text}"),
            Level::Error => tracing::error!(hint, "{text}"),
        }
    }
}

impl<S: Surface> Curator<S> {
    /// Reads the end of the log beside the loop.
    pub(super) fn read_log(&mut self) {
        let (outbox, path) = (self.outbox.clone(), self.log.clone());
        self.tasks.spawn_blocking(move || {
            let shown = path.as_deref().map(|path| reveal_line(&path.display().to_string()).into_owned());
            let title = shown.map_or_else(|| "Log".to_owned(), |path| format!("Log: the end of {path}"));
            let lines = match path.as_deref().map(end) {
                Some(Ok(lines)) if !lines.is_empty() => lines,
                Some(Err(error)) => vec![format!("It cannot be read: {error}.")],
                Some(Ok(_)) | None => vec!["There is nothing in it yet.".to_owned()],
            };
            let _ = outbox.blocking_send(Msg::Log { title, lines });
        });
    }
}

/// The last lines of a file.
fn end(path: &Path) -> io::Result<Vec<String>> {
    let mut file = File::open(path)?;
    let from = file.metadata()?.len().saturating_sub(END);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(END).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    // Where it is cut the first line is not whole.
    let text = if from > 0 { text.split_once('\n').map_or("", |(_, rest)| rest) } else { &text };
    Ok(text.lines().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_long_log_begins_with_a_whole_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let text: String = (0..10_000).map(|number| format!("line {number}\n")).collect();
        std::fs::write(&path, &text).unwrap();
        let lines = end(&path).unwrap();
        assert_eq!(lines.last().map(String::as_str), Some("line 9999"));
        assert!(lines.len() < 10_000 && text.contains(&format!("\n{}\n", lines[0])));
        std::fs::write(&path, "one\n").unwrap();
        assert_eq!(end(&path).unwrap(), ["one"]);
    }
}
