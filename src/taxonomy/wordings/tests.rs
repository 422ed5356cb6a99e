use proptest::prelude::*;

use super::*;
use crate::app::fixture::{Bench, child, node};
use crate::taxonomy::event::{EVENT_VERSION, Event};
use crate::taxonomy::{
    AskId, Batch, BatchId, EventId, Facts, Manifest, Op, Proposed, Record, Round, Untrusted as Name,
};

const PHYSICS: [&str; 2] = ["Natural Sciences", "Physics"];

fn bench() -> Bench {
    let mut bench = Bench::empty();
    bench.add(None, Kind::Field, Facts::named("Natural Sciences"));
    for name in ["Physics", "Chemistry", "Biology"] {
        bench.add(Some(node(&["Natural Sciences"])), Kind::Discipline, Facts::named(name));
    }
    bench
}

fn propose(bench: &mut Bench, names: &[&str]) {
    bench.propose(names.iter().map(|name| child(&PHYSICS, name, "")).collect());
}

fn subject(name: &str) -> NodeId {
    node(&["Natural Sciences", "Physics", name])
}

fn prp(name: &str) -> ProposalId {
    ProposalId::of_node(subject(name))
}

fn open(bench: &Bench) -> Vec<String> {
    let open = bench.snapshot.open_proposals();
    open.iter().map(|proposal| proposal.title().raw().to_owned()).collect()
}

fn state(bench: &Bench, name: &str) -> &'static str {
    bench.snapshot.state_name(bench.snapshot.record.proposal(prp(name)).unwrap())
}

fn reject(bench: &mut Bench, name: &str, reason: Reason, of: Option<NodeId>) {
    bench.run("bo", Op::Reject { on: vec![prp(name)], reason, note: None, of }).unwrap();
}

fn accept(bench: &mut Bench, name: &str) {
    bench.run("ana", Op::Accept { on: vec![prp(name)], edit: None, under: None }).unwrap();
}

#[test]
fn names_say_the_same_whatever_their_order_number_and_small_words() {
    assert_eq!(words("History of the Arts"), words("Art History"));
    assert_eq!(words("Mechanics of Fluids"), words("Fluid mechanics"));
    for (one, other) in [
        ("Advanced Optics", "Optics"),
        ("Calculus I", "Calculus II"),
        ("Physics", "Physical"),
        ("Introduction to Logic", "Logic"),
        ("Analysis", "Analysi"),
    ] {
        assert_ne!(words(one), words(other));
    }
    assert_eq!(words("The"), "the");
    assert_eq!(words("量子力学"), "量子力学");
}

#[test]
fn the_first_wording_is_shown_and_the_others_are_listed_with_it() {
    let mut bench = bench();
    propose(&mut bench, &["Fluid Mechanics", "Optics"]);
    propose(&mut bench, &["Mechanics of Fluids", "Acoustics"]);
    propose(&mut bench, &["Fluids, Mechanics of"]);
    assert_eq!(open(&bench), ["Fluid Mechanics", "Optics", "Acoustics"]);
    assert_eq!(state(&bench, "Mechanics of Fluids"), "repeated");
    let first = bench.snapshot.record.proposal(prp("Fluid Mechanics")).unwrap();
    let others: Vec<_> = bench.snapshot.wordings(first).iter().map(|other| other.title()).collect();
    assert_eq!(others, [Name::from("Mechanics of Fluids"), "Fluids, Mechanics of".into()]);
    assert_eq!(bench.snapshot.seen(first), Seen { times: 3, of: 3 });
    let chemistry = vec![child(&["Natural Sciences", "Chemistry"], "Mechanics of Fluids", "")];
    bench.propose(chemistry);
    assert_eq!(open(&bench).len(), 4, "under another parent it is another subject");
}

