//! Why something is here, and its versions beside each other.

use super::*;
use crate::taxonomy::diff::Row;
use crate::taxonomy::{Batch, Body, Call, EventId, Facts, Proposed};

/// Proposed twice in two wordings, accepted as edited, edited since: a wide name and a hostile one.
pub(crate) fn storied() -> Desk {
    let mut bench = fixture::bench();
    bench.propose(vec![fixture::child(&PHYSICS, "量子力学入門", "小さいものの力学\u{202e}と測定。")]);
    let node = subject("量子力学入門");
    let edited = Facts { scope: Some("小さいものの力学と測定。".into()), ..Facts::named("量子力学") };
    let edit = Some(crate::taxonomy::Edit::Facts(Box::new(edited)));
    bench.run("ana", Op::Accept { on: vec![proposal(node)], edit, under: None }).unwrap();
    let mut now = (**bench.snapshot.tree.node(node).unwrap()).clone();
    now.facts.level = Some("300".into());
    now.facts.subtopics = vec!["Schrödinger equation".into(), "Tunnelling\u{1b}[2J".into()];
    bench.run("bo", Op::Edit(Box::new(now))).unwrap();
    let mut desk = Desk::at(bench);
    desk.focus(node);
    desk
}

/// Answers each question for a batch the way the store does, with a call in it.
pub(crate) fn answer(desk: &mut Desk, effects: Vec<Effect>) {
    for effect in effects {
        let Effect::LoadBatch(id) = effect else { continue };
        let batch = read(desk, id);
        desk.send(Msg::Batch { id, outcome: Ok(Box::new(batch)) });
    }
}

fn read(desk: &Desk, id: crate::taxonomy::BatchId) -> Batch {
    let record = &desk.model.snapshot.record;
    let head = record.batch(id).unwrap().clone();
    let is_first = record.batches().all(|other| other.id >= id);
    let mut proposals = vec![fixture::child(&PHYSICS, "Other", ""); head.count];
    for proposal in record.proposals() {
        let Some((_, rank)) = proposal.seen.iter().find(|(batch, _)| *batch == id) else { continue };
        proposals[*rank as usize] = match &proposal.body {
            Body::Node { parent, kind, facts, .. } => {
                let scope = if is_first {
                    facts.scope.clone()
                } else {
                    Some("小さいものの力学\u{202e}と測定。".into())
                };
                let facts = Facts { scope, ..facts.clone() };
                let rationale = Some("Every physicist needs it.\u{200b}".into());
                Proposed::Node { parent: *parent, kind: *kind, facts, rationale }
            }
            Body::Syllabus { subject, syllabus } => {
                Proposed::Syllabus { subject: *subject, syllabus: syllabus.clone() }
            }
        };
    }
    let call = Call {
        step: "propose".into(),
        model: head.source.name().clone(),
        prompt_hash: "9f3c2a".into(),
        parameters: [("temperature".to_owned(), serde_json::json!(1.0))].into(),
        usage: None,
        finish: Some("stop".into()),
        prompt: "user:\nWhich subjects does Physics have?\u{202e}".into(),
        reply: "{\"name\": \"Mechanics\"}\n{\"name\": \"量子力学入門\", \"scope\": \"…\"}\n{\"name\": \"Optics\"}"
            .into(),
    };
    Batch {
        id,
        at: head.at.clone(),
        by: head.by.clone(),
        source: head.source.clone(),
        about: head.about,
        bad: vec![],
        proposals,
        calls: vec![call],
    }
}

fn why(desk: &Desk) -> &Why {
    match desk.model.overlays.last() {
        Some(Overlay::Why(why)) => why,
        other => panic!("{other:?}"),
    }
}

