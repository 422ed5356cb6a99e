use super::*;
use crate::app::fixture::{bench, node, optics};
use crate::taxonomy::op::decide;
use crate::taxonomy::{Facts, Kind, Node, Op, Place};

const PHYSICS: [&str; 2] = ["Natural Sciences", "Physics"];

fn problem(path: &str, line: Option<u64>, message: &str) -> Problem {
    Problem { path: path.into(), line, message: message.into() }
}

#[test]
fn what_a_step_may_mend_depends_on_the_problem() {
    let tree = bench().snapshot.tree;
    let (physics, chemistry) = (node(&PHYSICS), node(&["Natural Sciences", "Chemistry"]));
    let place = |id| tree.entry(id).unwrap().place.clone();
    let whole = |id| Box::new((**tree.node(id).unwrap()).clone());
    let create = Step::Create { place: place(physics), node: whole(physics) };
    let remove = Step::Remove { place: place(physics), node: whole(physics) };
    let (from, to) = (place(physics), Place { parent: None, slug: "physics".into() });
    let moved = Step::Move { node: physics, from, to };
    let patch = Step::patch(&whole(physics), &Node { facts: Facts::named("Other"), ..*whole(physics) }).unwrap();
    let orphan = |path: &str| Problem::orphan(path.into(), "dis_0");
    let copied = |id| Problem::copied("tree/natural-sciences/copy.yaml".into(), id);
    for (problem, by_create, by_remove, by_move) in [
        (orphan("tree/natural-sciences/physics/heat.yaml"), true, false, true),
        (orphan("tree/natural-sciences/physics-lab/heat.yaml"), false, false, true),
        (orphan("tree/humanities/heat.yaml"), false, false, true),
        (copied(physics), false, true, true),
        (copied(chemistry), false, false, true),
        (problem("tree/natural-sciences/physics/heat.yaml", Some(1), "No name."), false, false, true),
        (problem("provost.yaml", Some(1), "No title."), false, false, false),
    ] {
        let said = [&create, &remove, &moved, &patch].map(|step| problem.may_be_mended_by(step, &tree));
        assert_eq!(said, [by_create, by_remove, by_move, false], "{problem}");
    }
    assert!(orphan("tree/x.yaml").is_orphan() && !copied(physics).is_orphan());
}

#[test]
fn a_file_in_conflict_is_shown_and_stays_as_it_is_until_a_side_is_chosen() {
    let mut bench = bench();
    let optics_file = "tree/natural-sciences/physics/optics.yaml";
    let message = "Git conflict: keep one side, and remove the marks.";
    bench.snapshot.problems =
        vec![problem("proposals/x.yaml", None, "No batch."), problem(optics_file, Some(7), message)];
    let now = &bench.snapshot;
    assert_eq!(now.conflicts().keys().copied().collect::<Vec<_>>(), [optics()]);
    assert_eq!(now.conflict_in(optics()).map(|one| one.path.as_str()), Some(optics_file));
    assert_eq!((now.conflict_in(node(&PHYSICS)), now.conflict_in(node(&["Nobody"]))), (None, None));
    assert_eq!(now.unusable_in_tree(), None, "it is shown");
    let clean = self::bench();
    let steps = |op: Op| decide(&clean.snapshot, "ana", op).unwrap().steps;
    let deprecate = |id| Op::Deprecate { on: vec![id], replaced_by: None, reason: None };
    let refused = untouched(now, &steps(deprecate(optics()))).unwrap_err();
    assert_eq!(refused.what, format!("The file of \"Optics\" is in conflict ({optics_file}, line 7)."));
    assert_eq!(refused.hint.as_deref(), Some("keep one side, and remove the marks"));
    assert_eq!(decide(now, "ana", deprecate(optics())), Err(refused));
    assert_eq!(untouched(now, &steps(deprecate(node(&PHYSICS)))), Ok(()), "its own file alone is written");
    let away = steps(Op::Move { on: vec![node(&PHYSICS)], to: Some(node(&["Humanities"])) });
    assert!(untouched(now, &away).is_err(), "a folder moves with all that is in it");
}

#[test]
fn a_file_that_cannot_be_used_is_found_where_it_is_not_shown() {
    let mut bench = bench();
    let orphan = Problem::orphan("tree/gone/heat.yaml".into(), "dis_0");
    for (problems, found) in [
        (vec![orphan.clone()], None),
        (vec![problem("proposals/x.yaml", None, "No batch.")], None),
        (vec![problem("tree/humanities.yaml", None, "Git conflict: choose.")], None),
        (vec![orphan, problem("tree/new.yaml", Some(1), "No name.")], Some("tree/new.yaml")),
        (vec![problem("tree", None, "It is a link.")], Some("tree")),
    ] {
        bench.snapshot.problems = problems;
        assert_eq!(bench.snapshot.unusable_in_tree().map(|one| one.path.as_str()), found);
    }
    bench.add(None, Kind::Field, Facts::named("New"));
    bench.snapshot.problems = vec![problem("tree/new.yaml", Some(1), "Git conflict: choose.")];
    assert_eq!(bench.snapshot.unusable_in_tree(), None);
}
