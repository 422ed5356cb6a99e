//! A run of homework that is killed at each call that touches files: what was finished is there, once, and the same command goes on.

use std::collections::{BTreeMap, HashMap};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use provost::demo::{DemoServer, Options, Step};

use super::{each, some, some_of_slow, trace};
use crate::cli::{Place, Said};
use crate::runs::segments;

/// How many items the run has, and how many are asked for at once.
const ITEMS: u64 = 12;
const AT_ONCE: u64 = 3;

fn words(server: &DemoServer) -> Vec<String> {
    let url = server.base_url();
    let (items, at_once) = (ITEMS.to_string(), AT_ONCE.to_string());
    let words = ["-C", "t", "generate", "--count", &items, "--concurrency", &at_once];
    [&words[..], &["--base-url", &url, "--model", "provost-demo"]].concat().into_iter().map(str::to_owned).collect()
}

fn plain(place: &Place, server: &DemoServer) -> Said {
    place.run(&words(server).iter().map(String::as_str).collect::<Vec<_>>())
}

/// The command under `strace`, which kills it where it says; whether it was killed.
fn traced(place: &Place, server: &DemoServer, injected: Option<&str>) -> bool {
    let command = place.command(&[]);
    let mut traced = std::process::Command::new("strace");
    traced.args(["-f", "-qq", "-y", "-e", &trace::expression()]).args(trace::filter(injected));
    traced.arg("-o").arg(place.path("trace"));
    if let Some(injected) = injected {
        traced.args(["-e", &format!("inject={injected}")]);
    }
    traced.arg(command.get_program()).args(words(server)).current_dir(place.path("")).env_clear();
    traced.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    traced.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    traced.status().unwrap().code().is_none()
}

/// The records that are whole: of each item, its line.
pub fn whole(place: &Place) -> HashMap<String, String> {
    let text: String =
        segments(&place.path("t/runs")).iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let item = |line: &str| {
        let record: serde_json::Value = serde_json::from_str(line).ok()?;
        Some((record["item"].as_str()?.to_owned(), line.to_owned()))
    };
    lines.filter_map(item).collect()
}

/// Cuts the last record that was written in two; `false` where there is none yet.
fn cut_last_record(place: &Place) -> bool {
    let Some(path) = segments(&place.path("t/runs")).pop() else { return false };
    let text = std::fs::read_to_string(&path).unwrap();
    let Some(last) = text.lines().last() else { return false };
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_len((text.len() - last.len() / 2) as u64).unwrap();
    true
}

/// The same command again after a kill, perhaps with the last record cut: nothing that was finished is lost or made twice.
fn goes_on(place: &Place, server: &DemoServer, what: &str, cut: bool) {
    // As if the machine had gone down with it: the end of the last record is not on the disk.
    let cut = cut && cut_last_record(place);
    let what = format!("{what}, {}", if cut { "cut" } else { "not cut" });
    let before = whole(place);
    plain(place, server).succeeds();
    let after = whole(place);
    assert_eq!(after.len() as u64, ITEMS, "{what}");
    for (item, line) in before {
        assert_eq!(after.get(&item), Some(&line), "{what}: {item} was finished");
    }
    let verified = place.on(&["verify", "--json"]).succeeds().lines();
    let sum = |key: &str| verified.iter().map(|run| run[key].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("records"), sum("ok")), (ITEMS, ITEMS), "{what}");
    let asked = asked(server);
    // Of each item under way, the request that flew, or whose reply had come and was not written yet; all of a record that was cut.
    let most = 2 * ITEMS + AT_ONCE + if cut { 2 } else { 0 };
    assert!(asked <= most, "{what}: {asked} requests");
    let left = crate::store::files_below(&place.path("t"), "");
    let left: Vec<_> = left.iter().filter(|path| path.contains("/.provost-") || path.ends_with(".tmp")).collect();
    assert!(left.is_empty(), "{what}: {left:?}");
}

