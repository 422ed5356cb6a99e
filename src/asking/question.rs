//! One question to a model: what is asked, how often, about which parts, and the prompts that come
//! of it. The screen, the commands and the client all see the same ones.

use super::context::{Children, children_context, syllabus_context};
use crate::llm::{Prompt, PromptError, PromptSet, ProposeContext, Rendered, SyllabusContext, Wording};
use crate::taxonomy::manifest::StepSettings;
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
    /// How often a question about a whole place is asked. 0 is once.
    pub runs: u32,
    /// How often each stratum is asked about. 0 is once.
    pub runs_per_stratum: u32,
    /// With children: the set of strata in the prompt file, or [`BY_KIND`]. Each entry is a question of its own.
    pub strata: Option<String>,
    /// With fields, sub-fields and disciplines: the set of wordings in the prompt file that runs take in turn.
    pub wordings: Option<String>,
    /// Parts that are left out of the prompt.
    pub trim: Trim,
}

/// In place of a set of strata: the one that the prompt file names for the kind that is asked for.
pub const BY_KIND: &str = "by-kind";

impl Manner {
    /// The same question so many times, with everything that decisions teach.
    #[must_use]
    pub fn runs(runs: u32) -> Self {
        Self { runs, ..Self::default() }
    }

    /// As `provost.yaml` says for asking for children.
    #[must_use]
    pub fn of_children(step: &StepSettings, trim: Trim) -> Self {
        Self {
            runs: step.runs.unwrap_or(1),
            runs_per_stratum: step.runs_per_stratum.unwrap_or(1),
            strata: step.strata.clone(),
            wordings: step.wordings.clone(),
            trim,
        }
    }

    /// As `provost.yaml` says for asking for a syllabus.
    #[must_use]
    pub fn of_syllabus(step: &StepSettings, trim: Trim) -> Self {
        Self { trim, ..Self::runs(step.runs.unwrap_or(1)) }
    }

    /// The set of strata that a request is asked by.
    fn strata_of<'a>(&'a self, prompts: &'a PromptSet, request: &Request) -> Option<&'a str> {
        match (request, self.strata.as_deref()) {
            (Request::Children { kind, .. }, Some(BY_KIND)) => prompts.strata_for(Prompt::Propose, kind.name()),
            (Request::Children { .. }, set) => set,
            (Request::Syllabus { .. }, _) => None,
        }
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
    /// How often it is asked.
    pub runs: u32,
    /// What the runs take in turn; none where all are worded alike.
    pub wordings: Vec<Wording>,
}

impl Question {
    /// The wording of a run, from 1.
    #[must_use]
    pub fn wording(&self, run: u32) -> Option<&Wording> {
        self.wordings.get((run.max(1) as usize - 1) % self.wordings.len().max(1))
    }

    /// What a run, from 1, is told.
    #[must_use]
    pub fn told(&self, run: u32) -> Told {
        let mut told = self.told.clone();
        if let (Told::Children(_, _, context), Some(wording)) = (&mut told, self.wording(run)) {
            context.wording = Some(wording.clone());
        }
        told
    }

    /// The runs, from 1, whose prompts differ.
    pub fn different(&self) -> impl Iterator<Item = u32> + use<> {
        let wordings = u32::try_from(self.wordings.len()).unwrap_or(u32::MAX);
        1..=wordings.clamp(1, self.runs)
    }

    /// The conversation that a run, from 1, sends first.
    ///
    /// # Errors
    /// A template of the directory that cannot be filled in.
    pub fn render(&self, prompts: &PromptSet, run: u32) -> Result<Rendered, PromptError> {
        match &self.told(run) {
            Told::Children(_, _, context) => prompts.render(&**context),
            Told::Syllabus(_, context) => prompts.render(&**context),
        }
    }
}

/// How many calls a request leads to, second rounds and retries left out.
#[must_use]
pub fn calls(prompts: &PromptSet, request: &Request, manner: &Manner) -> u32 {
    match manner.strata_of(prompts, request) {
        None => manner.runs.max(1),
        Some(set) => {
            let strata = prompts.strata(Prompt::Propose, set).map_or(1, <[String]>::len);
            manner.runs_per_stratum.max(1).saturating_mul(u32::try_from(strata).unwrap_or(1))
        }
    }
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
            let set = manner.strata_of(prompts, request);
            let runs = if set.is_some() { manner.runs_per_stratum } else { manner.runs };
            let wordings = wordings(prompts, *kind, manner)?;
            let strata = match set {
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
                Question { stratum, told, runs: runs.max(1), wordings: wordings.clone() }
            };
            Ok(strata.into_iter().map(question).collect())
        }
        Request::Syllabus { subject, hint } => {
            let context = syllabus_context(snapshot, *subject, hint.as_deref(), manner.trim);
            let no = || format!("\"{}\" is not an accepted subject.", snapshot.name(*subject).line());
            let told = Told::Syllabus(*subject, Box::new(context.ok_or_else(no)?));
            Ok(vec![Question { stratum: None, told, runs: manner.runs.max(1), wordings: vec![] }])
        }
    }
}

/// The wordings that runs take in turn. Subjects are asked for in one wording, ten times in the paper.
fn wordings(prompts: &PromptSet, kind: Kind, manner: &Manner) -> Result<Vec<Wording>, String> {
    let Some(set) = manner.wordings.as_deref().filter(|_| kind != Kind::Subject) else { return Ok(Vec::new()) };
    let names = prompts.wordings(Prompt::Propose, set).map_err(|error| error.to_string())?;
    Ok(names.into_iter().map(|name| Wording { set: set.to_owned(), name: name.to_owned() }).collect())
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
    let place = Kind::place(above);
    Some(format!("A {kind} does not hang under {place}."))
}
