//! The JSON schemas say what the program takes, no more and no less, and the reference pages say what the schemas say.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::cli::Place;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn schema(name: &str) -> Value {
    let text = fs::read_to_string(root().join(format!("schemas/{name}.schema.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Every object whose keys are fixed, with the way there; `*` stands for a name of one's own, `[]` for an entry of a list.
fn objects(schema: &Value, way: &mut Vec<String>, found: &mut Vec<(Vec<String>, Vec<String>)>) {
    if let Some(properties) = schema["properties"].as_object() {
        if schema["additionalProperties"] == json!(false) {
            found.push((way.clone(), properties.keys().cloned().collect()));
        }
        for (name, below) in properties {
            way.push(name.clone());
            objects(below, way, found);
            way.pop();
        }
    }
    for (key, step) in [("additionalProperties", "*"), ("items", "[]")] {
        if schema[key].is_object() {
            way.push(step.to_owned());
            objects(&schema[key], way, found);
            way.pop();
        }
    }
}

/// A document with a key that there is not, in the object at the end of `way`.
fn with_unknown(way: &[String]) -> Value {
    match way.split_first() {
        None => json!({"zzzz": 1}),
        Some((step, rest)) if step == "[]" => json!([with_unknown(rest)]),
        Some((step, rest)) => {
            let name = if step == "*" { "mine" } else { step };
            Value::Object(Map::from_iter([(name.to_owned(), with_unknown(rest))]))
        }
    }
}

/// The keys that an error about an unknown one lists.
fn listed(error: &str) -> Vec<String> {
    let list = match error.split_once("Known are: ") {
        Some((_, list)) => list.split('\n').next().unwrap().trim_end_matches('.').replace('`', ""),
        None => {
            let list = error.split_once("expected ").unwrap_or_else(|| panic!("{error}")).1;
            list.split('`').skip(1).step_by(2).collect::<Vec<_>>().join(", ")
        }
    };
    let mut keys: Vec<String> = list.split([',', ' ']).filter(|key| !key.is_empty()).map(str::to_owned).collect();
    keys.sort();
    keys
}

#[track_caller]
fn agrees(name: &str, refused: impl Fn(&Value) -> String) {
    let mut found = Vec::new();
    objects(&schema(name), &mut Vec::new(), &mut found);
    assert!(!found.is_empty());
    for (way, mut keys) in found {
        keys.sort();
        let error = refused(&with_unknown(&way));
        assert!(error.contains("zzzz"), "{way:?}: {error}");
        assert_eq!(listed(&error), keys, "{name} {way:?}: {error}");
    }
}

#[test]
fn the_schema_of_the_config_has_the_keys_that_the_program_takes() {
    let place = Place::new();
    agrees("config", |document| {
        let file = place.write("c.yaml", document.to_string());
        place.run(&["--config", &file.display().to_string(), "config", "print"]).ends(42).err
    });
}

#[test]
fn the_schema_of_a_theme_has_the_keys_that_the_program_takes() {
    let place = Place::new();
    agrees("theme", |document| {
        place.write("home/.config/provost/themes/mine.yaml", document.to_string());
        place.run(&["themes", "mine"]).ends(42).err
    });
}

#[test]
fn the_schema_of_provost_yaml_has_the_keys_that_the_program_takes() {
    agrees("provost", |document| {
        let manifest = serde_json::from_value::<provost::taxonomy::Manifest>(document.clone());
        manifest.expect_err(&document.to_string()).to_string()
    });
}

/// Whether `value` is as `schema` says, as far as our schemas say anything.
fn check(schema: &Value, value: &Value, at: &str) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_i64() || number.is_u64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if let Some(wanted) = schema["type"].as_str() {
        assert!(wanted == kind || (wanted, kind) == ("number", "integer"), "{at}: {kind} for {wanted}");
    }
    if let Some(values) = schema["enum"].as_array() {
        assert!(values.contains(value), "{at}: {value}");
    }
    for key in schema["required"].as_array().into_iter().flatten() {
        assert!(value.get(key.as_str().unwrap()).is_some(), "{at}: no {key}");
    }
    for (key, below) in value.as_object().into_iter().flatten() {
        match schema["properties"].get(key) {
            Some(known) => check(known, below, &format!("{at}.{key}")),
            None => {
                let others = &schema["additionalProperties"];
                assert_ne!(others, &json!(false), "{at}: {key}");
                check(others, below, &format!("{at}.{key}"));
            }
        }
    }
    for (number, below) in value.as_array().into_iter().flatten().enumerate() {
        check(&schema["items"], below, &format!("{at}[{number}]"));
    }
}

fn yaml(path: &Path) -> Value {
    serde_saphyr::from_str(&fs::read_to_string(path).unwrap()).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn what_is_shipped_is_as_the_schemas_say() {
    check(&schema("provost"), &yaml(&root().join("sample-taxonomy/provost.yaml")), "provost.yaml");
    let nodes = files(&root().join("sample-taxonomy/tree"));
    let themes = files(&root().join("themes"));
    assert!(nodes.len() > 20 && themes.len() >= 2);
    for (name, files) in [("node", nodes), ("theme", themes)] {
        let schema = schema(name);
        files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "yaml")).for_each(|file| {
            check(&schema, &yaml(file), &file.display().to_string());
        });
    }
}

#[test]
fn the_command_prints_them() {
    let place = Place::new();
    for name in ["config", "provost", "node", "theme"] {
        let said = place.run(&["config", "schema", name]).succeeds();
        assert_eq!(serde_json::from_str::<Value>(&said.out).unwrap(), schema(name));
    }
}

/// The names of the objects of `schema` that have the same keys as `one`, which are explained once for all of them.
fn alike<'a>(schema: &'a Value, one: &Value) -> Vec<&'a String> {
    let keys = |object: &Value| object["properties"].as_object().filter(|keys| keys.len() > 1).cloned();
    let same = |(name, object): (&'a String, &'a Value)| (keys(object)? == keys(one)?).then_some(name);
    schema["properties"].as_object().into_iter().flatten().filter_map(same).collect()
}

