//! After an interruption: torn log ends, events whose files were not all written, and the
//! renames and removals that a step needs.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use super::error::StoreError;
use super::files;
use super::log::TornTail;
use crate::taxonomy::event::{Change, Event};
use crate::taxonomy::id::EventId;
use crate::taxonomy::op::steps_of;
use crate::taxonomy::snapshot::Snapshot;
use crate::taxonomy::step::{Standing, Step};

/// The file that names the last event whose files were all written. Not synced: a stale one
/// only means that more is looked at.
const APPLIED: &str = ".provost/applied";

/// The last event known to be wholly written; `None` where nothing is known (a fresh clone).
#[must_use]
pub fn applied(root: &Path) -> Option<EventId> {
    fs::read_to_string(root.join(APPLIED)).ok()?.trim().parse().ok()
}

/// Notes that all files up to `event` are written.
pub fn set_applied(root: &Path, event: EventId) {
    let _ = fs::write(root.join(APPLIED), event.to_string());
}

/// Steps of events after `applied` that the tree does not show: for each curator the last
/// event alone can be concerned, since the store finishes one before it takes the next. An
/// event that is partly contradicted by the tree is left as it is; `check` reports it.
#[must_use]
pub fn missing_steps(snapshot: &Snapshot, applied: Option<EventId>) -> Vec<(EventId, Vec<Step>)> {
    let Some(applied) = applied else { return vec![] };
    let late = snapshot.record.events().iter().rev().take_while(|event| event.id > applied);
    let mut seen: Vec<&str> = Vec::new();
    let mut missing = Vec::new();
    for event in late {
        if seen.contains(&event.by.as_str()) {
            continue;
        }
        seen.push(&event.by);
        let steps = missing_of(snapshot, event);
        if !steps.is_empty() {
            missing.push((event.id, steps));
        }
    }
    missing.reverse();
    missing
}

fn missing_of(snapshot: &Snapshot, event: &Event) -> Vec<Step> {
    let steps = match &event.change {
        Change::Undo { event } => snapshot.record.event(*event).and_then(|undone| {
            let mut steps = steps_of(snapshot, &undone.change).ok()?;
            steps.reverse();
            Some(steps.into_iter().map(Step::inverse).collect())
        }),
        Change::Redo { event } => {
            snapshot.record.event(*event).and_then(|redone| steps_of(snapshot, &redone.change).ok())
        }
        change => steps_of(snapshot, change).ok(),
    };
    let mut tree = snapshot.tree.clone();
    let mut missing = Vec::new();
    for step in steps.unwrap_or_default() {
        match step.standing(&tree) {
            Standing::Done => {}
            Standing::Possible if step.apply(&mut tree).is_ok() => missing.push(step),
            Standing::Possible | Standing::Conflict(_) => return vec![],
        }
    }
    missing
}

/// Cuts an incomplete last line off a log and keeps its bytes. Returns where.
///
/// # Errors
/// The system refused.
pub fn cut_torn(root: &Path, path: &Path, tail: &TornTail) -> Result<String, StoreError> {
    let name = files::shown(root, path).replace('/', "-");
    let kept = root.join(".provost").join("torn").join(format!("{name}-{}", tail.keep));
    files::make_folder(root, kept.parent().unwrap_or(root))?;
    let keep = || -> io::Result<()> {
        let mut file = fs::File::create(&kept)?;
        file.write_all(&tail.bytes)?;
        file.sync_all()?;
        let log = fs::OpenOptions::new().write(true).open(path)?;
        log.set_len(tail.keep)?;
        log.sync_all()
    };
    keep().map_err(|error| StoreError::io(path, error))?;
    Ok(files::shown(root, &kept))
}

/// Removes a node's file and, where it is empty, its folder.
///
/// # Errors
/// The system refused; a file that is gone already is fine.
pub fn remove(root: &Path, path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(StoreError::io(path, error)),
        _ => {}
    }
    let _ = fs::remove_dir(path.with_extension(""));
    match path.parent() {
        Some(folder) => files::sync_folder(folder),
        None => files::sync_folder(root),
    }
}

/// Moves a node's file, and the folder of what is below it.
///
/// # Errors
/// Something is in the way, or the system refused. What was moved already is fine.
pub fn rename(root: &Path, from: &Path, to: &Path) -> Result<(), StoreError> {
    let (old, new) = (from.parent().unwrap_or(root), to.parent().unwrap_or(root));
    let mut changed = files::make_folder(root, new)?;
    let pairs = [(from.with_extension(""), to.with_extension("")), (from.to_owned(), to.to_owned())];
    for (from, to) in pairs {
        let there = fs::symlink_metadata(&from).is_ok();
        if there && fs::symlink_metadata(&to).is_ok() {
            return Err(StoreError::InTheWay(format!("{} is in the way.", files::shown(root, &to))));
        }
        if there {
            fs::rename(&from, &to).map_err(|error| StoreError::io(&from, error))?;
        }
    }
    changed.extend([old.to_owned(), new.to_owned()]);
    changed.iter().try_for_each(|folder| files::sync_folder(folder))
}
