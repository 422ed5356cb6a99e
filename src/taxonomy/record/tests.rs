use super::*;
use crate::taxonomy::event::{Ballot, EVENT_VERSION, Reason};
use crate::taxonomy::node::{Facts, Kind};
use crate::taxonomy::proposal::Source;

fn batch(number: u64, names: &[&str]) -> Batch {
    let node =
        |name: &&str| Proposed::Node { parent: None, kind: Kind::Field, facts: Facts::named(*name), rationale: None };
    Batch {
        id: BatchId::new(number, 0),
        at: String::new(),
        by: "ana".into(),
        source: Source::Model { model: "m".into(), profile: "p".into(), round: None },
        about: None,
        bad: vec![],
        proposals: names.iter().map(node).collect(),
        calls: vec![],
    }
}

fn event(number: u64, by: &str, change: Change) -> Event {
    Event {
        v: EVENT_VERSION,
        id: EventId::new(number, 0),
        at: String::new(),
        by: by.into(),
        change,
        ballot: Ballot::default(),
    }
}

fn prp(name: &str) -> ProposalId {
    ProposalId::of_node(NodeId::derive(None, Kind::Field, name, 0))
}

fn reject(name: &str) -> Change {
    Change::Reject { on: vec![prp(name)], reason: Reason::Vague, note: None, of: None }
}

#[test]
fn the_same_name_proposed_again_is_one_proposal_and_stays_rejected() {
    let record = Record::fold(
        Policy::default(),
        "ana",
        vec![batch(1, &["Arts", "Law"]), batch(2, &["arts"])],
        vec![event(5, "ana", reject("Arts"))],
    );
    let arts = record.proposal(prp("Arts")).unwrap();
    assert_eq!(arts.seen.len(), 2);
    assert!(matches!(arts.state, State::Rejected { reason: Reason::Vague, .. }));
    assert_eq!(record.proposed_children(None).count(), 2);
    assert_eq!((record.len(), record.is_empty(), Record::default().is_empty()), (2, false, true));
}

#[test]
fn what_another_redid_is_not_in_the_way_of_what_is_undone_still() {
    let id = |number: u64| EventId::new(number, 0);
    let events = vec![
        event(1, "ana", reject("Arts")),
        event(2, "ana", reject("Law")),
        event(3, "ana", Change::Undo { event: id(2) }),
        event(4, "ana", Change::Undo { event: id(1) }),
        event(5, "bo", Change::Redo { event: id(1) }),
    ];
    let record = Record::fold(Policy::default(), "ana", vec![batch(1, &["Arts", "Law"])], events);
    assert_eq!(record.redoable("ana").map(|event| event.id), Some(id(2)));
}

#[test]
fn folding_one_by_one_and_all_at_once_agree() {
    let events = vec![
        event(1, "ana", reject("Arts")),
        event(2, "bo", Change::Defer { on: vec![prp("Law")] }),
        event(3, "ana", Change::Undo { event: EventId::new(1, 0) }),
        event(4, "ana", reject("Law")),
        event(5, "ana", Change::Redo { event: EventId::new(1, 0) }),
        event(6, "ana", Change::Undo { event: EventId::new(4, 0) }),
    ];
    let mut stepwise = Record::fold(Policy::default(), "ana", vec![batch(1, &["Arts", "Law"])], vec![]);
    for event in events.clone() {
        stepwise.add_event(event);
    }
    let mut shuffled = events;
    shuffled.reverse();
    let at_once = Record::fold(Policy::default(), "ana", vec![batch(1, &["Arts", "Law"])], shuffled);
    for name in ["Arts", "Law"] {
        assert_eq!(stepwise.proposal(prp(name)), at_once.proposal(prp(name)), "{name}");
    }
    assert_eq!(at_once.proposal(prp("Law")).unwrap().state, State::Deferred);
    assert!(matches!(at_once.proposal(prp("Arts")).unwrap().state, State::Rejected { .. }));
}

#[test]
fn undo_and_redo_walk_back_and_forth_over_own_decisions_only() {
    let mut record = Record::fold(Policy::default(), "ana", vec![batch(1, &["A", "B", "C"])], vec![]);
    let mut number = 0;
    let mut add = |record: &mut Record, by: &str, change| {
        number += 1;
        record.add_event(event(number, by, change));
        EventId::new(number, 0)
    };
    let a = add(&mut record, "ana", reject("A"));
    let b = add(&mut record, "ana", reject("B"));
    let c = add(&mut record, "bo", reject("C"));
    assert_eq!(record.undoable("ana").unwrap().id, b);
    add(&mut record, "ana", Change::Undo { event: b });
    assert_eq!(record.undoable("ana").unwrap().id, a);
    add(&mut record, "ana", Change::Undo { event: a });
    assert!(record.undoable("ana").is_none());
    assert_eq!(record.redoable("ana").unwrap().id, a);
    add(&mut record, "ana", Change::Redo { event: a });
    assert_eq!(record.redoable("ana").unwrap().id, b);
    add(&mut record, "ana", reject("C"));
    assert!(record.redoable("ana").is_none(), "a new decision ends what could be redone");
    assert_eq!(record.undoable("bo").unwrap().id, c);
}

#[test]
fn what_names_say_is_the_same_whoever_works_it_out() {
    let names: Vec<String> = (0..30).map(|number| format!("Field of {}", number % 12)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let batches = || [batch(1, &names[..20]), batch(2, &names[5..]), batch(3, &["Fields of 3", "7 fields", "Arts"])];
    let all = Record::fold(Policy::default(), "ana", batches().to_vec(), vec![event(5, "ana", reject("Arts"))]);
    let mut one_by_one = Record::under(Policy::default());
    batches().into_iter().for_each(|batch| drop(one_by_one.add_batch(batch)));
    for name in names.iter().chain(&["Fields of 3", "7 fields", "Arts"]) {
        let sense = all.sense(prp(name)).unwrap();
        assert_eq!(Some(sense), one_by_one.sense(prp(name)), "{name}");
        assert_eq!(all.saying(sense), one_by_one.saying(sense), "{name}");
    }
    let three = all.sense(prp("Field of 3")).unwrap();
    assert_eq!(all.saying(three), [prp("Field of 3"), prp("Fields of 3")]);
}
