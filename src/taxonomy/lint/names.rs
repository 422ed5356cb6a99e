//! What can be odd about a name where it stands.

use super::super::id::NodeId;
use super::super::node::{Facts, Kind};
use super::super::similarity::word_bag_of;
use super::super::snapshot::Snapshot;
use super::super::text::{Untrusted, normalise};
use super::around::{Elsewhere, Family, Present};
use super::{About, Finding, text};

/// A name at its place.
pub(super) struct Named<'a> {
    pub about: About,
    pub snapshot: &'a Snapshot,
    pub elsewhere: &'a Elsewhere,
    pub present: Option<&'a Present<'a>>,
    pub id: NodeId,
    pub kind: Kind,
    pub parent: Option<NodeId>,
    pub facts: &'a Facts,
}

impl Named<'_> {
    fn finding(&self, code: &'static str, message: String) -> Finding {
        Finding::new(self.about, code, message)
    }
}

/// Everything about the name of one node.
pub(super) fn look(named: &Named<'_>, family: &Family) -> Vec<Finding> {
    let raw = named.facts.name.raw();
    let name = normalise(raw);
    let bag = word_bag_of(&name);
    let mut found = beside(named, family, &name, &bag);
    found.extend(elsewhere(named, &name));
    let above = named.parent.and_then(|parent| named.snapshot.facts(parent)).map(|(_, facts)| &facts.name);
    let repeats = above.filter(|_| says_no_more(&bag, &family.above, named.kind));
    if let Some(above) = repeats {
        found.push(named.finding("repeats-parent", format!("It says no more than \"{}\" above it.", above.line())));
    } else if is_vague(&name, &bag) {
        let message = format!("\"{}\" reads like a catch-all.", named.facts.name.line());
        found.push(named.finding("vague-name", message));
    }
    found.extend(two_in_one(named));
    let limit = named.snapshot.manifest.checks.long_name();
    if raw.chars().count() > limit {
        found.push(named.finding("long-name", format!("Its name is longer than {limit} characters.")));
    }
    style(named, family, &mut found);
    found
}

/// Siblings with the same words.
fn beside(named: &Named<'_>, family: &Family, name: &str, bag: &Vec<String>) -> Vec<Finding> {
    let found = family.like(named.id, name, bag).into_iter().map(|(sibling, is_same)| {
        let other = named.snapshot.name(sibling);
        let (code, message) = if is_same {
            ("duplicate", format!("\"{}\" is a sibling.", other.line()))
        } else {
            ("near-duplicate", format!("It has the words of its sibling \"{}\".", other.line()))
        };
        Finding { other: Some(sibling), ..named.finding(code, message) }
    });
    found.collect()
}

/// Others with the same words, those of its own kind first.
fn elsewhere(named: &Named<'_>, name: &str) -> Option<Finding> {
    let snapshot = named.snapshot;
    let is_far = |other: NodeId| {
        other != named.id && Some(other) != named.parent && {
            let parent = snapshot.parent(other);
            parent != named.parent && parent != Some(named.id)
        }
    };
    let mut others: Vec<NodeId> = named.elsewhere.like((snapshot, named.present), name, is_far).collect();
    others.sort_by_key(|other| (other.kind() != named.kind, snapshot.tree.entry(*other).is_none(), *other));
    let first = *others.first()?;
    let kind = if first.kind() == named.kind { String::new() } else { format!(" as a {}", first.kind()) };
    let place = match snapshot.parent(first) {
        Some(parent) => format!("under \"{}\"", snapshot.name(parent).line()),
        None => "at the root".to_owned(),
    };
    let other = snapshot.name(first);
    let called = if normalise(other.raw()) == name { String::new() } else { format!(", as \"{}\"", other.line()) };
    let more = match others.len() - 1 {
        0 => String::new(),
        1 => ", and in 1 more place".to_owned(),
        more => format!(", and in {more} more places"),
    };
    let message = format!("Also{kind} {place}{called}{more}.");
    Some(Finding { other: Some(first), ..named.finding("also-under", message) })
}

/// Words that add nothing to the name of what is above.
const FILLER: [&str; 9] =
    ["other", "miscellaneou", "study", "studie", "research", "topic", "issue", "overview", "aspect"];
/// Words that do so in the name of a discipline; a subject may well be the introduction to its discipline.
const BEGINNING: [&str; 6] = ["general", "introduction", "basic", "fundamental", "principle", "foundation"];

/// Whether a name says no more than the name above it: the same words and filler.
fn says_no_more(bag: &[String], above: &[String], kind: Kind) -> bool {
    let is_filler = |word: &&String| {
        let word = word.as_str();
        FILLER.contains(&word) || (kind != Kind::Subject && BEGINNING.contains(&word))
    };
    let mut core = bag.iter().filter(|word| !is_filler(word)).peekable();
    core.peek().is_some() && core.eq(above.iter().filter(|word| !is_filler(word)))
}

