//! An index saves reading and changes nothing; what is not as it was is read.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::super::{OpenOptions, Store};
use super::*;
use crate::taxonomy::event::Edit;
use crate::taxonomy::syllabus::sample;
use crate::taxonomy::{Facts, Op, Snapshot, Source};

fn open(root: &Path) -> Store {
    Store::open(root, OpenOptions { curator: "ana".into(), read_only: false }).unwrap()
}

fn propose(store: &mut Store, proposals: Vec<Proposed>) {
    let batch = Batch {
        id: BatchId::new(super::super::now(), 1),
        at: "2026-11-21T10:00:00Z".into(),
        by: "ana".into(),
        source: Source::Model { model: "m".into(), profile: "p".into(), round: None },
        about: None,
        bad: vec!["what?".into()],
        proposals,
        calls: vec![Call {
            step: "propose".into(),
            prompt_hash: "abc".into(),
            reply: "- all".into(),
            ..Call::default()
        }],
    };
    store.submit(Op::Propose(Box::new(batch))).unwrap();
}

/// A directory with something of everything, and the file of one of its nodes.
fn directory() -> (tempfile::TempDir, PathBuf) {
    let temp = tempfile::tempdir().unwrap();
    let root = temp.path().join("t");
    Store::init(&root, "T").unwrap();
    let mut store = open(&root);
    let mut add = |parent, kind, names: &[&str]| {
        let nodes = names.iter().map(|name| Facts::named(*name)).collect();
        store.submit(Op::Add { parent, kind, nodes }).unwrap();
        NodeId::derive(parent, kind, names[0], 0)
    };
    let field = add(None, Kind::Field, &["Sciences", "Arts", "Ελληνικά"]);
    let physics = add(Some(field), Kind::Discipline, &["Physics", "Chemistry"]);
    let optics = add(Some(physics), Kind::Subject, &["Optics", "Acoustics"]);
    let node = |name: &str| Proposed::Node {
        parent: Some(physics),
        kind: Kind::Subject,
        facts: Facts { scope: Some("All of it.".into()), ..Facts::named(name) },
        rationale: Some("Why not".into()),
    };
    propose(&mut store, vec![node("Mechanics"), node("Heat"), node("Tides")]);
    propose(&mut store, vec![Proposed::Syllabus { subject: optics, syllabus: sample(12, 4) }, node("Heat")]);
    let id = |name| ProposalId::of_node(NodeId::derive(Some(physics), Kind::Subject, name, 0));
    let on = vec![id("Mechanics"), ProposalId::of_syllabus(optics, &sample(12, 4).hash())];
    store.submit(Op::Accept { on, edit: None, under: None }).unwrap();
    // As edited, and in the place of another.
    let edit = Some(Edit::Facts(Box::new(Facts { scope: Some("Of the sea.".into()), ..Facts::named("Tides") })));
    store.submit(Op::Accept { on: vec![id("Tides")], edit, under: None }).unwrap();
    let mechanics = NodeId::derive(Some(physics), Kind::Subject, "Mechanics", 0);
    for syllabus in [sample(9, 3), sample(10, 3)] {
        let on = vec![ProposalId::of_syllabus(mechanics, &syllabus.hash())];
        propose(&mut store, vec![Proposed::Syllabus { subject: mechanics, syllabus }]);
        store.submit(Op::Accept { on, edit: None, under: None }).unwrap();
    }
    let note = Some("Too warm".into());
    store.submit(Op::Reject { on: vec![id("Heat")], reason: Reason::Vague, note, of: None }).unwrap();
    store.submit(Op::Undo(None)).unwrap();
    drop(store);
    let path = root.join("tree/sciences/physics/acoustics.yaml");
    fs::write(&path, fs::read_to_string(&path).unwrap() + "\nnotes: |\n  By hand.\n\ncolour:\n  - deep\n").unwrap();
    (temp, path)
}

#[track_caller]
fn same(one: &Snapshot, other: &Snapshot) {
    let nodes = |snapshot: &Snapshot| {
        let ids = snapshot.tree.subtree(None);
        ids.iter().map(|id| snapshot.tree.entry(*id).cloned()).collect::<Vec<_>>()
    };
    assert_eq!(nodes(one), nodes(other));
    assert_eq!(one.record.events(), other.record.events());
    let proposals = |snapshot: &Snapshot| {
        let mut all: Vec<_> = snapshot.record.proposals().cloned().collect();
        all.sort_by_key(|proposal| proposal.id);
        all
    };
    assert_eq!(proposals(one), proposals(other));
    let heads = |snapshot: &Snapshot| {
        let mut all: Vec<_> = snapshot.record.batches().cloned().collect();
        all.sort_by_key(|head| head.id);
        all
    };
    assert_eq!(heads(one), heads(other));
    assert_eq!(one.problems, other.problems);
}

#[test]
fn a_directory_reads_the_same_with_an_index() {
    let (temp, _) = directory();
    let root = temp.path().join("t");
    let mut store = open(&root);
    assert!(store.new_index.is_some());
    let read = store.snapshot();
    store.keep_index();
    drop(store);
    let store = open(&root);
    assert!(store.new_index.is_none(), "nothing had to be read");
    same(&store.snapshot(), &read);
    let events = read.record.events().iter();
    let accepted: Vec<_> = events.filter(|event| event.ballot == Ballot::default()).collect();
    let with = |is: fn(&Acceptance) -> bool| {
        accepted.iter().filter(|event| matches!(&event.change, Change::Accept { on } if on.iter().any(is))).count()
    };
    assert_eq!((with(|one| one.edit.is_some()), with(|one| one.replaced.is_some())), (1, 1), "else it says nothing");
    let subject = store.snapshot().tree.at_path("sciences/physics/optics").unwrap();
    let snapshot = store.snapshot();
    let syllabus = snapshot.tree.node(subject).unwrap().syllabus.as_ref().unwrap();
    assert_eq!((syllabus.as_folded().is_some(), syllabus), (true, &sample(12, 4)));
}

