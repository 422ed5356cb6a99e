//! Logs and manifests in conflict, and what log and tree disagree about.

use std::fs;
use std::path::Path;

use provost::taxonomy::audit::audit;
use provost::taxonomy::{Facts, Outline, Proposed, Session, SessionId};

use super::merge::{changed, propose};
use super::votes::{pull, quorum, reject};
use super::*;

/// Puts the lines of a file from `from` on between markers.
fn mark(path: &Path, from: usize) {
    let text = fs::read_to_string(path).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.insert(from + 1, "=======");
    lines.insert(from, "<<<<<<< HEAD");
    lines.push(">>>>>>> bo");
    fs::write(path, lines.join("\n") + "\n").unwrap();
}

#[test]
fn a_log_in_conflict_counts_on_both_sides_and_is_mended() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let [sciences, physics, optics, acoustics] = physics(&mut store);
    [sciences, physics, optics].iter().for_each(|node| drop(store.submit(accept(&[*node])).unwrap()));
    drop(store);
    let log = dir.files("decisions").remove(0);
    let whole = dir.read(&log);
    mark(&dir.file(&log), 1);
    let mut store = dir.open("ana");
    let snapshot = store.snapshot();
    assert_eq!(snapshot.record.events().len(), 3);
    let problems: Vec<_> = snapshot.problems.iter().map(|problem| (problem.path.clone(), problem.line)).collect();
    assert_eq!(problems, [(log.clone(), Some(2))]);
    assert!(snapshot.problems[0].message.contains("check --repair"));

    let planned = store.repair(true).unwrap();
    assert!(dir.read(&log).contains("<<<<<<<"), "that was only asked");
    assert_eq!(store.repair(false).unwrap(), planned);
    assert_eq!((planned.len(), planned[0].done), (1, true));
    assert_eq!(dir.read(&log), whole);
    assert!(store.snapshot().problems.is_empty());
    store.submit(accept(&[acoustics])).unwrap();
    assert_eq!(store.snapshot().record.events().len(), 4);
}

#[test]
fn nothing_is_decided_while_the_manifest_is_in_conflict() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let [sciences, ..] = physics(&mut store);
    let whole = dir.read("provost.yaml");
    let line = whole.lines().position(|line| line.starts_with("title:")).unwrap();
    let both = format!("<<<<<<< HEAD\n{}\n=======\ntitle: Other\n>>>>>>> bo", whole.lines().nth(line).unwrap());
    fs::write(dir.file("provost.yaml"), whole.replace(whole.lines().nth(line).unwrap(), &both)).unwrap();
    store.refresh().unwrap();
    drop(store);
    let mut store = dir.open("ana");
    assert_eq!(store.snapshot().manifest.title.raw(), "Test");
    let refused = store.submit(accept(&[sciences])).unwrap_err().to_string();
    assert!(refused.contains(&format!("provost.yaml:{}: Git conflict: choose one side", line + 1)), "{refused}");
    assert!(!store.format(false).unwrap().contains(&"provost.yaml".to_owned()));
    fs::write(dir.file("provost.yaml"), whole).unwrap();
    store.refresh().unwrap();
    store.submit(accept(&[sciences])).unwrap();
}

fn codes(store: &Store) -> Vec<&'static str> {
    audit(&store.snapshot()).iter().map(|difference| difference.code).collect()
}

#[test]
fn what_was_accepted_and_is_gone_is_told_and_written_again() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let [sciences, physics, optics, acoustics] = physics(&mut store);
    store.submit(accept(&[sciences, physics, optics, acoustics])).unwrap();
    let op = changed(&store.snapshot(), optics, |facts| facts.scope = Some("Light.".into()));
    store.submit(op).unwrap();
    store.submit(Op::Add { parent: Some(physics), kind: Kind::Subject, nodes: vec![Facts::named("Heat")] }).unwrap();
    assert_eq!(codes(&store), [""; 0]);
    let before: Vec<_> = dir.files("tree").into_iter().map(|path| (dir.read(&path), path)).collect();
    fs::remove_dir_all(dir.file("tree/sciences")).unwrap();
    store.refresh().unwrap();
    assert_eq!(codes(&store), ["missing-node"; 4]);
    let told = audit(&store.snapshot());
    assert_eq!(told[0].path, "tree/sciences/physics.yaml");
    assert!(told[0].message.contains("by ana is in force: `provost check --repair`"), "{}", told[0].message);

    let planned = store.repair(true).unwrap();
    assert!(!dir.file("tree/sciences").exists());
    assert_eq!(codes(&store).len(), 4, "asking changes nothing");
    let events = store.snapshot().record.events().len();
    assert_eq!(store.repair(false).unwrap(), planned);
    let after: Vec<_> = dir.files("tree").into_iter().map(|path| (dir.read(&path), path)).collect();
    assert_eq!(after, before, "as it was, with what was edited since");
    assert_eq!((codes(&store).len(), store.snapshot().record.events().len()), (0, events));
    assert_eq!(store.repair(false).unwrap(), []);
}

