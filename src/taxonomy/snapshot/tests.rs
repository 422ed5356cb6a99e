use super::*;
use crate::app::fixture::{Bench, acoustics, bench, bench_of_several, child, node, optics, syllabus};
use crate::taxonomy::votes::Side;
use crate::taxonomy::{Facts, Op, Policy, Proposed, Quorum, Reason};

const PHYSICS: [&str; 2] = ["Natural Sciences", "Physics"];

fn id(path: &[&str]) -> ProposalId {
    ProposalId::of_node(node(path))
}

fn proposal<'a>(bench: &'a Bench, path: &[&str]) -> &'a Proposal {
    bench.snapshot.record.proposal(id(path)).unwrap()
}

fn accept(on: ProposalId) -> Op {
    Op::Accept { on: vec![on], edit: None, under: None }
}

fn reject(on: ProposalId) -> Op {
    Op::Reject { on: vec![on], reason: Reason::Vague, note: None, of: None }
}

fn names(ids: &[NodeId], bench: &Bench) -> Vec<String> {
    ids.iter().map(|id| bench.snapshot.name(*id).raw().to_owned()).collect()
}

/// For each curator: whether it awaits them, whether they are not shown the votes, whether they have voted.
fn stand(bench: &Bench, path: &[&str]) -> [(bool, bool, bool); 3] {
    let (now, found) = (&bench.snapshot, proposal(bench, path));
    ["ana", "bo", "cy"].map(|by| (now.awaits(found, by), now.is_blind(found, by), now.has_voted(found, by)))
}

#[test]
fn a_proposal_that_takes_two_awaits_who_has_not_voted_and_hides_the_votes_from_them() {
    let path = ["Natural Sciences", "Chemistry"];
    let mut bench = bench_of_several();
    let (new, voted) = ((true, true, false), (false, false, true));
    assert_eq!(stand(&bench, &path), [new; 3]);
    bench.run("ana", accept(id(&path))).unwrap();
    assert_eq!(stand(&bench, &path), [voted, new, new]);
    assert_eq!(bench.snapshot.count(proposal(&bench, &path)), Some(Count { votes: 1, quorum: 2 }));
    bench.run("bo", reject(id(&path))).unwrap();
    // They disagree: both are to look again, and see how the other voted.
    assert_eq!(stand(&bench, &path), [(true, false, true), (true, false, true), new]);
    let found = proposal(&bench, &path);
    assert!(bench.snapshot.is_contested(found) && bench.snapshot.is_contested_node(node(&path)));
    assert_eq!(bench.snapshot.count(found), None);
    let votes: Vec<_> = bench.snapshot.votes(found).into_iter().map(|vote| (vote.by, vote.side)).collect();
    assert_eq!(votes, [("ana".to_owned(), Side::Accept), ("bo".to_owned(), Side::Reject)]);
    bench.run("ana", reject(id(&path))).unwrap();
    assert_eq!(stand(&bench, &path), [voted, voted, (false, false, false)], "decided: nothing is hidden from cy");
}

#[test]
fn votes_are_hidden_only_where_it_takes_several_and_the_policy_says_so() {
    let quorum = Quorum { discipline: 2, ..Quorum::default() };
    let hidden = |policy: Policy, path: &[&str]| {
        let mut bench = Bench::under(policy);
        bench.add(None, Kind::Field, Facts::named("Natural Sciences"));
        bench.propose(vec![child(&path[..path.len() - 1], path[path.len() - 1], "")]);
        bench.snapshot.is_blind(proposal(&bench, path), "ana")
    };
    assert!(hidden(Policy { quorum, blind: true }, &["Natural Sciences", "Chemistry"]));
    assert!(!hidden(Policy { quorum, blind: false }, &["Natural Sciences", "Chemistry"]));
    assert!(!hidden(Policy { quorum, blind: true }, &["Crafts"]), "a field takes one");
}

