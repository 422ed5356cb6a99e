//! The training configuration, tried: a few steps on a tiny model of random weights. Needs a Python with torch,
//! transformers and trl, see [`super::readers`].

use super::readers::python;
use super::*;

#[test]
fn the_configuration_trains_and_only_the_answer() {
    let fixture = Runs::new();
    let about = ["light", "shade", "lenses", "mirrors", "colours", "rainbows"];
    let records: Vec<_> = (0..48_u128)
        .map(|bits| Record {
            question: format!("What do you know of {} number {bits}?", about[bits as usize % about.len()]).into(),
            answer: format!("Much: {} is number {bits}.\nAnd $x^2$.", about[bits as usize % about.len()]).into(),
            ..fixture.record(bits, Status::Ok)
        })
        .collect();
    fixture.write("a", &records);
    let selection = Selection { held_out: Some(8), ..everything() };
    for format in [Format::Parquet, Format::PromptCompletion] {
        let folder = fixture.dir.path().join(format.name());
        let target = Target::Folder(folder.clone());
        make_at(&fixture, &selection, format, &target, Limit { rows: Some(30), bytes: None }).unwrap();
        let Some(said) = python("train_a_few_steps.py", &[&folder]) else { return };
        for word in ["only the answer is trained", "steps: 6", "loss:", "held-out loss:"] {
            assert!(said.contains(word), "{word}\n{said}");
        }
    }
}
