//! Asks for one class session of a syllabus again. The exchange is kept as a batch of its own;
//! what comes back is handed to whoever asked, or, where the syllabus is accepted already, put
//! forward as a new version of it.

use super::Asker;
use super::job::{bad_sentence, call_record, sentence, stored};
use crate::llm::{Exchange, Parsed, ProposedSession, SessionContext, propose_session};
use crate::store::{distinct, now, timestamp};
use crate::taxonomy::{
    Batch, BatchId, NodeId, Op, Proposed, Session, SessionId, Snapshot, Source, Syllabus, Trim, Untrusted,
};

/// A session to be written anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRequest {
    /// The subject.
    pub subject: NodeId,
    /// Whether the syllabus is the one in the tree.
    pub is_accepted: bool,
    /// The syllabus as it stands.
    pub within: Syllabus,
    /// Which of its sessions.
    pub session: SessionId,
    /// What should be different.
    pub reason: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rewritten {
    /// The session, for a pending syllabus, and the batch that keeps the exchange.
    Session {
        /// The record of the exchange.
        batch: BatchId,
        /// As the model wrote it, with the id of the old one.
        session: Session,
    },
    /// For an accepted syllabus: so many new versions, 0 where it was known.
    PutForward(usize),
}

impl Asker {
    /// Asks once.
    ///
    /// # Errors
    /// A sentence: why nothing came, or why it could not be kept.
    pub async fn ask_session(&self, request: &SessionRequest) -> Result<Rewritten, String> {
        let snapshot = self.store.snapshot();
        let Some(context) = context(&snapshot, request) else {
            return Err("The session or its subject is no longer there.".to_owned());
        };
        let seat = &self.syllabus;
        let exchange = propose_session(&seat.client, &self.prompts, &context, &seat.settings).await;
        let (session, bad) = match &exchange.result {
            Ok(Parsed { items, bad }) => (items.first().cloned(), bad.iter().map(bad_sentence).collect::<Vec<_>>()),
            Err(failure) => return Err(sentence(failure)),
        };
        let Some(session) = session.map(|found| written(&request.session, found)) else {
            return Err("The reply holds no class session.".to_owned());
        };
        let proposals = if request.is_accepted { vec![self.version(request, &session)?] } else { vec![] };
        let batch = self.record(request.subject, exchange, bad, proposals);
        let receipt = self.store.submit(Op::Propose(Box::new(batch))).await.map_err(|error| stored(&error))?;
        if request.is_accepted {
            return Ok(Rewritten::PutForward(receipt.added.len()));
        }
        let batch = receipt.batch.ok_or_else(|| "The exchange was not kept.".to_owned())?;
        Ok(Rewritten::Session { batch, session })
    }

    /// The accepted syllabus as it is by now, with the session in the place of the old one.
    fn version(&self, request: &SessionRequest, session: &Session) -> Result<Proposed, String> {
        let snapshot = self.store.snapshot();
        let asked = request.within.session(&request.session).map(|(_, session)| session);
        let node = snapshot.tree.node(request.subject);
        let mut syllabus = node.and_then(|node| node.syllabus.clone()).unwrap_or_default();
        let Some(place) = syllabus.sessions.iter_mut().find(|now| Some(&**now) == asked) else {
            return Err("The session was changed while the model was asked; the change stays.".to_owned());
        };
        *place = session.clone();
        Ok(Proposed::Syllabus { subject: request.subject, syllabus })
    }

    fn record(
        &self,
        subject: NodeId,
        exchange: Exchange<Parsed<ProposedSession>>,
        bad: Vec<String>,
        proposals: Vec<Proposed>,
    ) -> Batch {
        let model = exchange.calls.last().map(|call| call.reply_model.clone().unwrap_or_else(|| call.model.clone()));
        let at = now();
        Batch {
            id: BatchId::new(at, distinct()),
            at: timestamp(at),
            by: self.curator.clone(),
            source: Source::Model {
                model: model.unwrap_or_else(|| self.syllabus.settings.model.clone()).into(),
                profile: self.syllabus.profile.clone(),
                round: None,
            },
            about: Some(subject),
            bad: bad.iter().map(|bad| bad.as_str().into()).collect(),
            proposals,
            calls: exchange.calls.iter().map(call_record).collect(),
        }
    }
}

fn written(id: &SessionId, found: ProposedSession) -> Session {
    Session {
        id: id.clone(),
        title: found.title.into(),
        description: found.description.into(),
        concepts: found.concepts.into_iter().map(Untrusted::from).collect(),
    }
}

/// What the model is told: the session, the whole syllabus, what the other sessions hold already.
fn context(snapshot: &Snapshot, request: &SessionRequest) -> Option<SessionContext> {
    let subject = super::syllabus_context(snapshot, request.subject, None, Trim::default())?;
    let (row, session) = request.within.session(&request.session)?;
    let others = || request.within.sessions.iter().filter(|other| other.id != request.session);
    let texts = |texts: &mut dyn Iterator<Item = &Untrusted>| texts.map(|text| text.raw().to_owned()).collect();
    Some(SessionContext {
        subject: subject.subject,
        level: subject.level,
        scope: subject.scope,
        discipline: subject.discipline,
        path: subject.path,
        language: subject.language,
        number: row + 1,
        title: session.title.raw().to_owned(),
        reason: request.reason.clone(),
        concepts: texts(&mut session.concepts.iter()),
        sessions: texts(&mut others().map(|other| &other.title)),
        taken: texts(&mut others().flat_map(|other| &other.concepts)),
        syllabus: request.within.to_text().as_str().into(),
    })
}
