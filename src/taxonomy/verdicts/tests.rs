use super::super::event::Ballot;
use super::super::manifest::Manifest;
use super::super::node::{Facts, Kind, Node};
use super::super::op::{Op, decide};
use super::super::record::Record;
use super::super::syllabus;
use super::super::tree::Place;
use super::*;
use ItemVerdict::{Good, NotSelfContained, Unclear, Wrong};

struct Desk {
    snapshot: Snapshot,
    subject: NodeId,
    clock: u64,
}

impl Desk {
    fn new() -> Self {
        let mut snapshot = Snapshot::empty(Manifest::titled("Sample"));
        let field = NodeId::derive(None, Kind::Field, "Physics", 0);
        let subject = NodeId::derive(Some(field), Kind::Subject, "Optics", 0);
        let put = |snapshot: &mut Snapshot, parent, node: Node, slug: &str| {
            snapshot.tree.put(Place { parent, slug: slug.to_owned() }, std::sync::Arc::new(node));
        };
        put(&mut snapshot, None, Node::new(field, Kind::Field, Facts::named("Physics")), "physics");
        let optics = Node::new(subject, Kind::Subject, Facts::named("Optics"));
        let optics = Node { syllabus: Some(syllabus::sample(10, 5)), ..optics };
        put(&mut snapshot, Some(field), optics, "optics");
        Self { snapshot, subject, clock: 1_000 }
    }

    fn judged(&self, item: u128, sessions: &[usize]) -> Judged {
        let syllabus = self.snapshot.tree.node(self.subject).unwrap().syllabus.as_ref().unwrap().hash();
        let sessions = sessions.iter().map(|number| SessionId::numbered(*number)).collect();
        Judged { item: ItemKey::from_bits(item), subject: self.subject, syllabus, sessions }
    }

    fn run(&mut self, by: &str, op: Op) -> Result<EventId, Refusal> {
        let verdict = decide(&self.snapshot, by, op)?;
        self.clock += 1;
        let id = EventId::new(self.clock, 0);
        let v = verdict.change.version();
        let event = Event {
            v,
            id,
            at: String::new(),
            by: by.to_owned(),
            change: verdict.change,
            ballot: Ballot { ..verdict.ballot },
        };
        self.snapshot.commit(event, &verdict.steps).unwrap();
        Ok(id)
    }

    fn says(&mut self, by: &str, item: u128, verdict: ItemVerdict) -> EventId {
        let on = vec![self.judged(item, &[1])];
        self.run(by, Op::Judge { on, verdict, note: None }).unwrap()
    }

    fn fate(&self, item: u128) -> Option<Fate> {
        self.snapshot.judgement(ItemKey::from_bits(item)).map(|judgement| judgement.fate())
    }
}

#[test]
fn an_item_is_refused_when_more_curators_call_it_bad_than_good() {
    let mut desk = Desk::new();
    for (voices, fate, verdict) in [
        (&[Good][..], Fate::Good, Some(Good)),
        (&[Wrong], Fate::Refused, Some(Wrong)),
        (&[Good, Wrong], Fate::Divided, None),
        (&[Good, Wrong, Unclear], Fate::Refused, Some(Unclear)),
        (&[Wrong, Unclear, Wrong, NotSelfContained], Fate::Refused, Some(Wrong)),
        (&[Good, Good, Wrong], Fate::Good, Some(Good)),
    ] {
        let item = u128::from(desk.clock);
        for (at, verdict) in voices.iter().enumerate() {
            desk.says(["ana", "bo", "cy", "di"][at], item, *verdict);
        }
        let judgement = desk.snapshot.judgement(ItemKey::from_bits(item)).unwrap();
        assert_eq!((judgement.fate(), judgement.verdict()), (fate, verdict), "{voices:?}");
        let is_refused = desk.snapshot.refused().contains(&ItemKey::from_bits(item));
        assert_eq!(is_refused, fate == Fate::Refused);
    }
}