#[test]
fn lists_filters_and_commands_call_the_state_of_a_proposal_by_one_word() {
    let mut bench = bench();
    propose(&mut bench, &["Fluid Mechanics", "Optics", "Waves"]);
    propose(&mut bench, &["Mechanics of Fluids", "Wave"]);
    reject(&mut bench, "Waves", Reason::Vague, None);
    let agree = |bench: &Bench| {
        let survey = crate::taxonomy::queue::Survey::new(&bench.snapshot);
        for proposal in bench.snapshot.record.proposals() {
            let seat = survey.seat(proposal.id).unwrap();
            assert_eq!(seat.stage.name(), bench.snapshot.state_name(proposal), "{}", proposal.title().raw());
            assert_eq!(seat.is_open(), bench.snapshot.is_open(proposal), "{}", proposal.title().raw());
        }
    };
    agree(&bench);
    assert_eq!((state(&bench, "Mechanics of Fluids"), state(&bench, "Wave")), ("repeated", "suppressed"));
    bench.run("ana", Op::Deprecate { on: vec![node(&PHYSICS)], replaced_by: None, reason: None }).unwrap();
    agree(&bench);
    for name in ["Fluid Mechanics", "Mechanics of Fluids", "Wave"] {
        assert_eq!(state(&bench, name), "withdrawn", "{name}");
    }
    assert_eq!(state(&bench, "Waves"), "rejected");
}

#[test]
fn a_decision_on_one_wording_holds_for_all_and_so_does_its_undo() {
    let mut bench = bench();
    propose(&mut bench, &["Fluid Mechanics"]);
    propose(&mut bench, &["Mechanics of Fluids"]);
    reject(&mut bench, "Fluid Mechanics", Reason::Vague, None);
    assert_eq!((open(&bench).len(), state(&bench, "Mechanics of Fluids")), (0, "suppressed"));
    bench.run("bo", Op::Undo(None)).unwrap();
    assert_eq!(open(&bench), ["Fluid Mechanics"]);
    accept(&mut bench, "Fluid Mechanics");
    assert_eq!((open(&bench).len(), state(&bench, "Mechanics of Fluids")), (0, "repeated"));
    bench.run("ana", Op::Undo(None)).unwrap();
    // Whoever decides by id may take another wording.
    accept(&mut bench, "Mechanics of Fluids");
    assert_eq!(open(&bench).len(), 0);
}

#[test]
fn one_wording_turned_down_as_a_duplicate_of_another_leaves_the_other_to_be_decided() {
    let mut bench = bench();
    propose(&mut bench, &["Fluid Mechanics"]);
    propose(&mut bench, &["Mechanics of Fluids"]);
    reject(&mut bench, "Mechanics of Fluids", Reason::Duplicate, Some(subject("Fluid Mechanics")));
    assert_eq!(open(&bench), ["Fluid Mechanics"]);
    reject(&mut bench, "Fluid Mechanics", Reason::Duplicate, None);
    assert!(open(&bench).is_empty());
}

#[test]
fn what_is_accepted_here_under_a_name_or_alias_is_not_proposed_again() {
    let mut bench = bench();
    let facts = Facts { aliases: vec!["Sound, Science of".into()], ..Facts::named("Acoustics") };
    bench.add(Some(node(&PHYSICS)), Kind::Subject, facts);
    propose(&mut bench, &["The Science of Sound", "Optics"]);
    assert_eq!(open(&bench), ["Optics"]);
    let again = bench.snapshot.record.proposal(prp("The Science of Sound")).unwrap();
    assert_eq!(bench.snapshot.same_as(again), Some(SameAs::Node(subject("Acoustics"))));
}

