//! Whatever is done in whatever order: the disk says what memory says, and undo leads back.

use proptest::prelude::*;
use provost::taxonomy::record::is_decision;
use provost::taxonomy::{Event, Facts, Kind, Node, NodeId, Op, Proposal, ProposalId, Reason, Snapshot};

use super::*;

/// One thing to try; numbers pick among what is there.
#[derive(Debug, Clone)]
enum Try {
    Accept(usize),
    AcceptAll,
    Reject(usize),
    Defer(usize),
    Alias(usize, usize),
    Place(usize, usize),
    Add(usize, u8),
    Rename(usize, u8),
    Move(usize, usize),
    Merge(usize, usize),
    Deprecate(usize),
    Restore(usize),
    Undo,
    Redo,
    UndoAny(usize),
    RedoAny(usize),
    Flag(usize),
    Split(usize),
}

fn tries() -> impl Strategy<Value = Try> {
    let at = 0_usize..12;
    prop_oneof![
        4 => at.clone().prop_map(Try::Accept),
        1 => Just(Try::AcceptAll),
        2 => at.clone().prop_map(Try::Reject),
        1 => at.clone().prop_map(Try::Defer),
        2 => (at.clone(), at.clone()).prop_map(|(a, b)| Try::Alias(a, b)),
        2 => (at.clone(), at.clone()).prop_map(|(a, b)| Try::Place(a, b)),
        2 => (at.clone(), any::<u8>()).prop_map(|(a, n)| Try::Add(a, n)),
        2 => (at.clone(), any::<u8>()).prop_map(|(a, n)| Try::Rename(a, n)),
        2 => (at.clone(), at.clone()).prop_map(|(a, b)| Try::Move(a, b)),
        2 => (at.clone(), at.clone()).prop_map(|(a, b)| Try::Merge(a, b)),
        1 => at.clone().prop_map(Try::Deprecate),
        1 => at.clone().prop_map(Try::Restore),
        1 => at.clone().prop_map(Try::UndoAny),
        1 => at.clone().prop_map(Try::RedoAny),
        1 => at.clone().prop_map(Try::Flag),
        1 => at.clone().prop_map(Try::Split),
        3 => Just(Try::Undo),
        2 => Just(Try::Redo),
    ]
}

fn op(snapshot: &Snapshot, attempt: &Try) -> Option<Op> {
    let open: Vec<ProposalId> = snapshot.open_proposals().iter().map(|proposal| proposal.id).collect();
    let nodes = snapshot.tree.subtree(None);
    let proposal = |at: &usize| (!open.is_empty()).then(|| open[at % open.len()]);
    let node = |at: &usize| (!nodes.is_empty()).then(|| nodes[at % nodes.len()]);
    let events = snapshot.record.events();
    let event = |at: &usize| (!events.is_empty()).then(|| events[at % events.len()].id);
    let accept = |on, under| Op::Accept { on, edit: None, under };
    Some(match attempt {
        Try::Accept(at) => accept(vec![proposal(at)?], None),
        Try::AcceptAll => accept(open.clone(), None),
        Try::Reject(at) => Op::Reject { on: vec![proposal(at)?], reason: Reason::Vague, note: None, of: None },
        Try::Defer(at) => Op::Defer { on: vec![proposal(at)?] },
        Try::Alias(at, to) => Op::Alias { on: vec![proposal(at)?], into: node(to)? },
        Try::Place(at, to) => accept(vec![proposal(at)?], Some(Some(node(to)?))),
        Try::Add(at, name) => {
            let parent = node(at)?;
            let kind = *Kind::below(snapshot.tree.node(parent).map(|node| node.kind)).first()?;
            Op::Add { parent: Some(parent), kind, nodes: vec![Facts::named(format!("Added {name}"))] }
        }
        Try::Rename(at, name) => {
            let mut node: Node = (**snapshot.tree.node(node(at)?)?).clone();
            node.facts.name = format!("Renamed {name}").into();
            Op::Edit(Box::new(node))
        }
        Try::Move(at, to) => Op::Move { on: vec![node(at)?], to: Some(node(to)?) },
        Try::Merge(at, to) => Op::Merge { on: vec![node(at)?], into: node(to)? },
        Try::Deprecate(at) => Op::Deprecate { on: vec![node(at)?], replaced_by: None, reason: None },
        Try::Restore(at) => Op::Restore { on: vec![node(at)?] },
        Try::Undo => Op::Undo(None),
        Try::Redo => Op::Redo(None),
        Try::UndoAny(at) => Op::Undo(Some(event(at)?)),
        Try::RedoAny(at) => Op::Redo(Some(event(at)?)),
        Try::Flag(at) => Op::Flag { on: vec![proposal(at)?], note: None },
        Try::Split(at) => Op::Split { on: node(at)?, into: ["One half", "Other half"].map(Facts::named).to_vec() },
    })
}

