//! Charts as SVG: histograms, shares over time, growth. Each has a text that says the same.

use super::html::Html;
use crate::homework::figures::words::{grouped, per_mille_of, percent};
use crate::homework::figures::{Repeats, Spread, round_up};

const HEIGHT: f64 = 220.0;
/// Where the axes are.
const LEFT: f64 = 56.0;
const RIGHT: f64 = 548.0;
const TOP: f64 = 14.0;
const FLOOR: f64 = 180.0;

/// A horizontal bar for a table cell: `part` of the cell's width.
pub(super) fn bar(html: &mut Html, part: f64) {
    html.raw("<svg class=\"bar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">");
    // What is there shows.
    let width = if part > 0.0 { (part * 100.0).clamp(0.8, 100.0) } else { 0.0 };
    html.rect(0.0, 0.0, width, 10.0).end().raw("</svg>");
}

fn open(html: &mut Html, says: &str) {
    html.raw("<svg class=\"chart\" viewBox=\"0 0 560 220\" role=\"img\"").attribute("aria-label", says).raw(">");
}

fn label(html: &mut Html, x: f64, y: f64, anchor: &'static str, text: &str) {
    html.raw("<text").number("x", x).number("y", y).attribute("text-anchor", anchor).raw(">").text(text).raw("</text>");
}

/// Lines across at nothing, half and all of the scale, each with its number.
fn scale(html: &mut Html, names: [String; 3]) {
    for (step, name) in names.iter().enumerate() {
        let y = FLOOR - (FLOOR - TOP) * step as f64 / 2.0;
        html.raw("<line class=\"grid\"").number("x1", LEFT).number("x2", RIGHT).number("y1", y).number("y2", y).end();
        label(html, LEFT - 6.0, y + 4.0, "end", name);
    }
}

/// How many there are of which size.
pub(super) fn histogram(html: &mut Html, spread: &Spread, of: &str) {
    let says = format!(
        "{of}: least {}, a quarter at most {}, half at most {}, three quarters at most {}, most {}; {} in all",
        grouped(spread.least),
        grouped(spread.p25),
        grouped(spread.median),
        grouped(spread.p75),
        grouped(spread.most),
        grouped(spread.count)
    );
    open(html, &says);
    let most = round_up(spread.bins.iter().map(|bin| bin.count).max().unwrap_or(1) as f64).max(2.0);
    let names = [0.0, most / 2.0, most]
        .map(|number| if number.fract() == 0.0 { grouped(number as u64) } else { number.to_string() });
    scale(html, names);
    let step = (RIGHT - LEFT) / spread.bins.len().max(1) as f64;
    let every = spread.bins.len().div_ceil(6).max(1);
    for (at, bin) in spread.bins.iter().enumerate() {
        let x = LEFT + step * at as f64;
        let height = (FLOOR - TOP) * bin.count as f64 / most;
        let name = match bin.to {
            Some(to) if to == bin.from => grouped(to),
            Some(to) => format!("{} to {}", grouped(bin.from), grouped(to)),
            None => format!("{} and more", grouped(bin.from)),
        };
        html.raw("<g><title>").text(&format!("{name}: {}", grouped(bin.count))).raw("</title>");
        html.rect(x + 0.5, FLOOR - height, step - 1.0, height)
            .raw(if bin.to.is_some() { "" } else { " class=\"open\"" })
            .end();
        html.raw("</g>");
        if at % every == 0 && bin.to.is_some() {
            label(html, x, FLOOR + 16.0, if at == 0 { "start" } else { "middle" }, &grouped(bin.from));
        } else if bin.to.is_none() {
            label(html, RIGHT, FLOOR + 16.0, "end", "more");
        }
    }
    label(html, (LEFT + RIGHT) / 2.0, HEIGHT - 8.0, "middle", of);
    html.raw("</svg>");
}

/// The share of each window that repeats an earlier question; exact below, near above.
pub(super) fn shares(html: &mut Html, repeats: &Repeats) {
    let (Some(first), Some(last)) = (repeats.windows.first(), repeats.windows.last()) else { return };
    let says = format!(
        "Items that repeat an earlier question: {} of the first {}, {} of the last {}",
        percent(first.share()),
        grouped(first.items),
        percent(last.share()),
        grouped(last.items)
    );
    open(html, &says);
    let most =
        round_up(repeats.windows.iter().map(super::super::figures::Window::share).fold(0.001, f64::max)).min(1.0);
    scale(html, [0.0, most / 2.0, most].map(per_mille_of));
    let step = (RIGHT - LEFT) / repeats.windows.len() as f64;
    for (at, window) in repeats.windows.iter().enumerate() {
        let height = |items: u64| (FLOOR - TOP) * items as f64 / window.items.max(1) as f64 / most;
        let (exact, near, x) = (height(window.exact), height(window.near), LEFT + step * at as f64);
        let says = format!(
            "items {} to {}: {} word for word, {} nearly",
            grouped(window.up_to - window.items + 1),
            grouped(window.up_to),
            grouped(window.exact),
            grouped(window.near)
        );
        html.raw("<g><title>").text(&says).raw("</title>");
        // Something to point at where nothing repeats.
        html.rect(x, TOP, step, FLOOR - TOP).raw(" class=\"point\"").end();
        html.rect(x + 0.5, FLOOR - exact, step - 1.0, exact).end();
        html.rect(x + 0.5, FLOOR - exact - near, step - 1.0, near).raw(" class=\"second\"").end().raw("</g>");
    }
    label(html, LEFT, FLOOR + 16.0, "start", "1");
    label(html, RIGHT, FLOOR + 16.0, "end", &grouped(last.up_to));
    label(html, (LEFT + RIGHT) / 2.0, HEIGHT - 8.0, "middle", "items in the order in which they were made");
    html.raw("</svg>");
}

/// How what is different grows with what there is, beside the line where everything were different.
pub(super) fn growth(html: &mut Html, of: &str, points: &[(u64, u64)]) {
    let Some((last, different)) = points.last().copied() else { return };
    open(html, &format!("{} different {of} among {}", grouped(different), grouped(last)));
    let (end, top) = (round_up(last as f64), round_up(different as f64));
    scale(html, [0.0, top / 2.0, top].map(|number| grouped(number as u64)));
    let across = |all: u64| LEFT + (RIGHT - LEFT) * all as f64 / end;
    let up = |different: u64| FLOOR - (FLOOR - TOP) * different as f64 / top;
    let leaves = last.min(top as u64);
    html.raw("<line class=\"all\"").number("x1", LEFT).number("y1", FLOOR);
    html.number("x2", across(leaves))
        .number("y2", up(leaves))
        .raw("><title>if everything were different</title></line>");
    let path: Vec<String> = [(0, 0)]
        .iter()
        .chain(points)
        .map(|(all, different)| format!("{:.1},{:.1}", across(*all), up(*different)))
        .collect();
    html.raw("<polyline class=\"curve\"").attribute("points", &path.join(" ")).end();
    for (all, different) in points {
        html.raw("<circle r=\"3\"").number("cx", across(*all)).number("cy", up(*different)).raw("><title>");
        html.text(&format!("{} different of {}", grouped(*different), grouped(*all))).raw("</title></circle>");
    }
    label(html, across(last), FLOOR + 16.0, "end", &grouped(last));
    label(html, (LEFT + RIGHT) / 2.0, HEIGHT - 8.0, "middle", of);
    html.raw("</svg>");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::homework::figures::{Bin, Window};

    fn numbers(text: &str, name: &str) -> Vec<f64> {
        let before = format!(" {name}=\"");
        let parts = text.split(before.as_str()).skip(1);
        parts.map(|part| part.split('"').next().unwrap().parse().unwrap()).collect()
    }

    #[test]
    fn columns_are_as_high_as_their_numbers_and_say_them() {
        let bins = vec![
            Bin { from: 0, to: Some(9), count: 10 },
            Bin { from: 10, to: Some(19), count: 5 },
            Bin { from: 20, to: None, count: 0 },
        ];
        let spread =
            Spread { count: 15, mean: 7.0, least: 0, p5: 0, p25: 3, median: 7, p75: 11, p95: 19, most: 19, bins };
        let mut html = Html::default();
        histogram(&mut html, &spread, "words");
        let text = html.finish();
        assert_eq!(numbers(&text, "height"), [166.0, 83.0, 0.0]);
        assert!(text.contains("<title>10 to 19: 5</title>") && text.contains("half at most 7"), "{text}");
    }

    #[test]
    fn shares_and_growth_say_where_they_end() {
        let window = Window { up_to: 20, items: 20, exact: 2, near: 2, questions: 18, runs: 90, different_runs: 60 };
        let mut html = Html::default();
        shares(&mut html, &Repeats { windows: vec![window], ..Repeats::default() });
        growth(&mut html, "questions", &[(10, 10), (20, 18)]);
        let text = html.finish();
        assert!(text.contains("20.0 % of the first 20") && text.contains("18 different questions among 20"), "{text}");
        assert!(text.contains("2 word for word, 2 nearly"));
    }
}
