//! `provost decide`: what the digit keys do, for scripts.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;

use super::console::Console;
use super::locate;
use crate::error::AppError;
use crate::store::{parse_syllabus, yaml};
use crate::taxonomy::bulk::{self, Sifted};
use crate::taxonomy::describe;
use crate::taxonomy::event::{Edit, Reason};
use crate::taxonomy::id::ProposalId;
use crate::taxonomy::node::{Facts, Kind};
use crate::taxonomy::op::Op;
use crate::taxonomy::proposal::{Body, Proposal};
use crate::taxonomy::snapshot::Snapshot;
use crate::taxonomy::text::{Untrusted, reveal_line};

/// Decide on proposals
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("decision").required(true).multiple(false)
    .args(["accept", "reject", "defer", "flag", "merge", "place", "revise"]))]
#[command(group = clap::ArgGroup::new("which").required(true).multiple(true).args(["on", "under", "kind", "state"]))]
#[command(after_help = "\
All proposals of one call are one decision with one undo. Name a proposal by its id, by the id of the node it would \
become, or by the end of its path if that is unique. `-` reads them from stdin, one per line or as printed by \
`provost proposals --json`. If a named proposal cannot be decided, none is; --skip leaves it out instead.

--under, --kind and --state select many: a whole branch, a kind, a state. Selected proposals that cannot be decided \
this way are left out and reported with the reason. Syllabi are only selected with --kind syllabus. Proposals that \
are flagged for a second curator, or that contain hidden characters, are never accepted in bulk.

Reasons: duplicate, wrong_parent, wrong_level, out_of_scope, not_real, vague, trivial, policy, other:WORDS

Examples:
  provost decide prp_7h2kq0m9xa --accept
  provost decide physics/optics physics/acoustics --accept
  provost decide --under natural-sciences --accept --dry-run
  provost decide --under natural-sciences --kind subject --reject out_of_scope
  provost proposals --state deferred --json | provost decide - --accept --skip
  provost decide prp_7h2kq0m9xa --reject duplicate --of natural-sciences/physics/optics
  provost decide prp_7h2kq0m9xa --reject other:\"taught in engineering\"
  provost decide prp_7h2kq0m9xa --place engineering/materials
  provost decide light waves --merge natural-sciences/physics/optics
  provost show prp_7h2kq0m9xa --yaml > it.yaml && $EDITOR it.yaml
  provost decide prp_7h2kq0m9xa --accept --edit it.yaml

Exit codes: 0 done, 1 a file was changed outside provost, 2 it cannot be decided like that")]
pub struct Decide {
    /// Proposals; `-` reads them from stdin
    #[arg(value_name = "PROPOSAL")]
    on: Vec<String>,
    /// All proposals below this node; `/` for all
    #[arg(long, value_name = "NODE", conflicts_with = "on")]
    under: Option<String>,
    /// Limit a selection to one kind: field, sub-field, discipline, subject or syllabus
    #[arg(long, value_name = "KIND", conflicts_with = "on")]
    kind: Option<String>,
    /// Limit a selection to one state [default: pending]
    #[arg(long, value_name = "STATE", conflicts_with = "on", value_parser = STATES)]
    state: Option<String>,
    /// Skip proposals that cannot be decided this way, and decide the rest
    #[arg(long)]
    skip: bool,
    /// Show what would be decided, without deciding
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Accept
    #[arg(long)]
    accept: bool,
    /// Reject, with the reason
    #[arg(long, value_name = "CODE[:TEXT]", value_parser = reason)]
    reject: Option<(Reason, Option<String>)>,
    /// Defer: decide another time
    #[arg(long)]
    defer: bool,
    /// Ask a second curator
    #[arg(long, value_name = "NOTE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    flag: Option<String>,
    /// Merge into this accepted node, as aliases
    #[arg(long, value_name = "NODE")]
    merge: Option<String>,
    /// Accept under this node instead
    #[arg(long, value_name = "NODE")]
    place: Option<String>,
    /// Change a pending syllabus without deciding: YAML as printed by `show --yaml`
    #[arg(long, value_name = "FILE")]
    revise: Option<PathBuf>,
    /// With --accept or --place: use the edited text in this file; YAML as printed by `show --yaml`, `-` for stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["reject", "defer", "flag", "merge", "revise"])]
    edit: Option<PathBuf>,
    /// With --reject: the accepted node it duplicates
    #[arg(long, value_name = "NODE", requires = "reject")]
    of: Option<String>,
}

