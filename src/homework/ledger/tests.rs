use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use super::super::record::{Record, sample};
use super::super::segment::{Segment, line, repair};
use super::*;

fn record(number: u128) -> Record {
    let status = [Status::Ok, Status::Ok, Status::Failed, Status::Unfit][number as usize % 4];
    Record { counts: number % 8 == 7, ..sample(number, status) }
}

fn written(folder: &Path, numbers: std::ops::Range<u128>) -> PathBuf {
    let mut segment = Segment::create_for(folder, None).unwrap();
    for number in numbers {
        segment.write(&line(&record(number)).unwrap()).unwrap();
        if number % 10 == 9 {
            segment.sync().unwrap();
        }
    }
    segment.path().to_owned()
}

fn told(segment: &Path) -> Vec<Head> {
    let mut found = Vec::new();
    heads(segment, |head| found.push(head)).unwrap();
    found
}

fn expected(numbers: std::ops::Range<u128>) -> Vec<Head> {
    let head = |number| {
        let Record { item, status, counts, .. } = record(number);
        Head { item, status, counts }
    };
    numbers.map(head).collect()
}

#[test]
fn the_head_of_a_line_is_what_a_json_reader_finds() {
    for number in 0..8 {
        let line = line(&record(number)).unwrap();
        assert_eq!(Head::of_line(&line), serde_json::from_slice(&line).ok(), "{number}");
    }
    for other in ["", "{}", "{\"crc\":\"00000000\",\"status\":\"ok\"}"] {
        assert_eq!(Head::of_line(other.as_bytes()), None);
    }
}

#[test]
fn what_is_written_beside_a_segment_says_what_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let segment = written(folder.path(), 0..100);
    assert_eq!(believed(&segment).covered, fs::metadata(&segment).unwrap().len(), "all of it, without reading it");
    assert_eq!(told(&segment), expected(0..100));
    let (covered, said) = account(&segment).unwrap();
    let text = fs::read(&segment).unwrap();
    let mut account = Account::default();
    text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).for_each(|line| account.add(line));
    assert_eq!((covered, said), (text.len() as u64, account.told()));
}

#[test]
fn a_missing_a_torn_and_a_short_one_are_made_whole() {
    let folder = tempfile::tempdir().unwrap();
    let segment = written(folder.path(), 0..95);
    let length = fs::metadata(&segment).unwrap().len();
    assert!(believed(&segment).covered < length, "the last five were not secured");
    assert_eq!(told(&segment), expected(0..95));
    assert_eq!(believed(&segment).covered, length);
    let whole = fs::read(path_of(&segment)).unwrap();
    for cut in (0..whole.len()).step_by(7) {
        fs::write(path_of(&segment), &whole[..cut]).unwrap();
        assert_eq!(told(&segment), expected(0..95), "cut at {cut}");
        assert_eq!(believed(&segment).covered, length, "cut at {cut}");
    }
    forget(&segment);
    assert_eq!(told(&segment), expected(0..95));
    assert_eq!(believed(&segment).covered, length);
}

#[test]
fn a_ledger_of_an_earlier_version_is_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let segment = written(folder.path(), 0..20);
    let now = fs::read(path_of(&segment)).unwrap();
    let mut older = now.clone();
    older[..4].copy_from_slice(&0x4c56_5250_u32.to_le_bytes());
    fs::write(path_of(&segment), older).unwrap();
    assert_eq!((believed(&segment).covered, told(&segment)), (0, expected(0..20)));
    assert_eq!(believed(&segment).covered, fs::metadata(&segment).unwrap().len());
}

#[test]
fn a_flipped_bit_is_never_believed() {
    let folder = tempfile::tempdir().unwrap();
    let segment = written(folder.path(), 0..20);
    let whole = fs::read(path_of(&segment)).unwrap();
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x04;
        fs::write(path_of(&segment), &damaged).unwrap();
        assert_eq!(told(&segment), expected(0..20), "at {at}");
    }
}

