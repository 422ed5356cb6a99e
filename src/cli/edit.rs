//! `provost edit`.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use clap::Args;

use super::console::Console;
use super::decide::read;
use super::global::environment;
use super::locate;
use crate::error::{AppError, Kind};
use crate::store::{Store, node_yaml, parse_node};
use crate::taxonomy::id::NodeId;
use crate::taxonomy::node::Node;
use crate::taxonomy::op::Op;
use crate::taxonomy::text::{Untrusted, reveal_line};
use crate::term::{Edited, EditorCommand, EditorError, Fault, edit_again, edit_text, forget};

/// Change an accepted node
#[derive(Debug, Args)]
#[command(after_help = "\
With options, changes those values; with --file, replaces the whole node by a YAML file in the format of tree/. With \
neither, opens the node in $VISUAL or $EDITOR. If the edited text is invalid, the editor opens again with the error \
above the text; leave it unchanged to give up, and the text stays in a file whose name is printed. Id and kind do \
not change. An empty value removes a text.

Examples:
  provost edit physics/optics --level 300 --scope \"Light as ray, wave and photon.\"
  provost edit physics/optics --name \"Optics and photonics\" --alias Optics
  provost edit physics/optics
  provost show physics/optics --yaml | sed s/Snel/Snell/ | provost edit physics/optics --file -

Exit codes: 0 done, 1 the file was changed outside provost, 2 nothing was changed, or it is not a node")]
pub struct Edit {
    /// Node
    node: String,
    /// New name
    #[arg(long)]
    name: Option<String>,
    /// Scope, in a sentence or two
    #[arg(long)]
    scope: Option<String>,
    /// Level of a subject: 200, graduate, Year 1
    #[arg(long)]
    level: Option<String>,
    /// Notes, kept when the file is rewritten
    #[arg(long)]
    notes: Option<String>,
    /// Add an alias
    #[arg(long, value_name = "NAME")]
    alias: Vec<String>,
    /// Replace the whole node with this YAML; `-` for stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["name", "scope", "level", "notes", "alias"])]
    file: Option<PathBuf>,
    /// Show what would be done, without doing it
    #[arg(short = 'n', long)]
    dry_run: bool,
}

impl Edit {
    /// Runs the command.
    ///
    /// # Errors
    /// The store refused, the file is no node, or the editor failed.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let mut store = if self.dry_run { console.read()? } else { console.write()? };
        let snapshot = store.snapshot();
        let id = locate::node(&snapshot, &self.node)?;
        let Some(before) = snapshot.tree.node(id) else {
            return Err(AppError::usage(format!("There is no accepted node {id}.")));
        };
        let after = match &self.file {
            Some(file) => parse_node(&read(file)?, &reveal_line(&file.display().to_string()))?,
            None if self.is_plain() => return in_editor(console, &mut store, before, self.dry_run),
            None => self.changed(before),
        };
        let op = Op::Edit(Box::new(same_node(id, after)?));
        if self.dry_run { console.rehearse(&store, op) } else { console.submit(&mut store, op).map(drop) }
    }

    fn is_plain(&self) -> bool {
        let texts = [&self.name, &self.scope, &self.level, &self.notes];
        texts.iter().all(|text| text.is_none()) && self.alias.is_empty()
    }

    fn changed(&self, before: &Node) -> Node {
        let mut after = before.clone();
        let set = |to: &mut Option<Untrusted>, from: &Option<String>| {
            if let Some(text) = from {
                *to = Some(text.trim()).filter(|text| !text.is_empty()).map(Untrusted::from);
            }
        };
        set(&mut after.facts.scope, &self.scope);
        set(&mut after.facts.level, &self.level);
        set(&mut after.notes, &self.notes);
        if let Some(name) = &self.name {
            after.facts.name = name.trim().into();
        }
        after.facts.aliases.extend(self.alias.iter().map(|alias| Untrusted::from(alias.trim())));
        after
    }
}

fn same_node(id: NodeId, after: Node) -> Result<Node, AppError> {
    if after.id == id {
        return Ok(after);
    }
    Err(AppError::usage(format!("The text is that of {}, not of {id}; an id never changes.", after.id)))
}

/// The node in the user's editor, again and again until the text can be used or is left as it was;
/// it stays in its file until the decision is on disk.
fn in_editor(console: &mut Console<'_>, store: &mut Store, before: &Node, dry_run: bool) -> Result<(), AppError> {
    if !std::io::stdin().is_terminal() {
        return Err(AppError::usage("An editor needs a terminal.").hint("use --file, or --name and so on"));
    }
    let (config, _) = console.config(None)?;
    let (visual, editor) = (environment("VISUAL"), environment("EDITOR"));
    let failed = |error: EditorError| AppError::new(Kind::Other, error.to_string());
    let command = EditorCommand::choose(config.editor.value.as_deref(), visual.as_deref(), editor.as_deref());
    let (command, secrets) = (command.map_err(failed)?, config.secret_variables());
    let mut edited = edit_text(&command, &node_yaml(before), ".yaml", &secrets).map_err(failed)?;
    let mut refused: Option<(AppError, PathBuf)> = None;
    loop {
        let Edited::Changed { text, kept } = edited else {
            return Err(match refused {
                None => AppError::usage("Nothing was changed."),
                Some((error, kept)) => error.hint(format!("your text is in {}; fix it and use --file", kept.display())),
            });
        };
        let (line, error) = match use_text(console, store, before, &text, dry_run) {
            Ok(()) => {
                forget(&kept);
                return Ok(());
            }
            Err(fault) => fault,
        };
        console.out.report(&error);
        let fault = Fault { line, what: &error.message };
        edited = edit_again(&command, &kept, &text, fault, &secrets).map_err(failed)?;
        refused = Some((error, kept));
    }
}

/// Saves a text as the node; the error has the line where it is known.
fn use_text(
    console: &mut Console<'_>,
    store: &mut Store,
    before: &Node,
    text: &str,
    dry_run: bool,
) -> Result<(), (Option<u64>, AppError)> {
    let after = parse_node(text, "the edited text").map_err(|problem| (problem.line, AppError::from(problem)))?;
    let after = same_node(before.id, after).map_err(|error| (None, error))?;
    let op = Op::Rework { from: Box::new(before.clone()), to: Box::new(after) };
    let done = if dry_run { console.rehearse(store, op) } else { console.submit(store, op).map(drop) };
    done.map_err(|error| (None, error))
}
