//! What one row of a data set is, whichever way it is written.

use serde::Serialize;

use crate::homework::dataset::Subject;
use crate::homework::item::ItemId;
use crate::homework::record::{CallNote, Record};
use crate::homework::run::RunId;
use crate::taxonomy::{Kind, NodeId, Untrusted};

/// One item on its way out.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub run: &'a RunId,
    /// As it is now, or, where it is gone, as it was.
    pub subject: &'a Subject,
    pub record: &'a Record,
    /// The language that it was asked for in.
    pub language: &'a str,
    /// The subject or its syllabus has changed since.
    pub stale: bool,
}

impl<'a> Row<'a> {
    pub fn question(&self) -> &'a str {
        self.record.question.raw()
    }

    pub fn answer(&self) -> &'a str {
        self.record.answer.raw()
    }

    /// Something of both calls; empty where a call is not on record.
    pub fn pair(&self, of: fn(&'a CallNote) -> &'a str) -> Pair<&'a str> {
        Pair {
            question: self.record.question_call.as_ref().map_or("", of),
            answer: self.record.answer_call.as_ref().map_or("", of),
        }
    }

    pub fn models(&self) -> Pair<&'a str> {
        self.pair(|call| &call.model)
    }

    pub fn served(&self) -> Pair<&'a str> {
        self.pair(|call| call.served.as_ref().map_or("", Untrusted::raw))
    }

    pub fn prompts(&self) -> Pair<&'a str> {
        self.pair(|call| &call.prompt)
    }

    pub fn finish(&self) -> Pair<&'a str> {
        self.pair(|call| call.finish.as_ref().map_or("", Untrusted::raw))
    }

    /// Names from the field down to the subject.
    pub fn path(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.subject.names.iter().map(Untrusted::raw)
    }

    /// The name of the node of a kind; empty where there is none.
    pub fn name_of(&self, kind: Kind) -> &'a str {
        let at = self.subject.lineage.iter().position(|node| node.kind() == kind);
        at.and_then(|at| self.subject.names.get(at)).map_or("", Untrusted::raw)
    }

    pub fn kinds(&self) -> impl Iterator<Item = &'static str> + use<'a> {
        self.subject.lineage.iter().map(|node| node.kind().name())
    }

    pub fn sessions(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.record.sessions.iter().map(|session| session.title.raw())
    }

    pub fn session_ids(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.record.sessions.iter().map(|session| session.id.0.as_str())
    }

    pub fn concepts(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.record.concepts.iter().map(|concept| concept.concept.raw())
    }

    /// The documents that ground it.
    pub fn documents(&self) -> impl Iterator<Item = Document<'a>> + use<'a> {
        self.record.documents.iter().map(|one| Document {
            path: one.path.raw(),
            title: one.title.raw(),
            licence: one.licence.raw(),
            hash: &one.hash,
        })
    }

    /// What the judge said of it.
    pub fn judge(&self) -> Judge<'a> {
        let judgement = self.record.judge.as_ref();
        let (question, pair) = judgement.map_or((None, None), |said| (said.question.as_ref(), said.pair.as_ref()));
        Judge {
            question: question.map_or(0, |score| score.score),
            pair: pair.map_or(0, |score| score.score),
            model: pair.or(question).map_or("", |score| &score.call.model),
        }
    }

    /// What stands under `meta` of a JSON line.
    pub fn meta(&self) -> Meta<'a> {
        let tokens = self.record.tokens();
        Meta {
            item: self.record.item,
            path: self.path().collect(),
            nodes: &self.subject.lineage,
            kinds: self.kinds().collect(),
            kind: self.kinds().last().unwrap_or_default(),
            level: self.subject.level.raw(),
            question_type: self.record.question_type.name(),
            language: self.language,
            strategy: self.record.strategy,
            sessions: self.sessions().collect(),
            session_ids: self.session_ids().collect(),
            concepts: self.concepts().collect(),
            documents: self.documents().collect(),
            judge: self.judge(),
            models: self.models(),
            served: self.served(),
            prompts: self.prompts(),
            finish: self.finish(),
            prompt_tokens: tokens.prompt_tokens,
            completion_tokens: tokens.completion_tokens,
            syllabus: &self.record.syllabus,
            recipe: &self.record.recipe,
            seed: self.record.seed.to_string(),
            run: self.run,
            at: self.record.at.to_string(),
            stale: self.stale,
        }
    }
}

/// Where a row comes from. No field is ever missing or null.
#[derive(Serialize)]
pub(super) struct Meta<'a> {
    item: ItemId,
    /// Names as they are now.
    path: Vec<&'a str>,
    nodes: &'a [NodeId],
    /// The kinds along the path.
    kinds: Vec<&'static str>,
    /// The kind of the node that the row belongs to.
    kind: &'static str,
    level: &'a str,
    question_type: &'static str,
    language: &'a str,
    strategy: u8,
    sessions: Vec<&'a str>,
    session_ids: Vec<&'a str>,
    concepts: Vec<&'a str>,
    /// What grounds it, with licences.
    documents: Vec<Document<'a>>,
    judge: Judge<'a>,
    models: Pair<&'a str>,
    served: Pair<&'a str>,
    prompts: Pair<&'a str>,
    finish: Pair<&'a str>,
    prompt_tokens: u64,
    completion_tokens: u64,
    syllabus: &'a str,
    recipe: &'a str,
    /// As text: a seed may be larger than what loaders take for a number.
    seed: String,
    run: &'a RunId,
    at: String,
    stale: bool,
}

/// A document that grounds an item; without a licence that is empty.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Document<'a> {
    pub path: &'a str,
    pub title: &'a str,
    pub licence: &'a str,
    pub hash: &'a str,
}

/// What a judge said of an item that goes out; 0 and empty where none was asked.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Judge<'a> {
    /// 1 is kept.
    pub question: u8,
    /// 2 and 3 are kept.
    pub pair: u8,
    pub model: &'a str,
}

/// The same thing of both steps.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Pair<T> {
    pub question: T,
    pub answer: T,
}
