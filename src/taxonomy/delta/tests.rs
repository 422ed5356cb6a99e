use super::*;
use crate::app::fixture::{Bench, bench, child, node, optics};
use crate::taxonomy::{Facts, Kind, Op};

fn accept(bench: &mut Bench, path: &[&str]) {
    let on = vec![ProposalId::of_node(node(path))];
    bench.run("ana", Op::Accept { on, edit: None, under: None }).unwrap();
}

#[test]
fn what_came_between_two_views_is_counted_and_named() {
    let mut bench = bench();
    let before = bench.snapshot.clone();
    let same = Delta::between(&before, &before);
    assert!(same.is_empty() && same.names.is_empty());
    // One proposal decided, one new; two nodes came.
    accept(&mut bench, &["Crafts"]);
    bench.propose(vec![child(&[], "Trades", "")]);
    bench.add(None, Kind::Field, Facts::named("Games"));
    bench.add(None, Kind::Field, Facts::named("Sports"));
    let delta = Delta::between(&before, &bench.snapshot);
    let nodes: std::collections::BTreeSet<NodeId> = delta.nodes().collect();
    assert_eq!(nodes, ["Crafts", "Games", "Sports"].map(|name| node(&[name])).into());
    assert_eq!((delta.proposals.len(), delta.len(), delta.is_empty()), (2, 5, false));
    let names = ["Crafts", "Games", "Sports", "Trades"].map(|name| node(&[name]));
    assert!(delta.names.len() == 4 && names.iter().all(|name| delta.names.contains(name)));
}

#[test]
fn a_known_difference_counts_only_between_its_own_two_views() {
    let mut bench = bench();
    let views: Vec<Snapshot> = ["A", "B", "C"]
        .iter()
        .map(|name| {
            bench.add(None, Kind::Field, Facts::named(*name));
            bench.snapshot.clone()
        })
        .collect();
    let before = Before::of(&views[0]);
    assert!(before.is(&views[0]) && !before.is(&views[1]));
    let nodes = |delta: &Delta| delta.nodes().count();
    for known in [
        None,
        Some(Delta::between(&views[0], &views[2])),
        Some(Delta::between(&views[0], &views[1])),
        Some(Delta::between(&views[1], &views[2])),
    ] {
        assert_eq!(nodes(&before.to(&views[2], known.as_ref())), 2);
    }
    assert_eq!(before.facts(optics()).map(|facts| facts.name.raw()), Some("Optics"));
    assert_eq!(before.facts(node(&["Crafts"])).map(|facts| facts.name.raw()), Some("Crafts"), "proposed");
    assert_eq!(before.facts(node(&["C"])), None, "it came later");
}
