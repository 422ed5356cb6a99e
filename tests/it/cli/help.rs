//! The command surface itself: every `--help` is under snapshot, so that no option changes unnoticed.

use super::Place;

/// Every command with its own help.
const COMMANDS: &[&str] = &[
    "init",
    "import",
    "tree",
    "show",
    "diff",
    "similar",
    "propose",
    "proposals",
    "decide",
    "add",
    "edit",
    "move",
    "merge",
    "split",
    "deprecate",
    "restore",
    "undo",
    "redo",
    "log",
    "stats",
    "report",
    "plant",
    "check",
    "fmt",
    "plan",
    "generate",
    "batch",
    "runs",
    "status",
    "verify",
    "retry",
    "cluster",
    "items",
    "sample",
    "verdict",
    "export",
    "export-tree",
    "demo",
    "tutor",
    "serve-demo",
    "doctor",
    "config",
    "keys",
    "themes",
    "completions",
    "man",
];

#[test]
fn help_of_provost() {
    let said = Place::new().run(&["--help"]).succeeds();
    insta::assert_snapshot!("provost", said.out);
    let listed = said.out.lines().filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next());
    let listed: Vec<&str> = listed.filter(|name| COMMANDS.contains(name)).collect();
    for command in COMMANDS {
        assert!(listed.contains(command), "{command} is not in the list");
    }
}

#[test]
fn help_of_every_command_has_examples_and_exit_codes() {
    let place = Place::new();
    for command in COMMANDS {
        let said = place.run(&[command, "--help"]).succeeds();
        assert!(said.out.contains("Examples:\n") && said.out.contains("Exit codes: 0 "), "{command}");
        assert!(said.out.contains("--as <NAME>"), "an option of {command} hides who decides");
        insta::assert_snapshot!(*command, said.out);
    }
}

#[test]
fn the_version_is_the_packages() {
    let said = Place::new().run(&["--version"]).succeeds();
    assert_eq!(said.out, format!("provost {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn completions_and_manual_pages_are_printed() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(place.run(&["completions", shell]).succeeds().out.contains("serve-demo"), "{shell}");
    }
    let page = place.run(&["man", "decide"]).succeeds().out;
    assert!(page.contains(".TH provost-decide") && page.contains("wrong_parent"), "{page}");
    place.run(&["man", "nonsense"]).refuses("There is no command");
}

#[test]
fn a_wrong_option_is_bad_input_and_is_quoted_visibly() {
    let said = Place::new().run(&["tree", "--d\u{202e}epth\u{1b}[2J"]).ends(2).hides_nothing();
    assert!(said.err.contains("⟨U+202E⟩"), "{}", said.err);
}

#[test]
fn without_a_terminal_the_curator_says_what_to_use_instead() {
    let place = Place::with_taxonomy();
    place.run(&[]).refuses("needs a terminal");
    let said = place.on(&[]).refuses("needs a terminal");
    assert!(said.err.contains("provost tree"), "{}", said.err);
    let said = place.run(&["demo"]).refuses("needs a terminal");
    assert!(said.err.contains("demo --headless"), "{}", said.err);
}
