//! Asks, and puts forward what came back: one batch a run, as soon as it is there.

use std::collections::BTreeMap;

use futures_util::stream::{FuturesUnordered, StreamExt as _};

use super::question::{Manner, Question, Request, Told, questions};
use crate::llm::{
    Bad, Call, Class, Client, Exchange, Failure, Parsed, PromptSet, ProposedNode, ProposedSyllabus, StepSettings,
    conversation, propose_nodes, propose_syllabus,
};
use crate::store::{Receipt, StoreError, StoreHandle, distinct, now, timestamp};
use crate::taxonomy::{
    AskId, Batch, BatchId, Call as CallRecord, Facts, Kind, NodeId, Op, Outline, Proposed, Round, Session, SessionId,
    Source, Untrusted, Usage,
};

/// How one step asks: which client, under which profile, with which settings.
#[derive(Clone)]
pub struct Seat {
    /// The endpoint's client.
    pub client: Client,
    /// The profile's name, for provenance.
    pub profile: String,
    /// Model, sampling, structuring.
    pub settings: StepSettings,
}

/// What one run brought.
#[derive(Debug)]
pub struct Asked {
    /// The run, from 0.
    pub run: u32,
    /// What the store took, or why nothing came.
    pub outcome: Result<Receipt, String>,
    /// The class of the failure, where the model was the reason.
    pub class: Option<Class>,
    /// Elements of the reply that could not be used.
    pub bad: Vec<String>,
    /// Tokens of all calls, where the server said.
    pub usage: Usage,
}

/// Everything that asking needs. Cheap to clone.
#[derive(Clone)]
pub struct Asker {
    /// Takes what comes back.
    pub store: StoreHandle,
    /// Prompt templates.
    pub prompts: std::sync::Arc<PromptSet>,
    /// How nodes are asked for.
    pub propose: Seat,
    /// How syllabi are asked for.
    pub syllabus: Seat,
    /// Who asks.
    pub curator: String,
}

impl Asker {
    /// Asks all runs at once; `report` hears of each as it ends. They are told what the taxonomy
    /// teaches now, all the same. Dropping the future cancels what flies; what arrived stays.
    pub async fn ask(&self, request: &Request, manner: &Manner, mut report: impl FnMut(Asked)) {
        let questions = match questions(&self.store.snapshot(), &self.prompts, request, manner) {
            Ok(questions) => questions,
            Err(why) => {
                return report(Asked { run: 0, outcome: Err(why), class: None, bad: vec![], usage: Usage::default() });
            }
        };
        let ask = AskId::new(now(), distinct());
        let without: Vec<String> = manner.trim.parts().map(|part| part.name().to_owned()).collect();
        let each = questions.iter().flat_map(|question| (1..=question.runs).map(move |number| (question, number)));
        let mut flying = FuturesUnordered::new();
        for (run, (question, number)) in (0..).zip(each) {
            let stratum = question.stratum.as_deref().map(Untrusted::from);
            let wording = question.wording(number).map(ToString::to_string);
            let round = Round { ask, number, of: question.runs, stratum, wording, without: without.clone() };
            flying.push(self.run(question, run, round));
        }
        while let Some(asked) = flying.next().await {
            report(asked);
        }
    }

    async fn run(&self, question: &Question, run: u32, round: Round) -> Asked {
        match &question.told(round.number) {
            Told::Children(parent, kind, context) => {
                let settings = seeded(&self.propose.settings, run);
                let exchange = propose_nodes(&self.propose.client, &self.prompts, context, &settings, None).await;
                let place = (*parent, *kind);
                self.put_forward(run, &round, &self.propose, *parent, exchange, |node| proposed_node(place, node)).await
            }
            Told::Syllabus(subject, context) => {
                let settings = seeded(&self.syllabus.settings, run);
                let exchange = propose_syllabus(&self.syllabus.client, &self.prompts, context, &settings, None).await;
                let to_proposed = |found| proposed_syllabus(*subject, found);
                self.put_forward(run, &round, &self.syllabus, Some(*subject), exchange, to_proposed).await
            }
        }
    }

