//! The two small questions beside chat: which models there are, and embeddings of texts.

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Class, Client, Failure, Outcome, classify, server_error};

/// A model as the endpoint lists it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ModelInfo {
    /// The name to ask for. Untrusted text.
    pub id: String,
    /// Tokens of prompt and reply together, where the server says so (vLLM, OpenRouter).
    #[serde(default, alias = "context_length")]
    pub max_model_len: Option<u64>,
}

impl Client {
    /// The models the endpoint offers.
    pub async fn models(&self) -> Outcome<Vec<ModelInfo>> {
        #[derive(Deserialize)]
        struct List {
            data: Vec<ModelInfo>,
        }
        let read = |status, headers: &HeaderMap, body: &[u8]| {
            read::<List>(status, headers, body, "a list of models").map(|list| list.data)
        };
        self.fetch(Method::GET, |base| &base.models, None, read).await
    }

    /// One vector per text, in the order of the texts.
    pub async fn embeddings(&self, model: &str, texts: &[String]) -> Outcome<Vec<Vec<f32>>> {
        #[derive(Serialize)]
        struct Ask<'a> {
            model: &'a str,
            input: &'a [String],
            encoding_format: &'static str,
        }
        #[derive(Deserialize)]
        struct List {
            data: Vec<Row>,
        }
        #[derive(Deserialize)]
        struct Row {
            #[serde(default)]
            index: usize,
            embedding: Vec<f32>,
        }
        let ask = Ask { model, input: texts, encoding_format: "float" };
        let body = serde_json::to_vec(&ask).map(Bytes::from).ok();
        let read = |status, headers: &HeaderMap, body: &[u8]| {
            let mut list = read::<List>(status, headers, body, "a list of embeddings")?;
            list.data.sort_by_key(|row| row.index);
            Ok(list.data.into_iter().map(|row| row.embedding).collect::<Vec<_>>())
        };
        let mut outcome = self.fetch(Method::POST, |base| &base.embeddings, body, read).await;
        if let Ok(vectors) = &outcome.result
            && vectors.len() != texts.len()
        {
            let message = format!(
                "Endpoint '{}' answered {} texts with {} embeddings.",
                self.endpoint().name,
                texts.len(),
                vectors.len()
            );
            outcome.result = Err(Failure::new(Class::Malformed, message));
        }
        outcome
    }
}

pub(super) fn read<T: DeserializeOwned>(
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
    wanted: &str,
) -> Result<T, Failure> {
    if (200..300).contains(&status)
        && let Ok(value) = serde_json::from_slice(body)
    {
        return Ok(value);
    }
    if (300..400).contains(&status) {
        return Err(server_error::redirect(status, headers));
    }
    let text = String::from_utf8_lossy(body);
    let Ok(json) = serde_json::from_slice::<Value>(body) else {
        return Err(server_error::not_json(status, headers, &text));
    };
    Err(classify::error(status, headers, &json)
        .map(|told| told.excerpt(&String::from_utf8_lossy(body)))
        .unwrap_or_else(|| {
            let message = format!("The server answered with JSON that is not {wanted}.");
            Failure::new(Class::Malformed, message).status(status).excerpt(&text)
        }))
}
