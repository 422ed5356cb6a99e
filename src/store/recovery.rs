//! After an interruption: events whose files were not all written, and the renames and
//! removals that a step needs.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use super::error::StoreError;
use super::files::{self, Write};
use crate::taxonomy::event::{Change, Event};
use crate::taxonomy::id::EventId;
use crate::taxonomy::op::steps_of;
use crate::taxonomy::snapshot::Snapshot;
use crate::taxonomy::step::{Step, outstanding};
use crate::taxonomy::undo::steps_back;

/// The file that names the last event whose files were all written, and its curator.
const APPLIED: &str = ".provost/applied";

/// Up to where everything was written by the instance that was open last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// No event up to this one is unfinished.
    pub event: EventId,
    /// Who decided then; nobody else's events can be unfinished here, they came with their files.
    pub curator: Option<String>,
}

impl Marker {
    fn text(&self) -> String {
        let curator = self.curator.as_deref().unwrap_or_default().replace('\n', " ");
        format!("{} {curator}\n", summed(self.event))
    }
}

/// An event's id and a checksum of it: always of the same length.
fn summed(event: EventId) -> String {
    format!("{event} {:08x}", crc32fast::hash(event.to_string().as_bytes()))
}

/// The marker; `None` where nothing is known (a fresh clone). One that a crash tore names the oldest of all events, so that the
/// last decision is looked at once more.
#[must_use]
pub fn marker(root: &Path) -> Option<Marker> {
    let text = String::from_utf8_lossy(&files::read(&root.join(APPLIED), 1 << 16).ok()?.0).into_owned();
    let (event, rest) = text.trim_end().split_once(' ').unwrap_or((text.trim_end(), ""));
    let is_sum = |word: &str| word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    // Before there was a checksum the curator's name followed at once.
    let (sum, curator) = match rest.split_once(' ').unwrap_or((rest, "")) {
        (word, name) if is_sum(word) => (Some(word), name),
        _ => (None, rest),
    };
    let parsed: Option<EventId> = event.parse().ok().filter(|event: &EventId| event.is_plausible());
    let whole = |event: &EventId| sum.is_none_or(|sum| summed(*event).ends_with(sum));
    let event = parsed.filter(whole).unwrap_or(EventId::from_bits(0));
    Some(Marker { event, curator: (!curator.is_empty()).then(|| curator.to_owned()) })
}

/// Writes the marker and syncs it, unless it is there as it should be: from now on an interruption is noticed.
///
/// # Errors
/// The system refused.
pub fn mark(root: &Path, marker: &Marker) -> Result<(), StoreError> {
    let (path, text) = (root.join(APPLIED), marker.text());
    if files::read(&path, 1 << 16).is_ok_and(|(bytes, _)| bytes == text.as_bytes()) {
        return Ok(());
    }
    files::check_file(root, &path)?;
    files::write_all(root, &[Write::new(path, text)]).map(drop)
}

/// Moves the marker on to `event`, in place and without a sync: a stale one only means that an
/// event is looked at once more, and a torn one has a wrong checksum.
///
/// # Errors
/// The marker is gone, or the system refused.
pub fn advance(root: &Path, event: EventId) -> Result<(), StoreError> {
    let path = root.join(APPLIED);
    files::check_file(root, &path)?;
    let write = || fs::OpenOptions::new().write(true).open(&path)?.write_all(summed(event).as_bytes());
    write().map_err(|error| StoreError::io(&path, error))
}

/// What an interruption may have left.
#[derive(Debug, PartialEq, Eq)]
pub enum Unfinished {
    /// Nothing.
    Nothing,
    /// Steps of this event that the tree does not show.
    Steps(EventId, Vec<Step>),
    /// An event that the tree contradicts, and why: somebody else was there since.
    Contradicted(EventId, String),
}

/// What the last event asks of the tree: the store finishes one before it takes the next.
#[must_use]
pub fn unfinished(snapshot: &Snapshot, marker: &Marker) -> Unfinished {
    let mut late = snapshot.record.events().iter().rev().take_while(|event| event.id > marker.event);
    let Some(event) = late.find(|event| marker.curator.as_ref().is_none_or(|curator| *curator == event.by)) else {
        return Unfinished::Nothing;
    };
    let steps = steps(snapshot, event).and_then(|steps| outstanding(steps, &mut snapshot.tree.clone()));
    match steps {
        Ok(steps) if steps.is_empty() => Unfinished::Nothing,
        Ok(steps) => Unfinished::Steps(event.id, steps),
        Err(why) => Unfinished::Contradicted(event.id, why),
    }
}

