//! A tree of folders as InstructLab keeps one: a folder is a level, and one with a `qna.yaml` is
//! a leaf. `knowledge` and `compositional_skills` at the top say what the examples are for, not
//! where they belong, so they are no level.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use super::forest::Item;
use super::{ImportError, Remark, Rule};
use crate::taxonomy::node::Facts;
use crate::taxonomy::text::Untrusted;

/// Largest `qna.yaml` that is read.
pub const MAX_FILE: usize = 1 << 20;
/// The folders at the top that are no level.
pub const BRANCHES: [&str; 3] = ["knowledge", "compositional_skills", "foundational_skills"];

/// A `qna.yaml`, and what it holds or why it cannot be read.
#[derive(Debug)]
pub struct Leaf {
    /// The folders above it, from the top.
    pub folders: Vec<String>,
    /// Its content.
    pub text: Result<Vec<u8>, String>,
}

/// A file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bad {
    /// Where it is, `/` between folders.
    pub path: String,
    /// What is wrong.
    pub error: ImportError,
}

/// A tree of folders as read.
#[derive(Debug, Default)]
pub struct Folders {
    /// The folders, parents before children.
    pub items: Vec<Item>,
    /// What did not come along.
    pub remarks: Vec<Remark>,
    /// The files that cannot be used.
    pub bad: Vec<Bad>,
}

/// What is read of a `qna.yaml`. The examples are for a model, not for a taxonomy.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Qna {
    domain: Option<String>,
    task_description: Option<String>,
    document_outline: Option<String>,
    created_by: Option<String>,
    seed_examples: Option<Vec<serde::de::IgnoredAny>>,
}

/// Reads a whole tree. The files that cannot be used are listed; whether the rest counts is for
/// the caller to say.
///
/// # Errors
/// There is no `qna.yaml`.
pub fn read(leaves: &[Leaf]) -> Result<Folders, ImportError> {
    if leaves.is_empty() {
        return Err(ImportError::whole("There is no qna.yaml in the folder or below it."));
    }
    let mut items: Vec<Item> = Vec::new();
    let mut known: HashMap<Vec<String>, usize> = HashMap::new();
    let mut bad = Vec::new();
    let mut examples = 0;
    let sorted: BTreeMap<&[String], &Leaf> = leaves.iter().map(|leaf| (leaf.folders.as_slice(), leaf)).collect();
    for (folders, leaf) in sorted {
        let path = folders.iter().map(|folder| format!("{folder}/")).collect::<String>() + "qna.yaml";
        let skip = usize::from(folders.first().is_some_and(|top| BRANCHES.contains(&top.as_str())));
        let levels = &folders[skip..];
        let qna = match parse(leaf) {
            Ok(_) if levels.is_empty() => Err(ImportError::whole("It is in no folder that could give it a name.")),
            parsed => parsed,
        };
        let qna = match qna {
            Ok(qna) => qna,
            Err(error) => {
                bad.push(Bad { path, error });
                continue;
            }
        };
        let mut parent = None;
        for depth in 1..=levels.len() {
            let key = levels[..depth].to_vec();
            parent = Some(*known.entry(key).or_insert_with(|| {
                let facts = Facts::named(name(&levels[depth - 1]));
                let at = folders[..skip + depth].join("/");
                items.push(Item { parent, facts, at, ..Item::default() });
                items.len() - 1
            }));
        }
        examples += qna.seed_examples.as_ref().map_or(0, Vec::len);
        if let Some(item) = parent.and_then(|at| items.get_mut(at)) {
            describe(item, &qna, &path);
        }
    }
    let mut remarks = Vec::new();
    if examples > 0 {
        remarks.push(Remark::tally(Rule::Other, examples, format!("seed examples ({examples})")));
    }
    Ok(Folders { items, remarks, bad })
}

