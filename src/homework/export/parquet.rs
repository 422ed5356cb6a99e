//! Parquet: typed columns, a column `messages` for chat training, row groups of bounded memory.
//!
//! The crate is used without Arrow: its low-level writer takes values with their levels, which
//! for these columns is a few lines.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;

use super::columns::{COLUMNS, Cell, Type};
use super::row::Row;

/// Bytes of text, before encoding, after which a row group is written.
const GROUP_BYTES: u64 = 16 << 20;
/// Rows after which a row group is written.
const GROUP_ROWS: usize = 10_000;

/// The schema, in Parquet's own notation.
fn schema() -> String {
    let list = |name: &str, element: &str| {
        format!("required group {name} (LIST) {{ repeated group list {{ required {element} }} }}")
    };
    let mut fields =
        vec![list("messages", "group element { required binary role (STRING); required binary content (STRING); }")];
    fields.extend(COLUMNS.iter().map(|column| {
        let name = column.name;
        match column.holds {
            Type::Text => format!("required binary {name} (STRING);"),
            Type::Texts => list(name, "binary element (STRING);"),
            Type::Number => format!("required int64 {name};"),
            Type::Seed => format!("required int64 {name} (INTEGER(64,false));"),
            Type::Flag => format!("required boolean {name};"),
            Type::Time => format!("required int64 {name} (TIMESTAMP(MICROS,true));"),
        }
    }));
    format!("message provost {{ {} }}", fields.join(" "))
}

fn properties() -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(concat!("provost ", env!("CARGO_PKG_VERSION")).to_owned());
    // Texts that are all different: a dictionary would only be in the way, and so would the
    // smallest and the largest of them.
    for path in [&["messages", "list", "element", "content"][..], &["item"]] {
        let column = ColumnPath::new(path.iter().map(|part| (*part).to_owned()).collect());
        properties = properties
            .set_column_dictionary_enabled(column.clone(), false)
            .set_column_statistics_enabled(column, EnabledStatistics::None);
    }
    properties.build()
}

/// What waits for being written as a part of one row group, column by column.
enum Pending {
    Text(Vec<ByteArray>),
    /// Values, with for each element, or for each empty list, whether there is a value and
    /// whether it continues the list before it.
    Texts(List),
    /// Numbers, seeds and times alike.
    Number(Vec<i64>),
    Flag(Vec<bool>),
}

#[derive(Default)]
struct List {
    values: Vec<ByteArray>,
    defined: Vec<i16>,
    continues: Vec<i16>,
}

impl List {
    fn push<'a>(&mut self, texts: impl IntoIterator<Item = &'a str>) {
        let before = self.values.len();
        for (at, text) in texts.into_iter().enumerate() {
            self.values.push(bytes(text));
            self.defined.push(1);
            self.continues.push(i16::from(at > 0));
        }
        if self.values.len() == before {
            self.defined.push(0);
            self.continues.push(0);
        }
    }
}

fn bytes(text: &str) -> ByteArray {
    text.as_bytes().to_vec().into()
}

/// Writes rows to a file.
pub(super) struct Writer<W: Write + Send> {
    file: SerializedFileWriter<W>,
    roles: List,
    contents: List,
    columns: Vec<Pending>,
    rows: usize,
    bytes: u64,
}

impl<W: Write + Send> Writer<W> {
    pub fn new(file: W) -> io::Result<Self> {
        let schema = parse_message_type(&schema()).map_err(from_parquet)?;
        let file = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties())).map_err(from_parquet)?;
        let columns = COLUMNS.iter().map(|column| match column.holds {
            Type::Text => Pending::Text(Vec::new()),
            Type::Texts => Pending::Texts(List::default()),
            Type::Number | Type::Seed | Type::Time => Pending::Number(Vec::new()),
            Type::Flag => Pending::Flag(Vec::new()),
        });
        let columns = columns.collect();
        Ok(Self { file, roles: List::default(), contents: List::default(), columns, rows: 0, bytes: 0 })
    }

    pub fn write(&mut self, row: &Row<'_>) -> io::Result<()> {
        self.roles.push(["user", "assistant"]);
        self.contents.push([row.question(), row.answer()]);
        for (column, pending) in COLUMNS.iter().zip(&mut self.columns) {
            match (column.of(row), pending) {
                (Cell::Text(text), Pending::Text(values)) => values.push(bytes(&text)),
                (Cell::Texts(texts), Pending::Texts(list)) => list.push(texts.iter().map(AsRef::as_ref)),
                (Cell::Number(number), Pending::Number(values)) => values.push(number),
                (Cell::Seed(seed), Pending::Number(values)) => values.push(seed.cast_signed()),
                (Cell::Time(time), Pending::Number(values)) => values.push(time.as_microsecond()),
                (Cell::Flag(flag), Pending::Flag(values)) => values.push(flag),
                _ => return Err(io::Error::other(format!("the column {} is of two types", column.name))),
            }
        }
        self.rows += 1;
        self.bytes += size(row);
        if self.rows >= GROUP_ROWS || self.bytes >= GROUP_BYTES { self.flush_group() } else { Ok(()) }
    }

    fn flush_group(&mut self) -> io::Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut group = self.file.next_row_group().map_err(from_parquet)?;
        let mut written = || {
            put_list(&mut group, std::mem::take(&mut self.roles))?;
            put_list(&mut group, std::mem::take(&mut self.contents))?;
            for pending in &mut self.columns {
                match pending {
                    Pending::Text(values) => put::<_, ByteArrayType>(&mut group, &std::mem::take(values), None)?,
                    Pending::Texts(list) => put_list(&mut group, std::mem::take(list))?,
                    Pending::Number(values) => put::<_, Int64Type>(&mut group, &std::mem::take(values), None)?,
                    Pending::Flag(values) => put::<_, BoolType>(&mut group, &std::mem::take(values), None)?,
                }
            }
            Ok(())
        };
        written().and_then(|()| group.close()).map_err(from_parquet)?;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }

    /// The file, with everything in it.
    pub fn finish(mut self) -> io::Result<W> {
        self.flush_group()?;
        self.file.into_inner().map_err(from_parquet)
    }
}

fn put_list<W: Write + Send>(group: &mut SerializedRowGroupWriter<'_, W>, list: List) -> Result<(), ParquetError> {
    put::<_, ByteArrayType>(group, &list.values, Some((&list.defined, &list.continues)))
}

fn put<W: Write + Send, T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &[T::T],
    levels: Option<(&[i16], &[i16])>,
) -> Result<(), ParquetError> {
    let Some(mut column) = group.next_column()? else {
        return Err(ParquetError::General("there are more columns than the schema has".to_owned()));
    };
    let (defined, continues) = levels.unzip();
    column.typed::<T>().write_batch(values, defined, continues)?;
    column.close()
}

/// Bytes of text of a row, before anything is encoded.
pub(super) fn size(row: &Row<'_>) -> u64 {
    let column = |cell: Cell<'_>| match cell {
        Cell::Text(text) => text.len(),
        Cell::Texts(texts) => texts.iter().map(|text| text.len()).sum(),
        Cell::Number(_) | Cell::Seed(_) | Cell::Time(_) => 8,
        Cell::Flag(_) => 1,
    };
    let cells: usize = COLUMNS.iter().map(|of| column(of.of(row))).sum();
    (row.question().len() + row.answer().len() + cells) as u64
}

fn from_parquet(error: ParquetError) -> io::Error {
    match error {
        // A full disk is told as what it is.
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests;
