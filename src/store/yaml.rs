//! The one place that knows YAML: a strict reader with a budget, and the canonical writer.
//!
//! The reader is serde-saphyr without the parts of YAML that surprise people or machines:
//! anchors, aliases, merge keys, tags and several documents in a file are refused with their
//! line. The writer lays out blocks itself (fixed indentation, a blank line between top-level
//! keys and between the elements of long lists, literal blocks for prose) and asks
//! serde-saphyr how a scalar must be quoted so that YAML 1.1 readers such as PyYAML agree.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::taxonomy::snapshot::Problem;
use crate::taxonomy::syllabus::{Outline, Session};
use crate::taxonomy::text::{Untrusted, reveal};

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
        let line = error.location().map(|at| at.line()).filter(|line| *line > 0);
        let message = error.without_snippet().to_string();
        let message = message.lines().next().unwrap_or_default();
        let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message).trim();
        problem(line, plainly(message))
    })
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
        return "There is nothing where a text is needed.".to_owned();
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

/// Keys whose text is prose: always a literal block.
const PROSE: [&str; 5] = ["scope", "introduction", "notes", "prompt", "reply"];
/// Keys whose elements are set apart by a blank line.
const SPACED: [&str; 3] = ["sessions", "proposals", "calls"];

/// The canonical text of a map: keys in the given order.
#[must_use]
pub fn write(value: &Value) -> String {
    let mut text = String::new();
    if let Value::Object(map) = value {
        for (key, value) in map {
            if !text.is_empty() {
                text.push('\n');
            }
            entry(&mut text, 0, key, value);
        }
    }
    text
}

fn indent(text: &mut String, depth: usize) {
    const BLANKS: &str = "                ";
    match BLANKS.get(..2 * depth) {
        Some(blanks) => text.push_str(blanks),
        None => text.extend(std::iter::repeat_n("  ", depth)),
    }
}

/// `key: value` at a depth, the cursor at the start of a line.
fn entry(text: &mut String, depth: usize, key: &str, value: &Value) {
    indent(text, depth);
    entry_here(text, depth, key, value);
}

/// `key: value` where the cursor already stands at its column.
fn entry_here(text: &mut String, depth: usize, key: &str, value: &Value) {
    push_scalar(text, key);
    text.push(':');
    match value {
        Value::Object(map) if map.is_empty() => text.push_str(" {}\n"),
        Value::Array(list) if list.is_empty() => text.push_str(" []\n"),
        Value::Object(map) => {
            text.push('\n');
            for (key, value) in map {
                entry(text, depth + 1, key, value);
            }
        }
        Value::Array(list) => {
            text.push('\n');
            for (at, element) in list.iter().enumerate() {
                if at > 0 && SPACED.contains(&key) {
                    text.push('\n');
                }
                item(text, depth + 1, element);
            }
        }
        Value::String(value) => string(text, depth, key, value),
        value => {
            text.push(' ');
            text.push_str(&plain(value));
            text.push('\n');
        }
    }
}

/// A string behind its key.
fn string(text: &mut String, depth: usize, key: &str, value: &str) {
    if is_block(key, value) {
        block(text, depth + 1, value);
    } else {
        text.push(' ');
        push_scalar(text, value);
        text.push('\n');
    }
}

fn push_scalar(text: &mut String, value: &str) {
    if is_plain(value) { text.push_str(value) } else { text.push_str(&scalar(value)) }
}

