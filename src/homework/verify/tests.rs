use std::fs;

use super::super::plan::{Amount, PlanRequest};
use super::super::record::{DrawnConcept, DrawnSession, sample};
use super::super::run::RunFolder;
use super::super::segment::{Segment, line};
use super::super::{fixture, recipe};
use super::*;
use crate::taxonomy::event::{EVENT_VERSION, Event};
use crate::taxonomy::op::{Verdict, decide};
use crate::taxonomy::{EventId, Node, Op};

/// A run of three subjects with ten items each, whole.
struct Made {
    dir: tempfile::TempDir,
    snapshot: Snapshot,
    run: RunId,
    segment: PathBuf,
    records: Vec<Record>,
}

fn record(plan: &Plan, item: &super::super::PlannedItem) -> Record {
    let subject = &plan.subjects[item.subject];
    let session =
        |session: &&crate::taxonomy::Session| DrawnSession { id: session.id.clone(), title: session.title.clone() };
    let concept = |(session, concept): (&crate::taxonomy::Session, &crate::taxonomy::Untrusted)| DrawnConcept {
        session: session.id.clone(),
        concept: concept.clone(),
    };
    Record {
        item: item.id,
        nodes: subject.lineage.clone(),
        syllabus: subject.material_hash.clone(),
        strategy: item.draw.strategy().number(),
        sessions: subject.drawn_sessions(&item.draw).iter().map(session).collect(),
        concepts: subject.drawn_concepts(&item.draw).into_iter().map(concept).collect(),
        seed: plan.request.seed,
        recipe: plan.recipe_hash.clone(),
        ..sample(item.id.bits(), Status::Ok)
    }
}

fn made() -> Made {
    let snapshot = fixture::taxonomy(&["Acoustics", "Mechanics", "Optics"]);
    let plan = Plan::new(&snapshot, &PlanRequest::of(Amount::PerSubject(10), 1), &recipe::sample());
    let dir = tempfile::tempdir().unwrap();
    let folder = RunFolder::open(dir.path(), &RunFile::of(&plan, "ada"), &plan, || Ok(true)).unwrap();
    let records: Vec<Record> = plan.items().map(|item| record(&plan, &item)).collect();
    let mut segment = Segment::create_for(&folder.segments(), None).unwrap();
    records.iter().for_each(|record| segment.write(&line(record).unwrap()).unwrap());
    segment.sync().unwrap();
    folder.conclude("done").unwrap();
    let (run, segment) = (folder.run.clone(), segment.path().to_owned());
    Made { dir, snapshot, run, segment, records }
}

impl Made {
    fn verify(&self) -> Verified {
        verify(&self.snapshot, self.dir.path(), &self.run).unwrap()
    }

    /// The codes that are found once the record at a place is another one.
    fn with(&self, at: usize, change: impl FnOnce(&mut Record)) -> Vec<&'static str> {
        let mut records = self.records.clone();
        change(&mut records[at]);
        let lines = records.iter().map(|record| line(record).unwrap());
        fs::write(&self.segment, lines.collect::<Vec<_>>().concat()).unwrap();
        ledger::forget(&self.segment);
        let verified = self.verify();
        assert!(verified.findings.iter().all(|finding| CODES.iter().any(|(code, ..)| *code == finding.code)));
        let here = verified.findings.iter().filter(|finding| finding.path == self.segment);
        assert!(here.clone().all(|finding| finding.line == Some(at as u64 + 1)), "{:?}", verified.findings);
        verified.counts.into_keys().collect()
    }
}

#[test]
fn a_sound_run_is_proven() {
    let verified = made().verify();
    assert_eq!(verified.findings, []);
    assert_eq!((verified.records, verified.proven, verified.items.ok), (30, 30, 30));
    assert_eq!((verified.planned, verified.done, verified.missing, verified.same_plan), (Some(30), 30, 0, true));
    assert!(verified.stale.is_empty() && verified.unproven == 0);
}

#[test]
fn every_kind_of_damage_is_named() {
    let made = made();
    assert_eq!(made.with(4, |_| {}), [""; 0]);
    assert_eq!(made.with(4, |record| record.item = ItemId::from_bits(7)), ["foreign-id", "missing"]);
    assert_eq!(made.with(4, |record| record.seed = 2), ["foreign-recipe"]);
    assert_eq!(made.with(4, |record| record.recipe = "x".to_owned()), ["foreign-recipe"]);
    assert_eq!(made.with(4, |record| record.syllabus = "0".repeat(32)), ["unknown-syllabus"]);
    let nowhere = NodeId::derive(None, crate::taxonomy::Kind::Subject, "Nowhere", 0);
    assert_eq!(made.with(4, |record| record.nodes = vec![nowhere]), ["unknown-subject"]);
    assert_eq!(made.with(4, |record| record.nodes.clear()), ["provenance"]);
    assert_eq!(made.with(4, |record| record.concepts[0].concept = "Cooking".into()), ["provenance"]);
    assert_eq!(made.with(4, |record| record.sessions[0].id = SessionId("s99".to_owned())), ["provenance"]);
    assert_eq!(made.with(4, |record| record.strategy = 3 - record.strategy), ["provenance"]);
    assert_eq!(made.with(4, |record| record.answer = "  ".into()), ["provenance"]);
    let other = made.records[4].clone();
    assert_eq!(made.with(5, |record| *record = other), ["duplicate", "missing"]);
}

