//! Decision logs: `decisions/<curator>/<yyyy-mm>.jsonl`, one event a line, append-only, one
//! file per curator and month so that two curators never touch the same file in git.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;

use super::conflict;
use super::error::StoreError;
use super::files::{self, Stamp};
use crate::taxonomy::event::{Event, NEWEST_EVENT};
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
    /// Whether git left conflict markers between them.
    pub has_markers: bool,
}

const MARKED: &str = "Git left conflict markers here; the decisions on both sides count, and `provost check --repair` removes the markers.";

/// The log without the lines that git put around conflicts.
#[must_use]
pub fn without_markers(bytes: &[u8]) -> Vec<u8> {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    lines.filter(|line| !conflict::is_marker(line.trim_ascii())).flatten().copied().collect()
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
        if conflict::is_marker(text) {
            if !std::mem::replace(&mut log.has_markers, true) {
                let message = MARKED.to_owned();
                log.problems.push(Problem { path: path.to_owned(), line: Some(number as u64 + 1), message });
            }
            continue;
        }
        match serde_json::from_slice::<Event>(text) {
            Ok(event) if event.v <= NEWEST_EVENT && event.id.is_plausible() => log.events.push(event),
            Ok(event) => log.problems.push(Problem {
                path: path.to_owned(),
                line: Some(number as u64 + 1),
                message: if event.v > NEWEST_EVENT {
                    newer(event.v)
                } else {
                    "This event has no possible date.".into()
                },
            }),
            // One whole value without its line break is an event of a program that knows more.
            Err(_) if !whole && serde_json::from_slice::<IgnoredAny>(text).is_err() => {
                log.torn = Some(TornTail { keep: start as u64, bytes: line.to_vec() })
            }
            Err(error) => log.problems.push(Problem {
                path: path.to_owned(),
                line: Some(number as u64 + 1),
                message: unreadable(text, &error),
            }),
        }
    }
    log
}

fn newer(v: u32) -> String {
    format!("This event has version {v}, and this provost knows {NEWEST_EVENT}; use a newer provost.")
}

fn unreadable(line: &[u8], error: &serde_json::Error) -> String {
    #[derive(serde::Deserialize)]
    struct Version {
        v: u32,
    }
    match serde_json::from_slice::<Version>(line) {
        Ok(Version { v }) if v > NEWEST_EVENT => newer(v),
        _ => format!("This line is not an event ({error}); the other lines count."),
    }
}

/// So many files may be put in the place of the log while one event is written.
const REPLACED: usize = 8;

/// Appends to one curator's log. Opens it each time: git and editors replace files, and what
/// goes into a replaced one is lost.
#[derive(Debug)]
pub struct Writer {
    root: PathBuf,
    folder: PathBuf,
    current: PathBuf,
    /// The log whose name is known to be on the disk.
    durable: Option<PathBuf>,
}

/// Why an event was not appended.
#[derive(Debug)]
pub struct Failure {
    /// What happened.
    pub error: StoreError,
    /// Whether the event is surely not in the log; else it must be read again.
    pub certain: bool,
}

impl Failure {
    fn before_writing(error: StoreError) -> Self {
        Self { error, certain: true }
    }
}

impl Writer {
    /// A writer for a curator in a month (`2026-11`); opens nothing yet.
    #[must_use]
    pub fn new(root: &Path, curator: &str, month: &str) -> Self {
        let folder = root.join("decisions").join(curator_folder(curator));
        let current = folder.join(format!("{month}.jsonl"));
        Self { root: root.to_owned(), folder, current, durable: None }
    }

    /// The log that was written last; at first that of the present month.
    #[must_use]
    pub fn current(&self) -> &Path {
        &self.current
    }

    /// Where the events of a month (`2026-11`) go.
    #[must_use]
    pub fn path(&self, month: &str) -> PathBuf {
        self.folder.join(format!("{month}.jsonl"))
    }

    /// Appends one event and returns the log's stamp once it is on the disk. `read` is how much of the log is known: where there
    /// is more in it than that and the event, it does not look the same at the next look.
    ///
    /// # Errors
    /// The system refused. What was half written is cut off again where possible, and is no
    /// event in any case; after a failed sync nobody knows what the disk holds.
    pub fn append(&mut self, path: &Path, read: u64, event: &Event) -> Result<Stamp, Failure> {
        self.append_between(path, read, event, || ())
    }

