//! Opening the curator: configuration, directory and terminal put together.

use std::io::{self, Stdout};
use std::path::Path;
use std::sync::Arc;

use super::crew::{Finder, Source};
use super::effects::Reading;
use super::found;
use super::picture::{self, Likeness, Portrait};
use super::{Curator, Ended, Looks, Memory, Parts, Unsaved};
use crate::app::{Lexicon, Look, Model, Settings, begin_tour, restore};
use crate::asking::Asks;
use crate::config::{Config, ConfigError, Environment, Notify as ConfigNotify, OutsideSettings, Paths, keys_of};
use crate::llm::{PromptError, PromptSet};
use crate::store::{Early, OpenOptions, Store, StoreError, now};
use crate::term::{
    Abilities, Capabilities, Clipboard, EditorCommand, Events, Guard, Notify, Screen, Signals, Surface, Wishes,
    install_panic_hook, shade,
};
use crate::theme::{ColorDepth, Glyphs, Shade, pick};
use crate::userfile::UserFileError;

/// What opening needs.
pub struct Opening<'a> {
    /// The directory.
    pub dir: &'a Path,
    /// Who decides there.
    pub curator: String,
    /// What the user wants.
    pub config: &'a Config,
    /// The environment.
    pub environment: Environment<'static>,
    /// Where the user's files are.
    pub paths: &'a Paths,
    /// Whether the tour is given.
    pub tour: bool,
}

