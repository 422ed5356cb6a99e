//! Which column of a table is which level of the taxonomy.

use crate::taxonomy::node::Kind;
use crate::taxonomy::text::reveal_line;

/// Column names of schemes that people have, upper level first, without case, punctuation and a
/// `name` at the end. A scheme counts where its first column is there; ours is the last.
const SCHEMES: [&[(&str, Kind)]; 2] = [
    &[("domain", Kind::Field), ("field", Kind::SubField), ("subfield", Kind::Discipline), ("topic", Kind::Subject)],
    &[
        ("field", Kind::Field),
        ("subfield", Kind::SubField),
        ("area", Kind::SubField),
        ("discipline", Kind::Discipline),
        ("department", Kind::Discipline),
        ("subject", Kind::Subject),
        ("course", Kind::Subject),
        ("topic", Kind::Subject),
    ],
];

/// Columns that say more about the deepest node of a row.
const SCOPE: [&str; 3] = ["scope", "description", "summary"];

/// The columns of a table by what they mean; positions count from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Levels {
    /// Column and kind, upper level first.
    pub kinds: Vec<(usize, Kind)>,
    /// The column with the scope of a row's deepest node.
    pub scope: Option<usize>,
    /// The column with the level ("200") of a row's subject.
    pub level: Option<usize>,
    /// The columns that mean nothing here.
    pub unused: Vec<usize>,
}

/// Why the columns of a table cannot be used: a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct LevelsError(pub String);

impl Levels {
    /// Reads a header. `named` (column name, kind) goes before what is recognised; `under` is the
    /// kind of the node that everything hangs under, and where the kinds of the header do not
    /// fit there, the columns are taken as the kinds that do.
    ///
    /// # Errors
    /// No column names a level, two name the same, or they fit nowhere below `under`.
    pub fn of(header: &[&str], named: &[(String, Kind)], under: Option<Kind>) -> Result<Self, LevelsError> {
        let keys: Vec<String> = header.iter().map(|name| key(name)).collect();
        let mut kinds = if named.is_empty() { recognised(&keys) } else { chosen(header, &keys, named)? };
        kinds.sort_by_key(|(_, kind)| *kind);
        if kinds.is_empty() {
            let columns = header.iter().map(|name| reveal_line(name)).collect::<Vec<_>>().join(", ");
            return Err(LevelsError(format!("No column of the header names a level; it has: {columns}.")));
        }
        if let Some(pair) = kinds.windows(2).find(|pair| pair[0].1 == pair[1].1) {
            let name = |at: usize| reveal_line(header[at]).into_owned();
            let (a, b, kind) = (name(pair[0].0), name(pair[1].0), pair[0].1);
            return Err(LevelsError(format!("The columns {a} and {b} would both be the {kind}.")));
        }
        let found: Vec<Kind> = kinds.iter().map(|(_, kind)| *kind).collect();
        let fitting = fitting(under, &found).ok_or_else(|| {
            let place = Kind::place(under);
            let found: Vec<_> = found.iter().map(|kind| kind.name()).collect();
            LevelsError(format!("The levels of the file ({}) do not fit under {place}.", found.join(", ")))
        })?;
        for (pair, kind) in kinds.iter_mut().zip(fitting) {
            pair.1 = kind;
        }
        let is_level = |at: usize| kinds.iter().any(|(column, _)| *column == at);
        let free = |wanted: &[&str]| (0..keys.len()).find(|at| !is_level(*at) && wanted.contains(&keys[*at].as_str()));
        let (scope, level) = (free(&SCOPE), free(&["level"]));
        let unused = (0..keys.len()).filter(|at| !is_level(*at) && Some(*at) != scope && Some(*at) != level).collect();
        Ok(Self { kinds, scope, level, unused })
    }
}

fn key(name: &str) -> String {
    let key: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    match key.strip_suffix("name") {
        Some(short) if !short.is_empty() => short.to_owned(),
        _ => key,
    }
}

fn recognised(keys: &[String]) -> Vec<(usize, Kind)> {
    let has = |name: &str| keys.iter().any(|key| key == name);
    let scheme = SCHEMES.iter().find(|scheme| has(scheme[0].0)).unwrap_or(&SCHEMES[1]);
    let kind = |key: &String| scheme.iter().find(|(name, _)| name == key).map(|(_, kind)| *kind);
    keys.iter().enumerate().filter_map(|(at, key)| Some((at, kind(key)?))).collect()
}