#[test]
fn a_parent_that_is_gone_is_written_again_and_what_hangs_below_has_its_place() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let [sciences, physics, optics, acoustics] = physics(&mut store);
    store.submit(accept(&[sciences, physics, optics, acoustics])).unwrap();
    let before: Vec<_> = dir.files("tree").into_iter().map(|path| (dir.read(&path), path)).collect();
    for gone in [&["physics"][..], &["physics", "physics/acoustics"], &["../sciences", "physics"]] {
        gone.iter().for_each(|path| fs::remove_file(dir.file(&format!("tree/sciences/{path}.yaml"))).unwrap());
        store.refresh().unwrap();
        assert!(store.snapshot().problems.iter().all(provost::taxonomy::Problem::is_orphan));
        assert_eq!(codes(&store), vec!["missing-node"; gone.len()], "what is there is not missing");
        let planned = store.repair(true).unwrap();
        let done = store.repair(false).unwrap();
        assert!(planned.iter().all(|repair| repair.done && done.contains(repair)), "{planned:?}");
        assert_eq!(done.len(), gone.len(), "{done:?}");
        let after: Vec<_> = dir.files("tree").into_iter().map(|path| (dir.read(&path), path)).collect();
        assert_eq!(after, before);
        assert!(store.snapshot().problems.is_empty() && codes(&store).is_empty());
    }
}

#[test]
fn what_people_wrote_by_hand_is_told_and_left() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let [sciences, physics, optics, acoustics] = physics(&mut store);
    store.submit(accept(&[sciences, physics, optics])).unwrap();
    store.submit(accept(&[acoustics])).unwrap();
    let text = dir.read("tree/sciences/physics/acoustics.yaml");
    store.submit(Op::Undo(None)).unwrap();
    fs::write(dir.file("tree/sciences/physics/acoustics.yaml"), text).unwrap();
    let own = "id: sub_7h2kq0m9xa\n\nkind: subject\n\nname: Heat\n";
    fs::write(dir.file("tree/sciences/physics/heat.yaml"), own).unwrap();
    let edited = dir.read("tree/sciences/physics/optics.yaml") + "\nlevel: \"200\"\n";
    fs::write(dir.file("tree/sciences/physics/optics.yaml"), edited).unwrap();
    fs::rename(dir.file("tree/sciences/physics/optics.yaml"), dir.file("tree/sciences/physics/light.yaml")).unwrap();
    store.refresh().unwrap();
    assert!(store.snapshot().problems.is_empty(), "{:?}", store.snapshot().problems);
    assert_eq!(codes(&store), ["rejected-in-tree", "not-in-log", "edited-by-hand", "moved-by-hand"]);
    let info: Vec<_> = audit(&store.snapshot()).iter().map(provost::taxonomy::audit::Difference::is_info).collect();
    assert_eq!(info, [false, true, true, true]);
    let before = dir.files("tree");
    assert_eq!(store.repair(false).unwrap(), []);
    assert_eq!(dir.files("tree"), before);
}

/// A syllabus of one session.
fn rays() -> Outline {
    let session = Session {
        id: SessionId::numbered(1),
        title: "Rays".into(),
        description: "d".into(),
        concepts: vec!["Ray".into()],
    };
    Outline { introduction: "Light.".into(), objectives: vec![], sessions: vec![session] }
}

