//! Fields out of a JSON object, with the names models use for them and bounds on their size.

use serde_json::{Map, Value};

use crate::llm::text::one_line;

/// Longest name or title, in characters.
pub(super) const NAME: usize = 200;
/// Longest item of a list, in characters.
pub(super) const ITEM: usize = 400;
/// Longest prose, in characters.
pub(super) const PROSE: usize = 8_000;
/// Most items of one list.
pub(super) const ITEMS: usize = 100;

/// The object inside `value`.
pub(super) fn object(value: &Value) -> Result<&Map<String, Value>, String> {
    value.as_object().ok_or_else(|| format!("It is {}, not an object.", kind(value)))
}

/// A name: one line, with a letter or digit in it.
pub(super) fn name(object: &Map<String, Value>, keys: &[&str]) -> Result<String, String> {
    let name = one_line(&text(object, keys, NAME)?);
    if name.contains(char::is_alphanumeric) { Ok(name) } else { Err(format!("It has no {}.", keys[0])) }
}

/// A text, empty if absent. Numbers are taken as text.
pub(super) fn text(object: &Map<String, Value>, keys: &[&str], max: usize) -> Result<String, String> {
    let Some((key, value)) = find(object, keys) else {
        return Ok(String::new());
    };
    let text = match value {
        Value::Null => return Ok(String::new()),
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        other => return Err(format!("Its {key} is {}, not text.", kind(other))),
    };
    bounded(key, text, max)
}

/// A list of texts, empty if absent. Taken are texts, numbers, and objects with a name.
pub(super) fn list(object: &Map<String, Value>, keys: &[&str]) -> Result<Vec<String>, String> {
    let Some((key, value)) = find(object, keys) else {
        return Ok(Vec::new());
    };
    let texts: Vec<String> = match value {
        Value::Null => Vec::new(),
        Value::String(text) => text.split(['\n', ';']).map(one_line).collect(),
        Value::Array(items) => items
            .iter()
            .map(|item| match item {
                Value::String(text) => Ok(one_line(text)),
                Value::Number(number) => Ok(number.to_string()),
                Value::Object(object) => name(object, &["name", "title", "concept"]),
                other => Err(format!("Its {key} hold {}, not text.", kind(other))),
            })
            .collect::<Result<_, _>>()?,
        other => return Err(format!("Its {key} are {}, not a list.", kind(other))),
    };
    if texts.len() > ITEMS {
        return Err(format!("It has {} {key}; at most {ITEMS} are taken.", texts.len()));
    }
    texts.into_iter().filter(|text| !text.is_empty()).map(|text| bounded(key, text, ITEM)).collect()
}

fn find<'a>(object: &'a Map<String, Value>, keys: &[&'a str]) -> Option<(&'a str, &'a Value)> {
    keys.iter().find_map(|key| Some((*key, object.get(*key)?)))
}

fn bounded(key: &str, text: String, max: usize) -> Result<String, String> {
    // Bytes first: counting characters is needed only for long texts.
    if text.len() > max && text.chars().count() > max {
        return Err(format!("Its {key} is longer than {max} characters."));
    }
    Ok(text)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
