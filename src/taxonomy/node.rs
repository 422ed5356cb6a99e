//! A node of the taxonomy: a field, sub-field, discipline or subject (GLAN section 2.1-2.2).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::documents::DocumentRef;
use super::id::NodeId;
use super::syllabus::Syllabus;
use super::text::Untrusted;

/// The level of a node. A discipline may hang directly under a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The top: Natural Sciences, Humanities, Services.
    Field,
    /// A part of a field that groups disciplines.
    SubField,
    /// What a university has a department for.
    Discipline,
    /// What a student takes: it has a syllabus.
    Subject,
}

impl Kind {
    /// From the top of the taxonomy down.
    pub const ALL: [Kind; 4] = [Kind::Field, Kind::SubField, Kind::Discipline, Kind::Subject];

    /// What something hangs under, in words: `a field`, or `the root` for what hangs under nothing.
    #[must_use]
    pub fn place(above: Option<Self>) -> String {
        above.map_or_else(|| "the root".to_owned(), |kind| format!("a {kind}"))
    }

    /// The word in files and on screens.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Field => "field",
            Kind::SubField => "sub-field",
            Kind::Discipline => "discipline",
            Kind::Subject => "subject",
        }
    }

    /// The word for several.
    #[must_use]
    pub fn plural(self) -> &'static str {
        match self {
            Kind::Field => "fields",
            Kind::SubField => "sub-fields",
            Kind::Discipline => "disciplines",
            Kind::Subject => "subjects",
        }
    }

    /// The first three letters of an id.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Kind::Field => "fld",
            Kind::SubField => "sbf",
            Kind::Discipline => "dis",
            Kind::Subject => "sub",
        }
    }

    /// The kinds that may hang under this one (`None`: at the root), likeliest first.
    #[must_use]
    pub fn below(parent: Option<Kind>) -> &'static [Kind] {
        match parent {
            None => &[Kind::Field],
            Some(Kind::Field) => &[Kind::Discipline, Kind::SubField],
            Some(Kind::SubField) => &[Kind::Discipline],
            Some(Kind::Discipline) => &[Kind::Subject],
            Some(Kind::Subject) => &[],
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Kind::ALL
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or_else(|| "a kind is one of field, sub-field, discipline, subject".to_owned())
    }
}

/// What a proposal and a node both say about themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Its name, unique among its siblings by [`super::text::normalise`].
    pub name: Untrusted,
    /// Other names: what was merged into it, and what people search for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<Untrusted>,
    /// The level of a subject as its discipline writes it: "200", "graduate", "Year 1".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Untrusted>,
    /// What belongs to it, in a sentence or two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Untrusted>,
    /// Topics of a subject, from which its syllabus is designed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subtopics: Vec<Untrusted>,
}

impl Facts {
    /// Facts that are only a name.
    #[must_use]
    pub fn named(name: impl Into<Untrusted>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// The name, then the other names.
    pub fn names(&self) -> impl Iterator<Item = &Untrusted> + Clone {
        std::iter::once(&self.name).chain(&self.aliases)
    }

    /// Whether any text in it hides characters.
    #[must_use]
    pub fn is_suspicious(&self) -> bool {
        let optional = self.level.iter().chain(&self.scope);
        let lists = self.aliases.iter().chain(&self.subtopics);
        std::iter::once(&self.name).chain(optional).chain(lists).any(Untrusted::is_suspicious)
    }
}

/// Set on a node that is no longer taught. Accepted nodes are never deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deprecation {
    /// The node to use instead, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<NodeId>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Untrusted>,
}

/// An accepted node: the content of one file below `tree/`. Where it hangs is the folder it is
/// in, not part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Node {
    /// Opaque, never changes.
    pub id: NodeId,
    /// Its level.
    pub kind: Kind,
    /// Name, aliases, level, scope, subtopics.
    #[serde(flatten)]
    pub facts: Facts,
    /// Present when the node is no longer taught.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<Deprecation>,
    /// Remarks that last (comments in a file do not).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<Untrusted>,
    /// Documents that ground its syllabi and homework, and those of all below it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<DocumentRef>,
    /// Keys that this version does not know, kept as they were.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
    /// The syllabus of a subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub syllabus: Option<Syllabus>,
}

impl Node {
    /// A new node with nothing but its facts.
    #[must_use]
    pub fn new(id: NodeId, kind: Kind, facts: Facts) -> Self {
        let documents = Vec::new();
        Self { id, kind, facts, deprecated: None, notes: None, documents, extra: Map::new(), syllabus: None }
    }

    /// Whether it is still taught.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.deprecated.is_none()
    }
}

/// Written out because serde's `flatten` would re-type scalars (`level: 200`, `name: no`) on
/// the way through its buffer, and lose the position of an error.
impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> serde::de::Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a node: a map with id, kind and name")
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        use serde::de::Error as _;
        let (mut id, mut kind, mut name) = (None, None, None);
        let mut facts = Facts::default();
        let (mut deprecated, mut notes, mut syllabus) = (None, None, None);
        let mut documents = Vec::new();
        let mut extra = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "id" => id = Some(map.next_value()?),
                "kind" => kind = Some(map.next_value()?),
                "name" => name = Some(map.next_value()?),
                "aliases" => facts.aliases = map.next_value::<Option<_>>()?.unwrap_or_default(),
                "level" => facts.level = map.next_value()?,
                "scope" => facts.scope = map.next_value()?,
                "subtopics" => facts.subtopics = map.next_value::<Option<_>>()?.unwrap_or_default(),
                "deprecated" => deprecated = map.next_value()?,
                "notes" => notes = map.next_value()?,
                "documents" => documents = map.next_value::<Option<_>>()?.unwrap_or_default(),
                "syllabus" => syllabus = map.next_value()?,
                _ => {
                    extra.insert(key, map.next_value()?);
                }
            }
        }
        let missing = |key| A::Error::custom(format!("the node has no `{key}`"));
        facts.name = name.ok_or_else(|| missing("name"))?;
        let id = id.ok_or_else(|| missing("id"))?;
        let kind = kind.ok_or_else(|| missing("kind"))?;
        Ok(Node { id, kind, facts, deprecated, notes, documents, extra, syllabus })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_discipline_may_hang_under_a_field_but_a_subject_may_not() {
        assert!(Kind::below(Some(Kind::Field)).contains(&Kind::Discipline));
        assert!(!Kind::below(Some(Kind::Field)).contains(&Kind::Subject));
        assert!(Kind::below(Some(Kind::Subject)).is_empty());
    }

    #[test]
    fn unknown_keys_survive_json() {
        let text = r#"{"id":"sub_7h2kq0m9xa","kind":"subject","name":"Optics","colour":{"deep":[1,2]}}"#;
        let node: Node = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&node).unwrap(), text);
    }

    #[test]
    fn a_node_without_a_name_says_so() {
        let error = serde_json::from_str::<Node>(r#"{"id":"sub_7h2kq0m9xa","kind":"subject"}"#).unwrap_err();
        assert!(error.to_string().contains("no `name`"), "{error}");
        for text in ["[]", "\"Optics\"", "7"] {
            let error = serde_json::from_str::<Node>(text).unwrap_err();
            assert!(error.to_string().contains("expected a node: a map with id, kind and name"), "{error}");
        }
    }
}
