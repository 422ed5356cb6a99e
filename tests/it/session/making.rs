//! Homework from the screen.

use provost::demo::Step;

use super::Session;
use crate::runs;

fn records(session: &Session) -> usize {
    runs::records(&session.path.join("runs")).len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_shown_and_one_key_makes_it_so() {
    let mut session = Session::sample((120, 40)).await;
    session.press("/ optics <ret> g h").await;
    session.sees("Optics");
    assert_eq!(session.server.ledger().requests(Step::Question), 0, "a plan asks nobody");
    session.press("s y").await;
    let planned = 20;
    assert_eq!(records(&session), planned, "{}", session.screen());
    assert_eq!(session.server.ledger().requests(Step::Question), planned as u64);
    session.sees("done");

    session.press("s y").await;
    assert_eq!(records(&session), planned, "nothing is asked twice");
    assert_eq!(session.server.ledger().requests(Step::Answer), planned as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_syllabus_is_reviewed_by_row_and_accepted_and_then_it_can_have_homework() {
    let mut session = Session::sample((120, 40)).await;
    session.press("/ classical <ret> g s").await;
    session.sees("Classical Mechanics");
    let rows = 10;
    for _ in 0..rows {
        session.press("a").await;
    }
    session.press("A").await;
    let path = "natural-sciences/physics/classical-mechanics.yaml";
    let text = std::fs::read_to_string(session.path.join("tree").join(path)).unwrap();
    assert!(text.contains("syllabus:"), "{}", session.screen());
    session.press("g h").await;
    session.sees("Classical Mechanics");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_is_for_what_was_looked_at_on_the_screen_before() {
    let mut session = Session::sample((120, 40)).await;
    session.press("/ optics <ret> g s g h").await;
    session.sees("for \"Optics\"");
    session.press("g c / chemistry <ret> g h").await;
    session.sees("for \"Chemistry\"");
}
