//! Questions that need what they do not contain, or want what no text can give: a file, a figure, the lecture, something
//! to hand in. LAB (arXiv:2403.01081) asks a model about it; most cases are plain enough for words.

use std::borrow::Cow;

use super::text::Text;
use super::topics::Topic;
use super::words::{Phrases, sentences};

/// What a question can be asked to come in, besides text.
const DELIVERABLES: [&str; 26] = [
    "pdf",
    "zip",
    "docx",
    "doc",
    "ipynb",
    "pptx",
    "xlsx",
    "word",
    "notebook",
    "screenshot",
    "screenshots",
    "recording",
    "repository",
    "repo",
    "github",
    "link",
    "file",
    "files",
    "slides",
    "video",
    "attachment",
    "spreadsheet",
    "archive",
    "folder",
    "photo",
    "photos",
];

/// What to hand something in as.
static FORMATS: Phrases = Phrases::new(&[
    "as a pdf",
    "as a zip",
    "as pdf",
    "in pdf format",
    "a single pdf",
    "a zip file",
    "as a word document",
    "as a jupyter notebook",
]);

/// Words that each of them has one of.
const FORMAT_WORDS: [&str; 4] = ["pdf", "zip", "word", "jupyter"];

/// Words for handing in.
static SENT: Phrases = Phrases::new(&[
    "submit",
    "submitted",
    "submission",
    "deliver",
    "delivered",
    "upload",
    "uploaded",
    "turned in",
    "handed in",
    "compile your",
]);

/// Words that make it the reader's.
static MINE: Phrases = Phrases::new(&["your", "be submitted", "be delivered", "be uploaded"]);

/// What may be handed in where the student is plainly told to.
const WORKS: [&str; 15] = [
    "report",
    "essay",
    "document",
    "code",
    "solution",
    "solutions",
    "answer",
    "answers",
    "work",
    "assignment",
    "script",
    "presentation",
    "program",
    "paper",
    "poster",
];

/// Endings of files that hold data.
const DATA_FILES: [&str; 27] = [
    "csv", "tsv", "xlsx", "xls", "json", "jsonl", "parquet", "zip", "sav", "dta", "mat", "npy", "pkl", "h5", "wav",
    "mp3", "mp4", "png", "jpg", "jpeg", "tif", "tiff", "pdf", "docx", "ipynb", "db", "txt",
];

/// What is looked at rather than read.
const FIGURES: [&str; 17] = [
    "figure",
    "diagram",
    "graph",
    "chart",
    "image",
    "picture",
    "photo",
    "photograph",
    "plot",
    "drawing",
    "sketch",
    "map",
    "screenshot",
    "illustration",
    "schematic",
    "table",
    "video",
];

/// The lesson, the book and the course.
static COURSE: Phrases = Phrases::new(&[
    "discussed in class",
    "discussed in the lecture",
    "discussed in lecture",
    "discussed in this session",
    "discussed in the session",
    "discussed in this course",
    "covered in class",
    "covered in lecture",
    "covered in the lecture",
    "covered in this session",
    "covered in the session",
    "covered in this course",
    "covered in the course",
    "taught in class",
    "taught in this",
    "learned in class",
    "learned in this",
    "learnt in this",
    "studied in class",
    "as we saw",
    "as we discussed",
    "as we learned",
    "we discussed in",
    "we covered in",
    "in this lesson",
    "in this lecture",
    "today's lecture",
    "today's session",
    "today's class",
    "your textbook",
    "the course textbook",
    "the course materials",
    "the lecture notes",
    "your lecture notes",
    "the lecture slides",
    "the assigned reading",
    "the assigned readings",
    "in the syllabus",
    "according to the syllabus",
    "from the syllabus",
    "your instructor",
]);

