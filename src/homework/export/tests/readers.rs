//! Exports in the readers that people use. Needs a Python with pyarrow, pandas, duckdb and datasets:
//! `PROVOST_PYTHON` names it, else `python3` is tried; without the packages this says so and checks nothing.

use std::process::Command;

use super::*;

/// Runs a script of `tests/python`. `None`, with a word on why, where a package is missing.
#[allow(clippy::print_stderr, reason = "somebody should know that nothing was checked")]
pub fn python(script: &str, arguments: &[&std::path::Path]) -> Option<String> {
    let named = std::env::var_os("PROVOST_PYTHON");
    let interpreter = named.clone().unwrap_or_else(|| "python3".into());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python").join(script);
    let said = match Command::new(&interpreter).arg(path).args(arguments).output() {
        Ok(said) => said,
        Err(error) if named.is_some() => panic!("{}: {error}", interpreter.display()),
        Err(error) => {
            eprintln!("skipped {script}: no python3 ({error}); PROVOST_PYTHON names another");
            return None;
        }
    };
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (out, err) = (text(said.stdout), text(said.stderr));
    match said.status.code() {
        Some(0) => Some(out),
        Some(77) if named.is_none() => {
            eprintln!("skipped {script}: {}; PROVOST_PYTHON names a Python that has it", out.trim());
            None
        }
        code => panic!("{script} ended with {code:?}\n{out}\n{err}"),
    }
}

#[test]
fn every_format_comes_back_in_its_own_readers() {
    let fixture = Runs::new();
    let records = hostile(&fixture);
    fixture.write("a", &records);
    let out = |name: &str| Target::File(fixture.dir.path().join(name));
    for (format, name) in Format::ALL {
        make_all(&fixture, format, &out(&format!("{name}.{}", format.extension())), Limit::default());
    }
    let rows = |most| Limit { rows: Some(most), bytes: None };
    make_all(&fixture, Format::Messages, &out("shards.jsonl"), rows(10));
    make_all(&fixture, Format::Parquet, &Target::Folder(fixture.dir.path().join("set")), rows(7));
    let expected = records.iter().map(|record| {
        let concepts: Vec<_> = record.concepts.iter().map(|concept| concept.concept.raw()).collect();
        json!({"question": record.question.raw(), "answer": record.answer.raw(), "concepts": concepts})
    });
    let expected = Value::from_iter(expected).to_string();
    fs::write(fixture.dir.path().join("expected.json"), expected).unwrap();
    let Some(said) = python("read_back.py", &[fixture.dir.path()]) else { return };
    for reader in ["json", "csv", "pandas", "pyarrow", "duckdb", "datasets"] {
        assert!(said.contains(&format!(": {reader}: {} rows", records.len())), "{reader}\n{said}");
    }
}
