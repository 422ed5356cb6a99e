//! Several curators decide: quorum, clones that did not know of each other, what the tree shows.

use std::fs;

use proptest::prelude::*;
use provost::taxonomy::event::EVENT_VERSION;
use provost::taxonomy::{
    Ballot, Change, Event, EventId, Facts, Kind, Op, Policy, Proposal, ProposalId, Proposed, Quorum, Reason, Record,
    Side, State,
};

use super::*;

/// Sets the same quorum for every kind.
pub fn quorum(dir: &Dir, votes: u32) {
    let mut text = dir.read("provost.yaml");
    for kind in ["field", "sub-field", "discipline", "subject", "syllabus"] {
        for old in 1..5 {
            text = text.replace(&format!("    {kind}: {old}\n"), &format!("    {kind}: {votes}\n"));
        }
    }
    fs::write(dir.file("provost.yaml"), text).unwrap();
}

/// Brings what one directory holds into another, as `git pull` does.
pub fn pull(from: &Dir, to: &Dir) {
    for path in [from.files("proposals"), from.files("decisions"), from.files("tree")].concat() {
        fs::create_dir_all(to.file(&path).parent().unwrap()).unwrap();
        // Of the same curator's log the longer one is the later one.
        let size = |dir: &Dir| fs::metadata(dir.file(&path)).map_or(0, |meta| meta.len());
        if !path.starts_with("decisions") || size(from) > size(to) {
            fs::copy(from.file(&path), to.file(&path)).unwrap();
        }
    }
    fs::copy(from.file("provost.yaml"), to.file("provost.yaml")).unwrap();
}

pub fn reject(nodes: &[NodeId]) -> Op {
    let on = nodes.iter().map(|id| ProposalId::of_node(*id)).collect();
    Op::Reject { on, reason: Reason::Vague, note: None, of: None }
}

fn proposal(store: &Store, node: NodeId) -> Proposal {
    (**store.snapshot().record.proposal(ProposalId::of_node(node)).unwrap()).clone()
}

fn state(store: &Store, node: NodeId) -> State {
    proposal(store, node).state
}

fn act(dir: &Dir, curator: &str, op: Op) -> String {
    dir.open(curator).submit(op).unwrap_or_else(|error| panic!("{curator}: {error}")).summary
}

/// A directory with [`physics`] proposed, and a clone of it.
fn clones(votes: u32) -> (Dir, Dir, [NodeId; 4]) {
    let (ana, bo) = (Dir::new(), Dir::new());
    quorum(&ana, votes);
    let nodes = physics(&mut ana.open("ana"));
    pull(&ana, &bo);
    (ana, bo, nodes)
}

#[test]
fn two_of_two_votes_write_the_file_and_each_of_them_can_be_taken_back() {
    let (dir, _, [sciences, ..]) = clones(2);
    assert_eq!(act(&dir, "ana", accept(&[sciences])), "voted to accept \"Sciences\" (1 of 2 votes)");
    assert!(dir.files("tree").is_empty());
    let store = dir.open("ana");
    let (snapshot, waiting) = (store.snapshot(), proposal(&store, sciences));
    assert_eq!(waiting.state, State::Pending);
    assert!(!snapshot.awaits(&waiting, "ana") && snapshot.awaits(&waiting, "bo"));
    assert!(!snapshot.is_blind(&waiting, "ana") && snapshot.is_blind(&waiting, "bo"));
    assert_eq!(snapshot.count(&waiting).unwrap().to_string(), "1 of 2 votes");
    drop(store);
    let refused = dir.open("ana").submit(accept(&[sciences])).unwrap_err();
    assert_eq!(refused.to_string(), "You accepted \"Sciences\" already: 1 of 2 votes.");

    assert_eq!(act(&dir, "bo", accept(&[sciences])), "accepted \"Sciences\"");
    assert_eq!(dir.files("tree"), ["tree/sciences.yaml"]);
    act(&dir, "ana", Op::Undo(None));
    assert!(dir.files("tree").is_empty(), "one vote is left");
    assert_eq!(state(&dir.open("x"), sciences), State::Pending);
    act(&dir, "ana", Op::Redo(None));
    assert_eq!(dir.files("tree"), ["tree/sciences.yaml"]);
    act(&dir, "bo", Op::Undo(None));
    act(&dir, "ana", Op::Undo(None));
    assert!(dir.files("tree").is_empty());
}

