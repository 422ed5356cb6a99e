//! SKOS, outlines and folder trees come in; SKOS and tables go out and come back the same.

use std::path::Path;

use super::Place;

const HEAD: &str = "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n@prefix : <http://x/> .\n";

#[test]
fn an_excerpt_of_physh_is_proposed_with_what_was_dropped_and_why() {
    let place = Place::with_taxonomy();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/physh-excerpt.ttl");
    let file = file.to_str().unwrap();
    let said = place.on(&["import", file]).succeeds();
    insta::assert_snapshot!(format!("{}---\n{}", said.out, said.err));
    let optical = place.on(&["show", &place.proposal("Levitation"), "--json"]).succeeds().lines();
    let text = optical[0].to_string();
    assert!(text.contains("https://doi.org/10.29172/"), "the proposal says which concept it comes from: {text}");
    let again = place.on(&["import", file]).succeeds();
    assert!(again.out.contains(", 0 new proposals."), "{}", again.out);
}

#[test]
fn the_whole_of_physh_comes_in_where_it_is_there() {
    let beside =
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|above| above.join("shared/data/physh/physh.ttl"));
    let Some(file) = beside.into_iter().find(|file| file.is_file()) else {
        eprintln!("skipped: there is no shared/data/physh/physh.ttl beside the repository");
        return;
    };
    let place = Place::with_taxonomy();
    let said = place.on(&["import", file.to_str().unwrap(), "--dry-run"]).succeeds();
    let number = |words: &str| {
        let line = said.out.lines().find(|line| !line.starts_with(' ') && line.contains(words)).unwrap_or_default();
        line.split(' ').next().unwrap().replace(',', "").parse::<usize>().unwrap_or_default()
    };
    assert!(
        said.out.starts_with("3,925 concepts, 2,095 new proposals: 5 fields, 52 sub-fields, 377 disciplines, "),
        "{}",
        said.out
    );
    let lost = number("left out with") + number("left out, deprecated") + number("now a subtopic");
    assert_eq!((lost, 2095 + lost), (1830, 3925), "every concept is a proposal or is said to be none");
}

