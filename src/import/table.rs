//! Tables in which every row is a node that names its parent: `id,parent_id,kind,name,...`, as
//! `export-tree --format csv` writes them. The order of the rows plays no role.

use std::collections::HashMap;

use super::csv::{Raw, Row, Table, one_line};
use super::forest::{Item, Retired, Shape, plant};
use super::{ImportError, Remark, Rule};
use crate::taxonomy::cell::{arm, split};
use crate::taxonomy::node::{Facts, Kind};
use crate::taxonomy::snapshot::Snapshot;
use crate::taxonomy::text::{Untrusted, reveal_line};

/// Which column is what; positions count from 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    id: usize,
    parent: usize,
    name: usize,
    kind: Option<usize>,
    aliases: Option<usize>,
    level: Option<usize>,
    scope: Option<usize>,
    subtopics: Option<usize>,
    state: Option<usize>,
    replaced_by: Option<usize>,
    reason: Option<usize>,
}

impl Columns {
    /// The columns of a header that has one of parents.
    ///
    /// # Errors
    /// It has one of parents, but none of ids or names.
    pub fn of(header: &[String]) -> Result<Option<Self>, ImportError> {
        let key = |name: &String| -> String {
            name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
        };
        let keys: Vec<String> = header.iter().map(key).collect();
        let find = |names: &[&str]| names.iter().find_map(|name| keys.iter().position(|key| key == name));
        let Some(parent) = find(&["parentid", "parent", "broader"]) else { return Ok(None) };
        let missing =
            |what: &str| ImportError::at(1, 1, format!("The header has a column of parents, but none {what}."));
        Ok(Some(Self {
            parent,
            id: find(&["id", "identifier", "code", "notation"]).ok_or_else(|| missing("of ids"))?,
            name: find(&["name", "label", "preflabel", "title"]).ok_or_else(|| missing("of names"))?,
            kind: find(&["kind"]),
            aliases: find(&["aliases", "altlabels", "altlabel", "synonyms"]),
            level: find(&["level"]),
            scope: find(&["scope", "description", "definition", "summary"]),
            subtopics: find(&["subtopics"]),
            state: find(&["state", "status"]),
            replaced_by: find(&["replacedby"]),
            reason: find(&["reason"]),
        }))
    }

    fn all(&self) -> Vec<(usize, &'static str)> {
        let optional = [
            (self.kind, "kind"),
            (self.aliases, "aliases"),
            (self.level, "level"),
            (self.scope, "scope"),
            (self.subtopics, "subtopics"),
            (self.state, "state"),
            (self.replaced_by, "replaced_by"),
            (self.reason, "reason"),
        ];
        let fixed = [(self.id, "id"), (self.parent, "parent"), (self.name, "name")];
        fixed.into_iter().chain(optional.into_iter().filter_map(|(at, what)| Some((at?, what)))).collect()
    }
}

