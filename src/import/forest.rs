//! What most formats come down to: entries that hang under each other. [`plant`] finds the kind
//! of each, recognises what is known, and says what does not fit.

use std::collections::{HashMap, HashSet};

use super::known::Known;
use super::{Import, ImportError, Remark, Rule};
use crate::taxonomy::id::NodeId;
use crate::taxonomy::node::{Deprecation, Facts, Kind};
use crate::taxonomy::proposal::Proposed;
use crate::taxonomy::snapshot::Snapshot;
use crate::taxonomy::text::{Untrusted, normalise, reveal_line};

/// One entry of a foreign hierarchy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Item {
    /// The entry above, which is earlier in the list.
    pub parent: Option<usize>,
    /// Its kind, where the file says so.
    pub kind: Option<Kind>,
    /// Our own id, where the file carries one.
    pub id: Option<NodeId>,
    /// Name and the rest.
    pub facts: Facts,
    /// Where it comes from, and what has no place in the facts.
    pub rationale: Option<Untrusted>,
    /// Set where it is no longer used.
    pub retired: Option<Retired>,
    /// Where in the file it is: `line 3`, an IRI.
    pub at: String,
    /// The line and column it starts at, where there are any.
    pub position: Option<(u64, u64)>,
}

/// What a file says of an entry that is no longer used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retired {
    /// What to use instead: an entry of the file,
    pub by: Option<usize>,
    /// or a node.
    pub by_node: Option<NodeId>,
    /// Why.
    pub reason: Option<Untrusted>,
}

/// What becomes of entries that are deeper than there are kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Deeper {
    /// Subtopics of the subject above.
    #[default]
    Subtopics,
    /// Nodes of the last kind, beside the node above.
    Beside,
    /// Nothing: they are left out.
    LeaveOut,
    /// Nothing of the file is taken.
    Refuse,
}

/// How entries become nodes.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    /// The accepted node that everything hangs under (`None`: the root).
    pub under: Option<NodeId>,
    /// The kind of each depth, top first; `None` leaves a level out. Empty: as fits.
    pub kinds: Vec<Option<Kind>>,
    /// What is deeper.
    pub deeper: Deeper,
    /// Whether what is deprecated comes along.
    pub deprecated: bool,
}

/// The kinds of the depths of a forest that is `depth` deep and hangs under `under`: the whole
/// chain where it is deep enough, else without sub-fields, then from the top.
#[must_use]
pub fn fitting_kinds(under: Option<Kind>, depth: usize) -> Vec<Kind> {
    let mut chain: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| under.is_none_or(|above| *kind > above)).collect();
    if depth < chain.len() {
        chain.retain(|kind| *kind != Kind::SubField);
    }
    chain.truncate(depth);
    chain
}

/// The kinds as a list: `field, discipline, subject`; `-` where a level is left out.
#[must_use]
pub fn kinds_in_words(kinds: &[Option<Kind>]) -> String {
    kinds.iter().map(|kind| kind.map_or("-", Kind::name)).collect::<Vec<_>>().join(", ")
}

/// What became of an entry.
#[derive(Debug, Clone, Copy)]
enum Became {
    /// This node, and its proposal where it is new.
    Node(Planted),
    /// Its level was left out: what is below hangs under what is above.
    Through(Option<Planted>),
    /// A subtopic of that proposal.
    Subtopic { of: usize },
    /// Nothing.
    Nothing,
}

/// A node that an entry became.
#[derive(Debug, Clone, Copy)]
struct Planted {
    id: NodeId,
    kind: Kind,
    /// Its place among the new proposals; `None` where it is known already.
    proposal: Option<usize>,
    /// What it hangs under.
    above: Option<(NodeId, Kind)>,
}

struct Planting<'a> {
    shape: &'a Shape,
    kinds: Vec<Option<Kind>>,
    known: Known<'a>,
    /// By parent and name: what is there.
    seen: HashMap<(Option<NodeId>, String), Planted>,
    /// By proposal: its aliases, and with `true` its subtopics.
    said: HashSet<(usize, bool, String)>,
    import: Import,
}