/// What else is elsewhere.
static ELSEWHERE: Phrases = Phrases::new(&[
    "the previous question",
    "the previous exercise",
    "the previous problem",
    "the previous homework",
    "the previous assignment",
    "the above passage",
    "the above text",
    "the above figure",
    "the above diagram",
    "see attachment",
    "see attached",
    "your classmates",
    "with your partner",
    "your group members",
]);

/// Words without which nothing is wanted, besides [`FIGURES`] and files.
const WANTS: [&str; 13] = [
    "submi", "deliver", "upload", "attach", "email", "hand", "turn", "compile", "circuit", "fig", "provided",
    "supplied", "download",
];

/// What a text is looked through for before it is looked at, besides the [`endings`] of files.
pub(super) fn phrases() -> [(Topic, &'static [&'static str]); 7] {
    [
        (Topic::Elsewhere, COURSE.list()),
        (Topic::Elsewhere, ELSEWHERE.list()),
        (Topic::Elsewhere, &["in this session"]),
        (Topic::Formats, &FORMAT_WORDS),
        (Topic::Wants, &WANTS),
        (Topic::Wants, &FIGURES),
        (Topic::Lacks, LACKS.list()),
    ]
}

/// The endings of files that hold data.
pub(super) fn endings() -> impl Iterator<Item = String> {
    DATA_FILES.iter().map(|ending| format!(".{ending}"))
}

/// What a question needs that it does not contain.
pub(super) fn missing(text: &Text<'_>) -> Option<String> {
    let blocks = text.blocks();
    let is_plain = memchr::memchr(b'`', blocks.outside.as_bytes()).is_none();
    let outside = if is_plain { Cow::Borrowed(&*blocks.outside) } else { Cow::Owned(blocks.outside.replace('`', "")) };
    let (lower, topics) = text.topics_of(&outside);
    let phrase = || COURSE.held(&lower).or_else(|| ELSEWHERE.held(&lower)).or_else(|| this_session(&lower));
    if let Some(phrase) = topics.has(Topic::Elsewhere).then(phrase).flatten() {
        return Some(format!("It needs what is not in it: \"{phrase}\"."));
    }
    if !topics.has(Topic::Wants) && !topics.has(Topic::Files) {
        return None;
    }
    let names_a_format = topics.has(Topic::Formats);
    // A figure in characters, a table, a listing: what is "below" is there.
    let has_block = blocks.has_any || outside.contains('\t') || numbers_in_lines(&outside);
    let (words, ends) = sentences(&outside);
    let words: Vec<&str> = words.iter().map(|word| &**word).collect();
    let begins = std::iter::once(0).chain(ends.iter().copied());
    for words in begins.zip(&ends).map(|(begin, end)| &words[begin..*end]) {
        if let Some(what) = handed_in(words, names_a_format) {
            return Some(format!("It wants something to be handed in: \"{what}\"."));
        }
        if let Some(what) = figure(words, has_block) {
            return Some(format!("It needs what is not in it: \"{what}\"."));
        }
        if let Some(what) = file(words, &lower, text) {
            return Some(format!("It needs a file that is not there: \"{what}\"."));
        }
    }
    None
}

/// "In this session" of a course, not of a parliament.
fn this_session(lower: &str) -> Option<&'static str> {
    lower.match_indices("in this session").find(|(at, found)| {
        let rest = &lower[at + found.len()..];
        !rest.starts_with(" of ") && !rest.starts_with(char::is_alphanumeric)
    })?;
    Some("in this session")
}

/// Whether three lines or more hold numbers, as data written into a text do.
fn numbers_in_lines(text: &str) -> bool {
    let digits =
        |line: &&str| line.split_whitespace().filter(|word| word.contains(|c: char| c.is_ascii_digit())).count() >= 2;
    text.lines().filter(digits).count() >= 3
}

fn some(words: &[&str]) -> Option<String> {
    Some(words.join(" "))
}