/// Reads the rows.
pub(super) fn read(
    header: &[String],
    columns: &Columns,
    rows: impl Iterator<Item = Result<Row, ImportError>>,
    raw: &Raw<'_>,
    snapshot: &Snapshot,
    shape: &Shape,
) -> Result<Table, ImportError> {
    let rows: Vec<Row> = rows.collect::<Result<_, _>>()?;
    let mut found = HashMap::with_capacity(rows.len());
    for (at, (line, record)) in rows.iter().enumerate() {
        let id = cell(record, columns.id);
        if id.is_empty() {
            return Err(raw.error(record, columns.id, "The row has no id."));
        }
        if let Some((_, first)) = found.insert(id, (at, line)) {
            let message = format!("The id {} is in line {first} already.", reveal_line(id));
            return Err(raw.error(record, columns.id, message));
        }
    }
    let parent = |record| {
        let id = cell(record, columns.parent);
        if id.is_empty() { Ok(None) } else { found.get(id).map(|(at, _)| Some(*at)).ok_or(id) }
    };
    let order = ordered(&rows, columns, raw, &parent)?;
    let place: HashMap<usize, usize> = order.iter().enumerate().map(|(place, row)| (*row, place)).collect();
    let mut items = Vec::with_capacity(rows.len());
    let mut remarks = Vec::new();
    for row in &order {
        let (line, record) = &rows[*row];
        let mut item = item(record, columns, raw)?;
        item.at = format!("line {line}");
        item.position = Some((*line, 1));
        item.parent = parent(record).ok().flatten().and_then(|row| place.get(&row).copied());
        if let Some(retired) = &mut item.retired {
            let by = columns.replaced_by.map(|column| cell(record, column)).unwrap_or_default();
            retired.by = found.get(by).and_then(|(row, _)| place.get(row).copied());
            retired.by_node = by.parse().ok();
            if !by.is_empty() && retired.by.is_none() && retired.by_node.is_none() {
                remarks.push(Remark::new(
                    Rule::Other,
                    item.at.clone(),
                    format!("replaced by {by}, which is not there"),
                ));
            }
        }
        items.push(item);
    }
    let (_, import) = plant(&items, remarks, snapshot, shape)?;
    let name = |at: usize| reveal_line(&header[at]).into_owned();
    let all = columns.all();
    let used = all.iter().map(|(at, what)| match name(*at) {
        same if same == *what => same,
        other => format!("{other} = {what}"),
    });
    let unused = (0..header.len()).filter(|at| !all.iter().any(|(column, _)| column == at)).map(name);
    Ok(Table { used: used.collect(), unused: unused.collect(), why: "says nothing that is read", import })
}

fn cell(record: &::csv::StringRecord, at: usize) -> &str {
    arm(record.get(at).unwrap_or_default()).trim()
}

/// The rows with parents before children.
fn ordered<'a>(
    rows: &'a [Row],
    columns: &Columns,
    raw: &Raw<'_>,
    parent: &impl Fn(&'a ::csv::StringRecord) -> Result<Option<usize>, &'a str>,
) -> Result<Vec<usize>, ImportError> {
    let mut order = Vec::with_capacity(rows.len());
    let mut placed = vec![false; rows.len()];
    for start in 0..rows.len() {
        let mut chain = Vec::new();
        let mut at = Some(start);
        while let Some(row) = at.filter(|row| !placed[*row]) {
            placed[row] = true;
            chain.push(row);
            at = parent(&rows[row].1).map_err(|id| {
                let message = format!("There is no row with the id {}, which is the parent here.", reveal_line(id));
                raw.error(&rows[row].1, columns.parent, message)
            })?;
        }
        if let Some(row) = chain.last().filter(|_| at.is_some_and(|above| chain.contains(&above))) {
            return Err(raw.error(&rows[*row].1, columns.parent, "The row is its own ancestor."));
        }
        order.extend(chain.into_iter().rev());
    }
    Ok(order)
}

fn item(record: &::csv::StringRecord, columns: &Columns, raw: &Raw<'_>) -> Result<Item, ImportError> {
    let text = |column: Option<usize>| {
        let cell = arm(record.get(column?)?);
        (!cell.trim().is_empty()).then(|| Untrusted::from(cell))
    };
    let list = |column: Option<usize>| {
        let cell = column.and_then(|at| record.get(at)).map(arm).unwrap_or_default();
        split(cell).into_iter().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).map(Into::into)
    };
    let name = cell(record, columns.name);
    one_line(name, record, columns.name, raw)?;
    let kind = match columns.kind.map(|at| (at, cell(record, at))).filter(|(_, kind)| !kind.is_empty()) {
        None => None,
        Some((at, kind)) => {
            let parsed = kind.parse::<Kind>();
            Some(
                parsed
                    .map_err(|why| raw.error(record, at, format!("\"{}\" is not a kind; {why}.", reveal_line(kind))))?,
            )
        }
    };
    let retired = match columns.state.map(|at| (at, cell(record, at).to_lowercase())) {
        Some((_, state)) if state == "deprecated" => {
            Some(Retired { reason: text(columns.reason), ..Retired::default() })
        }
        Some((at, state)) if !matches!(state.as_str(), "" | "accepted" | "active" | "pending" | "current") => {
            let message = format!("\"{}\" is not a state; write accepted or deprecated.", reveal_line(&state));
            return Err(raw.error(record, at, message));
        }
        _ => None,
    };
    let facts = Facts {
        name: name.into(),
        aliases: list(columns.aliases).collect(),
        level: text(columns.level),
        scope: text(columns.scope),
        subtopics: list(columns.subtopics).collect(),
    };
    let id = cell(record, columns.id);
    let rationale = id.parse::<crate::taxonomy::NodeId>().is_err().then(|| format!("id {id}").into());
    Ok(Item { kind, id: id.parse().ok(), facts, rationale, retired, ..Item::default() })
}

