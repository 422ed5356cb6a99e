use std::fs;

use super::super::Arguments;
use super::*;

struct Folder {
    dir: tempfile::TempDir,
}

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(dir.path().join(name), text).unwrap();
        }
        Self { dir }
    }

    fn variable(&self, name: &str) -> Option<String> {
        match name {
            "PROVOST_CONFIG_HOME" => Some(self.dir.path().display().to_string()),
            "SET_KEY" => Some("sk-very-secret".to_owned()),
            _ => None,
        }
    }

    fn load(&self) -> (Config, Paths) {
        let variable = |name: &str| self.variable(name);
        let paths = Paths::find(&variable).unwrap();
        let config = Config::load(&Arguments::default(), &variable, &paths).unwrap();
        (config, paths)
    }

    fn findings(&self) -> Vec<Finding> {
        let (config, paths) = self.load();
        check(&config, &|name| self.variable(name), &paths)
    }
}

const PROFILE: &str =
    "profiles:\n  \"a b\":\n    base_url: https://me:pw@host/v1?key=x\n    key_env: SET_KEY\n    model: m\n";

#[test]
fn printing_shows_each_layer_and_never_a_secret() {
    let folder = Folder::new(&[("config.yaml", &format!("curator: \"Ada \\e[2J\"\n{PROFILE}"))]);
    let printed = print(&folder.load().0);
    assert!(printed.contains("theme: auto  # default"), "{printed}");
    assert!(printed.contains("curator: \"Ada \\U0000001B[2J\"  # config file"), "{printed}");
    assert!(printed.contains("base_urls: [\"https://host/v1\"]"), "{printed}");
    assert!(printed.contains("key_env: SET_KEY"), "{printed}");
    // The path of the file, in the first line, is any letters.
    let (_, printed) = printed.split_once('\n').unwrap();
    for secret in ["very-secret", "pw", "key=x", "\u{1b}"] {
        assert!(!printed.contains(secret), "{secret:?} in {printed}");
    }
}

#[test]
fn what_is_printed_can_be_read_back() {
    let rest = "    key_header: api-key\n    allow_plain_key: true\n    structuring: two-rounds\n    max_in_flight: 3\n    \
                timeouts: {connect_seconds: 0.5, total_seconds: 90}\noutside: {title: false, notify: 'off'}\n\
                budget: {usd: 1.5, items: 10}\n";
    let folder = Folder::new(&[("config.yaml", &format!("curator: Ada\neditor: 'a \"b\"'\n{PROFILE}{rest}"))]);
    let (config, _) = folder.load();
    let again = Folder::new(&[("config.yaml", &print(&config))]);
    let (read_back, _) = again.load();
    assert_eq!(read_back.curator.value, config.curator.value);
    assert_eq!(read_back.editor.value, config.editor.value);
    assert_eq!(read_back.outside, config.outside);
    assert_eq!(read_back.budget, config.budget);
    let without_secrets = vec!["https://host/v1".to_owned()];
    let wanted = Profile { base_urls: without_secrets, ..config.profiles["a b"].clone() };
    assert_eq!(read_back.profiles["a b"], wanted);
}

#[test]
fn a_sound_configuration_has_no_findings() {
    let folder = Folder::new(&[("config.yaml", PROFILE), ("keymap.yaml", "curate: {accept: y}")]);
    assert_eq!(folder.findings(), []);
}

#[test]
fn every_broken_part_is_found_at_once() {
    let folder = Folder::new(&[
        (
            "config.yaml",
            "theme: drak\ndefault_profile: b\nprofiles: {a: {base_url: 'http://a/v1', key_env: UNSET_KEY}}\n",
        ),
        ("keymap.yaml", "curate: {acept: y}"),
    ]);
    let findings = folder.findings();
    for part in ["drak", "`acept`", "UNSET_KEY", "no profile `b`"] {
        let found = findings.iter().any(|finding| finding.serious && finding.text.contains(part));
        assert!(found, "{part}: {findings:#?}");
    }
}

#[test]
fn having_no_model_is_only_a_remark() {
    let findings = Folder::new(&[]).findings();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert!(!findings[0].serious);
}
