//! Which of several equal servers a request goes to. Pure.

use std::time::Duration;

use tokio::time::Instant;

use super::breaker::Standing;
use super::lane::{Lane, Ready};
use crate::hashing::mix;

/// What a request asks for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wanted {
    /// Requests with the same beginning go to the same server where that costs nobody a place, because it
    /// may still have the beginning in its cache.
    pub near: Option<u64>,
    /// Another server than this one, where there is one.
    pub not: Option<usize>,
    /// It waits where all servers are away that were there before; see [`waits`].
    pub patient: bool,
}

/// How long servers that were there are waited for, once all are away.
pub(super) const PATIENCE: Duration = Duration::from_secs(300);

/// Until when those who are patient wait: all lanes are set aside, and one that was there is away for less than [`PATIENCE`].
pub(super) fn waits(lanes: &[Lane], now: Instant) -> Option<Instant> {
    let all = lanes.iter().all(|lane| lane.standing(now) != Standing::Usable);
    let end = lanes.iter().filter_map(Lane::away_since).max()? + PATIENCE;
    (all && end > now).then_some(end)
}

/// Where a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pick {
    /// To the lane of this number.
    Lane(usize),
    /// Nowhere before this time, or before a request that is out is over.
    Wait(Option<Instant>),
}

/// Least in flight among those that are not set aside; of about the same, the one near the others of its kind.
/// Where all are set aside none is, but those that refuse whatever is sent: what is sent then fails as it does with a
/// single server.
pub(super) fn pick(lanes: &mut [Lane], now: Instant, wanted: Wanted) -> Pick {
    if wanted.patient
        && let Some(end) = waits(lanes, now)
        && let Some(next) = tried_again(lanes, now)
    {
        return Pick::Wait(Some(next.min(end)));
    }
    if let [only] = lanes {
        return match only.ready(now) {
            Ready::Now => Pick::Lane(0),
            Ready::At(time) => Pick::Wait(Some(time)),
            Ready::Full => Pick::Wait(None),
        };
    }
    let usable = |lane: &Lane| !matches!(lane.standing(now), Standing::Aside(_));
    let mut open: Vec<bool> = lanes.iter().map(usable).collect();
    if !open.contains(&true) {
        let all_deny = lanes.iter().all(Lane::denies);
        open = lanes.iter().map(|lane| all_deny || !lane.denies()).collect();
    }
    let open = |at: usize| open[at];
    let elsewhere = (0..lanes.len()).any(|at| Some(at) != wanted.not && open(at));
    let fits = |at: &usize| open(*at) && (!elsewhere || Some(*at) != wanted.not);
    let mut opens: Option<Instant> = None;
    let mut ready: Vec<usize> = Vec::with_capacity(lanes.len());
    for at in (0..lanes.len()).filter(fits) {
        match lanes[at].ready(now) {
            Ready::Now => ready.push(at),
            Ready::At(time) => opens = Some(opens.map_or(time, |known| known.min(time))),
            Ready::Full => {}
        }
    }
    let Some(least) = ready.iter().map(|at| lanes[*at].in_flight()).min() else {
        return Pick::Wait(opens);
    };
    let slack = if wanted.near.is_some() { 1 + least / 8 } else { 0 };
    let among = ready.into_iter().filter(|at| lanes[*at].in_flight() <= least + slack);
    let chosen = match wanted.near {
        Some(key) => among.max_by_key(|at| score(key, *at)),
        None => among.min_by_key(|at| lanes[*at].requests()),
    };
    chosen.map_or(Pick::Wait(None), Pick::Lane)
}

/// When one of `lanes` is tried again, of which all are set aside; a far day where requests are out that try them, nothing
/// where one may be tried now.
fn tried_again(lanes: &[Lane], now: Instant) -> Option<Instant> {
    let mut next = now + PATIENCE;
    for lane in lanes {
        match lane.standing(now) {
            Standing::Aside(until) if until > now => next = next.min(until),
            Standing::Aside(_) => {}
            Standing::Usable | Standing::Probe => return None,
        }
    }
    Some(next)
}

/// Rendezvous hashing: the same key prefers the same lanes in the same order, and forgets nothing when one is away.
fn score(key: u64, lane: usize) -> u64 {
    mix(key ^ mix(lane as u64))
}