#[test]
fn a_proposal_is_ready_waits_for_its_parent_or_is_withdrawn() {
    let mut bench = bench();
    let outlook = |bench: &Bench, path: &[&str]| bench.snapshot.outlook(proposal(bench, path));
    let organic = ["Natural Sciences", "Chemistry", "Organic chemistry"];
    assert_eq!(outlook(&bench, &["Crafts"]), Outlook::Ready(None));
    assert_eq!(outlook(&bench, &organic[..2]), Outlook::Ready(Some(node(&["Natural Sciences"]))));
    assert_eq!(outlook(&bench, &organic), Outlook::Waiting(id(&organic[..2])));
    // Merged into another: there it belongs.
    bench.run("ana", Op::Alias { on: vec![id(&organic[..2])], into: node(&PHYSICS) }).unwrap();
    assert_eq!(outlook(&bench, &organic), Outlook::Ready(Some(node(&PHYSICS))));
    bench.run("ana", Op::Undo(None)).unwrap();
    bench.run("ana", reject(id(&organic[..2]))).unwrap();
    assert_eq!(outlook(&bench, &organic), Outlook::Withdrawn);
    let mechanics = ["Natural Sciences", "Physics", "Mechanics"];
    assert_eq!(outlook(&bench, &mechanics), Outlook::Ready(Some(node(&PHYSICS))));
    bench.run("ana", Op::Deprecate { on: vec![node(&PHYSICS)], replaced_by: None, reason: None }).unwrap();
    assert_eq!(outlook(&bench, &mechanics), Outlook::Withdrawn);
    assert!(!bench.snapshot.is_open(proposal(&bench, &mechanics)));
}

#[test]
fn an_accepted_syllabus_withdraws_those_proposed_before_it_and_no_later_one() {
    let mut bench = bench();
    let propose = |bench: &mut Bench, title: &str| {
        let syllabus = syllabus(&[(title, &["Wave equation", "Speed of sound"])]);
        let id = ProposalId::of_syllabus(acoustics(), &syllabus.hash());
        bench.propose(vec![Proposed::Syllabus { subject: acoustics(), syllabus }]);
        id
    };
    let (early, chosen) = (propose(&mut bench, "Early"), propose(&mut bench, "Chosen"));
    let outlook = |bench: &Bench, id| bench.snapshot.outlook(bench.snapshot.record.proposal(id).unwrap());
    assert_eq!(outlook(&bench, early), Outlook::Ready(Some(acoustics())));
    bench.run("ana", accept(chosen)).unwrap();
    let late = propose(&mut bench, "Late");
    assert_eq!(outlook(&bench, early), Outlook::Withdrawn);
    assert_eq!(outlook(&bench, late), Outlook::Ready(Some(acoustics())));
    let open: Vec<_> = bench.snapshot.open_syllabi(acoustics()).map(|proposal| proposal.id).collect();
    assert_eq!(open, [late], "the one of the fixture is withdrawn too");
}

#[test]
fn open_proposals_are_listed_parents_first_then_as_they_came() {
    let bench = bench();
    let titles: Vec<_> = bench.snapshot.open_proposals().iter().map(|one| one.title().raw().to_owned()).collect();
    assert_eq!(titles[..2], ["Crafts", "Chemistry"]);
    assert_eq!(titles[2..6], ["Mechanics", "Miscellaneous topics", "Modern optics", "量子力学入門"]);
    let last = bench.snapshot.open_proposals().last().map(|one| one.body.clone());
    assert!(matches!(last, Some(Body::Syllabus { subject, .. }) if subject == acoustics()));
    let below: Vec<_> = bench.snapshot.open_children(Some(node(&["Natural Sciences"]))).map(|one| one.id).collect();
    assert_eq!(below, [id(&["Natural Sciences", "Chemistry"])]);
}

#[test]
fn what_is_only_proposed_has_its_name_place_and_facts_too() {
    let bench = bench();
    let organic = node(&["Natural Sciences", "Chemistry", "Organic chemistry"]);
    let now = &bench.snapshot;
    assert_eq!(names(&now.lineage(organic), &bench), ["Natural Sciences", "Chemistry", "Organic chemistry"]);
    assert_eq!(now.names(organic), ["Natural Sciences", "Chemistry", "Organic chemistry"].map(Untrusted::from));
    assert_eq!(now.parent(organic), Some(node(&["Natural Sciences", "Chemistry"])));
    assert_eq!(
        now.facts(organic).map(|(kind, facts)| (kind, facts.scope.clone())),
        Some((Kind::Subject, Some("Carbon.".into())))
    );
    assert!(!now.is_in_tree(proposal(&bench, &["Crafts"])));
    let unknown = node(&["Nobody"]);
    assert_eq!((now.name(unknown), now.lineage(unknown)), (unknown.to_string().into(), vec![unknown]));
}

