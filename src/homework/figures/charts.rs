//! [`Figures`] as charts: what is shown, in which order, with which words. Terminal, screen and report paint the same.

use super::words::{decimal, grouped, percent, shortened};
use super::{Branch, Count, Fault, Figures, Lengths, Reach, Spread, share, total};
use crate::homework::dataset::Standing;
use crate::taxonomy::Kind;
use crate::taxonomy::text::reveal_line;

/// One chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// Its heading.
    pub title: &'static str,
    /// What is in it.
    pub body: Body,
    /// What to know when reading it.
    pub remark: Option<String>,
}

/// What is in a chart.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Words and numbers.
    Facts(Vec<(&'static str, String)>),
    /// What stands above the texts, if anything; one bar a row, all on one scale that starts at zero.
    Bars(&'static str, Vec<Bar>),
    /// How numbers are spread; the text says what is counted.
    Spread(Spread, &'static str),
    /// Shares of equal windows, from 0; below each end stands how many items there were.
    Shares(Vec<(u64, f64)>),
    /// Rows of text; the first row is a heading.
    Rows(Vec<Vec<String>>),
}

/// One bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// What it is about; text from outside, already revealed.
    pub label: String,
    /// How deep it is set in.
    pub depth: usize,
    /// Its length, as a part of the scale.
    pub part: f64,
    /// What is written beside it.
    pub text: String,
}

const OVER_TIME: &str = "Questions that repeat an earlier one, over time";

/// Branches of one chart, at most; the report shows them all.
const BRANCHES: usize = 40;

impl Figures {
    /// All charts that have something to show.
    #[must_use]
    pub fn charts(&self) -> Vec<Chart> {
        let mut charts = vec![self.summary(), self.standing()];
        charts.extend(self.coverage_charts());
        charts.extend(lengths("Length of questions", &self.questions));
        charts.extend(lengths("Length of answers", &self.answers));
        charts.extend(self.repeat_charts());
        charts.extend(self.fault_chart());
        charts.extend(self.judge_chart());
        charts.extend(self.verdict_chart());
        charts.push(self.token_chart());
        charts.extend(counts("Class sessions of a question", &self.strategies, |name| match name {
            "1" => "one session (strategy 1)".to_owned(),
            "2" => "two sessions (strategy 2)".to_owned(),
            other => other.to_owned(),
        }));
        charts.extend(counts("Key concepts of a question", &self.concepts, str::to_owned));
        charts.extend(counts("Types of question", &self.types, str::to_owned));
        charts.extend(counts("Languages", &self.languages, str::to_owned));
        charts.extend(counts("Overlaps, by file", &self.overlaps, str::to_owned));
        charts.extend(self.model_chart());
        charts
    }

    /// The few numbers that stand above everything.
    #[must_use]
    pub fn summary(&self) -> Chart {
        let kept = self.of(Standing::Kept);
        let all = self.coverage.all;
        let of = |part: u64, of: u64| match share(part, of) {
            Some(share) => format!("{} of {} ({})", grouped(part), grouped(of), percent(share)),
            None => grouped(part),
        };
        let mut facts = vec![
            ("in the training set", of(kept, self.items)),
            ("held out", grouped(self.of(Standing::HeldOut))),
            ("subjects reached", of(all.reached, all.ready)),
            ("class sessions reached", of(all.sessions_reached, all.sessions)),
            ("key concepts reached", of(all.concepts_reached, all.concepts)),
        ];
        if all.looked_at > 0 {
            facts.push(("found good by people", of(all.found_good, all.looked_at)));
        }
        if all.judged > 0 {
            facts.push(("found good by the judge", of(all.judged_good, all.judged)));
        }
        if let (Some(first), Some(last)) = (self.first, self.last) {
            facts.push((
                "made",
                format!("{} to {}", first.strftime("%Y-%m-%d %H:%M"), last.strftime("%Y-%m-%d %H:%M UTC")),
            ));
        }
        let remark =
            (self.damaged > 0).then(|| format!("{} lines of segments could not be read.", grouped(self.damaged)));
        Chart { title: "Homework", body: Body::Facts(facts), remark }
    }

    fn standing(&self) -> Chart {
        let bars = self.standings.iter().map(|(standing, items)| {
            let part = share(*items, self.items).unwrap_or(0.0);
            let text = format!("{:>9} {:>7}  {}", grouped(*items), percent(part), standing.meaning());
            Bar { label: standing.code().to_owned(), depth: 0, part, text }
        });
        Chart { title: "What becomes of the items", body: Body::Bars("", bars.collect()), remark: None }
    }

    fn coverage_charts(&self) -> Vec<Chart> {
        let coverage = &self.coverage;
        if coverage.all.ready == 0 {
            return Vec::new();
        }
        let mut shown: Vec<&Branch> = Vec::new();
        // As deep as fits, whole levels only.
        for depth in 0..4 {
            let level =
                |branch: &&Branch| branch.depth <= depth && branch.kind != Kind::Subject && branch.reach.ready > 0;
            let next: Vec<&Branch> = coverage.branches.iter().filter(level).collect();
            if depth > 0 && next.len() > BRANCHES {
                break;
            }
            shown = next;
        }
        let bar = |name: String, depth: usize, reach: &Reach, most: u64| Bar {
            label: name,
            depth,
            part: reach.kept as f64 / most.max(1) as f64,
            text: reached(reach),
        };
        let most = shown.iter().map(|branch| branch.reach.kept).max().unwrap_or(0);
        let bars = shown.iter().map(|branch| bar(branch.name.line().into_owned(), branch.depth, &branch.reach, most));
        let hidden = coverage.all.subjects - coverage.all.ready;
        let remark = format!(
            "Kept items; subjects and key concepts with one, of those with an accepted syllabus{}.",
            match hidden {
                0 => String::new(),
                1 => " (1 subject has none)".to_owned(),
                many => format!(" ({} subjects have none)", grouped(many)),
            }
        );
        let mut charts = vec![Chart {
            title: "Coverage by branch",
            body: Body::Bars(REACHED, bars.collect()),
            remark: Some(remark),
        }];
        let levels: Vec<_> = coverage.levels.iter().filter(|level| level.reach.ready > 0).collect();
        if levels.len() > 1 {
            let most = levels.iter().map(|level| level.reach.kept).max().unwrap_or(0);
            let name = |name: String| if name.is_empty() { "no level".to_owned() } else { name };
            let bars = levels.iter().map(|level| bar(name(level.level.line().into_owned()), 0, &level.reach, most));
            charts.push(Chart { title: "Coverage by level", body: Body::Bars(REACHED, bars.collect()), remark: None });
        }
        let spread = |title, spread: &Option<Spread>, of, remark| {
            let body = Body::Spread(spread.clone()?, of);
            Some(Chart { title, body, remark })
        };
        charts.extend(spread("Kept items of a subject", &coverage.per_subject, "items", None));
        let never = coverage.all.concepts - coverage.all.concepts_reached;
        let some: Vec<String> =
            coverage.never_drawn.iter().take(3).map(|never| format!("\"{}\"", never.concept.line())).collect();
        let remark = match (never, some.is_empty()) {
            (0, _) => "Every key concept was drawn.".to_owned(),
            (never, true) => format!("{} key concepts were never drawn.", grouped(never)),
            (never, false) => format!("{} were never drawn, such as {}.", grouped(never), some.join(", ")),
        };
        charts.extend(spread("How often a key concept was drawn", &coverage.per_concept, "times", Some(remark)));
        charts
    }

    fn repeat_charts(&self) -> Vec<Chart> {
        let repeats = &self.repeats;
        let (Some(first), Some(last)) = (repeats.windows.first(), repeats.windows.last()) else { return Vec::new() };
        if repeats.exact + repeats.near == 0 {
            let none = vec![("repeat an earlier question", format!("none of {} items", grouped(repeats.items)))];
            return vec![Chart { title: OVER_TIME, body: Body::Facts(none), remark: None }, self.growth_chart()];
        }
        let shares = repeats.windows.iter().map(|window| (window.up_to, window.share())).collect();
        let said = format!(
            "Of the first {} items {} repeat an earlier question, of the last {} {}.",
            grouped(first.items),
            percent(first.share()),
            grouped(last.items),
            percent(last.share())
        );
        let together = format!("{} word for word, {} nearly.", grouped(repeats.exact), grouped(repeats.near));
        vec![
            Chart {
                title: OVER_TIME,
                body: Body::Shares(shares),
                remark: Some(format!("{said} Together: {together}")),
            },
            self.growth_chart(),
        ]
    }

    fn growth_chart(&self) -> Chart {
        let repeats = &self.repeats;
        let mut rows = vec![["items", "questions", "three words", "new in a window"].map(str::to_owned).to_vec()];
        let step = repeats.windows.len().div_ceil(5).max(1);
        let mut before = 0;
        for (at, window) in repeats.windows.iter().enumerate() {
            if (at + 1) % step == 0 || at + 1 == repeats.windows.len() {
                let new = share(window.different_runs - before, window.runs - self.runs_before(at)).unwrap_or(0.0);
                let row = [window.up_to, window.questions, window.different_runs].map(grouped);
                rows.push(row.into_iter().chain([percent(new)]).collect());
            }
            before = window.different_runs;
        }
        let heaps = repeats.heaps.map(|heaps| {
            format!(
                "Different runs of three words grow as all of them to the power {} (1: all is new, 0: nothing is).",
                decimal(heaps.exponent)
            )
        });
        Chart { title: "Different questions and runs of three words", body: Body::Rows(rows), remark: heaps }
    }

    fn runs_before(&self, window: usize) -> u64 {
        window.checked_sub(1).and_then(|at| self.repeats.windows.get(at)).map_or(0, |window| window.runs)
    }

    fn fault_chart(&self) -> Option<Chart> {
        let most = self.faults.iter().map(|fault| fault.tries).max()?;
        let bar = |fault: &Fault| Bar {
            label: reveal_line(&fault.name()).into_owned(),
            depth: 0,
            part: fault.tries as f64 / most.max(1) as f64,
            text: format!("{:>8} {:>9}", grouped(fault.tries), grouped(fault.items)),
        };
        let remark =
            "Tries, and items left out. Checks first, then classes of replies; a try with two faults counts for both."
                .to_owned();
        let bars = self.faults.iter().map(bar).collect();
        Some(Chart { title: "What failed", body: Body::Bars(FAILED, bars), remark: Some(remark) })
    }

    fn judge_chart(&self) -> Option<Chart> {
        let judge = &self.judge;
        if judge.items == 0 {
            return None;
        }
        let names = ["question 0", "question 1", "pair 1", "pair 2", "pair 3"];
        let numbers = judge.questions.iter().chain(&judge.pairs);
        let bars = names.into_iter().zip(numbers).map(|(name, items)| {
            let part = share(*items, judge.items).unwrap_or(0.0);
            let text = format!("{:>9} {:>7}", grouped(*items), percent(part));
            Bar { label: name.to_owned(), depth: 0, part, text }
        });
        let mut remark = format!(
            "Of {} judged items {} are kept: question 1, pair 2 or 3.",
            grouped(judge.items),
            percent(share(judge.good, judge.items).unwrap_or(0.0))
        );
        if judge.without > 0 {
            remark.push_str(&format!(" {} more got no whole verdict.", grouped(judge.without)));
        }
        Some(Chart { title: "What the judge says", body: Body::Bars("", bars.collect()), remark: Some(remark) })
    }

    fn verdict_chart(&self) -> Option<Chart> {
        let verdicts = &self.verdicts;
        let (low, high) = verdicts.interval?;
        let kinds = verdicts.kinds();
        let all: u64 = kinds.iter().map(|(_, items)| items).sum();
        let bars = kinds.into_iter().map(|(name, items)| {
            let part = share(items, all).unwrap_or(0.0);
            let text = format!("{:>9} {:>7}", grouped(items), percent(part));
            Bar { label: name.to_owned(), depth: 0, part, text }
        });
        let remark = format!("Of everything {} to {} are good (95 %, Wilson).", percent(low), percent(high));
        Some(Chart {
            title: "What people say of the sample",
            body: Body::Bars("", bars.collect()),
            remark: Some(remark),
        })
    }

    fn token_chart(&self) -> Chart {
        let tokens = &self.tokens;
        let both = |usage: crate::llm::Usage| {
            format!("{} sent, {} received", grouped(usage.prompt_tokens), grouped(usage.completion_tokens))
        };
        let mut facts = vec![("questions", both(tokens.questions)), ("answers", both(tokens.answers))];
        if total(tokens.judgements) > 0 {
            facts.push(("judgements", both(tokens.judgements)));
        }
        if let Some(each) = tokens.per_item() {
            facts.push(("for each item that is used", format!("{} tokens", grouped(each.round() as u64))));
        }
        if let Some(lost) = tokens.lost() {
            facts.push(("spent on what is not used", percent(lost)));
        }
        facts.push(("requests", grouped(tokens.requests)));
        let remark = (tokens.uncounted > 0)
            .then(|| format!("The server did not count the tokens of {} calls.", grouped(tokens.uncounted)));
        Chart { title: "Tokens", body: Body::Facts(facts), remark }
    }

    fn model_chart(&self) -> Option<Chart> {
        let mut rows = vec![["step", "model", "prompt", "calls", "parameters"].map(str::to_owned).to_vec()];
        for model in &self.models {
            let asked = model.model.line();
            let others: Vec<_> =
                model.served.iter().filter(|name| **name != model.model).map(|name| name.line()).collect();
            let name = if others.is_empty() { asked.into_owned() } else { format!("{asked} ({})", others.join(", ")) };
            let prompt = shortened(&model.prompt);
            rows.push(vec![model.step.to_owned(), name, prompt, grouped(model.calls), model.sampling.clone()]);
        }
        (rows.len() > 1).then_some(Chart { title: "Models and prompts", body: Body::Rows(rows), remark: None })
    }
}

/// What stands above [`reached`].
const REACHED: &str = "    kept    subjects concepts";
/// What stands above the numbers of faults.
const FAILED: &str = "   tries  left out";

fn reached(reach: &Reach) -> String {
    let concepts = share(reach.concepts_reached, reach.concepts).unwrap_or(0.0);
    format!(
        "{:>8} {:>11} {:>8}",
        grouped(reach.kept),
        format!("{}/{}", grouped(reach.reached), grouped(reach.ready)),
        percent(concepts)
    )
}

fn lengths(title: &'static str, lengths: &Lengths) -> Option<Chart> {
    let characters = lengths.characters.as_ref().map(|characters| {
        let (least, most) = (grouped(characters.least), grouped(characters.most));
        format!("In characters: {least} to {most}, half at most {}.", grouped(characters.median))
    });
    Some(Chart { title, body: Body::Spread(lengths.words.clone()?, "words"), remark: characters })
}

fn counts(title: &'static str, counts: &[Count], name: fn(&str) -> String) -> Option<Chart> {
    let all: u64 = counts.iter().map(|count| count.items).sum();
    let bar = |count: &Count| {
        let part = share(count.items, all).unwrap_or(0.0);
        Bar {
            label: reveal_line(&name(&count.name)).into_owned(),
            depth: 0,
            part,
            text: format!("{:>9} {:>7}", grouped(count.items), percent(part)),
        }
    };
    (!counts.is_empty()).then(|| Chart { title, body: Body::Bars("", counts.iter().map(bar).collect()), remark: None })
}
