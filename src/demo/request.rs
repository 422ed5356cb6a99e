//! The part of a chat-completions request that the demo model looks at.

use serde::{Deserialize, Deserializer};

use super::data::Data;
use super::rng::mix;

/// The words near the start of a turn that asks for structured output in a second round: ours, and
/// those of GLAN section 2.2.
const TRANSFORMS: [&str; 2] = ["Transform the above to JSON lines", "Awesome! Transform the above to jsonl format"];

/// A chat-completions request. Parameters that are not listed are ignored.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ChatRequest {
    /// The model asked for; any name is served.
    #[serde(default)]
    pub model: String,
    /// The conversation so far, oldest first.
    pub messages: Vec<Message>,
    /// How many choices to return; 1 when absent.
    #[serde(default)]
    pub n: Option<u32>,
    /// The largest number of tokens to write, under its old name.
    #[serde(default)]
    pub max_tokens: Option<u32>,
    /// The largest number of tokens to write.
    #[serde(default)]
    pub max_completion_tokens: Option<u32>,
    /// The caller's seed, mixed with the server's.
    #[serde(default)]
    pub seed: Option<i64>,
    /// The sampling temperature; the model takes no notice of it.
    #[serde(default)]
    pub temperature: Option<f64>,
    /// Nucleus sampling; the model takes no notice of it.
    #[serde(default)]
    pub top_p: Option<f64>,
    /// Whether to answer as server-sent events.
    #[serde(default)]
    pub stream: Option<bool>,
    /// Extras of a streamed reply.
    #[serde(default)]
    pub stream_options: Option<StreamOptions>,
    /// The shape the content must have.
    #[serde(default)]
    pub response_format: Option<ResponseFormat>,
}

/// One turn of the conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Message {
    /// `system`, `user` or `assistant`.
    pub role: String,
    /// The text; parts are joined with newlines, other media are dropped.
    #[serde(default, deserialize_with = "text_of")]
    pub content: String,
}

/// Extras of a streamed reply.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub struct StreamOptions {
    /// Whether a last chunk with the token counts is wanted.
    #[serde(default)]
    pub include_usage: bool,
}

/// The shape the content must have.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ResponseFormat {
    /// `text`, `json_object` or `json_schema`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Children of one node.
    Propose,
    /// A syllabus for one subject.
    Syllabus,
    /// One homework question.
    Question,
    /// The answer to a bare question.
    Answer,
    /// A score for a question or a pair.
    Judge,
    /// The second round: earlier text as JSON lines.
    Structure,
    /// Vectors for texts.
    Embeddings,
    /// The list of models.
    Models,
}

impl Step {
    /// Every step, in the order of the work.
    pub const ALL: [Self; 8] = [
        Self::Propose,
        Self::Syllabus,
        Self::Question,
        Self::Answer,
        Self::Judge,
        Self::Structure,
        Self::Embeddings,
        Self::Models,
    ];

    /// The step's name in fault specifications and in the ledger.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Propose => "propose",
            Self::Syllabus => "syllabus",
            Self::Question => "question",
            Self::Answer => "answer",
            Self::Judge => "judge",
            Self::Structure => "structure",
            Self::Embeddings => "embeddings",
            Self::Models => "models",
        }
    }

    /// The step called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.name() == name)
    }
}

impl ChatRequest {
    /// What the conversation asks for. A prompt without a block of facts is a bare question.
    #[must_use]
    pub fn step(&self) -> Step {
        if self.wants_transform() {
            return Step::Structure;
        }
        match self.data().and_then(|data| data.value("step")) {
            Some("propose") => Step::Propose,
            Some("syllabus" | "session") => Step::Syllabus,
            Some("question") => Step::Question,
            Some("judge") => Step::Judge,
            _ => Step::Answer,
        }
    }