#[test]
fn the_latest_verdict_of_each_curator_counts_and_undo_brings_the_one_before_back() {
    let mut desk = Desk::new();
    desk.says("ana", 7, Good);
    desk.says("ana", 7, Wrong);
    let judgement = desk.snapshot.judgement(ItemKey::from_bits(7)).unwrap();
    assert_eq!((judgement.voices.len(), judgement.voices[0].verdict), (1, Wrong));
    desk.run("ana", Op::Undo(None)).unwrap();
    assert_eq!(desk.fate(7), Some(Fate::Good));
    desk.run("ana", Op::Undo(None)).unwrap();
    assert_eq!(desk.fate(7), None);
    desk.run("ana", Op::Redo(None)).unwrap();
    desk.run("ana", Op::Redo(None)).unwrap();
    assert_eq!(desk.fate(7), Some(Fate::Refused));
}

#[test]
fn several_items_are_one_decision_and_the_same_again_is_refused() {
    let mut desk = Desk::new();
    let on = vec![desk.judged(1, &[1]), desk.judged(2, &[2]), desk.judged(1, &[1])];
    desk.run("ana", Op::Judge { on: on.clone(), verdict: Good, note: Some("  ".into()) }).unwrap();
    let event = desk.snapshot.record.events().last().unwrap().clone();
    assert!(matches!(&event.change, Change::Judge { on, note: None, .. } if on.len() == 2), "{event:?}");
    let again = desk.run("ana", Op::Judge { on: on.clone(), verdict: Good, note: None }).unwrap_err();
    assert_eq!(again.what, "You called all of them good already.");
    let third = vec![on[0].clone(), desk.judged(3, &[1])];
    desk.run("ana", Op::Judge { on: third, verdict: Good, note: None }).unwrap();
    let event = desk.snapshot.record.events().last().unwrap();
    assert!(matches!(&event.change, Change::Judge { on, .. } if on.len() == 1), "only what is new");
    assert!(desk.run("ana", Op::Judge { on: vec![], verdict: Good, note: None }).is_err());
    let note = Some(Untrusted::from("units"));
    desk.run("ana", Op::Judge { on: vec![on[1].clone()], verdict: Good, note: note.clone() }).unwrap();
    let judgement = desk.snapshot.judgement(ItemKey::from_bits(2)).unwrap();
    assert_eq!(judgement.of("ana").unwrap().note, note, "a note may be added");
}

#[test]
fn the_order_in_which_logs_are_read_plays_no_role() {
    let mut desk = Desk::new();
    for (by, item, verdict) in [("ana", 1, Good), ("bo", 1, Wrong), ("bo", 2, Unclear), ("ana", 1, Wrong)] {
        desk.says(by, item, verdict);
    }
    desk.run("bo", Op::Undo(None)).unwrap();
    let mut events: Vec<Event> = desk.snapshot.record.events().iter().map(|event| (**event).clone()).collect();
    events.reverse();
    events.swap(0, 2);
    let mut other = desk.snapshot.clone();
    other.record = Record::fold(desk.snapshot.record.policy().clone(), "ana", vec![], events);
    assert_eq!(other.judgements(), desk.snapshot.judgements());
    assert_eq!(other.judgements().len(), 1);
}