/// Turns entries into proposals. Also the kinds of the depths that were used.
///
/// # Errors
/// The kinds fit nowhere, or something is too deep and [`Deeper::Refuse`] was asked for.
pub fn plant(
    items: &[Item],
    remarks: Vec<Remark>,
    snapshot: &Snapshot,
    shape: &Shape,
) -> Result<(Vec<Option<Kind>>, Import), ImportError> {
    let depths = depths(items);
    let above = shape.under.and_then(|id| snapshot.tree.node(id)).map(|node| node.kind);
    let deepest = items.iter().zip(&depths).filter(|(item, _)| item.kind.is_none()).map(|(_, depth)| depth + 1).max();
    let kinds = match (&shape.kinds[..], deepest) {
        (_, None) => vec![],
        ([], Some(deepest)) => fitting_kinds(above, deepest).into_iter().map(Some).collect(),
        (chosen, _) => chosen.to_vec(),
    };
    if above == Some(Kind::Subject) {
        return Err(ImportError::whole("Nothing hangs under a subject."));
    }
    hang_together(above, &kinds)?;
    let import = Import { read: items.len(), remarks, ..Import::default() };
    let mut planting =
        Planting { shape, kinds, known: Known::new(snapshot), seen: HashMap::new(), said: HashSet::new(), import };
    let mut became: Vec<Became> = Vec::with_capacity(items.len());
    for (item, depth) in items.iter().zip(depths) {
        let parent = item.parent.and_then(|parent| became.get(parent).copied());
        became.push(planting.take(item, parent, depth, above)?);
    }
    let Planting { kinds, mut import, .. } = planting;
    if shape.deprecated {
        import.deprecated = retired(items, &became, snapshot);
    }
    Ok((kinds, import))
}

fn depths(items: &[Item]) -> Vec<usize> {
    let mut depths: Vec<usize> = Vec::with_capacity(items.len());
    for item in items {
        let above = item.parent.and_then(|parent| depths.get(parent));
        depths.push(above.map_or(0, |depth| depth + 1));
    }
    depths
}

fn hang_together(above: Option<Kind>, kinds: &[Option<Kind>]) -> Result<(), ImportError> {
    let mut parent = above;
    for kind in kinds.iter().flatten() {
        if !Kind::below(parent).contains(kind) {
            let place = Kind::place(parent);
            return Err(ImportError::whole(format!(
                "The kinds ({}) do not fit: a {kind} does not hang under {place}.",
                kinds_in_words(kinds)
            )));
        }
        parent = Some(*kind);
    }
    Ok(())
}

