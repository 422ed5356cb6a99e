use std::sync::Arc;

use super::*;
use crate::homework::{
    Amount, Ended, Endpoint, FailureCount, Finished, ItemFailed, Limits, Phase, Plan, PlanRequest, Progress, Recipe,
    StepRecipe,
};
use crate::taxonomy::Untrusted;

fn recipe() -> Recipe {
    let step = || StepRecipe { prompt: "p1".into(), model: "provost-demo".into(), sampling: Default::default() };
    Recipe { language: "English".into(), question: step(), answer: step(), typed_prompt: String::new() }
}

/// Answers a request for a plan, as the runtime does.
pub(crate) fn planned(desk: &mut Desk) {
    let Some(Effect::PlanHomework(request)) = desk.effects.last().cloned() else { panic!("{:?}", desk.effects) };
    let plan = Arc::new(Plan::new(&desk.model.snapshot, &request, &recipe()));
    desk.send(Msg::Homework(News::Planned {
        request,
        outcome: Ok(Planned { plan, estimate: None, changes: None, terms: Box::default() }),
    }));
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
    desk.press("] enter");
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
    let limits = Limits::default();
    assert_eq!(desk.press("y"), [Effect::StartRun { request, concurrency: 16, limits }]);
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
    desk.send(Msg::Homework(News::Failed(vec![failed.clone()])));
    let end = News::Ended { ended: Ended::Done, progress: progress(15, 1, Phase::Ended), dir: "runs/x".into() };
    let before = desk.effects.len();
    desk.send(Msg::Homework(end));
    let told = "The run is done: 15 items, 1 failed.";
    assert!(matches!(&desk.effects[before..], [Effect::Notify(text), Effect::PlanHomework(_)] if text == told));
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

fn finished(number: u8) -> Arc<Finished> {
    let item = format!("{number:032x}").parse().unwrap();
    let path = vec!["Natural Sciences".into(), "Optics".into()];
    let question = format!("Question {number}?").into();
    Arc::new(Finished { item, path, question, answer: "Answer.".into(), unfit: None })
}

fn with(newest: &[u8]) -> Msg {
    let failure = FailureCount {
        class: "refused",
        count: 2,
        example: Untrusted::from("The model declined."),
        sample: Some(finished(9)),
    };
    let newest = newest.iter().map(|number| finished(*number)).collect();
    let now = Progress { newest, failures: vec![failure], ..(*progress(5, 2, Phase::Running)).clone() };
    Msg::Homework(News::Progress(Arc::new(now)))
}

#[test]
fn the_lists_of_a_run_are_gone_through_both_ways() {
    let mut desk = going();
    let mut seen = Vec::new();
    for _ in 0..7 {
        seen.push(desk.model.homework.shows);
        desk.press("]");
    }
    use Shows::{Balance, Branches, Failures, Newest, NotEligible, Servers, Subjects};
    assert_eq!(seen, [Branches, Newest, Failures, Servers, Subjects, NotEligible, Balance]);
    assert_eq!(desk.model.homework.shows, Branches, "round");
    desk.press("[ [ F");
    assert_eq!(desk.model.homework.shows, Balance);
    let mut desk = self::desk();
    desk.press("[");
    assert_eq!(desk.model.homework.shows, Balance, "without a run there are three");
}

#[test]
fn who_reads_an_item_stays_with_it_while_others_come_in() {
    let mut desk = going();
    desk.press("]");
    desk.send(with(&[3, 2, 1]));
    let at = |desk: &Desk| {
        let screen = &desk.model.homework;
        screen.run.as_ref().unwrap().progress.newest[screen.at].question.raw().to_owned()
    };
    assert_eq!(at(&desk), "Question 3?");
    desk.send(with(&[4, 3, 2, 1]));
    assert_eq!(at(&desk), "Question 4?", "the first row is whatever is newest");
    desk.press("j j");
    assert_eq!(at(&desk), "Question 2?");
    desk.send(with(&[6, 5, 4, 3, 2]));
    assert_eq!(at(&desk), "Question 2?");
    desk.press("enter");
    let Some(Overlay::Message(message)) = desk.model.overlays.last() else { panic!() };
    assert!(message.lines.contains(&"Question 2?".to_owned()), "{:?}", message.lines);
    desk.send(with(&[8, 7]));
    assert_eq!(at(&desk), "Question 7?", "it is gone: the last row there is");
    assert_eq!(desk.model.overlays.len(), 1, "what is read stays open");
}

#[test]
fn a_class_of_failures_opens_a_real_example() {
    let mut desk = going();
    desk.send(with(&[1]));
    desk.press("] ] enter");
    let Some(Overlay::Message(message)) = desk.model.overlays.last() else { panic!() };
    assert_eq!(message.title, "refused: one of 2");
    assert_eq!(message.lines[0], "The model declined.");
    assert!(message.lines.contains(&"Question 9?".to_owned()));
    desk.press("esc ]");
    assert_eq!(desk.press("enter"), []);
    assert!(desk.message().starts_with("All there is to say"), "{}", desk.message());
}

/// What stands in the line that is open.
fn typed(desk: &Desk) -> &str {
    let Some(Overlay::Line(line)) = desk.model.overlays.last() else { panic!("no line is open") };
    line.field.text()
}

#[test]
fn caps_are_set_before_and_during_a_run() {
    let mut desk = desk();
    desk.press("b");
    assert_eq!(typed(&desk), "", "nothing is capped, and typing begins a cap");
    desk.type_text("50 items");
    assert_eq!(desk.press("enter"), []);
    desk.press("s");
    let Some(Overlay::Confirm(confirm)) = desk.model.overlays.last() else { panic!() };
    assert!(confirm.lines.iter().any(|line| line.starts_with("It stops at 50 items")), "{:?}", confirm.lines);
    let [Effect::StartRun { limits, .. }] = desk.press("y")[..] else { panic!() };
    assert_eq!(limits, Limits { items: Some(50), ..Limits::default() });
    let mut desk = going();
    desk.press("b ctrl-u");
    desk.type_text("$5");
    assert_eq!(desk.press("enter"), []);
    assert!(desk.message().contains("needs the price of every model"), "{}", desk.message());
    desk.press("ctrl-u");
    desk.type_text("lots");
    desk.press("enter");
    assert!(desk.message().starts_with("That is no cap"), "{}", desk.message());
    assert_eq!(typed(&desk), "lots", "what was typed is there to be mended");
    desk.press("ctrl-u");
    desk.type_text("2k tokens");
    let limits = Limits { tokens: Some(2_000), ..Limits::default() };
    assert_eq!(desk.press("enter"), [Effect::SetLimits(limits)]);
    let priced = Progress { cost_usd: Some(0.1), ..(*progress(5, 0, Phase::Running)).clone() };
    desk.send(Msg::Homework(News::Progress(Arc::new(priced))));
    desk.press("b ctrl-u");
    desk.type_text("$5");
    assert!(matches!(desk.press("enter")[..], [Effect::SetLimits(_)]));
}

#[test]
fn a_used_up_budget_says_how_to_go_on() {
    let mut desk = going();
    let ended = Ended::Budget("The cap of 5 items is reached.".into());
    desk.send(Msg::Homework(News::Ended { ended, progress: progress(5, 0, Phase::Ended), dir: "runs/x".into() }));
    assert_eq!(
        desk.message(),
        "The cap of 5 items is reached. 5 items are on disk; b raises the cap, then start again."
    );
}

#[test]
fn title_and_taskbar_follow_the_run_and_go_with_it() {
    let desk = self::desk();
    assert_eq!(outside(&desk.model), Outside { title: Some("provost · Sample taxonomy".into()), progress: None });
    let mut desk = going();
    let shown = outside(&desk.model);
    assert_eq!(shown.title.as_deref(), Some("25 % · provost · Sample taxonomy"));
    assert_eq!(shown.progress, Some((Mood::Going, 25)));
    desk.send(Msg::Homework(News::Progress(progress(6, 0, Phase::Paused))));
    assert_eq!(outside(&desk.model).progress, Some((Mood::Held, 30)));
    let mut down = (*progress(6, 0, Phase::Running)).clone();
    let mut endpoint = Endpoint::default();
    endpoint.health.set_aside = Some(std::time::Duration::from_secs(9));
    down.endpoints = vec![endpoint];
    desk.send(Msg::Homework(News::Progress(Arc::new(down))));
    assert_eq!(outside(&desk.model).progress, Some((Mood::Bad, 30)));
    let end = News::Ended { ended: Ended::Done, progress: progress(16, 0, Phase::Ended), dir: "runs/x".into() };
    desk.send(Msg::Homework(end));
    assert_eq!(outside(&desk.model), Outside { title: Some("provost · Sample taxonomy".into()), progress: None });
}

#[test]
fn a_question_says_how_it_is_now() {
    let mut desk = going();
    desk.press("g c q");
    desk.send(Msg::Homework(News::Progress(progress(9, 0, Phase::Running))));
    let lines = |desk: &Desk| match desk.model.overlays.last() {
        Some(Overlay::Confirm(confirm)) => confirm.lines.clone(),
        other => panic!("{other:?}"),
    };
    assert!(lines(&desk)[0].starts_with("9 of 20 items are done"), "{:?}", lines(&desk));
    let end = || News::Ended { ended: Ended::Done, progress: progress(16, 0, Phase::Ended), dir: "runs/x".into() };
    desk.send(Msg::Homework(end()));
    assert_eq!(lines(&desk), ["The run has ended meanwhile; nothing would be stopped."]);
    assert_eq!(desk.press("y"), [Effect::Quit]);
    let mut desk = going();
    desk.press("X");
    desk.send(Msg::Homework(end()));
    assert_eq!(desk.model.overlays.len(), 0, "nothing is left to be dropped");
}

#[test]
fn without_a_model_the_plan_is_shown_and_cannot_start() {
    let mut desk = desk();
    let request = desk.model.homework.request.clone();
    let mut planned = desk.model.homework.planned().unwrap().clone();
    planned.terms.no_model = Some("No model is named for the step `question`.".into());
    desk.send(Msg::Homework(News::Planned { request, outcome: Ok(planned) }));
    assert_eq!(desk.model.homework.rows_of(Shows::Subjects), 1);
    desk.press("s");
    assert_eq!(desk.message(), "No model is named for the step `question`.");
    assert_eq!(desk.model.overlays.len(), 0);
}
