//! Keeping the records of a run: each is written to the segment at once, and a thread of its own secures them on disk in groups.
//!
//! Writing is a copy into the system's memory and done where the record is made, so that neither a thread nor the run has to be
//! woken for each record; waiting for the disk is not.

use std::fs::File;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use tokio::sync::mpsc;

use super::segment::{Pen, Segment, StorageError};

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

/// Some lines that are written, and how many.
#[derive(Debug, Default)]
struct Group {
    lines: Vec<u8>,
    count: u64,
}

/// Writes lines. Dropping it has what is written secured, and makes the thread finish.
#[derive(Debug)]
pub(super) struct Writer {
    pen: Pen,
    /// Not written yet.
    waiting: Group,
    /// Written and not handed over yet.
    group: Group,
    groups: Sender<Group>,
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
        Ok((Self { pen, waiting: Group::default(), group: Group::default(), groups }, reported))
    }

    /// Takes a line, to be written with the next [`write`](Self::write).
    pub fn put(&mut self, line: &[u8]) {
        self.waiting.lines.extend_from_slice(line);
        self.waiting.count += 1;
    }

    /// Writes what was put: from here on it outlives this process.
    pub fn write(&mut self) -> Result<(), StorageError> {
        if self.waiting.count == 0 {
            return Ok(());
        }
        self.pen.write(&self.waiting.lines)?;
        let Group { lines, count } = &mut self.waiting;
        self.group.lines.append(lines);
        self.group.count += std::mem::take(count);
        if self.group.count >= GROUP {
            self.hand_over();
        }
        Ok(())
    }

    /// Has what is written secured. To be called from time to time.
    pub fn hand_over(&mut self) {
        if self.group.count > 0 {
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

fn run(mut segment: Segment, groups: &Receiver<Group>, commits: &mpsc::Sender<Commit>) -> Result<(), StorageError> {
    let mut synced = 0;
    while let Ok(mut group) = groups.recv() {
        while let Ok(Group { mut lines, count }) = groups.try_recv() {
            group.lines.append(&mut lines);
            group.count += count;
        }
        segment.secure(&group.lines)?;
        synced += group.count;
        // Nobody listens any more after an abort; what was handed over is secured all the same.
        let _ = commits.blocking_send(Commit::Synced(synced));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
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
            writer.put(format!("{number}\n").as_bytes());
            if number % 3 == 0 {
                writer.write().unwrap();
                assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), number + 1);
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
        assert!(text.lines().enumerate().all(|(at, line)| line == at.to_string()));
    }

    #[tokio::test]
    async fn a_record_is_secured_without_another_one_coming() {
        let folder = tempfile::tempdir().unwrap();
        let (mut writer, mut commits) = Writer::start(Segment::create(folder.path()).unwrap(), lock(&folder)).unwrap();
        writer.put(b"alone\n");
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
        writer.put(b"lost\n");
        let text = writer.write().unwrap_err().to_string();
        assert!(text.starts_with("/dev/full: a record cannot be written: No space left"), "{text}");
        assert!(text.ends_with("run again to resume."), "{text}");
        drop(writer);
        assert!(commits.recv().await.is_none());
    }
}
