//! Decisions and changes by hand: what a key can decide, a command can decide.

use super::Place;

const TABLE: &str = "field,discipline,subject\nSciences,Physics,Optics\nSciences,Physics,Acoustics\nSciences,Physics,Optics II\nSciences,Botany,\n";

fn physics() -> Place {
    let place = Place::with_taxonomy();
    place.write("t.csv", TABLE);
    place.on(&["import", "t.csv"]).succeeds();
    place.on(&["decide", "sciences", "sciences/physics", "--accept"]).succeeds();
    place
}

#[test]
fn parents_are_accepted_before_children_whatever_the_order() {
    let place = Place::with_taxonomy();
    place.write("t.csv", TABLE);
    place.on(&["import", "t.csv"]).succeeds();
    let optics = place.proposal("Optics");
    let said = place.on(&["decide", &optics, "--accept"]).refuses("hangs under \"Physics\", which is not accepted yet");
    assert!(said.err.contains("hint: accept \"Physics\" first"), "{}", said.err);
    let said = place.on(&["decide", &optics, "physics", "sciences", "--accept"]).succeeds();
    insta::assert_snapshot!(place.steady(&said.out), @r#"accepted "Sciences" and 2 more (EVT-)"#);
    assert!(place.path("t/tree/sciences/physics/optics.yaml").is_file());
}

#[test]
fn every_decision_is_one_event_and_shows_in_the_history() {
    let place = physics();
    place.on(&["decide", "optics", "--accept"]).succeeds();
    place.on(&["decide", "optics-ii", "--reject", "duplicate", "--of", "physics/optics"]).succeeds();
    place.on(&["decide", "acoustics", "--defer"]).succeeds();
    place.on(&["decide", "acoustics", "--flag=is this physics?"]).succeeds();
    place.on(&["decide", "botany", "--reject", "other:taught elsewhere"]).succeeds();
    let log = place.on(&["log", "--json"]).succeeds().lines();
    let said: Vec<_> = log.iter().rev().map(|line| line["summary"].as_str().unwrap()).collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    accepted "Sciences" and 1 more
    accepted "Optics"
    rejected "Optics II" as duplicate
    deferred "Acoustics"
    flagged "Acoustics": is this physics?
    rejected "Botany" as own words: taught elsewhere
    "#);
    assert!(log.iter().all(|line| line["by"] == "ana" && line["undone"] == false));
    let states: Vec<String> = place
        .proposals(&["--state", "all", "--kind", "subject"])
        .iter()
        .map(|line| format!("{} {} {}", line["name"], line["state"], line["flagged"]))
        .collect();
    insta::assert_snapshot!(states.join("\n"), @r#"
    "Optics" "accepted" false
    "Acoustics" "deferred" true
    "Optics II" "rejected" false
    "#);
    assert_eq!(place.on(&["log", "physics/optics", "--json"]).succeeds().lines().len(), 1);
}

#[test]
fn merge_place_and_edit_are_decisions_too() {
    let place = physics();
    place.on(&["decide", "optics", "--accept"]).succeeds();
    place.on(&["decide", "optics-ii", "--merge", "physics/optics"]).succeeds();
    assert!(place.read("t/tree/sciences/physics/optics.yaml").contains("aliases:\n  - Optics II"));
    place.on(&["add", "sciences", "Engineering"]).succeeds();
    let yaml = place.on(&["show", "acoustics", "--yaml"]).succeeds().out;
    place.write("a.yaml", format!("{yaml}\nscope: Sound.\n"));
    place.on(&["decide", "acoustics", "--place", "engineering", "--edit", "a.yaml"]).succeeds();
    assert!(place.read("t/tree/sciences/engineering/acoustics.yaml").contains("scope: |-\n  Sound."));
    place.on(&["undo"]).succeeds();
    assert!(!place.path("t/tree/sciences/engineering/acoustics.yaml").exists());
    place.write("b.yaml", "name: Acoustics\nscop: Sound.\n");
    place.on(&["decide", "acoustics", "--accept", "--edit", "b.yaml"]).refuses("b.yaml:2");
}

#[test]
fn nothing_is_decided_where_one_of_several_cannot_be() {
    let place = physics();
    place.on(&["decide", "optics", "nonsense", "--accept"]).refuses("There is no proposal \"nonsense\"");
    let accepted = place.proposals(&["--state", "accepted"])[0]["id"].as_str().unwrap().to_owned();
    place.on(&["decide", "optics", &accepted, "--reject", "vague"]).refuses("is accepted");
    place.on(&["decide", "optics", "--reject", "nonsense"]).ends(2);
    place.on(&["decide", "optics", "--reject", "other"]).ends(2);
    place.on(&["decide", "optics"]).ends(2);
    place.on(&["decide", "optics", "--accept", "--defer"]).ends(2);
    place.on(&["decide", "--accept"]).ends(2);
    place.on(&["decide", "optics", "--under", "physics", "--accept"]).ends(2);
    place.on(&["decide", "optics", "acoustics", "--revise", "t.csv"]).refuses("t.csv");
    assert_eq!(place.on(&["log", "--json"]).succeeds().lines().len(), 1);
}

#[test]
fn by_hand_nodes_are_added_edited_moved_merged_split_and_deprecated() {
    let place = Place::with_taxonomy();
    for arguments in [
        &["add", "/", "Sciences", "Trades"][..],
        &["add", "sciences", "Physics", "Chemistry"],
        &["add", "sciences/physics", "Optics", "Light", "Baking"],
        &["add", "trades", "Food"],
        &["edit", "optics", "--level", "200", "--scope", "Light as ray and wave.", "--alias", "Photonics"],
        &["move", "baking", "--to", "trades/food"],
        &["merge", "light", "--into", "optics"],
        &["split", "chemistry", "--into", "Organic Chemistry", "--into", "Inorganic Chemistry"],
        &["deprecate", "physics/optics", "--reason", "not now"],
        &["deprecate", "physics/optics", "--restore"],
        &["edit", "optics", "--name", "Optics and Photonics"],
    ] {
        place.on(arguments).succeeds();
    }
    let tree = place.on(&["tree"]).succeeds().out;
    insta::assert_snapshot!(tree);
    for _ in 0..11 {
        place.on(&["undo"]).succeeds();
    }
    assert_eq!(place.on(&["tree", "--json"]).succeeds().out, "");
    place.on(&["undo"]).refuses("has nothing to undo");
    place.on(&["redo"]).succeeds();
    assert_eq!(place.on(&["tree", "--json"]).succeeds().lines().len(), 2);
}

#[test]
fn an_older_decision_is_undone_by_its_id_and_redone() {
    let place = physics();
    place.on(&["decide", "optics", "--accept"]).succeeds();
    place.on(&["decide", "acoustics", "--accept"]).succeeds();
    let log = place.on(&["log", "--json"]).succeeds().lines();
    let optics = log[1]["id"].as_str().unwrap();
    place.on(&["undo", optics]).succeeds();
    assert!(!place.path("t/tree/sciences/physics/optics.yaml").exists());
    assert!(place.path("t/tree/sciences/physics/acoustics.yaml").exists());
    place.on(&["undo", optics]).refuses("undone already");
    let first = log[2]["id"].as_str().unwrap();
    place.on(&["undo", first]).refuses("below sciences/physics were accepted since");
    place.on(&["redo", optics]).succeeds();
    assert!(place.path("t/tree/sciences/physics/optics.yaml").exists());
}

#[test]
fn the_curator_is_as_said_then_gits_then_the_accounts() {
    let place = Place::with_taxonomy();
    place.on(&["add", "/", "One"]).succeeds();
    place.write("home/.gitconfig", "[user]\n\tname = Grace\n");
    place.on(&["add", "/", "Two"]).succeeds();
    place.on(&["--as", "Emmy", "add", "/", "Three"]).succeeds();
    let log = place.on(&["log", "--json"]).succeeds().lines();
    let by: Vec<_> = log.iter().map(|line| line["by"].as_str().unwrap()).collect();
    assert_eq!(by, ["Emmy", "Grace", "ana"]);
    let folders: Vec<_> = std::fs::read_dir(place.path("t/decisions")).unwrap().flatten().collect();
    assert_eq!(folders.len(), 3);
}

#[test]
fn a_repository_cannot_say_who_decides_nor_run_anything() {
    let place = Place::with_taxonomy();
    let hook = "[user]\n\tname = Mallory\n[core]\n\tfsmonitor = touch ran\n";
    place.write("t/.git/config", hook);
    place.write("t/.git/HEAD", "ref: refs/heads/main\n");
    let said = super::Said::of(place.command(&["add", "/", "One"]).current_dir(place.path("t")).output().unwrap());
    said.succeeds();
    assert_eq!(place.on(&["log", "--json"]).succeeds().lines()[0]["by"], "ana");
    assert!(!place.path("t/ran").exists());
}

#[test]
fn a_second_instance_reads_and_does_not_write() {
    let place = physics();
    let options = provost::store::OpenOptions { curator: "grace".into(), read_only: false };
    let holder = provost::store::Store::open(&place.path("t"), options).unwrap();
    place.on(&["tree"]).succeeds();
    let said = place.on(&["decide", "optics", "--accept"]).ends(1);
    assert!(said.err.contains("open for reading only: another instance has it open (grace"), "{}", said.err);
    drop(holder);
    place.on(&["decide", "optics", "--accept"]).succeeds();
}

/// A taxonomy with a branch of proposals, of which one is flagged and one hides a character.
fn branch() -> Place {
    let place = Place::with_taxonomy();
    place.write("t.csv", format!("{TABLE}Sciences,Physics,Heat\u{200b}ing\nArts,,\n"));
    place.on(&["import", "t.csv"]).succeeds();
    place.on(&["decide", "acoustics", "--flag"]).succeeds();
    place
}

impl Place {
    /// Runs a command on the taxonomy `t` with something on stdin.
    fn fed(&self, arguments: &[&str], input: &str) -> super::Said {
        use std::io::Write as _;
        let mut command = self.command(&[&["-C", "t"], arguments].concat());
        command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        let mut child = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        super::Said::of(child.wait_with_output().unwrap())
    }

    fn states(&self) -> Vec<String> {
        let all = self.proposals(&["--state", "all"]);
        let all = all.iter().map(|line| format!("{} {} {}", line["id"], line["state"], line["flagged"]));
        let nodes = self.on(&["tree", "--json"]).succeeds().out;
        all.chain(nodes.lines().map(str::to_owned)).collect()
    }
}

#[test]
fn a_branch_is_accepted_in_one_event_and_says_what_it_leaves_out() {
    let place = branch();
    let before = place.states();
    let said = place.on(&["decide", "--under", "sciences", "--accept", "--dry-run"]).succeeds();
    assert_eq!(said.out, "would have accepted \"Sciences\" and 4 more\n");
    insta::assert_snapshot!(said.err, @r#"
    1 is left out (flagged for a second curator; decide alone): "Acoustics"
    1 is left out (text hides characters; decide alone): "Heat⟨U+200B⟩ing"
    5 proposals: "Sciences", "Physics", "Botany", "Optics", "Optics II"
    "#);
    assert_eq!(place.states(), before, "nothing was decided");
    place.on(&["decide", "--under", "sciences", "--accept"]).succeeds();
    assert!(place.path("t/tree/sciences/physics/optics.yaml").is_file());
    assert!(!place.path("t/tree/sciences/physics/acoustics.yaml").exists());
    assert!(!place.path("t/tree/arts.yaml").exists());
    place.on(&["undo"]).succeeds();
    assert_eq!(place.states(), before, "one undo for all");
}

#[test]
fn every_decision_takes_a_selection_and_one_undo_takes_it_back() {
    let place = branch();
    place.on(&["decide", "--under", "/", "--kind", "field", "--accept"]).succeeds();
    place.on(&["decide", "--kind", "discipline", "--accept"]).succeeds();
    place.on(&["add", "arts", "Design"]).succeeds();
    let before = place.states();
    for decision in [
        &["--accept"][..],
        &["--reject", "vague"],
        &["--reject", "other:not here"],
        &["--defer"],
        &["--flag=really?"],
        &["--merge", "arts/design"],
        &["--place", "arts/design"],
    ] {
        place.on(&[&["decide", "--under", "physics", "--kind", "subject"], decision].concat()).succeeds();
        assert_ne!(place.states(), before, "{decision:?}");
        place.on(&["undo"]).succeeds();
        assert_eq!(place.states(), before, "{decision:?}");
    }
    place.on(&["decide", "--under", "botany", "--accept"]).refuses("No proposal is selected.");
    place.on(&["decide", "--kind", "nonsense", "--accept"]).refuses("field, sub-field, discipline");
}

#[test]
fn proposals_are_read_from_stdin_as_names_or_as_json() {
    let place = physics();
    let json = place.on(&["proposals", "--kind", "subject", "--json"]).succeeds().out;
    let said = place.fed(&["decide", "-", "--accept", "-n"], &json).succeeds();
    assert_eq!(said.out, "would have accepted \"Optics\" and 2 more\n");
    place.fed(&["decide", "-", "--defer"], "optics\n\nacoustics\n").succeeds();
    assert_eq!(place.proposals(&["--state", "deferred"]).len(), 2);
    place
        .fed(&["decide", "-", "--accept"], "{\"name\": \"Optics\"}\n")
        .refuses("stdin:1: a line of JSON without an \"id\"");
    let accepted = place.proposals(&["--state", "accepted"])[0]["id"].as_str().unwrap().to_owned();
    let said = place.on(&["decide", "optics", &accepted, "--reject", "vague", "--skip"]).succeeds();
    assert!(said.err.contains("1 is left out (decided already)"), "{}", said.err);
}

#[test]
fn what_is_flagged_is_accepted_alone_only() {
    let place = branch();
    place.on(&["decide", "sciences", "sciences/physics", "--accept"]).succeeds();
    let said = place.on(&["decide", "optics", "acoustics", "--accept"]).refuses("is flagged for a second curator");
    assert!(said.err.contains("hint: look at it, and accept it alone"), "{}", said.err);
    place.on(&["decide", "acoustics", "--accept"]).succeeds();
}

#[test]
fn several_are_merged_deprecated_and_restored_by_hand() {
    let place = Place::with_taxonomy();
    let list = "- Optics\n- Light\n- Rays\n";
    place.on(&["add", "/", "Sciences"]).succeeds();
    place.on(&["add", "sciences", "Physics"]).succeeds();
    place.fed(&["add", "physics", "-"], list).succeeds();
    place.fed(&["add", "physics", "-"], list).refuses("\"Optics\" is there already");
    let said = place.fed(&["add", "physics", "-", "--skip-known"], "Rays\nWaves\nWaves").succeeds();
    assert_eq!(said.err, "2 names are known already\n");
    let before = place.states();
    for (arguments, would) in [
        (&["merge", "light", "rays", "--into", "optics"][..], "would have merged \"Light\" and 1 more into \"Optics\""),
        (&["deprecate", "light", "rays", "--replaced-by", "optics"], "would have deprecated \"Light\" and 1 more"),
        (
            &["split", "optics", "--into", "Lenses", "--into", "Lasers"],
            "would have split \"Optics\" into \"Lenses\", \"Lasers\"",
        ),
        (&["move", "light", "--to", "sciences"], ""),
        (&["edit", "light", "--name", "Light itself"], "would have edited \"Light\""),
    ] {
        let said = place.on(&[arguments, &["--dry-run"]].concat());
        assert_eq!(place.states(), before, "{arguments:?}");
        if would.is_empty() {
            said.refuses("is a subject; under a field hangs only");
            continue;
        }
        assert_eq!(said.succeeds().out.trim_end(), would);
        place.on(arguments).succeeds();
        assert_ne!(place.states(), before, "{arguments:?}");
        place.on(&["undo"]).succeeds();
        assert_eq!(place.states(), before, "{arguments:?}");
    }
    place.on(&["deprecate", "light", "rays"]).succeeds();
    place.on(&["restore", "light", "rays"]).succeeds();
    assert_eq!(place.states(), before);
    place.on(&["restore", "light"]).refuses("is not deprecated");
}

#[test]
fn a_proposal_is_split_by_a_command() {
    let place = physics();
    place.on(&["split", "acoustics", "--into", "Rooms", "--into", "Instruments"]).succeeds();
    assert!(place.path("t/tree/sciences/physics/rooms.yaml").is_file());
    assert_eq!(place.proposals(&["--state", "merged"]).len(), 1);
    place.on(&["undo"]).succeeds();
    assert!(!place.path("t/tree/sciences/physics/rooms.yaml").exists());
    assert_eq!(place.proposals(&["--state", "merged"]).len(), 0);
}
