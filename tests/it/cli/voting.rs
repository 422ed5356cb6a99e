//! Several curators: figures about them, and proposals that are planted to see who looks.

use serde_json::{Value, json};

use super::Place;

const FIELDS: &str = "Arts\nBiology\nChemistry\nDrama\nEconomics\nFarming\nGeology\nHistory\nItalian\nJazz\n";

/// Ten proposed fields, each of which takes two votes, and the votes of ana and bo.
fn voted() -> Place {
    let place = Place::with_taxonomy();
    place.write("fields.txt", FIELDS);
    place.on(&["import", "fields.txt"]).succeeds();
    let manifest = place.read("t/provost.yaml");
    assert!(manifest.contains("    field: 1\n"), "{manifest}");
    place.write("t/provost.yaml", manifest.replace("    field: 1\n", "    field: 2\n"));
    let ids = |names: &str| -> Vec<String> { names.split(' ').map(|name| place.proposal(name)).collect() };
    let verdicts = [
        ("ana", "Arts Biology Chemistry Drama Economics Farming Geology History", vec!["--accept"]),
        ("ana", "Italian", vec!["--reject", "vague"]),
        ("ana", "Jazz", vec!["--reject", "trivial"]),
        ("bo", "Geology History", vec!["--reject", "vague"]),
        ("bo", "Jazz", vec!["--reject", "trivial"]),
        ("bo", "Arts Biology Chemistry Drama Economics Farming Italian", vec!["--accept"]),
    ];
    for (curator, names, how) in verdicts {
        let ids = ids(names);
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        place.on(&[&["--as", curator, "decide"], &ids[..], &how[..]].concat()).succeeds();
    }
    place
}

fn stats(place: &Place) -> Value {
    place.on(&["stats", "--json"]).succeeds().lines()[0].clone()
}

#[test]
fn the_figures_are_those_that_a_person_works_out() {
    let place = voted();
    let found = stats(&place);
    let row = |curator: &str, accepted: u32, share: f64| {
        json!({"curator": curator, "decided": 10, "accepted": accepted, "share": share, "edited": 0,
            "rejected": 10 - accepted, "merged": 0})
    };
    assert_eq!(found["curators"], json!([row("ana", 8, 0.8), row("bo", 7, 0.7)]));
    let level = json!([{"level": "field", "decided": 20, "accepted": 15, "share": 0.75, "edited": 0,
        "rejected": 5, "merged": 0}]);
    assert_eq!(found["levels"], level);
    assert_eq!(found["models"][0]["model"], "import of fields.txt");
    assert_eq!(found["prompts"], json!([]));
    let reasons =
        json!([{"reason": "vague", "count": 3, "share": 0.6}, {"reason": "trivial", "count": 2, "share": 0.4}]);
    assert_eq!(found["reasons"], reasons);
    // Of ten fields both accept six and both reject one; ana alone accepts two, bo alone one.
    //   raw    (6 + 1) / 10 = .7
    //   accept (8 + 7) / 20 = .75 of all votes, reject .25
    //   AC1    chance 2 * .75 * .25 = .375;        (.7 - .375) / .625 = .52
    //   Fleiss chance .75^2 + .25^2 = .625;        (.7 - .625) / .375 = .2
    //   Cohen  chance .8 * .7 + .2 * .3 = .62;     (.7 - .62) / .38 = .2105
    //   five rejects, of which two were of the same field: 2 / 5
    let agreement = |level: &str| json!({"level": level, "proposals": 10, "raw": 0.7, "ac1": 0.52, "kappa": 0.2, "on_rejects": 0.4});
    assert_eq!(found["agreement"], json!([agreement("all"), agreement("field")]));
    let pair = json!([{"curators": "ana, bo", "proposals": 10, "raw": 0.7, "ac1": 0.52, "kappa": 0.2105,
        "on_rejects": 0.4}]);
    assert_eq!(found["pairs"], pair);
    assert_eq!(found["planted"], json!([]));
    insta::assert_snapshot!(place.on(&["stats"]).succeeds().out);
}

#[test]
fn what_was_taken_back_is_not_counted() {
    let place = voted();
    place.on(&["--as", "bo", "undo"]).succeeds();
    let found = stats(&place);
    assert_eq!(found["curators"][1]["decided"], 3, "bo's seven acceptances were one decision");
    // Three are left that both decided on: ana accepts two and rejects one, bo rejects all.
    assert_eq!(found["agreement"][0]["proposals"], 3);
    assert_eq!(found["agreement"][0]["raw"], 0.3333);
}

