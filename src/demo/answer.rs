//! Answers a bare question out of what is known about the concepts in it.

use super::case::in_sentence;
use super::find::{Hit, What};
use super::forms;
use super::knowledge::Knowledge;
use super::pack::Card;
use super::phrases::{FOLLOW_UPS, LINKS, MARKS, TASKS};
use super::rng::Rng;
use super::template::Template;
use super::text::{capitalised, words};

/// The most facts in an answer to a question that only names concepts.
const MOST_FACTS: usize = 3;

/// Words that are too common to say what a question is about.
const SHORTEST_TOPIC: usize = 6;

/// An answer to `question`. It never says the question back.
#[must_use]
pub fn reply(knowledge: &Knowledge, question: &str, seed: u64) -> String {
    if let Some(answer) = forms::answer(knowledge, question) {
        return answer;
    }
    let hits = knowledge.finder.find(question);
    let asked: Vec<Card> = hits.iter().filter_map(|hit| asked(knowledge, hit)).collect();
    let answer =
        if asked.is_empty() { from_names(knowledge, &hits) } else { worked(knowledge, question, &hits, &asked) };
    if answer.is_empty() { in_general(question, seed) } else { answer }
}

fn asked(knowledge: &Knowledge, hit: &Hit<'_>) -> Option<Card> {
    match hit.what {
        What::Asked(at) => knowledge.card(at, hit.gaps.first().copied().unwrap_or_default()),
        _ => None,
    }
}

/// Part by part, in the order and with the marks of the question.
fn worked(knowledge: &Knowledge, question: &str, hits: &[Hit<'_>], asked_cards: &[Card]) -> String {
    let mut paragraphs: Vec<String> = Vec::new();
    let mut card = asked_cards.first();
    let mut mark = "";
    for hit in hits {
        let text = match hit.what {
            What::Asked(_) => {
                let own = asked(knowledge, hit).map(|card| card.answer).unwrap_or_default();
                card = asked_cards.iter().find(|card| card.answer == own);
                own.trim().to_owned()
            }
            What::Task(number) => {
                let name = hit.gaps.first().copied().unwrap_or_default();
                let known = knowledge.concept(name, "", 0);
                granted(TASKS.get(number).map_or("", |(_, reply)| reply), &known)
            }
            What::FollowUp(number) => {
                let reply = FOLLOW_UPS.get(number).map_or("", |(_, reply)| reply);
                card.map_or_else(String::new, |card| granted(reply, card))
            }
            What::Link(number) => joined(LINKS.get(number).map_or("", |(_, reply)| reply), asked_cards),
            What::Named(_) => String::new(),
        };
        if text.is_empty() {
            continue;
        }
        let own_mark = mark_of(question, hit.start);
        match paragraphs.last_mut() {
            Some(last) if own_mark == mark => {
                last.push(' ');
                last.push_str(&text);
            }
            _ => paragraphs.push(format!("{own_mark}{text}")),
        }
        mark = own_mark;
    }
    paragraphs.join("\n\n")
}

/// `reply` with the name and the fact of `card` in its gaps.
fn granted(reply: &str, card: &Card) -> String {
    let fact = card.fact.trim();
    Template::new(reply).fill(|gap| if gap == "fact" { fact } else { card.name.as_str() })
}

/// `reply` with what all `cards` say.
fn joined(reply: &str, cards: &[Card]) -> String {
    let facts: Vec<String> =
        cards.iter().map(|card| format!("On {}: {}", in_sentence(&card.name), card.fact.trim())).collect();
    let facts = facts.join(" ");
    let name = |card: Option<&Card>| card.map_or_else(String::new, |card| in_sentence(&card.name));
    let (first, last) = (name(cards.first()), name(cards.last()));
    Template::new(reply).fill(|gap| match gap {
        "facts" => &facts,
        "first" => &first,
        _ => &last,
    })
}

/// The mark, such as `(a) `, of the paragraph of `question` that byte `at` is in; empty when it has none.
fn mark_of(question: &str, at: usize) -> &str {
    let before = question.get(..at).unwrap_or_default();
    let start = before.rfind("\n\n").map_or(0, |gap| gap + 2);
    let paragraph = question.get(start..).unwrap_or_default();
    for (open, close) in MARKS {
        let Some(rest) = paragraph.strip_prefix(open) else {
            continue;
        };
        let letter = rest.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
        if letter && rest.get(1..).is_some_and(|rest| rest.starts_with(close)) {
            return paragraph.get(..open.len() + 1 + close.len()).unwrap_or_default();
        }
    }
    ""
}

/// What is known about the concepts that the question names.
fn from_names(knowledge: &Knowledge, hits: &[Hit<'_>]) -> String {
    let mut facts: Vec<&str> = Vec::new();
    let mut places: Vec<_> = hits.iter().collect();
    // Long names say more about what is meant than short ones.
    places.sort_by_key(|hit| std::cmp::Reverse(hit.end - hit.start));
    for hit in places {
        if let What::Named(place) = hit.what
            && let Some(card) = knowledge.pack.card(place)
            && !facts.contains(&card.fact.trim())
            && facts.len() < MOST_FACTS
        {
            facts.push(card.fact.trim());
        }
    }
    facts.join(" ")
}

/// A plan for an answer, for questions about things the model has no knowledge of.
fn in_general(question: &str, seed: u64) -> String {
    let mut topics: Vec<String> = words(question);
    topics.retain(|word| word.chars().count() >= SHORTEST_TOPIC);
    topics.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    topics.dedup();
    let topic = topics.first().map_or("the matter", String::as_str);
    let mut rng = Rng::new(seed, "general");
    let opening = rng.word(&[
        "Three steps lead to an answer.",
        "This can be settled in three steps.",
        "It helps to take this in three steps.",
    ]);
    let closing = rng.word(&[
        "What remains after these steps is the answer, together with the conditions under which it holds.",
        "The answer is what survives all three steps; its conditions belong to it.",
        "If the three steps agree, the answer is safe; if not, the disagreement shows which assumption to look at again.",
    ]);
    format!(
        "{opening} First, fix what is meant: {topic} has to be used in one sense throughout, and a borderline case shows which. \
         Second, collect what is given and separate it from what is assumed. Third, go from the given to the claim in small \
         steps, each of which can be checked by itself, and test the result on the simplest case. {}",
        capitalised(closing)
    )
}
