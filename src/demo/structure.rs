//! The second round: turns the model's own prose into JSON lines.

use serde_json::{Value, json};

use super::model::Content;
use super::propose::Proposal;
use super::syllabus::{Session, Syllabus};

/// `text`, an earlier reply, as JSON lines: nodes, or a syllabus with its introduction first. `asked` says
/// which keys.
#[must_use]
pub fn reply(text: &str, asked: &str) -> Content {
    let syllabus = syllabus(text);
    if syllabus.sessions.is_empty() {
        let line = |proposal: &Proposal| match asked.contains("\"subject_name\"") {
            // The keys of the paper, and no others.
            true => json!({"subject_name": proposal.name, "level": proposal.level, "subtopics": proposal.subtopics}),
            false => proposal.json(),
        };
        let lines: Vec<Value> = proposals(text).iter().map(line).collect();
        // An empty list is a result, and has its own line.
        return Content::Lines(if lines.is_empty() { vec![json!({"items": []})] } else { lines });
    }
    let head = json!({"introduction": syllabus.introduction, "objectives": syllabus.objectives});
    let sessions = syllabus.sessions.iter().map(Session::json);
    Content::Lines(std::iter::once(head).chain(sessions).collect::<Vec<Value>>())
}

fn proposals(text: &str) -> Vec<Proposal> {
    let mut proposals: Vec<Proposal> = Vec::new();
    for line in text.lines() {
        if let Some(name) = numbered(line) {
            proposals.push(Proposal { name: name.to_owned(), ..Proposal::default() });
            continue;
        }
        let Some(proposal) = proposals.last_mut() else {
            continue;
        };
        match line.trim().split_once(": ") {
            Some(("Level", level)) => proposal.level = level.to_owned(),
            Some(("Scope", scope)) => proposal.scope = scope.to_owned(),
            Some(("Subtopics", subtopics)) => proposal.subtopics = items(subtopics),
            Some(("Rationale", rationale)) => proposal.rationale = rationale.to_owned(),
            _ => {}
        }
    }
    proposals
}

fn syllabus(text: &str) -> Syllabus {
    let mut syllabus = Syllabus::default();
    for line in text.lines().map(str::trim) {
        if let Some(objective) = line.strip_prefix("- ") {
            syllabus.objectives.push(objective.to_owned());
            continue;
        }
        let Some((label, value)) = line.split_once(": ") else {
            continue;
        };
        let value = value.to_owned();
        match (label, syllabus.sessions.last_mut()) {
            ("Introduction", None) => syllabus.introduction = value,
            ("Description", Some(session)) => session.description = value,
            ("Key concepts", Some(session)) => session.concepts = items(&value),
            (label, _) if label.starts_with("Session ") => {
                syllabus.sessions.push(Session { title: value, ..Session::default() });
            }
            _ => {}
        }
    }
    syllabus
}

/// The rest of a line that starts with a number and a point, as in `12. Optics`.
fn numbered(line: &str) -> Option<&str> {
    let (number, rest) = line.split_once(". ")?;
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    digits.then_some(rest.trim())
}

fn items(list: &str) -> Vec<String> {
    list.split(';').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::data::Data;
    use crate::demo::{Knowledge, propose};

    #[test]
    fn the_second_round_keeps_every_proposal() {
        let knowledge = Knowledge::shipped().unwrap();
        let prompt = "<data>\nstep: propose\nkind: subject\nparent: Physics\nparent_kind: discipline\n</data>";
        let data = Data::find(prompt).unwrap();
        let Content::Text(prose) = propose::reply(knowledge, &data, false, 4) else { panic!("not prose") };
        let Content::Json(direct) = propose::reply(knowledge, &data, true, 4) else { panic!("not JSON") };
        assert_eq!(reply(&prose, ""), Content::Lines(direct["items"].as_array().unwrap().clone()));
        assert!(direct["items"].as_array().unwrap().len() >= 3);
    }

    #[test]
    fn prose_without_a_list_is_an_empty_list() {
        let empty = Content::Lines(vec![json!({"items": []})]);
        assert_eq!(reply("I have no further field to propose.", ""), empty);
    }
}
