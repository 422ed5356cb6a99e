//! Finding the JSON in a reply: alone, in a fence, as a list, as JSON lines, with bad items among
//! the good ones.

use serde_json::Value;

use super::mend::mend;
use crate::llm::text::excerpt;

/// The deepest nesting that is read.
const MAX_DEPTH: usize = 32;

/// Bad items after which a reply is given up: each costs a look at the whole rest.
const MAX_BAD: usize = 200;

/// The longest reply that is searched, in bytes.
const MAX_REPLY: usize = 2 << 20;

/// An item that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bad {
    /// Its place in the reply, from 0, counting good and bad ones.
    pub index: usize,
    /// Its beginning, cleaned.
    pub snippet: String,
    /// What is wrong with it.
    pub reason: String,
}

/// One JSON value of a reply.
#[derive(Debug, PartialEq)]
pub(super) struct Piece {
    pub index: usize,
    pub value: Value,
    /// The text had to be repaired first.
    pub repaired: bool,
}

/// Everything found.
#[derive(Debug, Default)]
pub(super) struct Extracted {
    pub pieces: Vec<Piece>,
    pub bad: Vec<Bad>,
    /// What stands in the object around the list, where the list had to be salvaged.
    pub header: Option<Value>,
    /// The last value is cut.
    pub cut: bool,
}

impl Extracted {
    fn good(&mut self, value: Value, repaired: bool) {
        let index = self.pieces.len() + self.bad.len();
        self.pieces.push(Piece { index, value, repaired });
    }

    fn bad(&mut self, snippet: &str, reason: impl Into<String>) {
        let index = self.pieces.len() + self.bad.len();
        self.bad.push(Bad { index, snippet: excerpt(snippet, 160), reason: reason.into() });
    }
}

/// The values in `reply`: the elements of a list, the lines of JSON lines, or the one object. An
/// object that does not parse as a whole is searched for the list under one of `list_keys`.
pub(super) fn extract(reply: &str, list_keys: &[&str]) -> Extracted {
    let mut found = Extracted::default();
    if reply.len() > MAX_REPLY {
        found.bad(reply, format!("The reply is longer than {MAX_REPLY} bytes."));
        return found;
    }
    let body = unfence(reply);
    let body = body.trim();
    if let Ok((value, repaired)) = read(body) {
        match value {
            Value::Array(items) => items.into_iter().for_each(|item| found.good(item, repaired)),
            value @ Value::Object(_) => found.good(value, repaired),
            _ => {}
        }
        return found;
    }
    match body.find('{').and_then(|start| inside_list(&body[start..], list_keys)) {
        Some((header, list)) => {
            found.header = read(&header).ok().map(|(value, _)| value);
            salvage(list, true, &mut found);
            found.cut |= !list.trim_end().ends_with('}');
        }
        None => salvage(body, body.starts_with('['), &mut found),
    }
    found
}

/// The text inside code fences that begin with JSON, or the whole text if there is none.
fn unfence(reply: &str) -> String {
    let mut inside = String::new();
    let mut block: Option<String> = None;
    for line in reply.trim_start_matches('\u{feff}').lines() {
        if line.trim_start().starts_with("```") {
            match block.take() {
                Some(done) => keep(&mut inside, &done),
                None => block = Some(String::new()),
            }
        } else if let Some(block) = &mut block {
            block.push_str(line);
            block.push('\n');
        }
    }
    if let Some(open) = block {
        keep(&mut inside, &open);
    }
    if inside.is_empty() { reply.to_owned() } else { inside }
}

fn keep(inside: &mut String, block: &str) {
    if block.trim_start().starts_with(['{', '[']) {
        inside.push_str(block);
    }
}

/// Reads one complete JSON value and says whether it had to be repaired.
fn read(json: &str) -> Result<(Value, bool), String> {
    let mended = mend(json);
    let repaired = matches!(mended, std::borrow::Cow::Owned(_));
    let value: Value = serde_json::from_str(&mended).map_err(|error| format!("It is not JSON: {error}."))?;
    Ok((value, repaired))
}

