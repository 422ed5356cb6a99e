//! Replies that are no question and no answer, in polite words.

use super::text::Text;
use super::topics::Topic;
use super::words::{Phrases, begins};

/// Ways to begin that decline, in lower case and with straight apostrophes.
static REFUSALS: Phrases = Phrases::new(&[
    "i'm sorry, but i can",
    "i'm sorry, i can",
    "i am sorry, but i can",
    "i am sorry, i can",
    "i'm sorry, but i'm ",
    "i'm sorry, but i am ",
    "i'm sorry, but as an",
    "i apologize, but i",
    "i apologise, but i",
    "my apologies, but i",
    "sorry, but i can",
    "sorry, i can",
    "unfortunately, i can",
    "unfortunately, i'm unable",
    "unfortunately, i am unable",
    "i cannot help with",
    "i can't help with",
    "i cannot assist with",
    "i can't assist with",
    "i cannot fulfill",
    "i can't fulfill",
    "i cannot comply",
    "i must decline",
    "i won't be able to",
    "i'm unable to",
    "i am unable to",
    "i'm not able to help",
    "i am not able to",
    "i cannot provide",
    "as an ai language model",
    "as a large language model",
    "as an ai, i",
    "es tut mir leid, aber ich kann",
    "tut mir leid, aber",
    "je suis désolé, mais je ne peux",
    "lo siento, pero no puedo",
    "mi dispiace, ma non posso",
    "desculpe, mas não posso",
    "извините, но я не могу",
    "к сожалению, я не могу",
    "عذرا، لا أستطيع",
    "对不起，我不能",
    "对不起，我无法",
    "抱歉，我不能",
    "抱歉，我无法",
    "很抱歉，我无法",
    "申し訳ありませんが",
    "申し訳ございませんが",
    "죄송하지만",
    "죄송합니다만",
]);

/// What an answer says of itself early on.
static MACHINES: Phrases = Phrases::new(&[
    "as an ai language model, i",
    "as a large language model, i",
    "i'm just an ai",
    "i am only a language model",
]);

/// What a text is looked through for before it is looked at.
pub(super) fn phrases() -> [(Topic, &'static [&'static str]); 2] {
    [(Topic::Machines, MACHINES.list()), (Topic::Unknown, SHOUTS.list())]
}

/// How the text declines.
pub(super) fn refusal(text: &Text<'_>, is_answer: bool) -> Option<String> {
    let lower = text.lower();
    if let Some(phrase) = REFUSALS.begins(lower) {
        return Some(format!("It begins with \"{phrase}\"."));
    }
    let may_say = is_answer && text.topics().has(Topic::Machines);
    let phrase = may_say.then(|| MACHINES.held(&lower[..lower.floor_char_boundary(400)]))??;
    Some(format!("It says \"{phrase}\"."))
}

/// Ways to begin that say there is no answer.
const UNKNOWN: [&str; 22] = [
    "i do not know",
    "i don't know",
    "i'm not sure how to answer",
    "i am not sure how to answer",
    "i have no idea",
    "i do not have enough information",
    "i don't have enough information",
    "there is not enough information to answer",
    "das weiß ich nicht",
    "ich weiß es nicht",
    "ich weiß nicht",
    "je ne sais pas",
    "no lo sé",
    "non lo so",
    "не знаю",
    "я не знаю",
    "我不知道",
    "わかりません",
    "分かりません",
    "잘 모르겠습니다",
    "모르겠습니다",
    "لا أعرف",
];

/// What a prompt may offer as a way out.
static SHOUTS: Phrases = Phrases::new(&["DO NOT KNOW", "DON'T KNOW", "DON’T KNOW"]);

/// How an answer says that it is none. A prompt that offers `DO NOT KNOW` as a way out gets it anywhere in the text.
pub(super) fn do_not_know(text: &Text<'_>) -> Option<String> {
    let may_shout = text.topics().has(Topic::Unknown);
    if let Some(shout) = may_shout.then(|| SHOUTS.held(&text.blocks().outside)).flatten() {
        return Some(format!("It contains \"{shout}\"."));
    }
    let lower = text.said();
    let begins = UNKNOWN
        .iter()
        .filter(|phrase| begins(lower, phrase))
        .find(|phrase| !phrase.is_ascii() || !lower[phrase.len()..].starts_with(char::is_alphanumeric))?;
    Some(format!("It begins with \"{begins}\"."))
}
