//! Interrupted between the log and the last file, at every step: what is in the log is
//! completed, nothing is doubled, nothing of other people is touched.

use std::fs;

use provost::store::{OpenOptions, Store};
use provost::taxonomy::{Facts, Kind, NodeId, Op, Snapshot};

use super::*;

/// All files below a folder with their content.
fn image(dir: &Dir, folder: &str) -> Vec<(String, String)> {
    dir.files(folder).iter().map(|path| (path.clone(), dir.read(path))).collect()
}

fn put(dir: &Dir, image: &[(String, String)]) {
    for (path, text) in image {
        let path = dir.file(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// What a person sees: names by path, and the states of all proposals.
fn seen(snapshot: &Snapshot) -> Vec<String> {
    let tree = &snapshot.tree;
    let mut seen: Vec<String> = tree.entries().map(|entry| tree.path(entry.node.id)).collect();
    seen.extend(snapshot.record.proposals().map(|proposal| format!("{} {:?}", proposal.id, proposal.state)));
    seen.sort();
    seen
}

fn as_on_disk(dir: &Dir) -> Vec<String> {
    let options = OpenOptions { curator: "reader".into(), read_only: true };
    seen(&Store::open(&dir.path, options).unwrap().snapshot())
}

/// The marker as a kill right behind the log record leaves it: what was written is as before, what is under way as after.
pub fn killed(before: &str, after: &str) -> String {
    let half = |text: &str| text.match_indices(' ').nth(1).map(|(at, _)| at).unwrap();
    format!("{}{}", &before[..half(before)], &after[half(after)..])
}

/// `op` on a directory that `prepare` made, killed right behind its log record: every file is
/// as before. The next open brings everything to where the op led.
fn killed_behind_the_log(prepare: impl Fn(&mut Store), op: Op) {
    let dir = Dir::new();
    prepare(&mut dir.open("ana"));
    killed_there(&dir, op);
}

fn killed_there(dir: &Dir, op: Op) {
    let mut store = dir.open("ana");
    let before = (image(dir, "tree"), dir.read(".provost/applied"));
    let what = format!("{op:?}");
    store.submit(op).unwrap_or_else(|error| panic!("{what}: {error}"));
    let after = image(dir, "tree");
    let noted = dir.read(".provost/applied");
    let wanted = seen(&store.snapshot());
    drop(store);
    fs::remove_dir_all(dir.file("tree")).unwrap();
    fs::create_dir(dir.file("tree")).unwrap();
    put(dir, &before.0);
    fs::write(dir.file(".provost/applied"), killed(&before.1, &noted)).unwrap();

    // Somebody else opens it first: the decision is completed all the same.
    let store = dir.open("bo");
    assert_eq!(image(dir, "tree"), after, "{what}");
    assert_eq!(seen(&store.snapshot()), wanted, "{what}");
    assert!(store.snapshot().problems.is_empty(), "{:?}", store.snapshot().problems);
    drop(store);
    let mut store = dir.open("ana");
    assert_eq!(store.take_notices(), [], "once is enough");
    assert_eq!(seen(&store.snapshot()), wanted);
}

#[test]
fn every_change_that_votes_lead_to_is_completed() {
    use super::votes::{pull, quorum, reject};
    let sciences = field("Sciences");
    let on = || vec![provost::taxonomy::ProposalId::of_node(sciences)];
    let act = |dir: &Dir, curator: &str, op: Op| drop(dir.open(curator).submit(op).unwrap());
    let prepared = |votes: u32| {
        let dir = Dir::new();
        quorum(&dir, votes);
        physics(&mut dir.open("ana"));
        dir
    };
    // A vote that decides nothing, one that does, and what undo and redo make of either.
    let dir = prepared(2);
    killed_there(&dir, accept(&[sciences]));
    act(&dir, "bo", accept(&[sciences]));
    killed_there(&dir, Op::Undo(None));
    killed_there(&dir, Op::Redo(None));
    let dir = prepared(2);
    act(&dir, "bo", accept(&[sciences]));
    killed_there(&dir, accept(&[sciences]));
    killed_there(&dir, Op::Undo(None));
    // A vote against withdrawn, so that the others decide.
    let dir = prepared(2);
    for curator in ["bo", "carol"] {
        act(&dir, curator, accept(&[sciences]));
        if curator == "bo" {
            act(&dir, "ana", reject(&[sciences]));
        }
    }
    killed_there(&dir, Op::Undo(None));
    // Votes of two clones, settled.
    let (dir, clone) = (prepared(2), Dir::new());
    pull(&dir, &clone);
    act(&dir, "ana", accept(&[sciences]));
    act(&clone, "bo", accept(&[sciences]));
    pull(&clone, &dir);
    killed_there(&dir, Op::Settle);
    killed_there(&dir, Op::Undo(None));
    // Clones that disagree, settled against what is in the tree, and taken back.
    for op in [reject(&[sciences]), Op::Defer { on: on() }] {
        let (dir, clone) = (prepared(1), Dir::new());
        pull(&dir, &clone);
        act(&dir, "carol", accept(&[sciences]));
        act(&clone, "bo", reject(&[sciences]));
        pull(&clone, &dir);
        killed_there(&dir, op);
        killed_there(&dir, Op::Undo(None));
        killed_there(&dir, accept(&[sciences]));
    }
}

fn names(names: &[&str]) -> Vec<Facts> {
    names.iter().map(|name| Facts::named(*name)).collect()
}

/// Sciences > Physics > Optics, Acoustics and Arts > Music, all accepted.
fn some_tree(store: &mut Store) {
    let all = physics(store);
    store.submit(accept(&all)).unwrap();
    store.submit(Op::Add { parent: None, kind: Kind::Field, nodes: names(&["Arts"]) }).unwrap();
    let music = Op::Add { parent: Some(field("Arts")), kind: Kind::Discipline, nodes: names(&["Music"]) };
    store.submit(music).unwrap();
}

fn the_physics() -> NodeId {
    child(field("Sciences"), Kind::Discipline, "Physics")
}

#[test]
fn every_kind_of_decision_is_completed() {
    let all = |store: &mut Store| {
        physics(store);
    };
    let physics_id = the_physics();
    let optics = child(physics_id, Kind::Subject, "Optics");
    let acoustics = child(physics_id, Kind::Subject, "Acoustics");
    let music = child(field("Arts"), Kind::Discipline, "Music");
    killed_behind_the_log(all, accept(&[field("Sciences")]));
    killed_behind_the_log(all, accept(&[field("Sciences"), physics_id, optics, acoustics]));
    killed_behind_the_log(some_tree, Op::Move { on: vec![physics_id], to: Some(field("Arts")) });
    killed_behind_the_log(some_tree, Op::Merge { on: vec![physics_id], into: music });
    killed_behind_the_log(some_tree, Op::Split { on: optics, into: names(&["Lenses", "Lasers"]) });
    killed_behind_the_log(some_tree, Op::Deprecate { on: vec![optics, acoustics], replaced_by: None, reason: None });
    killed_behind_the_log(some_tree, Op::Undo(None));
    let undone = |store: &mut Store| {
        all(store);
        store.submit(accept(&[field("Sciences"), physics_id, optics])).unwrap();
    };
    killed_behind_the_log(undone, Op::Undo(None));
    let merged_back = |store: &mut Store| {
        some_tree(store);
        store.submit(Op::Merge { on: vec![physics_id], into: music }).unwrap();
    };
    killed_behind_the_log(merged_back, Op::Undo(None));
    let redone = |store: &mut Store| {
        undone(store);
        store.submit(Op::Undo(None)).unwrap();
    };
    killed_behind_the_log(redone, Op::Redo(None));
}

#[test]
fn a_move_whose_folder_went_first_is_completed_with_all_that_is_below() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    some_tree(&mut store);
    let applied = dir.read(".provost/applied");
    store.submit(Op::Move { on: vec![the_physics()], to: Some(field("Arts")) }).unwrap();
    let applied = killed(&applied, &dir.read(".provost/applied"));
    let wanted = seen(&store.snapshot());
    drop(store);
    fs::rename(dir.file("tree/arts/physics.yaml"), dir.file("tree/sciences/physics.yaml")).unwrap();
    fs::write(dir.file(".provost/applied"), applied).unwrap();

    let store = dir.open("ana");
    assert_eq!(seen(&store.snapshot()), wanted);
    assert_eq!(as_on_disk(&dir), wanted);
    assert!(store.snapshot().problems.is_empty(), "{:?}", store.snapshot().problems);
}

#[test]
fn a_child_whose_name_outlived_that_of_its_parent_is_completed() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    physics(&mut store);
    let applied = dir.read(".provost/applied");
    store.submit(accept(&[field("Sciences"), the_physics()])).unwrap();
    let applied = killed(&applied, &dir.read(".provost/applied"));
    let wanted = seen(&store.snapshot());
    drop(store);
    fs::remove_file(dir.file("tree/sciences.yaml")).unwrap();
    fs::write(dir.file(".provost/applied"), applied).unwrap();

    let store = dir.open("ana");
    assert_eq!((seen(&store.snapshot()), as_on_disk(&dir)), (wanted.clone(), wanted));
    assert!(store.snapshot().problems.is_empty(), "{:?}", store.snapshot().problems);
}

#[test]
fn a_file_that_somebody_wrote_meanwhile_is_not_overwritten_by_the_completion() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    physics(&mut store);
    let applied = dir.read(".provost/applied");
    store.submit(accept(&[field("Sciences")])).unwrap();
    let applied = killed(&applied, &dir.read(".provost/applied"));
    drop(store);
    fs::write(dir.file(".provost/applied"), applied).unwrap();
    let torn = "id: fld_0000000000\nname: \"half";
    fs::write(dir.file("tree/sciences.yaml"), torn).unwrap();

    let mut store = dir.open("ana");
    assert_eq!(dir.read("tree/sciences.yaml"), torn);
    let notices = store.take_notices();
    assert!(notices.iter().any(|notice| notice.message.contains("left")), "{notices:?}");
    let add = Op::Add { parent: None, kind: Kind::Field, nodes: names(&["Arts"]) };
    store.submit(add).unwrap();
}

