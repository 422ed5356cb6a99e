//! Two curators, two clones, real git.

use std::path::Path;
use std::process::Command;

use provost::taxonomy::{Facts, Kind, Op};

use super::*;

/// Git in `folder`, with the settings that a machine may lack. Panics with what it said where it fails.
pub fn git(folder: &Path, arguments: &[&str]) {
    let fixed = [
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@localhost",
        "-c",
        "init.defaultBranch=main",
        "-c",
        "commit.gpgsign=false",
    ];
    let output = Command::new("git").current_dir(folder).args(fixed).args(arguments).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {told}");
}

#[test]
fn the_decisions_of_two_clones_merge_without_a_conflict() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let [sciences, physics, optics, acoustics] = physics(&mut store);
    let names = ["Mechanics", "Heat", "Waves", "Plasma", "Quanta", "Fields"];
    let more: Vec<Wanted<'_>> = names.iter().map(|name| (Some(physics), Kind::Subject, *name)).collect();
    store.submit(batch(&more)).unwrap();
    store.submit(accept(&[sciences, physics])).unwrap();
    drop(store);
    git(&dir.path, &["init", "-q"]);
    git(&dir.path, &["add", "-A"]);
    git(&dir.path, &["commit", "-qm", "start"]);
    let other = dir.path.with_file_name("clone");
    git(dir.path.parent().unwrap(), &["clone", "-q", dir.path.to_str().unwrap(), other.to_str().unwrap()]);

    // Both accept Optics; each accepts others, adds one by hand, and rejects.
    let subject = |name: &str| child(physics, Kind::Subject, name);
    let decide = |path: &Path, curator: &str, own: [&str; 2], by_hand: &str, rejected: &str| {
        let mut store = Store::open(path, OpenOptions { curator: curator.into(), read_only: false }).unwrap();
        store.submit(accept(&[optics])).unwrap();
        own.iter().for_each(|name| drop(store.submit(accept(&[subject(name)])).unwrap()));
        let nodes = vec![Facts::named(by_hand)];
        store.submit(Op::Add { parent: Some(physics), kind: Kind::Subject, nodes }).unwrap();
        let on = vec![provost::taxonomy::ProposalId::of_node(subject(rejected))];
        store.submit(Op::Reject { on, reason: provost::taxonomy::Reason::Vague, note: None, of: None }).unwrap();
    };
    decide(&dir.path, "ana", ["Mechanics", "Heat"], "Crystals", "Fields");
    decide(&other, "bo", ["Waves", "Plasma"], "Lasers", "Quanta");
    for path in [&dir.path, &other] {
        git(path, &["add", "-A"]);
        git(path, &["commit", "-qm", "decisions"]);
    }
    git(&dir.path, &["pull", "-q", "--no-rebase", other.to_str().unwrap(), "main"]);

    let store = dir.open("ana");
    let snapshot = store.snapshot();
    assert!(snapshot.problems.is_empty(), "{:?}", snapshot.problems);
    let mut found: Vec<_> =
        snapshot.tree.children(Some(physics)).iter().map(|id| snapshot.name(*id).raw().to_owned()).collect();
    found.sort();
    assert_eq!(found, ["Crystals", "Heat", "Lasers", "Mechanics", "Optics", "Plasma", "Waves"]);
    assert_eq!(open_names(&snapshot), ["Acoustics"], "{acoustics} is all that is left");
    assert_eq!(snapshot.record.events().len(), 1 + 2 * 5);
}
