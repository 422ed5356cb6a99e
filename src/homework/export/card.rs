//! The card of a data set: `README.md` with the front matter that Hugging Face reads.

use std::collections::BTreeMap;

use serde::Serialize;

use super::columns::COLUMNS;
use super::folder::Text;
use super::format::Format;
use super::manifest::Manifest;
use super::markdown::{plain, table};
use super::parts::Split;
use super::tally::{Branch, Tally};
use super::training::CONFIGURATION;
use super::{Exported, Request};
use crate::homework::checks::Expected;
use crate::homework::dataset::Standing;
use crate::homework::run::{RunFile, RunId};
use crate::homework::similar::NEAR;
use crate::taxonomy::Snapshot;

/// The card's file.
pub(super) const CARD: &str = "README.md";
/// Rows that a table of models has at most.
const MOST_CALLS: usize = 100;

/// What a card is made from.
pub(super) struct Facts<'a> {
    pub snapshot: &'a Snapshot,
    pub request: &'a Request<'a>,
    pub exported: &'a Exported,
    /// Items that are in no file, by what became of them and why.
    pub reasons: BTreeMap<(Standing, String), u64>,
    pub tally: &'a Tally,
    pub manifest: &'a Manifest,
    /// `run.yaml` of the runs that rows are of, where it is still there.
    pub files: Vec<(&'a RunId, Option<RunFile>)>,
    pub has_training: bool,
}

#[derive(Serialize)]
struct Front {
    #[serde(skip_serializing_if = "Option::is_none")]
    license: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    language: Vec<String>,
    pretty_name: String,
    size_categories: Vec<&'static str>,
    task_categories: Vec<&'static str>,
    tags: Vec<&'static str>,
    configs: Vec<Config>,
}

#[derive(Serialize)]
struct Config {
    config_name: &'static str,
    data_files: Vec<DataFiles>,
}

#[derive(Serialize)]
struct DataFiles {
    split: &'static str,
    path: String,
}

/// Hugging Face's word for so many rows.
fn size_category(rows: u64) -> &'static str {
    match rows {
        0..1_000 => "n<1K",
        1_000..10_000 => "1K<n<10K",
        10_000..100_000 => "10K<n<100K",
        100_000..1_000_000 => "100K<n<1M",
        1_000_000..10_000_000 => "1M<n<10M",
        10_000_000..100_000_000 => "10M<n<100M",
        _ => "100M<n<1B",
    }
}

