//! What was found that can be asked: the model that is set up, keys in the environment, servers on this machine. Shown where
//! somebody starts; nothing is sent to find it.

/// What there is to ask.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Which model proposes, and at which profile; or why none can be asked. `None` where nobody looked.
    pub model: Option<Result<String, String>>,
    /// Variables that are set and hold keys, with where such a key belongs. Never the keys.
    pub keys: Vec<(String, String)>,
    /// Servers that listen on this machine: the program that usually does there, and its port.
    pub servers: Vec<(String, u16)>,
}

impl Found {
    /// Commands that would ask what was found.
    #[must_use]
    pub fn ways(&self) -> Vec<(String, String)> {
        let servers = self.servers.iter().map(|(name, port)| {
            let command = format!("provost --base-url http://127.0.0.1:{port}/v1 --model NAME");
            (format!("{name} seems to listen on port {port}"), command)
        });
        let keys = self.keys.iter().map(|(variable, url)| {
            let command = match variable.as_str() {
                "OPENAI_API_KEY" => "provost --model NAME".to_owned(),
                _ => format!("provost --base-url {url} --key-env {variable} --model NAME"),
            };
            (format!("{variable} is set"), command)
        });
        servers.chain(keys).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_comes_with_the_command_that_asks_it() {
        let found = Found {
            model: None,
            keys: vec![
                ("OPENAI_API_KEY".into(), "https://api.openai.com/v1".into()),
                ("X_KEY".into(), "https://x/v1".into()),
            ],
            servers: vec![("Ollama".into(), 11434)],
        };
        let commands: Vec<String> = found.ways().into_iter().map(|(_, command)| command).collect();
        assert_eq!(
            commands,
            [
                "provost --base-url http://127.0.0.1:11434/v1 --model NAME",
                "provost --model NAME",
                "provost --base-url https://x/v1 --key-env X_KEY --model NAME",
            ]
        );
    }
}
