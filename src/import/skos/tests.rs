use super::*;
use crate::import::Rule;
use crate::import::forest::{Shape, plant};
use crate::taxonomy::manifest::Manifest;
use crate::taxonomy::snapshot::Snapshot;

const HEAD: &str = "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n@prefix : <http://x/> .\n\
                    @prefix owl: <http://www.w3.org/2002/07/owl#> .\n@prefix dct: <http://purl.org/dc/terms/> .\n";

fn english() -> Options {
    Options { language: Some("en".to_owned()), ..Options::default() }
}

fn scheme(turtle: &str, options: &Options) -> Scheme {
    read(format!("{HEAD}{turtle}").as_bytes(), options).unwrap()
}

/// Names with the position of the parent.
fn shape(scheme: &Scheme) -> Vec<(&str, Option<usize>)> {
    scheme.items.iter().map(|item| (item.facts.name.raw(), item.parent)).collect()
}

fn remarks(scheme: &Scheme, rule: Rule) -> Vec<&str> {
    scheme.remarks.iter().filter(|remark| remark.rule == rule).map(|remark| remark.what.as_str()).collect()
}

#[test]
fn narrower_and_broader_say_the_same_and_siblings_are_sorted() {
    let found = scheme(
        ":a a skos:Concept ; skos:prefLabel \"A\"@en ; skos:narrower :c , :b .\n\
         :b a skos:Concept ; skos:prefLabel \"B\"@en .\n\
         :c skos:prefLabel \"Aa\"@en ; skos:broader :a ; skos:hiddenLabel \"Ah\"@en ; skos:definition \"d\"@en ; skos:scopeNote \"n\"@en .\n",
        &english(),
    );
    assert_eq!(shape(&found), [("A", None), ("Aa", Some(0)), ("B", Some(0))]);
    let facts = &found.items[1].facts;
    assert_eq!(facts.scope.as_ref().unwrap().raw(), "d\n\nn");
    assert_eq!(facts.aliases[0].raw(), "Ah");
    assert!(found.remarks.is_empty(), "{:?}", found.remarks);
}

#[test]
fn of_several_parents_the_nearest_to_the_root_counts_then_the_iri() {
    let found = scheme(
        ":r a skos:Concept ; skos:prefLabel \"R\" .\n\
         :z skos:broader :r ; skos:prefLabel \"Z\" .\n:m skos:broader :z ; skos:prefLabel \"M\" .\n\
         :n skos:broader :m , :y , :z ; skos:prefLabel \"N\" .\n:y skos:broader :r ; skos:prefLabel \"Y\" .\n",
        &english(),
    );
    assert_eq!(shape(&found), [("R", None), ("Y", Some(0)), ("N", Some(1)), ("Z", Some(0)), ("M", Some(3))]);
    assert_eq!(remarks(&found, Rule::Parents), ["N: under Y, not Z, M"]);
    assert!(found.items[2].rationale.as_ref().unwrap().raw().contains("also under: Z; M"));
}

#[test]
fn a_name_that_is_too_long_is_refused_with_its_place() {
    let of = |name: &str| format!("{HEAD}:a a skos:Concept ;\n  skos:prefLabel \"{name}\"@en .\n");
    assert!(read(of(&"ä".repeat(1_000)).as_bytes(), &english()).is_ok());
    let error = read(of(&"ä".repeat(1_001)).as_bytes(), &english()).unwrap_err();
    assert_eq!((error.line, error.column), (Some(6), Some(19)), "{error}");
    assert!(error.message.contains("has 1001 characters; 1000 is the most."), "{error}");
    // Written with escapes it is not found again, and refused all the same.
    let error = read(of(&"\\u00e4".repeat(1_001)).as_bytes(), &english()).unwrap_err();
    assert!(error.line.is_none() && error.message.contains("1000 is the most"), "{error}");
}

#[test]
fn circles_are_cut_and_said() {
    let found = scheme(
        ":a a skos:Concept ; skos:prefLabel \"A\" ; skos:broader :c .\n:b skos:prefLabel \"B\" ; skos:broader :a .\n\
         :c skos:prefLabel \"C\" ; skos:broader :b .\n:s skos:prefLabel \"S\" ; skos:broader :s ; a skos:Concept .\n",
        &english(),
    );
    assert_eq!(shape(&found), [("A", None), ("B", Some(0)), ("C", Some(1)), ("S", None)]);
    assert_eq!(remarks(&found, Rule::Cycle), ["A is not below C"]);
    let other = scheme(
        ":r a skos:Concept ; skos:prefLabel \"R\" .\n:a skos:broader :r , :b ; skos:prefLabel \"A\" .\n:b skos:broader :a ; skos:prefLabel \"B\" .\n",
        &english(),
    );
    assert_eq!(shape(&other), [("R", None), ("A", Some(0)), ("B", Some(1))]);
    assert_eq!(remarks(&other, Rule::Cycle), ["A: under R, not B"]);
}

