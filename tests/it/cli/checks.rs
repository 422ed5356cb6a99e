//! `check`: what is found, what is left out, what is put right.

use super::Place;

fn odd() -> Place {
    let place = Place::with_taxonomy();
    place.on(&["add", "/", "1. Optics", "Law", "Crafts."]).succeeds();
    place
}

fn names(place: &Place) -> Vec<String> {
    let lines = place.on(&["tree", "--json"]).succeeds().lines();
    lines.iter().map(|line| line["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_finding_has_code_weight_sentence_place_and_fix() {
    let place = odd();
    let found = place.on(&["check", "--json"]).ends(1).lines();
    assert_eq!(found.len(), 2);
    let one = found.iter().find(|line| line["path"].as_str().unwrap().contains("optics")).unwrap();
    let said = ["severity", "code", "weight", "title", "fix"].map(|key| one[key].as_str().unwrap());
    assert_eq!(said, ["finding", "untidy-name", "style", "untidy name", "rename to \"Optics\""]);
    assert!(one["message"].as_str().unwrap().ends_with('.') && one["line"] == 5 && one["node"].is_string(), "{one}");
    place.on(&["check", "--code", "duplicate"]).succeeds();
    place.on(&["check", "--code", "untidy-name"]).ends(1);
    place.on(&["check", "--code", "untidy-nam"]).refuses("untidy-name");
}

#[test]
fn every_fix_of_one_code_is_one_decision() {
    let place = odd();
    let said = place.on(&["check", "--fix", "untidy-name", "--dry-run"]).succeeds();
    assert!(said.out.contains("rename to \"Optics\"") && said.err.contains("2 nodes would be changed"), "{}", said.err);
    assert!(names(&place).contains(&"1. Optics".to_owned()), "only said");
    place.on(&["check", "--fix", "untidy-name"]).succeeds();
    assert!(names(&place).contains(&"Optics".to_owned()) && names(&place).contains(&"Crafts".to_owned()));
    place.on(&["check"]).succeeds();
    place.on(&["undo"]).succeeds();
    assert!(names(&place).contains(&"1. Optics".to_owned()) && names(&place).contains(&"Crafts.".to_owned()));
    place.on(&["check", "--fix", "single-child"]).refuses("not put right unseen");
}

#[test]
fn the_directory_says_what_is_left_out() {
    let place = odd();
    let manifest = place.read("t/provost.yaml");
    place.write("t/provost.yaml", format!("{manifest}\nchecks:\n  off:\n    - untidy-name\n"));
    place.on(&["check"]).succeeds();
    place.write("t/provost.yaml", format!("{manifest}\nchecks:\n  off:\n    - untidy-nam\n"));
    place.on(&["check"]).refuses("did you mean `untidy-name`?");
    place.write("t/provost.yaml", format!("{manifest}\nchecks:\n  overwide: 3\n"));
    place.on(&["check"]).refuses("over-wide");
}

#[test]
fn the_table_says_what_each_code_means() {
    let place = Place::new();
    let rows = place.run(&["check", "--list", "--json"]).succeeds().lines();
    assert_eq!(rows.len(), provost::taxonomy::lint::CHECKS.len() + provost::taxonomy::audit::CODES.len());
    let codes: std::collections::HashSet<_> = rows.iter().filter_map(|row| row["code"].as_str()).collect();
    assert_eq!(codes.len(), rows.len(), "each code once");
    assert!(rows.iter().all(|row| row["meaning"].is_string()));
    let one = place.run(&["check", "--explain", "over-wide"]).succeeds().out;
    assert!(one.starts_with("over-wide (warning): "), "{one}");
    assert_eq!(one.lines().count(), 1);
}