#[test]
fn decisions_that_were_pulled_are_not_completed_against_what_was_pulled() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    physics(&mut store);
    drop(store);
    // In another clone bo accepts, and deletes the file again on purpose. Both are pulled.
    let clone = Dir::new();
    put(&clone, &image(&dir, "proposals"));
    clone.open("bo").submit(accept(&[field("Sciences")])).unwrap();
    put(&dir, &image(&clone, "decisions"));

    let store = dir.open("ana");
    assert!(dir.files("tree").is_empty() && store.snapshot().tree.is_empty());
}

fn add(dir: &Dir, name: &str) {
    let op = Op::Add { parent: None, kind: Kind::Field, nodes: names(&[name]) };
    dir.open("ana").submit(op).unwrap();
}

#[test]
fn what_a_curator_decided_on_another_machine_is_not_completed_here() {
    // On one machine ana adds a node and deletes its file again on purpose; on the other she pulls both.
    let (one, two) = (Dir::new(), Dir::new());
    add(&two, "Arts");
    put(&one, &image(&two, "tree"));
    put(&one, &image(&two, "decisions"));
    add(&one, "Music");
    fs::remove_file(one.file("tree/music.yaml")).unwrap();
    put(&two, &image(&one, "decisions"));

    let mut store = two.open("ana");
    assert_eq!(store.take_notices(), []);
    assert_eq!(two.files("tree"), ["tree/arts.yaml"]);
}

