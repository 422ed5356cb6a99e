//! A proposed syllabus.

use serde_json::{Map, Value};

use super::extract::{Bad, extract};
use super::shape::{PROSE, list, name, object, text};
use super::{ParseError, Parsed};
use crate::llm::text::excerpt;

/// Most class sessions taken; the paper's syllabi have 10 to 30.
const MAX_SESSIONS: usize = 100;

/// The names under which models put the sessions.
const LISTS: [&str; 4] = ["sessions", "class_sessions", "classes", "items"];

/// A syllabus as a model proposes it. Untrusted text throughout.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProposedSyllabus {
    /// What the subject is about.
    pub introduction: String,
    /// What students can do at the end.
    pub objectives: Vec<String>,
    /// The class sessions in teaching order.
    pub sessions: Vec<ProposedSession>,
    /// The JSON had to be repaired, so the text deserves a look.
    pub repaired: bool,
}

/// One class session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProposedSession {
    /// Its title, on one line.
    pub title: String,
    /// What happens in it.
    pub description: String,
    /// Its key concepts.
    pub concepts: Vec<String>,
}

/// Reads one syllabus from a reply: one object, or JSON lines of which the first without a title
/// holds introduction and objectives. On success there is exactly one item; bad sessions are
/// reported beside it.
///
/// # Errors
/// If the reply holds no usable session, or is cut.
pub fn syllabus(reply: &str) -> Result<Parsed<ProposedSyllabus>, ParseError> {
    let found = extract(reply, &LISTS);
    let nothing = found.pieces.is_empty() && found.bad.is_empty();
    if nothing {
        return Err(ParseError { reason: "The reply holds no JSON.".to_owned(), prose: true });
    }
    if found.cut {
        let reason = "The syllabus is cut off, so its last sessions are missing.".to_owned();
        return Err(ParseError { reason, prose: false });
    }
    let mut draft = Draft { parsed: ProposedSyllabus::default(), bad: found.bad };
    if let Some(Value::Object(header)) = &found.header {
        draft.header(header).map_err(|reason| ParseError { reason, prose: false })?;
    }
    for piece in found.pieces {
        draft.parsed.repaired |= piece.repaired;
        draft.piece(piece.index, &piece.value);
    }
    if draft.parsed.sessions.is_empty() {
        let why = draft.bad.first().map_or("", |bad| &bad.reason);
        let reason = format!("The reply holds no class session. {why}").trim_end().to_owned();
        return Err(ParseError { reason, prose: false });
    }
    Ok(Parsed { items: vec![draft.parsed], bad: draft.bad })
}

/// Reads one class session from a reply. On success there is exactly one item.
///
/// # Errors
/// If the reply holds no usable session, several, or is cut.
pub fn lone_session(reply: &str) -> Result<Parsed<ProposedSession>, ParseError> {
    let Parsed { items, bad } = syllabus(reply)?;
    let sessions: Vec<ProposedSession> = items.into_iter().flat_map(|whole| whole.sessions).collect();
    if sessions.len() != 1 {
        let reason = format!("The reply holds {} class sessions; one was asked for.", sessions.len());
        return Err(ParseError { reason, prose: false });
    }
    Ok(Parsed { items: sessions, bad })
}

struct Draft {
    parsed: ProposedSyllabus,
    bad: Vec<Bad>,
}

impl Draft {
    /// A piece is the whole syllabus, its header, or one session.
    fn piece(&mut self, index: usize, value: &Value) {
        let part = object(value).and_then(|object| {
            let sessions = LISTS.iter().find_map(|key| object.get(*key).and_then(Value::as_array));
            if sessions.is_some() || object.contains_key("introduction") || object.contains_key("objectives") {
                self.header(object)?;
                for (index, session) in sessions.into_iter().flatten().enumerate() {
                    self.session(index, session);
                }
                return Ok(());
            }
            self.session(index, value);
            Ok(())
        });
        if let Err(reason) = part {
            self.report(index, value, reason);
        }
    }

