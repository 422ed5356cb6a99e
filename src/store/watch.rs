//! Notices that something below the directory changed. Which file, and how, is found by
//! looking: events of file systems differ too much to be believed.

use std::fs;
use std::path::{Path, PathBuf};

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};

/// The folders whose whole content counts.
const FOLDERS: [&str; 3] = ["tree", "proposals", "decisions"];

/// Watches while it lives.
pub struct Watcher {
    watcher: RecommendedWatcher,
    folders: Vec<(PathBuf, Option<Identity>)>,
}

/// Tells a folder from another that took its place.
type Identity = (u64, u64);

impl Watcher {
    /// Calls `changed` after anything changed below `tree/`, `proposals/` or `decisions/`, or
    /// directly in the directory, where the manifest is. `None` where the system offers no
    /// watching: then a conflict is noticed at the next decision.
    #[must_use]
    pub fn new(root: &Path, changed: impl Fn() + Send + 'static) -> Option<Self> {
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let reads_only = matches!(&event, Ok(event) if event.kind.is_access());
            if !reads_only {
                changed();
            }
        })
        .ok()?;
        watcher.watch(root, RecursiveMode::NonRecursive).ok()?;
        let folders = FOLDERS.iter().map(|folder| (root.join(folder), None)).collect();
        let mut watcher = Self { watcher, folders };
        watcher.renew();
        Some(watcher)
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