    async fn put_forward<T>(
        &self,
        run: u32,
        round: &Round,
        seat: &Seat,
        about: Option<NodeId>,
        exchange: Exchange<Parsed<T>>,
        to_proposed: impl Fn(T) -> Proposed,
    ) -> Asked {
        let usage = exchange.calls.iter().filter_map(|call| call.usage).fold(Usage::default(), |sum, usage| Usage {
            prompt_tokens: sum.prompt_tokens + usage.prompt_tokens,
            completion_tokens: sum.completion_tokens + usage.completion_tokens,
        });
        let parsed = match exchange.result {
            Ok(parsed) => parsed,
            Err(failure) => {
                let class = Some(failure.class);
                return Asked { run, outcome: Err(sentence(&failure)), class, bad: vec![], usage };
            }
        };
        let bad: Vec<String> = parsed.bad.iter().map(bad_sentence).collect();
        let model = exchange.calls.last().map(|call| call.reply_model.clone().unwrap_or_else(|| call.model.clone()));
        let at = now();
        let batch = Batch {
            id: BatchId::new(at, distinct()),
            at: timestamp(at),
            by: self.curator.clone(),
            source: Source::Model {
                model: model.unwrap_or_else(|| seat.settings.model.clone()).into(),
                profile: seat.profile.clone(),
                round: Some(round.clone()),
            },
            about,
            bad: bad.iter().map(|bad| bad.as_str().into()).collect(),
            proposals: parsed.items.into_iter().map(to_proposed).collect(),
            calls: exchange.calls.iter().map(call_record).collect(),
        };
        let outcome = self.store.submit(Op::Propose(Box::new(batch))).await.map_err(|error| stored(&error));
        Asked { run, outcome, class: None, bad, usage }
    }
}

pub(super) fn stored(error: &StoreError) -> String {
    error.to_string()
}

/// A run's own seed, so that a server that honours seeds does not answer the same ten times.
fn seeded(settings: &StepSettings, run: u32) -> StepSettings {
    let mut settings = settings.clone();
    settings.sampling.seed = Some(settings.sampling.seed.unwrap_or_default().wrapping_add(u64::from(run)));
    settings
}

pub(super) fn sentence(failure: &Failure) -> String {
    let message = crate::taxonomy::text::reveal_line(&failure.message).into_owned();
    format!("{message} ({})", failure.class.as_str())
}

pub(super) fn bad_sentence(bad: &Bad) -> String {
    let text = format!("element {}: {} ({})", bad.index + 1, bad.reason.trim_end_matches('.'), bad.snippet);
    crate::taxonomy::text::reveal_line(&text).into_owned()
}

fn optional(text: String) -> Option<Untrusted> {
    (!text.trim().is_empty()).then(|| text.into())
}

fn proposed_node((parent, kind): (Option<NodeId>, Kind), node: ProposedNode) -> Proposed {
    let facts = Facts {
        name: node.name.into(),
        aliases: vec![],
        level: optional(node.level),
        scope: optional(node.scope),
        subtopics: node.subtopics.into_iter().map(Untrusted::from).collect(),
    };
    Proposed::Node { parent, kind, facts, rationale: optional(node.rationale) }
}

fn proposed_syllabus(subject: NodeId, found: ProposedSyllabus) -> Proposed {
    let session = |(at, session): (usize, crate::llm::ProposedSession)| Session {
        id: SessionId::numbered(at + 1),
        title: session.title.into(),
        description: session.description.into(),
        concepts: session.concepts.into_iter().map(Untrusted::from).collect(),
    };
    let syllabus = Outline {
        introduction: found.introduction.into(),
        objectives: found.objectives.into_iter().map(Untrusted::from).collect(),
        sessions: found.sessions.into_iter().enumerate().map(session).collect(),
    };
    Proposed::Syllabus { subject, syllabus: syllabus.into() }
}

pub(super) fn call_record(call: &Call) -> CallRecord {
    let sampling = &call.sampling;
    let number = |value: Option<f64>| value.and_then(|value| serde_json::Number::from_f64(value).map(Into::into));
    let parameters: BTreeMap<String, serde_json::Value> = [
        ("temperature", number(sampling.temperature)),
        ("top_p", number(sampling.top_p)),
        ("max_tokens", sampling.max_tokens.map(Into::into)),
        ("seed", sampling.seed.map(Into::into)),
        ("schema", call.schema.map(Into::into)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect();
    CallRecord {
        step: call.prompt.to_owned(),
        model: call.reply_model.clone().unwrap_or_else(|| call.model.clone()).into(),
        prompt_hash: call.prompt_hash.clone(),
        parameters,
        usage: call
            .usage
            .map(|usage| Usage { prompt_tokens: usage.prompt_tokens, completion_tokens: usage.completion_tokens }),
        finish: call.finish.clone(),
        prompt: conversation(&call.messages).into(),
        reply: call.raw.as_str().into(),
    }
}
