//! Tables become proposals, or nodes at once.

use super::Place;

const TABLE: &str = "domain,field,subfield,topic,topic_id\n\
    Sciences,Physics,Optics,Lenses,T1\n\
    Sciences,Physics,Optics,\"Lasers, and masers\",T2\n\
    Sciences,Physics,Optics,lenses,T3\n\
    Sciences,,Chemistry,Colloids,T4\n";

#[test]
fn a_table_is_proposed_once_however_often_it_is_imported() {
    let place = Place::with_taxonomy();
    place.write("topics.csv", TABLE);
    let said = place.on(&["import", "topics.csv"]).succeeds();
    insta::assert_snapshot!(format!("{}---\n{}", said.out, said.err), @r"
    4 rows, 7 new proposals: 1 field, 1 sub-field, 2 disciplines, 3 subjects.
    1 row repeats an earlier one.
    ---
    columns: domain = field, field = sub-field, subfield = discipline, topic = subject
    left out: topic_id (names no level)
    ");
    let again = place.on(&["import", "topics.csv"]).succeeds();
    insta::assert_snapshot!(again.out, @r"
    4 rows, 0 new proposals.
    7 names were known already (0 accepted).
    1 row repeats an earlier one.
    ");
    assert_eq!(place.proposals(&["--kind", "subject"]).len(), 3);
}

#[test]
fn accepted_at_once_it_is_one_decision_that_one_undo_takes_back() {
    let place = Place::with_taxonomy();
    place.write("topics.csv", TABLE);
    let said = place.on(&["import", "topics.csv", "--accept"]).succeeds();
    assert!(said.out.contains("Accepted 7 proposals"), "{}", said.out);
    assert!(place.path("t/tree/sciences/physics/optics/lasers-and-masers.yaml").is_file());
    assert!(place.path("t/tree/sciences/chemistry/colloids.yaml").is_file(), "a blank cell skips a level");
    assert_eq!(place.on(&["log", "--json"]).succeeds().lines().len(), 1);
    place.on(&["undo"]).succeeds();
    assert_eq!(place.on(&["tree", "--json"]).succeeds().out, "");
    place.on(&["redo"]).succeeds();
    assert_eq!(place.on(&["tree", "--json"]).succeeds().lines().len(), 7);
}

#[test]
fn under_a_node_the_columns_are_the_kinds_that_fit_there() {
    let place = Place::with_taxonomy();
    place.on(&["add", "/", "Trades"]).succeeds();
    place.on(&["add", "trades", "Baking"]).succeeds();
    place.write("courses.csv", "course;level\nBread;100\nPastry;200\n");
    place.on(&["import", "courses.csv", "--under", "trades/baking", "--accept"]).succeeds();
    assert!(place.read("t/tree/trades/baking/pastry.yaml").contains("level: \"200\""));
    place.write("deep.csv", TABLE);
    place.on(&["import", "deep.csv", "--under", "trades"]).refuses("do not fit under a field");
    place.on(&["import", "courses.csv"]).refuses("do not fit under the root");
}

#[test]
fn a_malformed_table_is_named_with_its_line_and_nothing_of_it_is_taken() {
    let place = Place::with_taxonomy();
    place.write("short.csv", "field,discipline,subject\nA,B,C\nA,B\n");
    place.on(&["import", "short.csv"]).refuses("short.csv:3:4: The row has 2 cells where the header has 3");
    place.write("quote.csv", "field,discipline\nA,\"B\nC,D\n");
    place.on(&["import", "quote.csv"]).refuses("quote.csv:2:3: The name in this cell");
    place.write("latin.csv", b"field\nB\xe9ton\n");
    place.on(&["import", "latin.csv"]).refuses("latin.csv:2:2: The file is not UTF-8");
    place.write("long.csv", format!("field,discipline\nA,{}\n", "b".repeat(5_000)));
    place.on(&["import", "long.csv"]).refuses("long.csv:2:3: The name \"bbbb").hides_nothing();
    place.write("other.csv", "a,b\n1,2\n");
    place.on(&["import", "other.csv"]).refuses("it has: a, b");
    place.on(&["import", "missing.csv"]).refuses("cannot be read");
    assert!(place.proposals(&["--state", "all"]).is_empty());
    assert!(!place.path("t/proposals").exists());
}

#[test]
fn what_hides_characters_is_not_accepted_unseen_nor_is_anything_below_it() {
    let place = Place::with_taxonomy();
    place.write("odd.csv", "field,discipline\nGood,Fine\nBad\u{202e}ly,Below\n");
    let said = place.on(&["import", "odd.csv", "--accept"]).succeeds().hides_nothing();
    assert!(said.out.contains("Accepted 2 proposals"), "{}", said.out);
    assert!(said.err.contains("2 proposals were not accepted"), "{}", said.err);
    let open = place.proposals(&[]);
    assert_eq!(open[0]["findings"][0]["code"], "hidden-text");
    assert_eq!(open[0]["name"], "Bad\u{202e}ly", "a script gets the name as it is");
}
