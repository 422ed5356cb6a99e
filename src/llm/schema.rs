//! The JSON schemas sent to servers that take one.

use serde_json::{Value, json};

use super::Schema;

/// A list of proposed nodes.
#[must_use]
pub fn nodes() -> Schema {
    let node = object(&[
        ("name", string()),
        ("level", string()),
        ("scope", string()),
        ("subtopics", list(string())),
        ("rationale", string()),
    ]);
    Schema { name: "provost_nodes", json: object(&[("items", list(node))]) }
}

/// A syllabus.
#[must_use]
pub fn syllabus() -> Schema {
    let session = object(&[("title", string()), ("description", string()), ("concepts", list(string()))]);
    let whole = object(&[("introduction", string()), ("objectives", list(string())), ("sessions", list(session))]);
    Schema { name: "provost_syllabus", json: whole }
}

/// One class session.
#[must_use]
pub fn session() -> Schema {
    let session = object(&[("title", string()), ("description", string()), ("concepts", list(string()))]);
    Schema { name: "provost_session", json: session }
}

/// A score with its reason. The reason comes first: a model that has to give it thinks before it scores.
#[must_use]
pub fn verdict() -> Schema {
    let whole = object(&[("reason", string()), ("score", json!({"type": "integer"}))]);
    Schema { name: "provost_verdict", json: whole }
}

fn string() -> Value {
    json!({"type": "string"})
}

fn list(items: Value) -> Value {
    json!({"type": "array", "items": items})
}

/// An object as strict mode wants it: everything required, nothing else allowed.
fn object(fields: &[(&str, Value)]) -> Value {
    let properties: serde_json::Map<_, _> =
        fields.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    let required: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}
