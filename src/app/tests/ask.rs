use super::*;
use crate::taxonomy::{Part, Trim};

fn asked(node: Option<NodeId>, what: What, reason: Option<&str>, job: u64) -> Effect {
    Effect::AskModel { job: JobId(job), node, what, reason: reason.map(str::to_owned), trim: Trim::default() }
}

#[test]
fn r_asks_below_the_focused_node_for_what_belongs_there() {
    let mut desk = Desk::new();
    desk.press("g g");
    assert_eq!(desk.press("r enter"), [asked(None, What::Children, None, 1)]);
    desk.focus(fixture::node(&PHYSICS));
    assert_eq!(desk.press("r enter"), [asked(Some(fixture::node(&PHYSICS)), What::Children, None, 2)]);
    desk.focus(fixture::optics());
    assert_eq!(desk.press("r enter"), [asked(Some(fixture::optics()), What::Syllabus, None, 3)]);
    assert_eq!(desk.press("r"), [], "once is enough");
    assert_eq!((desk.model.jobs.len(), desk.model.overlays.len()), (3, 0));
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
    desk.press("t t t");
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
    assert!(desk.message().starts_with("It has a syllabus"));
}

#[test]
fn proposals_arrive_while_the_curator_works_on() {
    let mut desk = Desk::new();
    desk.focus(fixture::node(&["Humanities"]));
    desk.press("r enter");
    desk.focus(subject("Modern optics"));
    desk.bench.propose(vec![fixture::child(&["Humanities"], "Philology", "")]);
    desk.publish();
    desk.send(Msg::Job { id: JobId(1), event: JobEvent::Arrived(1) });
    desk.send(Msg::Job { id: JobId(1), event: JobEvent::Began(10) });
    let job = desk.model.jobs[0].clone();
    assert_eq!((job.runs, job.answered, job.arrived, desk.at_name().as_str()), (10, 1, 1, "Modern optics"));
    assert!(desk.rows().contains(&"  Philology".to_owned()), "the branch that was asked about is unfolded");
    desk.send(Msg::Job { id: JobId(1), event: JobEvent::Finished { added: 1, remark: "2 were known.".into() } });
    assert_eq!((desk.model.jobs.len(), desk.message().as_str()), (0, "\"Humanities\": 1 new proposal."));
}

#[test]
fn stopping_cancels_every_question() {
    let mut desk = Desk::new();
    desk.press("g g r enter");
    desk.focus(fixture::optics());
    desk.press("r enter");
    assert_eq!(desk.press("X"), [Effect::CancelJob(JobId(1)), Effect::CancelJob(JobId(2))]);
    desk.send(Msg::Job { id: JobId(1), event: JobEvent::Cancelled });
    desk.send(Msg::Job { id: JobId(2), event: JobEvent::Failed("The server is away.".into()) });
    desk.send(Msg::Job { id: JobId(2), event: JobEvent::Arrived(3) });
    assert_eq!((desk.model.jobs.len(), desk.message().as_str()), (0, "The server is away."));
    desk.press("X");
    assert_eq!(desk.message(), "No model is being asked.");
}

fn purpose(desk: &Desk) -> Purpose {
    match desk.model.overlays.last() {
        Some(Overlay::Line(line)) => line.purpose.clone(),
        other => panic!("no line: {other:?}"),
    }
}

#[test]
fn what_the_model_will_be_told_is_counted_shown_and_trimmed_before_it_is_asked() {
    let mut desk = Desk::new();
    let physics = Some(fixture::node(&PHYSICS));
    desk.focus(fixture::node(&PHYSICS));
    desk.press("r");
    // Two accepted, five pending; one rejected.
    let Purpose::Ask { counts, .. } = purpose(&desk) else { panic!() };
    assert_eq!(counts, [7, 1, 0]);
    desk.type_text("optics of metals");
    let reason = || Some("optics of metals".to_owned());
    let write = |trim| Effect::WritePrompt { node: physics, what: What::Children, reason: reason(), trim };
    assert_eq!(desk.press("tab"), [write(Trim::default())]);
    let no_rejections = Trim::of([Part::Rejections]);
    assert_eq!(desk.press("r"), [write(no_rejections)]);

    let written = |text: &str| Ok(vec![Written { title: "subjects".into(), text: text.into() }]);
    let prompts =
        |node, trim, text| Msg::Prompts { node, what: What::Children, reason: reason(), trim, outcome: written(text) };
    desk.send(prompts(physics, Trim::default(), "with them"));
    desk.send(prompts(physics, no_rejections, "without them"));
    desk.send(prompts(physics, Trim::default(), "late"));
    desk.send(prompts(None, no_rejections, "of another question"));
    let Some(Overlay::Preview(preview)) = desk.model.overlays.last() else { panic!() };
    assert_eq!(preview.prompts, Some(written("without them")), "only what belongs to what is trimmed now");

    desk.press("esc");
    let Purpose::Ask { trim, .. } = purpose(&desk) else { panic!() };
    assert_eq!(trim, no_rejections, "back on the line it stays trimmed");
    desk.press("tab e e");
    let send = desk.press("enter");
    assert_eq!(
        send,
        [Effect::AskModel {
            job: JobId(1),
            node: physics,
            what: What::Children,
            reason: reason(),
            trim: no_rejections
        }]
    );
    assert!(desk.model.overlays.is_empty());
}

