//! `provost similar`: neighbours for scripts, with and without embeddings.

use provost::demo::{DemoServer, Options};

use super::Place;

const STEP: &str = "\nsteps:\n  embed:\n    model: provost-demo\n";

#[test]
fn a_node_and_a_text_have_neighbours_and_nothing_is_asked() {
    let place = Place::with_sample();
    let said = place.on(&["similar", "natural-sciences/physics/optics", "--count", "3", "--json"]).succeeds();
    let lines = said.lines();
    assert!(!lines.is_empty() && lines.len() <= 3);
    assert!(lines.iter().all(|line| line["name"] != "Optics" && line["score"].as_f64().unwrap() < 1.0));
    let said = place.on(&["similar", "OPTICS", "--json"]).succeeds();
    assert!(said.lines().iter().all(|line| line["name"] != "Optics"), "a path's end is the node: {}", said.out);
    let said = place.on(&["similar", "the optics", "--json", "--count", "1"]).succeeds();
    let line = &said.lines()[0];
    assert_eq!((&line["name"], &line["by"], &line["state"]), (&"Optics".into(), &"name".into(), &"accepted".into()));
    let said = place.on(&["similar", "qzxj"]).succeeds();
    assert!(said.out.is_empty() && said.err.contains("Nothing is near"), "{}", said.err);
    assert_eq!(place.on(&["similar", " "]).code, 2);
    assert!(!place.path("t/.provost/embeddings").exists());
}

#[test]
fn embeddings_are_asked_once_kept_and_asked_again_where_they_are_damaged() {
    let place = Place::with_sample();
    let server = DemoServer::start(Options::default()).unwrap();
    let url = server.base_url();
    let asked = || server.ledger().snapshot().steps.values().map(|step| step.answered).sum::<u64>();
    let embed = |more: &[&str]| {
        place.on(&[&["similar", "optics", "--base-url", &url, "--model", "provost-demo"], more].concat()).succeeds()
    };
    let said = embed(&["--embed"]);
    assert!(said.err.contains("embedded by provost-demo"), "{}", said.err);
    let first = asked();
    assert!(first >= 1);
    assert!(embed(&["--embed"]).err.contains("0 texts embedded"));
    assert_eq!(asked(), first, "everything was known");

    let folder = place.path("t/.provost/embeddings");
    let file = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() - 5]).unwrap();
    let said = embed(&["--embed"]);
    assert!(said.err.contains("damaged") && said.err.contains("1 text embedded"), "{}", said.err);
    assert_eq!(std::fs::read(&file).unwrap().len(), whole.len());
}

#[test]
fn a_step_uses_what_is_known_and_asks_only_when_told_to() {
    let place = Place::with_sample();
    let text = place.read("t/provost.yaml");
    let text =
        if text.contains("steps:") { text.replacen("steps:", STEP.trim_start(), 1) } else { format!("{text}{STEP}") };
    place.write("t/provost.yaml", text);
    let said = place.on(&["similar", "optics"]).succeeds();
    assert!(!said.out.is_empty(), "no server is needed: {}", said.err);
    let url = DemoServer::start(Options::default()).unwrap().base_url();
    let said = place.on(&["similar", "optics", "--embed", "--base-url", &url]);
    assert!(said.code != 0, "the server is gone: {}", said.err);
    assert!(said.err.contains("hint"), "{}", said.err);
}
