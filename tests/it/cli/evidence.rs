//! Where something comes from, and how its versions differ.

use super::Place;

/// The sample with two edits of Optics.
fn edited() -> Place {
    let place = Place::with_sample();
    let yaml = place.on(&["show", "physics/optics", "--yaml"]).succeeds().out;
    let name = yaml.lines().find(|line| line.starts_with("name:")).unwrap().to_owned();
    place.write("optics.yaml", yaml.replace(&name, "name: 光学 Optics"));
    place.on(&["edit", "physics/optics", "--file", "optics.yaml"]).succeeds();
    place
}

#[test]
fn show_tells_batches_and_what_each_decision_changed() {
    let place = edited();
    let shown = place.on(&["show", "physics/optics", "--json"]).succeeds().lines().remove(0);
    let batch = &shown["batches"][0];
    assert!(batch["id"].as_str().unwrap().starts_with("bat_"), "{shown}");
    let last = shown["history"].as_array().unwrap().last().unwrap().clone();
    let change = &last["changes"][0];
    assert_eq!((&change["what"], &change["before"]), (&"name".into(), &"Optics".into()), "{last}");
    let text = place.on(&["show", "physics/optics"]).succeeds().hides_nothing().out;
    assert!(text.contains("name: Optics -> 光学 Optics"), "{text}");
}

#[test]
fn a_batch_is_printed_whole() {
    let place = Place::with_sample();
    let shown = place.on(&["show", "physics/optics", "--json"]).succeeds().lines().remove(0);
    let id = shown["batches"][0]["id"].as_str().unwrap().to_owned();
    let text = place.on(&["show", &id]).succeeds().hides_nothing().out;
    for part in [&id, "asked: ", "about: ", "holds: "] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let document = place.on(&["show", &id, "--json"]).succeeds().lines().remove(0);
    assert_eq!(document["id"], id.as_str());
    assert!(document["proposals"].as_array().is_some_and(|proposals| !proposals.is_empty()));
    let yaml = place.on(&["show", &id, "--yaml"]).succeeds().out;
    assert!(yaml.contains(&id), "{yaml}");
    place.on(&["show", "bat_06da9dj500000007"]).refuses("There is no batch");
}

#[test]
fn two_versions_are_a_unified_diff() {
    let place = edited();
    let id = "physics/optics".to_owned();
    let text = place.on(&["diff", &id]).succeeds().out;
    assert!(text.contains("-name: Optics\n+name: 光学 Optics\n"), "{text}");
    assert!(text.starts_with("--- ") && text.contains("+++ 2 edited by "), "{text}");
    let back = place.on(&["diff", &id, "--from", "now", "--to", "1"]).succeeds().out;
    assert!(back.contains("-name: 光学 Optics\n+name: Optics\n"), "{back}");
    let listed = place.on(&["diff", &id, "--list"]).succeeds().out;
    assert!(listed.lines().any(|line| line.contains("now")), "{listed}");
    let json = place.on(&["diff", &id, "--json"]).succeeds().lines().remove(0);
    assert_eq!((&json["from"], &json["to"]), (&1.into(), &2.into()));
    place.on(&["diff", &id, "--to", "9"]).refuses("There is no version \"9\"");
    place.on(&["diff", "no-such-thing"]).refuses("no accepted node");
}

#[test]
fn what_nobody_changed_has_one_version() {
    let place = Place::with_sample();
    place.on(&["diff", "skilled-trades"]).refuses("only one version");
}