/// Why the curator does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The keymap or the theme cannot be used.
    #[error(transparent)]
    UserFile(#[from] UserFileError),
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A prompt template of the directory cannot be used.
    #[error(transparent)]
    Prompt(#[from] PromptError),
    /// The directory cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The terminal cannot be used.
    #[error("The terminal cannot be used: {0}")]
    Terminal(#[from] io::Error),
}

/// Opens the curator in the process's terminal and runs it to the end.
///
/// # Errors
/// See [`OpenError`]; the terminal is as it was then.
pub async fn open(opening: Opening<'_>) -> Result<(Ended, Unsaved), OpenError> {
    let Opening { dir, curator, config, environment, paths, tour } = opening;
    let user = config.keymap_text()?;
    let keymap = keys_of(&user)?;
    let depth = Capabilities::detect(config.color.value, environment).depth;
    let glyphs = Glyphs::of(config.glyphs.value);
    let follows = pick(&config.theme.value, Shade::Dark) != pick(&config.theme.value, Shade::Light);
    let shade = if follows && depth > ColorDepth::None { shade(environment) } else { Shade::Dark };
    let looks = Looks::new(config, paths, depth, shade, user.clone());
    let loaded = looks.load(&config.theme.value)?;
    let editor = EditorCommand::choose(
        config.editor.value.as_deref(),
        environment("VISUAL").as_deref(),
        environment("EDITOR").as_deref(),
    );
    install_panic_hook(Some(paths.log_file()));
    let abilities = Abilities::detect(wishes(config), environment);
    let memory = Memory::of(dir, paths);
    let likeness = Likeness::new(&loaded.theme, glyphs, &user, &curator);
    let remembered = memory.text().to_owned();
    let mut shown = None;
    let mut store = Store::open_showing(dir, OpenOptions { curator, read_only: false }, |early| {
        shown = show(&early, &likeness, &remembered, config.mouse.value, abilities);
    })?;
    // The last view is not freed piece by piece when the curator leaves.
    std::mem::forget(store.snapshot());
    let prompts = Arc::new(PromptSet::with_overrides(&store.prompts()?)?);
    let curator = store.curator().to_owned();
    let snapshot = store.snapshot();
    // They are most of what a search right after the start waits for, so the screen is made beside it.
    let names = Lexicon::takes_long(&snapshot).then(|| Reading::begin(snapshot.clone()));
    let settings = Settings { curator: curator.clone(), read_only: store.is_read_only().map(str::to_owned) };
    let mut notices: Vec<String> = config.warnings.iter().chain(&loaded.warnings).cloned().collect();
    notices.extend(store.take_notices().into_iter().map(|notice| {
        if notice.path.is_empty() { notice.message } else { format!("{}: {}", notice.path, notice.message) }
    }));

    let (runs, dir) = (store.runs_dir(), store.dir().to_owned());
    let store = store.into_handle_unwatched();
    let manifest = (*snapshot.manifest).clone();
    let source = Source { config: config.clone(), environment, manifest, prompts, store: store.clone(), dir, curator };
    // Where every model is named this is all; else servers are asked beside the loop.
    let crew = source.crew(Asks::Nobody).await;
    notices.extend(crew.remark.clone().filter(|_| crew.is_final));

    let was_shown = shown.is_some();
    let (guard, surface, signals) = match shown {
        Some(Shown { guard, surface, signals }) => (guard, surface, Some(signals)),
        None => (Guard::enter(config.mouse.value)?.with(abilities), Screen::new(io::stdout())?, None),
    };
    let mut model = Model::new(snapshot, settings, Arc::new(keymap), now());
    restore(&mut model, memory.text());
    if tour {
        begin_tour(&mut model);
    }
    let theme = loaded.theme.name().to_owned();
    model.look = Look { shown: theme.clone(), theme, themes: looks.names() };
    let parts = Parts {
        model,
        theme: loaded.theme,
        looks: Some(looks),
        memory: Some(memory),
        log: Some(paths.log_file()),
        clipboard: Clipboard::choose(environment),
        glyphs,
        surface,
        events: Events::terminal(),
        guard,
        store,
        names,
        asker: crew.asker.clone(),
        means: crew.means.clone(),
        embedder: crew.embedder.clone(),
        runs,
        editor,
        secrets: config.secret_variables(),
    };
    let mut curator = Curator::new(parts, true)?;
    for notice in notices {
        curator.model_says(crate::taxonomy::text::reveal_line(&notice).into_owned());
    }
    if let Some(signals) = signals {
        curator.signals = signals;
    }
    curator.pictured = was_shown.then_some(remembered);
    curator.portrait = Some(Portrait::new(likeness, was_shown));
    curator.man(found::keys(environment), &crew, Finder::new(source));
    let ended = curator.run().await?;
    if ended == Ended::Quit {
        curator.guard.leave()?;
        curator.portray_at_last().await;
    }
    Ok((ended, curator.unsaved()))
}

/// A terminal that shows a picture.
struct Shown {
    guard: Guard,
    surface: Screen<Stdout>,
    /// Those that come before the loop runs wait for it, so that it can restore the terminal.
    signals: Signals,
}

/// Shows what the last start showed, where that is what this one will show.
fn show(early: &Early<'_>, likeness: &Likeness, remembered: &str, mouse: bool, abilities: Abilities) -> Option<Shown> {
    let mut surface = Screen::new(io::stdout()).ok()?;
    let size = surface.size().ok()?;
    let size = (size.width, size.height);
    let bytes = early.picture(&likeness.key(early.read_only, size, remembered))?;
    let picture = picture::unpack(&bytes, size)?;
    // What fails here is told when the terminal is entered for good.
    let signals = Signals::new().ok()?;
    let guard = Guard::enter(mouse).ok()?.with(abilities);
    let paint = |frame: &mut ratatui::Frame<'_>| {
        if frame.area() == picture.area {
            frame.buffer_mut().merge(&picture);
        }
    };
    surface.draw(&mut { paint }).ok()?;
    Some(Shown { guard, surface, signals })
}

/// What the user wants of title, taskbar and notification.
fn wishes(config: &Config) -> Wishes {
    let OutsideSettings { title, progress, notify } = config.outside;
    let notify = notify.map(|notify| match notify {
        ConfigNotify::Off => Notify::Off,
        ConfigNotify::Bell => Notify::Bell,
        ConfigNotify::Osc9 => Notify::Osc9,
        ConfigNotify::Osc777 => Notify::Osc777,
    });
    Wishes { title, progress, notify }
}