fn chosen(header: &[&str], keys: &[String], named: &[(String, Kind)]) -> Result<Vec<(usize, Kind)>, LevelsError> {
    let column = |(name, kind): &(String, Kind)| {
        let exact = header.iter().position(|column| column == name);
        let at = exact.or_else(|| keys.iter().position(|known| *known == key(name)));
        at.map(|at| (at, *kind)).ok_or_else(|| LevelsError(format!("There is no column {}.", reveal_line(name))))
    };
    named.iter().map(column).collect()
}

/// The kinds themselves where they can hang under each other, top under `under`; else as many
/// kinds that can, with the same end where possible.
fn fitting(under: Option<Kind>, kinds: &[Kind]) -> Option<Vec<Kind>> {
    if hangs_together(under, kinds) {
        return Some(kinds.to_vec());
    }
    if under.is_none() && kinds.first() != Some(&Kind::Field) {
        return None;
    }
    let subsets = (1_u32..1 << Kind::ALL.len()).map(|mask| {
        let inside = |kind: &Kind| mask & (1 << (*kind as u32)) != 0;
        Kind::ALL.into_iter().filter(inside).collect::<Vec<_>>()
    });
    let fit = subsets.filter(|subset| subset.len() == kinds.len() && hangs_together(under, subset));
    fit.max_by_key(|subset| subset.last() == kinds.last())
}

fn hangs_together(under: Option<Kind>, kinds: &[Kind]) -> bool {
    let mut above = under;
    kinds.iter().all(|kind| Kind::below(above.replace(*kind)).contains(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(header: &[&str], under: Option<Kind>) -> Result<Vec<(usize, Kind)>, String> {
        Levels::of(header, &[], under).map(|levels| levels.kinds).map_err(|error| error.0)
    }

    #[test]
    fn openalex_columns_are_one_level_up_in_any_order_and_spelling() {
        let ours = [Kind::Field, Kind::SubField, Kind::Discipline, Kind::Subject];
        let plain = kinds(&["domain", "field", "subfield", "topic", "topic_id"], None).unwrap();
        assert_eq!(plain.iter().map(|(_, kind)| *kind).collect::<Vec<_>>(), ours);
        let theirs = ["topic_id", "Topic Name", "subfield_id", "subfield_name", "field_name", "domain_name", "summary"];
        let levels = Levels::of(&theirs, &[], None).unwrap();
        assert_eq!(levels.kinds.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [5, 4, 3, 1]);
        assert_eq!((levels.scope, levels.unused), (Some(6), vec![0, 2]));
    }

    #[test]
    fn under_a_node_the_columns_become_the_kinds_that_fit() {
        let header = ["field", "subfield", "topic"];
        let get =
            |under| kinds(&header, under).map(|found| found.into_iter().map(|(_, kind)| kind).collect::<Vec<_>>());
        assert_eq!(get(None), Ok(vec![Kind::Field, Kind::Discipline, Kind::Subject]));
        assert_eq!(get(Some(Kind::Field)), Ok(vec![Kind::SubField, Kind::Discipline, Kind::Subject]));
        assert!(get(Some(Kind::Discipline)).unwrap_err().contains("do not fit under a discipline"));
        assert_eq!(kinds(&["course"], Some(Kind::Discipline)), Ok(vec![(0, Kind::Subject)]));
        assert!(kinds(&["course"], None).unwrap_err().contains("under the root"));
    }

    #[test]
    fn a_header_without_levels_or_with_two_of_one_says_so() {
        assert!(kinds(&["a", "b\u{1b}"], None).unwrap_err().contains("a, b⟨U+001B⟩"));
        assert!(kinds(&["field", "course", "subject"], None).unwrap_err().contains("course and subject would both"));
    }

    #[test]
    fn columns_can_be_named() {
        let named = [("Fach".to_owned(), Kind::Discipline), ("Kurs".to_owned(), Kind::Subject)];
        let levels = Levels::of(&["Kurs", "Fach"], &named, Some(Kind::Field)).unwrap();
        assert_eq!(levels.kinds, [(1, Kind::Discipline), (0, Kind::Subject)]);
        let error = Levels::of(&["x"], &named, None).unwrap_err();
        assert_eq!(error.0, "There is no column Fach.");
    }
}
