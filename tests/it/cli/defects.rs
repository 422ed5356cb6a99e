//! What other implementations of the method get wrong, and this one must not: one test for each defect, named after it. The
//! table in docs/quality.md says which defect is held by which test, also where an older test does it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use provost::demo::{DemoServer, Options, Step};
use provost::homework::checks::Checker;
use provost::llm::Prompt;
use serde_json::Value;

use super::{Place, Said};
use crate::runs;

fn server_with(faults: &str, latency: u64) -> DemoServer {
    let latency = Duration::from_millis(latency);
    DemoServer::start(Options { faults: faults.parse().unwrap(), latency, ..Options::default() }).unwrap()
}

fn server(faults: &str) -> DemoServer {
    server_with(faults, 0)
}

fn words<'a>(url: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    [&["-C", "t", "generate"], rest, &["--progress", "json", "--base-url", url, "--model", "provost-demo"]].concat()
}

fn generate(place: &Place, server: &DemoServer, rest: &[&str]) -> Said {
    place.run(&words(&server.base_url(), rest))
}

fn segments(place: &Place) -> Vec<PathBuf> {
    runs::segments(&place.path("t/runs"))
}

fn records(place: &Place) -> Vec<Value> {
    runs::records(&place.path("t/runs"))
}

/// Question and answer of every good item, by its id.
fn pairs(place: &Place) -> BTreeMap<String, (String, String)> {
    let text = |record: &Value, key: &str| record[key].as_str().unwrap().to_owned();
    let good = records(place).into_iter().filter(|record| record["status"] == "ok");
    good.map(|record| (text(&record, "item"), (text(&record, "question"), text(&record, "answer")))).collect()
}

// 4.1, defect 1: `if a not in "DO NOT KNOW"` keeps "DO NOT KNOW." and drops "NO".
#[test]
fn do_not_know_is_tested_the_right_way_round() {
    let checker = Checker::default();
    for answer in ["NO", "NO.", "KNOW", "DO", "T"] {
        assert_eq!(checker.answer(answer, "Is 91 prime?"), [], "{answer} is an answer");
    }
    for answer in
        ["DO NOT KNOW", "DO NOT KNOW.", "The root is 3. DO NOT KNOW the other one.", "答えは DO NOT KNOW です。"]
    {
        let found = checker.answer(answer, "Is 91 prime?");
        assert_eq!(found.first().map(|finding| finding.check.code()), Some("do_not_know"), "{answer}");
    }
}

// 4.1, defect 2: after a failed batch the answers of the batch before are appended again, and pairs are joined by position.
#[test]
fn answers_are_never_attached_to_another_question_when_calls_fail() {
    let (good, bad) = (Place::with_sample(), Place::with_sample());
    generate(&good, &server(""), &["--count", "80"]).succeeds();
    let faults =
        "500@answer:0.1,empty@answer:0.15,cut@answer:0.1,refusal@answer:0.15,badjson@question:0.1,refusal@question:0.1";
    let failing = server(faults);
    generate(&bad, &failing, &["--count", "80", "--concurrency", "16"]).ends(1);
    assert!(failing.ledger().snapshot().faults.len() >= 4, "{:?}", failing.ledger().snapshot().faults);
    let (truth, made) = (pairs(&good), pairs(&bad));
    assert!(made.len() > 40 && made.len() < 80, "{}", made.len());
    for (item, pair) in &made {
        assert_eq!(
            truth.get(item),
            Some(pair),
            "an item has the question and the answer it would have without any failure"
        );
    }
    let questions: HashSet<&String> = made.values().map(|(question, _)| question).collect();
    assert_eq!(questions.len(), made.len(), "no question twice");
}

