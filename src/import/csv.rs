//! Tables with one column a level: `domain,field,subfield,topic` (OpenAlex) or our own kinds.
//!
//! Every row is a path down the tree. Blank cells skip a level. Comma, semicolon and tab are told
//! apart by the header.

use std::collections::{HashMap, HashSet};

use super::levels::Levels;
use super::{Import, LevelsError, Skipped};
use crate::taxonomy::id::{NodeId, ProposalId};
use crate::taxonomy::node::{Facts, Kind};
use crate::taxonomy::proposal::{Proposed, State};
use crate::taxonomy::snapshot::Snapshot;
use crate::taxonomy::text::normalise;

/// How a table is read.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The accepted node that everything hangs under (`None`: the root).
    pub under: Option<NodeId>,
    /// Columns and their kinds, where the names in the header do not say.
    pub levels: Vec<(String, Kind)>,
}

/// Why a table cannot be read; nothing of it was taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CsvError {
    /// From 1, the header counted.
    pub line: Option<u64>,
    /// A sentence.
    pub message: String,
}

impl From<LevelsError> for CsvError {
    fn from(error: LevelsError) -> Self {
        Self { line: Some(1), message: error.0 }
    }
}

/// Reads a whole table against what is known.
///
/// # Errors
/// A row that is malformed, or a header that names no levels.
pub fn read(bytes: &[u8], snapshot: &Snapshot, options: &Options) -> Result<(Vec<String>, Levels, Import), CsvError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
        CsvError { line: Some(line), message: "The file is not UTF-8 text; save it as UTF-8.".to_owned() }
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = ::csv::ReaderBuilder::new().delimiter(delimiter(text)).from_reader(text.as_bytes());
    let header: Vec<String> =
        reader.headers().map_err(|error| malformed(&error))?.iter().map(|name| name.trim().to_owned()).collect();
    let names: Vec<&str> = header.iter().map(String::as_str).collect();
    let above = options.under.and_then(|id| snapshot.tree.node(id)).map(|node| node.kind);
    let levels = Levels::of(&names, &options.levels, above)?;
    let mut rows = Rows { snapshot, seen: HashMap::new(), known: HashMap::new(), counted: HashSet::new() };
    let mut import = Import::default();
    for record in reader.records() {
        let record = record.map_err(|error| malformed(&error))?;
        let line = record.position().map_or(0, ::csv::Position::line);
        let cells = cells(&record, &header, &levels, line)?;
        import.rows += 1;
        match path(above, &cells) {
            Ok(()) => rows.take(options.under, &cells, &record, &levels, &mut import),
            Err(why) => import.skipped.push(Skipped { line, why }),
        }
    }
    Ok((header, levels, import))
}

fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    let count = |delimiter: &u8| header.bytes().filter(|byte| byte == delimiter).count();
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

fn malformed(error: &::csv::Error) -> CsvError {
    match error.kind() {
        ::csv::ErrorKind::UnequalLengths { pos, expected_len, len } => CsvError {
            line: pos.as_ref().map(::csv::Position::line),
            message: format!(
                "The row has {len} cells where the header has {expected_len}: cell {} is {}.",
                if len < expected_len { len + 1 } else { expected_len + 1 },
                if len < expected_len { "missing" } else { "too much" }
            ),
        },
        _ => CsvError { line: error.position().map(::csv::Position::line), message: format!("{error}.") },
    }
}

/// The kinds and names that a row gives.
fn cells<'a>(
    record: &'a ::csv::StringRecord,
    header: &[String],
    levels: &Levels,
    line: u64,
) -> Result<Vec<(Kind, &'a str)>, CsvError> {
    let mut cells = Vec::with_capacity(levels.kinds.len());
    for (column, kind) in &levels.kinds {
        let name = record.get(*column).unwrap_or_default().trim();
        if name.contains(['\n', '\r']) {
            let column = crate::taxonomy::text::reveal_line(&header[*column]).into_owned();
            let message = format!("The cell in column {column} spans several lines; is a quote not closed?");
            return Err(CsvError { line: Some(line), message });
        }
        if !name.is_empty() {
            cells.push((*kind, name));
        }
    }
    Ok(cells)
}

/// Whether the kinds of a row can hang under each other.
fn path(above: Option<Kind>, cells: &[(Kind, &str)]) -> Result<(), String> {
    if cells.is_empty() {
        return Err("It has no name.".to_owned());
    }
    let mut above = above;
    for (kind, _) in cells {
        if !Kind::below(above).contains(kind) {
            let place = above.map_or("the root".to_owned(), |kind| format!("a {kind}"));
            return Err(format!("A {kind} does not hang under {place}."));
        }
        above = Some(*kind);
    }
    Ok(())
}

/// Kind and normalised name.
type Key = (Kind, String);

/// What the rows so far have named.
struct Rows<'a> {
    snapshot: &'a Snapshot,
    seen: HashMap<(Option<NodeId>, Key), NodeId>,
    /// The accepted children of a node by their names and aliases; made when first asked for.
    known: HashMap<Option<NodeId>, HashMap<Key, NodeId>>,
    counted: HashSet<NodeId>,
}

