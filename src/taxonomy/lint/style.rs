//! How a name is written, judged by what its siblings mostly do: capitals, singular or plural. No
//! fixed rule: where siblings differ among themselves, nothing is said.

use std::collections::HashMap;

/// How many siblings must show a style before another one deserves a look.
const ENOUGH: usize = 4;
/// How many siblings must end in the same noun.
const SAME_NOUN: usize = 3;

/// Words that stay small in a title.
const SMALL: [&str; 27] = [
    "a", "an", "and", "as", "at", "but", "by", "for", "from", "in", "into", "nor", "of", "on", "or", "over", "per",
    "the", "through", "to", "under", "upon", "versus", "via", "vs", "with", "within",
];

/// How the words after the first are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Title,
    Sentence,
}

/// The words that show it: after the first, of letters only, no acronyms, no small words.
fn telling(name: &str) -> impl Iterator<Item = &str> {
    name.split_whitespace().skip(1).map(bare).filter(|word| {
        let mut letters = word.chars();
        let first = letters.next();
        first.is_some_and(|first| first.is_uppercase() || first.is_lowercase())
            && word.chars().count() > 2
            && letters.all(|c| c.is_alphabetic() && !c.is_uppercase())
            && !is_small(word)
    })
}

fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

fn is_small(word: &str) -> bool {
    if word.is_ascii() {
        return SMALL.iter().any(|small| small.eq_ignore_ascii_case(word));
    }
    SMALL.contains(&word.to_lowercase().as_str())
}

fn is_capital(word: &str) -> bool {
    word.starts_with(char::is_uppercase)
}

fn case_of(name: &str) -> Option<Case> {
    let (mut capitals, mut others) = (false, false);
    for word in telling(name) {
        if is_capital(word) { capitals = true } else { others = true }
    }
    match (capitals, others) {
        (true, false) => Some(Case::Title),
        (false, true) => Some(Case::Sentence),
        _ => None,
    }
}

/// A name's last noun: its singular, the form it has, and whether that is the plural.
fn noun(name: &str) -> Option<(String, String, bool)> {
    if name.contains(['&', ',', '(', ':', '/']) || !name.contains(' ') {
        return None;
    }
    let words: Vec<&str> = name.split_whitespace().collect();
    if words.iter().any(|word| is_small(word) || word.eq_ignore_ascii_case("and")) {
        return None;
    }
    let word = words.last().filter(|word| word.len() > 3 && word.bytes().all(|b| b.is_ascii_alphabetic()))?;
    let form = word.to_lowercase();
    let singular = singular(&form);
    let is_plural = singular != form;
    Some((singular, form, is_plural))
}

/// English only, and careful: "physics", "news" and "analysis" are no plurals.
fn singular(word: &str) -> String {
    if ["series", "species", "news", "lens"].contains(&word) {
        return word.to_owned();
    }
    let endings = [("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("shes", "sh"), ("xes", "x")];
    if let Some((end, one)) = endings.iter().find(|(end, _)| word.len() > 5 && word.ends_with(end)) {
        return format!("{}{one}", &word[..word.len() - end.len()]);
    }
    let is_single = ["ss", "us", "is", "ics"].iter().any(|end| word.ends_with(end));
    match word.strip_suffix('s') {
        Some(one) if !is_single => one.to_owned(),
        _ => word.to_owned(),
    }
}

/// The styles of a group of names.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Styles {
    title: usize,
    sentence: usize,
    /// Words with a capital where sentence case would have none: "Monte Carlo methods".
    proper: HashMap<String, usize>,
    /// For a singular noun: how many names end in it, in its plural, and the plural.
    nouns: HashMap<String, (usize, usize, String)>,
}

impl Styles {
    /// Counts a name in.
    pub(super) fn add(&mut self, name: &str) {
        match case_of(name) {
            Some(Case::Title) => self.title += 1,
            Some(Case::Sentence) => self.sentence += 1,
            None => self.add_proper(telling(name)),
        }
        if let Some((singular, form, is_plural)) = noun(name) {
            let (ones, many, plural) = self.nouns.entry(singular).or_default();
            if is_plural {
                *many += 1;
                *plural = form;
            } else {
                *ones += 1;
            }
        }
    }

    /// Takes the capitals of the parent's name as those of proper names.
    pub(super) fn add_parent(&mut self, name: &str) {
        self.add_proper(name.split_whitespace().map(bare));
    }

    fn add_proper<'w>(&mut self, words: impl Iterator<Item = &'w str>) {
        for word in words.filter(|word| is_capital(word)) {
            *self.proper.entry(word.to_lowercase()).or_default() += 1;
        }
    }

    /// Counts a name out that was counted in.
    pub(super) fn remove(&mut self, name: &str) {
        match case_of(name) {
            Some(Case::Title) => self.title -= 1,
            Some(Case::Sentence) => self.sentence -= 1,
            None => {
                for word in telling(name).filter(|word| is_capital(word)).map(str::to_lowercase) {
                    if let Some(count) = self.proper.get_mut(&word) {
                        *count -= 1;
                    }
                }
                self.proper.retain(|_, count| *count > 0);
            }
        }
        if let Some((singular, _, is_plural)) = noun(name)
            && let Some((ones, many, _)) = self.nouns.get_mut(&singular)
        {
            *(if is_plural { &mut *many } else { &mut *ones }) -= 1;
            if (*ones, *many) == (0, 0) {
                self.nouns.remove(&singular);
            }
        }
    }

    /// Whether anything can be said at all.
    pub(super) fn is_telling(&self) -> bool {
        self.title + self.sentence >= ENOUGH
    }

    /// How the others are written, and this name written so; `None` where it is, or where they do
    /// not agree. `counted`: whether the name itself was counted in.
    pub(super) fn other_case(&self, name: &str, counted: bool) -> Option<(&'static str, String)> {
        let case = case_of(name)?;
        let (same, other) = match case {
            Case::Title => (self.title, self.sentence),
            Case::Sentence => (self.sentence, self.title),
        };
        let all = same.saturating_sub(usize::from(counted)) + other;
        if all < ENOUGH || other * 5 < all * 4 {
            return None;
        }
        match case {
            Case::Sentence => Some(("Title Case", titled(name))),
            Case::Title if telling(name).all(|word| self.proper.contains_key(&word.to_lowercase())) => None,
            Case::Title => Some(("sentence case", self.sentenced(name))),
        }
    }

    fn sentenced(&self, name: &str) -> String {
        let kept = |word: &str| {
            let bare = bare(word);
            self.proper.contains_key(&bare.to_lowercase()) || !telling_word(bare) || is_small(bare)
        };
        let words = name.split(' ').enumerate().map(|(at, word)| match word {
            word if at == 0 || kept(word) => word.to_owned(),
            word => word.to_lowercase(),
        });
        words.collect::<Vec<_>>().join(" ")
    }

    /// The name with its noun in the plural, where all others with that noun have it so. The other
    /// way round says nothing: "Lattice models" groups what "Ising model" is one of.
    pub(super) fn in_plural(&self, name: &str, counted: bool) -> Option<String> {
        let (singular, form, is_plural) = noun(name)?;
        let (ones, many, plural) = self.nouns.get(&singular)?;
        if is_plural || *ones != usize::from(counted) || *many < SAME_NOUN {
            return None;
        }
        let head = &name[..name.trim_end().len() - form.len()];
        let is_title = is_capital(&name[head.len()..]);
        Some(format!("{head}{}", if is_title { capital(plural) } else { plural.clone() }))
    }
}

