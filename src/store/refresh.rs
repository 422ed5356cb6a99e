//! Taking in what other hands did to the directory, and laying files out anew.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::core::{Notice, Store, last_event};
use super::error::StoreError;
use super::files::{self, Over, Write};
use super::index::Index;
use super::load::Known;
use super::{format, load, seen};
use crate::taxonomy::event::Event;
use crate::taxonomy::node::Node;
use crate::taxonomy::parallel;
use crate::taxonomy::snapshot::Problem;

/// How many changed files are named one by one: a checkout may change thousands.
const NOTICES: usize = 20;

impl Store {
    /// Whether what lies there is what was read.
    pub(super) fn is_as_seen(&self, seen: &seen::Seen) -> bool {
        seen.is_as_read(&self.nodes, &self.others)
    }

    /// Looks whether other hands changed the directory, and takes in what they did.
    ///
    /// # Errors
    /// The manifest can no longer be used; the last good view stays.
    pub fn refresh(&mut self) -> Result<Vec<Notice>, StoreError> {
        let found = self.look_again();
        self.unusable = found.is_err();
        found
    }

    fn look_again(&mut self) -> Result<Vec<Notice>, StoreError> {
        let seen = seen::look(&self.root)?;
        if seen.is_as_read(&self.nodes, &self.others) {
            return Ok(self.take_notices());
        }
        let index = Index::read(&self.root);
        let loaded = load::load_seen(&self.root, seen, &self.curator, self.known(), index.as_ref())?;
        let mut notices = self.take_notices();
        notices.extend(self.changes(&loaded));
        self.take_in(loaded);
        notices.extend(self.take_notices());
        Ok(notices)
    }

