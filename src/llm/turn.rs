//! One call in its two pure halves: what is sent, and what a reply to it puts on record. Between them
//! a [`Client`](super::Client) asks at once, or a file of requests travels to a batch and back.

use super::context::Context as _;
use super::exchange::{Call, Exchange, StepSettings};
use super::parse::{self, ParseError, Score};
use super::prompts::{Prompt, PromptError, PromptSet, Rendered};
use super::{
    AnswerContext, Class, Failure, Invalid, JudgeContext, Outcome, QuestionContext, Request, Sampling, Schema, Step,
    schema,
};

/// One call to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// What is asked.
    pub request: Request,
    prompt: Prompt,
    prompt_hash: String,
}

impl Turn {
    pub(super) fn new(
        step: Step,
        prompt: Prompt,
        rendered: Rendered,
        settings: &StepSettings,
        (sampling, schema): (Sampling, Option<Schema>),
    ) -> Self {
        let request = Request {
            step,
            model: settings.model.clone(),
            messages: rendered.messages,
            shared: rendered.shared,
            sampling,
            schema,
            stream: settings.stream,
        };
        Self { request, prompt, prompt_hash: rendered.hash }
    }

    /// Asks for one homework question.
    ///
    /// # Errors
    /// The prompt cannot be filled in.
    pub fn question(
        prompts: &PromptSet,
        context: &QuestionContext<'_>,
        settings: &StepSettings,
    ) -> Result<Self, Failure> {
        let rendered = prompts.render(context).map_err(|error| unusable(&error))?;
        Ok(Self::new(Step::Question, context.prompt(), rendered, settings, (settings.sampling.clone(), None)))
    }

    /// Asks for the answer: the bare question is all that is sent (section 2.4 of the paper).
    ///
    /// # Errors
    /// The prompt cannot be filled in.
    pub fn answer(prompts: &PromptSet, context: &AnswerContext, settings: &StepSettings) -> Result<Self, Failure> {
        let rendered = prompts.render(context).map_err(|error| unusable(&error))?;
        Ok(Self::new(Step::Answer, Prompt::Answer, rendered, settings, (settings.sampling.clone(), None)))
    }

    /// Asks for a score (see [`ask_judge`](super::ask_judge)), `with_schema` or in free text.
    ///
    /// # Errors
    /// The prompt cannot be filled in.
    pub fn judge(
        prompts: &PromptSet,
        context: &JudgeContext,
        settings: &StepSettings,
        with_schema: bool,
    ) -> Result<Self, Failure> {
        let rendered = prompts.render(context).map_err(|error| unusable(&error))?;
        Ok(Self::scored(rendered, settings, with_schema))
    }

    pub(super) fn scored(rendered: Rendered, settings: &StepSettings, with_schema: bool) -> Self {
        let schema = with_schema.then(schema::verdict);
        Self::new(Step::Judge, Prompt::Judge, rendered, settings, (settings.sampling.clone(), schema))
    }

    /// Puts on record what came of it, and gives the reply's text.
    pub fn close(self, outcome: Outcome) -> (Call, Result<String, Failure>) {
        let (call, result) = self.settle(outcome);
        let result = result.map(|()| call.raw.clone());
        (call, result)
    }

    /// Puts on record what came of it; of a call that succeeded the reply's text is in [`Call::raw`].
    pub fn settle(self, outcome: Outcome) -> (Call, Result<(), Failure>) {
        let Self { request, prompt, prompt_hash } = self;
        let mut call = Call {
            step: request.step,
            prompt: prompt.as_str(),
            prompt_hash,
            messages: request.messages,
            schema: request.schema.map(|schema| schema.name),
            model: request.model,
            sampling: Sampling { max_tokens: outcome.max_tokens, ..request.sampling },
            raw: String::new(),
            reasoning: None,
            reply_model: None,
            finish: None,
            from_reasoning: false,
            usage: outcome.usage(),
            earlier: outcome.earlier,
            class: None,
        };
        let result = match outcome.result {
            Ok(reply) => {
                call.raw = reply.text;
                call.reasoning = reply.reasoning;
                call.reply_model = reply.model;
                call.finish = Some(reply.finish);
                call.from_reasoning = reply.from_reasoning;
                Ok(())
            }
            Err(failure) => {
                call.raw.clone_from(&failure.raw_excerpt);
                call.class = Some(failure.class);
                Err(failure)
            }
        };
        (call, result)
    }

    /// The exchange that is this call alone.
    #[must_use]
    pub fn exchange(self, outcome: Outcome) -> Exchange<String> {
        let (call, result) = self.close(outcome);
        Exchange { calls: vec![call], result }
    }
}

/// The score in a judge's reply: 1 to 3 for a pair, 0 or 1 for a question alone.
///
/// # Errors
/// There is none, or none in that range.
pub fn read_score(text: &str, of_pair: bool) -> Result<Score, Failure> {
    let (least, most) = if of_pair { (1, 3) } else { (0, 1) };
    parse::verdict(text, least, most).map_err(|error| invalid(&error, text))
}

pub(super) fn unusable(error: &PromptError) -> Failure {
    Failure::new(Class::ConfigError, error.to_string())
}

pub(super) fn invalid(error: &ParseError, text: &str) -> Failure {
    let message = format!("{} The reply began: '{}'", error.reason, super::text::excerpt(text, 80));
    Failure::new(Class::Invalid(Invalid::Schema), message).excerpt(text)
}
