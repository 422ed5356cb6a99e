//! SKOS: a concept scheme in Turtle (N-Triples are Turtle too) or RDF/XML.
//!
//! `graph` keeps the statements that mean something here, `hierarchy` makes a tree of the
//! concepts, `concept` an entry of each. Nothing is fetched: an IRI is a name.

mod concept;
mod graph;
mod hierarchy;
mod rdfxml;
mod turtle;
pub mod vocabulary;

pub use turtle::sentence;

use super::forest::Item;
use super::{ImportError, Remark};
use crate::taxonomy::text::overlong;

/// How a scheme is read.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The language tag of the labels that count first (`de`); those without a tag, then English
    /// ones are next.
    pub language: Option<String>,
    /// Whether each concept scheme is a node above its top concepts.
    pub schemes: bool,
    /// Whether what is deprecated comes along, and so may have something below it.
    pub deprecated: bool,
}

/// A scheme as read.
#[derive(Debug, Default)]
pub struct Scheme {
    /// `Turtle` or `RDF/XML`.
    pub syntax: &'static str,
    /// The concepts, parents before children.
    pub items: Vec<Item>,
    /// What did not come along.
    pub remarks: Vec<Remark>,
    /// The title of each concept scheme.
    pub schemes: Vec<String>,
}

/// Reads a whole scheme.
///
/// # Errors
/// It is malformed, too large, or holds no concept.
pub fn read(bytes: &[u8], options: &Options) -> Result<Scheme, ImportError> {
    let text = super::text(bytes)?;
    let mut graph = graph::Graph::default();
    let syntax = if is_xml(text) {
        rdfxml::read(text, &mut graph)?;
        "RDF/XML"
    } else if text.trim_start().starts_with(['{', '[']) && text.trim_end().ends_with(['}', ']']) {
        let message = "The file is JSON. SKOS is read as Turtle or RDF/XML; most tools can save a scheme as either.";
        return Err(ImportError::at(1, 1, message));
    } else {
        turtle::read(text, &mut graph)?;
        "Turtle"
    };
    let mut remarks = graph.remarks(options);
    let tree = hierarchy::tree(&graph, options, &mut remarks);
    if tree.is_empty() {
        return Err(ImportError::whole("The file holds no SKOS concept."));
    }
    let items = concept::items(&graph, &tree, options, &mut remarks);
    if let Some(error) = items.iter().find_map(|item| too_long(text, item.facts.name.raw())) {
        return Err(error);
    }
    let schemes = graph.schemes().map(|scheme| concept::name(&graph, scheme, options)).collect();
    Ok(Scheme { syntax, items, remarks, schemes })
}

/// A name that is too long, at the place where it begins. It has none where it is written with escapes.
fn too_long(text: &str, name: &str) -> Option<ImportError> {
    let what = overlong(name)?;
    let start: String = name.chars().take(200).collect();
    Some(match text.find(&start) {
        Some(at) => ImportError::at_byte(text.as_bytes(), at, what),
        None => ImportError::whole(what),
    })
}

/// Whether a text is XML and not Turtle, which may start with `<` as well.
#[must_use]
pub fn is_xml(text: &str) -> bool {
    let text = text.trim_start();
    let Some(rest) = text.strip_prefix('<') else { return false };
    let name = rest.split(|c: char| c.is_whitespace() || c == '>').next().unwrap_or_default();
    rest.starts_with(['?', '!']) || name.ends_with(":RDF") || name == "RDF"
}

/// Whether a text looks like Turtle.
#[must_use]
pub fn is_turtle(text: &str) -> bool {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut lines = lines.map(str::to_lowercase);
    lines.next().is_some_and(|line| {
        ["@prefix", "prefix ", "@base", "base <"].iter().any(|start| line.starts_with(start))
            || line.starts_with("<http")
    })
}

#[cfg(test)]
mod tests;
