//! `provost plan`.

use clap::Args;
use serde::Serialize;

use super::console::Console;
use super::global::ModelArgs;
use super::homework::{Wanted, means, prompts};
use super::interrupt::block_on;
use super::locate;
use super::plan_changes;
use super::table::{Table, count, faint, grouped, plain, strong};
use crate::asking::plan_without_models;
use crate::error::AppError;
use crate::homework::changes::Counts;
use crate::homework::{Changes, Estimate, ItemId, Plan, PlannedItem, Prices, estimate};
use crate::llm::PromptSet;
use crate::taxonomy::id::NodeId;
use crate::taxonomy::snapshot::Snapshot;
use crate::taxonomy::text::Untrusted;

/// Show what would be generated, and why not more
#[derive(Debug, Args)]
#[command(after_help = "\
Nothing is asked and nothing is written. The plan follows from the accepted tree, the amount and the seed alone. Only \
what is approved counts: every node above, the subject and its syllabus accepted, nothing deprecated, no open flag. \
Tokens are estimated; a cost is given where the profile names prices.
Compared with what is there: `new` items would be asked for, `again` those that failed before, `valid` ones are there \
and are not asked for, `given up` failed three times. What was made and holds no longer is listed as stale, with the \
reason; exports leave it out, and it is valid again once the reason is gone (a restored subject, an edit taken back).
--json prints one document: items, beyond_capacity, seed, subjects, not_eligible, prompt_tokens, completion_tokens, \
cost_usd, preview, new, again, valid, given_up, stale, others (valid items that this plan does not ask for).
--items prints one line an item instead: how it stands, its id, its subject.

Examples:
  provost plan --per-subject 20
  provost plan natural-sciences --count 500 --preview 3
  provost plan --per-subject 20 --items | grep -v '^valid'

Exit codes: 0 done, 2 no such node")]
pub struct PlanCommand {
    #[command(flatten)]
    wanted: Wanted,
    /// Draws to show: what the first items would be about
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    preview: usize,
    /// One JSON document
    #[arg(long)]
    json: bool,
    /// Every item: how it stands, its id, its subject
    #[arg(long, conflicts_with_all = ["preview"])]
    items: bool,
    #[command(flatten)]
    model: ModelArgs,
}

#[derive(Serialize)]
struct Document {
    items: u64,
    beyond_capacity: u64,
    seed: u64,
    subjects: Vec<Subject>,
    not_eligible: Vec<NotEligible>,
    prompt_tokens: u64,
    completion_tokens: u64,
    cost_usd: Option<f64>,
    preview: Vec<Preview>,
    #[serde(flatten)]
    changes: Counts,
    stale: Vec<plan_changes::Stale>,
    others: u64,
}

#[derive(Serialize)]
struct Subject {
    id: NodeId,
    path: String,
    items: u64,
    capacity: u64,
    #[serde(flatten)]
    changes: Counts,
}

#[derive(Serialize)]
struct NotEligible {
    id: NodeId,
    path: String,
    reason: &'static str,
}

/// What an item would be about.
#[derive(Serialize)]
struct Preview {
    item: ItemId,
    path: String,
    sessions: Vec<Untrusted>,
    concepts: Vec<Untrusted>,
}

impl PlanCommand {
    /// Runs the command.
    ///
    /// # Errors
    /// There is no such node, or a prompt of the directory cannot be used.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let (config, _) = console.config(Some(&self.model))?;
        let store = console.read()?;
        let snapshot = store.snapshot();
        let request = self.wanted.request(&snapshot)?;
        let prompts = prompts(&store)?;
        let (plan, prices) = match block_on(async { Ok(means(&config, &snapshot, prompts.clone()).await) })? {
            Ok(means) => (means.plan(&snapshot, &request), means.prices),
            Err(why) => {
                console.out.note(&format!("note: {why}"));
                (plan_without_models(&snapshot, &request, &prompts), Prices::default())
            }
        };
        let changes = Changes::of(&plan, &snapshot, &store.runs_dir())?;
        if self.items {
            return plan_changes::print_items(console.out, &snapshot, &plan, &changes, self.json);
        }
        let document = Document::of(&snapshot, &plan, &prompts, &prices, self.preview, &changes)?;
        if self.json { console.out.json(&document) } else { document.print(console) }
    }
}

