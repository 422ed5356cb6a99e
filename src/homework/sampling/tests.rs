use std::collections::{BTreeMap, BTreeSet, HashSet};

use proptest::prelude::*;

use super::super::item::Strategy;
use super::*;
use crate::taxonomy::syllabus::{SessionId, sample};
use crate::taxonomy::{Kind, NodeId};
use crate::taxonomy::{Outline, Syllabus};

fn subject() -> NodeId {
    NodeId::derive(None, Kind::Subject, "Optics", 0)
}

fn syllabus(sizes: &[usize]) -> Syllabus {
    let session = |(at, size): (usize, &usize)| Session {
        id: SessionId::numbered(at + 1),
        title: format!("Session {at}").into(),
        description: "".into(),
        concepts: (0..*size).map(|c| format!("concept {at}.{c}").into()).collect(),
    };
    Outline { sessions: sizes.iter().enumerate().map(session).collect(), ..Outline::default() }.into()
}

fn sampler(seed: u64, syllabus: &Syllabus) -> Sampler {
    Sampler::new(seed, subject(), &syllabus.sessions, &syllabus.hash())
}

fn all(sampler: &Sampler) -> Vec<Draw> {
    (0..).map_while(|k| sampler.draw(k)).collect()
}

/// Every draw the rule allows, found by trying all sets of concepts.
fn brute_force(sizes: &[usize]) -> BTreeSet<Vec<(u32, u32)>> {
    let places: Vec<(u32, u32)> =
        sizes.iter().enumerate().flat_map(|(s, size)| (0..*size).map(move |c| (s as u32, c as u32))).collect();
    let sets = (1_u32..1 << places.len()).filter(|set| set.count_ones() <= 5);
    let picked = |set: u32| places.iter().enumerate().filter(move |(at, _)| set >> at & 1 == 1).map(|(_, p)| *p);
    let sessions = |set: &Vec<(u32, u32)>| set.iter().map(|(session, _)| *session).collect::<BTreeSet<_>>().len();
    sets.map(|set| picked(set).collect::<Vec<_>>()).filter(|set| sessions(set) <= 2).collect()
}

