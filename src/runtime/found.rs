//! Looks for what can be asked: names of variables that hold keys, and ports of this machine that take a connection. The
//! connection is closed at once; nothing is sent, and nothing leaves the machine.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use super::Curator;
use crate::app::{Found, Msg};
use crate::config::{Environment, LOCAL_SERVERS};
use crate::term::Surface;

/// Variables that providers name in their documents, and where such a key belongs.
const KEYS: [(&str, &str); 8] = [
    ("OPENAI_API_KEY", "https://api.openai.com/v1"),
    ("OPENROUTER_API_KEY", "https://openrouter.ai/api/v1"),
    ("MISTRAL_API_KEY", "https://api.mistral.ai/v1"),
    ("GROQ_API_KEY", "https://api.groq.com/openai/v1"),
    ("DEEPSEEK_API_KEY", "https://api.deepseek.com/v1"),
    ("TOGETHER_API_KEY", "https://api.together.xyz/v1"),
    ("FIREWORKS_API_KEY", "https://api.fireworks.ai/inference/v1"),
    ("GEMINI_API_KEY", "https://generativelanguage.googleapis.com/v1beta/openai"),
];
/// Longer than a port of this machine takes.
const PATIENCE: Duration = Duration::from_millis(200);

/// The variables that are set.
#[must_use]
pub(super) fn keys(variable: Environment<'_>) -> Vec<(String, String)> {
    let is_set = |(name, _): &&(&str, &str)| variable(name).is_some_and(|value| !value.is_empty());
    KEYS.iter().filter(is_set).map(|(name, url)| ((*name).to_owned(), (*url).to_owned())).collect()
}

fn servers(ports: &[(&str, u16)]) -> Vec<(String, u16)> {
    let takes = |(_, port): &&(&str, u16)| {
        TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, *port)), PATIENCE).is_ok()
    };
    ports.iter().filter(takes).map(|(name, port)| ((*name).to_owned(), *port)).collect()
}

impl<S: Surface> Curator<S> {
    /// Looks beside the loop, where somebody may need it: nothing is there yet, or no model can be asked.
    pub(super) fn look_around(&mut self, model: Result<String, String>) {
        let keys = self.keys.clone();
        let is_new = self.model.snapshot.tree.is_empty() && self.model.digest.pending == 0;
        if !is_new && model.is_ok() {
            return;
        }
        let outbox = self.outbox.clone();
        self.tasks.spawn_blocking(move || {
            let found = Found { model: Some(model), keys, servers: servers(&LOCAL_SERVERS) };
            let _ = outbox.blocking_send(Msg::Found(Box::new(found)));
        });
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_port_is_looked_at_and_told_nothing() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            listener.accept().unwrap().0.read_to_end(&mut bytes).unwrap();
            bytes
        });
        assert_eq!(servers(&[("Ours", port)]), [("Ours".to_owned(), port)]);
        assert_eq!(heard.join().unwrap(), b"");
        assert_eq!(servers(&[("Ours", port)]), [], "nobody listens any more");
    }

    #[test]
    fn only_the_names_of_keys_are_told() {
        let found = keys(&|name| match name {
            "MISTRAL_API_KEY" => Some("secret".to_owned()),
            "GROQ_API_KEY" => Some(String::new()),
            _ => None,
        });
        assert_eq!(found, [("MISTRAL_API_KEY".to_owned(), "https://api.mistral.ai/v1".to_owned())]);
    }
}
