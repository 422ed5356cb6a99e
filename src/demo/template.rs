//! Texts with named gaps, such as `Calibration for {focus}`: filling them, and finding them filled in other text.

use super::text::{capitalised, spans};

/// How many words in a row make a text recognisable.
pub const ANCHOR: usize = 4;

/// A text with gaps in curly braces.
#[derive(Debug, Clone)]
pub struct Template {
    /// The text around the gaps; one more than there are gaps.
    pieces: Vec<String>,
    /// The names of the gaps.
    gaps: Vec<String>,
    /// Which piece is looked for first: the longest one.
    longest: usize,
    /// Where in that piece its first word starts, in bytes.
    lead: usize,
}

/// A place in a text where a template stands filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled<'t> {
    /// Byte offset of its start.
    pub start: usize,
    /// Byte offset after its end.
    pub end: usize,
    /// The gaps' contents, in order.
    pub gaps: Vec<&'t str>,
}

impl Template {
    /// Reads a template. Braces that hold something other than a lower-case word are ordinary text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut pieces = vec![String::new()];
        let mut gaps = Vec::new();
        let mut rest = text;
        while let Some((before, gap, after)) = next_gap(rest) {
            if let Some(piece) = pieces.last_mut() {
                piece.push_str(before);
            }
            gaps.push(gap.to_owned());
            pieces.push(String::new());
            rest = after;
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push_str(rest);
        }
        Self::of(pieces, gaps)
    }

    /// A template without gaps.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        Self::of(vec![text.to_owned()], Vec::new())
    }

    fn of(pieces: Vec<String>, gaps: Vec<String>) -> Self {
        let longest = (0..pieces.len()).max_by_key(|number| pieces[*number].len()).unwrap_or(0);
        let lead = pieces.get(longest).and_then(|piece| piece.find(char::is_alphanumeric)).unwrap_or(0);
        Self { pieces, gaps, longest, lead }
    }

    /// The words that announce the template in a text, or `None` when it has no piece of [`ANCHOR`] words.
    #[must_use]
    pub fn anchor(&self) -> Option<Vec<String>> {
        let words = spans(self.pieces.get(self.longest)?);
        let anchor: Vec<String> = words.into_iter().take(ANCHOR).map(|span| span.word).collect();
        (anchor.len() == ANCHOR).then_some(anchor)
    }

    /// The filled template in `text` whose anchor starts at byte `at`.
    #[must_use]
    pub fn found<'t>(&self, text: &'t str, at: usize) -> Option<Filled<'t>> {
        let longest = self.pieces.get(self.longest)?;
        let start_of_longest = at.checked_sub(self.lead)?;
        if !text.get(start_of_longest..)?.starts_with(longest.as_str()) {
            return None;
        }
        let mut gaps = Vec::with_capacity(self.gaps.len());
        let mut start = start_of_longest;
        for piece in self.pieces[..self.longest].iter().rev() {
            let from = text.get(..start)?.rfind(piece.as_str()).filter(|_| !piece.is_empty());
            let from = from.or(piece.is_empty().then_some(line_start(text, start)))?;
            gaps.push(text.get(from + piece.len()..start)?);
            start = from;
        }
        gaps.reverse();
        let mut end = start_of_longest + longest.len();
        for piece in &self.pieces[self.longest + 1..] {
            let gap = match piece.as_str() {
                "" => text.len() - end,
                piece => text.get(end..)?.find(piece)?,
            };
            gaps.push(text.get(end..end + gap)?);
            end += gap + piece.len();
        }
        Some(Filled { start, end, gaps })
    }

    /// The content of the only gap if `text` is this template filled and nothing else, in any case.
    #[must_use]
    pub fn exact<'t>(&self, text: &'t str) -> Option<&'t str> {
        let [before, after] = self.pieces.as_slice() else {
            return None;
        };
        let end = text.len().checked_sub(after.len())?;
        let same = |part: Option<&str>, piece: &str| part.is_some_and(|part| part.eq_ignore_ascii_case(piece));
        let fits = same(text.get(..before.len()), before) && same(text.get(end..), after);
        text.get(before.len()..end).filter(|gap| fits && !gap.is_empty())
    }

    /// The text with every gap filled by `fill`, which gets the gap's name.
    #[must_use]
    pub fn fill<'v>(&self, fill: impl Fn(&str) -> &'v str) -> String {
        let mut filled = String::new();
        for (number, piece) in self.pieces.iter().enumerate() {
            filled.push_str(piece);
            if let Some(gap) = self.gaps.get(number) {
                let value = fill(gap);
                if filled.is_empty() {
                    filled.push_str(&capitalised(value));
                } else {
                    filled.push_str(value);
                }
            }
        }
        filled
    }
}

/// `text` with the gap `{name}` filled, at its start with a capital.
#[must_use]
pub fn fill(text: &str, name: &str, value: &str) -> String {
    Template::new(text).fill(|gap| if gap == name { value } else { "" })
}

fn next_gap(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(open) = text[from..].find('{').map(|at| at + from) {
        let close = text[open..].find('}').map(|at| at + open)?;
        let name = &text[open + 1..close];
        if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return Some((&text[..open], name, &text[close + 1..]));
        }
        from = open + 1;
    }
    None
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_filled_is_found_again() {
        let template = Template::new("In {focus} a load of 200 N is held near the spine. Compare {what}, please.");
        let values = |gap: &str| {
            if gap == "focus" { "joinery, and more" } else { "both" }
        };
        let text = format!("Some lead.\n{} And more.", template.fill(values));
        let at = text.find("a load of").unwrap();
        let found = template.found(&text, at).unwrap();
        assert_eq!(found.gaps, ["joinery, and more", "both"]);
        assert_eq!(&text[found.start..found.end], template.fill(values));
        assert_eq!(template.found(&text, at + 2), None);
        assert_eq!(template.anchor().unwrap(), ["a", "load", "of", "200"]);
    }

    #[test]
    fn sets_are_not_gaps() {
        let template = Template::new("The classes are {4, 8, 12} and {N}.");
        assert_eq!(template.fill(|_| "?"), "The classes are {4, 8, 12} and {N}.");
    }

    #[test]
    fn names_are_taken_apart() {
        let template = Template::new("Calibration for {focus}");
        assert_eq!(template.exact("calibration for photonic crystals"), Some("photonic crystals"));
        assert_eq!(template.exact("Calibration for "), None);
        assert_eq!(template.exact("Größe"), None);
        assert_eq!(fill("{focus} at work", "focus", "optics"), "Optics at work");
    }
}
