//! Who is asked for what. Where nobody named a model its server has to say which it has: that is asked beside the loop, of
//! servers nearby when the curator opens, of others only when something is to be asked of them anyway.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use super::Curator;
use crate::app::Screen;
use crate::asking::{Asker, Asks, Embedder, Means, SeatError, Seats};
use crate::config::{Config, Environment};
use crate::llm::{PromptSet, Step};
use crate::store::StoreHandle;
use crate::taxonomy::Manifest;
use crate::taxonomy::text::reveal_line;
use crate::term::Surface;

/// Somebody who is asked, once that is known.
pub(super) type Soon<T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send>>;

/// Who is asked, or why nobody can be.
#[derive(Clone)]
pub(super) struct Crew {
    pub asker: Result<Asker, String>,
    pub means: Result<Means, String>,
    pub embedder: Option<Embedder>,
    /// Why there is no embedder although one is wanted.
    pub remark: Option<String>,
    /// Whether asking later finds no more.
    pub is_final: bool,
}

impl Crew {
    /// Who proposes, and at which profile.
    pub fn proposes(&self) -> Result<String, String> {
        let asker = self.asker.as_ref().map_err(Clone::clone)?;
        Ok(format!("{}, profile {}", asker.propose.settings.model, asker.propose.profile))
    }
}

/// What is needed to find out who is asked.
pub(super) struct Source {
    pub config: Config,
    pub environment: Environment<'static>,
    pub manifest: Manifest,
    pub prompts: Arc<PromptSet>,
    pub store: StoreHandle,
    pub dir: PathBuf,
    pub curator: String,
}

impl Source {
    /// Who is asked, as far as these servers say.
    pub async fn crew(&self, asks: Asks) -> Crew {
        let mut seats = Seats::new(&self.config, self.environment, &self.manifest).asking(asks);
        let mut is_final = true;
        let mut why = |error: SeatError| {
            is_final &= !error.may_pass();
            format!("{error} Hint: {}.", error.hint())
        };
        let both = match seats.seat(Step::Propose).await {
            Ok(propose) => seats.seat(Step::Syllabus).await.map(|syllabus| (propose, syllabus)),
            Err(error) => Err(error),
        };
        let (store, prompts, curator) = (self.store.clone(), self.prompts.clone(), self.curator.clone());
        let asker = both.map(|(propose, syllabus)| Asker { store, prompts, propose, syllabus, curator });
        let asker = asker.map_err(&mut why);
        let means = Means::of(&mut seats, (*self.prompts).clone()).await.map_err(&mut why);
        let (embedder, remark) = match seats.embedder(self.dir.clone(), false).await {
            Ok(embedder) => (embedder, None),
            Err(error) => {
                is_final &= !error.may_pass();
                (None, Some(format!("Neighbours go by names alone: {error}")))
            }
        };
        Crew { asker, means, embedder, remark, is_final }
    }
}

/// Finds out who is asked, as often as that may still find more. Cheap to clone.
#[derive(Clone)]
pub(super) struct Finder {
    source: Arc<Source>,
    found: Arc<tokio::sync::Mutex<Option<Crew>>>,
}

impl Finder {
    pub fn new(source: Source) -> Self {
        Self { source: Arc::new(source), found: Arc::default() }
    }

    pub async fn find(&self, asks: Asks) -> Crew {
        let mut found = self.found.lock().await;
        if let Some(crew) = &*found {
            return crew.clone();
        }
        let crew = self.source.crew(asks).await;
        if crew.is_final {
            *found = Some(crew.clone());
        }
        crew
    }
}

impl<S: Surface> Curator<S> {
    /// Takes in who is asked. `finder`: who may know more later; the servers nearby are asked at once.
    pub(super) fn man(&mut self, keys: Vec<(String, String)>, crew: &Crew, finder: Finder) {
        (self.keys, self.prompts) = (keys, Some(finder.source.prompts.clone()));
        if crew.is_final {
            self.model.no_model = crew.asker.as_ref().err().cloned();
            self.look_around(crew.proposes());
            return;
        }
        self.finder = Some(finder.clone());
        let crews = self.crews.0.clone();
        let stop = self.stop.clone();
        let work = async move {
            let _ = crews.send(finder.find(Asks::Near).await).await;
        };
        self.tasks.spawn(async move { stop.run_until_cancelled(work).await.unwrap_or_default() });
    }

