//! How a scalar is written, so that any reader of YAML takes it for what it is.

use serde_json::Value;

/// Appends a string on one line.
pub(super) fn push_scalar(text: &mut String, value: &str) {
    if is_plain(value) { text.push_str(value) } else { text.push_str(&scalar(value)) }
}

/// What no YAML file may hold as it is.
fn is_no_character(c: char) -> bool {
    matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// Something other than a map or a list, or an empty one.
pub(super) fn plain(value: &Value) -> String {
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
pub(super) fn scalar(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    if is_plainly_quoted(text) {
        return format!("\"{text}\"");
    }
    quoted(text)
}

/// [`scalar`] as the library judges it.
pub(super) fn quoted(text: &str) -> String {
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
