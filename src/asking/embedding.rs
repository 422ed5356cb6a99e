//! What nodes mean to an embedding model: asked in batches, kept in the cache, handed on as
//! vectors.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::llm::{Client, Failure};
use crate::store::VectorFile;
use crate::taxonomy::similarity::{TextKey, Vector, Vectors, meaning_of, text_key};
use crate::taxonomy::{Body, NodeId, Snapshot};

/// So many texts go into one question; every server takes that many.
const BATCH: usize = 64;

/// Who turns texts into vectors. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Embedder {
    /// Asks.
    pub client: Client,
    /// The profile's name.
    pub profile: String,
    /// The model's name there.
    pub model: String,
    /// The taxonomy directory, for the cache.
    pub root: PathBuf,
}

/// What became of a round.
#[derive(Debug, Default)]
pub struct Embedded {
    /// The vectors of all nodes that have one now.
    pub vectors: Arc<Vectors>,
    /// Texts that were asked.
    pub asked: usize,
    /// Why it stopped early.
    pub failure: Option<Failure>,
    /// What else should be known: the cache was damaged, or cannot be written.
    pub remark: Option<String>,
}

impl Embedder {
    /// The cache of this model, and what was wrong with it.
    #[must_use]
    pub fn cache(&self) -> (VectorFile, Option<String>) {
        VectorFile::open(&self.root, &format!("{} {}", self.profile, self.model))
    }

    /// The vectors that the cache has for a snapshot, and what would have to be asked.
    #[must_use]
    pub fn known(snapshot: &Snapshot, cache: &VectorFile) -> (Vectors, Vec<(String, Vec<NodeId>)>) {
        let (mut vectors, mut missing) = (Vectors::default(), HashMap::<String, Vec<NodeId>>::new());
        for node in nodes(snapshot) {
            let Some((_, facts)) = snapshot.facts(node) else { continue };
            let text = meaning_of(facts);
            let key = text_key(&text);
            match cache.get(key) {
                Some(vector) => vectors.put(node, key, vector.clone()),
                None => missing.entry(text).or_default().push(node),
            }
        }
        let mut missing: Vec<_> = missing.into_iter().collect();
        missing.sort();
        (vectors, missing)
    }

    /// Asks for all nodes of a snapshot that the cache does not know, a batch at a time. `progress`
    /// hears how many texts are done of how many, and what there is so far.
    pub async fn fill(&self, snapshot: &Snapshot, mut progress: impl FnMut(usize, usize, &Arc<Vectors>)) -> Embedded {
        let (mut cache, mut remark) = self.cache();
        let (vectors, missing) = Self::known(snapshot, &cache);
        let mut vectors = Arc::new(vectors);
        let (total, mut asked) = (missing.len(), 0);
        progress(0, total, &vectors);
        for batch in missing.chunks(BATCH) {
            let texts: Vec<String> = batch.iter().map(|(text, _)| text.clone()).collect();
            let found = match self.ask(&texts).await {
                Ok(found) => found,
                Err(failure) => {
                    return Embedded { vectors, asked, failure: Some(failure), remark };
                }
            };
            let mut new: Vec<(TextKey, Vector)> = Vec::new();
            let known = Arc::make_mut(&mut vectors);
            for ((text, nodes), vector) in batch.iter().zip(found) {
                let Some(vector) = vector else { continue };
                let key = text_key(text);
                nodes.iter().for_each(|node| known.put(*node, key, vector.clone()));
                new.push((key, vector));
            }
            if let Err(error) = cache.add(new) {
                remark.get_or_insert_with(|| format!("The cache of embeddings cannot be written: {error}"));
            }
            asked += batch.len();
            progress(asked, total, &vectors);
        }
        Embedded { vectors, asked, failure: None, remark }
    }

    /// The vectors of some texts; `None` for a text that has no direction.
    ///
    /// # Errors
    /// The server refuses or cannot be reached.
    pub async fn ask(&self, texts: &[String]) -> Result<Vec<Option<Vector>>, Failure> {
        let found = self.client.embeddings(&self.model, texts).await.result?;
        Ok(found.iter().map(|numbers| Vector::of(numbers)).collect())
    }
}

/// Every node, accepted or proposed.
fn nodes(snapshot: &Snapshot) -> impl Iterator<Item = NodeId> + '_ {
    let proposed = snapshot.record.proposals().filter_map(|proposal| match &proposal.body {
        Body::Node { node, .. } => Some(*node),
        Body::Syllabus { .. } => None,
    });
    let proposed = proposed.filter(|node| snapshot.tree.entry(*node).is_none());
    snapshot.tree.entries().map(|entry| entry.node.id).chain(proposed)
}
