//! Small taxonomies for tests.

use std::sync::Arc;

use crate::taxonomy::syllabus;
use crate::taxonomy::{Facts, Kind, Manifest, Node, NodeId, Place, Snapshot, Syllabus};

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

/// The same taxonomy with one syllabus changed.
pub fn edit_syllabus(snapshot: &Snapshot, id: NodeId, change: impl FnOnce(&mut Syllabus)) -> Snapshot {
    let mut edited = snapshot.clone();
    let entry = snapshot.tree.entry(id).unwrap();
    let mut node = Node::clone(&entry.node);
    change(node.syllabus.as_mut().unwrap());
    edited.tree.put(entry.place.clone(), Arc::new(node));
    edited
}
