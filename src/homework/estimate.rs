//! What a plan would take: tokens, and cost where prices are known.

use super::budget::Used;
use super::context::question_context;
use super::plan::{Plan, PlannedItem};
use super::prices::Prices;
use super::spent::{Spent, Tokens};
use crate::llm::{JudgeContext, PromptError, PromptSet, Rendered, Usage};

/// Tokens of a question, as models write them on average.
pub(super) const QUESTION_TOKENS: u64 = 120;
/// Tokens of an answer.
pub(super) const ANSWER_TOKENS: u64 = 450;
/// Tokens of a judge's verdict: a score and a reason.
pub(super) const VERDICT_TOKENS: u64 = 60;
/// Characters of a token.
pub(super) const CHARACTERS: usize = 4;
/// Subjects whose prompts are written out to measure them.
const MEASURED: usize = 32;

/// What a plan would take, roughly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Items to make.
    pub items: u64,
    /// Tokens of all question calls.
    pub question: Usage,
    /// Tokens of all answer calls.
    pub answer: Usage,
    /// Tokens of all calls of the judge, two for each item; none where nobody judges.
    pub judge: Usage,
    /// In US dollars, where prices are known.
    pub cost_usd: Option<f64>,
}

impl Estimate {
    /// Tokens of all calls.
    #[must_use]
    pub fn tokens(&self) -> Usage {
        self.question + self.answer + self.judge
    }

    /// Its part for so many of its items.
    #[must_use]
    pub fn part(&self, items: u64) -> Self {
        let share = items as f64 / self.items.max(1) as f64;
        let of = |tokens: u64| (tokens as f64 * share).round() as u64;
        let part = |tokens: Usage| Usage {
            prompt_tokens: of(tokens.prompt_tokens),
            completion_tokens: of(tokens.completion_tokens),
            ..Usage::default()
        };
        Self {
            items,
            question: part(self.question),
            answer: part(self.answer),
            judge: part(self.judge),
            cost_usd: self.cost_usd.map(|cost| cost * share),
        }
    }

    /// What one item would take.
    pub(super) fn each(&self) -> Used {
        let (items, tokens) = (self.items.max(1), self.tokens());
        Used {
            usd: self.cost_usd.map(|cost| cost / items as f64),
            tokens: (tokens.prompt_tokens + tokens.completion_tokens).div_ceil(items),
            items: 1,
        }
    }
}

/// The conversation that asks for an item's question.
///
/// # Errors
/// A template that cannot be filled in.
pub fn preview(plan: &Plan, prompts: &PromptSet, item: &PlannedItem) -> Result<Rendered, PromptError> {
    prompts.render(&question_context(plan, item, plan.subjects[item.subject].syllabus_text()))
}

/// Estimates `plan` from the prompts of some of its subjects, four characters a token; with the judge's calls where
/// somebody judges.
///
/// # Errors
/// A template that cannot be filled in.
pub fn estimate(plan: &Plan, prompts: &PromptSet, prices: &Prices, judged: bool) -> Result<Estimate, PromptError> {
    let items = plan.total();
    let step = plan.subjects.len().div_ceil(MEASURED).max(1);
    let (mut characters, mut weight) = (0_u128, 0_u128);
    for at in (0..plan.subjects.len()).step_by(step) {
        let Some(item) = plan.items_of(at).next() else { continue };
        let prompt = preview(plan, prompts, &item)?;
        let length: usize = prompt.messages.iter().map(|message| message.content.chars().count()).sum();
        let quota = u128::from(plan.subjects[at].quota);
        characters += length as u128 * quota;
        weight += quota;
    }
    let prompt = characters.checked_div(weight).unwrap_or(0) as u64 / CHARACTERS as u64;
    let tokens = |prompt: u64, reply: u64| Usage {
        prompt_tokens: items.saturating_mul(prompt),
        completion_tokens: items.saturating_mul(reply),
        ..Usage::default()
    };
    let (question, answer) = (tokens(prompt, QUESTION_TOKENS), tokens(QUESTION_TOKENS, ANSWER_TOKENS));
    let guess = |estimated| Tokens { estimated, ..Tokens::default() };
    let judge = if judged { judging(prompts)?.estimated } else { Usage::default() };
    let judge = tokens(judge.prompt_tokens, judge.completion_tokens);
    let spent = Spent { question: guess(question), answer: guess(answer), judge: guess(judge), ..Spent::default() };
    Ok(Estimate { items, question, answer, judge, cost_usd: prices.cost(&spent) })
}

