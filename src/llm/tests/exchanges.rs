//! Whole exchanges against a scripted server.

use super::server::{Act, Server, http, says, until_close};
use crate::llm::{
    AnswerContext, Class, Invalid, PromptSet, ProposeContext, QuestionContext, Role, Step, StepSettings, Structuring,
    SyllabusContext, Turn, propose_nodes, propose_syllabus,
};

const NO_SCHEMA: &str = r#"{"error":{"message":"response_format json_schema is not supported"}}"#;
const PROSE: &str = "1. Optics: light.\n2. Heat: warmth.";
const LINES: &str = "```\n{\"name\":\"Optics\",\"scope\":\"Light.\"}\n{\"name\":\"Heat\"}\n```";

fn settings(structuring: Structuring) -> StepSettings {
    StepSettings { structuring, ..StepSettings::new(Step::Propose, "m") }
}

fn subjects() -> ProposeContext {
    ProposeContext {
        kind: "subject".to_owned(),
        parent: Some("Physics".to_owned()),
        language: "English".to_owned(),
        ..ProposeContext::default()
    }
}

#[tokio::test]
async fn a_schema_where_the_server_takes_one() {
    let server = Server::start(vec![says(
        r#"{"items":[{"name":"Optics","level":"200","scope":"Light.","subtopics":[],"rationale":"So."},{"level":"1"}]}"#,
    )])
    .await;
    let prompts = PromptSet::embedded().unwrap();
    let exchange = propose_nodes(&server.client(), &prompts, &subjects(), &settings(Structuring::Auto), None).await;
    let parsed = exchange.result.unwrap();
    assert_eq!((parsed.items.len(), parsed.bad.len()), (1, 1));
    let call = &exchange.calls[0];
    assert_eq!(exchange.calls.len(), 1);
    assert_eq!((call.step, call.prompt, call.schema), (Step::Propose, "propose", Some("provost_nodes")));
    assert_eq!((call.model.as_str(), call.reply_model.as_deref()), ("m", Some("served")));
    assert_eq!((call.finish.as_deref(), call.class), (Some("stop"), None));
    assert_eq!(call.prompt_hash, prompts.hash(crate::llm::Prompt::Propose));
    assert_eq!(call.usage.unwrap().prompt_tokens, 10);
    assert!(call.raw.starts_with("{\"items\""));
    assert_eq!(call.messages.len(), 2);
}

#[tokio::test]
async fn two_rounds_where_it_does_not_and_the_server_is_asked_for_it_only_once() {
    let server =
        Server::start(vec![http(400, "", NO_SCHEMA), says(PROSE), says(LINES), says(PROSE), says(LINES)]).await;
    let (client, prompts) = (server.client(), PromptSet::embedded().unwrap());
    for calls in [3, 2] {
        let exchange = propose_nodes(&client, &prompts, &subjects(), &settings(Structuring::Auto), None).await;
        assert_eq!(exchange.result.unwrap().items.len(), 2);
        assert_eq!(exchange.calls.len(), calls);
        let last = exchange.calls.last().unwrap();
        assert_eq!((last.prompt, last.sampling.temperature), ("structure_nodes", Some(0.1)));
        let roles: Vec<_> = last.messages.iter().map(|message| message.role).collect();
        assert_eq!(roles, [Role::System, Role::User, Role::Assistant, Role::User]);
        assert_eq!(last.messages[2].content, PROSE);
        assert!(last.messages[3].content.starts_with("Transform the above to JSON lines"));
    }
    let seen = server.seen();
    assert_eq!(seen.len(), 5);
    assert!(seen[0].body.get("response_format").is_some());
    assert!(seen[1..].iter().all(|seen| seen.body.get("response_format").is_none()));
    assert_eq!(seen[0].body["messages"], seen[1].body["messages"]);
}

#[tokio::test]
async fn prose_in_spite_of_a_schema_is_a_first_round() {
    let server = Server::start(vec![says(PROSE), says(LINES)]).await;
    let prompts = PromptSet::embedded().unwrap();
    let exchange = propose_nodes(&server.client(), &prompts, &subjects(), &settings(Structuring::Auto), None).await;
    assert_eq!(exchange.result.unwrap().items[0].name, "Optics");
    assert_eq!(exchange.calls.len(), 2);

    let server = Server::start(vec![says(PROSE)]).await;
    let exchange = propose_nodes(&server.client(), &prompts, &subjects(), &settings(Structuring::Schema), None).await;
    let failure = exchange.result.unwrap_err();
    assert_eq!(failure.class, Class::Invalid(Invalid::Schema));
    assert_eq!((exchange.calls.len(), exchange.calls[0].raw.as_str()), (1, PROSE));
}

#[tokio::test]
async fn a_failure_keeps_the_calls_made() {
    let server = Server::start(vec![says(PROSE), http(401, "", "")]).await;
    let prompts = PromptSet::embedded().unwrap();
    let asked = settings(Structuring::TwoRounds);
    let exchange = propose_nodes(&server.client(), &prompts, &subjects(), &asked, None).await;
    assert_eq!(exchange.result.unwrap_err().class, Class::ConfigError);
    assert_eq!(exchange.calls.len(), 2);
    assert_eq!((exchange.calls[0].raw.as_str(), exchange.calls[0].class), (PROSE, None));
    assert_eq!(exchange.calls[1].class, Some(Class::ConfigError));
}