#[test]
fn what_was_imported_stands_for_itself() {
    let mut bench = bench();
    propose(&mut bench, &["Mechanics of Fluids"]);
    let source = Source::import("list.csv", "csv");
    let proposals = vec![child(&PHYSICS, "Fluid Mechanics", ""), child(&PHYSICS, "Mechanics: fluid", "")];
    let id = BatchId::new(1_800_000_000_000, 0);
    let (at, by) = (String::new(), "ana".to_owned());
    bench.snapshot.record.add_batch(Batch { id, at, by, source, about: None, bad: vec![], proposals, calls: vec![] });
    assert_eq!(open(&bench), ["Fluid Mechanics", "Mechanics: fluid"], "the model's wording says what a file says");
    let imported = bench.snapshot.record.proposal(prp("Fluid Mechanics")).unwrap();
    assert_eq!(bench.snapshot.seen(imported), Seen { times: 1, of: 1 }, "an import is no run");
}

#[test]
fn subjects_of_several_disciplines_are_linked() {
    let mut bench = bench();
    let at = |discipline: &'static str| ["Natural Sciences", discipline];
    bench.add(Some(node(&at("Chemistry"))), Kind::Subject, Facts::named("Thermodynamics"));
    bench.propose(vec![child(&at("Physics"), "Thermodynamics", ""), child(&at("Biology"), "Thermodynamics", "")]);
    assert_eq!(open(&bench).len(), 2, "none is dropped");
    assert_eq!(bench.snapshot.also_in(subject("Thermodynamics")), [Name::from("Chemistry"), "Biology".into()]);
    assert!(bench.snapshot.also_in(node(&PHYSICS)).is_empty());
}

/// A run of one question.
fn run(number: u32, stratum: Option<&str>, names: &[String]) -> Batch {
    let ask = AskId::new(1, 1);
    let stratum = stratum.map(Name::from);
    let round = Some(Round { ask, number, of: 10, stratum, wording: None, without: vec![] });
    let named = |name: &String| Proposed::Node {
        parent: None,
        kind: Kind::Field,
        facts: Facts::named(name.as_str()),
        rationale: None,
    };
    Batch {
        id: BatchId::new(u64::from(number), 0),
        at: String::new(),
        by: "ana".into(),
        source: Source::Model { model: "m".into(), profile: "p".into(), round },
        about: None,
        bad: vec![],
        proposals: names.iter().map(named).collect(),
        calls: vec![],
    }
}

#[test]
fn seen_counts_runs_of_the_questions_that_named_it() {
    let mut snapshot = Snapshot::empty(Manifest::titled("T"));
    let names = |all: &[&str]| all.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let beginners = Some("beginners");
    for batch in [
        run(1, None, &names(&["Law", "Arts"])),
        run(2, None, &names(&["Arts"])),
        run(3, None, &[]),
        run(4, beginners, &names(&["Law"])),
        run(5, beginners, &names(&["Crafts"])),
    ] {
        snapshot.record.add_batch(batch);
    }
    let seen = |name: &str| {
        let id = ProposalId::of_node(NodeId::derive(None, Kind::Field, name, 0));
        let Seen { times, of } = snapshot.seen(snapshot.record.proposal(id).unwrap());
        (times, of)
    };
    assert_eq!((seen("Arts"), seen("Law"), seen("Crafts")), ((2, 3), (2, 5), (1, 2)));
}

const WORDINGS: [&str; 6] =
    ["Fluid Mechanics", "Mechanics of Fluids", "Mechanics, Fluid", "Law and Economics", "Economics of Law", "Optics"];

/// Everything that is derived: what each proposal says again, and how often it was seen.
fn derived(record: Record) -> Vec<(ProposalId, &'static str, Option<SameAs>, Seen)> {
    let mut snapshot = Snapshot::empty(Manifest::titled("T"));
    snapshot.record = record;
    let facts = |proposal: &Arc<Proposal>| {
        (proposal.id, snapshot.state_name(proposal), snapshot.same_as(proposal), snapshot.seen(proposal))
    };
    let mut all: Vec<_> = snapshot.record.proposals().map(facts).collect();
    all.sort_by_key(|one| one.0);
    all
}

