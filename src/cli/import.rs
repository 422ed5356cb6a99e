//! `provost import`.

use std::fs;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::console::Console;
use super::locate;
use super::table::count;
use crate::error::AppError;
use crate::import::{Import as Found, Levels, csv};
use crate::store::{Store, distinct, now, timestamp};
use crate::taxonomy::id::{BatchId, NodeId, ProposalId};
use crate::taxonomy::node::Kind;
use crate::taxonomy::op::Op;
use crate::taxonomy::proposal::{Batch, Proposed, Source, State};
use crate::taxonomy::snapshot::Outlook;
use crate::taxonomy::text::reveal_line;

/// What a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// By the end of the file's name.
    Auto,
    /// A table with one column a level.
    Csv,
}

/// Read a table of names as proposals
#[derive(Debug, Args)]
#[command(after_help = "\
A CSV file (comma, semicolon or tab) has one column a level and one path down the tree a row. The header says \
which: field, sub-field, discipline, subject; or OpenAlex's domain, field, subfield, topic, which are one level \
up. A column `scope` (or description, summary) describes the last name of a row, `level` a subject's level; other \
columns are left out, and said so. Blank cells skip a level. What is known already is not proposed again, so a \
file can be imported twice. A malformed row is named, and nothing of the file is taken.

Examples:
  provost import topics.csv
  provost import courses.csv --under natural-sciences/physics --accept
  provost import kurse.csv --levels Fach=discipline,Kurs=subject --under wirtschaft

Exit codes: 0 done, 1 the system refused, 2 the file cannot be used")]
pub struct Import {
    /// The file
    file: PathBuf,
    /// What it is written in
    #[arg(long, value_enum, default_value = "auto")]
    format: Format,
    /// The accepted node under which everything hangs [default: the root]
    #[arg(long, value_name = "NODE")]
    under: Option<String>,
    /// Accept everything at once, in one decision that one undo takes back
    #[arg(long)]
    accept: bool,
    /// Columns and their levels, where the header does not say
    #[arg(long, value_name = "COLUMN=KIND", value_delimiter = ',', value_parser = level)]
    levels: Vec<(String, Kind)>,
}

fn level(text: &str) -> Result<(String, Kind), String> {
    let (column, kind) = text.rsplit_once('=').ok_or("write COLUMN=KIND")?;
    Ok((column.to_owned(), kind.parse()?))
}

impl Import {
    /// Runs the command.
    ///
    /// # Errors
    /// The file cannot be used, or the store refused.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let shown = reveal_line(&self.file.display().to_string()).into_owned();
        let extension = self.file.extension().map(|end| end.to_string_lossy().to_lowercase()).unwrap_or_default();
        if self.format == Format::Auto && !matches!(extension.as_str(), "csv" | "tsv" | "txt") {
            return Err(AppError::usage(format!("The name of {shown} does not say what it is written in."))
                .hint("--format csv reads it as a table"));
        }
        let mut store = console.write()?;
        let snapshot = store.snapshot();
        let under = self.under.as_deref().map_or(Ok(None), |text| locate::place(&snapshot, text))?;
        let bytes = fs::read(&self.file).map_err(|error| {
            AppError::usage(format!("{shown} cannot be read: {error}.")).hint("name a file that you can read")
        })?;
        let options = csv::Options { under, levels: self.levels };
        let (header, levels, found) = csv::read(&bytes, &snapshot, &options).map_err(|error| {
            let line = error.line.map(|line| format!("{line}: ")).unwrap_or_else(|| " ".to_owned());
            AppError::usage(format!("{shown}:{line}{}", error.message))
                .hint("nothing was imported; mend the file, or name its columns with --levels COLUMN=KIND")
        })?;
        describe(console, &header, &levels);
        let name = self.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let named = propose(&mut store, &found, under, name)?;
        report(console, &store, &found)?;
        if self.accept {
            accept(console, &mut store, &named)?;
        }
        Ok(())
    }
}

/// Says which column is which level.
fn describe(console: &mut Console<'_>, header: &[String], levels: &Levels) {
    let name = |at: usize| reveal_line(&header[at]).into_owned();
    let used: Vec<String> = levels.kinds.iter().map(|(at, kind)| format!("{} = {kind}", name(*at))).collect();
    console.out.note(&format!("columns: {}", used.join(", ")));
    if !levels.unused.is_empty() {
        let unused: Vec<String> = levels.unused.iter().map(|at| name(*at)).collect();
        console.out.note(&format!("left out: {} (names no level)", unused.join(", ")));
    }
}

