//! What can be odd about a syllabus on its own.

use std::collections::{HashMap, HashSet};

use super::super::similarity::{has_bag, word_bag};
use super::super::syllabus::{Session, Syllabus};
use super::super::text::{Untrusted, normalise};
use super::{About, CheckSettings, Finding, text};

/// The normal forms of the concepts of a syllabus, session by session.
pub(super) fn normals(syllabus: &Syllabus) -> Vec<Vec<String>> {
    let concepts = |session: &Session| session.concepts.iter().map(|concept| normalise(concept.raw())).collect();
    syllabus.sessions.iter().map(concepts).collect()
}

/// Everything about a syllabus, in the order of its cells. `normals` are [`those`](normals()) of its concepts.
pub(super) fn look(
    about: About,
    syllabus: &Syllabus,
    normals: &[Vec<String>],
    settings: &CheckSettings,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut found = |code, message: String, cell| findings.push(Finding::new(about, code, message).at(cell));
    let sessions = syllabus.sessions.len();
    let (fewest, most) = settings.session_count();
    if !(fewest..=most).contains(&sessions) {
        found("session-count", format!("{sessions} class sessions; {fewest} to {most} are usual."), None);
    }
    let mut titles: HashMap<String, usize> = HashMap::new();
    let mut seen = HashSet::new();
    let (fewest, most) = settings.concept_count();
    for (row, session) in syllabus.sessions.iter().enumerate() {
        let (title, here) = (normalise(session.title.raw()), Some((row, None)));
        let count = session.concepts.len();
        if !(fewest..=most).contains(&count) {
            found("concept-count", format!("{count} key concepts; {fewest} to {most} are usual."), here);
        }
        if teaches_nothing(&title) {
            found("no-lesson", "An examination or a review teaches nothing of its own.".to_owned(), here);
        }
        if let Some(earlier) = titles.insert(title, row) {
            found("repeated-session", format!("Session {} has the same title.", earlier + 1), here);
        }
        if let Some(later) = belongs_before(syllabus, row) {
            found("session-order", format!("It belongs before session {}.", later + 1), here);
        }
        let bag = word_bag(session.title.raw());
        for (column, (concept, normal)) in session.concepts.iter().zip(&normals[row]).enumerate() {
            let here = Some((row, Some(column)));
            if is_generic(normal) {
                found("generic-concept", format!("\"{}\" is not a key concept but a heading.", concept.line()), here);
            } else if has_bag(normal, &bag) {
                found("title-concept", format!("\"{}\" only repeats the title.", concept.line()), here);
            }
            if !seen.insert(normal.as_str()) {
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
fn texts(about: About, syllabus: &Syllabus, findings: &mut Vec<Finding>) {
    let mut look = |text: &Untrusted, cell: Option<(usize, Option<usize>)>, is_prose: bool| {
        let found = |code, message: &str| Finding::new(about, code, message.to_owned()).at(cell);
        if text.is_suspicious() {
            findings.push(found("hidden-text", super::HIDDEN));
        }
        if text::unmixed(text.raw()).is_some() {
            findings.push(found("mixed-letters", super::MIXED));
        }
        if let Some(what) = text::oddity(text.raw()) {
            findings.push(found("odd-text", &format!("It holds {what}.")));
        }
        if let Some(tidy) = (!is_prose).then(|| text::tidied(text.raw())).flatten() {
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
    GENERIC
        .iter()
        .any(|(start, _)| concept.starts_with(start) && !concept[start.len()..].starts_with(char::is_alphanumeric))
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
    WHOLE.contains(&title) || JOINED.iter().any(|words| title.contains(words))
}

/// An earlier row that this one belongs before: it is the first part or the introduction of what
/// that one goes on with.
pub(super) fn belongs_before(syllabus: &Syllabus, row: usize) -> Option<usize> {
    let (own, part) = part_of(&syllabus.sessions[row])?;
    let earlier: Vec<Option<u32>> = syllabus.sessions[..row]
        .iter()
        .map(|earlier| part_of(earlier).filter(|(name, _)| *name == own).map(|(_, part)| part))
        .collect();
    if earlier.contains(&Some(part)) {
        return None;
    }
    earlier.iter().position(|earlier| earlier.is_some_and(|earlier| earlier > part))
}

/// What a session is a part of, and which: "Fourier analysis II" is part 2 of "fourier analysis".
fn part_of(session: &Session) -> Option<(String, u32)> {
    const NUMERALS: [&str; 8] = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii"];
    const STARTS: [(&str, u32); 5] =
        [("introduction to ", 0), ("basics of ", 0), ("basic ", 0), ("fundamentals of ", 0), ("advanced ", 20)];
    let title = normalise(session.title.raw());
    if let Some((start, part)) = STARTS.iter().find(|(start, _)| title.starts_with(start)) {
        return Some((title[start.len()..].to_owned(), *part));
    }
    let (name, last) = title.rsplit_once(' ')?;
    let numeral = NUMERALS.iter().position(|numeral| *numeral == last).map(|at| at as u32 + 1);
    let part = name.strip_suffix(" part");
    // "Model 3" is no third part, "Lenses, part 3" is.
    let number = numeral.or_else(|| part.and_then(|_| last.parse().ok()).filter(|number| (1..20).contains(number)))?;
    Some((part.unwrap_or(name).to_owned(), number))
}

#[cfg(test)]
mod tests {
    use super::*;

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
