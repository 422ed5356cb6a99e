//! One row a node, with its parent's id: what [`crate::import::csv`] reads back.

use std::io;

use super::Options;
use crate::taxonomy::cell::{defuse, join};
use crate::taxonomy::text::Untrusted;
use crate::taxonomy::tree::{Entry, Tree};

/// The columns. `path` is for people; it is not read back.
pub const COLUMNS: [&str; 12] = [
    "id",
    "parent_id",
    "kind",
    "name",
    "aliases",
    "level",
    "scope",
    "subtopics",
    "state",
    "replaced_by",
    "reason",
    "path",
];

/// The taxonomy as a table. No cell is a formula to a spreadsheet.
///
/// # Errors
/// None in memory.
pub fn table(tree: &Tree, options: &Options) -> io::Result<String> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(COLUMNS)?;
    for entry in options.nodes(tree).into_iter().filter_map(|id| tree.entry(id)) {
        table.write_record(cells(entry, tree, options).map(defuse))?;
    }
    let bytes = table.into_inner().map_err(|error| io::Error::other(error.error().to_string()))?;
    String::from_utf8(bytes).map_err(io::Error::other)
}

fn cells(entry: &Entry, tree: &Tree, options: &Options) -> [String; COLUMNS.len()] {
    let node = &entry.node;
    let text = |text: Option<&Untrusted>| text.map(|text| text.raw().to_owned()).unwrap_or_default();
    let list = |texts: &[Untrusted]| join(texts.iter().map(Untrusted::raw));
    let parent = entry.place.parent.filter(|_| options.under != Some(node.id));
    let deprecated = node.deprecated.as_ref();
    [
        node.id.to_string(),
        parent.map(|id| id.to_string()).unwrap_or_default(),
        node.kind.name().to_owned(),
        node.facts.name.raw().to_owned(),
        list(&node.facts.aliases),
        text(node.facts.level.as_ref()),
        text(node.facts.scope.as_ref()),
        list(&node.facts.subtopics),
        if deprecated.is_some() { "deprecated" } else { "accepted" }.to_owned(),
        deprecated.and_then(|found| found.replaced_by).map(|id| id.to_string()).unwrap_or_default(),
        text(deprecated.and_then(|found| found.reason.as_ref())),
        tree.names(node.id).join(" > "),
    ]
}
