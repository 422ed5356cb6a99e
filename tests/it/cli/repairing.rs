//! `check` on what log and tree disagree about, and `check --repair`.

use std::fs;

use super::Place;

#[test]
fn what_is_missing_is_found_and_written_again() {
    let place = Place::with_taxonomy();
    place.on(&["add", "/", "Arts"]).succeeds();
    place.on(&["add", "arts", "Music", "Drama"]).succeeds();
    assert_eq!(place.on(&["check", "--repair"]).succeeds().out, "There is nothing to repair.\n");
    let music = place.read("t/tree/arts/music.yaml");
    fs::remove_file(place.path("t/tree/arts/music.yaml")).unwrap();
    let found = place.on(&["check", "--json", "--code", "missing-node"]).ends(1).lines();
    assert_eq!((found.len(), &found[0]["path"]), (1, &"tree/arts/music.yaml".into()));
    assert!(found[0]["event"].as_str().unwrap().starts_with("evt_"), "{}", found[0]);

    let planned = place.on(&["check", "--repair", "--dry-run"]).succeeds().out;
    assert!(planned.starts_with("tree/arts/music.yaml: would repair: Written again as evt_"), "{planned}");
    assert!(!place.path("t/tree/arts/music.yaml").exists());
    let done = place.on(&["check", "--repair"]).succeeds().out;
    assert!(done.starts_with("tree/arts/music.yaml: repaired: "), "{done}");
    assert_eq!(place.read("t/tree/arts/music.yaml"), music);
    place.on(&["check", "--code", "missing-node"]).succeeds();
    place.on(&["check", "--dry-run"]).refuses("--dry-run belongs to --fix or --repair");
}

#[test]
fn a_file_in_conflict_is_named_and_left() {
    let place = Place::with_taxonomy();
    place.on(&["add", "/", "Arts"]).succeeds();
    place.on(&["add", "arts", "Music"]).succeeds();
    let text = place.read("t/tree/arts.yaml");
    place.write(
        "t/tree/arts.yaml",
        text.replace("name: Arts\n", "<<<<<<< HEAD\nname: Arts\n=======\nname: The Arts\n>>>>>>> bo\n"),
    );
    let said = place.on(&["check"]).ends(1);
    assert!(said.out.starts_with("tree/arts.yaml:5: problem: Git conflict: choose one side"), "{}", said.out);
    place.on(&["add", "arts/music", "Harmony"]).succeeds();
    let refused = place.on(&["deprecate", "arts"]).ends(2).err;
    assert!(refused.contains("\"Arts\" is in conflict (tree/arts.yaml, line 5)"), "{refused}");
    assert!(refused.contains("hint: choose one side"), "{refused}");
    let left = place.on(&["check", "--repair"]).ends(1);
    assert!(left.out.contains("tree/arts.yaml: left: Git conflict"), "{}", left.out);
    assert!(place.read("t/tree/arts.yaml").contains("<<<<<<<"));
}

#[test]
fn the_sample_is_as_its_log_says() {
    let place = Place::with_sample();
    let found = place.on(&["check", "--json"]).ends(1).lines();
    let of_the_log: Vec<_> = found
        .iter()
        .filter(|line| provost::taxonomy::audit::CODES.iter().any(|(code, _)| line["code"] == *code))
        .collect();
    assert!(of_the_log.is_empty(), "{of_the_log:#?}");
}
