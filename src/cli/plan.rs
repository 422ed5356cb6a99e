//! `provost plan`.

use clap::Args;
use serde::Serialize;

use super::console::Console;
use super::global::ModelArgs;
use super::homework::{Ground, Wanted};
use super::interrupt::block_on;
use super::locate;
use super::money;
use super::plan_changes::Known;
use super::table::{Table, count, faint, grouped, plain, strong};
use super::{plan_balance, plan_changes};
use crate::asking::{Asks, plan_without_models};
use crate::error::AppError;
use crate::homework::changes::Counts;
use crate::homework::{Changes, Estimate, ItemId, Plan, PlannedItem, Prices, dollars, estimate};
use crate::taxonomy::QuestionType;
use crate::taxonomy::id::NodeId;
use crate::taxonomy::snapshot::Snapshot;
use crate::taxonomy::text::Untrusted;

/// Show what would be generated, and what would not and why
#[derive(Debug, Args)]
#[command(after_help = "\
Generates and writes nothing. Where no model is named, a server on this machine or its network is asked for its \
models; no other. The plan follows from the accepted tree, the amount and the seed alone. Only approved \
subjects count: the subject, its syllabus and every node above it accepted, nothing deprecated, no open flag. Token \
estimates include the judge's; costs need the prices of the models in your config.

Compared with existing items: `new` ones would be requested, `again` ones failed before, `valid` ones exist, `given \
up` ones failed three times. Items made from something that has changed since are listed as stale, with the reason; \
exports leave them out, and they become valid again when the reason is gone (a subject is restored, an edit undone). Without a model these numbers are unknown, because the models are part of what \
an item is made from; subjects and amounts are the same, and --items says `planned`.

--json prints one document: items, beyond_capacity, seed, subjects, not_eligible, prompt_tokens, completion_tokens, \
cost_usd, judge_tokens, to_ask (items, prompt_tokens, completion_tokens, cost_usd of what is left), preview, new, \
again, valid, given_up, stale, others (valid items outside this plan). --items prints one line per item instead: \
state, id, subject.

Weights and quotas (here or under `homework:` in provost.yaml, where levels can have weights too) decide how many \
items a branch gets, never which ones, so existing items stay valid. --balance compares each branch's share of the \
items, planned and existing, with its target share if every subject could take part; with --json the document has \
`balance` too.

Examples:
  provost plan --per-subject 20
  provost plan natural-sciences --count 500 --preview 3
  provost plan --per-subject 20 --items | grep -v '^valid'
  provost plan --count 5000 --weight formal-sciences=2 --quota natural-sciences/physics=500
  provost plan --count 5000 --shard 0/8 --items     what falls to the first of eight machines
  provost plan --balance                   which branches get more or less than their share

Exit codes: 0 done, 2 no such node")]
pub struct PlanCommand {
    #[command(flatten)]
    wanted: Wanted,
    /// Number of draws to preview: what the first items would be about
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    preview: usize,
    /// One JSON document
    #[arg(long)]
    json: bool,
    /// List every item: its state, id and subject
    #[arg(long, conflicts_with_all = ["preview"])]
    items: bool,
    /// Show each field and discipline with its share of the items and the target share
    #[arg(long, conflicts_with_all = ["preview", "items"])]
    balance: bool,
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
    #[serde(skip)]
    language: String,
    /// Not known without a model.
    #[serde(flatten)]
    changes: Option<Counts>,
    /// The same in words.
    #[serde(skip)]
    compared: Option<String>,
    stale: Vec<plan_changes::Stale>,
    #[serde(skip_serializing_if = "Option::is_none")]
    others: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remarks: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    balance: Option<Vec<plan_balance::Row>>,
    /// Those of the sums that are for the judge.
    judge_tokens: u64,
    /// What is left to ask for, and what it would take; not known without a model.
    #[serde(skip_serializing_if = "Option::is_none")]
    to_ask: Option<ToAsk>,
    #[serde(skip)]
    unpriced: String,
}

#[derive(Serialize)]
struct ToAsk {
    items: u64,
    prompt_tokens: u64,
    completion_tokens: u64,
    cost_usd: Option<f64>,
}

