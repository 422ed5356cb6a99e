//! The disk: crashes, other hands, broken files, two instances.

use std::fs;

use provost::store::StoreError;
use provost::taxonomy::{Facts, Kind, Op};

use super::*;

#[test]
fn a_decision_whose_file_was_not_written_is_completed_at_the_next_open() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let [sciences, physics, optics, acoustics] = physics(&mut store);
    store.submit(accept(&[sciences, physics])).unwrap();
    let applied = dir.read(".provost/applied");
    store.submit(accept(&[optics, acoustics])).unwrap();
    let applied = super::crash::killed(&applied, &dir.read(".provost/applied"));
    drop(store);
    // As after a crash right behind the log: the marker is old, one of two files is missing.
    fs::write(dir.file(".provost/applied"), applied).unwrap();
    fs::remove_file(dir.file("tree/sciences/physics/optics.yaml")).unwrap();

    let mut store = dir.open("ana");
    assert!(dir.file("tree/sciences/physics/optics.yaml").exists());
    assert!(store.snapshot().tree.node(optics).is_some());
    let notices = store.take_notices();
    assert!(notices[0].message.contains("1 were completed"), "{notices:?}");
    store.submit(Op::Undo(None)).unwrap();
    assert_eq!(dir.files("tree").len(), 2);
}

#[test]
fn a_file_deleted_by_hand_is_not_brought_back() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let [sciences, ..] = physics(&mut store);
    store.submit(accept(&[sciences])).unwrap();
    drop(store);
    fs::remove_file(dir.file("tree/sciences.yaml")).unwrap();
    let store = dir.open("ana");
    assert!(store.snapshot().tree.is_empty() && dir.files("tree").is_empty());
}

#[test]
fn a_torn_log_loses_only_its_last_line_and_says_so() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let [sciences, physics, ..] = physics(&mut store);
    store.submit(accept(&[sciences])).unwrap();
    store.submit(accept(&[physics])).unwrap();
    drop(store);
    let log = dir.files("decisions").remove(0);
    let whole = fs::read(dir.file(&log)).unwrap();
    fs::write(dir.file(&log), [&whole[..], b"{\"v\":1,\"id\":\"evt_06d"].concat()).unwrap();

    let mut store = dir.open("ana");
    assert_eq!(store.snapshot().record.events().len(), 2);
    let notices = store.take_notices();
    assert!(notices[0].message.contains("20 bytes are kept"), "{notices:?}");
    assert_eq!(fs::read(dir.file(&log)).unwrap(), whole);
    store.submit(Op::Undo(None)).unwrap();
    drop(store);
    assert_eq!(dir.open("ana").snapshot().record.events().len(), 3);
}

#[test]
fn a_second_instance_reads_and_does_not_write() {
    let dir = Dir::new();
    let mut first = dir.open("ana");
    let mut second = dir.open("bo");
    assert!(second.is_read_only().unwrap().contains("ana"));
    let [sciences, ..] = physics(&mut first);
    let refused = second.submit(accept(&[sciences])).unwrap_err();
    assert!(matches!(refused, StoreError::ReadOnly(_)), "{refused}");
    drop(first);
    let mut third = dir.open("bo");
    assert_eq!(third.is_read_only(), None);
    third.submit(accept(&[sciences])).unwrap();
}

#[test]
fn what_other_hands_changed_is_never_overwritten() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let [sciences, physics, ..] = physics(&mut store);
    store.submit(accept(&[sciences, physics])).unwrap();
    let path = "tree/sciences/physics.yaml";
    let by_hand = dir.read(path) + "\nnotes: |\n  Mine.\n";
    fs::write(dir.file(path), &by_hand).unwrap();

    let mut edited = (**store.snapshot().tree.node(physics).unwrap()).clone();
    edited.facts.scope = Some("Nature.".into());
    let error = store.submit(Op::Edit(Box::new(edited.clone()))).unwrap_err();
    assert!(matches!(&error, StoreError::Conflict { path: at } if at == path), "{error}");
    assert_eq!(dir.read(path), by_hand);
    assert_eq!(store.snapshot().record.events().len(), 1, "nothing was recorded");

    let notices = store.refresh().unwrap();
    assert_eq!(notices[0].path, path);
    let mut now = (**store.snapshot().tree.node(physics).unwrap()).clone();
    assert_eq!(now.notes.as_ref().unwrap().raw(), "Mine.\n");
    now.facts.scope = Some("Nature.".into());
    store.submit(Op::Edit(Box::new(now))).unwrap();
    assert!(dir.read(path).contains("Mine.") && dir.read(path).contains("Nature."));
}

