use super::super::record::{Head, Record, Status, sample};
use super::*;

fn write(folder: &Path, records: &[Record]) -> PathBuf {
    let mut segment = Segment::create(folder).unwrap();
    for record in records {
        segment.write(&line(record).unwrap()).unwrap();
    }
    segment.sync().unwrap();
    segment.path().to_owned()
}

fn records(path: &Path) -> (Vec<Record>, Damage) {
    let mut found = Vec::new();
    let damage = read::<StorageError>(path, |_, line| {
        found.push(serde_json::from_slice(line).unwrap());
        Ok(())
    });
    (found, damage.unwrap())
}

#[test]
fn what_is_written_is_read_and_any_json_reader_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let written = [sample(1, Status::Ok), sample(2, Status::Unfit)];
    let path = write(folder.path(), &written);
    assert_eq!(records(&path).0, written);
    let text = fs::read_to_string(&path).unwrap();
    for (line, record) in text.lines().zip(&written) {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(value["item"], record.item.to_string());
        assert_eq!(value["crc"].as_str().unwrap().len(), 8);
        let head: Head = serde_json::from_str(line).unwrap();
        assert_eq!((head.item, head.counts), (record.item, record.status == Status::Unfit));
    }
    let next = write(folder.path(), &[]);
    assert_eq!(list(folder.path()).unwrap(), [path, next]);
}

#[test]
fn a_cut_at_any_byte_loses_the_cut_record_alone() {
    let folder = tempfile::tempdir().unwrap();
    let written = [sample(1, Status::Ok), sample(2, Status::Ok)];
    let path = write(folder.path(), &written);
    let bytes = fs::read(&path).unwrap();
    let first = bytes.iter().position(|b| *b == b'\n').unwrap() + 1;
    for cut in first + 1..bytes.len() - 1 {
        fs::write(&path, &bytes[..cut]).unwrap();
        let torn = repair(&path).unwrap().unwrap();
        assert_eq!(torn.bytes, (cut - first) as u64);
        assert_eq!(fs::read(&torn.kept).unwrap(), bytes[first..cut]);
        assert_eq!(fs::read(&path).unwrap(), bytes[..first]);
        assert_eq!(repair(&path).unwrap(), None);
    }
    // Only the newline is missing: the record is whole.
    fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    assert_eq!(repair(&path).unwrap(), None);
    assert_eq!(records(&path).0, written);
}

#[test]
fn a_flipped_byte_is_noticed_wherever_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), &[sample(1, Status::Ok), sample(2, Status::Ok)]);
    let bytes = fs::read(&path).unwrap();
    let first = bytes.iter().position(|b| *b == b'\n').unwrap();
    for at in 0..first {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        fs::write(&path, &damaged).unwrap();
        let (found, damage) = records(&path);
        assert_eq!(found.len(), 1, "at {at}");
        assert!(damage.lines >= 1 && damage.tail == 0, "at {at}");
    }
}

#[test]
fn zeros_that_a_power_loss_left_are_a_torn_tail() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), &[sample(1, Status::Ok)]);
    let whole = fs::metadata(&path).unwrap().len();
    OpenOptions::new().write(true).open(&path).unwrap().set_len(whole + 4_096).unwrap();
    assert_eq!(repair(&path).unwrap().unwrap().bytes, 4_096);
    assert_eq!(records(&path).0.len(), 1);
}

#[test]
fn a_ledger_that_is_held_for_a_moment_keeps_no_torn_tail() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), &[sample(1, Status::Ok)]);
    let whole = fs::metadata(&path).unwrap().len();
    OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"crc\":").unwrap();
    let mut looks = 0;
    let torn = repair_unless(&path, || {
        looks += 1;
        looks < 3
    });
    assert_eq!((torn.unwrap().unwrap().bytes, looks, fs::metadata(&path).unwrap().len()), (7, 3, whole));
    OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"crc\":").unwrap();
    assert_eq!(repair_unless(&path, || true).unwrap(), None, "somebody is writing it");
}

#[test]
fn names_never_meet_and_a_folder_of_such_a_name_is_no_segment() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let shard = Some("3/8".parse().unwrap());
    let names = [here.path(), here.path(), there.path()].map(|folder| {
        let path = Segment::create_for(folder, shard).unwrap().path().to_owned();
        path.file_name().unwrap().to_str().unwrap().to_owned()
    });
    assert!(names[0].starts_with("0001-3of8-") && names[1].starts_with("0002-3of8-"), "{names:?}");
    assert!(names[2].starts_with("0001-3of8-") && names[2] != names[0], "{names:?}");
    fs::create_dir(here.path().join("0009.jsonl")).unwrap();
    assert_eq!(list(here.path()).unwrap().len(), 2);
    let file = there.path().join("segments");
    fs::write(&file, "").unwrap();
    assert!(list(&file).unwrap().is_empty());
    let error = Segment::create(&file).unwrap_err().to_string();
    assert!(error.contains("a file is in the place of this folder; move it away"), "{error}");
}
