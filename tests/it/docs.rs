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

/// The documents at the top, and all pages.
fn documents() -> Vec<String> {
    let pages = fs::read_dir(root().join("docs")).unwrap().flatten().map(|entry| entry.file_name());
    let pages = pages.filter_map(|name| Some(format!("docs/{}", name.to_str().filter(|name| name.ends_with(".md"))?)));
    let top = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(str::to_owned);
    let all: Vec<String> = top.into_iter().chain(pages).collect();
    assert!(all.len() > 15);
    all
}

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

/// Whether a page has the heading that a link's `#place` means, as GitHub names it.
fn has_heading(page: &Path, place: &str) -> bool {
    let name = |heading: &str| {
        let kept = heading.trim().to_lowercase();
        kept.chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
            .collect::<String>()
            .replace(' ', "-")
    };
    place.is_empty()
        || fs::read_to_string(page)
            .unwrap()
            .lines()
            .any(|line| line.starts_with('#') && name(line.trim_start_matches('#')) == place)
}

#[test]
fn links_lead_somewhere() {
    for document in documents() {
        let text = read(&document);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let folder = Path::new(&document).parent().unwrap();
            let (path, place) = link.split_once('#').unwrap_or((link, ""));
            let path = if path.is_empty() { root().join(&document) } else { root().join(folder).join(path) };
            let there = link.starts_with("http") || path.exists() && has_heading(&path, place);
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
    for document in documents() {
        let text = read(&document);
        let blocks = text.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
        for line in blocks.flat_map(str::lines).filter(|line| line.starts_with("provost ")) {
            let words = shlex::split(line.split(" #").next().unwrap_or_default()).unwrap();
            // What the shell does with the output.
            let words = words
                .into_iter()
                .take_while(|word| !matches!(word.as_str(), ">" | ">>" | "|" | "||" | "&&" | "2>" | "&" | "<"));
            let arguments = words.map(|word| word.replace("syl_...", "syl_0000000000"));
            let parsed = provost::cli::parse(arguments.map(Into::into));
            assert!(parsed.is_ok(), "{document}: {line}: {}", parsed.err().unwrap());
        }
    }
}
