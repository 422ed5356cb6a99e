//! The words of a judge: one score and its reason.

use serde_json::Value;

use super::ParseError;
use super::extract::extract;
use crate::llm::text::excerpt;

/// The longest reason that is kept, in bytes.
const REASON: usize = 600;

/// A judge's score for a question or a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    /// 0 or 1 for a question, 1 to 3 for a pair.
    pub score: u8,
    /// Why, in the judge's words; may be empty.
    pub reason: String,
}

/// The score in `reply`: one JSON object, alone, in a fence or inside prose, or lines `Score:` and `Reason:`. Two scores that
/// differ, or one outside of `least..=most`, are none.
///
/// # Errors
/// There is no such score.
pub fn verdict(reply: &str, least: u8, most: u8) -> Result<Score, ParseError> {
    let mut found: Vec<Score> = Vec::new();
    let mut wrong = None;
    for piece in extract(reply, &[]).pieces {
        let Some(score) = field(&piece.value, "score") else { continue };
        let reason = field(&piece.value, "reason").and_then(Value::as_str).unwrap_or_default();
        match whole(score).filter(|score| (least..=most).contains(score)) {
            Some(score) => found.push(Score { score, reason: excerpt(reason, REASON) }),
            None => wrong = Some(score.to_string()),
        }
    }
    if found.is_empty() && wrong.is_none() {
        let (scores, reason) = lines(reply);
        for score in scores {
            match digits(&score, most).filter(|score| (least..=most).contains(score)) {
                Some(score) => found.push(Score { score, reason: excerpt(&reason, REASON) }),
                None => wrong = Some(score),
            }
        }
    }
    let fault = |reason: String| Err(ParseError { reason, prose: false });
    if let Some(wrong) = wrong {
        return fault(format!("The score {} is not a whole number from {least} to {most}.", excerpt(&wrong, 40)));
    }
    let Some(first) = found.first().cloned() else {
        return fault("There is no score in the judge's reply.".to_owned());
    };
    if found.iter().any(|other| other.score != first.score) {
        return fault("The judge gave more than one score.".to_owned());
    }
    Ok(first)
}

/// A field by its name in any case.
fn field<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn whole(value: &Value) -> Option<u8> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(number) => {
            let number = number.as_f64()?;
            (number.fract() == 0.0 && (0.0..=255.0).contains(&number)).then_some(number as u8)
        }
        _ => None,
    }
}

/// "2", or "2/3" where 3 is the most there is.
fn digits(text: &str, most: u8) -> Option<u8> {
    let (score, of) = text.split_once('/').unwrap_or((text, ""));
    let of_most = of.trim().is_empty() || of.trim().parse() == Ok(most);
    of_most.then(|| score.trim().parse().ok())?
}

/// What follows `Score:` in the lines of `reply`, and what follows `Reason:`.
fn lines(reply: &str) -> (Vec<String>, String) {
    let (mut scores, mut reason) = (Vec::new(), String::new());
    for line in reply.lines() {
        let line = line.trim().trim_matches(['*', '#', '-', ' ', '_']);
        let Some((key, value)) = line.split_once([':', '=']) else { continue };
        let value = value.trim().trim_matches(['*', '_', ' ']);
        match key.trim().trim_matches(['*', '_']).to_lowercase().as_str() {
            "score" => scores.push(value.trim_end_matches('.').to_owned()),
            "reason" if reason.is_empty() => value.clone_into(&mut reason),
            _ => {}
        }
    }
    (scores, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(reply: &str) -> Result<u8, String> {
        verdict(reply, 1, 3).map(|score| score.score).map_err(|error| error.reason)
    }

    #[test]
    fn a_score_is_read_from_json_and_from_lines() {
        for reply in [
            r#"{"score": 2, "reason": "A slip."}"#,
            r#"{"score": "2"}"#,
            r#"{"Score": 2.0, "Reason": "A slip."}"#,
            "Here is my verdict:\n```json\n{\"score\": 2, \"reason\": \"A slip.\"}\n```\nDone.",
            "I think {\"score\": 2, \"reason\": \"A slip.\"} is right.",
            "Score: 2\nReason: A slip.",
            "**Score:** 2/3\n\nReason: A slip.",
            "score = 2.",
        ] {
            assert_eq!(score(reply), Ok(2), "{reply}");
        }
        assert_eq!(verdict("Score: 1\nReason: It holds.", 0, 1).unwrap().reason, "It holds.");
        let twice = "Score: 1\nReason: It holds.\nReason: as the student says";
        assert_eq!(verdict(twice, 0, 1).unwrap().reason, "It holds.", "the first is its own");
    }

    #[test]
    fn what_is_no_score_is_none() {
        for reply in [
            "",
            "Very good.",
            r#"{"score": 4}"#,
            r#"{"score": 0}"#,
            r#"{"score": 2.5}"#,
            r#"{"score": null}"#,
            r#"{"reason": "fine"}"#,
            "Score: 2/10",
            "Score: two",
            "Score: 2\nScore: 3",
            "{\"score\": 1}\n{\"score\": 3}",
        ] {
            assert!(score(reply).is_err(), "{reply}");
        }
        assert!(score("Score: 2\nScore: 3").unwrap_err().contains("more than one"));
        assert!(score(r#"{"score": 4}"#).unwrap_err().contains("4 is not a whole number from 1 to 3"));
    }
}
