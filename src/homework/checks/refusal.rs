//! Replies that are no question and no answer, in polite words.

use super::prose::blocks;
use super::words::{holds, plain};

/// Ways to begin that decline, in lower case and with straight apostrophes.
const REFUSALS: [&str; 41] = [
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
];

/// The same in scripts without blanks, where words do not end.
const FOREIGN: [&str; 9] = [
    "对不起，我不能",
    "对不起，我无法",
    "抱歉，我不能",
    "抱歉，我无法",
    "很抱歉，我无法",
    "申し訳ありませんが",
    "申し訳ございませんが",
    "죄송하지만",
    "죄송합니다만",
];

/// How the text declines.
pub(super) fn refusal(text: &str, is_answer: bool) -> Option<String> {
    let lower = plain(text.get(..text.floor_char_boundary(400)).unwrap_or(text));
    let begins = REFUSALS.iter().chain(&FOREIGN).find(|phrase| lower.starts_with(**phrase));
    if let Some(phrase) = begins {
        return Some(format!("It begins with \"{phrase}\"."));
    }
    let within =
        ["as an ai language model, i", "as a large language model, i", "i'm just an ai", "i am only a language model"];
    let phrase = within.iter().find(|phrase| is_answer && holds(&lower, phrase))?;
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

/// How an answer says that it is none. A prompt that offers `DO NOT KNOW` as a way out gets it anywhere in the text.
pub(super) fn do_not_know(text: &str) -> Option<String> {
    let outside = blocks(text).outside;
    if let Some(shout) = ["DO NOT KNOW", "DON'T KNOW", "DON’T KNOW"].iter().find(|shout| holds(&outside, shout)) {
        return Some(format!("It contains \"{shout}\"."));
    }
    let lower = plain(text);
    let lower = lower.trim_start_matches(|c: char| !c.is_alphanumeric());
    let begins = UNKNOWN.iter().find(|phrase| {
        lower.strip_prefix(**phrase).is_some_and(|rest| !phrase.is_ascii() || !rest.starts_with(char::is_alphanumeric))
    })?;
    Some(format!("It begins with \"{begins}\"."))
}