/// Whether lowering its first letter leaves a word as it was meant: no acronym, no formula.
fn telling_word(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase) && letters.all(|c| c.is_lowercase() || c == '-') && word.len() > 2
}

/// A name in Title Case. Words with a capital or digit inside, and single letters, stay.
fn titled(name: &str) -> String {
    let words = name.split(' ').enumerate().map(|(at, word)| {
        let core = word.split('-').next().unwrap_or_default();
        let stays = at > 0 && is_small(bare(word))
            || core.chars().filter(|c| c.is_alphabetic()).count() < 2
            || word.chars().any(|c| c.is_uppercase() || c.is_numeric());
        if stays { word.to_owned() } else { capital(word) }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The word with its first letter, if that is a Latin one, as a capital.
fn capital(word: &str) -> String {
    match word.char_indices().find(|(_, c)| c.is_alphabetic()) {
        Some((at, c)) if c < '\u{250}' => {
            let end = at + c.len_utf8();
            format!("{}{}{}", &word[..at], c.to_uppercase(), &word[end..])
        }
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn styles(names: &[&str]) -> Styles {
        let mut styles = Styles::default();
        names.iter().for_each(|name| styles.add(name));
        styles
    }

    #[test]
    fn the_case_is_that_of_four_in_five() {
        let titles = ["Dental Implant Techniques", "Oral Surgery", "Dental Anxiety", "Facial Trauma Management"];
        let said = |name: &str, names: &[&str]| {
            let all: Vec<&str> = names.iter().copied().chain([name]).collect();
            styles(&all).other_case(name, true).map(|(_, better)| better)
        };
        let better = said("Oral mRNA vaccines in X-ray use by NASA", &titles);
        assert_eq!(better.as_deref(), Some("Oral mRNA Vaccines in X-ray Use by NASA"));
        let better = said("Oral хирургия of été with σίγμα factors", &titles);
        assert_eq!(
            better.as_deref(),
            Some("Oral хирургия of Été with σίγμα Factors"),
            "what is customary elsewhere is not known"
        );
        assert_eq!(said("Oral Medicine", &titles), None);
        assert_eq!(said("Oral medicine", &titles[..3]), None, "three are no custom");
        assert_eq!(said("Dentistry", &titles), None, "one word shows nothing");
        assert_eq!(said("Oral medicine", &["Tooth decay", "Gum disease", "Oral Surgery", "Jaw Pain"]), None);
        let sentences = ["Spin waves", "Path integrals", "Band structure", "Quantum Monte Carlo methods"];
        let sentences = [&sentences[..], &["Mean field"]].concat();
        assert_eq!(said("Phase Transitions", &sentences).as_deref(), Some("Phase transitions"));
        assert_eq!(said("Diffusion Monte Carlo", &sentences), None, "a proper name");
        assert_eq!(said("Oral medicine And surgery Practice", &titles), None, "two of each show neither");
    }

    #[test]
    fn the_number_is_that_of_siblings_with_the_same_noun() {
        let methods = ["Thermal methods", "Imaging methods", "Optical methods"];
        let said = |name: &str, names: &[&str]| {
            let all: Vec<&str> = names.iter().copied().chain([name]).collect();
            styles(&all).in_plural(name, true)
        };
        assert_eq!(said("Probe Method", &methods).as_deref(), Some("Probe Methods"));
        assert_eq!(said("Probe method", &methods[..2]), None);
        assert_eq!(said("Probe microscopy", &methods), None, "another noun");
        assert_eq!(said("Probe method", &[&methods[..], &["Tip method"]].concat()), None);
        assert_eq!(said("Gauge theories", &["Number theory", "Set theory", "Group theory"]), None, "a group of them");
        let physics = ["Solid-state physics", "Plasma physics", "Medical physics"];
        assert_eq!(said("Nuclear physic", &physics), None);
        assert_eq!(said("Applied Ethics", &["Normative ethics", "Descriptive ethics", "Meta ethics"]), None);
    }
}
