//! What commands print: lists, cards, errors, logs, JSON. Stdout and stderr hold nothing that does not show.

use std::process::Output;

use super::corpus;
use super::server::{Server, prompt, says};
use super::{first_unseen, shows_everything, taxonomy};
use crate::cli::Place;

fn place(texts: &[&str]) -> (Place, Vec<String>) {
    let place = Place::new();
    let ids = taxonomy(&place.path("t"), texts);
    (place, ids.iter().map(ToString::to_string).collect())
}

#[track_caller]
fn clean(output: &Output, what: &str) -> (String, String) {
    let text = |bytes: &[u8]| std::str::from_utf8(bytes).unwrap_or_else(|error| panic!("{what}: {error}")).to_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    shows_everything(&out, what);
    shows_everything(&err, what);
    assert!(!err.contains("panicked") && !err.contains("because of a bug"), "{what}: {err}");
    (out, err)
}

fn run(place: &Place, arguments: &[&str]) -> (String, String) {
    clean(&place.command(arguments).output().unwrap(), &format!("{arguments:?}"))
}

#[test]
fn every_list_and_card() {
    // Small directories, of nearly the same size: each command reads all of its own.
    let texts = corpus::some(16);
    let parts: Vec<&[&str]> = texts.chunks(texts.len().div_ceil(texts.len().div_ceil(40))).collect();
    super::each(&parts, |texts| lists_and_cards(texts));
}

fn lists_and_cards(texts: &[&str]) {
    let (place, ids) = place(texts);
    for arguments in [
        "tree",
        "tree --json",
        "log",
        "log --json",
        "proposals",
        "proposals --json",
        "proposals --order risk --finding any",
        "check",
        "check --json",
        "stats",
        "stats --json",
        "plan --per-subject 3",
        "plan --per-subject 3 --json",
        "plan --per-subject 3 --items",
        "plan --balance",
        "runs",
        "-vv tree",
        "doctor",
        "config show",
        "similar optics",
        "similar optics --json",
        "decide --under / --accept --dry-run",
        "decide --under / --defer --dry-run",
        "fmt --check",
        "check --list",
        "export-tree --format csv -o out.csv",
        "export-tree --format skos -o out.ttl",
    ] {
        let arguments: Vec<&str> = ["-C", "t"].into_iter().chain(arguments.split(' ')).collect();
        run(&place, &arguments);
    }
    let open = place.proposals(&[]);
    let proposed = open.iter().map(|line| line["id"].as_str().unwrap().to_owned());
    let shown: Vec<String> =
        ids.into_iter().chain(proposed).step_by(if crate::runs::all_faults() { 1 } else { 20 }).collect();
    for (at, id) in shown.iter().enumerate() {
        let ways: [&[&str]; 3] = [&["show", id], &["show", id, "--json"], &["diff", id]];
        // Each text is shown in each way where there is time; else in two of them, as what was accepted and as what is proposed.
        let some = (crate::runs::all_faults() && !crate::runs::night_of_faults()).then_some(at % 3);
        for (_, way) in ways.iter().enumerate().filter(|(way, _)| some.is_none_or(|some| some == *way)) {
            run(&place, &[&["-C", "t"], *way].concat());
        }
    }
    // What is decided is told as well: with a reason, under somebody's name.
    for (id, text) in shown.iter().filter(|id| id.starts_with("prp_")).zip(texts) {
        let text = text.replace('\0', "");
        run(&place, &["-C", "t", "--as", &text, "decide", id, "--reject", &format!("other:{text}")]);
    }
    run(&place, &["-C", "t", "log"]);
    run(&place, &["-C", "t", "stats"]);
}

/// Ways to name something on the command line; `@` is the text.
const WAYS: &[&str] = &[
    "show @",
    "tree @",
    "-C @ tree",
    "--config @ tree",
    "import @",
    "@",
    "--@",
    "undo @",
    "decide @ --accept",
    "add / @ --kind @",
    "--color @ tree",
    "similar @ --count @",
    "export -o @",
    "edit texts --file @",
    "decide --under / --reject @",
    "propose / --base-url @",
    "propose @ --model @",
    "generate --count @",
    "runs @",
    "item @",
    "status @",
    "plan @ --weight @=2",
    "add texts/of-harm @ -n",
    "completions @",
    "keys @",
    "themes @",
    "batch import @",
    "verdict @ good",
    "move texts @",
    "cluster ray --address @",
];

#[test]
fn every_error_that_quotes() {
    let texts = corpus::some(5);
    let (place, _) = place(&["a", "b"]);
    let all = crate::runs::all_faults();
    for (at, text) in texts.iter().enumerate() {
        // Nobody can pass a zero byte, and long ones are nothing special here.
        let text: String = text.replace('\0', "").chars().take(600).collect();
        for way in WAYS
            .iter()
            .enumerate()
            .filter(|(way, _)| (way + at) % if all { 5 } else { WAYS.len() } == 0)
            .map(|(_, way)| way)
        {
            let arguments: Vec<String> = way.split(' ').map(|word| word.replace('@', &text)).collect();
            let arguments: Vec<&str> = ["-C", "t"].into_iter().chain(arguments.iter().map(String::as_str)).collect();
            run(&place, &arguments);
        }
    }
}

