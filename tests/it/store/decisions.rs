//! Deciding: accept, edit, reject, defer, merge, place, by hand, undo and redo.

use provost::store::StoreError;
use provost::taxonomy::{
    Call, Edit, Facts, Kind, Op, Outline, ProposalId, Reason, Session, SessionId, State, Syllabus,
};

use super::*;

#[test]
fn a_node_that_was_split_and_restored_is_not_pulled_from_under_both() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let [sciences, ..] = physics(&mut store);
    store.submit(accept(&[sciences])).unwrap();
    let start = dir.files("tree");
    drop(store);
    let mut store = dir.open("bo");
    let halves = ["One half", "Other half"].map(Facts::named).to_vec();
    store.submit(Op::Split { on: sciences, into: halves }).unwrap();
    store.submit(Op::Restore { on: vec![sciences] }).unwrap();
    drop(store);
    // It looks as it did when it was accepted. Without it neither the split nor the restoring could be taken back.
    let mut store = dir.open("ana");
    let refused = store.submit(Op::Undo(None)).unwrap_err().to_string();
    assert!(refused.contains("restored since"), "{refused}");
    drop(store);
    let mut store = dir.open("bo");
    store.submit(Op::Undo(None)).unwrap();
    store.submit(Op::Undo(None)).unwrap();
    assert_eq!(dir.files("tree"), start);
    drop(store);
    dir.open("ana").submit(Op::Undo(None)).unwrap();
    assert!(dir.files("tree").is_empty());
}

#[test]
fn an_accepted_proposal_is_a_file_and_undo_takes_it_away_again_after_a_restart() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let [sciences, physics, optics, _] = physics(&mut store);
    store.submit(accept(&[sciences])).unwrap();
    store.submit(accept(&[physics])).unwrap();
    let receipt = store.submit(accept(&[optics])).unwrap();
    assert_eq!(receipt.summary, "accepted \"Optics\"");
    insta::assert_snapshot!(dir.read("tree/sciences/physics/optics.yaml"), @r"
    id: sub_sy1ygd2v14

    kind: subject

    name: Optics
    ");
    drop(store);

    let mut store = dir.open("ana");
    store.submit(Op::Undo(None)).unwrap();
    assert_eq!(dir.files("tree"), ["tree/sciences.yaml", "tree/sciences/physics.yaml"]);
    drop(store);

    let mut store = dir.open("ana");
    store.submit(Op::Undo(None)).unwrap();
    store.submit(Op::Undo(None)).unwrap();
    assert!(dir.files("tree").is_empty());
    assert!(matches!(store.submit(Op::Undo(None)), Err(StoreError::Refused(_))), "nothing is left");
    drop(store);

    let mut store = dir.open("ana");
    for _ in 0..3 {
        store.submit(Op::Redo(None)).unwrap();
    }
    assert_eq!(dir.files("tree").len(), 3);
    assert_eq!(open_names(&store.snapshot()), ["Acoustics"]);
}

#[test]
fn a_child_waits_for_its_parent_and_goes_and_comes_back_with_it() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let [sciences, physics, optics, _] = physics(&mut store);
    let error = store.submit(accept(&[optics])).unwrap_err();
    assert_eq!(error.to_string(), "\"Optics\" hangs under \"Physics\", which is not accepted yet.");
    assert!(error.hint().unwrap().contains("accept \"Physics\" first"));

    store.submit(accept(&[sciences])).unwrap();
    let reject = Op::Reject { on: vec![ProposalId::of_node(physics)], reason: Reason::Vague, note: None, of: None };
    store.submit(reject).unwrap();
    assert!(open_names(&store.snapshot()).is_empty(), "the children are withdrawn");
    store.submit(Op::Undo(None)).unwrap();
    assert_eq!(open_names(&store.snapshot()), ["Physics", "Optics", "Acoustics"]);
}

#[test]
fn many_at_once_are_one_event_and_one_undo_parents_first() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let all = physics(&mut store);
    let mut backwards = all;
    backwards.reverse();
    store.submit(accept(&backwards)).unwrap();
    assert_eq!(dir.files("tree").len(), 4);
    assert_eq!(store.snapshot().record.events().len(), 1);
    store.submit(Op::Undo(None)).unwrap();
    assert!(dir.files("tree").is_empty());
    assert_eq!(open_names(&store.snapshot()).len(), 4);
}

#[test]
fn one_that_does_not_fit_stops_all_of_them() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let [sciences, _, optics, _] = physics(&mut store);
    assert!(store.submit(accept(&[sciences, optics])).is_err());
    assert!(dir.files("tree").is_empty() && dir.files("decisions").is_empty());
}

#[test]
fn accepted_as_edited_keeps_the_id_and_the_proposed_name_stays_taken() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let sciences = field("Sciences");
    store.submit(batch(&[(None, Kind::Field, "Sciences")])).unwrap();
    let edit = Some(Edit::Facts(Box::new(Facts::named("Natural Sciences"))));
    store.submit(Op::Accept { on: vec![ProposalId::of_node(sciences)], edit, under: None }).unwrap();
    assert_eq!(dir.files("tree"), ["tree/natural-sciences.yaml"]);
    let again = store.submit(batch(&[(None, Kind::Field, "sciences")])).unwrap();
    assert_eq!((again.added.len(), again.known), (0, 1));
    drop(store);
    let store = dir.open("ana");
    let node = store.snapshot().tree.node(sciences).unwrap().clone();
    assert_eq!(node.facts.name.raw(), "Natural Sciences");
}

