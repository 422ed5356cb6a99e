//! `provost show ITEM`: one finished item, whole.

use serde::Serialize;

use super::console::Console;
use super::items::Shelf;
use super::printer::Style;
use crate::error::AppError;
use crate::homework::provenance::{provenance, shown_standing, verdicts};
use crate::homework::{Record, Standing};
use crate::store::Store;

#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    record: &'a Record,
    standing: Standing,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
    run: String,
    verdicts: Vec<String>,
}

/// Prints an item.
///
/// # Errors
/// There is no such item, or it cannot be read.
pub fn show(store: Store, id: &str, json: bool, console: &mut Console<'_>) -> Result<(), AppError> {
    let mut shelf = Shelf::of(store)?;
    let item = shelf.item(id)?;
    let Some(entry) = shelf.dataset.entry(item).cloned() else { return Ok(()) };
    let record = shelf.record(&entry)?;
    if json {
        return console.out.json(&Document {
            record: &record,
            standing: shown_standing(&shelf.snapshot, &entry, &shelf.viewer),
            why: entry.why.as_deref(),
            run: shelf.dataset.run(&entry).to_string(),
            verdicts: verdicts(&shelf.snapshot, &entry, &shelf.viewer),
        });
    }
    for (word, line) in provenance(&shelf.snapshot, &shelf.dataset, &entry, &record, &shelf.viewer) {
        console.out.spans(&[(Style::Faint, &format!("{word:<10}")), (Style::Plain, &line)])?;
    }
    for (title, text) in [("Question", &record.question), ("Answer", &record.answer)] {
        console.out.line("")?;
        console.out.spans(&[(Style::Strong, title)])?;
        console.out.text(&format!("{}\n", text.raw().trim_end()))?;
    }
    Ok(())
}