/// The shortest time until one of `lanes` opens; nothing while one is open.
pub(super) fn opens_in(lanes: &[Lane], now: Instant) -> Option<Duration> {
    let any = lanes.iter().any(|lane| lane.standing(now) == Standing::Usable);
    let meant = lanes.iter().filter(|lane| !any || lane.standing(now) == Standing::Usable);
    let waits: Option<Vec<Duration>> = meant.map(|lane| lane.opens_in(now)).collect();
    waits?.into_iter().min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lanes(in_flight: &[usize], now: Instant) -> Vec<Lane> {
        let lane = |count: &usize| {
            let mut lane = Lane::new(16, false);
            for _ in 0..*count {
                lane.begin(now);
            }
            lane
        };
        in_flight.iter().map(lane).collect()
    }

    fn near(key: u64) -> Wanted {
        Wanted { near: Some(key), ..Wanted::default() }
    }

    #[test]
    fn the_least_loaded_is_chosen() {
        let now = Instant::now();
        assert_eq!(pick(&mut lanes(&[3, 1, 2], now), now, Wanted::default()), Pick::Lane(1));
        assert_eq!(pick(&mut lanes(&[16, 16], now), now, Wanted::default()), Pick::Wait(None));
        let other = Wanted { not: Some(1), ..Wanted::default() };
        assert_eq!(pick(&mut lanes(&[3, 1, 2], now), now, other), Pick::Lane(2));
        assert_eq!(pick(&mut lanes(&[3], now), now, Wanted { not: Some(0), ..Wanted::default() }), Pick::Lane(0));
    }

    #[test]
    fn one_key_stays_with_one_server_and_many_keys_spread() {
        let now = Instant::now();
        let mut chosen = [0; 4];
        for key in 0..400 {
            let mut lanes = lanes(&[2, 2, 2, 2], now);
            let Pick::Lane(first) = pick(&mut lanes, now, near(key)) else { panic!("none") };
            chosen[first] += 1;
            lanes[first].begin(now);
            assert_eq!(pick(&mut lanes, now, near(key)), Pick::Lane(first), "one more is no reason to leave");
            lanes[first].begin(now);
            assert_ne!(pick(&mut lanes, now, near(key)), Pick::Lane(first), "least in flight comes first");
        }
        assert!(chosen.iter().all(|count| (60..140).contains(count)), "{chosen:?}");
    }

    #[test]
    fn the_more_there_are_in_flight_the_more_one_server_may_have_for_its_cache() {
        let now = Instant::now();
        for (least, most) in [(0, 1), (7, 8), (8, 10)] {
            for key in 0..20 {
                let Pick::Lane(first) = pick(&mut lanes(&[least; 4], now), now, near(key)) else { panic!("none") };
                let stays = |count: usize| {
                    let counts: Vec<usize> = (0..4).map(|at| if at == first { count } else { least }).collect();
                    pick(&mut lanes(&counts, now), now, near(key)) == Pick::Lane(first)
                };
                assert!(stays(most) && !stays(most + 1), "{least} in flight, {key}");
            }
        }
    }

    #[test]
    fn who_is_set_aside_gets_nothing_and_then_one() {
        let now = Instant::now();
        let mut lanes = lanes(&[1, 5], now);
        let sent = lanes[0].begin(now);
        (0..4).for_each(|_| lanes[0].failed(sent, now, false, true));
        assert_eq!(pick(&mut lanes, now, Wanted::default()), Pick::Lane(1));
        let later = now + Duration::from_secs(2);
        assert_eq!(pick(&mut lanes, later, Wanted::default()), Pick::Lane(0));
        let probe = lanes[0].begin(later);
        assert_eq!(pick(&mut lanes, later, Wanted::default()), Pick::Lane(1), "one probe is enough");
        lanes[0].served(probe, later, None);
        lanes[0].end(probe);
        assert_eq!(pick(&mut lanes, later, Wanted::default()), Pick::Lane(0));
    }

    #[test]
    fn where_all_are_set_aside_it_is_as_with_one() {
        let now = Instant::now();
        let mut lanes = lanes(&[1, 1], now);
        for lane in &mut lanes {
            let sent = lane.begin(now);
            (0..4).for_each(|_| lane.failed(sent, now, false, true));
        }
        assert!(matches!(pick(&mut lanes, now, Wanted { not: Some(0), ..Wanted::default() }), Pick::Lane(1)));
    }

    #[test]
    fn who_refuses_whatever_is_sent_is_asked_only_to_see_whether_it_still_does() {
        let now = Instant::now();
        let mut lanes = lanes(&[0, 9], now);
        let sent = lanes[0].begin(now);
        lanes[0].denied(sent, "No such model.", now);
        (0..4).for_each(|_| lanes[1].failed(sent, now, false, true));
        assert_eq!(pick(&mut lanes, now, Wanted::default()), Pick::Lane(1), "it is down, but may be of use");
        assert_eq!(pick(&mut lanes, now + Duration::from_secs(1), Wanted::default()), Pick::Lane(0));
        lanes[1].denied(sent, "No such model.", now);
        assert_eq!(pick(&mut lanes, now, Wanted::default()), Pick::Lane(0), "all do");
    }

    #[test]
    fn a_shut_door_is_waited_for_only_where_no_other_is_open() {
        let now = Instant::now();
        let mut lanes = lanes(&[0, 0], now);
        lanes[0].shut_for(Duration::from_secs(9), now);
        assert_eq!(pick(&mut lanes, now, Wanted::default()), Pick::Lane(1));
        assert_eq!(opens_in(&lanes, now), None);
        lanes[1].shut_for(Duration::from_secs(5), now);
        assert_eq!(pick(&mut lanes, now, Wanted::default()), Pick::Wait(Some(now + Duration::from_secs(5))));
        assert_eq!(opens_in(&lanes, now), Some(Duration::from_secs(5)));
    }
}
