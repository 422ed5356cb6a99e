//! What the items of a subject are made from besides the recipe, as one hash.
//!
//! It is the hash of the accepted syllabus for as long as a question is told no more than that. What
//! else goes into its prompt (the free text of the syllabus, documents) changes the hash, because it
//! changes the prompt: items that were made with other material are stale.

use std::sync::Arc;

use crate::taxonomy::documents::Ground;
use crate::taxonomy::id::hash_bits;
use crate::taxonomy::manifest::SyllabusText;
use crate::taxonomy::{Node, Snapshot, Untrusted};

/// What the items of a subject are made from.
#[derive(Debug, Clone)]
pub(super) struct Material {
    /// Content hash of the syllabus; draws follow from it.
    pub syllabus: String,
    /// The free text of the syllabus, where the question step is told that.
    pub free_text: Option<Arc<Untrusted>>,
    /// The documents that could be read.
    pub grounds: Vec<Ground>,
    /// Content hash of all of it; items follow from it.
    pub hash: String,
}

/// What the items of a subject with a syllabus are made from.
pub(super) fn material(snapshot: &Snapshot, subject: &Node) -> Option<Material> {
    let syllabus = subject.syllabus.as_ref()?.hash();
    let free_text = match snapshot.manifest.homework.syllabus_text {
        SyllabusText::Outline => None,
        SyllabusText::Raw => snapshot.free_text(subject).cloned(),
    };
    let mut parts = vec![syllabus.as_str()];
    if let Some(text) = &free_text {
        parts.extend(["text", text.raw()]);
    }
    let grounds: Vec<Ground> =
        snapshot.grounds(subject.id).into_iter().filter(|ground| ground.document.is_some()).collect();
    let budget = snapshot.manifest.homework.document_tokens.to_string();
    if !grounds.is_empty() {
        parts.extend(["documents", &budget]);
    }
    for Ground { named, document } in &grounds {
        // The licence is not in the prompt.
        parts.extend([named.title(), document.as_ref().map_or("", |document| &document.hash)]);
    }
    let hash = match parts.as_slice() {
        [only] => (*only).to_owned(),
        parts => format!("{:032x}", hash_bits("provost 2026 material v1", parts, 128)),
    };
    Some(Material { syllabus, free_text, grounds, hash })
}

/// The hash that a record of this subject has as `syllabus` while it is not stale; `None` without a
/// syllabus. Equal to the hash of the syllabus where the question step is told nothing else.
#[must_use]
pub fn material_hash(snapshot: &Snapshot, subject: &Node) -> Option<String> {
    Some(material(snapshot, subject)?.hash)
}
