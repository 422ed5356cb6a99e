//! Where the user's files are.

use std::fs;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::{ConfigError, Environment};
use crate::plain;
use crate::theme::BUILT_IN;

/// The program's folder inside each of the user's base folders.
const FOLDER: &str = "provost";

/// The user's folders. They need not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// `config.yaml`, `keymap.yaml`, `themes/`.
    pub config_dir: PathBuf,
    /// Logs and what the screen remembers.
    pub state_dir: PathBuf,
    home: PathBuf,
}

impl Paths {
    /// Finds the folders: `PROVOST_CONFIG_HOME`, else the XDG base folders (on Windows, its own).
    ///
    /// # Errors
    /// There is no home folder.
    pub fn find(variable: Environment<'_>) -> Result<Self, ConfigError> {
        let base = etcetera::choose_base_strategy().map_err(|_| ConfigError::NoHome)?;
        let own = variable("PROVOST_CONFIG_HOME").filter(|path| !path.is_empty());
        let state = base.state_dir().unwrap_or_else(|| base.data_dir());
        Ok(Self {
            config_dir: match own {
                Some(path) => PathBuf::from(path),
                None => base.config_dir().join(FOLDER),
            },
            state_dir: state.join(FOLDER),
            home: base.home_dir().to_owned(),
        })
    }

    /// The config file when no other was asked for.
    pub fn config_file(&self) -> PathBuf {
        self.config_dir.join("config.yaml")
    }

    /// The keymap file when the config names no other.
    pub fn keymap_file(&self) -> PathBuf {
        self.config_dir.join("keymap.yaml")
    }

    /// The log file. Its folder may have to be made.
    pub fn log_file(&self) -> PathBuf {
        self.state_dir.join("provost.log")
    }

    /// The folder of the user's themes.
    pub fn themes_dir(&self) -> PathBuf {
        self.config_dir.join("themes")
    }

    /// All themes by name and whose they are. One of the user's that has the name of a built-in one takes its place.
    #[must_use]
    pub fn themes(&self) -> Vec<(String, &'static str)> {
        let own = fs::read_dir(self.themes_dir()).into_iter().flatten().flatten();
        let own = own.filter_map(|entry| Some(entry.path().file_stem()?.to_str()?.to_owned()));
        let mut names: Vec<(String, &str)> =
            own.filter(|name| self.theme_text(name).is_some()).map(|name| (name, "yours")).collect();
        names.sort();
        names.dedup();
        let built_in = BUILT_IN.iter().filter(|(name, _)| !names.iter().any(|(known, _)| known == name));
        let built_in: Vec<_> = built_in.map(|(name, _)| ((*name).to_owned(), "built in")).collect();
        names.extend(built_in);
        names
    }

    /// The content of the user's theme of that name, if there is one that can be read. A name is a name:
    /// it never leads out of the folder.
    pub fn theme_text(&self, name: &str) -> Option<String> {
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if !plain || name.is_empty() {
            return None;
        }
        fs::read_to_string(self.themes_dir().join(format!("{name}.yaml"))).ok()
    }

    /// A path from a config file: `~/` is the home folder, and a relative path starts at `folder`.
    pub(super) fn resolve(&self, written: &str, folder: &Path) -> PathBuf {
        match written.strip_prefix("~/") {
            Some(rest) => self.home.join(rest),
            None => folder.join(written),
        }
    }

    /// Files whose names look like a mistake for one that is missing.
    pub(super) fn misnamed(&self) -> Vec<String> {
        let wanted = ["config.yaml", "keymap.yaml"];
        let missing: Vec<_> = wanted.into_iter().filter(|name| !self.config_dir.join(name).exists()).collect();
        let Ok(entries) = fs::read_dir(&self.config_dir) else {
            return Vec::new();
        };
        let mut found: Vec<String> = entries
            .filter_map(|entry| {
                let name = entry.ok()?.file_name().into_string().ok()?;
                let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
                let meant = plain::closest(stem, missing.iter().map(|wanted| wanted.trim_end_matches(".yaml")))?;
                let known = wanted.contains(&name.as_str());
                (!known).then(|| {
                    format!("{} is not read. Did you mean `{meant}.yaml`?", self.config_dir.join(&name).display())
                })
            })
            .collect();
        found.sort();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(config: &Path) -> Paths {
        let config = config.display().to_string();
        Paths::find(&|name| (name == "PROVOST_CONFIG_HOME").then(|| config.clone())).unwrap()
    }

    #[test]
    fn the_override_moves_the_config_alone() {
        let moved = paths(Path::new("/somewhere"));
        let usual = Paths::find(&|_| None).unwrap();
        assert_eq!(moved.config_file(), Path::new("/somewhere/config.yaml"));
        assert_eq!(moved.state_dir, usual.state_dir);
        assert!(usual.config_dir.ends_with("provost"));
    }

    #[test]
    fn written_paths_start_at_home_or_beside_the_file() {
        let paths = paths(Path::new("/etc/x"));
        let folder = Path::new("/etc/x");
        assert_eq!(paths.resolve("keys.yaml", folder), Path::new("/etc/x/keys.yaml"));
        assert_eq!(paths.resolve("/abs.yaml", folder), Path::new("/abs.yaml"));
        assert_eq!(paths.resolve("~/k", folder), paths.home.join("k"));
    }

    #[test]
    fn a_theme_name_never_leads_out_of_its_folder() {
        let dir = tempfile::tempdir().unwrap();
        let paths = paths(&dir.path().join("inner"));
        fs::create_dir_all(paths.themes_dir()).unwrap();
        fs::write(paths.themes_dir().join("mine.yaml"), "roles: {}").unwrap();
        fs::write(paths.config_dir.join("other.yaml"), "roles: {}").unwrap();
        assert_eq!(paths.theme_text("mine").as_deref(), Some("roles: {}"));
        for name in ["../other", "", "mine.yaml", "a/b"] {
            assert_eq!(paths.theme_text(name), None, "{name}");
        }
    }

    #[test]
    fn a_file_with_nearly_the_right_name_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let paths = paths(dir.path());
        fs::write(dir.path().join("config.yml"), "").unwrap();
        fs::write(dir.path().join("keymap.yaml"), "").unwrap();
        let found = paths.misnamed();
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("config.yml") && found[0].contains("`config.yaml`"));
    }
}
