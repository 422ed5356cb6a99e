//! A syllabus in few bytes: how 15,751 of them fit into memory before anybody reads one.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, LazyLock, OnceLock};

use super::syllabus::{Outline, Session, SessionId};
use super::text::Untrusted;

/// Lays bytes out one after the other: numbers in as many bytes as they need, texts after their length.
#[derive(Debug, Default)]
pub struct Packer(pub Vec<u8>);

impl Packer {
    /// A number.
    pub fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    /// A number in bytes of ASCII: six bits in each, the lowest first, and whether more follow.
    fn digits(&mut self, mut number: usize) {
        while number >= 0x40 {
            self.0.push((number & 0x3f) as u8 | 0x40);
            number >>= 6;
        }
        self.0.push(number as u8);
    }

    /// A text.
    pub fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    /// A number of 128 bits.
    pub fn wide(&mut self, number: u128) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    /// Texts, after how many there are.
    pub fn texts(&mut self, texts: &[Untrusted]) {
        self.number(texts.len() as u64);
        texts.iter().for_each(|text| self.text(text.raw()));
    }

    /// A text that may be missing.
    pub fn maybe(&mut self, text: Option<&str>) {
        self.number(u64::from(text.is_some()));
        text.into_iter().for_each(|text| self.text(text));
    }
}

/// Reads what a [`Packer`] laid out. Everything is `None` where the bytes are not that.
#[derive(Debug, Clone, Copy)]
pub struct Unpacker<'a>(pub &'a [u8]);

impl<'a> Unpacker<'a> {
    /// A number.
    pub fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// How many of something follow: never more than there are bytes.
    pub fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= self.0.len()).then_some(count)
    }

    /// So many bytes.
    pub fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(bytes)
    }

    /// A text.
    pub fn text(&mut self) -> Option<&'a str> {
        let count = self.count()?;
        std::str::from_utf8(self.bytes(count)?).ok()
    }

    /// A number of 128 bits.
    pub fn wide(&mut self) -> Option<u128> {
        self.bytes(16)?.try_into().ok().map(u128::from_le_bytes)
    }

    /// Several texts.
    pub fn texts(&mut self) -> Option<Vec<Untrusted>> {
        let count = self.count()?;
        let mut texts = Vec::with_capacity(count);
        for _ in 0..count {
            texts.push(self.text()?.into());
        }
        Some(texts)
    }

    /// A text that may be missing.
    pub fn maybe(&mut self) -> Option<Option<&'a str>> {
        Some(if self.number()? == 0 { None } else { Some(self.text()?) })
    }
}

/// Bytes that folded syllabi lie in: in memory, or in a file, so that 15,751 of them need hardly any.
pub trait Shelf: Send + Sync {
    /// So many of the bytes; `None` where they cannot be had.
    fn part(&self, at: Range<u64>) -> Option<Cow<'_, [u8]>>;
}

impl Shelf for Vec<u8> {
    fn part(&self, at: Range<u64>) -> Option<Cow<'_, [u8]>> {
        self.get(usize::try_from(at.start).ok()?..usize::try_from(at.end).ok()?).map(Cow::Borrowed)
    }
}

/// The content of a syllabus as bytes on a [`Shelf`], laid out by [`Folded::pack`]; unfolded when it is first read, and
/// kept then.
pub struct Folded {
    head: Head,
    shelf: Arc<dyn Shelf>,
    /// Where on the shelf the content begins.
    start: u64,
    open: OnceLock<Arc<Outline>>,
}

/// What is asked of a syllabus more often than what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    hash: u128,
    /// How many key concepts it has.
    concepts: u32,
    /// How long its content is, and the checksum of that.
    length: u32,
    sum: u32,
    /// How many different key concepts each session has, packed.
    sizes: Box<[u8]>,
}

impl Head {
    /// Bits of the hash that a syllabus is known by.
    #[must_use]
    pub fn hash(&self) -> u128 {
        self.hash
    }

    /// How many bytes its content takes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length.into()
    }

    /// Lays it out.
    pub fn put(&self, to: &mut Packer) {
        to.wide(self.hash);
        [self.concepts, self.length, self.sum].into_iter().for_each(|number| to.number(number.into()));
        to.number(self.sizes.len() as u64);
        to.0.extend_from_slice(&self.sizes);
    }

    /// Reads what [`Head::put`] laid out.
    pub fn take(from: &mut Unpacker<'_>) -> Option<Self> {
        let hash = from.wide()?;
        let mut number = || u32::try_from(from.number()?).ok();
        let (concepts, length, sum) = (number()?, number()?, number()?);
        let count = from.count()?;
        Some(Self { hash, concepts, length, sum, sizes: from.bytes(count)?.into() })
    }
}

impl fmt::Debug for Folded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Folded({:032x})", self.head.hash)
    }
}

