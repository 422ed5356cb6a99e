//! Several curators at one directory, one after the other: what each is shown, and what comes of
//! their votes.

use std::path::Path;

use provost::taxonomy::{Proposal, Side, State};

use super::{Session, copy};

const ECOLOGY: &str = "natural-sciences/life-sciences/ecology.yaml";
const PLUMBING: &str = "skilled-trades/building-trades/plumbing.yaml";

/// The sample taxonomy where fields and disciplines take two votes.
async fn two_votes() -> Session {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("taxonomy");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-taxonomy"), &path);
    let file = path.join("provost.yaml");
    let manifest = std::fs::read_to_string(&file).unwrap();
    let manifest =
        manifest.replace("    field: 1\n", "    field: 2\n").replace("    discipline: 1\n", "    discipline: 2\n");
    std::fs::write(file, manifest).unwrap();
    Session::on(temp, path, (120, 40), "").await
}

fn proposal(session: &Session, name: &str) -> Proposal {
    let is_it = |proposal: &Proposal| match &proposal.body {
        provost::taxonomy::Body::Node { facts, .. } => facts.name.raw() == name,
        provost::taxonomy::Body::Syllabus { .. } => false,
    };
    let found = session.snapshot().record.proposals().find(|proposal| is_it(proposal));
    (**found.unwrap_or_else(|| panic!("no proposal {name}"))).clone()
}

fn state(session: &Session, name: &str) -> State {
    proposal(session, name).state
}

/// Who voted what, in the order of the votes.
fn votes(session: &Session, name: &str) -> Vec<(String, Side)> {
    let votes = session.snapshot().votes(&proposal(session, name));
    votes.into_iter().map(|vote| (vote.by, vote.side)).collect()
}

fn vote(by: &str, side: Side) -> (String, Side) {
    (by.to_owned(), side)
}

/// The row of the tree with this name, without the card beside it.
#[track_caller]
fn row(session: &Session, name: &str) -> String {
    let screen = session.screen();
    let rows = screen.lines().filter_map(|line| line.strip_prefix('│')?.split('│').next());
    let found = rows.map(str::trim_end).find(|row| row.contains(name));
    found.unwrap_or_else(|| panic!("no row {name}:\n{screen}")).to_owned()
}

#[track_caller]
fn sees_nothing_of(session: &Session, text: &str) {
    let screen = session.screen();
    assert!(!screen.contains(text), "{text:?} is on the screen:\n{screen}");
}

