//! Two curators, two clones, four hundred decisions, one `git merge`; and what a real conflict looks
//! like. With real git; where that is missing the tests say so and pass.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use provost::taxonomy::audit::audit;
use provost::taxonomy::{
    Edit, EventId, Facts, Node, Outline, Proposed, Reason, Session, SessionId, Snapshot, State, Syllabus,
};

use super::*;

/// Whether there is a git to test with.
#[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
fn has_git() -> bool {
    let found = Command::new("git").arg("--version").output().is_ok_and(|output| output.status.success());
    if !found {
        eprintln!("skipped: there is no git here");
    }
    found
}

fn run_git(folder: &Path, arguments: &[&str]) -> Output {
    let fixed = ["user.name=t", "user.email=t@localhost", "init.defaultBranch=main", "commit.gpgsign=false"];
    let fixed: Vec<&str> = fixed.iter().flat_map(|setting| ["-c", *setting]).collect();
    let mut command = Command::new("git");
    command.current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    command.args(fixed).args(arguments).output().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[track_caller]
fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = run_git(folder, arguments);
    assert!(output.status.success(), "git {arguments:?}: {}", told(&output));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn commit(folder: &Path) {
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-qm", "decisions"]);
}

/// A second clone beside the first.
fn clone(dir: &Dir, name: &str) -> PathBuf {
    let other = dir.path.with_file_name(name);
    git(dir.path.parent().unwrap(), &["clone", "-q", dir.path.to_str().unwrap(), other.to_str().unwrap()]);
    other
}

/// Takes over what another clone has. Whether git could merge all of it.
fn merge(into: &Path, from: &Path) -> Output {
    git(into, &["fetch", "-q", from.to_str().unwrap(), "main"]);
    run_git(into, &["merge", "-q", "--no-edit", "FETCH_HEAD"])
}

fn open(path: &Path, curator: &str) -> Store {
    Store::open(path, OpenOptions { curator: curator.into(), read_only: false }).unwrap()
}

fn described(name: &str) -> Facts {
    Facts {
        level: Some("200".into()),
        scope: Some(format!("What belongs to {}.", name.to_lowercase()).into()),
        ..Facts::named(name)
    }
}

pub fn propose(nodes: Vec<Proposed>) -> Op {
    let Op::Propose(mut put) = batch(&[]) else { unreachable!() };
    put.proposals = nodes;
    Op::Propose(put)
}

fn proposed(parent: Option<NodeId>, kind: Kind, name: &str) -> Proposed {
    Proposed::Node { parent, kind, facts: described(name), rationale: None }
}

const SUBJECTS_OF_EACH: usize = 37;
const ACCEPTED_OF_EACH: usize = 10;

/// Names as OpenAlex has them.
fn topic(discipline: usize, number: usize) -> String {
    const QUALITIES: [&str; 8] =
        ["Advanced", "Molecular", "Statistical", "Applied", "Comparative", "Digital", "Nonlinear", "Historical"];
    const THINGS: [&str; 6] = ["Imaging", "Dynamics", "Polymers", "Networks", "Materials", "Governance"];
    const USES: [&str; 12] = [
        "Optics",
        "Surgery",
        "Ecology",
        "Robotics",
        "Genetics",
        "Finance",
        "Acoustics",
        "Linguistics",
        "Catalysis",
        "Geology",
        "Nutrition",
        "Cryptography",
    ];
    let (quality, thing) = (QUALITIES[number % 8], THINGS[number / 8 % 6]);
    format!("{quality} {thing} in {}", USES[discipline])
}

/// Two fields, twelve disciplines; of each, ten subjects accepted and 27 proposed.
struct Base {
    disciplines: Vec<NodeId>,
    accepted: Vec<NodeId>,
    pending: Vec<NodeId>,
}

fn base(store: &mut Store) -> Base {
    let fields = ["Physical Sciences", "Life Sciences"].map(|name| (field(name), name));
    let mut above: Vec<Proposed> = fields.iter().map(|(_, name)| proposed(None, Kind::Field, name)).collect();
    let mut disciplines = Vec::new();
    for number in 0..12 {
        let name = topic(number, 0).rsplit(' ').next().unwrap().to_owned();
        let parent = fields[number % 2].0;
        above.push(proposed(Some(parent), Kind::Discipline, &name));
        disciplines.push(child(parent, Kind::Discipline, &name));
    }
    store.submit(propose(above)).unwrap();
    let (mut accepted, mut pending, mut subjects) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..SUBJECTS_OF_EACH {
        for (at, discipline) in disciplines.iter().enumerate() {
            let name = topic(at, number);
            subjects.push(proposed(Some(*discipline), Kind::Subject, &name));
            let node = child(*discipline, Kind::Subject, &name);
            if number < ACCEPTED_OF_EACH { accepted.push(node) } else { pending.push(node) }
        }
    }
    store.submit(propose(subjects)).unwrap();
    let all: Vec<NodeId> =
        fields.iter().map(|(id, _)| *id).chain(disciplines.clone()).chain(accepted.clone()).collect();
    store.submit(accept(&all)).unwrap();
    Base { disciplines, accepted, pending }
}

/// What one decision should have led to, to be looked at after the merge.
enum Expected {
    Accepted(NodeId),
    Named(NodeId, String),
    Under(NodeId, NodeId),
    Rejected(NodeId, Reason),
    Merged(NodeId, NodeId),
    Deferred(NodeId),
    Flagged(NodeId),
    Deprecated(NodeId),
    Scope(NodeId, String),
    Level(NodeId, String),
    Contested(NodeId),
}

impl Expected {
    #[track_caller]
    fn holds(&self, snapshot: &Snapshot) {
        let proposal = |node: &NodeId| snapshot.record.proposal(ProposalId::of_node(*node)).unwrap().clone();
        let node = |node: &NodeId| snapshot.tree.node(*node).unwrap_or_else(|| panic!("{node} is not in the tree"));
        match self {
            Self::Accepted(id) => {
                assert!(matches!(proposal(id).state, State::Accepted { .. }), "{:?}", proposal(id));
                node(id);
            }
            Self::Named(id, name) => assert_eq!(node(id).facts.name.raw(), name),
            Self::Under(id, parent) => assert_eq!(snapshot.tree.parent(*id), Some(*parent)),
            Self::Rejected(id, wanted) => {
                assert!(matches!(proposal(id).state, State::Rejected { reason, .. } if reason == *wanted));
                assert!(snapshot.tree.node(*id).is_none());
            }
            Self::Merged(id, target) => {
                assert!(matches!(proposal(id).state, State::Merged { into } if into == *target));
                assert!(node(target).facts.aliases.contains(&proposal(id).title()));
            }
            Self::Deferred(id) => assert_eq!(proposal(id).state, State::Deferred),
            Self::Flagged(id) => assert!(proposal(id).flag.is_some()),
            Self::Deprecated(id) => assert!(!node(id).is_active()),
            Self::Scope(id, scope) => assert_eq!(node(id).facts.scope.as_ref().unwrap().raw().trim_end(), scope),
            Self::Level(id, level) => assert_eq!(node(id).facts.level.as_ref().unwrap().raw(), level),
            Self::Contested(id) => assert!(snapshot.is_contested(&proposal(id)), "{:?}", proposal(id)),
        }
    }
}

type Decision = (Op, Expected);

fn on(node: NodeId) -> Vec<ProposalId> {
    vec![ProposalId::of_node(node)]
}

fn reject(node: NodeId, reason: Reason) -> Op {
    let note = (reason == Reason::Other).then(|| "Taught elsewhere.".into());
    Op::Reject { on: on(node), reason, note, of: None }
}

/// Ops on accepted nodes need them as they are then.
pub fn changed(snapshot: &Snapshot, node: NodeId, change: impl FnOnce(&mut Facts)) -> Op {
    let mut node: Node = (**snapshot.tree.node(node).unwrap()).clone();
    change(&mut node.facts);
    Op::Edit(Box::new(node))
}

/// Two hundred decisions of one of two curators (0 or 1).
fn two_hundred(base: &Base, snapshot: &Snapshot, who: usize) -> Vec<Decision> {
    let name = |node: NodeId| snapshot.name(node).raw().to_owned();
    let own = ["ana", "bo"][who];
    let mut all: Vec<Decision> = Vec::new();
    // Twenty that both decide: 14 accepted by both, 2 rejected by both, 4 by one each.
    for (at, node) in base.pending[..20].iter().enumerate() {
        all.push(match at {
            0..14 => (accept(&[*node]), Expected::Accepted(*node)),
            14..16 => (reject(*node, Reason::Vague), Expected::Rejected(*node, Reason::Vague)),
            _ if at % 2 == who => (accept(&[*node]), Expected::Contested(*node)),
            _ => (reject(*node, Reason::Trivial), Expected::Contested(*node)),
        });
    }
    // Ten new ones each under one parent.
    let parent = base.disciplines[0];
    for number in 0..10 {
        let new = format!("Seminar {number} of {own}");
        let add = Op::Add { parent: Some(parent), kind: Kind::Subject, nodes: vec![described(&new)] };
        all.push((add, Expected::Under(child(parent, Kind::Subject, &new), parent)));
    }
    let mut pending = base.pending[20..].iter().skip(who).step_by(2).copied();
    let mut next = |count: usize| pending.by_ref().take(count).collect::<Vec<_>>();
    all.extend(next(60).into_iter().map(|node| (accept(&[node]), Expected::Accepted(node))));
    for node in next(15) {
        let new = format!("{} for Engineers", name(node));
        let edit = Some(Edit::Facts(Box::new(described(&new))));
        all.push((Op::Accept { on: on(node), edit, under: None }, Expected::Named(node, new)));
    }
    for (at, node) in next(10).into_iter().enumerate() {
        let under = base.disciplines[(at + 5) % 12];
        all.push((Op::Accept { on: on(node), edit: None, under: Some(Some(under)) }, Expected::Under(node, under)));
    }
    for (at, node) in next(40).into_iter().enumerate() {
        let reason = Reason::ALL[at % Reason::ALL.len()];
        all.push((reject(node, reason), Expected::Rejected(node, reason)));
    }
    let mut accepted = base.accepted[3..].iter().skip(who).step_by(2).copied();
    for node in next(10) {
        let into = accepted.next().unwrap();
        all.push((Op::Alias { on: on(node), into }, Expected::Merged(node, into)));
    }
    all.extend(next(10).into_iter().map(|node| (Op::Defer { on: on(node) }, Expected::Deferred(node))));
    all.extend(next(5).into_iter().map(|node| (Op::Flag { on: on(node), note: None }, Expected::Flagged(node))));
    for node in accepted.by_ref().take(5) {
        let to = base.disciplines.iter().rev().find(|to| snapshot.tree.parent(node) != Some(**to)).copied().unwrap();
        all.push((Op::Move { on: vec![node], to: Some(to) }, Expected::Under(node, to)));
    }
    for node in accepted.by_ref().take(7) {
        let new = format!("{}, Revisited", name(node));
        let op = changed(snapshot, node, |facts| facts.name = new.clone().into());
        all.push((op, Expected::Named(node, new)));
    }
    // Of three, one rewrites the scope and the other the level.
    for node in &base.accepted[..3] {
        let new = format!("Set by {own}");
        let scope = who == 0;
        let op = changed(snapshot, *node, |facts| match scope {
            true => facts.scope = Some(new.clone().into()),
            false => facts.level = Some(new.clone().into()),
        });
        all.push((op, if scope { Expected::Scope(*node, new) } else { Expected::Level(*node, new) }));
    }
    for node in accepted.by_ref().take(5) {
        let op = Op::Deprecate { on: vec![node], replaced_by: None, reason: Some("Merged into others.".into()) };
        all.push((op, Expected::Deprecated(node)));
    }
    assert_eq!(all.len(), 200);
    all
}

#[test]
fn two_hundred_decisions_each_in_two_clones_merge_without_a_conflict() {
    if !has_git() {
        return;
    }
    let dir = Dir::new();
    let mut ana = dir.open("ana");
    let base = base(&mut ana);
    drop(ana);
    git(&dir.path, &["init", "-q"]);
    commit(&dir.path);
    let other = clone(&dir, "bo");

    let (mut ana, mut bo) = (dir.open("ana"), open(&other, "bo"));
    let of_ana = two_hundred(&base, &ana.snapshot(), 0);
    let of_bo = two_hundred(&base, &bo.snapshot(), 1);
    let mut expected = Vec::new();
    let mut decided: [Vec<EventId>; 2] = [Vec::new(), Vec::new()];
    for (one, two) in of_ana.into_iter().zip(of_bo) {
        for (who, store, (op, leads_to)) in [(0, &mut ana, one), (1, &mut bo, two)] {
            decided[who].push(store.submit(op).unwrap().event.unwrap());
            expected.push(leads_to);
        }
    }
    drop((ana, bo));
    commit(&dir.path);
    commit(&other);

    // A third clone has what bo has, and takes ana's; ana's takes bo's.
    let third = dir.path.with_file_name("third");
    git(other.parent().unwrap(), &["clone", "-q", other.to_str().unwrap(), third.to_str().unwrap()]);
    for (into, from) in [(&third, &dir.path), (&dir.path, &other)] {
        let merged = merge(into, from);
        assert!(merged.status.success(), "{}", told(&merged));
    }
    assert_eq!(
        git(&dir.path, &["rev-parse", "HEAD^{tree}"]),
        git(&third, &["rev-parse", "HEAD^{tree}"]),
        "to the byte the same, whoever merged"
    );

    let mut ana = dir.open("ana");
    let snapshot = ana.snapshot();
    assert!(snapshot.problems.is_empty(), "{:?}", snapshot.problems);
    assert!(ana.take_notices().is_empty());
    assert_eq!(snapshot.record.events().len(), 1 + 400);
    for event in decided.iter().flatten() {
        assert!(snapshot.record.event(*event).is_some() && !snapshot.record.is_undone(*event));
    }
    expected.iter().for_each(|expected| expected.holds(&snapshot));
    let seminars = snapshot.tree.children(Some(base.disciplines[0])).iter();
    assert_eq!(seminars.filter(|id| snapshot.name(**id).raw().starts_with("Seminar")).count(), 20);
    let codes: Vec<_> = audit(&snapshot).iter().map(|difference| difference.code).collect();
    assert_eq!(codes, ["contested"; 4], "{:#?}", audit(&snapshot));
    assert_eq!(snapshot.unsettled(), []);
    let as_bo_sees_it = open(&third, "bo").snapshot();
    for proposal in snapshot.record.proposals() {
        assert_eq!(Some(proposal), as_bo_sees_it.record.proposal(proposal.id));
    }

    // Either can take back what is theirs: what both accepted stays until both did.
    let both = base.pending[0];
    ana.submit(Op::Undo(Some(decided[0][0]))).unwrap();
    Expected::Accepted(both).holds(&ana.snapshot());
    ana.submit(Op::Undo(None)).unwrap();
    drop(ana);
    let mut bo = dir.open("bo");
    bo.submit(Op::Undo(Some(decided[1][0]))).unwrap();
    assert!(bo.snapshot().tree.node(both).is_none());
    for event in decided[1][20..].iter().rev() {
        bo.submit(Op::Undo(Some(*event))).unwrap_or_else(|error| panic!("{event}: {error}"));
    }
    let left: Vec<_> = audit(&bo.snapshot()).into_iter().filter(|one| one.code != "contested").collect();
    assert!(left.is_empty(), "{left:#?}");
}

/// Sciences > Physics > Optics (with a syllabus of three sessions), and Acoustics proposed; in git.
fn small() -> (Dir, PathBuf, [NodeId; 4]) {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let nodes @ [sciences, physics, optics, _] = physics(&mut store);
    store.submit(accept(&[sciences, physics, optics])).unwrap();
    let session = |number: u32| Session {
        id: SessionId::numbered(number as usize),
        title: format!("Session {number}").into(),
        description: format!("About {number}.").into(),
        concepts: vec![format!("First of {number}").into(), format!("Second of {number}").into()],
    };
    let syllabus: Syllabus =
        Outline { introduction: "Light.".into(), objectives: vec![], sessions: (1..=3).map(session).collect() }.into();
    let mut node = (**store.snapshot().tree.node(optics).unwrap()).clone();
    (node.syllabus, node.facts) = (Some(syllabus), described("Optics"));
    store.submit(Op::Edit(Box::new(node))).unwrap();
    let op = changed(&store.snapshot(), physics, |facts| *facts = described("Physics"));
    store.submit(op).unwrap();
    drop(store);
    git(&dir.path, &["init", "-q"]);
    commit(&dir.path);
    let other = clone(&dir, "bo");
    (dir, other, nodes)
}

fn edit(path: &Path, curator: &str, node: NodeId, change: impl FnOnce(&mut Node)) {
    let mut store = open(path, curator);
    let mut node = (**store.snapshot().tree.node(node).unwrap()).clone();
    change(&mut node);
    store.submit(Op::Edit(Box::new(node))).unwrap();
    drop(store);
    commit(path);
}

#[test]
fn other_fields_and_other_sessions_of_one_node_merge() {
    if !has_git() {
        return;
    }
    let (dir, other, [.., optics, _]) = small();
    edit(&dir.path, "ana", optics, |node| {
        node.facts.scope = Some("Rays.".into());
        node.syllabus.as_mut().unwrap().sessions[0].title = "Rays".into();
    });
    edit(&other, "bo", optics, |node| {
        node.facts.level = Some("300".into());
        node.syllabus.as_mut().unwrap().sessions[2].concepts[0] = "Photon".into();
    });
    let merged = merge(&dir.path, &other);
    assert!(merged.status.success(), "{}", told(&merged));
    let snapshot = dir.open("ana").snapshot();
    let node = snapshot.tree.node(optics).unwrap();
    let sessions = &node.syllabus.as_ref().unwrap().sessions;
    assert_eq!(node.facts.scope.as_ref().unwrap().raw().trim(), "Rays.");
    assert_eq!(node.facts.level.as_ref().unwrap().raw(), "300");
    assert_eq!((sessions[0].title.raw(), sessions[2].concepts[0].raw()), ("Rays", "Photon"));
}

#[test]
fn one_field_edited_twice_is_a_conflict_on_that_line_and_the_rest_is_worked_with() {
    if !has_git() {
        return;
    }
    let (dir, other, [_, physics, optics, acoustics]) = small();
    edit(&dir.path, "ana", physics, |node| node.facts.scope = Some("Matter.".into()));
    edit(&other, "bo", physics, |node| {
        node.facts.scope = Some("Energy.".into());
        node.facts.aliases = vec!["Natural philosophy".into()];
    });
    assert!(!merge(&dir.path, &other).status.success());
    let path = "tree/sciences/physics.yaml";
    let in_conflict = dir.read(path);
    let lines: Vec<&str> = in_conflict.lines().collect();
    let at = lines.iter().position(|line| line.starts_with("<<<<<<<")).unwrap();
    assert_eq!(lines[at + 1..at + 4], ["  Matter.", "=======", "  Energy."], "{in_conflict}");
    assert!(lines[at + 4].starts_with(">>>>>>>") && in_conflict.matches("<<<<<<<").count() == 1);
    assert_eq!(git(&dir.path, &["diff", "--name-only", "--diff-filter=U"]), path, "no other file");

    let mut store = dir.open("ana");
    let snapshot = store.snapshot();
    assert_eq!(snapshot.problems.len(), 1, "{:?}", snapshot.problems);
    let problem = snapshot.conflict_in(physics).unwrap();
    assert_eq!((problem.path.as_str(), problem.line), (path, Some(at as u64 + 1)));
    assert!(problem.message.contains("git checkout --ours tree/sciences/physics.yaml"), "{problem}");
    let shown = &snapshot.tree.node(physics).unwrap().facts;
    assert_eq!(shown.scope.as_ref().unwrap().raw().trim(), "Matter.");
    assert_eq!(shown.aliases.len(), 1, "what bo added merged");

    // Its children can be decided on, it cannot.
    store.submit(accept(&[acoustics])).unwrap();
    let op = changed(&store.snapshot(), optics, |facts| facts.name = "Light".into());
    store.submit(op).unwrap();
    for op in [
        changed(&store.snapshot(), physics, |facts| facts.name = "Natural philosophy".into()),
        Op::Deprecate { on: vec![physics], replaced_by: None, reason: None },
    ] {
        let refused = store.submit(op).unwrap_err();
        assert!(refused.to_string().contains("is in conflict (tree/sciences/physics.yaml, line"), "{refused}");
        assert!(refused.hint().unwrap().contains("choose one side"), "{:?}", refused.hint());
    }
    assert!(!store.format(false).unwrap().contains(&path.to_owned()));
    assert_eq!(dir.read(path), in_conflict, "nothing writes over it");

    git(&dir.path, &["checkout", "-q", "--theirs", path]);
    let notices = store.refresh().unwrap();
    assert!(notices.iter().any(|notice| notice.path == path && notice.message.contains("mended")), "{notices:?}");
    assert!(store.snapshot().problems.is_empty());
    assert_eq!(store.snapshot().tree.node(physics).unwrap().facts.scope.as_ref().unwrap().raw().trim(), "Energy.");
    let op = changed(&store.snapshot(), physics, |facts| facts.name = "Natural philosophy".into());
    store.submit(op).unwrap();
}

#[test]
fn one_curator_on_two_machines_merges_too() {
    if !has_git() {
        return;
    }
    let (dir, other, [.., optics, acoustics]) = small();
    edit(&dir.path, "ana", optics, |node| node.facts.level = Some("300".into()));
    let mut store = open(&other, "ana");
    store.submit(accept(&[acoustics])).unwrap();
    drop(store);
    commit(&other);
    let merged = merge(&dir.path, &other);
    assert!(merged.status.success(), "{}", told(&merged));
    let store = dir.open("ana");
    assert!(store.snapshot().problems.is_empty(), "{:?}", store.snapshot().problems);
    assert_eq!(store.snapshot().record.events().len(), 5);
    assert!(store.snapshot().tree.node(acoustics).is_some());
}
