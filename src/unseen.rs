//! What of a text does not show: one definition for screens, pipes, prompts and reports of a panic.
//!
//! Control characters, direction overrides, zero-width and filling characters, tags, variation selectors and joiners
//! where nothing asks for them, marks piled up beyond any spelling. Arabic and Hebrew letters, emoji joined by ZWJ and
//! scripts that need ZWNJ stay as they are. What to do about the rest is for whoever asks.

use unicode_normalization::char::is_combining_mark;

/// How many combining marks on one base, or joined emoji, are still somebody's spelling.
const MOST: usize = 8;

/// Goes through a text from its beginning and says of each character whether it shows.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    /// What stands before, of what shows.
    before: Option<char>,
    /// Marks since the last base.
    marks: usize,
    /// Joiners since the last thing that was not joined.
    joined: usize,
}

impl Watch {
    /// Whether `c` shows after what was seen so far. What does not show counts as left out.
    pub fn shows(&mut self, c: char) -> bool {
        if c.is_ascii() {
            let shows = !c.is_ascii_control() || matches!(c, '\n' | '\t');
            if shows {
                *self = Self { before: Some(c), marks: 0, joined: 0 };
            }
            return shows;
        }
        let piles_up = is_combining_mark(c) || matches!(c, '\u{1160}'..='\u{11ff}' | '\u{d7b0}'..='\u{d7ff}');
        let before = self.before.unwrap_or(' ');
        let shows = match c {
            '\u{200c}' => spells_with_joiners(before),
            '\u{200d}' => {
                (spells_with_joiners(before) || is_emoji(before) || before == '\u{fe0f}') && self.joined < MOST
            }
            '\u{fe0e}' | '\u{fe0f}' => is_emoji(before) || before.is_ascii_digit() || matches!(before, '#' | '*'),
            '\u{fe00}'..='\u{fe0d}' => has_variants(before),
            '\u{e0100}'..='\u{e01ef}' => is_ideograph(before),
            c => !(is_unseen(c) || piles_up && self.marks >= MOST),
        };
        if shows {
            self.marks = if piles_up { self.marks + 1 } else { 0 };
            self.joined = match c {
                '\u{200d}' => self.joined + 1,
                '\u{fe0e}' | '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' => self.joined,
                _ if before == '\u{200d}' => self.joined,
                _ => 0,
            };
            self.before = Some(c);
        }
        shows
    }

    /// Something else was put in the place of what does not show. Marks that pile up further do not count anew.
    pub fn replaced(&mut self) {
        (self.before, self.joined) = (None, 0);
    }
}

/// Whether `c` shows wherever it stands: the letters, signs and punctuation that nearly all texts are made of. What is not
/// among them may show as well; [`Watch`] says.
#[must_use]
pub fn always_shows(c: char) -> bool {
    matches!(c,
        '\n' | '\t' | ' '..='~' | '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{2ff}' | '\u{370}'..='\u{482}' | '\u{48a}'..='\u{58f}'
        | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '\u{2070}'..='\u{20cf}' | '\u{2100}'..='\u{27ff}'
        | '\u{3001}'..='\u{3029}' | '\u{3041}'..='\u{3096}' | '\u{309b}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}')
}

/// Characters that show nothing wherever they stand: controls, what Unicode calls default ignorable, fillers and blanks that are
/// letters or signs, line and paragraph separators, marks of annotation, and what is no character at all.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}'
            | '\u{3164}' | '\u{fdd0}'..='\u{fdef}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{13430}'..='\u{1345f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d159}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
        || u32::from(c) & 0xfffe == 0xfffe
}

/// Scripts that cannot be spelled without the joiners: Arabic, Syriac, those of India and South-East Asia, Mongolian.
fn spells_with_joiners(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{109f}' | '\u{1780}'..='\u{18af}' | '\u{fb50}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fdff}'
        | '\u{fe70}'..='\u{fefc}' | '\u{a840}'..='\u{abff}' | '\u{11000}'..='\u{11fff}')
}

/// Signs that may be drawn as pictures, and what such a sign may end with.
fn is_emoji(c: char) -> bool {
    matches!(c, '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{20e3}' | '\u{2122}' | '\u{2139}' | '\u{2190}'..='\u{27ff}'
        | '\u{2900}'..='\u{2bff}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}' | '\u{1f000}'..='\u{1faff}')
}

/// Characters that have standardised variants beside text and picture.
fn has_variants(c: char) -> bool {
    is_ideograph(c)
        || matches!(c, '\u{1000}'..='\u{109f}' | '\u{2200}'..='\u{22ff}' | '\u{2a00}'..='\u{2aff}' | '\u{3000}'..='\u{303f}'
            | '\u{a840}'..='\u{a877}' | '\u{aa60}'..='\u{aa7f}' | '\u{ff01}'..='\u{ff60}' | '\u{13000}'..='\u{1342f}')
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let mut watch = Watch::default();
        text.chars().filter(|c| watch.shows(*c)).collect()
    }

    #[test]
    fn what_always_shows_shows_after_anything() {
        let states = [
            "",
            "a",
            "\u{64b}",
            "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
            "👩\u{200d}",
            "क\u{94d}\u{200d}",
        ];
        let states = states.map(|text| {
            let mut watch = Watch::default();
            text.chars().for_each(|c| assert!(watch.shows(c), "{c:?}"));
            watch
        });
        for c in ('\0'..=char::MAX).filter(|c| always_shows(*c)) {
            assert!(states.iter().all(|watch| watch.clone().shows(c)), "{c:?}");
        }
    }

    #[test]
    fn what_people_write_shows_whole() {
        let family = "👩\u{200d}👩\u{200d}👧\u{200d}👦";
        for text in [
            "naïve ∇²φ — 量子",
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "नेपाली",
            "👩🏽\u{200d}🔬 lab",
            family,
            "1\u{fe0f}\u{20e3}",
            "❤\u{fe0f}",
            "葛\u{e0100}城",
            "≩\u{fe00}",
            "한국어 \u{1112}\u{1161}\u{11ab}",
            "Ph\u{302}o\u{309}",
            "a\tb\n",
        ] {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn bytes_cannot_be_hidden_behind_a_picture_or_a_letter() {
        // Variation selectors and joiners in a row say whatever one likes and show nothing.
        let bytes: String = (0xe0100..0xe0200_u32).filter_map(char::from_u32).collect();
        assert_eq!(shown(&format!("😀{bytes}")), "😀");
        assert_eq!(shown("葛\u{e0100}\u{e0101}\u{e0102}"), "葛\u{e0100}");
        assert_eq!(shown("😀\u{fe0f}\u{fe0e}\u{fe00}"), "😀\u{fe0f}");
        assert_eq!(shown("a\u{200c}b"), "ab");
        assert_eq!(shown("é\u{200d}\u{200c}é\u{200d}"), "éé");
        assert_eq!(shown("ن\u{200c}\u{200d}\u{200c}ن"), "ن\u{200c}ن");
    }

    #[test]
    fn piles_end() {
        assert_eq!(shown(&format!("a{}", "\u{301}".repeat(1_000))).chars().count(), 9);
        assert_eq!(shown(&format!("\u{1100}{}", "\u{1161}".repeat(1_000))).chars().count(), 9);
        let chain = format!("👩{}", "\u{200d}👩".repeat(1_000));
        assert!(shown(&chain).split('👩').all(|joiner| joiner.len() <= 3), "one between two");
        assert!(!shown(&chain).contains(&"\u{200d}👩".repeat(9)), "it is broken up");
    }
}
