//! CSV, and back again.
//!
//! A cell that a spreadsheet would take for a formula gets an apostrophe in front, and so does a
//! cell that only looks as if it had got one; [`crate::taxonomy::cell::arm`] takes it away. Cells with several
//! texts are JSON arrays. So every text comes back byte for byte.

use std::borrow::Cow;
use std::io::{self, Read};

use super::columns::{COLUMNS, Cell, Column, PAIR, Type};
use super::row::Row;
use crate::taxonomy::cell::{arm, defuse};

/// The columns of the table, in their order.
pub fn columns() -> impl Iterator<Item = &'static Column> {
    let (first, rest) = COLUMNS.split_at(1);
    first.iter().chain(&PAIR).chain(rest)
}

/// Appends the line with the names of the columns.
pub(super) fn header(into: &mut Vec<u8>) -> io::Result<()> {
    put(columns().map(|column| column.name.to_owned()), into)
}

/// Appends the line of a row.
pub(super) fn line(row: &Row<'_>, into: &mut Vec<u8>) -> io::Result<()> {
    put(columns().map(|column| written(column.of(row))), into)
}

fn put(cells: impl Iterator<Item = String>, into: &mut Vec<u8>) -> io::Result<()> {
    let mut table = csv::WriterBuilder::new().buffer_capacity(1 << 12).from_writer(into);
    table.write_record(cells.map(String::into_bytes))?;
    table.flush()
}

fn written(cell: Cell<'_>) -> String {
    match cell {
        Cell::Text(text) => defuse(text.into_owned()),
        Cell::Texts(texts) => serde_json::Value::from_iter(texts.into_iter().map(Cow::into_owned)).to_string(),
        Cell::Number(number) => number.to_string(),
        Cell::Seed(seed) => seed.to_string(),
        Cell::Flag(flag) => flag.to_string(),
        Cell::Time(time) => time.to_string(),
    }
}

/// A table that is not one of ours.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// It is no CSV, or cannot be read.
    #[error(transparent)]
    Csv(#[from] csv::Error),
    /// The header has no such column.
    #[error("the table has no column `{0}`; was it written by `provost export --format csv`?")]
    NoColumn(&'static str),
    /// A cell cannot be read as what its column holds.
    #[error("row {row}: the column `{column}` holds something else than it should")]
    Cell {
        /// The row, from 1, the header not counted.
        row: usize,
        /// The column.
        column: &'static str,
    },
}

/// The rows of a table that was written as CSV, with exactly the cells that went in, in the order
/// of [`columns`]. The table's own columns may stand in any order, and there may be more of them.
///
/// # Errors
/// It is not such a table.
pub fn read(table: impl Read) -> Result<Vec<Vec<Cell<'static>>>, TableError> {
    let mut table = csv::Reader::from_reader(table);
    let header = table.headers()?.clone();
    let found = columns().map(|column| {
        let at = header.iter().position(|name| name == column.name);
        at.map(|at| (at, column)).ok_or(TableError::NoColumn(column.name))
    });
    let places = found.collect::<Result<Vec<_>, _>>()?;
    let rows = table.records().enumerate().map(|(row, record)| {
        let record = record?;
        let cells = places.iter().map(|(at, column)| {
            let cell = record.get(*at).and_then(|written| cell(column.holds, written));
            cell.ok_or(TableError::Cell { row: row + 1, column: column.name })
        });
        cells.collect()
    });
    rows.collect()
}

fn cell(holds: Type, written: &str) -> Option<Cell<'static>> {
    Some(match holds {
        Type::Text => Cell::Text(arm(written).to_owned().into()),
        Type::Texts => {
            let texts: Vec<String> = serde_json::from_str(written).ok()?;
            Cell::Texts(texts.into_iter().map(Cow::Owned).collect())
        }
        Type::Number => Cell::Number(written.parse().ok()?),
        Type::Seed => Cell::Seed(written.parse().ok()?),
        Type::Flag => Cell::Flag(written.parse().ok()?),
        Type::Time => Cell::Time(written.parse().ok()?),
    })
}
