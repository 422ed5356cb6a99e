use super::super::environment::OPENAI_URL;
use super::*;

/// A config folder with one file, an environment and arguments.
struct Case {
    dir: tempfile::TempDir,
    environment: Vec<(&'static str, &'static str)>,
    arguments: Arguments,
}

impl Case {
    fn new(file: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("config.yaml"), file).unwrap();
        Self { dir, environment: Vec::new(), arguments: Arguments::default() }
    }

    fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.environment.push((name, value));
        self
    }

    fn load(&self) -> Result<Config, ConfigError> {
        let home = self.dir.path().display().to_string();
        let variable = |name: &str| {
            let found = self.environment.iter().find(|(known, _)| *known == name);
            match name {
                "PROVOST_CONFIG_HOME" => Some(home.clone()),
                _ => found.map(|(_, value)| (*value).to_owned()),
            }
        };
        let paths = Paths::find(&variable).unwrap();
        Config::load(&self.arguments, &variable, &paths)
    }

    fn refused(&self) -> String {
        self.load().unwrap_err().to_string()
    }
}

#[test]
fn each_layer_wins_over_the_ones_below() {
    let layers = [
        (None, None, None, None, Source::Default),
        (None, None, Some("file"), Some("file"), Source::File),
        (None, Some("env"), Some("file"), Some("env"), Source::Variable("PROVOST_CURATOR")),
        (None, Some(""), Some("file"), Some("file"), Source::File),
        (Some("arg"), Some("env"), Some("file"), Some("arg"), Source::Argument),
        (Some("arg"), None, None, Some("arg"), Source::Argument),
    ];
    for (argument, variable, file, value, source) in layers {
        let mut case = Case::new(&file.map_or(String::new(), |name| format!("curator: {name}\n")));
        if let Some(variable) = variable {
            case = case.with("PROVOST_CURATOR", variable);
        }
        case.arguments.curator = argument.map(str::to_owned);
        let curator = case.load().unwrap().curator;
        assert_eq!((curator.value.as_deref(), curator.source), (value, source));
    }
}

#[test]
fn every_setting_of_the_file_arrives() {
    let config = Case::new(
        "curator: Ada\ntheme: light\ncolor: 256\nmouse: false\nglyphs: ascii\neditor: code --wait\n\
         keymap: keys.yaml\ndefault_profile: local\nprofiles:\n  local: {base_url: 'http://a/v1'}\n",
    )
    .load()
    .unwrap();
    assert_eq!(config.curator.value.as_deref(), Some("Ada"));
    assert_eq!(config.color.value, ColorChoice::Ansi256);
    assert!(!config.mouse.value);
    assert_eq!(config.glyphs.value, GlyphSet::Ascii);
    assert_eq!(config.editor.value.as_deref(), Some("code --wait"));
    assert_eq!(config.keymap, Some(config.file.with_file_name("keys.yaml")));
    assert_eq!(config.profile(None).unwrap().name, "local");
    assert_eq!(config.warnings, Vec::<String>::new());
}

#[test]
fn a_missing_file_is_fine_unless_it_was_asked_for() {
    let mut case = Case::new("");
    fs::remove_file(case.dir.path().join("config.yaml")).unwrap();
    assert_eq!(case.load().unwrap().theme.source, Source::Default);
    case.arguments.config = Some(case.dir.path().join("other.yaml"));
    assert!(case.refused().contains("other.yaml cannot be read"));
}

#[test]
fn mistakes_name_the_line_or_the_variable_and_what_was_meant() {
    let typo = Case::new("theme: dark\ncurater: Ada\n").refused();
    assert!(typo.ends_with("config.yaml:2: There is no setting `curater`. Did you mean `curator`?"), "{typo}");
    let value = Case::new("color: truecolour\n").refused();
    assert!(value.contains(":1: There is no value `truecolour`. Did you mean `truecolor`?"), "{value}");
    let variable = Case::new("").with("PROVOST_COLOR", "8").refused();
    assert!(variable.starts_with("The variable PROVOST_COLOR is `8`"), "{variable}");
    let inner = Case::new("profiles:\n  a: {base_ulr: x}\n").refused();
    assert!(inner.contains("Did you mean `base_url`?"), "{inner}");
}

#[test]
fn the_openai_variables_make_a_profile() {
    let config = Case::new("").with("OPENAI_API_KEY", "k").load().unwrap();
    let profile = config.profile(None).unwrap();
    assert_eq!(profile.base_urls, [OPENAI_URL]);
    assert_eq!(profile.key, KeySource::Variable("OPENAI_API_KEY".to_owned()));

    let local = Case::new("").with("OPENAI_BASE_URL", "http://127.0.0.1:8000/v1");
    let profile = local.load().unwrap().profile(None).unwrap();
    assert_eq!(profile.base_urls, ["http://127.0.0.1:8000/v1"]);
    assert_eq!(profile.key, KeySource::None);

    let wrong = Case::new("").with("OPENAI_BASE_URL", "localhost:8000").refused();
    assert!(wrong.contains("OPENAI_BASE_URL"), "{wrong}");
}

