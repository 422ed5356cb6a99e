//! Short messages above the footer. Information goes by itself, errors stay until they were
//! there long enough to be read and a key was pressed.

/// How grave a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Good to know.
    Info,
    /// Deserves a look.
    Warning,
    /// Something was not done.
    Error,
}

impl Level {
    /// How long it stays by itself, in milliseconds.
    fn stays(self) -> Option<u64> {
        match self {
            Level::Info => Some(3_000),
            Level::Warning => Some(6_000),
            Level::Error => None,
        }
    }
}

/// How long an error stays whatever is pressed, in milliseconds.
const READING: u64 = 3_000;
/// How many are shown at once.
const MOST: usize = 3;
/// How many are kept for who missed them.
const KEPT: usize = 200;

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    /// How grave.
    pub level: Level,
    /// What happened, a sentence.
    pub text: String,
    /// What to do instead.
    pub hint: Option<String>,
    /// When it came up, milliseconds since 1970.
    pub at: u64,
}

/// The messages on the screen, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Toasts {
    shown: Vec<Toast>,
    /// What was said so far, the oldest first, and how often in a row.
    past: std::collections::VecDeque<(Toast, usize)>,
    /// What is not in the log yet.
    unlogged: Vec<Toast>,
}

impl Toasts {
    /// Shows a message; the same one again only renews it, and "Shown: pending." takes the place
    /// of "Shown: all.".
    pub fn push(&mut self, toast: Toast) {
        self.keep(&toast);
        let topic = |text: &str| text.split_once(": ").map(|(topic, _)| topic.to_owned());
        let same_topic = |known: &Toast| {
            known.level == Level::Info
                && toast.level == Level::Info
                && topic(&known.text).is_some()
                && topic(&known.text) == topic(&toast.text)
        };
        self.shown.retain(|known| known.text != toast.text && !same_topic(known));
        self.shown.push(toast);
        if self.shown.len() > MOST {
            self.shown.remove(0);
        }
    }

    /// What was said since the last time, for the log.
    pub fn take_unlogged(&mut self) -> Vec<Toast> {
        std::mem::take(&mut self.unlogged)
    }

    fn keep(&mut self, toast: &Toast) {
        if self.unlogged.len() < KEPT {
            self.unlogged.push(toast.clone());
        }
        match self.past.back_mut() {
            Some((last, times)) if (last.level, &last.text) == (toast.level, &toast.text) => {
                *times += 1;
                last.at = toast.at;
            }
            _ => self.past.push_back((toast.clone(), 1)),
        }
        if self.past.len() > KEPT {
            self.past.pop_front();
        }
    }

    /// What was said so far, the latest first, and how often in a row.
    pub fn past(&self) -> impl Iterator<Item = (&Toast, usize)> {
        self.past.iter().rev().map(|(toast, times)| (toast, *times))
    }

    /// What is on the screen, oldest first.
    #[must_use]
    pub fn shown(&self) -> &[Toast] {
        &self.shown
    }

    /// Takes away what has been there long enough.
    pub fn expire(&mut self, now: u64) {
        self.shown.retain(|toast| toast.level.stays().is_none_or(|stays| now < toast.at + stays));
    }

    /// A key was pressed: errors that could be read go.
    pub fn key_pressed(&mut self, now: u64) {
        self.shown.retain(|toast| now < toast.at + READING);
    }

    /// What was said on a topic holds no longer: "Marked" for "Marked: 3 rows.".
    pub fn forget(&mut self, topic: &str) {
        self.shown.retain(|toast| toast.text.split_once(": ").is_none_or(|(known, _)| known != topic));
    }

    /// Takes everything away; whether there was anything.
    pub fn clear(&mut self) -> bool {
        let any = !self.shown.is_empty();
        self.shown.clear();
        any
    }

    /// When the next message goes by itself, in milliseconds since 1970.
    #[must_use]
    pub fn deadline(&self) -> Option<u64> {
        self.shown.iter().filter_map(|toast| Some(toast.at + toast.level.stays()?)).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toast(level: Level, text: &str, at: u64) -> Toast {
        Toast { level, text: text.into(), hint: None, at }
    }

    #[test]
    fn information_goes_by_itself_and_errors_after_a_key() {
        let mut toasts = Toasts::default();
        toasts.push(toast(Level::Info, "saved", 0));
        toasts.push(toast(Level::Error, "refused", 0));
        assert_eq!(toasts.deadline(), Some(3_000));
        toasts.expire(3_000);
        assert_eq!(toasts.shown().len(), 1);
        toasts.key_pressed(2_999);
        assert_eq!(toasts.shown().len(), 1, "nobody reads that fast");
        toasts.key_pressed(3_000);
        assert_eq!(toasts.shown(), []);
    }

    #[test]
    fn news_on_the_same_topic_takes_the_place_of_older_news() {
        let mut toasts = Toasts::default();
        for text in ["Shown: all.", "Nothing else is pending.", "Shown: pending."] {
            toasts.push(toast(Level::Info, text, 0));
        }
        let texts: Vec<_> = toasts.shown().iter().map(|toast| toast.text.as_str()).collect();
        assert_eq!(texts, ["Nothing else is pending.", "Shown: pending."]);
    }

    #[test]
    fn what_was_said_is_kept_after_it_went() {
        let mut toasts = Toasts::default();
        for (text, at) in [("a", 0), ("b", 1), ("b", 2)] {
            toasts.push(toast(Level::Info, text, at));
        }
        toasts.clear();
        let past: Vec<_> = toasts.past().map(|(toast, times)| (toast.text.as_str(), times, toast.at)).collect();
        assert_eq!(past, [("b", 2, 2), ("a", 1, 0)]);
        for at in 0..500 {
            toasts.push(toast(Level::Info, &at.to_string(), at));
        }
        assert_eq!(toasts.past().count(), KEPT);
    }

    #[test]
    fn a_repeated_message_is_one_message() {
        let mut toasts = Toasts::default();
        for at in 0..9 {
            toasts.push(toast(Level::Error, "same", at));
        }
        assert_eq!(toasts.shown(), [toast(Level::Error, "same", 8)]);
    }
}