    /// What was read so far, which needs no second reading where it is the same.
    fn known(&self) -> Known<'_> {
        Known { nodes: Some(&self.nodes), others: Some(&self.others), documents: Some(&self.snapshot.documents) }
    }

    /// Whether a path that is said to have changed is as it was read or written, or of no
    /// concern. A folder never is: what is in it may have come or gone with it.
    pub(super) fn is_as_known(&self, path: &Path) -> bool {
        let Ok(below) = path.strip_prefix(&self.root) else { return false };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let in_parts = ["tree", "proposals", "decisions", "documents"].iter().any(|part| below.starts_with(part));
        if name.starts_with('.') || (!in_parts && name != "provost.yaml") {
            return true;
        }
        let known = self.nodes.get(path).map(|(stamp, _)| stamp).or_else(|| self.others.get(path));
        match fs::symlink_metadata(path) {
            Ok(meta) => meta.is_file() && known.is_some_and(|known| known.looks_like(&meta)),
            Err(_) => known.is_none() && path.extension().is_some(),
        }
    }

    /// Reads what is on the disk, whatever was shown so far.
    ///
    /// # Errors
    /// As [`Store::refresh`].
    pub(super) fn reload(&mut self) -> Result<(), StoreError> {
        let read = self.read_again();
        self.unusable = read.is_err();
        read
    }

    fn read_again(&mut self) -> Result<(), StoreError> {
        let seen = seen::look(&self.root)?;
        let index = Index::read(&self.root);
        let loaded = load::load_seen(&self.root, seen, &self.curator, self.known(), index.as_ref())?;
        self.take_in(loaded);
        Ok(())
    }

    /// What is wrong with a manifest that is used all the same: git left a conflict in it.
    pub(super) fn manifest_problem(&self) -> Option<&Problem> {
        self.snapshot.problems.iter().find(|problem| problem.path == "provost.yaml")
    }

    fn take_in(&mut self, loaded: load::Loaded) {
        let mut snapshot = loaded.snapshot;
        snapshot.revision = self.snapshot.revision + 1;
        self.last = self.last.max(last_event(&snapshot));
        self.snapshot = Arc::new(snapshot);
        self.nodes = loaded.nodes;
        let before = std::mem::replace(&mut self.others, loaded.others);
        let is_news = |path: &Path| before.get(path) != self.others.get(path);
        let torn = loaded.torn.into_iter().filter(|(path, _)| is_news(path)).collect();
        self.report_torn_logs(torn, false);
    }

    fn changes(&self, loaded: &load::Loaded) -> Vec<Notice> {
        let notice =
            |path: &Path, message: &str| Notice { path: files::shown(&self.root, path), message: message.to_owned() };
        let unusable: HashSet<&str> = self.snapshot.problems.iter().map(|was| was.path.as_str()).collect();
        let mut problems: HashMap<&str, &Problem> = HashMap::new();
        for problem in &loaded.snapshot.problems {
            problems.entry(&problem.path).or_insert(problem);
        }
        let mut notices = Vec::new();
        for (path, (_, node)) in &loaded.nodes {
            match self.nodes.get(path) {
                Some((_, known)) if known == node => {}
                Some(_) => notices.push(notice(path, "changed on disk outside provost; the new content counts.")),
                None if !unusable.is_empty() && unusable.contains(files::shown(&self.root, path).as_str()) => {
                    notices.push(notice(path, "was mended on disk; it can be used again."));
                }
                None => notices.push(notice(path, "appeared on disk.")),
            }
        }
        let gone = self.nodes.keys().filter(|path| !loaded.nodes.contains_key(*path));
        for path in gone {
            let shown = files::shown(&self.root, path);
            // Its own, or that of a folder above it.
            let mut ways = std::iter::successors(Some(shown.as_str()), |way| Some(way.rsplit_once('/')?.0));
            let (path, message) = match ways.find_map(|way| problems.get(way)) {
                Some(problem) => (problem.path.clone(), problem.message.clone()),
                None => (shown, "is gone from disk.".to_owned()),
            };
            notices.push(Notice { path, message });
        }
        notices.sort_by(|a, b| (&a.path, &a.message).cmp(&(&b.path, &b.message)));
        notices.dedup();
        let more = notices.len().saturating_sub(NOTICES);
        if more > 0 {
            notices.truncate(NOTICES);
            let message = format!("{more} more files changed on disk outside provost.");
            notices.push(Notice { path: "tree".to_owned(), message });
        }
        notices.extend(self.news_of_decisions(loaded).map(|message| Notice { path: "decisions".to_owned(), message }));
        notices
    }

    /// Which decisions came and which are no longer there, in a sentence.
    fn news_of_decisions(&self, loaded: &load::Loaded) -> Option<String> {
        let (old, new) = (self.snapshot.record.events(), loaded.snapshot.record.events());
        let (mut before, mut now) = (old.iter().peekable(), new.iter().peekable());
        // How many, and how many of them are this curator's.
        let (mut arrived, mut gone) = ((0, 0), (0, 0));
        let own = |event: &Event| usize::from(event.by == self.curator);
        loop {
            let (first, second) = (before.peek(), now.peek());
            let order = match (first, second) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(first), Some(second)) => first.id.cmp(&second.id),
            };
            match (order, first, second) {
                (Ordering::Less, Some(event), _) => gone = (gone.0 + 1, gone.1 + own(event)),
                (Ordering::Greater, _, Some(event)) => arrived = (arrived.0 + 1, arrived.1 + own(event)),
                _ => {}
            }
            if order != Ordering::Greater {
                before.next();
            }
            if order != Ordering::Less {
                now.next();
            }
        }
        let yours = |(count, own): (usize, usize)| match (count, own) {
            (_, 0) => String::new(),
            (1, _) => ", yours".to_owned(),
            (_, own) => format!(", {own} of them yours"),
        };
        let came = |(count, own): (usize, usize)| match (count, own) {
            (1, 0) => "A decision of others arrived".to_owned(),
            (count, 0) => format!("{count} decisions of others arrived"),
            (1, _) => "A decision arrived, yours".to_owned(),
            (count, own) => format!("{count} decisions arrived{}", yours((count, own))),
        };
        let went = match gone.0 {
            1 => "a decision is no longer in the logs".to_owned(),
            count => format!("{count} decisions are no longer in the logs"),
        };
        let went = went + &yours(gone);
        match (arrived.0, gone.0) {
            (0, 0) => None,
            (_, 0) => Some(format!("{}.", came(arrived))),
            (0, _) => Some(format!("{}{}.", went[..1].to_uppercase(), &went[1..])),
            _ => Some(format!("{}; {went}.", came(arrived))),
        }
    }

    /// Rewrites node files and the manifest where their layout is not canonical; with `check` only
    /// lists them. Batches are never changed. Returns their paths.
    ///
    /// # Errors
    /// Read-only, other hands changed a file meanwhile, or the system refused.
    pub fn format(&mut self, check: bool) -> Result<Vec<String>, StoreError> {
        if !check {
            self.ready()?;
        }
        // What was read as it would be written needs no other look.
        let nodes: Vec<_> = self.nodes.iter().filter(|(_, (stamp, _))| !stamp.is_canonical()).collect();
        let write = |(): &mut (), (path, (stamp, node)): &(&PathBuf, &(files::Stamp, Arc<Node>))| {
            let text = format::node_yaml(node);
            let over = Over::Known(*stamp);
            (!stamp.is_of(text.as_bytes())).then(|| Write { path: PathBuf::clone(path), text, over })
        };
        let mut writes: Vec<Write> = parallel::map(&nodes, || (), write).into_iter().flatten().collect();
        let manifest = Write::new(self.root.join("provost.yaml"), format::manifest_yaml(&self.snapshot.manifest));
        let is_whole = self.manifest_problem().is_none();
        if self.others.get(&manifest.path).is_some_and(|stamp| is_whole && !stamp.is_of(manifest.text.as_bytes())) {
            writes.push(manifest);
        }
        writes.sort_by(|a, b| a.path.cmp(&b.path));
        for Write { path, .. } in writes.iter().filter(|_| !check) {
            let known = self.nodes.get(path).map(|(stamp, _)| stamp).or_else(|| self.others.get(path));
            let same = known.map(|known| known.holds(path)).transpose().map_err(|error| StoreError::io(path, error))?;
            if same != Some(true) {
                return Err(StoreError::Conflict { path: files::shown(&self.root, path) });
            }
        }
        if !check {
            files::write_all(&self.root, &writes)?;
            self.refresh()?;
        }
        Ok(writes.iter().map(|write| files::shown(&self.root, &write.path)).collect())
    }
}
