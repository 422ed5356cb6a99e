use super::*;
use crate::app::fixture::{Bench, acoustics, bench, bench_of_several, node, optics, syllabus};
use crate::taxonomy::{Edit, Facts, Kind, Op, Proposed, Reason};

const PHYSICS: [&str; 2] = ["Natural Sciences", "Physics"];

fn physics(name: &str) -> NodeId {
    node(&["Natural Sciences", "Physics", name])
}

fn id(name: &str) -> ProposalId {
    ProposalId::of_node(physics(name))
}

fn accept(on: &[ProposalId]) -> Op {
    Op::Accept { on: on.to_vec(), edit: None, under: None }
}

fn done(bench: &mut Bench, by: &str, op: Op) -> String {
    bench.run(by, op).unwrap().summary
}

fn last(bench: &Bench, viewer: &str) -> String {
    let events = bench.snapshot.record.events();
    event_for(&bench.snapshot, events.last().unwrap(), viewer)
}

#[test]
fn every_decision_is_told_in_a_few_words() {
    let mut bench = bench();
    let edited = Facts { scope: Some("Motion.".into()), ..Facts::named("Mechanics") };
    let edit = Some(Edit::Facts(Box::new(edited)));
    let (mechanics, modern) = (id("Mechanics"), id("Modern optics"));
    let vague = Reason::Vague;
    let other = Some("says \u{202e}nothing".into());
    for (op, says) in [
        (Op::Accept { on: vec![mechanics], edit, under: None }, "accepted \"Mechanics\" as edited"),
        (Op::Defer { on: vec![modern] }, "deferred \"Modern optics\""),
        (Op::Flag { on: vec![modern], note: Some("is it?".into()) }, "flagged \"Modern optics\": is it?"),
        (Op::Flag { on: vec![modern], note: None }, "flagged \"Modern optics\""),
        (Op::Alias { on: vec![modern], into: optics() }, "merged \"Modern optics\" into \"Optics\""),
        (Op::Undo(None), "undid: merged \"Modern optics\" into \"Optics\""),
        (Op::Redo(None), "redid: merged \"Modern optics\" into \"Optics\""),
        (
            Op::Reject { on: vec![id("Miscellaneous topics")], reason: vague, note: other, of: None },
            "rejected \"Miscellaneous topics\" as vague: says ⟨U+202E⟩nothing",
        ),
        (
            Op::Reject {
                on: vec![id("量子力学入門"), id("Hidden\u{202e}scitpo")],
                reason: vague,
                note: None,
                of: None,
            },
            "rejected \"量子力学入門\" and 1 more as vague",
        ),
        (
            Op::Split { on: optics(), into: vec![Facts::named("Rays"), Facts::named("Waves")] },
            "split \"Optics\" into \"Rays\", \"Waves\"",
        ),
        (Op::Deprecate { on: vec![physics("Rays")], replaced_by: None, reason: None }, "deprecated \"Rays\""),
        (Op::Restore { on: vec![physics("Rays")] }, "restored \"Rays\""),
        (
            Op::Deprecate { on: vec![physics("Rays"), physics("Waves")], replaced_by: None, reason: None },
            "deprecated \"Rays\" and 1 more",
        ),
        (
            Op::Add {
                parent: Some(node(&PHYSICS)),
                kind: Kind::Subject,
                nodes: vec![Facts::named("Sound"), Facts::named("Noise"), Facts::named("Music")],
            },
            "added \"Sound\" and 2 more",
        ),
        (
            Op::Merge { on: vec![physics("Sound"), physics("Noise")], into: acoustics() },
            "merged \"Sound\" and 1 more into \"Acoustics\"",
        ),
        (Op::Merge { on: vec![physics("Music")], into: acoustics() }, "merged \"Music\" into \"Acoustics\""),
    ] {
        assert_eq!(done(&mut bench, "ana", op), says);
    }
}

#[test]
fn a_revision_is_told_by_what_it_changed() {
    let mut bench = bench();
    let first = syllabus(&[("Rooms", &["Room modes"]), ("Hearing", &["Loudness"]), ("Pipes", &["Open end"])]);
    let on = ProposalId::of_syllabus(acoustics(), &first.hash());
    bench.propose(vec![Proposed::Syllabus { subject: acoustics(), syllabus: first.clone() }]);
    let mut revise = |change: &dyn Fn(&mut Syllabus), reason: Option<Reason>, note: Option<&str>| {
        let Body::Syllabus { syllabus, .. } = &bench.snapshot.record.proposal(on).unwrap().body else { panic!() };
        let mut to = syllabus.clone();
        change(&mut to);
        let op = Op::Revise { on, to: Box::new(to), reason, note: note.map(Into::into), batch: None };
        done(&mut bench, "ana", op)
    };
    let head = "revised the syllabus of \"Acoustics\": ";
    let said = revise(&|to| to.sessions[1].title = "The ear".into(), None, None);
    assert!(said.starts_with(&format!("{head}session 2 ")) && said.contains("The ear"), "{said}");
    let said = revise(&|to| drop(to.sessions[0].concepts.pop()), Some(Reason::Trivial), None);
    assert!(said.starts_with(head) && said.contains("Room modes") && said.ends_with(" (trivial)"), "{said}");
    let said = revise(&|to| to.introduction = "Other.".into(), None, Some("own words"));
    assert!(said.starts_with(head) && !said.contains("session 0") && said.ends_with(" (own words)"), "{said}");
    let said = revise(&|to| to.sessions.iter_mut().for_each(|session| session.title = "X".into()), None, None);
    assert_eq!(said, format!("{head}3 sessions"));
    let anew = |to: &mut Syllabus| {
        to.sessions[2].concepts = ["A", "B", "C", "D", "E"].map(Into::into).to_vec();
        to.sessions[2].title = "Y".into();
    };
    assert_eq!(revise(&anew, None, None), format!("{head}session 3 written anew"));
    let review =
        |sessions: &[usize]| Op::Review { on, sessions: sessions.iter().map(|n| SessionId::numbered(*n)).collect() };
    assert_eq!(done(&mut bench, "ana", review(&[3])), "accepted \"Y\" of the syllabus of \"Acoustics\"");
    assert_eq!(done(&mut bench, "ana", review(&[1, 2])), "accepted 2 sessions of the syllabus of \"Acoustics\"");
}

