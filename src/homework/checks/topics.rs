//! What a text may have to do with, told in one pass over it, so that a text with nothing to find costs no more than that.

use std::sync::OnceLock;

use super::words::plain;
use super::{leak, needs, refusal};

/// A group of phrases that are looked for together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    /// Marks of prompts and templates.
    Marks,
    /// Instructions of prompts, in any script.
    Instructions,
    /// A limit in tokens.
    Tokens,
    /// The question itself, which praise names.
    Question,
    /// The lesson and the course, and what else is elsewhere.
    Elsewhere,
    /// What to hand something in as.
    Formats,
    /// Words that a question needs to want something that it does not contain.
    Wants,
    /// A file.
    Files,
    /// What an answer says that its question lacks.
    Lacks,
    /// What an answer says that is none.
    Unknown,
    /// What a machine says of itself.
    Machines,
}

/// The topics that a text may have to do with: at least those whose phrases it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Topics(u16);

impl Topics {
    /// Those of a text in its [`plain`] form.
    pub fn of(plain: &str) -> Self {
        static SCREEN: OnceLock<Screen> = OnceLock::new();
        SCREEN.get_or_init(Screen::new).look(plain)
    }

    pub fn has(self, topic: Topic) -> bool {
        self.0 & 1 << topic as u16 != 0
    }
}

/// The phrases of all topics, found by three bytes of each: a word begins there, or a sign stands there. So a text is looked
/// through from word to word, which takes a third of what an automaton takes that goes from letter to letter.
struct Screen {
    /// For each hash of three bytes the number of a group.
    heads: Vec<u16>,
    /// Phrases whose three bytes have the same hash; none in the first.
    groups: Vec<Vec<Phrase>>,
}

/// A phrase that is looked for.
struct Phrase {
    text: String,
    /// The place of the three bytes by which it is found.
    hook: usize,
    topic: Topic,
}

impl Phrase {
    /// Hangs it on its longest word but the first, before which other letters may stand, if there is another.
    fn new(text: String, topic: Topic) -> Self {
        let bytes = text.as_bytes();
        let is_inner = |at: &usize| *at > 0 || !bytes[0].is_ascii_alphanumeric();
        let length = |at: usize| bytes[at..].iter().take_while(|byte| !is_sign(**byte)).count();
        let places = || (0..bytes.len().saturating_sub(2)).filter(|at| is_hook(bytes, *at));
        let hook = places().filter(is_inner).max_by_key(|at| length(*at)).or(places().next()).unwrap_or_default();
        Self { text, hook, topic }
    }

    /// Whether it stands in a text so that it is found at a place.
    fn stands(&self, text: &[u8], at: usize) -> bool {
        at.checked_sub(self.hook).is_some_and(|from| text[from..].starts_with(self.text.as_bytes()))
    }
}

/// Whether a text that was made plain is looked at there.
fn is_hook(text: &[u8], at: usize) -> bool {
    text[at] != b' ' && (is_sign(text[at]) || at == 0 || is_sign(text[at - 1]))
}

/// Whether a byte of a plain text is neither letter nor digit of ASCII.
fn is_sign(byte: u8) -> bool {
    !matches!(byte, b'a'..=b'z' | b'0'..=b'9')
}

/// The hash of three bytes.
fn head([one, two, three]: [u8; 3]) -> usize {
    (u32::from_le_bytes([one, two, three, 0]).wrapping_mul(0x9e37_79b1) >> 20) as usize
}

impl Screen {
    fn new() -> Self {
        let mut screen = Self { heads: vec![0; 1 << 12], groups: vec![Vec::new()] };
        for (text, topic) in phrases() {
            let phrase = Phrase::new(text, topic);
            let Some(three) = phrase.text.as_bytes()[phrase.hook..].first_chunk() else { continue };
            let group = &mut screen.heads[head(*three)];
            if *group == 0 {
                *group = screen.groups.len() as u16;
                screen.groups.push(Vec::new());
            }
            screen.groups[usize::from(*group)].push(phrase);
        }
        screen
    }

    fn look(&self, text: &str) -> Topics {
        let mut found = 0;
        each_hook(text.as_bytes(), |at, three| {
            let group = self.heads[head(three)];
            if group != 0 {
                let here = self.groups[usize::from(group)].iter().filter(|phrase| phrase.stands(text.as_bytes(), at));
                found |= here.fold(0, |found, phrase| found | 1 << phrase.topic as u16);
            }
        });
        Topics(found)
    }
}