impl Document {
    fn of(
        snapshot: &Snapshot,
        plan: &Plan,
        prompts: &PromptSet,
        prices: &Prices,
        preview: usize,
        changes: &Changes,
    ) -> Result<Self, AppError> {
        let estimate: Estimate = estimate(plan, prompts, prices)?;
        let path = |id| locate::path(snapshot, id);
        let subjects = plan.subjects.iter().zip(&changes.subjects).map(|(subject, changes)| Subject {
            id: subject.id(),
            path: path(subject.id()),
            items: subject.quota,
            capacity: subject.capacity,
            changes: *changes,
        });
        let not_eligible = plan.ineligible.iter();
        let shown = |item: PlannedItem| {
            let subject = &plan.subjects[item.subject];
            Preview {
                item: item.id,
                path: path(subject.id()),
                sessions: subject.drawn_sessions(&item.draw).iter().map(|session| session.title.clone()).collect(),
                concepts: subject.drawn_concepts(&item.draw).iter().map(|(_, concept)| (*concept).clone()).collect(),
            }
        };
        // One subject after the other, so that the first few show the range of what would be made.
        let subjects_in_turn = (0..plan.subjects.len()).filter_map(|at| plan.items_of(at).next());
        Ok(Self {
            items: plan.total(),
            beyond_capacity: plan.beyond_capacity(),
            seed: plan.request.seed,
            subjects: subjects.collect(),
            not_eligible: not_eligible.map(|(id, reason)| NotEligible { id: *id, path: path(*id), reason }).collect(),
            prompt_tokens: estimate.tokens().prompt_tokens,
            completion_tokens: estimate.tokens().completion_tokens,
            cost_usd: estimate.cost_usd,
            preview: subjects_in_turn.take(preview).map(shown).collect(),
            changes: changes.total(),
            stale: plan_changes::stale(snapshot, changes),
            others: changes.others,
        })
    }

    fn print(&self, console: &mut Console<'_>) -> Result<(), AppError> {
        let out = &mut *console.out;
        let (again, given_up) = (self.changes.again > 0, self.changes.given_up > 0);
        let columns = [("new", true), ("again", again), ("valid", true), ("given up", given_up)];
        let shown: Vec<usize> = (0..columns.len()).filter(|at| columns[*at].1).collect();
        let mut heading = vec!["subject", "items"];
        heading.extend(shown.iter().map(|at| columns[*at].0));
        heading.push("possible draws");
        let right: Vec<usize> = (1..heading.len()).collect();
        let mut table = Table::with_heading(&heading).right(&right);
        for subject in &self.subjects {
            let Counts { new, again, valid, given_up } = subject.changes;
            let number = |number| if number == 0 { faint("-") } else { plain(grouped(number)) };
            let mut row = vec![strong(&subject.path), plain(grouped(subject.items))];
            row.extend(shown.iter().map(|at| number([new, again, valid, given_up][*at])));
            row.push(faint(grouped(subject.capacity)));
            table.row(row);
        }
        if !self.subjects.is_empty() {
            table.print(out)?;
        }
        if !self.not_eligible.is_empty() {
            out.line("not eligible:")?;
            let mut table = Table::new();
            self.not_eligible
                .iter()
                .for_each(|left| table.row([plain(format!("  {}", left.path)), faint(left.reason)]));
            table.print(out)?;
        }
        plan_changes::print_stale(out, &self.stale)?;
        for item in &self.preview {
            let join = |texts: &[Untrusted]| texts.iter().map(|text| text.line()).collect::<Vec<_>>().join("; ");
            out.line(&format!("{}: {} -> {}", item.path, join(&item.sessions), join(&item.concepts)))?;
        }
        if self.beyond_capacity > 0 {
            let number = grouped(self.beyond_capacity);
            out.line(&format!("{number} more were asked for than the syllabi have different draws for."))?;
        }
        let items = count(self.items as usize, "item", "items");
        let subjects = count(self.subjects.len(), "subject", "subjects");
        let cost = self.cost_usd.map_or("cost not known".to_owned(), |cost| format!("about ${cost:.2}"));
        let (sent, received) = (grouped(self.prompt_tokens), grouped(self.completion_tokens));
        let tokens = format!("about {sent} tokens sent, {received} received");
        out.line(&format!("{items} of {subjects}, seed {}; {tokens}; {cost}.", self.seed))?;
        plan_changes::print_sum(out, self.changes, &self.stale, self.others)
    }
}