/// The canonical text of a map with the key `syllabus` at its end: what [`write()`] makes of it, in a fraction of the
/// time, because a taxonomy consists of syllabi.
#[must_use]
pub fn with_syllabus(mut text: String, outline: &Outline) -> String {
    let key = |text: &mut String, depth: usize, key: &str| {
        indent(text, depth);
        text.push_str(key);
        text.push(':');
    };
    let list = |text: &mut String, depth: usize, items: &[Untrusted]| {
        text.push('\n');
        for item in items {
            indent(text, depth + 1);
            text.push_str("- ");
            push_scalar(text, item.raw());
            text.push('\n');
        }
    };
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str("syllabus:\n");
    if !outline.introduction.is_blank() {
        key(&mut text, 1, "introduction");
        string(&mut text, 1, "introduction", outline.introduction.raw());
    }
    if !outline.objectives.is_empty() {
        key(&mut text, 1, "objectives");
        list(&mut text, 1, &outline.objectives);
    }
    key(&mut text, 1, "sessions");
    text.push_str(if outline.sessions.is_empty() { " []\n" } else { "\n" });
    for (at, Session { id, title, description, concepts }) in outline.sessions.iter().enumerate() {
        text.push_str(if at > 0 { "\n    - id:" } else { "    - id:" });
        string(&mut text, 3, "id", &id.0);
        key(&mut text, 3, "title");
        string(&mut text, 3, "title", title.raw());
        if !description.is_blank() {
            key(&mut text, 3, "description");
            string(&mut text, 3, "description", description.raw());
        }
        key(&mut text, 3, "concepts");
        if concepts.is_empty() {
            text.push_str(" []\n");
        } else {
            list(&mut text, 3, concepts);
        }
    }
    text
}

/// `- value` at a depth.
fn item(text: &mut String, depth: usize, value: &Value) {
    indent(text, depth);
    item_here(text, depth, value);
}

/// `- value` where the cursor already stands at its column.
fn item_here(text: &mut String, depth: usize, value: &Value) {
    text.push_str("- ");
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (at, (key, value)) in map.iter().enumerate() {
                if at == 0 {
                    entry_here(text, depth + 1, key, value);
                } else {
                    entry(text, depth + 1, key, value);
                }
            }
        }
        Value::Array(list) if !list.is_empty() => {
            for (at, element) in list.iter().enumerate() {
                if at == 0 {
                    item_here(text, depth + 1, element);
                } else {
                    item(text, depth + 1, element);
                }
            }
        }
        value => {
            text.push_str(&plain(value));
            text.push('\n');
        }
    }
}

/// Whether a text becomes a literal block. Texts that a block cannot hold to the byte (spaces
/// at a line's end or at the start, several line breaks at the end, control characters) are quoted instead.
fn is_block(key: &str, text: &str) -> bool {
    let wanted = text.contains('\n') || PROSE.contains(&key);
    let holds = |line: &str| !line.ends_with([' ', '\t']);
    wanted
        && !text.trim().is_empty()
        && !text.starts_with([' ', '\n', '\t'])
        && !text.ends_with("\n\n")
        && text.split('\n').all(holds)
        && !text.contains(|c: char| {
            (c.is_control() && c != '\n')
                || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{85}')
                || is_no_character(c)
        })
}

/// What no YAML file may hold as it is.
fn is_no_character(c: char) -> bool {
    matches!(c, '\u{fffe}' | '\u{ffff}')
}

fn block(text: &mut String, depth: usize, prose: &str) {
    text.push_str(if prose.ends_with('\n') { " |\n" } else { " |-\n" });
    for line in prose.trim_end_matches('\n').split('\n') {
        if !line.is_empty() {
            indent(text, depth);
            text.push_str(line);
        }
        text.push('\n');
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        Value::Number(number) => decimal(number.to_string()),
        other => other.to_string(),
    }
}

/// `1e-7` as `1.0e-7`: without the point YAML 1.1 reads a text.
fn decimal(number: String) -> String {
    match number.split_once('e') {
        Some((digits, power)) => {
            let point = if digits.contains('.') { "" } else { ".0" };
            let sign = if power.starts_with(['-', '+']) { "" } else { "+" };
            format!("{digits}{point}e{sign}{power}")
        }
        None => number,
    }
}

/// A string in double quotes with all but plain ASCII escaped.
fn escaped(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            ' '..='~' => quoted.push(c),
            c => quoted.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    format!("\"{quoted}\"")
}

/// What readers of some version take for a truth value, nothing or a number, in any case.
const TAKEN: [&str; 11] = ["y", "n", "no", "on", "yes", "off", "nan", "inf", "null", "true", "false"];

