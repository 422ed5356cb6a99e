//! How providers of batches differ, as data: one row each. Figures that were not checked with the provider say so.

/// A provider or server that takes batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// The name on the command line.
    pub name: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// What a line of requests looks like.
    pub shape: Shape,
    /// Requests of one file, at most.
    pub most_requests: u64,
    /// Bytes of one file, at most.
    pub most_bytes: u64,
    /// The time within which it is done, as the provider wants it written; empty where nobody asks.
    pub window: &'static str,
    /// Whether we can send the files ourselves.
    pub transport: Transport,
    /// How much less than live calls it costs, in percent.
    pub discount: u8,
    /// Where the figures come from, with the date.
    pub source: &'static str,
    /// The words for the states of a batch, in lower case.
    states: &'static [(&'static str, State)],
    /// What else one should know.
    pub remark: &'static str,
}

/// What a line of requests looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `{"custom_id","method","url","body"}`.
    OpenAi,
    /// `{"custom_id","body"}` without the model, which is named by the job (Mistral).
    Body,
    /// `{"custom_id","params"}` with system text beside the messages and a limit of tokens (Anthropic).
    Params,
    /// `{"key","request"}` with `contents` (Gemini).
    Keyed,
}

/// Whether the live commands speak it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// `/files` and `/batches` as OpenAI has them.
    OpenAi,
    /// Export and import of files only; the reason is the dialect's remark.
    Files,
}

/// Where a batch is, in one set of words for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Not begun.
    Queued,
    /// Under way, or finishing.
    Running,
    /// Over, as it should be.
    Completed,
    /// Refused as a whole.
    Failed,
    /// Out of time; what was done is there.
    Expired,
    /// Called off, not over yet.
    Cancelling,
    /// Called off; what was done is there.
    Cancelled,
}

use State::{Cancelled, Cancelling, Completed, Expired, Failed, Queued, Running};

const OPENAI: &[(&str, State)] = &[
    ("validating", Queued),
    ("in_progress", Running),
    ("finalizing", Running),
    ("completed", Completed),
    ("failed", Failed),
    ("expired", Expired),
    ("cancelling", Cancelling),
    ("cancelled", Cancelled),
];
const MISTRAL: &[(&str, State)] = &[
    ("queued", Queued),
    ("running", Running),
    ("success", Completed),
    ("failed", Failed),
    ("timeout_exceeded", Expired),
    ("cancellation_requested", Cancelling),
    ("cancelled", Cancelled),
];
const ANTHROPIC: &[(&str, State)] = &[("in_progress", Running), ("canceling", Cancelling), ("ended", Completed)];
const GEMINI: &[(&str, State)] = &[
    ("job_state_unspecified", Queued),
    ("job_state_queued", Queued),
    ("job_state_pending", Queued),
    ("job_state_running", Running),
    ("job_state_succeeded", Completed),
    ("job_state_partially_succeeded", Completed),
    ("job_state_failed", Failed),
    ("job_state_expired", Expired),
    ("job_state_cancelling", Cancelling),
    ("job_state_cancelled", Cancelled),
];

const MB: u64 = 1_000_000;

/// What most have in common.
const LIKE_OPENAI: Dialect = Dialect {
    name: "openai",
    title: "OpenAI",
    shape: Shape::OpenAi,
    most_requests: 50_000,
    most_bytes: 200 * MB,
    window: "24h",
    transport: Transport::OpenAi,
    discount: 50,
    source: "openai 3.52.0 and its pages, 2026-11-21",
    states: OPENAI,
    remark: "",
};

