//! Where an item comes from and what became of it, as lines for people.

use super::dataset::{Dataset, Entry, Standing};
use super::record::{CallNote, Record};
use crate::taxonomy::Snapshot;
use crate::taxonomy::text::reveal_line;

/// What is known about an item besides its texts: a word and what it says, made visible. What others
/// said of it is left out as long as `viewer` has not judged it.
#[must_use]
pub fn provenance(
    snapshot: &Snapshot,
    dataset: &Dataset,
    entry: &Entry,
    record: &Record,
    viewer: &str,
) -> Vec<(&'static str, String)> {
    let mut lines = vec![("item", record.item.to_string())];
    let path: Vec<_> = dataset.subject_of(entry, record).names.iter().map(|name| name.line().into_owned()).collect();
    lines.push(("path", path.join(" > ")));
    lines.push(("standing", standing(snapshot, entry, viewer)));
    if let Some(other) = entry.repeats {
        lines.push(("repeats", other.to_string()));
    }
    if entry.others > 0 {
        lines.push(("also", format!("{} further records of it", entry.others)));
    }
    for session in &record.sessions {
        lines.push(("session", format!("{} {}", reveal_line(&session.id.0), session.title.line())));
    }
    for drawn in &record.concepts {
        lines.push(("concept", format!("{} ({})", drawn.concept.line(), reveal_line(&drawn.session.0))));
    }
    let syllabus = if entry.is_stale { " (the subject has another one now, or is not approved)" } else { "" };
    lines.push(("syllabus", format!("{}{syllabus}", reveal_line(&record.syllabus))));
    lines.push(("strategy", record.strategy.to_string()));
    lines.push(("type", record.question_type.to_string()));
    lines.extend(record.language.as_ref().map(|language| ("language", reveal_line(language).into_owned())));
    for (step, call) in [("question", &record.question_call), ("answer", &record.answer_call)] {
        if let Some(call) = call {
            lines.push((step, called(call)));
        }
    }
    if let Some(failure) = &record.failure {
        let (step, class) = (reveal_line(&failure.step), reveal_line(&failure.class));
        lines.push(("failed", format!("at the {step}, {class}: {}", failure.message.line())));
    }
    for finding in &record.findings {
        lines.push(("check", finding_line(finding)));
    }
    lines.push(("recipe", format!("{}, seed {}", reveal_line(&record.recipe), record.seed)));
    lines.push(("run", dataset.run(entry).to_string()));
    lines.push(("finished", record.at.to_string()));
    lines.extend(verdicts(snapshot, entry, viewer).into_iter().map(|line| ("verdict", line)));
    lines
}

fn finding_line(finding: &super::checks::Finding) -> String {
    let json = serde_json::to_value(finding).unwrap_or_default();
    let detail: Vec<String> = json
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, _)| *key != "check")
        .map(|(key, value)| match value.as_str() {
            Some(text) => format!("{key} {text}"),
            None => format!("{key} {value}"),
        })
        .collect();
    let code = finding.check.code();
    let line = if detail.is_empty() { code.to_owned() } else { format!("{code}: {}", detail.join(", ")) };
    reveal_line(&line).into_owned()
}

/// What becomes of an item as somebody may know it: that others refused it is not told before one's own verdict.
#[must_use]
pub fn shown_standing(snapshot: &Snapshot, entry: &Entry, viewer: &str) -> Standing {
    match entry.standing {
        Standing::Refused if snapshot.hides_judgement(entry.item.into(), viewer) => Standing::Kept,
        standing => standing,
    }
}

fn standing(snapshot: &Snapshot, entry: &Entry, viewer: &str) -> String {
    let standing = shown_standing(snapshot, entry, viewer);
    match &entry.why {
        Some(why) => format!("{}: {}", standing.code(), reveal_line(why)),
        None => standing.code().to_owned(),
    }
}

/// What people say of an item, one line a curator, as far as `viewer` may know.
#[must_use]
pub fn verdicts(snapshot: &Snapshot, entry: &Entry, viewer: &str) -> Vec<String> {
    let Some(judgement) = snapshot.judgement(entry.item.into()) else { return Vec::new() };
    if snapshot.hides_judgement(entry.item.into(), viewer) {
        return vec!["shown after yours".to_owned()];
    }
    let line = |voice: &crate::taxonomy::verdicts::Voice| {
        let note = voice.note.as_ref().map(|note| format!(": {}", note.line())).unwrap_or_default();
        format!("{} by {}{note}", voice.verdict.title(), reveal_line(&voice.by))
    };
    judgement.voices.iter().map(line).collect()
}

fn called(call: &CallNote) -> String {
    let served = call.served.as_ref().filter(|served| served.raw() != call.model);
    let mut parts = vec![reveal_line(&call.model).into_owned()];
    parts.extend(served.map(|served| format!("served as {}", served.line())));
    parts.push(format!("prompt {}", reveal_line(&call.prompt)));
    if let Ok(serde_json::Value::Object(sampling)) = serde_json::to_value(&call.sampling) {
        let known = sampling.into_iter().filter(|(_, value)| !value.is_null());
        parts.extend(known.map(|(key, value)| format!("{key} {}", reveal_line(&value.to_string()))));
    }
    if let Some(tokens) = call.tokens {
        parts.push(format!("{} + {} tokens", tokens.prompt_tokens, tokens.completion_tokens));
    }
    parts.extend(call.finish.as_ref().map(|finish| format!("finish {}", finish.line())));
    if call.attempts > 1 {
        parts.push(format!("{} requests", call.attempts));
    }
    parts.join(", ")
}
