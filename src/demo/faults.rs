//! Faults on request: what goes wrong, how often and for which step, the same for equal seeds.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::request::Step;
use super::rng::{Rng, mix};

/// One thing that goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// An error status, 400 to 599, with an OpenAI-shaped body; 429 and 503 carry `Retry-After`.
    Status(u16),
    /// 429 that no waiting cures: the quota is used up.
    Quota,
    /// The connection is closed before any reply.
    Reset,
    /// No byte ever comes.
    Hang,
    /// The head and half of the body come, then nothing more.
    Stall,
    /// The reply comes late.
    Slow,
    /// The connection drops in mid-body.
    Cut,
    /// The body ends properly half way: no finish reason, no end marker.
    Half,
    /// 200 with a web page.
    Html,
    /// 307 to another host.
    Redirect,
    /// 200 with an `error` object instead of choices.
    ErrorIn200,
    /// Empty content.
    Empty,
    /// No choices at all.
    NoChoices,
    /// Content that stops at the token limit.
    Length,
    /// `content: null` and a `refusal`.
    Refusal,
    /// A refusal in plain words, as content.
    Decline,
    /// Content that a filter cut.
    Filter,
    /// Content that is not the JSON it should be.
    BadJson,
    /// A list with one bad element.
    BadItem,
    /// JSON inside chatter and a fence.
    Fenced,
    /// A think block before the content.
    Think,
    /// The last user turn, said back.
    Echo,
    /// Part of the prompt, or of the model's template, with the content.
    Leak,
    /// The question wants or needs what it does not contain; the answer says so.
    NotSelf,
    /// Another language.
    Language,
    /// Degenerate repetition.
    Repeat,
    /// A question of a word or two.
    Short,
    /// Text that ends in mid-sentence or inside a code block, with the finish reason `stop`.
    CutMid,
    /// An earlier question again.
    Duplicate,
    /// An earlier question again with small changes.
    NearDuplicate,
    /// Words of a benchmark.
    Benchmark,
    /// `DO NOT KNOW` in an answer.
    DoNotKnow,
    /// An answer that praises the question first.
    Praise,
    /// Words to whoever asked, around the content.
    Chatter,
    /// The whole question, said again before its answer.
    Quote,
    /// A judge that gives the lowest score.
    Harsh,
}

/// Every fault by its name in a specification, except statuses, which are written as numbers.
const NAMES: [(&str, Fault); 35] = [
    ("quota", Fault::Quota),
    ("reset", Fault::Reset),
    ("hang", Fault::Hang),
    ("stall", Fault::Stall),
    ("slow", Fault::Slow),
    ("cut", Fault::Cut),
    ("half", Fault::Half),
    ("html", Fault::Html),
    ("redirect", Fault::Redirect),
    ("error200", Fault::ErrorIn200),
    ("empty", Fault::Empty),
    ("nochoices", Fault::NoChoices),
    ("length", Fault::Length),
    ("refusal", Fault::Refusal),
    ("decline", Fault::Decline),
    ("filter", Fault::Filter),
    ("badjson", Fault::BadJson),
    ("baditem", Fault::BadItem),
    ("fenced", Fault::Fenced),
    ("think", Fault::Think),
    ("echo", Fault::Echo),
    ("leak", Fault::Leak),
    ("notself", Fault::NotSelf),
    ("language", Fault::Language),
    ("repeat", Fault::Repeat),
    ("short", Fault::Short),
    ("cutmid", Fault::CutMid),
    ("duplicate", Fault::Duplicate),
    ("nearduplicate", Fault::NearDuplicate),
    ("benchmark", Fault::Benchmark),
    ("donotknow", Fault::DoNotKnow),
    ("praise", Fault::Praise),
    ("chatter", Fault::Chatter),
    ("quote", Fault::Quote),
    ("harsh", Fault::Harsh),
];

/// What `bad` stands for at questions: every way in which one that arrives whole is no good.
const BAD_QUESTIONS: [Fault; 14] = [
    Fault::Empty,
    Fault::Refusal,
    Fault::Decline,
    Fault::Echo,
    Fault::Leak,
    Fault::NotSelf,
    Fault::Language,
    Fault::Repeat,
    Fault::Short,
    Fault::CutMid,
    Fault::Duplicate,
    Fault::NearDuplicate,
    Fault::Benchmark,
    Fault::Chatter,
];

