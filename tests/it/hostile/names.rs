//! Names that would leave the directory, or that some system does not take: 2,000 of them, and what a log of somebody else says a file is called.

use std::collections::HashSet;
use std::fs;

use provost::taxonomy::{Facts, Kind, Op};

use super::corpus;
use crate::store::{Dir, accept, physics};

/// Names for which Windows has a device, whatever stands behind them.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$"];

fn names() -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let numbered =
        ["COM", "LPT"].iter().flat_map(|port| "0123456789¹²³".chars().map(move |number| format!("{port}{number}")));
    let devices: Vec<String> = DEVICES.iter().map(|name| (*name).to_owned()).chain(numbered).collect();
    for device in &devices {
        for end in ["", ".", " ", ". .", ".yaml", ".tar.gz", ":stream", "::$DATA", "/", "\\", "-", "_", "\u{200b}", "!"]
        {
            all.extend([
                format!("{device}{end}"),
                format!("{}{end}", device.to_uppercase()),
                format!(".{device}{end}"),
            ]);
        }
    }
    for up in [
        "..",
        "../..",
        "..\\..",
        "....//",
        ".. ",
        ". .",
        "%2e%2e",
        "..%2f",
        "\u{ff0e}\u{ff0e}",
        "\u{2025}",
        ".\u{200b}.",
        "\u{2024}\u{2024}",
        "~",
        "C:",
        "\\\\host\\share",
        "//host",
        "/",
        "file://",
    ] {
        for below in [
            "",
            "/x",
            "\\x",
            "/etc/passwd",
            "\u{2215}x",
            "\u{ff0f}x",
            "\u{29f5}x",
            "/.git/config",
            "/provost.yaml",
            "x",
        ] {
            all.extend([format!("{up}{below}"), format!("a/{up}{below}"), format!("{up}{below}\0")]);
        }
    }
    for git in [
        ".git",
        ".GIT",
        ".git ",
        ".git.",
        "git~1",
        ".g\u{200c}it",
        ".gi\u{307}t",
        ".gitattributes",
        ".gitmodules",
        ".provost",
        "provost.yaml",
        "tree",
        "decisions",
        ".DS_Store",
        "desktop.ini",
    ] {
        all.extend(["", "/", "\\", "::$INDEX_ALLOCATION", "/hooks/post-checkout"].map(|end| format!("{git}{end}")));
    }
    for letter in "äöüÅéñçø".chars() {
        use unicode_normalization::UnicodeNormalization as _;
        let word = format!("{letter}pfel {letter}");
        all.extend([
            word.clone(),
            word.nfd().collect(),
            word.to_uppercase(),
            word.nfkd().collect::<String>().to_uppercase(),
        ]);
    }
    for length in (1..320).step_by(3) {
        all.extend([
            format!("{}1", "x".repeat(length)),
            format!("{}2", "x".repeat(length)),
            "é".repeat(length),
            "量".repeat(length),
            ".".repeat(length),
            "-".repeat(length),
        ]);
    }
    for word in [
        "Straße",
        "STRASSE",
        "İstanbul",
        "istanbul",
        "ISTANBUL",
        "ﬁeld",
        "field",
        "FIELD",
        "K",
        "K",
        "Ω",
        "Ω",
        "ǅ",
        "x²",
        "x2",
    ] {
        all.extend(
            ["", " ", ".", "..", " .yaml", "/", "?", "*", "|", "\"", "<", ">", ":"].map(|end| format!("{word}{end}")),
        );
    }
    all.extend(corpus::ALL.iter().map(|text| text.chars().take(200).collect()));
    let mut seen = HashSet::new();
    all.retain(|name: &String| !name.trim().is_empty() && seen.insert(provost::taxonomy::text::normalise(name)));
    all
}

#[test]
fn names_stay_inside_by_the_rules_of_every_system() {
    let mut names = names();
    assert!(names.len() >= 1_000, "{} that are not the same name", names.len());
    if !crate::runs::all_faults() {
        names = names.into_iter().step_by(6).collect();
    }
    let dir = Dir::new();
    let mut store = dir.open("../../ana\u{1b}[2J");
    for some in names.chunks(200) {
        let nodes = some.iter().map(Facts::named).collect();
        store.submit(Op::Add { parent: None, kind: Kind::Field, nodes }).unwrap();
    }
    drop(store);
    let mut seen = HashSet::new();
    let files = dir.files("");
    for file in &files {
        for part in file.split('/').filter(|part| *part != ".provost") {
            let stem = part.split('.').next().unwrap_or_default();
            let plain = part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)) && part.len() <= 80;
            let ends = part.ends_with('.') || part.ends_with(' ');
            let device = DEVICES.contains(&stem)
                || (stem.len() == 4
                    && (stem.starts_with("com") || stem.starts_with("lpt"))
                    && stem.as_bytes()[3].is_ascii_digit());
            assert!(plain && !ends && !device, "{file}");
        }
        assert!(seen.insert(file.to_lowercase()), "{file} is there twice where case does not count");
    }
    let nodes = files.iter().filter(|file| file.starts_with("tree/")).count();
    assert_eq!(nodes, names.len());
    let outside: Vec<_> =
        fs::read_dir(dir.path.parent().unwrap()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(outside.len(), 1, "{outside:?}");
    // All of them come back whole.
    let snapshot = dir.open("ana").snapshot();
    assert!(snapshot.problems.is_empty(), "{:?}", snapshot.problems);
    let found: HashSet<String> = snapshot.tree.entries().map(|entry| entry.node.facts.name.raw().to_owned()).collect();
    assert_eq!(found, names.into_iter().collect());
}

