//! The store on real directories: what is decided is on the disk, whatever happens.

mod crash;
mod decisions;
mod disk;
mod faults;
mod git;
mod merge;
mod others;
mod paths;
mod properties;
mod repair;
mod votes;
mod watching;
mod wordings;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use git::git;

use provost::store::{OpenOptions, Store};
use provost::taxonomy::{Batch, BatchId, Facts, Kind, NodeId, Op, ProposalId, Proposed, Snapshot, Source};

/// A taxonomy directory for one test.
pub struct Dir {
    _temp: tempfile::TempDir,
    pub path: PathBuf,
}

impl Dir {
    pub fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("taxonomy");
        Store::init(&path, "Test").unwrap();
        Self { _temp: temp, path }
    }

    pub fn open(&self, curator: &str) -> Store {
        Store::open(&self.path, OpenOptions { curator: curator.into(), read_only: false }).unwrap()
    }

    pub fn file(&self, path: &str) -> PathBuf {
        self.path.join(path)
    }

    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.file(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// All files below a folder, relative to the directory.
    pub fn files(&self, folder: &str) -> Vec<String> {
        files_below(&self.path, folder)
    }
}

/// All files below a folder of a directory, relative to the directory.
pub fn files_below(root: &Path, folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    collect(root, &root.join(folder), &mut found);
    found.sort();
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            collect(root, &entry.path(), found);
        } else {
            found.push(entry.path().strip_prefix(root).unwrap().display().to_string());
        }
    }
}

/// A proposal of a node: (parent, kind, name).
pub type Wanted<'a> = (Option<NodeId>, Kind, &'a str);

pub fn batch(nodes: &[Wanted<'_>]) -> Op {
    let proposed = |(parent, kind, name): &Wanted<'_>| Proposed::Node {
        parent: *parent,
        kind: *kind,
        facts: Facts::named(*name),
        rationale: None,
    };
    Op::Propose(Box::new(Batch {
        id: BatchId::new(provost::store::now(), provost::store::distinct()),
        at: "2026-11-21T10:00:00Z".into(),
        by: "ana".into(),
        source: Source::Model { model: "test".into(), profile: "test".into(), round: None },
        about: None,
        bad: vec![],
        proposals: nodes.iter().map(proposed).collect(),
        calls: vec![],
    }))
}

pub fn field(name: &str) -> NodeId {
    NodeId::derive(None, Kind::Field, name, 0)
}

pub fn child(parent: NodeId, kind: Kind, name: &str) -> NodeId {
    NodeId::derive(Some(parent), kind, name, 0)
}

pub fn accept(nodes: &[NodeId]) -> Op {
    Op::Accept { on: nodes.iter().map(|id| ProposalId::of_node(*id)).collect(), edit: None, under: None }
}

/// Sciences > Physics > Optics, Acoustics; all proposed, nothing decided.
pub fn physics(store: &mut Store) -> [NodeId; 4] {
    let sciences = field("Sciences");
    let physics = child(sciences, Kind::Discipline, "Physics");
    let optics = child(physics, Kind::Subject, "Optics");
    let acoustics = child(physics, Kind::Subject, "Acoustics");
    let nodes = [
        (None, Kind::Field, "Sciences"),
        (Some(sciences), Kind::Discipline, "Physics"),
        (Some(physics), Kind::Subject, "Optics"),
        (Some(physics), Kind::Subject, "Acoustics"),
    ];
    store.submit(batch(&nodes)).unwrap();
    [sciences, physics, optics, acoustics]
}

pub fn open_names(snapshot: &Arc<Snapshot>) -> Vec<String> {
    snapshot.open_proposals().iter().map(|proposal| proposal.title().raw().to_owned()).collect()
}