#[derive(Serialize)]
struct Subject {
    id: NodeId,
    path: String,
    items: u64,
    capacity: u64,
    #[serde(flatten)]
    changes: Option<Counts>,
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
    question_type: QuestionType,
    language: String,
    sessions: Vec<Untrusted>,
    concepts: Vec<Untrusted>,
    /// Titles of the documents that ground it; how many of them are not whole in the prompt.
    documents: Vec<Untrusted>,
    documents_cut: usize,
}

impl PlanCommand {
    /// Runs the command.
    ///
    /// # Errors
    /// There is no such node, or a prompt of the directory cannot be used.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let ground = Ground::of(console, &self.model)?;
        let snapshot = &*ground.snapshot;
        let request = self.wanted.request(snapshot)?;
        let means = block_on(async { Ok(ground.means_asking(Asks::Near).await) })?;
        let is_known = means.is_ok();
        let (plan, prices, judged, unpriced) = match means {
            Ok(means) => {
                money::remarks(&means.priced()).iter().for_each(|remark| console.out.note(&format!("note: {remark}")));
                let unpriced = money::unknown(&means.priced());
                (means.plan(snapshot, &request), means.prices, means.judge().is_some(), unpriced)
            }
            Err(why) => {
                console.out.note(&format!("note: {why}"));
                let plan = plan_without_models(snapshot, &request, &ground.prompts);
                (plan, Prices::default(), ground.defaults().judge, money::unknown(&[]))
            }
        };
        let plan = self.wanted.part(plan);
        let changes = Changes::of(&plan, snapshot, &ground.runs)?;
        if self.items {
            let changes = Known { changes: &changes, is_known };
            return plan_changes::print_items(console.out, snapshot, &plan, changes, self.json);
        }
        plan.remarks.iter().for_each(|remark| console.out.note(&format!("note: {remark}")));
        let estimate = estimate(&plan, &ground.prompts, &prices, judged)?;
        let known = Known { changes: &changes, is_known };
        let mut document = Document::of(snapshot, &plan, estimate, self.preview, known);
        document.unpriced = unpriced;
        if self.balance {
            let rows = plan_balance::rows(snapshot, &plan, Some(&changes).filter(|_| is_known));
            if !self.json {
                return plan_balance::print(console.out, &rows);
            }
            document.balance = Some(rows);
        }
        if self.json { console.out.json(&document) } else { document.print(console) }
    }
}

impl Document {
    fn of(snapshot: &Snapshot, plan: &Plan, estimate: Estimate, preview: usize, known: Known<'_>) -> Self {
        let Known { changes, is_known } = known;
        let to_ask = estimate.part(changes.total().to_ask());
        let path = |id| locate::path(snapshot, id);
        let subjects = plan.subjects.iter().zip(&changes.subjects).map(|(subject, changes)| Subject {
            id: subject.id(),
            path: path(subject.id()),
            items: subject.quota,
            capacity: subject.capacity,
            changes: is_known.then_some(*changes),
        });
        let not_eligible = plan.ineligible.iter();
        let shown = |item: PlannedItem| {
            let subject = &plan.subjects[item.subject];
            let passages = plan.passages(&item);
            Preview {
                item: item.id,
                path: path(subject.id()),
                question_type: item.form.question_type,
                language: plan.language(item.form).to_owned(),
                sessions: subject.drawn_sessions(&item.draw).iter().map(|session| session.title.clone()).collect(),
                concepts: subject.drawn_concepts(&item.draw).iter().map(|(_, concept)| (*concept).clone()).collect(),
                documents: passages.excerpts.into_iter().map(|excerpt| excerpt.title.into()).collect(),
                documents_cut: passages.cut,
            }
        };
        // One subject after the other, so that the first few show the range of what would be made.
        let (mut each, mut in_turn) = (Vec::new(), Vec::new());
        for mut items in (0..plan.subjects.len()).map(|at| plan.items_of(at)) {
            if in_turn.len() >= preview {
                break;
            }
            if let Some(first) = items.next() {
                in_turn.push(first);
                each.push(items);
            }
        }
        while in_turn.len() < preview && !each.is_empty() {
            each.retain_mut(|items| items.next().map(|item| in_turn.push(item)).is_some());
        }
        Self {
            items: plan.total(),
            beyond_capacity: plan.beyond_capacity(),
            seed: plan.request.seed,
            subjects: subjects.collect(),
            not_eligible: not_eligible.map(|(id, reason)| NotEligible { id: *id, path: path(*id), reason }).collect(),
            prompt_tokens: estimate.tokens().prompt_tokens,
            completion_tokens: estimate.tokens().completion_tokens,
            cost_usd: estimate.cost_usd,
            preview: in_turn.into_iter().take(preview).map(shown).collect(),
            language: plan.recipe.language.clone(),
            changes: is_known.then(|| changes.total()),
            compared: known.words(),
            stale: plan_changes::stale(snapshot, changes),
            others: is_known.then_some(changes.others),
            remarks: plan.remarks.clone(),
            balance: None,
            judge_tokens: estimate.judge.prompt_tokens + estimate.judge.completion_tokens,
            to_ask: is_known.then(|| ToAsk {
                items: to_ask.items,
                prompt_tokens: to_ask.tokens().prompt_tokens,
                completion_tokens: to_ask.tokens().completion_tokens,
                cost_usd: to_ask.cost_usd,
            }),
            unpriced: String::new(),
        }
    }

