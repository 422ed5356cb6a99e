//! The front matter of a prompt template: a block of YAML between two lines `---` at its start.
//!
//! ```text
//! ---
//! strata:
//!   level:
//!     - what beginners learn (levels 100 and 200)
//!     - what specialists learn
//! strata_by_kind: {subject: level}
//! wordings:
//!   taxonomy:
//!     - name: list
//!       text: List all {{ kind }}s of human knowledge and capabilities.
//! ---
//! ```

use std::collections::BTreeMap;

use serde::Deserialize;

/// The longest block that is read, in lines.
const MOST_LINES: usize = 400;

/// What a template says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Front {
    /// Named sets of parts of a place; a run asks for one part.
    pub strata: BTreeMap<String, Vec<String>>,
    /// The set that divides a place, by the kind that is asked for.
    pub strata_by_kind: BTreeMap<String, String>,
    /// Named sets of instructions; the runs of one question take them in turn.
    pub wordings: BTreeMap<String, Vec<Wording>>,
}

/// One instruction of a set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wording {
    /// Its name in batches.
    pub name: String,
    /// A template, filled in with the values of the prompt.
    pub text: String,
}

/// The front matter of a template and the number of lines it takes; nothing where there is none.
pub(super) fn read(text: &str) -> Result<(Front, usize), String> {
    let mut lines = text.lines();
    if lines.next().map(str::trim_end) != Some("---") {
        return Ok((Front::default(), 0));
    }
    let end = lines.take(MOST_LINES).position(|line| line.trim_end() == "---");
    let Some(end) = end else { return Err("the line `---` that ends it is missing.".to_owned()) };
    let block: Vec<&str> = text.lines().skip(1).take(end).collect();
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_anchors: 0, max_aliases: 0, max_depth: 8, max_nodes: 4_000 },
        with_snippet: false,
    };
    let front: Option<Front> = serde_saphyr::from_str_with_options(&block.join("\n"), options).map_err(|error| {
        let (place, message) = crate::plain::yaml(&error);
        let line = place.map(|(line, _)| format!("line {}: ", line + 1)).unwrap_or_default();
        format!("{line}{message}.")
    })?;
    let front = front.unwrap_or_default();
    if let Some((name, _)) = front.strata.iter().find(|(_, entries)| entries.is_empty()) {
        return Err(format!("the strata '{}' have no entries.", super::text::excerpt(name, 60)));
    }
    let excerpt = |name: &str| super::text::excerpt(name, 60);
    if let Some((kind, set)) = front.strata_by_kind.iter().find(|(_, set)| !front.strata.contains_key(*set)) {
        return Err(format!("the strata '{}' for the kind '{}' are not there.", excerpt(set), excerpt(kind)));
    }
    for (set, wordings) in &front.wordings {
        let twice = |at: usize| wordings[..at].iter().any(|earlier| earlier.name == wordings[at].name);
        if wordings.is_empty() || wordings.iter().any(|one| one.text.trim().is_empty() || one.name.trim().is_empty()) {
            return Err(format!("the wordings '{}' need entries with a name and a text.", excerpt(set)));
        }
        if let Some(at) = (0..wordings.len()).find(|at| twice(*at)) {
            return Err(format!("the wordings '{}' have two named '{}'.", excerpt(set), excerpt(&wordings[at].name)));
        }
    }
    Ok((front, end + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strata_are_read_and_the_rest_is_the_template() {
        let (front, lines) = read("---\nstrata:\n  level: [one, two]\n---\nText").unwrap();
        assert_eq!(front.strata["level"], ["one", "two"]);
        assert_eq!(lines, 4);
        assert_eq!(read("Text\n---\nmore").unwrap(), (Front::default(), 0));
        assert_eq!(read("---\n---\nText").unwrap(), (Front::default(), 2));
    }

    #[test]
    fn what_cannot_be_used_names_its_line() {
        for (text, why) in [
            ("---\nstrata:\n  level: [one\n---\n", "line "),
            ("---\nstratum: x\n---\n", "line 2: unknown field"),
            ("---\nstrata: {level: []}\n---\n", "have no entries"),
            ("---\nstrata_by_kind: {subject: level}\n---\n", "are not there"),
            ("---\nwordings: {all: []}\n---\n", "need entries"),
            ("---\nwordings:\n  all:\n    - {name: a, text: x}\n    - {name: a, text: y}\n---\n", "two named 'a'"),
            ("---\nstrata: {}\n", "is missing"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }
}
