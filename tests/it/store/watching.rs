//! Other hands at work under an open handle: what they do is shown, and nothing stops it.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use provost::store::{OpenOptions, StoreHandle};
use provost::taxonomy::{Facts, Kind, Op};

use super::*;

/// Waits until the view is as wanted; a test that would wait for ever fails instead.
async fn until(handle: &StoreHandle, wanted: impl Fn(&Snapshot) -> bool) {
    let mut changes = handle.changes();
    let seen = tokio::time::timeout(Duration::from_secs(60), changes.wait_for(|snapshot| wanted(snapshot))).await;
    seen.expect("the view never changed").expect("the store has stopped");
}

fn add(name: &str) -> Op {
    Op::Add { parent: None, kind: Kind::Field, nodes: vec![Facts::named(name)] }
}

#[tokio::test]
async fn a_reader_sees_the_first_proposals_and_decisions_of_a_new_directory() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let reader = Store::open(&dir.path, OpenOptions { curator: "bo".into(), read_only: true }).unwrap().into_handle();
    let [sciences, ..] = physics(&mut store);
    until(&reader, |snapshot| snapshot.record.proposals().count() == 4).await;
    store.submit(accept(&[sciences])).unwrap();
    until(&reader, |snapshot| snapshot.record.events().len() == 1 && snapshot.tree.len() == 1).await;
}

#[tokio::test]
async fn what_changed_before_it_was_watched_is_seen_once_it_is() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    store.submit(add("Arts")).unwrap();
    let handle = store.into_handle_unwatched();
    fs::write(dir.file("tree/arts.yaml"), dir.read("tree/arts.yaml") + "\nnotes: by hand\n").unwrap();
    handle.submit(add("Law")).await.unwrap();
    assert!(handle.snapshot().tree.node(field("Arts")).unwrap().notes.is_none(), "nobody looks yet");
    handle.watch();
    until(&handle, |snapshot| snapshot.tree.node(field("Arts")).is_some_and(|node| node.notes.is_some())).await;
    fs::write(dir.file("tree/law.yaml"), dir.read("tree/law.yaml") + "\nnotes: by hand\n").unwrap();
    until(&handle, |snapshot| snapshot.tree.node(field("Law")).is_some_and(|node| node.notes.is_some())).await;
}

#[tokio::test]
async fn a_storm_of_changes_does_not_hide_what_changed() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    store.submit(add("Arts")).unwrap();
    let handle = store.into_handle();
    let stop = Arc::new(AtomicBool::new(false));
    let storm = {
        let (path, stop) = (dir.file("tree/storm.yaml"), stop.clone());
        std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                fs::write(&path, "half a fi").unwrap();
                std::thread::yield_now();
            }
        })
    };
    fs::write(dir.file("tree/arts.yaml"), dir.read("tree/arts.yaml") + "\nnotes: by hand\n").unwrap();
    until(&handle, |snapshot| snapshot.tree.node(field("Arts")).is_some_and(|node| node.notes.is_some())).await;
    handle.submit(add("Law")).await.unwrap();
    stop.store(true, Ordering::Relaxed);
    storm.join().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn proposals_that_never_pause_do_not_hide_what_changed() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    store.submit(add("Arts")).unwrap();
    let handle = store.into_handle();
    let stop = Arc::new(AtomicBool::new(false));
    let stream = {
        let (handle, stop) = (handle.clone(), stop.clone());
        tokio::spawn(async move {
            // There is always one more on its way, refused or not.
            let mut last = handle.submit(Op::Undo(Some(provost::taxonomy::EventId::new(1, 1))));
            while !stop.load(Ordering::Relaxed) {
                let next = handle.submit(Op::Undo(Some(provost::taxonomy::EventId::new(1, 1))));
                let _ = std::mem::replace(&mut last, next).await;
            }
            let _ = last.await;
        })
    };
    fs::write(dir.file("tree/arts.yaml"), dir.read("tree/arts.yaml") + "\nnotes: by hand\n").unwrap();
    until(&handle, |snapshot| snapshot.tree.node(field("Arts")).is_some_and(|node| node.notes.is_some())).await;
    stop.store(true, Ordering::Relaxed);
    stream.await.unwrap();
}

#[tokio::test]
async fn a_manifest_that_goes_is_told_and_one_that_comes_back_counts() {
    let dir = Dir::new();
    let handle = dir.open("ana").into_handle();
    let mut notices = handle.notices();
    let manifest = dir.read("provost.yaml");
    fs::remove_file(dir.file("provost.yaml")).unwrap();
    let notice = tokio::time::timeout(Duration::from_secs(60), notices.recv()).await.unwrap().unwrap();
    assert!(notice.message.contains("has no provost.yaml"), "{}", notice.message);
    let refused = handle.submit(add("Arts")).await.unwrap_err();
    assert!(refused.to_string().contains("has no provost.yaml"), "{refused}");
    fs::write(dir.file("provost.yaml"), manifest.replace("Test", "Again")).unwrap();
    until(&handle, |snapshot| snapshot.manifest.title.raw() == "Again").await;
    handle.submit(add("Arts")).await.unwrap();
    assert_eq!(handle.snapshot().tree.len(), 1);
}