/// Puts everything new forward in one batch; all proposals that the file names, in order.
fn propose(store: &mut Store, found: &Found, about: Option<NodeId>, file: String) -> Result<Vec<ProposalId>, AppError> {
    let mut named = found.proposed_before.clone();
    if !found.proposals.is_empty() {
        named.extend(found.proposals.iter().map(Proposed::id));
        let at = now();
        let bad = found.skipped.iter().map(|skip| format!("line {}: {}", skip.line, skip.why).into());
        let batch = Batch {
            id: BatchId::new(at, distinct()),
            at: timestamp(at),
            by: store.curator().to_owned(),
            source: Source::Import { file: file.into(), format: "csv".to_owned() },
            about,
            bad: bad.collect(),
            proposals: found.proposals.clone(),
            calls: vec![],
        };
        store.submit(Op::Propose(Box::new(batch)))?;
    }
    Ok(named)
}

fn report(console: &mut Console<'_>, store: &Store, found: &Found) -> Result<(), AppError> {
    let kinds = Kind::ALL.into_iter().filter_map(|wanted| {
        let of = |proposed: &&Proposed| matches!(proposed, Proposed::Node { kind, .. } if *kind == wanted);
        let number = found.proposals.iter().filter(of).count();
        (number > 0).then(|| count(number, wanted.name(), wanted.plural()))
    });
    let kinds = kinds.collect::<Vec<_>>().join(", ");
    let rows = count(found.rows, "row", "rows");
    let new = count(found.proposals.len(), "new proposal", "new proposals");
    let of = if kinds.is_empty() { String::new() } else { format!(": {kinds}") };
    console.out.line(&format!("{rows}, {new}{of}."))?;
    let known = found.accepted_before.len() + found.proposed_before.len();
    if known > 0 {
        let accepted = found.accepted_before.len();
        console
            .out
            .line(&format!("{} known already ({accepted} accepted).", count(known, "name was", "names were")))?;
    }
    if found.repeated > 0 {
        console.out.line(&format!("{} an earlier one.", count(found.repeated, "row repeats", "rows repeat")))?;
    }
    if !found.skipped.is_empty() {
        console.out.line(&format!("{} left out:", count(found.skipped.len(), "row was", "rows were")))?;
        for skip in found.skipped.iter().take(20) {
            console.out.line(&format!("  line {}: {}", skip.line, skip.why))?;
        }
        if found.skipped.len() > 20 {
            console.out.line(&format!("  and {} more", found.skipped.len() - 20))?;
        }
    }
    let snapshot = store.snapshot();
    let withdrawn = found.proposals.iter().filter_map(|proposed| snapshot.record.proposal(proposed.id()));
    let withdrawn = withdrawn.filter(|proposal| !snapshot.is_open(proposal)).count();
    if withdrawn > 0 {
        console.out.line(&format!("{withdrawn} of the new ones hang under something that was rejected."))?;
    }
    Ok(())
}

/// Accepts what the file names and nobody has decided on, as one event, parents first. What
/// hides characters, and everything below that, stays for a person.
fn accept(console: &mut Console<'_>, store: &mut Store, named: &[ProposalId]) -> Result<(), AppError> {
    let snapshot = store.snapshot();
    let mut on = Vec::new();
    let mut left = std::collections::HashSet::new();
    for id in named {
        let Some(proposal) = snapshot.record.proposal(*id).filter(|found| matches!(found.state, State::Pending)) else {
            continue;
        };
        let waits = matches!(snapshot.outlook(proposal), Outlook::Waiting(above) if left.contains(&above));
        let withdrawn = snapshot.outlook(proposal) == Outlook::Withdrawn;
        if waits || withdrawn || proposal.is_suspicious() || proposal.flag.is_some() {
            left.insert(*id);
        } else {
            on.push(*id);
        }
    }
    if !left.is_empty() {
        let number = count(left.len(), "proposal was", "proposals were");
        console.out.note(&format!(
            "warning: {number} not accepted: hidden characters, a flag, or a parent that is not accepted."
        ));
    }
    if on.is_empty() {
        return console.out.line("Nothing was left to accept.");
    }
    let number = on.len();
    let receipt = store.submit(Op::Accept { on, edit: None, under: None })?;
    let event = receipt.event.map(|event| event.to_string()).unwrap_or_default();
    console.out.line(&format!("Accepted {} ({event}).", count(number, "proposal", "proposals")))
}
