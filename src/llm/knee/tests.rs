use super::*;

/// A server that answers so many a second, each after so long.
struct Server {
    knee: Knee,
    now: Instant,
}

impl Server {
    fn new() -> Self {
        let mut server = Self { knee: Knee::default(), now: Instant::now() };
        // Few in flight: a tenth of a second each.
        server.answers(10, 4, 0.1, 40.0);
        server
    }

    /// Replies with so many in flight.
    fn answers(&mut self, count: usize, in_flight: usize, took: f64, rate: f64) {
        for _ in 0..count {
            self.now += Duration::from_secs_f64(1.0 / rate);
            self.knee.served(in_flight, Duration::from_secs_f64(took), self.now);
        }
    }

    /// Replies until the limit is another, or for so many.
    fn until_it_changes(&mut self, took: f64, rate: f64, patience: usize) -> usize {
        let before = self.knee.limit();
        for _ in 0..patience {
            self.answers(1, 64, took, rate);
            if self.knee.limit() != before {
                break;
            }
        }
        self.knee.limit()
    }
}

#[test]
fn where_a_server_queues_fewer_are_sent_as_long_as_as_much_gets_done() {
    let mut server = Server::new();
    assert_eq!(server.knee.limit(), usize::MAX);
    assert_eq!(server.until_it_changes(0.5, 100.0, 180), usize::MAX, "three rounds of 64 are 192 replies");
    assert_eq!(server.until_it_changes(0.5, 100.0, 2), 48);
    assert_eq!(server.until_it_changes(0.4, 100.0, 400), 36, "as much gets done");
    assert_eq!(server.until_it_changes(0.4, 80.0, 400), 48, "a fifth less: it was too few");
    // For two readings nothing is tried, then it is; after another failure for twice as long.
    assert_eq!(server.until_it_changes(0.4, 100.0, 48 + 2 * 144), 48);
    assert_eq!(server.until_it_changes(0.4, 100.0, 146), 36);
    assert_eq!(server.until_it_changes(0.4, 80.0, 400), 48);
    assert_eq!(server.until_it_changes(0.4, 100.0, 48 + 4 * 144), 48);
    assert_eq!(server.until_it_changes(0.4, 100.0, 146), 36);
}

#[test]
fn where_it_no_longer_queues_more_are_sent_again_if_more_gets_done() {
    let grown = |rate: f64| {
        let mut server = Server::new();
        assert_eq!(server.until_it_changes(0.5, 100.0, 400), 48);
        // Fewer were enough, and it is quick again.
        assert_eq!(server.until_it_changes(0.1, 100.0, 400), 64);
        server.until_it_changes(0.1, rate, 400)
    };
    assert_eq!(grown(130.0), 86);
    assert_eq!(grown(100.0), 48, "no more gets done by it");
}

#[test]
fn a_server_that_is_as_quick_with_many_has_no_limit() {
    let mut server = Server::new();
    assert_eq!(server.until_it_changes(0.15, 100.0, 2_000), usize::MAX);
    let mut server = Server::new();
    server.answers(2_000, 4, 0.5, 100.0);
    assert_eq!(server.knee.limit(), usize::MAX, "fewer fly than it could do: the latency is its own");
}

#[test]
fn where_few_come_near_the_most_something_else_sets_the_pace() {
    let mut server = Server::new();
    for _ in 0..200 {
        server.answers(2, 20, 0.5, 100.0);
        server.answers(1, 64, 0.5, 100.0);
    }
    assert_eq!(server.knee.limit(), usize::MAX);
}
