//! Files and what they hold: nodes, batches, the manifest.

use serde_json::Value;

use super::yaml;
use crate::taxonomy::manifest::{FORMAT, Manifest};
use crate::taxonomy::node::Node;
use crate::taxonomy::proposal::Batch;
use crate::taxonomy::snapshot::Problem;
use crate::taxonomy::syllabus::Syllabus;

/// The canonical text of a node's file.
#[must_use]
pub fn node_yaml(node: &Node) -> String {
    yaml::write(node)
}

/// The longest key that is kept though nobody knows it, in characters. YAML takes 1,024 on one line, and one that has to be escaped has up to
/// ten for each: what is read could not be written.
const LONGEST_KEY: usize = 100;

fn has_long_key<'a>(mut entries: impl Iterator<Item = (&'a String, &'a Value)>) -> bool {
    entries.any(|(key, value)| key.chars().count() > LONGEST_KEY || holds_long_key(value))
}

fn holds_long_key(value: &Value) -> bool {
    match value {
        Value::Object(map) => has_long_key(map.iter()),
        Value::Array(list) => list.iter().any(holds_long_key),
        _ => false,
    }
}

/// Reads a node's file.
///
/// # Errors
/// A [`Problem`] with path and line.
pub fn parse_node(text: &str, path: &str) -> Result<Node, Problem> {
    read_node(text, path).map(|(node, _)| node)
}

/// [`parse_node`], and whether [`node_yaml`] would write the very same bytes, where that is known.
///
/// # Errors
/// As there.
pub fn read_node(text: &str, path: &str) -> Result<(Node, bool), Problem> {
    let (mut node, mut is_canonical) = yaml::read_own::<Node>(text, path)?;
    if has_long_key(node.extra.iter()) {
        let message = format!("A key that provost does not know has more than {LONGEST_KEY} characters; shorten it.");
        return Err(Problem { path: path.to_owned(), line: None, message });
    }
    if let Some(syllabus) = &mut node.syllabus
        && !syllabus.has_session_ids()
    {
        syllabus.repair_session_ids();
        is_canonical = false;
    }
    Ok((node, is_canonical))
}

/// A syllabus as text to edit.
#[must_use]
pub fn syllabus_yaml(syllabus: &Syllabus) -> String {
    yaml::write(syllabus)
}

/// Reads an edited syllabus.
///
/// # Errors
/// A [`Problem`] with line.
pub fn parse_syllabus(text: &str, path: &str) -> Result<Syllabus, Problem> {
    let mut syllabus: Syllabus = yaml::read(text, path)?;
    syllabus.repair_session_ids();
    Ok(syllabus)
}

/// The canonical text of a batch.
#[must_use]
pub fn batch_yaml(batch: &Batch) -> String {
    yaml::write(batch)
}

/// Reads a batch.
///
/// # Errors
/// A [`Problem`] with path and line.
pub fn parse_batch(text: &str, path: &str) -> Result<Batch, Problem> {
    let (batch, _) = yaml::read_own::<Batch>(text, path)?;
    if batch.id.is_plausible() {
        return Ok(batch);
    }
    let message = "The id of this batch has no possible date.".to_owned();
    Err(Problem { path: path.to_owned(), line: None, message })
}

/// The canonical text of `provost.yaml`.
#[must_use]
pub fn manifest_yaml(manifest: &Manifest) -> String {
    yaml::write(manifest)
}