#[test]
fn the_language_of_the_taxonomy_comes_first_and_the_others_are_counted_and_kept() {
    let turtle = ":a a skos:Concept ; skos:prefLabel \"Optik\"@de , \"Optics\"@en-GB , \"Optique\"@fr ; skos:altLabel \"Licht\"@de .\n\
                  :b a skos:Concept ; skos:prefLabel \"Chimie\"@fr .\n:c a skos:Concept ; skos:prefLabel \"Plain\" , \"Eben\"@de .\n";
    let found = scheme(turtle, &english());
    assert_eq!(shape(&found), [("Chimie", None), ("Optics", None), ("Plain", None)]);
    assert_eq!(remarks(&found, Rule::Language), ["fr (1)"]);
    assert_eq!(remarks(&found, Rule::Labels), ["de (3)", "fr (1)"]);
    let rationale = found.items[1].rationale.as_ref().unwrap().raw();
    assert!(rationale.contains("in other languages: Optik (de); Optique (fr); Licht (de)"), "{rationale}");
    let german = scheme(turtle, &Options { language: Some("de".to_owned()), ..Options::default() });
    assert_eq!(shape(&german), [("Chimie", None), ("Eben", None), ("Optik", None)]);
}

#[test]
fn deprecated_concepts_carry_nothing_where_something_else_can() {
    let turtle = ":a a skos:Concept ; skos:prefLabel \"A\" .\n\
         :old a skos:Concept ; skos:prefLabel \"Old\" ; owl:deprecated true ; dct:isReplacedBy :a .\n\
         :x a skos:Concept ; skos:prefLabel \"X\" ; skos:broader :old .\n";
    let proposed = scheme(turtle, &english());
    assert_eq!(shape(&proposed), [("A", None), ("X", Some(0)), ("Old", None)]);
    let whole = scheme(turtle, &Options { deprecated: true, ..english() });
    assert_eq!(shape(&whole), [("A", None), ("Old", None), ("X", Some(1))]);
    let retired = whole.items[1].retired.as_ref().unwrap();
    assert_eq!(retired.by, Some(0));
    let snapshot = Snapshot::empty(Manifest::titled("T"));
    let (_, import) = plant(&proposed.items, vec![], &snapshot, &Shape::default()).unwrap();
    assert_eq!(import.proposals.len(), 2);
    assert_eq!(import.remarks[0].rule, Rule::Deprecated);
}

#[test]
fn schemes_may_be_nodes_and_what_is_not_read_is_counted() {
    let turtle = ":s a skos:ConceptScheme ; dct:title \"S\"@en ; skos:hasTopConcept :a .\n:t a skos:ConceptScheme ; dct:title \"T\"@en .\n\
         :a a skos:Concept ; skos:prefLabel \"A\"@en ; skos:broader :gone ; <http://y/p> 1 , 2 .\n:c a skos:Collection ; skos:member :a .\n";
    let plain = scheme(turtle, &english());
    assert_eq!((shape(&plain), plain.schemes.len()), (vec![("A", None)], 2));
    assert_eq!(remarks(&plain, Rule::Dangling), ["A"]);
    assert_eq!(remarks(&plain, Rule::Statements), ["http://y/p (2)", "http://www.w3.org/2004/02/skos/core#member (1)"]);
    assert!(remarks(&plain, Rule::Other)[1].contains("--schemes"));
    let nodes = scheme(turtle, &Options { schemes: true, ..english() });
    assert_eq!(shape(&nodes), [("S", None), ("A", Some(0)), ("T", None)]);
}

#[test]
fn labels_may_be_resources_of_their_own() {
    let found = scheme(
        "@prefix xl: <http://www.w3.org/2008/05/skos-xl#> .\n:a a skos:Concept ; xl:prefLabel [ xl:literalForm \"Maize\"@en ] ; xl:altLabel :l .\n:l xl:literalForm \"Corn\"@en .\n\
         :b a skos:Concept ; skos:prefLabel \"Rice\"@en ; skos:related :a .\n",
        &english(),
    );
    assert_eq!(shape(&found), [("Maize", None), ("Rice", None)]);
    let rationale = found.items[1].rationale.as_ref().unwrap().raw();
    assert!(rationale.contains("related: Maize"), "{rationale}");
    assert_eq!(found.items[0].facts.aliases[0].raw(), "Corn");
}

fn error(text: &str) -> (Option<u64>, Option<u64>, String) {
    let error = read(text.as_bytes(), &english()).unwrap_err();
    (error.line, error.column, error.message)
}

#[test]
fn malformed_turtle_is_named_with_line_and_column() {
    let (line, column, message) = error(&format!("{HEAD}:a skos:prefLabel \"open .\n"));
    assert_eq!((line, column), (Some(5), Some(19)), "{message}");
    let (line, column, message) = error(&format!("{HEAD}:a no:p 1 .\n"));
    assert_eq!((line, column, message.contains("prefix")), (Some(5), Some(4), true), "{message}");
    assert!(error("{\"@context\": {}}").2.contains("JSON"));
    assert!(error("@prefix x: <http://x/> .\nx:a x:b x:c .\n").2.contains("no SKOS concept"));
}

