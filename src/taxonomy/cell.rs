//! Cells of tables that spreadsheets open.

use std::borrow::Cow;

/// What a spreadsheet takes for the start of a formula, or drops on the way to one; some take the
/// wide forms of East Asian text for the same.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

fn is_formula(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(FORMULA)
}

/// A cell that no spreadsheet takes for a formula; [`arm`] gives back the text.
#[must_use]
pub fn defuse(mut cell: String) -> String {
    if is_formula(&cell) {
        cell.insert(0, '\'');
    }
    cell
}

/// The text of a cell that [`defuse`] wrote.
#[must_use]
pub fn arm(cell: &str) -> &str {
    if is_formula(cell) { cell.strip_prefix('\'').unwrap_or(cell) } else { cell }
}

/// Several texts in one cell, `|` between them.
#[must_use]
pub fn join<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let texts: Vec<String> = texts.map(|text| text.replace('\\', "\\\\").replace('|', "\\|")).collect();
    texts.join("|")
}

/// The texts of a cell that [`join`] wrote.
#[must_use]
pub fn split(cell: &str) -> Vec<Cow<'_, str>> {
    if cell.is_empty() {
        return Vec::new();
    }
    if !cell.contains('\\') {
        return cell.split('|').map(Cow::Borrowed).collect();
    }
    let mut texts = vec![String::new()];
    let mut chars = cell.chars();
    while let Some(c) = chars.next() {
        match (c, texts.last_mut()) {
            ('|', _) => texts.push(String::new()),
            ('\\', Some(text)) => text.push(chars.next().unwrap_or('\\')),
            (c, Some(text)) => text.push(c),
            (_, None) => {}
        }
    }
    texts.into_iter().map(Cow::Owned).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formulas_are_defused_and_what_looks_defused_already_stays_apart() {
        assert_eq!(defuse("=1+1".into()), "'=1+1");
        assert_eq!(defuse("'=1".into()), "''=1");
        assert_eq!(defuse("it's".into()), "it's");
        assert_eq!(arm("'tis"), "'tis");
    }

    proptest! {
        #[test]
        fn cells_come_back(text in "[-'=+@＝a\t\n|\\\\]{0,6}", more in proptest::collection::vec("[a|\\\\]{1,4}", 1..4)) {
            let defused = defuse(text.clone());
            prop_assert_eq!(arm(&defused), text);
            let joined = join(more.iter().map(String::as_str));
            prop_assert_eq!(split(&joined), more);
        }
    }
}
