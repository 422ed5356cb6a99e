//! Small taxonomies for tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::record::{DrawnConcept, DrawnSession, Record, Status, sample as record};
use super::segment::{Segment, line};
use crate::taxonomy::syllabus;
use crate::taxonomy::{Deprecation, Facts, Kind, Manifest, Node, NodeId, Place, SessionId, Snapshot, Syllabus};

/// A directory with runs about one subject, Optics.
pub struct Runs {
    pub dir: tempfile::TempDir,
    pub snapshot: Snapshot,
    pub subject: NodeId,
}

impl Runs {
    pub fn new() -> Self {
        let snapshot = taxonomy(&["Optics"]);
        let subject = snapshot.tree.at_path("natural-sciences/physics/optics").unwrap();
        Self { dir: tempfile::tempdir().unwrap(), snapshot, subject }
    }

    /// The folder of all runs.
    pub fn path(&self) -> PathBuf {
        self.dir.path().join("runs")
    }

    /// A record about Optics as it is now.
    pub fn record(&self, bits: u128, status: Status) -> Record {
        let node = self.snapshot.tree.node(self.subject).unwrap();
        let id = SessionId("s01".to_owned());
        Record {
            nodes: self.snapshot.tree.lineage(self.subject),
            syllabus: node.syllabus.as_ref().unwrap().hash(),
            sessions: vec![DrawnSession { id: id.clone(), title: "Rays".into() }],
            concepts: vec![DrawnConcept { session: id, concept: "Snell's law".into() }],
            seed: u64::MAX,
            ..record(bits, status)
        }
    }

    /// Adds a segment to a run.
    pub fn write(&self, run: &str, records: &[Record]) {
        write(&self.path(), run, records);
    }
}

/// Adds a segment to a run in a folder of runs.
pub fn write(runs: &Path, run: &str, records: &[Record]) {
    let folder = runs.join(run).join("segments");
    fs::create_dir_all(&folder).unwrap();
    let mut segment = Segment::create(&folder).unwrap();
    records.iter().for_each(|record| segment.write(&line(record).unwrap()).unwrap());
}

fn put(snapshot: &mut Snapshot, parent: Option<NodeId>, kind: Kind, name: &str, syllabus: Option<Syllabus>) -> NodeId {
    let id = NodeId::derive(parent, kind, name, 0);
    let slug = snapshot.tree.free_slug(parent, id, name);
    let node = Node { syllabus, ..Node::new(id, kind, Facts::named(name)) };
    snapshot.tree.put(Place { parent, slug }, Arc::new(node));
    id
}

/// Natural Sciences > Physics > the named subjects, each with a syllabus of ten sessions.
pub fn taxonomy(subjects: &[&str]) -> Snapshot {
    let mut snapshot = Snapshot::empty(Manifest::titled("Sample"));
    let field = put(&mut snapshot, None, Kind::Field, "Natural Sciences", None);
    put(&mut snapshot, Some(field), Kind::Discipline, "Physics", None);
    for name in subjects {
        add_subject(&mut snapshot, name, Some(syllabus::sample(10, 5)));
    }
    snapshot
}

/// Adds a subject to Physics.
pub fn add_subject(snapshot: &mut Snapshot, name: &str, syllabus: Option<Syllabus>) -> NodeId {
    let physics = snapshot.tree.at_path("natural-sciences/physics");
    put(snapshot, physics, Kind::Subject, name, syllabus)
}

/// Adds a discipline to Natural Sciences.
pub fn add_discipline(snapshot: &mut Snapshot, name: &str) -> NodeId {
    let field = snapshot.tree.at_path("natural-sciences");
    put(snapshot, field, Kind::Discipline, name, None)
}

/// Adds a subject to the discipline at a path.
pub fn add_subject_to(snapshot: &mut Snapshot, path: &str, name: &str, syllabus: Option<Syllabus>) -> NodeId {
    let parent = snapshot.tree.at_path(path);
    put(snapshot, parent, Kind::Subject, name, syllabus)
}

/// The same taxonomy with one syllabus changed.
pub fn edit_syllabus(snapshot: &Snapshot, id: NodeId, change: impl FnOnce(&mut Syllabus)) -> Snapshot {
    let mut edited = snapshot.clone();
    let entry = snapshot.tree.entry(id).unwrap();
    let mut node = Node::clone(&entry.node);
    change(node.syllabus.as_mut().unwrap());
    edited.tree.put(entry.place.clone(), Arc::new(node));
    edited
}

/// The same taxonomy with one node deprecated.
pub fn deprecate(snapshot: &Snapshot, id: NodeId) -> Snapshot {
    let mut changed = snapshot.clone();
    let entry = snapshot.tree.entry(id).unwrap();
    let node = Node { deprecated: Some(Deprecation { replaced_by: None, reason: None }), ..Node::clone(&entry.node) };
    changed.tree.put(entry.place.clone(), Arc::new(node));
    changed
}
