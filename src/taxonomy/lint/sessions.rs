//! What can be odd about a syllabus on its own.

use std::hash::BuildHasher as _;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::super::shards::QuickMap;
use super::super::similarity::Words;
use super::super::syllabus::{Outline, Syllabus};
use super::super::text::{Untrusted, normalise, normalise_onto};
use super::{About, CheckSettings, Finding, text};

/// The hash that a normal form is known by.
pub(super) fn hash_of(normal: &[u8]) -> u64 {
    FixedState::default().hash_one(normal)
}

/// The normal forms of the concepts of a syllabus with their hashes, session by session: one text, because there are
/// millions of them.
#[derive(Debug, Default)]
pub(super) struct Normals {
    text: String,
    /// Where each ends in the text.
    concepts: Vec<(usize, u64)>,
    /// Where each session ends among the concepts.
    rows: Vec<usize>,
}

impl Normals {
    pub(super) fn of(syllabus: &Outline) -> Self {
        let mut text = Vec::with_capacity(32 * syllabus.concept_count());
        let mut normals = Self::default();
        normals.concepts.reserve(syllabus.concept_count());
        for session in &syllabus.sessions {
            for concept in &session.concepts {
                let start = text.len();
                normalise_onto(concept.raw(), &mut text);
                normals.concepts.push((text.len(), hash_of(&text[start..])));
            }
            normals.rows.push(normals.concepts.len());
        }
        // Each piece is a text.
        normals.text = String::from_utf8(text).unwrap_or_default();
        normals
    }

    /// Those of a session.
    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = (&str, u64)> {
        let from = row.checked_sub(1).map_or(0, |before| self.rows[before]);
        let mut start = from.checked_sub(1).map_or(0, |before| self.concepts[before].0);
        let to = self.rows.get(row).copied().unwrap_or(from);
        self.concepts[from..to].iter().map(move |(end, hash)| {
            let normal = &self.text[start..*end];
            start = *end;
            (normal, *hash)
        })
    }
}

/// Everything about a syllabus, in the order of its cells. `normals` are those of its concepts.
pub(super) fn look(about: About, syllabus: &Outline, normals: &Normals, settings: &CheckSettings) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut found = |code, message: String, cell| findings.push(Finding::new(about, code, message).at(cell));
    let sessions = syllabus.sessions.len();
    let (fewest, most) = settings.session_count();
    if !(fewest..=most).contains(&sessions) {
        found("session-count", format!("{sessions} class sessions; {fewest} to {most} are usual."), None);
    }
    let titles: Vec<String> = syllabus.sessions.iter().map(|session| normalise(session.title.raw())).collect();
    let parts: Vec<_> = titles.iter().map(|title| part_of(title)).collect();
    let mut known: QuickMap<&str, usize> = QuickMap::default();
    let mut seen: HashTable<(u64, &str)> = HashTable::with_capacity(normals.concepts.len());
    let (fewest, most) = settings.concept_count();
    for (row, session) in syllabus.sessions.iter().enumerate() {
        let (title, here) = (titles[row].as_str(), Some((row, None)));
        let count = session.concepts.len();
        if !(fewest..=most).contains(&count) {
            found("concept-count", format!("{count} key concepts; {fewest} to {most} are usual."), here);
        }
        if teaches_nothing(title) {
            found("no-lesson", "An examination or a review teaches nothing of its own.".to_owned(), here);
        }
        if let Some(earlier) = known.insert(title, row) {
            found("repeated-session", format!("Session {} has the same title.", earlier + 1), here);
        }
        if let Some(later) = comes_before(&parts, row) {
            found("session-order", format!("It belongs before session {}.", later + 1), here);
        }
        let words = Words::of(title);
        for (column, (concept, (normal, hash))) in session.concepts.iter().zip(normals.row(row)).enumerate() {
            let here = Some((row, Some(column)));
            if is_generic(normal) {
                found("generic-concept", format!("\"{}\" is not a key concept but a heading.", concept.line()), here);
            } else if words.are_of(normal) {
                found("title-concept", format!("\"{}\" only repeats the title.", concept.line()), here);
            }
            if seen.find(hash, |(_, earlier)| *earlier == normal).is_none() {
                seen.insert_unique(hash, (hash, normal), |(hash, _)| *hash);
            } else {
                let message = format!("\"{}\" is a concept of an earlier session.", concept.line());
                found("repeated-concept", message, here);
            }
        }
    }
    texts(about, syllabus, &mut findings);
    findings.sort_by_key(|finding| finding.cell);
    findings
}