/// The same at answers.
const BAD_ANSWERS: [Fault; 15] = [
    Fault::Empty,
    Fault::Length,
    Fault::Refusal,
    Fault::Decline,
    Fault::Filter,
    Fault::Echo,
    Fault::Quote,
    Fault::Leak,
    Fault::NotSelf,
    Fault::Language,
    Fault::Repeat,
    Fault::CutMid,
    Fault::Benchmark,
    Fault::DoNotKnow,
    Fault::Praise,
];

/// What the settings and switches of a specification are called.
const SETTINGS: &str = "noschema, nousage, retry-after=SECONDS|none, slow-by=SECONDS, first=N";

/// How the server misbehaves. The default is that it does not.
///
/// Written as a list of `fault[@step][:rate]` and settings, such as
/// `429@answer:0.1,cut:0.01,retry-after=2,first=100`. A fault without a rate always happens.
#[derive(Debug, Clone, PartialEq)]
pub struct Faults {
    entries: Vec<Entry>,
    /// What `Retry-After` says; `None` leaves it out.
    pub retry_after: Option<Duration>,
    /// How much later a slow reply comes.
    pub slow_by: Duration,
    /// How many of the requests that a fault may hit are hit at all; `None` for no limit.
    pub first: Option<u64>,
    /// Whether a `response_format` is refused with 400.
    pub no_schema: bool,
    /// Whether token counts are left out.
    pub no_usage: bool,
}

#[derive(Debug, Clone, PartialEq)]
struct Entry {
    fault: Fault,
    step: Option<Step>,
    rate: f64,
}

/// What is wrong with a fault specification, as a full sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultError(String);

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FaultError {}

impl FaultError {
    pub(super) fn batch(part: &str) -> Self {
        Self(format!("'{part}' is no fault of batches; write NAME[=VALUE][*TIMES], such as expire=50*2"))
    }
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            retry_after: Some(Duration::from_secs(1)),
            slow_by: Duration::from_secs(2),
            first: None,
            no_schema: false,
            no_usage: false,
        }
    }
}

impl Fault {
    /// The fault's name in a specification.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Status(status) => status.to_string(),
            other => {
                let named = NAMES.iter().find(|(_, fault)| *fault == other);
                named.map_or_else(String::new, |(name, _)| (*name).to_owned())
            }
        }
    }

    /// Whether something else is sent in place of a completion, or nothing.
    #[must_use]
    pub fn replaces_the_reply(self) -> bool {
        matches!(
            self,
            Self::Status(_) | Self::Quota | Self::Reset | Self::Hang | Self::Html | Self::Redirect | Self::ErrorIn200
        )
    }

    /// Whether it is a fault of the way and not of the content.
    #[must_use]
    pub fn is_of_transport(self) -> bool {
        matches!(self, Self::Stall | Self::Slow | Self::Cut | Self::Half | Self::NoChoices)
    }

    /// Whether it is a fault of homework: it does nothing to other steps than questions and answers.
    fn is_of_homework(self) -> bool {
        matches!(
            self,
            Self::Leak
                | Self::NotSelf
                | Self::Language
                | Self::Repeat
                | Self::Short
                | Self::CutMid
                | Self::Duplicate
                | Self::NearDuplicate
                | Self::Benchmark
                | Self::DoNotKnow
                | Self::Praise
                | Self::Chatter
                | Self::Quote
        )
    }

    /// Whether it may hit a request of `step`.
    fn fits(self, step: Step) -> bool {
        match self {
            Self::Short | Self::Duplicate | Self::NearDuplicate => step == Step::Question,
            Self::DoNotKnow | Self::Praise | Self::Quote => step == Step::Answer,
            Self::Harsh => step == Step::Judge,
            other => !other.is_of_homework() || matches!(step, Step::Question | Step::Answer),
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        match name.parse() {
            Ok(status @ 400..=599) => Some(Self::Status(status)),
            Ok(_) => None,
            Err(_) => NAMES.iter().find(|(known, _)| *known == name).map(|(_, fault)| *fault),
        }
    }
}

impl Faults {
    /// Whether any fault may hit a request of `step`. Only such requests are numbered.
    #[must_use]
    pub fn concern(&self, step: Step) -> bool {
        self.entries.iter().any(|entry| entry.is_for(step))
    }