// 4.1, defect 3: bad taxonomy, syllabus or subject JSON crashes the program or recurses without limit.
#[test]
fn broken_json_costs_its_reply_and_not_the_program() {
    for (what, faults) in
        [("children", "badjson@propose"), ("syllabus", "badjson@syllabus"), ("children", "baditem@propose")]
    {
        let (place, server) = (Place::with_sample(), server(faults));
        let url = server.base_url();
        let model = ["--base-url", url.as_str(), "--model", "provost-demo"];
        let said =
            place.on(&[&["propose", "natural-sciences/physics", "--what", what, "--runs", "2"], &model[..]].concat());
        assert!((0..=2).contains(&said.code), "{what} {faults}: {}\n{}", said.code, said.err);
        assert!(!said.err.contains("panicked"), "{}", said.err);
        let asked = server.ledger().snapshot().requests;
        assert!(asked < 60, "{faults}: asked {asked} times");
        let checked = place.on(&["check"]);
        assert!(checked.code == 0 || !checked.err.contains("problem"), "{}", checked.err);
        place.on(&["tree"]).succeeds();
    }
}

// 4.1, defect 4: nothing is written until everything is finished, so a crash loses everything.
#[test]
#[cfg(unix)]
fn a_crash_loses_nothing_that_was_finished() {
    let (place, server) = (Place::with_sample(), server_with("", 15));
    let url = server.base_url();
    let arguments = words(&url, &["--count", "120", "--concurrency", "6"]);
    let mut child = place.command(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while server.ledger().requests(Step::Answer) < 40 {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let finished = pairs(&place).len();
    assert!(finished >= 40 - 12, "{finished} of about 40 are on disk");
    place.run(&arguments).succeeds();
    assert_eq!(pairs(&place).len(), 120);
    let asked = server.ledger().requests(Step::Question);
    assert!(asked <= 120 + 6, "only what flew is asked again: {asked}");
}

// 4.1, defect 5: `--generate_question_only False` means True.
#[test]
fn a_flag_never_reads_false_as_true() {
    let (place, server) = (Place::with_sample(), server(""));
    generate(&place, &server, &["--count", "2", "--judge=false"]).ends(2);
    generate(&place, &server, &["--judge", "False", "--count", "2"]).refuses("There is no accepted node");
    let text = place.read("t/provost.yaml");
    let text = match text.contains("homework:\n") {
        true => text.replace("homework:\n", "homework:\n  judge: false\n"),
        false => format!("{text}\nhomework:\n  judge: false\n"),
    };
    place.write("t/provost.yaml", &text);
    generate(&place, &server, &["--count", "2"]).succeeds();
    assert_eq!(server.ledger().requests(Step::Judge), 0);
    place.write("t/provost.yaml", text.replace("judge: false", "judge: \"False\""));
    generate(&place, &server, &["--count", "3"]);
    assert_eq!(server.ledger().requests(Step::Judge), 0, "whether it is taken or refused, it is not true");
}

// 4.1, defect 6: a shipped script names a file that is not in the repository.
#[test]
fn files_that_the_documentation_links_to_are_there() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec![root.join("README.md"), root.join("ARCHITECTURE.md"), root.join("CONTRIBUTING.md")];
    pages.extend(std::fs::read_dir(root.join("docs")).unwrap().map(|page| page.unwrap().path()));
    let mut links = 0;
    for page in pages.iter().filter(|page| page.extension().is_some_and(|ending| ending == "md")) {
        let text = std::fs::read_to_string(page).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#', ' ']).next()) {
            if link.is_empty() || link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            links += 1;
            assert!(page.parent().unwrap().join(link).exists(), "{} links to {link}", page.display());
        }
    }
    assert!(links > 0);
}

// 4.1, defect 8: only status 429 is retried; any other error skips the batch.
#[test]
fn every_passing_error_is_survived() {
    let faults = "500:0.06,503:0.04,reset:0.04,cut:0.04,html:0.04,retry-after=none";
    let (place, server) = (Place::with_sample(), server(faults));
    generate(&place, &server, &["--count", "60"]);
    assert!(pairs(&place).len() >= 50, "most items never notice: {}", pairs(&place).len());
    // An item that met several errors in a row is open, whatever the next runs meet.
    for _ in 0..4 {
        generate(&place, &server, &["--count", "60"]);
    }
    assert_eq!(pairs(&place).len(), 60);
    let faults = server.ledger().snapshot().faults;
    assert!(faults.len() >= 4 && !faults.contains_key("429"), "{faults:?}");
}

