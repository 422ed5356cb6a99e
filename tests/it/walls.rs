//! The walls of DESIGN.md section 4: which module may use which, no colour outside the theme, no
//! printing outside the commands, and how long a file may be.

use std::fs;
use std::path::{Path, PathBuf};

/// (module, other modules of ours it may use, crates it must not use)
const WALLS: &[(&str, &[&str], &[&str])] = &[
    (
        "taxonomy",
        &["hashing"],
        &["tokio", "reqwest", "ratatui", "crossterm", "jiff", "std::fs", "std::net", "std::time"],
    ),
    ("store", &["taxonomy", "disk", "hashing"], &["reqwest", "ratatui", "crossterm"]),
    ("llm", &["hashing"], &["ratatui", "crossterm", "std::fs", "std::env"]),
    ("asking", &["taxonomy", "store", "llm", "config", "homework"], &["ratatui", "crossterm", "std::env"]),
    ("import", &["taxonomy"], &["tokio", "reqwest", "ratatui", "crossterm", "std::fs"]),
    ("export", &["taxonomy", "import"], &["tokio", "reqwest", "ratatui", "crossterm", "std::fs"]),
    ("homework", &["taxonomy", "llm", "disk", "hashing"], &["ratatui", "crossterm", "std::env"]),
    ("app", &["taxonomy", "input", "homework"], &["tokio", "reqwest", "crossterm", "ratatui", "std::fs", "std::time"]),
    ("input", &["userfile"], &["tokio", "crossterm", "ratatui", "std::fs"]),
    ("ui", &["app", "theme", "input", "taxonomy", "homework"], &["tokio", "reqwest", "crossterm", "std::fs"]),
    ("theme", &["userfile"], &["tokio", "crossterm", "std::fs", "std::env"]),
    ("term", &["input", "theme"], &["reqwest"]),
    ("demo", &[], &["ratatui", "crossterm", "std::env"]),
    ("config", &["theme", "input", "userfile"], &["tokio", "reqwest", "ratatui", "crossterm"]),
    (
        "cli",
        &[
            "taxonomy", "store", "llm", "asking", "import", "export", "homework", "runtime", "config", "theme", "term",
            "input", "demo", "disk", "error", "userfile",
        ],
        &["crossterm"],
    ),
    (
        "error",
        &["asking", "config", "llm", "store", "taxonomy", "userfile"],
        &["tokio", "reqwest", "ratatui", "crossterm", "std::fs"],
    ),
    ("userfile", &[], &["tokio", "reqwest", "ratatui", "crossterm", "std::fs", "std::env"]),
    ("unseen", &[], &["tokio", "reqwest", "ratatui", "crossterm", "std::fs", "std::env"]),
    ("disk", &[], &["tokio", "reqwest", "ratatui", "crossterm", "std::env"]),
    ("hashing", &[], &["tokio", "reqwest", "ratatui", "crossterm", "std::fs", "std::env"]),
    ("plain", &[], &["tokio", "reqwest", "ratatui", "crossterm", "std::fs", "std::env"]),
];

fn source_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The file without its tests and comments: what the program is built from.
fn program(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let program = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let code = program.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.collect::<Vec<_>>().join("\n")
}

/// Whether the whole file is only there for tests.
fn is_test_file(path: &Path) -> bool {
    path.components().any(|part| matches!(part.as_os_str().to_str(), Some("tests" | "tests.rs" | "fixture.rs")))
}

#[test]
fn modules_keep_to_their_side_of_the_walls() {
    let mut breaches = Vec::new();
    for (module, may, never) in WALLS {
        let folder = source().join(module);
        let files = if folder.is_dir() { source_files(&folder) } else { vec![source().join(format!("{module}.rs"))] };
        for path in files.iter().filter(|path| !is_test_file(path)) {
            let text = program(path);
            for (number, line) in text.lines().enumerate() {
                let ours = line.split("crate::").skip(1).map(|rest| {
                    rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default().to_owned()
                });
                let reached = ours.filter(|name| is_module(name) && name != module && !may.contains(&name.as_str()));
                breaches.extend(reached.map(|name| format!("{}:{}: crate::{name}", path.display(), number + 1)));
                let foreign = never.iter().filter(|name| line.contains(&format!("{name}::")));
                breaches.extend(foreign.map(|name| format!("{}:{}: {name}", path.display(), number + 1)));
            }
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

fn is_module(name: &str) -> bool {
    source().join(name).is_dir() || ["disk", "error", "hashing", "runtime", "userfile"].contains(&name)
}

#[test]
fn colours_are_named_only_in_the_theme_and_printing_is_left_to_the_commands() {
    let mut breaches = Vec::new();
    for path in source_files(&source()).iter().filter(|path| !is_test_file(path)) {
        let below = path.strip_prefix(source()).unwrap().to_string_lossy().into_owned();
        let text = program(path);
        let colour = ["Color::", "Rgb("].iter().any(|word| text.contains(word));
        if colour && !below.starts_with("theme/") {
            breaches.push(format!("{below}: a colour"));
        }
        let prints = ["println!", "eprintln!", "print!(", "eprint!("].iter().any(|word| text.contains(word));
        if prints && !below.starts_with("cli/") && below != "main.rs" {
            breaches.push(format!("{below}: prints"));
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn files_stay_short() {
    let mut lengths: Vec<(usize, PathBuf)> = source_files(&source())
        .into_iter()
        .map(|path| (fs::read_to_string(&path).unwrap().lines().count(), path))
        .collect();
    lengths.sort();
    let long: Vec<_> = lengths.iter().filter(|(lines, _)| *lines > 600).collect();
    assert!(long.is_empty(), "{long:?}");
    let median = lengths[lengths.len() / 2].0;
    assert!(median <= 200, "the median is {median} lines");
}

/// Where the wall clock is read, and how often there. It jumps, so nothing that passes is measured by it: pauses, limits and
/// rates go by `Instant`. It is read for what a server says by its own `Date`, for moments in ids and files, and for how old a file
/// is. (Homework and commands write moments into records and reports; who waits there waits in `llm`.)
const WALL_CLOCK: &[(&str, usize)] = &[
    ("llm/gate.rs", 1),
    ("llm/server_error.rs", 1),
    ("store/clock.rs", 1),
    ("store/core.rs", 1),
    ("store/load.rs", 1),
    ("term/panic.rs", 1),
];

#[test]
fn nothing_that_passes_is_measured_by_the_wall_clock() {
    let reads = ["SystemTime::now", "Timestamp::now", "Zoned::now", "EPOCH.elapsed", "clock_gettime"];
    let files = source_files(&source()).into_iter().filter(|path| !is_test_file(path));
    let found = files.filter_map(|path| {
        let below = path.strip_prefix(source()).unwrap().to_string_lossy().into_owned();
        let text = program(&path);
        let count = reads.iter().map(|read| text.matches(read).count()).sum::<usize>();
        (count > 0 && !below.starts_with("homework/") && !below.starts_with("cli/")).then_some((below, count))
    });
    let found: Vec<(String, usize)> = found.collect();
    let known: Vec<(String, usize)> = WALL_CLOCK.iter().map(|(path, count)| ((*path).to_owned(), *count)).collect();
    assert_eq!(found, known, "a pause, a limit or a rate goes by `Instant`");
}
