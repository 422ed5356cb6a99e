use super::*;

fn asked(node: Option<NodeId>, what: What, reason: Option<&str>, job: u64) -> Effect {
    Effect::AskModel { job: JobId(job), node, what, reason: reason.map(str::to_owned) }
}

#[test]
fn r_asks_below_the_focused_node_for_what_belongs_there() {
    let mut desk = Desk::new();
    desk.press("g g");
    assert_eq!(desk.press("r"), [asked(None, What::Children, None, 1)]);
    desk.focus(fixture::node(&PHYSICS));
    assert_eq!(desk.press("r"), [asked(Some(fixture::node(&PHYSICS)), What::Children, None, 2)]);
    desk.focus(fixture::optics());
    assert_eq!(desk.press("r"), [asked(Some(fixture::optics()), What::Syllabus, None, 3)]);
    assert_eq!(desk.press("r"), [], "once is enough");
    assert_eq!(desk.model.jobs.len(), 3);
}

#[test]
fn r_on_a_proposal_asks_again_at_its_parent_with_a_reason() {
    let mut desk = Desk::new();
    assert_eq!(desk.press("r"), []);
    desk.type_text("broader");
    assert_eq!(desk.press("enter"), [asked(Some(fixture::node(&PHYSICS)), What::Children, Some("broader"), 1)]);
}

#[test]
fn after_a_rejection_the_reason_is_there_already() {
    let mut desk = Desk::new();
    desk.press("F F F");
    desk.focus(subject("Geometric optics"));
    desk.press("r");
    assert_eq!(desk.press("enter"), [asked(Some(fixture::node(&PHYSICS)), What::Children, Some("duplicate"), 1)]);
}

#[test]
fn below_a_proposal_nothing_is_asked_before_it_is_accepted() {
    let mut desk = Desk::new();
    desk.focus(fixture::node(&["Natural Sciences", "Chemistry", "Organic chemistry"]));
    assert_eq!(desk.press("r"), []);
    assert!(desk.message().contains("not accepted yet"));
}

#[test]
fn syllabi_of_a_whole_branch_are_asked_for_after_a_count() {
    let mut desk = Desk::new();
    desk.press("a");
    desk.focus(subject("Miscellaneous topics"));
    desk.press("a");
    desk.focus(fixture::node(&PHYSICS));
    assert_eq!(desk.press("R"), []);
    let effects = desk.press("y");
    let subjects = ["Mechanics", "Miscellaneous topics"].map(subject);
    assert_eq!(
        effects,
        [asked(Some(subjects[0]), What::Syllabus, None, 1), asked(Some(subjects[1]), What::Syllabus, None, 2)]
    );
}

#[test]
fn a_single_subject_needs_no_question() {
    let mut desk = Desk::new();
    desk.press("a");
    desk.focus(subject("Mechanics"));
    assert_eq!(desk.press("R"), [asked(Some(subject("Mechanics")), What::Syllabus, None, 1)]);
    desk.focus(fixture::optics());
    desk.press("R");
    assert!(desk.message().starts_with("Every subject here"));
}

#[test]
fn proposals_arrive_while_the_curator_works_on() {
    let mut desk = Desk::new();
    desk.focus(fixture::node(&["Humanities"]));
    desk.press("r");
    desk.focus(subject("Modern optics"));
    desk.bench.propose(vec![fixture::child(&["Humanities"], "Philology", "")]);
    desk.publish();
    desk.send(Msg::Job { id: JobId(1), event: JobEvent::Arrived(1) });
    assert_eq!((desk.model.jobs[0].arrived, desk.at_name().as_str()), (1, "Modern optics"));
    assert!(desk.rows().contains(&"  Philology".to_owned()), "the branch that was asked about is unfolded");
    desk.send(Msg::Job { id: JobId(1), event: JobEvent::Finished { added: 1, remark: "2 were known.".into() } });
    assert_eq!((desk.model.jobs.len(), desk.message().as_str()), (0, "\"Humanities\": 1 new proposal."));
}

#[test]
fn stopping_cancels_every_question() {
    let mut desk = Desk::new();
    desk.press("g g r");
    desk.focus(fixture::optics());
    desk.press("r");
    assert_eq!(desk.press("X"), [Effect::CancelJob(JobId(1)), Effect::CancelJob(JobId(2))]);
    desk.send(Msg::Job { id: JobId(1), event: JobEvent::Cancelled });
    desk.send(Msg::Job { id: JobId(2), event: JobEvent::Failed("The server is away.".into()) });
    desk.send(Msg::Job { id: JobId(2), event: JobEvent::Arrived(3) });
    assert_eq!((desk.model.jobs.len(), desk.message().as_str()), (0, "The server is away."));
    desk.press("X");
    assert_eq!(desk.message(), "No model is being asked.");
}