// 4.1, defect 9: subjects and syllabi are strictly serial, and nobody counts tokens.
#[test]
fn calls_go_out_at_once_and_their_tokens_are_counted() {
    let (place, server) = (Place::with_sample(), server_with("", 5));
    let said = generate(&place, &server, &["--count", "40", "--concurrency", "8"]).succeeds();
    let seen = server.ledger().snapshot();
    assert!((4..=8).contains(&seen.most_in_flight), "{}", seen.most_in_flight);
    let last = said.lines().pop().unwrap();
    for (event, of) in [
        ("prompt_tokens", [seen.steps["question"].prompt_tokens, seen.steps["answer"].prompt_tokens]),
        ("completion_tokens", [seen.steps["question"].completion_tokens, seen.steps["answer"].completion_tokens]),
    ] {
        assert_eq!(last[event].as_u64(), Some(of.iter().sum()), "{event}");
    }
    let syllabi = server_with("", 20);
    let url = syllabi.base_url();
    place.on(&["propose", "/", "--what", "syllabus", "--base-url", &url, "--model", "provost-demo"]).succeeds();
    assert!(syllabi.ledger().snapshot().most_in_flight > 1);
}

// 4.1, row "example in prompt": all sample sets begin with the prompt's own example subject.
#[test]
fn no_example_subject_leaks_out_of_a_prompt() {
    let place = Place::with_sample();
    let tree = place.on(&["tree", "/", "--depth", "9", "--json"]).succeeds();
    let names = tree.lines().into_iter().map(|node| node["name"].as_str().unwrap_or_default().to_owned());
    let mut names: BTreeSet<String> = names.filter(|name| name.len() > 4).collect();
    names.extend(
        ["Introduction to Computer Science", "Machine Learning", "Organic Chemistry", "Calculus"].map(str::to_owned),
    );
    // Words of the method, not names of what is taught.
    for prompt in Prompt::ALL {
        let text = prompt.embedded();
        for name in &names {
            assert!(!text.contains(name.as_str()), "the prompt {} names {name}", prompt.as_str());
        }
    }
}

// 4.1, row "sampling": strategy 2 is coded but unreachable. 4.1, row "diversity": one sample is used for a whole batch.
#[test]
fn strategy_two_is_reachable_and_no_two_prompts_of_a_run_are_the_same() {
    let (place, server) = (Place::with_sample(), server(""));
    generate(&place, &server, &["--count", "200"]).succeeds();
    let records = records(&place);
    let two = records.iter().filter(|record| record["strategy"] == 2).count();
    assert!((80..=120).contains(&two), "{two} of 200 draw on two sessions");
    for record in &records {
        let sessions: BTreeSet<&str> =
            record["concepts"].as_array().unwrap().iter().map(|concept| concept["session"].as_str().unwrap()).collect();
        assert_eq!(sessions.len() as u64, record["strategy"].as_u64().unwrap(), "concepts of each session");
        assert!((1..=5).contains(&record["concepts"].as_array().unwrap().len()));
    }
    let prompts = server.ledger().prompts();
    let questions: Vec<_> = prompts.values().filter(|prompt| prompt.step == "question").collect();
    assert_eq!(questions.len(), 200);
    assert!(questions.iter().all(|prompt| prompt.requests == 1), "each prompt is sent once");
}

// 4.1, row "provenance": rows hold no discipline, session, concepts, model, id or seed. 4.1, row "taxonomy": the tree is thrown away.
#[test]
fn every_record_and_every_exported_row_says_where_it_comes_from() {
    let (place, server) = (Place::with_sample(), server(""));
    generate(&place, &server, &["--count", "30", "--seed", "7"]).succeeds();
    for record in records(&place) {
        assert_eq!(record["item"].as_str().unwrap().len(), 32);
        assert_eq!((&record["seed"], record["recipe"].as_str().unwrap().len()), (&7.into(), 32));
        assert!(record["path"].as_array().unwrap().len() >= 3, "field, discipline and subject");
        assert_eq!(record["path"].as_array().unwrap().len(), record["nodes"].as_array().unwrap().len());
        assert!(!record["sessions"][0]["title"].as_str().unwrap().is_empty());
        assert!(!record["concepts"][0]["concept"].as_str().unwrap().is_empty());
        for call in ["question_call", "answer_call"] {
            let call = &record[call];
            assert_eq!((&call["model"], &call["finish"]), (&"provost-demo".into(), &"stop".into()));
            assert!(call["prompt"].is_string() && call["sampling"]["temperature"].is_number());
            assert!(call["tokens"]["prompt_tokens"].as_u64().unwrap() > 0);
        }
    }
    place.on(&["export", "-o", "out.jsonl"]).succeeds();
    for line in place.read("out.jsonl").lines() {
        let meta = &serde_json::from_str::<Value>(line).unwrap()["meta"];
        for key in ["item", "path", "sessions", "concepts", "strategy", "models"] {
            assert!(!meta[key].is_null(), "{key}: {line}");
        }
    }
}

