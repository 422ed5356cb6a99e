//! The theme on the screen: looked at, chosen, and read anew when its file or the config changes; the keymap likewise.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use super::Curator;
use crate::app::{Level, Msg};
use crate::config::{Config, Paths, Source, UserKeymap, keymap_in, keys_of, theme_in};
use crate::input::Keymap;
use crate::term::Surface;
use crate::theme::{ColorDepth, Loaded, Shade, Theme, pick};
use crate::userfile::UserFileError;

/// How long files have to be quiet before they are read: editors write in several steps.
const QUIET: Duration = Duration::from_millis(120);

/// Where themes come from.
pub struct Looks {
    paths: Paths,
    config: PathBuf,
    /// Somebody chose on the command line, in the environment or on the screen: the config's choice does not count.
    is_fixed: bool,
    choice: String,
    /// The keymap that was read last, in force or not.
    keymap: UserKeymap,
    depth: ColorDepth,
    shade: Shade,
    changes: mpsc::UnboundedReceiver<()>,
    /// Ends the watching when it goes.
    _watcher: Option<RecommendedWatcher>,
    due: Option<Instant>,
}

impl Looks {
    /// Watches the user's files. Where that is not possible nothing is read anew.
    #[must_use]
    pub fn new(config: &Config, paths: &Paths, depth: ColorDepth, shade: Shade, keymap: UserKeymap) -> Self {
        let (sender, changes) = mpsc::unbounded_channel();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if event.is_ok_and(|event| !event.kind.is_access()) {
                // The loop is gone when the curator has left.
                let _ = sender.send(());
            }
        });
        let folder = config.file.parent().map_or_else(|| paths.config_dir.clone(), PathBuf::from);
        let watcher = watcher.ok().and_then(|mut watcher| {
            watcher.watch(&folder, RecursiveMode::NonRecursive).ok()?;
            // A folder that is not there yet is not waited for.
            let _ = watcher.watch(&paths.themes_dir(), RecursiveMode::NonRecursive);
            let elsewhere = config.keymap.as_ref().and_then(|file| file.parent()).filter(|place| *place != folder);
            if let Some(place) = elsewhere {
                let _ = watcher.watch(place, RecursiveMode::NonRecursive);
            }
            Some(watcher)
        });
        Self {
            paths: paths.clone(),
            config: config.file.clone(),
            is_fixed: matches!(config.theme.source, Source::Argument | Source::Variable(_)),
            choice: config.theme.value.clone(),
            keymap,
            depth,
            shade,
            changes,
            _watcher: watcher,
            due: None,
        }
    }

    /// Loads a theme as it is on disk.
    ///
    /// # Errors
    /// As [`Theme::load`].
    pub fn load(&self, choice: &str) -> Result<Loaded, UserFileError> {
        Theme::load(pick(choice, self.shade), self.depth, &|name| self.paths.theme_text(name))
    }

    /// All themes and whose they are.
    #[must_use]
    pub fn names(&self) -> Vec<(String, &'static str)> {
        self.paths.themes()
    }

    /// A change of the user's files; never where nobody watches.
    pub(super) async fn changed(looks: &mut Option<Self>) {
        match looks {
            Some(looks) => match looks.changes.recv().await {
                Some(()) => looks.due = Some(Instant::now() + QUIET),
                None => std::future::pending().await,
            },
            None => std::future::pending().await,
        }
    }

    /// The keymap as it is now, where it is another than the one that was read last. What cannot be used is told once.
    fn other_keys(&mut self) -> Option<Result<Keymap, String>> {
        let now = match keymap_in(&self.config, &self.paths) {
            Ok(now) => now,
            Err(error) => return Some(Err(error.to_string())),
        };
        if now == self.keymap {
            return None;
        }
        self.keymap = now;
        Some(keys_of(&self.keymap).map_err(|error| error.to_string()))
    }

    /// When the files are read anew.
    pub(super) fn due(looks: Option<&Self>) -> Option<Instant> {
        looks.and_then(|looks| looks.due)
    }
}

impl<S: Surface> Curator<S> {
    /// Shows a theme; `for_good`: it is the choice from now on.
    pub(super) async fn show_theme(&mut self, name: &str, for_good: bool) -> io::Result<()> {
        let Some(looks) = &mut self.looks else { return Ok(()) };
        if for_good {
            (looks.is_fixed, looks.choice) = (true, name.to_owned());
        }
        match looks.load(name) {
            Ok(loaded) => self.theme = loaded.theme,
            Err(error) => self.model_says(error.to_string()),
        }
        self.repaint()
    }

    /// The user's files changed: what they say now holds; where they cannot be used, theme and keys stay and it is said why.
    pub(super) async fn read_files_anew(&mut self) -> io::Result<()> {
        let Some(looks) = &mut self.looks else { return Ok(()) };
        looks.due = None;
        let mut says = Vec::new();
        if !looks.is_fixed {
            match theme_in(&looks.config) {
                Ok(choice) => looks.choice = choice.unwrap_or_else(|| "auto".to_owned()),
                Err(error) => says.push(error.to_string()),
            }
        }
        let before = self.theme.clone();
        match looks.load(&looks.choice) {
            Ok(loaded) => {
                self.theme = loaded.theme;
                says.extend(loaded.warnings);
            }
            Err(error) => says.push(error.to_string()),
        }
        let keys = looks.other_keys();
        let (all, used) = (looks.names(), self.theme.name().to_owned());
        if self.theme != before {
            self.repaint()?;
        }
        self.update(Msg::Themes { all, used }).await?;
        match keys {
            Some(Ok(keymap)) => self.update(Msg::Keys(Arc::new(keymap))).await?,
            Some(Err(why)) if !says.contains(&why) => says.push(format!("{why} The keys stay as they were.")),
            _ => {}
        }
        for text in says {
            let text = crate::taxonomy::text::reveal_line(&text).into_owned();
            self.update(Msg::Notice { level: Level::Warning, text }).await?;
        }
        Ok(())
    }
}
