//! Tables, of either of two forms. With one column a level every row is a path down the tree
//! (`domain,field,subfield,topic`, or our own kinds; blank cells skip a level). With a column of
//! parents every row is a node (`table`). Comma, semicolon and tab are told apart by the
//! header.

use std::collections::HashMap;

use super::forest::Shape;
use super::known::{Key, Known};
use super::levels::Levels;
use super::{Import, ImportError, LevelsError, Remark, Rule, table};
use crate::taxonomy::cell::arm;
use crate::taxonomy::id::NodeId;
use crate::taxonomy::node::{Facts, Kind};
use crate::taxonomy::snapshot::Snapshot;
use crate::taxonomy::text::{normalise, overlong, reveal_line};

/// How a table is read.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// How what it holds becomes nodes.
    pub shape: Shape,
    /// Columns and their kinds, where the names in the header do not say.
    pub levels: Vec<(String, Kind)>,
}

/// A table as read.
#[derive(Debug)]
pub struct Table {
    /// What the columns mean, each in a few words, for people.
    pub used: Vec<String>,
    /// The columns that mean nothing here.
    pub unused: Vec<String>,
    /// Why they do not.
    pub why: &'static str,
    /// What it comes down to.
    pub import: Import,
}

impl From<LevelsError> for ImportError {
    fn from(error: LevelsError) -> Self {
        Self::at(1, 1, error.0)
    }
}

/// A row, and the line it starts at.
pub(super) type Row = (u64, ::csv::StringRecord);

/// Reads a whole table against what is known.
///
/// # Errors
/// A row that is malformed, or a header that names no levels.
pub fn read(bytes: &[u8], snapshot: &Snapshot, options: &Options) -> Result<Table, ImportError> {
    let text = super::text(bytes)?;
    let delimiter = delimiter(text);
    let mut reader = ::csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| malformed(&error))?;
    let header: Vec<String> = header.iter().map(|name| arm(name).trim().to_owned()).collect();
    let raw = Raw { text, delimiter };
    let rows = reader.into_records().map(|record| {
        let record = record.map_err(|error| malformed(&error))?;
        raw.check(&record, header.len())?;
        Ok((raw.line(&record), record))
    });
    if options.levels.is_empty()
        && let Some(columns) = table::Columns::of(&header)?
    {
        return table::read(&header, &columns, rows, &raw, snapshot, &options.shape);
    }
    paths(&header, rows, &raw, snapshot, options)
}

/// A table with one column a level.
fn paths(
    header: &[String],
    rows: impl Iterator<Item = Result<Row, ImportError>>,
    raw: &Raw<'_>,
    snapshot: &Snapshot,
    options: &Options,
) -> Result<Table, ImportError> {
    let names: Vec<&str> = header.iter().map(String::as_str).collect();
    let under = options.shape.under;
    let above = under.and_then(|id| snapshot.tree.node(id)).map(|node| node.kind);
    let levels = Levels::of(&names, &options.levels, above)?;
    let mut paths = Paths { known: Known::new(snapshot), seen: HashMap::new() };
    let mut import = Import::default();
    for row in rows {
        let (line, record) = row?;
        let cells = cells(&record, &levels, raw)?;
        import.read += 1;
        match path(above, &cells) {
            Ok(()) => paths.take(under, &cells, &record, &levels, &mut import),
            Err((rule, why)) => import.remarks.push(Remark::new(rule, format!("line {line}"), why)),
        }
    }
    let name = |at: usize| reveal_line(&header[at]).into_owned();
    let used = levels.kinds.iter().map(|(at, kind)| format!("{} = {kind}", name(*at))).collect();
    let unused = levels.unused.iter().map(|at| name(*at)).collect();
    Ok(Table { used, unused, why: "names no level", import })
}

/// Whether the first line of a text is a header that is understood.
#[must_use]
pub fn is_table(text: &str) -> bool {
    let line = text.lines().next().unwrap_or_default();
    let mut reader = ::csv::ReaderBuilder::new().delimiter(delimiter(line)).from_reader(line.as_bytes());
    let Ok(header) = reader.headers() else { return false };
    let names: Vec<&str> = header.iter().map(str::trim).collect();
    let owned: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    names.len() > 1 && (Levels::of(&names, &[], None).is_ok() || matches!(table::Columns::of(&owned), Ok(Some(_))))
}

fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    let count = |delimiter: &u8| header.bytes().filter(|byte| byte == delimiter).count();
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

fn malformed(error: &::csv::Error) -> ImportError {
    let line = error.position().map(::csv::Position::line);
    ImportError { line, column: None, message: format!("{error}.") }
}

/// The text of a table, to say where in it something is.
pub(super) struct Raw<'a> {
    text: &'a str,
    delimiter: u8,
}

impl Raw<'_> {
    fn check(&self, record: &::csv::StringRecord, wanted: usize) -> Result<(), ImportError> {
        let found = record.len();
        if found == wanted {
            return Ok(());
        }
        let counts = format!("The row has {found} cells where the header has {wanted}");
        let (cell, message) = match found.checked_sub(wanted) {
            None => (found, format!("{counts}: cell {} is missing.", found + 1)),
            Some(1) => (wanted, format!("{counts}: one cell too many.")),
            Some(more) => (wanted, format!("{counts}: {more} cells too many.")),
        };
        Err(self.error(record, cell, message))
    }

    /// The byte at which a row starts, and its line: the reader says where it began to look for it, which may be before the
    /// second half of a line's end, or before blank lines.
    fn start_of(&self, record: &::csv::StringRecord) -> (usize, u64) {
        let (from, line) = record.position().map_or((0, 0), |at| (at.byte() as usize, at.line()));
        let before = self.text.as_bytes().iter().skip(from).take_while(|byte| matches!(byte, b'\n' | b'\r'));
        before.fold((from, line), |(at, line), byte| (at + 1, line + u64::from(*byte == b'\n')))
    }

    /// The line that a row starts at.
    pub fn line(&self, record: &::csv::StringRecord) -> u64 {
        self.start_of(record).1
    }

    /// An error at a cell of a row; at the end of the row where it has no such cell.
    pub fn error(&self, record: &::csv::StringRecord, cell: usize, message: impl Into<String>) -> ImportError {
        let (start, _) = self.start_of(record);
        let bytes = self.text.as_bytes();
        let (mut at, mut left, mut quoted) = (start, cell, false);
        while left > 0 && at < bytes.len() && (quoted || !matches!(bytes[at], b'\n' | b'\r')) {
            match bytes[at] {
                b'"' => quoted = !quoted,
                byte if byte == self.delimiter && !quoted => left -= 1,
                _ => {}
            }
            at += 1;
        }
        ImportError::at_byte(bytes, at, message)
    }
}

/// The kinds and names that a row gives.
fn cells<'a>(
    record: &'a ::csv::StringRecord,
    levels: &Levels,
    raw: &Raw<'_>,
) -> Result<Vec<(Kind, &'a str)>, ImportError> {
    let mut cells = Vec::with_capacity(levels.kinds.len());
    for (column, kind) in &levels.kinds {
        let name = arm(record.get(*column).unwrap_or_default()).trim();
        one_line(name, record, *column, raw)?;
        if !name.is_empty() {
            cells.push((*kind, name));
        }
    }
    Ok(cells)
}

/// A name has one line, and not too long a one; several are a quote that was not closed.
pub(super) fn one_line(
    name: &str,
    record: &::csv::StringRecord,
    cell: usize,
    raw: &Raw<'_>,
) -> Result<(), ImportError> {
    if !name.contains(['\n', '\r']) {
        return overlong(name).map_or(Ok(()), |what| Err(raw.error(record, cell, what)));
    }
    Err(raw.error(record, cell, "The name in this cell spans several lines; is a quote not closed?"))
}

/// Whether the kinds of a row can hang under each other.
fn path(above: Option<Kind>, cells: &[(Kind, &str)]) -> Result<(), (Rule, String)> {
    if cells.is_empty() {
        return Err((Rule::Nameless, String::new()));
    }
    let mut above = above;
    for (kind, name) in cells {
        if !Kind::below(above).contains(kind) {
            let place = Kind::place(above);
            return Err((Rule::Misfit, format!("{name}: a {kind} does not hang under {place}")));
        }
        above = Some(*kind);
    }
    Ok(())
}

/// What the rows so far have named.
struct Paths<'a> {
    known: Known<'a>,
    seen: HashMap<(Option<NodeId>, Key), NodeId>,
}

