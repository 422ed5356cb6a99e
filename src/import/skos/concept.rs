//! From a resource to an entry: which label is the name, and where the rest goes.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Options;
use super::graph::{Graph, Resource, Text};
use super::hierarchy::{Place, label};
use super::vocabulary::PROVOST;
use crate::import::forest::{Item, Retired};
use crate::import::{Remark, Rule};
use crate::taxonomy::node::{Facts, Kind};
use crate::taxonomy::text::Untrusted;

/// How well a language suits: the taxonomy's own, none, English, any other.
fn suits(language: Option<&str>, options: &Options) -> u8 {
    let of = |wanted: &str| {
        let rest = language.and_then(|language| language.strip_prefix(wanted));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    match language {
        None => 1,
        Some(_) if options.language.as_deref().is_some_and(of) => 0,
        Some(_) if of("en") => 2,
        Some(_) => 3,
    }
}

/// The text in the language that suits best; the first of several.
fn best<'a>(texts: impl IntoIterator<Item = &'a Text>, options: &Options) -> Option<&'a Text> {
    texts.into_iter().filter(|text| !text.value.trim().is_empty()).min_by(|a, b| {
        let rank = |text: &Text| suits(text.language.as_deref(), options);
        // Of the other languages the same one is taken everywhere.
        rank(a)
            .cmp(&rank(b))
            .then_with(|| if rank(a) == 3 { a.language.cmp(&b.language) } else { std::cmp::Ordering::Equal })
    })
}

/// What a resource may be named, by itself and by labels that are resources of their own (SKOS-XL).
fn names<'a>(graph: &'a Graph, resource: &'a Resource) -> impl Iterator<Item = &'a Text> {
    resource.names.iter().chain(labels(graph, resource, true))
}

/// The SKOS-XL labels of a resource: its names, or its other names.
fn labels<'a>(graph: &'a Graph, resource: &'a Resource, names: bool) -> impl Iterator<Item = &'a Text> {
    let wanted = resource.xl.iter().filter(move |(is_name, _)| *is_name == names);
    wanted.flat_map(|(_, at)| &graph.resources[*at].literal)
}

/// The name of a resource; empty where it has none.
#[must_use]
pub fn name(graph: &Graph, resource: &Resource, options: &Options) -> String {
    let found = best(names(graph, resource), options).or_else(|| best(&resource.titles, options));
    found.map(|text| text.value.trim().to_owned()).unwrap_or_default()
}

