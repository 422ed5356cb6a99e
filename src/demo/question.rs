//! Writes a homework question from the key concepts that were drawn.

use super::case::in_sentence;
use super::data::Data;
use super::forms;
use super::knowledge::Knowledge;
use super::pack::Card;
use super::phrases::{FOLLOW_UPS, LEADS, LINKS, MARKS, TASKS};
use super::rng::Rng;
use super::template::Template;
use super::text::prose_list;
use super::topics::bare;

/// The most concepts whose whole question becomes a part; the others get a short task.
const MOST_WORKED: usize = 2;

/// A question that needs every concept in `data`. Different draws get different questions.
#[must_use]
pub fn reply(knowledge: &Knowledge, data: &Data<'_>, seed: u64) -> String {
    let subject = data.text("subject");
    let mut names: Vec<&str> = data.list("concepts").to_vec();
    if names.is_empty() {
        names.push(if subject.is_empty() { data.text("discipline") } else { subject });
    }
    let mut rng = Rng::new(seed, "question");
    rng.shuffle(&mut names);
    let cards: Vec<Card> = names.iter().map(|name| knowledge.concept(name, subject, seed)).collect();
    if let Some(question) = forms::question(knowledge, data, &cards, &mut rng) {
        return question;
    }
    let opening = lead(subject, &mut rng);
    let body = match cards.as_slice() {
        [only] => single(only, &mut rng),
        several => composed(several, &mut rng),
    };
    if opening.is_empty() { body } else { format!("{opening}{}{body}", if cards.len() > 1 { "\n\n" } else { " " }) }
}

fn lead(subject: &str, rng: &mut Rng) -> String {
    let lead = rng.word(&LEADS);
    if subject.is_empty() && lead.contains('{') {
        return String::new();
    }
    let subject = in_sentence(bare(subject));
    Template::new(lead).fill(|_| &subject)
}

fn single(card: &Card, rng: &mut Rng) -> String {
    let (wish, _) = FOLLOW_UPS.get(rng.below(FOLLOW_UPS.len())).copied().unwrap_or_default();
    let name = in_sentence(&card.name);
    let wish = Template::new(wish).fill(|_| &name);
    format!("{} {wish}", card.question.trim())
}

fn composed(cards: &[Card], rng: &mut Rng) -> String {
    let (worked, named) = cards.split_at(cards.len().min(MOST_WORKED));
    let mut parts: Vec<String> = worked.iter().map(|card| card.question.trim().to_owned()).collect();
    let mut tasks: Vec<usize> = (0..TASKS.len()).collect();
    rng.shuffle(&mut tasks);
    for (card, task) in named.iter().zip(tasks) {
        let name = in_sentence(&card.name);
        parts.push(Template::new(TASKS.get(task).map_or("", |(task, _)| task)).fill(|_| &name));
    }
    let names: Vec<String> = cards.iter().map(|card| in_sentence(&card.name)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let names = prose_list(&names);
    let (link, _) = LINKS.get(rng.below(LINKS.len())).copied().unwrap_or_default();
    parts.push(Template::new(link).fill(|_| &names));

    let (before, after) = MARKS.get(rng.below(MARKS.len())).copied().unwrap_or_default();
    let marked = parts.iter().zip('a'..).map(|(part, letter)| match before {
        "Part " => format!("{before}{}{after}{part}", letter.to_ascii_uppercase()),
        _ => format!("{before}{letter}{after}{part}"),
    });
    marked.collect::<Vec<_>>().join("\n\n")
}
