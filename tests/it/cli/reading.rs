//! What commands print about the sample taxonomy, for people and for scripts.

use super::Place;

#[test]
fn the_tree_of_the_sample() {
    let place = Place::with_sample();
    insta::assert_snapshot!(place.on(&["tree", "natural-sciences", "--pending", "--depth", "2"]).succeeds().out);
    let lines = place.on(&["tree", "--json"]).succeeds().lines();
    assert!(lines.iter().all(|line| line["state"] == "accepted" && line["path"].is_string()));
    let roots: Vec<_> = lines.iter().filter(|line| line["depth"] == 0).map(|line| line["path"].clone()).collect();
    assert_eq!(roots, ["formal-sciences", "natural-sciences", "skilled-trades"]);
    let with_pending = place.on(&["tree", "--json", "--pending"]).succeeds().lines();
    assert!(with_pending.iter().any(|line| line["state"] == "pending"));
}

#[test]
fn a_subject_whole_with_its_history() {
    let place = Place::with_sample();
    insta::assert_snapshot!(place.steady(&place.on(&["show", "physics/optics"]).succeeds().out));
    let shown = place.on(&["show", "physics/optics", "--json"]).succeeds().lines();
    let document = &shown[0];
    assert_eq!(document["node"]["name"], "Optics");
    assert_eq!(document["names"][0], "Natural Sciences");
    assert!(document["history"].as_array().unwrap().iter().any(|event| event["op"] == "accept"));
    let yaml = place.on(&["show", "physics/optics", "--yaml"]).succeeds().out;
    assert_eq!(yaml, place.read("t/tree/natural-sciences/physics/optics.yaml"));
}

#[test]
fn the_pending_proposals_with_what_checks_found() {
    let place = Place::with_sample();
    insta::assert_snapshot!(place.on(&["proposals", "--under", "natural-sciences"]).succeeds().out);
    let all = place.proposals(&[]);
    let under = place.proposals(&["--under", "natural-sciences"]);
    assert!(!under.is_empty() && under.len() < all.len());
    assert!(all.iter().any(|line| line["findings"][0]["code"] == "vague-name"));
    assert!(place.proposals(&["--kind", "syllabus"]).iter().all(|line| line["sessions"].as_u64() > Some(0)));
}

#[test]
fn check_names_file_and_line_and_fails_on_findings() {
    let place = Place::with_sample();
    let said = place.on(&["check"]).ends(1);
    assert!(
        said.out.contains("\"Miscellaneous Topics in Biology\" reads like a catch-all. [vague-name]"),
        "{}",
        said.out
    );
    assert!(said.err.contains("1 finding.") && !said.err.contains("problem"), "{}", said.err);
    let clean = Place::with_taxonomy();
    assert_eq!(clean.on(&["check"]).succeeds().out, "Nothing was found.\n");
    assert_eq!(clean.on(&["check", "--json"]).succeeds().out, "");
}

#[test]
fn fmt_rewrites_what_is_not_canonical_and_nothing_else() {
    let place = Place::with_sample();
    place.on(&["fmt", "--check"]).succeeds();
    let file = "t/tree/natural-sciences/physics/optics.yaml";
    let canonical = place.read(file);
    place.write(file, canonical.replace("\n\n", "\n"));
    let said = place.on(&["fmt", "--check"]).ends(1);
    assert_eq!(said.out, "tree/natural-sciences/physics/optics.yaml\n");
    place.on(&["fmt"]).succeeds();
    assert_eq!(place.read(file), canonical);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = Place::with_sample();
    let mut child = place
        .command(&["-C", "t", "tree", "--json"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_directory_is_found_from_below() {
    let place = Place::with_sample();
    let below = place.path("t/tree/natural-sciences");
    let output = place.command(&["tree", "--depth", "1"]).current_dir(below).output().unwrap();
    assert!(super::Said::of(output).succeeds().out.contains("Skilled Trades"));
}

#[test]
fn doctor_keys_themes_and_config_work_without_any_configuration() {
    let place = Place::with_sample();
    let said = place.on(&["doctor"]).succeeds();
    assert!(said.out.contains("No model is configured") && said.out.contains("pending"), "{}", said.out);
    assert!(place.run(&["keys", "curate"]).succeeds().out.contains("reject-duplicate"));
    assert!(place.run(&["keys", "--json"]).succeeds().lines().iter().any(|line| line["action"] == "accept"));
    assert!(place.run(&["themes"]).succeeds().out.contains("dark"));
    let path = place.run(&["config", "path"]).succeeds().out;
    assert_eq!(place.steady(path.trim()), "<folder>/home/.config/provost/config.yaml");
    place.run(&["config", "check"]).succeeds();
    place.write("home/.config/provost/config.yaml", "theme: dark\nprofils: {}\n");
    let said = place.run(&["config", "check"]).ends(42);
    assert!(said.err.contains("config.yaml:2"), "{}", said.err);
    place.on(&["tree"]).succeeds();
}

#[test]
fn no_key_is_ever_printed() {
    let place = Place::new();
    for arguments in [&["config", "print"][..], &["config", "check"], &["doctor"], &["doctor", "--json"]] {
        let mut command = place.command(arguments);
        let output = command.env("OPENAI_API_KEY", "sk-very-secret").output().unwrap();
        let said = super::Said::of(output).succeeds();
        assert!(said.out.contains("OPENAI_API_KEY") || arguments == ["config", "check"], "{}", said.out);
        assert!(!said.out.contains("very-secret") && !said.err.contains("very-secret"));
    }
}

#[test]
fn the_help_of_each_listing_names_every_key_that_it_prints() {
    let place = Place::with_sample();
    let documents = [
        ("tree", &["--pending"][..]),
        ("proposals", &["--state", "all"]),
        ("plan", &["--count", "5"]),
        ("check", &[]),
        ("keys", &[]),
        ("doctor", &[]),
    ];
    for (command, arguments) in documents {
        let help = place.run(&[command, "--help"]).succeeds().out;
        let said = place.on(&[&[command, "--json"], arguments].concat());
        let lines = said.lines();
        assert!(!lines.is_empty(), "{command}: {}", said.err);
        for key in lines.iter().flat_map(|line| line.as_object().unwrap().keys()) {
            let named = help.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == key);
            assert!(named, "{command} --json prints {key}, which its help does not name");
        }
    }
}