/// Which bytes of ASCII mean nothing to YAML inside a text.
const HARMLESS: [bool; 256] = {
    let mut harmless = [false; 256];
    let mut at = 0;
    while at < 128 {
        harmless[at] = (at as u8).is_ascii_alphanumeric();
        at += 1;
    }
    let marks = b" ,.-_'()/&+;";
    let mut at = 0;
    while at < marks.len() {
        harmless[marks[at] as usize] = true;
        at += 1;
    }
    harmless
};

/// Whether a text plainly needs no quotes, as nearly all do: from a letter to a letter or digit, nothing in it that
/// means anything to YAML, and no word that does.
fn is_plain(text: &str) -> bool {
    let (Some(first), Some(last)) = (text.chars().next(), text.chars().next_back()) else { return false };
    first.is_alphabetic()
        && (last.is_alphanumeric() || matches!(last, '.' | ')'))
        && text.bytes().all(|byte| HARMLESS[usize::from(byte)] || !byte.is_ascii())
        && (text.is_ascii() || text.chars().all(|c| c.is_ascii() || c.is_alphanumeric()))
        && (text.len() > 5 || !TAKEN.iter().any(|word| word.eq_ignore_ascii_case(text)))
}

/// Whether a text plainly needs quotes and nothing else, as "Waves: an introduction" does.
fn is_plainly_quoted(text: &str) -> bool {
    let is_itself =
        |c: char| if c.is_ascii() { (' '..='~').contains(&c) && c != '"' && c != '\\' } else { c.is_alphanumeric() };
    memchr::memmem::find(text.as_bytes(), b": ").is_some() && text.chars().all(is_itself)
}

/// A string on one line, quoted where any YAML reader could take it for something else.
fn scalar(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    if is_plainly_quoted(text) {
        return format!("\"{text}\"");
    }
    quoted(text)
}

/// [`scalar`] as the library judges it.
fn quoted(text: &str) -> String {
    if text.contains(is_no_character) {
        return escaped(text);
    }
    let options = serde_saphyr::ser_options! { prefer_block_scalars: false, folded_wrap_chars: 1_000_000 };
    let map = std::collections::BTreeMap::from([("k", text)]);
    match serde_saphyr::to_string_with_options(&map, options) {
        Ok(line) if line.lines().count() == 1 => line.trim_end_matches('\n').trim_start_matches("k: ").to_owned(),
        _ => serde_json::to_string(text).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

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

        #[test]
        fn a_syllabus_is_laid_out_as_any_other_map(
            (introduction, objectives) in ("([ -~é]{0,9}\n?){0,3}", proptest::collection::vec("[ -~é\n]{0,9}", 0..3)),
            sessions in proptest::collection::vec(
                ("[a-z0-9]{0,3}", "[ -~é\n]{0,12}", "( |[ -~\n]{0,20})",
                    proptest::collection::vec("[ -~é\n]{0,12}", 0..4)),
                0..4,
            ),
        ) {
            let session = |(id, title, description, concepts): (String, String, String, Vec<String>)| Session {
                id: crate::taxonomy::SessionId(id),
                title: title.into(),
                description: description.into(),
                concepts: concepts.into_iter().map(Into::into).collect(),
            };
            let objectives = objectives.into_iter().map(Into::into).collect();
            let sessions = sessions.into_iter().map(session).collect();
            let outline = Outline { introduction: introduction.into(), objectives, sessions };
            let whole = json!({ "name": "Optics", "syllabus": serde_json::to_value(&outline).unwrap() });
            prop_assert_eq!(with_syllabus(write(&json!({ "name": "Optics" })), &outline), write(&whole));
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
            ("name: \"cut", Some(1)),
            (deep.as_str(), Some(1)),
        ] {
            let problem = read::<Value>(text, "tree/x.yaml").expect_err(&text[..text.len().min(40)]);
            assert_eq!(problem.path, "tree/x.yaml");
            if line.is_some() {
                assert_eq!(problem.line, line, "{problem}");
            }
            assert!(problem.message.len() < 300, "{problem}");
        }
    }
}