#[test]
fn the_draw_of_another_item_is_not_taken() {
    let made = made();
    let other = made.records[5].clone();
    let codes = made.with(4, |record| {
        (record.sessions, record.concepts, record.strategy) = (other.sessions, other.concepts, other.strategy);
    });
    assert_eq!(codes, ["foreign-id"]);
}

#[test]
fn damaged_lines_and_torn_tails_have_their_place_and_are_asked_for_again() {
    let made = made();
    let text = fs::read(&made.segment).unwrap();
    let mut lines: Vec<Vec<u8>> = text.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let time = fs::metadata(&made.segment).unwrap().modified().unwrap();
    let middle = lines[9].len() / 2;
    lines[9][middle] ^= 1;
    fs::write(&made.segment, lines.concat()).unwrap();
    fs::File::options().write(true).open(&made.segment).unwrap().set_modified(time).unwrap();
    let verified = made.verify();
    let found: Vec<_> = verified.findings.iter().map(|finding| (finding.code, finding.line)).collect();
    assert_eq!(found, [("damaged-line", Some(10)), ("ledger", None), ("missing", None)]);
    assert_eq!(made.verify().counts.len(), 2, "the ledger was written anew, and agrees");
    assert_eq!(DoneSet::load(made.dir.path()).unwrap().standing(made.records[9].item), Standing::Open);

    let cut = lines.concat().len() - 20;
    fs::write(&made.segment, &text[..cut]).unwrap();
    let verified = made.verify();
    let found: Vec<_> = verified.findings.iter().map(|finding| (finding.code, finding.line)).collect();
    assert_eq!(found, [("torn-tail", Some(30)), ("missing", None)]);
    fs::write(&made.segment, b"{\"crc\":\"00000000\",\"item\":1}\n").unwrap();
    assert_eq!(made.verify().counts.into_keys().collect::<Vec<_>>(), ["missing", "torn-tail"]);
    let odd = line(&serde_json::json!({"item": "later"})).unwrap();
    fs::write(&made.segment, odd).unwrap();
    assert!(made.verify().counts.contains_key("not-a-record"));
}

#[test]
fn a_tree_that_changed_makes_items_stale_and_is_no_fault() {
    let made = made();
    let optics = made.snapshot.tree.at_path("natural-sciences/physics/optics").unwrap();
    let mechanics = made.snapshot.tree.at_path("natural-sciences/physics/mechanics").unwrap();
    let gone = fixture::deprecate(&made.snapshot, mechanics);
    let verified = verify(&gone, made.dir.path(), &made.run).unwrap();
    assert_eq!(verified.findings, []);
    assert_eq!((verified.proven, verified.stale.values().sum::<u64>(), verified.same_plan), (30, 10, false));
    // An edit by hand that no log knows: the syllabus of then is nowhere.
    let edited = fixture::edit_syllabus(&made.snapshot, optics, |syllabus| syllabus.introduction = "New.".into());
    let verified = verify(&edited, made.dir.path(), &made.run).unwrap();
    assert_eq!((verified.findings.len(), verified.proven), (0, 20));
    assert_eq!(verified.edited, BTreeMap::from([(optics, 10)]));
}

#[test]
fn a_syllabus_that_nobody_knows_and_no_edit_by_hand_explains_is_a_fault() {
    let mut made = made();
    let optics = made.snapshot.tree.at_path("natural-sciences/physics/optics").unwrap();
    let mut node = Node::clone(made.snapshot.tree.node(optics).unwrap());
    node.syllabus.as_mut().unwrap().introduction = "New.".into();
    let Verdict { change, ballot, steps, .. } = decide(&made.snapshot, "ana", Op::Edit(Box::new(node))).unwrap();
    let id = EventId::new(1_763_700_000_000, 0);
    let event = Event { v: EVENT_VERSION, id, at: String::new(), by: "ana".into(), change, ballot };
    made.snapshot.commit(event, &steps).unwrap();
    let verified = made.verify();
    assert_eq!((verified.findings.len(), verified.proven, verified.same_plan), (0, 30, false), "the log knows both");
    assert_eq!(made.with(25, |record| record.syllabus = "0".repeat(32)), ["unknown-syllabus"]);
}

#[test]
fn an_item_that_the_plan_does_not_have_is_told() {
    let made = made();
    let more = Plan::new(&made.snapshot, &PlanRequest::of(Amount::PerSubject(12), 1), &recipe::sample());
    let known: Vec<ItemId> = made.records.iter().map(|record| record.item).collect();
    let other = more.items().find(|item| !known.contains(&item.id)).unwrap();
    let other = record(&more, &other);
    let item = other.item;
    assert_eq!(made.with(4, |record| *record = other), ["missing", "outside-plan"]);
    let found = made.verify().findings;
    let outside: Vec<_> = found.iter().filter(|finding| finding.code == "outside-plan").collect();
    assert_eq!((outside.len(), outside[0].message.as_str()), (1, format!("item {item}").as_str()));
    assert_eq!(made.verify().proven, 30, "it is sound, and exports take it");
}

#[test]
fn a_run_without_its_file_and_no_run_at_all() {
    let made = made();
    fs::remove_file(made.dir.path().join(made.run.as_str()).join("run.yaml")).unwrap();
    let verified = made.verify();
    assert_eq!(verified.counts, BTreeMap::from([("no-run-file", 1)]));
    assert_eq!((verified.records, verified.unproven, verified.planned), (30, 30, None));
    let none = verify(&made.snapshot, made.dir.path(), &"nonsense".parse().unwrap());
    assert!(matches!(none, Err(ReadError::NoSuchRun(_))));
}