    fn header(&mut self, object: &Map<String, Value>) -> Result<(), String> {
        self.parsed.introduction = text(object, &["introduction", "description"], PROSE)?;
        self.parsed.objectives = list(object, &["objectives", "learning_objectives"])?;
        Ok(())
    }

    fn session(&mut self, index: usize, value: &Value) {
        if self.parsed.sessions.len() == MAX_SESSIONS {
            self.report(index, value, format!("More than {MAX_SESSIONS} sessions."));
            return;
        }
        match session(value) {
            Ok(session) => self.parsed.sessions.push(session),
            Err(reason) => self.report(index, value, reason),
        }
    }

    fn report(&mut self, index: usize, value: &Value, reason: String) {
        self.bad.push(Bad { index, snippet: excerpt(&value.to_string(), 160), reason });
    }
}

fn session(value: &Value) -> Result<ProposedSession, String> {
    let object = object(value)?;
    Ok(ProposedSession {
        title: name(object, &["title", "name", "session", "session_name"])?,
        description: text(object, &["description", "summary"], PROSE)?,
        concepts: list(object, &["concepts", "key_concepts"])?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"{"introduction":"Light.","objectives":["See"],"sessions":[
        {"title":"Rays","description":"Straight.","concepts":["Fermat's principle","Snell's law"]},
        {"title":"Waves","description":"Not.","concepts":["Huygens' principle"]}]}"#;

    #[test]
    fn one_object_and_json_lines_mean_the_same() {
        let lines = "```\n{\"introduction\":\"Light.\",\"objectives\":[\"See\"]}\n\
            {\"title\":\"Rays\",\"description\":\"Straight.\",\"concepts\":[\"Fermat's principle\",\"Snell's law\"]}\n\
            {\"title\":\"Waves\",\"description\":\"Not.\",\"concepts\":[\"Huygens' principle\"]}\n```";
        let whole = syllabus(WHOLE).unwrap();
        assert_eq!(whole, syllabus(lines).unwrap());
        assert_eq!(whole.items.len(), 1);
        assert_eq!(whole.items[0].sessions[0].concepts[1], "Snell's law");
    }

    #[test]
    fn a_bad_session_is_reported_and_the_others_kept() {
        let parsed = syllabus(&WHOLE.replace("\"title\":\"Rays\"", "\"heading\":\"Rays\"")).unwrap();
        assert_eq!(parsed.items[0].sessions.len(), 1);
        assert_eq!(parsed.bad[0].index, 0);
        let broken = syllabus(&WHOLE.replace("\"Straight.\"", "Straight")).unwrap();
        assert_eq!(broken.items[0].introduction, "Light.");
        assert_eq!((broken.items[0].sessions.len(), broken.bad.len()), (1, 1));
    }

    #[test]
    fn a_lone_session_is_one_object_or_one_line() {
        let one = r#"{"title":"Rays","description":"Straight.","concepts":["Snell's law"]}"#;
        for reply in [one.to_owned(), format!("```\n{one}\n```"), format!("```json\n{{\"sessions\":[{one}]}}\n```")] {
            let parsed = lone_session(&reply).unwrap();
            assert_eq!((parsed.items.len(), parsed.items[0].title.as_str()), (1, "Rays"), "{reply}");
        }
        assert!(lone_session(WHOLE).unwrap_err().reason.contains("2 class sessions"));
        assert!(lone_session(&one[..one.len() - 4]).is_err());
    }

    #[test]
    fn a_cut_syllabus_is_refused() {
        for end in [WHOLE.len() - 1, WHOLE.len() - 2, WHOLE.len() - 30] {
            let error = syllabus(&WHOLE[..end]).unwrap_err();
            assert!(error.reason.contains("cut off"), "{end}: {}", error.reason);
        }
        assert!(syllabus("Session 1: Rays").unwrap_err().prose);
        assert!(!syllabus("{\"introduction\":\"x\"}").unwrap_err().prose);
    }
}
