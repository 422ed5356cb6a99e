//! What a name is about: the topics in it, and the kind of knowledge it belongs to.

use super::case::in_sentence;
use super::text::words;

/// A kind of knowledge with its own methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// Natural science and engineering.
    Science,
    /// Medicine and care.
    Health,
    /// Mathematics and computing.
    Formal,
    /// Social science, business, law and education.
    Social,
    /// History, philosophy, languages and the arts.
    Humanities,
    /// Trades and crafts.
    Trade,
}

/// Beginnings of words that point to a domain; a sign of up to four letters is a whole word unless it ends in `-`.
const SIGNS: [(Domain, &str); 6] = [
    (
        Domain::Trade,
        "weld- carpent plumb masonry brick bak- pastry culinary cook hairdress barber tailor \
         joiner roof trade craft machining electrician vocational tiling upholster plaster \
         woodwork metalwork cabinet landscap butcher printing repair locksmith",
    ),
    (
        Domain::Health,
        "medic medicine clinic nurs- health surg- dent- patient disease patholog cardio \
         oncolog pediatr psychiatr therap rehabilit veterin epidemi radiolog ophthal cancer \
         orthop urolog dermat anesth care gynecol obstetr geriatr hematolog nutrition toxicol \
         pharmac midwif hospital",
    ),
    (
        Domain::Formal,
        "mathemat algebra logic statist comput algorithm geometr topolog number probab \
         software programm cryptogr data informat artificial optimi combinat formal calculus \
         graph learning numerical analysis",
    ),
    (
        Domain::Social,
        "social literacy reading school teach societ sociol econom politic psycholog educat \
         business manage account financ market law legal policy policies anthropol demograph \
         geograph communicat tourism gender urban administ organi hospitality leadership \
         justice govern media journal insurance retail trade service labor labour",
    ),
    (
        Domain::Humanities,
        "histor philosoph literatur literary language linguist art arts music relig theolog \
         classic cultur museum theat film archeolog archaeolog poet- ethic humanit dance \
         museolog heritage writing",
    ),
    (
        Domain::Science,
        "physic chem- biolog geolog engineer material energ astro ocean atmos ecolog environ \
         neuro gene genetic genom plant animal soil water nuclear optic quantum mechan electr cell cellular molecul \
         crystal climat agricult science polymer photon laser forest food robot aerospace \
         earth planet instrument signal natural",
    ),
];

/// Words that settle the matter wherever they stand in a path.
const TRADES: [&str; 4] = ["trades", "vocational", "crafts", "apprenticeship"];

/// Words that say nothing about the topic, at the start of a name.
const OPENINGS: [&str; 10] = [
    "Advanced ",
    "General ",
    "Introduction to ",
    "Introductory ",
    "Topics in ",
    "Studies in ",
    "Research on ",
    "Foundations of ",
    "Principles of ",
    "Fundamentals of ",
];

/// Words that say nothing about the topic, at the end of a name.
const CLOSINGS: [&str; 8] = [
    " and Applications",
    " and Their Applications",
    " and Its Applications",
    " Studies",
    " Research",
    " and Techniques",
    " and Methods",
    " and Practice",
];

/// The most topics that are taken from one name.
const MOST_TOPICS: usize = 4;

impl Domain {
    /// The name used in the files of themes and outlines.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Science => "science",
            Self::Health => "health",
            Self::Formal => "formal",
            Self::Social => "social",
            Self::Humanities => "humanities",
            Self::Trade => "trade",
        }
    }

    /// The domain that the first telling one of `names` belongs to; science when none of them tells.
    #[must_use]
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let names: Vec<&str> = names.into_iter().collect();
        // The trades use the words of every other domain.
        if names.iter().any(|name| words(name).iter().any(|word| TRADES.contains(&word.as_str()))) {
            return Self::Trade;
        }
        names.into_iter().find_map(Self::told_by).unwrap_or(Self::Science)
    }

    fn told_by(name: &str) -> Option<Self> {
        let words = words(name);
        let hits = |signs: &str| {
            let told = |word: &&String| signs.split_whitespace().any(|sign| sign_fits(sign, word));
            words.iter().filter(told).count()
        };
        let mut best = None;
        for (domain, signs) in SIGNS {
            let count = hits(signs);
            if count > best.map_or(0, |(count, _)| count) {
                best = Some((count, domain));
            }
        }
        best.map(|(_, domain)| domain)
    }
}

fn sign_fits(sign: &str, word: &str) -> bool {
    match sign.strip_suffix('-') {
        Some(stem) => word.starts_with(stem),
        None if sign.len() <= 4 => word.strip_prefix(sign).is_some_and(|rest| matches!(rest, "" | "s" | "ing")),
        None => word.starts_with(sign),
    }
}

/// The topics in `name`, as they read inside a sentence: `Atomic and Molecular Physics, and Optics` has two.
#[must_use]
pub fn topics(name: &str) -> Vec<String> {
    let name = bare(name);
    let mut parts: Vec<&str> = Vec::new();
    if name.contains(", ") {
        for part in name.split(", ") {
            parts.push(part.strip_prefix("and ").unwrap_or(part));
        }
        // "a, b and c" ends in two topics; "a and b, and c" does not.
        if !name.contains(", and ")
            && let Some((last, more)) = parts.last().and_then(|last| last.split_once(" and "))
        {
            parts.pop();
            parts.extend([last, more]);
        }
    } else {
        parts.push(name);
    }
    let parts = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty());
    let topics: Vec<String> = parts.take(MOST_TOPICS).map(in_sentence).collect();
    if topics.is_empty() { vec![in_sentence(name)] } else { topics }
}

/// `name` without the words at its ends that say nothing about the topic.
#[must_use]
pub fn bare(name: &str) -> &str {
    let name = name.trim();
    let opened = OPENINGS.iter().find_map(|opening| name.strip_prefix(opening)).unwrap_or(name);
    let bare = CLOSINGS.iter().find_map(|closing| opened.strip_suffix(closing)).unwrap_or(opened);
    if bare.trim().is_empty() { name } else { bare }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_of_foreign_names_are_found() {
        assert_eq!(topics("Atomic and Molecular Physics, and Optics"), ["atomic and molecular physics", "optics"]);
        assert_eq!(topics("Advanced Photonic Crystals and Applications"), ["photonic crystals"]);
        assert_eq!(topics("Ecology, Evolution, Behavior and Systematics").len(), 4);
        assert_eq!(topics("General Research"), ["research"]);
        assert_eq!(topics(""), [""]);
    }

    #[test]
    fn names_belong_to_domains() {
        let of = |name| Domain::of([name]);
        assert_eq!(of("Atomic and Molecular Physics, and Optics"), Domain::Science);
        assert_eq!(of("Pediatrics, Perinatology and Child Health"), Domain::Health);
        assert_eq!(of("Computational Theory and Mathematics"), Domain::Formal);
        assert_eq!(of("Business and International Management"), Domain::Social);
        assert_eq!(of("Theater, Performance, and Music History"), Domain::Humanities);
        assert_eq!(of("Welding and Metal Fabrication"), Domain::Trade);
        assert_eq!(Domain::of(["Computer Numerical Control", "Skilled Trades"]), Domain::Trade);
        assert_eq!(Domain::of(["Xyzzy", "Nursing"]), Domain::Health);
        assert_eq!(of("Xyzzy"), Domain::Science);
    }
}
