//! Keeping the records of a run: each is written to the segment at once, and a thread of its own secures them on disk in groups.
//!
//! Writing is a copy into the system's memory and done where the record is made, so that neither a thread nor the run has to be
//! woken for each record; waiting for the disk is not.

use std::fs::File;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use tokio::sync::mpsc;

use super::record::Record;
use super::segment::{Pen, Segment, StorageError, Written};

/// The most records that are handed over together.
const GROUP: u64 = 1_000;

/// What the thread has done so far.
#[derive(Debug)]
pub(super) enum Commit {
    /// So many records since the start outlive the machine.
    Synced(u64),
    /// The disk failed; the thread is gone.
    Failed(StorageError),
}

/// Writes records. Dropping it has what is written secured, and makes the thread finish.
#[derive(Debug)]
pub(super) struct Writer {
    pen: Pen,
    /// Written and not handed over yet.
    group: Written,
    groups: Sender<Written>,
}

impl Writer {
    /// Starts the thread. It keeps `lock` until everything is secured.
    ///
    /// # Errors
    /// When the system has no thread or no file left.
    pub fn start(segment: Segment, lock: Arc<File>) -> Result<(Self, mpsc::Receiver<Commit>), StorageError> {
        let (groups, received) = channel();
        // Of the last group and of a failure nobody has to hear in time.
        let (commits, reported) = mpsc::channel(64);
        let (pen, path) = (segment.pen()?, segment.path().to_owned());
        let body = move || {
            let _lock = lock;
            if let Err(error) = run(segment, &received, &commits) {
                let _ = commits.blocking_send(Commit::Failed(error));
            }
        };
        let thread = thread::Builder::new().name("segment-writer".to_owned()).spawn(body);
        thread.map_err(StorageError::at(&path, "the writer cannot be started"))?;
        Ok((Self { pen, group: Written::default(), groups }, reported))
    }

    /// Takes a record, to be written with the next [`write`](Self::write).
    pub fn put(&mut self, record: &Record) -> Result<(), serde_json::Error> {
        self.pen.put(record)
    }

    /// Writes what was put: from here on it outlives this process.
    pub fn write(&mut self) -> Result<(), StorageError> {
        self.pen.write(&mut self.group)?;
        if self.group.records() >= GROUP {
            self.hand_over();
        }
        Ok(())
    }

    /// Has what is written secured. To be called from time to time.
    pub fn hand_over(&mut self) {
        if self.group.records() > 0 {
            // Where the thread has ended it has said why.
            let _ = self.groups.send(std::mem::take(&mut self.group));
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.hand_over();
    }
}

fn run(mut segment: Segment, groups: &Receiver<Written>, commits: &mpsc::Sender<Commit>) -> Result<(), StorageError> {
    let mut synced = 0;
    while let Ok(mut group) = groups.recv() {
        while let Ok(next) = groups.try_recv() {
            group.join(next);
        }
        synced += group.records();
        segment.secure(group)?;
        // Nobody listens any more after an abort; what was handed over is secured all the same.
        let _ = commits.blocking_send(Commit::Synced(synced));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::record::{Head, Status, sample};
    use super::*;

    fn lock(folder: &tempfile::TempDir) -> Arc<File> {
        Arc::new(File::create(folder.path().join("lock")).unwrap())
    }

    #[tokio::test]
    async fn everything_is_written_at_once_and_secured_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let segment = Segment::create(folder.path()).unwrap();
        let path = segment.path().to_owned();
        let (mut writer, mut commits) = Writer::start(segment, lock(&folder)).unwrap();
        for number in 0..2_500 {
            writer.put(&sample(number, Status::Ok)).unwrap();
            if number % 3 == 0 {
                writer.write().unwrap();
                assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count() as u128, number + 1);
            }
        }
        writer.write().unwrap();
        drop(writer);
        let mut synced = 0;
        while let Some(commit) = commits.recv().await {
            let Commit::Synced(count) = commit else { panic!("{commit:?}") };
            assert!(count > synced);
            synced = count;
        }
        assert_eq!(synced, 2_500);
        let text = std::fs::read_to_string(path).unwrap();
        let item = |line: &str| Head::of_line(line.as_bytes()).map(|head| head.item.bits());
        assert!(text.lines().zip(0..).all(|(line, number)| item(line) == Some(number)));
    }

    #[tokio::test]
    async fn a_record_is_secured_without_another_one_coming() {
        let folder = tempfile::tempdir().unwrap();
        let (mut writer, mut commits) = Writer::start(Segment::create(folder.path()).unwrap(), lock(&folder)).unwrap();
        writer.put(&sample(1, Status::Ok)).unwrap();
        writer.write().unwrap();
        writer.hand_over();
        assert!(matches!(commits.recv().await, Some(Commit::Synced(1))));
        drop(writer);
        assert!(commits.recv().await.is_none());
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_full_disk_is_told_at_once_and_nothing_counts_as_written() {
        let folder = tempfile::tempdir().unwrap();
        let full = std::path::Path::new("/dev/full");
        let (mut writer, mut commits) = Writer::start(Segment::at(full), lock(&folder)).unwrap();
        writer.put(&sample(1, Status::Ok)).unwrap();
        let text = writer.write().unwrap_err().to_string();
        assert!(text.starts_with("/dev/full: a record cannot be written: No space left"), "{text}");
        assert!(text.ends_with("run again to resume."), "{text}");
        drop(writer);
        assert!(commits.recv().await.is_none());
    }
}
