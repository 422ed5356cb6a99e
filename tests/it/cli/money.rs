//! What homework costs: prices of the user's config, caps that stop a run, what is told of both.

use provost::demo::{DemoServer, Options};

use super::{Place, Said};

const PRICES: &str = "prices:\n  provost-demo: {prompt: 1.0, completion: 4.0, date: 2026-11-01}\n";

fn server() -> DemoServer {
    DemoServer::start(Options::default()).unwrap()
}

/// On `t`, with a config of this text and the demo model.
fn with(place: &Place, config: &str, server: &DemoServer, rest: &[&str]) -> Said {
    let config = place.write("config.yaml", config).display().to_string();
    let url = server.base_url();
    let model = ["--base-url", &url, "--model", "provost-demo"];
    place.run(&[&["-C", "t", "--config", &config], rest, &model].concat())
}

#[test]
fn a_used_up_budget_ends_a_run_with_what_to_do() {
    let (place, server) = (Place::with_sample(), server());
    let capped = ["generate", "--count", "60", "--concurrency", "8", "--progress", "json", "--budget-usd", "0.02"];
    let said = with(&place, PRICES, &server, &capped).ends(1);
    let last = said.lines().pop().unwrap();
    assert_eq!((last["event"].as_str(), last["ended"].as_str()), (Some("finished"), Some("budget")));
    let (cost, left) = (last["cost_usd"].as_f64().unwrap(), last["left"].as_u64().unwrap());
    assert!(left > 0 && cost > 0.005 && cost < 0.03, "{last}");
    assert!(said.err.contains("The cap of $0.0200 is reached") && said.err.contains("--budget-usd"), "{}", said.err);
    let runs = place.on(&["runs", "--json"]).succeeds().lines();
    assert_eq!((runs.len(), runs[0]["state"].as_str()), (1, Some("budget")));
    let said = with(&place, PRICES, &server, &["generate", "--count", "60", "--budget-usd", "$9"]).succeeds();
    assert!(said.out.starts_with("done: 60 of 60 items"), "{}", said.out);
    assert_eq!(place.on(&["runs", "--json"]).succeeds().lines().len(), 1, "the same run went on");
}

#[test]
fn a_cap_in_dollars_without_a_price_is_refused_before_the_start() {
    let (place, server) = (Place::with_sample(), server());
    let said = with(&place, "", &server, &["generate", "--count", "5", "--budget-usd", "1"]).ends(42);
    assert!(
        said.err.contains("the price of provost-demo is not known") && said.err.contains("prices:"),
        "{}",
        said.err
    );
    assert!(!place.path("t/runs").exists());
    let said = with(&place, "", &server, &["generate", "--count", "5", "--budget-items", "3"]).ends(1);
    assert!(said.out.contains("3 of 5 items"), "{}", said.out);
}

#[test]
fn a_directory_can_lower_a_budget_and_never_raise_it() {
    let (place, server) = (Place::with_sample(), server());
    let manifest = place.read("t/provost.yaml");
    place.write("t/provost.yaml", manifest.replace("homework:\n", "homework:\n  budget:\n    items: 9\n"));
    let config = "budget: {items: 4}\n";
    let said = with(&place, config, &server, &["generate", "--count", "20"]).ends(1);
    assert!(said.out.contains("4 of 20 items"), "{}", said.out);
    let said = with(&place, "", &server, &["generate", "--count", "20"]).ends(1);
    assert!(said.out.contains("9 of 20 items"), "{}", said.out);
    let said = with(&place, config, &server, &["generate", "--count", "20", "--budget-items", "12"]).ends(1);
    assert!(said.out.contains("12 of 20 items"), "who starts it has the last word: {}", said.out);
}
