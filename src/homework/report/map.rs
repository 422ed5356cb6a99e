//! The taxonomy as a treemap: area by key concepts, colour by count, acceptance or quality. All three colourings are in
//! the classes of each cell; which one shows is told by radio buttons and style alone.

use super::html::Html;
use super::treemap::{Rect, squarify};
use crate::homework::figures::words::{grouped, percent};
use crate::homework::figures::{Branch, Coverage, Reach};
use crate::taxonomy::Kind;

const WIDTH: f64 = 1_200.0;
const HEIGHT: f64 = 700.0;
/// Subjects that are drawn one by one; of more, disciplines are.
const CELLS: usize = 1_500;
/// Steps of a colouring, besides "nothing".
const STEPS: usize = 6;

/// Where the steps of acceptance and quality begin.
const SHARES: [(f64, &str); STEPS] = [
    (0.0, "under 50 %"),
    (0.5, "50 to 70 %"),
    (0.7, "70 to 80 %"),
    (0.8, "80 to 90 %"),
    (0.9, "90 to 97 %"),
    (0.97, "97 % and more"),
];

/// The classes of a cell, one for each colouring; number 0 is "nothing".
const COUNT: [&str; STEPS + 1] = ["c0", "c1", "c2", "c3", "c4", "c5", "c6"];
const ACCEPTANCE: [&str; STEPS + 1] = [" a0", " a1", " a2", " a3", " a4", " a5", " a6"];
const QUALITY: [&str; STEPS + 1] = [" q0", " q1", " q2", " q3", " q4", " q5", " q6"];

/// Where the steps of counts begin, rising, from the least that occurs so that differences show; and the most.
struct Counts(Vec<u64>, u64);

impl Counts {
    /// Even steps, or where the most is many times the least, even ratios.
    fn of(least: u64, most: u64) -> Self {
        let least = least.max(1);
        let most = most.max(least);
        let (low, high) = (least as f64, most as f64 + 1.0);
        let at = |part: f64| if high / low > 20.0 { low * (high / low).powf(part) } else { low + (high - low) * part };
        let mut from: Vec<u64> = (0..STEPS).map(|step| at(step as f64 / STEPS as f64).round() as u64).collect();
        from.dedup();
        from.retain(|from| *from <= most);
        Self(from, most)
    }

    /// The number of the class: 0 for nothing, else spread over all classes.
    fn class(&self, count: u64) -> usize {
        match self.0.iter().filter(|from| count >= **from).count() {
            0 => 0,
            step => self.class_of(step - 1),
        }
    }

    fn class_of(&self, step: usize) -> usize {
        match self.0.len() {
            0 | 1 => STEPS / 2 + 1,
            steps => 1 + step * (STEPS - 1) / (steps - 1),
        }
    }
}

fn share_step(share: Option<f64>) -> usize {
    share.map_or(0, |share| SHARES.iter().filter(|(from, _)| share >= *from).count().max(1))
}

/// What a map is drawn from.
struct Map<'a> {
    branches: &'a [Branch],
    children: Vec<Vec<usize>>,
    leaf: Kind,
    counts: Counts,
}

/// The map with its colourings and legends; nothing where no homework can be made.
pub(super) fn draw(html: &mut Html, coverage: &Coverage) {
    let branches = &coverage.branches;
    let ready: Vec<usize> = (0..branches.len()).filter(|at| branches[*at].reach.concepts > 0).collect();
    let subjects = ready.iter().filter(|at| branches[**at].kind == Kind::Subject).count();
    if subjects == 0 {
        return;
    }
    let leaf = if subjects > CELLS { Kind::Discipline } else { Kind::Subject };
    let mut children = vec![Vec::new(); branches.len()];
    let mut roots = Vec::new();
    for at in ready {
        match branches[at].parent {
            Some(parent) => children[parent].push(at),
            None => roots.push(at),
        }
    }
    let kept = branches.iter().filter(|branch| branch.kind == leaf).map(|branch| branch.reach.kept);
    let (least, most) = (kept.clone().filter(|kept| *kept > 0).min(), kept.max());
    let map = Map { branches, children, leaf, counts: Counts::of(least.unwrap_or(0), most.unwrap_or(0)) };
    html.raw("<div class=\"choice\" role=\"radiogroup\" aria-label=\"Colour of the map\">");
    html.raw("<input type=\"radio\" name=\"colour\" id=\"by-count\" checked><label for=\"by-count\">Items</label>");
    html.raw(
        "<input type=\"radio\" name=\"colour\" id=\"by-acceptance\"><label for=\"by-acceptance\">Acceptance</label>",
    );
    html.raw("<input type=\"radio\" name=\"colour\" id=\"by-quality\"><label for=\"by-quality\">Quality</label>");
    legends(html, &map);
    html.raw("<div class=\"scroll\" tabindex=\"0\"><svg class=\"map\" viewBox=\"0 0 1200 700\" role=\"img\" aria-labelledby=\"map-title\">");
    html.raw("<title id=\"map-title\">").text(&format!(
        "{} subjects as rectangles, as large as they have key concepts. The tables below hold the same numbers.",
        grouped(subjects as u64)
    ));
    html.raw("</title>");
    map.group(html, &roots, Rect { x: 0.0, y: 0.0, width: WIDTH, height: HEIGHT }, 0);
    html.raw("</svg></div></div>");
}

