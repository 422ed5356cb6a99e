use std::sync::Arc;

use super::*;
use crate::homework::{Amount, Ended, ItemFailed, Phase, Plan, PlanRequest, Progress, Recipe, StepRecipe};
use crate::taxonomy::Untrusted;

fn recipe() -> Recipe {
    let step = || StepRecipe { prompt: "p1".into(), model: "provost-demo".into(), sampling: Default::default() };
    Recipe { language: "English".into(), question: step(), answer: step(), typed_prompt: String::new() }
}

/// Answers a request for a plan, as the runtime does.
pub(crate) fn planned(desk: &mut Desk) {
    let Some(Effect::PlanHomework(request)) = desk.effects.last().cloned() else { panic!("{:?}", desk.effects) };
    let plan = Arc::new(Plan::new(&desk.model.snapshot, &request, &recipe()));
    desk.send(Msg::Homework(News::Planned { request, outcome: Ok(Planned { plan, estimate: None, changes: None }) }));
}

fn progress(done: u64, failed: u64, phase: Phase) -> Arc<Progress> {
    Arc::new(Progress { phase, total: 20, done, failed, running: 4, left: 16 - done - failed, ..Progress::default() })
}

/// On the Homework screen with a plan for everything.
fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.press("g g g h");
    planned(&mut desk);
    desk
}

/// With a run under way.
fn going() -> Desk {
    let mut desk = desk();
    desk.press("s y");
    desk.send(Msg::Homework(News::Started("20261121T101500Z-0a1b2c3d".parse().unwrap())));
    desk.send(Msg::Homework(News::Progress(progress(5, 0, Phase::Running))));
    desk
}

#[test]
fn the_plan_is_for_what_is_focused_in_the_tree() {
    let mut desk = Desk::new();
    let physics = fixture::node(&PHYSICS);
    let request = |nodes| PlanRequest { nodes, amount: Amount::PerSubject(20), seed: 1, shares: Default::default() };
    assert_eq!(desk.press("g h"), [Effect::PlanHomework(request(vec![physics]))], "from a proposal: its parent");
    desk.press("g c g g");
    assert_eq!(desk.press("g h"), [Effect::PlanHomework(request(vec![]))]);
    desk.press("g i");
    assert_eq!(desk.press("g h"), [Effect::PlanHomework(request(vec![]))], "from elsewhere it stays");
}

#[test]
fn what_is_not_eligible_is_listed_with_its_reason() {
    let mut desk = desk();
    let plan = desk.model.homework.plan().unwrap();
    assert_eq!((plan.total(), plan.subjects.len()), (20, 1));
    assert_eq!(plan.ineligible, [(fixture::acoustics(), "its syllabus is proposed but not yet accepted")]);
    desk.press("F enter");
    assert_eq!((desk.model.screen, desk.at_name().as_str()), (Screen::Curate, "Acoustics"));
}

