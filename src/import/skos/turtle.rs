//! Turtle, by oxttl.

use oxrdf::{NamedOrBlankNode, Term};

use super::graph::{Graph, Object};
use crate::import::ImportError;

/// Deepest nesting of brackets, each of which costs the parser memory.
const DEEPEST: usize = 256;

/// Where the brackets outside strings, IRIs and comments are nested too deep.
fn too_deep(text: &[u8]) -> Option<usize> {
    let (mut at, mut depth) = (0, 0_usize);
    while at < text.len() {
        let rest = &text[at..];
        let skip = |close: &[u8], open: usize| {
            let mut end = open;
            while end < rest.len() && !rest[end..].starts_with(close) {
                end += if rest[end] == b'\\' { 2 } else { 1 };
            }
            end + close.len()
        };
        match rest[0] {
            b'"' | b'\'' => {
                let long = [rest[0]; 3];
                at += if rest.starts_with(&long) { skip(&long, 3) } else { skip(&long[..1], 1) };
                continue;
            }
            b'<' => at += skip(b">", 1) - 1,
            b'#' => at += skip(b"\n", 1) - 1,
            b'\\' => at += 1,
            b'[' | b'(' => depth += 1,
            b']' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// Reads a text into a graph.
///
/// # Errors
/// It is malformed, or passes a limit.
pub fn read(text: &str, graph: &mut Graph) -> Result<(), ImportError> {
    if let Some(at) = too_deep(text.as_bytes()) {
        let message = format!("The brackets are nested deeper than {DEEPEST}.");
        return Err(ImportError::at_byte(text.as_bytes(), at, message));
    }
    for triple in oxttl::TurtleParser::new().for_slice(text.as_bytes()) {
        let triple = triple.map_err(|error| {
            let at = error.location().start;
            ImportError::at(at.line + 1, at.column + 1, sentence(error.message()))
        })?;
        take(graph, &triple).map_err(ImportError::whole)?;
    }
    Ok(())
}

/// Adds a statement to a graph.
pub fn take(graph: &mut Graph, triple: &oxrdf::Triple) -> Result<(), String> {
    let blank;
    let subject = match &triple.subject {
        NamedOrBlankNode::NamedNode(node) => node.as_str(),
        NamedOrBlankNode::BlankNode(node) => {
            blank = node.to_string();
            &blank
        }
    };
    let property = triple.predicate.as_str();
    match &triple.object {
        Term::NamedNode(node) => graph.add(subject, property, &Object::Resource(node.as_str())),
        Term::BlankNode(node) => graph.add(subject, property, &Object::Resource(&node.to_string())),
        Term::Literal(literal) => {
            let object = Object::Literal(literal.value(), literal.language(), literal.datatype().as_str());
            graph.add(subject, property, &object)
        }
    }
}

/// The parser's words as a sentence.
pub fn sentence(message: &str) -> String {
    let message = message.trim().trim_end_matches('.');
    let mut chars = message.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}
