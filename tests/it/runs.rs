//! What a `runs` folder holds, read from its files.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The segments of one run, in the order of their names. Beside each lies its ledger.
pub fn segments_of(run: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(run.join("segments")).into_iter().flatten().map(|file| file.unwrap().path());
    let mut found: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|ending| ending == "jsonl")).collect();
    found.sort();
    found
}

/// The segments of all runs of a folder; none where there is no folder.
pub fn segments(runs: &Path) -> Vec<PathBuf> {
    let mut runs: Vec<PathBuf> = fs::read_dir(runs).into_iter().flatten().map(|run| run.unwrap().path()).collect();
    runs.sort();
    runs.iter().flat_map(|run| segments_of(run)).collect()
}

/// The records of all runs of a folder.
pub fn records(runs: &Path) -> Vec<Value> {
    let text: String = segments(runs).iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Whether the tests of faults are to take every place of each, and not only some.
pub fn all_faults() -> bool {
    std::env::var_os("PROVOST_FAULTS").is_some_and(|value| value == "all" || value == "night")
}

/// Whether a whole night is there for them.
pub fn night_of_faults() -> bool {
    std::env::var_os("PROVOST_FAULTS").is_some_and(|value| value == "night")
}