/// All of them; the first is the default.
pub const DIALECTS: &[Dialect] = &[
    LIKE_OPENAI,
    Dialect {
        name: "azure",
        title: "Azure OpenAI",
        source: "Microsoft's pages, 2026-11-21",
        remark: "The model is the name of the deployment. Batches do not expire; what was done is billed when one is \
                 cancelled.",
        ..LIKE_OPENAI
    },
    Dialect {
        name: "together",
        title: "Together",
        most_bytes: 100 * MB,
        source: "together SDK and pages, 2026-11-21; on selected models only, unverified",
        transport: Transport::Files,
        remark: "Its uploads and jobs are not quite OpenAI's and were not tried: send the files with Together's own client.",
        ..LIKE_OPENAI
    },
    Dialect {
        name: "groq",
        title: "Groq",
        most_bytes: 100 * MB,
        source: "groq SDK, 2026-11-21; the discount is unverified",
        remark: "Takes windows from 24h to 7d.",
        ..LIKE_OPENAI
    },
    Dialect {
        name: "mistral",
        title: "Mistral",
        shape: Shape::Body,
        most_requests: 1_000_000,
        most_bytes: 512 * MB,
        window: "",
        transport: Transport::Files,
        source: "mistralai SDK, 2026-11-21; limits and discount unverified",
        states: MISTRAL,
        remark: "Jobs (/v1/batch/jobs) are made with Mistral's own client; name the model on the job.",
        ..LIKE_OPENAI
    },
    Dialect {
        name: "anthropic",
        title: "Anthropic",
        shape: Shape::Params,
        most_requests: 100_000,
        most_bytes: 256 * MB,
        window: "",
        transport: Transport::Files,
        source: "anthropic SDK and pages, 2026-11-21",
        states: ANTHROPIC,
        remark: "Takes no file: send the lines as the list `requests` of /v1/messages/batches with Anthropic's own client.",
        ..LIKE_OPENAI
    },
    Dialect {
        name: "gemini",
        title: "Gemini",
        shape: Shape::Keyed,
        most_requests: u64::MAX,
        most_bytes: 2_000 * MB,
        window: "",
        transport: Transport::Files,
        source: "google-genai SDK and pages, 2026-11-21",
        states: GEMINI,
        remark: "Jobs are made with Google's own client; name the model on the job.",
        ..LIKE_OPENAI
    },
    Dialect {
        name: "doubleword",
        title: "Doubleword",
        source: "its pages, 2026-11-21; advertises 50 to 90 percent, limits unverified",
        ..LIKE_OPENAI
    },
    Dialect {
        name: "deepinfra",
        title: "DeepInfra",
        source: "its pages, 2026-11-21; limits and discount unverified",
        ..LIKE_OPENAI
    },
    Dialect {
        name: "litellm",
        title: "LiteLLM proxy",
        discount: 0,
        source: "LiteLLM 1.109.1, 2026-11-21; limits and discount are those of what is behind it",
        remark: "Says `completed` for a moment before the output file is named.",
        ..LIKE_OPENAI
    },
    Dialect {
        name: "vllm",
        title: "vLLM run-batch",
        most_requests: u64::MAX,
        most_bytes: u64::MAX,
        window: "",
        transport: Transport::Files,
        discount: 0,
        source: "vLLM 0.29.0 and 0.33.0, 2026-11-21",
        remark: "Run `vllm run-batch -i FILE -o RESULTS --model MODEL`. A run that was killed is not resumed: import what \
                 there is and export again.",
        ..LIKE_OPENAI
    },
];

impl Dialect {
    /// The dialect of this name.
    ///
    /// # Errors
    /// There is none; the names that there are.
    pub fn named(name: &str) -> Result<&'static Self, String> {
        let names = || DIALECTS.iter().map(|dialect| dialect.name).collect::<Vec<_>>().join(", ");
        DIALECTS.iter().find(|dialect| dialect.name == name).ok_or_else(|| format!("it is one of {}", names()))
    }

    /// What a provider's word for a state means; `None` where it is not known.
    #[must_use]
    pub fn state(&self, word: &str) -> Option<State> {
        let word = word.trim().to_ascii_lowercase();
        let word = word.as_str();
        // Both spellings are about.
        let same = |name: &str| name == word || name.replace("cancelled", "canceled") == word;
        self.states.iter().find(|(name, _)| same(name)).map(|(_, state)| *state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_every_row_says_where_it_comes_from() {
        for (at, dialect) in DIALECTS.iter().enumerate() {
            assert_eq!(Dialect::named(dialect.name), Ok(dialect));
            assert!(DIALECTS[at + 1..].iter().all(|other| other.name != dialect.name));
            assert!(dialect.source.contains("2026-"), "{}", dialect.name);
            assert!(dialect.transport == Transport::OpenAi || !dialect.remark.is_empty(), "{}", dialect.name);
        }
        assert!(Dialect::named("nobody").unwrap_err().contains("openai, azure"));
    }

    #[test]
    fn states_are_known_in_either_case_and_unknown_ones_are_no_panic() {
        let state = |name: &str, word: &str| Dialect::named(name).unwrap().state(word);
        assert_eq!(state("openai", "in_progress"), Some(Running));
        assert_eq!(state("together", "COMPLETED"), Some(Completed));
        assert_eq!(state("together", "CANCELED"), Some(Cancelled));
        assert_eq!(state("mistral", "TIMEOUT_EXCEEDED"), Some(Expired));
        assert_eq!(state("gemini", "JOB_STATE_PARTIALLY_SUCCEEDED"), Some(Completed));
        assert_eq!(state("anthropic", "ended"), Some(Completed));
        assert_eq!(state("openai", "pondering\u{202e}"), None);
    }
}
