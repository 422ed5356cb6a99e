use super::*;

const LATENCY: Duration = Duration::from_millis(100);

fn seconds(number: u64) -> Duration {
    Duration::from_secs(number)
}

/// So many requests that go out at once.
fn burst(lane: &mut Lane, count: usize, now: Instant) -> Vec<Sent> {
    (0..count).map(|_| lane.begin(now)).collect()
}

#[test]
fn what_goes_out_comes_back_and_fails_is_counted() {
    let (mut lane, now) = (Lane::new(8, true), Instant::now());
    let sent = burst(&mut lane, 6, now);
    lane.served(sent[0], now + LATENCY, None);
    lane.served(sent[1], now + 3 * LATENCY, Some(100));
    lane.failed(sent[2], now, false, true);
    lane.failed(sent[3], now, true, true);
    lane.refused(sent[4], None, now);
    sent[..5].iter().for_each(|sent| lane.end(*sent));
    let health = lane.health("http://a".into(), now);
    let counts = (health.in_flight, health.requests, health.refused, health.failed, health.set_aside);
    assert_eq!(counts, (1, 6, 2, 1, None));
    assert!(health.p50.unwrap() >= LATENCY && health.p95.unwrap() <= 4 * LATENCY, "{health:?}");
}

#[test]
fn a_server_that_fails_again_and_again_is_set_aside_where_it_is_away_or_another_can_take_over() {
    for (alone, down, aside) in [(true, false, false), (true, true, true), (false, false, true), (false, true, true)] {
        let (mut lane, now) = (Lane::new(8, alone), Instant::now());
        for _ in 0..4 {
            let sent = lane.begin(now);
            lane.failed(sent, now, false, down);
            lane.end(sent);
        }
        assert_eq!(matches!(lane.standing(now), Standing::Aside(_)), aside);
        let told = lane.health("a".into(), now).set_aside;
        assert_eq!(told, aside.then_some(seconds(1)));
        // One request tries it again, and one reply is enough.
        let later = now + seconds(2);
        assert_eq!(lane.standing(later), if aside { Standing::Probe } else { Standing::Usable });
        let probe = lane.begin(later);
        lane.served(probe, later, None);
        lane.end(probe);
        assert_eq!(lane.standing(later), Standing::Usable);
    }
}

#[test]
fn as_many_fly_as_the_server_bore_and_one_more_is_tried_after_a_while() {
    let (mut lane, now) = (Lane::new(8, true), Instant::now());
    let sent = burst(&mut lane, 8, now);
    assert_eq!(lane.ready(now), Ready::Full);
    // It does four at once and refuses the others.
    for sent in &sent[4..] {
        lane.refused(*sent, None, now);
        lane.end(*sent);
    }
    assert_eq!(lane.limit(), 4);
    for sent in &sent[..4] {
        lane.served(*sent, now + LATENCY, None);
        lane.end(*sent);
    }
    assert_eq!(lane.limit(), 4, "not at once");
    let mut now = now + seconds(10);
    for _ in 0..3 {
        let sent = burst(&mut lane, 4, now);
        now += LATENCY;
        // The one that was sent last, while all were in flight, comes first.
        for sent in sent.into_iter().rev() {
            lane.served(sent, now, None);
            lane.end(sent);
        }
    }
    assert_eq!(lane.limit(), 5);
    lane.set_ceiling(2);
    assert_eq!(lane.limit(), 2);
    assert_eq!(Lane::new(3, true).limit(), 3);
}

#[test]
fn the_door_stays_shut_as_long_as_the_server_said_and_the_longest_counts() {
    let (mut lane, now) = (Lane::new(8, true), Instant::now());
    assert_eq!((lane.ready(now), lane.opens_in(now)), (Ready::Now, None));
    let sent = burst(&mut lane, 2, now);
    lane.refused(sent[0], Some(seconds(7)), now);
    lane.refused(sent[1], Some(seconds(3)), now);
    assert_eq!((lane.ready(now), lane.opens_in(now)), (Ready::At(now + seconds(7)), Some(seconds(7))));
    assert_eq!(lane.opens_in(now + seconds(5)), Some(seconds(2)));
    lane.shut_for(seconds(1), now);
    assert_eq!(lane.opens_in(now), Some(seconds(7)));
    assert_eq!(lane.opens_in(now + seconds(7)), None);
    assert!(!matches!(lane.ready(now + seconds(7)), Ready::At(at) if at <= now + seconds(7)));
}

#[test]
fn a_limit_that_was_refused_is_tried_more_seldom_most_of_all_where_a_refusal_costs_long() {
    let now = Instant::now();
    let bears = |hold, fell| Bears { limit: 10, proven: 3, hold, held: 9, grown: true, fell, replies: 1_000, round: 4 };
    let after = |mut bears: Bears, round: u64, asked: Option<Duration>| {
        bears.fall(6, round, asked, now);
        bears
    };
    let usual = after(bears(1, None), 4, None);
    assert_eq!((usual.limit, usual.hold, usual.held, usual.replies, usual.round), (5, 4, 0, 0, 5));
    assert_eq!((usual.grown, usual.fell), (false, Some(now)));
    assert_eq!(after(bears(100, None), 4, None).hold, LONGEST_HOLD);
    // A hundred replies a second and a minute to wait: worth some thousand replies.
    let fell = Some(now - seconds(10));
    assert_eq!(after(bears(100, fell), 4, Some(seconds(60))).hold, 400);
    assert_eq!(after(bears(1_000_000, fell), 4, Some(seconds(60))).hold, 120_000);
    assert_eq!(after(bears(1_000_000, fell), 4, None).hold, LONGEST_HOLD);
    // Of one burst, only the first makes it wait longer.
    let same = after(bears(8, None), 3, None);
    assert_eq!((same.limit, same.hold, same.round), (5, 8, 4));
}