const XML: &str = "<?xml version=\"1.0\"?>\n<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns:skos=\"http://www.w3.org/2004/02/skos/core#\">\n";

#[test]
fn rdf_xml_reads_the_same() {
    let text = format!(
        "{XML}<skos:Concept rdf:about=\"http://x/a\"><skos:prefLabel xml:lang=\"en\">A &amp; B</skos:prefLabel></skos:Concept>\n\
         <skos:Concept rdf:about=\"http://x/b\">\n  <skos:broader rdf:resource=\"http://x/a\"/><skos:prefLabel>C</skos:prefLabel>\n</skos:Concept>\n</rdf:RDF>\n"
    );
    let found = read(text.as_bytes(), &english()).unwrap();
    assert_eq!((shape(&found), found.syntax), (vec![("A & B", None), ("C", Some(0))], "RDF/XML"));
}

#[test]
fn malformed_rdf_xml_is_named_with_line_and_column() {
    let (line, column, message) = error(&format!("{XML}  <skos:Concept rdf:about=\"http://x/a\">\n</rdf:RDF>\n"));
    assert_eq!((line, column), (Some(4), Some(1)), "{message}");
    let (line, column, message) = error(&format!("{XML}  <skos:Concept rdf:about=\"not an iri\"/>\n</rdf:RDF>\n"));
    assert_eq!((line, column), (Some(3), Some(3)), "{message}");
    let (line, _, message) = error(&format!(
        "{XML}  <skos:Concept rdf:about=\"http://x/a\"><skos:prefLabel>&nope;</skos:prefLabel></skos:Concept>\n</rdf:RDF>\n"
    ));
    assert_eq!(line, Some(3), "{message}");
    let (line, _, message) = error(&format!("{XML}  <skos:Concept rdf:about=\"http://x/a\n"));
    assert_eq!((line, message.contains("ends within")), (Some(3), true), "{message}");
}

#[test]
fn xml_bombs_and_other_files_are_refused() {
    let bomb = |declarations: &str| {
        format!(
            "<?xml version=\"1.0\"?>\n<!DOCTYPE rdf:RDF [\n{declarations}\n]>\n{}</rdf:RDF>",
            XML.lines().nth(1).unwrap()
        )
    };
    let laughs = bomb("<!ENTITY a \"ha\">\n<!ENTITY b \"&a;&a;&a;&a;\">");
    let (line, column, message) = error(&laughs);
    assert_eq!((line, column, message.contains("made of other entities")), (Some(4), Some(1), true), "{message}");
    assert!(error(&bomb("<!ENTITY a SYSTEM \"file:///etc/passwd\">")).2.contains("another file"));
    assert!(error(&bomb("<!ENTITY % a \"x\">")).2.contains("parameter"));
    assert!(error(&bomb(&format!("<!ENTITY a \"{}\">", "x".repeat(600)))).2.contains("longer than any namespace"));
    let outside = "<?xml version=\"1.0\"?>\n<!DOCTYPE x SYSTEM \"http://x/y.dtd\">\n<rdf:RDF/>";
    assert_eq!(error(outside).1, Some(13));
    let many = bomb(&format!("<!ENTITY a \"{}\">", "x".repeat(500)));
    let many = many.replace("</rdf:RDF>", &format!("{}</rdf:RDF>", "&a;".repeat(200_000)));
    assert!(error(&many).2.contains("make more than"), "quadratic growth");
    let deep = format!("{XML}{}", "<a:b xmlns:a=\"http://a/\">".repeat(300));
    assert!(error(&deep).2.contains("nested deeper than 256"));
    let namespaces = bomb("<!ENTITY skos \"http://www.w3.org/2004/02/skos/core#\">");
    assert!(error(&namespaces).2.contains("no SKOS concept"), "short names for namespaces are fine");
}

#[test]
fn what_prefixes_make_of_little_text_is_bounded() {
    let text = format!("@prefix a: <http://x/{}> .\na:b <{}prefLabel> \"x\" .\n", "y".repeat(5000), vocabulary::SKOS);
    assert!(error(&text).2.contains("longer than 4096"));
}

#[test]
fn brackets_without_end_are_refused_before_they_cost_anything() {
    let (line, column, message) = error(&format!("{HEAD}:a :b {}", "[ :p ".repeat(400)));
    assert_eq!((line, message.contains("nested deeper than 256")), (Some(5), true), "{message}");
    assert_eq!(column, Some(7 + 256 * 5));
    let quoted = format!("# {0}\n:a a skos:Concept ; skos:prefLabel \"{0}\\\"\", \"\"\"{0}\"\"\" .\n", "[".repeat(400));
    assert_eq!(scheme(&quoted, &english()).items.len(), 1);
}

#[test]
fn what_labels_hide_is_kept_and_seen() {
    let found = scheme(":a a skos:Concept ; skos:prefLabel \"Bad\\u202Ely\\u001B[2J\"@en .\n", &english());
    assert_eq!(found.items[0].facts.name.raw(), "Bad\u{202e}ly\u{1b}[2J");
    assert!(found.items[0].facts.is_suspicious());
}
