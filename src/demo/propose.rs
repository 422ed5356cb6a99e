//! Proposes children of a node: from the pack where it knows the node, else made from the node's name.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::data::Data;
use super::knowledge::Knowledge;
use super::model::Content;
use super::outline;
use super::pack::Node;
use super::reword::reworded;
use super::rng::{Rng, hash};
use super::text::{is_new, normal, words};

/// One proposed node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proposal {
    /// Its name.
    pub name: String,
    /// Its level; empty except for subjects.
    pub level: String,
    /// What belongs to it.
    pub scope: String,
    /// What it consists of.
    pub subtopics: Vec<String>,
    /// Why it is proposed.
    pub rationale: String,
}

/// Proposals that are neither accepted, pending nor rejected yet, as JSON or as a list in prose.
#[must_use]
pub fn reply(knowledge: &Knowledge, data: &Data<'_>, json: bool, seed: u64) -> Content {
    let proposals = proposals(knowledge, data, seed);
    if json {
        let items: Vec<Value> = proposals.iter().map(Proposal::json).collect();
        Content::Json(json!({ "items": items }))
    } else {
        Content::Text(prose(&proposals, data))
    }
}

impl Proposal {
    /// The proposal with the keys of `provost_nodes`.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "name": self.name,
            "level": self.level,
            "scope": self.scope,
            "subtopics": self.subtopics,
            "rationale": self.rationale,
        })
    }
}

fn proposals(knowledge: &Knowledge, data: &Data<'_>, seed: u64) -> Vec<Proposal> {
    let mut seen: HashSet<String> = HashSet::new();
    let rejected = data.list("rejected").iter().map(|line| line.split(" | ").next().unwrap_or(line));
    let known = data.list("accepted").iter().chain(data.list("pending")).copied();
    for name in known.chain(rejected).chain(data.value("parent")) {
        is_new(&mut seen, name);
    }
    for edit in data.list("edits") {
        // Both names of an edit are taken: the proposed one was not good enough, the other one exists.
        for name in edit.split(" => ") {
            is_new(&mut seen, name);
        }
    }
    let mut rng = Rng::new(seed, "propose");
    let wanted = data.value("count").and_then(|count| count.parse::<usize>().ok());
    let mut fresh = from_pack(knowledge, data);
    fresh.retain(|proposal| is_unknown(&mut seen, &proposal.name) && fits(proposal, data));
    rng.shuffle(&mut fresh);
    let mut chosen = portion(fresh, wanted, &mut rng);
    if chosen.is_empty() || wanted.is_some_and(|wanted| chosen.len() < wanted) {
        let mut made = outline::children(data);
        made.retain(|proposal| is_unknown(&mut seen, &proposal.name) && fits(proposal, data));
        rng.shuffle(&mut made);
        let missing = wanted.map(|wanted| wanted.saturating_sub(chosen.len()));
        chosen.extend(portion(made, missing, &mut rng));
    }
    for proposal in &mut chosen {
        vary(proposal, &mut rng);
        if data.text("kind") == "subject"
            && rng.below(3) == 0
            && let Some(other) = reworded(&proposal.name)
        {
            proposal.name = other;
        }
    }
    chosen
}

/// Whether a name was not seen yet, nor another wording of it; remembers it.
fn is_unknown(seen: &mut HashSet<String>, name: &str) -> bool {
    let elsewhere = reworded(name).is_some_and(|other| seen.contains(&normal(&other)));
    is_new(seen, name) && !elsewhere
}

/// Whether a proposal belongs to the part of the place that was asked for: to its levels, where the
/// part names some, else to its theme.
fn fits(proposal: &Proposal, data: &Data<'_>) -> bool {
    let Some(part) = data.value("stratum") else { return true };
    let numbers: Vec<u32> = words(part).iter().filter_map(|word| word.parse().ok()).collect();
    if let Some(level) = proposal.level.parse::<u32>().ok().filter(|_| !numbers.is_empty()) {
        let level = level / 100 * 100;
        return match numbers[..] {
            [from, to] if words(part).contains(&"to".to_owned()) => (from..=to).contains(&level),
            _ => numbers.contains(&level),
        };
    }
    const THEMES: u64 = 4;
    hash(&normal(&proposal.name)) % THEMES == hash(part) % THEMES
}

