//! What is kept of an item: question, answer, and everything they came from.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::checks::Finding;
use super::estimate::CHARACTERS;
use super::item::ItemId;
use super::judge::Judgement;
use super::material::material_hash;
use super::plan::{Plan, PlannedItem};
use crate::llm::{Call, Class, Failure, Phase, Sampling, Step, Usage};
use crate::taxonomy::{Judged, NodeId, QuestionType, SessionId, Snapshot, Syllabus, Untrusted};

/// What became of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Whole, and no check found fault with it.
    Ok,
    /// A call ended without a reply that could be accepted.
    Failed,
    /// A check found fault with it.
    Unfit,
}

/// One line of a segment. The order of the fields is the order in the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The item.
    pub item: ItemId,
    /// What became of it.
    pub status: Status,
    /// Whether this failure counts against the item. A server that was down does not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub counts: bool,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failed>,
    /// What checks found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// Names from the field down to the subject.
    pub path: Vec<Untrusted>,
    /// Ids from the field down to the subject.
    pub nodes: Vec<NodeId>,
    /// Content hash of what it was made from: the syllabus, and what else the prompt was told of it
    /// (see [`super::material_hash`]).
    pub syllabus: String,
    /// 1 or 2 class sessions.
    pub strategy: u8,
    /// The drawn sessions, in teaching order.
    pub sessions: Vec<DrawnSession>,
    /// The drawn concepts, in the order of the syllabus.
    pub concepts: Vec<DrawnConcept>,
    /// The type of the question; not said where it is open.
    #[serde(default, skip_serializing_if = "QuestionType::is_open")]
    pub question_type: QuestionType,
    /// The language that it was asked for in, where that is not the taxonomy's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The documents that ground it, as they were named then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<Grounding>,
    /// The seed of the plan.
    pub seed: u64,
    /// Content hash of the recipe.
    pub recipe: String,
    /// The question; empty if there is none.
    pub question: Untrusted,
    /// The answer; empty if there is none.
    pub answer: Untrusted,
    /// How the question was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question_call: Option<CallNote>,
    /// How the answer was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_call: Option<CallNote>,
    /// What the judge said, where one was asked while it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge: Option<Judgement>,
    /// When it was finished.
    pub at: Timestamp,
}

/// A class session as it was called when it was drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawnSession {
    /// Its id in the syllabus.
    pub id: SessionId,
    /// Its title.
    pub title: Untrusted,
}

/// A key concept as it was called when it was drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawnConcept {
    /// The session's id in the syllabus.
    pub session: SessionId,
    /// The concept.
    pub concept: Untrusted,
}

/// A document that grounds an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grounding {
    /// Below the taxonomy directory.
    pub path: Untrusted,
    /// What it was called.
    pub title: Untrusted,
    /// Its licence; empty where none was named.
    #[serde(default)]
    pub licence: Untrusted,
    /// BLAKE3 of the file, 32 hexadecimal digits.
    pub hash: String,
}

/// The step that failed, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// `question` or `answer`.
    pub step: String,
    /// The class of the reply.
    pub class: String,
    /// What happened.
    pub message: Untrusted,
}

impl Failed {
    pub(super) fn of(step: Step, failure: Failure) -> Self {
        let (step, class) = (step.as_str().to_owned(), failure.class.as_str().to_owned());
        Self { step, class, message: failure.message.into() }
    }
}

/// One call, without its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallNote {
    /// The version of the prompt.
    pub prompt: String,
    /// The model asked for.
    pub model: String,
    /// The model's name as the server stated it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served: Option<Untrusted>,
    /// The parameters of the last attempt.
    pub sampling: Sampling,
    /// Tokens of all attempts together, where the server counted them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Usage>,
    /// The server's word for how it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish: Option<Untrusted>,
    /// Requests sent.
    pub attempts: u32,
    /// Tokens as they are estimated where the server counted none: of a reply that came, and of the prompts of attempts that were
    /// broken off. Four characters a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated: Option<Usage>,
}

/// Tokens that no server counted: of a reply that came, and of the prompts of attempts that a server worked on without a reply that
/// could be read. Nothing where no request was taken.
fn estimated(call: &Call) -> Option<Usage> {
    let replied = match call.class {
        None => true,
        Some(class) => {
            matches!(class, Class::Invalid(_) | Class::Truncated | Class::Refused | Class::Filtered | Class::Empty)
        }
    };
    let uncounted = call.earlier.iter().filter(|attempt| attempt.usage.is_none()).map(|attempt| attempt.class);
    let broken = uncounted.chain(call.class).filter(|class| is_broken_off(*class)).count();
    let is_whole = replied && call.usage.is_none();
    let tokens = |characters: usize| characters.div_ceil(CHARACTERS) as u64;
    (is_whole || broken > 0).then(|| {
        let prompt = tokens(call.messages.iter().map(|message| message.content.chars().count()).sum());
        let reply = call.raw.chars().count() + call.reasoning.as_ref().map_or(0, |text| text.chars().count());
        Usage {
            prompt_tokens: prompt * (broken as u64 + u64::from(is_whole)),
            completion_tokens: if is_whole { tokens(reply) } else { 0 },
            ..Usage::default()
        }
    })
}

/// Whether a request that ended so was taken, and is paid for although nothing of it could be read.
fn is_broken_off(class: Class) -> bool {
    matches!(class, Class::Timeout(Phase::FirstByte | Phase::Idle | Phase::Total) | Class::Malformed)
}

