//! `provost add`, `move`, `merge`, `split`, `deprecate`, `restore`: changes by hand.

use std::collections::HashSet;
use std::path::Path;

use clap::Args;

use super::console::Console;
use super::decide::read;
use super::locate;
use super::table::count;
use crate::error::AppError;
use crate::store::Store;
use crate::taxonomy::bulk::names_in;
use crate::taxonomy::node::{Facts, Kind};
use crate::taxonomy::op::Op;
use crate::taxonomy::text::{Untrusted, normalise};

/// Add nodes by hand
#[derive(Debug, Args)]
#[command(after_help = "\
The kind follows from the parent (the children of a field are disciplines unless you say --kind sub-field). --scope \
and --level apply to a single name. `-` reads names from stdin, one per line; list bullets and numbers are removed. \
All names of one call are one decision.

Examples:
  provost add / \"Natural Sciences\" \"Humanities\"
  provost add natural-sciences/physics Optics --level 200 --scope \"Light as ray, wave and photon.\"
  provost add services --kind sub-field \"Food trades\"
  provost add physics - --skip-known < subjects.txt

Exit codes: 0 done, 2 the name is taken, or the kind does not fit there")]
pub struct Add {
    /// Parent node; `/` for the root
    parent: String,
    /// Names; `-` reads them from stdin
    #[arg(required = true)]
    names: Vec<String>,
    /// field, sub-field, discipline or subject
    #[arg(long)]
    kind: Option<Kind>,
    /// Scope, in a sentence or two
    #[arg(long)]
    scope: Option<String>,
    /// Level of a subject: 200, graduate, Year 1
    #[arg(long)]
    level: Option<String>,
    /// Skip names that already exist or appear twice in the list
    #[arg(long)]
    skip_known: bool,
    /// Show what would be done, without doing it
    #[arg(short = 'n', long)]
    dry_run: bool,
}

impl Add {
    /// Runs the command.
    ///
    /// # Errors
    /// The store refused; nothing was added.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let mut names = Vec::new();
        for name in self.names {
            if name == "-" { names.extend(names_in(&read(Path::new("-"))?)) } else { names.push(name) }
        }
        if names.len() > 1 && (self.scope.is_some() || self.level.is_some()) {
            return Err(AppError::usage("--scope and --level are for one name; several are given."));
        }
        let mut store = open(console, self.dry_run)?;
        let snapshot = store.snapshot();
        let parent = locate::place(&snapshot, &self.parent)?;
        let above = parent.and_then(|id| snapshot.tree.node(id));
        let likely = Kind::below(above.map(|node| node.kind)).first().copied();
        let kind = self.kind.or(likely).ok_or_else(|| {
            let name = above.map(|node| node.facts.name.line().into_owned()).unwrap_or_default();
            AppError::usage(format!("\"{name}\" is a subject; nothing hangs under a subject."))
        })?;
        let (scope, level) = (self.scope.map(Untrusted::from), self.level.map(Untrusted::from));
        let facts = |name: String| Facts { scope: scope.clone(), level: level.clone(), ..Facts::named(name) };
        if self.skip_known {
            let mut seen = HashSet::new();
            let before = names.len();
            names.retain(|name| seen.insert(normalise(name)) && snapshot.tree.child_by_name(parent, name).is_none());
            if names.len() < before {
                console.out.note(&format!("{} known already", count(before - names.len(), "name is", "names are")));
            }
        }
        let nodes = names.into_iter().map(facts).collect();
        finish(console, &mut store, Op::Add { parent, kind, nodes }, self.dry_run)
    }
}

/// Move nodes to another parent
#[derive(Debug, Args)]
#[command(after_help = "\
Everything below a node moves with it, and every id stays the same.

Examples:
  provost move physics/biophysics --to natural-sciences/biology

Exit codes: 0 done, 2 the kind does not fit there, or the name is taken")]
pub struct Move {
    /// Nodes
    #[arg(required = true, value_name = "NODE")]
    on: Vec<String>,
    /// Node; `/` for the root
    #[arg(long, value_name = "NODE")]
    to: String,
    /// Show what would be done, without doing it
    #[arg(short = 'n', long)]
    dry_run: bool,
}

impl Move {
    /// Runs the command.
    ///
    /// # Errors
    /// The store refused; nothing was moved.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let mut store = open(console, self.dry_run)?;
        let snapshot = store.snapshot();
        let (on, to) = (locate::nodes(&snapshot, &self.on)?, locate::place(&snapshot, &self.to)?);
        finish(console, &mut store, Op::Move { on, to }, self.dry_run)
    }
}

/// Merge nodes into another
#[derive(Debug, Args)]
#[command(after_help = "\
The names of each merged node become aliases of the other, its children move there, and it is deprecated. To merge a \
proposal, use `provost decide PROPOSAL --merge NODE`.

Examples:
  provost merge physics/light --into physics/optics
  provost merge physics/light physics/rays --into physics/optics --dry-run

