//! `provost import`.

mod source;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use self::source::Source as Read;
use super::console::Console;
use super::locate;
use super::table::{count, grouped};
use crate::error::AppError;
use crate::import::forest::{Deeper, Shape, kinds_in_words, plant};
use crate::import::skos::vocabulary::language_tag;
use crate::import::{Import as Found, ImportError, Remark, Rule, csv, folders, outline, skos};
use crate::store::{Store, distinct, now, timestamp};
use crate::taxonomy::id::{BatchId, NodeId, ProposalId};
use crate::taxonomy::node::{Deprecation, Kind};
use crate::taxonomy::op::Op;
use crate::taxonomy::proposal::{Batch, Proposed, Source, State};
use crate::taxonomy::snapshot::{Outlook, Snapshot};
use crate::taxonomy::text::reveal_line;

/// How many remarks of one rule are listed; the others are counted.
const LISTED: usize = 5;

/// What a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Detect by the file's name, else by its content
    Auto,
    /// A table with one column per level, or with a column of parent ids
    Csv,
    /// SKOS in Turtle or RDF/XML
    Skos,
    /// Indented text, or a Markdown outline
    Outline,
    /// A tree of folders with a qna.yaml in each leaf
    Instructlab,
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Format::Auto => "auto",
            Format::Csv => "csv",
            Format::Skos => "skos",
            Format::Outline => "outline",
            Format::Instructlab => "instructlab",
        }
    }
}

/// What becomes of what is deeper than there are kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Below {
    /// Turn it into subtopics of the subject above
    Subtopics,
    /// Turn it into siblings of the node above
    Beside,
    /// Leave it out
    LeaveOut,
    /// Stop with an error and import nothing
    Refuse,
}

/// Import a taxonomy from another program as proposals
#[derive(Debug, Args)]
#[command(after_help = "\
Everything in the file becomes a proposal, all in one batch that records the file's name, format and hash, and where \
each proposal came from. Names that are already known are not proposed again, so importing a file twice is safe. \
Anything that does not fit is reported and counted. A malformed file is reported with line and column, and nothing \
of it is imported.