thread_local! {
    /// Who writes while a decision is on its way: run when the clock is asked for its time, which is after the files were
    /// looked at and before the log is written.
    static BETWEEN: std::cell::RefCell<Option<Box<dyn FnOnce()>>> = const { std::cell::RefCell::new(None) };
}

fn clock_with_others() -> (u64, u32) {
    if let Some(writes) = BETWEEN.take() {
        writes();
    }
    (provost::store::now(), provost::store::distinct())
}

#[test]
fn what_other_hands_write_while_a_decision_is_synced_is_not_overwritten() {
    let dir = Dir::new();
    let mut store = dir.open("ana").with_clock(clock_with_others);
    let add = |name: &str| Op::Add { parent: None, kind: Kind::Field, nodes: vec![Facts::named(name)] };
    store.submit(add("Arts")).unwrap();
    let meanwhile = |path: &str, text: String| {
        let path = dir.file(path);
        BETWEEN.set(Some(Box::new(move || fs::write(path, text).unwrap())));
    };

    // Another key of a node that is patched: both changes hold in the end.
    let by_hand = dir.read("tree/arts.yaml") + "\nnotes: typed by hand\n";
    meanwhile("tree/arts.yaml", by_hand.clone());
    let mut arts = (**store.snapshot().tree.node(field("Arts")).unwrap()).clone();
    arts.facts.scope = Some("Mine.".into());
    let error = store.submit(Op::Edit(Box::new(arts))).unwrap_err();
    assert!(matches!(&error, StoreError::Incomplete { path, .. } if path == "tree/arts.yaml"), "{error}");
    assert!(error.to_string().contains("changed outside provost"), "{error}");
    assert_eq!(dir.read("tree/arts.yaml"), by_hand);
    store.submit(add("Law")).unwrap();
    let text = dir.read("tree/arts.yaml");
    assert!(text.contains("typed by hand") && text.contains("Mine."), "{text}");

    // A file in the place of one of several new ones: the others are written.
    let theirs = "id: fld_0000000000\n\nkind: field\n\nname: Music\n";
    meanwhile("tree/music.yaml", theirs.to_owned());
    let nodes = ["History", "Music", "Zoology"].map(Facts::named).to_vec();
    let error = store.submit(Op::Add { parent: None, kind: Kind::Field, nodes }).unwrap_err();
    assert!(matches!(&error, StoreError::Incomplete { path, .. } if path == "tree/music.yaml"), "{error}");
    assert_eq!(dir.read("tree/music.yaml"), theirs);
    assert!(dir.file("tree/history.yaml").exists() && dir.file("tree/zoology.yaml").exists());
    store.submit(add("Trades")).unwrap();
    let notices = store.take_notices();
    assert!(notices.iter().any(|notice| notice.message.contains("left as they are")), "{notices:?}");
    assert_eq!(dir.read("tree/music.yaml"), theirs);

    // A file that is removed.
    let changed = dir.read("tree/trades.yaml") + "\nnotes: typed by hand\n";
    meanwhile("tree/trades.yaml", changed.clone());
    let error = store.submit(Op::Undo(None)).unwrap_err();
    assert!(matches!(&error, StoreError::Incomplete { path, .. } if path == "tree/trades.yaml"), "{error}");
    assert_eq!(dir.read("tree/trades.yaml"), changed);
}

#[test]
fn what_was_opened_before_others_changed_it_keeps_their_change_or_says_so() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    store.submit(Op::Add { parent: None, kind: Kind::Field, nodes: vec![Facts::named("Arts")] }).unwrap();
    let opened = store.snapshot().tree.node(field("Arts")).unwrap().clone();
    fs::write(dir.file("tree/arts.yaml"), dir.read("tree/arts.yaml") + "\nnotes: theirs\n").unwrap();
    store.refresh().unwrap();

    let mut saved = (*opened).clone();
    saved.facts.scope = Some("Mine.".into());
    store.submit(Op::Rework { from: Box::new((*opened).clone()), to: Box::new(saved.clone()) }).unwrap();
    let text = dir.read("tree/arts.yaml");
    assert!(text.contains("theirs") && text.contains("Mine."), "{text}");

    saved.notes = Some("mine".into());
    let error = store.submit(Op::Rework { from: Box::new((*opened).clone()), to: Box::new(saved) }).unwrap_err();
    assert!(error.to_string().contains("the notes of arts was changed since"), "{error}");
    assert_eq!(dir.read("tree/arts.yaml"), text);
}

