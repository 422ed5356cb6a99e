//! Decision logs: `decisions/<curator>/<yyyy-mm>.jsonl`, one event a line, append-only, one
//! file per curator and month so that two curators never touch the same file in git.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::error::StoreError;
use super::files;
use crate::taxonomy::event::{EVENT_VERSION, Event};
use crate::taxonomy::snapshot::Problem;
use crate::taxonomy::text::{normalise, slugify};

/// The folder name of a curator.
#[must_use]
pub fn curator_folder(curator: &str) -> String {
    slugify(curator).unwrap_or_else(|| {
        let hash = files::content_hash(normalise(curator).as_bytes());
        format!("curator-{:08x}", hash & 0xffff_ffff)
    })
}

/// The end of a log that an interrupted write left: not an event.
#[derive(Debug, PartialEq, Eq)]
pub struct TornTail {
    /// Where the last whole line ends.
    pub keep: u64,
    /// What follows.
    pub bytes: Vec<u8>,
}

/// What one log file holds.
#[derive(Debug, Default)]
pub struct LogFile {
    /// Its events, in order.
    pub events: Vec<Event>,
    /// Lines that are none.
    pub problems: Vec<Problem>,
    /// An incomplete last line.
    pub torn: Option<TornTail>,
}

/// Reads one log. A line that cannot be read is a problem; the others count.
#[must_use]
pub fn parse(bytes: &[u8], path: &str) -> LogFile {
    let mut log = LogFile::default();
    let mut at = 0;
    for (number, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let start = at;
        at += line.len();
        let whole = line.ends_with(b"\n");
        let text = line.trim_ascii();
        if text.is_empty() {
            continue;
        }
        match serde_json::from_slice::<Event>(text) {
            Ok(event) => log.events.push(event),
            Err(_) if !whole => log.torn = Some(TornTail { keep: start as u64, bytes: line.to_vec() }),
            Err(error) => log.problems.push(Problem {
                path: path.to_owned(),
                line: Some(number as u64 + 1),
                message: unreadable(text, &error),
            }),
        }
    }
    log
}

fn unreadable(line: &[u8], error: &serde_json::Error) -> String {
    #[derive(serde::Deserialize)]
    struct Version {
        v: u32,
    }
    match serde_json::from_slice::<Version>(line) {
        Ok(Version { v }) if v > EVENT_VERSION => {
            format!("This event has version {v}, and this provost knows {EVENT_VERSION}; use a newer provost.")
        }
        _ if line.starts_with(b"<<<<<<<") || line.starts_with(b"=======") || line.starts_with(b">>>>>>>") => {
            "Git left a conflict marker here; delete the line, both sides count.".to_owned()
        }
        _ => format!("This line is no event ({error}); the other lines count."),
    }
}

/// Appends to one curator's log.
#[derive(Debug)]
pub struct Writer {
    root: PathBuf,
    folder: PathBuf,
    open: Option<(String, File)>,
}

impl Writer {
    /// A writer for a curator; opens nothing yet.
    #[must_use]
    pub fn new(root: &Path, curator: &str) -> Self {
        let folder = root.join("decisions").join(curator_folder(curator));
        Self { root: root.to_owned(), folder, open: None }
    }

    /// Where the events of a month (`2026-11`) go.
    #[must_use]
    pub fn path(&self, month: &str) -> PathBuf {
        self.folder.join(format!("{month}.jsonl"))
    }

    /// Appends one event and returns once it is on the disk.
    ///
    /// # Errors
    /// The system refused; what was half written is cut off again where possible, and is no
    /// event in any case.
    pub fn append(&mut self, month: &str, event: &Event) -> Result<(), StoreError> {
        let path = self.path(month);
        let file = self.file(month)?;
        let before = file.metadata().map_err(|error| StoreError::io(&path, error))?.len();
        let written = serde_json::to_string(event).map_err(io::Error::other).and_then(|mut line| {
            line.push('\n');
            file.write_all(line.as_bytes())?;
            file.sync_data()
        });
        if let Err(error) = written {
            let _ = file.set_len(before);
            self.open = None;
            return Err(StoreError::io(&path, error));
        }
        Ok(())
    }

