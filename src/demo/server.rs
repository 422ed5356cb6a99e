//! The server: a listener on loopback, on a thread of its own, that stops when it is dropped.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::batch_faults::BatchFaults;
use super::faults::Faults;
use super::knowledge::Knowledge;
use super::ledger::Ledger;
use super::routes::{Service, route};

/// How the server behaves. The default is a free port, no delay, no fault.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The time before the first byte of every completion.
    pub latency: Duration,
    /// How fast completions are written; `None` or a rate that is not positive means at once.
    pub tokens_per_second: Option<f64>,
    /// What goes wrong on request.
    pub faults: Faults,
    /// Mixed into every reply and every fault.
    pub seed: u64,
    /// How many completions are served per second before 429 is answered; `None` or a rate that is not positive
    /// means no limit.
    pub requests_per_second: Option<f64>,
    /// Whether replies state what is left of that limit, in `x-ratelimit-*` headers.
    pub rate_headers: bool,
    /// Whether questions and answers cost next to nothing to write, for measuring what asks. The ledger counts them
    /// without their prompts.
    pub cheap: bool,
    /// Whether the ledger keeps every request whole; for tests.
    pub transcript: bool,
    /// How long a batch takes at least.
    pub batch_time: Duration,
    /// What goes wrong with batches on request.
    pub batch_faults: BatchFaults,
}

/// A running demo server. Dropping it closes every connection and frees the port.
#[derive(Debug)]
pub struct DemoServer {
    address: SocketAddr,
    ledger: Ledger,
    down: Arc<AtomicBool>,
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl DemoServer {
    /// Starts a server. It may be called with or without an async runtime around it.
    ///
    /// # Errors
    /// When the port is taken, when no thread can be started, or when the shipped knowledge cannot be read.
    pub fn start(options: Options) -> io::Result<Self> {
        let knowledge = Knowledge::shipped().map_err(io::Error::other)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let ledger = Ledger::default();
        let service = Arc::new(Service::new(knowledge, options, ledger.clone()));
        let down = Arc::clone(&service.down);
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("demo-server".to_owned())
            .spawn(move || runtime.block_on(serve(listener, service, stopped)))?;
        Ok(Self { address, ledger, down, stop: Some(stop), thread: Some(thread) })
    }

    /// The base URL for OpenAI clients, such as `http://127.0.0.1:40123/v1`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Lets the server go down, so that it closes every connection without a reply, or come back.
    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::Relaxed);
    }

    /// Where the server listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What the server was asked so far.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Stops the server and waits until its port is free.
    pub fn shutdown(self) {
        drop(self);
    }
}

impl Drop for DemoServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the server thread has been reported by the panic hook already.
            let _ = thread.join();
        }
    }
}

/// Accepts connections until the other end of `stopped` is dropped.
async fn serve(listener: TcpListener, service: Arc<Service>, mut stopped: oneshot::Receiver<Infallible>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
        return;
    };
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stopped => return,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let _ = stream.set_nodelay(true);
                    let service = Arc::clone(&service);
                    connections.spawn(async move {
                        let answer = service_fn(move |request| route(Arc::clone(&service), request));
                        // A connection that breaks is the client's or a fault's doing; there is nobody to tell.
                        let _ = http1::Builder::new()
                            .timer(TokioTimer::new())
                            .serve_connection(TokioIo::new(stream), answer)
                            .await;
                    });
                }
                // Out of descriptors: wait until a connection ends.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
        }
    }
}