/// Names the places that [`is_hook`] says, with the three bytes that stand there; blanks stand behind the text. Eight bytes are
/// compared at a time: of each the highest bit tells.
fn each_hook(text: &[u8], mut each: impl FnMut(usize, [u8; 3])) {
    const EACH: u64 = u64::MAX / 255;
    const HIGHEST: u64 = EACH << 7;
    let mut bytes = Vec::with_capacity(text.len() + 10);
    bytes.extend_from_slice(text);
    bytes.extend([b' '; 10]);
    let mut behind = 0;
    for (number, eight) in bytes.as_chunks().0.iter().enumerate() {
        let eight = u64::from_le_bytes(*eight);
        let low = eight & !HIGHEST;
        let from = |least: u8| low + EACH * u64::from(0x80 - least);
        let letters = (from(b'a') & !from(b'z' + 1)) | (from(b'0') & !from(b'9' + 1));
        let letters = letters & !eight & HIGHEST;
        let others = ((low ^ (EACH * u64::from(b' '))) + !HIGHEST) | eight;
        let mut hooks = others & HIGHEST & !(letters & ((letters << 8) | behind));
        behind = letters >> 56;
        while hooks != 0 {
            let at = 8 * number + hooks.trailing_zeros() as usize / 8;
            hooks &= hooks - 1;
            if let Some(three) = bytes[at..].first_chunk() {
                each(at, *three);
            }
        }
    }
}

fn phrases() -> impl Iterator<Item = (String, Topic)> {
    let lists = leak::phrases().into_iter().chain(needs::phrases()).chain(refusal::phrases());
    let files = needs::endings().map(|ending| (ending, Topic::Files));
    lists.flat_map(|(topic, list)| list.iter().map(move |phrase| (plain(phrase), topic))).chain(files)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_text_with_a_phrase_has_to_do_with_its_topic(
            (phrase, topic) in proptest::sample::select(phrases().collect::<Vec<_>>()),
            before in "([a-z]{0,4}[ .\"(é’\n]{1,2}){0,3}",
            after in "(s?[ .)é\n]{1,2}[a-zA-Z]{0,4}){0,3}",
        ) {
            let text = plain(&format!("{before}{phrase}{after}"));
            prop_assert!(Topics::of(&text).has(topic), "{text}");
        }

        #[test]
        fn a_text_has_to_do_with_what_it_holds_and_with_nothing_else(
            parts in prop::collection::vec(
                prop_oneof![proptest::sample::select(phrases().map(|(phrase, _)| phrase).collect::<Vec<_>>()), "[a-zé ._]{0,4}"],
                0..8,
            ),
        ) {
            let text = plain(&parts.concat());
            let mut topics = 0;
            for (phrase, topic) in phrases() {
                // One word that is plain letters is none at the end of another.
                let is_word = phrase.bytes().all(|byte| !is_sign(byte));
                let inside = |at: usize| at.checked_sub(1).is_some_and(|before| !is_sign(text.as_bytes()[before]));
                if text.match_indices(&phrase).any(|(at, _)| !(is_word && inside(at))) {
                    topics |= 1 << topic as u16;
                }
            }
            prop_assert_eq!(Topics::of(&text), Topics(topics), "{}", text);
        }
    }

    proptest! {
        #[test]
        fn hooks_are_found_eight_bytes_at_a_time(text in "[az09`{/: .\u{0}\u{7f}é量A\u{a0}]{0,30}") {
            let mut found = Vec::new();
            each_hook(text.as_bytes(), |at, three| found.push((at, three)));
            let padded = format!("{text}   ");
            let three = |at: usize| *padded.as_bytes()[at..].first_chunk().unwrap();
            let hooks = (0..text.len()).filter(|at| is_hook(text.as_bytes(), *at)).map(|at| (at, three(at)));
            prop_assert_eq!(found, hooks.collect::<Vec<_>>());
        }
    }

    #[test]
    fn every_phrase_of_several_words_is_found_behind_other_letters() {
        for phrase in phrases().map(|(text, topic)| Phrase::new(text, topic)) {
            let bytes = phrase.text.as_bytes();
            assert!(bytes.len() >= phrase.hook + 3 && is_hook(bytes, phrase.hook), "{}", phrase.text);
            let is_one_word = bytes.iter().all(|byte| !is_sign(*byte));
            assert!(is_one_word || phrase.hook > 0 || is_sign(bytes[0]), "{}", phrase.text);
        }
    }

    #[test]
    fn a_text_about_other_things_has_no_topic() {
        let text = "A lens of focal length 10 cm forms an image on a screen. Where does it stand?";
        assert_eq!(Topics::of(&plain(text)), Topics(1 << Topic::Wants as u16), "only because of \"image\"");
        assert_eq!(Topics::of("how suitable is a paragraph?"), Topics(0));
    }
}
