use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::import::forest::{Shape, plant};
use crate::import::{Import, csv, skos};
use crate::taxonomy::manifest::Manifest;
use crate::taxonomy::op::{Op, decide};
use crate::taxonomy::snapshot::Snapshot;
use crate::taxonomy::{Batch, BatchId, Deprecation, Facts, Kind, Node, Place, Source, Untrusted};

/// A random tree: each entry hangs under one of those before it.
fn trees() -> impl Strategy<Value = Tree> {
    let text = || prop_oneof!["[A-Za-zäß光 ]{1,8}", "[-=+@'\"\\\\|;,<>&\n]{1,5}[a-z]{1,3}"];
    let name = prop_oneof!["[A-Za-zäß光&'\"\\\\|=+@-]{1,10}", "[A-Z][a-z]{1,8} [a-z]{2,6}"];
    let facts = (
        name,
        prop::collection::vec("[A-Za-z|\\\\\"=]{1,6}", 0..3),
        prop::option::of("[1-9]00"),
        prop::option::of(text()),
        prop::collection::vec("[A-Za-z|]{1,6}", 0..3),
    );
    let entry = (
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        facts,
        prop::option::weighted(0.2, any::<prop::sample::Index>()),
    );
    prop::collection::vec(entry, 0..25).prop_map(|entries| {
        let mut tree = Tree::default();
        let mut ids: Vec<NodeId> = Vec::new();
        let mut retired = Vec::new();
        for (parent, kind, (name, aliases, level, scope, subtopics), old) in entries {
            let parent = Some(parent.index(ids.len() + 1)).filter(|at| *at > 0).map(|at| ids[at - 1]);
            let Some(kinds) = Some(Kind::below(parent.map(NodeId::kind))).filter(|kinds| !kinds.is_empty()) else {
                continue;
            };
            let kind = kinds[kind.index(kinds.len())];
            if name.trim().is_empty() || tree.child_by_name(parent, &name).is_some() {
                continue;
            }
            let id = NodeId::derive(parent, kind, &name, 0);
            let mut known = vec![];
            let aliases: Vec<Untrusted> = aliases
                .into_iter()
                .filter(|a| {
                    *a != name && !known.contains(a) && {
                        known.push(a.clone());
                        true
                    }
                })
                .map(Into::into)
                .collect();
            let facts = Facts {
                name: name.trim().into(),
                aliases,
                level: level.filter(|_| kind == Kind::Subject).map(Into::into),
                scope: scope.filter(|scope| !scope.trim().is_empty()).map(Into::into),
                subtopics: if kind == Kind::Subject { subtopics.into_iter().map(Into::into).collect() } else { vec![] },
            };
            let slug = tree.free_slug(parent, id, facts.name.raw());
            tree.put(Place { parent, slug }, Arc::new(Node::new(id, kind, facts)));
            ids.push(id);
            retired.extend(old.map(|by| (id, by)));
        }
        for (id, by) in retired {
            let by = ids[by.index(ids.len())];
            let node = tree.node(id).unwrap().as_ref().clone();
            let deprecated =
                Deprecation { replaced_by: Some(by).filter(|by| *by != id), reason: Some("it is old".into()) };
            let place = tree.entry(id).unwrap().place.clone();
            tree.put(place, Arc::new(Node { deprecated: Some(deprecated), ..node }));
        }
        tree
    })
}

/// What `import --accept` makes of an import in an empty directory.
fn accepted(import: Import) -> Tree {
    let mut snapshot = Snapshot::empty(Manifest::titled("T"));
    if import.proposals.is_empty() {
        return snapshot.tree;
    }
    let on = import.proposals.iter().map(crate::taxonomy::Proposed::id).collect();
    let source = Source::import("x", "x");
    let id = BatchId::new(1, 1);
    let (at, by) = (String::new(), "ana".to_owned());
    let proposals = import.proposals;
    snapshot.record.add_batch(Batch { id, at, by, source, about: None, bad: vec![], proposals, calls: vec![] });
    for op in [Op::Accept { on, edit: None, under: None }, Op::Retire(import.deprecated)] {
        if matches!(&op, Op::Retire(none) if none.is_empty()) {
            continue;
        }
        let verdict = decide(&snapshot, "ana", op).unwrap();
        for step in &verdict.steps {
            step.apply(&mut snapshot.tree).unwrap();
        }
    }
    snapshot.tree
}