/// An entry of every concept.
#[must_use]
pub fn items(graph: &Graph, tree: &[Place], options: &Options, remarks: &mut Vec<Remark>) -> Vec<Item> {
    let places: HashMap<usize, usize> = tree.iter().enumerate().map(|(at, place)| (place.resource, at)).collect();
    let mut foreign: BTreeMap<String, usize> = BTreeMap::new();
    let mut named: BTreeMap<String, usize> = BTreeMap::new();
    let mut items = Vec::with_capacity(tree.len());
    for place in tree {
        let resource = &graph.resources[place.resource];
        let names: Vec<&Text> = names(graph, resource).collect();
        let aliases: Vec<&Text> = resource.aliases.iter().chain(labels(graph, resource, false)).collect();
        let chosen = best(names.iter().copied(), options).or_else(|| best(&resource.titles, options));
        let language = chosen.and_then(|text| text.language.clone());
        if let Some(language) = language.clone().filter(|language| suits(Some(language), options) > 1)
            && options.language.is_some()
        {
            *named.entry(language).or_default() += 1;
        }
        let own = |text: &&&Text| {
            text.language.is_none() || text.language == language || suits(text.language.as_deref(), options) == 0
        };
        let name = chosen.map(|text| text.value.trim().to_owned()).unwrap_or_default();
        let mut facts = Facts::named(name.clone());
        let mut known = HashSet::from([name.as_str(), ""]);
        let said = names.iter().chain(&aliases).filter(own).map(|text| text.value.trim());
        facts.aliases = said.filter(|text| known.insert(text)).map(Untrusted::from).collect();
        let other: Vec<&Text> = names.iter().chain(&aliases).filter(|text| !own(text)).copied().collect();
        for text in &other {
            *foreign.entry(text.language.clone().unwrap_or_default()).or_default() += 1;
        }
        facts.scope = scope(resource, options);
        facts.subtopics = resource.subtopics.iter().map(Untrusted::from).collect();
        let mut kind = None;
        let mut codes = Vec::new();
        for (datatype, value) in &resource.notations {
            match datatype.strip_prefix(PROVOST) {
                Some("kind") => kind = value.parse::<Kind>().ok(),
                Some("level") => facts.level = Some(value.into()),
                _ => codes.push(value.as_str()),
            }
        }
        let retired = (resource.deprecated || !resource.replaced_by.is_empty()).then(|| Retired {
            by: resource.replaced_by.iter().find_map(|by| places.get(by).copied()),
            by_node: resource.replaced_by.iter().find_map(|by| node_id(&graph.resources[*by])),
            reason: resource.reason.as_ref().map(Untrusted::from),
        });
        items.push(Item {
            parent: place.parent,
            kind,
            id: node_id(resource),
            facts,
            rationale: Some(provenance(graph, place, &codes, &other, options)),
            retired,
            at: resource.iri.clone(),
            position: None,
        });
    }
    let mut tell = |rule, counts: BTreeMap<String, usize>| {
        for (language, count) in counts {
            remarks.push(Remark::tally(rule, count, format!("{language} ({count})")));
        }
    };
    tell(Rule::Language, named);
    tell(Rule::Labels, foreign);
    items
}

/// Our own id, from `dct:identifier` or the end of the IRI.
fn node_id(resource: &Resource) -> Option<crate::taxonomy::NodeId> {
    let end = resource.iri.rsplit(['#', '/', ':']).next().unwrap_or_default();
    resource.identifiers.iter().map(String::as_str).chain([end]).find_map(|text| text.parse().ok())
}

/// Definition and scope note, in the language that suits best.
fn scope(resource: &Resource, options: &Options) -> Option<Untrusted> {
    let texts = [best(&resource.definitions, options), best(&resource.scope_notes, options)];
    match texts {
        [None, None] => None,
        [Some(one), None] | [None, Some(one)] => Some(one.value.clone().into()),
        [Some(definition), Some(note)] => Some(format!("{}\n\n{}", definition.value.trim(), note.value.trim()).into()),
    }
}

/// Longest that one kind of remark in a rationale gets, in characters.
const LONGEST: usize = 1000;

/// Where an entry comes from, and what of it has no place in the facts.
fn provenance(graph: &Graph, place: &Place, codes: &[&str], other: &[&Text], options: &Options) -> Untrusted {
    let resource = &graph.resources[place.resource];
    let mut lines = vec![resource.iri.clone()];
    let mut line = |word: &str, texts: Vec<String>| {
        if !texts.is_empty() {
            let text: String = texts.join("; ").chars().take(LONGEST).collect();
            lines.push(format!("{word}: {text}"));
        }
    };
    let names = |list: &[usize]| {
        let mut list = list.to_vec();
        list.sort_unstable();
        list.dedup();
        list.into_iter().map(|at| label(graph, at, options)).collect::<Vec<_>>()
    };
    line("also under", names(&place.others));
    line("related", names(&resource.related));
    line("notation", codes.iter().map(|code| (*code).to_owned()).collect());
    line("matches", resource.matches.clone());
    let tagged = |text: &&Text| format!("{} ({})", text.value, text.language.as_deref().unwrap_or("?"));
    line("in other languages", other.iter().map(tagged).collect());
    for (word, text) in &resource.notes {
        line(word, vec![text.value.clone()]);
    }
    if resource.deprecated || !resource.replaced_by.is_empty() {
        line("deprecated, replaced by", names(&resource.replaced_by));
    }
    lines.join("\n").into()
}