#[test]
fn a_syllabus_that_is_gone_is_written_again_and_a_name_that_is_taken_is_left() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let [sciences, physics, optics, acoustics] = physics(&mut store);
    store.submit(accept(&[sciences, physics, optics, acoustics])).unwrap();
    store.submit(propose(vec![Proposed::Syllabus { subject: optics, syllabus: rays().into() }])).unwrap();
    let proposal = store.snapshot().open_syllabi(optics).next().unwrap().id;
    store.submit(Op::Accept { on: vec![proposal], edit: None, under: None }).unwrap();
    assert_eq!(codes(&store), [""; 0]);
    let whole = dir.read("tree/sciences/physics/optics.yaml");
    let cut = &whole[..whole.find("syllabus:").unwrap()];
    fs::write(dir.file("tree/sciences/physics/optics.yaml"), cut).unwrap();
    // Another node took the file name of one that is gone.
    let taken = "id: sub_7h2kq0m9xa\n\nkind: subject\n\nname: Sound\n";
    fs::write(dir.file("tree/sciences/physics/acoustics.yaml"), taken).unwrap();
    store.refresh().unwrap();
    assert_eq!(codes(&store), ["missing-node", "not-in-log", "missing-syllabus"]);
    let told = audit(&store.snapshot());
    assert!(told[0].message.contains("has that file name"), "{}", told[0].message);
    let repairs = store.repair(false).unwrap();
    assert_eq!(repairs.len(), 1, "{repairs:?}");
    assert_eq!(dir.read("tree/sciences/physics/optics.yaml"), whole);
    assert_eq!(dir.read("tree/sciences/physics/acoustics.yaml"), taken);
}

/// Votes that together led to something nobody has written: what `repair` says it would do is what it does, each thing once.
fn settled(dir: &Dir) {
    assert_eq!(codes(&dir.open("ana")), ["unsettled"]);
    let mut store = dir.open("ana");
    let planned = store.repair(true).unwrap();
    assert_eq!((planned.len(), planned[0].path.as_str(), planned[0].done), (1, "decisions", true), "{planned:?}");
    let done = store.repair(false).unwrap();
    assert_eq!((done.len(), done[0].path.as_str(), done[0].done), (1, "decisions", true), "{done:?}");
    assert_eq!(codes(&store), [""; 0]);
    assert_eq!(store.repair(false).unwrap(), []);
}

#[test]
fn what_the_votes_of_two_clones_led_to_is_told_once_and_written() {
    let (ana, bo) = (Dir::new(), Dir::new());
    quorum(&ana, 2);
    let [sciences, physics, optics, _] = physics(&mut ana.open("ana"));
    pull(&ana, &bo);
    // A node.
    ana.open("ana").submit(accept(&[sciences])).unwrap();
    bo.open("bo").submit(accept(&[sciences])).unwrap();
    pull(&bo, &ana);
    settled(&ana);
    assert_eq!(ana.files("tree"), ["tree/sciences.yaml"]);
    for node in [physics, optics] {
        ["ana", "bo"].iter().for_each(|curator| drop(ana.open(curator).submit(accept(&[node])).unwrap()));
    }
    assert_eq!(codes(&ana.open("ana")), [""; 0]);
    // A syllabus.
    ana.open("ana").submit(propose(vec![Proposed::Syllabus { subject: optics, syllabus: rays().into() }])).unwrap();
    pull(&ana, &bo);
    for (dir, curator) in [(&ana, "ana"), (&bo, "bo")] {
        let mut store = dir.open(curator);
        let on = vec![store.snapshot().open_syllabi(optics).next().unwrap().id];
        store.submit(Op::Accept { on, edit: None, under: None }).unwrap();
    }
    pull(&bo, &ana);
    settled(&ana);
    assert!(ana.read("tree/sciences/physics/optics.yaml").contains("Light."));
}

#[test]
fn what_the_votes_of_two_clones_take_out_is_told_once_and_goes() {
    let dirs = [Dir::new(), Dir::new(), Dir::new()];
    let [sciences, ..] = physics(&mut dirs[0].open("ana"));
    dirs[1..].iter().for_each(|dir| pull(&dirs[0], dir));
    dirs[0].open("ana").submit(accept(&[sciences])).unwrap();
    for (dir, curator) in dirs[1..].iter().zip(["bo", "carol"]) {
        dir.open(curator).submit(reject(&[sciences])).unwrap();
        pull(dir, &dirs[0]);
    }
    assert_eq!(dirs[0].files("tree"), ["tree/sciences.yaml"]);
    settled(&dirs[0]);
    assert!(dirs[0].files("tree").is_empty());
}
