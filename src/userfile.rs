//! Reading the YAML files that belong to the user: config, keymap, themes. One place for their
//! error messages, so that each names the file and the line and proposes the word that was meant.
//!
//! Used by `config`, `input` and `theme`; pure text in, values out. Files of a taxonomy directory
//! have stricter rules and are read by `store`.

use serde::de::DeserializeOwned;

use crate::plain;

/// Larger user files are refused unparsed: none of them has a reason to come near this size.
pub const MAX_BYTES: usize = 256 * 1024;

/// Why a user's file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {problem}{}", self.place(), self.hint_text())]
pub struct UserFileError {
    /// The file as the user knows it: a path, or "the built-in keymap".
    pub file: String,
    /// 1-based, where it is known.
    pub line: Option<u64>,
    /// What is wrong, as a full sentence.
    pub problem: String,
    /// What to do next, as a full sentence.
    pub hint: Option<String>,
}

impl UserFileError {
    /// A problem somewhere in `file`.
    pub fn new(file: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { file: file.into(), line: None, problem: problem.into(), hint: None }
    }

    /// Adds the line, unless the parser does not know it.
    #[must_use]
    pub fn at(mut self, line: u64) -> Self {
        self.line = (line > 0).then_some(line);
        self
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    fn place(&self) -> String {
        match self.line {
            Some(line) => format!("{}:{line}", self.file),
            None => self.file.clone(),
        }
    }

    fn hint_text(&self) -> String {
        match &self.hint {
            Some(hint) => format!(" {hint}"),
            None => String::new(),
        }
    }
}

/// Reads one YAML document. `file` is only used in messages. An empty document gives the default.
///
/// # Errors
/// Not YAML, a wrong type, an unknown field, or larger than [`MAX_BYTES`].
pub fn parse<T: DeserializeOwned + Default>(text: &str, file: &str) -> Result<T, UserFileError> {
    if text.len() > MAX_BYTES {
        return Err(UserFileError::new(file, format!("The file has {} bytes; {MAX_BYTES} is the most.", text.len())));
    }
    if text.lines().all(|line| {
        let line = line.trim();
        line.is_empty() || line.starts_with('#')
    }) {
        return Ok(T::default());
    }
    // Only `true` and `false` are booleans: `accept: y` names a key.
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| explain(&error, file))
}

fn explain(error: &serde_saphyr::Error, file: &str) -> UserFileError {
    use serde_saphyr::Error;
    let (place, said) = plain::yaml(error);
    let error = error.without_snippet();
    let line = place.map_or(0, |(line, _)| line);
    let unknown = |what: &str, word: &str, expected: &[&'static str]| {
        UserFileError::new(file, format!("There is no {what} `{word}`.")).hint(meant(word, expected.iter().copied()))
    };
    let problem = match error {
        Error::SerdeUnknownField { field, expected, .. } => unknown("setting", field, expected),
        Error::SerdeUnknownVariant { variant, expected, .. } => unknown("value", variant, expected),
        _ => UserFileError::new(file, format!("{said}.")),
    };
    problem.at(line)
}

/// The sentence that helps after an unknown word: "Did you mean …?", or the words there are.
pub fn meant<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match plain::closest(word, candidates.clone()) {
        Some(candidate) => format!("Did you mean `{candidate}`?"),
        None => {
            let all: Vec<_> = candidates.into_iter().collect();
            format!("Known are: {}.", all.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[serde(default)]
        theme: Option<String>,
        #[serde(default)]
        depth: Option<Depth>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Depth {
        Truecolor,
        None,
    }

    #[test]
    fn an_empty_or_commented_file_is_the_default() {
        for text in ["", "\n\n", "# only\n  # remarks\n"] {
            assert_eq!(parse::<Sample>(text, "f"), Ok(Sample::default()), "{text:?}");
        }
    }

    #[test]
    fn an_unknown_field_names_its_line_and_the_word_that_was_meant() {
        let error = parse::<Sample>("theme: dark\nthem: dark\n", "config.yaml").unwrap_err();
        assert_eq!(error.to_string(), "config.yaml:2: There is no setting `them`. Did you mean `theme`?");
    }

    #[test]
    fn an_unknown_value_lists_the_known_ones_when_nothing_is_near() {
        let error = parse::<Sample>("depth: 99\n", "config.yaml").unwrap_err();
        assert_eq!(error.line, Some(1));
        assert_eq!(error.hint.as_deref(), Some("Known are: truecolor, none."));
    }

    #[test]
    fn a_place_is_named_once() {
        let error = parse::<Vec<bool>>("- perhaps\n", "config.yaml").unwrap_err().to_string();
        assert!(error.starts_with("config.yaml:1: ") && !error.contains(" at line "), "{error}");
    }

    #[test]
    fn broken_yaml_is_an_error_with_a_line() {
        let error = parse::<Sample>("depth: none\ntheme: [dark\n", "config.yaml").unwrap_err();
        assert!(error.line >= Some(2), "{error}");
    }

    #[test]
    fn duplicate_settings_and_huge_files_are_refused() {
        assert!(parse::<Sample>("theme: a\ntheme: b\n", "f").is_err());
        let huge = format!("theme: {}\n", "x".repeat(MAX_BYTES));
        assert!(parse::<Sample>(&huge, "f").is_err());
    }
}
