//! Deciding on many at once: what of a selection can be decided like that, what is left out, and why.

use std::collections::{BTreeMap, HashSet};

use super::id::{NodeId, ProposalId};
use super::op;
use super::proposal::{Body, Proposal};
use super::snapshot::{Outlook, Snapshot, rank};
use super::step::Standing;
use super::tree::Tree;

/// Why a proposal is left out of a decision on many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeftOut {
    /// Somebody asked for a second look.
    Flagged,
    /// Its text holds characters that do not show.
    Hidden,
    /// What it hangs under is not accepted, nor will it be by this decision.
    Waits,
    /// Its parent is gone.
    Withdrawn,
    /// The same name is there already.
    Known,
    /// It is accepted or merged.
    Decided,
    /// It cannot be decided like that: a syllabus in another place, a kind that does not fit.
    Unfit,
}

impl LeftOut {
    /// What is said after "3 are left out:".
    #[must_use]
    pub fn why(self) -> &'static str {
        match self {
            LeftOut::Flagged => "flagged for a second curator",
            LeftOut::Hidden => "text hides characters",
            LeftOut::Waits => "the parent is not accepted",
            LeftOut::Withdrawn => "withdrawn with the parent",
            LeftOut::Known => "the name is there already",
            LeftOut::Decided => "decided already",
            LeftOut::Unfit => "does not fit there",
        }
    }

    /// Whether looking at it alone leads on.
    fn wants_a_look(self) -> bool {
        matches!(self, LeftOut::Flagged | LeftOut::Hidden)
    }
}

/// A selection, gone through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sifted {
    /// What can be decided, parents before children, each once.
    pub on: Vec<ProposalId>,
    /// What cannot, and why.
    pub left_out: Vec<(ProposalId, LeftOut)>,
}

impl Sifted {
    /// One line for each reason: how many are left out, why, the first names.
    #[must_use]
    pub fn remarks(&self, snapshot: &Snapshot) -> Vec<String> {
        let mut reasons: BTreeMap<LeftOut, Vec<ProposalId>> = BTreeMap::new();
        for (id, why) in &self.left_out {
            reasons.entry(*why).or_default().push(*id);
        }
        let line = |(why, ids): (LeftOut, Vec<ProposalId>)| {
            let are = if ids.len() == 1 { "1 is".to_owned() } else { format!("{} are", ids.len()) };
            let alone = if why.wants_a_look() { "; decide alone" } else { "" };
            let names = super::describe::proposals(snapshot, &ids);
            format!("{are} left out ({}{alone}): {names}", why.why())
        };
        reasons.into_iter().map(line).collect()
    }
}

fn ordered<'a>(snapshot: &'a Snapshot, on: &[ProposalId]) -> Vec<&'a Proposal> {
    let mut seen = HashSet::new();
    let known = on.iter().filter(|id| seen.insert(**id)).filter_map(|id| snapshot.record.proposal(*id));
    let mut found: Vec<&Proposal> = known.map(AsRef::as_ref).collect();
    found.sort_by_key(|proposal| rank(proposal));
    found
}

/// What of a selection can be accepted, under another parent where one is named.
#[must_use]
pub fn acceptable(snapshot: &Snapshot, on: &[ProposalId], under: Option<Option<NodeId>>) -> Sifted {
    let found = ordered(snapshot, on);
    let is_crowd = found.len() > 1;
    let mut tree = snapshot.tree.clone();
    let mut sifted = Sifted::default();
    for proposal in found {
        match accept_one(snapshot, &mut tree, proposal, under, is_crowd) {
            Ok(()) => sifted.on.push(proposal.id),
            Err(why) => sifted.left_out.push((proposal.id, why)),
        }
    }
    sifted
}

fn accept_one(
    snapshot: &Snapshot,
    tree: &mut Tree,
    proposal: &Proposal,
    under: Option<Option<NodeId>>,
    is_crowd: bool,
) -> Result<(), LeftOut> {
    if snapshot.is_contested(proposal) && snapshot.is_in_tree(proposal) {
        return Ok(());
    }
    if op::undecided(snapshot, proposal).is_err() || snapshot.is_in_tree(proposal) {
        return Err(LeftOut::Decided);
    }
    if is_crowd && proposal.is_suspicious() {
        return Err(LeftOut::Hidden);
    }
    if is_crowd && proposal.flag.is_some() {
        return Err(LeftOut::Flagged);
    }
    let why = || match (&proposal.body, snapshot.outlook(proposal)) {
        (_, Outlook::Withdrawn) if under.is_none() => LeftOut::Withdrawn,
        (_, Outlook::Waiting(_)) if under.is_none() => LeftOut::Waits,
        (Body::Node { parent, facts, .. }, _) => {
            let twin = tree.child_by_name(under.unwrap_or(*parent), facts.name.raw());
            if twin.is_some() { LeftOut::Known } else { LeftOut::Unfit }
        }
        _ => LeftOut::Unfit,
    };
    let acceptance = op::acceptance(snapshot, tree, proposal, None, under).map_err(|_| why())?;
    let step = op::acceptance_step(snapshot, &acceptance).map_err(|_| LeftOut::Unfit)?;
    if let Standing::Conflict(_) = step.standing(tree) {
        return Err(why());
    }
    step.apply(tree).map_err(|_| LeftOut::Unfit)
}

