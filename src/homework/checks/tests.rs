use super::*;
use crate::llm::Role;

fn codes(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.check.code()).collect()
}

fn of_question(text: &str) -> Vec<&'static str> {
    codes(&question(text, &prompt()))
}

fn of_answer(text: &str, question: &str) -> Vec<&'static str> {
    codes(&answer(text, question, &[]))
}

fn prompt() -> Vec<Message> {
    let content = "Write one homework question that somebody can answer who sees nothing but the question.\n\
                   <data>\nstep: question\nconcepts:\n- The whole of a concept that is long enough to be a sentence by itself\n</data>";
    vec![Message { role: Role::User, content: content.to_owned() }]
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
