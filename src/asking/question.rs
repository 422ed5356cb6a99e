//! One question to a model: what is asked, how often, about which parts, and the prompts that come
//! of it. The screen, the commands and the client all see the same ones.

use super::context::{Children, children_context, syllabus_context};
use crate::llm::{Prompt, PromptError, PromptSet, ProposeContext, Rendered, SyllabusContext};
use crate::taxonomy::{Kind, NodeId, ProposalId, Snapshot, Trim};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Nodes of a kind under a parent (`None`: at the root).
    Children {
        /// Where.
        parent: Option<NodeId>,
        /// Of which kind.
        kind: Kind,
        /// How many in a run.
        count: Option<u32>,
        /// What the curator wants in particular: a part of the place, or what was wrong.
        hint: Option<String>,
    },
    /// The syllabus of a subject.
    Syllabus {
        /// The subject.
        subject: NodeId,
        /// What is wrong with the present one.
        hint: Option<String>,
    },
}

/// How a question is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manner {
    /// How often; with strata, how often for each entry. 0 is once.
    pub runs: u32,
    /// With children: the set of strata in the prompt file. Each entry is a question of its own.
    pub strata: Option<String>,
    /// Parts that are left out of the prompt.
    pub trim: Trim,
}

impl Manner {
    /// The same question so many times, with everything that decisions teach.
    #[must_use]
    pub fn runs(runs: u32) -> Self {
        Self { runs, ..Self::default() }
    }
}

/// What a prompt is told, and where what comes back belongs.
#[derive(Debug, Clone)]
pub enum Told {
    /// For children of a kind at a place.
    Children(Option<NodeId>, Kind, Box<ProposeContext>),
    /// For the syllabus of a subject.
    Syllabus(NodeId, Box<SyllabusContext>),
}

/// A question for one stratum (or for the whole place), ready to be asked several times. All its
/// runs are told the same, so that "seen in n of m" means something.
#[derive(Debug, Clone)]
pub struct Question {
    /// The part of the place, where the question is split.
    pub stratum: Option<String>,
    /// What the prompt is told.
    pub told: Told,
}

impl Question {
    /// The conversation that is sent first.
    ///
    /// # Errors
    /// A template of the directory that cannot be filled in.
    pub fn render(&self, prompts: &PromptSet) -> Result<Rendered, PromptError> {
        match &self.told {
            Told::Children(_, _, context) => prompts.render(&**context),
            Told::Syllabus(_, context) => prompts.render(&**context),
        }
    }
}

/// How many calls a request leads to, second rounds and retries left out.
#[must_use]
pub fn calls(prompts: &PromptSet, request: &Request, manner: &Manner) -> u32 {
    let strata = match (request, manner.strata.as_deref()) {
        (Request::Children { .. }, Some(set)) => prompts.strata(Prompt::Propose, set).map_or(1, <[String]>::len),
        _ => 1,
    };
    manner.runs.max(1).saturating_mul(u32::try_from(strata).unwrap_or(1))
}

/// The questions that a request comes down to; several only where it is asked by strata.
///
/// # Errors
/// Nobody could accept what would come back, or there are no such strata: why, as a sentence.
pub fn questions(
    snapshot: &Snapshot,
    prompts: &PromptSet,
    request: &Request,
    manner: &Manner,
) -> Result<Vec<Question>, String> {
    if let Some(why) = pointless(snapshot, request) {
        return Err(why);
    }
    match request {
        Request::Children { parent, kind, count, hint } => {
            let strata = match manner.strata.as_deref() {
                None => vec![None],
                Some(set) => {
                    let entries = prompts.strata(Prompt::Propose, set).map_err(|error| error.to_string())?;
                    entries.iter().map(|entry| Some(entry.clone())).collect()
                }
            };
            let question = |stratum: Option<String>| {
                let asked = Children {
                    parent: *parent,
                    kind: *kind,
                    count: *count,
                    stratum: stratum.as_deref(),
                    hint: hint.as_deref(),
                    trim: manner.trim,
                };
                let told = Told::Children(*parent, *kind, Box::new(children_context(snapshot, &asked)));
                Question { stratum, told }
            };
            Ok(strata.into_iter().map(question).collect())
        }
        Request::Syllabus { subject, hint } => {
            let context = syllabus_context(snapshot, *subject, hint.as_deref(), manner.trim);
            let no = || format!("\"{}\" is not an accepted subject.", snapshot.name(*subject).line());
            let told = Told::Syllabus(*subject, Box::new(context.ok_or_else(no)?));
            Ok(vec![Question { stratum: None, told }])
        }
    }
}

/// Why nobody could accept what would come back; `None` where somebody could.
fn pointless(snapshot: &Snapshot, request: &Request) -> Option<String> {
    let (place, kind) = match request {
        Request::Children { parent, kind, .. } => (*parent, Some(*kind)),
        Request::Syllabus { subject, .. } => (Some(*subject), None),
    };
    let above = match place {
        None => None,
        Some(id) => {
            match (snapshot.facts(id), snapshot.tree.entry(id), snapshot.record.proposal(ProposalId::of_node(id))) {
                (None, ..) => return Some(format!("There is no node {id}.")),
                (Some(_), Some(_), _) if !snapshot.tree.is_active(id) => {
                    return Some(format!("\"{}\" is no longer taught.", snapshot.name(id).line()));
                }
                (Some(_), None, Some(proposal)) if !snapshot.is_open(proposal) => {
                    let state = snapshot.state_name(proposal);
                    return Some(format!("\"{}\" is {state}.", snapshot.name(id).line()));
                }
                (Some((kind, _)), ..) => Some(kind),
            }
        }
    };
    let kind = kind.filter(|kind| !Kind::below(above).contains(kind))?;
    let place = above.map_or("the root".to_owned(), |above| format!("a {above}"));
    Some(format!("A {kind} does not hang under {place}."))
}