#[test]
fn the_capacities_are_those_of_the_paper() {
    // Section 1.3 of the account of the method: sessions of five concepts each.
    for (sessions, total) in [(10, 26_185), (20, 109_870), (30, 251_055)] {
        assert_eq!(capacity(&sample(sessions, 5).sizes()), total);
        assert_eq!(sampler(1, &sample(sessions, 5)).capacity(), total);
    }
    assert_eq!(capacities(&[5]).0.iter().sum::<u64>(), 31);
    assert_eq!(capacities(&[5, 5]).1, [0, 25, 100, 200, 250]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn all_allowed_draws_come_exactly_once(sizes in prop::collection::vec(0_usize..6, 0..4), seed: u64) {
        let syllabus = syllabus(&sizes);
        let sampler = sampler(seed, &syllabus);
        let draws = all(&sampler);
        let as_set = |draw: &Draw| draw.concepts().iter().map(|p| (p.session, p.concept)).collect::<Vec<_>>();
        let found: BTreeSet<_> = draws.iter().map(as_set).collect();
        prop_assert_eq!(found.len(), draws.len());
        prop_assert_eq!(draws.len() as u64, capacity(&syllabus.sizes()));
        prop_assert_eq!(found, brute_force(&sizes));
        for draw in draws {
            let touched: BTreeSet<u32> = draw.concepts().iter().map(|pick| pick.session).collect();
            prop_assert_eq!(touched.into_iter().collect::<Vec<_>>(), draw.sessions().to_vec());
            prop_assert!(draw.concepts().is_sorted());
        }
    }

    #[test]
    fn oversized_syllabi_do_no_harm(size in 60_usize..20_000, k: u64, seed: u64) {
        let syllabus = syllabus(&[size, 1, size]);
        let sampler = sampler(seed, &syllabus);
        let k = k % sampler.capacity();
        let draw = sampler.draw(k).unwrap();
        prop_assert!((1..=5).contains(&draw.concepts().len()));
    }
}

#[test]
fn strategies_and_numbers_of_concepts_are_balanced_from_the_start() {
    let syllabus = sample(12, 5);
    for length in [40, 120, 240] {
        let sampler = sampler(7, &syllabus);
        let mut counts = BTreeMap::new();
        for draw in (0..length).map_while(|k| sampler.draw(k)) {
            *counts.entry((draw.strategy().number(), draw.concepts().len())).or_insert(0_u64) += 1;
        }
        // Only twelve draws of strategy 1 take all five concepts of a session; the others then fill in.
        let each = if length <= 120 { length / 10 } else { length / 10 - 12 };
        assert!((1..=5).all(|n| counts[&(1, n)] >= each.min(12)), "{counts:?}");
        assert!((2..=5).all(|n| counts[&(2, n)] == length / 8), "{counts:?}");
    }
}

#[test]
fn the_first_draw_is_of_either_strategy_and_of_any_session() {
    let syllabus = sample(10, 5);
    let firsts: Vec<Draw> = (0..2_000).filter_map(|seed| sampler(seed, &syllabus).draw(0)).collect();
    let ones = firsts.iter().filter(|draw| draw.strategy() == Strategy::One).count();
    assert!((900..1_100).contains(&ones), "{ones}");
    let mut sessions = [0_u32; 10];
    for draw in firsts.iter().filter(|draw| draw.strategy() == Strategy::One) {
        sessions[draw.sessions()[0] as usize] += 1;
    }
    assert!(sessions.iter().all(|count| (65..140).contains(count)), "{sessions:?}");
}

#[test]
fn draws_follow_seed_subject_and_syllabus() {
    let plain = sample(10, 5);
    let mut edited = plain.clone();
    edited.introduction = "Another.".into();
    let first = |sampler: Sampler| (0..20).filter_map(|k| sampler.draw(k)).collect::<Vec<_>>();
    let here = first(sampler(1, &plain));
    assert_eq!(here, first(sampler(1, &plain)));
    assert_ne!(here, first(sampler(2, &plain)));
    assert_ne!(here, first(sampler(1, &edited)));
    let other = NodeId::derive(None, Kind::Subject, "Acoustics", 0);
    assert_ne!(here, first(Sampler::new(1, other, &plain.sessions, &plain.hash())));
}

#[test]
fn blank_and_repeated_concepts_are_not_drawn() {
    let mut syllabus = syllabus(&[4]);
    syllabus.sessions[0].concepts[1] = "  ".into();
    syllabus.sessions[0].concepts[3] = " concept 0.0 ".into();
    let draws: HashSet<Vec<u32>> =
        all(&sampler(1, &syllabus)).iter().map(|d| d.concepts().iter().map(|p| p.concept).collect()).collect();
    assert_eq!(draws, HashSet::from([vec![0], vec![2], vec![0, 2]]));
}

/// Finished runs depend on these: a change here makes every item of every user a new one.
#[test]
fn draws_are_the_same_for_ever() {
    let sampler = Sampler::new(42, subject(), &sample(10, 5).sessions, "golden");
    let draws: Vec<String> = (0..8).filter_map(|k| sampler.draw(k)).map(|draw| format!("{draw:?}")).collect();
    let golden = [
        "1: 1.0 1.1 1.2 1.3 1.4",
        "2: 0.1 8.4",
        "1: 9.2",
        "2: 4.0 4.3 5.1",
        "2: 1.1 8.0 8.1 8.2",
        "1: 8.0 8.1 8.2 8.3",
        "1: 6.2 6.3",
        "2: 2.2 2.3 8.0 8.1 8.3",
    ];
    assert_eq!(draws, golden);
}
