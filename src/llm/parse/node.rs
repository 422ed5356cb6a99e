//! Proposed nodes: fields, sub-fields, disciplines or subjects.

use serde_json::Value;

use super::extract::{Bad, Piece, extract};
use super::shape::{PROSE, list, name, object, text};
use super::{ParseError, Parsed};
use crate::llm::text::excerpt;

/// Most nodes taken from one reply.
const MAX_NODES: usize = 1_000;

/// The names under which models put the list.
const LISTS: [&str; 7] = ["items", "nodes", "subjects", "disciplines", "sub-fields", "fields", "list"];

/// A node as a model proposes it. Untrusted text throughout.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProposedNode {
    /// Its name, on one line.
    pub name: String,
    /// Its level as text, empty if not stated.
    pub level: String,
    /// What it covers.
    pub scope: String,
    /// Its subtopics.
    pub subtopics: Vec<String>,
    /// Why it belongs there.
    pub rationale: String,
    /// The JSON had to be repaired, so the text deserves a look.
    pub repaired: bool,
}

/// Reads nodes from a reply: an object with a list, a list, one object, or JSON lines.
///
/// # Errors
/// If nothing in the reply is a node.
pub fn nodes(reply: &str) -> Result<Parsed<ProposedNode>, ParseError> {
    let mut found = extract(reply, &LISTS);
    let mut pieces = std::mem::take(&mut found.pieces);
    let stated_empty = unwrap_list(&mut pieces);
    let prose = pieces.is_empty() && found.bad.is_empty() && !stated_empty;
    let mut parsed = Parsed { items: Vec::new(), bad: found.bad };
    for piece in pieces {
        let node = if parsed.items.len() < MAX_NODES {
            node(&piece)
        } else {
            Err(format!("More than {MAX_NODES} items in one reply."))
        };
        match node {
            Ok(node) => parsed.items.push(node),
            Err(reason) => {
                parsed.bad.push(Bad { index: piece.index, snippet: excerpt(&piece.value.to_string(), 160), reason })
            }
        }
    }
    parsed.bad.sort_by_key(|bad| bad.index);
    if parsed.items.is_empty() && !stated_empty {
        let reason = match parsed.bad.first() {
            None => "The reply holds no JSON.".to_owned(),
            Some(bad) => format!("Nothing in the reply is a proposal. {}", bad.reason),
        };
        return Err(ParseError { reason, prose });
    }
    Ok(parsed)
}

/// Replaces one object around a list by the list; true if that list is empty.
fn unwrap_list(pieces: &mut Vec<Piece>) -> bool {
    let [only] = pieces.as_mut_slice() else {
        return false;
    };
    let Some(object) = only.value.as_object_mut() else {
        return false;
    };
    if object.contains_key("name") || object.contains_key("subject_name") {
        return false;
    }
    let list = LISTS.iter().find_map(|key| match object.get_mut(*key) {
        Some(Value::Array(items)) => Some(std::mem::take(items)),
        _ => None,
    });
    let Some(list) = list else { return false };
    let repaired = only.repaired;
    let piece = |(index, value)| Piece { index, value, repaired };
    *pieces = list.into_iter().enumerate().map(piece).collect();
    pieces.is_empty()
}

fn node(piece: &Piece) -> Result<ProposedNode, String> {
    let object = object(&piece.value)?;
    Ok(ProposedNode {
        name: name(object, &["name", "subject_name", "subject", "title"])?,
        level: text(object, &["level", "grade_level"], 60)?,
        scope: text(object, &["scope", "introduction", "description"], PROSE)?,
        subtopics: list(object, &["subtopics", "topics"])?,
        rationale: text(object, &["rationale", "reason", "why"], PROSE)?,
        repaired: piece.repaired,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_reply() {
        let parsed = nodes(
            r#"{"items":[{"name":" Optics ","level":200,"scope":"Light.","subtopics":["Rays","Waves"],"rationale":"Needed."}]}"#,
        )
        .unwrap();
        assert_eq!(
            parsed.items,
            [ProposedNode {
                name: "Optics".to_owned(),
                level: "200".to_owned(),
                scope: "Light.".to_owned(),
                subtopics: vec!["Rays".to_owned(), "Waves".to_owned()],
                rationale: "Needed.".to_owned(),
                repaired: false,
            }]
        );
        assert!(parsed.bad.is_empty());
    }

    #[test]
    fn the_papers_json_lines() {
        let parsed = nodes(
            "```\n{\"subject_name\": \"Optics\", \"level\": \"2\", \"subtopics\": [\"Rays\"]}\n{\"subject_name\": \"Heat\"}\n```",
        )
        .unwrap();
        assert_eq!(parsed.items.len(), 2);
        assert_eq!(parsed.items[1].name, "Heat");
    }

    #[test]
    fn one_bad_item_costs_only_itself() {
        let long = format!("{{\"name\":\"{}\"}}", "x".repeat(300));
        for (bad, why) in [
            ("\"Mechanics\"", "It is text, not an object."),
            ("{\"level\":\"1\"}", "It has no name."),
            ("{\"name\":\"  \"}", "It has no name."),
            ("{\"name\":\"M\",\"subtopics\":7}", "Its subtopics are a number, not a list."),
            (long.as_str(), "Its name is longer than 200 characters."),
        ] {
            let reply = format!("{{\"items\":[{{\"name\":\"A\"}},{bad},{{\"name\":\"C\"}}]}}");
            let parsed = nodes(&reply).unwrap();
            assert_eq!(parsed.items.len(), 2, "{reply}");
            assert_eq!((parsed.bad[0].index, parsed.bad[0].reason.as_str()), (1, why));
        }
    }

    #[test]
    fn nothing_found_says_so_and_nothing_missing_is_no_error() {
        let prose = nodes("1. Optics: light.\n2. Heat.").unwrap_err();
        assert!(prose.prose);
        let wrong = nodes("{\"items\":[7]}").unwrap_err();
        assert!(!wrong.prose && wrong.reason.contains("a number"));
        assert_eq!(nodes("{\"items\":[]}").unwrap().items, []);
    }
}