#[test]
fn a_broken_file_is_reported_with_its_line_and_the_rest_goes_on() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let names = ["Arts", "Law", "Medicine", "Trades"].map(Facts::named);
    store.submit(Op::Add { parent: None, kind: Kind::Field, nodes: names.to_vec() }).unwrap();
    drop(store);
    let bomb = "a: &a [x, x, x]\nb: [*a, *a, *a]\n";
    fs::write(dir.file("tree/arts.yaml"), "id: fld_0000000000\nkind: field\nname: \"cut").unwrap();
    fs::write(dir.file("tree/law.yaml"), bomb).unwrap();
    fs::write(dir.file("tree/medicine.yaml"), dir.read("tree/medicine.yaml") + "name: Again\n").unwrap();
    fs::write(dir.file("tree/Bad Name.yaml"), dir.read("tree/trades.yaml")).unwrap();

    let mut store = dir.open("ana");
    let problems: Vec<String> = store.snapshot().problems.iter().map(ToString::to_string).collect();
    let found = |start: &str| problems.iter().any(|problem| problem.starts_with(start));
    assert!(found("tree/arts.yaml:3:") && found("tree/law.yaml:1:") && found("tree/medicine.yaml:6:"), "{problems:#?}");
    assert!(found("tree/Bad Name.yaml:"), "{problems:#?}");
    assert_eq!(store.snapshot().tree.len(), 1);
    // The broken file is in the way of a new node of that name, and stays as it is.
    let add = Op::Add { parent: None, kind: Kind::Field, nodes: vec![Facts::named("Arts")] };
    assert!(matches!(store.submit(add).unwrap_err(), StoreError::Conflict { .. }));
    assert!(dir.read("tree/arts.yaml").ends_with("\"cut"));
}

#[test]
fn what_cannot_be_read_is_not_read_again_until_it_changes() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    store.submit(Op::Add { parent: None, kind: Kind::Field, nodes: vec![Facts::named("Arts")] }).unwrap();
    fs::create_dir_all(dir.file("documents")).unwrap();
    fs::write(dir.file("documents/large.md"), vec![b'x'; (1 << 20) + 1]).unwrap();
    fs::write(dir.file("documents/small.md"), "Rays.").unwrap();
    store.refresh().unwrap();
    let seen = store.snapshot();
    assert_eq!((seen.problems.len(), seen.documents.len()), (1, 1), "{:?}", seen.problems);
    assert_eq!(store.refresh().unwrap(), []);
    assert_eq!(store.snapshot().revision, seen.revision, "nothing changed");

    fs::write(dir.file("documents/large.md"), "Waves.").unwrap();
    store.refresh().unwrap();
    let now = store.snapshot();
    assert_eq!((now.problems.len(), now.documents.len()), (0, 2));
    assert!(Arc::ptr_eq(&now.documents["documents/small.md"], &seen.documents["documents/small.md"]), "read once");
}

#[test]
fn a_decision_reads_all_anew_only_where_it_may_mend_a_file() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let add =
        |parent: Option<NodeId>, kind: Kind, name: &str| Op::Add { parent, kind, nodes: vec![Facts::named(name)] };
    store.submit(add(None, Kind::Field, "Arts")).unwrap();
    let arts = store.snapshot().tree.children(None)[0];
    store.submit(add(Some(arts), Kind::Discipline, "Music")).unwrap();
    drop(store);
    let text = dir.read("tree/arts.yaml");
    fs::remove_file(dir.file("tree/arts.yaml")).unwrap();
    fs::write(dir.file("tree/broken.yaml"), "name: [").unwrap();
    let mut store = dir.open("ana");
    assert_eq!(store.snapshot().problems.len(), 2, "{:?}", store.snapshot().problems);
    let before = store.snapshot().revision;
    store.submit(add(None, Kind::Field, "Law")).unwrap();
    assert_eq!(store.snapshot().revision, before + 1, "nothing was read again");
    assert_eq!(store.snapshot().problems.len(), 2);
    // The same id, so the same folder: what is below it has its place again.
    store.submit(add(None, Kind::Field, "Arts")).unwrap();
    assert_eq!(store.snapshot().problems.len(), 1, "{:?}", store.snapshot().problems);
    assert_eq!(store.snapshot().tree.children(Some(arts)).len(), 1, "{text}");
}