/// Everything that a person could see of a snapshot: nodes by path, proposals with their states.
type Seen = (Vec<(String, String)>, Vec<(ProposalId, String)>);

fn seen(snapshot: &Snapshot) -> Seen {
    let nodes = snapshot.tree.subtree(None).into_iter().map(|id| {
        let node = snapshot.tree.node(id).unwrap();
        (snapshot.tree.path(id), serde_json::to_string(node).unwrap())
    });
    let state = |proposal: &Proposal| format!("{:?} {:?} {:?}", proposal.state, proposal.decided, proposal.flag);
    let mut proposals: Vec<_> = snapshot.record.proposals().map(|proposal| (proposal.id, state(proposal))).collect();
    proposals.sort();
    (nodes.collect(), proposals)
}

fn proposals() -> Op {
    let sciences = field("Sciences");
    let arts = field("Arts");
    let physics = child(sciences, Kind::Discipline, "Physics");
    let music = child(arts, Kind::Discipline, "Music");
    let node = |parent: Option<NodeId>, kind, name| (parent, kind, name);
    batch(&[
        node(None, Kind::Field, "Sciences"),
        node(None, Kind::Field, "Arts"),
        node(Some(sciences), Kind::Discipline, "Physics"),
        node(Some(arts), Kind::Discipline, "Music"),
        node(Some(physics), Kind::Subject, "Optics"),
        node(Some(physics), Kind::Subject, "Acoustics"),
        node(Some(music), Kind::Subject, "Acoustics"),
        node(Some(music), Kind::Subject, "Harmony"),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 200, ..ProptestConfig::default() })]
    #[test]
    fn disk_and_memory_agree_and_undo_leads_back_to_nothing(
        attempts in prop::collection::vec((tries(), 0_usize..3), 1..30),
        votes in 1_u32..3,
    ) {
        let dir = Dir::new();
        super::votes::quorum(&dir, votes);
        let mut store = dir.open("ana");
        store.submit(proposals()).unwrap();
        let start = seen(&store.snapshot());
        for (attempt, curator) in &attempts {
            let curator = ["ana", "bo", "carol"][*curator];
            if store.curator() != curator {
                drop(store);
                store = dir.open(curator);
            }
            let before = seen(&store.snapshot());
            let Some(op) = op(&store.snapshot(), attempt) else { continue };
            if store.submit(op).is_err() {
                prop_assert_eq!(&seen(&store.snapshot()), &before, "what is refused changes nothing: {:?}", attempt);
            }
            let on_disk = Store::open(&dir.path, OpenOptions { curator: "x".into(), read_only: true }).unwrap();
            prop_assert!(on_disk.snapshot().problems.is_empty(), "{:?}: {:?}", attempt, on_disk.snapshot().problems);
            prop_assert_eq!(seen(&on_disk.snapshot()), seen(&store.snapshot()), "after {:?}", attempt);
        }
        // Undone in the middle or not, something can be taken back until nothing is left.
        loop {
            let snapshot = store.snapshot();
            let holds = |event: &&Arc<Event>| is_decision(&event.change) && !snapshot.record.is_undone(event.id);
            let held: Vec<_> = snapshot.record.events().iter().rev().filter(holds).map(|event| event.id).collect();
            let undone = held.iter().any(|event| store.submit(Op::Undo(Some(*event))).is_ok());
            prop_assert!(undone || held.is_empty(), "none of {} can be undone", held.len());
            if held.is_empty() {
                break;
            }
        }
        prop_assert_eq!(seen(&store.snapshot()), start);
    }
}