#[test]
fn placing_merging_and_deferring_are_decisions_too() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let [sciences, physics, optics, acoustics] = physics(&mut store);
    store.submit(accept(&[sciences, physics, optics])).unwrap();
    let chemistry = child(sciences, Kind::Discipline, "Chemistry");
    store.submit(batch(&[(Some(sciences), Kind::Discipline, "Chemistry")])).unwrap();
    store.submit(accept(&[chemistry])).unwrap();

    let on = ProposalId::of_node(acoustics);
    store.submit(Op::Accept { on: vec![on], edit: None, under: Some(Some(chemistry)) }).unwrap();
    assert!(dir.file("tree/sciences/chemistry/acoustics.yaml").exists());
    store.submit(Op::Undo(None)).unwrap();

    store.submit(Op::Alias { on: vec![on], into: optics }).unwrap();
    assert!(dir.read("tree/sciences/physics/optics.yaml").contains("aliases:\n  - Acoustics\n"));
    assert!(matches!(store.snapshot().record.proposal(on).unwrap().state, State::Merged { .. }));
    store.submit(Op::Undo(None)).unwrap();
    assert!(!dir.read("tree/sciences/physics/optics.yaml").contains("aliases"));

    store.submit(Op::Defer { on: vec![on] }).unwrap();
    assert_eq!(store.snapshot().record.proposal(on).unwrap().state, State::Deferred);
    let wrong = Op::Accept { on: vec![on], edit: None, under: Some(Some(sciences)) };
    let refused = store.submit(wrong).unwrap_err().to_string();
    assert_eq!(refused, "\"Acoustics\" is a subject; under a field hangs only disciplines and sub-fields.");
}

#[test]
fn undo_is_selective_and_refuses_what_others_stand_on() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let [sciences, physics, optics, acoustics] = physics(&mut store);
    let first = store.submit(accept(&[sciences, physics])).unwrap().event;
    let second = store.submit(accept(&[optics])).unwrap().event;
    store.submit(accept(&[acoustics])).unwrap();
    let refused = store.submit(Op::Undo(first)).unwrap_err().to_string();
    assert!(refused.contains("nodes below sciences/physics were accepted since"), "{refused}");
    store.submit(Op::Undo(second)).unwrap();
    assert!(!dir.file("tree/sciences/physics/optics.yaml").exists());
    assert!(dir.file("tree/sciences/physics/acoustics.yaml").exists());
}

#[test]
fn names_that_differ_by_a_plus_or_a_hash_are_siblings() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let nodes = ["C", "C++", "C#"].map(Facts::named).to_vec();
    store.submit(Op::Add { parent: None, kind: Kind::Field, nodes }).unwrap();
    assert_eq!(store.snapshot().tree.children(None).len(), 3);
    assert_eq!(dir.files("tree").len(), 3);
}

#[test]
fn changes_by_hand_can_be_undone_down_to_the_byte() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let names = |names: &[&str]| names.iter().map(|name| Facts::named(*name)).collect::<Vec<_>>();
    store.submit(Op::Add { parent: None, kind: Kind::Field, nodes: names(&["Arts", "Crafts"]) }).unwrap();
    let (arts, crafts) = (field("Arts"), field("Crafts"));
    let add = Op::Add { parent: Some(arts), kind: Kind::Discipline, nodes: names(&["Music", "Dance"]) };
    store.submit(add).unwrap();
    let music = child(arts, Kind::Discipline, "Music");
    let add = Op::Add { parent: Some(music), kind: Kind::Subject, nodes: names(&["Harmony"]) };
    store.submit(add).unwrap();
    let before: Vec<_> = dir.files("tree").iter().map(|path| (path.clone(), dir.read(path))).collect();

    let dance = child(arts, Kind::Discipline, "Dance");
    let mut edited = (**store.snapshot().tree.node(arts).unwrap()).clone();
    edited.facts.scope = Some("All of them.".into());
    let ops = [
        Op::Edit(Box::new(edited)),
        Op::Move { on: vec![music], to: Some(crafts) },
        Op::Merge { on: vec![music], into: dance },
        Op::Merge { on: vec![crafts], into: arts },
        Op::Split { on: dance, into: names(&["Ballet", "Folk dance"]) },
        Op::Split { on: music, into: names(&["Old music", "New music"]) },
        Op::Split { on: arts, into: names(&["Arts", "Letters"]) },
        Op::Deprecate { on: vec![arts, crafts], replaced_by: None, reason: None },
        Op::Deprecate { on: vec![dance], replaced_by: Some(music), reason: Some("one is enough".into()) },
    ];
    for op in ops {
        let what = format!("{op:?}");
        store.submit(op).unwrap_or_else(|error| panic!("{what}: {error}"));
        let during: Vec<_> = dir.files("tree").iter().map(|path| (path.clone(), dir.read(path))).collect();
        assert_ne!(during, before, "{what}");
        store.submit(Op::Undo(None)).unwrap_or_else(|error| panic!("undo of {what}: {error}"));
        let after: Vec<_> = dir.files("tree").iter().map(|path| (path.clone(), dir.read(path))).collect();
        assert_eq!(after, before, "{what}");
    }
}