impl Map<'_> {
    fn group(&self, html: &mut Html, members: &[usize], space: Rect, depth: usize) {
        let weights: Vec<f64> = members.iter().map(|at| self.branches[*at].reach.concepts as f64).collect();
        for (member, rect) in members.iter().zip(squarify(&weights, space)) {
            let branch = &self.branches[*member];
            if branch.kind == self.leaf || self.children[*member].is_empty() {
                self.cell(html, branch, rect);
                continue;
            }
            let has_name = depth < 2 && rect.width > 60.0 && rect.height > 34.0;
            let top = if has_name { if depth == 0 { 20.0 } else { 16.0 } } else { 1.0 };
            let edge = if depth == 0 { 3.0 } else { 1.5 };
            html.raw("<g>");
            title(html, branch);
            html.rect(rect.x, rect.y, rect.width, rect.height)
                .raw(if depth == 0 { " class=\"g0\"" } else { " class=\"g1\"" })
                .end();
            if has_name {
                let (class, size) = if depth == 0 { (" class=\"n0\"", 8.2) } else { (" class=\"n1\"", 6.4) };
                let name = shortened(&branch.name.line(), ((rect.width - 8.0) / size) as usize);
                html.raw("<text").raw(class).number("x", rect.x + 5.0).number("y", rect.y + top - 5.0);
                html.raw(">").text(&name).raw("</text>");
            }
            html.raw("</g>");
            self.group(html, &self.children[*member], rect.inset(edge, top, edge, edge), depth + 1);
        }
    }

    fn cell(&self, html: &mut Html, branch: &Branch, rect: Rect) {
        let reach = &branch.reach;
        html.raw("<g class=\"").raw(COUNT[self.counts.class(reach.kept)]);
        html.raw(ACCEPTANCE[share_step(reach.acceptance())]).raw(QUALITY[share_step(reach.quality())]).raw("\">");
        title(html, branch);
        let rect = rect.inset(0.5, 0.5, 0.5, 0.5);
        html.rect(rect.x, rect.y, rect.width, rect.height).end();
        let lines = fitted(&branch.name.line(), rect.width - 6.0, rect.height - 5.0);
        if !lines.is_empty() {
            // A drawing of its own, which cuts off what is wider than letters were guessed to be.
            html.raw("<svg").number("x", rect.x).number("y", rect.y);
            html.number("width", rect.width).number("height", rect.height).raw("><text>");
            for (at, line) in lines.iter().enumerate() {
                html.raw("<tspan x=\"4\"").number("y", LINE * (at as f64 + 1.0)).raw(">").text(line).raw("</tspan>");
            }
            html.raw("</text></svg>");
        }
        html.raw("</g>");
    }
}

fn title(html: &mut Html, branch: &Branch) {
    html.raw("<title>").text(&format!("{} ({}): {}", branch.name.line(), branch.kind.name(), said(&branch.reach)));
    html.raw("</title>");
}

fn said(reach: &Reach) -> String {
    let share =
        |name: &str, share: Option<f64>| share.map_or(String::new(), |share| format!(", {name} {}", percent(share)));
    format!(
        "{} kept of {} items{}{}; {} of {} key concepts",
        grouped(reach.kept),
        grouped(reach.items),
        share("acceptance", reach.acceptance()),
        share("quality", reach.quality()) + &judged(reach),
        grouped(reach.concepts_reached),
        grouped(reach.concepts)
    )
}

/// How many were judged: a share of one or two says little.
fn judged(reach: &Reach) -> String {
    match (reach.looked_at, reach.judged) {
        (0, 0) => String::new(),
        (0, judged) => format!(" of {} judged by a model", grouped(judged)),
        (looked_at, _) => format!(" of {} judged by people", grouped(looked_at)),
    }
}

