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

/// The file that names the last event whose files were all written, the one that is under way, and their curator.
const APPLIED: &str = ".provost/applied";

/// Up to where everything was written by the instance that was open last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// No event up to this one is unfinished.
    pub event: EventId,
    /// What was under way.
    pub doing: Doing,
    /// Who decided then; nobody else's events can be unfinished here, they came with their files.
    pub curator: Option<String>,
}

/// What the instance that was open last was doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// Nothing: all that it recorded was written. What is in the log beyond that came with its files.
    Nothing,
    /// At least this event. After a crash of the machine perhaps a later one: the marker is not synced for each.
    This(EventId),
    /// Nobody knows: the marker was torn, or is of an older version.
    Unknown,
}

impl Marker {
    fn text(&self) -> String {
        let curator = self.curator.as_deref().unwrap_or_default().replace('\n', " ");
        let doing = match self.doing {
            Doing::This(event) => event,
            Doing::Nothing | Doing::Unknown => nothing(),
        };
        format!("{} {} {curator}\n", summed(self.event), summed(doing))
    }
}

/// In the place of the event that is under way, where none is.
fn nothing() -> EventId {
    EventId::from_bits(0)
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
    let (event, sum, rest) = field(text.trim_end());
    let event = event.filter(|event| event.is_plausible() && sum.is_none_or(|sum| summed(*event).ends_with(sum)));
    // Before there was a checksum the curator's name followed at once, and later behind that.
    let (doing, curator) = match field(rest) {
        (Some(event), Some(sum), name) if summed(event).ends_with(sum) => {
            (if event == nothing() { Doing::Nothing } else { Doing::This(event) }, name)
        }
        (_, Some(_), name) if sum.is_some() => (Doing::Unknown, name),
        _ => (Doing::Unknown, rest),
    };
    let event = event.unwrap_or(nothing());
    Some(Marker { event, doing, curator: (!curator.is_empty()).then(|| curator.to_owned()) })
}

