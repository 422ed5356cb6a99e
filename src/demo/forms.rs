//! Questions of other types than open, and their answers: multiple choice, calculation, coding.

use super::case::in_sentence;
use super::data::Data;
use super::knowledge::Knowledge;
use super::pack::Card;
use super::phrases::{CALCULATIONS, CODES, LAST_LINES, STEMS, Solve};
use super::rng::{Rng, hash};
use super::template::{Template, fill};
use super::text::{normal, prose_list, words};
use super::topics::bare;

/// The options of a multiple-choice question.
const OPTIONS: usize = 4;

/// A question of the type that `data` names; `None` for open ones.
#[must_use]
pub fn question(knowledge: &Knowledge, data: &Data<'_>, cards: &[Card], rng: &mut Rng) -> Option<String> {
    let names: Vec<String> = cards.iter().map(|card| in_sentence(&card.name)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    match data.text("question_type") {
        "multiple-choice" => Some(choice(knowledge, data.text("subject"), cards, rng)),
        "calculation" => Some(calculation(&prose_list(&names), rng)),
        "coding" => Some(coding(&prose_list(&names), rng)),
        _ => None,
    }
}

/// The answer to such a question, told from its words; `None` where it is none.
#[must_use]
pub fn answer(knowledge: &Knowledge, question: &str) -> Option<String> {
    chosen(knowledge, question).or_else(|| calculated(question)).or_else(|| programmed(question))
}

fn choice(knowledge: &Knowledge, subject: &str, cards: &[Card], rng: &mut Rng) -> String {
    let Some((asked, others)) = cards.split_first() else { return String::new() };
    let mut options: Vec<String> = vec![asked.fact.trim().to_owned()];
    let topic = in_sentence(bare(subject));
    let mut themes: Vec<String> =
        knowledge.themes.cards().map(|(.., card)| fill(&card.fact, "focus", &topic)).collect();
    rng.shuffle(&mut themes);
    let wrong = others.iter().map(|card| card.fact.trim().to_owned()).chain(themes);
    for fact in wrong {
        if options.len() < OPTIONS && !options.iter().any(|known| normal(known) == normal(&fact)) {
            options.push(fact.trim().to_owned());
        }
    }
    rng.shuffle(&mut options);
    let mut text = fill(rng.word(&STEMS), "name", &in_sentence(&asked.name));
    if !others.is_empty() {
        let names: Vec<String> = others.iter().map(|card| in_sentence(&card.name)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        text.push_str(&format!(" Keep it apart from {}.", prose_list(&names)));
    }
    text.push('\n');
    for (letter, option) in ('A'..).zip(&options) {
        text.push_str(&format!("\n{letter}) {option}"));
    }
    text.push_str("\n\n");
    text.push_str(rng.word(&LAST_LINES));
    text
}

/// The options of a question with their letters, if it has any.
fn options(question: &str) -> Vec<(char, &str)> {
    let mut found = Vec::new();
    for line in question.lines().map(str::trim) {
        let next = char::from(b'A' + found.len() as u8);
        if let Some(option) = line.strip_prefix(next).and_then(|rest| rest.strip_prefix(") ")) {
            found.push((next, option.trim()));
        }
    }
    found
}

/// What stands in the gap of a stem.
fn asked_name(question: &str) -> Option<&str> {
    STEMS.iter().find_map(|stem| {
        let (before, after) = stem.split_once("{name}")?;
        let start = question.find(before)? + before.len();
        let rest = question.get(start..)?;
        rest.find(after).and_then(|end| rest.get(..end))
    })
}

fn chosen(knowledge: &Knowledge, question: &str) -> Option<String> {
    let options = options(question);
    if options.len() != OPTIONS {
        return None;
    }
    let name = asked_name(question).unwrap_or_default();
    let fact = normal(&knowledge.concept(name, "", 0).fact);
    // A concept that nothing is known about has a fact that names it.
    let holds = |option: &str| !name.is_empty() && normal(option).contains(&normal(name));
    let exact = options.iter().find(|(_, option)| normal(option) == fact);
    let known = |option: &str| {
        knowledge
            .pack
            .cards()
            .any(|(_, card)| normal(&card.name) == normal(name) && normal(&card.fact) == normal(option))
    };
    let right = exact
        .or_else(|| options.iter().find(|(_, option)| known(option)))
        .or_else(|| options.iter().find(|(_, option)| holds(option)))
        .or_else(|| options.get(hash(question) as usize % OPTIONS))?;
    let others: Vec<String> =
        options.iter().filter(|(letter, _)| *letter != right.0).map(|(letter, _)| letter.to_string()).collect();
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    let name = if name.is_empty() { "what is asked about" } else { name };
    let mut text = format!("Option {} is right. It states what belongs to {name}: {}", right.0, right.1);
    text.push_str(&format!(
        "\n\nThe statements {} speak of something else, whether they hold or not:",
        prose_list(&others)
    ));
    for (letter, option) in options.iter().filter(|(letter, _)| *letter != right.0) {
        let about = words(option).into_iter().filter(|word| word.chars().count() > 5).take(3).collect::<Vec<_>>();
        text.push_str(&format!("\n- {letter}) is about {}, which does not decide the matter.", about.join(", ")));
    }
    Some(text)
}

fn calculation(names: &str, rng: &mut Rng) -> String {
    let Some(one) = rng.pick(&CALCULATIONS) else { return String::new() };
    let number = |(from, to): &(i64, i64), rng: &mut Rng| {
        // Tenths, so that a pocket calculator is worth its while.
        let tenths = from * 10 + rng.below(((to - from) * 10 + 1) as usize) as i64;
        if one.whole { (tenths / 10).to_string() } else { format!("{}.{}", tenths / 10, tenths % 10) }
    };
    let numbers: Vec<String> = one.ranges.iter().map(|range| number(range, rng)).collect();
    let gap = |gap: &str| match gap.bytes().next() {
        Some(letter @ b'a'..=b'e') if gap.len() == 1 => {
            numbers.get(usize::from(letter - b'a')).map_or("", String::as_str)
        }
        _ => names,
    };
    Template::new(one.text).fill(gap)
}

/// The numbers in a text, in their order.
fn numbers(text: &str) -> Vec<f64> {
    let is_part = |c: char| c.is_ascii_digit() || c == '.';
    text.split(|c| !is_part(c)).filter_map(|part| part.trim_matches('.').parse().ok()).collect()
}

fn calculated(question: &str) -> Option<String> {
    let (one, at) = CALCULATIONS.iter().find_map(|one| Some((one, question.find(one.anchor)?)))?;
    let given = numbers(question.get(at..)?);
    let Solve { steps, result, unit } = (one.solve)(given.get(..one.ranges.len())?);
    let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    Some(format!("{steps}\n\nResult: {result:.2}{unit}."))
}

fn coding(names: &str, rng: &mut Rng) -> String {
    let Some(one) = rng.pick(&CODES) else { return String::new() };
    let values: Vec<i64> = (0..4 + rng.below(3)).map(|_| rng.below(20) as i64).collect();
    let shown = format!("{}({values:?})", one.name);
    format!(
        "Observations about {names} arrive as a list of whole numbers. Write a Python function `{}(values)` {} For example, \
         `{shown}` returns `{}`. Give the whole function in one code block, and explain in two sentences how it works and what \
         it costs.",
        one.name,
        one.task,
        (one.run)(&values)
    )
}

fn programmed(question: &str) -> Option<String> {
    let one = CODES.iter().find(|one| question.contains(&format!("`{}(values)`", one.name)))?;
    Some(format!("{}\n\n```python\n{}\n```", one.why, one.code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::{answer, question};

    fn asked(kind: &str, seed: u64) -> (String, String) {
        let prompt = format!(
            "<data>\nstep: question\nsubject: Optics\nquestion_type: {kind}\nconcepts:\n- Fermat's principle\n- Snell's law\n</data>"
        );
        let knowledge = Knowledge::shipped().unwrap();
        let question = question::reply(knowledge, &Data::find(&prompt).unwrap(), seed);
        let answer = answer::reply(knowledge, &question, seed);
        (question, answer)
    }

    #[test]
    fn a_choice_has_four_options_and_its_answer_names_the_right_one() {
        let knowledge = Knowledge::shipped().unwrap();
        let facts = ["Fermat's principle", "Snell's law"].map(|name| knowledge.concept(name, "Optics", 0).fact);
        let mut letters = std::collections::HashSet::new();
        for seed in 0..60 {
            let (question, answer) = asked("multiple-choice", seed);
            let options = options(&question);
            assert_eq!(options.len(), 4, "{question}");
            let asked = usize::from(asked_name(&question) == Some("Snell's law"));
            let right = options.iter().find(|(_, option)| normal(option) == normal(&facts[asked])).unwrap();
            assert!(answer.starts_with(&format!("Option {} is right.", right.0)), "{question}\n{answer}");
            letters.insert(right.0);
        }
        assert_eq!(letters.len(), 4, "the right one is everywhere");
    }

    #[test]
    fn a_concept_that_is_not_known_is_found_among_its_options() {
        let prompt = "<data>\nstep: question\nsubject: Basket Weaving\nquestion_type: multiple-choice\nconcepts:\n- Zorbing knots\n</data>";
        let knowledge = Knowledge::shipped().unwrap();
        for seed in 0..30 {
            let question = question::reply(knowledge, &Data::find(prompt).unwrap(), seed);
            let answer = answer::reply(knowledge, &question, seed);
            assert!(answer.lines().next().unwrap().to_lowercase().contains("zorbing knots"), "{question}\n{answer}");
        }
    }

    #[test]
    fn a_calculation_is_carried_out() {
        for one in &CALCULATIONS {
            assert!(one.text.contains(one.anchor), "{}", one.anchor);
        }
        let given = "For \"rule 7\" a table lists 10.0 at 2.0 and 20.0 at 4.0. Interpolate linearly: which value belongs to 3.5?";
        let answer = calculated(given).unwrap();
        assert!(answer.ends_with("Result: 17.50."), "{answer}");
        for seed in 0..80 {
            let (question, answer) = asked("calculation", seed);
            assert!(question.contains("Snell's law") && question.contains("Fermat's principle"), "{question}");
            let (_, result) = answer.rsplit_once("Result: ").unwrap_or_else(|| panic!("{question}\n{answer}"));
            assert!(numbers(result).first().is_some_and(|number| number.is_finite()), "{question}\n{answer}");
        }
    }

    #[test]
    fn a_program_is_given_in_a_block() {
        let mut seen = std::collections::HashSet::new();
        for seed in 0..80 {
            let (question, answer) = asked("coding", seed);
            assert!(question.contains("Write a Python function"), "{question}");
            assert_eq!(answer.matches("```").count(), 2, "{answer}");
            assert!(answer.contains("    return "), "{answer}");
            seen.insert(question);
        }
        assert!(seen.len() > 70);
        assert_eq!((CODES[0].run)(&[3, 1, 2]), "[3, 4, 6]");
    }
}