Tables: the header says which column is which level (field, sub-field, discipline, subject; or OpenAlex's domain, \
field, subfield, topic), or the table has columns id, parent_id and name. The other formats (SKOS, outlines, \
folders) only have depth: levels become kinds from the top, as many as fit; --kinds overrides this. \
docs/import-export.md lists what maps to what.

Examples:
  provost import topics.csv --dry-run
  provost import courses.csv --under natural-sciences/physics --accept
  provost import kurse.csv --levels Fach=discipline,Kurs=subject --under wirtschaft
  provost import physh.ttl --kinds field,sub-field,discipline,subject
  provost import outline.md --under physics --deeper refuse
  provost import instructlab-taxonomy/ --skip-bad

Exit codes: 0 done, 1 the system refused, 2 the file cannot be used")]
pub struct Import {
    /// File to import, or the folder of an InstructLab taxonomy; `-` for stdin
    file: PathBuf,
    /// Format of the file
    #[arg(long, value_enum, default_value = "auto")]
    format: Format,
    /// Accepted node to import under [default: the root]
    #[arg(long, value_name = "NODE")]
    under: Option<String>,
    /// Accept everything at once, as one decision with one undo (deprecating is a second)
    #[arg(long)]
    accept: bool,
    /// Show what would be proposed and what would not, without changing anything
    #[arg(long, conflicts_with = "accept")]
    dry_run: bool,
    /// Tables: which column is which level, if the header does not say
    #[arg(long, value_name = "COLUMN=KIND", value_delimiter = ',', value_parser = level)]
    levels: Vec<(String, Kind)>,
    /// Kind of each depth, from the top; `-` skips a level [default: as many as fit]
    #[arg(long, value_name = "KIND", value_delimiter = ',', allow_hyphen_values = true, value_parser = kind)]
    kinds: Vec<KindOrNone>,
    /// What to do with levels below the last kind
    #[arg(long, value_enum, default_value = "subtopics")]
    deeper: Below,
    /// SKOS: turn each concept scheme into a node above its top concepts
    #[arg(long)]
    schemes: bool,
    /// SKOS: language tag of the labels to use as names [default: the language in provost.yaml]
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
    /// InstructLab: skip files that cannot be read
    #[arg(long)]
    skip_bad: bool,
}

/// A kind, or a level to leave out.
#[derive(Debug, Clone, Copy)]
struct KindOrNone(Option<Kind>);

fn kind(text: &str) -> Result<KindOrNone, String> {
    if text == "-" { Ok(KindOrNone(None)) } else { text.parse().map(|kind| KindOrNone(Some(kind))) }
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
        let mut store = if self.dry_run { console.read()? } else { console.write()? };
        let snapshot = store.snapshot();
        let under = self.under.as_deref().map_or(Ok(None), |text| locate::place(&snapshot, text))?;
        let read = source::read(&self.file)?;
        let format = self.format(&read)?;
        let shape = Shape {
            under,
            kinds: self.kinds.iter().map(|kind| kind.0).collect(),
            deeper: match self.deeper {
                Below::Subtopics => Deeper::Subtopics,
                Below::Beside => Deeper::Beside,
                Below::LeaveOut => Deeper::LeaveOut,
                Below::Refuse => Deeper::Refuse,
            },
            deprecated: self.accept,
        };
        let (found, unit) = self.understand(console, &read, format, shape, &snapshot)?;
        if self.dry_run {
            report(console, &found, unit, true)?;
            return preview(console, &found);
        }
        let source = self.provenance(&read, format, under);
        let named = propose(&mut store, &found, under, source)?;
        report(console, &found, unit, false)?;
        withdrawn(console, &store, &found)?;
        if self.accept {
            accept(console, &mut store, &named)?;
            retire(console, &mut store, &found)?;
        }
        Ok(())
    }

    fn format(&self, read: &Read) -> Result<Format, AppError> {
        let guessed = match (self.format, read.likely(!self.levels.is_empty())) {
            (Format::Auto, Some(format)) => format,
            (Format::Auto, None) => {
                let shown = &read.shown;
                let message = format!("Neither the name of {shown} nor what is in it says what it is written in.");
                return Err(AppError::usage(message).hint("--format csv, skos, outline or instructlab says it"));
            }
            (format, _) => format,
        };
        if (guessed == Format::Instructlab) != read.is_folder() {
            let what = if read.is_folder() { "a folder; only --format instructlab reads one" } else { "no folder" };
            return Err(AppError::usage(format!("{} is {what}.", read.shown)).hint("name another file or format"));
        }
        Ok(guessed)
    }

    /// Reads what the source holds.
    fn understand(
        &self,
        console: &mut Console<'_>,
        read: &Read,
        format: Format,
        shape: Shape,
        snapshot: &Snapshot,
    ) -> Result<(Found, [&'static str; 2]), AppError> {
        let wrong = |error: ImportError| {
            AppError::usage(format!("{}{}: {}", read.shown, error.position(), error.message))
                .hint(format!("nothing was imported; {}", remedy(format)))
        };
        let bytes = read.bytes();
        let (items, remarks, unit) = match format {
            Format::Csv | Format::Auto => {
                let options = csv::Options { shape, levels: self.levels.clone() };
                let table = csv::read(bytes, snapshot, &options).map_err(wrong)?;
                console.out.note(&format!("columns: {}", table.used.join(", ")));
                if !table.unused.is_empty() {
                    console.out.note(&format!("left out: {} ({})", table.unused.join(", "), table.why));
                }
                return Ok((table.import, ["row", "rows"]));
            }
            Format::Skos => {
                let language = self.language.clone().or_else(|| language_tag(snapshot.manifest.language.raw()));
                let options = skos::Options { language, schemes: self.schemes, deprecated: shape.deprecated };
                let scheme = skos::read(bytes, &options).map_err(wrong)?;
                console.out.note(&format!("format: SKOS in {}", scheme.syntax));
                (scheme.items, scheme.remarks, ["concept", "concepts"])
            }
            Format::Outline => {
                let (items, remarks) = outline::read(bytes).map_err(wrong)?;
                (items, remarks, ["name", "names"])
            }
            Format::Instructlab => {
                let folders::Folders { items, mut remarks, bad } = folders::read(read.leaves()).map_err(wrong)?;
                if !self.skip_bad {
                    refuse(read, &bad)?;
                }
                let why = |bad: folders::Bad| {
                    Remark::new(Rule::Unreadable, format!("{}{}", bad.path, bad.error.position()), bad.error.message)
                };
                remarks.extend(bad.into_iter().map(why));
                let left = |path: &String| Remark::new(Rule::Other, path.clone(), "a link, not followed");
                remarks.extend(read.links().iter().map(left));
                (items, remarks, ["folder", "folders"])
            }
        };
        let (kinds, found) = plant(&items, remarks, snapshot, &shape).map_err(wrong)?;
        if !kinds.is_empty() {
            console.out.note(&format!("kinds by depth: {}", kinds_in_words(&kinds)));
        }
        Ok((found, unit))
    }

    /// What the batch says of where it comes from.
    fn provenance(&self, read: &Read, format: Format, under: Option<NodeId>) -> Source {
        let mut options = Vec::new();
        let mut said = |name: &str, value: String| options.push(format!("{name}={value}"));
        if let Some(under) = under {
            said("under", under.to_string());
        }
        let kinds: Vec<_> = self.kinds.iter().map(|kind| kind.0).collect();
        if !kinds.is_empty() {
            said("kinds", kinds_in_words(&kinds));
        }
        for (column, kind) in &self.levels {
            said("level", format!("{column}={kind}"));
        }
        if self.deeper != Below::Subtopics {
            said(
                "deeper",
                self.deeper.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default(),
            );
        }
        if let Some(language) = &self.language {
            said("language", language.clone());
        }
        for (name, set) in [("schemes", self.schemes), ("skip-bad", self.skip_bad), ("accept", self.accept)] {
            if set {
                options.push(name.to_owned());
            }
        }
        Source::Import {
            file: read.name.clone().into(),
            format: format.name().to_owned(),
            hash: Some(read.hash()),
            options,
        }
    }
}

fn remedy(format: Format) -> &'static str {
    match format {
        Format::Csv | Format::Auto => "fix the file, or name its columns with --levels COLUMN=KIND",
        Format::Skos => "fix the file, or export it again from the program that wrote it",
        Format::Outline => "fix the file",
        Format::Instructlab => "name the folder that holds knowledge/ and compositional_skills/",
    }
}