fn compare(desk: &Desk) -> &Compare {
    match desk.model.overlays.last() {
        Some(Overlay::Compare(compare)) => compare,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_batch_can_be_looked_at_newest_first() {
    let mut desk = storied();
    let effects = desk.press("i");
    assert_eq!((why(&desk).batches.len(), why(&desk).at), (2, 1));
    answer(&mut desk, effects);
    let snapshot = desk.model.snapshot.clone();
    let (_, rank, count) = why(&desk).wording(&snapshot).unwrap();
    assert_eq!((rank, count), (0, 1));
    let effects = desk.press("[");
    assert!(why(&desk).content.is_none(), "the other batch is read first");
    answer(&mut desk, effects);
    assert_eq!(why(&desk).wording(&snapshot).unwrap().1, 4);
    assert_eq!(desk.press("["), []);
    assert_eq!(desk.message(), "This is the oldest batch.");
    let effects = desk.press("right");
    assert_eq!(effects, [Effect::LoadBatch(why(&desk).batches[1])]);
}

#[test]
fn a_batch_that_comes_late_does_not_show_as_another() {
    let mut desk = storied();
    let newest = desk.press("i");
    desk.press("[");
    answer(&mut desk, newest);
    assert!(why(&desk).content.is_none());
}

#[test]
fn the_whole_history_is_there_and_jumping_goes_to_the_name() {
    let mut desk = storied();
    let node = desk.model.cursor().unwrap();
    for round in 0..20 {
        let mut now = (**desk.bench.snapshot.tree.node(node).unwrap()).clone();
        now.facts.level = Some(format!("{round}").into());
        desk.bench.run("ana", Op::Edit(Box::new(now))).unwrap();
    }
    desk.publish();
    let effects = desk.press("i");
    assert_eq!(why(&desk).history.len(), 22);
    answer(&mut desk, effects);
    desk.send(Msg::Shown(Shown { reader_overflow: 50, reader_marks: vec![30, 44, 60], ..Shown::default() }));
    let mut at = Vec::new();
    for key in ["n", "n", "n", "n", "N"] {
        desk.press(key);
        at.push(why(&desk).scroll);
    }
    assert_eq!(at, [30, 44, 50, 50, 44]);
    desk.send(Msg::Shown(Shown::default()));
    desk.press("n");
    assert!(desk.message().starts_with("Its name does not occur"), "{}", desk.message());
}

#[test]
fn from_a_decision_on_a_syllabus_its_batches_are_shown() {
    let mut desk = Desk::new();
    desk.focus(fixture::acoustics());
    desk.press("g s a g i i");
    let open = why(&desk);
    assert!(open.proposal.is_some_and(ProposalId::is_syllabus));
    assert_eq!((open.batches.len(), open.history.len()), (1, 1));
}

#[test]
fn versions_are_chosen_on_either_side() {
    let mut desk = storied();
    let effects = desk.press("D");
    assert_eq!(effects.len(), 2, "both batches may word it in another way");
    answer(&mut desk, effects);
    let marks = |desk: &Desk, at: usize| compare(desk).versions[at].marks[0].what.clone();
    let all: Vec<_> = (0..compare(&desk).versions.len()).map(|at| marks(&desk, at)).collect();
    assert_eq!(all, ["proposed", "proposed", "accepted as edited", "edited"]);
    assert_eq!((compare(&desk).left, compare(&desk).right), (2, 3));
    desk.press("[");
    assert_eq!((compare(&desk).left, compare(&desk).right), (2, 1), "nothing is compared with itself");
    desk.press("tab h");
    assert_eq!((compare(&desk).left, compare(&desk).right), (0, 1));
    desk.press("h");
    assert_eq!(compare(&desk).left, 0);
    assert!(compare(&desk).rows.iter().any(|row| matches!(row, Row::Changed { .. })));
    desk.press("q");
    assert_eq!((desk.model.overlays.len(), desk.ops().len()), (0, 0));
}

#[test]
fn one_version_is_nothing_to_compare() {
    let mut desk = Desk::new();
    desk.press("D");
    assert_eq!(desk.message(), "There is only one version of \"Mechanics\": nobody changed it.");
    desk.focus(fixture::acoustics());
    desk.press("g s D");
    assert_eq!(desk.message(), "There is only one version of this syllabus.");
    assert!(desk.model.overlays.is_empty());
}

#[test]
fn a_revised_syllabus_is_compared_with_what_was_proposed_and_unchanged_lines_are_folded() {
    let mut desk = Desk::new();
    desk.focus(fixture::acoustics());
    desk.press("g s d");
    desk.type_text("!");
    desk.press("enter D");
    let open = compare(&desk);
    assert_eq!((open.versions.len(), open.left, open.right), (2, 0, 1));
    assert!(open.rows.iter().any(|row| matches!(row, Row::Folded(_))));
    let folded = open.rows.len();
    desk.press("z");
    assert!(compare(&desk).rows.len() > folded);
    desk.press("z");
    assert_eq!(compare(&desk).rows.len(), folded);
}

#[test]
fn how_others_voted_is_neither_a_version_nor_a_change_before_ones_own_vote() {
    use crate::taxonomy::{Quorum, evidence, versions};
    let mut bench = fixture::bench();
    let mut manifest = (*bench.snapshot.manifest).clone();
    manifest.policy.quorum = Quorum { field: 2, discipline: 2, subject: 2, ..Quorum::default() };
    manifest.policy.blind = true;
    let mut blank = crate::taxonomy::Snapshot::empty(manifest);
    std::mem::swap(&mut blank.tree, &mut bench.snapshot.tree);
    for event in bench.snapshot.record.events().iter() {
        blank.record.add_event((**event).clone());
    }
    bench.snapshot = blank;
    bench.propose(vec![fixture::child(&PHYSICS, "Plasma", "Hot.")]);
    let node = subject("Plasma");
    let edit = Some(crate::taxonomy::Edit::Facts(Box::new(Facts::named("Plasma physics"))));
    bench.run("bo", Op::Accept { on: vec![proposal(node)], edit, under: None }).unwrap();
    let seen = |viewer: &str| {
        let versions = versions::of(&bench.snapshot, versions::About::Node(node), &[], viewer);
        let event: EventId = bench.snapshot.record.events().last().unwrap().id;
        let event = bench.snapshot.record.event(event).unwrap();
        (versions.len(), evidence::deltas(&bench.snapshot, event, Some(node), viewer).len())
    };
    assert_eq!(seen("ana"), (1, 0));
    assert_eq!(seen("bo"), (2, 2), "name and scope");
}

#[test]
fn what_is_open_shows_what_others_decide_meanwhile() {
    let mut desk = storied();
    let id = desk.model.cursor().unwrap();
    desk.press("D");
    let versions = |desk: &Desk| match desk.model.overlays.last() {
        Some(Overlay::Compare(compare)) => compare.versions.len(),
        other => panic!("{other:?}"),
    };
    let before = versions(&desk);
    let mut node = (**desk.bench.snapshot.tree.node(id).unwrap()).clone();
    node.facts.scope = Some("Another scope.".into());
    desk.bench.run("bo", Op::Edit(Box::new(node))).unwrap();
    desk.publish();
    assert_eq!(versions(&desk), before + 1);
    desk.press("esc i");
    let decided = |desk: &Desk| match desk.model.overlays.last() {
        Some(Overlay::Why(why)) => why.history.len(),
        other => panic!("{other:?}"),
    };
    let before = decided(&desk);
    let mut node = (**desk.bench.snapshot.tree.node(id).unwrap()).clone();
    node.facts.level = Some("400".into());
    desk.bench.run("bo", Op::Edit(Box::new(node))).unwrap();
    desk.publish();
    assert_eq!(decided(&desk), before + 1);
}
