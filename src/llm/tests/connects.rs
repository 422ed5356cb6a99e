//! No connection comes about, or none that can be trusted: each way ends in its class and says what to look at, and none hangs.

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::server::request;
use crate::llm::{Class, Client, Endpoint, Outcome, Phase, Reply, Retries, Timeouts, Url};

/// Asks a server at this address, with little patience for connecting and much for everything else.
async fn ask(url: &str) -> Outcome<Reply> {
    let url: Url = url.parse().unwrap();
    let retries = Retries { pause: Duration::from_millis(1), ..Retries::default() };
    let timeouts = Timeouts { connect: Duration::from_millis(60), ..Timeouts::default() };
    let client = Client::new(Endpoint { retries, timeouts, ..Endpoint::new("far", url) }).unwrap();
    let outcome = tokio::time::timeout(Duration::from_secs(60), client.ask(&request())).await.expect("it ends");
    assert_eq!(client.gate().in_flight(), 0);
    assert!(
        outcome
            .earlier
            .iter()
            .all(|attempt| Err(attempt.class) == outcome.result.as_ref().map_err(|f| f.class).map(drop))
    );
    outcome
}

/// A listener on loopback that does this with each connection; its address.
async fn listen<F: Future<Output = ()> + Send + 'static>(act: impl Fn(TcpStream) -> F + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(act(stream));
        }
    });
    address
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_host_that_lets_nobody_in_is_given_up_in_time() {
    // With its queue full and nobody accepting, the system drops what would open a connection, as a firewall does.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    for _ in 0..2 {
        waiting.push(TcpStream::connect(address).await.unwrap());
    }
    for scheme in ["http", "https"] {
        let outcome = ask(&format!("{scheme}://{address}/v1")).await;
        let failure = outcome.result.unwrap_err();
        assert_eq!((failure.class, outcome.attempts), (Class::Timeout(Phase::Connect), 5), "{scheme}: {failure}");
        assert!(failure.message.contains("No connection came about within 0.06 s"), "{scheme}: {failure}");
    }
    drop(waiting);
}

#[tokio::test]
async fn a_handshake_without_an_answer_counts_as_connecting() {
    let address = listen(async |mut stream: TcpStream| while stream.read_u8().await.is_ok() {}).await;
    let outcome = ask(&format!("https://{address}/v1")).await;
    let failure = outcome.result.unwrap_err();
    assert_eq!((failure.class, outcome.attempts), (Class::Timeout(Phase::Connect), 5), "{failure}");
}

#[tokio::test]
async fn a_handshake_that_is_cut_is_the_network_and_one_that_is_refused_is_not() {
    /// What a server writes after the first bytes of the handshake, the class, and the words.
    type Row = (&'static [u8], Class, usize, &'static str);
    let alert: &[u8] = b"\x15\x03\x03\0\x02\x02\x28";
    let table: [Row; 4] = [
        (b"", Class::Transport, 5, "Is the server running?"),
        // Half of a record.
        (b"\x16\x03\x03\0\x20\x02\0", Class::Transport, 5, "Is the server running?"),
        (alert, Class::ConfigError, 1, "No trusted connection"),
        (b"SSH-2.0-OpenSSH_9.9\r\n", Class::ConfigError, 1, "No trusted connection"),
    ];
    for (says, class, attempts, words) in table {
        let address = listen(move |mut stream| async move {
            let _ = stream.read(&mut [0; 4_096]).await;
            let _ = stream.write_all(says).await;
        });
        let outcome = ask(&format!("https://{}/v1", address.await)).await;
        let failure = outcome.result.unwrap_err();
        assert_eq!((failure.class, outcome.attempts), (class, attempts), "{says:?}: {failure}");
        assert!(failure.message.contains(words) && failure.message.contains("'far'"), "{says:?}: {failure}");
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_signed_is_not_trusted() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let pem = include_bytes!("self-signed.pem");
    let certificate = CertificateDer::from_pem_slice(pem).unwrap();
    let key = PrivateKeyDer::from_pem_slice(pem).unwrap();
    let config =
        rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    let config = Arc::new(config);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = rustls::ServerConnection::new(config.clone()).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, stream.unwrap());
            if stream.read(&mut [0; 4_096]).is_ok() {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
            }
        }
    });
    for host in ["localhost", "127.0.0.1"] {
        let outcome = ask(&format!("https://{host}:{port}/v1")).await;
        let failure = outcome.result.unwrap_err();
        assert_eq!((failure.class, outcome.attempts), (Class::ConfigError, 1), "{host}: {failure}");
        let message = &failure.message;
        assert!(message.contains("No trusted connection") && message.contains("its certificate"), "{message}");
    }
}
