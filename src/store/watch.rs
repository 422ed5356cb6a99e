//! Notices that something below the directory changed. What changed is found by looking: events
//! of file systems differ too much to be believed. They are believed in one thing, so that a
//! decision does not cost a look at everything: where they name single files alone, no other
//! file changed.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};

/// The folders whose whole content counts.
const FOLDERS: [&str; 4] = ["tree", "proposals", "decisions", "documents"];

/// More names than this are not kept: then everything is looked at.
const NAMES: usize = 1000;

/// What the system said since the last look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// These and no others may have changed.
    Names(HashSet<PathBuf>),
    /// Anything may have changed.
    Anything,
}

impl Default for Heard {
    fn default() -> Self {
        Self::Names(HashSet::new())
    }
}

impl Heard {
    fn hear(&mut self, event: notify::Result<notify::Event>) {
        match (&mut *self, event) {
            (Self::Names(names), Ok(event))
                if !event.need_rescan() && !event.paths.is_empty() && names.len() < NAMES =>
            {
                names.extend(event.paths);
            }
            _ => *self = Self::Anything,
        }
    }
}

/// Watches while it lives.
pub struct Watcher {
    watcher: RecommendedWatcher,
    heard: Arc<Mutex<Heard>>,
    folders: Vec<(PathBuf, Option<Identity>)>,
}

/// Tells a folder from another that took its place.
type Identity = (u64, u64);

impl Watcher {
    /// Calls `changed` after anything changed below `tree/`, `proposals/`, `decisions/` or `documents/`, or
    /// directly in the directory, where the manifest is. `None` where the system offers no
    /// watching: then a conflict is noticed at the next decision.
    #[must_use]
    pub fn new(root: &Path, changed: impl Fn() + Send + 'static) -> Option<Self> {
        let heard = Arc::new(Mutex::new(Heard::default()));
        let hears = heard.clone();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let reads_only = matches!(&event, Ok(event) if event.kind.is_access() && !event.need_rescan());
            if !reads_only {
                hears.lock().unwrap_or_else(PoisonError::into_inner).hear(event);
                changed();
            }
        })
        .ok()?;
        watcher.watch(root, RecursiveMode::NonRecursive).ok()?;
        let folders = FOLDERS.iter().map(|folder| (root.join(folder), None)).collect();
        let mut watcher = Self { watcher, heard, folders };
        watcher.renew();
        Some(watcher)
    }

    /// What was heard since this was asked last. Call it before looking.
    pub fn heard(&self) -> Heard {
        std::mem::take(&mut *self.heard.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Watches folders that are new or were replaced. Call it after a change, before looking.
    pub fn renew(&mut self) {
        for (folder, watched) in &mut self.folders {
            let now = identity(folder);
            if now != *watched {
                let _ = self.watcher.unwatch(folder);
                let done = now.is_some() && self.watcher.watch(folder, RecursiveMode::Recursive).is_ok();
                *watched = now.filter(|_| done);
            }
        }
    }
}

/// `None` where no folder is.
fn identity(folder: &Path) -> Option<Identity> {
    let meta = fs::symlink_metadata(folder).ok().filter(fs::Metadata::is_dir)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        Some((meta.dev(), meta.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = meta;
        Some((0, 0))
    }
}

#[cfg(test)]
mod tests;
