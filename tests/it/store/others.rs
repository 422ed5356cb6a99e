//! Several curators, several clones, hand-written files: the fold of what they did.

use std::fs;

use provost::store::StoreError;
use provost::taxonomy::{
    Edit, Facts, Kind, Op, Outline, ProposalId, Proposed, Reason, Session, SessionId, State, Syllabus,
};

use super::*;

fn reject(nodes: &[NodeId]) -> Op {
    let on = nodes.iter().map(|id| ProposalId::of_node(*id)).collect();
    Op::Reject { on, reason: Reason::Vague, note: None, of: None }
}

/// Brings the proposals and decisions of one directory into another, as `git pull` does.
fn pull(from: &Dir, to: &Dir) {
    for path in [from.files("proposals"), from.files("decisions"), from.files("tree")].concat() {
        fs::create_dir_all(to.file(&path).parent().unwrap()).unwrap();
        fs::copy(from.file(&path), to.file(&path)).unwrap();
    }
}

fn state(store: &Store, node: NodeId) -> State {
    store.snapshot().record.proposal(ProposalId::of_node(node)).unwrap().state.clone()
}

#[test]
fn of_two_who_accept_one_may_take_back_and_the_node_stays() {
    let (ana, bo) = (Dir::new(), Dir::new());
    let mut store = ana.open("ana");
    let [sciences, ..] = physics(&mut store);
    pull(&ana, &bo);
    store.submit(accept(&[sciences])).unwrap();
    bo.open("bo").submit(accept(&[sciences])).unwrap();
    drop(store);
    pull(&bo, &ana);

    let mut store = ana.open("bo");
    store.submit(Op::Undo(None)).unwrap();
    assert!(matches!(state(&store, sciences), State::Accepted { .. }), "ana's still holds");
    assert!(ana.file("tree/sciences.yaml").exists());
    drop(store);
    let mut store = ana.open("ana");
    store.submit(Op::Undo(None)).unwrap();
    assert_eq!(state(&store, sciences), State::Pending);
    assert!(!ana.file("tree/sciences.yaml").exists());
}

#[test]
fn who_rejected_what_another_accepted_can_change_their_mind() {
    let (ana, bo) = (Dir::new(), Dir::new());
    let mut store = ana.open("ana");
    let [sciences, ..] = physics(&mut store);
    pull(&ana, &bo);
    store.submit(accept(&[sciences])).unwrap();
    bo.open("bo").submit(reject(&[sciences])).unwrap();
    drop(store);
    pull(&bo, &ana);

    let mut store = ana.open("bo");
    assert_eq!(state(&store, sciences), State::Contested);
    store.submit(accept(&[sciences])).unwrap();
    assert!(matches!(state(&store, sciences), State::Accepted { .. }));
    assert!(ana.file("tree/sciences.yaml").exists());
}

#[test]
fn of_two_who_did_the_same_by_hand_one_may_take_back_and_the_others_holds() {
    let (ana, bo) = (Dir::new(), Dir::new());
    let add = |name: &str| Op::Add { parent: None, kind: Kind::Field, nodes: vec![Facts::named(name)] };
    ana.open("carol").submit(add("Arts")).unwrap();
    pull(&ana, &bo);
    for (dir, curator) in [(&bo, "bo"), (&ana, "ana")] {
        let mut store = dir.open(curator);
        store.submit(add("Physics")).unwrap();
        store.submit(Op::Deprecate { on: vec![field("Arts")], replaced_by: None, reason: None }).unwrap();
    }
    pull(&bo, &ana);
    let undo_twice = |dir: &Dir, curator: &str| {
        let mut store = dir.open(curator);
        store.submit(Op::Undo(None)).unwrap();
        store.submit(Op::Undo(None)).unwrap();
        let snapshot = store.snapshot();
        (snapshot.tree.is_active(field("Arts")), snapshot.tree.node(field("Physics")).is_some())
    };
    // Whoever is the first, and whoever was.
    let other = Dir::new();
    pull(&ana, &other);
    assert_eq!(undo_twice(&ana, "ana"), (false, true), "bo's hold");
    assert_eq!(undo_twice(&ana, "bo"), (true, false));
    assert_eq!(undo_twice(&other, "bo"), (false, true), "ana's hold");
    assert_eq!(undo_twice(&other, "ana"), (true, false));
    for _ in 0..2 {
        other.open("ana").submit(Op::Redo(None)).unwrap();
    }
    assert_eq!(undo_twice(&other, "ana"), (true, false));
}