    /// [`Writer::append`], with something that happens each time the log was opened: for tests.
    fn append_between(
        &mut self,
        path: &Path,
        read: u64,
        event: &Event,
        mut opened: impl FnMut(),
    ) -> Result<Stamp, Failure> {
        path.clone_into(&mut self.current);
        let line = serde_json::to_string(event).map_err(|error| StoreError::io(path, io::Error::other(error)));
        let line = line.map_err(Failure::before_writing)? + "\n";
        let mut certain = true;
        for _ in 0..REPLACED {
            let file = self.open(path).map_err(|error| Failure { error, certain })?;
            opened();
            let put = put(file, path, &line);
            if let Some(mut stamp) =
                put.map_err(|failure| Failure { certain: failure.certain && certain, ..failure })?
            {
                if !certain || stamp.length() != read + line.len() as u64 {
                    stamp.doubt();
                }
                return Ok(stamp);
            }
            // The name leads to another file now, and perhaps that is not on the disk.
            (certain, self.durable) = (false, None);
        }
        let error = StoreError::io(path, io::Error::other("it was replaced again and again while it was written"));
        Err(Failure { error, certain })
    }

    /// After a failure: makes sure that what can be read in a log is also on the disk.
    ///
    /// # Errors
    /// It is not.
    pub fn settle(&mut self, path: &Path) -> Result<(), StoreError> {
        self.durable = None;
        if fs::symlink_metadata(path).is_err() {
            return Ok(());
        }
        self.open(path)?.sync_all().map_err(|error| StoreError::io(path, error))
    }

    fn open(&mut self, path: &Path) -> Result<File, StoreError> {
        for folder in files::make_folder(&self.root, &self.folder)? {
            files::sync_folder(&folder)?;
        }
        files::check_file(&self.root, path)?;
        let is_new = fs::symlink_metadata(path).is_err();
        let open = OpenOptions::new().create(true).read(true).append(true).open(path);
        let mut file = open.map_err(|error| StoreError::io(path, error))?;
        end_last_line(&self.root, path, &mut file)?;
        if is_new || self.durable.as_deref() != Some(path) {
            files::sync_folder(&self.folder)?;
            self.durable = Some(path.to_owned());
        }
        Ok(file)
    }
}

/// Writes a line at the end of an open log and syncs it. `None` where the log's name leads to another file by then: git and
/// editors put a new one in its place, and the line went with the old one.
fn put(mut file: File, path: &Path, line: &str) -> Result<Option<Stamp>, Failure> {
    let io_error = |error| StoreError::io(path, error);
    let before = file.metadata().map_err(io_error).map_err(Failure::before_writing)?.len();
    if let Err(error) = file.write_all(line.as_bytes()) {
        let certain = file.set_len(before).is_ok();
        return Err(Failure { error: io_error(error), certain });
    }
    if let Err(error) = file.sync_data() {
        let _ = file.set_len(before);
        return Err(Failure { error: io_error(error), certain: false });
    }
    if !files::is_in_place(&file, path) {
        return Ok(None);
    }
    let meta = file.metadata().map_err(|error| Failure { error: io_error(error), certain: false })?;
    Ok(Some(Stamp::seen(&meta)))
}

/// A log edited by hand, or torn right before its line break, may lack the last one; one whose
/// last write failed may end in half an event.
fn end_last_line(root: &Path, path: &Path, file: &mut File) -> Result<(), StoreError> {
    let io_error = |error| StoreError::io(path, error);
    let mut last = [b'\n'];
    if file.metadata().map_err(io_error)?.len() > 0 {
        file.seek(io::SeekFrom::End(-1)).and_then(|_| file.read_exact(&mut last)).map_err(io_error)?;
    }
    if last == [b'\n'] {
        return Ok(());
    }
    match parse(&fs::read(path).map_err(io_error)?, "").torn {
        Some(torn) => cut_torn(root, path, &torn).map(|_| ()),
        None => file.write_all(b"\n").map_err(io_error),
    }
}