/// The pack's children of the parent that have the kind asked for. A foreign parent, such as `Physics and Astronomy`,
/// gets the children of what the pack knows among its topics.
fn from_pack(knowledge: &Knowledge, data: &Data<'_>) -> Vec<Proposal> {
    let pack = &knowledge.pack;
    let kind = data.text("kind");
    let children: Vec<usize> = match data.value("parent") {
        None => pack.roots().to_vec(),
        Some(parent) => {
            let parts = parent.split(", ").flat_map(|part| part.split(" and "));
            let of = |name: &str| pack.find(name, data.text("parent_kind")).and_then(|number| pack.node(number));
            let own = of(parent).into_iter();
            let nodes: Vec<&Node> = own.chain(parts.filter_map(of)).collect();
            nodes.iter().flat_map(|node| node.children.iter().copied()).collect()
        }
    };
    let nodes = children.into_iter().filter_map(|number| pack.node(number));
    nodes
        .filter(|node| kind.is_empty() || node.kind == kind)
        .map(|node| Proposal {
            name: node.name.clone(),
            level: node.level.clone(),
            scope: node.scope.clone(),
            subtopics: node.subtopics.clone(),
            rationale: node.rationale.clone(),
        })
        .collect()
}

/// The most proposals of one reply when no number was asked for.
const MOST: usize = 15;

/// The first of `proposals`: as many as wanted, else between six and nine tenths, as one answer never lists them all.
fn portion(mut proposals: Vec<Proposal>, wanted: Option<usize>, rng: &mut Rng) -> Vec<Proposal> {
    let some = proposals.len() * (6 + rng.below(4)) / 10;
    proposals.truncate(wanted.unwrap_or(some.clamp(3, MOST)));
    proposals
}

/// Changes the words around the content, as another run of a model would.
fn vary(proposal: &mut Proposal, rng: &mut Rng) {
    if proposal.subtopics.len() > 4 && rng.below(3) == 0 {
        let dropped = rng.below(proposal.subtopics.len());
        proposal.subtopics.remove(dropped);
    }
    if proposal.rationale.is_empty() {
        let reason = rng.word(&[
            "It is taught and practised in its own right and is missing here.",
            "It has its own literature, methods and teachers, and nothing in the list covers it.",
            "Without it, a large part of the parent would be left out.",
            "Employers and further studies ask for it by name.",
        ]);
        proposal.rationale = reason.to_owned();
    }
}

/// The proposals as numbered prose, with the labels that [`super::structure`] reads.
fn prose(proposals: &[Proposal], data: &Data<'_>) -> String {
    let parent = data.value("parent").unwrap_or("human knowledge and capabilities");
    let kind = data.value("kind").unwrap_or("node");
    if proposals.is_empty() {
        return format!("I have no further {kind} to propose under {parent}.");
    }
    let mut text = format!("Here are proposals of the kind {kind} under {parent}.\n");
    for (number, proposal) in proposals.iter().enumerate() {
        let mut line = |label: &str, value: &str| {
            if !value.is_empty() {
                text.push_str(label);
                text.push_str(value);
                text.push('\n');
            }
        };
        line(&format!("\n{}. ", number + 1), &proposal.name);
        line("   Level: ", &proposal.level);
        line("   Scope: ", &proposal.scope);
        line("   Subtopics: ", &listed(&proposal.subtopics));
        line("   Rationale: ", &proposal.rationale);
    }
    text
}