impl CallNote {
    /// What is noted of a call, and the text of its reply.
    pub(super) fn of(call: Call) -> (Self, String) {
        let estimated = estimated(&call);
        let Call { prompt_hash, model, reply_model, sampling, usage, finish, earlier, raw, .. } = call;
        let note = Self {
            prompt: prompt_hash,
            model,
            served: reply_model.map(Untrusted::from),
            sampling,
            tokens: usage,
            finish: finish.map(Untrusted::from),
            attempts: u32::try_from(earlier.len()).unwrap_or(u32::MAX).saturating_add(1),
            estimated,
        };
        (note, raw)
    }
}

impl Record {
    /// The item as it is before anything was asked.
    #[must_use]
    pub fn blank(plan: &Plan, item: &PlannedItem) -> Self {
        let subject = &plan.subjects[item.subject];
        let sessions = subject.drawn_sessions(&item.draw).into_iter();
        let concepts = subject.drawn_concepts(&item.draw).into_iter();
        Self {
            item: item.id,
            status: Status::Ok,
            counts: false,
            failure: None,
            findings: Vec::new(),
            path: subject.names.clone(),
            nodes: subject.lineage.clone(),
            syllabus: subject.material_hash.clone(),
            strategy: item.draw.strategy().number(),
            sessions: sessions.map(|s| DrawnSession { id: s.id.clone(), title: s.title.clone() }).collect(),
            concepts: concepts.map(|(s, c)| DrawnConcept { session: s.id.clone(), concept: c.clone() }).collect(),
            question_type: item.form.question_type,
            language: (item.form.language != 0).then(|| plan.language(item.form).to_owned()),
            documents: subject.groundings(),
            seed: plan.request.seed,
            recipe: plan.recipe_hash.clone(),
            question: Untrusted::default(),
            answer: Untrusted::default(),
            question_call: None,
            answer_call: None,
            judge: None,
            at: Timestamp::now(),
        }
    }

    /// The subject.
    #[must_use]
    pub fn subject(&self) -> Option<NodeId> {
        self.nodes.last().copied()
    }

    /// What a verdict on it says it is about; `None` where it names no subject. Of an item that is not
    /// stale the syllabus is told by its own hash, whatever else the question step was given.
    #[must_use]
    pub fn judged(&self, snapshot: &Snapshot) -> Option<Judged> {
        let sessions = self.sessions.iter().map(|session| session.id.clone()).collect();
        let subject = self.subject()?;
        let node = snapshot.tree.node(subject);
        let is_as_now = node.and_then(|node| material_hash(snapshot, node)).as_ref() == Some(&self.syllabus);
        let now = node.filter(|_| is_as_now).and_then(|node| node.syllabus.as_ref()).map(Syllabus::hash);
        let syllabus = now.unwrap_or_else(|| self.syllabus.clone());
        Some(Judged { item: self.item.into(), subject, syllabus, sessions })
    }

    /// Tokens of all calls, as far as they were counted.
    #[must_use]
    pub fn tokens(&self) -> Usage {
        let calls = [&self.question_call, &self.answer_call].into_iter().flatten();
        let made = calls.filter_map(|call| call.tokens).fold(Usage::default(), std::ops::Add::add);
        made + self.judge.as_ref().map(Judgement::tokens).unwrap_or_default()
    }
}

/// The part of a record that tells whether an item has to be asked for again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) struct Head {
    pub item: ItemId,
    pub status: Status,
    #[serde(default)]
    pub counts: bool,
}

impl Head {
    /// The head of a line of a segment, as this program writes it; `None` where only a JSON reader can tell.
    pub fn of_line(line: &[u8]) -> Option<Self> {
        let rest = line.get(HEAD_AT..)?.strip_prefix(b"\"item\":\"")?;
        let (item, rest) = rest.split_at_checked(32)?;
        let rest = rest.strip_prefix(b"\",\"status\":\"")?;
        let words: [(&[u8], Status); 3] =
            [(b"ok\"", Status::Ok), (b"failed\"", Status::Failed), (b"unfit\"", Status::Unfit)];
        let (rest, status) = words.iter().find_map(|(word, status)| Some((rest.strip_prefix(*word)?, *status)))?;
        let item = std::str::from_utf8(item).ok()?.parse().ok()?;
        Some(Self { item, status, counts: rest.starts_with(b",\"counts\":true") })
    }
}

/// Where the first key after the checksum begins.
const HEAD_AT: usize = b"{\"crc\":\"00000000\",".len();

#[cfg(test)]
pub(crate) fn sample(item: u128, status: Status) -> Record {
    Record {
        item: ItemId::from_bits(item),
        status,
        counts: status != Status::Ok,
        failure: None,
        findings: Vec::new(),
        path: vec!["Natural Sciences".into(), "Physics".into(), "Optics".into()],
        nodes: Vec::new(),
        syllabus: String::new(),
        strategy: 1,
        sessions: Vec::new(),
        concepts: Vec::new(),
        question_type: QuestionType::Open,
        language: None,
        documents: Vec::new(),
        seed: 1,
        recipe: String::new(),
        question: format!("Question {item} about \"light\"\nand shadow?").into(),
        answer: "It depends.".into(),
        question_call: None,
        answer_call: None,
        judge: None,
        at: Timestamp::UNIX_EPOCH,
    }
}
