//! What makes an item besides its draw: prompts, models, sampling parameters, language.

use serde::{Deserialize, Serialize};

use crate::llm::{Prompt, PromptSet, Sampling};
use crate::taxonomy::id::hash_bits;

/// How questions and answers are asked for. Two runs with equal recipes make the same items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// The language to write in.
    pub language: String,
    /// How questions are asked for.
    pub question: StepRecipe,
    /// How answers are asked for.
    pub answer: StepRecipe,
    /// The version of the prompt for questions of another type than open. It is part of the identity of
    /// those items alone, and so not of the hash.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub typed_prompt: String,
}

/// How one of the two steps asks. Which server it asks is not part of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepRecipe {
    /// The version of the prompt.
    pub prompt: String,
    /// The model's name at its endpoint.
    pub model: String,
    /// Sampling parameters; what is absent is left to the server.
    #[serde(default)]
    pub sampling: Sampling,
}

impl Recipe {
    /// The recipe that these prompts, models and parameters make; each pair is (model, sampling).
    #[must_use]
    pub fn new(
        prompts: &PromptSet,
        language: &str,
        question: (impl Into<String>, Sampling),
        answer: (impl Into<String>, Sampling),
    ) -> Self {
        let step = |prompt, model, sampling| StepRecipe { prompt: prompts.hash(prompt).to_owned(), model, sampling };
        Self {
            language: language.to_owned(),
            question: step(Prompt::Question, question.0.into(), question.1),
            answer: step(Prompt::Answer, answer.0.into(), answer.1),
            typed_prompt: prompts.hash(Prompt::QuestionTyped).to_owned(),
        }
    }

    /// Content hash: 32 hexadecimal digits.
    #[must_use]
    pub fn hash(&self) -> String {
        let plain = Self { typed_prompt: String::new(), ..self.clone() };
        let text = serde_json::to_string(&plain).unwrap_or_default();
        format!("{:032x}", hash_bits("provost 2026 recipe v1", &[&text], 128))
    }
}

#[cfg(test)]
pub(super) fn sample() -> Recipe {
    let prompts = PromptSet::embedded().unwrap();
    let sampling = |temperature| Sampling { temperature: Some(temperature), top_p: Some(0.95), ..Sampling::default() };
    Recipe::new(&prompts, "English", ("provost-demo", sampling(1.0)), ("provost-demo", sampling(0.7)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_follows_every_part() {
        let plain = sample();
        let changed = |change: fn(&mut Recipe)| {
            let mut recipe = plain.clone();
            change(&mut recipe);
            recipe.hash()
        };
        let hashes = [
            plain.hash(),
            changed(|r| r.language = "Deutsch".to_owned()),
            changed(|r| r.question.model = "other".to_owned()),
            changed(|r| r.answer.model = "other".to_owned()),
            changed(|r| r.answer.sampling.temperature = Some(0.8)),
            changed(|r| r.question.prompt = "x".to_owned()),
        ];
        let distinct: std::collections::HashSet<_> = hashes.iter().collect();
        assert_eq!(distinct.len(), hashes.len());
        assert_eq!(plain.hash(), sample().hash());
        assert_eq!(plain.hash(), changed(|r| r.typed_prompt = "other".to_owned()), "open questions do not see it");
    }
}