#[test]
fn an_interrupted_decision_is_completed_also_below_a_later_one_from_another_machine() {
    let (one, two) = (Dir::new(), Dir::new());
    add(&two, "Arts");
    put(&one, &image(&two, "tree"));
    put(&one, &image(&two, "decisions"));
    let applied = two.read(".provost/applied");
    let mut store = two.open("ana");
    store.submit(Op::Add { parent: None, kind: Kind::Field, nodes: names(&["Law"]) }).unwrap();
    let noted = two.read(".provost/applied");
    drop(store);
    // Killed behind its log record; a later decision is pulled before anything else happens.
    fs::write(two.file(".provost/applied"), killed(&applied, &noted)).unwrap();
    fs::remove_file(two.file("tree/law.yaml")).unwrap();
    add(&one, "Music");
    put(&two, &image(&one, "tree"));
    let [log] = &two.files("decisions")[..] else { panic!() };
    let pulled = one.read(log);
    let merged = two.read(log) + pulled.lines().last().unwrap() + "\n";
    fs::write(two.file(log), merged).unwrap();

    let mut store = two.open("ana");
    let notices = store.take_notices();
    assert!(notices[0].message.contains("1 were completed"), "{notices:?}");
    assert_eq!(two.files("tree"), ["tree/arts.yaml", "tree/law.yaml", "tree/music.yaml"]);
    drop(store);
    assert_eq!(two.open("ana").take_notices(), []);
}