impl Folded {
    /// The bytes of a content, and what is asked of it more often. They are compressed: less to keep, to read and to sum
    /// up, at a twentieth of what unfolding costs. `None` for a syllabus that no file can hold.
    #[must_use]
    pub fn pack(outline: &Outline, hash: u128) -> Option<(Head, Vec<u8>)> {
        let mut whole = Packer::default();
        Self::pack_whole(outline, &mut whole);
        let mut bytes = snap::raw::Encoder::new().compress_vec(&whole.0).ok()?;
        bytes.shrink_to_fit();
        let mut sizes = Packer::default();
        outline.sizes().into_iter().for_each(|size| sizes.number(size as u64));
        let concepts = u32::try_from(outline.concept_count()).ok()?;
        let (length, sum) = (u32::try_from(bytes.len()).ok()?, crc32fast::hash(&bytes));
        Some((Head { hash, concepts, length, sum, sizes: sizes.0.into() }, bytes))
    }

    /// Every text after its length, all of it ASCII but for the texts: so one look says that all of them are text.
    fn pack_whole(outline: &Outline, to: &mut Packer) {
        let text = |to: &mut Packer, text: &str| {
            to.digits(text.len());
            to.0.extend_from_slice(text.as_bytes());
        };
        let texts = |to: &mut Packer, texts: &[Untrusted]| {
            to.digits(texts.len());
            texts.iter().for_each(|one| text(to, one.raw()));
        };
        text(to, outline.introduction.raw());
        texts(to, &outline.objectives);
        to.digits(outline.sessions.len());
        for Session { id, title, description, concepts } in &outline.sessions {
            [id.0.as_str(), title.raw(), description.raw()].into_iter().for_each(|one| text(to, one));
            texts(to, concepts);
        }
    }

    /// The content that begins at a place of a shelf. It is not read now.
    #[must_use]
    pub fn new(head: Head, shelf: Arc<dyn Shelf>, start: u64) -> Self {
        Self { head, shelf, start, open: OnceLock::new() }
    }

    /// What is known of it without its content.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// As [`Outline::concept_count`].
    #[must_use]
    pub fn concept_count(&self) -> usize {
        self.head.concepts as usize
    }

    /// As [`Outline::sizes`].
    #[must_use]
    pub fn sizes(&self) -> Vec<usize> {
        let mut from = Unpacker(&self.head.sizes);
        std::iter::from_fn(|| usize::try_from(from.number()?).ok()).collect()
    }

    /// The bytes of the content, as packed; `None` where they cannot be had as they were.
    #[must_use]
    pub fn bytes(&self) -> Option<Cow<'_, [u8]>> {
        let bytes = self.shelf.part(self.start..self.start.checked_add(self.head.length())?)?;
        (bytes.len() as u64 == self.head.length() && crc32fast::hash(&bytes) == self.head.sum).then_some(bytes)
    }

    fn unfold(&self) -> Option<Outline> {
        unpack(&self.bytes()?)
    }

    /// The content, for whoever looks at it once: it is not kept.
    #[must_use]
    pub fn read(&self) -> Cow<'_, Outline> {
        self.open
            .get()
            .map_or_else(|| Cow::Owned(self.unfold().unwrap_or_default()), |outline| Cow::Borrowed(outline.as_ref()))
    }

    /// The content, kept from now on; `None` where it cannot be had. A shelf that could not be read may be readable later.
    fn whole(&self) -> Option<&Arc<Outline>> {
        if let Some(open) = self.open.get() {
            return Some(open);
        }
        let outline = Arc::new(self.unfold()?);
        Some(self.open.get_or_init(|| outline))
    }

    /// Whether the content can be had, so that nothing is lost where it is read, changed and written.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.whole().is_some()
    }

    /// The content; an empty one where it cannot be had, see [`Folded::is_whole`].
    pub fn open(&self) -> &Arc<Outline> {
        static NOTHING: LazyLock<Arc<Outline>> = LazyLock::new(Arc::default);
        self.whole().unwrap_or(&NOTHING)
    }
}

/// No file that a syllabus can come from is larger, in bytes.
pub const LARGEST: usize = 64 << 20;

fn unpack(bytes: &[u8]) -> Option<Outline> {
    if snap::raw::decompress_len(bytes).ok()? > LARGEST {
        return None;
    }
    let whole = snap::raw::Decoder::new().decompress_vec(bytes).ok()?;
    let mut texts = Texts(std::str::from_utf8(&whole).ok()?);
    let (introduction, objectives) = (texts.next()?.into(), texts.several()?);
    let count = texts.count()?;
    let mut sessions = Vec::with_capacity(count);
    for _ in 0..count {
        let id = SessionId(texts.next()?.to_owned());
        let (title, description) = (texts.next()?.into(), texts.next()?.into());
        sessions.push(Session { id, title, description, concepts: texts.several()? });
    }
    texts.0.is_empty().then_some(Outline { introduction, objectives, sessions })
}

