//! `provost review --plain`: the keys of the screen, as lines.

use std::io::Write as _;
use std::process::Stdio;

use super::{Place, Said};

/// Types `keys`, one a line, into a review of the sample.
fn review(place: &Place, arguments: &[&str], keys: &[&str]) -> Said {
    let mut command = place.command(&[&["-C", "t", "review", "--plain"], arguments].concat());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let text: String = keys.iter().map(|key| format!("{key}\n")).collect();
    // Whoever leaves early does not read the rest.
    let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
    Said::of(child.wait_with_output().unwrap()).hides_nothing()
}

#[test]
fn keys_decide_one_proposal_after_the_other() {
    let place = Place::with_sample();
    let before = place.proposals(&["--kind", "subject", "--order", "tree"]);
    let name = |at: usize| before[at]["name"].as_str().unwrap();
    let said = review(&place, &["--kind", "subject"], &["a", "6", "s", "9", "taught elsewhere", "q"]).succeeds();
    assert!(said.out.contains(&format!("subject: {}, pending\n", name(0))), "{}", said.out);
    assert!(said.out.ends_with("left.\n") && said.out.contains("4 decided."), "{}", said.out);
    let log = place.on(&["log", "-n", "4"]).succeeds().out;
    for (at, verb) in [(0, "accepted"), (1, "rejected"), (2, "deferred"), (3, "taught elsewhere")] {
        let line = log.lines().find(|line| line.contains(name(at))).unwrap_or_else(|| panic!("{}:\n{log}", name(at)));
        assert!(line.contains(verb) || verb == "deferred", "{line}");
    }
    let open = place.proposals(&["--kind", "subject", "--state", "pending"]).len();
    assert_eq!(open, before.iter().filter(|line| line["state"] == "pending").count() - 4);
}

#[test]
fn undo_comes_back_to_what_was_decided_and_moving_decides_nothing() {
    let place = Place::with_sample();
    let names: Vec<String> = place
        .proposals(&["--kind", "subject", "--order", "tree"])
        .iter()
        .map(|line| line["name"].as_str().unwrap().to_owned())
        .collect();
    let said = review(&place, &["--kind", "subject"], &["]", "[", "a", "u", "", "q"]).succeeds();
    let shown: Vec<&str> =
        said.out.lines().filter_map(|line| line.strip_prefix("subject: ")?.split(',').next()).collect();
    assert_eq!(shown, [&names[0], &names[1], &names[0], &names[1], &names[0], &names[0]], "{}", said.out);
    assert!(said.out.contains("0 decided."), "{}", said.out);
}

#[test]
fn what_is_no_key_and_what_is_refused_is_said_and_decides_nothing() {
    let place = Place::with_sample();
    let keys = ["yes", "m 9", "p", "nowhere at all", "z R", "\u{1b}[2J\u{202e}", "?"];
    let said = review(&place, &["--kind", "subject"], &keys).succeeds();
    for words in
        ["is no key here", "There is no neighbour 9", "no accepted node", "needs the screen", "a: Accept", "0 decided"]
    {
        assert!(said.out.contains(words), "{words}: {}", said.out);
    }
}

#[test]
fn an_edit_is_typed_and_what_is_left_empty_stays() {
    let place = Place::with_sample();
    let said = review(&place, &["--kind", "subject"], &["e", "Spectra of Molecules", "", "", "q"]).succeeds();
    assert!(said.out.contains("name ["), "{}", said.out);
    let tree = place.on(&["tree"]).succeeds().out;
    assert!(tree.contains("Spectra of Molecules"), "{tree}");
}

#[test]
fn a_branch_is_reviewed_to_its_end() {
    let place = Place::with_sample();
    let many = vec!["1"; 60];
    let said = review(&place, &["--under", "natural-sciences/physics"], &many).succeeds();
    assert!(said.out.ends_with("Nothing is left to decide here.\n"), "{}", said.out);
    assert!(place.proposals(&["--under", "natural-sciences/physics", "--state", "pending"]).is_empty());
    assert!(!place.proposals(&[]).is_empty(), "only there");
}

#[test]
fn keys_of_ones_own_count() {
    let place = Place::with_sample();
    let keymap = place.write("keys.yaml", "curate:\n  accept: y\n");
    let config = place.write("config.yaml", format!("keymap: {}\n", keymap.display()));
    let config = config.display().to_string();
    let said = review(&place, &["--config", &config], &["y", "a"]).succeeds();
    assert!(said.out.contains("1 decided.") && said.out.contains("\"a\" is no key here"), "{}", said.out);
}

#[test]
fn without_plain_it_is_the_screen() {
    let place = Place::with_sample();
    place.on(&["review"]).refuses("needs a terminal");
}