#[test]
fn what_was_changed_there_and_back_and_there_again_is_undone() {
    let dir = Dir::new();
    let deprecate = || Op::Deprecate { on: vec![field("Arts")], replaced_by: None, reason: None };
    let add = Op::Add { parent: None, kind: Kind::Field, nodes: vec![Facts::named("Arts")] };
    dir.open("bo").submit(add).unwrap();
    dir.open("bo").submit(deprecate()).unwrap();
    let mut store = dir.open("ana");
    store.submit(Op::Restore { on: vec![field("Arts")] }).unwrap();
    store.submit(deprecate()).unwrap();
    store.submit(Op::Undo(None)).unwrap();
    assert!(store.snapshot().tree.is_active(field("Arts")), "what bo did first was taken back before");
    store.submit(Op::Undo(None)).unwrap();
    assert!(!store.snapshot().tree.is_active(field("Arts")));
}

#[test]
fn an_addition_that_is_gone_is_called_by_its_name() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let add = Op::Add { parent: None, kind: Kind::Field, nodes: vec![Facts::named("Arts"), Facts::named("Law")] };
    store.submit(add).unwrap();
    assert_eq!(store.submit(Op::Undo(None)).unwrap().summary, "undid: added \"Arts\" and 1 more");
    assert_eq!(store.submit(Op::Redo(None)).unwrap().summary, "redid: added \"Arts\" and 1 more");
}

#[test]
fn decisions_that_leave_the_logs_are_told_and_own_ones_are_called_so() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let [sciences, physics, optics, acoustics] = physics(&mut store);
    store.submit(reject(&[optics])).unwrap();
    let log = dir.files("decisions").remove(0);
    let old = dir.read(&log);
    store.submit(reject(&[acoustics])).unwrap();
    store.submit(accept(&[sciences])).unwrap();
    let new = dir.read(&log);
    let told = |store: &mut Store| {
        let notices = store.refresh().unwrap();
        notices.into_iter().find(|notice| notice.path == "decisions").map(|notice| notice.message)
    };
    // git checks out what was, and what is.
    fs::write(dir.file(&log), &old).unwrap();
    assert_eq!(told(&mut store).unwrap(), "2 decisions are no longer in the logs, 2 of them yours.");
    assert_eq!(state(&store, acoustics), State::Pending);
    fs::write(dir.file(&log), &new).unwrap();
    assert_eq!(told(&mut store).unwrap(), "2 decisions arrived, 2 of them yours.");

    // One of another's for one of the own.
    let other = Dir::new();
    pull(&dir, &other);
    other.open("bo").submit(accept(&[physics])).unwrap();
    pull(&other, &dir);
    let last = new.trim_end().rfind('\n').unwrap();
    fs::write(dir.file(&log), &new[..=last]).unwrap();
    assert_eq!(told(&mut store).unwrap(), "A decision of others arrived; a decision is no longer in the logs, yours.");
    assert_eq!(told(&mut store), None);
}

#[test]
fn redo_finds_the_file_already_restored_by_hand() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let [sciences, ..] = physics(&mut store);
    store.submit(accept(&[sciences])).unwrap();
    let text = dir.read("tree/sciences.yaml");
    store.submit(Op::Undo(None)).unwrap();
    fs::write(dir.file("tree/sciences.yaml"), text).unwrap();
    store.refresh().unwrap();
    store.submit(Op::Redo(None)).unwrap();
    assert!(matches!(state(&store, sciences), State::Accepted { .. }));
}

fn syllabus(title: &str) -> Syllabus {
    let session = Session {
        id: SessionId::numbered(1),
        title: title.into(),
        description: "d".into(),
        concepts: vec!["c".into()],
    };
    Outline { introduction: "About it.".into(), objectives: vec![], sessions: vec![session] }.into()
}