#[test]
fn what_one_edited_and_another_accepted_as_it_was_is_written_as_edited() {
    let (dir, _, [sciences, ..]) = clones(2);
    let edit = Some(provost::taxonomy::Edit::Facts(Box::new(Facts::named("Natural Sciences"))));
    act(&dir, "ana", Op::Accept { on: vec![ProposalId::of_node(sciences)], edit, under: None });
    act(&dir, "bo", accept(&[sciences]));
    assert_eq!(dir.files("tree"), ["tree/natural-sciences.yaml"]);
    act(&dir, "ana", Op::Undo(None));
    assert!(dir.files("tree").is_empty());
}

#[test]
fn two_against_one_is_contested_until_another_vote_settles_it() {
    let (dir, _, [sciences, ..]) = clones(2);
    act(&dir, "ana", accept(&[sciences]));
    assert_eq!(act(&dir, "bo", reject(&[sciences])), "voted to reject \"Sciences\" as vague (contested)");
    assert_eq!(state(&dir.open("x"), sciences), State::Contested);
    act(&dir, "carol", accept(&[sciences]));
    assert_eq!(state(&dir.open("x"), sciences), State::Contested, "two to one is ahead by one");
    assert!(dir.files("tree").is_empty());
    act(&dir, "bo", Op::Defer { on: vec![ProposalId::of_node(sciences)] });
    assert!(matches!(state(&dir.open("x"), sciences), State::Accepted { .. }), "bo is for nothing any more");
    assert_eq!(dir.files("tree"), ["tree/sciences.yaml"]);
    act(&dir, "bo", Op::Undo(None));
    assert_eq!(state(&dir.open("x"), sciences), State::Contested);
    assert!(dir.files("tree").is_empty());
    act(&dir, "dave", accept(&[sciences]));
    assert_eq!(dir.files("tree"), ["tree/sciences.yaml"]);
}

#[test]
fn votes_of_two_clones_reach_the_quorum_after_the_merge_and_are_settled_alike() {
    let (one, two, [sciences, physics, ..]) = clones(2);
    act(&one, "ana", accept(&[sciences]));
    act(&two, "bo", accept(&[sciences]));
    pull(&two, &one);
    pull(&one, &two);
    for (dir, curator) in [(&one, "ana"), (&two, "bo")] {
        let mut store = dir.open(curator);
        assert!(dir.files("tree").is_empty());
        assert_eq!(store.snapshot().unsettled(), [ProposalId::of_node(sciences)]);
        let snapshot = store.snapshot();
        assert!(snapshot.is_open(&proposal(&store, physics)), "its children are not withdrawn meanwhile");
        store.submit(Op::Settle).unwrap();
        assert!(store.snapshot().unsettled().is_empty());
        assert_eq!(dir.files("tree"), ["tree/sciences.yaml"]);
    }
    assert_eq!(one.read("tree/sciences.yaml"), two.read("tree/sciences.yaml"));
    pull(&two, &one);
    let mut store = one.open("ana");
    assert!(store.snapshot().unsettled().is_empty() && store.snapshot().problems.is_empty());
    assert!(store.submit(Op::Settle).is_err(), "once is enough");
    store.submit(Op::Undo(None)).unwrap();
    assert!(one.files("tree").is_empty(), "without ana's vote there is one of two");
    store.submit(Op::Redo(None)).unwrap();
    assert_eq!(one.files("tree"), ["tree/sciences.yaml"]);
    drop(store);
    // Who deletes the file on purpose is not overruled by the program.
    fs::remove_file(one.file("tree/sciences.yaml")).unwrap();
    assert!(one.open("ana").snapshot().unsettled().is_empty());
}

