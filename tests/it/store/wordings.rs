//! Two clones that were told the same in different words.

use std::path::Path;

use provost::taxonomy::{NodeId, Reason, Snapshot};

use super::*;

/// What git does with files that one side has, or has added to.
fn bring(from: &Path, to: &Path) {
    for part in ["proposals", "decisions", "tree"] {
        let mut files = Vec::new();
        collect(from, &from.join(part), &mut files);
        let len = |path: std::path::PathBuf| std::fs::metadata(path).map_or(0, |meta| meta.len());
        for file in files.iter().filter(|file| len(from.join(file)) > len(to.join(file))) {
            std::fs::create_dir_all(to.join(file).parent().unwrap()).unwrap();
            std::fs::copy(from.join(file), to.join(file)).unwrap();
        }
    }
}

fn states(snapshot: &Snapshot) -> Vec<(String, &'static str)> {
    let state = |proposal: &Arc<provost::taxonomy::Proposal>| {
        (proposal.title().raw().to_owned(), snapshot.state_name(proposal))
    };
    let mut all: Vec<_> = snapshot.record.proposals().map(state).collect();
    all.sort();
    all
}

#[test]
fn a_decision_on_either_wording_holds_in_both_clones() {
    let dir = Dir::new();
    let mut store = dir.open("ana");
    let [sciences, physics, ..] = super::physics(&mut store);
    store.submit(accept(&[sciences, physics])).unwrap();
    drop(store);
    let other = dir.path.with_file_name("clone");
    std::fs::create_dir_all(&other).unwrap();
    std::fs::copy(dir.file("provost.yaml"), other.join("provost.yaml")).unwrap();
    bring(&dir.path, &other);

    let subject = |name: &str| child(physics, Kind::Subject, name);
    let names = |names: &[&'static str]| {
        let wanted: Vec<Wanted<'_>> = names.iter().map(|name| (Some(physics), Kind::Subject, *name)).collect();
        batch(&wanted)
    };
    let reject = |id: NodeId| {
        let on = vec![ProposalId::of_node(id)];
        Op::Reject { on, reason: Reason::Vague, note: None, of: None }
    };
    let at = |path: &Path, curator: &str| {
        Store::open(path, OpenOptions { curator: curator.into(), read_only: false }).unwrap()
    };
    let mut ana = at(&dir.path, "ana");
    ana.submit(names(&["Fluid Mechanics", "Sound and Waves", "Plasma Theory"])).unwrap();
    ana.submit(reject(subject("Fluid Mechanics"))).unwrap();
    let receipt = ana.submit(names(&["Mechanics of fluids", "Theory of Plasmas", "Heat"])).unwrap();
    assert_eq!((receipt.added.len(), receipt.known, receipt.suppressed), (1, 2, 1), "{}", receipt.summary);
    assert!(receipt.summary.contains("; 1 suppressed: rejected before"), "{}", receipt.summary);
    drop(ana);
    let mut bo = at(&other, "bo");
    bo.submit(names(&["Mechanics of Fluids", "Waves and Sound", "Plasmas, Theory of"])).unwrap();
    bo.submit(accept(&[subject("Waves and Sound")])).unwrap();
    drop(bo);
    bring(&dir.path, &other);
    bring(&other, &dir.path);

    let (here, there) = (at(&dir.path, "ana"), at(&other, "bo"));
    let snapshot = here.snapshot();
    assert_eq!(states(&snapshot), states(&there.snapshot()));
    let state = |name: &str| states(&snapshot).into_iter().find(|(known, _)| known == name).unwrap().1;
    assert_eq!(state("Mechanics of fluids"), "suppressed");
    assert_eq!((state("Waves and Sound"), state("Sound and Waves")), ("accepted", "repeated"));
    assert_eq!(open_names(&snapshot), ["Optics", "Acoustics", "Plasma Theory", "Heat"], "the first wording is shown");
    let (fluids, plasma) = (subject("Fluid Mechanics"), subject("Plasma Theory"));
    let seen = |id: NodeId| snapshot.record.proposal(ProposalId::of_node(id)).map(|found| snapshot.seen(found).times);
    assert_eq!((seen(fluids), seen(plasma)), (Some(3), Some(3)));
    drop(there);

    let mut here = here;
    here.submit(Op::Undo(None)).unwrap();
    assert!(open_names(&here.snapshot()).contains(&"Fluid Mechanics".to_owned()));
    assert!(!open_names(&here.snapshot()).contains(&"Mechanics of fluids".to_owned()));
}