#[test]
fn why_a_subject_has_no_homework_is_told_from_the_top() {
    let mut bench = bench();
    let why = |bench: &Bench, id| bench.snapshot.ineligible(bench.snapshot.tree.node(id).unwrap());
    assert_eq!(why(&bench, optics()), None);
    assert_eq!(why(&bench, acoustics()), Some("its syllabus is proposed but not yet accepted"));
    bench.add(Some(node(&PHYSICS)), Kind::Subject, Facts::named("Heat"));
    let heat = node(&["Natural Sciences", "Physics", "Heat"]);
    assert_eq!(why(&bench, heat), Some("it has no syllabus"));
    let mut bare = (**bench.snapshot.tree.node(heat).unwrap()).clone();
    bare.syllabus = Some(syllabus(&[("Only a title", &[])]));
    bench.run("ana", Op::Edit(Box::new(bare))).unwrap();
    assert_eq!(why(&bench, heat), Some("its syllabus has no key concepts"));
    let again = syllabus(&[("Light", &["Ray"])]);
    let flagged = ProposalId::of_syllabus(optics(), &again.hash());
    bench.propose(vec![Proposed::Syllabus { subject: optics(), syllabus: again }]);
    assert_eq!(why(&bench, optics()), None, "a newer one is only proposed");
    bench.run("ana", Op::Flag { on: vec![flagged], note: None }).unwrap();
    assert_eq!(why(&bench, optics()), Some("its syllabus is flagged for a second curator"));
    bench.run("ana", Op::Deprecate { on: vec![heat], replaced_by: None, reason: None }).unwrap();
    assert_eq!(why(&bench, heat), Some("it is deprecated"));
    bench.run("ana", Op::Deprecate { on: vec![node(&PHYSICS)], replaced_by: None, reason: None }).unwrap();
    assert_eq!(why(&bench, optics()), Some("something above it is deprecated"));
}

#[test]
fn a_subject_below_what_curators_disagree_about_has_no_homework() {
    let mut bench = Bench::under(Policy { quorum: Quorum { syllabus: 2, ..Quorum::default() }, ..Policy::default() });
    bench.add(None, Kind::Field, Facts::named("Natural Sciences"));
    bench.add(Some(node(&["Natural Sciences"])), Kind::Discipline, Facts::named("Physics"));
    bench.add(Some(node(&PHYSICS)), Kind::Subject, Facts::named("Acoustics"));
    let syllabus = syllabus(&[("Rooms", &["Room modes"])]);
    let on = ProposalId::of_syllabus(acoustics(), &syllabus.hash());
    bench.propose(vec![Proposed::Syllabus { subject: acoustics(), syllabus }]);
    bench.run("ana", accept(on)).unwrap();
    bench.run("bo", reject(on)).unwrap();
    let subject = bench.snapshot.tree.node(acoustics()).unwrap();
    assert_eq!(bench.snapshot.ineligible(subject), Some("curators disagree about its syllabus"));
}

#[test]
fn a_problem_is_told_with_its_line_and_found_by_its_folder() {
    let problem = |path: &str, line| Problem { path: path.into(), line, message: "No name.\u{202e}".into() };
    assert_eq!(problem("tree/a.yaml", Some(3)).to_string(), "tree/a.yaml:3: No name.⟨U+202E⟩");
    assert_eq!(problem("tree/a.yaml", None).to_string(), "tree/a.yaml: No name.⟨U+202E⟩");
    let mut now = Snapshot::empty(Manifest::titled("T"));
    now.problems = vec![problem("trees.yaml", None), problem("tree/a.yaml", Some(3)), problem("runs", None)];
    let found = |folder| now.problem_in(folder).map(|problem| problem.path.as_str());
    assert_eq!([found("tree"), found("runs"), found("decisions")], [Some("tree/a.yaml"), Some("runs"), None]);
}