/// The rows of a reference: key, values, meaning.
fn rows(schema: &Value, way: &str, page: &mut String) {
    let list = |values: &Value| {
        let words = values.as_array().into_iter().flatten().map(|value| match value {
            Value::String(text) => format!("`{text}`"),
            other => format!("`{other}`"),
        });
        words.collect::<Vec<_>>().join(", ")
    };
    for (name, below) in schema["properties"].as_object().into_iter().flatten() {
        let key = if way.is_empty() { name.clone() } else { format!("{way}.{name}") };
        let mut values = match (below["enum"].is_array(), below["type"].as_str()) {
            (true, _) => list(&below["enum"]),
            (false, Some("boolean")) => "`true`, `false`".to_owned(),
            (false, Some("array")) => "list".to_owned(),
            (false, Some("object")) => String::new(),
            (false, kind) => kind.unwrap_or_default().to_owned(),
        };
        if let Some(default) = below.get("default") {
            let default = default.as_str().map_or_else(|| default.to_string(), str::to_owned);
            write!(values, " (default `{default}`)").unwrap();
        }
        let meaning = below["description"].as_str().unwrap_or_default().replace('|', "\\|");
        writeln!(page, "| `{key}` | {values} | {meaning} |").unwrap();
        match alike(schema, below).as_slice() {
            [] | [_] => rows(below, &key, page),
            [names @ .., last] if *last == name => {
                let one = way.trim_end_matches('s').rsplit('.').next().unwrap().to_uppercase();
                let key = format!("{way}.{one}");
                let names = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                writeln!(page, "| `{key}` | | Each of {names} and `{last}` has these keys: |").unwrap();
                rows(below, &key, page);
            }
            _ => {}
        }
        if below["additionalProperties"].is_object() {
            rows(&below["additionalProperties"], &format!("{key}.NAME"), page);
        }
        if below["items"].is_object() {
            rows(&below["items"], &format!("{key}[]"), page);
        }
    }
}

fn configuration() -> String {
    let mut page = "# Settings\n\nGenerated from the JSON schemas in `schemas/`, which `provost config schema` prints for editors. \
        `provost config print` shows the settings in force.\n"
        .to_owned();
    for (name, title) in
        [("config", "config.yaml"), ("provost", "provost.yaml"), ("node", "A node, below tree/"), ("theme", "A theme")]
    {
        let schema = schema(name);
        let about = schema["description"].as_str().unwrap();
        write!(page, "\n## {title}\n\n{about}\n\n| key | values | meaning |\n|---|---|---|\n").unwrap();
        rows(&schema, "", &mut page);
        if name == "config" {
            page.push_str(ENVIRONMENT);
        }
    }
    page
}

const ENVIRONMENT: &str = "
Environment variables: `PROVOST_CONFIG_HOME` (the folder of these files), `PROVOST_CURATOR`, `PROVOST_THEME`,
`PROVOST_COLOR`, `PROVOST_GLYPHS`, `PROVOST_PROFILE`, `OPENAI_BASE_URL` and `OPENAI_API_KEY` (which make a profile
`openai`), `NO_COLOR`, `VISUAL`, `EDITOR`.
";

fn keys() -> String {
    use provost::input::{Context, Keymap};
    let keymap = Keymap::load(None).unwrap();
    let mut page = "# Keys\n\nGenerated from the action table and the default keymap. `?` shows the same inside the program, with your own keys.\n\
        To change keys, see `provost keys --default`. A screen uses its own section first, then `browse`, then `everywhere`.\n"
        .to_owned();
    for context in Context::ALL {
        let sections = keymap.help(context);
        let own = |row: &&provost::input::HelpRow| row.info.contexts.contains(&context);
        if !sections.iter().any(|section| section.rows.iter().any(|row| own(&row))) {
            continue;
        }
        write!(page, "\n## {}\n\n| key | action | what it does |\n|---|---|---|\n", context.name()).unwrap();
        for row in sections.iter().flat_map(|section| section.rows.iter().filter(own)) {
            let keys: Vec<String> = row.keys.iter().map(|key| format!("`{}`", key.replace('|', "\\|"))).collect();
            writeln!(page, "| {} | `{}` | {} |", keys.join(" "), row.info.name, row.info.help).unwrap();
        }
    }
    page
}

#[test]
fn the_reference_pages_are_up_to_date() {
    for (path, page) in [("docs/configuration.md", configuration()), ("docs/keys.md", keys())] {
        let path = root().join(path);
        if std::env::var_os("PROVOST_BLESS").is_some() {
            fs::write(&path, &page).unwrap();
        }
        let there = fs::read_to_string(&path).unwrap_or_default();
        assert!(there == page, "{} is old: PROVOST_BLESS=1 cargo test --test it schemas", path.display());
    }
}
