//! What an import is read from: a file, stdin, or a tree of folders. Everything is bounded, and no
//! link is followed.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::Format;
use crate::error::AppError;
use crate::import::folders::{Leaf, MAX_FILE};
use crate::import::{MAX_BYTES, csv, skos};
use crate::taxonomy::text::reveal_line;

/// Deepest nesting of folders.
const DEEPEST: usize = 32;
/// Most folders and files that are looked at.
const MOST: usize = 200_000;

/// What was read.
pub struct Source {
    /// Its path, for messages.
    pub shown: String,
    /// Its name without folders.
    pub name: String,
    content: Content,
}

enum Content {
    File(Vec<u8>),
    Folder { leaves: Vec<Leaf>, links: Vec<String> },
}

/// Reads the file, the folder or, for `-`, stdin.
///
/// # Errors
/// It cannot be read, or is too large.
pub fn read(path: &Path) -> Result<Source, AppError> {
    let stdin = path == Path::new("-");
    let shown = if stdin { "stdin".to_owned() } else { reveal_line(&path.display().to_string()).into_owned() };
    let wrong = |why: &dyn std::fmt::Display| {
        AppError::usage(format!("{shown} cannot be read: {why}.")).hint("name a file that you can read")
    };
    let name = path.canonicalize().ok().and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
    let content = if stdin {
        Content::File(bounded(io::stdin().lock(), MAX_BYTES).map_err(|error| wrong(&error))?)
    } else if path.is_dir() {
        folder(path).map_err(|error| wrong(&error))?
    } else {
        let file = fs::File::open(path).map_err(|error| wrong(&error))?;
        Content::File(bounded(file, MAX_BYTES).map_err(|error| wrong(&error))?)
    };
    let name = name.filter(|_| !stdin).unwrap_or_else(|| "stdin".to_owned());
    Ok(Source { shown, name, content })
}

fn bounded(from: impl io::Read, limit: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        return Err(io::Error::other(format!("it is larger than {} MiB", limit >> 20)));
    }
    Ok(bytes)
}

/// Every `qna.yaml` below a folder, in the order of their paths.
fn folder(root: &Path) -> io::Result<Content> {
    let (mut leaves, mut links) = (Vec::new(), Vec::new());
    let mut open: Vec<(PathBuf, Vec<String>)> = vec![(root.to_owned(), vec![])];
    let (mut looked_at, mut size) = (0, 0);
    while let Some((path, folders)) = open.pop() {
        for entry in fs::read_dir(&path)? {
            let entry = entry?;
            looked_at += 1;
            if looked_at > MOST {
                return Err(io::Error::other(format!("there are more than {MOST} files and folders in it")));
            }
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type()?;
            if name.starts_with('.') {
                continue;
            }
            if kind.is_symlink() {
                links.push(folders.iter().map(|folder| format!("{folder}/")).collect::<String>() + &name);
            } else if kind.is_dir() {
                if folders.len() >= DEEPEST {
                    return Err(io::Error::other(format!("the folders are nested deeper than {DEEPEST}")));
                }
                let mut below = folders.clone();
                below.push(name);
                open.push((entry.path(), below));
            } else if name == "qna.yaml" && kind.is_file() {
                let text = fs::File::open(entry.path()).and_then(|file| bounded(file, MAX_FILE));
                let text = text.map_err(|error| format!("The file cannot be read: {error}."));
                size += text.as_ref().map_or(0, Vec::len);
                if size > MAX_BYTES {
                    return Err(io::Error::other(format!("its files hold more than {} MiB", MAX_BYTES >> 20)));
                }
                leaves.push(Leaf { folders: folders.clone(), text });
            }
        }
    }
    leaves.sort_by(|a, b| a.folders.cmp(&b.folders));
    links.sort();
    Ok(Content::Folder { leaves, links })
}

impl Source {
    /// Whether it is a folder.
    pub fn is_folder(&self) -> bool {
        matches!(self.content, Content::Folder { .. })
    }

    /// The bytes of a file.
    pub fn bytes(&self) -> &[u8] {
        match &self.content {
            Content::File(bytes) => bytes,
            Content::Folder { .. } => &[],
        }
    }

    /// The `qna.yaml` files of a folder.
    pub fn leaves(&self) -> &[Leaf] {
        match &self.content {
            Content::File(_) => &[],
            Content::Folder { leaves, .. } => leaves,
        }
    }

    /// The links in a folder, which were not followed.
    pub fn links(&self) -> &[String] {
        match &self.content {
            Content::File(_) => &[],
            Content::Folder { links, .. } => links,
        }
    }

    /// BLAKE3 of what was read.
    pub fn hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.bytes());
        for leaf in self.leaves() {
            let bytes = leaf.text.as_deref().unwrap_or_default();
            hasher.update(leaf.folders.join("/").as_bytes());
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        }
        hasher.finalize().to_hex().to_string()
    }

    /// What it is written in, as far as its name or its content tells. `levels`: whether columns
    /// were named.
    pub(super) fn likely(&self, levels: bool) -> Option<Format> {
        if self.is_folder() {
            return Some(Format::Instructlab);
        }
        let extension = Path::new(&self.name).extension().map(|end| end.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some("csv" | "tsv") => return Some(Format::Csv),
            Some("ttl" | "nt" | "rdf" | "owl" | "xml" | "skos") => return Some(Format::Skos),
            Some("md" | "markdown") => return Some(Format::Outline),
            _ => {}
        }
        let text = String::from_utf8_lossy(self.bytes());
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        if skos::is_xml(text) || skos::is_turtle(text) {
            Some(Format::Skos)
        } else if levels || csv::is_table(text) {
            Some(Format::Csv)
        } else {
            (extension.as_deref() == Some("txt")).then_some(Format::Outline)
        }
    }
}