/// Cuts an incomplete last line off a log and keeps its bytes. Returns where.
///
/// # Errors
/// The system refused.
pub fn cut_torn(root: &Path, path: &Path, tail: &TornTail) -> Result<String, StoreError> {
    let name = files::shown(root, path).replace('/', "-");
    let kept = root.join(".provost").join("torn").join(format!("{name}-{}", tail.keep));
    files::make_folder(root, kept.parent().unwrap_or(root))?;
    files::check_file(root, &kept)?;
    files::check_file(root, path)?;
    let keep = || -> io::Result<()> {
        let mut file = File::create(&kept)?;
        file.write_all(&tail.bytes)?;
        file.sync_all()?;
        let log = OpenOptions::new().write(true).open(path)?;
        log.set_len(tail.keep)?;
        log.sync_all()
    };
    keep().map_err(|error| StoreError::io(path, error))?;
    Ok(files::shown(root, &kept))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomy::event::EVENT_VERSION;
    use crate::taxonomy::{Ballot, Change, EventId};

    fn event(number: u64) -> Event {
        let change = Change::Undo { event: EventId::new(1, 1) };
        Event {
            v: EVENT_VERSION,
            id: EventId::new(number, 0),
            at: String::new(),
            by: "ana".into(),
            change,
            ballot: Ballot::default(),
        }
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
            "{}\nnot json\n<<<<<<< HEAD\n{}\n=======\n>>>>>>> bo\n{{\"v\":9,\"op\":\"vote\"}}\n",
            serde_json::to_string(&event(1)).unwrap(),
            serde_json::to_string(&event(2)).unwrap()
        );
        let log = parse(text.as_bytes(), "decisions/ana/2026-11.jsonl");
        assert_eq!(log.events.len(), 2);
        let lines: Vec<_> = log.problems.iter().map(|problem| problem.line.unwrap()).collect();
        assert_eq!(lines, [2, 3, 7], "one for all markers");
        assert!(log.problems[1].message.contains("check --repair"));
        assert!(log.problems[2].message.contains("newer provost"));
        let mended = parse(&without_markers(text.as_bytes()), "log");
        assert_eq!((mended.events, mended.problems.len()), (log.events, 2));
    }

    #[test]
    fn a_whole_last_line_that_is_not_understood_is_not_cut_off() {
        let known = serde_json::to_string(&event(1)).unwrap() + "\n";
        let newer = r#"{"v":9,"id":"evt_06da9dj500000007","op":"vote","on":["x"]}"#;
        for cut in 1..newer.len() {
            let log = parse([&known, &newer[..cut]].concat().as_bytes(), "log");
            assert!(log.torn.is_some() && log.problems.is_empty(), "cut at {cut}");
        }
        let log = parse([&known, newer].concat().as_bytes(), "log");
        assert_eq!((log.torn, log.events.len()), (None, 1));
        assert!(log.problems[0].message.contains("newer provost"), "{:?}", log.problems);
        // A version that is known and a line that is wrong all the same: no newer program helps.
        let wrong = format!("{{\"v\":{NEWEST_EVENT},\"id\":\"x\"}}\n");
        let log = parse([wrong.as_bytes(), known.as_bytes()].concat().as_slice(), "log");
        assert!(log.problems[0].message.starts_with("This line is not an event ("), "{:?}", log.problems);
        assert_eq!(log.events.len(), 1);

        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::new(dir.path(), "ana", "2026-11");
        let path = writer.path("2026-11");
        writer.append(&path, 0, &event(1)).unwrap();
        fs::write(&path, [&known, newer].concat()).unwrap();
        writer.append(&path, 0, &event(2)).unwrap();
        let second = serde_json::to_string(&event(2)).unwrap() + "\n";
        assert_eq!(fs::read_to_string(&path).unwrap(), [&known, newer, "\n", &second].concat());
    }

    #[test]
    fn an_event_that_went_into_a_log_that_was_replaced_is_appended_to_the_new_one() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::new(dir.path(), "ana", "2026-11");
        let path = writer.path("2026-11");
        let length = |path: &Path| fs::metadata(path).unwrap().len();
        let first = writer.append(&path, 0, &event(1)).unwrap();
        assert!(first.looks_like(&fs::metadata(&path).unwrap()));

        // As git does it: another file by the same name.
        let theirs = serde_json::to_string(&event(7)).unwrap() + "\n";
        let mut left = 2;
        let replace = || {
            if left > 0 {
                left -= 1;
                fs::remove_file(&path).unwrap();
                fs::write(&path, &theirs).unwrap();
            }
        };
        let stamp = writer.append_between(&path, length(&path), &event(2), replace).unwrap();
        let found = parse(&fs::read(&path).unwrap(), "log").events;
        assert_eq!(found, [event(7), event(2)]);
        assert!(!stamp.looks_like(&fs::metadata(&path).unwrap()), "what else is in it is to be read");

        // Another's line in the moment before.
        let add = || fs::write(&path, [fs::read(&path).unwrap(), theirs.clone().into_bytes()].concat()).unwrap();
        let stamp = writer.append_between(&path, length(&path), &event(3), add).unwrap();
        assert!(!stamp.looks_like(&fs::metadata(&path).unwrap()));
        assert_eq!(parse(&fs::read(&path).unwrap(), "log").events.last(), Some(&event(3)));

        let always = || {
            fs::remove_file(&path).unwrap();
            fs::write(&path, &theirs).unwrap();
        };
        assert!(!writer.append_between(&path, length(&path), &event(4), always).unwrap_err().certain);
    }

    #[test]
    fn curators_have_folders_of_harmless_names() {
        assert_eq!(curator_folder("Ana María"), "ana-maria");
        assert_eq!(curator_folder("../x"), "x");
        assert!(curator_folder("علي").starts_with("curator-"));
        assert_ne!(curator_folder("علي"), curator_folder("ليلى"));
    }
}