/// All files that cannot be read, as one error.
fn refuse(read: &Read, bad: &[folders::Bad]) -> Result<(), AppError> {
    let Some(first) = bad.first() else { return Ok(()) };
    let one = |bad: &folders::Bad| {
        format!("{}/{}{}: {}", read.shown, reveal_line(&bad.path), bad.error.position(), bad.error.message)
    };
    let mut message = one(first);
    for more in &bad[1..] {
        message.push('\n');
        message.push_str(&one(more));
    }
    let files = count(bad.len(), "file", "files");
    Err(AppError::usage(message).hint(format!("nothing was imported; fix {files}, or leave them out with --skip-bad")))
}

/// Puts everything new forward in one batch; all proposals that the file names, in order.
fn propose(
    store: &mut Store,
    found: &Found,
    about: Option<NodeId>,
    source: Source,
) -> Result<Vec<ProposalId>, AppError> {
    let mut named = found.proposed_before.clone();
    if !found.proposals.is_empty() {
        named.extend(found.proposals.iter().map(Proposed::id));
        let at = now();
        let bad = found.remarks.iter().filter(|remark| remark.rule.leaves_out()).map(|remark| line(remark).into());
        let batch = Batch {
            id: BatchId::new(at, distinct()),
            at: timestamp(at),
            by: store.curator().to_owned(),
            source,
            about,
            bad: bad.collect(),
            proposals: found.proposals.clone(),
            calls: vec![],
        };
        store.submit(Op::Propose(Box::new(batch)))?;
    }
    Ok(named)
}

/// The remark in a line: an IRI comes last, another place first.
fn line(remark: &Remark) -> String {
    let (at, what) = (remark.at.as_str(), remark.what.as_str());
    match (at.is_empty(), what.is_empty()) {
        (true, _) => what.to_owned(),
        (_, true) => at.to_owned(),
        _ if at.contains("://") || at.starts_with("urn:") => format!("{what} ({at})"),
        _ => format!("{at}: {what}"),
    }
}