impl Facts<'_> {
    /// The card.
    pub fn card(&self) -> Text {
        let body = [
            self.introduction(),
            self.contents(),
            self.rows(),
            self.making(),
            self.checks(),
            self.held_out(),
            self.licence(),
            self.training(),
            self.reproduction(),
        ];
        let sections: Vec<String> = body.into_iter().filter(|section| !section.is_empty()).collect();
        Text { path: CARD, content: format!("---\n{}---\n\n{}", self.front(), sections.join("\n")) }
    }

    fn title(&self) -> &str {
        self.snapshot.manifest.title.raw()
    }

    fn front(&self) -> String {
        let is_there = |split: &Split| self.manifest.files.iter().any(|file| file.split == *split);
        let path = |split: Split| format!("data/{}-*.{}", split.name(), self.request.format.extension());
        let files = Split::ALL.into_iter().filter(is_there);
        let data_files = files.map(|split| DataFiles { split: split.name(), path: path(split) }).collect();
        let codes = self.tally.languages.keys().filter_map(|name| Expected::named(name).map(Expected::code));
        let front = Front {
            license: self.request.license.map(str::to_owned),
            language: codes.map(str::to_owned).collect(),
            pretty_name: self.snapshot.manifest.title.line().into_owned(),
            size_categories: vec![size_category(self.exported.written + self.exported.held_out)],
            task_categories: vec!["text-generation", "question-answering"],
            tags: vec!["synthetic", "instruction-tuning", "glan", "provost"],
            configs: vec![Config { config_name: "default", data_files }],
        };
        serde_saphyr::to_string(&front).unwrap_or_default()
    }

    fn introduction(&self) -> String {
        let Exported { written, held_out, .. } = self.exported;
        let held_out = if *held_out > 0 { format!(", {held_out} more held out for evaluation") } else { String::new() };
        format!(
            "# {}\n\n\
             {written} pairs of question and answer for training{held_out}, about {}. They were generated from a taxonomy that people \
             approved, class session by class session, by the method of GLAN (Generalized Instruction Tuning, \
             [arXiv 2402.13064](https://arxiv.org/abs/2402.13064)), with provost {}. All questions and answers were written by language models.\n",
            plain(self.title()),
            match self.tally.subjects.len() {
                1 => "one subject".to_owned(),
                number => format!("{number} subjects"),
            },
            self.manifest.provost,
        )
    }

    fn contents(&self) -> String {
        let row = |((field, discipline), rows): (&(Branch, Branch), &[u64; 2])| {
            let [training, held_out] = rows.map(|rows| rows.to_string());
            vec![field.0.clone(), discipline.0.clone(), training, held_out]
        };
        let branches = table(&["field", "discipline", "train", "test"], self.tally.branches.iter().map(row));
        let sum = (self.exported.written + self.exported.held_out).max(1);
        let drawn = self.tally.strategies.iter().map(|(sessions, rows)| match sessions {
            1 => format!("{rows} draw on one class session"),
            _ => format!("{rows} draw on {sessions} class sessions of a syllabus"),
        });
        let types = self.tally.question_types.iter().map(|(kind, rows)| vec![(*kind).to_owned(), rows.to_string()]);
        let languages = self.tally.languages.iter().map(|(language, rows)| vec![language.clone(), rows.to_string()]);
        let kinds = match (self.tally.question_types.len(), self.tally.languages.len()) {
            (0 | 1, 0 | 1) => String::new(),
            _ => format!(
                "\n{}\n{}",
                table(&["type of question", "rows"], types),
                table(&["language", "rows"], languages)
            ),
        };
        let tokens = match self.tally.prompt_tokens + self.tally.completion_tokens {
            0 => String::new(),
            _ => format!(
                " The servers counted {} tokens sent and {} received.",
                self.tally.prompt_tokens, self.tally.completion_tokens
            ),
        };
        format!(
            "## Contents\n\n{branches}{kinds}\nOf all rows, {}. A question has {} characters on average, an answer {}.{tokens}\n",
            drawn.collect::<Vec<_>>().join(" and "),
            self.tally.characters[0] / sum,
            self.tally.characters[1] / sum,
        )
    }

    fn rows(&self) -> String {
        let what = match self.request.format {
            Format::Parquet => {
                "Parquet. `messages` is a list of `{role, content}`: the question of the user, the answer of the assistant."
            }
            Format::Messages => {
                "JSON lines. `messages` is a list of `{role, content}`: the question of the user, the answer of the assistant."
            }
            Format::Conversation => {
                "JSON lines. `messages` is a list of `{role, content, train}`; `train` is true for the answer alone."
            }
            Format::OpenAi => "JSON lines with `messages` and nothing else; the answer has `weight` 1.",
            Format::PromptCompletion => "JSON lines. `prompt` and `completion` are lists with one message each.",
            Format::ShareGpt => "JSON lines. `conversations` is a list of `{from, value}`, `human` and `gpt`.",
            Format::Alpaca => "JSON lines. `instruction` is the question, `output` the answer, `input` is empty.",
            Format::Csv => {
                "CSV. A cell that a spreadsheet would take for a formula has an apostrophe in front; lists are JSON arrays."
            }
        };
        let columns = match self.request.format {
            Format::Parquet | Format::Csv => {
                let row = |column: &super::Column| vec![column.name.to_owned(), column.meaning.to_owned()];
                format!("\n{}", table(&["column", "what it holds"], COLUMNS.iter().map(row)))
            }
            Format::OpenAi => String::new(),
            _ => "\n`meta` says where a row comes from: path and ids of its nodes, class sessions, key concepts, models, prompts, tokens, run.\n".to_owned(),
        };
        format!("## Rows\n\n{what}\nThe answer is the only turn that is meant to be trained on.\n{columns}")
    }

    fn making(&self) -> String {
        let calls = self.tally.calls.iter().take(MOST_CALLS).map(|(call, rows)| {
            let served = if call.served.is_empty() { "not stated" } else { &call.served };
            let cells = [call.step, &call.model, served, &call.prompt, &call.sampling].map(str::to_owned);
            [cells.to_vec(), vec![rows.to_string()]].concat()
        });
        let calls = table(&["step", "model", "as the server calls it", "prompt", "sampling", "rows"], calls);
        let more = match self.tally.calls.len().saturating_sub(MOST_CALLS) {
            0 => String::new(),
            more => format!("\nAnd {more} more.\n"),
        };
        let runs = self.manifest.runs.iter().map(|run| {
            let plan = if run.plan.is_empty() { "not known" } else { &run.plan };
            vec![run.run.clone(), run.rows.to_string(), run.seed.clone(), run.recipe.clone(), plan.to_owned()]
        });
        let runs = table(&["run", "rows", "seed", "recipe", "plan"], runs);
        format!(
            "## How it was made\n\nQuestion and answer are separate calls. The question is asked for with the whole syllabus, the drawn class sessions and the drawn \
             key concepts; the answer with the question alone.\n\n{calls}{more}\n\
             Prompt, recipe and plan are content hashes: of the prompt's text; of prompts, models and parameters; of those with seed, subjects and syllabi.\n\n{runs}"
        )
    }

    fn checks(&self) -> String {
        let standing = |standing: Standing, number: u64| {
            vec![standing.code().to_owned(), number.to_string(), standing.meaning().to_owned()]
        };
        let kept =
            [standing(Standing::Kept, self.exported.written), standing(Standing::HeldOut, self.exported.held_out)];
        let out = self.exported.left_out.iter().map(|(of, number)| standing(*of, *number));
        let standings = table(&["", "items", ""], kept.into_iter().chain(out));
        let reasons = self
            .reasons
            .iter()
            .map(|((standing, why), number)| vec![standing.code().to_owned(), why.clone(), number.to_string()]);
        let reasons = match self.reasons.len() {
            0 => String::new(),
            _ => format!(
                "\nWhy, where a check, a benchmark or the server says so:\n\n{}",
                table(&["", "why", "items"], reasons)
            ),
        };
        let judges = self.tally.judges.iter().map(|((judge, score), rows)| {
            let score = if *score == 0 { "question only".to_owned() } else { format!("{score} of 3") };
            vec![judge.clone(), score, rows.to_string()]
        });
        let judges = match self.tally.judges.len() {
            0 => String::new(),
            _ => format!("\nWhat a judge gave the rows:\n\n{}", table(&["judge", "score", "rows"], judges)),
        };
        let stale = match self.tally.stale {
            0 => String::new(),
            number => {
                format!("\n{number} rows are of a subject or syllabus that has changed since; they have `stale` set.\n")
            }
        };
        format!(
            "## Checks\n\nEvery item was checked for an echo of the question, a cut answer, a leaked prompt, a refusal, questions that are not self-contained, the \
             wrong language, repetition and copies{}. What became of all items:\n\n{standings}{reasons}{judges}{stale}",
            if self.request.selection.benchmarks.is_empty() {
                ""
            } else {
                ", and for overlap with benchmarks (runs of 13 words)"
            },
        )
    }

    fn held_out(&self) -> String {
        if self.exported.held_out == 0 {
            return String::new();
        }
        "## Held out\n\nThe split `test` holds a slice of each discipline. No row of it is in `train`, and rows of `train` that share a run of 13 words with it \
         were left out. Do not train on it.\n"
            .to_owned()
    }

    fn licence(&self) -> String {
        let said = match self.request.license {
            Some(license) => format!("{}.", plain(license)),
            None => "No licence was named by whoever exported this.".to_owned(),
        };
        let documents = self.tally.documents.iter().map(|([title, path, licence], rows)| {
            let licence = if licence.is_empty() { "none was named" } else { licence };
            vec![title.clone(), path.clone(), licence.to_owned(), rows.to_string()]
        });
        let documents = match self.tally.documents.len() {
            0 => String::new(),
            _ => format!(
                "\nThese documents stood in the prompts of rows; their licences apply to what was taken from them:\n\n{}",
                table(&["document", "path", "licence", "rows"], documents)
            ),
        };
        format!(
            "## Licence\n\n{said} The texts were written by the models above; their providers' terms may apply as well.\n{documents}"
        )
    }

    fn training(&self) -> String {
        if !self.has_training {
            return String::new();
        }
        format!(
            "## Training\n\n`trl sft --config {CONFIGURATION}` in this folder trains Mistral 7B with the hyperparameters of the paper: loss on the response alone, \
             3 epochs, learning rate 3e-6, 512 pairs a step, cosine decay to 0, 1,000 linear warm-up steps.\n"
        )
    }

    fn reproduction(&self) -> String {
        let mut commands = String::new();
        for (run, file) in &self.files {
            let Some(file) = file else {
                commands.push_str(&format!("# the run {run} is not there any more\n"));
                continue;
            };
            commands.push_str(&file.request.command());
            commands.push('\n');
        }
        commands.push_str(&self.command());
        format!(
            "## How to reproduce\n\nWith the taxonomy directory, the same models and provost {}:\n\n```sh\n{commands}\n```\n\n\
             Which items there are follows from seed, recipe, subjects and syllabi alone; what a model answers may differ, so compare the ids (`item`). \
             `provost.json` has the SHA-256 of every file.\n",
            self.manifest.provost
        )
    }

    /// The command that exported this.
    fn command(&self) -> String {
        let Request { selection, format, limit, .. } = self.request;
        let run = selection.run.as_ref().map(|run| format!(" --run {run}"));
        let held_out = selection.held_out.map(|number| format!(" --held-out {number}"));
        let stale = selection.stale.then(|| " --stale".to_owned());
        let near = (selection.near != NEAR).then(|| match selection.near {
            1.0 => " --no-near".to_owned(),
            likeness => format!(" --near {likeness}"),
        });
        let benchmarks = (!selection.benchmarks.is_empty()).then(|| " --benchmark FILE".to_owned());
        let bytes = limit.bytes.map(|bytes| format!(" --shard-size {bytes}"));
        let rows = limit.rows.map(|rows| format!(" --shard-rows {rows}"));
        let options: String = [run, held_out, stale, near, benchmarks, bytes, rows].into_iter().flatten().collect();
        format!("provost export --format {}{options} -o dataset/", format.name())
    }
}