impl Planting<'_> {
    fn take(
        &mut self,
        item: &Item,
        parent: Option<Became>,
        depth: usize,
        above: Option<Kind>,
    ) -> Result<Became, ImportError> {
        let here = match parent {
            None => self.shape.under.zip(above).map(|(id, kind)| Planted { id, kind, proposal: None, above: None }),
            Some(Became::Node(node)) => Some(node),
            Some(Became::Through(node)) => node,
            Some(Became::Subtopic { .. }) => None,
            Some(Became::Nothing) => return Ok(self.leave(Rule::Below, item, "")),
        };
        if item.facts.name.is_blank() {
            return Ok(self.leave(Rule::Nameless, item, ""));
        }
        if item.retired.is_some() && !self.shape.deprecated {
            return Ok(self.leave(Rule::Deprecated, item, ""));
        }
        if let Some(Became::Subtopic { of }) = parent {
            return self.deeper(item, Some(of));
        }
        let kind = match (item.kind, self.kinds.get(depth)) {
            (Some(kind), _) => kind,
            (None, Some(Some(kind))) => *kind,
            (None, Some(None)) => {
                self.remark(Rule::Level, item, "");
                return Ok(Became::Through(here));
            }
            (None, None) => return self.too_deep(item, here),
        };
        Ok(self.node(item, here.map(|node| (node.id, node.kind)), kind))
    }

    fn node(&mut self, item: &Item, above: Option<(NodeId, Kind)>, kind: Kind) -> Became {
        if !Kind::below(above.map(|(_, kind)| kind)).contains(&kind) {
            let place = Kind::place(above.map(|(_, kind)| kind));
            return self.leave(Rule::Misfit, item, &format!("a {kind} does not hang under {place}"));
        }
        let parent = above.map(|(id, _)| id);
        let name = normalise(item.facts.name.raw());
        let slot = (parent, name.clone());
        if let Some(twin) = self.seen.get(&slot).copied() {
            if twin.kind != kind {
                return self.leave(Rule::Misfit, item, &format!("a {} beside it has the same name", twin.kind));
            }
            self.remark(Rule::Twin, item, "");
            self.import.repeated += 1;
            self.join(item, twin.proposal);
            return Became::Node(twin);
        }
        let before = self.import.proposals.len();
        let (facts, rationale) = (item.facts.clone(), item.rationale.clone());
        let id = self.known.find(parent, &(kind, name), facts, item.id, rationale, &mut self.import);
        let proposal = (self.import.proposals.len() > before).then_some(before);
        let aliases = item.facts.aliases.iter().map(|alias| (before, false, alias.raw().to_owned()));
        let subtopics = item.facts.subtopics.iter().map(|topic| (before, true, normalise(topic.raw())));
        if proposal.is_some() {
            self.said.extend(aliases.chain(subtopics));
        }
        let planted = Planted { id, kind, proposal, above };
        self.seen.insert(slot, planted);
        Became::Node(planted)
    }

    /// Adds what a twin knows to the proposal.
    fn join(&mut self, twin: &Item, proposal: Option<usize>) {
        let found = proposal.and_then(|at| Some((at, self.import.proposals.get_mut(at)?)));
        let Some((at, Proposed::Node { facts, .. })) = found else { return };
        let new = twin.facts.aliases.iter().filter(|alias| self.said.insert((at, false, alias.raw().to_owned())));
        facts.aliases.extend(new.cloned());
        facts.scope = facts.scope.take().or_else(|| twin.facts.scope.clone());
        facts.level = facts.level.take().or_else(|| twin.facts.level.clone());
    }

    /// An entry below a subject: a subtopic of it, where it is new.
    fn deeper(&mut self, item: &Item, of: Option<usize>) -> Result<Became, ImportError> {
        let found = of.and_then(|at| self.import.proposals.get_mut(at));
        let (Some(at), Some(Proposed::Node { facts, .. })) = (of, found) else {
            return Ok(self.leave(Rule::TooDeep, item, "the subject above it is known already"));
        };
        if self.said.insert((at, true, normalise(item.facts.name.raw()))) {
            facts.subtopics.push(item.facts.name.clone());
        }
        let subject = facts.name.line().into_owned();
        self.remark(Rule::Subtopic, item, &format!("of {subject}"));
        Ok(Became::Subtopic { of: at })
    }

    fn too_deep(&mut self, item: &Item, here: Option<Planted>) -> Result<Became, ImportError> {
        match (self.shape.deeper, here) {
            (Deeper::Refuse, _) => {
                let (line, column) = item.position.unzip();
                let name = reveal_line(item.facts.name.raw());
                let kinds = kinds_in_words(&self.kinds);
                let message = format!("\"{name}\" is deeper than there are kinds ({kinds}).");
                Err(ImportError { line, column, message })
            }
            (Deeper::Beside, Some(Planted { kind, above, .. })) => {
                self.remark(Rule::Lifted, item, "");
                Ok(self.node(item, above, kind))
            }
            (Deeper::Subtopics, Some(Planted { kind: Kind::Subject, proposal, .. })) => self.deeper(item, proposal),
            _ => Ok(self.leave(Rule::TooDeep, item, "")),
        }
    }

    fn leave(&mut self, rule: Rule, item: &Item, why: &str) -> Became {
        self.remark(rule, item, why);
        Became::Nothing
    }

    fn remark(&mut self, rule: Rule, item: &Item, why: &str) {
        let name = &item.facts.name;
        let what = match (name.is_blank(), why) {
            (true, why) => why.to_owned(),
            (false, "") => name.raw().to_owned(),
            (false, why) => format!("{}: {why}", name.raw()),
        };
        self.import.remarks.push(Remark::new(rule, item.at.clone(), what));
    }
}

/// The deprecations of new nodes, with what replaces them.
fn retired(items: &[Item], became: &[Became], snapshot: &Snapshot) -> Vec<(NodeId, Deprecation)> {
    let node = |at: usize| match became.get(at) {
        Some(Became::Node(node)) => Some(node.id),
        _ => None,
    };
    let one = |(item, became): (&Item, &Became)| {
        let (Some(retired), Became::Node(Planted { id, proposal: Some(_), .. })) = (&item.retired, became) else {
            return None;
        };
        let known = |id: &NodeId| snapshot.tree.entry(*id).is_some();
        let replaced_by = retired.by.and_then(node).or(retired.by_node.filter(known)).filter(|by| by != id);
        Some((*id, Deprecation { replaced_by, reason: retired.reason.clone() }))
    };
    items.iter().zip(became).filter_map(one).collect()
}
