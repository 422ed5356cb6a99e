//! From a graph of concepts to a tree. Of several parents the one nearest to the root counts,
//! then the one whose IRI sorts first: the same file always makes the same tree.

use std::collections::{HashMap, VecDeque};

use super::Options;
use super::concept::name;
use super::graph::Graph;
use crate::import::{Remark, Rule};
use crate::taxonomy::text::normalise;

/// A concept at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The resource.
    pub resource: usize,
    /// Its parent's position in the list.
    pub parent: Option<usize>,
    /// Its further parents: resources.
    pub others: Vec<usize>,
}

/// All concepts (and, where asked for, schemes), parents before children, siblings by name.
#[must_use]
pub fn tree(graph: &Graph, options: &Options, remarks: &mut Vec<Remark>) -> Vec<Place> {
    let mut parents = parents(graph, options, remarks);
    let mut children: HashMap<usize, Vec<usize>> = HashMap::new();
    for (at, above) in &parents {
        for parent in above {
            children.entry(*parent).or_default().push(*at);
        }
    }
    let iri = |at: usize| graph.resources[at].iri.as_str();
    let mut members: Vec<usize> = parents.keys().copied().collect();
    members.sort_unstable_by_key(|at| iri(*at));
    let mut chosen: HashMap<usize, Option<usize>> = HashMap::with_capacity(members.len());
    let mut roots: Vec<usize> = members.iter().copied().filter(|at| parents[at].is_empty()).collect();
    let mut rest = members.iter();
    loop {
        spread(&roots, &children, &mut chosen, &iri);
        // What no root reaches hangs in a circle: it is cut where it is entered.
        let Some(lost) = rest.find(|at| !chosen.contains_key(*at)).copied() else { break };
        let (entry, above) = circle(lost, &parents, &iri);
        let what = format!("{} is not below {}", label(graph, entry, options), label(graph, above, options));
        remarks.push(Remark::new(Rule::Cycle, iri(entry), what));
        parents.entry(entry).or_default().retain(|parent| *parent != above);
        // Everything that was passed on the way is below the entry now.
        roots = vec![entry];
    }
    let places = in_order(graph, options, &chosen, &parents);
    several(graph, options, &places, remarks);
    places
}

/// What each concept may hang under.
fn parents(graph: &Graph, options: &Options, remarks: &mut Vec<Remark>) -> HashMap<usize, Vec<usize>> {
    let count = graph.resources.len();
    let scheme = |at: usize| options.schemes && graph.resources[at].is_scheme;
    let member: Vec<bool> = (0..count).map(|at| graph.is_concept(at) || scheme(at)).collect();
    let mut found = HashMap::new();
    for at in (0..count).filter(|at| member[*at]) {
        let resource = &graph.resources[at];
        let mut above: Vec<usize> = resource.broader.iter().map(|parent| replaced(graph, *parent, options)).collect();
        above.extend(resource.top_of.iter().filter(|_| options.schemes));
        above.sort_unstable();
        above.dedup();
        above.retain(|parent| *parent != at);
        let named = above.len();
        above.retain(|parent| member[*parent] && is_said(graph, *parent));
        if above.is_empty() && named > 0 {
            remarks.push(Remark::new(Rule::Dangling, resource.iri.clone(), label(graph, at, options)));
        }
        // What is deprecated carries something only where nothing else does.
        if !options.deprecated && above.iter().any(|parent| !is_retired(graph, *parent)) {
            above.retain(|parent| !is_retired(graph, *parent));
        }
        found.insert(at, above);
    }
    found
}

/// Whether the file says anything of a resource but that something hangs under it.
fn is_said(graph: &Graph, at: usize) -> bool {
    let resource = &graph.resources[at];
    resource.is_concept || resource.is_scheme || !resource.names.is_empty() || !resource.broader.is_empty()
}

fn is_retired(graph: &Graph, at: usize) -> bool {
    let resource = &graph.resources[at];
    resource.deprecated || !resource.replaced_by.is_empty()
}

/// What stands in for a parent that only proposals may not hang under.
fn replaced(graph: &Graph, at: usize, options: &Options) -> usize {
    let by = graph.resources[at].replaced_by.iter().copied();
    let by =
        by.filter(|by| graph.is_concept(*by) && !is_retired(graph, *by)).min_by_key(|by| &graph.resources[*by].iri);
    by.filter(|_| !options.deprecated).unwrap_or(at)
}