/// An event, the checksum behind it, and the rest.
fn field(text: &str) -> (Option<EventId>, Option<&str>, &str) {
    let (event, rest) = text.split_once(' ').unwrap_or((text, ""));
    let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
    let is_sum = word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (sum, rest) = if is_sum { (Some(word), after) } else { (None, rest) };
    (event.parse().ok(), sum, rest)
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

/// Notes in place which event is about to be recorded, all up to `before` being written. Synced it tells for good that somebody decides here; after that a stale
/// one means that more is looked at, and a torn one has a wrong checksum.
///
/// # Errors
/// The marker is gone, or the system refused.
pub fn note(root: &Path, before: EventId, event: EventId, synced: bool) -> Result<(), StoreError> {
    in_place(root, &format!("{} {}", summed(before), summed(event)), synced)
}

/// Moves the marker on to `event`, in place and without a sync: a stale one only means that an
/// event is looked at once more, and a torn one has a wrong checksum.
///
/// # Errors
/// As [`note`].
pub fn advance(root: &Path, event: EventId) -> Result<(), StoreError> {
    in_place(root, &summed(event), false)
}

/// Notes in place that all up to `event` is written and nothing more is decided.
///
/// # Errors
/// As [`note`].
pub fn close(root: &Path, event: EventId) -> Result<(), StoreError> {
    in_place(root, &format!("{} {}", summed(event), summed(nothing())), false)
}

fn in_place(root: &Path, text: &str, synced: bool) -> Result<(), StoreError> {
    let path = root.join(APPLIED);
    files::check_file(root, &path)?;
    let write = || {
        let mut file = fs::OpenOptions::new().write(true).open(&path)?;
        file.write_all(text.as_bytes())?;
        if synced { file.sync_data() } else { Ok(()) }
    };
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

/// The events whose files were perhaps not all written, oldest first: the one that was under way, and where that is not the whole
/// truth the last that the curator recorded. Two machines of one curator share a log, so that one may have come with its files.
/// What somebody took back in another clone is finished by that.
#[must_use]
pub fn suspects(snapshot: &Snapshot, marker: &Marker) -> Vec<EventId> {
    if marker.doing == Doing::Nothing {
        return Vec::new();
    }
    let mut late = snapshot.record.events().iter().rev().take_while(|event| event.id > marker.event);
    let last = late.find(|event| marker.curator.as_ref().is_none_or(|curator| *curator == event.by));
    let last = last.filter(|event| holds(snapshot, event));
    let mut found: Vec<EventId> = last.map(|event| event.id).into_iter().collect();
    if let Doing::This(event) = marker.doing
        && !found.contains(&event)
        && snapshot.record.event(event).is_some_and(|event| holds(snapshot, event))
    {
        found.insert(0, event);
    }
    found
}

/// Whether an event was not taken back by one that came from elsewhere.
fn holds(snapshot: &Snapshot, event: &Event) -> bool {
    match event.change {
        Change::Undo { event: undone } => snapshot.record.is_undone(undone),
        Change::Redo { event: redone } => !snapshot.record.is_undone(redone),
        _ => !snapshot.record.is_undone(event.id),
    }
}

/// What an event asks of the tree: the store finishes one before it takes the next.
#[must_use]
pub fn unfinished(snapshot: &Snapshot, event: EventId) -> Unfinished {
    let Some(event) = snapshot.record.event(event) else { return Unfinished::Nothing };
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
        for curator in [None, Some("ana"), Some("deadbeef"), Some("ana maria"), Some("evt_06h04r2hr0000zzz deadbeef")] {
            let curator = curator.map(str::to_owned);
            let wanted = |event, doing| Some(Marker { event, doing, curator: curator.clone() });
            let bytes = || fs::read(root.join(APPLIED)).unwrap();
            mark(root, &wanted(first, Doing::Nothing).unwrap()).unwrap();
            assert_eq!(marker(root), wanted(first, Doing::Nothing));
            let mut states = vec![(bytes(), first, Doing::Nothing)];
            note(root, first, second, true).unwrap();
            assert_eq!(marker(root), wanted(first, Doing::This(second)));
            states.push((bytes(), first, Doing::This(second)));
            advance(root, second).unwrap();
            assert_eq!(marker(root), wanted(second, Doing::This(second)));
            states.push((bytes(), second, Doing::This(second)));
            close(root, second).unwrap();
            assert_eq!(marker(root), wanted(second, Doing::Nothing));
            states.push((bytes(), second, Doing::Nothing));
            // Some bytes of a later state over an earlier one.
            for pair in states.windows(2) {
                let [(before, old, old_doing), (after, new, new_doing)] = pair else { unreachable!() };
                for length in 1..2 * summed(first).len() {
                    let torn = [&after[..length], &before[length..]].concat();
                    fs::write(root.join(APPLIED), &torn).unwrap();
                    let found = marker(root).unwrap();
                    let what = String::from_utf8_lossy(&torn);
                    assert!([EventId::from_bits(0), *old, *new].contains(&found.event), "{what}");
                    assert!([Doing::Unknown, *old_doing, *new_doing].contains(&found.doing), "{what}");
                    assert_eq!(found.curator, curator, "{what}");
                }
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
    fn markers_of_before_are_read() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join(".provost")).unwrap();
        let first = event("evt_06h04r2hqj7ew000");
        for curator in ["ana", "ana maria"] {
            let wanted = Marker { event: first, doing: Doing::Unknown, curator: Some(curator.to_owned()) };
            for text in [format!("{first} {curator}\n"), format!("{} {curator}\n", summed(first))] {
                fs::write(dir.path().join(APPLIED), text).unwrap();
                assert_eq!(marker(dir.path()).as_ref(), Some(&wanted));
            }
            let whole = Marker { doing: Doing::Nothing, ..wanted };
            mark(dir.path(), &whole).unwrap();
            assert_eq!(marker(dir.path()), Some(whole));
        }
        // A name that looks like a checksum is a name where no checksum came before it.
        fs::write(dir.path().join(APPLIED), format!("{first} ana deadbeef\n")).unwrap();
        assert_eq!(marker(dir.path()).unwrap().curator.as_deref(), Some("ana deadbeef"));
    }
}
