//! What may be in the way: links, folders, pipes. Nothing outside the directory is touched.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;

use provost::store::StoreError;
use provost::taxonomy::{Facts, Kind, Op};

use super::*;

fn add(parent: Option<NodeId>, kind: Kind, name: &str) -> Op {
    Op::Add { parent, kind, nodes: vec![Facts::named(name)] }
}

/// Moves a part of the directory outside and leaves a link.
fn put_outside(dir: &Dir, part: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let outside = tempfile::tempdir().unwrap();
    let to = outside.path().join("moved");
    if dir.file(part).exists() {
        fs::rename(dir.file(part), &to).unwrap();
    } else {
        fs::create_dir(&to).unwrap();
    }
    symlink(&to, dir.file(part)).unwrap();
    (outside, to)
}

fn all_below(folder: &std::path::Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(folder, folder, &mut found);
    found.sort();
    found.into_iter().map(|path| (path.clone(), fs::read_to_string(folder.join(path)).unwrap())).collect()
}

fn taxonomy() -> Dir {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let all = physics(&mut store);
    store.submit(accept(&all[..3])).unwrap();
    dir
}

#[test]
fn a_link_at_any_level_keeps_everything_inside() {
    for part in ["tree", "tree/sciences", "tree/sciences/physics", "proposals", "decisions", "decisions/ana"] {
        let dir = taxonomy();
        let (_outside, moved) = put_outside(&dir, part);
        let before = all_below(&moved);
        let mut store = dir.open("ana");
        assert!(!store.snapshot().problems.is_empty(), "{part}: it is reported");
        let sciences = field("Sciences");
        let _ = store.submit(add(None, Kind::Field, "Arts"));
        let _ = store.submit(add(Some(sciences), Kind::Discipline, "Chemistry"));
        let _ = store.submit(batch(&[(None, Kind::Field, "Law")]));
        let _ = store.submit(Op::Undo(None));
        let _ = store.format(false);
        assert_eq!(all_below(&moved), before, "{part}");
    }
}

#[test]
fn a_link_put_in_place_under_an_open_store_is_noticed_before_anything_is_recorded() {
    for part in ["tree", "tree/sciences", "tree/sciences/physics"] {
        let dir = taxonomy();
        let mut store = dir.open("ana");
        let events = store.snapshot().record.events().len();
        let (_outside, moved) = put_outside(&dir, part);
        let before = all_below(&moved);
        let optics = child(child(field("Sciences"), Kind::Discipline, "Physics"), Kind::Subject, "Optics");
        let mut edited = (**store.snapshot().tree.node(optics).unwrap()).clone();
        edited.facts.scope = Some("Light.".into());
        for op in [Op::Undo(None), Op::Edit(Box::new(edited))] {
            let error = store.submit(op).unwrap_err();
            assert!(matches!(error, StoreError::InTheWay(_)), "{part}: {error}");
        }
        assert_eq!(all_below(&moved), before, "{part}");
        assert_eq!(store.snapshot().record.events().len(), events);
    }
}

#[test]
fn links_among_the_private_files_are_not_written_through() {
    for part in ["lock", "applied"] {
        let dir = taxonomy();
        let victim = dir.path.parent().unwrap().join("victim");
        fs::write(&victim, "precious").unwrap();
        fs::remove_file(dir.file(".provost").join(part)).unwrap();
        symlink(&victim, dir.file(".provost").join(part)).unwrap();
        let options = provost::store::OpenOptions { curator: "ana".into(), read_only: false };
        if let Ok(mut store) = Store::open(&dir.path, options) {
            let _ = store.submit(add(None, Kind::Field, "Arts"));
        }
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious", "{part}");
    }
}

#[test]
fn a_pipe_among_the_files_does_not_stop_the_reader() {
    let dir = taxonomy();
    let made = std::process::Command::new("mkfifo").arg(dir.file("tree/pipe.yaml")).status();
    if made.is_ok_and(|status| status.success()) {
        let store = dir.open("ana");
        assert!(store.snapshot().problems.iter().any(|problem| problem.path == "tree/pipe.yaml"));
    }
}

#[test]
fn what_is_in_the_way_of_a_move_is_found_before_it_is_recorded() {
    for (stray, is_folder) in [("tree/arts/physics/stray.yaml", true), ("tree/arts/physics.yaml", false)] {
        let dir = taxonomy();
        let mut store = dir.open("ana");
        store.submit(add(None, Kind::Field, "Arts")).unwrap();
        fs::create_dir_all(dir.file(stray).parent().unwrap()).unwrap();
        fs::write(dir.file(stray), "id: none\n").unwrap();
        let events = store.snapshot().record.events().len();
        let physics = child(field("Sciences"), Kind::Discipline, "Physics");
        let error = store.submit(Op::Move { on: vec![physics], to: Some(field("Arts")) }).unwrap_err();
        assert!(matches!(error, StoreError::InTheWay(_) | StoreError::Conflict { .. }), "{is_folder}: {error}");
        assert_eq!(store.snapshot().record.events().len(), events);
        assert!(dir.file("tree/sciences/physics/optics.yaml").exists() && dir.file(stray).exists());
    }
}

#[test]
fn an_empty_folder_left_behind_is_in_nobodys_way() {
    let dir = taxonomy();
    let mut store = dir.open("ana");
    store.submit(add(None, Kind::Field, "Arts")).unwrap();
    fs::create_dir_all(dir.file("tree/arts/physics")).unwrap();
    let physics = child(field("Sciences"), Kind::Discipline, "Physics");
    store.submit(Op::Move { on: vec![physics], to: Some(field("Arts")) }).unwrap();
    assert!(dir.file("tree/arts/physics/optics.yaml").exists());
}

#[test]
fn a_folder_named_like_a_file_and_a_file_named_like_a_folder_are_in_the_way() {
    let dir = taxonomy();
    fs::create_dir(dir.file("tree/arts.yaml")).unwrap();
    fs::write(dir.file("tree/sciences/chemistry"), "").unwrap();
    let mut store = dir.open("ana");
    let sciences = field("Sciences");
    assert!(store.submit(add(None, Kind::Field, "Arts")).is_err());
    store.submit(add(Some(sciences), Kind::Discipline, "Chemistry")).unwrap();
    let chemistry = child(sciences, Kind::Discipline, "Chemistry");
    let events = store.snapshot().record.events().len();
    let error = store.submit(add(Some(chemistry), Kind::Subject, "Acids")).unwrap_err();
    assert!(matches!(error, StoreError::InTheWay(_)), "{error}");
    assert_eq!(store.snapshot().record.events().len(), events);
}
