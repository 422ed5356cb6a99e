//! Homework by command: plan, generate, runs, status, export; and the demo without a terminal.

use std::collections::{BTreeMap, HashSet};
use std::process::Stdio;
use std::time::Duration;

use provost::demo::{DemoServer, Options, Step};

use super::{Place, Said};

fn server(faults: &str, latency: u64) -> DemoServer {
    let latency = Duration::from_millis(latency);
    DemoServer::start(Options { faults: faults.parse().unwrap(), latency, ..Options::default() }).unwrap()
}

fn arguments<'a>(url: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    [&["-C", "t", "generate"], rest, &["--base-url", url, "--model", "provost-demo"]].concat()
}

fn generate(place: &Place, server: &DemoServer, rest: &[&str]) -> Said {
    place.run(&arguments(&server.base_url(), rest))
}

fn questions(server: &DemoServer) -> u64 {
    server.ledger().requests(Step::Question)
}

fn signal(child: &std::process::Child, name: &str) {
    let sent = std::process::Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn a_plan_says_what_would_be_made_and_why_not_more() {
    let place = Place::with_sample();
    let said = place.on(&["plan", "natural-sciences", "--per-subject", "20"]).succeeds();
    insta::assert_snapshot!(said.out);
    assert!(said.err.contains("No model is configured"), "a plan needs none: {}", said.err);
    let plan = place.on(&["plan", "--count", "100", "--preview", "2", "--json"]).succeeds().lines().remove(0);
    assert_eq!(plan["items"], 100);
    let items: u64 =
        plan["subjects"].as_array().unwrap().iter().map(|subject| subject["items"].as_u64().unwrap()).sum();
    assert_eq!(items, 100);
    assert!(plan["not_eligible"].as_array().unwrap().iter().all(|left| left["reason"].is_string()));
    assert!(plan["preview"][0]["concepts"].as_array().unwrap().len() <= 5);
    place.on(&["plan", "nonsense"]).refuses("There is no accepted node");
}

#[test]
fn progress_is_told_as_events_and_the_run_is_listed() {
    let place = Place::with_sample();
    let server = server("refusal@answer:0.2", 0);
    let said = generate(&place, &server, &["--count", "60", "--progress", "json"]).ends(1);
    let events = said.lines();
    let kind = |event: &serde_json::Value| event["event"].as_str().unwrap().to_owned();
    assert_eq!(kind(&events[0]), "started");
    assert_eq!(events[0]["total"], 60);
    let failed = events.iter().filter(|event| kind(event) == "item_failed").count() as u64;
    assert!(failed > 0);
    let last = events.last().unwrap();
    assert_eq!(kind(last), "finished");
    assert_eq!((last["failed"].as_u64(), last["left"].as_u64()), (Some(failed), Some(0)));
    assert_eq!(last["done"].as_u64().unwrap() + failed, 60);
    assert!(said.err.contains("items failed") && said.err.contains("provost status"), "{}", said.err);

    let runs = place.on(&["runs", "--json"]).succeeds().lines();
    assert_eq!((runs.len(), &runs[0]["run"]), (1, &last["run"]));
    let status = place.on(&["status", last["run"].as_str().unwrap(), "--json"]).succeeds().lines().remove(0);
    let help = place.run(&["status", "--help"]).succeeds().out;
    for key in status.as_object().unwrap().keys() {
        assert!(help.contains(key), "status --json prints {key}, which its help does not name");
    }
    assert_eq!(status["items"]["ok"], last["done"]);
    assert_eq!(status["failures"]["refused"].as_u64(), Some(failed));
    assert!(place.on(&["status"]).succeeds().out.contains("provost-demo asks, provost-demo answers"));
    assert!(place.on(&["runs"]).succeeds().out.contains("60 together"));
    place.on(&["status", "nonsense"]).refuses("There is no run nonsense");
}

#[test]
fn a_second_generate_after_one_new_subject_asks_only_for_that_subject() {
    let place = Place::with_sample();
    let server = server("", 0);
    generate(&place, &server, &["--per-subject", "4"]).succeeds();
    let first = questions(&server);
    generate(&place, &server, &["--per-subject", "4"]).succeeds();
    assert_eq!(questions(&server), first, "everything is there");
    let syllabus = place.proposals(&["--kind", "syllabus"]).remove(0);
    place.on(&["decide", syllabus["id"].as_str().unwrap(), "--accept"]).succeeds();
    generate(&place, &server, &["--per-subject", "4"]).succeeds();
    assert_eq!(questions(&server), first + 4);
    place.on(&["export", "-o", "out.jsonl"]).succeeds();
    assert_eq!(place.read("out.jsonl").lines().count() as u64, first + 4);
    place.on(&["undo"]).succeeds();
    let said = place.on(&["export", "-o", "out.jsonl"]).succeeds();
    assert!(said.err.contains("4 left out: their subject or its syllabus has changed"), "{}", said.err);
    assert_eq!(place.read("out.jsonl").lines().count() as u64, first);
}

#[test]
#[cfg(unix)]
fn ctrl_c_finishes_what_flies_and_the_same_command_resumes() {
    let place = Place::with_sample();
    let server = server("", 20);
    let url = server.base_url();
    let words = arguments(&url, &["--count", "200", "--concurrency", "8"]);
    let child = place.command(&words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while questions(&server) < 30 {
        std::thread::yield_now();
    }
    signal(&child, "-INT");
    let said = Said::of(child.wait_with_output().unwrap()).ends(10);
    assert!(said.out.contains("stopped: ") && said.err.contains("the same command resumes"), "{}", said.err);
    let asked = questions(&server);
    assert!(asked < 200);
    place.run(&words).succeeds();
    assert_eq!(questions(&server), 200, "nothing is asked twice");
}

#[test]
#[cfg(unix)]
fn a_second_ctrl_c_drops_what_flies() {
    use std::io::BufRead as _;
    let place = Place::with_sample();
    let server = server("hang@answer", 0);
    let url = server.base_url();
    let words = arguments(&url, &["--count", "20", "--concurrency", "4", "--progress", "json"]);
    let mut child = place.command(&words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while server.ledger().requests(Step::Answer) < 4 {
        std::thread::yield_now();
    }
    signal(&child, "-INT");
    let mut told = std::io::BufReader::new(child.stderr.take().unwrap()).lines();
    let stopping = told.find(|line| line.as_ref().unwrap().contains("Stopping after the 4 items under way"));
    assert!(stopping.is_some());
    signal(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(10));
    assert_eq!(questions(&server), 4);
}

#[test]
fn what_stops_a_run_decides_the_exit_code() {
    let place = Place::with_sample();
    for (faults, code, words) in [("quota", 11, "later"), ("401", 42, "fix the profile")] {
        let said = generate(&place, &server(faults, 0), &["--count", "20"]).ends(code).hides_nothing();
        assert!(said.err.contains(words), "{}", said.err);
    }
    let gone = server("", 0).base_url();
    let said = place.run(&arguments(&gone, &["--count", "20"])).ends(11);
    let told = ["All 20 items that were asked for failed", "Is the server running?", "the same command resumes"];
    assert!(told.iter().all(|words| said.err.contains(words)), "{}", said.err);
    place.on(&["generate", "--count", "20"]).ends(42);
    let empty = Place::with_taxonomy();
    generate(&empty, &server("", 0), &["--count", "20"]).refuses("nothing to generate");
    empty.on(&["export", "-o", "out.jsonl"]).ends(1);
    empty.on(&["export", "--run", "nonsense", "-o", "out.jsonl"]).refuses("There is no run nonsense");
}

#[test]
fn the_demo_without_a_terminal_does_the_whole_job() {
    let place = Place::new();
    let said = place.run(&["demo", "--headless", "--into", "demo"]).succeeds().hides_nothing();
    for words in
        ["Copied the sample taxonomy to demo", "subjects proposed", "done: 50 of 50 items", "50 items in", "Q: "]
    {
        assert!(said.out.contains(words), "{words}: {}", said.out);
    }
    let lines: Vec<serde_json::Value> =
        place.read("demo/homework.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 50);
    assert!(lines.iter().all(|line| line["messages"][1]["role"] == "assistant"));
    let again = place.run(&["demo", "--headless", "--into", "demo"]).succeeds();
    assert!(again.out.contains("Going on with the taxonomy in demo"), "{}", again.out);
    place.write("other/file", "x");
    place.run(&["demo", "--headless", "--into", "other"]).refuses("not empty");
}

/// The walk of the README: import, decide, propose, review, generate with a kill, export.
#[test]
#[cfg(unix)]
fn the_walk_from_a_table_to_a_dataset() {
    let place = Place::with_taxonomy();
    let table = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/openalex-physics.csv");
    let said = place.on(&["import", table.to_str().unwrap(), "--format", "csv"]).succeeds();
    assert!(said.out.starts_with("104 rows, 114 new proposals"), "{}", said.out);

    let path = "physical-sciences/physics-and-astronomy/condensed-matter-physics";
    place
        .on(&["decide", "physical-sciences", "physics-and-astronomy", "condensed-matter-physics", "--accept"])
        .succeeds();
    let subjects = place.proposals(&["--kind", "subject", "--under", path]);
    let ids: Vec<&str> = subjects.iter().map(|line| line["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 8);
    place.on(&[&["decide"], &ids[..5], &["--accept"]].concat()).succeeds();
    place.on(&["decide", ids[5], "--reject", "duplicate"]).succeeds();
    place.on(&["decide", ids[6], "--reject", "other:too close to engineering"]).succeeds();
    place.on(&["undo"]).succeeds();
    assert_eq!(place.proposals(&["--kind", "subject", "--under", path]).len(), 2);

    let server = server("", 2);
    let url = server.base_url();
    let model = ["--base-url", &url, "--model", "provost-demo"];
    place.on(&[&["propose", path, "--what", "syllabus"], &model[..]].concat()).succeeds();
    let syllabi = place.proposals(&["--kind", "syllabus"]);
    assert_eq!(syllabi.len(), 5);
    let ids: Vec<&str> = syllabi.iter().map(|line| line["id"].as_str().unwrap()).collect();
    let yaml = place.on(&["show", ids[0], "--yaml"]).succeeds().out;
    let concept = yaml.split("concepts:\n").nth(1).unwrap().lines().next().unwrap().trim();
    place.write("syllabus.yaml", yaml.replacen(concept, "- Bloch's theorem", 1));
    place.on(&["decide", ids[0], "--accept", "--edit", "syllabus.yaml"]).succeeds();
    place.on(&[&["decide"], &ids[1..], &["--accept"]].concat()).succeeds();

    let words = arguments(&url, &["--count", "500", "--concurrency", "32"]);
    let mut child = place.command(&words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while questions(&server) < 200 {
        assert!(child.try_wait().unwrap().is_none(), "it is not over before it is killed");
        std::thread::yield_now();
    }
    signal(&child, "-KILL");
    child.wait().unwrap();
    let before = questions(&server);
    place.run(&words).succeeds();
    let asked = questions(&server);
    assert!((500..=500 + 32).contains(&asked), "{asked} questions, {before} of them before the kill");

    let said = place.on(&["export", "--format", "messages", "-o", "out.jsonl"]).succeeds();
    let lines: Vec<serde_json::Value> =
        place.read("out.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let items: HashSet<&str> = lines.iter().map(|line| line["meta"]["item"].as_str().unwrap()).collect();
    // The demo model writes from templates: now and then two of its questions are nearly the same.
    let near = said.err.lines().find(|line| line.contains("nearly the same question"));
    let near: usize = near.map_or(0, |line| line.split(' ').next().unwrap().parse().unwrap());
    assert_eq!((lines.len() + near, items.len()), (500, lines.len()));
    assert!(near < 10, "{near}");
    let accepted: BTreeMap<String, serde_json::Value> = place
        .on(&["tree", "--json"])
        .succeeds()
        .lines()
        .into_iter()
        .map(|node| (node["id"].as_str().unwrap().to_owned(), node))
        .collect();
    for line in &lines {
        let nodes = line["meta"]["nodes"].as_array().unwrap();
        assert!(nodes.iter().all(|node| accepted[node.as_str().unwrap()]["state"] == "accepted"));
    }
    let text = place.read("out.jsonl");
    assert!(text.contains("Bloch's theorem"), "the concept that was changed is asked about");
    for format in ["conversation", "openai", "prompt-completion", "sharegpt", "alpaca", "csv"] {
        place.on(&["export", "--format", format, "-o", "other"]).succeeds();
        assert!(place.read("other").lines().count() >= lines.len(), "{format}");
    }
}

#[test]
fn what_can_not_be_generated_or_written_is_refused_before_anything_is_done() {
    let place = Place::with_sample();
    place.on(&["plan", "--count", "0"]).refuses("0 is not in 1..");
    place.on(&["generate", "--per-subject", "0"]).refuses("0 is not in 1..");
    place.on(&["export", "-o", "nowhere/out.jsonl"]).refuses("there is no folder nowhere");
    place.on(&["export", "-o", "t"]).refuses("t is there and is not a file");
    place.on(&["export", "-o", "-"]).refuses("not to stdout");
    #[cfg(unix)]
    {
        let linked = place.write("linked.jsonl", "kept");
        std::os::unix::fs::symlink(&linked, place.path("link")).unwrap();
        place.on(&["export", "-o", "link"]).refuses("link is there and is not a file");
        assert!(place.path("link").is_symlink());
        assert_eq!(place.read("linked.jsonl"), "kept");
    }
    assert!(!place.path("-").exists() && place.path("t/provost.yaml").exists());
}

#[test]
fn progress_events_and_exported_lines_have_the_keys_that_scripts_rely_on() {
    let place = Place::with_sample();
    let server = server("", 0);
    let said = generate(&place, &server, &["--count", "20", "--progress", "json"]).succeeds();
    let counts = [
        "done",
        "failed",
        "running",
        "left",
        "per_second",
        "eta_seconds",
        "prompt_tokens",
        "completion_tokens",
        "cost_usd",
    ];
    for event in said.lines() {
        for key in counts {
            assert!(event.get(key).is_some(), "{key} in {event}");
        }
    }
    let last = said.lines().pop().unwrap();
    assert!(last["run"].is_string() && last["path"].is_string(), "{last}");
    place.on(&["export", "--format", "messages", "-o", "out.jsonl"]).succeeds();
    let text = place.read("out.jsonl");
    assert_eq!(text.lines().count(), 20);
    for line in text.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let roles: Vec<_> = line["messages"].as_array().unwrap().iter().map(|message| &message["role"]).collect();
        assert_eq!(roles, ["user", "assistant"]);
        for key in ["item", "path", "kind", "sessions", "concepts", "strategy", "models"] {
            assert!(line["meta"].get(key).is_some(), "{key} in {line}");
        }
    }
}
