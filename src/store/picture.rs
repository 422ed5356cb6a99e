//! What the screen showed first, kept in `.provost/picture` so that the next start shows it at once, before anything
//! is read. The store does not know what is in it.
//!
//! It is believed only where every file of the directory is what it was when the picture was made (path, size, both
//! times), where whoever asks wants exactly that picture (its key), and where its checksum is right.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::StoreError;
use super::seen::{Fingerprint, Seen};
use crate::disk;
use crate::taxonomy::folded::{Packer, Unpacker};

/// Changes with what is written below.
const LAYOUT: &str = concat!("provost picture 1 ", env!("CARGO_PKG_VERSION"), "\n");
/// How many are kept: one for each size of a terminal, say.
const MOST: usize = 4;
/// A file that is larger is none of ours.
const LARGEST: u64 = 64 << 20;

/// Pictures of one state of a directory, the newest first.
#[derive(Debug, PartialEq, Eq)]
struct Pictures {
    of: Fingerprint,
    /// Key and picture.
    all: Vec<(Vec<u8>, Vec<u8>)>,
}

fn place(root: &Path) -> PathBuf {
    root.join(".provost").join("picture")
}

impl Pictures {
    fn read(root: &Path) -> Option<Self> {
        let path = place(root);
        fs::symlink_metadata(&path).ok().filter(|meta| meta.is_file() && meta.len() <= LARGEST)?;
        Self::of(&fs::read(path).ok()?)
    }

    fn of(bytes: &[u8]) -> Option<Self> {
        let (sum, body) = bytes.strip_prefix(LAYOUT.as_bytes())?.split_at_checked(4)?;
        if crc32fast::hash(body).to_le_bytes() != sum {
            return None;
        }
        let mut from = Unpacker(body);
        let of = Fingerprint(from.wide()?);
        let mut part = || {
            let count = from.count()?;
            from.bytes(count).map(<[u8]>::to_vec)
        };
        let mut all = Vec::new();
        while let Some(key) = part() {
            all.push((key, part()?));
        }
        Some(Self { of, all })
    }

    fn bytes(&self) -> Vec<u8> {
        let mut body = Packer::default();
        body.wide(self.of.0);
        for part in self.all.iter().flat_map(|(key, picture)| [key, picture]) {
            body.number(part.len() as u64);
            body.0.extend_from_slice(part);
        }
        [LAYOUT.as_bytes(), &crc32fast::hash(&body.0).to_le_bytes(), &body.0].concat()
    }
}

/// The picture with this key, where the directory is what it was then.
#[must_use]
pub fn read(root: &Path, seen: &Seen, key: &[u8]) -> Option<Vec<u8>> {
    let pictures = Pictures::read(root)?;
    let picture = pictures.all.into_iter().find(|(known, _)| known == key)?.1;
    (seen.fingerprint(root)? == pictures.of).then_some(picture)
}

/// Keeps a picture of this state, beside those with other keys of the same state.
///
/// # Errors
/// The system refused; nothing is lost by that.
pub fn write(root: &Path, of: Fingerprint, key: &[u8], picture: &[u8]) -> Result<(), StoreError> {
    let before = Pictures::read(root).filter(|before| before.of == of).map(|before| before.all).unwrap_or_default();
    let mut all = vec![(key.to_vec(), picture.to_vec())];
    all.extend(before.into_iter().filter(|(known, _)| known != key).take(MOST - 1));
    let path = place(root);
    disk::put(&path, &Pictures { of, all }.bytes()).map_err(|error| StoreError::io(&path, error))
}

#[cfg(test)]
#[path = "picture_tests.rs"]
mod tests;
