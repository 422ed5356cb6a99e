//! The one writer of a run's segment: a thread that writes every record at once and secures them
//! on disk in groups.

use std::fs::File;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::handle::MOST_CONCURRENT;
use super::segment::{Segment, StorageError};

/// The longest that a written record waits to be secured.
const SYNC_WITHIN: Duration = Duration::from_millis(50);
/// The most records that wait.
const SYNC_AFTER: u64 = 1_000;

/// What the writer has done so far, in records since its start.
#[derive(Debug)]
pub(super) enum Commit {
    /// They outlive this process.
    Written(u64),
    /// They outlive the machine.
    Synced(u64),
    /// The disk failed; the writer is gone.
    Failed(StorageError),
}

/// Hands lines to the writer. Dropping it makes the writer finish.
pub(super) type Lines = SyncSender<Vec<u8>>;

/// Starts the writer. It keeps `lock` until it has written everything.
///
/// # Errors
/// When the system has no thread left.
pub(super) fn start(segment: Segment, lock: Arc<File>) -> std::io::Result<(Lines, mpsc::Receiver<Commit>)> {
    // No more records than items under way can wait here, so sending never blocks.
    let (lines, received) = sync_channel(2 * MOST_CONCURRENT);
    let (commits, reported) = mpsc::channel(64);
    let body = move || {
        let _lock = lock;
        if let Err(error) = run(segment, &received, &commits) {
            let _ = commits.blocking_send(Commit::Failed(error));
        }
    };
    thread::Builder::new().name("segment-writer".to_owned()).spawn(body)?;
    Ok((lines, reported))
}

fn run(mut segment: Segment, lines: &Receiver<Vec<u8>>, commits: &mpsc::Sender<Commit>) -> Result<(), StorageError> {
    // Nobody listens any more after an abort; what was handed over is written all the same.
    let report = |commit| drop(commits.blocking_send(commit));
    let (mut written, mut synced) = (0, 0);
    let mut due = None;
    loop {
        let next = match due {
            None => lines.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(due) => lines.recv_timeout(Instant::saturating_duration_since(&due, Instant::now())),
        };
        let closed = matches!(next, Err(RecvTimeoutError::Disconnected));
        if let Ok(mut bytes) = next {
            written += 1;
            while bytes.len() < 1 << 20 {
                match lines.try_recv() {
                    Ok(more) => bytes.extend_from_slice(&more),
                    Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
                }
                written += 1;
            }
            segment.write(&bytes)?;
            report(Commit::Written(written));
            due = due.or_else(|| Some(Instant::now() + SYNC_WITHIN));
        }
        let late = due.is_some_and(|due| due <= Instant::now());
        if written > synced && (closed || late || written - synced >= SYNC_AFTER) {
            segment.sync()?;
            synced = written;
            due = None;
            report(Commit::Synced(synced));
        }
        if closed {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(folder: &tempfile::TempDir) -> Arc<File> {
        Arc::new(File::create(folder.path().join("lock")).unwrap())
    }

    #[tokio::test]
    async fn everything_is_written_then_secured_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let segment = Segment::create(folder.path()).unwrap();
        let path = segment.path().to_owned();
        let (lines, mut commits) = start(segment, lock(&folder)).unwrap();
        for number in 0..2_500 {
            lines.send(format!("{number}\n").into_bytes()).unwrap();
        }
        drop(lines);
        let (mut written, mut synced) = (0, 0);
        while let Some(commit) = commits.recv().await {
            match commit {
                Commit::Written(count) => written = count,
                Commit::Synced(count) => {
                    assert!(count > synced && count <= written);
                    synced = count;
                }
                Commit::Failed(error) => panic!("{error}"),
            }
        }
        assert_eq!((written, synced), (2_500, 2_500));
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.lines().enumerate().all(|(at, line)| line == at.to_string()));
    }

    #[tokio::test]
    async fn a_record_is_secured_without_another_one_coming() {
        let folder = tempfile::tempdir().unwrap();
        let (lines, mut commits) = start(Segment::create(folder.path()).unwrap(), lock(&folder)).unwrap();
        lines.send(b"alone\n".to_vec()).unwrap();
        assert!(matches!(commits.recv().await, Some(Commit::Written(1))));
        assert!(matches!(commits.recv().await, Some(Commit::Synced(1))));
        drop(lines);
        assert!(commits.recv().await.is_none());
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_full_disk_is_reported_and_nothing_counts_as_written() {
        let folder = tempfile::tempdir().unwrap();
        let full = std::path::Path::new("/dev/full");
        let (lines, mut commits) = start(Segment::at(full), lock(&folder)).unwrap();
        lines.send(b"lost\n".to_vec()).unwrap();
        let Some(Commit::Failed(error)) = commits.recv().await else { panic!("no failure") };
        let text = error.to_string();
        assert!(text.starts_with("/dev/full: a record cannot be written: No space left"), "{text}");
        assert!(text.ends_with("run again to resume."), "{text}");
        assert!(commits.recv().await.is_none());
    }
}