    /// What goes wrong with request `number` (from 0) of `step`. Equal arguments give equal faults.
    #[must_use]
    pub fn pick(&self, step: Step, seed: u64, number: u64) -> Option<Fault> {
        if self.first.is_some_and(|first| number >= first) {
            return None;
        }
        let mut left = Rng::new(mix(seed, number), "fault").unit();
        for entry in self.entries.iter().filter(|entry| entry.is_for(step)) {
            if left < entry.rate {
                return Some(entry.fault);
            }
            left -= entry.rate;
        }
        None
    }

    fn read(&mut self, part: &str) -> Result<(), FaultError> {
        if let Some((name, value)) = part.split_once('=') {
            return self.set(name.trim(), value.trim());
        }
        match part {
            "noschema" => self.no_schema = true,
            "nousage" => self.no_usage = true,
            _ => self.entries.extend(Entry::read(part)?),
        }
        Ok(())
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), FaultError> {
        match name {
            "retry-after" if value == "none" => self.retry_after = None,
            "retry-after" => self.retry_after = Some(seconds(name, value)?),
            "slow-by" => self.slow_by = seconds(name, value)?,
            "first" => {
                let reason =
                    |_| FaultError(format!("In the fault list, first={value} is not a whole number of requests."));
                self.first = Some(value.parse().map_err(reason)?);
            }
            _ => return Err(unknown(name)),
        }
        Ok(())
    }

    fn check_sums(&self) -> Result<(), FaultError> {
        for step in Step::ALL {
            let sum: f64 = self.entries.iter().filter(|entry| entry.is_for(step)).map(|entry| entry.rate).sum();
            if sum > 1.0 + 1e-9 {
                let step = step.name();
                return Err(FaultError(format!(
                    "The fault rates for the step {step} add up to {sum:.3}, which is more than 1. Lower some of them."
                )));
            }
        }
        Ok(())
    }
}

impl Entry {
    fn is_for(&self, step: Step) -> bool {
        self.step.is_none_or(|only| only == step) && self.fault.fits(step)
    }

    fn read(part: &str) -> Result<Vec<Self>, FaultError> {
        let (head, rate) = match part.split_once(':') {
            Some((head, rate)) => (head.trim(), rate_of(part, rate.trim())?),
            None => (part, 1.0),
        };
        let (name, step) = match head.split_once('@') {
            Some((name, step)) => (name.trim(), Some(step_of(step.trim())?)),
            None => (head, None),
        };
        if name == "bad" {
            let group = |only: Step, faults: &[Fault]| {
                let rate = rate / faults.len() as f64;
                let wanted = step.is_none_or(|step| step == only);
                let entry = |fault: &Fault| Self { fault: *fault, step: Some(only), rate };
                faults.iter().filter(|_| wanted).map(entry).collect::<Vec<_>>()
            };
            let mut all = group(Step::Question, &BAD_QUESTIONS);
            all.extend(group(Step::Answer, &BAD_ANSWERS));
            return Ok(all);
        }
        let fault = Fault::from_name(name).ok_or_else(|| unknown(name))?;
        if let Some(step) = step.filter(|step| !fault.fits(*step)) {
            return Err(FaultError(format!("In the fault list, {name} does nothing to the step {}.", step.name())));
        }
        Ok(vec![Self { fault, step, rate }])
    }
}

impl FromStr for Faults {
    type Err = FaultError;

    fn from_str(spec: &str) -> Result<Self, FaultError> {
        let mut faults = Self::default();
        for part in spec.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            faults.read(part)?;
        }
        faults.check_sums()?;
        Ok(faults)
    }
}

fn unknown(name: &str) -> FaultError {
    let known: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
    FaultError(format!(
        "The fault {name:?} is not known. Known are the statuses 400 to 599, {}, bad (all that make homework unfit), and the \
         settings {SETTINGS}.",
        known.join(", ")
    ))
}

fn step_of(name: &str) -> Result<Step, FaultError> {
    Step::from_name(name).ok_or_else(|| {
        let known: Vec<&str> = Step::ALL.iter().map(|step| step.name()).collect();
        FaultError(format!("In the fault list, the step {name:?} is not known. Known are {}.", known.join(", ")))
    })
}

fn rate_of(part: &str, rate: &str) -> Result<f64, FaultError> {
    let read = rate.parse().ok().filter(|rate| (0.0..=1.0).contains(rate));
    read.ok_or_else(|| FaultError(format!("In the fault list, the rate in {part:?} is not a number from 0 to 1.")))
}

