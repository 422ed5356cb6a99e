use proptest::prelude::*;

use super::*;
use crate::taxonomy::event::EVENT_VERSION;
use crate::taxonomy::lint::{Checker, Elsewhere, Families};
use crate::taxonomy::op::decide;
use crate::taxonomy::syllabus::sample;
use crate::taxonomy::{
    Batch, BatchId, Body, Delta, Event, EventId, Facts, Kind, Manifest, NodeId, Op, ProposalId, Proposed, Reason,
    Snapshot, Source,
};

/// A taxonomy in memory on which anything can happen.
struct World {
    now: Snapshot,
    clock: u64,
}

const NAMES: [&str; 10] = [
    "Optics",
    "Optic",
    "Wave optics",
    "Various topics",
    "Algebra",
    "Linear algebra",
    "Algebra, linear",
    "Rings",
    "Hidden\u{202e}",
    "History",
];

impl World {
    fn new() -> Self {
        Self { now: Snapshot::empty(Manifest::titled("T")), clock: 1_000 }
    }

    /// Every node there is, accepted or proposed, in a fixed order.
    fn nodes(&self) -> Vec<NodeId> {
        let proposed = self.now.record.proposals().filter_map(|proposal| match proposal.body {
            Body::Node { node, .. } => Some(node),
            Body::Syllabus { .. } => None,
        });
        let mut nodes: Vec<NodeId> = proposed.chain(self.now.tree.subtree(None)).collect();
        nodes.sort_unstable();
        nodes.dedup();
        nodes
    }

    fn open(&self) -> Vec<ProposalId> {
        self.now.open_proposals().into_iter().map(|proposal| proposal.id).collect()
    }

    fn propose(&mut self, model: &str, proposals: Vec<Proposed>) {
        self.clock += 1;
        let source = Source::Model { model: model.into(), profile: "p".into(), round: None };
        let (at, by) = (String::new(), "ana".to_owned());
        let id = BatchId::new(self.clock, 0);
        self.now.record.add_batch(Batch { id, at, by, source, about: None, bad: vec![], proposals, calls: vec![] });
        self.now.revision += 1;
    }

    fn run(&mut self, by: &str, op: Op) {
        let Ok(verdict) = decide(&self.now, by, op) else { return };
        self.clock += 1;
        let id = EventId::new(self.clock, 0);
        let event = Event {
            v: EVENT_VERSION,
            id,
            at: String::new(),
            by: by.into(),
            change: verdict.change,
            ballot: verdict.ballot,
        };
        let _ = self.now.commit(event, &verdict.steps);
    }

