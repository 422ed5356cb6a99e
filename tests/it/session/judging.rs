//! Finished homework on the screen: read, searched, judged.

use std::collections::HashSet;

use provost::homework::{Dataset, ItemId, Selection, Standing};
use provost::taxonomy::ItemVerdict;

use super::Session;

/// The items that an export writes.
fn exported(session: &Session) -> HashSet<ItemId> {
    let dataset = Dataset::read(session.snapshot(), &session.path.join("runs"), &Selection::default()).unwrap();
    dataset.of(Standing::Kept).map(|entry| entry.item).collect()
}

fn focused(session: &Session) -> ItemId {
    session.model().dataset.focused().expect("an item").item
}

#[tokio::test(flavor = "multi_thread")]
async fn items_are_read_searched_judged_and_the_bad_ones_stay_out() {
    let mut session = Session::sample((120, 40)).await;
    session.press("/ optics <ret> g h s y").await;
    session.press("g d").await;
    session.sees("Dataset · 20 items");
    session.sees("Question");
    session.sees("Answer");

    let record = session.model().dataset.record().unwrap().as_ref().unwrap().clone();
    let word =
        record.answer.raw().split(|c: char| !c.is_alphanumeric()).max_by_key(|word| word.len()).unwrap().to_owned();
    session.press("/").await;
    session.type_text(&word.to_uppercase()).await;
    session.press("<ret>").await;
    session.sees(&format!("/{}", &word.to_uppercase()[..word.len().min(12)]));
    session.sees("match");
    assert!(session.model().dataset.rows.len() < 20, "{}", session.screen());
    // The first closes what was said about the run.
    session.press("<esc> <esc>").await;
    session.sees("Dataset · 20 items");

    session.press("g g").await;
    let all = exported(&session);
    let bad = focused(&session);
    session.press("1").await;
    session.sees("judged an item of");
    assert_ne!(focused(&session), bad, "on to the next");
    assert_eq!(all.difference(&exported(&session)).collect::<Vec<_>>(), [&bad]);
    session.press("u").await;
    assert_eq!((focused(&session), exported(&session)), (bad, all.clone()));
    session.press("U s").await;
    session.sees("sample");
    session.press("a a 3").await;
    session.sees("4 of 20 judged");

    let mut session = session.reopened_by("ana").await;
    session.press("g d").await;
    session.sees("Dataset · 20 items");
    assert_eq!(session.model().dataset.own(bad), Some(ItemVerdict::Wrong), "it is in the log");
    assert!(!exported(&session).contains(&bad));
    session.press("t").await;
    session.sees("Judged homework by branch");
    session.press("<esc> i").await;
    session.sees("provost-demo");
    session.press("<esc> g s").await;
    session.sees("Optics");

    let mut session = session.reopened_by("bo").await;
    session.press("g d s").await;
    session.sees("0 of 20 judged");
    assert_eq!(session.model().dataset.fate(bad), None, "what ana said is not told before");
}