/// For `{.. "items": [ ...`: the object without the list, closed, and what follows the bracket.
fn inside_list<'a>(object: &'a str, keys: &[&str]) -> Option<(String, &'a str)> {
    keys.iter().find_map(|key| {
        let at = object.find(&format!("\"{key}\""))?;
        let rest = object[at + key.len() + 2..].trim_start().strip_prefix(':')?.trim_start();
        let list = rest.strip_prefix('[')?;
        let before = object[..at].trim_end().trim_end_matches(',');
        Some((format!("{before}}}"), list))
    })
}

/// Takes objects out of `text` one by one; goes on behind a bad one where the next seems to begin.
fn salvage(text: &str, in_list: bool, found: &mut Extracted) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(start) = text[at..].find('{').map(|offset| at + offset) {
        let between = &text[at..start];
        if in_list && between.contains(']') {
            break;
        }
        if found.bad.len() >= MAX_BAD {
            found.bad(&text[start..], "Too much was bad before it; the rest was not read.");
            found.cut = true;
            return;
        }
        if says_something(between) && (in_list || !found.pieces.is_empty()) {
            found.bad(between.trim_matches([',', ' ', '\n']), "It is not a JSON object.");
        }
        let end = end_of(bytes, start);
        let read = match end {
            End::At(end) => read(&text[start..end]),
            End::Cut => Err("It is cut off.".to_owned()),
            End::Deep => Err(format!("It is nested deeper than {MAX_DEPTH} levels.")),
        };
        let limit = if let End::At(end) = end { end } else { text.len() };
        at = match read {
            Ok((value, repaired)) => {
                found.good(value, repaired);
                limit
            }
            Err(reason) => {
                let next = next_object(bytes, start + 1, limit);
                found.bad(&text[start..next.unwrap_or(limit)], reason);
                found.cut = next.is_none() && matches!(end, End::Cut);
                next.unwrap_or(limit)
            }
        };
    }
    let rest = &text[at..];
    if in_list && !found.cut {
        match rest.find(']') {
            Some(close) if says_something(&rest[..close]) => {
                found.bad(rest[..close].trim_matches([',', ' ', '\n']), "It is not a JSON object.");
            }
            Some(_) => {}
            None => found.cut = true,
        }
    }
}

fn says_something(text: &str) -> bool {
    text.contains(|c: char| c.is_alphanumeric() || c == '"')
}

#[derive(Clone, Copy)]
enum End {
    At(usize),
    Cut,
    Deep,
}