#[test]
fn clones_that_decided_differently_disagree_until_somebody_who_knows_both_decides() {
    let (one, two, [sciences, ..]) = clones(1);
    act(&one, "ana", accept(&[sciences]));
    act(&two, "bo", reject(&[sciences]));
    pull(&two, &one);
    let store = one.open("x");
    assert_eq!(state(&store, sciences), State::Contested);
    let snapshot = store.snapshot();
    assert!(snapshot.is_open(&proposal(&store, sciences)) && snapshot.unsettled().is_empty());
    assert_eq!(snapshot.state_name(&proposal(&store, sciences)), "contested");
    assert_eq!(one.files("tree"), ["tree/sciences.yaml"], "what was accepted stays meanwhile");
    assert_eq!(snapshot.open_children(None).count(), 0, "it is not listed a second time");
    drop(store);

    act(&one, "carol", reject(&[sciences]));
    assert!(matches!(state(&one.open("x"), sciences), State::Rejected { .. }));
    assert!(one.files("tree").is_empty(), "nothing hung below it");
    act(&one, "carol", Op::Undo(None));
    assert_eq!(state(&one.open("x"), sciences), State::Contested);
    assert_eq!(one.files("tree"), ["tree/sciences.yaml"]);
    act(&one, "carol", accept(&[sciences]));
    assert!(matches!(state(&one.open("x"), sciences), State::Accepted { .. }));
    act(&one, "bo", Op::Undo(None));
    act(&one, "carol", Op::Undo(None));
    act(&one, "ana", Op::Undo(None));
    assert!(one.files("tree").is_empty());
}

#[test]
fn what_is_contested_with_something_below_it_is_not_taken_out() {
    let (one, two, [sciences, physics, ..]) = clones(1);
    act(&one, "ana", accept(&[sciences, physics]));
    act(&two, "bo", reject(&[sciences]));
    pull(&two, &one);
    let refused = one.open("carol").submit(reject(&[sciences])).unwrap_err();
    assert!(refused.to_string().contains("below sciences"), "{refused}");
    assert!(refused.hint().unwrap().contains("deprecate"));
    act(&one, "carol", Op::Deprecate { on: vec![sciences], replaced_by: None, reason: None });
    let store = one.open("x");
    assert!(!store.snapshot().is_open(&proposal(&store, sciences)), "that is an answer as well");
}

#[test]
fn one_after_the_other_overrules_where_one_decides() {
    let (dir, clone, [sciences, ..]) = clones(1);
    act(&dir, "bo", reject(&[sciences]));
    act(&dir, "ana", accept(&[sciences]));
    assert!(matches!(state(&dir.open("x"), sciences), State::Accepted { .. }));
    let votes = dir.open("x").snapshot().record.votes(ProposalId::of_node(sciences));
    assert!(votes.len() == 1 && votes[0].side == Side::Accept && votes[0].by == "ana");
    // Somebody who saw neither does not agree.
    act(&clone, "carol", reject(&[sciences]));
    pull(&clone, &dir);
    assert_eq!(state(&dir.open("x"), sciences), State::Contested);
    act(&dir, "ana", Op::Undo(None));
    assert!(matches!(state(&dir.open("x"), sciences), State::Rejected { .. }), "bo and carol rejected it");
    assert!(dir.files("tree").is_empty());
}