/// Optics with a proposed syllabus "one".
fn with_syllabus(store: &mut Store) -> (NodeId, ProposalId) {
    let [sciences, physics, optics, _] = physics(store);
    store.submit(accept(&[sciences, physics, optics])).unwrap();
    let Op::Propose(mut batch) = batch(&[]) else { unreachable!() };
    batch.proposals = vec![Proposed::Syllabus { subject: optics, syllabus: syllabus("one") }];
    let id = store.submit(Op::Propose(batch)).unwrap().added[0];
    (optics, id)
}

fn revise(on: ProposalId, title: &str) -> Op {
    Op::Revise { on, to: Box::new(syllabus(title)), reason: None, note: None, batch: None }
}

fn title(store: &Store, id: ProposalId) -> String {
    let snapshot = store.snapshot();
    let provost::taxonomy::Body::Syllabus { syllabus, .. } = &snapshot.record.proposal(id).unwrap().body else {
        unreachable!()
    };
    syllabus.sessions[0].title.raw().to_owned()
}

#[test]
fn several_revisions_are_taken_back_one_by_one_and_in_the_middle_not_at_all() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let (_, id) = with_syllabus(&mut store);
    let first = store.submit(revise(id, "two")).unwrap().event;
    store.submit(revise(id, "three")).unwrap();
    let refused = store.submit(Op::Undo(first)).unwrap_err();
    assert!(refused.to_string().contains("later"), "{refused}");
    for expected in ["two", "one"] {
        store.submit(Op::Undo(None)).unwrap();
        assert_eq!(title(&store, id), expected);
        assert_eq!(title(&reread(&dir), id), expected, "on disk");
    }
    store.submit(Op::Redo(None)).unwrap();
    assert_eq!(title(&store, id), "two");
}

fn reread(dir: &Dir) -> Store {
    let options = provost::store::OpenOptions { curator: "reader".into(), read_only: true };
    Store::open(&dir.path, options).unwrap()
}

#[test]
fn a_revision_stays_while_what_was_accepted_holds() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let (optics, id) = with_syllabus(&mut store);
    let revision = store.submit(revise(id, "two")).unwrap().event;
    store.submit(Op::Accept { on: vec![id], edit: None, under: None }).unwrap();
    assert!(store.submit(Op::Undo(revision)).is_err(), "the accepted syllabus stands on it");
    store.submit(Op::Undo(None)).unwrap();
    store.submit(Op::Undo(None)).unwrap();
    assert!(store.snapshot().tree.node(optics).unwrap().syllabus.is_none());
    assert_eq!(title(&store, id), "one");
}

#[test]
fn an_edited_syllabus_without_session_ids_is_the_same_after_a_restart() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let (optics, id) = with_syllabus(&mut store);
    let mut edited = syllabus("two");
    edited.sessions[0].id = SessionId::default();
    let edit = Some(Edit::Syllabus(Box::new(edited)));
    store.submit(Op::Accept { on: vec![id], edit, under: None }).unwrap();
    assert_eq!(store.snapshot().tree.node(optics), reread(&dir).snapshot().tree.node(optics));
    drop(store);
    let mut store = dir.open("ana");
    let mut node = (**store.snapshot().tree.node(optics).unwrap()).clone();
    let syllabus = node.syllabus.as_mut().unwrap();
    let copy = Session { id: SessionId::default(), ..syllabus.sessions[0].clone() };
    syllabus.sessions.push(copy);
    store.submit(Op::Edit(Box::new(node))).unwrap();
    assert_eq!(store.snapshot().tree.node(optics), reread(&dir).snapshot().tree.node(optics));
    drop(store);
    let mut store = dir.open("ana");
    store.submit(Op::Undo(None)).unwrap();
    store.submit(Op::Undo(None)).unwrap();
    assert!(store.snapshot().tree.node(optics).unwrap().syllabus.is_none());
}

