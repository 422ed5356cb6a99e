//! What the runs cost, by field and discipline.

use super::html::Html;
use super::parts::{bar, end, heading, number};
use crate::homework::budget::dollars;
use crate::homework::prices::Prices;
use crate::homework::status::RunStatus;
use crate::taxonomy::Untrusted;

/// What runs cost at the prices of the configuration.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Costs {
    /// In US dollars.
    pub usd: f64,
    /// The part of it that is for tokens which no server counted.
    pub estimated_usd: f64,
    /// Fields and disciplines: names from the field down, items asked for, US dollars.
    pub branches: Vec<(Vec<Untrusted>, u64, f64)>,
}

impl Costs {
    /// Of runs with their prices; `None` where a price is not known or there is no run.
    #[must_use]
    pub fn of(runs: &[RunStatus], prices: &[Prices]) -> Option<Self> {
        let mut costs = Self::default();
        let mut found: std::collections::BTreeMap<Vec<Untrusted>, (u64, f64)> = Default::default();
        for (run, prices) in runs.iter().zip(prices) {
            costs.usd += prices.cost(&run.spent)?;
            costs.estimated_usd += prices.cost_of_estimated(&run.spent)?;
            for branch in run.branches() {
                let cost = prices.cost(&branch.spent)?;
                let (items, usd) = found.entry(branch.path).or_default();
                *items += branch.items.ok + branch.items.failed + branch.items.unfit;
                *usd += cost;
            }
        }
        costs.branches = found.into_iter().map(|(path, (items, usd))| (path, items, usd)).collect();
        (!runs.is_empty()).then_some(costs)
    }

    pub(super) fn draw(&self, html: &mut Html) {
        html.raw("<p>").text(&format!("At the prices of the configuration: {}", dollars(self.usd)));
        if self.estimated_usd > 0.0 {
            html.text(&format!(", of it about {} for tokens that no server counted", dollars(self.estimated_usd)));
        }
        html.text(". What failed was paid for too.").raw("</p>");
        if self.branches.len() < 2 || self.usd <= 0.0 {
            return;
        }
        heading(html, &["branch", "items asked for#", "cost#", ""]);
        for (path, items, usd) in &self.branches {
            let names: Vec<_> = path.iter().map(|name| name.line()).collect();
            html.element("<tr><td>", &names.join(" > "), "</td>");
            number(html, *items);
            html.element("<td class=\"n\">", &dollars(*usd), "</td>");
            bar(html, usd / self.usd);
            html.raw("</tr>");
        }
        end(html);
    }
}
