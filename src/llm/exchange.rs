//! Whole exchanges: from a context to proposals, a question or an answer, with every call on record.

use serde::{Deserialize, Serialize};

use super::parse::{self, ParseError, Parsed, ProposedNode, ProposedSession, ProposedSyllabus, Score};
use super::prompts::{Prompt, PromptError, PromptSet, Rendered};
use super::text::visible;
use super::turn::{Turn, invalid, read_score, unusable};
use super::{
    Attempt, Class, Client, Delta, Failure, JudgeContext, Message, ProposeContext, Sampling, Schema, SessionContext,
    Step, SyllabusContext, Usage, schema,
};

/// How structure is had from a model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Structuring {
    /// A JSON schema where the endpoint takes one, two rounds where not.
    #[default]
    Auto,
    /// A JSON schema, or failure.
    Schema,
    /// Free text first, then JSON lines: the paper's way (section 2.2).
    TwoRounds,
}

/// How a step asks.
#[derive(Clone, Debug, PartialEq)]
pub struct StepSettings {
    /// The model's name at the endpoint.
    pub model: String,
    /// Sampling parameters.
    pub sampling: Sampling,
    /// How structure is had; of no meaning for questions and answers.
    pub structuring: Structuring,
    /// Whether replies travel piece by piece.
    pub stream: bool,
}

impl StepSettings {
    /// A model with the defaults of `step`.
    #[must_use]
    pub fn new(step: Step, model: impl Into<String>) -> Self {
        Self { model: model.into(), sampling: Sampling::for_step(step), structuring: Structuring::Auto, stream: false }
    }
}

/// One question put to a model, and everything worth keeping about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// What it was for.
    pub step: Step,
    /// The template.
    pub prompt: &'static str,
    /// The template's version.
    pub prompt_hash: String,
    /// The conversation sent.
    pub messages: Vec<Message>,
    /// The name of the schema sent along.
    pub schema: Option<&'static str>,
    /// The model asked for.
    pub model: String,
    /// The parameters of the last attempt.
    pub sampling: Sampling,
    /// The reply as it came, without reasoning; what there is of it after a failure.
    pub raw: String,
    /// The model's reasoning, where the server gave it.
    pub reasoning: Option<String>,
    /// The model's name as the server states it.
    pub reply_model: Option<String>,
    /// The server's word for how it ended.
    pub finish: Option<String>,
    /// The server put the answer into the reasoning field.
    pub from_reasoning: bool,
    /// Tokens of all attempts together.
    pub usage: Option<Usage>,
    /// The attempts before the last.
    pub earlier: Vec<Attempt>,
    /// The class of the failure, if the last attempt failed.
    pub class: Option<Class>,
}

/// Every call made for one purpose, in order, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange<T> {
    /// The calls, oldest first; at least one unless the prompt itself failed.
    pub calls: Vec<Call>,
    /// The result, or why there is none.
    pub result: Result<T, Failure>,
}

