//! The system refuses between the log and the files: nothing is acknowledged that is not done,
//! what is recorded is completed later, and the view is what is on the disk.

use std::cell::RefCell;
use std::fs;

use provost::store::{OpenOptions, StoreError};
use provost::taxonomy::{Facts, Kind, Op};

use super::*;

thread_local! {
    static SABOTAGE: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
}

/// A clock that is asked between the last look at the disk and the log record: the moment to
/// put something in the way.
fn clock() -> (u64, u32) {
    if let Some(sabotage) = SABOTAGE.with_borrow_mut(Option::take) {
        sabotage();
    }
    (provost::store::now(), provost::store::distinct())
}

fn before_the_next_record(sabotage: impl FnOnce() + 'static) {
    SABOTAGE.set(Some(Box::new(sabotage)));
}

fn seen(store: &Store) -> Vec<String> {
    let snapshot = store.snapshot();
    let mut seen: Vec<String> = snapshot.tree.entries().map(|entry| snapshot.tree.path(entry.node.id)).collect();
    seen.extend(snapshot.record.proposals().map(|proposal| format!("{} {:?}", proposal.id, proposal.state)));
    seen.sort();
    seen
}

fn on_disk(dir: &Dir) -> Vec<String> {
    seen(&Store::open(&dir.path, OpenOptions { curator: "reader".into(), read_only: true }).unwrap())
}

#[test]
fn a_recorded_decision_whose_file_cannot_be_written_is_completed_once_it_can() {
    let dir = Dir::new();
    let mut store = dir.open("ana").with_clock(clock);
    let [sciences, physics, ..] = physics(&mut store);
    store.submit(accept(&[sciences])).unwrap();
    let blocked = dir.file("tree/sciences");
    before_the_next_record(move || fs::write(blocked, "in the way").unwrap());
    let error = store.submit(accept(&[physics])).unwrap_err();
    assert!(matches!(error, StoreError::Incomplete { .. }), "{error}");
    assert_eq!(seen(&store), on_disk(&dir), "the view is what is on the disk");

    let add = || Op::Add { parent: None, kind: Kind::Field, nodes: vec![Facts::named("Arts")] };
    assert!(store.submit(add()).is_err(), "the next one waits for it");
    assert_eq!(dir.files("tree"), ["tree/sciences", "tree/sciences.yaml"]);
    fs::remove_file(dir.file("tree/sciences")).unwrap();
    store.submit(add()).unwrap();
    assert_eq!(dir.files("tree"), ["tree/arts.yaml", "tree/sciences.yaml", "tree/sciences/physics.yaml"]);
    assert_eq!(seen(&store), on_disk(&dir));
    store.submit(Op::Undo(None)).unwrap();
    store.submit(Op::Undo(None)).unwrap();
    assert_eq!(dir.files("tree"), ["tree/sciences.yaml"]);
}

#[test]
fn a_log_that_cannot_be_written_means_that_nothing_was_decided() {
    let dir = Dir::new();
    let mut store = dir.open("ana").with_clock(clock);
    let [sciences, ..] = physics(&mut store);
    let blocked = dir.file("decisions");
    before_the_next_record(move || fs::write(blocked, "in the way").unwrap());
    assert!(store.submit(accept(&[sciences])).is_err());
    assert!(dir.files("tree").is_empty() && store.snapshot().record.events().is_empty());
    fs::remove_file(dir.file("decisions")).unwrap();
    store.submit(accept(&[sciences])).unwrap();
    assert_eq!(seen(&store), on_disk(&dir));
}

#[test]
fn half_a_record_left_in_the_log_is_cut_off_before_the_next() {
    let dir = Dir::new();
    let mut store = dir.open("ana").with_clock(clock);
    let [sciences, physics, ..] = physics(&mut store);
    store.submit(accept(&[sciences])).unwrap();
    let log = dir.file(&dir.files("decisions")[0]);
    let half = log.clone();
    before_the_next_record(move || {
        let mut text = fs::read(&half).unwrap();
        text.extend(b"{\"v\":1,\"id\":\"evt_06");
        fs::write(half, text).unwrap();
    });
    store.submit(accept(&[physics])).unwrap();
    drop(store);
    let store = dir.open("ana");
    assert_eq!(store.snapshot().record.events().len(), 2);
    assert!(store.snapshot().problems.is_empty(), "{:?}", store.snapshot().problems);
}

#[test]
fn a_conflict_is_over_once_the_disk_was_looked_at_again() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let [sciences, ..] = physics(&mut store);
    store.submit(accept(&[sciences])).unwrap();
    // Same size, same time: only the content tells.
    let path = dir.file("tree/sciences.yaml");
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    fs::write(&path, dir.read("tree/sciences.yaml").replace("Sciences", "SCIENCES")).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    let mut node = (**store.snapshot().tree.node(sciences).unwrap()).clone();
    node.facts.scope = Some("All of it.".into());
    assert!(matches!(store.submit(Op::Edit(Box::new(node))), Err(StoreError::Conflict { .. })));
    store.refresh().unwrap();
    let mut node = (**store.snapshot().tree.node(sciences).unwrap()).clone();
    assert_eq!(node.facts.name.raw(), "SCIENCES");
    node.facts.scope = Some("All of it.".into());
    store.submit(Op::Edit(Box::new(node))).unwrap();
}