const STATES: [&str; 4] = ["pending", "deferred", "flagged", "rejected"];
/// How many names are shown before a decision on many.
const SHOWN: usize = 5;

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
        let mut store = if self.dry_run { console.read()? } else { console.write()? };
        let snapshot = store.snapshot();
        let is_selection = self.on.is_empty();
        let mut on = if is_selection { self.select(&snapshot)? } else { self.named(&snapshot)? };
        let named = on.len();
        if is_selection || self.skip {
            let sifted = self.sift(&snapshot, &on)?;
            sifted.remarks(&snapshot).iter().for_each(|remark| console.out.note(remark));
            on = sifted.on;
        }
        if on.is_empty() {
            let what = match named {
                0 => "No proposal is selected.".to_owned(),
                1 => "The one proposal cannot be decided like that.".to_owned(),
                many => format!("None of {many} proposals can be decided like that."),
            };
            return Err(AppError::usage(what).hint("`provost proposals` lists what is pending, with ids"));
        }
        preview(console, &snapshot, &on);
        let dry_run = self.dry_run;
        let op = self.op(&snapshot, on)?;
        if dry_run { console.rehearse(&store, op) } else { console.submit(&mut store, op).map(drop) }
    }

    fn op(self, snapshot: &Snapshot, on: Vec<ProposalId>) -> Result<Op, AppError> {
        let only = |what: &str| match on.as_slice() {
            [one] => Ok(*one),
            _ => Err(AppError::usage(format!("{what} is for one proposal; {} are named.", on.len()))),
        };
        Ok(if let Some((reason, words)) = self.reject {
            let of = self.of.as_deref().map(|text| locate::node(snapshot, text)).transpose()?;
            Op::Reject { on, reason, note: words.map(Untrusted::from), of }
        } else if self.defer {
            Op::Defer { on }
        } else if let Some(note) = self.flag {
            Op::Flag { on, note: Some(note).filter(|note| !note.trim().is_empty()).map(Untrusted::from) }
        } else if let Some(node) = self.merge {
            Op::Alias { on, into: locate::node(snapshot, &node)? }
        } else if let Some(file) = self.revise {
            let to = parse_syllabus(&read(&file)?, &shown(&file))?;
            Op::Revise { on: only("--revise")?, to: Box::new(to), reason: None, note: None, batch: None }
        } else {
            let under = self.place.as_deref().map(|text| locate::place(snapshot, text)).transpose()?;
            let edit = match self.edit {
                None => None,
                Some(file) => Some(edited(only("--edit")?, &file)?),
            };
            Op::Accept { on, edit, under }
        })
    }

    /// What is named, each once.
    fn named(&self, snapshot: &Snapshot) -> Result<Vec<ProposalId>, AppError> {
        let mut seen = std::collections::HashSet::new();
        let mut on = Vec::new();
        for text in &self.on {
            let names = if text == "-" { names_on_stdin("id")? } else { vec![text.clone()] };
            for name in names {
                let id = locate::proposal(snapshot, &name)?;
                on.extend(Some(id).filter(|id| seen.insert(*id)));
            }
        }
        Ok(on)
    }

    /// What hangs below a node, of a kind, in a state.
    fn select(&self, snapshot: &Snapshot) -> Result<Vec<ProposalId>, AppError> {
        let under = self.under.as_deref().map_or(Ok(None), |text| locate::branch(snapshot, text))?;
        let kind = match self.kind.as_deref() {
            None => None,
            Some("syllabus") => Some(None),
            Some(text) => {
                Some(Some(text.parse::<Kind>().map_err(|error| AppError::usage(format!("{error}, syllabus.")))?))
            }
        };
        let wanted = |proposal: &Proposal| {
            let fits = match (&proposal.body, kind) {
                (Body::Syllabus { .. }, kind) => kind == Some(None),
                (Body::Node { .. }, None) => true,
                (Body::Node { kind: of, .. }, Some(kind)) => Some(*of) == kind,
            };
            let state = match self.state.as_deref().unwrap_or("pending") {
                "flagged" => snapshot.is_open(proposal) && proposal.flag.is_some(),
                state => snapshot.state_name(proposal) == state,
            };
            let within = |top| {
                let is_top = matches!(proposal.body, Body::Node { node, .. } if node == top);
                is_top || proposal.under().is_some_and(|under| snapshot.lineage(under).contains(&top))
            };
            fits && state && under.is_none_or(within)
        };
        let found = snapshot.record.proposals().filter(|proposal| wanted(proposal));
        let mut found: Vec<(Option<_>, ProposalId)> =
            found.map(|proposal| (proposal.seen.first().copied(), proposal.id)).collect();
        found.sort_unstable();
        Ok(found.into_iter().map(|(_, id)| id).collect())
    }

    fn sift(&self, snapshot: &Snapshot, on: &[ProposalId]) -> Result<Sifted, AppError> {
        Ok(if self.accept {
            bulk::acceptable(snapshot, on, None)
        } else if let Some(place) = &self.place {
            bulk::acceptable(snapshot, on, Some(locate::place(snapshot, place)?))
        } else if self.merge.is_some() {
            bulk::mergeable(snapshot, on)
        } else {
            bulk::undecided(snapshot, on)
        })
    }
}