/// What single texts show.
fn texts(about: About, syllabus: &Outline, findings: &mut Vec<Finding>) {
    let mut look = |text: &Untrusted, cell: Option<(usize, Option<usize>)>, is_prose: bool| {
        let found = |code, message: &str| Finding::new(about, code, message.to_owned()).at(cell);
        let marks = text::Marks::of(text.raw());
        if marks.may_hide() && text.is_suspicious() {
            findings.push(found("hidden-text", super::HIDDEN));
        }
        if marks.may_hide() && text::unmixed(text.raw()).is_some() {
            findings.push(found("mixed-letters", super::MIXED));
        }
        if let Some(what) = text::oddity_with(text.raw(), marks) {
            findings.push(found("odd-text", &format!("It holds {what}.")));
        }
        if let Some(tidy) = (!is_prose).then(|| text::tidied_with(text.raw(), marks)).flatten() {
            let mut untidy = found("untidy-concept", "It has marks or blanks that do not belong to it.");
            untidy.better = Some(tidy.into());
            findings.push(untidy);
        }
    };
    look(&syllabus.introduction, None, true);
    syllabus.objectives.iter().for_each(|objective| look(objective, None, true));
    for (row, session) in syllabus.sessions.iter().enumerate() {
        look(&session.title, Some((row, None)), false);
        look(&session.description, Some((row, None)), true);
        for (column, concept) in session.concepts.iter().enumerate() {
            look(concept, Some((row, Some(column))), false);
        }
    }
    findings.sort_by_key(|finding| finding.cell);
    findings.dedup_by(|a, b| (a.code, a.cell) == (b.code, b.cell) && a.message == b.message);
}

/// How a concept starts that names no concept (seen in published GLAN re-runs), and whether what
/// follows does.
const GENERIC: [(&str, bool); 12] = [
    ("introduction to", true),
    ("an introduction to", true),
    ("overview of", true),
    ("an overview of", true),
    ("definition of", true),
    ("definitions of", true),
    ("basics of", true),
    ("basic concepts of", true),
    ("importance of", true),
    ("the importance of", true),
    ("potential future trends", false),
    ("advantages and limitations", false),
];

/// Whether a concept with this normal form is a heading.
fn is_generic(concept: &str) -> bool {
    let first = concept.as_bytes().first_chunk::<2>();
    let may = GENERIC.iter().filter(|(start, _)| start.as_bytes().first_chunk() == first);
    may.filter_map(|(start, _)| concept.strip_prefix(start)).any(|rest| !rest.starts_with(char::is_alphanumeric))
}

/// The concept that a heading is about: "Introduction to lenses" is about "Lenses".
pub(super) fn core_of(concept: &str) -> Option<String> {
    let lower = concept.to_lowercase();
    let (start, _) = GENERIC.iter().filter(|(_, has_core)| *has_core).find(|(start, _)| lower.starts_with(start))?;
    let rest = concept.get(start.len()..)?.trim();
    let rest = ["the ", "a ", "an "].iter().find_map(|article| rest.strip_prefix(article)).unwrap_or(rest);
    let mut letters = rest.chars();
    let first = letters.next()?;
    Some(first.to_uppercase().chain(letters).collect())
}

/// Whether a title is that of a session in which nothing new is taught.
fn teaches_nothing(title: &str) -> bool {
    const WHOLE: [&str; 16] = [
        "review",
        "course review",
        "final review",
        "midterm review",
        "review session",
        "revision",
        "final exam",
        "final examination",
        "midterm exam",
        "midterm",
        "exam",
        "quiz",
        "student presentations",
        "project presentations",
        "final project presentations",
        "final presentations",
    ];
    const JOINED: [&str; 3] = ["review and final exam", "course review and", "review and exam"];
    let may = || memchr::memmem::find(title.as_bytes(), b"review and").is_some();
    WHOLE.contains(&title) || may() && JOINED.iter().any(|words| title.contains(words))
}

