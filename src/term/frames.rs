//! When to draw: only when something changed, never more often than the cap, sooner while keys
//! arrive. Pure; the time is passed in.

use std::time::{Duration, Instant};

/// Between two frames when only jobs change the screen: 30 per second.
const CALM: Duration = Duration::from_millis(33);
/// Between two frames while keys arrive: 60 per second.
const TYPING: Duration = Duration::from_millis(16);
/// How long after a key the faster cap holds.
const TYPING_LASTS: Duration = Duration::from_millis(500);

/// Says when the next frame is due.
///
/// ```text
/// changed / key_arrived  ->  deadline()  ->  drawn
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FrameClock {
    /// When drawing was first wanted since the last frame; `None` when nothing changed.
    wanted: Option<Instant>,
    drawn: Option<Instant>,
    key: Option<Instant>,
}

impl FrameClock {
    /// The screen no longer shows the model.
    pub fn changed(&mut self, now: Instant) {
        self.wanted.get_or_insert(now);
    }

    /// A key arrived; whoever typed it is waiting for the next frame.
    pub fn key_arrived(&mut self, now: Instant) {
        self.key = Some(now);
        self.changed(now);
    }

    /// When to draw; `None` while there is nothing to draw. It may be in the past.
    pub fn deadline(&self) -> Option<Instant> {
        let wanted = self.wanted?;
        let Some(drawn) = self.drawn else {
            return Some(wanted);
        };
        let typing = self.key.is_some_and(|key| wanted.saturating_duration_since(key) < TYPING_LASTS);
        Some(wanted.max(drawn + if typing { TYPING } else { CALM }))
    }

    /// Whether a frame is due.
    pub fn is_due(&self, now: Instant) -> bool {
        self.deadline().is_some_and(|deadline| deadline <= now)
    }

    /// A frame was drawn.
    pub fn drawn(&mut self, now: Instant) {
        self.wanted = None;
        self.drawn = Some(now);
    }

    /// Whether the screen shows the model.
    pub fn is_idle(&self) -> bool {
        self.wanted.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames drawn when the screen changes every millisecond for `millis`, with or without keys.
    fn frames_in_a_burst(millis: u64, keys: bool) -> usize {
        let start = Instant::now();
        let mut clock = FrameClock::default();
        let mut frames = 0;
        for tick in 0..millis {
            let now = start + Duration::from_millis(tick);
            if keys && tick % 40 == 0 {
                clock.key_arrived(now);
            } else {
                clock.changed(now);
            }
            if clock.is_due(now) {
                clock.drawn(now);
                frames += 1;
            }
        }
        frames
    }

    #[test]
    fn nothing_changed_means_no_frame() {
        let now = Instant::now();
        let mut clock = FrameClock::default();
        assert_eq!(clock.deadline(), None);
        clock.changed(now);
        clock.drawn(now);
        assert_eq!(clock.deadline(), None);
        assert!(clock.is_idle());
        assert!(!clock.is_due(now + Duration::from_secs(3600)));
    }

    #[test]
    fn after_a_quiet_time_a_change_is_drawn_at_once() {
        let start = Instant::now();
        let mut clock = FrameClock::default();
        clock.changed(start);
        assert!(clock.is_due(start));
        clock.drawn(start);
        let later = start + Duration::from_secs(1);
        clock.changed(later);
        assert!(clock.is_due(later));
    }

    #[test]
    fn a_burst_is_capped_at_thirty_and_at_sixty_while_keys_arrive() {
        let calm = frames_in_a_burst(1000, false);
        assert!((29..=31).contains(&calm), "{calm}");
        let typing = frames_in_a_burst(1000, true);
        assert!((58..=63).contains(&typing), "{typing}");
    }

    #[test]
    fn more_changes_do_not_postpone_the_frame() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut clock = FrameClock::default();
        clock.drawn(start);
        clock.changed(at(5));
        let due = clock.deadline();
        clock.changed(at(20));
        assert_eq!(clock.deadline(), due);
        assert_eq!(due, Some(at(33)));
    }
}
