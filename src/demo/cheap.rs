//! Replies that cost next to nothing, for measuring what asks: whole, fit to use, and each different.

use super::request::{ChatRequest, Step};
use super::rng::mix;

/// A question or an answer; `None` for what has to be thought about.
pub fn reply(request: &ChatRequest, step: Step, seed: u64) -> Option<String> {
    // Numbers that differ wherever the conversations do.
    let (case, value) = (mix(seed, 1) >> 20, mix(seed, 2) % 9_000 + 1_000);
    match step {
        Step::Question => {
            let data = request.data()?;
            let concepts = data.list("concepts").join(" and ");
            Some(format!(
                "An engineer keeps a list of {value} measured cases, numbered from 1, and looks at number {case} of a longer \
                 series, in which {concepts} matter at the same time. Derive how the outcome changes when the input is \
                 doubled, and explain under which assumption your derivation holds."
            ))
        }
        Step::Answer => Some(format!(
            "Write the input as a factor times {value}. Doubling that factor leaves every ratio as it was, so the outcome \
             grows in proportion, and the entry {case} moves to twice its place. The derivation assumes that the response is \
             linear; once saturation sets in, the growth is slower than that."
        )),
        _ => None,
    }
}
