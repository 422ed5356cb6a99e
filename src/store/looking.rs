//! When the disk is looked at. Pure; the time is passed in.

use std::time::{Duration, Instant};

/// How long the disk must be quiet before it is looked at again.
const QUIET: Duration = Duration::from_millis(120);
/// How long a disk that is never quiet goes without a look.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often everything is looked at where not everything can be watched.
const ROUNDS: Duration = Duration::from_secs(3);
/// Where that takes long it is done less often: this many times as long as it takes lies between two.
const REST: u32 = 20;

/// When the next looks are due. Where everything is watched and nothing was heard, none is.
#[derive(Debug, Default)]
pub struct Looking {
    heard: Option<Look>,
    round: Option<Instant>,
}

/// When the disk is looked at for something that was heard.
#[derive(Debug, Clone, Copy)]
struct Look {
    /// Then, unless it changes again before.
    due: Instant,
    /// Then at the latest.
    last: Instant,
}

impl Looking {
    /// Something was heard.
    pub fn changed(&mut self, now: Instant) {
        let last = self.heard.map_or(now + PATIENCE, |look| look.last);
        self.heard = Some(Look { due: (now + QUIET).min(last), last });
    }

    /// When the next look is due, if nothing changes before.
    pub fn next(&self) -> Option<Instant> {
        let heard = self.heard.map(|look| look.due);
        heard.into_iter().chain(self.round).min()
    }

    /// Whether a look is due that does not wait for a pause in what is asked.
    pub fn is_overdue(&self, now: Instant) -> bool {
        self.heard.is_some_and(|look| look.last <= now) || self.round.is_some_and(|round| round <= now)
    }

    /// It is looked at now; whether at everything, whatever was heard.
    pub fn begin(&mut self, now: Instant) -> bool {
        self.heard = None;
        self.round.take_if(|round| *round <= now).is_some()
    }

    /// It was looked at since `began`. `deaf` where not everything can be watched.
    pub fn end(&mut self, began: Instant, now: Instant, deaf: bool) {
        self.round = match self.round {
            _ if !deaf => None,
            Some(round) => Some(round),
            None => Some(now + ROUNDS.max(now.saturating_duration_since(began) * REST)),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(number: u64) -> Duration {
        Duration::from_millis(number)
    }

    #[test]
    fn what_was_heard_is_looked_at_after_a_pause_and_a_storm_after_a_second() {
        let (begin, mut looking) = (Instant::now(), Looking::default());
        assert!(looking.next().is_none() && !looking.is_overdue(begin));
        looking.changed(begin);
        looking.changed(begin + ms(100));
        assert_eq!(looking.next(), Some(begin + ms(220)));
        (2..20).for_each(|tenth| looking.changed(begin + ms(100 * tenth)));
        assert_eq!(looking.next(), Some(begin + ms(1_000)));
        assert!(!looking.is_overdue(begin + ms(999)) && looking.is_overdue(begin + ms(1_000)));
        assert!(!looking.begin(begin + ms(1_000)), "at what was heard");
        looking.end(begin + ms(1_000), begin + ms(1_000), false);
        assert_eq!(looking.next(), None);
    }

    #[test]
    fn where_not_everything_is_watched_everything_is_looked_at_every_few_seconds_whatever_is_heard() {
        let (begin, mut looking) = (Instant::now(), Looking::default());
        looking.end(begin, begin, true);
        assert_eq!(looking.next(), Some(begin + ms(3_000)));
        // What is heard meanwhile does not put that off.
        looking.changed(begin + ms(2_000));
        assert_eq!(looking.next(), Some(begin + ms(2_120)));
        assert!(!looking.begin(begin + ms(2_120)));
        looking.end(begin + ms(2_120), begin + ms(2_130), true);
        assert_eq!(looking.next(), Some(begin + ms(3_000)));
        assert!(!looking.is_overdue(begin + ms(2_999)) && looking.is_overdue(begin + ms(3_000)));
        assert!(looking.begin(begin + ms(3_000)));
        // Who takes half a second for it rests for ten.
        looking.end(begin + ms(3_000), begin + ms(3_500), true);
        assert_eq!(looking.next(), Some(begin + ms(13_500)));
        // Everything can be watched again.
        looking.end(begin + ms(5_000), begin + ms(5_000), false);
        assert_eq!(looking.next(), None);
    }
}
