//! A plan with what it would take.

use std::sync::Arc;

use crate::app::words;
use crate::homework::{Changes, Estimate, Limits, Plan, dollars};

/// A plan and what it would take.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The plan.
    pub plan: Arc<Plan>,
    /// Tokens and cost, roughly.
    pub estimate: Option<Estimate>,
    /// How it compares with what is there.
    pub changes: Option<Arc<Changes>>,
    /// Caps and prices.
    pub terms: Box<Terms>,
}

/// What the user's config says of money.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Terms {
    /// What stops a run unless the curator says otherwise.
    pub limits: Limits,
    /// Models whose price is not known.
    pub unpriced: Vec<String>,
    /// Sentences about prices that are old.
    pub remarks: Vec<String>,
    /// Why no model can be asked, where that is so; which items are there already is not known then.
    pub no_model: Option<String>,
}

impl Planned {
    /// How many items a run would ask for; all of the plan where what is there is not known.
    #[must_use]
    pub fn to_ask(&self) -> u64 {
        self.changes.as_ref().map_or_else(|| self.plan.total(), |changes| changes.total().to_ask())
    }

    /// What is left to ask for would take: tokens, and money where prices are known.
    #[must_use]
    pub fn takes(&self) -> Option<String> {
        let to_ask = self.changes.as_ref().map(|changes| changes.total().to_ask());
        let estimate = self.estimate.as_ref()?;
        let estimate = to_ask.map_or(*estimate, |items| estimate.part(items));
        let tokens = estimate.tokens();
        let (prompt, reply) = (words::grouped(tokens.prompt_tokens), words::grouped(tokens.completion_tokens));
        let judged = if tokens == estimate.question + estimate.answer { "" } else { ", the judge's included" };
        let cost = match (estimate.cost_usd, self.terms.unpriced.as_slice()) {
            (Some(cost), _) => format!("about {}", dollars(cost)),
            (None, []) => "cost not known".to_owned(),
            (None, models) => {
                let models = models.join(" and ");
                format!("cost not known: no price for {}", crate::taxonomy::text::reveal_line(&models))
            }
        };
        Some(format!("Roughly {prompt} + {reply} tokens{judged}; {cost}."))
    }
}
