//! Whether a text is in the language that was asked for.
//!
//! Told from letters alone, so it is said only where it is plain: enough prose, a confident
//! verdict, and the same verdict for both halves. Formulas and code count for nothing.

use whatlang::{Lang, detect};

use super::text::Text;
use super::words::number;

/// Letters that a verdict needs; fewer say nothing about a language.
const ENOUGH: usize = 80;

/// The language that items should be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected(Lang);

impl Expected {
    /// The language of this name (`English`, `Deutsch`) or ISO 639 code (`eng`, `de`); `None` for one
    /// that cannot be told from its letters here, which is then not checked.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let wanted = name.trim().to_lowercase();
        let wanted = wanted.split(['-', '_', '(', ',']).next().unwrap_or_default().trim();
        let code = SHORT.iter().find(|(short, _)| *short == wanted).map_or(wanted, |(_, code)| code);
        let known = |lang: &&Lang| {
            lang.code() == code || lang.eng_name().to_lowercase() == wanted || lang.name().to_lowercase() == wanted
        };
        Lang::all().iter().find(known).copied().map(Self)
    }

    /// Its ISO 639 code: of two letters where it is one of the most common languages, else of three.
    #[must_use]
    pub fn code(self) -> &'static str {
        let short = SHORT.iter().find(|(_, code)| *code == self.0.code());
        short.map_or_else(|| self.0.code(), |(short, _)| short)
    }

    /// Whether one of `names` is about a language, as "German literature": homework on it may be in
    /// that language with every right.
    #[must_use]
    pub fn is_about_languages<'a>(mut names: impl Iterator<Item = &'a str>) -> bool {
        names.any(|name| {
            let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
            let is_language = |word: &str| {
                word == "Chinese" || Lang::all().iter().any(|lang| lang.eng_name().eq_ignore_ascii_case(word))
            };
            words.iter().enumerate().any(|(at, word)| {
                // Latin America is a place.
                let is_place = words.get(at + 1).is_some_and(|next| next.to_lowercase().starts_with("america"));
                is_language(word) && !is_place
            })
        })
    }

    /// The other language that `text` is plainly in.
    pub(super) fn is_missed_by(self, text: &Text<'_>) -> Option<&'static str> {
        let prose = text.prose();
        let (letters, signs) = if prose.is_ascii() {
            (letters(prose.as_bytes()), 0)
        } else {
            let letters = || prose.chars().filter(|c| c.is_alphabetic());
            // A sign of Chinese or Japanese says as much as several letters.
            (letters().count(), letters().filter(|c| *c >= '\u{2e80}').count())
        };
        if letters + 4 * signs < ENOUGH {
            return None;
        }
        let spoken = text.spoken();
        if self.0 == Lang::Eng && spoken.chunks(spoken.len().div_ceil(2).max(1)).any(is_plainly_english) {
            return None;
        }
        let middle = prose.floor_char_boundary(prose.len() / 2);
        let cut = prose[..middle].rfind(char::is_whitespace).unwrap_or(middle);
        let (first, second) = prose.split_at(cut);
        let whole = detect(prose).filter(|found| found.is_reliable() && found.lang() != self.0)?;
        let is_other = |half: &str| detect(half).is_none_or(|found| found.lang() != self.0);
        (is_other(first) && is_other(second)).then(|| whole.lang().eng_name())
    }
}

/// The letters of ASCII in a text, as far as they have to be counted: the compiler compares sixteen at once in a piece.
fn letters(text: &[u8]) -> usize {
    let (mut letters, mut pieces) = (0, text.chunks(64));
    while letters < ENOUGH
        && let Some(piece) = pieces.next()
    {
        letters += usize::from(piece.iter().map(|byte| u8::from(byte.is_ascii_alphabetic())).sum::<u8>());
    }
    letters
}

/// Whether these words have as many of the small ones of English among them as English has. It costs a twentieth of telling the
/// language.
fn is_plainly_english(words: &[u64]) -> bool {
    let found = words.iter().filter(|word| SMALL.contains(word)).count();
    found >= 4 && found * 9 >= words.len()
}

