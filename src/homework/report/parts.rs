//! Tables and other parts of the page.

use super::html::Html;
use super::svg;
use crate::homework::figures::words::{grouped, percent};
use crate::homework::figures::{Count, Lengths, Reach, share};

/// A heading with an anchor.
pub(super) fn section(html: &mut Html, open: &'static str, title: &'static str) {
    html.raw(open).raw(title).raw("</h2>");
}

/// `<th>` of each column; a column that ends with `#` holds numbers.
pub(super) fn heading(html: &mut Html, columns: &[&'static str]) {
    html.raw("<table><thead><tr>");
    for column in columns {
        match column.strip_suffix('#') {
            Some(column) => html.raw("<th scope=\"col\" class=\"n\">").raw(column),
            None => html.raw("<th scope=\"col\">").raw(column),
        };
        html.raw("</th>");
    }
    html.raw("</tr></thead><tbody>");
}

pub(super) fn end(html: &mut Html) {
    html.raw("</tbody></table>");
}

pub(super) fn number(html: &mut Html, number: u64) {
    html.element("<td class=\"n\">", &grouped(number), "</td>");
}

pub(super) fn part(html: &mut Html, part: Option<f64>) {
    html.element("<td class=\"n\">", &part.map_or_else(|| "–".to_owned(), percent), "</td>");
}

pub(super) fn bar(html: &mut Html, part: f64) {
    html.raw("<td class=\"b\">");
    svg::bar(html, part);
    html.raw("</td>");
}

/// Cells that tell how much of a branch or level is reached.
pub(super) const REACH: [&str; 7] = ["subjects#", "key concepts#", "reached#", "kept#", "", "acceptance#", "quality#"];

pub(super) fn reach(html: &mut Html, reach: &Reach, most: u64) {
    html.element("<td class=\"n\">", &format!("{} of {}", grouped(reach.reached), grouped(reach.ready)), "</td>");
    number(html, reach.concepts);
    part(html, share(reach.concepts_reached, reach.concepts));
    number(html, reach.kept);
    bar(html, share(reach.kept, most).unwrap_or(0.0));
    part(html, reach.acceptance());
    part(html, reach.quality());
}

/// How many items are of each kind, with bars on one scale that ends at all of them.
pub(super) fn counts(html: &mut Html, title: &'static str, counts: &[Count], name: fn(&str) -> String) {
    let all: u64 = counts.iter().map(|count| count.items).sum();
    if all == 0 {
        return;
    }
    html.raw("<figure><figcaption>").raw(title).raw("</figcaption>");
    heading(html, &["", "items#", "", "share#"]);
    for count in counts {
        html.element("<tr><td>", &name(&count.name), "</td>");
        number(html, count.items);
        bar(html, share(count.items, all).unwrap_or(0.0));
        part(html, share(count.items, all));
        html.raw("</tr>");
    }
    end(html);
    html.raw("</figure>");
}

/// How long texts are: a histogram of words, and quantiles of both measures.
pub(super) fn lengths(html: &mut Html, title: &'static str, lengths: &Lengths) {
    let Some(words) = &lengths.words else { return };
    html.raw("<figure><figcaption>").raw(title).raw("</figcaption>");
    svg::histogram(html, words, "words");
    heading(html, &["", "least#", "5 %#", "half#", "mean#", "95 %#", "most#"]);
    for (name, spread) in [("words", Some(words)), ("characters", lengths.characters.as_ref())] {
        let Some(spread) = spread else { continue };
        html.element("<tr><td>", name, "</td>");
        for value in [spread.least, spread.p5, spread.median, spread.mean.round() as u64, spread.p95, spread.most] {
            number(html, value);
        }
        html.raw("</tr>");
    }
    end(html);
    html.raw("</figure>");
}

/// A summary number with what belongs to it.
pub(super) fn tile(html: &mut Html, name: &'static str, value: &str, small: &str) {
    html.raw("<div><dt>").raw(name).raw("</dt>").element("<dd>", value, "");
    if !small.is_empty() {
        html.element("<small>", small, "</small>");
    }
    html.raw("</dd></div>");
}
