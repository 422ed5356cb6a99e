//! Data sets by command: files, several files, folders, held-out slices.

use provost::demo::{DemoServer, Options};
use serde_json::Value;

use super::Place;

/// The sample taxonomy with 40 items.
fn with_items() -> Place {
    let place = Place::with_sample();
    let server = DemoServer::start(Options::default()).unwrap();
    let url = server.base_url();
    place.on(&["generate", "--count", "40", "--base-url", &url, "--model", "provost-demo"]).succeeds();
    place
}

fn names(place: &Place, below: &str) -> Vec<String> {
    let entries = std::fs::read_dir(place.path(below)).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_folder_is_a_whole_data_set_and_is_replaced_as_one() {
    let place = with_items();
    let words =
        ["export", "--no-near", "--held-out", "1", "--shard-rows", "10", "--license", "cc-by-4.0", "-o", "set/"];
    let said = place.on(&words).succeeds().hides_nothing();
    assert!(said.out.contains(" held out in set/, "), "{}", said.out);
    assert_eq!(names(&place, "set"), ["README.md", "data", "provost.json", "training"]);
    let manifest: Value = serde_json::from_str(&place.read("set/provost.json")).unwrap();
    let rows = |split: &str| manifest["rows"][split].as_u64().unwrap();
    let left_out: u64 = manifest["left_out"].as_object().unwrap().values().map(|number| number.as_u64().unwrap()).sum();
    assert_eq!(rows("train") + rows("test") + left_out, 40);
    assert!(rows("test") > 0 && rows("train") > 10, "{manifest}");
    let data = names(&place, "set/data");
    assert!(data.contains(&"test-00000-of-00001.parquet".to_owned()), "{data:?}");
    let card = place.read("set/README.md");
    assert!(card.contains("license: cc-by-4.0\n") && card.contains("| Natural Sciences | Physics |"), "{card}");
    // The same command says the same, byte for byte; another format takes its place, now that it is one of ours also without the slash.
    place.on(&words).succeeds();
    assert_eq!(serde_json::from_str::<Value>(&place.read("set/provost.json")).unwrap(), manifest);
    place.on(&["export", "--format", "csv", "-o", "set"]).succeeds();
    assert_eq!(names(&place, "set/data"), ["train-00000-of-00001.csv"]);
    // What was held out once is never trained on.
    let after: Value = serde_json::from_str(&place.read("set/provost.json")).unwrap();
    assert_eq!(after["left_out"]["held-out"].as_u64(), Some(rows("test")));
}

#[test]
fn a_file_becomes_several_where_it_may_not_be_larger() {
    let place = with_items();
    place.on(&["export", "--no-near", "-o", "one.jsonl"]).succeeds();
    let whole = place.read("one.jsonl");
    let said = place.on(&["export", "--no-near", "-o", "some.jsonl", "--shard-size", "20KB"]).succeeds();
    let shards: Vec<_> = names(&place, "").into_iter().filter(|name| name.starts_with("some-")).collect();
    assert!(shards.len() > 1 && said.out.contains(&format!("{} files", shards.len())), "{}", said.out);
    assert_eq!(shards.iter().map(|name| place.read(name)).collect::<String>(), whole);
    assert!(shards.iter().all(|name| place.read(name).len() <= 20_000));
    // By its name.
    place.on(&["export", "-o", "one.parquet"]).succeeds();
    assert!(std::fs::read(place.path("one.parquet")).unwrap().starts_with(b"PAR1"));
    place.on(&["export", "-o", "one.csv"]).succeeds();
    assert!(place.read("one.csv").starts_with("item,question,answer,path,"));
    // A question of our own as a benchmark is found again.
    let first: Value = serde_json::from_str(whole.lines().next().unwrap()).unwrap();
    place.write("bench.txt", first["messages"][0]["content"].as_str().unwrap());
    let said = place.on(&["export", "--no-near", "--benchmark", "bench.txt", "-o", "clean.jsonl"]).succeeds();
    assert!(said.err.contains("left out: they overlap with a benchmark"), "{}", said.err);
}

#[test]
fn a_place_that_can_take_no_data_set_is_refused_before_anything_is_read() {
    let place = Place::with_sample();
    place.on(&["export", "-o", "t/"]).refuses("is a taxonomy directory");
    place.on(&["export", "-o", "no/where/"]).refuses("there is no folder");
    place.write("mine/data/train.csv", "x");
    place.on(&["export", "-o", "mine/"]).refuses("has data/train.csv, which provost did not write");
    place.write("file", "x");
    place.on(&["export", "-o", "file/"]).refuses("is there and is not a folder");
    place.on(&["export", "-o", "mine"]).refuses("end the name with /");
    for (option, wrong) in [("--shard-size", "0"), ("--shard-size", "1.5GB"), ("--near", "2"), ("--license", " ")] {
        place.on(&["export", "-o", "x", option, wrong]).ends(2);
    }
    place.on(&["export", "-o", "x/"]).ends(1);
    assert!(!place.path("x").exists(), "nothing to export, so no folder");
}