/// "Submit your report as a PDF": an order to the reader, not "the bid submitted by the firm".
fn handed_in(words: &[&str], names_a_format: bool) -> Option<String> {
    for (at, word) in words.iter().enumerate() {
        let next = words.get(at + 1).copied().unwrap_or_default();
        let length = match *word {
            "submit" | "upload" | "attach" | "email" => 1,
            "hand" | "turn" if next == "in" => 2,
            _ => continue,
        };
        let before = |n: usize| at.checked_sub(n).and_then(|at| words.get(at)).copied().unwrap_or_default();
        let told = at == 0
            || matches!(before(1), "please" | "then" | "finally")
            || matches!(before(1), "must" | "should" | "will" | "to")
                && matches!(before(2), "you" | "students" | "required" | "asked");
        let joined = matches!(before(1), "and" | "also");
        let rest = &words[at + length..words.len().min(at + length + 10)];
        let object = |nouns: &[&str]| rest.iter().position(|word| nouns.contains(word) || is_data_file(word));
        let yours = rest.iter().take(2).any(|word| *word == "your");
        let found = match (told, joined) {
            (true, _) => object(&DELIVERABLES).or_else(|| object(&WORKS)),
            (_, true) => object(&DELIVERABLES).or_else(|| yours.then_some(1).or(None)),
            _ => object(&DELIVERABLES).filter(|_| yours),
        };
        if let Some(end) = found {
            return some(&words[at..(at + length + end + 1).min(words.len())]);
        }
    }
    if words.first() == Some(&"deliverables") || words.first() == Some(&"deliverable") && words.len() <= 12 {
        return some(&words[..1]);
    }
    if !names_a_format {
        return None;
    }
    let line = words.join(" ");
    let format = FORMATS.held(&line)?;
    (SENT.held(&line).is_some() && MINE.held(&line).is_some()).then(|| format.to_owned())
}

/// "Shown in the figure below".
fn figure(words: &[&str], has_block: bool) -> Option<String> {
    for (at, word) in words.iter().enumerate() {
        let noun = word.strip_suffix('s').unwrap_or(word);
        if !FIGURES.contains(&noun) && !matches!(*word, "circuit" | "circuits" | "fig") {
            continue;
        }
        let before = |n: usize| at.checked_sub(n).and_then(|at| words.get(at)).copied().unwrap_or_default();
        let after = |n: usize| words.get(at + n).copied().unwrap_or_default();
        if matches!(before(1), "attached" | "accompanying") {
            return some(&words[at - 1..=at]);
        }
        if has_block {
            continue;
        }
        let is_map = matches!(noun, "map" | "graph" | "circuit" | "plot" | "table" | "sketch");
        if matches!(before(1), "following" | "provided" | "supplied")
            && (!is_map || noun == "table" && before(1) == "following")
        {
            return some(&words[at - 1..=at]);
        }
        // "The region of the graph above the axis" is no reference.
        let object = matches!(
            after(2),
            "the" | "a" | "an" | "its" | "this" | "that" | "zero" | "sea" | "ground" | "each" | "it" | "which"
        );
        let points = matches!(after(1), "below" | "above") && !object;
        if points || after(1) == "shown" && matches!(after(2), "below" | "above" | "here") {
            return some(&words[at..=at + 1]);
        }
        let referred = matches!(before(1), "in" | "see" | "from" | "to" | "of" | "by" | "fig");
        if matches!(noun, "figure" | "fig" | "table") && referred && is_number(after(1)) {
            return some(&words[at - 1..=at + 1]);
        }
        let shown =
            matches!(before(3), "shown" | "depicted" | "illustrated" | "pictured" | "given" | "displayed" | "seen");
        let refers = matches!(before(2), "see") || (before(2), before(3)) == ("to", "refer");
        if before(1) == "the" && (shown && before(2) == "in" || refers) {
            return some(&words[at.saturating_sub(3)..=at]);
        }
    }
    let attached = words.windows(2).find(|pair| {
        pair[0] == "attached"
            && matches!(
                pair[1],
                "file"
                    | "files"
                    | "document"
                    | "pdf"
                    | "dataset"
                    | "data"
                    | "spreadsheet"
                    | "worksheet"
                    | "code"
                    | "notebook"
                    | "csv"
                    | "article"
                    | "paper"
                    | "text"
            )
    });
    if attached.is_some() {
        return attached.map(|pair| pair.join(" "));
    }
    let provided = words.windows(2).find(|pair| {
        !has_block
            && matches!(pair[0], "provided" | "supplied")
            && matches!(
                pair[1],
                "dataset" | "file" | "files" | "spreadsheet" | "notebook" | "template" | "worksheet" | "csv"
            )
    });
    provided.map(|pair| pair.join(" "))
}

fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit()) && word.len() <= 5
}

/// "Using classification_data.csv": data in a file that nobody has. A program that reads a file can be written without it.
fn file(words: &[&str], lower: &str, text: &Text<'_>) -> Option<String> {
    if words.first() == Some(&"download") || words.windows(2).any(|pair| pair[0] == "download" && pair[1] == "the") {
        let data = ["dataset", "data", "file", "files", "spreadsheet", "template"];
        if words.iter().any(|word| data.contains(word)) {
            return Some("download".to_owned());
        }
    }
    let name = words.iter().find(|word| is_data_file(word))?;
    let uses = [
        "using",
        "use",
        "load",
        "given",
        "provided",
        "supplied",
        "download",
        "open",
        "analyze",
        "analyse",
        "contained",
        "import",
    ];
    let makes = [
        "function",
        "program",
        "script",
        "class",
        "query",
        "command",
        "method",
        "parser",
        "regular expression",
        "pipeline",
    ];
    let writes = [
        "write a",
        "write an",
        "implement a",
        "implement an",
        "create a",
        "develop a",
        "design a",
        "which command",
        "what command",
    ];
    let is_task = writes.iter().any(|verb| makes.iter().any(|noun| near(lower, verb, noun)));
    let is_shown = text.lower().matches(*name).count() > 1 && text.blocks().has_any;
    (words.iter().any(|word| uses.contains(word)) && !is_task && !is_shown).then(|| (*name).to_owned())
}

/// Whether `noun` follows `verb` within a few words.
fn near(lower: &str, verb: &str, noun: &str) -> bool {
    lower.match_indices(verb).any(|(at, _)| {
        let rest: Vec<&str> = lower[at + verb.len()..].split_whitespace().take(5).collect();
        super::words::holds(&rest.join(" "), noun)
    })
}

fn is_data_file(word: &str) -> bool {
    word.rsplit_once('.').is_some_and(|(name, ending)| {
        DATA_FILES.contains(&ending) && name.len() >= 2 && name.chars().any(char::is_alphabetic)
    })
}

/// What an answer says that its question lacks.
static LACKS: Phrases = Phrases::new(&[
    "you haven't provided",
    "you have not provided",
    "you didn't provide",
    "you did not provide",
    "you haven't included",
    "you have not included",
    "you haven't attached",
    "please provide the",
    "please provide more",
    "please share the",
    "please upload",
    "please attach",
    "i don't have access to the",
    "i do not have access to the",
    "i don't see any attach",
    "i don't see an attach",
    "i can't see the",
    "i cannot see the",
    "i'm unable to view",
    "i am unable to view",
    "without access to the figure",
    "without access to the data",
    "without seeing the",
    "no image was provided",
    "no figure was provided",
    "could you please provide",
]);

/// What an answer says that the question lacks.
pub(super) fn lacking(answer: &Text<'_>) -> Option<String> {
    let (lower, topics) = answer.topics_of(&answer.blocks().outside);
    let phrase = topics.has(Topic::Lacks).then(|| LACKS.within(&lower))??;
    Some(format!("It says that the question lacks something: \"{phrase}\"."))
}