#[test]
fn what_was_accepted_stays_when_the_quorum_grows_and_more_is_settled_when_it_shrinks() {
    let (dir, _, [sciences, physics, optics, acoustics]) = clones(1);
    act(&dir, "ana", accept(&[sciences, physics]));
    act(&dir, "ana", reject(&[optics]));
    quorum(&dir, 2);
    let store = dir.open("ana");
    assert!(matches!(state(&store, physics), State::Accepted { .. }));
    assert!(matches!(state(&store, optics), State::Rejected { .. }));
    assert!(store.snapshot().unsettled().is_empty());
    drop(store);
    act(&dir, "ana", accept(&[acoustics]));
    assert_eq!(dir.files("tree").len(), 2);
    quorum(&dir, 1);
    let mut store = dir.open("bo");
    assert_eq!(store.snapshot().unsettled(), [ProposalId::of_node(acoustics)]);
    store.submit(Op::Settle).unwrap();
    assert_eq!(dir.files("tree").len(), 3);
}

#[test]
fn clones_whose_first_wording_differs_can_both_take_back() {
    let (one, two) = (Dir::new(), Dir::new());
    for (dir, curator, scope) in [(&one, "ana", "as ana's model put it"), (&two, "bo", "in other words")] {
        let mut store = dir.open(curator);
        let Op::Propose(mut batch) = batch(&[]) else { unreachable!() };
        let facts = Facts { scope: Some(scope.into()), ..Facts::named("Sciences") };
        batch.proposals = vec![Proposed::Node { parent: None, kind: Kind::Field, facts, rationale: None }];
        store.submit(Op::Propose(batch)).unwrap();
        store.submit(accept(&[field("Sciences")])).unwrap();
    }
    // The file conflicts in git; somebody took bo's.
    pull(&two, &one);
    act(&one, "ana", Op::Undo(None));
    assert_eq!(one.files("tree"), ["tree/sciences.yaml"], "bo's still holds");
    act(&one, "bo", Op::Undo(None));
    assert!(one.files("tree").is_empty());
    act(&one, "bo", Op::Redo(None));
    assert_eq!(one.files("tree"), ["tree/sciences.yaml"]);
}

#[test]
fn a_merge_into_another_node_takes_votes_too() {
    let (one, two, [sciences, physics, optics, acoustics]) = clones(1);
    act(&one, "ana", accept(&[sciences, physics, optics]));
    quorum(&one, 2);
    pull(&one, &two);
    let alias = || Op::Alias { on: vec![ProposalId::of_node(acoustics)], into: optics };
    act(&one, "ana", alias());
    assert!(!one.read("tree/sciences/physics/optics.yaml").contains("Acoustics"));
    act(&two, "bo", alias());
    pull(&two, &one);
    let mut store = one.open("ana");
    assert!(matches!(state(&store, acoustics), State::Merged { .. }));
    store.submit(Op::Settle).unwrap();
    assert!(one.read("tree/sciences/physics/optics.yaml").contains("aliases:\n  - Acoustics"));
    store.submit(Op::Undo(None)).unwrap();
    assert!(!one.read("tree/sciences/physics/optics.yaml").contains("Acoustics"));
}

#[test]
fn three_clones_of_which_two_reject_take_the_node_out() {
    let (one, two, [sciences, ..]) = clones(1);
    let three = Dir::new();
    pull(&one, &three);
    act(&one, "ana", accept(&[sciences]));
    act(&two, "bo", reject(&[sciences]));
    act(&three, "carol", reject(&[sciences]));
    pull(&two, &one);
    pull(&three, &one);
    let mut store = one.open("ana");
    assert!(matches!(state(&store, sciences), State::Rejected { .. }));
    assert_eq!(store.snapshot().unsettled(), [ProposalId::of_node(sciences)]);
    store.submit(Op::Settle).unwrap();
    assert!(one.files("tree").is_empty() && store.snapshot().unsettled().is_empty());
}

