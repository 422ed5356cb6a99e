//! [`Figures`] as charts: what is shown, in which order, with which words. Terminal, screen and report paint the same.

use super::glyphs::{Glyphs, Graph, Line, Tone, round_up};
use super::words::{decimal, grouped, per_mille_of, percent, shortened};
use super::{Branch, Count, Fault, Figures, Lengths, Reach, Spread, share, total};
use crate::homework::dataset::Standing;
use crate::taxonomy::Kind;

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
    /// One bar a row, all on one scale that starts at zero.
    Bars(Vec<Bar>),
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
        charts.push(self.token_chart());
        charts.extend(counts("Class sessions of a question", &self.strategies, |name| match name {
            "1" => "one session (strategy 1)".to_owned(),
            "2" => "two sessions (strategy 2)".to_owned(),
            other => other.to_owned(),
        }));
        charts.extend(counts("Key concepts of a question", &self.concepts, str::to_owned));
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
        Chart { title: "What becomes of the items", body: Body::Bars(bars.collect()), remark: None }
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
            if hidden > 0 { format!(" ({} subjects have none)", grouped(hidden)) } else { String::new() }
        );
        let mut charts =
            vec![Chart { title: "Coverage by branch", body: Body::Bars(bars.collect()), remark: Some(remark) }];
        let levels: Vec<_> = coverage.levels.iter().filter(|level| level.reach.ready > 0).collect();
        if levels.len() > 1 {
            let most = levels.iter().map(|level| level.reach.kept).max().unwrap_or(0);
            let name = |name: String| if name.is_empty() { "no level".to_owned() } else { name };
            let bars = levels.iter().map(|level| bar(name(level.level.line().into_owned()), 0, &level.reach, most));
            charts.push(Chart { title: "Coverage by level", body: Body::Bars(bars.collect()), remark: None });
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
        let shares = repeats.windows.iter().map(|window| (window.up_to, window.share())).collect();
        let said = format!(
            "Of the first {} items {} repeat an earlier question, of the last {} {}.",
            grouped(first.items),
            percent(first.share()),
            grouped(last.items),
            percent(last.share())
        );
        let together = format!("{} word for word, {} nearly.", grouped(repeats.exact), grouped(repeats.near));
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
        vec![
            Chart {
                title: "Questions that repeat an earlier one, over time",
                body: Body::Shares(shares),
                remark: Some(format!("{said} Together: {together}")),
            },
            Chart { title: "Different questions and runs of three words", body: Body::Rows(rows), remark: heaps },
        ]
    }

    fn runs_before(&self, window: usize) -> u64 {
        window.checked_sub(1).and_then(|at| self.repeats.windows.get(at)).map_or(0, |window| window.runs)
    }

    fn fault_chart(&self) -> Option<Chart> {
        let most = self.faults.iter().map(|fault| fault.tries).max()?;
        let bar = |fault: &Fault| Bar {
            label: format!("{} ({})", fault.code, fault.step),
            depth: 0,
            part: fault.tries as f64 / most.max(1) as f64,
            text: format!("{:>7} tries {:>7} items left out", grouped(fault.tries), grouped(fault.items)),
        };
        let remark = "Checks, then classes of replies. A try with two faults counts for both.".to_owned();
        let bars = self.faults.iter().map(bar).collect();
        Some(Chart { title: "What failed", body: Body::Bars(bars), remark: Some(remark) })
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
            let (asked, served) = (model.model.line(), model.served.line());
            let name =
                if served.is_empty() || served == asked { asked.into_owned() } else { format!("{asked} ({served})") };
            let prompt = shortened(&model.prompt);
            rows.push(vec![model.step.to_owned(), name, prompt, grouped(model.calls), model.sampling.clone()]);
        }
        (rows.len() > 1).then_some(Chart { title: "Models and prompts", body: Body::Rows(rows), remark: None })
    }
}

fn reached(reach: &Reach) -> String {
    let concepts = share(reach.concepts_reached, reach.concepts).unwrap_or(0.0);
    format!(
        "{:>8} {:>11} {:>6}",
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
            label: name(&count.name),
            depth: 0,
            part,
            text: format!("{:>9} {:>7}", grouped(count.items), percent(part)),
        }
    };
    (!counts.is_empty()).then(|| Chart { title, body: Body::Bars(counts.iter().map(bar).collect()), remark: None })
}

/// Cells of a label, at most.
const LABEL: usize = 30;

impl Chart {
    /// The chart as lines of at most `width` cells, its title first.
    #[must_use]
    pub fn lines(&self, width: usize, glyphs: Glyphs) -> Vec<Line> {
        let mut lines: Vec<Line> = vec![vec![(Tone::Strong, self.title.to_owned())]];
        lines.extend(self.body.lines(width, glyphs));
        for remark in self.remark.iter().flat_map(|remark| wrapped(remark, width)) {
            lines.push(vec![(Tone::Faint, glyphs.fit(&remark, width).trim_end().to_owned())]);
        }
        lines
    }
}

