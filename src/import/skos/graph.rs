//! The statements of a file that mean something here, by the resource they are about. Statements
//! arrive one by one; the others are only counted.

use std::collections::{BTreeMap, HashMap};

use super::Options;
use super::vocabulary::{BOOLEAN, DC, DCT, OWL, PROVOST, RDFS, SKOS, SKOSXL, TYPE};
use crate::import::{Remark, Rule};

/// Longest IRI. Prefixes and bases can make long ones of short text.
const LONGEST_IRI: usize = 4096;
/// Most text that is kept, in bytes: as with [`LONGEST_IRI`].
const MOST_TEXT: usize = 256 << 20;
/// Most resources.
const MOST: usize = 1_000_000;

/// A literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The language tag, in lower case.
    pub language: Option<String>,
    /// What it says.
    pub value: String,
}

/// A resource, and what is said of it. Numbers are other resources; they may be said twice.
#[derive(Debug, Default)]
pub struct Resource {
    /// Its IRI, or `_:` and a label.
    pub iri: String,
    /// Whether it is called a concept.
    pub is_concept: bool,
    /// Whether it is called a concept scheme.
    pub is_scheme: bool,
    /// Whether it is called a collection.
    pub is_collection: bool,
    /// `skos:prefLabel`.
    pub names: Vec<Text>,
    /// `rdfs:label`, `dct:title`: names where there is no other.
    pub titles: Vec<Text>,
    /// `skos:altLabel`, `skos:hiddenLabel`.
    pub aliases: Vec<Text>,
    /// `skos:definition`.
    pub definitions: Vec<Text>,
    /// `skos:scopeNote`.
    pub scope_notes: Vec<Text>,
    /// Other notes, with the word for each.
    pub notes: Vec<(String, Text)>,
    /// `skos:notation`, with its type.
    pub notations: Vec<(String, String)>,
    /// Parents, from `skos:broader` and `skos:narrower`.
    pub broader: Vec<usize>,
    /// Schemes that it is a top concept of.
    pub top_of: Vec<usize>,
    /// `skos:related`.
    pub related: Vec<usize>,
    /// `skos:exactMatch` and so on: IRIs elsewhere.
    pub matches: Vec<String>,
    /// `owl:deprecated true`, or another vocabulary's word for it.
    pub deprecated: bool,
    /// `dct:isReplacedBy`.
    pub replaced_by: Vec<usize>,
    /// Ours: why it is deprecated.
    pub reason: Option<String>,
    /// Ours: topics of a subject.
    pub subtopics: Vec<String>,
    /// `dct:identifier`.
    pub identifiers: Vec<String>,
    /// `skosxl:prefLabel` and `skosxl:altLabel`: resources with a literal form.
    pub xl: Vec<(bool, usize)>,
    /// `skosxl:literalForm`.
    pub literal: Option<Text>,
}

/// Everything that is kept.
#[derive(Debug, Default)]
pub struct Graph {
    /// In the order they were first named.
    pub resources: Vec<Resource>,
    by_iri: HashMap<String, usize>,
    text: usize,
    /// How often each property had no place.
    unused: BTreeMap<String, usize>,
}