    fn file(&mut self, month: &str) -> Result<&mut File, StoreError> {
        if self.open.as_ref().is_none_or(|(open, _)| open != month) {
            let path = self.path(month);
            for folder in files::make_folder(&self.root, &self.folder)? {
                files::sync_folder(&folder)?;
            }
            if fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_symlink()) {
                return Err(StoreError::InTheWay(format!("{} is a symbolic link.", path.display())));
            }
            let open = OpenOptions::new().create(true).read(true).append(true).open(&path);
            let mut file = open.map_err(|error| StoreError::io(&path, error))?;
            end_last_line(&path, &mut file).map_err(|error| StoreError::io(&path, error))?;
            files::sync_folder(&self.folder)?;
            self.open = Some((month.to_owned(), file));
        }
        match &mut self.open {
            Some((_, file)) => Ok(file),
            None => Err(StoreError::Stopped),
        }
    }
}

/// A log edited by hand, or torn right before its line break, may lack the last one.
fn end_last_line(path: &Path, file: &mut File) -> io::Result<()> {
    let bytes = fs::read(path)?;
    if !bytes.is_empty() && !bytes.ends_with(b"\n") {
        file.write_all(b"\n")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomy::{Change, EventId};

    fn event(number: u64) -> Event {
        let change = Change::Undo { event: EventId::new(1, 1) };
        Event { v: EVENT_VERSION, id: EventId::new(number, 0), at: String::new(), by: "ana".into(), change }
    }

    #[test]
    fn a_cut_at_every_byte_loses_only_the_line_that_was_cut() {
        let lines: Vec<String> = (1..=3).map(|n| serde_json::to_string(&event(n)).unwrap() + "\n").collect();
        let whole = lines.concat();
        let ends: Vec<usize> = (1..=3).map(|n| lines[..n].concat().len()).collect();
        for cut in 0..=whole.len() {
            let log = parse(&whole.as_bytes()[..cut], "log");
            let complete = ends.iter().filter(|end| cut + 1 >= **end).count();
            assert_eq!(log.events.len(), complete, "cut at {cut}");
            assert!(log.problems.is_empty());
            let torn = log.torn.map_or(0, |torn| torn.bytes.len());
            let expected = if ends.contains(&cut) || ends.contains(&(cut + 1)) || cut == 0 {
                0
            } else {
                cut - ends.iter().filter(|end| **end <= cut).max().unwrap_or(&0)
            };
            assert_eq!(torn, expected, "cut at {cut}");
        }
    }

    #[test]
    fn a_bad_line_in_the_middle_is_reported_and_the_rest_counts() {
        let text = format!(
            "{}\nnot json\n<<<<<<< HEAD\n{}\n{{\"v\":9,\"op\":\"vote\"}}\n",
            serde_json::to_string(&event(1)).unwrap(),
            serde_json::to_string(&event(2)).unwrap()
        );
        let log = parse(text.as_bytes(), "decisions/ana/2026-11.jsonl");
        assert_eq!(log.events.len(), 2);
        let lines: Vec<_> = log.problems.iter().map(|problem| problem.line.unwrap()).collect();
        assert_eq!(lines, [2, 3, 5]);
        assert!(log.problems[2].message.contains("newer provost"));
    }

    #[test]
    fn curators_have_folders_of_harmless_names() {
        assert_eq!(curator_folder("Ana María"), "ana-maria");
        assert_eq!(curator_folder("../x"), "x");
        assert!(curator_folder("علي").starts_with("curator-"));
        assert_ne!(curator_folder("علي"), curator_folder("ليلى"));
    }
}
