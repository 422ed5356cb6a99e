//! RDF/XML, by oxrdfxml. What XML can do to a reader is refused before it is parsed: external
//! entities, entities made of entities, text that grows, and elements without end.

use std::collections::HashMap;

use super::graph::Graph;
use super::turtle::{sentence, take};
use crate::import::ImportError;

/// Deepest nesting of elements.
const DEEPEST: usize = 256;
/// Longest tag, in bytes.
const LONGEST_TAG: usize = 64 << 10;
/// Longest value of an entity, in bytes: a namespace.
const LONGEST_ENTITY: usize = 512;
/// Most text that entities may make, in bytes.
const MOST_GROWTH: usize = 64 << 20;

/// Reads a text into a graph.
///
/// # Errors
/// It is malformed, or passes a limit.
pub fn read(text: &str, graph: &mut Graph) -> Result<(), ImportError> {
    guard(text)?;
    let mut parser = oxrdfxml::RdfXmlParser::new().for_slice(text.as_bytes());
    while let Some(triple) = parser.next() {
        let triple = triple.map_err(|error| {
            let at = usize::try_from(parser.buffer_position()).unwrap_or(usize::MAX);
            ImportError::at_byte(text.as_bytes(), start_of_token(text, at), sentence(&error.to_string()))
        })?;
        take(graph, &triple).map_err(ImportError::whole)?;
    }
    Ok(())
}

/// Where the tag that ends at a byte begins, or that byte.
fn start_of_token(text: &str, at: usize) -> usize {
    let before = &text.as_bytes()[..at.min(text.len())];
    let inside_tag = before.ends_with(b">");
    let start = before.iter().rposition(|byte| *byte == b'<').filter(|_| inside_tag);
    start.unwrap_or(before.len())
}

fn guard(text: &str) -> Result<(), ImportError> {
    let error = |at: usize, message: String| ImportError::at_byte(text.as_bytes(), at, message);
    let mut depth = 0_usize;
    // Everywhere, whatever surrounds it: the parser may see a comment end elsewhere.
    let entities = entities(text).map_err(|(at, why)| error(at, why))?;
    let mut at = 0;
    while let Some(open) = text[at..].find('<').map(|found| at + found) {
        let rest = &text[open..];
        let length = token(rest).ok_or_else(|| error(open, "The file ends within this tag.".to_owned()))?;
        let tag = &rest[..length];
        at = open + length;
        if tag.starts_with("<!--") || tag.starts_with("<?") || tag.starts_with("<![CDATA[") {
            continue;
        }
        if tag.starts_with("<!") {
            let head = tag.split('[').next().unwrap_or_default();
            if let Some(word) = ["SYSTEM", "PUBLIC"].iter().find_map(|word| head.find(word)) {
                let message = "The file wants another file to be read with it, which is never done.";
                return Err(error(open + word, message.to_owned()));
            }
            continue;
        }
        if length > LONGEST_TAG {
            return Err(error(open, format!("The tag is longer than {} KiB.", LONGEST_TAG >> 10)));
        }
        if tag.starts_with("</") {
            depth = depth.saturating_sub(1);
        } else if !tag.ends_with("/>") {
            depth += 1;
        }
        if depth > DEEPEST {
            return Err(error(open, format!("The elements are nested deeper than {DEEPEST}.")));
        }
    }
    growth(text, &entities)
        .map_or(Ok(()), |at| Err(error(at, format!("The entities make more than {} MiB of text.", MOST_GROWTH >> 20))))
}

/// The length of what a `<` starts; `None` where it does not end.
fn token(text: &str) -> Option<usize> {
    let end_of = |mark: &str| text.find(mark).map(|at| at + mark.len());
    if let Some(comment) = text.strip_prefix("<!--") {
        return comment.find("-->").map(|at| at + 7);
    }
    if text.starts_with("<![CDATA[") {
        return end_of("]]>");
    }
    if text.starts_with("<?") {
        return end_of("?>");
    }
    let declaration = text.starts_with("<!");
    let (mut quote, mut inside) = (None, 0_usize);
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match (quote, byte) {
            (Some(open), byte) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'<') if declaration => inside += 1,
            (None, b'<') => return Some(at),
            (None, b'>') if inside > 0 => inside -= 1,
            (None, b'>') => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The entities that are declared, with their lengths. They may only be short pieces of plain text.
fn entities(text: &str) -> Result<HashMap<&str, usize>, (usize, String)> {
    let mut entities = HashMap::new();
    for (at, _) in text.match_indices("<!ENTITY") {
        let declared = &text[at + 8..];
        let mut words = declared.split_whitespace();
        let name = words.next().unwrap_or_default();
        let value = declared.trim_start().strip_prefix(name).unwrap_or_default().trim_start();
        let quoted = value.starts_with(['"', '\'']);
        let quote = value.chars().next().unwrap_or('"');
        let value = value.strip_prefix(quote).unwrap_or(value).split(quote).next().unwrap_or_default();
        let why = match value {
            _ if !quoted => "It names another file, or a parameter; neither is ever read.",
            value if value.contains(['&', '%', '<']) => "It is made of other entities or tags.",
            value if value.len() > LONGEST_ENTITY => "It is longer than any namespace.",
            _ if entities.len() > 200 => "There are more than 200 of them.",
            _ => {
                entities.insert(name, value.len());
                continue;
            }
        };
        let name = crate::taxonomy::text::reveal_line(name).chars().take(40).collect::<String>();
        return Err((at, format!("The entity \"{name}\" is not read. {why} Only short names for namespaces are.")));
    }
    Ok(entities)
}

/// Where entities have made too much text.
fn growth(text: &str, entities: &HashMap<&str, usize>) -> Option<usize> {
    if entities.is_empty() {
        return None;
    }
    let mut grown = 0;
    text.match_indices('&').map(|(at, _)| at).find(|at| {
        let name = text.as_bytes()[at + 1..].iter().take(200).position(|byte| *byte == b';').unwrap_or_default();
        grown += entities.get(&text[at + 1..at + 1 + name]).copied().unwrap_or_default();
        grown > MOST_GROWTH
    })
}