impl Paths<'_> {
    fn take(
        &mut self,
        under: Option<NodeId>,
        cells: &[(Kind, &str)],
        record: &::csv::StringRecord,
        levels: &Levels,
        import: &mut Import,
    ) {
        let text = |column: Option<usize>| {
            column.and_then(|at| record.get(at)).map(|cell| arm(cell).trim()).filter(|text| !text.is_empty())
        };
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
                    let id = self.known.find(parent, &key, facts, None, None, import);
                    self.seen.insert((parent, key), id);
                    fresh = true;
                    id
                }
            });
        }
        import.repeated += usize::from(!fresh);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomy::manifest::Manifest;
    use crate::taxonomy::proposal::Proposed;

    fn import(text: &str) -> Result<Import, ImportError> {
        read(text.as_bytes(), &Snapshot::empty(Manifest::titled("T")), &Options::default()).map(|table| table.import)
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
        assert_eq!((found.read, found.repeated, found.remarks.len()), (3, 1, 0));
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
        let remarks: Vec<_> = found.remarks.iter().map(|remark| (remark.rule, remark.at.as_str())).collect();
        assert_eq!(remarks, [(Rule::Misfit, "line 3"), (Rule::Nameless, "line 4")]);
        assert_eq!(found.remarks[0].what, "S: a subject does not hang under a sub-field");
    }

    #[test]
    fn a_malformed_row_is_named_with_line_and_column_and_nothing_is_taken() {
        let at = |text: &str| {
            let error = import(text).unwrap_err();
            (error.line, error.column, error.message)
        };
        let (line, column, message) = at("field,discipline,subject\nF,D,S\nF,D\n");
        assert_eq!((line, column, message.contains("cell 3 is missing")), (Some(3), Some(4), true), "{message}");
        let (line, column, message) = at("field,discipline\nF,D\nÖ,\"a, b\",E\n");
        assert_eq!((line, column, message.contains("one cell too many")), (Some(3), Some(10), true), "{message}");
        let (line, column, message) = at("field,discipline\nF,\"D\nG,E\n");
        assert_eq!((line, column, message.contains("quote")), (Some(2), Some(3), true), "{message}");
        let error = read(b"field\nab\xff\n", &Snapshot::empty(Manifest::titled("T")), &Options::default()).unwrap_err();
        assert_eq!((error.line, error.column), (Some(2), Some(3)));
    }

    #[test]
    fn blank_lines_and_ends_of_two_characters_do_not_move_what_is_named() {
        let at = |text: &str| {
            let error = import(text).unwrap_err();
            (error.line, error.column)
        };
        let rows = "field,discipline\n\nF,D\n\nG,H,E\n";
        assert_eq!(at(rows), (Some(5), Some(5)));
        assert_eq!(at(&rows.replace('\n', "\r\n")), (Some(5), Some(5)));
        assert_eq!(at("field,discipline\r\nF,D\r\n\"G\r\nG\",H\r\n"), (Some(3), Some(1)));
        let left_out = import("field,sub-field,discipline,subject\r\n\r\nF,E,,S\r\n,,,\r\n").unwrap();
        let remarks: Vec<_> = left_out.remarks.iter().map(|remark| remark.at.as_str()).collect();
        assert_eq!(remarks, ["line 3", "line 4"]);
        let error = import("id,parent_id,name\r\n\r\n1,,A\r\n1,,B\r\n").unwrap_err();
        assert_eq!((error.line, error.column, error.message.contains("line 3 already")), (Some(4), Some(1), true));
    }

    #[test]
    fn what_is_known_is_recognised_and_not_proposed_again() {
        let mut snapshot = Snapshot::empty(Manifest::titled("T"));
        let options = Options::default();
        let text = b"field,discipline\nF,D\nF,E\n";
        let first = read(text, &snapshot, &options).unwrap().import;
        let source = crate::taxonomy::Source::import("a.csv", "csv");
        let batch = crate::taxonomy::Batch {
            id: crate::taxonomy::BatchId::new(1, 1),
            at: String::new(),
            by: "ana".into(),
            source,
            about: None,
            bad: vec![],
            proposals: first.proposals,
            calls: vec![],
        };
        snapshot.record.add_batch(batch);
        let again = read(text, &snapshot, &options).unwrap().import;
        assert!(again.proposals.is_empty());
        assert_eq!(again.proposed_before.len(), 3);
    }
}
