use std::collections::HashSet;

use proptest::prelude::*;

use super::super::{fixture, recipe};
use super::*;
use crate::taxonomy::syllabus;

fn request(amount: Amount) -> PlanRequest {
    PlanRequest { nodes: Vec::new(), amount, seed: 1, shares: Default::default() }
}

fn ids(plan: &Plan) -> HashSet<ItemId> {
    plan.items().map(|item| item.id).collect()
}

#[test]
fn every_eligible_subject_gets_its_items_and_the_others_a_reason() {
    let mut snapshot = fixture::taxonomy(&["Optics", "Acoustics"]);
    let bare = fixture::add_subject(&mut snapshot, "Mechanics", None);
    let unknown = NodeId::derive(None, Kind::Subject, "Nowhere", 0);
    let plan = Plan::new(&snapshot, &request(Amount::PerSubject(30)), &recipe::sample());
    let names: Vec<_> = plan.subjects.iter().map(|s| s.names.last().unwrap().raw().to_owned()).collect();
    assert_eq!(names, ["Acoustics", "Optics"]);
    assert_eq!(plan.subjects[0].names.len(), 3);
    assert_eq!(plan.ineligible, [(bare, "it has no syllabus")]);
    assert_eq!((plan.total(), ids(&plan).len()), (60, 60));
    let nodes = vec![plan.subjects[1].id(), plan.subjects[1].lineage[1], unknown];
    let plan = Plan::new(&snapshot, &PlanRequest { nodes, ..plan.request }, &plan.recipe);
    assert_eq!(plan.subjects.len(), 2);
    assert_eq!(plan.ineligible, [(bare, "it has no syllabus"), (unknown, "it has not been accepted")]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn shards_of_any_number_are_disjoint_and_together_the_plan(
        of in prop_oneof![prop::sample::select(vec![1_u32, 2, 3, 7, 64, 1_000]), 1..300_u32], each in 1_u64..120,
    ) {
        let snapshot = fixture::taxonomy(&["Acoustics", "Mechanics", "Optics"]);
        let plan = Plan::new(&snapshot, &request(Amount::PerSubject(each)), &recipe::sample());
        let (mut together, mut sum) = (HashSet::new(), 0);
        for at in 0..of {
            let part = plan.clone().only(Shard::new(at, of).unwrap());
            let found: Vec<_> = part.items().map(|item| item.id).collect();
            prop_assert_eq!(part.total(), found.len() as u64);
            prop_assert_eq!((part.whole(), part.fingerprint()), (plan.total(), plan.fingerprint()));
            sum += found.len();
            together.extend(found);
        }
        prop_assert_eq!(sum, together.len(), "disjoint");
        prop_assert_eq!(together, ids(&plan));
    }
}

#[test]
fn a_new_subject_moves_no_item_to_another_shard() {
    let mut snapshot = fixture::taxonomy(&["Mechanics", "Optics"]);
    let shard = Shard::new(2, 5).unwrap();
    let part =
        |snapshot: &Snapshot| Plan::new(snapshot, &request(Amount::PerSubject(100)), &recipe::sample()).only(shard);
    let before = ids(&part(&snapshot));
    fixture::add_subject(&mut snapshot, "Acoustics", Some(syllabus::sample(8, 4)));
    let after = ids(&part(&snapshot));
    assert!(before.is_subset(&after) && before.len() < after.len());
}

#[test]
fn a_pick_is_what_was_picked() {
    let plan =
        Plan::new(&fixture::taxonomy(&["Mechanics", "Optics"]), &request(Amount::PerSubject(50)), &recipe::sample());
    let wanted: HashSet<ItemId> = plan.items().map(|item| item.id).step_by(7).collect();
    let picked = plan.clone().pick(|item| wanted.contains(&item));
    assert_eq!((picked.total(), ids(&picked)), (wanted.len() as u64, wanted));
    assert!(picked.items().all(|item| plan.items_of(item.subject).any(|other| other == item)));
    let none = picked.only(Shard::new(0, 1).unwrap());
    assert_eq!(none.total(), plan.total(), "a shard is of the whole");
}

#[test]
fn more_than_the_draws_is_not_planned() {
    let mut snapshot = fixture::taxonomy(&[]);
    fixture::add_subject(&mut snapshot, "Optics", Some(syllabus::sample(2, 2)));
    let plan = Plan::new(&snapshot, &request(Amount::PerSubject(100)), &recipe::sample());
    assert_eq!((plan.total(), plan.subjects[0].capacity, plan.beyond_capacity()), (15, 15, 85));
    let plan = Plan::new(&snapshot, &request(Amount::Count(16)), &recipe::sample());
    assert_eq!((ids(&plan).len(), plan.beyond_capacity()), (15, 1));
}

#[test]
fn every_part_of_the_identity_makes_other_items() {
    let snapshot = fixture::taxonomy(&["Optics"]);
    let plain = request(Amount::PerSubject(50));
    let base = ids(&Plan::new(&snapshot, &plain, &recipe::sample()));
    let mut other = recipe::sample();
    other.answer.model = "other".to_owned();
    let reseeded = PlanRequest { seed: 2, ..plain.clone() };
    assert!(base.is_disjoint(&ids(&Plan::new(&snapshot, &plain, &other))));
    assert!(base.is_disjoint(&ids(&Plan::new(&snapshot, &reseeded, &recipe::sample()))));
    let longer = ids(&Plan::new(&snapshot, &request(Amount::PerSubject(80)), &recipe::sample()));
    assert!(base.is_subset(&longer));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_new_subject_adds_its_items_and_no_others(
        names in prop::collection::hash_set("[a-z]{3,8}", 1..6), amount in 1_u64..60, shared: bool,
    ) {
        let names: Vec<String> = names.into_iter().collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut snapshot = fixture::taxonomy(&names);
        let amount = if shared { Amount::Count(amount) } else { Amount::PerSubject(amount) };
        let before = ids(&Plan::new(&snapshot, &request(amount), &recipe::sample()));
        let new = fixture::add_subject(&mut snapshot, "A new one", Some(syllabus::sample(4, 4)));
        let plan = Plan::new(&snapshot, &request(amount), &recipe::sample());
        for item in plan.items().filter(|item| !before.contains(&item.id)) {
            prop_assert_eq!(plan.subjects[item.subject].id(), new);
        }
    }

    #[test]
    fn an_edited_syllabus_changes_the_items_of_its_subject_alone(edited in 0_usize..4, amount in 1_u64..40) {
        let names = ["Acoustics", "Mechanics", "Optics", "Thermodynamics"];
        let snapshot = fixture::taxonomy(&names);
        let before = Plan::new(&snapshot, &request(Amount::PerSubject(amount)), &recipe::sample());
        let id = before.subjects[edited].id();
        let after = fixture::edit_syllabus(&snapshot, id, |syllabus| syllabus.sessions[0].concepts[0] = "new".into());
        let after = Plan::new(&after, &before.request, &before.recipe);
        for at in 0..names.len() {
            let of = |plan: &Plan| plan.items_of(at).map(|item| item.id).collect::<HashSet<_>>();
            prop_assert_eq!(of(&before).is_disjoint(&of(&after)), at == edited);
            prop_assert_eq!(of(&before) == of(&after), at != edited);
        }
    }
}

fn with(snapshot: &Snapshot, change: impl FnOnce(&mut crate::taxonomy::manifest::HomeworkDefaults)) -> Snapshot {
    let mut manifest = crate::taxonomy::Manifest::clone(&snapshot.manifest);
    change(&mut manifest.homework);
    Snapshot { manifest: std::sync::Arc::new(manifest), ..snapshot.clone() }
}

#[test]
fn types_and_languages_change_the_items_that_have_them_and_no_others() {
    let snapshot = fixture::taxonomy(&["Acoustics", "Optics"]);
    let asked = request(Amount::PerSubject(100));
    let plain = Plan::new(&snapshot, &asked, &recipe::sample());
    let mixed = with(&snapshot, |homework| {
        homework.types = [(QuestionType::Open, 6), (QuestionType::MultipleChoice, 4)].into();
    });
    let plan = Plan::new(&mixed, &asked, &recipe::sample());
    let (before, after) = (ids(&plain), ids(&plan));
    let open: HashSet<ItemId> = plan.items().filter(|item| item.form == Form::default()).map(|item| item.id).collect();
    assert_eq!(before.intersection(&after).copied().collect::<HashSet<_>>(), open, "open ones are what they were");
    assert!((116..=124).contains(&open.len()), "{}", open.len());
    let mut other = recipe::sample();
    other.typed_prompt = "other".to_owned();
    let reworded = ids(&Plan::new(&mixed, &asked, &other));
    assert_eq!(reworded.intersection(&after).count(), open.len(), "another prompt for types makes those anew");

    let german = with(&snapshot, |homework| homework.languages = [("German".to_owned(), 1)].into());
    let plan = Plan::new(&german, &asked, &recipe::sample());
    assert!(plan.items().all(|item| plan.language(item.form) == "German"));
    assert!(before.is_disjoint(&ids(&plan)));
    let draws = |plan: &Plan| plan.items().map(|item| item.draw).collect::<Vec<_>>();
    assert_eq!(draws(&plan), draws(&plain), "what is asked about stays");
}

#[test]
fn a_branch_has_types_of_its_own() {
    let snapshot = with(&fixture::taxonomy(&["Acoustics", "Optics"]), |homework| {
        let rule = |node: &str, kind| crate::taxonomy::mix::BranchRule {
            node: node.to_owned(),
            types: [(kind, 1)].into(),
            languages: Default::default(),
        };
        homework.branches = vec![
            rule("natural-sciences", QuestionType::Calculation),
            rule("natural-sciences/physics/optics", QuestionType::Coding),
            rule("nowhere", QuestionType::Open),
        ];
    });
    let plan = Plan::new(&snapshot, &request(Amount::PerSubject(5)), &recipe::sample());
    let of = |at: usize| plan.items_of(at).map(|item| item.form.question_type).collect::<HashSet<_>>();
    assert_eq!((of(0), of(1)), ([QuestionType::Calculation].into(), [QuestionType::Coding].into()));
    assert_eq!(plan.remarks.len(), 1);
    assert!(plan.remarks[0].contains("`nowhere`"), "{:?}", plan.remarks);
}

#[test]
fn weights_and_quotas_change_how_many_and_never_which() {
    let snapshot = fixture::taxonomy(&["Acoustics", "Mechanics", "Optics"]);
    let asked = request(Amount::PerSubject(40));
    let plain = Plan::new(&snapshot, &asked, &recipe::sample());
    let quotas = |plan: &Plan| plan.subjects.iter().map(|subject| subject.quota).collect::<Vec<_>>();
    let (mechanics, optics) = (plain.subjects[1].id(), plain.subjects[2].id());
    let shares = Shares { weights: vec![(mechanics, "0.5".parse().unwrap())], quotas: vec![(optics, 7)] };
    let fewer = Plan::new(&snapshot, &PlanRequest { shares: shares.clone(), ..asked.clone() }, &recipe::sample());
    assert_eq!(quotas(&fewer), [40, 20, 7]);
    assert!(ids(&fewer).is_subset(&ids(&plain)));
    let together = PlanRequest { amount: Amount::Count(307), shares, ..asked.clone() };
    assert_eq!(quotas(&Plan::new(&snapshot, &together, &recipe::sample())), [200, 100, 7], "the rest by weight");

    let physics = plain.subjects[0].lineage[1];
    let inner = Shares { weights: vec![], quotas: vec![(physics, 100), (optics, 10)] };
    let plan = Plan::new(&snapshot, &PlanRequest { shares: inner, ..asked.clone() }, &recipe::sample());
    assert_eq!(quotas(&plan), [45, 45, 10], "an inner quota is part of the outer one");
    assert_eq!((plan.total(), plan.beyond_capacity()), (100, 0));
    let too_much = Shares { weights: vec![], quotas: vec![(physics, 100)] };
    let plan =
        Plan::new(&snapshot, &PlanRequest { amount: Amount::Count(30), shares: too_much, ..asked }, &recipe::sample());
    assert!(plan.remarks[0].contains("more than the 30 asked for"), "{:?}", plan.remarks);
}

#[test]
fn rules_of_the_directory_are_by_branch_and_level_and_a_request_overrules_them() {
    use crate::taxonomy::mix::WeightRule;
    let mut snapshot = fixture::taxonomy(&["Acoustics", "Optics"]);
    let optics = snapshot.tree.at_path("natural-sciences/physics/optics").unwrap();
    let entry = snapshot.tree.entry(optics).unwrap().clone();
    let mut node = Node::clone(&entry.node);
    node.facts.level = Some("200".into());
    snapshot.tree.put(entry.place.clone(), Arc::new(node));
    let rule = |node: Option<&str>, level: Option<&str>, weight: &str| WeightRule {
        node: node.map(str::to_owned),
        level: level.map(str::to_owned),
        weight: weight.parse().unwrap(),
    };
    let snapshot = with(&snapshot, |homework| {
        homework.weights = vec![
            rule(Some("natural-sciences"), None, "3"),
            rule(Some("natural-sciences/physics"), None, "2"),
            rule(None, Some("200-299"), "0.5"),
            rule(Some("gone"), None, "9"),
        ];
    });
    let weights = |shares: Shares| {
        let plan = Plan::new(&snapshot, &PlanRequest { shares, ..request(Amount::PerSubject(10)) }, &recipe::sample());
        assert_eq!(plan.remarks.len(), 1, "{:?}", plan.remarks);
        plan.subjects.iter().map(|subject| subject.quota).collect::<Vec<_>>()
    };
    assert_eq!(weights(Shares::default()), [20, 10], "the nearest branch, and the level besides");
    let physics = snapshot.tree.at_path("natural-sciences/physics").unwrap();
    assert_eq!(weights(Shares { weights: vec![(physics, "0".parse().unwrap())], quotas: vec![] }), [0, 0]);
}

/// Finished runs depend on these: a change here makes every item of every user a new one.
#[test]
fn ids_are_the_same_for_ever() {
    let subject = NodeId::derive(None, Kind::Subject, "Optics", 0);
    let key = item_key(42, "recipe", subject, "golden");
    let sampler = Sampler::new(42, subject, &syllabus::sample(10, 5).sessions, "golden");
    let ids: Vec<String> =
        (0..2).filter_map(|k| sampler.draw(k)).map(|draw| item_id(&key, &draw, "").to_string()).collect();
    assert_eq!(ids, ["321479ad96302bef3520d1cf5c52d0d0", "ec8d71702c359c342ed4856c6db425c2"]);
}
