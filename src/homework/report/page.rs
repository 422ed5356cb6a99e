//! The page: what stands where.

use super::html::Html;
use super::parts::{self, REACH, bar, counts, end, heading, lengths, number, part, section, tile};
use super::{Report, map, svg};
use crate::homework::dataset::Standing;
use crate::homework::figures::words::{decimal, grouped, percent, shortened};
use crate::homework::figures::{Branch, Figures, Run, share, total};
use crate::homework::record::Record;
use crate::llm::Usage;
use crate::taxonomy::Kind;

const STYLE: &str = include_str!("style.css");
/// No script, no form, nothing from elsewhere; the style is in the page.
const POLICY: &str = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">";
/// Subjects in the table of subjects, at most.
const SUBJECTS: usize = 2_000;
/// Characters of a question or an answer, at most.
const TEXT: usize = 6_000;

pub(super) fn page(report: &Report<'_>) -> String {
    let figures = report.figures;
    let html = &mut Html::default();
    html.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n").raw(POLICY);
    html.raw("\n<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">");
    html.raw("<meta name=\"color-scheme\" content=\"light dark\"><meta name=\"referrer\" content=\"no-referrer\">");
    html.raw("<title>Homework report: ")
        .text(&figures.title.line())
        .raw("</title>\n<style>\n")
        .raw(STYLE)
        .raw("</style>\n</head>\n<body>\n");
    top(html, report);
    html.raw("<main>");
    if figures.coverage.all.concepts > 0 {
        section(html, "<h2 id=\"map\">", "The taxonomy");
        html.raw("<p class=\"soft\">Each rectangle is as large as it has key concepts; what has no accepted syllabus is not drawn. Point at one for its numbers.</p>");
        map::draw(html, &figures.coverage);
        coverage(html, figures);
    }
    texts(html, figures);
    repeats(html, figures);
    outcomes(html, figures);
    tokens(html, report);
    sources(html, figures);
    items(html, report.items);
    reproduce(html, &figures.runs);
    html.raw("</main>\n<footer><p>Made by provost ").text(env!("CARGO_PKG_VERSION")).raw(" from ");
    html.text(&format!("{} records of {} items. ", grouped(figures.records), grouped(figures.items)));
    html.raw("What each figure means: <code>docs/statistics.md</code>. The same numbers for programs: <code>provost stats --homework --json</code>.</p>\n<p>");
    html.text(&format!("Written {}", report.written.strftime("%Y-%m-%d %H:%M UTC")))
        .raw("</p>\n</footer>\n</body>\n</html>\n");
    std::mem::take(html).finish()
}

fn top(html: &mut Html, report: &Report<'_>) {
    let figures = report.figures;
    html.raw("<header><h1>").text(&figures.title.line()).raw("</h1><p class=\"soft\">Homework report");
    if let (Some(first), Some(last)) = (figures.first, figures.last) {
        html.text(&format!(
            ": items made {} to {}",
            first.strftime("%Y-%m-%d %H:%M"),
            last.strftime("%Y-%m-%d %H:%M UTC")
        ));
    }
    html.text(&format!(", in {}", figures.language.line())).raw("</p><dl class=\"tiles\">");
    let (all, kept) = (figures.coverage.all, figures.of(Standing::Kept));
    let of = |part: u64, of: u64| match share(part, of) {
        Some(share) => format!("of {}, {}", grouped(of), percent(share)),
        None => String::new(),
    };
    tile(html, "in the training set", &grouped(kept), &of(kept, figures.items).replacen(", ", " items, ", 1));
    if figures.of(Standing::HeldOut) > 0 {
        tile(html, "held out", &grouped(figures.of(Standing::HeldOut)), "items for evaluation");
    }
    tile(html, "subjects reached", &grouped(all.reached), &of(all.reached, all.ready));
    tile(html, "class sessions reached", &grouped(all.sessions_reached), &of(all.sessions_reached, all.sessions));
    tile(html, "key concepts reached", &grouped(all.concepts_reached), &of(all.concepts_reached, all.concepts));
    if let Some(repeated) = share(figures.repeats.exact + figures.repeats.near, figures.repeats.items) {
        tile(
            html,
            "repeated questions",
            &percent(repeated),
            &format!("of {} whole items", grouped(figures.repeats.items)),
        );
    }
    if let Some(each) = figures.tokens.per_item() {
        let lost =
            figures.tokens.lost().map_or(String::new(), |lost| format!("{} spent on what is not used", percent(lost)));
        tile(html, "tokens for an item", &grouped(each.round() as u64), &lost);
    }
    if all.looked_at > 0 {
        tile(html, "found good by people", &grouped(all.found_good), &of(all.found_good, all.looked_at));
    }
    html.raw("</dl>");
    if figures.damaged > 0 {
        html.element(
            "<p><strong>",
            &grouped(figures.damaged),
            " lines of segments could not be read and are not counted.</strong></p>",
        );
    }
    html.raw("</header>\n");
}

fn coverage(html: &mut Html, figures: &Figures) {
    let coverage = &figures.coverage;
    section(html, "<h2 id=\"coverage\">", "Coverage");
    let hidden = coverage.all.subjects - coverage.all.ready;
    html.raw(
        "<p>Subjects and key concepts that an item of the training set draws on, of those with an accepted syllabus.",
    );
    if hidden > 0 {
        let subjects = if hidden == 1 { "subject has" } else { "subjects have" };
        html.text(&format!(" {} {subjects} none, or something open against it.", grouped(hidden)));
    }
    if coverage.elsewhere > 0 {
        html.text(&format!(" {} items are of subjects that are not taught any more.", grouped(coverage.elsewhere)));
    }
    html.raw("</p>");
    let shown = |branch: &&Branch| branch.reach.ready > 0 || branch.reach.items > 0;
    let (subjects, above): (Vec<&Branch>, Vec<&Branch>) =
        coverage.branches.iter().filter(shown).partition(|branch| branch.kind == Kind::Subject);
    table(html, "branch", &above);
    if !subjects.is_empty() {
        html.raw("<details><summary>")
            .text(&format!("The {} subjects one by one", grouped(subjects.len() as u64)))
            .raw("</summary>");
        table(html, "subject", &subjects[..subjects.len().min(SUBJECTS)]);
        if subjects.len() > SUBJECTS {
            let left = grouped((subjects.len() - SUBJECTS) as u64);
            html.element("<p class=\"soft\">", &left, " more are in the JSON.</p>");
        }
        html.raw("</details>");
    }
    let levels: Vec<_> = coverage.levels.iter().filter(|level| level.reach.ready > 0).collect();
    if levels.len() > 1 {
        html.raw("<h3>By level</h3><div class=\"scroll\">");
        heading(html, &[&["level"][..], &REACH].concat());
        let most = levels.iter().map(|level| level.reach.kept).max().unwrap_or(0);
        for level in levels {
            let name = level.level.line();
            html.element("<tr><td>", if name.is_empty() { "none" } else { &name }, "</td>");
            parts::reach(html, &level.reach, most);
            html.raw("</tr>");
        }
        end(html);
        html.raw("</div>");
    }
    html.raw("<div class=\"pair\">");
    for (spread, title, of) in [
        (&coverage.per_subject, "<figcaption>Kept items of a subject</figcaption>", "items"),
        (&coverage.per_concept, "<figcaption>How often a key concept was drawn</figcaption>", "times"),
    ] {
        if let Some(spread) = spread {
            html.raw("<figure>").raw(title);
            svg::histogram(html, spread, of);
            html.raw("</figure>");
        }
    }
    html.raw("</div>");
    let never = coverage.all.concepts - coverage.all.concepts_reached;
    if never > 0 && !coverage.never_drawn.is_empty() {
        html.raw("<details><summary>").text(&format!("{} key concepts were never drawn; some of them", grouped(never)));
        html.raw("</summary><ul>");
        for one in &coverage.never_drawn {
            let path: Vec<_> = one.path.iter().map(|name| name.line().into_owned()).collect();
            html.element("<li>", &one.concept.line(), " <span class=\"soft\">");
            html.text(&format!("{}, {}", path.join(" > "), one.session.0)).raw("</span></li>");
        }
        html.raw("</ul></details>");
    }
}

fn table(html: &mut Html, name: &'static str, branches: &[&Branch]) {
    let most = branches.iter().map(|branch| branch.reach.kept).max().unwrap_or(0);
    html.raw("<div class=\"scroll\">");
    heading(html, &[&[name][..], &REACH].concat());
    for branch in branches {
        html.raw(if branch.depth == 0 { "<tr class=\"top\">" } else { "<tr>" });
        let depth = if name == "subject" { 0 } else { branch.depth.min(3) };
        html.raw(["<td>", "<td class=\"d1\">", "<td class=\"d2\">", "<td class=\"d3\">"][depth]);
        html.text(&branch.name.line()).raw("</td>");
        parts::reach(html, &branch.reach, most);
        html.raw("</tr>");
    }
    end(html);
    html.raw("</div>");
}

fn texts(html: &mut Html, figures: &Figures) {
    if figures.questions.words.is_none() {
        return;
    }
    section(html, "<h2 id=\"texts\">", "Questions and answers");
    html.raw("<p class=\"soft\">Of the training set.</p><div class=\"pair\">");
    lengths(html, "Length of questions", &figures.questions);
    lengths(html, "Length of answers", &figures.answers);
    counts(html, "Class sessions of a question", &figures.strategies, |name| match name {
        "1" => "one session (strategy 1)".to_owned(),
        "2" => "two sessions (strategy 2)".to_owned(),
        other => other.to_owned(),
    });
    counts(html, "Key concepts of a question", &figures.concepts, str::to_owned);
    counts(html, "Types of question", &figures.types, str::to_owned);
    counts(html, "Languages", &figures.languages, str::to_owned);
    html.raw("</div>");
}

fn repeats(html: &mut Html, figures: &Figures) {
    let repeats = &figures.repeats;
    let (Some(first), Some(last)) = (repeats.windows.first(), repeats.windows.last()) else { return };
    section(html, "<h2 id=\"repeats\">", "Does it saturate?");
    html.raw("<p>");
    if repeats.exact + repeats.near == 0 {
        html.text(&format!("None of {} items repeats an earlier question.", grouped(repeats.items)));
    } else {
        html.text(&format!(
            "Of the first {} items {} repeat an earlier question, of the last {} {}. Of all {}, {} repeat one word for word and {} nearly.",
            grouped(first.items),
            percent(first.share()),
            grouped(last.items),
            percent(last.share()),
            grouped(repeats.items),
            grouped(repeats.exact),
            grouped(repeats.near)
        ));
    }
    if let Some(heaps) = repeats.heaps {
        html.text(&format!(
            " The number of different runs of three words grows as all of them to the power {} (1: all is new; 0: nothing is).",
            decimal(heaps.exponent)
        ));
    }
    html.raw("</p><div class=\"pair\">");
    if repeats.exact + repeats.near > 0 {
        html.raw("<figure><figcaption>Questions that repeat an earlier one</figcaption>");
        svg::shares(html, repeats);
        html.raw("<p class=\"key soft\"><i></i>word for word<i class=\"second\"></i>nearly</p></figure>");
    }
    html.raw("<figure><figcaption>Different questions</figcaption>");
    let points: Vec<(u64, u64)> = repeats.windows.iter().map(|window| (window.up_to, window.questions)).collect();
    svg::growth(html, "questions", &points);
    html.raw("</figure><figure><figcaption>Different runs of three words</figcaption>");
    let points: Vec<(u64, u64)> = repeats.windows.iter().map(|window| (window.runs, window.different_runs)).collect();
    svg::growth(html, "runs of three words", &points);
    html.raw("<p class=\"soft\">Dashed: if everything were different.");
    if repeats.counted_one_in > 1 {
        html.text(&format!(" One run in {} was counted, for all.", repeats.counted_one_in));
    }
    html.raw("</p></figure></div>");
}

fn outcomes(html: &mut Html, figures: &Figures) {
    section(html, "<h2 id=\"outcomes\">", "What was left out, and why");
    heading(html, &["", "items#", "", "share#", "meaning"]);
    for (standing, items) in &figures.standings {
        html.element("<tr><td>", standing.code(), "</td>");
        number(html, *items);
        bar(html, share(*items, figures.items).unwrap_or(0.0));
        part(html, share(*items, figures.items));
        html.element("<td>", standing.meaning(), "</td></tr>");
    }
    end(html);
    if !figures.faults.is_empty() {
        html.raw("<h3>What failed</h3><p class=\"soft\">Tries that ended with it, also of items that succeeded later; and items that are left out because of it. A try with two faults counts for both.</p>");
        heading(html, &["code", "found by", "in the", "tries#", "", "items left out#"]);
        let most = figures.faults.iter().map(|fault| fault.tries).max().unwrap_or(1);
        for fault in &figures.faults {
            html.element("<tr><td><code>", &fault.code, "</code></td>");
            html.element("<td>", if fault.by == "check" { "a check" } else { "the reply" }, "</td>");
            html.element("<td>", &fault.step, "</td>");
            number(html, fault.tries);
            bar(html, share(fault.tries, most).unwrap_or(0.0));
            number(html, fault.items);
            html.raw("</tr>");
        }
        end(html);
    }
    counts(html, "Overlaps, by file", &figures.overlaps, str::to_owned);
    judge(html, figures);
    let verdicts = &figures.verdicts;
    if let Some((low, high)) = verdicts.interval {
        html.raw("<h3>What people say</h3><p>");
        html.text(&format!("Of everything {} to {} are good (Wilson interval at 95 %).", percent(low), percent(high)))
            .raw("</p>");
        let kinds = verdicts.kinds();
        let all: u64 = kinds.iter().map(|(_, items)| items).sum();
        heading(html, &["", "items#", "", "share#"]);
        for (name, items) in kinds {
            html.element("<tr><td>", name, "</td>");
            number(html, items);
            bar(html, share(items, all).unwrap_or(0.0));
            part(html, share(items, all));
            html.raw("</tr>");
        }
        end(html);
    }
}

fn judge(html: &mut Html, figures: &Figures) {
    let judge = &figures.judge;
    if judge.items == 0 {
        return;
    }
    html.raw("<h3>What the judge says</h3><p>").text(&format!(
        "Of {} judged items {} are kept: a question scored 1, a pair of question and answer scored 2 or 3.",
        grouped(judge.items),
        percent(share(judge.good, judge.items).unwrap_or(0.0))
    ));
    if judge.without > 0 {
        html.text(&format!(" {} more got no whole verdict.", grouped(judge.without)));
    }
    html.raw("</p>");
    heading(html, &["score", "items#", "", "share#"]);
    let names = ["question 0", "question 1", "pair 1", "pair 2", "pair 3"];
    for (name, items) in names.into_iter().zip(judge.questions.iter().chain(&judge.pairs)) {
        html.element("<tr><td>", name, "</td>");
        number(html, *items);
        bar(html, share(*items, judge.items).unwrap_or(0.0));
        part(html, share(*items, judge.items));
        html.raw("</tr>");
    }
    end(html);
}

fn tokens(html: &mut Html, report: &Report<'_>) {
    let tokens = &report.figures.tokens;
    section(html, "<h2 id=\"tokens\">", "Tokens");
    heading(html, &["", "sent#", "received#"]);
    let row = |html: &mut Html, name: &'static str, usage: Usage| {
        html.element("<tr><td>", name, "</td>");
        number(html, usage.prompt_tokens);
        number(html, usage.completion_tokens);
        html.raw("</tr>");
    };
    row(html, "questions", tokens.questions);
    row(html, "answers", tokens.answers);
    if total(tokens.judgements) > 0 {
        row(html, "judgements", tokens.judgements);
    }
    row(html, "together", tokens.all());
    row(html, "of them in items that are used", tokens.used);
    end(html);
    html.raw("<p>").text(&format!("{} requests.", grouped(tokens.requests)));
    if let Some(each) = tokens.per_item() {
        html.text(&format!(" {} tokens for each item that is used, failures included.", grouped(each.round() as u64)));
    }
    if tokens.uncounted > 0 {
        html.text(&format!(" The server did not count the tokens of {} calls.", grouped(tokens.uncounted)));
    }
    if report.costs.is_none() {
        html.text(" What they cost is not known: the configuration names no price for some of the models.");
    }
    html.raw("</p>");
    if let Some(costs) = report.costs {
        costs.draw(html);
    }
}

