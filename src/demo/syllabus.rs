//! Writes a syllabus: the pack's where it has one, else one made from the themes that suit the subject.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::case::in_sentence;
use super::data::Data;
use super::knowledge::Knowledge;
use super::model::Content;
use super::pack;
use super::propose::listed;
use super::rng::Rng;
use super::template::fill;
use super::text::{is_new, prose_list};
use super::themes::Theme;
use super::topics::{Domain, topics};

/// The fewest sessions of a syllabus that is made here, if there is enough to say.
const FEWEST: usize = 10;

/// How many more sessions it may have, by chance.
const SPREAD: usize = 5;

/// A syllabus with the keys of `provost_syllabus`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Syllabus {
    /// What the course is about.
    pub introduction: String,
    /// What a student can do afterwards.
    pub objectives: Vec<String>,
    /// The class sessions in teaching order.
    pub sessions: Vec<Session>,
}

/// One class session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Session {
    /// Its title.
    pub title: String,
    /// What happens in it.
    pub description: String,
    /// The names of its key concepts.
    pub concepts: Vec<String>,
}

/// A syllabus for the subject in `data`, as JSON or as prose.
#[must_use]
pub fn reply(knowledge: &Knowledge, data: &Data<'_>, json: bool, seed: u64) -> Content {
    let mut rng = Rng::new(seed, "syllabus");
    let worked = knowledge.pack.subject(data.text("subject")).and_then(|subject| subject.syllabus.as_ref());
    let syllabus = match worked {
        Some(worked) => Syllabus::of_pack(worked, !data.list("rejected").is_empty(), &mut rng),
        None => made(knowledge, data, &mut rng),
    };
    if json { Content::Json(syllabus.json()) } else { Content::Text(syllabus.prose()) }
}

/// One session for the subject in `data` that differs from those it has, as JSON or as prose.
#[must_use]
pub fn session_reply(knowledge: &Knowledge, data: &Data<'_>, json: bool, seed: u64) -> Content {
    let mut rng = Rng::new(seed, "session");
    let worked = knowledge.pack.subject(data.text("subject")).and_then(|subject| subject.syllabus.as_ref());
    let mut known: HashSet<String> = HashSet::new();
    let old = data.list("concepts").iter().chain(data.list("taken")).chain(data.list("sessions"));
    old.copied().chain([data.text("title")]).for_each(|name| {
        is_new(&mut known, name);
    });
    let mut own = worked.map_or_else(Vec::new, |worked| Syllabus::of_pack(worked, false, &mut rng).sessions);
    own.retain(|session| is_new(&mut known.clone(), &session.title));
    let session = own.into_iter().next().or_else(|| another(knowledge, data, known, &mut rng)).unwrap_or_default();
    if json {
        return Content::Json(session.json());
    }
    let Session { title, description, concepts } = session;
    let (number, concepts) = (data.text("number"), listed(&concepts));
    Content::Text(format!("Session {number}: {title}\nDescription: {description}\nKey concepts: {concepts}\n"))
}

/// A session made from a theme that the syllabus does not have yet.
fn another(knowledge: &Knowledge, data: &Data<'_>, mut known: HashSet<String>, rng: &mut Rng) -> Option<Session> {
    let subject = data.value("subject").unwrap_or("the subject");
    let foci = foci(knowledge, data, subject, rng);
    let domain = Domain::of([subject, data.text("discipline")].into_iter().chain(data.text("path").split(" > ")));
    let mut themes = knowledge.themes.for_domain(domain.name());
    rng.shuffle(&mut themes);
    let pairs = themes.iter().flat_map(|theme| foci.iter().map(move |focus| (theme, focus)));
    for (theme, focus) in pairs {
        if !is_new(&mut known.clone(), &fill(&theme.title, "focus", focus)) {
            continue;
        }
        if let Some(session) = session(theme, focus, &mut known, rng) {
            return Some(session);
        }
    }
    None
}

impl Syllabus {
    /// The pack's syllabus. If earlier ones were rejected, one that differs: another order of concepts, a session less.
    fn of_pack(worked: &pack::Syllabus, again: bool, rng: &mut Rng) -> Self {
        let mut sessions: Vec<Session> = worked
            .sessions
            .iter()
            .map(|session| Session {
                title: session.title.clone(),
                description: session.description.clone(),
                concepts: session.concepts.iter().map(|card| card.name.clone()).collect(),
            })
            .collect();
        if again {
            if sessions.len() > FEWEST {
                sessions.remove(1 + rng.below(sessions.len() - 1));
            }
            sessions.iter_mut().for_each(|session| rng.shuffle(&mut session.concepts));
        }
        Self { introduction: worked.introduction.trim().to_owned(), objectives: worked.objectives.clone(), sessions }
    }

