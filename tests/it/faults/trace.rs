//! The session under `strace`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::script::{DIR, SESSION, acks};

/// The calls that change files or wait for the disk, or that a new file needs. A question mark: where the machine has it.
const CALLS: [&str; 18] = [
    "write",
    "pwrite64",
    "writev",
    "fsync",
    "fdatasync",
    "sync_file_range",
    "rename",
    "renameat",
    "renameat2",
    "openat",
    "ftruncate",
    "unlink",
    "unlinkat",
    "rmdir",
    "mkdir",
    "mkdirat",
    "linkat",
    "flock",
];

/// Whether there is a working `strace`; if there is none, the test has nothing to do.
#[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
pub fn is_here() -> bool {
    let tried = Command::new("strace").args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=write", "true"]).status();
    let works = tried.is_ok_and(|status| status.success());
    if !works {
        eprintln!("skipped: strace is not there or may not trace here (install it to run this test)");
    }
    works
}

/// What `strace -e` takes for all of them.
pub fn expression() -> String {
    let calls: Vec<String> = CALLS.iter().map(|call| format!("?{call}")).collect();
    format!("trace={}", calls.join(","))
}

/// What makes `strace` fast, where it can be had: with it version 6.1 sends a signal at the first call or not at all.
pub fn filter(injected: Option<&str>) -> &'static [&'static str] {
    if injected.is_some_and(|injected| injected.contains("signal=")) { &[] } else { &["--seccomp-bpf"] }
}

/// Runs the session in `dir`. How it ended: `None` if it was killed.
pub fn session(dir: &Path, injected: Option<&str>, log: Option<&Path>) -> Option<i32> {
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-e", &expression()]).args(filter(injected));
    match log {
        Some(log) => command.args(["-xx", "-y", "-s", "10000000", "-o"]).arg(log),
        None => command.args(["-o", "/dev/null"]),
    };
    if let Some(injected) = injected {
        command.args(["-e", &format!("inject={injected}")]);
    }
    command.arg(std::env::current_exe().unwrap());
    command.args(SESSION);
    command.env(DIR, dir).env_remove("RUST_BACKTRACE").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().unwrap().code()
}

/// Runs the session in `dir` with what is injected into calls on one file alone. How it ended.
pub fn session_with_bad_file(dir: &Path, file: &Path, injected: &str) -> Option<i32> {
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-e", &expression(), "-o", "/dev/null", "-e", &format!("inject={injected}"), "-P"]);
    command.arg(file).arg(std::env::current_exe().unwrap()).args(SESSION);
    command.env(DIR, dir).env_remove("RUST_BACKTRACE").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().unwrap().code()
}

/// How often each call was made before the session began and until its end, by the thread that made most of them: `strace` counts
/// the calls of each thread by itself, and acts at the first that comes so far.
pub fn counts(dir: &Path) -> BTreeMap<String, (usize, usize)> {
    let log = dir.with_extension("strace");
    assert_eq!(session(dir, None, Some(&log)), Some(0), "the session runs where nothing goes wrong");
    let text = fs::read_to_string(&log).unwrap();
    let begin = hex(b"begin\n");
    let mut begun = false;
    let mut by_thread: BTreeMap<(&str, &str), (usize, usize)> = BTreeMap::new();
    for line in text.lines() {
        let Some((thread, call)) = call_of(line) else { continue };
        let count = by_thread.entry((call, thread)).or_default();
        count.1 += 1;
        if !begun {
            count.0 += 1;
        }
        begun |= line.contains(&begin);
    }
    assert!(begun, "{} has no beginning", acks(dir).display());
    most(by_thread)
}

/// The thread and the name of a call that begins in a line: the end of one that was interrupted stands on a line of its own.
pub fn call_of(line: &str) -> Option<(&str, &str)> {
    let (thread, rest) = line.split_once(' ')?;
    let (call, _) = rest.trim_start().split_once('(')?;
    call.starts_with(|c: char| c.is_ascii_lowercase()).then_some((thread, call))
}

/// Of each call, the most that one thread made, of both counts.
pub fn most(by_thread: BTreeMap<(&str, &str), (usize, usize)>) -> BTreeMap<String, (usize, usize)> {
    let mut most: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for ((call, _), counts) in by_thread {
        let known = most.entry(call.to_owned()).or_default();
        *known = (counts.0.max(known.0), counts.1.max(known.1));
    }
    most
}

/// Every call of the session: its name, and which of that name it is.
pub fn places(dir: &Path) -> Vec<(String, usize)> {
    let of = |(call, (before, all)): (String, (usize, usize))| (before + 1..=all).map(move |at| (call.clone(), at));
    counts(dir).into_iter().flat_map(of).collect()
}

/// Bytes as `strace -xx` writes them.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect()
}
