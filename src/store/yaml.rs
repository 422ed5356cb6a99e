//! The one place that knows YAML: a strict reader with a budget, and the canonical layout with its writer and its quick reader.
//!
//! The strict reader is serde-saphyr without the parts of YAML that surprise people or machines: anchors, aliases, merge keys, tags and
//! several documents in a file are refused with their line. It is asked where `quick` declines, which knows the `layout` alone.

mod layout;
mod quick;
mod scalar;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::layout::write;
use crate::taxonomy::snapshot::Problem;
use crate::taxonomy::text::reveal;

/// Largest file that is read: 64 MiB (an import of a hundred thousand proposals).
pub const MAX_BYTES: usize = 64 << 20;

/// Reads one document. `path` is for the message.
///
/// # Errors
/// A [`Problem`] with path, line and a sentence.
pub fn read<T: DeserializeOwned>(text: &str, path: &str) -> Result<T, Problem> {
    let problem = |line, message: String| Problem { path: path.to_owned(), line, message };
    if text.len() > MAX_BYTES {
        return Err(problem(None, format!("The file is larger than {} MiB.", MAX_BYTES >> 20)));
    }
    if let Some(line) = text.lines().position(|line| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ")) {
        return Err(super::conflict::problem(path, line as u64 + 1));
    }
    serde_saphyr::from_str_with_options(text, reader_options()).map_err(|error| {
        let (place, message) = crate::plain::yaml(&error);
        problem(place.map(|(line, _)| line), plainly(&message))
    })
}

/// [`read`] of a file that we may have written ourselves, which is much less work if it is as we write it; and whether it is.
///
/// # Errors
/// As there.
pub fn read_own<T: DeserializeOwned + Serialize>(text: &str, path: &str) -> Result<(T, bool), Problem> {
    match quick::read(text) {
        Some(value) => Ok((value, true)),
        None => read(text, path).map(|value| (value, false)),
    }
}

/// The library's words where they are plain, ours where they speak of its own settings.
fn plainly(message: &str) -> String {
    if message.starts_with("budget breached: Anchors") || message.starts_with("budget breached: Aliases") {
        return "Anchors and aliases (& and *) are not used in these files; write the text out.".to_owned();
    }
    if let Some(breach) = message.strip_prefix("budget breached: ") {
        return format!("The file is larger or deeper than any file of a taxonomy ({}).", reveal(breach));
    }
    if message.starts_with("cannot deserialize null into string") {
        return "A value is missing where text is expected.".to_owned();
    }
    let message = message.split(", set DuplicateKeyPolicy").next().unwrap_or(message);
    format!("{}.", reveal(message.trim_end_matches('.')))
}

