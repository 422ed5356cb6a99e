use super::*;
use crate::app::fixture::{Bench, child, node};
use crate::taxonomy::{Facts, Node, Op, ProposalId};

const PHYSICS: [&str; 2] = ["Natural Sciences", "Physics"];
const BIOLOGY: [&str; 2] = ["Natural Sciences", "Biology"];

/// Two disciplines of one field, and one of another.
fn bench() -> Bench {
    let mut bench = Bench::empty();
    bench.add(None, Kind::Field, Facts::named("Natural Sciences"));
    bench.add(None, Kind::Field, Facts::named("Humanities"));
    for name in ["Physics", "Biology"] {
        bench.add(Some(node(&["Natural Sciences"])), Kind::Discipline, Facts::named(name));
    }
    bench.add(Some(node(&["Humanities"])), Kind::Discipline, Facts::named("Music"));
    bench
}

fn prp(parent: &[&str], name: &str) -> ProposalId {
    ProposalId::of_node(node(&[parent, &[name]].concat()))
}

fn reject(bench: &mut Bench, parent: &[&str], name: &str, reason: Reason, note: Option<&str>) {
    bench.propose(vec![child(parent, name, "")]);
    let op = Op::Reject { on: vec![prp(parent, name)], reason, note: note.map(Into::into), of: None };
    bench.run("bo", op).unwrap();
}

fn below(bench: &Bench) -> Lessons {
    Lessons::below(&bench.snapshot, Some(node(&PHYSICS)), &[Kind::Subject])
}

fn told(lessons: &Lessons) -> Vec<String> {
    lessons.rejections.iter().map(|one| format!("{}: {}", one.name.raw(), one.reason.raw())).collect()
}

#[test]
fn rejections_here_come_first_and_nearby_only_faults_that_could_be_made_here() {
    let mut bench = bench();
    reject(&mut bench, &["Humanities", "Music"], "Odds and ends of music", Reason::Vague, None);
    reject(&mut bench, &BIOLOGY, "Misc biology", Reason::Vague, None);
    reject(&mut bench, &BIOLOGY, "Cells again", Reason::Duplicate, None);
    reject(&mut bench, &PHYSICS, "Stuff", Reason::Other, Some("says nothing"));
    reject(&mut bench, &PHYSICS, "Rays", Reason::Trivial, Some("one lecture"));
    assert_eq!(told(&below(&bench)), ["Rays: trivial: one lecture", "Stuff: says nothing", "Misc biology: vague"]);
}

#[test]
fn a_prompt_carries_twenty_rejections_at_the_most_and_the_latest_of_them() {
    let mut bench = bench();
    (0..30).for_each(|number| reject(&mut bench, &PHYSICS, &format!("Topic {number}"), Reason::Vague, None));
    let lessons = below(&bench);
    assert_eq!(lessons.rejections.len(), REJECTIONS);
    assert_eq!(lessons.rejections[0].name.raw(), "Topic 29");
}

#[test]
fn what_was_merged_retired_or_duplicates_something_says_so() {
    let mut bench = bench();
    bench.add(Some(node(&PHYSICS)), Kind::Subject, Facts::named("Optics"));
    let optics = node(&["Natural Sciences", "Physics", "Optics"]);
    bench.propose(vec![child(&PHYSICS, "Light", ""), child(&PHYSICS, "Science of light", "")]);
    let of = Some(optics);
    bench
        .run("bo", Op::Reject { on: vec![prp(&PHYSICS, "Light")], reason: Reason::Duplicate, note: None, of })
        .unwrap();
    bench.run("bo", Op::Alias { on: vec![prp(&PHYSICS, "Science of light")], into: optics }).unwrap();
    bench.add(Some(node(&PHYSICS)), Kind::Subject, Facts::named("Aether"));
    let on = vec![node(&["Natural Sciences", "Physics", "Aether"])];
    bench.run("bo", Op::Deprecate { on, replaced_by: None, reason: Some("refuted".into()) }).unwrap();
    let lessons = below(&bench);
    let expected =
        ["Science of light: another name of Optics", "Light: duplicate of Optics", "Aether: no longer taught: refuted"];
    assert_eq!(told(&lessons), expected);
    let names: Vec<_> = lessons.accepted.iter().map(Untrusted::raw).collect();
    assert_eq!(names, ["Optics", "Science of light"], "an alias is taken as well; what is retired is no sibling");
}