/// The names that `]` leads to, until it comes round.
async fn queue(session: &mut Session) -> Vec<String> {
    let mut names = Vec::new();
    loop {
        session.press("]").await;
        let node = session.model().cursor().unwrap();
        let name = session.snapshot().name(node).raw().to_owned();
        if names.contains(&name) {
            return names;
        }
        names.push(name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_vote_blind_agree_disagree_and_come_to_an_end() {
    let mut ana = two_votes().await;
    ana.press("/ ecology <ret> a").await;
    ana.sees("voted to accept \"Ecology\" (1 of 2 votes)");
    ana.press("/ plumbing <ret> a / humanities <ret> 6").await;
    ana.sees("voted to reject \"Humanities\" as vague (1 of 2 votes)");
    assert!(!ana.has_file(ECOLOGY) && !ana.has_file(PLUMBING), "one vote writes nothing");
    ana.press("/ ecology <ret>").await;
    ana.sees("1 of 2 votes: accept ana");
    let left = queue(&mut ana).await;
    for voted in ["Ecology", "Plumbing", "Humanities"] {
        assert!(!left.iter().any(|name| name == voted), "{voted} does not come up again: {left:?}");
    }
    assert!(left.iter().any(|name| name == "Data Engineering"), "{left:?}");

    let mut bo = ana.reopened_by("bo").await;
    for name in ["Ecology", "Plumbing", "Humanities"] {
        bo.press(&format!("/ {} <ret>", name.to_lowercase())).await;
        assert!(row(&bo, name).contains("1/2 votes"), "{}", row(&bo, name));
        bo.sees("1 of 2 votes; the votes show after yours");
        sees_nothing_of(&bo, "accept ana");
        sees_nothing_of(&bo, "reject ana");
    }
    bo.press("g i").await;
    bo.sees("voted on \"Humanities\"");
    sees_nothing_of(&bo, "voted to reject");
    bo.press("<esc> g c").await;
    let waiting = queue(&mut bo).await;
    for name in ["Ecology", "Plumbing", "Humanities"] {
        assert!(waiting.iter().any(|other| other == name), "{name} awaits bo: {waiting:?}");
    }
    bo.press("/ ecology <ret> a").await;
    bo.sees("accepted \"Ecology\"");
    assert!(bo.has_file(ECOLOGY));
    assert_eq!(votes(&bo, "Ecology"), [vote("ana", Side::Accept), vote("bo", Side::Accept)]);
    bo.press("/ plumbing <ret> 7").await;
    bo.sees("voted to reject \"Plumbing\" as trivial (contested)");
    assert_eq!(state(&bo, "Plumbing"), State::Contested);
    assert!(!bo.has_file(PLUMBING));

    // The row, the card, and what there is to choose from.
    bo.press("/ plumbing <ret>").await;
    assert!(row(&bo, "Plumbing").contains("⇄ Plumbing"), "{}", row(&bo, "Plumbing"));
    bo.sees("contested · discipline");
    bo.sees("contested: accept ana; reject bo");
    bo.press("F").await;
    bo.type_text("contested").await;
    bo.press("<ret> <esc>").await;
    assert_eq!(queue(&mut bo).await, ["Plumbing"]);
    bo.sees("1 pending");

    // A third is as blind, and two to one is not enough.
    let mut carol = bo.reopened_by("carol").await;
    assert!(queue(&mut carol).await.iter().any(|name| name == "Plumbing"));
    carol.press("/ plumbing <ret>").await;
    carol.sees("contested; the votes show after yours");
    sees_nothing_of(&carol, "accept ana");
    carol.press("a").await;
    carol.sees("voted to accept \"Plumbing\" (contested)");
    assert_eq!(state(&carol, "Plumbing"), State::Contested);
    carol.press("/ plumbing <ret>").await;
    carol.sees("contested: accept ana, carol; reject bo");

    // What is contested comes up again for those who voted: bo thinks better of it.
    let mut bo = carol.reopened_by("bo").await;
    assert!(queue(&mut bo).await.iter().any(|name| name == "Plumbing"));
    bo.press("/ plumbing <ret> a").await;
    bo.sees("accepted \"Plumbing\"");
    assert!(bo.has_file(PLUMBING));
    let all = [vote("ana", Side::Accept), vote("carol", Side::Accept), vote("bo", Side::Accept)];
    assert_eq!(votes(&bo, "Plumbing"), all);
    bo.press("u").await;
    assert!(!bo.has_file(PLUMBING), "the vote before counts again");
    assert_eq!(state(&bo, "Plumbing"), State::Contested);
    assert_eq!(state(&bo, "Humanities"), State::Pending, "nobody but ana has voted on it");
    bo.press("g i t").await;
    bo.sees("Agreement between curators");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fourth_settles_what_three_contest() {
    let mut session = two_votes().await;
    session.press("/ plumbing <ret> a").await;
    for (curator, key) in [("bo", "7"), ("carol", "a"), ("dave", "a")] {
        assert!(!session.has_file(PLUMBING));
        session = session.reopened_by(curator).await;
        session.press(&format!("/ plumbing <ret> {key}")).await;
    }
    session.sees("accepted \"Plumbing\"");
    assert!(session.has_file(PLUMBING), "three to one is ahead by two");
    session.press("/ plumbing <ret>").await;
    session.sees("4 votes: accept ana, carol, dave; reject bo");
}
