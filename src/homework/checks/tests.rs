use super::*;
use crate::taxonomy::quality::CODES;

mod answers;
mod questions;

fn codes(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.check.code()).collect()
}

fn of_question(text: &str) -> Vec<&'static str> {
    codes(&english().question(text))
}

fn of_answer(text: &str, question: &str) -> Vec<&'static str> {
    codes(&english().answer(text, question))
}

fn english() -> Checker {
    Checker { language: Expected::named("English"), ..any_language() }
}

fn any_language() -> Checker {
    let fixed = "Write one homework question that somebody can answer who sees nothing but the question. Mind the facts.\n\
                 - The whole of a concept that is long enough to be a sentence by itself\n";
    Checker { asked_for_question: Instructions::of(std::iter::once(fixed)), ..Checker::default() }
}

#[test]
fn good_questions_pass() {
    for text in [
        "A lens of focal length 10 cm forms an image of an object 15 cm away. Where is the image?",
        "Explain:\n(a) why the sky is blue;\n(b) why sunsets are red",
        "Given the following data:\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\nfit a line.",
        "What does this print?\n```python\nprint(1, 2)\n```",
        "Prove that $a^2 + b^2 = c^2$",
        "Warum ist der Himmel blau?",
        "为什么天空是蓝色的？",
        "Describe The whole of a concept that is long enough to be a sentence by itself.",
        "A user uploads a file of 3 GB. How long does it take at 10 MB/s?",
    ] {
        assert_eq!(of_question(text), Vec::<&str>::new(), "{text}");
    }
}

#[test]
fn bad_questions_are_found() {
    for (text, code) in [
        (" \n\t", "empty"),
        ("---", "empty"),
        ("I'm sorry, but I can't help with that.", "refusal"),
        ("I’m sorry, but I cannot write this question.", "refusal"),
        ("<data>\nstep: x", "prompt_leak"),
        ("Write one homework question that somebody can answer who sees nothing but the question.", "prompt_leak"),
        ("Using the attached file, compute the mean.", "not_self_contained"),
        ("Solve the problem and submit a PDF.", "not_self_contained"),
        ("Find the current in the circuit shown in the\nfigure.", "not_self_contained"),
        ("As discussed in class, derive the lens equation.", "not_self_contained"),
        ("Compute the focal length of the", "cut"),
        ("What does this print?\n```python\nprint(1, 2)", "cut"),
        ("Show that $$ x = 1", "cut"),
        ("Why?", "too_short"),
        ("Optics.", "too_short"),
        ("State the law of refraction and and and and and and and and and and and and.", "repetition"),
        (
            "Eine Linse mit einer Brennweite von zehn Zentimetern bildet einen Gegenstand ab, der fünfzehn Zentimeter \
             vor ihr steht. Wo entsteht das Bild?",
            "wrong_language",
        ),
    ] {
        assert_eq!(of_question(text), [code], "{text}");
    }
}

#[test]
fn echoes_are_told_from_answers_that_restate() {
    let question = "What is the focal length of a plane mirror, and why?";
    assert_eq!(of_answer(question, question), ["echo"]);
    assert_eq!(of_answer("what is the focal length of a plane mirror and why", question), ["echo"]);
    assert_eq!(of_answer("What is the focal length of a plane mirror", question), ["echo"]);
    assert_eq!(of_answer(&format!("{question} It is infinite."), question), Vec::<&str>::new());
    let long = "A thin lens of focal length 12 cm forms an image of a candle that stands 18 cm in front of it on the axis. Where \
                is the image?";
    let again = format!("We are told the following. {long} By the lens equation it lies 36 cm behind the lens.");
    assert_eq!(of_answer(&again, long), ["echo"]);
    let lax =
        Checker { settings: QualitySettings { echo_share: Some(1.0), ..QualitySettings::default() }, ..english() };
    assert_eq!(codes(&lax.answer(&again, long)), Vec::<&str>::new());
    assert_eq!(of_answer("a plane mirror", question), Vec::<&str>::new());
    assert_eq!(of_answer("42", "What is 6 times 7?"), Vec::<&str>::new());
}

#[test]
fn answers_may_say_what_questions_may_not() {
    assert_eq!(of_answer("The figure below the line is 3.", "Which?"), Vec::<&str>::new());
    assert_eq!(of_answer("As an AI language model I have no opinion.", "Which?"), ["refusal"]);
    assert_eq!(of_answer("The result follows from", "Why?"), ["cut"]);
    assert_eq!(of_answer("The result is x =", "Why?"), ["cut"]);
}

#[test]
fn one_word_is_no_explanation_and_may_be_a_result() {
    assert_eq!(of_answer("Because.", "Explain why the sky is blue at noon."), ["too_short"]);
    assert_eq!(of_answer("42", "What is 6 times 7?"), Vec::<&str>::new());
    let chinese = Checker::default().answer("因为瑞利散射与波长的四次方成反比", "Explain why the sky is blue.");
    assert_eq!(codes(&chinese), Vec::<&str>::new());
}

#[test]
fn what_a_benchmark_holds_is_found_in_question_and_answer() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bench.jsonl");
    let text = "A train leaves the station at nine o'clock and travels at sixty kilometres an hour towards the coast.";
    std::fs::write(&path, serde_json::json!({"question": text}).to_string()).unwrap();
    let benchmarks = Arc::new(Benchmarks::read(&[path], RUN_OF_WORDS).unwrap());
    let checker = Checker { benchmarks, ..Checker::default() };
    let question = format!("{text} When does it arrive, if the coast is ninety kilometres away?");
    assert_eq!(codes(&checker.question(&question)), ["contamination"]);
    assert_eq!(codes(&checker.answer(&question, "When?")), ["contamination"]);
}

#[test]
fn every_check_can_be_turned_off_and_an_empty_text_never_passes() {
    let codes_of_settings: Vec<&str> = CODES.iter().map(|(code, _)| *code).collect();
    for check in Check::ALL {
        assert!(codes_of_settings.contains(&check.code()), "{}", check.code());
        assert_eq!(serde_json::to_string(&check).unwrap(), format!("\"{}\"", check.code()));
    }
    for (question, answer, code) in [
        ("Why?", "Great question! It scatters the blue light more than the red, by the fourth power.", "praise"),
        ("Why?", "Because of scattering. I hope this helps!", "chatter"),
        ("Why?", "DO NOT KNOW.", "do_not_know"),
    ] {
        let settings: QualitySettings = serde_json::from_value(serde_json::json!({"off": [code]})).unwrap();
        let lenient = Checker { settings, ..english() };
        assert_eq!(codes(&english().answer(answer, question)), [code]);
        assert_eq!(codes(&lenient.answer(answer, question)), Vec::<&str>::new());
    }
    let settings: QualitySettings = serde_json::from_value(serde_json::json!({"off": ["empty"]})).unwrap();
    assert_eq!(codes(&Checker { settings, ..english() }.answer(" ", "Why?")), ["empty"]);
}