#[cfg(test)]
mod tests {
    use super::super::csv::{Options, read};
    use super::super::forest::Shape;
    use super::super::{Import, ImportError};
    use crate::taxonomy::Proposed;
    use crate::taxonomy::manifest::Manifest;
    use crate::taxonomy::snapshot::Snapshot;

    fn import(text: &str) -> Result<Import, ImportError> {
        let options = Options { shape: Shape { deprecated: true, ..Shape::default() }, ..Options::default() };
        read(text.as_bytes(), &Snapshot::empty(Manifest::titled("T")), &options).map(|table| table.import)
    }

    #[test]
    fn rows_come_in_any_order_and_depth_gives_the_kind_where_no_column_does() {
        let found = import("code,label,parent,synonyms\n3,Lenses,2,Glasses|A\\|B\n2,Optics,1,\n1,Physics,,\n").unwrap();
        let kinds: Vec<_> = found
            .proposals
            .iter()
            .map(|proposed| match proposed {
                Proposed::Node { kind, facts, .. } => (kind.name(), facts.name.raw(), facts.aliases.len()),
                Proposed::Syllabus { .. } => panic!(),
            })
            .collect();
        assert_eq!(kinds, [("field", "Physics", 0), ("discipline", "Optics", 0), ("subject", "Lenses", 2)]);
    }

    #[test]
    fn what_is_wrong_is_named_with_line_and_column() {
        let at = |text: &str| {
            let error = import(text).unwrap_err();
            (error.line.unwrap(), error.column.unwrap(), error.message)
        };
        assert_eq!(at("id,parent_id,name\n1,,A\n2,9,B\n").0, 3);
        assert_eq!(at("id,parent_id,name\n1,,A\n2,9,B\n").1, 3);
        assert!(at("id,parent_id,name\n1,2,A\n2,1,B\n").2.contains("own ancestor"));
        assert!(at("id,parent_id,name\n1,1,A\n").2.contains("own ancestor"));
        assert!(at("id,parent_id,name\n1,,A\n1,,B\n").2.contains("line 2 already"));
        assert!(at("id,parent_id,name\n,,A\n").2.contains("no id"));
        assert_eq!(at("id,parent_id,name,kind\n1,,A,domain\n").1, 6);
        assert!(at("id,parent_id,name,state\n1,,A,gone\n").2.contains("not a state"));
        assert!(at("parent_id,name\n,A\n").2.contains("none of ids"));
        let long = at(&format!("id,parent_id,name\n1,,A\n2,1,{}\n", "b".repeat(1_001)));
        assert_eq!((long.0, long.1, long.2.contains("1000 is the most")), (3, 5, true), "{}", long.2);
    }

    #[test]
    fn deprecated_rows_know_what_replaces_them() {
        let text = "id,parent_id,name,state,replaced_by,reason\n1,,Old,deprecated,2,\"'=why\"\n2,,New,,,\n";
        let found = import(text).unwrap();
        assert_eq!(found.deprecated.len(), 1);
        assert_eq!(found.deprecated[0].1.reason.as_ref().unwrap().raw(), "=why");
        assert!(found.deprecated[0].1.replaced_by.is_some());
    }
}
