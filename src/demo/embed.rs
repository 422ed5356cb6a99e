//! Embeddings without a model: hashed words and letter groups, so that similar names have near vectors.

use serde_json::{Value, json};

use super::MODEL;
use super::model::Usage;
use super::rng::hash;
use super::text::{tokens, words};

/// The length of every vector.
pub const DIMENSIONS: usize = 256;

/// How much a whole word counts against one of its letter groups.
const WORD_WEIGHT: f32 = 2.0;

/// The texts of an `input` value: one string or a list of strings.
#[must_use]
pub fn inputs(value: Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text]),
        Value::Array(items) => items
            .into_iter()
            .map(|item| match item {
                Value::String(text) => Some(text),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

/// The body of the reply for `texts`, and what it cost.
#[must_use]
pub fn reply(texts: &[String]) -> (Value, Usage) {
    let data: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| json!({"object": "embedding", "index": index, "embedding": vector(text)}))
        .collect();
    let usage = Usage { prompt: texts.iter().map(|text| tokens(text)).sum(), completion: 0 };
    let body = json!({
        "object": "list",
        "data": data,
        "model": MODEL,
        "usage": {"prompt_tokens": usage.prompt, "total_tokens": usage.prompt},
    });
    (body, usage)
}

/// The unit vector of `text`; all zeros for a text without words.
#[must_use]
pub fn vector(text: &str) -> Vec<f32> {
    let mut vector = vec![0.0_f32; DIMENSIONS];
    let mut add = |feature: &str, weight: f32| {
        let bits = hash(feature);
        let sign = if bits >> 63 == 0 { weight } else { -weight };
        if let Some(slot) = vector.get_mut(bits as usize % DIMENSIONS) {
            *slot += sign;
        }
    };
    for word in words(text) {
        add(&word, WORD_WEIGHT);
        let framed: Vec<char> = format!("^{word}$").chars().collect();
        for group in framed.windows(3) {
            add(&group.iter().collect::<String>(), 1.0);
        }
    }
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|value| *value /= length);
    }
    vector
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: &str, b: &str) -> f32 {
        vector(a).iter().zip(vector(b)).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn similar_names_are_nearer_than_others() {
        assert!((near("Quantum Optics", "quantum optics!") - 1.0).abs() < 1e-5);
        assert!(near("Quantum Optics", "Optics, Quantum") > 0.99);
        assert!(near("Quantum Optics", "Quantum Optic") > 0.7);
        assert!(near("Quantum Optics", "Baking of Bread") < 0.3);
        assert!(vector("?!").iter().all(|value| *value == 0.0));
    }

    #[test]
    fn inputs_are_strings_only() {
        assert_eq!(inputs(json!("a")).unwrap(), ["a"]);
        assert_eq!(inputs(json!(["a", "b"])).unwrap().len(), 2);
        assert!(inputs(json!([1])).is_none());
        assert!(inputs(Value::Null).is_none());
    }
}