/// Every node file with its path, syllabi and notes left out.
fn tree(place: &Place, dir: &str) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut open = vec![place.path(dir).join("tree")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                let kept = text.split("\nsyllabus:").next().unwrap().trim_end().to_owned();
                files.push((path.strip_prefix(place.path(dir)).unwrap().display().to_string(), kept));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn the_sample_goes_out_and_comes_back_the_same_as_skos_and_as_a_table() {
    let place = Place::with_sample();
    place
        .on(&[
            "deprecate",
            "thermodynamics-and-statistical-mechanics",
            "--replaced-by",
            "optics",
            "--reason",
            "too, wide",
        ])
        .succeeds();
    for file in ["out.ttl", "out.csv"] {
        let said = place.on(&["export-tree", "-o", file]).succeeds();
        assert!(said.out.contains(&format!("nodes in {file}.")), "{}", said.out);
        let again = format!("again-{file}");
        place.run(&["init", &again, "--title", "Again"]).succeeds();
        let said = place.run(&["-C", &again, "import", file, "--accept"]).succeeds();
        assert!(said.out.contains("Deprecated 1 node of them"), "{}", said.out);
        assert_eq!(tree(&place, "t"), tree(&place, &again), "{file}");
        place.run(&["-C", &again, "undo"]).succeeds();
        place.run(&["-C", &again, "undo"]).succeeds();
        assert!(tree(&place, &again).is_empty(), "two decisions, two undos");
    }
    let stdout = place.on(&["export-tree", "physics", "--format", "csv", "--active"]).succeeds().out;
    assert!(stdout.starts_with("id,parent_id,kind,name,"), "{stdout}");
    assert!(!stdout.contains("deprecated"), "{stdout}");
    place.on(&["export-tree", "--base", "no iri"]).refuses("cannot be written");
    place.on(&["export-tree", "--language", "x y"]).refuses("not a language tag");
    place.on(&["export-tree", "-o", "no/such/file.ttl"]).refuses("there is no folder");
}

#[test]
fn malformed_files_are_named_with_line_and_column_and_nothing_is_taken() {
    let place = Place::with_taxonomy();
    let cases: [(&str, String); 9] = [
        ("open.ttl", format!("{HEAD}:a skos:prefLabel \"x\n")),
        ("prefix.ttl", format!("{HEAD}:a a skos:Concept ;\n   no:label \"x\" .\n")),
        ("tags.rdf", "<?xml version=\"1.0\"?>\n<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n  <a>\n</rdf:RDF>\n".to_owned()),
        ("bomb.rdf", "<?xml version=\"1.0\"?>\n<!DOCTYPE r [\n<!ENTITY a \"x\">\n  <!ENTITY b \"&a;&a;\">\n]>\n<rdf:RDF/>\n".to_owned()),
        ("mixed.md", "# A\n- b\n  - c\n\t- d\n".to_owned()),
        ("dedent.txt", "A\n    B\n  C\n".to_owned()),
        ("parents.csv", "id,parent_id,name\n1,,A\n2,7,B\n".to_owned()),
        ("ragged.csv", "id,parent_id,name\n1,,A,x\n".to_owned()),
        ("circle.csv", "id,parent_id,name\n1,2,A\n2,1,B\n".to_owned()),
    ];
    let mut all = String::new();
    for (name, text) in cases {
        place.write(name, text);
        let said = place.on(&["import", name]).refuses(&format!("{name}:"));
        all.push_str(&said.err);
    }
    insta::assert_snapshot!(all);
    place.write("deep.txt", "A\n B\n  C\n   D\n    E\n");
    place.on(&["import", "deep.txt", "--deeper", "refuse"]).refuses("deep.txt:5:5: \"E\" is deeper");
    assert!(!place.path("t/proposals").exists());
}

#[test]
fn an_outline_hangs_where_it_is_told_and_deeper_names_become_subtopics() {
    let place = Place::with_taxonomy();
    place.on(&["add", "/", "Sciences"]).succeeds();
    place.write("outline.md", "# Physics\nMatter and *energy*.\n- Optics\n  - Lenses\n  - Lasers\n- [ ] Heat\n");
    let dry = place.on(&["import", "outline.md", "--under", "sciences", "--kinds", "discipline,subject", "--dry-run"]);
    let dry = dry.succeeds();
    insta::assert_snapshot!(format!("{}---\n{}", dry.out, dry.err), @r"
    5 names, 3 new proposals: 1 discipline, 2 subjects.
    2 deeper than the kinds: now a subtopic of the subject above, by name alone:
      line 4: Lenses: of Optics
      line 5: Lasers: of Optics
    Physics (discipline)
      Optics (subject)
      Heat (subject)
    Nothing was imported: this was a dry run.
    ---
    kinds by depth: discipline, subject
    ");
    assert!(!place.path("t/proposals").exists());
    let arguments = ["import", "outline.md", "--under", "sciences", "--kinds", "discipline,subject", "--accept"];
    place.on(&arguments).succeeds();
    let file = place.read("t/tree/sciences/physics/optics.yaml");
    assert!(file.contains("subtopics:\n  - Lenses\n  - Lasers"), "{file}");
    assert!(place.read("t/tree/sciences/physics.yaml").contains("Matter and *energy*."));
    place.on(&["import", "outline.md", "--kinds", "subject"]).refuses("does not hang under the root");
    let beside = place.on(&[
        "import",
        "outline.md",
        "--under",
        "sciences",
        "--kinds",
        "discipline,subject",
        "--deeper",
        "beside",
    ]);
    assert!(beside.succeeds().out.contains("2 new proposals: 2 subjects"));
    let skipped = place.on(&["import", "outline.md", "--kinds", "-,field"]).succeeds();
    assert!(skipped.out.contains("2 new proposals: 2 fields"), "{}", skipped.out);
}

#[test]
fn a_folder_tree_is_refused_with_every_bad_file_or_taken_without_them() {
    let place = Place::with_taxonomy();
    place.write(
        "lab/knowledge/science/optics/qna.yaml",
        "version: 3\ndomain: physics\ndocument_outline: Light.\nseed_examples: []\n",
    );
    place.write("lab/compositional_skills/writing/qna.yaml", "task_description: Write.\n");
    place.write("lab/knowledge/science/bad/qna.yaml", "domain: a\n  b: c\n");
    place.write("lab/knowledge/worse/qna.yaml", b"domain: \xff\n");
    place.write("lab/.git/x/qna.yaml", "ignored: true\n");
    #[cfg(unix)]
    std::os::unix::fs::symlink(place.path("lab/knowledge"), place.path("lab/linked")).unwrap();
    let said = place.on(&["import", "lab"]).refuses("lab/knowledge/science/bad/qna.yaml:2:");
    assert!(said.err.contains("lab/knowledge/worse/qna.yaml:1:9: "), "{}", said.err);
    assert!(!place.path("t/proposals").exists());
    let said = place.on(&["import", "lab/", "--skip-bad"]).succeeds();
    insta::assert_snapshot!(format!("{}---\n{}", said.out, said.err), @r"
    3 folders, 3 new proposals: 2 fields, 1 discipline.
    2 left out, cannot be read:
      knowledge/science/bad/qna.yaml:2:4: Mapping values are not allowed in this context.
      knowledge/worse/qna.yaml:1:9: The file is not UTF-8 text; save it as UTF-8.
    1 of other kinds, not read:
      linked: a link, not followed
    ---
    kinds by depth: field, discipline
    ");
    place.on(&["import", "lab", "--format", "csv"]).refuses("only --format instructlab reads one");
}

#[test]
fn stdin_is_read_and_what_a_batch_comes_from_is_on_record() {
    use std::io::Write as _;
    let place = Place::with_taxonomy();
    let mut command = place.command(&["-C", "t", "import", "-", "--kinds", "field,discipline"]);
    let command = command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
    let text = format!("{HEAD}:a a skos:Concept ; skos:prefLabel \"Bad\\u202Ely\"@en .\n");
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let said = super::Said::of(child.wait_with_output().unwrap()).succeeds().hides_nothing();
    assert!(said.out.contains("1 new proposal: 1 field"), "{}", said.out);
    let month = std::fs::read_dir(place.path("t/proposals")).unwrap().flatten().next().unwrap().path();
    let batch = std::fs::read_dir(month).unwrap().flatten().next().unwrap().path();
    let batch = std::fs::read_to_string(batch).unwrap();
    for wanted in ["file: stdin", "format: skos", "hash: ", "kinds=field, discipline"] {
        assert!(batch.contains(wanted), "{wanted}: {batch}");
    }
    place.write("odd.dat", "one two three\n");
    place.on(&["import", "odd.dat"]).refuses("says what it is written in");
}