impl Body {
    fn lines(&self, width: usize, glyphs: Glyphs) -> Vec<Line> {
        match self {
            Self::Facts(facts) => facts
                .iter()
                .map(|(name, text)| {
                    vec![
                        (Tone::Faint, glyphs.fit(name, 28)),
                        (Tone::Plain, glyphs.fit(text, width - 28).trim_end().to_owned()),
                    ]
                })
                .collect(),
            Self::Bars(bars) => bar_lines(bars, width, glyphs),
            Self::Spread(spread, of) => spread_lines(spread, of, width, glyphs),
            Self::Shares(shares) => share_lines(shares, width, glyphs),
            Self::Rows(rows) => row_lines(rows, width, glyphs),
        }
    }
}

fn bar_lines(bars: &[Bar], width: usize, glyphs: Glyphs) -> Vec<Line> {
    let labels = bars.iter().map(|bar| bar.depth * 2 + bar.label.chars().count()).max().unwrap_or(0);
    let texts = bars.iter().map(|bar| bar.text.chars().count()).max().unwrap_or(0);
    // Words give way to the bar, numbers do not.
    let label = labels.min(LABEL.max(width / 3));
    let text = texts.min(width.saturating_sub(label + 12));
    let room = width.saturating_sub(label + text + 2).clamp(4, 60);
    let line = |bar: &Bar| {
        let name = format!("{}{}", " ".repeat(bar.depth * 2), bar.label);
        vec![
            (Tone::Plain, format!("{} ", glyphs.fit(&name, label))),
            (Tone::Bar, glyphs.bar(bar.part, room)),
            (Tone::Plain, format!(" {}", glyphs.fit(&bar.text, text).trim_end())),
        ]
    };
    bars.iter().map(line).collect()
}

fn spread_lines(spread: &Spread, of: &str, width: usize, glyphs: Glyphs) -> Vec<Line> {
    let numbers: Vec<f64> = spread.bins.iter().map(|bin| bin.count as f64).collect();
    let most = round_up(numbers.iter().copied().fold(0.0, f64::max));
    let step = spread.bins.len().div_ceil(5).max(1);
    let marks: Vec<(usize, String)> = spread
        .bins
        .iter()
        .enumerate()
        .filter(|(at, bin)| at % step == 0 || bin.to.is_none())
        .map(|(at, bin)| (at, if bin.to.is_none() { format!("{}+", grouped(bin.from)) } else { grouped(bin.from) }))
        .collect();
    let graph = Graph { numbers, most, top: grouped(most as u64), marks: &marks };
    let mut lines = glyphs.graph(&graph, width.min(72), 5);
    let said = format!(
        "{of}: half at most {}; the middle nine tenths {} to {}; all {} to {}; mean {}",
        grouped(spread.median),
        grouped(spread.p5),
        grouped(spread.p95),
        grouped(spread.least),
        grouped(spread.most),
        decimal(spread.mean)
    );
    lines.extend(wrapped(&said, width).into_iter().map(|said| vec![(Tone::Plain, said)]));
    lines
}

fn share_lines(shares: &[(u64, f64)], width: usize, glyphs: Glyphs) -> Vec<Line> {
    let numbers: Vec<f64> = shares.iter().map(|(_, share)| *share).collect();
    let most = round_up(numbers.iter().copied().fold(0.001, f64::max)).min(1.0);
    let last = shares.len().saturating_sub(1);
    let step = shares.len().div_ceil(5).max(1);
    let mark = |(at, (up_to, _)): (usize, &(u64, f64))| (at, grouped(*up_to));
    let marks: Vec<_> =
        shares.iter().enumerate().map(mark).filter(|(at, _)| (last - at).is_multiple_of(step)).collect();
    let top = per_mille_of(most);
    glyphs.graph(&Graph { numbers, most, top, marks: &marks }, width.min(72), 5)
}

fn row_lines(rows: &[Vec<String>], width: usize, glyphs: Glyphs) -> Vec<Line> {
    use unicode_width::UnicodeWidthStr as _;
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let is_number = |column: usize| {
        rows.iter().skip(1).all(|row| row.get(column).is_none_or(|cell| cell.starts_with(|c: char| c.is_ascii_digit())))
    };
    let wide =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0);
    let line = |(number, row): (usize, &Vec<String>)| {
        let mut text = String::new();
        for (column, cell) in row.iter().enumerate() {
            let room = wide(column).min(36);
            let gap = " ".repeat(room.saturating_sub(cell.width()));
            let fitted = glyphs.fit(cell, room);
            text.push_str(&if is_number(column) { format!("{gap}{}", fitted.trim_end()) } else { fitted });
            text.push_str(if column + 1 < columns { "  " } else { "" });
        }
        let tone = if number == 0 { Tone::Faint } else { Tone::Plain };
        vec![(tone, glyphs.fit(text.trim_end(), width).trim_end().to_owned())]
    };
    rows.iter().enumerate().map(line).collect()
}

/// Text in lines of at most `width` cells, broken between words.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    use unicode_width::UnicodeWidthStr as _;
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().filter(|line| line.is_empty() || line.width() + 1 + word.width() <= width);
        match line {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) => line.extend([" ", word]),
            None => lines.push(word.to_owned()),
        }
    }
    lines
}