    /// The facts of the newest user turn that has a `<data>` block.
    #[must_use]
    pub fn data(&self) -> Option<Data<'_>> {
        let turns = self.messages.iter().rev().filter(|turn| turn.role == "user");
        turns.filter_map(|turn| Data::find(&turn.content)).next()
    }

    /// The newest user turn, or the empty string.
    #[must_use]
    pub fn last_user(&self) -> &str {
        self.newest("user")
    }

    /// The newest assistant turn, or the empty string.
    #[must_use]
    pub fn last_assistant(&self) -> &str {
        self.newest("assistant")
    }

    /// Whether the reply has to be one JSON object.
    #[must_use]
    pub fn wants_json(&self) -> bool {
        self.response_format.as_ref().is_some_and(|format| format.kind != "text")
    }

    /// The largest number of tokens to write, if the caller set one.
    #[must_use]
    pub fn token_limit(&self) -> Option<u64> {
        self.max_completion_tokens.or(self.max_tokens).map(u64::from)
    }

    /// A hash of every turn, equal for equal conversations only.
    #[must_use]
    pub fn prompt_hash(&self) -> [u8; 16] {
        let mut hasher = blake3::Hasher::new();
        for turn in &self.messages {
            for part in [&turn.role, &turn.content] {
                hasher.update(&(part.len() as u64).to_le_bytes());
                hasher.update(part.as_bytes());
            }
        }
        let mut short = [0; 16];
        for (to, from) in short.iter_mut().zip(hasher.finalize().as_bytes()) {
            *to = *from;
        }
        short
    }

    /// The seed of this reply: the server's, the caller's and the conversation's together.
    #[must_use]
    pub fn seed(&self, server: u64, prompt_hash: &[u8; 16]) -> u64 {
        let prompt = prompt_hash.iter().fold(0_u64, |seed, byte| mix(seed, u64::from(*byte)));
        let caller = self.seed.map_or(0, |seed| mix(1, seed as u64));
        mix(mix(server, caller), prompt)
    }

    fn wants_transform(&self) -> bool {
        let text = self.last_user().trim_start();
        TRANSFORMS.iter().any(|words| text.starts_with(words)) && !self.last_assistant().is_empty()
    }

    fn newest(&self, role: &str) -> &str {
        let turn = self.messages.iter().rev().find(|turn| turn.role == role);
        turn.map_or("", |turn| turn.content.as_str())
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
    Nothing(()),
}

#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    text: String,
}

fn text_of<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Content::deserialize(deserializer)? {
        Content::Text(text) => text,
        Content::Parts(parts) => {
            let texts: Vec<String> = parts.into_iter().map(|part| part.text).collect();
            texts.join("\n")
        }
        Content::Nothing(()) => String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(json: &str) -> ChatRequest {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn steps_are_told_apart() {
        let step = |text: &str| {
            let messages = serde_json::json!({"messages": [{"role": "user", "content": text}]});
            request(&messages.to_string()).step()
        };
        assert_eq!(step("Write it.\n<data>\nstep: question\n</data>"), Step::Question);
        assert_eq!(step("Why is the sky blue?"), Step::Answer);
        assert_eq!(step("Transform the above to JSON lines."), Step::Answer);
        let second = r#"{"messages": [{"role": "user", "content": "<data>\nstep: propose\n</data>"},
            {"role": "assistant", "content": "1. Optics"},
            {"role": "user", "content": "Transform the above to JSON lines, please."}]}"#;
        assert_eq!(request(second).step(), Step::Structure);
    }

    #[test]
    fn content_may_be_null_or_parts() {
        let read = request(
            r#"{"messages": [{"role": "assistant", "content": null},
                {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]}"#,
        );
        assert_eq!(read.messages[0].content, "");
        assert_eq!(read.last_user(), "a\nb");
    }

    #[test]
    fn prompt_hash_sees_where_turns_end() {
        let one = request(r#"{"messages": [{"role": "user", "content": "ab"}]}"#);
        let two = request(r#"{"messages": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]}"#);
        assert_ne!(one.prompt_hash(), two.prompt_hash());
        assert_eq!(one.prompt_hash(), one.clone().prompt_hash());
        let hash = one.prompt_hash();
        assert_ne!(one.seed(1, &hash), one.seed(2, &hash));
    }
}