/// One text after the other, as [`Folded::pack`] laid them out.
struct Texts<'a>(&'a str);

impl<'a> Texts<'a> {
    /// A number of [`Packer::digits`]. Of things or bytes that follow: never more than there are bytes.
    fn count(&mut self) -> Option<usize> {
        let mut number = 0_usize;
        for (at, byte) in self.0.bytes().enumerate().take(6) {
            if !byte.is_ascii() {
                return None;
            }
            number |= usize::from(byte & 0x3f) << (6 * at);
            if byte & 0x40 == 0 {
                self.0 = self.0.get(at + 1..)?;
                return (number <= self.0.len()).then_some(number);
            }
        }
        None
    }

    fn next(&mut self) -> Option<&'a str> {
        let length = self.count()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(text)
    }

    fn several(&mut self) -> Option<Vec<Untrusted>> {
        let count = self.count()?;
        let mut texts = Vec::with_capacity(count);
        for _ in 0..count {
            texts.push(self.next()?.into());
        }
        Some(texts)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::super::syllabus::{Syllabus, sample};
    use super::*;

    #[test]
    fn what_is_folded_reads_the_same_and_changes_like_any_other() {
        let mut long = sample(70, 3);
        long.introduction = "Ω long one. ".repeat(500).into();
        for syllabus in [sample(12, 4), Syllabus::default(), sample(1, 0), long] {
            let folded = syllabus.clone().folded();
            assert_eq!((folded.hash(), folded.concept_count()), (syllabus.hash(), syllabus.concept_count()));
            assert_eq!(folded.sizes(), syllabus.sizes());
            assert_eq!(&*folded.read(), &*syllabus);
            assert_eq!((&folded, folded.to_text()), (&syllabus, syllabus.to_text()));
            assert_eq!(serde_json::to_string(&folded).unwrap(), serde_json::to_string(&syllabus).unwrap());
            let (mut changed, mut also) = (folded.clone(), syllabus.clone());
            changed.introduction = "New.".into();
            also.introduction = "New.".into();
            assert_eq!((&changed, changed.hash()), (&also, also.hash()));
            assert_ne!(changed, folded);
            assert_eq!(folded, syllabus, "the other copy is as it was");
        }
    }

    /// A shelf that a test can break and mend.
    struct Breakable(Mutex<Option<Vec<u8>>>);

    impl Shelf for Breakable {
        fn part(&self, at: Range<u64>) -> Option<Cow<'_, [u8]>> {
            let bytes = self.0.lock().unwrap();
            Some(Cow::Owned(bytes.as_ref()?.part(at)?.into_owned()))
        }
    }

    #[test]
    fn what_cannot_be_unfolded_is_known_for_it_and_can_be_had_again() {
        let (head, bytes) = Folded::pack(&sample(2, 2), 7).unwrap();
        let shelf = Arc::new(Breakable(Mutex::default()));
        let syllabus = Syllabus::from(Folded::new(head, shelf.clone(), 0));
        let mut damaged = bytes.clone();
        damaged[bytes.len() / 2] ^= 4;
        for bad in [None, Some(Vec::new()), Some(bytes[..bytes.len() - 1].to_vec()), Some(damaged)] {
            *shelf.0.lock().unwrap() = bad;
            assert!(!syllabus.is_readable());
            assert!(syllabus.sessions.is_empty() && syllabus.read().sessions.is_empty() && !syllabus.is_readable());
            assert_eq!((syllabus.concept_count(), syllabus.sizes()), (4, vec![2, 2]), "that is at hand");
        }
        *shelf.0.lock().unwrap() = Some(bytes);
        assert_eq!(&*syllabus.read(), &*sample(2, 2));
        assert!(syllabus.is_readable() && syllabus.sessions.len() == 2);
        *shelf.0.lock().unwrap() = None;
        assert!(syllabus.is_readable() && syllabus.sessions.len() == 2, "it was read and is kept");
        let empty = Syllabus::default().folded();
        assert!(empty.sessions.is_empty() && empty.is_readable());
    }

    #[test]
    fn numbers_and_cut_bytes() {
        let mut packer = Packer::default();
        for number in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            packer.number(number);
            assert_eq!(Unpacker(&packer.0).number(), Some(number));
            packer.0.clear();
        }
        let (head, bytes) = Folded::pack(&sample(2, 2), 7).unwrap();
        for cut in 0..bytes.len() {
            assert!(unpack(&bytes[..cut]).is_none(), "{cut}");
        }
        head.put(&mut packer);
        assert_eq!(Head::take(&mut Unpacker(&packer.0)), Some(head));
        for cut in 0..packer.0.len() {
            assert!(Head::take(&mut Unpacker(&packer.0[..cut])).is_none(), "{cut}");
        }
        assert!(Unpacker(&[0xff; 12]).number().is_none());
        assert!(Unpacker(&[0xff, 0xff, 0x7f, 1]).count().is_none(), "more than there are bytes");
    }
}