    /// The syllabus with the keys of `provost_syllabus`.
    #[must_use]
    pub fn json(&self) -> Value {
        let sessions: Vec<Value> = self.sessions.iter().map(Session::json).collect();
        json!({"introduction": self.introduction, "objectives": self.objectives, "sessions": sessions})
    }

    /// The syllabus as prose, with the labels that [`super::structure`] reads.
    fn prose(&self) -> String {
        let mut text = format!("Introduction: {}\n\nObjectives:\n", self.introduction);
        for objective in &self.objectives {
            text.push_str(&format!("- {objective}\n"));
        }
        for (number, session) in self.sessions.iter().enumerate() {
            let number = number + 1;
            let Session { title, description, concepts } = session;
            let concepts = listed(concepts);
            text.push_str(&format!(
                "\nSession {number}: {title}\nDescription: {description}\nKey concepts: {concepts}\n"
            ));
        }
        text
    }
}

impl Session {
    /// The session with the keys of `provost_syllabus`.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({"title": self.title, "description": self.description, "concepts": self.concepts})
    }
}

fn made(knowledge: &Knowledge, data: &Data<'_>, rng: &mut Rng) -> Syllabus {
    let subject = data.value("subject").unwrap_or("the subject");
    let foci = foci(knowledge, data, subject, rng);
    let path: Vec<&str> = data.text("path").split(" > ").collect();
    let telling = [subject, data.text("discipline")].into_iter().chain(path.into_iter().rev());
    let domain = Domain::of(telling);
    let themes = knowledge.themes.for_domain(domain.name());
    let wanted = FEWEST + rng.below(SPREAD);

    let special = themes.iter().filter(|theme| !theme.is_common()).count();
    let rounds = wanted.saturating_sub(themes.len() - special).div_ceil(special.max(1)).clamp(1, foci.len().max(1));

    let mut seen = HashSet::new();
    let mut sessions = Vec::new();
    let mut next = 0;
    for theme in themes {
        // What is special to the domain is taught topic by topic; the rest once.
        for _ in 0..if theme.is_common() { 1 } else { rounds } {
            let focus = foci.get(next % foci.len().max(1)).map_or(subject, String::as_str);
            next += 1;
            if let Some(session) = session(theme, focus, &mut seen, rng) {
                sessions.push((theme.is_common(), session));
            }
        }
    }
    trim(&mut sessions, wanted, rng);
    Syllabus {
        introduction: introduction(subject, &foci, domain, rng),
        objectives: objectives(&foci, rng),
        sessions: sessions.into_iter().map(|(_, session)| session).collect(),
    }
}

/// A session about `focus` with four or five concepts that were not in `seen`, or nothing when there are too few.
fn session(theme: &Theme, focus: &str, seen: &mut HashSet<String>, rng: &mut Rng) -> Option<Session> {
    let title = fill(&theme.title, "focus", focus);
    let mut concepts: Vec<String> = theme.cards.iter().map(|card| fill(&card.name, "focus", focus)).collect();
    concepts.retain(|name| is_new(seen, name));
    if concepts.len() > 4 && rng.below(3) == 0 {
        concepts.remove(rng.below(concepts.len()));
    }
    let description = fill(&theme.description, "focus", focus);
    (concepts.len() >= 3).then_some(Session { title, description, concepts })
}

/// What the sessions are about: the subtopics, the pack's for a known subject, else the topics in the name.
fn foci(knowledge: &Knowledge, data: &Data<'_>, subject: &str, rng: &mut Rng) -> Vec<String> {
    let given: Vec<&str> = data.list("subtopics").to_vec();
    let known = knowledge.pack.subject(subject).map(|subject| subject.subtopics.as_slice()).unwrap_or_default();
    let listed = if given.is_empty() { known.iter().map(String::as_str).collect() } else { given };
    let mut seen = HashSet::new();
    let mut foci: Vec<String> =
        listed.iter().filter(|name| is_new(&mut seen, name)).map(|name| in_sentence(name)).collect();
    if foci.is_empty() {
        foci = topics(subject);
    }
    if rng.below(2) == 0 {
        foci.rotate_left(1);
    }
    foci
}

/// Takes sessions out until `wanted` are left: common ones before special ones; the first and the last stay.
fn trim(sessions: &mut Vec<(bool, Session)>, wanted: usize, rng: &mut Rng) {
    while sessions.len() > wanted.max(3) {
        let inner: Vec<usize> = (1..sessions.len() - 1).collect();
        let common: Vec<usize> =
            inner.iter().copied().filter(|at| sessions.get(*at).is_some_and(|(common, _)| *common)).collect();
        let from = if common.is_empty() { inner } else { common };
        if let Some(at) = rng.pick(&from) {
            sessions.remove(*at);
        }
    }
}