#[test]
fn decisions_of_the_first_version_hold_one_after_the_other() {
    let dir = Dir::new();
    let [sciences, ..] = physics(&mut dir.open("ana"));
    act(&dir, "bo", reject(&[sciences]));
    act(&dir, "ana", accept(&[sciences]));
    for path in dir.files("decisions") {
        let text: String = dir.read(&path).lines().map(old).collect();
        fs::write(dir.file(&path), text).unwrap();
    }
    assert!(matches!(state(&dir.open("ana"), sciences), State::Accepted { .. }));
    act(&dir, "ana", Op::Undo(None));
    assert!(matches!(state(&dir.open("ana"), sciences), State::Rejected { .. }));
    assert!(dir.files("tree").is_empty());
}

/// An event as version 1 wrote it.
fn old(line: &str) -> String {
    let mut event: serde_json::Value = serde_json::from_str(line).unwrap();
    let event = event.as_object_mut().unwrap();
    event.insert("v".into(), 1.into());
    event.retain(|key, _| !["over", "short", "quorum", "effect"].contains(&key.as_str()));
    serde_json::to_string(event).unwrap() + "\n"
}

/// What a random event is: who, which proposal, what, and which earlier event it is about.
type Drawn = (usize, usize, u8, usize, bool);

fn event(at: usize, (who, on, what, other, flag): Drawn) -> Event {
    let names = ["Arts", "Law", "Sciences"];
    let id = ProposalId::of_node(field(names[on % 3]));
    let earlier = EventId::new(1 + (other % (at + 1)) as u64, 0);
    let change = match what % 6 {
        0 | 1 => Change::Accept {
            on: vec![provost::taxonomy::Acceptance {
                proposal: id,
                node: field(names[on % 3]),
                parent: None,
                slug: names[on % 3].to_lowercase(),
                edit: None,
                replaced: None,
            }],
        },
        2 => Change::Reject { on: vec![id], reason: Reason::Vague, note: None, of: None },
        3 => Change::Defer { on: vec![id] },
        4 => Change::Undo { event: earlier },
        _ => Change::Redo { event: earlier },
    };
    let over = if flag { vec![earlier] } else { vec![] };
    let ballot = Ballot { over, short: if other % 2 == 0 { vec![id] } else { vec![] }, ..Ballot::default() };
    let by = ["ana", "bo", "carol"][who % 3].to_owned();
    Event { v: EVENT_VERSION, id: EventId::new(at as u64 + 1, 0), at: String::new(), by, change, ballot }
}

proptest! {
    #[test]
    fn the_outcome_does_not_depend_on_the_order_in_which_logs_are_read(
        drawn in prop::collection::vec(any::<Drawn>(), 1..40),
        keys in prop::collection::vec(any::<u32>(), 40),
        votes in 1_u32..4,
    ) {
        let policy = Policy { quorum: Quorum { field: votes, ..Quorum::default() }, blind: true };
        let events: Vec<Event> = drawn.into_iter().enumerate().map(|(at, drawn)| event(at, drawn)).collect();
        let Op::Propose(batch) = batch(&[(None, Kind::Field, "Arts"), (None, Kind::Field, "Law"), (None, Kind::Field, "Sciences")]) else { unreachable!() };
        let mut shuffled: Vec<_> = events.iter().cloned().zip(keys).collect();
        shuffled.sort_by_key(|(_, key)| *key);
        let shuffled: Vec<Event> = shuffled.into_iter().map(|(event, _)| event).collect();
        let seen = |record: &Record| {
            let mut seen: Vec<_> = record.proposals().map(|p| (p.id, p.state.clone(), p.decided, record.votes(p.id))).collect();
            seen.sort_by_key(|(id, ..)| *id);
            seen
        };
        let in_order = Record::fold(policy.clone(), "ana", vec![(*batch).clone()], events.clone());
        let otherwise = Record::fold(policy.clone(), "ana", vec![(*batch).clone()], shuffled);
        let mut one_by_one = Record::fold(policy, "ana", vec![*batch], vec![]);
        events.into_iter().for_each(|event| one_by_one.add_event(event));
        prop_assert_eq!(seen(&in_order), seen(&otherwise));
        prop_assert_eq!(seen(&in_order), seen(&one_by_one));
    }
}