#[test]
fn a_log_of_somebody_else_cannot_say_where_a_file_goes() {
    let all = [
        "../../evil",
        "..",
        "../../../../../../tmp/provost-evil",
        "a/b",
        "a\\b",
        "/tmp/provost-evil",
        "C:evil",
        "con",
        "x.yaml",
        ".git",
        "Optics",
        "optics ",
        "é",
        "a\u{0}b",
    ];
    for slug in all {
        let dir = Dir::new();
        let mut store = dir.open("bo");
        let nodes = physics(&mut store);
        nodes[..3].iter().for_each(|node| drop(store.submit(accept(&[*node])).unwrap()));
        drop(store);
        // The file is gone and the log says that it was called something else; the marker of what was written is gone too.
        let log = dir.files("decisions").remove(0);
        let text = dir.read(&log).replace("\"slug\":\"optics\"", &format!("\"slug\":{}", serde_json::json!(slug)));
        assert!(text.contains(&serde_json::json!(slug).to_string()));
        fs::write(dir.file(&log), text).unwrap();
        fs::remove_file(dir.file("tree/sciences/physics/optics.yaml")).unwrap();
        fs::remove_dir_all(dir.file(".provost")).unwrap();
        for curator in ["ana", "bo"] {
            let mut store = dir.open(curator);
            let problems = store.snapshot().problems.clone();
            assert!(
                problems.iter().any(|problem| problem.path == log && problem.line.is_some()),
                "{slug:?}: {problems:?}"
            );
            let _ = store.repair(false);
            for op in [Op::Undo(None), Op::Redo(None)] {
                let _ = store.submit(op);
            }
        }
        let outside: Vec<_> =
            fs::read_dir(dir.path.parent().unwrap()).unwrap().flatten().map(|entry| entry.file_name()).collect();
        assert_eq!(outside.len(), 1, "{slug:?}: {outside:?}");
        assert!(dir.files("").iter().all(|file| !file.contains("evil")), "{slug:?}: {:?}", dir.files(""));
        assert!(!std::path::Path::new("/tmp/provost-evil.yaml").exists());
    }
}

/// Git runs nothing that a directory from somewhere else names.
#[test]
#[cfg(unix)]
fn git_in_a_foreign_directory_runs_nothing() {
    let place = crate::cli::Place::with_sample();
    let git = |arguments: &[&str]| {
        let mut git = std::process::Command::new("git");
        let done = git.args(arguments).current_dir(place.path("t")).env("HOME", place.path("home")).output();
        done.is_ok_and(|output| output.status.success())
    };
    if !git(&["init", "-q"]) {
        eprintln!("skipped: there is no git");
        return;
    }
    let pwned = place.path("pwned");
    let script = place.write("t/script.sh", format!("#!/bin/sh\ntouch {}\n", pwned.display()));
    std::process::Command::new("chmod").arg("+x").arg(&script).status().unwrap();
    let run = script.to_str().unwrap();
    for key in [
        "core.fsmonitor",
        "core.editor",
        "core.pager",
        "core.sshCommand",
        "core.askPass",
        "diff.external",
        "alias.config",
        "sequence.editor",
        "credential.helper",
    ] {
        assert!(git(&["config", key, run]), "{key}");
    }
    for hook in ["post-checkout", "pre-commit", "post-index-change", "reference-transaction", "fsmonitor-watchman"] {
        fs::copy(&script, place.path("t/.git/hooks").join(hook)).unwrap();
    }
    fs::write(place.path("t/.gitattributes"), "* filter=x diff=x\n").unwrap();
    for command in ["tree", "check", "log", "add / Law", "undo", "stats", "doctor", "fmt", "export-tree"] {
        let mut provost = place.command(&command.split(' ').collect::<Vec<_>>());
        // Nobody says who decides, so git is asked.
        provost.current_dir(place.path("t")).env_remove("USER").output().unwrap();
        assert!(!pwned.exists(), "{command} ran something");
    }
}
