//! What a text may have to do with, told in one pass over it, so that a text with nothing to find costs no more than that.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

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

/// The phrases of all topics as one automaton.
struct Screen {
    automaton: Option<AhoCorasick>,
    topics: Vec<Topic>,
}

impl Screen {
    fn new() -> Self {
        let (phrases, topics): (Vec<String>, Vec<Topic>) = phrases().unzip();
        // The largest kind and the fastest: a step a byte, whatever the phrases are.
        let automaton = AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).build(phrases).ok();
        Self { automaton, topics }
    }

    fn look(&self, text: &str) -> Topics {
        let Some(automaton) = &self.automaton else { return Topics(u16::MAX) };
        // To know that there is none takes half of the time.
        if !automaton.is_match(text) {
            return Topics(0);
        }
        let mut found = 0;
        for hit in automaton.find_overlapping_iter(text) {
            let Some(topic) = self.topics.get(hit.pattern().as_usize()) else { continue };
            // A word that only ends like "table" wants nothing.
            let inside = || hit.start().checked_sub(1).is_some_and(|at| text.as_bytes()[at].is_ascii_alphanumeric());
            if *topic != Topic::Wants || !inside() {
                found |= 1 << *topic as u16;
            }
        }
        Topics(found)
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
    }

    #[test]
    fn a_text_about_other_things_has_no_topic() {
        let text = "A lens of focal length 10 cm forms an image on a screen. Where does it stand?";
        assert_eq!(Topics::of(&plain(text)), Topics(1 << Topic::Wants as u16), "only because of \"image\"");
        assert_eq!(Topics::of("how suitable is a paragraph?"), Topics(0));
    }
}