/// Files that somebody else wrote; `@` is the text, as it is.
const FILES: &[(&str, &str, &str)] = &[
    ("t/tree/odd.yaml", "id: fld_0000000000\n\nkind: field\n\nname: @\n", "check"),
    ("t/tree/odd.yaml", "@: 1\n", "check"),
    ("t/provost.yaml", "title: @\n", "tree"),
    ("t/provost.yaml", "title: T\n\n@: 1\n", "tree"),
    ("t/decisions/ana/2026-11.jsonl", "{\"@\n", "check"),
    ("t/prompts/propose.md", "{{ @ }}\n{% @ %}", "propose / --dry-run"),
    ("home/.config/provost/config.yaml", "@: 1\n", "config show"),
    ("home/.config/provost/config.yaml", "profiles:\n  x:\n    base_url: \"@\"\n    key_env: \"@\"\n", "config show"),
    ("home/.config/provost/config.yaml", "curator: '@'\ntheme: '@'\n", "config show"),
    ("home/.config/provost/keymap.yaml", "curate:\n  '@': accept\n", "keys"),
    ("in.csv", "field,subject\n@,@\n", "import in.csv --dry-run"),
    ("in.csv", "id,parent,name\n1,@,@\n", "import in.csv --dry-run"),
    ("in.md", "- @\n  - @\n", "import in.md --dry-run"),
    ("in.ttl", "@prefix : <http://x/> .\n<@> a \"@\" .\n", "import in.ttl --dry-run"),
    ("in.rdf", "<?xml version=\"1.0\"?><rdf:RDF xmlns:rdf=\"@\">@</rdf:RDF>", "import in.rdf --dry-run"),
    ("results.jsonl", "{\"custom_id\": \"@\"}\n@\n", "batch import results.jsonl"),
    ("one.yaml", "name: @\n", "edit texts --file one.yaml --dry-run"),
];

#[test]
fn every_file_that_is_quoted() {
    let (place, _) = place(&["a", "b"]);
    let all = crate::runs::all_faults();
    for (at, text) in corpus::some(4).iter().enumerate() {
        for (_, (file, form, command)) in
            FILES.iter().enumerate().filter(|(way, _)| (way + at) % if all { 4 } else { FILES.len() } == 0)
        {
            let path = place.path(file);
            let before = std::fs::read(&path).ok();
            // The prefix of Turtle is no place for the text.
            place.write(file, form.replace("@prefix", "\u{1}").replace('@', text).replace('\u{1}', "@prefix"));
            let arguments: Vec<&str> = ["-C", "t"].into_iter().chain(command.split(' ')).collect();
            run(&place, &arguments);
            match before {
                Some(before) => std::fs::write(&path, before).unwrap(),
                None => std::fs::remove_file(&path).unwrap(),
            }
        }
    }
}

#[test]
fn what_a_server_says_and_what_it_is_told() {
    let texts = corpus::some(12);
    let (place, ids) = place(&texts);
    let said: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    let server = Server::start(move |number, asked| {
        let text = &said[number % said.len()];
        match number % 7 {
            0 => (
                "400 Bad Request",
                String::new(),
                serde_json::json!({"error": {"message": text, "type": text, "code": text}}).to_string(),
            ),
            1 => ("503 Service Unavailable", "retry-after: 0\r\n".into(), text.clone()),
            2 if asked.head.starts_with("GET") => {
                ("200 OK", String::new(), serde_json::json!({"data": [{"id": text}]}).to_string())
            }
            3 => says(&serde_json::json!({"name": text, "scope": text, "rationale": text}).to_string()),
            _ => says(&format!(
                "Explain in detail how {text} acts on a lens of 5 dioptres, and compute the distance of the image."
            )),
        }
    });
    let model = ["--base-url", &server.url(), "--model", "x"];
    let texts_in = ["propose", "texts", "--runs", "14"];
    run(&place, &[&["-C", "t"], &texts_in[..], &model].concat());
    run(&place, &[&["-C", "t", "propose", &ids[2], "--what", "syllabus", "--runs", "3"], &model[..]].concat());
    run(&place, &[&["-C", "t", "generate", "--count", "60", "--concurrency", "4"], &model[..]].concat());
    run(&place, &[&["-C", "t", "generate", "--count", "60", "--progress", "json"], &model[..]].concat());
    for command in [
        "items",
        "items --json",
        "sample",
        "sample --json",
        "runs",
        "runs --json",
        "verify",
        "stats",
        "plan --count 60",
    ] {
        let arguments: Vec<&str> = ["-C", "t"].into_iter().chain(command.split(' ')).collect();
        run(&place, &arguments);
    }
    run(&place, &["-C", "t", "report", "-o", "report.html"]);
    shows_everything(&place.read("report.html"), "the report");
    let lines = place.on(&["items", "--json"]).succeeds().lines();
    assert!(!lines.is_empty());
    for line in lines.iter().step_by(5) {
        let item = line["item"].as_str().unwrap();
        run(&place, &["-C", "t", "show", item]);
    }
    run(&place, &["doctor", "--base-url", &server.url()]);
    // Models read what nobody sees: it is not in their prompts.
    let asked = server.asked();
    assert!(asked.len() > 60, "{}", asked.len());
    for one in &asked {
        let told = prompt(one).replace('\t', " ");
        assert_eq!(first_unseen(&told), None, "{:?}", told);
    }
}
