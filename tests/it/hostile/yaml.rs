//! YAML that wants to be large, deep or wide: refused with file and line, within little memory and time.

use crate::cli::Place;

fn bombs() -> Vec<(&'static str, String)> {
    let laughs = |depth: usize| {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for at in 1..depth {
            text.push_str(&format!("a{at}: &a{at} [{}]\n", vec![format!("*a{}", at - 1); 9].join(", ")));
        }
        text
    };
    let node = "id: fld_0000000000\nkind: field\nname: Odd\n";
    let with = |rest: &str| format!("{node}{rest}");
    vec![
        ("a bomb of nine levels", laughs(9)),
        ("a bomb of forty levels", laughs(40)),
        ("a bomb of maps", with("a: &a {x: 1}\nb: &b {p: *a, q: *a}\nc: {p: *b, q: *b}\n")),
        ("an anchor of itself", with("a: &a [*a]\n")),
        ("an anchor that nobody names", with("a: &a 1\n")),
        ("an alias of nothing", with("a: *b\n")),
        ("a merge key", with("<<: {name: Other}\n")),
        ("a merge key of an alias", with("a: &a {name: Other}\n<<: *a\n")),
        ("a hundred thousand brackets", with(&format!("a: {}\n", "[".repeat(100_000)))),
        ("closed brackets", with(&format!("a: {}{}\n", "[".repeat(50_000), "]".repeat(50_000)))),
        ("braces", with(&format!("a: {}\n", "{a: ".repeat(50_000)))),
        ("dashes", with(&format!("a:\n  {}x\n", "- ".repeat(50_000)))),
        ("questions", with(&format!("{}x\n", "? ".repeat(50_000)))),
        ("maps within each other", (0..500).map(|at| format!("{}a:\n", " ".repeat(at))).collect()),
        ("depth of sixty-five", with(&format!("a: {}{}\n", "[".repeat(65), "]".repeat(65)))),
        ("two documents", with("---\nname: Other\n")),
        ("a hundred thousand documents", "--- a\n".repeat(100_000)),
        ("a tag of Python", with("a: !!python/object/apply:os.system [id]\n")),
        ("a tag of its own", "!x\n".to_owned() + node),
        ("a directive", "%YAML 9.9\n---\n".to_owned() + node),
        ("a key twice", with("name: Other\n")),
        ("a key that is a map", with("? {a: 1}\n: 2\n")),
        ("a name that is a map", node.replace("Odd", "{a: 1}")),
        ("a name that is a list", node.replace("Odd", "[a]")),
        ("a name that is nothing", node.replace("Odd", "")),
        ("names that are ten million", node.replace("name: Odd\n", &format!("name:\n{}", "- x\n".repeat(2_000_000)))),
        ("a quote without an end", node.replace("Odd", "\"Odd")),
        ("an escape that is none", node.replace("Odd", "\"\\q\"")),
        ("half a surrogate", node.replace("Odd", "\"\\ud800\"")),
        ("a tab for a blank", with("scope:\n\ttext\n")),
        ("a null byte", with("scope: a\0b\n")),
        ("a key that could not be written again", with(&format!("a{}: 1\n", "\u{1f600}".repeat(120)))),
        ("nothing", String::new()),
        ("a list", "- a\n- b\n".to_owned()),
        ("a word", "word\n".to_owned()),
        ("another kind", node.replace("field", "planet")),
        ("another id", node.replace("fld_0000000000", "../../x")),
        ("a number for an id", node.replace("fld_0000000000", "7")),
        ("marks of a conflict", format!("<<<<<<< HEAD\n{node}=======\n{node}>>>>>>> other\n")),
        ("UTF-16", node.chars().flat_map(|c| [c, '\0']).collect()),
        ("a mark of order within", node.replace("Odd", "\u{feff}\u{fffe}").replace("name", "\u{feff}name")),
    ]
}

#[test]
fn whatever_it_is_the_file_is_named_and_the_rest_is_read() {
    let bombs = bombs();
    assert!(bombs.len() >= 40, "{}", bombs.len());
    let place = Place::with_taxonomy();
    place.on(&["add", "/", "Law"]).succeeds();
    let files: Vec<String> = (0..bombs.len()).map(|at| format!("tree/odd-{at}.yaml")).collect();
    for (file, (_, text)) in files.iter().zip(&bombs) {
        place.write(&format!("t/{file}"), text);
    }
    // Half a GiB for all of them, and twenty seconds of a processor: no clock is looked at.
    let program = env!("CARGO_BIN_EXE_provost");
    let limited = |arguments: &str| {
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &format!("ulimit -v 1500000; ulimit -t 60; exec {program} -C t {arguments}")]);
        shell.current_dir(place.path("")).env("HOME", place.path("home"));
        crate::cli::Said::of(shell.output().unwrap())
    };
    let said = limited("check").ends(1).hides_nothing();
    for (file, (what, text)) in files.iter().zip(&bombs) {
        let line = said.out.lines().find(|line| line.starts_with(&format!("{file}:")));
        let line = line.unwrap_or_else(|| panic!("{what} was taken: {}", text.chars().take(200).collect::<String>()));
        assert!(line.contains("problem: "), "{what}: {line}");
        assert!(line.len() < 400, "{what}: {line}");
        let has_line = line[file.len() + 1..].split(':').next().is_some_and(|number| number.parse::<u32>().is_ok());
        let of_all =
            ["a key that could not be written again", "nothing", "UTF-16", "names that are ten million", "a null byte"]
                .contains(what);
        assert!(has_line || of_all, "{what}: {line}");
    }
    let tree = limited("tree").succeeds();
    assert!(tree.out.contains("Law"), "{}", tree.out);
}
