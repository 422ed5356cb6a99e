//! Scores a question (0 or 1) or a pair of question and answer (1 to 3) by what can be seen from outside.

use serde_json::json;

use super::data::Data;
use super::model::Content;
use super::text::{normal, words};

/// Words that point outside the question.
const POINTING: [&str; 8] = [
    "the above",
    "the figure",
    "the table",
    "as discussed",
    "the previous",
    "the following figure",
    "the lecture",
    "the text above",
];

/// The fewest words of a question that can stand alone.
const FEWEST_WORDS: usize = 6;

/// The fewest words of an answer with a reason in it.
const FULL_ANSWER: usize = 25;

/// A score with its reason, as JSON or as a line of prose.
#[must_use]
pub fn reply(data: &Data<'_>, json: bool) -> Content {
    let question = data.block("question");
    let answer = data.block("answer");
    let (score, reason) = if answer.is_empty() { of_question(&question) } else { of_pair(&question, &answer) };
    if json {
        Content::Json(json!({"score": score, "reason": reason}))
    } else {
        Content::Text(format!("Score: {score}\nReason: {reason}"))
    }
}

fn of_question(question: &str) -> (u8, &'static str) {
    let lower = question.to_lowercase();
    if words(question).len() < FEWEST_WORDS {
        (0, "The question is too short to say what is asked.")
    } else if POINTING.iter().any(|phrase| lower.contains(phrase)) {
        (0, "The question points to something that is not part of it.")
    } else {
        (1, "The question says what is given and what is asked.")
    }
}

fn of_pair(question: &str, answer: &str) -> (u8, &'static str) {
    let length = words(answer).len();
    if length == 0 || normal(answer) == normal(question) {
        (1, "The answer says nothing beyond the question.")
    } else if length < FULL_ANSWER {
        (2, "The answer is short and gives little reason.")
    } else {
        (3, "The answer addresses the question and gives its reasons.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(block: &str) -> serde_json::Value {
        let prompt = format!("<data>\nstep: judge\n{block}\n</data>");
        match reply(&Data::find(&prompt).unwrap(), true) {
            Content::Json(value) => value["score"].clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn poor_questions_and_pairs_score_low() {
        assert_eq!(score("question: Compute the energy of a photon of wavelength 500 nm."), 1);
        assert_eq!(score("question: Compute the energy of the photon described in the figure."), 0);
        assert_eq!(score("question: Why?"), 0);
        assert_eq!(score("question: Why is the sky blue by day?\nanswer: why is the sky blue by day"), 1);
        assert_eq!(score("question: Why is the sky blue by day?\nanswer: Scattering."), 2);
    }
}