/// The object of a statement.
pub enum Object<'a> {
    /// A resource.
    Resource(&'a str),
    /// A literal: value, language, type.
    Literal(&'a str, Option<&'a str>, &'a str),
}

impl Graph {
    /// Takes in a statement.
    ///
    /// # Errors
    /// A sentence, where a limit is passed.
    pub fn add(&mut self, subject: &str, property: &str, object: &Object<'_>) -> Result<(), String> {
        if let Some(word) = property.strip_prefix(SKOS) {
            return self.skos(subject, word, object);
        }
        let known = match (property, object) {
            (TYPE, Object::Resource(class)) => {
                let word = class.strip_prefix(SKOS);
                let at = self.resource(subject)?;
                let resource = &mut self.resources[at];
                resource.is_concept |= word == Some("Concept");
                resource.is_scheme |= word == Some("ConceptScheme");
                resource.is_collection |= matches!(word, Some("Collection" | "OrderedCollection"));
                true
            }
            (property, Object::Literal(value, _, kind)) if local(property) == "deprecated" => {
                let said = *kind == BOOLEAN || property.starts_with(OWL);
                if said && matches!(*value, "true" | "1") {
                    let at = self.resource(subject)?;
                    self.resources[at].deprecated = true;
                }
                said
            }
            (property, Object::Resource(other)) => self.link(subject, property, other)?,
            (property, Object::Literal(value, language, _)) => self.text(subject, property, value, *language)?,
        };
        if !known {
            self.unused(property);
        }
        Ok(())
    }

    fn skos(&mut self, subject: &str, word: &str, object: &Object<'_>) -> Result<(), String> {
        match object {
            Object::Resource(other) => {
                let linked = matches!(word, "broader" | "narrower" | "topConceptOf" | "hasTopConcept" | "related");
                if linked {
                    let (a, b) = (self.resource(subject)?, self.resource(other)?);
                    let (at, list, value) = match word {
                        "broader" => (a, 0, b),
                        "narrower" => (b, 0, a),
                        "topConceptOf" => (a, 1, b),
                        "hasTopConcept" => (b, 1, a),
                        _ => (a, 2, b),
                    };
                    let resource = &mut self.resources[at];
                    let list =
                        [&mut resource.broader, &mut resource.top_of, &mut resource.related].into_iter().nth(list);
                    if let Some(list) = list {
                        list.push(value);
                    }
                } else if word.ends_with("Match") {
                    let (at, iri) = (self.resource(subject)?, self.keep(other)?);
                    self.resources[at].matches.push(iri);
                } else if word == "inScheme" {
                    self.resource(subject)?;
                } else {
                    self.unused(&format!("{SKOS}{word}"));
                }
            }
            Object::Literal(value, language, kind) => {
                let text = self.literal(value, *language)?;
                let at = self.resource(subject)?;
                let resource = &mut self.resources[at];
                match word {
                    "prefLabel" => resource.names.push(text),
                    "altLabel" | "hiddenLabel" => resource.aliases.push(text),
                    "definition" => resource.definitions.push(text),
                    "scopeNote" => resource.scope_notes.push(text),
                    "notation" => resource.notations.push(((*kind).to_owned(), text.value)),
                    "note" | "example" | "changeNote" | "editorialNote" | "historyNote" => {
                        resource.notes.push((word.to_owned(), text));
                    }
                    _ => self.unused(&format!("{SKOS}{word}")),
                }
            }
        }
        Ok(())
    }

    /// Links of other vocabularies; whether it is one that is read.
    fn link(&mut self, subject: &str, property: &str, other: &str) -> Result<bool, String> {
        if property.strip_prefix(DCT) == Some("isReplacedBy") {
            let (at, by) = (self.resource(subject)?, self.resource(other)?);
            self.resources[at].replaced_by.push(by);
            return Ok(true);
        }
        match property.strip_prefix(SKOSXL) {
            Some(word @ ("prefLabel" | "altLabel" | "hiddenLabel")) => {
                let (at, label) = (self.resource(subject)?, self.resource(other)?);
                self.resources[at].xl.push((word == "prefLabel", label));
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Texts of other vocabularies; whether it is one that is read.
    fn text(&mut self, subject: &str, property: &str, value: &str, language: Option<&str>) -> Result<bool, String> {
        let words = [(DCT, 'd'), (DC, 'd'), (RDFS, 'r'), (SKOSXL, 'x'), (PROVOST, 'p')];
        let found = words.iter().find_map(|(base, tag)| Some((*tag, property.strip_prefix(base)?)));
        let known = matches!(
            found,
            Some(('d', "title" | "identifier") | ('r', "label") | ('x', "literalForm") | ('p', "subtopic" | "reason"))
        );
        if !known {
            return Ok(false);
        }
        let text = self.literal(value, language)?;
        let at = self.resource(subject)?;
        let resource = &mut self.resources[at];
        match found {
            Some((_, "identifier")) => resource.identifiers.push(text.value),
            Some((_, "literalForm")) => resource.literal = Some(text),
            Some((_, "subtopic")) => resource.subtopics.push(text.value),
            Some((_, "reason")) => resource.reason = Some(text.value),
            _ => resource.titles.push(text),
        }
        Ok(true)
    }

    fn unused(&mut self, property: &str) {
        if let Some(count) = self.unused.get_mut(property) {
            *count += 1;
        } else if self.unused.len() < 1000 && property.len() <= LONGEST_IRI {
            self.unused.insert(property.to_owned(), 1);
        }
    }

    fn resource(&mut self, iri: &str) -> Result<usize, String> {
        if let Some(at) = self.by_iri.get(iri) {
            return Ok(*at);
        }
        if self.resources.len() >= MOST {
            return Err(format!("The file speaks of more than {MOST} resources."));
        }
        let iri = self.keep(iri)?;
        self.by_iri.insert(iri.clone(), self.resources.len());
        self.resources.push(Resource { iri, ..Resource::default() });
        Ok(self.resources.len() - 1)
    }

    fn keep(&mut self, iri: &str) -> Result<String, String> {
        if iri.len() > LONGEST_IRI {
            return Err(format!("An IRI is longer than {LONGEST_IRI} bytes."));
        }
        self.count(iri.len())?;
        Ok(iri.to_owned())
    }

    fn literal(&mut self, value: &str, language: Option<&str>) -> Result<Text, String> {
        self.count(value.len())?;
        Ok(Text { language: language.map(str::to_lowercase), value: value.to_owned() })
    }

    fn count(&mut self, bytes: usize) -> Result<(), String> {
        self.text += bytes;
        if self.text > MOST_TEXT {
            return Err(format!("The file holds more than {} MiB of text once it is written out.", MOST_TEXT >> 20));
        }
        Ok(())
    }

    /// Whether a resource is a concept: called one, or hanging in the hierarchy.
    #[must_use]
    pub fn is_concept(&self, at: usize) -> bool {
        let resource = &self.resources[at];
        let hangs = !resource.broader.is_empty() || !resource.top_of.is_empty();
        resource.is_concept || (hangs && !resource.is_scheme && !resource.is_collection)
    }

    /// The concept schemes.
    pub fn schemes(&self) -> impl Iterator<Item = &Resource> {
        self.resources.iter().filter(|resource| resource.is_scheme)
    }

    /// What of the file is not a concept.
    #[must_use]
    pub fn remarks(&self, options: &Options) -> Vec<Remark> {
        let mut unused: Vec<_> = self.unused.iter().collect();
        unused.sort_by_key(|(property, count)| (std::cmp::Reverse(**count), *property));
        let mut remarks: Vec<Remark> = unused
            .into_iter()
            .map(|(property, count)| Remark::tally(Rule::Statements, *count, format!("{property} ({count})")))
            .collect();
        let collections = self.resources.iter().filter(|resource| resource.is_collection).count();
        if collections > 0 {
            remarks.push(Remark::tally(Rule::Other, collections, format!("collections ({collections})")));
        }
        let schemes = self.schemes().count();
        if schemes > 1 && !options.schemes {
            let what = format!("concept schemes ({schemes}); --schemes makes each a node above its top concepts");
            remarks.push(Remark::tally(Rule::Other, schemes, what));
        }
        remarks
    }
}

/// What stands after the last `#`, `/` or `:` of an IRI.
fn local(iri: &str) -> &str {
    iri.rsplit(['#', '/', ':']).next().unwrap_or_default()
}
