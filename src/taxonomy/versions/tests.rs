use super::*;
use crate::taxonomy::event::EVENT_VERSION;
use crate::taxonomy::op::decide;
use crate::taxonomy::proposal::Source;
use crate::taxonomy::syllabus::sample;
use crate::taxonomy::{BatchId, EventId, Kind, Manifest, Op, Untrusted};

/// A taxonomy with one field proposed twice, in two wordings.
struct Bench {
    snapshot: Snapshot,
    batches: Vec<Batch>,
    clock: u64,
}

fn arts() -> NodeId {
    NodeId::derive(None, Kind::Field, "Arts", 0)
}

impl Bench {
    fn new() -> Self {
        let snapshot = Snapshot::empty(Manifest::titled("Test"));
        Self { snapshot, batches: vec![], clock: 1_763_700_000_000 }
    }

    fn tick(&mut self) -> u64 {
        self.clock += 1_000;
        self.clock
    }

    fn propose(&mut self, proposed: Proposed) {
        let id = BatchId::new(self.tick(), 0);
        let source = Source::Model { model: "m\u{202e}".into(), profile: "p".into(), round: None };
        let (at, by) = (String::new(), "ana".to_owned());
        let batch = Batch { id, at, by, source, about: None, bad: vec![], proposals: vec![proposed], calls: vec![] };
        self.batches.push(batch.clone());
        self.snapshot.record.add_batch(batch);
    }

    fn word(&mut self, name: &str, scope: &str) {
        let facts = Facts { scope: Some(scope.into()), ..Facts::named(name) };
        self.propose(Proposed::Node { parent: None, kind: Kind::Field, facts, rationale: None });
    }

    fn run(&mut self, by: &str, op: Op) {
        let verdict = decide(&self.snapshot, by, op).unwrap();
        let id = EventId::new(self.tick(), 0);
        let (change, ballot) = (verdict.change, verdict.ballot);
        let event = Event { v: EVENT_VERSION, id, at: String::new(), by: by.into(), change, ballot };
        self.snapshot.commit(event, &verdict.steps).unwrap();
    }

    fn rename(&mut self, name: &str) {
        let mut node = (**self.snapshot.tree.node(arts()).unwrap()).clone();
        node.facts.name = name.into();
        self.run("bo", Op::Edit(Box::new(node)));
    }

    fn versions(&self, about: About) -> Vec<Version> {
        of(&self.snapshot, about, &self.batches, "ana")
    }
}

fn said(versions: &[Version]) -> Vec<String> {
    let marks = |version: &Version| version.marks.iter().map(|mark| mark.what.clone()).collect::<Vec<_>>().join(", ");
    versions.iter().map(marks).collect()
}

fn accept(id: ProposalId) -> Op {
    Op::Accept { on: vec![id], edit: None, under: None }
}

#[test]
fn each_wording_each_edit_and_what_holds_now_are_versions_and_equal_ones_are_one() {
    let mut bench = Bench::new();
    bench.word("Arts", "Painting.");
    bench.word("arts", "Painting and music.");
    bench.word("Arts", "Painting.");
    assert_eq!(said(&bench.versions(About::Node(arts()))), ["proposed, proposed, pending", "proposed"]);
    bench.run("ana", accept(ProposalId::of_node(arts())));
    bench.rename("Fine arts");
    let versions = bench.versions(About::Node(arts()));
    assert_eq!(said(&versions), ["proposed, proposed, accepted", "proposed", "edited, now"]);
    assert_eq!(versions[2].lines, ["name: Fine arts", "under: the root", "scope: Painting."]);
    assert_eq!(versions[0].marks[0].by, "m⟨U+202E⟩");
    assert_eq!(pair(&versions, None), (1, 2));
    // Batches that were not read say nothing but the first wording.
    let unread = of(&bench.snapshot, About::Node(arts()), &[], "ana");
    assert_eq!(said(&unread), ["proposed, accepted", "edited, now"]);
}