/// Breadth first from the roots: the first parent to reach a concept is nearest to the root; of
/// those equally near, the one whose IRI sorts first.
fn spread<'a>(
    roots: &[usize],
    children: &HashMap<usize, Vec<usize>>,
    chosen: &mut HashMap<usize, Option<usize>>,
    iri: &impl Fn(usize) -> &'a str,
) {
    let mut level: VecDeque<usize> = VecDeque::new();
    for root in roots {
        chosen.insert(*root, None);
        level.push_back(*root);
    }
    while !level.is_empty() {
        let mut sorted: Vec<usize> = level.drain(..).collect();
        sorted.sort_unstable_by_key(|at| iri(*at));
        for parent in sorted {
            for child in children.get(&parent).into_iter().flatten() {
                if !chosen.contains_key(child) {
                    chosen.insert(*child, Some(parent));
                    level.push_back(*child);
                }
            }
        }
    }
}

/// The member of a circle above `start` whose IRI sorts first, and what it hangs under there.
fn circle<'a>(start: usize, parents: &HashMap<usize, Vec<usize>>, iri: &impl Fn(usize) -> &'a str) -> (usize, usize) {
    let above = |at: usize| parents.get(&at).and_then(|above| above.iter().copied().min_by_key(|at| iri(*at)));
    let mut seen: HashMap<usize, usize> = HashMap::new();
    let mut chain = Vec::new();
    let mut at = start;
    while !seen.contains_key(&at) {
        seen.insert(at, chain.len());
        chain.push(at);
        match above(at) {
            Some(parent) => at = parent,
            None => break,
        }
    }
    let ring = &chain[seen.get(&at).copied().unwrap_or_default()..];
    let entry = ring.iter().copied().min_by_key(|at| iri(*at)).unwrap_or(start);
    (entry, above(entry).unwrap_or(entry))
}

/// Depth first, siblings by name.
fn in_order(
    graph: &Graph,
    options: &Options,
    chosen: &HashMap<usize, Option<usize>>,
    parents: &HashMap<usize, Vec<usize>>,
) -> Vec<Place> {
    let mut below: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
    for (at, parent) in chosen {
        below.entry(*parent).or_default().push(*at);
    }
    for siblings in below.values_mut() {
        siblings.sort_by_cached_key(|at| (normalise(&label(graph, *at, options)), graph.resources[*at].iri.clone()));
    }
    let mut places = Vec::with_capacity(chosen.len());
    let mut open: Vec<(usize, Option<usize>)> = Vec::new();
    let top = below.remove(&None).unwrap_or_default();
    open.extend(top.into_iter().rev().map(|at| (at, None)));
    while let Some((resource, parent)) = open.pop() {
        let own = chosen.get(&resource).copied().flatten();
        let others = parents.get(&resource).into_iter().flatten().copied().filter(|other| Some(*other) != own);
        places.push(Place { resource, parent, others: others.collect() });
        let here = Some(places.len() - 1);
        let children = below.remove(&Some(resource)).unwrap_or_default();
        open.extend(children.into_iter().rev().map(|at| (at, here)));
    }
    places
}

/// Remarks about further parents. One that is below its own child is part of a circle.
fn several(graph: &Graph, options: &Options, places: &[Place], remarks: &mut Vec<Remark>) {
    let at_place: HashMap<usize, usize> = places.iter().enumerate().map(|(at, place)| (place.resource, at)).collect();
    let mut ends: Vec<usize> = (1..=places.len()).collect();
    for at in (0..places.len()).rev() {
        if let Some(parent) = places[at].parent {
            ends[parent] = ends[parent].max(ends[at]);
        }
    }
    for (at, place) in places.iter().enumerate() {
        if place.others.is_empty() {
            continue;
        }
        let is_below = |other: &&usize| at_place.get(*other).is_some_and(|other| (at..ends[at]).contains(other));
        let circular = place.others.iter().filter(is_below).count();
        let iri = graph.resources[place.resource].iri.clone();
        let names: Vec<_> = place.others.iter().map(|other| label(graph, *other, options)).collect();
        let own = label(graph, place.resource, options);
        let above = place.parent.map(|parent| label(graph, places[parent].resource, options));
        let under = above.map_or("at the top".to_owned(), |above| format!("under {above}"));
        let rule = if circular > 0 { Rule::Cycle } else { Rule::Parents };
        remarks.push(Remark::new(rule, iri, format!("{own}: {under}, not {}", names.join(", "))));
    }
}

/// The name of a resource, or its IRI.
pub fn label(graph: &Graph, at: usize, options: &Options) -> String {
    let resource = &graph.resources[at];
    let name = name(graph, resource, options);
    if name.is_empty() { resource.iri.clone() } else { name }
}
