//! The accepted taxonomy for other programs: SKOS in Turtle, and a table. Pure: a tree in, text
//! out. What goes out here comes back in through [`crate::import`].

mod skos;
mod table;

pub use skos::skos;
pub use table::table;

use crate::import::skos::vocabulary::BASE;
use crate::taxonomy::id::NodeId;
use crate::taxonomy::tree::Tree;

/// What goes out, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// Only this node and what is below it.
    pub under: Option<NodeId>,
    /// What the IRIs of the nodes start with.
    pub base: String,
    /// The language tag of the labels.
    pub language: Option<String>,
    /// Whether deprecated nodes, and what is below them, go along.
    pub deprecated: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { under: None, base: BASE.to_owned(), language: None, deprecated: true }
    }
}

impl Options {
    /// The nodes that go out, parents first.
    #[must_use]
    pub fn nodes(&self, tree: &Tree) -> Vec<NodeId> {
        let mut nodes = tree.subtree(self.under);
        if !self.deprecated {
            nodes.retain(|id| tree.is_active(*id));
        }
        nodes
    }
}

#[cfg(test)]
mod tests;