fn sources(html: &mut Html, figures: &Figures) {
    if figures.models.is_empty() {
        return;
    }
    section(html, "<h2 id=\"models\">", "Models and prompts");
    html.raw("<div class=\"scroll\">");
    heading(html, &["step", "model", "as the server calls it", "prompt", "parameters", "calls#", "whole items#"]);
    for model in &figures.models {
        html.element("<tr><td>", model.step, "</td>");
        let served: Vec<_> = model.served.iter().map(|name| name.line().into_owned()).collect();
        html.element("<td>", &model.model.line(), "</td>").element("<td>", &served.join(", "), "</td>");
        html.raw("<td><code")
            .attribute("title", &model.prompt)
            .raw(">")
            .text(&shortened(&model.prompt))
            .raw("</code></td>");
        html.element("<td>", &model.sampling, "</td>");
        number(html, model.calls);
        number(html, model.items);
        html.raw("</tr>");
    }
    end(html);
    html.raw("</div>");
}

fn items(html: &mut Html, items: &[Record]) {
    if items.is_empty() {
        return;
    }
    section(html, "<h2 id=\"items\">", "Some items");
    html.raw("<p class=\"soft\">Drawn by lot from the training set, of as many disciplines as there are.</p>");
    for record in items {
        let path: Vec<_> = record.path.iter().map(|name| name.line().into_owned()).collect();
        html.raw("<article class=\"item\"><h3>").text(&path.join(" > ")).raw("</h3><p class=\"soft\">");
        let concepts: Vec<_> = record.concepts.iter().map(|drawn| drawn.concept.line().into_owned()).collect();
        html.text(&concepts.join("; ")).raw("</p><strong>Question</strong>");
        text(html, record.question.raw());
        html.raw("<strong>Answer</strong>");
        text(html, record.answer.raw());
        html.raw("<p class=\"soft\"><code>").text(&record.item.to_string()).raw("</code></p></article>");
    }
}

