//! A syllabus in few bytes: how 15,751 of them fit into memory before anybody reads one.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

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

/// The content of a syllabus as bytes, laid out by [`Folded::pack`]; unfolded when it is first read, and kept then.
pub struct Folded {
    bytes: Arc<Vec<u8>>,
    at: Range<usize>,
    hash: u128,
    concepts: usize,
    open: OnceLock<Arc<Outline>>,
}

impl fmt::Debug for Folded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Folded({:032x})", self.hash)
    }
}

impl Folded {
    /// Appends the bytes of a content. Its hash and how many key concepts it has come first: they are asked for most.
    /// The rest is compressed: less to keep, to read and to sum up, at a twentieth of what unfolding costs.
    pub fn pack(outline: &Outline, hash: u128, to: &mut Packer) {
        to.wide(hash);
        to.number(outline.concept_count() as u64);
        let sizes = outline.sizes();
        to.number(sizes.len() as u64);
        sizes.iter().for_each(|size| to.number(*size as u64));
        let mut whole = Packer::default();
        Self::pack_whole(outline, &mut whole);
        let packed = snap::raw::Encoder::new().compress_vec(&whole.0).ok();
        to.number(u64::from(packed.is_some()));
        to.0.extend_from_slice(packed.as_ref().unwrap_or(&whole.0));
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

    /// The content at a place of some bytes, which are kept. Only its beginning is read now, so the bytes have to be
    /// known to be whole, by a checksum.
    #[must_use]
    pub fn new(bytes: Arc<Vec<u8>>, at: Range<usize>) -> Option<Self> {
        let mut head = Unpacker(bytes.get(at.clone())?);
        let (hash, concepts) = (head.wide()?, usize::try_from(head.number()?).ok()?);
        Some(Self { bytes, at, hash, concepts, open: OnceLock::new() })
    }

    /// Bits of the hash that a syllabus is known by.
    #[must_use]
    pub fn hash(&self) -> u128 {
        self.hash
    }

    /// As [`Outline::concept_count`].
    #[must_use]
    pub fn concept_count(&self) -> usize {
        self.concepts
    }

    /// As [`Outline::sizes`].
    #[must_use]
    pub fn sizes(&self) -> Vec<usize> {
        let mut from = Unpacker(self.bytes());
        from.wide().and_then(|_| from.number()).and_then(|_| sizes(&mut from)).unwrap_or_default()
    }

    /// The bytes, as packed.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(self.at.clone()).unwrap_or_default()
    }

    /// The content, for whoever looks at it once: it is not kept.
    #[must_use]
    pub fn read(&self) -> Cow<'_, Outline> {
        self.open.get().map_or_else(
            || Cow::Owned(unpack(self.bytes()).unwrap_or_default()),
            |outline| Cow::Borrowed(outline.as_ref()),
        )
    }

    /// Whether the bytes are what [`Folded::pack`] lays out, so that nothing is lost where it is read, changed and written.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let open = self.open();
        (open.concept_count() == self.concepts && **open != Outline::default()) || unpack(self.bytes()).is_some()
    }

    /// The content; nothing where the bytes are damaged, see [`Folded::is_whole`].
    pub fn open(&self) -> &Arc<Outline> {
        self.open.get_or_init(|| Arc::new(unpack(self.bytes()).unwrap_or_default()))
    }
}

fn sizes(from: &mut Unpacker<'_>) -> Option<Vec<usize>> {
    let count = from.count()?;
    (0..count).map(|_| usize::try_from(from.number()?).ok()).collect()
}

/// No file that a syllabus can come from is larger, in bytes.
const LARGEST: usize = 64 << 20;

fn unpack(bytes: &[u8]) -> Option<Outline> {
    let mut from = Unpacker(bytes);
    from.wide()?;
    from.number()?;
    sizes(&mut from)?;
    let whole = match from.number()? {
        0 => Cow::Borrowed(from.0),
        _ if snap::raw::decompress_len(from.0).ok()? > LARGEST => return None,
        _ => Cow::Owned(snap::raw::Decoder::new().decompress_vec(from.0).ok()?),
    };
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

    #[test]
    fn what_cannot_be_unfolded_is_known_for_it() {
        let mut packer = Packer::default();
        Folded::pack(&sample(2, 2), 7, &mut packer);
        let end = packer.0.len();
        let whole = Arc::new(packer.0);
        let folded = |end: usize| Syllabus::from(Folded::new(whole.clone(), 0..end).unwrap());
        assert!(folded(end).is_readable() && !folded(end - 3).is_readable());
        let damaged = folded(end - 3);
        assert!(damaged.sessions.is_empty() && !damaged.is_readable(), "also after somebody read it");
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
        Folded::pack(&sample(2, 2), 7, &mut packer);
        for cut in 0..packer.0.len() {
            assert!(unpack(&packer.0[..cut]).is_none(), "{cut}");
        }
        assert!(Unpacker(&[0xff; 12]).number().is_none());
        assert!(Unpacker(&[0xff, 0xff, 0x7f, 1]).count().is_none(), "more than there are bytes");
    }
}