fn steps(snapshot: &Snapshot, event: &Event) -> Result<Vec<Step>, String> {
    let find = |id: &EventId| snapshot.record.event(*id).ok_or_else(|| format!("{id} is not there"));
    match &event.change {
        Change::Undo { event: undone } if event.ballot.effect.is_none() => steps_back(snapshot, find(undone)?),
        Change::Redo { event: redone } if event.ballot.effect.is_none() => steps_of(snapshot, find(redone)?),
        _ => steps_of(snapshot, event),
    }
}

/// Removes a node's file and, where it is empty, its folder. The folder it was in is to be
/// synced then.
///
/// # Errors
/// The system refused; a file that is gone already is fine.
pub fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(StoreError::io(path, error)),
        _ => {}
    }
    // An empty folder alone: what else is in it is not ours.
    let _ = fs::remove_dir(path.with_extension(""));
    Ok(())
}

/// Moves a node's file, and before it the folder of what is below it: as long as the file is at
/// its old place, everybody can see that the move is not finished. The folders of both places
/// are to be synced then.
///
/// # Errors
/// Something is in the way, or the system refused. What was moved already is fine.
pub fn rename(root: &Path, from: &Path, to: &Path) -> Result<(), StoreError> {
    for folder in files::make_folder(root, to.parent().unwrap_or(root))? {
        files::sync_folder(&folder)?;
    }
    let (old, new) = (from.with_extension(""), to.with_extension(""));
    if fs::symlink_metadata(&old).is_ok() {
        // An empty folder that was left behind is in nobody's way.
        let _ = fs::remove_dir(&new);
        move_one(root, &old, &new)?;
        files::sync_folder(to.parent().unwrap_or(root))?;
        files::sync_folder(from.parent().unwrap_or(root))?;
    }
    if fs::symlink_metadata(from).is_ok() { move_one(root, from, to) } else { Ok(()) }
}

fn move_one(root: &Path, from: &Path, to: &Path) -> Result<(), StoreError> {
    if fs::symlink_metadata(to).is_ok() {
        return Err(StoreError::InTheWay(format!("{} is in the way.", files::shown(root, to))));
    }
    fs::rename(from, to).map_err(|error| StoreError::io(from, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(text: &str) -> EventId {
        text.parse().unwrap()
    }

    #[test]
    fn a_marker_says_what_was_written_and_a_torn_one_that_nothing_is_known() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        fs::create_dir(root.join(".provost")).unwrap();
        assert_eq!(marker(root), None);
        let (first, second) = (event("evt_06h04r2hqj7ew000"), event("evt_06h04r2hr0000zzz"));
        for curator in [None, Some("ana"), Some("deadbeef"), Some("ana maria")] {
            let curator = curator.map(str::to_owned);
            mark(root, &Marker { event: first, curator: curator.clone() }).unwrap();
            assert_eq!(marker(root), Some(Marker { event: first, curator: curator.clone() }));
            let before = fs::read(root.join(APPLIED)).unwrap();
            advance(root, second).unwrap();
            let after = fs::read(root.join(APPLIED)).unwrap();
            assert_eq!(marker(root), Some(Marker { event: second, curator: curator.clone() }));
            // Some bytes of the new one over the old one.
            for length in 1..summed(first).len() {
                let torn = [&after[..length], &before[length..]].concat();
                fs::write(root.join(APPLIED), &torn).unwrap();
                let found = marker(root).unwrap();
                let is_known = torn == before || torn == after;
                assert_eq!(found.event == EventId::from_bits(0), !is_known, "{}", String::from_utf8_lossy(&torn));
                assert_eq!(found.curator, curator);
            }
        }
    }

    #[test]
    fn a_removal_takes_the_file_and_its_empty_folder_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let (path, folder) = (dir.path().join("a.yaml"), dir.path().join("a"));
        fs::write(&path, "x").unwrap();
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("notes.txt"), "mine").unwrap();
        remove(&path).unwrap();
        assert!(!path.exists() && folder.join("notes.txt").exists(), "what is in it is not ours");
        fs::remove_file(folder.join("notes.txt")).unwrap();
        remove(&path).unwrap();
        assert!(!folder.exists(), "gone already is fine, and the folder goes");
        fs::create_dir(&path).unwrap();
        assert!(remove(&path).is_err(), "a folder is no file");
    }

    #[test]
    fn markers_of_before_the_checksum_are_read() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join(".provost")).unwrap();
        let wanted = |curator: &str| Marker { event: event("evt_06h04r2hqj7ew000"), curator: Some(curator.to_owned()) };
        for curator in ["ana", "ana maria"] {
            fs::write(dir.path().join(APPLIED), format!("evt_06h04r2hqj7ew000 {curator}\n")).unwrap();
            assert_eq!(marker(dir.path()), Some(wanted(curator)));
            mark(dir.path(), &wanted(curator)).unwrap();
            assert_eq!(fs::read_to_string(dir.path().join(APPLIED)).unwrap(), wanted(curator).text());
        }
    }
}