fn reader_options() -> serde_saphyr::Options {
    let mut budget = serde_saphyr::Budget::default();
    budget.max_anchors = 0;
    budget.max_aliases = 0;
    budget.max_depth = 64;
    budget.max_documents = 1;
    budget.max_nodes = 4_000_000;
    budget.max_events = 12_000_000;
    budget.max_total_scalar_bytes = MAX_BYTES;
    serde_saphyr::options! {
        budget: Some(budget),
        merge_keys: serde_saphyr::options::MergeKeyPolicy::Error,
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
        emit_comments: false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::scalar::{quoted, scalar};
    use super::*;

    fn round_trip(value: &Value) -> Value {
        let text = write(value);
        let back: Value = read(&text, "t.yaml").unwrap_or_else(|problem| panic!("{problem}\n{text}"));
        assert_eq!(write(&back), text, "byte-stable");
        back
    }

    #[test]
    fn the_layout_is_for_people_and_diffs() {
        let value = json!({
            "name": "Optics", "level": "200", "scope": "Light as ray,\nwave and photon.\n",
            "subtopics": ["Diffraction", "no", "a: b"], "none": null,
            "sessions": [{"id": "s01", "concepts": ["x"]}, {"id": "s02", "concepts": []}],
        });
        insta::assert_snapshot!(write(&value), @r#"
        name: Optics

        level: "200"

        scope: |
          Light as ray,
          wave and photon.

        subtopics:
          - Diffraction
          - "no"
          - "a: b"

        none: null

        sessions:
          - id: s01
            concepts:
              - x

          - id: s02
            concepts: []
        "#);
    }

    #[test]
    fn what_yaml_mistakes_for_something_else_comes_back_as_text() {
        for text in [
            "no",
            "Yes",
            "on",
            "~",
            "null",
            "1_000",
            "12:30:45",
            "2024-01-01",
            "=",
            "<<",
            "0x1F",
            "1e3",
            ".inf",
            "-",
            "- a",
            "# c",
            "a #b",
            "a: b",
            "&a",
            "*a",
            "!t",
            "%x",
            "@x",
            "`x",
            "'q",
            "\"q",
            "{a}",
            "[a]",
            "|",
            ">",
            "?",
            ", x",
            " lead",
            "trail ",
            "",
            "\u{2028}x",
            "tab\there",
            "line\nbreak",
            "\u{1b}[2J",
            "two\n\n\nbreaks\n\n",
            "  indented\nx",
            "x\n y \nz",
            "البصريات",
            "光学",
            "\u{feff}bom",
            "\u{85}nel",
            "---",
            "...",
            "x:",
            "0o7",
            "y",
            "N",
            "\\frac{1}{2}",
            "no \u{ffff}\n\"character\" \u{fffe}\\é",
        ] {
            let value = json!({ "name": text, "scope": text, "list": [text], "sessions": [{ "description": text }] });
            assert_eq!(round_trip(&value), value, "{text:?}");
        }
    }

    #[test]
    fn a_text_that_is_too_large_is_not_looked_at() {
        let problem = read::<Value>(&" ".repeat(MAX_BYTES + 1), "tree/x.yaml").unwrap_err();
        assert_eq!(problem.message, "The file is larger than 64 MiB.");
    }

    #[test]
    fn texts_of_several_lines_are_blocks_in_any_language() {
        for prose in ["One line\nand another", "Zwei Zeilen\nüber Licht", "光の\n波"] {
            let text = write(&json!({ "scope": prose }));
            assert!(text.starts_with("scope: |-\n  "), "{text}");
            assert_eq!(round_trip(&json!({ "scope": prose }))["scope"], *prose);
        }
        for hiding in ["a\u{7}\nb", "ü\u{85}\nb", "a\u{2028}\nb", "\u{feff}a\nb", "a \nb", " a\nb", "a\n\n\n"] {
            let text = write(&json!({ "scope": hiding }));
            assert!(text.starts_with("scope: \""), "{text}");
            assert_eq!(round_trip(&json!({ "scope": hiding }))["scope"], *hiding);
        }
    }

    #[test]
    fn what_is_not_there_is_null_and_what_is_deep_is_deep() {
        assert_eq!(write(&std::collections::BTreeMap::from([("a", None), ("b", Some(1))])), "a: null\n\nb: 1\n");
        let mut deep = json!({ "end": [1, 2] });
        for depth in 0..14 {
            deep = if depth % 5 == 4 { json!([deep, "x"]) } else { json!({ "in": deep, "x": "two\nlines" }) };
        }
        assert_eq!(round_trip(&json!({ "extra": deep })), json!({ "extra": deep }));
    }

    #[test]
    fn whatever_unknown_keys_hold_survives() {
        let value = json!({
            "name": "Optics",
            "extra": {
                "nothing": null, "list": [{ "a": null }, { "b": null }, null, [], {}, [[1, "no"], [null]]],
                "numbers": [1e300, 1e-7, 1.5e-9, -2.5, 0.1, u64::MAX, i64::MIN], "map": { "only": null },
            },
            "last": true,
        });
        assert_eq!(round_trip(&value), value);
        assert!(write(&value).contains("- 1.0e-7\n"), "PyYAML takes 1e-7 for a text");
    }

    proptest! {
        #[test]
        fn any_text_survives(text in any::<String>(), prose in "[ -~\n]{0,80}") {
            let value = json!({ "name": text, "scope": prose, "list": [text, prose], "calls": [{ "reply": prose }] });
            prop_assert_eq!(round_trip(&value), value);
        }
    }

    proptest! {
        #[test]
        fn what_plainly_needs_no_quotes_needs_none(
            text in "([a-zA-Z0-9éßЖ光 ,._'()/&+;:#-]{0,6}|[yYnNoOeEsSfFtTrRuUaAlLiI]{1,5}|[a-z é.]{150,300}|[ -~é光]{0,8}: [ -~Жé]{0,8})",
        ) {
            prop_assert_eq!(scalar(&text), quoted(&text));
        }
    }

    #[test]
    fn bombs_tags_and_torn_files_are_refused_with_their_line() {
        let bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n";
        let deep = format!("a: {}", "[".repeat(100_000));
        for (text, line) in [
            (bomb, Some(1)),
            ("name: a\nname: b\n", Some(2)),
            ("name: a\n\tkind: b\n", Some(1)),
            ("name: a\nx:\n\ty: b\n", Some(3)),
            ("name: !secret x\n", Some(1)),
            ("a: 1\n---\nb: 2\n", None),
            ("base: 1\n<<: {a: 1}\n", Some(2)),
            ("ok: 1\n<<<<<<< HEAD\nname: a\n=======\n", Some(2)),
            ("name: |\n  a\n>>>>>>> theirs\n", Some(3)),
            ("name: \"cut", Some(1)),
            (deep.as_str(), Some(1)),
        ] {
            let problem = read::<Value>(text, "tree/x.yaml").expect_err(&text[..text.len().min(40)]);
            assert_eq!(problem.path, "tree/x.yaml");
            let is_conflict = text.contains("<<<<<<<") || text.contains(">>>>>>>");
            assert_eq!(problem.message.contains("onflict"), is_conflict, "{problem}");
            if line.is_some() {
                assert_eq!(problem.line, line, "{problem}");
            }
            assert!(problem.message.len() < 300, "{problem}");
        }
    }
}
