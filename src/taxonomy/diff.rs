//! Two texts beside each other: which lines both have, which only one has, and which words of a
//! changed line are others.

use similar::{ChangeTag, DiffOp, TextDiff};

/// A part of a changed line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its text.
    pub text: String,
    /// Whether the other side does not have it.
    pub is_other: bool,
}

/// One row of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A line that both have.
    Same(String),
    /// Lines that stand where the other side says something else; `None` where it has no line.
    Changed {
        /// On the left.
        left: Option<Vec<Piece>>,
        /// On the right.
        right: Option<Vec<Piece>>,
    },
    /// So many lines that both have, left out.
    Folded(usize),
}

/// From this length on words are not compared.
const LONG: usize = 4_000;
/// Lines that have less than this in common are marked whole.
const ALIKE: f32 = 0.3;

/// What two texts have in common and what not. With `context` only so many unchanged lines stay
/// beside each change.
#[must_use]
pub fn rows(left: &[String], right: &[String], context: Option<usize>) -> Vec<Row> {
    let (one, other): (Vec<&str>, Vec<&str>) =
        (left.iter().map(String::as_str).collect(), right.iter().map(String::as_str).collect());
    let diff = TextDiff::from_slices(&one, &other);
    let mut rows = Vec::new();
    for op in diff.ops() {
        match *op {
            DiffOp::Equal { old_index, len, .. } => {
                rows.extend(left[old_index..old_index + len].iter().cloned().map(Row::Same));
            }
            DiffOp::Delete { .. } | DiffOp::Insert { .. } | DiffOp::Replace { .. } => {
                changed(&left[op.old_range()], &right[op.new_range()], &mut rows);
            }
        }
    }
    match context {
        Some(context) => folded(rows, context),
        None => rows,
    }
}

/// Whether two texts differ at all.
#[must_use]
pub fn is_same(rows: &[Row]) -> bool {
    !rows.iter().any(|row| matches!(row, Row::Changed { .. }))
}

/// The comparison as other programs read it.
#[must_use]
pub fn unified(left: (&str, &[String]), right: (&str, &[String])) -> String {
    let whole = |lines: &[String]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let (one, other) = (whole(left.1), whole(right.1));
    TextDiff::from_lines(&one, &other).unified_diff().context_radius(3).header(left.0, right.0).to_string()
}

fn changed(left: &[String], right: &[String], rows: &mut Vec<Row>) {
    for at in 0..left.len().max(right.len()) {
        let row = match (left.get(at), right.get(at)) {
            (Some(left), Some(right)) => {
                let (left, right) = words(left, right);
                Row::Changed { left: Some(left), right: Some(right) }
            }
            (left, right) => Row::Changed { left: left.map(|line| whole(line)), right: right.map(|line| whole(line)) },
        };
        rows.push(row);
    }
}

fn whole(line: &str) -> Vec<Piece> {
    vec![Piece { text: line.to_owned(), is_other: true }]
}

/// A line on each side, with the words that the other does not have.
fn words(left: &str, right: &str) -> (Vec<Piece>, Vec<Piece>) {
    if left.len().max(right.len()) > LONG {
        return (whole(left), whole(right));
    }
    let diff = TextDiff::from_words(left, right);
    if diff.ratio() < ALIKE {
        return (whole(left), whole(right));
    }
    let (mut one, mut other) = (Vec::new(), Vec::new());
    for change in diff.iter_all_changes() {
        let is_other = change.tag() != ChangeTag::Equal;
        if change.tag() != ChangeTag::Insert {
            add(&mut one, change.value(), is_other);
        }
        if change.tag() != ChangeTag::Delete {
            add(&mut other, change.value(), is_other);
        }
    }
    (one, other)
}

fn add(pieces: &mut Vec<Piece>, text: &str, is_other: bool) {
    match pieces.last_mut() {
        Some(last) if last.is_other == is_other => last.text.push_str(text),
        _ => pieces.push(Piece { text: text.to_owned(), is_other }),
    }
}

/// Leaves out what is further than `context` from a change. A single line is never left out.
fn folded(rows: Vec<Row>, context: usize) -> Vec<Row> {
    let is_change = |row: &Row| matches!(row, Row::Changed { .. });
    let mut near = vec![false; rows.len()];
    for (at, _) in rows.iter().enumerate().filter(|(_, row)| is_change(row)) {
        let end = (at + context + 1).min(rows.len());
        near[at.saturating_sub(context)..end].fill(true);
    }
    let mut kept: Vec<Row> = Vec::new();
    let mut run: Vec<Row> = Vec::new();
    let close = |run: &mut Vec<Row>, kept: &mut Vec<Row>| match run.len() {
        0 | 1 => kept.append(run),
        count => {
            run.clear();
            kept.push(Row::Folded(count));
        }
    };
    for (row, is_near) in rows.into_iter().zip(near) {
        if is_near {
            close(&mut run, &mut kept);
            kept.push(row);
        } else {
            run.push(row);
        }
    }
    close(&mut run, &mut kept);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    fn shown(pieces: &Option<Vec<Piece>>) -> String {
        let pieces = pieces.iter().flatten();
        pieces.map(|piece| if piece.is_other { format!("[{}]", piece.text) } else { piece.text.clone() }).collect()
    }

    #[test]
    fn the_words_of_a_changed_line_that_are_others_are_marked() {
        let rows = rows(
            &lines("name: Optics\nscope: Light as ray and wave"),
            &lines("name: Optics\nscope: Light as wave"),
            None,
        );
        let [Row::Same(name), Row::Changed { left, right }] = &rows[..] else { panic!("{rows:?}") };
        assert_eq!(name, "name: Optics");
        assert_eq!(
            (shown(left), shown(right)),
            ("scope: Light as [ray and ]wave".into(), "scope: Light as wave".into())
        );
    }

    #[test]
    fn a_line_that_only_one_side_has_stands_alone() {
        let rows = rows(&lines("a\nb"), &lines("a\nb\nc"), None);
        let Some(Row::Changed { left: None, right }) = rows.last() else { panic!("{rows:?}") };
        assert_eq!(shown(right), "[c]");
        assert!(!is_same(&rows));
        assert!(is_same(&super::rows(&lines("a"), &lines("a"), Some(2))));
    }

    #[test]
    fn what_is_far_from_a_change_is_folded_and_counted() {
        let left: Vec<String> = (0..20).map(|number| format!("line {number}")).collect();
        let mut right = left.clone();
        right[10] = "another thing".into();
        let rows = rows(&left, &right, Some(2));
        assert_eq!((rows.first(), rows.last()), (Some(&Row::Folded(8)), Some(&Row::Folded(7))));
        assert_eq!(rows.len(), 7);
        // One line is not worth a fold.
        right[3] = "x".into();
        assert!(matches!(super::rows(&left, &right, Some(3))[..], [Row::Same(_), ..]));
    }

    #[test]
    fn unified_text_names_both_sides() {
        let text = unified(("1 proposed", &lines("a\nb")), ("2 now", &lines("a\nc")));
        assert_eq!(text, "--- 1 proposed\n+++ 2 now\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n");
    }
}
