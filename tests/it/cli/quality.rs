//! Checks, tries and the judge by command.

use provost::demo::{BENCHMARK, DemoServer, Options, Step};
use serde_json::Value;

use super::{Place, Said};

fn server(faults: &str) -> DemoServer {
    DemoServer::start(Options { faults: faults.parse().unwrap(), ..Options::default() }).unwrap()
}

fn generate(place: &Place, server: &DemoServer, rest: &[&str]) -> Said {
    let url = server.base_url();
    place.run(
        &[&["-C", "t", "generate", "--progress", "json"], rest, &["--base-url", &url, "--model", "provost-demo"]]
            .concat(),
    )
}

fn last(said: &Said) -> Value {
    said.lines().pop().unwrap()
}

fn settings(place: &Place, homework: &str) {
    let text = place.read("t/provost.yaml");
    let begin = text.find("homework:\n").map_or(text.len(), |at| at + "homework:\n".len());
    let text = if begin == text.len() && !text.ends_with("homework:\n") {
        format!("{text}\nhomework:\n{homework}")
    } else {
        format!("{}{homework}{}", &text[..begin], &text[begin..])
    };
    place.write("t/provost.yaml", text);
}

#[test]
fn a_check_that_is_off_finds_nothing() {
    let (place, server) = (Place::with_sample(), server("praise@answer"));
    generate(&place, &server, &["--count", "6"]).ends(1);
    settings(&place, "  checks:\n    off:\n      - praise\n");
    let said = generate(&place, &server, &["--count", "6"]).succeeds();
    assert_eq!(last(&said)["done"], 6);
}

#[test]
fn settings_that_cannot_be_meant_are_refused_with_their_place() {
    for (text, words) in [
        ("  checks:\n    off:\n      - prais\n", "did you mean `praise`"),
        ("  checks:\n    benchmarks:\n      - ../secret.jsonl\n", "inside the directory"),
        ("  checks:\n    near-duplicate: 0.1\n", "between 0.5 and 1"),
    ] {
        let place = Place::with_sample();
        settings(&place, text);
        let said = place.on(&["plan"]);
        assert_ne!(said.code, 0);
        assert!(said.err.contains(words) && said.err.contains("provost.yaml"), "{}", said.err);
    }
}

#[test]
fn benchmarks_of_the_directory_are_held_against_every_item() {
    let (place, server) = (Place::with_sample(), server("benchmark@question"));
    place.write("t/benchmarks/maths.jsonl", BENCHMARK);
    settings(&place, "  checks:\n    benchmarks:\n      - benchmarks/maths.jsonl\n");
    let said = generate(&place, &server, &["--count", "4"]).ends(1);
    let failed: Vec<Value> = said.lines().into_iter().filter(|line| line["event"] == "item_failed").collect();
    assert_eq!(failed.len(), 4);
    assert!(failed.iter().all(|line| line["class"] == "contamination"), "{}", said.out);
    assert!(failed[0]["message"].as_str().unwrap().contains("maths.jsonl:"), "{}", said.out);
    assert_eq!(server.ledger().requests(Step::Answer), 0);
}

#[test]
#[cfg(unix)]
fn a_benchmark_behind_a_link_out_of_the_directory_is_not_read() {
    let (place, server) = (Place::with_sample(), server(""));
    place.write("secret.jsonl", BENCHMARK);
    std::os::unix::fs::symlink(place.path("secret.jsonl"), place.path("t/inner.jsonl")).unwrap();
    settings(&place, "  checks:\n    benchmarks:\n      - inner.jsonl\n");
    let said = generate(&place, &server, &["--count", "4"]).ends(2);
    assert!(said.err.contains("outside of the directory"), "{}", said.err);
}

#[test]
fn failing_items_are_asked_again_in_the_same_run_when_wanted() {
    let (place, server) = (Place::with_sample(), server("praise@answer"));
    let said = generate(&place, &server, &["--count", "5", "--tries", "2"]).ends(1);
    let end = last(&said);
    assert_eq!((&end["failed"], &end["again"]), (&5.into(), &5.into()));
    assert_eq!(server.ledger().requests(Step::Question), 10);
    generate(&place, &server, &["--count", "5", "--tries", "4"]).refuses("4");
}

#[test]
fn a_judge_is_another_model_unless_it_is_allowed_not_to_be() {
    let (place, server) = (Place::with_sample(), server(""));
    let said = generate(&place, &server, &["--count", "4", "--judge"]).ends(42);
    assert!(said.err.contains("writes the homework too") && said.err.contains("--own-judge"), "{}", said.err);
    assert_eq!(server.ledger().snapshot().requests, 0);
    generate(&place, &server, &["--count", "4", "--judge", "--own-judge"]).succeeds();
    assert_eq!(server.ledger().requests(Step::Judge), 8);
    let status = place.on(&["status", "--json"]).succeeds().lines().remove(0);
    assert_eq!(status["items"]["ok"], 4);
}

#[test]
fn a_run_is_judged_later_and_what_is_judged_out_is_not_exported() {
    let (place, server) = (Place::with_sample(), server("harsh@judge"));
    let run = last(&generate(&place, &server, &["--count", "6"]).succeeds())["run"].as_str().unwrap().to_owned();
    let url = server.base_url();
    let judge = |rest: &[&str]| {
        place.run(&[&["-C", "t", "judge", &run, "--base-url", &url, "--model", "provost-demo"], rest].concat())
    };
    judge(&[]).ends(42);
    let capped = judge(&["--own-judge", "--budget-items", "1"]).ends(1);
    assert!(capped.out.starts_with("1 item judged: 0 kept, 1 not good enough"), "{}", capped.out);
    assert!(
        capped.err.contains("The cap of 1 items is reached.") && capped.err.contains("higher --budget"),
        "{}",
        capped.err
    );
    let said = judge(&["--own-judge", "--limit", "1"]).succeeds();
    assert!(
        said.out.starts_with("1 item judged: 0 kept, 1 not good enough, 0 without a verdict; 1 were judged before."),
        "{}",
        said.out
    );
    assert!(said.out.contains("\ntokens: ") && said.out.contains("; cost: unknown"), "{}", said.out);
    place.on(&["export", "-o", "out.jsonl"]).succeeds();
    assert_eq!(place.read("out.jsonl").lines().count(), 4);
    let said = judge(&["--own-judge"]).succeeds();
    assert!(
        said.out.contains("4 items judged: 0 kept, 4 not good enough") && said.out.contains("2 were judged before")
    );
    let status = place.on(&["status", "--json"]).succeeds().lines().remove(0);
    let (judged, all) = (&status["judged"], status["prompt_tokens"].as_u64().unwrap());
    assert_eq!((judged["items"].as_u64(), judged["cost_usd"].is_null()), (Some(6), true));
    assert!((1..all).contains(&judged["prompt_tokens"].as_u64().unwrap()), "{status}");
    assert!(place.on(&["status"]).succeeds().out.contains("\nof it for judging 6 items later: "));
    let nothing =
        place.run(&["-C", "t", "judge", "none", "--own-judge", "--base-url", &url, "--model", "provost-demo"]);
    nothing.refuses("no run");
}
