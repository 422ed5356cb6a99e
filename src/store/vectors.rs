//! The cache of embeddings, `.provost/embeddings/<model>.vec`: what a text means to one model,
//! kept so that it is asked once. It can be deleted at any time.
//!
//! ```text
//! head    "provost vectors 1\n", length of the model's name, its name, numbers per vector
//! record  key of the text (16), scale (4), one byte per number, CRC-32 of the record (4)
//! ```
//! Every record is checked. From the first that is not whole on, the file is cut off: what is
//! missing is asked again.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::disk;
use crate::taxonomy::similarity::{TextKey, Vector};

const MAGIC: &[u8] = b"provost vectors 1\n";
/// More numbers than any model gives.
const MOST_NUMBERS: usize = 16_384;
/// A cache that is larger than this is not ours.
const LARGEST: u64 = 2 << 30;

/// The cache for one model. Every process that appends writes whole records in one call.
#[derive(Debug)]
pub struct VectorFile {
    path: PathBuf,
    model: String,
    numbers: Option<usize>,
    known: HashMap<TextKey, Vector>,
}

impl VectorFile {
    /// Reads what there is; also says what could not be used. A cache never stops anybody.
    #[must_use]
    pub fn open(root: &Path, model: &str) -> (Self, Option<String>) {
        let name = blake3::hash(model.as_bytes()).to_hex();
        let name = name.get(..16).unwrap_or_default();
        let path = root.join(".provost").join("embeddings").join(format!("{name}.vec"));
        let mut file = Self { path, model: model.to_owned(), numbers: None, known: HashMap::new() };
        let remark = match file.load() {
            Ok(0) => None,
            Ok(lost) => Some(format!("{lost} bytes of the cache of embeddings were damaged and are dropped.")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => Some(format!("The cache of embeddings cannot be read: {error}")),
        };
        (file, remark)
    }

    /// Reads the file and cuts it off after the last whole record; how many bytes that drops.
    fn load(&mut self) -> io::Result<usize> {
        let file = File::open(&self.path)?;
        if file.metadata()?.len() > LARGEST {
            return Err(io::Error::other("it is larger than 2 GiB"));
        }
        let mut bytes = Vec::new();
        file.take(LARGEST).read_to_end(&mut bytes)?;
        let Some(numbers) = self.head_of(&bytes) else {
            fs::remove_file(&self.path)?;
            return Ok(bytes.len());
        };
        let start = self.head(numbers).len();
        let records = bytes.get(start..).unwrap_or_default().chunks(record_length(numbers));
        let whole: Vec<_> = records.map_while(|record| read(record, numbers)).collect();
        let end = start + whole.len() * record_length(numbers);
        self.numbers = Some(numbers);
        self.known.extend(whole);
        if end < bytes.len() {
            OpenOptions::new().write(true).open(&self.path)?.set_len(end as u64)?;
        }
        Ok(bytes.len() - end)
    }

    fn head(&self, numbers: usize) -> Vec<u8> {
        let model = self.model.as_bytes();
        let length = (model.len() as u32).to_le_bytes();
        [MAGIC, &length, model, &(numbers as u32).to_le_bytes()].concat()
    }

    /// The numbers per vector that the head of a file names, if the file is for this model.
    fn head_of(&self, bytes: &[u8]) -> Option<usize> {
        let at = self.head(0).len() - 4;
        let numbers = u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize;
        (bytes.starts_with(self.head(0).get(..at)?) && (1..=MOST_NUMBERS).contains(&numbers)).then_some(numbers)
    }

    /// How many texts it knows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether it knows none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// What a text means.
    #[must_use]
    pub fn get(&self, key: TextKey) -> Option<&Vector> {
        self.known.get(&key)
    }

    /// Keeps what was asked. Vectors of another length than those in the file replace them all: the
    /// name stands for another model now.
    ///
    /// # Errors
    /// It cannot be written; the vectors are known for this session.
    pub fn add(&mut self, new: Vec<(TextKey, Vector)>) -> io::Result<()> {
        let Some(numbers) = new.first().map(|(_, vector)| vector.cells.len()) else { return Ok(()) };
        let afresh = self.numbers != Some(numbers);
        if afresh {
            self.known.clear();
            self.numbers = Some(numbers);
        }
        let mut bytes = Vec::new();
        for (key, vector) in new.into_iter().filter(|(_, vector)| vector.cells.len() == numbers) {
            bytes.extend(record(key, &vector));
            self.known.insert(key, vector);
        }
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        if afresh || !self.path.exists() {
            let whole: Vec<u8> = self.known.iter().flat_map(|(key, vector)| record(*key, vector)).collect();
            return disk::put(&self.path, &[self.head(numbers), whole].concat());
        }
        OpenOptions::new().append(true).open(&self.path)?.write_all(&bytes)
    }
}

fn record_length(numbers: usize) -> usize {
    16 + 4 + numbers + 4
}

fn record(key: TextKey, vector: &Vector) -> Vec<u8> {
    let mut bytes = key.0.to_vec();
    bytes.extend(vector.scale.to_le_bytes());
    bytes.extend(vector.cells.iter().map(|cell| *cell as u8));
    let sum = crc32fast::hash(&bytes);
    bytes.extend(sum.to_le_bytes());
    bytes
}

fn read(record: &[u8], numbers: usize) -> Option<(TextKey, Vector)> {
    let (body, sum) = record.split_at_checked(record_length(numbers) - 4)?;
    if u32::from_le_bytes(sum.try_into().ok()?) != crc32fast::hash(body) {
        return None;
    }
    let key = TextKey(body.get(..16)?.try_into().ok()?);
    let scale = f32::from_le_bytes(body.get(16..20)?.try_into().ok()?);
    let cells = body.get(20..)?.iter().map(|byte| *byte as i8).collect();
    Some((key, Vector { scale, cells }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomy::similarity::text_key;

    fn vector(numbers: &[f32]) -> Vector {
        Vector::of(numbers).unwrap()
    }

    fn filled(root: &Path) -> PathBuf {
        let (mut file, remark) = VectorFile::open(root, "m");
        assert_eq!(remark, None);
        file.add(vec![(text_key("a"), vector(&[1.0, 2.0])), (text_key("b"), vector(&[0.0, 1.0]))]).unwrap();
        file.add(vec![(text_key("c"), vector(&[-1.0, 1.0]))]).unwrap();
        file.path
    }

    #[test]
    fn what_was_asked_is_known_the_next_time() {
        let root = tempfile::tempdir().unwrap();
        filled(root.path());
        let (file, remark) = VectorFile::open(root.path(), "m");
        assert_eq!((file.len(), remark), (3, None));
        assert_eq!(file.get(text_key("c")), Some(&vector(&[-1.0, 1.0])));
        assert!(VectorFile::open(root.path(), "another").0.is_empty());
    }

    #[test]
    fn a_torn_or_damaged_file_keeps_what_is_whole_and_goes_on() {
        let root = tempfile::tempdir().unwrap();
        let path = filled(root.path());
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() - 3]).unwrap();
        let (mut file, remark) = VectorFile::open(root.path(), "m");
        assert!(file.len() == 2 && remark.unwrap().contains("dropped"));
        file.add(vec![(text_key("c"), vector(&[-1.0, 1.0]))]).unwrap();
        assert_eq!(fs::read(&path).unwrap(), whole);

        let mut damaged = whole.clone();
        let second = whole.len() - 2 * record_length(2) + 20;
        damaged[second] ^= 1;
        fs::write(&path, &damaged).unwrap();
        assert_eq!(VectorFile::open(root.path(), "m").0.len(), 1);

        for rubbish in [&b"rubbish"[..], &whole[..10], b""] {
            fs::write(&path, rubbish).unwrap();
            let (mut file, _) = VectorFile::open(root.path(), "m");
            assert!(file.is_empty());
            file.add(vec![(text_key("a"), vector(&[1.0, 2.0]))]).unwrap();
            assert_eq!(VectorFile::open(root.path(), "m").0.len(), 1);
        }
    }

    #[test]
    fn a_model_that_became_another_starts_anew() {
        let root = tempfile::tempdir().unwrap();
        filled(root.path());
        let (mut file, _) = VectorFile::open(root.path(), "m");
        file.add(vec![(text_key("a"), vector(&[1.0, 2.0, 3.0]))]).unwrap();
        let (file, remark) = VectorFile::open(root.path(), "m");
        assert_eq!((file.len(), remark), (1, None));
    }
}