fn event(number: u64, by: &str, change: Change) -> Event {
    Event {
        v: EVENT_VERSION,
        id: EventId::new(number, 0),
        at: String::new(),
        by: by.into(),
        change,
        ballot: Default::default(),
    }
}

proptest! {
    /// Two clones read the same files in any order, or one after the other as they came.
    #[test]
    fn merging_depends_on_the_set_of_files_alone(
        runs in prop::collection::vec(prop::collection::vec(0..WORDINGS.len(), 0..5), 1..8),
        decisions in prop::collection::vec((0..WORDINGS.len(), any::<bool>()), 0..4),
        swaps in prop::collection::vec((0..8_usize, 0..8_usize), 0..8),
    ) {
        let name = |at: &usize| WORDINGS[*at].to_owned();
        let batches: Vec<Batch> = runs
            .iter()
            .zip(1..)
            .map(|(names, number)| run(number, None, &names.iter().map(name).collect::<Vec<_>>()))
            .collect();
        let on = |at: usize| vec![ProposalId::of_node(NodeId::derive(None, Kind::Field, WORDINGS[at], 0))];
        let events: Vec<Event> = decisions
            .iter()
            .zip(100..)
            .map(|((at, rejects), number)| {
                let on = on(*at);
                let reject = Change::Reject { on: on.clone(), reason: Reason::Vague, note: None, of: None };
                event(number, if number % 2 == 0 { "ana" } else { "bo" }, if *rejects { reject } else { Change::Defer { on } })
            })
            .collect();
        let whole = derived(Record::fold(Default::default(), "ana", batches.clone(), events.clone()));
        let (mut shuffled, mut reversed) = (batches.clone(), events.clone());
        for (a, b) in swaps {
            let len = shuffled.len();
            shuffled.swap(a % len, b % len);
        }
        reversed.reverse();
        prop_assert_eq!(&derived(Record::fold(Default::default(), "ana", shuffled, reversed)), &whole);
        let mut stepwise = Record::fold(Default::default(), "ana", vec![], vec![]);
        batches.into_iter().for_each(|batch| drop(stepwise.add_batch(batch)));
        events.into_iter().for_each(|event| stepwise.add_event(event));
        prop_assert_eq!(&derived(stepwise), &whole);
        // Of each sense one wording is open at the most, and never beside one that was turned down.
        for group in [&WORDINGS[..3], &WORDINGS[3..5]] {
            let ids: Vec<_> = group.iter().map(|name| ProposalId::of_node(NodeId::derive(None, Kind::Field, name, 0))).collect();
            let states: Vec<_> = whole.iter().filter(|one| ids.contains(&one.0)).map(|one| one.1).collect();
            let shown = states.iter().filter(|state| ["pending", "deferred"].contains(state)).count();
            let dead = states.contains(&"rejected");
            prop_assert_eq!(shown, usize::from(!states.is_empty() && !dead), "{:?}", states);
        }
    }
}

#[test]
fn a_subject_that_several_disciplines_teach_is_told_once_for_each() {
    let mut bench = bench();
    let place = |name: &'static str| ["Natural Sciences", name];
    for (parent, name) in
        [("Physics", "Linear Optics"), ("Chemistry", "Linear Optics"), ("Chemistry", "Optics, Linear")]
    {
        bench.add(Some(node(&place(parent))), Kind::Subject, Facts::named(name));
    }
    bench.propose(vec![child(&place("Biology"), "Linear optics", "")]);
    let here = subject("Linear Optics");
    let elsewhere = bench.snapshot.elsewhere(here);
    let parents: Vec<_> = elsewhere.iter().map(|node| bench.snapshot.parent(*node).unwrap()).collect();
    assert_eq!(parents, [node(&place("Chemistry")), node(&place("Biology"))], "accepted first, each place once");
    assert_eq!(bench.snapshot.also_in(here), ["Chemistry", "Biology"].map(Untrusted::from));
    assert!(bench.snapshot.elsewhere(node(&place("Physics"))).is_empty());
}
