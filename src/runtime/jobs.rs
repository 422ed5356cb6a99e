//! What runs beside the loop: questions to models, and the homework run.

use std::collections::HashMap;

use tokio_util::sync::CancellationToken;

use super::Curator;
use crate::app::{JobEvent, JobId, Msg, What};
use crate::asking::{Asked, Asker, Request};
use crate::taxonomy::{Kind, NodeId};
use crate::term::Surface;

/// The jobs under way.
#[derive(Default)]
pub struct Jobs {
    asking: HashMap<JobId, CancellationToken>,
}

impl Jobs {
    /// Stops a question; what it brought so far stays.
    pub fn cancel(&mut self, job: JobId) {
        if let Some(token) = self.asking.remove(&job) {
            token.cancel();
        }
    }
}

impl<S: Surface> Curator<S> {
    pub(super) fn ask_model(&mut self, job: JobId, node: Option<NodeId>, what: What, reason: Option<String>) {
        let asker = match &self.asker {
            Ok(asker) => asker.clone(),
            Err(why) => {
                let event = JobEvent::Failed(why.clone());
                let _ = self.outbox.try_send(Msg::Job { id: job, event });
                return;
            }
        };
        let stop = self.stop.child_token();
        self.jobs.asking.insert(job, stop.clone());
        let outbox = self.outbox.clone();
        let requests = requests(&asker, node, what, reason);
        let runs = match what {
            What::Children => asker.store.snapshot().manifest.steps.propose.runs.unwrap_or(1),
            What::Syllabus => asker.store.snapshot().manifest.steps.syllabus.runs.unwrap_or(1),
        };
        self.tasks.spawn(async move {
            let mut tally = Tally::default();
            let asking = async {
                for request in &requests {
                    asker
                        .ask(request, runs, |asked| {
                            let added = tally.add(asked);
                            // Progress may be missed; the proposals themselves come with the snapshot.
                            let _ = outbox.try_send(Msg::Job { id: job, event: JobEvent::Arrived(added) });
                        })
                        .await;
                }
            };
            let event = tokio::select! {
                () = asking => None,
                () = stop.cancelled() => Some(JobEvent::Cancelled),
            };
            let event = event.unwrap_or_else(|| tally.event());
            let _ = outbox.send(Msg::Job { id: job, event }).await;
        });
    }
}

/// What to ask for about a node: each kind that may hang there, or a syllabus.
fn requests(asker: &Asker, node: Option<NodeId>, what: What, hint: Option<String>) -> Vec<Request> {
    let snapshot = asker.store.snapshot();
    match (what, node) {
        (What::Syllabus, Some(subject)) => vec![Request::Syllabus { subject, hint }],
        (What::Syllabus, None) => vec![],
        (What::Children, parent) => {
            let above = parent.and_then(|id| snapshot.facts(id)).map(|(kind, _)| kind);
            let request = |kind: &Kind| Request::Children { parent, kind: *kind, count: None, hint: hint.clone() };
            Kind::below(above).iter().map(request).collect()
        }
    }
}

/// What all runs of a question brought.
#[derive(Default)]
struct Tally {
    runs: usize,
    added: usize,
    known: usize,
    bad: usize,
    failures: Vec<String>,
}

impl Tally {
    /// Takes in one run; returns how many proposals it added.
    fn add(&mut self, asked: Asked) -> usize {
        self.runs += 1;
        self.bad += asked.bad.len();
        match asked.outcome {
            Ok(receipt) => {
                self.added += receipt.added.len();
                self.known += receipt.known;
                receipt.added.len()
            }
            Err(why) => {
                self.failures.push(why);
                0
            }
        }
    }

    fn event(self) -> JobEvent {
        if self.runs > 0 && self.failures.len() == self.runs {
            return JobEvent::Failed(self.failures.into_iter().next().unwrap_or_default());
        }
        let mut remarks = Vec::new();
        if self.known > 0 {
            remarks.push(format!("{} were known", self.known));
        }
        if self.bad > 0 {
            remarks.push(format!("{} elements could not be used", self.bad));
        }
        if let Some(first) = self.failures.first() {
            remarks.push(format!("{} of {} runs failed: {first}", self.failures.len(), self.runs));
        }
        JobEvent::Finished { added: self.added, remark: remarks.join("; ") }
    }
}