#[test]
fn a_syllabus_whose_session_ids_are_repaired_is_known_by_what_is_in_its_file() {
    let (temp, _) = directory();
    let root = temp.path().join("t");
    let mut store = open(&root);
    let acoustics = store.snapshot().tree.at_path("sciences/physics/acoustics").unwrap();
    propose(&mut store, vec![Proposed::Syllabus { subject: acoustics, syllabus: sample(6, 2) }]);
    drop(store);
    let batches = super::super::files::walked(&root.join("proposals"), "yaml").files;
    let text = |path: &PathBuf| fs::read_to_string(path).unwrap();
    let batch = batches.iter().find(|path| text(path).contains(&acoustics.to_string())).unwrap();
    assert!(text(batch).contains("id: s06\n"));
    fs::write(batch, text(batch).replace("id: s06\n", "id: s01\n")).unwrap();
    let mut store = open(&root);
    let read = store.snapshot();
    let proposal = read.record.proposed_syllabi(acoustics).next().unwrap();
    let crate::taxonomy::Body::Syllabus { syllabus, .. } = &proposal.body else { panic!("a node") };
    assert!(syllabus.has_session_ids());
    assert_ne!(proposal.id, ProposalId::of_syllabus(acoustics, &syllabus.hash()));
    store.keep_index();
    drop(store);
    same(&open(&root).snapshot(), &read);
}

#[test]
fn syllabi_come_from_the_file_that_was_checked_and_nothing_is_written_of_one_that_cannot_be_had() {
    let (temp, _) = directory();
    let root = temp.path().join("t");
    open(&root).keep_index();
    let mut store = open(&root);
    let optics = store.snapshot().tree.at_path("sciences/physics/optics").unwrap();
    let before = fs::read_to_string(root.join("tree/sciences/physics/optics.yaml")).unwrap();
    // Another index in its place, and whatever becomes of that, is of no concern.
    fs::write(root.join("other"), "none").unwrap();
    fs::rename(place(&root), root.join("kept")).unwrap();
    fs::rename(root.join("other"), place(&root)).unwrap();
    let snapshot = store.snapshot();
    let syllabus = snapshot.tree.node(optics).unwrap().syllabus.clone().unwrap();
    assert_eq!(*syllabus.read(), *sample(12, 4));
    // Another hand that cuts the very file off.
    File::options().write(true).open(root.join("kept")).unwrap().set_len(100).unwrap();
    assert!(!syllabus.is_readable() && syllabus.read().sessions.is_empty());
    let mut node = (**snapshot.tree.node(optics).unwrap()).clone();
    node.facts.scope = Some("Light.".into());
    let error = store.submit(Op::Edit(Box::new(node))).unwrap_err().to_string();
    assert!(error.contains("sciences/physics/optics"), "{error}");
    assert_eq!(fs::read_to_string(root.join("tree/sciences/physics/optics.yaml")).unwrap(), before);
    drop(store);
    let whole = open(&root).snapshot().tree.node(optics).unwrap().syllabus.clone().unwrap();
    assert_eq!(*whole.read(), *sample(12, 4), "the files are the truth");
}

#[test]
fn a_file_that_changed_is_read_even_where_it_looks_the_same() {
    let (temp, path) = directory();
    let root = temp.path().join("t");
    let mut store = open(&root);
    store.keep_index();
    drop(store);
    let before = fs::metadata(&path).unwrap();
    let text = fs::read_to_string(&path).unwrap().replace("name: Acoustics", "name: Acusticos");
    fs::write(&path, text).unwrap();
    File::options().write(true).open(&path).unwrap().set_modified(before.modified().unwrap()).unwrap();
    let now = fs::metadata(&path).unwrap();
    assert_eq!((before.len(), before.modified().unwrap()), (now.len(), now.modified().unwrap()));
    let store = open(&root);
    let node = store.snapshot().tree.at_path("sciences/physics/acoustics").unwrap();
    assert_eq!(store.snapshot().name(node).raw(), "Acusticos");
    drop(store);
    fs::remove_file(&path).unwrap();
    assert_eq!(open(&root).snapshot().tree.at_path("sciences/physics/acoustics"), None);
}

#[test]
fn an_index_that_is_damaged_is_none() {
    let (temp, _) = directory();
    let root = temp.path().join("t");
    let mut store = open(&root);
    let read = store.snapshot();
    store.keep_index();
    drop(store);
    let whole = fs::read(place(&root)).unwrap();
    assert!(Index::read(&root).is_some());
    for at in (0..whole.len()).step_by(97) {
        fs::write(place(&root), &whole[..at]).unwrap();
        assert!(Index::read(&root).is_none(), "cut at {at}");
        let mut damaged = whole.clone();
        damaged[at] ^= 4;
        fs::write(place(&root), damaged).unwrap();
        assert!(Index::read(&root).is_none(), "a bit at {at}");
    }
    fs::write(place(&root), &whole[..whole.len() / 2]).unwrap();
    let mut store = open(&root);
    same(&store.snapshot(), &read);
    store.keep_index();
    assert!(fs::read(place(&root)).unwrap().len() == whole.len(), "it was written anew");
}