fn seconds(name: &str, value: &str) -> Result<Duration, FaultError> {
    let read = value.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    read.ok_or_else(|| {
        FaultError(format!("In the fault list, {name}={value} is not a number of seconds, such as 2 or 0.5."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(spec: &str) -> Faults {
        spec.parse().unwrap()
    }

    #[test]
    fn rates_hold_over_many_requests_and_repeat_for_a_seed() {
        let faults = faults("429:0.05, 500:0.01, cut@answer:0.2");
        let run = |step, seed| -> Vec<Option<Fault>> { (0..20_000).map(|n| faults.pick(step, seed, n)).collect() };
        let answer = run(Step::Answer, 1);
        let share = |fault| answer.iter().filter(|seen| **seen == Some(fault)).count() as f64 / 20_000.0;
        assert!((share(Fault::Status(429)) - 0.05).abs() < 0.01);
        assert!((share(Fault::Cut) - 0.2).abs() < 0.02);
        assert_eq!(answer, run(Step::Answer, 1));
        assert_ne!(answer, run(Step::Answer, 2));
        assert!(!run(Step::Judge, 1).contains(&Some(Fault::Cut)));
    }

    #[test]
    fn settings_are_read() {
        let faults = faults("429,retry-after=2.5,first=3,noschema,slow-by=0.1");
        assert_eq!(faults.retry_after, Some(Duration::from_millis(2500)));
        assert_eq!(faults.slow_by, Duration::from_millis(100));
        assert!(faults.no_schema && !faults.no_usage);
        let hit: Vec<bool> = (0..5).map(|n| faults.pick(Step::Answer, 9, n).is_some()).collect();
        assert_eq!(hit, [true, true, true, false, false]);
        assert_eq!("retry-after=none".parse::<Faults>().unwrap().retry_after, None);
        assert_eq!("".parse::<Faults>().unwrap(), Faults::default());
    }

    #[test]
    fn steps_without_faults_are_not_numbered() {
        let faults = faults("hang@syllabus:0.5,noschema");
        assert!(faults.concern(Step::Syllabus));
        assert!(!faults.concern(Step::Answer));
    }

    #[test]
    fn errors_say_what_is_known() {
        let error = |spec: &str| spec.parse::<Faults>().unwrap_err().to_string();
        assert!(error("hung:0.1").contains("hang, stall, slow"));
        assert!(error("399").contains("400 to 599"));
        assert!(error("429@answers:0.1").contains("question, answer, judge"));
        assert!(error("429:2").contains("from 0 to 1"));
        assert!(error("429:NaN").contains("from 0 to 1"));
        assert!(error("429:0.7,500@judge:0.4").contains("judge add up to 1.1"));
        assert!(error("retry-after=-1").contains("seconds"));
        assert!(error("first=x").contains("whole number"));
        assert!(error("speed=1").contains("retry-after"));
    }

    #[test]
    fn faults_of_homework_hit_questions_and_answers_alone() {
        let some = faults("praise:0.5,leak@answer:0.5,duplicate");
        assert!(!some.concern(Step::Propose) && !some.concern(Step::Judge) && !some.concern(Step::Syllabus));
        assert!(matches!(some.pick(Step::Answer, 1, 1), Some(Fault::Praise | Fault::Leak)));
        assert_eq!(some.pick(Step::Question, 1, 1), Some(Fault::Duplicate));
        let error = "praise@question".parse::<Faults>().unwrap_err().to_string();
        assert!(error.contains("praise does nothing to the step question"), "{error}");
    }

    #[test]
    fn bad_is_every_way_in_which_homework_is_no_good_in_equal_shares() {
        let bad = faults("bad:0.5");
        for (step, kinds) in [(Step::Question, &BAD_QUESTIONS[..]), (Step::Answer, &BAD_ANSWERS[..])] {
            let hits: Vec<_> = (0..20_000).filter_map(|n| bad.pick(step, 3, n)).collect();
            assert!((hits.len() as f64 / 20_000.0 - 0.5).abs() < 0.02);
            for kind in kinds {
                let share = hits.iter().filter(|hit| *hit == kind).count() as f64 / hits.len() as f64;
                assert!((share * kinds.len() as f64 - 1.0).abs() < 0.2, "{kind:?} {share}");
            }
        }
        assert!(!faults("bad@answer:0.5").concern(Step::Question) && !bad.concern(Step::Syllabus));
    }

    #[test]
    fn every_fault_has_its_name() {
        for (name, fault) in NAMES {
            assert_eq!(fault.name(), name);
            assert_eq!(Fault::from_name(name), Some(fault));
        }
    }
}