/// Reads `provost.yaml`.
///
/// # Errors
/// A [`Problem`] with path and line, also for a directory that a newer provost wrote.
pub fn parse_manifest(text: &str, path: &str) -> Result<Manifest, Problem> {
    let manifest: Manifest = yaml::read(text, path)?;
    if manifest.format > FORMAT {
        let message = format!(
            "The directory has format {}, and this provost knows {FORMAT}; use a newer provost.",
            manifest.format
        );
        return Err(Problem { path: path.to_owned(), line: None, message });
    }
    let steps = &manifest.steps;
    let numbers = [&steps.propose, &steps.syllabus, &steps.question, &steps.answer, &steps.judge];
    if numbers.iter().flat_map(|step| [step.temperature, step.top_p]).flatten().any(|number| !number.is_finite()) {
        let message = "A temperature or top_p under `steps` is not a number.".to_owned();
        return Err(Problem { path: path.to_owned(), line: None, message });
    }
    let sound = |usd: f64| usd.is_finite() && usd >= 0.0;
    if !manifest.homework.budget.usd.is_none_or(sound) {
        let message = "`usd` under `homework: budget:` is not a sum of US dollars; write 5 or 0.50.".to_owned();
        return Err(Problem { path: path.to_owned(), line: None, message });
    }
    if let Some((key, (fewest, most))) = manifest.checks.crossed() {
        let message = format!("`{key}` under `checks` is from {fewest} to {most}; write the fewest first.");
        return Err(Problem { path: path.to_owned(), line: None, message });
    }
    Ok(manifest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomy::{Facts, Kind, NodeId};

    #[test]
    fn a_node_file_reads_back_whole_and_keeps_unknown_keys() {
        let text = "id: sub_7h2kq0m9xa\n\nkind: subject\n\nname: Optics\n\nlevel: 200\n\ncolour:\n  deep: [1, no]\n\nsyllabus:\n  sessions:\n    - title: Rays\n      concepts: [Snell's law, yes]\n";
        let node = parse_node(text, "tree/optics.yaml").unwrap();
        assert_eq!(node.facts.level.as_ref().map(|level| level.raw()), Some("200"));
        let syllabus = node.syllabus.as_ref().unwrap();
        assert_eq!(syllabus.sessions[0].id.0, "s01", "ids are given where a person wrote none");
        assert_eq!(syllabus.sessions[0].concepts[1].raw(), "yes");
        assert!(node.extra.contains_key("colour"));
        let canonical = node_yaml(&node);
        assert_eq!(parse_node(&canonical, "").unwrap(), node);
        assert_eq!(node_yaml(&parse_node(&canonical, "").unwrap()), canonical);
    }

    #[test]
    fn a_key_that_could_not_be_written_again_is_refused_wherever_it_is() {
        let head = "id: sub_7h2kq0m9xa\nkind: subject\nname: Optics\n";
        let (fits, long) = ("k".repeat(LONGEST_KEY), "k".repeat(LONGEST_KEY + 1));
        for (key, refused) in [(&fits, false), (&long, true)] {
            for extra in [format!("{key}: 1\n"), format!("a:\n  {key}: 1\n"), format!("a:\n  - b:\n      {key}: 1\n")] {
                let read = parse_node(&format!("{head}{extra}"), "tree/optics.yaml");
                assert_eq!(read.is_err(), refused, "{extra}");
                if let Err(problem) = read {
                    assert!(problem.message.contains("more than 100 characters"), "{problem}");
                }
            }
        }
    }

    #[test]
    fn an_id_that_is_none_is_an_error_with_its_line() {
        let problem = parse_node("kind: subject\nid: optics\nname: Optics\n", "tree/optics.yaml").unwrap_err();
        assert_eq!(problem.line, Some(2), "{problem}");
        assert!(problem.message.contains("node id"), "{problem}");
    }

    #[test]
    fn a_newer_format_is_refused() {
        let problem = parse_manifest("format: 99\ntitle: T\n", "provost.yaml").unwrap_err();
        assert!(problem.message.contains("newer provost"), "{problem}");
        let manifest = Manifest::titled("T");
        assert_eq!(parse_manifest(&manifest_yaml(&manifest), "").unwrap(), manifest);
    }

    #[test]
    fn a_cap_that_caps_nothing_and_a_range_without_anything_in_it_are_refused() {
        let parse = |text: &str| parse_manifest(&format!("title: T\n\n{text}\n"), "provost.yaml");
        for usd in [".nan", ".inf", "-1", "-.inf"] {
            let problem = parse(&format!("homework:\n  budget:\n    usd: {usd}")).unwrap_err();
            assert!(problem.message.contains("`usd`"), "{usd}: {problem}");
        }
        assert_eq!(parse("homework:\n  budget:\n    usd: 0").unwrap().homework.budget.usd, Some(0.0));
        for key in ["session-count", "concept-count"] {
            let problem = parse(&format!("checks:\n  {key}: [30, 10]")).unwrap_err();
            assert!(problem.message.contains(key) && problem.message.contains("30 to 10"), "{problem}");
            assert!(parse(&format!("checks:\n  {key}: [10, 10]")).is_ok());
        }
    }

    #[test]
    fn what_a_manifest_leaves_out_is_as_usual_and_stays_left_out() {
        let manifest = parse_manifest("title: T\n", "provost.yaml").unwrap();
        assert_eq!(manifest, Manifest::titled("T"));
        assert_eq!((manifest.language.raw(), manifest.homework.document_tokens), ("English", 1_500));
        assert!(!manifest_yaml(&manifest).contains("document_tokens"));
        let mut other = manifest;
        other.homework.document_tokens = 800;
        let text = manifest_yaml(&other);
        assert!(text.contains("document_tokens: 800"), "{text}");
        assert_eq!(parse_manifest(&text, "provost.yaml").unwrap(), other);
    }

    #[test]
    fn a_policy_is_read_strictly() {
        let policy = |text: &str| parse_manifest(&format!("title: T\n\n{text}"), "provost.yaml");
        let manifest = policy("policy:\n  quorum:\n    sub-field: 3\n").unwrap();
        assert_eq!((manifest.policy.quorum.sub_field, manifest.policy.quorum.subject), (3, 1));
        assert!(manifest.policy.blind);
        for (text, line, says) in [
            ("policy:\n  quorum:\n    field: 0\n", 5, "at least 1"),
            ("policy:\n  quorum:\n    fields: 2\n", 5, "fields"),
            ("policy:\n  quorum:\n    field: two\n", 5, "whole number"),
            ("policy:\n  blind: perhaps\n", 4, "bool"),
        ] {
            let problem = policy(text).unwrap_err();
            assert!(problem.line == Some(line) && problem.message.contains(says), "{text}: {problem}");
        }
    }

    #[test]
    fn a_node_is_written_as_its_keys_are() {
        let text = "id: sub_7h2kq0m9xa\n\nkind: subject\n\nname: Optics\n\nzeal: 1\n\nsyllabus:\n  introduction: |\n    Rays.\n  objectives:\n    - see\n  sessions:\n    - id: s01\n      title: \"1\"\n      concepts:\n        - \"no\"\n\n    - id: s02\n      title: B\n      description: d\n      concepts: []\n";
        let node = parse_node(text, "tree/optics.yaml").unwrap();
        assert_eq!(node_yaml(&node), text);
    }

    #[test]
    fn the_order_of_keys_is_fixed() {
        let id = NodeId::derive(None, Kind::Field, "Arts", 0);
        let mut node = Node::new(id, Kind::Field, Facts::named("Arts"));
        node.notes = Some("n".into());
        node.facts.scope = Some("s".into());
        let text = node_yaml(&node);
        let keys: Vec<_> = text.lines().filter_map(|line| line.split_once(':')).map(|(key, _)| key).collect();
        assert_eq!(keys, ["id", "kind", "name", "scope", "notes"]);
    }
}