#[test]
fn without_a_decision_there_is_nothing_to_tell() {
    let place = Place::with_taxonomy();
    assert_eq!(place.on(&["stats"]).succeeds().out, "Nothing was decided yet.\n");
    assert_eq!(stats(&place)["agreement"], json!([]));
}

#[test]
fn what_curators_disagree_about_is_listed() {
    let place = voted();
    let names = |arguments: &[&str]| -> Vec<String> {
        place.proposals(arguments).iter().map(|line| line["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&["--state", "contested"]), ["Geology", "History", "Italian"]);
    assert_eq!(names(&[]), ["Geology", "History", "Italian"], "they are still to be decided");
    let found = place.on(&["--as", "carol", "show", &place.proposal("Italian")]).succeeds().out;
    assert!(found.contains("votes: contested; the votes show after yours\n"), "{found}");
    assert!(found.contains("voted on \"Italian\"") && !found.contains("reject"), "{found}");
    let found = place.on(&["--as", "bo", "show", &place.proposal("Italian")]).succeeds().out;
    assert!(found.contains("contested: accept bo; reject ana"), "{found}");
}

fn tree(place: &Place) -> String {
    place.on(&["tree"]).succeeds().out
}

#[test]
fn a_planted_proposal_never_enters_the_tree_and_tells_who_looked() {
    let place = Place::with_sample();
    let before = stats(&place);
    let physics = "natural-sciences/physics";
    let planted = ["Science of Light", "Pastry in Motion"];
    let because = ["--because", "it is Optics"];
    place.on(&[&["--as", "ana", "plant", physics], &planted[..], &because[..]].concat()).succeeds();
    let [light, pastry] = planted.map(|name| place.proposal(name));
    // It looks like what was proposed beside it.
    let line = place.proposals(&["--under", physics]).into_iter().find(|line| line["id"] == light.as_str()).unwrap();
    assert_eq!((&line["state"], &line["sources"]), (&json!("pending"), &json!(["natural-sciences.yaml"])));

    let decide = |curator: &str, id: &str, how: &[&str]| {
        place.on(&[&["--as", curator, "decide", id], how].concat()).succeeds().out
    };
    assert!(decide("bo", &light, &["--accept"]).contains("accepted \"Science of Light\""));
    decide("bo", &pastry, &["--reject", "not_real"]);
    let state = |curator: &str, id: &str| {
        let said = place.on(&["--as", curator, "proposals", "--state", "all", "--json"]).succeeds();
        said.lines().into_iter().find(|line| line["id"] == id).unwrap()["state"].clone()
    };
    assert_eq!((state("bo", &light), state("bo", &pastry)), (json!("accepted"), json!("rejected")));
    assert_eq!(state("carol", &light), "pending", "carol has yet to look");
    decide("carol", &light, &["--reject", "duplicate"]);
    decide("carol", &pastry, &["--reject", "wrong_parent"]);
    // Who planted it knows.
    decide("ana", &light, &["--reject", "duplicate"]);

    for path in ["science-of-light.yaml", "pastry-in-motion.yaml"] {
        assert!(!place.path("t/tree/natural-sciences/physics").join(path).exists(), "{path}");
    }
    let shown = tree(&place);
    assert!(!shown.contains("Science of Light") && !shown.contains("Pastry in Motion"), "{shown}");
    let found = stats(&place);
    let row =
        |curator: &str, caught: u32, share: f64| json!({"curator": curator, "caught": caught, "of": 2, "share": share});
    assert_eq!(found["planted"], json!([row("bo", 1, 0.5), row("carol", 2, 1.0)]));
    assert_eq!(found["curators"], before["curators"], "figures about real proposals stay as they are");
    assert!(place.on(&["stats"]).succeeds().out.contains("Planted proposals that were caught"));

    let log = |curator: &str| place.on(&["--as", curator, "log"]).succeeds().out;
    assert!(log("ana").contains("planted") && !log("bo").contains("planted"));
}

#[test]
fn only_what_nobody_knows_can_be_planted() {
    let place = Place::with_sample();
    let plant = |name: &str| place.on(&["plant", "natural-sciences/physics", name]);
    plant("optics").refuses("known there already");
    plant("Geometric and Physical Optics").refuses("known there already");
    place.on(&["plant", "natural-sciences/nowhere", "Light"]).refuses("nowhere");
    let empty = Place::with_taxonomy();
    empty.on(&["plant", "/", "Phlogiston Studies"]).refuses("Nothing was proposed yet");
}
