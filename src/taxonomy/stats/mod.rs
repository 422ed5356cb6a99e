//! Figures about the deciding: who accepted how much of what, and how far curators agree. Each
//! section is a small table; another one is another function in [`sections`].

mod acceptance;
mod again;
pub mod agreement;
mod attention;
mod quality;
mod together;

use serde_json::{Map, Value, json};

use super::snapshot::Snapshot;
use super::text::Untrusted;

/// One table.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Its key in JSON.
    pub key: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// The columns, as headings and as keys in JSON.
    pub columns: Vec<&'static str>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
    /// What to know when reading it, as sentences.
    pub remark: Option<String>,
}

/// One value of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A name.
    Text(Untrusted),
    /// How many.
    Count(usize),
    /// A part of one, shown in percent.
    Share(f64),
    /// A coefficient.
    Score(f64),
    /// There is none.
    None,
}

impl Cell {
    /// As it is shown.
    #[must_use]
    pub fn show(&self) -> String {
        match self {
            Cell::Text(text) => text.line().into_owned(),
            Cell::Count(count) => count.to_string(),
            Cell::Share(share) => format!("{:.0} %", share * 100.0),
            Cell::Score(score) => format!("{score:.2}"),
            Cell::None => "-".to_owned(),
        }
    }

    /// Whether it is shown at the right end of its column.
    #[must_use]
    pub fn is_number(&self) -> bool {
        !matches!(self, Cell::Text(_))
    }

    fn json(&self) -> Value {
        let rounded = |number: &f64| json!((number * 10_000.0).round() / 10_000.0);
        match self {
            Cell::Text(text) => json!(text.line()),
            Cell::Count(count) => json!(count),
            Cell::Share(number) | Cell::Score(number) => rounded(number),
            Cell::None => Value::Null,
        }
    }
}

impl Section {
    /// One object for each row.
    #[must_use]
    pub fn json(&self) -> Value {
        let row = |row: &Vec<Cell>| {
            let keys = self.columns.iter().map(|column| column.replace(' ', "_").to_lowercase());
            Value::Object(keys.zip(row.iter().map(Cell::json)).collect::<Map<_, _>>())
        };
        Value::Array(self.rows.iter().map(row).collect())
    }
}

/// Every section, in the order in which they are shown; one without rows has nothing to show.
#[must_use]
pub fn sections(snapshot: &Snapshot) -> Vec<Section> {
    let mut sections = acceptance::sections(snapshot);
    sections.extend(together::sections(snapshot));
    sections.extend(attention::sections(snapshot));
    sections.extend(again::sections(snapshot));
    sections.extend(quality::sections(snapshot));
    sections
}

#[cfg(test)]
mod tests;
