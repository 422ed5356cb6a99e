//! Whether a question has the form of its type, and its answer what that type asks for. No language is
//! taken for granted: letters, digits and code blocks are the same in all.

use crate::taxonomy::QuestionType;
use crate::taxonomy::text::normalise;

/// The fewest options of a multiple-choice question.
const FEWEST_OPTIONS: usize = 3;

/// What is wrong with the form of a question; nothing for open ones.
pub(in crate::homework) fn question(kind: QuestionType, text: &str) -> Option<String> {
    if kind != QuestionType::MultipleChoice {
        return None;
    }
    let options = options(text);
    if options.len() < FEWEST_OPTIONS {
        return Some(format!(
            "It should have options, each on a line that begins with A), B), ...; {} were found.",
            options.len()
        ));
    }
    let bare: Vec<String> = options.iter().map(|(_, option)| normalise(option)).collect();
    let twice = (0..bare.len()).find(|at| bare[..*at].contains(&bare[*at]));
    match (bare.iter().position(|option| option.is_empty()), twice) {
        (Some(at), _) => Some(format!("Option {} is empty.", options[at].0)),
        (None, Some(at)) => Some(format!("Option {} says the same as another one.", options[at].0)),
        (None, None) => None,
    }
}

/// What is wrong with the form of the answer to `question`; nothing for open ones.
pub(in crate::homework) fn answer(kind: QuestionType, text: &str, question: &str) -> Option<String> {
    match kind {
        QuestionType::Open => None,
        QuestionType::MultipleChoice => choice(text, &options(question)),
        QuestionType::Calculation => {
            (!text.chars().any(char::is_numeric)).then(|| "There is no number in it.".to_owned())
        }
        QuestionType::Coding => (!has_code(text)).then(|| "There is no code block in it.".to_owned()),
    }
}

/// The options of a question: lines that begin with A), B., (C) and so on, in this order.
fn options(text: &str) -> Vec<(char, &str)> {
    let mut found: Vec<(char, &str)> = Vec::new();
    for line in text.lines() {
        let line = line.trim_start_matches([' ', '\t', '-', '*', '(', '>', '#']);
        let mut rest = line.chars();
        let Some(letter) = rest.next().map(|letter| letter.to_ascii_uppercase()) else { continue };
        let wanted = char::from(b'A' + u8::try_from(found.len().min(25)).unwrap_or(25));
        if letter == wanted
            && let Some(option) = rest.as_str().strip_prefix([')', '.', ':', ']'])
        {
            found.push((letter, option.trim_start_matches(['*', ')']).trim()));
        }
    }
    found
}

fn choice(text: &str, options: &[(char, &str)]) -> Option<String> {
    let mentions = mentions(text, options.len());
    let mut right: Vec<char> =
        mentions.iter().filter(|mention| mention.verdict == Some(true)).map(|m| m.letter).collect();
    right.sort_unstable();
    right.dedup();
    match (right.as_slice(), mentions.first()) {
        ([_], _) => None,
        // The letter alone, or the letter first and reasons after it.
        ([], Some(first)) if first.verdict.is_none() => None,
        ([], Some(_)) => Some("It names no option as the right one.".to_owned()),
        ([], None) => {
            // The option may be named by its words.
            let said = normalise(text);
            let quoted = options.iter().filter(|(_, option)| said.contains(&normalise(option))).count();
            (quoted != 1).then(|| "It names no option.".to_owned())
        }
        (several, _) => {
            let letters: Vec<String> = several.iter().map(char::to_string).collect();
            Some(format!("It calls several options right: {}.", letters.join(", ")))
        }
    }
}

/// An option's letter in an answer, and what is said of it there.
struct Mention {
    letter: char,
    verdict: Option<bool>,
}

/// Words that say yes, in the languages most often asked for; in others a letter counts by itself.
const YES: [&str; 17] = [
    "right",
    "correct",
    "true",
    "richtig",
    "korrekt",
    "zutreffend",
    "vrai",
    "correcte",
    "exacte",
    "bonne",
    "correcta",
    "correcto",
    "verdadera",
    "corretta",
    "giusta",
    "certa",
    "correta",
];
/// Words that say no.
const NO: [&str; 14] = [
    "wrong",
    "incorrect",
    "false",
    "falsch",
    "inkorrekt",
    "unzutreffend",
    "faux",
    "fausse",
    "incorrecte",
    "incorrecta",
    "incorrecto",
    "falsa",
    "sbagliata",
    "errada",
];
/// Words that turn one into the other when they stand before it.
const NOT: [&str; 9] = ["not", "n't", "isn", "cannot", "nicht", "pas", "no", "non", "n\u{e3}o"];
/// Words after which a letter is an option's.
const OPTION: [&str; 11] = [
    "option",
    "options",
    "answer",
    "choice",
    "statement",
    "letter",
    "antwort",
    "aussage",
    "r\u{e9}ponse",
    "opci\u{f3}n",
    "risposta",
];
/// Words before which a letter is an option's.
const AFTER: [&str; 12] = ["is", "and", "or", "are", "ist", "und", "oder", "sind", "est", "et", "es", "y"];

