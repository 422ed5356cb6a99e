//! Curating by keys.

use super::Session;

#[tokio::test(flavor = "multi_thread")]
async fn a_search_leads_to_a_proposal_one_key_accepts_it_and_one_takes_it_back() {
    let mut session = Session::sample((120, 40)).await;
    session.press("/ ecology <ret>").await;
    session.sees("Ecology");
    session.press("a").await;
    assert!(session.has_file("natural-sciences/life-sciences/ecology.yaml"), "{}", session.screen());
    session.sees("accepted \"Ecology\"");
    session.press("u").await;
    assert!(!session.has_file("natural-sciences/life-sciences/ecology.yaml"));
    session.press("U").await;
    assert!(session.has_file("natural-sciences/life-sciences/ecology.yaml"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digit_rejects_with_its_reason() {
    let mut session = Session::sample((120, 40)).await;
    session.press("/ miscellaneous <ret> 6").await;
    let log = session.snapshot().record.events().last().unwrap().clone();
    let line = serde_json::to_value(&*log).unwrap();
    assert_eq!(
        (line["op"].as_str(), line["reason"].as_str(), line["by"].as_str()),
        (Some("reject"), Some("vague"), Some("ana"))
    );
    session.sees("rejected \"Miscellaneous Topics in Biology\" as vague");
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_the_model_streams_proposals_into_the_tree() {
    let mut session = Session::sample((120, 40)).await;
    let before = session.snapshot().open_proposals().len();
    session.press("/ chemistry <ret> r").await;
    session.press("<ret>").await;
    let after = session.snapshot().open_proposals().len();
    assert!(after > before, "{before} -> {after}\n{}", session.screen());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_adds_by_hand_is_no_longer_pending() {
    let mut session = Session::sample((120, 40)).await;
    session.sees("25 pending");
    session.press("g g o Humanities <ret>").await;
    assert!(session.has_file("humanities.yaml"), "{}", session.screen());
    session.sees("24 pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_model_will_be_told_is_seen_and_trimmed_before_it_is_asked() {
    let mut session = Session::sample((120, 40)).await;
    session.press("/ miscellaneous <ret> 6 / biology <ret> r").await;
    session.sees("The model is told 5 siblings, 3 rejections, 0 edits; tab shows and trims it.");
    session.press("<tab>").await;
    session.sees("Miscellaneous Topics in Biology: vague");
    session.sees("The prompt for subjects, 10 times");
    session.sees("[system]");
    session.press("r").await;
    session.sees("3 rejections, left out");
    session.press("<ret>").await;
    let newest = session.snapshot().record.newest_batch().unwrap();
    let month = std::fs::read_dir(session.path.join("proposals")).unwrap().flatten();
    let file = month.map(|month| month.path().join(format!("{newest}.yaml"))).find(|file| file.exists()).unwrap();
    let batch = std::fs::read_to_string(file).unwrap();
    assert!(batch.contains("pending:") && !batch.contains("rejected:\n"), "{batch}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_runs_are_one_list_that_says_how_often_each_was_seen() {
    let mut session = Session::sample((120, 40)).await;
    session.press("/ biology <ret> r <ret>").await;
    assert_eq!(session.server.ledger().requests(provost::demo::Step::Propose), 10);
    session.sees("/10");
    let wanted = session.snapshot().open_proposals().into_iter().find(|open| session.snapshot().seen(open).of == 10);
    let name = wanted.unwrap().title().raw().to_lowercase().replace(' ', "_");
    session.press("/").await;
    for word in name.split('_') {
        session.press(&format!("{word} <space>")).await;
    }
    session.press("<backspace> <ret>").await;
    session.sees("seen in ");
    session.sees(" of 10");
}