/// Says on stderr what a decision on many is about.
fn preview(console: &mut Console<'_>, snapshot: &Snapshot, on: &[ProposalId]) {
    if on.len() < 2 {
        return;
    }
    let names = on.iter().take(SHOWN).map(|id| describe::proposals(snapshot, &[*id])).collect::<Vec<_>>().join(", ");
    let more = on.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    console.out.note(&format!("{} proposals: {names}{more}", on.len()));
}

/// The names on stdin: one a line, or a line of JSON that has them under `key`.
///
/// # Errors
/// It cannot be read, or a line of JSON names nothing.
pub fn names_on_stdin(key: &str) -> Result<Vec<String>, AppError> {
    let text = read(Path::new("-"))?;
    let mut names = Vec::new();
    for (at, line) in text.lines().enumerate().map(|(at, line)| (at, line.trim())).filter(|(_, line)| !line.is_empty())
    {
        if !line.starts_with('{') {
            names.push(line.to_owned());
            continue;
        }
        let value: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
        let id = value.get(key).and_then(serde_json::Value::as_str);
        let id =
            id.ok_or_else(|| AppError::usage(format!("stdin:{}: a line of JSON without an \"{key}\".", at + 1)))?;
        names.push(id.to_owned());
    }
    Ok(names)
}

fn edited(on: ProposalId, file: &Path) -> Result<Edit, AppError> {
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

fn shown(file: &Path) -> String {
    reveal_line(&file.display().to_string()).into_owned()
}

/// A file's text, or what comes in where it is `-`.
///
/// # Errors
/// It cannot be read.
pub fn read(file: &Path) -> Result<String, AppError> {
    let text =
        if file == Path::new("-") { std::io::read_to_string(std::io::stdin()) } else { std::fs::read_to_string(file) };
    text.map_err(|error| AppError::usage(format!("{} cannot be read: {error}.", shown(file))))
}
