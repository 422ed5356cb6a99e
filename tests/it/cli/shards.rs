//! One plan on several machines, or in several processes on one.

use std::collections::HashSet;
use std::fs;
use std::process::Stdio;
use std::time::Duration;

use provost::demo::{DemoServer, Options, Step};

use super::{Place, Said, copy};
use crate::runs::segments;

fn server(latency: u64) -> DemoServer {
    DemoServer::start(Options { latency: Duration::from_millis(latency), ..Options::default() }).unwrap()
}

fn words(server: &DemoServer, rest: &[&str]) -> Vec<String> {
    let url = server.base_url();
    let words = [&["-C", "t", "generate"], rest, &["--base-url", &url, "--model", "provost-demo"]].concat();
    words.into_iter().map(str::to_owned).collect()
}

fn generate(place: &Place, server: &DemoServer, rest: &[&str]) -> Said {
    let words = words(server, rest);
    place.run(&words.iter().map(String::as_str).collect::<Vec<_>>())
}

fn questions(server: &DemoServer) -> u64 {
    server.ledger().requests(Step::Question)
}

fn items(place: &Place, rest: &[&str]) -> Vec<String> {
    let said = place.on(&[&["plan", "--count", "300", "--items", "--json"], rest].concat()).succeeds();
    said.lines().iter().map(|line| line["item"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_shards_of_any_number_are_the_plan() {
    let place = Place::with_sample();
    let all: HashSet<String> = items(&place, &[]).into_iter().collect();
    assert_eq!(all.len(), 300);
    for of in [1, 2, 3, 7] {
        let parts: Vec<String> = (0..of).flat_map(|at| items(&place, &["--shard", &format!("{at}/{of}")])).collect();
        assert_eq!(parts.len(), 300, "of {of}");
        assert_eq!(parts.into_iter().collect::<HashSet<_>>(), all, "of {of}");
    }
    place.on(&["plan", "--shard", "8/8"]).refuses("of 8 the last is 7/8");
    place.on(&["generate", "--shard", "1"]).refuses("write K/N");
}

#[test]
fn the_folders_of_three_machines_are_copied_together() {
    let server = server(0);
    let machines: Vec<Place> = (0..3).map(|_| Place::with_sample()).collect();
    for (at, machine) in machines.iter().enumerate() {
        generate(machine, &server, &["--count", "200", "--shard", &format!("{at}/3")]).succeeds();
    }
    assert_eq!(questions(&server), 200);
    let mut exports = Vec::new();
    for order in [[0, 1, 2], [2, 0, 1]] {
        let merged = Place::with_sample();
        order.iter().for_each(|at| copy(&machines[*at].path("t/runs"), &merged.path("t/runs")));
        let runs = merged.on(&["runs", "--json"]).succeeds().lines();
        assert_eq!(runs.len(), 1, "one plan is one run");
        assert_eq!((&runs[0]["state"], &runs[0]["items"]["ok"]), (&"done".into(), &200.into()));
        let run = runs[0]["run"].as_str().unwrap();
        let file = |place: &Place| fs::read(place.path(&format!("t/runs/{run}/run.yaml"))).unwrap();
        assert!(machines.iter().all(|machine| file(machine) == file(&merged)), "run.yaml is the same everywhere");
        assert_eq!(segments(&merged.path("t/runs")).len(), 3);
        generate(&merged, &server, &["--count", "200"]).succeeds();
        generate(&merged, &server, &["--count", "200", "--shard", "1/5"]).succeeds();
        assert_eq!(questions(&server), 200, "nothing is left");
        merged.on(&["export", "-o", "out.jsonl"]).succeeds();
        exports.push(merged.read("out.jsonl"));
    }
    assert_eq!(exports[0], exports[1], "whatever was copied first");
    assert_eq!(exports[0].lines().count(), 200);
}

#[test]
fn shards_work_side_by_side_on_one_directory() {
    let (place, server) = (Place::with_sample(), server(5));
    let start = |at: usize| {
        let words = words(&server, &["--count", "240", "--concurrency", "4", "--shard", &format!("{at}/4")]);
        let mut command = place.command(&words.iter().map(String::as_str).collect::<Vec<_>>());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<_> = (0..4).map(start).collect();
    let said: Vec<Said> = children.into_iter().map(|child| Said::of(child.wait_with_output().unwrap())).collect();
    said.into_iter().for_each(|said| drop(said.succeeds()));
    assert_eq!(questions(&server), 240);
    let runs = place.on(&["runs", "--json"]).succeeds().lines();
    assert_eq!((runs.len(), &runs[0]["state"], &runs[0]["items"]["ok"]), (1, &"done".into(), &240.into()));
}

#[test]
fn who_makes_the_same_items_at_the_same_moment_is_told_to_come_later() {
    let place = Place::with_sample();
    let (silent, sound) =
        (DemoServer::start(Options { faults: "hang:1".parse().unwrap(), ..Options::default() }), server(0));
    let silent = silent.unwrap();
    let words = words(&silent, &["natural-sciences/physics", "--per-subject", "3"]);
    let mut command = place.command(&words.iter().map(String::as_str).collect::<Vec<_>>());
    let mut first = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while questions(&silent) == 0 {
        std::thread::yield_now();
    }
    let run = place.on(&["runs", "--json"]).succeeds().lines()[0]["run"].as_str().unwrap().to_owned();
    for all in [&["--per-subject", "3"][..], &["--per-subject", "5", "--shard", "1/2"]] {
        let said = generate(&place, &sound, all).ends(10).hides_nothing();
        assert!(said.err.contains(&format!("in the run {run}")) && said.err.contains("no item twice"), "{}", said.err);
    }
    let out = place.path("out").display().to_string();
    place
        .on(&[
            "batch",
            "export",
            "--per-subject",
            "3",
            "-o",
            &out,
            "--model",
            "provost-demo",
            "--base-url",
            &sound.base_url(),
        ])
        .ends(10);
    assert_eq!(questions(&sound), 0);
    assert_eq!(place.on(&["runs", "--json"]).succeeds().lines().len(), 1, "who was refused leaves no run");
    generate(&place, &sound, &["natural-sciences/chemistry", "--per-subject", "3"]).succeeds();
    assert_eq!(questions(&sound), 3, "other subjects are nobody else's");
    generate(&place, &sound, &["--per-subject", "3", "--seed", "2"]).succeeds();
    first.kill().unwrap();
    first.wait().unwrap();
    generate(&place, &sound, &["--per-subject", "3"]).succeeds();
    place.on(&["verify"]).succeeds();
}

#[test]
fn the_number_of_shards_may_change_between_runs() {
    let (place, server) = (Place::with_sample(), server(0));
    generate(&place, &server, &["--count", "200", "--shard", "1/2"]).succeeds();
    let first = questions(&server);
    assert!(first > 40 && first < 160, "{first}");
    for at in 0..7 {
        generate(&place, &server, &["--count", "200", "--shard", &format!("{at}/7")]).succeeds();
    }
    assert_eq!(questions(&server), 200);
    // A small plan leaves some shards without any item: that is no mistake.
    for at in 0..64 {
        generate(&place, &server, &["--count", "6", "--shard", &format!("{at}/64")]).succeeds();
    }
}

#[test]
fn a_run_is_proven_and_damage_is_named_with_its_line() {
    let (place, server) = (Place::with_sample(), server(0));
    generate(&place, &server, &["--per-subject", "5"]).succeeds();
    let said = place.on(&["verify"]).succeeds();
    assert!(said.out.contains("provenance proven of") && said.out.contains("0 never tried"), "{}", said.out);
    let whole = place.on(&["verify", "--json"]).succeeds().lines().remove(0);
    assert_eq!(
        (&whole["records"], &whole["missing"], &whole["same_plan"]),
        (&whole["proven"], &0.into(), &true.into())
    );
    let help = place.run(&["verify", "--help"]).succeeds().out;
    for key in whole.as_object().unwrap().keys() {
        assert!(help.contains(key.as_str()), "verify --json prints {key}, which its help does not name");
    }
    // A syllabus that is edited makes items stale; they stay proven by the version in the log.
    let syllabus = place.proposals(&["--kind", "syllabus"]).remove(0);
    place.on(&["decide", syllabus["id"].as_str().unwrap(), "--accept"]).succeeds();
    place.on(&["verify"]).succeeds();

    let run = whole["run"].as_str().unwrap();
    let segment = segments(&place.path("t/runs")).remove(0);
    let text = fs::read_to_string(&segment).unwrap();
    fs::write(&segment, text.replacen("\"strategy\":1", "\"strategy\":2", 1)).unwrap();
    let said = place.on(&["verify", run]).ends(1).hides_nothing();
    let name = segment.file_name().unwrap().to_str().unwrap();
    assert!(said.out.contains(&format!("runs/{run}/segments/{name}:")), "{}", said.out);
    assert!(said.out.contains("[damaged-line]") && said.out.contains("asks for its item again"), "{}", said.out);
    let found = place.on(&["verify", "--json"]).ends(1).lines().remove(0);
    assert!(found["findings"].as_array().unwrap().iter().all(|found| found["fix"].is_string()));
    let before = questions(&server);
    generate(&place, &server, &["--per-subject", "5"]).succeeds();
    // The new subject's five, and the damaged one.
    assert_eq!(questions(&server) - before, 6);
    place.on(&["verify", "nonsense"]).refuses("There is no run nonsense");
    assert!(place.on(&["verify", "--codes"]).succeeds().out.contains("torn-tail: "));
}

#[test]
fn items_of_a_syllabus_that_was_edited_by_hand_are_told_and_no_fault() {
    let (place, server) = (Place::with_sample(), server(0));
    let file = "t/tree/natural-sciences/physics/optics.yaml";
    let text = place.read(file).replacen("Optics studies how light", "Optics shows how light", 1);
    place.write(file, &text);
    generate(&place, &server, &["--per-subject", "3"]).succeeds();
    place.write(file, text.replacen("Optics shows how light", "Optics says how light", 1));
    let said = place.on(&["verify"]).succeeds();
    assert!(said.out.contains("not proven, no fault: 3: the syllabus of Optics (sub_215pmh8vk8)"), "{}", said.out);
    let whole = place.on(&["verify", "--json"]).succeeds().lines().remove(0);
    assert_eq!((&whole["edited"]["sub_215pmh8vk8"], &whole["same_plan"]), (&3.into(), &false.into()));
    // In a checkout of then all is proven.
    place.write(file, text);
    let then = place.on(&["verify", "--json"]).succeeds().lines().remove(0);
    assert_eq!((&then["edited"], &then["proven"]), (&serde_json::json!({}), &then["records"]));
}

#[test]
fn what_is_counted_does_not_depend_on_ledgers() {
    let (place, server) = (Place::with_sample(), server(0));
    generate(&place, &server, &["--count", "60"]).succeeds();
    let url = server.base_url();
    let plan = ["plan", "--count", "60", "--json", "--base-url", &url, "--model", "provost-demo"];
    let counted = |what: &[&str]| place.on(what).succeeds().out;
    let all = || [counted(&["status", "--json"]), counted(&["runs", "--json"]), counted(&plan)];
    let with = all();
    for run in fs::read_dir(place.path("t/runs")).unwrap().flatten().filter(|entry| entry.path().is_dir()) {
        for file in fs::read_dir(run.path().join("segments")).unwrap().flatten() {
            if file.path().extension().is_some_and(|extension| extension == "ledger") {
                fs::remove_file(file.path()).unwrap();
            }
        }
    }
    assert_eq!(all(), with, "read from the segments");
    assert_eq!(all(), with, "and from the ledgers that were written then");
}

#[test]
fn chosen_failures_are_asked_for_again_in_the_same_run() {
    let place = Place::with_sample();
    let bad = DemoServer::start(Options {
        faults: "refusal@answer:0.3,echo@answer:0.3".parse().unwrap(),
        ..Options::default()
    })
    .unwrap();
    // Three times, so that some are given up.
    for _ in 0..3 {
        generate(&place, &bad, &["--count", "40"]).ends(1);
    }
    let status = place.on(&["status", "--json"]).succeeds().lines().remove(0);
    let run = status["run"].as_str().unwrap().to_owned();
    let failures = status["failures"].as_object().unwrap().clone();
    let number = |class: &str| failures[class].as_u64().unwrap();
    let all: u64 = failures.values().map(|number| number.as_u64().unwrap()).sum();
    assert!(number("refused") > 0 && number("echo") > 0, "{failures:?}");
    let good = server(0);
    let url = good.base_url();
    let retry = |rest: &[&str]| {
        let model = ["--base-url", url.as_str(), "--model", "provost-demo"];
        place.on(&[&["retry", run.as_str()], rest, &model].concat())
    };
    let dry = retry(&["--dry-run", "--json"]).succeeds().lines().remove(0);
    assert_eq!((dry["items"].as_u64(), &dry["classes"]), (Some(all), &status["failures"]));
    assert!(dry["given_up"].as_u64().unwrap() > 0 && dry["prompt_tokens"].as_u64().unwrap() > 0, "{dry}");
    assert!(retry(&["--dry-run"]).succeeds().out.contains("items would be asked for"));
    assert_eq!(questions(&good), 0);

    retry(&["--class", "refused"]).succeeds();
    assert_eq!(questions(&good), number("refused"));
    retry(&["--class", "refused"]).refuses("no failures of the class refused");
    retry(&[]).succeeds();
    assert_eq!(questions(&good), all);
    assert!(retry(&[]).succeeds().out.contains("nothing to ask again"));
    let runs = place.on(&["runs", "--json"]).succeeds().lines();
    let items: u64 = runs.iter().map(|run| run["items"]["ok"].as_u64().unwrap()).sum();
    assert_eq!(items, 40, "every item once");
    place.on(&["verify"]).succeeds();
    let other = place.on(&["retry", &run, "--base-url", &url, "--model", "another"]).ends(42);
    assert!(other.err.contains("another recipe") && other.err.contains("provost-demo"), "{}", other.err);
    place.on(&["retry", "nonsense", "--base-url", &url, "--model", "provost-demo"]).refuses("There is no run nonsense");
}

/// How many records of finished items there are, and of how many different ones.
#[cfg(unix)]
fn finished(place: &Place) -> (u64, u64) {
    let verified = place.on(&["verify", "--json"]).succeeds().lines();
    let sum = |key: &str| verified.iter().map(|run| run[key].as_u64().unwrap()).sum();
    (sum("records"), sum("ok"))
}

#[test]
#[cfg(unix)]
fn eight_shards_that_are_killed_at_once_lose_and_double_nothing() {
    let (place, server) = (Place::with_sample(), server(15));
    // Each round kills eight; in all, 304 or 16.
    let (rounds, count) = if crate::runs::all_faults() { (38, 4_000) } else { (2, 400) };
    let start = || -> Vec<_> {
        let of = |at: usize| {
            let count = count.to_string();
            let words = words(&server, &["--count", &count, "--concurrency", "3", "--shard", &format!("{at}/8")]);
            let mut command = place.command(&words.iter().map(String::as_str).collect::<Vec<_>>());
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        (0..8).map(of).collect()
    };
    for round in 1..=rounds {
        let mut children = start();
        while questions(&server) < round * count * 3 / (rounds * 4) {
            std::thread::yield_now();
        }
        for child in &mut children {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        // What a power loss leaves besides: half a record at the end of a segment.
        let longest = segments(&place.path("t/runs")).into_iter().max_by_key(|path| path.metadata().unwrap().len());
        let longest = longest.unwrap();
        let length = longest.metadata().unwrap().len();
        fs::File::options().write(true).open(&longest).unwrap().set_len(length - 40).unwrap();
    }
    start().into_iter().for_each(|child| drop(Said::of(child.wait_with_output().unwrap()).succeeds()));
    assert_eq!(finished(&place), (count, count));
    let asked = questions(&server) + server.ledger().requests(Step::Answer);
    // The requests that flew in eight shards, and both of the record that was cut.
    assert!(asked <= 2 * count + rounds * (8 * 3 + 2), "{asked}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_said_and_the_same_command_goes_on() {
    let (place, server) = (Place::with_sample(), server(0));
    let words = words(&server, &["--count", "100", "--concurrency", "4"]);
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    // No file may grow beyond 64 blocks of 512 bytes; the signal for it is ignored, so that writing fails.
    let script = format!("trap '' XFSZ; ulimit -f 64; exec '{}' {}", env!("CARGO_BIN_EXE_provost"), quoted.join(" "));
    let shell = || {
        let mut command = std::process::Command::new("/bin/sh");
        command.arg("-c").arg(&script).current_dir(place.path("")).env_clear().stdin(Stdio::null());
        command.env("PATH", std::env::var("PATH").unwrap()).env("HOME", place.path("home")).env("USER", "ana");
        Said::of(command.output().unwrap())
    };
    let said = shell().ends(1).hides_nothing();
    assert!(said.err.contains("a record cannot be written: File too large"), "{}", said.err);
    assert!(said.err.contains("the same command resumes"), "{}", said.err);
    let once = questions(&server);
    assert!(once < 100, "{once}");
    place.run(&words.iter().map(String::as_str).collect::<Vec<_>>()).succeeds();
    let runs = place.on(&["runs", "--json"]).succeeds().lines();
    assert_eq!((runs.len(), &runs[0]["items"]["ok"]), (1, &100.into()));
    // What flew, and the group of records that did not fit any more.
    assert!(questions(&server) <= 100 + 2 * 4, "{}", questions(&server));
    assert_eq!(finished(&place), (100, 100));
}