    /// More is known of who is asked.
    pub(super) fn manned(&mut self, crew: Crew) {
        self.look_around(crew.proposes());
        if crew.is_final {
            self.finder = None;
            self.model.no_model = crew.asker.as_ref().err().cloned();
        }
        if let Some(remark) = crew.remark.as_ref().filter(|_| crew.is_final) {
            self.model_says(reveal_line(remark).into_owned());
        }
        (self.asker, self.means) = (crew.asker, crew.means);
        if crew.embedder.is_some() && !self.meaning.has_embedder() {
            self.meaning.begin(crew.embedder);
            self.embed();
        }
        self.frames.changed(std::time::Instant::now());
        // A plan that was made without knowing the models is made again when the screen is opened.
        if self.model.screen == Screen::Homework && !self.model.homework.is_going() && self.means.is_ok() {
            self.plan_homework(self.model.homework.request.clone());
        }
    }

    /// Who proposes, once that is known; what comes after it asks that server anyway.
    pub(super) fn whoever_proposes(&self) -> Soon<Asker> {
        let (known, finder, crews) = (self.asker.clone(), self.finder.clone(), self.crews.0.clone());
        Box::pin(async move {
            match (known, finder) {
                (Err(_), Some(finder)) => {
                    let crew = finder.find(Asks::Anybody).await;
                    let asker = crew.asker.clone();
                    // The loop is gone when the curator has left.
                    let _ = crews.send(crew).await;
                    asker
                }
                (known, _) => known,
            }
        })
    }

    /// Who makes homework, once that is known.
    pub(super) fn whoever_makes(&self) -> Soon<Means> {
        let (known, finder) = (self.means.clone(), self.finder.clone());
        Box::pin(async move {
            match (known, finder) {
                (Err(_), Some(finder)) => finder.find(Asks::Anybody).await.means,
                (known, _) => known,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::config::{Arguments, Paths};
    use crate::store::{OpenOptions, Store};

    fn none(_: &str) -> Option<String> {
        None
    }

    /// A server that says it has these models, and how often it was asked.
    fn server(models: &'static str) -> (String, Arc<AtomicUsize>) {
        use std::io::{Read as _, Write as _};
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = asked.clone();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut bytes = [0; 4096];
                let _ = stream.read(&mut bytes);
                counted.fetch_add(1, Ordering::SeqCst);
                let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";
                let _ = stream.write_all(format!("{head}Content-Length: {}\r\n\r\n{models}", models.len()).as_bytes());
            }
        });
        (url, asked)
    }

    fn source(dir: &std::path::Path, url: &str) -> Source {
        Store::init(dir, "Test").unwrap();
        let store = Store::open(dir, OpenOptions { curator: "ana".into(), read_only: false }).unwrap();
        let arguments = Arguments { base_url: Some(url.to_owned()), ..Arguments::default() };
        let paths = Paths::find(&|name| (name == "HOME").then(|| "/nowhere".to_owned())).unwrap();
        Source {
            config: Config::load(&arguments, &none, &paths).unwrap(),
            environment: &none,
            manifest: (*store.snapshot().manifest).clone(),
            prompts: Arc::new(PromptSet::embedded().unwrap()),
            dir: dir.to_owned(),
            curator: "ana".into(),
            store: store.into_handle(),
        }
    }

    #[tokio::test]
    async fn a_server_is_asked_once_and_never_before_it_may_be() {
        let temp = tempfile::tempdir().unwrap();
        let (url, asked) = server(r#"{"data":[{"id":"only"}]}"#);
        let source = source(&temp.path().join("t"), &url);
        let crew = source.crew(Asks::Nobody).await;
        assert!(crew.asker.is_err() && !crew.is_final);
        assert_eq!(asked.load(Ordering::SeqCst), 0);
        let finder = Finder::new(source);
        let crew = finder.find(Asks::Near).await;
        assert_eq!(crew.proposes().unwrap().split(',').next(), Some("only"));
        assert!(crew.means.is_ok() && crew.is_final);
        finder.find(Asks::Anybody).await;
        assert_eq!(asked.load(Ordering::SeqCst), 1, "four steps, one question");
    }

    #[tokio::test]
    async fn who_does_not_answer_may_answer_later_and_who_has_many_will_not_choose() {
        let temp = tempfile::tempdir().unwrap();
        let crew = source(&temp.path().join("a"), "http://127.0.0.1:9/v1").crew(Asks::Near).await;
        assert!(crew.asker.err().unwrap().contains("No connection to http://127.0.0.1:9"));
        assert!(!crew.is_final);
        let (url, _) = server(r#"{"data":[{"id":"a"},{"id":"b"}]}"#);
        let crew = source(&temp.path().join("b"), &url).crew(Asks::Near).await;
        assert!(crew.asker.err().unwrap().contains("its server has 2: a, b."));
        assert!(crew.is_final);
    }
}
