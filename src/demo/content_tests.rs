//! The shipped content as a whole: it can be read, found again, and is never repeated.

use std::collections::{BTreeMap, HashSet};

use super::Knowledge;
use super::data::Data;
use super::find::What;
use super::rng::Rng;
use super::text::normal;
use super::{answer, question};

fn knowledge() -> &'static Knowledge {
    Knowledge::shipped().unwrap()
}

/// A question prompt for these concepts.
fn prompt(subject: &str, concepts: &[&str]) -> String {
    let mut prompt = format!("<data>\nstep: question\nsubject: {subject}\nconcepts:\n");
    for concept in concepts {
        prompt.push_str(&format!("- {concept}\n"));
    }
    prompt.push_str("</data>");
    prompt
}

fn asked(subject: &str, concepts: &[&str], seed: u64) -> String {
    question::reply(knowledge(), &Data::find(&prompt(subject, concepts)).unwrap(), seed)
}

#[test]
fn every_question_of_the_pack_finds_its_own_answer() {
    for (place, card) in knowledge().pack.cards() {
        let subject = knowledge().pack.subject_of(place);
        let question = asked(subject, &[&card.name], 1);
        let answer = answer::reply(knowledge(), &question, 1);
        assert!(answer.contains(card.answer.trim()), "{subject}: {}\n{question}\n{answer}", card.name);
        assert!(!answer.contains(card.question.trim()), "{question}");
    }
}

#[test]
fn every_card_of_the_themes_finds_its_own_answer() {
    for (theme, number, card) in knowledge().themes.cards() {
        let text = super::template::fill(&card.question, "focus", "metals, ores and alloys");
        let hits = knowledge().finder.find(&text);
        let [hit] = hits.as_slice() else { panic!("{text}\n{hits:?}") };
        assert_eq!(hit.what, What::Asked(super::find::CardAt::Theme(theme, number)), "{text}");
        assert!(hit.gaps.iter().all(|gap| *gap == "metals, ores and alloys"), "{text}\n{:?}", hit.gaps);
    }
}

/// Draws as the sampling does: one session or two, one to five concepts.
fn draws(count: usize) -> Vec<(String, Vec<String>)> {
    let mut by_subject: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (place, card) in knowledge().pack.cards() {
        by_subject.entry(knowledge().pack.subject_of(place)).or_default().push(&card.name);
    }
    let subjects: Vec<(&str, Vec<&str>)> = by_subject.into_iter().collect();
    let mut rng = Rng::new(11, "draws");
    let mut seen = HashSet::new();
    let mut draws = Vec::new();
    while draws.len() < count {
        let (subject, concepts) = &subjects[rng.below(subjects.len())];
        let mut drawn = concepts.clone();
        rng.shuffle(&mut drawn);
        drawn.truncate(1 + rng.below(5));
        drawn.sort_unstable();
        if seen.insert((*subject, drawn.clone())) {
            draws.push(((*subject).to_owned(), drawn.into_iter().map(str::to_owned).collect()));
        }
    }
    draws
}

#[test]
fn different_draws_get_different_questions_and_answers_that_do_not_repeat_them() {
    let mut seen = HashSet::new();
    for (number, (subject, concepts)) in draws(2_500).iter().enumerate() {
        let names: Vec<&str> = concepts.iter().map(String::as_str).collect();
        let question = asked(subject, &names, number as u64);
        let answer = answer::reply(knowledge(), &question, number as u64);
        assert!(seen.insert(normal(&question)), "asked twice: {question}");
        assert!(answer.len() > 40 && !normal(&answer).contains(&normal(&question)), "{question}\n{answer}");
        assert!(
            !question.contains(['{', '}'])
                || names.iter().any(|name| {
                    knowledge().pack.concept(name, subject).is_some_and(|card| card.question.contains('{'))
                }),
            "{question}"
        );
    }
}

#[test]
fn one_draw_has_many_wordings() {
    let wordings: HashSet<String> = (0..200).map(|seed| asked("Optics", &["Fermat's principle"], seed)).collect();
    assert!(wordings.len() > 120, "{}", wordings.len());
}

proptest::proptest! {
    #[test]
    fn any_text_is_survived(text in "(?s).{0,200}", more in "[a-z {}()<>\\-:\\n;.0-9\u{e9}]{0,200}") {
        for text in [&text, &more] {
            let answer = answer::reply(knowledge(), text, 1);
            proptest::prop_assert!(!answer.trim().is_empty());
            let _ = super::structure::reply(text, "");
            let _ = super::case::in_sentence(text);
            let prompt = format!("<data>\nstep: question\nsubject: {text}\nconcepts:\n- {text}\n</data>");
            if let Some(data) = Data::find(&prompt) {
                proptest::prop_assert!(!question::reply(knowledge(), &data, 1).is_empty());
                let _ = super::syllabus::reply(knowledge(), &data, true, 1);
                let _ = super::propose::reply(knowledge(), &data, true, 1);
            }
        }
    }
}