/// Words that make a name a catch-all wherever they stand.
const VAGUE: [&str; 5] = ["miscellaneous", "various", "etc", "others", "misc"];
/// Pairs of words that do.
const VAGUE_PAIRS: [(&str, &str); 7] = [
    ("general", "topics"),
    ("selected", "topics"),
    ("special", "topics"),
    ("mixed", "topics"),
    ("related", "fields"),
    ("related", "topics"),
    ("diverse", "topics"),
];
/// Words that do so at the beginning.
const VAGUE_FIRST: [&str; 5] = ["other", "diverse", "varied", "assorted", "multidisciplinary"];
/// Words that say nothing together: "Academic Research Studies". As a word bag writes them.
const EMPTY: [&str; 14] = [
    "academic",
    "aspect",
    "contemporary",
    "discovery",
    "insight",
    "interdisciplinary",
    "issue",
    "method",
    "modern",
    "research",
    "scientific",
    "study",
    "studie",
    "topic",
];

fn is_vague(name: &str, bag: &[String]) -> bool {
    let mut before = "";
    let mut is_catch_all = |word| {
        let pair = (std::mem::replace(&mut before, word), word);
        VAGUE.contains(&word) || VAGUE_PAIRS.contains(&pair)
    };
    let first = name.split(' ').next().unwrap_or_default();
    name.split(' ').any(&mut is_catch_all)
        || VAGUE_FIRST.contains(&first)
        || bag.len() > 1 && bag.iter().all(|word| EMPTY.contains(&word.as_str()))
}

/// What joins the two parts of a name.
const JOINTS: [&str; 3] = [" and ", " & ", " / "];

/// The two parts of a name that "and" joins; `None` where it joins more, or nothing.
pub(super) fn halves(name: &str) -> Option<(&str, &str)> {
    let may = |joint: &str| memchr::memmem::find(name.as_bytes(), joint.as_bytes()).is_some();
    if !JOINTS.into_iter().any(may) {
        return None;
    }
    let mut found = None;
    for joint in JOINTS {
        for (at, _) in name.match_indices(joint) {
            if found.replace((&name[..at], &name[at + joint.len()..])).is_some() {
                return None;
            }
        }
    }
    found.filter(|(left, right)| !left.contains(',') && !left.trim().is_empty() && !right.trim().is_empty())
}

/// A name that joins two is fine where only one of them is a node: "Ecology and conservation" below
/// "Forestry".
fn two_in_one(named: &Named<'_>) -> Option<Finding> {
    let (left, right) = halves(named.facts.name.raw())?;
    let is_other = |other: NodeId| other != named.id && Some(other) != named.parent;
    let known = |half: &str| named.elsewhere.like((named.snapshot, named.present), &normalise(half), is_other).next();
    let first = known(left)?;
    known(right)?;
    let (left, right) = (Untrusted::from(left), Untrusted::from(right));
    let message = format!("It joins two that are nodes: \"{}\" and \"{}\".", left.line(), right.line());
    Some(Finding { other: Some(first), ..named.finding("two-in-one", message) })
}

fn style(named: &Named<'_>, family: &Family, found: &mut Vec<Finding>) {
    let raw = named.facts.name.raw();
    let mut better = |code, message: String, better: &str| {
        found.push(Finding { better: Some(better.into()), ..named.finding(code, message) });
    };
    let tidy = text::tidied(raw);
    if let Some(tidy) = &tidy {
        better("untidy-name", "Its name has marks or blanks that do not belong to it.".to_owned(), tidy);
    }
    let name = tidy.as_deref().unwrap_or(raw);
    let (styles, counted) = family.styles(named.snapshot.tree.entry(named.id).is_some());
    if let Some((case, name)) = styles.other_case(name, counted) {
        better("name-case", format!("Its siblings are written in {case}."), &name);
    }
    if let Some(name) = styles.in_plural(name, counted) {
        better("name-number", "Its siblings have its noun in the plural.".to_owned(), &name);
    }
    let is_acronym = (2..=6).contains(&raw.len())
        && raw.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        && raw.bytes().any(|b| b.is_ascii_uppercase());
    let facts = named.facts;
    let is_spelt_out = facts.scope.as_ref().is_some_and(|scope| !scope.is_blank()) || !facts.aliases.is_empty();
    if is_acronym && !is_spelt_out {
        let message = format!("\"{raw}\" is spelt out nowhere: an alias or the scope could.");
        found.push(named.finding("bare-acronym", message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn catch_alls_are_words_of_their_own() {
        let vague = |name: &str| is_vague(name, &word_bag_of(name));
        for name in
            ["miscellaneous", "optics etc", "selected topics in optics", "related fields", "other optics", "other"]
        {
            assert!(vague(name), "{name}");
        }
        for name in ["fetch", "topics", "generals topics", "general optics topics", "otherness", "fields related"] {
            assert!(!vague(name), "{name}");
        }
        assert!(vague("academic research studies") && !vague("research"));
    }
}