/// The names in a list as people write one: a line each, bullets and numbers before them taken away.
#[must_use]
pub fn names_in(text: &str) -> Vec<String> {
    text.lines().map(without_bullet).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn without_bullet(line: &str) -> &str {
    let line = line.trim();
    let marked = ["- ", "* ", "+ ", "\u{2022} "].iter().find_map(|bullet| line.strip_prefix(bullet));
    let numbered = || {
        let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
        let rest = rest.strip_prefix(['.', ')']).filter(|_| rest.len() < line.len())?;
        rest.starts_with(char::is_whitespace).then_some(rest)
    };
    marked.or_else(numbered).unwrap_or(line).trim()
}

/// What of a selection is not accepted or merged, so that it can be rejected, put off, flagged or
/// merged.
#[must_use]
pub fn undecided(snapshot: &Snapshot, on: &[ProposalId]) -> Sifted {
    let mut sifted = Sifted::default();
    for proposal in ordered(snapshot, on) {
        match op::undecided(snapshot, proposal) {
            Ok(()) => sifted.on.push(proposal.id),
            Err(_) => sifted.left_out.push((proposal.id, LeftOut::Decided)),
        }
    }
    sifted
}

/// Of a selection, what can become another name of a node.
#[must_use]
pub fn mergeable(snapshot: &Snapshot, on: &[ProposalId]) -> Sifted {
    let mut sifted = undecided(snapshot, on);
    let (nodes, syllabi): (Vec<_>, Vec<_>) = sifted.on.iter().copied().partition(|id| !id.is_syllabus());
    sifted.on = nodes;
    sifted.left_out.extend(syllabi.into_iter().map(|id| (id, LeftOut::Unfit)));
    sifted
}

#[cfg(test)]
mod tests {
    use super::super::event::{EVENT_VERSION, Event};
    use super::super::id::{BatchId, EventId};
    use super::super::manifest::Manifest;
    use super::super::node::{Facts, Kind};
    use super::super::op::{Op, Refusal, Verdict, decide};
    use super::super::proposal::{Batch, Proposed, Source, State};
    use super::*;

    fn id(path: &[&str]) -> NodeId {
        let kinds = [Kind::Field, Kind::Discipline, Kind::Subject];
        let down = path.iter().zip(kinds).fold(None, |above, (name, kind)| Some(NodeId::derive(above, kind, name, 0)));
        down.unwrap()
    }

    fn of(path: &[&str]) -> ProposalId {
        ProposalId::of_node(id(path))
    }

    fn proposed(paths: &[&[&str]]) -> Snapshot {
        let kinds = [Kind::Field, Kind::Discipline, Kind::Subject];
        let proposal = |path: &&[&str]| Proposed::Node {
            parent: (path.len() > 1).then(|| id(&path[..path.len() - 1])),
            kind: kinds[path.len() - 1],
            facts: Facts::named(path[path.len() - 1]),
            rationale: None,
        };
        let mut snapshot = Snapshot::empty(Manifest::titled("Test"));
        let source = Source::import("t.csv", "csv");
        let proposals = paths.iter().map(proposal).collect();
        let (id, at, by) = (BatchId::new(1_000, 0), String::new(), "ana".to_owned());
        snapshot.record.add_batch(Batch { id, at, by, source, about: None, bad: vec![], proposals, calls: vec![] });
        snapshot
    }

    fn run(snapshot: &mut Snapshot, op: Op) -> Result<(), Refusal> {
        let verdict = decide(snapshot, "ana", op)?;
        let id = EventId::new(10_000 + snapshot.revision, 0);
        let (at, by) = (String::new(), "ana".to_owned());
        let Verdict { change, ballot, steps } = verdict;
        snapshot.commit(Event { v: EVENT_VERSION, id, at, by, change, ballot }, &steps).unwrap();
        Ok(())
    }

    /// Everything a person can see of it.
    fn shown(snapshot: &Snapshot) -> String {
        let tree = &snapshot.tree;
        let nodes = tree.subtree(None).into_iter().map(|id| format!("{} {:?}", tree.path(id), tree.node(id)));
        let mut states: Vec<String> =
            snapshot.record.proposals().map(|p| format!("{} {:?} {}", p.id, p.state, p.flag.is_some())).collect();
        states.sort();
        nodes.chain(states).collect::<Vec<_>>().join("\n")
    }

    fn reverts(snapshot: &mut Snapshot, op: Op) {
        let before = shown(snapshot);
        run(snapshot, op.clone()).unwrap_or_else(|why| panic!("{op:?}: {why}"));
        let during = shown(snapshot);
        assert_ne!(during, before, "{op:?}");
        run(snapshot, Op::Undo(None)).unwrap_or_else(|why| panic!("undo of {op:?}: {why}"));
        assert_eq!(shown(snapshot), before, "{op:?}");
        run(snapshot, Op::Redo(None)).unwrap_or_else(|why| panic!("redo of {op:?}: {why}"));
        assert_eq!(shown(snapshot), during, "{op:?}");
        run(snapshot, Op::Undo(None)).unwrap();
    }

    #[test]
    fn a_list_is_read_as_people_write_it() {
        let text = "- Optics\n\n 2. Acoustics \n3) Heat\n\u{2022} 3D printing\n* 20th-century music\n1984";
        assert_eq!(names_in(text), ["Optics", "Acoustics", "Heat", "3D printing", "20th-century music", "1984"]);
    }

    const ALL: [&[&str]; 7] = [
        &["Arts", "Music", "Harmony"],
        &["Arts", "Music", "Rhythm"],
        &["Arts", "Dance"],
        &["Arts", "Music"],
        &["Arts", "Music\u{200b}al"],
        &["Arts"],
        &["Crafts"],
    ];

    fn everything() -> Vec<ProposalId> {
        ALL.iter().map(|path| of(path)).collect()
    }

    #[test]
    fn a_whole_branch_is_accepted_parents_first_and_what_needs_a_look_stays_out() {
        let mut snapshot = proposed(&ALL);
        run(&mut snapshot, Op::Flag { on: vec![of(&["Arts", "Dance"])], note: None }).unwrap();
        let sifted = acceptable(&snapshot, &everything(), None);
        let on: Vec<_> = [&["Arts"][..], &["Crafts"], &["Arts", "Music"], &["Arts", "Music", "Harmony"]]
            .into_iter()
            .chain([&["Arts", "Music", "Rhythm"][..]])
            .map(of)
            .collect();
        assert_eq!(sifted.on, on);
        assert_eq!(
            sifted.remarks(&snapshot),
            [
                "1 is left out (flagged for a second curator; decide alone): \"Dance\"",
                "1 is left out (text hides characters; decide alone): \"Music\u{27e8}U+200B\u{27e9}al\"",
            ]
        );
        let refused = run(&mut snapshot, Op::Accept { on: everything(), edit: None, under: None }).unwrap_err();
        assert!(refused.what.ends_with("so it is not accepted together with others."), "{refused}");
        reverts(&mut snapshot, Op::Accept { on: sifted.on, edit: None, under: None });
        let alone = acceptable(&snapshot, &[of(&["Arts", "Dance"])], None);
        assert_eq!(alone.left_out, [(of(&["Arts", "Dance"]), LeftOut::Waits)]);
    }

    #[test]
    fn a_child_of_what_is_left_out_waits_and_a_twin_is_known() {
        let mut snapshot = proposed(&ALL);
        run(&mut snapshot, Op::Accept { on: vec![of(&["Arts"])], edit: None, under: None }).unwrap();
        run(&mut snapshot, Op::Flag { on: vec![of(&["Arts", "Music"])], note: None }).unwrap();
        let twin = Op::Add { parent: Some(id(&["Arts"])), kind: Kind::SubField, nodes: vec![Facts::named("Dance")] };
        run(&mut snapshot, twin).unwrap();
        let left_out = acceptable(&snapshot, &everything(), None).left_out;
        for (path, why) in [
            (ALL[0], LeftOut::Waits),
            (ALL[2], LeftOut::Known),
            (ALL[3], LeftOut::Flagged),
            (ALL[4], LeftOut::Hidden),
            (ALL[5], LeftOut::Decided),
        ] {
            assert!(left_out.contains(&(of(path), why)), "{path:?} {left_out:?}");
        }
    }

    #[test]
    fn every_decision_on_many_is_taken_back_by_one_undo() {
        let mut snapshot = proposed(&ALL);
        let tops = vec![of(&["Arts"]), of(&["Crafts"])];
        reverts(&mut snapshot, Op::Accept { on: tops.clone(), edit: None, under: None });
        let (reason, note) = (super::super::event::Reason::Other, Some("no".into()));
        reverts(&mut snapshot, Op::Reject { on: tops.clone(), reason, note, of: None });
        reverts(&mut snapshot, Op::Defer { on: tops.clone() });
        reverts(&mut snapshot, Op::Flag { on: tops.clone(), note: Some("is it?".into()) });
        run(&mut snapshot, Op::Accept { on: tops, edit: None, under: None }).unwrap();
        let below = vec![of(&["Arts", "Music"]), of(&["Arts", "Dance"])];
        reverts(&mut snapshot, Op::Accept { on: below.clone(), edit: None, under: Some(Some(id(&["Crafts"]))) });
        let names = ["Weaving", "Pottery"].map(Facts::named).to_vec();
        reverts(&mut snapshot, Op::Add { parent: Some(id(&["Crafts"])), kind: Kind::Discipline, nodes: names });
        run(&mut snapshot, Op::Accept { on: below, edit: None, under: None }).unwrap();
        let two = vec![id(&["Arts", "Music"]), id(&["Arts", "Dance"])];
        reverts(&mut snapshot, Op::Move { on: two.clone(), to: Some(id(&["Crafts"])) });
        reverts(&mut snapshot, Op::Deprecate { on: two.clone(), replaced_by: Some(id(&["Crafts"])), reason: None });
        run(&mut snapshot, Op::Deprecate { on: two.clone(), replaced_by: None, reason: None }).unwrap();
        reverts(&mut snapshot, Op::Restore { on: two });
    }

    #[test]
    fn several_become_other_names_of_one_node() {
        let mut snapshot = proposed(&ALL);
        run(&mut snapshot, Op::Accept { on: vec![of(&["Arts"]), of(&["Arts", "Music"])], edit: None, under: None })
            .unwrap();
        let into = id(&["Arts", "Music"]);
        let on = vec![of(&["Arts", "Music", "Harmony"]), of(&["Arts", "Music", "Rhythm"]), of(&["Arts", "Dance"])];
        reverts(&mut snapshot, Op::Alias { on: on.clone(), into });
        run(&mut snapshot, Op::Alias { on: on.clone(), into }).unwrap();
        let aliases = &snapshot.tree.node(into).unwrap().facts.aliases;
        assert_eq!(aliases.iter().map(|alias| alias.raw()).collect::<Vec<_>>(), ["Harmony", "Rhythm", "Dance"]);
        let said = super::super::describe::change(&snapshot, &snapshot.record.events().last().unwrap().change);
        assert_eq!(said, "merged \"Harmony\" and 2 more into \"Music\"");
        assert!(on.iter().all(|id| matches!(snapshot.record.proposal(*id).unwrap().state, State::Merged { .. })));
    }

    #[test]
    fn a_split_proposal_becomes_nodes_and_what_was_proposed_below_it_hangs_under_the_first() {
        let mut snapshot = proposed(&ALL);
        run(&mut snapshot, Op::Accept { on: vec![of(&["Arts"])], edit: None, under: None }).unwrap();
        let into = ["Old music", "New music"].map(Facts::named).to_vec();
        let op = Op::Split { on: id(&["Arts", "Music"]), into };
        reverts(&mut snapshot, op.clone());
        run(&mut snapshot, op).unwrap();
        let said = super::super::describe::change(&snapshot, &snapshot.record.events().last().unwrap().change);
        assert_eq!(said, "split \"Music\" into \"Old music\", \"New music\"");
        let harmony = snapshot.record.proposal(of(&["Arts", "Music", "Harmony"])).unwrap();
        assert_eq!(snapshot.outlook(harmony), Outlook::Ready(Some(id(&["Arts", "Old music"]))));
        let own = Op::Split { on: id(&["Arts", "Dance"]), into: ["Dance", "Ballet"].map(Facts::named).to_vec() };
        assert_eq!(run(&mut snapshot, own).unwrap_err().what, "\"Dance\" is the name it has.");
    }

    #[test]
    fn a_split_node_hands_its_children_to_the_first_or_keeps_them_where_its_name_stays() {
        let mut snapshot = proposed(&ALL);
        let on = vec![of(&["Arts"]), of(&["Arts", "Music"]), of(&["Arts", "Music", "Harmony"])];
        run(&mut snapshot, Op::Accept { on, edit: None, under: None }).unwrap();
        let (music, harmony) = (id(&["Arts", "Music"]), id(&["Arts", "Music", "Harmony"]));
        let split = |names: [&str; 2]| Op::Split { on: music, into: names.map(Facts::named).to_vec() };
        reverts(&mut snapshot, split(["Old music", "New music"]));
        run(&mut snapshot, split(["Old music", "New music"])).unwrap();
        assert_eq!(snapshot.tree.parent(harmony), Some(id(&["Arts", "Old music"])));
        assert!(!snapshot.tree.is_active(music));
        run(&mut snapshot, Op::Undo(None)).unwrap();
        reverts(&mut snapshot, split(["Song", "music"]));
        run(&mut snapshot, split(["Song", "music"])).unwrap();
        assert_eq!(snapshot.tree.parent(harmony), Some(music));
        assert!(snapshot.tree.is_active(music) && snapshot.tree.node(id(&["Arts", "Song"])).is_some());
    }
}