fn introduction(subject: &str, foci: &[String], domain: Domain, rng: &mut Rng) -> String {
    let subject = in_sentence(subject);
    let some: Vec<&str> = foci.iter().take(3).map(String::as_str).collect();
    let topics = prose_list(&some);
    let way = match domain {
        Domain::Science => "from observation and measurement to models and applications",
        Domain::Health => "from evidence to decisions with patients and in teams",
        Domain::Formal => "from definitions and proofs to computation and data",
        Domain::Social => "from concepts and indicators to causes, rules and cases",
        Domain::Humanities => "from works and sources to interpretation and judgement",
        Domain::Trade => "from safe work and materials to planning, pricing and fault finding",
    };
    let opening = rng.word(&[
        "This course introduces students to",
        "The course gives a systematic account of",
        "Students of this course work their way into",
    ]);
    let closing = rng.word(&[
        "Each session ends with problems that use what came before.",
        "A small project at the end brings the parts together.",
        "Examples are worked in class before students try their own.",
    ]);
    format!("{opening} {subject}. It leads {way}, with {topics} as recurring examples. {closing}")
}

fn objectives(foci: &[String], rng: &mut Rng) -> Vec<String> {
    let mut objectives = [
        "Define the central terms of {focus} and use them consistently",
        "Judge claims about {focus} by the evidence behind them",
        "Solve standard problems in {focus} and explain each step",
        "Plan a small piece of work on {focus} and defend its conclusions",
        "Present results on {focus} to specialists and to others",
        "Name the limits of the methods used in {focus}",
    ];
    rng.shuffle(&mut objectives);
    let count = 3 + rng.below(3);
    let focus = |number: usize| foci.get(number % foci.len().max(1)).map_or("the subject", String::as_str);
    let picked = objectives.iter().take(count).enumerate();
    picked.map(|(number, objective)| fill(objective, "focus", focus(number))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::structure;
    use super::*;

    fn content(block: &str, json: bool, seed: u64) -> Content {
        let prompt = format!("<data>\nstep: syllabus\nsessions: 10-30\n{block}\n</data>");
        reply(Knowledge::shipped().unwrap(), &Data::find(&prompt).unwrap(), json, seed)
    }

    fn json(block: &str, seed: u64) -> Value {
        match content(block, true, seed) {
            Content::Json(value) => value,
            other => panic!("{other:?}"),
        }
    }

    const FOREIGN: [&str; 6] = [
        "subject: Advanced Photonic Crystals and Applications\ndiscipline: Atomic and Molecular Physics, and Optics",
        "subject: Hospital Admissions and Outcomes\ndiscipline: Emergency Medicine",
        "subject: Sparse and Compressive Sensing Techniques\ndiscipline: Computational Mechanics",
        "subject: Occupational and Professional Licensing Regulation\ndiscipline: Economics and Econometrics",
        "subject: Theater, Performance, and Music History\ndiscipline: Music",
        "subject: Boat Building\ndiscipline: Carpentry\nsubtopics:\n- Hulls\n- Decks\n- Masts\n- Sails",
    ];

    #[test]
    fn any_subject_gets_a_full_syllabus_without_repeated_concepts() {
        for block in FOREIGN {
            for seed in 0..10 {
                let syllabus = json(block, seed);
                let sessions = syllabus["sessions"].as_array().unwrap();
                assert!((10..=14).contains(&sessions.len()), "{block}: {}", sessions.len());
                let (mut titles, mut concepts) = (HashSet::new(), HashSet::new());
                for session in sessions {
                    assert!(is_new(&mut titles, session["title"].as_str().unwrap()), "{session}");
                    let names = session["concepts"].as_array().unwrap();
                    assert!((4..=6).contains(&names.len()), "{session}");
                    for name in names {
                        assert!(is_new(&mut concepts, name.as_str().unwrap()), "{name}");
                    }
                }
                assert!((3..=5).contains(&syllabus["objectives"].as_array().unwrap().len()));
            }
        }
    }

    #[test]
    fn a_rejected_syllabus_is_not_sent_again() {
        let first = json("subject: Optics", 1);
        assert_eq!(first, json("subject: Optics", 2));
        assert_ne!(first, json("subject: Optics\nrejected:\n- too narrow", 1));
    }

    #[test]
    fn the_second_round_keeps_everything() {
        for block in [FOREIGN[0], "subject: Optics"] {
            let Content::Text(prose) = content(block, false, 5) else { panic!("not prose") };
            let Content::Lines(lines) = structure::reply(&prose, "") else { panic!("not lines") };
            let mut whole = lines[0].clone();
            whole["sessions"] = Value::Array(lines[1..].to_vec());
            assert_eq!(whole, json(block, 5));
        }
    }
}
