//! What a data set's card counts, while the rows go by.

use std::collections::BTreeMap;

use super::manifest::RunNote;
use super::parts::Split;
use super::row::Row;
use crate::homework::record::CallNote;
use crate::homework::run::RunId;
use crate::llm::Sampling;
use crate::taxonomy::{Kind, NodeId, Untrusted};

/// How a step was asked: all of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Call {
    /// `question` or `answer`.
    pub step: &'static str,
    pub model: String,
    pub served: String,
    pub prompt: String,
    pub sampling: String,
}

/// Counts of rows.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Rows of each split, by field and discipline.
    pub branches: BTreeMap<(Branch, Branch), [u64; 2]>,
    /// Subjects that rows are about.
    pub subjects: BTreeMap<NodeId, u64>,
    /// Rows by how many class sessions they draw on.
    pub strategies: BTreeMap<u8, u64>,
    pub question_types: BTreeMap<&'static str, u64>,
    pub languages: BTreeMap<String, u64>,
    /// Rows by judge and what it gave the pair.
    pub judges: BTreeMap<(String, u8), u64>,
    /// Rows by document: title, path, licence.
    pub documents: BTreeMap<[String; 3], u64>,
    pub calls: BTreeMap<Call, u64>,
    pub runs: BTreeMap<(RunId, String, u64), u64>,
    /// Characters of questions and of answers.
    pub characters: [u64; 2],
    pub prompt_tokens: u64,
    pub completion_tokens: u64,
    pub stale: u64,
}

/// A field or a discipline; two of one name are two.
pub(super) type Branch = (String, Option<NodeId>);

impl Tally {
    pub fn add(&mut self, split: Split, row: &Row<'_>) {
        let branch = |kind: Kind| {
            let node = row.subject.lineage.iter().find(|node| node.kind() == kind).copied();
            (row.name_of(kind).to_owned(), node)
        };
        let of_branch = self.branches.entry((branch(Kind::Field), branch(Kind::Discipline))).or_default();
        of_branch[split as usize] += 1;
        if let Some(subject) = row.record.subject() {
            *self.subjects.entry(subject).or_default() += 1;
        }
        *self.strategies.entry(row.record.strategy).or_default() += 1;
        *self.question_types.entry(row.record.question_type.name()).or_default() += 1;
        match self.languages.get_mut(row.language) {
            Some(rows) => *rows += 1,
            None => drop(self.languages.insert(row.language.to_owned(), 1)),
        }
        let judge = row.judge();
        if !judge.model.is_empty() {
            *self.judges.entry((judge.model.to_owned(), judge.pair)).or_default() += 1;
        }
        for document in row.documents() {
            let of = [document.title, document.path, document.licence].map(str::to_owned);
            *self.documents.entry(of).or_default() += 1;
        }
        let calls = [("question", &row.record.question_call), ("answer", &row.record.answer_call)];
        for (step, call) in calls.into_iter().filter_map(|(step, call)| Some((step, call.as_ref()?))) {
            *self.calls.entry(Call::of(step, call)).or_default() += 1;
        }
        let run = (row.run.clone(), row.record.recipe.clone(), row.record.seed);
        *self.runs.entry(run).or_default() += 1;
        let characters = [row.question(), row.answer()].map(|text| text.chars().count() as u64);
        self.characters.iter_mut().zip(characters).for_each(|(sum, more)| *sum += more);
        let tokens = row.record.tokens();
        self.prompt_tokens += tokens.prompt_tokens;
        self.completion_tokens += tokens.completion_tokens;
        self.stale += u64::from(row.stale);
    }

    /// The runs, with the fingerprint of the plan that `plan` knows of each.
    pub fn runs(&self, plan: impl Fn(&RunId) -> Option<String>) -> Vec<RunNote> {
        let note = |((run, recipe, seed), rows): (&(RunId, String, u64), &u64)| RunNote {
            run: run.to_string(),
            recipe: recipe.clone(),
            plan: plan(run).unwrap_or_default(),
            seed: seed.to_string(),
            rows: *rows,
        };
        self.runs.iter().map(note).collect()
    }
}

impl Call {
    fn of(step: &'static str, call: &CallNote) -> Self {
        Self {
            step,
            model: call.model.clone(),
            served: call.served.as_ref().map_or("", Untrusted::raw).to_owned(),
            prompt: call.prompt.clone(),
            sampling: sampling(&call.sampling),
        }
    }
}

/// In words. The seed of a call differs from item to item and is not part of it.
fn sampling(sampling: &Sampling) -> String {
    let said = [
        sampling.temperature.map(|value| format!("temperature {value}")),
        sampling.top_p.map(|value| format!("top_p {value}")),
        sampling.max_tokens.map(|value| format!("max_tokens {value}")),
    ];
    let said: Vec<String> = said.into_iter().flatten().collect();
    if said.is_empty() { "left to the server".to_owned() } else { said.join(", ") }
}
