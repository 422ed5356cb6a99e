//! The one table of checks. `check --list`, the card, the manifest's `checks` and the tests are
//! drawn from it: a finding whose code is not here does not exist.

/// How much a finding weighs; the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Wrong as it stands.
    Error,
    /// Wrong more often than not.
    Warning,
    /// Right, but written unlike what is beside it.
    Style,
    /// Good to know; nothing to put right.
    Info,
}

impl Severity {
    /// The word in lists and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Style => "style",
            Severity::Info => "info",
        }
    }
}

/// What is known about one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// Stable, kebab-case.
    pub code: &'static str,
    /// Two or three words.
    pub title: &'static str,
    /// How much its findings weigh.
    pub severity: Severity,
    /// What it means and when it fires, in a sentence or two.
    pub meaning: &'static str,
    /// What its fix does; `None` where a person has to find the way out.
    pub fix: Option<&'static str>,
    /// Whether the fix may be applied to many nodes unseen (`check --fix`).
    pub safe: bool,
}

macro_rules! checks {
    ($( $code:literal $title:literal $severity:ident $(fix $fix:literal)? $(safe $fixed:literal)? : $meaning:literal; )+) => {
        /// Every check there is, the worst first.
        pub static CHECKS: &[Check] = &[ $( Check {
            code: $code,
            title: $title,
            severity: Severity::$severity,
            meaning: $meaning,
            fix: either(&[ $($fix)? $($fixed)? ]),
            safe: !<[&str]>::is_empty(&[ $($fixed)? ]),
        }, )+ ];

        /// Their codes.
        pub const CODES: &[&str] = &[ $( $code ),+ ];
    };
}

const fn either(words: &[&'static str]) -> Option<&'static str> {
    match words {
        [first, ..] => Some(*first),
        [] => None,
    }
}

checks! {
    // Nodes
    "duplicate" "same name" Error fix "merges it into the other; a proposal beside a proposal is rejected as a duplicate":
        "A sibling, accepted or proposed, has this name or alias.";
    "wrong-kind" "wrong kind" Error fix "opens the list of places where its kind belongs":
        "A node of this kind does not hang under a node of that kind.";
    "hidden-text" "hidden characters" Error safe "takes the hidden characters out":
        "A text holds control, bidirectional or zero-width characters, so it reads otherwise than it is.";
    "mixed-letters" "letters that look alike" Error safe "writes the word in Latin letters":
        "A word mixes Latin letters with Cyrillic or Greek ones that look the same, so that equal names differ.";
    "odd-text" "odd text" Warning:
        "A text holds an address, markup or template braces, or speaks to a model ('ignore previous instructions').";
    "near-duplicate" "same words" Warning fix "merges it into the other; a proposal beside a proposal is rejected as a duplicate":
        "A sibling's name or alias has the same words in another order or number.";
    "like-rejected" "like a rejected one" Warning:
        "Something with nearly this name was turned down here before, for the reason that is said.";
    "repeats-parent" "repeats its parent" Warning:
        "The name says no more than that of its parent: 'General Dentistry' under 'Dentistry'.";
    "vague-name" "catch-all" Warning fix "rejects the proposal as vague":
        "The name reads like a catch-all: 'Miscellaneous topics', 'Various studies', 'Other'.";
    "two-in-one" "two in one" Warning fix "splits it in two":
        "The name joins two names that are nodes themselves: 'Computer Science and Engineering'.";
    "single-child" "single child" Warning fix "goes to the child":
        "A node has one child and nothing proposed below it: the level adds nothing.";
    "document-missing" "missing document" Error:
        "The node names a document that is not a readable file below documents/ of the taxonomy directory.";
    "document-licence" "no licence" Warning:
        "The node names a document without saying under which licence it may be used; what is made from it carries none.";
    "over-wide" "too many children" Warning:
        "A node has more children than a person can survey: 40, a discipline 200 (`checks: {over-wide: N}` in provost.yaml).";
    "long-name" "long name" Warning:
        "The name is longer than 120 characters (`checks: {long-name: N}`): a sentence rather than a name.";
    "untidy-name" "untidy name" Style safe "writes the name without it":
        "The name has extra spaces, a bullet or number before it, a full stop after it, or quotes or stars around it.";
    "name-case" "capitals" Style safe "writes the name as its siblings are written":
        "At least four siblings, and four in five of them, write capitals the other way: Title Case or sentence case.";
    "name-number" "singular or plural" Style safe "writes the noun in the plural":
        "At least three siblings end in the same noun and all have its plural: 'Imaging method' beside 'Thermal methods'.";
    "bare-acronym" "bare acronym" Info:
        "The name is an acronym that neither an alias nor the scope spells out.";
    "also-under" "also elsewhere" Info:
        "A node elsewhere has the same words in its name. Subjects that recur in other disciplines are kept; see that it is not the same one twice.";
    // Syllabi
    "session-count" "number of sessions" Warning:
        "A syllabus has fewer than 10 or more than 30 class sessions (`checks: {session-count: [10, 30]}`).";
    "concept-count" "number of concepts" Warning:
        "A class session has fewer than 3 or more than 8 key concepts (`checks: {concept-count: [3, 8]}`).";
    "repeated-session" "same title" Warning:
        "An earlier class session has this title.";
    "session-order" "out of order" Warning fix "moves the session to its place":
        "A class session is called part 2, or advanced, and comes before part 1, or the introduction, of the same.";
    "no-lesson" "nothing taught" Warning fix "removes the session":
        "A class session is an examination, a review or a presentation: there is nothing to make homework from.";
    "repeated-concept" "said before" Warning fix "removes it":
        "The key concept is one of an earlier class session, or of this one.";
    "generic-concept" "a heading" Warning fix "takes the words before the concept away, or removes it":
        "The key concept is a heading such as 'Introduction to lenses', which nobody can be asked about.";
    "title-concept" "repeats the title" Warning fix "removes it":
        "The key concept has the words of its session's title.";
    "untidy-concept" "untidy text" Style fix "writes it without":
        "A title or key concept has extra spaces, a bullet or number before it, a full stop after it, or quotes or stars around it.";
    "bad-homework" "refused homework" Warning:
        "People refused at least two items made from this syllabus, and at least one in four of those they judged. The class session is the one that most of them come from.";
    "other-subject" "another subject" Warning:
        "The key concept is the name of another subject: too much for one concept, or the core of that other subject.";
}

/// The check of that code.
#[must_use]
pub fn find(code: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|check| check.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_the_meanings_are_sentences() {
        for (at, check) in CHECKS.iter().enumerate() {
            assert!(CHECKS[..at].iter().all(|earlier| earlier.code != check.code), "{}", check.code);
            assert!(check.code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", check.code);
            assert!(check.meaning.ends_with('.') && check.title.len() < 26, "{}", check.code);
            assert!(!check.safe || check.fix.is_some(), "{}", check.code);
        }
        assert_eq!(CODES.len(), CHECKS.len());
    }
}
