//! Reading `documents/`: text files that nodes name. Nothing outside of the folder is ever read, and
//! no link is followed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::files::{self, Stamp};
use super::load::{Known, Stamps, utf8};
use super::seen::Folder;
use crate::taxonomy::documents::{Document, ENDINGS, FOLDER, Library};
use crate::taxonomy::snapshot::Problem;

/// The largest document, in bytes.
const LARGEST: u64 = 1 << 20;
/// What all documents together may have, in bytes.
const MOST: u64 = 64 << 20;

/// All files that may be documents.
pub fn paths(root: &Path) -> (Vec<PathBuf>, Vec<(PathBuf, String)>) {
    let folder = root.join(FOLDER);
    let (mut paths, mut odd) = (Vec::new(), Vec::new());
    for ending in ENDINGS {
        let (found, strange) = files::walk(&folder, ending);
        paths.extend(found);
        odd.extend(strange);
    }
    paths.sort();
    odd.sort();
    odd.dedup();
    (paths, odd)
}

/// A document as it was read, where its file is the same.
fn as_known(path: &Path, shown: &str, meta: Option<&fs::Metadata>, known: Known<'_>) -> Option<(Stamp, Arc<Document>)> {
    let stamp = known.others?.get(path)?;
    let document = known.documents?.get(shown)?;
    stamp.looks_like(meta?).then(|| (*stamp, document.clone()))
}

/// Every document that can be read; what cannot be is a problem.
pub fn read(root: &Path, seen: Folder, known: Known<'_>, others: &mut Stamps, problems: &mut Vec<Problem>) -> Library {
    let Folder { files, odd, .. } = seen;
    let shown = |path: &Path| files::shown(root, path);
    problems.extend(odd.into_iter().map(|(path, message)| Problem { path: shown(&path), line: None, message }));
    let mut library = Library::new();
    let mut all = 0_u64;
    for (path, meta) in files {
        if let Some((stamp, document)) = as_known(&path, &shown(&path), meta.as_ref(), known) {
            all += document.text.raw().len() as u64;
            if all <= MOST {
                others.insert(path.clone(), stamp);
                library.insert(shown(&path), document);
                continue;
            }
            all -= document.text.raw().len() as u64;
        }
        let problem = |message: String| Problem { path: shown(&path), line: None, message };
        let (bytes, stamp) = match files::read(&path, LARGEST) {
            Ok(read) => read,
            Err(error) => {
                others.extend(meta.map(|meta| (path.clone(), Stamp::refused(&meta))));
                problems.push(problem(format!("The document cannot be read: {error}.")));
                continue;
            }
        };
        others.insert(path.clone(), stamp);
        all += bytes.len() as u64;
        if all > MOST {
            problems.push(problem(format!("All documents together are larger than {} MiB.", MOST >> 20)));
            continue;
        }
        match utf8(&bytes, &shown(&path)) {
            Ok(text) => {
                let hash = blake3::hash(&bytes).to_hex()[..32].to_owned();
                let document = Document { hash, text: text.into() };
                library.insert(shown(&path), Arc::new(document));
            }
            Err(wrong) => problems.push(wrong),
        }
    }
    library
}
