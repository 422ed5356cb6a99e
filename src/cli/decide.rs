//! `provost decide`: what the digit keys do, for scripts.

use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;

use super::console::Console;
use super::locate;
use crate::error::AppError;
use crate::store::{parse_syllabus, yaml};
use crate::taxonomy::event::{Edit, Reason};
use crate::taxonomy::id::ProposalId;
use crate::taxonomy::node::Facts;
use crate::taxonomy::op::Op;
use crate::taxonomy::text::{Untrusted, reveal_line};

/// Decide on proposals
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("decision").required(true).multiple(false)
    .args(["accept", "reject", "defer", "flag", "merge", "place", "revise"]))]
#[command(after_help = "\
All proposals of one call are one decision, and one undo takes it back. A proposal is its id, the id of the node it \
would become, or the end of its path where only one ends so. Where one of them cannot be decided, none is.

Reasons: duplicate, wrong_parent, wrong_level, out_of_scope, not_real, vague, trivial, policy, other:WORDS

Examples:
  provost decide prp_7h2kq0m9xa --accept
  provost decide physics/optics physics/acoustics --accept
  provost decide prp_7h2kq0m9xa --reject duplicate --of natural-sciences/physics/optics
  provost decide prp_7h2kq0m9xa --reject other:\"taught in engineering\"
  provost decide prp_7h2kq0m9xa --place engineering/materials
  provost decide prp_7h2kq0m9xa --merge natural-sciences/physics/optics
  provost show prp_7h2kq0m9xa --yaml > it.yaml && $EDITOR it.yaml
  provost decide prp_7h2kq0m9xa --accept --edit it.yaml

Exit codes: 0 done, 1 a file was changed by other hands, 2 it cannot be decided like that")]
pub struct Decide {
    /// The proposals
    #[arg(required = true, value_name = "PROPOSAL")]
    on: Vec<String>,
    /// Accept
    #[arg(long)]
    accept: bool,
    /// Reject, and why
    #[arg(long, value_name = "CODE[:TEXT]", value_parser = reason)]
    reject: Option<(Reason, Option<String>)>,
    /// Decide later
    #[arg(long)]
    defer: bool,
    /// Ask a second curator
    #[arg(long, value_name = "NOTE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    flag: Option<String>,
    /// It is another name of this accepted node
    #[arg(long, value_name = "NODE")]
    merge: Option<String>,
    /// Accept, but under this node
    #[arg(long, value_name = "NODE")]
    place: Option<String>,
    /// Change a pending syllabus without deciding: YAML as `show --yaml` prints it
    #[arg(long, value_name = "FILE")]
    revise: Option<PathBuf>,
    /// With --accept or --place: as changed in this file; YAML as `show --yaml` prints it, `-` is stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["reject", "defer", "flag", "merge", "revise"])]
    edit: Option<PathBuf>,
    /// With --reject: the accepted node that it duplicates
    #[arg(long, value_name = "NODE", requires = "reject")]
    of: Option<String>,
}

fn reason(text: &str) -> Result<(Reason, Option<String>), String> {
    let (code, words) = match text.split_once(':') {
        Some((code, words)) => (code, Some(words.trim().to_owned()).filter(|words| !words.is_empty())),
        None => (text, None),
    };
    let reason: Reason = code.trim().parse()?;
    if reason == Reason::Other && words.is_none() {
        return Err("own words are needed: other:WORDS".to_owned());
    }
    Ok((reason, words))
}

impl Decide {
    /// Runs the command.
    ///
    /// # Errors
    /// Something that is named is not there, or the store refused; nothing was decided.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let mut store = console.write()?;
        let snapshot = store.snapshot();
        let on: Vec<ProposalId> =
            self.on.iter().map(|text| locate::proposal(&snapshot, text)).collect::<Result<_, _>>()?;
        let only = |what: &str| match on.as_slice() {
            [one] => Ok(*one),
            _ => Err(AppError::usage(format!("{what} is for one proposal; {} are named.", on.len()))),
        };
        let op = if let Some((reason, words)) = self.reject {
            let of = self.of.as_deref().map(|text| locate::node(&snapshot, text)).transpose()?;
            Op::Reject { on, reason, note: words.map(Untrusted::from), of }
        } else if self.defer {
            Op::Defer { on }
        } else if let Some(note) = self.flag {
            Op::Flag { on, note: Some(note).filter(|note| !note.trim().is_empty()).map(Untrusted::from) }
        } else if let Some(node) = self.merge {
            Op::Alias { on, into: locate::node(&snapshot, &node)? }
        } else if let Some(file) = self.revise {
            let to = parse_syllabus(&read(&file)?, &shown(&file))?;
            Op::Revise { on: only("--revise")?, to: Box::new(to), reason: None, note: None, batch: None }
        } else {
            let under = self.place.as_deref().map(|text| locate::place(&snapshot, text)).transpose()?;
            let edit = match self.edit {
                None => None,
                Some(file) => Some(edited(only("--edit")?, &file)?),
            };
            Op::Accept { on, edit, under }
        };
        console.submit(&mut store, op).map(drop)
    }
}

fn edited(on: ProposalId, file: &std::path::Path) -> Result<Edit, AppError> {
    let text = read(file)?;
    if on.is_syllabus() {
        return Ok(Edit::Syllabus(Box::new(parse_syllabus(&text, &shown(file))?)));
    }
    let facts: FactsFile = yaml::read(&text, &shown(file))?;
    Ok(Edit::Facts(Box::new(facts.into())))
}

/// [`Facts`] in a file, where a misspelt key must not pass for an absent one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FactsFile {
    name: Untrusted,
    #[serde(default)]
    aliases: Vec<Untrusted>,
    level: Option<Untrusted>,
    scope: Option<Untrusted>,
    #[serde(default)]
    subtopics: Vec<Untrusted>,
}

impl From<FactsFile> for Facts {
    fn from(file: FactsFile) -> Self {
        let FactsFile { name, aliases, level, scope, subtopics } = file;
        Facts { name, aliases, level, scope, subtopics }
    }
}

fn shown(file: &std::path::Path) -> String {
    reveal_line(&file.display().to_string()).into_owned()
}

/// A file's text, or what comes in where it is `-`.
///
/// # Errors
/// It cannot be read.
pub fn read(file: &std::path::Path) -> Result<String, AppError> {
    let text = if file == std::path::Path::new("-") {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(file)
    };
    text.map_err(|error| AppError::usage(format!("{} cannot be read: {error}.", shown(file))))
}
