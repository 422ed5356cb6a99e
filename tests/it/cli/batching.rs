//! Homework by batch: files of requests out, files of results in, and the whole way through a server.

use provost::demo::{DemoServer, Options};
use serde_json::{Value, json};

use super::{Place, Said};

fn server(faults: &str) -> DemoServer {
    DemoServer::start(Options { faults: faults.parse().unwrap(), ..Options::default() }).unwrap()
}

fn batch(place: &Place, server: &DemoServer, rest: &[&str]) -> Said {
    place.on(&[&["batch"], rest, &["--base-url", &server.base_url(), "--model", "provost-demo"]].concat())
}

fn requests(place: &Place, file: &str) -> Vec<Value> {
    place.read(file).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn result(request: &Value, text: &str) -> String {
    let body = json!({"choices": [{"message": {"content": text}, "finish_reason": "stop"}]});
    json!({"custom_id": request["custom_id"], "response": {"status_code": 200, "body": body}, "error": null})
        .to_string()
}

#[test]
fn help_of_batch() {
    for command in ["run", "export", "import", "submit", "poll", "cancel", "status", "dialects"] {
        let said = Place::new().run(&["batch", command, "--help"]).succeeds();
        assert!(said.out.contains("Examples:") && said.out.contains("Exit codes:"), "{}", said.out);
        insta::assert_snapshot!(format!("batch_{command}"), said.out);
    }
    insta::assert_snapshot!("dialects", Place::new().run(&["batch", "dialects"]).succeeds().out);
}

#[test]
fn one_process_sends_all_batches_of_a_run() {
    let (place, server) = (Place::with_sample(), server(""));
    for command in ["submit", "run"] {
        let said = batch(&place, &server, &[command, "--count", "4", "--shard", "0/2"]).ends(2);
        assert!(said.err.contains("--shard is for `batch export` and `generate`"), "{}", said.err);
    }
    assert_eq!(server.ledger().snapshot().requests, 0);
    batch(&place, &server, &["export", "--count", "4", "--shard", "0/2", "-o", "out"]).succeeds();
}

#[test]
fn what_was_sent_is_not_exported_as_a_file_too() {
    let (place, server) = (Place::with_sample(), server(""));
    batch(&place, &server, &["submit", "--count", "4"]).succeeds();
    let said = batch(&place, &server, &["export", "--count", "6", "-o", "out", "--json"]).succeeds().lines().remove(0);
    assert_eq!((&said["under_way"], &said["files"][0]["requests"]), (&json!(4), &json!(2)));
    let said = batch(&place, &server, &["export", "--count", "6", "-o", "again"]).succeeds();
    assert!(said.out.contains("4 items are with a provider (`provost batch status`)"), "{}", said.out);
}

#[test]
fn requests_leave_and_results_come_back() {
    let (place, server) = (Place::with_sample(), server(""));
    let said = batch(&place, &server, &["export", "--count", "5", "-o", "out", "--most-requests", "3"]).succeeds();
    assert!(
        said.out.contains("out/questions-0001.jsonl") && said.out.contains("out/questions-0002.jsonl"),
        "{}",
        said.out
    );
    assert!(said.err.contains("next: send the files"), "{}", said.err);
    let first = requests(&place, "out/questions-0001.jsonl");
    assert_eq!((first.len(), &first[0]["url"]), (3, &json!("/v1/chat/completions")));
    assert_eq!(server.ledger().snapshot().requests, 0, "nothing is sent");

    let mut lines: Vec<String> = first
        .iter()
        .map(|request| result(request, "Explain in your own words why the sky looks blue at noon and red at sunset."))
        .collect();
    lines[2] = result(&first[2], "Hm.");
    lines.push("{\"custom_id\":\"cut".to_owned());
    place.write("results.jsonl", lines.join("\r\n"));
    let said = place.on(&["batch", "import", "results.jsonl", "--json"]).ends(1);
    let told = said.lines().remove(0);
    assert_eq!((&told["waiting"]["answers"], &told["unreadable"], &told["open"]), (&json!(2), &json!(1), &json!(5)));
    assert!(told["places"][0].as_str().unwrap().starts_with("results.jsonl:4: it is cut"), "{told}");
    let help = place.run(&["batch", "import", "--help"]).succeeds().out;
    for key in told.as_object().unwrap().keys() {
        assert!(help.contains(key), "batch import --json prints {key}, which its help does not name");
    }
    let again = place.on(&["batch", "import", "results.jsonl"]).ends(1);
    assert!(
        again.out.contains("3  taken before") && again.err.contains("results.jsonl:4"),
        "{}{}",
        again.out,
        again.err
    );

    let said = batch(&place, &server, &["export", "--count", "5", "-o", "out", "--json"]).succeeds().lines().remove(0);
    let files: Vec<_> =
        said["files"].as_array().unwrap().iter().map(|file| (&file["stage"], &file["requests"])).collect();
    assert_eq!(files, [(&json!("question"), &json!(3)), (&json!("answer"), &json!(2))]);
    assert_eq!(requests(&place, "out/answers-0001.jsonl")[0]["body"]["messages"].as_array().unwrap().len(), 1);
    assert!(place.on(&["runs"]).succeeds().out.contains("batch"));
}

#[test]
fn bad_input_is_told() {
    let (place, server) = (Place::with_sample(), server(""));
    place.on(&["batch", "import", "missing.jsonl"]).refuses("missing.jsonl");
    place.write("odd.jsonl", "nonsense\n");
    place.on(&["batch", "import", "odd.jsonl"]).refuses("No line is a result");
    let said = batch(&place, &server, &["export", "--count", "5", "-o", "out", "--dialect", "nobody"]).ends(2);
    assert!(said.err.contains("it is one of openai"), "{}", said.err);
    let said = place.on(&["batch", "export", "--count", "5", "-o", "out"]).ends(42);
    assert!(said.err.contains("No model is configured"), "{}", said.err);
    let said = batch(&place, &server, &["export", "--count", "5", "-o", "out", "--most-bytes", "100"]).ends(42);
    assert!(said.err.contains("a file may have 100"), "{}", said.err);
}

#[test]
fn the_whole_way_through_a_server() {
    let place = Place::with_sample();
    let options = Options { batch_faults: "late-output=1".parse().unwrap(), ..Options::default() };
    let server = DemoServer::start(options).unwrap();
    let wanted = ["--count", "6", "--every", "1"];
    let said = batch(&place, &server, &[&["submit"][..], &wanted].concat()).succeeds();
    assert!(
        said.out.contains("questions") && said.err.contains("6 requests for questions"),
        "{}{}",
        said.out,
        said.err
    );
    let parts = place.on(&["batch", "status", "--json"]).succeeds().lines();
    assert_eq!((parts.len(), &parts[0]["number"], &parts[0]["creating"]), (1, &json!(1), &json!(true)));
    let help = place.run(&["batch", "status", "--help"]).succeeds().out;
    for key in parts[0].as_object().unwrap().keys().filter(|key| *key != "run") {
        assert!(help.contains(key), "batch status --json prints {key}, which its help does not name");
    }
    let said = batch(&place, &server, &["poll", "--wait", "--every", "1"]).succeeds();
    assert!(said.out.contains("go on to the answers"), "{}", said.out);
    let said = batch(&place, &server, &[&["run"][..], &wanted].concat()).succeeds();
    assert!(said.out.contains("6  items done") && said.out.contains("0 items are still open"), "{}", said.out);
    assert!(place.on(&["batch", "status"]).succeeds().out.contains("taken: 6 done"));
    assert!(place.on(&["runs"]).succeeds().out.contains("done"));
    let live = batch(&place, &server, &[&["run"][..], &wanted].concat()).succeeds();
    assert!(!live.err.contains("requests for"), "{}", live.err);
    let (url, model) = (server.base_url(), "provost-demo");
    let said = place.on(&["generate", "--count", "6", "--base-url", &url, "--model", model]).succeeds();
    assert_eq!(server.ledger().snapshot().repeated_requests, 0, "{}", said.err);
}

#[test]
fn what_cannot_be_sent_is_told() {
    let (place, server) = (Place::with_sample(), server(""));
    let said = batch(&place, &server, &["run", "--count", "3", "--dialect", "vllm"]).ends(2);
    assert!(said.err.contains("vllm run-batch") && said.err.contains("batch export --dialect vllm"), "{}", said.err);
    place.on(&["batch", "status"]).refuses("No run here has been sent by batch");
    let said = batch(&place, &server, &["run", "--count", "3", "--budget-tokens", "10", "--every", "1"]).ends(1);
    assert!(said.err.contains("10 are allowed"), "{}", said.err);
    let said = batch(&place, &server, &["cancel", "1", "--forget"]).succeeds();
    assert!(said.out.contains("given up by hand"), "{}", said.out);
}

#[test]
fn a_live_run_says_that_requests_are_under_way() {
    let place = Place::with_sample();
    let options = Options { batch_time: std::time::Duration::from_secs(600), ..Options::default() };
    let server = DemoServer::start(options).unwrap();
    batch(&place, &server, &["submit", "--count", "3"]).succeeds();
    let (url, model) = (server.base_url(), "provost-demo");
    let said = place.on(&["generate", "--count", "3", "--base-url", &url, "--model", model]).succeeds();
    assert!(said.err.contains("note: 3 requests are with a provider by batch"), "{}", said.err);
    let said = batch(&place, &server, &["cancel"]).succeeds();
    assert!(said.out.contains("cancelling") || said.out.contains("cancelled"), "{}", said.out);
    batch(&place, &server, &["poll"]).succeeds();
}