/// An earlier row that this one belongs before: it is the first part or the introduction of what
/// that one goes on with.
pub(super) fn belongs_before(syllabus: &Syllabus, row: usize) -> Option<usize> {
    let titles: Vec<String> = syllabus.sessions.iter().map(|session| normalise(session.title.raw())).collect();
    comes_before(&titles.iter().map(|title| part_of(title)).collect::<Vec<_>>(), row)
}

/// [`belongs_before`] where it is known what each session is a part of.
fn comes_before(parts: &[Option<(&str, u32)>], row: usize) -> Option<usize> {
    let (own, part) = parts[row]?;
    let mut earlier = parts[..row].iter().map(|one| one.filter(|(name, _)| *name == own).map(|(_, part)| part));
    if earlier.clone().any(|earlier| earlier == Some(part)) {
        return None;
    }
    earlier.position(|earlier| earlier.is_some_and(|earlier| earlier > part))
}

/// What a session with this title is a part of, and which: "fourier analysis ii" is part 2 of "fourier analysis".
fn part_of(title: &str) -> Option<(&str, u32)> {
    const NUMERALS: [&str; 8] = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii"];
    const STARTS: [(&str, u32); 5] =
        [("introduction to ", 0), ("basics of ", 0), ("basic ", 0), ("fundamentals of ", 0), ("advanced ", 20)];
    if let Some(found) = STARTS.iter().find_map(|(start, part)| Some((title.strip_prefix(start)?, *part))) {
        return Some(found);
    }
    let (name, last) = title.rsplit_once(' ')?;
    let numeral = NUMERALS.iter().position(|numeral| *numeral == last).map(|at| at as u32 + 1);
    let part = name.strip_suffix(" part");
    // "Model 3" is no third part, "Lenses, part 3" is.
    let number = numeral.or_else(|| part.and_then(|_| last.parse().ok()).filter(|number| (1..20).contains(number)))?;
    Some((part.unwrap_or(name), number))
}

#[cfg(test)]
mod tests {
    use super::super::super::syllabus::{Session, sample};
    use super::*;

    #[test]
    fn normal_forms_are_those_of_the_concepts() {
        let mut syllabus = sample(3, 4);
        syllabus.sessions[1].concepts = vec!["C++".into(), "".into(), " Снелла  закон ".into(), "a  -b".into()];
        let empty = Session { concepts: Vec::new(), ..syllabus.sessions[0].clone() };
        syllabus.sessions.insert(1, empty);
        let normals = Normals::of(&syllabus);
        for (row, session) in syllabus.sessions.iter().enumerate() {
            let plain: Vec<String> = session.concepts.iter().map(|concept| normalise(concept.raw())).collect();
            assert!(normals.row(row).map(|(normal, _)| normal).eq(plain.iter().map(String::as_str)), "{row}");
            assert!(normals.row(row).all(|(normal, hash)| hash_of(normal.as_bytes()) == hash));
        }
        assert_eq!(Normals::of(&Outline::default()).row(0).count(), 0);
    }

    #[test]
    fn headings_have_a_core_or_none() {
        assert_eq!(core_of("Introduction to the lens equation").as_deref(), Some("Lens equation"));
        assert_eq!(core_of("Basics of MRI").as_deref(), Some("MRI"));
        assert_eq!(core_of("Advantages and limitations of MRI"), None);
        assert_eq!(core_of("Introduction to"), None);
        assert!(is_generic("overview of lenses") && !is_generic("overview offices") && !is_generic("lens equation"));
    }

    #[test]
    fn examinations_teach_nothing_and_peer_review_does() {
        for (title, nothing) in [
            ("final exam", true),
            ("course review and outlook", true),
            ("peer review", false),
            ("literature review", false),
        ] {
            assert_eq!(teaches_nothing(title), nothing, "{title}");
        }
    }
}