#[test]
fn what_was_rejected_stays_so_when_only_its_batch_was_deleted() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let [sciences, ..] = physics(&mut store);
    store.submit(reject(&[sciences])).unwrap();
    drop(store);
    fs::remove_dir_all(dir.file("proposals")).unwrap();
    let mut store = dir.open("ana");
    let receipt = store.submit(batch(&[(None, Kind::Field, "Sciences"), (None, Kind::Field, "Law")])).unwrap();
    assert!(matches!(state(&store, sciences), State::Rejected { .. }));
    assert_eq!((receipt.added.len(), receipt.known), (1, 1));
}

#[test]
fn a_node_added_by_hand_is_no_longer_open_as_a_proposal() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    physics(&mut store);
    let nodes = vec![Facts { scope: Some("By hand.".into()), ..Facts::named("Sciences") }];
    store.submit(Op::Add { parent: None, kind: Kind::Field, nodes }).unwrap();
    let snapshot = store.snapshot();
    assert_eq!(open_names(&snapshot), ["Physics", "Optics", "Acoustics"]);
    let proposal = snapshot.record.proposal(ProposalId::of_node(field("Sciences"))).unwrap();
    assert_eq!(snapshot.state_name(proposal), "accepted");
    store.submit(Op::Undo(None)).unwrap();
    assert_eq!(open_names(&store.snapshot()).len(), 4);
}

#[test]
fn a_batch_by_a_slow_clock_does_not_change_what_was_proposed_first() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let mut wordings = Vec::new();
    for (at, scope) in [(2_000_000_000_000, "first"), (1_000_000_000_000, "second")] {
        let Op::Propose(mut batch) = batch(&[]) else { unreachable!() };
        batch.id = provost::taxonomy::BatchId::new(at, 1);
        let facts = Facts { scope: Some(scope.into()), ..Facts::named("Sciences") };
        batch.proposals = vec![Proposed::Node { parent: None, kind: Kind::Field, facts, rationale: None }];
        store.submit(Op::Propose(batch)).unwrap();
    }
    for store in [&store, &reread(&dir)] {
        let snapshot = store.snapshot();
        wordings.push(snapshot.facts(field("Sciences")).unwrap().1.scope.clone());
    }
    assert_eq!(wordings[0], wordings[1]);
}

#[test]
fn text_that_hides_something_is_not_accepted_in_bulk() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let names = ["Arts", "La\u{200b}w"];
    let wanted: Vec<Wanted<'_>> = names.iter().map(|name| (None, Kind::Field, *name)).collect();
    let added = store.submit(batch(&wanted)).unwrap().added;
    let refused = store.submit(Op::Accept { on: added.clone(), edit: None, under: None }).unwrap_err();
    assert!(refused.to_string().contains("U+200B"), "{refused}");
    for id in added {
        store.submit(Op::Accept { on: vec![id], edit: None, under: None }).unwrap();
    }
}

#[test]
fn a_chain_of_proposals_without_end_is_neither_open_nor_the_end() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let mut parent = None;
    let mut nodes = Vec::new();
    for number in 0..50_000 {
        let name = format!("n{number}");
        nodes.push((parent, name.clone()));
        parent = Some(NodeId::derive(parent, Kind::Subject, &name, 0));
    }
    let wanted: Vec<Wanted<'_>> = nodes.iter().map(|(parent, name)| (*parent, Kind::Subject, name.as_str())).collect();
    store.submit(batch(&wanted)).unwrap();
    let snapshot = store.snapshot();
    let last = snapshot.record.proposal(ProposalId::of_node(parent.unwrap())).unwrap();
    assert!(!snapshot.is_open(last));
    assert!(snapshot.names(parent.unwrap()).len() < 1000);
    assert!(snapshot.open_proposals().len() < 1000);
}

