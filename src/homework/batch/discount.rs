//! What batches were cheaper by than live calls.

use super::super::spent::{Spent, Tokens};
use super::dialect::Dialect;
use super::log::Part;
use crate::llm::{Step, Usage};

/// Of the tokens on record, as many as the discounts of these parts are worth: they cost nothing. What a part brought beyond what is
/// on record belongs to items that wait for their next stage.
#[must_use]
pub fn discount<'p>(parts: impl IntoIterator<Item = &'p Part>, on_record: &Spent) -> Spent {
    let (mut left, mut free) = (*on_record, Spent::default());
    for part in parts {
        let percent = Dialect::named(&part.dialect).map_or(0, |dialect| u64::from(dialect.discount));
        let (left, free) = match part.file.stage.step() {
            Step::Question => (&mut left.question, &mut free.question),
            Step::Judge => (&mut left.judge, &mut free.judge),
            _ => (&mut left.answer, &mut free.answer),
        };
        let took = each(left.counted, part.tokens, u64::min);
        left.counted = each(left.counted, took, u64::saturating_sub);
        *free = *free + Tokens { counted: each(took, took, |tokens, _| tokens * percent / 100), ..Tokens::default() };
    }
    free
}

fn each(one: Usage, other: Usage, of: impl Fn(u64, u64) -> u64) -> Usage {
    Usage {
        prompt_tokens: of(one.prompt_tokens, other.prompt_tokens),
        completion_tokens: of(one.completion_tokens, other.completion_tokens),
        cached_tokens: of(one.cached_tokens, other.cached_tokens),
        reasoning_tokens: of(one.reasoning_tokens, other.reasoning_tokens),
    }
}
