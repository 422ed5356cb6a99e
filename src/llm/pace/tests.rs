use super::*;

fn ms(number: u64) -> Duration {
    Duration::from_millis(number)
}

/// How many go out before one has to wait.
fn at_once(pace: &mut Pace, now: Instant) -> usize {
    (0..10_000).take_while(|_| pace.wait(now).is_none().then(|| pace.begin(now)).is_some()).count()
}

/// Sends as the pace allows for a while; how many went out.
fn sends(pace: &mut Pace, now: &mut Instant, long: Duration) -> usize {
    let (end, before) = (*now + long, pace.sent());
    while *now < end && pace.sent() - before < 10_000 {
        match pace.wait(*now) {
            None => pace.begin(*now),
            Some(at) => *now = at.min(end),
        }
    }
    (pace.sent() - before) as usize
}

#[test]
fn the_start_is_paced_until_the_ceiling_and_nothing_after_it() {
    let (mut pace, begin) = (Pace::new(256), Instant::now());
    assert_eq!(at_once(&mut pace, begin), 16);
    let next = pace.wait(begin).unwrap() - begin;
    assert!(next >= Duration::from_micros(600) && next < ms(1), "{next:?}");
    let mut now = begin;
    assert!(sends(&mut pace, &mut now, ms(20)) < 120, "it stops early where a burst is too much");
    assert_eq!(sends(&mut pace, &mut now, ms(40)), 10_000, "the ceiling was reached and nothing refused");
    let mut pace = Pace::new(8);
    assert!(at_once(&mut pace, begin) == 10_000, "fewer than that are no burst");
    assert_eq!((pace.sent(), pace.is_searching(), pace.span()), (10_000, true, 0));
}

#[test]
fn the_door_is_shut_as_asked_else_longer_and_longer_while_nothing_is_let_through() {
    let now = Instant::now();
    let first = |asked| {
        let mut pace = Pace::new(64);
        (0..10).for_each(|_| pace.begin(now));
        pace.refused(0, asked, now)
    };
    assert_eq!([first(None), first(Some(ms(50))), first(Some(ms(900)))], [ms(200), ms(200), ms(900)]);
    let mut pace = Pace::new(64);
    (0..10).for_each(|_| pace.begin(now));
    pace.refused(0, None, now);
    let mut doors = Vec::new();
    for _ in 0..12 {
        pace.begin(now);
        doors.push(pace.refused(pace.span(), None, now).as_millis());
    }
    assert_eq!(doors[..5], [100, 200, 400, 800, 1_600]);
    assert_eq!(doors[11], 30_000);
    pace.begin(now);
    pace.begin(now);
    assert_eq!(pace.refused(pace.span(), None, now), ms(50), "something was let through");
    assert_eq!(pace.refused(0, Some(ms(70)), now), ms(70), "of an older burst: what it says, and no more");
    assert_eq!(pace.refused(0, None, now), Duration::ZERO);
}

#[test]
fn the_rate_is_what_was_let_through_between_two_refusals() {
    let mut now = Instant::now();
    let mut pace = Pace::new(1_000);
    (0..101).for_each(|_| pace.begin(now));
    now += ms(1_000);
    pace.refused(0, Some(ms(1_000)), now);
    assert!(pace.is_searching());
    // A hundred in a second: a quarter of that right after the door, doubled every half second.
    now += ms(1_000);
    let counts = [ms(500); 4].map(|long| sends(&mut pace, &mut now, long));
    assert!(
        counts[0] >= 12 && counts[0] <= 24 && counts[1] > counts[0] && counts[3] >= 2 * counts[2] - 8,
        "{counts:?}"
    );
    let sent = counts.iter().sum::<usize>() - 1;
    pace.refused(pace.span(), None, now);
    assert!(!pace.is_searching() && pace.span() == 2);
    // From there on it is a little below, comes back and passes it slowly.
    now += ms(50);
    let seconds = 3.0;
    let least = sent as f64 / seconds;
    let second = [ms(1_000); 3].map(|long| sends(&mut pace, &mut now, long));
    assert!(second[0] as f64 >= 0.9 * least && second[0] as f64 <= 2.1 * least, "{second:?} {least}");
    assert!(second[0] <= second[1] && second[1] <= second[2], "{second:?}");
}

#[test]
fn a_burst_of_which_nothing_was_let_through_teaches_nothing() {
    let mut now = Instant::now();
    let mut pace = Pace::new(1_000);
    (0..50).for_each(|_| pace.begin(now));
    now += ms(1_000);
    pace.refused(0, None, now);
    now += ms(1_000);
    (0..5).for_each(|_| pace.begin(now));
    now += ms(1_000);
    let span = pace.span();
    pace.refused(span, None, now);
    assert!(!pace.is_searching());
    // The four others of it are refused too: what was thought before holds again.
    for _ in 0..4 {
        pace.refused(span, None, now);
    }
    assert!(pace.is_searching());
}

#[test]
fn the_share_of_refused_requests_follows_the_latest() {
    let mut pace = Pace::new(8);
    assert_eq!(pace.refusing, 0.0);
    pace.counted(true);
    assert_eq!(pace.refusing, 1.0 / 32.0);
    pace.counted(false);
    assert_eq!(pace.refusing, 31.0 / 1024.0);
    (0..200).for_each(|_| pace.counted(true));
    assert!(pace.refusing > 0.99 && pace.refusing < 1.0);
    (0..200).for_each(|_| pace.counted(false));
    assert!(pace.refusing < 0.01 && pace.refusing > 0.0);
}