#[test]
fn a_syllabus_prompt_has_only_rejections_to_trim() {
    let mut desk = Desk::new();
    desk.focus(fixture::optics());
    desk.press("r");
    assert!(matches!(desk.press("tab")[..], [Effect::WritePrompt { what: What::Syllabus, .. }]));
    assert_eq!(desk.press("s e"), []);
    assert_eq!(desk.press("r").len(), 1);
}

#[test]
fn embeddings_change_the_neighbours_and_stopping_or_a_failure_leaves_what_is_known() {
    use crate::app::Meant;
    use crate::taxonomy::similarity::{Vector, Vectors, text_key};
    use std::sync::Arc;

    let mut desk = Desk::new();
    desk.focus(fixture::optics());
    let acoustics = |desk: &Desk| desk.model.focus.near.iter().find(|near| near.node == fixture::acoustics()).cloned();
    assert_eq!(acoustics(&desk), None, "their names share a syllable");
    let mut vectors = Vectors::default();
    let far = fixture::node(&["Natural Sciences", "Physics"]);
    for (node, numbers) in [(fixture::optics(), [1.0, 0.1]), (fixture::acoustics(), [1.0, 0.0]), (far, [0.0, 1.0])] {
        vectors.put(node, text_key(""), Vector::of(&numbers).unwrap());
    }
    desk.send(Msg::Meant(Meant::Progress { done: 64, total: 128, vectors: Arc::new(vectors) }));
    assert_eq!(desk.model.meaning.progress, Some((64, 128)));
    assert_eq!(acoustics(&desk).unwrap().by.as_deref(), Some("meaning"));
    assert_eq!(desk.press("X"), [Effect::StopEmbedding]);
    desk.send(Msg::Meant(Meant::Ended { vectors: None, failure: None, remark: None }));
    assert_eq!(desk.message(), "Stopped embedding; what is known stays.");
    assert!(desk.model.meaning.progress.is_none() && acoustics(&desk).is_some());
    let known = desk.model.meaning.vectors.clone();
    desk.send(Msg::Meant(Meant::Ended { vectors: Some(known), failure: Some("No such model.".into()), remark: None }));
    assert_eq!(desk.message(), "No such model.");
    assert!(acoustics(&desk).is_some());
}

#[test]
fn with_marks_the_cursor_does_not_say_whether_one_can_ask() {
    let mut desk = Desk::new();
    desk.focus(fixture::optics());
    desk.press("space");
    desk.focus(fixture::node(&["Natural Sciences", "Chemistry", "Organic chemistry"]));
    desk.press("r");
    assert_eq!(purpose(&desk), Purpose::AskMany(vec![(Some(fixture::optics()), What::Syllabus)]));
}

#[test]
fn the_rows_below_what_is_asked_about_are_there_at_once() {
    let mut desk = Desk::new();
    desk.press("z M");
    desk.focus(fixture::node(&["Natural Sciences"]));
    assert!(!desk.rows().contains(&"  Physics".to_owned()), "{:?}", desk.rows());
    desk.press("r enter");
    assert!(desk.rows().contains(&"  Physics".to_owned()), "{:?}", desk.rows());
}

#[test]
fn a_list_that_is_not_added_unfolds_nothing() {
    let mut desk = Desk::new();
    desk.press("z M");
    desk.focus(fixture::node(&["Natural Sciences"]));
    let rows = desk.rows();
    desk.press("o");
    desk.send(Msg::Paste("Biology\nGeology\n".into()));
    desk.press("n");
    desk.publish();
    assert_eq!((desk.rows() == rows, desk.model.tree.open.len()), (true, 0));
    desk.press("o");
    desk.send(Msg::Paste("Biology\nGeology\n".into()));
    desk.press("y");
    assert!(desk.rows().contains(&"  Geology".to_owned()));
}