fn text(html: &mut Html, text: &str) {
    let text = text.trim();
    let end = text.char_indices().nth(TEXT).map(|(end, _)| end);
    html.raw("<div class=\"text\" dir=\"auto\">").lines(&text[..end.unwrap_or(text.len())]);
    html.raw(if end.is_some() { " … (cut)</div>" } else { "</div>" });
}

fn reproduce(html: &mut Html, runs: &[Run]) {
    if runs.is_empty() {
        return;
    }
    section(html, "<h2 id=\"reproduce\">", "How to make it again");
    html.raw("<p>With the taxonomy directory as it was, the same models and prompts give the same plan: the same items with the same draws. Replies depend on the server.</p>");
    for run in runs {
        html.raw("<h3>Run <code>").text(run.run.as_str()).raw("</code></h3><p>");
        html.text(&format!("{} items, {} of them in the training set.", grouped(run.items), grouped(run.kept)));
        let Some(file) = &run.file else {
            html.raw(" Its run.yaml is missing or damaged.</p>");
            continue;
        };
        html.text(&format!(
            " Started {} by {}; {} items planned.",
            file.started.strftime("%Y-%m-%d %H:%M UTC"),
            file.curator,
            grouped(file.items)
        ));
        html.raw("</p><pre>")
            .text(&run.file.as_ref().map(|file| file.request.command()).unwrap_or_default())
            .raw("</pre><p class=\"soft\">recipe <code>")
            .text(&shortened(&file.recipe_hash));
        html.raw("</code>, plan <code>").text(&shortened(&file.plan_hash)).raw("</code></p>");
    }
    html.raw("<pre>provost export -o dataset/</pre>");
}
