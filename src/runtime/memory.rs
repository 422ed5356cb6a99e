//! Where the screen's memory of a taxonomy is: one small file a directory, in the user's state folder.

use std::fs;

use std::path::{Path, PathBuf};

use crate::config::Paths;
use crate::disk;

/// More of them than anybody has taxonomies: the oldest go.
const MOST: usize = 200;

/// The file of one taxonomy directory.
#[derive(Debug, Clone)]
pub struct Memory {
    file: PathBuf,
    /// What is in it.
    text: String,
}

impl Memory {
    /// What was kept of a directory; empty where nothing was, or it cannot be read.
    #[must_use]
    pub fn of(dir: &Path, paths: &Paths) -> Self {
        let dir = fs::canonicalize(dir).unwrap_or_else(|_| dir.to_owned());
        let name = blake3::hash(dir.as_os_str().as_encoded_bytes()).to_hex();
        let file = paths.state_dir.join("screens").join(format!("{}.json", &name[..20]));
        let text = fs::read_to_string(&file).unwrap_or_default();
        Self { file, text }
    }

    /// What was kept.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Keeps another text, as a whole or not at all. Failing costs nothing but the memory.
    pub fn keep(&mut self, text: String) {
        if text == self.text {
            return;
        }
        let Some(folder) = self.file.parent() else { return };
        let written = fs::create_dir_all(folder).and_then(|()| disk::put(&self.file, text.as_bytes()));
        if written.is_ok() {
            self.text = text;
            forget_the_oldest(folder);
        }
    }
}

fn forget_the_oldest(folder: &Path) {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<_> =
        files.filter_map(|file| Some((file.metadata().ok()?.modified().ok()?, file.path()))).collect();
    if files.len() > MOST {
        files.sort();
        for (_, path) in &files[..files.len() - MOST] {
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_there_the_next_time_and_for_that_directory_only() {
        let place = tempfile::tempdir().unwrap();
        let home = place.path().display().to_string();
        let mut paths = Paths::find(&|name| (name == "PROVOST_CONFIG_HOME").then(|| home.clone())).unwrap();
        paths.state_dir = place.path().join("state");
        let mut memory = Memory::of(place.path(), &paths);
        assert_eq!(memory.text(), "");
        memory.keep("one".into());
        memory.keep("two".into());
        assert_eq!(Memory::of(place.path(), &paths).text(), "two");
        assert_eq!(Memory::of(&place.path().join("elsewhere"), &paths).text(), "");
        let folder = memory.file.parent().unwrap().to_owned();
        for at in 0..MOST + 5 {
            fs::write(folder.join(format!("{at}.json")), "x").unwrap();
        }
        memory.keep("three".into());
        assert_eq!(fs::read_dir(&folder).unwrap().count(), MOST);
    }
}
