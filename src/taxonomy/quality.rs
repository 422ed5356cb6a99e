//! `homework: checks:` in `provost.yaml`: what a directory says about the checks on its homework.

use std::path::{Component, Path};

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::plain;

/// The codes of the checks on questions and answers, with what each finds.
pub const CODES: [(&str, &str); 16] = [
    ("empty", "there is no word in it"),
    ("echo", "the answer says the question again"),
    ("prompt_leak", "words of the prompt that no student may see"),
    ("refusal", "the model declines"),
    ("do_not_know", "the answer says that it is none"),
    ("praise", "the answer begins by praising the question"),
    ("chatter", "words to whoever asked, around the question or the answer"),
    ("not_self_contained", "it needs or wants what is not in it: a file, a figure, the lecture"),
    ("cut", "it stops in mid-sentence, mid-formula or inside a code block"),
    ("too_short", "too few words to be what was asked for"),
    ("repetition", "it goes round in circles"),
    ("wrong_language", "it is in another language than the one asked for"),
    ("contamination", "it holds a run of words of a benchmark"),
    ("form", "it is not of the type that was asked for"),
    ("judged_out", "the judge found it not good enough"),
    ("near_duplicate", "another item has nearly the same question"),
];

/// What a directory says about the checks on its homework.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct QualitySettings {
    /// Checks that are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub off: Vec<QualityCode>,
    /// Files in the directory that items must not overlap with: JSON lines or plain text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub benchmarks: Vec<InnerPath>,
    /// The words of a run that counts as an overlap; 13 in the literature.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "run_of_words")]
    pub run_of_words: Option<u32>,
    /// The Jaccard index, from 0.5 to 1, from which two questions are near duplicates.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "near_duplicate")]
    pub near_duplicate: Option<f64>,
    /// The share of the question, from 0 to 1, that an answer may say again in one go.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "echo_share")]
    pub echo_share: Option<f64>,
    /// How often an item is asked for within one run before it has failed.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "tries")]
    pub tries: Option<u32>,
    /// Whether a model may judge what it wrote itself.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub own_judge: bool,
}

impl QualitySettings {
    /// Whether a check is left out.
    #[must_use]
    pub fn is_off(&self, code: &str) -> bool {
        self.off.iter().any(|off| off.0 == code)
    }

    /// Whether nothing is said.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// The code of a check that there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct QualityCode(pub &'static str);

impl<'de> Deserialize<'de> for QualityCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        match CODES.iter().find(|(code, _)| *code == word.replace('-', "_")) {
            Some((code, _)) => Ok(Self(code)),
            None => Err(de::Error::custom(unknown(&word))),
        }
    }
}

/// The sentence about a word that is no code.
fn unknown(word: &str) -> String {
    match plain::closest(word, CODES.map(|(code, _)| code)) {
        Some(code) => format!("there is no check `{word}` on homework; did you mean `{code}`?"),
        None => {
            let all: Vec<&str> = CODES.iter().map(|(code, _)| *code).collect();
            format!("there is no check `{word}` on homework; there are {}", all.join(", "))
        }
    }
}

/// A path that does not leave the directory: relative, and without `..`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InnerPath(pub String);

impl<'de> Deserialize<'de> for InnerPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let inside = Path::new(&text).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if inside && !text.trim().is_empty() && !text.contains('\\') && !text.contains(':') {
            return Ok(Self(text));
        }
        Err(de::Error::custom(format!(
            "`{text}` is not a path inside the directory; copy the file there, or name it with `generate --benchmark`"
        )))
    }
}

/// A number that is absent or lies between two others.
fn between<'de, D: Deserializer<'de>, T>(deserializer: D, least: T, most: T) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de> + PartialOrd + std::fmt::Display,
{
    match Option::<T>::deserialize(deserializer)? {
        Some(value) if !(least <= value && value <= most) => {
            Err(de::Error::custom(format!("{value} is not between {least} and {most}")))
        }
        value => Ok(value),
    }
}

fn run_of_words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    between(deserializer, 5, 100)
}

fn near_duplicate<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    between(deserializer, 0.5, 1.0)
}

fn echo_share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    between(deserializer, 0.1, 1.0)
}

fn tries<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    between(deserializer, 1, 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<QualitySettings, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn settings_are_read_and_written_again() {
        let text =
            r#"{"off":["praise","too_short"],"benchmarks":["benchmarks/gsm8k.jsonl"],"near-duplicate":0.9,"tries":2}"#;
        let settings = read(text).unwrap();
        assert!(settings.is_off("praise") && !settings.is_off("echo"));
        assert_eq!(serde_json::to_string(&settings).unwrap(), text);
        assert!(read("{}").unwrap().is_default());
        assert!(read(r#"{"off":["too-short"]}"#).unwrap().is_off("too_short"));
    }

    #[test]
    fn what_cannot_be_meant_is_said() {
        let error = |json: &str| read(json).unwrap_err();
        assert!(error(r#"{"off":["prais"]}"#).contains("did you mean `praise`"));
        assert!(error(r#"{"off":["xyz"]}"#).contains("not_self_contained"));
        for path in ["../b.jsonl", "/etc/passwd", "a/../../b", "", "C:b"] {
            assert!(error(&format!(r#"{{"benchmarks":["{path}"]}}"#)).contains("inside the directory"), "{path}");
        }
        assert!(error(r#"{"near-duplicate":0.2}"#).contains("between 0.5 and 1"));
        assert!(error(r#"{"tries":9}"#).contains("between 1 and 3"));
        for (key, low, high, says) in [
            ("near-duplicate", "0.49", "1.01", "is not between 0.5 and 1"),
            ("echo-share", "0.05", "1.5", "is not between 0.1 and 1"),
            ("run-of-words", "4", "101", "is not between 5 and 100"),
            ("tries", "0", "4", "is not between 1 and 3"),
        ] {
            for value in [low, high] {
                assert!(error(&format!(r#"{{"{key}":{value}}}"#)).contains(&format!("{value} {says}")), "{key}");
            }
            let least = says.split(' ').nth(3).unwrap();
            let kept = format!(r#"{{"{key}":{least}}}"#);
            assert_eq!(serde_json::to_string(&read(&kept).unwrap()).unwrap(), kept);
        }
        assert!(error(r#"{"near":0.9}"#).contains("near"));
    }
}
