//! Replies that are bad in every way the demo model knows: what the checks find against what was injected.

use std::collections::BTreeMap;

use super::*;
use crate::homework::checks::Benchmarks;
use crate::homework::similar::{NEAR, Similar};
use crate::llm::Step;

fn benchmarks(dir: &Path) -> Arc<Benchmarks> {
    let path = dir.join("school-maths.jsonl");
    fs::write(&path, demo::BENCHMARK).unwrap();
    Arc::new(Benchmarks::read(&[path], 13).unwrap())
}

#[tokio::test]
async fn every_bad_reply_is_found_as_what_it_is_and_nothing_good_is_lost() {
    let (server, runs) = (server("bad:0.4", 0), tempfile::tempdir().unwrap());
    let plan = plan(&fixture::taxonomy(&["Acoustics", "Optics", "Statics"]), 200);
    let job = Job { benchmarks: benchmarks(runs.path()), ..job(&server, runs.path(), &plan, 8) };
    let summary = start(job).await.unwrap().join().await;
    assert_eq!(summary.ended, Ended::Done);

    let mut found: BTreeMap<String, u64> = BTreeMap::new();
    let mut similar = Similar::new(NEAR);
    for record in records(runs.path()) {
        let finding = record.findings.first();
        if let Some(finding) = finding {
            let step = if finding.part == Step::Question { "question" } else { "answer" };
            *found.entry(format!("{}@{step}", finding.check.code())).or_default() += 1;
        }
        if record.status == Status::Ok {
            similar.add(record.item, record.question.raw());
        }
    }
    let mut injected: BTreeMap<String, u64> = BTreeMap::new();
    let faults = server.ledger().snapshot().faults_at;
    // What is a class of the reply is no finding of a check, and whether a copy is a near one is not looked at here.
    for (fault, code) in demo::FOUND_AS.into_iter().filter(|(_, code)| !["refused", "filtered"].contains(code)) {
        let code = code.trim_start_matches("near-");
        let step = fault.split('@').nth(1).unwrap();
        let count = faults.get(fault).copied().unwrap_or_default();
        assert!(count > 0, "{fault} was never injected: {faults:?}");
        *injected.entry(format!("{code}@{step}")).or_default() += count;
    }
    let copies = injected.remove("duplicate@question").unwrap_or_default();
    assert_eq!(found, injected);
    let duplicates = similar.finish().len() as u64;
    // A copy whose own answer is bad is unfit before it is a duplicate.
    assert!(duplicates <= copies && duplicates * 3 >= copies, "{duplicates} of {copies}");
}