#[test]
fn a_vote_that_decided_nothing_says_so_and_how_many_there_are() {
    let mut bench = bench_of_several();
    let on = [ProposalId::of_node(node(&["Crafts"])), ProposalId::of_node(node(&["Natural Sciences", "Chemistry"]))];
    assert_eq!(done(&mut bench, "ana", accept(&on[..1])), "voted to accept \"Crafts\" (1 of 2 votes)");
    assert_eq!(done(&mut bench, "bo", accept(&on[..1])), "accepted \"Crafts\"");
    let reject = |on: &[ProposalId]| Op::Reject { on: on.to_vec(), reason: Reason::Vague, note: None, of: None };
    assert_eq!(done(&mut bench, "ana", accept(&on[1..])), "voted to accept \"Chemistry\" (1 of 2 votes)");
    assert_eq!(done(&mut bench, "bo", reject(&on[1..])), "voted to reject \"Chemistry\" as vague (contested)");
    // A subject takes one vote, a field two.
    let mixed = [id("Mechanics"), ProposalId::of_node(node(&["Trades"]))];
    bench.propose(vec![crate::app::fixture::child(&[], "Trades", "")]);
    let said = done(&mut bench, "ana", accept(&mixed));
    assert_eq!(said, "accepted \"Trades\" and 1 more (1 of 2 await other votes)");
}

#[test]
fn how_the_votes_stand_is_told_after_ones_own() {
    let mut bench = bench_of_several();
    let chemistry = ProposalId::of_node(node(&["Natural Sciences", "Chemistry"]));
    let told =
        |bench: &Bench, viewer| votes(&bench.snapshot, bench.snapshot.record.proposal(chemistry).unwrap(), viewer);
    assert_eq!(told(&bench, "ana"), None);
    bench.run("ana", accept(&[chemistry])).unwrap();
    assert_eq!(told(&bench, "ana").as_deref(), Some("1 of 2 votes: accept ana"));
    assert_eq!(told(&bench, "bo").as_deref(), Some("1 of 2 votes; the votes show after yours"));
    assert_eq!(
        (last(&bench, "ana"), last(&bench, "bo")),
        ("voted to accept \"Chemistry\"".into(), "voted on \"Chemistry\"".into())
    );
    bench.run("bo", Op::Reject { on: vec![chemistry], reason: Reason::Vague, note: None, of: None }).unwrap();
    assert_eq!(told(&bench, "ana").as_deref(), Some("contested: accept ana; reject bo"));
    bench.run("bo", accept(&[chemistry])).unwrap();
    assert_eq!(told(&bench, "cy").as_deref(), Some("2 votes: accept ana, bo"));
    let mechanics = id("Mechanics");
    bench.run("ana", accept(&[mechanics])).unwrap();
    let alone = bench.snapshot.record.proposal(mechanics).unwrap();
    assert_eq!(votes(&bench.snapshot, alone, "bo"), None, "one curator decides");
}

#[test]
fn what_was_planted_looks_like_the_rest_and_only_its_planter_sees_that_it_is() {
    let mut bench = bench();
    let on = vec![id("Mechanics")];
    bench.run("ana", Op::Plant { on: on.clone(), because: Some("not a subject".into()) }).unwrap();
    assert_eq!(last(&bench, "ana"), "planted \"Mechanics\": not a subject");
    let planted = bench.snapshot.record.events().last().unwrap().clone();
    assert!(is_secret(&planted, "bo") && !is_secret(&planted, "ana"));
    assert_eq!(done(&mut bench, "bo", accept(&on)), "accepted \"Mechanics\"");
    assert!(!is_secret(bench.snapshot.record.events().last().unwrap(), "ana"));
    // Where it takes two, it counts for nobody but who votes: nothing is said of votes that do not agree.
    let mut bench = bench_of_several();
    let on = vec![ProposalId::of_node(node(&["Natural Sciences", "Chemistry"]))];
    bench.run("ana", Op::Plant { on: on.clone(), because: None }).unwrap();
    for curator in ["bo", "cy"] {
        let said = done(&mut bench, curator, accept(&on));
        assert!(said.starts_with("voted to accept \"Chemistry\"") && !said.contains("contested"), "{said}");
    }
}