#[test]
fn a_plan_for_an_older_request_is_ignored() {
    let mut desk = Desk::new();
    desk.press("g h");
    let old = desk.effects.clone();
    desk.press("e ctrl-u");
    desk.type_text("500 together, seed 3");
    let effects = desk.press("enter");
    let [Effect::PlanHomework(request)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((request.amount, request.seed), (Amount::Count(500), 3));
    let Some(Effect::PlanHomework(request)) = old.last().cloned() else { panic!() };
    desk.send(Msg::Homework(News::Planned { request, outcome: Err("old".into()) }));
    assert!(desk.model.homework.plan.is_none());
    desk.press("s");
    assert_eq!(desk.message(), "The plan is being made.");
}

#[test]
fn a_line_that_is_no_plan_is_asked_for_again() {
    let mut desk = desk();
    desk.press("e ctrl-u");
    desk.type_text("lots");
    assert_eq!(desk.press("enter"), []);
    assert_eq!((desk.model.overlays.len(), desk.model.homework.request.amount), (1, Amount::PerSubject(20)));
}

#[test]
fn a_run_starts_after_its_numbers_were_shown() {
    let mut desk = desk();
    assert_eq!(desk.press("s"), []);
    let Some(Overlay::Confirm(confirm)) = desk.model.overlays.last() else { panic!() };
    assert_eq!(confirm.title, "Generate 20 items?");
    let request = desk.model.homework.request.clone();
    assert_eq!(desk.press("y"), [Effect::StartRun { request, concurrency: 16 }]);
    desk.press("s");
    assert!(desk.message().starts_with("A run is under way"), "{}", desk.message());
}

#[test]
fn nothing_starts_where_nothing_is_eligible_or_the_model_is_missing() {
    let mut desk = Desk::new();
    desk.focus(fixture::node(&["Humanities"]));
    desk.press("g h");
    planned(&mut desk);
    desk.press("s");
    assert!(desk.message().starts_with("No subject here is eligible"), "{}", desk.message());
    let request = desk.model.homework.request.clone();
    let outcome = Err("No model is configured for questions.".into());
    desk.send(Msg::Homework(News::Planned { request, outcome }));
    desk.press("s");
    assert_eq!((desk.message().as_str(), desk.model.overlays.len()), ("No model is configured for questions.", 0));
}

#[test]
fn pause_goes_on_stop_finishes_and_abort_asks() {
    let mut desk = going();
    assert_eq!(desk.press("p"), [Effect::PauseRun]);
    desk.send(Msg::Homework(News::Progress(progress(6, 0, Phase::Paused))));
    assert_eq!(desk.press("p"), [Effect::ResumeRun]);
    assert_eq!(desk.press("x"), [Effect::StopRun]);
    desk.send(Msg::Homework(News::Progress(progress(7, 0, Phase::Stopping))));
    assert_eq!(desk.press("x"), []);
    assert!(desk.message().starts_with("It is stopping"), "{}", desk.message());
    assert_eq!(desk.press("X"), []);
    assert_eq!(desk.press("y"), [Effect::AbortRun]);
}

#[test]
fn concurrency_goes_up_and_down_within_bounds() {
    let mut desk = desk();
    assert_eq!(desk.press("+"), [], "before the start only the number changes");
    assert_eq!(desk.model.homework.concurrency, 20);
    for _ in 0..40 {
        desk.press("-");
    }
    assert_eq!(desk.model.homework.concurrency, 1);
    let mut desk = going();
    assert_eq!(desk.press("+ -"), [Effect::SetConcurrency(20), Effect::SetConcurrency(16)]);
    for _ in 0..80 {
        desk.press("+");
    }
    assert_eq!(desk.model.homework.concurrency, crate::homework::MOST_CONCURRENT);
}

#[test]
fn the_end_is_told_and_the_plan_made_again() {
    let mut desk = going();
    let failed =
        ItemFailed { item: "0".repeat(32).parse().unwrap(), class: "cut", message: Untrusted::from("cut off") };
    desk.send(Msg::Homework(News::Failed(failed.clone())));
    let end = News::Ended { ended: Ended::Done, progress: progress(15, 1, Phase::Ended), dir: "runs/x".into() };
    let before = desk.effects.len();
    desk.send(Msg::Homework(end));
    assert!(matches!(desk.effects[before..], [Effect::Bell, Effect::PlanHomework(_)]));
    assert_eq!(desk.message(), "The run is done: 15 items, 1 failed.");
    assert_eq!(desk.model.last.as_deref(), Some("The run is done: 15 items, 1 failed."), "it outlives the message");
    assert_eq!(desk.model.homework.run.as_ref().unwrap().failures, [failed]);
    planned(&mut desk);
    desk.press("r");
    assert!(matches!(desk.press("y")[..], [Effect::StartRun { .. }]), "what failed is tried again");
}

#[test]
fn a_run_that_cannot_start_leaves_the_plan() {
    let mut desk = desk();
    desk.press("s y");
    desk.send(Msg::Homework(News::Refused("The run is being worked on by another process.".into())));
    assert!(desk.model.homework.run.is_none());
    assert_eq!(desk.message(), "The run is being worked on by another process.");
    assert!(desk.model.homework.planned().is_some());
}

#[test]
fn deciding_goes_on_during_a_run_and_leaving_asks_first() {
    let mut desk = going();
    desk.press("g c");
    desk.focus(subject("Mechanics"));
    desk.press("a");
    assert_eq!(desk.ops().len(), 1);
    assert_eq!(desk.press("q"), []);
    let Some(Overlay::Confirm(confirm)) = desk.model.overlays.last() else { panic!() };
    assert!(confirm.lines[0].starts_with("5 of 20 items are done"), "{:?}", confirm.lines);
    desk.press("n");
    assert_eq!(desk.press("q y"), [Effect::Quit]);
}

#[test]
fn the_plan_follows_the_taxonomy_unless_a_run_is_going() {
    let mut desk = desk();
    desk.bench.run("bo", accept(&[subject("Mechanics")])).unwrap();
    desk.publish();
    assert!(matches!(desk.effects.last(), Some(Effect::PlanHomework(_))));
    let mut desk = going();
    let before = desk.effects.len();
    desk.bench.run("bo", accept(&[subject("Mechanics")])).unwrap();
    desk.publish();
    assert_eq!(desk.effects.len(), before);
}