impl Rows<'_> {
    fn take(
        &mut self,
        under: Option<NodeId>,
        cells: &[(Kind, &str)],
        record: &::csv::StringRecord,
        levels: &Levels,
        import: &mut Import,
    ) {
        let text =
            |column: Option<usize>| column.and_then(|at| record.get(at)).map(str::trim).filter(|t| !t.is_empty());
        let mut parent = under;
        let mut fresh = false;
        for (depth, (kind, name)) in cells.iter().enumerate() {
            let mut facts = Facts::named(*name);
            if depth + 1 == cells.len() {
                facts.scope = text(levels.scope).map(Into::into);
                facts.level = text(levels.level).filter(|_| *kind == Kind::Subject).map(Into::into);
            }
            let key = (*kind, normalise(name));
            parent = Some(match self.seen.get(&(parent, key.clone())) {
                Some(id) => *id,
                None => {
                    let id = self.find(parent, &key, facts, import);
                    self.seen.insert((parent, key), id);
                    fresh = true;
                    id
                }
            });
        }
        import.repeated += usize::from(!fresh);
    }

    /// The node that a name stands for: accepted, proposed before, or new.
    fn find(&mut self, parent: Option<NodeId>, key: &Key, facts: Facts, import: &mut Import) -> NodeId {
        if let Some(id) = self.accepted(parent, key) {
            if self.counted.insert(id) {
                import.accepted_before.push(id);
            }
            return id;
        }
        let id = NodeId::derive(parent, key.0, facts.name.raw(), 0);
        match self.snapshot.record.proposal(ProposalId::of_node(id)) {
            Some(proposal) => {
                import.proposed_before.push(proposal.id);
                match proposal.state {
                    State::Merged { into } => into,
                    _ => id,
                }
            }
            None => {
                import.proposals.push(Proposed::Node { parent, kind: key.0, facts, rationale: None });
                id
            }
        }
    }

    fn accepted(&mut self, parent: Option<NodeId>, key: &Key) -> Option<NodeId> {
        let tree = &self.snapshot.tree;
        let children = self.known.entry(parent).or_insert_with(|| {
            let nodes = tree.children(parent).iter().filter_map(|id| tree.node(*id));
            let names = nodes.flat_map(|node| {
                let facts = &node.facts;
                let names = std::iter::once(&facts.name).chain(&facts.aliases);
                names.map(|name| ((node.kind, normalise(name.raw())), node.id))
            });
            names.collect()
        });
        children.get(key).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomy::manifest::Manifest;

    fn import(text: &str) -> Result<Import, CsvError> {
        read(text.as_bytes(), &Snapshot::empty(Manifest::titled("T")), &Options::default()).map(|(_, _, found)| found)
    }

    fn names(import: &Import) -> Vec<String> {
        let name = |proposed: &Proposed| match proposed {
            Proposed::Node { facts, .. } => facts.name.raw().to_owned(),
            Proposed::Syllabus { .. } => String::new(),
        };
        import.proposals.iter().map(name).collect()
    }

    #[test]
    fn rows_are_paths_and_parents_come_once_and_first() {
        let text = "domain,field,subfield,topic,topic_id\n\
                    Sciences,Physics,Optics,Lenses,T1\n\
                    Sciences,Physics,Optics,Lasers,T2\n\
                    sciences,PHYSICS,Optics,lenses,T3\n";
        let found = import(text).unwrap();
        assert_eq!(names(&found), ["Sciences", "Physics", "Optics", "Lenses", "Lasers"]);
        assert_eq!((found.rows, found.repeated, found.skipped.len()), (3, 1, 0));
    }

    #[test]
    fn the_same_word_on_two_levels_is_two_nodes() {
        let found = import("domain,field,subfield,topic\nSocial Sciences,Social Sciences,Law,Torts\n").unwrap();
        assert_eq!(found.proposals.len(), 4);
        let (a, b) = (found.proposals[0].id(), found.proposals[1].id());
        assert_ne!(a, b);
    }

    #[test]
    fn blank_cells_skip_a_level_and_impossible_rows_are_left_out_with_their_line() {
        let text = "field;sub-field;discipline;subject;scope\nF;;D;S;about S\nF;SF;;S;\n;;;;\n";
        let found = import(text).unwrap();
        assert_eq!(names(&found), ["F", "D", "S"]);
        let Proposed::Node { facts, .. } = &found.proposals[2] else { panic!() };
        assert_eq!(facts.scope.as_ref().map(|scope| scope.raw()), Some("about S"));
        let skipped: Vec<_> = found.skipped.iter().map(|skip| (skip.line, skip.why.as_str())).collect();
        assert_eq!(skipped, [(3, "A subject does not hang under a sub-field."), (4, "It has no name.")]);
    }

    #[test]
    fn a_malformed_row_is_named_and_nothing_is_taken() {
        let ragged = import("field,discipline,subject\nF,D,S\nF,D\n").unwrap_err();
        assert_eq!((ragged.line, ragged.message.contains("cell 3 is missing")), (Some(3), true), "{ragged}");
        let open = import("field,discipline\nF,\"D\nG,E\n").unwrap_err();
        assert!(open.message.contains("column discipline"), "{open}");
        let bytes = b"field\n\xff\n";
        let error = read(bytes, &Snapshot::empty(Manifest::titled("T")), &Options::default()).unwrap_err();
        assert_eq!(error.line, Some(2));
    }

    #[test]
    fn what_is_known_is_recognised_and_not_proposed_again() {
        let mut snapshot = Snapshot::empty(Manifest::titled("T"));
        let options = Options::default();
        let text = b"field,discipline\nF,D\nF,E\n";
        let (_, _, first) = read(text, &snapshot, &options).unwrap();
        let batch = crate::taxonomy::Batch {
            id: crate::taxonomy::BatchId::new(1, 1),
            at: String::new(),
            by: "ana".into(),
            source: crate::taxonomy::Source::Import { file: "a.csv".into(), format: "csv".into() },
            about: None,
            bad: vec![],
            proposals: first.proposals,
            calls: vec![],
        };
        snapshot.record.add_batch(batch);
        let (_, _, again) = read(text, &snapshot, &options).unwrap();
        assert!(again.proposals.is_empty());
        assert_eq!(again.proposed_before.len(), 3);
    }
}