fn syllabus(sessions: usize) -> Syllabus {
    let session = |number: usize| Session {
        id: SessionId::numbered(number),
        title: format!("Session {number}").into(),
        description: "What happens in it.".into(),
        concepts: (1..=4).map(|c| format!("Concept {number}.{c}").into()).collect(),
    };
    let sessions = (1..=sessions).map(session).collect();
    Outline { introduction: "About it.".into(), objectives: vec![], sessions }.into()
}

#[test]
fn a_syllabus_is_revised_accepted_and_taken_back() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let [sciences, physics, optics, _] = physics(&mut store);
    store.submit(accept(&[sciences, physics, optics])).unwrap();
    let Op::Propose(mut batch) = batch(&[]) else { unreachable!() };
    batch.proposals = vec![Proposed::Syllabus { subject: optics, syllabus: syllabus(3) }];
    let id = store.submit(Op::Propose(batch)).unwrap().added[0];

    let mut better = syllabus(3);
    better.sessions[1].concepts[0] = "Snell's law".into();
    store.submit(Op::Revise { on: id, to: Box::new(better), reason: None, note: None, batch: None }).unwrap();
    drop(store);
    let mut store = dir.open("ana");
    store.submit(Op::Accept { on: vec![id], edit: None, under: None }).unwrap();
    let text = dir.read("tree/sciences/physics/optics.yaml");
    assert!(text.contains("        - Snell's law\n") && !text.contains("Concept 2.1"), "{text}");

    store.submit(Op::Undo(None)).unwrap();
    assert!(!dir.read("tree/sciences/physics/optics.yaml").contains("syllabus"));
    store.submit(Op::Undo(None)).unwrap();
    store.submit(Op::Accept { on: vec![id], edit: None, under: None }).unwrap();
    assert!(dir.read("tree/sciences/physics/optics.yaml").contains("Concept 2.1"), "the revision is undone as well");
}

#[test]
fn two_curators_who_accept_the_same_proposal_write_the_same_bytes() {
    let (one, two) = (Dir::new(), Dir::new());
    for (dir, curator) in [(&one, "ana"), (&two, "bo")] {
        let mut store = dir.open(curator);
        let all = physics(&mut store);
        store.submit(accept(&all)).unwrap();
    }
    assert_eq!(one.files("tree"), two.files("tree"));
    for path in one.files("tree") {
        assert_eq!(one.read(&path), two.read(&path));
    }
    assert!(one.files("decisions")[0].starts_with("decisions/ana/"));
    assert!(two.files("decisions")[0].starts_with("decisions/bo/"));
}

#[test]
fn hostile_names_stay_inside_and_do_not_collide() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let long = "x".repeat(300);
    let names = ["../../x", "CON", &long, "البصريات", "\u{1b}]52;c;aGk=\u{7}", "a/b\\c", "..", "con", "Con "];
    for name in names {
        let receipt = store.submit(batch(&[(None, Kind::Field, name)])).unwrap();
        if let [id] = receipt.added[..] {
            let receipt = store.submit(Op::Accept { on: vec![id], edit: None, under: None });
            let summary = receipt.unwrap_or_else(|error| panic!("{name:?}: {error}")).summary;
            assert!(!summary.contains('\u{1b}'), "{summary}");
        }
    }
    let before = dir.files("tree");
    for path in &before {
        let name = path.trim_start_matches("tree/").trim_end_matches(".yaml");
        assert!(provost::taxonomy::text::is_slug(name), "{path}");
    }
    assert_eq!(before.len(), 7, "{before:?}");
    drop(store);
    let store = dir.open("ana");
    assert_eq!(store.snapshot().tree.len(), 7);
    assert!(store.snapshot().problems.is_empty(), "{:?}", store.snapshot().problems);
}

#[test]
fn a_batch_that_could_not_be_read_again_is_refused_before_anything_is_written() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let with_reply = |length: usize| {
        let Op::Propose(mut put) = batch(&[(None, Kind::Field, "Sciences")]) else { unreachable!() };
        put.calls = vec![Call { step: "propose".into(), reply: "x".repeat(length).into(), ..Call::default() }];
        Op::Propose(put)
    };
    let refused = store.submit(with_reply(64 << 20)).unwrap_err();
    assert_eq!(refused.to_string(), "The batch is larger than 64 MiB.");
    assert!(dir.files("proposals").is_empty() && store.snapshot().open_proposals().is_empty());
    store.submit(with_reply(1 << 20)).unwrap();
    assert_eq!(open_names(&store.snapshot()), ["Sciences"]);
}