/// Writes a manifest that was there before, with the time it had.
fn bring_back(path: &Path, text: &str, modified: std::time::SystemTime) {
    fs::write(path, text).unwrap();
    fs::File::options().write(true).open(path).unwrap().set_modified(modified).unwrap();
}

#[test]
fn nothing_is_decided_while_the_manifest_cannot_be_used() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let path = dir.file("provost.yaml");
    let (text, modified) = (dir.read("provost.yaml"), fs::metadata(&path).unwrap().modified().unwrap());
    for (broken, why) in [(text.replace("format: 1", "format: 2"), "format"), ("title: [".to_owned(), "provost.yaml")] {
        fs::write(&path, broken).unwrap();
        // Whether somebody has looked since or not.
        for looked in [false, true] {
            assert!(!looked || store.refresh().is_err());
            for op in [add("Arts"), batch(&[(None, Kind::Field, "Law")])] {
                let refused = store.submit(op).unwrap_err();
                assert!(refused.to_string().contains(why), "{refused}");
            }
        }
        assert_eq!((dir.files("tree"), dir.files("decisions"), dir.files("proposals")), (vec![], vec![], vec![]));
    }
    // What changed meanwhile is seen although the manifest looks as it was read.
    fs::write(dir.file("tree/law.yaml"), format!("id: {}\n\nkind: field\n\nname: Law\n", field("Law"))).unwrap();
    assert!(store.refresh().is_err());
    bring_back(&path, &text, modified);
    store.submit(add("Arts")).unwrap();
    assert_eq!(store.snapshot().tree.len(), 2);
}

#[tokio::test]
async fn what_changed_while_the_manifest_was_broken_is_seen_once_it_is_as_before() {
    let dir = Dir::new();
    let path = dir.file("provost.yaml");
    let (text, modified) = (dir.read("provost.yaml"), fs::metadata(&path).unwrap().modified().unwrap());
    let handle = dir.open("ana").into_handle();
    let mut notices = handle.notices();
    fs::write(&path, "title: [").unwrap();
    fs::write(dir.file("tree/law.yaml"), format!("id: {}\n\nkind: field\n\nname: Law\n", field("Law"))).unwrap();
    let notice = tokio::time::timeout(Duration::from_secs(60), notices.recv()).await.unwrap().unwrap();
    assert!(notice.message.contains("provost.yaml"), "{}", notice.message);
    bring_back(&path, &text, modified);
    until(&handle, |snapshot| snapshot.tree.len() == 1).await;
}

#[tokio::test]
async fn another_branch_under_an_open_store_and_back() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let all = physics(&mut store);
    store.submit(accept(&all)).unwrap();
    let handle = store.into_handle();
    for part in ["tree", "decisions"] {
        fs::rename(dir.file(part), dir.file(&format!("{part}-away"))).unwrap();
    }
    // A folder where a file was.
    fs::create_dir_all(dir.file("tree/sciences.yaml")).unwrap();
    until(&handle, |snapshot| snapshot.tree.is_empty() && snapshot.record.events().is_empty()).await;
    handle.submit(add("Arts")).await.unwrap();
    assert!(dir.file("tree/arts.yaml").exists());
    for part in ["tree", "decisions"] {
        fs::remove_dir_all(dir.file(part)).unwrap();
        fs::rename(dir.file(&format!("{part}-away")), dir.file(part)).unwrap();
    }
    until(&handle, |snapshot| snapshot.tree.len() == 4 && snapshot.record.events().len() == 1).await;
    handle.submit(Op::Undo(None)).await.unwrap();
    assert!(dir.files("tree").is_empty());
}

#[tokio::test]
async fn a_checkout_of_thousands_is_told_in_a_few_words() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let nodes = (0..300).map(|number| Facts::named(format!("Field {number}"))).collect();
    store.submit(Op::Add { parent: None, kind: Kind::Field, nodes }).unwrap();
    fs::remove_dir_all(dir.file("tree")).unwrap();
    let notices = store.refresh().unwrap();
    assert!(notices.len() <= 22, "{}", notices.len());
    assert!(notices.iter().any(|notice| notice.message.contains("280 more")), "{notices:?}");
    assert!(store.snapshot().tree.is_empty());
    store.submit(add("Arts")).unwrap();
}

#[test]
fn private_files_that_git_clean_removed_come_back_and_keep_others_out() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    store.submit(add("Arts")).unwrap();
    fs::remove_dir_all(dir.file(".provost")).unwrap();
    store.submit(add("Law")).unwrap();
    assert!(dir.file(".provost/applied").exists());
    assert!(dir.open("bo").is_read_only().is_some(), "the lock is held again");
    fs::remove_dir_all(dir.file(".provost")).unwrap();
    let mut second = dir.open("bo");
    assert_eq!(second.is_read_only(), None);
    assert!(store.submit(add("Trades")).is_err(), "the other one was faster");
    second.submit(add("Trades")).unwrap();
}