/// Where the object that opens at `start` ends.
fn end_of(bytes: &[u8], start: usize) -> End {
    let (mut depth, mut in_string, mut at) = (0_usize, false, start);
    while let Some(byte) = bytes.get(at) {
        match (in_string, byte) {
            (true, b'\\') => at += 1,
            (_, b'"') => in_string = !in_string,
            (false, b'{' | b'[') => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return End::Deep;
                }
            }
            (false, b'}' | b']') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return End::At(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
    End::Cut
}

/// The next `{"` between `from` and `to` that begins a line or follows `}`, `},` or `,` after one.
fn next_object(bytes: &[u8], from: usize, to: usize) -> Option<usize> {
    (from..to).find(|&at| {
        let opens = bytes[at] == b'{' && bytes[at + 1..].iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'"');
        if !opens {
            return false;
        }
        let mut before = bytes[from..at].iter().rev().filter(|b| !matches!(b, b' ' | b'\t' | b'\r'));
        match before.next() {
            Some(b'\n' | b'}') => true,
            Some(b',') => before.find(|b| **b != b'\n') == Some(&b'}'),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn names(reply: &str) -> (Vec<String>, Vec<usize>) {
        let found = extract(reply, &["items"]);
        let name = |value: &Value| value["name"].as_str().unwrap_or("?").to_owned();
        (found.pieces.iter().map(|piece| name(&piece.value)).collect(), found.bad.iter().map(|bad| bad.index).collect())
    }

    #[test]
    fn every_usual_wrapping() {
        for reply in [
            r#"[{"name":"A"},{"name":"B"}]"#,
            "{\"name\":\"A\"}\n{\"name\":\"B\"}\n",
            "Sure! Here they are:\n```jsonl\n{\"name\":\"A\"}\n{\"name\":\"B\"}\n```\nEnjoy {them}!",
            "```\n[{\"name\":\"A\"},\n {\"name\":\"B\"}]",
            "Here you go:\n{\"name\":\"A\"}\n{\"name\":\"B\"}\nLet me know.",
            "{\"name\":\"A\"},\n{\"name\":\"B\"},",
            "{\n  \"name\": \"A\"\n}\n{\n  \"name\": \"B\"\n}",
            "```json\n{\"name\":\"A\"}\n```\nand\n```json\n{\"name\":\"B\"}\n```",
        ] {
            assert_eq!(names(reply), (vec!["A".to_owned(), "B".to_owned()], vec![]), "{reply}");
        }
    }

    #[test]
    fn good_ones_are_kept_and_bad_ones_reported() {
        let kept = vec!["A".to_owned(), "C".to_owned()];
        for reply in [
            r#"[{"name":"A"},{"name":"B" oops},{"name":"C"}]"#,
            r#"[{"name":"A"}, oops, {"name":"C"}]"#,
            "{\"name\":\"A\"}\n{\"name\":\"B\n{\"name\":\"C\"}",
            "{\"name\":\"A\"}\n{\"name\":\"B\",\"x\":}\n{\"name\":\"C\"}",
            r#"{"items":[{"name":"A"},{"name":"B},{"name":"C"}]}"#,
            "{\"items\":[{\"name\":\"A\"},\n{\"name\":B},\n{\"name\":\"C\"}]}",
        ] {
            assert_eq!(names(reply), (kept.clone(), vec![1]), "{reply}");
        }
    }

    #[test]
    fn cut_values_are_reported_and_never_completed() {
        for reply in
            [r#"[{"name":"A"},{"name":"B"#, r#"{"items":[{"name":"A"},{"name":"B","#, "{\"name\":\"A\"}\n{\"name\":\"B"]
        {
            assert_eq!(names(reply), (vec!["A".to_owned()], vec![1]), "{reply}");
            assert!(extract(reply, &["items"]).cut);
        }
        assert!(extract(r#"{"items":[{"name":"A"},"#, &["items"]).cut);
    }

    #[test]
    fn a_salvaged_object_keeps_what_stands_before_its_list() {
        let reply = r#"{"title":"T","items":[{"name":"A"},{"name":}],"more":1}"#;
        let found = extract(reply, &["items"]);
        assert_eq!(found.header, Some(json!({"title":"T"})));
        assert!(!found.cut);
    }

    #[test]
    fn hostile_input_ends() {
        for reply in ["[".repeat(200_000), "{\"a\":".repeat(200_000), "{".repeat(5_000), "\\".repeat(999)] {
            assert!(extract(&reply, &["items"]).pieces.is_empty());
        }
        let endless = "{\"a\n".repeat(5_000);
        assert_eq!(extract(&endless, &["items"]).bad.len(), MAX_BAD + 1);
        assert_eq!(extract(&" ".repeat(MAX_REPLY + 1), &[]).bad.len(), 1);
        assert!(extract("No JSON here.", &["items"]).bad.is_empty());
        assert!(extract("", &["items"]).pieces.is_empty());
        assert!(extract("42", &["items"]).pieces.is_empty());
    }

    #[test]
    fn repairs_are_flagged() {
        let found = extract(r#"{"name":"$\frac12$"}"#, &[]);
        assert!(found.pieces[0].repaired);
        assert_eq!(found.pieces[0].value["name"], r"$\frac12$");
        assert!(!extract(r#"{"name":"$\\frac12$"}"#, &[]).pieces[0].repaired);
    }
}