/// `items` separated by semicolons; semicolons inside an item become commas.
#[must_use]
pub fn listed(items: &[String]) -> String {
    let items: Vec<String> = items.iter().map(|item| item.replace(';', ",")).collect();
    items.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(block: &str, seed: u64) -> Vec<String> {
        let prompt = format!("<data>\nstep: propose\n{block}\n</data>");
        let data = Data::find(&prompt).unwrap();
        let found = proposals(Knowledge::shipped().unwrap(), &data, seed);
        assert!(found.iter().all(|proposal| !proposal.scope.is_empty() && !proposal.rationale.is_empty()));
        found.into_iter().map(|proposal| proposal.name).collect()
    }

    #[test]
    fn runs_overlap_and_differ() {
        let block = "kind: subject\nparent: Physics\nparent_kind: discipline";
        let runs: Vec<Vec<String>> = (0..10).map(|seed| names(block, seed)).collect();
        assert_eq!(runs[3], names(block, 3));
        assert!(runs.iter().any(|run| *run != runs[0]));
        let shared = runs[0].iter().filter(|name| runs[1].contains(name)).count();
        assert!(shared > 0);
    }

    #[test]
    fn some_runs_word_a_name_differently() {
        let block = "kind: subject\nparent: Mathematics\nparent_kind: discipline";
        let all: HashSet<String> = (0..10).flat_map(|seed| names(block, seed)).collect();
        let twice = all.iter().filter(|name| reworded(name).is_some_and(|other| all.contains(&other)));
        assert!(twice.count() > 0, "{all:?}");
    }

    #[test]
    fn a_part_of_a_place_gets_only_what_belongs_to_it() {
        let level = |part: &str| {
            let prompt = format!(
                "<data>\nstep: propose\nkind: subject\nparent: Physics\nparent_kind: discipline\nstratum: {part}\n</data>"
            );
            let found = proposals(Knowledge::shipped().unwrap(), &Data::find(&prompt).unwrap(), 1);
            found.into_iter().map(|proposal| proposal.level).collect::<Vec<_>>()
        };
        let beginners = level("what beginners learn (levels 100 and 200)");
        assert!(!beginners.is_empty() && beginners.iter().all(|level| level.starts_with(['1', '2'])), "{beginners:?}");
        let specialists = level("what specialists learn (levels 700 to 900)");
        assert!(specialists.iter().all(|level| level.starts_with(['7', '8', '9'])), "{specialists:?}");
    }

    #[test]
    fn what_was_decided_is_not_proposed_again() {
        let block = "kind: field\naccepted:\n- natural SCIENCES\npending:\n- Engineering\nrejected:\n- Humanities | vague\n\
                     edits:\n- Social Sciences => Sociology and Economics";
        for seed in 0..20 {
            let names = names(block, seed);
            for known in ["Natural Sciences", "Engineering", "Humanities", "Social Sciences"] {
                assert!(!names.iter().any(|name| name == known), "{names:?}");
            }
        }
    }

    #[test]
    fn a_foreign_parent_gets_children_of_its_own() {
        let parent = "kind: subject\nparent: Atomic and Molecular Physics, and Optics\ncount: 8";
        let path = "path: Physical Sciences > Physics and Astronomy > Atomic and Molecular Physics, and Optics";
        let names = names(&format!("{parent}\n{path}"), 1);
        assert_eq!(names.len(), 8);
        assert!(names.iter().all(|name| name.contains("Optics") || name.contains("Molecular Physics")), "{names:?}");
    }

    #[test]
    fn every_kind_of_the_pack_can_be_descended() {
        let fields = names("kind: field\ncount: 40", 0);
        assert!(fields.len() >= 12, "{fields:?}");
        for field in &fields {
            let block = format!("kind: discipline\nparent: {field}\nparent_kind: field");
            assert!(!names(&block, 0).is_empty(), "{field}");
        }
    }

    #[test]
    fn an_exhausted_place_gets_an_empty_list() {
        let all = names("kind: field\ncount: 99", 0);
        let accepted: Vec<String> = all.iter().map(|name| format!("- {name}")).collect();
        assert!(names(&format!("kind: field\naccepted:\n{}", accepted.join("\n")), 1).is_empty());
    }
}
