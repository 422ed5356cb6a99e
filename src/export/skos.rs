//! SKOS in Turtle, by oxttl.

use std::collections::HashSet;
use std::io;

use oxrdf::vocab::xsd;
use oxrdf::{Literal, NamedNode, TermRef, TripleRef};
use oxttl::TurtleSerializer;
use oxttl::turtle::WriterTurtleSerializer;

use super::Options;
use crate::import::skos::vocabulary::{DCT, OWL, PROVOST, SKOS, TYPE};
use crate::taxonomy::id::NodeId;
use crate::taxonomy::manifest::Manifest;
use crate::taxonomy::text::slugify;
use crate::taxonomy::tree::{Entry, Tree};

/// The taxonomy as a concept scheme.
///
/// # Errors
/// `options.base` is no start of an IRI, or `options.language` no language tag.
pub fn skos(manifest: &Manifest, tree: &Tree, options: &Options) -> io::Result<String> {
    let mut serializer = TurtleSerializer::new();
    for (name, base) in [("skos", SKOS), ("dcterms", DCT), ("owl", OWL), ("provost", PROVOST), ("", &options.base)] {
        serializer = serializer.with_prefix(name, base).map_err(io::Error::other)?;
    }
    let mut out = Out { turtle: serializer.for_writer(Vec::new()), options };
    let nodes = options.nodes(tree);
    let inside: HashSet<NodeId> = nodes.iter().copied().collect();
    let above = |id: NodeId| tree.parent(id).filter(|parent| inside.contains(parent));
    let title = slugify(manifest.title.raw()).map_or_else(|| "scheme".to_owned(), |slug| format!("scheme-{slug}"));
    let scheme = iri(&options.base, &title)?;
    out.link(&scheme, TYPE, &iri(SKOS, "ConceptScheme")?)?;
    out.words(&scheme, &format!("{DCT}title"), manifest.title.raw())?;
    for top in nodes.iter().filter(|id| above(**id).is_none()) {
        out.link(&scheme, &format!("{SKOS}hasTopConcept"), &out.node(*top)?)?;
    }
    for entry in nodes.iter().filter_map(|id| tree.entry(*id)) {
        let below = tree.children(Some(entry.node.id)).iter().filter(|id| inside.contains(id));
        out.concept(entry, &scheme, above(entry.node.id), below)?;
    }
    let text = String::from_utf8(out.turtle.finish()?).map_err(io::Error::other)?;
    // A blank line before each resource: what two people change stays apart in git.
    let starts = |line: &str| !line.starts_with(['\t', '@']);
    Ok(text.lines().map(|line| format!("{}{line}\n", if starts(line) { "\n" } else { "" })).collect())
}

fn iri(base: &str, end: &str) -> io::Result<NamedNode> {
    NamedNode::new(format!("{base}{end}")).map_err(io::Error::other)
}

struct Out<'a> {
    turtle: WriterTurtleSerializer<Vec<u8>>,
    options: &'a Options,
}

impl Out<'_> {
    fn node(&self, id: NodeId) -> io::Result<NamedNode> {
        iri(&self.options.base, &id.to_string())
    }

    fn concept<'a>(
        &mut self,
        entry: &Entry,
        scheme: &NamedNode,
        above: Option<NodeId>,
        below: impl Iterator<Item = &'a NodeId>,
    ) -> io::Result<()> {
        let node = &entry.node;
        let facts = &node.facts;
        let own = self.node(node.id)?;
        let skos = |word: &str| format!("{SKOS}{word}");
        let ours = |word: &str| format!("{PROVOST}{word}");
        self.link(&own, TYPE, &iri(SKOS, "Concept")?)?;
        self.code(&own, &format!("{DCT}identifier"), &node.id.to_string(), None)?;
        self.words(&own, &skos("prefLabel"), facts.name.raw())?;
        for alias in &facts.aliases {
            self.words(&own, &skos("altLabel"), alias.raw())?;
        }
        self.code(&own, &skos("notation"), node.kind.name(), Some(&iri(PROVOST, "kind")?))?;
        if let Some(level) = &facts.level {
            self.code(&own, &skos("notation"), level.raw(), Some(&iri(PROVOST, "level")?))?;
        }
        if let Some(scope) = &facts.scope {
            self.words(&own, &skos("scopeNote"), scope.raw())?;
        }
        for subtopic in &facts.subtopics {
            self.words(&own, &ours("subtopic"), subtopic.raw())?;
        }
        if let Some(notes) = &node.notes {
            self.words(&own, &skos("editorialNote"), notes.raw())?;
        }
        if let Some(deprecation) = &node.deprecated {
            let boolean = NamedNode::from(xsd::BOOLEAN);
            self.code(&own, &format!("{OWL}deprecated"), "true", Some(&boolean))?;
            if let Some(by) = deprecation.replaced_by {
                self.link(&own, &format!("{DCT}isReplacedBy"), &self.node(by)?)?;
            }
            if let Some(reason) = &deprecation.reason {
                self.words(&own, &ours("reason"), reason.raw())?;
            }
        }
        self.link(&own, &skos("inScheme"), scheme)?;
        match above {
            Some(parent) => self.link(&own, &skos("broader"), &self.node(parent)?)?,
            None => self.link(&own, &skos("topConceptOf"), scheme)?,
        }
        for child in below {
            self.link(&own, &skos("narrower"), &self.node(*child)?)?;
        }
        Ok(())
    }

    fn link(&mut self, subject: &NamedNode, property: &str, object: &NamedNode) -> io::Result<()> {
        self.write(subject, property, object.into())
    }

    /// Text in the language of the taxonomy.
    fn words(&mut self, subject: &NamedNode, property: &str, text: &str) -> io::Result<()> {
        let literal = match &self.options.language {
            Some(tag) => Literal::new_language_tagged_literal(text, tag).map_err(io::Error::other)?,
            None => Literal::new_simple_literal(text),
        };
        self.write(subject, property, (&literal).into())
    }

    /// Text that belongs to no language.
    fn code(&mut self, subject: &NamedNode, property: &str, text: &str, kind: Option<&NamedNode>) -> io::Result<()> {
        let literal = match kind {
            Some(kind) => Literal::new_typed_literal(text, kind.clone()),
            None => Literal::new_simple_literal(text),
        };
        self.write(subject, property, (&literal).into())
    }

    fn write(&mut self, subject: &NamedNode, property: &str, object: TermRef<'_>) -> io::Result<()> {
        let property = iri(property, "")?;
        self.turtle.serialize_triple(TripleRef::new(subject, &property, object))
    }
}
