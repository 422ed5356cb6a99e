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
fn a_retry_of_little_says_more_than_that_it_costs_nothing() {
    let place = Place::with_sample();
    let bad = DemoServer::start(Options { faults: "echo@answer:1".parse().unwrap(), ..Options::default() }).unwrap();
    with(&place, PRICES, &bad, &["generate", "--count", "1"]).ends(1);
    let run = place.on(&["runs", "--json"]).succeeds().lines().remove(0);
    let retry = ["retry", run["run"].as_str().unwrap(), "--dry-run"];
    let cost = with(&place, PRICES, &bad, &[&retry[..], &["--json"]].concat()).succeeds().lines().remove(0);
    let cost = cost["cost_usd"].as_f64().unwrap();
    assert!(cost > 0.0 && cost < 0.01, "{cost}");
    let said = with(&place, PRICES, &bad, &retry).succeeds();
    assert!(said.out.contains(&format!("about ${cost:.4}.")), "{}", said.out);
}

#[test]
fn what_a_judge_refused_is_made_again_under_a_judge_and_within_a_cap() {
    let place = Place::with_sample();
    let harsh = DemoServer::start(Options { faults: "harsh@judge:1".parse().unwrap(), ..Options::default() }).unwrap();
    with(&place, PRICES, &harsh, &["generate", "--count", "3", "--judge", "--own-judge"]).ends(1);
    let run = place.on(&["runs", "--json"]).succeeds().lines().remove(0);
    let retry = ["retry", run["run"].as_str().unwrap(), "--class", "judged_out"];
    let said = with(&place, PRICES, &server(), &retry).ends(2);
    assert!(said.err.contains("--judge has the new ones judged"), "{}", said.err);
    let judged = ["--judge", "--own-judge", "--budget-items", "5"];
    let said = with(&place, PRICES, &server(), &[&retry[..], &judged].concat()).ends(1);
    assert!(said.err.contains("The cap of 5 items is reached."), "{}", said.err);
    let good = server();
    with(&place, PRICES, &good, &[&retry[..], &judged[..2]].concat()).succeeds();
    assert_eq!(good.ledger().requests(provost::demo::Step::Judge), 2, "question and pair of the one that was left");
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

#[test]
fn what_a_run_cost_is_told_before_and_after_it() {
    let (place, server) = (Place::with_sample(), server());
    let plan = with(&place, PRICES, &server, &["plan", "--count", "40", "--json"]).succeeds().lines().remove(0);
    let (cost, left) = (plan["cost_usd"].as_f64().unwrap(), &plan["to_ask"]);
    assert!(cost > 0.01, "{plan}");
    assert_eq!((left["items"].as_u64(), left["cost_usd"].as_f64()), (Some(40), Some(cost)));
    let said = with(&place, "", &server, &["plan", "--count", "40"]).succeeds().out;
    assert!(said.contains("cost not known (no price for provost-demo under `prices:` in your config)"), "{said}");
    let old = PRICES.replace("2026-11-01", "2020-01-01");
    let said = with(&place, &old, &server, &["plan", "--count", "40"]).succeeds();
    assert!(
        said.err.contains("The price of provost-demo was looked up") && said.err.contains("days ago"),
        "{}",
        said.err
    );

    with(&place, PRICES, &server, &["generate", "--count", "40"]).succeeds();
    let config = place.path("config.yaml").display().to_string();
    let priced = |rest: &[&str]| place.run(&[&["-C", "t", "--config", &config], rest].concat()).succeeds();
    let run = priced(&["runs", "--json"]).lines().remove(0);
    let tokens = |key: &str| run[key].as_f64().unwrap();
    let whole = (tokens("prompt_tokens") + 4.0 * tokens("completion_tokens")) / 1e6;
    assert!((run["cost_usd"].as_f64().unwrap() - whole).abs() < 1e-9, "{run}");
    assert_eq!(run["cost_estimated_usd"], 0.0);
    let sum = |key: &str, depth: usize| -> f64 {
        let rows = run[key].as_array().unwrap().iter().filter(|row| row["path"].as_array().unwrap().len() >= depth);
        rows.filter(|row| key == "subjects" || row["path"].as_array().unwrap().len() == depth)
            .map(|row| row["cost_usd"].as_f64().unwrap())
            .sum()
    };
    assert!((sum("subjects", 1) - whole).abs() < 1e-9 && (sum("branches", 1) - whole).abs() < 1e-9, "{run}");
    let status = priced(&["status"]).out;
    assert!(status.contains("cost: $0.") && status.contains("together"), "{status}");
    priced(&["report", "-o", "report.html"]);
    assert!(place.read("report.html").contains("At the prices of the configuration: $0."));
    let unpriced = place.on(&["status"]).succeeds().out;
    assert!(unpriced.contains("cost: unknown"), "{unpriced}");
    place.on(&["report", "-o", "report.html"]).succeeds();
    assert!(place.read("report.html").contains("What they cost is not known"));

    let again = with(&place, PRICES, &server, &["plan", "--count", "60", "--json"]).succeeds().lines().remove(0);
    assert_eq!(again["to_ask"]["items"], 20, "what is there is not paid for again");
}

#[test]
fn events_carry_caps_and_servers() {
    let (place, server) = (Place::with_sample(), server());
    let rest = ["generate", "--count", "20", "--progress", "json", "--budget-items", "6", "--budget-usd", "3"];
    let said = with(&place, PRICES, &server, &rest).ends(1);
    let last = said.lines().pop().unwrap();
    let budget = &last["budget"];
    assert_eq!((&budget["items"], &budget["used_items"], &budget["usd"]), (&6.into(), &6.into(), &3.0.into()));
    assert_eq!((&budget["reached"], &last["phase"]), (&"The cap of 6 items is reached.".into(), &"ended".into()));
    let endpoint = &last["endpoints"][0];
    assert_eq!(endpoint["steps"], serde_json::json!(["question", "answer"]));
    assert_eq!(endpoint["requests"], 12);
    assert!(endpoint["origin"].as_str().unwrap().starts_with("http://127.0.0.1:"), "{endpoint}");
    assert!(endpoint["p95_ms"].is_u64() && endpoint["set_aside_seconds"].is_null(), "{endpoint}");
    for event in said.lines().iter().filter(|event| event["event"] != "item_failed") {
        let of = |key: &str| event[key].as_u64().unwrap();
        assert_eq!(of("done") + of("failed") + of("running") + of("securing") + of("left"), 20, "{event}");
    }
}