#[test]
fn what_was_undone_stays_a_version() {
    let mut bench = Bench::new();
    bench.word("Arts", "");
    bench.run("ana", accept(ProposalId::of_node(arts())));
    bench.rename("Fine arts");
    bench.run("bo", Op::Undo(None));
    let versions = bench.versions(About::Node(arts()));
    assert_eq!(said(&versions), ["proposed, accepted, after undo, now", "edited (undone)"]);
    bench.run("bo", Op::Redo(None));
    assert_eq!(said(&bench.versions(About::Node(arts())))[1], "edited, after redo, now");
}

#[test]
fn a_key_that_goes_leaves_the_others_in_their_order() {
    let mut bench = Bench::new();
    bench.word("Arts", "");
    bench.run("ana", accept(ProposalId::of_node(arts())));
    let with = |bench: &mut Bench, keys: &[&str]| {
        let mut node = (**bench.snapshot.tree.node(arts()).unwrap()).clone();
        node.extra = keys.iter().map(|key| ((*key).to_owned(), Value::from(1))).collect();
        bench.run("bo", Op::Edit(Box::new(node)));
    };
    with(&mut bench, &["area", "size", "zeal"]);
    with(&mut bench, &["size", "zeal"]);
    let versions = bench.versions(About::Node(arts()));
    assert_eq!(said(&versions), ["proposed, accepted", "edited", "edited, now"]);
    assert_eq!(versions[2].lines, ["name: Arts", "under: the root", "scope: ", "size: 1", "zeal: 1"]);
}

#[test]
fn syllabi_are_compared_with_what_they_would_replace() {
    let mut bench = Bench::new();
    bench.run("ana", Op::Add { parent: None, kind: Kind::Field, nodes: vec![Facts::named("Arts")] });
    let discipline = NodeId::derive(Some(arts()), Kind::Discipline, "Music", 0);
    let nodes = vec![Facts::named("Music")];
    bench.run("ana", Op::Add { parent: Some(arts()), kind: Kind::Discipline, nodes });
    let subject = NodeId::derive(Some(discipline), Kind::Subject, "Harmony", 0);
    let nodes = vec![Facts::named("Harmony")];
    bench.run("ana", Op::Add { parent: Some(discipline), kind: Kind::Subject, nodes });
    let first = sample(10, 3);
    bench.propose(Proposed::Syllabus { subject, syllabus: first.clone() });
    let proposal = ProposalId::of_syllabus(subject, &first.hash());
    let mut revised = first.clone();
    revised.sessions[2].title = Untrusted::from("量子力学入門");
    bench.run(
        "ana",
        Op::Revise { on: proposal, to: Box::new(revised), reason: None, note: Some("wider".into()), batch: None },
    );
    let versions = bench.versions(About::Syllabus(subject));
    assert_eq!(said(&versions), ["proposed", "revised (wider), pending"]);
    bench.run("bo", accept(proposal));
    let mut second = first;
    second.sessions.remove(0);
    bench.propose(Proposed::Syllabus { subject, syllabus: second.clone() });
    let other = ProposalId::of_syllabus(subject, &second.hash());
    let versions = bench.versions(About::Syllabus(subject));
    assert_eq!(said(&versions), ["proposed", "revised (wider), accepted as edited, now", "proposed, pending"]);
    assert_eq!(pair(&versions, Some(&other.to_string())), (1, 2), "what is on the screen against what is taught");
    assert!(versions[1].lines.contains(&"session: 量子力学入門".to_owned()));
    bench.run("ana", accept(other));
    let versions = bench.versions(About::Syllabus(subject));
    assert_eq!(said(&versions)[1], "revised (wider), accepted as edited, replaced");
    assert_eq!(said(&versions)[2], "proposed, accepted, now");
}

#[test]
fn each_item_of_a_list_is_a_line() {
    let mut bench = Bench::new();
    let aliases = vec!["Fine arts".into(), "Les\narts".into()];
    bench.run(
        "ana",
        Op::Add { parent: None, kind: Kind::Field, nodes: vec![Facts { aliases, ..Facts::named("Arts") }] },
    );
    let versions = bench.versions(About::Node(arts()));
    let lines = &versions.last().unwrap().lines;
    assert_eq!(lines[..5], ["name: Arts", "under: the root", "aliases:", "  - Fine arts", "  - Les arts"]);
}
