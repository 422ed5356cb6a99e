//! Notices that something below the directory changed. Which file, and how, is found by
//! looking: events of file systems differ too much to be believed.

use std::path::Path;

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};

/// Watches while it lives.
pub struct Watcher {
    _watcher: RecommendedWatcher,
}

impl Watcher {
    /// Calls `changed` after anything below `tree/`, `proposals/` or `decisions/` changed.
    /// `None` where the system offers no watching: then a conflict is noticed at the next
    /// decision.
    #[must_use]
    pub fn new(root: &Path, changed: impl Fn() + Send + 'static) -> Option<Self> {
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let reads_only = matches!(&event, Ok(event) if event.kind.is_access());
            if !reads_only {
                changed();
            }
        })
        .ok()?;
        watcher.watch(&root.join("provost.yaml"), RecursiveMode::NonRecursive).ok()?;
        for folder in ["tree", "proposals", "decisions"] {
            let folder = root.join(folder);
            if folder.is_dir() {
                watcher.watch(&folder, RecursiveMode::Recursive).ok()?;
            }
        }
        Some(Self { _watcher: watcher })
    }
}