#[test]
fn a_log_that_is_torn_under_an_open_store_is_told_once_and_left_alone() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    store.submit(Op::Add { parent: None, kind: Kind::Field, nodes: vec![Facts::named("Arts")] }).unwrap();
    let log = dir.files("decisions").remove(0).replace("ana", "bo");
    fs::create_dir_all(dir.file(&log).parent().unwrap()).unwrap();
    fs::write(dir.file(&log), "{\"v\":1,\"id\":\"evt_06d").unwrap();
    let told = |store: &mut Store| {
        let notices = store.refresh().unwrap();
        notices.iter().filter(|notice| notice.path == log && notice.message.contains("incomplete")).count()
    };
    assert_eq!(told(&mut store), 1);
    fs::write(dir.file("tree/arts.yaml"), dir.read("tree/arts.yaml") + "zeal: 1\n").unwrap();
    assert_eq!(told(&mut store), 0, "another file changed");
    assert_eq!(dir.read(&log).len(), 20, "perhaps somebody is writing it");
}

#[test]
#[cfg(unix)]
fn a_symbolic_link_is_neither_followed_nor_written_through() {
    let dir = Dir::new();
    let outside = tempfile::tempdir().unwrap();
    let mut store = dir.open("ana");
    store.submit(Op::Add { parent: None, kind: Kind::Field, nodes: vec![Facts::named("Arts")] }).unwrap();
    std::os::unix::fs::symlink(outside.path(), dir.file("tree/arts")).unwrap();
    let add = Op::Add { parent: Some(field("Arts")), kind: Kind::Discipline, nodes: vec![Facts::named("Music")] };
    let error = store.submit(add).unwrap_err();
    assert!(error.to_string().contains("link"), "{error}");
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    drop(store);
    let store = dir.open("ana");
    assert!(store.snapshot().problems.iter().any(|problem| problem.path == "tree/arts"));
}

#[test]
fn unknown_keys_and_comments_survive_what_does_not_concern_them() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let nodes = ["Arts", "Law"].map(Facts::named).to_vec();
    store.submit(Op::Add { parent: None, kind: Kind::Field, nodes }).unwrap();
    drop(store);
    let arts = format!("# mine\n{}\ncolour: blue\n", dir.read("tree/arts.yaml"));
    fs::write(dir.file("tree/arts.yaml"), &arts).unwrap();
    let mut store = dir.open("ana");
    let mut law = (**store.snapshot().tree.node(field("Law")).unwrap()).clone();
    law.facts.scope = Some("Rules.".into());
    store.submit(Op::Edit(Box::new(law))).unwrap();
    assert_eq!(dir.read("tree/arts.yaml"), arts, "not touched, not rewritten");
    assert_eq!(store.format(true).unwrap(), ["tree/arts.yaml"]);
    store.format(false).unwrap();
    assert!(dir.read("tree/arts.yaml").contains("colour: blue") && !dir.read("tree/arts.yaml").contains('#'));
    assert!(store.format(true).unwrap().is_empty());
}

#[test]
fn what_is_no_taxonomy_directory_says_so() {
    let temp = tempfile::tempdir().unwrap();
    let options = || OpenOptions { curator: "ana".into(), read_only: false };
    let error = Store::open(temp.path(), options()).unwrap_err();
    assert!(error.to_string().contains("has no provost.yaml"), "{error}");
    assert!(error.hint().unwrap().contains("provost init"));
    let dir = Dir::new();
    assert!(Store::init(&dir.path, "again").unwrap_err().to_string().contains("already"));
}

#[tokio::test]
async fn the_handle_publishes_what_was_decided_and_what_others_did() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let [sciences, ..] = physics(&mut store);
    let handle = store.into_handle();
    let mut changes = handle.changes();
    let mut notices = handle.notices();
    handle.submit(accept(&[sciences])).await.unwrap();
    changes.changed().await.unwrap();
    assert!(handle.snapshot().tree.node(sciences).is_some());

    fs::write(dir.file("tree/sciences.yaml"), dir.read("tree/sciences.yaml") + "\nnotes: by hand\n").unwrap();
    let notice = notices.recv().await.unwrap();
    assert_eq!(notice.path, "tree/sciences.yaml");
    assert!(handle.snapshot().tree.node(sciences).unwrap().notes.is_some());

    drop((handle, changes, notices));
    assert_eq!(dir.open("bo").is_read_only(), None, "the lock is free once the last handle is gone");
}