fn mentions(text: &str, options: usize) -> Vec<Mention> {
    let mut found = Vec::new();
    for clause in text.split(['.', ';', ',', '!', '?', '\n', ':']).flat_map(|clause| clause.split(" because ")) {
        let words: Vec<&str> = clause
            .split(|c: char| c.is_whitespace() || matches!(c, '"' | '`' | '/' | '–' | '—'))
            .filter(|word| !word.is_empty())
            .collect();
        let bare: Vec<String> =
            words.iter().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()).collect();
        let verdict = |at: usize| -> Option<bool> {
            let yes = if NO.contains(&bare[at].as_str()) {
                false
            } else if YES.contains(&bare[at].as_str()) {
                true
            } else {
                return None;
            };
            let denied = bare[at.saturating_sub(2)..at].iter().any(|word| NOT.contains(&word.as_str()));
            Some(yes != denied)
        };
        for (at, word) in words.iter().enumerate() {
            let mut inner = word.trim_matches(['(', '*', '_', '[', '\'', '\u{ab}', '\u{bb}']).chars();
            let (Some(letter), rest) = (inner.next(), inner.as_str()) else { continue };
            let is_option = letter.is_ascii_uppercase() && usize::from(letter as u8 - b'A') < options;
            let marked = matches!(rest, ")" | "]" | ")**" | "**" | "*)") || (rest.is_empty() && word.len() > 1);
            let before = at.checked_sub(1).map_or("", |before| bare[before].as_str());
            let after = bare.get(at + 1).map_or("", String::as_str);
            let alone = rest.is_empty()
                && (OPTION.contains(&before) || AFTER.contains(&before) || AFTER.contains(&after) || after.is_empty());
            if is_option && (marked || alone) {
                let verdict = (at + 1..words.len()).find_map(verdict).or_else(|| (0..at).rev().find_map(verdict));
                found.push(Mention { letter, verdict });
            }
        }
    }
    found
}

/// Whether there is a block of code: fenced and not empty, or some lines set in by four.
fn has_code(text: &str) -> bool {
    let fenced = text.split("```").skip(1).step_by(2).any(|block| {
        // The first line of a block names its language.
        block.split_once('\n').is_some_and(|(_, code)| !code.trim().is_empty())
    });
    let set_in = |line: &str| (line.starts_with("    ") || line.starts_with('\t')) && !line.trim().is_empty();
    fenced || text.lines().filter(|line| set_in(line)).count() >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: &str = "Which lens forms a virtual image of a distant star?\n\nA) A converging lens\nB) A diverging lens\nC) A plane plate\n\
                         D) A prism\n\nName the right option and say why.";

    fn said(text: &str) -> Option<String> {
        answer(QuestionType::MultipleChoice, text, ASKED)
    }

    #[test]
    fn a_choice_needs_options_that_differ() {
        let fault = |text: &str| question(QuestionType::MultipleChoice, text);
        assert_eq!(fault(ASKED), None);
        assert_eq!(fault("Which?\n(a) one\n(b) two\n(c) three"), None);
        assert_eq!(fault("Which?\n**A.** one\n**B.** two\n**C.** three"), None);
        assert!(fault("Which lens forms a virtual image? Choose among four.").unwrap().contains("0 were found"));
        assert!(fault("Which?\nA) one\nB) two").unwrap().contains("2 were found"));
        assert!(fault("Which?\nA) one\nB) two\nC) One").unwrap().contains("Option C says the same"));
        assert!(fault("Which?\nA) one\nB)\nC) three").unwrap().contains("Option B is empty"));
        assert_eq!(question(QuestionType::Open, "Why?"), None);
    }

    #[test]
    fn an_answer_that_names_one_option_passes_however_it_is_put() {
        for text in [
            "B",
            "B) A diverging lens",
            "**B)** The diverging lens spreads the rays.",
            "The right option is B. A converging lens would form a real image, so A is wrong; C and D form no image.",
            "Option B is right. A, C and D are not correct, because a plate and a prism form no image.",
            "The correct answer is **B**: only there the rays diverge. Options A and C are incorrect.",
            "A is not right; B is correct.",
            "Die richtige Antwort ist B, denn die Strahlen laufen auseinander. A ist falsch.",
            "A diverging lens",
            "La r\u{e9}ponse correcte est B.",
            "\u{7b54}\u{6848}\u{662f} B \u{3002}",
            "(B), since the others form real images or none.",
        ] {
            assert_eq!(said(text), None, "{text}");
        }
    }

    #[test]
    fn no_option_and_several_are_told() {
        assert!(said("It depends on the situation and on taste.").unwrap().contains("names no option"));
        assert!(said("Both A and C are correct.").unwrap().contains("several options right: A, C"));
        assert!(said("Option A is right. Option D is right as well.").unwrap().contains("A, D"));
        assert!(
            said("A is wrong. B is wrong. C is wrong. D is wrong.").unwrap().contains("no option as the right one")
        );
    }

    #[test]
    fn a_calculation_needs_a_number_and_a_program_a_block() {
        let of = |kind, text: &str| answer(kind, text, "Q");
        assert!(of(QuestionType::Calculation, "The image is farther away.").is_some());
        assert_eq!(of(QuestionType::Calculation, "The image is 30 cm away."), None);
        assert_eq!(of(QuestionType::Calculation, "\u{662f}\u{ff13}\u{ff10}"), None);
        assert!(of(QuestionType::Coding, "Use a loop and add up.").is_some());
        assert!(of(QuestionType::Coding, "```python\n```").is_some());
        assert_eq!(of(QuestionType::Coding, "So:\n```python\nprint(1)\n```"), None);
        assert_eq!(of(QuestionType::Coding, "So:\n\n    def f():\n        return 1\n"), None);
        assert_eq!(of(QuestionType::Open, "No."), None);
    }
}