fn kinds_of(proposals: &[Proposed]) -> String {
    let kinds = Kind::ALL.into_iter().filter_map(|wanted| {
        let of = |proposed: &&Proposed| matches!(proposed, Proposed::Node { kind, .. } if *kind == wanted);
        let number = proposals.iter().filter(of).count();
        (number > 0).then(|| count(number, wanted.name(), wanted.plural()))
    });
    kinds.collect::<Vec<_>>().join(", ")
}

fn report(console: &mut Console<'_>, found: &Found, unit: [&str; 2], all: bool) -> Result<(), AppError> {
    let kinds = kinds_of(&found.proposals);
    let read = count(found.read, unit[0], unit[1]);
    let new = count(found.proposals.len(), "new proposal", "new proposals");
    let of = if kinds.is_empty() { String::new() } else { format!(": {kinds}") };
    console.out.line(&format!("{read}, {new}{of}."))?;
    let known = found.accepted_before.len() + found.proposed_before.len();
    if known > 0 {
        let accepted = found.accepted_before.len();
        console
            .out
            .line(&format!("{} known already ({accepted} accepted).", count(known, "name was", "names were")))?;
    }
    let twins = found.remarks.iter().any(|remark| remark.rule == Rule::Twin);
    if found.repeated > 0 && !twins {
        let repeats = [format!("{} repeats", unit[0]), format!("{} repeat", unit[1])];
        console.out.line(&format!("{} an earlier one.", count(found.repeated, &repeats[0], &repeats[1])))?;
    }
    let mut rules: BTreeMap<Rule, Vec<&Remark>> = BTreeMap::new();
    for remark in &found.remarks {
        rules.entry(remark.rule).or_default().push(remark);
    }
    for (rule, remarks) in rules {
        let number: usize = remarks.iter().map(|remark| remark.number).sum();
        console.out.line(&format!("{} {}:", grouped(number as u64), rule.title()))?;
        let listed = if all { remarks.len() } else { LISTED };
        for remark in remarks.iter().take(listed) {
            console.out.line(&format!("  {}", reveal_line(&line(remark))))?;
        }
        if remarks.len() > listed {
            console.out.line(&format!("  and {} more", grouped((remarks.len() - listed) as u64)))?;
        }
    }
    Ok(())
}

/// The new proposals as an outline.
fn preview(console: &mut Console<'_>, found: &Found) -> Result<(), AppError> {
    let mut depths: HashMap<NodeId, usize> = HashMap::new();
    for proposed in &found.proposals {
        let Proposed::Node { parent, kind, facts, .. } = proposed else { continue };
        let depth = parent.and_then(|parent| depths.get(&parent)).map_or(0, |depth| depth + 1);
        depths.insert(NodeId::derive(*parent, *kind, facts.name.raw(), 0), depth);
        console.out.line(&format!("{}{} ({kind})", "  ".repeat(depth), facts.name.line()))?;
    }
    console.out.line("Nothing was imported: this was a dry run.")
}

fn withdrawn(console: &mut Console<'_>, store: &Store, found: &Found) -> Result<(), AppError> {
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
    let mut left = HashSet::new();
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

/// Deprecates what the file calls deprecated and was accepted just now, as one event.
fn retire(console: &mut Console<'_>, store: &mut Store, found: &Found) -> Result<(), AppError> {
    let snapshot = store.snapshot();
    let there = |id: &NodeId| snapshot.tree.entry(*id).is_some();
    let on: Vec<(NodeId, Deprecation)> = found
        .deprecated
        .iter()
        .filter(|(id, _)| there(id))
        .map(|(id, said)| (*id, Deprecation { replaced_by: said.replaced_by.filter(there), ..said.clone() }))
        .collect();
    if on.is_empty() {
        return Ok(());
    }
    let number = count(on.len(), "node", "nodes");
    let receipt = store.submit(Op::Retire(on))?;
    let event = receipt.event.map(|event| event.to_string()).unwrap_or_default();
    console.out.line(&format!("Deprecated {number} of them ({event})."))
}
