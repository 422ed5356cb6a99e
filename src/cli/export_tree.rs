//! `provost export-tree`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::console::Console;
use super::export::writable;
use super::locate;
use super::table::count;
use crate::disk;
use crate::error::AppError;
use crate::export;
use crate::import::skos::vocabulary::{BASE, language_tag};
use crate::taxonomy::text::reveal_line;

/// What the file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// SKOS in Turtle
    Skos,
    /// A table: one row per node, with its parent's id
    Csv,
}

/// Export the accepted taxonomy for other programs
#[derive(Debug, Args)]
#[command(after_help = "\
Exports names, kinds, places, aliases, levels, scopes, subtopics, notes and deprecations. `provost import --accept` \
reads everything except the notes back into the same tree. Syllabi and history are not exported. Spreadsheets read \
no cell of a table as a formula. To export homework, use `provost export`.

Examples:
  provost export-tree -o taxonomy.ttl
  provost export-tree natural-sciences/physics --format csv -o physics.csv
  provost export-tree --base https://example.org/taxonomy/ --language en-gb -o taxonomy.ttl

Exit codes: 0 done, 1 the disk failed, 2 there is no such node, or FILE is no place for a file")]
pub struct ExportTree {
    /// Only this node and everything below it [default: everything]
    node: Option<String>,
    /// Format [default: by the name of FILE, else skos]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Output file [default: stdout]
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// SKOS: prefix of the nodes' IRIs
    #[arg(long, value_name = "IRI", default_value = BASE)]
    base: String,
    /// SKOS: language tag of the labels [default: the language in provost.yaml]
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
    /// Leave out deprecated nodes
    #[arg(long)]
    active: bool,
}

impl ExportTree {
    /// Runs the command.
    ///
    /// # Errors
    /// There is no such node, or the file cannot be written.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let file = self.out.as_deref().filter(|out| *out != Path::new("-"));
        file.map_or(Ok(()), writable)?;
        let store = console.read()?;
        let snapshot = store.snapshot();
        let under = self.node.as_deref().map_or(Ok(None), |text| locate::place(&snapshot, text))?;
        let language = match &self.language {
            None => language_tag(snapshot.manifest.language.raw()),
            Some(tag) => Some(language_tag(tag).ok_or_else(|| {
                AppError::usage(format!("{} is not a language tag.", reveal_line(tag)))
                    .hint("write it like en or pt-br")
            })?),
        };
        let options = export::Options { under, base: self.base, language, deprecated: !self.active };
        let csv = file.and_then(Path::extension).is_some_and(|end| end.eq_ignore_ascii_case("csv"));
        let format = self.format.unwrap_or(if csv { Format::Csv } else { Format::Skos });
        let text = match format {
            Format::Csv => export::table(&snapshot.tree, &options),
            Format::Skos => export::skos(&snapshot.manifest, &snapshot.tree, &options),
        };
        let text = text.map_err(|error| {
            AppError::usage(format!("The taxonomy cannot be written: {}.", reveal_line(&error.to_string())))
                .hint("--base is the start of an IRI, such as https://example.org/taxonomy/")
        })?;
        let Some(file) = file else { return console.out.document(&text) };
        disk::put_durably(file, text.as_bytes()).map_err(|error| AppError::io(file, &error))?;
        let nodes = count(options.nodes(&snapshot.tree).len(), "node", "nodes");
        console.out.line(&format!("{nodes} in {}.", reveal_line(&file.display().to_string())))
    }
}