#[test]
fn decisions_dated_beyond_all_calendars_or_by_a_newer_provost_do_not_count() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let [sciences, ..] = physics(&mut store);
    store.submit(reject(&[sciences])).unwrap();
    drop(store);
    let path = dir.files("decisions").remove(0);
    let line = dir.read(&path);
    let id = line.split('"').find(|part| part.starts_with("evt_")).unwrap();
    let far = line.replace(id, "evt_zzzzzzzzzzzzzzzz").replace("vague", "trivial");
    let newer = line.replace(id, &format!("{}0", &id[..id.len() - 1])).replace("\"v\":2", "\"v\":9");
    fs::write(dir.file(&path), format!("{line}{far}{newer}")).unwrap();

    let mut store = dir.open("ana");
    assert!(matches!(state(&store, sciences), State::Rejected { reason: Reason::Vague, .. }));
    let lines: Vec<_> = store.snapshot().problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [Some(2), Some(3)]);
    store.submit(Op::Add { parent: None, kind: Kind::Field, nodes: vec![Facts::named("Arts")] }).unwrap();
    assert_eq!(reread(&dir).snapshot().record.events().len(), 2);
}

#[test]
fn a_log_replaced_by_git_under_an_open_store_takes_the_next_decision() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let [sciences, physics, ..] = physics(&mut store);
    store.submit(accept(&[sciences])).unwrap();
    let path = dir.files("decisions").remove(0);
    let text = dir.read(&path);
    fs::remove_file(dir.file(&path)).unwrap();
    fs::write(dir.file(&path), text).unwrap();
    store.submit(accept(&[physics])).unwrap();
    assert_eq!(reread(&dir).snapshot().record.events().len(), 2);
}

#[test]
fn merging_into_what_is_deprecated_is_refused() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let [sciences, physics, optics, acoustics] = physics(&mut store);
    store.submit(accept(&[sciences, physics, optics])).unwrap();
    store.submit(Op::Deprecate { on: vec![optics], replaced_by: None, reason: None }).unwrap();
    let alias = Op::Alias { on: vec![ProposalId::of_node(acoustics)], into: optics };
    assert!(matches!(store.submit(alias).unwrap_err(), StoreError::Refused(_)));
    store.submit(accept(&[acoustics])).unwrap();
    let merge = Op::Merge { on: vec![acoustics], into: optics };
    assert!(store.submit(merge).unwrap_err().to_string().contains("deprecated"));
}

#[test]
fn what_a_broken_file_hides_is_neither_undone_nor_left_behind() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let all = physics(&mut store);
    store.submit(accept(&all)).unwrap();
    let add = Op::Add { parent: Some(all[0]), kind: Kind::Discipline, nodes: vec![Facts::named("Chemistry")] };
    store.submit(add).unwrap();
    drop(store);
    let path = "tree/sciences/physics/optics.yaml";
    let whole = dir.read(path);
    fs::write(dir.file(path), &whole[..whole.len() / 2]).unwrap();

    let mut store = dir.open("ana");
    let chemistry = child(all[0], Kind::Discipline, "Chemistry");
    let merge = || Op::Merge { on: vec![all[1]], into: chemistry };
    assert!(store.submit(merge()).unwrap_err().to_string().contains(path));
    store.submit(Op::Undo(None)).unwrap();
    assert!(store.submit(Op::Undo(None)).unwrap_err().to_string().contains(path));
    assert_eq!(dir.files("tree").len(), 4);
    fs::write(dir.file(path), whole).unwrap();
    store.refresh().unwrap();
    store.submit(Op::Undo(None)).unwrap();
    assert!(dir.files("tree").is_empty());
}

#[test]
fn what_a_later_decision_took_back_already_is_undone_after_that_one() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let [sciences, ..] = physics(&mut store);
    store.submit(accept(&[sciences])).unwrap();
    let deprecate = Op::Deprecate { on: vec![sciences], replaced_by: None, reason: None };
    let deprecated = store.submit(deprecate).unwrap().event;
    let restored = store.submit(Op::Restore { on: vec![sciences] }).unwrap().event;
    let refused = store.submit(Op::Undo(deprecated)).unwrap_err();
    assert!(refused.hint().unwrap().contains(&restored.unwrap().to_string()), "{refused}");
    for _ in 0..3 {
        store.submit(Op::Undo(None)).unwrap();
    }
    assert!(dir.files("tree").is_empty());
}