#[tokio::test]
async fn a_syllabus_in_two_rounds_with_a_preview_of_the_first() {
    let stream = until_close(
        "text/event-stream",
        "data: {\"choices\":[{\"delta\":{\"content\":\"1. Rays\"}}]}\n\ndata: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
    );
    let lines = "```\n{\"introduction\":\"Light.\",\"objectives\":[\"See\"]}\n{\"title\":\"Rays\",\"description\":\"x\",\"concepts\":[\"$\\frac{n_1}{n_2}$\"]}\n```";
    let server = Server::start(vec![Act::Bytes(stream), says(lines)]).await;
    let settings = StepSettings { stream: true, ..settings(Structuring::TwoRounds) };
    let context = SyllabusContext { subject: "Optics".to_owned(), ..SyllabusContext::default() };
    let mut shown = String::new();
    let exchange = propose_syllabus(
        &server.client(),
        &PromptSet::embedded().unwrap(),
        &context,
        &settings,
        Some(&mut |delta| shown.push_str(&format!("{delta:?}"))),
    )
    .await;
    let parsed = exchange.result.unwrap();
    assert_eq!(parsed.items.len(), 1);
    assert_eq!(parsed.items[0].sessions[0].concepts, [r"$\frac{n_1}{n_2}$"]);
    assert!(parsed.items[0].repaired);
    assert_eq!(shown, "Text(\"1. Rays\")");
}

#[tokio::test]
async fn a_question_and_its_answer() {
    let server = Server::start(vec![says("Why is the sky blue?"), says("It scatters.")]).await;
    let (client, prompts) = (server.client(), PromptSet::embedded().unwrap());
    let context = QuestionContext { learned_up_to: "Waves", ..QuestionContext::default() };
    let question = Turn::question(&prompts, &context, &StepSettings::new(Step::Question, "q")).unwrap();
    let outcome = client.ask(&question.request).await;
    let question = question.exchange(outcome).result.unwrap();
    let asked = AnswerContext { question: question.clone() };
    let answer = Turn::answer(&prompts, &asked, &StepSettings::new(Step::Answer, "a")).unwrap();
    let outcome = client.ask(&answer.request).await;
    let answer = answer.exchange(outcome);
    assert_eq!(answer.result.unwrap(), "It scatters.");
    assert_eq!((answer.calls[0].prompt, answer.calls[0].sampling.temperature), ("answer", Some(0.7)));
    let body = &server.seen()[1].body;
    assert_eq!(body["messages"], serde_json::json!([{"role": "user", "content": question}]));
    assert_eq!(body["model"], "a");
}

#[tokio::test]
async fn nothing_missing_is_a_result() {
    let server = Server::start(vec![says("Nothing is missing."), says("```\n{\"items\": []}\n```")]).await;
    let prompts = PromptSet::embedded().unwrap();
    let asked = settings(Structuring::TwoRounds);
    let exchange = propose_nodes(&server.client(), &prompts, &subjects(), &asked, None).await;
    assert_eq!(exchange.result.unwrap().items, []);
}

#[tokio::test]
async fn a_file_is_given_piece_by_piece_and_its_size_told() {
    let body = "x".repeat(300_000);
    let server = Server::start(vec![http(200, "", &body), http(404, "", r#"{"error":{"message":"No file."}}"#)]).await;
    let client = server.client();
    let mut got = 0;
    let size = client.download("file-1", |piece| {
        got += piece.len();
        Ok(())
    });
    assert_eq!(size.await.unwrap(), 300_000);
    assert_eq!(got, 300_000);
    assert!(server.seen()[0].head.starts_with("GET /v1/files/file-1/content "));
    let failure = client.download("file-2", |_| Ok(())).await.unwrap_err();
    assert!(failure.message.contains("No file"), "{}", failure.message);
}

#[tokio::test]
async fn what_a_server_says_of_a_batch_is_taken_as_far_as_it_has_the_usual_shape() {
    let whole = r#"{"id":"b1","status":"failed","output_file_id":"f2","request_counts":{"total":3,"completed":2,"failed":1},
        "errors":{"data":[{"code":"bad","line":7,"message":"no"}]},"metadata":{"run":"r1"}}"#;
    let odd = r#"{"id":"b1","status":"done","request_counts":"3 of 3","errors":"none","metadata":7}"#;
    let server = Server::start(vec![http(200, "", whole), http(200, "", odd)]).await;
    let batch = server.client().batch("b1").await.unwrap();
    let counts = batch.request_counts.unwrap();
    assert_eq!((counts.total, counts.completed, counts.failed), (3, 2, 1));
    assert_eq!((batch.status.as_str(), batch.output_file_id.as_deref()), ("failed", Some("f2")));
    assert_eq!(batch.errors.unwrap().data[0].line, Some(7));
    assert_eq!(batch.metadata.unwrap()["run"], "r1");
    let batch = server.client().batch("b1").await.unwrap();
    assert_eq!((batch.status.as_str(), batch.request_counts, batch.errors), ("done", None, None));
    assert_eq!(batch.metadata, None);
}
