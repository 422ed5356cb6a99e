//! A run from the screen that a cap stops, its lists, and going on.

use provost::demo::Step;

use super::Session;

#[tokio::test(flavor = "multi_thread")]
async fn a_cap_stops_a_run_and_a_higher_one_goes_on() {
    let mut session = Session::sample((120, 40)).await;
    session.press("/ optics <ret> g h b ctrl-u").await;
    session.type_text("7 items").await;
    session.press("enter s").await;
    session.sees("It stops at 7 items, counted over all its starts.");
    session.press("y").await;
    session.sees("The cap of 7 items is reached.");
    assert_eq!(session.server.ledger().requests(Step::Answer), 7, "what was under way was finished");
    session.press("esc ]").await;
    session.sees("[Newest 7]");
    session.press("enter").await;
    session.sees("Question:");
    session.press("esc ] ]").await;
    session.sees("[Servers 1]");
    session.press("s y").await;
    assert_eq!(session.server.ledger().requests(Step::Question), 7, "the cap is for the run, not for the start");
    session.press("esc b ctrl-u").await;
    session.type_text("none").await;
    session.press("enter s y").await;
    session.sees("done");
    assert_eq!(session.server.ledger().requests(Step::Question), 20);
}
