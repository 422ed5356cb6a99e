//! Notices that something below the directory changed. What changed is found by looking: events
//! of file systems differ too much to be believed. They are believed in one thing, so that a
//! decision does not cost a look at everything: where they name single files alone, no other
//! file changed.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
    /// Or why nothing can be watched.
    watcher: Result<RecommendedWatcher, String>,
    shared: Arc<Mutex<Shared>>,
    parts: Vec<Part>,
    /// Why those who change something may be somewhere where nothing is heard of it.
    far: Option<String>,
}

/// What the thread that listens writes down.
#[derive(Default)]
struct Shared {
    heard: Heard,
    /// Why some of it is not watched any more.
    lost: Option<String>,
}

/// A folder that is watched.
struct Part {
    folder: PathBuf,
    mode: RecursiveMode,
    /// The one that is watched, if one is.
    watched: Option<Identity>,
    /// Why the one that is there is not.
    refused: Option<String>,
}

/// Tells a folder from another that took its place.
type Identity = (u64, u64);

impl Watcher {
    /// Calls `changed` after anything changed below `tree/`, `proposals/`, `decisions/` or `documents/`, or
    /// directly in the directory, where the manifest is. What the system refuses is told by [`Watcher::deaf`].
    #[must_use]
    pub fn new(root: &Path, changed: impl Fn() + Send + 'static) -> Self {
        let shared = Arc::new(Mutex::new(Shared::default()));
        let hears = shared.clone();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let reads_only = matches!(&event, Ok(event) if event.kind.is_access() && !event.need_rescan());
            if !reads_only {
                hears.lock().unwrap_or_else(PoisonError::into_inner).hear(event);
                changed();
            }
        });
        Self::with(root, watcher.map_err(|error| reason(&error)), shared)
    }

    fn with(root: &Path, watcher: Result<RecommendedWatcher, String>, shared: Arc<Mutex<Shared>>) -> Self {
        let part = |folder: PathBuf, mode| Part { folder, mode, watched: None, refused: None };
        let mut parts = vec![part(root.to_owned(), RecursiveMode::NonRecursive)];
        parts.extend(FOLDERS.iter().map(|folder| part(root.join(folder), RecursiveMode::Recursive)));
        let mut watcher = Self { watcher, shared, parts, far: far(root) };
        watcher.renew();
        watcher
    }

    /// One that can watch nothing.
    #[cfg(test)]
    pub fn refused(root: &Path, why: &str) -> Self {
        Self::with(root, Err(why.to_owned()), Arc::default())
    }

    /// The same, whatever the file system.
    #[cfg(test)]
    pub fn on_this_machine(self) -> Self {
        Self { far: None, ..self }
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was heard since this was asked last. Call it before looking.
    pub fn heard(&self) -> Heard {
        std::mem::take(&mut self.shared().heard)
    }

    /// Why more may have changed than is heard of, where that is so.
    pub fn deaf(&self) -> Option<String> {
        let refused = self.watcher.as_ref().err().or_else(|| self.parts.iter().find_map(|part| part.refused.as_ref()));
        let why = refused.cloned().or_else(|| self.shared().lost.clone());
        why.map(|why| format!("not everything in this directory can be watched ({why})")).or_else(|| self.far.clone())
    }

    /// Watches folders that are new or were replaced. Call it after a change, before looking.
    pub fn renew(&mut self) {
        let Ok(watcher) = &mut self.watcher else { return };
        for Part { folder, mode, watched, refused } in &mut self.parts {
            let now = identity(folder);
            if now == *watched {
                continue;
            }
            let _ = watcher.unwatch(folder);
            let outcome = if now.is_some() { watcher.watch(folder, *mode) } else { Ok(()) };
            // One that went meanwhile is nothing to be watched.
            *refused = outcome.as_ref().err().filter(|_| identity(folder).is_some()).map(reason);
            *watched = now.filter(|_| outcome.is_ok());
        }
    }
}

impl Shared {
    fn hear(&mut self, event: notify::Result<notify::Event>) {
        if let Err(error) = &event
            && matches!(error.kind, notify::ErrorKind::MaxFilesWatch)
        {
            // Of a folder that came into being below a watched one.
            self.lost = Some(reason(error));
        }
        self.heard.hear(event);
    }
}

/// Why something is not watched, without the paths.
fn reason(error: &notify::Error) -> String {
    match &error.kind {
        notify::ErrorKind::MaxFilesWatch => "the system watches no more folders for you".to_owned(),
        notify::ErrorKind::Io(error) => error.to_string(),
        _ => error.to_string(),
    }
}

/// Why changes by others may be made where no system tells this one of them.
#[cfg(target_os = "linux")]
fn far(root: &Path) -> Option<String> {
    let kind = rustix::fs::statfs(root).ok()?.f_type as u32;
    far_kind(kind)
        .map(|name| format!("it is on a file system that does not tell of changes by other machines ({name})"))
}

#[cfg(not(target_os = "linux"))]
fn far(_: &Path) -> Option<String> {
    None
}

/// The numbers are those of statfs(2).
#[cfg(target_os = "linux")]
fn far_kind(kind: u32) -> Option<&'static str> {
    let name = match kind {
        0x6969 => "NFS",
        0x517b | 0xff53_4d42 | 0xfe53_4d42 => "SMB",
        0x5346_414f | 0x6b41_4653 => "AFS",
        0x0102_1997 => "9P",
        0x00c3_6400 => "Ceph",
        0x0bd0_0bd0 => "Lustre",
        0x4750_4653 => "GPFS",
        0x1983_0326 => "BeeGFS",
        0x786f_4256 => "a shared folder of VirtualBox",
        0x6573_5546 => "FUSE",
        _ => return None,
    };
    Some(name)
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