#[test]
fn edits_are_those_of_the_kind_the_latest_of_this_place_first() {
    let mut bench = bench();
    let mut accept_as = |parent: &[&str], name: &str, to: &str| {
        bench.propose(vec![child(parent, name, "")]);
        let edit = Some(Edit::Facts(Box::new(Facts::named(to))));
        bench.run("ana", Op::Accept { on: vec![prp(parent, name)], edit, under: None }).unwrap();
    };
    accept_as(&PHYSICS, "Heat", "Thermodynamics");
    accept_as(&PHYSICS, "ACOUSTICS", "Acoustics");
    accept_as(&BIOLOGY, "Green things", "Botany");
    accept_as(&["Natural Sciences"], "Chem", "Chemistry");
    let heat = node(&["Natural Sciences", "Physics", "Heat"]);
    let before = (**bench.snapshot.tree.node(heat).unwrap()).clone();
    let after = Node { facts: Facts::named("Thermal physics"), ..before };
    bench.run("ana", Op::Edit(Box::new(after))).unwrap();
    let edits = below(&bench).edits;
    let shown: Vec<_> = edits.iter().map(|one| format!("{} => {}", one.before.raw(), one.after.raw())).collect();
    assert_eq!(shown, ["Thermodynamics => Thermal physics", "Heat => Thermodynamics", "Green things => Botany"]);
    bench.run("ana", Op::Undo(None)).unwrap();
    assert_eq!(below(&bench).edits.len(), 2, "what was undone teaches nothing");
}

#[test]
fn siblings_keep_to_their_budget_and_say_how_many_did_not_fit() {
    let mut bench = bench();
    let name = |number: usize| format!("A subject with quite a long name, number {number:04}");
    let nodes = (0..900).map(|number| Facts::named(name(number))).collect();
    let parent = Some(node(&PHYSICS));
    bench.run("ana", Op::Add { parent, kind: Kind::Subject, nodes }).unwrap();
    bench.propose(vec![child(&PHYSICS, "Optics", "")]);
    let lessons = below(&bench);
    let tokens: usize = lessons.accepted.iter().chain(&lessons.pending).map(tokens).sum();
    assert!(tokens <= SIBLING_TOKENS && lessons.accepted.len() > 300, "{tokens}, {}", lessons.accepted.len());
    assert_eq!(lessons.count(Part::Siblings) + lessons.crowded_out, 901);
}

#[test]
fn a_field_knows_the_disciplines_below_its_sub_fields() {
    let mut bench = bench();
    let natural = node(&["Natural Sciences"]);
    bench.add(Some(natural), Kind::SubField, Facts::named("Earth Sciences"));
    let earth = NodeId::derive(Some(natural), Kind::SubField, "Earth Sciences", 0);
    bench.add(Some(earth), Kind::Discipline, Facts::named("Geology"));
    let names = |kinds: &[Kind]| {
        let lessons = Lessons::below(&bench.snapshot, Some(natural), kinds);
        lessons.accepted.iter().map(|name| name.raw().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&[Kind::Discipline]), ["Biology", "Earth Sciences", "Physics", "Geology"]);
    assert_eq!(names(&[Kind::SubField]), ["Biology", "Earth Sciences", "Physics"]);
}

#[test]
fn what_was_taken_out_of_a_syllabus_for_a_reason_teaches_the_next_one() {
    let mut bench = bench();
    let at = |name: &str| node(&[PHYSICS[0], PHYSICS[1], name]);
    for name in ["Optics", "Acoustics"] {
        bench.add(Some(node(&PHYSICS)), Kind::Subject, Facts::named(name));
    }
    let whole = crate::taxonomy::syllabus::sample(10, 3);
    let mut revise = |subject: &str, (row, concept): (usize, usize), reason: Option<Reason>| {
        // What is only of use as it is worded has no other name.
        let note = (reason == Some(Reason::Other)).then(|| "too new".into());
        bench.propose(vec![crate::taxonomy::Proposed::Syllabus { subject: at(subject), syllabus: whole.clone() }]);
        let on = ProposalId::of_syllabus(at(subject), &whole.hash());
        let Body::Syllabus { syllabus, .. } = &bench.snapshot.record.proposal(on).unwrap().body else { panic!() };
        let mut to = syllabus.clone();
        to.sessions[row].concepts.remove(concept);
        bench.run("bo", Op::Revise { on, to: Box::new(to), reason, note, batch: None }).unwrap();
    };
    revise("Acoustics", (1, 0), Some(Reason::Vague));
    revise("Acoustics", (2, 0), Some(Reason::Duplicate));
    revise("Optics", (0, 1), Some(Reason::Duplicate));
    revise("Optics", (4, 0), None);
    revise("Optics", (5, 2), Some(Reason::Other));
    let lessons = Lessons::of_syllabus(&bench.snapshot, at("Optics"));
    let wanted = ["concept 6.3: too new", "concept 1.2: duplicate", "concept 2.1: vague"];
    assert_eq!(told(&lessons), wanted, "and nothing without a reason");
}

#[test]
fn a_trimmed_part_teaches_nothing() {
    let mut bench = bench();
    reject(&mut bench, &PHYSICS, "Stuff", Reason::Vague, None);
    bench.propose(vec![child(&PHYSICS, "Optics", "")]);
    let whole = below(&bench);
    assert_eq!(Part::ALL.map(|part| whole.count(part)), [1, 1, 0]);
    let trimmed = whole.clone().without(Trim::of([Part::Rejections]));
    assert_eq!(Part::ALL.map(|part| trimmed.count(part)), [1, 0, 0]);
    let mut trim = Trim::of(Part::ALL);
    trim.toggle(Part::Edits);
    assert_eq!(trim.parts().collect::<Vec<_>>(), [Part::Siblings, Part::Rejections]);
}