#[test]
fn a_segment_that_was_replaced_is_read_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (segment, other) = (written(folder.path(), 100..200), written(folder.path(), 300..400));
    let time = fs::metadata(&segment).unwrap().modified().unwrap();
    assert_eq!(fs::metadata(&segment).unwrap().len(), fs::metadata(&other).unwrap().len());
    fs::copy(&other, &segment).unwrap();
    File::options().write(true).open(&segment).unwrap().set_modified(time).unwrap();
    assert_eq!(told(&segment), expected(300..400), "same length, same time, other records");
    // The ledger of another segment.
    fs::copy(path_of(&other), path_of(&segment)).unwrap();
    let older = written(folder.path(), 0..100);
    fs::copy(path_of(&other), path_of(&older)).unwrap();
    assert_eq!(told(&older), expected(0..100));
    // Shorter than its ledger: a power loss took the end.
    let text = fs::read(&older).unwrap();
    let end = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(49).unwrap().0 + 1;
    fs::write(&older, &text[..end]).unwrap();
    assert_eq!(told(&older), expected(0..50));
    // Touched by an editor in the middle: the time tells.
    let mut text = fs::read(&older).unwrap();
    let at = text.windows(8).position(|bytes| bytes == b"Question").unwrap();
    text[at] = b'q';
    fs::write(&older, &text).unwrap();
    let later = SystemTime::now() + Duration::from_secs(5);
    File::options().write(true).open(&older).unwrap().set_modified(later).unwrap();
    assert_eq!(told(&older), expected(1..50), "its checksum is wrong, so it is no record");
}

#[test]
fn a_torn_segment_is_cut_and_its_ledger_still_believed() {
    let folder = tempfile::tempdir().unwrap();
    let segment = written(folder.path(), 0..40);
    let length = fs::metadata(&segment).unwrap().len();
    let mut file = File::options().append(true).open(&segment).unwrap();
    file.write_all(b"{\"crc\":\"0000").unwrap();
    drop(file);
    assert_eq!(repair(&segment).unwrap().unwrap().bytes, 12);
    assert_eq!(believed(&segment).covered, length, "nothing has to be read again");
    assert_eq!(told(&segment), expected(0..40));
}

#[test]
fn a_segment_that_is_being_written_is_let_be() {
    let folder = tempfile::tempdir().unwrap();
    let mut segment = Segment::create_for(folder.path(), None).unwrap();
    let path = segment.path().to_owned();
    assert!(is_live(&path));
    segment.write(&line(&record(0)).unwrap()).unwrap();
    segment.sync().unwrap();
    segment.write(&line(&record(1)).unwrap()).unwrap();
    segment.write(b"{\"crc\":\"half").unwrap();
    let before = fs::read(path_of(&path)).unwrap();
    assert_eq!(told(&path), expected(0..2));
    assert_eq!(repair(&path).unwrap(), None);
    assert_eq!(fs::read(path_of(&path)).unwrap(), before, "its writer alone writes the ledger");
    drop(segment);
    assert!(!is_live(&path));
    assert_eq!(repair(&path).unwrap().unwrap().bytes, 12);
}

proptest! {
    #[test]
    fn what_was_appended_reaches_as_far_in_pieces(pieces in prop::collection::vec(0..2 * SEEN, 0..6), cut in 0..6_usize) {
        let bytes: Vec<u8> = (0..pieces.iter().sum::<usize>()).map(|at| (at % 251) as u8).collect();
        let (mut first, mut second, mut from) = (Reach::default(), Reach::default(), 0);
        for (number, length) in pieces.iter().enumerate() {
            let reach = if number < cut { &mut first } else { &mut second };
            reach.add(&bytes[from..from + length]);
            from += length;
        }
        first.join(&second);
        prop_assert_eq!(first.bytes, bytes.len() as u64);
        prop_assert_eq!(first.last, &bytes[bytes.len().saturating_sub(SEEN)..]);
    }
}