#[test]
fn a_verdict_is_a_line_that_an_older_program_asks_a_newer_one_for() {
    let mut desk = Desk::new();
    let on = vec![desk.judged(255, &[3, 4])];
    desk.run("ana", Op::Judge { on, verdict: NotSelfContained, note: Some("which figure?".into()) }).unwrap();
    let event = desk.snapshot.record.events().last().unwrap();
    let line = serde_json::to_string(event).unwrap();
    let line = line.replace(&desk.judged(1, &[]).syllabus, "HASH");
    insta::assert_snapshot!(line, @r#"{"v":3,"id":"evt_00000003x4000000","at":"","by":"ana","op":"judge","on":[{"item":"000000000000000000000000000000ff","subject":"sub_5xspg68531","syllabus":"HASH","sessions":["s03","s04"]}],"verdict":"not-self-contained","note":"which figure?"}"#);
    desk.run("ana", Op::Undo(None)).unwrap();
    assert_eq!(desk.snapshot.record.events().last().unwrap().v, 2);
}

#[test]
fn what_others_said_is_hidden_until_ones_own_verdict() {
    let mut desk = Desk::new();
    desk.says("bo", 1, Wrong);
    let item = ItemKey::from_bits(1);
    let told = |desk: &Desk, viewer: &str| {
        let event = desk.snapshot.record.events().get(0).unwrap().clone();
        super::super::describe::event_for(&desk.snapshot, &event, viewer)
    };
    assert!(desk.snapshot.hides_judgement(item, "ana"));
    assert_eq!(told(&desk, "ana"), "judged an item of \"Optics\"");
    assert_eq!(told(&desk, "bo"), "judged an item of \"Optics\" wrong");
    desk.says("ana", 1, Good);
    assert!(!desk.snapshot.hides_judgement(item, "ana"));
    assert_eq!(told(&desk, "ana"), "judged an item of \"Optics\" wrong");
}

#[test]
fn intervals_are_those_that_newcombe_published() {
    // Newcombe 1998, Statistics in Medicine 17, table I, method 3.
    for (hits, of, low, high) in
        [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
    {
        let (found_low, found_high) = wilson(hits, of).unwrap();
        assert!((found_low - low).abs() < 0.00005 && (found_high - high).abs() < 0.00005, "{hits} of {of}");
    }
    assert_eq!(wilson(0, 0), None);
    let (low, high) = wilson(20, 20).unwrap();
    assert!((low - 0.8389).abs() < 0.00005 && high == 1.0, "as for none of 20, the other way round: {low}");
}

#[test]
fn what_is_bad_leads_to_the_branch_and_the_session_at_fault() {
    let mut desk = Desk::new();
    for (item, sessions, verdict) in
        [(1, &[1][..], Good), (2, &[4], Wrong), (3, &[2, 4], Wrong), (4, &[2], Good), (5, &[2, 3], Unclear)]
    {
        let on = vec![desk.judged(item, sessions)];
        desk.run("ana", Op::Judge { on, verdict, note: None }).unwrap();
    }
    let stale = Judged { syllabus: "another".into(), ..desk.judged(6, &[9]) };
    desk.run("ana", Op::Judge { on: vec![stale], verdict: Wrong, note: None }).unwrap();
    let found = qualities(&desk.snapshot);
    let optics = found.nodes[&desk.subject];
    assert_eq!((optics.good, optics.wrong, optics.unclear, optics.judged()), (2, 3, 1, 6));
    assert_eq!((found.all, found.nodes.len()), (optics, 2), "the field holds the subject");
    assert_eq!((optics.share(), Quality::default().share()), (Some(2.0 / 6.0), None));
    let session = |number| found.sessions.get(&(desk.subject, SessionId::numbered(number))).copied();
    assert_eq!(session(4).unwrap().bad(), 2);
    assert_eq!(session(2).unwrap().judged(), 3);
    assert_eq!(session(9), None, "made from another syllabus");
    let fault = fault(&desk.snapshot, desk.subject).unwrap();
    assert_eq!((fault.items.bad(), fault.items.judged()), (3, 5));
    let (id, row, quality) = fault.session.unwrap();
    assert_eq!((id.0.as_str(), row, quality.bad()), ("s04", 3, 2), "2 of 2 weighs more than 2 of 3");
}

#[test]
fn a_verdict_is_read_from_its_code() {
    for verdict in ItemVerdict::ALL {
        assert_eq!(verdict.code().parse(), Ok(verdict));
        assert_eq!(verdict.code().replace('-', "_").parse(), Ok(verdict));
    }
    assert!("nice".parse::<ItemVerdict>().unwrap_err().contains("a verdict is one of good, "));
}