fn asked(server: &DemoServer) -> u64 {
    server.ledger().requests(Step::Question) + server.ledger().requests(Step::Answer)
}

#[test]
fn a_run_that_is_killed_at_a_system_call_loses_and_doubles_nothing() {
    if !trace::is_here() {
        return;
    }
    let (place, server) = (Place::with_sample(), DemoServer::start(Options::default()).unwrap());
    assert!(!traced(&place, &server, None));
    let text = place.read("trace");
    let mut by_thread: BTreeMap<(&str, &str), (usize, usize)> = BTreeMap::new();
    for (thread, call) in text.lines().filter_map(trace::call_of) {
        by_thread.entry((call, thread)).or_default().1 += 1;
    }
    let places: Vec<(String, usize)> = trace::most(by_thread)
        .into_iter()
        .flat_map(|(call, (_, all))| (1..=all).map(move |at| (call.clone(), at)))
        .collect();
    assert!(places.len() > 60, "{} calls are too few for this run", places.len());
    println!("{} calls", places.len());
    let places = some_of_slow(places, 23, 5);
    let kills = AtomicUsize::new(0);
    each(&places, |(call, at)| {
        let (place, server) = (Place::with_sample(), DemoServer::start(Options::default()).unwrap());
        let killed = traced(&place, &server, Some(&format!("{call}:signal=SIGKILL:when={at}")));
        kills.fetch_add(usize::from(killed), Ordering::Relaxed);
        goes_on(&place, &server, &format!("killed at {call} {at} ({killed})"), at % 2 == 0);
    });
    // Which thread does what differs from run to run, so some come to an end.
    let kills = kills.into_inner();
    assert!(kills * 2 > places.len(), "only {kills} of {} were killed", places.len());
}

#[test]
fn a_run_that_is_killed_between_two_requests_asks_for_nothing_twice_that_had_come() {
    // The first three are asked for, the first three answers, the first that follows a finished one, and so on.
    let places: Vec<u64> = (1..2 * ITEMS).collect();
    each(&some(places, 4), |at| {
        let options = || Options { latency: Duration::from_millis(60), ..Options::default() };
        let (place, server) = (Place::with_sample(), DemoServer::start(options()).unwrap());
        let words = words(&server);
        let mut command = place.command(&words.iter().map(String::as_str).collect::<Vec<_>>());
        let mut run = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while asked(&server) < *at && run.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        run.kill().unwrap();
        run.wait().unwrap();
        goes_on(&place, &server, &format!("killed after {at} requests"), at % 3 == 0);
    });
}

#[test]
fn a_run_says_that_it_is_done_once_its_records_are_on_the_disk() {
    if !trace::is_here() {
        return;
    }
    let (place, server) = (Place::with_sample(), DemoServer::start(Options::default()).unwrap());
    assert!(!traced(&place, &server, None));
    let trace = place.read("trace");
    let trace: Vec<&str> = trace.lines().collect();
    // Each call with the path that it is about, by the line at which it begins.
    let last = |calls: &[&str], path: &str| {
        let is_one = |line: &&str| {
            let call = line.split_whitespace().nth(1).unwrap_or_default();
            calls.iter().any(|name| call.starts_with(&format!("{name}("))) && line.contains(path)
        };
        trace.iter().rposition(is_one).unwrap_or_else(|| panic!("no {calls:?} of {path}"))
    };
    for segment in segments(&place.path("t/runs")) {
        let name = format!("segments/{}>", segment.file_name().unwrap().to_string_lossy());
        let written = last(&["write", "writev", "pwrite64"], &name);
        let secured = last(&["fdatasync", "fsync"], &name);
        let done = last(&["rename", "renameat", "renameat2"], "outcome.yaml");
        assert!(written < secured, "{name} was written to in line {written} and secured in line {secured}");
        assert!(secured < done, "{name} was secured in line {secured}, and the run was done in line {done}");
    }
    assert!(place.path("t/runs").is_dir() && whole(&place).len() as u64 == ITEMS);
}