/// Receives the pieces of a streamed first reply.
pub type Preview<'a> = &'a mut (dyn FnMut(Delta<'_>) + Send);

/// Asks for new children of one place in the taxonomy.
pub async fn propose_nodes(
    client: &Client,
    prompts: &PromptSet,
    context: &ProposeContext,
    settings: &StepSettings,
    preview: Option<Preview<'_>>,
) -> Exchange<Parsed<ProposedNode>> {
    let kind = Kind {
        step: Step::Propose,
        first: Prompt::Propose,
        schema: schema::nodes,
        second: Prompt::StructureNodes,
        about: context.kind.clone(),
        parse: parse::nodes,
    };
    Talk::new(client, prompts, settings).structured(prompts.render(context), &kind, preview).await
}

/// Asks for the syllabus of one subject. On success there is exactly one item.
pub async fn propose_syllabus(
    client: &Client,
    prompts: &PromptSet,
    context: &SyllabusContext,
    settings: &StepSettings,
    preview: Option<Preview<'_>>,
) -> Exchange<Parsed<ProposedSyllabus>> {
    let kind = Kind {
        step: Step::Syllabus,
        first: Prompt::Syllabus,
        schema: schema::syllabus,
        second: Prompt::StructureSyllabus,
        about: "syllabus".to_owned(),
        parse: parse::syllabus,
    };
    Talk::new(client, prompts, settings).structured(prompts.render(context), &kind, preview).await
}

/// Asks for one class session of a syllabus again. On success there is exactly one item.
pub async fn propose_session(
    client: &Client,
    prompts: &PromptSet,
    context: &SessionContext,
    settings: &StepSettings,
) -> Exchange<Parsed<ProposedSession>> {
    let kind = Kind {
        step: Step::Syllabus,
        first: Prompt::Session,
        schema: schema::session,
        second: Prompt::StructureSession,
        about: "session".to_owned(),
        parse: parse::lone_session,
    };
    Talk::new(client, prompts, settings).structured(prompts.render(context), &kind, None).await
}

/// Asks for a score: 0 or 1 for a question, 1 to 3 for a question with its answer (LAB, arXiv:2403.01081).
pub async fn ask_judge(
    client: &Client,
    prompts: &PromptSet,
    context: &JudgeContext,
    settings: &StepSettings,
) -> Exchange<Score> {
    let mut talk = Talk::new(client, prompts, settings);
    let result = match prompts.render(context) {
        Ok(rendered) => talk.score(rendered, context.answer.is_some()).await,
        Err(error) => Err(unusable(&error)),
    };
    Exchange { calls: talk.calls, result }
}

/// What differs between nodes and syllabi.
struct Kind<T> {
    step: Step,
    first: Prompt,
    schema: fn() -> Schema,
    second: Prompt,
    /// What is asked for, in the words of the second round: `subject`, `syllabus`, ...
    about: String,
    parse: fn(&str) -> Result<Parsed<T>, ParseError>,
}

/// An exchange under way.
struct Talk<'a> {
    client: &'a Client,
    prompts: &'a PromptSet,
    settings: &'a StepSettings,
    calls: Vec<Call>,
}

impl<'a> Talk<'a> {
    fn new(client: &'a Client, prompts: &'a PromptSet, settings: &'a StepSettings) -> Self {
        Self { client, prompts, settings, calls: Vec::with_capacity(1) }
    }

    async fn structured<T>(
        mut self,
        rendered: Result<Rendered, PromptError>,
        kind: &Kind<T>,
        preview: Option<Preview<'_>>,
    ) -> Exchange<Parsed<T>> {
        let result = match rendered {
            Ok(rendered) => self.rounds(rendered, kind, preview).await,
            Err(error) => Err(unusable(&error)),
        };
        Exchange { calls: self.calls, result }
    }

    async fn rounds<T>(
        &mut self,
        rendered: Rendered,
        kind: &Kind<T>,
        mut preview: Option<Preview<'_>>,
    ) -> Result<Parsed<T>, Failure> {
        let settings = self.settings;
        let turn = |rendered, schema| {
            Turn::new(kind.step, kind.first, rendered, settings, (settings.sampling.clone(), schema))
        };
        let structuring = self.settings.structuring;
        let with_schema =
            structuring == Structuring::Schema || structuring == Structuring::Auto && !self.client.refuses_schema();
        let free_text = turn(rendered.clone(), None);
        if with_schema {
            let turn = turn(rendered, Some((kind.schema)()));
            match self.call(turn, preview.as_mut().map(|preview| &mut **preview as Preview<'_>)).await {
                Ok(text) => match (kind.parse)(&text) {
                    // The server ignored the schema: the text is a first round already.
                    Err(error) if error.prose && structuring == Structuring::Auto => {
                        return self.second_round(text, kind).await;
                    }
                    parsed => return parsed.map_err(|error| invalid(&error, &text)),
                },
                Err(failure) if failure.class == Class::SchemaUnsupported && structuring == Structuring::Auto => {}
                Err(failure) => return Err(failure),
            }
        }
        let text = self.call(free_text, preview).await?;
        self.second_round(text, kind).await
    }

    /// One call for a score; a reply without the schema is read as it is.
    async fn score(&mut self, rendered: Rendered, of_pair: bool) -> Result<Score, Failure> {
        let settings = self.settings;
        let structuring = settings.structuring;
        let with_schema =
            structuring == Structuring::Schema || structuring == Structuring::Auto && !self.client.refuses_schema();
        let mut said = None;
        if with_schema {
            match self.call(Turn::scored(rendered.clone(), settings, true), None).await {
                Err(failure) if failure.class == Class::SchemaUnsupported && structuring == Structuring::Auto => {}
                outcome => said = Some(outcome?),
            }
        }
        let text = match said {
            Some(text) => text,
            None => self.call(Turn::scored(rendered, settings, false), None).await?,
        };
        read_score(&text, of_pair)
    }

    /// Continues the exchange so far and asks for JSON lines.
    async fn second_round<T>(&mut self, text: String, kind: &Kind<T>) -> Result<Parsed<T>, Failure> {
        let second = self.prompts.second(kind.second, &kind.about).map_err(|error| unusable(&error))?;
        let mut messages = self.calls.last().map(|call| call.messages.clone()).unwrap_or_default();
        // What nobody sees is not sent back either; the batch keeps the reply as it came.
        messages.push(Message::assistant(visible(&text)));
        messages.extend(second.messages);
        let sampling = Sampling {
            max_tokens: self.settings.sampling.max_tokens,
            seed: self.settings.sampling.seed,
            ..Sampling::structuring()
        };
        let rendered = Rendered { messages, hash: second.hash, shared: second.shared };
        let turn = Turn::new(kind.step, kind.second, rendered, self.settings, (sampling, None));
        let lines = self.call(turn, None).await?;
        (kind.parse)(&lines).map_err(|error| invalid(&error, &lines))
    }

    /// Makes one call, puts it on record, and returns the reply's text.
    async fn call(&mut self, turn: Turn, preview: Option<Preview<'_>>) -> Result<String, Failure> {
        let outcome = match preview {
            Some(preview) => self.client.ask_streaming(&turn.request, preview).await,
            None => self.client.ask(&turn.request).await,
        };
        let (call, result) = turn.close(outcome);
        self.calls.push(call);
        result
    }
}