    fn print(&self, console: &mut Console<'_>) -> Result<(), AppError> {
        let out = &mut *console.out;
        let (is_known, sum) = (self.changes.is_some(), self.changes.unwrap_or_default());
        let (again, given_up) = (sum.again > 0, sum.given_up > 0);
        let columns = [("new", is_known), ("again", again), ("valid", is_known), ("given up", given_up)];
        let shown: Vec<usize> = (0..columns.len()).filter(|at| columns[*at].1).collect();
        let mut heading = vec!["subject", "items"];
        heading.extend(shown.iter().map(|at| columns[*at].0));
        heading.push("possible draws");
        let right: Vec<usize> = (1..heading.len()).collect();
        let mut table = Table::with_heading(&heading).right(&right);
        for subject in &self.subjects {
            let Counts { new, again, valid, given_up } = subject.changes.unwrap_or_default();
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
            let form = match (item.question_type, item.language.as_str()) {
                (QuestionType::Open, language) if language == self.language => String::new(),
                (kind, language) if language == self.language => format!(" [{kind}]"),
                (kind, language) => format!(" [{kind}, {}]", Untrusted::from(language).line()),
            };
            out.line(&format!("{}{form}: {} -> {}", item.path, join(&item.sessions), join(&item.concepts)))?;
            if !item.documents.is_empty() {
                let cut = match item.documents_cut {
                    0 => "whole".to_owned(),
                    cut => format!("{} not whole", count(cut, "document", "documents")),
                };
                out.line(&format!("  grounded in {} ({cut})", join(&item.documents)))?;
            }
        }
        if self.beyond_capacity > 0 {
            let number = grouped(self.beyond_capacity);
            out.line(&format!("{number} more were asked for than the syllabi have different draws for."))?;
        }
        let items = count(self.items as usize, "item", "items");
        let subjects = count(self.subjects.len(), "subject", "subjects");
        let cost = |usd: Option<f64>| match usd {
            Some(usd) => format!("about {}", dollars(usd)),
            None => format!("cost not known ({})", self.unpriced),
        };
        let tokens = |sent, received| format!("about {} tokens sent, {} received", grouped(sent), grouped(received));
        let (all, all_cost) = (tokens(self.prompt_tokens, self.completion_tokens), cost(self.cost_usd));
        let judged = match self.judge_tokens {
            0 => String::new(),
            tokens => format!(", of them {} for the judge", grouped(tokens)),
        };
        out.line(&format!("{items} of {subjects}, seed {}; {all}{judged}; {all_cost}.", self.seed))?;
        self.compared.iter().try_for_each(|compared| out.line(&format!("{compared}.")))?;
        if self.items == 0 && self.not_eligible.is_empty() {
            out.note(
                "next: accept subjects and their syllabi; `provost propose /` and `provost import FILE` propose some",
            );
        }
        let Some(left) = &self.to_ask else { return Ok(()) };
        if left.items == self.items || left.items == 0 {
            return Ok(());
        }
        let (tokens, cost) = (tokens(left.prompt_tokens, left.completion_tokens), cost(left.cost_usd));
        let items = count(left.items as usize, "item", "items");
        out.line(&format!("the {items} to ask for: {tokens}; {cost}."))
    }
}
