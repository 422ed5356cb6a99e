//! A panic, wherever it is: the terminal is given back, what was decided is there, the message says what happened and where the log is.

use std::os::unix::fs::PermissionsExt as _;

use provost::store::{OpenOptions, Store};

use super::{Pty, demo_with};

/// The places, the keys that lead there, and how the program ends: as Rust's programs do that panic. 1 is how a signal is told here.
const PLACES: &[(&str, &str, u32)] = &[
    ("frame", "j", 101),
    ("key", "j", 101),
    // On threads of the runtime the loop has to be told: a task, a thread whose end somebody waits for and takes for an answer, the store.
    ("task", "]a", 101),
    ("thread", "gd", 101),
    ("store", "]a", 101),
    ("drop", "q", 101),
    // The second one is in a drop while the first one unwinds; that aborts.
    ("frame,drop", "j", 1),
];

#[test]
fn a_panic_leaves_the_terminal_the_decisions_and_a_log() {
    if !cfg!(debug_assertions) {
        println!("release builds have no panics on request");
        return;
    }
    for (places, keys, code) in PLACES {
        let temp = tempfile::tempdir().unwrap();
        let (into, now) = (temp.path().join("demo"), temp.path().join("now"));
        let wanted = format!("{places}@{}", now.display());
        let mut pty = demo_with(&into, &[("PROVOST_PANIC", &wanted)], (120, 40));
        pty.sees("Formal Sciences");
        pty.press("/ecology\r");
        pty.sees("Ecology");
        pty.press("a");
        pty.sees("last: accepted");
        let before = accepted(&into, true);
        std::fs::write(&now, "").unwrap();
        pty.press(keys);
        assert_eq!(pty.ends(), *code, "{places}: {}", pty.contents());
        pty.is_restored();
        pty.is_cooked();
        let place = places.split(',').next().unwrap();
        let said = format!("stopped because of a bug: planted in {place}, with ⟨U+001B⟩[2J in it");
        pty.sees(&said);
        let told = pty.contents().replace('\n', "");
        assert!(told.contains("What was decided so far is on disk."), "{places}: {told}");
        let log = pty.home.path().join(".local/state/provost/provost.log");
        assert!(told.contains(&format!("The log is in {}", log.display())), "{places}: {told}");
        let kept = std::fs::read_to_string(&log).unwrap();
        assert!(kept.contains(&said["stopped".len()..].replace(" because of a bug: ", "")), "{places}: {kept}");
        assert_eq!(std::fs::metadata(&log).unwrap().permissions().mode() & 0o077, 0, "{places}");
        // Nothing is drawn after the end.
        let raw = String::from_utf8_lossy(&pty.raw.lock().unwrap()).into_owned();
        let (_, after) = raw.rsplit_once("stopped because of a bug").unwrap();
        assert!(!after.contains("\u{1b}["), "{places}: {after:?}");
        // What the store did is there, whole, and its lock is free.
        let after = accepted(&into, false);
        assert_eq!(after - before, usize::from(keys.contains('a')), "{places}");
    }
}

/// How many nodes are accepted; `beside`: while another one holds the directory.
fn accepted(dir: &std::path::Path, beside: bool) -> usize {
    let store = Store::open(dir, OpenOptions { curator: "ana".into(), read_only: beside }).unwrap();
    assert_eq!(store.is_read_only().is_some(), beside);
    let snapshot = store.snapshot();
    assert!(snapshot.problems.is_empty(), "{:?}", snapshot.problems);
    snapshot.tree.len()
}

#[test]
fn a_log_that_cannot_be_written_is_said() {
    if !cfg!(debug_assertions) {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    std::fs::write(temp.path().join("state"), "a file").unwrap();
    std::fs::write(temp.path().join("now"), "").unwrap();
    let state = temp.path().join("state").display().to_string();
    let wanted = format!("frame@{}", temp.path().join("now").display());
    let environment = [("PROVOST_PANIC", wanted.as_str()), ("XDG_STATE_HOME", &state)];
    let mut pty: Pty = demo_with(&temp.path().join("demo"), &environment, (120, 40));
    assert_eq!(pty.ends(), 101);
    pty.sees("cannot be written");
    pty.is_restored();
    pty.is_cooked();
}
