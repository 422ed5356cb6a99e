//! `/v1/files`: uploads go to a folder on disk as they come, and out again piece by piece, so memory does not grow with them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::{Value, json};

use super::wire::CREATED;

/// The largest file that is taken, as OpenAI has it.
const LARGEST: u64 = 200_000_000;
/// Bytes at either end of an upload in which the parts of the form are looked for.
const EDGE: usize = 1 << 16;

/// One file: a piece of a file on disk.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Its name to the outside.
    pub id: String,
    /// The name that it was given.
    pub name: String,
    /// `batch`, or `batch_output`.
    pub purpose: String,
    /// Where its bytes are.
    path: PathBuf,
    start: u64,
    /// Its size.
    pub bytes: u64,
    number: u64,
}

impl Stored {
    /// As the API shows it.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "id": self.id, "object": "file", "bytes": self.bytes, "created_at": CREATED + self.number,
            "filename": self.name, "purpose": self.purpose, "status": "processed", "expires_at": null,
        })
    }

    /// Its content, to be read from the beginning.
    ///
    /// # Errors
    /// The disk.
    pub fn open(&self) -> io::Result<io::Take<File>> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.start))?;
        Ok(file.take(self.bytes))
    }
}

/// All files of a server. They are gone when it stops.
#[derive(Debug, Clone, Default)]
pub struct Files(Arc<Mutex<Shelf>>);

#[derive(Debug, Default)]
struct Shelf {
    folder: Option<tempfile::TempDir>,
    files: BTreeMap<u64, Stored>,
    number: u64,
}

/// Why an upload was not taken.
#[derive(Debug)]
pub enum Refused {
    /// It is no form with a file and a purpose.
    Form(&'static str),
    /// It has too many bytes.
    TooLarge,
    /// It broke off, or the disk failed.
    Broken,
}

impl Files {
    fn lock(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new file on disk: its number and place.
    ///
    /// # Errors
    /// The disk.
    pub fn begin(&self) -> io::Result<(u64, PathBuf)> {
        let mut shelf = self.lock();
        shelf.number += 1;
        let number = shelf.number;
        let folder = match &shelf.folder {
            Some(folder) => folder.path().to_owned(),
            None => shelf.folder.insert(tempfile::tempdir()?).path().to_owned(),
        };
        Ok((number, folder.join(number.to_string())))
    }

    /// Makes a piece of a file known.
    pub fn keep(
        &self,
        (number, path): (u64, PathBuf),
        name: &str,
        purpose: &str,
        (start, bytes): (u64, u64),
    ) -> Stored {
        let id = format!("file-demo-{number:06}");
        let stored = Stored { id, name: name.to_owned(), purpose: purpose.to_owned(), path, start, bytes, number };
        self.lock().files.insert(number, stored.clone());
        stored
    }

    /// The file of this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<Stored> {
        let number = id.strip_prefix("file-demo-")?.parse().ok()?;
        self.lock().files.get(&number).filter(|file| file.id == id).cloned()
    }

    /// Forgets a file; whether there was one.
    pub fn delete(&self, id: &str) -> bool {
        let Some(file) = self.get(id) else { return false };
        // Who reads it right now goes on.
        let _ = std::fs::remove_file(&file.path);
        self.lock().files.remove(&file.number).is_some()
    }

    /// Files of a purpose, the newest first, from after `after` on; whether there are more than `limit`.
    #[must_use]
    pub fn list(&self, purpose: Option<&str>, after: Option<&str>, limit: usize) -> (Vec<Value>, bool) {
        let before = after.and_then(|id| self.get(id)).map_or(u64::MAX, |file| file.number);
        let shelf = self.lock();
        let wanted = |file: &&Stored| purpose.is_none_or(|purpose| file.purpose == purpose);
        let mut found = shelf.files.range(..before).rev().map(|(_, file)| file).filter(wanted);
        let page: Vec<Value> = found.by_ref().take(limit).map(Stored::json).collect();
        let more = found.next().is_some();
        (page, more)
    }

    /// Takes a form with the fields `purpose` and `file`, in either order.
    ///
    /// # Errors
    /// It is none, is too large or broke off.
    pub async fn upload(&self, boundary: &str, mut body: Incoming) -> Result<Stored, Refused> {
        let broken = |_: io::Error| Refused::Broken;
        let (number, path) = self.begin().map_err(broken)?;
        let mut file = File::create(&path).map_err(broken)?;
        let mut size = 0;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Refused::Broken)?;
            let Some(data) = frame.data_ref() else { continue };
            size += data.len() as u64;
            if size > LARGEST + 2 * EDGE as u64 {
                let _ = std::fs::remove_file(&path);
                return Err(Refused::TooLarge);
            }
            file.write_all(data).map_err(broken)?;
        }
        drop(file);
        let form = Form::read(&path, size, boundary)?;
        let (start, bytes) = form.content;
        if bytes > LARGEST {
            let _ = std::fs::remove_file(&path);
            return Err(Refused::TooLarge);
        }
        Ok(self.keep((number, path), &form.name, &form.purpose, (start, bytes)))
    }
}

/// A form whose parts were found.
struct Form {
    name: String,
    purpose: String,
    content: (u64, u64),
}

impl Form {
    fn read(path: &PathBuf, size: u64, boundary: &str) -> Result<Self, Refused> {
        let broken = |_: io::Error| Refused::Broken;
        let mut file = File::open(path).map_err(broken)?;
        let mut head = Vec::new();
        (&mut file).take(EDGE as u64).read_to_end(&mut head).map_err(broken)?;
        let tail_at = size.saturating_sub(EDGE as u64);
        file.seek(SeekFrom::Start(tail_at)).map_err(broken)?;
        let mut tail = Vec::new();
        file.read_to_end(&mut tail).map_err(broken)?;

        let mark = format!("--{boundary}");
        let file_at = find(&head, b"filename=\"").ok_or(Refused::Form("There is no field 'file' with a file."))?;
        let name = head[file_at + 10..].split(|byte| *byte == b'"').next().unwrap_or_default();
        let start = find(&head[file_at..], b"\r\n\r\n").ok_or(Refused::Form("The field 'file' has no content."))?;
        let start = (file_at + start + 4) as u64;
        let closing = format!("\r\n{mark}");
        // What ends the file is the first mark after its beginning; in a short form that is in the tail too.
        let from = start.saturating_sub(tail_at) as usize;
        let end = find(tail.get(from..).unwrap_or_default(), closing.as_bytes())
            .ok_or(Refused::Form("The form does not end."))?;
        let end = tail_at + (from + end) as u64;
        let purpose = [&head[..file_at], tail.get((end - tail_at) as usize..).unwrap_or_default()]
            .into_iter()
            .find_map(|part| {
                let at = find(part, b"name=\"purpose\"")?;
                let value = at + find(&part[at..], b"\r\n\r\n")? + 4;
                let length = find(&part[value..], b"\r\n")?;
                Some(String::from_utf8_lossy(&part[value..value + length]).into_owned())
            })
            .ok_or(Refused::Form("There is no field 'purpose'."))?;
        let name = String::from_utf8_lossy(name).into_owned();
        Ok(Self { name, purpose, content: (start, end.saturating_sub(start)) })
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}
