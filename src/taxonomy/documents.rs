//! Documents that a node names: text that grounds the syllabi and the homework below it. They are
//! files in `documents/` of the taxonomy directory; reading them is the store's business.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::id::NodeId;
use super::text::Untrusted;
use super::tree::Tree;

/// The folder of the taxonomy directory that documents are in.
pub const FOLDER: &str = "documents";

/// The endings of their names.
pub const ENDINGS: [&str; 2] = ["md", "txt"];

/// A document as a node names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentRef {
    /// Where it is: `documents/optics.md`, `/` between folders.
    pub path: Untrusted,
    /// What it is called; the file's name where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Untrusted>,
    /// Under which licence it may be used: an SPDX name such as `CC-BY-4.0`, or words.
    #[serde(default, alias = "license", skip_serializing_if = "Option::is_none")]
    pub licence: Option<Untrusted>,
}

impl DocumentRef {
    /// What it is called.
    #[must_use]
    pub fn title(&self) -> &str {
        let name = self.path.raw().rsplit('/').next().unwrap_or_default();
        self.title.as_ref().filter(|title| !title.is_blank()).map_or(name, Untrusted::raw)
    }

    /// The licence, where one is named.
    #[must_use]
    pub fn licence(&self) -> Option<&Untrusted> {
        self.licence.as_ref().filter(|licence| !licence.is_blank())
    }

    /// Why no file can be meant; `None` where one can.
    #[must_use]
    pub fn misplaced(&self) -> Option<&'static str> {
        let path = self.path.raw();
        let mut parts = path.split('/');
        let first = parts.next();
        let bad = |part: &str| part.is_empty() || part.starts_with('.') || part.contains(['\\', ':', '\0']);
        if first != Some(FOLDER) || path.split('/').count() < 2 || parts.any(bad) {
            Some("a document is a file below documents/ of the taxonomy directory, such as documents/optics.md")
        } else if !ENDINGS.iter().any(|ending| path.strip_suffix(ending).is_some_and(|stem| stem.ends_with('.'))) {
            Some("a document is text or Markdown: its name ends in .md or .txt")
        } else {
            None
        }
    }
}

/// A document as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// BLAKE3 of the file, 32 hexadecimal digits.
    pub hash: String,
    /// The whole text.
    pub text: Untrusted,
}

/// All documents that could be read, by path.
pub type Library = BTreeMap<String, Arc<Document>>;

/// A document that grounds a node, and what was read of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ground {
    /// As the nearest node above names it.
    pub named: DocumentRef,
    /// What was read; `None` where it is missing or cannot be used.
    pub document: Option<Arc<Document>>,
}

/// The documents of a node and of all above it, the farthest first, each once.
#[must_use]
pub fn grounds(tree: &Tree, library: &Library, node: NodeId) -> Vec<Ground> {
    let mut found: Vec<Ground> = Vec::new();
    for above in tree.lineage(node) {
        let Some(named) = tree.node(above) else { continue };
        for one in &named.documents {
            found.retain(|known| known.named.path != one.path);
            let document = one.misplaced().is_none().then(|| library.get(one.path.raw()).cloned()).flatten();
            found.push(Ground { named: one.clone(), document });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_below_its_folder_and_nowhere_else() {
        let misplaced = |path: &str| {
            let named = DocumentRef { path: path.into(), title: None, licence: None };
            named.misplaced().is_some()
        };
        for good in ["documents/optics.md", "documents/physics/light and colour.txt"] {
            assert!(!misplaced(good), "{good}");
        }
        for bad in [
            "/etc/passwd.txt",
            "documents/../provost.yaml",
            "documents/../../secret.md",
            "documents/./a.md",
            "documents//a.md",
            "documents/.hidden.md",
            "documents\\a.md",
            "documents/c:\\a.md",
            "documents",
            "documents/",
            "documents/md",
            "documents/a.pdf",
            "tree/a.md",
            "optics.md",
            "https://example.org/a.md",
            "",
        ] {
            assert!(misplaced(bad), "{bad}");
        }
    }

    #[test]
    fn a_document_is_called_by_its_title_or_its_file() {
        let of = |title: Option<&str>| {
            let named = DocumentRef { path: "documents/a/b.md".into(), title: title.map(Into::into), licence: None };
            named.title().to_owned()
        };
        assert_eq!((of(None), of(Some(" ")), of(Some("Light"))), ("b.md".into(), "b.md".into(), "Light".into()));
    }
}