fn parse(leaf: &Leaf) -> Result<Qna, ImportError> {
    let bytes = leaf.text.as_ref().map_err(|why| ImportError::whole(why.clone()))?;
    let text = super::text(bytes)?;
    let mut budget = serde_saphyr::Budget::default();
    budget.max_documents = 1;
    budget.max_aliases = 64;
    budget.max_depth = 64;
    let options = serde_saphyr::options! { budget: Some(budget), with_snippet: false };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let (place, message) = crate::plain::yaml(&error);
        let (line, column) = place.unzip();
        ImportError { line, column, message: super::skos::sentence(&message) }
    })
}

fn describe(item: &mut Item, qna: &Qna, path: &str) {
    let text =
        |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let said = [text(&qna.task_description), text(&qna.document_outline)];
    let said: Vec<String> = said.into_iter().flatten().collect();
    // The same folder may hold knowledge and a skill.
    let scope = item.facts.scope.take().map(|scope| scope.raw().to_owned());
    let scope: Vec<String> = scope.into_iter().chain(said).collect();
    item.facts.scope = (!scope.is_empty()).then(|| Untrusted::from(scope.join("\n\n")));
    let before = item.rationale.take().map(|text| text.raw().to_owned());
    let facts = [Some(path.to_owned()), text(&qna.domain).map(|domain| format!("domain: {domain}"))];
    let by = text(&qna.created_by).map(|by| format!("created by: {by}"));
    let lines: Vec<String> = before.into_iter().chain(facts.into_iter().flatten()).chain(by).collect();
    item.rationale = Some(lines.join("\n").into());
}

/// `black_capped_chickadee` as "Black capped chickadee".
fn name(folder: &str) -> String {
    let words = folder.replace(['_', '-'], " ");
    let mut chars = words.trim().chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}", chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(path: &str, text: &str) -> Leaf {
        Leaf { folders: path.split('/').map(str::to_owned).collect(), text: Ok(text.as_bytes().to_vec()) }
    }

    #[test]
    fn folders_are_levels_and_a_leaf_says_what_it_is_about() {
        let leaves = [
            leaf(
                "knowledge/science/animals/black_capped_chickadee",
                "version: 3\ndomain: birds\ndocument_outline: |\n  About a bird.\ncreated_by: ana\nseed_examples:\n  - a: 1\n  - b: 2\n",
            ),
            leaf("compositional_skills/science/animals", "task_description: Write about animals.\n"),
        ];
        let Folders { items, remarks, bad } = read(&leaves).unwrap();
        let found: Vec<_> = items.iter().map(|item| (item.facts.name.raw(), item.parent)).collect();
        assert_eq!(found, [("Science", None), ("Animals", Some(0)), ("Black capped chickadee", Some(1))]);
        assert_eq!(items[1].facts.scope.as_ref().unwrap().raw(), "Write about animals.");
        assert_eq!(items[2].facts.scope.as_ref().unwrap().raw(), "About a bird.");
        let rationale = items[2].rationale.as_ref().unwrap().raw();
        assert!(rationale.contains("domain: birds") && rationale.contains("created by: ana"), "{rationale}");
        assert_eq!((remarks[0].number, bad.len()), (2, 0));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named_with_line_and_column() {
        let leaves = [
            leaf("knowledge/a", "domain: x\n  bad: indent\n"),
            leaf("knowledge/b", "domain: [1, 2]\n"),
            leaf("knowledge/c", "domain: c\n"),
            Leaf { folders: vec!["d".into()], text: Err("It is a link.".into()) },
            Leaf { folders: vec!["knowledge".into()], text: Ok(vec![]) },
        ];
        let Folders { items, bad, .. } = read(&leaves).unwrap();
        assert_eq!(items.len(), 1);
        let places: Vec<_> = bad.iter().map(|bad| (bad.path.as_str(), bad.error.line)).collect();
        let wanted = [
            ("d/qna.yaml", None),
            ("knowledge/qna.yaml", None),
            ("knowledge/a/qna.yaml", Some(2)),
            ("knowledge/b/qna.yaml", Some(1)),
        ];
        assert_eq!(places, wanted);
        assert!(read(&[]).is_err());
    }
}
