use super::*;
use crate::userfile;

fn parse(yaml: &str) -> Result<Profile, ConfigError> {
    let entry: ProfileEntry = userfile::parse(yaml, "config.yaml")?;
    let paths = Paths::find(&|_| None).unwrap();
    Profile::from_entry("local", entry, Path::new("/etc/p/config.yaml"), &paths)
}

fn key(profile: &Profile, value: Option<&str>) -> Result<Option<String>, String> {
    match profile.key(&|_| value.map(str::to_owned)) {
        Ok(key) => Ok(key.map(|key| key.expose().to_owned())),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn a_whole_profile_is_read() {
    let profile = parse(
        "base_urls: [http://a:8000/v1]\nbase_url: http://b:8000/v1\nkey_env: MY_KEY\nmodel: qwen\n\
         structuring: two-rounds\nkey_header: api-key\nmax_in_flight: 8\n\
         timeouts: {connect_seconds: 5, first_byte_seconds: 0.5}\n\
         prices: {prompt: 0.15, completion: 0.6, cached: 0.075, date: 2026-11-21}\n\
         model_prices: {big: {prompt: 2, completion: 8}}\n",
    )
    .unwrap();
    assert_eq!(profile.base_urls, ["http://a:8000/v1", "http://b:8000/v1"]);
    assert_eq!(profile.key, KeySource::Variable("MY_KEY".to_owned()));
    assert_eq!(profile.structuring, Structuring::TwoRounds);
    assert_eq!(profile.key_header, KeyHeader::ApiKey);
    assert_eq!(profile.timeouts.first_byte_seconds, Some(0.5));
    let price = profile.prices.unwrap();
    assert_eq!((price.completion, price.cached), (0.6, Some(0.075)));
    assert_eq!(price.date, Some(jiff::civil::date(2026, 11, 21)));
    assert_eq!(profile.model_prices["big"].prompt, 2.0);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let url = "base_url: http://a/v1\n";
    for wrong in [
        "{}",
        "base_url: ftp://a/v1",
        "base_url: https://",
        &format!("{url}max_in_flight: 0"),
        &format!("{url}timeouts: {{idle_seconds: 0}}"),
        &format!("{url}prices: {{prompt: -1, completion: 1}}"),
        &format!("{url}prices: {{prompt: 1, completion: 1, date: yesterday}}"),
        &format!("{url}model_prices: {{m: {{prompt: 1, completion: -1}}}}"),
        &format!("{url}key_env: A\nkey_file: b"),
        &format!("{url}api_key: x"),
    ] {
        assert!(parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn an_error_ends_with_what_to_do() {
    let error = parse("base_url: http://a/v1\ntimeouts: {idle_seconds: 0}\n").unwrap_err().to_string();
    assert!(error.ends_with("Write it like `total_seconds: 120`."), "{error:?}");
}

#[test]
fn a_key_put_where_a_name_belongs_is_never_repeated() {
    let error = parse("base_url: http://a/v1\nkey_env: sk-abc123\n").unwrap_err().to_string();
    assert!(error.contains("not a valid environment variable name"), "{error}");
    assert!(!error.contains("abc123"), "{error}");
}

#[test]
fn a_key_comes_from_its_variable_without_its_newline() {
    let profile = Profile::new("p", "http://a/v1", KeySource::Variable("K".to_owned()));
    assert_eq!(key(&profile, Some("secret-1\n")), Ok(Some("secret-1".to_owned())));
    assert!(key(&profile, None).unwrap_err().contains("the variable K is not set"));
    assert!(key(&profile, Some("")).is_err());
    let none = Profile::new("p", "http://a/v1", KeySource::None);
    assert_eq!(key(&none, Some("x")), Ok(None));
}

#[test]
fn what_could_break_a_header_is_no_key_and_is_not_repeated() {
    let profile = Profile::new("p", "http://a/v1", KeySource::Variable("K".to_owned()));
    for value in ["sec ret", "sec\r\nHost: evil", "sécret", "  "] {
        let error = key(&profile, Some(value)).unwrap_err();
        assert!(!error.contains("sec"), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn a_key_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("key");
    fs::write(&path, "secret-2\n").unwrap();
    let profile = Profile::new("p", "http://a/v1", KeySource::File(path.clone()));
    let allow = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();

    allow(0o640);
    let error = key(&profile, None).unwrap_err();
    assert!(error.contains("mode 640") && error.contains("chmod 600"), "{error}");
    assert!(!error.contains("secret"), "{error}");

    allow(0o600);
    assert_eq!(key(&profile, None), Ok(Some("secret-2".to_owned())));

    let gone = Profile::new("p", "http://a/v1", KeySource::File(dir.path().join("none")));
    assert!(key(&gone, None).unwrap_err().contains("cannot be read"));
}
