//! Looking for phrases in texts that people and models wrote.

use memchr::memmem;

/// Lower case, straight apostrophes, single spaces.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.trim_start().chars() {
        match c {
            '’' | '‘' => plain.push('\''),
            c if c.is_whitespace() && plain.ends_with(' ') => {}
            c if c.is_whitespace() => plain.push(' '),
            // Nearly all of them, and much cheaper.
            c if c.is_ascii() => plain.push(c.to_ascii_lowercase()),
            c => plain.extend(c.to_lowercase()),
        }
    }
    plain
}

/// Whether `phrase` occurs in `text` at all. Hundreds of phrases are looked for in each text, and what the standard library
/// prepares for each of them takes longer than the search.
pub(super) fn has(text: &str, phrase: &str) -> bool {
    memmem::find(text.as_bytes(), phrase.as_bytes()).is_some()
}

/// Whether `phrase` occurs in `text` as whole words.
pub(super) fn holds(text: &str, phrase: &str) -> bool {
    memmem::find_iter(text.as_bytes(), phrase).any(|at| {
        let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        !letter(text[..at].chars().next_back()) && !letter(text[at + phrase.len()..].chars().next())
    })
}

/// The first of `phrases` that occurs in `text` as whole words.
pub(super) fn first_held<'a>(text: &str, phrases: &[&'a str]) -> Option<&'a str> {
    phrases.iter().find(|phrase| holds(text, phrase)).copied()
}

/// The sentences of a text as lists of words in lower case, without the punctuation around them. A line end ends a
/// sentence unless the next line goes on in lower case, and so does a full stop that white space follows.
pub(super) fn sentences(text: &str) -> Vec<Vec<String>> {
    let mut sentences = Vec::new();
    let mut words: Vec<String> = Vec::new();
    for line in text.lines() {
        if !line.trim_start().starts_with(char::is_lowercase) {
            sentences.push(std::mem::take(&mut words));
        }
        for word in line.split_whitespace() {
            let plain = plain(word);
            let bare = plain.trim_matches(|c: char| !c.is_alphanumeric());
            if !bare.is_empty() {
                words.push(bare.to_owned());
            }
            let ends = word.trim_end_matches(['"', '\'', ')', '*', '_', '”', '’']).ends_with(['.', '!', '?', ';', ':']);
            if ends && !matches!(bare, "e.g" | "i.e" | "fig" | "no" | "vs" | "etc") {
                sentences.push(std::mem::take(&mut words));
            }
        }
    }
    sentences.push(words);
    sentences.retain(|words| !words.is_empty());
    sentences
}

/// The end of a text, for showing.
pub(super) fn tail(text: &str) -> String {
    let from = text.char_indices().rev().nth(29).map_or(0, |(at, _)| at);
    text[from..].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_found_as_whole_words() {
        assert!(holds(&plain("It’s  the\nend"), "it's the end"));
        assert!(!holds("formative", "form") && holds("its form.", "form"));
    }

    #[test]
    fn sentences_end_with_lines_and_stops_and_not_within_names_and_numbers() {
        let words = sentences("Load data.csv (see Fig. 2), then stop.\n- \"Take 3.5 kg; go!\"");
        let joined: Vec<String> = words.iter().map(|words| words.join(" ")).collect();
        assert_eq!(joined, ["load data.csv see fig 2 then stop", "take 3.5 kg", "go"]);
    }
}