/// A legend for each colouring, of which the style shows one.
fn legends(html: &mut Html, map: &Map<'_>) {
    let kind = map.leaf.name();
    let from = &map.counts.0;
    let count = |step: usize| match from.get(step + 1) {
        Some(next) if *next > from[step] + 1 => format!("{} to {}", grouped(from[step]), grouped(next - 1)),
        Some(_) => grouped(from[step]),
        None if map.counts.1 > from[step] => format!("{} to {}", grouped(from[step]), grouped(map.counts.1)),
        None => grouped(from[step]),
    };
    let counts = (0..from.len()).map(|step| (COUNT[map.counts.class_of(step)], count(step)));
    let shares = |classes: [&'static str; STEPS + 1]| {
        SHARES.iter().zip(classes.into_iter().skip(1)).map(|((_, name), class)| (class, (*name).to_owned()))
    };
    let what = format!("Kept items of a {kind}: ");
    legend(html, "<p class=\"legend of-count\">", &what, (COUNT[0], "none"), counts);
    let what = "Items good enough to be used, of those made: ";
    legend(html, "<p class=\"legend of-acceptance\">", what, (ACCEPTANCE[0], "none made"), shares(ACCEPTANCE));
    let what = "Judged items found good: ";
    legend(html, "<p class=\"legend of-quality\">", what, (QUALITY[0], "nobody looked"), shares(QUALITY));
}

fn legend(
    html: &mut Html,
    open: &'static str,
    what: &str,
    nothing: (&'static str, &str),
    steps: impl Iterator<Item = (&'static str, String)>,
) {
    html.raw(open).text(what);
    for (class, name) in std::iter::once((nothing.0, nothing.1.to_owned())).chain(steps) {
        html.raw("<span><svg viewBox=\"0 0 14 14\" aria-hidden=\"true\"><g class=\"").raw(class);
        html.raw("\"><rect width=\"14\" height=\"14\"/></g></svg>").text(&name).raw("</span> ");
    }
    html.raw("</p>");
}

/// Pixels of a letter and of a line in a cell.
const LETTER: f64 = 6.6;
const LINE: f64 = 12.0;

/// A name in the lines that fit into a cell; none where too little of it would.
fn fitted(name: &str, width: f64, height: f64) -> Vec<String> {
    let letters = (width / LETTER).max(0.0) as usize;
    let most = (height / LINE).max(0.0) as usize;
    if letters < 5 || most == 0 {
        return Vec::new();
    }
    let mut lines: Vec<String> = vec![String::new()];
    for word in name.split_whitespace() {
        let used = lines.last().map_or(0, |line| line.chars().count());
        let length = word.chars().count();
        if used > 0 && used + 1 + length > letters {
            if lines.len() == most {
                if let Some(last) = lines.last_mut() {
                    *last = shortened(&format!("{last}……"), letters.min(last.chars().count() + 1));
                }
                return lines;
            }
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&shortened(word, letters));
        }
    }
    lines
}

/// The beginning of a text, with a mark where it was cut.
fn shortened(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(letters.saturating_sub(1)).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_of_counts_rise_from_the_least_to_the_most() {
        for (least, most) in [(0, 0), (1, 1), (1, 3), (27, 30), (1, 40), (3, 12_345)] {
            let counts = Counts::of(least, most);
            assert!(counts.0.windows(2).all(|two| two[0] < two[1]), "{:?}", counts.0);
            assert_eq!(counts.0[0], least.max(1));
            assert_eq!((counts.class(0), counts.class(most.max(1)) > 0), (0, true));
        }
        assert_eq!(Counts::of(25, 30).0, [25, 26, 27, 28, 29, 30]);
        assert_eq!((Counts::of(1, 2).class(1), Counts::of(1, 2).class(2)), (1, 6));
        assert_eq!(Counts::of(1, 1_000_000).0.len(), STEPS);
        assert_eq!([None, Some(0.0), Some(0.5), Some(0.969), Some(1.0)].map(share_step), [0, 1, 2, 5, 6]);
    }

    #[test]
    fn names_are_broken_and_cut_to_the_cell() {
        assert_eq!(fitted("Organic Chemistry", 66.5, 30.0), ["Organic", "Chemistry"]);
        assert_eq!(fitted("Organic Chemistry of Life", 66.5, 30.0), ["Organic", "Chemistry…"]);
        assert_eq!(fitted("Thermodynamics", 53.0, 15.0), ["Thermod…"]);
        assert!(fitted("Optics", 20.0, 30.0).is_empty() && fitted("Optics", 90.0, 8.0).is_empty());
    }
}