    /// One thing that the numbers choose.
    fn step(&mut self, (what, one, two): (u8, usize, usize)) {
        let by = ["ana", "bo"][two % 2];
        let (nodes, open) = (self.nodes(), self.open());
        let node = |at: usize| nodes.get(at % nodes.len().max(1)).copied();
        let prp = |at: usize| open.get(at % open.len().max(1)).copied();
        let name = NAMES[one % NAMES.len()];
        match what {
            0..=3 => {
                let parent = if two.is_multiple_of(4) { None } else { node(two) };
                let kinds = Kind::below(parent.map(NodeId::kind));
                let Some(kind) = kinds.get(one % kinds.len().max(1)).copied() else { return };
                let facts = Facts::named(name);
                self.propose(["m", "n"][one % 2], vec![Proposed::Node { parent, kind, facts, rationale: None }]);
            }
            4 => {
                let subjects: Vec<NodeId> = nodes.iter().copied().filter(|id| id.kind() == Kind::Subject).collect();
                let Some(subject) = subjects.get(one % subjects.len().max(1)).copied() else { return };
                let syllabus = sample(8 + two % 4, 3);
                self.propose("m", vec![Proposed::Syllabus { subject, syllabus }]);
            }
            5..=8 => drop(prp(one).map(|on| self.run(by, Op::Accept { on: vec![on], edit: None, under: None }))),
            9 => {
                let reason = Reason::ALL[two % 3];
                let Some(on) = prp(one) else { return };
                self.run(by, Op::Reject { on: vec![on], reason, note: None, of: None });
            }
            10 => drop(prp(one).map(|on| self.run(by, Op::Defer { on: vec![on] }))),
            11 => drop(prp(one).map(|on| self.run(by, Op::Flag { on: vec![on], note: None }))),
            12 => {
                let (Some(on), Some(into)) = (prp(one), node(two)) else { return };
                self.run(by, Op::Alias { on: vec![on], into });
            }
            13 => {
                let Some(on) = node(one) else { return };
                self.run(by, Op::Deprecate { on: vec![on], replaced_by: None, reason: None });
            }
            14 => {
                let (Some(on), to) = (node(one), node(two)) else { return };
                self.run(by, Op::Move { on: vec![on], to });
            }
            15 => self.run(by, Op::Undo(None)),
            16 => self.run(by, Op::Redo(None)),
            _ => {
                let (Some(on), Some(into)) = (node(one), node(two)) else { return };
                self.run(by, Op::Merge { on: vec![on], into });
            }
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<(u8, usize, usize)>> {
    proptest::collection::vec((0_u8..18, 0_usize..40, 0_usize..40), 1..60)
}

const ORDERS: [Order; 5] = [Order::Tree, Order::Risk, Order::Emptiest, Order::Shuffle(1), Order::Shuffle(2)];

fn values(snapshot: &Snapshot, survey: &Survey) -> Vec<crate::taxonomy::queue::Value> {
    let none = Facets::default();
    let counts = Matcher::new(snapshot, &none).counts(survey);
    let mut values: Vec<_> = counts.values.into_keys().collect();
    values.sort();
    values
}

fn wanted(snapshot: &Snapshot, survey: &Survey, facets: &Facets) -> std::collections::BTreeSet<ProposalId> {
    let matcher = Matcher::new(snapshot, facets);
    survey.seats().filter(|seat| matcher.admits(survey, seat)).map(|seat| seat.proposal.id).collect()
}

/// Follows some steps and compares what was kept up to date with what is made anew.
fn follow(steps: impl IntoIterator<Item = (u8, usize, usize)>) {
    let mut world = World::new();
    let mut survey = Survey::new(&world.now);
    let (mut families, elsewhere) = (Families::default(), Elsewhere::default());
    for step in steps {
        let before = world.now.clone();
        world.step(step);
        survey.refresh(&before, &world.now, &Delta::between(&before, &world.now));
        survey.look(&world.now);
        let mut new = Survey::new(&world.now);
        new.look(&world.now);
        survey.compare(&new);
        // Families that were kept say the same as those read anew.
        let mut checker = Checker::among(&world.now, &elsewhere, families);
        for proposal in world.now.record.proposals() {
            let fresh = Checker::with(&world.now, &elsewhere).proposal(proposal);
            assert_eq!(checker.proposal(proposal), fresh);
        }
        families = checker.into_families();
    }
}

#[test]
fn a_child_makes_its_parent_the_wording_that_is_shown() {
    // Two wordings of one field, then a sub-field below the second.
    follow([(0, 5, 0), (0, 12, 12), (0, 36, 12), (0, 0, 19)]);
}

/// Follows some steps and puts what is open in every order.
fn order(steps: impl IntoIterator<Item = (u8, usize, usize)>) {
    let mut world = World::new();
    steps.into_iter().for_each(|step| world.step(step));
    let [survey, other] = [(); 2].map(|()| {
        let mut survey = Survey::new(&world.now);
        survey.look(&world.now);
        survey
    });
    for order in ORDERS {
        let plan = Plan::new(&world.now, &survey, order, survey.seats().filter(|seat| seat.is_open()));
        let again = Plan::new(&world.now, &other, order, other.seats().filter(|seat| seat.is_open()));
        assert_eq!(&plan, &again, "{:?} does not depend on chance", order);
        assert_eq!(plan.ids().len(), world.open().len());
        for (at, id) in plan.ids().iter().enumerate() {
            assert_eq!(plan.position(*id), Some(at));
            let seat = survey.seat(*id).unwrap();
            if let Some(first) = seat.waits_for {
                assert!(plan.position(first).unwrap() < at, "{:?}", order);
            }
        }
    }
}

#[test]
fn a_syllabus_keeps_the_wording_of_its_subject_in_the_queue() {
    order([(0, 3, 0), (0, 8, 1), (0, 26, 5), (0, 13, 3), (0, 15, 2), (4, 0, 0)]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn kept_up_to_date_it_is_what_a_new_one_would_be(steps in steps()) {
        follow(steps);
    }

    #[test]
    fn in_every_order_parents_come_first_and_nothing_is_lost(steps in steps()) {
        order(steps);
    }

    #[test]
    fn values_of_one_facet_widen_and_facets_narrow(steps in steps(), picks in proptest::collection::vec(0_usize..99, 3)) {
        let mut world = World::new();
        steps.into_iter().for_each(|step| world.step(step));
        let mut survey = Survey::new(&world.now);
        survey.look(&world.now);
        let state = Value::State(StateValue::All);
        let some = values(&world.now, &survey);
        prop_assume!(!some.is_empty());
        let pick: Vec<Value> = picks.iter().map(|at| some[at % some.len()].clone()).filter(|v| v.facet() != Facet::State).collect();
        let one = |value: &Value| wanted(&world.now, &survey, &[state.clone(), value.clone()].into_iter().collect());
        let together = wanted(&world.now, &survey, &pick.iter().cloned().chain([state.clone()]).collect());
        let mut expected = wanted(&world.now, &survey, &[state.clone()].into_iter().collect());
        for facet in Facet::ALL.into_iter().filter(|facet| pick.iter().any(|value| value.facet() == *facet)) {
            let any: std::collections::BTreeSet<_> =
                pick.iter().filter(|value| value.facet() == facet).flat_map(&one).collect();
            expected = expected.intersection(&any).copied().collect();
        }
        prop_assert_eq!(together, expected);
        // What a value is said to show is what it shows.
        let facets: Facets = pick.iter().take(1).cloned().collect();
        let counts = Matcher::new(&world.now, &facets).counts(&survey);
        for value in some.iter().filter(|value| !facets.has(value.facet()) && value.facet() != Facet::Reason) {
            let mut with = facets.clone();
            with.toggle(value.clone());
            let shown = wanted(&world.now, &survey, &with).len();
            let said = counts.values.get(value).copied().unwrap_or_default();
            prop_assert!(facets.has(Facet::Reason) && value.facet() == Facet::State || shown == said, "{:?} {:?}", facets, value);
        }
    }
}

fn subject(parent: Option<NodeId>, name: &str) -> (NodeId, Proposed) {
    let kind = Kind::below(parent.map(NodeId::kind))[0];
    let facts = Facts::named(name);
    (NodeId::derive(parent, kind, name, 0), Proposed::Node { parent, kind, facts, rationale: None })
}

fn planned(world: &World, order: Order) -> Vec<String> {
    let mut survey = Survey::new(&world.now);
    survey.look(&world.now);
    let plan = Plan::new(&world.now, &survey, order, survey.seats().filter(|seat| seat.is_open()));
    plan.ids().iter().map(|id| world.now.record.proposal(*id).unwrap().title().raw().to_owned()).collect()
}

/// Two accepted fields, one of them with an accepted child, and proposals under both.
fn two_fields() -> World {
    let mut world = World::new();
    let ((full, a), (empty, b)) = (subject(None, "Arts"), subject(None, "Law"));
    world.propose("m", vec![a, b]);
    let (music, child) = subject(Some(full), "Music");
    world.propose("m", vec![child]);
    for node in [full, empty, music] {
        world.run("ana", Op::Accept { on: vec![ProposalId::of_node(node)], edit: None, under: None });
    }
    let names = [("Painting", full), ("Music theory", full), ("Various arts", full), ("Contracts", empty)];
    world.propose("m", names.map(|(name, parent)| subject(Some(parent), name).1).to_vec());
    let (painting, _) = subject(Some(full), "Painting");
    world.propose("m", ["Oil", "Ink"].map(|name| subject(Some(painting), name).1).to_vec());
    world
}

#[test]
fn each_order_says_what_comes_first() {
    let world = two_fields();
    assert_eq!(planned(&world, Order::Tree), ["Painting", "Oil", "Ink", "Music theory", "Various arts", "Contracts"]);
    let risky = planned(&world, Order::Risk);
    assert_eq!(risky[0], "Various arts", "a catch-all: {risky:?}");
    assert_eq!(risky[1], "Painting", "two proposals hang on it, and no name around has its word: {risky:?}");
    assert_eq!(risky.last().unwrap(), "Music theory", "a sibling has its word: {risky:?}");
    let emptiest = planned(&world, Order::Emptiest);
    assert_eq!(emptiest[0], "Contracts");
    assert_eq!(emptiest[1..4], ["Painting", "Oil", "Ink"], "what hangs under a proposal is emptiest of all");
    let shuffles: std::collections::HashSet<Vec<String>> =
        (0..20).map(|seed| planned(&world, Order::Shuffle(seed))).collect();
    assert!(shuffles.len() > 3, "seeds differ");
    assert!(shuffles.iter().all(|names| names.last().unwrap() == "Contracts"), "groups keep their place");
}

#[test]
fn the_words_of_states_are_those_of_filters() {
    let names = StateValue::ALL.map(StateValue::name);
    let wanted = [
        "open",
        "pending",
        "deferred",
        "flagged",
        "contested",
        "accepted",
        "rejected",
        "merged",
        "withdrawn",
        "repeated",
        "suppressed",
        "all",
    ];
    assert_eq!(names, wanted);
}

#[test]
fn other_values_of_a_chosen_facet_say_what_they_would_show() {
    let world = two_fields();
    let mut survey = Survey::new(&world.now);
    survey.look(&world.now);
    let [arts, law] = ["Arts", "Law"].map(|name| Value::Under(subject(None, name).0));
    let facets: Facets = [arts.clone()].into_iter().collect();
    let counts = Matcher::new(&world.now, &facets).counts(&survey);
    assert_eq!(counts.wanted, 5);
    let said = |value: &Value| counts.values.get(value).copied();
    assert_eq!((said(&arts), said(&law)), (Some(5), Some(1)), "what it would show beside the chosen one");
    assert_eq!(said(&Value::State(StateValue::Accepted)), Some(1), "Music");
    assert_eq!(said(&Value::Seen(1)), Some(5));
    assert_eq!(said(&Value::SeenAtLeast(2)), None);
    assert_eq!(said(&Value::Model("m".into())), Some(5));
    // Two facets that do not admit it: no value of either would show it.
    let both: Facets = [arts, Value::Curator("nobody".into())].into_iter().collect();
    let counts = Matcher::new(&world.now, &both).counts(&survey);
    assert_eq!((counts.wanted, counts.values.get(&law).copied()), (0, None));
}

#[test]
fn progress_adds_up() {
    let progress =
        Progress { pending: 2, deferred: 3, accepted: 5, rejected: 7, merged: 11, withdrawn: 13, flagged: 1 };
    assert_eq!((progress.decided(), progress.proposed(), progress.any(), progress.percent()), (23, 28, 41, 82));
    assert_eq!(Progress::default().percent(), 0);
    assert_eq!(Progress { accepted: 3, ..Progress::default() }.percent(), 100);
    assert_eq!(Progress { accepted: 999, pending: 1, ..Progress::default() }.percent(), 99, "100 only when all is");
    assert_eq!(Progress { withdrawn: 4, ..Progress::default() }.any(), 4);
}

#[test]
fn progress_counts_what_was_decided_below_each_branch() {
    let mut world = two_fields();
    let arts = subject(None, "Arts").0;
    let on = vec![ProposalId::of_node(subject(Some(arts), "Various arts").0)];
    world.run("ana", Op::Reject { on, reason: Reason::Vague, note: None, of: None });
    let survey = Survey::new(&world.now);
    let progress = survey.progress(Some(arts));
    assert_eq!((progress.accepted, progress.rejected, progress.pending), (1, 1, 4));
    assert_eq!((progress.decided(), progress.proposed(), progress.percent()), (2, 6, 33));
    assert_eq!(survey.progress(None).proposed(), 9);
    assert_eq!(survey.progress(Some(subject(None, "Law").0)).percent(), 0);
}