Exit codes: 0 done, 2 they are of different kinds, or a child's name is taken")]
pub struct Merge {
    /// Nodes to merge
    #[arg(required = true, value_name = "NODE")]
    on: Vec<String>,
    /// Node to merge into
    #[arg(long, value_name = "NODE")]
    into: String,
    /// Show what would be done, without doing it
    #[arg(short = 'n', long)]
    dry_run: bool,
}

impl Merge {
    /// Runs the command.
    ///
    /// # Errors
    /// The store refused.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let mut store = open(console, self.dry_run)?;
        let snapshot = store.snapshot();
        let (on, into) = (locate::nodes(&snapshot, &self.on)?, locate::node(&snapshot, &self.into)?);
        finish(console, &mut store, Op::Merge { on, into }, self.dry_run)
    }
}

/// Split a node into several siblings
#[derive(Debug, Args)]
#[command(after_help = "\
The new nodes become siblings of NODE, the first of them takes its children, and NODE is deprecated and keeps its \
syllabus. If one of the names is NODE's own, NODE stays as it is and the others are split off. You can split a \
proposal too.

Examples:
  provost split physics/optics --into \"Geometrical optics\" --into \"Wave optics\"
  provost split physics/optics --into Optics --into Photonics

Exit codes: 0 done, 2 a name is taken, or the parent is not accepted")]
pub struct Split {
    /// Node to split, accepted or proposed
    node: String,
    /// Name of a new node; give at least two
    #[arg(long, value_name = "NAME", required = true)]
    into: Vec<String>,
    /// Show what would be done, without doing it
    #[arg(short = 'n', long)]
    dry_run: bool,
}

impl Split {
    /// Runs the command.
    ///
    /// # Errors
    /// The store refused.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let mut store = open(console, self.dry_run)?;
        let snapshot = store.snapshot();
        let Some(on) = locate::branch(&snapshot, &self.node)? else {
            return Err(AppError::usage("The root is not a node; name a node below it."));
        };
        let into = self.into.into_iter().map(Facts::named).collect();
        finish(console, &mut store, Op::Split { on, into }, self.dry_run)
    }
}

/// Deprecate nodes: keep them, but generate nothing from them
#[derive(Debug, Args)]
#[command(after_help = "\
Accepted nodes are never deleted: a deprecated node keeps its history and yields no more homework. Its pending \
children are withdrawn until it is restored.

Examples:
  provost deprecate physics/alchemy --reason \"not science\"
  provost deprecate physics/light --replaced-by physics/optics
  provost deprecate physics/light physics/rays --replaced-by physics/optics --dry-run
  provost deprecate physics/light --restore

Exit codes: 0 done, 2 it is deprecated already")]
pub struct Deprecate {
    /// Nodes
    #[arg(required = true, value_name = "NODE")]
    on: Vec<String>,
    /// Node that replaces them
    #[arg(long, value_name = "NODE")]
    replaced_by: Option<String>,
    /// Reason
    #[arg(long)]
    reason: Option<String>,
    /// Restore them, like `provost restore`
    #[arg(long, conflicts_with_all = ["replaced_by", "reason"])]
    restore: bool,
    /// Show what would be done, without doing it
    #[arg(short = 'n', long)]
    dry_run: bool,
}

impl Deprecate {
    /// Runs the command.
    ///
    /// # Errors
    /// The store refused; nothing was changed.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let mut store = open(console, self.dry_run)?;
        let snapshot = store.snapshot();
        let on = locate::nodes(&snapshot, &self.on)?;
        let op = if self.restore {
            Op::Restore { on }
        } else {
            let replaced_by = self.replaced_by.as_deref().map(|text| locate::node(&snapshot, text)).transpose()?;
            Op::Deprecate { on, replaced_by, reason: self.reason.map(Untrusted::from) }
        };
        finish(console, &mut store, op, self.dry_run)
    }
}

/// Restore deprecated nodes
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  provost restore physics/light
  provost tree --json | jq -r 'select(.state == \"deprecated\") | .id' | xargs provost restore --dry-run

Exit codes: 0 done, 2 it is not deprecated")]
pub struct Restore {
    /// Nodes
    #[arg(required = true, value_name = "NODE")]
    on: Vec<String>,
    /// Show what would be done, without doing it
    #[arg(short = 'n', long)]
    dry_run: bool,
}

impl Restore {
    /// Runs the command.
    ///
    /// # Errors
    /// The store refused; nothing was changed.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let mut store = open(console, self.dry_run)?;
        let on = locate::nodes(&store.snapshot(), &self.on)?;
        finish(console, &mut store, Op::Restore { on }, self.dry_run)
    }
}

fn open(console: &mut Console<'_>, dry_run: bool) -> Result<Store, AppError> {
    if dry_run { console.read() } else { console.write() }
}

fn finish(console: &mut Console<'_>, store: &mut Store, op: Op, dry_run: bool) -> Result<(), AppError> {
    if dry_run { console.rehearse(store, op) } else { console.submit(store, op).map(drop) }
}
