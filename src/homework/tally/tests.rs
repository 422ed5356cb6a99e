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

proptest::proptest! {
    /// Whatever becomes of items, in whatever order: every item is in one count, branches add up, tokens are kept apart.
    #[test]
    fn counts_add_up(
        before in (0_u64..5, 0_u64..5),
        fates in proptest::collection::vec((0_usize..2, 0_u8..4, 0_u64..500, 0_u64..500), 0..10),
        flying in 0_u64..4,
        securing in 0_u64..4,
    ) {
        let plan = plan();
        let mut totals = Totals::new(&plan, &[(before.0, before.1), (0, 0)], Prices::default());
        let (mut counted, mut estimated, mut again) = (0, 0, 0);
        for (number, (subject, fate, tokens, guess)) in fates.into_iter().enumerate() {
            let mut one = record(number as u128, Status::Ok);
            one.question_call = Some(crate::homework::spent::tests::call(tokens, guess));
            (counted, estimated) = (counted + tokens, estimated + guess);
            let tally = match fate {
                0 => Tally::new(subject, one, &Fate::Ok),
                1 => Tally::new(subject, one, &Fate::Failed(Class::Refused)),
                2 => Tally::new(subject, one, &Fate::Unfit("echo")),
                _ => {
                    again += 1;
                    Tally::of_try(subject, &one)
                }
            };
            totals.settle(tally, Duration::from_secs(1));
        }
        let under_way = UnderWay { running: flying.min(totals.open()), securing: 0 };
        let securing = securing.min(totals.open() - under_way.running);
        let now = totals.progress(Phase::Running, Duration::from_secs(1), UnderWay { securing, ..under_way }, 4);
        let parts = [now.done, now.failed, now.running, now.securing, now.left];
        proptest::prop_assert_eq!(parts.iter().sum::<u64>(), now.total);
        for depth in 0..2 {
            let level = now.branches.iter().filter(|branch| branch.depth == depth);
            let sums = level.fold((0, 0), |sums, branch| (sums.0 + branch.done, sums.1 + branch.failed));
            proptest::prop_assert_eq!(sums, (now.done, now.failed));
        }
        proptest::prop_assert_eq!((now.prompt_tokens, now.estimated.prompt_tokens, now.again), (counted, estimated, again));
        proptest::prop_assert_eq!(now.cost_usd, None);
        let failures: u64 = now.failures.iter().map(|failure| failure.count).sum();
        proptest::prop_assert_eq!(failures, now.failed - before.1);
    }
}
