//! Orders, facets and progress, for scripts.

use super::Place;

fn ids(lines: &[serde_json::Value]) -> Vec<String> {
    lines.iter().map(|line| line["id"].as_str().unwrap().to_owned()).collect()
}

fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort();
    ids
}

#[test]
fn every_order_lists_the_same_and_parents_first() {
    let place = Place::with_sample();
    let all = sorted(ids(&place.proposals(&[])));
    for order in ["proposed", "tree", "risk", "emptiest", "shuffle"] {
        let lines = place.proposals(&["--order", order]);
        let listed = ids(&lines);
        for (at, line) in lines.iter().enumerate() {
            if let Some(first) = line["waits_for"].as_str() {
                assert!(listed[..at].iter().any(|id| id == first), "{order}: {line}");
            }
        }
        assert_eq!(sorted(listed), all, "{order}");
    }
    let risks: Vec<u64> = place
        .proposals(&["--order", "risk", "--kind", "subject"])
        .iter()
        .filter(|line| line["waits_for"].is_null())
        .map(|line| line["risk"].as_u64().unwrap())
        .collect();
    assert!(risks.is_sorted_by(|a, b| a >= b) && risks.first() > risks.last(), "{risks:?}");
}

#[test]
fn a_seed_makes_a_shuffle_and_is_for_nothing_else() {
    let place = Place::with_sample();
    let shuffle = |seed: &str| ids(&place.proposals(&["--order", "shuffle", "--seed", seed]));
    assert_eq!(shuffle("3"), shuffle("3"));
    assert!((4..14).any(|seed| shuffle(&seed.to_string()) != shuffle("3")));
    place.on(&["proposals", "--order", "risk", "--seed", "3"]).ends(2).refuses("--order shuffle");
}

#[test]
fn options_narrow_and_their_lists_widen() {
    let place = Place::with_sample();
    let count = |arguments: &[&str]| place.proposals(arguments).len();
    let all = count(&[]);
    assert_eq!(count(&["--finding", "any"]) + count(&["--finding", "none"]), all);
    let (subjects, syllabi) = (count(&["--kind", "subject"]), count(&["--kind", "syllabus"]));
    assert!(subjects > 0 && syllabi > 0);
    assert_eq!(count(&["--kind", "subject,syllabus"]), subjects + syllabi);
    assert_eq!(count(&["--kind", "subject", "--kind", "syllabus"]), subjects + syllabi);
    let vague = place.proposals(&["--finding", "vague-name", "--kind", "subject"]);
    assert!(!vague.is_empty() && vague.len() < subjects);
    let line = &place.proposals(&[])[0];
    let (batch, model) = (line["batches"][0].as_str().unwrap(), line["sources"][0].as_str().unwrap());
    for narrowed in [["--batch", batch], ["--model", model], ["--seen", "1+"]] {
        let found = place.proposals(&narrowed);
        assert!(found.iter().any(|other| other["id"] == line["id"]), "{narrowed:?}");
    }
    assert!(count(&["--batch", batch]) < all);
    let rejected = place.proposals(&["--reason", "duplicate,vague"]);
    assert!(rejected.iter().all(|line| line["state"] == "rejected"));
    assert_eq!(count(&["--state", "pending,deferred"]), all);
}

#[test]
fn what_a_curator_decided_is_theirs() {
    let place = Place::with_sample();
    let id = ids(&place.proposals(&["--kind", "subject"]))[0].clone();
    place.on(&["--as", "zoe", "decide", &id, "--reject", "vague"]).succeeds();
    let found = place.proposals(&["--curator", "zoe", "--state", "all"]);
    assert_eq!(ids(&found), [id]);
    assert!(place.proposals(&["--curator", "zoe"]).is_empty(), "it is open no more");
}

#[test]
fn who_looks_is_no_facet() {
    let place = Place::with_sample();
    let all = ids(&place.proposals(&[]));
    for arguments in [["--as", "bo", "proposals", "--json"], ["proposals", "--as", "bo", "--json"]] {
        let said = place.on(&arguments).succeeds();
        assert_eq!(ids(&said.lines()), all);
        assert_eq!(said.err, "");
    }
    let said = place.on(&["--as", "bo", "proposals", "--curator", "sample", "--state", "all", "--json"]).succeeds();
    assert!(!said.lines().is_empty(), "both at once");
}

#[test]
fn a_name_that_nothing_has_is_told_with_those_that_there_are() {
    let place = Place::with_sample();
    let said = place.on(&["proposals", "--finding", "vage-name"]).succeeds();
    assert!(said.err.contains("vage-name") && said.err.contains("vague-name"), "{}", said.err);
    place.on(&["proposals", "--seen", "often"]).ends(2);
    place.on(&["proposals", "--batch", "yesterday"]).ends(2);
    place.on(&["proposals", "--order", "size"]).ends(2);
}

#[test]
fn the_tree_says_how_far_each_branch_is() {
    let place = Place::with_sample();
    let branch = |place: &Place| {
        let lines = place.on(&["tree", "--json"]).succeeds().lines();
        lines.iter().find(|line| line["path"] == "natural-sciences").unwrap()["progress"].clone()
    };
    let before = branch(&place);
    let id = ids(&place.proposals(&["--under", "natural-sciences", "--kind", "subject"]))[0].clone();
    place.on(&["decide", &id, "--reject", "vague"]).succeeds();
    let after = branch(&place);
    let number = |value: &serde_json::Value, key: &str| value[key].as_u64().unwrap();
    assert_eq!(number(&after, "rejected"), number(&before, "rejected") + 1);
    assert_eq!(number(&after, "pending"), number(&before, "pending") - 1);
    let decided = number(&after, "accepted") + number(&after, "rejected") + number(&after, "merged");
    let proposed = decided + number(&after, "pending") + number(&after, "deferred");
    assert_eq!(number(&after, "percent"), decided * 100 / proposed);
}
