//! Rows go in, files come out: of whichever format, to whichever target.

use super::folder::{Folder, FolderError, Text};
use super::format::Format;
use super::manifest::Manifest;
use super::parts::{Limit, Part, Parts, Split};
use super::row::Row;
use super::target::{FileNote, Named, Target};
use crate::disk::folder_of;
use crate::homework::segment::StorageError;

/// A data set that is being written.
pub(super) struct Output<'a> {
    target: &'a Target,
    format: Format,
    limit: Limit,
    folder: Option<Folder>,
    parts: Parts,
}

/// What was put in its place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placed {
    /// The files of data, training first.
    pub files: Vec<FileNote>,
    /// Files of an earlier set of this name that are no longer there.
    pub gone: usize,
    /// Texts that a person had edited and that stayed, with the names of the new ones beside them.
    pub kept: Vec<(String, String)>,
}

impl<'a> Output<'a> {
    pub fn open(target: &'a Target, format: Format, limit: Limit) -> Result<Self, FolderError> {
        let (folder, parts) = match target {
            Target::File(path) => {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                (None, Parts::new(format, limit, folder_of(path), &name))
            }
            Target::Folder(root) => {
                let folder = Folder::open(root)?;
                let parts = Parts::new(format, limit, &folder.parts(), "part");
                (Some(folder), parts)
            }
        };
        Ok(Self { target, format, limit, folder, parts })
    }

    pub fn write(&mut self, split: Split, row: &Row<'_>) -> Result<(), StorageError> {
        self.parts.write(split, row)
    }

    /// Secures everything, still under provisional names.
    pub fn finish(self) -> Result<Written<'a>, StorageError> {
        let Self { target, format, limit, folder, parts } = self;
        Ok(Written { target, format, limit, folder, parts: parts.finish()? })
    }
}

/// A data set that is written, but not yet in its place.
pub(super) struct Written<'a> {
    target: &'a Target,
    format: Format,
    limit: Limit,
    folder: Option<Folder>,
    parts: Vec<Part>,
}

impl Written<'_> {
    /// Puts everything in its place. `texts` is asked for a folder's card and the like, once the
    /// files are known.
    pub fn place(self, texts: impl FnOnce(&[FileNote]) -> (Vec<Text>, Manifest)) -> Result<Placed, StorageError> {
        match (self.target, self.folder) {
            (Target::File(path), _) => {
                let (files, gone) = Named::new(path).place(self.parts, self.limit)?;
                Ok(Placed { files, gone, kept: Vec::new() })
            }
            (Target::Folder(_), Some(folder)) => {
                let files = folder.arrange(self.parts, self.format.extension())?;
                let (texts, manifest) = texts(&files);
                let kept = folder.finish(texts, manifest)?;
                Ok(Placed { files, gone: 0, kept })
            }
            (Target::Folder(_), None) => Ok(Placed::default()),
        }
    }
}
