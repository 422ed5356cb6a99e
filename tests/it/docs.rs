//! What the documents say is true of the project.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

const DOCUMENTS: [&str; 5] = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/curate.md"];

#[test]
fn every_direct_dependency_has_its_reason_in_the_architecture() {
    let manifest = read("Cargo.toml");
    let mut inside = false;
    let mut wanted = BTreeSet::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.contains("dependencies]");
        } else if inside && let Some((name, _)) = line.split_once(" = ") {
            wanted.insert(name.trim().to_owned());
        }
    }
    assert!(wanted.len() > 30, "{wanted:?}");
    let architecture = read("ARCHITECTURE.md");
    let table = architecture.split("## Dependencies").nth(1).unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let named: BTreeSet<String> =
        rows.flat_map(|cell| cell.split([',', '(', ')', ' '])).map(|name| name.trim().to_owned()).collect();
    let missing: Vec<_> = wanted.difference(&named).collect();
    assert!(missing.is_empty(), "without a reason: {missing:?}");
}

#[test]
fn every_module_is_on_the_map() {
    let architecture = read("ARCHITECTURE.md");
    for entry in fs::read_dir(root().join("src")).unwrap().flatten() {
        let name = entry.path().file_stem().unwrap().to_string_lossy().into_owned();
        if !["lib", "main"].contains(&name.as_str()) {
            assert!(architecture.contains(&format!("`{name}`")), "{name} is not in ARCHITECTURE.md");
        }
    }
}

#[test]
fn links_lead_somewhere() {
    for document in DOCUMENTS {
        let text = read(document);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let there = link.starts_with("http") || root().join(link.split('#').next().unwrap()).exists();
            assert!(there, "{document}: {link}");
        }
        for path in text.split('`').filter(|text| text.starts_with("src/") || text.starts_with("tests/")) {
            let plain = path.trim_end_matches("/*.yaml");
            assert!(root().join(plain).exists(), "{document}: {path}");
        }
    }
}

#[test]
fn every_command_in_the_documents_is_one() {
    for document in DOCUMENTS {
        let text = read(document);
        let blocks = text.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
        for line in blocks.flat_map(str::lines).filter(|line| line.starts_with("provost ")) {
            let words = shlex::split(line.split(" #").next().unwrap_or_default()).unwrap();
            let arguments = words.into_iter().map(|word| word.replace("syl_...", "syl_0000000000"));
            let parsed = provost::cli::parse(arguments.map(Into::into));
            assert!(parsed.is_ok(), "{document}: {line}: {}", parsed.err().unwrap());
        }
    }
}
