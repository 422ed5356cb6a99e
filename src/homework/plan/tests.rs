use std::collections::HashSet;

use proptest::prelude::*;

use super::super::{fixture, recipe};
use super::*;
use crate::taxonomy::syllabus;

fn request(amount: Amount) -> PlanRequest {
    PlanRequest { nodes: Vec::new(), amount, seed: 1 }
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

/// Finished runs depend on these: a change here makes every item of every user a new one.
#[test]
fn ids_are_the_same_for_ever() {
    let subject = NodeId::derive(None, Kind::Subject, "Optics", 0);
    let key = item_key(42, "recipe", subject, "golden");
    let sampler = Sampler::new(42, subject, &syllabus::sample(10, 5).sessions, "golden");
    let ids: Vec<String> =
        (0..2).filter_map(|k| sampler.draw(k)).map(|draw| item_id(&key, &draw).to_string()).collect();
    assert_eq!(ids, ["321479ad96302bef3520d1cf5c52d0d0", "ec8d71702c359c342ed4856c6db425c2"]);
}