#[test]
fn an_interrupted_decision_that_somebody_took_back_in_another_clone_stays_taken_back() {
    for who in ["ana", "bo"] {
        let (one, two) = (Dir::new(), Dir::new());
        add(&one, "Arts");
        let applied = one.read(".provost/applied");
        let law = Op::Add { parent: None, kind: Kind::Field, nodes: names(&["Law"]) };
        let mut store = one.open("ana");
        let event = store.submit(law).unwrap().event;
        let noted = one.read(".provost/applied");
        drop(store);
        for folder in ["tree", "decisions"] {
            put(&two, &image(&one, folder));
        }
        two.open(who).submit(Op::Undo(event)).unwrap();
        // Killed behind its log record, which the other clone had by then.
        fs::write(one.file(".provost/applied"), killed(&applied, &noted)).unwrap();
        fs::remove_file(one.file("tree/law.yaml")).unwrap();
        put(&one, &image(&two, "decisions"));

        let mut store = one.open("ana");
        assert_eq!(store.take_notices(), [], "{who} took it back");
        assert_eq!(one.files("tree"), ["tree/arts.yaml"], "{who} took it back");
        drop(store);
        one.open(who).submit(Op::Redo(None)).unwrap();
        assert_eq!(one.files("tree"), ["tree/arts.yaml", "tree/law.yaml"]);
    }
}

#[test]
fn the_first_decision_of_all_is_completed_too() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    store.submit(Op::Add { parent: None, kind: Kind::Field, nodes: names(&["Arts"]) }).unwrap();
    let noted = dir.read(".provost/applied");
    drop(store);
    // As after a kill behind the log: only what the open wrote is there, and what was under way.
    let first = Dir::new();
    drop(first.open("ana"));
    put(&first, &image(&dir, "decisions"));
    fs::write(first.file(".provost/applied"), killed(&first.read(".provost/applied"), &noted)).unwrap();
    let store = first.open("ana");
    assert_eq!(first.files("tree"), ["tree/arts.yaml"]);
    assert_eq!(store.snapshot().tree.len(), 1);
}

#[test]
fn a_marker_from_another_branch_with_a_fast_clock_does_not_hide_an_interrupted_decision() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    store.submit(Op::Add { parent: None, kind: Kind::Field, nodes: names(&["Arts"]) }).unwrap();
    drop(store);
    fs::write(dir.file(".provost/applied"), "evt_0fffffffffffffff ana\n").unwrap();
    let mut store = dir.open("ana");
    let receipt = store.submit(Op::Add { parent: None, kind: Kind::Field, nodes: names(&["Law"]) }).unwrap();
    assert!(receipt.event.unwrap().to_string().as_str() > "evt_0fffffffffffffff");
}

thread_local! {
    static TIMES: std::cell::RefCell<Vec<(u64, u32)>> = const { std::cell::RefCell::new(Vec::new()) };
}

fn given_times() -> (u64, u32) {
    TIMES.with_borrow_mut(|times| times.pop()).unwrap_or_else(|| (provost::store::now(), provost::store::distinct()))
}

#[test]
fn a_marker_that_was_torn_is_not_believed() {
    let dir = Dir::new();
    let mut store = dir.open("ana").with_clock(given_times);
    // The end of the first id behind the beginning of the second is later than the third.
    let now = provost::store::now();
    TIMES.set(vec![(now + 40, 9), (now + 40, 0), (now, u32::MAX)]);
    let mut marks = Vec::new();
    let mut before = Vec::new();
    for name in ["One", "Two", "Three"] {
        before = image(&dir, "tree");
        store.submit(Op::Add { parent: None, kind: Kind::Field, nodes: vec![Facts::named(name)] }).unwrap();
        marks.push(dir.read(".provost/applied"));
    }
    drop(store);
    assert!(TIMES.with_borrow(Vec::is_empty));
    let [one, two] = [&marks[0], &marks[1]];
    for at in 0..=two.len() {
        fs::remove_file(dir.file("tree/three.yaml")).unwrap();
        put(&dir, &before);
        fs::write(dir.file(".provost/applied"), format!("{}{}", &two[..at], &one[at..])).unwrap();
        let store = dir.open("ana");
        assert!(dir.file("tree/three.yaml").exists(), "torn behind {at} of {two:?}: not completed");
        assert_eq!(store.snapshot().tree.len(), 3);
    }
}