/// Small words of English.
const SMALL: [u64; 14] = [
    number(b"the"),
    number(b"and"),
    number(b"to"),
    number(b"that"),
    number(b"with"),
    number(b"for"),
    number(b"from"),
    number(b"by"),
    number(b"which"),
    number(b"how"),
    number(b"what"),
    number(b"this"),
    number(b"are"),
    number(b"when"),
];

/// Codes of two letters for the languages most often asked for.
const SHORT: [(&str, &str); 24] = [
    ("en", "eng"),
    ("de", "deu"),
    ("fr", "fra"),
    ("es", "spa"),
    ("it", "ita"),
    ("pt", "por"),
    ("nl", "nld"),
    ("sv", "swe"),
    ("da", "dan"),
    ("nb", "nob"),
    ("fi", "fin"),
    ("pl", "pol"),
    ("cs", "ces"),
    ("ro", "ron"),
    ("hu", "hun"),
    ("tr", "tur"),
    ("ru", "rus"),
    ("uk", "ukr"),
    ("ar", "ara"),
    ("hi", "hin"),
    ("ja", "jpn"),
    ("ko", "kor"),
    ("zh", "cmn"),
    ("vi", "vie"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_found_by_their_names_and_codes() {
        for (name, code) in [
            ("English", "eng"),
            ("english (British)", "eng"),
            ("en-GB", "eng"),
            ("Deutsch", "deu"),
            ("German", "deu"),
            ("zh", "cmn"),
            ("한국어", "kor"),
        ] {
            assert_eq!(Expected::named(name).map(|found| found.0.code()), Some(code), "{name}");
        }
        assert_eq!(Expected::named("Klingon"), None);
        assert_eq!(Expected::named(""), None);
    }

    #[test]
    fn subjects_about_languages_are_known_by_their_names() {
        assert!(Expected::is_about_languages(["Arts", "German literature"].into_iter()));
        assert!(Expected::is_about_languages(["Business Chinese"].into_iter()));
        assert!(!Expected::is_about_languages(["Germanium chemistry", "Languages"].into_iter()));
        assert!(!Expected::is_about_languages(["Latin American Urban Studies"].into_iter()));
        assert!(Expected::is_about_languages(["Latin Grammar"].into_iter()));
    }

    #[test]
    fn another_language_is_told_and_named() {
        let english = Expected::named("English").unwrap();
        for (text, other) in [
            (
                "Eine Linse mit einer Brennweite von zehn Zentimetern bildet einen Gegenstand ab, der fünfzehn \
                 Zentimeter vor ihr steht. Bestimmen Sie, wo das Bild entsteht und wie groß es ist.",
                "German",
            ),
            ("一个焦距为十厘米的凸透镜，物体位于透镜前方十五厘米处。求像的位置和放大率，并说明像的性质。", "Mandarin"),
            (
                "Собирающая линза с фокусным расстоянием десять сантиметров даёт изображение предмета, стоящего перед ней. \
              Найдите положение изображения и его увеличение.",
                "Russian",
            ),
        ] {
            assert_eq!(english.is_missed_by(&Text::new(text)), Some(other), "{text}");
        }
    }

    #[test]
    fn the_right_language_short_texts_and_foreign_words_pass() {
        let english = Expected::named("English").unwrap();
        for text in [
            "Warum?",
            "Translate into English and explain the grammar of this sentence: \"Der Hund, den ich gestern im Park \
             gesehen habe, gehört meiner Nachbarin.\" Say which case each noun is in, and why the verb stands last in \
             the relative clause.",
            "Let $f(x) = \\int_0^x e^{-t^2} dt$. Show that f is bounded and find its limit.",
            "```python\ndef quadrat(zahl):\n    ergebnis = zahl * zahl\n    return ergebnis\n```\nWhat does it return \
             for an argument of three?",
        ] {
            assert_eq!(english.is_missed_by(&Text::new(text)), None, "{text}");
        }
        let german = Expected::named("German").unwrap();
        let text = "A lens of focal length ten centimetres forms an image of an object that stands fifteen centimetres \
                    in front of it. Where is the image, and how large is it compared with the object?";
        assert_eq!(german.is_missed_by(&Text::new(text)), Some("English"));
        assert_eq!(english.is_missed_by(&Text::new(text)), None);
    }
}
