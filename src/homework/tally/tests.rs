use super::super::plan::{Amount, PlanRequest};
use super::super::record::{Status, sample as record};
use super::super::{fixture, recipe};
use super::*;
use crate::llm::Class;

fn plan() -> Plan {
    let snapshot = fixture::taxonomy(&["Acoustics", "Optics"]);
    let request =
        PlanRequest { nodes: Vec::new(), amount: Amount::PerSubject(10), seed: 1, shares: Default::default() };
    Plan::new(&snapshot, &request, &recipe::sample())
}

#[test]
fn counts_add_up_from_a_resumed_start() {
    let plan = plan();
    let mut totals = Totals::new(&plan, &[(4, 1), (0, 0)], Prices::default());
    assert_eq!(totals.open(), 15);
    let second = Duration::from_secs(1);
    let failed = totals.settle(Tally::new(1, record(1, Status::Failed), &Fate::Failed(Class::Refused)), second);
    assert_eq!(failed.unwrap().class, "refused");
    assert_eq!(totals.settle(Tally::new(1, record(2, Status::Ok), &Fate::Ok), second), None);
    totals.settle(Tally::new(0, record(3, Status::Unfit), &Fate::Unfit("echo")), second);
    let progress = totals.progress(Phase::Running, second, UnderWay { running: 2, securing: 1 }, 4);
    assert_eq!((progress.done, progress.failed, progress.running, progress.left), (5, 3, 2, 9));
    assert_eq!((progress.total, progress.reused), (20, 4));
    let parts = [progress.done, progress.failed, progress.running, progress.securing, progress.left];
    assert_eq!(parts.iter().sum::<u64>(), progress.total);
    let branches: Vec<_> = progress.branches.iter().map(|b| (b.depth, b.total, b.done, b.failed)).collect();
    assert_eq!(branches, [(0, 20, 5, 3), (1, 20, 5, 3)]);
    let newest: Vec<_> = progress.newest.iter().map(|finished| finished.unfit).collect();
    assert_eq!(newest, [Some("echo"), None], "what failed in a call has nothing to show");
    assert_eq!(progress.failures.len(), 2);
    assert!(progress.eta.is_some());
}
