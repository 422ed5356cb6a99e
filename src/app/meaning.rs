//! Embeddings as the screen knows them: what there is, and how far asking has come.

use std::sync::Arc;

use super::{Level, Model};
use crate::taxonomy::similarity::Vectors;

/// What is known of what nodes mean.
#[derive(Debug, Clone, Default)]
pub struct Meaning {
    /// By node.
    pub vectors: Arc<Vectors>,
    /// Texts that are embedded, of how many, while a model is being asked.
    pub progress: Option<(usize, usize)>,
    /// Counts up whenever the vectors are others.
    pub(super) revision: u64,
}

/// How asking for embeddings goes on.
#[derive(Debug, Clone)]
pub enum Meant {
    /// So many of so many texts are done.
    Progress {
        /// Done.
        done: usize,
        /// Of so many.
        total: usize,
        /// What there is so far.
        vectors: Arc<Vectors>,
    },
    /// It is over.
    Ended {
        /// What there is; `None` where it was stopped.
        vectors: Option<Arc<Vectors>>,
        /// Why it ended early, a sentence.
        failure: Option<String>,
        /// What else should be known, a sentence.
        remark: Option<String>,
    },
}

pub(super) fn meant(model: &mut Model, meant: Meant) {
    let meaning = &mut model.meaning;
    let (vectors, said) = match meant {
        Meant::Progress { done, total, vectors } => {
            meaning.progress = (done < total).then_some((done, total));
            (Some(vectors), None)
        }
        Meant::Ended { vectors, failure, remark } => {
            let was_stopped = vectors.is_none();
            meaning.progress = None;
            let failed =
                failure.map(|why| (Level::Warning, why, Some("Neighbours go by names until provost is opened again.")));
            let stopped =
                was_stopped.then(|| (Level::Info, "Stopped embedding; what is known stays.".to_owned(), None));
            (vectors, failed.or(stopped).or(remark.map(|remark| (Level::Warning, remark, None))))
        }
    };
    if let Some(vectors) = vectors.filter(|vectors| !Arc::ptr_eq(vectors, &meaning.vectors)) {
        meaning.vectors = vectors;
        meaning.revision += 1;
    }
    if let Some((level, text, hint)) = said {
        let text = crate::taxonomy::text::reveal_line(&text).into_owned();
        model.say_with_hint(level, text, hint.map(str::to_owned));
    }
}