fn same(before: &Tree, after: &Tree) -> Result<(), TestCaseError> {
    prop_assert_eq!(before.len(), after.len());
    for entry in before.entries() {
        prop_assert_eq!(Some(entry.node.as_ref()), after.node(entry.node.id).map(AsRef::as_ref));
        prop_assert_eq!(Some(entry.place.parent), after.entry(entry.node.id).map(|found| found.place.parent));
    }
    Ok(())
}

fn shape() -> Shape {
    Shape { deprecated: true, ..Shape::default() }
}

fn from_skos(text: &str, language: Option<&str>) -> Import {
    let options = skos::Options { language: language.map(str::to_owned), deprecated: true, ..skos::Options::default() };
    let scheme = skos::read(text.as_bytes(), &options).unwrap();
    plant(&scheme.items, scheme.remarks, &Snapshot::empty(Manifest::titled("T")), &shape()).unwrap().1
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn skos_out_and_in_again_is_the_same_tree(tree in trees(), tagged in any::<bool>()) {
        prop_assume!(!tree.is_empty());
        let language = tagged.then(|| "de".to_owned());
        let options = Options { language: language.clone(), ..Options::default() };
        let text = skos(&Manifest::titled("Ä title"), &tree, &options).unwrap();
        let import = from_skos(&text, language.as_deref());
        prop_assert!(import.remarks.is_empty(), "{:?}", import.remarks);
        same(&tree, &accepted(import))?;
    }

    #[test]
    fn a_table_out_and_in_again_is_the_same_tree(tree in trees()) {
        let text = table(&tree, &Options::default()).unwrap();
        let options = csv::Options { shape: shape(), levels: vec![] };
        let import = csv::read(text.as_bytes(), &Snapshot::empty(Manifest::titled("T")), &options).unwrap().import;
        prop_assert!(import.remarks.is_empty(), "{:?}", import.remarks);
        same(&tree, &accepted(import))?;
    }
}

fn small() -> (Tree, [NodeId; 3]) {
    let mut tree = Tree::default();
    let mut parent = None;
    let ids =
        [(Kind::Field, "=SUM(A1)"), (Kind::Discipline, "Physics"), (Kind::Subject, "Optics")].map(|(kind, name)| {
            let id = NodeId::derive(parent, kind, name, 0);
            let slug = tree.free_slug(parent, id, name);
            let mut facts = Facts::named(name);
            if kind == Kind::Subject {
                facts.level = Some("200".into());
                facts.aliases = vec!["Light \"rays\"".into()];
            }
            tree.put(Place { parent, slug }, Arc::new(Node::new(id, kind, facts)));
            parent = Some(id);
            id
        });
    (tree, ids)
}

#[test]
fn the_turtle_reads_well() {
    let (tree, _) = small();
    let options = Options { language: Some("en".to_owned()), ..Options::default() };
    insta::assert_snapshot!(skos(&Manifest::titled("Small"), &tree, &options).unwrap());
}

#[test]
fn the_table_holds_no_formula() {
    let (tree, [_, physics, _]) = small();
    insta::assert_snapshot!(table(&tree, &Options { under: Some(physics), ..Options::default() }).unwrap());
    assert!(table(&tree, &Options::default()).unwrap().contains(",'=SUM(A1),"));
}

#[test]
fn what_is_known_is_recognised_by_its_id_after_a_rename() {
    let (mut tree, [_, _, optics]) = small();
    let text = skos(&Manifest::titled("T"), &tree, &Options::default()).unwrap();
    let entry = tree.entry(optics).unwrap().clone();
    let mut node = entry.node.as_ref().clone();
    node.facts.name = "Light".into();
    tree.put(entry.place, Arc::new(node));
    let mut snapshot = Snapshot::empty(Manifest::titled("T"));
    snapshot.tree = tree;
    let scheme = skos::read(text.as_bytes(), &skos::Options::default()).unwrap();
    let (_, import) = plant(&scheme.items, scheme.remarks, &snapshot, &Shape::default()).unwrap();
    assert_eq!((import.proposals.len(), import.accepted_before.len()), (0, 3));
}

#[test]
fn a_base_that_is_no_iri_is_an_error() {
    let (tree, _) = small();
    let options = Options { base: "not an iri ".to_owned(), ..Options::default() };
    assert!(skos(&Manifest::titled("T"), &tree, &options).is_err());
}