#[test]
fn a_profile_of_the_users_own_named_openai_wins_over_the_variables() {
    let case = Case::new("profiles: {openai: {base_url: 'https://proxy/v1'}}\n");
    let profile = case.with("OPENAI_API_KEY", "k").load().unwrap().profile(None).unwrap();
    assert_eq!(profile.base_urls, ["https://proxy/v1"]);
    assert_eq!(profile.key, KeySource::None);
}

#[test]
fn a_base_url_on_the_command_line_answers_for_every_step_and_borrows_no_key() {
    let mut case =
        Case::new("profiles: {big: {base_url: 'https://big/v1', key_env: BIG_KEY}}\n").with("OPENAI_API_KEY", "k");
    case.arguments.base_url = Some("http://127.0.0.1:1/v1".to_owned());
    case.arguments.model = Some("m".to_owned());
    for wanted in [None, Some("big"), Some("openai")] {
        let profile = case.load().unwrap().profile(wanted).unwrap();
        assert_eq!(profile.base_urls, ["http://127.0.0.1:1/v1"]);
        assert_eq!(profile.key, KeySource::None);
        assert_eq!(profile.model.as_deref(), Some("m"));
    }
    case.arguments.key_env = Some("MY_KEY".to_owned());
    let profile = case.load().unwrap().profile(Some("big")).unwrap();
    assert_eq!(profile.key, KeySource::Variable("MY_KEY".to_owned()));
}

#[test]
fn model_and_key_alone_change_the_profile_that_is_asked() {
    let mut case = Case::new("profiles: {big: {base_url: 'https://big/v1', key_env: BIG_KEY, model: a}}\n");
    case.arguments.model = Some("b".to_owned());
    case.arguments.key_env = Some("OTHER_KEY".to_owned());
    let config = case.load().unwrap();
    let profile = config.profile(Some("big")).unwrap();
    assert_eq!(profile.base_urls, ["https://big/v1"]);
    assert_eq!(profile.model.as_deref(), Some("b"));
    assert_eq!(profile.key, KeySource::Variable("OTHER_KEY".to_owned()));
    assert_eq!(config.secret_variables(), ["BIG_KEY", "OPENAI_API_KEY", "OTHER_KEY"]);
    case.arguments.key_env = Some("sk-secret".to_owned());
    assert!(!case.refused().contains("sk-secret"));
}

#[test]
fn the_default_profile_is_the_named_one_or_the_only_one() {
    let two = "profiles:\n  a: {base_url: 'http://a/v1'}\n  b: {base_url: 'http://b/v1'}\n";
    let unclear = Case::new(two).load().unwrap();
    let asked = unclear.profile(None).unwrap_err().to_string();
    assert!(asked.starts_with("Several profiles are configured (a, b)") && asked.contains("config.yaml"), "{asked}");
    let chosen = Case::new(two).with("PROVOST_PROFILE", "b").load().unwrap();
    assert_eq!(chosen.profile(None).unwrap().name, "b");
    assert_eq!(chosen.profile(Some("a")).unwrap().name, "a");
    let nothing = Case::new("").load().unwrap();
    assert!(matches!(nothing.profile(None), Err(ConfigError::NoProfile { .. })));
    let typo = unclear.profile(Some("bb")).unwrap_err().to_string();
    assert!(typo.contains("There is no profile `bb`"), "{typo}");
}

#[test]
fn a_profile_may_have_any_name() {
    let two = "profiles:\n  command line: {base_url: 'http://a/v1'}\n  b: {base_url: 'http://b/v1'}\n";
    let config = Case::new(two).load().unwrap();
    assert_eq!(config.profile(Some("b")).unwrap().base_urls, ["http://b/v1"]);
    assert_eq!(config.profile(Some("command line")).unwrap().base_urls, ["http://a/v1"]);
    assert!(matches!(config.profile(None), Err(ConfigError::NoDefaultProfile { .. })));
    let capital = Case::new("profiles: {MyKey: {base_url: 'http://a/v1'}}\n").load().unwrap();
    let typo = capital.profile(Some("mykey")).unwrap_err().to_string();
    assert!(typo.contains("Did you mean `MyKey`?"), "{typo}");
}

#[test]
fn the_keymap_beside_the_config_is_found() {
    let case = Case::new("");
    assert_eq!(case.load().unwrap().keymap_text().unwrap(), None);
    fs::write(case.dir.path().join("keymap.yaml"), "curate: {accept: y}").unwrap();
    let (name, text) = case.load().unwrap().keymap_text().unwrap().unwrap();
    assert!(name.ends_with("keymap.yaml"));
    assert_eq!(text, "curate: {accept: y}");
}
