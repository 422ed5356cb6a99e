//! Killed at every call, and at any moment.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::script;
use super::{all, each, some, trace};

#[test]
fn killed_at_a_system_call_nothing_acknowledged_is_lost() {
    if !trace::is_here() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let places = trace::places(&script::begin(temp.path()));
    // Several threads secure files: the more evenly they share it, the fewer calls each of them makes.
    assert!(places.len() > 120, "{} calls are too few for this session", places.len());
    println!("{} calls", places.len());
    let (places, kills) = (some(places, 17), AtomicUsize::new(0));
    each(&places, |(call, at)| {
        let temp = tempfile::tempdir().unwrap();
        let dir = script::begin(temp.path());
        let ended = trace::session(&dir, Some(&format!("{call}:signal=SIGKILL:when={at}")), None);
        let what = format!("killed at {call} {at} ({ended:?})");
        kills.fetch_add(usize::from(ended.is_none()), Ordering::Relaxed);
        script::check(&dir, &what);
    });
    // Files are secured by threads whose number of calls differs from run to run.
    let kills = kills.into_inner();
    println!("{kills} of {} were killed", places.len());
    assert!(kills * 10 >= places.len() * 9, "only {kills} of {} were killed", places.len());
}

#[test]
fn killed_while_it_recovers_nothing_acknowledged_is_lost() {
    if !trace::is_here() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let renames: Vec<_> =
        trace::places(&script::begin(temp.path())).into_iter().filter(|(call, _)| call.starts_with("rename")).collect();
    each(&some(renames, 7), |(call, at)| {
        // The second process opens what the first one left, and is killed at one of its own first calls.
        for second in ["renameat2:signal=SIGKILL:when=1", "fsync:signal=SIGKILL:when=2", "write:signal=SIGKILL:when=6"]
        {
            let temp = tempfile::tempdir().unwrap();
            let dir = script::begin(temp.path());
            let ended = trace::session(&dir, Some(&format!("{call}:signal=SIGKILL:when={at}")), None);
            assert_eq!(ended, None, "it was killed at {call} {at}");
            trace::session(&dir, Some(second), None);
            script::check_after(&dir, &format!("killed at {call} {at}, then at {second}"), 2);
        }
    });
}

#[test]
fn killed_at_any_moment_nothing_acknowledged_is_lost() {
    let rounds: Vec<u64> = (0..if all() { 1_000 } else { 25 }).collect();
    each(&rounds, |round| {
        let temp = tempfile::tempdir().unwrap();
        let dir = script::begin(temp.path());
        let mut session = script::start(&dir);
        // Spread over the time that a session takes; that it is killed before or after it does no harm.
        while !script::acks(&dir).exists() && session.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_micros(round * 7_919 % 60_000));
        session.kill().unwrap();
        session.wait().unwrap();
        script::check(&dir, &format!("killed in round {round}"));
    });
}