/// Tokens that a judge takes for an item: for the question alone, then for the pair.
pub(super) fn judging(prompts: &PromptSet) -> Result<Tokens, PromptError> {
    let text = |tokens: u64| "word ".repeat(tokens as usize * CHARACTERS / 5);
    let mut characters = 0;
    for answer in [None, Some(text(ANSWER_TOKENS))] {
        let prompt = prompts.render(&JudgeContext { question: text(QUESTION_TOKENS), answer })?;
        characters += prompt.messages.iter().map(|message| message.content.chars().count()).sum::<usize>();
    }
    let prompt_tokens = (characters / CHARACTERS) as u64;
    let estimated = Usage { prompt_tokens, completion_tokens: 2 * VERDICT_TOKENS, ..Usage::default() };
    Ok(Tokens { estimated, ..Tokens::default() })
}

#[cfg(test)]
mod tests {
    use super::super::plan::{Amount, PlanRequest};
    use super::super::prices::Price;
    use super::super::{fixture, recipe};
    use super::*;

    #[test]
    fn tokens_follow_the_prompts_and_the_number_of_items() {
        let snapshot = fixture::taxonomy(&["Acoustics", "Optics"]);
        let request = |amount| PlanRequest {
            nodes: Vec::new(),
            amount: Amount::PerSubject(amount),
            seed: 1,
            shares: Default::default(),
        };
        let prompts = PromptSet::embedded().unwrap();
        let price = Some(Price::new(1.0, 1.0));
        let judged = |amount, prices: Prices, judged| {
            estimate(&Plan::new(&snapshot, &request(amount), &recipe::sample()), &prompts, &prices, judged).unwrap()
        };
        let of = |amount, prices| judged(amount, prices, false);
        let one = of(1, Prices::default());
        assert_eq!((one.items, one.cost_usd), (2, None));
        assert!((2 * 200..2 * 2_000).contains(&one.question.prompt_tokens), "{one:?}");
        let many = of(100, Prices { question: price, answer: price, ..Prices::default() });
        assert_eq!(many.question.prompt_tokens, 100 * one.question.prompt_tokens);
        let all = many.tokens().prompt_tokens + many.tokens().completion_tokens;
        assert!((many.cost_usd.unwrap() - all as f64 / 1e6).abs() < 1e-9);
        assert_eq!(of(0, Prices::default()).tokens(), Usage::default());
        assert_eq!(many.part(50).question.prompt_tokens, many.question.prompt_tokens / 4);
        let prices = Prices { question: price, answer: price, ..Prices::default() };
        let with_judge = judged(100, prices, true);
        assert!(with_judge.tokens().prompt_tokens > many.tokens().prompt_tokens + 200 * 500, "{with_judge:?}");
        assert_eq!(with_judge.cost_usd, None, "the judge's price is not known");
        assert!(judged(100, Prices { judge: price, ..prices }, true).cost_usd > many.cost_usd);
    }

    #[test]
    fn a_preview_is_what_will_be_asked() {
        let snapshot = fixture::taxonomy(&["Optics"]);
        let request =
            PlanRequest { nodes: Vec::new(), amount: Amount::PerSubject(40), seed: 1, shares: Default::default() };
        let plan = Plan::new(&snapshot, &request, &recipe::sample());
        let item = plan.items().find(|item| item.draw.sessions().len() == 2).unwrap();
        let prompt = preview(&plan, &PromptSet::embedded().unwrap(), &item).unwrap();
        let text = &prompt.messages.last().unwrap().content;
        let sessions = plan.subjects[0].drawn_sessions(&item.draw);
        assert!(text.contains(&format!("learned_up_to: {}", sessions[1].title.raw())), "{text}");
        for (_, concept) in plan.subjects[0].drawn_concepts(&item.draw) {
            assert!(text.contains(&format!("- {}", concept.raw())));
        }
        assert!(text.contains("discipline: Physics\npath: Natural Sciences > Physics\n"), "{text}");
        assert!(text.contains("Session 10: Session 10"), "the whole syllabus is there");
    }
}