// 4.2: a re-run overwrites everything.
#[test]
fn a_second_run_overwrites_nothing() {
    let (place, server) = (Place::with_sample(), server(""));
    generate(&place, &server, &["--count", "10"]).succeeds();
    let before: Vec<(PathBuf, Vec<u8>)> =
        segments(&place).into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect();
    generate(&place, &server, &["--count", "10"]).succeeds();
    generate(&place, &server, &["--count", "10", "--seed", "2"]).succeeds();
    assert_eq!(pairs(&place).len(), 20);
    for (path, bytes) in before {
        assert_eq!(std::fs::read(&path).unwrap(), bytes, "{} is as it was", path.display());
    }
}

// 4.2: file names made from slugs collide.
#[test]
fn names_whose_slugs_collide_are_two_nodes_in_two_files() {
    let place = Place::with_sample();
    let names = ["Resume Parsing", "Résumé Parsing", "Rèsumé Parsing"];
    for name in names {
        place.on(&["add", "formal-sciences/computing/computer-science", name]).succeeds();
    }
    let tree = place.on(&["tree", "formal-sciences/computing/computer-science", "--json"]).succeeds().lines();
    let made: Vec<&Value> =
        tree.iter().filter(|node| names.contains(&node["name"].as_str().unwrap_or_default())).collect();
    assert_eq!(made.len(), 3);
    for key in ["id", "path"] {
        let distinct: BTreeSet<&str> = made.iter().map(|node| node[key].as_str().unwrap()).collect();
        assert_eq!(distinct.len(), 3, "{key}: {distinct:?}");
    }
    for node in made {
        assert!(place.path(&format!("t/tree/{}.yaml", node["path"].as_str().unwrap())).is_file());
    }
}

// 4.2: names of several words are split wrongly when they are read back.
#[test]
fn names_of_several_words_come_back_whole() {
    let (place, server) = (Place::with_sample(), server(""));
    let place_of = "formal-sciences/computing/computer-science";
    place.on(&["add", place_of, "Classical Mechanics: Kinematics and_Statics"]).succeeds();
    generate(&place, &server, &["--count", "30"]).succeeds();
    let tree = place.on(&["tree", "/", "--depth", "9", "--json"]).succeeds().lines();
    let names: HashSet<&str> = tree.iter().filter_map(|node| node["name"].as_str()).collect();
    assert!(names.contains("Classical Mechanics: Kinematics and_Statics"));
    for record in records(&place) {
        for name in record["path"].as_array().unwrap() {
            assert!(names.contains(name.as_str().unwrap()), "{name} is a name of the tree");
        }
    }
}

// 4.2: loading a missing taxonomy silently substitutes placeholder disciplines.
#[test]
fn a_missing_taxonomy_is_an_error_and_no_placeholder() {
    let (place, server) = (Place::new(), server(""));
    let url = server.base_url();
    place.run(&words(&url, &["--count", "5"])).ends(2);
    assert!(!place.path("t").exists());
    place.run(&["init", "t", "--title", "Empty"]).succeeds();
    let said = place.run(&words(&url, &["--count", "5"])).ends(2);
    assert!(said.err.contains("nothing to generate") || said.err.contains("no subject"), "{}", said.err);
    assert_eq!((server.ledger().snapshot().requests, segments(&place).len()), (0, 0));
}