#[test]
fn little_that_was_learned_is_hardly_gone_below() {
    for (let_through, below) in [(20, 0.997), (100, 0.985), (200, 0.97), (1_000, 0.97)] {
        let mut now = Instant::now();
        let mut pace = Pace::new(2_000);
        (0..2).for_each(|_| pace.begin(now));
        now += ms(1_000);
        pace.refused(0, None, now);
        now += ms(1_000);
        (0..=let_through).for_each(|_| pace.begin(now));
        pace.refused(pace.span(), Some(Duration::ZERO), now);
        let Rate::Known(span) = pace.rate else { panic!("nothing was learned") };
        let share = pace.rate(now).unwrap() / span.least();
        assert!((share - below).abs() < 1e-9, "{let_through}: {share}");
    }
}

#[test]
fn a_span_with_few_requests_counts_together_with_the_one_before() {
    for (few, together) in [(5, (105.0, 4.0)), (19, (119.0, 4.0)), (20, (20.0, 2.0)), (30, (30.0, 2.0))] {
        let mut now = Instant::now();
        let mut pace = Pace::new(2_000);
        (0..2).for_each(|_| pace.begin(now));
        now += ms(1_000);
        pace.refused(0, None, now);
        for let_through in [100, few] {
            (0..=let_through).for_each(|_| pace.begin(now));
            now += ms(2_000);
            pace.refused(pace.span(), Some(Duration::ZERO), now);
        }
        let Rate::Known(span) = pace.rate else { panic!("nothing was learned") };
        assert_eq!((span.requests, span.seconds), together, "{few}");
    }
}

#[test]
fn how_long_the_door_was_shut_adds_up_while_nothing_is_let_through() {
    let mut now = Instant::now();
    let mut pace = Pace::new(64);
    (0..11).for_each(|_| pace.begin(now));
    now += ms(1_000);
    let mut shut = pace.refused(0, Some(ms(300)), now);
    for wait in [ms(500), ms(700)] {
        now += ms(1_000);
        pace.begin(now);
        shut += pace.refused(pace.span(), Some(wait), now);
    }
    assert_eq!(shut, ms(1_500));
    // Eleven of twelve in three seconds, half of which the door was shut: four to eight a second.
    now += ms(1_000);
    (0..12).for_each(|_| pace.begin(now));
    pace.refused(pace.span(), Some(Duration::ZERO), now);
    let Rate::Known(span) = pace.rate else { panic!("nothing was learned") };
    assert_eq!((span.requests, span.seconds, span.shut), (11.0, 3.0, 1.5));
}

#[test]
fn a_quarter_of_the_rate_that_does_not_make_refusals_fewer_sets_no_pace() {
    let judged = |marked, refusing, rate| {
        let mut pace = Pace::new(8);
        (pace.sent, pace.mark, pace.refusing) = (10, marked, refusing);
        pace.judge(rate);
        (pace.mark.unwrap(), pace.free)
    };
    let marked = Some((40.0, 0.2));
    assert_eq!(judged(None, 0.2, 40.0), ((40.0, 0.2), 0), "there is nothing to compare with");
    assert_eq!(judged(marked, 0.1, 39.0), ((40.0, 0.2), 0), "not slower by enough to tell");
    assert_eq!(judged(marked, 0.1, 10.0), ((40.0, 0.2), 0));
    assert_eq!(judged(marked, 0.11, 9.9), ((9.9, 0.11), 510), "more than half of them are left: 500 go out freely");
    assert_eq!(judged(marked, 0.1, 9.9), ((9.9, 0.1), 0), "half of them are gone");
    assert_eq!(judged(Some((40.0, 0.04)), 0.03, 9.9), ((9.9, 0.03), 0), "so few are nothing to run from");
    assert_eq!(judged(marked, 0.3, 40.0), ((40.0, 0.3), 0), "as fast as before");
    assert_eq!(judged(marked, 0.3, 41.0), ((41.0, 0.3), 0));
    let mut pace = Pace::new(8);
    (pace.free, pace.rate) =
        (2, Rate::Search(Span { requests: 1.0, seconds: 1.0, shut: 0.0, door: 0.0, reached: 0.0 }));
    let now = Instant::now();
    (0..2).for_each(|_| {
        assert_eq!(pace.wait(now), None);
        pace.begin(now);
    });
    pace.credit = 0.0;
    assert!(pace.wait(now).is_some(), "from there on the pace is kept again");
}

#[test]
fn what_was_thought_before_a_burst_in_vain_holds_again_with_the_time_that_the_door_was_shut() {
    let mut now = Instant::now();
    let mut pace = Pace::new(1_000);
    (0..50).for_each(|_| pace.begin(now));
    now += ms(1_000);
    pace.refused(0, Some(ms(300)), now);
    let learned = now;
    now += ms(1_000);
    (0..3).for_each(|_| pace.begin(now));
    now += ms(1_000);
    let span = pace.span();
    pace.refused(span, Some(ms(700)), now);
    assert_eq!(pace.shut, 0.7);
    // Of the span before last nothing is learned.
    for _ in 0..9 {
        pace.refused(span - 1, None, now);
    }
    assert!(!pace.is_searching());
    for _ in 0..2 {
        pace.refused(span, None, now);
    }
    assert!(pace.is_searching());
    assert_eq!((pace.shut, pace.began), (1.0, Some((learned, 53))));
}
