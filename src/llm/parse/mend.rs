//! Repairs of what models get wrong inside complete JSON: lone LaTeX backslashes, raw newlines in
//! strings, trailing commas. Nothing is ever added to the end.

use std::borrow::Cow;

/// LaTeX commands that begin like the escapes `\n`, `\r` and `\t`. (`\b` and `\f` before a letter
/// are always LaTeX: nobody writes backspaces.) Sorted, for the search.
const COMMANDS: [&str; 50] = [
    "nabla",
    "natural",
    "nearrow",
    "neg",
    "neq",
    "nexists",
    "ngeq",
    "nleq",
    "nmid",
    "nolimits",
    "nonumber",
    "notin",
    "nparallel",
    "nrightarrow",
    "nsubseteq",
    "nu",
    "nwarrow",
    "rVert",
    "rangle",
    "rbrace",
    "rceil",
    "rfloor",
    "rho",
    "right",
    "rightarrow",
    "rightharpoonup",
    "rightleftharpoons",
    "rm",
    "rtimes",
    "rvert",
    "tag",
    "tan",
    "tanh",
    "tau",
    "tbinom",
    "text",
    "textbf",
    "textit",
    "textrm",
    "textsf",
    "tfrac",
    "therefore",
    "theta",
    "tilde",
    "times",
    "to",
    "top",
    "triangle",
    "triangleq",
    "tt",
];

/// `json` ready for a strict parser; owned if anything had to be repaired.
pub(super) fn mend(json: &str) -> Cow<'_, str> {
    let bytes = json.as_bytes();
    let mut out = String::new();
    // Everything before this index is in `out` already.
    let mut copied = 0;
    let mut in_string = false;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let mut step = 1;
        let replacement = match (in_string, byte) {
            (_, b'"') => {
                in_string = !in_string;
                None
            }
            (false, b',') if closes(&bytes[at + 1..]) => Some(""),
            (true, b'\\') if is_lone(&json[at + 1..]) => Some("\\\\"),
            (true, b'\\') => {
                step = 2;
                None
            }
            (true, b'\n') => Some("\\n"),
            (true, b'\t') => Some("\\t"),
            (true, 0..=0x1f) => Some(""),
            _ => None,
        };
        if let Some(replacement) = replacement {
            out.push_str(&json[copied..at]);
            out.push_str(replacement);
            copied = at + 1;
        }
        at += step;
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    out.push_str(&json[copied..]);
    Cow::Owned(out)
}

/// Whether the next thing after a comma closes a list or an object.
fn closes(rest: &[u8]) -> bool {
    rest.iter().find(|b| !b.is_ascii_whitespace()).is_some_and(|b| matches!(b, b'}' | b']'))
}

/// Whether a backslash before `rest` stands for itself instead of beginning an escape.
fn is_lone(rest: &str) -> bool {
    let bytes = rest.as_bytes();
    let letter = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphabetic);
    match bytes.first() {
        None | Some(b'"' | b'\\' | b'/') => false,
        Some(b'u') => !(1..5).all(|at| bytes.get(at).is_some_and(u8::is_ascii_hexdigit)),
        Some(b'b' | b'f') => letter(1),
        Some(b'n' | b'r' | b't') => {
            let end = (0..bytes.len()).find(|at| !letter(*at)).unwrap_or(bytes.len());
            COMMANDS.binary_search(&&rest[..end]).is_ok()
        }
        Some(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> String {
        serde_json::from_str::<Vec<String>>(&mend(json)).unwrap().remove(0)
    }

    #[test]
    fn the_commands_are_sorted() {
        assert!(COMMANDS.is_sorted());
    }

    #[test]
    fn lone_backslashes_of_latex_survive() {
        for latex in [
            r"\frac{1}{2}",
            r"\beta",
            r"\nabla \cdot E",
            r"\times",
            r"\theta_1",
            r"\rho",
            r"\(x\)",
            r"\underline{x}",
            r"h\nu",
            r"\alpha",
            r"x \neq y",
            r"\{a\}",
            r"\text{if}",
            r"\,dx",
        ] {
            assert_eq!(text(&format!("[\"{latex}\"]")), latex);
        }
    }

    #[test]
    fn what_was_right_stays_untouched() {
        for json in [
            r#"["\\frac{1}{2}"]"#,
            r#"["two\nlines"]"#,
            r#"["a\tb \u00e9 \"q\" \/ \\nabla"]"#,
            r#"["a, ] b", {"x": 1}]"#,
            r#"["\nThe end"]"#,
        ] {
            assert!(matches!(mend(json), Cow::Borrowed(_)), "{json}");
        }
    }

    #[test]
    fn raw_newlines_and_trailing_commas() {
        assert_eq!(text("[\"a\nb\",]"), "a\nb");
        assert_eq!(mend("{\"a\": [1,],\n}"), "{\"a\": [1]\n}");
    }

    #[test]
    fn a_cut_text_stays_cut() {
        for json in ["{\"a\": \"b", "[1, 2", "{\"a\": \"b\\", "{\"a\":"] {
            assert!(serde_json::from_str::<serde_json::Value>(&mend(json)).is_err(), "{json}");
        }
    }
}
