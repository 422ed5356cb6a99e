//! `provost add`, `move`, `merge`, `split`, `deprecate`: changes by hand.

use clap::Args;

use super::console::Console;
use super::locate;
use crate::error::AppError;
use crate::taxonomy::node::{Facts, Kind};
use crate::taxonomy::op::Op;
use crate::taxonomy::text::Untrusted;

/// Add nodes by hand
#[derive(Debug, Args)]
#[command(after_help = "\
The kind follows from the parent (a field's children are disciplines unless --kind says sub-field). --scope and \
--level are for one name.

Examples:
  provost add / \"Natural Sciences\" \"Humanities\"
  provost add natural-sciences/physics Optics --level 200 --scope \"Light as ray, wave and photon.\"
  provost add services --kind sub-field \"Food trades\"

Exit codes: 0 done, 2 the name is taken, or the kind does not fit there")]
pub struct Add {
    /// The node they hang under; `/` for the root
    parent: String,
    /// Their names
    #[arg(required = true)]
    names: Vec<String>,
    /// field, sub-field, discipline or subject
    #[arg(long)]
    kind: Option<Kind>,
    /// What belongs to it, in a sentence or two
    #[arg(long)]
    scope: Option<String>,
    /// The level of a subject: 200, graduate, Year 1
    #[arg(long)]
    level: Option<String>,
}

impl Add {
    /// Runs the command.
    ///
    /// # Errors
    /// The store refused; nothing was added.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        if self.names.len() > 1 && (self.scope.is_some() || self.level.is_some()) {
            return Err(AppError::usage("--scope and --level are for one name; several are given."));
        }
        let mut store = console.write()?;
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
        let nodes = self.names.into_iter().map(facts).collect();
        console.submit(&mut store, Op::Add { parent, kind, nodes }).map(drop)
    }
}

/// Hang nodes under another parent
#[derive(Debug, Args)]
#[command(after_help = "\
Everything below moves along, and every id stays.

Examples:
  provost move physics/biophysics --to natural-sciences/biology

Exit codes: 0 done, 2 the kind does not fit there, or the name is taken")]
pub struct Move {
    /// Which nodes
    #[arg(required = true, value_name = "NODE")]
    on: Vec<String>,
    /// Where; `/` for the root
    #[arg(long, value_name = "NODE")]
    to: String,
}

impl Move {
    /// Runs the command.
    ///
    /// # Errors
    /// The store refused; nothing was moved.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let mut store = console.write()?;
        let snapshot = store.snapshot();
        let (on, to) = (locate::nodes(&snapshot, &self.on)?, locate::place(&snapshot, &self.to)?);
        console.submit(&mut store, Op::Move { on, to }).map(drop)
    }
}

/// Merge a node into another
#[derive(Debug, Args)]
#[command(after_help = "\
The names of NODE become aliases of the other, its children move there, and NODE is deprecated.

Examples:
  provost merge physics/light --into physics/optics

Exit codes: 0 done, 2 they are of different kinds, or a child's name is taken")]
pub struct Merge {
    /// The node that goes
    node: String,
    /// The node that stays
    #[arg(long, value_name = "NODE")]
    into: String,
}

impl Merge {
    /// Runs the command.
    ///
    /// # Errors
    /// The store refused.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let mut store = console.write()?;
        let snapshot = store.snapshot();
        let (on, into) = (locate::node(&snapshot, &self.node)?, locate::node(&snapshot, &self.into)?);
        console.submit(&mut store, Op::Merge { on: vec![on], into }).map(drop)
    }
}

/// Split a node into several siblings
#[derive(Debug, Args)]
#[command(after_help = "\
NODE must have nothing below it; it is deprecated, and the new ones stand beside it.

Examples:
  provost split physics/optics --into \"Geometrical optics\" --into \"Wave optics\"

Exit codes: 0 done, 2 it has nodes below it, or a name is taken")]
pub struct Split {
    /// The node that goes
    node: String,
    /// The name of a new one; at least two
    #[arg(long, value_name = "NAME", required = true)]
    into: Vec<String>,
}

impl Split {
    /// Runs the command.
    ///
    /// # Errors
    /// The store refused.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let mut store = console.write()?;
        let on = locate::node(&store.snapshot(), &self.node)?;
        let into = self.into.into_iter().map(Facts::named).collect();
        console.submit(&mut store, Op::Split { on, into }).map(drop)
    }
}

/// No longer teach nodes
#[derive(Debug, Args)]
#[command(after_help = "\
Accepted nodes are never deleted: they stay with their history and bring forth no more homework. Their pending \
children are withdrawn until they are restored.

Examples:
  provost deprecate physics/alchemy --reason \"not science\"
  provost deprecate physics/light --replaced-by physics/optics
  provost deprecate physics/light --restore

Exit codes: 0 done, 2 it is deprecated already")]
pub struct Deprecate {
    /// Which nodes
    #[arg(required = true, value_name = "NODE")]
    on: Vec<String>,
    /// What to use instead
    #[arg(long, value_name = "NODE")]
    replaced_by: Option<String>,
    /// Why
    #[arg(long)]
    reason: Option<String>,
    /// Teach it again
    #[arg(long, conflicts_with_all = ["replaced_by", "reason"])]
    restore: bool,
}

impl Deprecate {
    /// Runs the command.
    ///
    /// # Errors
    /// The store refused; nothing was changed.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let mut store = console.write()?;
        let snapshot = store.snapshot();
        let on = locate::nodes(&snapshot, &self.on)?;
        let op = if self.restore {
            Op::Restore { on }
        } else {
            let replaced_by = self.replaced_by.as_deref().map(|text| locate::node(&snapshot, text)).transpose()?;
            Op::Deprecate { on, replaced_by, reason: self.reason.map(Untrusted::from) }
        };
        console.submit(&mut store, op).map(drop)
    }
}
